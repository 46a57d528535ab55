"""Every figure of the paper, by the name of its file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

import symconv as sc
from parts.examples import ONES, TENTS, gram_rows, padded_grid, source

NO_DATES = {"CreationDate": None, "Creator": None, "Producer": None}


def untitled(figure: Any, letters: float = 1) -> Any:
    """A figure whose title stands in the caption instead, its letters so many times as large."""
    figure.axes[0].set_title("", loc="left")
    for text in figure.findobj(lambda artist: hasattr(artist, "set_fontsize")):
        text.set_fontsize(letters * text.get_fontsize())
    return figure


FIGURES: Mapping[str, Callable[[], Any]] = {
    "matrix": lambda: untitled(sc.draw(source())),
    "window": lambda: sc.draw_window(source(), (0, 1)),
    "padded-gram": lambda: untitled(sc.draw(gram_rows(padded_grid())), 1.7),
    "board": lambda: sc.draw_checkerboard(sc.conv_transpose(ONES, (4, 4), stride=2)),
    "no-board": lambda: sc.draw_checkerboard(sc.conv_transpose(TENTS, (4, 4), stride=2)),
}


def vector_graphics(figure: Any) -> bytes:
    """A figure as PDF, the same bytes each time."""
    buffer = BytesIO()
    figure.savefig(buffer, format="pdf", metadata=NO_DATES, bbox_inches="tight", pad_inches=0.02)
    return buffer.getvalue()
