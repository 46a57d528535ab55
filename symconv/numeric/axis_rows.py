"""Which columns stand in which rows of one axis: rows of one kind, in arithmetic progression."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, pairwise
from math import lcm

from symconv._arrays import Array, Places, np
from symconv.algebra.diagonal import Diagonal
from symconv.algebra.sizes import evaluate

# A diagonal by numbers: row, column, row step, column step, length; and which of all it is.
Numbered = tuple[int, int, int, int, int, int]


@dataclass(frozen=True)
class Rows:
    """Rows first + step*t for 0 <= t < length that meet the same diagonals.

    Attributes:
        columns: the columns that stand in the first of them, rising.
        column_step: how far all columns move from one of the rows to the next.
        members: for each column the diagonals that have an entry there.
    """

    first: int
    step: int
    length: int
    columns: tuple[int, ...]
    column_step: int
    members: tuple[tuple[int, ...], ...]

    @cached_property
    def places(self) -> Places:
        """The columns that stand in the first of the rows."""
        return np.array(self.columns, dtype=np.int64)

    @cached_property
    def moved(self) -> Places:
        """How far the columns of each row are from those of the first."""
        return self.column_step * np.arange(self.length)

    @cached_property
    def where(self) -> slice:
        """The rows, as a slice of all rows of the axis."""
        return slice(self.first, self.first + self.step * (self.length - 1) + 1, self.step)


@dataclass(frozen=True)
class AxisRows:
    """All rows of an axis in which anything stands, and the columns in each.

    Attributes:
        kinds: the rows, those of one kind together.
        ends: where the columns of each kind begin and end, one kind after another.
        order: the diagonals that meet each column, one column after another.
        starts: where the diagonals of each column begin in ``order``.
    """

    kinds: tuple[Rows, ...]
    ends: tuple[int, ...]
    order: Places
    starts: Places

    def refined(self, numbers: Array, axis: int) -> Array:
        """Numbers of the diagonals along an array's axis, as those of the columns of every kind."""
        found = np.take(numbers, self.order, axis=axis)
        if len(self.starts) == len(self.order):
            return found
        return np.add.reduceat(found, self.starts, axis=axis)

    @cached_property
    def parts(self) -> list[tuple[Rows, slice]]:
        """Each kind of rows, and where its columns are among all."""
        slices = (slice(start, end) for start, end in pairwise(self.ends))
        return list(zip(self.kinds, slices, strict=True))


def axis_rows(diagonals: Sequence[Diagonal]) -> AxisRows:
    """The rows of one axis, from the diagonals of all terms there; sizes are numbers.

    >>> rows = axis_rows([Diagonal(0, 0, 1, 1, 4), Diagonal(1, 0, 1, 1, 3)])
    >>> [(kind.first, kind.length, kind.columns) for kind in rows.kinds]
    [(0, 1, (0,)), (1, 3, (0, 1))]
    """
    kinds = tuple(rows for members in _progressions(diagonals) for rows in _kinds(members))
    members = [some for rows in kinds for some in rows.members]
    counts = np.array([0, *map(len, members)])
    return AxisRows(
        kinds,
        tuple(np.cumsum([0, *(len(rows.columns) for rows in kinds)]).tolist()),
        np.array([d for some in members for d in some], dtype=np.int64),
        np.cumsum(counts)[:-1],
    )


def _progressions(
    diagonals: Sequence[Diagonal],
) -> Iterator[tuple[int, int, int, list[Numbered]]]:
    """First row, step and number of rows that meet the same diagonals, and those."""
    starting, ending = defaultdict(list), defaultdict(list)
    for number, d in enumerate(diagonals):
        row, col, length = (evaluate(size, {}) for size in (d.row, d.col, d.length))
        numbered = (row, col, d.row_step, d.col_step, length, number)
        starting[row].append(numbered)
        ending[row + d.row_step * (length - 1) + 1].append(numbered)
    active: dict[Numbered, None] = {}
    for low, high in pairwise(sorted({*starting, *ending})):
        for numbered in ending[low]:
            del active[numbered]
        active.update(dict.fromkeys(starting[low]))
        period = lcm(*(numbered[2] for numbered in active))
        for first in range(low, min(low + period, high)):
            met = [d for d in active if (first - d[0]) % d[2] == 0]
            if met:
                yield first, period, -((first - high) // period), met


def _kinds(progression: tuple[int, int, int, list[Numbered]]) -> Iterator[Rows]:
    """Its rows, one by one where not all columns move alike."""
    first, period, length, met = progression
    steps = {d[3] * period // d[2] for d in met if d[4] > 1} or {0}
    if len(steps) == 1 or length == 1:
        yield _rows(first, period, length, steps.pop(), met)
        return
    for t in range(length):
        yield _rows(first + period * t, 1, 1, 0, met)


def _rows(first: int, period: int, length: int, column_step: int, met: list[Numbered]) -> Rows:
    columns = sorted((d[1] + d[3] * ((first - d[0]) // d[2]), d[5]) for d in met)
    grouped = [(c, tuple(n for _, n in some)) for c, some in groupby(columns, lambda c: c[0])]
    return Rows(
        first, period, length, tuple(c for c, _ in grouped), column_step,
        tuple(members for _, members in grouped),
    )  # fmt: skip
