"""A kernel taken apart into the rows of its last axis, and names for what products pair of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import Any

import sympy as sp

from symconv.operators.convolution import Convolution
from symconv.operators.geometry import Axis
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator
from symconv.printing.free_letters import Letters
from symconv.printing.kernel_letter import kernel_letter

Row = tuple[int, ...]
Pair = tuple[Row, Row]


@dataclass(frozen=True)
class KernelRows:
    """A kernel taken apart into the rows of its last axis."""

    kernel: Kernel
    axes: tuple[Axis, ...]
    valid_from: Mapping[sp.Symbol, int]
    letters: Letters = field(default_factory=lambda: Letters(()))
    renamed: Container[Any] = ()

    @cached_property
    def entries(self) -> dict[Row, tuple[sp.Expr, ...]]:
        """Index of a row, led by the channels where there are several, to its entries."""
        weights = [(self._index(o, i, tap), e) for o, i, tap, e in self.kernel.weights()]
        return {row: tuple(e for _, e in group) for row, group in groupby(weights, lambda w: w[0])}

    def _index(self, out: int, into: int, tap: Row) -> Row:
        channels = () if self.plain else (out, into)
        return (*channels, *tap[:-1])

    @property
    def plain(self) -> bool:
        """Whether there is one channel to one."""
        return (self.kernel.out_channels, self.kernel.in_channels) == (1, 1)

    @cached_property
    def own_letter(self) -> str | None:
        """The kernel's own letter as LaTeX, where its symbols are named like its rows."""
        # Their indices count the channels of a group, those of rows all channels.
        return kernel_letter(self.kernel, self.renamed) if self.kernel.groups == 1 else None

    @cached_property
    def letter(self) -> str:
        """The letter of the rows: the kernel's own, or one that it has not."""
        return self.own_letter or self.letters["k"]

    def block(self, row: str) -> str:
        """The Toeplitz block of a row of the kernel, T(k_a)."""
        return f"{self.letters['T']}({row})"

    def name(self, row: Row) -> str:
        """A row's name as LaTeX."""
        return f"{self.letter}_{{{','.join(map(str, row))}}}"

    def on_blocks(self, symbols: Mapping[Row, sp.Symbol]) -> Operator:
        """The convolution on all axes but the last, with one symbol for each row of the kernel."""
        kernel, axes = self.kernel, self.axes[:-1] or (Axis(1, 1, 1),)
        chosen = [symbols[row] if any(e) else sp.S.Zero for row, e in self.entries.items()]
        size = kernel.size[:-1] or (1,)
        outer = Kernel.build(chosen, size, kernel.out_channels, kernel.in_channels, kernel.groups)
        return Convolution(outer, axes, self.valid_from).operator()

    def inside(self) -> Operator:
        """T(x): the convolution on the last axis with the kernel x_0, x_1, …"""
        row = Kernel.symbolic(self.letters.name("x"), self.kernel.size[-1])
        return Convolution(row, self.axes[-1:], self.valid_from).operator()


