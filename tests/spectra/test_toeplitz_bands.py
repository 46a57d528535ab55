"""Single eigenvalues of symmetric Toeplitz bands against LAPACK, closed forms and their counts."""

from random import Random
from time import process_time

import numpy as np
import pytest
import sympy as sp
from scipy.linalg import toeplitz

import symconv as sc
from symconv.errors import BudgetError, KernelError, ShapeError
from symconv.spectra.toeplitz_bands import ToeplitzBand, toeplitz_band

n = sp.Symbol("n")
HUGE = 10**6


def random_band(random):
    b = random.randint(0, 5)
    lags = [sp.Rational(random.randint(-9, 9), random.choice([1, 1, 3])) for _ in range(b + 1)]
    lags[-1] += int(b > 0 and lags[-1] == 0)
    return ToeplitzBand(tuple(lags), random.randint(b + 1, 40))


def lapack(band):
    lags = [float(r) for r in band.lags]
    return np.linalg.eigvalsh(toeplitz(lags + [0.0] * (band.rows - len(lags))))


@pytest.mark.parametrize("seed", range(8))
def test_eigenvalues_and_counts_are_lapacks(seed):
    random = Random(seed)
    for _ in range(8):
        band = random_band(random)
        expected = lapack(band)
        for index in {0, band.rows - 1, random.randrange(band.rows)}:
            found = float(band.eigenvalue(index, 15))
            assert abs(found - expected[index]) < 1e-12 * max(1, np.abs(expected).max())
        bound = sp.Rational(random.randint(-999, 999), 97)
        if np.abs(expected - float(bound)).min() > 1e-9:
            assert band.count_below(bound) == (expected < float(bound)).sum()


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 100])
def test_every_remainder_of_the_size(size):
    C = sc.conv([1, -3, 7, -3, 1], n, padding=2)
    spectrum = sc.eigenvalues(C)
    expected = np.linalg.eigvalsh(sc.to_numpy(C.at({n: size})).astype(float))[::-1]
    found = [float(spectrum.kth(k, {n: size})) for k in range(size)]
    assert np.abs(np.array(found) - expected).max() < 1e-12 * expected.max()


@pytest.mark.parametrize("k", [0, 1, 333_333, 499_999, HUGE - 2, HUGE - 1])
@pytest.mark.parametrize(("a", "b"), [(-1, 2), (3, -1)])
def test_three_taps_at_huge_sizes_are_their_closed_form(a, b, k):
    spectrum = sc.eigenvalues(sc.conv([a, b, a], n, padding=1))
    expected = sp.N(b + 2 * abs(a) * sp.cos(sp.pi * (k + 1) / (HUGE + 1)), 30)
    assert abs(spectrum.kth(k, {n: HUGE}, digits=25) / expected - 1) < 1e-24


def test_products_of_bands_at_huge_sizes():
    """[1, 2, 1] squared in the sine transform differs from the five taps at the corners alone."""
    spectrum = sc.eigenvalues(sc.conv([1, 4, 6, 4, 1], HUGE, padding=2))
    steps = [(2 + 2 * sp.cos(sp.pi * j / (HUGE + 1))) ** 2 for j in (500_000, 499_998)]
    # The corners are positive of rank 2: eigenvalues rise, by two places at most.
    assert sp.N(steps[0], 30) <= spectrum.kth(500_000 - 1, digits=20) <= sp.N(steps[1], 30)


@pytest.mark.parametrize("lags", [(6, -4, 1), (5, 2, -1, 3), (7, 1, 0, 2, -3)])
def test_counts_on_both_sides_at_huge_sizes(lags):
    band = ToeplitzBand(tuple(map(sp.Integer, lags)), HUGE)
    for index in (0, 1, 765_432, HUGE - 1):
        value = sp.Rational(band.eigenvalue(index, 25))
        gap = abs(value) / 10**20
        assert band.count_below(value - gap) <= index < band.count_below(value + gap)


def test_a_minimum_of_higher_order_is_not_lost():
    """(2 - 2 cos θ)³: λ_min ~ (2π/n)⁶ (Böttcher, Widom), far below what 53 bits can tell from 0."""
    band = ToeplitzBand(tuple(map(sp.Integer, (20, -15, 6, -1))), HUGE)
    assert abs(band.eigenvalue(0, 15) * HUGE**6 / sp.N(2 * sp.pi, 20) ** 6 - 1) < 1e-4


def test_singular_values_of_valid_convolutions():
    C = sc.conv([1, 3, 2, -1], n)
    spectrum = sc.singular_values(C)
    expected = np.linalg.svd(sc.to_numpy(C.at({n: 60})).astype(float), compute_uv=False)
    for k in (0, 10, 56):
        assert abs(float(spectrum.kth(k, {n: 60})) / expected[k] - 1) < 1e-13
    assert spectrum.count_below(expected[30] + 1e-6, {n: 60}) == 57 - 30
    assert spectrum.count_below(-1, {n: 60}) == 0
    gram = sc.eigenvalues(C.T @ C)
    assert abs(float(gram.kth(3, {n: 60})) / expected[3] ** 2 - 1) < 1e-13
    assert float(gram.kth(59, {n: 60})) == 0
    assert gram.count_below("1/1000000000", {n: 60}) == 3


def test_entries_that_are_no_fractions():
    C = sc.conv([sp.sqrt(2), sp.pi, sp.sqrt(2)], n, padding=1)
    expected = sp.N(sp.pi + 2 * sp.sqrt(2) * sp.cos(sp.pi * 6 / 1001), 30)
    assert abs(sc.eigenvalues(C).kth(5, {n: 1000}, digits=25) / expected - 1) < 1e-24


def test_an_eigenvalue_is_neither_above_nor_below():
    band = ToeplitzBand((sp.Integer(2), sp.Integer(-1)), 5)
    assert abs(band.eigenvalue(2, 15) - 2) < 1e-14
    with pytest.raises(BudgetError, match="cannot be told"):
        band.count_below(sp.Integer(2))
    zero = ToeplitzBand((sp.Integer(0), sp.Integer(1)), 5)
    assert float(zero.eigenvalue(2, 15)) == 0


def test_time_at_a_million():
    band = ToeplitzBand(tuple(map(sp.Integer, (6, -4, 1))), HUGE)
    start = process_time()
    band.eigenvalue(400_000, 15)
    assert process_time() - start < 2


def test_refusals():
    for operator in (
        sc.conv([1, 2, 3], 20, padding=1),
        sc.conv([1, 2, 1], 20, padding=1, padding_mode="circular"),
        sc.conv([1, 2, 1], 20, padding=1, padding_mode="symmetric"),
        sc.conv([[1, 2, 1]], (20, 20), padding=(0, 1)),
        sc.conv([1] * 51, 100, padding=25),
    ):
        with pytest.raises(ShapeError, match="no symmetric Toeplitz band"):
            sc.eigenvalues(operator).kth(0)
    a = sp.Symbol("a", real=True)
    with pytest.raises(KernelError, match="no real numbers"):
        toeplitz_band(sc.conv([a, 1, a], 9, padding=1))
    spectrum = sc.eigenvalues(sc.conv([1, 2, 1], 20, padding=1))
    for wrong in (-1, 20, 1.5, "0"):
        with pytest.raises(sc.SymconvError):
            spectrum.kth(wrong)
    with pytest.raises(ShapeError, match="no real number"):
        spectrum.count_below(sp.I)
