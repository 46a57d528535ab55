"""The kernels and layers that several parts of the paper show."""

from __future__ import annotations

from functools import cache

import sympy as sp

import symconv as sc

n, m = sp.symbols("n m")
GRID = sc.Kernel.symbolic("k", (3, 3))
ROW = sc.Kernel.symbolic("k", 3)
HALF = sp.Rational(1, 2)
CORNERS = sc.Kernel([[HALF, 0, HALF], [0, 0, 0], [HALF, 0, HALF]])
NUMBERS = sc.Kernel.arange((3, 3))
ONES, TENTS = sc.Kernel([[1] * 3] * 3), sc.Kernel([[1, 2, 1], [2, 4, 2], [1, 2, 1]])


@cache
def source() -> sc.Operator:
    """The worked example: the kernel 1..9 on 4x4 pixels."""
    return sc.conv(NUMBERS, (4, 4))


@cache
def padded() -> sc.Operator:
    """Three taps with one pixel of padding at each end of n pixels."""
    return sc.conv(ROW, n, padding=1)


@cache
def padded_grid() -> sc.Operator:
    """Nine taps on 5x5 pixels with one pixel of padding around them."""
    return sc.conv(GRID, (5, 5), padding=1)


def gram_rows(C: sc.Operator) -> sc.Operator:
    gram: sc.Operator = C @ C.T
    return gram


def gram_columns(C: sc.Operator) -> sc.Operator:
    gram: sc.Operator = C.T @ C
    return gram
