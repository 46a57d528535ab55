"""Names r_δ for the sums that a product with a transpose is made of, by the lag δ."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, count
from typing import Any, NamedTuple

import sympy as sp
from sympy.core.function import AppliedUndef

INSTEAD = {"r": "rho", "c": "gamma", "g": "h"}


class Interior(NamedTuple):
    """A polynomial that goes on along a line: the line, its lag in pixels, r, g or c, channels."""

    line: Hashable
    expr: sp.Expr
    lag: tuple[Any, ...]
    initial: str
    channels: str = ""


@dataclass(frozen=True)
class LagNames:
    """Names of polynomials.

    Attributes:
        definitions: what each name stands for.
        initials: which of r, g and c each is, whatever letter it begins with.
        on_line: line to the names that belong to it.
    """

    definitions: Mapping[sp.Symbol, sp.Expr]
    initials: Mapping[sp.Symbol, str]
    on_line: Mapping[Hashable, list[sp.Symbol]]

    def abbreviate(self, expr: sp.Expr, line: Hashable) -> sp.Expr:
        """A polynomial by a name of its line, or as that less what is missing if shorter."""
        names = self.on_line.get(line, [])
        # A number may be that of another lag by chance.
        others = self.definitions if expr.free_symbols else ()
        for symbol in (*names, *others):
            if self.definitions[symbol] == expr:
                return symbol
        for symbol in names if expr != 0 else ():
            missing = sp.expand(self.definitions[symbol] - expr)
            if len(sp.Add.make_args(missing)) + 1 < len(sp.Add.make_args(expr)):
                return sp.Add(symbol, -missing)
        return expr


def lag_names(
    interior: Iterable[Interior], letters: Mapping[str, str], taken: Iterable[str]
) -> LagNames:
    """One name for each lag; a prime more for each further polynomial of the same lag.

    Args:
        interior: what is to be named, what is seen first first.
        letters: how the names begin for r, g and c.
        taken: names that are none of ours.
    """
    used, known = set(taken), dict[tuple[Any, ...], sp.Symbol]()
    on_line: defaultdict[Hashable, list[sp.Symbol]] = defaultdict(list)
    initials: dict[sp.Symbol, str] = {}
    for line, expr, lag, initial, channels in interior:
        key, letter = (expr, lag, channels), letters[initial]
        if key not in known:
            symbols = (lag_symbol(letter + "'" * primes, lag, channels) for primes in count())
            known[key] = next(symbol for symbol in symbols if symbol.name not in used)
            used.add(known[key].name)
            initials[known[key]] = initial
        on_line[line].append(known[key])
    definitions = {symbol: expr for (expr, *_), symbol in known.items()}
    return LagNames(definitions, initials, on_line)


def lag_symbol(letter: str, lag: Iterable[Any], channels: str = "") -> sp.Symbol:
    """The symbol r_{δ} of a lag.

    >>> lag_symbol("r", (1, -2))
    r_{1,-2}
    """
    return sp.Symbol(f"{letter}{channels}_{{{','.join(map(str, lag))}}}", real=True)


def free_letter(letter: str, exprs: Iterable[sp.Expr]) -> str:
    """The letter r, g or c, or another where a symbol of the expressions is named by it.

    >>> free_letter("r", sp.symbols("a b")), free_letter("r", sp.symbols("r_0 r_1"))
    ('r', 'rho')
    """
    kinds = (sp.Symbol, AppliedUndef)
    atoms = set().union(*({e} if e.is_Symbol else e.atoms(*kinds) for e in exprs))
    taken = {word for atom in atoms for word in re.findall(r"[^\W\d_]+'*", _name(atom))}
    return next(spelling for spelling in _spellings(letter) if spelling not in taken)


def _name(atom: Any) -> str:
    return str(atom.func if isinstance(atom, AppliedUndef) else atom.name)


def _spellings(letter: str) -> Iterator[str]:
    return chain((letter, INSTEAD[letter]), (letter + "'" * n for n in count(1)))
