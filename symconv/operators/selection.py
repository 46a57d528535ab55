"""Operators that are given entry by entry: selections, tables of lines, and sums of rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sympy as sp
from sympy.polys.domains import ZZ

from symconv._pickle import Pickled
from symconv.algebra.coefficients import Element, from_exprs, total
from symconv.algebra.diagonal import Cell, Diagonal, compose
from symconv.algebra.diagonal import identity as identity_diagonal
from symconv.algebra.sizes import Horizon, Size, parse_size
from symconv.errors import GeometryError
from symconv.operators.operator import Operator, scale
from symconv.operators.provenance import EntryMap, Primitive, SizeMap


@dataclass(frozen=True)
class Selection(Primitive):
    """Provenance: a 0/1 operator that moves pixels, one diagonal an axis (channels first).

    The diagonals may reach beyond the images; what does is cut off.
    """

    rows: tuple[Size, ...]
    cols: tuple[Size, ...]
    diagonals: tuple[Diagonal, ...]

    def operator(self) -> Operator:
        """The matrix with a one where an input pixel goes to an output pixel."""
        horizon = Horizon()
        cell: list[Diagonal] = []
        for m, n, d in zip(self.rows, self.cols, self.diagonals, strict=True):
            inside = compose(identity_diagonal(m), d, horizon)
            inside = inside and compose(inside, identity_diagonal(n), horizon)
            if inside is not None:
                cell.append(inside)
        terms = {tuple(cell): ZZ.one} if len(cell) == len(self.rows) else {}
        return Operator(self.rows, self.cols, ZZ, terms, horizon.valid_from, self)

    def rebuild(self, entry: EntryMap, size: SizeMap) -> Operator:
        rows, cols = tuple(map(size, self.rows)), tuple(map(size, self.cols))
        return Selection(rows, cols, tuple(d.map(size) for d in self.diagonals)).operator()

    def diff(self, symbol: sp.Symbol) -> Operator:
        return scale(self.operator(), sp.S.Zero)


def identity(size: Any, channels: int = 1) -> Operator:
    """The identity on images of a size.

    >>> identity((2, 2)).shape
    (4, 4)
    """
    sizes = size if isinstance(size, Sequence) else (size,)
    if not sizes:
        raise GeometryError("an image needs at least one axis")
    images = (parse_size(channels), *map(parse_size, sizes))
    return Selection(images, images, tuple(map(identity_diagonal, images))).operator()


@dataclass(frozen=True)
class Choice(Primitive):
    """Provenance: a 0/1 operator of single entries, each from a pixel to a pixel."""

    rows: tuple[int, ...]
    cols: tuple[int, ...]
    pairs: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]

    def operator(self) -> Operator:
        """Its matrix."""
        terms = {
            tuple(Diagonal(i, j, 1, 1, 1) for i, j in zip(row, col, strict=True)): ZZ.one
            for row, col in self.pairs
        }
        return Operator(self.rows, self.cols, ZZ, terms, {}, self)

    def rebuild(self, entry: EntryMap, size: SizeMap) -> Operator:
        return self.operator()

    def diff(self, symbol: sp.Symbol) -> Operator:
        return scale(self.operator(), sp.S.Zero)


def choice(
    rows: Sequence[int],
    cols: Sequence[int],
    pairs: Sequence[tuple[Sequence[int], Sequence[int]]],
) -> Operator:
    """The operator that puts input pixels at output pixels, (channel, *position) each.

    >>> choice((1, 2), (1, 3), [((0, 0), (0, 2))]).as_explicit()
    Matrix([
    [0, 0, 1],
    [0, 0, 0]])
    """
    listed = tuple((tuple(row), tuple(col)) for row, col in pairs)
    return Choice(tuple(rows), tuple(cols), listed).operator()


@dataclass(frozen=True)
class Lines(Primitive):
    """Provenance: entries on diagonals that have nothing in common.

    Attributes:
        rows, cols: the images, channels first.
        table: Kronecker products of diagonals and what stands there.
        valid_from: for each size symbol a value from which on the table is right.
    """

    rows: tuple[Size, ...]
    cols: tuple[Size, ...]
    table: tuple[tuple[Cell, sp.Expr], ...]
    valid_from: Mapping[sp.Symbol, int] = field(default_factory=dict, compare=False)

    def operator(self) -> Operator:
        """Its matrix; diagonals without an entry are left out."""
        horizon = Horizon()
        horizon.note(self.valid_from)
        kept = [line for line in self.table if all(horizon.is_positive(d.length) for d in line[0])]
        domain, elements = from_exprs([expr for _, expr in kept])
        terms = {cell: c for (cell, _), c in zip(kept, elements, strict=True) if c}
        return Operator(self.rows, self.cols, domain, terms, horizon.valid_from, self)

    def rebuild(self, entry: EntryMap, size: SizeMap) -> Operator:
        table = ((tuple(d.map(size) for d in cell), entry(expr)) for cell, expr in self.table)
        rows, cols = tuple(map(size, self.rows)), tuple(map(size, self.cols))
        return Lines(rows, cols, tuple(table), self.valid_from).operator()

    def diff(self, symbol: sp.Symbol) -> Operator:
        table = tuple((cell, expr.diff(symbol)) for cell, expr in self.table)
        return replace(self, table=table).operator()


@dataclass(frozen=True, eq=False)
class RowSums(Pickled):
    """Provenance: the diagonal matrix of an operator's row sums."""

    operand: Operator

    layer = None

    @property
    def operands(self) -> tuple[Operator, ...]:
        return (self.operand,)

    def operator(self) -> Operator:
        return row_sums(self.operand)

    def rebuild(self, entry: EntryMap, size: SizeMap) -> Operator:
        return row_sums(self.operand.provenance.rebuild(entry, size))

    def diff(self, symbol: sp.Symbol) -> Operator:
        return row_sums(self.operand.provenance.diff(symbol))


def row_sums(operator: Operator) -> Operator:
    """The diagonal matrix whose entry (i, i) is the sum of row i: C 1, as an operator.

    >>> import symconv as sc
    >>> row_sums(sc.conv(sc.Kernel([1, 2]), 2).T).as_explicit()
    Matrix([
    [1, 0],
    [0, 2]])
    """
    horizon = Horizon()
    horizon.note(operator.bounds)
    shares: defaultdict[Cell, list[Element]] = defaultdict(list)
    for term, coefficient in operator.terms.items():
        # Each row occurs once in a diagonal, so D D^T is the identity on the rows of D.
        rows = [compose(d, d.T, horizon) for d in term]
        shares[tuple(row for row in rows if row is not None)].append(coefficient)
    terms = {cell: total(operator.domain, parts) for cell, parts in shares.items()}
    return Operator(
        operator.rows,
        operator.rows,
        operator.domain,
        terms,
        horizon.valid_from,
        RowSums(operator),
    )
