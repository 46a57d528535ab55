"""Penalties that convolve a weight with itself, as code writes them, and what they ask of r_δ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import sympy as sp

from symconv.algebra.sizes import LARGEST
from symconv.arguments import parse_count
from symconv.errors import SymconvError
from symconv.operators.autocorrelation import autocorrelation
from symconv.operators.convolution import conv
from symconv.operators.kernel import Kernel

Lag = tuple[int, ...]

MOST_PADDED = 50


@dataclass(frozen=True)
class SelfConvolution:
    """The penalty |conv(K, K, stride, padding) - T|, T the identity at the middle pixel, else zero.

    The weight is both image (its output channels are a batch) and kernel. Output pixel a holds
    r_δ at the lag δ = stride*a - padding, so that the middle one holds r_0 only where the stride
    divides the padding.

    Attributes:
        padding, stride: of the convolution of the weight with itself, the same on all axes.

    Raises:
        SymconvError: a padding below 0 or above 50, or a stride below 1.

    Source: the term of Wang, Chen, Chakraborty, Yu 2020, "Orthogonal convolutional neural
    networks"; its released code has it as ``deconv_orth_dist`` with padding 1.

    >>> SelfConvolution(padding=1, stride=2).lags(1)
    {(-1,): 0, (1,): 1}
    >>> SelfConvolution(padding=2, stride=2).lags(1)
    {(-2,): 0, (0,): 1, (2,): 0}
    """

    padding: int
    stride: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "padding", parse_count("padding", self.padding, 0, MOST_PADDED))
        object.__setattr__(self, "stride", parse_count("stride", self.stride, 1, LARGEST))

    @property
    def size(self) -> int:
        """Output pixels an axis: the weight is as large as the image."""
        return 2 * self.padding // self.stride + 1

    def lags(self, ndim: int) -> Mapping[Lag, int]:
        """Lag to 1 where r_δ is driven to the identity, 0 where it is driven to zero."""
        ndim = parse_count("ndim", ndim, 1, 3)
        middle = (self.size // 2,) * ndim
        return {
            tuple(self.stride * a - self.padding for a in pixel): int(pixel == middle)
            for pixel in product(range(self.size), repeat=ndim)
        }

    def squared(self, kernel: Kernel | Any) -> sp.Expr:
        """The square of the penalty, by the convolution itself.

        Args:
            kernel: a :class:`Kernel` or anything it takes.

        >>> a, b = sp.symbols("a b")
        >>> SelfConvolution(padding=1).squared([a, b])
        2*a**2*b**2 + (a**2 + b**2 - 1)**2
        """
        kernel = kernel if isinstance(kernel, Kernel) else Kernel(kernel)
        if kernel.groups > 1:
            raise SymconvError(f"{kernel.groups} groups: check the layer of one group")
        layer = conv(kernel, kernel.size, stride=self.stride, padding=self.padding)
        count, pixels = kernel.out_channels, self.size**kernel.ndim
        middle = sum((self.size // 2) * self.size**axis for axis in range(kernel.ndim))
        length = len(kernel.entries) // count
        total = []
        for o in range(count):
            image = kernel.entries[o * length : (o + 1) * length]
            for place, value in enumerate(layer @ sp.Matrix(image)):
                target = int(divmod(place, pixels) == (o, middle))
                total.append((value - target) ** 2)
        return sp.Add(*total)


@dataclass(frozen=True, eq=False)
class Contradiction:
    """Two demands of a penalty that no kernel meets: r_δ = I and r_{-δ} = 0.

    Since r_{-δ} is the transpose of r_δ, |r_δ - I|² + |r_{-δ}|² = c/2 + 2 |r_δ - I/2|², with c
    output channels; the other squares of the penalty stay as they are.

    Attributes:
        lag: δ.
        kernel: the kernel.
        penalty: the penalty.
    """

    lag: Lag
    kernel: Kernel
    penalty: SelfConvolution

    @property
    def least(self) -> sp.Expr:
        """What the penalty cannot fall below: √(c/2).

        >>> K = Kernel.symbolic("k", (3, 3), out_channels=8)
        >>> Contradiction((1, 1), K, SelfConvolution(1, 2)).least
        2
        """
        return sp.sqrt(sp.Rational(self.kernel.out_channels, 2))

    @cached_property
    def certificate(self) -> sp.Expr:
        """c/2 and squares, whose sum is the square of the penalty: the proof of ``least``."""
        opposite = tuple(-x for x in self.lag)
        squares = [2 * _square(self._residual(self.lag, sp.Rational(1, 2)))]
        for lag, target in self.penalty.lags(self.kernel.ndim).items():
            if lag not in (self.lag, opposite):
                squares.append(_square(self._residual(lag, sp.Integer(target))))
        return sp.Rational(self.kernel.out_channels, 2) + sp.Add(*squares)

    @property
    def holds(self) -> bool:
        """Whether the certificate is the square of the penalty: both are expanded."""
        return bool(sp.expand(self.penalty.squared(self.kernel) - self.certificate) == 0)

    def _residual(self, lag: Lag, target: sp.Expr) -> sp.Matrix:
        count = self.kernel.out_channels
        value = autocorrelation(self.kernel).get(lag, sp.zeros(count))
        matrix = value if isinstance(value, sp.MatrixBase) else sp.Matrix([[value]])
        return matrix - target * sp.eye(count)


def contradiction(penalty: SelfConvolution, kernel: Kernel) -> Contradiction | None:
    """The two demands of a penalty that exclude each other, if there are."""
    asked = penalty.lags(kernel.ndim)
    lag = next(lag for lag, target in asked.items() if target)
    opposite = tuple(-x for x in lag)
    if lag == opposite or opposite not in asked:
        return None
    return Contradiction(lag, kernel, penalty)


def right_padding(kernel_size: int, stride: int) -> int:
    """The padding at which a self-convolution sees every lag that a strided layer needs.

    It is the largest multiple of the stride below the kernel's size: less misses lags, and what
    is no multiple puts the identity beside lag 0.

    >>> [[right_padding(k, s) for s in (1, 2, 3)] for k in (1, 2, 3, 5, 7)]
    [[0, 0, 0], [1, 0, 0], [2, 2, 0], [4, 4, 3], [6, 6, 6]]
    """
    return (kernel_size - 1) // stride * stride


def _square(matrix: sp.Matrix) -> sp.Expr:
    return sp.Add(*(entry**2 for entry in matrix))
