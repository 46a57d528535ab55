"""Where the windows of an operator lie: the taps of a kernel, or the nonzero entries of a row.

Pixels are (channel, *position) throughout. A window belongs to one pixel: of the output where it
gathers, of the input where it scatters; it meets pixels of the other image.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any, Literal, get_args

import sympy as sp

from symconv.algebra.sizes import Horizon
from symconv.errors import GeometryError, ShapeError
from symconv.operators.entries import concrete, positions
from symconv.operators.geometry import Axis
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator
from symconv.operators.recognition import require_layer

How = Literal["gather", "scatter"]
Pixel = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Met:
    """One weight of one window.

    Attributes:
        tap: (channel met, *index) of the weight: in the kernel, or in the row as an image.
        position: (channel met, *position) on the virtual, padded and stuffed image.
        pixel: the pixel that shows there; None for padding, a stuffed zero, or what is cropped.
        entry: the weight.
    """

    tap: Pixel
    position: Pixel
    pixel: Pixel | None
    entry: sp.Expr


@dataclass(frozen=True)
class KernelWindows:
    """The windows of one layer: a kernel slid along axes with concrete sizes.

    Attributes:
        kernel: of the associated convolution.
        axes: from the image that the windows slide over to the other one.
        flipped: whether taps meet pixels in reverse order, and a window belongs to an input channel
            of the kernel instead of an output channel.
    """

    kernel: Kernel
    axes: tuple[Axis, ...]
    flipped: bool

    @property
    def size(self) -> Pixel:
        """Spatial size of the weights."""
        return self.kernel.size

    @cached_property
    def lines(self) -> tuple[Mapping[int, int | None], ...]:
        """For each axis the virtual positions, and the pixel that shows at each, if any."""
        return tuple(map(virtual_line, self.axes))

    @cached_property
    def _weights(self) -> Mapping[int, Mapping[int, Mapping[Pixel, sp.Expr]]]:
        """Channel of the window to channels met to tap to entry."""
        found: dict[int, dict[int, dict[Pixel, sp.Expr]]] = {}
        for o, i, tap, entry in self.kernel.weights():
            own, met = (i, o) if self.flipped else (o, i)
            found.setdefault(own, {}).setdefault(met, {})[tap] = entry
        return found

    def at(self, pixel: Pixel) -> Iterator[Met]:
        """The weights of the window of a pixel: channel by channel, in the order of the window."""
        met = [*self.spatial(pixel[1:])]
        for channel, entries in self._weights[pixel[0]].items():
            for tap, position, shown in met:
                there = None if shown is None else (channel, *shown)
                yield Met((channel, *tap), (channel, *position), there, entries[tap])

    def spatial(self, place: Pixel) -> Iterator[tuple[Pixel, Pixel, Pixel | None]]:
        """(tap, virtual position, pixel that shows there) of a window, whatever the channel."""
        for at in product(*map(range, self.size)):
            windows = [axis.window(t) for axis, t in zip(self.axes, at, strict=True)]
            position = tuple(_column(w, o) for w, o in zip(windows, place, strict=True))
            shown = [line[q] for line, q in zip(self.lines, position, strict=True)]
            found = tuple(i for i in shown if i is not None)
            tap = tuple(k - 1 - t for k, t in zip(self.size, at, strict=True))
            yield tap if self.flipped else at, position, found if len(found) == len(shown) else None

    def is_inside(self, position: Sequence[int]) -> bool:
        """Whether a virtual position is within the stuffed image."""
        pairs = zip(position, self.axes, strict=True)
        return all(0 <= q < axis.stuffed_size for q, axis in pairs)  # type: ignore[operator]


@dataclass(frozen=True)
class EntryWindows:
    """The windows of any operator: the nonzero entries of its rows, each laid out as an image.

    Attributes:
        operator: whose rows they are: of a concrete size.
    """

    operator: Operator

    @property
    def size(self) -> Pixel:
        """Spatial size of the weights: that of the image that they meet."""
        return concrete(self.operator.cols)[1:]

    @cached_property
    def lines(self) -> tuple[Mapping[int, int | None], ...]:
        """Each pixel at its own place."""
        return tuple({i: i for i in range(n)} for n in self.size)

    @cached_property
    def _rows(self) -> Mapping[int, Mapping[int, sp.Expr]]:
        heights, widths = concrete(self.operator.rows), concrete(self.operator.cols)
        found: defaultdict[int, dict[int, sp.Expr]] = defaultdict(dict)
        for cell, entry in self.operator.expressions:
            for row, col in positions(cell, heights, widths):
                found[row][col] = entry
        return found

    def at(self, pixel: Pixel) -> Iterator[Met]:
        """The nonzero entries of the row of a pixel, from left to right."""
        widths = concrete(self.operator.cols)
        entries = self._rows.get(flat_index(pixel, concrete(self.operator.rows)), {})
        for col in sorted(entries):
            met = unflat(col, widths)
            yield Met(met, met, met, entries[col])

    def is_inside(self, position: Sequence[int]) -> bool:
        """Nothing lies outside."""
        return True


Windows = KernelWindows | EntryWindows


def windows_of(operator: Operator, how: How) -> Windows:
    """The windows of a layer where it has them in this reading, else those of its matrix."""
    if how not in get_args(How):
        raise ShapeError(f"how={how!r} is neither gather nor scatter")
    layer = operator.provenance.layer
    turned = layer is not None and layer.transposed == (how == "gather")
    if layer is None or (turned and layer.padding_mode != "zeros"):
        return EntryWindows(operator if how == "gather" else operator.T)
    axes, flipped = window_axes(operator, how)
    return KernelWindows(layer.kernel, axes, flipped)


def window_axes(operator: Operator, how: How) -> tuple[tuple[Axis, ...], bool]:
    """The axes along which the windows of a layer lie, and whether its taps are then reversed.

    Raises:
        ConventionError: the operator is no single layer.
        GeometryError: the other reading of a layer with copied padding.
    """
    layer = require_layer(operator)
    # Windows of the associated convolution lie on its input: on our output if we are its transpose.
    turned = layer.transposed == (how == "gather")
    if turned and layer.padding_mode != "zeros":
        other = "scatter" if how == "gather" else "gather"
        raise GeometryError(
            f"padding_mode={layer.padding_mode!r}: {operator!r} copies pixels, so that only "
            f'how="{other}" has a window'
        )
    return (tuple(axis.T for axis in layer.axes) if turned else layer.axes), turned


def spatial_windows(operator: Operator) -> Any:
    """From an output pixel of one layer, without channel, to what its taps meet."""
    axes, flipped = window_axes(operator, "gather")
    return KernelWindows(require_layer(operator).kernel, axes, flipped).spatial


def virtual_line(axis: Axis) -> dict[int, int | None]:
    """Every virtual position that a window or the image covers, and the pixel that shows there.

    >>> virtual_line(Axis(2, 2, kernel_size=3, padding=1, input_dilation=2))
    {-1: None, 0: 0, 1: None, 2: 1}
    """
    (size,) = concrete([axis.stuffed_size])
    first, last = concrete([axis.window(0).col, axis.window(axis.kernel_size - 1).last[1]])
    line: dict[int, int | None] = dict.fromkeys(range(min(0, first), max(size - 1, last) + 1))
    for copy in axis.copies(Horizon()):
        line.update((q, i) for q, i in copy if q in line)
    return line


def flat_index(index: Pixel, size: Sequence[int]) -> int:
    """Row-major place of an index.

    >>> flat_index((1, 2), (2, 3))
    5
    """
    flat = 0
    for i, n in zip(index, size, strict=True):
        flat = flat * n + i
    return flat


def unflat(flat: int, size: Sequence[int]) -> Pixel:
    """The index at a row-major place.

    >>> unflat(5, (2, 3))
    (1, 2)
    """
    index: Pixel = ()
    for n in reversed(size):
        flat, i = divmod(flat, n)
        index = (i, *index)
    return index


def _column(window: Any, row: int) -> int:
    """The virtual position that a window's tap has for one output pixel."""
    return int(window.col + window.col_step * row)
