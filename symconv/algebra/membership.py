"""When two pixels meet on a diagonal, as SymPy relations that are settled where sizes allow it."""

from __future__ import annotations

from collections.abc import Mapping
from math import gcd
from typing import Any

import sympy as sp

from symconv.algebra.diagonal import Diagonal
from symconv.algebra.sizes import Size, to_expr


def relations(
    d: Diagonal, x: sp.Expr, y: sp.Expr, m: Size, n: Size, start: Mapping[sp.Symbol, int]
) -> list[Any]:
    """When (x, y), a pixel pair of an axis with m rows and n columns, lies on a diagonal."""
    row, col = to_expr(d.row), to_expr(d.col)
    if d.length == 1:
        lag = decide(sp.Eq(x - y, row - col), start)
        if lag in (sp.true, sp.false):
            return [lag, sp.Eq(x, row)]
        return [sp.Eq(x, row), sp.Eq(y, col)]
    common = gcd(d.row_step, d.col_step)
    a, b = d.row_step // common, d.col_step // common
    offset = sp.expand(b * row - a * col)
    if a == b == 1 and y.is_number:
        found = [sp.Eq(x, y + offset)]
    elif a == b == 1 and x.is_number:
        found = [sp.Eq(y, x - offset)]
    else:
        found = [sp.Eq(b * x - a * y, offset) if offset != 0 else sp.Eq(b * x, a * y)]
    last_row, last_col = d.last
    if not _leaves(d.row - d.row_step, d.col - d.col_step, m, n, start):
        found.append(x >= row)
    if not _leaves(last_row + d.row_step, last_col + d.col_step, m, n, start):
        found.append(x <= to_expr(last_row))
    if common > 1:
        found.append(_is_multiple(sp.expand(x - row), d.row_step))
    return found


def _leaves(row: Size, col: Size, m: Size, n: Size, start: Mapping[sp.Symbol, int]) -> bool:
    """Whether (row, col) is outside the matrix for every size from the start on."""
    beyond = (-row, -col, row - m + 1, col - n + 1)
    return any(_is_positive(size, start) for size in beyond)


def _is_positive(size: Size, start: Mapping[sp.Symbol, int]) -> bool:
    """Whether a size is known to be positive from the start on."""
    if isinstance(size, int):
        return size > 0
    first = start.get(size.symbol)
    return first is not None and size.slope >= 0 and size.const + size.slope * first > 0


def _is_multiple(expr: sp.Expr, step: int) -> Any:
    """Whether an expression is a multiple of a number: true, false or a relation."""
    const, rest = expr.as_coeff_Add()
    known = all(term.as_coeff_Mul()[0] % step == 0 for term in sp.Add.make_args(rest))
    return sp.sympify(const % step == 0) if known else sp.Eq(sp.Mod(expr, step), 0)


def conjunction(relations: list[Any]) -> Any:
    """All relations at once; a size that is given decides what else is said of it."""
    given = {r.lhs: r.rhs for r in relations if isinstance(r, sp.Eq) and r.rhs.is_Integer}
    kept = []
    for relation in dict.fromkeys(relations):
        symbols = relation.free_symbols
        if len(symbols) == 1 and symbols <= set(given):
            (n,) = symbols
            if relation.subs(n, given[n]) == sp.false:
                return sp.false
            if not isinstance(relation, sp.Eq):
                continue
        kept.append(relation)
    return sp.And(*kept, evaluate=False)


def decide(relation: Any, start: Mapping[sp.Symbol, int]) -> Any:
    """A relation in one size symbol as true or false where it is so from the start on."""
    symbols: set[sp.Symbol] = getattr(relation, "free_symbols", set())
    if len(symbols) != 1 or not symbols <= set(start) or relation.has(sp.Mod):
        return relation
    (n,) = symbols
    slack = sp.expand(relation.lhs - relation.rhs)
    slope, now = slack.coeff(n, 1), slack.subs(n, start[n])
    if isinstance(relation, sp.Eq) and slope != 0:
        root = start[n] - now / slope
        return sp.Eq(n, root) if root >= start[n] and root.is_Integer else sp.false
    here = relation.func(now, 0)
    if slope == 0:
        return here
    grows = (slope > 0) == isinstance(relation, sp.Ge | sp.Gt)
    if bool(here) == grows:
        return here
    edge = -(now - slope * start[n]) / slope
    if isinstance(relation, sp.Ge | sp.Le):
        return sp.Ge(n, sp.ceiling(edge)) if grows else sp.Le(n, sp.floor(edge))
    return relation
