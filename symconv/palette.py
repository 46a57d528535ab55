"""Colours of taps in print: told apart by colour-blind eyes, dark enough to read on white."""

from __future__ import annotations

# At least 30 units of CIE L*a*b* apart, for normal sight and for each of the three dichromacies
# (Machado et al. 2009); the contrast with white is at least 3, as WCAG 2.2 asks of graphics.
TEXT_COLOURS = (
    "#020aff",
    "#30a006",
    "#6a065e",
    "#df48ba",
    "#05480a",
    "#be4ffa",
    "#908e72",
    "#550198",
    "#101109",
)


def text_colour(index: int) -> str:
    """The colour of a tap from its flat index in the kernel; after nine taps they begin again.

    >>> text_colour(0), text_colour(9)
    ('#020aff', '#020aff')
    """
    return TEXT_COLOURS[index % len(TEXT_COLOURS)]
