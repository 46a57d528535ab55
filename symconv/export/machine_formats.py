"""Operators for other programs to read: JSON, and SymPy's own words."""

from __future__ import annotations

import json
from typing import Any

import sympy as sp

from symconv.errors import SymconvError
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator
from symconv.printing.free_letters import operator_letters


def json_text(operator: Operator, kernel: Kernel, most: int) -> str:
    """A JSON object with the sizes, the kernel and all entries, or the cases of any size.

    Raises:
        SymconvError: more than ``most`` entries.

    >>> import symconv as sc
    >>> json.loads(json_text(sc.conv([1, 2], 2), sc.Kernel([1, 2]), 10))["entries"]
    [['1', '2']]
    """
    fields = {
        "shape": list(map(_number, operator.shape)),
        "input_size": list(map(_number, operator.input_size)),
        "output_size": list(map(_number, operator.output_size)),
        "kernel_size": kernel.size,
        "kernel": [str(entry) for entry in kernel.entries],
    }
    return json.dumps(
        fields | (_cases(operator) if operator.size_symbols else _all(operator, most))
    )


def sympy_text(operator: Operator, most: int) -> str:
    """What makes the matrix, or the entry at (i, j) for any size, after importing all of SymPy.

    >>> import symconv as sc
    >>> sympy_text(sc.conv([1, 2], 2), 10)
    'MutableDenseMatrix([[Integer(1), Integer(2)]])'
    """
    if operator.size_symbols:
        return _piecewise(operator.closed_form().entry(*pixels(operator)))
    return str(sp.srepr(_matrix(operator, most)))


def _piecewise(entry: sp.Expr) -> str:
    # srepr writes ExprCondPair, which importing all of SymPy does not bring.
    if not isinstance(entry, sp.Piecewise):
        return str(sp.srepr(entry))
    return (
        f"Piecewise({', '.join(f'({sp.srepr(e)}, {sp.srepr(where)})' for e, where in entry.args)})"
    )


def pixels(operator: Operator) -> tuple[Any, Any]:
    """i and j, or (i_1, …) and (j_1, …) on several axes; other letters where these are taken."""
    axes = len(operator.closed_form().shown(operator.rows))
    letters = operator_letters(operator)
    i, j = letters.name("i"), letters.name("j")
    if axes == 1:
        return sp.Symbol(i), sp.Symbol(j)
    return sp.symbols(f"{i}_1:{axes + 1}"), sp.symbols(f"{j}_1:{axes + 1}")


def _number(size: int | sp.Expr) -> int | str:
    return size if isinstance(size, int) else str(size)


def _all(operator: Operator, most: int) -> dict[str, Any]:
    rows = _matrix(operator, most).tolist()
    return {"entries": [[str(entry) for entry in row] for row in rows]}


def _cases(operator: Operator) -> dict[str, Any]:
    form = operator.closed_form()
    i, j = pixels(operator)
    cases = [{"entry": str(e), "where": str(where)} for e, where in form.pieces(i, j)]
    return {
        "valid_from": {str(symbol): first for symbol, first in form.valid_from.items()},
        "row": str(i),
        "column": str(j),
        "cases": cases,
    }


def _matrix(operator: Operator, most: int) -> sp.MatrixBase:
    """Every entry, zeros too."""
    rows, cols = operator.shape
    if rows * cols > most:
        raise SymconvError(
            f"{rows} x {cols} entries are more than the {most} that are written out; text and "
            "latex elide them"
        )
    return sp.Matrix(operator.as_explicit())
