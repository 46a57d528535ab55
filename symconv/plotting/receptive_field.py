"""Receptive fields: which pixels of the image one pixel after a stack of layers depends on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING, Any

from symconv.arguments import parse_instance
from symconv.errors import ShapeError
from symconv.operators.entries import concrete, pixel
from symconv.operators.operator import Operator, parse_operator
from symconv.plotting.figure import SceneFigure
from symconv.plotting.panels import MARGIN, WIDEST, show, side_by_side, two, two_place
from symconv.plotting.scene import LETTERS, CellStyle, Grid, Place, Scene, Stroke, Words, text_width
from symconv.plotting.windows import Pixel, layer_windows, pixels_of
from symconv.stacks.operator_stages import window_operators
from symconv.stacks.stack import Stack
from symconv.typesetting.style import say
from symconv.typesetting.tap_colours import PAPER, ink_on, shade
from symconv.work_limits import check

if TYPE_CHECKING:
    from matplotlib.figure import Figure


MOST_PIXELS = 1024
LIST = "is no stack and no list of operators, the first that is applied first"

Field = Mapping[Pixel, int]


def draw_receptive_field(layers: Operator | Sequence[Operator] | Stack, at: Any = None) -> Figure:
    """The pixels of every layer that one output pixel depends on; darker for more paths.

    Args:
        layers: a convolution or transposed convolution; several, the first that is applied first;
            or a stack, whose layers without windows are left out.
        at: the output pixel of the last layer, as a flat index or a tuple; by default the middle.

    Returns:
        A matplotlib ``Figure``: on one axis a line a layer with the windows between them, on two a
        panel a layer. Numbers count the paths to the output pixel.

    Raises:
        ConventionError: one is no single layer.
        ShapeError: a layer does not take what the one before it gives, or an image is too large.

    >>> import symconv as sc
    >>> layers = [sc.conv(sc.Kernel([1, 1, 1]), 7), sc.conv(sc.Kernel([1, 1, 1]), 5)]
    >>> draw_receptive_field(layers).axes[0].texts[-3].get_text()
    'image: spans 5 of 7'
    """
    if isinstance(layers, Stack):
        layers = window_operators(layers.stages, layers.image)
    if isinstance(layers, Operator):
        layers = [layers]
    layers = tuple(map(parse_operator, parse_instance(layers, (list, tuple), LIST)))
    _check(layers)
    last = concrete(layers[-1].rows)[1:]
    middle = tuple((n - 1) // 2 for n in last)
    fields = receptive_fields(layers, middle if at is None else pixel((1, *last), at)[1:])
    sizes = [concrete(layers[0].cols)[1:], *(concrete(layer.rows)[1:] for layer in layers)]
    scene = (
        _stack(sizes, fields, layers) if len(last) == 1 else side_by_side(_titled(sizes, fields))
    )
    return SceneFigure(scene).figure


def receptive_fields(layers: Sequence[Operator], at: Pixel) -> list[Field]:
    """For the image and after each layer: pixel to the number of paths from it to one output pixel.

    >>> import symconv as sc
    >>> receptive_fields([sc.conv(sc.Kernel([1, 2]), 4, stride=2)], (1,))
    [{(2,): 1, (3,): 1}, {(1,): 1}]
    """
    fields: list[Field] = [{at: 1}]
    for layer in reversed(layers):
        reached: Counter[Pixel] = Counter()
        for output, met in _met(layer, fields[0]):
            reached[met] += fields[0][output]
        fields.insert(0, dict(reached))
    return fields


def _met(layer: Operator, field: Field) -> list[tuple[Pixel, Pixel]]:
    """Pairs of an output pixel of a field and a pixel under its window."""
    windows = layer_windows(layer, "gather")
    pairs = ((output, met) for output in field for _, _, met in windows.spatial(output))
    return [(output, met) for output, met in pairs if met is not None]


def _check(layers: tuple[Operator, ...]) -> None:
    if not layers:
        raise ShapeError("a receptive field needs at least one layer")
    for before, after in pairwise(layers):
        if before.output_size != after.input_size:
            raise ShapeError(f"{after!r} does not take the image that {before!r} gives")
    for size in (layers[0].cols, *(layer.rows for layer in layers)):
        image = concrete(size)[1:]
        if len(image) > 2:
            raise ShapeError(f"an image of {show(image)} pixels: one or two axes are drawn")
        what = f"{prod(image)} pixels to draw"
        check("pixels", prod(image), what, "take a smaller image", MOST_PIXELS)


def _titled(
    sizes: Sequence[Pixel], fields: Sequence[Field]
) -> list[tuple[str, tuple[int, int], dict[Place, CellStyle]]]:
    """Title, rows and columns, and cells of each layer, the image first."""
    return [
        (_title(number, size, field), two(size), _styles(size, field))
        for number, (size, field) in enumerate(zip(sizes, fields, strict=True))
    ]


def _title(number: int, size: Sequence[int], field: Field) -> str:
    name = say("image") if number == 0 else say("after layer {number}", number=number)
    if not field:
        return say("{name}: no pixel of {size}", name=name, size=show(size))
    ends = [(min(i), max(i)) for i in zip(*field, strict=True)]
    span = show([high - low + 1 for low, high in ends])
    return say("{name}: spans {span} of {size}", name=name, span=span, size=show(size))


def _styles(size: Pixel, field: Field) -> dict[Place, CellStyle]:
    most = max(field.values(), default=1)
    styles = {}
    for at in pixels_of(size):
        paths = field.get(at, 0)
        fill = shade(0.25 + 0.75 * paths / most) if paths else PAPER
        styles[two_place(at)] = CellStyle(fill, str(paths) if paths else "", ink_on(fill))
    return styles


def _stack(sizes: Sequence[Pixel], fields: Sequence[Field], layers: Sequence[Operator]) -> Scene:
    """One line a layer, the image at the bottom, a stroke from each pixel to those it sees."""
    side = min(1.0, WIDEST / max(n for (n,) in sizes))
    widest = max(n for (n,) in sizes) * side
    tops = [MARGIN + 0.3 + (side + 1.5) * depth for depth in range(len(sizes))]
    grids = [
        Grid(1, n, MARGIN + (widest - n * side) / 2, y, side)
        for (n,), y in zip(sizes, reversed(tops), strict=True)
    ]
    cells, words = [], []
    for (title, _, styles), grid in zip(_titled(sizes, fields), grids, strict=True):
        cells += grid.styled(styles)
        words.append(Words(MARGIN + widest + 0.4, grid.y + side / 2, title))
    strokes = [
        Stroke(high.x + (i + 0.5) * side, high.y + side, low.x + (j + 0.5) * side, low.y)
        for layer, field, (low, high) in zip(layers, fields[1:], pairwise(grids), strict=True)
        for (i,), (j,) in _met(layer, field)
    ]
    width = max(w.x + text_width(w.text) * LETTERS for w in words) + MARGIN
    return Scene(width, tops[-1] + side + MARGIN, tuple(cells), (), tuple(strokes), tuple(words))
