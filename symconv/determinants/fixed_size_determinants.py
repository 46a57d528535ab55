"""Determinants of operators of a concrete size; of C C^T also in the names r_δ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy as sp
from sympy.polys.domains import ZZ
from sympy.polys.domains.domain import Domain

from symconv.algebra.coefficients import Element, to_sympy
from symconv.algebra.lag_names import lag_symbol
from symconv.algebra.tables import Table
from symconv.determinants.expanded_determinants import (
    MOST_ROWS,
    determinant_factors,
    factored,
    product,
    table_of,
)
from symconv.determinants.frequency_products import frequency_product, waves_of
from symconv.determinants.recurrences import Recurrence
from symconv.determinants.structure import rotation_symbol
from symconv.errors import BudgetError, SymconvError
from symconv.operators.autocorrelation import autocorrelation
from symconv.operators.entries import concrete, pixel
from symconv.operators.geometry import Axis
from symconv.operators.layer import Layer
from symconv.operators.operator import Operator
from symconv.typesetting.displays import aligned_lines
from symconv.typesetting.free_letters import operator_letters
from symconv.typesetting.notebook import notebook_latex
from symconv.typesetting.typesetter import Typesetter, typesetter
from symconv.work_limits import check

Sizes = Mapping[sp.Symbol, int]
MOST_ROWS_ELIMINATED = 200
# Terms that make some hundred pages.
MOST_PRINTED = 5_000


@dataclass(frozen=True, eq=False)
class TwoLevel:
    """A determinant in the names r_δ of the kernel's autocorrelation, and what they stand for.

    Attributes:
        factors: polynomials in the names; their product is the determinant.
        definitions: name to polynomial, or number, in the kernel's entries.
    """

    factors: tuple[sp.Expr, ...]
    definitions: Mapping[sp.Symbol, sp.Expr]

    @property
    def expr(self) -> sp.Expr:
        """The product, not expanded."""
        return sp.Mul(*self.factors)

    def _latex(self, printer: Any) -> str:
        return self.latex(typesetter(printer, self), r"\det")

    def _repr_latex_(self) -> str | None:
        return notebook_latex(self.latex(typesetter(None, self), r"\det"))

    def latex(self, printer: Typesetter, name: str) -> str:
        """The determinant, then the definitions."""
        defined = (
            f"{printer._print(r)} &= {printer._print(e)}" for r, e in self.definitions.items()
        )
        return str(aligned_lines([f"{name} &= {printer._print(self.expr)}", *defined]))


@dataclass(frozen=True, eq=False)
class ConcreteForm:
    """The determinant of an operator of a concrete size."""

    operator: Operator

    @property
    def method(self) -> str:
        """How the determinant is known."""
        if self._is_circular:
            return "product over the frequencies"
        if self.operator.domain.is_Numerical:
            return "fraction-free elimination"
        return "minors in r_δ" if self.two_level is not None else "minors"

    @cached_property
    def _is_circular(self) -> bool:
        return self.operator.shape[0] > MOST_ROWS_ELIMINATED and self._symbol is not None

    @cached_property
    def _symbol(self) -> Mapping[tuple[int, int, tuple[int, ...]], Element] | None:
        op = self.operator
        rational = op.domain.is_ZZ or op.domain.is_QQ
        return rotation_symbol(op) if rational and op.rows == op.cols else None

    @cached_property
    def _table(self) -> Table:
        return table_of(self.operator)

    @cached_property
    def _factors(self) -> list[Element]:
        op = self.operator
        if self._is_circular:
            channels, *size = concrete(op.rows)
            return [frequency_product(waves_of(self._symbol or {}, channels, op.domain), size)]
        return determinant_factors(self._table, op.domain)

    @cached_property
    def expr(self) -> sp.Expr:
        domain = self.operator.domain
        return to_sympy(domain, product(self._factors, domain))

    def value(self, sizes: Sizes) -> sp.Expr:
        return self.expr

    def factor(self) -> sp.Expr:
        """The factors of the halves, each factored; in r_δ see ``two_level``."""
        return sp.Mul(*(factored(f, self.operator.domain) for f in self._factors))

    @cached_property
    def two_level(self) -> TwoLevel | None:
        """The determinant of C C^T in names for the lags; None for other operators."""
        gram = self.operator.gram
        if gram is None or gram[1] != "rows":
            return None
        layer = gram[0].as_layer()
        if (
            layer is None
            or layer.transposed
            or layer.kernel.in_channels * layer.kernel.out_channels != 1
        ):
            return None
        few = self.operator.shape[0] <= MOST_ROWS
        return _in_lags(self.operator, layer) if few and all(map(_is_inside, layer.axes)) else None

    @property
    def recurrence(self) -> Recurrence:
        raise SymconvError("a recurrence in the size is for symbolic sizes: write the size as n")

    def index(self, sizes: Sizes) -> int:
        raise SymconvError("a recurrence in the size is for symbolic sizes: write the size as n")

    def latex(self, printer: Typesetter) -> str:
        if self.two_level is not None and self.operator.entry_symbols:
            return self.two_level.latex(printer, r"\det")
        domain = self.operator.domain
        terms = sum(len(f) for f in self._factors) if domain.is_PolynomialRing else 0
        check(
            "terms",
            terms,
            f"{terms} terms of a determinant to print",
            "expr has them",
            MOST_PRINTED,
        )
        try:
            shown = self.factor()
        except BudgetError:
            shown = sp.Mul(*(to_sympy(domain, f) for f in self._factors))
        return str(printer._print(shown))


def _is_inside(axis: Axis) -> bool:
    """Whether no window touches the border, and every pixel counts."""
    low, high = axis.padding, axis.padding_high
    return axis.input_dilation == 1 and isinstance(high, int) and max(low, high) <= 0


def _in_lags(operator: Operator, layer: Layer) -> TwoLevel:
    """Entry (i, j) is r_{s(i-j)} where no window touches the border."""
    letters = operator_letters(operator)
    r = autocorrelation(layer.kernel, tuple(axis.dilation for axis in layer.axes))
    strides = [axis.stride for axis in layer.axes]
    pixels = [pixel(operator.rows, i)[1:] for i in range(int(operator.shape[0]))]
    names: dict[tuple[int, ...], sp.Symbol] = {}
    table: dict[int, dict[int, sp.Expr]] = {i: {} for i in range(len(pixels))}
    for i, p in enumerate(pixels):
        for j, q in enumerate(pixels):
            lag = tuple(s * (x - y) for s, x, y in zip(strides, p, q, strict=True))
            lag = max(lag, tuple(-d for d in lag))
            if r.get(lag, sp.S.Zero) != 0:
                table[i][j] = names.setdefault(lag, lag_symbol(letters.name("r"), lag))
    domain: Domain = ZZ[tuple(names.values())] if names else ZZ
    converted = {i: {j: domain.from_sympy(e) for j, e in row.items()} for i, row in table.items()}
    factors = [to_sympy(domain, f) for f in determinant_factors(converted, domain)]
    definitions = {names[lag]: r[lag] for lag in sorted(names)}
    return TwoLevel(tuple(factors), definitions)
