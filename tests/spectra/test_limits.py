"""Limits of spectra: means of powers, quantiles and extremes of large sections tend to them."""

from itertools import pairwise

import numpy as np
import pytest
import sympy as sp

import symconv as sc
from symconv.errors import BudgetError, KernelError, ShapeError

n = sp.Symbol("n")
a, b, c = sp.symbols("a b c", real=True)

CASES = [
    (sc.conv([1, 3, -2], n), "singular values"),
    (sc.conv([1, 3, -2], n).T, "singular values"),
    (sc.conv([1, 3, -2], n, padding=2), "singular values"),
    (sc.conv([1, 3, -2], n, padding=1, padding_mode="reflect"), "singular values"),
    (sc.conv([1, 3, -2], n, padding=1, padding_mode="circular"), "singular values"),
    (sc.conv([1, 3, -2, 4, 1], 2 * n + 1, stride=2), "singular values"),
    (sc.conv([1, 3, -2], n, dilation=2, padding=1), "singular values"),
    (sc.conv(sc.Kernel.from_weight([[[1, 2, 0], [3, -1, 1]]]), n), "singular values"),
    (sc.conv([2, -1, 3, -1, 2], n, padding=2), "eigenvalues"),
    (sc.conv([1, 3, 1], n, padding=1, padding_mode="symmetric"), "eigenvalues"),
    (sc.conv([[1, 2], [3, -4]], (n, n)), "singular values"),
    (sc.conv([[0, 1, 0], [1, -4, 1], [0, 1, 0]], (n, n), padding=1), "eigenvalues"),
]


def values(operator, kind, size):
    matrix = sc.to_numpy(operator.at({n: size})).astype(float)
    if kind == "eigenvalues":
        return np.linalg.eigvalsh(matrix)
    return np.linalg.svd(matrix, compute_uv=False)


def sizes_of(operator):
    return (60, 240) if len(operator.rows) == 2 else (10, 24)


@pytest.mark.parametrize(("operator", "kind"), CASES)
@pytest.mark.parametrize("power", [1, 2, 3])
def test_means_of_powers_come_near_like_the_border_does(operator, kind, power):
    wanted = float(sc.spectral_limit(operator, kind).moment(power))
    exponent = power if kind == "eigenvalues" else 2 * power
    top = max(abs(values(operator, kind, 9))) ** exponent
    gaps = []
    for size in sizes_of(operator):
        found = values(operator, kind, size)
        gaps.append(abs((found**exponent).mean() - wanted) / top)
        assert gaps[-1] * size < 12
    assert gaps[1] <= 0.6 * gaps[0] + 1e-12


@pytest.mark.parametrize(("operator", "kind"), CASES)
def test_sorted_values_come_near_the_sorted_values_of_the_symbol(operator, kind):
    limit = sc.spectral_limit(operator, kind)
    numbers = np.sort(limit.numbers(2**14 if len(limit.angles) == 1 else 2**8))
    gaps = []
    for size in sizes_of(operator):
        found = np.sort(values(operator, kind, size))
        places = (np.arange(len(found)) + 0.5) / len(found) * len(numbers)
        gaps.append(np.abs(found - numbers[places.astype(int)]).mean() / np.ptp(numbers))
    assert gaps[1] < 0.6 * gaps[0] + 1e-3
    assert gaps[1] < (0.02 if len(limit.angles) == 1 else 0.06)


def test_moments_are_constant_coefficients():
    limit = sc.spectral_limit(sc.conv([a, b, c], n))
    assert sp.expand(limit.moment(1) - (a**2 + b**2 + c**2)) == 0
    r1, r2 = a * b + b * c, a * c
    square = (a**2 + b**2 + c**2) ** 2 + 2 * r1**2 + 2 * r2**2
    assert sp.expand(limit.moment(2) - square) == 0
    assert limit.moment(0) == 1
    theta = limit.angles[0]
    integral = sp.integrate((limit.expr**2).subs({a: 1, b: 3, c: -2}), (theta, -sp.pi, sp.pi))
    assert sp.simplify(integral / (2 * sp.pi)) == limit.moment(1).subs({a: 1, b: 3, c: -2})


def test_values_are_those_of_the_generating_function():
    C = sc.conv([1, 3, -2, 4, 1], 2 * n + 1, stride=2)
    limit = sc.spectral_limit(C)
    found = limit.numbers(8)
    expected = []
    for k in range(8):
        # An angle per output pixel is half of one per input pixel.
        matrix = sc.symbol(C, sp.pi * k / 8).matrix
        expected.append(abs(complex((matrix * matrix.H)[0, 0].evalf())) ** 0.5)
    assert np.abs(np.sort(found) - np.sort(expected)).max() < 1e-12


