"""One table for one matrix: pairs of expressions, and what equality makes of it.

More pairs: python -m tests.canonical_pairs 2000
"""

import pytest
import sympy as sp
from canonical_pairs import FORMS, latex, table, tried

import symconv as sc

n, m = sp.symbols("n m")
K = sc.Kernel.symbolic("k", 3)


@pytest.mark.parametrize("chunk", range(6))
def test_random_pairs_have_one_table(chunk):
    """Rewritten, in strips, in residues, in halves: same cells, same coefficients."""
    *_, tally = tried(2026, range(15 * chunk, 15 * chunk + 15), forms=())
    assert not tally.different
    assert tally.counts["pairs"] > 6


def halves(operator, low):
    """An operator as what it makes of a strip of its input and of the rest."""
    inner = sc.crop(operator.input_size, low)
    kept = inner.T @ inner
    return operator @ (sc.identity(operator.input_size) - kept) + operator @ kept


LINE, PLANE = sc.conv(K, n, padding=1), sc.conv(sc.Kernel.symbolic("k", (2, 2)), (n, m))
RING = sc.conv(K, n, padding=1, padding_mode="circular")
ONE_MATRIX = {
    "a layer in strips": (LINE, halves(LINE, ((2, 0),))),
    "a layer on a plane in strips": (PLANE, halves(PLANE, ((1, 0), (0, 2)))),
    "padding first": (
        sc.conv(K, n, padding=1, padding_mode="reflect"),
        sc.conv(K, n + 2) @ sc.pad(n, ((1, 1),), padding_mode="reflect"),
    ),
    "a layer after a layer": (
        sc.conv([1, 3, 2], n),
        sc.conv([1, 2], n - 1) @ sc.conv([1, 1], n),
    ),
    "a product in halves": (LINE.T @ LINE, (LINE.T @ LINE) / 3 + 2 * (LINE.T @ LINE) / 3),
    "a product on a plane in another order": (
        PLANE @ PLANE.T,
        -(PLANE @ (-PLANE.T)),
    ),
    "a ring": (RING.T @ RING, halves(RING.T @ RING, ((1, 0),))),
    "twice a ring": (2 * (RING.T @ RING), RING.T @ RING + RING.T @ RING),
    "a sum": (
        LINE.T @ LINE + sc.identity(n),
        (sc.identity(n) + LINE.T @ (LINE / 2)) + (LINE.T @ LINE) / 2,
    ),
}


@pytest.mark.parametrize("name", ONE_MATRIX)
def test_one_matrix_prints_alike(name):
    one, other = ONE_MATRIX[name]
    assert one == other
    assert table(one) == table(other)
    for options in FORMS:
        assert latex(one, options) == latex(other, options)


def test_two_matrices_have_two_tables():
    """The pairs see a table that is another: the last pixel is left out, and one tap differs."""
    whole = sc.identity(n)
    edge = sc.crop(n, ((0, 1),))
    assert table(whole) != table(edge.T @ edge)
    assert whole != edge.T @ edge
    assert sc.conv(sc.Kernel([*K.entries[:2], K.entries[1]]), n, padding=1) != LINE
    assert halves(LINE, ((1, 0),)) == LINE


def test_equality_of_tables_over_different_domains():
    a = sp.Symbol("a")
    halved = sc.conv([a, a / 2], n) * 2
    assert halved == sc.conv([2 * a, a], n)
    assert sc.conv([1, 0], n) + a * sc.conv([0, 0], n) == sc.conv([1, 0], n)
    assert hash(halved) == hash(sc.conv([2 * a, a], n))


def test_channels_of_one_kind_are_one():
    """Three channels one by one, and all at once."""
    taps = [[[1 if i == o else 0] for i in range(3)] for o in range(3)]
    each = sc.conv(sc.Kernel.from_weight(taps), n)
    assert table(each) == table(sc.identity(n, 3))
    assert len(each.closed_form()) == 1
