"""ONNX's Conv and ConvTranspose nodes to operators and back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from symconv.arguments import is_list, parse_choice, shown
from symconv.errors import ConventionError
from symconv.frameworks.code import refusal
from symconv.frameworks.linear_layers.onnx import NONLINEAR, ROWS
from symconv.frameworks.linear_layers.row import find_row, row_map, unknown
from symconv.frameworks.onnx_files import loaded, node_attributes, shape_of, stored_weight, text_of
from symconv.frameworks.weight_layouts import (
    framework_weight,
    kernel_from_layout,
    layer_bias,
    library,
    output_paddings,
    padding_pairs,
    refuse_unknown,
    spread,
    stuffing,
    symbolic_kernel,
    with_symbols,
)
from symconv.numeric.named_values import Values
from symconv.operators.convolution import conv, conv_transpose
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator
from symconv.recognition.recognition import require_layer
from symconv.stacks.affine import AffineMap, affine

ATTRIBUTES = ("auto_pad", "dilations", "group", "kernel_shape", "pads", "strides")
TRANSPOSED = (*ATTRIBUTES, "output_padding", "output_shape")
AUTO_PADS = ("NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER")
TYPES = {"float16": "FLOAT16", "bfloat16": "BFLOAT16", "float32": "FLOAT", "float64": "DOUBLE"}
# Old enough for programs of some years ago; newer ones read it as well.
OPSET, IR_VERSION = 13, 7
LETTERS = "DHWABCEFGJKLMN"


def from_onnx(
    node: Any, size: Any = None, *, weight: Any = None, weights: str = "own",
    in_channels: int | None = None, out_channels: int | None = None, name: str | None = None,
    **attributes: Any,
) -> Operator:  # fmt: skip
    """The operator of an ONNX node; a bias is no part of it.

    Args:
        node: "Conv" or "ConvTranspose", a node of that type, a model, or the path of a .onnx file
            (needs the package ``onnx``); the weights of a model are kept exactly. Or another linear
            operator, such as "AveragePool", "Resize" or "DepthToSpace", whose constant inputs are
            arguments by their names (``scales``, ``pads``).
        size: spatial size of the input; for a file, that of its value info where left out.
        weight: a kernel, or an array in ONNX's layout: (M, C/group, *size) or for ConvTranspose
            (C, M/group, *size), in place of the model's own. A node alone has none, and then
            symbols of ``kernel_shape`` where it is left out.
        weights: "own", or "symbolic" for symbols in place of numbers.
        in_channels, out_channels: for a symbolic weight.
        name: the node's name in a model; the first convolution where left out.
        attributes: the node's attributes, besides or over its own; ``channels`` of the image for
            nodes without weights.

    Raises:
        ConventionError: ONNX has no such node, its attributes contradict each other, or it is not
            linear.

    Source: ONNX operators Conv-22 and ConvTranspose-22, as ONNX Runtime 1.31 runs them.

    >>> from_onnx("Conv", (5, 5), kernel_shape=[3, 3], strides=[2, 2],
    ...           auto_pad="SAME_LOWER").output_size
    (3, 3)
    """
    is_path = isinstance(node, Path) or (isinstance(node, str) and node.endswith(".onnx"))
    if is_path or hasattr(node, "graph"):
        return _from_model(node, name, size, weight, weights, attributes)
    kind = node if isinstance(node, str) else getattr(node, "op_type", None)
    if kind not in ("Conv", "ConvTranspose"):
        return _of_row(node, kind, size, weight, attributes).operator
    if not isinstance(node, str):
        attributes = node_attributes(node) | attributes
    refuse_unknown(
        attributes, TRANSPOSED if kind == "ConvTranspose" else ATTRIBUTES, f"ONNX's {kind}"
    )
    sizes = [*size] if is_list(size) else [size]
    kernel = _kernel(kind, weight, len(sizes), in_channels, out_channels, attributes)
    geometry = {
        "stride": _spread(attributes, "strides", 1, len(sizes)),
        "dilation": _spread(attributes, "dilations", 1, len(sizes)),
    }
    auto_pad = parse_choice("auto_pad", text_of(attributes.get("auto_pad", "NOTSET")), AUTO_PADS)
    if auto_pad != "NOTSET" and attributes.get("pads") is not None:
        raise ConventionError(
            f"auto_pad={auto_pad} and pads={list(attributes['pads'])} contradict each other: "
            "leave one out"
        )
    build = _forward if kind == "Conv" else _transposed
    return build(with_symbols(kernel, weights), sizes, geometry, auto_pad, attributes)


def affine_from_onnx(
    node: Any, size: Any, *, weight: Any = None, bias: Any = None, weights: str = "own",
    **attributes: Any,
) -> AffineMap:  # fmt: skip
    """The affine map C x + b of an ONNX node: what :func:`from_onnx` gives, and its bias.

    Args:
        node, size, weight, weights, attributes: as in :func:`from_onnx`, for a node or its type; of
            a whole model :func:`symconv.stack` reads the biases too.
        bias: one value a channel; of a Conv or ConvTranspose symbols b_{0}, … where it is left out,
            or False for none.

    Raises:
        ConventionError: ONNX has no such node, or its attributes contradict each other.

    >>> affine_from_onnx("Pad", 2, pads=[1, 0], constant_value=3)([5, 6])
    [3, 5, 6]
    """
    kind = node if isinstance(node, str) else getattr(node, "op_type", None)
    if kind not in ("Conv", "ConvTranspose"):
        return _of_row(node, kind, size, weight, attributes)
    operator = from_onnx(node, size, weight=weight, weights=weights, **attributes)
    return affine(operator, layer_bias(str(kind), bias, int(operator.out_channels), weights))


def _of_row(node: Any, kind: Any, size: Any, weight: Any, attributes: dict[str, Any]) -> AffineMap:
    """An operator besides convolutions; its constant inputs are arguments by their names."""
    row = find_row(ROWS, kind, None) if isinstance(kind, str) else None
    if row is None:
        raise not_known(kind or node)
    if weight is not None:
        raise ConventionError(
            f"{kind} takes its constants by their names: {', '.join(row.defaults)}"
        )
    own = {} if isinstance(node, str) else node_attributes(node)
    return row_map(row, kind, kind, size, own | attributes)


def not_known(kind: Any) -> ConventionError:
    """What is said of an operator without a row."""
    return unknown(
        kind if isinstance(kind, str) else "",
        NONLINEAR,
        f"{shown(kind)} is neither Conv nor ConvTranspose, nor an operator on windows that symconv "
        "knows; of a model, name values before and after it, between which it is read",
    )


def _spread(attributes: dict[str, Any], name: str, default: int, ndim: int) -> list[int]:
    """An attribute of one integer an axis; a node may leave it empty."""
    given = attributes.get(name)
    absent = given is None or (is_list(given) and not given)
    return spread(default if absent else given, ndim, name)


def _kernel(
    kind: str, weight: Any, ndim: int, in_channels: Any, out_channels: Any, attributes: Any
) -> Kernel:
    groups = attributes.get("group", 1)
    shape = attributes.get("kernel_shape")
    pair = (out_channels, in_channels) if kind == "ConvTranspose" else (in_channels, out_channels)
    if weight is None:
        size = None if shape is None else spread(shape, ndim, "kernel_shape")
        return symbolic_kernel(size, *pair, groups, f"ONNX's {kind}")
    kernel = kernel_from_layout(weight, "OI" + LETTERS[:ndim], groups)
    if shape is not None and tuple(shape) != kernel.size:
        raise ConventionError(f"kernel_shape {list(shape)}, and the weight has {list(kernel.size)}")
    return kernel


def _forward(
    kernel: Kernel, sizes: list[Any], geometry: dict[str, Any], auto_pad: str, attributes: Any
) -> Operator:
    padding: Any = _pairs(attributes.get("pads"), len(sizes))
    if auto_pad.startswith("SAME") and max(geometry["dilation"]) > 1:
        raise ConventionError(
            f"ONNX Runtime runs no Conv with auto_pad={auto_pad} and dilations "
            f"{geometry['dilation']}: give pads"
        )
    if auto_pad == "VALID":
        padding = "valid"
    elif auto_pad.startswith("SAME"):
        padding = "same"
    operator = conv(kernel, sizes, padding=padding, **geometry)
    if auto_pad != "SAME_LOWER":
        return operator
    pads = [(high, low) for low, high in _same_pads(kernel, sizes, geometry, operator.output_size)]
    return conv(kernel, sizes, padding=pads, **geometry)


def _same_pads(
    kernel: Kernel, sizes: Sequence[Any], geometry: dict[str, Any], outputs: Sequence[Any]
) -> list[tuple[int, int]]:
    """The (low, high) that reach the output size, the odd pixel at the end."""
    pads = []
    for k, n, m, s, d in zip(
        kernel.size, sizes, outputs, geometry["stride"], geometry["dilation"], strict=True
    ):
        total = max(int((m - 1) * s + d * (k - 1) + 1 - n), 0)
        pads.append((total // 2, total - total // 2))
    return pads


def _transposed(
    kernel: Kernel, sizes: list[Any], geometry: dict[str, Any], auto_pad: str, attributes: Any
) -> Operator:
    ndim = len(sizes)
    extra = _spread(attributes, "output_padding", 0, ndim)
    if any(a >= s for a, s in zip(extra, geometry["stride"], strict=True)):
        raise ConventionError(
            f"ONNX Runtime takes output_padding below the strides {geometry['stride']}: {extra}"
        )
    shape = attributes.get("output_shape")
    if shape is None and not auto_pad.startswith("SAME"):
        pads = _pairs(attributes.get("pads"), ndim)
        return conv_transpose(kernel, sizes, padding=pads, output_padding=extra, **geometry)
    wanted = (
        spread([*shape][-ndim:], ndim, "output_shape")
        if shape is not None
        else [n * s for n, s in zip(sizes, geometry["stride"], strict=True)]
    )
    pads = []
    for axis, (k, n, s, d, m) in enumerate(
        zip(kernel.size, sizes, geometry["stride"], geometry["dilation"], wanted, strict=True)
    ):
        total = int(s * (n - 1) + extra[axis] + d * (k - 1) + 1 - m)
        if shape is None:
            total = max(total, 0)  # ONNX Runtime then gives fewer pixels than n*s.
        if total < 0:
            # Nothing to crop: the output ends in pixels that no input pixel reaches.
            extra[axis] -= total
            if extra[axis] >= s:
                raise ConventionError(
                    f"output_shape {m} cannot be reached from {n} pixels: it would need "
                    f"output_padding {extra[axis]}, which must be less than the stride {s}"
                )
            total = 0
        small, large = total // 2, total - total // 2
        pads.append((small, large) if auto_pad == "SAME_UPPER" else (large, small))
    return conv_transpose(kernel, sizes, padding=pads, output_padding=extra, **geometry)


def _pairs(pads: Any, ndim: int) -> list[tuple[int, int]]:
    """(low, high) an axis from ONNX's list of all lows and then all highs."""
    flat = spread(pads if pads is not None else 0, 2 * ndim, "pads")
    return list(zip(flat[:ndim], flat[ndim:], strict=True))


