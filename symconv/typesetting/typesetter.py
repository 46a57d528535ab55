"""SymPy's LaTeX printer, in which no symbol's name is a command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp
from sympy.printing.latex import LatexPrinter

from symconv.typesetting.equations import sides
from symconv.typesetting.notation import TRANSPOSED, Notation, current
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


# "mod" between two terms.
MODULO = r"\mathbin{\mathrm{mod}}"


class Typesetter(LatexPrinter):  # type: ignore[misc]
    """SymPy's LaTeX printer, in which no symbol's name is a command.

    Attributes:
        dialect: for whom it writes; see :func:`symconv.latex`.
        names: symbols that stand for sums, which lead in a sum whatever the order of the rest, and
            their LaTeX.
        colours: colours of symbols, such as #2767cc.
        notation: how the author writes.
        taps: symbols of kernels and how the notation writes them.
    """

    def __init__(
        self,
        settings: Mapping[str, Any] | None = None,
        dialect: str = "mathjax",
        names: Mapping[sp.Symbol, str] | None = None,
        colours: Mapping[sp.Symbol, str] | None = None,
        notation: Notation | None = None,
        taps: Mapping[sp.Symbol, str] | None = None,
    ) -> None:
        super().__init__(dict(settings or {}))
        self.dialect, self.names, self.colours = dialect, names or {}, colours or {}
        self.notation, self.taps = notation or current(), taps or {}

    def doprint(self, expr: Any) -> str:
        """The LaTeX of an expression, with the author's sign of a transpose."""
        return self.notation.signed(str(super().doprint(expr)))

    @property
    def transposed(self) -> str:
        """The author's sign of a transpose, as a power."""
        return self.notation.signed(TRANSPOSED)

    def with_names(self, names: Mapping[sp.Symbol, str]) -> Typesetter:
        """The same with names for sums.

        >>> a, r = sp.symbols("a r")
        >>> Typesetter().doprint(r - a), Typesetter().with_names({r: "R"}).doprint(r - a)
        ('r - a', 'R - a')
        """
        return self._with(names=names)

    def with_colours(self, colours: Mapping[sp.Symbol, str]) -> Typesetter:
        """The same with other colours."""
        return self._with(colours=colours)

    def with_taps(self, taps: Mapping[sp.Symbol, str]) -> Typesetter:
        """The same with these names of taps."""
        return self._with(taps=taps) if taps else self

    def _with(self, **changed: Any) -> Typesetter:
        kept = {
            name: getattr(self, name) for name in ("names", "colours", "notation", "taps")
        } | changed
        return Typesetter(plain_settings(self), self.dialect, **kept)

    def vanishing(self, expr: sp.Expr, relation: str = " = ") -> str:
        """That a sum vanishes, with nothing negative where it can stand on the other side.

        >>> a, b = sp.symbols("a b")
        >>> Typesetter().vanishing(b - a), Typesetter().vanishing(a**2 - 1, " &= ")
        ('a = b', 'a^{2} &= 1')
        """
        return relation.join(map(self._print, sides(expr)))

    def _as_ordered_terms(self, expr: sp.Expr, order: Any = None) -> list[sp.Expr]:
        terms: list[sp.Expr] = positive_first(super()._as_ordered_terms(expr, order))
        return sorted(terms, key=lambda term: term not in self.names)

    def _print_Mod(self, expr: sp.Mod, exp: Any = None) -> str:
        # \bmod is a macro to MathJax, which expands none in front of more than 5,000 characters.
        return str(super()._print_Mod(expr, exp)).replace(r"\bmod", MODULO)

    def _print_Symbol(self, expr: sp.Symbol, style: str = "plain") -> str:
        colour = self.colours.get(expr)
        text = self._name(expr, style)
        return text if colour is None else rf"{{\color{{{colour}}}{{{text}}}}}"

    def _name(self, expr: sp.Symbol, style: str) -> str:
        if isinstance(expr, Label):
            return expr.latex
        renamed = self._settings["symbol_names"]
        if expr in renamed:
            return str(renamed[expr]).translate(UPRIGHT)
        own = self.names.get(expr) or self.taps.get(expr)
        return own or str(super()._print_Symbol(expr, style))

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


def positive_first(terms: list[sp.Expr]) -> list[sp.Expr]:
    """Terms of a sum that begins with a minus sign in another order, where one is positive.

    >>> n, k = sp.symbols("n k")
    >>> positive_first([-k, n, sp.S.One])
    [n, -k, 1]
    """
    if not terms or not terms[0].could_extract_minus_sign():
        return terms
    return sorted(terms, key=lambda term: term.could_extract_minus_sign() or term.is_number)


def typesetter(printer: Any, value: Any = None) -> Typesetter:
    """A printer of SymPy's as one that keeps names from being commands, settings and all.

    Args:
        printer: the printer, or None for one without settings.
        value: what it is to print, whose kernels' taps it will name as the notation has them.
    """
    if printer is None:
        printer = Typesetter()
    elif not isinstance(printer, Typesetter):
        printer = Typesetter(plain_settings(printer))
    own: Typesetter = printer
    return own if own.taps else own.with_taps(own.notation.names_in(value))


def plain_settings(printer: Any) -> dict[str, Any]:
    """The settings that ``sympy.latex`` has, too."""
    known = LatexPrinter._default_settings
    return {name: value for name, value in printer._settings.items() if name in known}
