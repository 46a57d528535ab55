"""The matrix of a convolution as SVG for a page: a square for each entry, a colour for each tap."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from math import prod
from typing import TYPE_CHECKING

from symconv.operators.entries import concrete, concrete_shape
from symconv.plotting.matrix_colours import at_places, tap_colours
from symconv.plotting.scene import Place
from symconv.printing.unicode import one_line
from symconv.recognition.recognition import require_layer
from symconv.typesetting.tap_colours import MIXED, tap_colour

if TYPE_CHECKING:
    from symconv.algebra.diagonal import Cell, Diagonal
    from symconv.operators.kernel import Kernel
    from symconv.operators.operator import Operator

# Rows or columns up to which a matrix is shown whole; of a larger one, pixels at both ends of an
# axis, by the number of axes.
MOST_LINES = 300
ENDS = {1: (12, 12), 2: (4, 3), 3: (2, 1)}
SQUARE = 22  # CSS pixels
WIDEST_IMAGE = {1: 340, 2: 100}
OUTLINED = 4
THIN = 'stroke="currentColor" stroke-opacity="{}" vector-effect="non-scaling-stroke"'
STYLE = "color:var(--jp-ui-font-color2, gray);max-width:100%;display:block"


@dataclass(frozen=True)
class Line:
    """Rows or columns as they are drawn: their numbers, or None where some are left out.

    Attributes:
        numbers: flat indices.
        width: pixels in a row of the image.
    """

    numbers: tuple[int | None, ...]
    width: int

    @property
    def places(self) -> dict[int, int]:
        """Flat index to where it is drawn."""
        return {number: at for at, number in enumerate(self.numbers) if number is not None}

    @property
    def ends(self) -> list[int]:
        """Where the rows of pixels end, but the last one."""
        rows = [None if n is None else n // self.width for n in self.numbers]
        whole = [at for at in range(1, len(rows)) if None not in rows[at - 1 : at + 1]]
        return [at for at in whole if rows[at - 1] != rows[at]]

    @property
    def gaps(self) -> list[int]:
        """Where some are left out."""
        return [at for at, number in enumerate(self.numbers) if number is None]

    def data(self, name: str) -> str:
        """An attribute that tells a page what is drawn where; none where all is."""
        if not self.gaps:
            return ""
        listed = ",".join("" if number is None else str(number) for number in self.numbers)
        return f' data-{name}="{listed}"'


def kernel_svg(kernel: Kernel) -> str:
    """The taps of a kernel of one channel in the colours of :func:`matrix_svg`.

    >>> import symconv as sc
    >>> kernel_svg(sc.Kernel([1, 2])).count("<title>")
    2
    """
    rows, cols = (1, *kernel.size)[-2:]
    taps = enumerate(kernel.entries)
    squares = [(divmod(tap, cols), tap_colour(tap), one_line(entry)) for tap, entry in taps]
    down, across = (Line(tuple(range(count)), count) for count in (rows, cols))
    drawn = _squares(squares, SQUARE)
    return _svg("kernel", f"{rows} × {cols} kernel", down, across, SQUARE, drawn)


def image_svg(part: str, size: Sequence[int]) -> str:
    """An image's pixels, of one or two axes, of a large one those at its ends.

    Args:
        part: "input" or "output".
        size: of the image.

    >>> image_svg("input", (3, 4)).count("<path")
    3
    """
    sizes = (1, *size)[-2:]
    kept = _kept(sizes, prod(size) > MOST_LINES)
    down, across = (Line(_with_gaps(numbers), sizes[1]) for numbers in kept)
    rows, cols = len(down.numbers), len(across.numbers)
    unit = min(WIDEST_IMAGE[len(size)] / max(rows, cols), SQUARE)
    grid = "".join(f"M0 {i}H{cols}" for i in range(1, rows))
    grid += "".join(f"M{j} 0V{rows}" for j in range(1, cols))
    inner = f'<path d="{grid}" fill="none" {THIN.format(0.3)}/>' if unit >= OUTLINED else ""
    label = f"{' × '.join(map(str, size))} {part} pixels"
    data = f' data-width="{sizes[1]}" data-axes="{len(size)}"'
    return _svg(part, label, down, across, unit, inner, data)


def matrix_svg(operator: Operator, width: int = 620, height: int = 340) -> str:
    """The matrix; of a large one the pixels at the ends of its images, and dashes between.

    Each tap has its colour, as in :func:`symconv.draw`; entries that are no single tap have that of
    the text. Lines part the rows of pixels.

    Args:
        operator: one layer of a concrete size.
        width, height: of the picture at most, in CSS pixels.

    >>> import symconv as sc
    >>> matrix_svg(sc.conv(sc.Kernel.symbolic("k", 2), 3)).count("<title>")
    2
    """
    heights, widths = concrete(operator.rows), concrete(operator.cols)
    rows, cols = concrete_shape(operator.rows, operator.cols)
    down, across = (_line(sizes, _is_large(heights, widths)) for sizes in (heights, widths))
    unit = min(width / len(across.numbers), height / len(down.numbers), SQUARE)
    fills = tap_colours(operator, require_layer(operator), at=_shown)
    said = {cell: one_line(entry) for cell, entry in operator.expressions}
    entries, i, j = at_places(operator, said, _shown), down.places, across.places
    squares = (((i[r], j[c]), fills[r, c], entry) for (r, c), entry in entries.items())
    drawn = _squares(squares, unit)
    return _svg("matrix", f"{rows} × {cols} matrix", down, across, unit, drawn)


# --- what is left out --------------------------------------------------------------------------


def _is_large(heights: Sequence[int], widths: Sequence[int]) -> bool:
    return max(prod(heights), prod(widths)) > MOST_LINES


@lru_cache(maxsize=64)
def _kept(sizes: Sequence[int], large: bool) -> tuple[Sequence[int], ...]:
    """The pixels that are shown on each axis: those at both ends of a long one."""
    first, last = ENDS[min(max(sum(size > 1 for size in sizes), 1), 3)]
    return tuple(
        [*range(first), *range(size - last, size)]
        if large and size > first + last + 1
        else range(size)
        for size in sizes
    )


def _line(sizes: Sequence[int], large: bool) -> Line:
    numbers: tuple[int | None, ...] = (0,)
    for size, kept in zip(sizes, _kept(tuple(sizes), large), strict=True):
        inner = _with_gaps(kept)
        numbers = tuple(
            None if outer is None or at is None else outer * size + at
            for outer in numbers
            for at in ((None,) if outer is None else inner)
        )
    return Line(numbers, sizes[-1])


def _with_gaps(kept: Sequence[int]) -> tuple[int | None, ...]:
    """The numbers, and None where some between two of them are missing."""
    found: list[int | None] = []
    for before, at in zip([None, *kept], kept, strict=False):
        found += [None, at] if before is not None and at - before > 1 else [at]
    return tuple(found)


def _shown(cell: Cell, heights: Sequence[int], widths: Sequence[int]) -> Iterator[Place]:
    """The places of a cell's entries that are shown."""
    large = _is_large(heights, widths)
    kept = (_kept(tuple(sizes), large) for sizes in (heights, widths))
    pairs: Iterable[Place] = [(0, 0)]
    for d, m, n, rows, cols in zip(cell, heights, widths, *kept, strict=True):
        axis = list(_met(d, rows, cols))
        pairs = [(r * m + i, c * n + j) for r, c in pairs for i, j in axis]
    return iter(pairs)


