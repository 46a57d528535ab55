"""A checkerboard as a picture: the kernel by phases, the overlaps, and a flat image upsampled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import sympy as sp

from symconv.analysis.checkerboard import Checkerboard, checkerboard
from symconv.errors import ShapeError
from symconv.operators.entries import concrete
from symconv.plotting.figure import SceneFigure
from symconv.plotting.labels import label, wrapped
from symconv.plotting.panels import show, side_by_side, two, two_place
from symconv.plotting.scene import CellStyle, Place, Scene
from symconv.plotting.steps import steps_of
from symconv.plotting.windows import Pixel, pixels_of
from symconv.printing.unicode import one_line
from symconv.recognition.recognition import require_layer
from symconv.typesetting.style import say
from symconv.typesetting.tap_colours import ink_on, pale, shade, tap_colour
from symconv.work_limits import check

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from symconv.operators.operator import Operator

MOST_PIXELS = 1024
WIDEST = 17.0

Styles = Mapping[Place, CellStyle]


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
    return SceneFigure(checkerboard_scene(board, transposed)).figure


def checkerboard_scene(board: Checkerboard, transposed: Operator) -> Scene:
    """Three panels: kernel, overlaps, the flat image upsampled; below them the condition."""
    steps = steps_of(transposed, "scatter", _ones(concrete(transposed.cols)[1:]))
    size = steps.output_size[1:]
    if len(size) > 2:
        raise ShapeError(f"an output of {show(size)} pixels: one or two axes are drawn")
    check("pixels", prod(size), f"{prod(size)} pixels to draw", "take a smaller image", MOST_PIXELS)
    met = [t.pixel[1:] for step in steps for t in step.touches if t.pixel is not None]
    overlaps = {at: sp.Integer(met.count(at)) for at in pixels_of(size)}
    values = dict(zip(overlaps, steps[-1].after, strict=True))
    panels = [
        (say("kernel, one colour a phase"), two(board.kernel.size), _kernel(board)),
        (say("windows that overlap"), two(size), _shaded(overlaps)),
        (say("of a flat image of ones"), two(size), _shaded(values, board)),
    ]
    return side_by_side(panels, _condition(board))


def _kernel(board: Checkerboard) -> Styles:
    entries = {tap: entry for _, _, tap, entry in board.kernel.weights()}
    fills = {tap: tap_colour(at) for at, taps in enumerate(board.taps.values()) for tap in taps}
    return {
        two_place(tap): CellStyle(fill, label(entries[tap]), ink_on(fill))
        for tap, fill in fills.items()
    }


def _shaded(values: Mapping[Pixel, sp.Expr | None], board: Checkerboard | None = None) -> Styles:
    """Darker for more; symbols in the colour of their phase, washed out where the border is."""
    found = {pixel: value for pixel, value in values.items() if value is not None}
    distinct = list(dict.fromkeys(found.values()))
    if board is not None and any(value.free_symbols for value in distinct):
        return {two_place(pixel): _of_phase(board, pixel, value) for pixel, value in found.items()}
    numbers = {value: float(sp.re(value)) for value in distinct}
    low, high = min(numbers.values()), max(numbers.values())
    spread = (high - low) or 1.0
    fills = {value: shade((number - low) / spread) for value, number in numbers.items()}
    return {
        two_place(pixel): CellStyle(fills[value], label(value), ink_on(fills[value]))
        for pixel, value in found.items()
    }


def _of_phase(board: Checkerboard, pixel: Pixel, value: sp.Expr) -> CellStyle:
    """A pixel in the colour that the taps of its phase have in the kernel."""
    phase = tuple(i % s for i, s in zip(pixel, board.stride, strict=True))
    colour = tap_colour(list(board.taps).index(phase))
    fill = colour if value == board.sums[phase] else pale(colour)
    return CellStyle(fill, label(value), ink_on(fill))


def _condition(board: Checkerboard) -> list[str]:
    sums = [
        say("phase {phase}: {value}", phase=",".join(map(str, phase)), value=one_line(v))
        for phase, v in board.sums.items()
    ]
    parts = [*(f"{text};   " for text in sums[:-1]), sums[-1]]
    said = "no checkerboard where all phases have the same value"
    if not board.conditions:
        said = "no checkerboard: all phases have the same value"
    elif any(not c.free_symbols for c in board.conditions):
        said = "a checkerboard: the phases have different values"
    return [*wrapped(parts, WIDEST), say(said)]


def _ones(size: Sequence[int]) -> Any:
    """A flat image as nested lists."""
    return [_ones(size[1:]) for _ in range(size[0])] if size else 1
