"""Norms of integer matrices with a proof: discs and quotients without rounding."""

from __future__ import annotations

from fractions import Fraction
from math import isqrt

import sympy as sp

from symconv._arrays import Array, np

MOST_DISCS = 128
# How far above LAPACK's value a bound is looked for, relative.
MARGINS = tuple(Fraction(1, 10**digits) for digits in (12, 9, 6))
VECTOR = 1 << 24
BASIS = 1 << 52
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


def bound_of_gram(gram: Array) -> sp.Rational:
    """A rational number that no eigenvalue of A A^T exceeds, a little above LAPACK's largest one.

    b is one if b I - A A^T, in the basis of LAPACK's eigenvectors rounded to integers, has positive
    Gershgorin discs; these are computed exactly. Of large matrices it is the trace.

    >>> bound_of_gram(np.array([[5]], dtype=object))
    5
    >>> 0 <= bound_of_gram(np.array([[2, 1], [1, 2]], dtype=object)) - 3 < 1e-11
    True
    """
    trace = sp.Integer(int(np.trace(gram)))
    if len(gram) == 1 or len(gram) > MOST_DISCS or trace == 0:
        return trace
    values, vectors = np.linalg.eigh(_scaled(gram))
    basis = _rounded(vectors, BASIS)
    near = Fraction(float(values[-1])) * int(abs(gram).max())
    lengths, images = basis.T @ basis, basis.T @ (gram @ basis)
    for margin in MARGINS:
        bound = near * (1 + margin)
        if has_positive_discs(bound.numerator * lengths - bound.denominator * images):
            return sp.Rational(bound.numerator, bound.denominator)
    return trace


def _scaled(gram: Array) -> Array:
    """As floats, the largest entry 1."""
    top = int(abs(gram).max())
    return np.array([[float(Fraction(int(x), top)) for x in row] for row in gram])


def _rounded(array: Array, unit: int) -> Array:
    """Floats times a number, as integers."""
    whole = [round(x * unit) for x in array.ravel().tolist()]
    return np.array(whole, dtype=object).reshape(array.shape)


def has_positive_discs(matrix: Array) -> bool:
    """Whether each diagonal entry exceeds the sum of the others of its row: positive definite.

    Source: classical, Gershgorin's theorem.

    >>> has_positive_discs(np.array([[2, 1], [1, 2]], dtype=object))
    True
    >>> has_positive_discs(np.array([[1, 1], [1, 2]], dtype=object))
    False
    """
    diagonal = np.diagonal(matrix)
    return bool((2 * diagonal > abs(matrix).sum(axis=1)).all() and (diagonal > 0).all())


def rayleigh_quotient(matrix: Array) -> sp.Rational:
    """|A x|²/|x|² at LAPACK's largest singular vector x, rounded to integers; exact.

    >>> rayleigh_quotient(np.array([[3, 4]], dtype=object))
    25
    """
    gram = smaller_gram(matrix)
    if not gram.any():
        return sp.S.Zero
    rounded = _rounded(np.linalg.eigh(_scaled(gram))[1][:, -1], VECTOR)
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
