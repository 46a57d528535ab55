"""Stacks as pictures: a box a layer, branches side by side, channels and pixels after each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

import sympy as sp

from symconv.errors import ShapeError
from symconv.plotting.figure import (
    FONT,
    TITLE,
    add_lines,
    add_squares,
    bare_axes,
    new_figure,
    square,
    write,
)
from symconv.plotting.scene import Point, text_width
from symconv.stacks.stack import Stack
from symconv.stacks.stages import AnyStage, Branches
from symconv.stacks.tables import Row
from symconv.typesetting.style import say, style
from symconv.typesetting.tap_colours import pale, tap_colour

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Inches.
STEP, BOX, GAP, MARGIN, PARTING = 0.48, 0.26, 0.2, 0.25, 0.3
HIGHEST = 9.5
LETTER = 7.5  # points
MOST_BOXES = 400


@dataclass(frozen=True)
class Box:
    """A layer, or where branches meet.

    Attributes:
        words: what stands in it.
        note: channels and pixels after it.
        is_linear: whether it is a linear or affine map.
        branches: the layers on each of the ways that meet in it.
    """

    words: str
    note: str
    is_linear: bool = True
    branches: tuple[tuple[Box, ...], ...] = ()

    @property
    def width(self) -> float:
        """Inches, as much to the left as to the right of the line that goes through it."""
        own = max(text_width(self.words) * LETTER / 72 + 0.16, 0.3)
        return max(own, 2 * (text_width(self.note) * LETTER / 72 + 0.1), self._beside)

    @property
    def _beside(self) -> float:
        return sum(map(column_width, self.branches)) + GAP * (len(self.branches) - 1)

    @property
    def height(self) -> float:
        """Inches down to where the next begins."""
        if not self.branches:
            return STEP
        return max(map(column_height, self.branches)) + 2 * PARTING + STEP


def column_width(boxes: Sequence[Box]) -> float:
    """Inches of boxes one below the other, or of a line where there is none."""
    return max((box.width for box in boxes), default=0.3)


def column_height(boxes: Sequence[Box]) -> float:
    """Inches of boxes one below the other."""
    return sum(box.height for box in boxes)


@dataclass
class Sketch:
    """What is drawn so far: places in inches, y downwards."""

    boxes: list[tuple[float, float, Box]] = field(default_factory=list)
    lines: list[tuple[Point, Point]] = field(default_factory=list)
    notes: list[tuple[float, float, str]] = field(default_factory=list)

    def line(self, *points: Point) -> None:
        """Strokes from point to point."""
        self.lines += pairwise(points)

    def column(self, boxes: Sequence[Box], x: float, y: float) -> None:
        """Boxes one below the other, from a place on."""
        for box in boxes:
            meet = y + box.height - STEP
            if box.branches:
                self._parting(box, x, y, meet)
            self.boxes.append((x, meet, box))
            self.line((x, meet + BOX), (x, y + box.height))
            self.notes.append((x + 0.06, (meet + BOX + y + box.height) / 2, box.note))
            y += box.height

    def _parting(self, box: Box, x: float, y: float, meet: float) -> None:
        """Ways that part at a place and meet in a box."""
        left = x - box._beside / 2
        for branch in box.branches:
            middle = left + column_width(branch) / 2
            start, part = y + PARTING, y + PARTING / 2
            self.line((x, y), (x, part), (middle, part), (middle, start))
            self.column(branch, middle, start)
            end, turn = start + column_height(branch), meet - PARTING / 2
            self.line((middle, end), (middle, turn), (x, turn), (x, meet))
            left += column_width(branch) + GAP


def draw_stack(stack: Stack) -> Figure:
    """The layers of a stack from the image down; in several columns where they are many.

    Raises:
        ShapeError: more than 400 layers.
    """
    image, *rows = stack.rows
    boxes = [Box(say("image"), _note(image)), *_boxes(rows, image)]
    if _count(boxes) > MOST_BOXES:
        raise ShapeError(f"a picture of {_count(boxes)} layers: at most {MOST_BOXES} are drawn")
    sketch, x = Sketch(), MARGIN
    columns = _columns(boxes)
    for number, column in enumerate(columns):
        middle = x + column_width(column) / 2
        if number:
            sketch.line((middle, MARGIN - 0.15), (middle, MARGIN))
        sketch.column(column, middle, MARGIN)
        x += column_width(column) + 2 * GAP
    # Nothing follows the last box.
    sketch.lines.pop()
    down = max(map(column_height, columns)) + 2 * MARGIN
    return _figure(sketch, x - 2 * GAP + MARGIN, down, _title(stack))


def _title(stack: Stack) -> str:
    ends = " → ".join(map(_note, (stack.rows[0], stack.rows[-1])))
    if len(stack) == 1:
        return say("one layer: {ends}", ends=ends)
    return say("{count} layers: {ends}", count=len(stack), ends=ends)


def _boxes(rows: Sequence[Row], before: Row) -> tuple[Box, ...]:
    found = []
    for row in rows:
        stage = row.stage
        assert stage is not None
        if isinstance(stage, Branches):
            branches = tuple(_branch(branch, before) for branch in stage.branches)
            sign = "+" if stage.name == "sum" else say("concat")
            found.append(Box(sign, _note(row), True, branches))
        else:
            found.append(Box(_words(row), _note(row), stage.nonlinear is None))
        before = row
    return tuple(found)


def _branch(stages: Sequence[AnyStage], before: Row) -> tuple[Box, ...]:
    """The layers of a branch, with the sizes that they make of that before it."""
    _, *channels = accumulate(stages, lambda c, s: s.channels_after(c), initial=before.channels)
    columns = [_along(stages, axis, size) for axis, size in enumerate(before.size)]
    sizes = zip(*columns, strict=True)
    parts = zip(stages, channels, sizes, strict=True)
    return _boxes([Row(stage, count, size, ()) for stage, count, size in parts], before)


def _along(stages: Sequence[AnyStage], axis: int, size: Any) -> list[sp.Expr]:
    _, *after = accumulate(stages, lambda n, s: s.formula(axis, n), initial=sp.Add(size))
    return after


def _words(row: Row) -> str:
    """The name of a layer, with its windows."""
    taps, stride, padding, *_ = row.cells(str)
    steps = say(", stride {steps}", steps=stride) if stride not in ("", "1") else ""
    sides = say(", padding {sides}", sides=padding) if padding not in ("", "0") else ""
    return row.name + f" {taps}" * bool(taps) + steps + sides


def _note(row: Row) -> str:
    return " × ".join([str(row.channels), *map(_pixels, row.size)])


def _pixels(size: Any) -> str:
    """A size in one line, with the signs of rounding."""
    text = str(size).replace("*", "·").replace(" - ", " − ")
    for call, (left, right) in (("ceiling(", "⌈⌉"), ("floor(", "⌊⌋")):
        while call in text:
            start, depth = text.index(call), 1
            end = start + len(call)
            while depth:
                depth += {"(": 1, ")": -1}.get(text[end], 0)
                end += 1
            text = f"{text[:start]}{left}{text[start + len(call) : end - 1]}{right}{text[end:]}"
    return text


def _count(boxes: Sequence[Box]) -> int:
    return sum(1 + sum(map(_count, box.branches)) for box in boxes)


def _columns(boxes: Sequence[Box]) -> list[list[Box]]:
    """Boxes in columns of about the same height, none much higher than a page."""
    heights = [box.height for box in boxes]
    limit = sum(heights) / (int(sum(heights) // HIGHEST) + 1)
    found: list[list[Box]] = [[]]
    for box, end in zip(boxes, accumulate(heights), strict=True):
        if found[-1] and end - box.height / 2 > limit * len(found):
            found.append([])
        found[-1].append(box)
    return found


def _figure(sketch: Sketch, width: float, height: float, title: str) -> Figure:
    ground, across = style().ground, max(width, text_width(title) * TITLE / 72 + 2 * MARGIN)
    figure = new_figure(across, height + 0.35)
    axes = bare_axes(figure, 0, 0, across, height)
    axes.set(xlim=(0, across), ylim=(height, 0))
    add_lines(axes, sketch.lines, colors=ground.faint, linewidths=1.0, zorder=1)
    widths = {
        id(box): max(text_width(box.words) * LETTER / 72 + 0.16, 0.3) for _, _, box in sketch.boxes
    }
    add_squares(
        axes,
        [square(x - widths[id(b)] / 2, y, widths[id(b)], BOX) for x, y, b in sketch.boxes],
        facecolors=[
            pale(tap_colour(1), 0.35) if b.is_linear else ground.paper for _, _, b in sketch.boxes
        ],
        edgecolors=ground.line,
        linewidths=0.8,
        zorder=2,
    )
    for x, y, box in sketch.boxes:
        write(axes, x, y + BOX / 2, box.words, LETTER, zorder=3)
    for x, y, note in sketch.notes:
        write(axes, x, y, note, LETTER - 1, ha="left", color=ground.faint, zorder=3)
    axes.set_title(title, loc="left", x=MARGIN / across, fontsize=TITLE, fontfamily=FONT,
                   color=ground.ink, pad=6)  # fmt: skip
    return figure
