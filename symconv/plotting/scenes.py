"""From steps to scenes, each grid with its cells, outlines and words; one scene as a figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from symconv.operators.entries import flat_index, pixel
from symconv.plotting.cell_styles import CellStyles, Styles
from symconv.plotting.figure import SceneFigure
from symconv.plotting.labels import formula, wrapped
from symconv.plotting.layout import Layout
from symconv.plotting.scene import Box, Corner, Grid, Place, Scene, fitting
from symconv.plotting.steps import Step, Steps, steps_of
from symconv.plotting.windows import How

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from symconv.operators.operator import Operator

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


def draw_window(operator: Operator, index: Any, image: Any = None) -> Figure:
    """How one output pixel is made: the window under the kernel, and the row of the matrix.

    Args:
        operator: any operator on one to three axes. A convolution or its transpose shows padding
            and stuffed zeros; any other, a row of its matrix as an image.
        index: the output pixel, as a flat index or a tuple, led by the channel where there are
            several.
        image: numbers of the image; see :func:`symconv.plotting.steps.steps_of`.

    Returns:
        A matplotlib ``Figure``.

    Raises:
        ShapeError: there is no such pixel, or the picture would be too large to read.

    >>> import symconv as sc
    >>> C = sc.conv(sc.Kernel.arange((3, 3)), (4, 4))
    >>> figure = draw_window(C, (0, 1))
    >>> figure.axes[0].texts[-1].get_text()
    'y₀₁ = 1·2 + 2·3 + 3·4 + 4·6 + 5·7 + 6·8 + 7·10 + 8·11 + 9·12 = 393'
    """
    return _figure(operator, "gather", index, image)


def draw_scatter(operator: Operator, index: Any, image: Any = None) -> Figure:
    """What one input pixel does: it times the kernel is added to the output; a matrix column.

    The output shows the sum of this pixel and of those before it.

    Args:
        operator, image: as in :func:`draw_window`.
        index: the input pixel, as a flat index or a tuple.

    >>> import symconv as sc
    >>> T = sc.conv_transpose(sc.Kernel.arange((3, 3)), (2, 2))
    >>> figure = draw_scatter(T, 3)
    >>> figure.axes[0].texts[-1].get_text()
    'pixel (1,1) is 4: 4 × kernel is added to the output'
    """
    return _figure(operator, "scatter", index, image)


def _figure(operator: Operator, how: How, index: Any, image: Any) -> Figure:
    steps = steps_of(operator, how, image)
    at = pixel(steps.step_size, index)
    (scene,) = scenes_of(steps, [flat_index(at, steps.step_size)])
    return SceneFigure(scene).figure
