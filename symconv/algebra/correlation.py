"""Correlations of arrays of integers, exact at any size, as one product of two long integers.

Both arrays are written as numbers in a base so large that no sum carries into the next digit: the
digits of the product are the sums of products. (This is Kronecker substitution.)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import accumulate, product
from math import prod
from operator import mul
from typing import Any

Place = tuple[int, ...]


def digits(left: Iterable[Place], right: Iterable[Place]) -> int:
    """How many numbers the arrays have when their gaps are filled with zeros."""
    ends = zip(_range(left), _range(left, max), _range(right), _range(right, max), strict=True)
    return prod(high - low + last - first + 1 for low, high, first, last in ends)


def correlate(left: Mapping[Place, int], right: Mapping[Place, int]) -> dict[Place, int]:
    """The sums of left[a] * right[b] by b - a, those that are zero too.

    >>> correlate({(0,): 1, (2,): 10}, {(0,): 5, (1,): 7})
    {(-2,): 50, (-1,): 70, (0,): 5, (1,): 7}
    """
    lows, highs = _range(left), _range(left, max)
    low, high = _range(right), _range(right, max)
    firsts = [b - a for a, b in zip(highs, low, strict=True)]
    lengths = [b - a - first + 1 for a, b, first in zip(lows, high, firsts, strict=True)]
    strides = list(accumulate(reversed(lengths), mul, initial=1))[-2::-1]
    count = prod(lengths)
    most = max(map(abs, left.values())) * max(map(abs, right.values()))
    width = (most * min(len(left), len(right))).bit_length() // 8 + 1
    turned = {tuple(b - a for a, b in zip(at, highs, strict=True)): x for at, x in left.items()}
    moved = {tuple(b - a for a, b in zip(low, at, strict=True)): x for at, x in right.items()}
    found = _digits(
        _number(turned, strides, width, count) * _number(moved, strides, width, count),
        width,
        count,
    )
    places = product(*(range(f, f + n) for f, n in zip(firsts, lengths, strict=True)))
    return dict(zip(places, found, strict=True))


def _range(places: Iterable[Place], end: Any = min) -> list[int]:
    return [end(axis) for axis in zip(*places, strict=True)]


def _number(values: Mapping[Place, int], strides: list[int], width: int, count: int) -> int:
    """The integer with these digits."""
    parts = bytearray(width * count), bytearray(width * count)
    for place, value in values.items():
        at = width * sum(map(mul, place, strides))
        parts[value < 0][at : at + width] = abs(value).to_bytes(width, "little")
    positive, negative = (int.from_bytes(part, "little") for part in parts)
    return positive - negative


def _digits(number: int, width: int, count: int) -> list[int]:
    """The digits of an integer, which are between minus and plus half the base."""
    half = 1 << (8 * width - 1)
    lifted = number + int.from_bytes(half.to_bytes(width, "little") * count, "little")
    text = lifted.to_bytes(width * count, "little")
    return [
        int.from_bytes(text[at : at + width], "little") - half for at in range(0, len(text), width)
    ]
