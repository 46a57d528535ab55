"""Determinants of matrices of a concrete size, split in two where they are centrosymmetric."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import sympy as sp
from sympy.polys.domains import QQ
from sympy.polys.domains.domain import Domain

from symconv.algebra.coefficients import Element, to_sympy
from symconv.algebra.normal_form import count_entries
from symconv.algebra.tables import Table, centrosymmetric_halves, matrix_of
from symconv.determinants.work_budget import Budget
from symconv.operators.entries import concrete, positions
from symconv.operators.operator import Operator
from symconv.work_limits import allowed, check, refuse

# Fraction-free elimination of a dense matrix of integers takes about a second at this size.
MOST_ROWS = 120
MOST_MINORS = 20_000
MOST_ENTRIES = 500_000
NARROW = 6
# Terms times degree of a homogeneous polynomial, and of another one, that take a second to factor.
MOST_FACTORED = 15_000
MOST_MIXED = 1_500
WAY_OUT = "take a symbolic size, a circular padding or a separable kernel, or a smaller image"


def table_of(operator: Operator) -> Table:
    """The entries of an operator of concrete size, row by row.

    Raises:
        BudgetError: there are more than a second reads.
    """
    heights, widths = concrete(operator.rows), concrete(operator.cols)
    count = max(prod(heights), count_entries(operator.cells))
    check("work", count, f"{count} entries of {operator!r}", WAY_OUT, MOST_ENTRIES)
    table: Table = {i: {} for i in range(prod(heights))}
    for cell, entry in operator.cells.items():
        for i, j in positions(cell, heights, widths):
            table[i][j] = entry
    return table


def determinant_factors(table: Table, domain: Domain) -> list[Element]:
    """Elements whose product is the determinant; two where the matrix is centrosymmetric."""
    halves = centrosymmetric_halves(table, domain)
    return [table_determinant(part, domain) for part in halves or (table,)]


def table_determinant(table: Table, domain: Domain) -> Element:
    """The determinant of a square matrix.

    Raises:
        BudgetError: it would take more than some seconds.
    """
    rows = len(table)
    if any(not row for row in table.values()):
        return domain.zero
    if not domain.is_Numerical or (rows > MOST_ROWS and _is_narrow(table)):
        return expanded_determinant(table, domain)
    what = f"{rows**3} products in a determinant of {rows} rows"
    check("work", rows**3, what, WAY_OUT, MOST_ROWS**3)
    matrix = matrix_of(table, (rows, rows), domain)
    if domain.is_ZZ or domain.is_QQ:
        scale, whole = matrix.convert_to(QQ).clear_denoms(convert=True)
        number = QQ(whole.det()) / QQ(scale.element) ** rows
        return domain.convert_from(number, QQ)
    return domain.convert_from(matrix.convert_to(domain.get_field()).det(), domain.get_field())


def _is_narrow(table: Table) -> bool:
    return all(abs(i - j) <= NARROW for i, row in table.items() for j in row)


def expanded_determinant(table: Table, domain: Domain, budget: Budget | None = None) -> Element:
    """Row by row, keeping the minors of the rows so far by the columns that they take.

    No division happens, so entries may be polynomials; a band has few minors.
    """
    budget = budget or Budget(f"the determinant of {len(table)} rows of {domain}", WAY_OUT)
    ends = _last_columns(table)
    minors: dict[int, Element] = {0: domain.one}
    due = 0
    for i in range(len(table)):
        following: dict[int, Element] = {}
        # A column that no later row has must be taken by now.
        due |= ends.get(i, 0)
        for taken, minor in minors.items():
            for j, entry in table[i].items():
                key = taken | 1 << j
                if taken >> j & 1 or key & due != due:
                    continue
                term = budget.multiply(domain, minor, entry)
                term = -term if (taken >> j).bit_count() % 2 else term
                following[key] = following[key] + term if key in following else term
        minors = {key: minor for key, minor in following.items() if minor}
        if len(minors) > allowed("work", MOST_MINORS):
            refuse("work", f"{budget.what} has over {len(minors)} minors", WAY_OUT)
    return minors.get((1 << len(table)) - 1, domain.zero)


def _last_columns(table: Table) -> dict[int, int]:
    """For each row the columns, as bits, whose last entry is there."""
    last: dict[int, int] = {}
    for i, row in table.items():
        last.update(dict.fromkeys(row, i))
    ends: dict[int, int] = {}
    for j, i in last.items():
        ends[i] = ends.get(i, 0) | 1 << j
    return ends


def product(elements: Sequence[Element], domain: Domain) -> Element:
    """The product of elements, within a budget."""
    budget = Budget("the determinant written out", "factor() keeps it as a product")
    total = domain.one
    for element in elements:
        total = budget.multiply(domain, total, element)
    return total


def factored(element: Element, domain: Domain) -> sp.Expr:
    """An element as a product of irreducible ones.

    A homogeneous polynomial, as most determinants are, is factored with its first variable set to
    one, which is much quicker.

    Raises:
        BudgetError: it has too many terms, or a high degree.
    """
    if not domain.is_PolynomialRing:
        return to_sympy(domain, element)
    first, *others = domain.symbols
    degrees = {sum(powers) for powers in element}
    is_homogeneous = len(degrees) == 1 and bool(others)
    work = len(element) * (max(degrees, default=0) if len(others) > 1 else 1)
    what = f"{len(element)} terms of a polynomial to factor, times its degree,"
    check("work", work, what, "expr has it", MOST_FACTORED if is_homogeneous else MOST_MIXED)
    poly = sp.Poly(to_sympy(domain, element), *domain.symbols)
    if not is_homogeneous or poly.is_zero:
        return sp.factor(poly.as_expr())
    scale, factors = poly.eval(first, 1).factor_list()
    whole = [(_homogeneous(f, first), power) for f, power in factors]
    left = poly.total_degree() - sum(f.total_degree() * power for f, power in factors)
    return scale * first**left * sp.Mul(*(f**power for f, power in whole))


def _homogeneous(poly: sp.Poly, first: sp.Symbol) -> sp.Expr:
    """The homogeneous polynomial that a polynomial is where the first variable is one."""
    degree = poly.total_degree()
    terms = (
        sp.Mul(coefficient, first ** (degree - sum(powers)), *map(sp.Pow, poly.gens, powers))
        for powers, coefficient in poly.terms()
    )
    return sp.Add(*terms)
