"""Operators that are made from no other: convolutions, and selections of pixels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

import sympy as sp
from sympy.polys.domains import ZZ

from symconv.algebra.coefficients import Element, from_exprs, total
from symconv.algebra.diagonal import Diagonal, compose, diagonal, identity
from symconv.algebra.normal_form import Cell
from symconv.algebra.sizes import Horizon, Size, divide
from symconv.errors import GeometryError
from symconv.operators.boundary_split import Split
from symconv.operators.geometry import Axis
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator, product_of, scale
from symconv.operators.provenance import EntryMap, SizeMap, untransposed


@dataclass(frozen=True)
class Selection:
    """Origin: a 0/1 operator that moves pixels, one diagonal an axis (channels first).

    The diagonals may reach beyond the images; what does is cut off.
    """

    rows: tuple[Size, ...]
    cols: tuple[Size, ...]
    diagonals: tuple[Diagonal, ...]

    @property
    def operands(self) -> tuple[Operator, ...]:
        return ()

    def operator(self) -> Operator:
        """The matrix with a one where an input pixel goes to an output pixel."""
        horizon = Horizon()
        cell: list[Diagonal] = []
        for m, n, d in zip(self.rows, self.cols, self.diagonals, strict=True):
            inside = compose(identity(m), d, horizon)
            inside = inside and compose(inside, identity(n), horizon)
            if inside is not None:
                cell.append(inside)
        terms = {tuple(cell): ZZ.one} if len(cell) == len(self.rows) else {}
        return Operator(self.rows, self.cols, ZZ, terms, horizon.valid_from, self)

    def rebuild(self, entry: EntryMap, size: SizeMap) -> Operator:
        rows, cols = tuple(map(size, self.rows)), tuple(map(size, self.cols))
        return Selection(rows, cols, tuple(d.map(size) for d in self.diagonals)).operator()

    def diff(self, symbol: sp.Symbol) -> Operator:
        return scale(self.operator(), sp.S.Zero)


@dataclass(frozen=True)
class Convolution:
    """Origin: one convolution, as a kernel and one axis a dimension."""

    kernel: Kernel
    axes: tuple[Axis, ...]
    valid_from: Mapping[sp.Symbol, int]

    def operator(self) -> Operator:
        """The matrix C_K = sum over taps t of K_t times the Kronecker product of D(t) an axis."""
        horizon = Horizon()
        horizon.note(self.valid_from)
        for axis in self.axes:
            axis.require(horizon)
        taps = [[axis.tap(t, horizon) for t in range(axis.kernel_size)] for axis in self.axes]
        domain, entries = from_exprs(self.kernel.entries)
        shares: defaultdict[Cell, list[Element]] = defaultdict(list)
        for (o, i, tap, _), entry in zip(self.kernel.weights(), entries, strict=True):
            if entry:
                channel = diagonal(o, i, 1, 1, 1)
                for diagonals in product(*(axis[t] for axis, t in zip(taps, tap, strict=True))):
                    shares[channel, *diagonals].append(entry)
        terms = {cell: total(domain, parts) for cell, parts in shares.items()}
        return Operator(
            (self.kernel.out_channels, *(axis.output_size for axis in self.axes)),
            (self.kernel.in_channels, *(axis.input_size for axis in self.axes)),
            domain,
            terms,
            horizon.valid_from,
            self,
        )

    @property
    def operands(self) -> tuple[Operator, ...]:
        return ()

    def rebuild(self, entry: EntryMap, size: SizeMap) -> Operator:
        return Convolution(
            self.kernel.map(entry), tuple(axis.map(size) for axis in self.axes), self.valid_from
        ).operator()

    def diff(self, symbol: sp.Symbol) -> Operator:
        return replace(self, kernel=self.kernel.map(lambda e: e.diff(symbol))).operator()

    def split(self, side: Literal["rows", "columns"]) -> Split:
        """C C^T = T - P P^T ("rows") or C^T C = G - H^T H ("columns"); see :class:`Split`."""
        if any(axis.padding_mode != "zeros" for axis in self.axes):
            mode = next(a.padding_mode for a in self.axes if a.padding_mode != "zeros")
            raise GeometryError(
                f"padding_mode={mode!r}: only zero padding splits into a Toeplitz part and the "
                "Gram matrix of what lies outside"
            )
        return self._split_rows() if side == "rows" else self._split_columns()

    def _split_rows(self) -> Split:
        """Let the windows see every pixel under them; what is no pixel of the image makes P."""
        covered = [axis.stride * (axis.output_size - 1) + axis.extent for axis in self.axes]
        axes = tuple(
            replace(axis, input_size=size, padding=0, input_dilation=1)
            for axis, size in zip(self.axes, covered, strict=True)
        )
        whole = Convolution(self.kernel, axes, self.valid_from).operator()
        channels = identity(self.kernel.in_channels)
        places = (
            diagonal(axis.padding, 0, axis.input_dilation, 1, axis.input_size) for axis in self.axes
        )
        image = (self.kernel.in_channels, *(axis.input_size for axis in self.axes))
        inside = Selection(whole.cols, image, (channels, *places)).operator()
        factor = whole - product_of(whole, inside, inside.T)
        origin = tuple(-axis.padding for axis in self.axes)
        return Split("rows", product_of(whole, whole.T), factor, origin)

    def _split_columns(self) -> Split:
        """Let every window that touches the image in; those that are no output pixel make H."""
        horizon = Horizon()
        axes, places, origin = [], [], []
        for axis in self.axes:
            first = min(0, -((axis.extent - 1 - axis.padding) // axis.stride))
            last, _ = divide(axis.stuffed_size - 1 + axis.padding, axis.stride)
            count = horizon.larger(axis.output_size, last + 1) - first
            axes.append(
                replace(axis, output_size=count, padding=axis.padding - axis.stride * first)
            )
            origin.append(first)
            places.append(diagonal(-first, 0, 1, 1, axis.output_size))
        whole = Convolution(self.kernel, tuple(axes), horizon.valid_from).operator()
        channels = identity(self.kernel.out_channels)
        image = (self.kernel.out_channels, *(axis.output_size for axis in self.axes))
        inside = Selection(whole.rows, image, (channels, *places)).operator()
        factor = whole - product_of(inside, inside.T, whole)
        return Split("columns", product_of(whole.T, whole), factor, tuple(origin))


def layer_of(operator: Operator) -> tuple[Convolution | None, bool]:
    """The convolution that an operator is, or is the transpose of (then True), if any."""
    origin, transposed = untransposed(operator)
    return (origin if isinstance(origin, Convolution) else None), transposed
