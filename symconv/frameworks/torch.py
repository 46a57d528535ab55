"""PyTorch's convolution layers to operators and back."""

from __future__ import annotations

import re
from typing import Any

from symconv.algebra.sizes import parse_integer
from symconv.arguments import is_list, parse_choice
from symconv.errors import ConventionError
from symconv.frameworks.code import refusal
from symconv.frameworks.weight_layouts import (
    check_axes,
    check_channels,
    framework_weight,
    kernel_from_layout,
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
from symconv.operators.operator import Operator
from symconv.recognition.recognition import require_layer

ARGUMENTS = (
    "in_channels", "out_channels", "kernel_size", "stride", "padding", "output_padding", "dilation",
    "groups", "bias", "padding_mode", "output_size",
)  # fmt: skip
MODES = ("zeros", "reflect", "replicate", "circular")


def from_torch(
    layer: Any, size: Any, *, weight: Any = None, weights: str = "own", **kwargs: Any
) -> Operator:
    """The operator of a PyTorch layer; a bias is no part of it, see :func:`affine_from_torch`.

    Args:
        layer: "Conv1d" to "Conv3d" or "ConvTranspose1d" to "ConvTranspose3d", or such a module,
            whose weights are kept exactly: every float is a binary fraction.
        size: spatial size of the input, in pixels.
        weight: a kernel, or an array in PyTorch's layout, (out, in/groups, *size) or for transposed
            layers (in, out/groups, *size), in place of the module's own. A layer that is named in
            words has symbols where it is left out.
        weights: "own", or "symbolic" for symbols in place of numbers.
        kwargs: the layer's own arguments, and ``output_size`` of a transposed layer's call.

    Raises:
        ConventionError: PyTorch has no such layer, or refuses the arguments.

    >>> T = from_torch("ConvTranspose2d", (4, 4), kernel_size=3, stride=2, padding=1,
    ...                output_padding=1)
    >>> T.output_size
    (8, 8)
    """
    name = layer if isinstance(layer, str) else type(layer).__name__.removeprefix("Parametrized")
    found = re.fullmatch(r"(Lazy)?Conv(Transpose)?([123])d", name)
    if not found:
        raise ConventionError(f"{name!r} is not one of PyTorch's Conv1d … ConvTranspose3d")
    ndim, transposed = int(found[3]), bool(found[2])
    if not isinstance(layer, str):
        own = {argument: getattr(layer, argument, None) for argument in ARGUMENTS}
        kwargs = {k: v for k, v in own.items() if v is not None} | kwargs
        weight = _own_weight(layer, name) if weight is None and weights != "symbolic" else weight
    refuse_unknown(kwargs, ARGUMENTS, name)
    sizes, groups = check_axes(size, ndim, name), kwargs.get("groups", 1)
    channels = kwargs.get("in_channels"), kwargs.get("out_channels")
    pair = (channels[1], channels[0]) if transposed else channels
    if weight is None:
        kernel_size = spread(kwargs.get("kernel_size", ()), ndim, "kernel_size")
        kernel = symbolic_kernel(kernel_size, *pair, groups, name)
    else:
        kernel = kernel_from_layout(weight, "OI" + "DHW"[-ndim:], groups)
        check_channels(kernel, pair[0], name)
        check_channels(kernel, pair[1], name, "out")
    geometry = {k: spread(kwargs.get(k, 1), ndim, k) for k in ("stride", "dilation")}
    build = _transposed if transposed else _forward
    return build(with_symbols(kernel, weights), sizes, geometry, kwargs)


def _own_weight(layer: Any, name: str) -> Any:
    weight = getattr(layer, "weight", None)
    if type(weight).__name__ == "UninitializedParameter" or not hasattr(weight, "shape"):
        raise ConventionError(
            f"this {name} has no array of weights, which a lazy layer has after its first run: "
            "give weight"
        )
    return weight


def _forward(kernel: Any, sizes: list[Any], geometry: dict[str, Any], kwargs: Any) -> Operator:
    padding, mode = kwargs.get("padding", 0), kwargs.get("padding_mode", "zeros")
    for argument in ("output_padding", "output_size"):
        if any(parse_integer(v, argument) for v in _flat(kwargs.get(argument, 0))):
            raise ConventionError(f"a convolution of PyTorch's has no {argument}")
    mode = parse_choice("PyTorch's padding_mode", mode, MODES)
    if isinstance(padding, str):
        if padding not in ("same", "valid"):
            raise ConventionError(f"padding {padding!r} is not one of PyTorch's same, valid")
        if padding == "same" and any(s != 1 for s in geometry["stride"]):
            raise ConventionError(
                f'PyTorch has padding="same" for stride 1 only, not {geometry["stride"]}'
            )
    else:
        padding = _not_negative(spread(padding, len(sizes), "padding"))
    return conv(kernel, sizes, padding=padding, padding_mode=mode, **geometry)


def _transposed(kernel: Any, sizes: list[Any], geometry: dict[str, Any], kwargs: Any) -> Operator:
    mode = kwargs.get("padding_mode", "zeros")
    if mode != "zeros":
        raise ConventionError(f"PyTorch's transposed convolutions pad with zeros, not {mode!r}")
    padding = _not_negative(spread(kwargs.get("padding", 0), len(sizes), "padding"))
    extra = spread(kwargs.get("output_padding", 0), len(sizes), "output_padding")
    wanted = kwargs.get("output_size")
    if wanted is not None:
        smallest = conv_transpose(kernel, sizes, padding=padding, **geometry).output_size
        wanted = [*wanted] if is_list(wanted) else [wanted]
        extra = [int(w) - int(n) for w, n in zip(wanted[-len(sizes) :], smallest, strict=True)]
        for e, n, s in zip(extra, smallest, geometry["stride"], strict=True):
            if not 0 <= e < s:
                raise ConventionError(
                    f"output_size {tuple(wanted)} is not within {n} to {int(n) + s - 1}"
                )
    return conv_transpose(kernel, sizes, padding=padding, output_padding=extra, **geometry)


def to_torch_kwargs(operator: Operator) -> dict[str, Any]:
    """The PyTorch layer that an operator is: its name as "layer", and its arguments.

    Of an operator that was not made as a layer, :func:`symconv.recognise` has the kernel.

    Raises:
        ConventionError: no layer of PyTorch with this kernel is the operator; the message says why.

    >>> import symconv as sc
    >>> to_torch_kwargs(sc.conv(sc.Kernel.symbolic("k", 3), 8, stride=2, padding=1))
    {'layer': 'Conv1d', 'in_channels': 1, 'out_channels': 1, 'kernel_size': (3,), 'stride': (2,), \
'padding': (1,), 'dilation': (1,), 'groups': 1, 'bias': False}
    """
    layer = require_layer(operator, "PyTorch")
    ndim = len(layer.axes)
    if ndim > 3:
        raise ConventionError(f"PyTorch's layers have 1 to 3 axes, not {ndim}")
    if any(axis.input_dilation != 1 for axis in layer.axes):
        raise refusal(stuffing(layer, "PyTorch"), layer, "torch")
    pads = padding_pairs(layer)
    if layer.transposed:
        pads = [(low, low) for low, _ in pads]
    for low, high in pads:
        if low != high:
            reason = f"padding ({low}, {high}) differs at the two ends, and PyTorch pads both alike"
            raise refusal(reason, layer, "torch")
        if low < 0:
            reason = f"padding {low} crops, and PyTorch takes no negative padding"
            raise refusal(reason, layer, "torch")
    kwargs: dict[str, Any] = {
        "layer": f"Conv{'Transpose' if layer.transposed else ''}{ndim}d",
        "in_channels": layer.channels[0],
        "out_channels": layer.channels[1],
        "kernel_size": layer.kernel.size,
        "stride": tuple(layer.each("stride")),
        "padding": tuple(low for low, _ in pads),
        "dilation": tuple(layer.each("dilation")),
        "groups": layer.kernel.groups,
        "bias": False,
    }
    if layer.padding_mode != "zeros":
        if layer.transposed or layer.padding_mode not in MODES:
            reason = f"PyTorch has no such layer with padding_mode={layer.padding_mode!r}"
            raise refusal(reason, layer, "torch")
        kwargs["padding_mode"] = layer.padding_mode
    if layer.transposed:
        extra = output_paddings(layer, pads)
        for a, axis in zip(extra, layer.axes, strict=True):
            if not 0 <= a < max(axis.stride, axis.dilation):
                reason = (
                    f"the output would need output_padding={a}, and PyTorch allows 0 to "
                    f"max(stride, dilation) - 1 = {max(axis.stride, axis.dilation) - 1}"
                )
                raise refusal(reason, layer, "torch")
        kwargs["output_padding"] = tuple(extra)
    return kwargs


def to_torch(operator: Operator, values: Values | None = None, dtype: str = "float32") -> Any:
    """The PyTorch module that an operator is, with its weights in and without a bias.

    Args:
        operator: one convolution or transposed convolution of concrete size.
        values: numbers for the symbols of its kernel, as for :func:`symconv.to_numpy`.
        dtype: "float16", "bfloat16", "float32" or "float64"; weights that it does not hold are
            rounded.

    Raises:
        ConventionError: as :func:`to_torch_kwargs`.
        ExactOverflowError: a weight is beyond the type.
        MissingExtraError: PyTorch is not installed.

    >>> import symconv as sc
    >>> to_torch(sc.conv(sc.Kernel([1, 2]), 4, stride=2))
    Conv1d(1, 1, kernel_size=(2,), stride=(2,), bias=False)
    >>> C = sc.conv(sc.Kernel(["1/2", 3]), 4, padding=1)
    >>> sc.from_torch(to_torch(C), 4) == C
    True
    """
    arguments = to_torch_kwargs(operator)
    weight = framework_weight(operator, "torch", values, dtype)
    torch = library("torch")
    kind = getattr(torch.nn, arguments.pop("layer"))
    # Without PyTorch's own start, which would draw random numbers.
    module = torch.nn.utils.skip_init(kind, dtype=getattr(torch, dtype), **arguments)
    with torch.no_grad():
        module.weight.copy_(torch.from_numpy(weight))
    return module


def _not_negative(padding: list[int]) -> list[int]:
    if min(padding) < 0:
        raise ConventionError(f"PyTorch takes no negative padding: {padding}")
    return padding


def _flat(value: Any) -> list[Any]:
    return [*value] if is_list(value) else [value]
