"""Where a measured matrix differs from what it should be, and which mistake it looks like."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from time import monotonic
from typing import Any

from symconv._arrays import Array, np
from symconv.algebra.sizes import Horizon
from symconv.operators.entries import concrete
from symconv.operators.geometry import Axis
from symconv.operators.operator import Operator
from symconv.testing.matrix_mistakes import matrix_mistakes, pixel_mistakes
from symconv.testing.mistakes import Mistake, layer_mistakes, pairs_of_mistakes
from symconv.testing.numeric_layer import FEW

SECONDS = 10
MOST_LOOKS = 3

# What a matrix may look like: words, (channels, *size) of its output, and its entries, or None
# where it is seen in the first channels that they differ.
Candidate = tuple[str, tuple[int, ...], Array | None]


@dataclass(frozen=True)
class Expected:
    """What is to be measured."""

    operator: Operator
    matrix: Array
    rtol: float

    def agrees(self, measured: Array) -> bool:
        """Whether entries are those of the matrix, as their type rounds them."""
        return not self.differing(measured).any()

    def differing(self, measured: Array) -> Array:
        """Where entries differ."""
        return ~_near(measured, self.matrix, self.rtol)

    def resembles(self, measured: Array, matrix: Array) -> bool:
        """Whether entries are those of another matrix, but for rounding."""
        rounding = 8 * np.finfo(measured.dtype).eps if measured.dtype.kind == "f" else 0.0
        return bool(_near(measured, matrix, max(self.rtol, float(rounding))).all())


def _near(measured: Array, matrix: Array, rtol: float) -> Array:
    with np.errstate(all="ignore"):
        rounded = matrix.astype(measured.dtype) if measured.dtype.kind == "f" else matrix
        near: Array = abs(measured - rounded) <= rtol * abs(rounded)
    return near


def difference(measured: Array, expected: Expected, like: str | None = None) -> str:
    """The first entry that differs, and what the whole matrix looks like, where it is not known."""
    operator, matrix = expected.operator, expected.matrix
    row, col = np.argwhere(expected.differing(measured))[0]
    rows, cols = concrete(operator.rows), concrete(operator.cols)
    output, image = np.unravel_index(row, rows), np.unravel_index(col, cols)
    return (
        f"{pixel('output', output)} takes {measured[row, col]} times {pixel('input', image)}, "
        f"and should take {matrix[row, col]} ({_taps(operator, output, image)})\n"
        + (f"it looks like this: {like}" if like else looks(measured, rows, expected))
    )


def pixel(word: str, place: Sequence[Any]) -> str:
    """A pixel in words; the place starts with its channel."""
    channel, *position = map(int, place)
    return f"{word} pixel {tuple(position)} of channel {channel}"


def _taps(operator: Operator, output: Sequence[Any], image: Sequence[Any]) -> str:
    """Which taps stand at an entry."""
    layer = operator.as_layer()
    if layer is None:
        return "no single layer"
    (o, *outputs), (i, *inputs) = (image, output) if layer.transposed else (output, image)
    per_group = [n // layer.kernel.groups for n in (layer.kernel.out_channels,
                                                    layer.kernel.in_channels)]  # fmt: skip
    if o // per_group[0] != i // per_group[1]:
        return "these channels are of different groups"
    choices = [
        [tap for tap in range(axis.kernel_size) if _joins(axis, tap, int(p), int(q))]
        for axis, p, q in zip(layer.axes, outputs, inputs, strict=True)
    ]
    taps = list(product(*choices))
    if not taps:
        return "no tap stands there"
    return ("tap " if len(taps) == 1 else "taps ") + ", ".join(map(str, taps))


def _joins(axis: Axis, tap: int, output: int, image: int) -> bool:
    return any(diagonal.contains(output, image) for diagonal in axis.tap(tap, Horizon()))


def looks(measured: Array, rows: tuple[int, ...], expected: Expected) -> str:
    """What a measured matrix looks like, in words: one mistake, or else two."""
    found: list[str] = []
    tried, end = 0, monotonic() + SECONDS
    for search in (_candidates, _pairs):
        for words, size, matrix in search(measured, rows, expected):
            tried += 1
            if matrix is not None and size == rows and matrix.shape == measured.shape:
                found += [words] * expected.resembles(measured, matrix)
            if monotonic() > end or len(found) == MOST_LOOKS:
                break
        if found:
            break
    if found:
        return f"it looks like this: {'; or '.join(dict.fromkeys(found))}"
    late = f" in {SECONDS} seconds; a smaller image tries all" if monotonic() > end else ""
    return f"it looks like none of the {tried} mistakes that were tried{late}"


def _candidates(measured: Array, rows: tuple[int, ...], expected: Expected) -> Iterator[Candidate]:
    """What it may look like: words, (channels, *size) of the output, and the matrix."""
    operator, matrix = expected.operator, expected.matrix
    own, cols = concrete(operator.rows), concrete(operator.cols)
    if not measured.any():
        yield "the output is zero", rows, np.zeros(measured.shape)
    layer = operator.as_layer()
    if layer is not None:
        yield from _layers(layer_mistakes(layer), measured, rows, expected)
    whole = matrix.reshape(*own, *cols)
    for words, changed in matrix_mistakes(operator, whole):
        yield words, own, changed.reshape(matrix.shape)
    if layer is not None:
        for words, changed in pixel_mistakes(layer, whole):
            yield words, own, changed.reshape(matrix.shape)
    if rows == own:
        yield from _scaled(measured, matrix, rows)
        yield from _permuted(measured, whole, rows)


def _pairs(measured: Array, rows: tuple[int, ...], expected: Expected) -> Iterator[Candidate]:
    layer = expected.operator.as_layer()
    if layer is not None:
        yield from _layers(pairs_of_mistakes(layer), measured, rows, expected)


def _layers(
    mistakes: Iterator[Mistake], measured: Array, rows: tuple[int, ...], expected: Expected
) -> Iterator[Candidate]:
    """Those with images of the measured sizes; the first channels say at once which differ."""
    cols = concrete(expected.operator.cols)
    block = measured.reshape(*rows, *cols)[:FEW].take(range(min(FEW, cols[0])), len(rows))
    for words, made in mistakes:
        if made.rows == rows and made.cols == cols:
            alike = expected.resembles(block, made.corner.matrix())
            yield words, rows, made.matrix().reshape(measured.shape) if alike else None


def _scaled(measured: Array, matrix: Array, rows: tuple[int, ...]) -> Iterator[Candidate]:
    places = np.argwhere((matrix != 0) & (measured != 0))
    if len(places):
        factor = float(measured[tuple(places[0])]) / matrix[tuple(places[0])]
        yield f"everything is multiplied by {factor:g}", rows, factor * matrix


def _permuted(measured: Array, whole: Array, rows: tuple[int, ...]) -> Iterator[Candidate]:
    """Channels in another order, found channel by channel."""
    taken = measured.reshape(whole.shape)
    for word, axis in (("output", 0), ("input", len(rows))):
        given, wanted = np.moveaxis(taken, axis, 0), np.moveaxis(whole, axis, 0)
        order = [
            next((n for n, one in enumerate(wanted) if np.array_equal(channel, one)), -1)
            for channel in given
        ]
        if -1 not in order:
            words = f"{word} channels are those of {tuple(order)}, in this order"
            yield words, rows, np.take(whole, order, axis).reshape(measured.shape)
