"""Closed forms as LaTeX: a banded matrix with dots, or the cases of the entry formula."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from math import gcd
from typing import Any

import sympy as sp

from symconv.affine import to_expr
from symconv.symbol_latex import typesetter
from symconv.typeset import banded_latex, size_latex, widest_row

MOST_CASES = 12
# Printed characters that a page is wide.
MOST_BESIDE = 130
# Rows at each end; a banded matrix with more can hardly be read, and takes seconds to print.
MOST_SHOWN = 8


def closed_form_latex(form: Any, printer: Any) -> str:
    """LaTeX of a :class:`ClosedForm`, with the definitions of its r_δ where it uses them."""
    printer = typesetter(printer)
    return with_names(body(form, printer), form.names if form.abbreviated else {}, printer)


def stacked_latex(form: Any, printer: Any, left: str = "") -> str:
    """The same for a screen: from where it holds, and the definitions below instead of beside.

    Args:
        form, printer: as in :func:`closed_form_latex`.
        left: the left-hand side, with its sign of equality.
    """
    printer = typesetter(printer)
    bounds = (rf"{printer._print(n)} \geq {start}" for n, start in form.valid_from.items())
    lines = [r", \quad ".join([left + body(form, printer), *bounds])]
    if not form.abbreviated:
        return lines[0]
    lines.append(_definitions(form.names, printer))
    stacked = r" \\[1em] ".join(rf"\displaystyle {line}" for line in lines)
    return rf"\begin{{array}}{{l}}{stacked}\end{{array}}"


def body(form: Any, printer: Any) -> str:
    """The matrix with dots where they show it, else the cases of an entry."""
    return banded(form, printer) if is_banded(form) else cases(form, printer)


def with_names(display: str, names: Mapping[sp.Symbol, sp.Expr], printer: Any) -> str:
    """A display and beside it, or under it where it is wide, what its names stand for."""
    if not names:
        return display
    where = _definitions(names, printer)
    if widest_row(display) + widest_row(where) > MOST_BESIDE:
        return rf"\begin{{gathered}}{display}, \\[1ex] {where}\end{{gathered}}"
    return rf"{display}, \qquad {where}"


def _definitions(names: Mapping[sp.Symbol, sp.Expr], printer: Any) -> str:
    definitions = r" \\ ".join(
        f"{printer._print(symbol)} &= {printer._print(expr)}" for symbol, expr in names.items()
    )
    return rf"\begin{{aligned}}{definitions}\end{{aligned}}"


def is_banded(form: Any) -> bool:
    """Whether dots along the diagonals show the matrix: one axis, growing, steps alike, small."""
    rows, cols = form.shown(form.operator.rows), form.shown(form.operator.cols)
    return (
        len(rows) == 1
        and not isinstance(rows[0], int)
        and isinstance(cols[0] - rows[0], int)
        and all({*line.row_steps, *line.column_steps} == {1} for line in form.cells)
        and all(isinstance(lag, int) for lag in _lags(form))
        and _rows_shown(form) <= MOST_SHOWN
    )


def banded(form: Any, printer: Any) -> str:
    """The rows at both ends, dots along the diagonals between, and the size."""
    return f"{banded_matrix(form, printer)}_{{{size_latex(form.operator.shape, printer)}}}"


def banded_matrix(form: Any, printer: Any, ruled: bool = False) -> str:
    """The same without the size."""
    rows, cols = (
        to_expr(form.shown(sizes)[0]) for sizes in (form.operator.rows, form.operator.cols)
    )
    lags = min(_lags(form)), max(_lags(form))
    return banded_latex((rows, cols), lags, _rows_shown(form), form.far_entry, printer, ruled)


def _lags(form: Any) -> list[Any]:
    """Row less column of every diagonal; grows with the image where padding wraps around."""
    diagonals = [form.shown(cell)[0] for cell in form.operator.cells]
    return [d.row - d.col for d in diagonals] or [0]


def _rows_shown(form: Any) -> int:
    """Rows at each end that hold the border, one period and the whole band."""
    diagonals = [form.shown(cell)[0] for cell in form.operator.cells]
    (rows,), (cols,) = form.shown(form.operator.rows), form.shown(form.operator.cols)
    ends = [end for d in diagonals for end in (d.row, d.last[0] + 1)]
    border = [end if isinstance(end, int) else rows - end for end in ends] or [0]
    period = max((gcd(d.row_step, d.col_step) for d in diagonals if d.length != 1), default=1)
    reach = max(abs(lag) for lag in (*_lags(form), cols - rows))
    return int(max(max(border) + period, reach - 1))


def cases(form: Any, printer: Any, most: int | None = MOST_CASES) -> str:
    """The entry formula, interior first; dots after so many cases, where a number is given."""
    axes = len(form.shown(form.operator.rows))
    i, j = (sp.symbols(f"{letter}_1:{axes + 1}" if axes > 1 else (letter,)) for letter in "ij")
    lines = [
        rf"{printer._print(expr)} & \text{{for}}\: {printer._print(condition)}"
        for expr, condition in islice(form.pieces(i, j), most)
    ]
    if most is not None and len(form) > most:
        lines.append(rf"\vdots & \text{{({len(form)} cases)}}")
    body = r" \\ ".join([*lines, r"0 & \text{otherwise}"])
    return rf"\begin{{cases}}{body}\end{{cases}}"
