"""How each class shows itself to SymPy's printers and in a notebook: one entry a class."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import singledispatch
from typing import Any

import sympy as sp

from symconv.kernels.separability import Separability
from symconv.operators.autocorrelation import Autocorrelation
from symconv.operators.boundary_split import Split
from symconv.operators.closed_form import ClosedForm
from symconv.operators.entries import concrete_shape
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator
from symconv.operators.sympy_matrix import OperatorMatrix
from symconv.printing.blocks import blocks_display, reads_as_blocks
from symconv.printing.closed_forms import (
    closed_form_display,
    equation_display,
    part_display,
    stacked_display,
)
from symconv.printing.elided import whole_or_elided
from symconv.printing.entry_formula import half_lags, lag_lines, negative_lags, split_formula
from symconv.printing.headings import given_name, headed, is_entry, over_one, with_size
from symconv.typesetting.displays import Display, Rows, aligned, aligned_lines
from symconv.typesetting.free_letters import free_letters, operator_letters
from symconv.typesetting.index_expressions import gram_latex, index_set
from symconv.typesetting.matrices import MOST_ENTRIES, Sized, matrix_display
from symconv.typesetting.notation import Notation, current
from symconv.typesetting.notebook import notebook_latex
from symconv.typesetting.typesetter import Typesetter, typesetter

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


# --- operators -------------------------------------------------------------------------------


def operator_in(obj: Any) -> Operator | None:
    """The operator that an object is, or that it is a closed form or a SymPy matrix of."""
    if isinstance(obj, ClosedForm | OperatorMatrix):
        obj = obj.operator
    return obj if isinstance(obj, Operator) else None


def as_read(obj: Any, notation: Notation | None = None) -> Any:
    """An operator or a closed form by what its matrix is, however it was made; others as they are.

    A matrix of numbers that is shown whole says nothing of how it was made. The author's name
    belongs to an operator as it was made: what is called W is not read as another layer.
    """
    if (notation or current()).name:
        return obj
    if isinstance(obj, ClosedForm):
        return replace(obj, operator=obj.operator.as_read)
    return obj.as_read if isinstance(obj, Operator) else obj


def written(display: Display, operator: Operator, printer: Typesetter) -> str:
    """The LaTeX of a display about an operator, by letters that the operator leaves free."""
    return operator_letters(operator, printer).write(display)


@latex_of.register
def _(value: Operator, printer: Any) -> str:
    value = as_read(value)
    printer = typesetter(printer, value)
    return written(headed(_operator(value, printer), value, printer), value, printer)


def _operator(value: Operator, printer: Typesetter) -> Display:
    scaled = None if printer.notation.name else over_one(value, lambda C: _operator(C, printer))
    if scaled is not None:
        return scaled
    if value.size_symbols:
        return closed_form_display(value.closed_form(), printer)
    found = matrix_display(concrete_shape(value.rows, value.cols), value.entry, printer)
    if isinstance(found, Sized) and reads_as_blocks(value):
        return with_size(blocks_display(value, printer), value, printer)
    return found


@notebook_of.register
def _(value: Operator) -> str | None:
    value = as_read(value)
    if not value.size_symbols:
        return notebook_latex(sp.latex(value))
    printer = typesetter(None, value)
    shown = equation_display(value.closed_form(), printer)
    return notebook_latex(written(headed(shown, value, printer), value, printer))


@latex_of.register
def _(value: ClosedForm, printer: Any) -> str:
    value = as_read(value)
    printer = typesetter(printer, value)
    shown = headed(closed_form_display(value, printer), value.operator, printer)
    return written(shown, value.operator, printer)


@notebook_of.register
def _(value: ClosedForm) -> str | None:
    return notebook_latex(screen_latex(value))


def screen_latex(form: ClosedForm, name: str = "") -> str:
    """A closed form for a screen: from where it holds, and the definitions below it."""
    form = as_read(form)
    printer = typesetter(None, form)
    name = name or given_name(form.operator, printer)
    return written(stacked_display(form, printer, name), form.operator, printer)


# --- splits ----------------------------------------------------------------------------------


@latex_of.register
def _(value: Split, printer: Any) -> str:
    printer = typesetter(printer, value)

    def show(part: Operator) -> Display:
        if part.size_symbols:
            return part_display(part.closed_form(), printer)
        return _operator(part, printer)

    return split_latex(value, printer, show)


def split_latex(
    split: Split,
    printer: Typesetter,
    show: Callable[[Operator], Display],
    by_sums: bool = True,
) -> str:
    """The identity, then both parts on lines of their own, as sums on several axes or as shown."""
    by_rows = split.side == "rows"
    first, factor = "𝐺𝐻" if split.side == "columns" else "𝑇𝑃"
    left, part = gram_latex("𝐶", by_rows), gram_latex(factor, by_rows)
    if split.side == "border":
        left, part = "𝐴", "𝐵"
    identity = (left, f"{first} - {part}")
    sums = split_formula(split, printer) if by_sums and len(split.start) > 1 else None
    if sums is not None:
        shown = Rows("aligned", aligned([identity, *sums]).rows, "[1ex]")
        return written(shown, split.toeplitz, printer)
    entry = f"{part}_{{𝑖,𝑗}}" if split.side == "border" else f"({part})_{{𝑖,𝑗}}"
    whole = show(split.toeplitz)
    taken = show(split.boundary) if split.boundary.cells else "0"
    lines = [
        identity,
        (f"{first}_{{𝑖,𝑗}}" if is_entry(whole) else first, whole),
        (entry if is_entry(taken) else part, taken),
    ]
    if is_entry(whole) or is_entry(taken):
        sizes = split.toeplitz.output_size, split.toeplitz.input_size
        rows, cols = (index_set(size, printer) for size in sizes)
        sets = [("𝑖,𝑗", rows)] if rows == cols else [("𝑖", rows), ("𝑗", cols)]
        lines += [(index, rf"\in {pixels}") for index, pixels in sets]
    if split.side != "border" and split.boundary.cells and len(split.start) == 1:
        lines.append((factor, whole_or_elided(split.used, printer, MOST_ENTRIES)))
    return written(Rows("aligned", aligned(lines).rows, "[1ex]"), split.toeplitz, printer)


# --- kernels ---------------------------------------------------------------------------------


@latex_of.register
def _(value: Autocorrelation, printer: Any) -> str:
    return _lags(value, typesetter(printer, value), None)


@notebook_of.register
def _(value: Autocorrelation) -> str | None:
    return notebook_latex(_lags(value, typesetter(None, value), MOST_LAGS))


def _lags(values: Autocorrelation, printer: Typesetter, most: int | None) -> str:
    """One equation for each lag up to sign; dots after the first ``most``."""
    half = half_lags(values)
    shown = [*aligned(lag_lines(values, half[:most], printer, values.letter)).rows]
    if len(shown) < len(half):
        shown.append(rf"&\;\vdots \quad \text{{({len(half)} lags)}}")
    display = aligned_lines([*shown, *aligned([negative_lags(values)]).rows])
    return free_letters(values.kernel.entries, printer).write(display)


@latex_of.register
def _(value: Kernel, printer: Any) -> str:
    printer = typesetter(printer, value)
    if len(value.shape) > 2:
        return str(printer._print(sp.ImmutableDenseNDimArray(value.entries, value.shape)))
    return str(printer._print(sp.Matrix(value.tolist()).reshape(*((1, *value.shape)[-2:]))))


@latex_of.register
def _(value: Separability, printer: Any) -> str:
    printer = typesetter(printer, value)
    if value.factors is None and value.kernel.free_symbols:
        lines = [(str(printer._print(c)), "0") for c in value.conditions]
        return str(Rows("aligned", aligned(lines).rows, "[1ex]"))
    whole, nonzero = printer._print(value.kernel), value.divisors
    if value.factors is None and value.kernel.ndim != 2:
        return rf"{whole} \text{{ is not separable}}"
    sums = value.terms if value.factors is None else (value.factors,)
    shown = " + ".join(_outer_product(factors, printer) for factors in sums)
    where = "".join(rf", \quad {printer._print(d)} \neq 0" for d in nonzero)
    return rf"{whole} = {shown}{where}"


def _outer_product(factors: Sequence[Kernel], printer: Typesetter) -> str:
    """A column times a row on two axes, else rows with signs between them."""
    if len(factors) == 2:
        column, row = (sp.Matrix(factor.tolist()) for factor in factors)
        return f"{printer._print(column)} {printer._print(row.T)}"
    return r" \otimes ".join(str(printer._print(factor)) for factor in factors)


@notebook_of.register
def _(value: Kernel) -> str | None:
    if len(value.shape) > 2:
        return notebook_latex(sp.latex(value)) if len(value.entries) <= MOST_TAPS else None
    rows, cols = (1, *value.shape)[-2:]
    printer = typesetter(None, value)
    matrix = matrix_display((rows, cols), lambda i, j: value.entries[cols * i + j], printer)
    return notebook_latex(str(matrix))
