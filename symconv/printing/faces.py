"""How each class shows itself to SymPy's printers and in a notebook: one entry a class."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

import sympy as sp

from symconv.operators.autocorrelation import Autocorrelation
from symconv.operators.boundary_split import Split
from symconv.operators.closed_form import ClosedForm
from symconv.operators.entries import concrete_shape
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator
from symconv.printing.autocorrelations import autocorrelation_latex
from symconv.printing.closed_forms import closed_form_latex, equation_latex, stacked_latex
from symconv.printing.matrices import matrix_latex
from symconv.printing.notebook import notebook_latex
from symconv.printing.splits import split_latex
from symconv.printing.typesetter import Typesetter, typesetter

MOST_TAPS = 200
MOST_LAGS = 16


@singledispatch
def latex_of(value: Any, printer: Any) -> str:
    """The LaTeX that a value prints as, by one of SymPy's printers."""
    raise TypeError(f"no LaTeX is known for a {type(value).__name__}")


@singledispatch
def notebook_of(value: Any) -> str | None:
    """What a notebook shows of a value, or None where a browser would take long."""
    return notebook_latex(sp.latex(value))


@latex_of.register
def _(value: Operator, printer: Any) -> str:
    if value.size_symbols:
        return closed_form_latex(value.closed_form(), printer)
    return matrix_latex(concrete_shape(value.rows, value.cols), value.entry, printer)


@notebook_of.register
def _(value: Operator) -> str | None:
    if value.size_symbols:
        return notebook_latex(equation_latex(value.closed_form(), Typesetter()))
    return notebook_latex(sp.latex(value))


@latex_of.register
def _(value: ClosedForm, printer: Any) -> str:
    return closed_form_latex(value, printer)


@notebook_of.register
def _(value: ClosedForm) -> str | None:
    return notebook_latex(stacked_latex(value, Typesetter()))


@latex_of.register
def _(value: Split, printer: Any) -> str:
    return split_latex(value, printer)


@latex_of.register
def _(value: Autocorrelation, printer: Any) -> str:
    return autocorrelation_latex(value, typesetter(printer))


@notebook_of.register
def _(value: Autocorrelation) -> str | None:
    return notebook_latex(autocorrelation_latex(value, Typesetter(), MOST_LAGS))


@latex_of.register
def _(value: Kernel, printer: Any) -> str:
    printer = typesetter(printer)
    if len(value.shape) > 2:
        return str(printer._print(sp.ImmutableDenseNDimArray(value.entries, value.shape)))
    return str(printer._print(sp.Matrix(value.tolist()).reshape(*((1, *value.shape)[-2:]))))


@notebook_of.register
def _(value: Kernel) -> str | None:
    if len(value.shape) > 2:
        return notebook_latex(sp.latex(value)) if len(value.entries) <= MOST_TAPS else None
    rows, cols = (1, *value.shape)[-2:]
    matrix = matrix_latex((rows, cols), lambda i, j: value.entries[cols * i + j], Typesetter())
    return notebook_latex(matrix)
