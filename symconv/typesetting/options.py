"""What sc.latex is told beside the object: checked, and symbols matched by how they print."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from typing import Any

import sympy as sp
from sympy.printing.latex import LatexPrinter

from symconv.arguments import integer_of, on_one_line, shown
from symconv.errors import SymconvError
from symconv.typesetting.typesetter import Typesetter

OWN = (
    *("form", "two_level", "colours", "max_entries", "dialect"),
    *("notation", "name", "transpose", "index_from", "taps", "shape"),
)
MOST_LISTED = 12
# What SymPy's defaults do not tell: these are None or text, or None or a number.
DELIMITERS = ("", "(", "[")
_TEXTS = ("mat_str", "mul_symbol", "order")
_NUMBERS = ("long_frac_ratio", "max", "min")


def parse_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of ``sympy.latex``.

    Raises:
        SymconvError: SymPy has no such setting, or it does not take the value.

    >>> parse_settings({"mat_delim": "("})
    {'mat_delim': '('}
    """
    known = LatexPrinter._default_settings
    for name, value in settings.items():
        if name not in known:
            near = get_close_matches(name, [*OWN, *known], 3) or sorted([*OWN, *known])
            raise SymconvError(f"there is no option {name!r}; near it: {', '.join(near)}")
        kinds = _kinds(name, known[name])
        if not isinstance(value, kinds):
            words = " or ".join("None" if k is type(None) else k.__name__ for k in kinds)
            raise SymconvError(
                f"{name}={shown(value)} is not of type {words.replace('Mapping', 'dict')}"
            )
    if settings.get("mat_delim", "") not in DELIMITERS:
        raise SymconvError(f"mat_delim={shown(settings['mat_delim'])} is none of '', '(', '['")
    try:
        Typesetter(settings)
    except Exception as error:  # SymPy's own, or what is a value's
        raise SymconvError(
            f"SymPy's latex does not take {shown(dict(settings))}: {on_one_line(error)}"
        ) from None
    return dict(settings)


def _kinds(name: str, default: Any) -> tuple[type, ...]:
    if name == "symbol_names":
        return (Mapping,)
    if name in _TEXTS:
        return (str, type(None))
    if name in _NUMBERS:
        return (int, float, sp.Number, type(None))
    return (bool, type(None)) if default is None else (type(default),)


def parse_most(value: Any) -> int:
    """How many entries a matrix may show.

    >>> parse_most(100)
    100
    """
    most = integer_of(value)
    if most is None or most < 1:
        raise SymconvError(f"max_entries={shown(value)} is not a number of entries, 1 or more")
    return most


# --- symbols by name -------------------------------------------------------------------------


def named(obj: Any, names: Mapping[Any, Any], further: Iterable[sp.Symbol] = ()) -> dict[Any, str]:
    """New names by the object's own symbols, whatever was assumed of those that name them.

    Args:
        obj: what is to be printed.
        names: symbols, or their names as text, to LaTeX.
        further: symbols that printing brings in.

    Raises:
        SymconvError: the object has symbols, but none of these.

    >>> k = sp.Symbol("k_{0}", real=True)
    >>> named(k + 1, {sp.Symbol("k_0"): "a"}), named(k, {"k_{0}": "a"})
    ({k_{0}: 'a'}, {k_{0}: 'a'})
    """
    for key, value in names.items():
        if not isinstance(key, str | sp.Basic) or not isinstance(value, str):
            raise SymconvError(
                f"symbol_names={{{shown(key)}: {shown(value)}}} is not a symbol to its LaTeX"
            )
    own = {*symbols_of(obj), *further}
    found = {symbol: text for key, text in names.items() for symbol in _meant(key, own)}
    if names and own and not found:
        listed = sorted(map(str, own))
        more = ", …" if len(listed) > MOST_LISTED else ""
        raise SymconvError(
            f"symbol_names has {', '.join(map(str, names))}, and none of these is there; "
            f"the symbols are {', '.join(listed[:MOST_LISTED])}{more}"
        )
    others = {key: text for key, text in names.items() if not isinstance(key, str)}
    return {key: text for key, text in others.items() if not _meant(key, own)} | found


def shared(objects: Sequence[Any], options: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The options for each of several objects that share one table of symbol_names.

    Raises:
        SymconvError: none of the objects has any of these symbols.
    """
    names = options.get("symbol_names")
    if not isinstance(names, Mapping) or not names or len(objects) == 1:
        return [dict(options)] * len(objects)
    found = named(objects, names)
    every = set(symbols_of(objects))
    return [
        {**options, "symbol_names": {s: found[s] for s in found if s in own or s not in every}}
        for own in (set(symbols_of(obj)) for obj in objects)
    ]


def _meant(key: Any, own: set[sp.Symbol]) -> list[sp.Symbol]:
    """The symbol itself where it is there, else those that print alike."""
    if key in own:
        return [key]
    printed = Typesetter().doprint(sp.Symbol(key) if isinstance(key, str) else key)
    return [symbol for symbol in own if Typesetter().doprint(symbol) == printed]


def symbols_of(obj: Any) -> Iterator[sp.Symbol]:
    """The symbols in an object's expressions, and in those that it is made of."""
    free = getattr(obj, "free_symbols", None)
    if free is not None:
        yield from free
    elif isinstance(obj, Mapping):
        for key, value in obj.items():
            yield from symbols_of(key)
            yield from symbols_of(value)
    elif isinstance(obj, list | tuple | set | frozenset):
        for part in obj:
            yield from symbols_of(part)
    elif is_dataclass(obj):
        for field in fields(obj):
            yield from symbols_of(getattr(obj, field.name))
