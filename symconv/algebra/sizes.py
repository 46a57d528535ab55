"""Image sizes ``a + b*n`` in one size symbol, and their order for all large ``n``.

A size is a plain ``int``, or an :class:`Affine` where it grows with a symbol.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sympy as sp

from symconv._pickle import Pickled
from symconv.arguments import integer_of, shown
from symconv.errors import GeometryError, ResidueError

LARGEST = 2**63 - 1
# Numbers beyond are no sizes, and Python does not even write out the longest ones.
LONGEST = 2**128


@dataclass(frozen=True, slots=True)
class Affine(Pickled):
    """The integer ``const + slope*symbol``, where ``slope`` is not zero."""

    const: int
    slope: int
    symbol: sp.Symbol

    def __hash__(self) -> int:
        # An axis has one symbol.
        return hash((self.const, self.slope))

    def __add__(self, other: Size) -> Size:
        if isinstance(other, int):
            return Affine(self.const + other, self.slope, self.symbol)
        if other.symbol != self.symbol:
            raise GeometryError(
                f"the sizes {self} and {other} meet on one axis; an axis has one size symbol"
            )
        return affine(self.const + other.const, self.slope + other.slope, self.symbol)

    def __neg__(self) -> Affine:
        return Affine(-self.const, -self.slope, self.symbol)

    def __sub__(self, other: Size) -> Size:
        return self + -other

    def __rsub__(self, other: int) -> Size:
        return -self + other

    def __mul__(self, factor: int) -> Size:
        return affine(self.const * factor, self.slope * factor, self.symbol)

    __radd__ = __add__
    __rmul__ = __mul__

    def __str__(self) -> str:
        return str(to_expr(self))


Size = int | Affine

# Stands for any large size: beyond every bound that occurs.
FAR = 10**9


def affine(const: int, slope: int, symbol: sp.Symbol) -> Size:
    """``const + slope*symbol``, as an ``int`` where the symbol cancels."""
    return Affine(const, slope, symbol) if slope else const


def to_expr(size: Size | sp.Expr) -> sp.Expr:
    """The size as a SymPy expression, from any form that it has.

    >>> to_expr(Affine(1, 2, sp.Symbol("n")))
    2*n + 1
    """
    if isinstance(size, int):
        return sp.Integer(size)
    if isinstance(size, sp.Expr):
        return size
    return size.const + size.slope * size.symbol


def to_public(size: Size) -> int | sp.Expr:
    """The size as users see it: an ``int``, or a SymPy expression."""
    return size if isinstance(size, int) else to_expr(size)


def parse_size(value: object) -> Size:
    """A size from what a user typed: a positive integer, or ``a + b*n``.

    >>> parse_size(2 * sp.Symbol("m") + 1)
    Affine(const=1, slope=2, symbol=m)
    """
    if isinstance(value, Affine):
        return value
    if isinstance(value, sp.Expr) and value.free_symbols:
        return _parse_affine(value)
    size = parse_integer(value, "an image size")
    Horizon().require_pixels(size)
    return size


def _parse_affine(expr: sp.Expr) -> Affine:
    symbols = sorted(expr.free_symbols, key=str)
    if len(symbols) > 1:
        raise GeometryError(f"image size {expr} has {len(symbols)} symbols; an axis has one")
    symbol = symbols[0]
    poly = sp.Poly(expr, symbol) if expr.is_polynomial(symbol) else None
    if poly is None or poly.degree() != 1 or not all(c.is_Integer for c in poly.all_coeffs()):
        raise GeometryError(f"image size {expr} is not a + b*{symbol} with integers a and b")
    slope, const = (int(c) for c in poly.all_coeffs())
    if slope < 0:
        raise GeometryError(f"image size {expr} shrinks as {symbol} grows")
    if symbol.is_integer is False or symbol.is_positive is False:
        raise GeometryError(f"image size {expr}: {symbol} is assumed not to be a positive integer")
    return Affine(const, slope, symbol)


def parse_integer(value: object, what: str) -> int:
    """An exact integer from what a user typed; booleans and floats are refused.

    >>> parse_integer(sp.Integer(3), "stride")
    3
    """
    number = integer_of(value)
    if number is None:
        raise GeometryError(f"{what} must be an integer, not {shown(value)}")
    if abs(number) > LONGEST:
        raise GeometryError(f"{what} is {shown(number)}, more than 2**128")
    return number


def divide(size: Size, divisor: int) -> tuple[Size, int]:
    """Quotient and remainder of ``size`` by a positive integer, for every value of the symbol.

    >>> divide(Affine(3, 4, sp.Symbol("n")), 2)
    (Affine(const=1, slope=2, symbol=n), 1)
    """
    if isinstance(size, int):
        return divmod(size, divisor)
    if size.slope % divisor:
        n = size.symbol
        letter = "m" if n.name != "m" else "l"
        raise ResidueError(
            f"{size} modulo {divisor} depends on {n}: write the size with {n} = "
            f"{divisor}*{letter} + r "
            f"and one r of 0..{divisor - 1}, or use residue_cases for all of them"
        )
    quotient, remainder = divmod(size.const, divisor)
    return Affine(quotient, size.slope // divisor, size.symbol), remainder


def ceil_divide(size: Size, divisor: int) -> Size:
    """``ceil(size / divisor)`` for a positive divisor."""
    quotient, remainder = divide(size, divisor)
    return quotient + (remainder > 0)


def evaluate(size: Size, values: Mapping[sp.Symbol, int]) -> int:
    """The size where its symbol has the given value."""
    return size if isinstance(size, int) else size.const + size.slope * values[size.symbol]


def fix(size: Size, values: Mapping[sp.Symbol, int]) -> Size:
    """The size where its symbol has the given value, if it has one.

    >>> m, n = sp.symbols("m n")
    >>> fix(Affine(1, 2, n), {n: 3}), fix(Affine(1, 2, n), {m: 3})
    (7, Affine(const=1, slope=2, symbol=n))
    """
    if isinstance(size, int) or size.symbol not in values:
        return size
    return evaluate(size, values)


def far(size: Size) -> int:
    """The size on a very large image, to order by."""
    return size if isinstance(size, int) else size.const + size.slope * FAR


class Horizon:
    """Decides comparisons "for all large n" and remembers from which n on each one holds.

    >>> n = sp.Symbol("n")
    >>> horizon = Horizon()
    >>> horizon.is_positive(Affine(-3, 1, n)), horizon.valid_from
    (True, {n: 4})
    """

    def __init__(self) -> None:
        self.valid_from: dict[sp.Symbol, int] = {}

    def note(self, valid_from: Mapping[sp.Symbol, int]) -> None:
        """Remember bounds that were found elsewhere."""
        for symbol, bound in valid_from.items():
            self.valid_from[symbol] = max(bound, self.valid_from.get(symbol, bound))

    def is_positive(self, size: Size) -> bool:
        """Whether ``size > 0`` for all large n."""
        if isinstance(size, int):
            return size > 0
        if size.slope > 0:
            self.note({size.symbol: -size.const // size.slope + 1})
            return True
        self.note({size.symbol: -(size.const // size.slope)})
        return False

    def require_pixels(self, size: Size) -> None:
        """Refuse what is no size of an image, and remember from which n on it is one."""
        if not self.is_positive(size) or (isinstance(size, int) and size > LARGEST):
            count = shown(size) if isinstance(size, int) else size
            raise GeometryError(f"image size {count}: an axis has 1 to 2**63 - 1 pixels")

    def keep_apart(self, a: Size, b: Size) -> None:
        """Remember from which n on two different sizes stay different."""
        gap = a - b
        if not isinstance(gap, int):
            self.note({gap.symbol: -gap.const // gap.slope + 1})

    def is_less(self, a: Size, b: Size) -> bool:
        """Whether ``a < b`` for all large n."""
        return self.is_positive(b - a)

    def larger(self, a: Size, b: Size) -> Size:
        """The maximum of two sizes for all large n."""
        return b if self.is_less(a, b) else a

    def smaller(self, a: Size, b: Size) -> Size:
        """The minimum of two sizes for all large n."""
        return a if self.is_less(a, b) else b
