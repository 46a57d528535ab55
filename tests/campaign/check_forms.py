"""Closed forms: their cells, from which size on they hold, entries at symbolic pixels, splits."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

import sympy as sp

from symconv.algebra.sizes import to_expr
from symconv.errors import SymconvError

from .subject import (
    DisagreementError,
    Sizes,
    Subject,
    differing,
    explicit,
    flat,
    pixel,
    some_places,
)
from .trees import images
from .truth import PRIME, Matrix
from .values import Point, UnreadableError


def cells_at(it: Subject, sizes: Sizes) -> dict[tuple[int, int], int] | str:
    """The public cells at these sizes as a matrix; where they overlap or leave the image, how."""
    point = it.point(sizes)
    shown = it.form.shown(tuple(it.operator.rows)), it.form.shown(tuple(it.operator.cols))
    heights, widths = ([int(point.index(to_expr(n))) for n in image] for image in shown)
    found: dict[tuple[int, int], int] = {}
    for line, box, expr in it.form:
        x = None
        for place in _places(line, box, point):
            if isinstance(place, str):
                return place
            rows, cols = place
            if not all(
                0 <= i < n for i, n in zip((*rows, *cols), (*heights, *widths), strict=True)
            ):
                return f"a cell at {rows}, {cols} outside the image"
            key = flat(rows, heights), flat(cols, widths)
            if key in found:
                return f"two cells at {rows}, {cols}"
            x = point.entry(expr) if x is None else x
            found[key] = x
    return found


def _places(line: Any, box: Any, point: Point) -> Iterator[Any]:
    """The (row pixel, column pixel) pairs of a cell, from column_step*i - row_step*j = offset."""
    axes = []
    for a, b, offset, first, last, step in zip(
        line.row_steps, line.column_steps, line.offsets, box.first, box.last, box.step, strict=True
    ):
        start, end, gap = (point.index(sp.sympify(x)) for x in (first, last, offset))
        axis = []
        for i in range(int(start), int(end) + 1, step):
            j = (b * i - gap) / a
            if j.denominator != 1:
                yield f"row {i} of a cell on a line meets no column"
                return
            axis.append((i, int(j)))
        axes.append(axis)
    for pairs in product(*axes):
        yield tuple(i for i, _ in pairs), tuple(j for _, j in pairs)


def terms_at(it: Subject, sizes: Sizes) -> dict[tuple[int, int], int] | str:
    """``closed_form().terms_at`` as a matrix."""
    point, found = it.point(sizes), {}
    domain = it.operator.domain
    values = it.sympy_sizes(sizes)
    heights = [int(point.index(to_expr(n))) for n in it.operator.rows]
    widths = [int(point.index(to_expr(n))) for n in it.operator.cols]
    for cell, element in it.form.terms_at(values).items():
        x = point.entry(domain.to_sympy(element))
        for pairs in product(*(list(diagonal) for diagonal in cell)):
            rows, cols = tuple(i for i, _ in pairs), tuple(j for _, j in pairs)
            if not all(
                0 <= i < n for i, n in zip((*rows, *cols), (*heights, *widths), strict=True)
            ):
                return f"a term at {rows}, {cols} outside the image"
            key = flat(rows, heights), flat(cols, widths)
            if key in found:
                return f"two terms at {rows}, {cols}"
            found[key] = x
    return found


def wrong_form(it: Subject, sizes: Sizes, matrix: Matrix) -> str:
    """How the closed form is wrong at these sizes; empty where it is right."""
    for name, found in (("cells", cells_at(it, sizes)), ("terms_at", terms_at(it, sizes))):
        problem = found if isinstance(found, str) else differing(matrix, found)
        if problem:
            return f"{name}: {problem}"
    return ""


def check_form(it: Subject) -> None:
    """The closed form holds at every size from ``valid_from`` on."""
    if set(it.valid_from) != set(it.symbols):
        raise DisagreementError("valid_from", f"{it.valid_from} for the symbols {it.symbols}")
    for sizes in it.grid:
        matrix = it.true(sizes)
        if matrix is None:
            raise DisagreementError("valid_from", f"{it.valid_from}: no operator at {sizes}")
        problem = wrong_form(it, sizes, matrix)
        if problem:
            raise DisagreementError("valid_from", f"{it.valid_from}: {problem} at {sizes}")
        it.count("sizes")


def check_least(it: Subject) -> None:
    """Just below ``valid_from`` the form is wrong, or there is no operator."""
    for name in it.valid_from:
        lower = [sizes for sizes in it.below if sizes[name] < it.first[name]]
        holds = []
        for sizes in lower:
            matrix = it.true(sizes)
            holds.append(matrix is not None and not wrong_form(it, sizes, matrix))
        if lower and all(holds):
            check = (
                "valid_from not least"
                if len(it.valid_from) == 1
                else "valid_from perhaps not least"
            )
            raise DisagreementError(check, f"{it.valid_from}: right at {lower} too")
        it.count("least")


def check_symbolic_entries(it: Subject) -> None:
    """Entries at symbolic pixels, counted from either end, at every size of the grid."""
    if not it.grid:
        return
    (_, out), (_, into) = images(it.node)
    for sizes in it.rng.sample(it.grid, min(2, len(it.grid))):
        matrix = it.true(sizes)
        if matrix is None:
            continue
        for i, j in it.rng.sample(some_places(matrix, it.rng, 4), 2):
            rows, cols = pixel(i, matrix.rows), pixel(j, matrix.cols)
            _symbolic_entry(it, sizes, rows, cols, out, into)


def _symbolic_entry(it: Subject, sizes: Sizes, rows: Any, cols: Any, out: Any, into: Any) -> None:
    chooser = _Indices(it, sizes)
    hides = it.form.shown(tuple(it.operator.rows)) != tuple(it.operator.rows)
    row = [chooser.number(rows[0]), *map(chooser.row, rows[1:], out)]
    col = [chooser.number(cols[0]), *map(chooser.column, cols[1:], into, row[1:], rows[1:])]
    row, col = (pair[1:] if hides else pair for pair in (row, col))
    asked = f"entry({tuple(row)}, {tuple(col)})"
    try:
        expr = it.form.entry(tuple(row), tuple(col))
    except SymconvError as refusal:
        raise DisagreementError("symbolic entry refuses", f"{sizes} {asked}: {refusal}") from None
    checked = 0
    for values in it.grid:
        matrix = it.true(values)
        if matrix is None:
            continue
        for free in chooser.pixels(values, 6):
            point = it.point({**values, **free})
            at_row, at_col = ([point.index(x) for x in side] for side in (row, col))
            if hides:
                at_row, at_col = [Fraction(0), *at_row], [Fraction(0), *at_col]
            if not _inside(at_row, matrix.rows) or not _inside(at_col, matrix.cols):
                continue
            place = (
                flat(tuple(map(int, at_row)), list(matrix.rows)),
                flat(tuple(map(int, at_col)), list(matrix.cols)),
            )
            try:
                found = point.entry(expr)
            except UnreadableError as problem:
                raise DisagreementError("symbolic entry", f"{asked}: {problem}") from None
            if found != matrix[place]:
                where = f"{values} {free}" if free else f"{values}"
                raise DisagreementError("symbolic entry", f"{asked} = {expr}: wrong at {where}")
            checked += 1
    it.count("symbolic entries" if checked else "symbolic entries outside")


def _inside(index: list[Fraction], sizes: tuple[int, ...]) -> bool:
    return all(x.denominator == 1 and 0 <= x < n for x, n in zip(index, sizes, strict=True))


class _Indices:
    """Ways to write a pixel: a number, a symbol, counted from the end, from the middle."""

    def __init__(self, it: Subject, sizes: Sizes) -> None:
        self.it, self.sizes, self.rng = it, sizes, it.rng
        self.free: dict[str, int] = {}
        self.kind = self.rng.choice(("", "", "integer"))
        self.namespace = it.namespace

    def number(self, x: int) -> sp.Expr:
        return sp.Integer(x)

    def symbol(self, letter_: str, x: int) -> sp.Symbol:
        name = f"{letter_}{len(self.free)}"
        self.free[name] = x
        return sp.Symbol(name, **({"integer": True} if self.kind else {}))

    def length(self, size: Any) -> sp.Expr:
        grows = size.slope * self.namespace[size.symbol] if size.slope else sp.S.Zero
        return sp.Integer(size.const) + grows

    def row(self, x: int, size: Any) -> sp.Expr:
        kind = self.rng.random()
        n, pixels = self.length(size), size.at(self.sizes)
        if kind < 0.35:
            return self.symbol("x", x)
        if kind < 0.5:
            return sp.Integer(x)
        if kind < 0.85:
            return n - (pixels - x)
        if kind < 0.93:
            return sp.floor(n / 2) + (x - pixels // 2)
        return n - 1 - self.symbol("x", pixels - 1 - x)

    def column(self, y: int, size: Any, row: sp.Expr, x: int) -> sp.Expr:
        if self.rng.random() < 0.35 and row.free_symbols:
            return row + (y - x)
        return self.row(y, size)

    def pixels(self, values: Sizes, count: int) -> Iterator[dict[str, int]]:
        """Values for the symbols: those that were meant, and others."""
        yield dict(self.free)
        for _ in range(count if self.free else 0):
            top = max(values.values(), default=4) + 3
            yield {
                name: self.rng.choice((x, x - 1, x + 1, self.rng.randrange(top)))
                for name, x in self.free.items()
            }


def check_split(it: Subject) -> None:
    """The Toeplitz part minus the boundary is the operator, and each is what its name says."""
    try:
        split = it.operator.split()
    except SymconvError:
        it.count("no split")
        return
    start: Sizes = dict(it.valid_from)
    for part in (split.toeplitz, split.boundary, split.factor):
        for n, first in part.valid_from.items():
            start[n.name] = max(start.get(n.name, 1), first)
    for up in range(3):
        sizes = {n: first + up for n, first in start.items()}
        matrix = it.true(sizes) if it.fitting(sizes) else None
        if matrix is None:
            continue
        _split_at(it, split, sizes, matrix)
        it.count("splits")


def _split_at(it: Subject, split: Any, sizes: Sizes, matrix: Matrix) -> None:
    point, values = it.point({}), it.sympy_sizes(sizes)
    toeplitz, boundary, factor = (
        explicit(part.at(values) if part.size_symbols else part, point)
        for part in (split.toeplitz, split.boundary, split.factor)
    )
    parts = {
        place: (toeplitz.get(place, 0) - boundary.get(place, 0)) % PRIME
        for place in {*toeplitz, *boundary}
    }
    found = differing(matrix, parts)
    if found:
        raise DisagreementError("split", f"{sizes}: {found}")
    if split.side == "rows":
        lags: dict[Any, int] = {}
        for i in range(prod(matrix.rows)):
            for j in range(prod(matrix.cols)):
                p, q = pixel(i, matrix.rows), pixel(j, matrix.cols)
                lag = (p[0], q[0], *(x - y for x, y in zip(p[1:], q[1:], strict=True)))
                if lags.setdefault(lag, toeplitz.get((i, j), 0)) != toeplitz.get((i, j), 0):
                    raise DisagreementError("split", f"{sizes}: not Toeplitz at {(i, j)}")
    if split.side == "border":
        return
    gram: dict[tuple[int, int], int] = {}
    by_rows = split.side == "rows"
    sides: dict[int, list[tuple[int, int]]] = {}
    for (i, j), x in factor.items():
        sides.setdefault(j if by_rows else i, []).append((i if by_rows else j, x))
    for members in sides.values():
        for i, x in members:
            for j, y in members:
                gram[i, j] = (gram.get((i, j), 0) + x * y) % PRIME
    if any(gram.get(p, 0) != boundary.get(p, 0) for p in {*gram, *boundary}):
        raise DisagreementError("split", f"{sizes}: the boundary is no Gram matrix of its factor")
