"""Sums of coefficient times Kronecker product of diagonals, as plain tables."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from math import lcm, prod
from operator import getitem

import sympy as sp
from sympy.polys.domains.domain import Domain

from symconv.algebra.coefficients import Element, convert
from symconv.algebra.correlation import correlate, digits
from symconv.algebra.deferred import Deferred, Sum, multiplier, resolved
from symconv.algebra.diagonal import Cell
from symconv.algebra.expressions import is_plain
from symconv.algebra.numbered_axes import ComposedAxis, cell_of, set_bases
from symconv.algebra.sizes import Horizon
from symconv.work_limits import check

Terms = Mapping[Cell, Element]
# Below so many pairs of terms, each is looked at.
FEW_PAIRS = 2000
# Some seconds of work.
MOST_PAIRS, MOST_POLYNOMIALS = 3 * 10**6, 10**6
# Digits of a long integer that are worth one pair.
MOST_DIGITS = 4


def converted(terms: Terms, old: Domain, new: Domain) -> Terms:
    """The terms with their coefficients in a larger domain."""
    if old == new:
        return terms
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


def multiply(left: Terms, right: Terms, domain: Domain, horizon: Horizon) -> Terms:
    """The terms of a product: diagonals are composed once for each pair on each axis.

    What depends on sizes is decided at once; the coefficients are multiplied when they are asked
    for.
    """
    if not (left and right):
        return {}
    sides = zip(zip(*left, strict=True), zip(*right, strict=True), strict=True)
    axes = [ComposedAxis(lefts, rights, horizon) for lefts, rights in sides]
    return ProductTerms(left, right, axes, domain)


class ProductTerms(Deferred):
    """The terms of a product, whose coefficients are multiplied when they are asked for."""

    def __init__(
        self, left: Terms, right: Terms, axes: Sequence[ComposedAxis], domain: Domain
    ) -> None:
        super().__init__(lambda: _product(left, right, axes, domain))
        self.left, self.right, self.domain = left, right, domain

    def entry(self, row: Sequence[int], col: Sequence[int]) -> Element:
        """One entry of a product of concrete size: the row and the column that meet in it."""
        met: defaultdict[tuple[int | None, ...], list[Element]] = defaultdict(list)
        for term, c in self.left.items():
            met[tuple(d.column(i) for d, i in zip(term, row, strict=True))].append(c)
        pairs = []
        for term, c in self.right.items():
            place = tuple(d.row_at(j) for d, j in zip(term, col, strict=True))
            if None not in place:
                pairs += [(other, c) for other in met.get(place, ())]
        is_symbols = _are_symbols(self.domain, chain(*pairs))
        found = multiplier(self.domain, is_symbols)(pairs)
        return found.value if isinstance(found, Sum) else found


def _product(
    left: Terms, right: Terms, axes: Sequence[ComposedAxis], domain: Domain
) -> Mapping[Cell, Element]:
    found = _correlated(left, right, axes, domain) or _paired(left, right, axes, domain)
    return resolved({cell_of(number, axes): c for number, c in found.items() if c})


def _paired(
    left: Terms, right: Terms, axes: Sequence[ComposedAxis], domain: Domain
) -> dict[int, Element]:
    """The coefficient of each cell by its number: every pair of terms is looked at."""
    pairs = _pairs(left, right)
    usual = MOST_POLYNOMIALS if domain.is_PolynomialRing else MOST_PAIRS
    instead = "print it by its sums with latex(), take one entry, or take fewer taps or channels"
    check("terms", pairs, f"{pairs} pairs of terms of a product", instead, usual)
    tables = [axis.tables for axis in axes]
    set_bases(axes)
    based = [
        [{n: digit * axis.base for n, digit in table.items()} for table in of_axis]
        for axis, of_axis in zip(axes, tables, strict=True)
    ]
    by_channel: defaultdict[int, list[tuple[list[int], Element]]] = defaultdict(list)
    for term, c in right.items():
        channel, *spatial = (axis.right[d] for axis, d in zip(axes, term, strict=True))
        by_channel[channel].append((spatial, c))
    shares: defaultdict[int, list[tuple[Element, Element]]] = defaultdict(list)
    for term, c in left.items():
        channels, *digits = (
            table[axis.left[d]] for axis, table, d in zip(axes, based, term, strict=True)
        )
        for channel, first in channels.items():
            for spatial, other in by_channel[channel]:
                try:
                    number = sum(map(getitem, digits, spatial), first)
                except KeyError:
                    continue
                shares[number].append((c, other))
    is_symbols = _are_symbols(domain, (*left.values(), *right.values()))
    multiplied = multiplier(domain, is_symbols)
    return {number: multiplied(pairs) for number, pairs in shares.items()}


def _are_symbols(domain: Domain, coefficients: Iterable[Element]) -> bool:
    return bool(domain.is_EXRAW) and all(map(is_plain, coefficients))


def _correlated(
    left: Terms, right: Terms, axes: Sequence[ComposedAxis], domain: Domain
) -> dict[int, Element] | None:
    """The same for numbers, where all terms are copies of one that are moved; else None."""
    if not (domain.is_ZZ or domain.is_QQ) or len(left) * len(right) < FEW_PAIRS:
        return None
    if any(axis.shifts is None for axis in axes):
        return None
    scales = [lcm(*(int(domain.denom(c)) for c in side.values())) for side in (left, right)]
    sides = [
        {
            tuple(axis.shift(side, d) for axis, d in zip(axes, term, strict=True)): int(c * scale)
            for term, c in terms.items()
        }
        for side, (terms, scale) in enumerate(zip((left, right), scales, strict=True))
    ]
    if digits(*sides) > MOST_DIGITS * len(left) * len(right):
        return None
    known = [axis.by_shift for axis in axes]
    set_bases(axes)
    found: dict[int, Element] = {}
    unit = domain.one / domain(prod(scales)) if domain.is_QQ else domain.one
    for shifts, value in correlate(*sides).items():
        if value and all(n in table for table, n in zip(known, shifts, strict=True)):
            digit_of = zip(axes, known, shifts, strict=True)
            number = sum([axis.base * table[n] for axis, table, n in digit_of])
            found[number] = found.get(number, 0) + domain(value) * unit
    return found


def _pairs(left: Terms, right: Terms) -> int:
    """How many pairs of terms meet in a channel, or more."""
    if any(channel.length != 1 for channel, *_ in (*left, *right)):
        return len(left) * len(right)
    into = Counter(channel.row for channel, *_ in right)
    return sum(into[channel.col] for channel, *_ in left)
