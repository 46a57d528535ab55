"""Matrices as text for a terminal, in SymPy's own pretty print."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from itertools import chain, islice, repeat
from typing import Any

import sympy as sp
from sympy.core.alphabets import greeks
from sympy.printing.pretty.pretty_symbology import pretty_symbol

from symconv.operators.closed_form import ClosedForm
from symconv.operators.entries import concrete_shape
from symconv.operators.operator import Operator
from symconv.printing.elided import entry_function
from symconv.typesetting.equations import sides
from symconv.typesetting.free_letters import operator_letters, pixel_symbols
from symconv.typesetting.matrices import shorten

SUBSCRIPTS = str.maketrans("0123456789-", "₀₁₂₃₄₅₆₇₈₉₋")
SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
NAME = re.compile(r"([^\W_]+?)('*)(?:\^\{([\d,]+)\})?(?:_\{?(-?\d+(?:,-?\d+)*)\}?)?")
TOKEN = re.compile(r"[^\W\d](?:['\w₋⁻]|,(?=[₀-₉₋]))*|\d+|.", re.DOTALL)
SHORT = re.compile("[^\\W\\d_]'*[₀-₉₋,]*[⁰¹²³⁴-⁹⁻]*")
WIDTH = 100
MOST_ROWS = 16
MOST_CASES = 24


def matrix_text(operator: Operator, width: int = WIDTH) -> str:
    """The matrix of an operator with dots where it is too large for a terminal.

    >>> import symconv as sc
    >>> print(matrix_text(sc.conv(sc.Kernel.symbolic("k", 2), 3)))
    ⎡k₀  k₁  0 ⎤
    ⎣0   k₀  k₁⎦
    """
    form = operator.closed_form()
    shape, entry = concrete_shape(operator.rows, operator.cols), entry_function(form)
    rows, cols = (shorten(n, 3, 1) for n in shape)
    return fitting_matrix(form, width) or table_text(rows, cols, entry)


def fitting_matrix(form: ClosedForm, width: int) -> str | None:
    """The matrix with two rows and columns or more at each corner, where that fits a width.

    What the names in it stand for is said below.
    """
    operator: Operator = form.operator
    entry = cache(entry_function(form))
    shape = concrete_shape(operator.rows, operator.cols)
    for most, kept in ((MOST_ROWS, 3), (7, 3), (5, 2)):
        rows, cols = (shorten(n, most, kept) for n in shape)
        text = table_text(rows, cols, entry)
        if len(text.split("\n", 1)[0]) <= width:
            found = sp.Tuple(*(entry(i, j) for i in rows for j in cols if i >= 0 and j >= 0))
            return "\n".join([text, *definitions(form, found.free_symbols)])
    return None


def definitions(form: ClosedForm, used: set[Any]) -> list[str]:
    """What the names in use stand for."""
    if not form.abbreviated:
        return []
    named = [(symbol, expr) for symbol, expr in form.names.items() if symbol in used]
    lines = [f"{one_line(symbol)} = {one_line(expr)}" for symbol, expr in named]
    return [
        f"{start} {line}"
        for start, line in zip(chain(["with"], repeat("    ")), lines, strict=False)
    ]


def table_text(
    rows: Sequence[int], cols: Sequence[int], entry: Callable[[int, int], sp.Expr]
) -> str:
    """Chosen rows and columns of a matrix; an index of -1 stands for dots."""

    def cell(i: int, j: int) -> sp.Expr:
        if i < 0:
            return sp.Symbol("⋱" if j < 0 else "⋮")
        return sp.Symbol("⋯") if j < 0 else sp.Symbol(one_line(entry(i, j)))

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
    rest = f"  {'0'.ljust(width)}  elsewhere"
    used = set().union(*(expr.free_symbols for expr, _ in shown))
    return "\n".join([_heading(form, i, j), *lines, *more, rest, *definitions(form, used)])


def _heading(form: ClosedForm, i: Any, j: Any) -> str:
    pixels = ", ".join(map(_pixel, (i, j)))
    rows, cols = (factor(one_line_text(str(size))) for size in form.operator.shape)
    starts = ", ".join(f"{symbol} ≥ {first}" for symbol, first in form.valid_from.items())
    return f"entry ({pixels}) of the {rows} × {cols} matrix, for every {starts}:"


def _pixel(pixel: tuple[sp.Symbol, ...]) -> str:
    names = [pretty(index) for index in pixel]
    return names[0] if len(names) == 1 else f"({', '.join(names)})"


def factor(size: Any) -> str:
    """A size as a factor of a product: in parentheses where it is a sum.

    >>> factor("n - 2"), factor("n²")
    ('(n - 2)', 'n²')
    """
    return f"({size})" if re.search(r"[-+][^()]*$", str(size)) else str(size)


def pretty(expr: Any) -> str:
    """SymPy's pretty print in Unicode, without the empty lines between rows of one line each."""
    lines = sp.pretty(expr, use_unicode=True, wrap_line=False).split("\n")
    if isinstance(expr, sp.MatrixBase) and len(lines) == 2 * expr.rows - 1:
        lines = lines[::2]
    return "\n".join(lines)


