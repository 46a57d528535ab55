"""TensorFlow's and Keras's convolution layers to operators and back."""

from __future__ import annotations

import re
from typing import Any

from symconv.arguments import is_list, parse_choice, parse_instance
from symconv.errors import ConventionError, GeometryError
from symconv.frameworks.code import refusal
from symconv.frameworks.linear_layers.keras import NONLINEAR, ROWS
from symconv.frameworks.linear_layers.row import find_row, row_map, unknown
from symconv.frameworks.weight_layouts import (
    SYMBOLIC,
    WEIGHTS,
    check_axes,
    check_channels,
    framework_weight,
    kernel_from_layout,
    layer_bias,
    library,
    padding_pairs,
    refuse_unknown,
    spread,
    stuffing,
    symbolic_kernel,
    symbolic_matrix,
    with_symbols,
)
from symconv.numeric.named_values import Values
from symconv.operators.convolution import conv, conv_transpose
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator
from symconv.recognition.recognition import require_layer
from symconv.stacks.affine import AffineMap, affine, as_affine

ARGUMENTS = (
    "filters", "in_channels", "kernel_size", "strides", "padding", "output_padding",
    "output_shape", "dilation_rate", "groups", "depth_multiplier", "data_format", "use_bias",
)  # fmt: skip


def from_tensorflow(
    layer: Any, size: Any, *, weight: Any = None, weights: str = "own", **kwargs: Any
) -> Operator:
    """The operator of a Keras layer (or of ``tf.nn``'s, with ``output_shape``); without its bias.

    The operator orders its pixels channel first whatever ``data_format`` says: that is the layout
    of arrays, not the linear map.

    Args:
        layer: "Conv1D" to "Conv3D", "Conv1DTranspose" to "Conv3DTranspose", "DepthwiseConv1D",
            "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D", or such a layer, whose weights
            are kept exactly; or a linear layer without weights, such as "AveragePooling2D",
            "UpSampling2D" or "Cropping2D"; or "Dense", on an image that was flattened.
        size: spatial size of the input.
        weight: a kernel, or an array in Keras's layout: (*size, in/groups, filters), transposed
            (*size, filters, in), depthwise (*size, in, depth_multiplier), in place of the layer's
            own. A layer that is named in words has symbols where it is left out.
        weights: "own", or "symbolic" for symbols in place of numbers.
        kwargs: the layer's arguments, ``in_channels``, and ``output_shape`` (spatial) of
            ``tf.nn.conv2d_transpose``; ``channels`` of the image for layers without weights,
            ``factor`` for the ``size`` of an UpSampling, and ``backend``, "jax" or "torch", where
            Keras resizes by what computes (a layer object has that which Keras is set to).

    Raises:
        ConventionError: Keras has no such layer, refuses the arguments, or it is not linear.

    Source: Keras 3.15.

    >>> from_tensorflow("Conv2D", (5, 5), kernel_size=3, strides=2, padding="same").output_size
    (3, 3)
    """
    name = layer if isinstance(layer, str) else type(layer).__name__
    if "Conv" not in name or "Separable" in name or "LSTM" in name:
        return _of_row(layer, name, size, weight, weights, kwargs).operator
    name = name.replace("Convolution", "Conv")
    found = re.fullmatch(r"(Depthwise)?Conv([123])D(Transpose)?", name)
    if not found or (found[1] and (found[3] or found[2] == "3")):
        raise ConventionError(f"{name!r} is not one of Keras's Conv1D … Conv3DTranspose")
    ndim = int(found[2])
    if not isinstance(layer, str):
        own = {argument: getattr(layer, argument, None) for argument in ARGUMENTS}
        kwargs = {k: v for k, v in own.items() if v is not None and k != "output_shape"} | kwargs
        if weight is None and not (weights == "symbolic" and kwargs.get("in_channels")):
            weight = _own_weight(layer, name)
    refuse_unknown(kwargs, ARGUMENTS, name)
    if kwargs.get("data_format") is not None:
        parse_choice("data_format", kwargs["data_format"], ("channels_last", "channels_first"))
    sizes = check_axes(size, ndim, name)
    kernel = _kernel(name, ndim, bool(found[1]), bool(found[3]), weight, kwargs)
    kernel = with_symbols(kernel, weights)
    strides = spread(kwargs.get("strides", 1), ndim, "strides")
    dilation = spread(kwargs.get("dilation_rate", 1), ndim, "dilation_rate")
    padding = parse_instance(kwargs.get("padding", "valid"), str, "is no name of a padding").lower()
    if found[3]:
        if kwargs.get("output_shape") is None:
            _check_steps(strides, dilation)
        return _transposed(kernel, sizes, strides, dilation, padding, kwargs)
    if not found[1]:
        _check_steps(strides, dilation)
    if padding == "causal" and ndim == 1:
        return conv(
            kernel, sizes, stride=strides, dilation=dilation,
            padding=((dilation[0] * (kernel.size[0] - 1), 0),),
        )  # fmt: skip
    if padding not in ("valid", "same"):
        raise ConventionError(
            f"padding {padding!r} is not one of valid, same" + ", causal" * (ndim == 1)
        )
    return conv(kernel, sizes, stride=strides, dilation=dilation, padding=padding)


