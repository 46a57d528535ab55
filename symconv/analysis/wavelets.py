"""Wavelet filters as kernels."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symconv.arguments import parse_count, parse_flag
from symconv.errors import ShapeError
from symconv.operators.kernel import Kernel

MOST_MOMENTS = 1000


def vanishing_moments(kernel: Kernel | Any, count: int, lowpass: bool = False) -> list[sp.Expr]:
    """The sums over taps of t^j k_t for j < count, which vanish for a wavelet filter.

    Args:
        kernel: a kernel on one axis, of one channel, or anything that :class:`Kernel` takes.
        count: how many moments, at most 1000.
        lowpass: the kernel is the scaling filter, and the moments are those of the wavelet filter
            that belongs to it, (-1)^t k_t up to a flip.

    Source: Daubechies 1988, "Orthonormal bases of compactly supported wavelets".

    >>> vanishing_moments(Kernel(sp.symbols("a b c")), 2)
    [a + b + c, b + 2*c]
    """
    kernel = kernel if isinstance(kernel, Kernel) else Kernel(kernel)
    count = parse_count("count", count, 0, MOST_MOMENTS)
    if kernel.ndim != 1 or (kernel.in_channels, kernel.out_channels) != (1, 1):
        raise ShapeError(f"moments are for one channel on one axis, not a kernel {kernel.shape}")
    sign = -1 if parse_flag("lowpass", lowpass) else 1
    signed = [sign**t * entry for t, entry in enumerate(kernel.entries)]
    return [
        sp.Add(*(sp.Integer(t) ** j * entry for t, entry in enumerate(signed)))
        for j in range(count)
    ]
