"""Matrices as LaTeX, whole or with dots; entries come from a function, so no size is too large."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import sympy as sp
from sympy.printing.precedence import PRECEDENCE

from symconv.algebra.sizes import to_expr
from symconv.errors import SymconvError
from symconv.printing.typesetter import typesetter

# JupyterLab draws 16 rows and columns well; a page holds about 100 characters of small print.
MOST_LINES = 16
WIDEST = 110
KEPT = 3
MOST_ENTRIES = 10_000
# amsmath's matrices stop at ten columns; an array has as many as it says.
MOST_MATRIX_COLUMNS = 10
# How far beyond the dots an entry is looked for, to tell a band from what fills a row.
FARTHEST_LOOK = 12
MOST_LOOKED_THROUGH = 300

STRUT = r"\rule[-1.2ex]{0pt}{4ex}"
DDOTS, VDOTS, CDOTS = r"\ddots", r"\vdots", r"\cdots"
_CLOSING = {"[": "]", "(": ")", "{": "}", r"\{": r"\}", "<": ">"}
_AMSMATH_DELIMITERS = {
    "matrix": "",
    "pmatrix": "(",
    "bmatrix": "[",
    "Bmatrix": r"\{",
    "vmatrix": "|",
    "Vmatrix": r"\|",
}
_NICE = {"": "", "(": "p", "[": "b", "{": "B", r"\{": "B", "|": "v", r"\|": "V"}


def matrix_latex(
    shape: tuple[int, int],
    entry: Callable[[int, int], Any],
    printer: Any,
    form: str | None = None,
    max_entries: int = MOST_ENTRIES,
    ruled: bool = False,
) -> str:
    """LaTeX of a matrix, with its size under a brace where dots stand for some of it.

    Args:
        shape: rows and columns.
        entry: the SymPy expression in row i and column j.
        printer: a SymPy LatexPrinter; its mat_str and mat_delim are kept.
        form: "full", "elided", or None for full where that can be read and elided elsewhere.
        max_entries: how many entries may be printed.
        ruled: lines between rows and columns.
    """
    printer = typesetter(printer)
    if form == "full" and shape[0] * shape[1] > max_entries:
        raise SymconvError(
            f"{shape[0]} x {shape[1]} entries are more than max_entries={max_entries}: use "
            'form="elided" or "closed", or allow more'
        )
    rows, cols = _lines(shape, form, max_entries)
    structured = form == "elided"
    cells = _print_cells(rows, cols, shape, entry, printer, structured)
    kept = _kept(max_entries)
    if form != "full" and _width(cells) > WIDEST and len(cols) > 2 * kept + 1:
        cols = shorten(shape[1], 2 * kept + 1, kept)
        if form is None:
            rows = shorten(shape[0], 2 * kept + 1, kept)
        cells = _print_cells(rows, cols, shape, entry, printer, structured)
    matrix = environment(cells, len(cols), printer, ruled)
    return under_brace(matrix, shape, printer) if -1 in (*rows, *cols) else matrix


def is_wide(
    shape: tuple[int, int], entry: Callable[[int, int], Any], printer: Any, most: int = MOST_ENTRIES
) -> bool:
    """Whether the matrix, with dots where it is long, is wider than a page."""
    printer = typesetter(printer)
    rows, cols = _lines(shape, None, most)
    return _width(_print_cells(rows, cols, shape, entry, printer, False)) > WIDEST


def _lines(shape: tuple[int, int], form: str | None, most: int) -> tuple[list[int], list[int]]:
    """The rows and columns to show, before it is known how wide they are."""
    rows, cols = shape
    kept = _kept(most)
    elided = form == "elided" or (form is None and max(shape) > MOST_LINES)
    if form == "full" or (not elided and rows * cols <= most):
        return list(range(rows)), list(range(cols))
    short = 2 * kept + 1
    shown = shorten(rows, short, kept)
    wide = max(min(MOST_LINES, most // len(shown)), short)
    return shown, shorten(cols, wide, kept)


def _kept(most: int) -> int:
    """How many lines can be kept on either side of the dots."""
    kept = next((k for k in range(KEPT, 0, -1) if (2 * k + 1) ** 2 <= most), 0)
    if not kept:
        raise SymconvError(f"max_entries={most}: corners and dots take 9 at least")
    return kept


def shorten(count: int, most: int, kept: int = KEPT) -> list[int]:
    """The first and last few indices with -1 for the dots between, where count exceeds most."""
    if count <= most:
        return list(range(count))
    return [*range(kept), -1, *range(count - kept, count)]


def _print_cells(
    rows: Sequence[int],
    cols: Sequence[int],
    shape: tuple[int, int],
    entry: Callable[[int, int], Any],
    printer: Any,
    structured: bool,
) -> list[list[str]]:
    def cell(i: int, j: int) -> str:
        if i < 0 and j < 0:
            return DDOTS
        if i < 0:
            return dots(lambda row: entry(row, j), shape[0], rows, j in early_cols, VDOTS)
        if j < 0:
            return dots(lambda col: entry(i, col), shape[1], cols, i in early_rows, CDOTS)
        return str(printer._print(entry(i, j)))

    def dots(
        place: Callable[[int], Any], size: int, lines: Sequence[int], early: bool, straight: str
    ) -> str:
        if not structured:
            return straight
        if -1 in rows and -1 in cols:
            return _dots([place(n) for n in _inwards(size, lines, early)], straight)
        if any(place(n) for n in lines if n >= 0):
            return straight
        return DDOTS if any(map(place, _hidden(size, lines))) else straight

    early_rows, early_cols = (
        set(lines[: lines.index(-1)]) if -1 in lines else set() for lines in (rows, cols)
    )
    return [[cell(i, j) for j in cols] for i in rows]


def _hidden(size: int, lines: Sequence[int]) -> Sequence[int]:
    """Hidden positions, as many as one looks through for a band that nothing shown tells of."""
    first = lines.index(-1)
    return range(first, min(size - (len(lines) - first - 1), MOST_LOOKED_THROUGH))


def _inwards(size: int, lines: Sequence[int], from_start: bool) -> Sequence[int]:
    """Hidden positions from one end of the dots on, as far as one looks."""
    first = lines.index(-1)
    last = size - (len(lines) - first - 1)
    look = min(FARTHEST_LOOK, last - first)
    return range(first, first + look) if from_start else range(last - 1, last - 1 - look, -1)


def _dots(hidden: Sequence[Any], straight: str) -> str:
    r"""⋱ where a band runs on behind the dots and ends, as at a corner of a banded matrix."""
    return DDOTS if any(hidden[: KEPT + 1]) and not all(hidden) else straight


def _width(cells: Sequence[Sequence[str]]) -> int:
    """Roughly the printed characters of the widest entries of all columns together."""
    return sum(max(map(printed_length, column)) + 1 for column in zip(*cells, strict=True))


def printed_length(latex: str) -> int:
    """Characters that a string of LaTeX shows, roughly.

    >>> printed_length(r"k_{0,0}^{2} + \\sigma")
    7
    """
    latex = re.sub(r"\\textcolor(\[\w+\])?\{[^}]*\}|\\(left|right|operatorname|text)", "", latex)
    return len(re.sub(r"\\[A-Za-z]+", "x", re.sub(r"[{}_^\s]", "", latex)))


def widest_row(latex: str) -> int:
    r"""Characters of the longest row of a display.

    >>> widest_row(r"a & b \\ c & d + e")
    4
    """
    return max(printed_length(row.replace("&", "")) for row in latex.split(r"\\"))


def environment(
    cells: Sequence[Sequence[str]], columns: int, printer: Any, ruled: bool = False
) -> str:
    r"""Cells as a matrix between its delimiters, with lines between the cells where asked for."""
    settings = printer._settings
    name, delimiter = settings["mat_str"], settings["mat_delim"] or ""
    if name in _AMSMATH_DELIMITERS and (ruled or columns > MOST_MATRIX_COLUMNS):
        name, delimiter = "array", _AMSMATH_DELIMITERS[name] or delimiter
    nice = name is None and delimiter in _NICE and _is_nice(cells, printer, ruled)
    if nice:
        kind = "Array" if ruled or columns > MOST_MATRIX_COLUMNS else "Matrix"
        name, delimiter = f"{_NICE[delimiter]}Nice{kind}", ""
        cells = cells if ruled else _nice_dots(cells)
    elif name is None:
        name = "array" if ruled or columns > MOST_MATRIX_COLUMNS else "matrix"
    separator = "|" if ruled else ""
    has_columns = name.lower().endswith("array")
    columns_spec = "{" + separator.join("c" * columns) + "}" if has_columns else ""
    columns_spec += "[margin]" if nice and ruled else ""
    # Rules leave no room for superscripts of their own.
    lines = [(STRUT if ruled else "") + " & ".join(row) for row in cells]
    body = (r"\\ \hline " if ruled else r"\\").join(lines)
    return _delimit(rf"\begin{{{name}}}{columns_spec}{body}\end{{{name}}}", delimiter)


_NICE_DOTS = {DDOTS: r"\Ddots", VDOTS: r"\Vdots", CDOTS: r"\Cdots"}


def _is_nice(cells: Sequence[Sequence[str]], printer: Any, ruled: bool) -> bool:
    """Whether nicematrix has something to do: it is slow, and large matrices fill TeX's memory."""
    dotted = any(cell in _NICE_DOTS for row in cells for cell in row)
    return getattr(printer, "dialect", "") == "latex" and (ruled or dotted)


