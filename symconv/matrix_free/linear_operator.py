"""Operators and numbers to SciPy's matrix-free operators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from symconv._arrays import Array, np, scipy_sparse_linalg
from symconv.matrix_free.actions import action_of
from symconv.numeric.evaluation import point_of
from symconv.numeric.named_values import Values
from symconv.numeric.numbers import parse_dtype
from symconv.operators.entries import concrete
from symconv.operators.operator import Operator, parse_operator


def to_linear_operator(
    operator: Operator, values: Values | None = None, dtype: Any = None, *,
    layout: str | None = None,
) -> scipy_sparse_linalg.LinearOperator:  # fmt: skip
    """The operator as a SciPy ``LinearOperator``: no matrix, the images themselves are worked on.

    A product is its factors one after another: C.T @ C costs two passes. A convolution of floats is
    a banded product of matrices in BLAS or a transform of blocks, whichever is quicker at its size;
    ``rmatvec`` is the exact adjoint, made from the same pieces. Integers stay exact: what leaves
    int64 is given as Python's integers in an array of objects.

    Args:
        operator, values, layout: as in :func:`to_numpy`, without a batch.
        dtype: type of the operator's numbers, as in :func:`to_numpy`. The result has the type that
            NumPy gives it together with the image's: float32 only where both are. With an integer
            type every entry must fit.

    Raises:
        ExactOverflowError, KernelError, ShapeError: as :func:`to_numpy`.

    >>> import symconv as sc
    >>> C = sc.conv(sc.Kernel([1, 2]), 3)
    >>> to_linear_operator(C) @ [1, 10, 100]
    array([ 21, 210])
    """
    parse_operator(operator)
    heights, widths = concrete(operator.rows), concrete(operator.cols)
    kind = parse_dtype(dtype)
    action = action_of(operator, point_of(operator, values, layout=layout), kind)
    forward, adjoint = _on_columns(action.forward, widths), _on_columns(action.adjoint, heights)
    return scipy_sparse_linalg.LinearOperator(
        (prod(heights), prod(widths)), matvec=forward, rmatvec=adjoint, matmat=forward,
        rmatmat=adjoint, dtype=action.kind,
    )  # fmt: skip


def _on_columns(apply: Callable[[Array], Array], size: Sequence[int]) -> Callable[[Any], Array]:
    """A map of images as a map of vectors, or of the columns of a matrix."""

    def run(x: Any) -> Array:
        array = np.asarray(x)
        if array.dtype.kind in "bu":
            array = array.astype(object if array.dtype == np.uint64 else np.int64)
        if array.ndim == 1 or array.shape[1] == 1:
            return apply(array.reshape(size)).reshape(-1, *array.shape[1:])
        return np.stack([apply(column.reshape(size)).ravel() for column in array.T], axis=1)

    return run
