"""Which sizes of an image fit a stack."""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from symconv.algebra.sizes import parse_integer


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
