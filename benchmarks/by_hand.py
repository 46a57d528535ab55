"""The same matrices as an expert writes them by hand, in each library's best form.

A kernel of 3 x 3 taps goes over n x n pixels. The products of two taps are made once; every output
pixel adds each of them to the entry that it belongs to; the half above the diagonal is enough.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import scipy.sparse as sparse
from sympy.polys.domains import ZZ
from sympy.polys.matrices import DomainMatrix
from sympy.polys.matrices.sdm import SDM

K = 3
TAPS = [(y, x) for y in range(K) for x in range(K)]
NUMBERS = list(range(1, K * K + 1))

Rows = dict[int, dict[int, Any]]


def conv_rows(entries: Sequence[Any], n: int) -> Rows:
    """The matrix C as rows of column to entry."""
    m = n - K + 1
    return {
        y * m + x: {
            (y + ty) * n + x + tx: entry for (ty, tx), entry in zip(TAPS, entries, strict=True)
        }
        for y in range(m)
        for x in range(m)
    }


def gram_of_columns(entries: Sequence[Any], n: int) -> Rows:
    """Cᵀ C, its upper half."""
    m = n - K + 1
    pairs = [
        (ty * n + tx, (uy - ty) * n + ux - tx, a * b)
        for i, ((ty, tx), a) in enumerate(zip(TAPS, entries, strict=True))
        for (uy, ux), b in list(zip(TAPS, entries, strict=True))[i:]
    ]
    rows: Rows = {i: {} for i in range(n * n)}
    for y in range(m):
        for x in range(m):
            corner = y * n + x
            for first, lag, product in pairs:
                row, col = rows[corner + first], corner + first + lag
                if col in row:
                    row[col] = row[col] + product
                else:
                    row[col] = product
    return rows


def gram_of_rows(entries: Sequence[Any], n: int) -> Rows:
    """C Cᵀ, its upper half: the sums over all pairs of taps at a lag are made once."""
    m = n - K + 1
    at = dict(zip(TAPS, entries, strict=True))
    lags: dict[tuple[int, int], Any] = {}
    for (ty, tx), a in at.items():
        for (uy, ux), b in at.items():
            lag = ty - uy, tx - ux
            if lag >= (0, 0):
                lags[lag] = lags[lag] + a * b if lag in lags else a * b
    return {
        y * m + x: {
            (y + dy) * m + x + dx: r
            for (dy, dx), r in lags.items()
            if 0 <= x + dx < m and y + dy < m
        }
        for y in range(m)
        for x in range(m)
    }


def half_sum(rows: Rows, value: Callable[[Any], int]) -> int:
    """The sum of all entries at numbers, from the upper half."""
    values: dict[int, int] = {}
    total = 0
    for i, row in rows.items():
        for j, entry in row.items():
            if id(entry) not in values:
                values[id(entry)] = value(entry)
            total += values[id(entry)] * (1 if i == j else 2)
    return total


def whole_sum(rows: Rows, value: Callable[[Any], int]) -> int:
    """The sum of all entries at numbers."""
    values: dict[int, int] = {}
    for row in rows.values():
        for entry in row.values():
            if id(entry) not in values:
                values[id(entry)] = value(entry)
    return sum(values[id(entry)] for row in rows.values() for entry in row.values())


def domain_matrix(rows: Rows, shape: tuple[int, int], domain: Any) -> DomainMatrix:
    """A sparse matrix of SymPy's inner kind."""
    return DomainMatrix.from_rep(SDM(rows, shape, domain))


# --- numbers --------------------------------------------------------------------------------------


def csr_by_coordinates(weight: np.ndarray, n: int) -> sparse.csr_array:
    """C from vectorised coordinates, rows in order: what a CSR array takes as it is."""
    k = len(weight)
    m = n - k + 1
    pixels = np.arange(n * n, dtype=np.int32).reshape(n, n)
    window = (np.arange(k, dtype=np.int32)[:, None] * n + np.arange(k, dtype=np.int32)).ravel()
    columns = (pixels[:m, :m].reshape(-1, 1) + window).ravel()
    data = np.tile(weight.ravel(), m * m)
    starts = np.arange(0, m * m * k * k + 1, k * k, dtype=np.int32)
    return sparse.csr_array((data, columns, starts), shape=(m * m, n * n))


def csr_by_kron(weight: np.ndarray, n: int) -> sparse.csr_array:
    """C as the sum over rows of the kernel of Kronecker products of bands."""
    k = len(weight)
    m = n - k + 1
    total = sparse.csr_array((m * m, n * n))
    for y in range(k):
        down = sparse.diags_array([np.ones(m)], offsets=[y], shape=(m, n))
        across = sparse.diags_array(
            [np.full(m, w) for w in weight[y]], offsets=[*range(k)], shape=(m, n)
        )
        total = total + sparse.kron(down, across, format="csr")
    return total


def fingerprints(n: int) -> tuple[sparse.csr_array, np.ndarray, list[Any]]:
    """Cᵀ C of symbols by SciPy's integer product: equal numbers are equal polynomials.

    Each tap is a random number, sums of products are taken modulo 2**64, and each number that
    occurs is looked up once, by the taps that meet in one of its entries.
    """
    from sympy.polys.rings import ring

    numbers = np.random.default_rng(1).integers(1, 2**31, K * K)
    matrix = csr_by_coordinates(numbers.reshape(K, K), n)
    gram = (matrix.T.tocsr() @ matrix).tocsr()
    _, where, which = np.unique(gram.data, return_index=True, return_inverse=True)
    rows = np.searchsorted(gram.indptr, where, side="right") - 1
    _, *taps = ring([f"k{i}" for i in range(K * K)], ZZ)
    m = n - K + 1
    table = []
    for i, j in zip(rows, gram.indices[where], strict=True):
        (iy, ix), (jy, jx) = divmod(int(i), n), divmod(int(j), n)
        table.append(
            sum(
                taps[(iy - y) * K + ix - x] * taps[(jy - y) * K + jx - x]
                for y in range(max(iy, jy) - K + 1, min(iy, jy) + 1)
                for x in range(max(ix, jx) - K + 1, min(ix, jx) + 1)
                if 0 <= y < m and 0 <= x < m
            )
        )
    return gram, which, table
