"""``recognise`` on random chains of operators against brute force on their matrices.

``python -m tests.recognised_chains 3000`` tries 3,000 chains; some run in tests/recognition.

Brute force looks for a convolution with zero padding, or the transpose of one, on the explicit
matrix: for each stride or input dilation up to 3 it asks of each axis whether all that stands where
u*i - s*o is one number is the same. On a fixed image this is what ``recognise`` says it tries; of a
symbolic size the taps have to be the same on three images. What was found is compared with the
matrix, entry by entry.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np
import sympy as sp

import symconv as sc
from symconv.operators.convolution import operator_of

n = sp.Symbol("n")
MODES = ("zeros", "zeros", "zeros", "circular", "reflect", "replicate", "symmetric")
STEPS = ((1, 1), (2, 1), (1, 2), (3, 1), (1, 3))


# --- random chains ---------------------------------------------------------------------------


def kernel(source: Random, axes: int, ins: int, outs: int) -> sc.Kernel:
    size = [source.randint(1, 3) for _ in range(axes)]
    taps = [source.randint(-2, 3) for _ in range(outs * ins * int(np.prod(size)))]
    return sc.Kernel.from_weight(np.array(taps).reshape(outs, ins, *size).tolist())


def link(source: Random, size: tuple[Any, ...], channels: int) -> sc.Operator:
    """One operator on an image: mostly layers, and what moves pixels."""
    axes, kind = len(size), source.random()
    if kind < 0.55:
        made = kernel(source, axes, channels, source.choice((channels, channels, 1, 2)))
        return sc.conv(
            made,
            size,
            stride=source.choice((1, 1, 1, 2)),
            padding=((source.randint(-1, 2), source.randint(-1, 2)),) * axes,
            dilation=source.choice((1, 1, 2)),
            padding_mode=source.choice(MODES),
        )
    if kind < 0.65:
        made = kernel(source, axes, source.choice((1, channels)), channels)
        return sc.conv_transpose(made, size, stride=source.choice((1, 2, 2)))
    if kind < 0.75:
        return sc.avg_pool(size, source.choice((1, 2)), channels=channels)
    pads = ((source.randint(0, 2), source.randint(0, 1)),) * axes
    return source.choice(
        (
            lambda: sc.pad(size, pads, padding_mode=source.choice(MODES), channels=channels),
            lambda: sc.crop(size, pads, channels=channels),
            lambda: sc.shift(size, (source.randint(-1, 1),) * axes, channels=channels),
            lambda: sc.flip(size, channels=channels),
            lambda: sc.upsample_nearest(size, 2, channels=channels),
            lambda: sc.identity(size, channels),
        )
    )()


def chain(seed: int, index: int) -> sc.Operator:
    """A product of one to three operators, at times doubled or added to another of its size.

    Raises:
        SymconvError: the random choices fit no image.
    """
    source = Random(f"chains {seed} {index}")
    symbolic, axes = source.random() < 0.5, source.choice((1, 1, 2))
    size: tuple[Any, ...] = tuple(
        2 * n + source.randint(0, 3) if symbolic and source.random() < 0.8 else source.randint(4, 7)
        for _ in range(axes)
    )
    found = link(source, size, source.choice((1, 1, 2)))
    for _ in range(source.randint(0, 2)):
        found = link(source, found.output_size, int(found.out_channels)) @ found
    if source.random() < 0.3:
        found = source.choice((2, -1)) * found
    if source.random() < 0.25:
        other = link(source, found.input_size, int(found.in_channels))
        same = other.output_size == found.output_size and other.out_channels == found.out_channels
        found = found + other if same else found
    return found


# --- brute force -----------------------------------------------------------------------------


def dense(operator: sc.Operator) -> np.ndarray:
    """The matrix with an axis for the channels and one for each axis of the image, twice."""
    sizes = (
        operator.out_channels,
        *operator.output_size,
        operator.in_channels,
        *operator.input_size,
    )
    return np.array(operator.as_explicit().tolist(), dtype=object).reshape(list(map(int, sizes)))


def taps(matrix: np.ndarray, steps: tuple[int, int]) -> dict[int, tuple[Any, ...]] | None:
    """What stands where u*i - s*o is q, for each q, if it is one thing; pixels lead the axes."""
    (s, u), found = steps, dict[int, tuple[Any, ...]]()
    for o, i in np.ndindex(*matrix.shape[:2]):
        here = tuple(matrix[o, i].ravel())
        if found.setdefault(u * i - s * o, here) != here:
            return None
    return {q: here for q, here in found.items() if any(here)}


def layers(operator: sc.Operator) -> list[set[tuple[int, int]]]:
    """On each axis the steps with which the matrix is that of a layer with zero padding."""
    matrix, axes = dense(operator), len(operator.input_size)
    found = []
    for axis in range(axes):
        moved = np.moveaxis(matrix, (axis + 1, axes + 2 + axis), (0, 1))
        found.append({steps for steps in STEPS if taps(moved, steps) is not None})
    return found


def reach(operator: sc.Operator) -> list[dict[tuple[int, int], set[int]]]:
    """On each axis the q at which taps lie, for those steps."""
    matrix, axes = dense(operator), len(operator.input_size)
    found = []
    for axis, fitting in enumerate(layers(operator)):
        moved = np.moveaxis(matrix, (axis + 1, axes + 2 + axis), (0, 1))
        found.append({steps: set(taps(moved, steps) or ()) for steps in fitting})
    return found


def has_layer(operator: sc.Operator, start: int) -> bool:
    """Whether brute force finds a layer; of a symbolic size one whose taps stay where they are."""
    if not operator.size_symbols:
        return all(layers(operator))
    images = [reach(operator.at({n: start + more})) for more in (3, 4, 6)]
    return all(
        any(
            all(steps in axis and axis[steps] == first[steps] for axis in others) for steps in first
        )
        for first, *others in zip(*images, strict=True)
    )


def tried(operator: sc.Operator) -> str:
    """How ``recognise`` and brute force agree on one operator; "WRONG …" where they do not."""
    found = sc.recognise(operator)
    start = max(*operator.valid_from.values(), 1) if operator.size_symbols else 0
    sizes = [{n: start + more} for more in (3, 4)] if operator.size_symbols else [{}]
    if found.layer is not None:
        made = operator_of(found.layer)
        for values in sizes:
            one, other = (dense(op.at(values) if values else op) for op in (made, operator))
            if (one != other).any():
                return "WRONG: another matrix"
        copied = found.layer.padding_mode != "zeros"
        return "found, with copied padding" if copied else "found"
    if has_layer(operator, start):
        return "WRONG: refused, and brute force has one"
    if found.entries:
        there = operator.at(found.sizes) if found.sizes else operator
        one, other = (there.entry(*entry) for entry in found.entries)
        if one == other:
            return "WRONG: the entries told are equal"
    return "refused" if found.entries else "refused, without entries"


def run(seed: int, indices: range) -> tuple[Counter[str], list[str]]:
    """What came of chains, and those that are wrong."""
    counts: Counter[str] = Counter()
    wrong = []
    for index in indices:
        try:
            said = tried(chain(seed, index))
        except sc.SymconvError as error:
            said = f"no operator ({type(error).__name__})"
        counts[said] += 1
        if said.startswith("WRONG"):
            wrong.append(f"{seed} {index}: {said}")
    return counts, wrong


def main() -> None:
    """Chains until so many operators were there."""
    wanted, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 15
    counts, wrong, index = Counter[str](), list[str](), 0
    while sum(v for k, v in counts.items() if not k.startswith("no operator")) < wanted:
        more, others = run(seed, range(index, index + 1))
        counts, wrong, index = counts + more, wrong + others, index + 1
    print(*wrong, *counts.items(), sep="\n")


if __name__ == "__main__":
    main()
