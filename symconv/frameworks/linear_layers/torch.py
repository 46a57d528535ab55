"""PyTorch's linear layers besides convolutions, as modules and as functions."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import floor
from typing import Any

import sympy as sp

from symconv._arrays import np
from symconv.arguments import is_list, parse_choice, parse_flag, shown
from symconv.errors import ConventionError
from symconv.frameworks.linear_layers.row import (
    REQUIRED,
    Given,
    Row,
    Shape,
    each,
    growing,
    shrinking,
    whole_image,
)
from symconv.frameworks.weight_layouts import exactly, spread
from symconv.operators.exact_input import parse_weight
from symconv.operators.operator import Operator
from symconv.operators.selection import identity
from symconv.resampling.axis_maps import numbers, picked
from symconv.resampling.interpolation import adaptive_avg_pool, interpolate
from symconv.resampling.pooling import avg_pool
from symconv.resampling.shifts_and_shuffles import (
    channel_shuffle,
    fold,
    pad,
    pixel_shuffle,
    pixel_unshuffle,
    unfold,
    upsample_linear,
    upsample_nearest,
)
from symconv.stacks.affine import AffineMap, affine, constant_pad
from symconv.stacks.layers import ceiled
from symconv.stacks.windows import windows

Made = Operator | AffineMap
Size = tuple[Any, ...]


# --- pooling -----------------------------------------------------------------------------------


def _pooling(g: Given, ndim: int) -> dict[str, Any]:
    taps = spread(g.kernel_size, ndim, "kernel_size")
    stride = g.stride if g.stride is not None and g.stride != [] else taps
    padding = spread(g.padding, ndim, "padding")
    if min(padding) < 0 or any(2 * p > k for p, k in zip(padding, taps, strict=True)):
        raise ConventionError(
            f"PyTorch pads a pooling by 0 to half of its window {tuple(taps)}, not {padding}"
        )
    return {"kernel_size": taps, "stride": spread(stride, ndim, "stride"), "padding": padding}


def _avg_pool(g: Given, size: Size, channels: int) -> Made:
    if g.divisor_override == 0:
        raise ConventionError("PyTorch refuses the divisor_override 0")
    taps = spread(g.kernel_size, len(size), "kernel_size")
    fits = (n >= k for n, k in zip(size, taps, strict=True) if isinstance(n, int))
    if len(size) == 3 and not all(fits):
        raise ConventionError(f"PyTorch's AvgPool3d takes no image {size} below its window {taps}")
    return avg_pool(
        list(size),
        **_pooling(g, len(size)),
        ceil_mode=parse_flag("ceil_mode", g.ceil_mode),
        count_include_pad=g.count_include_pad,
        divisor=g.divisor_override,
        channels=channels,
    )


def _avg_shape(g: Given, ndim: int) -> Shape:
    given = _pooling(g, ndim)
    taps = given.pop("kernel_size")
    found = windows(taps, **given)
    return Shape(tuple(map(ceiled, found)) if g.ceil_mode else found)


def _adaptive_sizes(g: Given, ndim: int) -> list[Any]:
    wanted = each(g.output_size, ndim, "output_size")
    if ndim == 1 and None in wanted:
        raise ConventionError("PyTorch's adaptive pooling on one axis takes a number, not None")
    return wanted


def _adaptive(g: Given, size: Size, channels: int) -> Made:
    wanted = _adaptive_sizes(g, len(size))
    outputs = [n if m is None else m for n, m in zip(size, wanted, strict=True)]
    return adaptive_avg_pool(list(size), outputs, channels=channels)


def _adaptive_shape(g: Given, ndim: int) -> Shape:
    wanted = _adaptive_sizes(g, ndim)
    return Shape(outputs=lambda axis, n: n if wanted[axis] is None else sp.Integer(wanted[axis]))


# --- padding -----------------------------------------------------------------------------------

MODES = {"Reflection": "reflect", "Replication": "replicate", "Circular": "circular"}
PAD_MODES = {"constant": "zeros", "reflect": "reflect", "replicate": "replicate",
             "circular": "circular"}  # fmt: skip


def _pairs(flat: Any, ndim: int) -> list[tuple[int, int]]:
    """(low, high) an axis from PyTorch's list, the last axis first; axes left out have none."""
    given = list(flat) if is_list(flat) else [flat] * (2 * ndim)
    if len(given) % 2 or len(given) > 2 * ndim:
        raise ConventionError(f"padding {shown(flat)} is not one pair for each of {ndim} axes")
    given = spread(given + [0] * (2 * ndim - len(given)), 2 * ndim, "padding")
    return [(given[2 * a], given[2 * a + 1]) for a in reversed(range(ndim))]


