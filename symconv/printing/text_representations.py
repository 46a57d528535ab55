"""How each class shows itself as text: in a terminal, to ``str`` and to SymPy's pretty print."""

from __future__ import annotations

import re
import shutil
import textwrap
from functools import singledispatch
from typing import Any

import sympy as sp
from sympy.printing.pretty.stringpict import prettyForm

from symconv.operators.autocorrelation import Autocorrelation
from symconv.operators.boundary_split import Split
from symconv.operators.closed_form import ClosedForm
from symconv.operators.kernel import Kernel
from symconv.operators.layer import Layer
from symconv.operators.operator import Operator
from symconv.printing.blocks import reads_as_blocks
from symconv.printing.entry_formula import half_lags
from symconv.printing.headings import shared_fraction
from symconv.printing.latex import latex
from symconv.printing.latex_text import latex_text
from symconv.printing.shapes import shape_text
from symconv.printing.unicode import (
    MOST_CASES,
    closed_form_text,
    fitting_matrix,
    matrix_text,
    one_line,
    pretty,
)
from symconv.recognition.fusion import Fusion
from symconv.recognition.recognition import Recognition

WITH_SUMS = ("zeros", "circular")
MOST_LINES = 24
# What is split, its Toeplitz part and its boundary.
SPLITS = {
    "rows": ("C Cᵀ", "T", "P Pᵀ"),
    "columns": ("Cᵀ C", "G", "Hᵀ H"),
    "border": ("A", "T", "B"),
}
MOST_TAPS = 400
MOST_LAGS = 32


def terminal_width() -> int:
    """Characters across of the terminal; 80 for a file or a pipe."""
    return shutil.get_terminal_size((80, 24)).columns or 80


def wrapped(text: str, width: int | None = None) -> str:
    """Text whose lines of prose fit a terminal; what goes on is indented.

    >>> print(wrapped("It squeezes 16 pixels through 4.", 20))
    It squeezes 16
      pixels through 4.
    """
    width = terminal_width() if width is None else width
    return "\n".join(_wrapped_line(line, width) for line in text.split("\n"))


def _wrapped_line(line: str, width: int) -> str:
    words = re.findall(r"\b[A-Za-z]{2,}\b", line)
    is_prose = len(words) >= 3 and not re.search(r"\S {3}| --|[⎡⎢⎣⎧⎨⎪⎩]", line)
    if len(line) <= width or not is_prose:
        return line
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    return "\n".join(textwrap.wrap(line, max(width, 20), subsequent_indent=indent))


def pretty_form(text: str, printer: Any) -> Any:
    """Text as SymPy's pretty print takes it: lines of one length, which it would centre."""
    wanted = printer._settings.get("num_columns") or terminal_width()
    lines = wrapped(text, wanted).split("\n")
    longest = max(map(len, lines))
    return prettyForm("\n".join(line.ljust(longest) for line in lines))


@singledispatch
def text_of(value: Any) -> str:
    """A value as text."""
    return latex_text(sp.latex(value))


@text_of.register
def _(value: Operator) -> str:
    return operator_text(value)


@text_of.register
def _(value: ClosedForm) -> str:
    return _entries_text(value)


@text_of.register
def _(value: Split) -> str:
    if len(value.start) > 1:
        return latex_text(sp.latex(value))
    whole, toeplitz, boundary = SPLITS[value.side]
    parts = ((toeplitz, value.toeplitz), (boundary, value.boundary))
    lines = [f"{whole} = {' - '.join(name for name, _ in parts)}"]
    lines += [f"{name}: {text_of(part) if part.cells else '0'}" for name, part in parts]
    return "\n\n".join(lines)


@text_of.register
def _(value: Kernel) -> str:
    if len(value.entries) > MOST_TAPS or len(value.shape) > 2:
        return repr(value)
    rows = sp.Matrix(value.tolist()).reshape(*((1, *value.shape)[-2:]))
    return pretty(rows.applyfunc(lambda entry: sp.Symbol(one_line(entry))))


@text_of.register
def _(value: Autocorrelation) -> str:
    half = half_lags(value)
    lines = [_definition(value.symbol(lag), value[lag]) for lag in half[:MOST_LAGS]]
    more = [f"⋮ ({len(half)} lags)"] if len(half) > MOST_LAGS else []
    return "\n".join([*lines, *more, f"{value.letter}[-δ] = {value.letter}[δ]"])


