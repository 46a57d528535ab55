"""Bounds on the largest singular value against LAPACK, exact maxima against a fine grid."""

from itertools import product
from random import Random

import numpy as np
import pytest
import sympy as sp

import symconv as sc
from symconv.errors import ShapeError, SymconvError
from symconv.spectra.integer_matrices import (
    bound_of_gram,
    exact_product,
    has_positive_discs,
    rayleigh_quotient,
    root_above,
    smaller_gram,
)
from symconv.spectra.trigonometric import TrigPolynomial

n = sp.Symbol("n")
# LAPACK's own error, relative; the bounds have none.
ROUNDING = 1e-10


def largest(C):
    matrix = sc.to_numpy(C).astype(float)
    return np.linalg.svd(matrix, compute_uv=False)[0] if matrix.any() else 0.0


def random_layer(random, ndim):
    """A small layer of any geometry; kernels with many zeros and fractions are among them."""
    size = [random.randint(1, 4 if ndim == 1 else 3) for _ in range(ndim)]
    ins, outs = random.choice([(1, 1), (1, 1), (1, 2), (2, 1), (2, 3)])
    count = ins * outs * int(np.prod(size))
    entries = [
        sp.Rational(random.randint(-5, 5), random.choice([1, 1, 2, 3])) for _ in range(count)
    ]
    K = sc.Kernel.from_weight(sp.ImmutableDenseNDimArray(entries, (outs, ins, *size)))
    stride, dilation = random.choice([1, 1, 2, 3]), random.choice([1, 1, 2])
    mode = random.choice(["zeros", "zeros", "circular", "reflect", "replicate"])
    reach = [dilation * (k - 1) for k in size]
    image = [max(reach) + random.randint(1, 5) for _ in range(ndim)]
    padding = [(random.randint(0, r), random.randint(0, r)) for r in reach]
    C = sc.conv(K, image, stride=stride, padding=padding, dilation=dilation, padding_mode=mode)
    return C.T if random.random() < 0.2 else C


def check(C):
    found, truth = sc.lipschitz(C), largest(C)
    for bound in found.bounds:
        value = float(sp.sqrt(sp.N(bound.squared, 20)))
        if bound.side == "upper":
            assert value >= truth * (1 - ROUNDING), (C, str(bound), truth)
        else:
            assert value <= truth * (1 + ROUNDING), (C, str(bound), truth)
    assert found.lower.squared <= found.upper.squared
    return found, truth


@pytest.mark.parametrize("seed", range(200))
def test_no_bound_is_violated_on_one_axis(seed):
    check(random_layer(Random(seed), 1))


@pytest.mark.parametrize("seed", range(30))
def test_no_bound_is_violated_on_two_axes(seed):
    check(random_layer(Random(seed), 2))


def test_both_sides_meet_for_a_small_matrix():
    found, truth = check(sc.conv([[1, 2, 0], [0, -1, 3], [2, 2, 1]], (6, 6), padding=1))
    assert found.upper.name == "Gershgorin discs of the Gram matrix"
    assert found.lower.name == "Rayleigh quotient"
    assert float(found.upper.value - found.lower.value) < 1e-9 * truth


@pytest.mark.parametrize("taps", [[1, 2, 1], [1, -2, 1], [1, 2, -1], [3, 1, 0, -2]])
def test_the_maximum_of_the_symbol_is_the_limit(taps):
    """Zero-padded images come near it from below, as their size grows."""
    upper = sc.lipschitz(sc.conv(taps, n))["maximum of the symbol"]
    norms = [largest(sc.conv(taps, size)) for size in (10, 40, 160)]
    assert norms == sorted(norms)
    assert 0.999 * float(upper.value) < norms[-1] < float(upper.value)


def test_circular_padding_attains_it():
    C = sc.conv([1, 2, -1], 8, padding=1, padding_mode="circular")
    assert sc.lipschitz(C)["maximum of the symbol"].squared == 8
    assert abs(largest(C) ** 2 - 8) < 1e-12
    ones = sc.conv([1, 2, 1], 5, padding=1, padding_mode="circular")
    found = sc.lipschitz(ones)
    assert found["the frequency 0"].squared == found["maximum of the symbol"].squared == 16


