"""PyTorch's modules as stages of a stack."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from symconv.arguments import is_list
from symconv.errors import ConventionError
from symconv.frameworks.torch_affine import affine_from_torch, exactly
from symconv.frameworks.weight_layouts import spread
from symconv.operators.kernel import MOST_WEIGHTS
from symconv.operators.resampling import avg_pool, pad, upsample_linear, upsample_nearest
from symconv.operators.selection import identity
from symconv.stacks.affine import affine, constant_pad
from symconv.stacks.layers import POINTWISE, max_pool
from symconv.stacks.stages import Stage, operator_windows
from symconv.stacks.windows import windows

ANY_SIZE = 8  # a size at which to read off windows that are the same for all


def is_module(value: object) -> bool:
    """Whether it is a module of PyTorch's."""
    return any(base.__name__ == "Module" for base in type(value).__mro__)


def is_sequential(module: object) -> bool:
    """Whether it applies its modules one after another, and does nothing else."""
    kind = type(module)
    plain = next((base for base in kind.__mro__ if base.__name__ == "Sequential"), None)
    return plain is not None and getattr(kind, "forward", None) is getattr(plain, "forward", kind)


def module_stages(module: Any, ndim: int) -> list[Stage]:
    """The stages of a module, as it is in inference; those of a Sequential one after another.

    Raises:
        ConventionError: what it does depends on more than windows of pixels, or is not known.
    """
    if is_sequential(module):
        return [stage for part in module for stage in module_stages(part, ndim)]
    name = type(module).__name__.removeprefix("Parametrized")
    if name in POINTWISE:
        return [Stage(name)]
    for pattern, make in MODULES.items():
        found = re.fullmatch(pattern, name)
        if found:
            axes = found.groupdict().get("ndim")
            if axes and int(axes) != ndim:
                raise ConventionError(f"{name} is for {axes} axes, and the image has {ndim}")
            return [make(module, name, ndim)]
    raise ConventionError(
        f"{name} is no layer of windows that symconv knows: give the layers before it, in a list "
        "or a Sequential; a residual block is {'sum': [branch, branch]}"
    )


def _convolution(module: Any, name: str, ndim: int) -> Stage:
    transposed = "Transpose" in name
    taps = spread(module.kernel_size, ndim, "kernel_size")
    arguments = {
        "stride": module.stride,
        "padding": module.padding,
        "dilation": module.dilation,
        "padding_mode": module.padding_mode,
    }
    if transposed:
        arguments |= {"transposed": True, "output_padding": module.output_padding}
    found = windows(taps, **arguments)

    def build(size: Sequence[Any], _: int) -> Any:
        count = module.weight.numel()
        if count > MOST_WEIGHTS:
            raise ConventionError(
                f"{name} has {count} weights, and the operator of at most {MOST_WEIGHTS} is built"
            )
        return affine_from_torch(module, size)

    return Stage(name, (found,), (module.in_channels, module.out_channels), build)


def _normalisation(module: Any, name: str, _: int) -> Stage:
    channels = module.num_features
    return Stage(
        name, (), (channels, channels), lambda size, _: affine_from_torch(module, list(size))
    )


def _identity(_: Any, name: str, __: int) -> Stage:
    return Stage(name, build=lambda size, channels: affine(identity(tuple(size), channels)))


def _max_pool(module: Any, name: str, ndim: int) -> Stage:
    arguments = ("stride", "padding", "dilation", "ceil_mode")
    given = {argument: getattr(module, argument) for argument in arguments}
    return max_pool(module.kernel_size, ndim, name=name, **given)


def _mean(module: Any, name: str, ndim: int) -> Stage:
    if module.ceil_mode or getattr(module, "divisor_override", None) is not None:
        raise ConventionError(f"{name} with ceil_mode or divisor_override is not known")
    taps = spread(module.kernel_size, ndim, "kernel_size")
    steps: dict[str, Any] = {"stride": module.stride, "padding": module.padding}
    if ndim == 1:
        steps = {key: spread(value, 1, key) for key, value in steps.items()}
    counts = {"count_include_pad": module.count_include_pad}

    def build(size: Sequence[Any], channels: int) -> Any:
        return affine(avg_pool(list(size), taps, channels=channels, **steps, **counts))

    return Stage(name, (windows(taps, **steps),), build=build)


def _pad(module: Any, name: str, ndim: int) -> Stage:
    flat = module.padding
    pairs = [tuple(flat[2 * a : 2 * a + 2]) for a in reversed(range(ndim))]
    kind = name.removesuffix(f"Pad{ndim}d")
    modes = {"Reflection": "reflect", "Replication": "replicate", "Circular": "circular"}
    mode = modes.get(kind, "zeros")

    def build(size: Sequence[Any], channels: int) -> Any:
        if kind == "Constant":
            value = exactly(module.value)
            return constant_pad(list(size), pairs, value, channels=channels)
        return affine(pad(list(size), pairs, padding_mode=mode, channels=channels))

    return Stage(name, (windows((1,) * ndim, padding=pairs, padding_mode=mode),), build=build)


def _upsample(module: Any, name: str, ndim: int) -> Stage:
    linear = {1: "linear", 2: "bilinear", 3: "trilinear"}.get(ndim)
    known: dict[Any, Callable[..., Any]] = {"nearest": upsample_nearest, linear: upsample_linear}
    make, factors = known.get(module.mode), module.scale_factor
    if make is None or module.align_corners or factors is None:
        raise ConventionError(
            f"{name} of mode {module.mode!r}: known are nearest and linear ones by a scale_factor, "
            "without align_corners"
        )
    scales = [_whole(f, name) for f in (factors if is_list(factors) else [factors] * ndim)]
    return Stage(
        name,
        tuple(operator_windows(make((ANY_SIZE,) * ndim, scales))),
        build=lambda size, channels: affine(make(list(size), scales, channels=channels)),
    )


def _whole(factor: float, name: str) -> int:
    if factor != int(factor):
        raise ConventionError(f"{name} by {factor}: the factor is no integer")
    return int(factor)


MODULES: dict[str, Callable[[Any, str, int], Stage]] = {
    r"(Lazy)?Conv(Transpose)?(?P<ndim>[123])d": _convolution,
    r"BatchNorm(?P<ndim>[123])d": _normalisation,
    r"Identity|Dropout[123]?d?|AlphaDropout|FeatureAlphaDropout": _identity,
    r"MaxPool(?P<ndim>[123])d": _max_pool,
    r"AvgPool(?P<ndim>[123])d": _mean,
    r"(Zero|Constant|Reflection|Replication|Circular)Pad(?P<ndim>[123])d": _pad,
    r"Upsample|UpsamplingNearest2d": _upsample,
}
