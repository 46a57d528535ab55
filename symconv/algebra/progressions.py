"""A set of pixel pairs as progressions, by a rule that looks at the set alone.

The rule: of all lines take the one with the most points of the set; on it, of all steps the one
with the fewest maximal runs; those runs are taken out, and so on with what is left. Of equals the
first in a fixed order is taken. A run has three points or more, or two that stand near each other
or, one below and right of the other, in neighbouring rows or columns; what is left in the end are
single points. Across lines, two points stay two: the lines of an axis have the directions that
grow, or run along diagonals where none does, and a point stands on one if that has another point,
of this set or another, or if it has no room in the image while there are such lines. Each step
depends on the sets and the image alone, so a set has one result, in whatever pieces it came.

It is found without looking at every point. Of M progressions no line but their own meets more than
M points, for two points of one progression lie on its line alone; so as long as a progression's
line has more than M points, the heaviest is among those, and afterwards few points are left.
On a line, if the longest of its progressions has step s and L points, a step e makes at least
min(L, e / gcd(e, s)) runs: only steps (a divisor of s) times (a number below the best so far) can
have fewer. On images that grow, lines that grow come first, by how they grow; the rest are points
that stay together, and each such group is a set of its own. A step there is one at which the
remainders of the sizes are known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from heapq import heapify, heappop, heappush
from itertools import combinations
from math import gcd

from symconv.algebra.diagonal import Diagonal, diagonal
from symconv.algebra.runs import Run, runs_of_few, shortest_period
from symconv.algebra.sizes import Horizon, Size, divide, far
from symconv.errors import ResidueError
from symconv.work_limits import check

Point = tuple[int, int]
# Steps (a, b) without a common divisor, and b*row - a*col.
Line = tuple[int, int, Size]
# Two points so many rows and columns apart may be one progression.
NEAR = 4
# Pairs of points, or of a line and a progression, that are looked at in some seconds.
MOST_PAIRS = 500_000


class Beside(list[Diagonal]):
    """What there is on an axis; looked through once for its directions."""

    @cached_property
    def growing(self) -> set[Point]:
        """The directions forwards that grow with the image."""
        return {d.direction for d in self if not isinstance(d.length, int) and d.col_step > 0}


def progressions(
    pieces: Collection[Diagonal],
    horizon: Horizon,
    beside: Collection[Diagonal] = (),
    image: tuple[Size, Size] = (0, 0),
) -> list[Diagonal]:
    """The progressions of the union of disjoint ones.

    Args:
        pieces: they have no point in common.
        horizon: remembers from which sizes on the result is right.
        beside: what else there is on the axis.
        image: rows and columns of the axis.

    >>> even, odd = Diagonal(0, 0, 2, 2, 3), Diagonal(1, 1, 2, 2, 2)
    >>> progressions([even, odd], Horizon())
    [Diagonal(row=0, col=0, row_step=1, col_step=1, length=5)]
    """
    found = _progressions(pieces, horizon)
    beside = beside if isinstance(beside, Beside) else Beside(beside)
    return [part for d in found for part in _apart(d, beside, image)]


def _apart(d: Diagonal, beside: Beside, image: tuple[Size, Size]) -> list[Diagonal]:
    """Two points across the lines of an axis are two where one stands on such a line."""
    if is_whole(d):
        return [d]
    ends = [(d.row, d.col), d.last]
    directions = beside.growing or {(1, 1)}
    if d.direction in directions:
        return [d]
    for i, j in ends:
        near = (_is_in(i + t * a, j + t * b, image) for a, b in directions for t in (-1, 1))
        if any(_stands_on((a, b, b * i - a * j), i, beside) for a, b in directions) or (
            not any(near) and _are_lines(beside, directions)
        ):
            return [diagonal(i, j, 1, 1, 1) for i, j in ends]
    return [d]


def _stands_on(line: Line, row: Size, atoms: Iterable[Diagonal]) -> bool:
    """Whether a line has a point of atoms in another row."""
    for d in atoms:
        try:
            run = _shared(line, d)
            if run is not None and (run.length != 1 or run.first != divide(row, line[0])[0]):
                return True
        except ResidueError:
            continue  # they do not meet at every size
    return False


def _are_lines(atoms: Collection[Diagonal], directions: Collection[Point]) -> bool:
    """Whether there are two points on a line of one of the directions."""
    return any(
        _stands_on((a, b, b * d.row - a * d.col), d.row, atoms)
        for d in atoms
        for a, b in directions
    )


def _is_in(row: Size, col: Size, image: tuple[Size, Size]) -> bool:
    """Whether a place is in the image."""
    return 0 <= far(row) < far(image[0]) and 0 <= far(col) < far(image[1])


def _progressions(pieces: Collection[Diagonal], horizon: Horizon) -> list[Diagonal]:
    if all(isinstance(part, int) for d in pieces for part in (d.row, d.col, d.length)):
        return _fixed(list(pieces))
    found, left, _ = _taken(list(pieces), lambda count, _: not isinstance(count, int), horizon)
    groups: defaultdict[tuple[Size, Size], list[Diagonal]] = defaultdict(list)
    for d in left:
        groups[_growth(d.row), _growth(d.col)].append(d)
    for (row, col), group in groups.items():
        found += [_moved(d, row, col) for d in _fixed([_moved(d, -row, -col) for d in group])]
    return found


def is_whole(d: Diagonal) -> bool:
    """Whether one progression is what the rule makes of it."""
    return d.length != 2 or (d.col_step > 0 and min(d.row_step, d.col_step) == 1)


def _growth(size: Size) -> Size:
    """What grows of a position."""
    return 0 if isinstance(size, int) else size - size.const


def _moved(d: Diagonal, down: Size, right: Size) -> Diagonal:
    return diagonal(d.row + down, d.col + right, d.row_step, d.col_step, d.length)


def _fixed(pieces: list[Diagonal]) -> list[Diagonal]:
    """The progressions of a set of numbers."""
    found, left, done = _taken(pieces, lambda count, parts: far(count) > parts, Horizon())
    _check_pairs(sum(far(d.length) for d in left) ** 2 // 2)
    return found + _of_points({point for d in left for point in d}, done)


def _check_pairs(pairs: int) -> None:
    what = f"{pairs} pairs of single entries, as copied pixels make them,"
    check("work", pairs, what, "take less padding", MOST_PAIRS)


# --- lines of pieces -------------------------------------------------------------------------


def _taken(
    pieces: list[Diagonal], is_heavy: Callable[[Size, int], bool], horizon: Horizon
) -> tuple[list[Diagonal], list[Diagonal], set[Line]]:
    """The runs on the heaviest lines of pieces as long as they are heavy, the rest, the lines."""
    found: list[Diagonal] = []
    done: set[Line] = set()
    while True:
        lines = dict.fromkeys(_line(d) for d in pieces if d.length != 1)
        _check_pairs(len(lines) * len(pieces))
        met = {line: _met(line, pieces) for line in lines if line not in done}
        if not met:
            return found, pieces, done
        line = min(met, key=lambda line: _order(_count(met[line]), line))
        if not is_heavy(_count(met[line]), len(pieces)):
            return found, pieces, done
        done.add(line)
        runs = shortest_period(list(met[line].values()), horizon)
        kept = [run for run in runs if _is_kept(run, line)]
        found += [_placed(run, line) for run in kept]
        pieces = list(_left(pieces, line, met[line], kept, runs))


def _line(d: Diagonal) -> Line:
    a, b = d.direction
    return a, b, b * d.row - a * d.col


def _order(count: Size, line: Line) -> tuple[int, ...]:
    """Lines with many points first, of equals short steps, those to the right, low offsets."""
    a, b, offset = line
    return -far(count), a + abs(b), -b, far(offset)


def _count(runs: Mapping[Diagonal, Run]) -> Size:
    count: Size = 0
    for run in runs.values():
        count = run.length + count
    return count


def _met(line: Line, pieces: Iterable[Diagonal]) -> dict[Diagonal, Run]:
    """What a line has of each piece that it meets: all or one point."""
    return {d: run for d in pieces if (run := _shared(line, d)) is not None}


def _shared(line: Line, d: Diagonal) -> Run | None:
    a, b, offset = line
    gap, growth = offset - (b * d.row - a * d.col), b * d.row_step - a * d.col_step
    if d.length == 1:
        return Run(divide(d.row, a)[0], 1, 1) if gap == 0 else None
    if growth == 0:
        return Run(divide(d.row, a)[0], d.row_step // a, d.length) if gap == 0 else None
    at, rest = divide(gap if growth > 0 else -gap, abs(growth))
    if rest or not 0 <= far(at) < far(d.length):
        return None
    return Run(divide(d.row + d.row_step * at, a)[0], 1, 1)


def _is_kept(run: Run, line: Line) -> bool:
    """Whether a run is more than points that happen to lie on a line."""
    a, b, _ = line
    near = run.step * max(a, abs(b)) <= NEAR or (b > 0 and run.step * min(a, b) == 1)
    return run.length != 1 and (run.length != 2 or near)


def _placed(run: Run, line: Line) -> Diagonal:
    a, b, offset = line
    row = a * run.first + divide(offset, a)[1] * pow(b, -1, a) % a
    col, _ = divide(b * row - offset, a)
    return diagonal(row, col, a * run.step, b * run.step, run.length)


def _left(
    pieces: Iterable[Diagonal],
    line: Line,
    met: Mapping[Diagonal, Run],
    kept: Sequence[Run],
    runs: Iterable[Run],
) -> Iterator[Diagonal]:
    """What kept runs leave of pieces: others, crossing ones without a point, single points."""
    crossing = {d: run.first for d, run in met.items() if d.length != 1 and _line(d) != line}
    for d in pieces:
        if d in crossing and any(crossing[d] in run for run in kept):
            yield from _without(d, _placed(Run(crossing[d], 1, 1), line))
        elif d in crossing or d not in met:
            yield d
    single = {t for run in runs if run not in kept for t in (run.first, run.last)}
    for t in single - set(crossing.values()):
        yield _placed(Run(t, 1, 1), line)


def _without(d: Diagonal, point: Diagonal) -> Iterator[Diagonal]:
    """The parts of a progression before and after one of its points."""
    at, _ = divide(point.row - d.row, d.row_step)
    row, col, (a, b) = point.row, point.col, (d.row_step, d.col_step)
    if at != 0:
        yield diagonal(d.row, d.col, a, b, at)
    if d.length - at != 1:
        yield diagonal(row + a, col + b, a, b, d.length - at - 1)


# --- points ----------------------------------------------------------------------------------


def _of_points(points: set[Point], done: Collection[Line]) -> list[Diagonal]:
    """The progressions of points, but for lines that are done."""
    lines: defaultdict[Line, set[Point]] = defaultdict(set)
    for one, other in combinations(sorted(points), 2):
        a, b = other[0] - one[0], other[1] - one[1]
        if a and b:
            a, b = a // gcd(a, b), b // gcd(a, b)
            lines[a, b, b * one[0] - a * one[1]] |= {one, other}
    heap = [(_order(len(on), line), line) for line, on in lines.items() if line not in done]
    heapify(heap)
    left, found = set(points), list[Diagonal]()
    while heap:
        order, line = heappop(heap)
        on = lines[line] & left
        if len(on) < -order[0]:
            if len(on) > 1:
                heappush(heap, (_order(len(on), line), line))
            continue
        runs = runs_of_few({i // line[0] for i, _ in on})
        taken = [_placed(run, line) for run in runs if _is_kept(run, line)]
        found += taken
        left -= {point for d in taken for point in d}
    return found + [diagonal(i, j, 1, 1, 1) for i, j in sorted(left)]
