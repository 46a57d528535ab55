"""A checkerboard as a picture: the kernel by phases, the overlaps, and a flat image upsampled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

import sympy as sp

from symconv.analysis.checkerboard import Checkerboard, checkerboard
from symconv.errors import ShapeError
from symconv.operators.entries import concrete
from symconv.operators.operator import Operator
from symconv.operators.recognition import require_layer
from symconv.plotting.labels import label, show, two, two_place, wrapped
from symconv.plotting.palette import ink_on, shade, tap_colour
from symconv.plotting.player import Player
from symconv.plotting.scene import Grid, Paint, Place, Scene, Words, fitting, text_width
from symconv.plotting.steps import plan
from symconv.plotting.windows import Pixel
from symconv.printing.unicode import one_line

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_PIXELS = 1024
WIDEST = 17.0
MARGIN = 0.5
LEADING = 0.4

Paints = Mapping[Place, Paint]


def draw_checkerboard(operator: Operator) -> Figure:
    """What a transposed convolution makes of a flat image: how windows overlap, and the values.

    Args:
        operator: a transposed convolution of one channel on one or two axes with zero padding, or
            the convolution that it is the transpose of.

    Returns:
        A matplotlib ``Figure``.

    Raises:
        ConventionError, ShapeError: there is no such question, or the output is too large.

    Source: Odena et al. 2016, "Deconvolution and checkerboard artifacts".

    >>> import symconv as sc
    >>> T = sc.conv_transpose(sc.Kernel.arange((3, 3)), (4, 4), stride=2)
    >>> draw_checkerboard(T).axes[0].texts[-1].get_text()
    'a checkerboard: the phases have different values'
    """
    board = checkerboard(operator)
    transposed = operator if require_layer(operator).transposed else operator.T
    return Player(checkerboard_scene(board, transposed)).figure


def checkerboard_scene(board: Checkerboard, transposed: Operator) -> Scene:
    """Three panels: kernel, overlaps, the flat image upsampled; below them the condition."""
    journey = plan(transposed, "scatter", _ones(concrete(transposed.cols)[1:]))
    size = journey.output_size[1:]
    if len(size) > 2 or prod(size) > MOST_PIXELS:
        raise ShapeError(f"an output of {show(size)} pixels: at most {MOST_PIXELS} on two axes")
    steps = journey.steps()
    met = [t.pixel[1:] for step in steps for t in step.touches if t.pixel is not None]
    pixels = list(product(*map(range, size)))
    values = dict(zip(pixels, steps[-1].after, strict=True))
    panels = [
        ("kernel, one colour a phase", two(board.kernel.size), _kernel(board)),
        ("windows that overlap", two(size), _shaded({p: sp.Integer(met.count(p)) for p in pixels})),
        ("of a flat image of ones", two(size), _shaded(values)),
    ]
    return _row(panels, _condition(board))


def _kernel(board: Checkerboard) -> Paints:
    paints = {}
    entries = {tap: entry for _, _, tap, entry in board.kernel.weights()}
    for phase, taps in enumerate(board.taps.values()):
        fill = tap_colour(phase)
        for tap in taps:
            paints[two_place(tap)] = Paint(fill, label(entries[tap]), ink_on(fill))
    return paints


def _shaded(values: Mapping[Pixel, sp.Expr | None]) -> Paints:
    """Darker for more; symbolic values in one colour each."""
    found = {pixel: sp.sympify(value) for pixel, value in values.items()}
    distinct = list(dict.fromkeys(found.values()))
    if any(value.free_symbols for value in distinct):
        fills = {value: tap_colour(at) for at, value in enumerate(distinct)}
    else:
        numbers = {value: float(sp.re(value)) for value in distinct}
        low, high = min(numbers.values()), max(numbers.values())
        spread = (high - low) or 1.0
        fills = {value: shade((number - low) / spread) for value, number in numbers.items()}
    return {
        two_place(pixel): Paint(fills[value], label(value), ink_on(fills[value]))
        for pixel, value in found.items()
    }


def _condition(board: Checkerboard) -> list[str]:
    sums = [f"phase {','.join(map(str, phase))}: {one_line(v)}" for phase, v in board.sums.items()]
    parts = [f"{text}{';   ' if k < len(sums) - 1 else ''}" for k, text in enumerate(sums)]
    if not board.conditions:
        return [*wrapped(parts, WIDEST), "no checkerboard: all phases have the same value"]
    if any(not c.free_symbols for c in board.conditions):
        return [*wrapped(parts, WIDEST), "a checkerboard: the phases have different values"]
    return [*wrapped(parts, WIDEST), "no checkerboard where all phases have the same value"]


def _row(panels: Sequence[tuple[str, tuple[int, int], Paints]], lines: Sequence[str]) -> Scene:
    columns = sum(cols for _, (_, cols), _ in panels)
    gaps = 1.0 * (len(panels) - 1)
    size = min(1.0, (WIDEST - gaps) / columns)
    cells, words, x = [], [], MARGIN
    height = max(rows for _, (rows, _), _ in panels) * size
    for title, (rows, cols), paints in panels:
        grid = Grid(rows, cols, x, MARGIN + 0.45, size)
        cells += grid.cells(paints, paints, fitting({p.text for p in paints.values()}, size))
        words.append(Words(x, MARGIN + 0.17, title))
        x += max(grid.width, text_width(title) * 0.25) + 1.0
    top = MARGIN + 0.45 + height + 0.5
    words += [Words(MARGIN, top + LEADING * k, line) for k, line in enumerate(lines)]
    right = max(x - 1.0, MARGIN + max(text_width(line) * 0.25 for line in lines))
    return Scene(right + MARGIN, top + LEADING * len(lines), tuple(cells), (), (), tuple(words))


def _ones(size: Sequence[int]) -> Any:
    """A flat image as nested lists."""
    return [_ones(size[1:]) for _ in range(size[0])] if size else 1
