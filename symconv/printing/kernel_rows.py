"""A kernel taken apart into the rows of its last axis, and names for what products pair of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

import sympy as sp

from symconv.operators.geometry import Axis
from symconv.operators.kernel import Kernel
from symconv.operators.layer import Layer
from symconv.typesetting.displays import Display, flow
from symconv.typesetting.free_letters import own_kernel, own_letter
from symconv.typesetting.notation import TRANSPOSED
from symconv.typesetting.typesetter import Label, Typesetter

KernelRow = tuple[int, ...]
Pair = tuple[KernelRow, KernelRow]

MOST_ROWS = 12


@dataclass(frozen=True)
class KernelRows:
    """A kernel taken apart into the rows of its last axis."""

    kernel: Kernel
    axes: tuple[Axis, ...]
    valid_from: Mapping[sp.Symbol, int]
    printer: Typesetter

    @cached_property
    def entries(self) -> dict[KernelRow, tuple[sp.Expr, ...]]:
        """Index of a row, led by the channels where there are several, to its entries."""
        weights = [(self._index(o, i, tap), e) for o, i, tap, e in self.kernel.weights()]
        return {row: tuple(e for _, e in group) for row, group in groupby(weights, lambda w: w[0])}

    def _index(self, out: int, into: int, tap: KernelRow) -> KernelRow:
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
        return own_letter(self.kernel, self.printer) if self.kernel.groups == 1 else None

    @cached_property
    def letter(self) -> str:
        """The letter of the rows: the kernel's own, or one that it has not."""
        return self.own_letter or "𝑘"

    def block(self, row: str) -> str:
        """The Toeplitz block of a row of the kernel, T(k_a)."""
        return f"𝑇({row})"

    def name(self, row: KernelRow) -> str:
        """A row's name as LaTeX."""
        return f"{self.letter}_{{{','.join(map(str, self.index(row)))}}}"

    def index(self, row: KernelRow) -> KernelRow:
        """A row's index as it is shown, led by channels where there are several."""
        notation, leading = self.printer.notation, len(row) - len(self.kernel.size) + 1
        shown = (c + notation.index_from for c in row[:leading])
        return (*shown, *notation.tap(row[leading:], self.kernel.size[:-1]))

    def on_blocks(self, symbols: Mapping[KernelRow, sp.Symbol]) -> Layer:
        """The convolution on all axes but the last, with one symbol for each row of the kernel."""
        kernel, axes = self.kernel, self.axes[:-1] or (Axis(1, 1, 1),)
        chosen = [symbols[row] if any(e) else sp.S.Zero for row, e in self.entries.items()]
        size = kernel.size[:-1] or (1,)
        outer = Kernel.build(chosen, size, kernel.out_channels, kernel.in_channels, kernel.groups)
        return Layer(outer, axes, False, self.valid_from)

    def inside(self) -> Layer:
        """T(x): the convolution on the last axis with the kernel x_0, x_1, …"""
        row = own_kernel(self.kernel.size[-1], self.printer.notation)
        return Layer(row, self.axes[-1:], False, self.valid_from)

    def definitions(self, zeros: bool) -> list[Display]:
        r"""k_{0} = (1, 2, 3), k_{1} = (4, 5, 6), …, or what a row of a symbolic kernel is.

        Args:
            zeros: rows of zeros too, which no matrix shows but sums run through.
        """
        if self.own_letter:
            (first, entries), *_ = self.entries.items()
            index = ",".join(("𝑎𝑏𝑑𝑒𝑓𝑔ℎ" if self.plain else "𝑜𝑐𝑎𝑏𝑑𝑒𝑓𝑔ℎ")[: len(first)])
            start = self.printer.notation.first_tap(len(entries))
            taps = [f"{self.letter}_{{{index},{t + start}}}" for t in range(len(entries))]
            return [rf"{self.letter}_{{{index}}} = ({', '.join(taps)})"]
        shown = [
            rf"{self.name(index)} = ({', '.join(map(self.printer._print, entries))})"
            for index, entries in self.entries.items()
            if zeros or any(entries)
        ]
        return flow([*shown[:MOST_ROWS], *[r"\dots"] * (len(shown) > MOST_ROWS)])


