"""Cells of a normal form are as few as their table allows, however it was made."""

import random

import pytest
import sympy as sp

import symconv as sc
from symconv.algebra.diagonal import diagonal
from symconv.algebra.progressions import progressions
from symconv.algebra.sizes import Horizon

n, i, j = sp.symbols("n i j")
lam = sp.Symbol("lambda")


def parts(length, source):
    """A progression taken apart into classes of rows, and those into pieces."""
    classes = source.choice((1, 2, 3, 4, 6))
    found = []
    for first in range(classes):
        rows = range(first, length, classes)
        cuts = sorted(source.sample(range(len(rows) + 1), source.randint(0, 1)))
        for low, high in zip([0, *cuts], [*cuts, len(rows)], strict=True):
            if rows[low:high]:
                found.append(rows[low:high])
    return found


@pytest.mark.parametrize("seed", range(40))
def test_parts_are_put_together_again(seed):
    """The union stays as it is, what is joined has nothing in common, and is never more."""
    source = random.Random(seed)
    length, (a, b) = source.randint(4, 30), source.choice(((1, 1), (1, 2), (2, 1), (1, -1), (3, 2)))
    pieces = parts(length, source)
    cut = [diagonal(a * p[0], b * p[0] + 100, a * p.step, b * p.step, len(p)) for p in pieces]
    wholes = set(progressions(cut, Horizon()))
    points = [point for whole in wholes for point in whole]
    assert len(points) == len(set(points))
    assert set(points) == {(a * t, b * t + 100) for t in range(length)}
    assert len(wholes) <= len(set(cut))
    if min(map(len, pieces)) > 2:
        assert len(wholes) == 1


def keep(rows, size):
    """The identity on some rows: zeros elsewhere."""
    inner = sc.crop(size, (rows,))
    return inner.T @ inner


def test_the_identity_in_pieces_is_one_cell():
    halves = keep((0, 3), n) + (sc.identity(n) - keep((0, 3), n))
    even, odd = (sc.conv(taps, 2 * n, stride=2) for taps in ([1], [0, 1]))
    residues = even.T @ even + odd.T @ odd
    thirds = [sc.conv([0] * r + [1], 3 * n, stride=3) for r in range(3)]
    assert [len(halves.closed_form()), len(residues.closed_form())] == [1, 1]
    assert len(sum((t.T @ t for t in thirds[1:]), thirds[0].T @ thirds[0]).closed_form()) == 1
    assert halves.cells == sc.identity(n).cells
    assert residues.cells == sc.identity(2 * n).cells


def test_a_ring_has_one_case_on_its_diagonal():
    """Three cells with the same polynomial were three cases."""
    k = sc.Kernel.symbolic("k", 3)
    C = sc.conv(k, n, padding=1, padding_mode="circular")
    G = C.T @ C
    assert G.closed_form().entry(i, i) == sum(e**2 for e in k.entries)
    for operator in (G, 2 * G, G + lam * sc.identity(n), G - 3 * sc.identity(n)):
        assert len(operator.closed_form()) == 9


def test_images_are_merged_on_every_axis():
    m = sp.Symbol("m")
    k = sc.Kernel.symbolic("k", (3, 3))
    C = sc.conv(k, (n, m), padding=1, padding_mode="circular")
    G = C.T @ C
    assert len(G.closed_form()) == 81
    for rows, cols in ((5, 6), (7, 5)):
        there = sc.conv(k, (rows, cols), padding=1, padding_mode="circular")
        assert G.at({n: rows, m: cols}) == there.T @ there
        placed = G.closed_form().terms_at({n: rows, m: cols})
        assert sum(cell[1].length * cell[2].length for cell in placed) == 25 * rows * cols
