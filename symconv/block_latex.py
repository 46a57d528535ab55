"""Operators as block matrices in LaTeX, with what their blocks are."""

from __future__ import annotations

from symconv.block_form import Blocks, blocks_of
from symconv.elided_latex import elided_latex
from symconv.explicit import concrete_shape
from symconv.kernel_rows import KernelRows
from symconv.operator import Operator
from symconv.symbol_latex import Typesetter
from symconv.typeset import MOST_ENTRIES, MOST_LINES, matrix_latex

MOST_ROWS = 12


def blocks_latex(operator: Operator, printer: Typesetter, max_entries: int = MOST_ENTRIES) -> str:
    """LaTeX of the matrix of blocks, and under it what the blocks are.

    Raises:
        SymconvError: the operator has a single block, or too many that differ.
    """
    blocks = blocks_of(operator)
    named = printer.with_labels(blocks.labels)
    matrix = _matrix(blocks.operator, named, max_entries, ruled=True)
    lines = [*_kernel_rows(blocks, printer, max_entries), *blocks.products]
    lines += [
        rf"{named._print(symbol)} = {_matrix(inner, printer, max_entries)}"
        for symbol, inner in blocks.others
    ]
    return r"\begin{gathered}" + r" \\[1ex] ".join([matrix, *lines]) + r"\end{gathered}"


def _matrix(operator: Operator, printer: Typesetter, max_entries: int, ruled: bool = False) -> str:
    if operator.size_symbols:
        return elided_latex(operator.closed_form(), printer, None, max_entries, ruled)
    shape = concrete_shape(operator.rows, operator.cols)
    fits = max(shape) <= MOST_LINES and shape[0] * shape[1] <= max_entries
    form = "full" if fits else "elided"
    return matrix_latex(shape, operator.entry, printer, form, max_entries, ruled)


def _kernel_rows(blocks: Blocks, printer: Typesetter, max_entries: int) -> list[str]:
    """What T is, and the rows of the kernel that it is made of."""
    if blocks.row is None:
        return []
    row: KernelRows = blocks.row
    inside = row.inside()
    letter = "x" if row.letter != "x" else "y"
    return [rf"T({letter}) = {_matrix(inside, printer, max_entries)}", _row_list(row, printer)]


def _row_list(row: KernelRows, printer: Typesetter) -> str:
    r"""k_{0} = (1, 2, 3), \; k_{1} = (4, 5, 6), …"""
    shown = [
        rf"{row.name(index)} = ({', '.join(map(printer._print, entries))})"
        for index, entries in row.entries.items()
    ]
    dots = [r"\dots"] if len(shown) > MOST_ROWS else []
    return r",\quad ".join([*shown[:MOST_ROWS], *dots])
