"""Affine maps in LaTeX: A x + b."""

from __future__ import annotations

from math import prod
from typing import Any

import sympy as sp

from symconv.algebra.sizes import to_expr
from symconv.operators.operator import Operator
from symconv.operators.provenance import kernels_of
from symconv.typesetting.displays import aligned, gathered
from symconv.typesetting.free_letters import free_letters
from symconv.typesetting.typesetter import Typesetter, typesetter

# Longer columns are not written out.
MOST_ROWS = 16


def affine_latex(operator: Operator, constant: Operator, printer: Any) -> str:
    """C x + b with both written out; at a symbolic size C x + b and what the letters stand for.

    A long constant is b ⊗ 1 where it is one value a channel, else D 1 with a diagonal D.
    """
    printer = typesetter(printer, operator)
    letters = free_letters([*_symbols(operator), *_symbols(constant)], printer)
    column = _column(constant, printer)
    if operator.size_symbols or constant.size_symbols or column is None:
        return letters.write(_named(operator, constant, column, printer))
    return letters.write(f"{printer.doprint(operator)} 𝑥 + {column}")


def _symbols(operator: Operator) -> list[sp.Expr]:
    entries = [entry for kernel in kernels_of(operator) for entry in kernel.entries]
    return [*operator.free_symbols, *entries]


def _column(constant: Operator, printer: Typesetter) -> str | None:
    """The constant as a column, or by one value a channel; None where it is too long for that."""
    rows = to_expr(constant.shape[0])
    if rows.is_Integer and rows <= MOST_ROWS:
        return str(printer.doprint(sp.Matrix(constant @ sp.ones(int(rows), 1))))
    layer = constant.provenance.layer
    if layer is None or prod(layer.kernel.size) > 1 or len(layer.kernel.entries) > MOST_ROWS:
        return None
    ones = rf"\mathbf{{1}}_{{{printer.doprint(prod(constant.output_size))}}}"
    return rf"{printer.doprint(sp.Matrix(layer.kernel.entries))} \otimes {ones}"


def _named(operator: Operator, constant: Operator, column: str | None, printer: Typesetter) -> str:
    shown = [_equation("𝐶", operator, printer)]
    if column is None:
        shown.append(_equation("𝐷", constant, printer))
        column = r"𝐷 \mathbf{1}"
    return str(gathered([rf"𝑥 \mapsto 𝐶 𝑥 + {column}", *shown]))


def _equation(name: str, operator: Operator, printer: Typesetter) -> str:
    """The name and the operator; one that prints as equations of its own brings its name."""
    latex = printer.doprint(operator)
    if latex.startswith(r"\begin{aligned}"):
        return str(latex)
    is_entry = latex.startswith(r"\begin{cases}")
    return str(aligned([(f"{name}_{{𝑖,𝑗}}" if is_entry else name, latex)]))
