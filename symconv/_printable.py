"""The faces that printers and notebooks look for, on values that know none themselves.

Printing stands above the values that it prints, so they reach for it only when they are shown.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any


class Readable:
    """A value that SymPy's pretty print and IPython show as ``str`` has it, line by line."""

    __slots__ = ()

    def _pretty(self, printer: Any) -> Any:
        return _late("text_representations").pretty_form(str(self), printer)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(_late("text_representations").wrapped(str(self)))


class Printable(Readable):
    """A value that prints as text and as LaTeX, as ``symconv.printing`` says for its class."""

    __slots__ = ()

    def __str__(self) -> str:
        return str(_late("text_representations").text_of(self))

    def _latex(self, printer: Any) -> str:
        return str(_late("representations").latex_of(self, printer))

    def _repr_latex_(self) -> str | None:
        shown: str | None = _late("representations").notebook_of(self)
        return shown


def _late(name: str) -> Any:
    return import_module(f"symconv.printing.{name}")
