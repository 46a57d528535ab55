"""From the steps of a pass to scenes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from symconv.plotting.cell_styles import Painter, Paints
from symconv.plotting.labels import formula, wrapped
from symconv.plotting.layout import MARGIN, Stage
from symconv.plotting.scene import Box, Grid, Place, Scene, Words, fitting
from symconv.plotting.steps import Frame, Pass

FORMULA = 0.4  # height of a line


@dataclass(frozen=True)
class Storyboard:
    """The scenes of one pass; letters are as high as the longest text of a panel allows.

    Attributes:
        journey: the pass.
        only: the number of the one step that is shown; None for all of them.
    """

    journey: Pass
    only: int | None = None

    def __post_init__(self) -> None:
        # Too large a picture is refused before its steps are made.
        _ = self._stage

    @cached_property
    def steps(self) -> list[Frame]:
        """The steps of the pass."""
        return self.journey.steps()

    def scenes(self) -> list[Scene]:
        """The pictures of the steps; where all pixels scatter, one more with the whole sum."""
        lines = [*self._formulas, *([["all pixels are added"]] * (self._shown[-1] is self._done))]
        steps = zip(self._shown, self._painted, lines, strict=True)
        return [self._compose(step, paints, text) for step, paints, text in steps]

    @cached_property
    def _shown(self) -> list[Frame]:
        if self.only is not None:
            return [self.steps[self.only]]
        return [*self.steps, self._done] if self.journey.how == "scatter" else self.steps

    @cached_property
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
    def _painted(self) -> list[list[Paints]]:
        return [self._painter.paints(step, step is not self._done) for step in self._shown]

    @cached_property
    def _used(self) -> list[tuple[Grid, list[Place], float]]:
        """The grids, the places of each that are ever painted, and the height of their letters."""
        grids = self._stage.all_grids
        found: list[dict[Place, None]] = [{} for _ in grids]
        texts: list[set[str]] = [set() for _ in grids]
        for painted in self._painted:
            for places, words, paints in zip(found, texts, painted, strict=True):
                places.update(dict.fromkeys(paints))
                words.update(paint.text for paint in paints.values())
        return [
            (grid, list(places), fitting(words, grid.size))
            for grid, places, words in zip(grids, found, texts, strict=True)
        ]

    def _compose(self, step: Frame, paints: list[Paints], formula: list[str]) -> Scene:
        stage = self._stage
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
            (*stage.words(step.pixel[0]), *words),
        )

    def _boxes(self, step: Frame) -> tuple[Box, ...]:
        """Outlines of the window in each block, and of the lit row or column."""
        stage = self._stage
        slid = stage.grids[0 if stage.gathers else -1]
        blocks: dict[Place, list[Place]] = {}
        for touch in step.touches:
            row, col = stage.at(touch.position)
            blocks.setdefault((row // slid.rows, col // slid.cols), []).append((row, col))
        boxes = [slid.box(places) for places in blocks.values()]
        boxes += [Box(0, 0, 0, 0)] * (slid.down * slid.across - len(boxes))
        return *boxes, self._line(step)

    def _line(self, step: Frame) -> Box:
        if step is self._done:
            return Box(0, 0, 0, 0)
        stage, at = self._stage, self._stage.number(step.pixel)
        rows, cols = stage.matrix.rows - 1, stage.matrix.cols - 1
        return stage.matrix.box([(at, 0), (at, cols)] if stage.gathers else [(0, at), (rows, at)])

    @cached_property
    def _formulas(self) -> list[list[str]]:
        room = self._stage.formula_room
        steps = [step for step in self._shown if step is not self._done]
        return [wrapped(formula(self.journey, step), room) for step in steps]

    @cached_property
    def _formula_lines(self) -> int:
        return max(map(len, self._formulas))
