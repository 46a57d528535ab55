"""Operators of any size with dots: their corners, what goes on between, and the size."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import product, starmap
from math import prod

import sympy as sp

from symconv.algebra.coefficients import to_sympy, total
from symconv.algebra.diagonal import Cell, Diagonal
from symconv.algebra.sizes import FAR, Horizon, Size, evaluate
from symconv.errors import GeometryError, SymconvError
from symconv.operators.closed_form import ClosedForm
from symconv.operators.entries import concrete, concrete_shape, pixel
from symconv.operators.operator import Operator
from symconv.operators.valid_from import fixed_at, least, lowered
from symconv.printing.closed_forms import banded_matrix, is_banded
from symconv.typesetting.matrices import (
    DOTS,
    MOST_ENTRIES,
    MOST_LINES,
    Cells,
    EntryFunction,
    Matrix,
    Sized,
    banded,
    matrix_display,
    under_brace,
)
from symconv.typesetting.typesetter import Typesetter

# Sizes at which the corners are compared before a bound stays where it is.
MOST_SIZES_TRIED = 1000
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
    shape, entry = _at(form, dict.fromkeys(operator.size_symbols, FAR))
    found = matrix_display(shape, entry, printer, "elided", max_entries, ruled, operator.shape)
    if not isinstance(found, Sized):
        return found
    return under_brace(found.matrix, operator.shape, _shown_from(form, found.matrix))


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


def _at(form: ClosedForm, values: Mapping[sp.Symbol, int]) -> tuple[tuple[int, int], EntryFunction]:
    """Rows, columns and entries at a size, which may be so large that it stands for any larger."""
    operator: Operator = form.operator
    if max(operator.proven_from.values(), default=0) > FAR:
        raise SymconvError(f"{operator!r} is known only from sizes beyond {FAR} on")
    rows, cols = (tuple(evaluate(n, values) for n in s) for s in (operator.rows, operator.cols))
    found = form.expressions
    meeting = _Meeting([cell for cell, _ in found]).at(rows, cols, values)

    def entry(i: int, j: int) -> sp.Expr:
        return sp.Add(*(found[n][1] for n in meeting(i, j)))

    return concrete_shape(rows, cols), entry


# --- from where on a picture is right --------------------------------------------------------


def _shown_from(form: ClosedForm, matrix: Matrix) -> dict[sp.Symbol, int]:
    """The least values of size symbols, where at smaller ones that fit another entry is shown."""
    rows, cols = matrix.cells, tuple(zip(*matrix.cells, strict=True))
    corners = _Corners(form, _kept_lines(rows), _kept_lines(cols))
    found = lowered(corners.proven_from, corners)
    return {n: start for n, start in found.items() if corners.are_there(n, start - 1)}


def _kept_lines(lines: Cells) -> list[int]:
    """The lines shown, those after the dots counted from the end."""
    dotted = next((at for at, line in enumerate(lines) if set(line) <= set(DOTS)), len(lines))
    return [*range(dotted), *range(dotted + 1 - len(lines), 0)]


@dataclass
class _Corners:
    """Compares the entries that a picture shows with those of an image of another size."""

    form: ClosedForm
    rows: list[int]
    cols: list[int]
    left: int = MOST_SIZES_TRIED

    def __call__(
        self, fixed: Mapping[sp.Symbol, int], starts: Mapping[sp.Symbol, int]
    ) -> Mapping[sp.Symbol, int] | None:
        self.left -= 1
        if self.left < 0 or not self._has_pixels(fixed):
            return None
        proven = {n: self.proven_from[n] for n in starts}
        if not self._fits(fixed):
            return proven
        first: Mapping[sp.Symbol, int] = self.form.valid_from
        # Where another size grows, the lines shown are elsewhere on its axis.
        if not starts and all(value >= first[n] for n, value in fixed.items()):
            return proven if self._shown(fixed) == self._far else None
        try:
            exact = fixed_at(self.form.operator, fixed)
        except GeometryError:
            return None
        there = _Corners(exact.closed_form(), self.rows, self.cols)
        if there._far != self._far:
            return None
        return {n: max(start, there.proven_from.get(n, start)) for n, start in proven.items()}

    def are_there(self, symbol: sp.Symbol, value: int) -> bool:
        """Whether there is an image of such a size, large in all other symbols."""
        return value >= least(symbol) and self._has_pixels({symbol: value})

    def _values(self, fixed: Mapping[sp.Symbol, int]) -> dict[sp.Symbol, int]:
        return {**dict.fromkeys(self.form.operator.size_symbols, FAR), **fixed}

    def _has_pixels(self, fixed: Mapping[sp.Symbol, int]) -> bool:
        operator, values = self.form.operator, self._values(fixed)
        return all(evaluate(n, values) > 0 for n in (*operator.rows, *operator.cols))

    def _fits(self, fixed: Mapping[sp.Symbol, int]) -> bool:
        """Whether the image has the lines that are shown, and one more for the dots."""
        operator, values = self.form.operator, self._values(fixed)
        sides = (self.rows, operator.rows), (self.cols, operator.cols)
        return all(
            prod(evaluate(n, values) for n in sizes) >= len(lines) + (-1 in lines)
            for lines, sizes in sides
        )

    def _shown(self, fixed: Mapping[sp.Symbol, int]) -> list[sp.Expr]:
        """The entries that are shown."""
        operator, values = self.form.operator, self._values(fixed)
        rows, cols = ([evaluate(n, values) for n in s] for s in (operator.rows, operator.cols))
        meeting = self._meeting.at(rows, cols, values)
        places = product((i % prod(rows) for i in self.rows), [j % prod(cols) for j in self.cols])
        return [self._sum(tuple(meeting(i, j))) for i, j in places]

    @cached_property
    def _sum(self) -> Callable[[tuple[int, ...]], sp.Expr]:
        """What cells add up to."""
        exprs = [expr for _, expr in self.form.operator.expressions]
        return cache(lambda cells: sp.Add(*(exprs[n] for n in cells)))

    @cached_property
    def _meeting(self) -> _Meeting:
        return _Meeting(list(self.form.operator.cells))

    @cached_property
    def _far(self) -> list[sp.Expr]:
        return self._shown({})

    @cached_property
    def proven_from(self) -> Mapping[sp.Symbol, int]:
        """Sizes from which on no pixel shown changes its place towards a cell."""
        operator, horizon = self.form.operator, Horizon()
        horizon.note(self.form.valid_from)
        kept = max(max(line, -line - 1) for line in (*self.rows, *self.cols))
        for size in (*operator.rows, *operator.cols):
            horizon.is_positive(size - kept)
        sides = self._pixels(operator.rows, self.rows), self._pixels(operator.cols, self.cols)
        for axis, (rows, cols) in enumerate(zip(*sides, strict=True)):
            for d, i, j in product({cell[axis] for cell in operator.cells}, rows, cols):
                down, across = i - d.row, j - d.col
                horizon.is_positive(down + 1)
                horizon.is_positive(d.row_step * d.length - down)
                horizon.keep_apart(d.col_step * down, d.row_step * across)
        return horizon.valid_from

    def _pixels(self, sizes: Sequence[Size], lines: Sequence[int]) -> list[set[Size]]:
        """On each axis where the lines shown are, counted from one of its ends."""
        values = self._values({})
        far = [evaluate(n, values) for n in sizes]
        places = [pixel(far, line % prod(far)) for line in lines]
        return [
            {n if 2 * n < length else size - (length - n) for n in indices}
            for size, length, indices in zip(sizes, far, zip(*places, strict=True), strict=True)
        ]


# --- entries -----------------------------------------------------------------------------------


def entry_function(form: ClosedForm) -> EntryFunction:
    """Entries by flat index, for many of them: each axis is searched once a place.

    >>> import symconv as sc
    >>> entry_function(sc.conv([1, 2], 3).closed_form())(1, 2)
    2
    """
    operator: Operator = form.operator
    if form.abbreviated:
        _, entry = _at(form, {})
        return entry
    coefficients = list(operator.terms.values())
    sizes = concrete(operator.rows), concrete(operator.cols)
    meeting = _Meeting(list(operator.terms)).at(*sizes, {})

    def found(i: int, j: int) -> sp.Expr:
        parts = [coefficients[n] for n in meeting(i, j)]
        return to_sympy(operator.domain, total(operator.domain, parts)) if parts else sp.S.Zero

    return found


class _Meeting:
    """Which cells have an entry at a flat row and column."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        self.axes: list[dict[Diagonal, set[int]]] = [{} for _ in cells[:1] for _ in cells[0]]
        for n, cell in enumerate(cells):
            for members, d in zip(self.axes, cell, strict=True):
                members.setdefault(d, set()).add(n)

    def at(
        self, rows: Sequence[int], cols: Sequence[int], values: Mapping[sp.Symbol, int]
    ) -> Callable[[int, int], list[int]]:
        """By flat row and column, where size symbols have these values."""
        placed = [[(d.at(values), found) for d, found in axis.items()] for axis in self.axes]

        @cache
        def on_axis(axis: int, i: int, j: int) -> set[int]:
            return set().union(*(found for d, found in placed[axis] if d and d.contains(i, j)))

        def meeting(i: int, j: int) -> list[int]:
            pairs = zip(range(len(placed)), pixel(rows, i), pixel(cols, j), strict=False)
            return sorted(set.intersection(*starmap(on_axis, pairs))) if placed else []

        return meeting
