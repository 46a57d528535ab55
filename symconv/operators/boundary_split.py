"""The two splits of a Gram matrix: a Toeplitz part minus what the border takes away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import sympy as sp

from symconv.algebra.sizes import Affine, to_expr
from symconv.errors import ShapeError
from symconv.operators.closed_form import Box
from symconv.operators.operator import Operator, product
from symconv.operators.rank import exact_rank
from symconv.printing.closed_forms import part_latex
from symconv.printing.free_letters import operator_letters
from symconv.printing.index_expressions import aligned_lines, gram_latex, index_set
from symconv.printing.notebook import notebook_latex
from symconv.printing.typesetter import typesetter

CASES = r"\begin{cases}"


@dataclass(frozen=True, eq=False)
class Split:
    """A Gram matrix as ``toeplitz - boundary``, where ``boundary`` is itself a Gram matrix.

    For side "rows", C C^T = T - P P^T: T has the autocorrelation r_{s(i-j)} at (i, j), and the
    columns of P are the padding pixels. For side "columns", C^T C = G - H^T H: G repeats along its
    diagonals with the stride, and the rows of H are the windows that the output leaves out.

    Attributes:
        side: "rows" or "columns".
        toeplitz: T or G.
        factor: P or H, with a zero column (row) for each pixel that is inside.
        origin: position of the factor's first column (row), in pixels of the image (output).
    """

    side: Literal["rows", "columns"]
    toeplitz: Operator
    factor: Operator
    origin: tuple[int, ...]

    @cached_property
    def boundary(self) -> Operator:
        """P P^T or H^T H."""
        outer, inner = self.factor, self.factor.T
        return product(outer, inner) if self.side == "rows" else product(inner, outer)

    @cached_property
    def outside(self) -> list[Box]:
        """Padding pixels that P has columns for, or windows left out that H has rows for.

        Positions count from the first pixel inside, so that -1 is the one before it.
        """
        outer, inner = self.factor.T, self.factor
        other = product(outer, inner) if self.side == "rows" else product(inner, outer)
        return _main_boxes(other, self.origin)

    @cached_property
    def touched(self) -> list[Box]:
        """Pixels in whose rows the Gram matrix differs from its Toeplitz part."""
        return _main_boxes(self.boundary, (0,) * len(self.origin))

    @cached_property
    def rank(self) -> int:
        """The rank of the boundary part, for generic kernels; on one axis for every size.

        Raises:
            ShapeError: the size is symbolic and has several axes, so that the rank grows with it.
        """
        if not self.factor.size_symbols:
            return exact_rank(self.factor)
        if len(self.origin) > 1:
            raise ShapeError(f"the rank of {self.factor!r} grows with its size: take at() first")
        # Rows near either end touch different outside pixels once the image parts them.
        reach = max(int(n.const) if isinstance(n, Affine) else n for n in self.factor.cols[1:])
        apart = {n: start + 2 * abs(reach) + 8 for n, start in self.factor.valid_from.items()}
        return exact_rank(self.factor.at(apart))

    def _latex(self, printer: Any) -> str:
        def show(part: Operator) -> str:
            if part.size_symbols:
                return part_latex(part.closed_form(), printer)
            return str(printer._print(part))

        return self.latex(printer, show)

    def latex(self, printer: Any, show: Callable[[Operator], str]) -> str:
        """The identity, then both parts on lines of their own, each as it is shown."""
        by_rows = self.side == "rows"
        letters = operator_letters(self.toeplitz, typesetter(printer))
        first, factor = (letters[letter] for letter in ("TP" if by_rows else "GH"))
        whole, part = (gram_latex(name, by_rows) for name in (letters["C"], factor))
        taken = show(self.boundary) if self.boundary.cells else "0"
        lines = [f"{whole} &= {first} - {part}"]
        index = f"{letters['i']},{letters['j']}"
        for name, shown in ((first, show(self.toeplitz)), (part, taken)):
            entry = rf"({name})_{{{index}}}".replace(f"({first})", first)
            lines.append(f"{entry if shown.startswith(CASES) else name} &= {shown}")
        if lines[1].startswith(f"{first}_"):
            pixels = index_set(self.toeplitz.output_size, typesetter(printer))
            lines.append(rf"{index} &\in {pixels}")
        return aligned_lines(lines, "[1ex]")

    def _repr_latex_(self) -> str | None:
        return notebook_latex(sp.latex(self))


def _main_boxes(gram: Operator, origin: tuple[int, ...]) -> list[Box]:
    """Boxes of the pixels with an entry on the main diagonal of a Gram matrix."""
    found: dict[Box, None] = {}
    for cell in gram.cells:
        if all(d.row == d.col and d.row_step == d.col_step for d in cell):
            axes = list(zip(cell[1:], origin, strict=True))
            first = tuple(to_expr(d.row) + start for d, start in axes)
            last = tuple(to_expr(d.last[0]) + start for d, start in axes)
            found[Box(first, last, tuple(d.row_step for d, _ in axes))] = None
    return list(found)
