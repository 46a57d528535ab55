"""An operator of a concrete size as tables from which whole lines of its matrix are written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import product
from math import prod
from typing import Any

from symconv._arrays import Array, Places, np
from symconv.algebra.diagonal import Diagonal
from symconv.numeric.axis_rows import AxisRows, Rows, axis_rows
from symconv.numeric.coefficients import Coefficients
from symconv.numeric.numbers import Point, narrow
from symconv.numeric.polynomials import SURELY_INT64
from symconv.operators.entries import concrete
from symconv.operators.operator import Operator

INT32_MAX = 2**31 - 1
# Terms are spread on a table of diagonals by diagonals where that is so many times as large.
MOST_SPREAD, ALWAYS_SPREAD = 64, 2**20
# Beyond so many kinds of lines one step a kind is too slow.
MOST_KINDS = 2**15


@dataclass(frozen=True)
class Run:
    """Rows of a line that are alike.

    Attributes:
        rows: their kind on the last axis.
        part: where their numbers are among those of the last axis.
        columns: flat columns of the first of them.
        kept: which of their numbers are stored; None for all.
        moved: how far the columns of each row are from those of the first.
    """

    rows: Rows
    part: slice
    columns: Places
    kept: Array | None
    moved: Places


@dataclass(frozen=True)
class Lines:
    """Rows of the matrix that are alike on every axis but the last.

    Attributes:
        rows: their kind on each axis but the last, channels first.
        part: where their numbers are among those of the whole.
        runs: the rows of the first of these lines.
    """

    rows: tuple[Rows, ...]
    part: tuple[slice, ...]
    runs: tuple[Run, ...]

    @property
    def count(self) -> int:
        """How many lines they are."""
        return prod(rows.length for rows in self.rows)

    @property
    def where(self) -> tuple[slice, ...]:
        """The lines among all, one slice an axis."""
        return tuple(rows.where for rows in self.rows)


@dataclass(frozen=True)
class Lowering:
    """Sums of coefficient times Kronecker product of diagonals, sorted by rows on every axis.

    Attributes:
        heights, widths: (channels, *size) of the output and of the input.
        coefficients: the different ones.
        numbers: which of them stands before each term.
        spread: (axes, terms) which diagonal of the axis stands in each term.
        axes: the rows of every axis.
        counts: how many diagonals there are on every axis.
    """

    heights: tuple[int, ...]
    widths: tuple[int, ...]
    coefficients: Coefficients
    numbers: Places
    spread: Places
    axes: tuple[AxisRows, ...]
    counts: tuple[int, ...]

    @property
    def is_regular(self) -> bool:
        """Whether it has few kinds of lines, and its terms fill the table of diagonals."""
        kinds = prod(len(axis.kinds) for axis in self.axes[:-1])
        full = max(ALWAYS_SPREAD, MOST_SPREAD * len(self.numbers))
        return kinds <= MOST_KINDS and prod(self.counts) <= full

    @property
    def most_entries(self) -> int:
        """The number of stored entries; more, where some combinations of diagonals are no term."""
        return prod(sum(r.length * len(r.columns) for r in axis.kinds) for axis in self.axes)

    def entries_at(self, point: Point) -> Array:
        """The number of every combination of columns, one kind of rows after another an axis."""
        numbers = self.coefficients.at(point)
        table = np.zeros(self.counts, dtype=numbers.dtype)
        table[tuple(self.spread)] = numbers[self.numbers]
        refined = self._refined(table.astype(object) if self._may_overflow(table) else table)
        return narrow(refined) if refined.dtype == object else refined

    def _may_overflow(self, table: Array) -> bool:
        if table.dtype.kind != "i":
            return False
        bounds = self._refined(np.abs(table.astype(float)))
        return bool(bounds.max(initial=0) > SURELY_INT64)

    @cached_property
    def stored(self) -> Array | None:
        """Which combinations of columns have an entry; None for all."""
        if len(self.numbers) == prod(self.counts):
            return None
        table = np.zeros(self.counts, dtype=np.int64)
        table[tuple(self.spread)] = 1
        return self._refined(table) > 0

    def _refined(self, table: Array) -> Array:
        for number, axis in enumerate(self.axes):
            table = axis.refined(table, number)
        return table

    @cached_property
    def lines(self) -> list[Lines]:
        """All kinds of lines."""
        return list(self._lines())

    @property
    def index_kind(self) -> np.dtype[Any]:
        """32-bit integers where all places fit."""
        largest = max(self.most_entries, prod(self.widths))
        return np.dtype(np.int32 if largest <= INT32_MAX else np.int64)

    def _lines(self) -> Iterator[Lines]:
        steps = [prod(self.widths[axis + 1 :]) for axis in range(len(self.widths))]
        for kinds in product(*(axis.parts for axis in self.axes[:-1])):
            rows, part = tuple(rows for rows, _ in kinds), tuple(part for _, part in kinds)
            columns = [some.places * step for some, step in zip(rows, steps, strict=False)]
            yield Lines(rows, part, tuple(self._runs(part, reduce(np.add.outer, columns).ravel())))

    def _runs(self, part: tuple[slice, ...], columns: Places) -> Iterator[Run]:
        """The runs of a line, whose entries on the other axes are in these flat columns."""
        kind = self.index_kind
        for rows, own in self.axes[-1].parts:
            found = (columns[:, None] + rows.places).ravel().astype(kind)
            kept = None if self.stored is None else self.stored[(*part, own)].ravel()
            yield Run(
                rows, own, found if kept is None else found[kept], kept, rows.moved.astype(kind)
            )


def lowering(operator: Operator, transposed: bool = False) -> Lowering:
    """The tables of an operator, or of its transpose."""
    heights, widths = concrete(operator.rows), concrete(operator.cols)
    terms = operator.covering
    elements = {element: number for number, element in enumerate(dict.fromkeys(terms.values()))}
    listed = [list(dict.fromkeys(term[axis] for term in terms)) for axis in range(len(heights))]
    known = [{d: number for number, d in enumerate(axis)} for axis in listed]
    spread = [[axis[term[number]] for term in terms] for number, axis in enumerate(known)]
    return Lowering(
        widths if transposed else heights,
        heights if transposed else widths,
        Coefficients(operator.domain, tuple(elements)),
        np.array([elements[element] for element in terms.values()], dtype=np.int64),
        np.array(spread, dtype=np.int64),
        tuple(axis_rows(_turned(axis, transposed)) for axis in listed),
        tuple(map(len, listed)),
    )


def _turned(diagonals: Sequence[Diagonal], transposed: bool) -> Sequence[Diagonal]:
    return [d.T for d in diagonals] if transposed else diagonals