def _met(d: Diagonal, rows: Sequence[int], cols: Sequence[int]) -> Iterator[Place]:
    row, col, length = concrete((d.row, d.col, d.length))
    for i in rows:
        t, remainder = divmod(i - row, d.row_step)
        if not remainder and 0 <= t < length and (j := col + d.col_step * t) in cols:
            yield i, j


# --- the drawing -------------------------------------------------------------------------------


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
    part: str, label: str, down: Line, across: Line, unit: float, squares: str, data: str = ""
) -> str:
    """Squares with a border, lines between rows of pixels, dashes for gaps, and room for a mark."""
    rows, cols = len(down.numbers), len(across.numbers)
    frame = f"M0 0H{cols}V{rows}H0Z"
    if part == "matrix":
        frame += "".join(f"M0 {i}H{cols}" for i in down.ends)
        frame += "".join(f"M{j} 0V{rows}" for j in across.ends)
    dashes = [f"M0 {i + 0.5}H{cols}" for i in down.gaps]
    dashes += [f"M{j + 0.5} 0V{rows}" for j in across.gaps]
    dashed = THIN.format(0.8) + ' stroke-dasharray="2 4"'
    gaps = f'<path d="{"".join(dashes)}" fill="none" {dashed}/>' if dashes else ""
    margin = f"-0.1 -0.1 {cols + 0.2:.1f} {rows + 0.2:.1f}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{margin}" role="img" '
        f'aria-label="{label}" style="width:{unit * cols:.0f}px;{STYLE}" data-part="{part}"'
        f"{data}{down.data('y')}{across.data('x')}>{squares}{gaps}"
        f'<path d="{frame}" fill="none" {THIN.format(0.6)}/>'
        '<path class="lit" d="" fill="currentColor" fill-opacity=".15" stroke="currentColor" '
        'stroke-width="2" vector-effect="non-scaling-stroke" pointer-events="none"/></svg>'
    )
