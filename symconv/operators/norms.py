"""The Frobenius norm of an operator, in closed form in the size of the image."""

from __future__ import annotations

from math import prod

import sympy as sp

from symconv.algebra.sizes import to_expr
from symconv.operators.operator import Operator


def squared_norm(operator: Operator) -> sp.Expr:
    """The sum of the squares of all entries: the squared Frobenius norm of a real matrix.

    >>> import symconv as sc
    >>> a, b, n = sp.symbols("a b n")
    >>> squared_norm(sc.conv(sc.Kernel([a, b]), n))
    (a**2 + b**2)*(n - 1)
    """
    counts: dict[sp.Expr, sp.Expr] = {}
    for cell, expr in operator.expressions:
        counts[expr] = counts.get(expr, sp.S.Zero) + prod(to_expr(d.length) for d in cell)
    weights: dict[sp.Expr, sp.Expr] = {}
    for expr, count in counts.items():
        weights[sp.factor(count)] = weights.get(sp.factor(count), sp.S.Zero) + expr**2
    return sp.Add(*(count * sp.expand(squares) for count, squares in weights.items()))
