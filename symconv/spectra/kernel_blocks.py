"""A strided kernel as one of stride 1 with more channels: what bounds on its norm are made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import lcm, prod

import sympy as sp

from symconv._arrays import Array, np
from symconv.operators.layer import Layer
from symconv.spectra.integer_matrices import exact_product
from symconv.spectra.trigonometric import Lag, TrigPolynomial

# Products of integers that the exact powers of a symbol may take.
MOST_PRODUCTS = 400_000
MOST_POWERS = 6


@dataclass(frozen=True, eq=False)
class Blocks:
    """F(θ) = Σ_q B_q e^{iqθ}: rows are output channels, columns input channels by phase.

    Attributes:
        entries: position q to (row, column) to entry.
        shape: rows and columns of each B_q.
    """

    entries: Mapping[Lag, Mapping[tuple[int, int], sp.Expr]]
    shape: tuple[int, int]

    @cached_property
    def is_rational(self) -> bool:
        """Whether every entry is a rational number."""
        return all(entry.is_Rational for _, _, entry in self.items())

    def items(self) -> Iterator[tuple[Lag, tuple[int, int], sp.Expr]]:
        """Position, row and column, and entry."""
        for q, block in self.entries.items():
            for place, entry in block.items():
                yield q, place, entry

    @cached_property
    def scale(self) -> int:
        """The common denominator of the entries."""
        return lcm(*(int(entry.q) for _, _, entry in self.items()))

    @cached_property
    def integers(self) -> Mapping[Lag, Array]:
        """The blocks times the scale, the shorter side first."""
        shape = sorted(self.shape)
        table: dict[Lag, Array] = {q: np.zeros(shape, dtype=object) for q in self.entries}
        wide = self.shape[0] <= self.shape[1]
        for q, (row, col), entry in self.items():
            table[q][(row, col) if wide else (col, row)] = int(entry * self.scale)
        return table

    @cached_property
    def gram(self) -> Mapping[Lag, Array]:
        """The Fourier coefficients of F F^H or F^H F, whichever is smaller, times scale²."""
        table: dict[Lag, Array] = {}
        for (p, one), (q, other) in product(self.integers.items(), repeat=2):
            lag = tuple(b - a for a, b in zip(p, q, strict=True))
            table[lag] = table.get(lag, 0) + exact_product(one, other.T)
        return table

    @cached_property
    def squared_frobenius(self) -> TrigPolynomial:
        """|F(θ)|² in the Frobenius norm; |symbol|² where F is a row or a column."""
        unit = self.scale**2
        return TrigPolynomial(
            {q: sp.Rational(int(np.trace(r)), unit) for q, r in self.gram.items()}
        )

    def reshaped(self) -> Iterator[Array]:
        """The kernel as matrices: each axis of positions goes with the rows or the columns."""
        axes = [sorted(set(axis)) for axis in zip(*self.integers, strict=True)]
        shape = tuple(map(len, axes))
        whole = np.zeros((*shape, *sorted(self.shape)), dtype=object)
        for q, block in self.integers.items():
            whole[tuple(axis.index(x) for axis, x in zip(axes, q, strict=True))] = block
        for sides in product((0, 1), repeat=len(axes)):
            above = [a for a, side in enumerate(sides) if side == 0]
            beside = [a for a, side in enumerate(sides) if side == 1]
            turned = whole.transpose(*above, len(axes), *beside, len(axes) + 1)
            rows = prod(shape[a] for a in above) * min(self.shape)
            yield turned.reshape(rows, -1)

    @property
    def positions(self) -> int:
        """How many positions the smallest box of positions has."""
        return prod(len(set(axis)) for axis in zip(*self.entries, strict=True))

    def powers(self) -> Iterator[Mapping[Lag, Array]]:
        """F F^H, its square, the square of that, …: as many as are quick."""
        power = self.gram
        yield power
        for _ in range(1, MOST_POWERS):
            if len(power) ** 2 * min(self.shape) ** 3 > MOST_PRODUCTS:
                return
            power = _squared(power)
            yield power


def blocks_of(layer: Layer, strided: bool = True) -> Blocks:
    """The blocks of a layer's convolution; without its stride where that is asked for.

    >>> import symconv as sc
    >>> blocks_of(sc.conv([1, 2, 3], 5, stride=2).as_layer()).entries
    {(0,): {(0, 0): 1, (0, 1): 2}, (1,): {(0, 0): 3}}
    """
    strides = [axis.stride if strided else 1 for axis in layer.axes]
    phases = list(product(*map(range, strides)))
    table: defaultdict[Lag, dict[tuple[int, int], sp.Expr]] = defaultdict(dict)
    for o, i, tap, entry in layer.kernel.weights():
        if entry != 0:
            places = [t * axis.dilation for t, axis in zip(tap, layer.axes, strict=True)]
            q = tuple(x // s for x, s in zip(places, strides, strict=True))
            phase = phases.index(tuple(x % s for x, s in zip(places, strides, strict=True)))
            table[q][o, i * len(phases) + phase] = entry
    shape = layer.kernel.out_channels, layer.kernel.in_channels * len(phases)
    return Blocks(dict(table) or {(0,) * len(strides): {(0, 0): sp.S.Zero}}, shape)


def _squared(power: Mapping[Lag, Array]) -> dict[Lag, Array]:
    """The coefficients of the square of a matrix of trigonometric polynomials."""
    low = [min(axis) for axis in zip(*power, strict=True)]
    size = [
        max(axis) - start + 1 for axis, start in zip(zip(*power, strict=True), low, strict=True)
    ]
    side = len(next(iter(power.values())))
    whole = np.zeros((*size, side, side), dtype=object)
    for lag, block in power.items():
        whole[tuple(x - start for x, start in zip(lag, low, strict=True))] = block
    doubled = np.zeros((*(2 * n - 1 for n in size), side, side), dtype=object)
    for lag, block in power.items():
        window = tuple(slice(x - s, x - s + n) for x, s, n in zip(lag, low, size, strict=True))
        doubled[window] += block @ whole
    places = product(*(range(2 * n - 1) for n in size))
    lags = {tuple(x + 2 * a for x, a in zip(p, low, strict=True)): doubled[p] for p in places}
    return {lag: block for lag, block in lags.items() if block.any() or not any(lag)}
