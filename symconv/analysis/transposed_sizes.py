"""Which sizes a transposed convolution can choose, and what the pixels that it adds are made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from symconv.algebra.sizes import Size, to_expr, to_public
from symconv.operators.geometry import Axis
from symconv.operators.operator import Operator
from symconv.printing.unicode import one_line


@dataclass(frozen=True)
class TransposedSizes:
    """One axis of a transposed convolution, with the padding of its start at both ends.

    Attributes:
        size: pixels that it takes.
        outputs: the sizes that the convolution which it transposes all takes to that size, the
            first for output_padding=0; as many as the stride.
        output_padding: which of them it gives.
        added: for each pixel beyond the first of these sizes (pixel, ((input pixel, tap), …)): what
            reaches it.
    """

    size: Any
    outputs: tuple[Any, ...]
    output_padding: int
    added: tuple[tuple[Any, tuple[tuple[Any, int], ...]], ...]

    def sentences(self) -> Iterator[str]:
        """The same in words."""
        shown = [_shown(m) for m in self.outputs]
        if len(shown) > 1:
            each = ", ".join(shown[:-1])
            yield (
                f"The convolution that it transposes takes images of {each} and of {shown[-1]} "
                f"pixels to {_shown(self.size)}: output_padding chooses between them, from "
                f"output_padding=0 for {shown[0]}; here it is {self.output_padding}, which gives "
                f"{shown[self.output_padding]}."
            )
        for pixel, taps in self.added:
            reach = ", ".join(f"tap {t} of pixel {_shown(i)}" for i, t in taps)
            yield f"It adds pixel {_shown(pixel)}, which gets {reach or 'nothing and is zero'}."


def _shown(value: Any) -> str:
    return one_line(to_expr(value))


def transposed_sizes(operator: Operator) -> tuple[TransposedSizes, ...]:
    """For each axis of a transposed convolution which outputs share its input size.

    It is empty for an operator that was made otherwise, and for a size that no output_padding
    below the stride gives with equal padding at both ends.

    >>> import symconv as sc
    >>> T = sc.conv_transpose([1, 2, 3], 4, stride=2, padding=1, output_padding=1)
    >>> (axis,) = transposed_sizes(T)
    >>> axis.outputs, axis.output_padding, axis.added
    ((7, 8), 1, ((7, ((3, 2),)),))
    """
    layer = operator.provenance.layer
    if layer is None or not layer.transposed or layer.padding_mode != "zeros":
        return ()
    found = [_of_axis(axis) for axis in layer.axes]
    return tuple(each for each in found if each is not None) if all(found) else ()


def _of_axis(axis: Axis) -> TransposedSizes | None:
    s, p, n = axis.stride, axis.padding, axis.output_size
    first = s * (n - 1) + axis.extent - 2 * p
    extra = axis.input_size - first
    if axis.input_dilation > 1 or not isinstance(extra, int) or not 0 <= extra < s:
        return None
    added = tuple((to_public(first + j), _taps(axis, j)) for j in range(extra))
    outputs = tuple(to_public(first + a) for a in range(s))
    return TransposedSizes(to_public(n), outputs, extra, added)


def _taps(axis: Axis, beyond: int) -> tuple[tuple[Any, int], ...]:
    """What reaches the pixel so far beyond the smallest output: (input pixel, tap)."""
    found = []
    for tap in range(axis.kernel_size):
        back, rest = divmod(
            axis.dilation * tap - (axis.extent - axis.padding + beyond), axis.stride
        )
        pixel: Size = axis.output_size - 1 - back
        if rest == 0 and back >= 0 and not (isinstance(pixel, int) and pixel < 0):
            found.append((to_public(pixel), tap))
    return tuple(found)
