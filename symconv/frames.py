"""What happens at each step of a convolution, in numbers: pixels under the window, products, sums.

A convolution gathers: an output pixel is the dot product of a window and the kernel. A transposed
convolution scatters: an input pixel times the kernel is added to the output. Either operator can
be read both ways, since an axis is closed under transposition.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod
from typing import Any, Literal, get_args

import sympy as sp

from symconv.affine import Horizon
from symconv.errors import GeometryError, ShapeError
from symconv.explicit import concrete, pixel
from symconv.geometry import Axis
from symconv.kernel import Kernel, parse_array
from symconv.layouts import Layer
from symconv.operator import Operator

How = Literal["gather", "scatter"]
Pixel = tuple[int, ...]


@dataclass(frozen=True)
class Touch:
    """One tap of one window.

    Attributes:
        tap: index in the kernel's array.
        position: where the tap lies on the virtual, padded and stuffed image.
        pixel: the pixel that shows there; None for padding, a stuffed zero, or what is cropped.
        entry: the kernel's entry.
        value: the number that it meets: the pixel under it (gather), or the one that is scattered.
    """

    tap: Pixel
    position: Pixel
    pixel: Pixel | None
    entry: sp.Expr
    value: sp.Expr

    @property
    def product(self) -> sp.Expr:
        """Entry times value."""
        return sp.expand(self.entry * self.value)


@dataclass(frozen=True)
class Frame:
    """One step: an output pixel that gathers, or an input pixel that scatters.

    Attributes:
        how: "gather" or "scatter".
        pixel: the output pixel (gather) or the input pixel (scatter).
        touches: one for each tap, in the order of the window.
        before, after: the output, flat, before and after the step; None where nothing is known yet.
    """

    how: How
    pixel: Pixel
    touches: tuple[Touch, ...]
    before: tuple[sp.Expr | None, ...]
    after: tuple[sp.Expr | None, ...]

    @property
    def window(self) -> tuple[Pixel | None, ...]:
        """The pixels that the taps meet; None for padding and stuffed zeros."""
        return tuple(touch.pixel for touch in self.touches)

    @property
    def products(self) -> tuple[sp.Expr, ...]:
        """What each tap contributes."""
        return tuple(touch.product for touch in self.touches)

    @property
    def total(self) -> sp.Expr:
        """The sum of the products that count."""
        return sp.Add(*(t.product for t in self.touches if t.pixel is not None))


@dataclass(frozen=True)
class Windows:
    """Where the taps of every window lie, along axes with concrete sizes."""

    axes: tuple[Axis, ...]

    @cached_property
    def lines(self) -> tuple[Mapping[int, int | None], ...]:
        """For each axis the virtual positions, and the pixel that shows at each, if any."""
        return tuple(map(virtual_line, self.axes))

    def at(self, pixel: Pixel) -> Iterator[tuple[Pixel, Pixel, Pixel | None]]:
        """(tap, virtual position, pixel that shows there) for each tap of the window of a pixel."""
        for tap in product(*(range(axis.kernel_size) for axis in self.axes)):
            windows = [axis.window(t) for axis, t in zip(self.axes, tap, strict=True)]
            position = tuple(_column(w, o) for w, o in zip(windows, pixel, strict=True))
            shown = [line[q] for line, q in zip(self.lines, position, strict=True)]
            found = tuple(i for i in shown if i is not None)
            yield tap, position, found if len(found) == len(shown) else None


@dataclass(frozen=True)
class Pass:
    """A whole pass of one layer over an image; see :func:`frames`.

    Attributes:
        operator: the convolution, or its transpose.
        how: "gather" or "scatter".
        kernel: its kernel.
        axes: the axes along which the windows lie: from the image that they slide over (the input
            where they gather, the output where they scatter) to the other one.
        flipped: whether taps meet pixels in reverse order.
        image: the input, flat.
    """

    operator: Operator
    how: How
    kernel: Kernel
    axes: tuple[Axis, ...]
    flipped: bool
    image: tuple[sp.Expr, ...]

    @property
    def input_size(self) -> Pixel:
        """Spatial size of the input."""
        return concrete(self.operator.cols)[1:]

    @property
    def output_size(self) -> Pixel:
        """Spatial size of the output."""
        return concrete(self.operator.rows)[1:]

    @property
    def slid_size(self) -> Pixel:
        """Spatial size of the image that the windows slide over."""
        return self.input_size if self.how == "gather" else self.output_size

    @property
    def pixels(self) -> list[Pixel]:
        """The pixel of each step, in row-major order."""
        size = self.output_size if self.how == "gather" else self.input_size
        return list(product(*map(range, size)))

    @cached_property
    def windows(self) -> Windows:
        """The windows of all steps."""
        return Windows(self.axes)

    def touches(self, at: Pixel) -> tuple[Touch, ...]:
        """The taps of the window of one pixel."""
        return tuple(self._touch(at, *met) for met in self.windows.at(at))

    def _touch(self, at: Pixel, window_tap: Pixel, position: Pixel, met: Pixel | None) -> Touch:
        sizes = self.kernel.size
        tap = window_tap
        if self.flipped:
            tap = tuple(k - 1 - t for k, t in zip(sizes, window_tap, strict=True))
        entry = self.kernel.entries[flat_index(tap, sizes)]
        return Touch(tap, position, met, entry, self._value(at, met))

    def _value(self, at: Pixel, met: Pixel | None) -> sp.Expr:
        if self.how == "scatter":
            return self.image[flat_index(at, self.input_size)]
        return sp.S.Zero if met is None else self.image[flat_index(met, self.input_size)]

    def steps(self) -> list[Frame]:
        """All steps, one after the other."""
        empty = None if self.how == "gather" else sp.S.Zero
        output: list[sp.Expr | None] = [empty] * prod(self.output_size)
        found = []
        for at in self.pixels:
            before, touches = tuple(output), self.touches(at)
            if self.how == "gather":
                total = sp.Add(*(t.product for t in touches if t.pixel is not None))
                output[flat_index(at, self.output_size)] = total
            else:
                self._add(output, touches)
            found.append(Frame(self.how, at, touches, before, tuple(output)))
        return found

    def _add(self, output: list[sp.Expr | None], touches: Sequence[Touch]) -> None:
        for touch in touches:
            if touch.pixel is not None:
                index = flat_index(touch.pixel, self.output_size)
                output[index] = sp.Add(output[index], touch.product)


def frames(operator: Operator, how: How | None = None, image: Any = None) -> list[Frame]:
    """Every step of a pass over an image: which pixels, which products, which sums.

    Args:
        operator: a convolution of one channel, or the transpose of one, of a concrete size.
        how: "gather" or "scatter"; by default a convolution gathers, its transpose scatters.
        image: an array of exact numbers or symbols. By default 1, 2, 3, … where the kernel is
            numeric, and symbols x_{0,0}, … where it is not.

    Raises:
        ConventionError: the operator is no single layer.
        GeometryError: the other reading of a layer with copied padding.
        ShapeError: it has channels, or a symbolic size, or the image is of another shape.

    >>> import symconv as sc
    >>> step = frames(sc.conv(sc.Kernel([1, 2, 3]), 4, padding=1))[0]
    >>> step.window, step.products, step.total
    ((None, (0,), (1,)), (0, 2, 6), 8)
    """
    return plan(operator, how, image).steps()


def plan(operator: Operator, how: How | None = None, image: Any = None) -> Pass:
    """The pass whose steps :func:`frames` lists."""
    layer = Layer.of(operator, "a network")
    how = how or ("scatter" if layer.transposed else "gather")
    if layer.channels != (1, 1):
        raise ShapeError(f"{operator!r} has channels; the window is drawn for one channel to one")
    axes, flipped = window_axes(operator, how)
    size = concrete(operator.cols)[1:]
    return Pass(operator, how, layer.kernel, axes, flipped, _image(layer.kernel, size, image))


def window_axes(operator: Operator, how: How) -> tuple[tuple[Axis, ...], bool]:
    """The axes along which the windows of a layer lie, and whether its taps are then reversed."""
    layer = Layer.of(operator, "a network")
    if how not in get_args(How):
        raise ShapeError(f"how={how!r} is neither gather nor scatter")
    # Windows of the associated convolution lie on its input: on our output if we are its transpose.
    turned = layer.transposed == (how == "gather")
    if turned and layer.padding_mode != "zeros":
        other = "scatter" if how == "gather" else "gather"
        raise GeometryError(
            f"padding_mode={layer.padding_mode!r}: {operator!r} copies pixels, so that only "
            f'how="{other}" has a window'
        )
    return (tuple(axis.T for axis in layer.axes) if turned else layer.axes), turned


def step_pixel(journey: Pass, index: Any) -> Pixel:
    """The pixel of one step, from a flat index or a tuple."""
    sizes = journey.operator.rows if journey.how == "gather" else journey.operator.cols
    return pixel(sizes, index)[1:]


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


def _column(window: Any, row: int) -> int:
    """The virtual position that a window's tap has for one output pixel."""
    return int(window.col + window.col_step * row)


def _image(kernel: Kernel, size: Pixel, image: Any) -> tuple[sp.Expr, ...]:
    if image is None:
        if not kernel.free_symbols:
            return tuple(sp.Integer(i + 1) for i in range(prod(size)))
        return Kernel.symbolic("x", size).entries
    entries, shape = parse_array(image, "image entry")
    if shape != size:
        raise ShapeError(f"an image of shape {shape}; this layer takes {size}")
    return tuple(entries)
