"""Code of your own against an operator, measured pixel by pixel."""

from __future__ import annotations

from math import prod
from typing import Any

from symconv._arrays import Array, np
from symconv.arguments import parse_flag, shown
from symconv.errors import KernelError, SymconvError
from symconv.numeric.dense import to_numpy
from symconv.operators.entries import concrete
from symconv.operators.operator import Operator, parse_operator
from symconv.testing.diagnosis import Expected, difference, looks, pixel
from symconv.testing.probes import Probe, probe_of
from symconv.work_limits import check

MOST_ENTRIES = 4 * 10**6
MOST_ALONE = 1000
RANDOM_IMAGES = 4
BFLOAT16 = 2.0**-7
MIXED = "the images of a batch are mixed up; alone they are right"


def assert_layer(
    function: Any,
    operator: Operator,
    rtol: float = 0,
    dtype: str | None = None,
    *,
    adjoint: Any = None,
    layout: str = "NC*",
    library: str | None = None,
    gradient: bool = True,
) -> None:
    """Assert that code of your own computes an operator, its adjoint and its gradient.

    Every entry of the matrix is measured by a unit image; then random images of integers, in a
    batch and alone, say whether the code is linear. Where the code is PyTorch's or JAX's, the
    gradient is measured in the same way and is to be the transpose.

    Args:
        function: takes images and gives images: of NumPy, PyTorch or JAX, a module of PyTorch or
            a layer of Keras.
        operator: what it is to compute; one of numbers and of a concrete size.
        rtol: relative difference allowed in an entry of the matrix. Of the sums over random images
            rounding is allowed besides.
        dtype: type of the images: "float16", "bfloat16", "float32", "float64", "int32" or
            "int64". Left out: that of a module's weights, or the most precise one.
        adjoint: code that is to compute ``operator.T``, such as a backward pass of your own.
        layout: order of the axes: "NC*" batches of images with channels and then all spatial axes,
            "N*C", and without a batch "C*", "*C" and, for one channel, "*".
        library: "numpy", "torch" or "jax": whose arrays the function takes. Tried where left out.
        gradient: whether to check the gradient.

    Raises:
        AssertionError: with the output pixel, the input pixel and the tap at which they differ, and
            with what the measured matrix looks like.
        KernelError, ShapeError: the operator has symbols, or is too large to be measured.

    >>> import numpy as np
    >>> import symconv as sc
    >>> C = sc.conv(sc.Kernel([1, 2, 4]), 5)
    >>> assert_layer(lambda x: np.correlate(x, [1, 2, 4]), C, layout="*")
    >>> assert_layer(lambda x: np.convolve(x, [1, 2, 4], "valid"), C, layout="*")
    Traceback (most recent call last):
    ...
    AssertionError: output pixel (0,) of channel 0 takes 4.0 times input pixel (0,) of channel 0, \
and should take 1.0 (tap (0,))
    it looks like this: the kernel is flipped on axis 0
    """
    rtol = _parse_rtol(rtol)
    parse_flag("gradient", gradient)
    _require_numbers(operator)
    _check(function, operator, rtol, dtype, layout, library, gradient)
    if adjoint is not None:
        _check(adjoint, operator.T, rtol, dtype, layout, library, gradient, "the adjoint: ")


def _parse_rtol(rtol: Any) -> float:
    if not isinstance(rtol, int | float) or isinstance(rtol, bool) or not 0 <= rtol < 1:
        raise SymconvError(f"rtol={shown(rtol)} is no number from 0 to 1")
    return float(rtol)


def _require_numbers(operator: Any) -> None:
    rows, cols = (prod(concrete(size)) for size in (parse_operator(operator).rows, operator.cols))
    if operator.entry_symbols:
        symbol = min(map(str, operator.entry_symbols))
        raise KernelError(f"{symbol} has no value: code is compared with numbers, C.subs(…) first")
    what = f"{rows} x {cols} entries to measure"
    check("entries", rows * cols, what, "a smaller image says the same", MOST_ENTRIES)


