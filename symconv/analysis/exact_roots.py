"""Roots of polynomials in one unknown, in radicals that stay short."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import sympy as sp

from symconv.algebra.coefficients import vanishes
from symconv.errors import SymconvError


def exact_roots(polynomial: sp.Poly) -> list[tuple[sp.Expr, bool]]:
    """The roots, in radicals where they are short, and whether each is real."""
    if polynomial.degree() == 1:
        lead, constant = polynomial.all_coeffs()
        root = tidied(-constant / lead)
        return [(root, bool(sp.im(root).is_zero or vanishes(sp.im(root))))]
    radicals = sp.roots(polynomial, quartics=False, cubics=False)
    if sum(radicals.values()) == polynomial.degree():
        return [(tidied(root), _is_real(root)) for root in radicals]
    square_roots = _square_roots(polynomial)
    if square_roots:
        return [(root, _is_real(root)) for root in square_roots]
    if not polynomial.get_domain().is_QQ and not polynomial.get_domain().is_ZZ:
        raise SymconvError(f"the roots of {polynomial.as_expr()} are beyond radicals")
    real = polynomial.real_roots(multiple=False)
    roots: list[tuple[sp.Expr, bool]] = [(root, True) for root, _ in real]
    roots += [(r, False) for r in polynomial.all_roots() if not r.is_real]
    return roots


def _square_roots(polynomial: sp.Poly) -> list[sp.Expr]:
    """All roots, where square roots of rationals and then quadratics reach them; else none."""
    if not (polynomial.get_domain().is_QQ or polynomial.get_domain().is_ZZ):
        return []
    unknown = polynomial.gen
    radicands = _radicands(polynomial)
    even = all(monomial[0] % 2 == 0 for monomial in polynomial.monoms())
    for scale in [sp.S.One, *radicands] if even else [sp.S.One]:
        stretched = sp.Poly(sp.expand(polynomial.as_expr().subs(unknown, sp.sqrt(scale) * unknown)))
        parts = [_quadratics(factor, radicands) for factor, _ in stretched.factor_list()[1]]
        if all(parts):
            quadratics = [q for part in parts for q in part]
            return [tidied(sp.sqrt(scale) * r) for q in quadratics for r in sp.roots(q)]
    return []


def _radicands(polynomial: sp.Poly) -> list[sp.Integer]:
    """Square-free integers that a quadratic field inside the splitting field can come from."""
    numerator, denominator = sp.fraction(polynomial.discriminant())
    primes = [p for p in sp.factorint(numerator * denominator, limit=1000) if 1 < p < 1000][:5]
    sizes = range(1, len(primes) + 1)
    return sorted(sp.prod(chosen) for size in sizes for chosen in combinations(primes, size))


def _quadratics(polynomial: sp.Poly, radicands: Sequence[sp.Integer]) -> list[sp.Poly]:
    """Factors of degree at most two over the rationals with one square root; none if there are."""
    if polynomial.degree() <= 2:
        return [polynomial]
    if polynomial.degree() == 4:
        for radicand in radicands:
            _, factors = sp.factor_list(polynomial, extension=sp.sqrt(radicand))
            if all(factor.degree() <= 2 for factor, _ in factors):
                return [factor for factor, _ in factors]
    return []


def _is_real(root: sp.Expr) -> bool:
    if root.is_real is not None:
        return bool(root.is_real)
    return bool(vanishes(sp.im(root)))


def tidied(expr: sp.Expr) -> sp.Expr:
    if expr.is_Rational or expr.has(sp.CRootOf):
        return expr
    return sp.expand(sp.radsimp(sp.sqrtdenest(sp.expand(expr))))
