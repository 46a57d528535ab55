"""Cells of a normal form made fewer: atoms of an axis behind which all is alike become one.

Two atoms of an axis are equal or have nothing in common, before and after; so a table of boxes
stays one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, count
from math import gcd
from typing import Any

from symconv.algebra.coefficients import Element
from symconv.algebra.diagonal import Cell, Diagonal, diagonal
from symconv.algebra.sizes import Size, far

Point = tuple[int, int]
Direction = tuple[int, int]
# Diagonals that are taken apart, and how many points are looked through for progressions.
SHORT = 12
MOST_POINTS = 60


def merged(cells: Mapping[Cell, Element]) -> Mapping[Cell, Element]:
    """The same entries by fewer atoms on each axis of the image; channels stay apart.

    >>> one = Diagonal(0, 0, 1, 1, 1)
    >>> halves = {(one, Diagonal(n, n, 1, 1, 3)): 5 for n in (0, 3)}
    >>> [cell[1] for cell in merged(halves)]
    [Diagonal(row=0, col=0, row_step=1, col_step=1, length=6)]
    """
    hashes = list(map(hash, cells.values()))
    for axis in range(1, len(next(iter(cells), ()))):
        sums: defaultdict[Diagonal, int] = defaultdict(int)
        for cell, number in zip(cells, hashes, strict=True):
            sums[cell[axis]] += number
        directions = {d.direction for d in sums if not isinstance(d.length, int) or d.length > 2}
        candidates = _candidates(sums, directions)
        if candidates:
            cells = _merged_on(axis, cells, candidates, directions)
            hashes = list(map(hash, cells.values()))
    return cells


def _candidates(sums: Mapping[Diagonal, int], directions: Collection[Direction]) -> set[Diagonal]:
    """Atoms that may be parts of a larger one: others are on their line, with like coefficients."""
    (a, b), *several = directions or [(0, 0)]
    groups: defaultdict[tuple[int, Size], list[Diagonal]] = defaultdict(list)
    for d, total in sums.items():
        groups[total, 0 if several else b * d.row - a * d.col].append(d)
    return {d for group in groups.values() if len(group) > 1 for d in group}


def _merged_on(
    axis: int,
    cells: Mapping[Cell, Element],
    candidates: Collection[Diagonal],
    directions: Collection[Direction],
) -> Mapping[Cell, Element]:
    slices: defaultdict[Diagonal, list[tuple[Cell, Element]]] = defaultdict(list)
    for cell, coefficient in cells.items():
        if cell[axis] in candidates:
            slices[cell[axis]].append((cell[:axis] + cell[axis + 1 :], coefficient))
    alike: defaultdict[frozenset[tuple[Cell, Element]], list[Diagonal]] = defaultdict(list)
    for d, behind in slices.items():
        alike[frozenset(behind)].append(d)
    parts = {d: [d] for d in slices}
    for first, *others in alike.values():
        if others:
            parts[first] = joined([first, *others], directions)
            parts |= {d: [] for d in others}
    return {
        (*cell[:axis], part, *cell[axis + 1 :]): coefficient
        for cell, coefficient in cells.items()
        for part in parts.get(cell[axis], [cell[axis]])
    }


@dataclass(frozen=True)
class _Run:
    """Points of a line of the direction (a, b): every ``step``-th row, ``length`` of them."""

    row: Size
    col: Size
    step: int
    length: Size

    @property
    def following(self) -> Size:
        """The row after the last one."""
        return self.row + self.step * self.length


def joined(diagonals: Sequence[Diagonal], directions: Collection[Direction] = ()) -> list[Diagonal]:
    """Diagonals that have no entry in common, put together to fewer.

    Short ones are taken apart, and the longest progression is taken out of their points again and
    again, in one of the directions if any are given. Runs that continue each other are one, and
    so are runs that fill each other's gaps.

    >>> even, odd = Diagonal(0, 0, 2, 2, 3), Diagonal(1, 1, 2, 2, 2)
    >>> joined([even, odd])
    [Diagonal(row=0, col=0, row_step=1, col_step=1, length=5)]
    """
    short = [d for d in diagonals if isinstance(d.length, int) and d.length <= SHORT]
    points = [point for d in short for point in d]
    if len(points) <= MOST_POINTS:
        diagonals = [*(d for d in diagonals if d not in short), *progressions(points, directions)]
    return [
        diagonal(run.row, run.col, run.step, run.step // a * b, run.length)
        for (a, b), runs in _lines(diagonals)
        for run in _settled(runs, a)
    ]


def progressions(
    points: Iterable[tuple[Size, Size]], directions: Collection[Direction]
) -> list[Diagonal]:
    """Single entries as few progressions, the longest first.

    Two points alone are one only where the second stands below the first and to its right, in the
    next row or the next column.
    """
    together: defaultdict[tuple[Size, Size], set[Point]] = defaultdict(set)
    for (row, down), (col, right) in ((_parted(i), _parted(j)) for i, j in points):
        together[row, col].add((down, right))
    found = []
    for (row, col), places in together.items():
        while places:
            (down, right), (a, b), length = _longest(places, directions)
            places -= {(down + a * t, right + b * t) for t in range(length)}
            found.append(diagonal(row + down, col + right, a, b, length))
    return found


def _parted(size: Size) -> tuple[Size, int]:
    """What grows of a position, and the number that is added to it."""
    return (0, size) if isinstance(size, int) else (size - size.const, size.const)


def _longest(
    points: Collection[Point], directions: Collection[Direction]
) -> tuple[Point, Direction, int]:
    """The first point, the steps and the length of the longest progression, with short steps."""
    best: tuple[Any, ...] = (1, (0, 0), min(points), (1, 1))
    for first, second in combinations(sorted(points), 2):
        a, b = second[0] - first[0], second[1] - first[1]
        if a <= 0 or b == 0 or (first[0] - a, first[1] - b) in points:
            continue
        common = gcd(a, b)
        if directions and (a // common, b // common) not in directions:
            continue
        length = next(t for t in count(2) if (first[0] + a * t, first[1] + b * t) not in points)
        if length > 2 or min(a, b) == 1:
            best = max(best, (length, (-a, -abs(b)), first, (a, b)), key=lambda one: one[:2])
    length, _, first, steps = best
    return first, steps, length


def _lines(diagonals: Iterable[Diagonal]) -> Iterator[tuple[tuple[int, int], list[_Run]]]:
    """Runs by the line on which they are; a single entry is on the first line that meets it."""
    lines: defaultdict[tuple[int, int, Size], list[_Run]] = defaultdict(list)
    singles = []
    for d in diagonals:
        if d.length == 1:
            singles.append(d)
            continue
        a, b = d.direction
        lines[a, b, b * d.row - a * d.col].append(_Run(d.row, d.col, d.row_step, d.length))
    for d in singles:
        key = next((k for k in lines if k[1] * d.row - k[0] * d.col == k[2]), (1, 1, d.row - d.col))
        lines[key].append(_Run(d.row, d.col, key[0], 1))
    for (a, b, _), runs in lines.items():
        yield (a, b), runs


def _settled(runs: list[_Run], unit: int) -> list[_Run]:
    """Runs joined until none continues another and none fills another's gaps."""
    while True:
        found = _filled(_continued(runs), unit)
        if len(found) == len(runs):
            return found
        runs = found


