"""How operators are made from others, so that they can be made again with other entries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import sympy as sp

from symconv.algebra.sizes import Affine, Size
from symconv.algebra.symbols import Names, by_name, united
from symconv.operators.kernel import Kernel

EntryMap = Callable[[sp.Expr], sp.Expr]
SizeMap = Callable[[Size], Size]
Operator = Any  # symconv.operator's, which stands above


class Origin(Protocol):
    """How an operator was made."""

    @property
    def operands(self) -> tuple[Operator, ...]:
        """The operators that it was made from; none for a convolution."""

    def rebuild(self, entry: EntryMap, size: SizeMap) -> Operator:
        """The operator made from mapped kernel entries and mapped sizes."""

    def diff(self, symbol: sp.Symbol) -> Operator:
        """The derivative of the operator by a symbol of its entries."""


@dataclass(frozen=True, eq=False)
class Transposed:
    """Origin: the transpose of an operator."""

    operand: Operator

    @property
    def operands(self) -> tuple[Operator, ...]:
        return (self.operand,)

    def rebuild(self, entry: EntryMap, size: SizeMap) -> Operator:
        return self.operand.origin.rebuild(entry, size).T

    def diff(self, symbol: sp.Symbol) -> Operator:
        return self.operand.diff(symbol).T


def untransposed(operator: Operator) -> tuple[Any, bool]:
    """How an operator was made, or what it is the transpose of (then True)."""
    transposed = isinstance(operator.origin, Transposed)
    return (operator.T.origin if transposed else operator.origin), transposed


@dataclass(frozen=True, eq=False)
class Product:
    """Origin: the product of two operators."""

    left: Operator
    right: Operator

    @property
    def operands(self) -> tuple[Operator, ...]:
        return (self.left, self.right)

    def rebuild(self, entry: EntryMap, size: SizeMap) -> Operator:
        return self.left.origin.rebuild(entry, size) @ self.right.origin.rebuild(entry, size)

    def diff(self, symbol: sp.Symbol) -> Operator:
        return self.left.diff(symbol) @ self.right + self.left @ self.right.diff(symbol)


@dataclass(frozen=True, eq=False)
class Total:
    """Origin: the sum of two operators."""

    left: Operator
    right: Operator

    @property
    def operands(self) -> tuple[Operator, ...]:
        return (self.left, self.right)

    def rebuild(self, entry: EntryMap, size: SizeMap) -> Operator:
        return self.left.origin.rebuild(entry, size) + self.right.origin.rebuild(entry, size)

    def diff(self, symbol: sp.Symbol) -> Operator:
        return self.left.diff(symbol) + self.right.diff(symbol)


@dataclass(frozen=True, eq=False)
class Scaled:
    """Origin: a scalar times an operator."""

    scalar: sp.Expr
    operand: Operator

    @property
    def operands(self) -> tuple[Operator, ...]:
        return (self.operand,)

    def rebuild(self, entry: EntryMap, size: SizeMap) -> Operator:
        return self.operand.origin.rebuild(entry, size) * entry(self.scalar)

    def diff(self, symbol: sp.Symbol) -> Operator:
        by_scalar = self.operand * self.scalar.diff(symbol)
        return by_scalar + self.operand.diff(symbol) * self.scalar


def names_of(origin: Origin, sizes: Iterable[Size]) -> Names:
    """The symbols by name that an operator was made with, those that cancelled too.

    Raises:
        SymbolError: two different ones are called alike.
    """
    own = [size.symbol for size in sizes if isinstance(size, Affine)]
    scalar = getattr(origin, "scalar", None)
    tables = [operand.names for operand in origin.operands]
    kernel = getattr(origin, "kernel", None)
    if isinstance(kernel, Kernel):
        tables.append(kernel.names)
    return united(*tables, by_name([*own, *(scalar.free_symbols if scalar is not None else ())]))


def kernels_of(operator: Operator) -> Iterator[Kernel]:
    """The kernels of all convolutions that an operator was made from, left to right."""
    kernel = getattr(operator.origin, "kernel", None)
    if isinstance(kernel, Kernel):
        yield kernel
    for operand in operator.origin.operands:
        yield from kernels_of(operand)
