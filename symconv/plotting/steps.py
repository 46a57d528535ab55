"""What happens at each step of an operator, in numbers: pixels under the window, products, sums.

A convolution gathers: an output pixel is the dot product of a window and the kernel, summed over
the channels. A transposed convolution scatters: an input pixel times the kernel is added to the
output. Every operator can be read both ways, by its rows or by its columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

import sympy as sp

from symconv.errors import ShapeError
from symconv.operators.entries import concrete, pixel
from symconv.operators.exact_input import parse_array
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator
from symconv.operators.provenance import Transposed
from symconv.plotting.windows import How, KernelWindows, Met, Pixel, Windows, flat_index, windows_of

MOST_PIXELS = 4096


@dataclass(frozen=True)
class Touch:
    """One weight of one window and the number that it meets.

    Attributes:
        tap, position, pixel, entry: see :class:`symconv.windows.Met`.
        value: the pixel under it (gather), or the one that is scattered.
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
        pixel: (channel, *position) of the output pixel (gather) or of the input pixel (scatter).
        touches: one for each weight, channel by channel in the order of the window.
        before, after: the output, flat, before and after the step; None where nothing is known yet.
    """

    how: How
    pixel: Pixel
    touches: tuple[Touch, ...]
    before: tuple[sp.Expr | None, ...]
    after: tuple[sp.Expr | None, ...]

    @property
    def window(self) -> tuple[Pixel | None, ...]:
        """The pixels that the weights meet; None for padding and stuffed zeros."""
        return tuple(touch.pixel for touch in self.touches)

    @property
    def products(self) -> tuple[sp.Expr, ...]:
        """What each weight contributes."""
        return tuple(touch.product for touch in self.touches)

    @property
    def by_channel(self) -> Mapping[int, list[Touch]]:
        """The touches that count, by the channel that they meet."""
        found: dict[int, list[Touch]] = {touch.tap[0]: [] for touch in self.touches}
        for touch in self.touches:
            if touch.pixel is not None:
                found[touch.tap[0]].append(touch)
        return found

    @property
    def sums(self) -> Mapping[int, sp.Expr]:
        """The sum of the products, channel by channel."""
        return {c: sp.Add(*(t.product for t in met)) for c, met in self.by_channel.items()}

    @property
    def total(self) -> sp.Expr:
        """The sum of the products that count."""
        return sp.Add(*self.sums.values())


@dataclass(frozen=True)
class Pass:
    """A whole pass of one operator over an image; see :func:`frames`.

    Attributes:
        operator: of a concrete size.
        how: "gather" or "scatter".
        windows: over the input where they gather, over the output where they scatter.
        image: the input, flat.
    """

    operator: Operator
    how: How
    windows: Windows
    image: tuple[sp.Expr, ...]

    @property
    def layer(self) -> KernelWindows | None:
        """The windows where they are those of a kernel."""
        return self.windows if isinstance(self.windows, KernelWindows) else None

    @property
    def input_size(self) -> Pixel:
        """(channels, *size) of the input."""
        return concrete(self.operator.cols)

    @property
    def output_size(self) -> Pixel:
        """(channels, *size) of the output."""
        return concrete(self.operator.rows)

    @property
    def slid_size(self) -> Pixel:
        """(channels, *size) of the image that the windows slide over."""
        return self.input_size if self.how == "gather" else self.output_size

    @property
    def step_size(self) -> Pixel:
        """(channels, *size) of the image each of whose pixels is a step."""
        return self.output_size if self.how == "gather" else self.input_size

    @property
    def pixels(self) -> list[Pixel]:
        """The pixel of each step, in row-major order, channel by channel."""
        return list(product(*map(range, self.step_size)))

    def touches(self, at: Pixel) -> tuple[Touch, ...]:
        """The weights of the window of one pixel."""
        return tuple(self._touch(at, met) for met in self.windows.at(at))

    def _touch(self, at: Pixel, met: Met) -> Touch:
        return Touch(met.tap, met.position, met.pixel, met.entry, self._value(at, met.pixel))

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
        operator: any operator of a concrete size. A convolution or the transpose of one has windows
            of its kernel; any other has the nonzero entries of its rows (or columns).
        how: "gather" or "scatter"; by default a transpose scatters and all others gather.
        image: an array of exact numbers or symbols, led by the channels where there are several. By
            default 1, 2, 3, … where the entries are numbers, and symbols x_{0,0}, … where not.

    Raises:
        ShapeError: a symbolic size, too many pixels, or an image of another shape.

    >>> import symconv as sc
    >>> step = frames(sc.conv(sc.Kernel([1, 2, 3]), 4, padding=1))[0]
    >>> step.window, step.products, step.total
    ((None, (0, 0), (0, 1)), (0, 2, 6), 8)
    """
    return plan(operator, how, image).steps()


def plan(operator: Operator, how: How | None = None, image: Any = None) -> Pass:
    """The pass whose steps :func:`frames` lists."""
    sizes = concrete(operator.cols), concrete(operator.rows)
    if max(map(prod, sizes)) > MOST_PIXELS:
        raise ShapeError(
            f"an image of {max(map(prod, sizes))} pixels: step by step, at most {MOST_PIXELS}"
        )
    transposed = isinstance(operator.provenance, Transposed)
    how = how or ("scatter" if transposed else "gather")
    return Pass(operator, how, windows_of(operator, how), _image(operator, sizes[0], image))


def step_pixel(journey: Pass, index: Any) -> Pixel:
    """The pixel of one step, from a flat index or a tuple."""
    return pixel(journey.step_size, index)


def _image(operator: Operator, size: Pixel, image: Any) -> tuple[sp.Expr, ...]:
    shapes = [size[1:]] * (size[0] == 1) + [size]
    if image is None:
        if not operator.entry_symbols:
            return tuple(sp.Integer(i + 1) for i in range(prod(size)))
        return Kernel.symbolic("x", shapes[0]).entries
    entries, shape = parse_array(image, "image entry")
    if shape not in shapes:
        raise ShapeError(f"an image of shape {shape}; this operator takes {shapes[0]}")
    return tuple(entries)
