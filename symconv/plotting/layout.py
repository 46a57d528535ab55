"""Where the panels of the pictures of some steps stand: image, weights, output, matrix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING

from symconv.errors import ShapeError
from symconv.plotting.panels import (
    GAP,
    LEADING,
    MARGIN,
    NAME,
    TITLE,
    Panel,
    four,
    panels_of,
    show,
    show_image,
    words_of,
)
from symconv.plotting.scene import LETTERS, Grid, Place, Stroke, Words, row_ends, text_width
from symconv.typesetting.style import say
from symconv.typesetting.tap_colours import FAINT
from symconv.work_limits import check

if TYPE_CHECKING:
    from symconv.plotting.steps import Steps
    from symconv.plotting.windows import Pixel

MOST_PIXELS = 400
MOST_LABELLED = 49
MATRIX_CELL = 0.74
SMALLEST_CELL = 0.12  # six pixels of a screen
WIDEST = 18.5
NARROWER = 10.5  # where the matrix stands beside the panels
TALLEST = 7.0
TALLEST_CHANNELS = 13.0
BETWEEN = 1.2  # between panels


@dataclass(frozen=True)
class Layout:
    """Where everything stands in the pictures of some steps: equal for all of them."""

    steps: Steps

    def __post_init__(self) -> None:
        for size in (self.steps.input_size, self.steps.output_size):
            if not 2 <= len(size) <= 4:
                raise ShapeError(
                    f"an image of size {show(size[1:])}: pictures are of one to three axes"
                )
            what = f"{prod(size)} pixels to draw one by one"
            check("pixels", prod(size), what, "draw() takes more", MOST_PIXELS)
        if self.side < SMALLEST_CELL:
            raise ShapeError(
                f"{show_image(self.steps.slid_size)} pixels with all that the windows reach are "
                f"too many to read on one page; take fewer, or draw()"
            )

    # --- panels -----------------------------------------------------------------------------

    @cached_property
    def panels(self) -> list[Panel]:
        """The panels from left to right."""
        return panels_of(self.steps)

    @cached_property
    def _tall(self) -> bool:
        """Whether the matrix stands beside the panels instead of below them."""
        return prod(self.steps.output_size) > prod(self.steps.input_size)

    @cached_property
    def side(self) -> float:
        """The side of a cell of all panels."""
        high = TALLEST if max(p.blocks[0] for p in self.panels) == 1 else TALLEST_CHANNELS
        wide = WIDEST if not self._tall or self.steps.in_line else NARROWER
        return min(1.0, *(panel.side(wide, high) for panel in self.panels))

    @cached_property
    def _lines(self) -> list[list[Panel]]:
        """The panels from left to right, in as many lines as needed."""
        widest = NARROWER if self._tall else WIDEST
        lines: list[list[Panel]] = [[]]
        width = 0.0
        for panel in self.panels:
            wanted = self._width(panel) + BETWEEN
            if lines[-1] and not panel.beside and (self.steps.in_line or width + wanted > widest):
                lines.append([])
                width = 0.0
            lines[-1].append(panel)
            width += wanted
        return lines

    def _width(self, panel: Panel) -> float:
        grid = panel.grid(0, 0, self.side, panel.blocks[2])
        return max(grid.x + grid.width, panel.title_width)

    @cached_property
    def grids(self) -> list[Grid]:
        """Where the cells of the panels are: bands of one channel beside each other."""
        grids, y = [], MARGIN + TITLE
        for line in self._lines:
            head = max(panel.headroom for panel in line)
            bands = [self._band(panel, line) for panel in line]
            heights = [
                panel.blocks[0] * (rows * self.side + GAP) - GAP
                for panel, rows in zip(line, bands, strict=True)
            ]
            x = MARGIN + (0.8 if line[0].sign or self.steps.in_line else 0.0)
            for panel, rows, height in zip(line, bands, heights, strict=True):
                top = y + head + (max(heights) - height) / 2
                grids.append(panel.grid(x, top, self.side, rows))
                x += self._width(panel) + BETWEEN
            y += head + max(heights) + TITLE + 0.35
        return grids

    def _band(self, panel: Panel, line: Sequence[Panel]) -> int:
        """Rows that one channel of a panel takes: what meets the same channels is level."""
        if panel is self._other:
            return panel.blocks[2]
        return max(p.blocks[2] for p in line if p is not self._other)

    @property
    def _other(self) -> Panel:
        return self.panels[-1 if self.steps.gathers else 0]

    # --- the matrix -------------------------------------------------------------------------

    @cached_property
    def matrix(self) -> Grid:
        """The cells of the matrix."""
        rows, cols = prod(self.steps.output_size), prod(self.steps.input_size)
        size = min(MATRIX_CELL, 17 / max(rows, cols)) if self.labelled else 13 / max(rows, cols)
        if self._tall:
            x = MARGIN + 0.9 + max(self._right, 4)
            return Grid(rows, cols, x, MARGIN + 2 * TITLE + size + 0.35, size)
        y = max(g.y + g.height for g in self.grids) + 2 * TITLE + size + 0.6
        return Grid(rows, cols, MARGIN, y, size)

    @property
    def _right(self) -> float:
        """Where the panels and their titles end."""
        pairs = zip(self.grids, self.panels, strict=True)
        return max(max(g.x + g.width, g.x - p.indent + p.title_width) for g, p in pairs)

    @property
    def labelled(self) -> bool:
        """Whether the matrix is small enough for texts."""
        return max(prod(self.steps.output_size), prod(self.steps.input_size)) <= MOST_LABELLED

    @cached_property
    def vectors(self) -> tuple[Grid, Grid]:
        """The image as a row above the matrix, the output as a column beside it."""
        m = self.matrix
        above = Grid(1, m.cols, m.x, m.y - m.size - 0.25, m.size)
        return above, Grid(m.rows, 1, m.x + m.width + 0.25, m.y, m.size)

    @property
    def _matrix_title(self) -> str:
        line = "row" if self.steps.gathers else "column"
        text = f"matrix {{rows}}×{{cols}}, one {line} a step"
        return say(text, rows=self.matrix.rows, cols=self.matrix.cols)

    @cached_property
    def strokes(self) -> tuple[Stroke, ...]:
        """The border of the matrix, a line after each image row, a stronger one for a channel."""
        m = self.matrix
        right, bottom = m.x + m.width, m.y + m.height
        downs = [(m.y + at * m.size, strong) for at, strong in _ends(self.steps.output_size)]
        acrosses = [(m.x + at * m.size, strong) for at, strong in _ends(self.steps.input_size)]
        rows = (Stroke(m.x, y, right, y, strong) for y, strong in downs)
        return *rows, *(Stroke(x, m.y, x, bottom, strong) for x, strong in acrosses)

    # --- the whole --------------------------------------------------------------------------

    @cached_property
    def all_grids(self) -> list[Grid]:
        """The grids of the panels, the matrix, the image and the output."""
        return [*self.grids, self.matrix, *self.vectors]

    @cached_property
    def width(self) -> float:
        """Of the whole picture."""
        m, (_, column) = self.matrix, self.vectors
        titles = m.x + text_width(self._matrix_title) * LETTERS
        return max(self._right, column.x + column.width + 0.6, titles) + MARGIN

    def height(self, lines: int) -> float:
        """Of a picture with so many lines of formula."""
        return max(self.matrix.y + self.matrix.height + MARGIN, self._top + LEADING * lines)

    @property
    def _top(self) -> float:
        below = [g.y + g.height for g in self.grids]
        return max(below if self._tall else [self.matrix.y + self.matrix.height]) + 0.55

    @property
    def formula_room(self) -> float:
        """The width of a line of formula."""
        return (self.matrix.x if self._tall else self.width) - 2 * MARGIN

    def words(self, channel: int, formula: Sequence[str]) -> tuple[Words, ...]:
        """The titles and names, at a step of a channel, and the lines of its formula."""
        words: list[Words] = []
        for grid, panel in zip(self.grids, self.panels, strict=True):
            words += words_of(panel, grid, channel)
        row, column = self.vectors
        words.append(Words(row.x, row.y - 0.7, self._matrix_title))
        words.append(Words(row.x, row.y - 0.26, say("image, row by row"), NAME, FAINT))
        words.append(Words(column.x, column.y - 0.26, say("output"), NAME, FAINT))
        lines = (Words(MARGIN, self._top + LEADING * k, line) for k, line in enumerate(formula))
        return *words, *lines

    # --- places -----------------------------------------------------------------------------

    def at(self, position: Pixel) -> Place:
        """Row and column of a virtual position, led by its channel, in its panel."""
        channel, *place = four(position, 0)
        virtual = self.steps.virtual
        part, row, col = (q - line[0] for q, line in zip(place, virtual, strict=True))
        return channel * len(virtual[1]) + row, part * len(virtual[2]) + col

    def tap_at(self, tap: Pixel, position: Pixel) -> Place:
        """Row and column of a weight in its panel."""
        return self.at(position) if self.steps.in_line else _tile(tap, self.steps.windows.size)

    def pixel_at(self, pixel: Pixel) -> Place:
        """Row and column of a pixel of the image that each step takes one of."""
        return _tile(pixel, self.steps.step_size[1:])


def _tile(index: Pixel, size: Pixel) -> Place:
    """Row and column through all blocks of a pixel of an image of a size."""
    channel, part, row, col = four(index, 0)
    _, _, rows, cols = four((1, *size))
    return channel * rows + row, part * cols + col


def _ends(size: Pixel) -> Iterator[tuple[int, float]]:
    """Where image rows end, and how strong the line there is."""
    rows, channels = row_ends(size)
    for at in (0, *rows, prod(size)):
        yield at, 1.6 if at in channels and len(size) > 2 else 0.7
