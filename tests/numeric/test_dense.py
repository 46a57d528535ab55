"""Numbers: the symbolic matrix at a point is what NumPy and Python's integers give."""

from fractions import Fraction
from math import prod

import hypothesis.strategies as st
import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from strategies import build, geometries, number

import symconv as sc
from symconv.errors import ExactOverflowError, KernelError, SymconvError
from symconv.operators.convolution import Convolution

EXAMPLES = settings(max_examples=60, deadline=None)
K = sc.Kernel.symbolic("k", (2, 2))
C = sc.conv(K, (3, 3))
LARGE = 2**63 - 1


@EXAMPLES
@given(geometries(), st.data())
def test_gram_at_a_point_is_numpys_product(drawn, data):
    operator = build(drawn)
    size = operator.provenance.kernel.size
    taps = prod(size)
    entries = data.draw(st.lists(st.integers(-9, 9), min_size=taps, max_size=taps))
    values = np.array(entries).reshape(size)
    A = sc.to_numpy(operator, values)
    assert (sc.to_numpy(operator.T @ operator, values) == A.T @ A).all()
    assert (sc.to_numpy(operator @ operator.T, values) == A @ A.T).all()
    assert A.dtype == np.int64


@EXAMPLES
@given(geometries())
def test_numeric_kernels_need_no_values(drawn):
    operator = number(drawn)
    assert sp.Matrix(sc.to_numpy(operator)) == operator.as_explicit()


def test_a_batch_of_kernels():
    values = np.random.default_rng(0).integers(-9, 9, (4, 5, 2, 2))
    gram = sc.to_numpy(C @ C.T, values, batch=True)
    assert gram.shape == (4, 5, 4, 4)
    for batch in np.ndindex(4, 5):
        A = sc.to_numpy(C, values[batch])
        assert (gram[batch] == A @ A.T).all()


def test_a_batch_as_a_mapping():
    a, b = sp.symbols("a b")
    operator = sc.conv([a, b, a], 4)
    result = sc.to_numpy(operator, {a: [1, 2], b: 7}, batch=True)
    assert result.tolist() == [[[1, 7, 1, 0], [0, 1, 7, 1]], [[2, 7, 2, 0], [0, 2, 7, 2]]]
    assert (sc.to_numpy(operator, [1, 7, 1]) == result[0]).all()


@given(st.lists(st.integers(-(10**30), 10**30), min_size=4, max_size=4))
def test_large_integers_stay_exact(entries):
    values = np.array(entries, dtype=object).reshape(2, 2)
    exact = sc.to_numpy(C @ C.T, values, dtype=object)
    A = np.array(C.subs(dict(zip(K.entries, entries, strict=True))).as_explicit().tolist())
    expected = A.dot(A.T)
    assert exact.tolist() == [[int(v) for v in row] for row in expected]
    if max(abs(int(v)) for v in expected.flat) > LARGE:
        with pytest.raises(ExactOverflowError):
            sc.to_numpy(C @ C.T, values)
    else:
        assert sc.to_numpy(C @ C.T, values).tolist() == exact.tolist()


def test_the_largest_int64_fits_and_one_more_does_not():
    line = sc.conv(sc.Kernel.symbolic("k", 2), 2)
    assert sc.to_numpy(line, [LARGE, -LARGE]).dtype == np.int64
    with pytest.raises(ExactOverflowError, match=str(2**63)):
        sc.to_numpy(line, [2**63, -1])
    assert sc.to_numpy(line, [2**63, -1], dtype=object).tolist() == [[2**63, -1]]
    assert sc.to_numpy(line, [2**63, -1], dtype=float).tolist() == [[2.0**63, -1.0]]
    gram = line.T @ line
    assert sc.to_numpy(gram, [3037000499, 1])[0, 0] == 3037000499**2
    with pytest.raises(ExactOverflowError):
        sc.to_numpy(gram, [3037000500, 1])


def test_fractions_are_exact_as_objects_and_floats_otherwise():
    line = sc.conv(["1/3", 2], 2)
    assert sc.to_numpy(line, dtype=object).tolist() == [[Fraction(1, 3), 2]]
    assert sc.to_numpy(line).tolist() == [[1 / 3, 2.0]]
    at_third = sc.to_numpy(C, {symbol: Fraction(1, 3) for symbol in K.entries}, dtype=object)
    assert at_third[0, 0] == Fraction(1, 3)
    assert (at_third @ at_third.T)[0, 0] == Fraction(4, 9)