class LagBlocks:
    """Names R_δ for sums of T(k_a) T(k_{a+δ})^T, with the rows a where some are missing."""

    def __init__(
        self,
        rows: KernelRows,
        side: str,
        left: Mapping[KernelRow, sp.Symbol],
        right: Mapping[KernelRow, sp.Symbol],
    ) -> None:
        self.rows, self.side = rows, side
        self.left = {symbol: row for row, symbol in left.items()}
        self.right = {symbol: row for row, symbol in right.items()}
        self.symbols: dict[str, Label] = {}
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

    def split(self, expr: sp.Expr) -> dict[tuple[KernelRow, KernelRow], set[KernelRow]] | None:
        """(channels, lag) to the rows a that are there; None where some channels are missing."""
        pairs = self.pairs(expr)
        if pairs is None:
            return None
        found: defaultdict[tuple[KernelRow, KernelRow], set[KernelRow]] = defaultdict(set)
        for one, other in pairs:
            key, row = self._key(one, other)
            found[key].add(row)
        complete = {
            pair for key, rows in found.items() for row in rows for pair in self._pairs(key, row)
        }
        return found if complete == pairs else None

    def _key(
        self, one: KernelRow, other: KernelRow
    ) -> tuple[tuple[KernelRow, KernelRow], KernelRow]:
        (a, row), (b, partner) = self._parts(one), self._parts(other)
        lag = tuple(y - x for x, y in zip(row, partner, strict=True))
        return ((a, b), lag), row

    def _parts(self, row: KernelRow) -> tuple[Any, KernelRow]:
        """The channel that the block keeps, and the row without its channels."""
        if self.rows.plain:
            return None, row
        return row[0 if self.side == "rows" else 1], row[2:]

    def _pairs(self, key: tuple[Any, KernelRow], row: KernelRow) -> set[Pair]:
        """All pairs that meet at one row, over the channels that are summed."""
        (a, b), lag = key
        partner = tuple(x + y for x, y in zip(row, lag, strict=True))
        ones = [r for r in self._nonzero if self._parts(r) == (a, row)]
        others = [r for r in self._nonzero if self._parts(r) == (b, partner)]
        return {(one, other) for one in ones for other in others if self._summed(one, other)}

    def _summed(self, one: KernelRow, other: KernelRow) -> bool:
        place = 1 if self.side == "rows" else 0
        return self.rows.plain or one[place] == other[place]

    @cached_property
    def _nonzero(self) -> list[KernelRow]:
        return [row for row, entries in self.rows.entries.items() if any(entries)]

    def rename(self, expr: sp.Expr) -> sp.Expr:
        """The sum of the names of an entry's lags."""
        parts = self.split(expr) or {}
        return sp.Add(*(self._symbol(self._label(key, rows)) for key, rows in parts.items()))

    def _symbol(self, label: str) -> sp.Symbol:
        return self.symbols.setdefault(label, Label(f"R{len(self.symbols):06d}", label))

    def _label(self, key: tuple[Any, KernelRow], present: set[KernelRow]) -> str:
        (a, b), lag = key
        every = {self._parts(row)[1] for row in self._nonzero}
        every = {row for row in every if self._pairs(key, row)}
        start = self.rows.printer.notation.index_from
        upper = [] if self.rows.plain else [f"{a + start},{b + start}"]
        if present != every:
            self.partial = True
            shown = sorted(present)
            upper.append(r"\{" + ",".join(_index(self.rows.index(row)) for row in shown) + r"\}")
        power = f"^{{{';'.join(upper)}}}" if upper else ""
        lower = f"_{{{','.join(map(str, lag))}}}" if lag else ""
        return f"𝑅{lower}{power}"

    def definitions(self) -> tuple[str, ...]:
        """What R stands for."""
        pair = "𝑜𝑝" if self.side == "rows" else "𝑐𝑒"
        channels = [] if self.rows.plain else [",".join(pair)]
        lines = [self._definition(channels, "𝑎")]
        if self.partial:
            lines.append(self._definition([*channels, "𝐴"], r"𝑎 \in 𝐴"))
        return (*lines, *self._entries())

    def _definition(self, upper: list[str], over: str) -> str:
        """R_δ with these superscripts, as a sum over channels and over rows."""
        summed = [] if self.rows.plain else ["𝑐" if self.side == "rows" else "𝑜"]
        summed += [over] * self._has_lags
        sum_ = rf"\sum_{{{', '.join(summed)}}} " if summed else ""
        power = f"^{{{';'.join(upper)}}}" if upper else ""
        name = ("𝑅_{𝛿}" if self._has_lags else "𝑅") + power
        return rf"{name} = {sum_}{self._product()} \quad \text{{where both rows exist}}"

    def _product(self) -> str:
        """T(k_a) T(k_{a+δ})^T or T(k_a)^T T(k_{a+δ})."""
        rows, letter = self.side == "rows", self.rows.letter
        channels = ["", ""] if self.rows.plain else ["𝑜,𝑐", "𝑝,𝑐" if rows else "𝑜,𝑒"]
        places = ["𝑎", "𝑎 + 𝛿"] if self._has_lags else ["", ""]
        one, other = (
            self.rows.block(f"{letter}_{{{','.join(filter(None, index))}}}")
            for index in zip(channels, places, strict=True)
        )
        return rf"{one}\, {other}{TRANSPOSED}" if rows else rf"{one}{TRANSPOSED}\, {other}"

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
        lag = "𝑖 - 𝑗" if last.stride == 1 else f"{last.stride} (𝑖 - 𝑗)"
        entry = rf"(𝑅_{{𝛿}})_{{𝑖,𝑗}} = 𝑟_{{𝛿,\, {lag}}}"
        sum_ = rf"\sum_{{𝑎, 𝑏}} {k}_{{𝑎,𝑏}}\, {k}_{{𝑎 + 𝛿, 𝑏 + 𝜀}}"
        return [rf"{entry}, \qquad 𝑟_{{𝛿, 𝜀}} = {sum_}"]


def _index(row: KernelRow) -> str:
    return str(row[0]) if len(row) == 1 else f"({','.join(map(str, row))})"
