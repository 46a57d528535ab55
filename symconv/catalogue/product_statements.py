"""Statements about C C^T and C^T C: splits, Toeplitz parts, symmetry."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symconv.catalogue.statement import Hypothesis, Statement
from symconv.operators.autocorrelation import autocorrelation
from symconv.operators.convolution import conv
from symconv.operators.kernel import Kernel
from symconv.operators.norms_and_ranks import exact_rank
from symconv.operators.operator import Operator
from symconv.operators.selection import identity
from symconv.resampling.shifts_and_shuffles import crop, flip, pad, shift

n, m = sp.symbols("n m")
IMAGES = tuple(range(1, 9))
UNPADDED = Hypothesis(r"p = 0", lambda p, **_: p == 0)


def layer(n: Any, k: int, s: int = 1, p: int = 0, q: int | None = None, d: int = 1) -> Operator:
    """A convolution on one axis with a symbolic kernel."""
    sides = ((p, p if q is None else q),)
    return conv(Kernel.symbolic("k", k), n, stride=s, padding=sides, dilation=d)


def toeplitz(size: Any, k: int, s: int = 1, d: int = 1) -> Any:
    """The banded matrix with r_{s(i-j)} at (i, j), lag by lag."""
    r = autocorrelation(Kernel.symbolic("k", k), d)
    bands = [r[lag] * _band(size, lag[0] // s) for lag in r if lag[0] % s == 0]
    total = bands[0]
    for band in bands[1:]:
        total = total + band
    return total


def _band(size: Any, lag: int) -> Operator:
    """Ones at i - j = lag; nothing where the matrix is too small for the lag."""
    if isinstance(size, int) and abs(lag) >= size:
        return 0 * identity(size)
    return shift(size, lag)


def _rows_split(n: Any, k: int, s: int, p: int, q: int, d: int) -> Any:
    """T - P P^T with P = C' (I - E E^T), where C' runs on the padded image and E pads."""
    E = pad(n, ((p, q),))
    whole = conv(Kernel.symbolic("k", k), E.output_size, stride=s, dilation=d)
    P = whole @ (identity(E.output_size) - E @ E.T)
    return toeplitz(whole.output_size[0], k, s, d) - P @ P.T


def _columns_split(n: Any, k: int, p: int, q: int, d: int) -> Any:
    """G - H^T H with H the windows of the full convolution that the layer leaves out."""
    reach = d * (k - 1)
    full = layer(n, k, p=reach, d=d)
    kept = crop(full.output_size, ((reach - p, reach - q),))
    H = (identity(full.output_size) - kept.T @ kept) @ full
    return toeplitz(n, k, 1, d) - H.T @ H


def _gram(C: Operator, side: str) -> Any:
    return C @ C.T if side == "rows" else C.T @ C


def _boundary_rank(
    N: int, c: int, n: int, k: int, p: int, q: int, d: int, side: str, s: int = 1
) -> sp.Integer:
    """The rank of P or H on N equal axes, with c channels to c channels."""
    kernel = Kernel.symbolic("k", (k,) * N, c, c)
    C = conv(kernel, (n,) * N, stride=s, padding=((p, q),) * N, dilation=d)
    return sp.Integer(exact_rank(_gram(C, side).split().factor))


def _touching_windows(N: int, c: int, n: int, k: int, s: int, p: int, q: int, d: int) -> sp.Integer:
    """c for each window that does not lie inside the image, counted one by one."""
    starts = range(-p, n + q - d * (k - 1), s)
    inside = sum(first >= 0 and first + d * (k - 1) < n for first in starts)
    return sp.Integer(c * (len(starts) ** N - inside**N))


def _touched_pixels(N: int, c: int, n: int, k: int, p: int, q: int, d: int) -> sp.Integer:
    """c for each pixel that a window left out has a tap on, counted one by one."""
    reach = d * (k - 1)
    starts = (*range(-reach, -p), *range(n + q - reach, n))
    kept = sum(all(i - d * t not in starts for t in range(k)) for i in range(n))
    return sp.Integer(c * (n**N - kept**N))


def _periodic(n: Any, k: int, s: int) -> Any:
    C = layer(n, k, s, k - 1)
    return C.T @ C


def _image(n: int) -> sp.Matrix:
    return sp.Matrix([sp.Symbol(f"x_{{{j}}}", real=True) for j in range(n)])


def _quadratic_form(n: int, k: int, s: int, p: int) -> sp.Expr:
    x = _image(n)
    return sp.expand(x.dot(_gram(layer(n, k, s, p), "columns") @ x))


def _sum_of_squares(n: int, k: int, s: int, p: int) -> sp.Expr:
    return sp.expand(sp.Add(*(y**2 for y in layer(n, k, s, p) @ _image(n))))


SMALL = {"n": IMAGES, "k": (1, 2, 3), "s": (1, 2, 3), "p": (0, 1, 2), "q": (0, 1), "d": (1, 2)}
UNSTRIDED = {key: values for key, values in SMALL.items() if key != "s"}
# Equal axes, N of them, and as many channels of input as of output.
BLOCKS = {
    "N": (1, 2), "c": (1, 2), "n": (1, 2, 3, 4), "k": (1, 2, 3), "p": (0, 1, 2), "q": (0, 1),
    "d": (1, 2),
}  # fmt: skip

PRODUCTS = (
    Statement(
        key="rows-split",
        title="C C^T is Toeplitz less the Gram matrix of the padding",
        name="Toeplitz plus low rank",
        source="symconv",
        formula=r"C C^{\mathsf{T}} = \left[r_{s(i-j)}\right] - P P^{\mathsf{T}}",
        reason=r"Let $C'$ be the convolution on the padded image, so that $C = C' E$ with $E$ the "
        r"padding. $C' C'^{\mathsf{T}} = [r_{s(i-j)}]$, since every window is whole there, and "
        r"$E E^{\mathsf{T}} = I - (I - E E^{\mathsf{T}})$ leaves out the padding pixels, the columns "
        r"of $P = C'(I - E E^{\mathsf{T}})$.",
        parameters=SMALL,
        lhs=lambda n, k, s, p, q, d: _gram(layer(n, k, s, p, q, d), "rows"),
        rhs=_rows_split,
        symbolic=(
            {"n": n, "k": 3, "s": 1, "p": 1, "q": 1, "d": 1},
            {"n": 2 * m, "k": 3, "s": 2, "p": 1, "q": 1, "d": 1},
            {"n": 2 * m + 1, "k": 3, "s": 2, "p": 1, "q": 0, "d": 2},
        ),
    ),
    Statement(
        key="columns-split",
        title="C^T C is Toeplitz less the Gram matrix of the windows left out",
        name="Toeplitz plus low rank",
        source="symconv",
        formula=r"C^{\mathsf{T}} C = \left[r_{i-j}\right] - H^{\mathsf{T}} H \quad (s = 1)",
        reason=r"Let $F$ be the full convolution, all windows that touch the image. "
        r"$F^{\mathsf{T}} F = [r_{i-j}]$, since every tap meets every pixel there, and $C$ is $F$ "
        r"without the rows of $H$.",
        parameters=UNSTRIDED,
        lhs=lambda n, k, p, q, d: _gram(layer(n, k, 1, p, q, d), "columns"),
        rhs=_columns_split,
        symbolic=(
            {"n": n, "k": 3, "p": 0, "q": 0, "d": 1},
            {"n": n, "k": 3, "p": 1, "q": 1, "d": 1},
            {"n": n, "k": 2, "p": 0, "q": 1, "d": 2},
        ),
    ),
    Statement(
        key="rows-boundary-rank",
        title="Padding changes C C^T by as much rank as windows touch it",
        name="rank of the boundary part",
        source="symconv",
        formula=r"\operatorname{rank} P P^{\mathsf{T}} = "
        r"c\, \bigl(\textstyle\prod_j m_j - \prod_j m^\circ_j\bigr)",
        reason=r"Rows of windows inside the image, $m^\circ_j$ on axis $j$, vanish in $P$. Of a "
        r"combination of the others, the first window in lexicographic order has its first tap, or "
        r"the last one its last tap, alone on a pixel of the padding.",
        parameters=BLOCKS | {"s": (1, 2)},
        lhs=lambda **geometry: _boundary_rank(**geometry, side="rows"),
        rhs=_touching_windows,
    ),
    Statement(
        key="columns-boundary-rank",
        title="Leaving out windows changes C^T C by as much rank as they touch pixels",
        name="rank of the boundary part",
        source="symconv",
        formula=r"\operatorname{rank} H^{\mathsf{T}} H = "
        r"c\, \bigl(\textstyle\prod_j n_j - \prod_j n^\circ_j\bigr) \quad (s = 1)",
        reason=r"Columns of pixels that only windows of the layer touch, $n^\circ_j$ on axis $j$, "
        r"vanish in $H$. Of an image on the others, the first pixel in lexicographic order meets "
        r"the last tap alone, or the last one the first tap, in a window left out.",
        parameters=BLOCKS,
        lhs=lambda **geometry: _boundary_rank(**geometry, side="columns"),
        rhs=_touched_pixels,
    ),
    Statement(
        key="valid-toeplitz",
        title="Without padding C C^T is Toeplitz",
        name="Toeplitz matrix of the autocorrelation",
        source="classical",
        formula=r"C C^{\mathsf{T}} = \left[r_{s(i-j)}\right] \quad (p = 0)",
        reason=r"Rows $i$ and $j$ of $C$ hold the kernel, $s(i - j)$ pixels apart, and nothing of it "
        r"is cut off.",
        parameters={"n": IMAGES, "k": (1, 2, 3), "s": (1, 2, 3), "d": (1, 2)},
        lhs=lambda n, k, s, d: _gram(layer(n, k, s, d=d), "rows"),
        rhs=lambda n, k, s, d: toeplitz(layer(n, k, s, d=d).output_size[0], k, s, d),
        symbolic=(
            {"n": n, "k": 3, "s": 1, "d": 1},
            {"n": n, "k": 5, "s": 1, "d": 2},
            {"n": 2 * m, "k": 4, "s": 2, "d": 1},
            {"n": 2 * m + 1, "k": 4, "s": 2, "d": 1},
        ),
    ),
    Statement(
        key="full-toeplitz",
        title="With full padding C^T C is Toeplitz",
        name="Toeplitz matrix of the autocorrelation",
        source="classical",
        formula=r"C^{\mathsf{T}} C = \left[r_{i-j}\right] \quad (s = 1,\ p = \hat k - 1)",
        reason=r"Columns $i$ and $j$ of $C$ hold the whole kernel, $i - j$ rows apart.",
        parameters={"n": IMAGES, "k": (1, 2, 3), "d": (1, 2)},
        lhs=lambda n, k, d: _gram(layer(n, k, p=d * (k - 1), d=d), "columns"),
        rhs=lambda n, k, d: toeplitz(n, k, 1, d),
        symbolic=({"n": n, "k": 3, "d": 1}, {"n": n, "k": 3, "d": 2}),
    ),
    Statement(
        key="stride-periodic",
        title="With every window C^T C repeats along its diagonals with the stride",
        name="block Toeplitz matrix",
        source="symconv",
        formula=r"(C^{\mathsf{T}} C)_{i+s,\,j+s} = (C^{\mathsf{T}} C)_{ij} \quad (p = k - 1)",
        reason=r"$(C^{\mathsf{T}} C)_{ij} = \sum_o k_{i + p - so}\, k_{j + p - so}$; moving both "
        r"pixels by $s$ moves $o$ by one, and all windows are there.",
        parameters={"n": tuple(range(4, 10)), "k": (1, 2, 3, 4), "s": (1, 2, 3)},
        lhs=lambda n, k, s: (lambda A: A @ _periodic(n, k, s) @ A.T)(crop(n, ((s, 0),))),
        rhs=lambda n, k, s: (lambda B: B @ _periodic(n, k, s) @ B.T)(crop(n, ((0, s),))),
        symbolic=({"n": 2 * m, "k": 3, "s": 2}, {"n": 2 * m + 1, "k": 3, "s": 2}),
    ),
    Statement(
        key="gram-symmetric",
        title="Both products are symmetric",
        name="symmetric matrix",
        source="classical",
        formula=r"(C C^{\mathsf{T}})^{\mathsf{T}} = C C^{\mathsf{T}}, \quad "
        r"(C^{\mathsf{T}} C)^{\mathsf{T}} = C^{\mathsf{T}} C",
        reason=r"$(AB)^{\mathsf{T}} = B^{\mathsf{T}} A^{\mathsf{T}}$.",
        parameters=SMALL,
        lhs=lambda **g: tuple(_gram(layer(**g), side).as_explicit().T for side in ("rows", "columns")),
        rhs=lambda **g: tuple(_gram(layer(**g), side) for side in ("rows", "columns")),
    ),
    Statement(
        key="gram-centrosymmetric",
        title="Without padding C C^T is the same read backwards",
        name="centrosymmetric matrix",
        source="classical",
        formula=r"J\, C C^{\mathsf{T}} J = C C^{\mathsf{T}} \quad (p = 0)",
        reason=r"A symmetric Toeplitz matrix depends on $|i - j|$, which reversing the order keeps. "
        r"Padding cuts the first rows off at other taps than the last.",
        parameters={"n": IMAGES, "k": (1, 2, 3), "s": (1, 2), "p": (0, 1)},
        hypotheses=(UNPADDED,),
        lhs=lambda n, k, s, p: (lambda G: flip(G.output_size) @ G @ flip(G.output_size))(
            _gram(layer(n, k, s, p), "rows")
        ),
        rhs=lambda n, k, s, p: _gram(layer(n, k, s, p), "rows"),
        symbolic=({"n": n, "k": 3, "s": 1, "p": 0}, {"n": 2 * m, "k": 3, "s": 2, "p": 0}),
    ),
    Statement(
        key="gram-semidefinite",
        title="The products are positive semidefinite",
        name="positive semidefinite matrix",
        source="classical",
        formula=r"x^{\mathsf{T}} C^{\mathsf{T}} C x = \sum_o (C x)_o^2 \ge 0",
        reason=r"The sum of squares is the certificate.",
        parameters={"n": (1, 2, 3, 4, 5), "k": (1, 2, 3), "s": (1, 2), "p": (0, 1)},
        lhs=_quadratic_form,
        rhs=_sum_of_squares,
    ),
)  # fmt: skip
