"""Keras's resizing of images, which is that of the library by which Keras computes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy as sp

from symconv.arguments import parse_choice, parse_flag, shown
from symconv.errors import ConventionError
from symconv.frameworks.jax import resized
from symconv.frameworks.linear_layers.row import REQUIRED, Given, Row, Shape, find_row, growing
from symconv.frameworks.linear_layers.torch import ROWS as TORCH_ROWS
from symconv.frameworks.weight_layouts import exactly, library, spread
from symconv.operators.operator import Operator
from symconv.resampling.axis_maps import numbers
from symconv.resampling.interpolation import interpolate
from symconv.resampling.shifts_and_shuffles import crop, upsample_nearest
from symconv.stacks.affine import AffineMap, as_affine, constant_pad

Made = Operator | AffineMap
Size = tuple[Any, ...]
MODES = ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")
BACKENDS = ("jax", "torch")
TORCH_MODES = {"nearest": "nearest-exact", "bilinear": "bilinear", "bicubic": "bicubic"}


def own_backend(_: Any) -> dict[str, Any]:
    """The library by which layers of Keras compute that are there."""
    return {"backend": library("keras").backend.backend()}


def parse_backend(g: Given, what: str) -> str:
    """The library, where it decides what a layer is.

    Raises:
        ConventionError: it is left out, or another.
    """
    if g.backend is None:
        raise ConventionError(
            f'Keras\'s {what} is another in each of its backends: give backend="jax" or "torch"'
        )
    if g.backend not in BACKENDS:
        raise ConventionError(
            f"Keras's {what} is known for its backends jax and torch, not {shown(g.backend)}"
        )
    return str(g.backend)


def resizing(
    g: Given, mode: str, sizes: Sequence[int], outputs: Sequence[int], antialias: bool,
    channels: int,
) -> Operator:  # fmt: skip
    """keras.ops.image.resize."""
    if mode in ("nearest", "bilinear") and not antialias and g.backend is None:
        kind = "nearest" if mode == "nearest" else "linear"
        rounding = "round_prefer_ceil"
        return interpolate(sizes, outputs, mode=kind, rounding=rounding, channels=channels)
    backend = parse_backend(g, f"resizing by {mode!r}{' with antialias' * antialias}")
    if mode.startswith("lanczos"):
        raise ConventionError(
            f"{mode} has weights that are sines, which no fractions are; read are nearest, "
            "bilinear and bicubic"
        )
    if backend == "jax":
        given = {"shape": outputs, "method": mode, "antialias": antialias, "channels": channels}
        return resized([*sizes], given)
    row = find_row(TORCH_ROWS, "interpolate", len(sizes))
    assert row is not None
    arguments: dict[str, Any] = {"size": outputs, "mode": TORCH_MODES[mode]}
    if mode != "nearest":
        arguments |= {"align_corners": False, "antialias": antialias}
    read = row.read("interpolate", arguments)
    return as_affine(row.make(read, tuple(sizes), channels)).operator


# --- UpSampling ----------------------------------------------------------------------------------


def _mode(g: Given) -> str:
    return parse_choice("Keras's interpolation", g.interpolation, MODES)


def _upsampling(g: Given, size: Size, channels: int) -> Made:
    factors = spread(g.size, len(size), "size")
    mode = _mode(g)
    if mode == "nearest":
        return upsample_nearest(list(size), factors, channels=channels)
    sizes = numbers(size, mode)
    outputs = [n * f for n, f in zip(sizes, factors, strict=True)]
    return resizing(g, mode, sizes, outputs, False, channels)


def _upsampling_shape(g: Given, ndim: int) -> Shape:
    factors = spread(g.size, ndim, "size")
    if _mode(g) == "nearest":
        return Shape(growing(factors))
    return Shape(outputs=lambda axis, n: n * factors[axis])


# --- Resizing and CenterCrop ---------------------------------------------------------------------


def _wanted(g: Given) -> tuple[int, int]:
    height, width = (spread(v, 1, "a size")[0] for v in (g.height, g.width))
    return height, width


def _fixed(g: Given, _: int) -> Shape:
    wanted = _wanted(g)
    return Shape(outputs=lambda axis, _: sp.Integer(wanted[axis]))


def _shares(sizes: Sequence[int], wanted: Sequence[int]) -> tuple[int, int]:
    """Height and width in the proportion that is wanted, by the width and by the height."""
    (height, width), (rows, columns) = sizes, wanted
    return int(float(width * rows) / columns), int(float(height * columns) / rows)


def _cut(sizes: Sequence[int], wanted: Sequence[int], channels: int) -> Operator:
    """The largest part in the middle that has the proportion that is wanted."""
    kept = [max(min(n, share), 1) for n, share in zip(sizes, _shares(sizes, wanted), strict=True)]
    lows = [(n - k) // 2 for n, k in zip(sizes, kept, strict=True)]
    pairs = [(low, n - k - low) for n, k, low in zip(sizes, kept, lows, strict=True)]
    return crop([*sizes], pairs, channels=channels)


def _framed(sizes: Sequence[int], wanted: Sequence[int], value: Any, channels: int) -> AffineMap:
    """The image in the middle of one that has the proportion that is wanted."""
    whole = [max(n, share) for n, share in zip(sizes, _shares(sizes, wanted), strict=True)]
    sides = [(m - n) // 2 for n, m in zip(sizes, whole, strict=True)]
    pairs = [(side, side) for side in sides]
    return constant_pad([*sizes], pairs, exactly(value), channels=channels)


def _resizing(g: Given, size: Size, channels: int) -> Made:
    sizes, wanted = numbers(size, "Resizing"), _wanted(g)
    names = ("crop_to_aspect_ratio", "pad_to_aspect_ratio", "antialias")
    cuts, frames, antialias = (parse_flag(name, getattr(g, name)) for name in names)
    if cuts and frames:
        raise ConventionError("Keras takes one of crop_to_aspect_ratio and pad_to_aspect_ratio")
    before = None
    if cuts:
        before = as_affine(_cut(sizes, wanted, channels))
    elif frames:
        parse_choice("Keras's fill_mode", g.fill_mode, ("constant",))
        before = _framed(sizes, wanted, g.fill_value, channels)
    middle = sizes if before is None else numbers(before.output_size, "Resizing")
    made = resizing(g, _mode(g), middle, wanted, antialias, channels)
    return made if before is None else made @ before


def _center_crop(g: Given, size: Size, channels: int) -> Made:
    """A crop; of an image that is too small on an axis, a resizing of one in its proportion."""
    sizes, wanted = numbers(size, "CenterCrop"), _wanted(g)
    spare = [n - m for n, m in zip(sizes, wanted, strict=True)]
    if min(spare) >= 0:
        return crop([*sizes], [(s // 2, s - s // 2) for s in spare], channels=channels)
    cut = _cut(sizes, wanted, channels)
    middle = numbers(cut.output_size, "CenterCrop")
    return resizing(g, "bilinear", middle, wanted, False, channels) @ cut


_TO = {"height": REQUIRED, "width": REQUIRED, "backend": None}
_RESIZING = {"interpolation": "bilinear", "crop_to_aspect_ratio": False,
             "pad_to_aspect_ratio": False, "fill_mode": "constant", "fill_value": 0,
             "antialias": False}  # fmt: skip

ROWS = (
    Row(r"UpSampling(?P<ndim>[13])D", {"size": 2, "interpolation": "nearest", "backend": None},
        _upsampling, _upsampling_shape, "factor"),
    Row(r"UpSampling(?P<ndim>2)D", {"size": 2, "interpolation": "nearest", "backend": None},
        _upsampling, _upsampling_shape, "factor", own_backend),
    Row(r"Resizing", _TO | _RESIZING, _resizing, _fixed, "", own_backend),
    Row(r"CenterCrop", _TO, _center_crop, _fixed, "", own_backend),
)  # fmt: skip
