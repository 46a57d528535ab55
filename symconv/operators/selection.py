"""Operators that move pixels or weigh them one by one: selections, and sums of rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp
from sympy.polys.domains import ZZ

from symconv._pickle import Pickled
from symconv.algebra.coefficients import Element, total
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