def test_floats_and_complex_numbers():
    values = np.array([[0.5, 1.5], [2.0, -1.0]])
    A = sc.to_numpy(C, values)
    assert (A.dtype, A[0, 1]) == (np.float64, 1.5)
    assert sc.to_numpy(C @ C.T, values * 1j).dtype == np.complex128
    assert (sc.to_numpy(C @ C.T, values * 1j) == -A @ A.T).all()


def test_irrational_entries_are_floating_point():
    sigma = sp.Symbol("sigma")
    gauss = sc.conv([sp.exp(-(x**2) / (2 * sigma**2)) for x in (-1, 0, 1)], 5)
    gram = gauss @ gauss.T
    expected = np.array(gram.as_explicit().subs(sigma, 2).evalf(30).tolist(), dtype=float)
    assert np.allclose(sc.to_numpy(gram, {sigma: 2}), expected, rtol=1e-14)
    root = sc.conv([sp.sqrt(2), 1], 3)
    assert np.allclose(sc.to_numpy(root @ root.T), [[3, 2**0.5], [2**0.5, 3]], rtol=1e-14)


def test_types():
    small = sc.to_numpy(C, [[1, 2], [3, 4]], dtype=np.int8)
    assert small.dtype == np.int8
    assert sc.to_numpy(C, [[1, 2], [3, 4]], dtype=np.float32).dtype == np.float32
    assert (small == sc.to_numpy(C, [[1, 2], [3, 4]])).all()
    assert sc.to_numpy(C - C).tolist() == np.zeros((4, 9)).tolist()


def test_channels():
    kernel = sc.Kernel.symbolic("k", (2,), in_channels=4, out_channels=6, groups=2)
    operator = sc.conv(kernel, 3)
    values = np.arange(1, 25).reshape(6, 2, 2)
    A = sc.to_numpy(operator, values)
    assert A.shape == (12, 12)
    for o, i, (tap,), _ in kernel.weights():
        assert A[o * 2, i * 3 + tap] == values[o, i % 2, tap]
    assert (A != 0).sum() == 2 * values.size
    assert isinstance(operator.provenance, Convolution)
    assert (sc.to_numpy(operator.T @ operator, values) == A.T @ A).all()


@EXAMPLES
@given(geometries(), st.data())
def test_gram_as_objects_is_pythons_product(drawn, data):
    operator = build(drawn)
    size = operator.provenance.kernel.size
    entry = st.one_of(st.integers(-(10**20), 10**20), st.fractions(max_denominator=50))
    entries = data.draw(st.lists(entry, min_size=prod(size), max_size=prod(size)))
    values = dict(zip(operator.provenance.kernel.entries, entries, strict=True))
    A = sc.to_numpy(operator, values, dtype=object)
    assert (sc.to_numpy(operator.T @ operator, values, dtype=object) == A.T @ A).all()


@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_shapes(ndim):
    operator = sc.conv(sc.Kernel.symbolic("k", (2,) * ndim), range(2, 2 + ndim))
    outputs, pixels = [prod(range(start, start + ndim)) for start in (1, 2)]
    values = np.ones((7, *(2,) * ndim), dtype=int)
    assert sc.to_numpy(operator, values, batch=True).shape == (7, outputs, pixels)
    assert sc.to_numpy(operator, values[0]).sum(axis=1).tolist() == [2**ndim] * outputs


def test_the_smallest_int64_fits_and_one_less_does_not():
    line = sc.conv(sc.Kernel.symbolic("k", 2), 2)
    for dtype in (None, np.int64):
        with pytest.raises(ExactOverflowError, match=str(-(2**63) - 1)):
            sc.to_numpy(line, [-(2**63) - 1, 1], dtype=dtype)
        assert sc.to_numpy(line, [-(2**63), 1], dtype=dtype).tolist() == [[-(2**63), 1]]


def test_partial_sums_may_pass_int64():
    """k0^2 - k1^2 fits, its two terms do not."""
    a, b = sp.symbols("a b")
    line = sc.conv([a**2 - b**2], 1)
    large = 2**40
    assert sc.to_numpy(line, {a: large + 1, b: large}).tolist() == [[2 * large + 1]]
    assert sc.to_numpy(line, {a: large, b: large}).dtype == np.int64


@pytest.mark.parametrize("kind", [np.uint8, np.int8, np.uint64])
def test_small_types_do_not_wrap(kind):
    values = np.full((2, 2), 127, dtype=kind)
    assert sc.to_numpy(C @ C.T, values)[0, 0] == 4 * 127**2


