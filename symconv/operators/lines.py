"""Operators that are given as a table: coefficients of Kronecker products of diagonals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import sympy as sp

from symconv.algebra.coefficients import from_exprs
from symconv.algebra.diagonal import Cell, Diagonal, diagonal
from symconv.algebra.sizes import Horizon, Size, ceil_divide, divide
from symconv.errors import ShapeError
from symconv.operators.boundary_split import Split
from symconv.operators.operator import Operator
from symconv.operators.provenance import EntryMap, Primitive, SizeMap


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


def across(d: Diagonal, rows: Size, cols: Size, horizon: Horizon) -> Diagonal:
    """A diagonal as long as the image is.

    >>> across(Diagonal(3, 2, 1, 1, 2), 9, 7, Horizon())
    Diagonal(row=1, col=0, row_step=1, col_step=1, length=7)
    """
    back, _ = divide(d.row, d.row_step)
    ahead = ceil_divide(rows - d.row, d.row_step)
    right = d.col_step > 0
    before, after = (d.col, cols - d.col) if right else (cols - 1 - d.col, d.col + 1)
    step = abs(d.col_step)
    back = horizon.smaller(back, divide(before, step)[0])
    ahead = horizon.smaller(ahead, ceil_divide(after, step))
    row, col = d.row - back * d.row_step, d.col - back * d.col_step
    return diagonal(row, col, d.row_step, d.col_step, back + ahead)


def border_split(operator: Operator) -> Split:
    """What stands away from the border, all over the image, and what differs from it.

    Raises:
        ShapeError: the size is a number, or the entries change in the middle of the image.
        ResidueError: a remainder of the size decides which entries are at the border.
    """
    axes = [
        axis
        for axis, sizes in enumerate(zip(operator.rows, operator.cols, strict=True))
        if not any(isinstance(size, int) for size in sizes)
    ]
    if not axes:
        raise ShapeError(
            f"{operator!r} has no split: it has a fixed size, where nothing is away from the "
            "border. Make it for a size of symbols, split that, and take at() of the parts"
        )
    horizon = Horizon()
    horizon.note(operator.proven_from)
    table: dict[Cell, sp.Expr] = {}
    for cell, expr in operator.expressions:
        if all(not isinstance(cell[axis].length, int) for axis in axes):
            whole = list(cell)
            for axis in axes:
                rows, cols = operator.rows[axis], operator.cols[axis]
                whole[axis] = across(cell[axis], rows, cols, horizon)
            if tuple(whole) in table:
                raise ShapeError(f"{operator!r} has no split: entries change far from its border")
            table[tuple(whole)] = expr
    lines = Lines(operator.rows, operator.cols, tuple(table.items()), horizon.valid_from)
    toeplitz = lines.operator()
    boundary = toeplitz - operator
    _ = toeplitz.cells, boundary.cells  # refused here and not where a part is looked at
    return Split("border", toeplitz, boundary, (0,) * (len(operator.rows) - 1))
