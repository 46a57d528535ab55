"""PyTorch's modules as stages of a stack."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from symconv.errors import ConventionError
from symconv.frameworks.linear_layers.row import find_row, unknown
from symconv.frameworks.linear_layers.torch import NONLINEAR, ROWS
from symconv.frameworks.torch_affine import affine_from_torch, normalisation
from symconv.frameworks.weight_layouts import exactly, spread
from symconv.operators.exact_input import parse_weight
from symconv.operators.kernel import MOST_WEIGHTS
from symconv.stacks.layers import POINTWISE, max_pool
from symconv.stacks.pieces import Pieces, clipped, leaky
from symconv.stacks.stages import Stage
from symconv.stacks.windows import windows


def is_module(value: object) -> bool:
    """Whether it is a module of PyTorch's."""
    return any(base.__name__ == "Module" for base in type(value).__mro__)


def is_sequential(module: object) -> bool:
    """Whether it applies its modules one after another, and does nothing else."""
    kind = type(module)
    plain = next((base for base in kind.__mro__ if base.__name__ == "Sequential"), None)
    return plain is not None and getattr(kind, "forward", None) is getattr(plain, "forward", kind)


def module_stages(module: Any, ndim: int, is_flat: bool = False) -> tuple[list[Stage], bool]:
    """The stages of a module, as it is in inference, and whether images are vectors after it.

    Those of a Sequential stand one after another.

    Raises:
        ConventionError: what it does depends on more than windows of pixels, or is not known.
    """
    if not is_sequential(module):
        stage = _stage(module, ndim, is_flat)
        return [stage], is_flat or stage.name == "Flatten"
    stages = []
    for part in module:
        found, is_flat = module_stages(part, ndim, is_flat)
        stages += found
    return stages, is_flat


def _stage(module: Any, ndim: int, is_flat: bool) -> Stage:
    name = type(module).__name__.removeprefix("Parametrized")
    if name in POINTWISE:
        return pointwise_of(module, name)
    _check_flat(module, name, is_flat)
    row = find_row(ROWS, name, ndim)
    if row is not None:
        return row.stage(name, row.read(name, row.of_layer(module)), ndim)
    for pattern, make in MODULES.items():
        found = re.fullmatch(pattern, name)
        if found:
            if int(found["ndim"]) != ndim and not is_flat:
                raise ConventionError(
                    f"{name} is for {found['ndim']} axes, and the image has {ndim}"
                )
            return make(module, name, ndim)
    raise not_known(name)


def _check_flat(module: Any, name: str, is_flat: bool) -> None:
    """PyTorch's Linear works on the last axis, which is all of an image that was flattened."""
    if name == "Linear" and not is_flat:
        raise ConventionError("a Linear without a Flatten before it works on rows of the image")
    if name == "Flatten" and (module.start_dim, module.end_dim) != (1, -1):
        raise ConventionError("a Flatten of some axes only is not known")
    if is_flat and not re.fullmatch(FLAT, name):
        raise ConventionError(f"{name} takes images, and a Flatten stands before it")


def not_known(name: str) -> ConventionError:
    """What is said of a layer without a row."""
    return unknown(
        name,
        NONLINEAR,
        f"{name} is no layer of windows that symconv knows: give the layers before it, in a list "
        "or a Sequential; a residual block is {'sum': [branch, branch]}",
    )


def pointwise_of(module: Any, name: str) -> Stage:
    """A function of single pixels, which is not linear; with the pieces of one that has them."""
    pieces = PIECES.get(name)
    return Stage(name, pieces=pieces and pieces(module))


def _prelu(module: Any) -> Pieces:
    slopes, _ = parse_weight(module.weight, "weight")
    return lambda channel: leaky(slopes[channel if len(slopes) > 1 else 0])


PIECES: dict[str, Callable[[Any], Pieces]] = {
    "ReLU": lambda _: lambda _: leaky(0),
    "ReLU6": lambda _: lambda _: clipped(0, 6),
    "Hardtanh": lambda m: lambda _: clipped(exactly(m.min_val), exactly(m.max_val)),
    "LeakyReLU": lambda m: lambda _: leaky(exactly(m.negative_slope)),
    "RReLU": lambda m: lambda _: leaky((exactly(m.lower) + exactly(m.upper)) / 2),
    "PReLU": _prelu,
}


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
    return Stage(name, (), (channels, channels), lambda size, _: normalisation(module, list(size)))


def _max_pool(module: Any, name: str, ndim: int) -> Stage:
    arguments = ("stride", "padding", "dilation", "ceil_mode")
    given = {argument: getattr(module, argument) for argument in arguments}
    return max_pool(module.kernel_size, ndim, name=name, **given)


MODULES: dict[str, Callable[[Any, str, int], Stage]] = {
    r"(Lazy)?Conv(Transpose)?(?P<ndim>[123])d": _convolution,
    r"BatchNorm(?P<ndim>[123])d": _normalisation,
    r"MaxPool(?P<ndim>[123])d": _max_pool,
}
# What there can be behind a Flatten, besides functions of single numbers.
FLAT = r"Linear|Identity|Flatten|Dropout|AlphaDropout|BatchNorm1d"
