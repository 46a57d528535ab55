"""A layer of floating-point numbers and its matrix, by tensor products: quick to change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from symconv._arrays import Array, np
from symconv.algebra.sizes import Horizon, evaluate
from symconv.operators.geometry import Axis
from symconv.operators.layer import Layer

# So many channels tell layers apart, nearly always.
FEW = 2


@dataclass(frozen=True)
class NumericLayer:
    """A convolution, or the transpose of one.

    Attributes:
        weight: (out, in, *size) of the associated convolution; channels of different groups have
            zeros.
        axes: its axes.
        transposed: whether it is the transpose.
    """

    weight: Array
    axes: tuple[Axis, ...]
    transposed: bool

    @property
    def rows(self) -> tuple[int, ...]:
        """(channels, *size) of the output."""
        return self._sides[1] if self.transposed else self._sides[0]

    @property
    def cols(self) -> tuple[int, ...]:
        """(channels, *size) of the image."""
        return self._sides[0] if self.transposed else self._sides[1]

    @property
    def _sides(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        outputs = (evaluate(axis.output_size, {}) for axis in self.axes)
        images = (evaluate(axis.input_size, {}) for axis in self.axes)
        return (self.weight.shape[0], *outputs), (self.weight.shape[1], *images)

    @property
    def corner(self) -> NumericLayer:
        """The layer between the first channels alone."""
        return replace(self, weight=self.weight[:FEW, :FEW])

    def matrix(self) -> Array:
        """The matrix as an array (*rows, *cols).

        >>> from symconv.operators.geometry import Axis
        >>> NumericLayer(np.array([[[1.0, 2.0]]]), (Axis(3, 2, 2),), False).matrix().reshape(2, 3)
        array([[1., 2., 0.],
               [0., 1., 2.]])
        """
        ndim, result = len(self.axes), self.weight
        for axis in reversed(self.axes):  # the last tap axis left becomes output and image
            last = result.ndim - 1 - 2 * (result.ndim - 2 - ndim)
            result = np.tensordot(result, joined(axis), ([last], [0]))
        outputs = [0, *range(2 * ndim, 1, -2)]
        images = [1, *range(2 * ndim + 1, 2, -2)]
        order = images + outputs if self.transposed else outputs + images
        return result.transpose(order)


@lru_cache(maxsize=256)
def joined(axis: Axis) -> Array:
    """How often each tap joins an output pixel to an input pixel: (taps, outputs, inputs)."""
    shape = axis.kernel_size, evaluate(axis.output_size, {}), evaluate(axis.input_size, {})
    counts = np.zeros(shape)
    for tap in range(axis.kernel_size):
        for diagonal in axis.tap(tap, Horizon()):
            for output, image in diagonal:
                counts[tap, output, image] += 1
    return counts


def grouped_weight(layer: Layer) -> Array:
    """The weight (out, in/groups, *size) as floating-point numbers."""
    kernel = layer.kernel
    shape = (kernel.out_channels, kernel.in_channels // kernel.groups, *kernel.size)
    return np.array([float(entry) for entry in kernel.entries]).reshape(shape)


def ungrouped(weight: Array, groups: int) -> Array:
    """(out, in, *size), with zeros between groups, of (out, in/groups, *size).

    >>> ungrouped(np.array([[[1.0]], [[2.0]]]), 2)[..., 0].tolist()
    [[1.0, 0.0], [0.0, 2.0]]
    """
    out, inner = weight.shape[:2]
    whole = np.zeros((out, inner * groups, *weight.shape[2:]))
    for group in range(groups):
        outputs = slice(group * (out // groups), (group + 1) * (out // groups))
        whole[outputs, group * inner : (group + 1) * inner] = weight[outputs]
    return whole


def numeric_layer(layer: Layer) -> NumericLayer:
    """The layer of a kernel of numbers."""
    weight = ungrouped(grouped_weight(layer), layer.kernel.groups)
    return NumericLayer(weight, layer.axes, layer.transposed)
