"""Layers one after another: sizes for every image, which images fit, fields, and the whole map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, groupby
from math import lcm
from typing import Any

import sympy as sp

from symconv.algebra.sizes import (
    Affine,
    Size,
    parse_size,
    to_expr,
    to_public,
)
from symconv.arguments import parse_count, parse_flag, parse_instance
from symconv.errors import ResidueError
from symconv.numeric.named_values import Values
from symconv.operators.convolution import residue_cases
from symconv.operators.entries import concrete
from symconv.operators.exact_input import parse_expression, parse_substitution
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator
from symconv.recognition.fusion import Fusion, fuse
from symconv.stacks.admissible import Admissible, admissible_sizes
from symconv.stacks.affine import AffineMap
from symconv.stacks.fields import MOST_TIMES, ReceptiveField, RepeatedField, repeated_field
from symconv.stacks.linearised import at_point, masked
from symconv.stacks.matrix_free import stack_operator
from symconv.stacks.paths import overlaps, reached
from symconv.stacks.stages import AnyStage, chained, turned_stages
from symconv.stacks.tables import Row, latex_table, markdown_table
from symconv.typesetting.notebook import notebook_latex
from symconv.typesetting.typesetter import typesetter


@dataclass(frozen=True, eq=False, repr=False)
class Stack:
    """Layers one after another on images of a size; made by :func:`symconv.stack`.

    Attributes:
        stages: the layers, the first that is applied first.
        image: the size that the first takes.
        channels: channels of that image.

    >>> import sympy as sp, symconv as sc
    >>> n = sp.Symbol("n")
    >>> sc.stack([{"kernel": [1, 2], "stride": 2}, "relu"], 2 * n).sizes
    ((2*n,), (n,), (n,))
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
    def fields(self) -> tuple[tuple[ReceptiveField | None, ...], ...]:
        """The receptive fields after each layer, one an axis, that of the image itself first.

        None where a layer's windows depend on the size of the image: those of global and adaptive
        pooling, of dense layers, and of interpolation by other than whole factors.
        """
        return tuple(zip(*(self._axis_fields(a) for a in range(len(self.image))), strict=True))

    def _axis_fields(self, axis: int) -> list[ReceptiveField | None]:
        found: list[ReceptiveField | None] = [ReceptiveField()]
        for stage in self.stages:
            found.append(stage.field(axis, found[-1]))
        return found

    @property
    def receptive_field(self) -> tuple[ReceptiveField | None, ...]:
        """What one pixel after the last layer sees, one field an axis; see :attr:`fields`."""
        return self.fields[-1]

    @property
    def overlap(self) -> tuple[tuple[int, ...], ...]:
        """For each axis how many paths reach an output pixel of each phase, away from borders.

        Phases are output pixels modulo a period; on several axes the numbers multiply. Where they
        differ, layers that upsample paint a checkerboard, unless their weights make up for it.

        Raises:
            ShapeError: there are branches, or windows that depend on the size of the image.

        Source: Odena et al. 2016, "Deconvolution and checkerboard artifacts".

        >>> import symconv as sc
        >>> up = {"kernel_size": 3, "stride": 2, "transposed": True}
        >>> sc.stack([up, "relu", up], 8).overlap
        ((3, 2, 3, 1),)
        """
        return tuple(overlaps(self.stages, axis) for axis in range(len(self.image)))

    def repeated(self, times: Any) -> tuple[RepeatedField, ...]:
        """The receptive field of these layers L times over, in closed form; one an axis.

        Args:
            times: L, a number or a symbol.

        Raises:
            ShapeError: there are layers that upsample, or without windows of their own.

        >>> import symconv as sc
        >>> L = sp.Symbol("L")
        >>> (field,) = sc.stack([{"kernel_size": 3}, {"max_pool": 2}], 8).repeated(L)
        >>> field.size, field.jump, field.repeats(3).size
        (3*2**L - 2, 2**L, 22)
        """
        exact = parse_expression(times, "the number of times")
        if exact.is_number:
            exact = sp.Integer(parse_count("times", times, 1, MOST_TIMES))
        return tuple(repeated_field(field, exact) for field in self.receptive_field)

    def unreached(self) -> tuple[tuple[int, ...], ...]:
        """The pixels of the image that no output pixel sees, by windows and not by weights.

        Raises:
            ShapeError: a size is symbolic; :meth:`at` makes it a number.
            BudgetError: an image of more than a million pixels.

        >>> import symconv as sc
        >>> sc.stack([{"kernel_size": 1, "stride": 2}, {"kernel_size": 2}], 6).unreached()
        ((1,), (3,), (5,))
        """
        return tuple(tuple(map(int, at)) for at in zip(*(~self._reached).nonzero(), strict=True))

    @cached_property
    def _reached(self) -> Any:
        return reached(self.stages, self.image)

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
        return {n: admissible_sizes(self.stages, self.image, n) for n in sorted(symbols, key=str)}

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
        pixel = Kernel.build([sp.S.One], (1,) * len(found))
        written = residue_cases(pixel, list(found), stride=period)
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
        channels = [
            *accumulate(self.stages, lambda c, s: s.channels_after(c), initial=self.channels)
        ]
        found, at = [], 0
        keys = [at if s.nonlinear else None for at, s in enumerate(self.stages)]
        for _, group in groupby(keys):
            count = len(list(group))
            found.append(Stack(self.stages[at : at + count], sizes[at], channels[at]))
            at += count
        return tuple(found)

    def masked(self, name: str = "m") -> Stack:
        """The stack with a symbol in place of every "is it above zero" of ReLU and the like.

        Where each symbol is 0 or 1 as a point has it, :attr:`operator` is the derivative of the
        piecewise linear network there.

        Raises:
            ShapeError: a layer has no such mask, or a size is symbolic.

        >>> import symconv as sc
        >>> S = sc.stack([sc.conv([1, 2], 3), "relu", sc.conv([1, 1], 2)])
        >>> S.masked().operator.as_explicit()
        Matrix([[m^{(1)}_{0}, 2*m^{(1)}_{0} + m^{(1)}_{1}, 2*m^{(1)}_{1}]])
        """
        letters = parse_instance(name, str, "is no name of symbols")
        return replace(self, stages=masked(self.stages, (self.channels, *self.image), letters))

    def at_point(self, image: Any) -> Stack:
        """The stack of the affine map that a piecewise linear network is at an image.

        Where two pieces meet, it is the one below, and of equal pixels in a window the first.

        Args:
            image: numbers, an array of the image's shape or a column vector.

        Raises:
            ShapeError: a layer is not piecewise linear, or a size is symbolic.

        >>> import symconv as sc
        >>> S = sc.stack([sc.conv([1, -2], 3), "relu", {"max_pool": 2}])
        >>> S.at_point([5, 1, 2]).operator.as_explicit()
        Matrix([[1, -2, 0]])
        """
        rows = (self.channels, *self.image)
        return replace(self, stages=at_point(self.stages, rows, image))

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

    def to_linear_operator(self, values: Values | None = None) -> Any:
        """The linear part of the whole as a SciPy ``LinearOperator``, layer by layer.

        No product of layers is formed, so that it is there where :attr:`operator` is too large.

        Args:
            values: numbers for the symbols of the kernels, as for :func:`symconv.to_numpy`.

        Raises:
            ShapeError: a layer is not linear, or a size is symbolic.

        >>> import symconv as sc
        >>> S = sc.stack([sc.conv([1, 2], 4), sc.conv([1, 1], 3)])
        >>> S.to_linear_operator() @ [1, 10, 100, 1000]
        array([ 231, 2310])
        """
        return stack_operator(self.stages, concrete(self.image), self.channels, values)

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
        return Stack(turned_stages(self.stages, self.image, self.channels), image, channels)

    # --- faces -----------------------------------------------------------------------------

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The table: the image, then a row a layer."""
        channels = accumulate(self.stages, lambda c, s: s.channels_after(c), initial=self.channels)
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
