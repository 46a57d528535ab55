"""What integers an expression can be, for all integer values of its symbols: sound, not complete.

A symbol stands for an integer. Sizes are at least as large as their start; other symbols are what
their assumptions say.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from math import gcd, lcm

import sympy as sp

Start = Mapping[sp.Symbol, int]

_BOUNDED = (sp.floor, sp.ceiling, sp.Mod, sp.Min, sp.Max)


def is_integral(expr: sp.Expr, start: Start) -> bool:
    """Whether an expression is an integer for all integer values of its symbols.

    >>> n = sp.Symbol("n")
    >>> is_integral(n**2 - sp.floor(n / 2), {}), is_integral(n / 2, {})
    (True, False)
    """
    if expr.is_Symbol:
        return expr.is_integer is not False and expr.is_commutative
    symbols = expr.free_symbols
    if any(symbol.is_integer is False or not symbol.is_commutative for symbol in symbols):
        return False
    integers = {s: integer_symbol(s, start.get(s, 0) > 0) for s in symbols}
    try:
        return expr.xreplace(integers).is_integer is True
    except (TypeError, ValueError):  # SymPy compares no complex numbers: Min(i, I*n)
        return False


@cache
def integer_symbol(symbol: sp.Symbol, is_positive: bool = False) -> sp.Symbol:
    """A dummy with the assumptions of a symbol, that is an integer besides, or a positive one.

    >>> integer_symbol(sp.Symbol("i")).is_integer
    True
    """
    known = {"integer": True} | ({"positive": True} if is_positive else {})
    return sp.Dummy(symbol.name, **symbol.assumptions0 | known)


def lowest(expr: sp.Expr, start: Start) -> int | None:
    """An integer that an integer-valued expression never falls below; None where none is seen.

    >>> n = sp.Symbol("n")
    >>> lowest(n - sp.floor(n / 2), {n: 5}), lowest(n**2 - n, {n: 2}), lowest(n, {})
    (3, 2, None)
    """
    found = _lowest(sp.expand(expr), start)
    return None if found is None else int(sp.ceiling(found))


def highest(expr: sp.Expr, start: Start) -> int | None:
    """An integer that an integer-valued expression never exceeds; None where none is seen."""
    found = lowest(-expr, start)
    return None if found is None else -found


def never_zero(expr: sp.Expr, start: Start) -> bool:
    """Whether an expression is known to be zero for no integers: by its sign or by a divisor.

    >>> i, j = sp.symbols("i j")
    >>> never_zero(2 * i - 4 * j + 1, {}), never_zero(2 * i - 3 * j + 1, {})
    (True, False)
    """
    for bound in (lowest(expr, start), lowest(-expr, start)):
        if bound is not None and bound > 0:
            return True
    const, terms = _terms(expr)
    if not terms or not all(is_integral(rest, start) for _, rest in terms):
        return False
    scale = lcm(*(int(c.q) for c in (const, *(c for c, _ in terms))))
    return bool(const * scale % gcd(*(int(c * scale) for c, _ in terms)))


def remainder(expr: sp.Expr, step: int, start: Start) -> int | None:
    """The remainder of an expression modulo a number, where all integers give the same.

    >>> i = sp.Symbol("i")
    >>> remainder(4 * i + 3, 2, {}), remainder(i + 3, 2, {})
    (1, None)
    """
    const, terms = _terms(expr)
    if all(c % step == 0 and is_integral(rest, start) for c, rest in terms) and const.is_Integer:
        return int(const % step)
    return None


def _terms(expr: sp.Expr) -> tuple[sp.Rational, list[tuple[sp.Rational, sp.Expr]]]:
    """The constant, and the other terms as numbers times what they multiply; all rational."""
    const, rest = sp.expand(expr).as_coeff_Add()
    parts = [] if rest == 0 else [term.as_coeff_Mul() for term in sp.Add.make_args(rest)]
    return const, parts


def _lowest(expr: sp.Expr, start: Start) -> sp.Rational | None:
    total, terms = _terms(expr)
    bounded = next(((c, rest) for c, rest in terms if isinstance(rest, _BOUNDED)), None)
    if bounded is not None:
        return _through_bounds(expr, *bounded, start)
    for c, rest in terms:
        end = _end(rest, c > 0, start) if rest.is_Symbol else None
        if end is None:
            return None if rest.is_Symbol else _lowest_polynomial(expr, start)
        total += c * end
    return total


def _end(symbol: sp.Symbol, lower: bool, start: Start) -> int | None:
    """The smallest or the largest integer that a symbol stands for, where there is one."""
    if not lower:
        return -1 if symbol.is_negative else 0 if symbol.is_nonpositive else None
    assumed = 1 if symbol.is_positive else 0 if symbol.is_nonnegative else None
    known = [end for end in (assumed, start.get(symbol)) if end is not None]
    return max(known, default=None)


def _through_bounds(
    expr: sp.Expr, c: sp.Rational, rest: sp.Expr, start: Start
) -> sp.Rational | None:
    """The lowest value by what a floor, a remainder, a minimum is at least or at most."""
    below = bool(c > 0)
    options = _options(rest, below, start)
    found = [_lowest(sp.expand(expr + c * (option - rest)), start) for option in options]
    known = [bound for bound in found if bound is not None]
    needs_all = isinstance(rest, sp.Min) if below else isinstance(rest, sp.Max)
    if needs_all:
        return min(known) if len(known) == len(found) else None
    return max(known, default=None)


def _options(rest: sp.Expr, below: bool, start: Start) -> list[sp.Expr]:
    """Bounds of one function from below or from above; of a minimum or maximum its arguments."""
    if isinstance(rest, sp.Min | sp.Max):
        return list(rest.args)
    if isinstance(rest, sp.Mod):
        number, modulus = rest.args
        if not (modulus.is_Integer and modulus > 0):
            return []
        return [sp.S.Zero if below else modulus - _unit(number, start)]
    slack = 1 - _unit(rest.args[0], start)
    if isinstance(rest, sp.floor):
        return [rest.args[0] - slack if below else rest.args[0]]
    return [rest.args[0] if below else rest.args[0] + slack]


def _unit(expr: sp.Expr, start: Start) -> sp.Rational:
    """A number that all values of an expression are multiples of, zero where none is seen."""
    const, terms = _terms(expr)
    if not all(is_integral(rest, start) for _, rest in terms):
        return sp.S.Zero
    return sp.Rational(1, lcm(int(const.q), *(int(c.q) for c, _ in terms)))


def _lowest_polynomial(expr: sp.Expr, start: Start) -> sp.Rational | None:
    """Written in what exceeds the start, a polynomial without minus signs is lowest there."""
    symbols = sorted(expr.free_symbols, key=str)
    ends = {symbol: _end(symbol, True, start) for symbol in symbols}
    if None in ends.values() or not expr.is_polynomial(*symbols):
        return None
    poly = sp.Poly(expr.xreplace({s: s + end for s, end in ends.items()}), *symbols)
    *others, const = poly.all_coeffs() if len(symbols) == 1 else _coefficients(poly)
    return const if const.is_Rational and all(c >= 0 for c in others) else None


def _coefficients(poly: sp.Poly) -> list[sp.Expr]:
    """Those of all monomials but the constant, and then that of the constant."""
    return [*(c for powers, c in poly.terms() if any(powers)), poly.TC()]
