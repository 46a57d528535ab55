"""The linear filters of scipy.ndimage whose weights are known: on all axes, or along one each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import add, matmul
from typing import Any

import sympy as sp

from symconv.algebra.sizes import parse_integer
from symconv.arguments import parse_choice
from symconv.errors import ConventionError, GeometryError
from symconv.frameworks.weight_layouts import exactly, spread
from symconv.operators.convolution import conv
from symconv.operators.exact_input import parse_exact
from symconv.operators.kernel import Kernel
from symconv.operators.operator import product_of
from symconv.operators.selection import identity
from symconv.resampling.axis_maps import endless, numbers
from symconv.stacks.affine import constant_pad

MODES = {
    "reflect": "symmetric",
    "grid-mirror": "symmetric",
    "mirror": "reflect",
    "nearest": "replicate",
    "wrap": "circular",
    "grid-wrap": "circular",
    "constant": "zeros",
    "grid-constant": "zeros",
}
WITH_KERNEL = ("correlate", "convolve", "correlate1d", "convolve1d")
SMOOTHING = {"sobel": [1, 2, 1], "prewitt": [1, 1, 1]}
FILTERS = (*WITH_KERNEL, "uniform_filter", "uniform_filter1d", *SMOOTHING, "laplace")


def filtered(
    name: str, size: Any, kernel: Any, *, mode: str = "reflect", origin: Any = 0, cval: Any = 0,
    axis: Any = -1,
) -> Any:  # fmt: skip
    """A filter of scipy.ndimage by its name; an affine map where it pads with a number.

    Raises:
        ConventionError: SciPy refuses the axis or the origin, or the filter has no such kernel.

    >>> filtered("correlate1d", (2, 2), [1, 3], axis=0, mode="constant").as_explicit()
    Matrix([
    [3, 0, 0, 0],
    [0, 3, 0, 0],
    [1, 0, 3, 0],
    [0, 1, 0, 3]])
    """
    if name == "uniform_filter":
        return _means(numbers(size, name), kernel, origin, {"mode": mode, "cval": cval})
    padded = MODES[parse_choice("mode", mode, MODES)]
    if name in ("correlate", "convolve"):
        weights = kernel if isinstance(kernel, Kernel) else Kernel(kernel)
        sizes = numbers(size, name)
        if len(sizes) != weights.ndim:
            raise ConventionError(f"{name} of {len(sizes)} axes by a kernel of {weights.ndim}")
        return _slid(sizes, weights, padded, spread(origin, weights.ndim, "origin"), cval, name)
    if name in (*SMOOTHING, "laplace") and (kernel is not None or origin):
        raise ConventionError(f"{name} has weights and a place of its own: no kernel, no origin")
    sizes = numbers(size, name)

    def along(taps: Any, number: int, at: Any = 0, kind: str = "correlate") -> Any:
        weights = Kernel(taps)
        if weights.ndim != 1 or weights.shape != weights.size:
            raise ConventionError(f"{name} takes weights of one axis, not {weights.shape}")
        shape = [1] * number + [weights.size[0]] + [1] * (len(sizes) - number - 1)
        origins = [parse_integer(at, "origin") if a == number else 0 for a in range(len(sizes))]
        return _slid(sizes, Kernel.build(weights.entries, shape), padded, origins, cval, kind)

    axes = range(len(sizes))
    if name == "laplace":
        return reduce(add, [along([1, -2, 1], a) for a in axes])
    chosen = _axis(axis, len(sizes))
    if name in SMOOTHING:
        others = [along(SMOOTHING[name], a) for a in axes if a != chosen]
        return _one_after_another([along([-1, 0, 1], chosen), *others])
    if name == "uniform_filter1d":
        return along(_mean(parse_integer(kernel, "size")), chosen, origin)
    return along(kernel, chosen, origin, name.removesuffix("1d"))


def _means(sizes: Sequence[int], taps: Any, origin: Any, given: Mapping[str, Any]) -> Any:
    """SciPy leaves out the axes of one tap, whatever their mode and origin."""
    columns = zip(spread(taps, len(sizes), "size"), spread(origin, len(sizes), "origin"),
                  range(len(sizes)), strict=True)  # fmt: skip
    steps = [
        filtered("uniform_filter1d", sizes, k, origin=o, axis=a, **given)
        for k, o, a in columns
        if k > 1
    ]
    return _one_after_another(steps) if steps else identity(tuple(sizes))


def _one_after_another(maps: Sequence[Any]) -> Any:
    return reduce(matmul, reversed(maps))


def _mean(taps: int) -> list[sp.Expr]:
    if taps < 1:
        raise ConventionError(f"a mean of {taps} pixels")
    return [sp.Rational(1, taps)] * taps


def _axis(axis: Any, ndim: int) -> int:
    number = parse_integer(axis, "axis")
    if not -ndim <= number < ndim:
        raise ConventionError(f"axis {number} of an image of {ndim} axes")
    return number % ndim


def _slid(
    sizes: Sequence[int], kernel: Kernel, mode: str, origins: Sequence[int], cval: Any, name: str
) -> Any:
    is_flipped, pads = name == "convolve", []
    for k, o in zip(kernel.size, origins, strict=True):
        low = (k - 1) // 2 - o if is_flipped else k // 2 + o
        if not -(k // 2) <= o <= (k - 1) // 2:
            raise ConventionError(f"origin {o} puts the centre outside of {k} taps")
        pads.append((low, k - 1 - low))
    return padded_conv(kernel.flip() if is_flipped else kernel, sizes, pads, mode, cval)


def padded_conv(
    slid: Kernel, sizes: Sequence[int], pads: list[tuple[int, int]], mode: str, value: Any
) -> Any:
    """A convolution of the image padded as often around as it takes."""
    if mode == "zeros":
        filled = parse_exact(exactly(value), "fillvalue")
        if filled.is_zero:
            return conv(slid, sizes, padding=pads)
        padded = constant_pad(sizes, pads, filled)
        return conv(slid, padded.output_size) @ padded
    try:
        return conv(slid, sizes, padding=pads, padding_mode=mode)
    except GeometryError:
        padding = endless(numbers(sizes, "SciPy"), pads, mode, 1)
        return product_of(conv(slid, padding.output_size), padding)
