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
    """A polynomial that goes on along a line: the line, the lag in pixels, and its channels.

    Its initial says which sum it is: r, g or c, as the names of a closed form have them.
    """

    line: Hashable
    expr: sp.Expr
    lag: tuple[Any, ...]
    channels: str
    initial: str


@dataclass(frozen=True)
class LagNames:
    """Names of polynomials.

    Attributes:
        definitions: what each name stands for.
        on_line: line to the names that belong to it.
        initials: which of r, g and c each name is, whatever letter it begins with.
    """

    definitions: Mapping[sp.Symbol, sp.Expr]
    on_line: Mapping[Hashable, list[sp.Symbol]]
    initials: Mapping[sp.Symbol, str]

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
        letters: initial to how its names begin.
        taken: names that are none of ours.
    """
    used, known = set(taken), dict[tuple[Any, ...], sp.Symbol]()
    on_line: defaultdict[Hashable, list[sp.Symbol]] = defaultdict(list)
    for line, *what in interior:
        expr, lag, channels, initial = what
        key = (expr, lag, channels, initial)
        if key not in known:
            spellings = (letters[initial] + "'" * primes for primes in count())
            symbols = (lag_symbol(spelling, lag, channels) for spelling in spellings)
            known[key] = next(symbol for symbol in symbols if symbol.name not in used)
            used.add(known[key].name)
        on_line[line].append(known[key])
    return LagNames(
        {symbol: expr for (expr, *_), symbol in known.items()},
        on_line,
        {symbol: initial for (*_, initial), symbol in known.items()},
    )


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
    atoms = set().union(*(expr.atoms(sp.Symbol, AppliedUndef) for expr in exprs))
    taken = {word for atom in atoms for word in re.findall(r"[^\W\d_]+'*", _name(atom))}
    return next(spelling for spelling in _spellings(letter) if spelling not in taken)


def _name(atom: Any) -> str:
    return str(atom.func if isinstance(atom, AppliedUndef) else atom.name)


def _spellings(letter: str) -> Iterator[str]:
    return chain((letter, INSTEAD[letter]), (letter + "'" * n for n in count(1)))
