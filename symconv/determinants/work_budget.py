"""Work that is counted as it is done, so that nothing hangs."""

from __future__ import annotations

from typing import Any

from sympy.polys.domains.domain import Domain

from symconv.work_limits import allowed, refuse

# A product of two numbers or of two terms is one step; a million take about a second.
STEPS_OF_A_POLYNOMIAL = 8
STEPS_OF_AN_EXPRESSION = 2_000


class Budget:
    """Counts multiplications and stops before they take too long.

    Args:
        what: what is computed, for the message.
        way_out: what to do instead.
        most: steps; the limit of work where nothing is given.

    Raises:
        BudgetError: by :meth:`spend`, beyond ``most`` steps.

    >>> Budget("the determinant", "take numbers", 3).spend(4)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    symconv.errors.BudgetError: the determinant takes more than 3 steps: take numbers; or raise ...
    """

    def __init__(self, what: str, way_out: str, most: int | None = None) -> None:
        self.what, self.way_out = what, way_out
        self.most = allowed("work") if most is None else most
        self.spent = 0

    def spend(self, steps: int) -> None:
        """Count so many more steps."""
        self.spent += steps
        if self.spent > self.most:
            refuse("work", f"{self.what} takes more than {self.most} steps", self.way_out)

    def multiply(self, domain: Domain, a: Any, b: Any) -> Any:
        """The product of two elements, counted by its terms."""
        if domain.is_PolynomialRing:
            self.spend(STEPS_OF_A_POLYNOMIAL + len(a) * len(b))
        elif domain.is_EX or domain.is_EXRAW or domain.is_FractionField:
            self.spend(STEPS_OF_AN_EXPRESSION)
        else:
            self.spend(1)
        return a * b
