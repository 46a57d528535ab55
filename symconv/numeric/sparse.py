"""Operators and numbers to SciPy's sparse arrays."""

from __future__ import annotations

from math import prod
from typing import Any

from symconv._arrays import np, scipy_sparse
from symconv.arguments import parse_choice
from symconv.errors import ExactOverflowError
from symconv.numeric.compressed_rows import compressed_rows
from symconv.numeric.evaluation import evaluated_entries, point_of
from symconv.numeric.lowering import Lowering
from symconv.numeric.memory import require_room
from symconv.numeric.named_values import Values
from symconv.numeric.numbers import fit, parse_dtype
from symconv.operators.entries import concrete_shape
from symconv.operators.operator import Operator, parse_operator

FORMATS = ("bsr", "coo", "csc", "csr", "dia", "dok", "lil")
ENTRY_BYTES = 16


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
    parse_operator(operator)
    concrete_shape(operator.rows, operator.cols)
    lowered = operator.numeric.by_columns if format == "csc" else operator.numeric.by_rows
    kind = parse_dtype(dtype)
    if kind is not None and kind.kind == "O":
        raise ExactOverflowError("a sparse array holds numbers of a fixed size, not objects")
    point = point_of(operator, values, layout=layout)
    _require_room(lowered, format)
    if not lowered.is_regular:
        return _by_places(operator, values, dtype, layout).asformat(format)
    numbers = fit(lowered.entries_at(point), kind)
    arrays = compressed_rows(lowered, numbers)
    shape = prod(lowered.heights), prod(lowered.widths)
    if format == "csc":
        return _in_order(scipy_sparse.csc_array(arrays, shape=shape[::-1]))
    matrix = _in_order(scipy_sparse.csr_array(arrays, shape=shape))
    return _by_diagonals(matrix) if format == "dia" else matrix.asformat(format)


def _in_order(matrix: Any) -> Any:
    """Columns of a row rise, which SciPy would look for."""
    matrix.has_sorted_indices = matrix.has_canonical_format = True
    return matrix


def _require_room(lowered: Lowering, format: str) -> None:  # noqa: A002
    most, rows = lowered.most_entries, prod(lowered.heights)
    copies = 1 if format in ("csr", "csc") else 2
    require_room(
        copies * most * ENTRY_BYTES + 8 * rows, f"a sparse matrix of {most:,} entries",
        "to_linear_operator() applies it without a matrix",
    )  # fmt: skip


def _by_diagonals(matrix: Any) -> scipy_sparse.dia_array:
    """The format that stores whole diagonals."""
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    offsets, which = np.unique(matrix.indices - rows, return_inverse=True)
    require_room(
        len(offsets) * matrix.shape[1] * matrix.dtype.itemsize,
        f"a matrix of {len(offsets):,} whole diagonals", 'format="csr" stores the entries alone',
    )  # fmt: skip
    data = np.zeros((len(offsets), matrix.shape[1]), dtype=matrix.dtype)
    data[which, matrix.indices] = matrix.data
    return scipy_sparse.dia_array((data, offsets), shape=matrix.shape)


def _by_places(
    operator: Operator, values: Values | None, dtype: Any, layout: str | None
) -> scipy_sparse.coo_array:
    """The entries of one box after another, where the lines of the matrix are of many kinds."""
    entries = evaluated_entries(operator, values, dtype, layout=layout)
    blocks = list(entries.blocks())
    shape = concrete_shape(operator.rows, operator.cols)
    places = [block.ravel() for block, _ in blocks]
    numbers = [np.broadcast_to(v[..., None], block.shape).ravel() for block, v in blocks]
    flat = np.concatenate([np.zeros(0, dtype=np.int64), *places])
    data = np.concatenate([np.zeros(0, dtype=entries.numbers.dtype), *numbers])
    return scipy_sparse.coo_array((data, np.divmod(flat, shape[1])), shape=shape)
