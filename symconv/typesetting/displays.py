"""Displays: formulas in rows and columns that know how wide they are; ``str`` gives their LaTeX."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

# A page holds about so many characters of formulas.
MOST_BESIDE = 130
WIDEST = 80
GAP = 3
RELATIONS = (r"\in ", r"\leq ")


class Measured(Protocol):
    """A display: its LaTeX by ``str``, how many characters wide it is, and what it shows."""

    @property
    def width(self) -> int: ...
    @property
    def symbols(self) -> frozenset[Any]: ...


Display = str | Measured


def width(display: Display) -> int:
    """Characters across of a display, roughly."""
    return printed_length(display) if isinstance(display, str) else display.width


def printed_length(latex: str) -> int:
    r"""Characters that a formula on one line shows, roughly.

    >>> printed_length(r"k_{0,0}^{2} + \sigma")
    7
    """
    latex = re.sub(r"\\color(\[\w+\])?\{[^}]*\}|\\(left|right|operatorname|text)", "", latex)
    return len(re.sub(r"\\[A-Za-z]+", "x", re.sub(r"[{}_^&\s]", "", latex)))


def symbols_of(display: Display) -> frozenset[Any]:
    """The symbols that a display shows, of those that it knows."""
    return frozenset() if isinstance(display, str) else display.symbols


@dataclass(frozen=True)
class Formula:
    """A printed expression that knows its symbols."""

    latex: str
    symbols: frozenset[Any]

    def __str__(self) -> str:
        return self.latex

    @property
    def width(self) -> int:
        return printed_length(self.latex)


@dataclass(frozen=True)
class Rows:
    """Displays under each other, in one of amsmath's environments.

    Attributes:
        environment: its name, and its argument where it takes one.
        rows: the displays.
        space: how far they are apart, as TeX takes it.
    """

    environment: str
    rows: tuple[Display, ...]
    space: str = ""

    def __str__(self) -> str:
        name, bracket, argument = self.environment.partition("{")
        body = rf" \\{self.space} ".join(map(str, self.rows))
        return rf"\begin{{{name}}}{bracket}{argument}{body}\end{{{name}}}"

    @property
    def width(self) -> int:
        return max(map(width, self.rows))

    @property
    def symbols(self) -> frozenset[Any]:
        return frozenset().union(*map(symbols_of, self.rows))


@dataclass(frozen=True)
class Row:
    """Displays side by side, with something between them."""

    parts: tuple[Display, ...]
    between: str = " = "

    def __str__(self) -> str:
        return self.between.join(map(str, self.parts))

    @property
    def width(self) -> int:
        return sum(map(width, self.parts)) + printed_length(self.between) * (len(self.parts) - 1)

    @property
    def symbols(self) -> frozenset[Any]:
        return frozenset().union(*map(symbols_of, self.parts))


def equation(left: str, right: Display) -> Row:
    """``left = right``."""
    return Row((left, right))


def aligned(equations: Iterable[tuple[str, Display]]) -> Rows:
    r"""Equations under each other; a right-hand side may bring its own relation.

    >>> print(aligned([("a", "b"), ("c", r"\in D")]))
    \begin{aligned}a &= b \\ c &\in D\end{aligned}
    """
    return aligned_lines(
        Row((f"{left} &{'' if str(right).startswith(RELATIONS) else '= '}", right), "")
        for left, right in equations
    )


def aligned_lines(lines: Iterable[Display], space: str = "") -> Rows:
    r"""Lines that say themselves where they are aligned.

    >>> print(aligned_lines(["a &= b", "& c"], "[1ex]"))
    \begin{aligned}a &= b \\[1ex] & c\end{aligned}
    """
    return Rows("aligned", tuple(lines), space)


def gathered(lines: Iterable[Display]) -> Rows:
    """Displays under each other, in the middle."""
    return Rows("gathered", tuple(lines), "[1ex]")


def cases(values: Iterable[tuple[Display, str]], otherwise: str = "0") -> Rows:
    r"""Values and when each is taken.

    >>> print(cases([("1", r"\text{if } i = j")]))
    \begin{cases}1 & \text{if } i = j \\ 0 & \text{otherwise}\end{cases}
    """
    rows = [*values, (otherwise, r"\text{otherwise}")]
    return Rows("cases", tuple(Row(row, " & ") for row in rows))


def titled(name: str, display: Display) -> Display:
    """A display with the name of what it shows, in its first row where it has several."""
    if isinstance(display, Rows) and display.environment == "gathered":
        return gathered([equation(name, display.rows[0]), *display.rows[1:]])
    return equation(name, display)


def beside(display: Display, where: Display) -> Display:
    """A display and beside it, or under it where it is wide, what its names stand for."""
    if width(display) + width(where) > MOST_BESIDE:
        return gathered([Row((display, ""), ","), where])
    return Row((display, where), r", \qquad ")


def stacked(lines: Sequence[Display]) -> Rows:
    """Displays under each other for a screen."""
    return Rows("array{l}", tuple(Row((r"\displaystyle", each), " ") for each in lines), "[1em]")


def flow(items: Iterable[Display]) -> list[Display]:
    """Displays side by side, on as many lines as they need."""
    lines: list[list[Display]] = [[]]
    room = WIDEST
    for item in items:
        if lines[-1] and width(item) > room:
            lines.append([])
            room = WIDEST
        lines[-1].append(item)
        room -= width(item) + GAP
    return [Row(tuple(line), r",\quad ") for line in lines if line]
