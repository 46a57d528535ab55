"""Operators as a Toeplitz part minus what the border takes away.

The rank of P: let K have nonzero taps in two opposite corners of its window (matrices of full rank
from input to output channels). Of the windows that reach beyond the image, let L be those that
reach beyond it at the first corner's end of some axis, and H the others, which reach beyond it at
the last corner's. A combination of rows of P is zero only if all weights are: the first window o of
L with a weight has its first corner on a pixel outside that no later window of L and none of H
covers; without L, the last window of H has its last corner on a pixel that no earlier one covers.
So the rows of these windows are independent and all others are zero, for every stride and dilation.
With stride one the columns of H are alike, with windows and pixels exchanged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, reduce
from itertools import product
from math import prod
from typing import Literal

import sympy as sp

from symconv._pickle import Pickled
from symconv._printable import Printable
from symconv.algebra.closed_form_lines import Box, order
from symconv.algebra.diagonal import Diagonal
from symconv.algebra.diagonal import identity as identity_diagonal
from symconv.algebra.sizes import Horizon, Size, ceil_divide, divide, far, to_expr
from symconv.errors import ShapeError
from symconv.operators.geometry import Axis
from symconv.operators.layer import Layer
from symconv.operators.norms_and_ranks import exact_rank, generic_rank, rank_near_ends
from symconv.operators.operator import Operator, add, product_of
from symconv.operators.selection import Selection


@dataclass(frozen=True, eq=False)
class Split(Printable, Pickled):
    """An operator as ``toeplitz - boundary``.

    For side "rows", C C^T = T - P P^T: T has the autocorrelation r_{s(i-j)} at (i, j), and the
    columns of P are the padding pixels. For side "columns", C^T C = G - H^T H: G repeats along its
    diagonals with the stride, and the rows of H are the windows that the output leaves out. For
    side "border", T is what stands away from the border, all over the image, and the boundary
    is the rest.

    Attributes:
        side: "rows", "columns" or "border".
        toeplitz: T or G.
        factor: P or H, with a zero column (row) for each pixel that is inside; for side "border"
            the boundary itself.
        start: position of the factor's first column (row), in pixels of the image (output).
        layer: the convolution C.
    """

    side: Literal["rows", "columns", "border"]
    toeplitz: Operator
    factor: Operator
    start: tuple[int, ...]
    layer: Layer | None = field(default=None, repr=False)

    @cached_property
    def boundary(self) -> Operator:
        """P P^T, H^T H, or what T has that the operator has not."""
        outer, inner = self.factor, self.factor.T
        if self.side == "border":
            return outer
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
        if self.side == "border":
            return []
        outer, inner = self.factor.T, self.factor
        other = outer @ inner if self.side == "rows" else inner @ outer
        return _main_boxes(other, self.start)

    @cached_property
    def touched(self) -> list[Box]:
        """Pixels in whose rows the operator differs from its Toeplitz part."""
        if self.side == "border":
            rows = (tuple((d.row, d.last[0], d.row_step) for d in c) for c in self.factor.cells)
            found = dict.fromkeys(_box(ends[1:], self.start) for ends in rows)
            return sorted(found, key=lambda box: [*map(order, (*box.first, *box.last))])
        return _main_boxes(self.boundary, (0,) * len(self.start))

    @cached_property
    def rank(self) -> int | sp.Expr:
        """The rank of the boundary part, for generic kernels, for every size from ``rank_from`` on.

        Raises:
            ShapeError: it grows with a symbolic size, and no formula is known: of side "border" on
                several axes, of C^T C with a stride, or of channels that a tap cannot tell apart.
            SymbolError: a size stands in the entries too, so that the rank may depend on it.
        """
        if self._counted is not None:
            return self._counted[0]
        factor = self.factor
        return rank_near_ends(factor) if factor.size_symbols else exact_rank(factor)

    @property
    def rank_from(self) -> Mapping[sp.Symbol, int]:
        """For each size symbol a value from which on the rank is proven right."""
        return self.factor.proven_from if self._counted is None else self._counted[1]

    @cached_property
    def _counted(self) -> tuple[int | sp.Expr, Mapping[sp.Symbol, int]] | None:
        """The rows of P or columns of H that are not zero, where those are independent."""
        layer = self.layer
        if layer is None or len(layer.axes) == 1 or not _is_independent(layer, self.side):
            return None
        horizon = Horizon()
        by_rows = self.side == "rows"
        inside = [_inside(axis, by_rows, horizon) for axis in layer.axes]
        sizes = [axis.output_size if by_rows else axis.input_size for axis in layer.axes]
        channels = layer.kernel.out_channels if by_rows else layer.kernel.in_channels
        count = channels * (prod(map(to_expr, sizes)) - prod(map(to_expr, inside)))
        found = sp.expand(count)
        return int(found) if found.is_Integer else found, horizon.valid_from


def _is_independent(layer: Layer, side: str) -> bool:
    """Whether two opposite taps have full rank, from the channels of a row to those of a column."""
    if any(axis.input_dilation > 1 for axis in layer.axes):
        return False
    if side == "columns" and any(axis.stride > 1 for axis in layer.axes):
        return False
    shape = layer.kernel.out_channels, layer.kernel.in_channels
    least = shape[0] if side == "rows" else shape[1]
    taps: dict[tuple[int, ...], dict[tuple[int, int], sp.Expr]] = {}
    for o, i, tap, entry in layer.kernel.weights():
        if entry != 0:
            taps.setdefault(tap, {})[o, i] = entry
    last = [n - 1 for n in layer.kernel.size]

    def has_full_rank(tap: tuple[int, ...]) -> bool:
        return tap in taps and generic_rank(taps[tap], *shape) == least

    corners = product(*((0, n) for n in last))
    return any(
        has_full_rank(corner)
        and has_full_rank(tuple(n - t for n, t in zip(last, corner, strict=True)))
        for corner in corners
    )


def _inside(axis: Axis, by_rows: bool, horizon: Horizon) -> Size:
    """Windows inside the image, or pixels of which no window is left out."""
    reach, s = axis.extent - 1, axis.stride
    if by_rows:
        first: Size = ceil_divide(axis.padding, s)
        last, _ = divide(axis.input_size - 1 + axis.padding - reach, s)
        size = axis.output_size
    else:
        first, last = reach - axis.padding, axis.output_size - 1 - axis.padding
        size = axis.input_size
    low, high = horizon.larger(0, first), horizon.smaller(size - 1, last)
    return horizon.larger(0, high - low + 1)


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
            ends = tuple((d.row, d.last[0], d.row_step) for d in cell[1:])
            found[_box(ends, starts)] = None
    return list(found)


def _box(ends: tuple[tuple[Size, Size, int], ...], starts: tuple[int, ...]) -> Box:
    """A box by the first and last row and the step of each axis."""
    moved = [
        (low + at, high + at, step) for (low, high, step), at in zip(ends, starts, strict=True)
    ]
    first, last, steps = zip(*moved, strict=True)
    return Box(tuple(map(to_expr, first)), tuple(map(to_expr, last)), steps)
