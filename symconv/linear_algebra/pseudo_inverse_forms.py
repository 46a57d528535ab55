"""The ways in which a pseudo-inverse is known: each has its entries and its LaTeX."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import sympy as sp

from symconv.errors import ShapeError
from symconv.linear_algebra.inverse_forms import GreenForm, KroneckerForm, MatrixForm
from symconv.linear_algebra.inverses import Inverse
from symconv.operators.entries import concrete, flat_index, pixel
from symconv.operators.operator import Operator
from symconv.spectra.diagonalisation import Diagonalisation
from symconv.typesetting.free_letters import operator_letters
from symconv.typesetting.typesetter import Typesetter

Side = Literal["rows", "columns"]


@dataclass(frozen=True, eq=False)
class RegularForm:
    """A square operator of full rank: its inverse."""

    operator: Operator
    inverse: Inverse

    @property
    def method(self) -> str:
        return f"inverse, {self.inverse.method}"

    def entry(self, row: Any, col: Any) -> sp.Expr:
        i, j = _flat_places(self.operator, row, col)
        return self.inverse.entry(i, j)

    def latex(self, printer: Typesetter) -> str:
        C = operator_letters(self.operator, printer)["C"]
        form = self.inverse.form
        is_matrix = isinstance(form, MatrixForm | GreenForm)
        between = " = " if is_matrix else r", \qquad "
        return rf"{C}^{{+}} = {C}^{{-1}}{between}{form.latex(printer)}"


@dataclass(frozen=True, eq=False)
class GramForm:
    """C^T times the inverse of C C^T, or the inverse of C^T C times C^T."""

    operator: Operator
    side: Side
    gram: Inverse

    @property
    def method(self) -> str:
        whole = "C^T (C C^T)^-1" if self.side == "rows" else "(C^T C)^-1 C^T"
        return f"{whole}, {self.gram.method}"

    def entry(self, row: Any, col: Any) -> sp.Expr:
        if self.operator.size_symbols:
            raise ShapeError("the entries are known size by size: take at() first")
        i, j = _flat_places(self.operator, row, col)
        near = self._columns[i] if self.side == "rows" else self._rows[j]
        if self.side == "rows":
            total = sum((e * self.gram.entry(o, j) for o, e in near.items()), sp.S.Zero)
        else:
            total = sum((e * self.gram.entry(i, x) for x, e in near.items()), sp.S.Zero)
        return total

    @cached_property
    def _rows(self) -> dict[int, dict[int, sp.Expr]]:
        entries = self.operator.as_explicit().todok()
        rows: dict[int, dict[int, sp.Expr]] = {i: {} for i in range(int(self.operator.shape[0]))}
        for (i, j), e in entries.items():
            rows[i][j] = e
        return rows

    @cached_property
    def _columns(self) -> dict[int, dict[int, sp.Expr]]:
        cols: dict[int, dict[int, sp.Expr]] = {j: {} for j in range(int(self.operator.shape[1]))}
        for i, row in self._rows.items():
            for j, e in row.items():
                cols[j][i] = e
        return cols

    def latex(self, printer: Typesetter) -> str:
        C = operator_letters(self.operator, printer)["C"]
        CT = rf"{C}{printer.transposed}"
        first = (
            rf"{C}^{{+}} = {CT} \left({C} {CT}\right)^{{-1}}"
            if self.side == "rows"
            else rf"{C}^{{+}} = \left({CT} {C}\right)^{{-1}} {CT}"
        )
        return rf"{first}, \qquad {self.gram.form.latex(printer)}"


@dataclass(frozen=True, eq=False)
class WaveForm:
    """C^T (C C^T)⁺, where a transform diagonalises C C^T: one over what it does not lose."""

    operator: Operator
    gram: Diagonalisation

    @property
    def method(self) -> str:
        return f"one over the eigenvalues of C C^T in the {self.gram.method}"

    @property
    def value(self) -> sp.Expr:
        """1/λ at the frequency j, or 0 where λ = 0."""
        return _reciprocal(self.gram.value)

    def entry(self, row: Any, col: Any) -> sp.Expr:
        raise ShapeError("the entries are known size by size: take at() first")

    def latex(self, printer: Typesetter) -> str:
        C = operator_letters(self.operator, printer)["C"]
        CT = rf"{C}{printer.transposed}"
        names = ", ".join(printer._print(j) for j in self.gram.indices)
        value = printer._print(self.value)
        return rf"{C}^{{+}} = {CT} ({C} {CT})^{{+}}, \qquad \lambda^{{+}}_{{{names}}} = {value}"


def _reciprocal(value: sp.Expr) -> sp.Expr:
    if value.is_nonzero:
        return 1 / value
    return sp.Piecewise((1 / value, sp.Ne(value, 0)), (0, True))


class KroneckerPseudoForm(KroneckerForm):
    """A separable operator: the axes' pseudo-inverses."""

    def entry(self, row: Any, col: Any) -> sp.Expr:
        if self.operator.size_symbols:
            raise ShapeError("the entries are known size by size: take at() first")
        return super().entry(row, col)


def _flat_places(operator: Operator, row: Any, col: Any) -> tuple[int, int]:
    """Row and column of the transpose's entry, flat."""
    images = zip((operator.cols, operator.rows), (row, col), strict=True)
    i, j = (flat_index(pixel(sizes, index), concrete(sizes)) for sizes, index in images)
    return i, j
