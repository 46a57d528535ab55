"""Inverses and pseudo-inverses of operators, exactly, at a concrete size or at every size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import sympy as sp
from sympy.polys.matrices import DomainMatrix

from symconv.algebra.sizes import parse_integer, to_expr
from symconv.arguments import parse_index, parse_instance, parse_pair, shown
from symconv.determinants.band_determinants import band_form, geometric
from symconv.determinants.bands import Band
from symconv.determinants.explicit_determinants import (
    Table,
    determinant_factors,
    expanded_determinant,
    table_of,
)
from symconv.determinants.structure import axis_factors
from symconv.errors import ShapeError, SymconvError
from symconv.linear_algebra.band_inverses import ToeplitzBand, triangular
from symconv.linear_algebra.elimination import block, field_matrix, inverted
from symconv.operators.entries import pixel
from symconv.operators.exact_input import parse_expression
from symconv.operators.operator import Operator, parse_operator
from symconv.operators.selection import identity
from symconv.printing.displays import aligned_lines
from symconv.printing.free_letters import operator_letters
from symconv.printing.index_expressions import combination
from symconv.printing.notebook import notebook_latex
from symconv.printing.typesetter import Typesetter, typesetter
from symconv.spectra.diagonalisation import Diagonalisation, diagonalise

Sizes = Mapping[sp.Symbol, int]

MOST_EXPLICIT = 200


class Form(Protocol):
    """One way to know an inverse."""

    @property
    def method(self) -> str: ...

    def entry(self, row: Any, col: Any) -> sp.Expr: ...
    def latex(self, printer: Typesetter) -> str: ...


@dataclass(frozen=True, eq=False, repr=False)
class Inverse:
    """The inverse of a square operator; made by :func:`inverse`.

    Attributes:
        operator: whose inverse it is.
        form: how it is known.
    """

    operator: Operator
    form: Form

    @property
    def method(self) -> str:
        """How it is known, in a few words."""
        return self.form.method

    def at(self, sizes: Sizes) -> Inverse:
        """The inverse at one size.

        Raises:
            SymconvError: the matrix is singular there.
        """
        return inverse(self.operator.at(sizes))

    def entry(self, row: Any, col: Any) -> sp.Expr:
        """The entry of a row and a column: indices or pixels, or symbols where it is a formula.

        Raises:
            ShapeError: there is no formula at this symbolic size; take :meth:`at` first.
        """
        return self.form.entry(row, col)

    def __getitem__(self, index: tuple[Any, Any]) -> sp.Expr:
        return self.entry(*parse_pair(index))

    @property
    def as_operator(self) -> Operator:
        """The inverse as an operator of this package.

        Where the operator is orthogonal up to scale it is the transpose; for a Toeplitz band of a
        concrete size, triangular convolutions and their products (Gohberg and Semencul).

        Raises:
            SymconvError: it is known by its entries alone.
        """
        found = getattr(self.form, "result", None)
        if found is None:
            raise SymconvError(f"the inverse of {self.operator!r} is known by its entries alone")
        operator: Operator = found
        return operator

    def as_explicit(self) -> sp.Matrix:
        """The matrix at a concrete size.

        Raises:
            ShapeError: the size is symbolic, or the matrix is large.
        """
        if self.operator.size_symbols:
            raise ShapeError(f"{self.operator!r} has a symbolic size: take at() first")
        rows = int(self.operator.shape[0])
        if rows > MOST_EXPLICIT:
            raise ShapeError(f"{rows} rows are too many to write out; entry() has single ones")
        return sp.Matrix(rows, rows, lambda i, j: self.form.entry(int(i), int(j)))

    def __repr__(self) -> str:
        return f"Inverse({self.method}, {self.operator!r})"

    def _latex(self, printer: Any) -> str:
        return self.form.latex(typesetter(printer))

    def _repr_latex_(self) -> str | None:
        return notebook_latex(self.form.latex(Typesetter()))


def inverse(operator: Operator) -> Inverse:
    """The inverse of a square operator, exactly.

    At a symbolic size: what is orthogonal up to scale, on any number of axes (the transpose); C C^T
    of two taps; Toeplitz bands on one axis, column by column (:meth:`Inverse.at`); what a transform
    diagonalises, such as circular convolutions on any number of axes, as a formula in the
    frequencies; separable kernels. At a concrete size every operator, by elimination.

    Raises:
        ShapeError: the operator is not square.
        SymconvError: it is singular, or no formula is known at this symbolic size.
        BudgetError: it would take more than some seconds.

    Source: Trench 1974 for bands; Gohberg and Semencul's formula for ``as_operator``.

    >>> import symconv as sc
    >>> C = sc.conv([2, 3], 4)
    >>> inverse(C @ C.T).as_explicit()
    Matrix([
    [133/1261, -6/97,  36/1261],
    [   -6/97, 13/97,    -6/97],
    [ 36/1261, -6/97, 133/1261]])
    """
    parse_operator(operator)
    if operator.rows != operator.cols:
        raise ShapeError(f"{operator!r} is not square between images of one size: pseudo_inverse()")
    form = _form(operator)
    if form is None:
        raise SymconvError(
            f"no inverse is known for {operator!r} at every size: take op.at({{symbol: number}})"
        )
    return Inverse(operator, form)


def _form(operator: Operator) -> Form | None:
    scale = multiple_of_identity(operator @ operator.T)
    if scale is not None and scale != 0:
        return TransposeForm(operator, scale)
    if operator.size_symbols:
        return _every_size(operator)
    factors = axis_factors(operator)
    if factors is not None and all(f.rows == f.cols for f in factors):
        return KroneckerForm(operator, tuple(inverse(f) for f in factors))
    line = _line(operator)
    if line is not None:
        return _checked(GreenForm(operator, line), operator)
    if not operator.domain.is_Numerical:
        return CofactorForm.of(operator)
    matrix = inverted(field_matrix(operator, "inverse"))
    if matrix is None:
        raise SymconvError(f"{operator!r} is singular: pseudo_inverse() and rank() say more")
    return MatrixForm(matrix)


def _every_size(operator: Operator) -> Form | None:
    form = band_form(operator)
    if form is not None and form.two_taps is not None:
        return TwoTaps(operator, *form.two_taps)
    factors = axis_factors(operator)
    if factors is not None and all(f.rows == f.cols for f in factors):
        return KroneckerForm(operator, tuple(inverse(f) for f in factors))
    if form is not None and form.band.is_toeplitz:
        return BandForm(operator, form.band)
    try:
        return DiagonalForm(diagonalise(operator))
    except ShapeError:
        return None


def multiple_of_identity(operator: Operator) -> sp.Expr | None:
    """The number whose multiple of the identity a square operator is; None for others.

    >>> import symconv as sc
    >>> C = sc.avg_pool(2 * sp.Symbol("n"), 2)
    >>> multiple_of_identity(C @ C.T)
    1/2
    """
    if operator.rows != operator.cols or not operator.cells:
        return None
    cell = next(iter(operator.cells))
    if any(d.row != d.col or d.row_step != d.col_step for d in cell):
        return None
    scale = operator.polynomial(cell)
    unit = identity(operator.output_size, operator.out_channels)
    return scale if operator == scale * unit else None


# --- the ways ----------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class TransposeForm:
    """A operator whose rows are orthogonal and of one length: its transpose over the square."""

    operator: Operator
    scale: sp.Expr

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
        return rf"{C}^{{-1}} = {over}{C}^{{\mathsf{{T}}}}{nonzero}"


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
        there = rf"\left(({C} {C}^{{\mathsf{{T}}}})^{{-1}}\right)_{{{i},{j}}}"
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
class BandForm:
    """A Toeplitz band of symbolic size: every column at every size, by the matrix's recurrence."""

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
        i, j, r, u, T, z = (letters[letter] for letter in ("i", "j", "r", "u", "T", "z"))
        there = rf"({T}^{{-1}})_{{{i}{j}}}"
        if self.is_triangular:
            upper = self._used[0] == 0
            near = sorted(self._exprs.items(), key=lambda term: abs(term[0]))
            powers = ["", z, *(f"{z}^{{{t}}}" for t in range(2, abs(near[-1][0]) + 1))]
            series = combination([(e, powers[abs(d)]) for d, e in near], printer)
            lag = f"{j} - {i}" if upper else f"{i} - {j}"
            return rf"{there} = [{z}^{{{lag}}}] \frac{{1}}{{{series}}}"
        high = self._used[-1]
        moved = (f"{i} {'-' if d < 0 else '+'} {abs(d)}" if d else i for d in self._used)
        places = (f"{u}_{{{r}}}({place})" for place in moved)
        homogeneous = combination(zip(self._exprs.values(), places, strict=True), printer)
        first = rf"({T}^{{-1}})_{{{r}{j}}}"
        where = rf"\quad ({i} < {j} + {high},\; \det {T} \neq 0)"
        return str(
            aligned_lines(
                [
                    rf"{there} &= \sum_{{{r}=0}}^{{{high - 1}}} {u}_{{{r}}}({i}) {first} {where}",
                    rf"0 &= {homogeneous}",
                    rf"{u}_{{{r}}}({i}) &= [{i} = {r}] \quad ({i} < {high})",
                ]
            )
        )


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
        return str(printer._print(sp.Matrix(rows, rows, lambda i, j: self.entry(int(i), int(j)))))


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
    parts: tuple[Inverse, ...]

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
            indices = pixel(self.operator.rows, row)[1:], pixel(self.operator.cols, col)[1:]
        places = zip(self.parts, *indices, strict=True)
        return sp.Mul(*(part.entry(i, j) for part, i, j in places))

    @cached_property
    def result(self) -> None:
        """Its factors are operators; see ``parts``."""
        return None

    def latex(self, printer: Typesetter) -> str:
        return r" \otimes ".join(rf"\left({p.form.latex(printer)}\right)" for p in self.parts)


