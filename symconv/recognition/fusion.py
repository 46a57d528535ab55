"""Layers one after another as one layer, and what the borders between them take away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from math import gcd

from symconv._printable import Spelled
from symconv.errors import ShapeError
from symconv.kernels.composition import composed
from symconv.operators.convolution import operator_of
from symconv.operators.geometry import Steps
from symconv.operators.layer import Layer, Weights, layer_of
from symconv.operators.norms_and_ranks import exact_rank, rank_near_ends
from symconv.operators.operator import Operator, product_of
from symconv.recognition.recognition import require_layer


@dataclass(frozen=True, eq=False)
class Fusion(Spelled):
    """Layers one after another as ``operator = layer - correction``.

    Attributes:
        operator: their product.
        layer: the one layer that computes pixels between the layers beyond their borders too.
        correction: what those pixels would add; zero where no window looks at one.

    >>> import sympy as sp, symconv as sc
    >>> n = sp.Symbol("n")
    >>> found = sc.fuse(sc.conv([1, 2], n), sc.conv([1, 3], n - 1))
    >>> found.layer.kernel, found.is_exact
    (Kernel([1, 5, 6]), True)
    """

    operator: Operator
    layer: Layer
    correction: Operator

    @property
    def is_exact(self) -> bool:
        """Whether the layer alone is the product."""
        return self.correction == 0 * self.correction

    @cached_property
    def rank(self) -> int:
        """The rank of the correction, for generic kernels; on one axis for every large size.

        Raises:
            ShapeError: the size is symbolic and has several axes, so that the rank grows with it.
        """
        correction = self.correction
        return rank_near_ends(correction) if correction.size_symbols else exact_rank(correction)

    def __repr__(self) -> str:
        border = "" if self.is_exact else " less a correction at the border"
        return f"Fusion({self.layer.kernel!r}{border})"


def fuse(*operators: Operator) -> Fusion:
    """Layers, in the order in which they are applied, as one layer and a correction at the border.

    Padding between two layers replaces by zeros what one layer would compute there; the correction
    is that, exactly, for every size. Layers that were not made as such are recognised.

    Raises:
        ConventionError: an operator is no single layer.
        ShapeError: images do not fit, padding copies pixels, or a layer leaves out pixels where the
            next stuffs zeros (their steps share a factor), so that no one layer is near them.

    >>> import sympy as sp, symconv as sc
    >>> n = sp.Symbol("n")
    >>> A = sc.conv(sc.Kernel(sp.symbols("a b c")), n, padding=1)
    >>> B = sc.conv(sc.Kernel([1, 1, 1]), n, padding=1)
    >>> both = fuse(A, B)
    >>> both.layer.kernel, both.layer.axes[0].padding, both.rank
    (Kernel([a, a + b, a + b + c, b + c, c]), 2, 2)
    >>> corners = both.correction.closed_form()
    >>> corners.entry(0, 0), corners.entry(n - 1, n - 1)
    (c, a)
    """
    if not operators:
        raise ShapeError("fuse() takes the layers to fuse, and there are none")
    whole = product_of(*reversed(operators))
    layers = [_direct(operator) for operator in operators]
    steps = [_steps(layer) for layer in layers]
    weights = _weights(layers[0])
    for k, layer in enumerate(layers[1:], start=1):
        before = [_product(done) for done in zip(*steps[:k], strict=True)]
        _check_steps(before, steps[k], operators[k])
        weights = composed(weights, before, _weights(layer), steps[k])
    total = [_product(each) for each in zip(*steps, strict=True)]
    layer = layer_of(*_reduced(weights, total), whole.rows, whole.cols, whole.bounds)
    return Fusion(whole, layer, operator_of(layer) - whole)


def _direct(operator: Operator) -> Layer:
    """The layer as a convolution, of the stuffed image where it is a transposed one."""
    layer = require_layer(operator)
    if layer.padding_mode != "zeros":
        raise ShapeError(
            f"{operator!r} pads with copies ({layer.padding_mode}): only zero padding is fused"
        )
    return layer.turned if layer.transposed else layer


def _steps(layer: Layer) -> list[Steps]:
    return [(axis.stride, axis.input_dilation) for axis in layer.axes]


def _product(steps: Sequence[Steps]) -> Steps:
    return reduce(lambda one, other: (one[0] * other[0], one[1] * other[1]), steps)


def _check_steps(before: Sequence[Steps], after: Sequence[Steps], operator: Operator) -> None:
    for (s, _), (_, u) in zip(before, after, strict=True):
        if gcd(s, u) > 1:
            raise ShapeError(
                f"{operator!r} stuffs with {u - 1} zeros what stride {s} left before: which tap "
                "joins two pixels then depends on where they are, and no one layer is near that"
            )


def _weights(layer: Layer) -> Weights:
    """Where on each axis u*i - s*o is d*t - p for tap t, its weight."""
    return {
        (o, i, *(a.dilation * t - a.padding for a, t in zip(layer.axes, tap, strict=True))): weight
        for o, i, tap, weight in layer.kernel.weights()
        if weight != 0
    }


def _reduced(weights: Weights, steps: Sequence[Steps]) -> tuple[Weights, list[Steps]]:
    """The same with coprime steps; what no pair of pixels meets is left out."""
    common = [gcd(s, u) for s, u in steps]
    kept = {
        (o, i, *(x // g for x, g in zip(q, common, strict=True))): weight
        for (o, i, *q), weight in weights.items()
        if not any(x % g for x, g in zip(q, common, strict=True))
    }
    return kept, [(s // g, u // g) for (s, u), g in zip(steps, common, strict=True)]
