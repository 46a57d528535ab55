"""From the steps of a pass to scenes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from symconv.frames import Frame, Pass
from symconv.paints import Painter
from symconv.scene import Box, Grid, Place, Scene, Words, fitting
from symconv.stage import MARGIN, Stage
from symconv.wording import formula, wrapped

FORMULA = 0.4  # height of a line

FORMULA = 0.4  # height of a line


@dataclass(frozen=True)
class Storyboard:
    """The scenes of one pass; letters are as high as the longest text of a panel allows."""

    journey: Pass

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
            shown.append(self._compose(self._done, ["all pixels are added"]))
        return shown

    @property
    def _done(self) -> Frame:
        last = self.steps[-1]
        return replace(last, touches=(), before=last.after)

    @cached_property
    def _stage(self) -> Stage:
        return Stage(self.journey)

    @cached_property
    def _painter(self) -> Painter:
        return Painter(self.journey, self._stage, self.steps)

    @cached_property
    def _used(self) -> list[tuple[Grid, list[Place], float]]:
        """The grids, the places of each that are ever painted, and the height of their letters."""
        grids = self._stage.all_grids
        found: list[dict[Place, None]] = [{} for _ in grids]
        texts: list[set[str]] = [set() for _ in grids]
        for step in (*self.steps, self._done):
            for places, words, paints in zip(found, texts, self._painter.paints(step), strict=True):
                places.update(dict.fromkeys(paints))
                words.update(paint.text for paint in paints.values())
        return [
            (grid, list(places), fitting(words, grid.size))
            for grid, places, words in zip(grids, found, texts, strict=True)
        ]

    def _compose(self, step: Frame, formula: list[str]) -> Scene:
        stage = self._stage
        paints = self._painter.paints(step)
        cells = [
            cell
            for (grid, places, font), painted in zip(self._used, paints, strict=True)
            for cell in grid.cells(places, painted, font)
        ]
        lines = formula + [""] * (self._formula_lines - len(formula))
        tops = [stage.formula_top + FORMULA * k for k in range(len(lines) + 1)]
        words = [Words(MARGIN, y, line) for y, line in zip(tops[:-1], lines, strict=True)]
        return Scene(
            stage.width,
            max(stage.bottom, tops[-1]),
            tuple(cells),
            self._boxes(step),
            stage.block_lines,
            (*stage.words, *words),
        )

    def _boxes(self, step: Frame) -> tuple[Box, ...]:
        """Outlines of the window and of the lit row or column."""
        stage = self._stage
        if not step.touches:
            return Box(0, 0, 0, 0), Box(0, 0, 0, 0)
        window = [stage.at(touch.position) for touch in step.touches]
        slid = stage.grids[0 if stage.gathers else -1]
        at = stage.number(step.pixel)
        row, column = [(at, 0), (at, stage.matrix.cols - 1)], [(0, at), (stage.matrix.rows - 1, at)]
        return slid.box(window), stage.matrix.box(row if stage.gathers else column)

    @cached_property
    def _formulas(self) -> list[list[str]]:
        room = self._stage.formula_room
        return [wrapped(formula(self.journey, step), room) for step in self.steps]

    @cached_property
    def _formula_lines(self) -> int:
        return max(map(len, self._formulas))
