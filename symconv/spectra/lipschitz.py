"""The largest singular value of an operator between two proven numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import sympy as sp

from symconv.arguments import parse_choice
from symconv.errors import ShapeError, SymconvError
from symconv.operators.entries import concrete_shape
from symconv.operators.layer import Layer
from symconv.operators.operator import Operator, parse_operator
from symconv.operators.provenance import Product
from symconv.spectra.norm_bounds import (
    CLASSICAL,
    NormBound,
    blocks_that_bound,
    circulant_bound,
    corner,
    frequency_zero,
    goes_round,
    is_small,
    layer_bounds,
    matrix_bounds,
)
from symconv.typesetting.displays import aligned_lines
from symconv.typesetting.notebook import notebook_latex
from symconv.typesetting.typesetter import Typesetter, typesetter


@dataclass(frozen=True, eq=False)
class Lipschitz:
    """Proven bounds on the largest singular value, which is the Lipschitz constant of x -> C x.

    Attributes:
        operator: C.
        bounds: all that were found.
    """

    operator: Operator
    bounds: tuple[NormBound, ...]

    @cached_property
    def upper(self) -> NormBound:
        """The least of the upper bounds; with symbols in the kernel the minimum of all."""
        return self._best("upper", sp.Min)

    @cached_property
    def lower(self) -> NormBound:
        """The largest of the lower bounds."""
        return self._best("lower", sp.Max)

    def _best(self, side: str, extreme: Any) -> NormBound:
        found = [bound for bound in self.bounds if bound.side == side]
        if not found:
            raise SymconvError(f"no {side} bound is known for a kernel of symbols")
        if all(bound.squared.is_number for bound in found):
            choose = min if side == "upper" else max
            return choose(found, key=lambda bound: sp.N(bound.squared, 30))
        if len(found) == 1:
            return found[0]
        squared = extreme(*(bound.squared for bound in found))
        return NormBound("the best of all", squared, found[0].side, CLASSICAL)

    def __getitem__(self, name: str) -> NormBound:
        named = {bound.name: bound for bound in self.bounds}
        return named[parse_choice("the bound", name, named)]

    def __str__(self) -> str:
        lines = [f"{'at most ' if b.side == 'upper' else 'at least'} {b}" for b in self.bounds]
        return "\n".join(lines)

    __repr__ = __str__

    def _latex(self, printer: Any) -> str:
        printer = typesetter(printer, self)
        return str(aligned_lines(_line(bound, printer) for bound in self.bounds))

    def _repr_latex_(self) -> str | None:
        return notebook_latex(self._latex(typesetter(None, self)))


def _line(bound: NormBound, printer: Typesetter) -> str:
    relation = r"\leq" if bound.side == "upper" else r"\geq"
    shown = bound.shown if bound.squared.is_number else printer._print(bound.value)
    return rf"\sigma_{{\max}} &{relation} {shown} && \text{{{bound.name}}}"


def lipschitz(operator: Operator) -> Lipschitz:
    """Upper and lower bounds on the largest singular value, each proven and exact.

    Those from the kernel hold for every size of the image: for zero padding, and for circular
    padding where no output pixel is computed twice. Those from the matrix are for one size. A
    product of layers has the product of their bounds as well.

    Args:
        operator: a convolution, its transpose or a product of such, of any size; any small
            operator of a fixed size. Entries of symbols have bounds as formulas.

    Raises:
        ShapeError: nothing is known for the operator at a symbolic size.

    Source: as each bound has it.

    >>> import symconv as sc
    >>> found = lipschitz(sc.conv([1, 2, -1], sp.Symbol("n"), padding=1))
    >>> found.upper.name, found.upper.squared
    ('maximum of the symbol', 8)
    >>> print(lipschitz(sc.conv(sc.Kernel.symbolic("k", 2), sp.Symbol("n"))))
    at most  row and column sums of the kernel: Abs(k_{0}) + Abs(k_{1})
    """
    found = tuple(_bounds(parse_operator(operator)))
    if not any(bound.side == "upper" for bound in found):
        raise ShapeError(
            f"{operator!r} is no convolution with zero or circular padding; its norm is bounded "
            "at a fixed size: take at() first"
        )
    return Lipschitz(operator, found)


def _bounds(operator: Operator) -> Iterator[NormBound]:
    yield from _of_layer(operator)
    made = operator.provenance
    if isinstance(made, Product):
        factors = [lipschitz(factor).upper.squared for factor in made.operands]
        yield NormBound("product of the factors' bounds", sp.prod(factors), "upper", CLASSICAL)
    if not operator.size_symbols:
        yield from matrix_bounds(operator)


def _of_layer(operator: Operator) -> Iterator[NormBound]:
    layer = operator.as_layer()
    blocks = blocks_that_bound(layer) if layer else None
    if layer is None or blocks is None:
        return
    yield from layer_bounds(layer)
    if not blocks.is_rational:
        return
    if layer.padding_mode == "circular":
        yield from [frequency_zero(blocks)] if goes_round(layer) else []
        return
    part, label = _part(operator, layer)
    if part is not None:
        found = (bound for bound in matrix_bounds(part) if bound.side == "lower")
        yield from (replace(bound, name=f"{bound.name} {label}") for bound in found)
    between = circulant_bound(layer, blocks)
    yield from [between] if between else []


def _part(operator: Operator, layer: Layer) -> tuple[Operator | None, str]:
    """An operator whose matrix is a part of that of a zero-padded layer, and its name."""
    if operator.size_symbols:
        return operator.at(operator.valid_from), "at the smallest size"
    if is_small(concrete_shape(operator.rows, operator.cols)):
        return None, ""
    return corner(layer), "of a corner"
