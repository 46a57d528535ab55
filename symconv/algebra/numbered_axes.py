"""Cells as numbers while a table is built, and one axis of a product.

What stands on each axis is a digit in a mixed base. On an axis of a product that is every diagonal
on the left times every diagonal on the right.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import accumulate
from operator import mul

from symconv.algebra.correlation import correlate
from symconv.algebra.diagonal import Cell, Diagonal, compose, diagonal
from symconv.algebra.sizes import Horizon, Size
from symconv.work_limits import check

# So many differences are looked at one by one.
FEW = 10**4
MOST_PAIRS = 10**6
Table = dict[int, int]


class NumberedAxis:
    """Diagonals of one axis, each once, with their digits times the base of the axis."""

    def __init__(self) -> None:
        self.diagonals: list[Diagonal] = []
        self.base = 1
        self._digits: dict[Diagonal, int] = {}

    def digit(self, d: Diagonal) -> int:
        """The digit of a diagonal, which is noted if it is new."""
        found = self._digits.get(d)
        if found is None:
            found = self._digits[d] = len(self.diagonals)
            self.diagonals.append(d)
        return found


def set_bases(axes: Sequence[NumberedAxis]) -> None:
    """Let different cells have different numbers, when all diagonals are known."""
    lengths = (max(len(axis.diagonals), 1) for axis in axes)
    for axis, base in zip(axes, accumulate(lengths, mul, initial=1), strict=False):
        axis.base = base


def cell_of(number: int, axes: Sequence[NumberedAxis]) -> Cell:
    """The cell with a number; equal diagonals are one object."""
    cell = []
    for axis in axes:
        number, digit = divmod(number, len(axis.diagonals))
        cell.append(axis.diagonals[digit])
    return tuple(cell)


def boxes(axes: Iterable[Sequence[int]]) -> list[int]:
    """The numbers of all cells with one of the given digits on each axis, the last one fastest."""
    found = [0]
    for axis in axes:
        found = [number + digit for number in found for digit in axis]
    return found


class ComposedAxis(NumberedAxis):
    """The products of the diagonals of two tables on one axis, each product with a digit.

    What depends on sizes that grow is decided when this is made.

    Attributes:
        left, right: the diagonals, each once, with their places in that order.
        shifts: columns of those on the left and rows of those on the right, counted from the first
            one, where the others are copies of it that are moved; else None.
    """

    def __init__(
        self, left: Sequence[Diagonal], right: Sequence[Diagonal], horizon: Horizon
    ) -> None:
        super().__init__()
        self.left = {d: n for n, d in enumerate(dict.fromkeys(left))}
        self.right = {d: n for n, d in enumerate(dict.fromkeys(right))}
        self.shifts = _shifts(list(self.left), list(self.right))
        self._horizon = horizon
        if not all(_is_fixed(d) for side in (self.left, self.right) for d in side):
            _ = self.tables if self.shifts is None else self.by_shift

    def shift(self, side: int, d: Diagonal) -> int:
        """How far a diagonal on the left (0) or on the right (1) is moved."""
        assert self.shifts is not None
        return self.shifts[side][(self.left, self.right)[side][d]]

    @cached_property
    def by_shift(self) -> Table:
        """Shift to the digit of the product, where it is not zero."""
        assert self.shifts is not None
        (a, *_), (b, *_) = self.left, self.right
        found = {}
        for shift in sorted(_differences(*self.shifts)):
            moved = Diagonal(b.row + shift, b.col, b.row_step, b.col_step, b.length)
            composed = compose(a, moved, self._horizon)
            if composed is not None:
                found[shift] = self.digit(composed)
        return found

    @cached_property
    def tables(self) -> list[Table]:
        """For each diagonal on the left, places on the right to the digit of a nonzero product."""
        if self.shifts is not None:
            left, right = self.shifts
            known = self.by_shift
            return [{n: known[b - a] for n, b in enumerate(right) if b - a in known} for a in left]
        return self._by_pairs()

    def _by_pairs(self) -> list[Table]:
        singles: defaultdict[Size, list[tuple[int, Size]]] = defaultdict(list)
        others = []
        for b, n in self.right.items():
            if b.length == 1:
                singles[b.row].append((n, b.col))
            else:
                others.append((n, b))
        pairs = len(others) * sum(a.length != 1 for a in self.left)
        what = f"{pairs} pairs of diagonals of one axis"
        check("terms", pairs, what, "take fewer taps", MOST_PAIRS)
        moving = [row for row in singles if not isinstance(row, int)]
        tables = []
        for a in self.left:
            table: Table = {}
            if a.length == 1:
                # Two single entries meet or do not; this spares the pairs of channel matrices.
                for row in moving if isinstance(a.col, int) else singles:
                    self._horizon.keep_apart(a.col, row)
                table = {
                    n: self.digit(diagonal(a.row, col, 1, 1, 1))
                    for n, col in singles.get(a.col, ())
                }
            for n, b in others if a.length == 1 else [(n, b) for b, n in self.right.items()]:
                composed = compose(a, b, self._horizon)
                if composed is not None:
                    table[n] = self.digit(composed)
            tables.append(table)
        return tables


def _is_fixed(d: Diagonal) -> bool:
    return isinstance(d.row, int) and isinstance(d.col, int) and isinstance(d.length, int)


def _shifts(left: Sequence[Diagonal], right: Sequence[Diagonal]) -> tuple[list[int], ...] | None:
    """Columns on the left and rows on the right, from the first ones, if all else is alike."""
    if len({(d.row, d.row_step, d.col_step, d.length) for d in left}) != 1:
        return None
    if len({(d.col, d.row_step, d.col_step, d.length) for d in right}) != 1:
        return None
    shifts = [d.col - left[0].col for d in left], [d.row - right[0].row for d in right]
    numbers = tuple([n for n in side if isinstance(n, int)] for side in shifts)
    return numbers if numbers == shifts else None


def _differences(left: Sequence[int], right: Sequence[int]) -> set[int]:
    """All b - a of numbers a on the left and b on the right."""
    if len(left) * len(right) <= FEW:
        return {b - a for a in left for b in right}
    counts = correlate(_ones(left), _ones(right))
    return {shift for (shift,), count in counts.items() if count}


def _ones(numbers: Sequence[int]) -> dict[tuple[int, ...], int]:
    return {(n,): 1 for n in numbers}
