"""Determinants of operators, of a concrete size or of every size at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import sympy as sp

from symconv._printable import Readable
from symconv.algebra.sizes import to_expr
from symconv.determinants.band_determinants import BandForm, band_form
from symconv.determinants.chebyshev import ChebyshevForm
from symconv.determinants.circular_determinants import circular_form, transform_form
from symconv.determinants.fixed_size_determinants import ConcreteForm, TwoLevel
from symconv.determinants.recurrences import Recurrence
from symconv.determinants.structure import axis_factors
from symconv.errors import BudgetError, ShapeError, SymconvError
from symconv.operators.operator import Operator, parse_operator, parse_sizes_at
from symconv.operators.provenance import Product, Scaled, Transposed
from symconv.printing.latex_text import latex_text
from symconv.typesetting.notebook import notebook_latex
from symconv.typesetting.typesetter import Typesetter, typesetter

Sizes = Mapping[sp.Symbol, int]


class Form(Protocol):
    """One way to know a determinant."""

    @property
    def method(self) -> str: ...
    @property
    def expr(self) -> sp.Expr: ...
    @property
    def recurrence(self) -> Recurrence: ...
    def value(self, sizes: Sizes) -> sp.Expr: ...
    def index(self, sizes: Sizes) -> int: ...
    def factor(self) -> sp.Expr: ...
    def latex(self, printer: Typesetter) -> str: ...


@dataclass(frozen=True, eq=False, repr=False)
class Determinant(Readable):
    """The determinant of a square operator; made by :func:`determinant`.

    Attributes:
        operator: whose determinant it is.
        form: how it is known.
    """

    operator: Operator
    form: Form

    @property
    def method(self) -> str:
        """How it is computed, in a few words."""
        return self.form.method

    @property
    def expr(self) -> sp.Expr:
        """A SymPy expression; of a symbolic size, in that size.

        Roots of the kernel's polynomial appear as symbols, which :meth:`at` never needs.

        Raises:
            SymconvError: only :meth:`at` and the recurrence are known.
        """
        return self.form.expr

    def at(self, sizes: Sizes) -> sp.Expr:
        """The exact value where the size symbols have these values.

        Raises:
            ShapeError: a size symbol has no value.
            BudgetError: it would take more than some seconds.
        """
        return self.form.value(parse_sizes_at(self.operator, sizes))

    def doit(self, **hints: Any) -> sp.Expr:
        """The expression written out."""
        return sp.expand(self.expr.doit(**hints))

    def factor(self) -> sp.Expr:
        """The expression as a product; halves of centrosymmetric matrices stay apart."""
        return self.form.factor()

    @property
    def recurrence(self) -> Recurrence:
        """The linear recurrence in the size, with polynomial coefficients in the kernel.

        Raises:
            SymconvError: none is known, as for a concrete size or several axes.
        """
        return self.form.recurrence

    @property
    def chebyshev(self) -> ChebyshevForm:
        """C C^T of symbolic size by its symmetric and skew half, in Chebyshev polynomials.

        Raises:
            SymconvError: the operator is no symmetric Toeplitz matrix of symbolic size.

        >>> import symconv as sc
        >>> C = sc.conv([2, 3], sp.Symbol("n"))
        >>> determinant(C @ C.T).chebyshev.at(2)
        (19, 7)
        """
        if isinstance(self.form, BandForm):
            return self.form.chebyshev
        raise SymconvError("the Chebyshev form is for symmetric Toeplitz matrices of symbolic size")

    @property
    def two_level(self) -> TwoLevel:
        """C C^T of a concrete size in the names r_δ, with their definitions beside.

        Raises:
            SymconvError: the operator is not C C^T of one channel without padding.

        >>> import symconv as sc
        >>> C = sc.conv(sc.Kernel.arange((3, 3)), (4, 4))
        >>> [len(factor.args) for factor in determinant(C @ C.T).two_level.factors]
        [7, 7]
        """
        found = self.form.two_level if isinstance(self.form, ConcreteForm) else None
        if found is None:
            raise SymconvError(
                "two_level is for C @ C.T of one channel, at a concrete size and without padding"
            )
        return found

    @property
    def generating_function(self) -> sp.Expr:
        """The power series of the recurrence as a rational function."""
        return self.recurrence.generating_function

    def modulo(self, prime: int, sizes: Sizes) -> int:
        """The determinant modulo a prime: milliseconds at a million pixels."""
        return self.recurrence.modulo(prime, self.form.index(parse_sizes_at(self.operator, sizes)))

    def log_magnitude(self, sizes: Sizes) -> float:
        """The natural logarithm of the absolute value: milliseconds at a million pixels."""
        return self.recurrence.log_magnitude(self.form.index(parse_sizes_at(self.operator, sizes)))

    def __repr__(self) -> str:
        return f"Determinant({self.method}, {self.operator!r})"

    def __str__(self) -> str:
        return latex_text(sp.latex(self))

    def _sympy_(self) -> sp.Expr:
        return self.expr

    def _latex(self, printer: Any) -> str:
        return self.form.latex(typesetter(printer, self))

    def _repr_latex_(self) -> str | None:
        try:
            return notebook_latex(self.form.latex(typesetter(None, self)))
        except BudgetError:  # a notebook then shows what it is in words
            return None


def determinant(operator: Operator) -> Determinant:
    """The determinant of a square operator, exactly, at a concrete size or at every size.

    At a symbolic size: one axis with zero padding, its products, sums and Gram matrices (a linear
    recurrence in the size, and a rectangular Schur polynomial where it is Toeplitz); operators that
    commute with rotations, on any number of axes; separable kernels; products of these.

    Raises:
        ShapeError: the matrix is not square.
        SymconvError: no closed form is known at this symbolic size; ``op.at()`` leads on.
        BudgetError: it would take more than some seconds; the message names the way out.

    Source: Jacobi and Trudi's identity for Toeplitz bands; Ciucu and Krattenthaler 2008,
    arXiv:0812.1251, for the factors of C C^T.

    >>> import symconv as sc
    >>> n = sp.Symbol("n")
    >>> C = sc.conv([2, 3], n)
    >>> D = determinant(C @ C.T)
    >>> D.expr, D.at({n: 4})
    (-4**n/5 + 9**n/5, 1261)
    >>> print(D.recurrence)
    D(m) = 13*D(m - 1) - 36*D(m - 2); D(0) = 1; D(1) = 13
    """
    parse_operator(operator)
    rows, cols = operator.shape
    if rows != cols:
        raise ShapeError(f"{operator!r} is not square; C @ C.T and C.T @ C are")
    shared = sorted(map(str, operator.size_symbols & operator.entry_symbols))
    if shared:
        raise SymconvError(f"{', '.join(shared)} is a size and stands in the entries: take at()")
    form = _form(operator)
    if form is None:
        raise SymconvError(
            f"no closed form is known for the determinant of {operator!r} at every size: take "
            "op.at({symbol: number}) first, or circular padding, or a separable kernel"
        )
    return Determinant(operator, form)


def _form(operator: Operator) -> Form | None:
    if not operator.size_symbols:
        return ConcreteForm(operator)
    by_size = band_form(operator) or circular_form(operator)
    return by_size or _product_form(operator) or transform_form(operator)


# --- products ------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class ProductForm:
    """A product of powers of other determinants, and of a number.

    Attributes:
        method: its name.
        scalar, rows: a number to the power of how many rows there are.
        parts: determinants and the exponents that they have.
    """

    operator: Operator
    method: str
    parts: tuple[tuple[Determinant, sp.Expr], ...]
    scalar: sp.Expr = sp.S.One

    @cached_property
    def expr(self) -> sp.Expr:
        powers = (part.expr**exponent for part, exponent in self.parts)
        return sp.Mul(self.scalar ** self.operator.shape[0], *powers)

    @property
    def recurrence(self) -> Recurrence:
        raise SymconvError(f"no recurrence is kept for a {self.method}; its parts have them")

    def value(self, sizes: Sizes) -> sp.Expr:
        total = self.scalar ** to_expr(self.operator.shape[0]).subs(sizes)
        for part, exponent in self.parts:
            total *= part.at(sizes) ** to_expr(exponent).subs(sizes)
        return sp.expand(total)

    def index(self, sizes: Sizes) -> int:
        raise SymconvError(f"no recurrence is kept for a {self.method}; its parts have them")

    def factor(self) -> sp.Expr:
        return self.expr

    def latex(self, printer: Typesetter) -> str:
        return str(printer._print(self.expr))


def _product_form(operator: Operator) -> Form | None:
    origin = operator.provenance
    if isinstance(origin, Transposed):
        return _known([(origin.operand, sp.S.One)], operator, "transpose")
    if isinstance(origin, Scaled):
        parts = [(origin.operand, sp.S.One)]
        return _known(parts, operator, "scalar multiple", origin.scalar)
    gram = operator.gram
    factors = axis_factors(gram[0] if gram else operator)
    if factors is not None:
        if gram is not None:
            factors = [f @ f.T if gram[1] == "rows" else f.T @ f for f in factors]
        whole = to_expr(operator.shape[0])
        parts = [(f, sp.cancel(whole / f.shape[0])) for f in factors]
        return _known(parts, operator, "Kronecker product")
    if isinstance(origin, Product) and origin.left.shape[0] == origin.left.shape[1]:
        parts = [(origin.left, sp.S.One), (origin.right, sp.S.One)]
        return _known(parts, operator, "product")
    return None


def _known(
    parts: list[tuple[Operator, sp.Expr]],
    operator: Operator,
    method: str,
    scalar: sp.Expr = sp.S.One,
) -> Form | None:
    forms = [(part, _form(part), exponent) for part, exponent in parts]
    if any(form is None for _, form, _ in forms):
        return None
    known = tuple((Determinant(p, f), e) for p, f, e in forms if f is not None)
    return ProductForm(operator, method, known, scalar)
