"""What makes an operator easy: one convolution, one kernel an axis, invariance under rotation."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

import sympy as sp

from symconv.algebra.coefficients import Element, from_exprs, is_zero
from symconv.algebra.sizes import Affine, Size
from symconv.operators.kernel import Kernel
from symconv.operators.leaves import Convolution, layer_of
from symconv.operators.operator import Operator, product
from symconv.operators.resampling import shift

Offset = tuple[int, ...]


def convolution_of(operator: Operator) -> tuple[Convolution | None, bool]:
    """The convolution that an operator is, or is the transpose of (then True), if any."""
    return layer_of(operator)


def one_channel(operator: Operator) -> bool:
    """Whether images of one channel go in and come out."""
    return operator.rows[0] == operator.cols[0] == 1


def axis_factors(operator: Operator) -> list[Operator] | None:
    """Convolutions, one an axis, whose Kronecker product a separable one is; else None.

    >>> import symconv as sc
    >>> factors = axis_factors(sc.conv([[1, 2], [3, 6]], (4, 5)))
    >>> [factor.shape for factor in factors], factors[1][0, 1]
    ([(3, 4), (4, 5)], 2)
    """
    layer, transposed = convolution_of(operator)
    if layer is None or len(layer.axes) < 2 or not one_channel(operator):
        return None
    kernels = kernel_factors(layer.kernel)
    if kernels is None:
        return None
    pairs = zip(kernels, layer.axes, strict=True)
    made = [Convolution(k, (axis,), layer.valid_from).operator() for k, axis in pairs]
    return [factor.T for factor in made] if transposed else made


def kernel_factors(kernel: Kernel) -> list[Kernel] | None:
    """Kernels on one axis whose outer product this one is, where it has rank one; else None.

    >>> kernel_factors(Kernel([[1, 2], [3, 6]]))
    [Kernel([1, 3]), Kernel([1, 2])]
    >>> kernel_factors(Kernel.symbolic("k", (2, 2))) is None
    True
    """
    domain, elements = from_exprs(kernel.entries)
    taps = {tap: e for (*_, tap, _), e in zip(kernel.weights(), elements, strict=True)}
    pivot = next((tap for tap, e in taps.items() if not is_zero(domain, e)), None)
    if pivot is None:
        return None
    lines = [
        [taps[(*pivot[:axis], t, *pivot[axis + 1 :])] for t in range(size)]
        for axis, size in enumerate(kernel.size)
    ]
    over = taps[pivot] ** (len(lines) - 1)
    for tap, entry in taps.items():
        parts = prod((line[t] for line, t in zip(lines, tap, strict=True)), start=domain.one)
        if not is_zero(domain, parts - entry * over):
            return None
    exprs = [[domain.to_sympy(e) for e in line] for line in lines]
    scale = domain.to_sympy(over)
    exprs[0] = [sp.cancel(e / scale) for e in exprs[0]]
    return [Kernel(line) for line in exprs]


def rotation_symbol(operator: Operator) -> Mapping[tuple[int, int, Offset], Element] | None:
    """The first rows of an operator that commutes with every rotation of the image; else None.

    Returns:
        (output channel, input channel, offset of the input pixel) to entry. On the wave
        exp(2 pi i f·x / n) a channel pair acts as the sum of entry * exp(2 pi i f·offset / n).

    >>> import symconv as sc
    >>> C = sc.conv([1, 2, 3], sp.Symbol("n"), padding=1, padding_mode="circular")
    >>> sorted(rotation_symbol(C))
    [(0, 0, (-1,)), (0, 0, (0,)), (0, 0, (1,))]
    """
    if operator.rows[1:] != operator.cols[1:]:
        return None
    axes = len(operator.rows) - 1
    for axis in range(axes):
        step = tuple(int(other == axis) for other in range(axes))
        out, into = (
            shift(tuple(sizes[1:]), step, circular=True, channels=_number(sizes[0]))
            for sizes in (operator.rows, operator.cols)
        )
        if product(out, operator) != product(operator, into):
            return None
    found: dict[tuple[int, int, Offset], Element] = {}
    for cell, entry in operator.cells.items():
        channels, *spatial = cell
        if all(d.row == 0 for d in spatial):
            offset = tuple(
                _signed(d.col, size) for d, size in zip(spatial, operator.cols[1:], strict=True)
            )
            for o, i in channels:
                key = o, i, offset
                found[key] = found.get(key, operator.domain.zero) + entry
    return found


def _signed(col: Size, size: Size) -> int:
    """A column as an offset: those that grow with the image count from its end."""
    offset = col - size if isinstance(col, Affine) else col
    if not isinstance(offset, int):
        raise AssertionError("a row that rotates has entries near both ends alone")
    return offset


def _number(channels: Any) -> int:
    return int(channels)
