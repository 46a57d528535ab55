"""Questions that an operator answers by SymPy's names for them: det, rank, inv and the like.

The functions that know stand above the operators, which reach for them only when they are asked.
"""

from __future__ import annotations

from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symconv.numeric.tables import Tables
    from symconv.operators.layer import Layer
    from symconv.operators.operator import Operator
    from symconv.recognition.recognition import Recognition


class Answering:
    """Methods that call the functions of the same meaning."""

    __slots__ = ()

    def det(self) -> Any:
        """The determinant; see :func:`symconv.determinant`.

        >>> import symconv as sc
        >>> sc.conv([1, 5, 1], 3, padding=1).det().expr
        115
        """
        return late("determinants.determinants", "determinant")(self)

    def trace(self) -> Any:
        """The sum of the diagonal entries; see :func:`symconv.trace`."""
        return late("linear_algebra.traces", "trace")(self)

    def rank(self) -> Any:
        """The rank; see :func:`symconv.rank`."""
        return late("linear_algebra.ranks", "rank")(self)

    def nullspace(self) -> Any:
        """What is taken to zero; see :func:`symconv.nullspace`."""
        return late("linear_algebra.nullspaces", "nullspace")(self)

    def columnspace(self) -> Any:
        """What can be given; see :func:`symconv.columnspace`."""
        return late("linear_algebra.nullspaces", "columnspace")(self)

    def inv(self) -> Any:
        """The inverse; see :func:`symconv.inverse`."""
        return late("linear_algebra.inverses", "inverse")(self)

    def pinv(self) -> Any:
        """The pseudo-inverse; see :func:`symconv.pseudo_inverse`."""
        return late("linear_algebra.pseudo_inverses", "pseudo_inverse")(self)

    def as_layer(self) -> Layer | None:
        """The convolution or transposed convolution that this is, however it was made, or None."""
        return self.recognition.layer

    @cached_property
    def recognition(self) -> Recognition:
        """Which layer this is, or why it is none; see :func:`symconv.recognise`."""
        found: Recognition = late("recognition.recognition", "recognise")(self)
        return found

    @cached_property
    def as_read(self) -> Operator:
        """This operator, made from what its matrix is; see ``symconv.recognition.readings``."""
        found: Operator = late("recognition.readings", "read")(self)
        return found

    @cached_property
    def numeric(self) -> Tables:
        """What numbers are made from, kept for the next numbers."""
        found: Tables = late("numeric.tables", "Tables")(self)
        return found


def late(module: str, name: str) -> Any:
    """A function that stands above the operators."""
    return getattr(import_module(f"symconv.{module}"), name)
