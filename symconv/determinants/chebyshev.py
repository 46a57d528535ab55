r"""The determinant of C C^T as a product of two determinants of Chebyshev polynomials.

With u = z + 1/z the symbol r_0 + \sum_\delta r_\delta (z^\delta + z^{-\delta}) is a polynomial A(u)
of degree b. The matrix is centrosymmetric; its symmetric and its skew half have determinants that
are b x b alternants of Chebyshev polynomials at the roots of A. An alternant over Vandermonde's
determinant is the determinant of remainders modulo A, so no root is needed and double roots do no
harm. Source: Ciucu and Krattenthaler 2008, arXiv:0812.1251, for the factorisation of the Schur
polynomials.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp
from sympy.polys.domains.domain import Domain
from sympy.polys.matrices import DomainMatrix
from sympy.printing.precedence import PRECEDENCE

from symconv.algebra.coefficients import Element, to_sympy
from symconv.determinants.work_budget import Budget
from symconv.typesetting.displays import aligned_lines
from symconv.typesetting.free_letters import free_letters
from symconv.typesetting.notebook import notebook_latex
from symconv.typesetting.typesetter import Typesetter, typesetter

ATOM = PRECEDENCE["Atom"]

Remainder = list[Element]  # the constant first


@dataclass(frozen=True, eq=False)
class ChebyshevForm:
    """The determinant of the symmetric Toeplitz band r_|i-j| as a product of two determinants.

    Attributes:
        r: r_0, …, r_b, in ``domain``; r_b is not zero.
        domain: a field.
    """

    r: tuple[Element, ...]
    domain: Domain

    def at(self, rows: int) -> tuple[sp.Expr, sp.Expr]:
        """The determinants of the symmetric and of the skew half, for so many rows."""
        symmetric, skew = halves(self.r, rows, self.domain)
        return to_sympy(self.domain, symmetric), to_sympy(self.domain, skew)

    @property
    def symbol(self) -> sp.Poly:
        """A(u), the symbol as a polynomial in u = z + 1/z."""
        u = sp.Symbol(free_letters(self._lags).name("u"))
        terms = [self.r[-1] * c for c in reversed(_in_u(self.r, self.domain))]
        return sp.Poly([to_sympy(self.domain, c) for c in terms], u)

    @property
    def _lags(self) -> list[sp.Expr]:
        return [to_sympy(self.domain, value) for value in self.r]

    def _latex(self, printer: Any) -> str:
        return self.latex(typesetter(printer, self))

    def latex(self, printer: Typesetter) -> str:
        """Both parities of the number of rows, and what the letters mean."""
        letters = free_letters(self._lags, printer)
        u, ell, i, j = (letters[letter] for letter in ("u", "l", "i", "j"))
        b, last = len(self.r) - 1, printer.parenthesize(self._lags[-1], ATOM, True)

        def quotient(name: str, top: str) -> str:
            above = rf"\det\left[{letters[name]}_{{{top} - {j}}}({u}_{{{i}}})\right]"
            below = rf"\det\left[{u}_{{{i}}}^{{{b} - {j}}}\right]"
            return rf"\frac{{{above}}}{{{below}}}"

        even, odd = f"{ell} + {b}", f"{ell} + {b + 1}"
        halves_of = {
            "even": f"{quotient('V', even)} {quotient('W', even)}",
            "odd": f"{quotient('T', odd)} {quotient('U', even)}",
        }
        sign = "-" if b % 2 else ""
        symbol = printer._print(self.symbol.as_expr())
        recursion = ", ".join(
            rf"{letters[name]}_0 = {first},\; {letters[name]}_1 = {second}"
            for name, first, second in (
                ("T", "2", u),
                ("U", "1", u),
                ("V", "1", f"{u} - 1"),
                ("W", "1", f"{u} + 1"),
            )
        )
        name = letters["D"]
        return str(
            aligned_lines(
                [
                    rf"{name}_{{2{ell}}} &= {last}^{{2{ell}}} {halves_of['even']}",
                    rf"{name}_{{2{ell}+1}} &= {sign}{last}^{{2{ell}+1}} {halves_of['odd']}",
                    rf"0 &= {symbol} \quad \text{{at }} {u} = {u}_1, \dots, {u}_{{{b}}}",
                    rf"P_{{{j}+1}} &= {u} P_{{{j}}} - P_{{{j}-1}}, \quad {recursion}",
                ],
                "[1ex]",
            )
        )

    def _repr_latex_(self) -> str | None:
        return notebook_latex(self.latex(typesetter(None, self)))


def halves(r: Sequence[Element], rows: int, domain: Domain) -> tuple[Element, Element]:
    """The determinants of the symmetric and of the skew half of the Toeplitz matrix r_|i-j|.

    Args:
        r: r_0, …, r_b; r_b is not zero, and ``domain`` is a field.
        rows: rows of the matrix.

    >>> from sympy import QQ
    >>> halves([QQ(13), QQ(6)], 2, QQ)  # [[13, 6], [6, 13]]
    (19, 7)
    """
    modulus = _in_u(r, domain)
    half, odd = divmod(rows, 2)
    symmetric = _alternant(modulus, half + odd, "T" if odd else "V", domain)
    skew = _alternant(modulus, half, "U" if odd else "W", domain)
    scale = r[-1] if (len(r) - 1) % 2 == 0 else -r[-1]
    return symmetric * scale ** (half + odd), skew * scale**half


def _in_u(r: Sequence[Element], domain: Domain) -> Remainder:
    """The monic polynomial A(u)/r_b."""
    before: Remainder = [domain.convert(2)]
    current: Remainder = [domain.zero, domain.one]
    total = [r[0], *[domain.zero] * (len(r) - 1)]
    for value in r[1:]:
        for i, c in enumerate(current):
            total[i] = total[i] + value * c
        shifted = [domain.zero, *current]
        padded = [*before, *[domain.zero] * (len(shifted) - len(before))]
        before, current = current, [a - b for a, b in zip(shifted, padded, strict=True)]
    return [c / r[-1] for c in total]


def _alternant(modulus: Remainder, top: int, kind: str, domain: Domain) -> Element:
    """det[P_{top + b - j}(u_i)] / det[u_i^{b - j}], from the remainders of the P modulo A."""
    b = len(modulus) - 1
    if b == 0:
        return domain.one
    budget = Budget("Chebyshev polynomials of so many rows", "use modulo() or log_magnitude()")
    u = _times_u([domain.one], modulus, domain)
    unit = [domain.one, *[domain.zero] * (b - 1)]
    second = {"V": -1, "W": 1, "U": 0, "T": 0}[kind]
    before = [c + c for c in unit] if kind == "T" else unit
    current = [c + unit[i] * domain.convert(second) for i, c in enumerate(u)]
    found = [before, current]
    for k in range(top + b - 2):
        budget.spend(b * (1 + k // 500))
        following = _times_u(found[-1], modulus, domain)
        found = [*found[-b:], [a - c for a, c in zip(following, found[-2], strict=True)]]
    rows = [row[::-1] for row in ([found[0]] if top + b == 1 else found[-b:])[::-1]]
    return DomainMatrix(rows, (b, b), domain).det()


def _times_u(polynomial: Remainder, modulus: Remainder, domain: Domain) -> Remainder:
    """u times a polynomial, modulo a monic one."""
    b = len(modulus) - 1
    padded = [*polynomial, *[domain.zero] * (b - len(polynomial))]
    top = padded[-1]
    shifted = [domain.zero, *padded[:-1]]
    return [c - top * m for c, m in zip(shifted, modulus[:-1], strict=True)]
