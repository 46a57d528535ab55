"""Random geometries and kernels."""

from dataclasses import dataclass
from itertools import product
from math import prod

from hypothesis import assume
from hypothesis import strategies as st
from reference import output_sizes

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
