"""JAX's lax.conv_general_dilated and lax.conv_transpose to operators and back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from symconv.algebra.sizes import parse_integer
from symconv.arguments import is_list, parse_flag, parse_instance, shown
from symconv.errors import ConventionError
from symconv.frameworks.code import refusal
from symconv.frameworks.weight_layouts import (
    check_axes,
    framework_weight,
    kernel_from_layout,
    library,
    padding_pairs,
    refuse_unknown,
    spread,
    symbolic_kernel,
)
from symconv.numeric.named_values import Values
from symconv.operators.convolution import conv
from symconv.operators.kernel import Kernel
from symconv.operators.layer import Layer
from symconv.operators.operator import Operator
from symconv.recognition.recognition import require_layer

GENERAL = (
    "window_strides", "padding", "lhs_dilation", "rhs_dilation", "dimension_numbers",
    "feature_group_count",
)  # fmt: skip
TRANSPOSE = (
    "strides", "padding", "rhs_dilation", "dimension_numbers", "transpose_kernel",
    "use_consistent_padding",
)  # fmt: skip
PADDINGS = ("SAME", "SAME_LOWER", "VALID")
CONSISTENT = "use_consistent_padding"
GROUPS = "feature_group_count"
LETTERS = "DHWABCEFGJKLMN"


def from_jax(
    function: str, size: Any, *, weight: Any = None, kernel_size: Any = None,
    in_channels: int | None = None, out_channels: int | None = None, **kwargs: Any,
) -> Operator:  # fmt: skip
    """The operator of a convolution of ``jax.lax``.

    Args:
        function: "conv_general_dilated" or "conv_transpose".
        size: spatial size of the input.
        weight: a kernel, or an array in the layout of ``dimension_numbers`` ("OIHW" where left
            out), whose floats are kept exactly. A kernel, or symbols where left out, is in the
            order (out, in/groups, *size) of the array that JAX gets.
        kernel_size, in_channels, out_channels: for a symbolic weight.
        kwargs: the function's arguments; negative padding crops.

    Raises:
        ConventionError: JAX has no such function or argument.

    Source: the definitions in jax.lax of jax 0.10; conv_transpose is a convolution of the stuffed
    image, and the transpose of one only with ``transpose_kernel=True``.

    >>> from_jax("conv_transpose", 4, kernel_size=3, strides=2, padding="SAME").output_size
    (8,)
    """
    name = parse_instance(function, str, "is no name of a function").rpartition(".")[2]
    known = {"conv_general_dilated": GENERAL, "conv_transpose": TRANSPOSE}.get(name)
    if known is None:
        raise ConventionError(f"{function!r} is neither conv_general_dilated nor conv_transpose")
    refuse_unknown(kwargs, known, name)
    sizes = [*size] if is_list(size) else [size]
    ndim, groups = len(sizes), parse_integer(kwargs.get("feature_group_count", 1), GROUPS)
    layout = _layout(kwargs.get("dimension_numbers"), ndim)
    if weight is None:
        kernel = symbolic_kernel(kernel_size, in_channels, out_channels, groups, name)
    else:
        kernel = kernel_from_layout(weight, layout, groups)
    check_axes(kernel.size, ndim, name)
    build = _general if name == "conv_general_dilated" else _transposed
    return build(kernel, sizes, kwargs)


def _layout(dimension_numbers: Any, ndim: int) -> str:
    """The letters of the weight's axes."""
    if dimension_numbers is None:
        return "OI" + LETTERS[:ndim]
    match dimension_numbers:
        case (_, str(layout), _) if len(layout) == ndim + 2 and {"O", "I"} <= set(layout):
            return layout
    raise ConventionError(
        f"dimension_numbers {shown(dimension_numbers)} are not (lhs, rhs, out) with a letter an "
        f"axis of {ndim + 2}, O and I in rhs"
    )


def _general(kernel: Kernel, sizes: list[Any], kwargs: dict[str, Any]) -> Operator:
    ndim = len(sizes)
    strides = spread(kwargs.get("window_strides", 1), ndim, "window_strides")
    stuffing = _dilation(kwargs, "lhs_dilation", ndim)
    dilation = _dilation(kwargs, "rhs_dilation", ndim)
    padding = kwargs.get("padding", "VALID")

    def build(pads: Any) -> Operator:
        return conv(
            kernel, sizes, stride=strides, padding=pads, dilation=dilation, input_dilation=stuffing
        )

    if not isinstance(padding, str):
        return build(_pairs(padding, ndim))
    if padding not in PADDINGS:
        raise ConventionError(f"padding {padding!r} is not one of {', '.join(PADDINGS)}")
    if padding != "SAME_LOWER":
        return build(padding.lower())
    return build([(high, low) for low, high in _totals(require_layer(build("same"), "JAX"))])


def _dilation(kwargs: dict[str, Any], name: str, ndim: int) -> list[int]:
    """None is no dilation, too."""
    given = kwargs.get(name)
    return spread(1 if given is None else given, ndim, name)