@dataclass(frozen=True, eq=False)
class MatrixForm:
    """A matrix that elimination gave."""

    matrix: DomainMatrix

    method = "elimination"

    def entry(self, row: Any, col: Any) -> sp.Expr:
        rows, cols = self.matrix.shape
        i, j = parse_index("row", row, rows), parse_index("column", col, cols)
        value = self.matrix.to_sparse().rep.getitem(i, j)
        shown: sp.Expr = self.matrix.domain.to_sympy(value)
        return shown

    def latex(self, printer: Typesetter) -> str:
        return str(printer._print(self.matrix.to_Matrix()))


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


def _line(operator: Operator) -> ToeplitzBand | None:
    """The Toeplitz band that an operator of concrete size on one axis is; None for others."""
    if len(operator.rows) != 2 or operator.rows[0] != 1:
        return None
    rows = int(operator.shape[0])
    found: dict[int, Any] = {}
    for (_, d), entry in operator.cells.items():
        if d.row_step != 1 or d.col_step != 1:
            return None
        offset = int(d.col - d.row)  # type: ignore[arg-type]
        if d.length != rows - abs(offset) or offset in found:
            return None
        found[offset] = entry
    domain = operator.domain
    if not found or not domain.is_Numerical:
        return None
    field = field_of(domain)
    line = [found.get(d, domain.zero) for d in range(min(found), max(found) + 1)]
    converted = tuple(field.convert_from(e, domain) for e in line)
    return ToeplitzBand(field, min(found), max(found), converted, rows)


def field_of(domain: Any) -> Any:
    """The smallest field that holds a domain."""
    return domain if domain.is_Field else domain.get_field()


def _checked(form: GreenForm, operator: Operator) -> GreenForm:
    form.column(0)
    return form
