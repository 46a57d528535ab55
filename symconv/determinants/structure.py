"""What makes an operator easy: one convolution, one kernel an axis, invariance under rotation."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

import sympy as sp

from symconv.algebra.coefficients import Element, from_exprs, is_zero
from symconv.operators.convolution import Convolution
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator
from symconv.spectra.first_row import FirstRow
from symconv.spectra.transforms import diagonalising

Offset = tuple[int, ...]


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
    layer = operator.as_layer()
    if layer is None or len(layer.axes) < 2 or not one_channel(operator):
        return None
    kernels = kernel_factors(layer.kernel)
    if kernels is None:
        return None
    pairs = zip(kernels, layer.axes, strict=True)
    made = [Convolution(k, (axis,), layer.valid_from).operator() for k, axis in pairs]
    return [factor.T for factor in made] if layer.transposed else made


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
    found = diagonalising(operator)
    if found is None or any(transform.name != "DFT" for transform in found.transforms):
        return None
    places = FirstRow(operator, found).places()
    return {(*channels, lag): operator.cells[cell] for channels, lag, cell in places}
