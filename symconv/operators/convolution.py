"""Convolutions and transposed convolutions: from a kernel and a geometry to an operator."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from itertools import count, product
from math import lcm
from typing import Any

import sympy as sp

from symconv._pickle import Pickled
from symconv.algebra.sizes import to_expr
from symconv.algebra.symbols import by_name
from symconv.operators.geometry import (
    Axis,
    conv_axes,
    conv_transpose_axes,
    parse_sizes,
    parse_steps,
)
from symconv.operators.kernel import Kernel
from symconv.operators.layer import Layer, matrix_of
from symconv.operators.operator import Operator
from symconv.operators.padding import Padding, PerAxis
from symconv.operators.provenance import EntryMap, SizeMap
from symconv.work_limits import check


@dataclass(frozen=True)
class Convolution(Pickled):
    """Provenance: one convolution, as a kernel and one axis a dimension."""

    kernel: Kernel
    axes: tuple[Axis, ...]
    valid_from: Mapping[sp.Symbol, int] = field(default_factory=dict, compare=False)

    def operator(self) -> Operator:
        """Its matrix."""
        domain, terms, bounds = matrix_of(self.kernel, self.axes, self.valid_from)
        rows = (self.kernel.out_channels, *(axis.output_size for axis in self.axes))
        cols = (self.kernel.in_channels, *(axis.input_size for axis in self.axes))
        return Operator(rows, cols, domain, terms, bounds, self)

    @property
    def operands(self) -> tuple[Operator, ...]:
        return ()

    @property
    def layer(self) -> Layer:
        return Layer(self.kernel, self.axes, valid_from=self.valid_from)

    def rebuild(self, entry: EntryMap, size: SizeMap) -> Operator:
        return Convolution(
            self.kernel.map(entry), tuple(axis.map(size) for axis in self.axes), self.valid_from
        ).operator()

    def diff(self, symbol: sp.Symbol) -> Operator:
        return replace(self, kernel=self.kernel.map(lambda e: e.diff(symbol))).operator()


def operator_of(layer: Layer) -> Operator:
    """The operator of a layer."""
    direct = Convolution(layer.kernel, layer.axes, layer.valid_from).operator()
    return direct.T if layer.transposed else direct


MOST_CASES = 1000


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
    axes = conv_axes(kernel.size, size, stride, padding, dilation, input_dilation, padding_mode)
    return Convolution(kernel, axes).operator()


def residue_cases(
    kernel: Kernel | Any, size: Any, *, stride: PerAxis = 1, **geometry: Any
) -> dict[tuple[int, ...], Operator]:
    """The convolution on an image of any size, one operator for each remainder modulo the stride.

    Args:
        kernel, stride: as in :func:`conv`.
        size: sizes ``a + b*n``; each symbol ``n`` is written ``s*m_n + r`` with a new symbol.
        geometry: the other arguments of :func:`conv`.

    Returns:
        Remainders, one for each size symbol in order of name, to the operator.

    >>> n = sp.Symbol("n")
    >>> cases = residue_cases(Kernel.symbolic("k", 3), n, stride=2)
    >>> [(r, C.input_size, C.output_size) for r, C in cases.items()]
    [((0,), (2*m_n,), (m_n - 1,)), ((1,), (2*m_n + 1,), (m_n,))]
    """
    kernel = kernel if isinstance(kernel, Kernel) else Kernel(kernel)
    sizes = [to_expr(n) for n in parse_sizes(size, kernel.ndim)]
    symbols = sorted(set().union(*(n.free_symbols for n in sizes)), key=str)
    taken = by_name([*symbols, *kernel.free_symbols])
    period = lcm(*parse_steps(stride, kernel.ndim, "stride"))
    what = f"remainders of {len(symbols)} sizes modulo {period}"
    check("terms", period ** len(symbols), what, "take residues one by one", MOST_CASES)
    cases = {}
    for residues in product(range(period), repeat=len(symbols)):
        written = {
            n: period * _quotient(n, taken) + r for n, r in zip(symbols, residues, strict=True)
        }
        entries = kernel.subs(written)
        cases[residues] = conv(entries, [n.subs(written) for n in sizes], stride=stride, **geometry)
    return cases


def _quotient(n: sp.Symbol, taken: Container[str]) -> sp.Symbol:
    """m_n, with a prime for each such name that is taken; zero or more where n is."""
    names = (f"m_{n.name}{primes * chr(39)}" for primes in count())
    known = {word: True for word in ("integer", "nonnegative") if getattr(n, f"is_{word}") is True}
    return sp.Symbol(next(name for name in names if name not in taken), **known)


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
    axes = conv_transpose_axes(kernel.size, size, stride, padding, output_padding, dilation)
    return Convolution(kernel, axes).operator().T