def _nice_dots(cells: Sequence[Sequence[str]]) -> list[list[str]]:
    r"""Dots that nicematrix draws as lines, from the nearest entry to the next.

    Those of a band run along it where both of its ends are shown, else as in any row or column.
    """
    rows = (i for i, row in enumerate(cells) if all(cell in _NICE_DOTS for cell in row))
    dotted_row = next(rows, None)
    # In a band with nothing around it, zeros are entries like others.
    nothing = {"", "0"} if dotted_row is not None else {""}

    def end(i: int, j: int, step: int) -> str:
        """What stands at the end of the dots through (i, j), down or up the diagonal."""
        while 0 <= i < len(cells) and 0 <= j < len(cells[i]):
            if cells[i][j] != DDOTS:
                return "" if cells[i][j] in _NICE_DOTS else cells[i][j]
            i, j = i + step, j + step
        return ""

    def cell(i: int, j: int) -> str:
        if cells[i][j] != DDOTS or not {end(i, j, 1), end(i, j, -1)} & nothing:
            return _NICE_DOTS.get(cells[i][j], cells[i][j])
        if dotted_row is None:
            return DDOTS
        crossing = i == dotted_row and cells[i - 1][j] in (CDOTS, DDOTS)
        return r"\Ddots" if crossing else r"\Vdots" if i == dotted_row else r"\Cdots"

    return [[cell(i, j) for j in range(len(row))] for i, row in enumerate(cells)]


