"""Paths from the image to what comes out: how many there are, and which pixels have none."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import product
from math import gcd, prod

from symconv._arrays import Array, np
from symconv.algebra.sizes import Horizon, Size
from symconv.errors import ShapeError
from symconv.operators.entries import concrete
from symconv.stacks.stages import AnyStage, Branches, Stage
from symconv.stacks.windows import Window
from symconv.work_limits import check

MOST_PHASES = 1024
MOST_PIXELS = 10**6


def overlaps(stages: Sequence[AnyStage], axis: int) -> tuple[int, ...]:
    """How many paths reach an output pixel of each phase on an axis, away from borders.

    Raises:
        ShapeError: there are branches, or windows that depend on the size of the image.
        BudgetError: more than a thousand phases.
    """
    found: tuple[int, ...] = (1,)
    for stage in stages:
        if isinstance(stage, Branches) or stage.outputs is not None:
            raise ShapeError(f"{stage.name} has no single chain of windows: count without it")
        found = reduce(_through, (windows[axis] for windows in stage.windows), found)
    return found


def _through(before: tuple[int, ...], window: Window) -> tuple[int, ...]:
    s, u, low = window.steps
    period = u * len(before) // gcd(u * len(before), s)
    check("work", period, f"pixels of {period} phases", "take fewer layers", MOST_PHASES)
    met = ([s * o + window.dilation * t - low for t in range(window.taps)] for o in range(period))
    return tuple(sum(before[x // u % len(before)] for x in xs if x % u == 0) for xs in met)


def reached(stages: Sequence[AnyStage], size: Sequence[Size]) -> Array:
    """Which pixels of an image are in what a last pixel sees, by windows and not by weights.

    Raises:
        ShapeError: a size is symbolic.
        BudgetError: an image of more than a million pixels.
    """
    sizes = [concrete(size)]
    for stage in stages:
        image = sizes[-1]
        sizes.append(tuple(concrete([stage.output(a, n) for a, n in enumerate(image)])))
    pixels = max(map(prod, sizes))
    check("pixels", pixels, f"{pixels} pixels", "take a smaller image", MOST_PIXELS)
    seen = np.ones(sizes[-1], dtype=bool)
    for stage, image in zip(reversed(stages), reversed(sizes[:-1]), strict=True):
        seen = _back(stage, image, seen)
    return seen


def _back(stage: AnyStage, size: Sequence[int], seen: Array) -> Array:
    if isinstance(stage, Branches):
        parts = [_back_through(part, size, seen) for part in stage.branches]
        return reduce(np.logical_or, parts)
    if stage.outputs is not None:
        return _by_entries(stage, size, seen)
    sizes = [tuple(size)]
    for windows in stage.windows:
        image = sizes[-1]
        sizes.append(concrete([w.output(n) for w, n in zip(windows, image, strict=True)]))
    for windows, image in zip(reversed(stage.windows), reversed(sizes[:-1]), strict=True):
        for axis, window in enumerate(windows):
            seen = _along(window, image[axis], seen, axis)
    return seen


def _back_through(stages: Sequence[AnyStage], size: Sequence[int], seen: Array) -> Array:
    sizes = [tuple(size)]
    for stage in stages:
        sizes.append(concrete([stage.output(a, n) for a, n in enumerate(sizes[-1])]))
    for stage, image in zip(reversed(stages), reversed(sizes[:-1]), strict=True):
        seen = _back(stage, image, seen)
    return seen


def _along(window: Window, pixels: int, seen: Array, axis: int) -> Array:
    """The pixels on an axis that windows of the seen pixels meet."""
    geometry, horizon = window.axis(pixels), Horizon()
    moved = np.moveaxis(seen, axis, 0)
    found = np.zeros((pixels, *moved.shape[1:]), dtype=bool)
    for tap in range(window.taps):
        for diagonal in geometry.tap(tap, horizon):
            for row, col in diagonal:
                output, pixel = (col, row) if window.transposed else (row, col)
                found[pixel] |= moved[output]
    restored: Array = np.moveaxis(found, 0, axis)
    return restored


def _by_entries(stage: Stage, size: Sequence[int], seen: Array) -> Array:
    """Of a layer without windows: all pixels where one comes out, else by its matrix."""
    if seen.size == 1:
        return np.full(size, seen.all())
    operator = stage.affine(size, 1).operator
    found = np.zeros(size, dtype=bool)
    for cell in operator.cells:
        for places in product(*cell[1:]):
            if seen[tuple(row for row, _ in places)]:
                found[tuple(col for _, col in places)] = True
    return found
