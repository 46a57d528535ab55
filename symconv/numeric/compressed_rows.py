"""Compressed sparse rows, written a kind of lines at a time and never an entry at a time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from math import prod

from symconv._arrays import Array, Places, np
from symconv.numeric.axis_rows import Rows
from symconv.numeric.lowering import Lines, Lowering

INT32_MAX = 2**31 - 1


def compressed_rows(lowering: Lowering, numbers: Array) -> tuple[Array, Places, Places]:
    """Data, columns and row pointers, columns rising; 32-bit indices where they fit.

    Args:
        numbers: as :meth:`Lowering.entries_at` gives them.
    """
    counts = _counts(lowering)
    largest = max(int(counts.sum()), prod(lowering.widths))
    kind = np.dtype(np.int32 if largest <= INT32_MAX else np.int64)
    pointers = np.zeros(prod(lowering.heights) + 1, dtype=kind)
    np.cumsum(counts, out=pointers[1:])
    data = np.empty(pointers[-1], dtype=numbers.dtype)
    columns = np.empty(pointers[-1], dtype=kind)
    inner = [(rows, part, rows.moved.astype(kind)) for rows, part in lowering.axes[-1].parts]
    for lines in lowering.lines:
        _write(lowering, lines, inner, numbers, data, columns, pointers)
    return data, columns, pointers


def _counts(lowering: Lowering) -> Array:
    """The number of entries in every row."""
    counts = np.zeros(lowering.heights, dtype=np.int64)
    line = np.zeros(lowering.heights[-1], dtype=np.int64)
    stored = lowering.stored
    for lines in lowering.lines:
        for rows, part in lowering.axes[-1].parts:
            line[rows.where] = (
                len(lines.columns) * len(rows.columns)
                if stored is None
                else np.count_nonzero(stored[(*lines.part, part)])
            )
        counts[lines.where] = line
    return counts.ravel()


def _write(
    lowering: Lowering, lines: Lines, inner: Sequence[tuple[Rows, slice, Places]], numbers: Array,
    data: Array, columns: Places, pointers: Places,
) -> None:  # fmt: skip
    """The entries of lines of one kind: the first is written, and then copied to the others."""
    steps = [prod(lowering.heights[axis + 1 :]) for axis in range(len(lines.rows))]
    first = sum(rows.first * step for rows, step in zip(lines.rows, steps, strict=True))
    ends = pointers[first : first + lowering.heights[-1] + 1].tolist()
    whole = slice(ends[0], ends[-1])
    _write_line(lowering, lines, inner, numbers, data, columns, ends)
    if lines.count == 1:
        return
    strides = [
        int(pointers[first + rows.step * step]) - ends[0] if rows.length > 1 else 0
        for rows, step in zip(lines.rows, steps, strict=True)
    ]
    shape = [*(rows.length for rows in lines.rows), ends[-1] - ends[0]]
    _window(data, ends[0], shape, [*strides, 1])[...] = data[whole].copy()
    moved = _moved(lowering, lines.rows).astype(columns.dtype)
    np.add(
        moved[..., None], columns[whole].copy(), out=_window(columns, ends[0], shape, [*strides, 1])
    )


def _write_line(
    lowering: Lowering, lines: Lines, inner: Sequence[tuple[Rows, slice, Places]], numbers: Array,
    data: Array, columns: Places, ends: Sequence[int],
) -> None:  # fmt: skip
    """The entries of the first of some lines, whose rows end at these places."""
    block = numbers[lines.part].reshape(len(lines.columns), -1)
    stored = lowering.stored
    kept = None if stored is None else stored[lines.part].reshape(block.shape)
    for rows, part, moved in inner:
        found, places = block[:, part].ravel(), (lines.columns[:, None] + rows.places).ravel()
        if kept is not None:
            where = kept[:, part].ravel()
            found, places = found[where], places[where]
        start = ends[rows.first]
        strides = (ends[rows.first + rows.step] - start if rows.length > 1 else 0, 1)
        shape = (rows.length, len(found))
        _window(data, start, shape, strides)[...] = found
        target = _window(columns, start, shape, strides)
        np.add(moved[:, None], places.astype(columns.dtype), out=target)


def _moved(lowering: Lowering, kinds: Sequence[Rows]) -> Places:
    """How far the columns of each line are from those of the first."""
    steps = [prod(lowering.widths[axis + 1 :]) for axis in range(len(kinds))]
    return reduce(np.add.outer, [r.moved * s for r, s in zip(kinds, steps, strict=True)])


def _window(array: Array, start: int, shape: Sequence[int], strides: Sequence[int]) -> Array:
    """A view of a contiguous array: places start + sum of stride times index."""
    size = array.itemsize
    return np.ndarray(
        shape, array.dtype, array, start * size, [stride * size for stride in strides]
    )
