"""The matrix of an operator as a picture: one colour a tap, a lag, a size or an entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING, Any, get_args

from symconv.algebra.normal_form import count_entries
from symconv.arguments import parse_choice, shown
from symconv.errors import ShapeError, SymconvError
from symconv.operators.entries import concrete, pixel
from symconv.operators.operator import Operator, parse_operator
from symconv.plotting.figure import (
    DPI,
    FONT,
    SMALL,
    TITLE,
    add_lines,
    add_squares,
    bare_axes,
    bared,
    new_figure,
    square,
    write,
)
from symconv.plotting.labels import compact
from symconv.plotting.matrix_colours import (
    DIVERGING,
    By,
    MatrixColours,
    at_places,
    boundary_places,
    matrix_colours,
)
from symconv.plotting.scene import Place, hatching, row_ends, text_width
from symconv.plotting.stack_figure import draw_stack
from symconv.stacks.stack import Stack
from symconv.typesetting.style import channels, say, style
from symconv.typesetting.tap_colours import WHITE, ink_on
from symconv.work_limits import check

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


MOST_ENTRIES = 500_000
MOST_SHAPES = 5_000
MOST_LABELLED = 49
LONGEST_LABEL = 9
MOST_BLOCKS = 70
MOST_NAMES = 16
SMALLEST = 7.0  # points
CELL = 0.42  # inches
WIDEST = 7.0
WIDEST_LABELLED = 8.6

HATCHED = "hatched: what the border changes"

Names = list[tuple[float, str]]


def draw(operator: Operator | Stack, by: By | None = None, *, ax: Axes | None = None) -> Figure:
    """The matrix of an operator as a picture, with a line after every image row; or a stack.

    Cells of ``C @ C.T`` and ``C.T @ C`` that differ from the Toeplitz part are hatched; entries
    are written where there is room.

    Args:
        operator: any operator of a concrete size, of at most half a million nonzero entries; or a
            stack of any size, of which the layers are drawn with the sizes between them, grey
            where they are not linear, and branches side by side.
        by: what a colour stands for: "tap" (of a convolution), "lag" (row pixel less column pixel),
            "size" (of a number), "entry". By default the first of these that the operator has;
            the size comes before the lag where all entries are numbers.
        ax: axes of a figure of one's own to draw in, without a legend.

    Returns:
        A matplotlib ``Figure``: ``draw(C).savefig("matrix.pdf")`` is vector graphics.

    Raises:
        ShapeError: the size is symbolic, the entries are too many, or there is nothing of that kind
            to colour by.
        MissingExtraError: matplotlib is not installed.

    >>> import symconv as sc
    >>> figure = draw(sc.conv(sc.Kernel.arange((3, 3)), (4, 4)))
    >>> figure.axes[0].get_title(loc="left")
    '4 × 16, one colour a tap'
    """
    if isinstance(operator, Stack):
        if by is not None or ax is not None:
            raise ShapeError("a picture of a stack has no by and no ax: it is no matrix")
        return draw_stack(operator)
    parse_operator(operator)
    by = None if by is None else parse_choice("by", by, get_args(By))
    rows, cols = (prod(concrete(sizes)) for sizes in (operator.rows, operator.cols))
    entries = count_entries(operator.cells)
    what = f"{entries} nonzero entries of {rows} x {cols} to draw"
    check("pixels", entries, what, "take a smaller image", MOST_ENTRIES)
    matrix = matrix_colours(operator, by)
    widest = WIDEST_LABELLED if max(rows, cols) <= MOST_LABELLED else WIDEST
    cell = min(CELL, widest / max(rows, cols))
    width, height = max(cols * cell, 1.6), max(rows * cell, 1.0)
    sides = _sides(operator)
    row_names = _block_names(concrete(operator.rows), height, False, sides[0])
    if ax is None:
        title = f"{rows} × {cols}, {matrix.caption}\n{say(HATCHED)}"
        figure, axes = _sheet(matrix, row_names[1], (width, height), title)
    else:
        figure, axes = _own_figure(ax), bared(ax)
        axes.set_aspect("equal")
        cell = min(_inches_of(ax)[0] / cols, _inches_of(ax)[1] / rows)
    axes.set(xlim=(0, cols), ylim=(rows, 0))
    _draw_cells(axes, matrix.colours, (rows, cols), (width, height))
    hatched = _hatch(axes, boundary_places(operator), matrix.colours)
    if max(rows, cols) <= MOST_LABELLED:
        _draw_texts(axes, matrix.colours, _texts(operator), cell)
    _block_lines(axes, concrete(operator.rows), concrete(operator.cols))
    _name_blocks(axes, row_names, _block_names(concrete(operator.cols), width, True, sides[1]))
    title = f"{rows} × {cols}, {matrix.caption}{hatched}"
    axes.set_title(
        title, loc="left", fontsize=TITLE, fontfamily=FONT, color=style().ground.ink, pad=27
    )
    if ax is None:
        _legend(figure, axes, matrix)
    return figure


def _own_figure(axes: Axes) -> Figure:
    if not hasattr(axes, "get_figure"):
        raise SymconvError(f"ax={shown(axes)} are no axes of matplotlib")
    figure: Any = axes.get_figure(root=True)
    found: Figure = figure
    return found


def _inches_of(axes: Axes) -> tuple[float, float]:
    """Width and height of axes on paper."""
    across, up = _own_figure(axes).get_size_inches()
    box = axes.get_position()
    return box.width * across, box.height * up


def _sides(operator: Operator) -> tuple[str, str]:
    """Of which image the pixels of rows and of columns are."""
    _, side = operator.gram or (None, "")
    return {"rows": ("output", "output"), "columns": ("input", "input")}.get(
        side, ("output", "input")
    )


def _texts(operator: Operator) -> dict[Place, str]:
    """What is written on the entries: all of them, or nothing where one would be too long."""
    texts = {cell: compact(entry) for cell, entry in operator.expressions}
    return {} if any(len(t) > LONGEST_LABEL for t in texts.values()) else at_places(operator, texts)


def _sheet(
    matrix: MatrixColours, names: Names, inches: tuple[float, float], title: str
) -> tuple[Figure, Axes]:
    """A figure and its axes with room for names, title and legend."""
    width, height = inches
    titled = max(map(text_width, title.split("\n"))) * TITLE / 72
    beside = max(1.5 if matrix.legend else 1.0 if matrix.scale else 0.3, titled - width + 0.1)
    tall = max(height, 0.19 * len(matrix.legend))
    left = 0.55 + max(_inches(name) for _, name in names)
    figure = new_figure(left + width + beside, tall + 1.1)
    return figure, bare_axes(figure, left, 0.2 + tall - height, width, height)


def _draw_cells(
    axes: Axes,
    colours: Mapping[Place, str],
    shape: tuple[int, int],
    inches: tuple[float, float],
) -> None:
    rows, cols = shape
    border = {"facecolors": "none", "edgecolors": style().ground.ink, "linewidths": 0.8}
    add_squares(axes, [square(0, 0, cols, rows)], **border, zorder=2.5, clip_on=False)
    if len(colours) > MOST_SHAPES:
        _draw_raster(axes, colours, shape, inches)
        return
    corners = [square(col, row) for row, col in colours]
    line = 0.5 if WIDEST / max(shape) > 0.1 else 0
    add_squares(
        axes,
        corners,
        facecolors=[*colours.values()],
        edgecolors=style().ground.line,
        linewidths=line,
    )


def _draw_raster(
    axes: Axes,
    colours: Mapping[Place, str],
    shape: tuple[int, int],
    inches: tuple[float, float],
) -> None:
    """Too many cells to draw one by one: an image in which each dot shows one of its entries."""
    import numpy as np

    width, height = (min(n, int(DPI * size)) for n, size in zip(shape[::-1], inches, strict=True))
    image = np.full((height, width, 3), 255, dtype=np.uint8)
    rgb = {colour: channels(colour) for colour in set(colours.values())}
    places = np.array([*colours])
    dots = places * (height, width) // shape
    # Two dots by two for each entry, so that a lone diagonal is seen.
    for down, right in ((1, 1), (1, 0), (0, 1), (0, 0)):
        y, x = np.minimum(np.add(dots, (down, right)), (height - 1, width - 1)).T
        image[y, x] = [rgb[colour] for colour in colours.values()]
    axes.imshow(
        image, extent=(0, shape[1], shape[0], 0), aspect="auto", interpolation="nearest", zorder=1.5
    )


def _hatch(axes: Axes, places: Sequence[Place], colours: Mapping[Place, str]) -> str:
    """Strokes across some places, and what the title says of them."""
    if not 0 < len(places) <= MOST_SHAPES:
        return ""
    strokes = [stroke for row, col in places for stroke in hatching(col, row)]
    inks = [ink_on(colours.get(place, WHITE)) for place in places for _ in range(3)]
    add_lines(axes, strokes, colors=inks, linewidths=0.6, alpha=0.6)
    return "\n" + say(HATCHED)


def _draw_texts(
    axes: Axes, colours: Mapping[Place, str], texts: Mapping[Place, str], cell: float
) -> None:
    widest = max(map(text_width, texts.values()), default=1)
    size = min(10.0, 0.9 * 72 * cell / widest)
    if size < SMALLEST:
        return
    for (row, col), text in texts.items():
        ink = ink_on(colours.get((row, col), WHITE))
        write(axes, col + 0.5, row + 0.5, text, size, color=ink)


def _block_lines(axes: Axes, rows: Sequence[int], cols: Sequence[int]) -> None:
    """A line after each image row, a stronger one after each plane or channel."""
    for sizes, across, length in ((rows, False, prod(cols)), (cols, True, prod(rows))):
        for ends, width in zip(row_ends(sizes), (0.8, 1.6), strict=True):
            if len(ends) > MOST_BLOCKS:
                continue
            lines = [((0, at), (length, at)) for at in ends]
            turned = [((at, 0), (at, length)) for at in ends]
            colour, width = (
                (style().ground.ink, width) if len(ends) < 16 else (style().ground.line, width / 2)
            )
            add_lines(axes, turned if across else lines, colors=colour, linewidths=width)


def _block_names(
    sizes: tuple[int, ...], inches: float, across: bool, side: str
) -> tuple[str, Names]:
    """What the image rows of one side are called, and as many names as there is room for."""
    leading = sizes[:-1] if sizes[0] > 1 else sizes[1:-1]
    channel = "channel, " if sizes[0] > 1 else ""
    what = "channel" if len(sizes) == 2 else f"{channel}image row"
    if not leading:
        leading, what = sizes[1:], "pixel"
    count = prod(leading)
    longest = ",".join(str(n - 1) for n in leading)
    room = _inches(longest) + 0.1 if across else 0.16
    most = max(1, min(MOST_NAMES, int(inches / room)))
    shown = range(0, count, -(-count // most))
    block = prod(sizes) // count
    names = [((at + 0.5) * block, ",".join(map(str, pixel(leading, at)))) for at in shown]
    return say(f"{side} {what}"), names


def _inches(text: str) -> float:
    return text_width(text) * SMALL / 72


def _name_blocks(axes: Axes, rows: tuple[str, Names], cols: tuple[str, Names]) -> None:
    for axis, (what, names) in ((axes.yaxis, rows), (axes.xaxis, cols)):
        axis.set_ticks([at for at, _ in names], [name for _, name in names])
        axis.set_label_text(what, fontsize=SMALL, color=style().ground.faint)
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")


def _legend(figure: Figure, axes: Axes, matrix: MatrixColours) -> None:
    across, up = figure.get_size_inches()
    box = axes.get_position()
    left, top = box.x1 * across + 0.15, box.y1 * up
    if matrix.scale is not None:
        scale_bar(figure, left, box.y0 * up, top - box.y0 * up, matrix.scale)
    if not matrix.legend:
        return
    height = 0.19 * len(matrix.legend)
    key = bare_axes(figure, left, top - height, 1.3, height)
    key.set(xlim=(0, 1.3), ylim=(height, 0))
    tops = [0.19 * at for at in range(len(matrix.legend))]
    corners = [square(0, y + 0.015, 0.2, 0.14) for y in tops]
    add_squares(
        key,
        corners,
        facecolors=[*matrix.legend.values()],
        edgecolors=style().ground.line,
        linewidths=0.5,
    )
    for y, name in zip(tops, matrix.legend, strict=True):
        write(key, 0.27, y + 0.095, name, SMALL, ha="left")


def scale_bar(
    figure: Figure,
    left: float,
    bottom: float,
    height: float,
    ends: tuple[float, float],
    shades: str = DIVERGING,
) -> None:
    """A bar of shades from the least to the largest number, at a place in inches."""
    from matplotlib import colormaps

    bar = bare_axes(figure, left, bottom, 0.14, height)
    least, largest = ends
    whole = -largest if shades == DIVERGING else 0
    bar.imshow(
        [[least + (largest - least) * i / 255] for i in range(256)],
        cmap=colormaps[shades],
        vmin=whole,
        vmax=largest,
        aspect="auto",
        origin="lower",
        extent=(0, 1, least, largest),
    )
    bar.yaxis.tick_right()
    ticks = (least, 0, largest) if least else (0, largest / 2, largest)
    bar.set_yticks(ticks, [f"{v:.3g}".replace("-", "−") for v in ticks])
