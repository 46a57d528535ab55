"""The panels of a picture of one operator: what stands in them, and how large they are.

An image is blocks of cells: its channels below each other, the slices of three axes side by side.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from symconv.plotting.labels import four, show, show_image
from symconv.plotting.palette import FAINT
from symconv.plotting.scene import Grid, Words, text_width
from symconv.plotting.steps import Pass

GAP = 0.35  # between blocks
NAME = 0.21  # height of the names of channels and slices
LETTERS = 0.25  # height of titles


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
    sign: str
    blocks: tuple[int, int, int, int]
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


@dataclass(frozen=True)
class Panels:
    """The panels of one pass, from left to right: equal for all its steps."""

    journey: Pass

    @property
    def gathers(self) -> bool:
        return self.journey.how == "gather"

    @property
    def in_line(self) -> bool:
        """Whether images are lines, below each other so that weights stand under their pixels."""
        return len(self.journey.slid_size) == 2

    @cached_property
    def virtual(self) -> tuple[tuple[int, ...], ...]:
        """Virtual positions along slices, rows and columns."""
        lines = [tuple(line) for line in self.journey.windows.lines]
        return *(((0,),) * (3 - len(lines))), *lines

    @cached_property
    def all(self) -> list[Panel]:
        journey = self.journey
        virtual = (journey.slid_size[0], *map(len, self.virtual))
        slid = replace(self._image(self._slid_title, virtual), slices=self._slices)
        kind = "output" if self.gathers else "image"
        other = self._image(f"{kind} {show_image(journey.step_size)}", four(journey.step_size))
        weights = replace(self._weights(self._weights_title), numbered=bool(self._whose))
        if self.gathers:
            sign = "∗" if journey.layer else "·"
            return [slid, replace(weights, sign=sign), *self._sums, replace(other, sign="=")]
        stamp = self._weights("pixel × kernel" if journey.layer else "pixel × column")
        return [
            other,
            replace(weights, sign="×"),
            replace(stamp, sign="="),
            replace(slid, sign="→"),
        ]

    @property
    def _slices(self) -> Sequence[int]:
        return self.virtual[0] if len(self.virtual[0]) > 1 else ()

    @property
    def _sums(self) -> list[Panel]:
        """Where windows meet several channels, the sum over each."""
        channels = self.journey.slid_size[0]
        if channels == 1:
            return []
        return [Panel("sums", "=", (channels, 1, 1, 1), beside=True, between="+")]

    def _image(self, title: str, blocks: tuple[int, ...]) -> Panel:
        channels, slices, rows, cols = blocks
        names = range(channels) if channels > 1 else ()
        parts = range(slices) if slices > 1 else ()
        return Panel(title, "", (channels, slices, rows, cols), names, parts)

    def _weights(self, title: str) -> Panel:
        """The weights in their own order; where images are lines, under the pixels they meet."""
        blocks = four((self.journey.slid_size[0], *self.journey.windows.size))
        wide = len(self.virtual[2]) if self.in_line else blocks[3]
        return self._image(title, (*blocks[:3], wide))

    @property
    def _slid_title(self) -> str:
        notes = []
        if any(q < 0 or q >= n for q, n in self._outer):
            notes.append("hatched: padding" if self.gathers else "hatched: cropped")
        if self.journey.layer and any(a.input_dilation > 1 for a in self.journey.layer.axes):
            notes.append("grey: stuffed zeros" if self.gathers else "grey: between pixels")
        kind = "image" if self.gathers else "output"
        return f"{kind} {show_image(self.journey.slid_size)}" + "".join(f"; {n}" for n in notes)

    @property
    def _outer(self) -> Iterator[tuple[int, int]]:
        """The ends of each virtual line, with the stuffed size."""
        if self.journey.layer:
            for line, axis in zip(self.journey.layer.lines, self.journey.layer.axes, strict=True):
                yield from ((q, int(axis.stuffed_size)) for q in (min(line), max(line)))  # type: ignore[arg-type]

    @property
    def _weights_title(self) -> str:
        layer = self.journey.layer
        if layer is None:
            return f"this {'row' if self.gathers else 'column'} as an image"
        dilation = [axis.dilation for axis in layer.axes]
        notes = ", flipped" if layer.flipped else ""
        if max(dilation) > 1:
            notes += f", dilation {show(dilation) if len({*dilation}) > 1 else dilation[0]}"
        return f"kernel {show(layer.size)}{notes}{self._whose}"

    @property
    def _whose(self) -> str:
        if self.journey.layer is None or self.journey.step_size[0] == 1:
            return ""
        return ", to channel" if self.gathers else ", from channel"


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
        yield Words(grid.x - 0.15, middle, f"channel {number}", NAME, FAINT, "right")
    for row in range(1, grid.down if panel.between else 0):
        x, y = grid.corner((row * grid.rows, 0))
        middle = y - (grid.pitch - grid.rows * grid.size) / 2
        yield Words(x + grid.size / 2, middle, panel.between, 0.3, anchor="center")
    for part, at in enumerate(panel.slices):
        x, _ = grid.corner((0, part * grid.cols))
        name = f"slice {at}".replace("-", "−")
        if text_width(name) * NAME > grid.cols * grid.size:
            name = f"{at}".replace("-", "−")
        yield Words(x, grid.y - 0.2, name, NAME, FAINT)
