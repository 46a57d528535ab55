"""Determinants of operators that commute with every rotation: products over the frequencies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count, product
from math import lcm, prod

import sympy as sp
from sympy.ntheory import isprime
from sympy.ntheory.modular import crt
from sympy.polys.domains import QQ
from sympy.polys.domains.domain import Domain
from sympy.polys.matrices import DomainMatrix
from sympy.polys.rings import PolyRing

from symconv.algebra.coefficients import Element, to_sympy
from symconv.determinants.recurrences import Recurrence
from symconv.determinants.root_products import Roots, subset_products
from symconv.determinants.structure import Offset
from symconv.determinants.work_budget import Budget
from symconv.work_limits import check

MOST_CHANNELS = 6
LARGEST_PRIME = 2**62


@dataclass(frozen=True, eq=False)
class Waves:
    """The determinant of the symbol's channel matrix: a Laurent polynomial, one letter an axis.

    Attributes:
        domain: of the coefficients.
        terms: exponents to coefficient; none is zero.
    """

    domain: Domain
    terms: Mapping[Offset, Element]

    @cached_property
    def lowest(self) -> Offset:
        """The least exponent on each axis."""
        return tuple(map(min, zip(*self.terms, strict=True)))

    @cached_property
    def line(self) -> list[Element]:
        """On one axis: the coefficients from the lowest exponent on, the constant first."""
        (low,), (high,) = self.lowest, map(max, zip(*self.terms, strict=True))
        return [self.terms.get((i,), self.domain.zero) for i in range(low, high + 1)]

    def expression(self, letters: Sequence[sp.Expr]) -> sp.Expr:
        """The Laurent polynomial at letters or numbers."""
        return sp.Add(
            *(
                to_sympy(self.domain, c)
                * prod((z**e for z, e in zip(letters, exponents, strict=True)), start=sp.S.One)
                for exponents, c in self.terms.items()
            )
        )


def waves_of(
    symbol: Mapping[tuple[int, int, Offset], Element], channels: int, domain: Domain
) -> Waves:
    """The determinant over the channels of a rotation-invariant operator's symbol."""
    if channels == 1:
        return Waves(domain, {offset: c for (_, _, offset), c in symbol.items() if c})
    what, most = f"minors of {channels} channels", 2**MOST_CHANNELS
    check("work", 2**channels, what, "take fewer channels, or numbers", most)
    offsets = [offset for _, _, offset in symbol]
    low = tuple(map(min, zip(*offsets, strict=True)))
    ring = PolyRing([f"z{i}" for i in range(len(low))], domain)
    entries = [[ring.zero] * channels for _ in range(channels)]
    for (o, i, offset), c in symbol.items():
        monomial = tuple(e - start for e, start in zip(offset, low, strict=True))
        entries[o][i] = entries[o][i] + ring.from_dict({monomial: c})
    matrix = DomainMatrix(entries, (channels, channels), ring.to_domain())
    last = matrix.charpoly()[-1]
    whole = last if channels % 2 == 0 else -last
    return Waves(
        domain,
        {
            tuple(e + channels * start for e, start in zip(monomial, low, strict=True)): c
            for monomial, c in whole.terms()
        },
    )


# --- one axis: a resultant -----------------------------------------------------------------------


def circular_recurrence(waves: Waves, symbol: sp.Symbol) -> Recurrence:
    r"""The product over the n-th roots of unity, as a sequence in n.

    With the polynomial A = z^p a(z) of degree w, roots \rho and leading coefficient c, it is
    (-1)^{(n-1)p + nw + w} c^n \prod (1 - \rho_i^n): up to sign the resultant of A and z^n - 1.
    Expanded, it is a sum of n-th powers of subset products, 2^w of them.
    """
    line, (low,) = waves.line, waves.lowest
    width, domain = len(line) - 1, waves.domain
    factors = []
    for size in range(width + 1):
        sign = (low + width + size) % 2
        factor = subset_products(line, size, domain)
        degree = len(factor) - 1
        factors.append(tuple(-c if sign and (degree - i) % 2 else c for i, c in enumerate(factor)))

    def terms(total: int) -> list[Element]:
        sums = [Roots(factor, domain) for factor in factors]
        outer = (low + width) % 2
        found = []
        for n in range(1, total + 1):
            value = domain.zero
            for size, roots in enumerate(sums):
                part = roots.power_sum(n)
                value = value - part if (outer + size) % 2 else value + part
            found.append(value)
        return found

    return Recurrence(symbol, domain, tuple(factors), 1, terms)


# --- several axes: products over the frequencies -------------------------------------------------


def frequency_product(waves: Waves, sizes: Sequence[int]) -> Element:
    """The product of a Laurent polynomial over all tuples of roots of unity, exactly.

    Where the coefficients are rational: modulo primes p = 1 (mod sizes), in whose fields the roots
    of unity are numbers, until the Chinese remainder theorem leaves one integer.

    Raises:
        BudgetError: the image is too large.
    """
    domain, pixels = waves.domain, prod(sizes)
    scale = int(sp.ilcm(1, *(int(domain.denom(c)) for c in waves.terms.values())))
    whole: dict[Offset, int] = {}
    for exponents, c in waves.terms.items():
        key = tuple(e % n for e, n in zip(exponents, sizes, strict=True))
        whole[key] = whole.get(key, 0) + int(domain.numer(c)) * (scale // int(domain.denom(c)))
    bound = 2 * sum(map(abs, whole.values())) ** pixels + 1
    step = lcm(*sizes)
    primes = _primes(step)
    budget = Budget("the product over the frequencies", "take a smaller image")
    residues: list[int] = []
    moduli: list[int] = []
    reached = 1
    while reached <= bound:
        prime = next(primes)
        budget.spend(pixels * (len(whole) + len(sizes)))
        residues.append(_product_modulo(whole, sizes, prime))
        moduli.append(prime)
        reached *= prime
    value = int(crt(moduli, residues, symmetric=True, check=False)[0])
    return domain.convert(value if scale == 1 else QQ(value, scale**pixels))


def _primes(step: int) -> Iterator[int]:
    """Large primes that are 1 modulo a number."""
    start = LARGEST_PRIME // step
    return (p for k in count() if isprime(p := (start - k) * step + 1))


def _product_modulo(terms: Mapping[Offset, int], sizes: Sequence[int], prime: int) -> int:
    generator = _generator(prime, lcm(*sizes))
    order = lcm(*sizes)
    powers = [pow(generator, i, prime) for i in range(order)]
    steps = [order // n for n in sizes]
    flat = [(tuple(e * s for e, s in zip(t, steps, strict=True)), c) for t, c in terms.items()]
    total = 1
    for frequency in product(*map(range, sizes)):
        value = sum(
            c * powers[sum(e * f for e, f in zip(exponents, frequency, strict=True)) % order]
            for exponents, c in flat
        )
        total = total * value % prime
    return total


def _generator(prime: int, order: int) -> int:
    """An element of exactly this order modulo a prime."""
    divisors = list(sp.primefactors(order))
    for base in count(2):
        found = pow(base, (prime - 1) // order, prime)
        if all(pow(found, order // q, prime) != 1 for q in divisors):
            return found
    raise AssertionError("every order that divides p - 1 has an element")
