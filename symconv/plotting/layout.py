"""Where the panels of a picture of one operator stand: image, weights, output, matrix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod

from symconv.errors import ShapeError
from symconv.plotting.labels import four, show, show_image
from symconv.plotting.palette import FAINT
from symconv.plotting.panels import GAP, LETTERS, NAME, Panel, Panels, words_of
from symconv.plotting.scene import Grid, Line, Place, Words, text_width
from symconv.plotting.steps import Pass
from symconv.plotting.windows import Pixel, flat_index

MOST_PIXELS = 256
MOST_LABELLED = 25
MATRIX_CELL = 0.74
SMALLEST_CELL = 0.12  # six pixels of a screen
WIDEST = 18.5
NARROWER = 10.5  # where the matrix stands beside the panels
TALLEST = 7.0
TALLEST_CHANNELS = 13.0
MARGIN = 0.5
TITLE = 0.45
BETWEEN = 1.2  # between panels


@dataclass(frozen=True)
class Stage:
    """The layout of the pictures of one pass: equal for all its steps."""

    journey: Pass

    def __post_init__(self) -> None:
        for size in (self.journey.input_size, self.journey.output_size):
            if not 2 <= len(size) <= 4:
                raise ShapeError(
                    f"an image of size {show(size[1:])}: pictures are of one to three axes"
                )
            if prod(size) > MOST_PIXELS:
                raise ShapeError(
                    f"an image of {prod(size)} pixels: at most {MOST_PIXELS} are drawn one by one; "
                    "draw() takes more"
                )
        if self.side < SMALLEST_CELL:
            raise ShapeError(
                f"{show_image(self.journey.slid_size)} pixels with all that the windows reach are "
                f"too many to read on one page; take fewer, or draw()"
            )

    @cached_property
    def _contents(self) -> Panels:
        return Panels(self.journey)

    @property
    def panels(self) -> list[Panel]:
        return self._contents.all

    @property
    def gathers(self) -> bool:
        return self._contents.gathers

    @property
    def in_line(self) -> bool:
        return self._contents.in_line

    @property
    def virtual(self) -> tuple[tuple[int, ...], ...]:
        return self._contents.virtual

    @cached_property
    def _tall(self) -> bool:
        """Whether the matrix stands beside the panels instead of below them."""
        return prod(self.journey.output_size) > prod(self.journey.input_size)

    @cached_property
    def side(self) -> float:
        """The side of a cell of all panels."""
        high = TALLEST if max(p.blocks[0] for p in self.panels) == 1 else TALLEST_CHANNELS
        wide = WIDEST if not self._tall or self.in_line else NARROWER
        return min(1.0, *(panel.side(wide, high) for panel in self.panels))

    @cached_property
    def _lines(self) -> list[list[Panel]]:
        """The panels from left to right, in as many lines as needed."""
        widest = NARROWER if self._tall else WIDEST
        lines: list[list[Panel]] = [[]]
        width = 0.0
        for panel in self.panels:
            wanted = self._width(panel) + BETWEEN
            if lines[-1] and not panel.beside and (self.in_line or width + wanted > widest):
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
            x = MARGIN + (0.8 if line[0].sign or self.in_line else 0.0)
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
        return self.panels[-1 if self.gathers else 0]

    @cached_property
    def matrix(self) -> Grid:
        rows, cols = prod(self.journey.output_size), prod(self.journey.input_size)
        size = min(MATRIX_CELL, 15 / max(rows, cols)) if self.labelled else 13 / max(rows, cols)
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
        return max(prod(self.journey.output_size), prod(self.journey.input_size)) <= MOST_LABELLED

    @cached_property
    def vectors(self) -> tuple[Grid, Grid]:
        """The image as a row above the matrix, the output as a column beside it."""
        m = self.matrix
        above = Grid(1, m.cols, m.x, m.y - m.size - 0.25, m.size)
        return above, Grid(m.rows, 1, m.x + m.width + 0.25, m.y, m.size)

    @cached_property
    def width(self) -> float:
        m, (_, column) = self.matrix, self.vectors
        titles = m.x + text_width(self._matrix_title) * LETTERS
        return max(self._right, column.x + column.width + 0.6, titles) + MARGIN

    @property
    def bottom(self) -> float:
        return self.matrix.y + self.matrix.height + MARGIN

    @property
    def formula_top(self) -> float:
        below = [g.y + g.height for g in self.grids]
        return max(below if self._tall else [self.matrix.y + self.matrix.height]) + 0.55

    @property
    def formula_room(self) -> float:
        return (self.matrix.x if self._tall else self.width) - 2 * MARGIN

    @property
    def _matrix_title(self) -> str:
        line = "row" if self.gathers else "column"
        return f"matrix {self.matrix.rows}×{self.matrix.cols}, one {line} a step"

    @cached_property
    def all_grids(self) -> list[Grid]:
        return [*self.grids, self.matrix, *self.vectors]

    @cached_property
    def block_lines(self) -> tuple[Line, ...]:
        """The border of the matrix, a line after each image row, a stronger one for a channel."""
        m = self.matrix
        right, bottom = m.x + m.width, m.y + m.height
        rows = [
            Line(m.x, m.y + at * m.size, right, m.y + at * m.size, strength)
            for at, strength in _ends(self.journey.output_size)
        ]
        return *rows, *(
            Line(m.x + at * m.size, m.y, m.x + at * m.size, bottom, strength)
            for at, strength in _ends(self.journey.input_size)
        )

    def words(self, channel: int) -> tuple[Words, ...]:
        """The titles and names, at a step of a channel."""
        words: list[Words] = []
        for grid, panel in zip(self.grids, self.panels, strict=True):
            words += words_of(panel, grid, channel)
        row, column = self.vectors
        words.append(Words(row.x, row.y - 0.7, self._matrix_title))
        words.append(Words(row.x, row.y - 0.26, "image, row by row", NAME, FAINT))
        words.append(Words(column.x, column.y - 0.26, "output", NAME, FAINT))
        return tuple(words)

    def at(self, position: Pixel) -> Place:
        """Row and column of a virtual position, led by its channel, in its panel."""
        channel, *place = four(position, 0)
        pairs = zip(place, self.virtual, strict=True)
        return self.tile((channel, *(q - line[0] for q, line in pairs)), self.virtual)  # type: ignore[arg-type]

    def tap_at(self, tap: Pixel, position: Pixel) -> Place:
        """Row and column of a weight in its panel."""
        if self.in_line:
            return self.at(position)
        size = self.journey.windows.size
        return self.tile(four(tap, 0), [range(n) for n in four((1, *size))[1:]])

    def pixel_at(self, pixel: Pixel) -> Place:
        """Row and column of a pixel of the image that each step takes one of."""
        return self.tile(four(pixel, 0), [range(n) for n in four(self.journey.step_size)[1:]])

    @staticmethod
    def tile(index: tuple[int, int, int, int], sizes: Sequence[Sequence[int]]) -> Place:
        """Row and column through all blocks of (channel, slice, row, column)."""
        channel, part, row, col = index
        _, rows, cols = map(len, sizes)
        return channel * rows + row, part * cols + col

    def number(self, pixel: Pixel) -> int:
        """The row (column) of the matrix that a step lights."""
        return flat_index(pixel, self.journey.step_size)


def _ends(size: Pixel) -> Iterator[tuple[int, float]]:
    """Where image rows end, and how strong the line there is."""
    for at in range(0, prod(size) + 1, size[-1]):
        between = 0 < at < prod(size) and at % prod(size[1:]) == 0
        yield at, 1.6 if between and len(size) > 2 else 0.7
