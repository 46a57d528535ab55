"""Matrices of a concrete size as tables of their entries other than zero."""

from __future__ import annotations

from sympy.polys.domains.domain import Domain
from sympy.polys.matrices import DomainMatrix

from symconv.algebra.coefficients import Element

Table = dict[int, dict[int, Element]]  # row to column to entry; no zeros


def matrix_of(table: Table, shape: tuple[int, int], domain: Domain) -> DomainMatrix:
    """The same as a matrix of SymPy's."""
    rows = {i: dict(row) for i, row in table.items() if row}
    return DomainMatrix(rows, shape, domain)


def centrosymmetric_halves(table: Table, domain: Domain) -> tuple[Table, Table] | None:
    r"""The blocks B + C J and B - C J of a matrix that half a turn leaves as it is; else None.

    In the basis of symmetric and skew vectors the matrix falls into these two, so its determinant
    is the product of theirs. Source: Abu-Jeib 2002, "Centrosymmetric matrices: properties and
    an alternative approach", Canadian Applied Mathematics Quarterly 10(4).
    """
    n = len(table)
    turned = {n - 1 - i: {n - 1 - j: e for j, e in row.items()} for i, row in table.items()}
    if n < 2 or turned != table:
        return None
    half = n // 2
    symmetric: Table = {i: {} for i in range(n - half)}
    skew: Table = {i: {} for i in range(half)}
    for i in range(n - half):
        for j, entry in table[i].items():
            near = min(j, n - 1 - j)
            _add(symmetric[i], near, entry, domain)
            if i < half and near < half:
                _add(skew[i], near, entry if j == near else -entry, domain)
    return symmetric, skew


def _add(row: dict[int, Element], col: int, entry: Element, domain: Domain) -> None:
    total = row.get(col, domain.zero) + entry
    row.pop(col, None)
    if total:
        row[col] = total
