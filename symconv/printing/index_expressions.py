"""Index arithmetic as LaTeX: linear forms, fractions and index sets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

import sympy as sp
from sympy.printing.precedence import PRECEDENCE

from symconv.algebra.sizes import to_expr
from symconv.printing.free_letters import Letters
from symconv.printing.typesetter import Typesetter

RELATIONS = (r"\in ", r"\leq ")


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
    show = _print if printer is None else printer._print
    ranges = (_range(to_expr(n), show) for n in sizes)
    alike = [(shown, len(list(group))) for shown, group in groupby(ranges)]
    return r" \times ".join(f"{shown}^{n}" if n > 1 else shown for shown, n in alike)


def _range(size: sp.Expr, show: Any) -> str:
    """The numbers below a size, all of them where there are one or two."""
    listed = ["0", "1"][: int(size)] if size in (1, 2) else ["0", r"\dots", show(size - 1)]
    return rf"\{{{', '.join(listed)}\}}"


def constants(axes: Sequence[Any], letters: Letters) -> list[sp.Expr]:
    """Stride, padding and dilation: numbers where all axes share them, else letters."""
    values = zip(*((a.stride, a.padding, a.dilation) for a in axes), strict=True)
    return [
        sp.Integer(column[0]) if len(set(column)) == 1 else sp.Symbol(letters.name(letter))
        for column, letter in zip(values, "spd", strict=True)
    ]


def constant_values(axes: Sequence[Any], letters: Letters) -> list[tuple[str, str]]:
    """What the letters of :func:`constants` are, axis by axis."""
    return [
        (_print(constant), f"({', '.join(str(getattr(axis, name)) for axis in axes)})")
        for name, constant in zip(
            ("stride", "padding", "dilation"), constants(axes, letters), strict=True
        )
        if constant.is_Symbol
    ]


def _print(expr: sp.Expr) -> str:
    return str(Typesetter().doprint(expr))


def gram_latex(name: str, by_rows: bool) -> str:
    r"""A matrix times its transpose, or the other way round.

    >>> print(gram_latex("C", True))
    C C^{\mathsf{T}}
    """
    transposed = rf"{name}^{{\mathsf{{T}}}}"
    return f"{name} {transposed}" if by_rows else f"{transposed} {name}"


def aligned(lines: Sequence[tuple[str, str]]) -> str:
    r"""Equations under each other; a right-hand side may bring its own relation.

    >>> print(aligned([("a", "b"), ("c", r"\in D")]))
    \begin{aligned}a &= b \\ c &\in D\end{aligned}
    """
    return aligned_lines(
        [f"{left} &{'' if right.startswith(RELATIONS) else '= '}{right}" for left, right in lines]
    )


def aligned_lines(lines: Sequence[str], space: str = "") -> str:
    r"""Lines that say themselves where they are aligned.

    >>> print(aligned_lines(["a &= b", "& c"], "[1ex]"))
    \begin{aligned}a &= b \\[1ex] & c\end{aligned}
    """
    body = rf" \\{space} ".join(lines)
    return rf"\begin{{aligned}}{body}\end{{aligned}}"
