"""Layers of a stack, for images of any size: what each makes of sizes, what it sees, its map."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce
from itertools import accumulate
from math import prod
from typing import Any

import sympy as sp

from symconv.algebra.sizes import Affine, Size, parse_size, to_public
from symconv.errors import BudgetError, ShapeError
from symconv.operators.convolution import operator_of
from symconv.operators.kernel import Kernel
from symconv.operators.layer import Layer
from symconv.operators.operator import Operator
from symconv.operators.provenance import Product, Scaled
from symconv.operators.selection import identity
from symconv.stacks.affine import AffineMap, as_affine
from symconv.stacks.fields import ReceptiveField, joined
from symconv.stacks.windows import Window, layer_windows

# Products of more taps take longer than some seconds.
MOST_PAIRS = 200_000
# The affine map of a layer on images of a size, with so many channels.
Build = Callable[[Sequence[Any], int], AffineMap]


@dataclass(frozen=True, eq=False)
class Stage:
    """One layer.

    Attributes:
        name: what it is called.
        windows: the geometries that it applies, one after another, of one window an axis; none
            for what works on each pixel by itself.
        channels: of its input and output; None where it takes any and keeps them.
        build: its affine map; None where it is not linear.
        image: the size that it is for, where it is for one only.
    """

    name: str
    windows: tuple[tuple[Window, ...], ...] = ()
    channels: tuple[int, int] | None = None
    build: Build | None = None
    image: tuple[Size, ...] | None = None

    @property
    def nonlinear(self) -> str | None:
        """What is not linear in it."""
        return self.name if self.build is None else None

    @property
    def ndim(self) -> int | None:
        """Axes of the images that it takes; None where it takes any."""
        return len(self.windows[0]) if self.windows else None

    def output(self, axis: int, size: Size) -> Size:
        """Pixels after it on an axis."""
        return reduce(lambda n, windows: windows[axis].output(n), self.windows, size)

    def formula(self, axis: int, size: sp.Expr) -> sp.Expr:
        """Pixels after it for every number of pixels before."""
        return reduce(lambda n, windows: windows[axis].formula(n), self.windows, size)

    def needed(self, axis: int, pixels: int) -> int:
        """The fewest pixels before it that give so many after it."""
        return reduce(lambda n, windows: windows[axis].needed(n), reversed(self.windows), pixels)

    def left_out(self, axis: int, size: Size) -> int:
        """Pixels at the end that no window reaches."""
        total = 0
        for windows in self.windows:
            total += windows[axis].left_out(size)
            size = windows[axis].output(size)
        return total

    def slopes(self, axis: int, slope: Fraction) -> list[Fraction]:
        """How the size after each window grows with a symbol, where the image grows by a slope."""
        steps = (windows[axis].steps for windows in self.windows)
        return list(accumulate(steps, lambda f, step: f * step[1] / step[0], initial=slope))

    def field(self, axis: int, before: ReceptiveField) -> ReceptiveField:
        """What pixels after it see."""
        return reduce(lambda field, windows: field.after(windows[axis]), self.windows, before)

    def affine(self, size: Sequence[Size], channels: int) -> AffineMap:
        """Its map on images of a size.

        Raises:
            ShapeError: it is not linear, or the channels do not fit.
        """
        if self.build is None:
            raise ShapeError(f"{self.name} is not linear: it cuts the stack into segments")
        made = self.build([to_public(n) for n in size], channels)
        if made.operator.in_channels != channels:
            raise ShapeError(
                f"{self.name} takes {made.operator.in_channels} channels and is given {channels}"
            )
        return made

    def turned(self, size: Sequence[Size]) -> Stage:
        """The stage of the transposed map, which gives images of a size.

        Raises:
            ShapeError: it is not linear.
        """
        if self.build is None:
            raise ShapeError(f"{self.name} is not linear and has no transpose: take the segments")
        turned, image = [], tuple(size)
        for windows in self.windows:
            turned.append(tuple(w.turned(n) for w, n in zip(windows, image, strict=True)))
            image = tuple(w.output(n) for w, n in zip(windows, image, strict=True))
        pair = self.channels and (self.channels[1], self.channels[0])

        def build(wanted: Sequence[Any], channels: int) -> AffineMap:
            given = self.channels[0] if self.channels else channels
            return fitted(as_affine(self.affine(size, given).operator.T), wanted)

        return Stage(f"{self.name}^T", tuple(reversed(turned)), pair, build, image)


@dataclass(frozen=True, eq=False)
class Branches:
    """Stages side by side, whose outputs are added: what a residual connection is.

    Attributes:
        branches: stages one after another; an empty branch is the identity.
    """

    branches: tuple[tuple[Stage | Branches, ...], ...]

    name = "sum"
    windows: tuple[tuple[Window, ...], ...] = ()

    @property
    def channels(self) -> tuple[int, int] | None:
        """Those of a branch that names them."""
        for branch in self.branches:
            named = [stage.channels for stage in branch if stage.channels]
            if named:
                return named[0][0], named[-1][1]
        return None

    @property
    def nonlinear(self) -> str | None:
        """What is not linear in it."""
        names = [stage.nonlinear for branch in self.branches for stage in branch]
        return ", ".join(dict.fromkeys(name for name in names if name)) or None

    @property
    def ndim(self) -> int | None:
        """Axes of the images that it takes."""
        found = (stage.ndim for branch in self.branches for stage in branch)
        return next((ndim for ndim in found if ndim), None)

    def output(self, axis: int, size: Size) -> Size:
        """Pixels after it on an axis.

        Raises:
            ShapeError: branches give different numbers.
        """
        return _same(
            reduce(lambda n, stage: stage.output(axis, n), branch, size) for branch in self.branches
        )

    def formula(self, axis: int, size: sp.Expr) -> sp.Expr:
        """Pixels after it for every number of pixels before, by its first branch."""
        return reduce(lambda n, stage: stage.formula(axis, n), self.branches[0], size)

    def needed(self, axis: int, pixels: int) -> int:
        """The fewest pixels before it that give so many after it on every branch."""
        return max(
            reduce(lambda n, stage: stage.needed(axis, n), reversed(branch), pixels)
            for branch in self.branches
        )

    def left_out(self, axis: int, size: Size) -> int:
        """Pixels at the end that no window of the branch reaches that reaches most."""
        return min(_left_out(branch, axis, size) for branch in self.branches)

    def slopes(self, axis: int, slope: Fraction) -> list[Fraction]:
        """How sizes grow on the branches; last, that after them."""
        found = [slope]
        for branch in reversed(self.branches):
            at = slope
            for stage in branch:
                found += stage.slopes(axis, at)
                at = found[-1]
            found.append(at)
        return found

    def field(self, axis: int, before: ReceptiveField) -> ReceptiveField:
        """What pixels after it see, by any branch."""
        return joined(
            [
                reduce(lambda field, stage: stage.field(axis, field), branch, before)
                for branch in self.branches
            ]
        )

    def affine(self, size: Sequence[Size], channels: int) -> AffineMap:
        """The sum of the branches on images of a size."""
        first, *others = (chained(branch, size, channels) for branch in self.branches)
        return sum(others, first)

    def turned(self, size: Sequence[Size]) -> Branches:
        """The branches of the transposed map."""
        branches = tuple(turned_stages(branch, size) for branch in self.branches)
        return replace(self, branches=branches)


AnyStage = Stage | Branches


def _left_out(stages: Sequence[AnyStage], axis: int, size: Size) -> int:
    total = 0
    for stage in stages:
        total += stage.left_out(axis, size)
        size = stage.output(axis, size)
    return total


def _same(sizes: Any) -> Size:
    found: list[Size] = list(dict.fromkeys(sizes))
    if len(found) > 1:
        raise ShapeError(
            f"branches of {', '.join(map(str, found))} pixels on an axis cannot be added"
        )
    return found[0]


def turned_stages(stages: Sequence[AnyStage], size: Sequence[Size]) -> tuple[AnyStage, ...]:
    """The stages of the transposed map of stages one after another, which gives such images."""
    turned: list[AnyStage] = []
    for stage in stages:
        turned.insert(0, stage.turned(size))
        size = [stage.output(axis, n) for axis, n in enumerate(size)]
    return tuple(turned)


def chained(stages: Sequence[AnyStage], size: Sequence[Size], channels: int) -> AffineMap:
    """The map of stages one after another.

    Raises:
        ShapeError: one is not linear.
    """
    if not stages:
        return as_affine(identity([to_public(n) for n in size], channels))
    whole = stages[0].affine(size, channels)
    for stage in stages[1:]:
        made = stage.affine(whole.operator.rows[1:], int(whole.operator.out_channels))
        pairs = len(made.operator.terms) * len(whole.operator.terms) // int(whole.operator.rows[0])  # type: ignore[arg-type]
        if pairs > MOST_PAIRS:
            raise BudgetError(
                f"the product of {made.operator!r} and {whole.operator!r} has {pairs} pairs of "
                f"taps, more than {MOST_PAIRS}: take segments, or fewer channels"
            )
        whole = made @ whole
    return whole


def operator_stage(operator: Operator | AffineMap, name: str) -> Stage:
    """An operator that has its size already.

    Raises:
        ShapeError: it is no layer, and no product of layers.
    """
    fixed = as_affine(operator)
    linear = fixed.operator
    channels = int(linear.in_channels), int(linear.out_channels)

    def build(size: Sequence[Any], _: int) -> AffineMap:
        return fitted(fixed, size)

    return Stage(name, tuple(operator_windows(linear)), channels, build, linear.cols[1:])


def fitted(made: AffineMap, size: Sequence[Any]) -> AffineMap:
    """A map on images of a size, with the numbers for its size symbols that this size means.

    Raises:
        ShapeError: it is for images of another size.

    >>> import symconv as sc
    >>> n = sp.Symbol("n")
    >>> fitted(as_affine(sc.identity(2 * n + 1)), [7]).input_size
    (7,)
    """
    pairs = [*zip(made.operator.cols[1:], map(parse_size, size), strict=True)]
    values = {
        have.symbol: (want - have.const) // have.slope
        for have, want in pairs
        if isinstance(have, Affine) and isinstance(want, int)
    }
    found = made.at(values) if values.keys() == made.operator.size_symbols and values else made
    if found.operator.cols[1:] != tuple(want for _, want in pairs):
        raise ShapeError(f"{made.operator!r} does not take an image of {tuple(size)} pixels")
    return found


def operator_windows(operator: Operator) -> list[tuple[Window, ...]]:
    """The windows of a layer, or of the factors of a product, the first that is applied first."""
    layer = operator.provenance.layer or operator.as_layer()
    if layer is not None:
        return [layer_windows(layer)]
    operands = operator.provenance.operands
    if not isinstance(operator.provenance, Product | Scaled):
        raise ShapeError(f"{operator!r} is neither a layer nor a product of layers")
    return [windows for operand in reversed(operands) for windows in operator_windows(operand)]


def window_operators(stages: Sequence[AnyStage], size: Sequence[Size]) -> list[Operator]:
    """A convolution of ones for each of the windows, so that its products count paths.

    Raises:
        ShapeError: there are branches.

    >>> from symconv.stacks.layers import max_pool, pointwise
    >>> (pool,) = window_operators([pointwise("relu"), max_pool(2, 1)], [4])
    >>> pool.as_explicit()
    Matrix([
    [1, 1, 0, 0],
    [0, 0, 1, 1]])
    """
    found: list[Operator] = []
    for windows in (windows for stage in stages for windows in _only_windows(stage)):
        image = found[-1].rows[1:] if found else size
        axes = tuple(w.axis(n) for w, n in zip(windows, image, strict=True))
        taps = [w.taps for w in windows]
        ones = Kernel.build([sp.S.One] * prod(taps), taps)
        found.append(operator_of(Layer(ones, axes, windows[0].transposed)))
    return found


def _only_windows(stage: AnyStage) -> tuple[tuple[Window, ...], ...]:
    if isinstance(stage, Branches):
        raise ShapeError("a sum of branches has no single chain of windows")
    return stage.windows
