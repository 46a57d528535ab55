"""Named kernels against SciPy, PyWavelets and what defines them."""

import numpy as np
import pytest
import pywt
import sympy as sp
from scipy import ndimage

import symconv as sc
from symconv.errors import BudgetError, KernelError, SymconvError

sigma = sp.Symbol("sigma", positive=True)
m = sp.Symbol("m")


def array(kernel):
    return np.array(kernel.tolist(), dtype=float)


def impulse(function, ndim=2, **arguments):
    """What a correlation of SciPy's weighs pixels by."""
    image = np.zeros((5,) * ndim)
    image[(2,) * ndim] = 1
    response = function(image, mode="constant", **arguments)
    return response[(slice(1, 4),) * ndim][(slice(None, None, -1),) * ndim]


@pytest.mark.parametrize("ndim", [1, 2, 3])
@pytest.mark.parametrize("axis", [0, -1])
def test_derivatives_are_scipys(ndim, axis):
    assert (
        array(sc.kernels.sobel(axis, ndim=ndim)) == impulse(ndimage.sobel, ndim, axis=axis)
    ).all()
    assert (
        array(sc.kernels.prewitt(axis, ndim=ndim)) == impulse(ndimage.prewitt, ndim, axis=axis)
    ).all()
    assert (array(sc.kernels.laplacian(ndim)) == impulse(ndimage.laplace, ndim)).all()


@pytest.mark.parametrize("name", ["sobel", "prewitt", "scharr"])
def test_derivatives_of_planes(name):
    """Zero on what is flat, and along the axis the slope times their gain."""
    made = getattr(sc.kernels, name)
    for axis in (0, 1):
        K = np.array(made(axis).tolist())
        ramp = np.indices((3, 3))
        assert (K * ramp[1 - axis]).sum() == K.sum() == 0
        assert (K * ramp[axis]).sum() == {"sobel": 8, "prewitt": 6, "scharr": 32}[name]
        assert made(axis).separable()
        assert (made(1 - axis).tolist() == K.T).all()


def test_laplacian_of_squares():
    for ndim in (1, 2, 3):
        squares = (np.indices((3,) * ndim) ** 2).sum(axis=0)
        assert (np.array(sc.kernels.laplacian(ndim).tolist()) * squares).sum() == 2 * ndim


def test_means():
    assert sc.kernels.box((2, 3)).entries == (sp.Rational(1, 6),) * 6
    assert sc.kernels.box(3, normalised=False) == sc.Kernel([1, 1, 1])
    assert sc.conv(sc.kernels.box(3), 9, stride=3) == sc.avg_pool(9, 3)
    two = sc.kernels.box(2)
    assert sc.kernels.binomial(5) == two.convolve(two).convolve(two).convolve(two)
    assert sc.kernels.binomial(1) == sc.kernels.delta(1)
    assert sum(sc.kernels.binomial((3, 4)).entries) == 1


def test_gaussian():
    assert sc.kernels.gaussian(4, normalised=False)[0] == sp.exp(-sp.Rational(9, 8) / sigma**2)
    K = sc.kernels.gaussian((3, 5))
    assert sp.simplify(sum(K.entries) - 1) == 0
    assert K.free_symbols == {sigma}
    numbers = array(sc.kernels.gaussian(9, 1))
    reference = ndimage.gaussian_filter1d(np.eye(1, 9, 4)[0], 1.0, truncate=4.0, mode="constant")
    assert np.abs(numbers - reference).max() < 1e-12
    with pytest.raises(KernelError, match="a standard deviation is positive"):
        sc.kernels.gaussian(3, 0)


def test_delta():
    K = sc.Kernel.symbolic("k", (2, 3))
    assert sc.kernels.delta((1, 1)).convolve(K) == K
    assert sc.conv(sc.kernels.delta((3, 3)), (m, m), padding=1) == sc.identity((m, m))
    assert sc.kernels.delta(3, at=-1) == sc.Kernel([0, 0, 1])
    with pytest.raises(KernelError, match="no middle"):
        sc.kernels.delta(2)
    with pytest.raises(KernelError, match="one index"):
        sc.kernels.delta((3, 3), at=1)


@pytest.mark.parametrize("moments", [1, 2])
def test_wavelets_are_what_the_equations_give(moments):
    bank = sc.kernels.daubechies(moments)
    w = sc.Kernel.symbolic("w", 2 * moments)
    rows = sc.orthogonality(sc.conv(w, 2 * m, stride=2))
    solved = rows.where(*sc.vanishing_moments(w, moments, lowpass=True)).solve().real
    low, high = (bank.tolist()[o][0] for o in (0, 1))
    assert any(
        all(sp.expand(point[k] - tap) == 0 for k, tap in zip(w.entries, low, strict=True))
        for point in solved
    )
    assert all(sp.expand(moment) == 0 for moment in sc.vanishing_moments(high, moments))
    reference = np.array(pywt.Wavelet(f"db{moments}").rec_lo)
    assert np.abs(np.array(low, dtype=float) - reference).max() < 1e-12
    C = sc.conv(bank, 2 * m, stride=2)
    assert sc.identity(C.output_size, 2) == C @ C.T
    whole = sc.conv(bank, 8, stride=2, padding=((0, 2 * moments - 2),), padding_mode="circular")
    assert sc.identity(8) == whole.T @ whole


def test_refusals():
    with pytest.raises(SymconvError, match="no number from 1 to 2"):
        sc.kernels.daubechies(3)
    with pytest.raises(SymconvError, match="no axis 2"):
        sc.kernels.sobel(2)
    with pytest.raises(SymconvError, match="ndim=0"):
        sc.kernels.laplacian(0)
    with pytest.raises(BudgetError, match="1000000 entries of a kernel are more than 10000"):
        sc.kernels.box((1000, 1000))


def test_the_module_is_the_folder():
    """One name, one thing, whatever is imported first."""
    import symconv.kernels.composition  # noqa: F401

    assert sc.kernels.__name__ == "symconv.kernels"
    assert {"sobel", "gaussian", "haar"} <= set(sc.kernels.__all__)