def _continued(runs: list[_Run]) -> list[_Run]:
    """Runs that begin where another one of their step ends are joined to it."""
    done: list[_Run] = []
    for run in sorted(runs, key=lambda run: far(run.row)):
        at = next((n for n, other in enumerate(done) if _continues(other, run)), None)
        if at is None:
            done.append(run)
        else:
            first = done[at]
            step = run.step if first.length == 1 else first.step
            done[at] = _Run(first.row, first.col, step, first.length + run.length)
    return done


def _continues(first: _Run, second: _Run) -> bool:
    """Whether a run goes on where the first one stops; a single entry takes any step."""
    if first.length == 1:
        return second.row == first.row + second.step
    return second.row == first.following and (second.length == 1 or second.step == first.step)


def _filled(runs: list[_Run], unit: int) -> list[_Run]:
    """Runs that have the same step and stand in each other's gaps are one of a smaller step."""
    for run in runs:
        parts = next(_fillings(run, runs, unit), None)
        if parts:
            length = sum((part.length for part in parts[1:]), parts[0].length)
            whole = _Run(run.row, run.col, run.step // len(parts), length)
            return [*(r for r in runs if r not in parts), whole]
    return runs


def _fillings(run: _Run, runs: list[_Run], unit: int) -> Iterator[list[_Run]]:
    """The runs that with this one make every row of a smaller step, for each such step."""
    starts = {other.row: other for other in runs if other.step == run.step}
    many = run.step // unit if run.length != 1 else 1
    for classes in (m for m in range(2, many + 1) if many % m == 0):
        rows = [run.row + n * (run.step // classes) for n in range(classes)]
        parts = [starts[row] for row in rows if row in starts]
        if len(parts) == classes and _balanced([part.length for part in parts]):
            yield parts


def _balanced(lengths: list[Size]) -> bool:
    """Whether runs that start one after the other end so too: some first ones are one longer."""
    lost = [lengths[0] - length for length in lengths]
    return lost == sorted(lost, key=far) and set(lost) <= {0, 1}