def _from_model(
    given: Any, name: str | None, size: Any, weight: Any, weights: str, attributes: dict[str, Any]
) -> Operator:
    """A node of a model, or of a file of one."""
    of = "the model" if hasattr(given, "graph") else str(given)
    graph = loaded(given).graph
    nodes = [
        n for n in graph.node
        if n.op_type in ("Conv", "ConvTranspose") and name in (None, n.name)
    ]  # fmt: skip
    if not nodes:
        raise ConventionError(
            f"{of} has no convolution{f' named {name!r}' if name else ''}; symconv.stack reads the "
            "graph of a model"
        )
    node = nodes[0]
    if size is None:
        size = shape_of(graph, node.input[0])[2:]
        if not size or 0 in size:
            raise ConventionError(f"{of} does not say how large {node.input[0]!r} is: give size")
    if weight is None:
        weight = stored_weight(graph, node, weights)
    return from_onnx(node, size, weight=weight, weights=weights, **attributes)


def to_onnx_attributes(operator: Operator) -> dict[str, Any]:
    """The ONNX node that an operator is: its type as "op_type", and its attributes.

    Of an operator that was not made as a layer, :func:`symconv.recognise` has the kernel.

    Raises:
        ConventionError: no node of ONNX with this kernel is the operator; the message says why.

    >>> import symconv as sc
    >>> to_onnx_attributes(sc.conv(sc.Kernel.symbolic("k", 3), 8, stride=2, padding=1))
    {'op_type': 'Conv', 'kernel_shape': [3], 'strides': [2], 'pads': [1, 1], 'dilations': [1], \
'group': 1}
    """
    layer = require_layer(operator, "ONNX")
    if any(axis.input_dilation != 1 for axis in layer.axes):
        raise refusal(stuffing(layer, "ONNX"), layer, "onnx")
    if layer.padding_mode != "zeros":
        reason = f"ONNX's convolutions pad with zeros, not {layer.padding_mode!r}"
        raise refusal(reason, layer, "onnx")
    pads = padding_pairs(layer, least=0)
    if any(p < 0 for pair in pads for p in pair):
        raise refusal(f"padding {pads} crops, and ONNX takes no negative pads", layer, "onnx")
    attributes: dict[str, Any] = {
        "op_type": "ConvTranspose" if layer.transposed else "Conv",
        "kernel_shape": list(layer.kernel.size),
        "strides": layer.each("stride"),
        "pads": [low for low, _ in pads] + [high for _, high in pads],
        "dilations": layer.each("dilation"),
        "group": layer.kernel.groups,
    }
    if layer.transposed:
        extra = output_paddings(layer, pads)
        for a, axis in zip(extra, layer.axes, strict=True):
            if a >= axis.stride:
                reason = f"the output would need output_padding {a}, which is too much"
                raise refusal(reason, layer, "onnx")
        attributes["output_padding"] = extra
    return attributes


