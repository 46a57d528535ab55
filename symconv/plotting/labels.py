"""The words of pictures: short labels, names of pixels, what a step computes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import sympy as sp

from symconv.plotting.scene import LETTERS, shortened, text_width
from symconv.printing.unicode import one_line
from symconv.typesetting.style import say

if TYPE_CHECKING:
    from symconv.plotting.steps import Step, Steps
    from symconv.plotting.windows import Pixel, Touch


def compact(value: Any) -> str:
    """An expression without spaces.

    >>> compact(sp.Symbol("k_{0}") - 1)
    'k₀−1'
    """
    return one_line(value).replace(" ", "").replace("-", "−")


def label(value: Any) -> str:
    """A number or a short name; a long sum only by its number of terms."""
    return _label(value, say("{count} terms", count="{count}"))


@lru_cache(10_000)
def _label(value: Any, many: str) -> str:
    text = compact(value)
    terms = len(sp.Add.make_args(value))
    return many.format(count=terms) if terms > 1 and len(text) > 8 else shortened(text)


def formula(steps: Steps, step: Step) -> list[str]:
    """What a step computes, cut where a line may be broken; a bracket for each channel."""
    if step.done:
        return [say("all pixels are added")]
    if not steps.gathers:
        index = ",".join(map(str, own_name(step.pixel, steps.input_size)))
        value = label(steps.image[step.pixel])
        added = "kernel" if steps.layer else "column"
        return [
            say("pixel ({index}) is {value}: ", index=index, value=value),
            say(f"{{value}} × {added} is added to the output", value=value),
        ]
    channels = [list(map(_term, met)) or ["0"] for met in step.by_channel.values()] or [["0"]]
    parts = [f"{name('y', own_name(step.pixel, steps.output_size))} = "]
    for terms in channels:
        if len(channels) > 1:
            terms = [*terms[:-1], f"{terms[-1]})"]
            terms[0] = f"({terms[0]}"
        joined = [f" + {term}" for term in terms]
        parts += joined if len(parts) > 1 else [f"{parts.pop()}{terms[0]}", *joined[1:]]
    if step.total.free_symbols:
        return parts
    if len(channels) > 1:
        parts.append(f" = {' + '.join(label(value) for value in step.sums.values())}")
    return [*parts, f" = {label(step.total)}"]


def own_name(pixel: Pixel, size: Sequence[int]) -> Pixel:
    """The pixel as it is called: without its channel where there is one only."""
    return pixel if size[0] > 1 else pixel[1:]


def name(letter: str, pixel: Pixel) -> str:
    """The name of a pixel: y₀₁."""
    return one_line(sp.Symbol(f"{letter}_{{{','.join(map(str, pixel))}}}"))


def _term(touch: Touch) -> str:
    entry, value = (
        f"({label(factor)})" if factor.is_Add or factor.is_negative else label(factor)
        for factor in (touch.entry, touch.value)
    )
    plain = touch.value.is_Symbol and not entry[-1].isdigit()
    return f"{entry}{value}" if plain else f"{entry}·{value}"


def wrapped(parts: Sequence[str], width: float, most: int = 3) -> list[str]:
    """The parts as lines of a width, elided after some."""
    lines = [""]
    for part in parts:
        if lines[-1] and text_width(lines[-1] + part) * LETTERS > width:
            lines.append("   " + part.lstrip() if part[:2] != " =" else "  " + part)
        else:
            lines[-1] += part
    return lines if len(lines) <= most else [*lines[: most - 1], "   … " + parts[-1]]
