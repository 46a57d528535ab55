"""Verdicts on conditioning against condition numbers measured by LAPACK.

Kernels have given roots: inside, on and outside the circle, a millionth off it, and multiple ones.
``python tests/spectra/test_measured_conditioning.py`` does 300 of them, up to 1,024 pixels.
"""

from collections import Counter
from random import Random

import numpy as np
import pytest
import sympy as sp

import symconv as sc
from symconv.spectra.root_counts import Z

n = sp.Symbol("n")
NEAR = sp.Rational(1, 10**6)
FACTORS = {
    "inside": [2 * Z - 1, 3 * Z + 1, 5 * Z - 2, 4 * Z**2 + 1],
    "outside": [Z - 3, Z + 2, 2 * Z - 5, Z**2 + 3],
    "on": [Z - 1, Z + 1, Z**2 + 1, 5 * Z**2 - 6 * Z + 5],
    "near": [Z - 1 - NEAR, Z - 1 + NEAR, Z + 1 + NEAR, Z**2 + 1 - NEAR],
}
BORDERS = ("valid", "full", "square", "circular")
# Beyond this LAPACK's smallest singular value is rounding.
MEASURABLE = 1e11


def roots_of(random):
    """Factors with multiplicity, of degree 5 at most; every fourth kernel has none near."""
    chosen = Counter()
    for _ in range(random.randint(1, 3)):
        place = random.choice(["inside", "outside", "on", "near"])
        factor = random.choice(FACTORS[place])
        degree = sum(sp.degree(f, Z) * m for (_, f), m in chosen.items())
        room = (5 - degree) // int(sp.degree(factor, Z))
        if room > 0:
            chosen[place, factor] += random.randint(1, min(room, 2))
    return chosen


def case(seed):
    random = Random(seed)
    chosen = roots_of(random)
    polynomial = sp.Poly(sp.prod([f**m for (_, f), m in chosen.items()]), Z)
    kernel = polynomial.all_coeffs()[::-1]
    reach = len(kernel) - 1
    border = BORDERS[seed % 4]
    low = random.randint(0, reach)
    padding = {"valid": 0, "full": reach}.get(border, ((low, reach - low),))
    mode = "circular" if border == "circular" else "zeros"
    near = any(place == "near" for place, _ in chosen)
    return sc.conv(kernel, n, padding=padding, padding_mode=mode), border, near


class Measured:
    """Condition numbers, each measured once."""

    def __init__(self, operator):
        self.operator = operator
        self.known = {}

    def __call__(self, size):
        if size not in self.known:
            matrix = sc.to_numpy(self.operator.at({n: size})).astype(float)
            values = np.linalg.svd(matrix, compute_uv=False)
            self.known[size] = values[0] / max(values[-1], 1e-300)
        return self.known[size]

    def growth(self, largest):
        """The factor a pixel at the largest sizes that can be measured."""
        size = 12
        while size < largest and self(3 * size // 2) < MEASURABLE:
            size = 3 * size // 2
        small = 2 * size // 3
        return (self(size) / self(small)) ** (1 / (size - small))


def check(operator, border, near, sizes):
    """Which claim was checked; fails where the numbers say otherwise."""
    verdict, measured = sc.conditioning(operator), Measured(operator)
    values = [measured(size) for size in sizes]
    slope = np.log2(values[-1] / values[-2])
    if verdict.growth == "bounded" and verdict.bound is not None:
        bound = float(verdict.bound)
        assert max(values) <= bound * (1 + 1e-9 + 1e-15 * bound)
        if not near and border != "circular":
            assert values[-1] >= 0.9 * bound
    elif verdict.growth == "bounded":
        assert near or values[-1] <= 1.05 * values[-2]
        assert near or max(values) < MEASURABLE
    elif verdict.growth == "power" and border in ("valid", "full"):
        # Roots that are nearly on the circle count like those on it at these sizes.
        assert slope >= verdict.order - 0.3
        assert near or slope <= verdict.order + 0.3
    elif verdict.growth == "power":
        # Where a frequency of the DFT is a root, there is no inverse at all.
        for value, size in zip(values, sizes, strict=True):
            assert value >= min(0.02 * size**verdict.order, MEASURABLE)
    elif verdict.growth == "exponential":
        rate = float(verdict.rate)
        assert rate > 1
        factor = measured.growth(sizes[-1])
        assert factor >= 1 + 0.85 * (rate - 1)
    else:
        assert min(values) > 1e14
    return f"{border} {verdict.growth}" + (" near" if near else "")


@pytest.mark.parametrize("block", range(6))
def test_verdicts_agree_with_what_is_measured(block):
    claims = Counter(
        check(*case(seed), (16, 32, 64, 128)) for seed in range(10 * block, 10 * block + 10)
    )
    assert len(claims) >= 4


def main():
    """The whole run."""
    claims = Counter(check(*case(seed), (16, 64, 256, 512, 1024)) for seed in range(300))
    for claim, count in sorted(claims.items()):
        print(f"{claim}: {count}")


if __name__ == "__main__":
    main()
