"""Kernels as outer products of kernels on one axis, and as sums of these."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import combinations, product
from math import comb, prod
from typing import Any

import sympy as sp
from sympy.polys.domains.domain import Domain

from symconv._printable import Printable
from symconv.algebra.coefficients import Element, from_exprs, is_zero, to_sympy, vanishes
from symconv.errors import BudgetError, KernelError
from symconv.operators.kernel import Kernel
from symconv.operators.norms_and_ranks import generic_rank
from symconv.work_limits import check

MOST_MINORS = 20_000
# Elimination among symbols takes about a second at this size.
WIDEST_SYMBOLIC = 5

Taps = Mapping[tuple[int, ...], Element]


@dataclass(frozen=True)
class Separability(Printable):
    """Whether a kernel is an outer product of kernels on one axis each; true where it is.

    Attributes:
        kernel: the kernel, of one channel.
        factors: kernels on one axis each, whose outer product it is; None where it is none.
        divisors: expressions by which the factors were divided; they hold where none is zero.
    """

    kernel: Kernel
    factors: tuple[Kernel, ...] | None
    divisors: tuple[sp.Expr, ...] = ()

    def __bool__(self) -> bool:
        return self.factors is not None

    @cached_property
    def conditions(self) -> tuple[sp.Expr, ...]:
        """Expressions that all vanish exactly where the kernel is separable; none where it is.

        They are the 2x2 minors of its flattenings, one for each axis (of the matrix itself on two
        axes). A number that stands alone says that the kernel is separable for no values.

        Raises:
            BudgetError: there are too many of them.

        >>> Kernel.symbolic("k", (2, 2)).separable().conditions
        (k_{0,0}*k_{1,1} - k_{0,1}*k_{1,0},)
        """
        return () if self else tuple(_minors(self.kernel))

    @cached_property
    def rank(self) -> int:
        """The rank of a kernel on two axes, for all values of its symbols but a thin set.

        Raises:
            KernelError: another number of axes, on which ranks of tensors are hard to find.
        """
        if self.kernel.ndim != 2:
            raise KernelError(f"{self.kernel!r} is no matrix: the rank is for two axes")
        if self:
            return int(any(entry != 0 for entry in self.kernel.entries))
        entries = {(i, j): entry for *_, (i, j), entry in self.kernel.weights() if entry != 0}
        narrow = min(self.kernel.size) <= WIDEST_SYMBOLIC
        if narrow or not self.kernel.free_symbols:
            return generic_rank(entries, *self.kernel.size)
        return self._full_rank(entries)

    def _full_rank(self, entries: Mapping[tuple[int, int], sp.Expr]) -> int:
        most = min(self.kernel.size)
        primes = map(sp.prime, range(100, 100 + len(self.kernel.free_symbols)))
        values = dict(zip(sorted(self.kernel.free_symbols, key=str), primes, strict=True))
        at_point = {tap: entry.subs(values) for tap, entry in entries.items()}
        if most > generic_rank(at_point, *self.kernel.size):
            raise BudgetError(
                f"the rank of {most} rows or columns with symbols takes long where it is not full "
                f"(exact up to {WIDEST_SYMBOLIC}): put numbers in with subs()"
            )
        return most

    @cached_property
    def terms(self) -> tuple[tuple[Kernel, Kernel], ...]:
        """As many separable kernels u v^T as the rank says, whose sum a kernel on two axes is.

        >>> for u, v in Kernel([[0, 1, 0], [1, -4, 1], [0, 1, 0]]).separable().terms:
        ...     print(u, v)
        [0  1  0] [1  -4  1]
        [1  0  1] [0  1  0]
        """
        return self._sum[0]

    @property
    def nonzero(self) -> tuple[sp.Expr, ...]:
        """Expressions by which the terms were divided; they hold where none is zero."""
        return self._sum[1]

    @cached_property
    def _sum(self) -> tuple[tuple[tuple[Kernel, Kernel], ...], tuple[sp.Expr, ...]]:
        rank = self.rank
        if self.factors is not None:
            u, v = self.factors
            return ((u, v),) * rank, self.divisors
        return _eliminated(self.kernel, rank)

    def __repr__(self) -> str:
        if self.factors is None:
            return f"Separability({self.kernel!r} is not separable)"
        return f"Separability({' x '.join(repr(factor.tolist()) for factor in self.factors)})"


def separability(kernel: Kernel) -> Separability:
    """Whether a kernel is separable; see :meth:`symconv.Kernel.separable`."""
    if (kernel.in_channels, kernel.out_channels) != (1, 1):
        raise KernelError(f"separable() is for kernels of one channel, not {kernel!r}")
    if all(entry == 0 for entry in kernel.entries):
        zeros = (Kernel.build([sp.S.Zero] * size, [size]) for size in kernel.size)
        return Separability(kernel, tuple(zeros))
    found = _factored(kernel)
    return Separability(kernel, *(found or (None,)))


def kernel_factors(kernel: Kernel) -> list[Kernel] | None:
    """Kernels on one axis whose outer product this one is, where it has rank one; else None.

    >>> kernel_factors(Kernel([[1, 2], [3, 6]]))
    [Kernel([1, 3]), Kernel([1, 2])]
    >>> kernel_factors(Kernel.symbolic("k", (2, 2))) is None
    True
    """
    found = _factored(kernel)
    return None if found is None else [*found[0]]


# --- one product -----------------------------------------------------------------------------


def _factored(kernel: Kernel) -> tuple[tuple[Kernel, ...], tuple[sp.Expr, ...]] | None:
    """The factors of a kernel of rank one, and by what they were divided; else None."""
    entries, powers = _without_exponentials(kernel.entries)
    domain, elements = from_exprs(entries)
    taps = {tap: e for (*_, tap, _), e in zip(kernel.weights(), elements, strict=True)}
    pivot = _pivot(domain, taps)
    if pivot is None:
        return None
    lines = [
        [taps[(*pivot[:axis], t, *pivot[axis + 1 :])] for t in range(size)]
        for axis, size in enumerate(kernel.size)
    ]
    if not _is_product(domain, taps, lines, pivot):
        return None
    first, *others = [[to_sympy(domain, e) for e in line] for line in lines]
    at = to_sympy(domain, taps[pivot])
    divisors: tuple[sp.Expr, ...] = ()
    if _has_common_factors(domain):
        made = _without_division(first, others, pivot)
    else:
        made = [first, *([sp.cancel(e / at) for e in line] for line in others)]
        divisors = (at.xreplace(powers),) if others and at.is_zero is not False else ()
    return tuple(Kernel([e.xreplace(powers) for e in line]) for line in made), divisors


def _without_exponentials(
    entries: Sequence[sp.Expr],
) -> tuple[list[sp.Expr], dict[sp.Symbol, sp.Expr]]:
    """Entries in which powers of one exponential are powers of a symbol, and what that stands for.

    The exponential of an expression in symbols, or of a rational number, is transcendental, so that
    this changes no answer; among polynomials it comes at once.
    """
    exponents = sorted({e.exp for entry in entries for e in entry.atoms(sp.exp)}, key=str)
    if not any(e.is_Rational or (e.free_symbols and not e.has(sp.I)) for e in exponents[:1]):
        return [*entries], {}
    ratios = [sp.cancel(exponent / exponents[0]) for exponent in exponents]
    if not all(ratio.is_Rational for ratio in ratios):
        return [*entries], {}
    unit = reduce(sp.gcd, ratios)
    symbol = sp.Dummy(positive=True)
    powers = {
        sp.exp(exponent): symbol ** (ratio / unit)
        for exponent, ratio in zip(exponents, ratios, strict=True)
    }
    return [entry.xreplace(powers) for entry in entries], {symbol: sp.exp(unit * exponents[0])}


def _pivot(domain: Domain, taps: Taps) -> tuple[int, ...] | None:
    """A tap that is not zero, the simplest to divide by."""
    met = [tap for tap, e in taps.items() if not is_zero(domain, e)]
    exprs = {tap: to_sympy(domain, taps[tap]) for tap in met}
    return min(
        met, key=lambda tap: (not exprs[tap].is_number, exprs[tap].count_ops()), default=None
    )


def _is_product(
    domain: Domain, taps: Taps, lines: Sequence[Sequence[Element]], pivot: tuple[int, ...]
) -> bool:
    """Whether every tap, times the pivot for each axis but one, is the product of its lines."""
    over = taps[pivot] ** (len(lines) - 1)
    return all(
        is_zero(
            domain,
            prod((line[t] for line, t in zip(lines, tap, strict=True)), start=domain.one)
            - entry * over,
        )
        for tap, entry in taps.items()
    )


def _has_common_factors(domain: Domain) -> bool:
    """Whether its elements are numbers and polynomials with a greatest common divisor."""
    base = domain.domain if domain.is_PolynomialRing else domain
    return bool(base.is_ZZ or base.is_QQ)


def _without_division(
    first: list[sp.Expr], others: list[list[sp.Expr]], pivot: tuple[int, ...]
) -> list[list[sp.Expr]]:
    """The factors, all but the first without a common divisor: a polynomial has its own then.

    By the lemma of Gauss the divisions leave no remainder, so that the product holds for every
    value of the symbols.
    """
    made = []
    for line, at in zip(others, pivot[1:], strict=True):
        common = reduce(sp.gcd, line)
        made.append([sp.cancel(e / common) for e in line])
        first = [sp.cancel(e / made[-1][at]) for e in first]
    return [first, *made]


# --- conditions ------------------------------------------------------------------------------


def _minors(kernel: Kernel) -> Iterator[sp.Expr]:
    """The 2x2 minors of all flattenings, none twice up to sign; one number that is not zero."""
    _check_minors(kernel)
    entries, powers = _without_exponentials(kernel.entries)
    domain, elements = from_exprs(entries)
    found: dict[Element, sp.Expr] = {}
    for minor in _all_minors(kernel, elements):
        if minor in found or -minor in found or is_zero(domain, minor):
            continue
        found[minor] = to_sympy(domain, minor).xreplace(powers)
        if found[minor].is_number:
            return iter((found[minor],))
    return iter(found.values())


def _check_minors(kernel: Kernel) -> None:
    taps = prod(kernel.size)
    count = sum(comb(k, 2) * comb(taps // k, 2) for k in kernel.size)
    what = f"{count} minors, the conditions on {kernel.size} taps,"
    check("terms", count, what, "separable() itself says whether all vanish", MOST_MINORS)


def _all_minors(kernel: Kernel, elements: Sequence[Element]) -> Iterator[Element]:
    entries = {tap: e for (*_, tap, _), e in zip(kernel.weights(), elements, strict=True)}
    for axis in range(kernel.ndim if kernel.ndim > 2 else kernel.ndim - 1):
        others = [range(size) for a, size in enumerate(kernel.size) if a != axis]
        for (i, j), (p, q) in product(
            combinations(range(kernel.size[axis]), 2), combinations(product(*others), 2)
        ):
            a, b, c, d = (
                entries[(*rest[:axis], t, *rest[axis:])] for t in (i, j) for rest in (p, q)
            )
            yield a * d - b * c


# --- sums ------------------------------------------------------------------------------------


def _eliminated(
    kernel: Kernel, rank: int
) -> tuple[tuple[tuple[Kernel, Kernel], ...], tuple[sp.Expr, ...]]:
    """Row or column by row where the rank is full; else by taking crosses away.

    Each cross through a pivot takes one off the rank: Wedderburn's rank reduction; see Kędzierski
    2024, arXiv:2406.03992, lemma 1.1.
    """
    matrix = sp.Matrix(kernel.tolist())
    if rank == min(matrix.shape):
        return _unit_rows(matrix), ()
    terms: list[tuple[Kernel, Kernel]] = []
    divisors: list[sp.Expr] = []
    for _ in range(rank):
        i, j = _cross(matrix)
        at, column, row = matrix[i, j], matrix[:, j], matrix[i, :]
        terms.append((Kernel([sp.cancel(e / at) for e in column]), Kernel([*row])))
        divisors += [] if at.is_zero is False else [at]
        matrix = (matrix - column * row / at).applyfunc(_settled)
    return tuple(terms), tuple(divisors)


def _unit_rows(matrix: sp.Matrix) -> tuple[tuple[Kernel, Kernel], ...]:
    """One term a row, or a column where there are fewer, which divides by nothing."""
    rows, cols = matrix.shape
    if rows <= cols:
        return tuple((_unit(rows, i), Kernel([*matrix[i, :]])) for i in range(rows))
    return tuple((Kernel([*matrix[:, j]]), _unit(cols, j)) for j in range(cols))


def _unit(size: int, at: int) -> Kernel:
    return Kernel([int(t == at) for t in range(size)])


def _cross(matrix: sp.Matrix) -> tuple[int, int]:
    """Where an entry is not zero, a number where there is one; the middle row first."""
    middle = matrix.rows // 2
    places: list[Any] = sorted(
        (abs(i - middle), j, i) for i, j in product(*map(range, matrix.shape)) if matrix[i, j] != 0
    )
    _, j, i = next((p for p in places if matrix[p[2], p[1]].is_number), places[0])
    return i, j


def _settled(entry: sp.Expr) -> sp.Expr:
    """Zero where it is zero."""
    short = sp.cancel(entry)
    return sp.S.Zero if vanishes(short) is True else short
