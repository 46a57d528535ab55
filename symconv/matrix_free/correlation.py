"""Correlation of images with few taps: tap by tap, as products of matrices, or by FFT.

All three take an image (in, *n), weights (out, in, *taps), and for each axis the positions of the
taps, which need not be neighbours. Output pixel o is the sum of weight times pixel o + position,
wherever all of that is in the image.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from math import ceil, prod
from typing import Any

from symconv._arrays import Array, np, scipy_fft

Positions = tuple[tuple[int, ...], ...]

# Rows of the output that one product of matrices gives; more waste multiplications by zero.
BAND = 8
# Numbers in the copied windows of one product, so that they stay in the cache.
WINDOWS = 2**17
# Pixels an axis of one transform, by the number of axes.
BLOCK = {1: 8192, 2: 128, 3: 32}
# Nanoseconds that a multiplication in BLAS, a copied number and a transformed pixel take.
MULTIPLIED, COPIED, TRANSFORMED = 0.065, 0.5, 6.5


def correlate(image: Array, weights: Array, positions: Positions, rounds: bool = True) -> Array:
    """The quickest way for these sizes.

    Args:
        rounds: whether results may be rounded. A sum of integers that floats hold is exact in any
            order, but not a transform of them.

    >>> correlate(np.array([[1, 10, 100]]), np.array([[[1, 2]]]), ((0, 1),))
    array([[ 21, 210]])
    """
    kinds = np.result_type(image, weights).kind
    # A pixel that is not finite is to be seen by the windows that hold it, and by no others.
    if kinds not in "fc" or not np.isfinite(image.sum()):
        return _by_taps(image, weights, positions)
    if image.strides[-1] != image.itemsize:  # BLAS takes rows whose numbers are neighbours
        image = np.ascontiguousarray(image)
    if rounds and _cost_of_transforms(image, weights, positions) < _cost_of_products(
        weights, positions
    ):
        return _by_transforms(image, weights, positions)
    if len(positions) == 2 and len(weights) < 4:
        return _by_bands(image, weights, positions)
    return _by_windows(image, weights, positions)


def _cost_of_products(weights: Array, positions: Positions) -> float:
    """Nanoseconds a pixel of the output."""
    outs, ins, *taps = map(int, weights.shape)
    if len(taps) == 2 and outs < 4:
        return outs * ins * (3 + MULTIPLIED * (BAND + positions[0][-1]) * taps[1])
    return ins * prod(taps) * (COPIED + MULTIPLIED * outs)


def _cost_of_transforms(image: Array, weights: Array, positions: Positions) -> float:
    outs, ins = map(int, weights.shape[:2])
    sizes = _output_size(image, positions)
    blocks = _blocks(image, positions)
    whole = prod(
        ceil(m / (b - p[-1])) * b for m, b, p in zip(sizes, blocks, positions, strict=True)
    )
    return (TRANSFORMED * (outs + ins) + outs * ins) * whole / prod(sizes)


def _output_size(image: Array, positions: Positions) -> tuple[int, ...]:
    return tuple(n - p[-1] for n, p in zip(image.shape[1:], positions, strict=True))


def _shifted(image: Array, place: Sequence[int], size: Sequence[int]) -> Array:
    where: Any = (slice(None), *(slice(p, p + m) for p, m in zip(place, size, strict=True)))
    found: Array = image[where]
    return found


def _taps(positions: Positions) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """The index of each tap and its position."""
    ranges = (range(len(axis)) for axis in positions)
    yield from zip(product(*ranges), product(*positions), strict=True)


def _by_taps(image: Array, weights: Array, positions: Positions) -> Array:
    """One shifted image after another, in the arithmetic of the numbers."""
    size = _output_size(image, positions)
    found = np.zeros((len(weights), *size), dtype=np.result_type(image, weights))
    for tap, place in _taps(positions):
        seen = _shifted(image, place, size)
        every: Any = (..., *tap)
        for (o, i), weight in np.ndenumerate(weights[every]):
            if weight:
                found[o] += weight * seen[i]
    return found


def _by_bands(image: Array, weights: Array, positions: Positions) -> Array:
    """Bands of rows of an image of two axes: for each column of taps a banded matrix times them."""
    rows, columns = positions
    size = _output_size(image, positions)
    found = np.empty((len(weights), *size), dtype=np.result_type(image, weights))
    matrices = np.zeros((*weights.shape[:2], len(columns), BAND, BAND + rows[-1]), weights.dtype)
    for row in range(BAND):
        matrices[..., row, [row + place for place in rows]] = np.moveaxis(weights, 2, -1)
    for first in range(0, size[0], BAND):
        band = min(BAND, size[0] - first)
        seen = image[:, first : first + band + rows[-1]]
        for o in range(len(weights)):
            _add_band(found[o, first : first + band], matrices[o], seen, columns)
    return found


def _add_band(target: Array, matrices: Array, seen: Array, columns: Sequence[int]) -> None:
    band, width = target.shape
    terms = (
        matrices[i, tap, :band, : seen.shape[1]] @ seen[i][:, place : place + width]
        for i in range(len(matrices))
        for tap, place in enumerate(columns)
    )
    target[...] = next(terms)
    for term in terms:
        target += term


def _by_windows(image: Array, weights: Array, positions: Positions) -> Array:
    """The windows of some rows as columns of a matrix, which the weights are multiplied by."""
    outs, ins, *taps = map(int, weights.shape)
    size = _output_size(image, positions)
    kind = np.result_type(image, weights)
    found = np.empty((outs, *size), dtype=kind)
    matrix = weights.reshape(outs, -1).astype(kind)
    step = max(1, WINDOWS // (matrix.shape[1] * prod(size[1:])))
    for first in range(0, size[0], step):
        part = (min(step, size[0] - first), *size[1:])
        windows = np.empty((ins, *taps, *part), dtype=kind)
        for tap, place in _taps(positions):
            every: Any = (slice(None), *tap)
            windows[every] = _shifted(image, (first + place[0], *place[1:]), part)
        result = matrix @ windows.reshape(matrix.shape[1], -1)
        found[:, first : first + part[0]] = result.reshape(outs, *part)
    return found


def _blocks(image: Array, positions: Positions) -> list[int]:
    """The pixels of each axis that are transformed together: as good as the same for all blocks."""
    found = []
    for m, p in zip(_output_size(image, positions), positions, strict=True):
        room = max(BLOCK.get(len(positions), 16), 4 * p[-1]) - p[-1]
        count = max(1, round(m / room))
        found.append(int(scipy_fft.next_fast_len(ceil(m / count) + p[-1], True)))
    return found


def _by_transforms(image: Array, weights: Array, positions: Positions) -> Array:
    """Overlapping blocks of the image times the transform of the kernel, each in the cache."""
    blocks, axes = _blocks(image, positions), tuple(range(-len(positions), 0))
    forward, back = _transforms(np.result_type(image, weights).kind == "c")
    kernel = np.zeros((*weights.shape[:2], *(p[-1] + 1 for p in positions)), weights.dtype)
    where: Any = (..., *np.ix_(*positions))
    kernel[where] = weights
    turned = np.conj(forward(np.conj(kernel), blocks, axes=axes))
    size = _output_size(image, positions)
    steps = [b - p[-1] for b, p in zip(blocks, positions, strict=True)]
    found = np.empty((len(weights), *size), dtype=np.result_type(image, weights))
    for first in product(*(range(0, m, step) for m, step in zip(size, steps, strict=True))):
        block = _shifted(image, first, blocks)
        waves = np.einsum("oi...,i...->o...", turned, forward(block, blocks, axes=axes))
        target = _shifted(found, first, steps)
        result = back(waves, blocks, axes=axes)
        target[...] = _shifted(result, [0] * len(first), target.shape[1:])
    return found


def _transforms(is_complex: bool) -> tuple[Callable[..., Array], Callable[..., Array]]:
    if is_complex:
        return scipy_fft.fftn, scipy_fft.ifftn
    return scipy_fft.rfftn, scipy_fft.irfftn
