"""Polynomials with rational coefficients as tables of numbers, evaluated all at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod

import sympy as sp
from sympy.polys.domains.domain import Domain

from symconv._arrays import Array, Places, np
from symconv.algebra.coefficients import Element
from symconv.numeric.numbers import Point, exact

# A number times symbols, some of them several times: one term of a polynomial.
Term = tuple[int | Fraction, tuple[int, ...]]

# Sums of products are rounded; what is below is certainly below 2**63, and below 2**53.
SURELY_INT64, SURELY_EXACT = 2.0**62, 2.0**52
MOST_FACTORS = 16
# So many kernels stay in the cache with their monomials, and from so many on a sum is worth a step.
CHUNK, WIDE = 2**12, 64


@dataclass(frozen=True)
class Polynomials:
    """Many polynomials in the same symbols.

    Attributes:
        symbols: the symbols that occur, to whose values ``factors`` refers.
        coefficients: the number of every term, of the first polynomial first.
        starts: where the terms of each polynomial begin.
        monomials: which monomial stands in each term.
        factors: (monomials, degree) numbers of the symbols of each; the last number is a one.
    """

    symbols: tuple[sp.Symbol, ...]
    coefficients: tuple[int | Fraction, ...]
    starts: Places
    monomials: Places
    factors: Places

    @property
    def are_positive(self) -> bool:
        """Whether no coefficient is negative: then no sum of these polynomials cancels."""
        return all(c > 0 for c in self.coefficients)

    def at(self, point: Point) -> Array | None:
        """(polynomials, *batch) values where each symbol is an array; the shapes broadcast.

        None where the numbers are of several kinds, or might leave int64.
        """
        spread = np.broadcast_arrays(*(point[symbol] for symbol in self.symbols))
        kinds = {array.dtype.kind for array in spread}
        if kinds == {"i"}:
            return self._integers(spread)
        return self._summed(_with_one(spread), self._floats) if kinds <= {"f", "c"} else None

    @property
    def _floats(self) -> Array:
        return np.array([float(c) for c in self.coefficients])

    def _integers(self, arrays: Sequence[Array]) -> Array | None:
        if not all(isinstance(c, int) for c in self.coefficients):
            return None
        largest = [np.abs(array.astype(float)).max(initial=0) for array in arrays]
        bound = self._summed(_with_one(np.array(largest)), np.abs(self._floats)).max(initial=0)
        if bound < SURELY_EXACT:  # every sum on the way is an integer that a float holds
            floats = [array.astype(float) for array in arrays]
            return self._summed(_with_one(floats), self._floats).astype(np.int64)
        if bound < SURELY_INT64:
            return self._summed(_with_one(arrays), np.array(self.coefficients, dtype=np.int64))
        return None

    def _summed(self, values: Array, coefficients: Array) -> Array:
        batch = values.shape[1:]
        flat = values.reshape(len(values), prod(batch))
        found = np.empty((len(self.starts), flat.shape[1]), np.result_type(values, coefficients))
        add = self._add_alone if flat.shape[1] < WIDE else self._add_term_by_term
        for first in range(0, flat.shape[1], CHUNK):
            part = slice(first, first + CHUNK)
            add(self._products(flat[:, part]), coefficients, found[:, part])
        return found.reshape(len(found), *batch)

    def _add_alone(self, products: Array, coefficients: Array, found: Array) -> None:
        """All sums at once, for few kernels."""
        terms = coefficients[:, None] * products[self.monomials]
        np.add.reduceat(terms, self.starts, axis=0, out=found)

    def _add_term_by_term(self, products: Array, coefficients: Array, found: Array) -> None:
        """One sum after another, each for many kernels."""
        terms = list(zip(coefficients, self.monomials.tolist(), strict=True))
        ends = [*self.starts[1:].tolist(), len(terms)]
        for row, first, end in zip(found, self.starts.tolist(), ends, strict=True):
            for number, (coefficient, monomial) in enumerate(terms[first:end]):
                one = products[monomial]
                term = one if coefficient == 1 else coefficient * one
                np.add(row, term, out=row) if number else np.copyto(row, term)

    def _products(self, values: Array) -> Array:
        """The monomials at the values."""
        first, *others = self.factors.T
        products: Array = values[first]
        for factor in others:
            products *= values[factor]
        return products


def _with_one(arrays: Sequence[Array] | Array) -> Array:
    """The values of the symbols, and a one after them."""
    return np.stack([*arrays, np.ones_like(arrays[0])])


def polynomials(domain: Domain, elements: Sequence[Element]) -> Polynomials | None:
    """The tables of elements of a domain; None where one is no polynomial over the rationals.

    >>> from symconv.algebra.coefficients import from_exprs
    >>> a, b = sp.symbols("a b")
    >>> table = polynomials(*from_exprs([a * b + 2 * b, 3 * a**2]))
    >>> table.at({a: np.array(2), b: np.array([10, 20])})
    array([[40, 80],
           [12, 12]])
    """
    ring = domain.is_PolynomialRing and (domain.domain.is_ZZ or domain.domain.is_QQ)
    if not elements or not (ring or domain.is_EXRAW):
        return None
    if ring:
        symbols = domain.symbols
        found: list[list[Term] | None] = [_terms_of_element(element) for element in elements]
    else:
        symbols = tuple(set().union(*(e.free_symbols for e in elements)))
        numbers = {symbol: number for number, symbol in enumerate(symbols)}
        found = [_terms_of_expression(element, numbers) for element in elements]
    listed = [terms for terms in found if terms is not None]
    if len(listed) < len(found) or not all(s.is_Symbol for s in symbols):
        return None
    return _tables(symbols, [terms or [(0, ())] for terms in listed])


def _tables(symbols: Sequence[sp.Symbol], elements: list[list[Term]]) -> Polynomials | None:
    terms = [term for element in elements for term in element]
    known: dict[tuple[int, ...], int] = {}
    monomials = [known.setdefault(factors, len(known)) for _, factors in terms]
    degree = max(1, *map(len, known))
    if degree > MOST_FACTORS:
        return None
    if not any(known):
        return None
    used = {g: number for number, g in enumerate(sorted(set().union(*known)))}
    padded = [
        [*(used[g] for g in factors), *[len(used)] * (degree - len(factors))] for factors in known
    ]
    counts = [0, *(len(element) for element in elements)]
    return Polynomials(
        tuple(symbols[g] for g in used), tuple(c for c, _ in terms), np.cumsum(counts)[:-1],
        np.array(monomials), np.array(padded),
    )  # fmt: skip


def _terms_of_element(element: Element) -> list[Term]:
    return [
        (exact(c), tuple(g for g, e in enumerate(exponents) if e for _ in range(e)))
        for exponents, c in element.items()
    ]


def _terms_of_expression(expr: sp.Expr, numbers: dict[sp.Symbol, int]) -> list[Term] | None:
    terms = [_monomial(part, numbers) for part in sp.Add.make_args(expr)]
    return None if None in terms else [term for term in terms if term is not None]


def _monomial(expr: sp.Expr, numbers: dict[sp.Symbol, int]) -> Term | None:
    if expr in numbers:
        return 1, (numbers[expr],)
    coefficient: int | Fraction = 1
    factors: list[int] = []
    for part in sp.Mul.make_args(expr):
        base, exponent = part.as_base_exp()
        if part.is_Rational:
            coefficient *= Fraction(int(part.p), int(part.q))
        elif base in numbers and exponent.is_Integer and 0 < exponent <= MOST_FACTORS:
            factors += [numbers[base]] * int(exponent)
        else:
            return None
    return exact(coefficient), tuple(sorted(factors))
