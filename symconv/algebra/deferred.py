"""Tables and sums that are worked out when somebody asks for them."""

from __future__ import annotations

from collections.abc import (
    Callable,
    Collection,
    ItemsView,
    Iterable,
    Iterator,
    KeysView,
    Mapping,
    Sequence,
    ValuesView,
)
from functools import cached_property, partial
from itertools import chain, islice
from typing import Any, Generic, TypeVar

import sympy as sp
from sympy.polys.domains.domain import Domain

from symconv.algebra.coefficients import (
    Element,
    cannot_cancel,
    dot,
    fingerprint,
    free_symbols,
    total,
)
from symconv.algebra.diagonal import Cell
from symconv.algebra.expressions import is_plain, sum_of_products

Parts = TypeVar("Parts")
Pairs = Sequence[tuple[Element, Element]]


class Deferred(Mapping[Cell, Element]):
    """A table that is made when it is first looked at."""

    def __init__(self, make: Callable[[], Mapping[Cell, Element]]) -> None:
        self._make = make

    @cached_property
    def made(self) -> Mapping[Cell, Element]:
        """The table itself."""
        return self._make()

    def __getitem__(self, cell: Cell) -> Element:
        return self.made[cell]

    def __iter__(self) -> Iterator[Cell]:
        return iter(self.made)

    def __len__(self) -> int:
        return len(self.made)

    def __contains__(self, cell: object) -> bool:
        return cell in self.made

    def keys(self) -> KeysView[Cell]:
        return self.made.keys()

    def values(self) -> ValuesView[Element]:
        return self.made.values()

    def items(self) -> ItemsView[Cell, Element]:
        return self.made.items()


class Sum(Generic[Parts]):
    """A sum that is added up when its value is asked for.

    Attributes:
        parts: what it is made of.
        fingerprint: a number that is the same for equal sums, and zero for a sum of zero.
    """

    __slots__ = ("_add", "_value", "fingerprint", "parts")

    def __init__(self, parts: Parts, fingerprint: Any, add: Callable[[Parts], Element]) -> None:
        self.parts, self.fingerprint, self._add = parts, fingerprint, add
        self._value: Element = None

    @property
    def value(self) -> Element:
        """The sum itself."""
        if self._value is None:
            self._value = self._add(self.parts)
        return self._value

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    def __eq__(self, other: Any) -> bool:
        return bool(self.fingerprint == other.fingerprint and self.value == other.value)

    def __bool__(self) -> bool:
        return bool(self.fingerprint or self.value)


class Sums(Mapping[Cell, Element]):
    """A table whose coefficients are sums."""

    def __init__(self, table: Mapping[Cell, Sum[Any]]) -> None:
        self.table = table

    def __getitem__(self, cell: Cell) -> Element:
        return self.table[cell].value

    def __iter__(self) -> Iterator[Cell]:
        return iter(self.table)

    def __len__(self) -> int:
        return len(self.table)

    def __contains__(self, cell: object) -> bool:
        return cell in self.table


def _has_sums(table: Mapping[Cell, Element]) -> bool:
    return any(isinstance(part, Sum) for part in islice(parts_of(table), 1))


def is_made(table: Mapping[Cell, Element]) -> bool:
    """Whether nothing of a table is left to be worked out but sums."""
    return not isinstance(table, Deferred) or "made" in table.__dict__


def parts_of(table: Mapping[Cell, Element]) -> Collection[Element]:
    """The coefficients of a table, sums as such."""
    if isinstance(table, Deferred):
        return parts_of(table.made)
    return table.table.values() if isinstance(table, Sums) else table.values()


def resolved(table: Mapping[Cell, Element]) -> Mapping[Cell, Element]:
    """The table with the values of its sums."""
    is_deferred = any(isinstance(c, Sum) for c in islice(table.values(), 1))
    return Sums(table) if is_deferred else table


def plain_symbols(domain: Domain, table: Mapping[Cell, Element]) -> set[sp.Symbol] | None:
    """The coefficients of a table of symbols; None of another one, or of one to be worked out."""
    if (
        not domain.is_EXRAW
        or not is_made(table)
        or any(isinstance(c, Sum) for c in islice(parts_of(table), 1))
    ):
        return None
    found = {*table.values()}
    return found if all(map(is_plain, found)) else None


def never_cancel(domain: Domain, table: Mapping[Cell, Element]) -> bool:
    """Whether no sum of coefficients is zero; products of symbols are like positive numbers."""
    return (domain.is_EXRAW and _has_sums(table)) or cannot_cancel(domain, table.values())


def symbols_of(domain: Domain, table: Mapping[Cell, Element]) -> set[sp.Symbol]:
    """The symbols that the coefficients depend on; products of symbols never cancel."""
    if domain.is_EXRAW and _has_sums(table):
        pairs = {pair for joined in parts_of(table) for pair in _pairs(joined)}
        return {symbol for pair in pairs for symbol in pair}
    return free_symbols(domain, table.values())


def relabelled(
    table: Mapping[Cell, Element], label: Callable[[Cell], Cell]
) -> Mapping[Cell, Element]:
    """The table with other cells."""
    if not isinstance(table, Deferred):
        return resolved(dict(zip(map(label, table), parts_of(table), strict=True)))
    return Deferred(lambda: relabelled(table.made, label))


def multiplier(domain: Domain, is_plain: bool) -> Callable[[Pairs], Element]:
    """How pairs of coefficients are multiplied and added: products of symbols later."""
    if not is_plain:
        return partial(dot, domain)
    return lambda pairs: Sum(pairs, sum([hash(a) * hash(b) for a, b in pairs]), sum_of_products)


def adder(domain: Domain, parts: Collection[Element]) -> Callable[[list[Element]], Element]:
    """How the parts of a cell are added: at once, or later where they are long polynomials."""
    if any(isinstance(part, Sum) for part in islice(parts, 1)):
        return _joined
    tell = fingerprint(domain)
    if tell is None:
        return lambda parts: total(domain, parts) if len(parts) > 1 else parts[0]
    told = {id(part): tell(part) for part in parts}
    add = partial(total, domain)
    return lambda parts: Sum(parts, sum([told[id(part)] for part in parts]), add)


def _joined(sums: list[Sum[Any]]) -> Sum[Any]:
    """The sum of sums of products."""
    if len(sums) == 1:
        return sums[0]
    together = sum([part.fingerprint for part in sums])
    return Sum(sums, together, lambda sums: sum_of_products(chain(*map(_pairs, sums))))


def _pairs(products: Sum[Any]) -> Iterable[tuple[sp.Symbol, sp.Symbol]]:
    """The pairs of symbols whose products a sum is made of."""
    parts = products.parts
    return chain(*map(_pairs, parts)) if isinstance(parts[0], Sum) else parts
