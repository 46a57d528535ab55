"""Graphs of ONNX models as stages of a stack."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import Any

import sympy as sp

from symconv.errors import ConventionError
from symconv.frameworks.linear_layers.onnx import ROWS
from symconv.frameworks.linear_layers.row import Row, find_row
from symconv.frameworks.onnx import from_onnx, not_known
from symconv.frameworks.onnx_files import loaded, node_attributes, stored_numbers
from symconv.frameworks.weight_layouts import exactly, spread
from symconv.operators.exact_input import parse_weight
from symconv.operators.kernel import MOST_WEIGHTS
from symconv.stacks.affine import affine
from symconv.stacks.graphs import Node, series
from symconv.stacks.layers import max_pool
from symconv.stacks.pieces import Pieces, clipped, leaky
from symconv.stacks.stages import AnyStage, Stage
from symconv.stacks.windows import windows

# The names of an operator's inputs after the first, by which rows know them.
INPUTS = {
    "Pad": ("pads", "constant_value", "axes"),
    "Resize": ("roi", "scales", "sizes"),
    "Upsample": ("scales",),
    "Col2Im": ("image_shape", "block_shape"),
    "Gemm": ("B", "C"),
    "MatMul": ("B",),
    "BatchNormalization": ("scale", "B", "input_mean", "input_var"),
    "Dropout": ("ratio", "training_mode"),
    "ReduceMean": ("axes",),
    "Slice": ("starts", "ends", "axes", "steps"),
    "Clip": ("min", "max"),
    "PRelu": ("slope",),
    "Reshape": ("shape",),
    "Squeeze": ("axes",),
}
POINTWISE = (
    "Elu", "Celu", "Selu", "Gelu", "Sigmoid", "Tanh", "HardSigmoid", "HardSwish", "Softplus",
    "Softsign", "ThresholdedRelu", "Mish", "Shrink", "Erf", "Exp", "Log", "Sqrt", "Abs", "Sin",
    "Cos", "Reciprocal",
)  # fmt: skip
END = 2**31 - 2


def model_stages(given: Any, ndim: int, start: str | None, end: str | None) -> list[AnyStage]:
    """The stages of a model between two of its values; from its input to its output if left out.

    Raises:
        ConventionError: a node of another kind, or weights that the model computes.
    """
    graph = loaded(given).graph
    constants = _constants(graph)
    nodes = {
        node.output[0]: node for node in graph.node if node.output and node.op_type != "Constant"
    }
    first = start or next(v.name for v in graph.input if v.name not in constants)
    last = end or graph.output[0].name
    for name in (first, last):
        if name not in nodes and name not in {v.name for v in graph.input}:
            raise ConventionError(f"the model has no value {name!r}")
    read: dict[str, Node] = {}
    waiting = [last]
    while waiting:
        name = waiting.pop()
        if name == first or name in read or name not in nodes:
            continue
        read |= _read(nodes[name], constants, ndim)
        waiting += [value for each in read.values() for value in each.inputs if value not in read]
    return series(read, first, last)


def image_of(given: Any, start: str | None) -> tuple[list[int], int | None]:
    """Spatial size and channels of a value, zero where the model does not say."""
    model = loaded(given)
    graph = model.graph
    stored = {tensor.name for tensor in graph.initializer}
    values = [v for v in [*graph.input, *graph.value_info] if v.name not in stored]
    if not values:
        raise ConventionError("a model without values has no convolution")
    name = start or values[0].name
    shapes = {v.name: v.type.tensor_type.shape.dim for v in values}
    sizes = [d.dim_value for d in shapes.get(name, ())]
    return sizes[2:], (sizes[1] or None) if len(sizes) > 1 else None


def _constants(graph: Any) -> dict[str, Any]:
    """The arrays of initialisers and of Constant nodes, by name."""
    found = {tensor.name: stored_numbers(tensor) for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type == "Constant":
            (attribute,) = node.attribute
            has_tensor, others = attribute.name == "value", node_attributes(node)
            value = stored_numbers(attribute.t) if has_tensor else others[attribute.name]
            found[node.output[0]] = value
    return found


def _read(node: Any, constants: Mapping[str, Any], ndim: int) -> dict[str, Node]:
    """The value that a node computes, and others on the way."""
    kind, result = node.op_type, node.output[0]
    moving = tuple(name for name in node.input if name and name not in constants)
    if kind in ("Add", "Sum", "Concat") and len(moving) == len(node.input):
        return {result: Node(moving, (), _join(node, kind))}
    if kind == "Sub" and len(moving) == 2:
        minus = Node(moving[1:], (_scaled("Sub", -1, 0, ndim),))
        return {f"-{result}": minus, result: Node((moving[0], f"-{result}"))}
    if len(moving) > 1:
        raise ConventionError(_several(node, kind))
    if not moving:
        raise ConventionError(f"{kind} {result!r} is computed from no image")
    if kind in ("Add", "Sum", "Sub", "Mul", "Div"):
        return {result: Node(moving, (_arithmetic(node, constants, ndim),))}
    return {result: Node(moving, (_stage(node, constants, ndim),))}


def _join(node: Any, kind: str) -> str:
    if kind != "Concat":
        return "sum"
    axis = node_attributes(node)["axis"]
    if axis != 1:
        raise ConventionError(f"Concat on axis {axis}: channels are axis 1")
    return "concat"


def _several(node: Any, kind: str) -> str:
    if kind in ("Conv", "ConvTranspose", "Gemm", "MatMul", "BatchNormalization"):
        return f"{kind} {node.output[0]!r} is not linear: its weights are computed from the image"
    if kind in ("Mul", "Div"):
        return f"{kind} {node.output[0]!r} is not linear: it multiplies two images"
    return f"{kind} of several images is not known"


def _arithmetic(node: Any, constants: Mapping[str, Any], ndim: int) -> Stage:
    """x + c, x - c, c - x, x*c and x/c for one number or one a channel."""
    kind, is_first = node.op_type, node.input[0] not in constants
    value = constants[node.input[1 if is_first else 0]]
    entries, shape = parse_weight(value, "a constant")
    if prod(shape) != 1 and not (len(shape) > ndim and prod(shape) == shape[-1 - ndim]):
        raise ConventionError(
            f"{kind} with a constant of shape {shape}: known are one number, and one a channel"
        )
    if kind == "Div" and not is_first:
        raise ConventionError(f"{kind} {node.output[0]!r} is not linear: it divides by the image")
    if kind in ("Mul", "Div"):
        return _scaled(kind, [e if kind == "Mul" else 1 / e for e in entries], 0, ndim)
    sign = -1 if kind == "Sub" and not is_first else 1
    return _scaled(kind, sign, [-e if kind == "Sub" and is_first else e for e in entries], ndim)


def _scaled(name: str, factor: Any, offset: Any, ndim: int) -> Stage:
    row = find_row(ROWS, "Scaled", ndim)
    assert row is not None
    listed = {
        k: v if isinstance(v, list) else [v] for k, v in (("factor", factor), ("offset", offset))
    }
    return row.stage(name, row.read(name, listed), ndim)


def _stage(node: Any, constants: Mapping[str, Any], ndim: int) -> Stage:
    kind, given = node.op_type, node_attributes(node)
    names = INPUTS.get(kind, ())
    inputs = zip(names, node.input[1:], strict=False)
    given |= {name: constants[value] for name, value in inputs if value}
    if kind in ("Conv", "ConvTranspose"):
        return _convolution(node, constants, given, ndim)
    if kind in PIECES:
        return Stage(kind, pieces=PIECES[kind](given))
    if kind in POINTWISE:
        return Stage(kind)
    if kind in OTHERS:
        return OTHERS[kind](given, ndim)
    row: Row | None = find_row(ROWS, kind, ndim)
    if row is None:
        raise not_known(kind)
    known = {k: _plain(v) for k, v in given.items() if k in row.defaults}
    return row.stage(kind, row.read(kind, known), ndim)


def _plain(value: Any) -> Any:
    """An array of one number as that number, and of integers as a list; others keep their type."""
    if not hasattr(value, "shape"):
        return value
    if value.shape == ():
        return value.item()
    return value.tolist() if value.dtype.kind == "i" and value.ndim == 1 else value


def _convolution(
    node: Any, constants: Mapping[str, Any], given: dict[str, Any], ndim: int
) -> Stage:
    kind, weight = node.op_type, constants[node.input[1]]
    bias = constants.get(node.input[2]) if len(node.input) > 2 and node.input[2] else None
    groups = given.get("group", 1)
    pair = (weight.shape[1] * groups, weight.shape[0])
    if kind == "ConvTranspose":
        pair = (weight.shape[0], weight.shape[1] * groups)

    def build(size: Any, _: int) -> Any:
        if weight.size > MOST_WEIGHTS:
            raise ConventionError(
                f"{kind} has {weight.size} weights, and the operator of at most {MOST_WEIGHTS} is "
                "built"
            )
        operator = from_onnx(kind, size, weight=weight, **given)
        return affine(operator, [0] * pair[1] if bias is None else bias)

    auto = given.get("auto_pad", "NOTSET")
    strides = spread(given.get("strides") or 1, ndim, "strides")
    if given.get("output_shape"):
        wanted = given["output_shape"][-ndim:]
        outputs: Any = lambda axis, _: sp.Integer(wanted[axis])  # noqa: E731
        return Stage(kind, (), pair, build, outputs=outputs)
    if auto.startswith("SAME"):
        up = kind == "ConvTranspose"
        return Stage(kind, (), pair, build,
                     outputs=lambda axis, n: n * strides[axis] if up
                     else sp.ceiling(n / strides[axis]))  # fmt: skip
    flat = spread(given.get("pads") or 0, 2 * ndim, "pads")
    arguments: dict[str, Any] = {
        "stride": strides,
        "padding": list(zip(flat[:ndim], flat[ndim:], strict=True)),
        "dilation": spread(given.get("dilations") or 1, ndim, "dilations"),
    }
    if kind == "ConvTranspose":
        extra = spread(given.get("output_padding") or 0, ndim, "output_padding")
        arguments |= {"transposed": True, "output_padding": extra}
    return Stage(kind, (windows(weight.shape[2:], **arguments),), pair, build)


# --- functions of single pixels ------------------------------------------------------------------


def _clip(given: Mapping[str, Any]) -> Pieces | None:
    low, high = given.get("min"), given.get("max")
    if low is None or high is None:
        return None
    return lambda _: clipped(exactly(float(low)), exactly(float(high)))


def _prelu(given: Mapping[str, Any]) -> Pieces:
    slopes, _ = parse_weight(given["slope"], "slope")
    return lambda channel: leaky(slopes[channel if len(slopes) > 1 else 0])


PIECES: dict[str, Callable[[Mapping[str, Any]], Pieces | None]] = {
    "Relu": lambda _: lambda _: leaky(0),
    "LeakyRelu": lambda given: lambda _: leaky(exactly(float(given.get("alpha", 0.01)))),
    "PRelu": _prelu,
    "Clip": _clip,
}


# --- what is a row under another name ------------------------------------------------------------


def _max_pool(given: Mapping[str, Any], ndim: int) -> Stage:
    if given.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        raise ConventionError("a MaxPool with auto_pad SAME is not known: give its pads")
    flat = spread(given.get("pads") or 0, 2 * ndim, "pads")
    return max_pool(
        given["kernel_shape"],
        ndim,
        stride=given.get("strides") or [1] * ndim,
        padding=list(zip(flat[:ndim], flat[ndim:], strict=True)),
        dilation=given.get("dilations") or 1,
        ceil_mode=bool(given.get("ceil_mode", 0)),
    )


def _reduce_mean(given: Mapping[str, Any], ndim: int) -> Stage:
    axes = {int(axis) % (ndim + 2) for axis in given.get("axes", ())}
    if axes != set(range(2, ndim + 2)):
        raise ConventionError(f"ReduceMean over axes {sorted(axes)}: known is that of the image")
    return _named("GlobalAveragePool", {}, ndim)


def _flattened(given: Mapping[str, Any], ndim: int) -> Stage:
    shape = [int(n) for n in given.get("shape", (1, -1))]
    if len(shape) != 2 or shape[1] != -1:
        raise ConventionError(
            f"a Reshape to {shape}: known is that of an image to a vector, (N, -1)"
        )
    return _named("Flatten", {}, ndim)


def _slice(given: Mapping[str, Any], ndim: int) -> Stage:
    """Cropping by numbers from either end."""
    starts, ends = (list(map(int, given[name])) for name in ("starts", "ends"))
    axes = [int(a) % (ndim + 2) for a in given.get("axes", range(len(starts)))]
    steps = {int(step) for step in given.get("steps", (1,))}
    is_whole = all(
        a > 1 or (start == 0 and end > END)
        for a, start, end in zip(axes, starts, ends, strict=True)
    )
    if steps != {1} or not is_whole or any(0 <= end < END for end in ends) or min(starts) < 0:
        raise ConventionError("a Slice is known that crops pixels, [a:] or [a:-b], with step 1")
    pads = [0] * (2 * ndim + 4)
    for axis, start, end in zip(axes, starts, ends, strict=True):
        pads[axis], pads[axis + ndim + 2] = -start, end if end < 0 else 0
    return _named("Pad", {"pads": pads}, ndim)


def _named(kind: str, given: dict[str, Any], ndim: int) -> Stage:
    row = find_row(ROWS, kind, ndim)
    assert row is not None
    return row.stage(kind, row.read(kind, given), ndim)


OTHERS: dict[str, Callable[[Mapping[str, Any], int], Stage]] = {
    "MaxPool": _max_pool,
    "ReduceMean": _reduce_mean,
    "Reshape": _flattened,
    "Squeeze": lambda _, ndim: _named("Flatten", {}, ndim),
    "Slice": _slice,
}
