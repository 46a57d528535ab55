"""Pictures as data: cells, boxes, lines and words at fixed places, for any way of drawing them.

Lengths are in units of one pixel's side. The scenes of an animation differ in the colours and the
words of their cells and in where their boxes are; never in number or order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from textwrap import wrap
from typing import Literal, TypeVar

from symconv.typesetting.style import Ground, style
from symconv.typesetting.tap_colours import DARK, FAINT, LINE, PAPER, WHITE

INCHES = 0.5  # side of one unit on paper
# Heights of letters: 36 points are a unit.
LETTERS = 0.28  # of titles, 10 points
SMALLEST_TEXT = 0.195
LARGEST_TEXT = 0.3
READABLE = 0.195
LINE_HEIGHT = 0.5

Place = tuple[int, int]
Point = tuple[float, float]
Corner = tuple[Place, float, float]


@dataclass(frozen=True, slots=True)
class CellStyle:
    """What one cell shows; hatched where it is no pixel of the image."""

    fill: str
    text: str = ""
    ink: str = DARK
    hatched: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A square at a place; nothing is drawn where there is no style."""

    x: float
    y: float
    size: float
    font: float
    style: CellStyle | None


@dataclass(frozen=True, slots=True)
class Box:
    """A strong outline, on top of the cells."""

    x: float
    y: float
    width: float
    height: float

    @property
    def stroke(self) -> float:
        """Strength of its lines; thin where the box is."""
        return 0.06 if min(self.width, self.height) > 0.3 else 0.025


@dataclass(frozen=True, slots=True)
class Words:
    """A line of text; y is the middle of its height."""

    x: float
    y: float
    text: str
    size: float = LETTERS
    ink: str = DARK
    anchor: Literal["left", "center", "right"] = "left"


@dataclass(frozen=True, slots=True)
class Stroke:
    """A straight stroke; its strength is in points."""

    x0: float
    y0: float
    x1: float
    y1: float
    strength: float = 0.7


@dataclass(frozen=True)
class Scene:
    """One picture."""

    width: float
    height: float
    cells: tuple[Cell, ...]
    boxes: tuple[Box, ...] = ()
    strokes: tuple[Stroke, ...] = ()
    words: tuple[Words, ...] = ()


Moved = TypeVar("Moved", Cell, Box, Words)


@dataclass(frozen=True)
class Grid:
    """Where a panel of cells stands: blocks of cells below and beside each other.

    Attributes:
        rows, cols: cells of one block.
        size: side of a cell.
        down, across: blocks.
        pitch: from the top of a block to that of the next one below; by default they touch.
        gap: between blocks beside each other.
    """

    rows: int
    cols: int
    x: float
    y: float
    size: float = 1.0
    down: int = 1
    across: int = 1
    pitch: float = 0.0
    gap: float = 0.0

    @property
    def width(self) -> float:
        return self.across * (self.cols * self.size + self.gap) - self.gap

    @property
    def height(self) -> float:
        return (self.down - 1) * self._pitch + self.rows * self.size

    @property
    def _pitch(self) -> float:
        return self.pitch or self.rows * self.size

    def corner(self, place: Place) -> Point:
        """The upper left corner of a cell; places count through all blocks."""
        (channel, row), (part, col) = divmod(place[0], self.rows), divmod(place[1], self.cols)
        across = part * (self.cols * self.size + self.gap) + col * self.size
        return self.x + across, self.y + channel * self._pitch + row * self.size

    def cells(
        self, places: Iterable[Place], styles: Mapping[Place, CellStyle], font: float
    ) -> list[Cell]:
        """Cells at some places of the grid."""
        return self.cells_at([(place, *self.corner(place)) for place in places], styles, font)

    def cells_at(
        self, corners: Iterable[Corner], styles: Mapping[Place, CellStyle], font: float
    ) -> list[Cell]:
        """Cells at places whose corners are known."""
        return [Cell(x, y, self.size, font, styles.get(place)) for place, x, y in corners]

    def styled(self, styles: Mapping[Place, CellStyle]) -> list[Cell]:
        """Cells whose letters are as high as the longest text allows."""
        return self.cells(styles, styles, fitting({s.text for s in styles.values()}, self.size))

    def box(self, places: Sequence[Place]) -> Box:
        """The outline around some places of one block."""
        top, left = (min(place[k] for place in places) for k in (0, 1))
        bottom, right = (max(place[k] for place in places) + 1 for k in (0, 1))
        x, y = self.corner((top, left))
        return Box(x, y, (right - left) * self.size, (bottom - top) * self.size)


