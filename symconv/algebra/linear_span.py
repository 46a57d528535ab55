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
    return [exprs[n] for n in independent_rows(polynomials)]


def independent_rows(rows: Iterable[Mapping[Any, Any]]) -> list[int]:
    """Which rows of a matrix are no linear combinations of earlier ones.

    Args:
        rows: what is not zero, by column, with entries of a field.

    >>> half = sp.QQ(1, 2)
    >>> independent_rows([{"x": half, "y": half}, {"x": half}, {"y": 3 * half}])
    [0, 1]
    """
    pivots: list[tuple[Any, Mapping[Any, Any]]] = []
    known: dict[Any, int] = {}
    kept = []
    for number, row in enumerate(rows):
        rest = dict(row)
        # A pivot row has no column of an earlier one, but it may have that of a later one.
        while met := [known[column] for column in rest if column in known]:
            _subtract(rest, *pivots[min(met)])
        if rest:
            column = next(iter(rest))
            known[column] = len(pivots)
            pivots.append((column, rest))
            kept.append(number)
    return kept


def _subtract(row: dict[Any, Any], column: Any, pivot: Mapping[Any, Any]) -> None:
    """Take the multiple of a pivot row from a row that cancels a column."""
    factor = row[column] / pivot[column]
    for other, entry in pivot.items():
        left = row.get(other, 0) - factor * entry
        if left:
            row[other] = left
        else:
            row.pop(other, None)
