"""Stages of a stack from arguments: convolutions, poolings, and functions of single pixels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from symconv.arguments import parse_flag, shown
from symconv.errors import GeometryError, SymconvError
from symconv.operators.convolution import conv, conv_transpose
from symconv.operators.kernel import Kernel, parse_kernel_size
from symconv.operators.operator import Operator
from symconv.stacks.affine import AffineMap, affine
from symconv.stacks.operator_stages import operator_stage
from symconv.stacks.pieces import Pieces, clipped, leaky
from symconv.stacks.stages import AnyStage, Branches, Stage
from symconv.stacks.windows import Window, windows

POINTWISE = (
    "ReLU", "ReLU6", "LeakyReLU", "PReLU", "RReLU", "ELU", "CELU", "SELU", "GELU", "SiLU", "Mish",
    "Sigmoid", "Tanh", "Hardtanh", "Hardsigmoid", "Hardswish", "Hardshrink", "Softplus",
    "Softshrink", "Softsign", "Tanhshrink", "Threshold", "LogSigmoid",
)  # fmt: skip
# Those of a name alone, with PyTorch's defaults.
PIECES: dict[str, Pieces] = {
    "ReLU": lambda _: leaky(0),
    "ReLU6": lambda _: clipped(0, 6),
    "Hardtanh": lambda _: clipped(-1, 1),
}
CONVOLUTION = (
    "kernel", "kernel_size", "bias", "stride", "padding", "dilation", "input_dilation",
    "padding_mode", "transposed", "output_padding",
)  # fmt: skip
POOLING = ("max_pool", "stride", "padding", "dilation", "ceil_mode")


def arguments_stage(layer: Any, number: int, ndim: int) -> AnyStage | None:
    """A stage from an operator, an affine map, a name or arguments; None for anything else.

    Args:
        layer: as :func:`symconv.stack` takes it.
        number: its place, which is in the names of a symbolic kernel.
        ndim: axes of the images.
    """
    if isinstance(layer, Operator | AffineMap):
        return operator_stage(layer, "operator")
    if isinstance(layer, str):
        return pointwise(layer)
    if not isinstance(layer, Mapping):
        return None
    if "max_pool" in layer:
        _check(layer, POOLING)
        return max_pool(layer["max_pool"], ndim, **{k: layer[k] for k in layer if k != "max_pool"})
    _check(layer, CONVOLUTION)
    return convolution(layer, number, ndim)


def pointwise(name: str) -> Stage:
    """A function of each pixel by itself, which is not linear.

    >>> pointwise("relu").nonlinear
    'ReLU'
    """
    for known in POINTWISE:
        if name.lower() == known.lower():
            return Stage(known, pieces=PIECES.get(known))
    raise SymconvError(f"{shown(name)} is not one of {', '.join(POINTWISE)}")


def max_pool(
    kernel_size: Any,
    ndim: int,
    *,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    name: str = "MaxPool",
) -> Stage:
    """The largest pixel of each window, which is not linear; PyTorch's arguments."""
    taps = _spread(kernel_size, ndim)
    found = windows(
        taps, stride=taps if stride is None else stride, padding=padding, dilation=dilation
    )
    for window in found:
        if 2 * max(window.low, window.high) > window.extent:
            raise GeometryError(
                f"padding ({window.low}, {window.high}) is more than half of the {window.extent} "
                "pixels of a pooling window"
            )
    is_longer = parse_flag("ceil_mode", ceil_mode)
    return Stage(name, (tuple(map(ceiled, found)) if is_longer else found,), largest=True)


def ceiled(window: Window) -> Window:
    """The window with one more place at the end, where that begins on the image or before it.

    >>> ceiled(Window(3, 2)).output(6), ceiled(Window(2, 3)).output(6), Window(3, 2).output(6)
    (3, 2, 2)
    """
    high = min(window.high + window.stride - 1, window.extent - 1)
    given = (window.taps, window.stride, window.low, high, window.dilation)
    return Window(*given)


def convolution(layer: Mapping[Any, Any], number: int, ndim: int) -> Stage:
    """A convolution or a transposed convolution from :func:`symconv.conv`'s arguments."""
    if ("kernel" in layer) == ("kernel_size" in layer):
        raise SymconvError(f"a layer {shown(dict(layer))} has either a kernel or a kernel_size")
    if "kernel" in layer:
        given = layer["kernel"]
        kernel = given if isinstance(given, Kernel) else Kernel(given)
    else:
        size = _spread(layer["kernel_size"], ndim)
        kernel = Kernel.symbolic(f"k^{{({number})}}", size)
    geometry = {k: layer[k] for k in layer if k not in ("kernel", "kernel_size", "bias")}
    transposed = parse_flag("transposed", geometry.pop("transposed", False))
    if not transposed and geometry.pop("output_padding", 0) != 0:
        raise SymconvError("output_padding is for transposed convolutions")
    if transposed and not {"input_dilation", "padding_mode"}.isdisjoint(geometry):
        raise SymconvError("a transposed convolution has no input_dilation and no padding_mode")
    found = windows(kernel.size, transposed=transposed, **geometry)
    make: Any = conv_transpose if transposed else conv
    bias = layer.get("bias", 0)

    def build(size: Sequence[Any], _: int) -> AffineMap:
        return affine(make(kernel, size, **geometry), bias)

    pair = (kernel.in_channels, kernel.out_channels)
    name = "conv_transpose" if transposed else "conv"
    return Stage(name, (found,), pair[::-1] if transposed else pair, build)


def branches(parts: Sequence[Sequence[AnyStage]], join: str = "sum") -> Branches:
    """Stages side by side, whose outputs are added, or whose channels stand one after another."""
    if not parts:
        raise SymconvError(f"a {join} has one branch or more")
    return Branches(tuple(tuple(part) for part in parts), join)


def _spread(size: Any, ndim: int) -> tuple[int, ...]:
    taps = parse_kernel_size(size)
    if len(taps) not in (1, ndim):
        raise GeometryError(f"kernel size {shown(size)} has {len(taps)} axes, not {ndim}")
    return taps * ndim if len(taps) == 1 else taps


def _check(layer: Mapping[Any, Any], known: Sequence[str]) -> None:
    unknown = [shown(key) for key in layer if key not in known]
    if unknown:
        raise SymconvError(f"a layer has no {', '.join(unknown)}; it has {', '.join(known)}")
