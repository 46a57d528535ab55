"""Operators that are one sparse matrix of fractions an axis, alike for each channel."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

import sympy as sp
from sympy.polys.domains import QQ

from symconv.algebra.diagonal import Cell, Diagonal, diagonal
from symconv.algebra.diagonal import identity as identity_diagonal
from symconv.algebra.sizes import parse_integer
from symconv.arguments import is_list
from symconv.errors import GeometryError
from symconv.operators.kernel import check_number
from symconv.operators.operator import Operator, scale
from symconv.operators.padding import pixel_at
from symconv.operators.provenance import EntryMap, Primitive, SizeMap

MOST_TERMS = 10**5
# Second points that are tried for a progression that starts at a first one.
NEAREST = 12
LARGEST = 10**4

# Row, column and weight of each entry on an axis.
Entries = tuple[tuple[int, int, Fraction], ...]


@dataclass(frozen=True)
class AxisMaps(Primitive):
    """Provenance: the Kronecker product of one matrix an axis.

    Attributes:
        channels: channels, each mapped alike.
        outputs, inputs: pixels after and before, one number an axis.
        axes: the entries of each axis.
    """

    channels: int
    outputs: tuple[int, ...]
    inputs: tuple[int, ...]
    axes: tuple[Entries, ...]

    def operator(self) -> Operator:
        """Its matrix."""
        lines = [_lines(entries) for entries in self.axes]
        check_number(prod(map(len, lines)), MOST_TERMS)
        alike = identity_diagonal(self.channels)
        terms: dict[Cell, Any] = {}
        for parts in product(*lines):
            cell = (alike, *(line for line, _ in parts))
            weight = prod((w for _, w in parts), start=Fraction(1))
            terms[cell] = QQ(weight.numerator, weight.denominator)
        rows, cols = ((self.channels, *size) for size in (self.outputs, self.inputs))
        return Operator(rows, cols, QQ, terms, {}, self)

    def rebuild(self, entry: EntryMap, size: SizeMap) -> Operator:
        return self.operator()

    def diff(self, symbol: sp.Symbol) -> Operator:
        return scale(self.operator(), sp.S.Zero)


def of_axes(
    size: Sequence[int], outputs: Sequence[int], axes: Iterable[Entries], channels: Any
) -> Operator:
    """The operator that maps each axis by its entries; several at one place are added.

    >>> of_axes([2], [1], [((0, 0, Fraction(1, 2)), (0, 1, Fraction(1, 2)))], 1).as_explicit()
    Matrix([[1/2, 1/2]])
    """
    count = parse_integer(channels, "channels")
    summed = tuple(_summed(entries) for entries in axes)
    return AxisMaps(count, tuple(outputs), tuple(size), summed).operator()


def picked(size: Sequence[int], places: Sequence[Sequence[int]], channels: Any) -> Operator:
    """The operator that takes pixels by their places, zero where a place is -1.

    >>> picked([3], [[2, -1, 0, 0]], 1).as_explicit()
    Matrix([
    [0, 0, 1],
    [0, 0, 0],
    [1, 0, 0],
    [1, 0, 0]])
    """
    axes = (
        tuple((row, col, Fraction(1)) for row, col in enumerate(axis) if col >= 0)
        for axis in places
    )
    return of_axes(size, [len(axis) for axis in places], axes, channels)


def endless(
    size: Sequence[int], pads: Sequence[tuple[int, int]], mode: str, channels: Any
) -> Operator:
    """Padding as often around the image as it takes, which :func:`symconv.pad` does once.

    >>> endless([2], [(3, 0)], "circular", 1).as_explicit()
    Matrix([
    [0, 1],
    [1, 0],
    [0, 1],
    [1, 0],
    [0, 1]])
    """
    places = [
        [pixel_at(place, n, mode) for place in range(-low, n + high)]
        for n, (low, high) in zip(size, pads, strict=True)
    ]
    return picked(size, places, channels)


def numbers(size: Any, what: str) -> tuple[int, ...]:
    """The pixels of an image whose size must be known, one number an axis.

    Raises:
        GeometryError: a size is no number, or too large.
    """
    sizes = tuple(size) if is_list(size) else (size,)
    for pixels in sizes:
        if getattr(pixels, "free_symbols", None):
            raise GeometryError(f"{what} needs the image's size as a number, not {pixels}")
    found = tuple(parse_integer(pixels, "an image size") for pixels in sizes)
    if not found or not 1 <= min(found) <= max(found) <= LARGEST:
        raise GeometryError(f"an image of {found} pixels: each axis has 1 to {LARGEST}")
    return found


def _summed(entries: Entries) -> Entries:
    weights: defaultdict[tuple[int, int], Fraction] = defaultdict(Fraction)
    for row, col, weight in entries:
        weights[row, col] += weight
    return tuple((row, col, w) for (row, col), w in sorted(weights.items()) if w)


def _lines(entries: Entries) -> list[tuple[Diagonal, Fraction]]:
    """Diagonals of equal weights, the entries of each weight in few progressions."""
    places: defaultdict[Fraction, set[tuple[int, int]]] = defaultdict(set)
    for row, col, weight in entries:
        places[weight].add((row, col))
    return [(d, weight) for weight, points in places.items() for d in _progressions(points)]


def _progressions(points: set[tuple[int, int]]) -> list[Diagonal]:
    found, left = [], dict.fromkeys(sorted(points))
    while left:
        first, *others = _first(left, NEAREST + 1)
        runs = [_run(first, other, left) for other in others]
        steps, length = max(runs, key=lambda run: run[1], default=((1, 1), 1))
        for t in range(length):
            del left[first[0] + steps[0] * t, first[1] + steps[1] * t]
        found.append(diagonal(*first, *steps, length))
    return found


def _first(left: dict[tuple[int, int], None], count: int) -> list[tuple[int, int]]:
    return [point for point, _ in zip(left, range(count), strict=False)]


def _run(
    first: tuple[int, int], second: tuple[int, int], points: dict[tuple[int, int], None]
) -> tuple[tuple[int, int], int]:
    """The steps from the first to the second point, and how many points go on like that."""
    a, b = second[0] - first[0], second[1] - first[1]
    if a == 0 or b == 0:
        return (1, 1), 1
    length = 2
    while (first[0] + a * length, first[1] + b * length) in points:
        length += 1
    return (a, b), length
