"""Operators on one axis as sums of products of Toeplitz matrices T(k), and what those are.

On several axes a convolution is a matrix of such blocks; on one it is a single one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce

from symconv.algebra.diagonal import identity
from symconv.errors import ShapeError
from symconv.operators.convolution import Convolution
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator, add, scale
from symconv.operators.selection import Selection
from symconv.printing.elided import whole_or_elided
from symconv.printing.factor_names import TOEPLITZ, VARIABLES, LeafNames, moves
from symconv.printing.factors import Factor, Monomial, Placed, monomials
from symconv.printing.kernel_rows import MOST_ROWS
from symconv.printing.kronecker import WIDEST_SUM, kron_parts, signed, sum_lines, whole_name
from symconv.typesetting.displays import Display, Row, Rows, aligned, equation, flow, gathered
from symconv.typesetting.free_letters import own_kernel
from symconv.typesetting.matrices import MOST_ENTRIES
from symconv.typesetting.notation import TRANSPOSED
from symconv.typesetting.typesetter import Typesetter


def toeplitz_display(
    operator: Operator, printer: Typesetter, max_entries: int = MOST_ENTRIES
) -> Rows:
    """An operator on one axis and one channel by the names of its factors.

    Raises:
        ShapeError: a factor has channels.
        SymconvError: the sum is too long to be read.
    """
    if not has_toeplitz_factors(operator):
        raise ShapeError(f"{operator!r} has channels between its factors: form='kron' has them")
    found = _Toeplitz(operator, LeafNames(operator, printer, TOEPLITZ), printer, max_entries)
    return gathered([found.sum(), *flow(found.matrices()), *flow(found.kernels())])


def has_toeplitz_factors(operator: Operator) -> bool:
    """Whether no factor has channels, so that each is one Toeplitz matrix.

    Raises:
        SymconvError: the sum is too long to be read.
    """
    return not any(f.leaf.has_channels for found in monomials(operator) for f in found.factors)


@dataclass(frozen=True)
class _Toeplitz:
    operator: Operator
    names: LeafNames
    printer: Typesetter
    max_entries: int

    def sum(self) -> Display:
        """The operator as a sum of products of names."""
        layer, kind = kron_parts(self.operator)
        left = self.names.whole if layer is None else whole_name(kind)
        terms = [
            signed(found.scalar, self._product(found), self.printer, strict=True)
            for found in monomials(self.operator)
        ]
        body = sum_lines(terms, WIDEST_SUM)
        return equation(left, body) if isinstance(body, str) else aligned([(left, body)])

    def _product(self, found: Monomial) -> str:
        names = (self._name(factor) for factor in found.factors)
        return r"\, ".join(name or self.names.identity(self.operator.rows[1]) for name in names)

    def _name(self, factor: Factor) -> str:
        leaf = factor.leaf
        if isinstance(leaf, Placed):
            return self.names.place(leaf.axes[1], leaf.rows[1], leaf.cols[1], leaf.bounds)
        only = moves(leaf)
        (letter,) = self.names.shifts(leaf.axes, only)
        shown = letter if only else f"{letter}({self.names.kernel(leaf.kernel)})"
        return shown + (TRANSPOSED if factor.transposed else "")

    def matrices(self) -> Iterator[Row]:
        """What the names are."""
        x = self.names.letters.first(VARIABLES, [letter for _, letter in self.names.kernels])
        for axes, only, letter in self.names.ways:
            kernel = (
                Kernel([1]) if only else own_kernel(axes[0].kernel_size, self.printer.notation, x)
            )
            made = Convolution(kernel, axes, self.operator.bounds).operator()
            yield self._matrix(letter if only else f"{letter}({x})", made)
        for n, (matrix, rows, cols, _) in enumerate(self.names.places, 1):
            parts = (
                scale(Selection((1, rows), (1, cols), (identity(1), d)).operator(), weight)
                for weight, d in matrix
            )
            yield self._matrix(f"{self.names.diagonal}_{{{n}}}", reduce(add, parts))

    def _matrix(self, name: str, operator: Operator) -> Row:
        return equation(name, whole_or_elided(operator, self.printer, self.max_entries))

    def kernels(self) -> Iterator[str]:
        """The taps of every kernel, side by side."""
        for kernel, letter in self.names.kernels:
            taps = [self.printer._print(entry) for entry in kernel.entries[:MOST_ROWS]]
            dots = [r"\dots"] if len(kernel.entries) > MOST_ROWS else []
            yield f"{letter} = ({', '.join([*taps, *dots])})"
