"""Index arithmetic as LaTeX: linear forms, fractions and index sets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import sympy as sp
from sympy.printing.precedence import PRECEDENCE

from symconv.algebra.sizes import to_expr
from symconv.operators.geometry import Axis
from symconv.typesetting.notation import TRANSPOSED, Notation
from symconv.typesetting.typesetter import Label, Typesetter


def linear(*terms: tuple[sp.Expr, str]) -> str:
    """A sum in the order given, without ones and zeros.

    >>> linear((sp.Integer(2), "i"), (sp.Integer(1), "t"), (sp.Integer(-1), ""))
    '2 i + t - 1'
    """
    text = ""
    for factor, name in terms:
        negative = factor.could_extract_minus_sign()
        if factor != 0:
            text += (" - " if negative else " + ") + times(-factor if negative else factor, name)
    if text.startswith(" - "):
        return f"-{text[3:]}"
    return text.removeprefix(" + ") or "0"


def combination(terms: Iterable[tuple[sp.Expr, str]], printer: Typesetter) -> str:
    r"""A sum of factors times names, in the order given; sums stand in parentheses.

    >>> a, b = sp.symbols("a b")
    >>> combination([(sp.S.One, "x"), (-2 * a, "y"), (a + b, "z")], Typesetter())
    'x - 2 a y + \\left(a + b\\right) z'
    """
    text = ""
    for factor, name in terms:
        negative = factor.could_extract_minus_sign()
        shown = printer.parenthesize(
            -factor if negative else factor, PRECEDENCE["Mul"], strict=True
        )
        body = name if shown == "1" and name else f"{shown} {name}".strip()
        text += f" {'-' if negative else '+'} {body}" if factor != 0 else ""
    return f"-{text[3:]}" if text.startswith(" - ") else text.removeprefix(" + ") or "0"


def times(factor: sp.Expr, name: str) -> str:
    """A factor and a name, without a one."""
    return name if factor == 1 and name else f"{_print(factor)} {name}".strip()


def over(numerator: str, divisor: sp.Expr) -> str:
    """A fraction, where the divisor is not one."""
    return numerator if divisor == 1 else rf"\frac{{{numerator}}}{{{_print(divisor)}}}"


def index_set(sizes: Sequence[Any], printer: Any = None) -> str:
    r"""The indices 0 to size - 1 of every axis.

    >>> print(index_set((3, 3)))
    \{0, \dots, 2\}^2
    >>> print(index_set((1, 2)))
    \{0\} \times \{0, 1\}
    """
    printer = printer or Typesetter()
    first = printer.notation.index_from
    return _product(_range(to_expr(n), first, printer._print) for n in sizes)


def tap_set(sizes: Sequence[int], printer: Typesetter) -> str:
    r"""The taps of a kernel.

    >>> print(tap_set((3, 1), Typesetter(notation=Notation(taps="centred"))))
    \{-1, \dots, 1\} \times \{0\}
    """
    first = printer.notation.first_tap
    return _product(_range(sp.Integer(n), first(n), printer._print) for n in sizes)


def _product(ranges: Iterable[str]) -> str:
    alike = [(shown, len(list(group))) for shown, group in groupby(ranges)]
    return r" \times ".join(f"{shown}^{n}" if n > 1 else shown for shown, n in alike)


def _range(size: sp.Expr, first: int, show: Any) -> str:
    """So many numbers from the first on, all of them where there are one or two."""
    few = [str(first), str(first + 1)]
    listed = few[: int(size)] if size in (1, 2) else [few[0], r"\dots", show(size - 1 + first)]
    return rf"\{{{', '.join(listed)}\}}"


def _print(expr: sp.Expr) -> str:
    return str(Typesetter().doprint(expr))


def gram_latex(name: str, by_rows: bool) -> str:
    r"""A matrix times its transpose, or the other way round.

    >>> Typesetter().notation.signed(gram_latex("C", True))
    'C C^{\\mathsf{T}}'
    """
    return f"{name} {name}{TRANSPOSED}" if by_rows else f"{name}{TRANSPOSED} {name}"


# --- the relation of a layer -----------------------------------------------------------------

_CONSTANTS = {"stride": Label("s", "𝑠"), "padding": Label("p", "𝑝"), "dilation": Label("d", "𝑑")}


def padding_shown(axis: Axis, notation: Notation) -> int:
    """The p of u·i = s·o + d·t - p, where pixels and taps are counted as the author has it."""
    moved = (axis.stride - axis.input_dilation) * notation.index_from
    return int(axis.padding + moved + axis.dilation * notation.first_tap(axis.kernel_size))


@dataclass(frozen=True)
class Relation:
    """Tap 𝑡 joins input pixel s·𝑖 + d·𝑡 - p to output pixel 𝑖: parts of formulas that say so.

    Attributes:
        axes: the axes of the layer.
        kernel: the letter of its taps.
        notation: where pixels and taps begin; p is counted from there.
    """

    axes: Sequence[Axis]
    kernel: str = ""
    notation: Notation = field(default_factory=Notation)

    @property
    def constants(self) -> list[sp.Expr]:
        """Stride, padding and dilation: numbers where all axes share them, else letters."""
        return [self._constant(name) for name in _CONSTANTS]

    def _constant(self, name: str) -> sp.Expr:
        values = {self._value(axis, name) for axis in self.axes}
        return sp.Integer(values.pop()) if len(values) == 1 else _CONSTANTS[name]

    def _value(self, axis: Axis, name: str) -> int:
        return padding_shown(axis, self.notation) if name == "padding" else getattr(axis, name)

    @property
    def constant_values(self) -> list[tuple[str, str]]:
        """What the letters among the constants are, axis by axis."""
        return [
            (letter.latex, f"({', '.join(str(self._value(axis, name)) for axis in self.axes)})")
            for name, letter in _CONSTANTS.items()
            if self._constant(name) == letter
        ]

    @property
    def everywhere(self) -> str:
        """All pixels, inside and outside."""
        axes = len(self.axes)
        return r"\mathbb{Z}" if axes == 1 else rf"\mathbb{{Z}}^{axes}"

    def pixel(self, output: str = "𝑖") -> str:
        """The input pixel under tap 𝑡 at an output pixel."""
        s, p, d = self.constants
        return linear((s, output), (d, "𝑡"), (-p, ""))

    @property
    def window(self) -> str:
        """The output pixel whose window has tap 𝑡 at pixel 𝑖."""
        s, p, d = self.constants
        return over(linear((sp.S.One, "𝑖"), (-d, "𝑡"), (p, "")), s)

    def tap(self, output: str, pixel: str, stuffing: int = 1) -> str:
        """The tap that joins an output pixel to an input pixel."""
        s, p, d = self.constants
        return over(linear((sp.Integer(stuffing), pixel), (-s, output), (p, "")), d)

    def lag(self, forward: bool = True) -> str:
        """Input pixels between two output pixels, or between two input pixels."""
        s, _, _ = self.constants
        if not forward:
            return "𝑗 - 𝑖"
        return "𝑖 - 𝑗" if s == 1 else times(s, "(𝑖 - 𝑗)")

    def shifted(self, lag: str) -> str:
        """The tap that is so many pixels from tap 𝑡."""
        return f"𝑡 + {over(lag, self.constants[2])}"

    def pair(self, lag: str) -> str:
        """The product of two taps that are so many pixels apart."""
        return rf"{self.kernel}_{{𝑡}}\, {self.kernel}_{{{self.shifted(lag)}}}"
