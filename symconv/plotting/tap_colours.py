"""Colours of taps: told apart by hue, by colour-blind eyes, and in black-and-white print."""

from __future__ import annotations

from functools import cache

Hex = str

# Light and dark in turn, so that taps next to each other differ most. The first nine lie nearly
# eight steps of CIE lightness apart, all of them more than two.
TAP_COLOURS: tuple[Hex, ...] = (
    "#ffeab1", "#2767cc", "#d1a136", "#7c4663", "#70e7df", "#ba6a39", "#91c3f0", "#4a397c",
    "#759d74", "#e3e0ff", "#047e81", "#9babfc", "#654d03", "#e7c89e", "#ac749c", "#bbbb67",
    "#1a5537", "#b58acb", "#bce6c2", "#984d56", "#19b59a", "#5f6032", "#feb0c9", "#6c75a9",
    "#859259",
)  # fmt: skip
WHITE = "#ffffff"
PAPER = "#f3f3f3"
LINE = "#b4b4b4"
FAINT = "#767676"
MIXED = "#8c8c8c"
DARK = "#000000"


def tap_colour(index: int) -> Hex:
    """The colour of a tap from its flat index in the kernel; after 25 taps they begin again.

    >>> tap_colour(0), tap_colour(25)
    ('#ffeab1', '#ffeab1')
    """
    return TAP_COLOURS[index % len(TAP_COLOURS)]


@cache
def ink_on(colour: Hex) -> Hex:
    """Black or white, whichever reads better on a colour.

    >>> ink_on("#ffffff"), ink_on("#4a397c")
    ('#000000', '#ffffff')
    """
    return DARK if luminance(colour) > 0.179 else WHITE


@cache
def pale(colour: Hex, share: float = 0.3) -> Hex:
    """The colour as a thin wash on white.

    >>> pale("#000000", 0.2)
    '#cccccc'
    """
    return "#" + "".join(f"{round(255 - share * (255 - c)):02x}" for c in channels(colour))


def shade(share: float) -> Hex:
    """From nearly white (0) to dark blue (1), evenly darker.

    >>> shade(0), shade(1)
    ('#f5f7fa', '#07438a')
    """
    return pale("#07438a", 0.04 + 0.96 * share)


def channels(colour: Hex) -> tuple[int, int, int]:
    """Red, green and blue of a colour, 0 to 255."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue


def luminance(colour: Hex) -> float:
    """Relative luminance, from 0 (black) to 1 (white).

    Source: IEC 61966-2-1; WCAG 2.2.

    >>> round(luminance("#808080"), 3)
    0.216
    """
    linear = [_linear(c / 255) for c in channels(colour)]
    return sum(c * weight for c, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


def _linear(c: float) -> float:
    return c / 12.92 if c <= 0.04045 else float(((c + 0.055) / 1.055) ** 2.4)
