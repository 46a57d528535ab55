"""SciPy's, MATLAB's and PyLops's convolutions to operators."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from symconv.algebra.sizes import parse_integer
from symconv.arguments import parse_choice, parse_instance
from symconv.errors import ConventionError
from symconv.frameworks.linear_layers.ndimage import FILTERS, filtered, padded_conv
from symconv.frameworks.weight_layouts import check_axes, spread
from symconv.operators.convolution import conv
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator

SIGNAL = ("correlate", "convolve", "correlate2d", "convolve2d", "convolution_matrix")
REFUSED = {
    r"medfilt(2d)?|order_filter|ndimage\.(maximum|minimum|median|rank|percentile)_filter(1d)?":
        "is not linear: it sorts the pixels of each window",
    r"ndimage\.\w*gradient_magnitude": "is not linear: it takes the root of a sum of squares",
    r"wiener|ndimage\.(generic_filter1?d?|vectorized_filter)":
        "is not linear, or not known to be: it computes with the pixels of each window",
    r"ndimage\.gaussian_(filter(1d)?|laplace)":
        "has weights that SciPy rounds from exponentials: give those to ndimage.correlate1d",
}  # fmt: skip
BOUNDARIES = {"fill": "zeros", "wrap": "circular", "symm": "symmetric"}


def from_scipy(
    function: str,
    size: Any,
    kernel: Any = None,
    *,
    mode: str | None = None,
    boundary: str = "fill",
    fillvalue: Any = 0,
    origin: Any = 0,
    cval: Any = 0,
    axis: Any = -1,
) -> Any:
    """The operator of a convolution of SciPy, acting on its first argument.

    Args:
        function: "correlate", "convolve", "correlate2d", "convolve2d" (scipy.signal),
            "convolution_matrix" (scipy.linalg), or of scipy.ndimage, as "ndimage.correlate",
            correlate, convolve, correlate1d, convolve1d, uniform_filter, uniform_filter1d, sobel,
            prewitt, laplace.
        size: spatial size of the first argument.
        kernel: the second argument, which may be larger than the first; of uniform filters the
            number of taps, and none of those that have their own weights.
        mode: "full" (the default), "same" or "valid"; for ndimage how it pads ("reflect").
        boundary: of correlate2d and convolve2d: "fill", "wrap" or "symm".
        fillvalue: what "fill" pads with; of another number than zero this is an affine map.
        origin, cval, axis: of ndimage; cval is the fillvalue of its mode "constant".

    Returns:
        An operator; an affine map where it pads with another value than zero.

    Raises:
        ConventionError: SciPy has no such function, mode or boundary, or refuses the sizes.

    Source: SciPy 1.17.

    >>> from_scipy("convolve", 3, [1, 2], mode="same").as_explicit()
    Matrix([
    [1, 0, 0],
    [2, 1, 0],
    [0, 2, 1]])
    """
    parse_instance(function, str, "is no name of a function")
    name = function.removeprefix("scipy.").removeprefix("signal.").removeprefix("linalg.")
    mode = None if mode is None else parse_instance(mode, str, "is no mode")
    boundary = parse_choice("boundary", boundary, BOUNDARIES)
    if name in [f"ndimage.{each}" for each in FILTERS]:
        given = {"mode": mode or "reflect", "origin": origin, "cval": cval, "axis": axis}
        return filtered(name.removeprefix("ndimage."), size, kernel, **given)
    if name not in SIGNAL:
        raise _not_known(function, name)
    kernel = kernel if isinstance(kernel, Kernel) else Kernel(kernel)
    sizes = _sizes(size, kernel.ndim, function)
    mode = parse_choice("mode", mode or "full", ("full", "same", "valid"))
    if boundary != "fill" and not name.endswith("2d"):
        raise ConventionError(f"boundary {boundary!r} is none of {name}'s")
    if name.endswith("2d") and kernel.ndim != 2:
        raise ConventionError(f"{name} takes arrays of 2 axes, not {kernel.ndim}")
    pads = _pads(name, mode, kernel.size, sizes)
    slid = kernel if name.startswith("correlate") else kernel.flip()
    if mode == "valid":
        return conv(slid, sizes, padding=pads)
    return padded_conv(slid, sizes, pads, BOUNDARIES[boundary], fillvalue)


def _not_known(function: str, name: str) -> ConventionError:
    for pattern, reason in REFUSED.items():
        if re.fullmatch(pattern, name):
            return ConventionError(f"{function} {reason}")
    return ConventionError(f"{function!r} is no convolution of SciPy's that is known here")


def _pads(name: str, mode: str, taps: Sequence[int], sizes: Sequence[int]) -> list[tuple[int, int]]:
    """What the windows see beyond the image.

    The centre of "same": correlate keeps the later middle tap, convolve and correlate2d the
    earlier one, seen from the kernel as it slides.
    """
    larger = [k > n for k, n in zip(taps, sizes, strict=True)]
    if name == "convolution_matrix" and mode == "same" and any(larger):
        # It has as many rows as the longer of the two.
        first = (sizes[0] - 1) // 2
        return [(taps[0] - 1 - first, taps[0] - sizes[0] + first)]
    if mode == "full":
        return [(k - 1, k - 1) for k in taps]
    if mode == "valid":
        smaller = [k < n for k, n in zip(taps, sizes, strict=True)]
        if any(larger) and any(smaller):
            raise ConventionError(
                f'SciPy has no mode "valid" where the kernel {tuple(taps)} is larger than the '
                f"image {tuple(sizes)} on some axes only"
            )
        # Where it is larger SciPy slides the image over it.
        return [(max(k - n, 0), max(k - n, 0)) for k, n in zip(taps, sizes, strict=True)]
    pads = [(k // 2, (k - 1) // 2) for k in taps]
    return [(high, low) for low, high in pads] if name == "correlate2d" else pads


def _sizes(size: Any, ndim: int, what: str) -> list[Any]:
    """Numbers of pixels, as SciPy's arrays have them."""
    return [parse_integer(n, "an image size") for n in check_axes(size, ndim, what)]


