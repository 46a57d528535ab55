"""Numbers for symbols: every distinct coefficient of an operator, evaluated once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from math import prod
from typing import Any

from symconv._arrays import Array, np
from symconv.algebra.coefficients import from_exprs
from symconv.algebra.diagonal import Cell, Diagonal
from symconv.algebra.sizes import evaluate
from symconv.arguments import parse_flag
from symconv.errors import KernelError
from symconv.numeric.coefficients import Coefficients, batch_of
from symconv.numeric.named_values import BATCH, Values, named_values
from symconv.numeric.numbers import Point, fit, numbers_of, parse_dtype
from symconv.operators.entries import concrete
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator, parse_operator


@dataclass(frozen=True)
class Entries:
    """Cells and the number of each, for operators of a concrete size.

    Attributes:
        heights, widths: (channels, *size) of the output and of the input.
        cells: which of the numbers stands in each cell.
        numbers: (different coefficients, *batch).
    """

    heights: tuple[int, ...]
    widths: tuple[int, ...]
    cells: Mapping[Cell, int]
    numbers: Array

    @property
    def batch(self) -> tuple[int, ...]:
        """The shape of the batch of kernels; empty for one."""
        return self.numbers.shape[1:]

    def blocks(self) -> Iterator[tuple[Array, Array]]:
        """Flat places (cells, entries) and numbers (*batch, cells) of cells of one spatial shape.

        Cells that differ in their channels alone make one block, so that a layer of many channels
        costs no more steps than one of a single channel.
        """
        groups: defaultdict[Cell, list[tuple[Diagonal, int]]] = defaultdict(list)
        for cell, number in self.cells.items():
            for channel in _singles(cell[0]):
                groups[cell[1:]].append((channel, number))
        for spatial, members in groups.items():
            below, beside = (prod(sizes[1:]) for sizes in (self.heights, self.widths))
            row_step = below * prod(self.widths)
            starts = [
                evaluate(c.row, {}) * row_step + evaluate(c.col, {}) * beside for c, _ in members
            ]
            places = np.add.outer(np.array(starts), self._places(spatial))
            yield places, np.moveaxis(self.numbers[[number for _, number in members]], 0, -1)

    def _places(self, spatial: Cell) -> Array:
        """row*columns + column of the entries of a cell in the first channels."""
        below, beside = (prod(sizes[1:]) for sizes in (self.heights, self.widths))
        cols = prod(self.widths)
        axes = [np.zeros(1, dtype=np.int64)]
        for d, m, n in zip(spatial, self.heights[1:], self.widths[1:], strict=True):
            below, beside = below // m, beside // n
            start = evaluate(d.row, {}) * below * cols + evaluate(d.col, {}) * beside
            step = d.row_step * below * cols + d.col_step * beside
            axes.append(start + step * np.arange(evaluate(d.length, {})))
        return reduce(np.add.outer, axes).ravel()


def _singles(channel: Diagonal) -> Iterator[Diagonal]:
    return (Diagonal(row, col, 1, 1, 1) for row, col in channel)


def evaluated_entries(
    operator: Operator, values: Values | None, dtype: Any, batch: bool = False,
    layout: str | None = None,
) -> Entries:  # fmt: skip
    """Every coefficient at the values; see :func:`symconv.to_numpy`."""
    parse_operator(operator)
    kind = parse_dtype(dtype)
    heights, widths = concrete(operator.rows), concrete(operator.cols)
    point = point_of(operator, values, batch, layout)
    numbers = fit(operator.numeric.cells.at(point), kind)
    return Entries(heights, widths, operator.numeric.cell_numbers, numbers)


def point_of(
    operator: Operator, values: Values | None, batch: bool = False, layout: str | None = None
) -> Point:
    """The numbers that stand for the symbols; one for each where no batch was asked for."""
    named = named_values(operator, values, parse_flag("batch", batch), layout)
    point = {symbol: numbers_of(value, symbol) for symbol, value in named.items()}
    shape = batch_of(point)
    if shape and not batch:
        raise KernelError(f"values of the shape {shape} for each symbol; {BATCH}")
    return point


def evaluated_kernel(
    operator: Operator, kernel: Kernel, values: Values | None, dtype: Any
) -> Array:
    """The entries of a kernel of an operator as numbers, in the kernel's order."""
    kind = parse_dtype(dtype)
    point = {s: numbers_of(v, s) for s, v in named_values(operator, values).items()}
    domain, elements = from_exprs(kernel.entries)
    return fit(Coefficients(domain, tuple(elements)).at(point), kind)
