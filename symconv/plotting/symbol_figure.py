"""The symbol of a convolution as a picture: how strongly it takes on each frequency."""

from __future__ import annotations

from itertools import pairwise
from math import pi
from typing import TYPE_CHECKING, Any

from symconv._arrays import Array, np
from symconv.errors import KernelError, ShapeError
from symconv.operators.layer import Layer
from symconv.operators.operator import Operator, parse_operator
from symconv.plotting.figure import (
    FONT,
    SMALL,
    TITLE,
    add_lines,
    add_squares,
    bare_axes,
    new_figure,
)
from symconv.plotting.matrix_figure import scale_bar
from symconv.recognition.recognition import require_layer
from symconv.spectra.kernel_blocks import blocks_of
from symconv.typesetting.style import say, style
from symconv.typesetting.tap_colours import pale, tap_colour

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDE, HIGH = 4.2, 2.2  # inches
SIDE = 2.8
# So many steps of the angle; even, so that 0 and -π are among them.
CURVE, PLANE = 512, 128
TICKS = (-pi, -pi / 2, 0, pi / 2, pi)
NAMES = ("−π", "−π/2", "0", "π/2", "π")


def draw_symbol(operator: Operator) -> Figure:
    """|symbol| over all frequencies: a curve on one axis, shades on two.

    Args:
        operator: a convolution of numbers on one or two axes, or its transpose, of any size. With
            several channels or a stride the symbol is a matrix, and its largest singular value is
            drawn.

    Returns:
        A matplotlib ``Figure``; angles are in radians per input pixel, from -π to π.

    Raises:
        KernelError: the kernel has symbols.
        ShapeError: there are three axes or more, or zeros are stuffed.
        MissingExtraError: matplotlib is not installed.

    >>> import symconv as sc
    >>> draw_symbol(sc.conv([1, 2, 1], 8)).axes[0].get_title(loc="left")
    '|symbol|, from about 0 to 4'
    """
    layer = require_layer(parse_operator(operator))
    if any(entry.free_symbols for entry in layer.kernel.entries):
        raise KernelError(f"{layer.kernel!r} has symbols: give them numbers with subs() first")
    if len(layer.axes) > 2 or any(axis.input_dilation > 1 for axis in layer.axes):
        raise ShapeError(
            f"{operator!r}: symbols are drawn on one or two axes, without input dilation"
        )
    count = CURVE if len(layer.axes) == 1 else PLANE
    values = symbol_values(layer, -pi + 2 * pi * np.arange(count) / count)
    matrix = blocks_of(layer).shape != (1, 1)
    name = "largest singular value of the symbol" if matrix else "|symbol|"
    low, high = _short(values.min(), values.max()), _short(values.max())
    title = say("{name}, from about {low} to {high}", name=say(name), low=low, high=high)
    return _curve(values, title) if values.ndim == 1 else _plane(values, title)


def symbol_values(layer: Layer, angles: Array) -> Array:
    """The largest singular value of the symbol at each angle, on two axes at each pair.

    >>> import symconv as sc
    >>> layer = sc.conv([1, 2], 8, stride=2).as_layer()
    >>> symbol_values(layer, np.array([0.0, 1.0])).round(6).tolist()
    [2.236068, 2.236068]
    """
    blocks = blocks_of(layer)
    grids = np.meshgrid(*[angles] * len(layer.axes), indexing="ij")
    table = np.zeros((*grids[0].shape, *blocks.shape), dtype=complex)
    for q, (row, col), entry in blocks.items():
        turn = sum(x * a.stride * theta for x, a, theta in zip(q, layer.axes, grids, strict=True))
        table[..., row, col] += float(entry) * np.exp(1j * np.asarray(turn))
    found: Array = np.linalg.norm(table, 2, axis=(-2, -1))
    return found


def _short(value: float, largest: float | None = None) -> str:
    """Three digits; what is rounding beside the largest value is 0."""
    return "0" if largest is not None and value < 1e-12 * largest else f"{value:.3g}"


def _curve(values: Array, title: str) -> Figure:
    figure = new_figure(WIDE + 0.8, HIGH + 0.9)
    axes = bare_axes(figure, 0.5, 0.45, WIDE, HIGH)
    top = float(values.max()) or 1.0
    axes.set(xlim=(-pi, pi), ylim=(0, 1.04 * top))
    angles = np.linspace(-pi, pi, len(values) + 1)
    curve = list(zip(angles.tolist(), [*values.tolist(), float(values[0])], strict=True))
    colour = tap_colour(1)
    add_lines(axes, [((x, 0), (x, top)) for x in TICKS], colors=style().ground.line, linewidths=0.5)
    area = [[(-pi, 0.0), *curve, (pi, 0.0)]]
    add_squares(axes, area, facecolors=pale(colour, 0.15), edgecolors="none")
    add_lines(axes, pairwise(curve), colors=colour, linewidths=1.6, capstyle="round")
    add_lines(axes, [((-pi, 0), (pi, 0))], colors=style().ground.ink, linewidths=0.8)
    _name_angles(axes, title)
    axes.set_yticks([0, top / 2, top], [f"{v:.3g}" for v in (0, top / 2, top)])
    axes.set_xlabel("θ", fontsize=SMALL, color=style().ground.faint)
    return figure


def _plane(values: Array, title: str) -> Figure:
    from matplotlib import colormaps

    figure = new_figure(SIDE + 1.5, SIDE + 0.9)
    axes = bare_axes(figure, 0.6, 0.45, SIDE, SIDE)
    largest = float(values.max()) or 1.0
    shades: Any = colormaps["cividis_r"]
    half = pi / len(values)
    ends = (-pi - half, pi + half, pi + half, -pi - half)
    axes.imshow(
        np.pad(values, (0, 1), mode="wrap"),
        cmap=shades,
        vmin=0,
        vmax=largest,
        extent=ends,
        interpolation="nearest",
    )
    axes.set(xlim=(-pi, pi), ylim=(pi, -pi))
    border = [[(-pi, -pi), (pi, -pi), (pi, pi), (-pi, pi)]]
    add_squares(
        axes,
        border,
        facecolors="none",
        edgecolors=style().ground.ink,
        linewidths=0.8,
        clip_on=False,
    )
    _name_angles(axes, title)
    axes.set_yticks(TICKS, NAMES)
    axes.set_xlabel("θ₂", fontsize=SMALL, color=style().ground.faint)
    axes.set_ylabel("θ₁", fontsize=SMALL, color=style().ground.faint)
    scale_bar(figure, 0.6 + SIDE + 0.15, 0.45, SIDE, (0, largest), "cividis_r")
    return figure


def _name_angles(axes: Any, title: str) -> None:
    axes.set_xticks(TICKS, NAMES)
    axes.set_title(
        title, loc="left", fontsize=TITLE, fontfamily=FONT, color=style().ground.ink, pad=8
    )
