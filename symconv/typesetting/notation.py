r"""How an author writes: the name of the matrix, the sign of a transpose, where indices begin."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import lru_cache
from itertools import product
from typing import Any, Literal, get_args

import sympy as sp

from symconv.arguments import integer_of, parse_choice, parse_flag, shown
from symconv.errors import SymconvError
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator
from symconv.operators.provenance import kernels_of
from symconv.typesetting.in_force import InForce, in_force
from symconv.typesetting.symbols import TRANSPOSE_SIGN, symbol_latex

Transpose = Literal["sans", "top", "T", "prime", "ast"]
Taps = Literal["counted", "centred"]

# What a formula writes for a transpose; the pass that chooses its letters puts the author's sign.
TRANSPOSED = f"^{{{TRANSPOSE_SIGN}}}"
SIGNS: Mapping[Transpose, str] = {
    "sans": r"\mathsf{T}",
    "top": r"\top",
    "T": "T",
    "prime": r"\prime",
    "ast": r"\ast",
}
MOST_DEEP = 4


@dataclass(frozen=True)
class Notation(InForce):
    r"""How formulas are written: for a call, for a block of code or for a whole notebook.

    ``with Notation(...):`` holds for a block, ``Notation(...).use()`` until the next one;
    ``sc.latex`` takes the same names for one call.

    Attributes:
        name: what a convolution is called, C where it is None; its transpose and its products are
            named after it, and any other operator bears the name itself. Matrices are printed with
            it on the left.
        transpose: "sans" (an upright T without serifs), "top", "T", "prime" or "ast".
        index_from: the first index of pixels, channels and taps, 0 or 1.
        taps: "counted" from ``index_from``, or "centred": tap 0 is the middle one, of an even
            number the one left of the middle.
        shape: rows and columns beside every matrix.

    Raises:
        SymconvError: a value that is none of these.

    >>> import symconv as sc
    >>> C = sc.conv(sc.Kernel.symbolic("k", 2), 2)
    >>> with Notation(name="W", transpose="top", index_from=1):
    ...     print(sc.latex(C.T))
    W^{\top} = \left[\begin{matrix}k_{1}\\k_{2}\end{matrix}\right]
    """

    name: str | None = None
    transpose: Transpose = "sans"
    index_from: int = 0
    taps: Taps = "counted"
    shape: bool = False

    def __post_init__(self) -> None:
        if self.name is not None and not (isinstance(self.name, str) and self.name.strip()):
            raise SymconvError(f"name={shown(self.name)} is no name, which is text")
        parse_choice("transpose", self.transpose, get_args(Transpose))
        parse_choice("taps", self.taps, get_args(Taps))
        parse_flag("shape", self.shape)
        if not _is_first(self.index_from):
            raise SymconvError(f"index_from={shown(self.index_from)} is not 0 or 1")

    # --- what it makes of things -----------------------------------------------------------

    @property
    def title(self) -> str:
        """The name as LaTeX that takes indices and a transpose."""
        text = symbol_latex(self.name or "C")
        return text if re.fullmatch(r"\\?[A-Za-z]+(\{\w+\})?", text) else f"{{{text}}}"

    @property
    def transposed(self) -> str:
        """The sign of a transpose, as LaTeX."""
        return SIGNS[self.transpose]

    def signed(self, latex: str) -> str:
        """LaTeX with the author's sign at every transpose."""
        return latex.replace(TRANSPOSE_SIGN, self.transposed)

    def first_tap(self, size: int) -> int:
        """The index of the first of so many taps of an axis.

        >>> Notation(taps="centred").first_tap(3), Notation(index_from=1).first_tap(3)
        (-1, 1)
        """
        return -((size - 1) // 2) if self.taps == "centred" else self.index_from

    def tap(self, tap: tuple[int, ...], size: tuple[int, ...]) -> tuple[int, ...]:
        """A tap's index as it is shown."""
        return tuple(t + self.first_tap(n) for t, n in zip(tap, size, strict=True))

    def names(self, kernel: Kernel) -> dict[sp.Symbol, str]:
        """The symbols of a kernel that are its letter and an index, and how they are shown.

        >>> Notation(index_from=1).names(Kernel.symbolic("k", 2))
        {k_{0}: 'k_{1}', k_{1}: 'k_{2}'}
        """
        letter = letter_of(kernel)
        if letter is None:
            return {}
        channels = len(kernel.shape) - len(kernel.size)
        found = zip(kernel.entries, product(*map(range, kernel.shape)), strict=True)
        return {
            entry: f"{letter}_{{{','.join(map(str, self._index(index, channels, kernel.size)))}}}"
            for entry, index in found
        }

    def _index(
        self, index: tuple[int, ...], channels: int, size: tuple[int, ...]
    ) -> tuple[int, ...]:
        leading = (c + self.index_from for c in index[:channels])
        return (*leading, *self.tap(index[channels:], size))

    def names_in(self, value: Any) -> dict[sp.Symbol, str]:
        """The same of all kernels that a value was made from; none where they keep their names."""
        if self.index_from == 0 and self.taps == "counted":
            return {}
        return {s: name for kernel in _kernels_in(value) for s, name in self.names(kernel).items()}


def current() -> Notation:
    """The notation that holds here."""
    return in_force(Notation)


def chosen(notation: Notation | None, **given: Any) -> Notation:
    """A notation, or the one that holds here, with what is given beside it."""
    if notation is not None and not isinstance(notation, Notation):
        raise SymconvError(f"notation={shown(notation)} is no Notation")
    named = {name: value for name, value in given.items() if value is not None}
    return replace(notation or current(), **named)


@lru_cache(maxsize=16)
def letter_of(kernel: Kernel) -> str | None:
    """The letter of a kernel whose entries are letter_{index}, as LaTeX; else None."""
    letter = str(kernel.entries[0]).rpartition("_{0")[0]
    names = (f"{letter}_{{{','.join(map(str, i))}}}" for i in product(*map(range, kernel.shape)))
    alike = letter and all(
        isinstance(entry, sp.Symbol) and entry.name == name
        for entry, name in zip(kernel.entries, names, strict=True)
    )
    return symbol_latex(f"{letter}_{{0}}").removesuffix("_{0}") if alike else None


def _is_first(value: Any) -> bool:
    return integer_of(value) in (0, 1)


def _kernels_in(value: Any, depth: int = 0) -> Iterator[Kernel]:
    """The kernels of the operators in a value's fields."""
    if isinstance(value, Kernel):
        yield value
    elif isinstance(value, Operator):
        yield from kernels_of(value)
    elif depth < MOST_DEEP:
        held = [f.name for f in fields(value)] if is_dataclass(value) else ["operator", "kernel"]
        for name in held:
            yield from _kernels_in(getattr(value, name, None), depth + 1)
