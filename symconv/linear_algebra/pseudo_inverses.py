"""Moore and Penrose's inverse of operators: what undoes a convolution as far as can be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sympy as sp
from sympy.polys.matrices import DomainMatrix

from symconv._printable import Readable
from symconv.algebra.sizes import to_expr
from symconv.arguments import parse_pair
from symconv.determinants.structure import axis_factors
from symconv.errors import ShapeError, SymconvError
from symconv.linear_algebra.elimination import field_matrix, inverted
from symconv.linear_algebra.inverse_forms import Form, MatrixForm, TransposeForm
from symconv.linear_algebra.inverses import inverse, scale_of_gram
from symconv.linear_algebra.pseudo_inverse_forms import (
    GramForm,
    KroneckerPseudoForm,
    RegularForm,
    Side,
    WaveForm,
)
from symconv.linear_algebra.ranks import rank
from symconv.operators.operator import Operator, parse_operator
from symconv.printing.latex_text import latex_text
from symconv.spectra.diagonalisation import diagonalise
from symconv.typesetting.notebook import notebook_latex
from symconv.typesetting.typesetter import typesetter
from symconv.work_limits import check

Sizes = Mapping[sp.Symbol, int]

MOST_EXPLICIT = 40_000


@dataclass(frozen=True, eq=False, repr=False)
class PseudoInverse(Readable):
    """The pseudo-inverse C⁺ of an operator; made by :func:`pseudo_inverse`.

    Attributes:
        operator: C.
        form: how it is known.
    """

    operator: Operator
    form: Form

    @property
    def method(self) -> str:
        """How it is known, in a few words."""
        return self.form.method

    @property
    def shape(self) -> tuple[Any, Any]:
        """Rows and columns: those of C, exchanged."""
        rows, cols = self.operator.shape
        return cols, rows

    def at(self, sizes: Sizes) -> PseudoInverse:
        """The pseudo-inverse at one size."""
        return pseudo_inverse(self.operator.at(sizes))

    def entry(self, row: Any, col: Any) -> sp.Expr:
        """The entry that joins a pixel of C's output (column) to one of its input (row)."""
        return self.form.entry(row, col)

    def __getitem__(self, index: tuple[Any, Any]) -> sp.Expr:
        return self.entry(*parse_pair(index))

    @property
    def as_operator(self) -> Operator:
        """The pseudo-inverse as an operator of this package, where it is a multiple of C^T.

        Raises:
            SymconvError: it is known by its entries alone.
        """
        if isinstance(self.form, TransposeForm):
            return self.form.result
        raise SymconvError(f"the pseudo-inverse of {self.operator!r} is known by its entries alone")

    def as_explicit(self) -> sp.Matrix:
        """The matrix at a concrete size.

        Raises:
            ShapeError: the size is symbolic, or the matrix is large.
        """
        if self.operator.size_symbols:
            raise ShapeError(f"{self.operator!r} has a symbolic size: take at() first")
        rows, cols = map(int, self.shape)
        what = f"{rows} x {cols} entries to write out"
        check("entries", rows * cols, what, "entry() has single ones", MOST_EXPLICIT)
        return sp.Matrix(rows, cols, lambda i, j: self.form.entry(int(i), int(j)))

    def __repr__(self) -> str:
        return f"PseudoInverse({self.method}, {self.operator!r})"

    def __str__(self) -> str:
        return latex_text(sp.latex(self))

    def _latex(self, printer: Any) -> str:
        return self.form.latex(typesetter(printer, self))

    def _repr_latex_(self) -> str | None:
        return notebook_latex(self.form.latex(typesetter(None, self)))


