"""Determinants of circular convolutions at symbolic sizes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod

import sympy as sp

from symconv.algebra.coefficients import to_sympy
from symconv.algebra.sizes import evaluate, to_expr
from symconv.determinants.fixed_size_determinants import ConcreteForm
from symconv.determinants.frequency_products import (
    Waves,
    circular_recurrence,
    frequency_product,
    waves_of,
)
from symconv.determinants.recurrences import Recurrence
from symconv.determinants.structure import rotation_symbol
from symconv.errors import ShapeError, SymconvError
from symconv.operators.operator import Operator
from symconv.spectra.diagonalisation import Diagonalisation, diagonalise
from symconv.typesetting.free_letters import Letters, operator_letters
from symconv.typesetting.typesetter import Typesetter

Sizes = Mapping[sp.Symbol, int]


@dataclass(frozen=True, eq=False)
class CircularForm:
    """The product of the symbol over all frequencies; on one axis a resultant.

    Attributes:
        operator: the matrix.
        waves: the determinant of its symbol over the channels.
    """

    operator: Operator
    waves: Waves

    @property
    def method(self) -> str:
        """How the determinant is known."""
        return "resultant" if self._is_line else "product over the frequencies"

    @property
    def _is_line(self) -> bool:
        return len(self.operator.rows) == 2

    def value(self, sizes: Sizes) -> sp.Expr:
        n = tuple(evaluate(size, sizes) for size in self.operator.rows[1:])
        if any(sizes[s] < first for s, first in self.operator.proven_from.items()):
            return ConcreteForm(self.operator.at(sizes)).expr
        domain = self.waves.domain
        if not self.waves.terms:
            return sp.S.Zero
        if self._is_line:
            return self.recurrence.at(n[0])
        if domain.is_ZZ or domain.is_QQ:
            return to_sympy(domain, frequency_product(self.waves, n))
        return ConcreteForm(self.operator.at(sizes)).expr

    def index(self, sizes: Sizes) -> int:
        return evaluate(self.operator.rows[1], sizes)

    @cached_property
    def recurrence(self) -> Recurrence:
        if not self._is_line:
            raise SymconvError("a recurrence in the size is for one axis; at() is exact")
        rows = self.operator.output_size[0]
        name = self._letters.name("m")
        symbol = rows if isinstance(rows, sp.Symbol) else sp.Symbol(name, integer=True)
        if not self.waves.terms:
            return Recurrence(symbol, self.waves.domain, (), 1, lambda _: [])
        return circular_recurrence(self.waves, symbol)

    @cached_property
    def _letters(self) -> Letters:
        return operator_letters(self.operator)

    @cached_property
    def roots(self) -> tuple[sp.Symbol, ...]:
        r"""Names \rho_1, \rho_2, … of the roots of ``polynomial``, with multiplicity."""
        name = self._letters.name("rho")
        return tuple(sp.Symbol(f"{name}_{{{i + 1}}}") for i in range(len(self.waves.line) - 1))

    @cached_property
    def polynomial(self) -> sp.Poly:
        """On one axis: the polynomial whose roots the expression has."""
        z = sp.Symbol(self._letters.name("z"))
        return sp.Poly([to_sympy(self.waves.domain, c) for c in reversed(self.waves.line)], z)

    @cached_property
    def expr(self) -> sp.Expr:
        if not self.waves.terms:
            return sp.S.Zero
        return self._resultant if self._is_line else self._product

    @property
    def _resultant(self) -> sp.Expr:
        (low,), n = self.waves.lowest, to_expr(self.operator.output_size[0])
        width = len(self.roots)
        first, last = (to_sympy(self.waves.domain, self.waves.line[i]) for i in (0, -1))
        if width == 0:
            return (-1) ** ((n - 1) * (low % 2)) * last**n
        if width == 1:
            return (-1) ** ((n - 1) * (low % 2)) * (first**n - (-last) ** n)
        sign = (-1) ** ((n - 1) * (low % 2) + (n + 1) * (width % 2))
        return sign * last**n * prod(1 - rho**n for rho in self.roots)

    @property
    def _product(self) -> sp.Expr:
        letters = self._letters
        names = [sp.Symbol(f"{letters.name('j')}_{{{i + 1}}}", integer=True)
                 for i in range(len(self.operator.rows) - 1)]  # fmt: skip
        sizes = [to_expr(n) for n in self.operator.output_size]
        waves = [sp.exp(2 * sp.pi * sp.I * j / n) for j, n in zip(names, sizes, strict=True)]
        limits = [(j, 0, n - 1) for j, n in zip(names, sizes, strict=True)]
        return sp.Product(self.waves.expression(waves), *limits)

    def factor(self) -> sp.Expr:
        return self.expr

    def latex(self, printer: Typesetter) -> str:
        shown = str(printer._print(self.expr))
        if not self._is_line or len(self.roots) < 2:
            return shown
        z, where = (printer._print(e) for e in (self.polynomial.gen, self.polynomial.as_expr()))
        rho = printer._print(self.roots[0]).replace("{1}", "{i}")
        last = to_sympy(self.waves.domain, self.waves.line[-1])
        nonzero = rf",\; {printer._print(last)} \neq 0" if last.free_symbols else ""
        return rf"{shown}, \qquad {where} = 0 \text{{ at }} {z} = {rho}{nonzero}"


@dataclass(frozen=True, eq=False)
class TransformForm:
    """The product of the eigenvalues, where a cosine or sine transform diagonalises."""

    operator: Operator
    diagonal: Diagonalisation

    method = "product over the frequencies"

    def value(self, sizes: Sizes) -> sp.Expr:
        return ConcreteForm(self.operator.at(sizes)).expr

    @property
    def expr(self) -> sp.Expr:
        sizes = map(to_expr, self.diagonal.sizes)
        pairs = zip(self.diagonal.indices, sizes, strict=True)
        return sp.Product(self.diagonal.value, *((j, 0, n - 1) for j, n in pairs))

    @property
    def recurrence(self) -> Recurrence:
        raise SymconvError("a recurrence in the size is for one axis; at() is exact")

    def index(self, sizes: Sizes) -> int:
        raise SymconvError("a recurrence in the size is for one axis; at() is exact")

    def factor(self) -> sp.Expr:
        return self.expr

    def latex(self, printer: Typesetter) -> str:
        return str(printer._print(self.expr))


def circular_form(operator: Operator) -> CircularForm | None:
    """The form for an operator that commutes with rotations; None for others."""
    if operator.rows != operator.cols:
        return None
    symbol = rotation_symbol(operator)
    if symbol is None:
        return None
    channels = evaluate(operator.rows[0], {})
    return CircularForm(operator, waves_of(symbol, channels, operator.domain))


def transform_form(operator: Operator) -> TransformForm | None:
    """The form for an operator that a cosine or sine transform diagonalises; None for others."""
    try:
        return TransformForm(operator, diagonalise(operator))
    except ShapeError:
        return None
