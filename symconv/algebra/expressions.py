"""Polynomials as SymPy expressions: each monomial is built once, and sums are put in order at once.

SymPy's own conversion multiplies every monomial out anew and sorts by comparing trees. Here a sum
is sorted by keys that order as ``Basic.compare`` does, so the result is the same expression.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from operator import itemgetter
from typing import Any

import sympy as sp
from sympy.core.basic import ordering_of_classes
from sympy.polys.domains.domain import Domain
from sympy.polys.polyutils import expr_from_dict

# So many terms of a ring are kept.
MOST_KEPT = 200_000
RANKS = {name: rank for rank, name in enumerate(ordering_of_classes)}
_key_of = itemgetter(0)
Term = tuple[Any, sp.Expr]


def has_plain_symbols(domain: Domain) -> bool:
    """Whether a domain is a ring of polynomials in symbols with rational coefficients."""
    return bool(
        domain.is_PolynomialRing
        and (domain.domain.is_ZZ or domain.domain.is_QQ)
        and all(map(is_plain, domain.symbols))
    )


@lru_cache(maxsize=32)
def terms_of(domain: Domain) -> Terms | None:
    """The terms of a domain's polynomials as expressions; None where SymPy has to make them."""
    return Terms(domain) if has_plain_symbols(domain) else None


class Terms(dict[Any, Term]):
    """(monomial, coefficient) to the expression and what it is sorted by."""

    def __init__(self, domain: Domain) -> None:
        super().__init__()
        self.domain = domain

    def __missing__(self, term: tuple[Any, Any]) -> Term:
        if len(self) >= MOST_KEPT:
            self.clear()
        monomial, coefficient = term
        ring = self.domain.ring
        expr = expr_from_dict({monomial: ring.domain.to_sympy(coefficient)}, *ring.symbols)
        self[term] = sort_key(expr), expr
        return self[term]

    def total(self, polynomial: Mapping[Any, Any]) -> sp.Expr:
        """The expression of a polynomial."""
        return sum_of([self[term] for term in polynomial.items()])


def is_plain(expr: sp.Expr) -> bool:
    """Whether an expression is a symbol that commutes."""
    return type(expr) is sp.Symbol and bool(expr.is_commutative)


def is_monomial(expr: sp.Expr) -> bool:
    """Whether an expression is a product of powers of symbols, which may be none."""
    if is_plain(expr) or expr is sp.S.One:
        return True
    if expr.is_Mul:
        return all(map(is_monomial, expr.args))
    return bool(expr.is_Pow and is_plain(expr.base) and expr.exp.is_Integer and expr.exp > 0)


class Pairs(dict[tuple[sp.Symbol, sp.Symbol], Term]):
    """Two symbols to their product and what it is sorted by."""

    def __missing__(self, pair: tuple[sp.Symbol, sp.Symbol]) -> Term:
        if len(self) >= MOST_KEPT:
            self.clear()
        one, other = sorted(pair, key=_content)
        expr = one**2 if one == other else sp.Mul._from_args((one, other), True)
        self[pair] = sort_key(expr), expr
        return self[pair]


_pairs = Pairs()


def sum_of_products(pairs: Iterable[tuple[sp.Symbol, sp.Symbol]]) -> sp.Expr:
    """The sum of products of two symbols each.

    >>> x, y = sp.symbols("x y")
    >>> sum_of_products([(x, y), (y, x), (x, x)])
    x**2 + 2*x*y
    """
    counts = Counter(_pairs[pair] for pair in pairs)
    terms = (term if count == 1 else _multiple(term[1], count) for term, count in counts.items())
    return sum_of([*terms])


def _multiple(expr: sp.Expr, count: int) -> Term:
    expr = count * expr
    return sort_key(expr), expr


def sum_of(terms: list[Term]) -> sp.Expr:
    """The sum of different terms by their keys.

    >>> x, y = sp.symbols("x y")
    >>> sum_of([(sort_key(term), term) for term in (x * y, sp.Integer(2), x)])
    x*y + x + 2
    """
    terms.sort(key=_key_of)
    return sp.Add._from_args([expr for _, expr in terms], True)


def sort_key(expr: sp.Expr) -> tuple[Any, ...]:
    """What a term is sorted by in a sum: numbers first, then as ``Basic.compare`` has it."""
    return () if expr.is_Number else _content(expr)


def _content(expr: sp.Expr) -> tuple[Any, ...]:
    content = expr._hashable_content()
    parts = (_content(part) if isinstance(part, sp.Basic) else part for part in content)
    return RANKS[type(expr).__name__], len(content), *parts
