"""Statements about determinants, null spaces and inverses at every size."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symconv.catalogue.statement import Hypothesis, Statement
from symconv.determinants.determinants import determinant
from symconv.determinants.schur import RectangularSchur
from symconv.linear_algebra.inverses import inverse
from symconv.linear_algebra.pseudo_inverses import pseudo_inverse
from symconv.operators.convolution import conv
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator
from symconv.operators.selection import identity

m = sp.Symbol("m")
a, b = sp.symbols("a b", real=True)
c = sp.Symbol("c", real=True)
z = sp.Symbol("z")
SMALL = (1, 2, 3, 4)
FITS = Hypothesis(r"k \le i", lambda n, k, **_: k <= n, needed=False)


def _roots(k: int) -> list[sp.Symbol]:
    return [sp.Symbol(rf"\rho_{{{i}}}") for i in range(1, k)]


def _by_roots(k: int) -> Kernel:
    """The kernel whose polynomial is c times the product of z - rho_i."""
    polynomial = sp.Poly(c * sp.prod(z - rho for rho in _roots(k)), z)
    return Kernel([sp.expand(e) for e in reversed(polynomial.all_coeffs())])


def _det(operator: Operator) -> sp.Expr:
    """By SymPy's own elimination free expansion."""
    return sp.expand(operator.as_explicit().det(method="berkowitz"))


def _square(n: int, k: int, p: int) -> sp.Expr:
    return _det(conv(_by_roots(k), n, padding=((p, k - 1 - p),)))


def _schur(n: int, k: int, p: int) -> sp.Expr:
    q = k - 1 - p
    whole = RectangularSchur(n, q, *_roots(k)).doit()
    return sp.expand((-1) ** (n * q) * c**n * whole)


def _gram(kernel: Any, n: Any) -> Operator:
    C = conv(kernel, n)
    product: Operator = C @ C.T
    return product


def _gram_schur(n: int, k: int) -> sp.Expr:
    rows, width, roots = n - k + 1, k - 1, _roots(k)
    first = (-1) ** width * c * sp.prod(roots)
    inverses = [1 / rho for rho in roots]
    whole = RectangularSchur(rows, width, *roots, *inverses).doit()
    return sp.expand((-1) ** (width * rows) * (first * c) ** rows * whole)


def _circular(n: int, k: int) -> sp.Expr:
    C = conv(_by_roots(k), n, padding=((0, k - 1),), padding_mode="circular")
    return _det(C)


def _resultant(n: int, k: int) -> sp.Expr:
    sign = (-1) ** ((n + 1) * (k - 1))
    return sp.expand(sign * c**n * sp.prod(1 - rho**n for rho in _roots(k)))


def _geometric(n: int) -> sp.Expr:
    return sp.Add(*(a ** (2 * i) * b ** (2 * (n - 1 - i)) for i in range(n)))


def _moved(n: int, k: int) -> tuple[sp.Expr, ...]:
    """C applied to the powers of each root of its kernel."""
    C = conv(_by_roots(k), n)
    images = [C @ [rho**i for i in range(n)] for rho in _roots(k)]
    return tuple(sp.expand(e) for image in images for e in sp.flatten(image))


def _two_taps(n: int) -> sp.Matrix:
    """C C^T times the formula for its inverse, times the determinant."""
    gram = _gram([a, b], n)
    rows = n - 1
    parts = [_geometric(j + 1) for j in range(rows + 1)]

    def entry(i: int, j: int) -> sp.Expr:
        low, high = min(i, j), max(i, j)
        return (-a * b) ** (high - low) * parts[low] * parts[rows - 1 - high]

    return (gram.as_explicit() * sp.Matrix(rows, rows, entry)).applyfunc(sp.expand)


def _green(n: int, k: int) -> sp.Matrix:
    """The matrix times the inverse that triangular convolutions make."""
    gram = _gram([3, -1, 4, 1][:k], n)
    return gram @ inverse(gram).as_operator


