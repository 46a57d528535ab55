"""From the steps of a pass to scenes: image, kernel, output, and the matrix with its lit line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from math import prod
from typing import Any

import sympy as sp

from symconv.errors import ShapeError
from symconv.frames import Frame, Pass, Pixel, Touch, flat_index
from symconv.palette import DARK, FAINT, PAPER, WHITE, ink_on, pale, tap_colour
from symconv.scene import Box, Grid, Paint, Place, Scene, Words, fitting, shortened, text_width
from symconv.terminal import one_line

MOST_PIXELS = 256
MOST_LABELLED = 25
MATRIX_CELL = 0.74
WIDEST = 18.5
TALLEST = 7.0
MARGIN = 0.5
TITLE = 0.45
MIXED = "#8c8c8c"

Paints = Mapping[Place, Paint]


@dataclass(frozen=True)
class Panel:
    """A block of cells under a title, after a sign; the places that are ever painted."""

    title: str
    sign: str
    rows: int
    cols: int


@dataclass(frozen=True)
class Storyboard:
    """The scenes of one pass; the layout is that of its largest texts."""

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
    def steps(self) -> list[Frame]:
        """The steps of the pass."""
        return self.journey.steps()

    def scene(self, number: int) -> Scene:
        """The picture of one step."""
        return self._compose(self.steps[number], self._formulas[number])

    def scenes(self) -> list[Scene]:
        """The pictures of all steps; where pixels scatter, one more with the whole sum."""
        shown = [self.scene(number) for number in range(len(self.steps))]
        if self.journey.how == "scatter":
            last = self.steps[-1]
            done = replace(last, touches=(), before=last.after)
            shown.append(self._compose(done, ["all pixels are added"]))
        return shown

    # --- places --------------------------------------------------------------------------------

    @cached_property
    def gathers(self) -> bool:
        return self.journey.how == "gather"

    @cached_property
    def _virtual(self) -> tuple[tuple[int, ...], ...]:
        """Virtual positions an axis, of two axes: one axis makes an image of one row."""
        lines = tuple(tuple(line) for line in self.journey.lines)
        return lines if len(lines) == 2 else ((0,), *lines)

    @cached_property
    def _panels(self) -> list[Panel]:
        high, wide = map(len, self._virtual)
        other = two(self.journey.output_size if self.gathers else self.journey.input_size)
        kernel = (1, wide) if self._in_line else two(self.journey.kernel.size)
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
            replace(tap, rows=1, cols=self.journey.kernel.size[0]) if self._in_line else tap,
            Panel("pixel × kernel", "=", *kernel),
            Panel(f"output {slid}", "→", high, wide),
        ]

    @property
    def _in_line(self) -> bool:
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
        lines = zip(self.journey.lines, self.journey.axes, strict=True)
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
    def _grids(self) -> list[Grid]:
        """The panels from left to right, in as many lines as needed."""
        widest = 10.5 if self._tall else WIDEST
        s = min(1.0, TALLEST / max(map(len, self._virtual)))
        lines: list[list[Panel]] = [[]]
        width = 0.0
        for panel in self._panels:
            wanted = max(panel.cols * s, text_width(panel.title) * 0.25) + 1.2
            if lines[-1] and (self._in_line or width + wanted > widest):
                lines.append([])
                width = 0.0
            lines[-1].append(panel)
            width += wanted
        grids, y = [], MARGIN + TITLE
        for line in lines:
            height = max(panel.rows for panel in line)
            x = MARGIN + (0.8 if line[0].sign else 0.0)
            if self._in_line:
                x = MARGIN + 0.8
            for panel in line:
                grids.append(Grid(panel.rows, panel.cols, x, y + (height - panel.rows) * s / 2, s))
                x += max(panel.cols * s, text_width(panel.title) * 0.25) + 1.2
            y += height * s + TITLE + 0.35
        return grids

    @cached_property
    def _matrix(self) -> Grid:
        rows, cols = prod(self.journey.output_size), prod(self.journey.input_size)
        size = min(MATRIX_CELL, 15 / max(rows, cols)) if self._labelled else 13 / max(rows, cols)
        if self._tall:
            x = MARGIN + 0.9 + max(self._right, 4)
            return Grid(rows, cols, x, MARGIN + 2 * TITLE + size + 0.35, size)
        y = max(g.y + g.height for g in self._grids) + 2 * TITLE + size + 0.6
        return Grid(rows, cols, MARGIN, y, size)

    @property
    def _right(self) -> float:
        """Where the panels and their titles end."""
        pairs = zip(self._grids, self._panels, strict=True)
        return max(g.x + max(g.width, text_width(p.title) * 0.25) for g, p in pairs)

    @property
    def _labelled(self) -> bool:
        return max(prod(self.journey.output_size), prod(self.journey.input_size)) <= MOST_LABELLED

    @cached_property
    def _vectors(self) -> tuple[Grid, Grid]:
        """The image as a row above the matrix, the output as a column beside it."""
        m = self._matrix
        above = Grid(1, m.cols, m.x, m.y - m.size - 0.25, m.size)
        return above, Grid(m.rows, 1, m.x + m.width + 0.25, m.y, m.size)

    @cached_property
    def _width(self) -> float:
        m, (_, column) = self._matrix, self._vectors
        titles = m.x + text_width(self._matrix_title) * 0.25
        return max(self._right, column.x + column.width + 0.6, titles) + MARGIN

    @property
    def _bottom(self) -> float:
        return self._matrix.y + self._matrix.height + MARGIN

    @property
    def _formula_top(self) -> float:
        below = [g.y + g.height for g in self._grids]
        return max(below if self._tall else [self._matrix.y + self._matrix.height]) + 0.55

    @property
    def _formula_room(self) -> float:
        return (self._matrix.x if self._tall else self._width) - 2 * MARGIN

    @property
    def _matrix_title(self) -> str:
        line = "row" if self.gathers else "column"
        return f"matrix {self._matrix.rows}×{self._matrix.cols}, one {line} a step"

    # --- contents ------------------------------------------------------------------------------

    @cached_property
    def _entries(self) -> dict[Place, list[tuple[int, sp.Expr]]]:
        """Place in the matrix to the taps there, by flat index, and their entries."""
        found: dict[Place, list[tuple[int, sp.Expr]]] = {}
        for step in self.steps:
            for touch in step.touches:
                if touch.pixel is not None:
                    place = self._place(step.pixel, touch.pixel)
                    found.setdefault(place, []).append((self._tap(touch), touch.entry))
        return found

    def _place(self, at: Pixel, met: Pixel) -> Place:
        out, into = (at, met) if self.gathers else (met, at)
        return flat_index(out, self.journey.output_size), flat_index(into, self.journey.input_size)

    def _tap(self, touch: Touch) -> int:
        return flat_index(touch.tap, self.journey.kernel.size)

    def _paints(self, step: Frame) -> list[Paints]:
        """What the panels show, then the matrix, the image above it and the output beside it."""
        touched = {self._at(t.position): t for t in step.touches}
        slid = self._slid_paints(step, touched)
        other = self._other_paints(step)
        kernel = self._kernel_paints(step, stamp=False)
        matrix, row, column = self._matrix_paints(step, touched)
        if self.gathers:
            return [slid, kernel, other, matrix, row, column]
        return [other, kernel, self._kernel_paints(step, stamp=True), slid, matrix, row, column]

    def _at(self, position: Pixel) -> Place:
        """Row and column of a virtual position in its panel."""
        place = position if len(position) == 2 else (0, *position)
        return tuple(q - line[0] for q, line in zip(place, self._virtual, strict=True))  # type: ignore[return-value]

    def _slid_paints(self, step: Frame, touched: Mapping[Place, Touch]) -> Paints:
        lines: Sequence[Mapping[int, int | None]] = self.journey.lines
        axes = self.journey.axes
        paints = {}
        for position in product(*lines):
            shown = [line[q] for line, q in zip(lines, position, strict=True)]
            inside = all(0 <= q < a.stuffed_size for q, a in zip(position, axes, strict=True))  # type: ignore[operator]
            place = self._at(position)
            met = None if None in shown else tuple(i for i in shown if i is not None)
            touch = touched.get(place)
            paints[place] = (
                self._gathered(met, inside, touch)
                if self.gathers
                else self._scattered(step, met, inside, touch)
            )
        return paints

    def _gathered(self, met: Pixel | None, inside: bool, touch: Touch | None) -> Paint:
        value = sp.S.Zero
        if met is not None:
            value = self.journey.image[flat_index(met, self.journey.input_size)]
        if touch:
            return self._of_tap(self._tap(touch), value, hatched=not inside)
        is_pixel = inside and met is not None
        return Paint(
            WHITE if is_pixel else PAPER, label(value), DARK if is_pixel else FAINT, not inside
        )

    def _scattered(
        self, step: Frame, met: Pixel | None, inside: bool, touch: Touch | None
    ) -> Paint:
        if met is None or not inside:
            fill = pale(tap_colour(self._tap(touch))) if touch else PAPER
            return Paint(fill, "", FAINT, not inside)
        index = flat_index(met, self.journey.output_size)
        before, after = step.before[index], step.after[index]
        if not touch:
            return Paint(WHITE, label(after), FAINT if after == 0 else DARK)
        fill = tap_colour(self._tap(touch))
        if before == 0:
            return Paint(fill, label(after), ink_on(fill))
        both = f"{label(before)}+{label(touch.product)}"
        plain = not (touch.product.free_symbols or touch.product.is_negative)
        text = both if plain and len(both) <= 7 else f"+{label(touch.product)}"
        return Paint(fill, shortened(text), ink_on(fill))

    def _of_tap(self, tap: int, value: Any, hatched: bool = False) -> Paint:
        fill = tap_colour(tap)
        return Paint(fill, label(value), ink_on(fill), hatched)

    def _kernel_paints(self, step: Frame, stamp: bool) -> Paints:
        paints = {}
        taps = list(product(*map(range, two(self.journey.kernel.size))))
        for place, touch in zip(taps, step.touches or self.steps[-1].touches, strict=True):
            if not step.touches and stamp:
                continue
            if self._in_line and (stamp or self.gathers):
                place = self._at(touch.position)
            paints[place] = self._of_tap(self._tap(touch), touch.product if stamp else touch.entry)
        return paints

    def _other_paints(self, step: Frame) -> Paints:
        """The image that the windows do not slide over: one pixel a step."""
        size = self.journey.output_size if self.gathers else self.journey.input_size
        values = step.after if self.gathers else self.journey.image
        places = product(*map(range, two(size)))
        painted = self._named if self.gathers else lambda _, value: _pixel_paint(value)
        paints = {p: painted(p, v) for p, v in zip(places, values, strict=True)}
        if step.touches:
            at = two_place(step.pixel)
            paints[at] = replace(paints[at], fill=DARK, ink=WHITE)
        return paints

    def _named(self, at: Pixel, value: sp.Expr | None) -> Paint:
        """An output pixel by its number; by its name where it is a sum of symbols."""
        paint = _pixel_paint(value)
        if value is None or not value.free_symbols:
            return paint
        return replace(paint, text=name("y", at[-len(self.journey.axes) :]))

    def _matrix_paints(self, step: Frame, touched: Mapping[Place, Touch]) -> tuple[Paints, Paints, Paints]:
        sizes = self.journey.output_size, self.journey.input_size
        lit = flat_index(step.pixel, sizes[0] if self.gathers else sizes[1]) if step.touches else -1
        matrix = {}
        for place, taps in self._entries.items():
            colour = tap_colour(taps[0][0]) if len(taps) == 1 else MIXED
            fill = colour if lit == place[0 if self.gathers else 1] else pale(colour)
            text = label(sp.Add(*(entry for _, entry in taps))) if self._labelled else ""
            matrix[place] = Paint(fill, text, ink_on(fill))
        row = {(0, j): _pixel_paint(v) for j, v in enumerate(self.journey.image)}
        pixels = product(*map(range, sizes[0]))
        column = {
            (i, 0): self._named(at, v)
            for i, (at, v) in enumerate(zip(pixels, step.after, strict=True))
        }
        slid, other = (row, column) if self.gathers else (column, row)
        for touch in touched.values():
            if touch.pixel is not None:
                at = flat_index(touch.pixel, self.journey.slid_size)
                key = (0, at) if self.gathers else (at, 0)
                fill = tap_colour(self._tap(touch))
                slid[key] = replace(slid[key], fill=fill, ink=ink_on(fill))
        if lit >= 0:
            key = (lit, 0) if self.gathers else (0, lit)
            other[key] = replace(other[key], fill=DARK, ink=WHITE)
        if not self._labelled:
            row, column = ({k: replace(p, text="") for k, p in v.items()} for v in (row, column))
        return matrix, row, column

    # --- composition ---------------------------------------------------------------------------

    @cached_property
    def _all_grids(self) -> list[Grid]:
        return [*self._grids, self._matrix, *self._vectors]

    @cached_property
    def _used(self) -> list[tuple[list[Place], float]]:
        """For each panel the places that are ever painted, and the height of its letters."""
        found: list[dict[Place, None]] = [{} for _ in self._all_grids]
        texts: list[set[str]] = [set() for _ in self._all_grids]
        for step in self.steps:
            for places, words, paints in zip(found, texts, self._paints(step), strict=True):
                places.update(dict.fromkeys(paints))
                words.update(paint.text for paint in paints.values())
        fonts = [fitting(words, g.size) for words, g in zip(texts, self._all_grids, strict=True)]
        return [(list(places), font) for places, font in zip(found, fonts, strict=True)]

    def _compose(self, step: Frame, formula: list[str]) -> Scene:
        paints = self._paints(step)
        cells = []
        for grid, (places, font), paint in zip(self._all_grids, self._used, paints, strict=True):
            cells += grid.cells(places, paint, font)
        width = self._width
        formula = formula + [""] * (self._formula_lines - len(formula))
        top = self._formula_top
        words = [Words(MARGIN, top + 0.4 * k, line) for k, line in enumerate(formula)]
        total = max(self._bottom, top + 0.4 * self._formula_lines)
        return Scene(
            width, total, tuple(cells), self._boxes(step), self._block_lines, (*self._words, *words)
        )

    def _boxes(self, step: Frame) -> tuple[Box, ...]:
        slid = self._grids[0 if self.gathers else -1]
        places = [self._at(t.position) for t in step.touches]
        rows, cols = self._matrix.rows, self._matrix.cols
        lit = (0, 0)
        if not places:
            return Box(0, 0, 0, 0), Box(0, 0, 0, 0)
        if self.gathers:
            at = flat_index(step.pixel, self.journey.output_size)
            lit_line = [(at, 0), (at, cols - 1)]
        else:
            at = flat_index(step.pixel, self.journey.input_size)
            lit_line = [(0, at), (rows - 1, at)]
        return slid.box(places), self._matrix.box(lit_line)

    @cached_property
    def _block_lines(self) -> tuple[tuple[float, float, float, float], ...]:
        """The border of the matrix, and a line after each image row."""
        m = self._matrix
        rows, cols = two(self.journey.output_size)[1], two(self.journey.input_size)[1]
        across = [(m.x, m.y + r * m.size, m.x + m.width, m.y + r * m.size) for r in range(0, m.rows + 1, rows)]
        down = [(m.x + c * m.size, m.y, m.x + c * m.size, m.y + m.height) for c in range(0, m.cols + 1, cols)]
        return (*across, *down)

    @cached_property
    def _words(self) -> tuple[Words, ...]:
        words = []
        for grid, panel in zip(self._grids, self._panels, strict=True):
            words.append(Words(grid.x, grid.y - 0.28, panel.title))
            if panel.sign:
                words.append(Words(grid.x - 0.6, grid.y + grid.height / 2, panel.sign, 0.42, anchor="center"))
        row, column = self._vectors
        words.append(Words(row.x, row.y - 0.7, self._matrix_title))
        words.append(Words(row.x, row.y - 0.26, "image, row by row", 0.21, FAINT))
        words.append(Words(column.x, column.y - 0.26, "output", 0.21, FAINT))
        return tuple(words)

    @cached_property
    def _formulas(self) -> list[list[str]]:
        return [wrapped(formula(self.journey, step), self._formula_room) for step in self.steps]

    @cached_property
    def _formula_lines(self) -> int:
        return max(map(len, self._formulas))


def _pixel_paint(value: sp.Expr | None) -> Paint:
    if value is None:
        return Paint(PAPER)
    return Paint(WHITE, label(value), FAINT if value == 0 else DARK)


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
    entry, value = label(touch.entry), label(touch.value)
    return f"{entry}{value}" if touch.value.is_Symbol and not entry[-1].isdigit() else f"{entry}·{value}"


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