def _delimit(matrix: str, delimiter: str) -> str:
    if not delimiter:
        return matrix
    closing = _CLOSING.get(delimiter, delimiter)
    # SymPy's own mat_delim="{" opens a group, which shows nothing and breaks TeX.
    opening, closing = (rf"\{d}" if d in ("{", "}") else d for d in (delimiter, closing))
    return rf"\left{opening}{matrix}\right{closing}"


def under_brace(matrix: str, sizes: Sequence[Any], printer: Any) -> str:
    """A matrix with its size under a brace."""
    return rf"\underbrace{{{matrix}}}_{{{size_latex(sizes, printer)}}}"


def size_latex(sizes: Sequence[Any], printer: Any) -> str:
    r"""Rows and columns as LaTeX, powers of ten as such.

    >>> from sympy.printing.latex import LatexPrinter
    >>> print(size_latex((10**12, 2 * sp.Symbol("n") - 1), LatexPrinter()))
    10^{12} \times \left(2 n - 1\right)
    """
    return r" \times ".join(_count(to_expr(n), printer) for n in sizes)


def _count(n: sp.Expr, printer: Any) -> str:
    digits = str(n)
    if len(digits) > 5 and digits.strip("0") == "1":
        return f"10^{{{len(digits) - 1}}}"
    return str(printer.parenthesize(n, PRECEDENCE["Mul"]))


def banded_latex(
    sizes: tuple[Any, Any],
    lags: tuple[int, int],
    shown: int,
    entry: Callable[[Any, Any], Any],
    printer: Any,
    ruled: bool = False,
) -> str:
    """LaTeX of a banded matrix without its size: the rows at both ends and dots between.

    Args:
        sizes: rows and columns; they differ by a number.
        lags: smallest and largest i - j of the band.
        shown: rows at each end.
        entry: the expression at (row, column), which may be counted from the size.
        printer: a SymPy LatexPrinter.
        ruled: lines between rows and columns.
    """
    rows, cols = sizes
    height = 2 * shown + 1
    width = height + int(cols - rows)

    def cell(i: int, j: int) -> str:
        if not lags[0] <= i - j <= lags[1]:
            return ""
        if i == shown:
            return DDOTS
        if i < shown:
            return str(printer._print(entry(i, j)))
        return str(printer._print(entry(rows - (height - i), cols - (width - j))))

    cells = [[cell(i, j) for j in range(width)] for i in range(height)]
    return environment(cells, width, printer, ruled)