def _check_steps(strides: list[int], dilation: list[int]) -> None:
    """Keras takes both for depthwise convolutions only."""
    if max(strides) > 1 and max(dilation) > 1:
        raise ConventionError(
            f"Keras refuses strides {strides} together with dilation_rate {dilation}"
        )


def affine_from_tensorflow(
    layer: Any, size: Any, *, weight: Any = None, weights: str = "own", bias: Any = None,
    **kwargs: Any,
) -> AffineMap:  # fmt: skip
    """The affine map C x + b of a Keras layer: what :func:`from_tensorflow` gives, and its bias.

    Args:
        layer, size, weight, weights, kwargs: as in :func:`from_tensorflow`.
        bias: one value a channel in place of the layer's own, or False for none. A convolution
            that is named in words has symbols b_{0}, … where it is left out.

    Raises:
        ConventionError: Keras has no such layer, or refuses the arguments.
        ShapeError: the bias has not one value a channel.

    >>> affine_from_tensorflow("Rescaling", 2, scale=2, offset="t")([1, 3])
    [t + 2, t + 6]
    """
    name = layer if isinstance(layer, str) else type(layer).__name__
    if "Conv" not in name:
        given = {} if bias is None or bias is False else {"bias": bias}
        return _of_row(layer, name, size, weight, weights, kwargs | given)
    operator = from_tensorflow(layer, size, weight=weight, weights=weights, **kwargs)
    return affine(operator, layer_bias(layer, bias, int(operator.out_channels), weights))


def _of_row(
    layer: Any, name: str, size: Any, weight: Any, weights: str, kwargs: dict[str, Any]
) -> AffineMap:
    """A layer besides plain convolutions."""
    separable = re.fullmatch(r"SeparableConv(olution)?(?P<ndim>[12])D", name)
    if separable:
        return as_affine(
            separable_conv(layer, int(separable["ndim"]), size, weight, weights, kwargs)
        )
    row = find_row(ROWS, name, None)
    if hasattr(layer, "layers"):
        raise ConventionError(f"{name} is a model: symconv.stack reads it")
    if row is None:
        raise not_known(name)
    if parse_choice("weights", weights, WEIGHTS if name == "Dense" else WEIGHTS[:1]) == "symbolic":
        if isinstance(layer, str):
            raise ConventionError("a Dense layer in words has its weight: give symbols as weight")
        weight, kwargs = symbolic_matrix(*layer.kernel.shape), _symbolic_bias(layer, kwargs)
    return row_map(
        row, name, layer, size, kwargs if weight is None else kwargs | {"kernel": weight}
    )


def _symbolic_bias(layer: Any, kwargs: dict[str, Any]) -> dict[str, Any]:
    if layer.bias is None:
        return kwargs
    return {"bias": layer_bias("Dense", None, layer.units, "symbolic"), **kwargs}


def not_known(name: str) -> ConventionError:
    """What is said of a layer without a row."""
    return unknown(
        name,
        NONLINEAR,
        f"{name!r} is not one of Keras's Conv1D … Conv3DTranspose, nor of its poolings, paddings "
        "and resizings that are known",
    )


