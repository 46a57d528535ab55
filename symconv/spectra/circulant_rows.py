"""The first row of an operator that a transform diagonalises: its eigenvalues' coefficients."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from symconv.algebra.diagonal import Cell, Diagonal
from symconv.algebra.sizes import Affine, Size, evaluate, to_expr
from symconv.errors import ShapeError
from symconv.operators.operator import Operator
from symconv.spectra.transforms import Diagonalising

Lag = tuple[int, ...]
Channels = tuple[int, int]


@dataclass(frozen=True, eq=False)
class FirstRow:
    """The entries of the pixel 0 in every output channel, by channels and position.

    Positions on an axis of the DFT count around, from -n/2 to n/2; on the others from 0.
    """

    operator: Operator
    diagonalising: Diagonalising

    @cached_property
    def entries(self) -> Mapping[Channels, Mapping[Lag, sp.Expr]]:
        """(output channel, input channel) to position to entry."""
        table: defaultdict[Channels, dict[Lag, sp.Expr]] = defaultdict(dict)
        for channels, lag, cell in self.places():
            table[channels][lag] = self.operator.polynomial(cell)
        return table

    def places(self) -> Iterator[tuple[Channels, Lag, Cell]]:
        """Channels, position and cell of every entry of the row."""
        for cell in self.operator.cells:
            channel, *axes = cell
            if all(d.row == 0 for d in axes):
                lag = tuple(map(self._position, range(len(axes)), axes))
                for channels in channel:
                    yield channels, lag, cell

    def _position(self, axis: int, diagonal: Diagonal) -> int:
        size = self.operator.cols[axis + 1]
        if self.diagonalising.transforms[axis].name == "DFT":
            return _around(diagonal.col, size)
        if not isinstance(diagonal.col, int):
            raise ShapeError(f"{self.operator!r}: its first row reaches the other end of the image")
        return diagonal.col

    def matrix(self, indices: Sequence[sp.Symbol]) -> sp.ImmutableMatrix:
        """The matrix over the channels at the frequency j: one eigenvalue for one channel."""
        sizes = self.operator.rows[1:]
        axes = zip(self.diagonalising.transforms, indices, sizes, strict=True)
        angles = tuple(t.frequency(j, to_expr(n)) for t, j, n in axes)
        shape = evaluate(self.operator.rows[0], {}), evaluate(self.operator.cols[0], {})
        return sp.ImmutableMatrix(*shape, lambda o, i: self.eigenvalue((int(o), int(i)), angles))

    def eigenvalue(self, channels: Channels, angles: tuple[sp.Expr, ...]) -> sp.Expr:
        """The sum over the row's entries, each times its share at these angles."""
        row = dict(self.entries.get(channels, {}))
        terms = []
        while row:
            lag, entry = row.popitem()
            mirrored = self._mirrored(lag)
            if row.get(mirrored) == entry:
                del row[mirrored]
                terms.append(2 * entry * self._weight(lag, angles, real=True))
            else:
                terms.append(entry * self._weight(lag, angles, real=lag == mirrored))
        return sp.Add(*terms)

    def _mirrored(self, lag: Lag) -> Lag:
        pairs = zip(lag, self.diagonalising.transforms, strict=True)
        return tuple(-x if t.name == "DFT" else x for x, t in pairs)

    def _weight(self, lag: Lag, angles: tuple[sp.Expr, ...], real: bool) -> sp.Expr:
        """The product of the axes' shares; of a pair of opposite positions, half their sum."""
        axes = list(zip(lag, angles, self.diagonalising.transforms, strict=True))
        turn = sp.Add(*(x * angle for x, angle, t in axes if t.name == "DFT"))
        others = [t.weight(x, angle) for x, angle, t in axes if t.name != "DFT"]
        return sp.Mul(sp.cos(turn) if real else sp.exp(sp.I * turn), *others)


def _around(col: Size, size: Size) -> int:
    """A position on a ring, as the nearest to 0."""
    if isinstance(size, int):
        position = evaluate(col, {})
        return position - size if 2 * position > size else position
    turns, rest = divmod(col.slope, size.slope) if isinstance(col, Affine) else (0, 0)
    nearest = col - turns * size
    if rest or not isinstance(nearest, int):
        raise ShapeError(f"the position {to_expr(col)} on {to_expr(size)} pixels is not near 0")
    return nearest


def frequency_letters(operator: Operator) -> tuple[sp.Symbol, ...]:
    """One letter a frequency, none of them in the operator."""
    taken = {symbol.name.partition("_")[0] for symbol in operator.free_symbols}
    letter = next(name for name in "jlqhJ" if name not in taken)
    axes = len(operator.rows) - 1
    names = [letter] if axes == 1 else [f"{letter}_{a + 1}" for a in range(axes)]
    return tuple(sp.Symbol(name, integer=True, nonnegative=True) for name in names)
