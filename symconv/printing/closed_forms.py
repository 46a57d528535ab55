"""Closed forms as displays: a banded matrix with dots, or the cases of the entry formula."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from math import gcd
from typing import Any

import sympy as sp
from sympy.core.relational import Relational

from symconv.algebra.coefficients import is_zero
from symconv.algebra.sizes import to_expr
from symconv.errors import ShapeError
from symconv.operators.closed_form import ClosedForm
from symconv.operators.valid_from import stated_from
from symconv.printing.circulants import circulant_display, first_row
from symconv.printing.entry_formula import entry_formula
from symconv.printing.headings import given_name
from symconv.typesetting.displays import (
    Display,
    Formula,
    Row,
    Rows,
    aligned,
    beside,
    cases,
    equation,
    stacked,
    symbols_of,
    width,
)
from symconv.typesetting.index_expressions import index_set
from symconv.typesetting.matrices import WIDEST, Matrix, Sized, banded, bounds_latex, size_latex
from symconv.typesetting.symbols import symbol_latex
from symconv.typesetting.typesetter import Label, Typesetter

MOST_CASES = 12
MOST_LAGS = 16
# Rows at each end; a banded matrix with more can hardly be read, and takes seconds to print.
MOST_SHOWN = 8
AFTER = r", \quad "
OWN = {"r": "𝑟", "g": "𝑔", "c": "𝑐"}


def closed_form_display(form: ClosedForm, printer: Typesetter) -> Display:
    """A closed form, with the definitions of its r_δ where it uses them."""
    plain = is_banded(form) or _prefers_row(form)
    formula = None if plain else entry_formula(form, printer)
    return part_display(form, printer) if formula is None else formula


def part_display(form: ClosedForm, printer: Typesetter) -> Display:
    """The matrix with dots or the cases of its entry: the right-hand side of an equation."""
    plain, printer = printer, naming(form, printer)
    matrix = matrix_display(form, printer)
    is_wide = matrix is not None and width(matrix) > WIDEST
    if is_wide and _prefers_row(form) and not form.abbreviated:
        return part_display(form.two_level, plain)
    if matrix is None:
        bounds = bounds_latex(stated_from(form.operator), printer, AFTER)
        cells = entry_cases(form, printer)
        matrix = Row((cells, bounds), "") if bounds else cells
    return with_names(matrix, names_of(form), printer)


def stacked_display(form: ClosedForm, printer: Typesetter, name: str = "") -> Display:
    """The same for a screen: from where it holds, and the definitions below instead of beside.

    Args:
        form, printer: as in :func:`closed_form_display`.
        name: what the matrix is called.
    """
    if not (is_banded(form) or _prefers_row(form)):
        formula = entry_formula(form, printer, name, MOST_LAGS)
        if formula is not None:
            return formula
    names, printer = names_of(form), naming(form, printer)
    shown = equation_display(form, printer, name, bounds_latex(form.valid_from, printer, AFTER))
    used = _used(names, shown)
    return stacked([shown, _definitions(used, printer)]) if used else shown


def entry_display(form: ClosedForm, printer: Typesetter, most: float) -> Display:
    """The entry as a formula, or else all of its cases, and the definitions of its r_δ.

    Raises:
        ShapeError: there are more cases than ``most``.
    """
    operator = form.operator
    if all(is_zero(operator.domain, c) for c in operator.cells.values()):
        return "0"
    if _prefers_row(form):
        circulant = circulant_display(form, naming(form, printer), stated_from(operator))
        if circulant is not None and width(circulant) > WIDEST and not form.abbreviated:
            return entry_display(form.two_level, printer, most)
        if circulant is not None:
            return with_names(circulant, names_of(form), naming(form, printer))
    formula = entry_formula(form, printer)
    if formula is not None:
        return formula
    if len(form) > most:
        raise ShapeError(f"{len(form)} cases are more than max_entries={most}: give a larger one")
    printer = naming(form, printer)
    *lines, (index, pixels) = _lines(form, printer, most=None)
    bounds = bounds_latex(stated_from(operator), printer, AFTER)
    return with_names(aligned([*lines, (index, f"{pixels}{bounds}")]), names_of(form), printer)


def equation_display(
    form: ClosedForm, printer: Typesetter, name: str = "", bounds: str = ""
) -> Display:
    """The matrix with dots, or its entry and what the indices run through."""
    matrix = matrix_display(form, printer)
    if matrix is not None and (is_banded(form) or _prefers_row(form)):
        return Row((equation(name, matrix) if name else matrix, bounds), "")
    formula = entry_formula(form, printer, name)
    if formula is not None:
        return formula
    *lines, (index, pixels) = _lines(form, printer, name)
    return aligned([*lines, (index, f"{pixels}{bounds}")])


# --- names -----------------------------------------------------------------------------------


def names_of(form: ClosedForm) -> Mapping[sp.Symbol, sp.Expr]:
    """The names r_δ that a form is written with."""
    return form.names if form.abbreviated else {}


def naming(form: ClosedForm, printer: Typesetter) -> Typesetter:
    """The printer with the r_δ first in sums, by a letter of the formula's own."""
    found = {}
    for symbol in names_of(form):
        initial, latex = form.initials[symbol], symbol_latex(symbol.name)
        plain = symbol_latex(form.letters[initial])
        own = OWN[initial] + latex.removeprefix(plain)
        found[symbol] = own if latex.startswith(plain) else latex
    return printer.with_names(found)


