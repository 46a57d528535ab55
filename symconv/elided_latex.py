"""Operators of any size with dots: their corners, what goes on between, and the size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy as sp

from symconv.affine import evaluate
from symconv.closed_form import ClosedForm
from symconv.closed_form_latex import banded, is_banded
from symconv.errors import SymconvError
from symconv.explicit import concrete_shape, pixel
from symconv.operator import Operator
from symconv.typeset import MOST_ENTRIES, MOST_LINES, matrix_latex, under_brace

FAR = 10**9

Entry = Callable[[int, int], sp.Expr]


def elided_latex(
    form: ClosedForm,
    printer: Any,
    entry: Entry | None = None,
    max_entries: int = MOST_ENTRIES,
    ruled: bool = False,
) -> str:
    """LaTeX of a matrix with dots where it is large; of symbolic size too.

    Args:
        form: the closed form of the operator.
        printer: a SymPy LatexPrinter.
        entry: another entry function, for an operator of concrete size.
        max_entries: how many entries may be printed.
        ruled: lines between rows and columns.
    """
    operator: Operator = form.operator
    if not operator.size_symbols:
        shape = concrete_shape(operator.rows, operator.cols)
        return matrix_latex(shape, entry or operator.entry, printer, "elided", max_entries, ruled)
    if is_banded(form):
        matrix = banded(form, printer, ruled)
        fits = (matrix.count("&") + matrix.count(r"\\")) < max_entries
        if fits and matrix.partition(r"\\")[0].count("&") < MOST_LINES:
            return matrix
    shape, far_entry = _far(form)
    matrix = matrix_latex(shape, far_entry, printer, "elided", max_entries, ruled)
    return under_brace(_bare(matrix), operator.shape, printer)


def _bare(matrix: str) -> str:
    """Without the size of the stand-in."""
    if not matrix.startswith(r"\underbrace{"):
        return matrix
    return matrix[len(r"\underbrace{") : matrix.rindex("}_{")]


def _far(form: ClosedForm) -> tuple[tuple[int, int], Entry]:
    """Rows, columns and entries for a size so large that both corners are as for any large one."""
    operator: Operator = form.operator
    values = dict.fromkeys(operator.size_symbols, FAR)
    if max(form.operator.proven_from.values()) > FAR:
        raise SymconvError(f"{operator!r} is known only from sizes beyond {FAR} on")
    rows, cols = (tuple(evaluate(n, values) for n in s) for s in (operator.rows, operator.cols))
    cells = [(tuple(d.at(values) for d in cell), expr) for cell, expr in form.expressions]

    def entry(i: int, j: int) -> sp.Expr:
        pairs = list(zip(pixel(rows, i), pixel(cols, j), strict=True))
        for cell, expr in cells:
            if all(
                d is not None and d.contains(a, b) for d, (a, b) in zip(cell, pairs, strict=True)
            ):
                return expr
        return sp.S.Zero

    return concrete_shape(rows, cols), entry
