"""The ways in which an inverse is known: each has its entries and its LaTeX."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import sympy as sp
from sympy.polys.matrices import DomainMatrix

from symconv.algebra.sizes import parse_integer, to_expr
from symconv.algebra.tables import Table
from symconv.arguments import parse_index, parse_instance, shown
from symconv.determinants.band_determinants import geometric
from symconv.determinants.bands import Band
from symconv.determinants.expanded_determinants import (
    determinant_factors,
    expanded_determinant,
    table_of,
)
from symconv.errors import ShapeError, SymconvError
from symconv.linear_algebra.band_inverses import ToeplitzBand, triangular
from symconv.linear_algebra.elimination import block
from symconv.operators.entries import pixel
from symconv.operators.exact_input import parse_expression
from symconv.operators.operator import Operator
from symconv.spectra.diagonalisation import Diagonalisation
from symconv.typesetting.displays import aligned_lines
from symconv.typesetting.free_letters import Letters, operator_letters
from symconv.typesetting.index_expressions import combination, gram_latex
from symconv.typesetting.matrices import matrix_display
from symconv.typesetting.typesetter import Typesetter


class Form(Protocol):
    """One way to know an inverse."""

    @property
    def method(self) -> str: ...

    def entry(self, row: Any, col: Any) -> sp.Expr: ...
    def latex(self, printer: Typesetter) -> str: ...


@dataclass(frozen=True, eq=False)
class TransposeForm:
    """C^T over a number, where the rows or the columns are orthogonal and of one length.

    Attributes:
        operator: C.
        scale: the square of that length.
        power: what is said of C in LaTeX, -1 or +.
    """

    operator: Operator
    scale: sp.Expr
    power: str = "-1"

    @property
    def method(self) -> str:
        return "transpose" if self.scale == 1 else "transpose over a number"

    @cached_property
    def result(self) -> Operator:
        """The transpose, divided."""
        return self.operator.T if self.scale == 1 else self.operator.T / self.scale

    def entry(self, row: Any, col: Any) -> sp.Expr:
        if self.operator.size_symbols:
            return self.result.closed_form().entry(row, col)
        return self.result.entry(row, col)

    def latex(self, printer: Typesetter) -> str:
        C = operator_letters(self.operator, printer)["C"]
        over = "" if self.scale == 1 else f"{printer._print(1 / self.scale)} "
        nonzero = rf", \quad {printer._print(self.scale)} \neq 0" if self.scale.free_symbols else ""
        return rf"{C}^{{{self.power}}} = {over}{C}{printer.transposed}{nonzero}"


@dataclass(frozen=True, eq=False)
class TwoTaps:
    """(C C^T)^{-1} for the taps a and b: products of the determinants of smaller ones."""

    operator: Operator
    a: sp.Expr
    b: sp.Expr

    method = "product of determinants"

    def entry(self, row: Any, col: Any) -> sp.Expr:
        """(-ab)^{|i-j|} D_min D_{m-1-max} / D_m."""
        i, j = (parse_expression(index, "an index") for index in (row, col))
        size = to_expr(self.operator.shape[0])
        low, high = (i, j) if (j - i).is_nonnegative else (sp.Min(i, j), sp.Max(i, j))
        distance = high - low
        parts = (self._determinant(m) for m in (low, size - 1 - high))
        return (-self.a * self.b) ** distance * sp.Mul(*parts) / self._determinant(size)

    def _determinant(self, rows: sp.Expr) -> sp.Expr:
        return geometric(self.a, self.b, rows)

    def latex(self, printer: Typesetter) -> str:
        letters = operator_letters(self.operator, printer)
        i, j, D = (letters[letter] for letter in ("i", "j", "D"))
        size = to_expr(self.operator.shape[0])
        last, m = printer._print(size - 1), printer._print(size)
        minus = printer.parenthesize(sp.expand(-self.a * self.b), 1000)
        index = sp.Symbol(j)
        closed = printer._print(geometric(self.a, self.b, index))
        C = letters["C"]
        there = rf"\left(({C} {C}{printer.transposed})^{{-1}}\right)_{{{i},{j}}}"
        quotient = rf"\frac{{{D}_{{{i}}} {D}_{{{last} - {j}}}}}{{{D}_{{{m}}}}}"
        where = rf"\quad (0 \leq {i} \leq {j} \leq {last})"
        return str(
            aligned_lines(
                [
                    f"{there} &= {minus}^{{{j} - {i}}} {quotient} {where}",
                    rf"{D}_{{{j}}} &= {closed}",
                ],
                "[1ex]",
            )
        )


@dataclass(frozen=True, eq=False)
class GreenFormula:
    r"""A Toeplitz band of symbolic size, by solutions u_r of the matrix's recurrence.

    The q solutions u_r start as unit vectors and are zero in front of the first row; the one that
    starts at the unit entry of a column is u_{q-1}(i - j - 1) over the outermost diagonal. Less
    what of it stands behind the last row, it is the column. The q equations for that have the
    matrix U with the entries u_r(m + s), for m rows: the band is singular where det U = 0.
    """

    operator: Operator
    band: Band

    method = "Green's function"

    @cached_property
    def _used(self) -> list[int]:
        return sorted(d for d, entry in self.band.diagonals.items() if entry)

    @property
    def is_triangular(self) -> bool:
        """Whether all entries stand on one side: then so do those of the inverse."""
        return 0 in (self._used[0], self._used[-1])

    def entry(self, row: Any, col: Any) -> sp.Expr:
        """Of a triangular matrix: a coefficient of the power series of one over the symbol."""
        if not self.is_triangular:
            raise ShapeError("the columns are known size by size: take at() first")
        i, j = (parse_integer(index, "an index") for index in (row, col))
        side = 1 if self._used[0] == 0 else -1
        line = [self._exprs.get(side * t, sp.S.Zero) for t in range(len(self.band.diagonals))]
        series: list[sp.Expr] = []
        for t in range(side * (j - i) + 1):
            total = sp.Integer(t == 0) - sp.Add(
                *(a * x for a, x in zip(line[1:], reversed(series), strict=False))
            )
            series.append(sp.cancel(total / line[0]))
        return series[-1] if series else sp.S.Zero

    @cached_property
    def _exprs(self) -> dict[int, sp.Expr]:
        return {d: self.band.domain.to_sympy(self.band.diagonals[d]) for d in self._used}

    def latex(self, printer: Typesetter) -> str:
        letters = operator_letters(self.operator, printer)
        there = rf"\left({_matrix(self.operator, letters)}^{{-1}}\right)"
        write = self._series if self.is_triangular else self._green
        return write(there, letters, printer)

    def _series(self, there: str, letters: Letters, printer: Typesetter) -> str:
        i, j, z = (letters[letter] for letter in "ijz")
        upper = self._used[0] == 0
        near = sorted(self._exprs.items(), key=lambda term: abs(term[0]))
        powers = ["", z, *(f"{z}^{{{t}}}" for t in range(2, abs(near[-1][0]) + 1))]
        series = combination([(e, powers[abs(d)]) for d, e in near], printer)
        lag = f"{j} - {i}" if upper else f"{i} - {j}"
        return rf"{there}_{{{i},{j}}} = [{z}^{{{lag}}}] \frac{{1}}{{{series}}}"

    def _green(self, there: str, letters: Letters, printer: Typesetter) -> str:
        """The solution that starts at the unit entry, less what of it crosses the last row."""
        i, j, r, s, u, U = (letters[letter] for letter in "ijrsuU")
        rows, q = to_expr(self.operator.shape[0]), self._used[-1]
        size, last_row = printer._print(rows), printer._print(rows - 1)
        corner = self._exprs[q]
        nonzero = rf",\quad {printer._print(corner)} \neq 0" if corner.free_symbols else ""
        named = u if q == 1 else f"{u}_{{{r}}}"
        moved = (f"{i} {'-' if d < 0 else '+'} {abs(d)}" if d else i for d in self._used)
        steps = zip(self._exprs.values(), (f"{named}({place})" for place in moved), strict=True)
        recurrence = rf"{combination(steps, printer)} \quad ({i} \geq 0)"
        starts = f"[{i} = {0 if q == 1 else r}]"
        start = rf"{named}({i}) &= {starts} \quad ({i} {'< 1' if q == 1 else f'< {q}'})"
        first = printer._print(1 / corner)
        whole = f"{there}_{{{i},{j}}} &= {'' if first == '1' else first} "
        if q == 1:
            lost = rf"\frac{{{u}({i})\, {u}({last_row} - {j})}}{{{u}({size})}}"
            where = rf"\quad {u}({size}) \neq 0{nonzero}"
            lines = [rf"{whole}\left({u}({i} - {j} - 1) - {lost}\right), {where}"]
        else:
            last = f"{u}_{{{q - 1}}}"
            limits = rf"_{{{r},{s} = 0}}^{{{q - 1}}}"
            lost = rf"{u}_{{{r}}}({i})\, ({U}^{{-1}})_{{{r},{s}}}\, {last}({last_row} + {s} - {j})"
            lines = [
                rf"{whole}\left({last}({i} - {j} - 1) - \sum{limits} {lost}\right)",
                rf"{U}_{{{s},{r}}} &= {u}_{{{r}}}({size} + {s}), \quad \det {U} \neq 0{nonzero}",
            ]
        return str(aligned_lines([*lines, f"0 &= {recurrence}", start]))


def _matrix(operator: Operator, letters: Letters) -> str:
    """C, or (C C^T) where the operator was made as such a product."""
    _, side = operator.gram or (None, "")
    name = letters.notation.signed(gram_latex(letters["C"], side == "rows"))
    return f"({name})" if side else letters["C"]


@dataclass(frozen=True, eq=False)
class GreenForm:
    """A Toeplitz band of a concrete size."""

    operator: Operator
    line: ToeplitzBand

    method = "Green's function"

    @cached_property
    def _columns(self) -> dict[int, list[Any]]:
        return {}

    def column(self, col: int) -> list[Any]:
        """One column of the inverse."""
        if col not in self._columns:
            found = self.line.column(col)
            if found is None:
                raise SymconvError(
                    f"{self.operator!r} is singular: pseudo_inverse() and rank() say more"
                )
            self._columns[col] = found
        return self._columns[col]

    def entry(self, row: Any, col: Any) -> sp.Expr:
        _, i = pixel(self.operator.rows, row)
        _, j = pixel(self.operator.cols, col)
        value: sp.Expr = self.line.domain.to_sympy(self.column(j)[i])
        return value

    @cached_property
    def result(self) -> Operator | None:
        """Triangular convolutions, one or four."""
        if self.line.low == 0 or self.line.high == 0:
            first = [self.line.domain.to_sympy(e) for e in self.column(0)]
            last = [self.line.domain.to_sympy(e) for e in self.column(self.line.rows - 1)]
            return triangular(last[::-1] if self.line.low == 0 else first, self.line.low == 0)
        found = self.line.gohberg_semencul()
        return None if found is None else found.operator

    def latex(self, printer: Typesetter) -> str:
        rows = self.line.rows
        return str(matrix_display((rows, rows), self.entry, printer))


@dataclass(frozen=True, eq=False)
class DiagonalForm:
    """What a transform diagonalises: one over the eigenvalues."""

    diagonal: Diagonalisation

    @property
    def method(self) -> str:
        return f"one over the eigenvalues in the {self.diagonal.method}"

    @property
    def value(self) -> sp.Expr:
        """1/λ at the frequency j."""
        return 1 / self.diagonal.value

    def entry(self, row: Any, col: Any) -> sp.Expr:
        return self.diagonal.map(lambda value: 1 / value).entry(row, col)

    def latex(self, printer: Typesetter) -> str:
        names = ", ".join(printer._print(j) for j in self.diagonal.indices)
        value = printer._print(self.diagonal.value)
        nonzero = rf"(\lambda_{{{names}}} \neq 0)"
        return rf"\lambda^{{-1}}_{{{names}}} = \frac{{1}}{{{value}}} \quad {nonzero}"


@dataclass(frozen=True, eq=False)
class KroneckerForm:
    """A separable operator: the axes' inverses."""

    operator: Operator
    parts: tuple[Form, ...]

    method = "Kronecker product"

    def entry(self, row: Any, col: Any) -> sp.Expr:
        if self.operator.size_symbols:
            indices: Any = [
                parse_instance(pixel, tuple, "is no pixel: a tuple of one index an axis")
                for pixel in (row, col)
            ]
            if {len(self.parts)} != set(map(len, indices)):
                raise ShapeError(f"{shown((row, col))} are no pixels on {len(self.parts)} axes")
        else:
            indices = pixel(self.operator.cols, row)[1:], pixel(self.operator.rows, col)[1:]
        places = zip(self.parts, *indices, strict=True)
        return sp.Mul(*(part.entry(i, j) for part, i, j in places))

    @cached_property
    def result(self) -> None:
        """Its factors are operators; see ``parts``."""
        return None

    def latex(self, printer: Typesetter) -> str:
        return r" \otimes ".join(rf"\left({p.latex(printer)}\right)" for p in self.parts)