def test_circular_rows_that_are_computed_twice_are_not_bounded_by_the_symbol():
    """Five windows a round on three pixels: the norm is larger than max |symbol|."""
    C = sc.conv([1, 1], 3, padding=((2, 2),), padding_mode="circular")
    assert C.shape[0] > 3
    found, truth = check(C)
    assert truth > 2
    assert all(bound.name != "maximum of the symbol" for bound in found.bounds)


def test_a_symbolic_size_has_bounds_that_hold_at_every_size():
    found = sc.lipschitz(sc.conv([2, -1, 3], n, padding=1))
    for size in range(1, 12):
        truth = largest(sc.conv([2, -1, 3], size, padding=1))
        assert float(found.lower.value) <= truth * (1 + ROUNDING)
        assert truth <= float(found.upper.value) * (1 + ROUNDING)


def test_a_product_has_the_product_of_bounds_and_its_own():
    first, second = sc.conv([1, 2, 1], 12), sc.conv([1, -2, 1], 10)
    found, _ = check(second @ first)
    each = [sc.lipschitz(C).upper.squared for C in (first, second)]
    assert found["product of the factors' bounds"].squared == sp.prod(each)
    # Where one layer is large the other is small: the product's own bound is the better one.
    assert sp.N(found.upper.squared) < sp.N(sp.prod(each)) / 4


def test_formulas_for_kernels_of_symbols():
    K = sc.Kernel.symbolic("k", 3)
    found = sc.lipschitz(sc.conv(K, 2 * n, stride=2))
    k0, k1, k2 = map(sp.Abs, K.entries)
    assert found.upper.squared == (k0 + k1 + k2) * sp.Max(k1, k0 + k2)
    with pytest.raises(SymconvError, match="no lower bound"):
        assert found.lower


def test_groups_are_bounded_one_by_one():
    weight = [[[1, 2, -1]], [[3, 0, 1]]]
    found, _ = check(sc.conv(sc.Kernel.from_weight(weight, groups=2), 9, padding=1))
    each = [sc.lipschitz(sc.conv(taps[0], 9))["maximum of the symbol"].squared for taps in weight]
    assert found["maximum of the symbol"].squared == max(each) == 16
    K = sc.Kernel.symbolic("k", 1, in_channels=2, out_channels=2, groups=2)
    assert sc.lipschitz(sc.conv(K, n)).upper.squared == sp.Max(*(e**2 for e in K.entries))


def test_refusals():
    with pytest.raises(ShapeError, match=r"take at\(\) first"):
        sc.lipschitz(sc.conv([1, 2], n, padding=1, padding_mode="reflect"))
    with pytest.raises(SymconvError, match="bound 'best' is not one of row and column sums"):
        sc.lipschitz(sc.conv([1, 2], 3))["best"]


def test_a_kernel_of_zeros():
    found, truth = check(sc.conv([0, 0], 4))
    assert truth == 0
    assert found.upper.squared == found.lower.squared == sp.Integer(0)


def test_numbers_are_printed_on_their_safe_side():
    found = sc.lipschitz(sc.conv([1, 2, -1], 8))
    for bound in found.bounds:
        shown, exact = sp.Rational(bound.shown), sp.N(bound.value, 40)
        assert shown >= exact if bound.side == "upper" else shown <= exact
    assert r"\sigma_{\max} &\leq 2.82843 && \text{maximum of the symbol}" in sp.latex(found)


LAYERS = {
    "VGG, 3x3, 3 to 16": (16, 3, 3, 1, 1, 8),
    "VGG, 3x3, 3 to 64": (64, 3, 3, 1, 1, 8),
    "ResNet, 7x7 stride 2, 3 to 8": (8, 3, 7, 2, 3, 12),
    "ResNet, 3x3 stride 2, 4 to 8": (8, 4, 3, 2, 1, 8),
}


