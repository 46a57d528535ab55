"""Coefficients of operators: elements of a SymPy domain, chosen by what the kernel holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import sympy as sp
from sympy.polys.constructor import construct_domain
from sympy.polys.domains import EXRAW
from sympy.polys.domains.domain import Domain

from symconv.algebra.expressions import terms_of
from symconv.errors import SymconvError

# Exponent tuples are as long as there are generators: beyond this, expression trees are quicker.
MOST_GENERATORS = 150
# A number that is not zero shows it in so many digits, nearly always.
PRECISION = 40
NEGLIGIBLE = sp.Float("1e-20")

Element = Any


def from_exprs(exprs: Sequence[sp.Expr]) -> tuple[Domain, list[Element]]:
    """The smallest domain that holds the expressions, and their elements there.

    >>> from_exprs([sp.Integer(1), sp.Rational(1, 2)])[0]
    QQ
    """
    if len(set().union(*(e.free_symbols for e in exprs))) > MOST_GENERATORS:
        return EXRAW, list(exprs)
    domain, elements = construct_domain(exprs, extension=True)
    return domain, elements


def to_sympy(domain: Domain, element: Element) -> sp.Expr:
    """An element as a SymPy expression."""
    terms = terms_of(domain)
    if terms is not None:
        return terms.total(element)
    expr = domain.to_sympy(element)
    return sp.expand(expr) if domain.is_FractionField else expr


def free_symbols(domain: Domain, elements: Iterable[Element]) -> set[sp.Symbol]:
    """The symbols that elements depend on; of polynomials, read off the exponents.

    >>> sorted(map(str, free_symbols(*from_exprs(sp.symbols("a b")))))
    ['a', 'b']
    """
    if not domain.is_PolynomialRing or not domain.domain.is_Numerical:
        exprs = map(domain.to_sympy, elements)
        return set().union(*(expr.free_symbols for expr in exprs))
    symbols = dict(enumerate(domain.symbols))
    found: set[sp.Symbol] = set()
    for monomial in (monomial for element in elements for monomial in element):
        used = [index for index in symbols if monomial[index]]
        found.update(*(symbols.pop(index).free_symbols for index in used))
        if not symbols:
            break
    return found


def total(domain: Domain, elements: Iterable[Element]) -> Element:
    """The sum of many elements, polynomials in one pass."""
    if not domain.is_PolynomialRing:
        return domain.sum(elements)
    elements = list(elements)
    found = domain.ring.zero
    for element in elements:
        found.update(element)
    # Mostly no monomial comes twice: putting dictionaries together hashes none of them again.
    if len(found) != sum(map(len, elements)):
        found.clear()
        for element in elements:
            for monomial, coefficient in element.items():
                found[monomial] = found.get(monomial, 0) + coefficient
        found.strip_zero()
    return found


def dot(domain: Domain, pairs: Sequence[tuple[Element, Element]]) -> Element:
    """The sum of the products of pairs, polynomials in one pass."""
    if not domain.is_PolynomialRing:
        return domain.sum([a * b for a, b in pairs])
    ring = domain.ring
    found, multiply = ring.zero, ring.monomial_mul
    for a, b in pairs:
        for one, x in a.items():
            for other, y in b.items():
                monomial = multiply(one, other)
                found[monomial] = found.get(monomial, 0) + x * y
    found.strip_zero()
    return found


def fingerprint(domain: Domain) -> Callable[[Element], Any] | None:
    """A linear function from a domain's polynomials to numbers; None where none is known.

    Equal polynomials have equal numbers, and a sum has the sum of them.
    """
    if not domain.is_PolynomialRing or not (domain.domain.is_ZZ or domain.domain.is_QQ):
        return None
    return lambda element: sum([c * hash(monomial) for monomial, c in element.items()])


def cannot_cancel(domain: Domain, elements: Iterable[Element]) -> bool:
    """Whether no sum of some of them is zero for the reason that all numbers in them are positive.

    >>> a, b = sp.symbols("a b")
    >>> cannot_cancel(*from_exprs([a + b, 2 * b])), cannot_cancel(*from_exprs([a, -b]))
    (True, False)
    """
    if domain.is_ZZ or domain.is_QQ:
        return all(element > 0 for element in elements)
    if domain.is_PolynomialRing and (domain.domain.is_ZZ or domain.domain.is_QQ):
        return all(c > 0 for element in elements for c in element.values())
    return domain.is_EXRAW and all(element.is_Symbol for element in elements)


def is_zero(domain: Domain, element: Element) -> bool:
    """Whether an element is known to be zero as a function of its symbols."""
    if element and (domain.is_EX or domain.is_EXRAW):
        return vanishes(domain.to_sympy(element)) is True
    return not element


def vanishes(expr: sp.Expr) -> bool | None:
    """Whether an expression is zero as a function of its symbols; None where SymPy cannot say.

    >>> x = sp.Symbol("x")
    >>> vanishes(sp.sqrt(2) * sp.sqrt(3) - sp.sqrt(6)), vanishes((x + 1) ** 2 - x**2 - 2 * x)
    (True, False)
    """
    if expr.is_number and abs(sp.N(expr, PRECISION)) > NEGLIGIBLE:
        return False
    expanded = sp.expand(expr)
    decided: bool | None = True if expanded == 0 else expanded.equals(0)
    return decided


def surely_vanishes(expr: sp.Expr) -> bool:
    """The same, decided.

    Raises:
        SymconvError: SymPy cannot decide.
    """
    decided = vanishes(expr)
    if decided is None:
        raise SymconvError(f"SymPy cannot decide whether {expr} is zero")
    return decided


def unify(one: Domain, other: Domain) -> Domain:
    """The smallest domain that holds both."""
    if one == other:
        return one
    domain = one.unify(other)
    if domain.is_Composite and len(domain.symbols) > MOST_GENERATORS:
        return EXRAW
    return domain


def convert(elements: Iterable[Element], old: Domain, new: Domain) -> Iterable[Element]:
    """Elements of one domain as elements of a larger one."""
    if old == new:
        return elements
    if new.is_EXRAW:
        return (old.to_sympy(element) for element in elements)
    return (new.convert_from(element, old) for element in elements)
