"""What a convolution and its adjoint do to an image: padding, then correlation by phases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial, reduce
from itertools import product
from math import prod
from operator import add
from typing import Any

from symconv._arrays import Array, np
from symconv.algebra.sizes import evaluate
from symconv.matrix_free.correlation import Positions, correlate
from symconv.matrix_free.exact_products import exactly
from symconv.matrix_free.padded_line import Move, moves
from symconv.operators.geometry import Axis


@dataclass(frozen=True)
class LayerAction:
    """A convolution as y = V P x: P shows pixels on the padded line, V is a correlation there.

    The adjoint is P^H V^H, from the same pieces, so that <C x, y> = <x, C^H y>.

    Attributes:
        weights: (out, in/groups, *taps).
        axes: one for each spatial axis; sizes are numbers.
        groups: contiguous groups of channels.
    """

    weights: Array
    axes: tuple[Axis, ...]
    groups: int

    @property
    def kind(self) -> np.dtype[Any]:
        """The type of its numbers."""
        return self.weights.dtype

    def forward(self, image: Array) -> Array:
        """C x, of an image (channels, *size)."""
        forward = partial(self._forward, rounds=_rounds(image, self.weights))
        return exactly(forward, image, self.weights)

    def adjoint(self, image: Array) -> Array:
        """C^H y, of an image (channels, *size)."""
        times = prod(len(move.copies) for move in self._moves)
        adjoint = partial(self._adjoint, rounds=_rounds(image, self.weights))
        return exactly(adjoint, image, np.conj(self.weights), times)

    def _forward(self, image: Array, weights: Array, rounds: bool) -> Array:
        for move in self._moves:
            image = move.forward(image)
        parts = [
            self._correlated(image[seen], own, rounds) for own, _, seen in self._by_group(weights)
        ]
        return np.concatenate(parts) if len(parts) > 1 else parts[0]

    def _correlated(self, line: Array, weights: Array, rounds: bool) -> Array:
        terms = (
            correlate(phase.seen(line, self._sizes), phase.taps(weights), phase.positions, rounds)
            for phase in self._phases
        )
        return reduce(add, terms)

    def _adjoint(self, image: Array, weights: Array, rounds: bool) -> Array:
        covered = [evaluate(axis.covered, {}) for axis in self.axes]
        channels = weights.shape[1] * self.groups
        line = np.zeros((channels, *covered), dtype=np.result_type(image, weights))
        for own, given, seen in self._by_group(weights):
            turned = np.flip(own.swapaxes(0, 1), tuple(range(2, own.ndim)))
            for phase in self._phases:
                flipped = phase.flipped(own.shape[2:])
                spread = _surrounded(image[given], [p[-1] for p in phase.positions])
                target = phase.seen(line[seen], self._sizes)
                target[...] = correlate(spread, flipped.taps(turned), flipped.positions, rounds)
        for move in reversed(self._moves):
            line = move.adjoint(line)
        return line

    @cached_property
    def _moves(self) -> list[Move]:
        return moves(self.axes)

    def _by_group(self, weights: Array) -> Iterator[tuple[Array, slice, slice]]:
        """The weights of each group, the channels that they give, and those that they see."""
        outs, ins = len(weights) // self.groups, weights.shape[1]
        for group in range(self.groups):
            given = slice(group * outs, (group + 1) * outs)
            yield weights[given], given, slice(group * ins, (group + 1) * ins)

    @property
    def _sizes(self) -> list[int]:
        return [evaluate(axis.output_size, {}) for axis in self.axes]

    @cached_property
    def _phases(self) -> list[Phase]:
        return list(_phases_of(self.axes))


def _surrounded(image: Array, margins: Sequence[int]) -> Array:
    """The image with zeros around it; NumPy's own pad writes its integers into objects."""
    sizes = [n + 2 * margin for n, margin in zip(image.shape[1:], margins, strict=True)]
    found = np.zeros((len(image), *sizes), dtype=image.dtype)
    inside = [slice(margin, margin + n) for n, margin in zip(image.shape[1:], margins, strict=True)]
    found[(slice(None), *inside)] = image
    return found


def _rounds(image: Array, weights: Array) -> bool:
    """Whether the result may be rounded: of integers it is exact, in whatever arithmetic."""
    return bool({image.dtype.kind, weights.dtype.kind} & set("fc"))


@dataclass(frozen=True)
class Phase:
    """Taps that see the same residue of places modulo the strides.

    Attributes:
        strides, starts: the residue; places start, start + stride, … of each axis.
        positions: where among them the taps are, the first at 0.
        indices: which taps of the kernel they are, on each axis.
    """

    strides: tuple[int, ...]
    starts: tuple[int, ...]
    positions: Positions
    indices: Positions

    def seen(self, line: Array, sizes: Sequence[int]) -> Array:
        """The places of the padded line, as many as outputs of these sizes see."""
        return line[
            (
                slice(None),
                *(
                    slice(start, start + stride * (size + p[-1] - 1) + 1, stride)
                    for start, stride, size, p in zip(
                        self.starts, self.strides, sizes, self.positions, strict=True
                    )
                ),
            )
        ]

    def taps(self, weights: Array) -> Array:
        """Their weights."""
        every: Any = (slice(None), slice(None), *np.ix_(*self.indices))
        found: Array = weights[every]
        return found

    def flipped(self, kernel_size: Sequence[int]) -> Phase:
        """The same taps of the reversed kernel."""
        positions = tuple(tuple(p[-1] - x for x in reversed(p)) for p in self.positions)
        indices = tuple(
            tuple(k - 1 - x for x in reversed(some))
            for k, some in zip(kernel_size, self.indices, strict=True)
        )
        return Phase(self.strides, self.starts, positions, indices)


def _phases_of(axes: Sequence[Axis]) -> Iterator[Phase]:
    """Every residue that a tap sees."""
    strides = tuple(axis.stride for axis in axes)
    for indices in product(*(_residues(axis) for axis in axes)):
        places = [[a.dilation * tap for tap in taps] for a, taps in zip(axes, indices, strict=True)]
        positions = tuple(
            tuple((place - some[0]) // stride for place in some)
            for some, stride in zip(places, strides, strict=True)
        )
        yield Phase(strides, tuple(some[0] for some in places), positions, indices)


def _residues(axis: Axis) -> list[tuple[int, ...]]:
    """The taps of an axis, those together that see the same residue of places."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    for tap in range(axis.kernel_size):
        found[axis.dilation * tap % axis.stride].append(tap)
    return [tuple(taps) for taps in found.values()]
