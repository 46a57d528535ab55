"""Names r_δ for the sums that a product with a transpose is made of, by the lag δ."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain, count
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef

INSTEAD = {"r": "rho", "c": "gamma", "g": "h"}


def lag_symbol(letter: str, lag: Iterable[Any], upper: str = "") -> sp.Symbol:
    """The symbol r_{δ} of a lag.

    >>> lag_symbol("r", (1, -2))
    r_{1,-2}
    """
    return sp.Symbol(f"{letter}{upper}_{{{','.join(map(str, lag))}}}", real=True)


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
