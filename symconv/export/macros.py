"""Results for other programs: Markdown, Mathematica, MATLAB and macros for a paper."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sympy as sp
from sympy.printing.codeprinter import PrintMethodNotImplementedError
from sympy.printing.mathematica import MCodePrinter
from sympy.printing.octave import OctaveCodePrinter

from symconv.errors import SymconvError
from symconv.export.tex_commands import is_taken
from symconv.operators.autocorrelation import Autocorrelation
from symconv.operators.closed_form import ClosedForm
from symconv.operators.entries import concrete_shape
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator
from symconv.operators.sympy_matrix import OperatorMatrix
from symconv.printing.closed_forms import ranges
from symconv.printing.free_letters import Letters
from symconv.printing.latex import fitting_forms, latex
from symconv.printing.matrices import MOST_ENTRIES
from symconv.printing.symbols import symbol_latex

INDEXED = re.compile(r"([A-Za-z][A-Za-z0-9]*)'*_?\{?(-?\d+(?:,-?\d+)*)\}?")
MATLAB_KEYWORDS = re.compile(
    "break|case|catch|classdef|continue|else|elseif|end|for|function|global|if|otherwise|parfor|"
    "persistent|return|spmd|switch|try|while"
)
Rename = Callable[[str], str]


def to_markdown(obj: Any, form: str | None = None, **options: Any) -> str:
    """Markdown with the LaTeX as a display between double dollars; arguments as in latex.

    >>> import symconv as sc
    >>> print(to_markdown(sc.conv([1, 2], 2)))
    $$
    \\left[\\begin{matrix}1 & 2\\end{matrix}\\right]
    $$
    """
    # An empty line would end the display, and "mode" would put dollars between dollars.
    text = latex(obj, form, **{**options, "mode": "plain"})
    return "$$\n" + re.sub(r"\n\s*\n", "\n", text).strip() + "\n$$"


def to_latex_macros(obj: Any, prefix: str, **options: Any) -> str:
    r"""One ``\newcommand`` for each form that fits, such as ``\gramElided``, and for the sizes.

    Args:
        obj: what to print.
        prefix: how the commands' names begin, letters alone, as TeX has them.
        options: as in :func:`symconv.latex`.

    Raises:
        SymconvError: a command of TeX, LaTeX, amsmath, amssymb or xcolor has that name.

    >>> import symconv as sc
    >>> print(to_latex_macros(sc.Kernel([1, 2]), "kernel"))
    \newcommand{\kernel}{\left[\begin{matrix}1 & 2\end{matrix}\right]}
    """
    if not isinstance(prefix, str) or re.fullmatch("[A-Za-z]+", prefix) is None:
        raise SymconvError(f"prefix {prefix!r}: the name of a TeX command has letters alone")
    macros = [(prefix, latex(obj, **options))]
    operator = _operator(obj)
    if operator is not None:
        names = zip(("Rows", "Columns"), operator.shape, strict=True)
        macros += [(prefix + name, latex(sp.sympify(size))) for name, size in names]
        macros += [
            (prefix + form.title(), text)
            for form in fitting_forms(obj)
            if (text := _or_none(obj, form, options)) is not None
        ]
    for name, _ in macros:
        if is_taken(name):
            raise SymconvError(
                f"prefix {prefix!r} would define \\{name}, which TeX has already or keeps for "
                r"itself (all names that begin with \end); take another, such as "
                f"{'my' + prefix.title()!r}"
            )
    comments = {line for _, text in macros for line in text.splitlines() if line[:1] == "%"}
    defined = [rf"\newcommand{{\{name}}}{{{_uncommented(text)}}}" for name, text in macros]
    return "\n".join([*sorted(comments), *defined])


def _or_none(obj: Any, form: str, options: Mapping[str, Any]) -> str | None:
    """The form, where the object is not too large for it."""
    try:
        return latex(obj, form, **options)
    except SymconvError:
        return None


def _uncommented(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if line[:1] != "%")


# --- computer algebra ------------------------------------------------------------------------


def to_mathematica(obj: Any, *, max_entries: int = MOST_ENTRIES) -> str:
    """Mathematica's words for a matrix, a kernel, an entry formula or an expression.

    Symbols k_{0,1} become k[0, 1]; other names lose what Mathematica does not take.

    Raises:
        SymconvError: more entries than max_entries.

    >>> import symconv as sc
    >>> print(to_mathematica(sc.conv(sc.Kernel.symbolic("k", 2), 3)))
    {{k[0], k[1], 0}, {0, k[0], k[1]}}
    """
    code = _exported(obj, max_entries, _mathematica_name)
    comment = f"(* {code.comment} *)\n" if code.comment else ""
    return comment + _code(_Mathematica(code.names), code.expr)


def to_matlab(obj: Any, *, max_entries: int = MOST_ENTRIES) -> str:
    """MATLAB's words (its Symbolic Math Toolbox), with the symbols declared first.

    Symbols k_{0,1} become k_0_1; other names lose what MATLAB does not take.

    Raises:
        SymconvError: more entries than max_entries.

    >>> import symconv as sc
    >>> print(to_matlab(sc.conv(sc.Kernel.symbolic("k", 2), 3)))
    syms k_0 k_1
    [k_0 k_1 0; 0 k_0 k_1]
    """
    code = _exported(obj, max_entries, _matlab_name)
    comment = f"% {code.comment}\n" if code.comment else ""
    symbols = f"syms {' '.join(code.names.values())}\n" if code.names else ""
    return comment + symbols + _code(_Matlab(code.names), code.expr)


class _Named:
    """Prints symbols by other names."""

    def __init__(self, names: Mapping[sp.Symbol, str]) -> None:
        super().__init__()
        self.names = names

    def _print_Symbol(self, expr: sp.Symbol) -> str:
        return self.names[expr]


class _Mathematica(_Named, MCodePrinter):  # type: ignore[misc]
    def _print_Piecewise(self, expr: sp.Piecewise) -> str:
        *cases, (default, _) = expr.args
        shown = (f"{{{self._print(e)}, {self._print(condition)}}}" for e, condition in cases)
        return f"Piecewise[{{{', '.join(shown)}}}, {self._print(default)}]"

    def _print_And(self, expr: sp.And) -> str:
        return " && ".join(f"({self._print(part)})" for part in expr.args)

    def _print_Mod(self, expr: sp.Mod) -> str:
        return f"Mod[{self._print(expr.args[0])}, {self._print(expr.args[1])}]"


class _Matlab(_Named, OctaveCodePrinter):  # type: ignore[misc]
    def _print_Piecewise(self, expr: sp.Piecewise) -> str:
        *cases, (default, _) = expr.args
        shown = (f"{self._print(condition)}, {self._print(e)}" for e, condition in cases)
        return f"piecewise({', '.join(shown)}, {self._print(default)})"


def _code(printer: Any, expr: Any) -> str:
    try:
        return str(printer.doprint(expr))
    except PrintMethodNotImplementedError as error:
        reason = str(error).partition("\n")[0]
        raise SymconvError(f"{expr} has no words there: {reason}") from None


def _operator(obj: Any) -> Operator | None:
    if isinstance(obj, ClosedForm | OperatorMatrix):
        obj = obj.operator
    return obj if isinstance(obj, Operator) else None


@dataclass(frozen=True)
class _Exported:
    """What SymPy's printers of code take, the names of its symbols there, and what it is."""

    expr: Any
    names: Mapping[sp.Symbol, str]
    comment: str = ""