class LagNames:
    """Names R_δ for sums of T(k_a) T(k_{a+δ})^T, with the rows a where some are missing."""

    def __init__(
        self,
        rows: KernelRows,
        side: str,
        left: Mapping[Row, sp.Symbol],
        right: Mapping[Row, sp.Symbol],
    ) -> None:
        self.rows, self.side = rows, side
        self.left = {symbol: row for row, symbol in left.items()}
        self.right = {symbol: row for row, symbol in right.items()}
        self.labels: dict[sp.Symbol, str] = {}
        self.symbols: dict[str, sp.Symbol] = {}
        self.partial = False

    def pairs(self, expr: sp.Expr) -> set[Pair] | None:
        """The pairs of rows whose products an entry adds up; None where one is there twice."""
        found = set()
        for term in sp.Add.make_args(sp.expand(expr)):
            one = [self.left[s] for s in term.free_symbols if s in self.left]
            other = [self.right[s] for s in term.free_symbols if s in self.right]
            if len(one) != 1 or len(other) != 1 or len(sp.Mul.make_args(term)) != 2:
                return None
            found.add((one[0], other[0]))
        return found

    def split(self, expr: sp.Expr) -> dict[tuple[Row, Row], set[Row]] | None:
        """(channels, lag) to the rows a that are there; None where some channels are missing."""
        pairs = self.pairs(expr)
        if pairs is None:
            return None
        found: defaultdict[tuple[Row, Row], set[Row]] = defaultdict(set)
        for one, other in pairs:
            key, row = self._key(one, other)
            found[key].add(row)
        complete = {
            pair for key, rows in found.items() for row in rows for pair in self._pairs(key, row)
        }
        return found if complete == pairs else None

    def _key(self, one: Row, other: Row) -> tuple[tuple[Row, Row], Row]:
        (a, row), (b, partner) = self._parts(one), self._parts(other)
        lag = tuple(y - x for x, y in zip(row, partner, strict=True))
        return ((a, b), lag), row

    def _parts(self, row: Row) -> tuple[Any, Row]:
        """The channel that the block keeps, and the row without its channels."""
        if self.rows.plain:
            return None, row
        return row[0 if self.side == "rows" else 1], row[2:]

    def _pairs(self, key: tuple[Any, Row], row: Row) -> set[Pair]:
        """All pairs that meet at one row, over the channels that are summed."""
        (a, b), lag = key
        partner = tuple(x + y for x, y in zip(row, lag, strict=True))
        ones = [r for r in self._nonzero if self._parts(r) == (a, row)]
        others = [r for r in self._nonzero if self._parts(r) == (b, partner)]
        return {(one, other) for one in ones for other in others if self._summed(one, other)}

    def _summed(self, one: Row, other: Row) -> bool:
        place = 1 if self.side == "rows" else 0
        return self.rows.plain or one[place] == other[place]

    @cached_property
    def _nonzero(self) -> list[Row]:
        return [row for row, entries in self.rows.entries.items() if any(entries)]

    def rename(self, expr: sp.Expr) -> sp.Expr:
        """The sum of the names of an entry's lags."""
        parts = self.split(expr) or {}
        return sp.Add(*(self._symbol(self._label(key, rows)) for key, rows in parts.items()))

    def _symbol(self, label: str) -> sp.Symbol:
        if label not in self.symbols:
            symbol = sp.Dummy(f"R{len(self.symbols):06d}")
            self.symbols[label], self.labels[symbol] = symbol, label
        return self.symbols[label]

    def _label(self, key: tuple[Any, Row], present: set[Row]) -> str:
        (a, b), lag = key
        every = {self._parts(row)[1] for row in self._nonzero}
        every = {row for row in every if self._pairs(key, row)}
        upper = [] if self.rows.plain else [f"{a},{b}"]
        if present != every:
            self.partial = True
            shown = sorted(present)
            upper.append(r"\{" + ",".join(_index(row) for row in shown) + r"\}")
        power = f"^{{{';'.join(upper)}}}" if upper else ""
        lower = f"_{{{','.join(map(str, lag))}}}" if lag else ""
        return f"{self.rows.letters['R']}{lower}{power}"

    def definitions(self) -> tuple[str, ...]:
        """What R stands for."""
        pair = self._letters("op" if self.side == "rows" else "ce")
        channels = [] if self.rows.plain else [",".join(pair)]
        a, A = self._letters("aA")
        lines = [self._definition(channels, a)]
        if self.partial:
            lines.append(self._definition([*channels, A], rf"{a} \in {A}"))
        return (*lines, *self._entries())

    def _letters(self, wanted: Iterable[str]) -> list[str]:
        return [self.rows.letters[letter] for letter in wanted]

    def _definition(self, upper: list[str], over: str) -> str:
        """R_δ with these superscripts, as a sum over channels and over rows."""
        summed = [] if self.rows.plain else self._letters("c" if self.side == "rows" else "o")
        summed += [over] * self._has_lags
        sum_ = rf"\sum_{{{', '.join(summed)}}} " if summed else ""
        power = f"^{{{';'.join(upper)}}}" if upper else ""
        R, delta = self._letters(["R", "delta"])
        name = (f"{R}_{{{delta}}}" if self._has_lags else R) + power
        return rf"{name} = {sum_}{self._product()} \quad \text{{where both rows exist}}"

    def _product(self) -> str:
        """T(k_a) T(k_{a+δ})^T or T(k_a)^T T(k_{a+δ})."""
        rows, letter = self.side == "rows", self.rows.letter
        o, p, c, e, a, delta = self._letters([*"opcea", "delta"])
        channels = ["", ""] if self.rows.plain else [f"{o},{c}", f"{p},{c}" if rows else f"{o},{e}"]
        places = [a, f"{a} + {delta}"] if self._has_lags else ["", ""]
        one, other = (
            self.rows.block(f"{letter}_{{{','.join(filter(None, index))}}}")
            for index in zip(channels, places, strict=True)
        )
        power = r"^{\mathsf{T}}"
        return rf"{one}\, {other}{power}" if rows else rf"{one}{power}\, {other}"

    @property
    def _has_lags(self) -> bool:
        return len(self.rows.axes) > 1

    def _entries(self) -> list[str]:
        """That R_δ is a Toeplitz matrix, where no window of C C^T reaches beyond the image."""
        axes, last = self.rows.axes, self.rows.axes[-1]
        plain = self.rows.plain and all(a.dilation == a.input_dilation == 1 for a in axes)
        high = last.padding_high
        inside = last.padding <= 0 and isinstance(high, int) and high <= 0
        if self.side != "rows" or not plain or not inside or last.padding_mode != "zeros":
            return []
        k = self.rows.letter
        R, r, i, j, a, b, delta, eps = self._letters([*"Rrijab", "delta", "varepsilon"])
        lag = f"{i} - {j}" if last.stride == 1 else f"{last.stride} ({i} - {j})"
        entry = rf"({R}_{{{delta}}})_{{{i},{j}}} = {r}_{{{delta},\, {lag}}}"
        sum_ = rf"\sum_{{{a}, {b}}} {k}_{{{a},{b}}}\, {k}_{{{a} + {delta}, {b} + {eps}}}"
        return [rf"{entry}, \qquad {r}_{{{delta}, {eps}}} = {sum_}"]


def _index(row: Row) -> str:
    return str(row[0]) if len(row) == 1 else f"({','.join(map(str, row))})"
