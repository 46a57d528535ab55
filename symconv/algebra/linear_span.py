"""Linear combinations of polynomials over the rationals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sympy as sp
from sympy.polys.rings import PolyRing


def independent(exprs: Iterable[sp.Expr]) -> list[sp.Expr]:
    """The expressions without those that are linear combinations of earlier ones.

    >>> x, y = sp.symbols("x y")
    >>> independent([x + y, x, 3 * y, x * y])
    [x + y, x, x*y]
    """
    exprs = list(exprs)
    symbols = sorted(set().union(*(e.free_symbols for e in exprs)), key=str)
    try:
        ring = PolyRing(symbols, sp.QQ)
        polynomials = [ring.from_expr(sp.expand(e)) for e in exprs]
    except (ValueError, sp.CoercionFailed):
        return exprs
    pivots: dict[Any, Any] = {}
    kept = []
    for expr, polynomial in zip(exprs, polynomials, strict=True):
        reduced = reduce_linearly(polynomial, pivots)
        if reduced:
            pivots[reduced.monoms()[0]] = reduced.monic()
            kept.append(expr)
    return kept


def reduce_linearly(polynomial: Any, pivots: Mapping[Any, Any]) -> Any:
    """A polynomial less the multiples of earlier ones that cancel their leading monomials."""
    rest = polynomial
    for monomial, pivot in pivots.items():
        coefficient = rest.get(monomial)
        if coefficient:
            rest = rest - pivot.mul_ground(coefficient)
    return rest
