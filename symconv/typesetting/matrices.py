"""Matrices as displays, whole or with dots; entries come from a function: no size is too large."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import sympy as sp
from sympy.printing.precedence import PRECEDENCE

from symconv.algebra.sizes import to_expr
from symconv.errors import SymconvError
from symconv.typesetting.displays import printed_length
from symconv.typesetting.typesetter import Label, Typesetter

EntryFunction = Callable[[Any, Any], Any]
Cells = tuple[tuple[sp.Expr, ...], ...]

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
DDOTS, VDOTS, CDOTS = (Label(name, rf"\{name}") for name in ("ddots", "vdots", "cdots"))
DOTS = (DDOTS, VDOTS, CDOTS)
NOTHING = Label("", "")
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


# --- what a matrix looks like ----------------------------------------------------------------


@dataclass(frozen=True)
class Matrix:
    """Cells between delimiters, as the printer has them.

    Attributes:
        cells: expressions and dots.
        printer: its mat_str and mat_delim are kept.
        ruled: lines between rows and columns.
    """

    cells: Cells
    printer: Typesetter
    ruled: bool = False

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns as they are shown."""
        return len(self.cells), len(self.cells[0]) if self.cells else 0

    @property
    def symbols(self) -> frozenset[sp.Symbol]:
        """The symbols that are shown."""
        return frozenset().union(*(cell.free_symbols for row in self.cells for cell in row))

    @cached_property
    def _printed(self) -> list[list[str]]:
        return _print(self.cells, self.printer)

    @property
    def width(self) -> int:
        """Roughly the printed characters of the longest row, with what parts its columns."""
        return max(sum(map(printed_length, row)) + len(row) for row in self._printed)

    def is_wider(self, most: int) -> bool:
        """Whether the widest entries of all columns together take more characters than these."""
        # A sum takes two for each term at least: what is wide by that need not be printed.
        columns = zip(*self.cells, strict=True)
        least = sum(max(2 * len(sp.Add.make_args(cell)) for cell in column) for column in columns)
        return least > most or self.columns_width > most

    @property
    def columns_width(self) -> int:
        """The same of the widest entries of all columns together."""
        columns = zip(*self._printed, strict=True)
        return sum(max(map(printed_length, column)) + 1 for column in columns)

    @property
    def _is_nice(self) -> bool:
        """Whether nicematrix has something to do: it is slow, and large ones fill TeX's memory."""
        dotted = any(cell in DOTS for row in self.cells for cell in row)
        return self.printer.dialect == "latex" and (self.ruled or dotted)

    def __str__(self) -> str:
        settings, (_, columns), ruled = self.printer._settings, self.shape, self.ruled
        is_long = ruled or columns > MOST_MATRIX_COLUMNS
        name, delimiter = settings["mat_str"], settings["mat_delim"] or ""
        if name in _AMSMATH_DELIMITERS and is_long:
            name, delimiter = "array", _AMSMATH_DELIMITERS[name] or delimiter
        nice, printed = name is None and delimiter in _NICE and self._is_nice, self._printed
        if nice:
            name, delimiter = f"{_NICE[delimiter]}Nice{'Array' if is_long else 'Matrix'}", ""
            printed = printed if ruled else _print(_nice_dots(self.cells), self.printer)
        elif name is None:
            name = "array" if is_long else "matrix"
        has_columns = name.lower().endswith("array")
        argument = f"{{{('|' if ruled else '').join('c' * columns)}}}" if has_columns else ""
        argument += "[margin]" if nice and ruled else ""
        # Rules leave no room for superscripts of their own.
        lines = [(STRUT if ruled else "") + " & ".join(row) for row in printed]
        body = (r"\\ \hline " if ruled else r"\\").join(lines)
        return _delimit(rf"\begin{{{name}}}{argument}{body}\end{{{name}}}", delimiter)


