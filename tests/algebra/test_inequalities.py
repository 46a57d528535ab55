"""What is claimed of integer expressions, against all values of their symbols in a range."""

import itertools
import random

import pytest
import sympy as sp

from symconv.algebra.inequalities import highest, is_integral, lowest, never_zero, remainder

n, i, j = sp.symbols("n i j")
p = sp.Symbol("p", positive=True)


def random_expression(draw, depth=0):
    affine = sp.Add(*(draw.randint(-2, 3) * s for s in (n, p)), draw.randint(-5, 5))
    kinds = [
        lambda: affine,
        lambda: affine + draw.randint(-2, 2) * draw.choice((i, j)),
        lambda: sp.floor(affine / draw.randint(2, 3)),
        lambda: sp.ceiling(affine / draw.randint(2, 3)),
        lambda: sp.Mod(affine, draw.randint(2, 4)),
        lambda: n**2 - draw.randint(0, 3) * n * p,
    ]
    if depth < 2:
        kinds += [
            lambda: sp.Min(*(random_expression(draw, depth + 1) for _ in "ab")),
            lambda: sp.Max(*(random_expression(draw, depth + 1) for _ in "ab")),
            lambda: draw.randint(-3, 3) * random_expression(draw, depth + 1) + affine,
        ]
    return sp.sympify(draw.choice(kinds)())


@pytest.mark.parametrize("seed", range(3))
def test_claims_hold_for_all_integers_of_a_range(seed):
    draw = random.Random(seed)
    claims = 0
    for _ in range(60):
        expr, start = random_expression(draw), {n: draw.randint(1, 4)}
        low, high = lowest(expr, start), highest(expr, start)
        zero, rest = never_zero(expr, start), remainder(expr, 3, start)
        sizes = range(start[n], start[n] + 4)
        for point in itertools.product(sizes, range(1, 4), (-3, 0, 4), (-1, 2)):
            value = expr.xreplace(dict(zip((n, p, i, j), map(sp.Integer, point), strict=True)))
            assert low is None or low <= value, (expr, start, point)
            assert high is None or value <= high, (expr, start, point)
            assert not (zero and value == 0), (expr, start, point)
            assert rest is None or value % 3 == rest, (expr, start, point)
        claims += low is not None or high is not None
    assert claims > 15


def test_bounds_are_tight_where_a_size_is_smallest():
    assert lowest(n - sp.floor(n / 2), {n: 5}) == 3
    assert highest(sp.Mod(n, 4) - n, {n: 2}) == 1
    assert lowest(sp.Min(n, 7) + sp.Max(i, 2), {n: 3}) == 5
    assert (lowest(n - i, {n: 1}), lowest(-n, {n: 1})) == (None, None)


def test_integers():
    assert is_integral(i * (i - 1) + sp.Abs(j) - n**2, {n: 1})
    assert is_integral(2**n, {n: 1})
    assert not is_integral(2**n, {n: -1})  # a size n + 2 has a pixel there
    assert not is_integral(2**n, {})
    refused = (n / 2, sp.sqrt(n), sp.I * i, sp.Min(i, sp.I * n), 2 * sp.Symbol("x", integer=False),
               sp.Symbol("y", imaginary=True), sp.Symbol("A", commutative=False))  # fmt: skip
    assert not any(is_integral(expr, {n: 1}) for expr in refused)
