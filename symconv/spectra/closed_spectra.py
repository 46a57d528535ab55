"""Eigenvalues without a transform: three-tap bands, and the factors of a small polynomial."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

import sympy as sp

from symconv.algebra.coefficients import from_exprs
from symconv.algebra.sizes import Horizon, to_expr, to_public
from symconv.algebra.tables import Table, centrosymmetric_halves, matrix_of
from symconv.errors import SymconvError
from symconv.operators.convolution import conv
from symconv.operators.entries import concrete_shape
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator

FREQUENCY = sp.Dummy("j", integer=True, nonnegative=True)
# Exact characteristic polynomials: rows with numbers, rows with symbols.
MOST_ROWS = 40
MOST_SYMBOLIC_ROWS = 6
# The largest degree whose roots are written with radicals.
MOST_RADICALS = 2

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
    for factor, count in _factors(operator):
        found = _roots(factor)
        if found is None:
            return None, (
                f"the characteristic polynomial of {operator!r} has a factor of degree "
                f"{factor.degree()}, whose roots have no closed form here"
            )
        for root in found:
            roots[root] += count
    return roots, "roots of the characteristic polynomial"


def _factors(operator: Operator) -> Iterator[tuple[sp.Poly, int]]:
    """Factors of det(λ - A); with symbols, found with one letter for each distinct entry.

    A matrix that half a turn leaves as it is falls in two first.
    """
    entries = operator.as_explicit().todok()
    symbolic = {e for e in entries.values() if not e.is_number} if operator.entry_symbols else ()
    letters = {e: sp.Dummy(f"e{i}") for i, e in enumerate(sorted(symbolic, key=str))}
    names = {letter: e for e, letter in letters.items()}
    domain, elements = from_exprs([*(letters.get(e, e) for e in entries.values()), sp.S.One])
    table: Table = {i: {} for i in range(int(operator.shape[0]))}
    for (i, j), element in zip(entries, elements, strict=False):
        table[i][j] = element
    unknown = sp.Dummy("lambda")
    for part in centrosymmetric_halves(table, domain) or (table,):
        coefficients = matrix_of(part, (len(part), len(part)), domain).charpoly()
        poly = sp.Poly([domain.to_sympy(c) for c in coefficients], unknown)
        for factor, count in sp.factor_list(poly)[1]:
            is_solved = factor.degree() <= MOST_RADICALS
            written = factor.as_expr().subs(names) if is_solved else factor
            yield sp.Poly(written, unknown), int(count)


def _roots(factor: sp.Poly) -> list[sp.Expr] | None:
    """All roots in radicals up to degree 2, algebraic numbers beyond that for rational ones."""
    if factor.degree() <= MOST_RADICALS:
        return [r for r, k in sp.roots(factor).items() for _ in range(k)]
    if all(c.is_Rational for c in factor.all_coeffs()):
        return [sp.CRootOf(factor, i) for i in range(factor.degree())]
    return None
