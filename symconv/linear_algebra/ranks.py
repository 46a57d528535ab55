"""Ranks of operators, of a concrete size or of every size, each with what proves it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from math import gcd, lcm, prod
from typing import Any, TypeAlias

import sympy as sp
from sympy.polys.domains import QQ

from symconv._printable import Readable
from symconv.algebra.sizes import Horizon, evaluate, to_expr
from symconv.determinants.determinants import Determinant, determinant
from symconv.determinants.expanded_determinants import table_of
from symconv.determinants.structure import Offset, axis_factors, one_channel, rotation_symbol
from symconv.errors import BudgetError, ShapeError, SymconvError
from symconv.linear_algebra.elimination import (
    Minor,
    cramers_vectors,
    field_matrix,
    regular_minor,
    takes_to_zero,
)
from symconv.operators.geometry import Axis
from symconv.operators.layer import Layer
from symconv.operators.operator import Operator, parse_operator
from symconv.printing.unicode import one_line
from symconv.spectra.trigonometric import MOST_DEGREE, TrigPolynomial
from symconv.typesetting.notebook import notebook_latex
from symconv.typesetting.symbols import escape
from symconv.typesetting.typesetter import Typesetter, typesetter
from symconv.work_limits import allowed, refuse

LARGEST_ORBIT = 400

Condition: TypeAlias = sp.Basic | Determinant | str | None


@dataclass(frozen=True, eq=False, repr=False)
class Rank(Readable):
    """The rank of an operator; made by :func:`rank`.

    Attributes:
        operator: whose rank it is.
        value: the rank, an integer or a formula in the sizes; for all kernels that the condition
            allows.
        certificate: what proves it, in words.
        condition: when the kernel, or the size, has this rank: a SymPy condition, a determinant
            that must not vanish, or a sentence; None where it always has.
        minor: at a concrete size, a regular block of this size.
        exact: whether the rank is lower wherever the condition fails.
    """

    operator: Operator
    value: int | sp.Expr
    certificate: str
    condition: Condition = None
    minor: Minor | None = None
    exact: bool = True

    def at(self, sizes: Mapping[sp.Symbol, int]) -> Rank:
        """The rank at one size, exactly, also where the condition fails there."""
        return rank(self.operator.at(sizes))

    @property
    def nullity(self) -> sp.Expr:
        """Columns less rank: the dimension of the null space."""
        return sp.expand(self.operator.shape[1] - self.value)

    def __int__(self) -> int:
        if not to_expr(self.value).is_Integer:
            raise ShapeError(f"the rank {self.value} depends on the size: take at() first")
        return int(self.value)

    def __repr__(self) -> str:
        return f"Rank({self.value})"

    def __str__(self) -> str:
        when = "" if self.condition is None else f" if {shown(self.condition)}"
        return f"rank {one_line(to_expr(self.value))}{when}: {self.certificate}"

    def _latex(self, printer: Any) -> str:
        return self.latex(typesetter(printer, self))

    def latex(self, printer: Typesetter) -> str:
        """The value, and the condition beside it."""
        body = rf"\operatorname{{rank}} = {printer._print(to_expr(self.value))}"
        return body + condition_latex(self.condition, printer)

    def _repr_latex_(self) -> str | None:
        return notebook_latex(self.latex(typesetter(None, self)))


def shown(condition: Condition) -> str:
    """A condition in words."""
    if isinstance(condition, Determinant):
        return "the determinant is not zero"
    if isinstance(condition, sp.And):
        return " and ".join(map(shown, condition.args))
    if isinstance(condition, sp.Or):
        return f"not all of {', '.join(one_line(part.lhs) for part in condition.args)} are zero"
    return (
        f"{one_line(condition.lhs)} is not zero" if isinstance(condition, sp.Ne) else str(condition)
    )


def condition_latex(condition: Condition, printer: Typesetter) -> str:
    """A condition as it follows a formula; nothing where there is none."""
    if condition is None:
        return ""
    if isinstance(condition, Determinant):
        said = r"\det \neq 0"
    else:
        said = escape(condition) if isinstance(condition, str) else printer._print(condition)
    return rf" \quad \text{{if }} {said}"


def rank(operator: Operator) -> Rank:
    """The rank of an operator, exactly, with a certificate.

    At a symbolic size: one zero-padded convolution of one channel by its echelon of taps (valid and
    "full" on any number of axes: the rank is full for every kernel but 0); square ones by their
    determinant; circular ones by the frequencies at which the symbol vanishes, for every n;
    separable ones by their factors; Gram matrices of real kernels by what they are made of.

    Raises:
        SymconvError: no rank is known at this symbolic size; ``op.at()`` leads on.
        BudgetError: it would take more than some seconds.

    >>> import symconv as sc
    >>> n = sp.Symbol("n")
    >>> print(rank(sc.conv([1, 2, 3], n)))
    rank n - 2: tap (0,) of the rows stands in an echelon
    >>> rank(sc.conv([1, 1, 1], n, padding=1, padding_mode="circular")).value
    n - Piecewise((2, Eq(Mod(n, 3), 0)), (0, True))
    """
    parse_operator(operator)
    found = _by_structure(operator)
    if found is not None:
        return found
    if not operator.size_symbols:
        return _by_elimination(operator)
    raise SymconvError(
        f"no rank is known for {operator!r} at every size: take op.at({{symbol: number}}) first"
    )


def _by_structure(operator: Operator) -> Rank | None:
    if not operator.cells:
        return Rank(operator, 0, "every entry is zero")
    layer = operator.as_layer()
    echelon = layer and _echelon(operator, layer)
    if echelon:
        return echelon
    if len(operator.cells) == 1:
        (cell,) = operator.cells
        value = prod(to_expr(d.length) for d in cell)
        return Rank(operator, _plain(value), "no two entries share a row or a column")
    if operator.gram is not None and _is_real(operator):
        factor, _ = operator.gram
        inner = _by_structure(factor)
        if inner is None and not operator.size_symbols:
            inner = _by_elimination(factor)
        if inner is not None:
            words = f"a real matrix has the rank of its Gram matrix; {inner.certificate}"
            return Rank(operator, inner.value, words, inner.condition)
    factors = axis_factors(operator)
    if factors is not None:
        return _kronecker(operator, factors)
    if not operator.size_symbols:
        return _at_frequencies(operator)
    return _circular(operator) or _one_sided(operator) or _square(operator)


def _plain(value: sp.Expr) -> int | sp.Expr:
    expanded = sp.expand(value)
    return int(expanded) if expanded.is_Integer else expanded


def _is_real(operator: Operator) -> bool:
    factor, _ = operator.gram or (operator, "")
    return all(factor.polynomial(cell).is_real for cell in factor.cells)


# --- echelons -------------------------------------------------------------------------------------


def _echelon(operator: Operator, layer: Layer) -> Rank | None:
    """A tap that every row has, with no earlier one: then rows are independent; columns alike."""
    if layer.has_channels or any(axis.padding_mode != "zeros" for axis in layer.axes):
        return None
    weights = {tap: entry for *_, tap, entry in layer.kernel.weights()}
    taps = [tap for tap, entry in weights.items() if entry != 0]
    if not taps:
        return None
    rows, cols = operator.shape if not layer.transposed else operator.shape[::-1]
    for side, size in (("rows", rows), ("columns", cols)):
        inside = [t for t in weights if all(map(_reaches, layer.axes, t, [side] * len(t)))]
        ends = [tap for tap in (min(taps), max(taps)) if tap in inside]
        if not ends:
            continue
        words = f"tap {ends[0]} of the {_turned(side, layer)} stands in an echelon"
        entry = weights[ends[0]]
        if entry.is_number or entry.is_nonzero:
            return Rank(operator, size, words)
        if set(taps) <= set(inside):
            condition = sp.Or(*(sp.Ne(weights[t], 0) for t in taps))
            words = f"the first nonzero tap of the {_turned(side, layer)} stands in an echelon"
            return Rank(operator, size, words, condition)
        return Rank(operator, size, words, sp.Ne(entry, 0), exact=False)
    return None


def _turned(side: str, layer: Layer) -> str:
    other = {"rows": "columns", "columns": "rows"}
    return other[side] if layer.transposed else side


def _reaches(axis: Axis, tap: int, side: str) -> bool:
    """Whether a tap joins every output pixel ("rows") or every input pixel to one inside."""
    horizon = Horizon()
    found = axis.tap(tap, horizon)
    size = axis.output_size if side == "rows" else axis.input_size
    return len(found) == 1 and found[0].length == size


# --- other structures -----------------------------------------------------------------------------


def _kronecker(operator: Operator, factors: list[Operator]) -> Rank | None:
    found = [_by_structure(f) or (None if f.size_symbols else _by_elimination(f)) for f in factors]
    parts = [part for part in found if part is not None]
    if len(parts) < len(found):
        return None
    conditions = [part.condition for part in parts if part.condition is not None]
    whole: Any = None
    if len(conditions) == 1:
        (whole,) = conditions
    elif conditions:
        whole = " and ".join(map(shown, conditions))
    words = "the product of the axes' ranks: " + "; ".join(part.certificate for part in parts)
    return Rank(operator, _plain(prod(to_expr(p.value) for p in parts)), words, whole)


def _square(operator: Operator) -> Rank | None:
    """Regular wherever the determinant does not vanish."""
    if operator.rows != operator.cols or not one_channel(operator):
        return None
    try:
        found = determinant(operator)
        start = {n: max(first, 1) + 2 for n, first in operator.proven_from.items()}
        values = [found.at({n: v + i for n, v in start.items()}) for i in range(3)]
    except SymconvError:
        return None
    if all(value == 0 for value in values):
        return None
    return Rank(operator, operator.shape[0], "the matrix is square", found)


def _one_sided(operator: Operator) -> Rank | None:
    """Regular at every size where the real part of the symbol keeps its sign.

    It is the density of the quadratic form, x·Tx = ∫ Re f(θ) |X(θ)|² dθ/2π.
    """
    layer = operator.as_layer()
    axis = layer and layer.axes[0]
    if not layer or not axis or len(layer.axes) > 1 or operator.rows != operator.cols:
        return None
    plain = axis.padding_mode == "zeros" and axis.stride == axis.input_dilation == 1
    taps = layer.kernel.entries
    rational = all(entry.is_Rational for entry in taps)
    if layer.has_channels or not plain or not rational or len(taps) > MOST_DEGREE:
        return None
    lags: dict[Offset, sp.Expr] = {
        (axis.dilation * t - axis.padding,): entry for t, entry in enumerate(taps)
    }
    low, high = TrigPolynomial(lags).range
    if (low < 0 < high) or low == high == 0:
        return None
    words = f"the real part of the symbol keeps its sign, from {one_line(low)} to {one_line(high)}"
    return Rank(operator, operator.shape[0], words)


def _circular(operator: Operator) -> Rank | None:
    """n less the frequencies at which the symbol vanishes: those of its cyclotomic factors."""
    symbol = rotation_symbol(operator)
    if symbol is None or not one_channel(operator):
        return None
    waves = {offset: entry for (_, _, offset), entry in symbol.items()}
    rational = operator.domain.is_ZZ or operator.domain.is_QQ
    size = to_expr(operator.shape[0])
    if not rational or len(operator.rows) > 2:
        words = "the symbol vanishes at no frequency"
        return Rank(operator, _plain(size), words, determinant(operator))
    losses = [
        sp.Piecewise((sp.totient(d), sp.Eq(sp.Mod(size, d), 0)), (0, True))
        for d in _cyclotomic(waves, operator)
    ]
    words = "the symbol has no other roots of unity"
    if losses:
        words = "the symbol vanishes at the roots of unity of these orders, and at no others"
    return Rank(operator, sp.Add(size, *(-loss for loss in losses)), words)


def _cyclotomic(waves: Mapping[Offset, Any], operator: Operator) -> list[int]:
    """The orders of the roots of unity at which a symbol on one axis vanishes."""
    low = min(offset for (offset,) in waves)
    z = sp.Dummy("z")
    domain = operator.domain
    terms = {(offset - low,): domain.to_sympy(e) for (offset,), e in waves.items()}
    polynomial = sp.Poly.from_dict(terms, z)
    orders = []
    for d in _orders(polynomial.degree()):
        if polynomial.rem(sp.cyclotomic_poly(d, z, polys=True)).is_zero:
            orders.append(d)
    return orders


def _orders(degree: int) -> list[int]:
    """All d with phi(d) <= degree; phi(d) >= sqrt(d/2) bounds them."""
    return [d for d in range(1, 2 * degree**2 + 1) if sp.totient(d) <= degree]


def _at_frequencies(operator: Operator) -> Rank | None:
    """At a concrete size: the frequencies, one orbit of roots of unity at a time, exactly."""
    rational = operator.domain.is_ZZ or operator.domain.is_QQ
    if not rational or not one_channel(operator) or operator.shape[0] < 64:
        return None
    symbol = rotation_symbol(operator)
    if symbol is None:
        return None
    sizes = [evaluate(size, {}) for size in operator.rows[1:]]
    order = lcm(*sizes)
    if order > allowed("work", LARGEST_ORBIT):
        refuse("work", f"roots of unity have the order {order}", "take another size")
    waves = {offset: QQ.convert_from(e, operator.domain) for (*_, offset), e in symbol.items()}
    zeros = sum(_vanishes(waves, f, sizes, order) for f in product(*map(range, sizes)))
    words = f"the symbol vanishes at {zeros} of {prod(sizes)} frequencies"
    return Rank(operator, prod(sizes) - zeros, words)


def _vanishes(waves: Mapping[Offset, Any], frequency: Offset, sizes: list[int], order: int) -> bool:
    """Whether the symbol is zero at a frequency: modulo the cyclotomic polynomial of its order."""
    exponents = {
        offset: sum(x * f * (order // n) for x, f, n in zip(offset, frequency, sizes, strict=True))
        % order
        for offset in waves
    }
    common = gcd(order, *exponents.values())
    period = order // common
    line = [QQ.zero] * period
    for offset, e in exponents.items():
        line[e // common] += waves[offset]
    modulus = _cyclotomic_coefficients(period)
    degree = len(modulus) - 1
    for top in range(period - 1, degree - 1, -1):
        factor = line[top]
        if factor:
            for i, c in enumerate(modulus):
                line[top - degree + i] -= factor * c
    return not any(line[:degree])


def _cyclotomic_coefficients(order: int) -> list[Any]:
    x = sp.Dummy("x")
    coefficients = sp.cyclotomic_poly(order, x, polys=True).all_coeffs()
    return [QQ(int(c)) for c in reversed(coefficients)]


# --- elimination ----------------------------------------------------------------------------------


def _by_elimination(operator: Operator) -> Rank:
    minor = regular_minor(operator)
    table = table_of(operator)
    used = {j for row in table.values() for j in row}
    most = min(sum(map(bool, table.values())), len(used))
    size, symbolic = len(minor.rows), bool(operator.entry_symbols)
    words = f"a block of this size is regular {'at a point' if symbolic else 'modulo a prime'}"
    condition = "a block of this size has a determinant that is not zero" if symbolic else None
    if size == most:
        words += ", and there are no more rows or columns"
        return Rank(operator, size, words, condition, minor)
    if not symbolic:
        exact = int(field_matrix(operator, "rank").rank())
        return Rank(operator, exact, f"{words}, and elimination shows no more", None, minor)
    if takes_to_zero(operator, cramers_vectors(operator, minor)):
        return Rank(operator, size, f"{words}, and Cramer's rule shows no more", condition, minor)
    raise BudgetError(f"the rank of {operator!r} is at least {size}: give the kernel numbers")
