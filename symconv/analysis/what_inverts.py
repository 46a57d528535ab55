"""What undoes a convolution, where its transpose does not: said in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from symconv.algebra.sizes import to_expr
from symconv.determinants.structure import axis_factors
from symconv.errors import SymconvError
from symconv.linear_algebra.inverse_forms import TransposeForm
from symconv.linear_algebra.pseudo_inverse_forms import GramForm
from symconv.linear_algebra.pseudo_inverses import PseudoInverse, pseudo_inverse
from symconv.linear_algebra.ranks import Condition, Rank, rank, shown
from symconv.operators.entries import concrete_shape
from symconv.operators.norms_and_ranks import squared_norm
from symconv.operators.operator import Operator
from symconv.printing.unicode import one_line
from symconv.spectra.conditioning import Conditioning, conditioning

MOST_ENTRIES = 900
MOST_NAMED = 4
# Taps covered, up to which the growth of the condition number is decided, and its bound found.
MOST_TAPS = 17
MOST_BOUND_TAPS = 7


@dataclass(frozen=True, eq=False)
class Undoing:
    """The inverse or pseudo-inverse of an operator, and how far from it the transpose is.

    Attributes:
        operator: C.
    """

    operator: Operator

    @cached_property
    def rank(self) -> Rank | None:
        """The rank of C; None where none is known at this symbolic size."""
        try:
            return rank(self.operator)
        except SymconvError:  # what is not known, or too much work, is not said
            return None

    @cached_property
    def inverse(self) -> PseudoInverse | None:
        """C⁺, which is the inverse where there is one; None where none is known or it is large."""
        operator = self.operator
        if not operator.size_symbols:
            rows, cols = concrete_shape(operator.rows, operator.cols)
            if rows * cols > MOST_ENTRIES or operator.entry_symbols:
                return self._transpose
        try:
            return pseudo_inverse(operator)
        except SymconvError:
            return None

    @property
    def _transpose(self) -> PseudoInverse | None:
        """C⁺ where it is a multiple of the transpose, which costs little."""
        try:
            found = pseudo_inverse(self.operator)
        except SymconvError:
            return None
        return found if isinstance(found.form, TransposeForm) else None

    @cached_property
    def distance(self) -> sp.Expr | None:
        """The squared Frobenius distance of C⁺ and Cᵀ, at a concrete size and for numbers.

        |C⁺ - Cᵀ|² = |C⁺|² - 2 rank C + |C|², since the trace of C C⁺ is the rank.
        """
        if self.inverse is None or self.rank is None or self.operator.size_symbols:
            return None
        if self.operator.entry_symbols:
            return None
        size = sp.Add(*(entry**2 for entry in self.inverse.as_explicit()))
        return sp.nsimplify(size - 2 * int(self.rank) + squared_norm(self.operator))

    @cached_property
    def conditioning(self) -> tuple[Conditioning, ...]:
        """How the condition number grows, an axis each; none where it is not decided quickly.

        On several axes that is a separable kernel's: the condition number is the product.
        """
        try:
            layer = self.operator.as_layer()
            if layer is None or any(axis.extent > MOST_TAPS for axis in layer.axes):
                return ()
            factors = [self.operator] if len(layer.axes) == 1 else axis_factors(self.operator)
            return tuple(map(conditioning, factors or ()))
        except SymconvError:  # what is not decided is not said
            return ()

    def sentences(self) -> Iterator[str]:
        """One paragraph."""
        yield from self._existence()
        yield from self._undoing()
        yield from _deconvolving(self.conditioning)

    def _undoing(self) -> Iterator[str]:
        found = self.inverse
        if found is None:
            return
        name = "the inverse" if self._is_regular else "the pseudo-inverse C⁺"
        if isinstance(found.form, TransposeForm):
            factor = one_line(1 / found.form.scale)
            shown_factor = "" if factor == "1" else f", times {factor}"
            yield f"It is the transpose{shown_factor}: {name} needs nothing else."
        else:
            yield f"What undoes it is {name}{_way(found, self._is_regular)}."
        if self.distance is not None:
            yield f"From the transpose it is away by {one_line(self.distance)}, squared and summed."

    @property
    def _is_regular(self) -> bool:
        rows, cols = map(to_expr, self.operator.shape)
        return self.rank is not None and rows == cols == to_expr(self.rank.value)

    def _existence(self) -> Iterator[str]:
        if self.rank is None:
            return
        rows, cols = self.operator.shape
        when = "" if self.rank.condition is None else f", if {_condition(self.rank.condition)}"
        if self._is_regular:
            yield f"C has an inverse{when}."
        elif rows != cols:
            value = one_line(to_expr(self.rank.value))
            yield f"C has no inverse, since it is not square; its rank is {value}{when}."
        else:
            yield f"C has no inverse: its rank is {one_line(to_expr(self.rank.value))}{when}."


def _condition(condition: Condition) -> str:
    """A condition in words; of a long one that the kernel is not zero."""
    if isinstance(condition, sp.Or) and len(condition.args) > MOST_NAMED:
        return "the kernel is not zero"
    return shown(condition)


def _way(found: PseudoInverse, regular: bool) -> str:
    """The formula, and how it is known."""
    if not isinstance(found.form, GramForm):
        return f", by the {found.method}".replace("C C^T", "C Cᵀ").replace("the one", "one")
    formula = {"rows": "Cᵀ (C Cᵀ)⁻¹", "columns": "(Cᵀ C)⁻¹ Cᵀ"}[found.form.side]
    method = found.form.gram.method
    way = method if method.startswith("one") else f"the {method}".replace("the elim", "elim")
    return f"{'' if regular else f' = {formula}'}, by {way}"


def _deconvolving(verdicts: tuple[Conditioning, ...]) -> Iterator[str]:
    """Whether undoing it is fine or hopeless as the image grows, and why."""
    if not verdicts or any(verdict.growth == "singular" for verdict in verdicts):
        return
    ranks = ("bounded", "power", "exponential")
    worst = max(verdicts, key=lambda verdict: ranks.index(verdict.growth))
    opening = {
        "bounded": "Undoing it is safe for every size of the image",
        "power": "Undoing it amplifies noise more and more as the image grows",
        "exponential": "Undoing it is hopeless for large images",
    }[worst.growth]
    if len(verdicts) == 1:
        yield f"{opening}: the condition number {_growth(worst)}, since {_cause(worst)}."
        return
    parts = (f"on axis {axis} it {_growth(verdict)}" for axis, verdict in enumerate(verdicts, 1))
    whole = "The kernel is separable, so that the condition number is the product of the axes'"
    yield f"{opening}. {whole}: {', '.join(parts)}."


def _growth(verdict: Conditioning) -> str:
    if verdict.growth != "bounded":
        return str(verdict).replace("n^", "n**").replace("^n", "ⁿ") + " for n pixels"
    known = verdict.kernel.size[0] <= MOST_BOUND_TAPS and verdict.bound is not None
    return f"stays {verdict}".replace("bounded, ", "") if known else "stays bounded"


def _cause(verdict: Conditioning) -> str:
    """Where the roots of K(z) = Σ k_t z^t lie, as far as it decides."""
    roots = verdict.roots
    if verdict.growth == "power":
        order = "" if verdict.order == 1 else f" of multiplicity {verdict.order}"
        return f"Σ kₜzᵗ has a root{order} on the unit circle, a frequency that C removes"
    if verdict.border != "square":
        return "Σ kₜzᵗ has no root on the unit circle"
    return (
        f"of the roots of Σ kₜzᵗ {roots.inside} lie inside the unit circle and {roots.on} on it, "
        f"and the padding in front asks for {verdict.padding} inside"
    )
