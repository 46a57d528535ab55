"""From cells to entries: the sparse SymPy matrix, single pixels, and the action on an image."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import prod
from typing import Any, Protocol

import sympy as sp
from sympy.polys.domains import EXRAW
from sympy.polys.matrices import DomainMatrix
from sympy.polys.matrices.sdm import SDM

from symconv.algebra.diagonal import Cell
from symconv.algebra.inequalities import is_integral
from symconv.algebra.normal_form import count_entries
from symconv.algebra.sizes import Size, parse_integer, to_expr
from symconv.arguments import shown
from symconv.errors import ShapeError
from symconv.operators.exact_input import parse_array, parse_expression
from symconv.work_limits import check


class Expressed(Protocol):
    """What this module needs of an operator."""

    @property
    def rows(self) -> tuple[Size, ...]: ...
    @property
    def cols(self) -> tuple[Size, ...]: ...
    @property
    def expressions(self) -> list[tuple[Cell, sp.Expr]]: ...


def concrete(sizes: Sequence[Size]) -> tuple[int, ...]:
    """The sizes as numbers.

    Raises:
        ShapeError: a size has a symbol.
    """
    numbers = tuple(size for size in sizes if isinstance(size, int))
    if len(numbers) != len(sizes):
        symbols = sorted({str(s) for size in sizes for s in to_expr(size).free_symbols})
        raise ShapeError(
            f"the size ({', '.join(map(str, sizes[1:] or sizes))}) is symbolic: give the image a "
            f"number first, e.g. C.at({{{', '.join(f'{symbol}: 8' for symbol in symbols)}}})"
        )
    return numbers


def concrete_shape(rows: Sequence[Size], cols: Sequence[Size]) -> tuple[int, int]:
    """Rows and columns of the matrix as numbers."""
    return prod(concrete(rows)), prod(concrete(cols))


def positions(cell: Cell, rows: Sequence[int], cols: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Flat (row, column) of every entry in a cell."""
    pairs: Iterable[tuple[int, int]] = [(0, 0)]
    for d, m, n in zip(cell, rows, cols, strict=True):
        axis = list(d)
        pairs = [(r * m + i, c * n + j) for r, c in pairs for i, j in axis]
    return iter(pairs)


def sparse_matrix(
    rows: Sequence[Size], cols: Sequence[Size], expressions: Iterable[tuple[Cell, sp.Expr]]
) -> sp.MutableSparseMatrix:
    """The SymPy matrix with one expression a cell; every entry refers to it, none is copied."""
    heights, widths = concrete(rows), concrete(cols)
    cells = list(expressions)
    entries = count_entries(cell for cell, _ in cells)
    what = f"{entries} nonzero entries to write out one by one"
    check("entries", entries, what, "closed_form() and op[i, j] work at any size")
    table: defaultdict[int, dict[int, sp.Expr]] = defaultdict(dict)
    for cell, expr in cells:
        for i, j in positions(cell, heights, widths):
            table[i][j] = expr
    sdm = SDM(dict(table), (prod(heights), prod(widths)), EXRAW)
    return sp.MutableSparseMatrix._fromrep(DomainMatrix.from_rep(sdm))


def pixel(sizes: Sequence[Size], index: Any) -> tuple[int, ...]:
    """(channel, *position) of a pixel, from a flat index or from a tuple."""
    shape = concrete(sizes)
    if isinstance(index, tuple):
        position = tuple(parse_integer(i, "a pixel index") for i in index)
        if len(position) == len(shape) - 1 and shape[0] == 1:
            position = (0, *position)
        if len(position) != len(shape) or not all(
            0 <= i < n for i, n in zip(position, shape, strict=True)
        ):
            raise ShapeError(f"pixel {index} is not in an image of size {_show(shape)}")
        return position
    flat = parse_integer(index, "an index")
    count = prod(shape)
    if not -count <= flat < count:
        raise ShapeError(f"index {flat} is not in an image of {count} pixels")
    flat %= count
    position = ()
    for n in reversed(shape):
        flat, i = divmod(flat, n)
        position = (i, *position)
    return position


def symbolic_index(index: Any, start: Mapping[sp.Symbol, int]) -> sp.Expr:
    """A pixel's index, an integer whatever integers its symbols are."""
    if isinstance(index, str):
        raise ShapeError(f"the index {shown(index)} is text: write a number or a SymPy expression")
    expr = parse_expression(index, "index")
    if not is_integral(expr, start):
        raise ShapeError(
            f"the index {expr} is not known to be an integer for all integers that its symbols may "
            "be: write it with floor, or in a symbol of which it is a multiple"
        )
    return expr


def flat_index(pixel: Sequence[int], sizes: Sequence[int]) -> int:
    """Row-major number of a pixel.

    >>> flat_index((1, 2), (2, 3))
    5
    """
    flat = 0
    for i, n in zip(pixel, sizes, strict=True):
        flat = flat * n + i
    return flat


def apply(operator: Expressed, image: Any) -> Any:
    """The operator times a column vector, or times an array of its image's shape.

    A SymPy matrix with one column gives such a matrix; an array or nested list gives a SymPy array.
    """
    heights, widths = concrete(operator.rows), concrete(operator.cols)
    entries, shape = parse_image(operator.cols, image)
    sums: defaultdict[int, list[sp.Expr]] = defaultdict(list)
    for cell, expr in operator.expressions:
        for i, j in positions(cell, heights, widths):
            if entries[j] != 0:
                sums[i].append(expr * entries[j])
    result = [sp.Add(*sums[i]) for i in range(prod(heights))]
    if isinstance(image, sp.MatrixBase) and image.cols == 1:
        return sp.Matrix(result)
    spatial = shape == widths[1:] and heights[0] == 1
    return sp.Array(result, heights[1:] if spatial else heights)


def parse_image(sizes: Sequence[Size], image: Any) -> tuple[list[sp.Expr], tuple[int, ...]]:
    """The pixels of an image of these sizes, flat, from an array or a column vector; its shape."""
    widths = concrete(sizes)
    entries, shape = parse_array(image, "image entry")
    accepted = [widths] + [widths[1:]] * (widths[0] == 1)
    if isinstance(image, sp.MatrixBase) and image.cols == 1:
        accepted = [(prod(widths), 1)]
    if shape not in accepted:
        raise ShapeError(
            f"an image of shape {shape} meets an operator on images of size {_show(widths)}; it "
            f"takes an array of that shape or a column vector of {prod(widths)}"
        )
    return entries, shape


def _show(shape: Sequence[int]) -> str:
    return str(tuple(shape[1:])) if shape[0] == 1 else f"{shape[0]} channels of {tuple(shape[1:])}"
