"""What stands in ONNX's files and nodes: attributes, shapes, stored numbers."""

from __future__ import annotations

from typing import Any

from symconv.arguments import on_one_line, parse_path, shown
from symconv.errors import ConventionError, SymconvError
from symconv.frameworks.weight_layouts import library
from symconv.operators.kernel import Kernel


def node_attributes(node: Any) -> dict[str, Any]:
    """A node's attributes by name: numbers, lists of numbers, text; not tensors."""
    return {attribute.name: _value(attribute) for attribute in node.attribute}


def _value(attribute: Any) -> Any:
    """The value of an AttributeProto, whose kinds are numbered: 1 a float, 6 floats."""
    if attribute.ints:
        return list(attribute.ints)
    if attribute.type in (1, 6):
        return attribute.f if attribute.type == 1 else list(attribute.floats)
    return attribute.s.decode() if attribute.s else attribute.i


def text_of(value: Any) -> Any:
    """Text that ONNX keeps as bytes; anything else as it is."""
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def loaded(given: Any) -> Any:
    """A model with the shapes that follow from it, or from a file of one.

    ONNX itself reads no data outside of the file's folder, nor through links.

    Raises:
        ConventionError: it cannot be read.
    """
    onnx = library("onnx")
    try:
        model = given if hasattr(given, "graph") else onnx.load(parse_path(given))
        return onnx.shape_inference.infer_shapes(model)
    except SymconvError:
        raise
    except Exception as error:  # protobuf's, ONNX's and the system's
        raise ConventionError(
            f"{shown(given)} is no ONNX model that can be read: {on_one_line(error)}"
        ) from None


def stored_numbers(tensor: Any) -> Any:
    """The numbers of a tensor of a model.

    Raises:
        ConventionError: they are not as many as its shape says.
    """
    try:
        return library("onnx").numpy_helper.to_array(tensor)
    except Exception as error:  # NumPy's and ONNX's
        raise ConventionError(
            f"the tensor {shown(tensor.name)} cannot be read: {on_one_line(error)}"
        ) from None


def shape_of(graph: Any, name: str) -> list[int]:
    """The shape of a value of the graph, zero where it is not known; empty for one without."""
    shapes = {v.name: v.type.tensor_type.shape.dim for v in [*graph.input, *graph.value_info]}
    return [d.dim_value for d in shapes.get(name, [])]


def stored_weight(graph: Any, node: Any, weights: str) -> Any:
    """The numbers of the node's weight, or symbols where another node computes it."""
    name = node.input[1]
    constants = {n.output[0]: a.t for n in graph.node for a in n.attribute if a.name == "value"}
    stored = next((t for t in graph.initializer if t.name == name), constants.get(name))
    if stored is not None and weights != "symbolic":
        return stored_numbers(stored)
    shape = list(stored.dims) if stored is not None else shape_of(graph, name)
    if 0 in shape or len(shape) < 3:
        raise ConventionError(f"{node.name or node.op_type}: the weight {name!r} is not in the "
                              "model, nor is its shape: give weight")  # fmt: skip
    if stored is None and weights != "symbolic":
        raise ConventionError(f"{node.name or node.op_type}: the weight {name!r} is not in the "
                              'model: give weight, or weights="symbolic" for symbols')  # fmt: skip
    group = next((a.i for a in node.attribute if a.name == "group"), 1)
    out, per_group, *taps = shape
    return Kernel.symbolic("k", taps, per_group * group, out, group)
