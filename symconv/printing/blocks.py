"""Operators as matrices of blocks: what stands in a block is a matrix on the last axis alone.

A convolution on several axes is a block matrix of Toeplitz blocks T(k_a), one for each row k_a of
the kernel, and so on axis by axis. Its products have blocks R_δ, sums of T(k_a) T(k_{a+δ})^T.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import sympy as sp

from symconv.algebra.coefficients import from_exprs
from symconv.algebra.diagonal import Cell, identity
from symconv.algebra.sizes import FAR, evaluate
from symconv.errors import GeometryError, SymconvError
from symconv.operators.convolution import operator_of
from symconv.operators.layer import Layer
from symconv.operators.operator import Operator
from symconv.operators.provenance import EntryMap, SizeMap
from symconv.printing.elided import whole_or_elided
from symconv.printing.kernel_rows import KernelRow, KernelRows, LagBlocks
from symconv.typesetting.displays import Display, Rows, equation, flow, gathered
from symconv.typesetting.matrices import MOST_ENTRIES
from symconv.typesetting.notation import TRANSPOSED
from symconv.typesetting.typesetter import Label, Typesetter

MOST_BLOCKS = 12
Content = frozenset[tuple[Cell, sp.Expr]]


@dataclass(frozen=True, eq=False)
class Named:
    """Provenance of names of blocks, which are there to be printed, not to be made again."""

    layer = None

    @property
    def operands(self) -> tuple[Operator, ...]:
        return ()

    def rebuild(self, entry: EntryMap, size: SizeMap) -> Operator:
        raise GeometryError("names of blocks stand for one size")

    def operator(self) -> Operator:
        raise GeometryError("names of blocks are printed, not made again")

    def diff(self, symbol: sp.Symbol) -> Operator:
        raise GeometryError(f"names of blocks have no derivative by {symbol}")


@dataclass(frozen=True)
class Blocks:
    """An operator with one symbol a block.

    Attributes:
        operator: acts on the image without its last axis.
        row: the kernel's rows, or None where the blocks are no such Toeplitz matrices.
        products: what R_δ is, in LaTeX, where the operator is a product of those.
        others: blocks that go by a name of their own.
    """

    operator: Operator
    row: KernelRows | None = None
    products: tuple[str, ...] = ()
    others: tuple[tuple[sp.Symbol, Operator], ...] = ()

    def lines(self, printer: Typesetter, max_entries: int) -> Iterator[Display]:
        """What the blocks are."""
        if self.row is not None and self.operator.terms:
            inside = whole_or_elided(operator_of(self.row.inside()), printer, max_entries)
            yield equation(self.row.block("𝑥"), inside)
            yield from self.row.definitions(zeros=bool(self.products))
            yield from self.products
        yield from flow(
            equation(printer._print(symbol), whole_or_elided(inner, printer, max_entries))
            for symbol, inner in self.others
        )


def blocks_display(
    operator: Operator, printer: Typesetter, max_entries: int = MOST_ENTRIES
) -> Rows:
    """The matrix of blocks, and under it what the blocks are.

    Raises:
        SymconvError: the operator has a single block, or too many that differ.
    """
    blocks = blocks_of(operator, printer)
    matrix = whole_or_elided(blocks.operator, printer, max_entries, ruled=True)
    return gathered([matrix, *blocks.lines(printer, max_entries)])


def blocks_of(operator: Operator, printer: Typesetter | None = None) -> Blocks:
    """The operator as a matrix of blocks.

    Args:
        operator: the operator.
        printer: prints its symbols, which may have other names there.

    Raises:
        SymconvError: it has more than 12 blocks that differ and are no rows of a kernel.
    """
    printer = printer or Typesetter()
    layer = operator.provenance.layer
    if layer is not None:
        return _of_layer(_rows(layer, printer), layer.transposed)
    factor, side = operator.gram or (None, "")
    if factor is not None and factor.provenance.layer is not None:
        found = _of_gram(_rows(factor.provenance.layer, printer), side)
        if found is not None:
            return found
    return _of_any(operator)


def reads_as_blocks(operator: Operator) -> bool:
    """Whether blocks tell more than corners and dots: on several axes, of one layer or its product.

    >>> import symconv as sc
    >>> C = sc.conv(sc.Kernel.arange((3, 3)), (64, 64))
    >>> reads_as_blocks(C), reads_as_blocks(C @ C.T), reads_as_blocks(sc.conv([1, 2], 64))
    (True, True, False)
    """
    factor, _ = operator.gram or (operator, "")
    layered = factor.provenance.layer is not None
    return layered and len(operator.rows) > 2 and has_blocks(operator)


def has_blocks(operator: Operator) -> bool:
    """Whether the blocks are few enough, or made of rows of a kernel.

    >>> import symconv as sc
    >>> K, size = sc.Kernel.arange((5, 5)), (3 * sp.Symbol("n") + 1,) * 2
    >>> C = sc.conv(K, size, stride=3, padding=3, dilation=2, padding_mode="reflect")
    >>> has_blocks(C), has_blocks(C.T @ C)
    (True, False)
    """
    if operator.provenance.layer is not None:
        return True
    factor, side = operator.gram or (None, "")
    layer = factor.provenance.layer if factor else None
    if layer is not None and _of_gram(_rows(layer, Typesetter()), side) is not None:
        return True
    return len(_places(operator)) <= MOST_BLOCKS


def _rows(layer: Layer, printer: Typesetter) -> KernelRows:
    return KernelRows(layer.kernel, layer.axes, layer.valid_from, printer)


def _of_layer(rows: KernelRows, transposed: bool) -> Blocks:
    power = TRANSPOSED if transposed else ""
    labels = {
        row: Label(f"T{n:06d}", rows.block(rows.name(row)) + power)
        for n, row in enumerate(rows.entries)
    }
    operator = operator_of(rows.on_blocks(labels))
    return Blocks(operator.T if transposed else operator, rows)


# --- products --------------------------------------------------------------------------------


def _of_gram(rows: KernelRows, side: str) -> Blocks | None:
    """Blocks of C C^T or C^T C by the lag between the rows of the kernel that they pair."""
    left, right = (_dummies(rows.entries, letter) for letter in "LU")
    one, other = (operator_of(rows.on_blocks(side)) for side in (left, right))
    product = one @ other.T if side == "rows" else one.T @ other
    names = LagBlocks(rows, side, left, right)
    if any(names.split(expr) is None for _, expr in product.expressions):
        return None
    domain, entries = from_exprs([names.rename(expr) for _, expr in product.expressions])
    terms = dict(zip(product.cells, entries, strict=True))
    operator = replace(product, domain=domain, terms=terms, provenance=Named())
    return Blocks(operator, rows, names.definitions())


def _dummies(rows: Iterable[KernelRow], letter: str) -> dict[KernelRow, sp.Symbol]:
    return {row: sp.Dummy(f"{letter}{n:06d}") for n, row in enumerate(rows)}


# --- anything else ---------------------------------------------------------------------------


def _of_any(operator: Operator) -> Blocks:
    """Equal blocks by one name: B_1, B_2, … in the order in which they are met."""
    places = _places(operator)
    if len(places) > MOST_BLOCKS:
        raise SymconvError(
            f"{operator!r} has {len(places)} different blocks, more than the {MOST_BLOCKS} that "
            'can be read; form="elided" and "closed" fit'
        )
    far = dict.fromkeys(operator.size_symbols, FAR)
    met = sorted(places.items(), key=lambda item: min(_place(cell, far) for cell in item[1]))
    places = dict(met)
    symbols = [Label(f"B{n:06d}", f"𝐵_{{{n}}}") for n in range(1, len(places) + 1)]
    others = tuple(
        (symbol, _inner(operator, content)) for symbol, content in zip(symbols, places, strict=True)
    )
    return Blocks(_outer(operator, symbols, [*places.values()]), None, (), others)


def _places(operator: Operator) -> dict[Content, list[Cell]]:
    """What stands in a block to where that is."""
    contents: defaultdict[Cell, set[tuple[Cell, sp.Expr]]] = defaultdict(set)
    for cell, expr in operator.expressions:
        contents[cell[:-1]].add((cell[-1:], expr))
    places: dict[Content, list[Cell]] = {}
    for outer, content in contents.items():
        places.setdefault(frozenset(content), []).append(outer)
    return places


def _place(cell: Cell, values: Mapping[sp.Symbol, int]) -> tuple[list[int], list[int]]:
    """Row and column of the first block of a cell."""
    return [evaluate(d.row, values) for d in cell], [evaluate(d.col, values) for d in cell]


def _outer(operator: Operator, symbols: list[sp.Symbol], places: list[list[Cell]]) -> Operator:
    domain, names = from_exprs(symbols)
    terms = {cell: name for name, cells in zip(names, places, strict=True) for cell in cells}
    rows, cols = operator.rows[:-1], operator.cols[:-1]
    if len(rows) == 1:
        one = identity(1)
        rows, cols, terms = (*rows, 1), (*cols, 1), {(*cell, one): c for cell, c in terms.items()}
    return Operator(rows, cols, domain, terms, operator.proven_from, Named())


def _inner(operator: Operator, content: Content) -> Operator:
    domain, entries = from_exprs([expr for _, expr in content])
    terms = {(identity(1), *cell): e for (cell, _), e in zip(content, entries, strict=True)}
    rows, cols = (1, operator.rows[-1]), (1, operator.cols[-1])
    return Operator(rows, cols, domain, terms, operator.proven_from, Named())
