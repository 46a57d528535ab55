"""What makes an operator easy: one convolution, one kernel an axis, invariance under rotation."""

from __future__ import annotations

from collections.abc import Mapping

from symconv.algebra.coefficients import Element
from symconv.kernels.separability import kernel_factors
from symconv.operators.convolution import Convolution
from symconv.operators.operator import Operator
from symconv.spectra.circulant_rows import FirstRow
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


def rotation_symbol(operator: Operator) -> Mapping[tuple[int, int, Offset], Element] | None:
    """The first rows of an operator that commutes with every rotation of the image; else None.

    Returns:
        (output channel, input channel, offset of the input pixel) to entry. On the wave
        exp(2 pi i f·x / n) a channel pair acts as the sum of entry * exp(2 pi i f·offset / n).

    >>> import sympy as sp, symconv as sc
    >>> C = sc.conv([1, 2, 3], sp.Symbol("n"), padding=1, padding_mode="circular")
    >>> sorted(rotation_symbol(C))
    [(0, 0, (-1,)), (0, 0, (0,)), (0, 0, (1,))]
    """
    found = diagonalising(operator)
    if found is None or any(transform.name != "DFT" for transform in found.transforms):
        return None
    places = FirstRow(operator, found).places()
    return {(*channels, lag): operator.cells[cell] for channels, lag, cell in places}
