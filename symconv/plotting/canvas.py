"""Figures of matplotlib, made through its objects alone: no pyplot, no state, no display."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

from symconv.errors import MissingExtraError
from symconv.plotting.palette import DARK, FAINT, WHITE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DPI = 100
RADIUS = 8  # of the corners, in pixels
FONT = "DejaVu Sans"

Point = tuple[float, float]


def new_figure(width: float, height: float) -> Figure:
    """An opaque white figure of a size in inches: dark pages show it as a card.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    picture = _figure_class()
    _prefer_ours(picture)
    figure: Figure = picture(figsize=(width, height), dpi=DPI, facecolor=WHITE, edgecolor=WHITE)
    return figure


@cache
def _figure_class() -> Any:
    """matplotlib's Figure, which shows itself in a notebook without pyplot."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtraError('pictures need matplotlib: pip install "symconv[plots]"') from None

    class Picture(Figure):
        def __init__(self, **style: Any) -> None:
            super().__init__(**style)
            FigureCanvasAgg(self)

        def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
            """Twice as fine as it is shown, for sharp screens; on dark pages a rounded card."""
            file = BytesIO()
            self.savefig(file, format="png", dpi=2 * DPI)
            width, height = self.get_size_inches() * DPI
            return _rounded(file), {"width": round(width), "height": round(height)}

    return Picture


def _rounded(file: BytesIO) -> bytes:
    """A PNG picture with transparent corners."""
    from PIL import Image, ImageDraw

    with Image.open(file) as image:
        mask = Image.new("L", (4 * image.width, 4 * image.height), 0)
        corner = 4 * RADIUS * 2 * DPI // 100
        ImageDraw.Draw(mask).rounded_rectangle((0, 0, *mask.size), corner, fill=255)
        card = image.convert("RGB")
        card.putalpha(mask.resize(image.size, Image.Resampling.BOX))
    made = BytesIO()
    card.save(made, format="png")
    return made.getvalue()


def _prefer_ours(picture: type) -> None:
    """Where pyplot was imported, notebooks would show any figure in matplotlib's coarser way."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is not None:
        formatters = shell.display_formatter.formatters
        formatters["image/png"].for_type(picture, lambda figure: figure._repr_png_())


def bare_axes(figure: Figure, left: float, bottom: float, width: float, height: float) -> Axes:
    """Axes without a frame at a place given in inches, y downwards as in a matrix."""
    across, up = figure.get_size_inches()
    axes = figure.add_axes((left / across, bottom / up, width / across, height / up))
    axes.set_facecolor("none")
    axes.tick_params(length=0, labelsize=7, labelcolor=FAINT, labelfontfamily=FONT)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_xticks([])
    axes.set_yticks([])
    return axes


def square(x: float, y: float, width: float = 1, height: float = 1) -> list[Point]:
    """The corners of a rectangle from its upper left one."""
    return [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]


def add_squares(axes: Axes, corners: list[list[Point]], **style: Any) -> Any:
    """Many filled polygons as one artist."""
    from matplotlib.collections import PolyCollection

    return axes.add_collection(PolyCollection(corners, **style), autolim=False)


def add_lines(axes: Axes, segments: Iterable[tuple[Point, Point]], **style: Any) -> Any:
    """Many strokes as one artist."""
    from matplotlib.collections import LineCollection

    return axes.add_collection(LineCollection([*segments], **style), autolim=False)


def write(axes: Axes, x: float, y: float, text: str, size: float = 8, **style: Any) -> Any:
    """Plain text at a place; mathtext is off, because it is slow and reads $ and _."""
    style = {"ha": "center", "va": "center", "color": DARK} | style
    return axes.text(
        x, y, text, fontsize=size, fontfamily=FONT, parse_math=False, clip_on=False, **style
    )
