"""PyTorch's modules with a forward of their own, traced, as stages of a stack."""

from __future__ import annotations

from typing import Any

from symconv.arguments import on_one_line
from symconv.errors import ConventionError
from symconv.frameworks.linear_layers.onnx import ROWS as ONNX_ROWS
from symconv.frameworks.linear_layers.row import find_row
from symconv.frameworks.linear_layers.torch import ROWS
from symconv.frameworks.torch_stages import is_sequential, module_stages, not_known
from symconv.frameworks.weight_layouts import exactly, library
from symconv.stacks.graphs import Node, series
from symconv.stacks.layers import pointwise
from symconv.stacks.stages import AnyStage, Stage

SUMS = ("add", "iadd", "add_")
CONCAT = ("cat", "concat", "concatenate")
FUNCTIONS = ("relu", "relu_", "sigmoid", "tanh", "silu", "gelu", "elu", "softplus", "mish")
# The arguments of functions after the image, in order.
POSITIONS = {
    "interpolate": ("size", "scale_factor", "mode", "align_corners"),
    "pad": ("padding", "mode", "value"),
    "avg_pool": ("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad"),
    "adaptive_avg_pool": ("output_size",),
    "pixel_shuffle": ("upscale_factor",),
    "pixel_unshuffle": ("downscale_factor",),
    "channel_shuffle": ("groups",),
}


def is_plain(module: Any) -> bool:
    """Whether it is a module of PyTorch's own, and all in it are."""
    if type(module).__name__.startswith("Parametrized"):
        return True
    own = type(module).__module__.startswith("torch.nn") or is_sequential(module)
    return own and all(is_plain(part) for part in module.children())


def torch_stages(module: Any, ndim: int, is_flat: bool) -> tuple[list[AnyStage], bool]:
    """The stages of a module, and whether images are vectors after it."""
    if is_plain(module):
        stages, is_flat = module_stages(module, ndim, is_flat)
        return [*stages], is_flat
    return traced_stages(module, ndim, None, None, is_flat)


def traced_stages(
    module: Any, ndim: int, start: str | None, end: str | None, is_flat: bool = False
) -> tuple[list[AnyStage], bool]:
    """The stages of a module, between two values of its trace; whether images are vectors then.

    Args:
        module: one whose forward ``torch.fx`` can trace.
        ndim: axes of the image.
        start, end: names of values, as ``torch.fx.symbolic_trace(module).graph`` prints them.
        is_flat: whether images were flattened before it.

    Raises:
        ConventionError: it cannot be traced, or does something else than layers, sums and
            concatenations.
    """
    tracing = library("torch.fx")
    try:
        traced = tracing.symbolic_trace(module)
    except Exception as error:
        raise ConventionError(
            f"torch.fx cannot trace {type(module).__name__}: {on_one_line(error)}"
        ) from None
    nodes = [*traced.graph.nodes]
    inputs = [node.name for node in nodes if node.op == "placeholder"]
    results = [node for node in nodes if node.op == "output"]
    read: dict[str, Node] = {}
    flat = dict.fromkeys(inputs, is_flat)
    for node in nodes:
        if node.op not in ("placeholder", "output", "get_attr"):
            read[node.name] = _read(traced, node, ndim, flat)
    last = end or str(results[0].args[0])
    return series(read, start or inputs[0], last), flat.get(last, is_flat)


def _read(traced: Any, node: Any, ndim: int, flat: dict[str, bool]) -> Node:
    name = getattr(node.target, "__name__", str(node.target))
    inputs = tuple(each.name for each in node.all_input_nodes)
    is_flat = any(flat.get(each, False) for each in inputs)
    flat[node.name] = is_flat
    if node.op == "call_module":
        module = traced.get_submodule(node.target)
        stages, flat[node.name] = module_stages(module, ndim, is_flat)
        return Node(inputs, tuple(stages))
    if len(inputs) > 1 or name in CONCAT:
        return _joined(node, name, inputs)
    if name in SUMS or name in ("mul", "sub", "truediv"):
        return Node(inputs, (_with_number(node, name, ndim),))
    if name == "flatten" and tuple(node.args[1:]) in ((1,), (1, -1)):
        flat[node.name] = True
        row = find_row(ROWS, "Flatten", ndim)
        assert row is not None
        return Node(inputs, (row.stage("Flatten", row.read("Flatten", {}), ndim),))
    if name in FUNCTIONS:
        return Node(inputs, (pointwise(name.removesuffix("_")),))
    return Node(inputs, (_function(node, name, ndim),))


def _joined(node: Any, name: str, inputs: tuple[str, ...]) -> Node:
    if name in SUMS and node.kwargs.get("alpha", 1) == 1:
        return Node(tuple(each.name for each in node.args[:2]))
    if name in CONCAT:
        dim = node.kwargs.get("dim", node.args[1] if len(node.args) > 1 else 0)
        if dim != 1:
            raise ConventionError(f"{name} on axis {dim}: channels are axis 1")
        return Node(tuple(each.name for each in node.args[0]), (), "concat")
    raise ConventionError(f"{name} of {len(inputs)} images is not linear, or not known")


def _with_number(node: Any, name: str, ndim: int) -> Stage:
    """x + c, x - c, x*c and x/c for a number."""
    first, second = node.args[:2]
    number = second if hasattr(first, "name") else first
    if hasattr(number, "name"):  # x + x, x*x
        raise ConventionError(f"{name} of an image with itself is not known: write 2*x")
    value = exactly(number)
    if name == "sub" and number is first:
        factor, offset = -1, value
    else:
        factor = {"mul": value, "truediv": 1 / value if value else value}.get(name, 1)
        offset = {"mul": 0, "truediv": 0, "sub": -value}.get(name, value)
    if name == "truediv" and (number is first or not value):
        raise ConventionError("a division by the image, or by zero, is not linear")
    row = find_row(ONNX_ROWS, "Scaled", ndim)
    assert row is not None
    return row.stage(name, row.read(name, {"factor": [factor], "offset": [offset]}), ndim)


def _function(node: Any, name: str, ndim: int) -> Stage:
    row = find_row(ROWS, name, ndim)
    if row is None:
        raise not_known(name)
    names = POSITIONS.get(name.rstrip("123d"), ())
    given = dict(zip(names, node.args[1:], strict=False))
    given |= {k: v for k, v in node.kwargs.items() if k != "input"}
    return row.stage(name, row.read(name, given), ndim)
