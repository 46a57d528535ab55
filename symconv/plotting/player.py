"""Scenes as figures of matplotlib."""

from __future__ import annotations

from symconv.plotting.canvas import add_lines, add_squares, bare_axes, new_figure, square, write
from symconv.plotting.palette import DARK, LINE, ink_on
from symconv.plotting.scene import INCHES, Scene, hatching

POINTS = 72 * INCHES


class Player:
    """A figure of a scene whose artists are made once; other scenes only recolour them."""

    def __init__(self, scene: Scene) -> None:
        self.figure = new_figure(scene.width * INCHES, scene.height * INCHES)
        width, height = self.figure.get_size_inches()
        axes = bare_axes(self.figure, 0, 0, width, height)
        axes.set(xlim=(0, scene.width), ylim=(scene.height, 0))
        corners = [square(c.x, c.y, c.size, c.size) for c in scene.cells]
        self._squares = add_squares(axes, corners)
        self._strokes = add_lines(axes, [], colors=DARK, linewidths=0.5, alpha=0.4)
        add_lines(
            axes,
            [((line.x0, line.y0), (line.x1, line.y1)) for line in scene.lines],
            colors=DARK,
            linewidths=[line.strength for line in scene.lines] or 1,
        )
        self._boxes = add_squares(axes, [], facecolors="none", edgecolors=DARK, zorder=3)
        self._texts = [
            write(
                axes,
                c.x + c.size / 2,
                c.y + c.size / 2,
                "",
                (c.font or 1) * POINTS,
                va="center_baseline",
                zorder=4,
            )
            for c in scene.cells
        ]
        self._words = [
            write(axes, w.x, w.y, "", w.size * POINTS, ha=w.anchor, color=w.ink, zorder=4)
            for w in scene.words
        ]
        self.show(scene)

    def show(self, scene: Scene) -> None:
        """Recolour for another scene of the same pass."""
        paints = [cell.paint for cell in scene.cells]
        self._squares.set_facecolor([p.fill if p else "none" for p in paints])
        self._squares.set_edgecolor([LINE if p else "none" for p in paints])
        self._squares.set_linewidth([0.6 if c.size > 0.3 else c.size for c in scene.cells])
        hatched = [(c, c.paint) for c in scene.cells if c.paint and c.paint.hatched]
        self._strokes.set_segments([s for c, _ in hatched for s in hatching(c.x, c.y, c.size)])
        self._strokes.set_color([ink_on(paint.fill) for _, paint in hatched for _ in range(3)])
        boxes = [box for box in scene.boxes if box.width]
        self._boxes.set_verts([square(b.x, b.y, b.width, b.height) for b in boxes])
        self._boxes.set_linewidth([b.stroke * POINTS for b in boxes])
        for text, cell in zip(self._texts, scene.cells, strict=True):
            text.set_text(cell.paint.text if cell.paint and cell.font else "")
            text.set_visible(bool(text.get_text()))
            text.set_color(cell.paint.ink if cell.paint else DARK)
        for text, words in zip(self._words, scene.words, strict=True):
            text.set_text(words.text)
