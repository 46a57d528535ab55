"""ONNX's Resize, as ONNX Runtime computes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import sympy as sp

from symconv._arrays import np
from symconv.arguments import parse_choice
from symconv.errors import ConventionError
from symconv.frameworks.linear_layers.row import Given, Row, Shape, each, growing
from symconv.frameworks.weight_layouts import exactly
from symconv.operators.operator import Operator
from symconv.operators.selection import identity
from symconv.resampling.axis_maps import numbers, picked
from symconv.resampling.interpolation import COORDINATES as PLACES
from symconv.resampling.interpolation import ROUNDINGS, interpolate
from symconv.resampling.shifts_and_shuffles import upsample_nearest
from symconv.stacks.affine import AffineMap

Made = Operator | AffineMap
Size = tuple[Any, ...]


def spatial(values: Any, ndim: int, what: str) -> list[Any]:
    """Values of the spatial axes, from those or from those of all axes."""
    given = list(values)
    if len(given) == ndim + 2:
        return given[2:]
    return each(given, ndim, what)


COORDINATES = ("half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners",
               "asymmetric")  # fmt: skip


def _scales(g: Given, size: Size) -> tuple[list[int], list[sp.Rational] | None]:
    """Pixels after it, and the scales where those are given."""
    ndim = len(size)
    has = [values is not None and len(values) > 0 for values in (g.sizes, g.scales)]
    if has[0] == has[1]:
        raise ConventionError("Resize has either sizes or scales")
    if has[0]:
        return [int(m) for m in spatial(g.sizes, ndim, "sizes")], None
    scales = [exactly(float(np.float32(s))) for s in spatial(g.scales, ndim, "scales")]
    return [_grown(n, s) for n, s in zip(size, scales, strict=True)], scales


def _grown(pixels: int, scale: Any) -> int:
    """Pixels after it: ONNX Runtime multiplies in single precision, where 10*0.7 is 7."""
    return int(np.float32(pixels) * np.float32(scale))


def _wholes(g: Given, ndim: int) -> list[int] | None:
    """Factors by which every pixel is repeated."""
    if g.scales is None or not len(g.scales) or g.mode != "nearest":
        return None
    if (g.coordinate_transformation_mode, g.nearest_mode) not in (
        ("asymmetric", "floor"),
        ("half_pixel", "round_prefer_floor"),
        ("half_pixel", "round_prefer_ceil"),
    ):
        return None
    scales = [float(s) for s in spatial(g.scales, ndim, "scales")]
    return [int(s) for s in scales] if all(s == int(s) > 0 for s in scales) else None


def _resize(g: Given, size: Size, channels: int) -> Made:
    mode = parse_choice("ONNX's mode of Resize", g.mode, ("nearest", "linear", "cubic"))
    if parse_choice("keep_aspect_ratio_policy", g.keep_aspect_ratio_policy, POLICIES) != "stretch":
        raise ConventionError(f"the keep_aspect_ratio_policy {g.keep_aspect_ratio_policy} is not "
                              "known: give the sizes that it makes")  # fmt: skip
    if g.coordinate_transformation_mode == "tf_crop_and_resize":
        raise ConventionError("tf_crop_and_resize cuts out a region by numbers of its own: cut it "
                              "out with symconv.crop and resize with align_corners")  # fmt: skip
    wholes = _wholes(g, len(size))
    if wholes:
        return upsample_nearest(list(size), wholes, channels=channels)
    sizes = numbers(size, "Resize")
    outputs, scales = _scales(g, sizes)
    if list(sizes) == outputs:  # ONNX Runtime then hands the image on, whatever the scales.
        return identity(sizes, channels)
    if mode == "nearest":
        factors: Sequence[Any] = scales or [None] * len(sizes)
        columns = zip(sizes, outputs, factors, strict=True)
        return picked(sizes, [_nearest(g, *column) for column in columns], channels)
    if g.antialias and scales is not None:  # it leaves axes alone whose size stays
        columns = zip(sizes, outputs, scales, strict=True)
        scales = [sp.S.One if n == m else scale for n, m, scale in columns]
    return interpolate(
        sizes,
        outputs,
        mode=mode,
        coordinates=parse_choice(
            "coordinate_transformation_mode", g.coordinate_transformation_mode, COORDINATES
        ),
        scales=None
        if scales is None
        else [sp.Rational(s.numerator, s.denominator) for s in scales],
        cubic=exactly(float(g.cubic_coeff_a)),
        antialias=bool(g.antialias),
        exclude_outside=bool(g.exclude_outside),
        channels=channels,
    )


def _nearest(g: Given, n: int, m: int, factor: Any) -> list[int]:
    """Places in single precision, as ONNX Runtime finds them: a whole number may come out below."""
    half = np.float32(0.5)
    scale = np.float32(m) / np.float32(n) if factor is None else np.float32(factor)
    if m < 1 or scale <= 0:
        raise ConventionError(f"Resize makes no image of {m} pixels")
    pixels = np.arange(m, dtype=np.float32)
    coordinates = parse_choice(
        "coordinate_transformation_mode", g.coordinate_transformation_mode, COORDINATES
    )
    rounded = ROUNDINGS[parse_choice("nearest_mode", g.nearest_mode, ROUNDINGS)]
    if coordinates == "asymmetric":
        found = [Fraction(o * n, m) for o in range(m)] if factor is None else pixels / scale
    elif coordinates == "align_corners":
        found = pixels * np.float32(n - 1) / np.float32(max(m - 1, 1))
    elif coordinates == "half_pixel_symmetric":
        exact = Fraction(m, n) if factor is None else Fraction(float(scale))
        places = [PLACES["half_pixel_symmetric"](o, n, m, exact) for o in range(m)]
        found = _decided(places, n, rounded, exact)
    else:
        is_one = coordinates == "pytorch_half_pixel" and m == 1
        found = pixels * 0 if is_one else (pixels + half) / scale - half
    places = [x if isinstance(x, Fraction) else Fraction(float(x)) for x in found]
    return [min(max(rounded(place), 0), n - 1) for place in places]


def _decided(
    found: list[Fraction], n: int, rounded: Callable[[Fraction], int], scale: Fraction
) -> list[Fraction]:
    """Places between which ONNX Runtime does not choose by what single precision rounds."""
    nudged = ([min(max(rounded(x + step), 0), n - 1) for x in found] for step in (-NEAR, NEAR))
    is_exact = all(part & (part - 1) == 0 for part in scale.as_integer_ratio())
    if not is_exact and len(set(map(tuple, nudged))) > 1:
        raise ConventionError(
            f"with half_pixel_symmetric places of {n} pixels at scale {scale} lie where ONNX "
            "Runtime rounds either way: take half_pixel"
        )
    return found


# Nearer to where the rounding changes single precision decides.
NEAR = Fraction(1, 10**4)
POLICIES = ("stretch", "not_larger", "not_smaller")


def _resize_shape(g: Given, ndim: int) -> Shape:
    wholes = _wholes(g, ndim)
    if wholes:
        return Shape(growing(wholes))
    if g.sizes is not None and len(g.sizes):
        wanted = [int(m) for m in spatial(g.sizes, ndim, "sizes")]
        return Shape(outputs=lambda axis, _: sp.Integer(wanted[axis]))
    factors = [exactly(float(s)) for s in spatial(g.scales, ndim, "scales")]

    def outputs(axis: int, n: sp.Expr) -> sp.Expr:
        if n.is_Integer:
            return sp.Integer(_grown(int(n), factors[axis]))
        return sp.floor(factors[axis] * n)

    return Shape(outputs=outputs)


_RESIZE = {"sizes": None, "scales": None, "roi": None, "mode": "nearest",
           "coordinate_transformation_mode": "half_pixel", "nearest_mode": "round_prefer_floor",
           "cubic_coeff_a": -0.75, "exclude_outside": 0, "antialias": 0, "axes": None,
           "extrapolation_value": 0.0, "keep_aspect_ratio_policy": "stretch"}  # fmt: skip

ROWS = (
    Row("Resize", _RESIZE, _resize, _resize_shape),
    Row("Upsample", _RESIZE | {"coordinate_transformation_mode": "asymmetric",
                               "nearest_mode": "floor"}, _resize, _resize_shape),
)  # fmt: skip
