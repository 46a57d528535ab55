"""Piecewise linear networks at a point: every layer that is not linear by its piece there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product
from math import prod
from typing import Any

import sympy as sp

from symconv.algebra.sizes import Size, to_public
from symconv.arguments import shown
from symconv.errors import ShapeError
from symconv.operators.entries import concrete, flat_index, parse_image
from symconv.operators.selection import choice
from symconv.stacks.affine import AffineMap, affine, as_affine, per_pixel
from symconv.stacks.pieces import piece_at
from symconv.stacks.stages import AnyStage, Branches, Stage
from symconv.work_limits import check

Values = list[sp.Expr]
Rows = tuple[int, ...]


def at_point(stages: Sequence[AnyStage], rows: Sequence[Size], image: Any) -> tuple[AnyStage, ...]:
    """Stages of the affine map that a piecewise linear network is near an image.

    Raises:
        ShapeError: a layer is not piecewise linear.
    """
    values, _ = parse_image(rows, image)
    found, _, _ = _walk(stages, concrete(rows), values, _piece)
    return found


def masked(stages: Sequence[AnyStage], rows: Sequence[Size], name: str) -> tuple[AnyStage, ...]:
    """Stages in which a symbol of 0 or 1 stands for whether a pixel is above zero."""
    masks = _Masks(name)
    found, _, _ = _walk(stages, concrete(rows), None, masks.stage)
    return found


Linearise = Callable[[Stage, Rows, "Values | None"], Stage]


def _walk(
    stages: Sequence[AnyStage], rows: Rows, values: Values | None, make: Linearise
) -> tuple[tuple[AnyStage, ...], Rows, Values | None]:
    """The stages made linear, and what they give of values, if there are any."""
    found: list[AnyStage] = []
    for stage in stages:
        if isinstance(stage, Branches):
            parts = [_walk(branch, rows, values, make) for branch in stage.branches]
            found.append(replace(stage, branches=tuple(part for part, _, _ in parts)))
            rows, values = _together(stage, parts)
            continue
        linear = make(stage, rows, values) if stage.build is None else stage
        found.append(linear)
        made = linear.affine(rows[1:], rows[0])
        rows = concrete(made.operator.rows)
        values = None if values is None else list(made(sp.Matrix(values)))
    return tuple(found), rows, values


def _together(stage: Branches, parts: Sequence[Any]) -> tuple[Rows, Values | None]:
    shapes = [rows for _, rows, _ in parts]
    given = [values for _, _, values in parts]
    if stage.name == "concat":
        rows = (sum(shape[0] for shape in shapes), *shapes[0][1:])
        return rows, None if None in given else [v for part in given for v in part]
    return shapes[0], None if None in given else [sp.Add(*v) for v in zip(*given, strict=True)]


def _piece(stage: Stage, rows: Rows, values: Values | None) -> Stage:
    """A stage by its piece at values."""
    assert values is not None
    if stage.largest:
        chosen = _largest(stage, rows, values)
        return _linear(stage, f"{stage.name} at the point", rows, chosen)
    pieces = stage.pieces
    if pieces is None:
        raise ShapeError(f"{stage.name} is not piecewise linear: take the segments")
    pixels = prod(rows[1:])
    found = [piece_at(pieces(at // pixels), value) for at, value in enumerate(values)]
    slopes, constants = ([pair[part] for pair in found] for part in (0, 1))
    made = affine(per_pixel(slopes, rows), sp.Array(constants, rows))
    return _linear(stage, f"{stage.name} at the point", rows, made)


def _linear(stage: Stage, name: str, rows: Rows, made: AffineMap) -> Stage:
    channels = (rows[0], int(made.operator.out_channels))

    def build(size: Sequence[Any], _: int) -> AffineMap:
        if tuple(size) != rows[1:]:
            raise ShapeError(f"{name} is for {rows[1:]} pixels, not {shown(size)}")
        return made

    return Stage(name, stage.windows, channels, build, rows[1:])


def _largest(stage: Stage, rows: Rows, values: Values) -> AffineMap:
    """The pixels that are the largest of their windows, the first where several are."""
    (found,) = stage.windows
    sizes = [int(to_public(w.output(n))) for w, n in zip(found, rows[1:], strict=True)]
    count = rows[0] * prod(sizes)
    check("pixels", count, f"{count} pixels of {stage.name}", "take a smaller image")
    images, pairs = concrete(rows), []
    for place in product(range(rows[0]), *map(range, sizes)):
        seen = [
            [x for t in range(w.taps) if 0 <= (x := w.stride * o + w.dilation * t - w.low) < n]
            for w, o, n in zip(found, place[1:], rows[1:], strict=True)
        ]
        pixels = [(place[0], *pixel) for pixel in product(*seen)]
        first = max(pixels, key=lambda pixel: values[flat_index(pixel, images)])
        pairs.append((place, first))
    return as_affine(choice((rows[0], *sizes), rows, pairs))


class _Masks:
    """Symbols for pixels above zero, by the number of the layer."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.layers = 0

    def stage(self, stage: Stage, rows: Rows, _: Values | None) -> Stage:
        """Slope a + (1 - a)*m for a function of slope a below zero and 1 above."""
        self.layers += 1
        if stage.pieces is None:
            raise ShapeError(f"{stage.name} has no mask of 0 and 1: give a point, or take segments")
        slopes = []
        for pixel in product(*map(range, rows)):
            pieces = stage.pieces(pixel[0])
            if len(pieces) != 2 or pieces[1][1] != 1 or any(rest for _, _, rest in pieces):
                raise ShapeError(f"{stage.name} has no mask of 0 and 1 alone: give a point")
            below = pieces[0][1]
            slopes.append(below + (1 - below) * self._symbol(pixel, rows))
        made = as_affine(per_pixel(slopes, rows))
        return _linear(stage, f"{stage.name} by masks", rows, made)

    def _symbol(self, pixel: Sequence[int], rows: Rows) -> sp.Symbol:
        shown_at = pixel if rows[0] > 1 else pixel[1:]
        places = ",".join(map(str, shown_at))
        return sp.Symbol(f"{self.name}^{{({self.layers})}}_{{{places}}}", real=True)