def separable_conv(
    layer: Any, ndim: int, size: Any, weight: Any, weights: str, kwargs: dict[str, Any]
) -> Operator:
    """A depthwise convolution and one of single pixels after it.

    A layer that is named in words has the weight (depthwise, pointwise), two arrays.
    """
    if not isinstance(layer, str):
        own = {argument: getattr(layer, argument, None) for argument in ARGUMENTS}
        kept = (k for k, v in own.items() if v is not None and k not in ("groups", "output_shape"))
        kwargs = {k: own[k] for k in kept} | kwargs
        weight = (layer.depthwise_kernel, layer.pointwise_kernel) if weight is None else weight
    if not is_list(weight) or len(weight) != 2:
        raise ConventionError(
            "a SeparableConv has the weight (depthwise, pointwise), two arrays in Keras's layout"
        )
    steps = {k: v for k, v in kwargs.items() if k not in ("filters", "use_bias")}
    arguments = {"weights": weights, **steps}
    depth = from_tensorflow(f"DepthwiseConv{ndim}D", size, weight=weight[0], **arguments)
    point = from_tensorflow(f"Conv{ndim}D", depth.output_size, weight=weight[1])
    return point @ depth


def _own_weight(layer: Any, name: str) -> Any:
    if not getattr(layer, "built", True):
        raise ConventionError(
            f"this {name} has no weights before it is built: layer.build((None, *size, channels)), "
            'or give weight, or weights="symbolic" with in_channels'
        )
    return getattr(layer, "kernel", None)


def _kernel(
    name: str, ndim: int, depthwise: bool, transposed: bool, weight: Any, kwargs: Any
) -> Kernel:
    """The kernel of the associated convolution."""
    letters, groups = "DHW"[-ndim:], kwargs.get("groups", 1)
    channels, filters = kwargs.get("in_channels"), kwargs.get("filters")
    if depthwise:
        channels = channels or 1
        filters, groups = channels * kwargs.get("depth_multiplier", 1), channels
    pair = (filters, channels) if transposed else (channels, filters)
    if weight is None:
        size = spread(kwargs.get("kernel_size", ()), ndim, "kernel_size")
        return symbolic_kernel(size, *pair, groups, name)
    if depthwise and not isinstance(weight, Kernel):
        kernel = _depthwise(weight, letters)
    else:
        kernel = kernel_from_layout(weight, letters + "IO", groups, advice=SYMBOLIC)
    check_channels(kernel, kwargs.get("in_channels"), name, "out" if transposed else "in")
    check_channels(kernel, kwargs.get("filters"), name, "in" if transposed else "out")
    return kernel


def _depthwise(weight: Any, letters: str) -> Kernel:
    """(*size, in, multiplier) as one group a channel; output channel in*multiplier + m."""
    whole = kernel_from_layout(weight, letters + "OI", 1)
    entries = [entry for *_, entry in whole.weights()]
    channels, multiplier = whole.out_channels, whole.in_channels
    return Kernel.build(entries, whole.size, channels * multiplier, channels, channels)


