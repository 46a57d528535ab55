"""A display with its name and its size, where the author's notation asks for them."""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp

from symconv.operators.operator import Operator
from symconv.operators.provenance import Scaled
from symconv.typesetting.displays import Display, Row, Rows, equation, gathered
from symconv.typesetting.index_expressions import gram_latex
from symconv.typesetting.matrices import Matrix, Sized, size_latex
from symconv.typesetting.notation import TRANSPOSED
from symconv.typesetting.typesetter import Typesetter


def with_size(display: Display, operator: Operator, printer: Typesetter) -> Display:
    """A display of blocks with the rows and columns of the whole, which their number is not."""
    return display if printer.notation.shape else _sized(display, operator, printer)


def given_name(operator: Operator, printer: Typesetter) -> str:
    """The author's name of an operator, in the formula's own letters; empty where there is none.

    >>> import symconv as sc
    >>> C, printer = sc.conv([1, 2], 3), Typesetter(notation=sc.Notation(name="W"))
    >>> given_name(C @ C.T, printer) == gram_latex("𝐶", True), given_name(C, Typesetter())
    (True, '')
    """
    if not printer.notation.name:
        return ""
    factor, side = operator.gram or (operator, "")
    if side:
        return gram_latex("𝐶", side == "rows")
    layer = factor.provenance.layer
    return "𝐶" + (TRANSPOSED if layer is not None and layer.transposed else "")


def headed(display: Display, operator: Operator, printer: Typesetter) -> Display:
    """A display with the operator's name and its rows and columns, where the author wants them."""
    if printer.notation.shape:
        display = _sized(display, operator, printer)
    name = given_name(operator, printer)
    return _named(display, name) if name else display


def shared_fraction(operator: Operator) -> tuple[sp.Rational, Operator] | None:
    """A fraction that an operator was multiplied by, or that all its entries are up to sign.

    >>> import symconv as sc
    >>> shared_fraction(sc.avg_pool((4, 4), 2))
    (1/4, Operator(4 x 16, (4, 4) -> (2, 2)))
    >>> shared_fraction(sc.conv([1, "1/2"], 3)) is None
    True
    """
    made = operator.provenance
    is_scaled = isinstance(made, Scaled) and _is_fraction(made.scalar)
    if (operator.entry_symbols and not is_scaled) or all(
        expr.is_Integer for _, expr in operator.expressions
    ):
        return None
    if isinstance(made, Scaled) and is_scaled:
        return made.scalar, made.operand
    sizes = {abs(expr) for _, expr in operator.expressions if expr.is_Rational}
    (size, *others) = sizes or {sp.S.One}
    numbers = all(expr.is_Rational for _, expr in operator.expressions)
    return (size, operator / size) if numbers and not others and _is_fraction(size) else None


def _is_fraction(number: sp.Expr) -> bool:
    return bool(number.is_Rational and not number.is_Integer)


def over_one(operator: Operator, show: Callable[[Operator], Display]) -> Display | None:
    """A fraction times another operator with the fraction in front; None for what is no such one.

    Args:
        operator: what is shown.
        show: the display of an operator.
    """
    found = shared_fraction(operator)
    if found is None:
        return None
    display, shown = show(found[1]), Typesetter().doprint(found[0])
    if is_entry(display):
        return None
    if isinstance(display, Rows) and display.environment == "aligned":
        is_named = found[1].provenance.layer is None
        scaled = Row((rf"𝐴 &= {shown}\, 𝐶",), "")
        return None if is_named else Rows("aligned", (scaled, *display.rows), display.space)
    if isinstance(display, Rows) and display.environment == "gathered":
        return gathered([Row((shown, display.rows[0]), r"\,"), *display.rows[1:]])
    return Row((shown, display), r"\,")


def _sized(display: Display, operator: Operator, printer: Typesetter) -> Display:
    is_ruled = isinstance(display, Sized) and display.matrix.ruled
    if isinstance(display, Sized) and not is_ruled:
        return display
    if isinstance(display, Matrix) and not display.ruled:
        return Sized(display, size_latex(operator.shape, printer))
    if isinstance(display, Rows) and display.environment == "gathered":
        return gathered([_sized(display.rows[0], operator, printer), *display.rows[1:]])
    # The lines of a ruled matrix part blocks, whose number is what stands under its brace.
    if isinstance(display, Row) and any(isinstance(p, Matrix | Sized) for p in display.parts):
        parts = (p if isinstance(p, str) else _sized(p, operator, printer) for p in display.parts)
        return Row(tuple(parts), display.between)
    size = size_latex(operator.shape, printer)
    return Row((display, rf"\qquad \text{{of size }} {size}"), "")


def _named(display: Display, name: str) -> Display:
    """A display with the name on its left, unless it has one."""
    if isinstance(display, Rows) and display.environment == "aligned":
        return display
    if is_entry(display):
        bracketed = f"({name})" if " " in name or "^" in name else name
        return equation(f"{bracketed}_{{𝑖,𝑗}}", display)
    if isinstance(display, Rows) and display.environment == "gathered":
        return gathered([_named(display.rows[0], name), *display.rows[1:]])
    if isinstance(display, Row):
        first, *rest = display.parts
        is_equation = display.between == " = "
        return display if is_equation else Row((_named(first, name), *rest), display.between)
    return equation(name, display)


def is_entry(display: Display) -> bool:
    """Whether a display is about one entry, and not about the whole matrix."""
    if isinstance(display, Row):
        return is_entry(display.parts[0])
    return isinstance(display, Rows) and display.environment == "cases"
