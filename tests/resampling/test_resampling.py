"""Operators that move pixels, against NumPy, PyTorch and each other."""

import numpy as np
import pytest
import sympy as sp

import symconv as sc
from symconv.errors import GeometryError, SymconvError
from symconv.operators.padding import PADDING_MODES
from symconv.testing.exact import NUMPY_MODES, assert_adjoint

n = sp.Symbol("n")
X = np.arange(1, 21).reshape(4, 5) ** 2
IMAGE = (4, 5)


def run(operator, x):
    return (sc.to_numpy(operator) @ x.ravel()).reshape(operator.output_size)


@pytest.mark.parametrize("mode", PADDING_MODES)
def test_pad(mode):
    padded = np.pad(X, ((1, 2), (3, 0)), mode=NUMPY_MODES[mode])
    assert (run(sc.pad(IMAGE, ((1, 2), (3, 0)), padding_mode=mode), X) == padded).all()


def test_crop_and_its_transpose():
    crop = sc.crop(IMAGE, ((1, 0), (1, 2)))
    assert (run(crop, X) == X[1:, 1:3]).all()
    assert sc.pad((3, 2), ((1, 0), (1, 2))) == crop.T
    with pytest.raises(GeometryError, match="'same' is not a number"):
        sc.crop(4, "same")


def test_zero_insertion_flip_and_shift():
    stuffed = np.zeros((7, 13), dtype=int)
    stuffed[::2, ::3] = X
    assert (run(sc.zero_insertion(IMAGE, (2, 3)), X) == stuffed).all()
    assert (run(sc.flip(IMAGE), X) == X[::-1, ::-1]).all()
    assert sc.flip(n) @ sc.flip(n) == sc.identity(n)
    assert (run(sc.shift(IMAGE, (1, -2), circular=True), X) == np.roll(X, (1, -2), (0, 1))).all()
    assert sc.shift(5, -2) == sc.shift(5, 2).T
    assert sc.shift(5, 2) @ sc.shift(5, -2) != sc.identity(5)


@pytest.mark.parametrize("factor", [2, 3, (2, 1)])
def test_upsample_nearest(factor):
    rows, cols = factor if isinstance(factor, tuple) else (factor, factor)
    expected = X.repeat(rows, axis=0).repeat(cols, axis=1)
    assert (run(sc.upsample_nearest(IMAGE, factor), X) == expected).all()


@pytest.mark.parametrize("factor", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("size", [1, 2, 5])
def test_upsample_linear_is_interpolation(factor, size):
    """np.interp at the centres of the output pixels, constant beyond the last ones."""
    at = (np.arange(size * factor) + 0.5) / factor - 0.5
    for pixel in range(size):
        line = np.interp(at, np.arange(size), np.eye(size)[pixel])
        column = sc.to_numpy(sc.upsample_linear(size, factor), dtype=float)[:, pixel]
        assert np.allclose(line, column, rtol=0, atol=1e-15)


def test_upsample_linear_in_two_dimensions_is_a_kronecker_product():
    rows, cols = (sc.to_numpy(sc.upsample_linear(k, f), dtype=object) for k, f in ((3, 2), (2, 3)))
    both = sc.to_numpy(sc.upsample_linear((3, 2), (2, 3)), dtype=object)
    assert (np.kron(rows, cols) == both).all()


def test_pixel_shuffle():
    torch = pytest.importorskip("torch")
    x = torch.arange(48.0).reshape(1, 8, 2, 3)
    P = sc.pixel_shuffle((2, 3), 2, channels=2)
    assert P.shape == (48, 48)
    expected = torch.nn.functional.pixel_shuffle(x, 2).numpy().ravel()
    assert (sc.to_numpy(P) @ x.numpy().ravel() == expected).all()
    assert sc.identity((2, 3), channels=8) == P.T @ P
    assert sc.identity((4, 6), channels=2) == P @ P.T


def test_sub_pixel_convolution_is_a_transposed_convolution():
    """Shi et al. 2016: shuffle the four phases of a 4-tap kernel, or stuff and convolve."""
    k = sc.Kernel.symbolic("k", 4)
    phases = sc.Kernel.from_weight([[[k[2], k[0]]], [[k[3], k[1]]]])
    shuffled = sc.pixel_shuffle(n + 1, 2) @ sc.conv(phases, n, padding=1)
    assert shuffled == sc.conv_transpose(k, n, stride=2)


def test_pooling():
    torch = pytest.importorskip("torch")
    x = torch.tensor(X[None, None].astype(float))
    for include in (True, False):
        for window, stride, padding in ((2, 2, 0), (3, 1, 1), ((2, 3), (1, 2), (1, 1)), (3, 3, 1)):
            A = sc.avg_pool(
                IMAGE, window, stride=stride, padding=padding, count_include_pad=include
            )
            expected = torch.nn.functional.avg_pool2d(
                x, window, stride, padding, count_include_pad=include
            )
            assert np.allclose(run(A, X), expected.numpy()[0, 0], rtol=1e-14)
    assert (run(sc.sum_pool(IMAGE, 2), X) == X[:, :4].reshape(2, 2, 2, 2).sum((1, 3))).all()


def test_pooling_for_every_size():
    A = sc.avg_pool(2 * n, 2)
    assert sc.identity(n) / 2 == A @ A.T
    assert 2 * A.T @ A @ (A.T @ A) == A.T @ A
    counted = sc.avg_pool(n, 3, stride=1, padding=1, count_include_pad=False)
    assert counted.at({n: 5}) == sc.avg_pool(5, 3, stride=1, padding=1, count_include_pad=False)
    ones = [1] * 5
    assert list(counted.at({n: 5}) @ ones) == ones
    with pytest.raises(GeometryError, match="0/0"):
        sc.avg_pool(4, 1, stride=1, padding=1, count_include_pad=False)


def test_nearest_upsampling_then_convolution():
    K = sc.Kernel.symbolic("k", 3)
    composed = sc.conv(K, 2 * n, padding=1) @ sc.upsample_nearest(n, 2)
    a, b, c = K.entries
    assert composed == sc.conv_transpose([c, b + c, a + b, a], n, stride=2, padding=1)


@pytest.mark.parametrize(
    "operator",
    [
        sc.pad(3, 2, channels=2),
        sc.flip((2, 3), channels=2),
        sc.pixel_shuffle(2, 2),
        sc.upsample_linear(3, 2, channels=2),
        sc.avg_pool(4, 2, channels=2, count_include_pad=False, padding=((1, 1),)),
    ],
    ids=str,
)
def test_transposes_and_channels(operator):
    assert_adjoint(operator)
    matrix = operator.as_explicit()
    if operator.in_channels == operator.out_channels == 2:
        half = matrix[: matrix.rows // 2, : matrix.cols // 2]
        assert matrix == sp.diag(half, half)


def test_bad_arguments():
    for call in (
        lambda: sc.pad(3, 1, channels=0),
        lambda: sc.pixel_shuffle(3, 0),
        lambda: sc.shift(3, 1.5),
        lambda: sc.upsample_nearest(3, (2, 2)),
    ):
        with pytest.raises(SymconvError):
            call()
