"""Scenes as figures of matplotlib, made through its objects alone: no pyplot, no display."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

from symconv.errors import MissingExtraError
from symconv.plotting.scene import INCHES, Point, Scene, hatching, themed
from symconv.typesetting.style import channels, style
from symconv.typesetting.style import style as theme
from symconv.typesetting.tap_colours import DARK, WHITE, ink_on

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from PIL.Image import Image

DPI = 100
MOST_COLOURS = 256
RADIUS = 8  # of the corners, in pixels
FONT = "DejaVu Sans"
# Points.
TITLE = 10
SMALL = 8
# Letters that others can edit and publishers take, not outlines.
FONTS: Any = {"pdf.fonttype": 42, "ps.fonttype": 42}
POINTS = 72 * INCHES


class SceneFigure:
    """A figure of a scene whose artists are made once; other scenes only recolour them."""

    def __init__(self, scene: Scene) -> None:
        self.figure = new_figure(scene.width * INCHES, scene.height * INCHES)
        scene, ground = themed(scene), style().ground
        axes = bare_axes(self.figure, 0, 0, *self.figure.get_size_inches())
        axes.set(xlim=(0, scene.width), ylim=(scene.height, 0))
        self._squares = add_squares(axes, [square(c.x, c.y, c.size, c.size) for c in scene.cells])
        self._hatching = add_lines(axes, [], colors=ground.ink, linewidths=0.5, alpha=0.4)
        add_lines(
            axes,
            [((line.x0, line.y0), (line.x1, line.y1)) for line in scene.strokes],
            colors=ground.ink,
            linewidths=[line.strength for line in scene.strokes] or 1,
        )
        self._boxes = add_squares(axes, [], facecolors="none", edgecolors=ground.ink, zorder=3)
        middle = {"va": "center_baseline", "zorder": 4}
        self._texts = [
            write(axes, c.x + c.size / 2, c.y + c.size / 2, "", (c.font or 1) * POINTS, **middle)
            for c in scene.cells
        ]
        self._words = [
            write(axes, w.x, w.y, "", w.size * POINTS, ha=w.anchor, color=w.ink, zorder=4)
            for w in scene.words
        ]
        self.show(scene)

    def show(self, scene: Scene) -> None:
        """Recolour for another scene of the same steps."""
        scene, ground = themed(scene), style().ground
        styles = [cell.style for cell in scene.cells]
        self._squares.set_facecolor([s.fill if s else "none" for s in styles])
        self._squares.set_edgecolor([ground.line if s else "none" for s in styles])
        self._squares.set_linewidth([0.6 if c.size > 0.3 else c.size for c in scene.cells])
        hatched = [(c, c.style.fill) for c in scene.cells if c.style and c.style.hatched]
        self._hatching.set_segments([s for c, _ in hatched for s in hatching(c.x, c.y, c.size)])
        self._hatching.set_color([ink_on(fill) for _, fill in hatched for _ in range(3)])
        boxes = [box for box in scene.boxes if box.width]
        self._boxes.set_verts([square(b.x, b.y, b.width, b.height) for b in boxes])
        self._boxes.set_linewidth([b.stroke * POINTS for b in boxes])
        for text, cell in zip(self._texts, scene.cells, strict=True):
            text.set_text(cell.style.text if cell.style and cell.font else "")
            text.set_visible(bool(text.get_text()))
            text.set_color(cell.style.ink if cell.style else ground.ink)
        for text, words in zip(self._words, scene.words, strict=True):
            text.set_text(words.text)


def new_figure(width: float, height: float) -> Figure:
    """A figure of a size in inches: an opaque one, so that dark pages show a white one as a card.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    picture = _figure_class()
    _prefer_ours(picture)
    ground = style().ground.background
    figure: Figure = picture(figsize=(width, height), dpi=DPI, facecolor=ground, edgecolor=ground)
    return figure


@cache
def _figure_class() -> Any:
    """matplotlib's Figure, which shows itself in a notebook without pyplot."""
    try:
        from matplotlib import rc_context
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtraError('pictures need matplotlib: pip install "symconv[plots]"') from None

    class Picture(Figure):
        def __init__(self, **style: Any) -> None:
            super().__init__(**style)
            FigureCanvasAgg(self)

        def savefig(self, *arguments: Any, **options: Any) -> None:
            with rc_context(FONTS):
                super().savefig(*arguments, **options)

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
        if image.mode == "RGBA" and image.getchannel("A").getextrema()[0] == 0:
            return file.getvalue()  # nothing behind it that could have corners
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
    return bared(figure.add_axes((left / across, bottom / up, width / across, height / up)))


def bared(axes: Axes) -> Axes:
    """Axes without a frame and without ticks."""
    axes.set_facecolor("none")
    axes.tick_params(
        length=0, labelsize=SMALL, labelcolor=style().ground.faint, labelfontfamily=FONT
    )
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
    style = {"ha": "center", "va": "center", "color": theme().ground.ink} | style
    return axes.text(
        x, y, text, fontsize=size, fontfamily=FONT, parse_math=False, clip_on=False, **style
    )


# --- pictures in few colours -------------------------------------------------------------------


def image_of(figure: Figure) -> Image:
    """What a figure shows, drawn now.

    Raises:
        MissingExtraError: Pillow is not installed.
    """
    try:
        from PIL import Image
    except ImportError:
        raise MissingExtraError('films need Pillow: pip install "symconv[plots]"') from None
    canvas: Any = figure.canvas
    canvas.draw()
    return Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba()).convert("RGB")


def common_palette(image: Image, scenes: Sequence[Scene]) -> Sequence[tuple[int, ...]]:
    """One palette for all steps, so that no colour flickers: the fills as they are, and more."""
    fills = {c.style.fill: None for scene in scenes for c in scene.cells if c.style}
    exact = [channels(colour) for colour in (WHITE, DARK, *fills)]
    flat = image.quantize(MOST_COLOURS - len(exact)).getpalette() or []
    more = list(zip(flat[::3], flat[1::3], flat[2::3], strict=True))
    return (*exact, *more)[:MOST_COLOURS]  # old Pillows fill up to 256 with zeros


def indexed(image: Image, palette: Sequence[tuple[int, ...]]) -> Image:
    """The image in the nearest colours of the palette: Pillow's own search misses exact ones."""
    import numpy as np
    from PIL import Image

    pixels = np.asarray(image).astype(np.int32)
    codes, places = np.unique(pixels @ np.array([65536, 256, 1]), return_inverse=True)
    colours = np.stack([codes >> 16, codes >> 8 & 255, codes & 255], axis=-1)
    nearest = ((colours[:, None] - np.array(palette)) ** 2).sum(axis=-1).argmin(axis=-1)
    found = Image.fromarray(nearest[places].reshape(pixels.shape[:2]).astype(np.uint8))
    found.putpalette(np.array(palette, dtype=np.uint8).tobytes())
    return found
