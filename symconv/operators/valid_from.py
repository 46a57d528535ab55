"""From which sizes on a closed form holds: a bound that its construction proves, then lowered.

Below the proven bound every step down is a proof again. One size symbol gets its value, the others
stay symbols: the closed form with that value is compared with the operator built for it. Both are
closed forms, so the comparison holds from a proven bound on; the sizes below it, finitely many on
each axis, are tried in the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import sympy as sp

from symconv.algebra.coefficients import is_zero
from symconv.algebra.normal_form import overlap
from symconv.algebra.products import terms_at
from symconv.algebra.sizes import LARGEST, Horizon, far, fix
from symconv.errors import GeometryError, ResidueError

if TYPE_CHECKING:
    from symconv.operators.operator import Operator

Values = Mapping[sp.Symbol, int]
# (fixed, starts): where some symbols are fixed and the others large, does a claim hold? If it
# does, a proven bound for each of the others; only values from the starts on are of interest.
Settled = Callable[[Values, Values], Values | None]
# Cells compared before lowering stops: a few seconds. What is claimed then is proven nonetheless.
MOST_COMPARED = 50_000


def valid_from(operator: Operator) -> dict[sp.Symbol, int]:
    """For each size symbol a value such that the closed form holds wherever none is below its own.

    No single one can be lowered further; where ``MOST_COMPARED`` cells have been compared, they
    stay where they are.
    """
    found = lowered(operator.proven_from, _Comparison(operator, MOST_COMPARED))
    return {
        symbol: max(start, least(symbol), _after_poles(operator, symbol))
        for symbol, start in found.items()
    }


def _after_poles(operator: Operator, symbol: sp.Symbol) -> int:
    """From where on no entry divides by zero, where the size stands in the entries too."""
    if symbol not in operator.entry_symbols:
        return -LARGEST
    divisors = {sp.fraction(sp.together(expr))[1] for _, expr in operator.expressions}
    polys = [sp.Poly(d, symbol) for d in divisors if d.free_symbols == {symbol}]
    roots = {root for poly in polys for root in poly.ground_roots() if root.is_Integer}
    return max((int(root) + 1 for root in roots), default=-LARGEST)


def stated_from(operator: Operator) -> dict[sp.Symbol, int]:
    """The bounds of :func:`valid_from` that a formula has to state: images are smaller, too.

    >>> import symconv as sc
    >>> n = sp.Symbol("n")
    >>> stated_from(sc.identity(n)), stated_from(sc.avg_pool(n, 3, stride=1, padding=1))
    ({}, {})
    >>> stated_from(sc.avg_pool(n, 3, stride=1, padding=1, count_include_pad=False))
    {n: 2}
    """
    return {
        symbol: start
        for symbol, start in operator.valid_from.items()
        if start > least(symbol) and _has_pixels(operator, {symbol: start - 1})
    }


def least(symbol: sp.Symbol) -> int:
    """The least size that a symbol may be: what is assumed of it, or anything."""
    return 1 if symbol.is_positive else 0 if symbol.is_nonnegative else -LARGEST


def _has_pixels(operator: Operator, values: Values) -> bool:
    """Whether the images may have a pixel or more, whatever it takes to make the operator."""
    return all(far(fix(size, values)) >= 1 for size in (*operator.rows, *operator.cols))


def lowered(bounds: Values, settled: Settled) -> dict[sp.Symbol, int]:
    """Bounds from which on a claim holds, lowered one after the other as far as it still does.

    Each goes as low as the claim holds beside the bounds that the others have then, whatever the
    others are from there on; so in the end no single one can be lowered by one.
    """
    found = dict(bounds)
    for symbol in found:
        others = {n: start for n, start in found.items() if n != symbol}
        while _holds(settled, {symbol: found[symbol] - 1}, others):
            found[symbol] -= 1
    return found


def _holds(settled: Settled, fixed: Values, starts: Values) -> bool:
    """Whether a claim holds where some symbols are fixed and the others at least so large."""
    proven = settled(fixed, starts)
    if proven is None:
        return False
    rest = dict(starts)
    for symbol, start in starts.items():
        del rest[symbol]
        below = range(start, proven[symbol])
        if not all(_holds(settled, {**fixed, symbol: value}, rest) for value in below):
            return False
        rest[symbol] = max(start, proven[symbol])
    return True


def fixed_at(operator: Operator, values: Values) -> Operator:
    """The operator built with values for some of its size symbols.

    Raises:
        GeometryError: there is no image of such a size.
    """
    return operator.provenance.rebuild(lambda entry: entry, lambda size: fix(size, values))


@dataclass
class _Comparison:
    """Compares the closed form of an operator with what is built for a size, a while long."""

    operator: Operator
    cells_left: int

    def __call__(self, fixed: Values, starts: Values) -> Values | None:
        cells = self.operator.cells
        self.cells_left -= len(cells)
        if self.cells_left < 0 or overlap(cells, fixed):
            return None
        try:
            exact = fixed_at(self.operator, fixed)
        except GeometryError:
            return None
        horizon = Horizon()
        horizon.note(self.operator.proven_from)
        horizon.note(exact.bounds)
        placed = replace(
            exact,
            domain=self.operator.domain,
            terms=terms_at(cells, fixed),
            bounds=horizon.valid_from,
        )
        difference = placed - exact
        try:
            entries = difference.cells.values()
        except ResidueError:  # whether they meet depends on a remainder
            return None
        if not all(is_zero(difference.domain, c) for c in entries):
            return None
        return {symbol: difference.proven_from[symbol] for symbol in starts}
