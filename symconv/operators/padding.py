"""Padding: what stands outside the image, and how wide it is.

A padding mode says at which positions of a virtual line, endless on both sides, a pixel shows:
nowhere but at its own (zeros), again and again (circular), at the nearest end (replicate), or in
the mirror, with the end pixels once (reflect) or twice (symmetric).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from symconv.algebra.diagonal import Diagonal, diagonal
from symconv.algebra.sizes import Horizon, Size, ceil_divide, parse_integer
from symconv.arguments import is_list, shown
from symconv.errors import GeometryError
from symconv.work_limits import check

PaddingMode = Literal["zeros", "circular", "reflect", "replicate", "symmetric"]
PADDING_MODES: tuple[PaddingMode, ...] = get_args(PaddingMode)
# Copies of one pixel are single entries; the others lie on lines.
MOST_COPIED = {"circular": 10_000, "reflect": 10_000, "symmetric": 10_000, "replicate": 250}
PADDING_NAMES = ("valid", "same", "full")

Padding = int | str | Sequence[int | Sequence[int]]
PerAxis = int | Sequence[int]


# --- what stands outside ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """One axis of an image on the virtual line.

    Attributes:
        pixels: how many there are.
        stuffed: their length with the zeros between them.
        step: from one pixel to the next.
    """

    pixels: Size
    stuffed: Size
    step: int


def shown_at(
    mode: PaddingMode, line: Line, first: int, last: Size, horizon: Horizon
) -> Iterator[Diagonal]:
    """Diagonals from pixel i to the positions in first..last where it shows, one a copy."""
    n, u, stuffed = line.pixels, line.step, line.stuffed
    yield diagonal(0, 0, 1, u, n)
    if mode == "zeros":
        return
    if mode == "replicate":
        yield from _repeat(0, first, 0, horizon)
        yield from _repeat(n - 1, stuffed, last + 1, horizon)
        return
    period, ends = _period(mode, line)
    if not horizon.is_positive(period):
        return
    for shift in _shifts(first, last, period, stuffed, horizon):
        if shift != 0:
            yield diagonal(0, shift, 1, u, n)
        if ends is not None and horizon.is_positive(n - 2 * ends):
            nearest = shift - u if ends else shift - 1
            yield diagonal(ends, nearest, 1, -u, n - 2 * ends)


def _period(mode: PaddingMode, line: Line) -> tuple[Size, int | None]:
    """Period of the virtual line; how many end pixels its mirror image leaves out, if any."""
    if mode == "circular":
        return line.stuffed, None
    if mode == "reflect":
        return 2 * (line.stuffed - 1), 1
    return 2 * line.stuffed, 0


def _repeat(pixel: Size, low: Size, high: Size, horizon: Horizon) -> Iterator[Diagonal]:
    """Single entries that show one pixel at every position low <= q < high."""
    while horizon.is_less(low, high):
        yield diagonal(pixel, low, 1, 1, 1)
        low = low + 1


def _shifts(
    first: int, last: Size, period: Size, stuffed: Size, horizon: Horizon
) -> Iterator[Size]:
    """Multiples of the period at which the image or its mirror can touch first..last."""
    yield 0
    shift = period
    while not horizon.is_less(last, shift - stuffed):
        yield shift
        shift = shift + period
    shift = -period
    while not horizon.is_less(shift + stuffed - 1, first):
        yield shift
        shift = shift - period


def pixel_at(place: int, pixels: int, mode: str) -> int:
    """Which pixel shows at a place of the virtual line; -1 for a zero.

    >>> [pixel_at(place, 3, "reflect") for place in range(-4, 6)]
    [0, 1, 2, 1, 0, 1, 2, 1, 0, 1]
    """
    if mode == "zeros":
        return place if 0 <= place < pixels else -1
    if mode == "circular":
        return place % pixels
    if mode == "replicate":
        return min(max(place, 0), pixels - 1)
    twice = 1 if mode == "symmetric" else 0  # whether the last pixel shows twice
    period = max(2 * (pixels - 1 + twice), 1)
    place %= period
    return min(place, period - twice - place)


def require_room(mode: PaddingMode, padding: int, size: Size, horizon: Horizon) -> None:
    """Reflection needs one pixel more than it pads with, wrapping as many."""
    if mode != "zeros":
        what, instead = f"{padding} pixels of {mode} padding", 'take less, or padding_mode="zeros"'
        check("entries", padding, what, instead, MOST_COPIED[mode])
    least = {"reflect": padding + 1, "circular": padding}.get(mode, 0)
    if horizon.is_less(size, least):
        raise GeometryError(
            f"{mode} padding {padding} needs an input of at least {least} pixels, and this one has "
            f"{size}"
        )


# --- what a user typed ----------------------------------------------------------------------


def parse_mode(mode: object) -> PaddingMode:
    """A padding mode from its name."""
    for known in PADDING_MODES:
        if isinstance(mode, str) and mode == known:
            return known
    raise GeometryError(f"padding_mode {shown(mode)} is not one of {', '.join(PADDING_MODES)}")


def parse_paddings(padding: Padding, ndim: int) -> tuple[str | tuple[int, int], ...]:
    """A name or a (low, high) pair an axis."""
    if isinstance(padding, str):
        if padding not in PADDING_NAMES:
            raise GeometryError(f"padding {padding!r} is not one of {', '.join(PADDING_NAMES)}")
        return (padding,) * ndim
    return tuple(_padding_pair(value) for value in per_axis(padding, ndim, "padding"))


def _padding_pair(value: object) -> tuple[int, int]:
    if not is_list(value):
        both = parse_integer(value, "padding")
        return both, both
    if len(value) != 2:
        raise GeometryError(
            f"padding {shown(value)} of an axis is neither an integer nor (low, high)"
        )
    return parse_integer(value[0], "padding"), parse_integer(value[1], "padding")


def resolved(
    padding: str | tuple[int, int], extent: int, size: Size, stride: int
) -> tuple[int, int]:
    """Pixels before and after, from numbers or a name."""
    if isinstance(padding, tuple):
        return padding
    if padding == "valid":
        return 0, 0
    if padding == "full":
        return extent - 1, extent - 1
    shortfall = (ceil_divide(size, stride) - 1) * stride + extent - size
    if not isinstance(shortfall, int):
        raise AssertionError("a size and its multiple of the stride differ by a number")
    before = max(shortfall, 0) // 2
    return before, max(shortfall, 0) - before


def per_axis(value: object, ndim: int, what: str) -> Sequence[object]:
    if not is_list(value):
        return (value,) * ndim
    if len(value) != ndim:
        advice = (
            f"; one axis takes {what}=(({value[0]}, {value[1]}),)"
            if (what == "padding" and ndim == 1 and len(value) == 2)
            else ""
        )
        raise GeometryError(
            f"{what} {shown(value)} does not have one value for each of {ndim} axes{advice}"
        )
    return value
