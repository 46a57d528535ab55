"""Sequences with a linear recurrence: terms, terms modulo a prime, magnitudes, power series."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Any

import mpmath
import sympy as sp
from sympy.polys.domains import ZZ
from sympy.polys.domains.domain import Domain
from sympy.polys.galoistools import gf_pow_mod
from sympy.printing.precedence import PRECEDENCE

from symconv._printable import Readable
from symconv.algebra.coefficients import Element, to_sympy
from symconv.algebra.sizes import parse_integer, to_expr
from symconv.determinants.work_budget import Budget
from symconv.errors import BudgetError, SymconvError
from symconv.typesetting.displays import aligned_lines
from symconv.typesetting.free_letters import free_letters
from symconv.typesetting.index_expressions import combination
from symconv.typesetting.notebook import notebook_latex
from symconv.typesetting.typesetter import Typesetter, typesetter

FIRST_BITS = 256
MOST_BITS = 1 << 16
AGREEING_BITS = 70
MOST_SHOWN = 6
LETTER = "D"
POWER = PRECEDENCE["Pow"]


@dataclass(frozen=True, eq=False, repr=False)
class Recurrence(Readable):
    """A sequence D_m whose terms are a fixed linear combination of those before.

    Attributes:
        symbol: m.
        domain: of the terms.
        factors: monic polynomials whose product is the characteristic polynomial, each as its
            coefficients, the constant first.
        first: the index from which on the sequence is given, and the recurrence holds.
        terms: gives so many terms from ``first`` on.
    """

    symbol: sp.Symbol
    domain: Domain
    factors: tuple[tuple[Element, ...], ...]
    first: int
    terms: Callable[[int], Sequence[Element]]

    @cached_property
    def order(self) -> int:
        """How many earlier terms each term is made of."""
        return sum(len(factor) - 1 for factor in self.factors)

    @cached_property
    def start(self) -> tuple[sp.Expr, ...]:
        """D_first and so on, as many as the order."""
        return tuple(to_sympy(self.domain, value) for value in self._start)

    @cached_property
    def coefficients(self) -> tuple[sp.Expr, ...]:
        """c_1, c_2, … of D_m = c_1 D_(m-1) + c_2 D_(m-2) + …

        Raises:
            BudgetError: they are polynomials of too many terms; ``characteristic`` is factored.
        """
        return tuple(to_sympy(self.domain, -c) for c in self._whole[-2::-1])

    @cached_property
    def characteristic(self) -> sp.Expr:
        """The characteristic polynomial in x (or a free letter), factored as it was found."""
        return sp.Mul(*(self._polynomial(factor) for factor in self.factors))

    @cached_property
    def variable(self) -> sp.Symbol:
        """The letter of polynomials and power series: x, unless the entries are written with it."""
        used = [to_sympy(self.domain, c) for factor in self.factors for c in factor]
        return sp.Symbol(free_letters([self.symbol, *used]).name("x"))

    @cached_property
    def generating_function(self) -> sp.Expr:
        """The sum of D_m x^m over all m from ``first`` on, as a rational function in x.

        Raises:
            BudgetError: it has polynomials of too many terms.
        """
        budget = Budget("the generating function", "use the recurrence, or give the kernel numbers")
        reverse = self._whole[::-1]
        numerator = [self.domain.zero] * self.order
        for i, c in enumerate(reverse[:-1]):
            for j, value in enumerate(self._start[: self.order - i]):
                numerator[i + j] = numerator[i + j] + budget.multiply(self.domain, c, value)
        x, below = self.variable, sp.Mul(*(self._polynomial(f[::-1]) for f in self.factors))
        above = sum(to_sympy(self.domain, c) * x**i for i, c in enumerate(numerator))
        return x**self.first * to_expr(above) / below

    def at(self, index: int) -> sp.Expr:
        """The term of an index, exactly.

        Raises:
            BudgetError: the number is too long; :meth:`modulo` and :meth:`log_magnitude` are quick.
        """
        return to_sympy(self.domain, self.element(self._index(index)))

    def element(self, index: int) -> Element:
        """The same, as an element of the domain."""
        budget = Budget(
            f"the exact term {index}", "modulo() and log_magnitude() do not write the number out"
        )
        terms = list(self._start[: index - self.first + 1])
        if not self.order:
            return self.domain.zero
        steps = [-c for c in self._whole[:-1]]
        for step in range(index - self.first - len(terms) + 1):
            budget.spend(self.order * (step // 500))
            products = (
                budget.multiply(self.domain, c, t) for c, t in zip(steps, terms, strict=True)
            )
            terms = [*terms[1:], sum(products, self.domain.zero)]
        return terms[-1]

    def modulo(self, prime: int, index: int) -> int:
        """The term of an index modulo a prime, in a number of steps that grows as log(index).

        Raises:
            SymconvError: the terms are no rational numbers, or ``prime`` is none.
        """
        prime, index = parse_integer(prime, "a prime"), self._index(index)
        if not sp.isprime(prime):
            raise SymconvError(f"{prime} is no prime")
        factors = [[self._residue(c, prime) for c in factor[::-1]] for factor in self.factors]
        start = [self._residue(value, prime) for value in self._start]
        if not self.order:
            return 0
        whole = [int(c) % prime for c in reduce(_multiply, factors, [1])]
        power = gf_pow_mod(
            [ZZ(1), ZZ(0)], index - self.first, [ZZ(c) for c in whole], ZZ(prime), ZZ
        )
        return sum(int(c) * v for c, v in zip(reversed(power), start, strict=False)) % prime

    def log_magnitude(self, index: int) -> float:
        """The natural logarithm of the absolute value of a term, to the precision of a float.

        Works with more and more digits until two results agree, so no cancellation is overlooked.

        Raises:
            SymconvError: the terms are no rational numbers, or this one is zero.
            BudgetError: the term is too small among what it is the sum of.
        """
        index = self._index(index)
        fractions = [self._fraction(value) for value in self._start]
        whole = [self._fraction(c) for c in self._whole[::-1]]
        scale = int(sp.ilcm(*(q for _, q in fractions), 1))
        start = [p * (scale // q) for p, q in fractions]
        bits = FIRST_BITS
        while bits <= MOST_BITS:
            coarse, fine = (
                _magnitude(whole, start, index - self.first, precision)
                for precision in (bits, bits * 3 // 2)
            )
            if coarse and fine and abs(coarse - fine) < mpmath.mpf(2) ** -AGREEING_BITS:
                return float(fine - mpmath.log(scale))
            bits *= 4
        if index - self.first < self.order * 100 and not self.element(index):
            raise SymconvError(f"the term {index} is zero and has no logarithm")
        raise BudgetError(
            f"the term {index} is zero, or smaller than its parts by 2**-{MOST_BITS}: modulo() "
            "says whether it is zero modulo a prime"
        )

    # --- elements ------------------------------------------------------------------------------

    @cached_property
    def _start(self) -> tuple[Element, ...]:
        return tuple(self.terms(self.order))

    @cached_property
    def _whole(self) -> list[Element]:
        budget = Budget("the recurrence written out", "characteristic is its factored form")

        def multiply(one: Sequence[Element], other: Sequence[Element]) -> list[Element]:
            product = [self.domain.zero] * (len(one) + len(other) - 1)
            for i, a in enumerate(one):
                for j, b in enumerate(other):
                    product[i + j] = product[i + j] + budget.multiply(self.domain, a, b)
            return product

        return reduce(multiply, self.factors, [self.domain.one])

    def _polynomial(self, coefficients: Sequence[Element]) -> sp.Expr:
        terms = (to_sympy(self.domain, c) * self.variable**i for i, c in enumerate(coefficients))
        return sp.Add(*terms)

    def _index(self, index: int) -> int:
        number = parse_integer(index, f"the index {self.symbol}")
        if number < self.first:
            raise SymconvError(f"the sequence begins at {self.symbol} = {self.first}, not {number}")
        return number

    def _fraction(self, value: Element) -> tuple[int, int]:
        if not (self.domain.is_ZZ or self.domain.is_QQ):
            raise SymconvError(
                f"the terms lie in {self.domain}: give the kernel rational numbers first"
            )
        return int(self.domain.numer(value)), int(self.domain.denom(value))

    def _residue(self, value: Element, prime: int) -> int:
        numerator, denominator = self._fraction(value)
        if denominator % prime == 0:
            raise SymconvError(f"a denominator is zero modulo {prime}: take another prime")
        return numerator * pow(denominator, -1, prime) % prime

    # --- faces ---------------------------------------------------------------------------------

    def __repr__(self) -> str:
        return f"Recurrence(order {self.order}, from {self.symbol} = {self.first})"

    def __str__(self) -> str:
        if self.order > MOST_SHOWN:
            return f"{self!r}, characteristic polynomial {self.characteristic}"
        m, shown = self.symbol, ""
        for i, c in enumerate(self.coefficients, 1):
            negative = c.could_extract_minus_sign()
            factor = -c if negative else c
            times = "" if factor == 1 else f"({factor})*" if factor.is_Add else f"{factor}*"
            shown += f" {'-' if negative else '+'} {times}{LETTER}({m} - {i})" if c != 0 else ""
        start = [f"{LETTER}({self.first + i}) = {value}" for i, value in enumerate(self.start)]
        return "; ".join([f"{LETTER}({m}) = {shown.removeprefix(' +').strip() or 0}", *start])

    def _latex(self, printer: Any) -> str:
        return self.latex(typesetter(printer, self))

    def latex(self, printer: Typesetter) -> str:
        """The recurrence and its first terms; where it is long, its characteristic polynomial."""
        letters = free_letters([self.symbol, self.characteristic], printer)
        name, m = letters[LETTER], printer._print(self.symbol)
        if self.order > MOST_SHOWN:
            x, c = printer._print(self.variable), letters["c"]
            body = " ".join(printer.parenthesize(f, POWER) for f in self.characteristic.args)
            top, term = f"{{{self.order}}}", rf"{c}_{{i}} {name}_{{{m} - i}}"
            return str(
                aligned_lines(
                    [
                        rf"{name}_{{{m}}} &= \sum_{{i=1}}^{top} {term}",
                        rf"{x}^{top} - \sum_{{i}} {c}_{{i}} {x}^{{{self.order} - i}} &= {body}",
                    ]
                )
            )
        names = (f"{name}_{{{m} - {i}}}" for i in range(1, self.order + 1))
        shown = combination(zip(self.coefficients, names, strict=True), printer)
        lines = [f"{name}_{{{m}}} &= {shown}"]
        starts = enumerate(self.start, self.first)
        lines += [f"{name}_{{{i}}} &= {printer._print(value)}" for i, value in starts]
        return str(aligned_lines(lines))

    def _repr_latex_(self) -> str | None:
        return notebook_latex(self.latex(typesetter(None, self)))


def _multiply(one: Sequence[Any], other: Sequence[Any]) -> list[Any]:
    product = [0] * (len(one) + len(other) - 1)
    for i, a in enumerate(one):
        for j, b in enumerate(other):
            product[i + j] += a * b
    return product


def _magnitude(
    whole: Sequence[tuple[int, int]], start: Sequence[int], power: int, bits: int
) -> Any:
    """log|D| from x^power modulo the characteristic polynomial, with so many bits; None for 0."""
    if len(whole) == 1:
        return None
    digits, exponent = [1], 0
    for bit in bin(power)[2:] if power else "":
        digits = _reduced(_multiply(digits, digits), whole)
        digits = _reduced([0, *digits], whole) if bit == "1" else digits
        excess = max(0, max(abs(d).bit_length() for d in digits) - bits)
        digits, exponent = [d >> excess for d in digits], 2 * exponent + excess
    total = sum(d * v for d, v in zip(digits, start, strict=False))
    with mpmath.workprec(4 * AGREEING_BITS):
        return mpmath.log(abs(total)) + exponent * mpmath.ln2 if total else None


def _reduced(digits: list[int], whole: Sequence[tuple[int, int]]) -> list[int]:
    """The remainder by a monic polynomial, the constant first."""
    order = len(whole) - 1
    below = [(i, p, q) for i, (p, q) in enumerate(reversed(whole[1:])) if p]
    integral = all(q == 1 for _, _, q in below)
    while len(digits) > order:
        top, shift = digits.pop(), len(digits) - order
        if integral:
            for i, p, _ in below:
                digits[shift + i] -= top * p
        else:
            for i, p, q in below:
                digits[shift + i] -= top * p // q
    return digits
