"""Keras's models as stages of a stack."""

from __future__ import annotations

import re
from collections.abc import Callable
from math import prod
from typing import Any

import sympy as sp

from symconv.errors import ConventionError
from symconv.frameworks.linear_layers.keras import ROWS
from symconv.frameworks.linear_layers.row import find_row
from symconv.frameworks.tensorflow import affine_from_tensorflow, from_tensorflow, not_known
from symconv.frameworks.weight_layouts import exactly, spread
from symconv.operators.kernel import MOST_WEIGHTS
from symconv.stacks.graphs import Node, series
from symconv.stacks.layers import max_pool
from symconv.stacks.operator_stages import operator_windows
from symconv.stacks.pieces import Pieces, clipped, leaky
from symconv.stacks.stages import AnyStage, Stage

POINTWISE = r"ReLU|LeakyReLU|PReLU|ELU|Activation"
# Activations that are names of functions.
LINEAR = "linear"


def is_keras(value: object) -> bool:
    """Whether it is a layer or a model of Keras's."""
    return any(base.__module__.startswith("keras.") for base in type(value).__mro__)


def keras_stages(model: Any, ndim: int, start: str | None, end: str | None) -> list[AnyStage]:
    """The stages of a model between two layers; of all of it if left out.

    Args:
        model: a Sequential or functional model, or a layer.
        ndim: axes of the image.
        start, end: names of layers, of which the first is left out and the last is taken.

    Raises:
        ConventionError: a layer is of another kind, or has several inputs of its own.
    """
    if not hasattr(model, "layers"):
        return [*_stages(model, ndim)]
    model = getattr(model, "_functional", None) or model
    if not hasattr(model, "operations"):
        raise ConventionError(
            f"the model {model.name!r} has no graph: give it an Input, or build it"
        )
    operations = model.operations
    graph: dict[str, Node] = {}
    for layer in operations:
        graph |= _node(layer, operations, ndim)
    first = start or model.inputs[0]._keras_history.operation.name
    last = end or model.outputs[0]._keras_history.operation.name
    if {first, last} - {layer.name for layer in operations}:
        raise ConventionError(f"the model has no layers named {first!r} and {last!r}")
    return series(graph, first, last)


def _node(layer: Any, operations: Any, ndim: int) -> dict[str, Node]:
    """What a layer computes in this model: it may stand in others, and only once in this one."""
    nodes = [
        node
        for node in layer._inbound_nodes
        if node.input_tensors
        and all(t._keras_history.operation in operations for t in node.input_tensors)
    ]
    if len(nodes) > 1:
        raise ConventionError(f"the layer {layer.name!r} is applied {len(nodes)} times")
    kind = type(layer).__name__
    if not nodes or kind == "InputLayer":
        return {}
    inputs = tuple(t._keras_history.operation.name for t in nodes[0].input_tensors)
    if len(inputs) == 1:
        return {layer.name: Node(inputs, tuple(_stages(layer, ndim)))}
    if kind == "Concatenate" and layer.axis not in (-1, ndim + 1):
        raise ConventionError(f"Concatenate on axis {layer.axis}: channels are the last")
    if kind == "Subtract":
        raise ConventionError("Subtract is not known: multiply by -1 and Add")
    if kind not in ("Add", "Concatenate"):
        raise ConventionError(f"{kind} of {len(inputs)} images is not linear, or not known")
    return {layer.name: Node(inputs, (), "concat" if kind == "Concatenate" else "sum")}


def _stages(layer: Any, ndim: int) -> list[AnyStage]:
    """The stages of a layer, and of the activation that it has."""
    kind = type(layer).__name__
    if hasattr(layer, "layers"):
        return keras_stages(layer, ndim, None, None)
    if re.fullmatch(POINTWISE, kind):
        return [_pointwise(layer, kind)]
    activation = getattr(getattr(layer, "activation", None), "__name__", LINEAR)
    after = [] if activation == LINEAR else [_function(activation)]
    return [_stage(layer, kind, ndim), *after]