def hatching(x: float, y: float, size: float = 1.0) -> list[tuple[Point, Point]]:
    """Three slanted strokes across a square: they print where a colour does not."""
    half = size / 2
    return [
        ((x, y + half), (x + half, y)),
        ((x, y + size), (x + size, y)),
        ((x + half, y + size), (x + size, y + half)),
    ]


def row_ends(size: Sequence[int]) -> tuple[range, range]:
    """Where the rows of pixels of a flat image end, and where its channels do, but the last one.

    >>> row_ends((2, 2, 3))
    (range(3, 12, 3), range(6, 12, 6))
    """
    return range(size[-1], prod(size), size[-1]), range(prod(size[1:]), prod(size), prod(size[1:]))


def text_width(text: str) -> float:
    """Width of a text of height one, near enough.

    >>> text_width("k₀₁") < text_width("k01")
    True
    """
    narrow = sum(c in "₀₁₂₃₄₅₆₇₈₉₋⁰¹²³⁴⁵⁶⁷⁸⁹" for c in text)
    thin = sum(c in ",.·;:'|() " for c in text)
    wide = sum(c in "+−=×…<>" for c in text)
    return 0.62 * (len(text) - narrow - thin - wide) + 0.42 * narrow + 0.36 * thin + 0.84 * wide


def shortened(text: str, room: float = 0.92) -> str:
    """The text, cut where it does not fit a cell even in the smallest letters."""
    if text_width(text) * SMALLEST_TEXT <= room:
        return text
    while text and text_width(text + "…") * SMALLEST_TEXT > room:
        text = text[:-1]
    return text + "…"


def fits(text: str, size: float) -> bool:
    """Whether a text can be read in a cell of a size.

    >>> fits("12", 1.0), fits("12+34+56", 0.5)
    (True, False)
    """
    return text_width(text) * READABLE <= 0.84 * size


def fitting(texts: Iterable[str], size: float) -> float:
    """The height of letters at which all texts fit cells of a size; 0 where none can be read."""
    widest = max((text_width(text) for text in texts), default=1.0)
    height = min(LARGEST_TEXT * max(size, 0.8), 0.84 * size / max(widest, 0.1), 0.7 * size)
    return height if height >= READABLE else 0.0


def between(one: Scene, other: Scene, share: float) -> Scene:
    """The first scene with its outlines on their way to where the second has them.

    An outline that comes or goes does so at once.
    """
    pairs = zip(one.boxes, other.boxes, strict=True)
    return replace(one, boxes=tuple(_on_the_way(a, b, share) for a, b in pairs))


def _on_the_way(one: Box, other: Box, share: float) -> Box:
    if not (one.width and other.width):
        return one
    sides = ("x", "y", "width", "height")
    return Box(*(getattr(one, s) + share * (getattr(other, s) - getattr(one, s)) for s in sides))


def titled(scene: Scene, title: str) -> Scene:
    """The scene below a title, in as many lines as it needs."""
    letters = int(scene.width / LETTERS / 0.62)
    lines = wrap(title, max(letters - 2, 8))
    down = LINE_HEIGHT * len(lines)

    def lowered(each: Moved) -> Moved:
        return replace(each, y=each.y + down)

    head = [Words(0.5, 0.45 + LINE_HEIGHT * k, line, LETTERS) for k, line in enumerate(lines)]
    strokes = (replace(s, y0=s.y0 + down, y1=s.y1 + down) for s in scene.strokes)
    return replace(
        scene,
        height=scene.height + down,
        cells=tuple(map(lowered, scene.cells)),
        boxes=tuple(map(lowered, scene.boxes)),
        strokes=tuple(strokes),
        words=(*head, *map(lowered, scene.words)),
    )


def themed(scene: Scene) -> Scene:
    """The scene with its bare cells and its words in the colours of the theme."""
    colours = _of_ground(style().ground)

    def cell(each: Cell) -> Cell:
        return each if each.style is None else replace(each, style=_bare(each.style, colours))

    words = (replace(each, ink=colours.get(each.ink, each.ink)) for each in scene.words)
    return replace(scene, cells=tuple(map(cell, scene.cells)), words=tuple(words))


def _bare(shown: CellStyle, colours: dict[str, str]) -> CellStyle:
    """A cell without a colour of its own; letters on colours are black or white in any theme."""
    if shown.fill not in colours:
        return shown
    return replace(shown, fill=colours[shown.fill], ink=colours.get(shown.ink, shown.ink))


def _of_ground(ground: Ground) -> dict[str, str]:
    names = (WHITE, DARK, PAPER, LINE, FAINT)
    shown = (ground.background, ground.ink, ground.paper, ground.line, ground.faint)
    return dict(zip(names, shown, strict=True))