@pytest.mark.parametrize("name", LAYERS)
def test_shapes_of_known_networks(name):
    outs, ins, k, stride, padding, size = LAYERS[name]
    weight = np.random.default_rng(0).integers(-99, 100, (outs, ins, k, k)).tolist()
    C = sc.conv(sc.Kernel.from_weight(weight), (size, size), stride=stride, padding=padding)
    found, truth = check(C)
    assert float(found.upper.value) < 2 * truth
    assert float(found.lower.value) > 0.7 * truth


# --- maxima ----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(12))
def test_certified_maxima_against_a_grid(seed):
    random = Random(seed)
    shape = random.choice([(3,), (5,), (2, 2), (3, 2), (3, 3), (2, 2, 2)])
    entries = [random.randint(-4, 4) for _ in range(int(np.prod(shape)))]
    K = sc.Kernel(np.reshape(entries, shape).tolist())
    found = TrigPolynomial(sc.autocorrelation(K)).maximum
    grid = (
        np.abs(np.fft.fftn(np.reshape(entries, shape), [96] * len(shape), range(len(shape)))) ** 2
    )
    assert grid.max() <= float(found.high) * (1 + 1e-12)
    assert float(found.low) <= float(found.high)
    assert grid.max() >= float(found.low) * 0.99
    if len(shape) < 3:
        assert float(found.high - found.low) <= 1.1e-6 * float(found.high)


def test_lags_on_one_line_are_one_axis():
    ridge = {(0, 0): sp.Integer(2), (1, -2): sp.Integer(1), (-2, 4): sp.Rational(1, 3)}
    found = TrigPolynomial(ridge).maximum
    assert (found.low, found.high, found.boxes) == (sp.Rational(10, 3), sp.Rational(10, 3), 0)


def test_the_range_of_a_polynomial_in_cosines():
    p = TrigPolynomial({(0,): sp.Integer(1), (3,): sp.Integer(-2)})
    assert p.range == (-1, 3)
    assert p.at((sp.Rational(1, 6),)) == 3
    assert abs(p.number_at((sp.Rational(1, 6),)) - 3) < 1e-12


# --- integer matrices ------------------------------------------------------------------------


def test_positive_discs_prove_definiteness():
    proven = 0
    for a, b, c, d, e, f in product((-1, 0, 1, 2), (-1, 1), (0, 1), (1, 2, 3), (-1, 0, 2), (1, 3)):
        matrix = np.array([[a, b, c], [b, d, e], [c, e, f]], dtype=object)
        if has_positive_discs(matrix):
            proven += 1
            exact = sp.Matrix(matrix.tolist())
            assert all(exact[:i, :i].det() > 0 for i in (1, 2, 3))
    assert proven > 3


@pytest.mark.parametrize("size", [2, 7, 40, 130])
def test_bounds_of_gram_matrices_are_tight_and_never_below(size):
    matrix = np.random.default_rng(size).integers(-9, 10, (size, size + 3)).astype(object)
    bound, quotient = bound_of_gram(smaller_gram(matrix)), rayleigh_quotient(matrix)
    assert quotient <= bound
    assert size > 128 or bound - quotient < 1e-8 * bound


def test_roots_are_rounded_up():
    for value, order in product((0, 1, 2, 15, 16, 17, 10**40 + 1), (1, 2, 4, 8)):
        root = root_above(value, order)
        assert root**order >= value
        assert value == 0 or (root * (1 - sp.Rational(1, 2**55))) ** order < value


def test_large_integers_stay_exact():
    huge = np.array([[3**50, 1], [2, 5**40]], dtype=object)
    assert (exact_product(huge, huge) == huge @ huge).all()
    gram = huge @ huge.T
    assert rayleigh_quotient(huge) <= bound_of_gram(gram)
    assert bound_of_gram(gram) - rayleigh_quotient(huge) < 1e-9 * bound_of_gram(gram)
