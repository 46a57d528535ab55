"""ONNX's linear operators besides convolutions; constant inputs are arguments by their names."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import sympy as sp

from symconv.arguments import parse_choice, shown
from symconv.errors import ConventionError
from symconv.frameworks.linear_layers.onnx_resizing import ROWS as RESIZING
from symconv.frameworks.linear_layers.row import (
    REQUIRED,
    Given,
    Row,
    Shape,
    growing,
    shrinking,
    whole_image,
)
from symconv.frameworks.weight_layouts import exactly, spread
from symconv.operators.exact_input import parse_weight
from symconv.operators.operator import Operator
from symconv.operators.selection import identity
from symconv.resampling.axis_maps import endless, numbers
from symconv.resampling.interpolation import adaptive_avg_pool
from symconv.resampling.pooling import avg_pool
from symconv.resampling.shifts_and_shuffles import (
    channel_order,
    fold,
    pad,
    pixel_shuffle,
)
from symconv.stacks.affine import AffineMap, affine, constant_pad
from symconv.stacks.batch_norm import batch_norm
from symconv.stacks.layers import ceiled
from symconv.stacks.windows import windows

Made = Operator | AffineMap
Size = tuple[Any, ...]


# --- pooling -----------------------------------------------------------------------------------


def _pooling(g: Given, ndim: int) -> dict[str, Any]:
    taps = spread(g.kernel_shape, ndim, "kernel_shape")
    if g.dilations is not None and set(spread(g.dilations, ndim, "dilations")) != {1}:
        raise ConventionError("an AveragePool with dilations is not known")
    flat = spread(g.pads if g.pads is not None else 0, 2 * ndim, "pads")
    auto = parse_choice("auto_pad", g.auto_pad, ("NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"))
    pads = list(zip(flat[:ndim], flat[ndim:], strict=True))
    padding: Any = {"NOTSET": pads, "VALID": [(0, 0)] * ndim}.get(auto, auto)
    if auto == "NOTSET" and any(max(p) >= k for p, k in zip(pads, taps, strict=True)):
        raise ConventionError(f"pads {pads} are not less than the window {taps}")
    return {
        "kernel_size": taps,
        "stride": spread(1 if g.strides is None else g.strides, ndim, "strides"),
        "padding": padding,
    }


def _avg_pool(g: Given, size: Size, channels: int) -> Made:
    given, is_longer = _pooling(g, len(size)), bool(g.ceil_mode)
    taps, padding = given["kernel_size"], given["padding"]
    if isinstance(padding, str):
        given["padding"], is_longer = _same(given, numbers(size, padding)), False
    elif any(
        isinstance(n, int) and n + sum(pair) < k
        for n, k, pair in zip(size, taps, padding, strict=True)
    ):
        raise ConventionError(f"the window {taps} is larger than the padded image: ONNX has no "
                              "pixel there, ONNX Runtime may give one")  # fmt: skip
    return avg_pool(
        list(size),
        **given,
        ceil_mode=is_longer,
        count_include_pad=bool(g.count_include_pad),
        channels=channels,
    )


def _same(given: dict[str, Any], size: Sequence[int]) -> list[tuple[int, int]]:
    """The padding of SAME_UPPER and SAME_LOWER; negative where ONNX Runtime crops."""
    found = []
    for n, k, s in zip(size, given["kernel_size"], given["stride"], strict=True):
        total = (-(-n // s) - 1) * s + k - n
        half = total + 1 if given["padding"] == "SAME_LOWER" else total
        low = abs(half) // 2 * (1 if half > 0 else -1)
        found.append((low, total - low))
    return found


def _avg_shape(g: Given, ndim: int) -> Shape:
    given = _pooling(g, ndim)
    taps = given.pop("kernel_size")
    if isinstance(given["padding"], str):
        return Shape(outputs=lambda axis, n: sp.ceiling(n / given["stride"][axis]))
    found = windows(taps, **given)
    return Shape(tuple(map(ceiled, found)) if g.ceil_mode else found)


# --- padding -----------------------------------------------------------------------------------

MODES = {"constant": "zeros", "reflect": "reflect", "edge": "replicate", "wrap": "circular"}


def _pairs(g: Given, ndim: int) -> list[tuple[int, int]]:
    """(low, high) of the spatial axes, from all lows and then all highs."""
    flat = [int(p) for p in g.pads]
    half = len(flat) // 2
    axes = list(range(half)) if g.axes is None else [int(a) % (ndim + 2) for a in g.axes]
    if g.axes is None and half == ndim:
        axes = [a + 2 for a in axes]
    if len(flat) != 2 * len(axes):
        raise ConventionError(f"pads {shown(flat)} are not a low and a high for each axis")
    found = dict(zip(axes, zip(flat[:half], flat[half:], strict=True), strict=True))
    if any(found.get(axis, (0, 0)) != (0, 0) for axis in (0, 1)):
        raise ConventionError(f"pads {shown(flat)} pad the batch or the channels")
    return [found.get(axis + 2, (0, 0)) for axis in range(ndim)]


def _pad(g: Given, size: Size, channels: int) -> Made:
    mode = MODES[parse_choice("ONNX's mode of Pad", g.mode, MODES)]
    pairs = _pairs(g, len(size))
    if mode == "zeros":
        value = exactly(g.constant_value or 0)
        return constant_pad(list(size), pairs, value, channels=channels)
    # ONNX Runtime crops first, and wraps as often as it takes.
    cropped = pad(list(size), [(min(a, 0), min(b, 0)) for a, b in pairs], channels=channels)
    wide = [(max(a, 0), max(b, 0)) for a, b in pairs]
    if mode == "circular" and all(isinstance(n, int) for n in size):
        left = numbers(cropped.output_size, "wrap")
        return endless(left, wide, mode, channels) @ cropped
    copied = pad(cropped.output_size, wide, padding_mode=mode, channels=channels)
    return copied if cropped == identity(tuple(size), channels) else copied @ cropped


def _pad_shape(g: Given, ndim: int) -> Shape:
    mode = MODES[parse_choice("ONNX's mode of Pad", g.mode, MODES)]
    return Shape(windows((1,) * ndim, padding=_pairs(g, ndim), padding_mode=mode))


# --- channels ----------------------------------------------------------------------------------


def _parted(channels: int, block: int, ndim: int) -> int:
    if block < 1 or channels % block**ndim:
        raise ConventionError(
            f"DepthToSpace by {block} needs a multiple of {block**ndim} channels, not {channels}"
        )
    return int(channels // block**ndim)


def _to_space(g: Given, size: Size, channels: int) -> Made:
    r = spread(g.blocksize, 1, "blocksize")[0]
    count = _parted(channels, r, len(size))
    shuffled = pixel_shuffle(list(size), r, channels=count)
    if parse_choice("mode", g.mode, ("DCR", "CRD")) == "CRD":
        return shuffled
    order = [i * count + c for c in range(count) for i in range(channels // count)]
    return shuffled @ channel_order(list(size), order)


def _to_depth(g: Given, size: Size, channels: int) -> Made:
    r = spread(g.blocksize, 1, "blocksize")[0]
    if any(isinstance(n, int) and n % r for n in size):
        raise ConventionError(f"SpaceToDepth by {r} of an image of {size} pixels, no multiple")
    small = [n // r if isinstance(n, int) else sp.expand(n / r) for n in size]
    back = Given(blocksize=r, mode="DCR")
    made = _to_space(back, tuple(small), channels * r ** len(size))
    assert isinstance(made, Operator)
    return made.T


def _columns(g: Given, size: Size, channels: int) -> Made:
    """Windows put back on an image and added; the image that it takes has one pixel a window."""
    taps = [int(k) for k in g.block_shape]
    ndim = len(taps)
    image = spread(list(g.image_shape), ndim, "image_shape")
    if prod(taps) < 1 or channels % prod(taps):
        raise ConventionError(f"Col2Im of {taps} taps is given {channels} channels, no multiple")
    flat = spread(0 if g.pads is None else g.pads, 2 * ndim, "pads")
    if ndim == 1 and channels > taps[0] > 1 and set(g.dilations or [1]) != {1}:
        raise ConventionError("ONNX Runtime 1.31 puts the channels after the first at wrong places "
                              "in a Col2Im with dilations on one axis: give it two")  # fmt: skip
    made = fold(
        image,
        taps,
        stride=spread(1 if g.strides is None else g.strides, ndim, "strides"),
        dilation=spread(1 if g.dilations is None else g.dilations, ndim, "dilations"),
        padding=list(zip(flat[:ndim], flat[ndim:], strict=True)),
        channels=channels // prod(taps),
    )
    if tuple(size) not in (made.input_size, (prod(numbers(made.input_size, "Col2Im")),)):
        raise ConventionError(f"Col2Im to {image} takes {made.input_size} windows, and is given "
                              f"{tuple(size)}")  # fmt: skip
    return made


def _columns_shape(_: Given, __: int) -> Shape:
    raise ConventionError("Col2Im takes windows in a list, no image: give symconv.fold")


# --- the rest ----------------------------------------------------------------------------------


def _gemm(g: Given, size: Size, channels: int) -> Made:
    entries, (rows, cols) = _matrix(g.B)
    units = rows if g.transB else cols
    if not g.transB:
        entries = [entries[i * cols + u] for u in range(cols) for i in range(rows)]
    if g.transA:
        raise ConventionError("a Gemm with transA is no layer on images")
    alpha, beta = exactly(float(g.alpha)), exactly(float(g.beta))
    bias = _bias(0 if g.C is None else g.C, units)
    return whole_image([alpha * e for e in entries], [beta * b for b in bias], size, channels)


def _bias(value: Any, units: int) -> list[sp.Expr]:
    entries, _ = parse_weight(value, "bias")
    return entries * units if len(entries) == 1 else entries


def _matrix(weight: Any) -> tuple[list[sp.Expr], tuple[int, int]]:
    entries, shape = parse_weight(weight, "weight")
    if len(shape) != 2:
        raise ConventionError(f"a dense layer's weight has 2 axes, not {len(shape)}")
    return entries, (shape[0], shape[1])


def _gemm_shape(g: Given, ndim: int) -> Shape:
    rows, cols = _matrix(g.B)[1]
    units = rows if g.transB else cols
    return Shape(outputs=lambda _, __: sp.S.One, channels=lambda _: units)


def _normalisation(g: Given, size: Size, channels: int) -> Made:
    if g.training_mode:
        raise ConventionError("a BatchNormalization in training divides by statistics of the batch")
    return batch_norm(list(size), gamma=g.scale, beta=g.B, mean=g.input_mean,
                      variance=g.input_var, eps=exactly(float(g.epsilon)))  # fmt: skip


def _identity(_: Given, size: Size, channels: int) -> Made:
    return affine(identity(tuple(size), channels))


def _scaled(g: Given, size: Size, channels: int) -> Made:
    """x*factor + offset, one number for all or one a channel."""
    factors, offsets = (
        entries * channels if len(entries) == 1 else entries
        for entries, _ in (parse_weight(v, "a constant") for v in (g.factor, g.offset))
    )
    return batch_norm(list(size), gamma=factors, beta=offsets, mean=[0] * channels,
                      variance=[1] * channels, eps=0)  # fmt: skip


_POOL = {"kernel_shape": REQUIRED, "strides": None, "pads": None, "auto_pad": "NOTSET",
         "ceil_mode": 0, "count_include_pad": 0, "dilations": None}  # fmt: skip
_GEMM = {"B": REQUIRED, "C": None, "alpha": 1.0, "beta": 1.0, "transA": 0, "transB": 0}

ROWS = (
    Row("AveragePool", _POOL, _avg_pool, _avg_shape),
    Row("GlobalAveragePool", {},
        lambda _, size, channels: adaptive_avg_pool(list(size), 1, channels=channels),
        lambda _, __: Shape(outputs=lambda _, __: sp.S.One)),
    Row("Pad", {"pads": REQUIRED, "mode": "constant", "constant_value": None, "axes": None}, _pad,
        _pad_shape),
    *RESIZING,
    Row("DepthToSpace", {"blocksize": REQUIRED, "mode": "DCR"}, _to_space,
        lambda g, ndim: Shape(growing([g.blocksize] * ndim), None,
                              lambda c: _parted(c, g.blocksize, ndim))),
    Row("SpaceToDepth", {"blocksize": REQUIRED}, _to_depth,
        lambda g, ndim: Shape(shrinking(g.blocksize, ndim), None,
                              lambda c: c * g.blocksize**ndim)),
    Row("Col2Im", {"image_shape": REQUIRED, "block_shape": REQUIRED, "strides": None, "pads": None,
                   "dilations": None}, _columns, _columns_shape),
    Row("Gemm", _GEMM, _gemm, _gemm_shape),
    Row("MatMul", {"B": REQUIRED},
        lambda g, size, channels: _gemm(Given(**_GEMM | {"B": g.B}), size, channels),
        lambda g, ndim: _gemm_shape(Given(B=g.B, transB=0), ndim)),
    Row("BatchNormalization", {"scale": REQUIRED, "B": REQUIRED, "input_mean": REQUIRED,
                               "input_var": REQUIRED, "epsilon": 1e-5, "momentum": 0.9,
                               "training_mode": 0}, _normalisation),
    Row("Scaled", {"factor": [1], "offset": [0]}, _scaled),
    Row("Identity|Flatten|Dropout|Cast", {"axis": 1, "seed": None, "to": None}, _identity),
)  # fmt: skip

NONLINEAR = {
    r"(Global)?MaxPool|MaxRoiPool": "it takes the largest pixel of each window",
    r"(Global)?LpPool": "it takes a power mean of each window",
    r"ConvInteger|QLinearConv|MatMulInteger|QLinearMatMul":
        "it works on rounded integers with zero points; read the layer before it was quantised",
    r"DeformConv": "its taps move with the image",
    r"(Instance|Layer|Group|Lp|MeanVariance|RMS)Normalization|LRN":
        "it divides by a statistic of the image itself",
    r"Softmax|LogSoftmax|Hardmax": "it divides by a sum over the image itself",
}  # fmt: skip
