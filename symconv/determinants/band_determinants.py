"""Determinants of band matrices of symbolic size: Schur polynomials, and recurrences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import sympy as sp
from sympy.polys.matrices import DomainMatrix

from symconv.algebra.coefficients import Element, to_sympy
from symconv.algebra.sizes import to_expr
from symconv.determinants.bands import Band, band_of
from symconv.determinants.chebyshev import ChebyshevForm
from symconv.determinants.expanded_determinants import table_of
from symconv.determinants.fixed_size_determinants import ConcreteForm
from symconv.determinants.recurrences import Recurrence
from symconv.determinants.root_products import reciprocal_products, subset_products
from symconv.determinants.schur import RectangularSchur
from symconv.determinants.structure import one_channel
from symconv.determinants.work_budget import Budget
from symconv.errors import GeometryError, SymconvError
from symconv.operators.layer import Layer
from symconv.operators.operator import Operator
from symconv.typesetting.free_letters import Letters, operator_letters
from symconv.typesetting.typesetter import Typesetter
from symconv.work_limits import allowed, refuse

Sizes = Mapping[sp.Symbol, int]

LARGEST_STEP = 12
WAY_OUT = "modulo() and log_magnitude() are quick at every size"


@dataclass(frozen=True, eq=False)
class BandForm:
    """The determinant of a band matrix with fixed ends.

    Attributes:
        operator: the matrix.
        band: the same as a family.
        kernel: where it is C C^T or C^T C of a convolution at stride 1, the kernel's entries from
            the first to the last that is not zero, in the domain of the band.
    """

    operator: Operator
    band: Band
    kernel: tuple[Element, ...] | None

    @property
    def method(self) -> str:
        """How the determinant is known."""
        if not self.band.is_toeplitz:
            return "linear recurrence in the size"
        if self.two_taps is not None:
            return "geometric sum"
        return "rectangular Schur polynomial"

    # --- values --------------------------------------------------------------------------------

    def value(self, sizes: Sizes) -> sp.Expr:
        n = sizes[self.band.symbol]
        size = self.band.size(n)
        if n < self.first_size or size < self.band.above + self.band.below:
            return ConcreteForm(self.operator.at({self.band.symbol: n})).expr
        budget = Budget(f"the determinant of {size} rows", WAY_OUT)
        return to_sympy(self.band.domain, self.band.determinant(size, budget))

    def index(self, sizes: Sizes) -> int:
        n = sizes[self.band.symbol]
        if n < self.first_size:
            raise SymconvError(f"the closed form begins at {self.band.symbol} = {self.first_size}")
        return (self.band.size(n) - self._residue) // self.band.period

    @cached_property
    def first_size(self) -> int:
        """The value of the size symbol from which on the operator is a member of the family."""
        first = self.operator.proven_from[self.band.symbol]
        while first > 1 and self._belongs(first - 1):
            first -= 1
        return first

    def _belongs(self, n: int) -> bool:
        try:
            table = table_of(self.operator.at({self.band.symbol: n}))
        except GeometryError:
            return False
        size, band = self.band.size(n), self.band
        if len(table) != size:
            return False
        return all(
            table[i] == {i + d: e for d, e in band.row(i, size).items() if e and 0 <= i + d < size}
            for i in range(size)
        )

    # --- the recurrence --------------------------------------------------------------------------

    @property
    def _residue(self) -> int:
        return self.band.size(self.first_size) % self.band.period

    @cached_property
    def recurrence(self) -> Recurrence:
        band = self.band
        factors, slack = self._factors
        least = band.above + band.below + slack
        first = -((self._residue - least) // band.period)

        def terms(total: int) -> list[Element]:
            last = band.period * (first + total - 1) + self._residue
            budget = Budget("the first terms of the recurrence", "give the kernel numbers")
            found = dict(band.determinants(last, budget)) if total else {}
            return [found[band.period * t + self._residue] for t in range(first, first + total)]

        return Recurrence(self.symbol, band.domain, factors, first, terms)

    @cached_property
    def symbol(self) -> sp.Symbol:
        """The index of the recurrence: how many rows (or periods) there are."""
        rows = self.operator.shape[0]
        if rows == self.band.symbol and self.band.period == 1:
            return self.band.symbol
        return sp.Symbol(self._letters.name("m"), integer=True)

    @cached_property
    def _factors(self) -> tuple[tuple[tuple[Element, ...], ...], int]:
        """Factors of the characteristic polynomial, and after how many more rows it holds."""
        band = self.band
        if band.period > 1:
            return (tuple(_step_polynomial(band)),), band.lower + band.upper
        if self.kernel is not None:
            made = reciprocal_products(list(self.kernel), band.domain)
            reach = len(self.kernel) - 1
            return tuple(map(tuple, made)), band.lower + band.upper - 2 * reach
        low, high = self._extent
        slack = band.lower + band.upper - (high - low)
        if low > 0 or high < 0:
            return (), band.lower + band.upper + 1
        line = [band.diagonals.get(d, band.domain.zero) for d in range(low, high + 1)]
        return (tuple(subset_products(line, high, band.domain)),), slack

    @cached_property
    def _extent(self) -> tuple[int, int]:
        """The lowest and the highest diagonal inside the matrix."""
        used = [d for d, entry in self.band.diagonals.items() if entry]
        return (min(used), max(used)) if used else (1, 1)

    # --- expressions -----------------------------------------------------------------------------

    @property
    def _rows(self) -> sp.Expr:
        return to_expr(self.operator.shape[0])

    @cached_property
    def _letters(self) -> Letters:
        return operator_letters(self.operator)

    @cached_property
    def two_taps(self) -> tuple[sp.Expr, sp.Expr] | None:
        if self.kernel is None or len(self.kernel) != 2 or not self.band.is_toeplitz:
            return None
        a, b = (to_sympy(self.band.domain, e) for e in self.kernel)
        return a, b

    @cached_property
    def roots(self) -> tuple[sp.Symbol, ...]:
        r"""Names \rho_1, \rho_2, … of the roots of ``polynomial``, with multiplicity."""
        name = self._letters.name("rho")
        return tuple(sp.Symbol(f"{name}_{{{i + 1}}}") for i in range(len(self._line) - 1))

    @cached_property
    def polynomial(self) -> sp.Poly:
        """The polynomial whose roots the expression has."""
        z = sp.Symbol(self._letters.name("z"))
        return sp.Poly([to_sympy(self.band.domain, c) for c in reversed(self._line)], z)

    @cached_property
    def _line(self) -> Sequence[Element]:
        if self.kernel is not None:
            return self.kernel
        low, high = self._extent
        return [self.band.diagonals.get(d, self.band.domain.zero) for d in range(low, high + 1)]

    @cached_property
    def expr(self) -> sp.Expr:
        if not self.band.is_toeplitz:
            raise SymconvError(
                "the ends of this matrix are not like its inside: at() and the recurrence have its "
                "determinant"
            )
        rows, domain = self._rows, self.band.domain
        if self.two_taps is not None:
            return geometric(*self.two_taps, rows)
        low, high = self._extent
        if low > 0 or high < 0:
            return sp.S.Zero
        first, last = (to_sympy(domain, self._line[i]) for i in (0, -1))
        if self.kernel is not None:
            inverses = tuple(1 / rho for rho in self.roots)
            b = len(self.kernel) - 1
            schur = RectangularSchur(rows, b, *self.roots, *inverses)
            return _sign(b, rows) * (first * last) ** rows * schur
        if high == 0 or low == 0:
            return to_sympy(domain, self._line[-low]) ** rows
        return _sign(high, rows) * last**rows * RectangularSchur(rows, high, *self.roots)

    @cached_property
    def chebyshev(self) -> ChebyshevForm:
        """The determinant by its symmetric and its skew half.

        Raises:
            SymconvError: the matrix is no symmetric Toeplitz matrix.
        """
        diagonals = self.band.diagonals
        low, high = self._extent
        symmetric = all(diagonals.get(d) == diagonals.get(-d) for d in range(high + 1))
        if not self.band.is_toeplitz or low != -high or not symmetric:
            raise SymconvError("the Chebyshev form is for symmetric Toeplitz matrices")
        domain = self.band.domain
        lags = [diagonals.get(d, domain.zero) for d in range(high + 1)]
        field = domain.get_field()
        return ChebyshevForm(tuple(field.convert_from(r, domain) for r in lags), field)

    def factor(self) -> sp.Expr:
        return sp.factor(self.expr)

    def latex(self, printer: Typesetter) -> str:
        if not self.band.is_toeplitz:
            return self.recurrence.latex(printer)
        shown = str(printer._print(self.expr))
        if not self.expr.has(RectangularSchur):
            return shown
        z = printer._print(self.polynomial.gen)
        rho = printer._print(self.roots[0]).replace("{1}", "{i}")
        where = printer._print(self.polynomial.as_expr())
        ends = dict.fromkeys(to_sympy(self.band.domain, self._line[i]) for i in (0, -1))
        nonzero = "".join(rf",\; {printer._print(e)} \neq 0" for e in ends if e.free_symbols)
        return rf"{shown}, \qquad {where} = 0 \text{{ at }} {z} = {rho}{nonzero}"


def band_form(operator: Operator) -> BandForm | None:
    """The form for a band matrix of symbolic size; None for other operators."""
    if not one_channel(operator):
        return None
    band = band_of(operator)
    return BandForm(operator, band, _gram_kernel(operator, band)) if band else None


def _gram_kernel(operator: Operator, band: Band) -> tuple[Element, ...] | None:
    """The entries of K, where the inside of the band is K correlated with itself."""
    if operator.gram is None or band.period > 1:
        return None
    layer = operator.gram[0].as_layer()
    if layer is None or not _is_dense(layer):
        return None
    entries = [band.domain.from_sympy(e) for e in layer.kernel.entries]
    while entries and not entries[-1]:
        entries.pop()
    while entries and not entries[0]:
        entries.pop(0)
    return tuple(entries) or None


def _is_dense(layer: Layer) -> bool:
    (axis,) = layer.axes
    return (axis.stride, axis.dilation, axis.input_dilation) == (1, 1, 1) and (
        axis.padding_mode in ("zeros", "reflect", "replicate", "symmetric")
    )


def _sign(factor: int, exponent: sp.Expr) -> sp.Expr:
    """(-1)^(factor * exponent)."""
    return sp.S.NegativeOne**exponent if factor % 2 else sp.S.One


def geometric(a: sp.Expr, b: sp.Expr, rows: sp.Expr) -> sp.Expr:
    """The sum of a^(2i) b^(2(rows - i)) over 0 <= i <= rows."""
    one, other = a**2, b**2
    closed = (one ** (rows + 1) - other ** (rows + 1)) / (one - other)
    equal = sp.expand(one - other)
    if equal == 0:
        return (rows + 1) * one**rows
    if equal.is_number:
        return sp.expand(closed)
    return sp.Piecewise((closed, sp.Ne(one, other)), ((rows + 1) * one**rows, True))


def _step_polynomial(band: Band) -> list[Element]:
    """The characteristic polynomial of what one period does to the minors."""
    from_low = (1 << band.lower) - 1
    start, known, rows = band.above, {from_low: 0}, []
    budget = Budget("the step of one period", "give the kernel numbers")
    queue = [from_low]
    for mask in queue:
        minors = {mask: band.domain.one}
        for i in range(start, start + band.period):
            minors = band.step(minors, band.row(i, start + band.below + band.period + i), budget)
        for found in minors:
            if found not in known:
                known[found] = len(known)
                queue.append(found)
        rows.append(minors)
        if len(known) > allowed("work", LARGEST_STEP):
            what = f"the recurrence of a matrix that repeats after {band.period} rows is long"
            refuse("work", what, "take at() for one size")
    size = len(known)
    table = {
        known[mask]: {known[found]: minor for found, minor in row.items()}
        for mask, row in zip(queue, rows, strict=True)
        if row
    }
    return list(reversed(DomainMatrix(table, (size, size), band.domain).charpoly()))
