"""Keras's linear layers besides convolutions."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import Any

import sympy as sp

from symconv.arguments import is_list, parse_choice, shown
from symconv.errors import ConventionError
from symconv.frameworks.linear_layers.keras_resizing import ROWS as RESIZING
from symconv.frameworks.linear_layers.keras_resizing import own_backend
from symconv.frameworks.linear_layers.row import (
    REQUIRED,
    Given,
    Row,
    Shape,
    check_numbers,
    each,
    whole_image,
)
from symconv.frameworks.weight_layouts import exactly, spread
from symconv.operators.exact_input import parse_weight
from symconv.operators.operator import Operator
from symconv.operators.selection import identity
from symconv.resampling.axis_maps import numbers
from symconv.resampling.interpolation import adaptive_avg_pool
from symconv.resampling.pooling import avg_pool
from symconv.resampling.shifts_and_shuffles import crop, pad
from symconv.stacks.affine import AffineMap, affine
from symconv.stacks.batch_norm import batch_norm
from symconv.stacks.windows import windows

Made = Operator | AffineMap
Size = tuple[Any, ...]


def _pooling(g: Given, ndim: int) -> dict[str, Any]:
    taps = spread(g.pool_size, ndim, "pool_size")
    return {
        "kernel_size": taps,
        "stride": taps if g.strides is None else spread(g.strides, ndim, "strides"),
        "padding": parse_choice("Keras's padding of a pooling", g.padding, ("valid", "same")),
    }


def _avg_pool(g: Given, size: Size, channels: int) -> Made:
    """On PyTorch Keras repeats pixels where it pads one end more; elsewhere pads do not count."""
    given = _pooling(g, len(size))
    made = avg_pool(list(size), **given, count_include_pad=False, channels=channels)
    if g.backend != "torch" or given["padding"] == "valid":
        return made
    taps, strides = given["kernel_size"], given["stride"]
    pads = [_halves(k, s, n) for k, s, n in zip(taps, strides, numbers(size, "same"), strict=True)]
    if all(low == high for low, high in pads):
        return made
    wide = pad(list(size), pads, padding_mode="replicate", channels=channels)
    return avg_pool(wide.output_size, taps, stride=strides, channels=channels) @ wide


def _halves(taps: int, stride: int, size: int) -> tuple[int, int]:
    total = max((-(-size // stride) - 1) * stride + taps - size, 0)
    return total // 2, total - total // 2


def _avg_shape(g: Given, ndim: int) -> Shape:
    given = _pooling(g, ndim)
    taps = given.pop("kernel_size")
    if given["padding"] == "same" and max(given["stride"]) > 1:
        return Shape(outputs=lambda axis, n: sp.ceiling(n / given["stride"][axis]))
    return Shape(windows(taps, **given))


def _global(_: Given, size: Size, channels: int) -> Made:
    return adaptive_avg_pool(list(size), 1, channels=channels)


def _adaptive(g: Given, size: Size, channels: int) -> Made:
    return adaptive_avg_pool(list(size), each(g.output_size, len(size), "output_size"),
                             channels=channels)  # fmt: skip


def _adaptive_shape(g: Given, ndim: int) -> Shape:
    wanted = each(g.output_size, ndim, "output_size")
    return Shape(outputs=lambda axis, _: sp.Integer(wanted[axis]))


def _pairs(value: Any, ndim: int, what: str) -> list[tuple[int, int]]:
    """(low, high) an axis: one number for all, one an axis, or pairs; on one axis a pair."""
    values: list[Any] = list(value) if is_list(value) else [value] * ndim
    if ndim == 1 and len(values) == 2:
        values = [values]
    pairs = [tuple(spread(each(v, 2, what), 2, what)) for v in each(values, ndim, what)]
    if any(min(pair) < 0 for pair in pairs):
        raise ConventionError(f"Keras takes no negative {what}: {shown(value)}")
    return [(low, high) for low, high in pairs]


def _padding(g: Given, size: Size, channels: int) -> Made:
    return pad(list(size), _pairs(g.padding, len(size), "padding"), channels=channels)


def _cropping(g: Given, size: Size, channels: int) -> Made:
    return crop(list(size), _pairs(g.cropping, len(size), "cropping"), channels=channels)


def _cropped_shape(g: Given, ndim: int) -> Shape:
    pairs = [(-low, -high) for low, high in _pairs(g.cropping, ndim, "cropping")]
    return Shape(windows((1,) * ndim, padding=pairs))


def _dense(g: Given, size: Size, channels: int) -> Made:
    """Keras flattens with the channels last, which is its order of axes."""
    entries, (inputs, units) = _matrix(g.kernel)
    sizes = check_numbers(size)
    if inputs != channels * prod(sizes):
        raise ConventionError(
            f"a Dense layer of {inputs} inputs is given an image of {channels} channels and "
            f"{sizes} pixels"
        )
    first = g.data_format == "channels_first"
    pixels = prod(sizes)
    place = [
        c * pixels + p if first else p * channels + c
        for c, p in product(range(channels), range(pixels))
    ]
    turned = [entries[i * units + u] for u in range(units) for i in place]
    bias = [sp.S.Zero] * units if g.bias is None else parse_weight(g.bias, "bias")[0]
    return whole_image(turned, bias, sizes, channels)


def _matrix(kernel: Any) -> tuple[list[sp.Expr], tuple[int, int]]:
    entries, shape = parse_weight(kernel, "kernel")
    if len(shape) != 2:
        raise ConventionError(f"a Dense layer's kernel has 2 axes, not {len(shape)}")
    return entries, (shape[0], shape[1])


def _dense_shape(g: Given, ndim: int) -> Shape:
    units = _matrix(g.kernel)[1][1]
    return Shape(outputs=lambda _, __: sp.S.One, channels=lambda _: units)


def _normalisation(g: Given, size: Size, channels: int) -> Made:
    return batch_norm(
        list(size),
        gamma=g.gamma,
        beta=g.beta,
        mean=g.moving_mean,
        variance=g.moving_variance,
        eps=exactly(g.epsilon),
    )


def _rescaling(g: Given, size: Size, channels: int) -> Made:
    scales, offsets = (
        [exactly(v) for v in each(value, channels, "a value of Rescaling")]
        for value in (g.scale, g.offset)
    )
    return batch_norm(list(size), gamma=scales, beta=offsets, mean=[0] * channels,
                      variance=[1] * channels, eps=0)  # fmt: skip


def _identity(_: Given, size: Size, channels: int) -> Made:
    return affine(identity(tuple(size), channels))


_POOL = {"pool_size": REQUIRED, "strides": None, "padding": "valid", "backend": None}
_NORM = {"gamma": None, "beta": None, "moving_mean": REQUIRED, "moving_variance": REQUIRED,
         "epsilon": 0.001}  # fmt: skip

ROWS = (
    *RESIZING,
    Row(r"(AveragePooling|AvgPool)(?P<ndim>[123])D", _POOL, _avg_pool, _avg_shape, "",
        own_backend),
    Row(r"Global(AveragePooling|AvgPool)(?P<ndim>[123])D", {}, _global,
        lambda _, __: Shape(outputs=lambda _, __: sp.S.One)),
    Row(r"AdaptiveAveragePooling(?P<ndim>[123])D", {"output_size": REQUIRED}, _adaptive,
        _adaptive_shape),
    Row(r"ZeroPadding(?P<ndim>[123])D", {"padding": 1}, _padding,
        lambda g, ndim: Shape(windows((1,) * ndim, padding=_pairs(g.padding, ndim, "padding")))),
    Row(r"Cropping(?P<ndim>[123])D", {"cropping": REQUIRED}, _cropping, _cropped_shape),
    Row(r"Dense", {"kernel": REQUIRED, "bias": None, "data_format": "channels_last"}, _dense,
        _dense_shape),
    Row(r"BatchNormalization", _NORM, _normalisation),
    Row(r"Rescaling", {"scale": REQUIRED, "offset": 0}, _rescaling),
    Row(r"Identity|Flatten|(Spatial|Gaussian|Alpha)?Dropout([123]D)?|GaussianNoise|InputLayer"
        r"|ActivityRegularization", {}, _identity),
)  # fmt: skip

DRAWN = "it draws at random; in inference leave it out, and put CenterCrop in place of RandomCrop"
NONLINEAR = {
    r"Random\w+|RandAugment|AugMix|MixUp|CutMix": DRAWN,
    r"AutoContrast|CLAHE|Equalization|Solarization|Discretization|Hashing|CategoryEncoding":
        "it computes with the values of pixels, not with weights",
    r"(Global|Adaptive)?Max(Pooling|Pool)[123]D": "it takes the largest pixel of each window",
    r"(Layer|Group|Unit|RMS)Normalization": "it divides by a statistic of the image itself",
    r"Softmax": "it divides by a sum over the image itself",
    r"ConvLSTM[123]D|MultiHeadAttention|Attention": "it multiplies what it computes",
}  # fmt: skip
