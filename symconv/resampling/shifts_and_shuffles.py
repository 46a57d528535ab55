"""Operators that move pixels: padding, cropping, stuffing, shuffling and upsampling."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import product
from math import prod
from typing import Any

import sympy as sp

from symconv.algebra.diagonal import diagonal
from symconv.algebra.diagonal import identity as identity_diagonal
from symconv.algebra.sizes import divide, parse_integer, parse_size, to_public
from symconv.arguments import is_list, parse_flag
from symconv.errors import GeometryError
from symconv.operators.convolution import conv, conv_transpose
from symconv.operators.geometry import parse_steps
from symconv.operators.kernel import Kernel, check_number
from symconv.operators.operator import Operator, add, product_of
from symconv.operators.padding import Padding, PerAxis, parse_paddings
from symconv.operators.selection import Selection

LARGEST_FACTOR = 1000
MOST_PARTS = 4096
MOST_WEIGHTS = 10**5


def pad(size: Any, padding: Padding, *, padding_mode: str = "zeros", channels: int = 1) -> Operator:
    """Padding as an operator; its transpose crops, or adds what was copied back.

    Args:
        size: pixels of the image, one number an axis.
        padding: pixels on each side, one an axis, or (low, high) pairs; negative crops.
        padding_mode: as in :func:`symconv.conv`.
        channels: channels, each padded alike.

    >>> pad(2, ((1, 0),), padding_mode="reflect").as_explicit()
    Matrix([
    [0, 1],
    [1, 0],
    [0, 1]])
    """
    sizes = parse_image_size(size)
    kernel = depthwise([sp.S.One], (1,) * len(sizes), channels)
    return conv(kernel, sizes, padding=padding, padding_mode=padding_mode)


def crop(size: Any, cropping: Padding, *, channels: int = 1) -> Operator:
    """Leave out pixels on each side; the transpose pads with zeros.

    >>> crop(4, ((1, 2),)).as_explicit()
    Matrix([[0, 1, 0, 0]])
    """
    sizes = parse_image_size(size)
    if isinstance(cropping, str):
        raise GeometryError(f"cropping {cropping!r} is not a number of pixels")
    pairs = [pair for pair in parse_paddings(cropping, len(sizes)) if isinstance(pair, tuple)]
    return pad(sizes, [(-low, -high) for low, high in pairs], channels=channels)


def zero_insertion(size: Any, factor: PerAxis, *, channels: int = 1) -> Operator:
    """Put factor - 1 zeros between pixels ("stuffing"); the transpose takes every factor-th pixel.

    >>> zero_insertion(2, 2).as_explicit()
    Matrix([
    [1, 0],
    [0, 0],
    [0, 1]])
    """
    sizes = parse_image_size(size)
    kernel = depthwise([sp.S.One], (1,) * len(sizes), channels)
    return conv(kernel, sizes, input_dilation=factor)


def flip(size: Any, *, channels: int = 1) -> Operator:
    """Reverse the image along every axis.

    >>> flip(2).as_explicit()
    Matrix([
    [0, 1],
    [1, 0]])
    """
    sizes = (parse_size(channels), *map(parse_size, parse_image_size(size)))
    turned = (diagonal(0, n - 1, 1, -1, n) for n in sizes[1:])
    return Selection(sizes, sizes, (identity_diagonal(sizes[0]), *turned)).operator()


def shift(size: Any, offset: PerAxis, *, circular: bool = False, channels: int = 1) -> Operator:
    """Move every pixel by an offset to higher indices; zeros come in, or the other end.

    >>> shift(3, 1).as_explicit()
    Matrix([
    [0, 0, 0],
    [1, 0, 0],
    [0, 1, 0]])
    """
    sizes = parse_image_size(size)
    offsets = [offset] * len(sizes) if not is_list(offset) else list(offset)
    steps = [parse_integer(step, "offset") for step in offsets]
    mode = "circular" if parse_flag("circular", circular) else "zeros"
    return pad(sizes, [(step, -step) for step in steps], padding_mode=mode, channels=channels)


def pixel_shuffle(size: Any, factor: int, *, channels: int = 1) -> Operator:
    """Channels to space: channel c*r**N + i of a pixel becomes its i-th sub-pixel in channel c.

    Args:
        size: pixels of the input, which has channels*factor**N channels on N axes.
        factor: r, sub-pixels on each axis.
        channels: channels of the output.

    Source: Shi et al. 2016, arXiv:1609.05158, equation 4; PyTorch's PixelShuffle on two axes.

    >>> pixel_shuffle(2, 2).shape
    (4, 4)
    """
    sizes = tuple(map(parse_size, parse_image_size(size)))
    (r,), c = _factors(factor, 1), parse_size(channels)
    subpixels = r ** len(sizes)
    check_number(subpixels, MOST_PARTS)
    rows, cols = (c, *(n * r for n in sizes)), (c * subpixels, *sizes)
    parts = []
    for index, offsets in enumerate(product(range(r), repeat=len(sizes))):
        channel = diagonal(0, index, 1, subpixels, c)
        places = (diagonal(o, 0, r, 1, n) for o, n in zip(offsets, sizes, strict=True))
        parts.append(Selection(rows, cols, (channel, *places)).operator())
    return reduce(add, parts)


def pixel_unshuffle(size: Any, factor: int, *, channels: int = 1) -> Operator:
    """Space to channels: the transpose of :func:`pixel_shuffle`.

    Args:
        size: pixels of the input, multiples of the factor.
        factor: r, sub-pixels on each axis.
        channels: channels of the input; the output has channels*factor**N.

    Raises:
        GeometryError: a size is no multiple of the factor.

    >>> pixel_unshuffle(4, 2).as_explicit()
    Matrix([
    [1, 0, 0, 0],
    [0, 0, 1, 0],
    [0, 1, 0, 0],
    [0, 0, 0, 1]])
    """
    sizes = tuple(map(parse_size, parse_image_size(size)))
    (r,) = _factors(factor, 1)
    parted = [divide(n, r) for n in sizes]
    if any(rest for _, rest in parted):
        raise GeometryError(f"an image of {size} pixels does not part into blocks of {r}")
    return pixel_shuffle([to_public(m) for m, _ in parted], r, channels=channels).T


def channel_shuffle(size: Any, groups: int, *, channels: int) -> Operator:
    """Channels in another order: (groups, channels/groups) transposed, as PyTorch's ChannelShuffle.

    Source: Zhang et al. 2018, arXiv:1707.01083, section 3.1.

    >>> channel_shuffle(1, 2, channels=4).as_explicit()
    Matrix([
    [1, 0, 0, 0],
    [0, 0, 1, 0],
    [0, 1, 0, 0],
    [0, 0, 0, 1]])
    """
    sizes, count = parse_image_size(size), parse_integer(channels, "channels")
    g = parse_integer(groups, "groups")
    if g < 1 or count < 1 or count % g:
        raise GeometryError(f"{groups} groups do not part {channels} channels")
    check_number(count**2, MOST_WEIGHTS)
    each = count // g
    return channel_order(sizes, [(i % g) * each + i // g for i in range(count)])


def channel_order(size: Any, order: Sequence[int]) -> Operator:
    """Channels by their places: output channel i is input channel order[i]."""
    sizes, count = parse_image_size(size), len(order)
    check_number(count**2, MOST_WEIGHTS)
    centre = (0,) * len(sizes)
    weights = {(o, i, *centre): sp.S.One for o, i in enumerate(order)}
    return conv(Kernel.of_weights(weights, (1,) * len(sizes), count, count), sizes)


def upsample_nearest(size: Any, factor: PerAxis, *, channels: int = 1) -> Operator:
    """Repeat every pixel factor times on each axis; the transpose sums blocks.

    >>> upsample_nearest(2, 2).as_explicit()
    Matrix([
    [1, 0],
    [1, 0],
    [0, 1],
    [0, 1]])
    """
    sizes = parse_image_size(size)
    factors = _factors(factor, len(sizes))
    kernel = depthwise(ones(factors), factors, channels)
    return conv_transpose(kernel, sizes, stride=factors)


def upsample_linear(size: Any, factor: PerAxis, *, channels: int = 1) -> Operator:
    """Linear interpolation by integer factors, in exact fractions; constant beyond the last pixels.

    Pixels are squares: output pixel o lies at (o + 1/2)/factor - 1/2 (PyTorch's
    align_corners=False, OpenCV's INTER_LINEAR).

    >>> upsample_linear(2, 2).as_explicit()
    Matrix([
    [  1,   0],
    [3/4, 1/4],
    [1/4, 3/4],
    [  0,   1]])
    """
    sizes = parse_image_size(size)
    factors = _factors(factor, len(sizes))
    tents = [_tent(f) for f in factors]
    check_number(prod(len(weights) for weights, _ in tents), MOST_WEIGHTS)
    entries = [sp.Mul(*weights) for weights in product(*(weights for weights, _ in tents))]
    kernel = depthwise(entries, [len(weights) for weights, _ in tents], channels)
    padded = pad(sizes, 1, padding_mode="replicate", channels=channels)
    spread = conv_transpose(kernel, padded.output_size, stride=factors)
    cropping = []
    for f, (_, first), n, m in zip(factors, tents, sizes, spread.output_size, strict=True):
        low = f - first
        cropping.append((low, int(m - f * n - low)))
    return product_of(crop(spread.output_size, cropping, channels=channels), spread, padded)


def _tent(factor: int) -> tuple[list[sp.Expr], int]:
    """Weights 1 - |t - (f - 1)/2|/f where positive, and the offset t of the first."""
    centre = sp.Rational(factor - 1, 2)
    offsets = [t for t in range(-factor, 2 * factor) if abs(t - centre) < factor]
    return [1 - abs(t - centre) / factor for t in offsets], offsets[0]


def unfold(
    size: Any,
    kernel_size: PerAxis,
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    padding_mode: str = "zeros",
    channels: int = 1,
) -> Operator:
    """All windows, with the pixels of each as channels (im2col), as PyTorch's Unfold.

    The result is an image of windows: channel c*taps + t of its pixel o is what tap t, counted
    row-major, sees of channel c in window o. Flattened it is PyTorch's (channels*taps, windows).

    Args:
        size: pixels of the image, one number an axis; ``a + b*n`` for any image size.
        kernel_size: taps, one number or one an axis.
        stride, padding, dilation, padding_mode: as in :func:`symconv.conv`.
        channels: channels of the image.

    Source: Chellapilla, Puri and Simard 2006, "High performance convolutional neural networks for
    document processing".

    >>> unfold(3, 2).as_explicit()
    Matrix([
    [1, 0, 0],
    [0, 1, 0],
    [0, 1, 0],
    [0, 0, 1]])
    """
    sizes = parse_image_size(size)
    window = parse_steps(kernel_size, len(sizes), "kernel_size")
    count, taps = parse_integer(channels, "channels"), prod(window)
    check_number(max(count, 0) * taps**2, MOST_WEIGHTS)
    one_hot = {
        (c * taps + t, c, *tap): sp.S.One
        for c in range(count)
        for t, tap in enumerate(product(*map(range, window)))
    }
    kernel = Kernel.of_weights(one_hot, window, count * taps, count)
    geometry = {"stride": stride, "dilation": dilation, "padding_mode": padding_mode}
    return conv(kernel, sizes, padding=padding, **geometry)  # type: ignore[arg-type]


def fold(
    size: Any,
    kernel_size: PerAxis,
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    channels: int = 1,
) -> Operator:
    """Windows put back and added where they overlap (col2im), as PyTorch's Fold.

    It is the transpose of :func:`unfold`, and takes the image of windows that it gives.

    Args:
        size: pixels of the image that comes out.
        kernel_size, stride, padding, dilation, channels: as in :func:`unfold`.

    >>> (fold(3, 2) @ unfold(3, 2)).as_explicit()  # how many windows see each pixel
    Matrix([
    [1, 0, 0],
    [0, 2, 0],
    [0, 0, 1]])
    """
    geometry = {"stride": stride, "padding": padding, "dilation": dilation}
    return unfold(size, kernel_size, channels=channels, **geometry).T  # type: ignore[arg-type]


def parse_image_size(size: Any) -> tuple[Any, ...]:
    """One size an axis, none of them wrong, as it was typed."""
    sizes = tuple(size) if is_list(size) else (size,)
    for pixels in sizes:
        parse_size(pixels)
    return sizes


def _factors(factor: PerAxis, ndim: int) -> tuple[int, ...]:
    factors = parse_steps(factor, ndim, "factor")
    if max(factors, default=1) > LARGEST_FACTOR:
        raise GeometryError(f"factor {max(factors)}: at most {LARGEST_FACTOR}")
    return factors


def ones(size: Sequence[int]) -> list[sp.Expr]:
    check_number(prod(size), MOST_WEIGHTS)
    return [sp.S.One] * prod(size)


def depthwise(entries: Sequence[sp.Expr], size: Sequence[int], channels: int) -> Kernel:
    """The same kernel for each channel."""
    count = parse_integer(channels, "channels")
    check_number(count * len(entries), MOST_WEIGHTS)
    return Kernel.build([*entries] * max(count, 0), size, count, count, max(count, 1))