def from_matlab(function: str, size: Sequence[int], kernel: Any) -> Operator:
    """MATLAB's ``convmtx2(H, m, n)``: the full convolution, columns of pixels one after the other.

    The operator acts on the transposed image, so that its matrix is MATLAB's to the letter.

    >>> from_matlab("convmtx2", (2, 1), [[1, 2]]).as_explicit()
    Matrix([
    [1, 0],
    [0, 1],
    [2, 0],
    [0, 2]])
    """
    parse_choice("function", function, ("convmtx2",))
    kernel = kernel if isinstance(kernel, Kernel) else Kernel(kernel)
    if kernel.ndim != 2 or kernel.shape != kernel.size:
        raise ConventionError(f"convmtx2 takes a matrix, not a kernel of shape {kernel.shape}")
    rows, cols = check_axes(size, 2, function)
    height, width = kernel.size
    entries = [kernel.entries[r * width + c] for c in range(width) for r in range(height)]
    turned = Kernel.build(entries, (width, height))
    return conv(turned.flip(), (cols, rows), padding="full")


def from_pylops(function: str, size: Any, kernel: Any, *, offset: Any = 0) -> Operator:
    """PyLops's Convolve1D, Convolve2D and ConvolveND: same size, centred on the tap ``offset``.

    >>> from_pylops("Convolve1D", 3, [1, 2, 3], offset=1).as_explicit()
    Matrix([
    [2, 1, 0],
    [3, 2, 1],
    [0, 3, 2]])
    """
    parse_choice("function", function, ("Convolve1D", "Convolve2D", "ConvolveND"))
    kernel = kernel if isinstance(kernel, Kernel) else Kernel(kernel)
    sizes = check_axes(size, kernel.ndim, function)
    offsets = spread(offset, kernel.ndim, "offset")
    for k, o in zip(kernel.size, offsets, strict=True):
        if not 0 <= o < k:
            raise ConventionError(f"offset {o} is not one of the {k} taps")
    pads = [(k - 1 - o, o) for k, o in zip(kernel.size, offsets, strict=True)]
    return conv(kernel.flip(), sizes, padding=pads)
