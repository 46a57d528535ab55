"""Single eigenvalues of symmetric Toeplitz bands, by counts that cost O(b³ log n) each.

By Sylvester's law of inertia the eigenvalues below x are as many as the negative pivots of T - x.
T is block tridiagonal, its b x b blocks are the same in all rows of blocks but the last. To
eliminate every other one leaves a matrix of that form with half as many (cyclic reduction), so that
log₂ n steps count all n pivots. Numbers are integers over a power of two.

Source: Haynsworth 1968, "Determination of the inertia of a partitioned Hermitian matrix", Linear
Algebra and its Applications 1, for the pivots; Bini, Meini 2009, "The cyclic reduction algorithm:
from Poisson equation to stochastic processes and beyond", Numerical Algorithms 51.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log2
from typing import NamedTuple

import sympy as sp

from symconv.algebra.sizes import evaluate
from symconv.errors import BudgetError, KernelError, ShapeError
from symconv.operators.convolution import conv
from symconv.operators.entries import concrete_shape
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator

MOST_LAGS = 16
MOST_BITS = 20_000
# Where a bracket is cut, in 2⁻²⁰: no simple fraction, at which a smaller section may be singular.
CUT = 511_393

Block = list[list[int]]


class _ZeroPivotError(ArithmeticError):
    """A pivot is zero to all bits."""


@dataclass(frozen=True)
class ToeplitzBand:
    """The symmetric matrix r_|i-j| with so many rows.

    Attributes:
        lags: r_0, …, r_b, real numbers; r_b is not zero unless b is.
        rows: more than b.
    """

    lags: tuple[sp.Expr, ...]
    rows: int

    def count_below(self, bound: sp.Expr) -> int:
        """How many eigenvalues are less than a real number, which is none of them.

        The precision grows until the counts on both sides of the number are the same.

        Raises:
            BudgetError: the number is an eigenvalue, or extremely near to one.

        >>> ToeplitzBand((sp.Integer(2), sp.Integer(-1)), 10**6).count_below(sp.Integer(1))
        333333
        """
        bits = self._bits(15)
        while bits <= MOST_BITS:
            place, near = _fixed(bound, bits), 1 << (bits // 2 - 16)
            below, above = (self._count(x, bits) for x in (place - near, place + near))
            if below == above:
                return below
            bits *= 2
        raise BudgetError(f"{bound} cannot be told from an eigenvalue with {MOST_BITS} bits")

    def eigenvalue(self, index: int, digits: int) -> sp.Float:
        """The eigenvalue with so many smaller ones, to so many digits.

        What is below the finest resolution, 10^-digits n^-2b times the largest entry, is 0.

        >>> band = ToeplitzBand((sp.Integer(2), sp.Integer(-1)), 10**6)
        >>> band.eigenvalue(0, 15) / sp.N(2 - 2 * sp.cos(sp.pi / (10**6 + 1)), 15)
        1.00000000000000
        """
        bits = self._bits(digits)
        while bits <= MOST_BITS:
            low, high = self._bracket(index, digits, bits)
            # The ends are asked once more, with twice the bits.
            below, above = (self._count(end << bits, 2 * bits) for end in (low, high))
            if below <= index < above:
                return _number(low, high, bits, digits)
            bits *= 2
        raise BudgetError(f"the eigenvalue {index} is not found with {MOST_BITS} bits")

    @property
    def _depth(self) -> int:
        """Bits below 1 at which the smallest eigenvalues are: n^-2b."""
        return ceil(2 * (len(self.lags) - 1) * log2(self.rows + 1))

    def _bits(self, digits: int) -> int:
        return 64 + 4 * digits + 2 * self._depth

    def _bracket(self, index: int, digits: int, bits: int) -> tuple[int, int]:
        """Two fixed point numbers with the eigenvalue between them."""
        lags = [abs(_fixed(r, bits)) for r in self.lags]
        reach = 2 * sum(lags) + 2
        finest = (max(lags) >> self._depth) // 10**digits + 2
        low, high = -reach, reach
        while high - low > finest and (high - low) * 10**digits > max(abs(low), abs(high)):
            cut = low + ((high - low) * CUT >> 20)
            if self._count(cut, bits) <= index:
                low = cut
            else:
                high = cut
        return low, high

    def _count(self, bound: int, bits: int) -> int:
        """The eigenvalues below a fixed point number, moved a little where a pivot is zero."""
        while True:
            try:
                return self._negative_pivots(bound, bits)
            except _ZeroPivotError:
                bound += 1

    def _negative_pivots(self, bound: int, bits: int) -> int:
        lags = [_fixed(r, bits) for r in self.lags]
        b = max(1, len(lags) - 1)
        lags += [0] * (2 * b + 1 - len(lags))
        diagonal = [[lags[abs(i - j)] - bound * (i == j) for j in range(b)] for i in range(b)]
        beside = [[lags[b + j - i] for j in range(b)] for i in range(b)]
        blocks, rest = divmod(self.rows, b)
        last, found = diagonal, 0
        if rest:
            corner = [row[:rest] for row in diagonal[:rest]]
            tail = _eliminate(corner, _transposed([row[:rest] for row in beside]), bits)
            last, found = _minus(diagonal, tail.product(0, 0)), tail.negative
        return found + _chain_negatives(_Chain(diagonal, diagonal, last, beside), blocks, bits)


def toeplitz_band(operator: Operator) -> ToeplitzBand:
    """The symmetric Toeplitz band of real numbers that an operator of one channel is.

    Raises:
        ShapeError: it is none, or has more than 16 diagonals on a side.
        KernelError: an entry is no real number.

    >>> import symconv as sc
    >>> C = sc.conv([1, 3, 2], 10**6)
    >>> toeplitz_band(C @ C.T)
    ToeplitzBand(lags=(14, 9, 2), rows=999998)
    """
    rule = f"{operator!r} is no symmetric Toeplitz band on one axis with one channel"
    rows, _ = concrete_shape(operator.rows, operator.cols)
    if len(operator.rows) != 2 or operator.rows != operator.cols or operator.rows[0] != 1:
        raise ShapeError(rule)
    first = {evaluate(d.col, {}): cell for cell in operator.cells for d in cell[1:] if d.row == 0}
    if max(first, default=0) > MOST_LAGS:
        raise ShapeError(f"{rule} of at most {MOST_LAGS} diagonals on a side")
    found = {col: operator.polynomial(cell) for col, cell in first.items()}
    lags = [found.get(t, sp.S.Zero) for t in range(max(first, default=0) + 1)]
    if not all(r.is_real and r.is_number for r in lags):
        raise KernelError(f"{operator!r} has entries that are no real numbers: give them by subs()")
    whole = conv(Kernel(lags[:0:-1] + lags), rows, padding=len(lags) - 1)
    if (operator - whole).cells:
        raise ShapeError(rule)
    return ToeplitzBand(tuple(lags), rows)


class _Chain(NamedTuple):
    """Diagonal blocks in front, inside and at the end, and the block right of each."""

    first: Block
    inner: Block
    last: Block
    beside: Block


class _Eliminated(NamedTuple):
    """The pivots D of a block L D Lᵀ, and L⁻¹ R for the columns R = [R₀ | R₁] beside it."""

    negative: int
    pivots: list[int]
    columns: Block
    width: int
    bits: int

    def product(self, i: int, j: int) -> Block:
        """Rᵢᵀ (L D Lᵀ)⁻¹ Rⱼ."""
        left, right = (range(at * self.width, (at + 1) * self.width) for at in (i, j))
        scaled = [
            [(x << self.bits) // pivot for x in row]
            for row, pivot in zip(self.columns, self.pivots, strict=True)
        ]
        rows = range(len(self.pivots))
        return [
            [sum(self.columns[k][x] * scaled[k][y] for k in rows) >> self.bits for y in right]
            for x in left
        ]


def _chain_negatives(chain: _Chain, count: int, bits: int) -> int:
    """Negative pivots of a chain of so many blocks; of one block it is the last one."""
    found = 0
    while count > 2:
        inner = _beside_both(chain.inner, chain.beside, bits)
        half, odd = divmod(count, 2)
        found += (half if odd else half - 1) * inner.negative
        left, right = inner.product(0, 0), inner.product(1, 1)
        if odd:
            last = _minus(chain.last, right)
        else:
            end = _beside_both(chain.last, chain.beside, bits)
            found += end.negative
            last = _minus(_minus(chain.inner, right), end.product(0, 0))
        chain = _Chain(
            _minus(chain.first, left),
            _minus(_minus(chain.inner, left), right),
            last,
            _negated(inner.product(0, 1)),
        )
        count = half + odd
    if count == 2:
        front = _beside_both(chain.first, chain.beside, bits)
        return found + front.negative + _negatives(_minus(chain.last, front.product(1, 1)), bits)
    return found + _negatives(chain.last, bits)


def _beside_both(block: Block, beside: Block, bits: int) -> _Eliminated:
    """A block eliminated, with what stands left of it (0) and right of it (1)."""
    columns = [a + b for a, b in zip(_transposed(beside), beside, strict=True)]
    return _eliminate(block, columns, bits)._replace(width=len(block))


def _negatives(block: Block, bits: int) -> int:
    return _eliminate(block, [[] for _ in block], bits).negative


def _eliminate(block: Block, columns: Block, bits: int) -> _Eliminated:
    """Gauss's elimination of a symmetric block and what stands beside it, without exchanges."""
    size, width = len(block), len(columns[0])
    rows = [[*row, *beside] for row, beside in zip(block, columns, strict=True)]
    pivots = []
    for k, row in enumerate(rows):
        pivots.append(row[k])
        if row[k] == 0:
            raise _ZeroPivotError
        for below in rows[k + 1 :]:
            factor = (below[k] << bits) // row[k]
            for j in range(k, size + width):
                below[j] -= factor * row[j] >> bits
    reduced = [row[size:] for row in rows]
    return _Eliminated(sum(pivot < 0 for pivot in pivots), pivots, reduced, width, bits)


def _minus(one: Block, other: Block) -> Block:
    return [[x - y for x, y in zip(*rows, strict=True)] for rows in zip(one, other, strict=True)]


def _negated(block: Block) -> Block:
    return [[-x for x in row] for row in block]


def _transposed(block: Block) -> Block:
    return [list(column) for column in zip(*block, strict=True)]


def _fixed(value: sp.Expr, bits: int) -> int:
    """A real number in units of 2^-bits, rounded."""
    if value.is_Rational:
        return (int(value.p) << bits) // int(value.q)
    return int(sp.floor(sp.N(value, bits // 3 + 20) * 2**bits))


def _number(low: int, high: int, bits: int, digits: int) -> sp.Float:
    if low < 0 < high:
        return sp.Float(0, digits)
    return sp.Float(sp.Rational(low + high, 2 << bits), digits)
