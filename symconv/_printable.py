"""The faces that SymPy's printers and notebooks look for, on values that know no LaTeX themselves.

Printing stands above the values that it prints, so they reach for it only when they are shown.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any


class Printable:
    """A value that prints as LaTeX, as ``symconv.printing.representations`` says for its class."""

    __slots__ = ()

    def _latex(self, printer: Any) -> str:
        return str(_faces().latex_of(self, printer))

    def _repr_latex_(self) -> str | None:
        shown: str | None = _faces().notebook_of(self)
        return shown


def _faces() -> Any:
    return import_module("symconv.printing.representations")
