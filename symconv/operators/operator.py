"""Operators: sums of coefficient times Kronecker product of diagonals, and their algebra."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from math import prod
from typing import TYPE_CHECKING, Any, Literal, overload

import sympy as sp
from sympy.polys.domains.domain import Domain

from symconv._late_calls import Answering, late
from symconv._pickle import restored
from symconv._printable import Printable
from symconv.algebra.coefficients import (
    Element,
    cannot_cancel,
    convert,
    free_symbols,
    from_exprs,
    is_zero,
    to_sympy,
    total,
    unify,
)
from symconv.algebra.diagonal import Cell
from symconv.algebra.normal_form import normal_form
from symconv.algebra.products import converted, multiply, nonzero
from symconv.algebra.sizes import Horizon, Size, evaluate, parse_integer, to_expr, to_public
from symconv.algebra.symbols import Names, agree, recognised, united
from symconv.arguments import parse_flag, parse_instance, parse_mapping, parse_pair
from symconv.errors import KernelError, ResidueError, ShapeError
from symconv.operators import entries
from symconv.operators.closed_form import ClosedForm
from symconv.operators.exact_input import parse_exact, parse_substitution, parse_variable
from symconv.operators.layer import Layer
from symconv.operators.provenance import (
    Product,
    Provenance,
    Scaled,
    Splitting,
    Total,
    Transposed,
    names_of,
)
from symconv.operators.sympy_matrix import OperatorMatrix
from symconv.operators.valid_from import valid_from

if TYPE_CHECKING:
    from symconv.numeric.tables import Tables
    from symconv.operators.boundary_split import Split
    from symconv.recognition.recognition import Recognition


@dataclass(frozen=True, eq=False, repr=False)
class Operator(Printable, Answering):
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

    rows: tuple[Size, ...]
    cols: tuple[Size, ...]
    domain: Domain
    terms: Mapping[Cell, Element]
    bounds: Mapping[sp.Symbol, int]
    provenance: Provenance

    # SymPy's numbers and symbols leave ``symbol * operator`` to us; NumPy's arrays likewise.
    _op_priority = 20.0
    __array_ufunc__ = None

    def __post_init__(self) -> None:
        self._require_pixels(Horizon())
        _ = self.names

    def _require_pixels(self, horizon: Horizon) -> None:
        for size in (*self.rows, *self.cols):
            horizon.require_pixels(size)

    def __reduce__(self) -> tuple[Any, ...]:
        return restored, ("Operator", self.provenance)

    def __deepcopy__(self, memo: Any) -> Operator:
        return self

    # --- sizes -----------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int | sp.Expr, int | sp.Expr]:
        """Rows and columns of the matrix; channels count."""
        return _count(self.rows), _count(self.cols)

    @property
    def input_size(self) -> tuple[int | sp.Expr, ...]:
        """Spatial size of the image that the operator takes, in pixels."""
        return tuple(map(to_public, self.cols[1:]))

    @property
    def output_size(self) -> tuple[int | sp.Expr, ...]:
        """Spatial size of the image that it gives, in pixels."""
        return tuple(map(to_public, self.rows[1:]))

    @property
    def in_channels(self) -> int | sp.Expr:
        """Channels of the image that the operator takes."""
        return to_public(self.cols[0])

    @property
    def out_channels(self) -> int | sp.Expr:
        """Channels of the image that it gives."""
        return to_public(self.rows[0])

    @property
    def size_symbols(self) -> set[sp.Symbol]:
        """The symbols in the sizes."""
        return set().union(*(to_expr(size).free_symbols for size in (*self.rows, *self.cols)))

    @cached_property
    def entry_symbols(self) -> set[sp.Symbol]:
        """The symbols in the entries."""
        return free_symbols(self.domain, self.covering.values())

    @property
    def free_symbols(self) -> set[sp.Symbol]:
        """The symbols in the entries and in the sizes."""
        return self.size_symbols | self.entry_symbols

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
        terms = {tuple(d.T for d in term): c for term, c in self.terms.items()}
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
        if getattr(scalar, "is_Matrix", False):
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
            same = _have_one_table(self, other, domain)
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
    def cells(self) -> Mapping[Cell, Element]:
        """The normal form: disjoint boxes of entries and their coefficients."""
        cells, _ = self._normal_form
        return cells

    @property
    def proven_from(self) -> Mapping[sp.Symbol, int]:
        """For each size symbol a value from which on the cells are proven right.

        Images on the way, those between the factors of a product too, have a pixel or more there.
        """
        _, bounds = self._normal_form
        return {n: bounds[n] for n in sorted(self.size_symbols, key=str)}

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

    @cached_property
    def _normal_form(self) -> tuple[Mapping[Cell, Element], Mapping[sp.Symbol, int]]:
        horizon = Horizon()
        horizon.note(self.bounds)
        self._require_pixels(horizon)
        images = list(zip(self.rows, self.cols, strict=True))
        return normal_form(self.terms, self.domain, horizon, images), horizon.valid_from

    @cached_property
    def covering(self) -> Mapping[Cell, Element]:
        """Boxes whose sums are the entries: the terms, where none of their sums is zero.

        Of a product these are far fewer than the cells, and are there without normal form.
        """
        safe = cannot_cancel(self.domain, self.terms.values())
        return self.terms if safe else self.cells

    @cached_property
    def numeric(self) -> Tables:
        """What numbers are made from, kept for the next numbers."""
        found: Tables = late("numeric.tables", "Tables")(self)
        return found

    @cached_property
    def expressions(self) -> list[tuple[Cell, sp.Expr]]:
        """The cells with their coefficients as SymPy expressions."""
        return [(cell, self.polynomial(cell)) for cell in self.cells]

    def polynomial(self, cell: Cell) -> sp.Expr:
        """The coefficient of a cell as a SymPy expression; equal ones are one object."""
        element = self.cells[cell]
        if element not in self._polynomials:
            self._polynomials[element] = to_sympy(self.domain, element)
        return self._polynomials[element]

    @cached_property
    def _polynomials(self) -> dict[Element, sp.Expr]:
        return {}

    def __getitem__(self, index: tuple[Any, Any]) -> sp.Expr:
        return self.entry(*parse_pair(index))

    def entry(self, row: Any, col: Any) -> sp.Expr:
        """The entry that joins an input pixel (column) to an output pixel (row).

        Args:
            row, col: a flat index, counted from the end where negative, or a pixel as a tuple:
                one index a spatial axis, led by the channel where there are several.

        Raises:
            ShapeError: there is no such pixel.

        >>> import symconv as sc
        >>> C = sc.conv(sc.Kernel.arange((3, 3)), (4, 4))
        >>> C.entry(3, 15), C.entry((1, 1), (3, 3)), C[-1, -1]
        (9, 9, 9)
        """
        pixel = (entries.pixel(self.rows, row), entries.pixel(self.cols, col))
        pairs = list(zip(*pixel, strict=True))
        found = [
            coefficient
            for term, coefficient in self.terms.items()
            if all(d.contains(i, j) for d, (i, j) in zip(term, pairs, strict=True))
        ]
        return to_sympy(self.domain, total(self.domain, found))

    def __iter__(self) -> Iterator[Any]:
        raise TypeError("an operator is not a sequence of rows; op.as_explicit() has entries")

    def as_explicit(self) -> sp.MutableSparseMatrix:
        """The matrix as a SymPy ``SparseMatrix``, in which equal entries are one object."""
        return entries.sparse_matrix(self.rows, self.cols, self.expressions)

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
        factor, side = self.gram or (None, None)
        made = factor.provenance if factor is not None else None
        if side is not None and isinstance(made, Splitting):
            layer = made.layer
            if layer is not None and layer.each("padding_mode") == ["zeros"] * len(layer.axes):
                return made.split(side)
        found: Split = late("operators.lines", "border_split")(self)
        return found

    def as_layer(self) -> Layer | None:
        """The convolution or transposed convolution that this is, however it was made, or None."""
        return self.recognition.layer

    @cached_property
    def recognition(self) -> Recognition:
        """Which layer this is, or why it is none; see :func:`symconv.recognise`."""
        found: Recognition = late("recognition.recognition", "recognise")(self)
        return found

    @cached_property
    def as_read(self) -> Operator:
        """This operator, made from what its matrix is; see ``symconv.recognition.readings``."""
        found: Operator = late("recognition.readings", "read")(self)
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


def _have_one_table(one: Operator, other: Operator, domain: Domain) -> bool | None:
    """Whether two operators have the same normal form; None where one has none."""
    terms = [converted(each.terms, each.domain, domain) for each in (one, other)]
    if terms[0] == terms[1]:
        return True
    try:
        cells = [converted(each.cells, each.domain, domain) for each in (one, other)]
    except ResidueError:
        return None
    return cells[0] == cells[1]


def _is_transpose(operator: Operator, of: Operator) -> bool:
    """Whether an operator was made by transposing another."""
    made = operator.provenance
    return isinstance(made, Transposed) and made.operand.provenance == of.provenance


def made_again(provenance: Provenance) -> Operator:
    """The operator that was made so."""
    return provenance.operator()


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
    terms = converted(one.terms, one.domain, domain)
    for term, c in converted(other.terms, other.domain, domain).items():
        terms[term] = terms[term] + c if term in terms else c
    bounds = _later(one, other)
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
    horizon.note(_later(left, right))
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


def _later(one: Operator, other: Operator) -> dict[sp.Symbol, int]:
    horizon = Horizon()
    horizon.note(one.bounds)
    horizon.note(other.bounds)
    return horizon.valid_from


def _count(sizes: Sequence[Size]) -> int | sp.Expr:
    return prod(map(to_public, sizes))


def _image(sizes: Sequence[Size]) -> str:
    channels, *size = sizes
    pixels = "(" + ", ".join(map(str, size)) + ("," if len(size) == 1 else "") + ")"
    return pixels if channels == 1 else f"{channels} channels of {pixels}"