def to_onnx(operator: Operator, values: Values | None = None, dtype: str = "float32") -> Any:
    """A model of one node, from "x" (1, channels, *size) to "y", with the weights in.

    Args:
        operator, values, dtype: as for :func:`symconv.to_torch`.

    Returns:
        An ``onnx.ModelProto``; ``onnx.save`` writes it to a file.

    Raises:
        ConventionError: as :func:`to_onnx_attributes`.
        ExactOverflowError: a weight is beyond the type.
        MissingExtraError: the package ``onnx`` is not installed.

    Source: ONNX operators Conv-11 and ConvTranspose-11, from opset 13 on.

    >>> import symconv as sc
    >>> C = sc.conv(sc.Kernel(["1/2", 3]), 4, padding=1)
    >>> sc.from_onnx(to_onnx(C)) == C
    True
    """
    attributes = to_onnx_attributes(operator)
    weight = framework_weight(operator, "onnx", values, dtype)
    onnx = library("onnx")
    helper, kind = onnx.helper, getattr(onnx.TensorProto, TYPES[dtype])
    node = helper.make_node(attributes.pop("op_type"), ["x", "weight"], ["y"], **attributes)
    stored = helper.make_tensor("weight", kind, weight.shape, weight.ravel())
    images = [
        helper.make_tensor_value_info(name, kind, [1, channels, *size])
        for name, channels, size in (
            ("x", operator.in_channels, operator.input_size),
            ("y", operator.out_channels, operator.output_size),
        )
    ]
    graph = helper.make_graph([node], "symconv", images[:1], images[1:], [stored])
    opset = helper.make_opsetid("", OPSET)
    return helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSION)
