"""Matrices in LaTeX against the true ones: whole ones, and those with dots.

Of a matrix with dots is read:

- every entry shown: rows before the dots count from the first, those after them from the last one,
  and columns likewise;
- where blanks stand for zeros, one row has dots along its bands: the rest of each row that is shown
  is zero, and between them nothing stands beside the dotted bands but what the bands show;
- where there is no row and no column of dots, all of it.

What dots of other matrices stand for is not told by them and not read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .displays import Display, display, with_names
from .meaning import Meaning
from .tex import UnreadError, cells, environment, tokens
from .truth import Matrix

DOTS = (r"\dots", r"\cdots", r"\vdots", r"\ddots", r"\Cdots", r"\Vdots", r"\Ddots")
Cells = list[list[list[str]]]


@dataclass(frozen=True)
class Shown:
    """A matrix as printed: its cells, and how many rows and columns it says that it has."""

    cells: Cells
    sizes: list[list[str]] | None


def matrix_of(found: Sequence[str]) -> Shown:
    """The cells under the brace, if any."""
    sizes = None
    found = list(found)
    if found[0] == r"\frac":
        end = found.index("}", found.index("}") + 1) + 1
        shown = matrix_of(found[end:])
        scaled = [[_times(found[:end], cell) for cell in row] for row in shown.cells]
        return Shown(scaled, shown.sizes)
    if found[0] == r"\underbrace":
        body, rest = _braced(found[1:])
        if rest[:1] != ["_"]:
            raise UnreadError("a brace without a size")
        size, rest = _braced(rest[1:])
        if rest:
            raise UnreadError(f"after a matrix: {' '.join(rest)[:60]}")
        at = size.index(r"\times")
        sizes, found = [size[:at], size[at + 1 :]], body
    if found[0] not in ("[", "(") or found[-1] not in ("]", ")"):
        raise UnreadError(f"no matrix: {' '.join(found)[:60]}")
    inner = found[1:-1]
    known = environment(inner)
    if known is None:
        raise UnreadError(f"no matrix: {' '.join(inner)[:60]}")
    return Shown(cells(inner), sizes)


def _times(factor: list[str], cell: list[str]) -> list[str]:
    """A cell times a fraction in front of its matrix."""
    return cell if not cell or is_dots(cell) else [*factor, "(", *cell, ")"]


def _braced(found: list[str]) -> tuple[list[str], list[str]]:
    """What stands in the braces at the start, and the rest."""
    depth = 0
    for at, token in enumerate(found):
        depth += {"{": 1, "}": -1}.get(token, 0)
        if depth == 0:
            return found[1:at], found[at + 1 :]
    raise UnreadError("a brace is not closed")


def is_dots(cell: Sequence[str]) -> bool:
    return len(cell) == 1 and cell[0] in DOTS


def full(latex: str, meaning: Meaning, matrix: Matrix) -> str:
    """How a matrix without dots is not the true one; empty where it is."""
    told = display(tokens(latex))
    meaning = with_names(meaning, told.definitions)
    found = matrix_of(told.shown)
    if found.sizes is not None:
        raise UnreadError("a size under a whole matrix")
    return whole(found.cells, meaning, matrix)


def whole(found: Cells, meaning: Meaning, matrix: Matrix) -> str:
    height, width = len(matrix.entries), _width(matrix)
    if len(found) != height or {len(row) for row in found} != {width}:
        return f"{len(found)} x {len(found[0])} cells for {height} x {width}"
    for i, row in enumerate(found):
        for j, cell in enumerate(row):
            if is_dots(cell):
                return f"dots at ({i}, {j})"
            if (meaning.read_entry(cell) if cell else 0) != matrix[i, j]:
                return f"{''.join(cell)} at ({i}, {j})"
    return ""


def _width(matrix: Matrix) -> int:
    width = 1
    for n in matrix.cols:
        width *= n
    return width


def elided(latex: str, meaning: Meaning, matrix: Matrix) -> str | None:
    """How a matrix with dots is not the true one; None where the true one is too small to tell."""
    told: Display = display(tokens(latex))
    meaning = with_names(meaning, told.definitions)
    found = matrix_of(told.shown)
    height, width = len(matrix.entries), _width(matrix)
    if found.sizes is not None:
        sizes = [meaning.read_index(size) for size in found.sizes]
        if sizes != [height, width]:
            return f"of size {sizes[0]} x {sizes[1]} for {height} x {width}"
    rows, cols = _dotted(found.cells), _dotted([list(c) for c in zip(*found.cells, strict=True)])
    if not any(is_dots(cell) for row in found.cells for cell in row):
        return whole(found.cells, meaning, matrix)
    if any(not cell for row in found.cells for cell in row) and len(rows) == 1:
        return _banded(found.cells, rows[0], meaning, matrix)
    if len(rows) > 1 or len(cols) > 1:
        raise UnreadError("several rows or columns of dots")
    if not rows and not cols:
        raise UnreadError("dots in no row and no column of dots")
    heights, widths = (
        _places(len(found.cells), rows, height),
        _places(len(found.cells[0]), cols, width),
    )
    if heights is None or widths is None:
        return None
    for i, row in zip(heights, found.cells, strict=True):
        for j, cell in zip(widths, row, strict=True):
            if i is None or j is None:
                continue
            if is_dots(cell):
                return f"dots at ({i}, {j})"
            if meaning.read_entry(cell) != matrix[i, j]:
                return f"{''.join(cell)} at ({i}, {j})"
    return ""


def _dotted(found: Cells) -> list[int]:
    """Lines in which every cell is dots or, in a band, blank."""
    return [
        n
        for n, line in enumerate(found)
        if any(map(is_dots, line)) and all(is_dots(cell) or not cell for cell in line)
    ]


def _places(count: int, dotted: list[int], size: int) -> list[int | None] | None:
    """Which lines those shown are; None where too few are behind the dots."""
    if not dotted:
        return list(range(count)) if count == size else None
    (at,) = dotted
    after = count - at - 1
    if size < count:
        return None
    return [*range(at), None, *range(size - after, size)]


def _banded(found: Cells, at: int, meaning: Meaning, matrix: Matrix) -> str | None:
    height, width = len(matrix.entries), _width(matrix)
    count, across = len(found), len(found[0])
    if height < count or width < across:
        return None
    seen: dict[int, set[int]] = {}
    for n, row in enumerate(found):
        if n == at:
            continue
        i = n if n < at else height - (count - n)
        values = [meaning.read_entry(cell) if cell else 0 for cell in row]
        blanks = width - across
        values = values + [0] * blanks if n < at else [0] * blanks + values
        for j, x in enumerate(values):
            if x != matrix[i, j]:
                return f"row {i}: {[''.join(c) for c in row]} at column {j}"
            seen.setdefault(i - j, set()).add(x)
    lags = {at - j for j, cell in enumerate(found[at]) if cell}
    for i in range(at, height - (count - at - 1)):
        for j, x in matrix.entries[i].items():
            if x and i - j not in lags:
                return f"an entry at ({i}, {j}) behind no dots"
            if x and x not in seen.get(i - j, ()):
                return f"another entry at ({i}, {j}) than on its band"
    return ""
