"""Layers one after another: sizes for every image, which images fit, fields, and the whole map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, reduce
from itertools import accumulate, groupby
from math import lcm
from typing import Any

import sympy as sp

from symconv.algebra.sizes import (
    Affine,
    Size,
    affine,
    parse_integer,
    parse_size,
    to_expr,
    to_public,
)
from symconv.arguments import parse_flag
from symconv.errors import BudgetError, ResidueError, ShapeError
from symconv.operators.convolution import MOST_CASES, residue_cases
from symconv.operators.exact_input import parse_substitution
from symconv.operators.operator import Operator
from symconv.recognition.fusion import Fusion, fuse
from symconv.stacks.affine import AffineMap
from symconv.stacks.fields import ReceptiveField
from symconv.stacks.stages import AnyStage, chained, turned_stages
from symconv.stacks.tables import Row, latex_table, markdown_table
from symconv.typesetting.notebook import notebook_latex
from symconv.typesetting.typesetter import typesetter


@dataclass(frozen=True)
class Admissible:
    """The sizes n for which no pixel at the end is left out, and branches fit.

    Attributes:
        symbol: n.
        period: what n is divided by.
        remainders: those that n may leave.
        least: the smallest n at which every layer has a pixel.
    """

    symbol: sp.Symbol
    period: int
    remainders: tuple[int, ...]
    least: int

    def __contains__(self, size: object) -> bool:
        pixels = parse_integer(size, "an image size")
        return pixels >= self.least and pixels % self.period in self.remainders


@dataclass(frozen=True, eq=False, repr=False)
class Stack:
    """Layers one after another on images of a size; made by :func:`symconv.stack`.

    Attributes:
        stages: the layers, the first that is applied first.
        image: the size that the first takes.
        channels: channels of that image.
    """

    stages: tuple[AnyStage, ...]
    image: tuple[Size, ...]
    channels: int = 1

    @property
    def input_size(self) -> tuple[int | sp.Expr, ...]:
        """Spatial size of the image that the first layer takes, in pixels."""
        return tuple(map(to_public, self.image))

    @property
    def output_size(self) -> tuple[int | sp.Expr, ...]:
        """Spatial size of what the last layer gives."""
        return self.sizes[-1]

    @cached_property
    def sizes(self) -> tuple[tuple[int | sp.Expr, ...], ...]:
        """The size of the image and of what each layer gives, for every size of the image.

        Where a remainder decides, there is a floor; :meth:`residue_cases` has none. Where branches
        that are added differ in size at some remainders, which :attr:`admissible` leaves out, it
        is that of the first branch.
        """
        return tuple(zip(*(self._axis_sizes(a) for a in range(len(self.image))), strict=True))

    def _axis_sizes(self, axis: int) -> list[int | sp.Expr]:
        try:
            return [to_public(n) for n in self._resolved(axis)]
        except ResidueError:
            start = to_expr(self.image[axis])
            return [*accumulate(self.stages, lambda n, s: s.formula(axis, n), initial=start)]

    def _resolved(self, axis: int) -> list[Size]:
        """Sizes of the form a + b*n; an error where a remainder decides."""
        sizes = [self.image[axis]]
        for stage in self.stages:
            sizes.append(stage.output(axis, sizes[-1]))
        return sizes

    @cached_property
    def fields(self) -> tuple[tuple[ReceptiveField, ...], ...]:
        """The receptive fields after each layer, one an axis, that of the image itself first."""
        axes = range(len(self.image))
        found = [
            accumulate(self.stages, lambda f, s, a=a: s.field(a, f), initial=ReceptiveField())  # type: ignore[misc]
            for a in axes
        ]
        return tuple(zip(*found, strict=True))

    @property
    def receptive_field(self) -> tuple[ReceptiveField, ...]:
        """What one pixel after the last layer sees, one field an axis."""
        return self.fields[-1]

    # --- which images fit ------------------------------------------------------------------

    @cached_property
    def admissible(self) -> Mapping[sp.Symbol, Admissible]:
        """For each size symbol the values for which nothing of the image is left out.

        At every layer, windows reach the last pixel, up to the gaps that they leave between them;
        and branches that are added have one size. Where layers meet other values they drop pixels
        at the end, and :attr:`sizes` has floors.

        Raises:
            BudgetError: more than 1000 remainders.
        """
        symbols = {n.symbol for n in self.image if isinstance(n, Affine)}
        return {n: self._admissible(n) for n in sorted(symbols, key=str)}

    def _admissible(self, symbol: sp.Symbol) -> Admissible:
        axes = {
            a: n for a, n in enumerate(self.image) if isinstance(n, Affine) and n.symbol == symbol
        }
        period = lcm(*(self._period(axis, n.slope) for axis, n in axes.items()))
        if period > MOST_CASES:
            raise BudgetError(f"the size {symbol} has {period} remainders, more than {MOST_CASES}")
        m = sp.Dummy("m")
        remainders = tuple(
            r
            for r in range(period)
            if all(
                self._fits(a, affine(n.const + n.slope * r, n.slope * period, m))
                for a, n in axes.items()
            )
        )
        needed = (-((n.const - self._needed(a)) // n.slope) for a, n in axes.items())
        return Admissible(symbol, period, remainders, max(needed))

    def _period(self, axis: int, slope: int) -> int:
        found = [Fraction(slope)]
        for stage in self.stages:
            found += stage.slopes(axis, found[-1])
        return lcm(*(f.denominator for f in found))

    def _needed(self, axis: int) -> int:
        return reduce(lambda n, stage: stage.needed(axis, n), reversed(self.stages), 1)

    def _fits(self, axis: int, size: Size) -> bool:
        try:
            for stage in self.stages:
                if stage.left_out(axis, size):
                    return False
                size = stage.output(axis, size)
        except ShapeError:
            return False
        return True

    def at(self, values: Mapping[sp.Symbol, Any]) -> Stack:
        """The stack where size symbols have values: numbers, or a + b*m for another symbol m.

        Raises:
            GeometryError: there is no image of such a size.
        """
        given = parse_substitution(values)
        image = tuple(parse_size(to_expr(n).subs(given, simultaneous=True)) for n in self.image)
        return replace(self, image=image)

    def residue_cases(self, admissible_only: bool = True) -> dict[tuple[int, ...], Stack]:
        """The stack for each remainder of its size symbols, written s*m_n + r; so no floor is left.

        Args:
            admissible_only: leave out the remainders at which pixels are dropped.
        """
        parse_flag("admissible_only", admissible_only)
        found = self.admissible
        if not found:
            return {(): self}
        period = lcm(*(each.period for each in found.values()))
        written = residue_cases(_pixel(len(found)), list(found), stride=period)
        return {
            remainders: self.at(dict(zip(found, C.input_size, strict=True)))
            for remainders, C in written.items()
            if not admissible_only
            or all(
                r % each.period in each.remainders
                for r, each in zip(remainders, found.values(), strict=True)
            )
        }

    # --- the map ---------------------------------------------------------------------------

    @property
    def nonlinear(self) -> tuple[str, ...]:
        """The names of the layers that are not linear, in order."""
        return tuple(stage.nonlinear for stage in self.stages if stage.nonlinear)

    @property
    def segments(self) -> tuple[Stack, ...]:
        """The stack cut at the layers that are not linear; each of these is one by itself.

        Raises:
            ResidueError: a size on the way depends on a remainder.
        """
        sizes = list(zip(*(self._resolved(a) for a in range(len(self.image))), strict=True))
        channels = [*accumulate(self.stages, _channels_after, initial=self.channels)]
        found, at = [], 0
        keys = [at if s.nonlinear else None for at, s in enumerate(self.stages)]
        for _, group in groupby(keys):
            count = len(list(group))
            found.append(Stack(self.stages[at : at + count], sizes[at], channels[at]))
            at += count
        return tuple(found)

    @cached_property
    def affine(self) -> AffineMap:
        """The affine map of the whole, with what biases add.

        Raises:
            ShapeError: a layer is not linear; the message names it.
            ResidueError: a size on the way depends on a remainder.
            BudgetError: layers of too many channels.
        """
        return chained(self.stages, self.image, self.channels)

    @property
    def operator(self) -> Operator:
        """The linear part of the whole: its derivative by the image."""
        return self.affine.operator

    def fuse(self) -> Fusion:
        """The linear parts as one layer less a correction at the border; see :func:`symconv.fuse`.

        Raises:
            ShapeError: a layer is not linear, or no one layer is near the product.
        """
        operators, size, channels = [], list(self.image), self.channels
        for stage in self.stages:
            operators.append(stage.affine(size, channels).operator)
            size, channels = list(operators[-1].rows[1:]), int(operators[-1].out_channels)
        return fuse(*operators)

    @property
    def T(self) -> Stack:
        """The stack of the transposed layers, the last first; biases are no part of it.

        Raises:
            ShapeError: a layer is not linear.
            ResidueError: a size depends on a remainder.
        """
        image = tuple(self._resolved(axis)[-1] for axis in range(len(self.image)))
        channels = self.rows[-1].channels
        return Stack(turned_stages(self.stages, self.image), image, channels)

    # --- faces -----------------------------------------------------------------------------

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The table: the image, then a row a layer."""
        channels = accumulate(self.stages, _channels_after, initial=self.channels)
        names: list[AnyStage | None] = [None, *self.stages]
        columns = zip(names, channels, self.sizes, self.fields, strict=True)
        return tuple(Row(*column) for column in columns)

    def markdown(self) -> str:
        """The table in Markdown."""
        return markdown_table(self.rows)

    def _latex(self, printer: Any) -> str:
        return latex_table(self.rows, typesetter(printer, self))

    def _repr_latex_(self) -> str | None:
        return notebook_latex(sp.latex(self))

    def __len__(self) -> int:
        return len(self.stages)

    def __repr__(self) -> str:
        sizes = [" x ".join(map(str, size)) for size in (self.sizes[0], self.sizes[-1])]
        return f"Stack({len(self.stages)} layers, {sizes[0]} -> {sizes[1]})"


def _channels_after(channels: int, stage: AnyStage) -> int:
    if stage.channels is None:
        return channels
    if stage.channels[0] != channels:
        raise ShapeError(f"{stage.name} takes {stage.channels[0]} channels and is given {channels}")
    return stage.channels[1]


def _pixel(axes: int) -> Any:
    """A kernel of one tap."""
    nested: Any = 1
    for _ in range(axes):
        nested = [nested]
    return nested
