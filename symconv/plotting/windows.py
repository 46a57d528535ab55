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
from typing import TYPE_CHECKING, Any, Literal

import sympy as sp

from symconv.algebra.sizes import Horizon
from symconv.errors import GeometryError
from symconv.operators.entries import concrete
from symconv.recognition.recognition import require_layer

if TYPE_CHECKING:
    from symconv.operators.geometry import Axis
    from symconv.operators.kernel import Kernel
    from symconv.operators.layer import Layer
    from symconv.operators.operator import Operator

How = Literal["gather", "scatter"]
Pixel = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Touch:
    """One weight of one window, and the number that it meets.

    Attributes:
        tap: (channel met, *index) of the weight: in the kernel, or in the row as an image.
        position: (channel met, *position) on the virtual, padded and stuffed image.
        pixel: the pixel that shows there; None for padding, a stuffed zero, or what is cropped.
        entry: the weight.
        value: the pixel under it (gather), or the one that is scattered.
    """

    tap: Pixel
    position: Pixel
    pixel: Pixel | None
    entry: sp.Expr
    value: sp.Expr = sp.S.Zero

    @property
    def product(self) -> sp.Expr:
        """Entry times value."""
        product = self.entry * self.value
        return product if self.entry.is_Atom and self.value.is_Atom else sp.expand(product)


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

    def at(self, pixel: Pixel) -> Iterator[Touch]:
        """The weights of the window of a pixel: channel by channel, in the order of the window."""
        met = [*self.spatial(pixel[1:])]
        for channel, entries in self._weights[pixel[0]].items():
            for tap, position, shown in met:
                there = None if shown is None else (channel, *shown)
                yield Touch((channel, *tap), (channel, *position), there, entries[tap])

    def spatial(self, place: Pixel) -> Iterator[tuple[Pixel, Pixel, Pixel | None]]:
        """(tap, virtual position, pixel that shows there) of a window, whatever the channel."""
        for at in product(*map(range, self.size)):
            windows = [axis.window(t) for axis, t in zip(self.axes, at, strict=True)]
            position = tuple(_column(w, o) for w, o in zip(windows, place, strict=True))
            shown = [line[q] for line, q in zip(self.lines, position, strict=True)]
            found = tuple(i for i in shown if i is not None)
            tap = tuple(k - 1 - t for k, t in zip(self.size, at, strict=True))
            yield tap if self.flipped else at, position, found if len(found) == len(shown) else None

    @cached_property
    def stuffed_size(self) -> Pixel:
        """Size of the image with its stuffed zeros."""
        return concrete([axis.stuffed_size for axis in self.axes])

    def is_inside(self, position: Sequence[int]) -> bool:
        """Whether a virtual position is within the stuffed image."""
        return all(0 <= q < n for q, n in zip(position, self.stuffed_size, strict=True))


@dataclass(frozen=True)
class EntryWindows:
    """The windows of any matrix: the nonzero entries of its rows, each laid out as an image.

    Attributes:
        size: spatial size of the weights: that of the image that they meet.
        rows: pixel of a row to the pixels of its nonzero entries, from left to right.
    """

    size: Pixel
    rows: Mapping[Pixel, Mapping[Pixel, sp.Expr]]

    @property
    def lines(self) -> tuple[Mapping[int, int | None], ...]:
        """Each pixel at its own place."""
        return tuple({i: i for i in range(n)} for n in self.size)

    def at(self, pixel: Pixel) -> Iterator[Touch]:
        """The nonzero entries of the row of a pixel, from left to right."""
        return (Touch(met, met, met, entry) for met, entry in self.rows.get(pixel, {}).items())

    def is_inside(self, position: Sequence[int]) -> bool:
        """Nothing lies outside."""
        return True


Windows = KernelWindows | EntryWindows


def windows_of(operator: Operator, how: How) -> Windows:
    """The windows of a layer where it has them in this reading, else those of its matrix."""
    layer = operator.provenance.layer
    windows = layer and _kernel_windows(layer, how)
    return windows or _entry_windows(operator if how == "gather" else operator.T)


def layer_windows(operator: Operator, how: How) -> KernelWindows:
    """The windows of one layer.

    Raises:
        ConventionError: the operator is no single layer.
        GeometryError: the other reading of a layer with copied padding.
    """
    layer = require_layer(operator)
    windows = _kernel_windows(layer, how)
    if windows is None:
        other = "scatter" if how == "gather" else "gather"
        raise GeometryError(
            f"padding_mode={layer.padding_mode!r}: {operator!r} copies pixels, so that only "
            f'how="{other}" has a window'
        )
    return windows


def _kernel_windows(layer: Layer, how: How) -> KernelWindows | None:
    # Windows of the associated convolution lie on its input: on our output if we are its transpose.
    turned = layer.transposed == (how == "gather")
    if turned and layer.padding_mode != "zeros":
        return None
    axes = tuple(axis.T for axis in layer.axes) if turned else layer.axes
    return KernelWindows(layer.kernel, axes, turned)


def _entry_windows(operator: Operator) -> EntryWindows:
    rows, cols = (pixels_of(concrete(sizes)) for sizes in (operator.rows, operator.cols))
    found: defaultdict[Pixel, dict[Pixel, sp.Expr]] = defaultdict(dict)
    for (row, col), entry in sorted(operator.as_explicit().todok().items()):
        found[rows[row]][cols[col]] = entry
    return EntryWindows(concrete(operator.cols)[1:], found)


def virtual_line(axis: Axis) -> dict[int, int | None]:
    """Every virtual position that a window or the image covers, and the pixel that shows there.

    >>> from symconv.operators.geometry import Axis
    >>> virtual_line(Axis(2, 2, kernel_size=3, padding=1, input_dilation=2))
    {-1: None, 0: 0, 1: None, 2: 1}
    """
    (size,) = concrete([axis.stuffed_size])
    first, last = concrete([axis.window(0).col, axis.window(axis.kernel_size - 1).last[1]])
    line: dict[int, int | None] = dict.fromkeys(range(min(0, first), max(size - 1, last) + 1))
    for copy in axis.copies(Horizon()):
        line.update((q, i) for q, i in copy if q in line)
    return line


def pixels_of(size: Sequence[int]) -> list[Pixel]:
    """The pixels of an image in row-major order.

    >>> pixels_of((2, 2))
    [(0, 0), (0, 1), (1, 0), (1, 1)]
    """
    return list(product(*map(range, size)))


def _column(window: Any, row: int) -> int:
    """The virtual position that a window's tap has for one output pixel."""
    return int(window.col + window.col_step * row)
