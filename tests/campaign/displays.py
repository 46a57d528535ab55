"""How displays are put together: what is shown, and the lines that say what its names are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .meaning import Meaning
from .tex import UnreadError, WrongError, cells, environment, expression, split

Line = tuple[list[str], list[str]]


@dataclass(frozen=True)
class Display:
    """What is shown, and (name, what it is) of what is defined beside or below it."""

    shown: list[str]
    definitions: list[Line]


def display(found: Sequence[str]) -> Display:
    r"""Taken apart: ``X, \qquad definitions``, or both under each other in ``gathered``."""
    known = environment(found)
    if known is not None and known[0] == "gathered":
        first, *others = (row[0] for row in cells(found))
        first = first[:-1] if first[-1] == "," else first
        return Display(first, [line for other in others for line in lines(other)])
    parts = split(found, r"\qquad")
    if len(parts) == 1:
        return Display(list(found), [])
    first = parts[0][:-1] if parts[0][-1] == "," else parts[0]
    return Display(first, [line for other in parts[1:] for line in lines(other)])


def lines(found: Sequence[str]) -> list[Line]:
    """(left, relation and right) of aligned equations; a line without a left side goes on."""
    known = environment(found)
    if known is None or known[0] != "aligned":
        raise UnreadError(f"no aligned lines: {' '.join(found)[:80]}")
    joined: list[Line] = []
    for left, *right in cells(found):
        whole = [token for part in right for token in part]
        if left or not joined:
            joined.append((left, whole))
        else:
            joined[-1] = (joined[-1][0], [*joined[-1][1], *_continued(whole)])
    return joined


def _continued(tokens: list[str]) -> list[str]:
    return tokens[2:] if tokens[:2] == ["{", "}"] else tokens


def with_names(meaning: Meaning, definitions: Sequence[Line]) -> Meaning:
    """The meaning with the names that lines such as r_{0} = a^{2} define."""
    letters = dict(meaning.letters)
    for left, (relation, *right) in definitions:
        if relation != "=":
            raise UnreadError(f"a definition by {relation}")
        tree = expression(left)
        if tree[0] != "name":
            raise WrongError(f"a definition of {''.join(left)}, which is no name")
        value = meaning.entry(expression(right))
        if not isinstance(value, int):
            raise UnreadError(f"the matrix {''.join(left)}")
        letters[tree[1]] = value
    return Meaning(letters, meaning.indices, meaning.sets, meaning.functions, meaning.matrices)


def unused(found: Sequence[str]) -> str:
    r"""A name such as r_{0} that is defined and stands nowhere else; empty where there is none.

    A letter with an index that is no number, as in r_{i - j}, may stand for all of them.
    """
    told = display(found)
    known = environment(told.shown)
    is_aligned = known is not None and known[0] == "aligned"
    body = [("", told.shown)] if not is_aligned else [(*line,) for line in lines(told.shown)]
    every = [*body, *told.definitions]
    for left, _ in every:
        if len(left) > 2 and left[1] == "_" and not set("".join(left[3:-1])) - set("0123456789,"):
            rest = [part for other, right in every for part in _others(left, other, right)]
            if not any(_stands(left, part) for part in rest):
                return "".join(left)
    return ""


def _others(left: Sequence[str], other: Sequence[str], right: Sequence[str]) -> list[Sequence[str]]:
    """What another line shows; lines that define names of the same letter do not count."""
    return [right] if not other or other[0] != left[0] else []


def _stands(name: Sequence[str], found: Sequence[str]) -> bool:
    at = [n for n in range(len(found) - 2) if list(found[n : n + 2]) == list(name[:2])]
    return any(
        list(found[n : n + len(name)]) == list(name)
        or not found[n + 3].isdigit()
        or found[n + 4] not in ("}", ",")
        for n in at
    )
