"""The matrix of a convolution as an SVG picture: a square for each entry, a colour for each tap."""

from __future__ import annotations

from collections import defaultdict
from html import escape

import sympy as sp

from symconv.algebra.normal_form import count_entries
from symconv.operators.entries import concrete, concrete_shape, positions
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator
from symconv.plotting.palette import tap_colour

MOST_SQUARES = 20_000
SQUARE = 22
OUTLINE = 'stroke="currentColor" stroke-opacity="0.3" vector-effect="non-scaling-stroke"'
STYLE = "color:var(--jp-ui-font-color2, gray);max-width:100%;display:block"


def kernel_picture(kernel: Kernel) -> str:
    """The taps of a kernel of one channel in the colours of :func:`matrix_picture`.

    >>> kernel_picture(Kernel([1, 2])).count("<path")
    3
    """
    rows, cols = (1, *kernel.size)[-2:]
    squares = "".join(
        _path([divmod(tap, cols)], _fill(tap), str(entry))
        for tap, entry in enumerate(kernel.entries)
    )
    return _svg(rows, cols, SQUARE * cols, f"{rows} × {cols} kernel", squares + _frame(rows, cols))


def matrix_picture(operator: Operator, kernel: Kernel, width: int = 620, height: int = 340) -> str:
    """The whole matrix, or a sentence where it has too many entries for that.

    Each tap has its colour, as in :func:`symconv.draw`; entries that are no single tap have that of
    the text. Lines part the rows of pixels.

    Args:
        operator: of a concrete size.
        kernel: whose entries have the colours, of one channel.
        width, height: of the picture at most, in CSS pixels.

    >>> import symconv as sc
    >>> K = Kernel(sp.symbols("a b"))
    >>> matrix_picture(sc.conv(K, 3), K).count("<path")
    3
    """
    rows, cols = concrete_shape(operator.rows, operator.cols)
    label = f"{rows} × {cols} matrix"
    if count_entries(operator.cells) > MOST_SQUARES:
        return f"<p>{label}: too many entries to draw.</p>"
    taps = {entry: tap for tap, entry in enumerate(kernel.entries)}
    paths = (
        _path(places, _fill(taps.get(entry)), str(entry))
        for entry, places in _squares(operator).items()
    )
    unit = min(width / cols, height / rows, SQUARE)
    frame = _frame(rows, cols, *_block(operator))
    return _svg(rows, cols, unit * cols, label, "".join(paths) + frame)


def _squares(operator: Operator) -> dict[sp.Expr, list[tuple[int, int]]]:
    """Entry to its places."""
    rows, cols = concrete(operator.rows), concrete(operator.cols)
    found: defaultdict[sp.Expr, list[tuple[int, int]]] = defaultdict(list)
    for cell, entry in operator.expressions:
        found[entry] += positions(cell, rows, cols)
    return found


def _block(operator: Operator) -> tuple[int, int]:
    """Rows and columns of a block of the matrix: those of one line of pixels."""
    rows, cols = concrete(operator.rows), concrete(operator.cols)
    return (rows[-1], cols[-1]) if len(rows) > 2 else (0, 0)


def _fill(tap: int | None) -> str:
    return "currentColor" if tap is None else tap_colour(tap)


def _path(places: list[tuple[int, int]], fill: str, title: str) -> str:
    squares = "".join(f"M{j} {i}h1v1h-1z" for i, j in places)
    return f'<path d="{squares}" fill="{fill}" {OUTLINE}><title>{escape(title)}</title></path>'


def _frame(rows: int, cols: int, high: int = 0, wide: int = 0) -> str:
    """The border, and a line after each block."""
    lines = f"M0 0H{cols}V{rows}H0Z"
    lines += "".join(f"M0 {i}H{cols}" for i in range(high, rows, high)) if high else ""
    lines += "".join(f"M{j} 0V{rows}" for j in range(wide, cols, wide)) if wide else ""
    stroke = 'stroke="currentColor" stroke-opacity="0.6" vector-effect="non-scaling-stroke"'
    return f'<path d="{lines}" fill="none" {stroke}/>'


def _svg(rows: int, cols: int, width: float, label: str, body: str) -> str:
    margin = f"-0.1 -0.1 {cols + 0.2:.1f} {rows + 0.2:.1f}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{margin}" role="img" '
        f'aria-label="{label}" style="width:{width:.0f}px;{STYLE}">{body}</svg>'
    )