def test_objects_may_be_floats():
    expected = sc.to_numpy(C, [[0.5, 1], [2, 3]])
    assert (sc.to_numpy(C, np.array([[0.5, 1], [2, 3]], dtype=object)) == expected).all()
    line = sc.conv(sc.Kernel.symbolic("k", 2), 2)
    assert sc.to_numpy(line, [2**70, 0.5]).tolist() == [[2.0**70, 0.5]]


def test_an_empty_batch():
    empty = np.zeros((0, 2, 2), dtype=int)
    assert sc.to_numpy(C @ C.T, empty, batch=True).shape == (0, 4, 4)


def test_batches_of_channels_and_of_floats():
    kernel = sc.Kernel.symbolic("k", (2,), in_channels=2, out_channels=3)
    gram = (lambda D: D.T @ D)(sc.conv(kernel, 4, stride=2))
    values = np.random.default_rng(1).normal(size=(3, *kernel.shape))
    batch = sc.to_numpy(gram, values, batch=True)
    assert batch.shape == (3, 8, 8)
    for one, single in zip(values, batch, strict=True):
        assert np.allclose(sc.to_numpy(gram, one), single, rtol=1e-14)


def test_values_have_the_shape_of_the_kernel_or_of_a_frameworks_weight():
    """A weight (1, 1, k, k) is one kernel, and nothing else is taken without being asked for."""
    K = sc.Kernel.symbolic("k", (3, 3))
    layer = sc.conv(K, (8, 8))
    weight = np.random.default_rng(2).integers(-9, 9, (1, 1, 3, 3))
    one = sc.to_numpy(layer, weight)
    assert one.shape == (36, 64)
    assert (one == sc.to_numpy(layer, weight[0, 0])).all()
    assert (sc.to_scipy(layer, weight).toarray() == one).all()
    assert (sc.to_linear_operator(layer, weight) @ np.eye(64) == one).all()
    sc.testing.assert_lowering(layer, weight)
    gram = sc.orthogonality(sc.conv(K, (4, 4)))
    assert gram.holds(weight) is gram.holds(weight[0, 0]) is False
    identity = np.zeros((1, 1, 3, 3), dtype=int)
    identity[0, 0, 1, 1] = 1
    assert gram.holds(identity)


@pytest.mark.parametrize(
    "shape", [(9,), (2, 3, 3), (1, 3, 3), (1, 1, 1, 3, 3), (3, 3, 1, 1), (5, 1, 1, 3, 3), ()]
)
def test_other_shapes_are_refused_and_the_right_ones_named(shape):
    layer = sc.conv(sc.Kernel.symbolic("k", (3, 3)), (4, 4))
    weight = np.ones(shape, dtype=int)
    calls = (
        sc.to_numpy, sc.to_scipy, sc.to_linear_operator, sc.testing.assert_lowering,
        lambda operator, values: sc.orthogonality(operator).holds(values),
    )  # fmt: skip
    for call in calls:
        with pytest.raises(KernelError) as caught:
            call(layer, weight)
        for word in (str(shape), "(3, 3)", "(1, 1, 3, 3)", "batch=True"):
            assert word in str(caught.value)


def test_a_batch_is_asked_for():
    a, b = sp.symbols("a b")
    line = sc.conv([a, b], 3)
    with pytest.raises(KernelError, match="batch=True"):
        sc.to_numpy(line, {a: [1, 2], b: 7})
    with pytest.raises(KernelError, match=r"\(3, 5\): a batch ends in the kernel's \(2,\)"):
        sc.to_numpy(line, np.ones((3, 5)), batch=True)
    with pytest.raises(SymconvError, match="batch=1 is neither"):
        sc.to_numpy(line, [1, 2], batch=1)
    assert sc.to_numpy(line, [1, 2], batch=True).shape == (2, 3)
    layered = sc.conv(sc.Kernel.symbolic("k", 2, in_channels=2, out_channels=3), 4)
    weight = np.arange(12).reshape(3, 2, 2)
    assert sc.to_numpy(layered, weight).shape == (9, 8)
    with pytest.raises(KernelError, match=r"have the shape \(3, 2, 2\); to_numpy"):
        sc.to_numpy(layered, weight[None])
    assert sc.to_numpy(layered, weight[None], batch=True).shape == (1, 9, 8)


def test_a_function_of_an_unknown_name_is_not_called():
    f, a = sp.Function("print"), sp.Symbol("a")
    with pytest.raises(KernelError, match=r"print\(a\) has no value"):
        sc.to_numpy(sc.conv([f(a), 1], 3), {a: 1})
