"""Weights and arguments as frameworks lay them out, and the layer that an operator is there."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from itertools import product
from math import isfinite, prod
from sys import float_info
from typing import Any

import sympy as sp

from symconv._arrays import Array
from symconv.algebra.sizes import Size, parse_integer
from symconv.arguments import is_list, on_one_line, parse_choice, shown
from symconv.errors import ConventionError, ExactOverflowError, KernelError, MissingExtraError
from symconv.numeric.dense import to_weight
from symconv.numeric.named_values import Values
from symconv.operators.exact_input import parse_exact, parse_weight
from symconv.operators.kernel import Kernel
from symconv.operators.layer import Layer
from symconv.operators.operator import Operator


def kernel_from_layout(
    weight: Any, layout: str, groups: int, flip: bool = False, places: Sequence[int] | None = None,
    advice: str = "",
) -> Kernel:  # fmt: skip
    """A kernel from an array whose axes are named by letters.

    Args:
        weight: a kernel, which is taken as it is, or an array.
        layout: one letter an axis, "O" and "I" for the channel axes of the associated convolution
            and any others for the spatial ones, in order: "OIHW", "HWIO".
        groups: groups; the "I" axis counts the channels of one group.
        flip: reverse the spatial axes.
        places: for each axis of the image its place among the spatial ones, where they differ.
        advice: what helps where the numbers cannot be read.

    >>> kernel_from_layout([[[1, 2]], [[3, 4]]], "WIO", 1).tolist()
    [[[1, 3]], [[2, 4]]]
    """
    if isinstance(weight, Kernel):
        return weight.flip() if flip else weight
    try:
        entries, shape = parse_weight(weight, "weight")
    except KernelError as error:
        raise KernelError(f"{error}{advice}") from None
    if len(shape) != len(layout):
        raise KernelError(f"a weight of shape {shape} has not the axes {layout}")
    if 0 in shape:
        raise KernelError(f"a weight of shape {shape} has an empty axis")
    order = [layout.index("O"), layout.index("I")]
    spatial = [axis for axis, letter in enumerate(layout) if letter not in "OI"]
    order += spatial if places is None else [spatial[place] for place in places]
    steps = [prod(shape[axis + 1 :]) for axis in range(len(shape))]
    ranges = (range(shape[axis]) for axis in order)
    chosen = [
        entries[sum(i * steps[axis] for i, axis in zip(index, order, strict=True))]
        for index in product(*ranges)
    ]
    out, per_group, *size = (shape[axis] for axis in order)
    kernel = Kernel.build(chosen, size, out, per_group * groups, groups)
    return kernel.flip() if flip else kernel


def exactly(number: Any) -> sp.Expr:
    """The number itself, where it is a float the binary fraction that it is.

    >>> exactly(0.75)
    3/4
    """
    if isinstance(number, float):
        if not isfinite(number):
            raise ConventionError(f"a number of a layer is {number}")
        return sp.Rational(*number.as_integer_ratio())
    return parse_exact(number, "a number of a layer")


WEIGHTS = ("own", "symbolic")
SYMBOLIC = '; or take weights="symbolic" for symbols in its place'


def symbolic_matrix(rows: int, columns: int) -> list[list[sp.Symbol]]:
    """Symbols for the weights of a dense layer.

    >>> symbolic_matrix(1, 2)
    [[k_{0,0}, k_{0,1}]]
    """
    return [
        [sp.Symbol(f"k_{{{row},{column}}}", real=True) for column in range(columns)]
        for row in range(rows)
    ]


def with_symbols(kernel: Kernel, weights: str) -> Kernel:
    """The kernel itself for "own" weights, or one of symbols in its place.

    >>> with_symbols(Kernel([0, 5]), "symbolic")
    Kernel([k_{0}, k_{1}])
    """
    if parse_choice("weights", weights, WEIGHTS) == "own":
        return kernel
    channels = kernel.in_channels, kernel.out_channels
    return Kernel.symbolic("k", kernel.size, *channels, kernel.groups)


def layer_bias(layer: Any, bias: Any, channels: int, weights: str) -> Any:
    """A layer's own bias, one that is given, or symbols for a layer that is named in words."""
    if bias is False:
        return [0] * channels
    if bias is not None and bias is not True:
        return bias
    if isinstance(layer, str) or weights == "symbolic":
        return [sp.Symbol(f"b_{{{o}}}", real=True) for o in range(channels)]
    own = getattr(layer, "bias", None)
    return [0] * channels if own is None else own


