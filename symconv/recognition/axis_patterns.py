"""What stands where on one axis of a matrix, and whether it depends on u*i - s*o alone.

A zero-padded layer of stride s and input dilation u has the same entry wherever u*i - s*o is the
same number q, and zero for all but finitely many q: its taps. A matrix is such a layer on all axes
together if and only if it is one on each axis while the others stand still.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, combinations
from math import gcd

import sympy as sp

from symconv.algebra.diagonal import Diagonal
from symconv.algebra.sizes import Horizon, Size, evaluate
from symconv.errors import SymconvError
from symconv.operators.geometry import Axis, Steps

Point = tuple[int, int]
MOST_TAPS = 1000
MOST_POINTS = 200
# On an image of a fixed size these are tried besides the steps along which entries repeat.
SMALL_STEPS: tuple[Steps, ...] = ((1, 1), (2, 1), (1, 2), (3, 1), (1, 3))


@dataclass(frozen=True)
class Conflict:
    """Two points (output pixel, input pixel) of an axis that one tap joins, and that differ.

    On a symbolic axis no points are told; at a number in its place there are some, unless the tap
    moves: then it would have to lie farther away on a larger image.
    """

    points: tuple[Point, ...] = ()
    moves: bool = False


@dataclass(frozen=True)
class Pattern:
    """One axis of a matrix.

    Attributes:
        rows, cols: pixels of the output and of the input.
        labels: disjoint diagonals to a name for what stands there, seen along the other axes.
        same: whether two labels name the same.
    """

    rows: Size
    cols: Size
    labels: Mapping[Diagonal, int]
    same: Callable[[int, int], bool]

    @property
    def is_symbolic(self) -> bool:
        """Whether the axis grows with a size symbol."""
        return not (isinstance(self.rows, int) and isinstance(self.cols, int))

    @property
    def T(self) -> Pattern:
        """The pattern of the transposed matrix."""
        labels = {d.T: label for d, label in self.labels.items()}
        return Pattern(self.cols, self.rows, labels, self.same)

    def at(self, values: Mapping[sp.Symbol, int]) -> Pattern:
        """The pattern where size symbols have these values."""
        fixed = ((d.at(values), label) for d, label in self.labels.items())
        labels = {d: label for d, label in fixed if d is not None}
        return Pattern(evaluate(self.rows, values), evaluate(self.cols, values), labels, self.same)

    # --- stride and input dilation ---------------------------------------------------------

    def candidates(self) -> list[Steps]:
        """Coprime (stride, input dilation) that can fit; for a symbolic axis no other can."""
        fixed = isinstance(self.rows, int) or isinstance(self.cols, int)
        suggested = [steps for d in self.labels for steps in _suggested(d, fixed)]
        # Where both sides grow, so does every line: entries that stay few are no tap on any.
        found = [*suggested, *self._repeats(), *SMALL_STEPS] if fixed else suggested
        return list(dict.fromkeys(steps for steps in found if min(steps) > 0)) or [(1, 1)]

    def _repeats(self) -> Iterator[Steps]:
        """Steps from one point to another where the same stands."""
        places: defaultdict[int, list[Point]] = defaultdict(list)
        for d, label in self.labels.items():
            places[label] += _points(d)
        for points in places.values():
            for (o, i), (p, j) in combinations(points[:MOST_POINTS], 2):
                if (p - o) * (j - i) > 0:
                    yield _coprime(abs(j - i), abs(p - o))

    def taps(self, steps: Steps) -> dict[int, int] | Conflict:
        """q = u*i - s*o to the label there, for all q with entries, or where that fails.

        Raises:
            SymconvError: there are too many taps to look at.
        """
        found: dict[int, int] = {}
        for q in self._positions(steps):
            if q is None:
                return Conflict(moves=True)
            if q in found:
                continue
            met = dict(self._on_line(steps, q))
            label = self._common_label(steps, q, met)
            if isinstance(label, Conflict):
                return label
            found[q] = label
            if len(found) > MOST_TAPS:
                raise SymconvError(f"an axis has more than {MOST_TAPS} taps to look at")
        return found

    def _positions(self, steps: Steps) -> Iterator[int | None]:
        """The q of all entries; None where they move away as the image grows."""
        for d in self.labels:
            yield from tap_positions(d, steps)

    def _on_line(self, steps: Steps, q: int) -> Iterator[tuple[Diagonal, Size]]:
        """The diagonals with entries where u*i - s*o is q, and how many."""
        s, u = steps
        for d in self.labels:
            gap, step = u * d.col - s * d.row - q, s * d.row_step - u * d.col_step
            if step == 0 and gap == 0:
                yield d, d.length
            elif step and isinstance(gap, int) and isinstance(d.length, int):
                at, rest = divmod(gap, step)
                if not rest and 0 <= at < d.length:
                    yield d, 1

    def _common_label(self, steps: Steps, q: int, met: Mapping[Diagonal, Size]) -> int | Conflict:
        """What stands at all points of the line, if it is one thing everywhere."""
        first, *others = met
        label = self.labels[first]
        for other in others:
            if not self.same(label, self.labels[other]):
                return self._conflict(steps, q, first, other)
        covered: Size = 0
        for count in met.values():
            covered = count + covered
        return label if covered == self._line_length(steps, q) else self._conflict(steps, q, first)

    def _conflict(
        self, steps: Steps, q: int, one: Diagonal, other: Diagonal | None = None
    ) -> Conflict:
        """A point of a diagonal, and one of another or one where nothing stands."""
        if self.is_symbolic:
            return Conflict()
        lines = self._line(steps, q)
        here = next(p for p in _nearby(lines, [one]) if one.contains(*p))
        met = [d for d, _ in self._on_line(steps, q)]
        there = next(
            point
            for point in _nearby(lines, [other] if other else met)
            if (other.contains(*point) if other else not any(d.contains(*point) for d in met))
        )
        return Conflict((here, there))

    def _line(self, steps: Steps, q: int) -> list[Diagonal]:
        """All points of the matrix where u*i - s*o is q."""
        (s, u), m, n = steps, self.rows, self.cols
        # Where one side is fixed, only so many pixels of the other can be met.
        if isinstance(m, int) and not isinstance(n, int):
            n = max((s * (m - 1) + q) // u + 1, 1)
        elif isinstance(n, int) and not isinstance(m, int):
            m = max((u * (n - 1) - q) // s + 1, 1)
        return Axis(n, m, 1, s, -q, 1, u).tap(0, Horizon())

    def _line_length(self, steps: Steps, q: int) -> Size:
        length: Size = 0
        for d in self._line(steps, q):
            length = d.length + length
        return length


def _nearby(lines: Iterable[Diagonal], met: Iterable[Diagonal]) -> Iterator[Point]:
    """Points of lines: first their ends and what is at or next to the ends of what meets them."""
    rows = [evaluate(end, {}) for d in met for end in (d.row, d.last[0])]
    for line in lines:
        first, length = evaluate(line.row, {}), evaluate(line.length, {})
        places = {(row - first) // line.row_step + t for row in rows for t in (-1, 0, 1, 2)}
        near = sorted(t for t in {0, length - 1, *places} if 0 <= t < length)
        for t in chain(near, range(length)):
            yield first + line.row_step * t, evaluate(line.col, {}) + line.col_step * t


def tap_positions(d: Diagonal, steps: Steps) -> Iterator[int | None]:
    """u*i - s*o along a diagonal; None where it moves away as the image grows."""
    s, u = steps
    start, step = u * d.col - s * d.row, u * d.col_step - s * d.row_step
    if not isinstance(start, int) or (step and not isinstance(d.length, int)):
        yield None
    elif step == 0 or d.length == 1:
        yield start
    else:
        yield from range(start, start + step * d.length, step)  # type: ignore[arg-type]


def _suggested(d: Diagonal, fixed: bool) -> Iterator[Steps]:
    """(stride, input dilation) along which a diagonal runs, or along which it moves as n grows."""
    if d.length != 1 and (fixed or not isinstance(d.length, int)):
        yield _coprime(d.col_step, d.row_step)
    elif not isinstance(d.row, int) and not isinstance(d.col, int):
        yield _coprime(d.col.slope, d.row.slope)


def _points(d: Diagonal) -> list[Point]:
    """Its points, or both ends of a long one; none where they move with the size."""
    if not all(isinstance(size, int) for size in (d.row, d.col, d.length)):
        return []
    first, last = (d.row, d.col), d.last
    return list(d) if d.length <= MOST_POINTS else [first, last]  # type: ignore[operator, list-item]


def _coprime(s: int, u: int) -> Steps:
    common = gcd(s, u)
    return s // common, u // common
