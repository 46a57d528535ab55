"""Closed forms: every entry of an operator as a formula that holds for all image sizes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any

import sympy as sp

from symconv._late_calls import late
from symconv._pickle import Pickled
from symconv._printable import Printable
from symconv.algebra.closed_form_lines import (
    MOST_CASES,
    Box,
    Line,
    apart,
    box_of,
    line_of,
    offsets_of,
    order,
    require_few_cases,
)
from symconv.algebra.coefficients import Element
from symconv.algebra.diagonal import Cell, Diagonal
from symconv.algebra.lag_names import INSTEAD, Interior, LagNames, free_letter, lag_names
from symconv.algebra.membership import at_least, at_most, conjunction, relations
from symconv.algebra.products import terms_at
from symconv.algebra.sizes import FAR, Size, far, to_expr
from symconv.algebra.symbols import by_name
from symconv.arguments import shown
from symconv.errors import ShapeError
from symconv.operators.autocorrelation import autocorrelation, sums_of_gram
from symconv.operators.entries import symbolic_index
from symconv.operators.provenance import kernels_of

if TYPE_CHECKING:
    from symconv.operators.operator import Operator


@dataclass(frozen=True, eq=False, repr=False)
class ClosedForm(Printable, Pickled):
    """Every entry of an operator, as one polynomial for each box of each line.

    The number of cells does not depend on the size of the image. Made by
    ``operator.closed_form()``.

    >>> import symconv as sc
    >>> n = sp.Symbol("n")
    >>> C = sc.conv(sc.Kernel(sp.symbols("a b c")), n)
    >>> F = (C.T @ C).closed_form()
    >>> len(F), F.lags, F.valid_from
    (13, [(-2,), (-1,), (0,), (1,), (2,)], {n: 4})
    """

    operator: Operator
    abbreviated: bool = False

    # --- cells -----------------------------------------------------------------------------

    @cached_property
    def cells(self) -> Mapping[Line, Mapping[Box, sp.Expr]]:
        """Line to box to polynomial; a channel axis is there only where there are channels."""
        table: defaultdict[Line, dict[Box, sp.Expr]] = defaultdict(dict)
        for cell, expr in self.expressions:
            diagonals = self.shown(cell)
            table[line_of(diagonals)][box_of(diagonals)] = expr
        return dict(table)

    def __iter__(self) -> Iterator[tuple[Line, Box, sp.Expr]]:
        for line, boxes in self.cells.items():
            for box, expr in boxes.items():
                yield line, box, expr

    def __len__(self) -> int:
        return len(self.operator.cells)

    @property
    def lags(self) -> list[tuple[sp.Expr, ...]]:
        """The lags i - j that occur, where all steps are one.

        Raises:
            ShapeError: the operator changes the sampling, so that its lines have other slopes.
        """
        if any({*line.row_steps, *line.column_steps} != {1} for line in self.cells):
            raise ShapeError(f"{self.operator!r} has no lags: its lines do not run along i - j")
        return sorted((line.offsets for line in self.cells), key=lambda lag: [*map(order, lag)])

    def shown(self, cell: tuple[Any, ...]) -> tuple[Any, ...]:
        """Without the channel axis, where there is one channel to one."""
        return cell[1:] if self._hides_channels else cell

    @property
    def _hides_channels(self) -> bool:
        return bool(self.operator.rows[0] == self.operator.cols[0] == 1)

    # --- sizes -----------------------------------------------------------------------------

    @property
    def valid_from(self) -> Mapping[sp.Symbol, int]:
        """For each size symbol the smallest value from which on it holds: the operator's."""
        bounds: Mapping[sp.Symbol, int] = self.operator.valid_from
        return bounds

    def terms_at(self, values: Mapping[sp.Symbol, int]) -> dict[Cell, Element]:
        """The cells where the size symbols have these values; right from ``valid_from`` on."""
        return terms_at(self.operator.cells, values)

    def at(self, values: Mapping[sp.Symbol, int]) -> Operator:
        """The operator for a concrete size, below ``valid_from`` too."""
        return self.operator.at(values)

    def values(self, values: Any) -> Any:
        """The numbers of the cells alone, in the order of iteration, for a batch of kernels.

        Args:
            values: as in :func:`symconv.to_numpy` with ``batch=True``: an array
                (*batch, *K.shape), or a mapping from symbols to arrays of one shape.

        Returns:
            A NumPy array (*batch, cells), of Python's integers where int64 is too small; the image
            may be of symbolic size.

        Raises:
            KernelError: as :func:`symconv.to_numpy`.

        >>> import symconv as sc
        >>> C = sc.conv(sc.Kernel.symbolic("k", 2), sp.Symbol("n"))
        >>> F = (C.T @ C).closed_form()
        >>> [expr for _, _, expr in F]
        [k_{0}**2, k_{0}**2 + k_{1}**2, k_{1}**2, k_{0}*k_{1}, k_{0}*k_{1}]
        >>> F.values([[1, 2], [3, 4]])
        array([[ 1,  5,  4,  2,  2],
               [ 9, 25, 16, 12, 12]])
        """
        return late("numeric.functions", "cell_values")(self, values)

    def subs(self, *args: Any, simultaneous: bool = False) -> ClosedForm:
        """The closed form with symbols of the kernel replaced."""
        return ClosedForm(self.operator.subs(*args, simultaneous=simultaneous))

    # --- the split -------------------------------------------------------------------------

    @property
    def toeplitz(self) -> Operator:
        """The Toeplitz part of C @ C.T, or the part of C.T @ C that repeats with the stride."""
        return self.operator.split().toeplitz

    @property
    def boundary(self) -> Operator:
        """What the border takes away from the Toeplitz part: P P^T or H^T H."""
        return self.operator.split().boundary

    # --- entries ---------------------------------------------------------------------------

    def entry(self, row: Any, col: Any) -> sp.Expr:
        """The entry at two pixels, whose indices are numbers or symbols.

        Args:
            row, col: a pixel as a tuple, one index a spatial axis, led by the channel where there
                are several; on one axis the index alone.

        Returns:
            An expression, or a ``Piecewise`` whose conditions are disjoint, the interior first.
            Size symbols are taken to be at least ``valid_from``, an index with another symbol to be
            a pixel of the image; an index without brings the sizes at which it is one.

        Raises:
            ShapeError: an index is in no image, or not an integer for all integers that its symbols
                may be, such as n/2.
            SymbolError: a symbol is called like another one of the operator.

        >>> import symconv as sc
        >>> n, i = sp.symbols("n i")
        >>> C = sc.conv(sc.Kernel(sp.symbols("a b")), n)
        >>> (C.T @ C).closed_form().entry(i, i)  # doctest: +NORMALIZE_WHITESPACE
        Piecewise((a**2 + b**2, (i >= 1) & (i <= n - 2)),
                  (a**2, Eq(i, 0)), (b**2, Eq(i, n - 1)), (0, True))
        """
        return self._formula(row, col, self.valid_from)

    def far_entry(self, row: Any, col: Any) -> sp.Expr:
        """The entry at two pixels counted from either end, on an image of any large size."""
        return self._formula(row, col, dict.fromkeys(self.valid_from, FAR))

    def _formula(self, row: Any, col: Any, start: Mapping[sp.Symbol, int]) -> sp.Expr:
        if len(self) > MOST_CASES:
            i, _ = self._pixel(row, self.operator.rows, start)
            j, _ = self._pixel(col, self.operator.cols, start)
            require_few_cases((line for line, _ in self._on_lines), i, j)
        pieces = []
        for expr, condition in self.pieces(row, col, start):
            if condition is sp.true:
                return expr
            pieces.append((expr, condition))
        return sp.Piecewise(*pieces, (0, True), evaluate=False) if pieces else sp.S.Zero

    def pieces(
        self, row: Any, col: Any, start: Mapping[sp.Symbol, int] | None = None
    ) -> Iterator[tuple[sp.Expr, Any]]:
        """The polynomials that can stand at two pixels and when each does, the interior first."""
        start = self.valid_from if start is None else start
        i, rows = self._pixel(row, self.operator.rows, start)
        j, cols = self._pixel(col, self.operator.cols, start)
        by_name(self.operator.free_symbols | sp.Tuple(*i, *j).free_symbols)
        inside = [relation for relation in (*rows, *cols) if relation is not sp.true]
        is_apart: dict[Line, bool] = {}
        met: dict[tuple[int, Diagonal], list[Any]] = {}
        for line, cell in self._on_lines:
            if line not in is_apart:
                is_apart[line] = apart(line, i, j)
            if is_apart[line]:
                continue
            condition = self._condition(cell, i, j, start, met, inside)
            if condition is not sp.false:
                yield self._polynomial(cell), condition

    def _polynomial(self, cell: Cell) -> sp.Expr:
        expr: sp.Expr = self.operator.polynomial(cell)
        if not self.abbreviated:
            return expr
        if cell not in self._abbreviations:
            line = line_of(self.shown(cell))
            self._abbreviations[cell] = self._lag_names.abbreviate(expr, line)
        return self._abbreviations[cell]

    def _pixel(
        self, pixel: Any, sizes: tuple[Size, ...], start: Mapping[sp.Symbol, int]
    ) -> tuple[list[sp.Expr], list[Any]]:
        """The indices, and when those without another symbol than sizes are in the image."""
        indices = pixel if isinstance(pixel, tuple) else (pixel,)
        needed = sizes[1:] if self._hides_channels else sizes
        if len(indices) == len(sizes) - 1 and sizes[0] == 1:
            indices = indices if self._hides_channels else (0, *indices)
        if len(indices) != len(needed):
            raise ShapeError(
                f"pixel {shown(pixel)} has {len(indices)} indices; {len(needed)} are needed"
            )
        exprs = [symbolic_index(index, start) for index in indices]
        inside: list[Any] = []
        for index, size in zip(exprs, needed, strict=True):
            last = to_expr(size) - 1
            found = [at_least(index, sp.S.Zero, start), at_most(index, last, start)]
            if sp.false in found:
                raise ShapeError(f"pixel {pixel} is not in an image of size {_show(needed)}")
            inside += found if index.free_symbols <= set(start) else []
        return exprs, inside

    @cached_property
    def interior_first(self) -> list[Cell]:
        """Cells from the largest to the smallest, those near the main line first."""

        def size(hidden: Cell) -> tuple[Any, ...]:
            cell = self.shown(hidden)
            growing = sum(not isinstance(d.length, int) for d in cell)
            count = prod(d.length for d in cell if isinstance(d.length, int))
            distance = [abs(far(offset)) for offset in offsets_of(cell)]
            places = [(far(d.row), far(d.col), d.row_step, d.col_step) for d in cell]
            return -growing, -count, sum(distance), distance, places

        return sorted(self.operator.cells, key=size)

    @cached_property
    def _on_lines(self) -> list[tuple[Line, Cell]]:
        return [(line_of(self.shown(cell)), cell) for cell in self.interior_first]

    def _condition(
        self,
        cell: Cell,
        i: list[sp.Expr],
        j: list[sp.Expr],
        start: Mapping[sp.Symbol, int],
        met: dict[tuple[int, Diagonal], list[Any]],
        inside: list[Any],
    ) -> Any:
        """When pixels i and j meet in a cell: true, false or a conjunction."""
        found = list(inside)
        rows, cols = self.shown(self.operator.rows), self.shown(self.operator.cols)
        for axis, d in enumerate(self.shown(cell)):
            if (axis, d) not in met:
                met[axis, d] = relations(d, i[axis], j[axis], rows[axis], cols[axis], start)
            found += met[axis, d]
            if sp.false in met[axis, d]:
                return sp.false
        return conjunction(found)

    # --- two levels ------------------------------------------------------------------------

    @cached_property
    def two_level(self) -> ClosedForm:
        """The same with the names r_δ for the interior polynomials; ``names`` defines them.

        >>> import symconv as sc
        >>> n, i = sp.symbols("n i")
        >>> C = sc.conv(sc.Kernel(sp.symbols("a b c")), n)
        >>> F = (C.T @ C).closed_form().two_level
        >>> F.entry(i, i + 1).args[0], F.names[sp.Symbol("r_{1}", real=True)]
        ((r_{1}, (i >= 1) & (i <= n - 3)), a*b + b*c)
        """
        return replace(self, abbreviated=True)

    @property
    def names(self) -> Mapping[sp.Symbol, sp.Expr]:
        """Names r_δ of the interior polynomials, one for each lag up to sign, and what they are.

        The lag counts input pixels: s(i - j) in C @ C.T of stride s. With channels o and p the name
        is r^{o,p}_δ. r is the kernel's autocorrelation and nothing else; in C.T @ C of several
        channels, g is Σ_t K_t^T K_{t+δ}; any other polynomial is called c, with a prime for each
        further one of a lag. Where the operator has such a letter itself, another is taken.
        In an image of concrete size nothing is far from a border: C C^T and C^T C of one channel
        have the names of the autocorrelation there, anything else has none.
        """
        return self._lag_names.definitions

    @property
    def initials(self) -> Mapping[sp.Symbol, str]:
        """Which of r, g and c each name is, whatever letter it begins with."""
        return self._lag_names.initials

    @cached_property
    def letters(self) -> Mapping[str, str]:
        """What names begin with for r, g and c: these, or others where they are taken."""
        kernels = [entry for kernel in kernels_of(self.operator) for entry in kernel.entries]
        exprs = (*self.operator.free_symbols, *kernels)
        return {initial: free_letter(initial, exprs) for initial in INSTEAD}

    @cached_property
    def _lag_names(self) -> LagNames:
        interior = self._far_cells() if self.operator.size_symbols else self._gram_lags()
        taken = (symbol.name for symbol in self.operator.free_symbols)
        return lag_names(interior, self.letters, taken)

    def _far_cells(self) -> Iterator[Interior]:
        """Cells that grow with the image on every axis, the main line first."""
        sums = sums_of_gram(self.operator)
        for cell in self.interior_first:
            if not any(isinstance(d.length, int) for d in cell[1:]):
                expr, (lag, pair) = self.operator.polynomial(cell), self._index(cell)
                initial = "c" if sums is None else sums.initial(lag, pair, expr)
                channels = "" if self._hides_channels else f"^{{{','.join(map(str, pair))}}}"
                yield Interior(line_of(self.shown(cell)), expr, lag, initial, channels)

    def _index(self, cell: Cell) -> tuple[tuple[sp.Expr, ...], tuple[sp.Expr, ...]]:
        """δ and the channels, with the sign of δ that makes its first number positive."""
        offsets = line_of(cell[1:]).offsets
        lag = tuple(s * e for s, e in zip(self._strides, offsets, strict=True))
        pair = (to_expr(cell[0].row), to_expr(cell[0].col))
        _, side = self.operator.gram or (None, "")
        # The entry of C C^T is r at s(i - j), that of C^T C is g at j - i.
        lag = tuple(-e for e in lag) if side == "columns" else lag
        forward, backward = [*map(order, lag)], [-order(e) for e in lag]
        turned = bool(side) and order(pair[0]) > order(pair[1])
        if forward < backward or (forward == backward and turned):
            return tuple(-e for e in lag), pair[::-1]
        return lag, pair

    def _gram_lags(self) -> Iterator[Interior]:
        """The lags of the kernel, where this is a product with the transpose, of one channel."""
        layer = self.operator.gram and self.operator.gram[0].provenance.layer
        if not layer or layer.has_channels:
            return
        values = autocorrelation(layer.kernel, tuple(layer.each("dilation")))
        ones, zeros = ((n,) * len(layer.axes) for n in (1, 0))
        for lag in (lag for lag in values if lag >= zeros):
            offsets = tuple(sp.Rational(d, s) for d, s in zip(lag, self._strides, strict=True))
            for signed in (offsets, tuple(-offset for offset in offsets)):
                yield Interior(Line(ones, ones, signed), values[lag], lag, "r")

    @property
    def _strides(self) -> list[int]:
        """Input pixels from one line to the next on every axis."""
        factor, side = self.operator.gram or (None, "")
        layer = factor.provenance.layer if factor and side == "rows" else None
        return layer.each("stride") if layer else [1] * (len(self.operator.rows) - 1)

    @property
    def expressions(self) -> list[tuple[Cell, sp.Expr]]:
        """Cell to polynomial, by name where that was asked for."""
        return [(cell, self._polynomial(cell)) for cell in self.operator.cells]

    @cached_property
    def _abbreviations(self) -> dict[Cell, sp.Expr]:
        return {}

    def __repr__(self) -> str:
        bound = "".join(f", {n} >= {start}" for n, start in self.valid_from.items())
        return f"ClosedForm({len(self)} cells of {self.operator!r}{bound})"


def _show(sizes: tuple[Size, ...]) -> str:
    return "(" + ", ".join(map(str, sizes)) + ")"
