"""Where the panels of a picture of one layer stand: image, kernel, output, matrix."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from math import prod

from symconv.errors import ShapeError
from symconv.frames import Pass, Pixel, flat_index
from symconv.palette import FAINT
from symconv.scene import Grid, Place, Words, text_width
from symconv.wording import show, two

MOST_PIXELS = 256
MOST_LABELLED = 25
MATRIX_CELL = 0.74
WIDEST = 18.5
TALLEST = 7.0
MARGIN = 0.5
TITLE = 0.45


@dataclass(frozen=True)
class Panel:
    """A block of cells under a title, after a sign; the places that are ever painted."""

    title: str
    sign: str
    rows: int
    cols: int


@dataclass(frozen=True)
class Stage:
    """The layout of the pictures of one pass: equal for all its steps."""

    journey: Pass

    def __post_init__(self) -> None:
        for size in (self.journey.input_size, self.journey.output_size):
            if len(size) > 2:
                raise ShapeError(f"an image of size {size}: pictures are of one or two axes")
            if prod(size) > MOST_PIXELS:
                raise ShapeError(
                    f"an image of {prod(size)} pixels: at most {MOST_PIXELS} are drawn one by one; "
                    "draw() takes more"
                )

    @cached_property
    def gathers(self) -> bool:
        return self.journey.how == "gather"

    @cached_property
    def virtual(self) -> tuple[tuple[int, ...], ...]:
        """Virtual positions an axis, of two axes: one axis makes an image of one row."""
        lines = tuple(tuple(line) for line in self.journey.windows.lines)
        return lines if len(lines) == 2 else ((0,), *lines)

    @cached_property
    def panels(self) -> list[Panel]:
        high, wide = map(len, self.virtual)
        other = two(self.journey.output_size if self.gathers else self.journey.input_size)
        kernel = (1, wide) if self.in_line else two(self.journey.kernel.size)
        tap = Panel(self._kernel_title, "∗" if self.gathers else "×", *kernel)
        slid = self._slid_title
        if self.gathers:
            return [
                Panel(f"image {slid}", "", high, wide),
                tap,
                Panel(f"output {show(self.journey.output_size)}", "=", *other),
            ]
        return [
            Panel(f"image {show(self.journey.input_size)}", "", *other),
            replace(tap, rows=1, cols=self.journey.kernel.size[0]) if self.in_line else tap,
            Panel("pixel × kernel", "=", *kernel),
            Panel(f"output {slid}", "→", high, wide),
        ]

    @property
    def in_line(self) -> bool:
        return len(self.journey.axes) == 1

    @property
    def _slid_title(self) -> str:
        size = show(self.journey.slid_size)
        notes = []
        outside = any(q < 0 or q >= n for q, n in self._outer)
        if outside:
            notes.append("hatched: padding" if self.gathers else "hatched: cropped")
        if any(axis.input_dilation > 1 for axis in self.journey.axes):
            notes.append("grey: stuffed zeros" if self.gathers else "grey: between pixels")
        return size + "".join(f"; {note}" for note in notes)

    @property
    def _outer(self) -> list[tuple[int, int]]:
        """The ends of each virtual line, with the stuffed size."""
        lines = zip(self.journey.windows.lines, self.journey.axes, strict=True)
        return [(q, int(a.stuffed_size)) for line, a in lines for q in (min(line), max(line))]  # type: ignore[arg-type]

    @property
    def _kernel_title(self) -> str:
        dilation = [axis.dilation for axis in self.journey.axes]
        notes = ", flipped" if self.journey.flipped else ""
        if max(dilation) > 1:
            notes += f", dilation {show(dilation) if len({*dilation}) > 1 else dilation[0]}"
        return f"kernel {show(self.journey.kernel.size)}{notes}"

    @cached_property
    def _tall(self) -> bool:
        """Whether the matrix stands beside the panels instead of below them."""
        return prod(self.journey.output_size) > prod(self.journey.input_size)

    @cached_property
    def grids(self) -> list[Grid]:
        """The panels from left to right, in as many lines as needed."""
        widest = 10.5 if self._tall else WIDEST
        s = min(1.0, TALLEST / max(map(len, self.virtual)))
        lines: list[list[Panel]] = [[]]
        width = 0.0
        for panel in self.panels:
            wanted = max(panel.cols * s, text_width(panel.title) * 0.25) + 1.2
            if lines[-1] and (self.in_line or width + wanted > widest):
                lines.append([])
                width = 0.0
            lines[-1].append(panel)
            width += wanted
        grids, y = [], MARGIN + TITLE
        for line in lines:
            height = max(panel.rows for panel in line)
            x = MARGIN + (0.8 if line[0].sign else 0.0)
            if self.in_line:
                x = MARGIN + 0.8
            for panel in line:
                grids.append(Grid(panel.rows, panel.cols, x, y + (height - panel.rows) * s / 2, s))
                x += max(panel.cols * s, text_width(panel.title) * 0.25) + 1.2
            y += height * s + TITLE + 0.35
        return grids

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
        return max(g.x + max(g.width, text_width(p.title) * 0.25) for g, p in pairs)

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
        titles = m.x + text_width(self._matrix_title) * 0.25
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
    def block_lines(self) -> tuple[tuple[float, float, float, float], ...]:
        """The border of the matrix, and a line after each image row."""
        m = self.matrix
        rows, cols = two(self.journey.output_size)[1], two(self.journey.input_size)[1]
        across = [
            (m.x, m.y + r * m.size, m.x + m.width, m.y + r * m.size)
            for r in range(0, m.rows + 1, rows)
        ]
        down = [
            (m.x + c * m.size, m.y, m.x + c * m.size, m.y + m.height)
            for c in range(0, m.cols + 1, cols)
        ]
        return (*across, *down)

    @cached_property
    def words(self) -> tuple[Words, ...]:
        words = []
        for grid, panel in zip(self.grids, self.panels, strict=True):
            words.append(Words(grid.x, grid.y - 0.28, panel.title))
            if panel.sign:
                words.append(
                    Words(grid.x - 0.6, grid.y + grid.height / 2, panel.sign, 0.42, anchor="center")
                )
        row, column = self.vectors
        words.append(Words(row.x, row.y - 0.7, self._matrix_title))
        words.append(Words(row.x, row.y - 0.26, "image, row by row", 0.21, FAINT))
        words.append(Words(column.x, column.y - 0.26, "output", 0.21, FAINT))
        return tuple(words)

    def at(self, position: Pixel) -> Place:
        """Row and column of a virtual position in its panel."""
        place = position if len(position) == 2 else (0, *position)
        return tuple(q - line[0] for q, line in zip(place, self.virtual, strict=True))  # type: ignore[return-value]

    def number(self, pixel: Pixel) -> int:
        """The row (column) of the matrix that a step lights."""
        journey = self.journey
        return flat_index(pixel, journey.output_size if self.gathers else journey.input_size)
