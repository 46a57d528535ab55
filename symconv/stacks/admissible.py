"""Which sizes of an image fit a stack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from math import lcm

import sympy as sp

from symconv.algebra.sizes import Affine, Size, affine, parse_integer
from symconv.errors import ShapeError
from symconv.operators.convolution import MOST_CASES
from symconv.stacks.stages import AnyStage
from symconv.work_limits import check


@dataclass(frozen=True)
class Admissible:
    """The sizes n for which no pixel at the end is left out, and branches fit.

    Attributes:
        symbol: n.
        period: what n is divided by.
        remainders: those that n may leave.
        least: the smallest n at which every layer has a pixel.
    """

    symbol: sp.Symbol
    period: int
    remainders: tuple[int, ...]
    least: int

    def __contains__(self, size: object) -> bool:
        pixels = parse_integer(size, "an image size")
        return pixels >= self.least and pixels % self.period in self.remainders


def admissible_sizes(
    stages: Sequence[AnyStage], image: Sequence[Size], symbol: sp.Symbol
) -> Admissible:
    """The values of a size symbol for which nothing of the image is left out.

    Raises:
        BudgetError: more remainders than the limit.
    """
    axes = {a: n for a, n in enumerate(image) if isinstance(n, Affine) and n.symbol == symbol}
    period = lcm(*(_period(stages, axis, n.slope) for axis, n in axes.items()))
    what = f"{period} remainders of the size {symbol}"
    check("terms", period, what, "take residues one by one", MOST_CASES)
    m = sp.Dummy("m")
    remainders = tuple(
        r
        for r in range(period)
        if all(
            _fits(stages, a, affine(n.const + n.slope * r, n.slope * period, m))
            for a, n in axes.items()
        )
    )
    needed = (-((n.const - _needed(stages, a)) // n.slope) for a, n in axes.items())
    return Admissible(symbol, period, remainders, max(needed))


def _period(stages: Sequence[AnyStage], axis: int, slope: int) -> int:
    found = [Fraction(slope)]
    for stage in stages:
        found += stage.slopes(axis, found[-1])
    return lcm(*(f.denominator for f in found))


def _needed(stages: Sequence[AnyStage], axis: int) -> int:
    return reduce(lambda n, stage: stage.needed(axis, n), reversed(stages), 1)


def _fits(stages: Sequence[AnyStage], axis: int, size: Size) -> bool:
    try:
        for stage in stages:
            if stage.left_out(axis, size):
                return False
            size = stage.output(axis, size)
    except ShapeError:
        return False
    return True
