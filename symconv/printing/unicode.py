"""Matrices as text for a terminal, in SymPy's own pretty print."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any

import sympy as sp

from symconv.operators.closed_form import ClosedForm
from symconv.operators.entries import concrete_shape
from symconv.operators.operator import Operator
from symconv.typesetting.free_letters import operator_letters, pixel_symbols
from symconv.typesetting.matrices import shorten

SUBSCRIPTS = str.maketrans("0123456789-", "₀₁₂₃₄₅₆₇₈₉₋")
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
WIDTH = 100
MOST_ROWS = 16
MOST_CASES = 60


def matrix_text(operator: Operator) -> str:
    """The matrix of an operator with dots where it is too large for a terminal.

    >>> import symconv as sc
    >>> print(matrix_text(sc.conv(sc.Kernel.symbolic("k", 2), 3)))
    ⎡k₀  k₁  0 ⎤
    ⎣0   k₀  k₁⎦
    """
    shape = concrete_shape(operator.rows, operator.cols)
    text = ""
    for most, kept in ((MOST_ROWS, 3), (7, 3), (5, 2), (3, 1)):
        rows, cols = (shorten(n, most, kept) for n in shape)
        text = table_text(rows, cols, operator.entry)
        if len(text.split("\n", 1)[0]) <= WIDTH:
            break
    return text


def table_text(
    rows: Sequence[int], cols: Sequence[int], entry: Callable[[int, int], sp.Expr]
) -> str:
    """Chosen rows and columns of a matrix; an index of -1 stands for dots."""

    def cell(i: int, j: int) -> sp.Expr:
        if i < 0:
            return sp.Symbol("⋱" if j < 0 else "⋮")
        return sp.Symbol("⋯") if j < 0 else terminal_names(entry(i, j))

    return pretty(sp.Matrix([[cell(i, j) for j in cols] for i in rows]))


def closed_form_text(form: ClosedForm) -> str:
    """The cases of an entry, for every size of the image.

    >>> import symconv as sc
    >>> C = sc.conv(sc.Kernel.symbolic("k", 2), sp.Symbol("n"))
    >>> print(closed_form_text(C.closed_form()))
    entry (i, j) of the (n - 1) × n matrix, for every n ≥ 2:
      k₀  where i = j
      k₁  where i - j = -1
      0   elsewhere
    """
    operator: Operator = form.operator
    axes = len(form.shown(operator.rows))
    letters = operator_letters(operator)
    i, j = (pixel_symbols(letters.name(letter), axes) for letter in "ij")
    shown = list(islice(form.pieces(i, j), MOST_CASES))
    cases = [(one_line(expr), f"where {pretty(where)}") for expr, where in shown]
    width = max((len(expr) for expr, _ in cases), default=1)
    lines = [f"  {expr.ljust(width)}  {where}" for expr, where in cases]
    more = [f"  ⋮ ({len(form)} cases in all)"] if len(form) > len(shown) else []
    return "\n".join([_heading(form, i, j), *lines, *more, f"  {'0'.ljust(width)}  elsewhere"])


def _heading(form: ClosedForm, i: Any, j: Any) -> str:
    pixels = ", ".join(map(_pixel, (i, j)))
    rows, cols = map(_size, form.operator.shape)
    starts = ", ".join(f"{symbol} ≥ {first}" for symbol, first in form.valid_from.items())
    return f"entry ({pixels}) of the {rows} × {cols} matrix, for every {starts}:"


def _pixel(pixel: tuple[sp.Symbol, ...]) -> str:
    names = [pretty(index) for index in pixel]
    return names[0] if len(names) == 1 else f"({', '.join(names)})"


def _size(size: int | sp.Expr) -> str:
    text = powers(str(size)).replace("*", "")
    return f"({text})" if " " in text else text


def pretty(expr: Any) -> str:
    """SymPy's pretty print in Unicode, without the empty lines between rows of one line each."""
    lines = sp.pretty(expr, use_unicode=True, wrap_line=False).split("\n")
    if isinstance(expr, sp.MatrixBase) and len(lines) == 2 * expr.rows - 1:
        lines = lines[::2]
    return "\n".join(lines)


def terminal_names(expr: sp.Expr) -> sp.Expr:
    """The expression with k_{0,1} written k₀₁."""
    names = {symbol: _terminal_name(symbol.name) for symbol in expr.free_symbols}
    return expr.xreplace({symbol: sp.Symbol(name, real=True) for symbol, name in names.items()})


def _terminal_name(name: str) -> str:
    found = re.fullmatch(r"(\w+)_\{(-?\d+(?:,-?\d+)*)\}", name)
    if not found:
        return name
    indices = found[2].split(",")
    comma = "" if max(map(len, indices)) == 1 or "-" in found[2] else ","
    return found[1] + comma.join(indices).translate(SUBSCRIPTS)


def one_line(polynomial: sp.Expr) -> str:
    """A polynomial on one line: k₀₀² + k₀₁k₀₂.

    >>> x, y = sp.Symbol("k_{0,1}"), sp.Symbol("k_{2}")
    >>> one_line(x**2 + 2 * x * y)
    'k₀₁² + 2k₀₁k₂'
    """
    return powers(str(terminal_names(polynomial))).replace("*", "")


def powers(text: str) -> str:
    """Text with x**2 written x²."""
    return re.sub(r"\*\*(\d+)", lambda power: power[1].translate(SUPERSCRIPTS), text)


def beside(*blocks: str, gap: int = 4) -> str:
    """Blocks of text next to each other, their first lines level."""
    columns = [block.split("\n") for block in blocks]
    height = max(map(len, columns))
    widths = [max(map(len, column)) for column in columns]
    lines = zip(*(column + [""] * (height - len(column)) for column in columns), strict=True)
    return "\n".join(
        (" " * gap).join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
