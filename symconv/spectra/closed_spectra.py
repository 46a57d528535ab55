"""Eigenvalues without a transform: three-tap bands, and the factors of a small polynomial."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import sympy as sp
from sympy.polys.matrices import DomainMatrix

from symconv.algebra.coefficients import from_exprs
from symconv.algebra.sizes import Horizon, to_expr, to_public
from symconv.errors import SymconvError
from symconv.operators.convolution import conv
from symconv.operators.entries import concrete_shape
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator

FREQUENCY = sp.Dummy("j", integer=True, nonnegative=True)
# Exact characteristic polynomials: rows with numbers, rows with symbols.
MOST_ROWS = 40
MOST_SYMBOLIC_ROWS = 6

Found = tuple[sp.Expr, Mapping[sp.Symbol, int]]


def three_taps(operator: Operator) -> Found | None:
    """b + 2√(ac) cos(π(j + 1)/(n + 1)), where the rows are a, b, c and nothing else.

    Source: Böttcher, Grudsky 2005, "Spectral Properties of Banded Toeplitz Matrices", section 2.2.
    """
    if len(operator.rows) != 2 or operator.rows != operator.cols or operator.rows[0] != 1:
        return None
    at = {(d.row, d.col): operator.polynomial((c, d)) for c, d in operator.cells}
    a, b, c = (at.get(place, sp.S.Zero) for place in ((1, 0), (0, 0), (0, 1)))
    n = operator.rows[1]
    try:
        rest = operator - conv(Kernel([a, b, c]), to_public(n), padding=1)
    except SymconvError:
        return None
    if rest.cells:
        return None
    horizon = Horizon()
    horizon.note(rest.proven_from)
    angle = sp.pi * (FREQUENCY + 1) / (to_expr(n) + 1)
    return b + 2 * sp.sqrt(a * c) * sp.cos(angle), horizon.valid_from


def listed_eigenvalues(operator: Operator) -> tuple[Mapping[sp.Expr, int] | None, str]:
    """Each eigenvalue of a small operator and how often it occurs, or why there is no list."""
    if operator.size_symbols:
        return None, (
            f"no transform was found to diagonalise {operator!r} at every size; fix the size by "
            "at() for its characteristic polynomial"
        )
    rows, _ = concrete_shape(operator.rows, operator.cols)
    most = MOST_SYMBOLIC_ROWS if operator.entry_symbols else MOST_ROWS
    if rows > most:
        return None, (
            f"no transform was found to diagonalise {operator!r}, and {rows} rows are too many for "
            f"an exact characteristic polynomial (at most {most})"
        )
    roots: Counter[sp.Expr] = Counter()
    for factor, count in _factors(operator, rows):
        found = _roots(factor)
        if found is None:
            return None, (
                f"the characteristic polynomial of {operator!r} has the factor {factor.as_expr()}, "
                "whose roots have no closed form here"
            )
        for root in found:
            roots[root] += count
    return roots, "roots of the characteristic polynomial"


def _factors(operator: Operator, rows: int) -> list[tuple[sp.Poly, int]]:
    """Factors of det(λ - A); with symbols, found with one letter for each distinct entry."""
    matrix = operator.as_explicit()
    names: dict[sp.Expr, sp.Expr] = {}
    if operator.entry_symbols:
        distinct = sorted(set(matrix.todok().values()), key=str)
        names = {sp.Dummy(f"e{i}"): e for i, e in enumerate(distinct) if not e.is_number}
        short = {e: name for name, e in names.items()}
        matrix = matrix.applyfunc(lambda e: short.get(e, e))
    domain, _ = from_exprs([*matrix.todok().values(), sp.S.One])
    polynomial = DomainMatrix.from_Matrix(sp.Matrix(matrix)).convert_to(domain).charpoly()
    unknown = sp.Dummy("lambda")
    poly = sp.Poly([domain.to_sympy(c) for c in polynomial], unknown)
    factors = sp.factor_list(poly)[1]
    return [(sp.Poly(f.as_expr().subs(names), unknown), int(k)) for f, k in factors]


def _roots(factor: sp.Poly) -> list[sp.Expr] | None:
    """All roots in radicals up to degree 2, algebraic numbers beyond that for rational ones."""
    if factor.degree() <= 2:
        return [r for r, k in sp.roots(factor).items() for _ in range(k)]
    if all(c.is_Rational for c in factor.all_coeffs()):
        return [sp.CRootOf(factor, i) for i in range(factor.degree())]
    return None
