"""The usual ways to get a layer wrong that are no other layer: what they make of its matrix."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from itertools import combinations
from math import prod

from symconv._arrays import Array, np
from symconv.algebra.sizes import evaluate
from symconv.numeric.dense import to_numpy
from symconv.operators.convolution import operator_of
from symconv.operators.geometry import Axis
from symconv.operators.layer import Layer
from symconv.operators.operator import Operator
from symconv.resampling.shifts_and_shuffles import upsample_nearest
from symconv.testing.mistakes import on_axes, subsets

# What it looks like, and the matrix as an array (channels, *size, channels, *size).
Mistake = tuple[str, Array]


def matrix_mistakes(operator: Operator, matrix: Array) -> Iterator[Mistake]:
    """Matrices that one mistake makes of that of an operator.

    Args:
        operator: any of a concrete size.
        matrix: its entries, as an array (channels, *size, channels, *size).
    """
    ndim = len(operator.rows) - 1
    rows, cols = tuple(range(1, ndim + 1)), tuple(range(ndim + 2, 2 * ndim + 2))
    pixels = prod(matrix.shape[: ndim + 1]), prod(matrix.shape[ndim + 1 :])
    if operator.cols == operator.rows:
        yield "it is C.T", matrix.reshape(pixels).T.reshape(matrix.shape)
    for place, axes in (("image", cols), ("output", rows)):
        for turned in subsets(ndim):
            words = f"the {place} is reversed {on_axes(turned, ndim)}"
            yield words, np.flip(matrix, tuple(axes[n] for n in turned))
    yield from _axes_exchanged(matrix, rows, cols)
    yield from _rolled(matrix, rows)
    yield from _channels_last(matrix, ndim)
    for channels, axis in (("input", ndim + 1), ("output", 0)):
        if matrix.shape[axis] > 1:
            yield f"{channels} channels are in reverse order", np.flip(matrix, axis)
    yield from _left_out(matrix, rows)
    yield "negative entries are cut off", np.maximum(matrix, 0)
    yield "entries have lost their signs", abs(matrix)
    yield "entries are cut to integers", np.trunc(matrix)
    yield "entries are rounded to integers", np.round(matrix)


def pixel_mistakes(layer: Layer, matrix: Array) -> Iterator[Mistake]:
    """Those of a layer's matrix that depend on where its windows stand."""
    yield from (_upsampled if layer.transposed else _borders)(layer, matrix)


def _axes_exchanged(
    matrix: Array, rows: tuple[int, ...], cols: tuple[int, ...]
) -> Iterator[Mistake]:
    for i, j in combinations(range(len(rows)), 2):
        image = matrix.shape[cols[i]] == matrix.shape[cols[j]]
        output = matrix.shape[rows[i]] == matrix.shape[rows[j]]
        if image:
            yield f"axes {i} and {j} of the image are exchanged", matrix.swapaxes(cols[i], cols[j])
        if output:
            yield f"axes {i} and {j} of the output are exchanged", matrix.swapaxes(rows[i], rows[j])
        if image and output:
            both = matrix.swapaxes(cols[i], cols[j]).swapaxes(rows[i], rows[j])
            yield f"axes {i} and {j} of image and output are exchanged", both


def _rolled(matrix: Array, rows: tuple[int, ...]) -> Iterator[Mistake]:
    for turned in subsets(len(rows)):
        for pixels in range(1, max(matrix.shape[rows[n]] for n in turned) // 2 + 1):
            for sign in (1, -1):
                words = f"the output is rolled by {sign * pixels} {on_axes(turned, len(rows))}"
                yield (
                    words,
                    np.roll(matrix, [sign * pixels] * len(turned), [rows[n] for n in turned]),
                )


def _channels_last(matrix: Array, ndim: int) -> Iterator[Mistake]:
    """The pixels of one order of axes read as if they stood in the other."""
    for place, first in (("image", ndim + 1), ("output", 0)):
        channels, *size = matrix.shape[first : first + ndim + 1]
        places = np.arange(channels * prod(size))
        last_as_first = np.moveaxis(places.reshape(*size, channels), -1, 0).ravel()
        first_as_last = np.moveaxis(places.reshape(channels, *size), 0, -1).ravel()
        flat = matrix.reshape(*matrix.shape[:first], -1, *matrix.shape[first + ndim + 1 :])
        for order, words in (
            (last_as_first, "is read as if its channels were last"),
            (first_as_last, "has its channels put last"),
        ):
            if channels > 1:
                taken = order if place == "output" else np.argsort(order)
                yield f"the {place} {words}", flat.take(taken, first).reshape(matrix.shape)


def _left_out(matrix: Array, rows: tuple[int, ...]) -> Iterator[Mistake]:
    for turned in subsets(len(rows)):
        for name, first, last in (("last", 0, 1), ("first", 1, 0), ("first and last", 1, 1)):
            kept = np.zeros_like(matrix)
            inside = [slice(None)] * matrix.ndim
            for n in turned:
                inside[rows[n]] = slice(first, matrix.shape[rows[n]] - last)
            kept[tuple(inside)] = matrix[tuple(inside)]
            yield f"the {name} output pixel is left at zero {on_axes(turned, len(rows))}", kept


def _borders(layer: Layer, matrix: Array) -> Iterator[Mistake]:
    """What is done at the border in place of padding."""
    counts = reduce(np.multiply.outer, map(_taps_inside, layer.axes))
    shape = (1, *counts.shape, *[1] * (matrix.ndim - 1 - counts.ndim))
    inside, taps = counts.reshape(shape), prod(layer.kernel.size)
    yield (
        "outputs whose window is not inside of the image are left at zero",
        np.where(inside == taps, matrix, 0),
    )
    if (inside == taps).all():
        return
    shares = np.maximum(inside, 1)
    yield "outputs are divided by the number of taps inside of the image", matrix / shares
    yield (
        "outputs are weighted by the share of taps inside of the image",
        matrix * taps / shares,
    )


def _taps_inside(axis: Axis) -> Array:
    """How many taps of each window lie inside of the (stuffed) image."""
    starts = axis.stride * np.arange(evaluate(axis.output_size, {})) - axis.padding
    places = np.add.outer(starts, axis.dilation * np.arange(axis.kernel_size))
    inside = (places >= 0) & (places < evaluate(axis.stuffed_size, {}))
    counts: Array = inside.sum(axis=1)
    return counts


def _upsampled(layer: Layer, matrix: Array) -> Iterator[Mistake]:
    """Nearest neighbours where zeros should be put between pixels."""
    direct = layer.turned
    stuffing = direct.each("input_dilation")
    sizes = [evaluate(axis.input_size, {}) for axis in direct.axes]
    repeated = upsample_nearest(sizes, stuffing, channels=direct.kernel.in_channels)
    axes = tuple(
        Axis(u * n, axis.output_size, axis.kernel_size, 1, axis.padding, axis.dilation)
        for u, n, axis in zip(stuffing, sizes, direct.axes, strict=True)
    )
    blurred = operator_of(Layer(direct.kernel, axes))
    product = to_numpy(blurred, dtype=float) @ to_numpy(repeated, dtype=float)
    yield "pixels are repeated, in place of zeros between them", product.reshape(matrix.shape)
