"""SciPy's convolutions, in integers, against the matrix."""

import numpy as np
import pytest
import scipy.linalg
import scipy.ndimage
import scipy.signal

import symconv as sc

DRAW = np.random.default_rng(7)
LENGTHS = [(n, k) for n in (3, 5, 8) for k in (1, 2, 3) if k <= n]


def integers(*shape):
    return DRAW.integers(-9, 10, shape)


def image(operator, x):
    return (sc.to_numpy(operator) @ x.ravel()).reshape(operator.output_size)


@pytest.mark.parametrize(("n", "k"), LENGTHS)
@pytest.mark.parametrize("mode", ["valid", "full"])
def test_correlate(n, k, mode):
    x, w = integers(n), integers(k)
    C = sc.conv(sc.Kernel(w), n, padding=mode)
    assert (image(C, x) == scipy.signal.correlate(x, w, mode)).all()
    assert (
        image(sc.conv(sc.Kernel(w).flip(), n, padding=mode), x) == np.convolve(x, w, mode)
    ).all()


@pytest.mark.parametrize(("n", "k"), LENGTHS)
def test_correlate_same_puts_the_odd_pixel_first(n, k):
    x, w = integers(n), integers(k)
    C = sc.conv(sc.Kernel(w), n, padding=((k // 2, (k - 1) // 2),))
    assert (image(C, x) == scipy.signal.correlate(x, w, "same")).all()


BOUNDARIES = {"fill": "zeros", "wrap": "circular", "symm": "symmetric"}


@pytest.mark.parametrize("boundary", BOUNDARIES)
@pytest.mark.parametrize("shape", [(1, 1), (3, 3), (2, 3), (4, 2)])
@pytest.mark.parametrize("mode", ["full", "same"])
def test_correlate2d(boundary, shape, mode):
    x, w = integers(5, 6), integers(*shape)
    pads = [(k - 1, k - 1) if mode == "full" else ((k - 1) // 2, k // 2) for k in shape]
    C = sc.conv(sc.Kernel(w), (5, 6), padding=pads, padding_mode=BOUNDARIES[boundary])
    assert (image(C, x) == scipy.signal.correlate2d(x, w, mode, boundary)).all()


NDIMAGE = {
    "mirror": "reflect",
    "reflect": "symmetric",
    "nearest": "replicate",
    "wrap": "circular",
    "constant": "zeros",
}


@pytest.mark.parametrize("mode", NDIMAGE)
@pytest.mark.parametrize(("n", "k"), [(5, 3), (6, 4), (4, 5)])
def test_ndimage_modes(mode, n, k):
    x, w = integers(n, n + 1), integers(k, k - 1)
    pads = [(size // 2, (size - 1) // 2) for size in w.shape]
    C = sc.conv(sc.Kernel(w), x.shape, padding=pads, padding_mode=NDIMAGE[mode])
    assert (image(C, x) == scipy.ndimage.correlate(x, w, mode=mode)).all()


@pytest.mark.parametrize("mode", ["valid", "full"])
def test_convolution_matrix(mode):
    w = integers(3)
    C = sc.conv(sc.Kernel(w).flip(), 6, padding=mode)
    assert (sc.to_numpy(C) == scipy.linalg.convolution_matrix(w, 6, mode)).all()


def test_gram_of_valid_is_toeplitz_of_the_autocorrelation():
    w = integers(4)
    C = sc.conv(sc.Kernel(w), 9)
    r = np.correlate(w, w, "full")[3:]
    row = np.concatenate([r, [0, 0]])
    assert (sc.to_numpy(C @ C.T) == scipy.linalg.toeplitz(row, row)).all()


def test_upfirdn_is_input_dilation_and_stride():
    x, w = integers(7), integers(4)
    C = sc.conv(sc.Kernel(w).flip(), 7, input_dilation=3, stride=2, padding=3)
    expected = scipy.signal.upfirdn(w, x, up=3, down=2)
    assert (image(C, x) == expected[: C.output_size[0]]).all()


# --- the matrix written out entry by entry -----------------------------------------------------


def explicit(operator):
    return np.array(operator.as_explicit().tolist(), dtype=np.int64)


def ramp(n):
    return np.arange(n) ** 2 - 3 * n


@pytest.mark.parametrize(("n", "k"), [(7, 1), (7, 2), (7, 3), (6, 4), (5, 5)])
@pytest.mark.parametrize("mode", ["valid", "same", "full"])
def test_correlate_is_the_explicit_matrix(n, k, mode):
    x, w = ramp(n), np.arange(1, k + 1)
    pads = {"valid": (0, 0), "same": (k // 2, (k - 1) // 2), "full": (k - 1, k - 1)}
    A = explicit(sc.conv(sc.Kernel(w), n, padding=(pads[mode],)))
    assert (A @ x).tolist() == scipy.signal.correlate(x, w, mode).tolist()


@pytest.mark.parametrize("mode", NDIMAGE)
@pytest.mark.parametrize(("n", "k"), [(1, 1), (5, 2), (5, 3), (6, 4), (4, 7)])
def test_correlate1d_is_the_explicit_matrix(mode, n, k):
    x, w = ramp(n), np.arange(1, k + 1)
    pads = (k // 2, (k - 1) // 2)
    A = explicit(sc.conv(sc.Kernel(w), n, padding=(pads,), padding_mode=NDIMAGE[mode]))
    assert (A @ x).tolist() == scipy.ndimage.correlate1d(x, w, mode=mode).tolist()


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("mode", ["valid", "same", "full"])
def test_convolution_matrix_of_every_length(k, mode):
    """The flip turns "same" about: an even kernel's odd pixel goes to the other end."""
    w = np.arange(1, k + 1)
    pads = {"valid": (0, 0), "same": (k // 2, (k - 1) // 2), "full": (k - 1, k - 1)}
    A = explicit(sc.conv(sc.Kernel(w).flip(), 6, padding=(pads[mode],)))
    assert A.tolist() == scipy.linalg.convolution_matrix(w, 6, mode).tolist()


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_valid_and_full_are_toeplitz(k):
    w = np.arange(1, k + 1)
    row = np.r_[w, np.zeros(6 - k, int)]
    first = np.r_[w[0], np.zeros(6 - k, int)]
    valid = explicit(sc.conv(sc.Kernel(w), 6))
    assert valid.tolist() == scipy.linalg.toeplitz(first, row).tolist()
    full = explicit(sc.conv(sc.Kernel(w).flip(), 7 - k, padding="full"))
    assert full.tolist() == valid.T.tolist()


def test_filters_along_axes_are_products():
    def at(name, *given, **more):
        return sc.from_scipy(f"ndimage.{name}", (4, 5), *given, mode="mirror", **more)

    down, right = at("correlate1d", [-1, 0, 1], axis=0), at("correlate1d", [-1, 0, 1])
    assert at("sobel", axis=0) == at("correlate", [[-1, -2, -1], [0, 0, 0], [1, 2, 1]])
    assert at("sobel") == at("correlate1d", [1, 2, 1], axis=0) @ right
    assert at("prewitt", axis=-2) == at("convolve1d", [1, 1, 1], axis=1) @ down
    assert at("laplace") == at("correlate", [[0, 1, 0], [1, -4, 1], [0, 1, 0]])
    means = at("uniform_filter", [2, 3], origin=[-1, 0])
    assert means == at("uniform_filter1d", 3) @ at("uniform_filter1d", 2, axis=0, origin=-1)
    assert at("uniform_filter", 1) == sc.identity((4, 5))


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("correlate1d", {"kernel": [1, 2], "axis": 2}, "axis 2"),
        ("correlate1d", {"kernel": [[1, 2]]}, "one axis"),
        ("correlate1d", {"kernel": [1, 2], "origin": 1}, "centre outside"),
        ("uniform_filter1d", {"kernel": 0}, "mean of 0 pixels"),
        ("sobel", {"kernel": [1]}, "no kernel"),
        ("gaussian_filter1d", {"kernel": [1]}, "rounds from exponentials"),
        ("gaussian_gradient_magnitude", {}, "not linear: it takes the root"),
        ("median_filter", {}, "not linear: it sorts"),
        ("generic_filter1d", {}, "not linear, or not known"),
        ("zoom", {}, "no convolution"),
    ],
)
def test_filters_that_are_refused(name, given, words):
    with pytest.raises(sc.SymconvError) as caught:
        sc.from_scipy(f"ndimage.{name}", (4, 5), **given)
    assert words in str(caught.value)
