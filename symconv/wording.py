"""The words of pictures: short labels, names of pixels, what a step computes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import sympy as sp

from symconv.frames import Frame, Pass, Pixel, Touch
from symconv.scene import Place, shortened, text_width
from symconv.terminal import one_line


@lru_cache(10_000)
def label(value: Any) -> str:
    """A number or a short name; a long sum only by its number of terms."""
    text = one_line(value).replace(" ", "").replace("-", "−")
    terms = len(sp.Add.make_args(value))
    return f"{terms} terms" if terms > 1 and len(text) > 8 else shortened(text)


def formula(journey: Pass, step: Frame) -> list[str]:
    """What a step computes, cut where a line may be broken."""
    if journey.how == "scatter":
        index = ",".join(map(str, step.pixel))
        value = label(step.touches[0].value)
        return [f"pixel ({index}) is {value}: ", f"{value} × kernel is added to the output"]
    terms = [_term(t) for t in step.touches if t.pixel is not None] or ["0"]
    parts = [f"{name('y', step.pixel)} = {terms[0]}", *(f" + {term}" for term in terms[1:])]
    return parts if step.total.free_symbols else [*parts, f" = {label(step.total)}"]


def name(letter: str, pixel: Pixel) -> str:
    """The name of a pixel: y₀₁."""
    return one_line(sp.Symbol(f"{letter}_{{{','.join(map(str, pixel))}}}"))


def _term(touch: Touch) -> str:
    entry, value = (
        f"({label(factor)})" if factor.is_Add or factor.is_negative else label(factor)
        for factor in (touch.entry, touch.value)
    )
    return (
        f"{entry}{value}"
        if touch.value.is_Symbol and not entry[-1].isdigit()
        else f"{entry}·{value}"
    )


def wrapped(parts: Sequence[str], width: float, most: int = 3) -> list[str]:
    """The parts as lines of a width, elided after some."""
    lines = [""]
    for part in parts:
        if lines[-1] and text_width(lines[-1] + part) * 0.25 > width:
            lines.append("   " + part.lstrip() if part[:2] != " =" else "  " + part)
        else:
            lines[-1] += part
    return lines if len(lines) <= most else [*lines[: most - 1], "   … " + parts[-1]]


def two(size: Sequence[int]) -> tuple[int, int]:
    """Rows and columns; an image of one axis has one row."""
    return (1, size[0]) if len(size) == 1 else (size[0], size[1])


def two_place(pixel: Pixel) -> Place:
    """Row and column of a pixel."""
    return (0, pixel[0]) if len(pixel) == 1 else (pixel[0], pixel[1])


def show(size: Sequence[int]) -> str:
    """A size as text.

    >>> show((3, 4))
    '3×4'
    """
    return "×".join(map(str, size))
