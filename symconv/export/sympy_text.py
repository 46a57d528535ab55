"""Operators in SymPy's own words."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symconv.operators.operator import Operator
from symconv.typesetting.free_letters import operator_letters, pixel_symbols
from symconv.work_limits import check

# Some seconds of writing.
MOST_WRITTEN = 10**6


def sympy_text(operator: Operator) -> str:
    """What makes the matrix, or the entry at (i, j) for any size, after importing all of SymPy.

    >>> import symconv as sc
    >>> sympy_text(sc.conv([1, 2], 2))
    'MutableDenseMatrix([[Integer(1), Integer(2)]])'
    """
    if operator.size_symbols:
        return _piecewise(operator.closed_form().entry(*pixels(operator)))
    return str(sp.srepr(every_entry(operator)))


def _piecewise(entry: sp.Expr) -> str:
    # srepr writes ExprCondPair, which importing all of SymPy does not bring.
    if not isinstance(entry, sp.Piecewise):
        return str(sp.srepr(entry))
    return (
        f"Piecewise({', '.join(f'({sp.srepr(e)}, {sp.srepr(where)})' for e, where in entry.args)})"
    )


def pixels(operator: Operator) -> tuple[Any, Any]:
    """i and j, or (i_1, …) and (j_1, …) on several axes; other letters where these are taken."""
    axes, letters = len(operator.closed_form().shown(operator.rows)), operator_letters(operator)
    i, j = (pixel_symbols(letters.name(letter), axes) for letter in "ij")
    return (i, j) if axes > 1 else (i[0], j[0])


def every_entry(operator: Operator) -> sp.MatrixBase:
    """Every entry, zeros too.

    Raises:
        BudgetError: they are too many.
    """
    rows, cols = operator.shape
    what = f"{rows} x {cols} entries to write out, zeros too,"
    check("entries", rows * cols, what, "text and latex elide them", MOST_WRITTEN)
    return sp.Matrix(operator.as_explicit())
