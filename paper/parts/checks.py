"""What the program checks of the theorems, each function counting what it went through."""

from __future__ import annotations

import json
from functools import cache
from itertools import product
from math import gcd
from pathlib import Path

import symconv as sc
from parts.examples import gram_columns, gram_rows
from symconv.operators.norms_and_ranks import exact_rank

CONFORMANCE = Path(__file__).parents[2] / "tests" / "conformance" / "cases.json"
MODES = ("circular", "reflect", "symmetric", "replicate")


@cache
def verified(key: str) -> sc.Verification:
    """The catalogue's own verification of a statement.

    Raises:
        ArithmeticError: it has a counterexample.
    """
    found = sc.verify(key)
    require(bool(found), str(found))
    return found


def require(holds: bool, what: str) -> None:
    if not holds:
        raise ArithmeticError(f"this does not hold: {what}")


def layer(n: int, k: int, s: int, d: int, p: int, q: int, mode: str = "zeros") -> sc.Operator:
    """A layer on one axis with symbolic taps."""
    kernel = sc.Kernel.symbolic("k", k)
    return sc.conv(kernel, n, stride=s, dilation=d, padding=((p, q),), padding_mode=mode)


def touching(n: int, k: int, s: int, d: int, p: int, q: int) -> int:
    """Windows of one axis that are not inside the image."""
    starts = range(-p, n + q - d * (k - 1), s)
    return len(starts) - sum(first >= 0 and first + d * (k - 1) < n for first in starts)


def row_cells(k: int, s: int, d: int, touched: int) -> int:
    """The bound on the cells of C C^T on one axis."""
    step = s // gcd(s, d)
    most = (k - 1) // step
    return sum(min(2 * (k - abs(lag) * step) - 1, touched + 1) for lag in range(-most, most + 1))


def column_cells(k: int, s: int, d: int) -> int:
    """The bound on the cells of C^T C on one axis."""
    return k**2 + (k - min(k, s // gcd(s, d))) ** 2


def cell_bounds() -> int:
    """Compare the numbers of cells with their bounds, without padding for equality."""
    geometries = [
        (n, *rest)
        for rest in product(range(1, 6), range(1, 5), (1, 2, 3), range(4), range(4))
        for n in (13 * rest[1], 13 * rest[1] + 1)
    ]
    for n, k, s, d, p, q in geometries:
        C = layer(n, k, s, d, p, q)
        rows, columns = (len(gram(C).closed_form()) for gram in (gram_rows, gram_columns))
        bounds = row_cells(k, s, d, touching(n, k, s, d, p, q)), column_cells(k, s, d)
        require(rows <= bounds[0] and columns <= bounds[1], f"cells of {C!r}")
        tight = p == q == 0 and s * C.shape[0] > d * (k - 1)
        require(not tight or (rows, columns) == bounds, f"equality for {C!r}")
    return len(geometries)


def strided_ranks() -> int:
    """Compare the rank of H on one axis, strides included, with the windows that it leaves out."""
    count = 0
    for k, s, d, p, q in product((2, 3, 4), (1, 2, 3), (1, 2), range(3), range(3)):
        reach = d * (k - 1)
        for n in (2 * reach, 2 * reach + 1, 2 * reach + 2):
            C = layer(n, k, s, d, p, q)
            m = C.shape[0]
            left_out = [o for o in range(-n - p - reach, n + p + reach) if not 0 <= o < m]
            covering = sum(s * o - p < n and s * o - p + reach >= 0 for o in left_out)
            rank = exact_rank(gram_columns(C).split().factor)
            require(rank == covering, f"rank of H for {C!r}")
            count += 1
    return count


def other_paddings() -> int:
    """Count the diagonals of each padding mode, and compare C C^T with r and with circulants."""
    count = 0
    for k, s, d, p, q in product((1, 2, 3, 4), (1, 2, 3), (1, 2), range(4), range(4)):
        for mode in MODES:
            n = max(d * (k - 1) + 1, 4) + s
            C = layer(n, k, s, d, p, q, mode)
            extra = -(-p // s) - (-q // s) if mode == "replicate" else 2
            require(len(C.terms) <= k * (1 + extra), f"diagonals of {C!r}")
            require_toeplitz_inside(C, n, k, s, d, p)
            if mode == "circular" and C.shape[0] * s == n:
                require_circulant(C)
            count += 1
    return count


def require_toeplitz_inside(C: sc.Operator, n: int, k: int, s: int, d: int, p: int) -> None:
    """r_{s(i-j)} at all pairs of windows inside the image."""
    inside = [o for o in range(C.shape[0]) if s * o - p >= 0 and s * o - p + d * (k - 1) < n]
    r = sc.autocorrelation(sc.Kernel.symbolic("k", k), d)
    gram = gram_rows(C)
    for i, j in product(inside, inside):
        require(gram[i, j] == r.get((s * (i - j),), 0), f"entry ({i}, {j}) for {C!r}")


def require_circulant(C: sc.Operator) -> None:
    """The same matrix after its rows and columns have moved on by one, cyclically."""
    gram = gram_rows(C).as_explicit()
    size = gram.rows
    moved = [(i + 1) % size for i in range(size)]
    require(gram.extract(moved, moved) == gram, f"circulant for {C!r}")


def conformance_cases() -> int:
    """How many cases with values by other libraries the tests compare symconv with."""
    return len(json.loads(CONFORMANCE.read_text())["cases"])
