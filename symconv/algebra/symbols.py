"""One name, one symbol: SymPy's symbols with other assumptions are others, and print alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from fractions import Fraction
from typing import Any

import sympy as sp

from symconv.arguments import on_one_line, shown
from symconv.errors import SymbolError

Names = Mapping[str, sp.Symbol]


def by_name(symbols: Iterable[Any]) -> dict[str, sp.Symbol]:
    """Name to symbol.

    Raises:
        SymbolError: two symbols are called alike, be they dummies.

    >>> by_name(sp.symbols("a b"))
    {'a': a, 'b': b}
    """
    names: dict[str, sp.Symbol] = {}
    for symbol in symbols:
        if isinstance(symbol, sp.Symbol) and names.setdefault(symbol.name, symbol) != symbol:
            raise _alike(names[symbol.name], symbol)
    return names


def unambiguous(symbols: Iterable[Any]) -> dict[str, sp.Symbol]:
    """Name to symbol, where one symbol alone is called so."""
    plain = [symbol for symbol in symbols if isinstance(symbol, sp.Symbol)]
    count = Counter(symbol.name for symbol in plain)
    return {symbol.name: symbol for symbol in plain if count[symbol.name] == 1}


def united(*tables: Names) -> Names:
    """One table of all names; where a table holds all others, that one itself.

    Raises:
        SymbolError: a name stands for different symbols.
    """
    found = max(tables, key=len, default={})
    for table in tables:
        if table is found:
            continue
        if not agree(found, table):
            by_name([*found.values(), *table.values()])
        if not table.keys() <= found.keys():
            found = {**found, **table}
    return found


def agree(one: Names, other: Names) -> bool:
    """Whether every name that both have stands for one symbol."""
    return one is other or all(one[name] == other[name] for name in one.keys() & other.keys())


def recognised(values: Mapping[Any, Any], names: Names) -> dict[Any, Any]:
    """The mapping with every symbol of its keys as the table has it, known by its name.

    Raises:
        SymbolError: two keys are one symbol and have different values.

    >>> n = sp.Symbol("n", integer=True)
    >>> recognised({sp.Symbol("n"): 4}, by_name([n])) == {n: 4}
    True
    """
    found: dict[Any, Any] = {}
    for old, new in _items(values):
        known = _known(old, names)
        if known in found and not _same(found[known], new):
            raise SymbolError(f"{known} has two values, {shown(found[known])} and {shown(new)}")
        found[known] = new
    return found


def _items(values: Mapping[Any, Any]) -> list[tuple[Any, Any]]:
    try:
        return list(values.items())
    except Exception as error:  # what a foreign mapping raises
        raise SymbolError(f"{shown(values)} cannot be read: {on_one_line(error)}") from None


def require_apart(sizes: Collection[sp.Symbol], others: Iterable[Any], what: str) -> None:
    """Refuse what is said for every size where a size's symbol stands in entries too.

    Raises:
        SymbolError: a size is among the others, or is called like one of them.

    >>> require_apart([sp.Symbol("n")], sp.symbols("a b"), "the rank")
    """
    found = set(others)
    by_name([*sizes, *found])
    names = ", ".join(sorted(str(symbol) for symbol in sizes if symbol in found))
    if names:
        raise SymbolError(
            f"{what} would have to hold for every {names}, which is a size and stands in the "
            f"entries too: put in a number first, at({{{names}: …}}), or name the entry otherwise"
        )


def _same(one: Any, other: Any) -> bool:
    # SymPy's == evaluates text that hides in the other side.
    plain = int | float | Fraction | sp.Expr
    both = isinstance(one, plain) and isinstance(other, plain)
    return one is other or (both and bool(one == other))


def _known(key: Any, names: Names) -> Any:
    if isinstance(key, sp.Dummy):
        return key
    if isinstance(key, sp.Symbol):
        return names.get(key.name, key)
    if isinstance(key, sp.Expr):
        return key.xreplace({s: _known(s, names) for s in key.free_symbols})
    return key


def _alike(one: sp.Symbol, other: sp.Symbol) -> SymbolError:
    both = " and ".join(sorted(map(sp.srepr, (one, other))))
    return SymbolError(
        f"two different symbols are called {one.name}: {both}; use one of them everywhere, or give "
        "one another name"
    )
