"""What an operator makes of the flat image of ones: the sum of each row."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import sympy as sp

from symconv.algebra.coefficients import Element, total
from symconv.algebra.diagonal import compose
from symconv.algebra.normal_form import Cell
from symconv.algebra.sizes import Horizon
from symconv.operators.operator import Operator
from symconv.operators.provenance import EntryMap, SizeMap


@dataclass(frozen=True, eq=False)
class RowSums:
    """Origin: the diagonal matrix of an operator's row sums."""

    operand: Operator

    @property
    def operands(self) -> tuple[Operator, ...]:
        return (self.operand,)

    def rebuild(self, entry: EntryMap, size: SizeMap) -> Operator:
        return row_sums(self.operand.origin.rebuild(entry, size))

    def diff(self, symbol: sp.Symbol) -> Operator:
        return row_sums(self.operand.origin.diff(symbol))


def row_sums(operator: Operator) -> Operator:
    """The diagonal matrix whose entry (i, i) is the sum of row i: C 1, as an operator.

    >>> import symconv as sc
    >>> row_sums(sc.conv(sc.Kernel([1, 2]), 2).T).as_explicit()
    Matrix([
    [1, 0],
    [0, 2]])
    """
    horizon = Horizon()
    horizon.note(operator.bounds)
    shares: defaultdict[Cell, list[Element]] = defaultdict(list)
    for term, coefficient in operator.terms.items():
        # Each row occurs once in a diagonal, so D D^T is the identity on the rows of D.
        rows = [compose(d, d.T, horizon) for d in term]
        shares[tuple(row for row in rows if row is not None)].append(coefficient)
    terms = {cell: total(operator.domain, parts) for cell, parts in shares.items()}
    return Operator(
        operator.rows,
        operator.rows,
        operator.domain,
        terms,
        horizon.valid_from,
        RowSums(operator),
    )
