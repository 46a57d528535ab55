"""Exact ranks of operators, for generic values of the kernel's symbols."""

from __future__ import annotations

from math import prod
from random import Random

import sympy as sp
from sympy.polys.domains import QQ
from sympy.polys.matrices import DomainMatrix

from symconv.algebra.coefficients import from_exprs
from symconv.operators.entries import concrete, positions
from symconv.operators.operator import Operator


def exact_rank(operator: Operator) -> int:
    """The rank of the matrix, exact; with symbols, for all values but those of a thin set.

    Args:
        operator: any operator of a concrete size.

    >>> import symconv as sc
    >>> exact_rank(sc.conv(sc.Kernel.symbolic("k", 3), 6, padding=1))
    6
    """
    heights, widths = concrete(operator.rows), concrete(operator.cols)
    entries = {
        place: expr
        for cell, expr in operator.expressions
        for place in positions(cell, heights, widths)
    }
    most = min(len({i for i, _ in entries}), len({j for _, j in entries}))
    symbols = sorted(operator.free_symbols, key=str)
    # A point gives a lower bound; where it meets the upper one it is the rank.
    random = Random(0)
    point = {symbol: sp.Integer(random.randint(-(10**6), 10**6)) for symbol in symbols}
    if symbols:
        at_point = {place: expr.xreplace(point) for place, expr in entries.items()}
        if _rank(at_point, prod(heights), prod(widths)) == most:
            return most
    return _rank(entries, prod(heights), prod(widths))


def _rank(entries: dict[tuple[int, int], sp.Expr], rows: int, cols: int) -> int:
    if not entries:
        return 0
    domain, elements = from_exprs(list(entries.values()))
    table: dict[int, dict[int, object]] = {}
    for (i, j), element in zip(entries, elements, strict=True):
        table.setdefault(i, {})[j] = element
    matrix = DomainMatrix(table, (rows, cols), domain)
    return int(matrix.convert_to(QQ if domain.is_ZZ else domain.get_field()).rank())