@pytest.mark.parametrize(
    ("operator", "kind", "end"),
    [
        (sc.conv([-1, 2, -1], n, padding=1), "eigenvalues", "smallest"),
        (sc.conv([1, 2, 5], n), "singular values", "largest"),
        (sc.conv([1, -1], n), "singular values", "smallest"),
        (sc.conv([1, 1], n, padding=1), "singular values", "smallest"),
        (sc.conv([-1, 2, 5, 2, -1], n, padding=2), "eigenvalues", "smallest"),
        (sc.conv([1, 4, 9, 4, 1], n, padding=2), "eigenvalues", "largest"),
        (sc.conv([1, 1, 2, 2], 2 * n, stride=2), "singular values", "largest"),
    ],
)
@pytest.mark.parametrize("j", [1, 2, 5])
def test_extremes_have_the_ratio_one_in_the_limit(operator, kind, end, j):
    limit = sc.spectral_limit(operator, kind)
    spectrum = sc.eigenvalues(operator) if kind == "eigenvalues" else sc.singular_values(operator)
    formula = limit.extreme(j, end) ** (1 if kind == "eigenvalues" else 2)
    start = sp.limit(formula, n, sp.oo)
    gaps = []
    for size in (100, 1000, 10_000, 100_000):
        rows = min(map(int, operator.at({n: size}).shape))
        place = j - 1 if end == "largest" else rows - j
        found = spectrum.kth(place, {n: size}, digits=30) ** (1 if kind == "eigenvalues" else 2)
        gaps.append(abs((found - start) / sp.N((formula - start).subs(n, size), 30) - 1))
    assert all(later < 0.2 * gap for gap, later in pairwise(gaps))
    assert gaps[-1] < 1e-3


def test_extremes_that_are_no_such_ones_are_refused():
    for kernel in ([1, -2, 1], [1, -1, 1]):  # of order four; at an angle between 0 and π
        with pytest.raises(ShapeError, match="not taken at the one angle"):
            sc.spectral_limit(sc.conv(kernel, n)).extreme(1)
    both = sc.spectral_limit(sc.conv([1, 0, 1], n))  # at 0 and π
    with pytest.raises(ShapeError, match="not taken at the one angle"):
        both.extreme(1, "largest")
    with pytest.raises(ShapeError, match="not taken at the one angle"):
        sc.spectral_limit(sc.conv([7], n)).extreme(1)
    with pytest.raises(ShapeError, match="are known in the limit"):
        sc.spectral_limit(sc.conv([1, 2, 5], n, padding=1)).extreme(1)
    with pytest.raises(ShapeError, match="are known in the limit"):
        sc.spectral_limit(sc.conv([[1, 2]], (n, n))).extreme(1)
    with pytest.raises(KernelError, match="rational"):
        sc.spectral_limit(sc.conv([a, b], n)).extreme(1)
    with pytest.raises(sc.SymconvError):
        sc.spectral_limit(sc.conv([1, 2], n)).extreme(0)


def test_refusals():
    with pytest.raises(ShapeError, match="no symmetric matrix"):
        sc.spectral_limit(sc.conv([1, 2, 3], n, padding=1), "eigenvalues")
    with pytest.raises(ShapeError, match="several output channels"):
        sc.spectral_limit(sc.conv(sc.Kernel.symbolic("k", 2, out_channels=2), n))
    with pytest.raises(KernelError, match="has symbols"):
        sc.spectral_limit(sc.conv([a, b], n)).numbers(8)
    with pytest.raises(BudgetError, match=r"takes more than 3\d+ products"):
        sc.spectral_limit(sc.conv([[1, 2, 3]] * 3, (n, n))).moment(100)
    with pytest.raises(sc.SymconvError):
        sc.spectral_limit(sc.conv([1, 2], n), "values")


def test_latex_and_text():
    m, theta = sp.symbols("m theta", real=True)
    limit = sc.spectral_limit(sc.conv([1, 2, 1], n, padding=1), "eigenvalues")
    assert sp.latex(limit) == (
        r"\begin{aligned}\lim_{m \to \infty} \frac{1}{m} \sum_{j=1}^{m} f(\lambda_{j}) &= "
        r"\frac{1}{2\pi} \int_{-\pi}^{\pi} f\!\left(2 \cos{\left(\theta \right)} + 2\right)\,d\theta"
        r"\end{aligned}"
    )
    taken = sp.latex(sc.spectral_limit(sc.conv([m, theta], n)))
    assert r"\lim_{m" not in taken
    assert r"d\theta'" in taken
    plane = sp.latex(sc.spectral_limit(sc.conv([[1, 2], [3, 4]], (n, n))))
    assert r"\frac{1}{(2\pi)^{2}} \int_{[-\pi,\pi]^{2}}" in plane
    assert plane.endswith(r"\,d\theta_{1}\,d\theta_{2}\end{aligned}")
