"""Layers whose padding copies pixels, read off one row of an operator's matrix.

A row whose window lies inside the image holds the whole kernel, and so does any row where the
padding is circular. What is read there makes a candidate, which the whole matrix then confirms.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import gcd
from random import Random
from typing import TYPE_CHECKING, Any

import sympy as sp

from symconv.algebra.coefficients import from_exprs
from symconv.algebra.diagonal import Cell, Diagonal
from symconv.algebra.products import terms_at
from symconv.algebra.sizes import Horizon, evaluate
from symconv.errors import GeometryError
from symconv.operators.geometry import Axis, Steps
from symconv.operators.kernel import Kernel
from symconv.operators.layer import Layer, matrix_of, tap_axis
from symconv.operators.padding import PADDING_MODES, PaddingMode
from symconv.recognition.axis_patterns import Pattern

if TYPE_CHECKING:
    from symconv.operators.operator import Operator

Row = Mapping[int, int]


@dataclass(frozen=True)
class AxisReading:
    """How one row of an axis is read: steps, and the tap of each diagonal that meets the row."""

    steps: Steps
    taps: Mapping[Diagonal, int]

    def axis(self, pattern: Pattern, mode: PaddingMode) -> Axis:
        """The axis of a kernel that begins and ends with the outermost taps."""
        axis = tap_axis(self.taps.values(), self.steps, pattern.cols, pattern.rows)
        if not isinstance(axis.padding_high, int):
            raise GeometryError(f"the padding {axis.padding_high} grows with the image")
        return replace(axis, padding_mode=mode, filled=max(axis.padding, axis.padding_high))


def copied_layer(
    operator: Operator,
    expressions: Mapping[Cell, sp.Expr],
    sample: Sample,
    patterns: Sequence[Pattern],
) -> Layer | None:
    """The convolution with copied padding whose matrix an operator has, if one is found."""
    for mode in PADDING_MODES[1:]:
        read = _circular if mode == "circular" else _central
        readings = [reading for pattern in patterns if (reading := read(pattern)) is not None]
        if len(readings) < len(patterns):
            continue
        try:
            axes = tuple(r.axis(p, mode) for r, p in zip(readings, patterns, strict=True))
        except GeometryError:
            continue  # the padding that the row asks for does not exist in this mode
        trial = _candidate(operator, sample.numbers, readings, axes)
        if sample.agrees(trial):
            layer = _candidate(operator, expressions, readings, axes)
            if _has_matrix(layer, operator):
                return layer
    return None


def _candidate(
    operator: Operator,
    expressions: Mapping[Cell, sp.Expr],
    readings: Sequence[AxisReading],
    axes: tuple[Axis, ...],
) -> Layer:
    weights = {}
    for (channels, *cell), weight in expressions.items():
        taps = [reading.taps.get(d) for reading, d in zip(readings, cell, strict=True)]
        at = [
            (q + a.padding) // a.dilation for q, a in zip(taps, axes, strict=True) if q is not None
        ]
        if len(at) == len(axes):
            weights.update({(*pair, *at): weight for pair in channels})
    out, into = int(operator.rows[0]), int(operator.cols[0])  # type: ignore[arg-type]
    size = [axis.kernel_size for axis in axes]
    return Layer(Kernel.of_weights(weights, size, out, into), axes, False, operator.proven_from)


def transposed(cell: Cell) -> Cell:
    """The same entries in the transposed matrix."""
    return tuple(d.T for d in cell)


class Sample:
    """An operator with integers for its symbols, on two images, before all is compared."""

    def __init__(self, operator: Operator, expressions: Mapping[Cell, sp.Expr]) -> None:
        random = Random(0)
        symbols = sorted(operator.entry_symbols, key=sp.default_sort_key)
        point = {symbol: sp.Integer(random.randint(-99, 99)) for symbol in symbols}
        self.operator = operator
        self.numbers = {cell: expr.xreplace(point) for cell, expr in expressions.items()}

    @property
    def T(self) -> Sample:
        """The sample of the transposed operator."""
        turned = Sample(self.operator.T, {})
        turned.numbers = {transposed(cell): number for cell, number in self.numbers.items()}
        return turned

    def agrees(self, layer: Layer) -> bool:
        """Whether a layer of numbers has the operator's matrix, on an even and an odd image."""
        horizon = Horizon()
        horizon.note(self.operator.proven_from)
        for axis in layer.axes:
            axis.require(horizon)
        starts = horizon.valid_from
        sizes = ({n: start + more for n, start in starts.items()} for more in (4, 5))
        return all(self._agrees_at(layer.at(values), values) for values in sizes)

    def _agrees_at(self, layer: Layer, values: Mapping[sp.Symbol, int]) -> bool:
        rows, cols = (
            tuple(evaluate(size, values) for size in sizes)
            for sizes in (self.operator.rows, self.operator.cols)
        )
        domain, elements = from_exprs(list(self.numbers.values()))
        terms = terms_at(dict(zip(self.numbers, elements, strict=True)), values)
        _, trial, _ = matrix_of(layer.kernel, layer.axes, layer.valid_from)
        if _corner(trial) != _corner(terms):  # most others differ there already
            return False
        made = replace(self.operator, rows=rows, cols=cols, domain=domain, terms=terms, bounds={})
        return _has_matrix(layer, made)


