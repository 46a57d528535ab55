"""What users pass besides numbers and expressions: a refusal shows the value and the rule."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from operator import index
from pathlib import Path
from typing import Any, TypeGuard, TypeVar

from symconv.errors import MissingItemError, ShapeError, SymconvError

LONGEST = 60

T = TypeVar("T")
Choice = TypeVar("Choice", bound=str)


def shown(value: object) -> str:
    """A value as messages quote it: on one line, and cut where it is long.

    >>> shown([1] * 100)
    '[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,…'
    """
    try:
        text = " ".join(repr(value).split())
    except Exception:  # what it raises is the value's own; or an integer of thousands of digits
        if type(value) is int:
            return f"a number of {value.bit_length()} bits"
        text = f"a {type(value).__name__}"
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def on_one_line(error: BaseException) -> str:
    """What a library of others says, in a message of ours.

    >>> on_one_line(ValueError("first\\n  second"))
    'first second'
    """
    return " ".join(str(error).split())


def is_list(value: object) -> TypeGuard[Sequence[Any]]:
    """Whether it is a sequence of values; text and bytes are one value.

    >>> is_list((1, 2)), is_list("12"), is_list(b"12")
    (True, False, False)
    """
    return isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray)


def parse_instance(value: object, kind: type[T] | tuple[type[T], ...], rule: str) -> T:
    """The value itself, where it is of a kind.

    >>> parse_instance(5, str, "is no name")
    Traceback (most recent call last):
    ...
    symconv.errors.SymconvError: 5 is no name
    """
    if not isinstance(value, kind):
        raise SymconvError(f"{shown(value)} {rule}")
    return value


def require_operator(value: object) -> None:
    """Refuse what is no operator, for modules that its class stands above.

    >>> require_operator(5)
    Traceback (most recent call last):
    ...
    symconv.errors.SymconvError: 5 is no operator: make one with symconv.conv
    """
    if not hasattr(value, "provenance"):
        raise SymconvError(f"{shown(value)} is no operator: make one with symconv.conv")


def parse_flag(what: str, value: object) -> bool:
    """True or False."""
    if not isinstance(value, bool):
        raise SymconvError(f"{what}={shown(value)} is neither True nor False")
    return value


def parse_choice(what: str, value: object, choices: Iterable[Choice]) -> Choice:
    """One of a few words.

    >>> parse_choice("side", "rows", ("rows", "columns"))
    'rows'
    """
    known, text = list(choices), text_of(value)
    for choice in known:
        if text == choice:
            return choice
    raise SymconvError(f"{what} {shown(value)} is not one of {', '.join(known)}")


def parse_mapping(what: str, value: object) -> Mapping[Any, Any]:
    """A dictionary or the like."""
    if not isinstance(value, Mapping):
        raise SymconvError(f"{what} takes a mapping from symbols to numbers, not {shown(value)}")
    return value


def parse_path(value: object) -> Path:
    """The path of a file."""
    if not isinstance(value, str | os.PathLike) or not isinstance(os.fspath(value), str):
        raise SymconvError(f"{shown(value)} is no path of a file")
    if "\0" in os.fspath(value):
        raise SymconvError(f"the path {shown(value)} has a zero character")
    return Path(value)


def integer_of(value: Any) -> int | None:
    """The plain integer that a value stands for; None for booleans and for what is none.

    >>> integer_of(3), integer_of(True), integer_of(3.0)
    (3, None, None)
    """
    if isinstance(value, bool):
        return None
    try:
        return int.__index__(index(value))
    except Exception:  # whatever a foreign __index__ raises
        return None


def text_of(value: object) -> str | None:
    """The plain text that a value is, if it is one."""
    return str.__str__(value) if isinstance(value, str) else None


def parse_index(what: str, value: Any, length: int) -> int:
    """A place in a sequence, counted from the end where negative."""
    place = integer_of(value)
    if place is None or not -length <= place < length:
        raise MissingItemError(f"there is no {what} {shown(value)}; there are {length}")
    return place


def item(what: str, sequence: Sequence[Any], place: Any) -> Any:
    """An element of a sequence, or a slice of it.

    >>> item("entry", [5, 6, 7], -1), item("entry", [5, 6, 7], slice(2))
    (7, [5, 6])
    """
    if not isinstance(place, slice):
        return sequence[parse_index(what, place, len(sequence))]
    try:
        return sequence[place]
    except Exception:  # whatever a foreign __index__ raises
        raise MissingItemError(f"the slice {shown(place)} is not of integers") from None


def parse_pair(index: Any) -> tuple[Any, Any]:
    """Row and column of an entry, as they stand between brackets."""
    if not isinstance(index, tuple) or len(index) != 2:
        raise ShapeError(f"an entry has a row and a column: op[i, j], not op[{shown(index)}]")
    return index


def parse_count(what: str, value: Any, least: int, most: int) -> int:
    """An integer within bounds.

    >>> parse_count("max_entries", 100, 1, 10**6)
    100
    """
    count = integer_of(value)
    if count is None or not least <= count <= most:
        raise SymconvError(f"{what}={shown(value)} is no number from {least} to {most}")
    return count
