"""Lines of a closed form, and the boxes of rows on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd

import sympy as sp

from symconv.algebra.diagonal import Cell
from symconv.algebra.sizes import FAR, Size, to_expr


@dataclass(frozen=True)
class Line:
    """The pixels (i, j) with column_step*i - row_step*j = offset on every axis.

    For steps of one, the offset is the lag i - j between row pixel and column pixel.
    """

    row_steps: tuple[int, ...]
    column_steps: tuple[int, ...]
    offsets: tuple[sp.Expr, ...]


@dataclass(frozen=True)
class Box:
    """The rows first, first + step, ..., last on every axis, in pixels."""

    first: tuple[sp.Expr, ...]
    last: tuple[sp.Expr, ...]
    step: tuple[int, ...]


def line_of(cell: Cell) -> Line:
    commons = [gcd(d.row_step, d.col_step) for d in cell]
    rows = tuple(d.row_step // g for d, g in zip(cell, commons, strict=True))
    columns = tuple(d.col_step // g for d, g in zip(cell, commons, strict=True))
    return Line(rows, columns, tuple(map(to_expr, offsets_of(cell))))


def offsets_of(cell: Cell) -> list[Size]:
    """What b*i - a*j is on the line of each diagonal, with its steps (a, b) made coprime."""
    commons = (gcd(d.row_step, d.col_step) for d in cell)
    return [
        d.col_step // g * d.row - d.row_step // g * d.col
        for d, g in zip(cell, commons, strict=True)
    ]


def apart(line: Line, i: Sequence[sp.Expr], j: Sequence[sp.Expr]) -> bool:
    """Whether no cell of a line can hold two pixels, seen without their bounds."""
    steps = zip(line.row_steps, line.column_steps, line.offsets, i, j, strict=True)
    return any((b * x - a * y - offset).is_zero is False for a, b, offset, x, y in steps)


def box_of(cell: Cell) -> Box:
    return Box(
        tuple(to_expr(d.row) for d in cell),
        tuple(to_expr(d.last[0]) for d in cell),
        tuple(d.row_step for d in cell),
    )


def order(size: sp.Expr) -> int:
    """A number that orders affine sizes as large values of their symbol do."""
    return int(size.subs(dict.fromkeys(size.free_symbols, FAR)))
