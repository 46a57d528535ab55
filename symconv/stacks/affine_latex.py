"""Affine maps in LaTeX: A x + b."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symconv.operators.operator import Operator
from symconv.operators.provenance import kernels_of
from symconv.typesetting.displays import aligned, gathered
from symconv.typesetting.free_letters import free_letters
from symconv.typesetting.typesetter import Typesetter, typesetter


def affine_latex(operator: Operator, constant: Operator, printer: Any) -> str:
    """C x + b with both written out; at a symbolic size C x + b and what the letters stand for."""
    printer = typesetter(printer)
    letters = free_letters([*_symbols(operator), *_symbols(constant)], printer)
    if operator.size_symbols or constant.size_symbols:
        return letters.write(_named(operator, constant, printer))
    column = sp.Matrix(constant @ sp.ones(int(constant.shape[1]), 1))
    return letters.write(f"{printer.doprint(operator)} 𝑥 + {printer.doprint(column)}")


def _symbols(operator: Operator) -> list[sp.Expr]:
    entries = [entry for kernel in kernels_of(operator) for entry in kernel.entries]
    return [*operator.free_symbols, *entries]


def _named(operator: Operator, constant: Operator, printer: Typesetter) -> str:
    shown = [_equation("𝐶", operator, printer), _equation(r"𝐷", constant, printer)]
    return str(gathered([r"𝑥 \mapsto 𝐶 𝑥 + 𝐷 \mathbf{1}", *shown]))


def _equation(name: str, operator: Operator, printer: Typesetter) -> str:
    """The name and the operator; one that prints as equations of its own brings its name."""
    latex = printer.doprint(operator)
    if latex.startswith(r"\begin{aligned}"):
        return str(latex)
    is_entry = latex.startswith(r"\begin{cases}")
    return str(aligned([(f"{name}_{{𝑖,𝑗}}" if is_entry else name, latex)]))
