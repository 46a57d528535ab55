"""Linear layers besides convolutions: one row of a table for each, of one framework."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from types import SimpleNamespace
from typing import Any

import sympy as sp

from symconv.arguments import is_list, parse_count, shown
from symconv.errors import ConventionError
from symconv.frameworks.weight_layouts import refuse_unknown
from symconv.operators.convolution import conv
from symconv.operators.kernel import MOST_WEIGHTS, Kernel
from symconv.operators.operator import Operator
from symconv.resampling.shifts_and_shuffles import parse_image_size
from symconv.stacks.affine import AffineMap, affine, as_affine
from symconv.stacks.stages import Stage
from symconv.stacks.windows import Window

# The arguments of one layer, by name.
Given = SimpleNamespace
REQUIRED: Any = ...


# Functions of single pixels, by their names in all frameworks.
POINTWISE = (
    r"(?i)(leaky_?|thresholded|p|r)?relu(6|_)?|[cs]?elu_?|gelu|silu|swish|mish|(log_?|hard_?)?sigmoid_?"
    r"|(hard_?)?tanh_?|hard_?swish|(hard|soft|tanh)_?shrink|shrink|softplus|softsign|threshold|clip"
    r"|erf|exp|log|sqrt|abs|sin|cos|reciprocal|activation"
)
ON_EACH = (
    "it is a function of each pixel by itself; it cuts a stack into segments, and of a piecewise "
    "linear one Stack.masked and Stack.at_point make an operator"
)


@dataclass(frozen=True)
class Shape:
    """What a layer does to images of any size: by windows, or by a size that it makes.

    Attributes:
        windows: one an axis, where it is one of windows.
        outputs: the pixels after it on an axis, from those before.
        channels: the channels after it, from those before.
    """

    windows: tuple[Window, ...] = ()
    outputs: Callable[[int, sp.Expr], sp.Expr] | None = None
    channels: Callable[[int], int] | None = None


@dataclass(frozen=True)
class Row:
    """A layer of a framework.

    Attributes:
        pattern: its names; the group ``ndim`` is its axes, where its name says.
        defaults: its arguments; those with ``...`` must be there.
        make: its map on images of a size, with so many channels.
        shape: what it does to images of any size, on so many axes.
        size: the word for its argument "size", which is that of the image where it is named.
        others: what an object of the framework goes by besides its own arguments.
    """

    pattern: str
    defaults: Mapping[str, Any]
    make: Callable[[Given, tuple[Any, ...], int], Operator | AffineMap]
    shape: Callable[[Given, int], Shape] = lambda _, __: Shape()
    size: str = ""
    others: Callable[[Any], dict[str, Any]] = lambda _: {}

    def read(self, name: str, given: Mapping[str, Any]) -> Given:
        """Its arguments, with the framework's defaults.

        Raises:
            ConventionError: one is missing, or there is no such argument.
        """
        refuse_unknown(dict(given), [*self.defaults], name)
        found = {**self.defaults, **given}
        missing = [argument for argument, value in found.items() if value is REQUIRED]
        if missing:
            raise ConventionError(f"{name} needs {', '.join(missing)}")
        return Given(**found)

    def of_layer(self, layer: Any) -> dict[str, Any]:
        """The arguments that an object of the framework has."""
        own = {name: getattr(layer, name) for name in self.defaults if hasattr(layer, name)}
        return own | self.others(layer)

    def stage(self, name: str, given: Given, ndim: int) -> Stage:
        """It in a stack."""
        shape = self.shape(given, ndim)

        def build(size: Sequence[Any], channels: int) -> AffineMap:
            return as_affine(self.make(given, tuple(size), channels))

        return Stage(
            name,
            (shape.windows,) if shape.windows else (),
            build=build,
            outputs=shape.outputs,
            gives=shape.channels,
        )


def find_row(rows: Sequence[Row], name: str, ndim: int | None) -> Row | None:
    """The row of a layer's name.

    Raises:
        ConventionError: it is one for another number of axes.
    """
    for row in rows:
        found = re.fullmatch(row.pattern, name)
        if found:
            axes = found.groupdict().get("ndim")
            if ndim is not None and axes and int(axes) != ndim:
                raise ConventionError(f"{name} is for {axes} axes, and the image has {ndim}")
            return row
    return None


def unknown(name: str, nonlinear: Mapping[str, str], otherwise: str) -> ConventionError:
    """What is said of a layer without a row: what is not linear in it, where that is known."""
    for pattern, reason in {**nonlinear, POINTWISE: ON_EACH}.items():
        if re.fullmatch(pattern, name):
            return ConventionError(f"{name} is not linear: {reason}")
    return ConventionError(otherwise)


def row_map(row: Row, name: str, layer: Any, size: Any, kwargs: dict[str, Any]) -> AffineMap:
    """The map of a layer that a row reads, from its name and arguments or from an object."""
    sizes = parse_image_size(size)
    find_row([row], name, len(sizes))
    channels = parse_count("channels", kwargs.pop("channels", 1), 1, MOST_WEIGHTS)
    own = {} if isinstance(layer, str) else row.of_layer(layer)
    if row.size in kwargs:
        kwargs["size"] = kwargs.pop(row.size)
    return as_affine(row.make(row.read(name, own | kwargs), sizes, channels))


def each(value: Any, ndim: int, what: str) -> list[Any]:
    """One value an axis, from one for all or one each."""
    values = list(value) if is_list(value) else [value] * ndim
    if len(values) != ndim:
        raise ConventionError(
            f"{what} {shown(value)} does not have one value for each of {ndim} axes"
        )
    return values


def growing(factors: Sequence[int]) -> tuple[Window, ...]:
    """The windows by which every pixel becomes so many."""
    return tuple(Window(f, f, transposed=True) for f in factors)


def shrinking(factor: int, ndim: int) -> tuple[Window, ...]:
    """The windows by which so many pixels become one."""
    return (Window(factor, factor),) * ndim


def whole_image(
    entries: Sequence[sp.Expr], bias: Sequence[sp.Expr], size: tuple[Any, ...], channels: int
) -> AffineMap:
    """A dense layer on an image that was flattened channel first: a window as large as the image.

    Raises:
        ConventionError: the layer is for another number of pixels.
    """
    sizes = check_numbers(size)
    count, pixels = len(bias), channels * prod(sizes)
    if len(entries) != count * pixels:
        raise ConventionError(
            f"a dense layer of {len(entries) // max(count, 1)} inputs is given an image of "
            f"{channels} channels and {sizes} pixels, which are {pixels} numbers"
        )
    kernel = Kernel.build([*entries], sizes, count, channels)
    return affine(conv(kernel, sizes), list(bias))


def check_numbers(size: Sequence[Any]) -> tuple[int, ...]:
    """Sizes that must be numbers."""
    if not all(isinstance(n, int) for n in size):
        raise ConventionError(f"a dense layer needs the image's size as numbers, not {size}")
    return tuple(size)
