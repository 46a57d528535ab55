"""PyTorch's convolution layers to operators and back."""

from __future__ import annotations

from typing import Any, overload

from symconv.errors import ConventionError
from symconv.frameworks.code import refusal
from symconv.frameworks.linear_layers.row import find_row
from symconv.frameworks.linear_layers.torch import ROWS
from symconv.frameworks.stacking import stack
from symconv.frameworks.torch_affine import affine_from_torch
from symconv.frameworks.torch_graph import is_plain
from symconv.frameworks.torch_layers import ARGUMENTS as ARGUMENTS
from symconv.frameworks.torch_layers import MODES, layer_operator
from symconv.frameworks.torch_stages import is_module, is_sequential, not_known
from symconv.frameworks.weight_layouts import (
    framework_weight,
    library,
    output_paddings,
    padding_pairs,
    stuffing,
)
from symconv.numeric.named_values import Values
from symconv.operators.operator import Operator
from symconv.recognition.recognition import require_layer


@overload
def from_torch(
    layer: str, size: Any, *, weight: Any = ..., weights: str = ..., **kwargs: Any
) -> Operator: ...
@overload
def from_torch(
    layer: Any, size: Any, *, weight: Any = ..., weights: str = ..., **kwargs: Any
) -> Any: ...
def from_torch(
    layer: Any, size: Any, *, weight: Any = None, weights: str = "own", **kwargs: Any
) -> Any:
    """The operator of a PyTorch layer; a bias is no part of it, see :func:`affine_from_torch`.

    Args:
        layer: "Conv1d" to "Conv3d" or "ConvTranspose1d" to "ConvTranspose3d", or such a module,
            whose weights are kept exactly: every float is a binary fraction; a linear layer without
            weights, such as "AvgPool2d", "Upsample" or "PixelShuffle", or a function such as
            "pad" or "interpolate", by its name or as a module; "Linear", on an image that was
            flattened; or a Sequential or a module of one's own, of which :func:`symconv.stack`
            makes a stack.
        size: spatial size of the input, in pixels.
        weight: a kernel, or an array in PyTorch's layout, (out, in/groups, *size) or for transposed
            layers (in, out/groups, *size), in place of the module's own. A layer that is named in
            words has symbols where it is left out.
        weights: "own", or "symbolic" for symbols in place of numbers.
        kwargs: the layer's own arguments, ``output_size`` of a transposed layer's call (and for
            the ``size`` of an interpolation), and ``channels`` of the image for layers without
            weights.

    Raises:
        ConventionError: PyTorch has no such layer, refuses the arguments, or it is not linear.

    Source: PyTorch 2.13.

    >>> T = from_torch("ConvTranspose2d", (4, 4), kernel_size=3, stride=2, padding=1,
    ...                output_padding=1)
    >>> T.output_size
    (8, 8)
    """
    if is_sequential(layer) or (is_module(layer) and not is_plain(layer)):
        channels = kwargs.pop("channels", None)
        if weight is not None or weights != "own" or kwargs:
            raise ConventionError("a Sequential keeps its modules' weights and arguments")
        return stack(layer, size, channels=channels)
    name = layer if isinstance(layer, str) else type(layer).__name__
    if "Conv" not in name:
        if find_row(ROWS, name, None) is None and not name.startswith("BatchNorm"):
            raise not_known(name)
        return affine_from_torch(layer, size, weight=weight, weights=weights, **kwargs).operator
    return layer_operator(layer, size, weight, weights, kwargs)


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
