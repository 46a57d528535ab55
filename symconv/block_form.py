"""Operators as matrices of blocks: what stands in a block is a matrix on the last axis alone.

A convolution on several axes is a block matrix of Toeplitz blocks T(k_a), one for each row k_a of
the kernel, and so on axis by axis. Its products have blocks R_δ, sums of T(k_a) T(k_{a+δ})^T.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from typing import Any

import sympy as sp

from symconv.coefficients import from_exprs
from symconv.diagonal import identity
from symconv.errors import GeometryError, SymconvError
from symconv.geometry import Axis
from symconv.kernel import Kernel
from symconv.kernel_letter import kernel_letter
from symconv.leaves import Convolution
from symconv.normal_form import Cell
from symconv.operator import EntryMap, Operator, SizeMap, Transposed

MOST_BLOCKS = 12
Row = tuple[int, ...]
Pair = tuple[Row, Row]


@dataclass(frozen=True, eq=False)
class Named:
    """Origin of an operator of names, which is there to be printed, not to be made again."""

    @property
    def operands(self) -> tuple[Operator, ...]:
        return ()

    def rebuild(self, entry: EntryMap, size: SizeMap) -> Operator:
        raise GeometryError("names of blocks stand for one size")

    def diff(self, symbol: sp.Symbol) -> Operator:
        raise GeometryError(f"names of blocks have no derivative by {symbol}")


@dataclass(frozen=True)
class Blocks:
    """An operator with one symbol a block.

    Attributes:
        operator: acts on the image without its last axis.
        labels: symbol to LaTeX.
        row: the kernel's rows, or None where the blocks are no such Toeplitz matrices.
        products: what R_δ is, in LaTeX, where the operator is a product.
        others: blocks that go by a name of their own.
    """

    operator: Operator
    labels: Mapping[sp.Symbol, str]
    row: KernelRows | None = None
    products: tuple[str, ...] = ()
    others: tuple[tuple[sp.Symbol, Operator], ...] = ()


@dataclass(frozen=True)
class KernelRows:
    """A kernel taken apart into the rows of its last axis."""

    kernel: Kernel
    axes: tuple[Axis, ...]
    valid_from: Mapping[sp.Symbol, int]

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
    def letter(self) -> str:
        """The kernel's own letter as LaTeX where its symbols have one, else k."""
        return kernel_letter(self.kernel) or "k"

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
        letter = "x" if self.letter != "x" else "y"
        row = Kernel.symbolic(letter, self.kernel.size[-1])
        return Convolution(row, self.axes[-1:], self.valid_from).operator()


def blocks_of(operator: Operator) -> Blocks:
    """The operator as a matrix of blocks.

    Raises:
        SymconvError: it has one axis and no channels, or more than 12 blocks that differ and are no
            rows of a kernel.
    """
    if len(operator.rows) == 2 and operator.rows[0] == operator.cols[0] == 1:
        raise SymconvError(f"{operator!r} has one axis and one channel, and so a single block")
    layer, transposed = _layer(operator)
    if layer is not None:
        return _of_layer(_rows(layer), transposed)
    factor, side = operator.gram or (None, "")
    if factor is not None and isinstance(factor.origin, Convolution):
        found = _of_gram(_rows(factor.origin), side)
        if found is not None:
            return found
    return _of_any(operator)


def _layer(operator: Operator) -> tuple[Convolution | None, bool]:
    transposed = isinstance(operator.origin, Transposed)
    origin = operator.T.origin if transposed else operator.origin
    return (origin if isinstance(origin, Convolution) else None), transposed


def _rows(origin: Convolution) -> KernelRows:
    return KernelRows(origin.kernel, origin.axes, origin.valid_from)


def _symbols(rows: Iterable[Row], letter: str) -> dict[Row, sp.Symbol]:
    return {row: sp.Dummy(f"{letter}{n:06d}") for n, row in enumerate(rows)}


def _of_layer(rows: KernelRows, transposed: bool) -> Blocks:
    symbols = _symbols(rows.entries, "T")
    power = r"^{\mathsf{T}}" if transposed else ""
    labels = {symbol: f"T({rows.name(row)}){power}" for row, symbol in symbols.items()}
    operator = rows.on_blocks(symbols)
    return Blocks(operator.T if transposed else operator, labels, rows)


# --- products --------------------------------------------------------------------------------


def _of_gram(rows: KernelRows, side: str) -> Blocks | None:
    """Blocks of C C^T or C^T C by the lag between the rows of the kernel that they pair."""
    left, right = _symbols(rows.entries, "L"), _symbols(rows.entries, "U")
    one, other = rows.on_blocks(left), rows.on_blocks(right)
    product = one @ other.T if side == "rows" else one.T @ other
    names = _LagNames(rows, side, left, right)
    if any(names.split(expr) is None for _, expr in product.expressions):
        return None
    domain, entries = from_exprs([names.rename(expr) for _, expr in product.expressions])
    terms = dict(zip(product.cells, entries, strict=True))
    operator = replace(product, domain=domain, terms=terms, origin=Named())
    return Blocks(operator, names.labels, rows, names.definitions())