def _pad(mode: str) -> Any:
    def make(g: Given, size: Size, channels: int) -> Made:
        chosen = _mode(mode, g)
        pairs, value = _pairs(g.padding, len(size)), getattr(g, "value", None)
        if chosen == "zeros" and value:
            return constant_pad(list(size), pairs, exactly(value), channels=channels)
        if value and chosen != "zeros":
            raise ConventionError(f"PyTorch takes no value {value} in mode {g.mode!r}")
        return _cropped_first(list(size), pairs, chosen, channels)

    def shape(g: Given, ndim: int) -> Shape:
        pairs = _pairs(g.padding, ndim)
        return Shape(windows((1,) * ndim, padding=pairs, padding_mode=_mode(mode, g)))

    return make, shape


def _cropped_first(
    size: list[Any], pairs: list[tuple[int, int]], mode: str, channels: int
) -> Operator:
    """PyTorch wraps around what cropping leaves, and reflects and repeats the whole image."""
    if mode != "circular" or min(map(min, pairs)) >= 0:
        return pad(size, pairs, padding_mode=mode, channels=channels)
    cropped = pad(size, [(min(low, 0), min(high, 0)) for low, high in pairs], channels=channels)
    wide = [(max(low, 0), max(high, 0)) for low, high in pairs]
    return pad(cropped.output_size, wide, padding_mode=mode, channels=channels) @ cropped


def _mode(mode: str, g: Given) -> str:
    if mode:
        return mode
    return PAD_MODES[parse_choice("PyTorch's mode of padding", g.mode, PAD_MODES)]


# --- resizing ----------------------------------------------------------------------------------

LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}


def _factors(g: Given, ndim: int) -> list[float]:
    if (g.size is None) == (g.scale_factor is None):
        raise ConventionError("interpolation has either a size or a scale_factor")
    return each(g.scale_factor, ndim, "scale_factor")


def _wholes(g: Given, ndim: int) -> list[int] | None:
    """Scale factors that are whole numbers."""
    if g.size is not None or any(f != int(f) for f in _factors(g, ndim)):
        return None
    return [int(f) for f in _factors(g, ndim)]


def _outputs(g: Given, size: Size) -> list[int]:
    if g.size is not None:
        return spread(g.size, len(size), "size")
    return [floor(n * float(f)) for n, f in zip(size, _factors(g, len(size)), strict=True)]


def _by_windows(g: Given, ndim: int) -> list[int] | None:
    """The factors, where every pixel becomes as many, which holds for images of any size."""
    is_plain = g.mode == "nearest" or (g.mode == LINEAR.get(ndim) and not g.align_corners)
    wholes = _wholes(g, ndim)
    return wholes if is_plain and wholes and min(wholes) > 0 and not g.antialias else None


def _check_mode(g: Given, ndim: int) -> None:
    modes = ["nearest", "nearest-exact", "area", LINEAR.get(ndim, "linear")]
    mode = parse_choice(f"PyTorch's mode on {ndim} axes", g.mode, modes + ["bicubic"] * (ndim == 2))
    if g.align_corners is not None and mode in ("nearest", "nearest-exact", "area"):
        raise ConventionError(f"PyTorch has align_corners for linear and cubic modes, not {mode!r}")
    if g.antialias and mode not in ("bilinear", "bicubic"):
        raise ConventionError(f"PyTorch has antialias for bilinear and bicubic, not {mode!r}")


def _interpolate(g: Given, size: Size, channels: int) -> Made:
    _check_mode(g, len(size))
    by_windows = _by_windows(g, len(size))
    if by_windows:
        make = upsample_nearest if g.mode == "nearest" else upsample_linear
        return make(list(size), by_windows, channels=channels)
    sizes = numbers(size, f"mode {g.mode!r}")
    outputs, scales = _outputs(g, sizes), None
    if g.size is None and not g.recompute_scale_factor and g.mode != "area":
        scales = [exactly(float(f)) for f in _factors(g, len(size))]
    if scales is not None and (g.antialias or _keeps(g.mode, len(size))):
        # PyTorch leaves an axis as it is whose size does not change, whatever the factor.
        columns = zip(sizes, outputs, scales, strict=True)
        scales = [sp.S.One if n == m else scale for n, m, scale in columns]
    if g.mode.startswith("nearest"):
        half = 0.5 if g.mode == "nearest-exact" else 0.0
        columns = zip(sizes, outputs, scales or [None] * len(sizes), strict=True)
        return picked(sizes, [_nearest(*column, half) for column in columns], channels)
    words = {"area": "area", "bicubic": "cubic"}
    is_corners = bool(g.align_corners) and not g.antialias
    if g.antialias:
        scales = _antialiased(g, sizes, outputs, scales)
    return interpolate(
        sizes,
        outputs,
        mode=words.get(g.mode, "linear"),
        coordinates="align_corners" if is_corners else "half_pixel",
        scales=scales,
        antialias=bool(g.antialias),
        cubic=Fraction(-1, 2) if g.antialias else Fraction(-3, 4),
        channels=channels,
    )


