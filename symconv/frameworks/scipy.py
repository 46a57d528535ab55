"""SciPy's, MATLAB's and PyLops's convolutions to operators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symconv.algebra.sizes import parse_integer
from symconv.arguments import parse_choice, parse_instance
from symconv.errors import ConventionError
from symconv.frameworks.weight_layouts import check_axes, spread
from symconv.operators.convolution import conv
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator

BOUNDARIES = {"fill": "zeros", "wrap": "circular", "symm": "symmetric"}
NDIMAGE_MODES = {
    "reflect": "symmetric",
    "grid-mirror": "symmetric",
    "mirror": "reflect",
    "nearest": "replicate",
    "wrap": "circular",
    "grid-wrap": "circular",
    "constant": "zeros",
    "grid-constant": "zeros",
}


def from_scipy(
    function: str,
    size: Any,
    kernel: Any,
    *,
    mode: str | None = None,
    boundary: str = "fill",
    origin: Any = 0,
) -> Operator:
    """The operator of a convolution of SciPy, acting on its first argument.

    Args:
        function: "correlate", "convolve", "correlate2d", "convolve2d" (scipy.signal),
            "convolution_matrix" (scipy.linalg), or "ndimage.correlate", "ndimage.convolve".
        size: spatial size of the first argument.
        kernel: the second argument.
        mode: "full" (the default), "same" or "valid"; for ndimage how it pads ("reflect").
        boundary: of correlate2d and convolve2d: "fill", "wrap" or "symm".
        origin: of ndimage.

    Raises:
        ConventionError: SciPy has no such function, mode or boundary, or would exchange the
            arguments.

    >>> from_scipy("convolve", 3, [1, 2], mode="same").as_explicit()
    Matrix([
    [1, 0, 0],
    [2, 1, 0],
    [0, 2, 1]])
    """
    parse_instance(function, str, "is no name of a function")
    name = function.removeprefix("scipy.").removeprefix("signal.").removeprefix("linalg.")
    kernel = kernel if isinstance(kernel, Kernel) else Kernel(kernel)
    sizes = _sizes(size, kernel.ndim, function)
    mode = None if mode is None else parse_instance(mode, str, "is no mode")
    boundary = parse_choice("boundary", boundary, BOUNDARIES)
    if name in ("ndimage.correlate", "ndimage.convolve"):
        return _ndimage(name, sizes, kernel, mode or "reflect", origin)
    if name not in ("correlate", "convolve", "correlate2d", "convolve2d", "convolution_matrix"):
        raise ConventionError(f"{function!r} is no convolution of SciPy's that is known here")
    mode = parse_choice("mode", mode or "full", ("full", "same", "valid"))
    if boundary != "fill" and not name.endswith("2d"):
        raise ConventionError(f"boundary {boundary!r} is none of {name}'s")
    larger = [k > n for k, n in zip(kernel.size, sizes, strict=True)]
    if mode == "valid" and all(larger):
        raise ConventionError(
            f"SciPy exchanges the arguments where the kernel {kernel.size} is larger"
        )
    if name == "convolution_matrix" and mode == "same" and any(larger):
        raise ConventionError(
            f"SciPy's matrix has {max(kernel.size[0], sizes[0])} rows where the kernel is longer "
            f"than {sizes[0]}"
        )
    # The centre of "same": correlate keeps the later middle tap, convolve and correlate2d the
    # earlier one, seen from the kernel as it slides.
    pads = {
        "full": [(k - 1, k - 1) for k in kernel.size],
        "valid": [(0, 0) for _ in kernel.size],
        "same": [(k // 2, (k - 1) // 2) for k in kernel.size],
    }[mode]
    if mode == "same" and name == "correlate2d":
        pads = [(high, low) for low, high in pads]
    slid = kernel if name.startswith("correlate") else kernel.flip()
    return conv(slid, sizes, padding=pads, padding_mode=BOUNDARIES[boundary])


def _sizes(size: Any, ndim: int, what: str) -> list[Any]:
    """Numbers of pixels, as SciPy's arrays have them."""
    return [parse_integer(n, "an image size") for n in check_axes(size, ndim, what)]


def _ndimage(name: str, sizes: list[Any], kernel: Kernel, mode: str, origin: Any) -> Operator:
    mode = parse_choice("mode", mode, NDIMAGE_MODES)
    origins = spread(origin, len(sizes), "origin")
    pads = []
    for k, o in zip(kernel.size, origins, strict=True):
        low = k // 2 + o if name.endswith("correlate") else (k - 1) // 2 - o
        if not 0 <= low < k:
            raise ConventionError(f"origin {o} puts the centre outside of {k} taps")
        pads.append((low, k - 1 - low))
    slid = kernel if name.endswith("correlate") else kernel.flip()
    return conv(slid, sizes, padding=pads, padding_mode=NDIMAGE_MODES[mode])


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
