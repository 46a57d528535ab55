"""Which single layer an operator is, however it was made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

import sympy as sp
from sympy.polys.domains.domain import Domain

from symconv._printable import Spelled
from symconv.algebra.coefficients import surely_vanishes
from symconv.algebra.diagonal import Cell, Diagonal
from symconv.algebra.sizes import evaluate
from symconv.arguments import require_operator
from symconv.errors import ConventionError, ShapeError
from symconv.operators.geometry import Steps
from symconv.operators.kernel import MOST_WEIGHTS
from symconv.operators.layer import Layer, layer_of
from symconv.recognition.axis_patterns import (
    Conflict,
    Pattern,
    tap_positions,
)
from symconv.recognition.padding_modes import Sample, copied_layer, transposed

if TYPE_CHECKING:
    from symconv.operators.operator import Operator

Pixel = tuple[int, ...]
# Sizes added to the proven ones, at which two entries are looked for that contradict a geometry.
BEYOND = (4, 16, 64)


@dataclass(frozen=True, repr=False)
class Recognition(Spelled):
    """Whether an operator is one convolution or transposed convolution, and which.

    Attributes:
        operator: the operator.
        layer: the layer whose matrix it has, or None.
        entries: where there is none, two entries (row pixel, column pixel), channel first, that
            the nearest geometry makes the same tap and that are not the same.
        reason: where there is none, what was looked for and what it fails at.
        sizes: the sizes at which ``entries`` stand.

    >>> import symconv as sc
    >>> sc.recognise(2 * sc.conv([1, 2], 4)).layer.kernel
    Kernel([2, 4])
    """

    operator: Operator
    layer: Layer | None
    entries: tuple[tuple[Pixel, Pixel], ...] = ()
    reason: str = ""
    sizes: Mapping[sp.Symbol, int] | None = None

    def __bool__(self) -> bool:
        return self.layer is not None

    def __repr__(self) -> str:
        found = "no single layer" if self.layer is None else "one layer"
        return f"Recognition({found}, {self.operator!r})"


def recognise(operator: Operator) -> Recognition:
    """The convolution or transposed convolution whose matrix an operator has, however it was made.

    A layer that was made as one is given back as it was made, unless it stuffs its input. Of the
    geometries that fit otherwise, the one with the smallest extent is taken, then the smallest
    stride and input dilation. Its kernel has no zero tap at an end; dilation is as large and groups
    are as many as they can be. A convolution of stride one that stuffs its input is written as a
    transposed convolution, and copied padding is used where the kernel is wider than the image
    without it.

    On a symbolic size a layer with zero padding is found or refused by proof. On a fixed size every
    matrix is a layer of so large a stride that no tap is met twice, which says nothing: of those,
    a stride or an input dilation up to 3 is tried. Other padding modes are found where they are
    circular or where the middle window lies inside the image.

    Raises:
        ResidueError, SymconvError: it cannot be decided; the message says why.

    >>> import symconv as sc
    >>> A = sc.conv(sc.Kernel(sp.symbols("a b")), sp.Symbol("n"))
    >>> B = sc.conv(sc.Kernel([1, 1]), A.output_size, stride=1)
    >>> sc.recognise(B @ A).layer.kernel
    Kernel([a, a + b, b])
    >>> found = sc.recognise(sc.flip(sp.Symbol("n")))
    >>> bool(found), found.entries
    (False, (((0, 1), (0, 3)), ((0, 0), (0, 2))))
    """
    require_operator(operator)
    made = operator.provenance.layer
    if made is not None and all(u == 1 for u in made.each("input_dilation")):
        return Recognition(operator, made)
    return _Reader(operator).recognition() if made is None else _canonical(operator, made)


def layer_by_matrix(operator: Operator) -> Layer | None:
    """The layer that is read off the matrix alone, however the operator was made."""
    made = operator.provenance.layer
    if made is not None and _is_canonical(made):
        return made
    return _Reader(operator).layer() or operator.provenance.layer


def _is_canonical(layer: Layer) -> bool:
    """Whether a layer is surely what is read off its matrix: all taps are there at all sizes."""
    return (
        not layer.transposed
        and layer.padding_mode == "zeros"
        and all(axis.kernel_size > 1 and axis.input_dilation == 1 for axis in layer.axes)
        and not any(
            isinstance(n, int) for axis in layer.axes for n in (axis.input_size, axis.output_size)
        )
        and all(entry.is_Symbol for entry in layer.kernel.entries)
    )


def _canonical(operator: Operator, made: Layer) -> Recognition:
    found = _Reader(operator).recognition() if made.padding_mode == "zeros" else None
    return found or Recognition(operator, made)


def require_layer(operator: Operator, framework: str = "") -> Layer:
    """The layer that an operator is.

    Raises:
        ConventionError: it is none; the message names two entries that contradict each other.
    """
    require_operator(operator)
    found = operator.recognition
    if found.layer is None:
        of = f" of {framework}" * bool(framework)
        raise ConventionError(f"{operator!r} is no single layer{of}: {found.reason}")
    return found.layer


class _Reader:
    """Reads kernel and geometry off the cells of an operator."""

    def __init__(self, operator: Operator) -> None:
        self.operator = operator
        self.cells = dict(_coefficients(operator))
        if not all(isinstance(n, int) for n in (operator.rows[0], operator.cols[0])):
            raise ShapeError(f"{operator!r} has channels of symbolic number; a kernel has numbers")

    def recognition(self) -> Recognition:
        """The layer, or why there is none."""
        layer = self.layer()
        if layer is not None:
            return Recognition(self.operator, layer)
        axis, refusal = next((n, f) for n, f in enumerate(self._fits) if isinstance(f, Refusal))
        return self._refused(axis, refusal)

    def layer(self) -> Layer | None:
        """The layer, if there is one."""
        fits = [fit for fit in self._fits if isinstance(fit, Fit)]
        fit = len(fits) == len(self._fits)
        # Around a large ring the kernel of zero padding would be as long as the ring.
        is_long = prod(fit.extent for fit in fits) > MOST_WEIGHTS
        padded = self._layer(fits) if fit and not is_long else None
        layer = padded if padded is not None and not _is_wide(padded) else self._copied() or padded
        return self._layer(fits) if layer is None and fit and is_long else layer

    @cached_property
    def _fits(self) -> list[Fit | Refusal]:
        """On each axis the steps that fit, or that come nearest."""
        return [self._fit(pattern) for pattern in self.patterns]

    def _copied(self) -> Layer | None:
        """The layer with copied padding, or the transpose of one."""
        sample = Sample(self.operator, self.expressions)
        layer = copied_layer(self.operator, self.expressions, sample, self.patterns)
        if layer is not None:
            return layer
        turned = {transposed(cell): expr for cell, expr in self.expressions.items()}
        patterns = [pattern.T for pattern in self.patterns]
        layer = copied_layer(self.operator.T, turned, sample.T, patterns)
        return layer and layer.T

    # --- one axis after the other ----------------------------------------------------------

    @cached_property
    def _contents(self) -> list[list[dict[Cell, Any]]]:
        """For each axis and label what stands there: cells of the other axes to coefficients."""
        return [[] for _ in self.operator.rows[1:]]

    @cached_property
    def expressions(self) -> dict[Cell, sp.Expr]:
        """The cells that are not zero, with SymPy expressions."""
        if _is_free(self.operator.domain):
            return self.cells
        return {cell: self.operator.polynomial(cell) for cell in self.cells}

    @cached_property
    def patterns(self) -> list[Pattern]:
        """The patterns of all axes but the channels."""
        return [self._pattern(axis) for axis in range(1, len(self.operator.rows))]

    def _pattern(self, axis: int) -> Pattern:
        content: defaultdict[Diagonal, dict[Cell, Any]] = defaultdict(dict)
        for cell, coefficient in self.cells.items():
            content[cell[axis]][cell[:axis] + cell[axis + 1 :]] = coefficient
        numbers: dict[Any, int] = {}
        labels = {}
        for d, table in content.items():
            key = frozenset(table.items())
            if key not in numbers:
                self._contents[axis - 1].append(table)
            labels[d] = numbers.setdefault(key, len(numbers))
        rows, cols = self.operator.rows[axis], self.operator.cols[axis]
        return Pattern(rows, cols, labels, lambda a, b: a == b or self._same(axis, a, b))

    def _same(self, axis: int, a: int, b: int) -> bool:
        """Whether two contents are the same though they are written differently."""
        domain = self.operator.domain
        one, other = (self._contents[axis - 1][label] for label in (a, b))
        if not _is_free(domain) or one.keys() != other.keys():
            return False
        return all(one[k] == other[k] or _are_equal(one[k], other[k]) for k in one)

    def _fit(self, pattern: Pattern) -> Fit | Refusal:
        """The steps with the smallest extent on an axis."""
        candidates = pattern.candidates()
        tried = {steps: pattern.taps(steps) for steps in candidates}
        fits = [Fit(steps, taps) for steps, taps in tried.items() if not isinstance(taps, Conflict)]
        if not fits:
            return Refusal(candidates[0], tried[candidates[0]].moves)  # type: ignore[union-attr]
        return min(fits, key=lambda fit: (fit.extent, prod(fit.steps), fit.steps[::-1]))

    # --- the layer -------------------------------------------------------------------------

    def _layer(self, fits: Sequence[Fit]) -> Layer:
        op, steps = self.operator, [fit.steps for fit in fits]
        return layer_of(dict(self._weights(steps)), steps, op.rows, op.cols, op.proven_from)

    def _weights(self, steps: Sequence[Steps]) -> Iterator[tuple[Pixel, sp.Expr]]:
        """(output channel, input channel, *q) to what stands there."""
        for (channels, *cell), weight in self.expressions.items():
            positions = (tap_positions(d, each) for d, each in zip(cell, steps, strict=True))
            for q in product(*positions):
                for pair in channels:
                    yield (*pair, *q), weight  # type: ignore[arg-type]

    # --- why there is none -----------------------------------------------------------------

    def _refused(self, axis: int, refusal: Refusal) -> Recognition:
        s, u = refusal.steps
        symbolic = bool(self.operator.size_symbols)
        scope = "at all sizes" if symbolic else "(strides up to 3, or with a tap met twice)"
        reason = (
            f"no layer with zero padding has its matrix {scope}, and none of another padding mode "
            "whose middle window lies inside the image"
        )
        sizes, entries = self._witness(axis, refusal.steps)
        if not entries:
            moves = "; a tap would have to lie farther away on a larger image" * refusal.moves
            return Recognition(self.operator, None, (), reason + moves)
        values = [self.operator.at(sizes).entry(*entry) for entry in entries]
        at = "".join(f", {n} = {value}" for n, value in sizes.items())
        told = " and ".join(
            f"{list(map(_shown, entry))} = {value}"
            for entry, value in zip(entries, values, strict=True)
        )
        steps = f"stride {s}" + f" and input dilation {u}" * (u > 1)
        return Recognition(
            self.operator, None, entries, f"{reason}; at {steps}{at} one tap makes {told}", sizes
        )

    def _witness(
        self, axis: int, steps: Steps
    ) -> tuple[Mapping[sp.Symbol, int], tuple[tuple[Pixel, Pixel], ...]]:
        """Two entries that differ where the steps make them one tap, and at which size."""
        starts = self.operator.proven_from
        for beyond in BEYOND:
            sizes = {n: start + beyond for n, start in starts.items()}
            conflict = self.patterns[axis].at(sizes).taps(steps)
            if isinstance(conflict, Conflict):
                return sizes, self._at(axis, conflict, sizes)
        return {}, ()

    def _at(
        self, axis: int, conflict: Conflict, sizes: Mapping[sp.Symbol, int]
    ) -> tuple[tuple[Pixel, Pixel], ...]:
        """Two points of an axis as entries of the matrix, where they differ on the other axes."""
        pattern, contents = self.patterns[axis].at(sizes), self._contents[axis]
        tables = [
            next((contents[label] for d, label in pattern.labels.items() if d.contains(*p)), {})
            for p in conflict.points
        ]
        rest = next(
            cell
            for cell in {**tables[0], **tables[1]}
            if tables[0].get(cell) != tables[1].get(cell)
        )
        fixed = [(evaluate(d.row, sizes), evaluate(d.col, sizes)) for d in rest]
        pairs = ([*fixed[: axis + 1], point, *fixed[axis + 1 :]] for point in conflict.points)
        return tuple((tuple(r for r, _ in p), tuple(c for _, c in p)) for p in pairs)


def _coefficients(operator: Operator) -> Iterator[tuple[Cell, Any]]:
    """The cells that are not zero; expressions are multiplied out, so that equal sums are alike."""
    for cell, coefficient in operator.cells.items():
        if not _is_free(operator.domain) or (operator.domain.is_EXRAW and coefficient.is_Symbol):
            yield cell, coefficient
            continue
        expr = sp.expand(coefficient if operator.domain.is_EXRAW else coefficient.as_expr())
        if expr != 0 and (_is_polynomial(expr) or not surely_vanishes(expr)):
            yield cell, expr


def _is_free(domain: Domain) -> bool:
    """Whether a domain holds any expressions, in no one form."""
    return bool(domain.is_EX or domain.is_EXRAW)


def _are_equal(one: sp.Expr, other: sp.Expr) -> bool:
    """Whether expressions that are multiplied out and written differently are equal."""
    polynomials = _is_polynomial(one) and _is_polynomial(other)
    return not polynomials and surely_vanishes(one - other)


def _is_polynomial(expr: sp.Expr) -> bool:
    """Whether an expression that is multiplied out is a polynomial with rational coefficients."""
    powers = all(p.base.is_Symbol and p.exp.is_Integer and p.exp > 0 for p in expr.atoms(sp.Pow))
    plain = all(atom.is_Symbol or atom.is_Rational for atom in expr.atoms())
    return powers and plain and not expr.atoms(sp.Function)


@dataclass(frozen=True)
class Refusal:
    """An axis that no steps fit, the steps that come nearest, and whether taps would move."""

    steps: Steps
    moves: bool


@dataclass(frozen=True)
class Fit:
    """Stride and input dilation of an axis, and where its taps lie."""

    steps: Steps
    taps: Mapping[int, int]

    @property
    def extent(self) -> int:
        """Pixels between the first tap and the last."""
        return max(self.taps) - min(self.taps) if self.taps else 0


def _is_wide(layer: Layer) -> bool:
    """Whether a kernel is wider than the image, so that copied padding may say it shorter."""
    sides = ((axis.extent, axis.input_size, axis.output_size) for axis in layer.axes)
    return any(
        isinstance(n, int) and isinstance(m, int) and extent > max(n, m) for extent, n, m in sides
    )


def _shown(pixel: Pixel) -> Any:
    channel, *position = pixel
    return tuple(pixel) if channel or len(position) > 1 else position[0]