def pseudo_inverse(operator: Operator) -> PseudoInverse:
    """The pseudo-inverse of an operator, exactly; symbols of the kernel are taken as real.

    C^T (C C^T)⁻¹ where the rows are independent, (C^T C)⁻¹ C^T where the columns are, with the
    inverses of :func:`symconv.inverse`; a multiple of C^T where C C^T or C^T C is one of the
    identity (patch embeddings, s >= k, average pooling, orthonormal filters), at every size. At a
    concrete size also where neither holds, from a factorisation of full rank.

    Raises:
        SymconvError: no formula is known at this symbolic size; ``op.at()`` leads on.
        BudgetError: it would take more than some seconds.

    >>> import symconv as sc
    >>> A = sc.avg_pool(2 * sp.Symbol("n"), 2)
    >>> pseudo_inverse(A).as_operator == 2 * A.T
    True
    >>> pseudo_inverse(sc.conv([1, 1], 3)).as_explicit()
    Matrix([
    [ 2/3, -1/3],
    [ 1/3,  1/3],
    [-1/3,  2/3]])
    """
    parse_operator(operator)
    form = _form(operator)
    if form is None:
        raise SymconvError(
            f"no pseudo-inverse is known for {operator!r} at every size: take "
            "op.at({symbol: number}) first"
        )
    return PseudoInverse(operator, form)


def _form(operator: Operator) -> Form | None:
    real = all(not operator.polynomial(cell).has(sp.I) for cell in operator.cells)
    for side in (operator, operator.T) if real else ():
        scale = scale_of_gram(side)
        if scale is not None:
            return TransposeForm(operator, scale, "+")
    factors = axis_factors(operator) if real else None
    if factors is not None:
        return KroneckerPseudoForm(operator, tuple(pseudo_inverse(f).form for f in factors))
    if not operator.size_symbols:
        return _concrete(operator, real)
    return _every_size(operator) if real else None


def _every_size(operator: Operator) -> Form | None:
    waves = _waves(operator)
    if waves is not None and waves.gram.method == "DFT":
        return waves
    side = _full_side(operator)
    if side is None:
        return waves
    adjoint = operator.T
    gram = operator @ adjoint if side == "rows" else adjoint @ operator
    return GramForm(operator, side, inverse(gram))


def _waves(operator: Operator) -> WaveForm | None:
    """The form where an orthogonal transform diagonalises C C^T, at every size."""
    gram = operator @ operator.T
    try:
        found = diagonalise(gram)
    except ShapeError:
        return None
    return WaveForm(operator, found) if found.transforms.orthogonal else None


def _full_side(operator: Operator) -> Side | None:
    """Which of the two products is regular, at a symbolic size."""
    try:
        value = to_expr(rank(operator).value)
    except SymconvError:  # no rank is known at every size
        return None
    rows, cols = map(to_expr, operator.shape)
    if sp.expand(value - rows) == 0:
        return "rows"
    return "columns" if sp.expand(value - cols) == 0 else None


def _concrete(operator: Operator, real: bool) -> Form:
    rows, cols = map(int, operator.shape)
    smaller: Side = "rows" if rows <= cols else "columns"
    found = rank(operator)
    if operator.rows == operator.cols and int(found) == rows:
        return RegularForm(operator, inverse(operator))
    if real and int(found) == min(rows, cols):
        gram = operator @ operator.T if smaller == "rows" else operator.T @ operator
        return GramForm(operator, smaller, inverse(gram))
    matrix = field_matrix(operator, "pseudo-inverse")
    return MatrixForm(factorised(matrix), "factorisation of full rank")


def factorised(matrix: DomainMatrix) -> DomainMatrix:
    """The pseudo-inverse from a factorisation A = B F of full rank: F* (F F*)⁻¹ (B* B)⁻¹ B*."""
    reduced, pivots = matrix.rref()
    if not pivots:
        return DomainMatrix.zeros(matrix.shape[::-1], matrix.domain)
    full = matrix.extract(list(range(matrix.shape[0])), list(pivots))
    short = reduced.extract(list(range(len(pivots))), list(range(matrix.shape[1])))
    right, left = _adjoint(short), _adjoint(full)
    inner, outer = inverted(short * right), inverted(left * full)
    if inner is None or outer is None:
        raise SymconvError("symbols are taken as real: give complex ones numbers")
    return right.to_sparse() * inner * outer * left.to_sparse()


def _adjoint(matrix: DomainMatrix) -> DomainMatrix:
    domain = matrix.domain
    if domain.is_QQ:
        return matrix.transpose().to_sparse()

    def conjugate(element: Any) -> Any:
        expr = domain.to_sympy(element)
        return domain.from_sympy(sp.conjugate(expr)) if expr.is_number else element

    rows = matrix.transpose().to_dense().to_list()
    made = [[conjugate(e) for e in row] for row in rows]
    return DomainMatrix(made, matrix.shape[::-1], domain).to_sparse()
