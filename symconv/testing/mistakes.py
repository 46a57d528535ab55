"""The usual ways to get a layer wrong: its kernel, its steps, its padding, as other layers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, product
from typing import Any

from symconv._arrays import Array, np
from symconv.errors import SymconvError
from symconv.frameworks.weight_layouts import output_paddings, padding_pairs
from symconv.numeric.layouts import weight_places
from symconv.operators.geometry import Axis, conv_axes, conv_transpose_axes
from symconv.operators.layer import Layer
from symconv.operators.padding import PADDING_MODES
from symconv.testing.numeric_layer import (
    NumericLayer,
    grouped_weight,
    numeric_layer,
    ungrouped,
)

# What it looks like, and the layer that does so.
Mistake = tuple[str, NumericLayer]
Geometry = tuple[str, tuple[Axis, ...]]
Weight = tuple[str, Array]
COUNTED = ("no", "one", "two", "three", "four", "five", "six")
STEPS = ("stride", "dilation", "input_dilation")


def layer_mistakes(layer: Layer) -> Iterator[Mistake]:
    """Layers that one mistake makes of a layer of numbers, the commonest first."""
    made = numeric_layer(layer)
    yield from _flips(made)
    for words, axes in _geometries(layer):
        yield words, replace(made, axes=axes)
    yield from _kinds(layer, made)
    for words, weight in _kernels(layer, made):
        yield words, replace(made, weight=weight)


def pairs_of_mistakes(layer: Layer) -> Iterator[Mistake]:
    """Layers that two mistakes make: in the kernel and in the geometry, or a flip and another."""
    made = numeric_layer(layer)
    others = list(_kernels(layer, made))
    flips = [(words, flipped.weight) for words, flipped in _flips(made)]
    geometries = {made.axes: ""}
    for words, axes in _geometries(layer):
        geometries.setdefault(axes, words)
    for axes, where in list(geometries.items())[1:]:
        for words, weight in (*flips, *others):
            yield f"{words}, and {where}", replace(made, weight=weight, axes=axes)
    for words, weight in others:
        for how, flipped in _flips(replace(made, weight=weight)):
            yield f"{words}, and {how}", flipped


def _geometries(layer: Layer) -> Iterator[Geometry]:
    yield from _moved(layer)
    yield from _exchanges(layer)
    yield from _paddings(layer)
    yield from _modes(layer)
    yield from _steps(layer)


def on_axes(axes: tuple[int, ...], ndim: int) -> str:
    """Which axes, in words.

    >>> on_axes((1,), 2), on_axes((0, 1), 2), on_axes((0,), 1)
    ('on axis 1', 'on both axes', 'on axis 0')
    """
    if len(axes) == 1:
        return f"on axis {axes[0]}"
    every = "both axes" if ndim == 2 else "every axis"
    return f"on {every}" if len(axes) == ndim else f"on axes {' and '.join(map(str, axes))}"


def counted(number: int, thing: str = "pixel") -> str:
    """A number of things in words.

    >>> counted(1), counted(2), counted(9, "tap")
    ('one pixel', 'two pixels', '9 taps')
    """
    word = COUNTED[number] if number < len(COUNTED) else str(number)
    return f"{word} {thing}" + "s" * (number != 1)


def subsets(ndim: int) -> Iterator[tuple[int, ...]]:
    """All axes first, then each, then the others."""
    sizes = [ndim, *range(1, ndim)]
    yield from (axes for size in sizes for axes in combinations(range(ndim), size))


# --- layers with other arguments ---------------------------------------------------------------


def _arguments(layer: Layer) -> dict[str, Any]:
    """The arguments of conv or conv_transpose that make the axes of a layer."""
    pads = padding_pairs(layer)
    shared = {name: layer.each(name) for name in ("stride", "dilation")}
    if layer.transposed:
        size = layer.each("output_size")
        return shared | {"size": size, "padding": pads,
                         "output_padding": output_paddings(layer, pads)}  # fmt: skip
    stuffing = {"input_dilation": layer.each("input_dilation"), "padding_mode": layer.padding_mode}
    return shared | stuffing | {"size": layer.each("input_size"), "padding": pads}


def _natural(layer: Layer, **changed: Any) -> tuple[Axis, ...]:
    """The axes with other arguments; the output may have another size."""
    build = conv_transpose_axes if layer.transposed else conv_axes
    arguments = _arguments(layer) | changed
    return build(layer.kernel.size, **arguments)


def _sized(layer: Layer, **changed: Any) -> tuple[Axis, ...]:
    """The axes with other arguments between images of the same sizes."""
    mode = changed.pop("padding_mode", layer.padding_mode)
    changed.pop("output_padding", None)  # the size says it
    if "padding" in changed:
        changed["padding"] = [low for low, _ in changed["padding"]]
    return tuple(
        replace(axis, padding_mode=mode, **{name: values[n] for name, values in changed.items()})
        for n, axis in enumerate(layer.axes)
    )


def _changed(layer: Layer, words: str, **changed: Any) -> Iterator[Geometry]:
    """Both, where there are such layers."""
    if any(min(changed[name]) < 1 for name in STEPS if name in changed):
        return
    made: list[tuple[Axis, ...]] = []
    for build, where in ((_natural, ""), (_sized, ", between images of the right sizes")):
        try:
            axes = build(layer, **changed)
        except SymconvError:
            continue
        if axes not in made:
            yield words + where, axes
        made.append(axes)


# --- mistakes ----------------------------------------------------------------------------------


def _flips(made: NumericLayer) -> Iterator[Mistake]:
    ndim = len(made.axes)
    for axes in subsets(ndim):
        flipped = np.flip(made.weight, tuple(axis + 2 for axis in axes))
        yield f"the kernel is flipped {on_axes(axes, ndim)}", replace(made, weight=flipped)


def _moved(layer: Layer) -> Iterator[Geometry]:
    """Windows, or of a transposed layer the output, that start at another pixel."""
    reach = max(max(axis.extent, axis.stride) for axis in layer.axes)
    ndim, what = len(layer.axes), "the output" if layer.transposed else "padding"
    for pixels, axes, sign in product(range(1, reach + 1), subsets(ndim), (1, -1)):
        later = (sign > 0) != layer.transposed
        words = f"{what} starts {counted(pixels)} {'later' if later else 'earlier'}"
        moved = tuple(
            replace(axis, padding=axis.padding - sign * pixels * (n in axes))
            for n, axis in enumerate(layer.axes)
        )
        pads = [(axis.padding, axis.padding_high) for axis in moved]
        yield f"{words} {on_axes(axes, ndim)}: padding {_pairs(pads)}", moved


def _exchanges(layer: Layer) -> Iterator[Geometry]:
    given = _arguments(layer)
    low_high = [(high, low) for low, high in given["padding"]]
    yield from _changed(layer, "the two ends of padding are exchanged", padding=low_high)
    for one, other in combinations([n for n in STEPS if n in given], 2):
        words = f"{one} and {other} are exchanged"
        yield from _changed(layer, words, **{one: given[other], other: given[one]})
    for i, j in combinations(range(len(layer.axes)), 2):
        for name in (*STEPS, "padding"):
            if name in given:
                words = f"{name} of axes {i} and {j} is exchanged"
                yield from _changed(layer, words, **{name: _swapped(given[name], i, j)})


def _paddings(layer: Layer) -> Iterator[Geometry]:
    given, ndim = _arguments(layer), len(layer.axes)
    pads, extents = given["padding"], [axis.extent for axis in layer.axes]
    none = [(0, 0)] * ndim
    yield from _changed(layer, "padding is left out", padding=none)
    if layer.transposed:
        other = [(e - 1 - low, e - 1 - high) for e, (low, high) in zip(extents, pads, strict=True)]
        yield from _changed(
            layer, "padding pads the stuffed image in place of cropping the output", padding=other
        )
        extra = given["output_padding"]
        yield from _changed(layer, "output_padding is left out", output_padding=[0] * ndim)
        start = [(low - a, high) for (low, high), a in zip(pads, extra, strict=True)]
        yield from _changed(
            layer, "output_padding is put at the start", padding=start, output_padding=[0] * ndim
        )
    for side, end in ((0, "start"), (1, "end")):
        alone = [(pair[0] * (side == 0), pair[1] * (side == 1)) for pair in pads]
        yield from _changed(layer, f"padding is put at the {end} alone", padding=alone)
        twice = [(low + high, 0) if side == 0 else (0, low + high) for low, high in pads]
        yield from _changed(layer, f"all padding is put at the {end}", padding=twice)
        for more in (1, -1):
            words = f"padding has one pixel {'more' if more > 0 else 'less'} at the {end}"
            one = [(p[0] + more * (side == 0), p[1] + more * (side == 1)) for p in pads]
            yield from _changed(layer, words, padding=one)
    halves = [((e - 1) // 2, (e - 1) - (e - 1) // 2) for e in extents]
    yield from _changed(layer, 'padding is that of "same"', padding=halves)
    yield from _changed(
        layer, 'padding is that of "full"', padding=[(e - 1, e - 1) for e in extents]
    )
    undilated = [(k - 1, k - 1) for k in layer.kernel.size]
    yield from _changed(layer, "padding is reckoned without the dilation", padding=undilated)
    for pixels in range(1, max(extents) + 2):
        yield from _changed(
            layer,
            f"padding is {pixels} in place of {_pairs(pads)}",
            padding=[(pixels, pixels)] * ndim,
        )


def _modes(layer: Layer) -> Iterator[Geometry]:
    if layer.transposed:
        return
    for mode in PADDING_MODES:
        words = f"padding is {mode} in place of {layer.padding_mode}"
        yield from _changed(layer, words, padding_mode=mode)


def _steps(layer: Layer) -> Iterator[Geometry]:
    given, ndim = _arguments(layer), len(layer.axes)
    for name in [name for name in STEPS if name in given]:
        yield from _changed(layer, f"{name} is left out", **{name: [1] * ndim})
        for more in (1, -1):
            words = f"{name} is one {'more' if more > 0 else 'less'} than it should be"
            yield from _changed(layer, words, **{name: [step + more for step in given[name]]})
        for step in range(2, max(given[name]) + 4):
            yield from _changed(
                layer,
                f"{name} is {step} in place of {_steps_of(given[name])}",
                **{name: [step] * ndim},
            )
        for axis in range(ndim):
            alone = [1 if n == axis else step for n, step in enumerate(given[name])]
            yield from _changed(layer, f"{name} is left out on axis {axis}", **{name: alone})
    squares = [s * d for s, d in zip(given["stride"], given["dilation"], strict=True)]
    if not layer.transposed:
        lows = [
            (s * low, s * high)
            for s, (low, high) in zip(given["stride"], given["padding"], strict=True)
        ]
        yield from _changed(
            layer, "the image is sampled before the convolution, not after it",
            dilation=squares, padding=lows,
        )  # fmt: skip


def _kinds(layer: Layer, made: NumericLayer) -> Iterator[Mistake]:
    """A convolution where a transposed one should be, or the other way round."""
    given, size, ndim = _arguments(layer), layer.kernel.size, len(layer.axes)
    shared = {name: given[name] for name in ("size", "stride", "dilation", "padding")}
    try:
        if layer.transposed:
            words, steps = "a convolution", [1] * ndim
            axes = conv_axes(size, **shared, input_dilation=steps, padding_mode="zeros")
        else:
            words = "a transposed convolution"
            axes = conv_transpose_axes(size, **shared, output_padding=[0] * ndim)
    except SymconvError:
        return
    swapped, spatial = made.weight.swapaxes(0, 1), tuple(range(2, ndim + 2))
    for weight in (made.weight, swapped):
        for turned in (weight, np.flip(weight, spatial)):
            kind = NumericLayer(turned, axes, not layer.transposed)
            yield f"it is {words} with these arguments", kind


def _kernels(layer: Layer, made: NumericLayer) -> Iterator[Weight]:
    """Other weights: axes exchanged, channels mixed up, taps left out."""
    weight, size = made.weight, layer.kernel.size
    for i, j in combinations(range(len(size)), 2):
        if size[i] == size[j]:
            yield f"axes {i} and {j} of the kernel are exchanged", weight.swapaxes(i + 2, j + 2)
    if weight.shape[0] == weight.shape[1]:
        yield "in and out channels are exchanged", weight.swapaxes(0, 1)
    for axis, taps in enumerate(size):
        for tap, name in ((taps - 1, "last"), (0, "first")) if taps > 1 else ():
            rest = weight.copy()
            rest[(slice(None),) * (axis + 2) + (tap,)] = 0
            yield f"the {name} tap of axis {axis} is left out", rest
    if layer.kernel.groups > 1:
        yield from _dealt(weight, layer.kernel.groups)
    for words, grouped in _channels(layer):
        yield words, ungrouped(grouped, layer.kernel.groups)


def _channels(layer: Layer) -> Iterator[Weight]:
    """Weights (out, in/groups, *size)."""
    weight, groups = grouped_weight(layer), layer.kernel.groups
    out, inner = weight.shape[:2]
    keras, flat = weight_places(layer.kernel, "keras", False), weight.ravel()
    for words, places in (("from", keras.ravel()), ("to", np.argsort(keras, axis=None))):
        yield (
            f"the weight is reshaped {words} (*size, in, out), in place of transposed",
            flat[places].reshape(weight.shape),
        )
    if groups > 1:
        first = np.concatenate([weight[: out // groups]] * groups)
        yield "the first group's kernels are used for every group", first
    if inner > 1:
        repeated = np.repeat(weight[:, :1], inner, axis=1)
        yield "the kernel of the first input channel is used for all", repeated
        for channel, name in ((0, "first"), (inner - 1, "last")):
            alone = np.zeros_like(weight)
            alone[:, channel] = weight[:, channel]
            yield f"the {name} input channel alone is read", alone
        own = np.equal.outer(np.arange(out) % inner, np.arange(inner))
        separate = weight * own.reshape(out, inner, *[1] * (weight.ndim - 2))
        yield "input channels are not added up, each goes to its own", separate
    if out > 1:
        same = np.repeat(weight[:1], out, axis=0)
        yield "the kernel of the first output channel is used for all", same


def _dealt(weight: Array, groups: int) -> Iterator[Weight]:
    """Channel c belongs to the group c mod groups, not to a run of neighbours."""
    places = [np.arange(n).reshape(-1, groups).T.ravel() for n in weight.shape[:2]]
    outputs, inputs = (np.argsort(place) for place in places)
    yield "channels are dealt to the groups in turn", weight[outputs][:, inputs]
    yield "input channels are dealt to the groups in turn", weight[:, inputs]
    yield "output channels are dealt to the groups in turn", weight[outputs]


def _swapped(values: Any, i: int, j: int) -> list[Any]:
    swapped = list(values)
    swapped[i], swapped[j] = swapped[j], swapped[i]
    return swapped


def _pairs(pads: Any) -> str:
    """Padding an axis, once where all axes have it."""
    return str(pads[0]) if len(set(pads)) == 1 else ", ".join(map(str, pads))


def _steps_of(values: Any) -> str:
    return str(values[0]) if len(set(values)) == 1 else str(tuple(values))
