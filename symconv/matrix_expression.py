"""An operator inside SymPy's own matrix expressions."""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr


class OperatorMatrix(MatrixExpr):
    """A convolution operator as a SymPy ``MatrixExpr``; made by ``sympy.sympify(operator)``.

    >>> import symconv as sc
    >>> C = sp.sympify(sc.conv(sc.Kernel([1, 2]), 3))
    >>> (C * C.T).as_explicit()
    Matrix([
    [5, 2],
    [2, 5]])
    """

    is_Atom = True

    def __new__(cls, operator: Any) -> OperatorMatrix:
        matrix: OperatorMatrix = super().__new__(cls)
        matrix.operator = operator
        return matrix

    operator: Any

    @property
    def shape(self) -> tuple[sp.Expr, sp.Expr]:
        rows, cols = self.operator.shape
        return sp.sympify(rows), sp.sympify(cols)

    @property
    def free_symbols(self) -> set[sp.Symbol]:
        symbols: set[sp.Symbol] = self.operator.free_symbols
        return symbols

    def _hashable_content(self) -> tuple[Any, ...]:
        return (self.operator,)

    def _entry(self, i: Any, j: Any, **kwargs: Any) -> sp.Expr:
        return self.operator[i, j]

    def _eval_transpose(self) -> OperatorMatrix:
        return OperatorMatrix(self.operator.T)

    def _eval_subs(self, old: Any, new: Any) -> OperatorMatrix:
        return OperatorMatrix(self.operator.subs(old, new))

    def _xreplace(self, rule: Any) -> tuple[Any, bool]:
        if self in rule:
            return rule[self], True
        if not self.free_symbols & set(rule):
            return self, False
        return OperatorMatrix(self.operator.subs(rule, simultaneous=True)), True

    def as_explicit(self) -> sp.ImmutableSparseMatrix:
        return self.operator.as_explicit().as_immutable()

    def _latex(self, printer: Any, **kwargs: Any) -> str:
        return str(self.operator._latex(printer))

    def _sympystr(self, printer: Any) -> str:
        return repr(self.operator)

    def _sympyrepr(self, printer: Any) -> str:
        return repr(self.operator)

    def sort_key(self, order: Any = None) -> Any:
        return self.class_key(), (1, (repr(self),)), sp.S.One.sort_key(), sp.S.One
