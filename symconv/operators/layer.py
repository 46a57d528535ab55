"""One convolution or transposed convolution, as a value: its kernel and its geometry."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import product
from math import gcd, prod

import sympy as sp
from sympy.polys.domains.domain import Domain

from symconv._pickle import Pickled
from symconv.algebra.coefficients import Element, from_exprs, total
from symconv.algebra.diagonal import Cell, diagonal
from symconv.algebra.sizes import Horizon, Size, evaluate
from symconv.operators.geometry import Axis, Steps
from symconv.operators.kernel import Kernel
from symconv.operators.padding import PaddingMode
from symconv.work_limits import check

# Some seconds of work.
MOST_DIAGONALS = 500_000

# (output channel, input channel, *q) to what stands where u*i - s*o is q on every axis.
Weights = Mapping[tuple[int, ...], sp.Expr]


@dataclass(frozen=True)
class Layer(Pickled):
    """One convolution or transposed convolution.

    Attributes:
        kernel: its kernel, that of the associated convolution.
        axes: the axes of the associated convolution.
        transposed: whether it is the transpose of that convolution.
        valid_from: for each size symbol a value from which on the axes are proven right.
    """

    kernel: Kernel
    axes: tuple[Axis, ...]
    transposed: bool = False
    valid_from: Mapping[sp.Symbol, int] = field(default_factory=dict, compare=False, repr=False)

    @property
    def T(self) -> Layer:
        """The layer with the transposed matrix."""
        return replace(self, transposed=not self.transposed)

    @property
    def turned(self) -> Layer:
        """The same matrix as a transposed convolution, or as a convolution where it is that.

        Raises:
            GeometryError: a padding mode that has no such other reading.
        """
        axes = tuple(axis.T for axis in self.axes)
        return replace(self, kernel=self.kernel.adjoint, axes=axes, transposed=not self.transposed)

    @property
    def channels(self) -> tuple[int, int]:
        """Input and output channels of the layer itself."""
        pair = (self.kernel.in_channels, self.kernel.out_channels)
        return (pair[1], pair[0]) if self.transposed else pair

    @property
    def has_channels(self) -> bool:
        """Whether there is more than one channel on a side."""
        return self.channels != (1, 1)

    def at(self, values: Mapping[sp.Symbol, int]) -> Layer:
        """The layer where the size symbols have these values."""
        axes = tuple(axis.map(lambda size: evaluate(size, values)) for axis in self.axes)
        return replace(self, axes=axes, valid_from={})

    def each(self, name: str) -> list[int]:
        """An attribute of every axis."""
        return [getattr(axis, name) for axis in self.axes]

    @property
    def padding_mode(self) -> PaddingMode:
        """The one padding mode of all axes."""
        return self.axes[0].padding_mode


def layer_of(
    weights: Weights,
    steps: Sequence[Steps],
    rows: Sequence[Size],
    cols: Sequence[Size],
    valid_from: Mapping[sp.Symbol, int],
) -> Layer:
    """The layer with these weights and coprime steps that has the fewest taps.

    A convolution of stride one that stuffs its input is written as a transposed convolution.
    """
    met = {place: weight for place, weight in weights.items() if weight != 0}
    axes = tuple(
        tap_axis({place[axis + 1] for place in met}, steps[axis - 1], cols[axis], rows[axis])
        for axis in range(1, len(rows))
    )
    taps = {
        (o, i, *((x + a.padding) // a.dilation for x, a in zip(q, axes, strict=True))): weight
        for (o, i, *q), weight in met.items()
    }
    size = [axis.kernel_size for axis in axes]
    kernel = Kernel.of_weights(taps, size, int(rows[0]), int(cols[0]))  # type: ignore[arg-type]
    layer = Layer(kernel, axes, False, valid_from)
    stuffs = any(axis.input_dilation > 1 for axis in axes)
    return layer.turned if stuffs and all(axis.stride == 1 for axis in axes) else layer


def tap_axis(positions: Collection[int], steps: Steps, input_size: Size, output_size: Size) -> Axis:
    """The axis with the fewest taps that has one at each of these u*i - s*o."""
    first, last = min(positions, default=0), max(positions, default=0)
    dilation = gcd(*(q - first for q in positions)) or 1
    size, (s, u) = (last - first) // dilation + 1, steps
    return Axis(input_size, output_size, size, s, -first, dilation, u)


def matrix_of(
    kernel: Kernel, axes: Sequence[Axis], valid_from: Mapping[sp.Symbol, int]
) -> tuple[Domain, dict[Cell, Element], Mapping[sp.Symbol, int]]:
    """C_K = sum over taps t of K_t times the Kronecker product of D(t) an axis, as terms.

    Returns:
        The domain of the coefficients, the terms, and from which sizes on they are right.
    """
    horizon = Horizon()
    horizon.note(valid_from)
    for axis in axes:
        axis.require(horizon)
    taps = [[axis.tap(t, horizon) for t in range(axis.kernel_size)] for axis in axes]
    channels = kernel.out_channels * kernel.in_channels // kernel.groups
    count = channels * prod(sum(map(len, axis)) for axis in taps)
    instead = "take fewer taps or channels, or less padding of this mode"
    check("terms", count, f"{count} diagonals of a convolution", instead, MOST_DIAGONALS)
    domain, entries = from_exprs(kernel.entries)
    shares: defaultdict[Cell, list[Element]] = defaultdict(list)
    channel_of = cache(lambda o, i: diagonal(o, i, 1, 1, 1))
    places = cache(lambda tap: [*product(*(axis[t] for axis, t in zip(taps, tap, strict=True)))])
    for (o, i, tap, _), entry in zip(kernel.weights(), entries, strict=True):
        if entry:
            for diagonals in places(tap):
                shares[channel_of(o, i), *diagonals].append(entry)
    terms = {cell: s[0] if len(s) == 1 else total(domain, s) for cell, s in shares.items()}
    return domain, terms, horizon.valid_from
