"""Layers of a stack, for images of any size: what each makes of sizes, what it sees, its map."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from itertools import accumulate
from typing import Any

import sympy as sp

from symconv.algebra.diagonal import diagonal
from symconv.algebra.diagonal import identity as identity_diagonal
from symconv.algebra.sizes import Affine, Size, parse_size, to_expr, to_public
from symconv.errors import ResidueError, ShapeError
from symconv.operators.operator import Operator
from symconv.operators.selection import Selection, identity
from symconv.stacks.affine import AffineMap, as_affine
from symconv.stacks.fields import ReceptiveField, joined
from symconv.stacks.pieces import Pieces
from symconv.stacks.windows import Window
from symconv.work_limits import check

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
        outputs: for what makes images of a size, without windows: the pixels after it on an axis.
        gives: the channels after it, where it changes any number of them.
        pieces: of a function of single pixels that is piecewise linear.
        largest: whether it takes the largest pixel of each window.
    """

    name: str
    windows: tuple[tuple[Window, ...], ...] = ()
    channels: tuple[int, int] | None = None
    build: Build | None = None
    image: tuple[Size, ...] | None = None
    outputs: Callable[[int, sp.Expr], sp.Expr] | None = None
    gives: Callable[[int], int] | None = None
    pieces: Pieces | None = None
    largest: bool = False

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
        if self.outputs is not None:
            return _resolved(self.outputs(axis, to_expr(size)))
        return reduce(lambda n, windows: windows[axis].output(n), self.windows, size)

    def formula(self, axis: int, size: sp.Expr) -> sp.Expr:
        """Pixels after it for every number of pixels before."""
        if self.outputs is not None:
            return self.outputs(axis, size)
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
        if self.outputs is not None:
            n = sp.Dummy("n", positive=True, integer=True)
            grown = sp.limit(self.outputs(axis, n) / n, n, sp.oo)
            return [slope, slope * Fraction(int(grown.p), int(grown.q))]
        steps = (windows[axis].steps for windows in self.windows)
        return list(accumulate(steps, lambda f, step: f * step[1] / step[0], initial=slope))

    def field(self, axis: int, before: ReceptiveField | None) -> ReceptiveField | None:
        """What pixels after it see; None where that depends on the size of the image."""
        if before is None or self.outputs is not None:
            return None
        return reduce(lambda field, windows: field.after(windows[axis]), self.windows, before)

    def channels_after(self, channels: int) -> int:
        """The channels after it.

        Raises:
            ShapeError: it takes another number.
        """
        if self.gives is not None:
            return self.gives(channels)
        if self.channels is None:
            return channels
        if self.channels[0] != channels:
            raise ShapeError(
                f"{self.name} takes {self.channels[0]} channels and is given {channels}"
            )
        return self.channels[1]

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

    def turned(self, size: Sequence[Size], channels: int) -> Stage:
        """The stage of the transposed map, which gives images of a size, with so many channels.

        Raises:
            ShapeError: it is not linear.
        """
        if self.build is None:
            raise ShapeError(f"{self.name} is not linear and has no transpose: take the segments")
        turned, image = [], tuple(size)
        for windows in self.windows:
            turned.append(tuple(w.turned(n) for w, n in zip(windows, image, strict=True)))
            image = tuple(w.output(n) for w, n in zip(windows, image, strict=True))
        if self.outputs is not None:
            image = tuple(self.output(axis, n) for axis, n in enumerate(size))
        back = [to_expr(n) for n in size]

        def build(wanted: Sequence[Any], _: int) -> AffineMap:
            return fitted(as_affine(self.affine(size, channels).operator.T), wanted)

        return Stage(
            f"{self.name}^T",
            tuple(reversed(turned)),
            (self.channels_after(channels), channels),
            build,
            image,
            None if self.outputs is None else lambda axis, _: back[axis],
        )


