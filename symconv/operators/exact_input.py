"""The gate: what a user gives for an exact number or expression, without evaluating text."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import isfinite
from typing import Any

import sympy as sp

from symconv.errors import KernelError, ParseError

LONGEST_NUMBER = 1000


def parse_entry(text: str) -> sp.Expr:
    """An exact number or a name from text, without evaluating anything.

    >>> parse_entry("0.1"), parse_entry("-2/3"), parse_entry("sigma")
    (1/10, -2/3, sigma)
    """
    text = text.strip()
    if text.isidentifier():
        return sp.Symbol(text, real=True)
    exponent = text.lower().partition("e")[2]
    if len(text) > LONGEST_NUMBER or len(exponent.lstrip("+-0")) > 3:
        raise ParseError(f"{text[:40]!r}… is too long a number")
    try:
        number = Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise ParseError(
            f"{text!r} is no integer, no fraction such as 2/3, no decimal and no name"
        ) from None
    return sp.Rational(number.numerator, number.denominator)


def parse_exact(value: object, what: str = "kernel entry") -> sp.Expr:
    """One exact entry as a SymPy expression; floats and non-finite values are refused."""
    if isinstance(value, str):
        return parse_entry(value)
    if isinstance(value, Fraction):
        return sp.Rational(value.numerator, value.denominator)
    if isinstance(value, bool):
        raise KernelError(f"{what} {value!r} is a boolean, not a number")
    if not isinstance(value, sp.Basic):
        value = _from_number(value, what)
    if not isinstance(value, sp.Expr) or not value.is_commutative:
        raise KernelError(f"{what} {value!r} is not a commutative SymPy expression")
    if value.has(sp.oo, sp.zoo, sp.nan, -sp.oo):
        raise KernelError(f"{what} {value} is not finite")
    if value.has(sp.Float):
        raise KernelError(_float_advice(what, min(value.atoms(sp.Float), key=str)))
    return value


def parse_array(array: Any, what: str = "kernel entry") -> tuple[list[sp.Expr], tuple[int, ...]]:
    """The exact entries of nested sequences, a SymPy or a NumPy array, flat, and its shape."""
    if hasattr(array, "tolist"):
        array = array.tolist()
    if not isinstance(array, Sequence) or isinstance(array, str):
        return [parse_exact(array, what)], ()
    rows = [parse_array(item, what) for item in array]
    shapes = {shape for _, shape in rows}
    if len(shapes) > 1:
        raise KernelError(f"a ragged array: its parts have the shapes {sorted(shapes)}")
    entries = [entry for row, _ in rows for entry in row]
    return entries, (len(rows), *(shapes.pop() if shapes else ()))


def parse_substitution(*args: Any) -> dict[Any, Any]:
    """The pairs of a substitution: ``old, new`` or one mapping or list of pairs; never text.

    >>> parse_substitution(sp.Symbol("a"), 2)
    {a: 2}
    """
    if len(args) not in (1, 2):
        raise KernelError(f"subs() takes old and new, or one mapping, not {len(args)} arguments")
    try:
        pairs = [args] if len(args) == 2 else list(dict(args[0]).items())
    except (TypeError, ValueError):
        raise KernelError(
            f"subs() takes old and new, or one mapping or list of pairs, not {args[0]!r}"
        ) from None
    for value in (value for pair in pairs for value in pair):
        if isinstance(value, str):
            raise KernelError(f"subs() takes symbols and numbers, not the text {value!r}")
    return dict(pairs)


def _from_number(value: object, what: str) -> sp.Expr:
    if hasattr(value, "__index__"):
        try:
            return sp.Integer(value.__index__())
        except TypeError:
            pass
    if isinstance(value, float) or hasattr(value, "__float__"):
        number = float(value)
        if not isfinite(number):
            raise KernelError(f"{what} {value!r} is not finite")
        raise KernelError(_float_advice(what, number))
    raise KernelError(f"{what} {value!r} is not a number, a SymPy expression or text")


def _float_advice(what: str, number: object) -> str:
    exact = Fraction(str(number))
    simple = exact.limit_denominator(10**6)
    text = str(number)
    if simple != exact and float(simple) == float(exact):
        exact, text = simple, str(simple)
    return (
        f"{what} {number} is a float and results are exact: write "
        f'sympy.Rational({exact.numerator}, {exact.denominator}) or the text "{text}"'
    )
