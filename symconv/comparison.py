"""Whether two layers are the same linear map, and if not, what lies between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from symconv.affine import to_public
from symconv.errors import ConventionError, ShapeError
from symconv.geometry import Axis
from symconv.layouts import Layer
from symconv.leaves import Convolution
from symconv.operator import Operator, product_of
from symconv.resampling import flip, shift

FARTHEST = 4


@dataclass(frozen=True)
class Comparison:
    """What two layers have in common.

    Attributes:
        equal: the same matrix.
        differences: what differs, in words.
        remedy: arguments of ``symconv.conv`` (or ``conv_transpose``) by which the first becomes the
            second, where there are any; "kernel": "flip" asks for ``kernel.flip()``.
        proof: why no arguments do, where none do.
    """

    equal: bool
    differences: tuple[str, ...]
    remedy: dict[str, Any] | None
    proof: str | None

    def __str__(self) -> str:
        if self.equal:
            return "the same matrix"
        lines = [f"different: {'; '.join(self.differences)}"]
        if self.remedy is not None:
            lines.append("equal with " + ", ".join(f"{k}={v!r}" for k, v in self.remedy.items()))
        if self.proof is not None:
            lines.append(f"no arguments make them equal: {self.proof}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return "<br>".join(str(self).splitlines())


def compare_conventions(a: Operator, b: Operator) -> Comparison:
    """Compare two layers: the same matrix, or how far apart and what would make them equal.

    Args:
        a, b: operators of single layers, as from_torch and its like make them.

    Raises:
        ConventionError: an operator is a product or a sum, not a layer.

    >>> import symconv as sc
    >>> torch = sc.from_torch("Conv1d", 6, kernel_size=3, stride=2, padding=1)
    >>> keras = sc.from_tensorflow("Conv1D", 6, kernel_size=3, strides=2, padding="same")
    >>> print(sc.compare_conventions(torch, keras))
    different: padding ((1, 0),) and ((0, 1),)
    equal with padding=((0, 1),)
    """
    one, other = Layer.of(a, "one layer"), Layer.of(b, "one layer")
    if (a.rows, a.cols) == (b.rows, b.cols) and a == b:
        return Comparison(True, (), None, None)
    differences = [*_between(a, b), *_differences(one, other)]
    proof = _proof(a, b, one, other)
    if proof is not None:
        return Comparison(False, tuple(differences), None, proof)
    return Comparison(False, tuple(differences), _remedy(one, other), None)


def _between(a: Operator, b: Operator) -> Iterator[str]:
    """A flip or a shift of the image that takes one to the other."""
    if (a.rows, a.cols) != (b.rows, b.cols):
        yield f"images {_sizes(a)} and {_sizes(b)}"
        return
    if a.size_symbols or not isinstance(a.rows[0], int):
        return
    size, channels = a.output_size, a.rows[0]
    if product_of(flip(size, channels=channels), a) == b:
        yield "the second gives the first's output reversed"
    near = range(-FARTHEST, FARTHEST + 1)
    offsets = sorted(product(near, repeat=len(size)), key=lambda o: sum(map(abs, o)))
    for offset in offsets[1:]:
        try:
            moved = product_of(shift(size, list(offset), channels=channels), a)
        except ShapeError:
            continue
        if moved == b:
            yield f"the second gives the first's output shifted by {offset} pixels"
            return


def _differences(one: Layer, other: Layer) -> Iterator[str]:
    if one.transposed != other.transposed:
        yield "one is a transposed convolution, the other is not"
    if one.kernel != other.kernel:
        flipped = one.kernel.flip() == other.kernel
        yield "the kernels are flipped against each other" if flipped else "the kernels differ"
    if len(one.axes) != len(other.axes):
        yield f"{len(one.axes)} and {len(other.axes)} axes"
        return
    for name in ("stride", "dilation", "input_dilation", "padding_mode"):
        values = tuple(one.each(name)), tuple(other.each(name))
        if values[0] != values[1]:
            yield f"{name} {values[0]} and {values[1]}"
    pads = tuple(tuple(map(_pads, layer.axes)) for layer in (one, other))
    if pads[0] != pads[1]:
        yield f"padding {pads[0]} and {pads[1]}"


def _proof(a: Operator, b: Operator, one: Layer, other: Layer) -> str | None:
    """Why no stride, padding or dilation makes the first layer the second."""
    if a.cols != b.cols:
        return f"they take images of different sizes, {_sizes(a)} and {_sizes(b)}"
    kernels = {*one.kernel.entries}, {*other.kernel.entries}
    if one.kernel.size != other.kernel.size or one.kernel.groups != other.kernel.groups:
        return f"the kernels have sizes {one.kernel.size} and {other.kernel.size}" + (
            f" and {one.kernel.groups} and {other.kernel.groups} groups"
            if one.kernel.groups != other.kernel.groups
            else ""
        )
    if kernels[0] != kernels[1]:
        return "an entry of one kernel is in no place of the other"
    if one.transposed != other.transposed and not _reaches(one, other):
        return (
            "in every column of a convolution of stride s the taps stand s apart, in a transposed "
            "convolution next to each other"
        )
    if one.kernel not in (other.kernel, other.kernel.flip()):
        return "one kernel is neither the other nor the other flipped"
    return None


def _reaches(one: Layer, other: Layer) -> bool:
    """Whether a convolution and a transposed one can meet: both have stride 1, or one tap."""
    steps = [*one.each("stride"), *other.each("stride")]
    return set(steps) == {1} or set(one.kernel.size) == {1}


def _remedy(one: Layer, other: Layer) -> dict[str, Any]:
    """The second layer's arguments where they differ from the first's."""
    remedy: dict[str, Any] = {}
    if one.transposed != other.transposed:
        other = _turn(other)
    if one.kernel != other.kernel:
        remedy["kernel"] = "flip"
    for name in ("stride", "dilation", "input_dilation", "padding_mode"):
        mine, theirs = one.each(name), other.each(name)
        if mine != theirs:
            remedy[name] = theirs[0] if name == "padding_mode" else tuple(theirs)
    pads = tuple(map(_pads, other.axes))
    if tuple(map(_pads, one.axes)) != pads:
        remedy["padding"] = pads
    return remedy


def _turn(layer: Layer) -> Layer:
    """A layer of stride 1 as the transpose of the convolution with the flipped kernel."""
    if layer.padding_mode != "zeros":
        raise ConventionError(f"padding_mode={layer.padding_mode!r} has no transposed layer")
    axes = tuple(axis.T for axis in layer.axes)
    return Layer(layer.kernel.flip(), axes, not layer.transposed)


def _pads(axis: Axis) -> tuple[Any, Any]:
    return axis.padding, to_public(axis.padding_high)


def _sizes(operator: Operator) -> str:
    return f"{operator.input_size} -> {operator.output_size}"


def rebuilt(operator: Operator, remedy: dict[str, Any]) -> Operator:
    """The first layer with the remedy's arguments: what the comparison promises is equal."""
    layer = Layer.of(operator, "one layer")
    kernel = layer.kernel.flip() if remedy.get("kernel") == "flip" else layer.kernel
    axes = []
    for i, axis in enumerate(layer.axes):
        low, high = remedy.get("padding", [_pads(a) for a in layer.axes])[i]
        stride, dilation, stuffing = (
            remedy.get(name, layer.each(name))[i]
            for name in ("stride", "dilation", "input_dilation")
        )
        extent = dilation * (axis.kernel_size - 1) + 1
        stuffed = (axis.input_size - 1) * stuffing + 1
        outputs = (stuffed + low + high - extent) // stride + 1
        axes.append(
            Axis(
                axis.input_size, outputs, axis.kernel_size, stride, low, dilation, stuffing,
                remedy.get("padding_mode", axis.padding_mode),
            )
        )  # fmt: skip
    made = Convolution(kernel, tuple(axes), {}).operator()
    return made.T if layer.transposed else made
