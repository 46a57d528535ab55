"""What numbers are made from: worked out once for an operator, used for all of its numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from symconv._arrays import Places, np
from symconv.algebra.closed_form_lines import Line, line_of
from symconv.algebra.coefficients import Element, from_exprs
from symconv.algebra.diagonal import Cell
from symconv.numeric.coefficients import Coefficients
from symconv.numeric.lowering import Lowering, lowering
from symconv.operators.operator import Operator


@dataclass(frozen=True, eq=False)
class Tables:
    """The tables of one operator."""

    operator: Operator

    @cached_property
    def _numbers(self) -> Mapping[Element, int]:
        found = dict.fromkeys(self.operator.cells.values())
        return {element: number for number, element in enumerate(found)}

    @cached_property
    def cells(self) -> Coefficients:
        """The different coefficients of the normal form."""
        return Coefficients(self.operator.domain, tuple(self._numbers))

    @cached_property
    def kernel(self) -> Coefficients:
        """The entries of the kernel, of a convolution."""
        layer = self.operator.provenance.layer
        domain, elements = from_exprs(layer.kernel.entries if layer is not None else ())
        return Coefficients(domain, tuple(elements))

    @cached_property
    def cell_numbers(self) -> Mapping[Cell, int]:
        """Which of them stands in each cell."""
        return {cell: self._numbers[element] for cell, element in self.operator.cells.items()}

    @cached_property
    def cells_by_line(self) -> Places:
        """The same in the order in which a closed form gives its cells: line after line."""
        lines: defaultdict[Line, list[int]] = defaultdict(list)
        for cell, number in self.cell_numbers.items():
            lines[line_of(cell)].append(number)
        return np.array([number for line in lines.values() for number in line], dtype=np.int64)

    @cached_property
    def by_rows(self) -> Lowering:
        """The lines of the matrix."""
        return lowering(self.operator)

    @cached_property
    def by_columns(self) -> Lowering:
        """The lines of its transpose."""
        return lowering(self.operator, transposed=True)
