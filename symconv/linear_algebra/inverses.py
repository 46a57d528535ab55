"""Inverses and pseudo-inverses of operators, exactly, at a concrete size or at every size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sympy as sp

from symconv._printable import Readable
from symconv.arguments import parse_pair
from symconv.determinants.band_determinants import band_form
from symconv.determinants.structure import axis_factors
from symconv.errors import ShapeError, SymconvError
from symconv.linear_algebra.band_inverses import ToeplitzBand
from symconv.linear_algebra.elimination import field_matrix, inverted
from symconv.linear_algebra.inverse_forms import (
    CofactorForm,
    DiagonalForm,
    Form,
    GreenForm,
    GreenFormula,
    KroneckerForm,
    MatrixForm,
    TransposeForm,
    TwoTaps,
)
from symconv.operators.operator import Operator, parse_operator
from symconv.operators.selection import identity
from symconv.printing.latex_text import latex_text
from symconv.recognition.instances import with_numbers
from symconv.spectra.diagonalisation import diagonalise
from symconv.typesetting.notebook import notebook_latex
from symconv.typesetting.typesetter import typesetter
from symconv.work_limits import check

Sizes = Mapping[sp.Symbol, int]

MOST_EXPLICIT = 40_000


@dataclass(frozen=True, eq=False, repr=False)
class Inverse(Readable):
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
        what = f"{rows} x {rows} entries to write out"
        check("entries", rows * rows, what, "entry() has single ones", MOST_EXPLICIT)
        return sp.Matrix(rows, rows, lambda i, j: self.form.entry(int(i), int(j)))

    def __repr__(self) -> str:
        return f"Inverse({self.method}, {self.operator!r})"

    def __str__(self) -> str:
        return latex_text(sp.latex(self))

    def _latex(self, printer: Any) -> str:
        return self.form.latex(typesetter(printer, self))

    def _repr_latex_(self) -> str | None:
        return notebook_latex(self.form.latex(typesetter(None, self)))


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
    scale = scale_of_gram(operator)
    if scale is not None:
        return TransposeForm(operator, scale)
    if operator.size_symbols:
        return _every_size(operator)
    factors = axis_factors(operator)
    if factors is not None and all(f.rows == f.cols for f in factors):
        return KroneckerForm(operator, tuple(inverse(f).form for f in factors))
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
        return KroneckerForm(operator, tuple(inverse(f).form for f in factors))
    if form is not None and form.band.is_toeplitz:
        return GreenFormula(operator, form.band)
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
    if operator.rows != operator.cols:
        return None
    if not operator.cells:
        return None
    cell = next(iter(operator.cells))
    if any(d.row != d.col or d.row_step != d.col_step for d in cell):
        return None
    scale = operator.polynomial(cell)
    unit = identity(operator.output_size, operator.out_channels)
    return scale if operator == scale * unit else None


def scale_of_gram(operator: Operator) -> sp.Expr | None:
    """The number c other than zero for which A A^T = c I; None where there is none."""
    instance = with_numbers(operator)
    if instance is not operator and multiple_of_identity(instance @ instance.T) is None:
        return None
    return multiple_of_identity(operator @ operator.T) or None


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
    field = domain if domain.is_Field else domain.get_field()
    line = [found.get(d, domain.zero) for d in range(min(found), max(found) + 1)]
    converted = tuple(field.convert_from(e, domain) for e in line)
    return ToeplitzBand(field, min(found), max(found), converted, rows)


def _checked(form: GreenForm, operator: Operator) -> GreenForm:
    form.column(0)
    return form
