r"""Letters that a formula brings along, such as r, T or i, chosen apart from the names of users.

A formula writes its own letters in mathematical italics, as in ``\sum_{𝑡 \in 𝑇}``. When it is done,
one pass turns each into a letter that nothing else is written with. Names are compared as they
print: r0, r_0 and r_{0,1} are all written with an r.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterable, Iterator
from itertools import chain, count
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef

from symconv.algebra.lag_names import INSTEAD
from symconv.errors import SymconvError
from symconv.operators.kernel import Kernel
from symconv.operators.provenance import kernels_of
from symconv.typesetting.notation import Notation, current, letter_of
from symconv.typesetting.symbols import TRANSPOSE_SIGN, UPRIGHT, symbol_latex
from symconv.typesetting.typesetter import Label, Typesetter

# Besides these, capitals have their calligraphic form; primes are the last resort.
ALTERNATIVES = {letter: (other,) for letter, other in INSTEAD.items()} | {
    "i": ("x", "mu"),
    "j": ("y", "nu"),
    "k": ("w", "kappa"),
    "t": ("tau",),
    "x": ("y", "z"),
    "delta": ("ell",),
    "sigma": (r"\varsigma",),
}
TOGETHER = ("ij",)
# The letter that the author's name stands for.
MATRIX = "C"

_DIGITS = re.compile(r"[0-9]+")
# What prints as letters: the imaginary unit and e, too.
KINDS = (sp.Symbol, sp.NumberSymbol, type(sp.I), AppliedUndef)
_WORD = re.compile(r"(?:\\[A-Za-z]+\{[^{}]*\}|\\?[A-Za-z]+)'*")


def _name(letter: str) -> str:
    """A letter by its name: t for t, delta for δ."""
    name = letter if letter.isascii() else unicodedata.name(letter).split()[-1].lower()
    return "varepsilon" if name == "epsilon" else name


OWN = {code: _name(letter) for code, letter in UPRIGHT.items() if chr(code) != TRANSPOSE_SIGN}


class Letters:
    r"""A free letter for each letter that a formula would like to use; the same at every call.

    Args:
        words: what is taken, as it prints.
        notation: how the author writes; what is there where it is left out.

    >>> letters = Letters([r"\rho", "r", "T", "j"])
    >>> print(*(letters[letter] for letter in "rTijq"))
    {r'} \mathcal{T} x y q
    """

    def __init__(self, words: Iterable[str], notation: Notation | None = None) -> None:
        self._taken = set(words)
        self._chosen: dict[str, str] = {}
        self.notation = notation or current()
        self._title = self._reserved() if self.notation.name else ""

    def _reserved(self) -> str:
        """The author's name of the matrix, which no other letter may be."""
        title = self.notation.title
        if not self._taken.isdisjoint((words := _WORD.findall(title))[:1]):
            raise SymconvError(
                f"name={self.notation.name!r} is the letter of a symbol in what is printed: "
                "choose another for the matrix"
            )
        self._taken.update(words)
        return title

    def __getitem__(self, letter: str) -> str:
        """The letter as LaTeX, which takes a subscript and a superscript."""
        if letter == MATRIX and self._title:
            return self._title
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

    def first(self, letters: str, used: Container[str] = ()) -> str:
        """The first of some own letters that is free and not used; a prime as a last resort.

        >>> print(Letters(["k"]).first("𝑘ℎ"))
        ℎ
        """
        free = (letter for letter in letters if symbol_latex(OWN[ord(letter)]) not in self._taken)
        primed = (letters[0] + "'" * primes for primes in count(1))
        return next(letter for letter in chain(free, primed) if letter not in used)

    def write(self, formula: Any) -> str:
        r"""A formula with a free letter for each that it wrote in mathematical italics.

        >>> print(Letters(["T"]).write(r"\sum_{𝑡 \in 𝑇} k_{𝑡}"))
        \sum_{t \in \mathcal{T}} k_{t}
        """
        text = self.notation.signed(str(formula))
        own = {ord(character) for character in text} & set(OWN)
        # Those that are free as they are come first, so that no other's alternative takes them.
        wanted = sorted(own, key=lambda code: symbol_latex(OWN[code]) in self._taken)
        return text.translate({code: self[OWN[code]] for code in wanted})


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
    bare = Typesetter() if printer is None else printer.with_colours({})
    atoms = set().union(*({expr} if expr.is_Symbol else expr.atoms(*KINDS) for expr in exprs))
    shown = [
        bare._hprint_Function(atom.func.__name__)
        if isinstance(atom, AppliedUndef)
        else bare._print(atom)
        for atom in _by_words(atoms, bare)
    ]
    return Letters((word for latex in shown for word in _WORD.findall(latex)), bare.notation)


def _by_words(atoms: Iterable[Any], printer: Typesetter) -> Iterable[Any]:
    """One atom of all that print with the same words: symbols whose names differ in digits."""
    renamed = {*printer._settings["symbol_names"], *printer.names, *printer.taps}
    found: dict[Any, Any] = {}
    for atom in atoms:
        is_named = type(atom) is not sp.Symbol or atom in renamed
        found.setdefault(atom if is_named else _DIGITS.sub("0", atom.name), atom)
    return found.values()


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


def pixel_symbols(letter: str, axes: int) -> tuple[sp.Symbol, ...]:
    """i, or i_1, i_2, … on several axes."""
    names = [f"{letter}_{n}" for n in range(1, axes + 1)] if axes > 1 else [letter]
    return tuple(map(sp.Symbol, names))


# --- the letter of a kernel ------------------------------------------------------------------


def own_letter(kernel: Kernel, printer: Any) -> str | None:
    r"""The letter of a kernel whose entries are letter_{index}, as LaTeX; else None.

    >>> for kernel in (Kernel.symbolic("sigma", (2, 2)), Kernel([1, 2])):
    ...     print(own_letter(kernel, Typesetter()))
    \sigma
    None
    """
    renamed = printer._settings["symbol_names"]
    return None if any(entry in renamed for entry in kernel.entries) else letter_of(kernel)


def kernel_letter(kernel: Kernel, printer: Any) -> str:
    """The letter of a kernel, or a k of the formula's own."""
    return own_letter(kernel, printer) or "𝑘"


def kernel_line(kernel: Kernel, printer: Any) -> list[tuple[str, str]]:
    """The equation that says what k is, where its symbols do not."""
    return [] if own_letter(kernel, printer) else [("𝑘", str(printer._print(kernel)))]


def own_kernel(size: int, notation: Notation, letter: str = "𝑥") -> Kernel:
    """The kernel x_0, x_1, … of a formula's own."""
    first = notation.first_tap(size)
    taps = [Label(f"x{n:06d}", f"{letter}_{{{n + first}}}") for n in range(size)]
    return Kernel.build(taps, [size])