def with_names(
    display: Display, names: Mapping[sp.Symbol, sp.Expr], printer: Typesetter
) -> Display:
    """A display and beside it, or under it where it is wide, what the names in it stand for."""
    used = _used(names, display)
    return beside(display, _definitions(used, printer)) if used else display


def _used(names: Mapping[sp.Symbol, sp.Expr], display: Display) -> Mapping[sp.Symbol, sp.Expr]:
    shown = symbols_of(display)
    return {symbol: expr for symbol, expr in names.items() if symbol in shown}


def _definitions(names: Mapping[sp.Symbol, sp.Expr], printer: Typesetter) -> Rows:
    return aligned((printer._print(name), printer._print(names[name])) for name in names)


# --- bands and circulants ---------------------------------------------------------------------


def is_banded(form: ClosedForm) -> bool:
    """Whether dots along the diagonals show the matrix: one axis, growing, steps alike, small."""
    rows, cols = form.shown(form.operator.rows), form.shown(form.operator.cols)
    return (
        len(rows) == 1
        and len(form) > 0
        and not isinstance(rows[0], int)
        and isinstance(cols[0] - rows[0], int)
        and all(form.shown(cell)[0].direction == (1, 1) for cell in form.operator.cells)
        and all(isinstance(lag, int) for lag in _lags(form))
        and _rows_shown(form) <= MOST_SHOWN
    )


def matrix_display(form: ClosedForm, printer: Typesetter) -> Display | None:
    """The matrix by its bands, or by the first row of a circulant; None for others."""
    if is_banded(form):
        return banded_display(form, printer)
    return circulant_display(form, printer, {})


def _prefers_row(form: ClosedForm) -> bool:
    """Whether a circulant is better told by its first row than by the formula of its entry."""
    return first_row(form) is not None and len(form) > 1


def banded_display(form: ClosedForm, printer: Typesetter) -> Sized:
    """The rows at both ends, dots along the diagonals between, and the size."""
    matrix = banded_matrix(form, printer)
    return Sized(matrix, size_latex(form.operator.shape, printer), brace=False)


def banded_matrix(form: ClosedForm, printer: Typesetter, ruled: bool = False) -> Matrix:
    """The same without the size."""
    sizes = form.operator.rows, form.operator.cols
    rows, cols = (to_expr(form.shown(size)[0]) for size in sizes)
    lags = min(_lags(form)), max(_lags(form))
    return banded((rows, cols), lags, _rows_shown(form), form.far_entry, printer, ruled)


def _lags(form: ClosedForm) -> list[Any]:
    """Row less column of every diagonal; grows with the image where padding wraps around."""
    diagonals = [form.shown(cell)[0] for cell in form.operator.cells]
    return [d.row - d.col for d in diagonals] or [0]


