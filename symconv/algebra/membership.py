"""When two pixels meet on a diagonal, as SymPy relations that are settled where sizes allow it.

A relation is settled by a proof for all sizes from a start on and for all integer values of the
other symbols; else it stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import gcd
from typing import Any

import sympy as sp

from symconv.algebra.diagonal import Diagonal
from symconv.algebra.inequalities import Start, highest, lowest, never_zero, remainder
from symconv.algebra.sizes import Size, to_expr


def relations(
    d: Diagonal, x: sp.Expr, y: sp.Expr, m: Size, n: Size, start: Mapping[sp.Symbol, int]
) -> list[Any]:
    """When (x, y), a pixel pair of an axis with m rows and n columns, lies on a diagonal.

    Relations that are true are left out; where one is false it is all that is left.
    """
    found = [r for r in _relations(d, x, y, m, n, start) if r is not sp.true]
    return [sp.false] if sp.false in found else found


def _relations(d: Diagonal, x: sp.Expr, y: sp.Expr, m: Size, n: Size, start: Start) -> list[Any]:
    row, col = to_expr(d.row), to_expr(d.col)
    if d.length == 1:
        lag = equal(x - y, row - col, start)
        if lag in (sp.true, sp.false):
            return [lag, equal(x, row, start)]
        return [equal(x, row, start), equal(y, col, start)]
    common = gcd(d.row_step, d.col_step)
    a, b = d.row_step // common, d.col_step // common
    offset = sp.expand(b * row - a * col)
    if a == b == 1 and y.is_number:
        found = [_is_pixel(x, y + offset, m, start)]
    elif a == b == 1 and x.is_number:
        found = [_is_pixel(y, x - offset, n, start)]
    else:
        sides = (b * x - a * y, offset) if offset != 0 else (b * x, a * y)
        if b < 0:  # i + j = 1, and not -i - j = -1
            sides = (a * y - b * x, -offset)
        found = [equal(*sides, start)]
    if found == [sp.false]:
        return found
    last_row, last_col = d.last
    if not _leaves(d.row - d.row_step, d.col - d.col_step, m, n, start):
        found.append(at_least(x, row, start))
    if not _leaves(last_row + d.row_step, last_col + d.col_step, m, n, start):
        found.append(at_most(x, to_expr(last_row), start))
    if common > 1:
        found.append(_is_multiple(sp.expand(x - row), d.row_step, start))
    return found


def _is_pixel(x: sp.Expr, place: sp.Expr, size: Size, start: Start) -> Any:
    """Whether a pixel is the one at a place, which may be outside the image."""
    below, above = at_least(place, sp.S.Zero, start), at_most(place, to_expr(size) - 1, start)
    return sp.false if sp.false in (below, above) else equal(x, place, start)


def _leaves(row: Size, col: Size, m: Size, n: Size, start: Start) -> bool:
    """Whether (row, col) is outside the matrix for every size from the start on."""
    beyond = (-row, -col, row - m + 1, col - n + 1)
    return any(_is_positive(size, start) for size in beyond)


def _is_positive(size: Size, start: Start) -> bool:
    """Whether a size is known to be positive from the start on."""
    if isinstance(size, int):
        return size > 0
    first = start.get(size.symbol)
    return first is not None and size.slope >= 0 and size.const + size.slope * first > 0


def _is_multiple(expr: sp.Expr, step: int, start: Start) -> Any:
    """Whether an expression is a multiple of a number: true, false or a relation."""
    rest = remainder(expr, step, start)
    return sp.Eq(sp.Mod(expr, step), 0) if rest is None else (sp.true if rest == 0 else sp.false)


def equal(left: sp.Expr, right: sp.Expr, start: Start) -> Any:
    """left = right: true, false, what it says of a size, or the relation as it is."""
    gap = sp.expand(left - right)
    if gap == 0:
        return sp.true
    if never_zero(gap, start):
        return sp.false
    n, slope, const = _in_one_size(gap, start)
    if n is not None:
        return sp.Eq(n, -const / slope) if (const / slope).is_Integer else sp.false
    return sp.Eq(left, right)


def at_least(left: sp.Expr, right: sp.Expr, start: Start) -> Any:
    """left >= right, likewise."""
    return _ordered(left - right, sp.Ge, (left, right), start)


def at_most(left: sp.Expr, right: sp.Expr, start: Start) -> Any:
    """left <= right, likewise."""
    return _ordered(right - left, sp.Le, (left, right), start)


def _ordered(gap: sp.Expr, relation: Any, sides: tuple[sp.Expr, sp.Expr], start: Start) -> Any:
    """Whether a gap is not negative: true, false, a bound of a size, or the relation of sides."""
    gap = sp.expand(gap)
    low = lowest(gap, start)
    if low is not None and low >= 0:
        return sp.true
    high = highest(gap, start)
    if high is not None and high < 0:
        return sp.false
    n, slope, const = _in_one_size(gap, start)
    if n is None:
        return relation(*sides)
    edge = -const / slope
    return sp.Ge(n, sp.ceiling(edge)) if slope > 0 else sp.Le(n, sp.floor(edge))


def _in_one_size(gap: sp.Expr, start: Start) -> tuple[Any, sp.Expr, sp.Expr]:
    """(n, slope, constant) where an expression is slope*n + constant in one size n, else None."""
    const, rest = gap.as_coeff_Add()
    slope, symbol = rest.as_coeff_Mul()
    return (symbol if symbol in start else None), slope, const


def conjunction(relations: list[Any]) -> Any:
    """All relations at once; what is given decides what else is said of it."""
    given = {r.lhs: r.rhs for r in relations if isinstance(r, sp.Eq) and r.rhs.is_Integer}
    kept = []
    for relation in _tightest(relations):
        known = [e for e in given if relation.free_symbols == {e} or relation.args[0] == e]
        if known:
            there = relation.xreplace({known[0]: given[known[0]]})
            if there == sp.false:
                return sp.false
            if there == sp.true and not isinstance(relation, sp.Eq):
                continue
        kept.append(relation)
    return sp.And(*kept, evaluate=False)


def _tightest(relations: list[Any]) -> list[Any]:
    """The relations, each once, less bounds of a symbol that another one makes superfluous."""
    best: dict[Any, Any] = {}
    for relation in relations:
        bounds = isinstance(relation, sp.Ge | sp.Le) and relation.rhs.is_Integer
        key = (relation.func, relation.lhs) if bounds else relation
        tighter = max if isinstance(relation, sp.Ge) else min
        other = best.get(key, relation)
        best[key] = tighter(other, relation, key=lambda r: r.rhs) if bounds else relation
    return list(best.values())
