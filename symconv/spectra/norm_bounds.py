"""Bounds on the largest singular value of a convolution, each with its proof and its source."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from itertools import product
from math import lcm, prod
from typing import Literal

import sympy as sp

from symconv._arrays import Array, np
from symconv.algebra.sizes import Size, to_expr
from symconv.numeric.dense import to_numpy
from symconv.operators.convolution import Convolution
from symconv.operators.entries import concrete_shape
from symconv.operators.geometry import Axis
from symconv.operators.kernel import Kernel
from symconv.operators.layer import Layer
from symconv.operators.operator import Operator
from symconv.spectra.integer_matrices import (
    MOST_DISCS,
    bound_of_gram,
    rayleigh_quotient,
    root_above,
    smaller_gram,
)
from symconv.spectra.kernel_blocks import Blocks, blocks_of
from symconv.spectra.trigonometric import Lag

Side = Literal["lower", "upper"]

MOST_ENTRIES = 400_000
MOST_PRODUCTS = 50_000_000
MOST_SIDE = 300
MOST_GROUPS = 16
MOST_FREQUENCIES = 4096
DIGITS = 30

CLASSICAL = "classical"
GERSHGORIN = "classical (Gershgorin)"
YI = "Yi 2020, Asymptotic singular value distribution of linear convolutional layers"
ARAUJO = (
    "Araujo, Negrevergne, Chevaleyre, Atif 2021, On Lipschitz regularization of convolutional "
    "layers using Toeplitz matrix theory"
)
SINGLA = (
    "Singla, Feizi 2021, Fantastic four: differentiable bounds on singular values of convolution "
    "layers"
)
DELATTRE = (
    "Delattre, Barthélemy, Araujo, Allauzen 2023, Efficient bound of Lipschitz constant for "
    "convolutional layers by Gram iteration; Delattre, Barthélemy, Allauzen 2024, Spectral norm "
    "of convolutional layers with circular and zero paddings"
)


@dataclass(frozen=True)
class NormBound:
    """A number that the largest singular value is at most ("upper") or at least ("lower").

    Attributes:
        name: the method.
        squared: the number's square, exact.
        side: "upper" or "lower".
        source: paper.
    """

    name: str
    squared: sp.Expr
    side: Side
    source: str

    @property
    def value(self) -> sp.Expr:
        """The number itself."""
        return sp.sqrt(self.squared)

    @property
    def shown(self) -> str:
        """The number to six digits, rounded to its safe side; a formula as it is."""
        if not self.squared.is_number:
            return str(self.value)
        exact = Decimal(str(sp.sqrt(sp.N(self.squared, DIGITS))))
        rounding = ROUND_CEILING if self.side == "upper" else ROUND_FLOOR
        return f"{Context(prec=6, rounding=rounding).plus(exact).normalize():f}"

    def __str__(self) -> str:
        return f"{self.name}: {self.shown}"


# --- from the kernel, for every size ---------------------------------------------------------


def blocks_that_bound(layer: Layer) -> Blocks | None:
    """The blocks whose symbol the layer's norm cannot exceed, if its border allows one.

    Zero padding takes rows and columns out of the infinite operator. Circular padding takes its
    values at roots of unity, as long as no output pixel is computed twice.
    """
    if layer.padding_mode == "zeros":
        return blocks_of(layer)
    if layer.padding_mode != "circular" or not all(map(_rows_differ, layer.axes)):
        return None
    return blocks_of(layer, goes_round(layer))


def _rows_differ(axis: Axis) -> bool:
    last = axis.stride * (to_expr(axis.output_size) - 1)
    gap = sp.expand(to_expr(axis.input_size) - 1 - last)
    return axis.input_dilation == 1 and bool(gap.is_nonnegative)


def goes_round(layer: Layer) -> bool:
    """Whether the windows go once round the image, in equal steps."""
    return all(
        sp.expand(to_expr(axis.input_size) - axis.stride * to_expr(axis.output_size)) == 0
        for axis in layer.axes
    )


def layer_bounds(layer: Layer) -> Iterator[NormBound]:
    """Upper bounds from the kernel: of a few groups the largest, one by one."""
    groups = by_groups(layer) if layer.kernel.groups <= MOST_GROUPS else [layer]
    parts = [list(kernel_bounds(blocks)) for blocks in map(blocks_that_bound, groups) if blocks]
    for alike in zip(*parts, strict=True):
        squares = [bound.squared for bound in alike]
        if all(square.is_number for square in squares):
            yield max(alike, key=lambda bound: sp.N(bound.squared, DIGITS))
        else:
            yield replace(alike[0], squared=sp.Max(*squares))


def by_groups(layer: Layer) -> Iterator[Layer]:
    """One layer for each group of channels."""
    kernel = layer.kernel
    outs, ins = kernel.out_channels // kernel.groups, kernel.in_channels // kernel.groups
    length = len(kernel.entries) // kernel.groups
    for start in range(0, len(kernel.entries), length):
        entries = kernel.entries[start : start + length]
        yield replace(layer, kernel=Kernel.build(entries, kernel.size, outs, ins))


def kernel_bounds(blocks: Blocks) -> Iterator[NormBound]:
    """Upper bounds on max_θ |F(θ)|, in the order of their age."""
    yield NormBound("row and column sums of the kernel", _schur(blocks), "upper", CLASSICAL)
    if not blocks.is_rational:
        return
    most = blocks.squared_frobenius.maximum.high
    scalar = min(blocks.shape) == 1
    name = "maximum of the symbol" if scalar else "maximum of the symbol's Frobenius norm"
    yield NormBound(name, most, "upper", YI if scalar else ARAUJO)
    yield _reshaped(blocks)
    unit = blocks.scale**2
    found = [
        root_above(_largest_row(power), 2**t) / unit for t, power in enumerate(blocks.powers())
    ]
    yield NormBound("Gram iteration", min(found), "upper", DELATTRE)


def _schur(blocks: Blocks) -> sp.Expr:
    """‖Σ_q |B_q|‖_1 ‖Σ_q |B_q|‖_∞."""
    sums: tuple[defaultdict[int, list[sp.Expr]], ...] = defaultdict(list), defaultdict(list)
    for _, place, entry in blocks.items():
        for side, index in zip(sums, place, strict=True):
            side[index].append(sp.Abs(entry))
    rows, cols = (sp.Max(*(sp.Add(*line) for line in s.values())) if s else sp.S.Zero for s in sums)
    return rows * cols


def _reshaped(blocks: Blocks) -> NormBound:
    """√(k·k) times the smallest norm of the reshaped kernel."""
    least = min(bound_of_gram(smaller_gram(matrix)) for matrix in blocks.reshaped())
    squared = blocks.positions * least / sp.Integer(blocks.scale) ** 2
    return NormBound("reshaped kernel", squared, "upper", SINGLA)


def _largest_row(power: Mapping[Lag, Array]) -> int:
    """The largest sum of absolute values in a row of all coefficients."""
    rows = np.concatenate([abs(block) for block in power.values()], axis=1)
    return max(map(int, rows.sum(axis=1)))


# --- from the matrix, for one size -----------------------------------------------------------


def is_small(shape: tuple[int, int]) -> bool:
    """Whether bounds are taken from a matrix of this many rows and columns."""
    return prod(shape) <= MOST_ENTRIES and prod(shape) * min(shape) <= MOST_PRODUCTS


def matrix_bounds(operator: Operator) -> Iterator[NormBound]:
    """Bounds on both sides from the entries of a small matrix of numbers."""
    shape = concrete_shape(operator.rows, operator.cols)
    if not is_small(shape) or operator.entry_symbols:
        return
    values = [expr for _, expr in operator.expressions]
    if not all(value.is_Rational for value in values):
        return
    scale = lcm(*(int(value.q) for value in values))
    matrix = to_numpy(scale * operator, dtype=object)
    unit = sp.Integer(scale) ** 2
    sums = [sp.Integer(max(abs(matrix).sum(axis=axis), default=0)) for axis in (0, 1)]
    yield NormBound("row and column sums", sp.prod(sums) / unit, "upper", CLASSICAL)
    squares = [sp.Integer(max((matrix * matrix).sum(axis=axis))) for axis in (0, 1)]
    yield NormBound("norm of a row or column", max(squares) / unit, "lower", CLASSICAL)
    if min(shape) <= MOST_SIDE:
        yield NormBound("Rayleigh quotient", rayleigh_quotient(matrix) / unit, "lower", CLASSICAL)
    if min(shape) <= MOST_DISCS:
        most = bound_of_gram(smaller_gram(matrix)) / unit
        yield NormBound("Gershgorin discs of the Gram matrix", most, "upper", GERSHGORIN)


def circulant_bound(layer: Layer, blocks: Blocks) -> NormBound | None:
    """Cauchy's interlacing: a singular value of the torus whose rows and columns the layer is.

    The torus has M outputs and s M inputs an axis, just as many as the windows touch. Its singular
    values are |symbol| at the frequencies, and r rows and columns of it are not the layer's, so
    that σ_{1+r} of the torus is at most σ_1 of the layer.
    """
    sizes = [(axis.input_size, axis.output_size, axis.covered) for axis in layer.axes]
    if min(blocks.shape) > 1 or not all(isinstance(n, int) for size in sizes for n in size):
        return None
    if layer.padding_mode != "zeros" or any(axis.input_dilation > 1 for axis in layer.axes):
        return None
    torus = [-(-_number(axis.covered) // axis.stride) for axis in layer.axes]
    frequencies = list(product(*map(range, torus)))
    missing = prod(torus) - prod(_number(axis.output_size) for axis in layer.axes)
    whole = prod(m * axis.stride for m, axis in zip(torus, layer.axes, strict=True))
    removed = layer.kernel.out_channels * missing
    removed += layer.kernel.in_channels * (whole - prod(map(_touched, layer.axes)))
    if removed >= len(frequencies) or len(frequencies) > MOST_FREQUENCIES:
        return None
    symbol = blocks.squared_frobenius
    turns = [tuple(sp.Rational(j, m) for j, m in zip(f, torus, strict=True)) for f in frequencies]
    chosen = sorted(turns, key=symbol.number_at)[-1 - removed]
    return NormBound("interlacing with the torus", symbol.at(chosen), "lower", CLASSICAL)


def _touched(axis: Axis) -> int:
    """Pixels of the image that a window touches."""
    first, last = max(0, -axis.padding), _number(axis.covered) - axis.padding
    return max(0, min(_number(axis.input_size), last) - first)


def corner(layer: Layer) -> Operator | None:
    """The first outputs of a zero-padded layer and what they see: a part of its matrix."""
    if any(axis.input_dilation > 1 for axis in layer.axes):
        return None
    for most in (16, 12, 8, 6, 4, 3, 2, 1):
        axes = tuple(_cut(axis, most) for axis in layer.axes)
        outputs = layer.kernel.out_channels * prod(_number(axis.output_size) for axis in axes)
        inputs = layer.kernel.in_channels * prod(_number(axis.input_size) for axis in axes)
        if is_small((outputs, inputs)):
            return Convolution(layer.kernel, axes).operator()
    return None


def _number(size: Size) -> int:
    return int(to_expr(size))


def _cut(axis: Axis, most: int) -> Axis:
    outputs = min(_number(axis.output_size), most)
    covered = axis.stride * (outputs - 1) + axis.extent - axis.padding
    inputs = max(1, min(_number(axis.input_size), covered))
    return replace(axis, output_size=outputs, input_size=inputs)


def frequency_zero(blocks: Blocks) -> NormBound:
    """Where windows go round the image, a constant one is taken to a constant one."""
    total = sum(blocks.gram.values())
    squared = sp.Rational(int(np.diagonal(total).max()), blocks.scale**2)
    return NormBound("the frequency 0", squared, "lower", CLASSICAL)
