"""A layer as code of a framework, with padding, cropping and stuffing spelled out."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

from symconv._arrays import np
from symconv.algebra.sizes import Size, evaluate
from symconv.arguments import parse_choice
from symconv.errors import ConventionError
from symconv.numeric.layouts import weight_places
from symconv.operators.geometry import Axis
from symconv.operators.layer import Layer
from symconv.operators.operator import Operator
from symconv.operators.padding import pixel_at
from symconv.recognition.recognition import require_layer

FRAMEWORKS = ("torch", "keras", "jax", "onnx")
TORCH_MODES = ("reflect", "replicate", "circular")


def to_code(operator: Operator, framework: str) -> str:
    """A line of code that computes a layer y of images x, with the weight w.

    It needs no layer object, so that it is there where a framework has no such layer: padding that
    differs at the two ends, or crops, or is of another mode, stands beside the convolution.

    Args:
        operator: one convolution or transposed convolution of concrete size.
        framework: "torch", "keras", "jax" or "onnx"; w is ``to_weight(operator, framework)`` and
            images have the framework's layout. Of ONNX the nodes are written as ``onnx.parser``
            reads them, for opset 13 and later.

    Raises:
        ConventionError: the operator is no single layer, or one without such code: the transpose of
            a layer that copies pixels, stuffed zeros outside of JAX, groups of a transposed layer
            in Keras.

    >>> import symconv as sc
    >>> C = sc.conv(sc.Kernel([1, 2, 3]), 6, stride=2, padding=((0, 1),))
    >>> to_code(C, "torch")
    'y = torch.nn.functional.conv1d(torch.nn.functional.pad(x, (0, 1)), w, stride=(2,))'
    >>> to_code(C, "onnx")
    'p = Constant <value_ints = [0, 0, 0, 0, 0, 1]> () z = Pad (x, p) \
y = Conv <strides = [2]> (z, w)'
    """
    layer = require_layer(operator, parse_choice("framework", framework, FRAMEWORKS))
    obstacle = _obstacle(layer, framework)
    if obstacle:
        raise ConventionError(obstacle)
    return WRITERS[framework](layer, "w")


def code_with_weight(layer: Layer, framework: str, other: Layer) -> str:
    """The code of a layer, where w is the weight of another one: reversed, or its channels swapped.

    Raises:
        ConventionError: there is no such code, or the weights are not each other's.
    """
    parse_choice("framework", framework, FRAMEWORKS)
    reason = _obstacle(layer, framework)
    if reason:
        raise ConventionError(reason)
    wanted, given = (_weight(each, framework) for each in (layer, other))
    ndim = len(layer.axes)
    last = framework == "keras"
    spatial = tuple(range(ndim)) if last else tuple(range(2, ndim + 2))
    channels = (ndim, ndim + 1) if last else (0, 1)
    for flips, swaps in product(((), spatial), ((), channels)):
        turned = np.flip(given.swapaxes(*swaps) if swaps else given, flips)
        if turned.shape == wanted.shape and (turned == wanted).all():
            before, weight = _turned(framework, flips, swaps, ndim)
            return before + WRITERS[framework](layer, weight)
    raise ConventionError(
        "the second layer's weight is not the first's, flipped or with its channels exchanged"
    )


def _weight(layer: Layer, framework: str) -> Any:
    entries = np.array([*layer.kernel.entries, None], dtype=object)
    return entries[weight_places(layer.kernel, framework, layer.transposed)]


def _turned(
    framework: str, flips: tuple[int, ...], swaps: tuple[int, ...], ndim: int
) -> tuple[str, str]:
    """Code before the layer, and the weight with channels swapped and then reversed axes."""
    if framework == "onnx":
        return _turned_nodes(flips, swaps, ndim)
    weight = "w"
    if swaps:
        weight = {
            "torch": f"w.swapaxes{swaps}",
            "jax": f"w.swapaxes{swaps}",
            "keras": f"keras.ops.swapaxes(w, {swaps[0]}, {swaps[1]})",
        }[framework]
    if flips:
        module = {"torch": "torch", "jax": "jax.numpy", "keras": "keras.ops"}[framework]
        weight = f"{module}.flip({weight}, {flips})"
    return "", weight


def _turned_nodes(flips: tuple[int, ...], swaps: tuple[int, ...], ndim: int) -> tuple[str, str]:
    nodes, weight = "", "w"
    for n, axis in enumerate(flips):
        reach = {"start": -1, "end": -(2**31), "axis": axis, "step": -1}
        nodes += "".join(f"{w}{n} = Constant <value_ints = [{v}]> () " for w, v in reach.items())
        nodes += f"w{n} = Slice ({weight}, start{n}, end{n}, axis{n}, step{n}) "
        weight = f"w{n}"
    if swaps:
        perm = [1, 0, *range(2, ndim + 2)]
        nodes, weight = f"{nodes}v = Transpose <perm = {perm}> ({weight}) ", "v"
    return nodes, weight


def refusal(reason: str, layer: Layer, framework: str) -> ConventionError:
    """The error for a layer that a framework does not have, with code that computes it.

    The code is the framework's own, or JAX's, which has stuffed zeros and all groups.
    """
    for name in (framework, "jax"):
        if not _obstacle(layer, name):
            return ConventionError(f"{reason}: {WRITERS[name](layer, 'w')}")
    return ConventionError(f"{reason}; {_obstacle(layer, framework)}")


def _obstacle(layer: Layer, framework: str) -> str:
    """Why there is no code, if so."""
    copies = layer.padding_mode != "zeros"
    if layer.transposed and copies:
        return (
            f"the transpose of a layer with padding_mode={layer.padding_mode!r} has no code: "
            "differentiate the layer itself"
        )
    if not 1 <= len(layer.axes) <= 3:
        return f"a layer of {len(layer.axes)} axes has no code: those of 1 to 3 have"
    if any(axis.input_dilation > 1 for axis in layer.axes) and (framework != "jax" or copies):
        return f"zeros between pixels have no code in {framework}"
    if framework == "keras" and layer.transposed and layer.kernel.groups > 1:
        return "Keras's transposed convolutions have no groups"
    sizes = [_spare(axis) if layer.transposed else axis.padding_high for axis in layer.axes]
    if copies:
        sizes += [axis.input_size for axis in layer.axes]
    if not all(isinstance(n, int) for n in sizes):
        return "sizes must be numbers for code"
    if framework != "jax" and any(_crops_all(layer, axis) for axis in layer.axes):
        return f"cropping more pixels than there are has no code in {framework}"
    return ""


def _crops_all(layer: Layer, axis: Axis) -> bool:
    """Whether more pixels are cropped at an end than there are, which slices do not undo."""
    size = axis.covered if layer.transposed else axis.stuffed_size
    if layer.padding_mode != "zeros" or not isinstance(size, int):
        return False
    pair = (-axis.padding, evaluate(_spare(axis), {})) if layer.transposed else _pads_of(axis)
    return -min(pair) > size


# --- what all of them need ---------------------------------------------------------------------


def _pads(layer: Layer) -> list[tuple[int, int]]:
    """(low, high) of the image that just fills all windows, negative where pixels are left over."""
    return [_pads_of(axis) for axis in layer.axes]


def _pads_of(axis: Axis) -> tuple[int, int]:
    return axis.padding, evaluate(axis.padding_high, {})


def _crops(layer: Layer) -> list[tuple[int, int]]:
    """(low, high), mostly negative, that makes the output of a whole transposed convolution."""
    return [(-axis.padding, evaluate(_spare(axis), {})) for axis in layer.axes]


def _spare(axis: Axis) -> Size:
    """Pixels of a transposed convolution's output beyond the last that a window covers."""
    return -axis.padding_high


