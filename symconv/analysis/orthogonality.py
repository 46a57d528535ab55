"""When the rows or columns of a convolution are orthonormal: exact equations, solved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, get_args

import sympy as sp
from sympy.polys.rings import PolyRing
from sympy.printing.precedence import PRECEDENCE

from symconv._printable import Printable
from symconv.algebra.coefficients import surely_vanishes
from symconv.algebra.linear_span import independent
from symconv.algebra.sizes import Affine, to_expr
from symconv.algebra.symbols import by_name, recognised, require_apart
from symconv.analysis.gram_conditions import conditions_of
from symconv.analysis.layer_orthogonality import (
    Existence,
    Loss,
    Side,
    existence,
    parametrised,
    plain_layer,
)
from symconv.analysis.polynomial_systems import solve_polynomials
from symconv.analysis.solutions import Solutions
from symconv.arguments import parse_choice
from symconv.errors import GeometryError, KernelError, SymconvError
from symconv.numeric.named_values import Values, exact_values
from symconv.operators.exact_input import parse_exact, parse_value
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator, parse_operator
from symconv.operators.operator import scale as scaled
from symconv.operators.provenance import kernels_of
from symconv.operators.selection import identity
from symconv.operators.valid_from import fixed_at, lowered
from symconv.printing.unicode import equation_text, one_line
from symconv.typesetting.displays import aligned_lines
from symconv.typesetting.free_letters import operator_letters
from symconv.typesetting.index_expressions import gram_latex
from symconv.typesetting.symbols import escape
from symconv.typesetting.typesetter import typesetter

ATOM = PRECEDENCE["Atom"]


@dataclass(frozen=True, eq=False)
class Orthogonality(Printable):
    """The equations in the kernel's entries that say C C^T = scale*I, or C^T C = scale*I.

    Attributes:
        operator: C.
        side: "rows" for C C^T, "columns" for C^T C.
        scale: what stands on the diagonal, a number or a symbol; a symbol is an unknown too.
        further: polynomials that shall vanish too; see :meth:`where`.
    """

    operator: Operator
    side: Side
    scale: sp.Expr
    further: tuple[sp.Expr, ...] = ()

    @cached_property
    def equations(self) -> tuple[sp.Expr, ...]:
        """Polynomials that vanish exactly where the equation holds.

        None is a linear combination of others; for a symbolic size they are right from
        ``valid_from`` on.
        """
        return tuple(conditions_of(self.residual))

    @property
    def conditions(self) -> tuple[sp.Expr, ...]:
        """All polynomials that must vanish."""
        return self.equations + self.further

    @cached_property
    def gram(self) -> Operator:
        """C C^T or C^T C."""
        return _gram(self.operator, self.side)

    @cached_property
    def residual(self) -> Operator:
        """C C^T - scale*I or C^T C - scale*I: zero exactly where the conditions hold."""
        return self.gram - scaled(_identity(self.gram), self.scale)

    @cached_property
    def valid_from(self) -> Mapping[sp.Symbol, int]:
        """For each size symbol the smallest value from which on the equations are the right ones.

        The construction proves a bound, which is lowered as far as the operator built for such
        sizes has the same equations; with several symbols as :attr:`Operator.valid_from` has it.
        """
        return lowered(self._proven_from, self._settled)

    @property
    def _proven_from(self) -> Mapping[sp.Symbol, int]:
        return {n: max(self._all_there(n), b) for n, b in self.residual.proven_from.items()}

    def _all_there(self, symbol: sp.Symbol) -> int:
        """From where on every cell has an entry, so that every equation is needed."""
        lengths = (d.length for cell in self.residual.cells for d in cell)
        mine = (n for n in lengths if isinstance(n, Affine) and n.symbol == symbol)
        return max((-((n.const - 1) // n.slope) for n in mine), default=1)

    def _settled(
        self, fixed: Mapping[sp.Symbol, int], starts: Mapping[sp.Symbol, int]
    ) -> Mapping[sp.Symbol, int] | None:
        """From where on the equations are the same beside fixed sizes; None if nowhere."""
        try:
            there = orthogonality(fixed_at(self.operator, fixed), self.side, self.scale)
        except GeometryError:
            return None
        together = independent([*self.equations, *there.equations])
        if not len(together) == len(self.equations) == len(there.equations):
            return None
        proven = there._proven_from
        return {symbol: proven[symbol] for symbol in starts}

    @property
    def unknowns(self) -> list[sp.Symbol]:
        """The symbols of the kernel, in the order of its array, and the scale where it is one."""
        names = sp.ordered(set().union(*(c.free_symbols for c in self.conditions)))
        kernel = [e for k in kernels_of(self.operator) for e in k.entries if e.is_Symbol]
        return list(dict.fromkeys([*kernel, *names]))

    @property
    def obstruction(self) -> str | None:
        """Why no kernel can satisfy the equation, by rank alone; None where rank allows it."""
        return _obstruction(self.operator, self.side) if self.scale != 0 else None

    def where(self, *conditions: sp.Expr) -> Orthogonality:
        """The same with further polynomials that must vanish, such as vanishing moments.

        >>> import symconv as sc
        >>> K = sc.Kernel.symbolic("w", 2)
        >>> haar = sc.orthogonality(sc.conv(K, 2 * sp.Symbol("m"), stride=2)).where(K[0] - K[1])
        >>> print(haar.solve())
        2 real solutions, 0 complex ones, 0 families
        [-√2/2  -√2/2]    [√2/2  √2/2]
        """
        further = tuple(parse_exact(c, "condition") for c in conditions)
        _require_apart(self.operator, *further)
        return replace(self, further=(*self.further, *further))

    def holds(self, values: Values | None = None) -> bool:
        """Whether the equation holds for a kernel of exact numbers, decided exactly.

        Args:
            values: an array shaped like the kernel or a mapping, as for :func:`symconv.to_numpy`,
                of integers, fractions, roots, any exact SymPy numbers. An unknown scale that is
                left out may take any value.

        Raises:
            KernelError: a value is missing or a float.
            SymconvError: SymPy cannot decide whether an expression is zero.

        >>> import symconv as sc
        >>> rows = sc.orthogonality(sc.conv(sc.Kernel.symbolic("k", 2), 6, stride=2))
        >>> rows.holds([sp.Rational(3, 5), sp.Rational(4, 5)]), rows.holds([1, 1])
        (True, False)
        """
        point = self._point(values)
        if all(number.is_Rational for number in point.values()):
            numbers = [sp.QQ.from_sympy(point.get(s, sp.S.Zero)) for s in self.unknowns]
            if self._polynomials is not None:
                return not any(p.evaluate(list(zip(p.ring.gens, numbers, strict=True)))
                               if p.ring.ngens else p for p in self._polynomials)  # fmt: skip
        return all(surely_vanishes(condition.xreplace(point)) for condition in self.conditions)

    def _point(self, values: Values | None) -> dict[sp.Symbol, sp.Expr]:
        """The value of every unknown."""
        point = exact_values(self.operator, values)
        mine = by_name(self.unknowns)
        given = recognised(values, mine) if isinstance(values, Mapping) else {}
        for symbol in set(self.unknowns) - set(point):
            if symbol in given:
                point[symbol] = parse_value(given[symbol], symbol)
            elif symbol == self.scale:
                point[symbol] = _first_entry(self.gram, point)
            elif any(c.has(symbol) for c in self.conditions):
                raise KernelError(f"no value for {symbol}: pass a mapping")
        return point

    @cached_property
    def _polynomials(self) -> list[Any] | None:
        """The conditions in a ring over the rationals, or None where they are no polynomials."""
        ring = PolyRing(self.unknowns, sp.QQ)
        try:
            return [ring.from_expr(c) for c in self.conditions]
        except (ValueError, sp.CoercionFailed):
            return None

    def solve(self) -> Solutions:
        """All kernels that satisfy the equation, the real ones apart from the complex ones.

        Raises:
            SymconvError: an entry is no polynomial with rational coefficients.

        >>> import symconv as sc
        >>> K = sc.Kernel.symbolic("k", 3)
        >>> print(sc.orthogonality(sc.conv(K, sp.Symbol("n"), padding=1)).solve())
        2 real solutions, 0 complex ones, 0 families
        [0  -1  0]    [0  1  0]
        """
        if self._polynomials is None:
            raise SymconvError("solve() needs conditions that are polynomials over the rationals")
        found = solve_polynomials(self.conditions, self.unknowns)
        kernels = [*kernels_of(self.operator)]
        entries = [entry for kernel in kernels[:1] for entry in kernel.entries]
        is_one = len(kernels) == 1 and set(self.unknowns) <= set(entries)
        return replace(found, kernel=kernels[0]) if is_one else found

    def parametrise(self) -> Kernel:
        """A kernel in angles theta_1, theta_2, … whose every value satisfies the equation.

        Known for rows that are orthonormal with stride = kernel (any orthonormal vectors, the
        sphere where there is one) and for a filter of even length at stride 2 on one axis, with
        one or two output channels (the lattice of rotations; Vaidyanathan and Hoang 1988).

        Raises:
            SymconvError: no parametrisation is known for this geometry.

        >>> import symconv as sc
        >>> C = sc.conv(sc.Kernel.symbolic("w", 2), 2 * sp.Symbol("m"), stride=2)
        >>> sc.orthogonality(C).parametrise()
        Kernel([cos(theta_1), sin(theta_1)])
        """
        layer = plain_layer(self.operator)
        kernel = parametrised(layer, self.side)
        if kernel is None:
            raise SymconvError(
                f"no parametrisation is known for {self.operator!r}: it is for orthonormal rows "
                "with stride = kernel size, or stride 2 and an even kernel on one axis; solve() "
                "may find all kernels"
            )
        root = sp.sqrt(self.scale)
        return kernel.map(lambda entry: root * entry)

    def existence(self) -> Existence:
        """Whether any kernel satisfies the equation, by the sizes alone.

        For square kernels without dilation and circular padding (rows: no padding too, which has
        the same equations).

        Source: Achour, Malgouyres and Mamalet 2022, "Existence, stability and scalability of
        orthogonal convolutional neural networks", the existence theorem for circular padding.

        Raises:
            SymconvError: the theorem does not speak of this layer.
        """
        layer = plain_layer(self.operator)
        if not (self.scale.is_Symbol or self.scale.is_positive):
            raise SymconvError(f"scale {self.scale}: the theorem is about a positive one")
        if self.obstruction:
            return Existence(False, self.obstruction)
        return existence(layer, self.side)

    def loss(self) -> Loss:
        """The orthogonality loss of the layer and its relation to the squared distance."""
        if self.scale != 1:
            raise SymconvError(f"scale {self.scale}: the loss compares with the identity")
        return Loss(plain_layer(self.operator), self.side, self.residual)

    def __repr__(self) -> str:
        count = _count(len(self.conditions), "equation")
        return f"Orthogonality({count}, {self.side} of {self.operator!r})"

    def __str__(self) -> str:
        name = "C Cᵀ" if self.side == "rows" else "Cᵀ C"
        unit = "I" if self.scale == 1 else f"{one_line(self.scale)} I"
        one = len(self.conditions) == 1
        count = _count(len(self.conditions), "equation")
        lines = [f"{name} = {unit} exactly if {count} hold{'s' if one else ''}:"]
        if self.obstruction:
            lines = [f"{name} = {unit} for no kernel: {self.obstruction}"]
        return "\n".join([*lines, *(f"  {equation_text(c)}" for c in self.conditions)])

    def _latex(self, printer: Any) -> str:
        printer = typesetter(printer, self)
        lines = [printer.vanishing(condition, " &= ") for condition in self.conditions]
        name = gram_latex("𝐶", self.side == "rows")
        scale = "" if self.scale == 1 else f"{printer.parenthesize(self.scale, ATOM)} "
        if self.obstruction:
            why = escape(self.obstruction)
            lines = [rf"{name} &\neq {scale}𝐼 \quad \text{{for every kernel: }}{why}", *lines]
        display = aligned_lines(lines or [f"{name} &= {scale}𝐼"])
        return operator_letters(self.operator, printer).write(display)


def orthogonality(
    operator: Operator, side: Side = "rows", scale: sp.Expr | int = 1
) -> Orthogonality:
    """The exact conditions for C C^T = scale*I ("rows") or C^T C = scale*I ("columns").

    Args:
        operator: a convolution, its transpose or any operator, also of symbolic size: the
            conditions are then the same for every size from ``valid_from`` on.
        side: which product is to be the identity.
        scale: the number on its diagonal, or a symbol for "any number".

    Raises:
        SymconvError: another side.
        SymbolError: a size stands in the entries too, so that the conditions depend on it.

    Source: for one channel and no border these are the equations r_{s*l} = [l = 0] of the
    autocorrelation; Wang et al. 2020, "Orthogonal convolutional neural networks".

    >>> import symconv as sc
    >>> K = sc.Kernel.symbolic("w", 4)
    >>> print(sc.orthogonality(sc.conv(K, 2 * sp.Symbol("m"), stride=2)))
    C Cᵀ = I exactly if 2 equations hold:
      w₀² + w₁² + w₂² + w₃² = 1
      w₀w₂ + w₁w₃ = 0
    """
    side, scale = parse_choice("side", side, get_args(Side)), parse_exact(scale, "scale")
    _require_apart(parse_operator(operator), scale)
    return Orthogonality(operator, side, scale)


# --- conditions ------------------------------------------------------------------------------


def _require_apart(operator: Operator, *others: sp.Expr) -> None:
    """A size is no unknown: it is that number in the entries too."""
    named = operator.entry_symbols.union(*(other.free_symbols for other in others))
    require_apart(operator.size_symbols, named, f"the conditions on {operator!r}")


def _gram(operator: Operator, side: Side) -> Operator:
    if side == "rows":
        return operator @ operator.T
    return operator.T @ operator


def _identity(gram: Operator) -> Operator:
    return identity(gram.output_size, channels=gram.out_channels)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _first_entry(gram: Operator, point: Mapping[sp.Symbol, sp.Expr]) -> sp.Expr:
    """An entry of the main diagonal at a point: what an unknown scale must be."""
    for cell, expr in gram.expressions:
        if all(d.row == d.col and d.row_step == d.col_step for d in cell):
            return sp.expand(expr.xreplace(dict(point)))
    return sp.S.Zero


def _obstruction(operator: Operator, side: Side) -> str | None:
    """Rank: a product that passes through fewer pixels than its size is no identity."""
    through, size = operator.shape if side == "columns" else operator.shape[::-1]
    if is_smaller(through, size, operator.proven_from):
        return (
            f"it squeezes {size} pixels through {through}, so its rank is at most {through}, and "
            f"that of the identity is {size}"
        )
    return None


def is_smaller(one: Any, other: Any, start: Mapping[sp.Symbol, int]) -> bool:
    """Whether one size is smaller than the other for all sizes from a start on."""
    gap = to_expr(other) - to_expr(one)
    steps = {n: sp.Dummy(str(n), nonnegative=True) + first for n, first in start.items()}
    return bool(sp.expand(gap.subs(steps)).is_positive)


# --- layers ----------------------------------------------------------------------------------
