"""A row of the atlas: one geometry, and what is known of its matrix, each within seconds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, cached_property, partial
from math import inf, prod
from typing import Any

import sympy as sp

from symconv._arrays import np
from symconv.algebra.sizes import evaluate
from symconv.analysis.checkerboard import Checkerboard, checkerboard
from symconv.analysis.orthogonality import Orthogonality, orthogonality
from symconv.analysis.polynomial_systems import solve_polynomials
from symconv.arguments import on_one_line
from symconv.determinants.determinants import determinant
from symconv.errors import BudgetError, ShapeError, SymconvError
from symconv.linear_algebra.ranks import rank
from symconv.numeric.dense import to_numpy
from symconv.operators.convolution import conv
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator
from symconv.printing.latex import latex
from symconv.printing.unicode import equation_text
from symconv.spectra.closed_spectra import three_taps
from symconv.spectra.conditioning import conditioning
from symconv.spectra.transforms import diagonalising
from symconv.sweeps.time_limit import within

# Rows and columns beyond which nothing dense is made, and characters beyond which no text is kept.
MOST_DENSE = 400
MOST_CHARACTERS = 20_000
LONGEST_REASON = 200

Values = Mapping[str, Any]


class Row:
    """The operators of a geometry, made once for all columns.

    The symbolic kernel is k_0, k_1, …; the numeric one 1, 2, 3, …, row by row.

    Args:
        seconds: the limit for what is remembered of other geometries.
    """

    def __init__(
        self, axes: int, n: int, k: int, stride: int, dilation: int, low: int, high: int, mode: str,
        seconds: float = 1.0,
    ) -> None:  # fmt: skip
        self.seconds = seconds
        self._size, self._kernel_size = (n,) * axes, (k,) * axes
        self._geometry: dict[str, Any] = {
            "stride": stride,
            "dilation": dilation,
            "padding": ((low, high),) * axes,
            "padding_mode": mode,
        }

    @cached_property
    def operator(self) -> Operator:
        """C with symbols."""
        kernel = Kernel.symbolic("k", self._kernel_size)
        return conv(kernel, self._size, **self._geometry)

    @cached_property
    def numbers(self) -> Operator:
        """C with 1, 2, 3, …"""
        return conv(Kernel.arange(self._kernel_size), self._size, **self._geometry)

    @cached_property
    def gram(self) -> Operator:
        """C Cᵀ with symbols."""
        return self.operator @ self.operator.T

    @cached_property
    def conditions(self) -> Orthogonality:
        """C Cᵀ = I."""
        return orthogonality(self.operator)


def sizes(row: Row) -> Values:
    """Of C, and how many numbers in it are no zeros."""
    rows, cols = row.operator.shape
    nonzero = sum(prod(evaluate(d.length, {}) for d in cell) for cell in row.operator.cells)
    return {"rows": int(rows), "cols": int(cols), "nonzeros": nonzero}


def ranks(row: Row) -> Values:
    """Of C for almost every kernel, and for 1, 2, 3, …"""
    return {"rank": int(rank(row.operator)), "rank_of_numbers": int(rank(row.numbers))}


def equations(row: Row) -> Values:
    """How many equations in the kernel say that C Cᵀ = I."""
    return {"equations": len(row.conditions.equations)}


def solutions(row: Row) -> Values:
    """How many kernels satisfy them: isolated ones, real or not, and families of them."""
    if row.conditions.obstruction is not None:
        found: Values | str = dict.fromkeys(("real", "complex", "families"), 0)
    else:
        found = _solved(row.conditions.equations, tuple(row.conditions.unknowns), row.seconds)
    if isinstance(found, str):
        raise BudgetError(found)
    return found


@cache
def _solved(
    polynomials: tuple[sp.Expr, ...], unknowns: tuple[sp.Symbol, ...], seconds: float
) -> Values | str:
    """Of many geometries the equations are the same ones; what took too long does so again."""
    try:
        found = within(seconds, lambda: solve_polynomials(polynomials, unknowns))
    except BudgetError as error:
        return str(error)
    parts = (found.real, found.complex, found.families)
    return dict(zip(("real", "complex", "families"), map(len, parts), strict=True))


def board(row: Row) -> Values:
    """When the transpose keeps a flat image flat: "always", "never", equations."""
    try:
        return {"flat_if": _flat(checkerboard(row.operator))}
    except ShapeError:
        return {"flat_if": None}


def _flat(found: Checkerboard) -> str:
    if any(not condition.free_symbols for condition in found.conditions):
        return "never"
    return ", ".join(map(equation_text, found.conditions)) or "always"


def determinants(row: Row) -> Values:
    """The determinant of C Cᵀ for 1, 2, 3, …, all its digits."""
    rows, cols = row.numbers.shape
    if rows > cols:
        return {"determinant": "0"}
    return {"determinant": str(determinant(row.numbers @ row.numbers.T).expr)}


def spectrum(row: Row) -> Values:
    """What gives the singular values of every kernel: a transform, three taps, or nothing."""
    rows, cols = row.operator.shape
    smaller = row.gram if rows <= cols else row.operator.T @ row.operator
    found = diagonalising(smaller)
    band = found is None and three_taps(smaller) is not None
    return {"spectrum": found.name if found else "three taps" if band else "none"}


def condition(row: Row) -> Values:
    """σ_max/σ_min for 1, 2, 3, …: of the nonzero ones' count that the smaller side has."""
    if max(row.numbers.shape) > MOST_DENSE:
        raise BudgetError(f"{row.numbers!r} has more than {MOST_DENSE} rows or columns")
    values = np.linalg.svd(to_numpy(row.numbers, dtype=float), compute_uv=False)
    least = values[0] * max(row.numbers.shape) * np.finfo(float).eps
    return {"condition": float(values[0] / values[-1]) if values[-1] > least else inf}


