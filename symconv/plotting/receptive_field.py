"""Receptive fields: which pixels of the image one pixel after a stack of layers depends on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise, product
from math import prod
from typing import TYPE_CHECKING, Any

from symconv.errors import ShapeError
from symconv.operators.entries import concrete, pixel
from symconv.operators.operator import Operator
from symconv.plotting.labels import show, two, two_place
from symconv.plotting.palette import PAPER, ink_on, shade
from symconv.plotting.player import Player
from symconv.plotting.scene import Grid, Line, Paint, Place, Scene, Words, fitting, text_width
from symconv.plotting.windows import Pixel, spatial_windows

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_PIXELS = 1024
WIDEST = 18.0
MARGIN = 0.5
GAP = 1.0


def draw_receptive_field(layers: Sequence[Operator], at: Any = None) -> Figure:
    """The pixels of every layer that one output pixel depends on; darker for more paths.

    Args:
        layers: convolutions or transposed convolutions, the first that is applied first.
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
    layers = tuple(layers)
    _check(layers)
    last = concrete(layers[-1].rows)[1:]
    middle = tuple((n - 1) // 2 for n in last)
    start = middle if at is None else pixel((1, *last), at)[1:]
    fields = receptive_fields(layers, start)
    sizes = [concrete(layers[0].cols)[1:], *(concrete(layer.rows)[1:] for layer in layers)]
    scene = _stack(sizes, fields, layers) if len(last) == 1 else _panels(sizes, fields)
    return Player(scene).figure


def receptive_fields(layers: Sequence[Operator], at: Pixel) -> list[Mapping[Pixel, int]]:
    """For the image and after each layer: pixel to the number of paths from it to one output pixel.

    >>> import symconv as sc
    >>> receptive_fields([sc.conv(sc.Kernel([1, 2]), 4, stride=2)], (1,))
    [{(2,): 1, (3,): 1}, {(1,): 1}]
    """
    fields: list[Mapping[Pixel, int]] = [{at: 1}]
    for layer in reversed(layers):
        windows = spatial_windows(layer)
        reached: Counter[Pixel] = Counter()
        for output, paths in fields[0].items():
            for _, _, met in windows(output):
                if met is not None:
                    reached[met] += paths
        fields.insert(0, dict(reached))
    return fields


def _check(layers: tuple[Operator, ...]) -> None:
    if not layers:
        raise ShapeError("a receptive field needs at least one layer")
    for before, after in pairwise(layers):
        if before.output_size != after.input_size:
            raise ShapeError(f"{after!r} does not take the image that {before!r} gives")
    for size in (layers[0].cols, *(layer.rows for layer in layers)):
        if len(size) > 3 or prod(concrete(size)[1:]) > MOST_PIXELS:
            raise ShapeError(
                f"an image of {show(concrete(size)[1:])} pixels: at most {MOST_PIXELS} on one or "
                "two axes are drawn"
            )


def _title(number: int, size: Sequence[int], field: Mapping[Pixel, int]) -> str:
    name = "image" if number == 0 else f"after layer {number}"
    if not field:
        return f"{name}: no pixel of {show(size)}"
    ends = [(min(i), max(i)) for i in zip(*field, strict=True)]
    return f"{name}: spans {show([high - low + 1 for low, high in ends])} of {show(size)}"


def _paints(size: Pixel, field: Mapping[Pixel, int]) -> dict[Place, Paint]:
    most = max(field.values(), default=1)
    paints = {}
    for at in product(*map(range, size)):
        paths = field.get(at, 0)
        fill = shade(0.25 + 0.75 * paths / most) if paths else PAPER
        paints[two_place(at)] = Paint(fill, str(paths) if paths else "", ink_on(fill))
    return paints


def _panels(sizes: Sequence[Pixel], fields: Sequence[Mapping[Pixel, int]]) -> Scene:
    """One panel a layer, the image on the left."""
    side = (WIDEST - GAP * len(sizes)) / sum(two(size)[1] for size in sizes)
    side = min(1.0, side)
    cells, words, x = [], [], MARGIN
    height = max(two(size)[0] for size in sizes) * side
    for number, (size, field) in enumerate(zip(sizes, fields, strict=True)):
        rows, cols = two(size)
        grid = Grid(rows, cols, x, MARGIN + 0.45 + (height - rows * side) / 2, side)
        paints = _paints(size, field)
        cells += grid.cells(paints, paints, fitting({p.text for p in paints.values()}, side))
        title = _title(number, size, field)
        words.append(Words(x, grid.y - 0.28, title))
        x += max(grid.width, text_width(title) * 0.25) + GAP
    return Scene(x - GAP + MARGIN, height + 2 * MARGIN + 0.45, tuple(cells), (), (), tuple(words))


def _stack(
    sizes: Sequence[Pixel], fields: Sequence[Mapping[Pixel, int]], layers: Sequence[Operator]
) -> Scene:
    """One line a layer, the image at the bottom, a stroke from each pixel to those it sees."""
    side = min(1.0, WIDEST / max(n for (n,) in sizes))
    widest = max(n for (n,) in sizes) * side
    pitch = side + 1.5
    grids = [
        Grid(1, n, MARGIN + (widest - n * side) / 2, MARGIN + 0.3 + pitch * depth, side)
        for depth, (n,) in zip(range(len(sizes) - 1, -1, -1), sizes, strict=True)
    ]
    cells, words = [], []
    for number, (size, field, grid) in enumerate(zip(sizes, fields, grids, strict=True)):
        paints = _paints(size, field)
        cells += grid.cells(paints, paints, fitting({p.text for p in paints.values()}, side))
        words.append(Words(MARGIN + widest + 0.4, grid.y + side / 2, _title(number, size, field)))
    lines = []
    for layer, field, low, high in zip(layers, fields[1:], grids, grids[1:], strict=False):
        windows = spatial_windows(layer)
        for output in field:
            for _, _, met in windows(output):
                if met is not None:
                    above = high.x + (output[0] + 0.5) * side, high.y + side
                    lines.append(Line(*above, low.x + (met[0] + 0.5) * side, low.y))
    width = max(w.x + text_width(w.text) * 0.25 for w in words) + MARGIN
    height = grids[0].y + side + MARGIN
    return Scene(width, height, tuple(cells), (), tuple(lines), tuple(words))
