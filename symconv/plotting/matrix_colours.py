"""What any picture of a matrix shows: its entries, their colours, and what a colour stands for."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from symconv.algebra.diagonal import diagonal
from symconv.algebra.sizes import Horizon
from symconv.errors import GeometryError, ShapeError
from symconv.operators.entries import concrete, positions
from symconv.plotting.scene import Place
from symconv.printing.unicode import one_line
from symconv.recognition.recognition import require_layer
from symconv.typesetting.style import say, style
from symconv.typesetting.tap_colours import MIXED, tap_colour, tinted

if TYPE_CHECKING:
    from symconv.algebra.diagonal import Cell
    from symconv.operators.layer import Layer
    from symconv.operators.operator import Operator

By = Literal["tap", "lag", "size", "entry"]
Value = TypeVar("Value")
Weight = tuple[tuple[int, int], tuple[int, ...]]  # channels, tap
# From a cell and the sizes of rows and of columns to flat places: all, or those that are shown.
Positions = Callable[["Cell", Sequence[int], Sequence[int]], Iterator[Place]]

MOST_NAMES = 25
# Blue below zero, red above, white between: its two sides differ for every eye.
DIVERGING = "RdBu_r"


@dataclass(frozen=True)
class MatrixColours:
    """The colours of a matrix.

    Attributes:
        caption: what a colour stands for, in a few words.
        colours: place (row, column) to colour.
        legend: what each colour stands for, where there are few.
        scale: least and largest number, where colours stand for numbers.
    """

    caption: str
    colours: Mapping[Place, str]
    legend: Mapping[str, str]
    scale: tuple[float, float] | None = None


def matrix_colours(operator: Operator, by: By | None = None, zeros: bool = False) -> MatrixColours:
    """The colours of all entries, by what was asked for or by what suits the operator.

    Args:
        operator: of a concrete size.
        by: what a colour stands for.
        zeros: whether taps that are zero have their colours too.
    """
    made_as = operator.provenance.layer
    if by == "tap" or (by is None and made_as):
        return _by_tap(operator, made_as or require_layer(operator), zeros)
    if by == "size" or (by is None and not operator.free_symbols):
        return _by_size(operator)
    if by == "lag" or (by is None and _has_lags(operator)):
        return _by_lag(operator)
    return _by_key(operator, say("one colour an entry"), dict(operator.expressions), one_line)


def at_places(
    operator: Operator, values: Mapping[Cell, Value], at: Positions = positions
) -> dict[Place, Value]:
    """What cells have, at the places of each."""
    sizes = concrete(operator.rows), concrete(operator.cols)
    return {place: value for cell, value in values.items() for place in at(cell, *sizes)}


def boundary_places(operator: Operator) -> list[Place]:
    """The places where a Gram matrix differs from its Toeplitz part, where it has one."""
    try:
        boundary = operator.split().boundary
    except (GeometryError, ShapeError):
        return []
    return list(at_places(operator, dict.fromkeys(boundary.cells)))


def _by_tap(operator: Operator, layer: Layer, zeros: bool) -> MatrixColours:
    fills = _fills(layer)
    colours, pairs = tap_colours(operator, layer, zeros), channel_pairs(layer)
    legend = {}
    if len(fills) <= MOST_NAMES:
        legend = {
            say("tap {number}", number=",".join(map(str, tap))): colour
            for tap, colour in fills.items()
        }
    if MIXED in colours.values():
        legend[say("several taps")] = MIXED
    tints = len(pairs) > 1
    caption = "one colour a tap, one tint a pair of channels" if tints else "one colour a tap"
    return MatrixColours(say(caption), colours, legend)


def tap_colours(
    operator: Operator, layer: Layer, zeros: bool = False, at: Positions = positions
) -> dict[Place, str]:
    """Place to the colour of the tap there, or to that of several."""
    fills, pairs = _fills(layer), channel_pairs(layer)

    def fill(taps: list[Weight]) -> str:
        ((pair, tap), *others) = taps
        return MIXED if others else tinted(fills[tap], pairs.index(pair), len(pairs))

    return {place: fill(taps) for place, taps in _taps(operator, layer, zeros, at).items()}


def _fills(layer: Layer) -> dict[tuple[int, ...], str]:
    return {t: tap_colour(k) for k, t in enumerate(product(*map(range, layer.kernel.size)))}


def channel_pairs(layer: Layer) -> list[tuple[int, int]]:
    """The pairs of output and input channel that a layer has weights for."""
    return list(dict.fromkeys((o, i) for o, i, _, _ in layer.kernel.weights()))


def _taps(
    operator: Operator, layer: Layer, zeros: bool, at: Positions
) -> dict[Place, list[Weight]]:
    """Place of an entry to the channels and taps that make it."""
    direct = operator.T if layer.transposed else operator
    heights, widths = concrete(direct.rows), concrete(direct.cols)
    found: dict[Place, list[Weight]] = {}
    for o, i, tap, entry in layer.kernel.weights():
        if entry == 0 and not zeros:
            continue
        axes = [axis.tap(t, Horizon()) for axis, t in zip(layer.axes, tap, strict=True)]
        for cell in product([diagonal(o, i, 1, 1, 1)], *axes):
            for row, col in at(cell, heights, widths):
                place = (col, row) if layer.transposed else (row, col)
                found.setdefault(place, []).append(((o, i), tap))
    return found


def _by_lag(operator: Operator) -> MatrixColours:
    if not _has_lags(operator):
        raise ShapeError(f"{operator!r} has no lags: its lines do not run along i - j")
    lags = {cell: tuple(int(d.row - d.col) for d in cell[1:]) for cell in operator.cells}  # type: ignore[arg-type]
    if operator.gram:
        lags = {cell: max(lag, tuple(-e for e in lag)) for cell, lag in lags.items()}
        return _by_key(operator, say("one colour a lag up to sign"), lags, _lag_name)
    return _by_key(operator, say("one colour a lag"), lags, _lag_name)


def _has_lags(operator: Operator) -> bool:
    return all(d.row_step == d.col_step for cell in operator.cells for d in cell)


def _lag_name(lag: tuple[int, ...]) -> str:
    return say("lag {number}", number=",".join(map(str, lag)).replace("-", "−"))


def _by_key(
    operator: Operator, caption: str, keys: Mapping[Cell, Hashable], name: Callable[[Any], str]
) -> MatrixColours:
    """One colour a key, the keys in order of their distance from the main diagonal."""
    order = sorted(dict.fromkeys(keys.values()), key=_distance)
    colour = {key: tap_colour(at) for at, key in enumerate(order)}
    colours = at_places(operator, {cell: colour[key] for cell, key in keys.items()})
    names = {name(key): colour[key] for key in order}
    few = len(order) <= MOST_NAMES and all(len(text) <= 16 for text in names)
    return MatrixColours(caption, colours, names if few else {})


def _distance(key: Any) -> tuple[Any, ...]:
    return (sum(map(abs, key)), [-e for e in key]) if isinstance(key, tuple) else (0,)


def _by_size(operator: Operator) -> MatrixColours:
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    if operator.free_symbols:
        raise ShapeError(f'{operator!r} has symbolic entries, which have no size: by="lag"')
    numbers = {cell: complex(expr) for cell, expr in operator.expressions}
    signed = not any(number.imag for number in numbers.values())
    sizes = {cell: n.real if signed else abs(n) for cell, n in numbers.items()}
    largest = max(map(abs, sizes.values()), default=1.0) or 1.0
    shades = {
        size: style().fill(to_hex(colormaps[DIVERGING](0.5 + size / largest / 2)))
        for size in sizes.values()
    }
    colours = at_places(operator, {cell: shades[size] for cell, size in sizes.items()})
    least = -largest if any(size < 0 for size in sizes.values()) else 0.0
    caption = "one shade a number, white is 0" if signed else "one shade a size |entry|"
    return MatrixColours(say(caption), colours, {}, (least, largest))
