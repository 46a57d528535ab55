"""Extreme values of trigonometric polynomials against resultants and a fine grid."""

from random import Random

import numpy as np
import pytest
import sympy as sp

from symconv.spectra.trigonometric import TrigPolynomial

x, y = sp.symbols("x y")


def drawn(random, degree):
    return {
        (d,): sp.Rational(random.randint(-9, 9), random.choice([1, 2, 3])) for d in range(degree)
    }


@pytest.mark.parametrize("seed", range(12))
def test_the_extremes_are_exact_and_no_value_lies_outside(seed):
    random = Random(seed)
    coefficients = drawn(random, random.randint(2, 8)) | {(1,): sp.Integer(1)}
    low, high = TrigPolynomial(coefficients).range
    angles = np.linspace(0, np.pi, 20_001)
    grid = sum(float(c) * np.cos(d * angles) for (d,), c in coefficients.items())
    assert 0 <= grid.min() - float(low) + 1e-12 < 1e-5
    assert 0 <= float(high) - grid.max() + 1e-12 < 1e-5
    polynomial = sum(c * sp.chebyshevt(d, x) for (d,), c in coefficients.items())
    critical = sp.resultant(polynomial.diff(x), y - polynomial, x)
    ends = {polynomial.subs(x, 1), polynomial.subs(x, -1)}
    for value in (low, high):
        if value in ends:
            continue
        minimal = sp.minimal_polynomial(value, y)
        assert sp.rem(critical, minimal, y) == 0


def test_an_extreme_of_high_degree_is_a_root_of_its_own():
    coefficients = {(d,): sp.Integer((d * d * 7 + 3 * d) % 11 - 5) for d in range(17)}
    low, high = TrigPolynomial(coefficients).range
    assert {type(low), type(high)} <= {sp.Integer, sp.CRootOf}
    assert sp.CRootOf in {type(low), type(high)}
    assert sp.N(low, 50) < sp.N(high, 50)
