"""One convolution or transposed convolution, as a value: its kernel and its geometry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import sympy as sp

from symconv.operators.geometry import Axis, PaddingMode
from symconv.operators.kernel import Kernel


@dataclass(frozen=True)
class Layer:
    """One convolution or transposed convolution.

    Attributes:
        kernel: its kernel, that of the associated convolution.
        axes: the axes of the associated convolution.
        transposed: whether it is the transpose of that convolution.
        valid_from: for each size symbol a value from which on the axes are proven right.
    """

    kernel: Kernel
    axes: tuple[Axis, ...]
    transposed: bool = False
    valid_from: Mapping[sp.Symbol, int] = field(default_factory=dict, compare=False, repr=False)

    @property
    def T(self) -> Layer:
        """The layer with the transposed matrix."""
        return replace(self, transposed=not self.transposed)

    @property
    def channels(self) -> tuple[int, int]:
        """Input and output channels of the layer itself."""
        pair = (self.kernel.in_channels, self.kernel.out_channels)
        return (pair[1], pair[0]) if self.transposed else pair

    @property
    def has_channels(self) -> bool:
        """Whether there is more than one channel on a side."""
        return self.channels != (1, 1)

    def each(self, name: str) -> list[int]:
        """An attribute of every axis."""
        return [getattr(axis, name) for axis in self.axes]

    @property
    def padding_mode(self) -> PaddingMode:
        """The one padding mode of all axes."""
        return self.axes[0].padding_mode