@dataclass(frozen=True, eq=False)
class Branches:
    """Stages side by side, whose outputs are added, as in a residual connection, or stacked.

    Attributes:
        branches: stages one after another; an empty branch is the identity.
        name: "sum", or "concat" where the channels of the first come first, then the second's.
    """

    branches: tuple[tuple[Stage | Branches, ...], ...]
    name: str = "sum"

    windows: tuple[tuple[Window, ...], ...] = ()

    @property
    def channels(self) -> tuple[int, int] | None:
        """Those of a branch that names them; what comes out is :meth:`channels_after`."""
        for branch in self.branches:
            named = [stage.channels for stage in branch if stage.channels]
            if named:
                return named[0][0], self.channels_after(named[0][0])
        return None

    def channels_after(self, channels: int) -> int:
        """The channels after it.

        Raises:
            ShapeError: branches that are added give different numbers.
        """
        found = [
            reduce(lambda c, stage: stage.channels_after(c), branch, channels)
            for branch in self.branches
        ]
        if self.name == "concat":
            return sum(found)
        if len(set(found)) > 1:
            raise ShapeError(f"branches of {', '.join(map(str, found))} channels cannot be added")
        return found[0]

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
        found = {
            reduce(lambda n, stage: stage.output(axis, n), branch, size): None
            for branch in self.branches
        }
        if len(found) > 1:
            verb = "joined" if self.name == "concat" else "added"
            raise ShapeError(
                f"branches of {', '.join(map(str, found))} pixels on an axis cannot be {verb}"
            )
        return next(iter(found))

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

    def field(self, axis: int, before: ReceptiveField | None) -> ReceptiveField | None:
        """What pixels after it see, by any branch; None where it depends on the image's size."""
        found = [
            reduce(lambda field, stage: stage.field(axis, field), branch, before)
            for branch in self.branches
        ]
        known = [field for field in found if field is not None]
        return joined(known) if len(known) == len(found) else None

    def affine(self, size: Sequence[Size], channels: int) -> AffineMap:
        """The sum of the branches on images of a size, or one above the other."""
        maps = [chained(branch, size, channels) for branch in self.branches]
        if self.name == "concat":
            counts = [int(each.operator.out_channels) for each in maps]
            placed = [placing(each.operator.rows[1:], counts, n) for n, each in enumerate(maps)]
            maps = [place @ each for place, each in zip(placed, maps, strict=True)]
        first, *others = maps
        return sum(others, first)

    def turned(self, size: Sequence[Size], channels: int) -> Branches:
        """The branches of the transposed map, each from its own channels."""
        turned = [turned_stages(branch, size, channels) for branch in self.branches]
        if self.name == "concat":
            counts = [
                reduce(lambda c, stage: stage.channels_after(c), branch, channels)
                for branch in self.branches
            ]
            turned = [(_taking(counts, number), *branch) for number, branch in enumerate(turned)]
        return Branches(tuple(turned))


AnyStage = Stage | Branches


def _resolved(pixels: sp.Expr) -> Size:
    """A size of the form a + b*n.

    Raises:
        ResidueError: it depends on a remainder.
    """
    if pixels.has(sp.floor, sp.ceiling):
        raise ResidueError(f"the size {pixels} depends on a remainder")
    return parse_size(pixels)


def _left_out(stages: Sequence[AnyStage], axis: int, size: Size) -> int:
    total = 0
    for stage in stages:
        total += stage.left_out(axis, size)
        size = stage.output(axis, size)
    return total


def placing(size: Sequence[Size], counts: Sequence[int], number: int) -> Operator:
    """Channels put where they are among those of several images, one after another."""
    start, count, total = sum(counts[:number]), counts[number], sum(counts)
    channels = diagonal(start, 0, 1, 1, count)
    rows, cols = (total, *size), (count, *size)
    return Selection(rows, cols, (channels, *map(identity_diagonal, size))).operator()


def _taking(counts: Sequence[int], number: int) -> Stage:
    """The stage that takes the channels of one image out of several."""
    taken = range(sum(counts[:number]), sum(counts[: number + 1]))

    def build(size: Sequence[Any], _: int) -> AffineMap:
        return as_affine(placing([*map(parse_size, size)], counts, number).T)

    name = f"channels {taken.start} to {taken.stop - 1}"
    return Stage(name, channels=(sum(counts), counts[number]), build=build)


def turned_stages(
    stages: Sequence[AnyStage], size: Sequence[Size], channels: int
) -> tuple[AnyStage, ...]:
    """The stages of the transposed map of stages one after another, which gives such images."""
    turned: list[AnyStage] = []
    for stage in stages:
        turned.insert(0, stage.turned(size, channels))
        channels = stage.channels_after(channels)
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
        what = f"{pairs} pairs of taps of {made.operator!r} and {whole.operator!r}"
        check("terms", pairs, what, "take segments, or fewer channels", MOST_PAIRS)
        whole = made @ whole
    return whole


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
