"""Matrices as LaTeX, whole or with dots; entries come from a function, so no size is too large."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import sympy as sp
from sympy.printing.precedence import PRECEDENCE

from symconv.errors import SymconvError

# JupyterLab draws 16 rows and columns well; a page holds about 100 characters of small print.
MOST_LINES = 16
WIDEST = 110
KEPT = 3
MOST_ENTRIES = 100_000
# SymPy turns from the environment "matrix" to "array" above ten columns, as amsmath needs.
MOST_MATRIX_COLUMNS = 10


def matrix_latex(
    shape: tuple[int, int],
    entry: Callable[[int, int], Any],
    printer: Any,
    form: str | None = None,
) -> str:
    """LaTeX of a matrix.

    Args:
        shape: rows and columns.
        entry: the SymPy expression in row i and column j.
        printer: a SymPy LatexPrinter; its mat_str and mat_delim are kept.
        form: "full", "elided", or None for full where that can be read and elided elsewhere.
    """
    if form == "full" and shape[0] * shape[1] > MOST_ENTRIES:
        raise SymconvError(
            f"{shape[0]} x {shape[1]} entries are more than the {MOST_ENTRIES} that can be read or "
            'typeset: use form="elided" or the closed form'
        )
    elided = form == "elided" or (form is None and max(shape) > MOST_LINES)
    rows, cols = (list(range(n)) if not elided else shorten(n, most) for n, most in
                  zip(shape, (2 * KEPT + 1, MOST_LINES), strict=True))  # fmt: skip
    cells = _print_cells(rows, cols, entry, printer)
    if form != "full" and _width(cells) > WIDEST and len(cols) > 2 * KEPT + 1:
        cols = shorten(shape[1], 2 * KEPT + 1)
        if form is None:
            rows = shorten(shape[0], 2 * KEPT + 1)
        cells = _print_cells(rows, cols, entry, printer)
    return _environment(cells, len(cols), printer)


def shorten(count: int, most: int, kept: int = KEPT) -> list[int]:
    """The first and last few indices with -1 for the dots between, where count exceeds most."""
    if count <= most:
        return list(range(count))
    return [*range(kept), -1, *range(count - kept, count)]


def _print_cells(
    rows: Sequence[int], cols: Sequence[int], entry: Callable[[int, int], Any], printer: Any
) -> list[list[str]]:
    def cell(i: int, j: int) -> str:
        if i < 0:
            return r"\ddots" if j < 0 else r"\vdots"
        return r"\cdots" if j < 0 else str(printer._print(entry(i, j)))

    return [[cell(i, j) for j in cols] for i in rows]


def _width(cells: Sequence[Sequence[str]]) -> int:
    """Roughly the printed characters of the widest entries of all columns together."""
    return sum(max(map(printed_length, column)) + 1 for column in zip(*cells, strict=True))


def printed_length(latex: str) -> int:
    """Characters that a string of LaTeX shows, roughly.

    >>> printed_length(r"k_{0,0}^{2} + \\sigma")
    7
    """
    return len(
        re.sub(r"\\[A-Za-z]+", "x", re.sub(r"\\(left|right|operatorname)|[{}_^\s]", "", latex))
    )


def _environment(cells: Sequence[Sequence[str]], columns: int, printer: Any) -> str:
    settings = printer._settings
    name = settings["mat_str"] or ("array" if columns > MOST_MATRIX_COLUMNS else "matrix")
    columns_spec = "{" + "c" * columns + "}" if name == "array" else ""
    body = r"\\".join(" & ".join(row) for row in cells)
    matrix = rf"\begin{{{name}}}{columns_spec}{body}\end{{{name}}}"
    delimiter = settings["mat_delim"]
    if not delimiter:
        return matrix
    closing = {"[": "]", "(": ")", "{": "}", "|": "|"}.get(delimiter, delimiter)
    return rf"\left{delimiter}{matrix}\right{closing}"


def banded_latex(
    sizes: tuple[sp.Expr, sp.Expr],
    lags: tuple[int, int],
    shown: int,
    entry: Callable[[sp.Expr, sp.Expr], Any],
    printer: Any,
) -> str:
    """LaTeX of a banded matrix of symbolic size: rows at both ends and dots between.

    Args:
        sizes: rows and columns; they differ by a number.
        lags: smallest and largest i - j of the band.
        shown: rows at each end.
        entry: the expression at (row, column), which may be counted from the size.
        printer: a SymPy LatexPrinter.
    """
    rows, cols = sizes
    height = 2 * shown + 1
    width = height + int(cols - rows)

    def cell(i: int, j: int) -> str:
        if not lags[0] <= i - j <= lags[1]:
            return ""
        if i == shown:
            return r"\ddots"
        if i < shown:
            return str(printer._print(entry(sp.Integer(i), sp.Integer(j))))
        return str(printer._print(entry(rows - (height - i), cols - (width - j))))

    cells = [[cell(i, j) for j in range(width)] for i in range(height)]
    size = r" \times ".join(printer.parenthesize(n, PRECEDENCE["Mul"]) for n in sizes)
    return f"{_environment(cells, width, printer)}_{{{size}}}"
