"""Matrix-free operators: the same numbers as the matrix, and exact adjoints."""

from fractions import Fraction

import hypothesis.strategies as st
import numpy as np
import pytest
import reference
import scipy.signal
import sympy as sp
from hypothesis import given, settings
from strategies import build, geometries

import symconv as sc
from symconv.errors import ExactOverflowError
from symconv.matrix_free import correlation

EXAMPLES = settings(max_examples=60, deadline=None)
RNG = np.random.default_rng(0)


def drawn_image(data, count):
    return np.array(data.draw(st.lists(st.integers(-99, 99), min_size=count, max_size=count)))


@EXAMPLES
@given(geometries(), st.data())
def test_integers_are_those_of_the_plain_loops(drawn, data):
    operator = build(drawn)
    kernel = operator.provenance.kernel
    weights = drawn_image(data, len(kernel.entries)).reshape(kernel.size)
    matrix = np.array(reference.conv_matrix(weights, *drawn))
    x, y = (drawn_image(data, size) for size in matrix.shape[::-1])
    found = sc.to_linear_operator(operator, weights)
    assert (found @ x == matrix @ x).all()
    assert (found.rmatvec(y) == matrix.T @ y).all()
    gram = sc.to_linear_operator(operator.T @ operator, weights)
    assert (gram @ x == matrix.T @ (matrix @ x)).all()
    assert (gram @ x).dtype == np.int64


@EXAMPLES
@given(geometries(), st.booleans())
def test_adjoints_of_floats_and_of_complex_numbers(drawn, is_complex):
    operator = build(drawn)
    shape = operator.provenance.kernel.size
    weights = RNG.normal(size=shape) + (1j * RNG.normal(size=shape) if is_complex else 0)
    matrix = sc.to_numpy(operator, weights)
    x, y = (RNG.normal(size=size) + 1j * RNG.normal(size=size) for size in matrix.shape[::-1])
    found = sc.to_linear_operator(operator, weights)
    assert np.allclose(found @ x, matrix @ x, rtol=1e-12, atol=1e-12)
    assert np.allclose(found.rmatvec(y), matrix.conj().T @ y, rtol=1e-12, atol=1e-12)
    assert np.isclose(np.vdot(y, found @ x), np.vdot(found.rmatvec(y), x), rtol=1e-10, atol=1e-10)


LAYERS = {
    "banded products": ((40, 30), (5, 3), {"padding": 1}),
    "banded products with strides": ((41, 30), (5, 4), {"stride": (2, 3), "dilation": (1, 2)}),
    "transforms of blocks": ((300, 170), (21, 17), {"padding": 8}),
    "transforms of a line": ((20000,), (300,), {}),
    "windows of a line": ((500,), (7,), {"stride": 2, "padding": 3, "padding_mode": "circular"}),
    "windows of a volume": ((9, 8, 7), (3, 2, 3), {"padding": 1, "padding_mode": "reflect"}),
    "wide replicate padding": ((30,), (3,), {"padding": 40, "padding_mode": "replicate"}),
}


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("kind", [np.float64, np.float32, np.complex128])
def test_every_way_is_the_matrix(name, kind):
    size, taps, geometry = LAYERS[name]
    layer = sc.conv(sc.Kernel.symbolic("k", taps), size, **geometry)
    weights = RNG.normal(size=taps).astype(kind)
    matrix = sc.to_scipy(layer, weights, dtype=kind)
    x, y = (RNG.normal(size=count).astype(kind) for count in layer.shape[::-1])
    found = sc.to_linear_operator(layer, weights, dtype=kind)
    eps = 1e-3 if kind == np.float32 else 1e-11
    assert (found @ x).dtype == found.rmatvec(y).dtype == kind
    assert np.allclose(found @ x, matrix @ x, rtol=eps, atol=eps)
    assert np.allclose(found.rmatvec(y), matrix.conj().T @ y, rtol=eps, atol=eps)


