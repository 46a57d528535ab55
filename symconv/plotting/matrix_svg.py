"""The matrix of a convolution as SVG for a page: a square for each entry, a colour for each tap."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from symconv.algebra.normal_form import count_entries
from symconv.operators.entries import concrete, concrete_shape
from symconv.plotting.matrix_colours import at_places, matrix_colours
from symconv.plotting.scene import Place, row_ends
from symconv.printing.unicode import one_line
from symconv.typesetting.tap_colours import MIXED, tap_colour

if TYPE_CHECKING:
    from symconv.operators.kernel import Kernel
    from symconv.operators.operator import Operator

MOST_SQUARES = 20_000
SQUARE = 22  # CSS pixels
OUTLINED = 4
THIN = 'stroke="currentColor" stroke-opacity="{}" vector-effect="non-scaling-stroke"'
STYLE = "color:var(--jp-ui-font-color2, gray);max-width:100%;display:block"


def kernel_svg(kernel: Kernel) -> str:
    """The taps of a kernel of one channel in the colours of :func:`matrix_svg`.

    >>> import symconv as sc
    >>> kernel_svg(sc.Kernel([1, 2])).count("<path")
    3
    """
    rows, cols = (1, *kernel.size)[-2:]
    taps = enumerate(kernel.entries)
    squares = [(divmod(tap, cols), tap_colour(tap), one_line(entry)) for tap, entry in taps]
    return _svg(rows, cols, SQUARE, f"{rows} × {cols} kernel", _squares(squares, SQUARE))


def matrix_svg(operator: Operator, width: int = 620, height: int = 340) -> str:
    """The whole matrix, or a sentence where it has too many entries for that.

    Each tap has its colour, as in :func:`symconv.draw`; entries that are no single tap have that of
    the text. Lines part the rows of pixels.

    Args:
        operator: one layer of a concrete size.
        width, height: of the picture at most, in CSS pixels.

    >>> import symconv as sc
    >>> matrix_svg(sc.conv(sc.Kernel.symbolic("k", 2), 3)).count("<path")
    3
    """
    rows, cols = concrete_shape(operator.rows, operator.cols)
    label = f"{rows} × {cols} matrix"
    if count_entries(operator.cells) > MOST_SQUARES:
        return f"<p>{label}: too many entries to draw.</p>"
    fills = matrix_colours(operator, "tap").colours
    entries = at_places(operator, {cell: one_line(entry) for cell, entry in operator.expressions})
    unit = min(width / cols, height / rows, SQUARE)
    squares = _squares(((place, fills[place], entry) for place, entry in entries.items()), unit)
    across, down = (row_ends(concrete(sizes))[0] for sizes in (operator.rows, operator.cols))
    return _svg(rows, cols, unit, label, squares, across, down)


def _squares(squares: Iterable[tuple[Place, str, str]], unit: float) -> str:
    """Squares of a place, a colour and a title: one path for those that are alike.

    Small ones have no outlines, which would hide their colours.
    """
    outline = f" {THIN.format(0.3)}" if unit >= OUTLINED else ""
    paths: defaultdict[tuple[str, str], str] = defaultdict(str)
    for (row, col), fill, title in squares:
        paths[fill, title] += f"M{col} {row}h1v1h-1z"
    return "".join(
        f'<path d="{path}" fill="{"currentColor" if fill == MIXED else fill}"'
        f"{outline}><title>{escape(title)}</title></path>"
        for (fill, title), path in paths.items()
    )


def _svg(
    rows: int,
    cols: int,
    unit: float,
    label: str,
    squares: str,
    across: Iterable[int] = (),
    down: Iterable[int] = (),
) -> str:
    """Squares with a border and some lines."""
    lines = [f"M0 0H{cols}V{rows}H0Z", *(f"M0 {i}H{cols}" for i in across)]
    lines += [f"M{j} 0V{rows}" for j in down]
    margin = f"-0.1 -0.1 {cols + 0.2:.1f} {rows + 0.2:.1f}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{margin}" role="img" '
        f'aria-label="{label}" style="width:{unit * cols:.0f}px;{STYLE}">{squares}'
        f'<path d="{"".join(lines)}" fill="none" {THIN.format(0.6)}/></svg>'
    )