def _keeps(mode: str, ndim: int) -> bool:
    return mode in LINEAR.values() or (mode == "nearest" and ndim == 2)


def _antialiased(
    g: Given, sizes: Sequence[int], outputs: Sequence[int], scales: list[sp.Expr] | None
) -> list[sp.Expr] | None:
    """With antialias, align_corners decides how wide windows are and not where they lie."""
    if outputs[1] == 1 and sizes[0] != outputs[0]:
        raise ConventionError("PyTorch 2.13 gives every row of an output of width 1 the same "
                              "weights with antialias: crop the image to one column")  # fmt: skip
    if not g.align_corners:
        return scales
    if 1 in (*sizes, *outputs):
        raise ConventionError("antialias with align_corners needs two pixels or more on each axis")
    return [sp.Rational(m - 1, n - 1) for n, m in zip(sizes, outputs, strict=True)]


def _nearest(n: int, m: int, scale: Any, half: float) -> list[int]:
    """Places in single precision, as PyTorch finds them for images of single precision."""
    if m < 1:
        raise ConventionError(f"PyTorch makes no image of {m} pixels")
    step = np.float32(n) / np.float32(m) if scale is None else np.float32(1 / float(scale))
    places = np.floor((np.arange(m, dtype=np.float32) + np.float32(half)) * step)
    return [min(int(place), n - 1) for place in places]


def _interpolate_shape(g: Given, ndim: int) -> Shape:
    _check_mode(g, ndim)
    by_windows = _by_windows(g, ndim)
    if by_windows and g.mode == "nearest":
        return Shape(growing(by_windows))
    if g.size is not None:
        wanted = spread(g.size, ndim, "size")
        return Shape(outputs=lambda axis, _: sp.Integer(wanted[axis]))
    factors = [exactly(float(f)) for f in _factors(g, ndim)]
    return Shape(outputs=lambda axis, n: sp.floor(factors[axis] * n))


# --- channels ----------------------------------------------------------------------------------


def _plane(name: str, size: Size) -> None:
    if len(size) != 2:
        raise ConventionError(f"{name} is for 2 axes, and the image has {len(size)}")


def _parted(channels: int, factor: int, name: str) -> int:
    if factor < 1 or channels % factor**2:
        raise ConventionError(f"{name} by {factor} needs a multiple of {factor}**2 channels")
    return channels // factor**2


def _shuffle(g: Given, size: Size, channels: int) -> Made:
    _plane("PixelShuffle", size)
    r = spread(g.upscale_factor, 1, "upscale_factor")[0]
    return pixel_shuffle(list(size), r, channels=_parted(channels, r, "PixelShuffle"))


def _unshuffle(g: Given, size: Size, channels: int) -> Made:
    _plane("PixelUnshuffle", size)
    r = spread(g.downscale_factor, 1, "downscale_factor")[0]
    return pixel_unshuffle(list(size), r, channels=channels)


def _windows_of_unfold(g: Given, ndim: int) -> dict[str, Any]:
    steps = ("kernel_size", "dilation", "padding", "stride")
    return {name: spread(getattr(g, name), ndim, name) for name in steps}


def _unfold(g: Given, size: Size, channels: int) -> Made:
    _plane("Unfold", size)
    return unfold(list(size), channels=channels, **_windows_of_unfold(g, 2))


