"""Operators and numbers to SciPy: sparse arrays and matrix-free operators."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from symconv._arrays import Array, np, scipy_sparse, scipy_sparse_linalg
from symconv.algebra.sizes import Size, evaluate
from symconv.arguments import parse_choice
from symconv.errors import ExactOverflowError
from symconv.numeric.evaluation import evaluated_entries
from symconv.numeric.named_values import Values
from symconv.operators.entries import concrete
from symconv.operators.operator import Operator

FORMATS = ("bsr", "coo", "csc", "csr", "dia", "dok", "lil")


def to_scipy(
    operator: Operator,
    values: Values | None = None,
    format: str = "csr",  # noqa: A002
    dtype: Any = None,
    *,
    layout: str | None = None,
) -> scipy_sparse.sparray:
    """The matrix as a SciPy sparse array.

    Args:
        operator, values, dtype, layout: as in :func:`to_numpy`, without a batch.
        format: "bsr", "coo", "csc", "csr", "dia", "dok" or "lil".

    Raises:
        ExactOverflowError, KernelError, ShapeError: as :func:`to_numpy`.

    >>> import symconv as sc
    >>> to_scipy(sc.conv(sc.Kernel([1, 2]), 3)).toarray()
    array([[1, 2, 0],
           [0, 1, 2]])
    """
    format = parse_choice("format", format, FORMATS)  # noqa: A001
    entries = evaluated_entries(operator, values, dtype, layout=layout)
    if entries.kind.kind == "O":
        raise ExactOverflowError("a sparse array holds numbers of a fixed size, not objects")
    shape = prod(concrete(operator.rows)), prod(concrete(operator.cols))
    blocks = list(entries.blocks())
    places = [block.ravel() for block, _ in blocks]
    numbers = [np.broadcast_to(v[..., None], block.shape).ravel() for block, v in blocks]
    flat = np.concatenate([np.zeros(0, dtype=np.int64), *places])
    data = np.concatenate([np.zeros(0, dtype=entries.kind), *numbers])
    return scipy_sparse.coo_array((data, np.divmod(flat, shape[1])), shape=shape).asformat(format)


def to_linear_operator(
    operator: Operator, values: Values | None = None, dtype: Any = None, *,
    layout: str | None = None,
) -> scipy_sparse_linalg.LinearOperator:  # fmt: skip
    """The operator as a SciPy ``LinearOperator``: no matrix, one strided slice a diagonal.

    Args:
        operator, values, dtype, layout: as in :func:`to_numpy`, without a batch.

    >>> import symconv as sc
    >>> C = sc.conv(sc.Kernel([1, 2]), 3)
    >>> to_linear_operator(C) @ [1, 10, 100]
    array([ 21, 210])
    """
    entries = evaluated_entries(operator, values, dtype, layout=layout)
    heights, widths = entries.heights, entries.widths
    slices = [
        (
            tuple(_slice(d.row, d.row_step, d.length) for d in cell),
            tuple(_slice(d.col, d.col_step, d.length) for d in cell),
            number[()],
        )
        for cell, number in entries.items()
    ]

    def run(x: Array, out: Sequence[int], size: Sequence[int], turned: bool) -> Array:
        image = np.asarray(x).reshape(*size, -1)
        result = np.zeros((*out, image.shape[-1]), dtype=np.result_type(image, entries.kind))
        for row, col, number in slices:
            target, source = (col, row) if turned else (row, col)
            result[target] += (np.conj(number) if turned else number) * image[source]
        return result.reshape(prod(out), *np.shape(x)[1:])

    return scipy_sparse_linalg.LinearOperator(
        (prod(heights), prod(widths)),
        matvec=lambda x: run(x, heights, widths, False),
        rmatvec=lambda x: run(x, widths, heights, True),
        matmat=lambda x: run(x, heights, widths, False),
        rmatmat=lambda x: run(x, widths, heights, True),
        dtype=entries.kind,
    )


def _slice(first: Size, step: int, length: Size) -> slice:
    start, count = evaluate(first, {}), evaluate(length, {})
    stop = start + step * count
    return slice(start, stop if stop >= 0 else None, step)