def _check(
    function: Any, operator: Operator, rtol: float, dtype: str | None, layout: str,
    library: str | None, gradient: bool, what: str = "",
) -> None:  # fmt: skip
    rows, cols = concrete(operator.rows), concrete(operator.cols)
    probe = probe_of(function, np.zeros(cols), layout, library, dtype)
    black = probe(np.zeros((1, *cols)))[0]
    images = np.eye(prod(cols)).reshape(-1, *cols)
    outputs = probe(images) - black
    expected = Expected(operator, to_numpy(operator, dtype=float), rtol)
    measured = outputs.reshape(len(images), -1).T
    if len(outputs) != len(images) or outputs.shape[1:] != rows:
        raise AssertionError(
            f"{what}images of shape {cols} give images of shape {outputs.shape[1:]}, and should "
            f"give {rows} (channels first)\n{looks(measured, outputs.shape[1:], expected)}"
        )
    if not expected.agrees(measured):
        looks_like = _mixed(probe, images, black, expected)
        raise AssertionError(what + difference(measured, expected, looks_like))
    if black.any():
        place = np.argwhere(black)[0]
        raise AssertionError(
            f"{what}a black image gives {black[tuple(place)]} at {pixel('output', place)}, and "
            "should give 0\nit looks like this: a constant is added, such as a bias"
        )
    _check_linear(probe, expected, what)
    if gradient and probe.library != "numpy":
        _check_gradient(probe, expected, what)


def _mixed(probe: Probe, images: Array, black: Array, expected: Expected) -> str | None:
    """Whether images are right one by one, and wrong in a batch."""
    if "N" not in probe.layout or len(images) > MOST_ALONE:
        return None
    alone = np.concatenate([probe(image[None]) for image in images]) - black
    return MIXED if expected.agrees(alone.reshape(len(images), -1).T) else None


def _check_linear(probe: Probe, expected: Expected, what: str) -> None:
    """Random images: sums of what unit images gave, but for rounding."""
    operator, cols = expected.operator, concrete(expected.operator.cols)
    images = np.random.default_rng(0).integers(-4, 5, (RANDOM_IMAGES, *cols)).astype(float)
    results = probe(images)
    flat, outputs = images.reshape(RANDOM_IMAGES, -1), results.reshape(RANDOM_IMAGES, -1)
    sums, sizes = flat @ expected.matrix.T, abs(flat) @ abs(expected.matrix).T
    wrong = ~(abs(outputs - sums) <= (expected.rtol + _rounding(results, probe, operator)) * sizes)
    if not wrong.any():
        return
    number, row = np.argwhere(wrong)[0]
    alone = np.concatenate([probe(image[None]) for image in images]).reshape(outputs.shape)
    place = np.unravel_index(row, concrete(operator.rows))
    raise AssertionError(
        f"{what}unit images give the matrix, but an image of integers gives {outputs[number, row]} "
        f"at {pixel('output', place)}, and should give {sums[number, row]}\n"
        f"it looks like this: {_nonlinear(outputs, sums, alone)}"
    )


def _rounding(results: Array, probe: Probe, operator: Operator) -> float:
    """The relative error of a sum of products of that type (Higham's gamma_n, to first order)."""
    if results.dtype.kind != "f":
        return 0.0
    single = BFLOAT16 if probe.dtype == "bfloat16" else float(np.finfo(results.dtype).eps)
    return (prod(concrete(operator.cols)) + 1) * single


def _nonlinear(outputs: Array, sums: Array, alone: Array) -> str:
    if np.allclose(alone, sums) and not np.allclose(outputs, sums):
        return MIXED
    if np.allclose(outputs, np.maximum(sums, 0)):
        return "negative outputs are cut off"
    if np.allclose(outputs, abs(sums)):
        return "outputs have lost their signs"
    return "the code is not linear"


def _check_gradient(probe: Probe, expected: Expected, what: str) -> None:
    rows, cols = concrete(expected.operator.rows), concrete(expected.operator.cols)
    image = np.random.default_rng(1).integers(-4, 5, cols).astype(float)
    measured = probe.pullbacks(image, np.eye(prod(rows)).reshape(-1, *rows)).reshape(prod(rows), -1)
    if not expected.agrees(measured):
        raise AssertionError(f"{what}the gradient: {difference(measured, expected)}")
