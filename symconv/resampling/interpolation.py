"""Resizing images by interpolation, in exact fractions: nearest, linear and cubic."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import ceil, floor
from typing import Any

from symconv.algebra.sizes import parse_integer
from symconv.arguments import is_list, parse_choice, parse_flag
from symconv.errors import GeometryError
from symconv.operators.exact_input import parse_exact
from symconv.operators.operator import Operator
from symconv.resampling.axis_maps import LARGEST, Entries, numbers, of_axes

HALF = Fraction(1, 2)
MODES = ("nearest", "linear", "cubic", "area")
# Where pixel o of m lies among n pixels, which are 1/scale of them apart.
COORDINATES: dict[str, Callable[[int, int, int, Fraction], Fraction]] = {
    "half_pixel": lambda o, n, m, scale: (o + HALF) / scale - HALF,
    "half_pixel_symmetric": lambda o, n, m, scale: (
        Fraction(n, 2) * (1 - Fraction(m) / (scale * n)) + (o + HALF) / scale - HALF
    ),
    "pytorch_half_pixel": lambda o, n, m, scale: (
        (o + HALF) / scale - HALF if m > 1 else Fraction(0)
    ),
    "align_corners": lambda o, n, m, scale: Fraction(o * (n - 1), m - 1) if m > 1 else Fraction(0),
    "asymmetric": lambda o, n, m, scale: o / scale,
}
ROUNDINGS: dict[str, Callable[[Fraction], int]] = {
    "floor": floor,
    "ceil": ceil,
    "round_prefer_floor": lambda x: ceil(x - HALF),
    "round_prefer_ceil": lambda x: floor(x + HALF),
}


def interpolate(
    size: Any,
    output_size: Any,
    *,
    mode: str = "linear",
    coordinates: str = "half_pixel",
    rounding: str = "round_prefer_floor",
    scales: Any = None,
    cubic: Any = Fraction(-3, 4),
    antialias: bool = False,
    exclude_outside: bool | None = None,
    channels: int = 1,
) -> Operator:
    """Resizing by interpolation on each axis, in exact fractions.

    Args:
        size, output_size: pixels before and after, numbers, one an axis.
        mode: "nearest", "linear", "cubic", or "area": the mean of the pixels that an output pixel
            touches.
        coordinates: where output pixel o lies: "half_pixel" (o + 1/2)/scale - 1/2 (PyTorch's
            align_corners=False), "align_corners" o*(n - 1)/(m - 1), "asymmetric" o/scale,
            "pytorch_half_pixel", "half_pixel_symmetric" as in ONNX.
        rounding: of mode "nearest": "floor", "ceil", "round_prefer_floor", "round_prefer_ceil".
        scales: one number an axis, output_size/size where left out.
        cubic: the coefficient a of mode "cubic", a number.
        antialias: where the image gets smaller, widen the window by as much.
        exclude_outside: leave out weights beyond the image and make the rest add up to one;
            otherwise the pixels at the ends go on. As antialias where left out.
        channels: channels, each resized alike.

    Raises:
        GeometryError: a size is no number, or none at all.

    Source: ONNX operator Resize-19; Keys 1981, "Cubic convolution interpolation for digital image
    processing", equation 15.

    >>> interpolate(2, 3).as_explicit()
    Matrix([
    [  1,   0],
    [1/2, 1/2],
    [  0,   1]])
    """
    sizes = numbers(size, "interpolation")
    outputs = output_sizes(output_size, len(sizes))
    place = COORDINATES[parse_choice("coordinates", coordinates, COORDINATES)]
    factors = _scales(scales, sizes, outputs)
    parse_flag("antialias", antialias)
    dropped = antialias if exclude_outside is None else exclude_outside
    is_dropped = parse_flag("exclude_outside", dropped)
    if parse_choice("mode", mode, MODES) == "area":
        return adaptive_avg_pool(sizes, outputs, channels=channels)
    nearest = ROUNDINGS[parse_choice("rounding", rounding, ROUNDINGS)]
    curve, reach = (_tent, 1) if mode == "linear" else (_keys(_fraction(cubic)), 2)

    def entries(n: int, m: int, scale: Fraction) -> Entries:
        places = [place(o, n, m, scale) for o in range(m)]
        if mode == "nearest":
            return tuple((o, _inside(nearest(x), n), Fraction(1)) for o, x in enumerate(places))
        wide = max(1 / scale, Fraction(1)) if antialias else Fraction(1)
        return tuple(
            (o, col, weight)
            for o, x in enumerate(places)
            for col, weight in _weights(x, n, curve, reach * wide, wide, is_dropped)
        )

    columns = zip(sizes, outputs, factors, strict=True)
    return of_axes(sizes, outputs, [entries(*column) for column in columns], channels)


def adaptive_avg_pool(size: Any, output_size: Any, *, channels: int = 1) -> Operator:
    """The mean over output_size windows that cover the image: from floor(o*n/m) to ceil((o+1)*n/m).

    Args:
        size, output_size: pixels before and after, numbers, one an axis.
        channels: channels, each averaged alike.

    >>> adaptive_avg_pool(3, 2).as_explicit()
    Matrix([
    [1/2, 1/2,   0],
    [  0, 1/2, 1/2]])
    """
    sizes = numbers(size, "adaptive pooling")
    outputs = output_sizes(output_size, len(sizes))
    return of_axes(sizes, outputs, map(_means, sizes, outputs), channels)


def _means(n: int, m: int) -> Entries:
    windows = [range(o * n // m, -(-(o + 1) * n // m)) for o in range(m)]
    return tuple((o, i, Fraction(1, len(seen))) for o, seen in enumerate(windows) for i in seen)


def output_sizes(output_size: Any, ndim: int) -> tuple[int, ...]:
    """One number of pixels an axis, from one for all or one each.

    Raises:
        GeometryError: it has another number of axes, or no pixel.
    """
    given = list(output_size) if is_list(output_size) else [output_size] * ndim
    found = tuple(parse_integer(m, "an output size") for m in given)
    if len(found) != ndim or not 1 <= min(found) <= max(found) <= LARGEST:
        raise GeometryError(
            f"an output size {found} has not 1 to {LARGEST} pixels on each of {ndim} axes"
        )
    return found


def _scales(scales: Any, sizes: Sequence[int], outputs: Sequence[int]) -> list[Fraction]:
    if scales is None:
        return [Fraction(m, n) for m, n in zip(outputs, sizes, strict=True)]
    given = list(scales) if is_list(scales) else [scales] * len(sizes)
    found = [_fraction(scale) for scale in given]
    if len(found) != len(sizes) or min(found) <= 0:
        raise GeometryError(f"scales {given} are not one positive number for each axis")
    return found


def _fraction(value: Any) -> Fraction:
    exact = parse_exact(value, "a number of an interpolation")
    if not exact.is_Rational:
        raise GeometryError(f"{exact} is no fraction")
    return Fraction(int(exact.p), int(exact.q))


def _inside(place: int, n: int) -> int:
    return min(max(place, 0), n - 1)


def _weights(
    x: Fraction,
    n: int,
    curve: Callable[[Fraction], Fraction],
    reach: Fraction,
    wide: Fraction,
    is_dropped: bool,
) -> list[tuple[int, Fraction]]:
    """Pixels and weights of what lies at x: those within reach, the ends again beyond the ends."""
    near = [(i, curve(abs(i - x) / wide)) for i in range(ceil(x - reach), floor(x + reach) + 1)]
    if is_dropped:
        near = [(i, w) for i, w in near if 0 <= i < n]
    total = sum((w for _, w in near), Fraction(0))
    if total == 0:
        raise GeometryError(f"an output pixel at {x} lies beyond all of the {n} pixels")
    return [(_inside(i, n), w / total) for i, w in near]


def _tent(t: Fraction) -> Fraction:
    return max(1 - t, Fraction(0))


def _keys(a: Fraction) -> Callable[[Fraction], Fraction]:
    def curve(t: Fraction) -> Fraction:
        if t <= 1:
            return ((a + 2) * t - (a + 3)) * t * t + 1
        return a * (((t - 5) * t + 8) * t - 4) if t < 2 else Fraction(0)

    return curve
