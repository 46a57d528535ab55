"""How operators are split: a Toeplitz part, and what the border takes away."""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from symconv.algebra.diagonal import Cell, Diagonal, diagonal, identity
from symconv.algebra.sizes import Horizon, Size, ceil_divide, divide
from symconv.errors import ShapeError
from symconv.operators.boundary_split import Split
from symconv.operators.convolution import operator_of
from symconv.operators.layer import Layer
from symconv.operators.operator import Operator, product_of
from symconv.operators.selection import Lines, Selection


def split_of(operator: Operator) -> Split:
    """The split of a product with a transpose, or what stands away from the border and the rest.

    Raises:
        ShapeError: neither is there.
    """
    factor, side = operator.gram or (None, None)
    layer = factor.provenance.layer if factor is not None else None
    if layer is not None and not layer.transposed and _has_zeros_around(layer):
        return _split_rows(layer) if side == "rows" else _split_columns(layer)
    return _border_split(operator)


def _has_zeros_around(layer: Layer) -> bool:
    return all(axis.padding_mode == "zeros" for axis in layer.axes)


def _split_rows(layer: Layer) -> Split:
    """Let the windows see every pixel under them; what is no pixel of the image makes P."""
    covered = [axis.stride * (axis.output_size - 1) + axis.extent for axis in layer.axes]
    axes = tuple(
        replace(axis, input_size=size, padding=0, input_dilation=1)
        for axis, size in zip(layer.axes, covered, strict=True)
    )
    whole = operator_of(Layer(layer.kernel, axes, valid_from=layer.valid_from))
    channels = identity(layer.kernel.in_channels)
    places = (
        diagonal(axis.padding, 0, axis.input_dilation, 1, axis.input_size) for axis in layer.axes
    )
    image = (layer.kernel.in_channels, *(axis.input_size for axis in layer.axes))
    inside = Selection(whole.cols, image, (channels, *places)).operator()
    factor = whole - product_of(whole, inside, inside.T)
    start = tuple(-axis.padding for axis in layer.axes)
    return Split("rows", product_of(whole, whole.T), factor, start, layer)


def _split_columns(layer: Layer) -> Split:
    """Let every window that touches the image in; those that are no output pixel make H."""
    horizon = Horizon()
    axes, places, start = [], [], []
    for axis in layer.axes:
        first = min(0, -((axis.extent - 1 - axis.padding) // axis.stride))
        last, _ = divide(axis.stuffed_size - 1 + axis.padding, axis.stride)
        count = horizon.larger(axis.output_size, last + 1) - first
        axes.append(replace(axis, output_size=count, padding=axis.padding - axis.stride * first))
        start.append(first)
        places.append(diagonal(-first, 0, 1, 1, axis.output_size))
    whole = operator_of(Layer(layer.kernel, tuple(axes), valid_from=horizon.valid_from))
    channels = identity(layer.kernel.out_channels)
    image = (layer.kernel.out_channels, *(axis.output_size for axis in layer.axes))
    inside = Selection(whole.rows, image, (channels, *places)).operator()
    factor = whole - product_of(inside, inside.T, whole)
    return Split("columns", product_of(whole.T, whole), factor, tuple(start), layer)


def _border_split(operator: Operator) -> Split:
    """What stands away from the border, all over the image, and what differs from it.

    Raises:
        ShapeError: the size is a number, or the entries change in the middle of the image.
        ResidueError: a remainder of the size decides which entries are at the border.
    """
    axes = [
        axis
        for axis, sizes in enumerate(zip(operator.rows, operator.cols, strict=True))
        if not any(isinstance(size, int) for size in sizes)
    ]
    if not axes:
        raise ShapeError(
            f"{operator!r} has no split: it has a fixed size, where nothing is away from the "
            "border. Make it for a size of symbols, split that, and take at() of the parts"
        )
    horizon = Horizon()
    horizon.note(operator.proven_from)
    table: dict[Cell, sp.Expr] = {}
    for cell, expr in operator.expressions:
        if all(not isinstance(cell[axis].length, int) for axis in axes):
            whole = list(cell)
            for axis in axes:
                rows, cols = operator.rows[axis], operator.cols[axis]
                whole[axis] = _across(cell[axis], rows, cols, horizon)
            if tuple(whole) in table:
                raise ShapeError(f"{operator!r} has no split: entries change far from its border")
            table[tuple(whole)] = expr
    lines = Lines(operator.rows, operator.cols, tuple(table.items()), horizon.valid_from)
    toeplitz = lines.operator()
    boundary = toeplitz - operator
    _ = toeplitz.cells, boundary.cells  # refused here and not where a part is looked at
    return Split("border", toeplitz, boundary, (0,) * (len(operator.rows) - 1))


def _across(d: Diagonal, rows: Size, cols: Size, horizon: Horizon) -> Diagonal:
    """A diagonal as long as the image is."""
    back, _ = divide(d.row, d.row_step)
    ahead = ceil_divide(rows - d.row, d.row_step)
    right = d.col_step > 0
    before, after = (d.col, cols - d.col) if right else (cols - 1 - d.col, d.col + 1)
    step = abs(d.col_step)
    back = horizon.smaller(back, divide(before, step)[0])
    ahead = horizon.smaller(ahead, ceil_divide(after, step))
    row, col = d.row - back * d.row_step, d.col - back * d.col_step
    return diagonal(row, col, d.row_step, d.col_step, back + ahead)
