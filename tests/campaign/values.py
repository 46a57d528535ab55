"""SymPy expressions at numbers: indices and conditions as fractions, entries modulo a prime."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import ceil, floor
from typing import Any

import sympy as sp

from .truth import PRIME


class UnreadableError(ValueError):
    """An expression that has no meaning here."""


class Point:
    """Values for symbols by name: residues of letters, integers of sizes and indices."""

    def __init__(self, letters: Mapping[str, int], integers: Mapping[str, int]) -> None:
        self.letters, self.integers = letters, integers
        self._known: dict[sp.Basic, int] = {}

    def entry(self, expr: Any) -> int:
        """An entry modulo the prime."""
        found = self._known.get(expr)
        if found is None:
            found = self._known[expr] = self._entry(expr) % PRIME
        return found

    def _entry(self, expr: Any) -> int:
        if expr.is_Integer:
            return int(expr)
        if expr.is_Rational:
            return int(expr.p) * pow(int(expr.q), -1, PRIME)
        if expr.is_Symbol:
            if expr.name in self.integers:
                return self.integers[expr.name]
            if expr.name in self.letters:
                return self.letters[expr.name]
            raise UnreadableError(f"no value for {expr.name}")
        if expr.is_Add:
            return sum(map(self.entry, expr.args))
        if expr.is_Mul:
            total = 1
            for arg in expr.args:
                total = total * self.entry(arg) % PRIME
            return total
        if expr.is_Pow:
            return self._power(*expr.args)
        if isinstance(expr, sp.Piecewise):
            return self.entry(self.piece(expr))
        raise UnreadableError(f"the entry {expr} of type {type(expr).__name__}")

    def _power(self, base: Any, exponent: Any) -> int:
        if base == 2 and (2 * exponent).is_Integer:
            return pow(2**31, int(2 * exponent), PRIME)
        if not exponent.is_Integer:
            raise UnreadableError(f"{base}**({exponent})")
        return pow(self.entry(base), int(exponent), PRIME)

    def piece(self, expr: sp.Piecewise) -> Any:
        """The one piece whose condition holds, else the last one.

        Raises:
            UnreadableError: two conditions hold, or none.
        """
        held = [
            piece
            for piece, condition in expr.args
            if condition != sp.true and self.holds(condition)
        ]
        otherwise = [piece for piece, condition in expr.args if condition == sp.true]
        if len(held) > 1:
            raise UnreadableError(f"{len(held)} conditions of {expr} hold at {self.integers}")
        if not held and not otherwise:
            raise UnreadableError(f"no condition of {expr} holds at {self.integers}")
        return (held or otherwise)[0]

    # --- indices -----------------------------------------------------------------------------

    def index(self, expr: Any) -> Fraction:
        """An index or a bound, in integers and sizes."""
        if expr.is_Rational:
            return Fraction(int(expr.p), int(expr.q))
        if expr.is_Symbol:
            if expr.name not in self.integers:
                raise UnreadableError(f"no integer for {expr.name}")
            return Fraction(self.integers[expr.name])
        args = [self.index(arg) for arg in expr.args]
        if expr.is_Add:
            return sum(args, Fraction(0))
        if expr.is_Mul:
            total = Fraction(1)
            for arg in args:
                total *= arg
            return total
        if expr.is_Pow:
            return args[0] ** int(args[1])
        for kind, function in INTEGRAL.items():
            if isinstance(expr, kind):
                return Fraction(function(*args))
        raise UnreadableError(f"the index {expr} of type {type(expr).__name__}")

    def holds(self, condition: Any) -> bool:
        if condition == sp.true:
            return True
        if condition == sp.false:
            return False
        if isinstance(condition, sp.And):
            return all(map(self.holds, condition.args))
        if isinstance(condition, sp.Or):
            return any(map(self.holds, condition.args))
        if isinstance(condition, sp.Not):
            return not self.holds(condition.args[0])
        for kind, compare in COMPARED.items():
            if isinstance(condition, kind):
                return compare(*map(self.index, condition.args))
        raise UnreadableError(f"the condition {condition} of type {type(condition).__name__}")


INTEGRAL = {
    sp.floor: floor,
    sp.ceiling: ceil,
    sp.Mod: lambda a, b: a % b,
    sp.Max: max,
    sp.Min: min,
    sp.Abs: abs,
}
COMPARED = {
    sp.Eq: lambda a, b: a == b,
    sp.Ne: lambda a, b: a != b,
    sp.Ge: lambda a, b: a >= b,
    sp.Gt: lambda a, b: a > b,
    sp.Le: lambda a, b: a <= b,
    sp.Lt: lambda a, b: a < b,
}
