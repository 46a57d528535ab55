"""SymPy's LaTeX printer, in which no symbol's name is a command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp
from sympy.printing.latex import LatexPrinter

from symconv.typesetting.symbols import UPRIGHT, is_identifier, symbol_latex


class Label(sp.Symbol):  # type: ignore[misc]
    """A symbol that a formula brings along: sorted by its name, printed as the LaTeX it is given.

    >>> Typesetter().doprint(Label("R", r"\\mathcal{R}_{0}") ** 2)
    '\\\\mathcal{R}_{0}^{2}'
    """

    __slots__ = ("latex",)

    latex: str

    def __new__(cls, name: str, latex: str) -> Label:
        # The space parts it from a user's symbol of that name, beside which it is sorted.
        made: Label = sp.Symbol.__xnew__(cls, f"{name.rstrip()} ")
        made.latex = latex
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[str, str], dict[str, bool]]:
        return (self.name, self.latex), {}

    @classmethod
    def class_key(cls) -> tuple[int, int, str]:
        # Sorted among other symbols by name.
        key: tuple[int, int, str] = sp.Symbol.class_key()
        return key

    def _hashable_content(self) -> tuple[Any, ...]:
        return (*super()._hashable_content(), self.latex)


class Typesetter(LatexPrinter):  # type: ignore[misc]
    """SymPy's LaTeX printer, in which no symbol's name is a command.

    Attributes:
        dialect: for whom it writes; see :func:`symconv.latex`.
        names: symbols that stand for sums, which lead in a sum whatever the order of the rest, and
            their LaTeX.
        colours: colours of symbols, as LaTeX takes them.
    """

    def __init__(
        self,
        settings: Mapping[str, Any] | None = None,
        dialect: str = "mathjax",
        names: Mapping[sp.Symbol, str] | None = None,
        colours: Mapping[sp.Symbol, str] | None = None,
    ) -> None:
        super().__init__(dict(settings or {}))
        self.dialect, self.names, self.colours = dialect, names or {}, colours or {}

    def with_names(self, names: Mapping[sp.Symbol, str]) -> Typesetter:
        """The same with names for sums.

        >>> a, r = sp.symbols("a r")
        >>> Typesetter().doprint(r - a), Typesetter().with_names({r: "R"}).doprint(r - a)
        ('- a + r', 'R - a')
        """
        return Typesetter(plain_settings(self), self.dialect, names, self.colours)

    def with_colours(self, colours: Mapping[sp.Symbol, str]) -> Typesetter:
        """The same with other colours."""
        return Typesetter(plain_settings(self), self.dialect, self.names, colours)

    def _as_ordered_terms(self, expr: sp.Expr, order: Any = None) -> list[sp.Expr]:
        terms: list[sp.Expr] = super()._as_ordered_terms(expr, order)
        return sorted(terms, key=lambda term: term not in self.names)

    def _print_Symbol(self, expr: sp.Symbol, style: str = "plain") -> str:
        colour = self.colours.get(expr)
        text = self._name(expr, style)
        return text if colour is None else rf"\textcolor{colour}{{{text}}}"

    def _name(self, expr: sp.Symbol, style: str) -> str:
        if isinstance(expr, Label):
            return expr.latex
        renamed = self._settings["symbol_names"]
        if expr in renamed:
            return str(renamed[expr]).translate(UPRIGHT)
        return self.names.get(expr) or str(super()._print_Symbol(expr, style))

    def _deal_with_super_sub(self, string: str, style: str = "plain") -> str:
        if is_identifier(string):
            return str(super()._deal_with_super_sub(string, style))
        name = symbol_latex(string)
        return rf"\mathbf{{{name}}}" if style == "bold" else name

    def _hprint_Function(self, func: str) -> str:
        return str(super()._hprint_Function(func)) if is_identifier(func) else symbol_latex(func)

    def parenthesize_super(self, s: str) -> str:
        # A prime is a superscript too: r'_{1}^{2} is an error in TeX.
        return self._add_parens(s) if "'" in s else str(super().parenthesize_super(s))


def typesetter(printer: Any) -> Typesetter:
    """A printer of SymPy's as one that keeps names from being commands, settings and all."""
    return printer if isinstance(printer, Typesetter) else Typesetter(plain_settings(printer))


def plain_settings(printer: Any) -> dict[str, Any]:
    """The settings that ``sympy.latex`` has, too."""
    known = LatexPrinter._default_settings
    return {name: value for name, value in printer._settings.items() if name in known}