@text_of.register
def _(value: Recognition) -> str:
    if value.layer is None:
        return f"no single layer: {value.reason}"
    return layer_text(value.layer)


@text_of.register
def _(value: Fusion) -> str:
    border = "" if value.is_exact else ", less a correction at the border"
    return f"{layer_text(value.layer)}{border}"


def layer_text(layer: Layer) -> str:
    """The call that makes a layer, with its kernel as text."""
    name = "conv_transpose" if layer.transposed else "conv"
    steps = ("stride", "padding", "dilation", "input_dilation")
    given = [f"{step}={tuple(layer.each(step))}" for step in steps]
    if layer.padding_mode != "zeros":
        given.append(f"padding_mode={layer.padding_mode!r}")
    return f"{name} of {kernel_text(layer.kernel)}, {', '.join(given)}"


def kernel_text(kernel: Kernel) -> str:
    """A kernel on one line; of a large one how large it is."""
    if len(kernel.entries) > MOST_LAGS:
        return f"a kernel of shape {kernel.shape}"
    return str(_nested([one_line(entry) for entry in kernel.entries], kernel.shape)).replace(
        "'", ""
    )


def _nested(entries: list[str], shape: tuple[int, ...]) -> list[Any]:
    if len(shape) == 1:
        return entries
    size = len(entries) // shape[0]
    return [_nested(entries[size * i : size * (i + 1)], shape[1:]) for i in range(shape[0])]


def operator_text(operator: Operator) -> str:
    """The shape, then the matrix, cases of an entry or a sum: what fits a terminal.

    >>> import symconv as sc
    >>> print(operator_text(sc.conv(sc.Kernel.symbolic("k", 2), 3)))
    2 × 3 matrix, from 3 pixels to 2 pixels
    ⎡k₀  k₁  0 ⎤
    ⎣0   k₀  k₁⎦
    """
    if operator.size_symbols:
        return _entries_text(operator.closed_form())
    return f"{shape_text(operator)}\n{_matrix(operator)}"


def _matrix(operator: Operator) -> str:
    """The matrix; of a product that is too wide by the names r_δ, or the sum that an entry is."""
    shared = shared_fraction(operator)
    if shared is not None:
        return _behind(f"{one_line(shared[0])} · ", _matrix(shared[1]))
    width = terminal_width()
    form = operator.closed_form()
    found = fitting_matrix(form, width)
    if found is not None and not ("⋯" in found and reads_as_blocks(operator)):
        return found
    if operator.gram and form.two_level.names:
        named = fitting_matrix(form.two_level, width)
        if named is not None and "⋯" not in named:
            return named
    return _blocks_text(operator, width) or found or _sum_text(operator) or matrix_text(operator)


def _blocks_text(operator: Operator, width: int) -> str | None:
    """The matrix of its blocks and what they are; None where that is no help or too wide."""
    if not reads_as_blocks(operator):
        return None
    shown = latex_text(latex(operator, "blocks"))
    return shown if max(map(len, shown.split("\n"))) <= width else None


def _behind(factor: str, matrix: str) -> str:
    """A factor level with the middle of a matrix."""
    lines = matrix.split("\n")
    middle = (len(lines) - 1) // 2
    return "\n".join(
        f"{factor if n == middle else ' ' * len(factor)}{line}" for n, line in enumerate(lines)
    )


def _entries_text(form: ClosedForm) -> str:
    """The cases of an entry where they are few, else the sum that it is."""
    operator: Operator = form.operator
    if not operator.size_symbols:
        return operator_text(operator)
    shown = _sum_text(operator) if len(form) > MOST_CASES else None
    if shown is not None:
        return f"{shape_text(operator)}\n{shown}"
    is_named = operator.gram is not None and operator.entry_symbols
    return closed_form_text(form.two_level if is_named else form)


def _sum_text(operator: Operator) -> str | None:
    """An entry as a sum over the taps; None where it is none that can be read."""
    factor, _ = operator.gram or (operator, "")
    layer = factor.provenance.layer
    if layer is None or layer.padding_mode not in WITH_SUMS:
        return None
    shown = latex(operator, "closed")
    return latex_text(shown) if shown.count(r"\\") <= MOST_LINES else None


def _definition(symbol: sp.Symbol, value: sp.Expr) -> str:
    return f"{one_line(symbol)} = {one_line(value)}"