def _corner(terms: Mapping[Cell, Any]) -> dict[tuple[Any, ...], Any]:
    """The first row of a matrix: column pixel to entry, those that are zero left out."""
    found: dict[tuple[Any, ...], Any] = {}
    for term, number in terms.items():
        if all(d.row == 0 for d in term):
            pixel = tuple(d.col for d in term)
            found[pixel] = found.get(pixel, 0) + number
    return {pixel: number for pixel, number in found.items() if number}


def _has_matrix(layer: Layer, operator: Operator) -> bool:
    domain, terms, bounds = matrix_of(layer.kernel, layer.axes, layer.valid_from)
    return replace(operator, domain=domain, terms=terms, bounds=bounds) == operator


# --- which row is read -----------------------------------------------------------------------


def _central(pattern: Pattern) -> AxisReading | None:
    """The row in the middle of the image, or far from both ends of a symbolic one."""
    if not isinstance(pattern.rows, int) and not isinstance(pattern.cols, int):
        return _far_inside(pattern)
    if not isinstance(pattern.rows, int):
        return None
    middle = (pattern.rows - 1) // 2
    s = 1
    if pattern.rows > 1:
        here, below = _row(pattern, middle), _row(pattern, middle + 1)
        s = min(below, default=0) - min(here, default=0)
        if s < 1 or not _alike(pattern, {i + s: label for i, label in here.items()}, below):
            return None
    return _reading((s, 1), pattern, middle, lambda i: i - s * middle)


def _far_inside(pattern: Pattern) -> AxisReading | None:
    growing = [d for d in pattern.labels if not isinstance(d.length, int) and d.col_step > 0]
    if not growing:
        return None
    directions = Counter((d.col_step, d.row_step) for d in growing)
    (a, b), _ = directions.most_common(1)[0]
    s, u = a // gcd(a, b), b // gcd(a, b)
    taps = {d: u * d.col - s * d.row for d in growing if u * d.col_step == s * d.row_step}
    fixed = {d: q for d, q in taps.items() if isinstance(q, int)}
    return AxisReading((s, u), fixed) if fixed else None


def _circular(pattern: Pattern) -> AxisReading | None:
    """The first row, around the ring."""
    if not (isinstance(pattern.rows, int) and isinstance(pattern.cols, int)):
        return _central(pattern)
    n, first = pattern.cols, _row(pattern, 0)
    s: int | None = 1
    if pattern.rows > 1:
        below, start = _row(pattern, 1), next(iter(first), 0)
        turns = sorted((i - start) % n or n for i in below) if first else range(1, 2)
        turned = ((s, {(i + s) % n: label for i, label in first.items()}) for s in turns)
        s = next((s for s, row in turned if _alike(pattern, row, below)), None)
    if s is None or not first:
        return None
    met = sorted(first)
    gaps = zip(met, [*met[1:], met[0] + n], strict=True)
    _, start = max((after - before, after % n) for before, after in gaps)
    behind = start != met[0] or met[0] + met[-1] > n
    return _reading((s, 1), pattern, 0, lambda i: i - n if behind and i >= start else i)


def _reading(
    steps: Steps, pattern: Pattern, row: int, tap: Callable[[int], int]
) -> AxisReading | None:
    taps = {d: tap(i) for d, i in _points(pattern, row)}
    return AxisReading(steps, taps) if taps else None


def _points(pattern: Pattern, row: int) -> Iterator[tuple[Diagonal, int]]:
    """The diagonals that meet a row, and where."""
    for d in pattern.labels:
        at, rest = divmod(row - d.row, d.row_step)  # type: ignore[operator]
        if not rest and 0 <= at < d.length:  # type: ignore[operator]
            yield d, d.col + at * d.col_step  # type: ignore[misc]


def _row(pattern: Pattern, row: int) -> Row:
    return {i: pattern.labels[d] for d, i in _points(pattern, row)}


def _alike(pattern: Pattern, one: Row, other: Row) -> bool:
    return one.keys() == other.keys() and all(pattern.same(one[i], other[i]) for i in one)
