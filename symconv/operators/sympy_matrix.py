"""An operator inside SymPy's own matrix expressions."""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.core.basic import Atom
from sympy.matrices.expressions.matexpr import MatrixElement, MatrixExpr

from symconv.algebra.sizes import to_expr


class Held(Atom):  # type: ignore[misc]
    """An operator as an argument of a SymPy expression; its symbols stand beside it."""

    operator: Any

    def __new__(cls, operator: Any) -> Held:
        held: Held = super().__new__(cls)
        held.operator = operator
        return held

    def __getnewargs__(self) -> tuple[Any, ...]:
        return (self.operator,)

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return Held, (self.operator,)

    @property
    def symbols(self) -> list[sp.Symbol]:
        """The free symbols in a fixed order."""
        return sorted(self.operator.free_symbols, key=sp.srepr)

    def _hashable_content(self) -> tuple[Any, ...]:
        # SymPy orders arguments by this, so it must be text and not the operator itself.
        operator = self.operator
        cells = sorted((str(cell), str(expr)) for cell, expr in operator.expressions)
        symbols = sorted(map(sp.srepr, operator.free_symbols))
        return (str((operator.rows, operator.cols, symbols, cells)),)

    def _sympystr(self, printer: Any) -> str:
        return repr(self.operator)

    _sympyrepr = _sympystr


class OperatorMatrix(MatrixExpr):  # type: ignore[misc]
    """A convolution operator as a SymPy ``MatrixExpr``; made by ``sympy.sympify(operator)``.

    Its arguments are the operator and then its symbols, so that SymPy's own ``subs``, ``replace``
    and ``has`` see them; other values there give the operator with those values.

    >>> import symconv as sc
    >>> C = sp.sympify(sc.conv(sc.Kernel([1, 2]), 3))
    >>> (C * C.T).as_explicit()
    Matrix([
    [5, 2],
    [2, 5]])
    """

    def __new__(cls, operator: Any, *values: sp.Expr) -> OperatorMatrix:
        held = operator if isinstance(operator, Held) else Held(operator)
        symbols = held.symbols
        if values and list(values) != symbols:
            replaced = {s: v for s, v in zip(symbols, values, strict=True) if s != v}
            held = Held(held.operator.subs(replaced, simultaneous=True))
        matrix: OperatorMatrix = super().__new__(cls, held, *held.symbols)
        return matrix

    @property
    def operator(self) -> Any:
        """The operator itself."""
        return self.args[0].operator

    @property
    def shape(self) -> tuple[sp.Expr, sp.Expr]:
        rows, cols = self.operator.shape
        return to_expr(rows), to_expr(cols)

    def _entry(self, i: Any, j: Any, **kwargs: Any) -> sp.Expr:
        if i.is_Integer and j.is_Integer:
            return self.operator[i, j]
        return MatrixElement(self, i, j)

    def _eval_transpose(self) -> OperatorMatrix:
        return OperatorMatrix(self.operator.T)

    def _eval_derivative(self, x: Any) -> Any:
        return OperatorMatrix(self.operator.diff(x))

    def as_explicit(self) -> sp.ImmutableSparseMatrix:
        return self.operator.as_explicit().as_immutable()

    def _latex(self, printer: Any, **kwargs: Any) -> str:
        return str(self.operator._latex(printer))

    def _sympystr(self, printer: Any) -> str:
        return repr(self.operator)

    _sympyrepr = _sympystr
