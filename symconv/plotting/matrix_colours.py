"""What a picture of a matrix shows: the colour, the text and the hatching of its cells."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any, Literal, get_args

from symconv.algebra.diagonal import diagonal
from symconv.algebra.normal_form import Cell
from symconv.algebra.sizes import Horizon
from symconv.errors import ShapeError
from symconv.operators.entries import concrete, positions
from symconv.operators.operator import Operator
from symconv.operators.recognition import require_layer
from symconv.plotting.palette import MIXED, tap_colour
from symconv.printing.unicode import one_line

By = Literal["tap", "lag", "size", "entry"]
Place = tuple[int, int]

LONGEST_LABEL = 9


@dataclass(frozen=True)
class Marks:
    """What a picture of a matrix shows.

    Attributes:
        colours: place (row, column) to colour.
        legend: what each colour stands for, where there are few.
        scale: largest |entry|, where colours stand for sizes.
    """

    caption: str
    colours: Mapping[Place, str]
    legend: Mapping[str, str]
    scale: float | None = None


def marks_of(operator: Operator, by: By | None) -> Marks:
    """The colours of all entries, by what was asked for or by what suits the operator."""
    if by is not None and by not in get_args(By):
        raise ShapeError(f"by={by!r} is not one of {', '.join(get_args(By))}")
    if by == "tap" or (by is None and operator.provenance.layer):
        return _by_tap(operator)
    if by == "size" or (by is None and not operator.free_symbols):
        return _by_size(operator)
    if by == "lag" or (by is None and _has_lags(operator)):
        return _by_lag(operator)
    return _by_key(operator, "entry", dict(operator.expressions), lambda e: one_line(e))


def tap_places(operator: Operator) -> dict[Place, list[int]]:
    """Place of a nonzero entry to the flat indices of the taps that make it."""
    layer = require_layer(operator)
    direct = operator.T if layer.transposed else operator
    heights, widths = concrete(direct.rows), concrete(direct.cols)
    found: dict[Place, list[int]] = {}
    flat = {tap: at for at, tap in enumerate(product(*map(range, layer.kernel.size)))}
    for o, i, tap, entry in layer.kernel.weights():
        if entry == 0:
            continue
        axes = [axis.tap(t, Horizon()) for axis, t in zip(layer.axes, tap, strict=True)]
        for cell in product([diagonal(o, i, 1, 1, 1)], *axes):
            for row, col in positions(cell, heights, widths):
                place = (col, row) if layer.transposed else (row, col)
                found.setdefault(place, []).append(flat[tap])
    return found


def _by_tap(operator: Operator) -> Marks:
    places = tap_places(operator)
    layer = require_layer(operator)
    colours = {p: tap_colour(taps[0]) if len(taps) == 1 else MIXED for p, taps in places.items()}
    legend = {}
    if prod(layer.kernel.size) <= 25:
        names = product(*map(range, layer.kernel.size))
        legend = {"tap " + ",".join(map(str, t)): tap_colour(at) for at, t in enumerate(names)}
    if MIXED in colours.values():
        legend["several taps"] = MIXED
    return Marks("one colour a tap", colours, legend)


def _by_lag(operator: Operator) -> Marks:
    if not _has_lags(operator):
        raise ShapeError(f"{operator!r} has no lags: its lines do not run along i - j")
    lags = {cell: tuple(int(d.row - d.col) for d in cell[1:]) for cell in operator.cells}  # type: ignore[arg-type]
    if operator.gram:
        lags = {cell: max(lag, tuple(-e for e in lag)) for cell, lag in lags.items()}
        return _by_key(operator, "lag up to sign", lags, _lag_name)
    return _by_key(operator, "lag", lags, _lag_name)


def _lag_name(lag: tuple[int, ...]) -> str:
    return "lag " + ",".join(map(str, lag)).replace("-", "−")


def _by_key(
    operator: Operator,
    what: str,
    keys: Mapping[Cell, Hashable],
    name: Callable[[Any], str],
) -> Marks:
    """One colour a key, the keys in order of their distance from the main diagonal."""
    order = sorted(dict.fromkeys(keys.values()), key=_distance)
    colour = {key: tap_colour(at) for at, key in enumerate(order)}
    heights, widths = concrete(operator.rows), concrete(operator.cols)
    colours = {
        place: colour[key]
        for cell, key in keys.items()
        for place in positions(cell, heights, widths)
    }
    names = {name(key): colour[key] for key in order}
    few = len(order) <= 25 and all(len(text) <= 16 for text in names)
    return Marks(
        f"one colour a{'n' if what[0] == 'e' else ''} {what}", colours, names if few else {}
    )


def _distance(key: Any) -> tuple[Any, ...]:
    return (sum(map(abs, key)), [-e for e in key]) if isinstance(key, tuple) else (0,)


def _by_size(operator: Operator) -> Marks:
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    if operator.free_symbols:
        raise ShapeError(f'{operator!r} has symbolic entries, which have no size: by="lag"')
    sizes = {cell: abs(complex(expr)) for cell, expr in operator.expressions}
    largest = max(sizes.values(), default=1.0) or 1.0
    shades = {size: to_hex(colormaps["cividis_r"](size / largest)) for size in sizes.values()}
    heights, widths = concrete(operator.rows), concrete(operator.cols)
    colours = {
        place: shades[size]
        for cell, size in sizes.items()
        for place in positions(cell, heights, widths)
    }
    return Marks("one shade a size |entry|", colours, {}, largest)


def _has_lags(operator: Operator) -> bool:
    return all(d.row_step == d.col_step for cell in operator.cells for d in cell)


def entry_texts(operator: Operator) -> dict[Place, str]:
    """What is written on the entries: all of them, or nothing where one would be too long."""
    heights, widths = concrete(operator.rows), concrete(operator.cols)
    found: dict[Place, str] = {}
    for cell, expr in operator.expressions:
        text = one_line(expr).replace(" ", "").replace("-", "−")
        if len(text) > LONGEST_LABEL:
            return {}
        found.update(dict.fromkeys(positions(cell, heights, widths), text))
    return found


def boundary_places(operator: Operator) -> list[Place]:
    """The places where a Gram matrix differs from its Toeplitz part, where it has one."""
    if operator.gram is None:
        return []
    layer = operator.gram[0].provenance.layer
    if layer is None or layer.padding_mode != "zeros":
        return []
    heights, widths = concrete(operator.rows), concrete(operator.cols)
    cells = operator.split().boundary.cells
    return [place for cell in cells for place in positions(cell, heights, widths)]
