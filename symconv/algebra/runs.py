"""Runs of points on a line, and the step at which they are fewest."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import lcm

from symconv.algebra.sizes import Horizon, Size, ceil_divide, divide, far
from symconv.errors import ResidueError

# low <= x < high
Interval = tuple[Size, Size]
# So many points of a line are looked at one by one.
FEW = 64


@dataclass(frozen=True)
class Run:
    """The numbers first, first + step, … of points on a line."""

    first: Size
    step: int
    length: Size

    @property
    def last(self) -> Size:
        """Its last number."""
        return self.first + self.step * (self.length - 1)

    def __contains__(self, number: Size) -> bool:
        at, rest = divide(number - self.first, self.step)
        return not rest and 0 <= far(at) < far(self.length)


def shortest_period(parts: list[Run], horizon: Horizon) -> list[Run]:
    """The maximal runs, at the step that has the fewest, of the union of disjoint runs.

    >>> shortest_period([Run(0, 2, 3), Run(1, 2, 2), Run(9, 1, 1)], Horizon())
    [Run(first=0, step=1, length=5), Run(first=9, step=1, length=1)]
    """
    if len(parts) == 1:
        return parts
    if sum(far(run.length) for run in parts) > FEW:
        longest = max(parts, key=lambda run: far(run.length))
        step = lcm(*(run.step for run in parts if run.length != 1))
        fewest = len(_runs(parts, step, Horizon()) or parts)
        if far(longest.length) > fewest:
            for other in _steps(longest.step, fewest):
                found = _runs(parts, other, Horizon())
                if found is not None and (len(found), other) < (fewest, step):
                    fewest, step = len(found), other
            return _runs(parts, step, horizon) or parts
    return runs_of_few({t for run in parts for t in _numbers(run)})


def _steps(step: int, most: int) -> list[int]:
    """A divisor of a step times a number up to ``most``."""
    divisors = [g for g in range(1, step + 1) if step % g == 0]
    return sorted({g * h for g in divisors for h in range(1, most + 1)})


def _numbers(run: Run) -> range:
    first, length = run.first, run.length
    return range(first, first + run.step * length, run.step)  # type: ignore[arg-type]


def runs_of_few(numbers: Collection[int]) -> list[Run]:
    """The same for numbers that are looked at one by one: runs are few where many are joined."""
    joined = Counter(b - a for a, b in combinations(sorted(numbers), 2))
    step = min(joined, key=lambda step: (-joined[step], step), default=1)
    firsts = [t for t in sorted(numbers) if t - step not in numbers]
    runs = []
    for first in firsts:
        length = 1
        while first + step * length in numbers:
            length += 1
        runs.append(Run(first, step if length > 1 else 1, length))
    return runs


def _runs(parts: Collection[Run], step: int, horizon: Horizon) -> list[Run] | None:
    """The maximal runs of a step; None where they grow in number, or where no size has their ends.

    Numbers are period*x + residue, with the period a multiple of the step; what a number has to
    follow is a step lower, in another class or one x before.
    """
    period = lcm(step, *(run.step for run in parts if run.length != 1))
    try:
        classes = _classes(parts, period)
    except ResidueError:
        return None
    firsts: list[Size] = []
    lasts: list[Size] = []
    for residue, found in classes.items():
        before, after = divmod(residue - step, period), divmod(residue + step, period)
        for ends, (shift, other) in ((firsts, before), (lasts, after)):
            near = [(low - shift, high - shift) for low, high in classes.get(other, ())]
            for low, high in _difference(found, near, horizon):
                count = high - low
                if not isinstance(count, int):
                    return None
                ends += [period * (low + x) + residue for x in range(count)]
    pairs = zip(_in_order(firsts, step), _in_order(lasts, step), strict=True)
    return [_from_to(first, last, step) for first, last in pairs]


def _in_order(numbers: Iterable[Size], step: int) -> list[Size]:
    """Numbers by their remainder, then by size: first and last ones pair off."""
    return sorted(numbers, key=lambda number: (divide(number, step)[1], far(number)))


def _from_to(first: Size, last: Size, step: int) -> Run:
    steps, _ = divide(last - first, step)
    return Run(first, step if steps != 0 else 1, steps + 1)


def _classes(parts: Iterable[Run], period: int) -> dict[int, list[Interval]]:
    """By the remainder modulo a period, where the numbers are: intervals in their order."""
    found: defaultdict[int, list[Interval]] = defaultdict(list)
    for run in parts:
        every = 1 if run.length == 1 else period // run.step
        for skipped in range(every):
            low, residue = divide(run.first + skipped * run.step, period)
            count = ceil_divide(run.length - skipped, every)
            if far(count) > 0:
                found[residue].append((low, low + count))
    return {residue: _united(intervals) for residue, intervals in found.items()}


def _united(intervals: Iterable[Interval]) -> list[Interval]:
    """Disjoint intervals in their order, those that touch as one."""
    done: list[Interval] = []
    for low, high in sorted(intervals, key=lambda interval: far(interval[0])):
        if done and done[-1][1] == low:
            done[-1] = (done[-1][0], high)
        else:
            done.append((low, high))
    return done


def _difference(
    whole: Iterable[Interval], taken: Sequence[Interval], horizon: Horizon
) -> Iterator[Interval]:
    """What intervals have that others have not."""
    for low, high in whole:
        for start, stop in taken:
            if horizon.is_less(low, stop) and horizon.is_less(start, high):
                if horizon.is_less(low, start):
                    yield low, start
                low = horizon.larger(low, stop)
        if horizon.is_less(low, high):
            yield low, high
