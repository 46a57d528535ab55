"""Orthonormal kernels in angles: rotations of planes, and lattices of them."""

from __future__ import annotations

import sympy as sp

from symconv.errors import SymconvError

MOST_ANGLES = 24
ZERO = sp.S.Zero


def orthonormal_rows(rows: int, cols: int) -> list[sp.Expr]:
    """The entries, row by row, of orthonormal rows as a product of Givens rotations.

    Every matrix with orthonormal rows is one of these, up to the sign of rows; a single row is the
    sphere in spherical coordinates.

    >>> orthonormal_rows(1, 3)
    [cos(theta_1)*cos(theta_2), sin(theta_1)*cos(theta_2), sin(theta_2)]
    """
    planes = [(i, j) for i in range(rows) for j in range(i + 1, cols)]
    angles = _angles(len(planes))
    matrix = sp.zeros(rows, cols)
    for i in range(rows):
        matrix[i, i] = 1
    for (i, j), angle in zip(reversed(planes), reversed(angles), strict=True):
        c, s = sp.cos(angle), sp.sin(angle)
        one, other = matrix[:, i], matrix[:, j]
        matrix[:, i], matrix[:, j] = c * one - s * other, s * one + c * other
    return [*matrix]


def orthonormal_filter(stages: int, channels: int) -> list[sp.Expr]:
    """The entries of a filter of length 2*stages whose shifts by two are orthonormal.

    Each stage rotates the filter against its partner, shifted by two; with two channels the
    partner is the second one, and the pair is a paraunitary bank.

    Source: Vaidyanathan and Hoang 1988, "Lattice structures for optimal design and robust
    implementation of two-channel perfect-reconstruction QMF banks".

    >>> orthonormal_filter(1, 2)
    [cos(theta_1), sin(theta_1), -sin(theta_1), cos(theta_1)]
    """
    first, *others = _angles(stages)
    one, other = [sp.cos(first), sp.sin(first)], [-sp.sin(first), sp.cos(first)]
    for angle in others:
        c, s = sp.cos(angle), sp.sin(angle)
        early, late = [*one, ZERO, ZERO], [ZERO, ZERO, *other]
        one = [c * a + s * b for a, b in zip(early, late, strict=True)]
        other = [c * b - s * a for a, b in zip(early, late, strict=True)]
    return one if channels == 1 else [*one, *other]


def _angles(count: int) -> list[sp.Symbol]:
    if count > MOST_ANGLES:
        raise SymconvError(f"{count} angles are more than the {MOST_ANGLES} that can be read")
    return [sp.Symbol(f"theta_{i + 1}", real=True) for i in range(count)]
