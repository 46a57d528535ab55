"""One expression and all that is asked about it: its operator, its true matrices, where to look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from math import prod
from random import Random
from typing import Any

import sympy as sp

from symconv.errors import ResidueError

from .source import build, symbols
from .trees import Node, images, plus
from .truth import PRIME, Matrix, Modular, NoOperatorError, evaluate
from .values import Point

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
    key: str
    rng: Random = field(default_factory=Random)
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
    def formless(self) -> bool:
        """Whether the closed form depends on a remainder that is not known."""
        try:
            self.form.valid_from  # noqa: B018
        except ResidueError:
            return True
        return False

    @cached_property
    def valid_from(self) -> Sizes:
        if self.formless:
            return dict.fromkeys(self.symbols, 6)
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
    def first(self) -> Sizes:
        """``valid_from``, where that is not below what is assumed of the symbols."""
        least = {n: 1 for n, words in self.assumed.items() if "positive" in words}
        return {n: max(start, least.get(n, start)) for n, start in self.valid_from.items()}

    def assumable(self, sizes: Sizes) -> bool:
        """Whether symbols that are assumed to be positive are."""
        return all(x >= 1 or "positive" not in self.assumed.get(n, "") for n, x in sizes.items())

    @cached_property
    def grid(self) -> list[Sizes]:
        """Sizes from ``valid_from`` on: all combinations near the corner, and some farther out."""
        names, first = list(self.valid_from), self.first
        reach = {0: 1, 1: 5, 2: 3}.get(len(names), 2)
        found = [
            {n: first[n] + up for n, up in zip(names, ups, strict=True)}
            for ups in product(range(reach), repeat=len(names))
        ]
        if len(names) > 1:
            for name in names:
                found.append({**first, name: first[name] + FAR_UP})
        return [sizes for sizes in found if self.fitting(sizes)]

    @cached_property
    def below(self) -> list[Sizes]:
        """Sizes where one symbol is just below its bound and the others are in the quadrant."""
        found = []
        for name, start in self.first.items():
            others = [n for n in self.first if n != name]
            for ups in product((0, 1, FAR_UP), repeat=len(others)):
                values = {n: self.first[n] + up for n, up in zip(others, ups, strict=True)}
                found.append({**values, name: start - 1})
        return [sizes for sizes in found if self.assumable(sizes) and self.fitting(sizes)]

    @cached_property
    def low(self) -> list[Sizes]:
        """Small sizes, where there may be no operator."""
        names = self.symbols
        found = [dict(zip(names, v, strict=True)) for v in product(range(-1, 4), repeat=len(names))]
        found += self.below
        self.rng.shuffle(found)
        return [sizes for sizes in found if self.fitting(sizes)][:5]


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


def flat(index: tuple[int, ...], sizes: list[int]) -> int:
    place = 0
    for i, n in zip(index, sizes, strict=True):
        place = place * n + i
    return place
