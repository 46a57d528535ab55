"""Lines of a closed form, and the boxes of rows on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import gcd

import sympy as sp

from symconv.algebra.diagonal import Cell
from symconv.algebra.sizes import FAR, Size, to_expr
from symconv.work_limits import check

MOST_CASES = 10_000


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


def require_few_cases(lines: Iterable[Line], i: Sequence[sp.Expr], j: Sequence[sp.Expr]) -> None:
    """Refuse the formula of an entry that nobody waits for; one line a cell is given."""
    counts = Counter(lines)
    cases = sum(count for line, count in counts.items() if not apart(line, i, j))
    what = f"{cases} cases of the entry at {tuple(i)}, {tuple(j)}"
    instead = "take pixels a known distance apart, such as i and i + 1, or numbers"
    check("entries", cases, what, instead, MOST_CASES)


def box_of(cell: Cell) -> Box:
    return Box(
        tuple(to_expr(d.row) for d in cell),
        tuple(to_expr(d.last[0]) for d in cell),
        tuple(d.row_step for d in cell),
    )


def order(size: sp.Expr) -> int:
    """A number that orders affine sizes as large values of their symbol do."""
    return int(size.subs(dict.fromkeys(size.free_symbols, FAR)))
