"""Verdicts on conditioning against measured condition numbers and NumPy's roots."""

from random import Random

import numpy as np
import pytest
import sympy as sp

import symconv as sc
from symconv.spectra.root_counts import RootCounts, Z, root_counts

n = sp.Symbol("n")


def condition(C, pixels):
    values = np.linalg.svd(sc.to_numpy(C.at({n: pixels})).astype(float), compute_uv=False)
    return values[0] / max(values[-1], 1e-300)


@pytest.mark.parametrize("seed", range(6))
def test_root_counts_are_numpys(seed):
    random = Random(seed)
    for _ in range(20):
        coefficients = [random.randint(-9, 9) for _ in range(random.randint(2, 7))]
        if not coefficients[0] or not coefficients[-1]:
            continue
        moduli = np.abs(np.roots(coefficients))
        if np.abs(moduli - 1).min() > 1e-9:
            inside = int((moduli < 1).sum())
            expected = RootCounts(inside, 0, len(moduli) - inside, 0)
            assert root_counts(sp.Poly(coefficients, Z)) == expected


@pytest.mark.parametrize(
    ("polynomial", "expected"),
    [
        ((Z - 1) ** 3 * (Z + 1) * (2 * Z - 1), RootCounts(1, 4, 0, 3)),
        ((Z**2 + 1) ** 2 * (Z - 3), RootCounts(0, 4, 1, 2)),
        ((5 * Z**2 - 6 * Z + 5) * (Z - 2) * (2 * Z - 1), RootCounts(1, 2, 1, 1)),
        ((Z - 2) ** 2 * (2 * Z - 1) ** 2, RootCounts(2, 0, 2, 0)),
        ((10**6 * Z - 10**6 - 1) * (10**6 * Z - 10**6 + 1), RootCounts(1, 0, 1, 0)),
    ],
)
def test_roots_on_or_very_near_the_circle(polynomial, expected):
    assert root_counts(sp.Poly(sp.expand(polynomial), Z)) == expected


@pytest.mark.parametrize("padding", [0, 2])
@pytest.mark.parametrize("kernel", [[1, 3, 1], [2, 5, 1], [4, 4, 3]])
def test_bounded_ones_stay_below_their_bound_and_come_near_it(kernel, padding):
    C = sc.conv(kernel, n, padding=padding)
    verdict = sc.conditioning(C)
    assert verdict.growth == "bounded"
    assert condition(C, 200) <= verdict.bound <= 1.05 * condition(C, 200)


@pytest.mark.parametrize(
    ("kernel", "order"),
    [
        ([1, 1], 1),
        ([1, 2, 1], 2),
        ([1, -2, 1], 2),
        ([1, 3, 3, 1], 3),
        ([5, -6, 5], 1),
        ([1, 0, -1], 1),
    ],
)
@pytest.mark.parametrize("full", [False, True])
def test_roots_on_the_circle_give_the_power(kernel, order, full):
    C = sc.conv(kernel, n, padding=len(kernel) - 1 if full else 0)
    verdict = sc.conditioning(C)
    assert (verdict.growth, verdict.order) == ("power", order)
    measured = np.log2(condition(C, 257) / condition(C, 129))
    assert abs(measured - order) < 0.2


@pytest.mark.parametrize(
    ("kernel", "low"), [([2, 1], 1), ([1, 2], 0), ([3, 7, 2], 0), ([6, -5, 1], 1), ([1, -5, 6], 1)]
)
def test_square_ones_with_roots_on_the_wrong_side_grow_exponentially(kernel, low):
    C = sc.conv(kernel, n, padding=((low, len(kernel) - 1 - low),))
    verdict = sc.conditioning(C)
    assert verdict.growth == "exponential"
    measured = (condition(C, 24) / condition(C, 12)) ** (1 / 12)
    assert abs(measured / float(verdict.rate) - 1) < 0.1


def test_square_ones_with_the_roots_right_are_bounded():
    C = sc.conv([2, 7, 3], n, padding=1)
    verdict = sc.conditioning(C)
    assert (verdict.growth, verdict.bound, str(verdict)) == ("bounded", None, "bounded")
    assert condition(C, 300) < 1.05 * condition(C, 150)


def test_square_ones_that_are_singular():
    assert sc.conditioning(sc.conv([0, 1], n, padding=((0, 1),))).growth == "singular"
    assert sc.conditioning(sc.conv([1, 0], n, padding=((0, 1),))).growth == "bounded"


def test_a_dilation_spreads_the_roots():
    C = sc.conv([2, 1], n, dilation=3, padding=((3, 0),))
    verdict = sc.conditioning(C)
    assert verdict.growth == "exponential"
    assert abs(float(verdict.rate) - 2 ** (1 / 3)) < 1e-12


def test_circular_ones():
    C = sc.conv([1, 3, 1], n, padding=1, padding_mode="circular")
    assert condition(C, 50) <= sc.conditioning(C).bound + 1e-12
    C = sc.conv([1, 1, 1], n, padding=1, padding_mode="circular")
    assert str(sc.conditioning(C)) == "grows at least like n"
    assert condition(C, 301) > 0.4 * 301


def test_the_range_of_the_symbol():
    for kernel in ([1, 3, 1], [1, 2, 5, 1], [3, -1, 4, 1, -5]):
        angles = np.linspace(0, np.pi, 20001)
        values = np.abs(np.exp(1j * np.outer(angles, np.arange(len(kernel)))) @ kernel) ** 2
        C = sc.conv(kernel, n)
        least, largest = (float(v) for v in sc.conditioning(C).squared_range)
        assert abs(values.min() - least) < 1e-5 * largest
        assert abs(values.max() - largest) < 1e-5 * largest


def test_what_is_not_decided_is_refused():
    for operator in (
        sc.conv([[1, 2]], (n, n)),
        sc.conv([1, 2], 2 * n, stride=2),
        sc.conv([1, 2, 3, 4], n, padding=1),
        sc.conv(sp.symbols("a b"), n),
        sc.conv([0, 0], n),
    ):
        with pytest.raises(sc.SymconvError):
            sc.conditioning(operator)
