"""A whole stack as SciPy's LinearOperator, layer by layer, where one operator is too large."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from math import prod
from typing import Any

from symconv._arrays import np, scipy_sparse_linalg
from symconv.algebra.sizes import Size
from symconv.matrix_free.linear_operator import to_linear_operator
from symconv.numeric.named_values import Values
from symconv.operators.entries import concrete
from symconv.stacks.stages import AnyStage, Branches


def stack_operator(
    stages: Sequence[AnyStage], size: Sequence[Size], channels: int, values: Values | None
) -> scipy_sparse_linalg.LinearOperator:
    """The linear part of stages one after another, applied one by one.

    Raises:
        ShapeError: one is not linear, or a size is symbolic.
    """
    found, image, count = [], list(size), channels
    for stage in stages:
        found.append(_of_stage(stage, image, count, values))
        image = [stage.output(axis, n) for axis, n in enumerate(image)]
        count = stage.channels_after(count)
    pixels = prod([channels, *concrete(size)])
    return reduce(lambda whole, one: one @ whole, found or [_identity(pixels)])


def _of_stage(
    stage: AnyStage, size: Sequence[Size], channels: int, values: Values | None
) -> scipy_sparse_linalg.LinearOperator:
    if not isinstance(stage, Branches):
        return to_linear_operator(stage.affine(size, channels).operator, values)
    parts = [stack_operator(branch, size, channels, values) for branch in stage.branches]
    if stage.name == "concat":
        return _stacked(parts)
    return reduce(lambda total, part: total + part, parts)


def _identity(pixels: int) -> scipy_sparse_linalg.LinearOperator:
    return scipy_sparse_linalg.LinearOperator(
        (pixels, pixels), matvec=lambda x: x, rmatvec=lambda x: x, matmat=lambda x: x,
        rmatmat=lambda x: x, dtype=np.int64,
    )  # fmt: skip


def _stacked(
    parts: Sequence[scipy_sparse_linalg.LinearOperator],
) -> scipy_sparse_linalg.LinearOperator:
    """The outputs of all, one after another."""
    ends = np.cumsum([part.shape[0] for part in parts])[:-1]

    def forward(x: Any) -> Any:
        return np.concatenate([part @ x for part in parts])

    def back(y: Any) -> Any:
        pieces = np.split(y, ends)
        return sum(part.H @ piece for part, piece in zip(parts, pieces, strict=True))

    shape = (sum(part.shape[0] for part in parts), parts[0].shape[1])
    kind = np.result_type(*(part.dtype for part in parts))
    return scipy_sparse_linalg.LinearOperator(
        shape, matvec=forward, rmatvec=back, matmat=forward, rmatmat=back, dtype=kind
    )
