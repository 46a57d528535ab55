"""Operators in SymPy's own words."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symconv.errors import SymconvError
from symconv.operators.operator import Operator
from symconv.typesetting.free_letters import operator_letters, pixel_symbols


def sympy_text(operator: Operator, most: int) -> str:
    """What makes the matrix, or the entry at (i, j) for any size, after importing all of SymPy.

    >>> import symconv as sc
    >>> sympy_text(sc.conv([1, 2], 2), 10)
    'MutableDenseMatrix([[Integer(1), Integer(2)]])'
    """
    if operator.size_symbols:
        return _piecewise(operator.closed_form().entry(*pixels(operator)))
    return str(sp.srepr(every_entry(operator, most)))


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


def every_entry(operator: Operator, most: int) -> sp.MatrixBase:
    """Every entry, zeros too."""
    rows, cols = operator.shape
    if rows * cols > most:
        raise SymconvError(
            f"{rows} x {cols} entries are more than the {most} that are written out; text and "
            "latex elide them"
        )
    return sp.Matrix(operator.as_explicit())