def _exported(obj: Any, most: int, rename: Rename) -> _Exported:
    """A matrix or an expression, or a formula for one entry of an operator of any size."""
    operator = _operator(obj)
    if operator is not None and (isinstance(obj, ClosedForm) or operator.size_symbols):
        return _formula(operator, rename)
    expr = _expression(obj, most)
    return _Exported(expr, _distinct(_symbols(expr), rename))


def _formula(operator: Operator, rename: Rename) -> _Exported:
    """The entry at (i, j), or at (i_1, …), (j_1, …), with letters that nothing is named by there.

    The imaginary unit of MATLAB is called i and j.
    """
    form = operator.closed_form()
    bases = {re.split(r"[\[_]", rename(symbol.name))[0] for symbol in operator.free_symbols}
    unit = {"i", "j"} if any(expr.has(sp.I) for _, expr in operator.expressions) else set()
    letters = Letters(map(symbol_latex, bases | unit))
    i, j = (
        _pixel(letters.name(letter), len(ranges(sizes)))
        for letter, sizes in zip("ij", (operator.rows, operator.cols), strict=True)
    )
    expr = form.entry(i, j)
    names = _distinct(
        [*_symbols(expr), *(s for s in (*i, *j) if s not in expr.free_symbols)], rename
    )
    shown = [", ".join(names[symbol] for symbol in index) for index in (i, j)]
    row, column = (f"({index})" if ", " in index else index for index in shown)
    channels = "" if operator.rows[0] == operator.cols[0] == 1 else ", channels first"
    return _Exported(
        expr, names, f"entry in row {row} and column {column}, counted from 0{channels}"
    )