def _pairs(padding: Any, ndim: int) -> list[tuple[int, int]]:
    """A (low, high) an axis."""
    pairs = parse_instance(padding, Sequence, "is no padding: a name, or one (low, high) an axis")
    if len(pairs) != ndim:
        raise ConventionError(f"padding {shown(padding)} has not one (low, high) an axis of {ndim}")
    lows_and_highs = [spread(pair, 2, "padding") for pair in pairs]
    return [(low, high) for low, high in lows_and_highs]


def _totals(layer: Layer) -> list[tuple[int, int]]:
    """The (low, high) of "same", the odd pixel at the end."""
    pads = []
    for axis in layer.axes:
        high = axis.padding_high
        total = max(axis.padding + (high if isinstance(high, int) else 0), 0)
        pads.append((total // 2, total - total // 2))
    return pads


def _transposed(kernel: Kernel, sizes: list[Any], kwargs: dict[str, Any]) -> Operator:
    """lax.conv_transpose: stuff strides - 1 zeros, pad, correlate with stride 1."""
    ndim = len(sizes)
    strides = spread(kwargs.get("strides", 1), ndim, "strides")
    dilation = _dilation(kwargs, "rhs_dilation", ndim)
    reaches = [d * (k - 1) for d, k in zip(dilation, kernel.size, strict=True)]
    padding = kwargs.get("padding", "VALID")
    if isinstance(padding, str):
        pads = [_pads(padding, r + 1, s) for r, s in zip(reaches, strides, strict=True)]
    else:
        pads = _pairs(padding, ndim)
        if parse_flag(CONSISTENT, kwargs.get(CONSISTENT, False)):
            pads = [(r - low, r - high) for r, (low, high) in zip(reaches, pads, strict=True)]
    if parse_flag("transpose_kernel", kwargs.get("transpose_kernel", False)):
        kernel = kernel.adjoint
    return conv(kernel, sizes, padding=pads, dilation=dilation, input_dilation=strides)


def _pads(padding: str, extent: int, stride: int) -> tuple[int, int]:
    """What jax.lax pads the stuffed image with."""
    if padding == "SAME":
        total = extent + stride - 2
        low = extent - 1 if stride > extent - 1 else -(-total // 2)
    elif padding == "VALID":
        total = extent + stride - 2 + max(extent - stride, 0)
        low = extent - 1
    else:
        raise ConventionError(f"padding {padding!r} is not one of SAME, VALID")
    return low, total - low


def to_jax_kwargs(operator: Operator) -> dict[str, Any]:
    """The arguments of ``lax.conv_general_dilated`` that make this operator, for a weight "OIHW".

    A transposed convolution becomes a convolution of the stuffed image; "flip_kernel" then says
    that the weight is to be :attr:`Kernel.adjoint`: reversed in space, its channel axes exchanged.
    Of an operator that was not made as a layer, :func:`symconv.recognise` has the kernel.

    Raises:
        ConventionError: the operator is no layer with zero padding.

    >>> import symconv as sc
    >>> to_jax_kwargs(sc.conv(sc.Kernel.symbolic("k", 3), 8, padding=((-1, 2),)))["padding"]
    [(-1, 2)]
    """
    layer = require_layer(operator, "JAX")
    if layer.padding_mode != "zeros":
        raise refusal(f"JAX pads with zeros, not {layer.padding_mode!r}", layer, "jax")
    shown = layer.turned if layer.transposed else layer
    return {
        "function": "conv_general_dilated",
        "window_strides": shown.each("stride"),
        "padding": padding_pairs(shown),
        "lhs_dilation": shown.each("input_dilation"),
        "rhs_dilation": shown.each("dilation"),
        "feature_group_count": layer.kernel.groups,
        "flip_kernel": layer.transposed,
    }


def to_jax(operator: Operator, values: Values | None = None, dtype: str = "float32") -> Any:
    """The layer that an operator is, as a function of images (batch, channels, *size) for JAX.

    Args:
        operator, values, dtype: as for :func:`symconv.to_torch`.

    Returns:
        ``lax.conv_general_dilated`` with the weight and all arguments in, as a
        ``functools.partial``.

    Raises:
        ConventionError: as :func:`to_jax_kwargs`, or "float64" where JAX is not set to it.
        ExactOverflowError: a weight is beyond the type.
        MissingExtraError: JAX is not installed.

    >>> import numpy as np
    >>> import symconv as sc
    >>> run = to_jax(sc.conv(sc.Kernel([1, 10]), 3))
    >>> run(np.array([[[1.0, 2.0, 3.0]]])).tolist()
    [[[21.0, 32.0]]]
    """
    arguments = to_jax_kwargs(operator)
    weight = framework_weight(operator, "jax", values, dtype)
    jax = library("jax")
    if dtype == "float64" and not jax.config.jax_enable_x64:
        raise ConventionError('JAX has float64 after jax.config.update("jax_enable_x64", True)')
    function = getattr(jax.lax, arguments.pop("function"))
    del arguments["flip_kernel"]  # the weight is turned already
    return partial(function, rhs=jax.numpy.asarray(weight, dtype=dtype), **arguments)
