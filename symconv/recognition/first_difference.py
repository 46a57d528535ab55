"""Where two operators or matrices first differ, exactly and in words."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symconv.algebra.coefficients import vanishes
from symconv.algebra.symbols import agree
from symconv.arguments import shown
from symconv.errors import ShapeError
from symconv.operators.exact_input import parse_array
from symconv.operators.operator import Operator

LONGEST = 120


def first_difference(a: Any, b: Any) -> str:
    """What differs first, sizes before entries; nothing where they are the same.

    Args:
        a, b: operators, SymPy matrices, NumPy arrays or nested lists of exact entries. Two
            operators are compared cell by cell, whatever the size.

    >>> first_difference([[1, 2]], [[1, 3]])
    'entry [0, 1] differs: 2 and 3'
    """
    if isinstance(a, Operator) and isinstance(b, Operator):
        if not agree(a.names, b.names):
            return f"different symbols of one name: {_alike(a, b)}"
        if (a.rows, a.cols) != (b.rows, b.cols):
            return f"different sizes: {a!r} and {b!r}"
        if a == b:
            return ""
        if a.size_symbols:
            return f"{a!r} and {b!r} differ for large {', '.join(map(str, a.size_symbols))}"
    left, right = _matrix(a), _matrix(b)
    if left.shape != right.shape:
        return f"different shapes: {left.shape} and {right.shape}"
    stored = {(i, j) for matrix in (left, right) for i, j, _ in matrix.row_list()}
    for i, j in sorted(stored):
        if not vanishes(left[i, j] - right[i, j]):
            return f"entry [{i}, {j}] differs: {shortened(left[i, j])} and {shortened(right[i, j])}"
    return ""


def _alike(a: Operator, b: Operator) -> str:
    """The first name that stands for two symbols, and both of them."""
    shared = sorted(a.names.keys() & b.names.keys())
    name = next(name for name in shared if a.names[name] != b.names[name])
    return f"{sp.srepr(a.names[name])} and {sp.srepr(b.names[name])}"


def shortened(value: Any) -> str:
    """Its text, cut after so many characters."""
    text = str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _matrix(value: Any) -> sp.SparseMatrix:
    if isinstance(value, Operator):
        return value.as_explicit()
    if isinstance(value, sp.MatrixBase):
        return sp.SparseMatrix(value)
    found, shape = parse_array(value, "matrix entry")
    if len(shape) > 2 or not shape:
        raise ShapeError(f"{shown(value)} is no matrix, which has rows and columns")
    return sp.SparseMatrix(*(*shape, 1)[:2], found)