def terminal_names(expr: sp.Expr) -> sp.Expr:
    """The expression with k_{0,1} written k₀₁."""
    names = {symbol: terminal_name(symbol.name) for symbol in expr.free_symbols}
    return expr.xreplace({symbol: sp.Symbol(name, real=True) for symbol, name in names.items()})


def terminal_name(name: str) -> str:
    """A name as it stands in text, everywhere.

    >>> [terminal_name(name) for name in ("k_{0,1}", "r_{1,-2}", "k_{10,2}", "rho_{1}", "weight")]
    ['k₀₁', 'r₁₋₂', 'k₁₀,₂', 'ρ₁', 'weight']
    """
    found = NAME.fullmatch(name)
    if not found:
        return name
    base, primes, power, index = found.groups()
    letter = _greek(base) + primes
    raised = f"^({power})" if power else ""
    return letter + raised + (indexed(index) if index else "")


def _greek(name: str) -> str:
    shown = str(pretty_symbol(name)) if name.lower() in greeks else name
    return shown if len(shown) == 1 else name


def indexed(index: str) -> str:
    """An index behind a name: digits below the line, letters and sums in brackets.

    >>> indexed("0,1"), indexed("10,1"), indexed("i - j")
    ('₀₁', '₁₀,₁', '[i - j]')
    """
    indices = [part.strip() for part in index.split(",")]
    if not all(re.fullmatch(r"-?\d+", part) for part in indices):
        return f"[{index}]"
    comma = "" if max(len(part.lstrip("-")) for part in indices) == 1 else ","
    return comma.join(indices).translate(SUBSCRIPTS)


def one_line(polynomial: sp.Expr) -> str:
    """A polynomial on one line: k₀₀² + k₀₁k₀₂.

    >>> x, y, n = sp.Symbol("k_{0,1}"), sp.Symbol("k_{2}"), sp.Symbol("n")
    >>> one_line(x**2 + 2 * x * y), one_line(x**n * sp.Symbol("ab") * y), one_line(sp.sqrt(x) / 2)
    ('k₀₁² + 2k₀₁k₂', 'ab·k₀₁^n·k₂', '√k₀₁/2')
    """
    return one_line_text(str(terminal_names(polynomial)))


def equation_text(vanishing: sp.Expr) -> str:
    """That a sum vanishes, on one line.

    >>> equation_text(sp.Symbol("k_{1}") - sp.Symbol("k_{0}"))
    'k₀ = k₁'
    """
    left, right = sides(vanishing)
    return f"{one_line(left)} = {one_line(right)}"


def one_line_text(text: str) -> str:
    """An expression as SymPy writes it, with powers, roots and products as on paper."""
    return products(powers(_roots(text)))


def _roots(text: str) -> str:
    return re.sub(r"sqrt\(([^\W_]+)\)", r"√\1", text).replace("sqrt(", "√(")


def powers(text: str) -> str:
    """Text with x**2 written x², and x**n as x^n.

    >>> powers("x**2 + y**(n - 2)")
    'x² + y^(n - 2)'
    """
    text = re.sub(r"\*\*(\d+)", lambda power: power[1].translate(SUPERSCRIPTS), text)
    return text.replace("**", "^")


def products(text: str) -> str:
    """Text with no sign between factors that are one letter each, and a dot between others."""
    tokens = TOKEN.findall(text)
    padded = ["", "", *tokens, "", ""]
    return "".join(
        _times(*padded[n : n + 2], *padded[n + 3 : n + 5]) if token == "*" else token
        for n, token in enumerate(tokens)
    )


def _times(earlier: str, before: str, after: str, then: str) -> str:
    """What stands for a product between two tokens and two."""
    ends_well = before.isdecimal() or before == ")" or SHORT.fullmatch(before)
    if earlier in ("^", "√") or (before == ")" and after == "("):
        return "·"
    if after == "(":
        return "" if ends_well and not SHORT.fullmatch(before) else "·"
    return "" if ends_well and SHORT.fullmatch(after) and then != "(" else "·"


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
