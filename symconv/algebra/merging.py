"""Cells of a normal form made fewer: atoms of an axis behind which all is alike become one.

Two atoms of an axis are equal or have nothing in common, before and after; so a table of boxes
stays one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import gcd

from symconv.algebra.coefficients import Element
from symconv.algebra.diagonal import Cell, Diagonal, diagonal
from symconv.algebra.sizes import Size, far


def merged(cells: Mapping[Cell, Element]) -> Mapping[Cell, Element]:
    """The same entries by fewer atoms on each axis of the image; channels stay apart.

    >>> one = Diagonal(0, 0, 1, 1, 1)
    >>> halves = {(one, Diagonal(n, n, 1, 1, 3)): 5 for n in (0, 3)}
    >>> [cell[1] for cell in merged(halves)]
    [Diagonal(row=0, col=0, row_step=1, col_step=1, length=6)]
    """
    hashes = list(map(hash, cells.values()))
    for axis in range(1, len(next(iter(cells), ()))):
        candidates = _candidates(axis, cells, hashes)
        if candidates:
            cells = _merged_on(axis, cells, candidates)
            hashes = list(map(hash, cells.values()))
    return cells


def _merged_on(
    axis: int, cells: Mapping[Cell, Element], candidates: Collection[Diagonal]
) -> Mapping[Cell, Element]:
    slices: defaultdict[Diagonal, list[tuple[Cell, Element]]] = defaultdict(list)
    for cell, coefficient in cells.items():
        if cell[axis] in candidates:
            slices[cell[axis]].append((cell[:axis] + cell[axis + 1 :], coefficient))
    alike: defaultdict[frozenset[tuple[Cell, Element]], list[Diagonal]] = defaultdict(list)
    for d, behind in slices.items():
        alike[frozenset(behind)].append(d)
    names = {d: whole for group in alike.values() for d, whole in joined(group).items()}
    return {
        (*cell[:axis], names.get(cell[axis], cell[axis]), *cell[axis + 1 :]): coefficient
        for cell, coefficient in cells.items()
    }


def _candidates(axis: int, cells: Iterable[Cell], hashes: Iterable[int]) -> set[Diagonal]:
    """Atoms that may be parts of a larger one: others are on their line, with like coefficients."""
    sums: defaultdict[Diagonal, int] = defaultdict(int)
    for cell, number in zip(cells, hashes, strict=True):
        sums[cell[axis]] += number
    steps = {(d.row_step, d.col_step) for d in sums if d.length != 1} or {(1, 1)}
    groups: defaultdict[object, list[Diagonal]] = defaultdict(list)
    for d, total in sums.items():
        line = d.row - d.col if steps == {(1, 1)} else 0
        groups[total, line].append(d)
    return {d for group in groups.values() if len(group) > 1 for d in group}


@dataclass(frozen=True)
class _Run:
    """Points of a line of the direction (a, b): every ``step``-th row, ``length`` of them."""

    row: Size
    col: Size
    step: int
    length: Size
    members: tuple[Diagonal, ...]

    @property
    def following(self) -> Size:
        """The row after the last one."""
        return self.row + self.step * self.length


def joined(diagonals: Iterable[Diagonal]) -> dict[Diagonal, Diagonal]:
    """For diagonals that have no entry in common, the larger ones of which they are parts.

    Runs that continue each other are one, and so are runs that fill each other's gaps.

    >>> even, odd = Diagonal(0, 0, 2, 2, 3), Diagonal(1, 1, 2, 2, 2)
    >>> set(joined([even, odd]).values())
    {Diagonal(row=0, col=0, row_step=1, col_step=1, length=5)}
    """
    found: dict[Diagonal, Diagonal] = {}
    for (a, b), runs in _lines(diagonals):
        for run in _filled(_continued(runs), a):
            steps = run.step, run.step // a * b
            whole = diagonal(run.row, run.col, *steps, run.length)
            found |= dict.fromkeys(run.members, whole)
    return found


def _lines(diagonals: Iterable[Diagonal]) -> Iterator[tuple[tuple[int, int], list[_Run]]]:
    """Runs by the line on which they are; a single entry is on the first line that meets it."""
    lines: defaultdict[tuple[int, int, Size], list[_Run]] = defaultdict(list)
    singles = []
    for d in diagonals:
        if d.length == 1:
            singles.append(d)
            continue
        common = gcd(d.row_step, d.col_step)
        a, b = d.row_step // common, d.col_step // common
        lines[a, b, b * d.row - a * d.col].append(_Run(d.row, d.col, d.row_step, d.length, (d,)))
    for d in singles:
        key = next((k for k in lines if k[1] * d.row - k[0] * d.col == k[2]), (1, 1, d.row - d.col))
        lines[key].append(_Run(d.row, d.col, key[0], 1, (d,)))
    for (a, b, _), runs in lines.items():
        yield (a, b), runs


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
            members = (*first.members, *run.members)
            done[at] = _Run(first.row, first.col, step, first.length + run.length, members)
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
            members = tuple(d for part in parts for d in part.members)
            length = sum((part.length for part in parts[1:]), parts[0].length)
            whole = _Run(run.row, run.col, run.step // len(parts), length, members)
            return _filled(_continued([*(r for r in runs if r not in parts), whole]), unit)
    return runs


def _fillings(run: _Run, runs: list[_Run], unit: int) -> Iterator[list[_Run]]:
    """The runs that with this one make every row of a smaller step, for each such step."""
    starts = {other.row: other for other in runs if other.step == run.step}
    many = run.step // unit if run.length != 1 else 1
    for count in (m for m in range(2, many + 1) if many % m == 0):
        rows = [run.row + n * (run.step // count) for n in range(count)]
        parts = [starts[row] for row in rows if row in starts]
        if len(parts) == count and _balanced([part.length for part in parts]):
            yield parts


def _balanced(lengths: list[Size]) -> bool:
    """Whether runs that start one after the other end so too: some first ones are one longer."""
    lost = [lengths[0] - length for length in lengths]
    return lost == sorted(lost, key=far) and set(lost) <= {0, 1}
