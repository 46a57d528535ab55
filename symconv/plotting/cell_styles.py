"""What the panels of a picture of one operator show at each step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import product
from typing import Any

import sympy as sp

from symconv.plotting.labels import label, name, own_name
from symconv.plotting.layout import Stage
from symconv.plotting.matrix_colours import marks_of
from symconv.plotting.palette import DARK, FAINT, MIXED, PAPER, WHITE, ink_on, pale, tap_colour
from symconv.plotting.scene import Paint, Place, shortened
from symconv.plotting.steps import Frame, Pass, Touch
from symconv.plotting.windows import Pixel, flat_index

Paints = Mapping[Place, Paint]


@dataclass(frozen=True)
class Painter:
    """Colours and texts of the cells, from the steps of a pass."""

    journey: Pass
    stage: Stage
    steps: Sequence[Frame]

    @cached_property
    def _entries(self) -> dict[Place, tuple[str, str]]:
        """Place in the matrix to the colour and the text there."""
        found: dict[Place, list[Touch]] = {}
        for step in self.steps:
            for touch in step.touches:
                if touch.pixel is not None:
                    found.setdefault(self._place(step.pixel, touch.pixel), []).append(touch)
        return {place: self._entry(place, touches) for place, touches in found.items()}

    def _entry(self, place: Place, touches: Sequence[Touch]) -> tuple[str, str]:
        colour = self._colours.get(place) or tap_colour(self._tap(touches[0]))
        total = sp.Add(*(touch.entry for touch in touches))
        text = label(total) if self.stage.labelled else ""
        return colour if len(touches) == 1 else MIXED, text

    @cached_property
    def _colours(self) -> Mapping[Place, str]:
        """Place in the matrix of an operator that is no layer to the colour there."""
        return {} if self.journey.layer else marks_of(self.journey.operator, None).colours

    def _place(self, at: Pixel, met: Pixel) -> Place:
        out, into = (at, met) if self.stage.gathers else (met, at)
        return flat_index(out, self.journey.output_size), flat_index(into, self.journey.input_size)

    def _fill(self, step: Frame, touch: Touch) -> str:
        """The colour of a weight: of its tap, or of its entry in the matrix."""
        if self.journey.layer or touch.pixel is None:
            return tap_colour(self._tap(touch))
        return self._colours[self._place(step.pixel, touch.pixel)]

    def _tap(self, touch: Touch) -> int:
        return flat_index(touch.tap[1:], self.journey.windows.size)

    def paints(self, step: Frame, lit: bool = True) -> list[Paints]:
        """What the panels show, then the matrix, the image above it and the output beside it."""
        slid = self._slid_paints(step)
        other = self._other_paints(step, lit)
        weights = self._weight_paints(step, stamp=False)
        matrix = (self._matrix_paints(step, lit), *self._vector_paints(step, lit))
        if self.stage.gathers:
            return [slid, weights, *self._sum_paints(step), other, *matrix]
        return [other, weights, self._weight_paints(step, stamp=True), slid, *matrix]

    def _slid_paints(self, step: Frame) -> Paints:
        touched = {touch.position: touch for touch in step.touches}
        lines: Sequence[Mapping[int, int | None]] = self.journey.windows.lines
        paints = {}
        for position in product(range(self.journey.slid_size[0]), *lines):
            shown = [line[q] for line, q in zip(lines, position[1:], strict=True)]
            inside = self.journey.windows.is_inside(position[1:])
            met = None if None in shown else (position[0], *(i for i in shown if i is not None))
            touch = touched.get(position)
            paints[self.stage.at(position)] = (
                self._gathered(step, met, inside, touch)
                if self.stage.gathers
                else self._scattered(step, met, inside, touch)
            )
        return paints

    def _gathered(self, step: Frame, met: Pixel | None, inside: bool, touch: Touch | None) -> Paint:
        value = sp.S.Zero
        if met is not None:
            value = self.journey.image[flat_index(met, self.journey.input_size)]
        if touch:
            return _filled(self._fill(step, touch), value, hatched=not inside)
        is_pixel = inside and met is not None
        return Paint(
            WHITE if is_pixel else PAPER, label(value), DARK if is_pixel else FAINT, not inside
        )

    def _scattered(
        self, step: Frame, met: Pixel | None, inside: bool, touch: Touch | None
    ) -> Paint:
        if met is None or not inside:
            fill = pale(self._fill(step, touch)) if touch else PAPER
            return Paint(fill, "", FAINT, not inside)
        index = flat_index(met, self.journey.output_size)
        before, after = step.before[index], step.after[index]
        if not touch:
            return Paint(WHITE, label(after), FAINT if after == 0 else DARK)
        fill = self._fill(step, touch)
        if before == 0:
            return Paint(fill, label(after), ink_on(fill))
        both = f"{label(before)}+{label(touch.product)}"
        plain = not (touch.product.free_symbols or touch.product.is_negative)
        text = both if plain and len(both) <= 7 else f"+{label(touch.product)}"
        return Paint(fill, shortened(text), ink_on(fill))

    def _weight_paints(self, step: Frame, stamp: bool) -> Paints:
        """The weights, or the pixel times the weights; those of a matrix on empty cells."""
        paints = {}
        if not self.journey.layer:
            cells = product(*map(range, self.journey.slid_size))
            paints = {self.stage.tap_at(cell, cell): Paint(PAPER) for cell in cells}
        last = () if stamp or not self.journey.layer else self.steps[-1].touches
        for touch in step.touches or last:
            place = self.stage.tap_at(touch.tap, touch.position)
            value = touch.product if stamp else touch.entry
            paints[place] = _filled(self._fill(step, touch), value)
        return paints

    def _sum_paints(self, step: Frame) -> list[Paints]:
        """One cell a channel, where there are several."""
        if self.journey.slid_size[0] == 1:
            return []
        return [{(channel, 0): _pixel_paint(value) for channel, value in step.sums.items()}]

    def _other_paints(self, step: Frame, lit: bool) -> Paints:
        """The image that the windows do not slide over: one pixel a step."""
        journey = self.journey
        values = step.after if self.stage.gathers else journey.image
        paints = {
            self.stage.pixel_at(at): self._output_paint(at, v)
            if self.stage.gathers
            else _pixel_paint(v)
            for at, v in zip(journey.pixels, values, strict=True)
        }
        if lit:
            at = self.stage.pixel_at(step.pixel)
            paints[at] = replace(paints[at], fill=DARK, ink=WHITE)
        return paints

    def _matrix_paints(self, step: Frame, lit: bool) -> Paints:
        line = 0 if self.stage.gathers else 1
        number = self.stage.number(step.pixel) if lit else None
        paints = {}
        for place, (colour, text) in self._entries.items():
            fill = colour if place[line] == number else pale(colour)
            paints[place] = Paint(fill, text, ink_on(fill))
        return paints

    def _vector_paints(self, step: Frame, lit: bool) -> tuple[Paints, Paints]:
        """The image above the matrix and the output beside it."""
        pixels = product(*map(range, self.journey.output_size))
        image = list(map(_pixel_paint, self.journey.image))
        output = [self._output_paint(at, v) for at, v in zip(pixels, step.after, strict=True)]
        slid, other = (image, output) if self.stage.gathers else (output, image)
        for touch in step.touches:
            if touch.pixel is not None:
                at = flat_index(touch.pixel, self.journey.slid_size)
                fill = self._fill(step, touch)
                slid[at] = replace(slid[at], fill=fill, ink=ink_on(fill))
        if lit:
            at = self.stage.number(step.pixel)
            other[at] = replace(other[at], fill=DARK, ink=WHITE)
        if not self.stage.labelled:
            image, output = ([replace(p, text="") for p in line] for line in (image, output))
        above = {(0, at): paint for at, paint in enumerate(image)}
        return above, {(at, 0): paint for at, paint in enumerate(output)}

    def _output_paint(self, at: Pixel, value: sp.Expr | None) -> Paint:
        """An output pixel by its number; by its name where it is a sum of symbols."""
        paint = _pixel_paint(value)
        if value is None or not value.free_symbols:
            return paint
        return replace(paint, text=name("y", own_name(at, self.journey.output_size)))


def _filled(fill: str, value: Any, hatched: bool = False) -> Paint:
    return Paint(fill, label(value), ink_on(fill), hatched)


@lru_cache(10_000)
def _pixel_paint(value: sp.Expr | None) -> Paint:
    if value is None:
        return Paint(PAPER)
    return Paint(WHITE, label(value), FAINT if value == 0 else DARK)
