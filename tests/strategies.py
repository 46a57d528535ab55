"""Random geometries and kernels."""

from dataclasses import dataclass
from itertools import product
from math import prod

import sympy as sp
from hypothesis import assume
from hypothesis import strategies as st
from reference import output_sizes

import symconv as sc

MODES = ("zeros", "circular", "reflect", "replicate", "symmetric")
DIMENSIONS = st.integers(1, 3)
LARGEST_MATRIX = 1500


@dataclass(frozen=True)
class Geometry:
    """The arguments of a convolution, one value an axis, named as ``symconv.conv`` names them."""

    size: tuple
    stride: tuple
    padding: tuple
    dilation: tuple
    input_dilation: tuple
    padding_mode: str

    @property
    def arguments(self):
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@st.composite
def geometries(draw, axes=DIMENSIONS, modes=MODES, most_input_dilation=2):
    """(kernel size, geometry) with at least one output pixel and a matrix that is not too large."""
    ndim = draw(axes)
    most = {1: 9, 2: 5, 3: 3}[ndim]

    def each(strategy):
        return tuple(draw(strategy) for _ in range(ndim))

    mode = draw(st.sampled_from(modes))
    size = each(st.integers(1, most))
    kernel_size = each(st.integers(1, 4 if ndim < 3 else 2))
    input_dilation = each(st.integers(1, most_input_dilation))
    lengths = [(n - 1) * u + 1 for n, u in zip(size, input_dilation, strict=True)]
    room = {"reflect": -1, "circular": 0}.get(mode, 6)
    sides = [st.integers(-1, min(6 - ndim, n + room)) for n in lengths]
    padding = tuple((draw(side), draw(side)) for side in sides)
    stride, dilation = each(st.integers(1, 4)), each(st.integers(1, 3))
    geometry = Geometry(size, stride, padding, dilation, input_dilation, mode)
    outputs = output_sizes(kernel_size, geometry)
    assume(min(outputs) > 0 and prod(outputs) * prod(size) <= LARGEST_MATRIX)
    return kernel_size, geometry


def numbered(kernel_size):
    """Tap to a number, all of them different and none zero."""
    return {tap: 3 * i + 1 for i, tap in enumerate(product(*map(range, kernel_size)))}


@st.composite
def transposed_geometries(draw, axes=DIMENSIONS, uneven=True):
    """(kernel size, size, other arguments) of a transposed convolution, one value an axis."""
    ndim = draw(axes)

    def each(low, high):
        return tuple(draw(st.integers(low, high)) for _ in range(ndim))

    kernel_size, size = each(1, 4 if ndim < 3 else 2), each(1, 4 if ndim < 3 else 2)
    stride, dilation = each(1, 4), each(1, 3)
    low = each(-2 if uneven else 0, 3)
    padding = tuple(zip(low, each(-2, 3) if uneven else low, strict=True))
    output_padding = tuple(
        draw(st.integers(0, max(s, d) - 1)) for s, d in zip(stride, dilation, strict=True)
    )
    lengths = [
        s * (m - 1) + d * (k - 1) + 1 - sum(p) + a
        for s, m, d, k, p, a in zip(
            stride, size, dilation, kernel_size, padding, output_padding, strict=True
        )
    ]
    assume(min(lengths) > 0 and prod(lengths) * prod(size) <= LARGEST_MATRIX)
    arguments = {"stride": stride, "padding": padding, "dilation": dilation}
    return kernel_size, size, {**arguments, "output_padding": output_padding}


@st.composite
def channels(draw):
    """(leading, other, groups): the channel axes of a weight (leading, other/groups, *kernel)."""
    groups = draw(st.integers(1, 3))
    most = 3 if groups == 1 else 2
    return groups * draw(st.integers(1, most)), groups * draw(st.integers(1, most)), groups


def weight_shape(channel_axes, kernel_size):
    leading, other, groups = channel_axes
    return (leading, other // groups, *kernel_size)


def symbolic(kernel_size, name="k"):
    return sc.Kernel.symbolic(name, kernel_size)


def build(drawn, name="k"):
    kernel_size, geometry = drawn
    arguments = geometry.arguments
    return sc.conv(symbolic(kernel_size, name), arguments.pop("size"), **arguments)


def number(drawn):
    kernel_size, geometry = drawn
    arguments = geometry.arguments
    values = list(numbered(kernel_size).values())
    kernel = sc.Kernel(sp.Array(values, kernel_size))
    return sc.conv(kernel, arguments.pop("size"), **arguments)
