"""Eigenvalues and singular values as numbers: by FFT and cosine sums, or LAPACK."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from symconv._arrays import Array, np
from symconv.numeric.dense import to_numpy
from symconv.numeric.evaluation import evaluated_entries
from symconv.numeric.named_values import Values
from symconv.operators.entries import concrete, concrete_shape
from symconv.operators.operator import Operator
from symconv.spectra.circulant_rows import FirstRow
from symconv.spectra.transforms import Transform
from symconv.work_limits import check

# A dense decomposition does these in some seconds.
MOST_PRODUCTS = 5 * 10**9
CHUNK = 2**22


def frequency_values(row: FirstRow, values: Values | None, singular: bool) -> Array:
    """The values of an operator that transforms diagonalise, from its first row."""
    found: list[Array] = []
    for matrices, times in _matrices(row, values, singular):
        part: Array = (
            np.linalg.svd(matrices, compute_uv=False) if singular else np.linalg.eigvals(matrices)
        )
        found += [part.ravel()] * times
    return falling(np.concatenate(found))


def _matrices(row: FirstRow, values: Values | None, halved: bool) -> Iterator[tuple[Array, int]]:
    """The matrices over the channels at the frequencies, in chunks (…, out, in), and how often.

    Where ``halved``, those of the DFT at the opposite frequency, which is the conjugate of a real
    operator's, are counted and not given.
    """
    table, used = _compact(row, values)
    transforms = row.diagonalising.transforms
    sizes = concrete(row.operator.rows)[1:]
    rest = prod(sizes[1:]) * table.shape[0] * table.shape[1]
    chunks = [(0, sizes[0], 1)]
    if halved and transforms[0].name == "DFT" and not table.imag.any():
        ends = 1 + sizes[0] // 2
        chunks = [(0, 1, 1), (1, (sizes[0] + 1) // 2, 2), ((sizes[0] + 1) // 2, ends, 1)]
    step = max(1, CHUNK // rest)
    for first, last, times in chunks:
        for start in range(first, last, step):
            part = table
            for axis, (transform, n) in enumerate(zip(transforms, sizes, strict=True)):
                span = range(start, min(start + step, last)) if axis == 0 else range(n)
                part = np.tensordot(part, _shares(transform, n, used[axis], span), (2, 1))
            yield np.moveaxis(part.reshape(*part.shape[:2], -1), -1, 0), times


def _compact(row: FirstRow, values: Values | None) -> tuple[Array, list[list[int]]]:
    """The first row at the positions where anything stands on each axis, and those positions."""
    entries = evaluated_entries(row.operator, values, None)
    places = [(o, i, lag, entries.numbers[entries.cells[c]]) for (o, i), lag, c in row.places()]
    axes = len(row.operator.rows) - 1
    used = [sorted({lag[axis] for *_, lag, _ in places}) or [0] for axis in range(axes)]
    at = [{x: i for i, x in enumerate(axis)} for axis in used]
    channels = concrete((row.operator.rows[0], row.operator.cols[0]))
    table = np.zeros((*channels, *map(len, used)), dtype=complex)
    for o, i, lag, number in places:
        table[(o, i, *(places_of[x] for places_of, x in zip(at, lag, strict=True)))] = number
    return table, used


def _shares(transform: Transform, n: int, used: list[int], span: range) -> Array:
    """What each position contributes to the eigenvalues at a span of frequencies."""
    if transform.name == "DFT":
        turns = np.outer(np.arange(span.start, span.stop), used) % n
        found: Array = np.exp(2j * np.pi * turns / n)
        return found
    angles = [float(transform.frequency(j, n)) for j in span]
    columns = [[complex(transform.weight(x, angle)).real for angle in angles] for x in used]
    return np.array(columns).T


def dense_values(operator: Operator, values: Values | None, singular: bool) -> Array:
    """The values by LAPACK, of a matrix that is small enough."""
    shape = concrete_shape(operator.rows, operator.cols)
    check(
        "work",
        max(shape) * min(shape) ** 2,
        f"products in a dense decomposition of {operator!r}",
        "to_linear_operator() with scipy.sparse.linalg.svds gives the largest ones",
        MOST_PRODUCTS,
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