@dataclass(frozen=True, eq=False)
class MatrixForm:
    """A matrix, and how it was found."""

    matrix: DomainMatrix
    method: str = "elimination"

    def entry(self, row: Any, col: Any) -> sp.Expr:
        rows, cols = self.matrix.shape
        i, j = parse_index("row", row, rows), parse_index("column", col, cols)
        value = self.matrix.to_sparse().rep.getitem(i, j)
        shown: sp.Expr = self.matrix.domain.to_sympy(value)
        return shown

    def latex(self, printer: Typesetter) -> str:
        return str(matrix_display(self.matrix.shape, self.entry, printer))


@dataclass(frozen=True, eq=False)
class CofactorForm:
    """A matrix of symbols: cofactors over the determinant, each found when it is asked for."""

    operator: Operator
    table: Table
    whole: Any

    method = "cofactors"

    @classmethod
    def of(cls, operator: Operator) -> CofactorForm:
        """The form, once the determinant is found not to be zero."""
        table, domain = table_of(operator), operator.domain
        whole = sp.Mul(*(domain.to_sympy(f) for f in determinant_factors(table, domain)))
        if whole == 0:
            raise SymconvError(f"{operator!r} is singular: pseudo_inverse() and rank() say more")
        return cls(operator, table, whole)

    def entry(self, row: Any, col: Any) -> sp.Expr:
        """The cofactor of the transposed place, over the determinant."""
        i, j = (parse_integer(index, "an index") for index in (row, col))
        rows = [r for r in range(len(self.table)) if r != j]
        cols = [c for c in range(len(self.table)) if c != i]
        domain = self.operator.domain
        cofactor = expanded_determinant(block(self.table, rows, cols), domain)
        sign = -1 if (i + j) % 2 else 1
        found: sp.Expr = sign * domain.to_sympy(cofactor) / self.whole
        return found

    def latex(self, printer: Typesetter) -> str:
        C = operator_letters(self.operator, printer)["C"]
        adjugate = rf"\operatorname{{adj}} {C}"
        return rf"{C}^{{-1}} = \frac{{{adjugate}}}{{{printer._print(self.whole)}}}"
