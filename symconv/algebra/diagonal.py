"""0/1 matrices whose ones stand in arithmetic progression: the inverse semigroup under it all.

A :class:`Diagonal` is a partial injective affine map of the integers. Transposes and products of
such maps are such maps again, and cost the same whatever their length: that is why products of
convolutions do not cost more on a larger image.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from math import gcd

import sympy as sp

from symconv._pickle import Pickled
from symconv.algebra.sizes import Horizon, Size, ceil_divide, divide, fix


@dataclass(frozen=True, slots=True)
class Diagonal(Pickled):
    """Ones at (row + row_step*t, col + col_step*t) for 0 <= t < length; row_step is positive."""

    row: Size
    col: Size
    row_step: int
    col_step: int
    length: Size

    def __hash__(self) -> int:
        # Tables of cells are long: the steps rarely tell two diagonals apart.
        return hash((self.row, self.col, self.length))

    @property
    def T(self) -> Diagonal:
        """The transposed matrix.

        >>> Diagonal(0, 2, 1, 3, 4).T
        Diagonal(row=2, col=0, row_step=3, col_step=1, length=4)
        """
        return diagonal(self.col, self.row, self.col_step, self.row_step, self.length)

    @property
    def last(self) -> tuple[Size, Size]:
        """Row and column of the last one."""
        steps = self.length - 1
        return self.row + self.row_step * steps, self.col + self.col_step * steps

    @property
    def direction(self) -> tuple[int, int]:
        """Its steps without their common divisor."""
        common = gcd(self.row_step, self.col_step)
        return self.row_step // common, self.col_step // common

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """The (row, column) pairs of the ones, for a concrete size."""
        for t in range(self.length):  # type: ignore[arg-type]
            yield self.row + self.row_step * t, self.col + self.col_step * t  # type: ignore[misc]

    def contains(self, row: int, col: int) -> bool:
        """Whether a one stands at (row, col), for a concrete size."""
        t, remainder = divmod(row - self.row, self.row_step)  # type: ignore[operator]
        return not remainder and 0 <= t < self.length and col == self.col + self.col_step * t  # type: ignore[operator]

    def column(self, row: int) -> int | None:
        """The column of the one in a row, if there is one, for a concrete size."""
        t, remainder = divmod(row - self.row, self.row_step)  # type: ignore[operator]
        is_in = not remainder and 0 <= t < self.length  # type: ignore[operator]
        return self.col + self.col_step * t if is_in else None  # type: ignore[return-value]

    def row_at(self, col: int) -> int | None:
        """The row of the one in a column, likewise."""
        t, remainder = divmod(col - self.col, self.col_step)  # type: ignore[operator]
        is_in = not remainder and 0 <= t < self.length  # type: ignore[operator]
        return self.row + self.row_step * t if is_in else None  # type: ignore[return-value]

    def map(self, size: Callable[[Size], Size]) -> Diagonal:
        """The diagonal with a function applied to its position and length."""
        return diagonal(
            size(self.row), size(self.col), self.row_step, self.col_step, size(self.length)
        )

    def at(self, values: Mapping[sp.Symbol, int]) -> Diagonal | None:
        """The diagonal where size symbols have these values; None where it is empty."""
        length = fix(self.length, values)
        if isinstance(length, int) and length <= 0:
            return None
        row, col = fix(self.row, values), fix(self.col, values)
        return diagonal(row, col, self.row_step, self.col_step, length)


# A Kronecker product of diagonals, the channels' first.
Cell = tuple[Diagonal, ...]


def transposing() -> Callable[[Cell], Cell]:
    """A function that transposes cells, each diagonal once."""

    @cache
    def turned(d: Diagonal) -> Diagonal:
        return d.T

    return lambda cell: tuple(map(turned, cell))


def diagonal(row: Size, col: Size, row_step: int, col_step: int, length: Size) -> Diagonal:
    """The one way to write a diagonal: forwards in the rows, with steps (1, 1) for a single one."""
    if length == 1:
        return Diagonal(row, col, 1, 1, 1)
    if row_step < 0:
        last = length - 1
        return Diagonal(row + last * row_step, col + last * col_step, -row_step, -col_step, length)
    return Diagonal(row, col, row_step, col_step, length)


def meet(a: Diagonal, b: Diagonal) -> bool:
    """Whether two diagonals of numbers share an entry.

    >>> main = Diagonal(0, 0, 1, 1, 5)
    >>> meet(main, Diagonal(0, 3, 1, -1, 4)), meet(main, Diagonal(0, 4, 1, -1, 5))
    (False, True)
    """
    # Row to row over a column that both have: what they share are its fixed points.
    rows = compose(a, b.T, Horizon())
    if rows is None:
        return False
    gap, growth = rows.row - rows.col, rows.col_step - rows.row_step
    if growth == 0:
        return gap == 0
    t, remainder = divide(gap * (1 if growth > 0 else -1), abs(growth))
    return not remainder and 0 <= t < rows.length  # type: ignore[operator]


def identity(size: Size) -> Diagonal:
    """The identity on ``size`` pixels."""
    return diagonal(0, 0, 1, 1, size)


def compose(a: Diagonal, b: Diagonal, horizon: Horizon) -> Diagonal | None:
    """The matrix product of two diagonals; None where it is zero.

    The columns of ``a`` meet the rows of ``b`` where a.col + a.col_step*t = b.row + b.row_step*u,
    one linear Diophantine equation whose solutions are again an arithmetic progression.

    >>> compose(Diagonal(0, 1, 1, 2, 5), Diagonal(0, 0, 3, 1, 4), Horizon())
    Diagonal(row=1, col=1, row_step=3, col_step=2, length=2)
    """
    common = gcd(a.col_step, b.row_step)
    gap, remainder = divide(b.row - a.col, common)
    if remainder:
        return None
    t_step, u_step = b.row_step // common, a.col_step // common
    first_t = 0 if t_step == 1 else divide(gap * pow(u_step, -1, t_step), t_step)[1]
    first_u, _ = divide(u_step * first_t - gap, t_step)
    # t = first_t + t_step*v and u = first_u + u_step*v, with low <= v < high from both lengths
    high = ceil_divide(a.length - first_t, t_step)
    if u_step > 0:
        low = horizon.larger(0, ceil_divide(-first_u, u_step))
        high = horizon.smaller(high, ceil_divide(b.length - first_u, u_step))
    else:
        low = horizon.larger(0, ceil_divide(first_u - b.length + 1, -u_step))
        high = horizon.smaller(high, divide(first_u, -u_step)[0] + 1)
    if not horizon.is_less(low, high):
        return None
    return diagonal(
        a.row + a.row_step * (first_t + t_step * low),
        b.col + b.col_step * (first_u + u_step * low),
        a.row_step * t_step,
        b.col_step * u_step,
        high - low,
    )
