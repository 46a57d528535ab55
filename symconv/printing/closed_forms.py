"""Closed forms as LaTeX: a banded matrix with dots, or the cases of the entry formula."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import islice
from math import gcd
from typing import Any

import sympy as sp

from symconv.algebra.coefficients import is_zero
from symconv.algebra.sizes import to_expr
from symconv.errors import ShapeError
from symconv.printing.entry_formula import entry_formula
from symconv.printing.free_letters import Letters, operator_letters
from symconv.printing.index_expressions import aligned, index_set
from symconv.printing.matrices import banded_latex, size_latex, widest_row
from symconv.printing.typesetter import Typesetter, symbol_latex, typesetter

MOST_CASES = 12
MOST_LAGS = 16
# Printed characters that a page is wide.
MOST_BESIDE = 130
# Rows at each end; a banded matrix with more can hardly be read, and takes seconds to print.
MOST_SHOWN = 8


def closed_form_latex(form: Any, printer: Any) -> str:
    """LaTeX of a :class:`ClosedForm`, with the definitions of its r_δ where it uses them."""
    formula = None if is_banded(form) else entry_formula(form, typesetter(printer))
    return part_latex(form, printer) if formula is None else formula


def part_latex(form: Any, printer: Any) -> str:
    """The matrix with dots or the cases of its entry: the right-hand side of an equation."""
    names, printer = names_of(form), naming(form, printer)
    return with_names(body(form, printer), names, printer)


def stacked_latex(form: Any, printer: Any, name: str = "") -> str:
    """The same for a screen: from where it holds, and the definitions below instead of beside.

    Args:
        form, printer: as in :func:`closed_form_latex`.
        name: what the matrix is called.
    """
    if not is_banded(form):
        formula = entry_formula(form, typesetter(printer), name, MOST_LAGS)
        if formula is not None:
            return formula
    names, printer = names_of(form), naming(form, printer)
    bounds = [rf"{printer._print(n)} \geq {start}" for n, start in form.valid_from.items()]
    shown = equation_latex(form, printer, name, "".join(rf", \quad {bound}" for bound in bounds))
    used = _used(names, shown, printer)
    if not used:
        return shown
    lines = [shown, _definitions(used, printer)]
    stacked = r" \\[1em] ".join(rf"\displaystyle {line}" for line in lines)
    return rf"\begin{{array}}{{l}}{stacked}\end{{array}}"


def entry_latex(form: Any, printer: Any, most: float) -> str:
    """The entry as a formula, or else all of its cases, and the definitions of its r_δ.

    Raises:
        ShapeError: there are more cases than ``most``.
    """
    operator = form.operator
    if all(is_zero(operator.domain, c) for c in operator.cells.values()):
        return "0"
    formula = entry_formula(form, printer)
    if formula is not None:
        return formula
    if len(form) > most:
        raise ShapeError(f"{len(form)} cases are more than max_entries={most}: give a larger one")
    names, printer = names_of(form), naming(form, printer)
    return with_names(aligned(case_lines(form, printer, most=None)), names, printer)


def equation_latex(form: Any, printer: Any, name: str = "", bounds: str = "") -> str:
    """The matrix with dots, or its entry and what the indices run through."""
    printer = typesetter(printer)
    if is_banded(form):
        return (f"{name} = " if name else "") + banded(form, printer) + bounds
    formula = entry_formula(form, printer, name)
    if formula is not None:
        return formula
    *lines, (index, pixels) = case_lines(form, printer, name)
    return aligned([*lines, (index, pixels + bounds)])


def body(form: Any, printer: Any) -> str:
    """The matrix with dots where they show it, else the cases of an entry."""
    return banded(form, printer) if is_banded(form) else cases(form, printer)


def names_of(form: Any) -> Mapping[sp.Symbol, sp.Expr]:
    """The names r_δ that a form is written with."""
    names: Mapping[sp.Symbol, sp.Expr] = form.names if form.abbreviated else {}
    return names


def naming(form: Any, printer: Any) -> Typesetter:
    """The printer with the r_δ first in sums, and by another letter where it writes an r itself."""
    names, named = names_of(form), typesetter(printer)
    free = operator_letters(form.operator, named)
    labels = {}
    for symbol, initial in form.initials.items() if names else ():
        letter = form.letters[initial]
        if free.name(initial) != letter:
            labels[symbol] = symbol_latex(free.name(initial) + symbol.name.removeprefix(letter))
    return named.leading(names).with_labels(labels)


def with_names(display: str, names: Mapping[sp.Symbol, sp.Expr], printer: Any) -> str:
    """A display and beside it, or under it where it is wide, what the names in it stand for."""
    used = _used(names, display, printer)
    if not used:
        return display
    where = _definitions(used, printer)
    if widest_row(display) + widest_row(where) > MOST_BESIDE:
        return rf"\begin{{gathered}}{display}, \\[1ex] {where}\end{{gathered}}"
    return rf"{display}, \qquad {where}"


def _used(
    names: Mapping[sp.Symbol, sp.Expr], display: str, printer: Any
) -> dict[sp.Symbol, sp.Expr]:
    """The names that a display has."""
    words = {name: re.escape(printer._print(name)) for name in names}
    return {
        name: names[name] for name in names if re.search(rf"(?<![A-Za-z]){words[name]}", display)
    }


def _definitions(names: Mapping[sp.Symbol, sp.Expr], printer: Any) -> str:
    return aligned([(printer._print(name), printer._print(names[name])) for name in names])


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


# --- cases -----------------------------------------------------------------------------------


def index_symbols(
    form: Any, letters: Letters
) -> tuple[tuple[sp.Symbol, ...], tuple[sp.Symbol, ...]]:
    """i and j, or (i_1, i_2, …) and (j_1, j_2, …); a channel leads where there are several."""
    sizes = form.operator.rows, form.operator.cols
    rows, cols = (
        _numbered(letters.name(letter), len(_ranges(size)))
        for letter, size in zip("ij", sizes, strict=True)
    )
    return rows, cols


def _numbered(letter: str, axes: int) -> tuple[sp.Symbol, ...]:
    names = [f"{letter}_{n}" for n in range(1, axes + 1)] if axes > 1 else [letter]
    return tuple(map(sp.Symbol, names))


def _ranges(sizes: tuple[Any, ...]) -> tuple[Any, ...]:
    """The sizes through which an index runs: a single channel has none."""
    return sizes[1:] if sizes[0] == 1 else sizes


def cases(form: Any, printer: Any, most: int | None = MOST_CASES) -> str:
    """The entry formula, interior first; dots after so many cases, where a number is given."""
    pixels = (
        tuple(
            sp.S.Zero if n == 1 else index for index, n in zip(symbols, _ranges(sizes), strict=True)
        )
        for symbols, sizes in zip(
            index_symbols(form, operator_letters(form.operator, printer)),
            (form.operator.rows, form.operator.cols),
            strict=True,
        )
    )
    pieces = list(islice(form.pieces(*pixels), most))
    if [condition for _, condition in pieces[:1]] == [sp.true]:
        return str(printer._print(pieces[0][0]))
    lines = [
        rf"{printer._print(expr)} & \text{{for}}\: {printer._print(condition)}"
        for expr, condition in pieces
    ]
    if most is not None and len(form) > most:
        lines.append(rf"\vdots & \text{{({len(form)} cases)}}")
    body = r" \\ ".join([*lines, r"0 & \text{otherwise}"])
    return rf"\begin{{cases}}{body}\end{{cases}}" if pieces else "0"


def case_lines(
    form: Any, printer: Any, name: str = "", most: int | None = MOST_CASES
) -> list[tuple[str, str]]:
    """The cases of an entry of the matrix of that name, and what its indices run through."""
    letters = operator_letters(form.operator, printer)
    i, j = letters["i"], letters["j"]
    matrix = (rf"\left({name}\right)" if " " in name else name) or letters["A"]
    sets = [
        _index_line(letter, sizes, printer)
        for letter, sizes in zip((i, j), (form.operator.rows, form.operator.cols), strict=True)
    ]
    (_, rows), (_, cols) = sets
    both = [(f"{i}, {j}", rows)] if rows == cols else sets
    return [(f"{matrix}_{{{i},{j}}}", cases(form, printer, most)), *both]


def _index_line(letter: str, sizes: tuple[Any, ...], printer: Any) -> tuple[str, str]:
    channels = r" \quad \text{(channel, pixel)}" if len(_ranges(sizes)) == len(sizes) else ""
    shown = index_set([to_expr(n) for n in _ranges(sizes)], printer)
    return letter, rf"\in {shown}{channels}"
