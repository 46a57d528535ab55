"""The two splits of a Gram matrix: a Toeplitz part minus what the border takes away."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Literal

from symconv._pickle import Pickled
from symconv._printable import Printable
from symconv.algebra.diagonal import Diagonal
from symconv.algebra.diagonal import identity as identity_diagonal
from symconv.algebra.sizes import Size, far, to_expr
from symconv.errors import ShapeError
from symconv.operators.closed_form_lines import Box
from symconv.operators.norms_and_ranks import exact_rank, rank_near_ends
from symconv.operators.operator import Operator, add, product_of
from symconv.operators.selection import Selection


@dataclass(frozen=True, eq=False)
class Split(Printable, Pickled):
    """A Gram matrix as ``toeplitz - boundary``, where ``boundary`` is itself a Gram matrix.

    For side "rows", C C^T = T - P P^T: T has the autocorrelation r_{s(i-j)} at (i, j), and the
    columns of P are the padding pixels. For side "columns", C^T C = G - H^T H: G repeats along its
    diagonals with the stride, and the rows of H are the windows that the output leaves out.

    Attributes:
        side: "rows" or "columns".
        toeplitz: T or G.
        factor: P or H, with a zero column (row) for each pixel that is inside.
        start: position of the factor's first column (row), in pixels of the image (output).
        layer: C.
    """

    side: Literal["rows", "columns"]
    toeplitz: Operator
    factor: Operator
    start: tuple[int, ...]
    layer: Operator

    @cached_property
    def boundary(self) -> Operator:
        """P P^T or H^T H."""
        outer, inner = self.factor, self.factor.T
        return outer @ inner if self.side == "rows" else inner @ outer

    @cached_property
    def used(self) -> Operator:
        """P with a column for each padding pixel, or H with a row for each window left out.

        Raises:
            ShapeError: nothing lies outside, or the image has several axes, on which the pixels
                outside are no rectangle.

        >>> import symconv as sc
        >>> C = sc.conv(sc.Kernel(["a", "b"]), 4)
        >>> (C.T @ C).split().used.as_explicit()
        Matrix([
        [b, 0, 0, 0],
        [0, 0, 0, a]])
        """
        if len(self.start) > 1:
            raise ShapeError(
                f"the pixels outside an image of {len(self.start)} axes are no rectangle: "
                "factor has them with those inside"
            )
        factor = self.factor if self.side == "columns" else self.factor.T
        pixels = _rows_met(factor)
        if not pixels:
            raise ShapeError("nothing lies outside: the boundary part is zero")
        channels, size = factor.rows
        places = [
            Selection(
                (channels, len(pixels)),
                (channels, size),
                (identity_diagonal(channels), Diagonal(n, pixel, 1, 1, 1)),
            ).operator()
            for n, pixel in enumerate(pixels)
        ]
        found = product_of(reduce(add, places), factor)
        return found if self.side == "columns" else found.T

    @cached_property
    def outside(self) -> list[Box]:
        """Padding pixels that P has columns for, or windows left out that H has rows for.

        Positions count from the first pixel inside, so that -1 is the one before it.
        """
        outer, inner = self.factor.T, self.factor
        other = outer @ inner if self.side == "rows" else inner @ outer
        return _main_boxes(other, self.start)

    @cached_property
    def touched(self) -> list[Box]:
        """Pixels in whose rows the Gram matrix differs from its Toeplitz part."""
        return _main_boxes(self.boundary, (0,) * len(self.start))

    @cached_property
    def rank(self) -> int:
        """The rank of the boundary part, for generic kernels; on one axis for every size.

        Raises:
            ShapeError: the size is symbolic and has several axes, so that the rank grows with it.
            SymbolError: a size stands in the entries too, so that the rank may depend on it.
        """
        factor = self.factor
        return rank_near_ends(factor) if factor.size_symbols else exact_rank(factor)


def _rows_met(operator: Operator) -> list[Size]:
    """The pixels of the only axis in whose rows an operator has entries, from low to high."""
    met: dict[Size, None] = {}
    for _, d in operator.cells:
        if not isinstance(d.length, int):
            raise ShapeError(f"the pixels outside grow in number with the size of {operator!r}")
        met |= dict.fromkeys(d.row + d.row_step * n for n in range(d.length))
    return sorted(met, key=far)


def _main_boxes(gram: Operator, starts: tuple[int, ...]) -> list[Box]:
    """Boxes of the pixels with an entry on the main diagonal of a Gram matrix."""
    found: dict[Box, None] = {}
    for cell in gram.cells:
        if all(d.row == d.col and d.row_step == d.col_step for d in cell):
            axes = list(zip(cell[1:], starts, strict=True))
            first = tuple(to_expr(d.row) + start for d, start in axes)
            last = tuple(to_expr(d.last[0]) + start for d, start in axes)
            found[Box(first, last, tuple(d.row_step for d, _ in axes))] = None
    return list(found)