def test_the_three_ways_agree_and_are_chosen_by_size(monkeypatch):
    ways = ("_by_taps", "_by_bands", "_by_windows", "_by_transforms")
    image = RNG.normal(size=(2, 150, 140))
    weights, positions = RNG.normal(size=(3, 2, 4, 3)), ((0, 1, 4, 9), (0, 2, 3))
    results = [getattr(correlation, way)(image, weights, positions) for way in ways]
    for result in results[1:]:
        assert np.allclose(result, results[0], atol=1e-12)
    taken = []
    for way in ways:
        plain = getattr(correlation, way)
        monkeypatch.setattr(
            correlation, way, lambda *a, w=way, f=plain: (taken.append(w), f(*a))[1]
        )
    square = RNG.normal(size=(1, 256, 256))
    for k in (3, 15):
        kernel = RNG.normal(size=(k, k))
        found = correlation.correlate(square, kernel[None, None], (tuple(range(k)),) * 2)
        assert np.allclose(found[0], scipy.signal.correlate(square[0], kernel, "valid"))
    correlation.correlate(square, RNG.normal(size=(8, 1, 3, 3)), ((0, 1, 2),) * 2)
    assert taken == ["_by_bands", "_by_transforms", "_by_windows"]


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_channels_and_groups(groups):
    kernel = sc.Kernel.symbolic("k", (3, 3), in_channels=4, out_channels=8, groups=groups)
    layer = sc.conv(kernel, (9, 8), stride=2, padding=1)
    weights = RNG.normal(size=kernel.shape)
    matrix = sc.to_numpy(layer, weights)
    x, y = (RNG.normal(size=count) for count in layer.shape[::-1])
    found = sc.to_linear_operator(layer, weights)
    assert np.allclose(found @ x, matrix @ x)
    assert np.allclose(found.rmatvec(y), matrix.T @ y)
    assert np.allclose(sc.to_linear_operator(layer.T, weights) @ y, matrix.T @ y)


def test_products_sums_and_multiples_are_those_of_their_parts():
    a, b, c = sp.symbols("a b c")
    one, other = sc.conv([[a, b], [b, c]], (6, 7)), sc.conv([[c, 1], [2, a]], (6, 7))
    whole = (one.T @ (a * other - one) + sc.identity((6, 7))) / 3
    values = {a: 2, b: -5, c: 7}
    matrix = sc.to_numpy(whole, values)
    found = sc.to_linear_operator(whole, values)
    x = RNG.normal(size=42)
    assert np.allclose(found @ x, matrix @ x)
    assert np.allclose(found.rmatvec(x), matrix.T @ x)
    # A symbol that cancels needs no value.
    assert (sc.to_linear_operator(one - one + other, {a: 2, c: 1}) @ np.ones(42)).any()


def test_columns_are_images():
    layer = sc.conv(sc.Kernel([[1, 2], [3, 4]]), (4, 5))
    found = sc.to_linear_operator(layer)
    assert (found @ np.eye(20, dtype=int) == sc.to_numpy(layer)).all()
    assert (found.rmatmat(np.eye(12, dtype=int)) == sc.to_numpy(layer).T).all()
    assert (found.matvec(np.ones((20, 1), dtype=int)) == 10).all()
    assert (found.adjoint() @ np.ones(12, dtype=int)).sum() == 120


@given(st.integers(0, 90), st.integers(-3, 3))
def test_integers_are_exact_beyond_every_size(bits, more):
    """From floats that hold them through int64 to Python's integers, on both sides of each limit."""
    layer = sc.conv(sc.Kernel([1, -2, 3]), 6)
    x = np.array([(2**bits + more) * (-1) ** i for i in range(6)], dtype=object)
    matrix = sc.to_numpy(layer, dtype=object)
    given_ = x.astype(np.int64) if bits < 62 else x
    for made, expected in ((layer, matrix @ x), (layer.T @ layer, matrix.T @ (matrix @ x))):
        found = sc.to_linear_operator(made) @ given_
        assert found.tolist() == expected.tolist()


def test_sums_and_multiples_of_integers_do_not_wrap():
    layer = sc.conv(sc.Kernel([1]), 2)
    large = np.array([2**62, 3])
    for made in (layer + layer, 2 * layer):
        assert (sc.to_linear_operator(made) @ large).tolist() == [2**63, 6]
    halves = sc.to_linear_operator(layer / 2, dtype=object) @ np.array([1, 4])
    assert halves.tolist() == [Fraction(1, 2), 2]
    unsigned = np.array([2**64 - 1, 1], dtype=np.uint64)
    assert (sc.to_linear_operator(layer) @ unsigned).tolist() == [2**64 - 1, 1]
    with pytest.raises(ExactOverflowError):
        sc.to_linear_operator(100 * layer + 100 * layer, dtype=np.int8)


@pytest.mark.parametrize("taps", [3, 15])
def test_a_pixel_that_is_not_finite_is_seen_by_its_windows_alone(taps):
    layer = sc.conv(sc.Kernel.symbolic("k", (taps, taps)), (150, 150))
    image = np.ones((150, 150))
    image[70, 80] = np.nan
    found = sc.to_linear_operator(layer, np.ones((taps, taps))) @ image.ravel()
    expected = np.full(layer.output_size, taps**2, dtype=float)
    expected[71 - taps : 71, 81 - taps : 81] = np.nan
    assert np.array_equal(found.reshape(layer.output_size), expected, equal_nan=True)
