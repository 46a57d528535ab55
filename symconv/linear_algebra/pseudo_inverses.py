"""Moore and Penrose's inverse of operators: what undoes a convolution as far as can be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Protocol

import sympy as sp
from sympy.polys.domains.domain import Domain
from sympy.polys.matrices import DomainMatrix

from symconv.algebra.sizes import to_expr
from symconv.arguments import parse_index, parse_pair
from symconv.determinants.structure import axis_factors
from symconv.errors import ShapeError, SymconvError
from symconv.linear_algebra.elimination import field_matrix, inverted
from symconv.linear_algebra.inverse_forms import GreenForm
from symconv.linear_algebra.inverse_forms import MatrixForm as MatrixInverse
from symconv.linear_algebra.inverses import Inverse, inverse, multiple_of_identity
from symconv.linear_algebra.ranks import rank
from symconv.operators.entries import pixel
from symconv.operators.operator import Operator, parse_operator
from symconv.printing.free_letters import operator_letters
from symconv.printing.notebook import notebook_latex
from symconv.printing.typesetter import Typesetter, typesetter
from symconv.spectra.diagonalisation import Diagonalisation, diagonalise

Side = Literal["rows", "columns"]
Sizes = Mapping[sp.Symbol, int]

MOST_EXPLICIT = 40_000


class Form(Protocol):
    """One way to know a pseudo-inverse."""

    @property
    def method(self) -> str: ...

    def entry(self, row: Any, col: Any) -> sp.Expr: ...
    def latex(self, printer: Typesetter) -> str: ...


@dataclass(frozen=True, eq=False, repr=False)
class PseudoInverse:
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
        if rows * cols > MOST_EXPLICIT:
            raise ShapeError(f"{rows} x {cols} entries are too many to write out; see entry()")
        return sp.Matrix(rows, cols, lambda i, j: self.form.entry(int(i), int(j)))

    def __repr__(self) -> str:
        return f"PseudoInverse({self.method}, {self.operator!r})"

    def _latex(self, printer: Any) -> str:
        return self.form.latex(typesetter(printer))

    def _repr_latex_(self) -> str | None:
        return notebook_latex(self.form.latex(Typesetter()))


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
    adjoint = operator.T
    for gram in (operator @ adjoint, adjoint @ operator) if real else ():
        scale = multiple_of_identity(gram)
        if scale is not None and scale != 0:
            return TransposeForm(operator, scale)
    factors = axis_factors(operator) if real else None
    if factors is not None:
        return KroneckerForm(operator, tuple(pseudo_inverse(f) for f in factors))
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
    return MatrixForm(factorised(matrix))


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


# --- the ways ----------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class TransposeForm:
    """C^T over a number: the rows or the columns are orthogonal and of one length."""

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
        return rf"{C}^{{+}} = {over}{C}^{{\mathsf{{T}}}}{nonzero}"


@dataclass(frozen=True, eq=False)
class RegularForm:
    """A square operator of full rank: its inverse."""

    operator: Operator
    inverse: Inverse

    @property
    def method(self) -> str:
        return f"inverse, {self.inverse.method}"

    def entry(self, row: Any, col: Any) -> sp.Expr:
        return self.inverse.entry(_flat(self.operator.cols, row), _flat(self.operator.rows, col))

    def latex(self, printer: Typesetter) -> str:
        C = operator_letters(self.operator, printer)["C"]
        form = self.inverse.form
        is_matrix = isinstance(form, MatrixInverse | GreenForm)
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
        i = _flat(self.operator.cols, row)
        j = _flat(self.operator.rows, col)
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
        CT = rf"{C}^{{\mathsf{{T}}}}"
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
        CT = rf"{C}^{{\mathsf{{T}}}}"
        names = ", ".join(printer._print(j) for j in self.gram.indices)
        value = printer._print(self.value)
        return rf"{C}^{{+}} = {CT} ({C} {CT})^{{+}}, \qquad \lambda^{{+}}_{{{names}}} = {value}"


def _reciprocal(value: sp.Expr) -> sp.Expr:
    if value.is_nonzero:
        return 1 / value
    return sp.Piecewise((1 / value, sp.Ne(value, 0)), (0, True))


@dataclass(frozen=True, eq=False)
class KroneckerForm:
    """A separable operator: the axes' pseudo-inverses."""

    operator: Operator
    parts: tuple[PseudoInverse, ...]

    method = "Kronecker product"

    def entry(self, row: Any, col: Any) -> sp.Expr:
        if self.operator.size_symbols:
            raise ShapeError("the entries are known size by size: take at() first")
        indices = pixel(self.operator.cols, row)[1:], pixel(self.operator.rows, col)[1:]
        return sp.Mul(*(p.entry(i, j) for p, i, j in zip(self.parts, *indices, strict=True)))

    def latex(self, printer: Typesetter) -> str:
        return r" \otimes ".join(rf"\left({p.form.latex(printer)}\right)" for p in self.parts)


@dataclass(frozen=True, eq=False)
class MatrixForm:
    """A matrix that a factorisation of full rank gave."""

    matrix: DomainMatrix

    method = "factorisation of full rank"

    def entry(self, row: Any, col: Any) -> sp.Expr:
        rows, cols = self.matrix.shape
        i, j = parse_index("row", row, rows), parse_index("column", col, cols)
        domain: Domain = self.matrix.domain
        found: sp.Expr = domain.to_sympy(self.matrix.to_sparse().rep.getitem(i, j))
        return found

    def latex(self, printer: Typesetter) -> str:
        return str(printer._print(self.matrix.to_Matrix()))


def _flat(sizes: Any, index: Any) -> int:
    channel, *place = pixel(sizes, index)
    flat = channel
    for n, i in zip(sizes[1:], place, strict=True):
        flat = flat * n + i
    return flat
