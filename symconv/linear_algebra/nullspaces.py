"""What an operator takes to zero, and what it can give: bases that are exact, at every size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy as sp

from symconv._printable import Readable
from symconv.algebra.coefficients import from_exprs, to_sympy
from symconv.algebra.sizes import Affine, evaluate, to_expr
from symconv.determinants.structure import axis_factors, one_channel
from symconv.determinants.work_budget import Budget
from symconv.errors import ShapeError
from symconv.linear_algebra.elimination import (
    columns,
    cramers_vectors,
    field_matrix,
    null_vectors,
    regular_minor,
)
from symconv.linear_algebra.ranks import Condition, condition_latex, rank, shown
from symconv.operators.entries import concrete_shape
from symconv.operators.exact_input import parse_array
from symconv.operators.operator import Operator, parse_operator
from symconv.printing.latex_text import latex_text
from symconv.printing.unicode import one_line
from symconv.typesetting.displays import aligned_lines
from symconv.typesetting.free_letters import operator_letters
from symconv.typesetting.index_expressions import combination
from symconv.typesetting.notebook import notebook_latex
from symconv.typesetting.typesetter import Typesetter, typesetter
from symconv.work_limits import check

MOST_BASIS = 200_000
MOST_STEPS = 20_000

Sizes = Mapping[sp.Symbol, int]


@dataclass(frozen=True, eq=False, repr=False)
class NullSpace(Readable):
    """All images that an operator takes to zero; made by :func:`nullspace`.

    Attributes:
        operator: C.
        dimension: how many images make a basis, an integer or a formula in the size.
        taps: on one axis without a border, the coefficients k_0, …, k_b of the recurrence
            k_0 x_i + … + k_b x_(i+b) = 0 that the pixels follow; neither end is zero. Else None.
        free: how many pixels before the first and after the last one of the recurrence are free.
        condition: when this is so, as in :class:`~symconv.linear_algebra.ranks.Rank`, or None.
    """

    operator: Operator
    dimension: int | sp.Expr
    taps: tuple[sp.Expr, ...] | None = None
    free: tuple[int, int] = (0, 0)
    condition: Condition = None

    def at(self, sizes: Sizes) -> NullSpace:
        """The null space at one size."""
        return nullspace(self.operator.at(sizes))

    @cached_property
    def basis(self) -> tuple[sp.Matrix, ...]:
        """Columns that every image of the null space is one combination of, at a concrete size.

        Raises:
            ShapeError: the size is symbolic; :meth:`at` gives one, ``sequences`` all of them.
            BudgetError: it would take more than some seconds.
        """
        if self.operator.size_symbols:
            raise ShapeError(f"{self.operator!r} has a symbolic size: take at() first")
        if self.taps is not None:
            return tuple(self._by_recurrence(self.taps))
        return tuple(_basis(self.operator))

    def _by_recurrence(self, taps: Sequence[sp.Expr]) -> list[sp.Matrix]:
        """Unit vectors of the free pixels, continued by the recurrence."""
        pixels, reach = int(self.operator.shape[1]), len(taps) - 1
        before, after = self.free
        count = pixels * (reach + before + after)
        what = f"{count} numbers of a basis on {pixels} pixels"
        check("work", count, what, "take(...) gives single pixels", MOST_BASIS)
        units = [[sp.Integer(i == j) for i in range(pixels)] for j in range(before)]
        units += [[sp.Integer(i == pixels - 1 - j) for i in range(pixels)] for j in range(after)]
        inner = pixels - before - after
        for line in _continued(taps, inner):
            units.append([sp.S.Zero] * before + line + [sp.S.Zero] * after)
        return [sp.Matrix(unit) for unit in units]

    @property
    def polynomial(self) -> sp.Poly:
        """k_0 + k_1 z + … + k_b z^b, whose roots the sequences are powers of.

        Raises:
            ShapeError: the null space is not one of sequences on one axis.
        """
        if self.taps is None:
            raise ShapeError(f"the null space of {self.operator!r} is given by its basis alone")
        z = sp.Symbol(operator_letters(self.operator).name("z"))
        return sp.Poly(list(reversed(self.taps)), z)

    @property
    def index(self) -> sp.Symbol:
        """The letter that counts the pixels of the sequences, from 0."""
        return sp.Symbol(operator_letters(self.operator).name("i"), integer=True, nonnegative=True)

    @cached_property
    def sequences(self) -> tuple[sp.Expr, ...]:
        r"""A basis as formulas in the pixel i: \rho^i, and i \rho^i, … at roots of multiplicity.

        Roots are exact: radicals, or SymPy's CRootOf. Where the kernel is of symbols and has more
        than two roots, the symbols \rho_1, … stand for them, taken to differ. Free pixels at the
        ends, where end taps are zero, are not among them.
        """
        i = self.index
        found: list[sp.Expr] = []
        for root, multiplicity in self._roots:
            found += [i**power * root**i for power in range(multiplicity)]
        return tuple(found)

    @property
    def _roots(self) -> list[tuple[sp.Expr, int]]:
        polynomial = self.polynomial
        degree = polynomial.degree()
        if not polynomial.free_symbols_in_domain:
            if polynomial.domain.is_ZZ or polynomial.domain.is_QQ:
                factors = polynomial.factor_list()[1]
                return [(root, e) for f, e in factors for root in f.all_roots(radicals=True)]
            roots = sp.roots(polynomial)
            if sum(roots.values()) == degree:
                return list(roots.items())
        elif degree == 1:
            return [(-polynomial.TC() / polynomial.LC(), 1)]
        name = operator_letters(self.operator).name("rho")
        return [(sp.Symbol(f"{name}_{{{j + 1}}}"), 1) for j in range(degree)]

    def contains(self, image: Any) -> bool:
        """Whether an image, as an array or a column, is taken to zero."""
        return all(sp.simplify(e) == 0 for e in sp.flatten(self.operator @ image))

    def __repr__(self) -> str:
        return f"NullSpace(dimension {self.dimension}, of {self.operator!r})"

    def __str__(self) -> str:
        if self.taps is None:
            said = "nothing but 0" if self.dimension == 0 else f"{self.dimension} images"
            return said if self.condition is None else f"{said}, if {shown(self.condition)}"
        parts = ", ".join(map(one_line, self.sequences))
        ends = f"; {self.free[0]} pixels before and {self.free[1]} after are free"
        letters = operator_letters(self.operator)
        i, x = (letters.name(letter) for letter in "ix")
        return f"{x}[{i}] = combinations of {parts}{ends if any(self.free) else ''}"

    def _latex(self, printer: Any) -> str:
        return self.latex(typesetter(printer, self))

    def latex(self, printer: Typesetter) -> str:
        """The sequences and their recurrence, or a basis."""
        if self.taps is None:
            when = condition_latex(self.condition, printer)
            if self.dimension == 0:
                return rf"\{{0\}}{when}"
            if self.operator.size_symbols:
                return rf"\dim = {printer._print(to_expr(self.dimension))}{when}"
            spanned = ", ".join(printer._print(v) for v in self.basis)
            return rf"\operatorname{{span}}\left\{{{spanned}\right\}}"
        letters = operator_letters(self.operator, printer)
        i, x, c = (letters[letter] for letter in "ixc")
        constants = [f"{c}_{{{j + 1}}}" for j in range(len(self.sequences))]
        combined = combination(zip(self.sequences, constants, strict=True), printer)
        pixels = (f"{x}_{{{i}{f' + {t}' if t else ''}}}" for t in range(len(self.taps)))
        steps = combination(zip(self.taps, pixels, strict=True), printer)
        when = condition_latex(self.condition, printer)
        return str(aligned_lines([f"{x}_{{{i}}} &= {combined}", f"0 &= {steps}{when}"]))

    def _repr_latex_(self) -> str | None:
        return notebook_latex(self.latex(typesetter(None, self)))


@dataclass(frozen=True, eq=False, repr=False)
class ColumnSpace(Readable):
    """All images that an operator can give; made by :func:`columnspace`.

    Attributes:
        operator: C.
        dimension: the rank.
        equations: the null space of C^T: an image y is given exactly if v·y = 0 for all v in it.
    """

    operator: Operator
    dimension: int | sp.Expr
    equations: NullSpace

    def contains(self, image: Any) -> bool:
        """Whether an image, as a flat list or column, can be given; at a concrete size."""
        entries, _ = parse_array(image, "image entry")
        column, rows = sp.Matrix(entries), self.operator.shape[0]
        if len(column) != rows:
            raise ShapeError(f"an image of {len(column)} entries, and this has {rows}")
        return all(sp.simplify((v.T * column)[0]) == 0 for v in self.equations.basis)

    def __repr__(self) -> str:
        return f"ColumnSpace(dimension {self.dimension}, of {self.operator!r})"

    def __str__(self) -> str:
        return latex_text(sp.latex(self))

    def _latex(self, printer: Any) -> str:
        shown = self.equations.latex(typesetter(printer, self))
        return rf"\left({shown}\right)^{{\perp}}"

    def _repr_latex_(self) -> str | None:
        return notebook_latex(self._latex(typesetter(None, self)))


def nullspace(operator: Operator) -> NullSpace:
    """The null space of an operator, exactly.

    At a symbolic size: a convolution of one channel on one axis at stride 1 without padding, and
    the transpose of a "full" one, where the pixels follow the kernel's own recurrence; operators
    whose rank is the number of columns. At a concrete size every operator, separable ones by their
    factors.

    Raises:
        SymconvError: no basis is known at this symbolic size; ``op.at()`` leads on.
        BudgetError: it would take more than some seconds.

    >>> import symconv as sc
    >>> print(nullspace(sc.conv([2, -3, 1], sp.Symbol("n"))))
    x[i] = combinations of 2^i, 1
    >>> print(nullspace(sc.conv([1, -2, 1], sp.Symbol("n"))))
    x[i] = combinations of 1, i
    """
    parse_operator(operator)
    line = _recurrence(operator)
    if line is not None:
        taps, free = line
        ends = [sp.Ne(end, 0) for end in dict.fromkeys((taps[0], taps[-1])) if end.free_symbols]
        condition = sp.And(*ends) if ends else None
        return NullSpace(operator, len(taps) - 1 + sum(free), taps, free, condition)
    if not operator.size_symbols:
        return NullSpace(operator, len(_basis_shape(operator)))
    found = rank(operator)
    return NullSpace(operator, _plain(found.nullity), condition=found.condition)


def columnspace(operator: Operator) -> ColumnSpace:
    """The range of an operator: its dimension, and the equations that images in it satisfy.

    Raises:
        SymconvError, BudgetError: as :func:`nullspace` and :func:`symconv.rank`.

    >>> import symconv as sc
    >>> range_of_full = columnspace(sc.conv([2, -3, 1], sp.Symbol("n"), padding="full"))
    >>> print(range_of_full.dimension, range_of_full.equations, sep="; ")
    n; x[i] = combinations of 1, (1/2)^i
    """
    equations = nullspace(parse_operator(operator).T)
    dimension = _plain(to_expr(operator.shape[0]) - equations.dimension)
    return ColumnSpace(operator, dimension, equations)


def _plain(value: sp.Expr) -> int | sp.Expr:
    expanded = sp.expand(value)
    return int(expanded) if expanded.is_Integer else expanded


def _recurrence(operator: Operator) -> tuple[tuple[sp.Expr, ...], tuple[int, int]] | None:
    """Taps without zero ends, and the free pixels that those leave, of one axis without border."""
    layer = operator.as_layer()
    if layer is None or layer.has_channels or len(layer.axes) > 1:
        return None
    (axis,), kernel = layer.axes, layer.kernel
    if axis.padding_mode != "zeros" or axis.stride != 1 or axis.input_dilation != 1:
        return None
    if layer.transposed:
        axis, kernel = axis.T, kernel.flip()
    if axis.padding > 0 or not _at_most_zero(axis.padding_high):
        return None
    spread = [sp.S.Zero] * axis.extent
    spread[:: axis.dilation] = kernel.entries
    used = [t for t, entry in enumerate(spread) if entry != 0]
    if not used:
        return None
    first, last = used[0], used[-1]
    cropped = -axis.padding, -evaluate(axis.padding_high, {})
    free = first + cropped[0], axis.extent - 1 - last + cropped[1]
    return tuple(spread[first : last + 1]), free


def _at_most_zero(size: int | Affine) -> bool:
    return isinstance(size, int) and size <= 0


def _continued(taps: Sequence[sp.Expr], pixels: int) -> list[list[sp.Expr]]:
    """The solutions of the recurrence that start as unit vectors.

    The pixel at i is kept times the last tap to the power i - b + 1, so that no division happens.
    """
    domain, line = from_exprs(list(taps))
    budget = Budget(f"the sequences on {pixels} pixels", "give the kernel numbers")
    last, reach = line[-1], len(line) - 1
    powers = [domain.one]
    for _ in range(pixels):
        powers.append(budget.multiply(domain, powers[-1], last))
    found = []
    for start in range(reach):
        scaled = [domain.one if i == start else domain.zero for i in range(reach)]
        for i in range(reach, pixels):
            budget.spend(reach * (i * i // 20_000))  # the numbers grow
            total = domain.zero
            for back, tap in enumerate(reversed(line[:-1]), 1):
                lag = min(back, i - reach + 1) - 1
                term = budget.multiply(domain, tap, scaled[i - back])
                total = total - budget.multiply(domain, term, powers[lag])
            scaled.append(total)
        shown = [to_sympy(domain, e) for e in scaled]
        scales = [to_sympy(domain, powers[max(0, i - reach + 1)]) for i in range(pixels)]
        pairs = zip(shown, scales, strict=True)
        found.append([sp.cancel(e / s) if s.is_number else e / s for e, s in pairs])
    return found


# --- concrete sizes -----------------------------------------------------------------------------


def _basis_shape(operator: Operator) -> Sequence[Any]:
    nullity = to_expr(rank(operator).nullity)
    return range(int(nullity))


def _basis(operator: Operator) -> list[sp.Matrix]:
    factors = axis_factors(operator) if one_channel(operator) else None
    if factors is not None and len(factors) == 2:
        return _kronecker(factors)
    if operator.entry_symbols:
        return _of_symbols(operator)
    matrix = field_matrix(operator, "null space")
    return columns(null_vectors(matrix), matrix.domain)


def _of_symbols(operator: Operator) -> list[sp.Matrix]:
    """Vectors of polynomials."""
    width, domain = int(operator.shape[1]), operator.domain
    vectors = cramers_vectors(operator, regular_minor(operator))
    zero = domain.zero
    dense = [[vector.get(j, zero) for j in range(width)] for vector in vectors]
    return columns(dense, domain)


def _kronecker(factors: Sequence[Operator]) -> list[sp.Matrix]:
    """N ⊗ all, and the pixels on which the first factor is regular ⊗ N' of the second."""
    first, _ = factors
    n, m = (concrete_shape(f.rows, f.cols)[1] for f in factors)
    what = f"{n * m}**2 numbers for a basis on {n} x {m} pixels"
    check("work", (n * m) ** 2, what, "take a smaller image", 100 * MOST_BASIS)
    left, right = (nullspace(f).basis for f in factors)
    units = [sp.Matrix([sp.Integer(i == j) for i in range(m)]) for j in range(m)]
    pivots = field_matrix(first, "null space").rref()[1]
    regular = [sp.Matrix([sp.Integer(i == j) for i in range(n)]) for j in pivots]
    return [sp.kronecker_product(a, b) for a in left for b in units] + [
        sp.kronecker_product(a, b) for a in regular for b in right
    ]
