"""The two splits of a Gram matrix: a Toeplitz part minus what the border takes away."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from symconv.operator import Operator, product


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
    """

    side: Literal["rows", "columns"]
    toeplitz: Operator
    factor: Operator

    @cached_property
    def boundary(self) -> Operator:
        """P P^T or H^T H."""
        outer, inner = self.factor, self.factor.T
        return product(outer, inner) if self.side == "rows" else product(inner, outer)
