"""Operators and numbers to dense NumPy arrays."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from symconv.errors import ShapeError
from symconv.numeric.evaluation import Array, Values, evaluated_entries
from symconv.operators.entries import concrete
from symconv.operators.operator import Operator


def to_numpy(
    operator: Operator, values: Values | None = None, dtype: Any = None, *, batch: bool = False
) -> Array:
    """The dense matrix as a NumPy array; each distinct polynomial is evaluated once.

    Args:
        operator: any operator of a concrete size.
        values: numbers for the symbols: an array shaped like the kernel (``K.shape``) or like
            the weight of a framework's layer (out, in/groups, *size), or a mapping from symbols to
            numbers. Left out where the kernel is numeric.
        dtype: type of the result. By default integers give int64, fractions and floats float64.
            ``object`` keeps exact integers and fractions of any size.

        batch: values of many kernels at once: an array (*batch, *K.shape), or a mapping to arrays
            of one shape.

    Returns:
        An array (rows, columns), or (*batch, rows, columns).

    Raises:
        ExactOverflowError: an integer entry does not fit the type.
        KernelError: values are missing, of another shape, or not finite.
        ShapeError: the size is symbolic, or the array does not fit in memory.

    >>> import symconv as sc
    >>> to_numpy(sc.conv(sc.Kernel.symbolic("k", 2), 3), [1, 2])
    array([[1, 2, 0],
           [0, 1, 2]])
    """
    entries = evaluated_entries(operator, values, dtype, batch)
    rows, cols = prod(concrete(operator.rows)), prod(concrete(operator.cols))
    try:
        flat = np.zeros((*entries.batch, rows * cols), dtype=entries.kind)
    except (MemoryError, ValueError):
        raise ShapeError(
            f"a dense array of {rows} x {cols} entries does not fit in memory"
        ) from None
    for places, numbers in entries.blocks():
        flat[..., places] = numbers[..., None]
    return flat.reshape(*entries.batch, rows, cols)