def _shown(axis: Axis) -> list[int]:
    """Which pixel shows at each place that windows touch."""
    size = evaluate(axis.stuffed_size, {})
    places = range(-axis.padding, evaluate(axis.covered, {}) - axis.padding)
    return [pixel_at(place, size, axis.padding_mode) for place in places]


def _steps(layer: Layer, **names: str) -> str:
    """The arguments of more than one, by the framework's names."""
    given = {ours: tuple(layer.each(ours)) for ours in names if ours != "groups"}
    shown = [f"{names[ours]}={values}" for ours, values in given.items() if set(values) != {1}]
    if "groups" in names and layer.kernel.groups > 1:
        shown.append(f"{names['groups']}={layer.kernel.groups}")
    return "".join(f", {words}" for words in shown)


# --- one framework each ------------------------------------------------------------------------


def _torch(layer: Layer, w: str) -> str:
    ndim = len(layer.axes)
    steps = _steps(layer, stride="stride", dilation="dilation", groups="groups")
    name = f"torch.nn.functional.conv{'_transpose' * layer.transposed}{ndim}d"
    if layer.transposed:
        return f"y = {_torch_padded(f'{name}(x, {w}{steps})', _crops(layer))}"
    image, pads = "x", _pads(layer)
    if layer.padding_mode == "zeros":
        image = _torch_padded(image, pads)
    elif layer.padding_mode in TORCH_MODES and min(min(pair) for pair in pads) >= 0:
        image = _torch_padded(image, pads, f", mode={layer.padding_mode!r}")
    else:
        for n, axis in enumerate(layer.axes):
            image += f"[{':, ' * (n + 2)}{_shown(axis)}]"
    return f"y = {name}({image}, {w}{steps})"


