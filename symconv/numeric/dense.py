"""Operators and numbers to dense NumPy arrays."""

from __future__ import annotations

from math import prod
from typing import Any

from symconv._arrays import Array, np
from symconv.numeric.evaluation import evaluated_entries, evaluated_kernel
from symconv.numeric.layouts import weight_places
from symconv.numeric.memory import require_room
from symconv.numeric.named_values import Values
from symconv.operators.entries import concrete_shape
from symconv.operators.operator import Operator
from symconv.recognition.recognition import require_layer


def to_numpy(
    operator: Operator, values: Values | None = None, dtype: Any = None, *, batch: bool = False,
    layout: str | None = None,
) -> Array:  # fmt: skip
    """The dense matrix as a NumPy array; each distinct polynomial is evaluated once.

    Args:
        operator: any operator of a concrete size.
        values: numbers for the symbols: an array shaped like the kernel (``K.shape``, or with both
            channel axes (out, in/groups, *size)), a framework's own weight in its ``layout``, or a
            mapping from symbols to numbers. Left out where the kernel is numeric.
        dtype: type of the result. By default integers give int64, fractions and floats float64.
            ``object`` keeps exact integers and fractions of any size.
        batch: values of many kernels at once: an array (*batch, *K.shape), or a mapping to arrays
            of one shape.
        layout: whose weight the array is: "torch", "onnx", "keras", "tensorflow" or "jax", as
            :func:`symconv.to_weight` gives it; of a product, the weight of its convolution.

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
    >>> keras = np.array([[[1]], [[2]]])  # (taps, in, out)
    >>> to_numpy(sc.conv(sc.Kernel.symbolic("k", 2), 3), keras, layout="keras")
    array([[1, 2, 0],
           [0, 1, 2]])
    """
    entries = evaluated_entries(operator, values, dtype, batch, layout)
    rows, cols = concrete_shape(operator.rows, operator.cols)
    count, kind = rows * cols, entries.numbers.dtype
    require_room(
        prod(entries.batch) * count * kind.itemsize, f"a dense array of {rows} x {cols} entries",
        "to_scipy() stores those that are not zero, to_linear_operator() none",
    )  # fmt: skip
    flat = np.zeros((*entries.batch, count), dtype=kind)
    for places, numbers in entries.blocks():
        flat[..., places] = numbers[..., None]
    return flat.reshape(*entries.batch, rows, cols)


def to_weight(
    operator: Operator, layout: str, values: Values | None = None, dtype: Any = float
) -> Array:
    """The weight of a layer as a framework lays it out, as a NumPy array.

    Args:
        operator: one convolution or transposed convolution; of an operator that was not made as
            one, its kernel is what :func:`symconv.recognise` finds.
        layout: "torch" or "onnx" (out, in/groups, *size), for transposed layers
            (in, out/groups, *size); "keras" or "tensorflow" (*size, in/groups, out), for transposed
            layers (*size, out, in); "jax" "OIHW" of the ``lax.conv_general_dilated`` that
            :func:`symconv.to_jax_kwargs` names, reversed in space for transposed layers.
        values: numbers for the symbols, as for :func:`to_numpy`.
        dtype: as of :func:`to_numpy`; ``object`` keeps exact integers and fractions.

    Raises:
        ConventionError: the operator is no single layer.
        KernelError: a symbol has no value.

    >>> import symconv as sc
    >>> T = sc.conv_transpose(sc.Kernel([1, 2]), 3, stride=2)
    >>> to_weight(T, "torch", dtype=int).tolist(), to_weight(T, "jax", dtype=int).tolist()
    ([[[1, 2]]], [[[2, 1]]])
    """
    layer = require_layer(operator)
    places = weight_places(layer.kernel, layout, layer.transposed)
    return evaluated_kernel(operator, layer.kernel, values, dtype)[places]
