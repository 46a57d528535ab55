"""A set of points has one result, in whatever pieces it comes; the rule itself is tried by hand."""

import random
from collections import Counter
from itertools import combinations
from math import gcd

import pytest
import sympy as sp

from symconv.algebra import runs as module
from symconv.algebra.diagonal import Diagonal, diagonal
from symconv.algebra.progressions import progressions
from symconv.algebra.sizes import Affine, Horizon

n = sp.Symbol("n")
IMAGE = (2000, 2000)
DIRECTIONS = ((1, 1), (1, 1), (1, 2), (2, 1), (1, -1), (3, 2))


def by_hand(points):
    """The rule, point by point."""
    left, done, found = set(points), set(), []
    while True:
        lines = {}
        for one, other in combinations(sorted(left), 2):
            a, b = other[0] - one[0], other[1] - one[1]
            if a and b:
                a, b = a // gcd(a, b), b // gcd(a, b)
                lines.setdefault((a, b, b * one[0] - a * one[1]), set()).update((one, other))
        lines = {line: on for line, on in lines.items() if line not in done}
        if not lines:
            break
        key = min(lines, key=lambda x: (-len(lines[x]), x[0] + abs(x[1]), -x[1], x[2]))
        done.add(key)
        a, b, _ = key
        at = {point[0] // a: point for point in lines[key]}
        span = range(1, max(at) - min(at) + 1)
        step = min(span, key=lambda e: (sum(t - e not in at for t in at), e))
        for first in sorted(t for t in at if t - step not in at):
            run = [at[first]]
            while first + step * len(run) in at:
                run.append(at[first + step * len(run)])
            near = step * max(a, abs(b)) <= 4 or (b > 0 and step * min(a, b) == 1)
            if len(run) > 2 or (len(run) == 2 and near):
                found.append(diagonal(*run[0], a * step, b * step, len(run)))
                left -= set(run)
    return set(found) | {diagonal(i, j, 1, 1, 1) for i, j in left}


def random_pieces(source):
    """Disjoint progressions and the points that they hold."""
    pieces, used = [], set()
    longest = source.choice((8, 20, 90, 200))
    for _ in range(source.randint(1, 6)):
        (a, b), step = source.choice(DIRECTIONS), source.choice((1, 1, 2, 3))
        length = source.choice((1, 1, 2, 3, source.randint(2, longest)))
        col = source.randint(0, 10) + (longest if b < 0 else 0)
        piece = diagonal(source.randint(0, 10), col, a * step, b * step, length)
        if not used & set(piece):
            used |= set(piece)
            pieces.append(piece)
    return pieces, used


def cut(pieces, source):
    """The same points in other pieces: residues, and those cut in two."""
    found = []
    for d in pieces:
        every = source.choice((1, 2, 3)) if d.length > 2 else 1
        for r in range(every):
            row, col = d.row + r * d.row_step, d.col + r * d.col_step
            a, b, length = d.row_step * every, d.col_step * every, -(-(d.length - r) // every)
            at = source.randrange(length) if length > 2 else 0
            found += [diagonal(row, col, a, b, at)] if at else []
            found += [diagonal(row + a * at, col + b * at, a, b, length - at)] if length else []
    source.shuffle(found)
    return found


@pytest.mark.parametrize("few", [64, 0], ids=["points", "lines"])
@pytest.mark.parametrize("seed", range(60))
def test_one_result_for_one_set(seed, few, monkeypatch):
    """Both ways to find the shortest period, against the rule by hand where the set is small."""
    monkeypatch.setattr(module, "FEW", few)
    source = random.Random(seed)
    pieces, points = random_pieces(source)
    found = progressions(pieces, Horizon(), pieces, IMAGE)
    assert sorted(p for d in found for p in d) == sorted(points)
    again = cut(pieces, source)
    assert set(found) == set(progressions(again, Horizon(), again, IMAGE))
    if len(points) < 120:
        assert set(found) == with_neighbours_apart(by_hand(points), pieces)


def with_neighbours_apart(found, pieces):
    """Two points across the diagonals are two where one stands on one that goes on, or is alone."""
    support = {point for d in pieces for point in d}
    lines = Counter(i - j for i, j in support)
    kept = set()
    for d in found:
        along = d.row_step == d.col_step
        plain = d.length != 2 or along or (d.col_step > 0 and 1 in (d.row_step, d.col_step))
        alone = any(min(p) == 0 and max(p) == max(IMAGE) - 1 for p in d)
        split = not plain and (any(lines[i - j] > 1 for i, j in d) or alone)
        kept |= {diagonal(i, j, 1, 1, 1) for i, j in d} if split else {d}
    return kept


def test_growing_lines_come_first():
    """The even and the odd points of a line that grows, its end in pieces, and a point apart."""
    half = Affine(0, 1, n)
    even, odd = Diagonal(0, 0, 2, 2, half), Diagonal(1, 1, 2, 2, half - 3)
    rest = [Diagonal(2 * half - t, 2 * half - t, 1, 1, 1) for t in (1, 3, 5)]
    apart = Diagonal(0, 2 * half - 1, 1, 1, 1)
    found = progressions([odd, *rest, apart, even], Horizon())
    assert found == [Diagonal(0, 0, 1, 1, 2 * half), apart]


def test_where_runs_are_right_is_told():
    """Two classes of rows that end apart: right where the shorter one is there."""
    half, horizon = Affine(0, 1, n), Horizon()
    even, odd = Diagonal(0, 0, 2, 2, half), Diagonal(7, 7, 2, 2, half - 6)
    found = progressions([even, odd], horizon)
    for size in range(horizon.valid_from[n], 12):
        points = [p for d in found if (there := d.at({n: size})) for p in there]
        wanted = [p for d in (even, odd) if (there := d.at({n: size})) for p in there]
        assert sorted(points) == sorted(wanted)


def test_two_pixels_turned_round_are_one_and_a_small_toeplitz_matrix_is_three():
    """The same two points, alone in an image of two pixels, and across its diagonal."""
    corners = [Diagonal(0, 1, 1, 1, 1), Diagonal(1, 0, 1, 1, 1)]
    assert progressions(corners, Horizon(), corners, (2, 2)) == [Diagonal(0, 1, 1, -1, 2)]
    atoms = [*corners, Diagonal(0, 0, 1, 1, 2)]
    assert progressions(corners, Horizon(), atoms, (2, 2)) == corners
