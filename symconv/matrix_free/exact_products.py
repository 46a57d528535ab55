"""Linear maps of integers: exact at any size, and at the speed of floats where these hold them."""

from __future__ import annotations

from collections.abc import Callable

from symconv._arrays import Array, np
from symconv.numeric.numbers import narrow
from symconv.numeric.polynomials import SURELY_EXACT, SURELY_INT64


def exactly(
    product: Callable[[Array, Array], Array], image: Array, weights: Array, times: int = 1
) -> Array:
    """A product that is linear in an image and in weights; integers that leave int64 are objects.

    Args:
        product: every number that it forms is a sum of some of the weights times pixels.
        times: how often it may add one weight to one number.

    >>> exactly(np.multiply, np.array([2**40]), np.array([2**40]))
    array([1208925819614629174706176], dtype=object)
    """
    kinds = {image.dtype.kind, weights.dtype.kind}
    if "O" in kinds:
        return product(image.astype(object), weights.astype(object))
    if kinds & set("fc"):
        kind = np.result_type(image, weights)
        return product(image.astype(kind, copy=False), weights.astype(kind, copy=False))
    bound = times * _sum(weights) * _largest(image)
    if bound < SURELY_EXACT:  # a float holds every number on the way
        return product(image.astype(float), weights.astype(float)).astype(np.int64)
    if bound < SURELY_INT64:
        return product(image.astype(np.int64), weights.astype(np.int64))
    return narrow(product(image.astype(object), weights.astype(object)))


def exact_sum(one: Array, other: Array) -> Array:
    """The sum, as objects where int64 is too small.

    >>> exact_sum(np.array([2**62]), np.array([2**62]))
    array([9223372036854775808], dtype=object)
    """
    pair = np.stack([one, other])
    return exactly(
        lambda parts, ones: ones[0] * parts[0] + ones[1] * parts[1], pair, np.ones(2, int)
    )


def _sum(weights: Array) -> float:
    return float(np.abs(weights.astype(float)).sum())


def _largest(image: Array) -> float:
    return max(float(image.max(initial=0)), -float(image.min(initial=0)))