@dataclass(frozen=True)
class Sized:
    """A matrix with its size beside it, or under a brace."""

    matrix: Matrix
    size: str
    brace: bool = True

    def __str__(self) -> str:
        shown = rf"\underbrace{{{self.matrix}}}" if self.brace else str(self.matrix)
        return f"{shown}_{{{self.size}}}"

    @property
    def width(self) -> int:
        return self.matrix.width

    @property
    def symbols(self) -> frozenset[sp.Symbol]:
        """The symbols that are shown."""
        return self.matrix.symbols


def _print(cells: Cells, printer: Typesetter) -> list[list[str]]:
    return [[str(printer._print(cell)) for cell in row] for row in cells]


def _delimit(matrix: str, delimiter: str) -> str:
    if not delimiter:
        return matrix
    closing = _CLOSING.get(delimiter, delimiter)
    # SymPy's own mat_delim="{" opens a group, which shows nothing and breaks TeX.
    opening, closing = (rf"\{d}" if d in ("{", "}") else d for d in (delimiter, closing))
    return rf"\left{opening}{matrix}\right{closing}"


_NICE_DOTS = {label: Label(label.name, label.latex.title()) for label in DOTS}


def _nice_dots(cells: Cells) -> Cells:
    r"""Dots that nicematrix draws as lines, from the nearest entry to the next.

    Those of a band run along it where both of its ends are shown, else as in any row or column.
    """
    dotted_row = next((i for i, row in enumerate(cells) if set(row) <= set(DOTS)), None)
    # In a band with nothing around it, zeros are entries like others.
    nothing = {NOTHING, 0} if dotted_row is not None else {NOTHING}

    def end(i: int, j: int, step: int) -> sp.Expr:
        """What stands at the end of the dots through (i, j), down or up the diagonal."""
        while 0 <= i < len(cells) and 0 <= j < len(cells[i]):
            if cells[i][j] != DDOTS:
                return NOTHING if cells[i][j] in DOTS else cells[i][j]
            i, j = i + step, j + step
        return NOTHING

    def cell(i: int, j: int) -> sp.Expr:
        if cells[i][j] != DDOTS or not {end(i, j, 1), end(i, j, -1)} & nothing:
            return _NICE_DOTS.get(cells[i][j], cells[i][j])
        if dotted_row is None:
            return DDOTS
        crossing = i == dotted_row and cells[i - 1][j] in (CDOTS, DDOTS)
        return _NICE_DOTS[DDOTS if crossing else VDOTS if i == dotted_row else CDOTS]

    return tuple(tuple(cell(i, j) for j in range(len(row))) for i, row in enumerate(cells))


# --- which of its entries are shown ----------------------------------------------------------


def matrix_display(
    shape: tuple[int, int],
    entry: EntryFunction,
    printer: Typesetter,
    form: Literal["full", "elided"] | None = None,
    max_entries: int = MOST_ENTRIES,
    ruled: bool = False,
    size: Sequence[Any] = (),
) -> Matrix | Sized:
    """A matrix, with its size under a brace where dots stand for some of it.

    Args:
        shape: rows and columns.
        entry: the SymPy expression in row i and column j.
        printer: prints the entries.
        form: "full", "elided", or None for full where that can be read and elided elsewhere.
        max_entries: how many entries may be printed.
        ruled: lines between rows and columns.
        size: what to call the size, where the shape stands for others.
    """
    if form == "full" and shape[0] * shape[1] > max_entries:
        raise SymconvError(
            f"{shape[0]} x {shape[1]} entries are more than max_entries={max_entries}: use "
            'form="elided" or "closed", or allow more'
        )
    rows, cols = _lines(shape, form, max_entries)
    structured = form == "elided"
    found = Matrix(_cells(rows, cols, shape, entry, structured), printer, ruled)
    kept = _kept(max_entries)
    if form != "full" and len(cols) > 2 * kept + 1 and found.is_wider(WIDEST):
        cols = shorten(shape[1], 2 * kept + 1, kept)
        if form is None:
            rows = shorten(shape[0], 2 * kept + 1, kept)
        found = Matrix(_cells(rows, cols, shape, entry, structured), printer, ruled)
    return under_brace(found, size or shape) if -1 in (*rows, *cols) else found