def _fold(g: Given, size: Size, channels: int) -> Made:
    given = _windows_of_unfold(g, 2)
    taps = given["kernel_size"][0] * given["kernel_size"][1]
    if channels % taps:
        raise ConventionError(f"Fold of {taps} taps is given {channels} channels, no multiple")
    made = fold(spread(g.output_size, 2, "output_size"), channels=channels // taps, **given)
    if made.input_size != tuple(size):
        raise ConventionError(
            f"Fold to {g.output_size} takes {made.input_size} windows, and is given {size}"
        )
    return made


def _list_of_windows(_: Given, __: int) -> Shape:
    raise ConventionError(
        "Unfold and Fold have windows in a list, no image: in a stack give symconv.unfold or "
        "symconv.fold"
    )


# --- images as vectors -------------------------------------------------------------------------


def _linear(g: Given, size: Size, channels: int) -> Made:
    entries, shape = parse_weight(g.weight, "weight")
    bias = [sp.S.Zero] * shape[0] if g.bias is None else parse_weight(g.bias, "bias")[0]
    return whole_image(entries, bias, size, channels)


def _linear_shape(g: Given, _: int) -> Shape:
    rows = len(g.weight)
    return Shape(outputs=lambda _, __: sp.S.One, channels=lambda _: rows)


def _identity(_: Given, size: Size, channels: int) -> Made:
    return affine(identity(tuple(size), channels))


_POOL = {"kernel_size": REQUIRED, "stride": None, "padding": 0}
_STEPS = {"dilation": 1, "padding": 0, "stride": 1}
_RESIZE = {"size": None, "scale_factor": None, "mode": "nearest", "align_corners": None,
           "recompute_scale_factor": None, "antialias": False}  # fmt: skip
_MEAN = {"ceil_mode": False, "count_include_pad": True, "divisor_override": None}

ROWS = (
    Row(r"(AvgPool|avg_pool)(?P<ndim>[123])d", _POOL | _MEAN, _avg_pool, _avg_shape),
    Row(r"(AdaptiveAvgPool|adaptive_avg_pool)(?P<ndim>[123])d", {"output_size": REQUIRED},
        _adaptive, _adaptive_shape),
    Row(r"ZeroPad(?P<ndim>[123])d", {"padding": REQUIRED}, *_pad("zeros")),
    Row(r"ConstantPad(?P<ndim>[123])d", {"padding": REQUIRED, "value": REQUIRED}, *_pad("zeros")),
    *(Row(rf"{name}Pad(?P<ndim>[123])d", {"padding": REQUIRED}, *_pad(mode))
      for name, mode in MODES.items()),
    Row(r"pad", {"padding": REQUIRED, "mode": "constant", "value": None}, *_pad("")),
    Row(r"Upsample|interpolate", _RESIZE, _interpolate, _interpolate_shape, "output_size"),
    Row(r"UpsamplingNearest2d", _RESIZE, _interpolate, _interpolate_shape, "output_size"),
    Row(r"UpsamplingBilinear2d", _RESIZE | {"mode": "bilinear", "align_corners": True},
        _interpolate, _interpolate_shape, "output_size"),
    Row(r"PixelShuffle|pixel_shuffle", {"upscale_factor": REQUIRED}, _shuffle,
        lambda g, ndim: Shape(growing([g.upscale_factor] * ndim), None,
                              lambda c: _parted(c, g.upscale_factor, "PixelShuffle"))),
    Row(r"PixelUnshuffle|pixel_unshuffle", {"downscale_factor": REQUIRED}, _unshuffle,
        lambda g, ndim: Shape(shrinking(g.downscale_factor, ndim), None,
                              lambda c: c * g.downscale_factor**ndim)),
    Row(r"ChannelShuffle|channel_shuffle", {"groups": REQUIRED},
        lambda g, size, channels: channel_shuffle(list(size), g.groups, channels=channels)),
    Row(r"Unfold|unfold", {"kernel_size": REQUIRED, **_STEPS}, _unfold, _list_of_windows),
    Row(r"Fold|fold", {"output_size": REQUIRED, "kernel_size": REQUIRED, **_STEPS}, _fold,
        _list_of_windows),
    Row(r"Linear|linear", {"weight": REQUIRED, "bias": None}, _linear, _linear_shape),
    Row(r"Identity|Flatten|Dropout[123]?d?|AlphaDropout|FeatureAlphaDropout", {}, _identity),
)  # fmt: skip

NONLINEAR = {
    r"(Adaptive|Fractional)?(Max|_max)_?[Pp]ool[123]d|(adaptive_|fractional_)?max_pool[123]d":
        "it takes the largest pixel of each window",
    r"LPPool[123]d|lp_pool[123]d": "it takes a power mean of each window",
    r"(Instance|Layer|Group|RMS)Norm([123]d)?|LocalResponseNorm":
        "it divides by a statistic of the image itself",
    r"Softmax(2d)?|LogSoftmax|Softmin": "it divides by a sum over the image itself",
}  # fmt: skip
