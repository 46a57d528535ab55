"""Where the roots of a polynomial lie beside the unit circle: exact counts, no rounding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sympy as sp

Z = sp.Dummy("z")


@dataclass(frozen=True)
class RootCounts:
    """How many roots lie inside, on and outside the unit circle, with multiplicity.

    Attributes:
        inside, on, outside: numbers of roots.
        order: the largest multiplicity of a root on the circle, 0 where there is none.
    """

    inside: int
    on: int
    outside: int
    order: int


def root_counts(polynomial: sp.Poly) -> RootCounts:
    """Count the roots of a polynomial with rational coefficients, none of them zero.

    >>> root_counts(sp.Poly((Z - 2) * (Z - 1) ** 2 * (3 * Z - 1), Z))
    RootCounts(inside=1, on=2, outside=1, order=2)
    """
    inside = on = order = 0
    for factor, multiplicity in polynomial.sqf_list()[1]:
        within, upon = _simple_counts(factor)
        inside += multiplicity * within
        on += multiplicity * upon
        order = max(order, multiplicity if upon else 0)
    return RootCounts(inside, on, polynomial.degree() - inside - on, order)


def _simple_counts(factor: sp.Poly) -> tuple[int, int]:
    """(inside, on) for a polynomial with simple roots."""
    paired = sp.gcd(factor, _reversed(factor))
    alone = sp.quo(factor, paired)
    on = sum(_on_circle(paired))
    return (paired.degree() - on) // 2 + _inside(alone), on


def _reversed(polynomial: sp.Poly) -> sp.Poly:
    return sp.Poly(polynomial.all_coeffs()[::-1], *polynomial.gens)


def _on_circle(paired: sp.Poly) -> Iterator[int]:
    """Numbers of roots on the circle of a polynomial whose roots are ρ and 1/ρ."""
    for end in (1, -1):
        if paired.eval(end) == 0:
            yield 1
            paired = sp.quo(paired, sp.Poly(paired.gen - end, paired.gen))
    if paired.degree() > 0:
        yield 2 * in_pairs(paired).count_roots(-2, 2)


def in_pairs(paired: sp.Poly) -> sp.Poly:
    """A self-reciprocal polynomial of degree 2e over z^e, in u = z + 1/z."""
    coefficients = paired.all_coeffs()
    half = len(coefficients) // 2
    u = paired.gen
    powers = [2 * sp.chebyshevt(k, u / 2) for k in range(half + 1)]
    terms = [c * power for c, power in zip(coefficients[half + 1 :], powers[1:], strict=True)]
    return sp.Poly(sp.expand(coefficients[half] + sp.Add(*terms)), u)


def _inside(polynomial: sp.Poly) -> int:
    """Roots inside the circle, none on it: with z = (1 + w)/(1 - w) those with Re w < 0."""
    degree = polynomial.degree()
    if degree == 0:
        return 0
    w = polynomial.gen
    coefficients = polynomial.all_coeffs()[::-1]
    moved = sum(c * (1 + w) ** k * (1 - w) ** (degree - k) for k, c in enumerate(coefficients))
    plane = sp.Poly(sp.expand(moved), w)
    leading, *others = plane.all_coeffs()
    reach = 2 + sp.ceiling(max(abs(c / leading) for c in others))
    return int(plane.count_roots(-reach - reach * sp.I, reach * sp.I))
