"""Exact elimination: ranks with a minor as certificate, null spaces, inverses, within a budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import sympy as sp
from sympy.polys.domains import QQ
from sympy.polys.domains.domain import Domain
from sympy.polys.matrices import DomainMatrix

from symconv.algebra.coefficients import Element, is_zero
from symconv.algebra.tables import Table, matrix_of
from symconv.determinants.expanded_determinants import expanded_determinant, table_of
from symconv.determinants.work_budget import Budget
from symconv.errors import BudgetError
from symconv.operators.entries import concrete_shape
from symconv.operators.operator import Operator
from symconv.work_limits import allowed, check, refuse

PRIME = 2**61 - 1
MOST_MODULAR = 3_000_000
MOST_NUMBERS = 12_000
MOST_INVERSE = 2_500


@dataclass(frozen=True)
class Minor:
    """Rows and columns of a square block whose determinant is not zero, and of the largest size.

    Attributes:
        rows, cols: their flat indices.
        point: values of the kernel's symbols at which the block was found to be regular.
    """

    rows: tuple[int, ...]
    cols: tuple[int, ...]
    point: dict[sp.Symbol, sp.Expr]


def regular_minor(operator: Operator) -> Minor:
    """A regular block of an operator of concrete size, found modulo a prime.

    Its determinant is not zero modulo the prime, at a random point where there are symbols; so the
    rank is at least its size, and nearly always no larger.

    Raises:
        BudgetError: the matrix is too large.
    """
    random = Random(0)
    # Taps that meet no pixel stand in no entry, and would keep the domain one of polynomials.
    unused = set(getattr(operator.domain, "symbols", ())) - operator.size_symbols
    symbols = sorted(operator.entry_symbols | unused, key=str)
    point = {symbol: sp.Integer(random.randint(2, 10**6)) for symbol in symbols}
    there = operator.subs(point) if point else operator
    if there.domain.is_ZZ or there.domain.is_QQ:
        rows, cols = _modular_pivots(table_of(there), there.domain)
    else:
        matrix = field_matrix(there, "rank")
        rows, cols = matrix.transpose().rref()[1], matrix.rref()[1]
    return Minor(tuple(rows), tuple(cols), point)


def _modular_pivots(table: Table, domain: Domain) -> tuple[list[int], list[int]]:
    """Rows and columns of the pivots of elimination modulo a prime."""
    reduced: dict[int, dict[int, int]] = {}
    rows = []
    steps = 0
    for i, row in table.items():
        current = {j: _residue(e, domain) for j, e in row.items()}
        while current:
            lead = min(current)
            pivot = reduced.get(lead)
            if pivot is None:
                inverse = pow(current[lead], -1, PRIME)
                reduced[lead] = {j: e * inverse % PRIME for j, e in current.items()}
                rows.append(i)
                break
            steps += len(pivot)
            _subtract(current, pivot, current[lead])
            if steps > allowed("work", MOST_MODULAR):
                what = f"the rank of {len(table)} rows takes more than {steps} steps"
                refuse("work", what, "take a smaller image, a separable kernel or circular padding")
    return rows, sorted(reduced)


def _subtract(row: dict[int, int], pivot: dict[int, int], factor: int) -> None:
    for j, e in pivot.items():
        value = (row.get(j, 0) - factor * e) % PRIME
        if value:
            row[j] = value
        else:
            row.pop(j, None)


def _residue(value: Element, domain: Domain) -> int:
    return int(domain.numer(value)) * pow(int(domain.denom(value)), -1, PRIME) % PRIME


def field_matrix(operator: Operator, what: str) -> DomainMatrix:
    """The matrix over a field, where elimination in it is affordable.

    Raises:
        BudgetError: it is not.
    """
    matrix = matrix_of(
        table_of(operator), concrete_shape(operator.rows, operator.cols), operator.domain
    )
    _affordable(matrix, what)
    domain = operator.domain
    return matrix.convert_to(QQ if domain.is_ZZ else domain.get_field())


def _affordable(matrix: DomainMatrix, what: str) -> None:
    rows, cols = matrix.shape
    if not matrix.domain.is_Numerical:
        raise BudgetError(f"the exact {what} of {rows} x {cols} symbols: give the kernel numbers")
    numbers = f"{rows} x {cols} numbers for the exact {what}"
    instead = "take a smaller image, circular padding or one axis"
    check("work", rows * cols, numbers, instead, MOST_NUMBERS)


def block(table: Table, rows: Sequence[int], cols: Sequence[int]) -> Table:
    """Some rows and columns of a matrix, counted anew."""
    places = {j: at for at, j in enumerate(cols)}
    return {
        at: {places[j]: e for j, e in table[i].items() if j in places} for at, i in enumerate(rows)
    }


def cramers_vectors(operator: Operator, minor: Minor) -> list[dict[int, Element]]:
    """Vectors of polynomials that the rows of a regular block take to zero, by Cramer's rule.

    One for each column that the block does not have: its determinant there, and the negative
    determinants with that column put in at the block's columns. No division happens.

    Raises:
        BudgetError: they have too many terms.
    """
    table, domain = table_of(operator), operator.domain
    budget = Budget(f"the null space of {operator!r}", "give the kernel numbers")
    others = sorted(set(range(int(operator.shape[1]))) - set(minor.cols))
    # Each of the determinants reads each entry of its block at least once.
    budget.spend(len(others) * len(minor.cols) * sum(map(len, table.values())))
    whole = expanded_determinant(block(table, minor.rows, minor.cols), domain, budget)
    found = []
    for free in others:
        vector = {free: whole}
        for place, col in enumerate(minor.cols):
            cols = [*minor.cols[:place], free, *minor.cols[place + 1 :]]
            entry = expanded_determinant(block(table, minor.rows, cols), domain, budget)
            if entry:
                vector[col] = -entry
        found.append(vector)
    return found


def takes_to_zero(operator: Operator, vectors: Sequence[dict[int, Element]]) -> bool:
    """Whether every row takes every vector to zero, as an identity of polynomials."""
    table, domain = table_of(operator), operator.domain
    budget = Budget(f"the null space of {operator!r}", "give the kernel numbers")

    def value(row: dict[int, Element], vector: dict[int, Element]) -> Element:
        total = domain.zero
        for j in row.keys() & vector.keys():
            total = total + budget.multiply(domain, row[j], vector[j])
        return total

    return not any(
        not is_zero(domain, value(row, vector)) for vector in vectors for row in table.values()
    )


def null_vectors(matrix: DomainMatrix) -> list[list[Any]]:
    """A basis of the null space, by rows, over the matrix's field."""
    return list(matrix.nullspace().to_dense().to_list()) if matrix.shape[1] else []


def inverted(matrix: DomainMatrix) -> DomainMatrix | None:
    """The inverse of a square matrix over a field, or None where it is singular."""
    size = matrix.shape[0]
    what = f"{size} x {size} numbers for the exact inverse"
    instead = "write the size as a symbol, take circular padding, or deconvolve() with numbers"
    check("work", size * size, what, instead, MOST_INVERSE)
    unit = DomainMatrix.eye(size, matrix.domain)
    whole, pivots = matrix.to_sparse().hstack(unit.to_sparse()).rref()
    if pivots != tuple(range(size)):
        return None
    return whole.extract(list(range(size)), list(range(size, 2 * size)))


def columns(vectors: Sequence[Sequence[Any]], domain: Domain) -> list[sp.Matrix]:
    """Vectors of field elements as columns of SymPy's."""
    return [sp.Matrix([domain.to_sympy(e) for e in vector]) for vector in vectors]
