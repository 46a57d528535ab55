"""Colours that colour-blind eyes and black-and-white prints can tell apart."""

from itertools import combinations, pairwise
from typing import get_args

import matplotlib.style
import numpy as np
import pytest

import symconv as sc
from symconv.typesetting.style import (
    FILLS,
    GROUNDS,
    ON_DARK,
    ON_WHITE,
    Theme,
    channels,
    contrast,
    grey,
    luminance,
)
from symconv.typesetting.tap_colours import DARK, WHITE, ink_on, pale, tap_colour, tinted

# Linear RGB as dichromats see it: Machado, Oliveira & Fernandes 2009, severity 1.
EYES = {
    "protanope": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranope": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanope": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def lab(linear):
    """CIE L*a*b* from linear RGB."""
    xyz = (
        np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
        @ linear
    )
    t = np.clip(xyz / [0.9505, 1, 1.089], 0, None)
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t * (29 / 6) ** 2 / 3 + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def lightness(colour):
    """CIE lightness L*, from 0 (black) to 100 (white): what a black-and-white print keeps."""
    y = luminance(colour)
    return 116 * y ** (1 / 3) - 16 if y > (6 / 29) ** 3 else y * (29 / 3) ** 3


def linear(colour):
    c = np.array(channels(colour)) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def test_lightness_is_that_of_cie():
    for colour in FILLS:
        assert lightness(colour) == pytest.approx(lab(linear(colour))[0], abs=0.01)
    assert lightness("#000000") == 0
    assert lightness(WHITE) == pytest.approx(100)


def test_black_and_white_print_tells_nine_taps_apart():
    steps = [abs(lightness(a) - lightness(b)) for a, b in combinations(FILLS[:9], 2)]
    assert min(steps) > 7.5
    beside = [abs(lightness(a) - lightness(b)) for a, b in pairwise(FILLS[:9])]
    assert min(beside) > 20


@pytest.mark.parametrize("eye", EYES)
def test_colour_blind_eyes_tell_nine_taps_apart(eye):
    seen = [lab(np.clip(np.array(EYES[eye]) @ linear(c), 0, 1)) for c in FILLS]
    first = [np.linalg.norm(a - b) for a, b in combinations(seen[:9], 2)]
    every = [np.linalg.norm(a - b) for a, b in combinations(seen, 2)]
    assert min(first) > 20
    assert min(every) > 8  # a just noticeable difference is 2.3


def test_letters_read_on_every_colour():
    for colour in FILLS:
        assert contrast(colour, ink_on(colour)) > 4.5
        assert contrast(pale(colour), ink_on(pale(colour))) > 7


def test_colours_begin_again():
    assert len(set(FILLS)) == 25
    assert tap_colour(26) == FILLS[1]
    assert ink_on(DARK) == WHITE


# --- colours of text ---------------------------------------------------------------------------


def hue(colour):
    """The hue angle of CIE L*C*h, in degrees."""
    _, a, b = lab(linear(colour))
    return np.degrees(np.arctan2(b, a)) % 360


def test_text_reads_on_white_and_on_dark_pages():
    assert min(contrast(colour, "#ffffff") for colour in ON_WHITE) > 4.5
    assert min(contrast(colour, "#111111") for colour in ON_WHITE) > 3.5
    assert min(contrast(colour, "#111111") for colour in ON_DARK) > 4.5
    # No colour can have 4.5 with both.
    assert contrast("#ffffff", "#111111") < 4.5**2


def test_a_tap_has_one_hue_in_pictures_and_in_formulas():
    for fill, *texts in zip(FILLS, ON_WHITE, ON_DARK, strict=True):
        assert all(abs((hue(fill) - hue(text) + 180) % 360 - 180) < 6 for text in texts)


@pytest.mark.parametrize("colours", [ON_WHITE, ON_DARK], ids=["light", "dark"])
def test_the_first_nine_colours_of_text_differ(colours):
    seen = [lab(linear(c)) for c in colours[:9]]
    assert min(np.linalg.norm(a - b) for a, b in combinations(seen, 2)) > 20
    for eye in EYES.values():
        seen = [lab(np.clip(np.array(eye) @ linear(c), 0, 1)) for c in colours[:9]]
        assert min(np.linalg.norm(a - b) for a, b in combinations(seen, 2)) > 7


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
def test_names_and_inks_of_a_theme_read_on_its_background(theme):
    ground = GROUNDS[theme]
    assert contrast(ground.ink, ground.background) > 15
    assert contrast(ground.faint, ground.background) > 4.5
    assert contrast(ground.ink, ground.paper) > 10
    with sc.Style(theme=theme):
        for number in range(25):
            for share in (0.15, 0.3, 1.0):
                fill = pale(tap_colour(number), share)
                assert contrast(fill, ink_on(fill)) > 4.5


@pytest.mark.parametrize(
    ("theme", "sheet"),
    [
        *((theme, "default") for theme in get_args(Theme)),
        *(("matplotlib", sheet) for sheet in ("dark_background", "seaborn-v0_8-whitegrid")),
    ],
)
def test_coloured_formulas_and_words_read_on_the_ground_of_every_theme(theme, sheet):
    with matplotlib.style.context(sheet), sc.Style(theme=theme) as style:
        ground, colours = style.ground, style.text_colours
    if theme == "transparent":
        assert min(contrast(ground.faint, page) for page in ("#ffffff", "#111111")) > 4.1
    page = "#ffffff" if ground.background == "none" else ground.background
    assert min(contrast(colour, page) for colour in colours) > 4.5
    assert contrast(ground.ink, page) > 4.5


def test_a_transparent_picture_reads_on_white_and_on_black():
    ink = GROUNDS["transparent"].ink
    assert min(contrast(ink, "#ffffff"), contrast(ink, "#111111")) > 4


def test_print_has_greys_as_light_as_the_colours():
    with sc.Style(theme="print"):
        greys = [tap_colour(n) for n in range(25)]
    assert all(len({*channels(colour)}) == 1 for colour in greys)
    for found, fill in zip(greys, FILLS, strict=True):
        assert found == grey(fill)
        assert abs(luminance(found) - luminance(fill)) < 0.005


def test_tints_of_six_pairs_of_channels_differ():
    for colour in FILLS[:9]:
        tints = [lab(linear(tinted(colour, n, 6))) for n in range(6)]
        assert min(np.linalg.norm(a - b) for a, b in combinations(tints, 2)) > 4
        for n in range(6):
            tint = tinted(colour, n, 6)
            assert contrast(tint, ink_on(tint)) > 4.5
