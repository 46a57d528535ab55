"""Libraries that are imported when something of them is first used.

The symbolic half of symconv works with SymPy alone, so what computes with numbers reaches for its
library only then, and says what to install where it is missing.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from symconv.errors import MissingExtraError


class LateModule:
    """A module that is imported when one of its names is first asked for.

    Args:
        name: the module.
        install: what ``pip install`` needs to be told.

    >>> LateModule("math", "").sqrt(9)
    3.0
    >>> LateModule("nowhere", "symconv[scipy]").sqrt(9)
    Traceback (most recent call last):
    ...
    symconv.errors.MissingExtraError: this needs nowhere: pip install "symconv[scipy]"
    """

    def __init__(self, name: str, install: str) -> None:
        self._name, self._install = name, install

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__"):  # what tools ask of any object
            raise AttributeError(attribute)
        found = self.__dict__[attribute] = getattr(self._module(), attribute)
        return found

    def _module(self) -> Any:
        try:
            return import_module(self._name)
        except ModuleNotFoundError:
            raise MissingExtraError(
                f'this needs {self._name}: pip install "{self._install}"'
            ) from None
