"""Statements about why the transpose is not the inverse, and when it is."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symconv.analysis.orthogonality import orthogonality
from symconv.analysis.self_convolution import SelfConvolution, contradiction, right_padding
from symconv.catalogue.statement import Hypothesis, Statement
from symconv.operators.convolution import conv
from symconv.operators.kernel import Kernel
from symconv.operators.norms_and_ranks import exact_rank
from symconv.operators.selection import identity
from symconv.resampling.pooling import avg_pool

n, m = sp.symbols("n m")
IMAGES = tuple(range(1, 9))


def _pixels(n: int, k: int, s: int) -> int:
    return (n - k) // s + 1


def _rows(C: Any) -> Any:
    return C @ C.T


def _columns(C: Any) -> Any:
    return C.T @ C


def _solutions(k: tuple[int, ...]) -> frozenset[tuple[sp.Expr, ...]]:
    kernel = Kernel.symbolic("k", k)
    found = orthogonality(conv(kernel, (n,) * len(k))).solve()
    extra = [(sp.Symbol("families"),)] * len(found.families)
    points = (*found.real, *found.complex)
    return frozenset([tuple(point[e] for e in kernel.entries) for point in points] + extra)


def _deltas(k: tuple[int, ...]) -> frozenset[tuple[sp.Expr, ...]]:
    taps = len(Kernel.symbolic("k", k).entries)
    return frozenset(
        tuple(sp.Integer(sign * (i == j)) for j in range(taps))
        for i in range(taps)
        for sign in (1, -1)
    )


def _double_shift(k: int) -> frozenset[sp.Expr]:
    """sum over t of w_t w_{t + 2l} - [l = 0], for the lags 2l that fit."""
    w = Kernel.symbolic("k", k).entries
    return frozenset(
        sp.expand(sp.Add(*(w[t] * w[t + lag] for t in range(k - lag))) - int(lag == 0))
        for lag in range(0, k, 2)
    )


def _patches(n: Any, k: int) -> Any:
    return conv(Kernel.symbolic("k", k), n, stride=k)


def _squared(k: int) -> sp.Expr:
    return sp.Add(*(entry**2 for entry in Kernel.symbolic("k", k).entries))


# --- self-convolutions -----------------------------------------------------------------------


def _penalty(c: int, k: int, s: int, p: int) -> tuple[SelfConvolution, Kernel]:
    return SelfConvolution(padding=p, stride=s), Kernel.symbolic("k", k, out_channels=c)


def _penalty_squared(**geometry: int) -> sp.Expr:
    penalty, kernel = _penalty(**geometry)
    return penalty.squared(kernel)


def _sum_of_squares(**geometry: int) -> sp.Expr:
    found = contradiction(*_penalty(**geometry))
    return sp.S.Zero if found is None else found.certificate


def _needed(k: int, s: int) -> dict[tuple[int, ...], int]:
    """The equations r_δ = [δ = 0] of a layer of this stride."""
    return {(lag,): int(lag == 0) for lag in range(1 - k, k) if lag % s == 0}


INVERSES = (
    Statement(
        key="rank-obstruction",
        title="C^T C is no identity where C shrinks the image",
        name="rank obstruction",
        source="classical",
        formula=r"\operatorname{rank} C^{\mathsf{T}} C = o < i \quad (K \ne 0,\ p = 0)",
        reason=r"The rank of a product is at most that of its factors, and $C$ has $o$ rows. For "
        r"$K \ne 0$ it is $o$: the first nonzero taps of the rows stand in a staircase. The identity "
        r"on $i$ pixels has rank $i$.",
        parameters={"n": IMAGES, "k": (1, 2, 3), "s": (1, 2, 3)},
        hypotheses=(
            Hypothesis(r"k \le i", lambda n, k, **_: k <= n, needed=False),
            Hypothesis(r"o < i", lambda n, k, s: _pixels(n, k, s) < n, needed=False),
        ),
        lhs=lambda n, k, s: exact_rank(_columns(conv(Kernel.symbolic("k", k), n, stride=s))),
        rhs=_pixels,
    ),
    Statement(
        key="shifted-deltas",
        title="At stride 1 only shifted deltas have orthonormal rows",
        name="paraunitary filters of one channel",
        source="Vaidyanathan 1993, chapter 14",
        formula=r"C C^{\mathsf{T}} = I \Leftrightarrow K = \pm \delta_t \quad (s = 1,\ p = 0,\ i \ge 2k - 1)",
        reason=r"$C C^{\mathsf{T}} = I$ says $r_\delta = [\delta = 0]$, that is "
        r"$K(z) K(z^{-1}) = 1$. So $K$ is a unit among Laurent polynomials, a monomial, and its "
        r"coefficient has square one.",
        parameters={"k": ((1,), (2,), (3,), (4,), (5,), (2, 2), (2, 3), (3, 3))},
        lhs=_solutions,
        rhs=_deltas,
    ),
    Statement(
        key="stride-is-kernel",
        title="Where patches do not overlap, C C^T is a multiple of the identity",
        name="patch embedding",
        source="Dosovitskiy et al. 2021, section 3.1",
        formula=r"C C^{\mathsf{T}} = \lVert K \rVert^2 I \quad (s = k)",
        reason=r"Rows of $C$ are the kernel at places that share no pixel, so they are orthogonal, "
        r"and each has the norm of $K$.",
        parameters={"n": IMAGES, "k": (1, 2, 3, 4)},
        hypotheses=(Hypothesis(r"k \le i", lambda n, k: k <= n, needed=False),),
        lhs=lambda n, k: _rows(_patches(n, k)),
        rhs=lambda n, k: _squared(k) * identity(_patches(n, k).output_size),
        symbolic=({"n": 2 * m, "k": 2}, {"n": 3 * m + 1, "k": 3}),
    ),
    Statement(
        key="double-shift",
        title="Orthonormal rows at stride 2 are the double-shift equations",
        name="double-shift orthogonality",
        source="Daubechies 1988; Strang and Nguyen 1996, chapter 5",
        formula=r"C C^{\mathsf{T}} = I \Leftrightarrow {\textstyle\sum_t} w_t w_{t+2l} = [l = 0] \quad (s = 2,\ p = 0,\ i \ge 2k)",
        reason=r"$(C C^{\mathsf{T}})_{ij} = r_{2(i-j)}$, and the autocorrelation at even lags is "
        r"what the equations say.",
        parameters={"k": (1, 2, 3, 4, 5, 6, 7, 8)},
        lhs=lambda k: frozenset(
            orthogonality(conv(Kernel.symbolic("k", k), 2 * m, stride=2)).equations
        ),
        rhs=_double_shift,
    ),
    Statement(
        key="average-pooling",
        title="Average pooling has orthogonal rows, and C^T C is a projector up to scale",
        name="average pooling",
        source="classical",
        formula=r"A A^{\mathsf{T}} = \tfrac1k I, \quad (k A^{\mathsf{T}} A)^2 = k A^{\mathsf{T}} A",
        reason=r"$A$ is the convolution with $k$ taps of $1/k$ at stride $k$, so that "
        r"$A A^{\mathsf{T}} = \tfrac{1}{k} I$; then $k A^{\mathsf{T}} A k A^{\mathsf{T}} A = "
        r"k A^{\mathsf{T}} A$.",
        parameters={"n": IMAGES, "k": (1, 2, 3, 4)},
        hypotheses=(Hypothesis(r"k \le i", lambda n, k: k <= n, needed=False),),
        lhs=lambda n, k: (lambda A: (A @ A.T, (k * (A.T @ A)) @ (k * (A.T @ A))))(avg_pool(n, k)),
        rhs=lambda n, k: (lambda A: (identity(A.output_size) / k, k * (A.T @ A)))(
            conv(Kernel([sp.Rational(1, k)] * k), n, stride=k)
        ),
        symbolic=({"n": 2 * m, "k": 2}, {"n": 3 * m + 1, "k": 3}),
    ),
    Statement(
        key="self-convolution-contradicts",
        title="A self-convolution whose padding is an odd multiple of half the stride contradicts itself",
        name="orthogonality penalty",
        source="symconv, on the code released with Wang et al. 2020",
        formula=r"\lVert K \star K - T \rVert^2 = \tfrac c2 + 2 \lVert r_\delta - \tfrac12 I \rVert^2 + {\textstyle\sum_{\epsilon \ne \pm\delta}} \lVert r_\epsilon \rVert^2 \quad (\delta = s \lfloor m / 2 \rfloor - p)",
        reason=r"The $m = \lfloor 2p/s \rfloor + 1$ output pixels hold $r_{sa - p}$, and the middle one, "
        r"which $T$ compares with $I$, has $\delta \ne 0$, as $s$ does not divide $p$. As it divides $2p$, "
        r"another one holds $r_{-\delta} = r_\delta^{\mathsf{T}}$ and is compared with $0$; $|x - 1|^2 + |x|^2 = \tfrac12 + 2 "
        r"|x - \tfrac12|^2$, entry by entry. So the penalty is at least $\sqrt{c/2}$.",
        parameters={"c": (1, 2), "k": (2, 3, 4), "s": (1, 2, 3, 4), "p": (1, 2, 3)},
        hypotheses=(
            Hypothesis(r"s \nmid p", lambda c, k, s, p: p % s > 0),
            Hypothesis(r"s \mid 2 p", lambda c, k, s, p: 2 * p % s == 0),
        ),
        lhs=_penalty_squared,
        rhs=_sum_of_squares,
    ),
    Statement(
        key="self-convolution-padding",
        title="A self-convolution tests what a strided layer needs at one padding",
        name="orthogonality penalty",
        source="symconv",
        formula=r"\{s a - p\} = \{\delta : |\delta| < k,\ s \mid \delta\} \quad (p = s \lfloor (k - 1) / s \rfloor)",
        reason=r"$C C^{\mathsf{T}}$ has $r_\delta$ at multiples of the stride alone, and $r_\delta = 0$ "
        r"from $|\delta| = k$ on. The padding is the largest multiple of $s$ below $k$.",
        parameters={"k": (1, 2, 3, 4, 5, 6, 7), "s": (1, 2, 3, 4)},
        lhs=lambda k, s: dict(SelfConvolution(right_padding(k, s), s).lags(1)),
        rhs=_needed,
    ),
)  # fmt: skip
