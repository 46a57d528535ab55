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

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        # IPython takes a class's own __repr__ before what a class above it has.
        cls._repr_pretty_ = Readable._repr_pretty_  # type: ignore[method-assign]

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        inside_another = len(getattr(printer, "stack", ())) > 1
        if inside_another:
            printer.text(repr(self))
            return
        printer.text(_late("text_representations").wrapped(str(self)))


class Spelled(Readable):
    """A value that prints as text, as ``symconv.printing`` says for its class."""

    __slots__ = ()

    def __str__(self) -> str:
        return str(_late("text_representations").text_of(self))


class Printable(Spelled):
    """A value that prints as text and as LaTeX, as ``symconv.printing`` says for its class."""

    __slots__ = ()

    def _latex(self, printer: Any) -> str:
        return str(_late("representations").latex_of(self, printer))

    def _repr_latex_(self) -> str | None:
        shown: str | None = _late("representations").notebook_of(self)
        return shown


def _late(name: str) -> Any:
    return import_module(f"symconv.printing.{name}")
