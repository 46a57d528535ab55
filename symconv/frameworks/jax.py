"""JAX's lax.conv_general_dilated and lax.conv_transpose to operators and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from typing import Any

from symconv.algebra.sizes import parse_integer
from symconv.arguments import is_list, parse_choice, parse_flag, parse_instance, shown
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
from symconv.resampling.axis_maps import endless, numbers
from symconv.resampling.interpolation import interpolate
from symconv.resampling.shifts_and_shuffles import unfold

GENERAL = (
    "window_strides", "padding", "lhs_dilation", "rhs_dilation", "dimension_numbers",
    "feature_group_count", "batch_group_count",
)  # fmt: skip
PATCHES = (
    "filter_shape", "window_strides", "padding", "lhs_dilation", "rhs_dilation",
    "dimension_numbers", "channels",
)  # fmt: skip
TRANSPOSE = (
    "strides", "padding", "rhs_dilation", "dimension_numbers", "transpose_kernel",
    "use_consistent_padding",
)  # fmt: skip
PADDINGS = ("SAME", "SAME_LOWER", "VALID")
CONSISTENT = "use_consistent_padding"
GROUPS = "feature_group_count"
BATCHES = "batch_group_count"
LETTERS = "DHWABCEFGJKLMN"


def from_jax(
    function: str, size: Any, *, weight: Any = None, kernel_size: Any = None,
    in_channels: int | None = None, out_channels: int | None = None, **kwargs: Any,
) -> Operator:  # fmt: skip
    """The operator of a convolution of ``jax.lax``.

    Args:
        function: "conv_general_dilated", "conv_transpose" or "conv_general_dilated_patches"; or
            "image.resize" (``shape``, spatial, ``method``, ``antialias``, ``channels``) or
            "numpy.pad" (``pad_width`` of the spatial axes, ``mode``, ``channels``).
        size: spatial size of the input, in the order of the image's axes. The operator orders its
            pixels channel first and its axes as the image has them, whatever ``dimension_numbers``
            say: they are the layout of arrays, not the linear map.
        weight: a kernel, or an array in the layout of ``dimension_numbers`` (where left out
            "OIHW", for conv_transpose "HWIO", as in JAX), whose floats are kept exactly. A kernel,
            or symbols where left out, is in the order (out, in/groups, *size) of the array that
            JAX gets, its spatial axes in the order of the image.
        kernel_size, in_channels, out_channels: for a symbolic weight.
        kwargs: the function's arguments; negative padding crops. Of ``batch_group_count`` images
            the channels stand one after another.

    Raises:
        ConventionError: JAX has no such function or argument.

    Source: the definitions in jax.lax of jax 0.10; conv_transpose is a convolution of the stuffed
    image, and the transpose of one only with ``transpose_kernel=True``.

    >>> from_jax("conv_transpose", 4, kernel_size=3, strides=2, padding="SAME").output_size
    (8,)
    """
    name = parse_instance(function, str, "is no name of a function").removeprefix("jax.")
    if name in OTHERS:
        refuse_unknown(kwargs, [*OTHERS[name][1]], name)
        make, defaults = OTHERS[name]
        return make(_image(size), {**defaults, **kwargs})
    name = name.rpartition(".")[2]
    known = {
        "conv_general_dilated": GENERAL,
        "conv_transpose": TRANSPOSE,
        "conv_general_dilated_patches": PATCHES,
    }.get(name)
    if known is None:
        raise ConventionError(
            f"{function!r} is neither conv_general_dilated nor conv_transpose, nor "
            f"conv_general_dilated_patches, {' nor '.join(OTHERS)}"
        )
    refuse_unknown(kwargs, known, name)
    sizes = _image(size)
    ndim = len(sizes)
    if name == "conv_general_dilated_patches":
        return _patches(sizes, kwargs)
    groups = [parse_integer(kwargs.get(each, 1), each) for each in (GROUPS, BATCHES)]
    if min(groups) > 1:
        raise ConventionError(f"JAX has one of {GROUPS} and {BATCHES}, not both: {groups}")
    image, layout = _layouts(kwargs.get("dimension_numbers"), ndim, name == "conv_transpose")
    order = _order(image, layout)
    if weight is None:
        kernel = symbolic_kernel(kernel_size, in_channels, out_channels, max(groups), name)
    elif isinstance(weight, Kernel):
        kernel = weight
    else:
        kernel = kernel_from_layout(weight, layout, max(groups), places=order)
    check_axes(kernel.size, ndim, name)
    build = _general if name == "conv_general_dilated" else _transposed
    return build(kernel, sizes, _by_image(kwargs, order))


def _image(size: Any) -> list[Any]:
    return [*size] if is_list(size) else [size]


def _layouts(dimension_numbers: Any, ndim: int, is_up: bool) -> tuple[str, str]:
    """The letters of the axes of image and weight."""
    letters = LETTERS[:ndim]
    if dimension_numbers is None and is_up:
        return f"N{letters}C", f"{letters}IO"
    if dimension_numbers is None:
        return f"NC{letters}", f"OI{letters}"
    specs = dimension_numbers
    if all(hasattr(specs, name) for name in ("lhs_spec", "rhs_spec", "out_spec")):
        pairs = (specs.lhs_spec, "NC"), (specs.rhs_spec, "OI")
        found = [_lettered(spec, f"{two}{letters}") for spec, two in pairs]
        return found[0], found[1]
    match specs:
        case (str(image), str(weight), str()) if _are_layouts(specs, ndim):
            return image, weight
    raise ConventionError(
        f"dimension_numbers {shown(dimension_numbers)} are not (lhs, rhs, out) with a letter an "
        f"axis of {ndim + 2}: N and C, in rhs O and I, and the same others in all three"
    )


def _are_layouts(specs: Sequence[str], ndim: int) -> bool:
    """Whether each names all axes once, and the same spatial ones."""
    spatial = [set(spec) - set(two) for spec, two in zip(specs, ("NC", "OI", "NC"), strict=True)]
    return all(
        len(spec) == len(set(spec)) == ndim + 2 and len(found) == ndim and found == spatial[0]
        for spec, found in zip(specs, spatial, strict=True)
    )


def _lettered(places: Sequence[int], names: str) -> str:
    """The letters by axis, from the axes by letter."""
    found = dict(zip(places, names, strict=True))
    return "".join(found[axis] for axis in range(len(names)))


def _order(image: str, weight: str) -> list[int]:
    """For each axis of the image its place among the spatial axes of the weight."""
    taps = [letter for letter in weight if letter not in "OI"]
    return [taps.index(letter) for letter in image if letter not in "NC"]


def _by_image(kwargs: dict[str, Any], order: list[int]) -> dict[str, Any]:
    """Arguments of one value an axis of the weight in the order of the image's."""
    return {
        name: [value[place] for place in order]
        if name != "dimension_numbers" and is_list(value) and len(value) == len(order)
        else value
        for name, value in kwargs.items()
    }


