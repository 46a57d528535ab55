"""Images as windows see them, on the padded and stuffed line, and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symconv._arrays import Array, np
from symconv.algebra.diagonal import Diagonal, compose
from symconv.algebra.sizes import Horizon, Size, evaluate
from symconv.operators.geometry import Axis

# Slices of the line, and of the image, at which the same pixels stand.
Copy = tuple[tuple[slice, ...], tuple[slice, ...]]


@dataclass(frozen=True)
class Move:
    """A 0/1 matrix that shows pixels of an image of one size in one of another.

    Attributes:
        sizes: (pixels of the image, places of the line), for every spatial axis.
        copies: what is shown where.
    """

    sizes: tuple[tuple[int, int], ...]
    copies: tuple[Copy, ...]

    def forward(self, image: Array) -> Array:
        """The line."""
        line = np.zeros((len(image), *(after for _, after in self.sizes)), dtype=image.dtype)
        for places, pixels in self.copies:
            line[places] = image[pixels]
        return line

    def adjoint(self, line: Array) -> Array:
        """Every pixel as the sum of the places where it shows."""
        image = np.zeros((len(line), *(before for before, _ in self.sizes)), dtype=line.dtype)
        for places, pixels in self.copies:
            image[pixels] += line[places]
        return image


def moves(axes: Sequence[Axis]) -> list[Move]:
    """From the image to the line: at once where that is one copy, else one axis after another."""
    sizes = [(evaluate(axis.input_size, {}), evaluate(axis.covered, {})) for axis in axes]
    if all(
        before == after and _is_bare(axis)
        for axis, (before, after) in zip(axes, sizes, strict=True)
    ):
        return []
    copies = [_copies(axis) for axis in axes]
    if all(len(some) == 1 for some in copies):
        places, pixels = zip(*(_slices(some[0]) for some in copies), strict=True)
        return [Move(tuple(sizes), ((_everything(places), _everything(pixels)),))]
    return [_along(axis, sizes, some) for axis, some in enumerate(copies)]


def _is_bare(axis: Axis) -> bool:
    return axis.padding == 0 and axis.input_dilation == 1


def _along(axis: int, sizes: Sequence[tuple[int, int]], copies: Sequence[Diagonal]) -> Move:
    """The move on one axis, where those before it are done."""
    done = [(after, after) for _, after in sizes[:axis]]
    to_do = [(before, before) for before, _ in sizes[axis + 1 :]]
    before = [slice(None)] * axis
    slices = (_slices(copy) for copy in copies)
    return Move(
        (*done, sizes[axis], *to_do),
        tuple((_everything((*before, p)), _everything((*before, q))) for p, q in slices),
    )


def _everything(slices: Sequence[slice]) -> tuple[slice, ...]:
    """Slices of the spatial axes, of all channels."""
    return (slice(None), *slices)


def _copies(axis: Axis) -> list[Diagonal]:
    """Diagonals from places of the line, counted from its first, to the pixels there."""
    line = Diagonal(0, -axis.padding, 1, 1, axis.covered)
    cut = (compose(line, copy, Horizon()) for copy in axis.copies(Horizon()))
    return [copy for copy in cut if copy is not None]


def _slices(d: Diagonal) -> tuple[slice, slice]:
    return slice_of(d.row, d.row_step, d.length), slice_of(d.col, d.col_step, d.length)


def slice_of(first: Size, step: int, length: Size) -> slice:
    """The places first + step*t for 0 <= t < length, where sizes are numbers.

    >>> [0, 1, 2, 3][slice_of(2, -1, 3)]
    [2, 1, 0]
    """
    start, count = evaluate(first, {}), evaluate(length, {})
    stop = start + step * count
    return slice(start, stop if stop >= 0 else None, step)
