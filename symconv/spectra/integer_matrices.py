"""Norms of integer matrices with a proof: elimination, powers and quotients without rounding."""

from __future__ import annotations

from fractions import Fraction
from math import isqrt

import numpy as np
import sympy as sp

from symconv.numeric.evaluation import Array

MOST_ELIMINATED = 64
MOST_MULTIPLIED = 160
STEPS = 3
# How far above LAPACK's value a bound is looked for, relative.
MARGINS = (Fraction(1, 10**12), Fraction(1, 10**9), Fraction(1, 10**6))
VECTOR = 1 << 24
EXACT_IN_FLOATS = 1 << 53


def smaller_gram(matrix: Array) -> Array:
    """A A^T or A^T A, whichever has fewer rows, of an array of Python's integers."""
    wide = matrix.shape[0] <= matrix.shape[1]
    return exact_product(matrix, matrix.T) if wide else exact_product(matrix.T, matrix)


def exact_product(left: Array, right: Array) -> Array:
    """The product of arrays of Python's integers; in floats where none of them can round.

    >>> exact_product(np.array([[2**40]], dtype=object), np.array([[2**40]], dtype=object))
    array([[1208925819614629174706176]], dtype=object)
    """
    most = max(map(abs, left.flat), default=0) * max(map(abs, right.flat), default=0)
    if most * left.shape[1] >= EXACT_IN_FLOATS:
        return np.asarray(left @ right)
    whole: Array = (left.astype(float) @ right.astype(float)).astype(np.int64).astype(object)
    return whole


def bound_of_gram(gram: Array) -> sp.Rational | None:
    """A rational number that no eigenvalue of A A^T exceeds; None where that takes too long.

    A little above LAPACK's value, and proven by elimination: b I - A A^T is positive definite. Of
    larger matrices the root of the trace of a power (Delattre et al. 2023).

    >>> bound_of_gram(np.array([[5]], dtype=object))
    5
    >>> float(bound_of_gram(np.array([[2, 1], [1, 2]], dtype=object))) - 3 < 1e-11
    True
    """
    size = len(gram)
    if size == 1:
        return sp.Integer(gram[0, 0])
    if not gram.any():
        return sp.S.Zero
    if size > MOST_MULTIPLIED:
        return None
    if size <= MOST_ELIMINATED:
        near = _largest_eigenvalue(gram)
        for margin in MARGINS:
            bound = near * (1 + margin)
            if is_positive_definite(_minus(bound, gram)):
                return sp.Rational(bound.numerator, bound.denominator)
    power = gram
    for _ in range(STEPS):
        power = exact_product(power, power)
    return root_above(int(np.trace(power)), 2**STEPS)


def _largest_eigenvalue(gram: Array) -> Fraction:
    """LAPACK's, as a fraction: a guess."""
    return Fraction(float(np.linalg.eigvalsh(_scaled(gram))[-1])) * int(abs(gram).max())


def _scaled(gram: Array) -> Array:
    """As floats, the largest entry 1."""
    top = int(abs(gram).max())
    return np.array([[float(Fraction(int(x), top)) for x in row] for row in gram])


def _minus(bound: Fraction, gram: Array) -> Array:
    """b I - G over the denominator of b."""
    unit = np.zeros(gram.shape, dtype=object)
    np.fill_diagonal(unit, bound.numerator)
    difference: Array = unit - bound.denominator * gram
    return difference


def is_positive_definite(matrix: Array) -> bool:
    """Whether a symmetric integer matrix is positive definite: all leading minors are positive.

    Source: Bareiss 1968, "Sylvester's identity and multistep integer-preserving Gaussian
    elimination".

    >>> is_positive_definite(np.array([[2, 1], [1, 2]], dtype=object))
    True
    >>> is_positive_definite(np.array([[1, 2], [2, 4]], dtype=object))
    False
    """
    rest, before = matrix, 1
    while len(rest):
        pivot = int(rest[0, 0])
        if pivot <= 0:
            return False
        rest = (pivot * rest[1:, 1:] - np.outer(rest[1:, 0], rest[0, 1:])) // before
        before = pivot
    return True


def rayleigh_quotient(matrix: Array) -> sp.Rational:
    """|A x|²/|x|² at LAPACK's largest singular vector x, rounded to integers; exact.

    >>> rayleigh_quotient(np.array([[3, 4]], dtype=object))
    25
    """
    gram = smaller_gram(matrix)
    if not gram.any():
        return sp.S.Zero
    vector = np.linalg.eigh(_scaled(gram))[1][:, -1]
    rounded = np.array([round(x * VECTOR) for x in vector.tolist()], dtype=object)
    # |G x|²/(x^T G x) is a quotient of A^T x, and nearer to the largest value than that of x.
    image = gram @ rounded
    return sp.Rational(int(image @ image), int(rounded @ image))


def root_above(value: int, order: int) -> sp.Rational:
    """A rational number at or a little above the root of an integer; the order is a power of 2.

    >>> root_above(16, 4), float(root_above(2, 2)) - 2 ** 0.5 < 1e-15
    (2, True)
    """
    shift = max(0, 64 - value.bit_length() // order)
    found = value << (order * shift)
    while order > 1:
        floor = isqrt(found)
        found = floor + (floor * floor != found)
        order //= 2
    return sp.Rational(found, 1 << shift)
