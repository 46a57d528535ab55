"""Sums of coefficient times Kronecker product of diagonals, as plain tables."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import sympy as sp
from sympy.polys.domains.domain import Domain

from symconv.algebra.coefficients import Element, convert, total
from symconv.algebra.diagonal import Cell, Diagonal, compose
from symconv.algebra.sizes import Horizon, Size
from symconv.work_limits import check

Terms = Mapping[Cell, Element]
Partners = dict[Diagonal, dict[Diagonal, Diagonal]]

# Some seconds of work.
MOST_NUMBERS, MOST_POLYNOMIALS, MOST_COMPOSED = 1_000_000, 150_000, 500_000


def converted(terms: Terms, old: Domain, new: Domain) -> dict[Cell, Element]:
    """The terms with their coefficients in a larger domain."""
    return dict(zip(terms, convert(terms.values(), old, new), strict=True))


def nonzero(terms: Terms) -> dict[Cell, Element]:
    """The terms without those that cancelled."""
    return {cell: c for cell, c in terms.items() if c}


def terms_at(terms: Terms, values: Mapping[sp.Symbol, int]) -> dict[Cell, Element]:
    """The terms where size symbols have these values, without those that are empty there."""
    found: dict[Cell, Element] = {}
    for term, element in terms.items():
        fixed = [d.at(values) for d in term]
        cell = tuple(d for d in fixed if d is not None)
        if len(cell) == len(fixed):
            found[cell] = found[cell] + element if cell in found else element
    return found


def multiply(left: Terms, right: Terms, domain: Domain, horizon: Horizon) -> dict[Cell, Element]:
    """The terms of a product: diagonals are composed once for each pair on each axis."""
    axes = len(next(iter(left), ()))
    partners = [
        _partners((a[axis] for a in left), (b[axis] for b in right), horizon)
        for axis in range(axes)
    ]
    by_channel: defaultdict[Diagonal, list[tuple[Cell, Element]]] = defaultdict(list)
    for (channel, *spatial), c in right.items():
        by_channel[channel].append((tuple(spatial), c))
    _check_work(left, right, partners, domain)
    shares: defaultdict[Cell, list[Element]] = defaultdict(list)
    for term, c in left.items():
        channels, *tables = (table[d] for table, d in zip(partners, term, strict=True))
        for channel, composed in channels.items():
            for rest, other in by_channel[channel]:
                try:
                    cell = (composed, *(t[d] for t, d in zip(tables, rest, strict=True)))
                except KeyError:
                    continue
                shares[cell].append(c * other)
    return nonzero({cell: total(domain, parts) for cell, parts in shares.items()})


def _check_work(left: Terms, right: Terms, partners: Sequence[Partners], domain: Domain) -> None:
    """Refuse too many pairs; on each axis those are counted that meet there."""
    met = [_pairs(axis, left, right, table) for axis, table in enumerate(partners)]
    usual = MOST_NUMBERS if domain.is_Numerical else MOST_POLYNOMIALS
    _check_pairs(min(met, default=0), usual)


def _check_pairs(pairs: int, usual: int) -> None:
    instead = "give the kernel numbers with subs(), or take fewer taps or channels"
    check("terms", pairs, f"{pairs} pairs of terms of a product", instead, usual)


def _pairs(axis: int, left: Terms, right: Terms, partners: Partners) -> int:
    count, others = Counter(b[axis] for b in right), Counter(a[axis] for a in left)
    return sum(n * sum(count[b] for b in partners[a]) for a, n in others.items())


def _partners(left: Iterable[Diagonal], right: Iterable[Diagonal], horizon: Horizon) -> Partners:
    """For each diagonal on the left, those on the right with a nonzero product, and the product."""
    right = dict.fromkeys(right)
    singles: defaultdict[Size, list[Diagonal]] = defaultdict(list)
    for b in right:
        if b.length == 1:
            singles[b.row].append(b)
    others = [b for b in right if b.length != 1]
    moving = [row for row in singles if not isinstance(row, int)]
    table: Partners = {}
    counts = Counter(b.row for b in right)
    left = dict.fromkeys(left)
    met = sum(counts[a.col] + len(others) if a.length == 1 else len(right) for a in left)
    _check_pairs(met, MOST_COMPOSED)
    for a in left:
        # Two single entries meet or do not; this spares the pairs of a large channel matrix.
        candidates = [*singles.get(a.col, ()), *others] if a.length == 1 else right
        if a.length == 1:
            for row in moving if isinstance(a.col, int) else singles:
                horizon.keep_apart(a.col, row)
        products = ((b, compose(a, b, horizon)) for b in candidates)
        table[a] = {b: composed for b, composed in products if composed is not None}
    return table
