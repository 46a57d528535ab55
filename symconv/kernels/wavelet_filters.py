"""Orthonormal filter banks of two channels, as kernels for a convolution of stride 2."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from symconv.arguments import parse_count
from symconv.operators.kernel import Kernel


def haar() -> Kernel:
    """Sum and difference of two pixels, over the root of two: the bank of one vanishing moment.

    Source: Daubechies 1988, "Orthonormal bases of compactly supported wavelets".

    >>> haar()
    Kernel.from_weight([[[sqrt(2)/2, sqrt(2)/2]], [[sqrt(2)/2, -sqrt(2)/2]]])
    """
    return _bank([sp.S.One, sp.S.One])


def daubechies(moments: int) -> Kernel:
    """Daubechies' orthonormal bank with so many vanishing moments and twice as many taps.

    Channel 0 is the scaling filter h, with the signs and the order of Daubechies 1988; channel 1 is
    the wavelet filter (-1)^t h_{N-1-t}. The filters are what :func:`symconv.orthogonality` with
    :func:`symconv.vanishing_moments` finds.

    Args:
        moments: 1 (Haar) or 2.

    Source: Daubechies 1988, "Orthonormal bases of compactly supported wavelets".

    >>> daubechies(2)[0, 0]
    [sqrt(2)/8 + sqrt(6)/8, sqrt(6)/8 + 3*sqrt(2)/8, -sqrt(6)/8 + 3*sqrt(2)/8, \
-sqrt(6)/8 + sqrt(2)/8]
    """
    if parse_count("moments", moments, 1, 2) == 1:
        return haar()
    root = sp.sqrt(3)
    return _bank([tap / 4 for tap in (1 + root, 3 + root, 3 - root, 1 - root)])


def _bank(scaling: Sequence[sp.Expr]) -> Kernel:
    """Both filters, from the taps of the scaling filter times the root of two."""
    low = [sp.expand(tap / sp.sqrt(2)) for tap in scaling]
    high = [(-1) ** t * tap for t, tap in enumerate(reversed(low))]
    return Kernel.from_weight([[low], [high]])
