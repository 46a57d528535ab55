r"""Polynomials whose roots are products of the roots of another, without finding a root.

The determinants of band matrices are linear recurrences in the size; their characteristic roots
are products \lambda_S of roots of the matrix's symbol. Power sums of the products follow from
those of the roots, and Newton's identities lead from power sums to coefficients and back.
A polynomial is the list of its coefficients, the constant first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from math import comb
from typing import Any

from sympy.polys.domains import QQ
from sympy.polys.domains.domain import Domain
from sympy.polys.rings import PolyRing

from symconv.algebra.coefficients import Element
from symconv.determinants.work_budget import Budget
from symconv.errors import BudgetError
from symconv.work_limits import check

Polynomial = list[Element]
Weight = tuple[int, int]  # total degree and sum of the indices, of the coefficient next to x^(N-1)

MOST_SYMBOLIC_DEGREE = 4
MOST_PRODUCTS = 300


class Roots:
    """Symmetric functions of the roots of a monic polynomial over a field or QQ-algebra."""

    def __init__(self, monic: Sequence[Element], domain: Domain) -> None:
        self.monic, self.domain, self.degree = list(monic), domain, len(monic) - 1
        self._sums: list[Element] = [domain.convert(self.degree)]
        self._elementary: dict[int, list[Element]] = {}

    def power_sum(self, power: int) -> Element:
        """The sum of the powers of all roots, by Newton's identities."""
        for k in range(len(self._sums), power + 1):
            reach = min(k - 1, self.degree)
            parts = [self.monic[self.degree - i] * self._sums[k - i] for i in range(1, reach + 1)]
            if k <= self.degree:
                parts.append(self.monic[self.degree - k] * self.domain.convert(k))
            self._sums.append(-sum(parts, self.domain.zero))
        return self._sums[power]

    def elementary(self, power: int) -> list[Element]:
        """e_0, …, e_w of the roots' powers."""
        if power not in self._elementary:
            sums = [self.power_sum(power * j) for j in range(1, self.degree + 1)]
            self._elementary[power] = elementary_from_sums(sums, self.domain)
        return self._elementary[power]


def elementary_from_sums(sums: Sequence[Element], domain: Domain) -> list[Element]:
    """e_0, e_1, … of numbers whose power sums are given, as many as there are sums."""
    e = [domain.one]
    for i in range(1, len(sums) + 1):
        total = domain.zero
        for j in range(1, i + 1):
            part = e[i - j] * sums[j - 1]
            total = total + part if j % 2 else total - part
        e.append(total * domain.convert(QQ(1, i)))
    return e


def from_sums(sum_of: Callable[[int], Element], count: int, domain: Domain) -> Polynomial:
    """The monic polynomial of ``count`` roots, from their power sums."""
    e = elementary_from_sums([sum_of(j) for j in range(1, count + 1)], domain)
    return [c if (count - i) % 2 == 0 else -c for i, c in enumerate(reversed(e))]


def subset_products(symbol: Polynomial, size: int, domain: Domain) -> Polynomial:
    r"""The monic polynomial whose roots are (-1)^q a_w \prod_{i \in S} \rho_i, for all \|S\| = q.

    Args:
        symbol: a_0, …, a_w, with roots \rho_1, …, \rho_w; a_w is not zero.
        size: q.

    >>> from sympy import ZZ
    >>> subset_products([ZZ(6), ZZ(-5), ZZ(1)], 1, ZZ)  # roots 2 and 3; the products are -2, -3
    [6, 5, 1]
    """
    return _specialised(_subset_products, (size,), symbol, domain)


def reciprocal_products(kernel: Polynomial, domain: Domain) -> list[Polynomial]:
    r"""Factors of the characteristic polynomial of \det C C^T, as the number of rows grows.

    Their roots are (-1)^b k_0 k_b \prod_{S} \rho_i \prod_{R} \rho_i^{-1} for all disjoint S and R
    for which b - \|S\| - \|R\| is even, (3^b + 1)/2 in all; one factor for each pair of sizes.

    Args:
        kernel: k_0, …, k_b; neither end is zero.

    >>> from sympy import ZZ
    >>> reciprocal_products([ZZ(2), ZZ(3)], ZZ)  # (x - 9)(x - 4)
    [[-9, 1], [-4, 1]]
    """
    b = len(kernel) - 1
    sizes = [(s, t - s) for t in range(b, -1, -2) for s in range(t + 1)]
    return [_specialised(_reciprocal_products, pair, kernel, domain) for pair in sizes]