def _stage(layer: Any, kind: str, ndim: int) -> Stage:
    row = find_row(ROWS, kind, ndim)
    if row is not None:
        return row.stage(kind, row.read(kind, row.of_layer(layer)), ndim)
    if re.fullmatch(r"MaxPool(ing)?[123]D", kind):
        return _max_pool(layer, ndim)
    found = re.fullmatch(r"(Depthwise|Separable)?Conv(?P<ndim>[123])D(Transpose)?", kind)
    if not found:
        raise not_known(kind)
    if int(found["ndim"]) != ndim:
        raise ConventionError(f"{kind} is for {found['ndim']} axes, and the image has {ndim}")
    return _convolution(layer, kind, ndim)


def _convolution(layer: Any, kind: str, ndim: int) -> Stage:
    is_up = kind.endswith("Transpose")
    taps, strides, dilation = (
        spread(getattr(layer, name), ndim, name)
        for name in ("kernel_size", "strides", "dilation_rate")
    )
    if not layer.built:
        raise ConventionError(f"the layer {layer.name!r} has no weights before it is built")
    entries = sum(prod(weight.shape) for weight in layer.weights)

    def build(size: Any, _: int) -> Any:
        if entries > MOST_WEIGHTS:
            raise ConventionError(
                f"{kind} has {entries} weights, and the operator of at most {MOST_WEIGHTS} is built"
            )
        return affine_from_tensorflow(layer, size)

    pair = _channels(layer, kind)
    if layer.padding == "same" and max(strides) > 1 and not is_up:
        return Stage(kind, (), pair, build, outputs=lambda axis, n: sp.ceiling(n / strides[axis]))
    # The same geometry on one channel, at a size on which every window fits.
    size = [d * (k - 1) + 1 + s for k, s, d in zip(taps, strides, dilation, strict=True)]
    given = {"kernel_size": taps, "strides": strides, "dilation_rate": dilation,
             "padding": layer.padding}  # fmt: skip
    if is_up:
        given["output_padding"] = layer.output_padding
    name = f"Conv{ndim}D" + "Transpose" * is_up
    if kind.startswith("Depthwise"):
        name = f"Depthwise{name}"
    one = from_tensorflow(name, size, **given)
    return Stage(kind, tuple(operator_windows(one)), pair, build)


def _channels(layer: Any, kind: str) -> tuple[int, int]:
    """Channels of input and output, by the shapes of the weights."""
    if kind.startswith("Depthwise"):
        channels, multiplier = layer.kernel.shape[-2:]
        return channels, channels * multiplier
    if kind.startswith("Separable"):
        return layer.depthwise_kernel.shape[-2], layer.pointwise_kernel.shape[-1]
    if kind.endswith("Transpose"):
        outputs, inputs = layer.kernel.shape[-2:]
        return inputs, outputs
    per_group, outputs = layer.kernel.shape[-2:]
    return per_group * layer.groups, outputs


def _max_pool(layer: Any, ndim: int) -> Stage:
    if layer.padding != "valid":
        raise ConventionError('a MaxPooling with padding "same" pads by the size: pad before it')
    return max_pool(layer.pool_size, ndim, stride=layer.strides)


# --- functions of single pixels ------------------------------------------------------------------


def _pointwise(layer: Any, kind: str) -> Stage:
    if kind == "Activation":
        return _function(layer.activation.__name__)
    return Stage(kind, pieces=PIECES[kind](layer) if kind in PIECES else None)


def _function(name: str) -> Stage:
    if name == "softmax":
        raise not_known("Softmax")
    return Stage(name, pieces=FUNCTIONS.get(name))


def _relu(layer: Any) -> Pieces | None:
    if layer.threshold:
        return None
    slope = exactly(float(layer.negative_slope))
    if layer.max_value is None:
        return lambda _: leaky(slope)
    return None if slope else lambda _: clipped(0, exactly(float(layer.max_value)))


PIECES: dict[str, Callable[[Any], Pieces | None]] = {
    "ReLU": _relu,
    "LeakyReLU": lambda layer: lambda _: leaky(exactly(float(layer.negative_slope))),
}
FUNCTIONS: dict[str, Pieces] = {
    "relu": lambda _: leaky(0),
    "relu6": lambda _: clipped(0, 6),
    "leaky_relu": lambda _: leaky(exactly(0.2)),
    "hard_tanh": lambda _: clipped(-1, 1),
}