LINEAR_ALGEBRA = (
    Statement(
        key="square-determinant",
        title="A square zero-padded convolution has a Schur polynomial as determinant",
        name="determinant of a Toeplitz band",
        source="Jacobi and Trudi's identity; Böttcher and Grudsky 2005",
        formula=r"\det C = (-1)^{i q} k_b^i\, s_{(i^q)}(\rho_1, \dots, \rho_b) \quad (p + q = b = k - 1)",
        reason=r"The determinant of $a_{j-i}$ with $a_d$ the elementary symmetric functions of the "
        r"roots is the dual Jacobi--Trudi determinant of the shape $(i^q)$.",
        parameters={"n": SMALL, "k": (2, 3, 4), "p": (0, 1, 2, 3)},
        hypotheses=(Hypothesis(r"p < k", lambda n, k, p: p < k, needed=False),),
        lhs=_square,
        rhs=_schur,
    ),
    Statement(
        key="gram-determinant",
        title="det C C^T is the Schur polynomial of the roots and their inverses",
        name="determinant of a Gram matrix",
        source="Jacobi and Trudi's identity; Ciucu and Krattenthaler 2008",
        formula=r"\det C C^{\mathsf{T}} = (-1)^{b o} (k_0 k_b)^o\, s_{(o^b)}(\rho, \rho^{-1}) \quad (p = 0)",
        reason=r"$C C^{\mathsf{T}}$ is the Toeplitz matrix of $K(z) K(z^{-1})$, whose roots are those "
        r"of $K$ and their inverses, with $b$ diagonals above the main one.",
        parameters={"n": (2, 3, 4, 5, 6), "k": (2, 3)},
        hypotheses=(FITS,),
        lhs=lambda n, k: _det(_gram(_by_roots(k), n)),
        rhs=_gram_schur,
    ),
    Statement(
        key="circular-determinant",
        title="A circular convolution has a resultant as determinant",
        name="determinant of a circulant",
        source="classical",
        formula=r"\det C = (-1)^{(i+1) b} k_b^i \prod_t (1 - \rho_t^i)",
        reason=r"The eigenvalues are $K(\omega)$ at the $i$-th roots of unity $\omega$, so the "
        r"determinant is the resultant of $z^i - 1$ and $K$.",
        parameters={"n": (1, 2, 3, 4, 5), "k": (2, 3, 4)},
        hypotheses=(Hypothesis(r"k - 1 \le i", lambda n, k: k - 1 <= n, needed=False),),
        lhs=_circular,
        rhs=_resultant,
    ),
    Statement(
        key="two-tap-determinant",
        title="Two taps give a geometric sum, and a recurrence of order two",
        name="determinant of a tridiagonal Toeplitz matrix",
        source="classical",
        formula=r"\det C C^{\mathsf{T}} = \frac{a^{2 i} - b^{2 i}}{a^2 - b^2}, \quad D_m = (a^2 + b^2) D_{m-1} - a^2 b^2 D_{m-2}",
        reason=r"Expanding along the last row gives the recurrence, whose characteristic roots are "
        r"$a^2$ and $b^2$.",
        parameters={"n": (2, 3, 4, 5, 6, 7, 8, 9)},
        lhs=lambda n: (_det(_gram([a, b], n)), sp.expand(determinant(_gram([a, b], m)).at({m: n}))),
        rhs=lambda n: (_geometric(n), _geometric(n)),
    ),
    Statement(
        key="kernel-sequences",
        title="The null space consists of the powers of the kernel's roots",
        name="null space of a valid convolution",
        source="classical",
        formula=r"C\, (\rho^j)_{0 \le j < i} = 0 \quad (K(\rho) = 0,\ p = 0)",
        reason=r"Row $j$ of $C$ gives $\sum_t k_t \rho^{j+t} = \rho^j K(\rho)$. There are $b$ roots, "
        r"and $b = i - o$ is the dimension of the null space; a root of multiplicity $\mu$ has "
        r"$\rho^j, j \rho^j, \dots, j^{\mu-1} \rho^j$.",
        parameters={"n": (2, 3, 4, 5, 6), "k": (2, 3, 4)},
        hypotheses=(FITS,),
        lhs=_moved,
        rhs=lambda n, k: (sp.S.Zero,) * ((n - k + 1) * (k - 1)),
    ),
    Statement(
        key="two-tap-inverse",
        title="The inverse of C C^T for two taps is made of smaller determinants",
        name="inverse of a tridiagonal Toeplitz matrix",
        source="classical",
        formula=r"D_o\, (C C^{\mathsf{T}})^{-1}_{jl} = (-ab)^{l-j} D_j D_{o-1-l} \quad (j \le l,\ D_j = \det C C^{\mathsf{T}} \text{ of } j \text{ rows})",
        reason=r"Cramer's rule: the cofactor of a tridiagonal matrix falls into a leading block, a "
        r"triangular one and a trailing block.",
        parameters={"n": (2, 3, 4, 5, 6, 7, 8, 9)},
        lhs=_two_taps,
        rhs=lambda n: _geometric(n) * sp.eye(n - 1),
    ),
    Statement(
        key="inverse-by-convolutions",
        title="The inverse of C C^T is made of four triangular convolutions",
        name="Gohberg and Semencul's formula",
        source="Gohberg and Semencul; Trench 1974",
        formula=r"x_0 (C C^{\mathsf{T}})^{-1} = L(x) L(x)^{\mathsf{T}} - L(y) L(y)^{\mathsf{T}} \quad (x = (C C^{\mathsf{T}})^{-1} e_0,\ y = (0, x_{o-1}, \dots, x_1))",
        reason=r"The inverse of a Toeplitz matrix $T$ has displacement rank two: $T^{-1} - Z T^{-1} "
        r"Z^{\mathsf{T}}$ is made of its first and its last column.",
        parameters={"n": (2, 3, 4, 5, 6, 7, 8), "k": (1, 2, 3, 4)},
        hypotheses=(FITS,),
        lhs=_green,
        rhs=lambda n, k: identity(n - k + 1),
    ),
    Statement(
        key="pseudo-inverse-of-patches",
        title="Where patches do not overlap the pseudo-inverse is the transpose, scaled",
        name="pseudo-inverse of a patch embedding",
        source="classical",
        formula=r"C^{+} = \lVert K \rVert^{-2} C^{\mathsf{T}} \quad (s \ge k,\ K \ne 0)",
        reason=r"$C C^{\mathsf{T}} = \lVert K \rVert^2 I$, so the rows are independent and $C^{+} = "
        r"C^{\mathsf{T}} (C C^{\mathsf{T}})^{-1}$.",
        parameters={"n": tuple(range(1, 9)), "k": (1, 2, 3), "s": (1, 2, 3, 4)},
        hypotheses=(
            Hypothesis(r"k \le i", lambda n, k, s: k <= n, needed=False),
            Hypothesis(r"k \le s", lambda n, k, s: k <= s, needed=False),
        ),
        lhs=lambda n, k, s: pseudo_inverse(
            conv(Kernel.symbolic("k", k), n, stride=s)
        ).as_operator,
        rhs=lambda n, k, s: conv(Kernel.symbolic("k", k), n, stride=s).T
        / sp.Add(*(e**2 for e in Kernel.symbolic("k", k).entries)),
        symbolic=({"n": 2 * m, "k": 2, "s": 2}, {"n": 3 * m + 1, "k": 2, "s": 3}),
    ),
)  # fmt: skip
