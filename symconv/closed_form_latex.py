"""Closed forms as LaTeX: a banded matrix with dots, or the cases of the entry formula."""

from __future__ import annotations

from collections.abc import Mapping
from math import gcd
from typing import Any

import sympy as sp

from symconv.affine import to_expr
from symconv.symbol_latex import typesetter
from symconv.typeset import banded_latex, widest_row

MOST_CASES = 12
# Printed characters that a page is wide.
MOST_BESIDE = 130


def closed_form_latex(form: Any, printer: Any) -> str:
    """LaTeX of a :class:`ClosedForm`, with the definitions of its r_δ where it uses them."""
    printer = typesetter(printer)
    body = banded(form, printer) if is_banded(form) else cases(form, printer)
    return with_names(body, form.names, printer) if form.abbreviated else body


def with_names(body: str, names: Mapping[sp.Symbol, sp.Expr], printer: Any) -> str:
    """A display and beside it, or under it where it is wide, what its names stand for."""
    definitions = r" \\ ".join(
        f"{printer._print(symbol)} &= {printer._print(expr)}" for symbol, expr in names.items()
    )
    if not names:
        return body
    where = rf"\begin{{aligned}}{definitions}\end{{aligned}}"
    if widest_row(body) + widest_row(definitions) > MOST_BESIDE:
        return rf"\begin{{gathered}}{body}, \\[1ex] {where}\end{{gathered}}"
    return rf"{body}, \qquad {where}"


def is_banded(form: Any) -> bool:
    """Whether dots along the diagonals can show the matrix: one axis, growing, steps alike."""
    rows, cols = form.shown(form.operator.rows), form.shown(form.operator.cols)
    return (
        len(rows) == 1
        and not isinstance(rows[0], int)
        and isinstance(cols[0] - rows[0], int)
        and all({*line.row_steps, *line.column_steps} == {1} for line in form.cells)
        and all(offset.is_number for line in form.cells for offset in line.offsets)
    )


def banded(form: Any, printer: Any, ruled: bool = False) -> str:
    """The rows at both ends and dots along the diagonals between."""
    diagonals = [form.shown(cell)[0] for cell in form.operator.cells]
    (rows,), (cols,) = form.shown(form.operator.rows), form.shown(form.operator.cols)
    lags = [d.row - d.col for d in diagonals] or [0]
    ends = [end for d in diagonals for end in (d.row, d.last[0] + 1)]
    border = [end if isinstance(end, int) else rows - end for end in ends] or [0]
    period = max((gcd(d.row_step, d.col_step) for d in diagonals if d.length != 1), default=1)
    reach = max(abs(lag) for lag in (*lags, cols - rows))
    shown = max(max(border) + period, reach - 1)
    sizes = (to_expr(rows), to_expr(cols))
    return banded_latex(sizes, (min(lags), max(lags)), shown, form.far_entry, printer, ruled)


def cases(form: Any, printer: Any) -> str:
    """The entry formula, interior first; dots where there are many cases."""
    axes = len(form.shown(form.operator.rows))
    i, j = (sp.symbols(f"{letter}_1:{axes + 1}" if axes > 1 else (letter,)) for letter in "ij")
    formula = form.entry(i, j)
    pieces = formula.args[:-1] if isinstance(formula, sp.Piecewise) else [(formula, sp.true)]
    lines = [
        rf"{printer._print(expr)} & \text{{for}}\: {printer._print(condition)}"
        for expr, condition in pieces[:MOST_CASES]
    ]
    if len(pieces) > MOST_CASES:
        lines.append(rf"\vdots & \text{{({len(pieces)} cases)}}")
    body = r" \\ ".join([*lines, r"0 & \text{otherwise}"])
    return rf"\begin{{cases}}{body}\end{{cases}}"
