"""Polynomial equations: split into cases, then solved exactly or left as families."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from math import prod
from typing import Any

import sympy as sp
from sympy.polys.orderings import lex
from sympy.polys.rings import PolyRing

from symconv.algebra.coefficients import vanishes
from symconv.analysis.exact_roots import exact_roots, tidied
from symconv.analysis.solutions import Family, Solutions
from symconv.work_limits import check

# Characters across that kernels side by side may take.
MOST_ACROSS = 80
# The product of degrees, times unknowns, of what takes some seconds.
MOST_GROEBNER = 600
Polynomial = Any  # PolyElement, which SymPy does not type
Assignment = tuple[int, Polynomial]


def solve_polynomials(equations: Sequence[sp.Expr], unknowns: Sequence[sp.Symbol]) -> Solutions:
    """All solutions over the complex numbers, the real ones apart.

    Products are split into cases, a case of finitely many solutions is solved through its
    lexicographic Gröbner basis, in radicals where there are such and as ``CRootOf`` elsewhere.

    Args:
        equations: polynomials with rational coefficients that must vanish.
        unknowns: their symbols.

    >>> x, y = sp.symbols("x y")
    >>> print(solve_polynomials([x**2 + y**2 - 1, x * y], [x, y]))
    4 real solutions, 0 complex ones, 0 families
    x = -1, y = 0
    x = 0, y = -1
    x = 0, y = 1
    x = 1, y = 0
    """
    ring = PolyRing(list(unknowns), sp.QQ, lex)
    polynomials = [ring.from_expr(sp.expand(e)) for e in equations]
    found: dict[tuple[sp.Expr, ...], bool] = {}
    families: list[Family] = []
    for case in _with_real_parts(_Case(ring, tuple(polynomials))):
        if case.dimension:
            families.append(case.family())
        else:
            found.update(case.points())
    order = sorted(found, key=lambda point: [sp.default_sort_key(v) for v in point])
    order.sort(key=lambda point: [float(sp.re(v)) for v in point])
    points = [(dict(zip(unknowns, point, strict=True)), found[point]) for point in order]
    points = [
        (at, real)
        for at, real in points
        if not any(family.holds(at) for family in families if family.real or not real)
    ]
    return Solutions(
        tuple(values for values, real in points if real),
        tuple(values for values, real in points if not real),
        tuple(families),
    )


# --- cases -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Case:
    """Equations, unknowns that are eliminated already, and unknowns that are not zero."""

    ring: PolyRing
    equations: tuple[Polynomial, ...]
    eliminated: tuple[Assignment, ...] = ()
    nonzero: frozenset[int] = frozenset()

    def instead(self, of: Polynomial, equation: Polynomial, nonzero: Sequence[int] = ()) -> _Case:
        """The case with one equation in the place of another, and more unknowns not zero."""
        others = (e for e in self.equations if e != of)
        return _Case(
            self.ring,
            (*others, equation),
            self.eliminated,
            self.nonzero | frozenset(nonzero),
        )

    def eliminate(self, unknown: int, value: Polynomial) -> _Case:
        """The case with an unknown replaced by a polynomial in the others."""
        generator = self.ring.gens[unknown]
        return _Case(
            self.ring,
            tuple(e.compose(generator, value) for e in self.equations),
            (*self.eliminated, (unknown, value)),
            self.nonzero,
        )

    def basis(self) -> _Case:
        """The case with the reduced Gröbner basis of its equations.

        Raises:
            BudgetError: there are too many of them, of too many unknowns.
        """
        equations = [e.as_expr() for e in self.equations]
        gens = [self.ring.symbols[i] for i in self.free]
        degrees = [max(map(sum, e.monoms()), default=1) for e in self.equations]
        work = prod(degrees) * len(gens)
        what = f"{work} units of a Gröbner basis, degrees times {len(gens)} unknowns,"
        check(
            "work", work, what, "give taps numbers with subs(), or take fewer taps", MOST_GROEBNER
        )
        groebner = sp.groebner(equations, *gens, order="grevlex", domain=sp.QQ)
        if groebner.is_zero_dimensional:
            groebner = groebner.fglm("lex")
        polynomials = tuple(self.ring.from_expr(e).monic() for e in groebner.exprs)
        return _Case(self.ring, polynomials, self.eliminated, self.nonzero)

    @cached_property
    def free(self) -> list[int]:
        """The unknowns that are not eliminated."""
        gone = {unknown for unknown, _ in self.eliminated}
        return [i for i in range(self.ring.ngens) if i not in gone]

    @cached_property
    def dimension(self) -> int:
        """The largest number of unknowns that no leading monomial binds (of a Gröbner basis)."""
        gens = [self.ring.symbols[i] for i in self.free]
        if not self.equations or not gens:
            return len(gens)
        basis = sp.groebner([e.as_expr() for e in self.equations], *gens, order="grevlex")
        leading = [
            frozenset(i for i, e in enumerate(p.monoms(basis.order)[0]) if e) for p in basis.polys
        ]
        for size in range(len(gens), -1, -1):
            for chosen in combinations(range(len(gens)), size):
                if not any(support <= set(chosen) for support in leading):
                    return size
        return 0

    def family(self) -> Family:
        """The case as it stands, for infinitely many solutions."""
        symbols = self.ring.symbols
        values = {symbols[i]: value.as_expr() for i, value in self.resolved()}
        equations = tuple(e.as_expr() for e in self.equations)
        return Family(values, equations, self.dimension, self.real_part() is None)

    def real_part(self) -> _Case | None:
        """The case of the real solutions where a sum of squares decides them; else None."""
        for equation in self.equations:
            terms = equation.monic().terms()
            if all(c > 0 and not any(e % 2 for e in m) for m, c in terms) and len(terms) > 1:
                if any(not any(m) for m, _ in terms):
                    return replace(self, equations=(self.ring.one,))
                if all(sum(e > 0 for e in m) == 1 for m, _ in terms):
                    zeros = [
                        g for g, e in zip(self.ring.gens, equation.degrees(), strict=True) if e
                    ]
                    return replace(self, equations=(*self.equations, *zeros))
        return None

    def resolved(self) -> Iterator[Assignment]:
        """The eliminated unknowns in terms of the free ones, the last eliminated first."""
        known: dict[int, Polynomial] = {}
        for unknown, value in reversed(self.eliminated):
            for other, expression in known.items():
                value = value.compose(self.ring.gens[other], expression)
            known[unknown] = value
        return iter(sorted(known.items()))

    def points(self) -> Iterator[tuple[tuple[sp.Expr, ...], bool]]:
        """The finitely many solutions, and whether each is real."""
        symbols = self.ring.symbols
        for values, real in _triangular([e.as_expr() for e in self.equations], self._order()):
            for i, value in self.resolved():
                values[symbols[i]] = tidied(value.as_expr().subs(values))
            yield tuple(values[s] for s in symbols), real

    def _order(self) -> list[sp.Symbol]:
        return [self.ring.symbols[i] for i in reversed(self.free)]


def _with_real_parts(start: _Case) -> Iterator[_Case]:
    """All cases, and for families that squares bind the cases of their real solutions."""
    for case in _cases(start):
        yield case
        real = case.real_part() if case.dimension else None
        if real is not None:
            yield from _with_real_parts(real)


def _cases(case: _Case) -> Iterator[_Case]:
    """Cases without products: each is a Gröbner basis of irreducible polynomials."""
    simpler = _simplified(case)
    if simpler is None:
        return
    splitting = _split(simpler)
    if splitting is None:
        based = simpler.basis() if simpler.equations else simpler
        simpler = _simplified(based)
        if simpler is None:
            return
        splitting = _split(simpler)
        if splitting is None and set(simpler.equations) == set(based.equations):
            yield simpler
            return
    for part in splitting or [simpler]:
        yield from _cases(part)


def _simplified(case: _Case) -> _Case | None:
    """The case without factors known to be nonzero and linear unknowns; None if contradictory."""
    while True:
        equations = dict.fromkeys(_stripped(e, case.nonzero) for e in case.equations)
        equations.pop(case.ring.zero, None)
        case = _Case(case.ring, tuple(equations), case.eliminated, case.nonzero)
        if any(e.is_ground for e in case.equations):
            return None
        linear = _linear(case)
        if linear is None:
            return case
        unknown, value = linear
        if unknown in case.nonzero and not value:
            return None
        case = case.eliminate(unknown, value)


def _stripped(polynomial: Polynomial, nonzero: frozenset[int]) -> Polynomial:
    """Without the powers of unknowns that are not zero, with leading coefficient one."""
    if not polynomial:
        return polynomial
    least = [min(exponents) for exponents in zip(*polynomial.monoms(), strict=True)]
    divisor = tuple(e if i in nonzero else 0 for i, e in enumerate(least))
    if any(divisor):
        polynomial = polynomial.quo_term((divisor, polynomial.ring.domain.one))
    return polynomial.monic()


def _linear(case: _Case) -> Assignment | None:
    """An unknown that an equation gives as a polynomial in the others, the shortest first."""
    for equation in sorted(case.equations, key=len):
        if len(equation) == 1:
            powers = [i for i, e in enumerate(equation.monoms()[0]) if e]
            if len(powers) == 1:
                return powers[0], case.ring.zero
        for monomial, coefficient in equation.terms():
            if sum(monomial) == 1:
                unknown = monomial.index(1)
                if sum(m[unknown] > 0 for m in equation.monoms()) == 1:
                    generator = case.ring.gens[unknown]
                    return unknown, generator - equation.quo_ground(coefficient)
    return None


def _split(case: _Case) -> list[_Case] | None:
    """Cases by the factors of the equation that has the simplest ones, or None."""
    for equation in sorted(case.equations, key=len):
        least = [min(exponents) for exponents in zip(*equation.monoms(), strict=True)]
        zeros = [i for i, e in enumerate(least) if e]
        if zeros:
            rest = equation.quo_term((tuple(least), case.ring.domain.one))
            parts = [
                case.instead(equation, case.ring.gens[i], zeros[:position])
                for position, i in enumerate(zeros)
            ]
            return parts if rest.is_ground else [*parts, case.instead(equation, rest, zeros)]
    for equation in sorted(case.equations, key=len):
        factors = [factor for factor, _ in equation.factor_list()[1]]
        if len(factors) > 1 or factors[0].monic() != equation.monic():
            return [case.instead(equation, factor) for factor in factors]
    return None


# --- points ----------------------------------------------------------------------------------


def _triangular(
    equations: Sequence[sp.Expr], order: Sequence[sp.Symbol]
) -> Iterator[tuple[dict[sp.Symbol, sp.Expr], bool]]:
    """The points of a lexicographic basis with finitely many, from its last unknown upwards."""
    partial: list[tuple[dict[sp.Symbol, sp.Expr], bool]] = [({}, True)]
    for position, unknown in enumerate(order):
        allowed = set(order[: position + 1])
        here = [e for e in equations if unknown in e.free_symbols and e.free_symbols <= allowed]
        partial = [
            ({**values, unknown: root}, real and is_real)
            for values, real in partial
            for root, is_real in _common_roots(here, unknown, values)
        ]
    yield from partial


def _common_roots(
    equations: Sequence[sp.Expr], unknown: sp.Symbol, values: Mapping[sp.Symbol, sp.Expr]
) -> list[tuple[sp.Expr, bool]]:
    polynomials = [_polynomial(e, unknown, values) for e in equations]
    nonzero = sorted((p for p in polynomials if not p.is_zero), key=lambda p: p.degree())
    if not nonzero:
        return []
    first, *others = nonzero
    return [
        (root, real)
        for root, real in exact_roots(first)
        if all(vanishes(p.as_expr().subs(unknown, root)) for p in others)
    ]


def _polynomial(
    equation: sp.Expr, unknown: sp.Symbol, values: Mapping[sp.Symbol, sp.Expr]
) -> sp.Poly:
    polynomial = sp.Poly(equation, unknown)
    coefficients = [tidied(c.subs(values)) for c in polynomial.all_coeffs()]
    return sp.Poly([0 if vanishes(c) else c for c in coefficients], unknown)
