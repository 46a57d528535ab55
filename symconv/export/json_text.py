"""Operators as JSON for other programs to read."""

from __future__ import annotations

import json
from typing import Any

import sympy as sp

from symconv.export.sympy_text import every_entry, pixels
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator


def json_text(operator: Operator, kernel: Kernel) -> str:
    """A JSON object with the sizes, the kernel and all entries, or the cases of any size.

    Raises:
        BudgetError: more entries than are written out.

    >>> import symconv as sc
    >>> json.loads(json_text(sc.conv([1, 2], 2), sc.Kernel([1, 2])))["entries"]
    [['1', '2']]
    """
    fields = {
        "shape": list(map(_number, operator.shape)),
        "input_size": list(map(_number, operator.input_size)),
        "output_size": list(map(_number, operator.output_size)),
        "kernel_size": kernel.size,
        "kernel": [str(entry) for entry in kernel.entries],
    }
    return json.dumps(fields | (_cases(operator) if operator.size_symbols else _all(operator)))


def _number(size: int | sp.Expr) -> int | str:
    return size if isinstance(size, int) else str(size)


def _all(operator: Operator) -> dict[str, Any]:
    rows = every_entry(operator).tolist()
    texts = {entry: str(entry) for entry in {entry for row in rows for entry in row}}
    return {"entries": [[texts[entry] for entry in row] for row in rows]}


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
