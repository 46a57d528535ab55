"""From steps to scenes: each grid of a layout with its cells, outlines and words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from symconv.operators.entries import flat_index
from symconv.plotting.cell_styles import CellStyles, Styles
from symconv.plotting.labels import formula, wrapped
from symconv.plotting.layout import Layout
from symconv.plotting.scene import Box, Corner, Grid, Place, Scene, fitting

if TYPE_CHECKING:
    from symconv.plotting.steps import Step, Steps

NOWHERE = Box(0, 0, 0, 0)


def scenes_of(steps: Steps, only: Sequence[int] | None = None) -> list[Scene]:
    """The pictures of the steps; where all pixels scatter, one more with the whole sum.

    Args:
        steps: of one operator.
        only: the numbers of the steps that are shown; None for all of them.

    Raises:
        ShapeError: the pictures would be too large to read.
    """
    layout = Layout(steps)  # refuses before any step is made
    whole = only is None or max(only) == len(steps)
    every = _shown(steps) if whole else steps.first(max(only or ()) + 1)
    shown = every if only is None else [every[number] for number in only]
    styles = CellStyles(steps, layout)
    styled = [styles.at(step) for step in shown]
    lines = [wrapped(formula(steps, step), layout.formula_room) for step in shown]
    shown_by_grid = zip(layout.all_grids, zip(*styled, strict=True), strict=True)
    grids = [_used(grid, each) for grid, each in shown_by_grid]
    most = max(map(len, lines))
    return [
        Scene(
            layout.width,
            layout.height(most),
            tuple(
                cell
                for (grid, corners, font), each in zip(grids, found, strict=True)
                for cell in grid.cells_at(corners, each, font)
            ),
            (*_window(layout, step), _line(layout, step)),
            layout.strokes,
            layout.words(step.pixel[0], text + [""] * (most - len(text))),
        )
        for step, found, text in zip(shown, styled, lines, strict=True)
    ]


def _shown(steps: Steps) -> list[Step]:
    return [*steps] if steps.gathers else [*steps, steps.done]


def _used(grid: Grid, styles: Sequence[Styles]) -> tuple[Grid, list[Corner], float]:
    """The places ever filled with their corners, and letters as high as the longest text allows."""
    places = list(dict.fromkeys(place for each in styles for place in each))
    texts = {style.text for each in styles for style in each.values()}
    corners = [(place, *grid.corner(place)) for place in places]
    return grid, corners, fitting(texts, grid.size)


def _window(layout: Layout, step: Step) -> list[Box]:
    """Outlines of the window in each block of the image."""
    slid = layout.grids[0 if layout.steps.gathers else -1]
    blocks: dict[Place, list[Place]] = {}
    for touch in step.touches:
        row, col = layout.at(touch.position)
        blocks.setdefault((row // slid.rows, col // slid.cols), []).append((row, col))
    boxes = [slid.box(places) for places in blocks.values()]
    return boxes + [NOWHERE] * (slid.down * slid.across - len(boxes))


def _line(layout: Layout, step: Step) -> Box:
    """The outline of the lit row or column of the matrix."""
    if step.done:
        return NOWHERE
    matrix, at = layout.matrix, flat_index(step.pixel, layout.steps.step_size)
    ends = [(at, 0), (at, matrix.cols - 1)]
    return matrix.box(ends if layout.steps.gathers else [(0, at), (matrix.rows - 1, at)])
