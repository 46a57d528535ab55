"""The windows of one layer, for images of any size: what it makes of sizes, and what it sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp

from symconv.algebra.sizes import Size
from symconv.errors import GeometryError
from symconv.operators.geometry import Axis, conv_axes, conv_transpose_axes, parse_steps
from symconv.operators.layer import Layer
from symconv.operators.padding import Padding, PerAxis, parse_mode, parse_paddings
from symconv.operators.size_formulas import output_size, transposed_output_size


@dataclass(frozen=True)
class Window:
    """The geometry of a convolution, a pooling or a transposed convolution on one axis.

    Attributes:
        taps, stride, dilation, input_dilation: as in :class:`Axis`.
        low, high: pixels of padding before and after; those of the associated convolution.
        padding_mode: what stands in the padding.
        transposed: whether it is the transpose of that convolution.
        longer: output_padding of a transposed convolution.
    """

    taps: int
    stride: int = 1
    low: int = 0
    high: int = 0
    dilation: int = 1
    input_dilation: int = 1
    padding_mode: str = "zeros"
    transposed: bool = False
    longer: int = 0

    @property
    def extent(self) -> int:
        """Pixels that it covers."""
        return self.dilation * (self.taps - 1) + 1

    @property
    def steps(self) -> tuple[int, int, int]:
        """(s, u, p): it joins input pixel i to output pixel o where u*i = s*o + dilation*t - p."""
        if self.transposed:
            return 1, self.stride, self.extent - 1 - self.low
        return self.stride, self.input_dilation, self.low

    def axis(self, size: Size) -> Axis:
        """It on an image of a size; for a transposed convolution, the associated convolution."""
        padding = ((self.low, self.high),)
        if self.transposed:
            steps = (self.stride, padding, self.longer, self.dilation)
            return conv_transpose_axes((self.taps,), (size,), *steps)[0]
        given = (self.stride, padding, self.dilation, self.input_dilation, self.padding_mode)
        return conv_axes((self.taps,), (size,), *given)[0]

    def output(self, size: Size) -> Size:
        """Pixels after it.

        Raises:
            ResidueError: they depend on a remainder that is not known.
            GeometryError: there are none.
        """
        axis = self.axis(size)
        return axis.input_size if self.transposed else axis.output_size

    def formula(self, size: sp.Expr) -> sp.Expr:
        """Pixels after it, for every number of pixels before."""
        given = (size, self.taps, self.stride, (self.low, self.high), self.dilation)
        if self.transposed:
            return transposed_output_size(*given, self.longer)
        return merged(output_size(*given, input_dilation=self.input_dilation))

    def needed(self, pixels: int) -> int:
        """The fewest pixels before it that give so many after it.

        >>> Window(3, stride=2, low=1, high=1).needed(4), Window(2, 2, transposed=True).needed(5)
        (7, 3)
        """
        if self.transposed:
            rest = pixels - self.extent + self.low + self.high - self.longer
            return max(1, -(-rest // self.stride) + 1)
        rest = self.stride * (pixels - 1) + self.extent - self.low - self.high - 1
        copied = max(self.low, self.high)
        least = {"reflect": copied + 1, "circular": copied}.get(self.padding_mode, 1)
        return max(1, -(-max(rest, least - 1) // self.input_dilation) + 1)

    def left_out(self, size: Size) -> int:
        """Pixels at the end of an image that no window reaches, beyond the gaps between windows."""
        if self.transposed:
            return 0
        high = self.axis(size).padding_high
        assert isinstance(high, int)
        return max(0, -high - max(0, self.stride - self.extent))

    def turned(self, size: Size) -> Window:
        """The windows of the transposed layer, which takes the output and gives an image of a size.

        >>> Window(3, stride=2).turned(6).output(2)
        6
        """
        axis = self.axis(size)
        high = axis.padding_high
        assert isinstance(high, int)
        s, u, taps = self.stride, self.input_dilation, self.taps
        if self.transposed:
            return Window(taps, s, self.low, high, self.dilation)
        if u > 1:
            turned = axis.T
            low, rest = turned.padding, turned.padding_high
            assert isinstance(rest, int)
            return Window(taps, u, low, rest, self.dilation, s)
        return Window(taps, s, self.low, high, self.dilation, transposed=True)


def merged(size: sp.Expr) -> sp.Expr:
    """A size with floors of floors as one: floor((floor(x) + c)/t) = floor((x + c)/t).

    >>> n = sp.Symbol("n")
    >>> merged(output_size(output_size(n, 3, 2), 3, 2))
    floor(n/4 + 1/4) - 1
    """
    once = size.replace(sp.floor, _merged)
    return once if once == size else merged(once)


def _merged(argument: sp.Expr) -> sp.Expr:
    terms = sp.expand(argument).as_coefficients_dict()
    for inner, share in terms.items():
        rest = sp.Add(*(t * c for t, c in terms.items() if t != inner))
        if inner.func in (sp.floor, sp.ceiling) and share.p == 1 and rest.is_Rational:
            return _floor((_floored(inner) + sp.floor(rest * share.q)) / share.q)
    return _floor(argument)


def _floored(size: sp.Expr) -> sp.Expr:
    """What the floor of is a size: ceil(x/q) = floor((x + q - 1)/q) for an integer x."""
    (argument,) = size.args
    return argument + 1 - 1 / argument.as_numer_denom()[1] if size.func == sp.ceiling else argument


def _floor(argument: sp.Expr) -> sp.Expr:
    """With a constant from 0 to 1 in it; a ceiling where that is all that there is to add."""
    rest, grows = sp.expand(argument).as_coeff_Add()
    whole = sp.floor(rest)
    parts = grows.as_numer_denom()
    if rest - whole == 1 - 1 / parts[1]:
        return sp.ceiling(grows) + whole
    return sp.floor(grows + rest - whole) + whole


def windows(
    kernel_size: Sequence[int],
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    input_dilation: PerAxis = 1,
    padding_mode: str = "zeros",
    transposed: bool = False,
    output_padding: PerAxis = 0,
) -> tuple[Window, ...]:
    """One window an axis, from arguments as :func:`symconv.conv` takes them.

    Raises:
        GeometryError: no such geometry, or padding "same" with a stride, which pads by the size.

    >>> windows((3,), padding="same")
    (Window(taps=3, stride=1, low=1, high=1, dilation=1, input_dilation=1, padding_mode='zeros', \
transposed=False, longer=0),)
    """
    ndim = len(kernel_size)
    strides = parse_steps(stride, ndim, "stride")
    dilations = parse_steps(dilation, ndim, "dilation")
    columns = zip(
        kernel_size,
        strides,
        parse_paddings(padding, ndim),
        dilations,
        parse_steps(input_dilation, ndim, "input_dilation"),
        parse_steps(output_padding, ndim, "output_padding", least=0),
        strict=True,
    )
    mode = parse_mode(padding_mode)
    return tuple(
        Window(k, s, *_sides(p, d * (k - 1), s), d, u, mode, transposed, a)
        for k, s, p, d, u, a in columns
    )


def _sides(padding: str | tuple[int, int], reach: int, stride: int) -> tuple[int, int]:
    if isinstance(padding, tuple):
        return padding
    if padding == "same" and stride > 1:
        raise GeometryError(
            f'padding="same" at stride {stride} pads by an amount that depends on the size: give '
            "(low, high) of each axis"
        )
    return {"valid": (0, 0), "full": (reach, reach), "same": (reach // 2, reach - reach // 2)}[
        padding
    ]


def layer_windows(layer: Layer) -> tuple[Window, ...]:
    """The windows of a layer on images of the size that it has."""
    return tuple(_axis_window(axis, layer.transposed) for axis in layer.axes)


def _axis_window(axis: Axis, transposed: bool) -> Window:
    high: Any = axis.padding_high
    if not isinstance(high, int):
        raise GeometryError(f"the padding {high} at the end of an axis grows with the image")
    given = (axis.kernel_size, axis.stride, axis.padding, high, axis.dilation, axis.input_dilation)
    return Window(*given, axis.padding_mode, transposed)
