"""The table of a stack, in Markdown and in LaTeX."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp

from symconv.stacks.fields import ReceptiveField
from symconv.stacks.stages import AnyStage
from symconv.typesetting.symbols import escape
from symconv.typesetting.typesetter import Typesetter

HEADS = ("layer", "kernel", "stride", "padding", "channels", "size", "field", "jump", "first")


@dataclass(frozen=True)
class Row:
    """The image, or what a layer gives.

    Attributes:
        stage: the layer; None for the image.
        channels: channels after it.
        size: pixels after it, one an axis.
        fields: receptive fields, one an axis; None where they depend on the size of the image.
    """

    stage: AnyStage | None
    channels: int
    size: tuple[Any, ...]
    fields: tuple[ReceptiveField | None, ...]

    @property
    def name(self) -> str:
        """What the layer is called."""
        return "image" if self.stage is None else self.stage.name

    def cells(self, write: Callable[[Any], str]) -> list[str]:
        """Everything but the name as text, one an axis where axes differ."""
        windows = self.stage.windows[0] if self.stage and len(self.stage.windows) == 1 else ()

        def each(values: Sequence[Any]) -> str:
            shown = [write(value) for value in values]
            return shown[0] if len(set(shown)) == 1 else f"({', '.join(shown)})"

        def geometry(values: list[Any]) -> str:
            return each(values) if values else ""

        return [
            geometry([f"{w.taps}" + f" ({w.dilation})" * (w.dilation > 1) for w in windows]),
            geometry([f"{'1/' * (w.transposed and w.stride > 1)}{w.stride}" for w in windows]),
            geometry([_sides(w.low, w.high - w.longer * w.transposed) for w in windows]),
            write(self.channels),
            each(self.size),
            *self._seen(each),
        ]

    def _seen(self, each: Callable[[Sequence[Any]], str]) -> list[str]:
        """Size, jump and first pixel of what it sees."""
        known = [field for field in self.fields if field is not None]
        if len(known) < len(self.fields):
            return ["", "", ""]
        return [
            each([field.size for field in known]),
            each([sp.Rational(f.jump.numerator, f.jump.denominator) for f in known]),
            each([field.first for field in known]),
        ]


def _sides(low: int, high: int) -> str:
    return str(low) if low == high else f"({low}, {high})"


def markdown_table(rows: Sequence[Row]) -> str:
    """The table in Markdown; dilations stand in brackets after the taps."""
    lines = [
        HEADS,
        ["---", *["---:"] * (len(HEADS) - 1)],
        *([row.name.replace("|", r"\|"), *row.cells(str)] for row in rows),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def latex_table(rows: Sequence[Row], printer: Typesetter) -> str:
    """The table as an array, which stands in a display."""

    def write(value: Any) -> str:
        return value if isinstance(value, str) else str(printer.doprint(value))

    heads = " & ".join(rf"\text{{{head}}}" for head in HEADS)
    body = [" & ".join([escape(row.name), *row.cells(write)]) for row in rows]
    columns, lines = "l" + "r" * (len(HEADS) - 1), r" \\ ".join(body)
    return rf"\begin{{array}}{{{columns}}}{heads} \\ \hline {lines}\end{{array}}"
