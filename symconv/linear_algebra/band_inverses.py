r"""Inverses of Toeplitz bands: by the matrix's own recurrence, and as products of convolutions.

Left of its unit entry a column of the inverse solves the homogeneous equations of the rows above,
so with q diagonals above the main one it is a combination of the q sequences that start as unit
vectors: (T^{-1})_{ij} = \sum_{r<q} u_r(i) (T^{-1})_{rj} for i < j + q. Above the diagonal the
inverse has rank q (below it p): it is semiseparable. Source for bands: Trench 1974, "Inversion of
Toeplitz band matrices", Mathematics of Computation 28.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy as sp
from sympy.polys.domains import QQ
from sympy.polys.domains.domain import Domain
from sympy.polys.matrices import DomainMatrix
from sympy.polys.matrices.exceptions import DMNonInvertibleMatrixError

from symconv.algebra.coefficients import Element
from symconv.determinants.bands import Band
from symconv.determinants.work_budget import Budget
from symconv.errors import SymconvError
from symconv.operators.convolution import conv
from symconv.operators.operator import Operator

WAY_OUT = "take a smaller size, or deconvolve() with numbers"


@dataclass(frozen=True, eq=False)
class ToeplitzBand:
    """A Toeplitz matrix of a concrete size with few diagonals, over a field.

    Attributes:
        domain: the field.
        low, high: the lowest and the highest diagonal that is not zero, column less row.
        line: the entries from the lowest to the highest diagonal.
        rows: rows of the matrix.
    """

    domain: Domain
    low: int
    high: int
    line: tuple[Element, ...]
    rows: int

    @classmethod
    def of(cls, band: Band, rows: int) -> ToeplitzBand | None:
        """The member of a family of this size; None where it is no Toeplitz matrix."""
        used = sorted(d for d, entry in band.diagonals.items() if entry)
        if not band.is_toeplitz or not used:
            return None
        domain = QQ if band.domain.is_ZZ else band.domain.get_field()
        line = [band.diagonals.get(d, band.domain.zero) for d in range(used[0], used[-1] + 1)]
        converted = tuple(domain.convert_from(e, band.domain) for e in line)
        return cls(domain, used[0], used[-1], converted, rows)

    def column(self, col: int) -> list[Element] | None:
        """A column of the inverse; None where the matrix is singular."""
        if self.low > 0 or self.high < 0:
            return None
        budget = Budget(f"a column of the inverse of {self.rows} rows", WAY_OUT)
        line = self._continued([self.domain.zero] * self.high, col, budget)
        starts = self._combination(line[self.rows :])
        if starts is None:
            return None
        zero = self.domain.zero
        found = line[: self.rows]
        for start, unit in zip(starts, self.units, strict=True):
            found = [x + start * u for x, u in zip(found, unit, strict=False)]
        return [*found, *[zero] * (self.rows - len(found))]

    @cached_property
    def units(self) -> list[list[Element]]:
        """The sequences u_r that start as unit vectors and solve every row, also past the end."""
        budget = Budget(f"the solutions of {self.rows} rows", WAY_OUT)
        one, zero = self.domain.one, self.domain.zero
        starts = [[one if i == r else zero for i in range(self.high)] for r in range(self.high)]
        return [self._continued(start, None, budget) for start in starts]

    def _continued(self, start: list[Element], unit: int | None, budget: Budget) -> list[Element]:
        """A start, continued by T x = e_unit row by row, or by T x = 0."""
        domain, line = self.domain, [*[self.domain.zero] * -self.low, *start]
        for row in range(self.rows):
            budget.spend(len(self.line) * (1 + row * row // 14_000))  # the numbers grow
            total = domain.one if row == unit else domain.zero
            for a, x in zip(self.line, line[row:], strict=False):
                total = total - a * x
            line.append(total / self.line[-1])
        return line[-self.low :]

    def _combination(self, past: Sequence[Element]) -> list[Element] | None:
        """What multiples of the units make the continuation vanish past the end."""
        if self.high == 0:
            return []
        if self._solved is None:
            return None
        right = DomainMatrix([[-x] for x in past], (self.high, 1), self.domain)
        return [row[0] for row in (self._solved * right).to_dense().to_list()]

    @cached_property
    def _solved(self) -> DomainMatrix | None:
        """The inverse of what the units are past the end; None where the band is singular."""
        q = self.high
        ends = [[u[self.rows + i] for u in self.units] for i in range(q)]
        try:
            return DomainMatrix(ends, (q, q), self.domain).inv()
        except DMNonInvertibleMatrixError:
            return None

    def gohberg_semencul(self) -> Gohberg | None:
        """The inverse by four triangular convolutions; None where the formula does not apply."""
        first, last = self.column(0), self.column(self.rows - 1)
        if first is None or last is None or not first[0]:
            return None
        x, y = ([self.domain.to_sympy(e) for e in column] for column in (first, last))
        return Gohberg(tuple(x), tuple(y))


@dataclass(frozen=True)
class Gohberg:
    """T^{-1} = (L(x) U(y) - L'(y) U'(x)) / x_0, after Gohberg and Semencul.

    Attributes:
        first, last: x and y, the first and the last column of the inverse; x_0 is not zero.
    """

    first: tuple[sp.Expr, ...]
    last: tuple[sp.Expr, ...]

    @cached_property
    def factors(self) -> tuple[Operator, Operator, Operator, Operator]:
        """Four triangular Toeplitz matrices, as convolutions with one zero-padded side."""
        x, y = self.first, self.last
        return (
            _lower(x),
            _lower(y[::-1]).T,
            _lower((sp.S.Zero, *y[:-1])),
            _lower((sp.S.Zero, *x[:0:-1])).T,
        )

    @property
    def operator(self) -> Operator:
        """The inverse, as one operator."""
        a, b, c, d = self.factors
        whole: Any = (a @ b - c @ d) / self.first[0]
        if not isinstance(whole, Operator):
            raise SymconvError("products of operators are operators")
        return whole


def _lower(column: Sequence[sp.Expr]) -> Operator:
    """The lower triangular Toeplitz matrix of a first column: a causal convolution."""
    size = len(column)
    return conv(list(reversed(column)), size, padding=((size - 1, 0),))


def triangular(first: Sequence[sp.Expr], upper: bool) -> Operator:
    """The triangular Toeplitz matrix of a first column, or of a first row where it is upper."""
    made = _lower(first)
    return made.T if upper else made
