"""Questions that an operator answers by SymPy's names for them: det, rank, inv and the like.

The functions that know stand above the operators, which reach for them only when they are asked.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any


class Answering:
    """Methods that call the functions of ``symconv.linear_algebra``."""

    __slots__ = ()

    def det(self) -> Any:
        """The determinant; see :func:`symconv.determinant`.

        >>> import symconv as sc
        >>> sc.conv([1, 5, 1], 3, padding=1).det().expr
        115
        """
        return _function("determinants", "determinant")(self)

    def trace(self) -> Any:
        """The sum of the diagonal entries; see :func:`symconv.trace`."""
        return _function("traces", "trace")(self)

    def rank(self) -> Any:
        """The rank; see :func:`symconv.rank`."""
        return _function("ranks", "rank")(self)

    def nullspace(self) -> Any:
        """What is taken to zero; see :func:`symconv.nullspace`."""
        return _function("nullspaces", "nullspace")(self)

    def columnspace(self) -> Any:
        """What can be given; see :func:`symconv.columnspace`."""
        return _function("nullspaces", "columnspace")(self)

    def inv(self) -> Any:
        """The inverse; see :func:`symconv.inverse`."""
        return _function("inverses", "inverse")(self)

    def pinv(self) -> Any:
        """The pseudo-inverse; see :func:`symconv.pseudo_inverse`."""
        return _function("pseudo_inverses", "pseudo_inverse")(self)


def _function(module: str, name: str) -> Any:
    return getattr(import_module(f"symconv.linear_algebra.{module}"), name)
