"""Values that hold for a block of code or for a whole notebook, such as a notation or a style."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any, Self, TypeVar

Chosen = TypeVar("Chosen", bound="InForce")

_everywhere: dict[type[Any], Any] = {}
_blocks: ContextVar[tuple[Any, ...]] = ContextVar("blocks", default=())


class InForce:
    """A frozen value of which one is in force: ``with value:`` for a block, ``use`` from now on."""

    __slots__ = ()

    def use(self) -> None:
        """Let it hold from now on, until another one is used."""
        _everywhere[type(self)] = self

    def __enter__(self) -> Self:
        _blocks.set((*_blocks.get(), self))
        return self

    def __exit__(self, *reason: object) -> None:
        _blocks.set(_blocks.get()[:-1])


def in_force(kind: type[Chosen]) -> Chosen:
    """The value of a class that holds here; its default where none was chosen."""
    chosen = (value for value in reversed(_blocks.get()) if isinstance(value, kind))
    found: Chosen = next(chosen, None) or _everywhere.get(kind) or kind()
    return found
