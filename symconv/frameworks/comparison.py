"""Whether two layers are the same linear map, and if not, what lies between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import product
from math import prod
from typing import Any

from symconv.algebra.sizes import Horizon, to_public
from symconv.errors import ConventionError, ShapeError
from symconv.frameworks.code import code_with_weight
from symconv.operators.convolution import operator_of
from symconv.operators.entries import concrete
from symconv.operators.geometry import Axis
from symconv.operators.layer import Layer
from symconv.operators.operator import Operator, parse_operator, product_of
from symconv.printing.unicode import one_line
from symconv.recognition.recognition import recognise, require_layer
from symconv.resampling.shifts_and_shuffles import crop, flip, shift
from symconv.typesetting.displays import aligned_lines
from symconv.typesetting.notebook import html_list
from symconv.typesetting.symbols import escape
from symconv.typesetting.typesetter import typesetter

FARTHEST = 4
LARGEST_SEARCH = 12
MOST_CROPS = 100


@dataclass(frozen=True)
class Comparison:
    """What two layers have in common.

    Attributes:
        equal: the same matrix.
        differences: what differs, in words.
        remedy: arguments of ``symconv.conv`` (or ``conv_transpose``) by which the first becomes the
            second, where there are any; "kernel": "flip" asks for ``kernel.flip()``, "adjoint" for
            ``kernel.adjoint``, "exchange channels" for both.
        proof: why no arguments do, where none do.
        code: a line of a framework's code that computes the second layer of an image x with the
            first layer's weight w, where it was asked for.
        layers: the two layers.
    """

    equal: bool
    differences: tuple[str, ...]
    remedy: dict[str, Any] | None
    proof: str | None
    code: str | None = None
    layers: tuple[Operator, ...] = field(default=(), repr=False, compare=False)

    def __str__(self) -> str:
        if self.equal:
            return "the same matrix"
        lines = [f"different: {'; '.join(self.differences)}"]
        if self.remedy is not None:
            lines.append("equal with " + ", ".join(f"{k}={v!r}" for k, v in self.remedy.items()))
        if self.proof is not None:
            lines.append(f"no arguments make them equal: {self.proof}")
        if self.code is not None:
            lines.append(f"equal with {self.code}")
        return "\n".join(lines)

    def _latex(self, printer: Any) -> str:
        printer = typesetter(printer, self)
        matrices = [printer._print(layer) for layer in self.layers]
        if self.equal:
            return " = ".join(["C_{1} = C_{2}", *matrices[:1]])
        lines = [rf"C_{{{n}}} &= {matrix}" for n, matrix in enumerate(matrices, 1)]
        relation, *advice = [r"C_{1} &\neq C_{2}", *map(_words, str(self).splitlines()[1:])]
        because = [rf"& {_words(difference)}" for difference in self.differences]
        shown = [*lines, relation, *because, *(f"& {line}" for line in advice)]
        return str(aligned_lines(shown, "[1ex]"))

    def _repr_html_(self) -> str:
        _, *advice = str(self).splitlines()
        return html_list(
            "the same matrix" if self.equal else "different", [*self.differences, *advice]
        )


def compare_conventions(a: Operator, b: Operator, framework: str | None = None) -> Comparison:
    """Compare two layers: the same matrix, or how far apart and what would make them equal.

    Args:
        a, b: operators of single layers, as from_torch and its like make them.
        framework: "torch", "keras", "jax" or "onnx": also give code of it that computes the second
            layer with the first one's weight, as :func:`symconv.to_code` writes it.

    Raises:
        ConventionError: an operator is a product or a sum, not a layer, or has no such code.

    >>> import symconv as sc
    >>> torch = sc.from_torch("Conv1d", 6, kernel_size=3, stride=2, padding=1)
    >>> keras = sc.from_tensorflow("Conv1D", 6, kernel_size=3, strides=2, padding="same")
    >>> print(sc.compare_conventions(torch, keras))
    different: padding ((1, 0),) and ((0, 1),) (the second's first window starts 1 pixel later)
    equal with padding=((0, 1),)
    >>> sc.compare_conventions(torch, keras, "torch").code
    'y = torch.nn.functional.conv1d(torch.nn.functional.pad(x, (0, 1)), w, stride=(2,))'
    """
    found = replace(_compare(parse_operator(a), parse_operator(b)), layers=(a, b))
    if framework is None or found.equal:
        return found
    first, second = require_layer(a), require_layer(b)
    return replace(found, code=code_with_weight(second, framework, first))


def _compare(a: Operator, b: Operator) -> Comparison:
    one, other = require_layer(a), require_layer(b)
    if (a.rows, a.cols) == (b.rows, b.cols) and a == b:
        return Comparison(True, (), None, None)
    differences = (*_between(a, b), *_differences(one, other))
    proof = _obstacle(a, b, one, other)
    if proof is not None:
        return Comparison(False, differences, None, proof)
    target = other if one.transposed == other.transposed else _same_kind(one, other, b)
    if target is None:
        proof = (
            "a tap of the second meets pixels a stride apart, next to each other in the output; of "
            "a transposed convolution a tap meets pixels next to each other, a stride apart in the "
            "output"
            if any(map(_meets_twice, other.axes))
            else "no stride, dilation and padding puts the taps where the second has them"
        )
        return Comparison(False, differences, None, proof)
    return Comparison(False, differences, _remedy(one, target), None)


def _words(text: str) -> str:
    """A difference in LaTeX; pairs without Python's comma after a single one."""
    return escape(text.replace("),)", "))").replace("->", "to"))


def _between(a: Operator, b: Operator) -> Iterator[str]:
    """A flip or a shift of the image that takes one to the other."""
    if (a.rows, a.cols) != (b.rows, b.cols):
        yield f"images {_sizes(a)} and {_sizes(b)}"
        yield from _cropped(a, b)
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


def _cropped(a: Operator, b: Operator) -> Iterator[str]:
    """Whether one layer's output is a part of the other's."""
    if a.cols != b.cols or a.rows[0] != b.rows[0] or a.size_symbols | b.size_symbols:
        return
    for words, large, small in (("first", a, b), ("second", b, a)):
        channels, *sizes = concrete(large.rows)
        spare = [n - m for n, m in zip(sizes, concrete(small.rows)[1:], strict=True)]
        if min(spare) < 0 or prod(n + 1 for n in spare) > MOST_CROPS:
            continue
        for lows in product(*(range(n + 1) for n in spare)):
            cut = [(low, n - low) for low, n in zip(lows, spare, strict=True)]
            if product_of(crop(sizes, cut, channels=channels), large) == small:
                other = "second" if words == "first" else "first"
                yield f"the {other} gives the {words}'s output cropped by {tuple(cut)}"
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
        yield f"padding {pads[0]} and {pads[1]}" + _displacement(one, other)


def _displacement(one: Layer, other: Layer) -> str:
    """Where the second layer starts, seen from the first, in pixels an axis."""
    if one.transposed != other.transposed:
        return ""
    sign = -1 if one.transposed else 1
    later = [
        sign * (a - b) for a, b in zip(one.each("padding"), other.each("padding"), strict=True)
    ]
    if not any(later):
        return ""
    what = "output" if one.transposed else "first window"
    return f" (the second's {what} starts {', '.join(_moves(later))})"


def _moves(later: list[Any]) -> Iterator[str]:
    """How far on each axis, or once where all of several agree."""
    words = [
        f"{abs(n)} pixel{'' if abs(n) == 1 else 's'} {'later' if n > 0 else 'earlier'}"
        for n in later
    ]
    if len(words) == 1 or len(set(words)) == 1:
        yield words[0] + ("", "", " on both axes", " on all axes")[min(len(words), 3)]
        return
    yield from (f"{moved} on axis {a}" for a, moved in enumerate(words) if later[a])


def _obstacle(a: Operator, b: Operator, one: Layer, other: Layer) -> str | None:
    """Why no stride, padding or dilation makes the first layer the second, seen at once."""
    if a.cols != b.cols:
        return f"they take different images, {_sizes(a)} and {_sizes(b)}"
    if a.rows[0] != b.rows[0]:
        return f"they give {a.rows[0]} and {b.rows[0]} channels"
    foreign = (b.free_symbols - b.size_symbols) - one.kernel.free_symbols
    if foreign:
        name = one_line(min(foreign, key=str))
        return f"the second has {name} in its matrix, which the first has nowhere"
    turns = (other.kernel, other.kernel.adjoint)
    if one.kernel not in (*turns, *(kernel.flip() for kernel in turns)):
        raise ConventionError(
            "the kernels hold different numbers: compare the layers on the same symbolic kernel, "
            'from_torch(layer, size, weights="symbolic") and its like'
        )
    return None


def _same_kind(one: Layer, other: Layer, b: Operator) -> Layer | None:
    """A layer of the first's kind with the second's matrix.

    A transposed convolution is the convolution of the stuffed image with the flipped kernel, whose
    channels are exchanged, for all sizes. A convolution of stride 1 is a transposed one likewise.
    At a larger stride it is none as soon as a tap meets two pixels: they are a stride apart in the
    image and 1 apart in the output, and in a transposed convolution it is the other way round.
    """
    if not one.transposed or set(other.each("stride")) == {1}:
        return other.turned if other.padding_mode == "zeros" else None
    if any(_meets_twice(axis) for axis in other.axes):
        return None
    found = recognise(b.T).layer
    if found is not None and not found.transposed and one.kernel.size == found.kernel.size:
        return found.T
    return _searched(one, other, b)


def _meets_twice(axis: Axis) -> bool:
    """Whether a tap meets two pixels or more, at a stride above 1."""
    horizon = Horizon()
    return axis.stride > 1 and any(
        d.length != 1 for t in range(axis.kernel_size) for d in axis.tap(t, horizon)
    )


def _searched(one: Layer, other: Layer, b: Operator) -> Layer | None:
    """For the few pixels that are left where no tap meets two."""
    if one.has_channels or b.size_symbols or max(concrete((*b.rows, *b.cols))) > LARGEST_SEARCH:
        raise ConventionError(
            f"{b!r} has taps that meet no two pixels: compare on at most {LARGEST_SEARCH} pixels "
            "an axis and one channel"
        )
    for kernel, turned in ((one.kernel, False), (one.kernel.flip(), True)):
        axes = [_find_axis(axis, turned) for axis in other.axes]
        found = [axis for axis in axes if axis is not None]
        layer = Layer(kernel, tuple(found), True)
        if len(found) == len(axes) and operator_of(layer) == b:
            return layer
    return None


def _find_axis(axis: Axis, turned: bool) -> Axis | None:
    """An axis of a (transposed) convolution that joins the same pixels by the same taps."""
    wanted = {(i, o, t) for o, i, t in _joined(axis)}
    taps, n, m = axis.kernel_size, axis.output_size, axis.input_size
    if turned:
        wanted = {(o, i, taps - 1 - t) for o, i, t in wanted}
    assert isinstance(n, int) and isinstance(m, int)  # noqa: PT018
    reach = max(n, m) + 1
    for stride, dilation in product(range(1, reach + 1), repeat=2):
        for padding in range(-n, dilation * (taps - 1) + stride * m + 1):
            found = Axis(n, m, taps, stride, padding, dilation)
            if _joined(found) == wanted:
                return found
    return None


def _joined(axis: Axis) -> set[tuple[int, int, int]]:
    """All (output pixel, input pixel, tap) of an axis."""
    horizon = Horizon()
    return {(o, i, t) for t in range(axis.kernel_size) for d in axis.tap(t, horizon) for o, i in d}


def _remedy(one: Layer, other: Layer) -> dict[str, Any]:
    """The second layer's arguments where they differ from the first's."""
    remedy: dict[str, Any] = {}
    if one.kernel != other.kernel:
        turns = {"flip": one.kernel.flip(), "adjoint": one.kernel.adjoint}
        turns["exchange channels"] = one.kernel.adjoint.flip()
        remedy["kernel"] = next(name for name, turned in turns.items() if turned == other.kernel)
    for name in ("stride", "dilation", "input_dilation", "padding_mode"):
        mine, theirs = one.each(name), other.each(name)
        if mine != theirs:
            remedy[name] = theirs[0] if name == "padding_mode" else tuple(theirs)
    pads = tuple(map(_pads, other.axes))
    if tuple(map(_pads, one.axes)) != pads:
        remedy["padding"] = pads
    return remedy


def _pads(axis: Axis) -> tuple[Any, Any]:
    return axis.padding, to_public(axis.padding_high)


def _sizes(operator: Operator) -> str:
    return f"{operator.input_size} -> {operator.output_size}"