def _transposed(
    kernel: Kernel, sizes: list[Any], strides: list[int], dilation: list[int], padding: str,
    kwargs: dict[str, Any],
) -> Operator:  # fmt: skip
    """The gradient of a convolution with the same padding, on an image of the output's size."""
    if padding not in ("valid", "same"):
        raise ConventionError(f"padding {padding!r} is not one of valid, same")
    ndim = len(sizes)
    extents = [d * (k - 1) + 1 for d, k in zip(dilation, kernel.size, strict=True)]
    extra, shape = kwargs.get("output_padding"), kwargs.get("output_shape")
    if extra is not None:
        added = spread(extra, ndim, "output_padding")
        crops = [0 if padding == "valid" else 2 * (e // 2) for e in extents]
        outputs = [
            (n - 1) * s + e - c + a
            for n, s, e, c, a in zip(sizes, strides, extents, crops, added, strict=True)
        ]
        if any(a >= s for a, s in zip(added, strides, strict=True)):
            raise ConventionError(f"output_padding {added} must be less than strides {strides}")
    elif shape is not None:
        outputs = spread([*shape] if is_list(shape) else [shape], ndim, "output_shape")
    else:
        outputs = [
            n * s + (max(e - s, 0) if padding == "valid" else 0)
            for n, s, e in zip(sizes, strides, extents, strict=True)
        ]
    pads, rest = [], []
    for n, s, e, m in zip(sizes, strides, extents, outputs, strict=True):
        total = max((n - 1) * s + e - m, 0) if padding == "same" else 0
        left = m - ((n - 1) * s + e - total)
        if not 0 <= left < s:
            raise ConventionError(
                f"an output of {m} pixels is not what {n} pixels come from at stride {s} with "
                f"padding={padding!r}"
            )
        pads.append((total // 2, total - total // 2))
        rest.append(left)
    return conv_transpose(
        kernel, sizes, stride=strides, dilation=dilation, padding=pads, output_padding=rest
    )


def to_keras(operator: Operator, values: Values | None = None, dtype: str = "float32") -> Any:
    """The Keras layer that an operator is, built, with its weights in and without a bias.

    Its images have the order of axes that Keras is set to, channels last where nothing is set.

    Args:
        operator, values, dtype: as for :func:`symconv.to_torch`.

    Raises:
        ConventionError: as :func:`to_tensorflow_kwargs`.
        ExactOverflowError: a weight is beyond the type.
        MissingExtraError: Keras, or the library that it computes by, is not installed.

    >>> import symconv as sc
    >>> C = sc.conv(sc.Kernel(["1/2", 3]), 4, stride=2)
    >>> sc.from_tensorflow(to_keras(C), 4) == C
    True
    """
    arguments = to_tensorflow_kwargs(operator)
    weight = framework_weight(operator, "keras", values, dtype)
    keras = library("keras")
    kind = getattr(keras.layers, arguments.pop("layer"))
    # Zeros first: Keras's own start would draw random numbers.
    layer = kind(**arguments, dtype=dtype, kernel_initializer="zeros")
    image = [None] * (weight.ndim - 2)
    channels = operator.in_channels
    first = layer.data_format == "channels_first"
    layer.build((None, channels, *image) if first else (None, *image, channels))
    layer.kernel.assign(weight)
    return layer


def to_tensorflow_kwargs(operator: Operator) -> dict[str, Any]:
    """The Keras layer that an operator is: its name as "layer", and its arguments.

    Of an operator that was not made as a layer, :func:`symconv.recognise` has the kernel.

    Raises:
        ConventionError: no layer of Keras with this kernel is the operator; the message says why.

    >>> import symconv as sc
    >>> to_tensorflow_kwargs(sc.conv(sc.Kernel.symbolic("k", (3, 3)), (5, 5), padding="same"))
    {'layer': 'Conv2D', 'filters': 1, 'kernel_size': (3, 3), 'strides': (1, 1), \
'padding': 'same', 'dilation_rate': (1, 1), 'groups': 1, 'use_bias': False}
    """
    layer = require_layer(operator, "Keras")
    if any(axis.input_dilation != 1 for axis in layer.axes):
        raise refusal(stuffing(layer, "Keras"), layer, "keras")
    ndim = len(layer.axes)
    kwargs: dict[str, Any] = {
        "layer": f"Conv{ndim}D" + "Transpose" * layer.transposed,
        "filters": layer.channels[1],
        "kernel_size": layer.kernel.size,
        "strides": tuple(layer.each("stride")),
        "padding": "valid",
        "dilation_rate": tuple(layer.each("dilation")),
    }
    if layer.transposed:
        if layer.kernel.groups > 1:
            raise refusal("Keras's transposed convolutions have no groups", layer, "keras")
    else:
        kwargs["groups"] = layer.kernel.groups
    kwargs["use_bias"] = False
    sizes = operator.input_size
    for padding in ("valid", "same", "causal"):
        kwargs["padding"] = padding
        try:
            arguments = {k: v for k, v in kwargs.items() if k not in ("layer", "filters")}
            if (
                from_tensorflow(kwargs["layer"], sizes, weight=layer.kernel, **arguments)
                == operator
            ):
                return kwargs
        except (ConventionError, GeometryError):
            continue
    pads = f"padding {padding_pairs(layer)} ({layer.padding_mode})"
    reason = f"{pads} is neither valid nor same nor causal"
    raise refusal(reason, layer, "keras")
