"""Letters that a formula brings along, such as r, T or i, chosen apart from the names of users.

Names are compared as they print: r0, r_0 and r_{0,1} are all written with an r.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain, count
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef

from symconv.operators.provenance import kernels_of
from symconv.printing.typesetter import Typesetter, symbol_latex

# Besides these, capitals have their calligraphic form; primes are the last resort.
ALTERNATIVES = {
    "i": ("x", "mu"),
    "j": ("y", "nu"),
    "r": ("rho",),
    "c": ("gamma",),
    "g": ("h",),
    "k": ("w", "kappa"),
    "t": ("tau",),
    "x": ("y", "z"),
    "delta": ("ell",),
    "sigma": (r"\varsigma",),
}
TOGETHER = ("ij",)

# What prints as letters: the imaginary unit and e, too.
KINDS = (sp.Symbol, sp.NumberSymbol, type(sp.I), AppliedUndef)
_WORD = re.compile(r"(?:\\[A-Za-z]+\{[^{}]*\}|\\?[A-Za-z]+)'*")


class Letters:
    r"""A free letter for each letter that a formula would like to use; the same at every call.

    Args:
        words: what is taken, as it prints.

    >>> letters = Letters([r"\rho", "r", "T", "j"])
    >>> print(*(letters[letter] for letter in "rTijq"))
    {r'} \mathcal{T} x y q
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._taken = set(words)
        self._chosen: dict[str, str] = {}

    def __getitem__(self, letter: str) -> str:
        """The letter as LaTeX, which takes a subscript and a superscript."""
        found = symbol_latex(self.name(letter))
        return f"{{{found}}}" if found.endswith("'") else found

    def name(self, letter: str) -> str:
        """The letter as it begins the name of a symbol."""
        if letter not in self._chosen:
            group = next((g for g in TOGETHER if letter in g), (letter,))
            tried = zip(*map(_spellings, group), strict=False)
            names = next(
                names for names in tried if self._taken.isdisjoint(map(symbol_latex, names))
            )
            self._chosen.update(zip(group, names, strict=True))
            self._taken.update(map(symbol_latex, names))
        return self._chosen[letter]


def _spellings(letter: str) -> Iterator[str]:
    calligraphic = (rf"\mathcal{{{letter}}}",) if letter.isupper() else ()
    others = ALTERNATIVES.get(letter, calligraphic)
    return chain((letter, *others), (symbol_latex(letter) + "'" * n for n in count(1)))


def free_letters(exprs: Iterable[sp.Expr], printer: Typesetter | None = None) -> Letters:
    """The letters that none of the expressions is written with.

    Args:
        exprs: the expressions.
        printer: prints their symbols; it may have other names for them.

    >>> free_letters(sp.symbols("r_0 k_{i}")).name("r"), free_letters([sp.I]).name("j")
    ('rho', 'y')
    """
    bare = Typesetter() if printer is None else printer.bare
    atoms = set().union(*(expr.atoms(*KINDS) for expr in exprs))
    shown = [
        bare._hprint_Function(atom.func.__name__)
        if isinstance(atom, AppliedUndef)
        else bare._print(atom)
        for atom in atoms
    ]
    return Letters(word for latex in shown for word in _WORD.findall(latex))


def operator_letters(operator: Any, printer: Typesetter | None = None) -> Letters:
    """The letters that neither entries nor sizes nor kernels of an operator are written with.

    >>> import symconv as sc
    >>> C = sc.conv(sc.Kernel.symbolic("r", 3), sp.Symbol("t"))
    >>> letters = operator_letters(C @ C.T)
    >>> letters.name("r"), letters.name("t"), letters.name("k")
    ('rho', 'tau', 'k')
    """
    kernels = (entry for kernel in kernels_of(operator) for entry in kernel.entries)
    return free_letters([*operator.free_symbols, *kernels], printer)
