"""Families of band matrices: Toeplitz or periodic inside, anything fixed at both ends.

Every determinant of such a family is found row by row. After i rows, the minors of the rows so far
are told apart by which of the columns within the band are taken, so there are binomial(p + q, p)
of them for p diagonals below and q above the main one; the next row leads linearly from these
minors to the next. No division happens, so that this works over every ring; inside the family the
step is the same matrix at every row, which is why determinants are linear recurrences in the size.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import lcm

import sympy as sp
from sympy.polys.domains.domain import Domain

from symconv.algebra.coefficients import Element
from symconv.algebra.diagonal import Diagonal
from symconv.algebra.sizes import Affine, Size
from symconv.determinants.work_budget import Budget
from symconv.operators.operator import Operator

LONG = 1000

Row = Mapping[int, Element]  # column less row, to the entry
Minors = dict[int, Element]  # which columns of the band are taken, as bits, to the minor


@dataclass(frozen=True)
class Run:
    """Entries (row + step*t, col + step*t) down to ``tail`` rows from the last one (-1 is it).

    Where the run could be longer only outside of the matrix, ``starts`` or ``ends`` is False: it
    may then be taken to be as long as the matrix.
    """

    row: int
    offset: int
    step: int
    tail: int
    starts: bool
    ends: bool
    entry: Element

    def covers(self, row: int, size: int) -> bool:
        """Whether an entry of the run stands in a row of the matrix of this size."""
        return (
            (row - self.row) % self.step == 0
            and (not self.starts or row >= self.row)
            and (not self.ends or row - size <= self.tail)
        )


@dataclass(frozen=True, eq=False)
class Band:
    """The square matrices of sizes N = slope*n + const, as one family.

    Attributes:
        domain: of the entries.
        symbol, slope, const: N = slope*symbol + const.
        runs: diagonals that grow with the matrix.
        left, right: single entries near the first row, and near the last (counted from N).
    """

    domain: Domain
    symbol: sp.Symbol
    slope: int
    const: int
    runs: tuple[Run, ...]
    left: Mapping[tuple[int, int], Element]
    right: Mapping[tuple[int, int], Element]

    @cached_property
    def period(self) -> int:
        """Rows after which the inside repeats."""
        return lcm(*(run.step for run in self.runs))

    @cached_property
    def above(self) -> int:
        """Rows at the top that are not like the others."""
        rows = [run.row for run in self.runs if run.starts] + [i + 1 for i, _ in self.left]
        return max(rows, default=0)

    @cached_property
    def below(self) -> int:
        """Rows at the bottom that are not like the others."""
        rows = [-1 - run.tail for run in self.runs if run.ends] + [-i for i, _ in self.right]
        return max(rows, default=0)

    @cached_property
    def lower(self) -> int:
        """Diagonals below the main one, at least as many as have entries."""
        return max(0, -min(self._offsets, default=0))

    @cached_property
    def upper(self) -> int:
        """Diagonals above the main one, at least as many as have entries."""
        return max(0, *self._offsets) if self._offsets else 0

    @property
    def _offsets(self) -> list[int]:
        ends = [j - i for i, j in (*self.left, *self.right)]
        return [run.offset for run in self.runs] + ends

    @property
    def is_toeplitz(self) -> bool:
        """Whether it is one number a diagonal, up to both ends."""
        return self.period == 1 and not self.above and not self.below

    @cached_property
    def diagonals(self) -> Row:
        """The inside of a family that does not repeat by more than one row."""
        return self.row(self.above, self.above + self.below + 1)

    def size(self, value: int) -> int:
        """N where the size symbol has a value."""
        return self.slope * value + self.const

    def row(self, row: int, size: int) -> Row:
        """The entries of a row, by their diagonals; some may stand outside of the matrix."""
        found: dict[int, Element] = {}
        for run in self.runs:
            if run.covers(row, size):
                found[run.offset] = found.get(run.offset, self.domain.zero) + run.entry
        for corner, first in ((self.left, 0), (self.right, size)):
            for (i, j), entry in corner.items():
                if i + first == row:
                    found[j - i] = found.get(j - i, self.domain.zero) + entry
        return found

    # --- determinants --------------------------------------------------------------------------

    @property
    def no_minors(self) -> Minors:
        """Before the first row: the columns left of the matrix are taken."""
        return {(1 << self.lower) - 1: self.domain.one}

    def step(self, minors: Minors, row: Row, budget: Budget) -> Minors:
        """The minors after one more row."""
        following: Minors = {}
        choices = [(offset + self.lower, entry) for offset, entry in row.items() if entry]
        for taken, minor in minors.items():
            # The first column of the band is in no later row: it is taken now or never.
            must = not taken & 1
            for place, entry in choices:
                if taken >> place & 1 or (must and place):
                    continue
                term = budget.multiply(self.domain, minor, entry)
                if (taken >> place).bit_count() % 2:
                    term = -term
                key = (taken | 1 << place) >> 1
                following[key] = following[key] + term if key in following else term
        return {key: minor for key, minor in following.items() if minor}

    def determinants(self, last: int, budget: Budget) -> Iterator[tuple[int, Element]]:
        """The size and the determinant of every member of the family up to a size."""
        shared, first = self.no_minors, self.above + self.below
        for i in range(self.above):
            shared = self.step(shared, self.row(i, last + first + i), budget)
        for size in range(first, last + 1):
            minors = shared
            for i in range(size - self.below, size):
                minors = self.step(minors, self.row(i, size), budget)
            yield size, minors.get((1 << self.lower) - 1, self.domain.zero)
            inside = size - self.below
            shared = self.step(shared, self.row(inside, inside + 1 + last + first), budget)

    def determinant(self, size: int, budget: Budget) -> Element:
        """The determinant of one member."""
        minors = self.no_minors
        for i in range(size):
            budget.spend(len(minors) * (i // LONG))  # the numbers grow with every row
            minors = self.step(minors, self.row(i, size), budget)
        return minors.get((1 << self.lower) - 1, self.domain.zero)


def band_of(operator: Operator) -> Band | None:
    """The family that a square operator of symbolic size on one axis is; None for others.

    >>> import symconv as sc
    >>> band = band_of(sc.conv([1, 2, 3], sp.Symbol("n"), padding=1))
    >>> band.lower, band.upper, band.is_toeplitz
    (1, 1, True)
    """
    if len(operator.rows) != 2 or operator.rows != operator.cols or operator.rows[0] != 1:
        return None
    size = operator.rows[1]
    if not isinstance(size, Affine):
        return None
    runs: list[Run] = []
    corners: tuple[dict[tuple[int, int], Element], ...] = ({}, {})
    for (_, d), entry in operator.cells.items():
        if isinstance(d.length, Affine):
            run = _run(d, size, entry)
            if run is None:
                return None
            runs.append(run)
            continue
        for t in range(d.length):
            place = d.row + d.row_step * t, d.col + d.col_step * t
            anchored = _anchored(place, size)
            if anchored is None:
                return None
            corner, (i, j) = anchored
            zero = operator.domain.zero
            corners[corner][i, j] = corners[corner].get((i, j), zero) + entry
    if not runs or any(size.slope % run.step for run in runs):
        return None
    left, right = corners
    return Band(operator.domain, size.symbol, size.slope, size.const, tuple(runs), left, right)


def _run(d: Diagonal, size: Affine, entry: Element) -> Run | None:
    if not isinstance(d.row, int) or not isinstance(d.col, int) or d.row_step != d.col_step:
        return None
    row, col = d.last
    end = _anchored((row, col), size)
    if end is None or end[0] == 0:
        return None
    _, (tail, right) = end
    starts = d.row >= d.row_step and d.col >= d.row_step
    ends = max(tail, right) + d.row_step < 0
    return Run(d.row, d.col - d.row, d.row_step, tail, starts, ends, entry)


def _anchored(place: tuple[Size, Size], size: Affine) -> tuple[int, tuple[int, int]] | None:
    """A place as (0, place) near the first row or (1, place less N) near the last; else None."""
    row, col = place
    if isinstance(row, int) and isinstance(col, int):
        return 0, (row, col)
    i, j = row - size, col - size
    return (1, (i, j)) if isinstance(i, int) and isinstance(j, int) else None
