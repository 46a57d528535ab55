"""Where the kernel meets the image: sizes, taps and padding modes, one axis at a time.

Everything rests on one relation. Tap ``k`` joins input pixel ``i`` to output pixel ``o`` iff

    input_dilation*i = stride*o + dilation*k - padding,   0 <= i < n,  0 <= o < m.

Both sides name a position ``q`` on the virtual, padded line; a padding mode says at which other
positions a pixel shows again. (Dumoulin & Visin, arXiv:1603.07285, in full generality.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from symconv._pickle import Pickled
from symconv.algebra.diagonal import Diagonal, compose, diagonal
from symconv.algebra.sizes import (
    LARGEST,
    Horizon,
    Size,
    divide,
    parse_integer,
    parse_size,
)
from symconv.arguments import is_list, shown
from symconv.errors import GeometryError
from symconv.operators.padding import (
    Line,
    Padding,
    PaddingMode,
    PerAxis,
    parse_mode,
    parse_paddings,
    per_axis,
    require_room,
    resolved,
    shown_at,
)

# Stride s and input dilation u.
Steps = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Axis(Pickled):
    """One axis of a convolution; both sizes are stored, so nothing is left to a convention.

    Attributes:
        input_size, output_size: pixels before and after.
        kernel_size: taps.
        stride, dilation: steps of the window and of the taps, in (stuffed) pixels.
        padding: pixels put before the first one; negative crops.
        input_dilation: input_dilation - 1 zeros are stuffed between pixels.
        padding_mode: what stands outside the image.
        filled: what a padding mode other than zeros was asked to fill at the wider end, which
            says how small an image can be; windows need not touch all of it.

    Raises:
        GeometryError: a size below one, or an image too small for its padding mode.
    """

    input_size: Size
    output_size: Size
    kernel_size: int
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    input_dilation: int = 1
    padding_mode: PaddingMode = "zeros"
    filled: int = 0

    def __post_init__(self) -> None:
        self.require(Horizon())

    def require(self, horizon: Horizon) -> None:
        """Refuse sizes that describe no convolution, and remember from which n on they do."""
        for size in (self.input_size, self.output_size, self.covered):
            horizon.require_pixels(size)
        require_room(self.padding_mode, self.filled, self.stuffed_size, horizon)

    @property
    def extent(self) -> int:
        """Pixels that the dilated kernel covers: dilation*(kernel_size - 1) + 1."""
        return self.dilation * (self.kernel_size - 1) + 1

    @property
    def stuffed_size(self) -> Size:
        """Length of the input with its stuffed zeros."""
        return (self.input_size - 1) * self.input_dilation + 1

    @property
    def covered(self) -> Size:
        """Length of the padded line that windows touch."""
        return self.stride * (self.output_size - 1) + self.extent

    @property
    def padding_high(self) -> Size:
        """Pixels after the last one that a window touches; negative where some are left over."""
        return self.covered - self.stuffed_size - self.padding

    @property
    def T(self) -> Axis:
        """The axis of the transposed convolution, for zero padding; an involution.

        The relation is the same with input and output exchanged and the taps reversed.

        >>> Axis(5, 2, kernel_size=3, stride=2).T
        Axis(input_size=2, output_size=5, kernel_size=3, stride=1, padding=2, dilation=1, \
input_dilation=2, padding_mode='zeros', filled=0)
        """
        if self.padding_mode != "zeros":
            raise GeometryError(
                f"the transpose of a convolution with padding_mode={self.padding_mode!r} is no "
                "convolution; transpose the operator instead"
            )
        return Axis(
            self.output_size,
            self.input_size,
            self.kernel_size,
            self.input_dilation,
            self.extent - 1 - self.padding,
            self.dilation,
            self.stride,
        )

    def map(self, size: Callable[[Size], Size]) -> Axis:
        """The same axis of an image of another size."""
        return replace(self, input_size=size(self.input_size), output_size=size(self.output_size))

    def window(self, tap: int) -> Diagonal:
        """Output pixel o to the virtual position q = stride*o + dilation*tap - padding."""
        start = self.dilation * tap - self.padding
        return diagonal(0, start, 1, self.stride, self.output_size)

    def copies(self, horizon: Horizon) -> Iterator[Diagonal]:
        """Virtual positions q to the input pixels i that show there, one diagonal a copy."""
        first = -self.padding
        last = first + self.covered - 1
        line = Line(self.input_size, self.stuffed_size, self.input_dilation)
        for copy in shown_at(self.padding_mode, line, first, last, horizon):
            yield copy.T

    def tap(self, tap: int, horizon: Horizon) -> list[Diagonal]:
        """The pairs (output pixel, input pixel) that a tap joins, as diagonals."""
        window = self.window(tap)
        products = (compose(window, copy, horizon) for copy in self.copies(horizon))
        return [product for product in products if product is not None]


def conv_axes(
    kernel_size: Sequence[int],
    size: object,
    stride: PerAxis,
    padding: Padding,
    dilation: PerAxis,
    input_dilation: PerAxis,
    padding_mode: str,
) -> tuple[Axis, ...]:
    """The axes of a convolution from what a user typed; ``size`` is that of its input."""
    ndim = len(kernel_size)
    mode = parse_mode(padding_mode)
    columns = zip(
        kernel_size,
        parse_sizes(size, ndim),
        parse_steps(stride, ndim, "stride"),
        parse_paddings(padding, ndim),
        parse_steps(dilation, ndim, "dilation"),
        parse_steps(input_dilation, ndim, "input_dilation"),
        strict=True,
    )
    return tuple(_conv_axis(k, n, s, p, d, u, mode) for k, n, s, p, d, u in columns)


def _conv_axis(
    kernel_size: int,
    n: Size,
    stride: int,
    padding: str | tuple[int, int],
    dilation: int,
    input_dilation: int,
    mode: PaddingMode,
) -> Axis:
    extent = dilation * (kernel_size - 1) + 1
    stuffed = (n - 1) * input_dilation + 1
    low, high = resolved(padding, extent, stuffed, stride)
    padded = stuffed + low + high
    horizon = Horizon()
    horizon.require_pixels(padded)
    room = padded - extent
    if not horizon.is_positive(room + 1):
        raise GeometryError(
            f"the kernel covers {extent} pixels (kernel size {kernel_size}, dilation {dilation}), "
            f"more than the {padded} of the padded input"
        )
    steps, _ = divide(room, stride)
    filled = 0 if mode == "zeros" else max(low, high)
    return Axis(n, steps + 1, kernel_size, stride, low, dilation, input_dilation, mode, filled)


def conv_transpose_axes(
    kernel_size: Sequence[int],
    size: object,
    stride: PerAxis,
    padding: Padding,
    output_padding: PerAxis,
    dilation: PerAxis,
) -> tuple[Axis, ...]:
    """The axes of the convolution whose transpose was asked for; ``size`` is that of its output.

    ``output_padding`` only lengthens the stored input size: it is never kept.
    """
    ndim = len(kernel_size)
    columns = zip(
        kernel_size,
        parse_sizes(size, ndim),
        parse_steps(stride, ndim, "stride"),
        parse_paddings(padding, ndim),
        parse_steps(output_padding, ndim, "output_padding", least=0),
        parse_steps(dilation, ndim, "dilation"),
        strict=True,
    )
    return tuple(_transposed_axis(k, m, s, p, a, d) for k, m, s, p, a, d in columns)


def _transposed_axis(
    kernel_size: int,
    m: Size,
    stride: int,
    padding: str | tuple[int, int],
    output_padding: int,
    dilation: int,
) -> Axis:
    if output_padding >= max(stride, dilation):
        raise GeometryError(
            f"output_padding={output_padding} must be less than max(stride, dilation) = "
            f"{max(stride, dilation)}"
        )
    extent = dilation * (kernel_size - 1) + 1
    if padding == "same":
        if output_padding:
            raise GeometryError(f'padding="same" fixes the size; output_padding={output_padding}')
        n: Size = m * stride
        low, _ = resolved("same", extent, n, stride)
    else:
        low, high = resolved(padding, extent, m, stride)
        n = stride * (m - 1) + extent - low - high + output_padding
        if not Horizon().is_positive(n):
            raise GeometryError(
                f"padding ({low}, {high}) crops all of the {n + low + high} output pixels"
            )
    return Axis(n, m, kernel_size, stride, low, dilation)


def parse_sizes(size: object, ndim: int) -> tuple[Size, ...]:
    """One size an axis."""
    sizes = size if is_list(size) else (size,)
    if len(sizes) != ndim:
        raise GeometryError(f"size {shown(size)} has {len(sizes)} axes and the kernel has {ndim}")
    return tuple(map(parse_size, sizes))


def parse_steps(value: PerAxis, ndim: int, what: str, least: int = 1) -> tuple[int, ...]:
    """One integer of at least ``least`` an axis, from one for all or one each."""
    values = per_axis(value, ndim, what)
    steps = tuple(parse_integer(v, what) for v in values)
    for step in steps:
        if step < least:
            raise GeometryError(f"{what} must be at least {least}, not {step}")
        if step > LARGEST:
            raise GeometryError(f"{what} {step} is more than 2**63 - 1")
    return steps
