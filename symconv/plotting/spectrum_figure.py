"""Singular values or eigenvalues as a histogram, beside the limit for large images."""

from __future__ import annotations

from itertools import pairwise
from math import ceil, sqrt
from typing import TYPE_CHECKING, Any

from symconv._arrays import Array, np
from symconv.operators.entries import concrete
from symconv.operators.operator import Operator, parse_operator
from symconv.plotting.figure import (
    FONT,
    SMALL,
    TITLE,
    add_lines,
    add_squares,
    bare_axes,
    new_figure,
    square,
)
from symconv.spectra.limits import Kind, spectral_limit
from symconv.spectra.spectra import eigenvalues, singular_values
from symconv.typesetting.style import say, style
from symconv.typesetting.tap_colours import pale, tap_colour

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDE, HIGH = 4.2, 2.2  # inches
LEAST_BINS, MOST_BINS = 8, 40
# Angles of the limit in all, about.
ANGLES = 2**18


def draw_spectrum(operator: Operator, kind: Kind = "singular values") -> Figure:
    """A histogram of all values of one size, and as a line that of the limit for large images.

    Args:
        operator: a convolution of numbers with one output channel, or its transpose, of a size
            that has numbers.
        kind: "singular values"; or "eigenvalues" where the operator is a symmetric matrix.

    Returns:
        A matplotlib ``Figure``; bars and line are shares of all values.

    Raises:
        KernelError: the kernel has symbols.
        ShapeError: the size has symbols, there is no such limit, or the matrix is too large.
        MissingExtraError: matplotlib is not installed.

    >>> import symconv as sc
    >>> draw_spectrum(sc.conv([1, 2, 1], 60)).axes[0].get_title(loc="left")
    '58 singular values from 0.00622 to 4, and their limit'
    """
    concrete(parse_operator(operator).rows)
    limit = spectral_limit(operator, kind)
    wanted = limit.numbers(round(ANGLES ** (1 / len(limit.angles))))
    spectrum = singular_values(operator) if kind == "singular values" else eigenvalues(operator)
    values = spectrum.numeric()
    edges = bin_edges(values, wanted)
    title = (
        say(
            "{count} {kind} from {low} to {high}, and their limit",
            count=len(values),
            kind=say(kind),
            low=_short(values.min(), np.ptp(values)),
            high=_short(values.max(), np.ptp(values)),
        )
        if len(values) > 1
        else say(
            "one value, {value}, and the limit of {kind}", value=f"{values[0]:.3g}", kind=say(kind)
        )
    )
    return _histogram(shares(values, edges), shares(wanted, edges), edges, title)


def bin_edges(values: Array, wanted: Array) -> Array:
    """Ends of bins of one width, about as many as the root of the number of values."""
    low, high = min(values.min(), wanted.min()), max(values.max(), wanted.max())
    if high - low < 1e-9 * max(abs(low), abs(high), 1e-300):
        low, high = low - 0.5, high + 0.5
    count = min(MOST_BINS, max(LEAST_BINS, ceil(sqrt(len(values)))))
    edges: Array = np.linspace(low, high, count + 1)
    return edges


def shares(values: Array, edges: Array) -> Array:
    """Which share of the values lies in each bin.

    >>> shares(np.array([1.0, 2.0, 2.5, 4.0]), np.array([0.0, 2.0, 4.0])).tolist()
    [0.25, 0.75]
    """
    counts, _ = np.histogram(values, edges)
    found: Array = counts / len(values)
    return found


def _histogram(bars: Array, line: Array, edges: Array, title: str) -> Figure:
    figure = new_figure(WIDE + 0.9, HIGH + 0.9)
    axes = bare_axes(figure, 0.6, 0.45, WIDE, HIGH)
    top = float(max(bars.max(), line.max()))
    margin = 0.02 * (edges[-1] - edges[0])
    axes.set(xlim=(edges[0] - margin, edges[-1] + margin), ylim=(0, 1.04 * top))
    colour = tap_colour(1)
    spans = list(pairwise(edges.tolist()))
    boxes = [
        square(a, 0.0, b - a, share)
        for (a, b), share in zip(spans, bars.tolist(), strict=True)
        if share
    ]
    add_squares(axes, boxes, facecolors=pale(colour, 0.4), edgecolors="none", linewidths=0.6)
    steps = [
        (x, y) for (a, b), y in zip(spans, line.tolist(), strict=True) for x, y in ((a, y), (b, y))
    ]
    outline = [(steps[0][0], 0.0), *steps, (steps[-1][0], 0.0)]
    add_lines(axes, pairwise(outline), colors=style().ground.ink, linewidths=1.2, capstyle="round")
    ends = [((edges[0] - margin, 0), (edges[-1] + margin, 0))]
    add_lines(axes, ends, colors=style().ground.line, linewidths=0.8)
    axes.set_title(
        title, loc="left", fontsize=TITLE, fontfamily=FONT, color=style().ground.ink, pad=8
    )
    places = [edges[0], (edges[0] + edges[-1]) / 2, edges[-1]]
    axes.set_xticks(places, [_short(x, edges[-1] - edges[0]) for x in places])
    axes.set_yticks([0, top / 2, top], [f"{100 * y:.3g} %" for y in (0, top / 2, top)])
    axes.set_xlabel(
        say("bars: this size; line: large images"), fontsize=SMALL, color=style().ground.faint
    )
    return figure


def _short(value: float, width: Any) -> str:
    """Three digits; what is rounding beside the width is 0."""
    return "0" if abs(value) < 1e-12 * width else f"{value:.3g}"