def symbolic_kernel(
    size: Any, in_channels: Any, out_channels: Any, groups: int, what: str
) -> Kernel:
    """A symbolic kernel where no weight was given."""
    if size is None:
        raise ConventionError(f"{what} needs a weight or a kernel size")
    sizes = [*size] if is_list(size) else size
    return Kernel.symbolic(
        "k",
        sizes,
        1 if in_channels is None else in_channels,
        1 if out_channels is None else out_channels,
        groups,
    )


def spread(value: Any, ndim: int, what: str) -> list[int]:
    """One integer an axis, from one for all or one each."""
    values = [*value] if is_list(value) else [value] * ndim
    if len(values) != ndim:
        raise ConventionError(
            f"{what} {shown(value)} does not have one value for each of {ndim} axes"
        )
    return [parse_integer(v, what) for v in values]


def refuse_unknown(given: dict[str, Any], known: Sequence[str], what: str) -> None:
    """An argument that the framework does not have is an error."""
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise ConventionError(f"{what} has no {', '.join(unknown)}; it has {', '.join(known)}")


def check_channels(kernel: Kernel, channels: Any, what: str, side: str = "in") -> None:
    """The channels that a layer names are those of its weight."""
    has = kernel.in_channels if side == "in" else kernel.out_channels
    if channels is not None and parse_integer(channels, f"{what}: {side}put channels") != has:
        raise ConventionError(f"{what}: {channels} {side}put channels, and the weight has {has}")


def check_axes(size: Any, ndim: int, what: str) -> list[Any]:
    """The spatial size as a list of the right length."""
    sizes = [*size] if is_list(size) else [size]
    if len(sizes) != ndim:
        raise ConventionError(
            f"{what} is for {ndim} axes, and the size {shown(size)} has {len(sizes)}"
        )
    return sizes


# --- back from an operator -------------------------------------------------------------------


def padding_pairs(layer: Layer, least: int | None = None) -> list[tuple[int, int]]:
    """(low, high) padding an axis, high as small as it can be but not below ``least``.

    Any higher padding up to stride - 1 more gives the same output size; low is taken where it
    is among them.
    """
    found = []
    for axis in layer.axes:
        high, low = _number(axis.padding_high), axis.padding
        choices = range(high, high + axis.stride)
        wanted = low if low in choices else max(high, least if least is not None else high)
        found.append((low, wanted if wanted in choices else high))
    return found


def output_paddings(layer: Layer, pads: Sequence[tuple[int, int]]) -> list[int]:
    """output_padding of the transposed convolution: pixels that no window reaches."""
    left = []
    for axis, (low, high) in zip(layer.axes, pads, strict=True):
        covered = axis.stride * (axis.output_size - 1) + axis.extent
        left.append(_number(axis.stuffed_size + low + high - covered))
    return left


def stuffing(layer: Layer, framework: str) -> str:
    """Most frameworks stuff zeros only by a transposed convolution, which has no other stride."""
    return (
        f"input_dilation {layer.each('input_dilation')} with stride {layer.each('stride')} and "
        f"padding of {layer.padding_mode}: {framework} has no such layer; JAX has lhs_dilation"
    )


def _number(size: Size) -> int:
    if not isinstance(size, int):
        raise ConventionError("sizes must be numbers for a framework")
    return size


# --- objects of a framework ------------------------------------------------------------------

# The largest number of each type that all frameworks have.
LARGEST = {
    "float16": 65504.0,
    "bfloat16": 2.0**128 - 2.0**120,
    "float32": 2.0**128 - 2.0**104,
    "float64": float_info.max,
}


EXTRAS = {"onnx": "symconv[onnx]"}


def library(name: str) -> Any:
    """A framework, which only the functions that make its objects need.

    Raises:
        MissingExtraError: it is not installed, or a part of it is not.
    """
    try:
        return import_module(name)
    except ImportError as error:
        absent = error.name == name
        advice = f': pip install "{EXTRAS.get(name, name)}"' if absent else ""
        raise MissingExtraError(
            f"this needs the package {name}, and {on_one_line(error)}{advice}"
        ) from None


def framework_weight(operator: Operator, layout: str, values: Values | None, dtype: str) -> Array:
    """The weight of a layer for a type of that name, in float64.

    Raises:
        ExactOverflowError: a weight is beyond the type.
    """
    largest = LARGEST[parse_choice("dtype", dtype, LARGEST)]
    weight = to_weight(operator, layout, values)
    if (abs(weight) > largest).any():
        raise ExactOverflowError(f"the weight {abs(weight).max()} is too large for {dtype}")
    return weight
