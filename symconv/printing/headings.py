"""A display with its name and its size, where the author's notation asks for them."""

from __future__ import annotations

from symconv.operators.operator import Operator
from symconv.typesetting.displays import Display, Row, Rows, equation, gathered
from symconv.typesetting.index_expressions import gram_latex
from symconv.typesetting.matrices import Matrix, Sized, size_latex
from symconv.typesetting.notation import TRANSPOSED
from symconv.typesetting.typesetter import Typesetter


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


def _sized(display: Display, operator: Operator, printer: Typesetter) -> Display:
    if isinstance(display, Sized):
        return display
    if isinstance(display, Matrix):
        return Sized(display, size_latex(operator.shape, printer))
    if isinstance(display, Rows) and display.environment == "gathered":
        return gathered([_sized(display.rows[0], operator, printer), *display.rows[1:]])
    if isinstance(display, Row) and isinstance(display.parts[0], Matrix | Sized):
        first = _sized(display.parts[0], operator, printer)
        return Row((first, *display.parts[1:]), display.between)
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