def _pixel(letter: str, axes: int) -> tuple[sp.Symbol, ...]:
    """i, or i_1, i_2, …"""
    names = [f"{letter}_{n}" for n in range(1, axes + 1)] if axes > 1 else [letter]
    return tuple(map(sp.Symbol, names))


def _expression(obj: Any, most: int) -> Any:
    operator = _operator(obj)
    if operator is not None:
        rows, cols = concrete_shape(operator.rows, operator.cols)
        if rows * cols > most:
            raise SymconvError(f"{rows} x {cols} entries are more than max_entries={most}")
        return sp.Matrix(operator.as_explicit())
    if isinstance(obj, Kernel):
        if len(obj.shape) > 2:
            return sp.Array(obj.entries, obj.shape)
        return sp.Matrix(1, len(obj.entries), obj.entries).reshape(*(1, *obj.shape)[-2:])
    if isinstance(obj, Autocorrelation):
        return sp.Matrix([[obj.symbol(lag), obj[lag]] for lag in obj])
    if isinstance(obj, sp.Basic | sp.MatrixBase | sp.NDimArray):
        return obj
    raise SymconvError(f"a {type(obj).__name__} is no matrix, kernel or expression")


def _symbols(expr: Any) -> list[sp.Symbol]:
    return sorted(expr.free_symbols, key=lambda symbol: (symbol.name, str(symbol.assumptions0)))


def _distinct(symbols: Iterable[sp.Symbol], rename: Rename) -> dict[sp.Symbol, str]:
    """A name for each symbol, none twice."""
    names: dict[sp.Symbol, str] = {}
    for symbol in symbols:
        name = wanted = rename(symbol.name)
        number = 2
        while name in names.values():
            name, number = _numbered(wanted, number), number + 1
        names[symbol] = name
    return names


def _numbered(name: str, number: int) -> str:
    base, bracket, index = name.partition("[")
    return f"{base}x{number}{bracket}{index}"


def _mathematica_name(name: str) -> str:
    """Its own names begin with capitals, and an underscore is a pattern."""
    found = INDEXED.fullmatch(name) if "_" in name else None
    base, index = (found[1], found[2]) if found else (name, "")
    base = _plain(base, "")
    base = f"v{base}" if not base[:1].islower() else base
    return f"{base}[{index.replace(',', ', ')}]" if index else base


def _matlab_name(name: str) -> str:
    found = INDEXED.fullmatch(name) if "_" in name else None
    if found:
        name = f"{found[1]}_{found[2].replace(',', '_').replace('-', 'm')}"
    name = _plain(name, "_").strip("_")
    return f"v_{name}" if not name[:1].isalpha() or MATLAB_KEYWORDS.fullmatch(name) else name


def _plain(name: str, instead: str) -> str:
    """ASCII letters and digits, with the rest replaced."""
    return re.sub("[^A-Za-z0-9]+", instead, name)
