r"""Rectangular Schur polynomials, which the determinants of Toeplitz bands are.

With \rho_1, …, \rho_w the roots of the symbol a_0 + a_1 z + … + a_w z^w, and a band of q diagonals
above the main one, the determinant of N rows is (-1)^{qN} a_w^N s_{(N^q)}(\rho); this is Jacobi and
Trudi's formula. A matrix C C^T has the roots of K and their inverses.
"""

from __future__ import annotations

from itertools import combinations
from math import prod
from typing import Any

import sympy as sp

from symconv.typesetting.typesetter import typesetter


class RectangularSchur(sp.Function):  # type: ignore[misc]
    r"""The Schur polynomial s_{(m^c)}(y_1, …, y_N) of the rectangle of c rows of length m.

    A polynomial in the variables for every integer m >= 0, also where variables are equal.

    >>> x, y = sp.symbols("x y")
    >>> RectangularSchur(2, 1, x, y).doit()
    x**2 + x*y + y**2
    """

    @classmethod
    def eval(cls, width: sp.Expr, height: sp.Expr, *variables: sp.Expr) -> sp.Expr | None:
        if height == 0:
            return sp.S.One
        if height == len(variables):
            return prod(variables) ** width
        return None

    def doit(self, **hints: Any) -> sp.Expr:
        """The polynomial, where the width is a number: Jacobi and Trudi's determinant."""
        width, height, *variables = self.args
        if not (width.is_Integer and width.is_nonnegative):
            return self
        m, c = int(width), int(height)
        h = _complete(m + c - 1, variables)
        rows = [[h[m - i + j] if m - i + j >= 0 else 0 for j in range(c)] for i in range(c)]
        return sp.expand(sp.Matrix(rows).det(method="berkowitz"))

    def bialternant(self) -> sp.Expr:
        r"""The quotient of two alternants, expanded by Laplace, for variables that differ.

        \sum_{|S| = c} \prod_{i \in S} y_i^m \prod_{i \in S, j \notin S} y_i / (y_i - y_j)

        >>> m, x, y = sp.symbols("m x y")
        >>> RectangularSchur(m, 1, x, y).bialternant()
        x*x**m/(x - y) + y*y**m/(-x + y)
        """
        width, height, *variables = self.args
        terms = []
        for chosen in combinations(range(len(variables)), int(height)):
            others = [j for j in range(len(variables)) if j not in chosen]
            gaps = [variables[i] / (variables[i] - variables[j]) for i in chosen for j in others]
            terms.append(prod((variables[i] ** width for i in chosen), start=sp.S.One) * prod(gaps))
        return sp.Add(*terms)

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        width, height, *variables = (typesetter(printer)._print(arg) for arg in self.args)
        power = "" if exp is None else f"^{{{exp}}}"
        base = width if self.args[0].is_Atom else rf"({width})"
        shape = width if self.args[1] == 1 else f"{base}^{{{height}}}"
        return rf"s{power}_{{\left({shape}\right)}}\left({', '.join(variables)}\right)"


def _complete(last: int, variables: list[sp.Expr]) -> list[sp.Expr]:
    """The complete homogeneous polynomials h_0, …, h_last."""
    h = [sp.S.One] + [sp.S.Zero] * last
    for y in variables:
        for k in range(1, last + 1):
            h[k] = sp.expand(h[k] + y * h[k - 1])
    return h
