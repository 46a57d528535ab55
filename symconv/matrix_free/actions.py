"""What operators do to images, from how they were made: a product is one factor after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import sympy as sp

from symconv._arrays import Array, np
from symconv.algebra.coefficients import from_exprs
from symconv.matrix_free.exact_products import exact_sum, exactly
from symconv.matrix_free.layer_action import LayerAction
from symconv.matrix_free.padded_line import slice_of
from symconv.numeric.coefficients import Coefficients
from symconv.numeric.numbers import Point, fit
from symconv.operators.convolution import Convolution
from symconv.operators.entries import concrete
from symconv.operators.operator import Operator
from symconv.operators.provenance import Product, Scaled, Total, Transposed

# Operators that are made from others, and act as these do.
MADE = (Product, Scaled, Total, Transposed)


class Action(Protocol):
    """A linear map between images (channels, *size), and its adjoint."""

    @property
    def kind(self) -> np.dtype[Any]:
        """The type of its numbers."""

    def forward(self, image: Array) -> Array:
        """A x."""

    def adjoint(self, image: Array) -> Array:
        """A^H y."""


@dataclass(frozen=True)
class Boxes:
    """An operator as what stands in each of its cells."""

    heights: tuple[int, ...]
    widths: tuple[int, ...]
    places: Sequence[tuple[tuple[slice, ...], tuple[slice, ...]]]
    numbers: Array

    @property
    def kind(self) -> np.dtype[Any]:
        return self.numbers.dtype

    def forward(self, image: Array) -> Array:
        return exactly(self._forward, image, self.numbers)

    def adjoint(self, image: Array) -> Array:
        return exactly(self._adjoint, image, np.conj(self.numbers))

    def _forward(self, image: Array, numbers: Array) -> Array:
        found = np.zeros(self.heights, dtype=np.result_type(image, numbers))
        for (rows, cols), number in zip(self.places, numbers, strict=True):
            found[rows] += number * image[cols]
        return found

    def _adjoint(self, image: Array, numbers: Array) -> Array:
        found = np.zeros(self.widths, dtype=np.result_type(image, numbers))
        for (rows, cols), number in zip(self.places, numbers, strict=True):
            found[cols] += number * image[rows]
        return found


@dataclass(frozen=True)
class Turned:
    """The transpose: the adjoint of the conjugate."""

    action: Action

    @property
    def kind(self) -> np.dtype[Any]:
        return self.action.kind

    def forward(self, image: Array) -> Array:
        return np.conj(self.action.adjoint(np.conj(image)))

    def adjoint(self, image: Array) -> Array:
        return np.conj(self.action.forward(np.conj(image)))


@dataclass(frozen=True)
class Chain:
    """A product, the right factor first."""

    left: Action
    right: Action

    @property
    def kind(self) -> np.dtype[Any]:
        return np.result_type(self.left.kind, self.right.kind)

    def forward(self, image: Array) -> Array:
        return self.left.forward(self.right.forward(image))

    def adjoint(self, image: Array) -> Array:
        return self.right.adjoint(self.left.adjoint(image))


@dataclass(frozen=True)
class Sum:
    """A sum."""

    left: Action
    right: Action

    @property
    def kind(self) -> np.dtype[Any]:
        return np.result_type(self.left.kind, self.right.kind)

    def forward(self, image: Array) -> Array:
        return exact_sum(self.left.forward(image), self.right.forward(image))

    def adjoint(self, image: Array) -> Array:
        return exact_sum(self.left.adjoint(image), self.right.adjoint(image))


@dataclass(frozen=True)
class Multiple:
    """A number times a map."""

    number: Array
    action: Action

    @property
    def kind(self) -> np.dtype[Any]:
        return np.result_type(self.number, self.action.kind)

    def forward(self, image: Array) -> Array:
        return exactly(np.multiply, self.action.forward(image), self.number)

    def adjoint(self, image: Array) -> Array:
        return exactly(np.multiply, self.action.adjoint(image), np.conj(self.number))


def action_of(operator: Operator, point: Point, kind: np.dtype[Any] | None) -> Action:
    """What an operator of a concrete size does, at the values of its symbols.

    Small integers as a type are asked of every entry, so these are worked out.
    """
    is_checked = kind is not None and kind.kind in "iu"
    if is_checked or not _symbols(operator) <= point.keys():
        return _boxes(operator, point, kind)
    return _made(operator, point, kind)


def _symbols(operator: Operator) -> set[sp.Symbol]:
    """The symbols of all that it was made from; some may have cancelled."""
    made = operator.provenance
    if isinstance(made, Convolution):
        return set(made.kernel.free_symbols)
    if not isinstance(made, MADE):
        return operator.entry_symbols
    own = set(made.scalar.free_symbols) if isinstance(made, Scaled) else set()
    return own.union(*map(_symbols, made.operands))


def _made(operator: Operator, point: Point, kind: np.dtype[Any] | None) -> Action:
    made = operator.provenance
    parts = (
        [_made(operand, point, kind) for operand in made.operands] if isinstance(made, MADE) else []
    )
    if isinstance(made, Product):
        return Chain(*parts)
    if isinstance(made, Total):
        return Sum(*parts)
    if isinstance(made, Transposed):
        return Turned(*parts)
    if isinstance(made, Scaled):
        domain, elements = from_exprs([made.scalar])
        return Multiple(fit(Coefficients(domain, tuple(elements)).at(point), kind), *parts)
    if isinstance(made, Convolution):
        kernel = made.kernel
        shape = (kernel.out_channels, kernel.in_channels // kernel.groups, *kernel.size)
        weights = fit(operator.numeric.kernel.at(point), kind).reshape(shape)
        return LayerAction(weights, made.axes, kernel.groups)
    return _boxes(operator, point, kind)


def _boxes(operator: Operator, point: Point, kind: np.dtype[Any] | None) -> Boxes:
    numbers = fit(operator.numeric.cells.at(point), kind)
    cells = operator.numeric.cell_numbers
    places = [
        (
            tuple(slice_of(d.row, d.row_step, d.length) for d in cell),
            tuple(slice_of(d.col, d.col_step, d.length) for d in cell),
        )
        for cell in cells
    ]
    return Boxes(
        concrete(operator.rows),
        concrete(operator.cols),
        places,
        numbers[np.array([*cells.values()], dtype=int)],
    )
