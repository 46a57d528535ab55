"""Operators that are large: what is asked for is quick, and what is too much is refused."""

from operator import mul

import pytest
import sympy as sp

import symconv as sc
from symconv.algebra.deferred import is_made
from symconv.errors import BudgetError

n, i, j = sp.symbols("n i j")


@pytest.fixture(scope="module")
def wide() -> sc.Operator:
    return sc.conv(sc.Kernel.symbolic("k", (3, 3), in_channels=64, out_channels=64), (n, n))


def test_many_channels_are_shown_without_being_multiplied_out(wide):
    G = wide @ wide.T
    assert repr(G).startswith("Operator((n - 2)*(64*n - 128) x ")
    assert r"r_{\delta} &= \sum_{t \in T} K_{t}\, K_{t + \delta}^{\mathsf{T}}" in G._repr_latex_()
    assert "k_{0,0,0,0}" not in sc.latex(G.closed_form().two_level)
    assert G.entry_symbols == wide.entry_symbols == set(wide.provenance.layer.kernel.entries)
    assert not is_made(G.terms)
    with pytest.raises(BudgetError, match="21233664 pairs"):
        len(G.closed_form())


def test_an_entry_of_a_product_is_a_row_times_a_column():
    C = sc.conv(sc.Kernel.symbolic("k", 3, in_channels=2, out_channels=3), 5, padding=1, stride=2)
    G, matrix = C @ C.T, C.as_explicit()
    found = {(r, s): G[r, s] for r in range(9) for s in range(9)}
    assert not is_made(G.terms)
    product = (matrix * matrix.T).applyfunc(sp.expand)
    assert all(found[place] == product[place] for place in found)
    assert G.as_explicit() == product


@pytest.mark.parametrize(
    "geometry", [{}, {"stride": 2}, {"padding": 1}, {"padding": 1, "padding_mode": "circular"}]
)
def test_very_many_symbols_give_what_numbers_give(geometry):
    """180 symbols, where coefficients are expressions, against numbers, where they are integers."""
    kernel = sc.Kernel.symbolic("k", (3, 3), in_channels=5, out_channels=4)
    point = {symbol: sp.Integer(t * t % 11 - 5) for t, symbol in enumerate(kernel.entries)}
    C, D = (sc.conv(each, (5, 6), **geometry) for each in (kernel, kernel.subs(point)))
    for G, H in ((C @ C.T, D @ D.T), (C.T @ C, D.T @ D)):
        assert G.domain.is_EXRAW
        assert H.domain.is_ZZ
        for cell in list(G.cells)[::20]:
            place = tuple(d.row for d in cell), tuple(d.col for d in cell)
            expr = G.polynomial(cell)
            assert expr == G.entry(*place) == sp.expand(expr)
            assert expr.xreplace(point) == H.entry(*place)
        assert G.entry_symbols == set(kernel.entries)


def test_numbers_on_long_axes_are_correlated():
    taps = [(7 * t * t + 3) % 19 - 9 for t in range(1500)]
    C = sc.conv(sc.Kernel(taps), n)
    found = {d.col - d.row: number for (_, d), number in (C @ C.T).cells.items()}
    assert found == {
        lag: value for lag in range(-1499, 1500) if (value := sum(map(mul, taps, taps[abs(lag) :])))
    }
    halves = sc.conv(sc.Kernel([sp.Rational(t, 2) for t in taps[:80]]), 100)
    G = halves @ halves.T
    assert G.as_explicit()[2, 5] == sp.Rational(sum(map(mul, taps[:80], taps[3:80])), 4)


def test_what_is_too_long_is_refused_at_once():
    numbers = sc.Kernel([[(t * u) % 17 + 1 for t in range(50)] for u in range(50)])
    C = sc.conv(numbers, (n, n))
    assert len((C @ C.T).closed_form()) > 9000
    with pytest.raises(BudgetError, match="pairs of terms"):
        len((C.T @ C).closed_form())
    cube = sc.conv(sc.Kernel.symbolic("k", (5, 5, 5)), (n, n, n))
    F = (cube.T @ cube).closed_form()
    with pytest.raises(BudgetError, match="68921 cases"):
        F.entry(sp.symbols("i1:4"), sp.symbols("j1:4"))
    assert F.entry((0, 0, 0), (0, 0, 0)) == sp.Symbol("k_{0,0,0}", real=True) ** 2
