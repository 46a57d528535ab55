"""Operators as stages of a stack, and a stack's windows as operators."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import sympy as sp

from symconv.algebra.sizes import Size
from symconv.errors import ShapeError
from symconv.operators.convolution import operator_of
from symconv.operators.kernel import Kernel
from symconv.operators.layer import Layer
from symconv.operators.operator import Operator
from symconv.operators.provenance import Product, Scaled
from symconv.stacks.affine import AffineMap, as_affine
from symconv.stacks.stages import AnyStage, Branches, Stage, fitted
from symconv.stacks.windows import Window, layer_windows


def operator_stage(operator: Operator | AffineMap, name: str) -> Stage:
    """An operator that has its size already.

    Raises:
        ShapeError: it is no layer, and no product of layers.
    """
    fixed = as_affine(operator)
    linear = fixed.operator
    channels = int(linear.in_channels), int(linear.out_channels)

    def build(size: Sequence[Any], _: int) -> AffineMap:
        return fitted(fixed, size)

    return Stage(name, tuple(operator_windows(linear)), channels, build, linear.cols[1:])


def operator_windows(operator: Operator) -> list[tuple[Window, ...]]:
    """The windows of a layer, or of the factors of a product, the first that is applied first."""
    layer = operator.provenance.layer or operator.as_layer()
    if layer is not None:
        return [layer_windows(layer)]
    operands = operator.provenance.operands
    if not isinstance(operator.provenance, Product | Scaled):
        raise ShapeError(f"{operator!r} is neither a layer nor a product of layers")
    return [windows for operand in reversed(operands) for windows in operator_windows(operand)]


def window_operators(stages: Sequence[AnyStage], size: Sequence[Size]) -> list[Operator]:
    """A convolution of ones for each of the windows, so that its products count paths.

    Raises:
        ShapeError: there are branches.

    >>> from symconv.stacks.layers import max_pool, pointwise
    >>> (pool,) = window_operators([pointwise("relu"), max_pool(2, 1)], [4])
    >>> pool.as_explicit()
    Matrix([
    [1, 1, 0, 0],
    [0, 0, 1, 1]])
    """
    found: list[Operator] = []
    for windows in (windows for stage in stages for windows in _only_windows(stage)):
        image = found[-1].rows[1:] if found else size
        axes = tuple(w.axis(n) for w, n in zip(windows, image, strict=True))
        taps = [w.taps for w in windows]
        ones = Kernel.build([sp.S.One] * prod(taps), taps)
        found.append(operator_of(Layer(ones, axes, windows[0].transposed)))
    return found


def _only_windows(stage: AnyStage) -> tuple[tuple[Window, ...], ...]:
    if isinstance(stage, Branches):
        raise ShapeError("branches have no single chain of windows")
    if stage.outputs is not None:
        raise ShapeError(f"{stage.name} has windows that depend on the size of the image")
    return stage.windows
