"""Eigenvalues and singular values as numbers: by FFT and cosine sums, or LAPACK."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from symconv.errors import ShapeError
from symconv.numeric.dense import to_numpy
from symconv.numeric.evaluation import evaluated_entries
from symconv.numeric.named_values import Array, Values
from symconv.operators.entries import concrete, concrete_shape
from symconv.operators.operator import Operator
from symconv.spectra.circulant_rows import FirstRow

MOST_DENSE = 6000
CHUNK = 2**22


def frequency_values(row: FirstRow, values: Values | None, singular: bool) -> Array:
    """The values of an operator that transforms diagonalise, from its first row."""
    found = [
        np.linalg.svd(matrices, compute_uv=False) if singular else np.linalg.eigvals(matrices)
        for matrices in _matrices(row, values)
    ]
    return falling(np.concatenate([part.ravel() for part in found]))


def _matrices(row: FirstRow, values: Values | None) -> Iterator[Array]:
    """The matrices over the channels at the frequencies, in chunks (…, out, in)."""
    operator = row.operator
    entries = evaluated_entries(operator, values, None)
    sizes = concrete(operator.rows)[1:]
    table = np.zeros((*concrete(operator.rows)[:1], *concrete(operator.cols)), dtype=complex)
    for (o, i), lag, cell in row.places():
        table[(o, i, *lag)] = entries.numbers[entries.cells[cell]]
    for axis, (transform, n) in enumerate(zip(row.diagonalising.transforms, sizes, strict=True)):
        if transform.name == "DFT":
            table = np.fft.ifft(table, axis=axis + 2, norm="forward")
        else:
            angles = [float(transform.frequency(j, n)) for j in range(n)]
            used = np.flatnonzero(np.moveaxis(table, axis + 2, 0).reshape(n, -1).any(axis=1))
            share = np.zeros((n, n))
            for x in used:
                share[:, x] = [complex(transform.weight(int(x), angle)).real for angle in angles]
            table = np.moveaxis(np.tensordot(share, table, (1, axis + 2)), 0, axis + 2)
    flat = np.moveaxis(table.reshape(*table.shape[:2], -1), -1, 0)
    step = max(1, CHUNK // flat[0].size)
    for start in range(0, len(flat), step):
        yield flat[start : start + step]


def dense_values(operator: Operator, values: Values | None, singular: bool) -> Array:
    """The values by LAPACK, of a matrix that is small enough."""
    shape = concrete_shape(operator.rows, operator.cols)
    if min(shape) > MOST_DENSE:
        raise ShapeError(
            f"{operator!r} is too large for a dense decomposition (at most {MOST_DENSE} rows or "
            "columns): to_linear_operator() with scipy.sparse.linalg.svds gives the largest ones"
        )
    matrix = to_numpy(operator, values)
    if singular:
        return falling(np.linalg.svd(matrix.astype(float), compute_uv=False))
    symmetric = bool((matrix == matrix.T).all())
    found = np.linalg.eigvalsh(matrix) if symmetric else np.linalg.eigvals(matrix)
    return falling(found)


def falling(values: Array) -> Array:
    """The largest real part first; real where all are."""
    real = values.real if not np.any(np.abs(values.imag) > 1e-12 * np.abs(values)) else values
    return real[np.lexsort((-values.imag, -values.real))]
