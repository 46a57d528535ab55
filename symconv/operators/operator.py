"""Operators: sums of coefficient times Kronecker product of diagonals, and their algebra."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import TYPE_CHECKING, Any, Literal, overload

import sympy as sp

from symconv._late_calls import Answering, late
from symconv._pickle import restored
from symconv._printable import Printable
from symconv.algebra.coefficients import convert, from_exprs, is_zero, unify
from symconv.algebra.deferred import plain_symbols, relabelled
from symconv.algebra.diagonal import transposing
from symconv.algebra.products import converted, multiply, nonzero
from symconv.algebra.sizes import Horizon, Size, evaluate, parse_integer
from symconv.algebra.symbols import Names, agree, recognised, united
from symconv.arguments import parse_flag, parse_instance, parse_mapping
from symconv.errors import KernelError, ShapeError
from symconv.operators import entries
from symconv.operators.closed_form import ClosedForm
from symconv.operators.exact_input import parse_exact, parse_substitution, parse_variable
from symconv.operators.provenance import Product, Provenance, Scaled, Total, Transposed, names_of
from symconv.operators.sympy_matrix import OperatorMatrix
from symconv.operators.term_matrix import TermMatrix, have_one_table, later_bounds
from symconv.operators.valid_from import valid_from

if TYPE_CHECKING:
    from symconv.operators.boundary_split import Split


@dataclass(frozen=True, eq=False, repr=False)
class Operator(TermMatrix, Printable, Answering):
    """A linear map between images: the matrix of a convolution, or of any product of them.

    Made by :func:`symconv.conv` and its like, never directly. Images are flattened row-major,
    channel first. Supports ``.T``, ``@``, ``+``, ``-``, scalar ``*``, ``==`` and ``op[i, j]``.

    Attributes:
        rows, cols: (channels, *size) of the output and of the input.
        domain: the SymPy domain of the coefficients.
        terms: Kronecker product of diagonals (channel axis first) to coefficient.
        bounds: for each size symbol a value from which on the terms are proven right.
        provenance: how it was made.

    >>> import symconv as sc
    >>> C = sc.conv([1, 2], 3)
    >>> C @ C.T, (C @ C.T)[0, 0], C.T @ C == C @ C.T
    (Operator(2 x 2, (2,) -> (2,)), 5, False)
    """

    provenance: Provenance

    # SymPy's numbers and symbols leave ``symbol * operator`` to us; NumPy's arrays likewise.
    _op_priority = 20.0
    __array_ufunc__ = None

    def __post_init__(self) -> None:
        self._require_pixels(Horizon())
        _ = self.names

    def __reduce__(self) -> tuple[Any, ...]:
        return restored, ("Operator", self.provenance)

    def __deepcopy__(self, memo: Any) -> Operator:
        return self

    @cached_property
    def entry_symbols(self) -> set[sp.Symbol]:
        """The symbols in the entries."""
        factor, _ = self.gram or (self, "")
        # Symbols stay apart, and their squares cancel nowhere.
        found = plain_symbols(factor.domain, factor.terms)
        return super().entry_symbols if found is None else found

    @cached_property
    def names(self) -> Names:
        """The symbols by name that it was made with, those that cancelled too.

        Raises:
            SymbolError: two different ones are called alike, such as n and an n that is positive.
        """
        return names_of(self.provenance, (*self.rows, *self.cols))

    # --- algebra ---------------------------------------------------------------------------

    @cached_property
    def T(self) -> Operator:
        """The transpose: for a convolution, the transposed convolution.

        >>> import symconv as sc
        >>> sc.conv(sc.Kernel([1, 2]), 3).T.as_explicit()
        Matrix([
        [1, 0],
        [2, 1],
        [0, 2]])
        """
        if isinstance(self.provenance, Transposed):
            return self.provenance.operand
        terms = relabelled(self.terms, transposing())
        return Operator(self.cols, self.rows, self.domain, terms, self.bounds, Transposed(self))

    @cached_property
    def H(self) -> Operator:
        """The conjugate transpose, which is the transpose where all entries are real.

        >>> import symconv as sc
        >>> sc.conv(sc.Kernel([1, sp.I]), 2).H.as_explicit()
        Matrix([
        [ 1],
        [-I]])
        """
        if all(expr.is_real for _, expr in self.expressions):
            return self.T
        return self.T.provenance.rebuild(lambda e: parse_exact(sp.conjugate(e)), lambda size: size)

    def __pow__(self, exponent: int) -> Operator:
        """The product with itself; of a negative exponent with the inverse, where it is one."""
        times = parse_integer(exponent, "an exponent")
        if self.rows != self.cols:
            raise ShapeError(f"{self!r} is not square between images of one size: it has no powers")
        if times < 0:
            inverse: Operator = self.inv().as_operator
            return inverse**-times
        if times == 0:
            raise ShapeError(f"{self!r}**0: write symconv.identity(size)")
        return product_of(*[self] * times)

    @overload
    def __matmul__(self, other: Operator) -> Operator: ...
    @overload
    def __matmul__(self, other: Any) -> Any: ...
    def __matmul__(self, other: Any) -> Any:
        if isinstance(other, Operator):
            return product_of(self, other)
        if getattr(other, "is_affine_map", False):
            return NotImplemented
        return entries.apply(self, other)

    def __add__(self, other: object) -> Operator:
        return add(self, other) if isinstance(other, Operator) else NotImplemented

    def __sub__(self, other: object) -> Operator:
        return add(self, -other) if isinstance(other, Operator) else NotImplemented

    def __neg__(self) -> Operator:
        return scale(self, sp.S.NegativeOne)

    def __mul__(self, scalar: object) -> Operator:
        if isinstance(scalar, Operator):
            raise ShapeError("* is for scalars; write A @ B for the product of operators")
        if isinstance(scalar, sp.MatrixBase | sp.MatrixExpr):
            return NotImplemented
        return scale(self, parse_exact(scalar, "scalar"))

    __rmul__ = __mul__

    def __truediv__(self, scalar: object) -> Operator:
        divisor = parse_exact(scalar, "scalar")
        if divisor.is_zero:
            raise KernelError(f"{self!r} cannot be divided by the scalar {divisor}")
        return scale(self, 1 / divisor)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Operator):
            return NotImplemented
        if (self.rows, self.cols) != (other.rows, other.cols) or not agree(self.names, other.names):
            return False
        domain = unify(self.domain, other.domain)
        if domain.is_ZZ or domain.is_QQ or domain.is_PolynomialRing:
            same = have_one_table(self, other, domain)
            if same is not None:
                return same
        difference = self - other
        return all(is_zero(difference.domain, c) for c in difference.cells.values())

    def __hash__(self) -> int:
        # Equal coefficients have other tables where they are expressions in no one form.
        return hash((self.rows, self.cols))

    def subs(self, *args: Any, simultaneous: bool = False) -> Operator:
        """The operator with symbols replaced, as ``sympy.Expr.subs`` does; sizes by numbers only.

        A symbol with other assumptions is known by its name. A size that gets a number is that
        number in the entries too, and in what is put in for other symbols.

        >>> import symconv as sc
        >>> a, b = sp.symbols("a b")
        >>> sc.conv(sc.Kernel([a, b]), 3).subs({a: 1, b: -1})[0, 1]
        -1
        """
        old_to_new = recognised(parse_substitution(*args), self.names)
        at_once = parse_flag("simultaneous", simultaneous)
        sizes = {n: old_to_new.pop(n) for n in self.size_symbols & set(old_to_new)}
        operator = self.at(sizes) if sizes else self
        old_to_new = {_with(old, sizes): _with(new, sizes) for old, new in old_to_new.items()}
        return operator.provenance.rebuild(
            lambda e: parse_exact(e.subs(old_to_new, simultaneous=at_once)), lambda size: size
        )

    def diff(self, symbol: sp.Symbol) -> Operator:
        """The derivative of every entry by a symbol of the entries.

        >>> import symconv as sc
        >>> a, b = sp.symbols("a b")
        >>> C = sc.conv(sc.Kernel([a, b]), 2)
        >>> (C @ C.T).diff(a)[0, 0]
        2*a
        """
        (symbol,) = recognised({parse_variable(symbol): None}, self.names)
        if symbol in self.size_symbols:
            raise ShapeError(f"{symbol} is a size: entries have no derivative by it")
        return self.provenance.diff(symbol)

    def at(self, values: Mapping[sp.Symbol, int]) -> Operator:
        """The operator where the size symbols have these values, built for that size.

        The values are put in for these symbols in the entries too. A symbol with other assumptions
        is known by its name.

        Raises:
            ShapeError: a size symbol has no value.
            GeometryError: a value is no integer, or makes a size that there is not.
        """
        sizes = parse_sizes_at(self, values)
        return self.provenance.rebuild(
            lambda e: _with(e, sizes), lambda size: evaluate(size, sizes)
        )

    # --- entries ---------------------------------------------------------------------------

    @cached_property
    def valid_from(self) -> Mapping[sp.Symbol, int]:
        """For each size symbol the smallest value from which on the closed form holds.

        It holds where every symbol is at least its value, whatever the others are. With several
        symbols no value can be lowered by one while the others stay as they are: the first in
        order of name is as small as can be beside the proven bounds of the rest. Of a closed form
        with thousands of cells it may stay above the smallest, where looking would take too long.

        >>> import symconv as sc
        >>> n, m = sp.symbols("n m")
        >>> C = sc.conv(sc.Kernel([[1, 2, 3]]), (n, m))
        >>> C.valid_from, (C.T @ C).valid_from
        ({m: 3, n: 1}, {m: 4, n: 1})
        """
        return valid_from(self)

    def closed_form(self) -> ClosedForm:
        """Every entry as a formula, for all image sizes at once; see :class:`ClosedForm`."""
        return self._closed_form

    @cached_property
    def _closed_form(self) -> ClosedForm:
        return ClosedForm(self)

    # --- products of an operator with its transpose ----------------------------------------

    @property
    def gram(self) -> tuple[Operator, Literal["rows", "columns"]] | None:
        """(C, "rows") where this is C @ C.T, (C, "columns") where it is C.T @ C, else None."""
        if not isinstance(self.provenance, Product):
            return None
        left, right = self.provenance.left, self.provenance.right
        if _is_transpose(right, left):
            return left, "rows"
        return (right, "columns") if _is_transpose(left, right) else None

    def split(self) -> Split:
        """The Toeplitz part and the boundary, as a :class:`Split`.

        Of C @ C.T and C.T @ C, where C is a convolution with zero padding, the boundary is P P^T or
        H^T H. Of anything else of symbolic size the Toeplitz part is what stands away from the
        border.

        Raises:
            ShapeError: neither is there.

        >>> import symconv as sc
        >>> n = sp.Symbol("n")
        >>> C = sc.conv(sp.symbols("a b c"), n, padding=1, padding_mode="reflect")
        >>> C.split().boundary.closed_form().entry(0, 1), C.split().rank
        (-a, 2)
        """
        found: Split = late("operators.splits", "split_of")(self)
        return found

    # --- faces -----------------------------------------------------------------------------

    def _sympy_(self) -> OperatorMatrix:
        return OperatorMatrix(self)

    def __repr__(self) -> str:
        rows, cols = self.shape
        sizes = f"{_image(self.cols)} -> {_image(self.rows)}"
        return f"Operator({rows} x {cols}, {sizes})"


def parse_operator(value: object) -> Operator:
    """The operator that somebody passed.

    Raises:
        SymconvError: it is none.
    """
    return parse_instance(value, Operator, "is no operator: make one with symconv.conv")


def parse_sizes_at(operator: Operator, values: object) -> dict[sp.Symbol, int]:
    """A number for each size symbol of an operator; see :meth:`Operator.at`."""
    known = recognised(parse_mapping("at()", values), operator.names)
    missing = operator.size_symbols - set(known)
    if missing:
        raise ShapeError(f"at() needs a value for {', '.join(sorted(map(str, missing)))}")
    return {n: parse_integer(known[n], f"the size {n}") for n in operator.size_symbols}


# --- how operators are made ------------------------------------------------------------------


def _is_transpose(operator: Operator, of: Operator) -> bool:
    """Whether an operator was made by transposing another."""
    made = operator.provenance
    return isinstance(made, Transposed) and made.operand.provenance == of.provenance


def _with(value: Any, sizes: Mapping[sp.Symbol, int]) -> Any:
    """An expression with numbers for sizes; anything else as it is."""
    affected = isinstance(value, sp.Basic) and value.free_symbols & sizes.keys()
    return value.subs(sizes) if affected else value


def add(one: Operator, other: Operator) -> Operator:
    """The sum of two operators between the same images."""
    united(one.names, other.names)
    if (one.rows, one.cols) != (other.rows, other.cols):
        raise ShapeError(f"{one!r} and {other!r} are of different sizes and cannot be added")
    domain = unify(one.domain, other.domain)
    terms = dict(converted(one.terms, one.domain, domain))
    for term, c in converted(other.terms, other.domain, domain).items():
        terms[term] = terms[term] + c if term in terms else c
    bounds = later_bounds(one, other)
    return Operator(one.rows, one.cols, domain, nonzero(terms), bounds, Total(one, other))


def scale(operand: Operator, scalar: sp.Expr) -> Operator:
    """A scalar times an operator."""
    scalar_domain, (factor,) = from_exprs([scalar])
    domain = unify(operand.domain, scalar_domain)
    (factor,) = convert([factor], scalar_domain, domain)
    terms = converted(operand.terms, operand.domain, domain)
    scaled = nonzero({term: factor * c for term, c in terms.items()})
    return Operator(
        operand.rows, operand.cols, domain, scaled, operand.bounds, Scaled(scalar, operand)
    )


def product_of(first: Operator, *others: Operator) -> Operator:
    """The product of a chain of operators."""
    return reduce(_product, others, first)


def _product(left: Operator, right: Operator) -> Operator:
    """The product of two operators, diagonal by diagonal: its cost does not grow with the image."""
    united(left.names, right.names)
    if left.cols != right.rows:
        raise ShapeError(
            f"{left!r} @ {right!r}: the left one takes {_image(left.cols)}, the right one gives "
            f"{_image(right.rows)}"
        )
    horizon = Horizon()
    horizon.note(later_bounds(left, right))
    for size in left.cols:
        horizon.require_pixels(size)
    domain = unify(left.domain, right.domain)
    terms = multiply(
        converted(left.terms, left.domain, domain),
        converted(right.terms, right.domain, domain),
        domain,
        horizon,
    )
    return Operator(left.rows, right.cols, domain, terms, horizon.valid_from, Product(left, right))


def _image(sizes: Sequence[Size]) -> str:
    channels, *size = sizes
    pixels = "(" + ", ".join(map(str, size)) + ("," if len(size) == 1 else "") + ")"
    return pixels if channels == 1 else f"{channels} channels of {pixels}"
