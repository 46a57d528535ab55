"""Pooling by sums and means over windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

import sympy as sp
from sympy.polys.domains import QQ

from symconv.algebra.diagonal import Cell, compose
from symconv.algebra.diagonal import identity as identity_diagonal
from symconv.algebra.normal_form import normal_form
from symconv.algebra.sizes import Horizon, Size, evaluate
from symconv.arguments import parse_flag
from symconv.errors import GeometryError
from symconv.operators.convolution import conv
from symconv.operators.exact_input import parse_exact
from symconv.operators.geometry import Axis, parse_steps
from symconv.operators.layer import Layer
from symconv.operators.operator import Operator, product_of, scale
from symconv.operators.padding import Padding, PerAxis, parse_paddings
from symconv.operators.provenance import EntryMap, Primitive, SizeMap
from symconv.resampling.shifts_and_shuffles import depthwise, ones, parse_image_size


def sum_pool(
    size: Any,
    kernel_size: PerAxis,
    *,
    stride: PerAxis | None = None,
    padding: Padding = 0,
    channels: int = 1,
) -> Operator:
    """The sum over windows; the stride is the window where left out.

    >>> sum_pool(4, 2).as_explicit()
    Matrix([
    [1, 1, 0, 0],
    [0, 0, 1, 1]])
    """
    sizes = parse_image_size(size)
    window = parse_steps(kernel_size, len(sizes), "kernel_size")
    kernel = depthwise(ones(window), window, channels)
    return conv(kernel, sizes, stride=window if stride is None else stride, padding=padding)


def avg_pool(
    size: Any,
    kernel_size: PerAxis,
    *,
    stride: PerAxis | None = None,
    padding: Padding = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor: Any = None,
    channels: int = 1,
) -> Operator:
    """The mean over windows; its transpose spreads each value evenly over its window.

    Args:
        size, kernel_size, stride, padding, channels: as in :func:`sum_pool`.
        ceil_mode: one window more at the end, where it begins on the image or before it.
        count_include_pad: divide by the pixels of the padded image that a window covers, as
            PyTorch does by default; otherwise by the pixels of the image in it.
        divisor: what to divide by instead, a number or an expression.

    Raises:
        GeometryError: a window without a pixel, where only pixels count.

    >>> avg_pool(3, 2, stride=1, padding=((1, 0),), count_include_pad=False).as_explicit()
    Matrix([
    [  1,   0,   0],
    [1/2, 1/2,   0],
    [  0, 1/2, 1/2]])
    >>> avg_pool(3, 2, ceil_mode=True).as_explicit()
    Matrix([
    [1/2, 1/2, 0],
    [  0,   0, 1]])
    """
    parse_flag("count_include_pad", count_include_pad)
    sizes, step = parse_image_size(size), kernel_size if stride is None else stride
    is_longer = parse_flag("ceil_mode", ceil_mode)
    reached = _ceiled(sizes, kernel_size, step, padding) if is_longer else padding
    total = sum_pool(sizes, kernel_size, stride=step, padding=reached, channels=channels)
    layer = total.provenance.layer
    assert layer is not None
    if divisor is not None:
        parts = parse_exact(divisor, "divisor")
        if parts.is_zero:
            raise GeometryError("the divisor of a mean is zero")
        return scale(total, 1 / parts)
    if not count_include_pad:
        return product_of(PixelCount(channels, layer.axes).operator(), total)
    beyond = _beyond(layer, padding) if is_longer else []
    if not any(beyond):
        return total / prod(layer.kernel.size)
    return product_of(_padded_counts(sizes, layer, padding, beyond, channels), total)


def _ceiled(
    sizes: Sequence[Any], kernel_size: PerAxis, stride: PerAxis, padding: Padding
) -> list[tuple[int, int]]:
    """Padding with room for one window more that begins on the image or before it."""
    ndim = len(sizes)
    columns = zip(
        parse_steps(kernel_size, ndim, "kernel_size"),
        parse_steps(stride, ndim, "stride"),
        _numeric(padding, ndim),
        strict=True,
    )
    return [(low, max(high, min(high + s, k) - 1)) for k, s, (low, high) in columns]


def _numeric(padding: Padding, ndim: int) -> list[tuple[int, int]]:
    pairs = [pair for pair in parse_paddings(padding, ndim) if isinstance(pair, tuple)]
    if len(pairs) != ndim:
        raise GeometryError(f"ceil_mode needs pixels of padding, not {padding!r}")
    return pairs


def _beyond(layer: Layer, padding: Padding) -> list[int]:
    """How far windows reach beyond the padding, on each axis."""
    pairs = zip(layer.axes, _numeric(padding, len(layer.axes)), strict=True)
    return [max(evaluate(axis.padding_high - high, {}), 0) for axis, (_, high) in pairs]


def _padded_counts(
    sizes: Sequence[Any], layer: Layer, padding: Padding, beyond: Sequence[int], channels: int
) -> Operator:
    """1/count of the pixels of the padded image in each window."""
    pairs = zip(sizes, _numeric(padding, len(sizes)), strict=True)
    padded = [n + low + high for n, (low, high) in pairs]
    rest, stride = [(0, pixels) for pixels in beyond], layer.each("stride")
    counted = sum_pool(padded, layer.kernel.size, stride=stride, padding=rest).provenance.layer
    assert counted is not None
    return PixelCount(channels, counted.axes).operator()


@dataclass(frozen=True)
class PixelCount(Primitive):
    """Provenance: divide every output pixel by the number of input pixels in its window."""

    channels: int
    axes: tuple[Axis, ...]

    def operator(self) -> Operator:
        """The diagonal matrix of 1/count."""
        horizon = Horizon()
        counts = [self._count(axis, horizon) for axis in self.axes]
        terms: dict[Cell, Any] = {}
        for boxes in product(*(count.items() for count in counts)):
            rows = tuple(row for (row,), _ in boxes)
            terms[identity_diagonal(self.channels), *rows] = QQ(1, prod(c for _, c in boxes))
        sizes: tuple[Size, ...] = (self.channels, *(axis.output_size for axis in self.axes))
        return Operator(sizes, sizes, QQ, terms, horizon.valid_from, self)

    @staticmethod
    def _count(axis: Axis, horizon: Horizon) -> dict[Cell, Any]:
        """Boxes of output pixels to the number of pixels under the window there."""
        hits: dict[Cell, Any] = {}
        for tap in range(axis.kernel_size):
            for d in axis.tap(tap, horizon):
                rows = compose(d, d.T, horizon)
                if rows is not None:
                    hits[(rows,)] = hits.get((rows,), 0) + QQ(1)
        boxes = normal_form(hits, QQ, horizon, [(axis.output_size, axis.output_size)])
        lengths: Size = 0
        for (row,) in boxes:
            lengths = lengths + row.length
        if lengths != axis.output_size:
            raise GeometryError(
                "a window lies wholly on the padding, so that its mean over pixels is 0/0; use "
                "less padding or count_include_pad=True"
            )
        return {cell: int(count) for cell, count in boxes.items()}

    def rebuild(self, entry: EntryMap, size: SizeMap) -> Operator:
        return PixelCount(self.channels, tuple(axis.map(size) for axis in self.axes)).operator()

    def diff(self, symbol: sp.Symbol) -> Operator:
        return scale(self.operator(), sp.S.Zero)
