"""What the panels of a picture of one layer show at each step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import product
from typing import Any

import sympy as sp

from symconv.frames import Frame, Pass, Pixel, Touch, flat_index
from symconv.palette import DARK, FAINT, MIXED, PAPER, WHITE, ink_on, pale, tap_colour
from symconv.scene import Paint, Place, shortened
from symconv.stage import Stage
from symconv.wording import label, name, two, two_place

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
        return {place: self._entry(touches) for place, touches in found.items()}

    def _entry(self, touches: Sequence[Touch]) -> tuple[str, str]:
        colour = tap_colour(self._tap(touches[0])) if len(touches) == 1 else MIXED
        total = sp.Add(*(touch.entry for touch in touches))
        return colour, label(total) if self.stage.labelled else ""

    def _place(self, at: Pixel, met: Pixel) -> Place:
        out, into = (at, met) if self.stage.gathers else (met, at)
        return flat_index(out, self.journey.output_size), flat_index(into, self.journey.input_size)

    def _tap(self, touch: Touch) -> int:
        return flat_index(touch.tap, self.journey.kernel.size)

    def paints(self, step: Frame) -> list[Paints]:
        """What the panels show, then the matrix, the image above it and the output beside it."""
        touched = {self.stage.at(t.position): t for t in step.touches}
        slid = self._slid_paints(step, touched)
        other = self._other_paints(step)
        kernel = self._kernel_paints(step, stamp=False)
        matrix = (self._matrix_paints(step), *self._vector_paints(step))
        if self.stage.gathers:
            return [slid, kernel, other, *matrix]
        return [other, kernel, self._kernel_paints(step, stamp=True), slid, *matrix]

    def _slid_paints(self, step: Frame, touched: Mapping[Place, Touch]) -> Paints:
        lines: Sequence[Mapping[int, int | None]] = self.journey.windows.lines
        axes = self.journey.axes
        paints = {}
        for position in product(*lines):
            shown = [line[q] for line, q in zip(lines, position, strict=True)]
            inside = all(0 <= q < a.stuffed_size for q, a in zip(position, axes, strict=True))  # type: ignore[operator]
            place = self.stage.at(position)
            met = None if None in shown else tuple(i for i in shown if i is not None)
            touch = touched.get(place)
            paints[place] = (
                self._gathered(met, inside, touch)
                if self.stage.gathers
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
        """The kernel, or the pixel times the kernel; on one axis beside the pixels it touches."""
        if stamp and not step.touches:
            return {}
        taps = product(*map(range, two(self.journey.kernel.size)))
        aligned = self.stage.in_line and (stamp or self.stage.gathers)
        paints = {}
        for (row, col), touch in zip(taps, step.touches or self.steps[-1].touches, strict=True):
            place = self.stage.at(touch.position) if aligned else (row, col)
            paints[place] = self._of_tap(self._tap(touch), touch.product if stamp else touch.entry)
        return paints

    def _other_paints(self, step: Frame) -> Paints:
        """The image that the windows do not slide over: one pixel a step."""
        journey = self.journey
        size = journey.output_size if self.stage.gathers else journey.input_size
        values = step.after if self.stage.gathers else journey.image
        pixels = product(*map(range, size))
        paints = {
            two_place(at): _output_paint(at, v) if self.stage.gathers else _pixel_paint(v)
            for at, v in zip(pixels, values, strict=True)
        }
        if step.touches:
            at = two_place(step.pixel)
            paints[at] = replace(paints[at], fill=DARK, ink=WHITE)
        return paints

    def _matrix_paints(self, step: Frame) -> Paints:
        line = 0 if self.stage.gathers else 1
        lit = self.stage.number(step.pixel) if step.touches else None
        paints = {}
        for place, (colour, text) in self._entries.items():
            fill = colour if place[line] == lit else pale(colour)
            paints[place] = Paint(fill, text, ink_on(fill))
        return paints

    def _vector_paints(self, step: Frame) -> tuple[Paints, Paints]:
        """The image above the matrix and the output beside it."""
        pixels = product(*map(range, self.journey.output_size))
        image = list(map(_pixel_paint, self.journey.image))
        output = [_output_paint(at, v) for at, v in zip(pixels, step.after, strict=True)]
        slid, other = (image, output) if self.stage.gathers else (output, image)
        for touch in step.touches:
            if touch.pixel is not None:
                at = flat_index(touch.pixel, self.journey.slid_size)
                fill = tap_colour(self._tap(touch))
                slid[at] = replace(slid[at], fill=fill, ink=ink_on(fill))
        if step.touches:
            at = self.stage.number(step.pixel)
            other[at] = replace(other[at], fill=DARK, ink=WHITE)
        if not self.stage.labelled:
            image, output = ([replace(p, text="") for p in line] for line in (image, output))
        above = {(0, at): paint for at, paint in enumerate(image)}
        return above, {(at, 0): paint for at, paint in enumerate(output)}


@lru_cache(10_000)
def _pixel_paint(value: sp.Expr | None) -> Paint:
    if value is None:
        return Paint(PAPER)
    return Paint(WHITE, label(value), FAINT if value == 0 else DARK)


@lru_cache(10_000)
def _output_paint(at: Pixel, value: sp.Expr | None) -> Paint:
    """An output pixel by its number; by its name where it is a sum of symbols."""
    paint = _pixel_paint(value)
    if value is None or not value.free_symbols:
        return paint
    return replace(paint, text=name("y", at))
