"""Kernels that are put together from others, by their weights."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import sympy as sp

from symconv.operators.kernel import Kernel

Weighted = Mapping[Any, sp.Expr]

DBB = "Ding et al. 2021, Diverse Branch Block, arXiv:2103.13425"
IMAGES = (1, 2, 3, 4)
CHANNELS = (1, 2)
TAPS = (1, 2, 3)
PLAIN: Mapping[str, tuple[Any, ...]] = {
    "n": IMAGES, "c": CHANNELS, "k": TAPS, "s": (1, 2), "p": (0, 1),
}  # fmt: skip


def image(n: Any) -> tuple[Any, Any]:
    """An image that is no square."""
    return (n, n + 1)


def square(letter: str, k: int, c: int) -> Kernel:
    """A symbolic kernel of k x k taps, from c channels to c."""
    return Kernel.symbolic(letter, (k, k), c, c)


def placed(kernel: Kernel, *first: int) -> Weighted:
    """The weights of a kernel by (output channel, input channel, *tap), from a first tap on."""
    return {
        (o, i, *(t + a for t, a in zip(tap, first, strict=True))): entry
        for o, i, tap, entry in kernel.weights()
    }


def added(size: Sequence[int], outputs: int, inputs: int, *parts: Weighted) -> Kernel:
    """The kernel whose weights are the sums of these."""
    sums: defaultdict[tuple[int, ...], sp.Expr] = defaultdict(lambda: sp.S.Zero)
    for part in parts:
        for place, entry in part.items():
            sums[place] += entry
    return Kernel.of_weights(sums, size, outputs, inputs)