def _rows_shown(form: ClosedForm) -> int:
    """Rows at each end that hold the border, one period and the whole band."""
    diagonals = [form.shown(cell)[0] for cell in form.operator.cells]
    (rows,), (cols,) = form.shown(form.operator.rows), form.shown(form.operator.cols)
    ends = [end for d in diagonals for end in (d.row, d.last[0] + 1)]
    border = [end if isinstance(end, int) else rows - end for end in ends] or [0]
    period = max((gcd(d.row_step, d.col_step) for d in diagonals if d.length != 1), default=1)
    reach = max(abs(lag) for lag in (*_lags(form), cols - rows))
    return int(max(max(border) + period, reach - 1))


# --- cases -----------------------------------------------------------------------------------


def ranges(sizes: Sequence[Any]) -> Sequence[Any]:
    """The sizes through which an index runs: a single channel has none."""
    return sizes[1:] if sizes[0] == 1 else sizes


def _pixel(name: str, own: str, sizes: Sequence[Any]) -> tuple[sp.Expr, ...]:
    """i, or i_1, i_2, …; a channel leads where there are several, and the only pixel is 0."""
    count = len(ranges(sizes))
    lower = [rf"_{{{n}}}" if count > 1 else "" for n in range(1, count + 1)]
    return tuple(
        sp.S.Zero if size == 1 else Label(f"{name}_{n}" if count > 1 else name, own + lower[n - 1])
        for n, size in enumerate(ranges(sizes), 1)
    )


def entry_cases(form: ClosedForm, printer: Typesetter, most: int | None = MOST_CASES) -> Display:
    """The entry formula, interior first; dots after so many cases, where a number is given."""
    row, col = _pixel("i", "𝑖", form.operator.rows), _pixel("j", "𝑗", form.operator.cols)
    first = printer.notation.index_from
    shown = islice(form.pieces(row, col), most)
    pieces = [(expr, counted(condition, (*row, *col), first)) for expr, condition in shown]
    if not pieces:
        return "0"
    if pieces[0][1] is sp.true:
        return _formula(pieces[0][0], printer)
    lines: list[tuple[Display, str]] = [
        (_formula(expr, printer), rf"\text{{for}}\: {printer._print(condition)}")
        for expr, condition in pieces
    ]
    if most is not None and len(form) > most:
        lines.append((r"\vdots", rf"\text{{({len(form)} cases)}}"))
    return cases(lines)


def counted(condition: Any, indices: Sequence[sp.Expr], first: int) -> Any:
    """A condition on indices that count from 0 as one on indices that count from another number.

    >>> i, n = sp.symbols("i n")
    >>> counted((i <= n - 3) & sp.Ne(i, 0), (i,), 1)
    Ne(i, 1) & (i <= n - 2)
    """
    if not first:
        return condition
    return _indices_left(condition.xreplace({i: i - first for i in indices if i != 0}), indices)


def _indices_left(condition: Any, indices: Sequence[sp.Expr]) -> Any:
    """A condition with its indices on the left of every relation and all else on the right."""
    if isinstance(condition, sp.And | sp.Or):
        return condition.func(*(_indices_left(part, indices) for part in condition.args))
    if not isinstance(condition, Relational) or condition.has(sp.Mod):
        return condition
    rest, left = sp.expand(condition.lhs - condition.rhs).as_independent(*indices, as_Add=True)
    return condition.func(left, -rest, evaluate=False)


def _formula(expr: sp.Expr, printer: Typesetter) -> Formula:
    return Formula(str(printer._print(expr)), frozenset(expr.free_symbols))


def _lines(
    form: ClosedForm, printer: Typesetter, name: str = "", most: int | None = MOST_CASES
) -> Iterable[tuple[str, Display]]:
    """The cases of an entry of the matrix of that name, and what its indices run through."""
    name = name or given_name(form.operator, printer)
    matrix = (rf"\left({name}\right)" if " " in name or "^" in name else name) or "𝐴"
    rows, cols = (_index_set(sizes, printer) for sizes in (form.operator.rows, form.operator.cols))
    sets = [("𝑖, 𝑗", rows)] if rows == cols else [("𝑖", rows), ("𝑗", cols)]
    return [(f"{matrix}_{{𝑖,𝑗}}", entry_cases(form, printer, most)), *sets]


def _index_set(sizes: Sequence[Any], printer: Typesetter) -> str:
    channels = r" \quad \text{(channel, pixel)}" if len(ranges(sizes)) == len(sizes) else ""
    return rf"\in {index_set([to_expr(n) for n in ranges(sizes)], printer)}{channels}"
