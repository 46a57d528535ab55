"""How pictures look: theme, colours, words. LaTeX colours taps in the hues of their cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from symconv.arguments import parse_choice, shown
from symconv.errors import SymconvError
from symconv.typesetting.german import GERMAN
from symconv.typesetting.in_force import InForce, in_force

Hex = str
Theme = Literal["light", "dark", "print", "transparent", "matplotlib"]

# Fills of taps. Light and dark in turn, so that taps next to each other differ most: the first
# nine are more than 7.5 steps of CIE lightness apart, neighbours 20, and at least 20 units of
# CIE L*a*b* for each of the three dichromacies; all 25 are 12 units apart for every eye.
FILLS: tuple[Hex, ...] = (
    "#d9d0f2", "#9648c4", "#d39e7a", "#3a4569", "#5a9bc6", "#9efed5", "#c95d7d", "#90d141",
    "#b1132f", "#669400", "#670a83", "#a192ff", "#c4a5b8", "#66293f", "#ffd086", "#9ebbff",
    "#b97747", "#433f00", "#b11a89", "#006f49", "#c7f56b", "#805a00", "#506da4", "#aac2a6",
    "#64d264",
)  # fmt: skip
# The same hues for text: a contrast of 4.5 with white, and of 3.5 with #111. None has 4.5 with
# both, since those two have 18.9 with each other, which is less than the square of 4.5.
ON_WHITE: tuple[Hex, ...] = (
    "#5755ef", "#a342de", "#b05800", "#006ddb", "#0073a1", "#007b58", "#e3006f", "#497d00",
    "#d90038", "#527800", "#a948c8", "#665ecf", "#966384", "#9f566e", "#946c1e", "#446db1",
    "#a7622e", "#766f2a", "#ce27a1", "#007d53", "#577f00", "#906500", "#5173b0", "#52764e",
    "#008621",
)  # fmt: skip
# And with a contrast of 4.5 with #111.
ON_DARK: tuple[Hex, ...] = (
    "#9080ff", "#da94ff", "#ff9a4b", "#b5c4ff", "#00a8e9", "#00a275", "#ffc2d0", "#66ac00",
    "#ff6067", "#72a500", "#ea9cff", "#8377eb", "#bb86a8", "#f2a2ba", "#a97f31", "#7295dd",
    "#f6a76f", "#918842", "#f755c6", "#66cc9c", "#669400", "#be8e31", "#9bb8fb", "#6b9067",
    "#23ad36",
)  # fmt: skip


@dataclass(frozen=True)
class Ground:
    """The colours of a picture but for those of its cells.

    Attributes:
        background: behind everything; "none" for nothing.
        ink: of text and strong lines.
        paper: of cells that are no pixels.
        line: around cells.
        faint: of names and axes.
    """

    background: str
    ink: Hex
    paper: str
    line: Hex
    faint: Hex


GROUNDS: Mapping[str, Ground] = {
    "light": Ground("#ffffff", "#000000", "#f3f3f3", "#b4b4b4", "#767676"),
    "print": Ground("#ffffff", "#000000", "#f3f3f3", "#7a7a7a", "#4a4a4a"),
    "dark": Ground("#111111", "#f2f2f2", "#262626", "#5c5c5c", "#a6a6a6"),
    "transparent": Ground("none", "#767676", "none", "#8c8c8c", "#767676"),
}


@dataclass(frozen=True)
class Style(InForce):
    """How pictures, films and coloured LaTeX look: for a block of code or for a whole notebook.

    Attributes:
        theme: "light"; "dark", for pages as dark as #111; "print", in greys; "transparent", with
            lines and names that read on white and on black; "matplotlib", with the colours and the
            font of matplotlib's own style sheet.
        words: what pictures say in place of the English: a table from each text, such as
            "one colour a tap", to another, or "de" for German, or "en".

    Raises:
        SymconvError: another theme or language, or a table that is none of text.

    >>> import symconv as sc
    >>> with Style(theme="dark", words="de"):
    ...     sc.draw(sc.conv([1, 2], 3)).axes[0].get_title(loc="left")
    '2 × 3, eine Farbe je Gewicht'
    """

    theme: Theme = "light"
    words: Mapping[str, str] | Literal["en", "de"] = field(default="en")

    def __post_init__(self) -> None:
        parse_choice("theme", self.theme, get_args(Theme))
        if isinstance(self.words, str):
            parse_choice("words", self.words, ("en", "de"))
            return
        table = self.words if isinstance(self.words, Mapping) else {None: None}
        if not all(isinstance(text, str) for pair in table.items() for text in pair):
            raise SymconvError(f"words={shown(self.words)} is no table from text to text")

    @property
    def ground(self) -> Ground:
        """Its colours but for those of cells."""
        return _from_matplotlib() if self.theme == "matplotlib" else GROUNDS[self.theme]

    @property
    def text_colours(self) -> tuple[Hex, ...]:
        """The colours of taps in formulas."""
        ground = self.ground.background
        return ON_DARK if ground != "none" and luminance(ground) < 0.179 else ON_WHITE

    def fill(self, colour: Hex) -> Hex:
        """A cell's colour as the theme has it."""
        return grey(colour) if self.theme == "print" else colour

    def say(self, text: str, **values: Any) -> str:
        """A text in the style's words, with values in its braces."""
        table = {"en": {}, "de": GERMAN}[self.words] if isinstance(self.words, str) else self.words
        return table.get(text, text).format(**values)


def style() -> Style:
    """The style that holds here."""
    return in_force(Style)


def say(text: str, **values: Any) -> str:
    """A text of a picture in the words of the style that holds here.

    >>> say("channel {number}", number=2)
    'channel 2'
    """
    return style().say(text, **values)


def _from_matplotlib() -> Ground:
    """The colours of matplotlib's style sheet."""
    from matplotlib import rcParams
    from matplotlib.colors import to_hex

    names = ("figure.facecolor", "text.color", "axes.facecolor", "grid.color", "xtick.color")
    sheet: Mapping[Any, Any] = rcParams
    return Ground(*(to_hex(sheet[name]) for name in names))


# --- colours -----------------------------------------------------------------------------------


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


def contrast(one: Hex, other: Hex) -> float:
    """The contrast of two colours, from 1 to 21.

    Source: WCAG 2.2.

    >>> contrast("#ffffff", "#000000")
    21.0
    """
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def grey(colour: Hex) -> Hex:
    """The grey that is as light.

    >>> grey("#ff0000")
    '#7f7f7f'
    """
    light = luminance(colour)
    share = 12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055
    return "#" + 3 * f"{round(255 * share):02x}"


def _linear(c: float) -> float:
    return c / 12.92 if c <= 0.04045 else float(((c + 0.055) / 1.055) ** 2.4)
