"""Statements about the largest singular value: what bounds it, for every image."""

from __future__ import annotations

from itertools import product
from typing import Any

import sympy as sp
from sympy.polys.domains import QQ
from sympy.polys.matrices import DomainMatrix

from symconv.catalogue.statement import Hypothesis, Statement
from symconv.operators.convolution import conv
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator
from symconv.spectra.conditioning import squared_range

Taps = tuple[Any, ...]

IMAGES = (1, 2, 3, 4, 5)
KERNELS = ((2,), (1, 1), (1, -1), (3, -2), (1, 2, 1), (1, -2, 1), (1, 2, -1), (2, 0, -3))
# Planes whose norm is rational.
PLANES = (((3, 4), (4, -3)), ((1, 2), (2, 4)), ((1, 1), (1, -1)), ((2, 0), (0, 1)))
# Weights (outputs, inputs, taps) of two channels.
LAYERS = (
    (((1, 1), (1, -1)),),
    (((1, 2),), ((2, -1),)),
    (((1, 1), (0, 1)), ((1, 0), (2, -1))),
)
# Kernels whose products have a rational largest |symbol|².
PAIRED = ((2,), (1, 1), (1, -1), (3, -2), (1, 2, 1))
# The sizes at which every |symbol|² at a frequency is rational.
RATIONAL = (1, 2, 3, 4, 6)
x = sp.Dummy("x")

FITS = Hypothesis(r"k \le i + 2 p", lambda n, K, p=0, **_: len(K) <= n + 2 * p, needed=False)


def _charpoly(operator: Operator) -> sp.Poly:
    matrix = DomainMatrix.from_Matrix(operator.as_explicit()).convert_to(QQ)
    return sp.Poly(list(map(QQ.to_sympy, matrix.charpoly())), x)


def _gram(operator: Operator) -> Operator:
    gram: Operator = operator @ operator.T
    return gram


def _bounded(gram: Operator, bound: sp.Expr) -> sp.Expr:
    """The bound where no eigenvalue exceeds it, by Sturm's theorem; else infinity."""
    return sp.oo if _above(gram, bound) else bound


def _above(gram: Operator, bound: sp.Expr) -> int:
    """How many eigenvalues of a symmetric matrix exceed a number, with multiplicity."""
    count = 0
    for factor, multiplicity in _charpoly(gram).sqf_list()[1]:
        count += multiplicity * (factor.count_roots(bound, None) - (factor.eval(bound) == 0))
    return count


def _symbol_bound(K: Taps) -> sp.Expr:
    return squared_range(Kernel(K))[1]


def _sums_bound(K: Taps, s: int) -> sp.Expr:
    phases = [sp.Add(*(abs(sp.Integer(e)) for e in K[r::s])) for r in range(s)]
    return sp.Add(*phases) * max(phases)


def _reshaped_bound(K: Taps) -> sp.Expr:
    matrix = sp.Matrix(K)
    return len(matrix) * max((matrix * matrix.T).eigenvals(multiple=True))


def _channels_bound(W: Any) -> sp.Expr:
    """The largest sum over all pairs of channels of |symbol|²: at an end, for two taps."""
    pairs = [taps for row in W for taps in row]
    return max(sp.Add(*(sp.Integer(a + end * b) ** 2 for a, b in pairs)) for end in (1, -1))


def _composed(K: Taps, L: Taps) -> Taps:
    return tuple((sp.Poly(K, x) * sp.Poly(L, x)).all_coeffs())


def _product_bounds(K: Taps, L: Taps) -> tuple[sp.Expr, sp.Expr]:
    return _symbol_bound(_composed(K, L)), _symbol_bound(K) * _symbol_bound(L)


def _product_norm(n: int, K: Taps, L: Taps, p: int, q: int) -> tuple[sp.Expr, sp.Expr]:
    """Both bounds where the norm of the product is below the one, and that below the other."""
    inner = conv(L, n, padding=p)
    one, other = _product_bounds(K, L)
    return _bounded(_gram(conv(K, inner.shape[0], padding=q) @ inner), one), max(one, other)


def _power_bound(K: Taps, t: int) -> sp.Expr:
    polynomial = sp.Poly(K, x)
    power = (polynomial * sp.Poly(K[::-1], x)) ** (2**t)
    return sp.Add(*map(abs, power.all_coeffs()))


def _ring(n: int, K: Taps) -> Operator:
    return conv(K, n, padding=((0, len(K) - 1),), padding_mode="circular")


def _largest_on_ring(n: int, K: Taps) -> sp.Expr:
    """The largest |symbol|² at the frequencies 2πj/n."""
    squares = [
        sp.Add(*(a * b * sp.cos(2 * sp.pi * j * (t - u) / n)
                 for (t, a), (u, b) in product(enumerate(K), repeat=2)))
        for j in range(n)
    ]  # fmt: skip
    return max(squares)


