"""Equations as people write them: nothing negative where it can stand on the other side."""

from __future__ import annotations

import sympy as sp


def sides(expr: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """Left and right of an equation that says that a sum vanishes.

    What is subtracted stands on the right; a number alone stands on the right, too, and of two
    sides without one the left has the symbol that comes first.

    >>> a, b, c = sp.symbols("a b c")
    >>> sides(b - a), sides(a**2 + b**2 - 1), sides(b - a - c), sides(1 - a), sides(a * b + c)
    ((a, b), (a**2 + b**2, 1), (a + c, b), (a, 1), (a*b + c, 0))
    """
    terms = sp.Add.make_args(expr)
    left = sp.Add(*(term for term in terms if not term.could_extract_minus_sign()))
    right = sp.Add(*(-term for term in terms if term.could_extract_minus_sign()))
    if left.is_number != right.is_number:
        return (right, left) if left.is_number else (left, right)
    return min((left, right), (right, left), key=lambda pair: _first(pair[0]))


def _first(expr: sp.Expr) -> list[str]:
    return sorted(symbol.name for symbol in expr.free_symbols)[:1]
