"""Coefficients of operators at a point: polynomials by their tables, anything else one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, reduce
from math import prod
from operator import add, mul
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.polys.domains.domain import Domain

from symconv._arrays import Array, np
from symconv.algebra.coefficients import Element
from symconv.errors import KernelError
from symconv.numeric.numbers import INT64_MAX, Point, exact, narrow, shortest
from symconv.numeric.polynomials import Polynomials, polynomials


@dataclass(frozen=True)
class Coefficients:
    """Different elements of one domain, ready to be evaluated at many points."""

    domain: Domain
    elements: tuple[Element, ...]

    @cached_property
    def polynomials(self) -> Polynomials | None:
        """Their tables, where they are polynomials over the rationals in symbols."""
        return polynomials(self.domain, self.elements)

    def at(self, point: Point) -> Array:
        """(elements, *batch): int64, floating, complex, or exact Python objects.

        Raises:
            KernelError: one is not finite there.
        """
        with np.errstate(all="ignore"):  # what is not finite is an error below
            found = self.polynomials.at(point) if self.polynomials else None
            if found is None:
                found = _joined(_one_by_one(self.domain, self.elements, point), batch_of(point))
            self._require_finite(found)
        return found

    def _require_finite(self, numbers: Array) -> None:
        if numbers.dtype.kind == "i" or (numbers.dtype.kind in "fc" and np.isfinite(numbers.sum())):
            return
        if numbers.dtype.kind == "O":
            finite = np.array([_is_finite(number) for number in numbers.ravel().tolist()], bool)
            finite = finite.reshape(numbers.shape)
        else:
            finite = np.isfinite(numbers)
        if not finite.all():
            expr = str(self.domain.to_sympy(self.elements[np.argwhere(~finite)[0][0]]))
            raise KernelError(f"the entry {expr[:60]} is not a finite number at these values")


def batch_of(point: Point) -> tuple[int, ...]:
    """The shape that the values of all symbols have together."""
    broadcast_shapes = np.broadcast_shapes  # that NumPy is missing is no fault of the values
    try:
        return broadcast_shapes(*(array.shape for array in point.values()))
    except ValueError:
        shapes = ", ".join(f"{array.shape} for {symbol}" for symbol, array in point.items())
        raise KernelError(f"batches of different shapes: {shapes}") from None


def _is_finite(number: Any) -> bool:
    return not isinstance(number, float | complex) or bool(np.isfinite(number))


def _joined(arrays: Sequence[Array], batch: tuple[int, ...]) -> Array:
    """One array, exact where any of them is: integers beside floats stay integers."""
    kinds = {array.dtype.kind for array in arrays}
    kind = np.result_type(np.int64, *arrays) if kinds <= {"i"} or "i" not in kinds else object
    found = np.empty((len(arrays), prod(batch)), dtype=kind)
    for row, array in zip(found, arrays, strict=True):
        row[:] = array.ravel()  # as Python's own numbers, where they are to be objects
    return found.reshape(len(arrays), *batch)


def _one_by_one(domain: Domain, elements: Sequence[Element], point: Point) -> list[Array]:
    """Each element of the domain at the point, as arrays of the batch's shape."""
    ground, symbols = (domain.domain, domain.symbols) if domain.is_PolynomialRing else (domain, ())
    if domain.is_EXRAW and all(map(_is_rational_polynomial, elements)):
        objects = {symbol: a.astype(object) for symbol, a in point.items()}
        return [narrow(np.asarray(_walk(e, objects), dtype=object)) for e in elements]
    if not (ground.is_ZZ or ground.is_QQ) or not all(s.is_Symbol for s in symbols):
        return _evaluate_expressions([domain.to_sympy(e) for e in elements], point)
    if not symbols:
        return [narrow(np.asarray(exact(e), dtype=object)) for e in elements]
    # A symbol without a value is in the domain but in no element.
    arrays = [point.get(symbol, np.asarray(0)) for symbol in symbols]
    return [_evaluate_polynomial(e, arrays) for e in elements]


def _is_rational_polynomial(expr: sp.Expr) -> bool:
    rational = all(number.is_Rational for number in expr.atoms(sp.Number))
    return rational and bool(expr.is_polynomial(*expr.free_symbols))


def _walk(expr: sp.Expr, point: Point) -> Any:
    """A polynomial as an expression tree, in the arithmetic of the point's numbers."""
    if expr.is_Symbol:
        return point[expr]
    if expr.is_Rational:
        return shortest(Fraction(int(expr.p), int(expr.q)))
    if expr.is_Pow:
        return _walk(expr.base, point) ** int(expr.exp)
    return reduce(add if expr.is_Add else mul, (_walk(part, point) for part in expr.args))


def _evaluate_polynomial(polynomial: Element, arrays: Sequence[Array]) -> Array:
    terms = [
        (exact(c), [(arrays[g], e) for g, e in enumerate(exponents) if e])
        for exponents, c in polynomial.items()
    ]
    # int64 is right when no partial sum can leave it; Python's integers are right everywhere.
    if not all(a.dtype == np.int64 for _, factors in terms for a, _ in factors):
        number = object if any(a.dtype == object for _, fs in terms for a, _ in fs) else None
    elif isinstance(terms[0][0], int) and _bound(terms) <= INT64_MAX:
        number = np.int64
    else:
        number = object
    total: Any = 0
    for coefficient, factors in terms:
        value: Any = float(coefficient) if number is None else coefficient
        for array, exponent in factors:
            base = array if number is None else array.astype(number)
            value = value * base**exponent
        total = total + value
    # Left to itself NumPy would make a large integer unsigned.
    return narrow(np.asarray(total, dtype=object)) if number is object else np.asarray(total)


def _bound(terms: Sequence[tuple[Any, Sequence[tuple[Array, int]]]]) -> int:
    """The largest absolute value that the sum can have."""
    return sum(
        abs(c) * prod(max(int(a.max(initial=0)), -int(a.min(initial=0))) ** e for a, e in factors)
        for c, factors in terms
    )


def _evaluate_expressions(exprs: Sequence[sp.Expr], point: Point) -> list[Array]:
    """Expressions that are no polynomials with rational coefficients, in floating point."""
    symbols = list(point)
    for expr in exprs:
        # As code its name would be called, whatever it is.
        for unknown in expr.atoms(AppliedUndef):
            raise KernelError(f"{unknown} has no value: the function is not known")
    function = sp.lambdify(symbols, list(exprs), modules="numpy", cse=True)
    arguments = [a.astype(float) if a.dtype.kind in "iO" else a for a in point.values()]
    shape = np.broadcast_shapes(*(a.shape for a in arguments))
    return [np.broadcast_to(np.asarray(value), shape) for value in function(*arguments)]