class _LagNames:
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
        return f"R{lower}{power}"

    def definitions(self) -> tuple[str, ...]:
        """What R stands for."""
        letter, rows = self.rows.letter, self.side == "rows"
        several = len(self.rows.axes) > 1
        channels, summed, upper = ("", ""), "", ""
        if not self.rows.plain:
            summed = "c" if rows else "o"
            channels = ("o,c", "p,c") if rows else ("o,c", "o,e")
            upper = "o,p" if rows else "c,e"
        lower = r"_{\delta}" if several else ""
        indices = [
            [c for c in (channels[0], "a") if c],
            [c for c in (channels[1], r"a + \delta") if c],
        ]
        one, other = (",".join(i if several else i[:1]) for i in indices)
        first = f"T({letter}_{{{one}}}){'' if rows else self._transposed}"
        second = f"T({letter}_{{{other}}}){self._transposed if rows else ''}"
        under = ", ".join([summed] * bool(summed) + ["a"] * several)
        sum_ = rf"\sum_{{{under}}} " if under else ""
        name = f"R{lower}" + (f"^{{{upper}}}" if upper else "")
        lines = [rf"{name} = {sum_}{first}\, {second}"]
        if self.partial:
            partly = f"R{lower}^{{{';'.join([*[upper] * bool(upper), 'A'])}}}"
            over = ", ".join([*[summed] * bool(summed), r"a \in A"])
            lines.append(rf"{partly} = \sum_{{{over}}} {first}\, {second}")
        return (*lines, *self._entries())

    def _entries(self) -> list[str]:
        """That R_δ is a Toeplitz matrix, where no window of C C^T reaches beyond the image."""
        axes, last = self.rows.axes, self.rows.axes[-1]
        plain = self.rows.plain and all(a.dilation == a.input_dilation == 1 for a in axes)
        high = last.padding_high
        inside = last.padding <= 0 and isinstance(high, int) and high <= 0
        if self.side != "rows" or not plain or not inside or last.padding_mode != "zeros":
            return []
        k = self.rows.letter
        lag = "i - j" if last.stride == 1 else f"{last.stride} (i - j)"
        entry = rf"(R_{{\delta}})_{{i,j}} = r_{{\delta,\, {lag}}}"
        return [
            rf"{entry}, \qquad r_{{\delta, \varepsilon}} = \sum_{{a, b}} {k}_{{a,b}}\, "
            rf"{k}_{{a + \delta, b + \varepsilon}}"
        ]

    _transposed = r"^{\mathsf{T}}"


def _index(row: Row) -> str:
    return str(row[0]) if len(row) == 1 else f"({','.join(map(str, row))})"


# --- anything else ---------------------------------------------------------------------------


def _of_any(operator: Operator) -> Blocks:
    """Equal blocks by one name: B_1, B_2, … in the order in which they are met."""
    contents: defaultdict[Cell, set[tuple[Cell, sp.Expr]]] = defaultdict(set)
    for cell, expr in operator.expressions:
        contents[cell[:-1]].add((cell[-1:], expr))
    places: defaultdict[frozenset[tuple[Cell, sp.Expr]], list[Cell]] = defaultdict(list)
    for outer, content in contents.items():
        places[frozenset(content)].append(outer)
    if len(places) > MOST_BLOCKS:
        raise SymconvError(
            f"{operator!r} has {len(places)} different blocks, more than the {MOST_BLOCKS} that "
            'can be read; form="elided" and "closed" fit'
        )
    symbols = [sp.Dummy(f"B{n:06d}") for n in range(len(places))]
    labels = {symbol: f"B_{{{n}}}" for n, symbol in enumerate(symbols, 1)}
    others = tuple(
        (symbol, _inner(operator, content)) for symbol, content in zip(symbols, places, strict=True)
    )
    return Blocks(_outer(operator, symbols, [*places.values()]), labels, None, (), others)


def _outer(operator: Operator, symbols: list[sp.Symbol], places: list[list[Cell]]) -> Operator:
    domain, names = from_exprs(symbols)
    terms = {cell: name for name, cells in zip(names, places, strict=True) for cell in cells}
    rows, cols = operator.rows[:-1], operator.cols[:-1]
    if len(rows) == 1:
        one = identity(1)
        rows, cols, terms = (*rows, 1), (*cols, 1), {(*cell, one): c for cell, c in terms.items()}
    return Operator(rows, cols, domain, terms, operator.proven_from, Named())


def _inner(operator: Operator, content: frozenset[tuple[Cell, sp.Expr]]) -> Operator:
    domain, entries = from_exprs([expr for _, expr in content])
    terms = {(identity(1), *cell): e for (cell, _), e in zip(content, entries, strict=True)}
    rows, cols = (1, operator.rows[-1]), (1, operator.cols[-1])
    return Operator(rows, cols, domain, terms, operator.proven_from, Named())