def _patches(sizes: list[Any], kwargs: dict[str, Any]) -> Operator:
    """All windows, with the pixels of each as channels."""
    channels = parse_integer(kwargs.pop("channels", 1), "channels")
    taps = spread(kwargs.pop("filter_shape", ()), len(sizes), "filter_shape")
    unfolded = unfold(taps, taps, channels=channels).provenance.layer
    assert unfolded is not None
    if _order(*_layouts(kwargs.get("dimension_numbers"), len(sizes), False)) != list(
        range(len(sizes))
    ):
        raise ConventionError("patches with permuted axes are not known: transpose the image")
    return _general(unfolded.kernel, sizes, kwargs)


def resized(sizes: list[Any], given: dict[str, Any]) -> Operator:
    """jax.image.resize of the spatial axes."""
    methods = {"nearest": "nearest", "linear": "linear", "bilinear": "linear", "triangle": "linear",
               "trilinear": "linear", "cubic": "cubic", "bicubic": "cubic", "tricubic": "cubic",
               "cubic-pytorch": "cubic"}  # fmt: skip
    method = parse_choice("JAX's method of resizing", given["method"], methods)
    antialias = parse_flag("antialias", given["antialias"])
    goes_on = method == "cubic-pytorch" and not antialias
    return interpolate(
        sizes,
        spread(given["shape"], len(sizes), "shape"),
        mode=methods[method],
        rounding="round_prefer_ceil",
        antialias=antialias and method != "nearest",
        exclude_outside=not goes_on,
        cubic=Fraction(-3, 4) if goes_on else Fraction(-1, 2),
        channels=given["channels"],
    )


MODES = {"constant": "zeros", "wrap": "circular", "edge": "replicate", "reflect": "reflect",
         "symmetric": "symmetric"}  # fmt: skip


def _pad(sizes: list[Any], given: dict[str, Any]) -> Operator:
    """jax.numpy.pad of the spatial axes, as often around as it takes."""
    mode = MODES[parse_choice("JAX's mode of padding", given["mode"], MODES)]
    width = given["pad_width"]
    pairs = _pairs(width if is_list(width) else [(width, width)] * len(sizes), len(sizes))
    if any(min(pair) < 0 for pair in pairs):
        raise ConventionError(f"JAX pads by no negative numbers: {shown(width)}")
    return endless(numbers(sizes, "numpy.pad"), pairs, mode, given["channels"])


_RESIZE = {"shape": None, "method": "linear", "antialias": True, "channels": 1}
_PAD = {"pad_width": 0, "mode": "constant", "channels": 1}
OTHERS: dict[str, tuple[Callable[[list[Any], dict[str, Any]], Operator], dict[str, Any]]] = {
    "image.resize": (resized, _RESIZE),
    "numpy.pad": (_pad, _PAD),
}


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
    given, padding = padding, padding.upper()
    if padding not in PADDINGS:
        raise ConventionError(f"padding {given!r} is not one of {', '.join(PADDINGS)}")
    if max(stuffing) > 1:
        raise ConventionError(
            f"JAX takes no padding {padding!r} together with lhs_dilation {stuffing}: give numbers"
        )
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
    is_exact = isinstance(padding, str) and padding not in ("SAME", "VALID")
    if is_exact and max(strides) == 1 and not kwargs.get(CONSISTENT):
        # What JAX does not know here it hands on to conv_general_dilated.
        turned = kernel.adjoint if kwargs.get("transpose_kernel") else kernel
        given = {"padding": padding, "rhs_dilation": dilation}
        return _general(turned, sizes, given)
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
        raise ConventionError(
            f"padding {padding!r} is not one of SAME, VALID, which conv_transpose has with strides"
        )
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
