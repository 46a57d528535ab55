"""Panels of cells under titles: what stands in the pictures of some steps, and how large it is.

An image is blocks of cells: its channels below each other, the slices of three axes side by side.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from symconv.plotting.scene import LETTERS, CellStyle, Grid, Place, Scene, Words, text_width
from symconv.typesetting.style import say
from symconv.typesetting.tap_colours import FAINT

if TYPE_CHECKING:
    from symconv.plotting.steps import Steps

MARGIN = 0.5
GAP = 0.35  # between blocks
NAME = 0.22  # height of the names of channels and slices: 8 points
LEADING = 0.4  # height of a line of text
TITLE = 0.45  # room for a title
WIDEST = 18.0


@dataclass(frozen=True)
class Panel:
    """Blocks of cells under a title, after a sign.

    Attributes:
        blocks: channels, slices, rows and columns.
        channels, slices: their numbers, where they are written; else none.
        between: a sign between channels.
        numbered: whether the channel of the step follows the title.
        beside: whether it stands in the line of the panel before it, whatever the width.
    """

    title: str
    blocks: tuple[int, int, int, int]
    sign: str = ""
    channels: Sequence[int] = ()
    slices: Sequence[int] = ()
    beside: bool = False
    between: str = ""
    numbered: bool = False

    def side(self, wide: float, high: float) -> float:
        """The largest side of a cell at which the panel is so wide and high at most."""
        channels, slices, rows, cols = self.blocks
        across = (wide - GAP * (slices - 1) - self.indent) / (slices * cols)
        return min(across, (high - GAP * (channels - 1)) / (channels * rows))

    @property
    def indent(self) -> float:
        """Room for the names of the channels."""
        longest = max((text_width(f"channel {c}") for c in self.channels), default=0.0)
        return longest * NAME + 0.15 if longest else 0.0

    @property
    def title_width(self) -> float:
        """Room for the title."""
        return text_width(f"{self.title} 000" if self.numbered else self.title) * LETTERS

    @property
    def headroom(self) -> float:
        """Room for the names of the slices."""
        return 0.35 if self.slices else 0.0

    def grid(self, x: float, y: float, side: float, rows: int) -> Grid:
        """The cells, in bands that are so many rows high."""
        channels, slices, high, wide = self.blocks
        pitch = rows * side + GAP
        top = y + (rows - high) * side / 2
        return Grid(high, wide, x + self.indent, top, side, channels, slices, pitch, GAP)


def panels_of(steps: Steps) -> list[Panel]:
    """The panels from left to right: equal for all steps."""
    virtual = steps.virtual
    slid = _image(_slid_title(steps), (steps.slid_size[0], *map(len, virtual)))
    slid = replace(slid, slices=virtual[0] if slid.slices else ())
    kind = "output {size}" if steps.gathers else "image {size}"
    other = _image(say(kind, size=show_image(steps.step_size)), four(steps.step_size))
    whose = _whose(steps)
    weights = replace(_weights(steps, _weights_title(steps) + whose), numbered=bool(whose))
    if steps.gathers:
        weights = replace(weights, sign="∗" if steps.layer else "·")
        return [slid, weights, *_sums(steps.slid_size[0]), replace(other, sign="=")]
    stamp = _weights(steps, say("pixel × kernel" if steps.layer else "pixel × column"))
    weights = replace(weights, sign="×")
    return [other, weights, replace(stamp, sign="="), replace(slid, sign="→")]


def four(size: Sequence[int], missing: int = 1) -> tuple[int, int, int, int]:
    """Channels, slices, rows and columns of an image of at most three axes."""
    channels, *rest = size
    slices, rows, cols = *([missing] * (3 - len(rest))), *rest
    return channels, slices, rows, cols


def _sums(channels: int) -> list[Panel]:
    """Where windows meet several channels, the sum over each."""
    if channels == 1:
        return []
    return [Panel(say("sums"), (channels, 1, 1, 1), "=", beside=True, between="+")]


def _image(title: str, blocks: tuple[int, ...]) -> Panel:
    channels, slices, rows, cols = blocks
    names = range(channels) if channels > 1 else ()
    parts = range(slices) if slices > 1 else ()
    return Panel(title, (channels, slices, rows, cols), channels=names, slices=parts)


def _weights(steps: Steps, title: str) -> Panel:
    """The weights in their own order; where images are lines, under the pixels they meet."""
    blocks = four((steps.slid_size[0], *steps.windows.size))
    return _image(title, (*blocks[:3], len(steps.virtual[2]) if steps.in_line else blocks[3]))


def _slid_title(steps: Steps) -> str:
    notes, layer = "", steps.layer
    if layer and not all(layer.is_inside([*map(end, layer.lines)]) for end in (min, max)):
        notes += say("; hatched: padding" if steps.gathers else "; hatched: cropped")
    if layer and any(axis.input_dilation > 1 for axis in layer.axes):
        notes += say("; grey: stuffed zeros" if steps.gathers else "; grey: between pixels")
    if steps.slid_size[0] > 1:
        notes += say(
            "; pixels are (channel, {axes})", axes=", ".join("ijl"[: len(steps.slid_size) - 1])
        )
    kind = "image {size}" if steps.gathers else "output {size}"
    return say(kind, size=show_image(steps.slid_size)) + notes


def _weights_title(steps: Steps) -> str:
    layer = steps.layer
    if layer is None:
        return say("this row as an image" if steps.gathers else "this column as an image")
    dilation = [axis.dilation for axis in layer.axes]
    notes = say(", flipped") if layer.flipped else ""
    if max(dilation) > 1:
        shown = show(dilation) if len({*dilation}) > 1 else dilation[0]
        notes += say(", dilation {steps}", steps=shown)
    return say("kernel {size}", size=show(layer.size)) + notes


def _whose(steps: Steps) -> str:
    if steps.layer is None or steps.step_size[0] == 1:
        return ""
    return say(", to channel" if steps.gathers else ", from channel")


def show_image(size: Sequence[int]) -> str:
    """The size of an image with its channels.

    >>> show_image((1, 3, 4)), show_image((2, 5))
    ('3×4', '2 channels of 5')
    """
    if size[0] == 1:
        return show(size[1:])
    return say("{count} channels of {size}", count=size[0], size=show(size[1:]))


def show(size: Sequence[int]) -> str:
    """A size as text.

    >>> show((3, 4))
    '3×4'
    """
    return "×".join(map(str, size))


def words_of(panel: Panel, grid: Grid, channel: int) -> Iterator[Words]:
    """The title of a panel, its sign, and the names of its channels and slices."""
    left = grid.x - panel.indent
    title = f"{panel.title} {channel}" if panel.numbered else panel.title
    yield Words(left, grid.y - panel.headroom - 0.28, title)
    if panel.sign:
        yield Words(left - 0.6, grid.y + grid.height / 2, panel.sign, 0.42, anchor="center")
    for row, number in enumerate(panel.channels):
        _, y = grid.corner((row * grid.rows, 0))
        middle = y + grid.rows * grid.size / 2
        yield Words(
            grid.x - 0.15, middle, say("channel {number}", number=number), NAME, FAINT, "right"
        )
    for row in range(1, grid.down if panel.between else 0):
        x, y = grid.corner((row * grid.rows, 0))
        middle = y - (grid.pitch - grid.rows * grid.size) / 2
        yield Words(x + grid.size / 2, middle, panel.between, 0.3, anchor="center")
    for part, at in enumerate(panel.slices):
        x, _ = grid.corner((0, part * grid.cols))
        name = say("slice {number}", number=at).replace("-", "−")
        if text_width(name) * NAME > grid.cols * grid.size:
            name = f"{at}".replace("-", "−")
        yield Words(x, grid.y - 0.2, name, NAME, FAINT)


# --- pictures of one moment ---------------------------------------------------------------------

Titled = tuple[str, tuple[int, int], Mapping[Place, CellStyle]]


def side_by_side(panels: Sequence[Titled], below: Sequence[str] = ()) -> Scene:
    """Panels of a title, rows and columns, and cells, level with their middle; lines below."""
    across, down = (sum(size[1] for _, size, _ in panels), max(size[0] for _, size, _ in panels))
    side = min(1.0, (WIDEST - len(panels)) / across)
    cells, words, x = [], [], MARGIN
    for title, (rows, cols), styles in panels:
        grid = Grid(rows, cols, x, MARGIN + TITLE + (down - rows) * side / 2, side)
        cells += grid.styled(styles)
        words.append(Words(x, grid.y - 0.28, title))
        x += max(grid.width, text_width(title) * LETTERS) + 1.0
    top = 2 * MARGIN + TITLE + down * side
    words += [Words(MARGIN, top + LEADING * k, line) for k, line in enumerate(below)]
    right = max([x - 1.0, *(MARGIN + text_width(line) * LETTERS for line in below)])
    return Scene(right + MARGIN, top + LEADING * len(below), tuple(cells), words=tuple(words))


def two(size: Sequence[int]) -> tuple[int, int]:
    """Rows and columns; an image of one axis has one row."""
    return (1, size[0]) if len(size) == 1 else (size[0], size[1])


def two_place(pixel: Sequence[int]) -> Place:
    """Row and column of a pixel."""
    return (0, pixel[0]) if len(pixel) == 1 else (pixel[0], pixel[1])
