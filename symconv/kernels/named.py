"""The kernels that the field has names for, exact, as correlations: not flipped."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import sympy as sp

from symconv.arguments import is_list, parse_count, parse_flag, parse_index, shown
from symconv.errors import KernelError
from symconv.operators.exact_input import parse_exact
from symconv.operators.kernel import Kernel, check_number, parse_kernel_size

MOST_AXES = 8
MOST_TAPS = 10_000
SLOPE = (-1, 0, 1)


# --- derivatives -----------------------------------------------------------------------------


def sobel(axis: int = -1, *, ndim: int = 2) -> Kernel:
    """The central difference along an axis, smoothed by 1, 2, 1 along the others.

    Args:
        axis: along which pixels are subtracted; the last one by default.
        ndim: number of axes.

    Source: Sobel and Feldman 1968, "An isotropic 3x3 image gradient operator".

    >>> sobel(axis=0)
    Kernel([[-1, -2, -1], [0, 0, 0], [1, 2, 1]])
    """
    return _derivative((1, 2, 1), axis, ndim)


def prewitt(axis: int = -1, *, ndim: int = 2) -> Kernel:
    """The central difference along an axis, summed over three pixels along the others.

    Args:
        axis, ndim: as in :func:`sobel`.

    Source: Prewitt 1970, "Object enhancement and extraction", Picture Processing and
    Psychopictorics.

    >>> prewitt()
    Kernel([[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]])
    """
    return _derivative((1, 1, 1), axis, ndim)


def scharr(axis: int = -1, *, ndim: int = 2) -> Kernel:
    """The central difference along an axis, smoothed by 3, 10, 3 along the others.

    Args:
        axis, ndim: as in :func:`sobel`.

    Source: Scharr 2000, "Optimale Operatoren in der digitalen Bildverarbeitung", dissertation,
    Heidelberg; with the integers that OpenCV has.

    >>> scharr()
    Kernel([[-3, 0, 3], [-10, 0, 10], [-3, 0, 3]])
    """
    return _derivative((3, 10, 3), axis, ndim)


def laplacian(ndim: int = 2) -> Kernel:
    """The sum of the second differences 1, -2, 1 along all axes.

    >>> laplacian()
    Kernel([[0, 1, 0], [1, -4, 1], [0, 1, 0]])
    """
    axes = _axes(ndim)
    second = [
        Kernel.outer(*([1, -2, 1] if a == axis else [0, 1, 0] for a in range(axes))).entries
        for axis in range(axes)
    ]
    sums = [sp.Add(*parts) for parts in zip(*second, strict=True)]
    return Kernel.build(sums, (3,) * axes)


# --- means -----------------------------------------------------------------------------------


def box(size: int | Sequence[int], *, normalised: bool = True) -> Kernel:
    """Ones, divided by how many there are: the mean over a window.

    Args:
        size: taps on each axis.
        normalised: whether the taps add up to one; otherwise they are ones.

    >>> box(3), box((1, 2), normalised=False)
    (Kernel([1/3, 1/3, 1/3]), Kernel([[1, 1]]))
    """
    return _smoothing([[sp.S.One] * taps for taps in _sizes(size)], normalised)


def binomial(size: int | Sequence[int], *, normalised: bool = True) -> Kernel:
    """A row of Pascal's triangle on each axis: the box of two taps, convolved with itself.

    Args:
        size, normalised: as in :func:`box`; not normalised, the taps are integers.

    >>> binomial(3), binomial((3, 3), normalised=False)
    (Kernel([1/4, 1/2, 1/4]), Kernel([[1, 2, 1], [2, 4, 2], [1, 2, 1]]))
    """
    rows = [[sp.binomial(taps - 1, t) for t in range(taps)] for taps in _sizes(size)]
    return _smoothing(rows, normalised)


def gaussian(size: int | Sequence[int], sigma: Any = None, *, normalised: bool = True) -> Kernel:
    """The taps exp(-x^2 / (2 sigma^2)) at distance x, in pixels, from the middle of the kernel.

    Args:
        size, normalised: as in :func:`box`; not normalised, the middle of an odd size is one.
        sigma: standard deviation in pixels, an exact number or an expression; the positive symbol
            sigma where left out.

    Raises:
        KernelError: sigma is not positive, where that is known.

    >>> gaussian(3, normalised=False)
    Kernel([exp(-1/(2*sigma**2)), 1, exp(-1/(2*sigma**2))])
    """
    sizes = _sizes(size)
    width = sp.Symbol("sigma", positive=True) if sigma is None else parse_exact(sigma, "sigma")
    if width.is_positive is False:
        raise KernelError(f"sigma={shown(width)}: a standard deviation is positive")
    rows = [
        [sp.exp(-((t - sp.Rational(taps - 1, 2)) ** 2) / (2 * width**2)) for t in range(taps)]
        for taps in sizes
    ]
    return _smoothing(rows, normalised)


def delta(size: int | Sequence[int], at: int | Sequence[int] | None = None) -> Kernel:
    """One at a tap and zero elsewhere: what it convolves is moved, and nothing else.

    Args:
        size: taps on each axis.
        at: the tap, one index an axis; the middle of an odd size where left out.

    Raises:
        KernelError: an even size has no middle.

    >>> delta(3), delta((1, 2), at=(0, 1))
    (Kernel([0, 1, 0]), Kernel([[0, 1]]))
    """
    sizes = _sizes(size)
    given = at if at is not None and is_list(at) else (_middle(sizes) if at is None else (at,))
    if len(given) != len(sizes):
        raise KernelError(f"at={shown(at)}: a tap has one index for each of {len(sizes)} axes")
    tap = [parse_index("tap", t, k) % k for t, k in zip(given, sizes, strict=True)]
    return Kernel.outer(*([int(t == a) for t in range(k)] for k, a in zip(sizes, tap, strict=True)))


# --- what they share -------------------------------------------------------------------------


def _derivative(smoothing: Sequence[int], axis: int, ndim: int) -> Kernel:
    axes = _axes(ndim)
    along = parse_index("axis", axis, axes) % axes
    return Kernel.outer(*(SLOPE if a == along else smoothing for a in range(axes)))


def _smoothing(rows: Sequence[Sequence[sp.Expr]], normalised: bool) -> Kernel:
    if parse_flag("normalised", normalised):
        rows = [[tap / sp.Add(*row) for tap in row] for row in rows]
    return Kernel.outer(*rows)


def _axes(ndim: int) -> int:
    return parse_count("ndim", ndim, 1, MOST_AXES)


def _sizes(size: int | Sequence[int]) -> tuple[int, ...]:
    sizes = parse_kernel_size(size)
    check_number(prod(sizes), MOST_TAPS)
    return sizes


def _middle(sizes: Sequence[int]) -> tuple[int, ...]:
    if any(taps % 2 == 0 for taps in sizes):
        raise KernelError(f"a kernel of size {tuple(sizes)} has no middle: say at=")
    return tuple(taps // 2 for taps in sizes)