def _torch_padded(image: str, pads: Sequence[tuple[int, int]], mode: str = "") -> str:
    """PyTorch counts the last axis first."""
    flat = tuple(pixels for pair in reversed(pads) for pixels in pair)
    return f"torch.nn.functional.pad({image}, {flat}{mode})" if any(flat) else image


def _keras(layer: Layer, w: str) -> str:
    steps = f", strides={tuple(layer.each('stride'))}, padding='valid'"
    steps += _steps(layer, dilation="dilation_rate")
    if layer.transposed:
        # Keras fills the last stride up.
        crops = [
            (low, high - max(axis.stride - axis.extent, 0))
            for (low, high), axis in zip(_crops(layer), layer.axes, strict=True)
        ]
        return f"y = {_keras_padded(f'keras.ops.conv_transpose(x, {w}{steps})', crops)}"
    image = "x"
    if layer.padding_mode == "zeros":
        image = _keras_padded(image, _pads(layer))
    else:
        for n, axis in enumerate(layer.axes):
            image = f"keras.ops.take({image}, {_shown(axis)}, axis={n + 1})"
    return f"y = keras.ops.conv({image}, {w}{steps})"


def _keras_padded(image: str, pads: Sequence[tuple[int, int]]) -> str:
    """Slices where it crops, and zeros where it does not; channels last."""
    cuts = [(max(-low, 0), min(high, 0) or None) for low, high in pads]
    if any(low or high for low, high in cuts):
        image += "[:, " + ", ".join(f"{low or ''}:{high or ''}" for low, high in cuts) + "]"
    zeros = [(max(low, 0), max(high, 0)) for low, high in pads]
    whole = ((0, 0), *zeros, (0, 0))
    return f"keras.ops.pad({image}, {whole})" if any(map(any, zeros)) else image


def _jax(layer: Layer, w: str) -> str:
    shown = layer.turned if layer.transposed else layer
    image, pads = "x", _pads(shown)
    if shown.padding_mode != "zeros":
        for n, axis in enumerate(shown.axes):
            image = f"jax.numpy.take({image}, jax.numpy.array({_shown(axis)}), axis={n + 2})"
        pads = [(0, 0)] * len(pads)
    steps = _steps(
        shown, input_dilation="lhs_dilation", dilation="rhs_dilation", groups="feature_group_count"
    )
    strides = tuple(shown.each("stride"))
    return f"y = jax.lax.conv_general_dilated({image}, {w}, {strides}, {pads}{steps})"


def _onnx(layer: Layer, w: str) -> str:
    """Nodes one after the other, in ONNX's own text."""
    named = {"strides": layer.each("stride"), "dilations": layer.each("dilation")}
    attributes = [f"{name} = {steps}" for name, steps in named.items() if set(steps) != {1}]
    attributes += [f"group = {layer.kernel.groups}"] * (layer.kernel.groups > 1)
    given = f"<{', '.join(attributes)}> " if attributes else ""
    if layer.transposed:
        pads, nodes = _crops(layer), f"ConvTranspose {given}(x, {w})"
        return f"z = {nodes} {_onnx_pad('y', 'z', pads)}" if any(map(any, pads)) else f"y = {nodes}"
    if layer.padding_mode == "zeros":
        pads = _pads(layer)
        if not any(map(any, pads)):
            return f"y = Conv {given}(x, {w})"
        return f"{_onnx_pad('z', 'x', pads)} y = Conv {given}(z, {w})"
    image, nodes = "x", ""
    for n, axis in enumerate(layer.axes):
        nodes += f"i{n} = Constant <value_ints = {_shown(axis)}> () "
        nodes += f"z{n} = Gather <axis = {n + 2}> ({image}, i{n}) "
        image = f"z{n}"
    return f"{nodes}y = Conv {given}({image}, {w})"


def _onnx_pad(padded: str, image: str, pads: Sequence[tuple[int, int]]) -> str:
    """ONNX counts all lows and then all highs."""
    lows, highs = ([pair[end] for pair in pads] for end in (0, 1))
    flat = [0, 0, *lows, 0, 0, *highs]
    return f"p = Constant <value_ints = {flat}> () {padded} = Pad ({image}, p)"


WRITERS = {"torch": _torch, "keras": _keras, "jax": _jax, "onnx": _onnx}
