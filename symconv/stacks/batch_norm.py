"""Batch normalisation in inference: an affine map of each channel, folded into the layer before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sympy as sp

from symconv.algebra.sizes import parse_size
from symconv.arguments import is_list
from symconv.errors import KernelError
from symconv.operators.convolution import operator_of
from symconv.operators.exact_input import parse_exact, parse_weight
from symconv.operators.kernel import Kernel
from symconv.operators.layer import Layer
from symconv.operators.operator import Operator, product_of
from symconv.operators.selection import identity
from symconv.stacks.affine import AffineMap, as_affine, per_channel

# Of longer numbers SymPy's square root takes seconds.
MOST_BITS = 1024


def batch_norm(
    size: Any, *, gamma: Any = None, beta: Any = None, mean: Any, variance: Any, eps: Any
) -> AffineMap:
    """Batch normalisation in inference: gamma*(x - mean)/sqrt(variance + eps) + beta.

    Args:
        size: pixels of the image, one number an axis; ``a + b*n`` for any image size.
        gamma, beta, mean, variance: one exact number or expression a channel; 1 and 0 where gamma
            and beta are left out.
        eps: a number or an expression; PyTorch's default is the binary fraction nearest to 1e-5.

    Raises:
        KernelError: a number of channels that differs, or variance + eps that is not positive.

    Source: Ioffe & Szegedy, arXiv:1502.03167, algorithm 2, lines 11 and 12.

    >>> batch_norm(2, gamma=[3], beta=["t"], mean=[1], variance=[3], eps=1)([5, 1])
    [t + 6, t]
    """
    gains, shifts = _gains_and_shifts(gamma, beta, mean, variance, eps)
    sizes = tuple(size) if is_list(size) else (size,)
    plain = identity(tuple(map(parse_size, sizes)), len(gains))
    constant = per_channel(shifts, plain.output_size)
    return AffineMap(per_channel(gains, plain.output_size), constant)


def fold_batch_norm(
    before: Operator | AffineMap,
    *,
    gamma: Any = None,
    beta: Any = None,
    mean: Any,
    variance: Any,
    eps: Any,
) -> AffineMap:
    """A layer and the batch normalisation after it as one layer with a bias, exactly.

    With g = gamma/sqrt(variance + eps) the kernel's output channels are multiplied by g, and the
    bias b becomes g*(b - mean) + beta.

    Args:
        before: the layer, an operator or an affine map.
        gamma, beta, mean, variance, eps: as in :func:`batch_norm`.

    Returns:
        An affine map whose operator is a layer with the scaled kernel where ``before`` is a layer.

    Raises:
        KernelError: as :func:`batch_norm`.

    Source: Ding et al. 2021, arXiv:2103.13425, transform I; the statement "batch-norm-folding".

    >>> import symconv as sc
    >>> C = sc.conv([1, 2], 3)
    >>> f = fold_batch_norm(C, gamma=[6], beta=[1], mean=[5], variance=[3], eps=1)
    >>> f.operator.as_layer().kernel, f.bias(0)
    (Kernel([3, 6]), -14)
    """
    first = as_affine(before)
    gains, shifts = _gains_and_shifts(gamma, beta, mean, variance, eps)
    if len(gains) != first.operator.out_channels:
        raise KernelError(
            f"batch normalisation of {len(gains)} channels after {first.operator!r}, which gives "
            f"{first.operator.out_channels}"
        )
    weigh, shift = (per_channel(each, first.output_size) for each in (gains, shifts))
    layer = first.operator.provenance.layer
    operator = (
        product_of(weigh, first.operator)
        if layer is None
        else operator_of(scaled_channels(layer, gains))
    )
    return AffineMap(operator, product_of(weigh, first.constant) + shift)


def scaled_channels(layer: Layer, gains: Sequence[sp.Expr]) -> Layer:
    """The layer whose output channels are multiplied, in its kernel.

    >>> import symconv as sc
    >>> layer = sc.conv(sc.Kernel.from_weight([[[1]], [[2]]]), 3).as_layer()
    >>> scaled_channels(layer, [sp.Integer(5), sp.Symbol("g")]).kernel
    Kernel.from_weight([[[5]], [[2*g]]])
    """
    kernel = layer.kernel
    entries = [gains[i if layer.transposed else o] * entry for o, i, _, entry in kernel.weights()]
    channels = kernel.out_channels, kernel.in_channels, kernel.groups
    return replace(layer, kernel=Kernel.build(entries, kernel.size, *channels))


def _gains_and_shifts(
    gamma: Any, beta: Any, mean: Any, variance: Any, eps: Any
) -> tuple[list[sp.Expr], list[sp.Expr]]:
    means, variances = _channels(mean, "mean"), _channels(variance, "variance")
    count = len(means)
    gammas = [sp.S.One] * count if gamma is None else _channels(gamma, "gamma")
    betas = [sp.S.Zero] * count if beta is None else _channels(beta, "beta")
    if not len(gammas) == len(betas) == len(variances) == count:
        numbers = [len(each) for each in (gammas, betas, means, variances)]
        raise KernelError(f"gamma, beta, mean and variance have {numbers} channels: give as many")
    small = parse_exact(eps, "eps")
    gains = [g / sp.sqrt(_positive(v + small)) for g, v in zip(gammas, variances, strict=True)]
    shifts = [b - g * m for b, g, m in zip(betas, gains, means, strict=True)]
    return gains, shifts


def _channels(values: Any, what: str) -> list[sp.Expr]:
    entries, shape = parse_weight(values, what)
    if len(shape) != 1 or not entries:
        raise KernelError(f"{what} has the shape {shape}: give a list of one value a channel")
    return entries


def _positive(spread: sp.Expr) -> sp.Expr:
    if spread.is_Rational and max(abs(spread.p), spread.q).bit_length() > MOST_BITS:
        raise KernelError(f"variance + eps is a fraction of more than {MOST_BITS} bits")
    if spread.is_positive is False:
        raise KernelError(f"variance + eps is {spread}, and has to be positive")
    return spread
