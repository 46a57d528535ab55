"""Numbers that belong to an operator: its Frobenius norm and its rank."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from random import Random
from typing import TYPE_CHECKING

import sympy as sp
from sympy.polys.domains import QQ
from sympy.polys.matrices import DomainMatrix

from symconv.algebra.coefficients import from_exprs
from symconv.algebra.normal_form import count_entries
from symconv.algebra.sizes import Affine, to_expr
from symconv.algebra.symbols import require_apart
from symconv.arguments import require_operator
from symconv.errors import ShapeError
from symconv.operators.entries import concrete, positions
from symconv.work_limits import check

if TYPE_CHECKING:
    from symconv.operators.operator import Operator


MOST_ENTRIES = 200_000


def squared_norm(operator: Operator) -> sp.Expr:
    """The sum of the squares of all entries: the squared Frobenius norm of a real matrix.

    >>> import symconv as sc
    >>> a, b, n = sp.symbols("a b n")
    >>> squared_norm(sc.conv(sc.Kernel([a, b]), n))
    (a**2 + b**2)*(n - 1)
    """
    require_operator(operator)
    counts: dict[sp.Expr, sp.Expr] = {}
    for cell, expr in operator.expressions:
        counts[expr] = counts.get(expr, sp.S.Zero) + prod(to_expr(d.length) for d in cell)
    weights: dict[sp.Expr, sp.Expr] = {}
    for expr, count in counts.items():
        weights[sp.factor(count)] = weights.get(sp.factor(count), sp.S.Zero) + expr**2
    return sp.Add(*(count * sp.expand(squares) for count, squares in weights.items()))


def exact_rank(operator: Operator) -> int:
    """The rank of the matrix, exact; with symbols, for all values but those of a thin set.

    Args:
        operator: any operator of a concrete size.

    >>> import symconv as sc
    >>> exact_rank(sc.conv(sc.Kernel.symbolic("k", 3), 6, padding=1))
    6
    """
    heights, widths = concrete(operator.rows), concrete(operator.cols)
    count = count_entries(operator.cells)
    what = f"{count} entries of {operator!r} for its exact rank"
    check("work", count, what, "symconv.rank knows ranks by formulas, too", MOST_ENTRIES)
    entries = {
        place: expr
        for cell, expr in operator.expressions
        for place in positions(cell, heights, widths)
    }
    return generic_rank(entries, prod(heights), prod(widths))


def generic_rank(entries: Mapping[tuple[int, int], sp.Expr], rows: int, cols: int) -> int:
    """The rank of a matrix by its nonzero entries, for all values of symbols but a thin set.

    >>> a, b = sp.symbols("a b")
    >>> generic_rank({(0, 0): a, (0, 1): b, (1, 0): a * b, (1, 1): b**2}, 2, 2)
    1
    """
    most = min(len({i for i, _ in entries}), len({j for _, j in entries}))
    symbols = sorted(set().union(*(e.free_symbols for e in entries.values())), key=str)
    # A point gives a lower bound; where it meets the upper one it is the rank.
    random = Random(0)
    point = {symbol: sp.Integer(random.randint(-(10**6), 10**6)) for symbol in symbols}
    if symbols:
        at_point = {place: expr.xreplace(point) for place, expr in entries.items()}
        if _rank(at_point, rows, cols) == most:
            return most
    return _rank(entries, rows, cols)


def rank_near_ends(operator: Operator) -> int:
    """The rank of a matrix with entries near the ends of its axes, at all sizes that part them.

    Raises:
        ShapeError: the entries grow in number with the size.
        SymbolError: a size stands in the entries too, so that the rank may depend on it.
    """
    require_apart(operator.size_symbols, operator.entry_symbols, f"the rank of {operator!r}")
    axis = [d for cell in operator.cells for d in cell]
    if not all(isinstance(d.length, int) for d in axis):
        raise ShapeError(f"the rank of {operator!r} grows with its size: take at() first")
    ends = [size for d in axis for size in (d.row, d.col, *d.last)]
    reach = max((abs(n.const if isinstance(n, Affine) else n) for n in ends), default=0)
    apart = {n: start + 2 * reach + 8 for n, start in operator.proven_from.items()}
    return exact_rank(operator.at(apart))


def _rank(entries: Mapping[tuple[int, int], sp.Expr], rows: int, cols: int) -> int:
    if not entries:
        return 0
    domain, elements = from_exprs(list(entries.values()))
    table: dict[int, dict[int, object]] = {}
    # Rows and columns without an entry are many where only the border has any.
    rows_met, cols_met = (
        {place: k for k, place in enumerate(dict.fromkeys(side))}
        for side in zip(*entries, strict=True)
    )
    for (i, j), element in zip(entries, elements, strict=True):
        table.setdefault(rows_met[i], {})[cols_met[j]] = element
    matrix = DomainMatrix(table, (len(rows_met), len(cols_met)), domain)
    return int(matrix.convert_to(QQ if domain.is_ZZ else domain.get_field()).rank())
