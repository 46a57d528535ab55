"""What is asked of symconv about one expression, and compared with the loops."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import product
from math import prod
from random import Random
from typing import Any

import sympy as sp

from symconv.algebra.sizes import to_expr
from symconv.errors import ResidueError, SymconvError

from .generate import Case
from .rewrite import rewritten
from .source import build, source, symbols
from .trees import Node, images, leaf, letter, number, plus, scaled
from .truth import PRIME, Matrix, Modular, NoOperatorError, evaluate
from .values import Point, UnreadableError

MOST_ENTRIES = 3000
FAR_UP = 4

Sizes = dict[str, int]


class DisagreementError(AssertionError):
    """symconv and the loops say different things."""

    def __init__(self, check: str, what: str) -> None:
        super().__init__(f"{check}: {what}")
        self.check, self.what = check, what


class RefusedError(Exception):
    """symconv does not make this operator, and need not."""


@dataclass
class Subject:
    """One expression: its operator, its true matrices, and random choices."""

    node: Node
    assumed: Mapping[str, str]
    rng: Random
    counts: dict[str, int] = field(default_factory=dict)

    @cached_property
    def letters(self) -> dict[str, int]:
        rng = Random(str(sorted(self.node.names)))
        names = sorted({*self.node.names, "a", "b", "c", "d"})
        return {name: rng.randrange(2, PRIME) for name in names}

    @cached_property
    def symbols(self) -> list[str]:
        return self.node.symbols

    @cached_property
    def namespace(self) -> dict[str, sp.Symbol]:
        found = symbols(plus(self.node, self.node), self.assumed)
        own = {s.name: s for s in self.operator.free_symbols}
        return {**found, **own}

    @cached_property
    def operator(self) -> Any:
        return build(self.node, self.assumed)

    @cached_property
    def form(self) -> Any:
        return self.operator.closed_form()

    @cached_property
    def valid_from(self) -> Sizes:
        return {n.name: start for n, start in self.form.valid_from.items()}

    def count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1

    def fitting(self, sizes: Sizes) -> bool:
        """Whether the matrix is small enough to be looked at, product by product."""
        try:
            node = self.node.at(sizes)
            return (
                all(
                    prod(max(s.const, 1) for s in part.get("size", ())) <= 4 * MOST_ENTRIES**0.5
                    for part in node.nodes()
                )
                and prod(c * prod(max(s.const, 1) for s in image) for c, image in images(node))
                <= MOST_ENTRIES
            )
        except ZeroDivisionError:
            return False

    def true(self, sizes: Sizes, letters: Mapping[str, int] | None = None) -> Matrix | None:
        """The matrix at these sizes, or None where there is no operator."""
        known = letters is None
        key = tuple(sorted(sizes.items()))
        if known and key in self._true:
            return self._true[key]
        try:
            found = evaluate(self.node, sizes, Modular(letters or self.letters))
        except (NoOperatorError, ZeroDivisionError):
            found = None
        if known:
            self._true[key] = found
        return found

    @cached_property
    def _true(self) -> dict[Any, Matrix | None]:
        return {}

    def point(self, integers: Mapping[str, int]) -> Point:
        return Point(self.letters, integers)

    def sympy_sizes(self, sizes: Sizes) -> dict[sp.Symbol, int]:
        """Sizes by the symbols of the operator."""
        known = {s.name: s for s in self.operator.size_symbols}
        return {known[name]: value for name, value in sizes.items() if name in known}

    # --- where to look -----------------------------------------------------------------------

    @cached_property
    def grid(self) -> list[Sizes]:
        """Sizes from ``valid_from`` on: all combinations near the corner, and some farther out."""
        names = list(self.valid_from)
        reach = {0: 1, 1: 5, 2: 3}.get(len(names), 2)
        found = [
            {n: self.valid_from[n] + up for n, up in zip(names, ups, strict=True)}
            for ups in product(range(reach), repeat=len(names))
        ]
        if len(names) > 1:
            for name in names:
                found.append({**self.valid_from, name: self.valid_from[name] + FAR_UP})
        return [sizes for sizes in found if self.fitting(sizes)]

    @cached_property
    def below(self) -> list[Sizes]:
        """Sizes where one symbol is just below its bound and the others are in the quadrant."""
        found = []
        for name, start in self.valid_from.items():
            others = [n for n in self.valid_from if n != name]
            for ups in product((0, 1, FAR_UP), repeat=len(others)):
                values = {n: self.valid_from[n] + up for n, up in zip(others, ups, strict=True)}
                found.append({**values, name: start - 1})
        return [sizes for sizes in found if min(sizes.values()) >= 1 and self.fitting(sizes)]

    @cached_property
    def low(self) -> list[Sizes]:
        """Small sizes, where there may be no operator."""
        names = self.symbols
        found = [dict(zip(names, v, strict=True)) for v in product(range(-1, 4), repeat=len(names))]
        found += self.below
        self.rng.shuffle(found)
        return [sizes for sizes in found if self.fitting(sizes)][:6]


def differing(matrix: Matrix, entries: Mapping[tuple[int, int], int]) -> str:
    """Where a sparse matrix is not the true one; empty where it is."""
    for i, row in enumerate(matrix.entries):
        for j, x in row.items():
            if entries.get((i, j), 0) != x:
                return f"entry ({i}, {j})"
    for (i, j), x in entries.items():
        if x and not matrix.entries[i].get(j):
            return f"entry ({i}, {j}), which is zero"
    return ""


# --- operators of concrete size ----------------------------------------------------------------


def explicit(operator: Any, point: Point) -> dict[tuple[int, int], int]:
    return {place: point.entry(expr) for place, expr in operator.as_explicit().todok().items()}


def same(name: str, operator: Any, matrix: Matrix, point: Point, where: object) -> None:
    """Whether an operator of concrete size is the true matrix."""
    if (operator.rows, operator.cols) != (matrix.rows, matrix.cols):
        raise DisagreementError(
            name, f"{where}: {operator.cols} -> {operator.rows} for {matrix.cols} -> {matrix.rows}"
        )
    found = differing(matrix, explicit(operator, point))
    if found:
        raise DisagreementError(name, f"{where}: {found}")


def check_built(it: Subject) -> None:
    """The operator is there exactly where it exists, and has the sizes that it should."""
    large = [{n: 12 + 7 * i + up for i, n in enumerate(it.symbols)} for up in (0, 1)]
    try:
        operator = it.operator
    except SymconvError as refusal:
        reason = type(refusal).__name__
        if isinstance(refusal, ResidueError):
            raise RefusedError(reason) from None
        if any(it.true(sizes) is None for sizes in large):
            raise RefusedError(f"{reason}, and there is none") from None
        if it.node.names & set(it.symbols):
            raise RefusedError(f"{reason}, sizes in entries") from None
        raise DisagreementError("refused", f"{reason}: {refusal}") from None
    if it.symbols:
        return
    if it.true({}) is None:
        raise DisagreementError("existence", "there is no such operator")


def check_sizes(it: Subject) -> None:
    (outs, out), (ins, into) = images(it.node)
    shown = (
        it.operator.out_channels,
        *it.operator.output_size,
        it.operator.in_channels,
        *it.operator.input_size,
    )
    for sizes in (
        {n: 5 + i for i, n in enumerate(it.symbols)},
        {n: 9 - i for i, n in enumerate(it.symbols)},
    ):
        point = it.point(sizes)
        expected = (outs, *(s.at(sizes) for s in out), ins, *(s.at(sizes) for s in into))
        if tuple(point.index(sp.sympify(n)) for n in shown) != expected:
            raise DisagreementError("sizes", f"{shown} for {expected} at {sizes}")


def check_concrete(it: Subject) -> None:
    """``at`` and the operator built of numbers, at sizes in the quadrant and below it."""
    inside = it.rng.sample(it.grid, min(2, len(it.grid)))
    for sizes in [*inside, *(it.low if it.symbols else [])]:
        matrix = it.true(sizes)
        for name, make in (
            ("at", lambda s=sizes: it.operator.at(it.sympy_sizes(s))),
            ("built", lambda s=sizes: build(it.node.at(s), it.assumed)),
        ):
            try:
                operator = make()
            except SymconvError as refusal:
                if matrix is not None and (sizes in inside or min(sizes.values()) >= 1):
                    raise DisagreementError(
                        f"{name} refuses", f"{sizes}: {type(refusal).__name__}: {refusal}"
                    ) from None
                continue
            if matrix is None:
                raise DisagreementError(f"{name} exists", f"{sizes}: there is no such operator")
            same(name, operator, matrix, it.point({}), sizes)
            it.count(name)


def check_entries(it: Subject) -> None:
    """Single entries by flat index, from the end, and by pixel."""
    if not it.grid:
        return
    sizes = it.rng.choice(it.grid)
    matrix = it.true(sizes)
    if matrix is None:
        return
    operator, point = it.operator.at(it.sympy_sizes(sizes)), it.point({})
    height, width = prod(matrix.rows), prod(matrix.cols)
    for i, j in some_places(matrix, it.rng, 8):
        pixels = pixel(i, matrix.rows), pixel(j, matrix.cols)
        found = {
            "op[i, j]": operator[i, j],
            "op[-i, -j]": operator[i - height, j - width],
            "op.entry": operator.entry(*pixels),
            "op.entry without channel": operator.entry(
                *(
                    p[1:] if image[0] == 1 else p
                    for p, image in zip(pixels, (matrix.rows, matrix.cols), strict=True)
                )
            ),
        }
        for name, expr in found.items():
            if point.entry(expr) != matrix[i, j]:
                raise DisagreementError(name, f"{sizes}: {(i, j)}")
        it.count("entries")
    image = [it.rng.randint(-3, 3) for _ in range(width)]
    wanted = [sum(x * image[j] for j, x in row.items()) % PRIME for row in matrix.entries]
    applied = operator @ sp.Matrix(image)
    if [point.entry(x) for x in applied] != wanted:
        raise DisagreementError("op @ image", f"{sizes}: {image}")


def pixel(place: int, sizes: tuple[int, ...]) -> tuple[int, ...]:
    found: list[int] = []
    for n in reversed(sizes):
        place, i = divmod(place, n)
        found.insert(0, i)
    return tuple(found)


def some_places(matrix: Matrix, rng: Random, count: int) -> list[tuple[int, int]]:
    """Places in a matrix, most of them at entries, corners among them."""
    height, width = prod(matrix.rows), prod(matrix.cols)
    filled = [(i, j) for i, row in enumerate(matrix.entries) for j, x in row.items() if x]
    found = rng.sample(filled, min(len(filled), count))
    anywhere = [(rng.randrange(height), rng.randrange(width)) for _ in range(count // 3)]
    return [*found, *anywhere, (0, 0), (height - 1, width - 1)]


# --- closed forms --------------------------------------------------------------------------------


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
            key = _flat(rows, heights), _flat(cols, widths)
            if key in found:
                return f"two cells at {rows}, {cols}"
            x = point.entry(expr) if x is None else x
            found[key] = x
    return found


def _flat(index: tuple[int, ...], sizes: list[int]) -> int:
    place = 0
    for i, n in zip(index, sizes, strict=True):
        place = place * n + i
    return place


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
            key = _flat(rows, heights), _flat(cols, widths)
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
        lower = [sizes for sizes in it.below if sizes[name] < it.valid_from[name]]
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
        for i, j in it.rng.sample(some_places(matrix, it.rng, 4), 3):
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
                _flat(tuple(map(int, at_row)), list(matrix.rows)),
                _flat(tuple(map(int, at_col)), list(matrix.cols)),
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


# --- splits --------------------------------------------------------------------------------------


def check_split(it: Subject) -> None:
    """The Toeplitz part minus the boundary is the operator, and each is what its name says."""
    if it.operator.gram is None:
        return
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


# --- the same otherwise --------------------------------------------------------------------------


def check_subs(it: Subject) -> None:
    """Entries replaced, sizes replaced, and both at once."""
    if not it.grid:
        return
    sizes = it.rng.choice(it.grid)
    names = sorted(it.node.names - set(it.symbols) - {"sqrt2"})
    own = {s.name: s for s in it.operator.free_symbols}
    names = [n for n in names if n in own]
    changed, numbers = dict(it.letters), {}
    for name in it.rng.sample(names, min(2, len(names))):
        value = Fraction(it.rng.choice((2, 3, -1, 5, Fraction(1, 2))))
        changed[name] = value.numerator * pow(value.denominator, -1, PRIME) % PRIME
        numbers[own[name]] = sp.Rational(value.numerator, value.denominator)
    matrix = it.true(sizes, changed)
    if matrix is None:
        return
    values = it.sympy_sizes(sizes)
    point = Point(changed, {})
    ways: dict[str, Callable[[], Any]] = {
        "subs(all)": lambda: it.operator.subs({**numbers, **values}),
        "subs(entries).at": lambda: it.operator.subs(numbers).at(values),
        "subs(sizes).subs(entries)": lambda: it.operator.subs(values).subs(numbers),
        "closed_form().subs.at": lambda: it.form.subs(numbers).at(values),
    }
    for name, make in ways.items():
        try:
            operator = make()
        except SymconvError as refusal:
            raise DisagreementError(
                name, f"{sizes} {numbers}: {type(refusal).__name__}: {refusal}"
            ) from None
        same(name, operator, matrix, point, f"{sizes} {numbers}")
        if operator.free_symbols & set(numbers):
            raise DisagreementError(name, f"{numbers} are still there")
    it.count("subs")


def check_pickle(it: Subject) -> None:
    again = pickle.loads(pickle.dumps(it.operator))
    if again != it.operator or hash(again) != hash(it.operator):
        raise DisagreementError("pickle", "not equal to itself")
    if set(again.free_symbols) != set(it.operator.free_symbols):
        raise DisagreementError("pickle", "other symbols")
    if it.grid:
        sizes = it.rng.choice(it.grid)
        matrix = it.true(sizes)
        if matrix is not None:
            same("pickle", again.at(it.sympy_sizes(sizes)), matrix, it.point({}), sizes)
    it.count("pickle")


def check_equal(it: Subject) -> None:
    """Equal operators are equal however made, and a changed one is not."""
    node = rewritten(it.node, it.rng)
    try:
        other = build(node, it.assumed)
    except SymconvError:
        it.count("no other way")
    else:
        if other != it.operator:
            raise DisagreementError("==", f"not equal to {source(node)}")
        if hash(other) != hash(it.operator):
            raise DisagreementError("hash", f"not that of {source(node)}")
        it.count("equal")
    changed = _changed(it)
    if changed is not None and build(changed, it.assumed) == it.operator:
        raise DisagreementError("==", f"equal to {source(changed)}")


def _changed(it: Subject) -> Node | None:
    """An expression that differs at a size of the grid."""
    changed = scaled(it.rng.choice((number(2), letter("a"), number(-1))), it.node)
    out, into = images(it.node)
    if out == into and it.rng.random() < 0.5:
        one = leaf("identity", into[1], channels=into[0])
        changed = plus(it.node, scaled(number(Fraction(1, 3)), one))
    ring = Modular(it.letters)
    for sizes in it.grid[-2:]:
        matrix = it.true(sizes)
        if matrix is not None and evaluate(changed, sizes, ring).entries != matrix.entries:
            if any(x for row in matrix.entries for x in row.values()) or changed.kind == "+":
                return changed
    return None


CHECKS: tuple[Callable[[Subject], None], ...] = (
    check_sizes,
    check_concrete,
    check_form,
    check_least,
    check_entries,
    check_symbolic_entries,
    check_split,
    check_subs,
    check_pickle,
    check_equal,
)


def subject(case: Case) -> Subject:
    return Subject(case.node, case.assumed, Random(f"checks {case.seed} {case.index}"))


def disagreements(
    it: Subject, checks: tuple[Callable[[Subject], None], ...] = CHECKS
) -> list[DisagreementError]:
    """Everything that symconv says otherwise about an expression.

    Raises:
        RefusedError: symconv does not make it, and need not.
    """
    found = []
    for check in (check_built, *checks):
        try:
            check(it)
        except DisagreementError as problem:
            found.append(problem)
            if check is check_built:
                break
        except (RefusedError, TimeoutError):
            raise
        except Exception as crash:
            found.append(
                DisagreementError(f"{check.__name__} crashes", f"{type(crash).__name__}: {crash}")
            )
            if check is check_built:
                break
    return found
