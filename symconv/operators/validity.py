"""From which sizes on a closed form holds: a bound that its construction proves, then lowered.

Below the proven bound every step down is a proof again. One size symbol gets its value, the others
stay symbols: the closed form with that value is compared with the operator built for it. Both are
closed forms, so the comparison holds from a proven bound on; the sizes below it, finitely many on
each axis, are tried in the same way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import sympy as sp

from symconv.algebra.coefficients import is_zero
from symconv.algebra.normal_form import overlap
from symconv.algebra.products import terms_at
from symconv.algebra.sizes import Horizon, fix
from symconv.errors import GeometryError

if TYPE_CHECKING:
    from symconv.operators.operator import Operator

Values = Mapping[sp.Symbol, int]
# Cells compared before lowering stops: a few seconds. What is claimed then is proven nonetheless.
MOST_COMPARED = 100_000


def valid_from(operator: Operator) -> dict[sp.Symbol, int]:
    """For each size symbol a value such that the closed form holds wherever none is below its own.

    Symbols are lowered one after the other, each as far as the form holds beside the values that
    the others have then, so that no single one can be lowered further. Where ``MOST_COMPARED``
    cells have been compared, they stay where they are.
    """
    bounds = dict(operator.proven_from)
    trial = _Trial(operator, MOST_COMPARED)
    for symbol in bounds:
        others = {n: start for n, start in bounds.items() if n != symbol}
        while trial.holds({symbol: bounds[symbol] - 1}, others):
            bounds[symbol] -= 1
    return bounds


@dataclass
class _Trial:
    """Compares the closed form of an operator with what is built for a size, a while long."""

    operator: Operator
    left: int

    def holds(self, fixed: Values, starts: Values) -> bool:
        """Whether the form holds where some symbols are fixed and the others at least so large."""
        settled = self._settled(fixed, starts)
        if settled is None:
            return False
        rest = dict(starts)
        for symbol, start in starts.items():
            del rest[symbol]
            below = range(start, settled[symbol])
            if not all(self.holds({**fixed, symbol: value}, rest) for value in below):
                return False
            rest[symbol] = max(start, settled[symbol])
        return True

    def _settled(self, fixed: Values, starts: Values) -> Values | None:
        """From where on the form is proven to hold beside the fixed symbols; None if nowhere."""
        self.left -= len(self.operator.cells)
        if self.left < 0 or overlap(self.operator.cells, fixed):
            return None
        try:
            exact = self.operator.origin.rebuild(lambda entry: entry, lambda n: fix(n, fixed))
        except GeometryError:
            return None
        horizon = Horizon()
        horizon.note(self.operator.proven_from)
        horizon.note(exact.proven_from)
        horizon.note(starts)
        terms = terms_at(self.operator.cells, fixed)
        placed = replace(exact, domain=self.operator.domain, terms=terms, bounds=horizon.valid_from)
        difference = placed - exact
        if not all(is_zero(difference.domain, c) for c in difference.cells.values()):
            return None
        return {symbol: difference.proven_from[symbol] for symbol in starts}
