"""Correlations by long integers are those of two loops."""

from collections import defaultdict
from random import Random

import pytest

from symconv.algebra.correlation import correlate, digits


def plainly(left, right):
    found = defaultdict(int)
    for a, x in left.items():
        for b, y in right.items():
            found[tuple(q - p for p, q in zip(a, b, strict=True))] += x * y
    return found


@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize("most", [1, 9, 2**70])
def test_correlations(axes, most):
    random = Random(axes * most)
    for _ in range(20):
        sides = [
            {
                tuple(random.randint(-4, 4) for _ in range(axes)): random.randint(-most, most)
                for _ in range(random.randint(1, 12))
            }
            for _ in "lr"
        ]
        found, wanted = correlate(*sides), plainly(*sides)
        assert {place: n for place, n in found.items() if n} == {
            p: n for p, n in wanted.items() if n
        }
        assert wanted.keys() <= found.keys()
        assert len(found) == digits(*sides)


def test_the_largest_sums_do_not_carry():
    for number in (127, 128, 255, 256, -127, -128, -255, -256):
        ones = {(n,): number for n in range(7)}
        assert correlate(ones, ones)[0,] == 7 * number**2
        assert correlate(ones, {(n,): -number for n in range(7)})[0,] == -7 * number**2
