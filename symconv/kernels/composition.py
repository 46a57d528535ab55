"""The weights of two layers, one after the other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import sympy as sp

from symconv.errors import KernelError
from symconv.operators.geometry import Steps, parse_steps
from symconv.operators.kernel import Kernel
from symconv.operators.layer import Weights
from symconv.operators.padding import PerAxis
from symconv.work_limits import check

# Some seconds of work, of numbers and of expressions.
MOST_NUMBERS, MOST_EXPRESSIONS = 400_000, 20_000


def convolve(first: Kernel, second: Kernel | Any, stride: PerAxis = 1) -> Kernel:
    """The kernel of the convolution with the second after that with the first, of this stride.

    See :meth:`symconv.Kernel.convolve`.
    """
    second = second if isinstance(second, Kernel) else Kernel(second)
    _check_fit(first, second)
    steps = parse_steps(stride, first.ndim, "stride")
    _check_work(first, second)
    taps = composed(
        {(o, i, *tap): entry for o, i, tap, entry in first.weights() if entry != 0},
        [(s, 1) for s in steps],
        {(o, i, *tap): entry for o, i, tap, entry in second.weights() if entry != 0},
        [(1, 1) for _ in steps],
    )
    size = [s * (j - 1) + k for s, k, j in zip(steps, first.size, second.size, strict=True)]
    return Kernel.of_weights(taps, size, second.out_channels, first.in_channels)


def composed(
    first: Weights, first_steps: Sequence[Steps], second: Weights, second_steps: Sequence[Steps]
) -> Weights:
    """The weights of two layers one after the other.

    From u*i = s*j + q and u'*j = s'*o + q' follows u*u'*i = s*s'*o + s*q' + u'*q.
    """
    factors = [(s, u) for (s, _), (_, u) in zip(first_steps, second_steps, strict=True)]
    given: defaultdict[int, list[tuple[int, list[int], sp.Expr]]] = defaultdict(list)
    for (c, i, *q1), a in first.items():
        given[c].append((i, q1, a))
    sums: defaultdict[tuple[int, ...], list[sp.Expr]] = defaultdict(list)
    for (o, j, *q2), b in second.items():
        for i, q1, a in given[j]:
            q = (s * y + u * x for (s, u), x, y in zip(factors, q1, q2, strict=True))
            sums[o, i, *q].append(b * a)
    return {place: sp.expand(sp.Add(*parts)) for place, parts in sums.items()}


def _check_work(first: Kernel, second: Kernel) -> None:
    products = len(first.entries) * len(second.entries) // first.out_channels
    most = MOST_EXPRESSIONS if first.free_symbols or second.free_symbols else MOST_NUMBERS
    what = f"{products} products of entries of {first!r} and {second!r}"
    check("terms", products, what, "give the kernels numbers, or fewer taps", most)


def _check_fit(first: Kernel, second: Kernel) -> None:
    if first.ndim != second.ndim:
        raise KernelError(f"{first!r} and {second!r} have not as many axes")
    if first.out_channels != second.in_channels:
        raise KernelError(
            f"{first!r} gives {first.out_channels} channels and {second!r} takes "
            f"{second.in_channels}"
        )