def _norm_on_ring(n: int, K: Taps) -> sp.Expr:
    return max(_charpoly(_gram(_ring(n, K))).real_roots())


def _parts(n: int, K: Taps, p: int) -> tuple[Operator, Operator]:
    gram = _gram(conv(K, n, padding=p))
    return gram, gram.split().toeplitz


def _counts(n: int, K: Taps, p: int) -> tuple[int, ...]:
    """How many eigenvalues of C C^T exceed 0, 1, 2, …"""
    gram, _ = _parts(n, K, p)
    return tuple(_above(gram, sp.Integer(i)) for i in range(sum(map(abs, K)) ** 2 + 1))


def _counts_between(n: int, K: Taps, p: int) -> tuple[int, ...]:
    """The same, pressed between those of T less the padding pixels and those of T."""
    _, toeplitz = _parts(n, K, p)
    return tuple(
        min(max(count, _above(toeplitz, sp.Integer(i)) - 2 * p), _above(toeplitz, sp.Integer(i)))
        for i, count in enumerate(_counts(n, K, p))
    )


NORMS = (
    Statement(
        key="symbol-bounds-norm",
        title="No singular value exceeds the largest value of the symbol",
        name="norm of a Toeplitz operator",
        source="Yi 2020, arXiv:2006.07117",
        formula=r"\sigma_{\max}(C) \le \max_\theta \bigl|{\textstyle\sum_t} k_t e^{\mathrm{i} t \theta}\bigr|",
        reason=r"On the whole line the convolution multiplies the wave $e^{\mathrm{i}\theta x}$ by "
        r"the symbol, so that its norm is the largest value there, and $C$ is a part of its rows and "
        r"columns.",
        parameters={"n": IMAGES, "K": KERNELS, "p": (0, 1, 2)},
        hypotheses=(FITS,),
        lhs=lambda n, K, p: _bounded(_gram(conv(K, n, padding=p)), _symbol_bound(K)),
        rhs=lambda n, K, p: _symbol_bound(K),
    ),
    Statement(
        key="ring-attains-symbol",
        title="With circular padding the norm is the largest value of the symbol at a frequency",
        name="norm of a circulant",
        source="Sedghi et al. 2019, arXiv:1805.10408",
        formula=r"\sigma_{\max}(C) = \max_j \bigl|{\textstyle\sum_t} k_t e^{2\pi\mathrm{i} j t / i}\bigr|",
        reason=r"The waves $e^{2\pi\mathrm{i} j x / i}$ are eigenvectors of $C$, and orthogonal.",
        parameters={"n": RATIONAL, "K": KERNELS},
        hypotheses=(Hypothesis(r"k \le i", lambda n, K: len(K) <= n, needed=False),),
        lhs=_norm_on_ring,
        rhs=_largest_on_ring,
    ),
    Statement(
        key="sums-bound-norm",
        title="The norm is at most the root of the largest row sum times the largest column sum",
        name="Schur test",
        source="classical",
        formula=r"\sigma_{\max}(C)^2 \le \lVert K \rVert_1 \max_r {\textstyle\sum_{t \equiv r}} |k_t| \quad (t \bmod s)",
        reason=r"$\lVert C \rVert_2^2 \le \lVert C \rVert_1 \lVert C \rVert_\infty$. A row of $C$ has "
        r"the taps once at most, a column those of one remainder modulo the stride.",
        parameters={"n": IMAGES, "K": KERNELS, "s": (1, 2, 3), "p": (0, 1)},
        hypotheses=(FITS,),
        lhs=lambda n, K, s, p: _bounded(
            _gram(conv(K, n, stride=s, padding=p)), _sums_bound(K, s)
        ),
        rhs=lambda n, K, s, p: _sums_bound(K, s),
    ),
    Statement(
        key="reshaped-kernel-bounds-norm",
        title="The norm is at most that of the reshaped kernel times the root of its size",
        name="reshaped kernel",
        source="Singla and Feizi 2021, arXiv:1911.10258",
        formula=r"\sigma_{\max}(C) \le \sqrt{k \cdot k}\, \lVert K \rVert_2 \quad (K \in \mathbb{R}^{k \times k})",
        reason=r"The symbol is $u^{\mathsf{T}} K v$ with $u_a = e^{\mathrm{i} a \theta_1}$ and "
        r"$v_b = e^{\mathrm{i} b \theta_2}$, each of norm $\sqrt k$.",
        parameters={"n": (1, 2, 3), "K": PLANES, "p": (0, 1)},
        hypotheses=(FITS,),
        lhs=lambda n, K, p: _bounded(_gram(conv(K, (n, n), padding=p)), _reshaped_bound(K)),
        rhs=lambda n, K, p: _reshaped_bound(K),
    ),
    Statement(
        key="symbol-matrix-bounds-norm",
        title="With channels, the symbol's Frobenius norm bounds the norm",
        name="Frobenius norm of the symbol",
        source="Araujo et al. 2021, arXiv:2006.08391",
        formula=r"\sigma_{\max}(C)^2 \le \max_\theta {\textstyle\sum_{o, c}} |K_{o c}(\theta)|^2",
        reason=r"The norm is at most the largest spectral norm of the matrix of the symbols "
        r"$K_{o c}(\theta) = \sum_t k_{o c t} e^{\mathrm{i} t \theta}$, and a spectral norm is at most the Frobenius norm.",
        parameters={"n": (1, 2, 3, 4), "W": LAYERS, "p": (0, 1)},
        hypotheses=(Hypothesis(r"k \le i + 2 p", lambda n, W, p: n + 2 * p > 1, needed=False),),
        lhs=lambda n, W, p: _bounded(
            _gram(conv(Kernel.from_weight(W), n, padding=p)), _channels_bound(W)
        ),
        rhs=lambda n, W, p: _channels_bound(W),
    ),
    Statement(
        key="product-of-layers-norm",
        title="The composed kernel bounds the norm of two layers, better than the two bounds' product",
        name="norm of a product of layers",
        source="classical",
        formula=r"\sigma_{\max}(C_K C_L)^2 \le \max_\theta \bigl|K L\bigr|^2 \le \max_\theta |K|^2 \max_\theta |L|^2",
        reason=r"Without padding between the two layers their product is a part of the rows and "
        r"columns of the product on the whole line, which multiplies by $K L$. The right side is "
        r"attained where one angle is the largest for both.",
        parameters={"n": (2, 3, 4), "K": PAIRED, "L": PAIRED, "p": (0, 1), "q": (0, 1)},
        hypotheses=(
            Hypothesis(
                r"k_K + k_L - 1 \le i + 2 p + 2 q",
                lambda n, K, L, p, q: (
                    len(L) <= n + 2 * p and len(K) + len(L) - 1 <= n + 2 * p + 2 * q
                ),
                needed=False,
            ),
            Hypothesis(r"q = 0 \text{ between the layers}", lambda q, **_: q == 0),
        ),
        lhs=_product_norm,
        rhs=lambda K, L, **_: _product_bounds(K, L),
    ),
    Statement(
        key="gram-iteration",
        title="Powers of the autocorrelation bound the norm, the better the higher they are",
        name="Gram iteration",
        source="Delattre et al. 2024, arXiv:2402.00240",
        formula=r"\sigma_{\max}(C)^{2^{t+1}} \le {\textstyle\sum_\delta} \bigl|r^{(t)}_\delta\bigr|, \quad r^{(0)} = r, \; r^{(t+1)} = r^{(t)} * r^{(t)}",
        reason=r"$|\sum_\delta r^{(t)}_\delta e^{\mathrm{i}\delta\theta}|$ is the power $2^{t+1}$ of the "
        r"modulus of the symbol, and at most the sum of its coefficients' moduli.",
        parameters={"n": IMAGES, "K": KERNELS, "p": (0, 1), "t": (0, 1, 2)},
        hypotheses=(FITS,),
        lhs=lambda n, K, p, t: _bounded(
            _gram(conv(K, n, padding=p)) ** 2**t, _power_bound(K, t)
        ),
        rhs=lambda n, K, p, t: _power_bound(K, t),
    ),
    Statement(
        key="padding-interlaces",
        title="Padding moves the eigenvalues of C C^T by at most as many places as it has pixels",
        name="interlacing",
        source="classical (Weyl)",
        formula=r"\lambda_{l+2p}(T) \le \lambda_l(C C^{\mathsf{T}}) \le \lambda_l(T), \quad T = [r_{i-j}]",
        reason=r"$C C^{\mathsf{T}} = T - P P^{\mathsf{T}}$, and $P$ has $2p$ columns. Counted: above "
        r"every number lie at most as many eigenvalues of $C C^{\mathsf{T}}$ as of $T$, and at least "
        r"$2p$ fewer.",
        parameters={"n": (2, 3, 4, 5), "K": KERNELS[1:], "p": (0, 1)},
        hypotheses=(Hypothesis(r"k \le i", lambda n, K, p: len(K) <= n, needed=False),),
        lhs=_counts_between,
        rhs=_counts,
    ),
)  # fmt: skip
