"""What the cells of a picture show at each step: colours, texts, hatching."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import product
from typing import TYPE_CHECKING, Any

import sympy as sp

from symconv.operators.entries import flat_index
from symconv.plotting.labels import label, name, own_name
from symconv.plotting.matrix_colours import at_places, channel_pairs, matrix_colours
from symconv.plotting.scene import CellStyle, Place, fits, shortened
from symconv.plotting.windows import pixels_of
from symconv.typesetting.tap_colours import (
    DARK,
    FAINT,
    PAPER,
    WHITE,
    ink_on,
    pale,
    tap_colour,
    tinted,
)

if TYPE_CHECKING:
    from symconv.plotting.layout import Layout
    from symconv.plotting.steps import Step, Steps
    from symconv.plotting.windows import Pixel, Touch

Styles = Mapping[Place, CellStyle]


@dataclass(frozen=True)
class CellStyles:
    """The styles of all cells, grid by grid of a layout."""

    steps: Steps
    layout: Layout

    def at(self, step: Step) -> list[Styles]:
        """What the panels show, then the matrix, the image above it and the output beside it."""
        slid, other, weights = self._slid(step), self._other(step), self._weights(step)
        matrix = (self._matrix(step), *self._vectors(step))
        if self.steps.gathers:
            return [slid, weights, *self._sums(step), other, *matrix]
        return [other, weights, self._weights(step, stamp=True), slid, *matrix]

    # --- panels -----------------------------------------------------------------------------

    def _slid(self, step: Step) -> Styles:
        """The image that the windows slide over, and what they meet outside of it."""
        windows, styles = self.steps.windows, {}
        touched = {touch.position: touch for touch in step.touches}
        style = self._gathered if self.steps.gathers else self._scattered
        for position in product(range(self.steps.slid_size[0]), *windows.lines):
            shown = [line[q] for line, q in zip(windows.lines, position[1:], strict=True)]
            inside = windows.is_inside(position[1:])
            met = None if None in shown else (position[0], *(i for i in shown if i is not None))
            styles[self.layout.at(position)] = style(step, met, inside, touched.get(position))
        return styles

    def _gathered(
        self, step: Step, met: Pixel | None, inside: bool, touch: Touch | None
    ) -> CellStyle:
        value = sp.S.Zero if met is None else self.steps.image[met]
        if touch:
            return _filled(self._fill(step, touch), label(value), hatched=not inside)
        is_pixel = inside and met is not None
        fill, ink = (WHITE, DARK) if is_pixel else (PAPER, FAINT)
        return CellStyle(fill, label(value), ink, not inside)

    def _scattered(
        self, step: Step, met: Pixel | None, inside: bool, touch: Touch | None
    ) -> CellStyle:
        if met is None or not inside:
            fill = pale(self._fill(step, touch)) if touch else PAPER
            return CellStyle(fill, "", FAINT, not inside)
        index = flat_index(met, self.steps.output_size)
        before, after = step.before[index], step.after[index]
        if not touch:
            return _pixel(after)
        text = label(after)
        if before != 0:
            both = f"{label(before)}+{label(touch.product)}"
            plain = not (touch.product.free_symbols or touch.product.is_negative)
            short = plain and len(both) <= 7 and fits(both, self.layout.side)
            text = shortened(both if short else f"+{label(touch.product)}")
        return _filled(self._fill(step, touch), text)

    def _weights(self, step: Step, stamp: bool = False) -> Styles:
        """The weights, or the pixel times the weights; those of a matrix on empty cells."""
        styles = {}
        if not self.steps.layer:
            cells = pixels_of(self.steps.slid_size)
            styles = {self.layout.tap_at(cell, cell): CellStyle(PAPER) for cell in cells}
        touches = step.touches
        if not (touches or stamp) and self.steps.layer:
            touches = self.steps[-1].touches
        for touch in touches:
            value = touch.product if stamp else touch.entry
            place = self.layout.tap_at(touch.tap, touch.position)
            styles[place] = _filled(self._fill(step, touch), label(value))
        return styles

    def _sums(self, step: Step) -> list[Styles]:
        """One cell a channel, where there are several."""
        if self.steps.slid_size[0] == 1:
            return []
        return [{(channel, 0): _pixel(value) for channel, value in step.sums.items()}]

    def _other(self, step: Step) -> Styles:
        """The image that the windows do not slide over: one pixel a step."""
        shown = self._output(step) if self.steps.gathers else self._image
        lit = {step.pixel: _lit(shown[step.pixel])} if not step.done else {}
        return {self.layout.pixel_at(at): style for at, style in {**shown, **lit}.items()}

    # --- the matrix -------------------------------------------------------------------------

    @cached_property
    def _entries(self) -> Mapping[Place, tuple[str, str]]:
        """Place in the matrix to the colour and the text there."""
        operator = self.steps.operator
        shown = matrix_colours(operator, zeros=True).colours
        entries = at_places(operator, dict(operator.expressions))
        order = sorted(shown, key=lambda p: p if self.steps.gathers else p[::-1])
        texts = (label(entries.get(p, sp.S.Zero)) if self.layout.labelled else "" for p in order)
        return {place: (shown[place], text) for place, text in zip(order, texts, strict=True)}

    def _fill(self, step: Step, touch: Touch) -> str:
        """The colour of a weight: of its tap, or of its entry in the matrix."""
        if self.steps.layer or touch.pixel is None:
            colour = tap_colour(flat_index(touch.tap[1:], self.steps.windows.size))
            return self._tinted(colour, step.pixel[0], touch.tap[0])
        slid = flat_index(touch.pixel, self.steps.slid_size)
        place = (self._number(step), slid) if self.steps.gathers else (slid, self._number(step))
        return self._entries[place][0]

    def _tinted(self, colour: str, pixel: int, slid: int) -> str:
        """A tap's colour in the tint of its channels: those of the step and of the slid image."""
        layer = self.steps.operator.provenance.layer
        if layer is None or not layer.has_channels:
            return colour
        pair = (pixel, slid) if self.steps.gathers != layer.transposed else (slid, pixel)
        pairs = channel_pairs(layer)
        return tinted(colour, pairs.index(pair), len(pairs)) if pair in pairs else colour

    def _number(self, step: Step) -> int:
        return flat_index(step.pixel, self.steps.step_size)

    def _matrix(self, step: Step) -> Styles:
        line = 0 if self.steps.gathers else 1
        number = None if step.done else self._number(step)
        fills = {
            place: colour if place[line] == number else pale(colour)
            for place, (colour, _) in self._entries.items()
        }
        return {place: _filled(fill, self._entries[place][1]) for place, fill in fills.items()}

    def _vectors(self, step: Step) -> tuple[Styles, Styles]:
        """The image above the matrix and the output beside it."""
        image, output = dict(self._image), self._output(step)
        slid, other = (image, output) if self.steps.gathers else (output, image)
        for touch in step.touches:
            if touch.pixel is not None:
                fill = self._fill(step, touch)
                slid[touch.pixel] = replace(slid[touch.pixel], fill=fill, ink=ink_on(fill))
        if not step.done:
            other[step.pixel] = _lit(other[step.pixel])
        above, beside = (
            [style if self.layout.labelled else replace(style, text="") for style in shown.values()]
            for shown in (image, output)
        )
        across = {(0, at): style for at, style in enumerate(above)}
        return across, {(at, 0): style for at, style in enumerate(beside)}

    # --- images -----------------------------------------------------------------------------

    @cached_property
    def _image(self) -> Mapping[Pixel, CellStyle]:
        return {at: _pixel(value) for at, value in self.steps.image.items()}

    def _output(self, step: Step) -> dict[Pixel, CellStyle]:
        """Output pixels by their numbers; by their names where they are sums of symbols."""
        size, found = self.steps.output_size, {}
        for at, value in zip(pixels_of(size), step.after, strict=True):
            if value is not None and value.free_symbols:
                found[at] = CellStyle(WHITE, name("y", own_name(at, size)))
            else:
                found[at] = _pixel(value)
        return found


def _filled(fill: str, text: str, hatched: bool = False) -> CellStyle:
    return CellStyle(fill, text, ink_on(fill), hatched)


def _lit(style: CellStyle) -> CellStyle:
    return replace(style, fill=DARK, ink=WHITE)


@lru_cache(10_000)
def _pixel(value: Any) -> CellStyle:
    if value is None:
        return CellStyle(PAPER)
    return CellStyle(WHITE, label(value), FAINT if value == 0 else DARK)
