"""PyTorch's layers with their biases, and its batch normalisation, as affine maps."""

from __future__ import annotations

import re
from typing import Any

from symconv.arguments import parse_choice
from symconv.errors import ConventionError
from symconv.frameworks.linear_layers.row import Row, find_row, row_map
from symconv.frameworks.linear_layers.torch import ROWS
from symconv.frameworks.torch_layers import layer_operator
from symconv.frameworks.weight_layouts import (
    WEIGHTS,
    check_axes,
    exactly,
    layer_bias,
    refuse_unknown,
    symbolic_matrix,
)
from symconv.stacks.affine import AffineMap, affine
from symconv.stacks.batch_norm import batch_norm


def affine_from_torch(
    layer: Any, size: Any, *, weight: Any = None, weights: str = "own", bias: Any = None,
    **kwargs: Any,
) -> AffineMap:  # fmt: skip
    """The affine map C x + b of a PyTorch layer: what :func:`from_torch` gives, and its bias.

    Args:
        layer: as in :func:`from_torch`; or a module BatchNorm1d to BatchNorm3d with running
            statistics, as it is in inference.
        size: spatial size of the input, in pixels.
        weight, weights, kwargs: as in :func:`from_torch`.
        bias: one value a channel in place of the module's own, or False for none. A layer that is
            named in words has symbols b_{0}, … where it is left out.

    Raises:
        ConventionError: PyTorch has no such layer, or refuses the arguments.
        ShapeError: the bias has not one value a channel.

    >>> affine_from_torch("Conv1d", 3, weight=[[[1, 2]]])([1, 1, 1])
    [b_{0} + 3, b_{0} + 3]
    """
    found = re.fullmatch(r"BatchNorm([123])d", type(layer).__name__)
    if found:
        refuse_unknown({k: v for k, v in kwargs.items() if v is not None}, (), found[0])
        return normalisation(layer, check_axes(size, int(found[1]), found[0]))
    name = layer if isinstance(layer, str) else type(layer).__name__
    row = find_row(ROWS, name, None)
    if row is not None:
        kinds = WEIGHTS if name == "Linear" else WEIGHTS[:1]
        if parse_choice("weights", weights, kinds) == "symbolic":
            weight, bias = _symbolic(layer, bias)
        return row_map(row, name, layer, size, _of_row(row, kwargs, weight, bias))
    operator = layer_operator(layer, size, weight, weights, kwargs)
    return affine(operator, layer_bias(layer, bias, int(operator.out_channels), weights))


def _symbolic(layer: Any, bias: Any) -> tuple[Any, Any]:
    """Symbols in place of the weight and the bias of a Linear."""
    if isinstance(layer, str):
        raise ConventionError("a Linear in words has its weight: give symbols as weight")
    has_bias = layer.bias is not None and bias is None
    symbols = layer_bias("Linear", None, layer.out_features, "symbolic") if has_bias else bias
    return symbolic_matrix(layer.out_features, layer.in_features), symbols


def _of_row(row: Row, kwargs: Any, weight: Any, bias: Any) -> dict[str, Any]:
    """Arguments of a layer besides convolutions; only Linear has weights."""
    given = {"weight": weight, "bias": [0] * len(weight) if bias is False and weight else bias}
    named = {name: value for name, value in given.items() if value is not None}
    refuse_unknown(named, [*row.defaults], "a layer without weights")
    return {**kwargs, **named}


def normalisation(module: Any, size: Any) -> AffineMap:
    """Batch normalisation in inference, with the running statistics of a module."""
    if module.running_mean is None:
        raise ConventionError(
            "this BatchNorm has no running statistics: what it does depends on the whole batch, "
            "and it is no affine map"
        )
    return batch_norm(
        size,
        gamma=module.weight,
        beta=module.bias,
        mean=module.running_mean,
        variance=module.running_var,
        eps=exactly(module.eps),
    )
