"""Operators of any size with dots: their corners, what goes on between, and the size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import sympy as sp

from symconv.algebra.coefficients import to_sympy, total
from symconv.algebra.diagonal import Diagonal
from symconv.algebra.normal_form import Cell
from symconv.algebra.sizes import FAR, evaluate
from symconv.errors import SymconvError
from symconv.operators.closed_form import ClosedForm
from symconv.operators.entries import concrete, concrete_shape, pixel
from symconv.operators.operator import Operator
from symconv.printing.closed_forms import banded_matrix, is_banded
from symconv.printing.matrices import (
    MOST_ENTRIES,
    MOST_LINES,
    EntryFunction,
    Matrix,
    Sized,
    banded,
    matrix_display,
    under_brace,
)
from symconv.printing.typesetter import Typesetter

Band = tuple[tuple[int, int], int]


def elided(
    form: ClosedForm,
    printer: Typesetter,
    max_entries: int = MOST_ENTRIES,
    ruled: bool = False,
) -> Matrix | Sized:
    """A matrix with dots where it is large, over its size; of symbolic size too.

    Args:
        form: the closed form of the operator.
        printer: the printer, which knows its dialect.
        max_entries: how many entries may be printed.
        ruled: lines between rows and columns.
    """
    operator: Operator = form.operator
    if not operator.size_symbols:
        shape, entry = concrete_shape(operator.rows, operator.cols), entry_function(form)
        band = _band(operator) if printer.dialect == "latex" else None
        if band is not None and _has_room(band, shape, max_entries):
            return under_brace(banded(shape, *band, entry, printer, ruled), shape)
        return matrix_display(shape, entry, printer, "elided", max_entries, ruled)
    if is_banded(form):
        matrix = banded_matrix(form, printer, ruled)
        rows, cols = matrix.shape
        if rows * cols <= max_entries and cols <= MOST_LINES:
            return under_brace(matrix, operator.shape)
    shape, entry = _far(form)
    return matrix_display(shape, entry, printer, "elided", max_entries, ruled, operator.shape)


def whole_or_elided(
    operator: Operator, printer: Typesetter, max_entries: int, ruled: bool = False
) -> Matrix | Sized:
    """A matrix of any size, whole where it is small."""
    if not operator.size_symbols:
        shape = concrete_shape(operator.rows, operator.cols)
        if max(shape) <= MOST_LINES and shape[0] * shape[1] <= max_entries:
            return matrix_display(shape, operator.entry, printer, "full", max_entries, ruled)
    return elided(operator.closed_form(), printer, max_entries, ruled)


def _band(operator: Operator) -> Band | None:
    """The lags of a banded matrix on one axis and the rows at each end that show its border."""
    if len(operator.rows) != 2 or (operator.rows[0], operator.cols[0]) != (1, 1):
        return None
    (rows, cols), diagonals = concrete_shape(operator.rows, operator.cols), operator.cells
    lines = [d for _, d in diagonals]
    if not lines or any((d.row_step, d.col_step) != (1, 1) for d in lines):
        return None
    lags = [evaluate(d.row - d.col, {}) for d in lines]
    ends = [evaluate(end, {}) for d in lines for end in (d.row, d.last[0] + 1)]
    border = max(min(end, rows - end) for end in ends)
    reach = max(*map(abs, lags), abs(cols - rows))
    return (min(lags), max(lags)), max(border + 1, reach - 1)


def _has_room(band: Band, shape: tuple[int, int], most: int) -> bool:
    """Whether a band with dots is smaller than its matrix and than what can be read."""
    _, shown = band
    height = 2 * shown + 1
    width = height + shape[1] - shape[0]
    return height < shape[0] and max(height, width) <= MOST_LINES and height * width <= most


def _far(form: ClosedForm) -> tuple[tuple[int, int], EntryFunction]:
    """Rows, columns and entries for a size so large that both corners are as for any large one."""
    operator: Operator = form.operator
    values = dict.fromkeys(operator.size_symbols, FAR)
    if max(operator.proven_from.values(), default=0) > FAR:
        raise SymconvError(f"{operator!r} is known only from sizes beyond {FAR} on")
    rows, cols = (tuple(evaluate(n, values) for n in s) for s in (operator.rows, operator.cols))
    found = [(tuple(d.at(values) for d in cell), expr) for cell, expr in form.expressions]
    present = [(cell, expr) for cell, expr in found if None not in cell]
    meeting = _meeting([cell for cell, _ in present], rows, cols)  # type: ignore[misc]

    def entry(i: int, j: int) -> sp.Expr:
        return sp.Add(*(present[n][1] for n in meeting(i, j)))

    return concrete_shape(rows, cols), entry


def entry_function(form: ClosedForm) -> EntryFunction:
    """Entries by flat index, for many of them: each axis is searched once a place.

    >>> import symconv as sc
    >>> entry_function(sc.conv([1, 2], 3).closed_form())(1, 2)
    2
    """
    operator: Operator = form.operator
    if form.abbreviated:
        _, entry = _far(form)
        return entry
    coefficients = list(operator.terms.values())
    meeting = _meeting(list(operator.terms), concrete(operator.rows), concrete(operator.cols))

    def found(i: int, j: int) -> sp.Expr:
        parts = [coefficients[n] for n in meeting(i, j)]
        return to_sympy(operator.domain, total(operator.domain, parts)) if parts else sp.S.Zero

    return found


def _meeting(
    cells: Sequence[Cell], rows: Sequence[int], cols: Sequence[int]
) -> Callable[[int, int], list[int]]:
    """Which cells have an entry at a flat row and column."""
    axes: list[dict[Diagonal, set[int]]] = [{} for _ in rows]
    for n, cell in enumerate(cells):
        for members, d in zip(axes, cell, strict=True):
            members.setdefault(d, set()).add(n)

    @cache
    def on_axis(axis: int, i: int, j: int) -> set[int]:
        return set().union(*(members for d, members in axes[axis].items() if d.contains(i, j)))

    def meeting(i: int, j: int) -> list[int]:
        pairs = zip(pixel(rows, i), pixel(cols, j), strict=True)
        return sorted(set.intersection(*(on_axis(n, a, b) for n, (a, b) in enumerate(pairs))))

    return meeting
