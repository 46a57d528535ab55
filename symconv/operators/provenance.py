"""How operators are made from others, so that they can be made again with other entries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import sympy as sp

from symconv._pickle import Pickled
from symconv.algebra.sizes import Affine, Size
from symconv.algebra.symbols import Names, by_name, united

if TYPE_CHECKING:
    from symconv.operators.kernel import Kernel
    from symconv.operators.layer import Layer
    from symconv.operators.operator import Operator

EntryMap = Callable[[sp.Expr], sp.Expr]
SizeMap = Callable[[Size], Size]


class Provenance(Protocol):
    """How an operator was made."""

    @property
    def operands(self) -> tuple[Operator, ...]:
        """The operators that it was made from; none for a convolution."""

    @property
    def layer(self) -> Layer | None:
        """The layer that it was made as: a convolution, or the transpose of one."""

    def operator(self) -> Operator:
        """The operator that is made so."""

    def rebuild(self, entry: EntryMap, size: SizeMap) -> Operator:
        """The operator made from mapped kernel entries and mapped sizes."""

    def diff(self, symbol: sp.Symbol) -> Operator:
        """The derivative of the operator by a symbol of its entries."""


class Primitive(Pickled):
    """A provenance without operands that is no layer: it says itself where its entries stand."""

    layer = None

    @property
    def operands(self) -> tuple[Operator, ...]:
        return ()


@dataclass(frozen=True, eq=False)
class Transposed(Pickled):
    """Provenance: the transpose of an operator."""

    operand: Operator

    @property
    def operands(self) -> tuple[Operator, ...]:
        return (self.operand,)

    @property
    def layer(self) -> Layer | None:
        layer = self.operand.provenance.layer
        return layer and layer.T

    def operator(self) -> Operator:
        return self.operand.T

    def rebuild(self, entry: EntryMap, size: SizeMap) -> Operator:
        return Transposed(*_rebuilt(self, entry, size)).operator()

    def diff(self, symbol: sp.Symbol) -> Operator:
        return self.operand.diff(symbol).T


@dataclass(frozen=True, eq=False)
class Product(Pickled):
    """Provenance: the product of two operators."""

    left: Operator
    right: Operator

    layer = None

    @property
    def operands(self) -> tuple[Operator, ...]:
        return (self.left, self.right)

    def operator(self) -> Operator:
        return self.left @ self.right

    def rebuild(self, entry: EntryMap, size: SizeMap) -> Operator:
        return Product(*_rebuilt(self, entry, size)).operator()

    def diff(self, symbol: sp.Symbol) -> Operator:
        return self.left.diff(symbol) @ self.right + self.left @ self.right.diff(symbol)


@dataclass(frozen=True, eq=False)
class Total(Pickled):
    """Provenance: the sum of two operators."""

    left: Operator
    right: Operator

    layer = None

    @property
    def operands(self) -> tuple[Operator, ...]:
        return (self.left, self.right)

    def operator(self) -> Operator:
        return self.left + self.right

    def rebuild(self, entry: EntryMap, size: SizeMap) -> Operator:
        return Total(*_rebuilt(self, entry, size)).operator()

    def diff(self, symbol: sp.Symbol) -> Operator:
        return self.left.diff(symbol) + self.right.diff(symbol)


@dataclass(frozen=True, eq=False)
class Scaled(Pickled):
    """Provenance: a scalar times an operator."""

    scalar: sp.Expr
    operand: Operator

    layer = None

    @property
    def operands(self) -> tuple[Operator, ...]:
        return (self.operand,)

    def operator(self) -> Operator:
        made: Operator = self.operand * self.scalar
        return made

    def rebuild(self, entry: EntryMap, size: SizeMap) -> Operator:
        return Scaled(entry(self.scalar), *_rebuilt(self, entry, size)).operator()

    def diff(self, symbol: sp.Symbol) -> Operator:
        by_scalar: Operator = self.operand * self.scalar.diff(symbol)
        by_operand: Operator = self.operand.diff(symbol) * self.scalar
        return by_scalar + by_operand


def _rebuilt(provenance: Provenance, entry: EntryMap, size: SizeMap) -> Iterator[Operator]:
    return (operand.provenance.rebuild(entry, size) for operand in provenance.operands)


def made_again(provenance: Provenance) -> Operator:
    """The operator that was made so."""
    return provenance.operator()


def names_of(provenance: Provenance, sizes: Iterable[Size]) -> Names:
    """The symbols by name that an operator was made with, those that cancelled too.

    Raises:
        SymbolError: two different ones are called alike.
    """
    own = [size.symbol for size in sizes if isinstance(size, Affine)]
    scalar = getattr(provenance, "scalar", None)
    tables = [operand.names for operand in provenance.operands]
    if provenance.layer is not None:
        tables.append(provenance.layer.kernel.names)
    return united(*tables, by_name([*own, *(scalar.free_symbols if scalar is not None else ())]))


def kernels_of(operator: Operator) -> Iterator[Kernel]:
    """The kernels of all convolutions that an operator was made from, left to right."""
    provenance = operator.provenance
    if provenance.layer is not None:
        yield provenance.layer.kernel
        return
    for operand in provenance.operands:
        yield from kernels_of(operand)
