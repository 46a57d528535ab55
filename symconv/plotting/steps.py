"""What happens at each step of an operator, in numbers: pixels under the window, products, sums.

A convolution gathers: an output pixel is the dot product of a window and the kernel, summed over
the channels. A transposed convolution scatters: an input pixel times the kernel is added to the
output. Every operator can be read both ways, by its rows or by its columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from math import prod
from typing import Any, get_args

import sympy as sp

from symconv.arguments import parse_choice
from symconv.errors import ShapeError
from symconv.operators.entries import concrete
from symconv.operators.exact_input import parse_array
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator, parse_operator
from symconv.operators.provenance import Transposed
from symconv.plotting.windows import (
    How,
    KernelWindows,
    Pixel,
    Touch,
    Windows,
    pixels_of,
    windows_of,
)
from symconv.work_limits import check


@dataclass(frozen=True)
class Step:
    """One step: an output pixel that gathers, or an input pixel that scatters.

    Attributes:
        pixel: (channel, *position) of the output pixel (gather) or of the input pixel (scatter).
        touches: one for each weight, channel by channel in the order of the window.
        before, after: the output, flat, before and after the step; None where nothing is known yet.
        done: whether the last pixel was scattered before, so that only the sum is left to show.
    """

    pixel: Pixel
    touches: tuple[Touch, ...]
    before: tuple[sp.Expr | None, ...]
    after: tuple[sp.Expr | None, ...]
    done: bool = False

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
class Steps:
    """All steps of one operator over an image; see :func:`steps_of`.

    Attributes:
        operator: of a concrete size.
        how: "gather" or "scatter".
        windows: over the input where they gather, over the output where they scatter.
        image: the input, pixel by pixel.
    """

    operator: Operator
    how: How
    windows: Windows
    image: Mapping[Pixel, sp.Expr]

    def __len__(self) -> int:
        return prod(self.step_size)

    def __getitem__(self, number: int) -> Step:
        return self._all[number]

    def __iter__(self) -> Iterator[Step]:
        return iter(self._all)

    @property
    def gathers(self) -> bool:
        """Whether each step is an output pixel."""
        return self.how == "gather"

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
        return self.input_size if self.gathers else self.output_size

    @property
    def step_size(self) -> Pixel:
        """(channels, *size) of the image each of whose pixels is a step."""
        return self.output_size if self.gathers else self.input_size

    @property
    def in_line(self) -> bool:
        """Whether images have one axis."""
        return len(self.slid_size) == 2

    @cached_property
    def virtual(self) -> tuple[tuple[int, ...], ...]:
        """Virtual positions along slices, rows and columns."""
        lines = [tuple(line) for line in self.windows.lines]
        return *(((0,),) * (3 - len(lines))), *lines

    @property
    def done(self) -> Step:
        """After the last step."""
        return replace(self[-1], touches=(), before=self[-1].after, done=True)

    @cached_property
    def _all(self) -> list[Step]:
        return [*self._made()]

    def first(self, count: int) -> list[Step]:
        """So many steps from the first one on, without work for those after them."""
        return [*islice(self._made(), count)] if "_all" not in vars(self) else self._all[:count]

    def _made(self) -> Iterator[Step]:
        output = dict.fromkeys(pixels_of(self.output_size), None if self.gathers else sp.S.Zero)
        for at in pixels_of(self.step_size):
            before = tuple(output.values())
            met = self.windows.at(at)
            touches = tuple(replace(touch, value=self._value(at, touch)) for touch in met)
            counted = [(t.pixel, t.product) for t in touches if t.pixel is not None]
            if self.gathers:
                output[at] = sp.Add(*(product for _, product in counted))
            else:
                for pixel, product in counted:
                    output[pixel] = sp.Add(output[pixel], product)
            yield Step(at, touches, before, tuple(output.values()))

    def _value(self, at: Pixel, touch: Touch) -> sp.Expr:
        pixel = touch.pixel if self.gathers else at
        return sp.S.Zero if pixel is None else self.image[pixel]


def steps_of(operator: Operator, how: How | None = None, image: Any = None) -> Steps:
    """Every step over an image: which pixels, which products, which sums.

    Args:
        operator: any operator of a concrete size. A convolution or the transpose of one has windows
            of its kernel; any other has the nonzero entries of its rows (or columns).
        how: "gather" or "scatter"; by default a transpose scatters and all others gather.
        image: an array of exact numbers or symbols, led by the channels where there are several. By
            default 1, 2, 3, … where the entries are numbers, and symbols x_{0,0}, … where not.

    Raises:
        ShapeError: a symbolic size, too many pixels, or an image of another shape.

    >>> import symconv as sc
    >>> step = steps_of(sc.conv(sc.Kernel([1, 2, 3]), 4, padding=1))[0]
    >>> step.window, step.products, step.total
    ((None, (0, 0), (0, 1)), (0, 2, 6), 8)
    """
    size = concrete(parse_operator(operator).cols)
    most = max(prod(size), prod(concrete(operator.rows)))
    check("pixels", most, f"{most} pixels step by step", "take a smaller image, or draw()")
    if how is None:
        how = "scatter" if isinstance(operator.provenance, Transposed) else "gather"
    how = parse_choice("how", how, get_args(How))
    pixels = dict(zip(pixels_of(size), _image(operator, size, image), strict=True))
    return Steps(operator, how, windows_of(operator, how), pixels)


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