def growth(row: Row) -> Values:
    """How the condition number grows with n for 1, 2, 3, …; where it is decided."""
    try:
        return {"growth": str(conditioning(row.numbers))}
    except ShapeError:
        return {"growth": None}


def cells(row: Row) -> Values:
    """How many pieces the closed forms have."""
    columns = row.operator.T @ row.operator
    return {
        "cells_of_rows": len(row.gram.closed_form()),
        "cells_of_columns": len(columns.closed_form()),
    }


def formula(row: Row) -> Values:
    """C Cᵀ as LaTeX prints it."""
    text = latex(row.gram)
    if len(text) > MOST_CHARACTERS:
        raise BudgetError(f"{len(text)} characters are more than {MOST_CHARACTERS}")
    return {"latex": text}


# Columns that are found together, by name, and the types of what they give.
COLUMNS: Mapping[str, tuple[Callable[[Row], Values], Mapping[str, type]]] = {
    "sizes": (sizes, {"rows": int, "cols": int, "nonzeros": int}),
    "ranks": (ranks, {"rank": int, "rank_of_numbers": int}),
    "equations": (equations, {"equations": int}),
    "solutions": (solutions, {"real": int, "complex": int, "families": int}),
    "checkerboard": (board, {"flat_if": str}),
    "determinant": (determinants, {"determinant": str}),
    "spectrum": (spectrum, {"spectrum": str}),
    "condition": (condition, {"condition": float}),
    "growth": (growth, {"growth": str}),
    "cells": (cells, {"cells_of_rows": int, "cells_of_columns": int}),
    "latex": (formula, {"latex": str}),
}
TYPES: Mapping[str, type] = {name: t for _, types in COLUMNS.values() for name, t in types.items()}


def atlas_row(columns: tuple[str, ...], seconds: float, **geometry: Any) -> dict[str, Any]:
    """What is known of a geometry; what is refused or takes too long is told in ``left_out``.

    >>> given = dict(axes=1, n=6, k=3, stride=2, dilation=1, low=1, high=1, mode="zeros")
    >>> row = atlas_row(("sizes", "solutions", "checkerboard"), 1.0, **given)
    >>> row["rows"], row["cols"], row["real"], row["families"], row["flat_if"]
    (3, 6, 0, 1, 'k₀ + k₂ = k₁')
    """
    row, found, left_out = Row(**geometry, seconds=seconds), dict[str, Any](), []
    for name in columns:
        make, types = COLUMNS[name]
        found |= dict.fromkeys(types)
        try:
            # A little more than what is remembered has, so that it is.
            found |= within(1.5 * seconds, partial(make, row))
        except SymconvError as error:
            left_out.append(f"{name}: {on_one_line(error)}"[:LONGEST_REASON])
    return {**found, "left_out": left_out}
