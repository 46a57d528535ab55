"""Sizes of matrices and images in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symconv.operators.operator import Operator
from symconv.printing.unicode import factor, one_line_text


def shape_text(operator: Operator) -> str:
    """Rows and columns, and from which image to which.

    >>> import symconv as sc, sympy as sp
    >>> print(shape_text(sc.conv(sc.Kernel.arange((3, 3)), (sp.Symbol("n"), 4))))
    (2n - 4) × 4n matrix, from n×4 pixels to (n - 2)×2 pixels
    """
    rows, cols = (factor(one_line_text(str(size))) for size in operator.shape)
    images = f"from {pixels(operator.cols)} to {pixels(operator.rows)}"
    return f"{rows} × {cols} matrix, {images}"


def pixels(sizes: Sequence[Any]) -> str:
    """An image in words: 2 channels of 4×4 pixels."""
    channels, *spatial = sizes
    size = "×".join(factor(one_line_text(str(each))) for each in spatial)
    text = f"{size} pixels" if spatial != [1] else "1 pixel"
    return text if channels == 1 else f"{channels} channels of {text}"
