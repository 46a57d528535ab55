"""Piecewise linear functions of single numbers, such as ReLU."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sympy as sp

from symconv.errors import KernelError
from symconv.operators.exact_input import parse_exact

# Up to which number (None: all above), slope and constant of each piece.
Piece = tuple[sp.Expr | None, sp.Expr, sp.Expr]
# The pieces of a channel.
Pieces = Callable[[int], Sequence[Piece]]


def leaky(slope: Any) -> list[Piece]:
    """x above zero, and slope*x from there on down: ReLU for slope 0.

    >>> [piece_at(leaky(0), sp.Integer(x)) for x in (-1, 2)]
    [(0, 0), (1, 0)]
    """
    return [(sp.S.Zero, parse_exact(slope, "slope"), sp.S.Zero), (None, sp.S.One, sp.S.Zero)]


def clipped(low: Any, high: Any) -> list[Piece]:
    """x between two numbers, and those beyond them: ReLU6 from 0 to 6.

    >>> piece_at(clipped(0, 6), sp.Integer(7))
    (0, 6)
    """
    low, high = (parse_exact(end, "an end of the range") for end in (low, high))
    return [(low, sp.S.Zero, low), (high, sp.S.One, sp.S.Zero), (None, sp.S.Zero, high)]


def piece_at(pieces: Sequence[Piece], x: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """Slope and constant at a number; where two pieces meet, those of the one below.

    Raises:
        KernelError: x is no real number.
    """
    if not (x.is_number and x.is_extended_real):
        raise KernelError(f"{x} is no number: which piece it is on is not known")
    return next((slope, rest) for bound, slope, rest in pieces if bound is None or x <= bound)
