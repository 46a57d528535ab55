"""Compressed sparse rows, written a kind of lines at a time and never an entry at a time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from math import prod

from symconv._arrays import Array, Places, np
from symconv.numeric.axis_rows import Rows
from symconv.numeric.lowering import Lines, Lowering


def compressed_rows(lowering: Lowering, numbers: Array) -> tuple[Array, Places, Places]:
    """Data, columns and row pointers, columns rising; 32-bit indices where they fit.

    Args:
        numbers: as :meth:`Lowering.entries_at` gives them.
    """
    kind = lowering.index_kind
    pointers = np.zeros(prod(lowering.heights) + 1, dtype=kind)
    np.cumsum(_counts(lowering), out=pointers[1:])
    data = np.empty(pointers[-1], dtype=numbers.dtype)
    columns = np.empty(pointers[-1], dtype=kind)
    for lines in lowering.lines:
        _write(lowering, lines, numbers, data, columns, pointers)
    return data, columns, pointers


def _counts(lowering: Lowering) -> Array:
    """The number of entries in every row."""
    counts = np.zeros(lowering.heights, dtype=lowering.index_kind)
    line = np.zeros(lowering.heights[-1], dtype=counts.dtype)
    for lines in lowering.lines:
        for run in lines.runs:
            line[run.rows.where] = len(run.columns)
        counts[lines.where] = line
    return counts.ravel()


def _write(
    lowering: Lowering, lines: Lines, numbers: Array, data: Array, columns: Places, pointers: Places
) -> None:
    """The entries of lines of one kind: the first is written, and then copied to the others."""
    steps = [prod(lowering.heights[axis + 1 :]) for axis in range(len(lines.rows))]
    first = sum(rows.first * step for rows, step in zip(lines.rows, steps, strict=True))
    ends = pointers[first : first + lowering.heights[-1] + 1]
    start, size = int(ends[0]), int(ends[-1] - ends[0])
    _write_line(lines, numbers, data, columns, ends)
    if lines.count == 1:
        return
    strides = [
        int(pointers[first + rows.step * step]) - start if rows.length > 1 else 0
        for rows, step in zip(lines.rows, steps, strict=True)
    ]
    shape, strides = [*(rows.length for rows in lines.rows), size], [*strides, 1]
    whole = slice(start, start + size)
    _window(data, start, shape, strides)[...] = data[whole].copy()
    moved = _moved(lowering, lines.rows).astype(columns.dtype)
    target = _window(columns, start, shape, strides)
    np.add(moved[..., None], columns[whole].copy(), out=target)


def _write_line(lines: Lines, numbers: Array, data: Array, columns: Places, ends: Places) -> None:
    """The entries of the first of some lines, whose rows end at these places."""
    line = numbers[lines.part].reshape(-1, numbers.shape[-1])
    for run in lines.runs:
        found = line[:, run.part].ravel()
        if run.kept is not None:
            found = found[run.kept]
        rows = run.rows
        start = int(ends[rows.first])
        strides = (int(ends[rows.first + rows.step]) - start if rows.length > 1 else 0, 1)
        shape = (rows.length, len(found))
        _window(data, start, shape, strides)[...] = found
        np.add(run.moved[:, None], run.columns, out=_window(columns, start, shape, strides))


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
