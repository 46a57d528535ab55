"""The polynomials that vanish exactly where an operator is zero, each needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sympy as sp

from symconv.algebra.diagonal import Cell
from symconv.algebra.expressions import has_plain_symbols, is_monomial
from symconv.algebra.linear_span import independent, independent_rows
from symconv.operators.operator import Operator


def conditions_of(residual: Operator) -> list[sp.Expr]:
    """The coefficients but for linear combinations, those of the interior and small lags first."""
    cells = residual.closed_form().interior_first
    rows = _rows(residual, cells)
    if rows is None:
        return independent(_different(residual.polynomial(cell) for cell in cells))
    return [residual.polynomial(cells[n]) for n in independent_rows(rows)]


def _rows(residual: Operator, cells: Sequence[Cell]) -> list[Mapping[Any, Any]] | None:
    """The coefficients as monomials and rational numbers; None where they are no polynomials."""
    if has_plain_symbols(residual.domain):
        polynomials = (residual.cells[cell] for cell in cells)
        return [{m: sp.QQ(c) for m, c in polynomial.items()} for polynomial in polynomials]
    exprs = [residual.polynomial(cell) for cell in cells]
    terms = [[term.as_coeff_Mul() for term in sp.Add.make_args(expr)] for expr in exprs]
    if not all(c.is_Rational and is_monomial(rest) for row in terms for c, rest in row):
        return None
    return [{rest: sp.QQ.from_sympy(c) for c, rest in row} for row in terms]


def _different(exprs: Iterable[sp.Expr]) -> list[sp.Expr]:
    """Each expression once, up to sign."""
    found: dict[sp.Expr, None] = {}
    for expr in exprs:
        if expr not in found and sp.expand(-expr) not in found:
            found[expr] = None
    return list(found)
