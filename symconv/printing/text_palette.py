"""Colours of taps in print: told apart by colour-blind eyes, dark enough to read on white."""

from __future__ import annotations

# At least 27 units of CIE L*a*b* apart, from each other and from black, for normal sight and for
# each of the three dichromacies (Machado et al. 2009); the contrast with white is at least 3, as
# WCAG 2.2 asks of graphics.
TEXT_COLOURS = (
    "#103ef6",
    "#e47717",
    "#330a82",
    "#2ea49a",
    "#743602",
    "#c36bfc",
    "#145748",
    "#849860",
    "#704c8b",
)


def text_colour(index: int) -> str:
    """The colour of a tap from its flat index in the kernel; after nine taps they begin again.

    >>> text_colour(0), text_colour(9)
    ('#103ef6', '#103ef6')
    """
    return TEXT_COLOURS[index % len(TEXT_COLOURS)]
