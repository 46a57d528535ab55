"""Circulants as displays: the word and the first row."""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from symconv.algebra.diagonal import Diagonal
from symconv.algebra.sizes import Affine, Size
from symconv.operators.closed_form import ClosedForm
from symconv.typesetting.displays import Formula
from symconv.typesetting.matrices import size_latex
from symconv.typesetting.typesetter import Typesetter

# Entries of the first row on either side of the dots.
MOST_SHOWN = 6


def first_row(form: ClosedForm) -> Mapping[int, sp.Expr] | None:
    """The entries of a circulant on one growing axis by j - i, modulo the size; None for others.

    Others are also circulants with entries that are many pixels away from the main diagonal.

    >>> import symconv as sc
    >>> C = sc.conv([1, 2, 3], sp.Symbol("n"), padding=1, padding_mode="circular")
    >>> first_row(C.closed_form())
    {-1: 1, 0: 2, 1: 3}
    """
    (size, *more), cols = form.shown(form.operator.rows), form.shown(form.operator.cols)
    if more or (size,) != tuple(cols) or not isinstance(size, Affine):
        return None
    found = {form.shown(cell)[0]: expr for cell, expr in form.operator.expressions}
    row = {lag: e for d, e in found.items() if isinstance(lag := d.col - d.row, int)}
    expected = {d: e for lag, e in row.items() for d in _round(lag, size)}
    if expected != found or max(map(abs, row), default=0) > MOST_SHOWN:
        return None
    shown = {form.shown(cell)[0]: expr for cell, expr in form.expressions}
    return {lag: shown[_round(lag, size)[0]] for lag in sorted(row)}


def _round(lag: int, size: Size) -> list[Diagonal]:
    """The pixels (i, j) of a ring with j - i = lag: a line, and its rest round the corner."""
    width, right = abs(lag), lag > 0
    line = Diagonal(0 if right else width, width if right else 0, 1, 1, size - width)
    if not lag:
        return [line]
    near, far = 0, size - width
    return [line, Diagonal(far if right else near, near if right else far, 1, 1, width)]


def circulant_display(
    form: ClosedForm, printer: Typesetter, bounds: Mapping[sp.Symbol, int]
) -> Formula | None:
    """circ(c_0, c_1, …, c_{-1}) with its size; None for what is no circulant or has a long row."""
    row = first_row(form)
    if not row:
        return None
    after, before = max(0, *row), min(0, *row)
    entries = [row.get(lag, sp.S.Zero) for lag in [*range(after + 1), *range(before, 0)]]
    shown = [str(printer._print(entry)) for entry in entries]
    zeros = ["0", r"\dots", "0"]
    listed = ", ".join([*shown[: after + 1], *zeros, *shown[after + 1 :]])
    size = size_latex(form.operator.shape, printer, bounds)
    symbols = frozenset[sp.Symbol]().union(*(entry.free_symbols for entry in entries))
    return Formula(rf"\operatorname{{circ}}\left({listed}\right)_{{{size}}}", symbols)
