"""Operators on one axis in LaTeX: sums of products of Toeplitz matrices T(k), and what those are.

On several axes a convolution is a matrix of such blocks; on one it is a single one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce

from symconv.algebra.diagonal import identity
from symconv.operators.convolution import Convolution
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator, add, scale
from symconv.operators.selection import Selection
from symconv.printing.blocks import MOST_ROWS, flow, gathered, operator_matrix
from symconv.printing.factor_names import LeafNames
from symconv.printing.factors import Factor, Monomial, Placed, monomials, moves
from symconv.printing.index_expressions import gram_latex
from symconv.printing.kron_sum_latex import TRANSPOSE, in_lines, signed
from symconv.printing.kronecker import kron_parts
from symconv.printing.matrices import MOST_ENTRIES, printed_length, widest_row
from symconv.printing.typesetter import Typesetter


def line_latex(operator: Operator, printer: Typesetter, max_entries: int = MOST_ENTRIES) -> str:
    """LaTeX of an operator on one axis and one channel by the names of its factors.

    Raises:
        SymconvError: the sum is too long to be read.
    """
    line = _Line(operator, LeafNames(operator, printer, "TUVWXYZ"), printer, max_entries)
    return gathered([line.sum(), *line.matrices(), *line.kernels()])


@dataclass(frozen=True)
class _Line:
    operator: Operator
    names: LeafNames
    printer: Typesetter
    max_entries: int

    def sum(self) -> str:
        """The operator as a sum of products of names."""
        layer, kind = kron_parts(self.operator)
        left = self.names.whole if layer is None else self._left(kind)
        terms = [
            signed(found.scalar, self._product(found), self.printer)
            for found in monomials(self.operator)
        ]
        body = in_lines(terms)
        if r" \\ &" in body:
            return rf"\begin{{aligned}}{left} &= {body}\end{{aligned}}"
        return f"{left} = {body}"

    def _left(self, kind: str) -> str:
        C = self.names.letters["C"]
        if kind in ("rows", "columns"):
            return gram_latex(C, kind == "rows")
        return C + TRANSPOSE if kind else C

    def _product(self, found: Monomial) -> str:
        names = (self._name(factor) for factor in found.factors)
        return r"\, ".join(name or self.names.identity(self.operator.rows[1]) for name in names)

    def _name(self, factor: Factor) -> str:
        leaf = factor.leaf
        if isinstance(leaf, Placed):
            return self.names.place(leaf.axes[1], leaf.rows[1], leaf.cols[1])
        only = moves(leaf)
        (letter,) = self.names.shifts(leaf.axes, only)
        shown = letter if only else f"{letter}({self.names.kernel(leaf.kernel)})"
        return shown + (TRANSPOSE if factor.transposed else "")

    def matrices(self) -> Iterator[str]:
        """What the names are."""
        taken = {letter for _, letter in self.names.kernels} | self.names.taken
        x = next(letter for letter in "xyzabc" if letter not in taken)
        shown = []
        for axes, only, letter in self.names.ways:
            kernel = Kernel([1]) if only else Kernel.symbolic(x, axes[0].kernel_size)
            made = Convolution(kernel, axes, self.operator.bounds).operator()
            shown.append(f"{letter if only else f'{letter}({x})'} = {self._matrix(made)}")
        for n, (matrix, rows, cols) in enumerate(self.names.places, 1):
            parts = (
                scale(Selection((1, rows), (1, cols), (identity(1), d)).operator(), weight)
                for weight, d in matrix
            )
            made = reduce(add, parts)
            shown.append(f"{self.names.diagonal}_{{{n}}} = {self._matrix(made)}")
        yield from flow(
            shown, [widest_row(text) + text.split(r"\\")[0].count("&") for text in shown]
        )

    def _matrix(self, operator: Operator) -> str:
        return operator_matrix(operator, self.printer, self.max_entries)

    def kernels(self) -> Iterator[str]:
        """The taps of every kernel, side by side."""
        shown = []
        for kernel, letter in self.names.kernels:
            taps = [self.printer._print(entry) for entry in kernel.entries[:MOST_ROWS]]
            dots = [r"\dots"] if len(kernel.entries) > MOST_ROWS else []
            shown.append(f"{letter} = ({', '.join([*taps, *dots])})")
        yield from flow(shown, [printed_length(text) for text in shown])
