"""conv, conv_transpose and identity: from a kernel and a geometry to an operator."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import sympy as sp
from sympy.polys.domains import ZZ

from symconv.affine import Horizon, parse_size
from symconv.coefficients import Element, from_exprs, total
from symconv.diagonal import diagonal
from symconv.diagonal import identity as identity_diagonal
from symconv.errors import GeometryError
from symconv.geometry import Axis, Padding, PerAxis, conv_axes, conv_transpose_axes
from symconv.kernel import Kernel
from symconv.normal_form import Cell
from symconv.operator import EntryMap, Operator, SizeMap


@dataclass(frozen=True)
class Convolution:
    """Origin: one convolution, as a kernel and one axis a dimension."""

    kernel: Kernel
    axes: tuple[Axis, ...]
    valid_from: Mapping[sp.Symbol, int]

    def operator(self) -> Operator:
        """The matrix C_K = sum over taps t of K_t times the Kronecker product of D(t) an axis."""
        horizon = Horizon()
        horizon.note(self.valid_from)
        taps = [[axis.tap(t, horizon) for t in range(axis.kernel_size)] for axis in self.axes]
        domain, entries = from_exprs(self.kernel.entries)
        shares: defaultdict[Cell, list[Element]] = defaultdict(list)
        for (o, i, tap, _), entry in zip(self.kernel.weights(), entries, strict=True):
            if entry:
                channel = diagonal(o, i, 1, 1, 1)
                for diagonals in product(*(axis[t] for axis, t in zip(taps, tap, strict=True))):
                    shares[channel, *diagonals].append(entry)
        terms = {cell: total(domain, parts) for cell, parts in shares.items()}
        return Operator(
            (self.kernel.out_channels, *(axis.output_size for axis in self.axes)),
            (self.kernel.in_channels, *(axis.input_size for axis in self.axes)),
            domain,
            terms,
            horizon.valid_from,
            self,
        )

    @property
    def operands(self) -> tuple[Operator, ...]:
        return ()

    def rebuild(self, entry: EntryMap, size: SizeMap) -> Operator:
        return Convolution(
            self.kernel.map(entry), tuple(axis.map(size) for axis in self.axes), self.valid_from
        ).operator()


@dataclass(frozen=True)
class Identity:
    """Origin: the identity on an image."""

    sizes: tuple[Any, ...]

    def operator(self) -> Operator:
        """The identity matrix."""
        cell = tuple(identity_diagonal(size) for size in self.sizes)
        return Operator(self.sizes, self.sizes, ZZ, {cell: ZZ.one}, {}, self)

    @property
    def operands(self) -> tuple[Operator, ...]:
        return ()

    def rebuild(self, entry: EntryMap, size: SizeMap) -> Operator:
        return Identity(tuple(map(size, self.sizes))).operator()


def conv(
    kernel: Kernel | Any,
    size: Any,
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    input_dilation: PerAxis = 1,
    padding_mode: str = "zeros",
) -> Operator:
    """The matrix C_K of the convolution with a kernel (correlation, as deep learning has it).

    Args:
        kernel: a :class:`Kernel` or anything it takes.
        size: pixels of the input image, one a spatial axis; ``a + b*n`` for any image size.
        stride: pixels that the window moves, one or one an axis.
        padding: pixels around the image: one number, one an axis, one (low, high) pair an axis,
            or "valid", "same" (output of ceil(size / stride), the odd pixel at the end) or "full".
            A negative number crops.
        dilation: pixels between taps.
        input_dilation: input_dilation - 1 zeros are put between pixels (JAX's lhs_dilation).
        padding_mode: "zeros", "circular", "reflect", "replicate" or "symmetric" (NumPy's meaning).

    Returns:
        An operator with one row for each output pixel and one column for each input pixel.

    Raises:
        KernelError: the kernel is no array of exact entries.
        GeometryError: the arguments describe no convolution.

    Source: Dumoulin & Visin, "A guide to convolution arithmetic", arXiv:1603.07285, section 4.1.

    >>> conv(Kernel.symbolic("k", 2), 3).as_explicit()
    Matrix([
    [k_{0}, k_{1},     0],
    [    0, k_{0}, k_{1}]])
    """
    kernel = kernel if isinstance(kernel, Kernel) else Kernel(kernel)
    horizon = Horizon()
    axes = conv_axes(
        kernel.size, size, stride, padding, dilation, input_dilation, padding_mode, horizon
    )
    return Convolution(kernel, axes, horizon.valid_from).operator()


def conv_transpose(
    kernel: Kernel | Any,
    size: Any,
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    output_padding: PerAxis = 0,
    dilation: PerAxis = 1,
) -> Operator:
    """The matrix of the transposed convolution: the transpose of a convolution with the same array.

    Args:
        kernel: as in :func:`conv`, with PyTorch's weight layout (in, out/groups, *size).
        size: pixels of the image that it takes.
        stride, dilation: those of the associated convolution.
        padding: that of the associated convolution, so that it crops the output; "valid" crops
            nothing, "same" gives stride times the size, "full" crops dilation*(kernel size - 1).
        output_padding: pixels that lengthen the output at its end; less than
            max(stride, dilation), as PyTorch has it.

    Returns:
        An operator whose output has
        stride*(size - 1) + dilation*(kernel size - 1) + 1 - padding + output_padding pixels.

    Raises:
        KernelError, GeometryError: as :func:`conv`.

    Source: Dumoulin & Visin, arXiv:1603.07285, relationship 14 and section 4.

    >>> T = conv_transpose(Kernel.arange((3, 3)), (2, 2))
    >>> T == conv(Kernel.arange((3, 3)), (4, 4)).T
    True
    """
    kernel = kernel if isinstance(kernel, Kernel) else Kernel(kernel)
    horizon = Horizon()
    axes = conv_transpose_axes(
        kernel.size, size, stride, padding, output_padding, dilation, horizon
    )
    return Convolution(kernel, axes, horizon.valid_from).operator().T


def identity(size: Any, channels: int = 1) -> Operator:
    """The identity on images of a size.

    >>> identity((2, 2)).shape
    (4, 4)
    """
    sizes = size if isinstance(size, Sequence) else (size,)
    if not sizes:
        raise GeometryError("an image needs at least one axis")
    return Identity((parse_size(channels), *map(parse_size, sizes))).operator()
