"""Colours of taps: told apart by hue, by colour-blind eyes, and in black-and-white print."""

from __future__ import annotations

from functools import cache

from symconv.typesetting.style import FILLS, Hex, channels, luminance, style

WHITE = "#ffffff"
PAPER = "#f3f3f3"
LINE = "#b4b4b4"
FAINT = "#767676"
MIXED = "#8c8c8c"
DARK = "#000000"


def tap_colour(index: int) -> Hex:
    """The colour of a tap from its flat index in the kernel; after 25 taps they begin again.

    >>> tap_colour(0), tap_colour(25)
    ('#d9d0f2', '#d9d0f2')
    """
    return style().fill(FILLS[index % len(FILLS)])


def ink_on(colour: Hex) -> Hex:
    """Black or white, whichever reads better on a colour; the theme's ink on none.

    >>> ink_on("#ffffff"), ink_on("#4a397c")
    ('#000000', '#ffffff')
    """
    return style().ground.ink if colour == "none" else _ink_on(colour)


@cache
def _ink_on(colour: Hex) -> Hex:
    return DARK if luminance(colour) > 0.179 else WHITE


def pale(colour: Hex, share: float = 0.3) -> Hex:
    """The colour as a thin wash on the background.

    >>> pale("#000000", 0.2)
    '#cccccc'
    """
    ground = style().ground.background
    return mixed(WHITE if ground == "none" else ground, colour, share)


@cache
def mixed(ground: Hex, colour: Hex, share: float) -> Hex:
    """A share of one colour on another.

    >>> mixed("#ffffff", "#000000", 0.5)
    '#808080'
    """
    pairs = zip(channels(ground), channels(colour), strict=True)
    return "#" + "".join(f"{round(a + share * (b - a)):02x}" for a, b in pairs)


def tinted(colour: Hex, number: int, count: int) -> Hex:
    """One of so many tints of a colour: light ones go darker, dark ones lighter.

    >>> tinted("#b1132f", 0, 2), tinted("#b1132f", 1, 2)
    ('#b1132f', '#cc6678')
    """
    end = DARK if luminance(colour) > 0.4 else WHITE
    return mixed(colour, end, 0.7 * number / count)


def shade(share: float) -> Hex:
    """From nearly white (0) to dark blue (1), evenly darker.

    >>> shade(0), shade(1)
    ('#f5f7fa', '#07438a')
    """
    return pale("#07438a", 0.04 + 0.96 * share)