def is_wide(
    shape: tuple[int, int], entry: EntryFunction, printer: Typesetter, most: int = MOST_ENTRIES
) -> bool:
    """Whether the matrix, with dots where it is long, is wider than a page."""
    rows, cols = _lines(shape, None, most)
    return Matrix(_cells(rows, cols, shape, entry, False), printer).is_wider(WIDEST)


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


def _cells(
    rows: Sequence[int],
    cols: Sequence[int],
    shape: tuple[int, int],
    entry: EntryFunction,
    structured: bool,
) -> Cells:
    def cell(i: int, j: int) -> sp.Expr:
        if i < 0 and j < 0:
            return DDOTS
        if i < 0:
            return dots(lambda row: entry(row, j), shape[0], rows, j in early_cols, VDOTS)
        if j < 0:
            return dots(lambda col: entry(i, col), shape[1], cols, i in early_rows, CDOTS)
        return entry(i, j)

    def dots(
        place: Callable[[int], Any], size: int, lines: Sequence[int], early: bool, straight: Label
    ) -> Label:
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
    return tuple(tuple(cell(i, j) for j in cols) for i in rows)


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


def _dots(hidden: Sequence[Any], straight: Label) -> Label:
    r"""⋱ where a band runs on behind the dots and ends, as at a corner of a banded matrix."""
    return DDOTS if any(hidden[: KEPT + 1]) and not all(hidden) else straight


def banded(
    sizes: tuple[Any, Any],
    lags: tuple[int, int],
    shown: int,
    entry: EntryFunction,
    printer: Typesetter,
    ruled: bool = False,
) -> Matrix:
    """A banded matrix: the rows at both ends, and dots along the diagonals between.

    Args:
        sizes: rows and columns; they differ by a number.
        lags: smallest and largest i - j of the band.
        shown: rows at each end.
        entry: the expression at (row, column), which may be counted from the size.
        printer: prints the entries.
        ruled: lines between rows and columns.
    """
    rows, cols = sizes
    height = 2 * shown + 1
    width = height + int(cols - rows)

    def cell(i: int, j: int) -> sp.Expr:
        if not lags[0] <= i - j <= lags[1]:
            return NOTHING
        if i == shown:
            return DDOTS
        return entry(i, j) if i < shown else entry(rows - (height - i), cols - (width - j))

    cells = tuple(tuple(cell(i, j) for j in range(width)) for i in range(height))
    return Matrix(cells, printer, ruled)


# --- sizes -----------------------------------------------------------------------------------


def under_brace(
    matrix: Matrix, sizes: Sequence[Any], bounds: Mapping[sp.Symbol, int] | None = None
) -> Sized:
    """A matrix with its size under a brace, and from where on it is as shown."""
    return Sized(matrix, size_latex(sizes, matrix.printer, bounds))


def size_latex(
    sizes: Sequence[Any], printer: Any, bounds: Mapping[sp.Symbol, int] | None = None
) -> str:
    r"""Rows and columns as LaTeX, powers of ten as such, and the least values of size symbols.

    >>> from sympy.printing.latex import LatexPrinter
    >>> n = sp.Symbol("n")
    >>> print(size_latex((10**12, 2 * n - 1), LatexPrinter(), {n: 3}))
    10^{12} \times \left(2 n - 1\right),\; n \geq 3
    """
    shown = r" \times ".join(_count(to_expr(n), printer) for n in sizes)
    return shown + bounds_latex(bounds or {}, printer, r",\; ")


def bounds_latex(bounds: Mapping[sp.Symbol, int], printer: Any, before: str) -> str:
    """The least values of size symbols, each after a comma."""
    return "".join(rf"{before}{printer._print(n)} \geq {start}" for n, start in bounds.items())


def _count(n: sp.Expr, printer: Any) -> str:
    digits = str(n)
    if len(digits) > 5 and digits.strip("0") == "1":
        return f"10^{{{len(digits) - 1}}}"
    return str(printer.parenthesize(n, PRECEDENCE["Mul"]))
