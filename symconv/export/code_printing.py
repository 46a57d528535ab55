"""Matrices and entry formulas as SymPy's printers of code take them, with names that fit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sympy as sp
from sympy.printing.codeprinter import PrintMethodNotImplementedError

from symconv.errors import SymconvError
from symconv.operators.autocorrelation import Autocorrelation
from symconv.operators.closed_form import ClosedForm
from symconv.operators.entries import concrete_shape
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator
from symconv.printing.closed_forms import ranges
from symconv.printing.representations import operator_in
from symconv.typesetting.free_letters import Letters, pixel_symbols
from symconv.typesetting.symbols import symbol_latex

INDEXED = re.compile(r"([A-Za-z][A-Za-z0-9]*)'*_?\{?(-?\d+(?:,-?\d+)*)\}?")
Rename = Callable[[str], str]


class Named:
    """Prints symbols by other names."""

    def __init__(self, names: Mapping[sp.Symbol, str]) -> None:
        super().__init__()
        self.names = names

    def _print_Symbol(self, expr: sp.Symbol) -> str:
        return self.names[expr]


def write(printer: Any, expr: Any) -> str:
    try:
        return str(printer.doprint(expr))
    except PrintMethodNotImplementedError as error:
        reason = str(error).partition("\n")[0]
        raise SymconvError(f"{expr} has no words there: {reason}") from None


@dataclass(frozen=True)
class Exported:
    """What SymPy's printers of code take, the names of its symbols there, and what it is."""

    expr: Any
    names: Mapping[sp.Symbol, str]
    comment: str = ""


def exported(obj: Any, most: int, rename: Rename) -> Exported:
    """A matrix or an expression, or a formula for one entry of an operator of any size."""
    operator = operator_in(obj)
    if operator is not None and (isinstance(obj, ClosedForm) or operator.size_symbols):
        return _formula(operator, rename)
    expr = _expression(obj, most)
    return Exported(expr, _distinct(_symbols(expr), rename))


def _formula(operator: Operator, rename: Rename) -> Exported:
    """The entry at (i, j), or at (i_1, …), (j_1, …), with letters that nothing is named by there.

    The imaginary unit of MATLAB is called i and j.
    """
    form = operator.closed_form()
    bases = {re.split(r"[\[_]", rename(symbol.name))[0] for symbol in operator.free_symbols}
    unit = {"i", "j"} if any(expr.has(sp.I) for _, expr in operator.expressions) else set()
    letters = Letters(map(symbol_latex, bases | unit))
    i, j = (
        pixel_symbols(letters.name(letter), len(ranges(sizes)))
        for letter, sizes in zip("ij", (operator.rows, operator.cols), strict=True)
    )
    expr = form.entry(i, j)
    names = _distinct(
        [*_symbols(expr), *(s for s in (*i, *j) if s not in expr.free_symbols)], rename
    )
    shown = [", ".join(names[symbol] for symbol in index) for index in (i, j)]
    row, column = (f"({index})" if ", " in index else index for index in shown)
    channels = "" if operator.rows[0] == operator.cols[0] == 1 else ", channels first"
    return Exported(
        expr, names, f"entry in row {row} and column {column}, counted from 0{channels}"
    )


def _expression(obj: Any, most: int) -> Any:
    operator = operator_in(obj)
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


def plain(name: str, instead: str) -> str:
    """ASCII letters and digits, with the rest replaced."""
    return re.sub("[^A-Za-z0-9]+", instead, name)
