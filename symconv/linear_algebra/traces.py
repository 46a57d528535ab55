"""Traces of operators, as formulas in the size."""

from __future__ import annotations

from math import prod

import sympy as sp

from symconv.algebra.diagonal import Diagonal
from symconv.algebra.sizes import to_expr
from symconv.errors import ShapeError
from symconv.operators.operator import Operator, parse_operator


def trace(operator: Operator) -> sp.Expr:
    """The sum of the diagonal entries.

    Raises:
        ShapeError: the matrix is not square, or how many diagonal entries there are is not one
            formula; ``op.at()`` gives numbers.

    >>> import symconv as sc
    >>> C = sc.conv([1, 2], sp.Symbol("n"))
    >>> trace(C @ C.T)
    5*n - 5
    """
    parse_operator(operator)
    if operator.rows != operator.cols:
        raise ShapeError(f"{operator!r} is not square between images of one size: no trace")
    total = sp.S.Zero
    for cell, expr in operator.expressions:
        total += expr * prod((_met(d, operator) for d in cell), start=sp.S.One)
    return sp.expand(total)


def _met(d: Diagonal, operator: Operator) -> sp.Expr:
    """How many entries of a diagonal stand on the main one."""
    gap = d.col - d.row
    if d.row_step == d.col_step:
        if isinstance(gap, int):
            return to_expr(d.length) if gap == 0 else sp.S.Zero
        meets, remainder = divmod(-gap.const, gap.slope)
        if remainder or meets < operator.proven_from[gap.symbol]:
            return sp.S.Zero
    elif isinstance(gap, int) and isinstance(d.length, int):
        t, remainder = divmod(gap, d.row_step - d.col_step)
        return sp.Integer(not remainder and 0 <= t < d.length)
    raise ShapeError(f"the trace of {operator!r} is not one formula: take at() first")
