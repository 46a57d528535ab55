"""PyTorch's convolution layers to operators, one by one."""

from __future__ import annotations

import re
from typing import Any

from symconv.algebra.sizes import parse_integer
from symconv.arguments import is_list, parse_choice, shown
from symconv.errors import ConventionError
from symconv.frameworks.weight_layouts import (
    SYMBOLIC,
    check_axes,
    check_channels,
    kernel_from_layout,
    refuse_unknown,
    spread,
    symbolic_kernel,
    with_symbols,
)
from symconv.operators.convolution import conv, conv_transpose
from symconv.operators.operator import Operator

ARGUMENTS = (
    "in_channels", "out_channels", "kernel_size", "stride", "padding", "output_padding", "dilation",
    "groups", "bias", "padding_mode", "output_size",
)  # fmt: skip
MODES = ("zeros", "reflect", "replicate", "circular")


def layer_operator(
    layer: Any, size: Any, weight: Any, weights: str, kwargs: dict[str, Any]
) -> Operator:
    """The operator of a layer; see :func:`symconv.from_torch`."""
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
        kernel = kernel_from_layout(weight, "OI" + "DHW"[-ndim:], groups, advice=SYMBOLIC)
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
            'give weight, or weights="symbolic" with in_channels'
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
        wanted = [*wanted] if is_list(wanted) else [wanted]
        if len(wanted) not in (len(sizes), len(sizes) + 2):
            raise ConventionError(f"output_size {shown(wanted)} is not for {len(sizes)} axes")
        columns = zip(
            sizes, kernel.size, geometry["stride"], padding, geometry["dilation"], strict=True
        )
        smallest = [s * (n - 1) + d * (k - 1) + 1 - 2 * p for n, k, s, p, d in columns]
        # Below a pixel there is no layer, and adding some pixels makes one.
        extra = [int(w) - int(n) for w, n in zip(wanted[-len(sizes) :], smallest, strict=True)]
        for e, n, s in zip(extra, smallest, geometry["stride"], strict=True):
            if not 0 <= e < s:
                raise ConventionError(
                    f"output_size {tuple(wanted)} is not within {n} to {int(n) + s - 1}"
                )
    return conv_transpose(kernel, sizes, padding=padding, output_padding=extra, **geometry)


def _not_negative(padding: list[int]) -> list[int]:
    if min(padding) < 0:
        raise ConventionError(f"PyTorch takes no negative padding: {padding}")
    return padding


def _flat(value: Any) -> list[Any]:
    return [*value] if is_list(value) else [value]
