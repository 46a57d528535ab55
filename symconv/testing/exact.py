"""Exact equality of operators, adjointness, and agreement with NumPy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import sympy as sp

from symconv._arrays import Array, np
from symconv.algebra.diagonal import Diagonal
from symconv.algebra.sizes import evaluate
from symconv.errors import ShapeError
from symconv.numeric.dense import to_numpy
from symconv.numeric.named_values import Values, exact_values
from symconv.operators.convolution import Convolution
from symconv.operators.entries import concrete_shape
from symconv.operators.exact_input import parse_array
from symconv.operators.geometry import Axis
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator, parse_operator
from symconv.operators.provenance import Product, Scaled, Total, Transposed
from symconv.operators.selection import RowSums, Selection
from symconv.recognition.first_difference import first_difference
from symconv.resampling.pooling import PixelCount

NUMPY_MODES = {
    "zeros": "constant",
    "circular": "wrap",
    "reflect": "reflect",
    "replicate": "edge",
    "symmetric": "symmetric",
}


def assert_same(a: Any, b: Any) -> None:
    """Assert that two operators or matrices are exactly equal.

    Args:
        a, b: operators, SymPy matrices, NumPy arrays or nested lists of exact entries. Two
            operators of the same sizes are compared cell by cell, whatever the size.

    Raises:
        AssertionError: with the first entry that differs.

    >>> import symconv as sc
    >>> K = sc.Kernel.symbolic("k", (2, 2))
    >>> assert_same(sc.conv_transpose(K, (2, 2)), sc.conv(K, (3, 3)).T)
    """
    found = first_difference(a, b)
    if found:
        raise AssertionError(found)


def assert_adjoint(operator: Operator, adjoint: Operator | None = None) -> None:
    """Assert that <C x, y> - <x, C^T y> expands to zero for symbolic images x and y.

    Args:
        operator: C.
        adjoint: what to check as its transpose; ``operator.T`` where left out.

    Raises:
        AssertionError: with the difference.

    >>> import symconv as sc
    >>> assert_adjoint(sc.conv(sc.Kernel.symbolic("k", 3), 5, stride=2, padding=1))
    """
    transposed = parse_operator(operator).T if adjoint is None else parse_operator(adjoint)
    rows, cols = concrete_shape(operator.rows, operator.cols)
    # Dummies: the kernel may have symbols of any name.
    x = sp.Matrix([sp.Dummy(f"x{j}") for j in range(cols)])
    y = sp.Matrix([sp.Dummy(f"y{i}") for i in range(rows)])
    if (transposed.rows, transposed.cols) != (operator.cols, operator.rows):
        raise AssertionError(f"{transposed!r} has not the sizes of the adjoint of {operator!r}")
    difference = sp.expand((operator @ x).dot(y) - x.dot(transposed @ y))
    if difference != 0:
        shown = difference.xreplace({dummy: sp.Symbol(dummy.name) for dummy in (*x, *y)})
        raise AssertionError(f"<C x, y> - <x, C^T y> = {shown}")


def assert_lowering(operator: Operator, values: Values | None = None) -> None:
    """Assert that the symbolic result at these numbers is what NumPy computes from scratch.

    Every convolution in the operator is run by NumPy on unit images (pad, slide, multiply, add),
    and sums, products and transposes are NumPy's own.

    Args:
        operator: any operator of a concrete size.
        values: exact numbers, as for :func:`symconv.to_numpy`, without a batch.

    Raises:
        AssertionError: with the first entry that differs.

    >>> import symconv as sc
    >>> C = sc.conv(sc.Kernel.symbolic("k", (3, 3)), (4, 4))
    >>> assert_lowering(C @ C.T, [[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    """
    exact = exact_values(operator, values)
    lowered, expected = to_numpy(operator, exact, dtype=object), numpy_matrix(operator, exact)
    entries, _ = parse_array(expected)
    if all(entry.is_Rational or entry.free_symbols for entry in entries):
        assert_same(lowered, expected)
    else:  # roots and exponentials lower to floating point
        np.testing.assert_allclose(lowered.astype(complex), expected.astype(complex), rtol=1e-9)


def numpy_matrix(operator: Operator, values: Mapping[sp.Symbol, sp.Expr]) -> Array:
    """The matrix of an operator as exact objects, computed by NumPy from its kernels' numbers."""
    provenance = operator.provenance
    parts = [numpy_matrix(operand, values) for operand in provenance.operands]
    match provenance:
        case Convolution():
            return numpy_convolution(provenance.kernel.subs(values), provenance.axes)
        case Product():
            return parts[0] @ parts[1]
        case Total():
            return parts[0] + parts[1]
        case Transposed():
            return parts[0].T
        case Scaled():
            scaled: Array = parts[0] * provenance.scalar.subs(values)
            return scaled
        case Selection():
            return numpy_selection(operator, provenance.diagonals)
        case RowSums():
            return np.diag(parts[0].sum(axis=1))
        case PixelCount():
            return numpy_mean(provenance.channels, provenance.axes)
    raise ShapeError(
        f"{operator!r} was made by {type(provenance).__name__}, which NumPy cannot redo"
    )


def numpy_selection(operator: Operator, diagonals: Sequence[Diagonal]) -> Array:
    """The 0/1 matrix with a one at (r + a*t, c + b*t) of each axis, where both are pixels."""
    matrix = np.ones((1, 1), dtype=object)
    for m, n, d in zip(operator.rows, operator.cols, diagonals, strict=True):
        axis = np.zeros((evaluate(m, {}), evaluate(n, {})), dtype=object)
        row, col = evaluate(d.row, {}), evaluate(d.col, {})
        for t in range(evaluate(d.length, {})):
            i, j = row + d.row_step * t, col + d.col_step * t
            if 0 <= i < axis.shape[0] and 0 <= j < axis.shape[1]:
                axis[i, j] = 1
        matrix = np.kron(matrix, axis)
    return matrix


def numpy_mean(channels: int, axes: Sequence[Axis]) -> Array:
    """The diagonal matrix of one over the pixels under each window."""
    ones = Kernel.build(
        [sp.S.One] * prod(a.kernel_size for a in axes), [a.kernel_size for a in axes]
    )
    counts = numpy_convolution(ones, axes).sum(axis=1)
    inverse = np.diag([sp.Rational(1, int(count)) for count in counts])
    return np.kron(np.eye(channels, dtype=int).astype(object), inverse)


def numpy_convolution(kernel: Kernel, axes: Sequence[Axis]) -> Array:
    """The matrix of a convolution: NumPy pads every unit image, slides the window and adds up."""
    size = tuple(evaluate(axis.input_size, {}) for axis in axes)
    pixels = kernel.in_channels * prod(size)
    images = np.eye(pixels, dtype=int).reshape(pixels, kernel.in_channels, *size)
    for position, axis in enumerate(axes, start=2):
        images = _pad(images, axis, position)
    spatial = tuple(range(2, 2 + len(axes)))
    windows = np.lib.stride_tricks.sliding_window_view(
        images, tuple(axis.extent for axis in axes), spatial
    )
    steps = [slice(None, None, axis.stride) for axis in axes]
    taps = [slice(None, None, axis.dilation) for axis in axes]
    windows = windows[:, :, *steps, *taps]
    weights = np.zeros((kernel.out_channels, kernel.in_channels, *kernel.size), dtype=object)
    for o, i, tap, entry in kernel.weights():
        weights[o, i, *tap] = int(entry) if entry.is_Integer else entry
    summed = (1, *(axis + len(axes) for axis in spatial))
    result = np.tensordot(windows.astype(object), weights, (summed, (1, *spatial)))
    return np.moveaxis(result, -1, 1).reshape(pixels, -1).T


def _pad(images: Array, axis: Axis, position: int) -> Array:
    """Stuff zeros between pixels of one axis, then pad or crop it."""
    shape = list(images.shape)
    shape[position] = evaluate(axis.stuffed_size, {})
    stuffed = np.zeros(shape, dtype=np.int64)
    every = [slice(None)] * images.ndim
    every[position] = slice(None, None, axis.input_dilation)
    stuffed[tuple(every)] = images
    low, high = axis.padding, evaluate(axis.padding_high, {})
    widths = [(0, 0)] * images.ndim
    widths[position] = (max(low, 0), max(high, 0))
    padded = np.pad(stuffed, widths, mode=NUMPY_MODES[axis.padding_mode])  # type: ignore[call-overload]
    every[position] = slice(max(-low, 0), padded.shape[position] - max(-high, 0))
    cropped: Array = padded[tuple(every)]
    return cropped