def _subset_products(monic: Polynomial, lead: Element, domain: Domain, size: int) -> Polynomial:
    roots, count = Roots(monic, domain), comb(len(monic) - 1, size)
    scale = lead if size % 2 == 0 else -lead

    def power_sum(j: int) -> Element:
        return scale**j * roots.elementary(j)[size]

    return from_sums(power_sum, _affordable(count), domain)


def _reciprocal_products(
    monic: Polynomial, lead: Element, domain: Domain, plus: int, minus: int
) -> Polynomial:
    roots, b = Roots(monic, domain), len(monic) - 1
    count = comb(b, plus) * comb(b - plus, minus)
    scale = lead * lead * monic[0]
    scale = scale if b % 2 == 0 else -scale

    @cache
    def disjoint(j: int, s: int, r: int) -> Element:
        r"""The sum of \prod_S y_i \prod_R y_i^{-1} over disjoint S, R, times e_b; y = \rho^j."""
        e = roots.elementary(j)
        total = e[s] * e[b - r]
        for t in range(1, min(s, r) + 1):
            # Where S and R share t elements, these cancel and are any t of those left over.
            shared = comb(b - s - r + 2 * t, t)
            total = total - disjoint(j, s - t, r - t) * domain.convert(shared)
        return total

    def power_sum(j: int) -> Element:
        over = roots.elementary(j)[b]
        return scale**j * domain.exquo(disjoint(j, plus, minus), over)

    return from_sums(power_sum, _affordable(count), domain)


def _affordable(count: int) -> int:
    what = f"{count} terms or more of a recurrence"
    check("work", count, what, "take a smaller kernel, or at() for one size", MOST_PRODUCTS)
    return count


# --- over any ring -----------------------------------------------------------------------------


def _specialised(
    make: Callable[..., Polynomial], sizes: tuple[int, ...], symbol: Polynomial, domain: Domain
) -> Polynomial:
    """Over a field at once; elsewhere once in letters, then with the ring's elements."""
    if domain.is_Numerical:
        field = domain.get_field()
        elements = [field.convert_from(c, domain) for c in symbol]
        monic = [c / elements[-1] for c in elements]
        made = make(monic, elements[-1], field, *sizes)
        return [domain.convert_from(c, field) for c in made]
    width = len(symbol) - 1
    if width > MOST_SYMBOLIC_DEGREE:
        raise BudgetError(
            f"the recurrence for {width + 1} symbols is too long to write out (at most "
            f"{MOST_SYMBOLIC_DEGREE + 1}): give the kernel numbers, or take at() for one size"
        )
    return [_evaluate(c, symbol, domain) for c in _universal(make, sizes, width)]


@cache
def _universal(make: Callable[..., Polynomial], sizes: tuple[int, ...], width: int) -> list[Any]:
    """The coefficients as mappings from exponents of a_0, …, a_w to integers.

    All are homogeneous, in the degree and in the sum of indices. So two of the letters can be one
    while the work is done, and their exponents are found again from the others'.
    """
    ring = PolyRing([f"a{i}" for i in range(1, width)], QQ)
    domain = ring.to_domain()
    symbol = [ring.one, *ring.gens, ring.one] if width else [ring.one]
    made = make(symbol, ring.one, domain, *sizes)
    degree, weight = _weights(make, sizes, width)
    found = []
    for power, coefficient in enumerate(reversed(made)):
        monomials = {}
        for inner, number in coefficient.terms():
            last = (
                (weight * power - sum(i * e for i, e in enumerate(inner, 1))) // width
                if width
                else 0
            )
            first = degree * power - sum(inner) - last
            exponents = (first, *inner, last) if width else (first,)
            monomials[exponents] = int(number)
        found.append(monomials)
    return found[::-1]


def _weights(make: Callable[..., Polynomial], sizes: tuple[int, ...], width: int) -> Weight:
    if make is _subset_products:
        return 1, width - sizes[0]
    plus, minus = sizes
    return 2, width - plus + minus


def _evaluate(monomials: dict[Any, int], symbol: Polynomial, domain: Domain) -> Element:
    """A polynomial in a_0, …, a_w at elements of a ring."""
    budget = Budget("the recurrence with symbols", "give the kernel numbers")
    powers: dict[tuple[int, int], Element] = {}

    def power(i: int, exponent: int) -> Element:
        if exponent == 0:
            return domain.one
        if (i, exponent) not in powers:
            powers[i, exponent] = budget.multiply(domain, power(i, exponent - 1), symbol[i])
        return powers[i, exponent]

    total = domain.zero
    for exponents, number in monomials.items():
        term = domain.convert(number)
        for i, exponent in enumerate(exponents):
            term = budget.multiply(domain, term, power(i, exponent))
        total = total + term
    return total
