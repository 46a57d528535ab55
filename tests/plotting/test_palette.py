"""Colours that colour-blind eyes and black-and-white prints can tell apart."""

from itertools import combinations, pairwise

import numpy as np
import pytest

from symconv.plotting.tap_colours import (
    DARK,
    TAP_COLOURS,
    WHITE,
    channels,
    ink_on,
    luminance,
    pale,
    tap_colour,
)

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


def contrast(one, other):
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def test_lightness_is_that_of_cie():
    for colour in TAP_COLOURS:
        assert lightness(colour) == pytest.approx(lab(linear(colour))[0], abs=0.01)
    assert lightness("#000000") == 0
    assert lightness(WHITE) == pytest.approx(100)


def test_black_and_white_print_tells_nine_taps_apart():
    steps = [abs(lightness(a) - lightness(b)) for a, b in combinations(TAP_COLOURS[:9], 2)]
    assert min(steps) > 7.5
    beside = [abs(lightness(a) - lightness(b)) for a, b in pairwise(TAP_COLOURS[:9])]
    assert min(beside) > 20


@pytest.mark.parametrize("eye", EYES)
def test_colour_blind_eyes_tell_nine_taps_apart(eye):
    seen = [lab(np.clip(np.array(EYES[eye]) @ linear(c), 0, 1)) for c in TAP_COLOURS]
    first = [np.linalg.norm(a - b) for a, b in combinations(seen[:9], 2)]
    every = [np.linalg.norm(a - b) for a, b in combinations(seen, 2)]
    assert min(first) > 20
    assert min(every) > 8  # a just noticeable difference is 2.3


def test_letters_read_on_every_colour():
    for colour in TAP_COLOURS:
        assert contrast(colour, ink_on(colour)) > 4.5
        assert contrast(pale(colour), ink_on(pale(colour))) > 7


def test_colours_begin_again():
    assert len(set(TAP_COLOURS)) == 25
    assert tap_colour(26) == TAP_COLOURS[1]
    assert ink_on(DARK) == WHITE
