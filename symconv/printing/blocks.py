"""Operators as block matrices in LaTeX, with what their blocks are."""

from __future__ import annotations

from collections.abc import Sequence

from symconv.operators.entries import concrete_shape
from symconv.operators.operator import Operator
from symconv.printing.block_form import Blocks, blocks_of
from symconv.printing.elided import elided_latex
from symconv.printing.kernel_rows import KernelRows
from symconv.printing.matrices import (
    MOST_ENTRIES,
    MOST_LINES,
    matrix_latex,
    printed_length,
    widest_row,
)
from symconv.printing.typesetter import Typesetter

MOST_ROWS = 12
WIDEST = 80
GAP = 3


def blocks_latex(operator: Operator, printer: Typesetter, max_entries: int = MOST_ENTRIES) -> str:
    """LaTeX of the matrix of blocks, and under it what the blocks are.

    Raises:
        SymconvError: the operator has a single block, or too many that differ.
    """
    blocks = blocks_of(operator, printer)
    named = printer.with_labels(blocks.labels)
    matrix = operator_matrix(blocks.operator, named, max_entries, ruled=True)
    lines = [*_kernel_rows(blocks, printer, max_entries), *blocks.products]
    others = [
        rf"{named._print(symbol)} = {operator_matrix(inner, printer, max_entries)}"
        for symbol, inner in blocks.others
    ]
    lines += flow(others, [widest_row(other) for other in others])
    return gathered([matrix, *lines])


def gathered(lines: Sequence[str]) -> str:
    """Displays under each other."""
    return r"\begin{gathered}" + r" \\[1ex] ".join(lines) + r"\end{gathered}"


def operator_matrix(
    operator: Operator, printer: Typesetter, max_entries: int, ruled: bool = False
) -> str:
    """A matrix of any size, whole where it is small."""
    if not operator.size_symbols:
        shape = concrete_shape(operator.rows, operator.cols)
        if max(shape) <= MOST_LINES and shape[0] * shape[1] <= max_entries:
            return matrix_latex(shape, operator.entry, printer, "full", max_entries, ruled)
    return elided_latex(operator.closed_form(), printer, None, max_entries, ruled)


def _kernel_rows(blocks: Blocks, printer: Typesetter, max_entries: int) -> list[str]:
    """What T is, and the rows of the kernel that it is made of."""
    if blocks.row is None:
        return []
    row: KernelRows = blocks.row
    inside = row.inside()
    block = row.block(row.letters["x"])
    return [
        f"{block} = {operator_matrix(inside, printer, max_entries)}",
        *_row_list(row, printer),
    ]


def _row_list(row: KernelRows, printer: Typesetter) -> list[str]:
    r"""k_{0} = (1, 2, 3), k_{1} = (4, 5, 6), …, or what a row of a symbolic kernel is."""
    if row.own_letter:
        (first, entries), *_ = row.entries.items()
        letters = "oc" * (not row.plain) + "abdefgh"
        index = ",".join(row.letters[letter] for letter in letters[: len(first)])
        taps = [f"{row.letter}_{{{index},{t}}}" for t in range(len(entries))]
        return [rf"{row.letter}_{{{index}}} = ({', '.join(taps)})"]
    shown = [
        rf"{row.name(index)} = ({', '.join(map(printer._print, entries))})"
        for index, entries in row.entries.items()
    ]
    dots = [r"\dots"] if len(shown) > MOST_ROWS else []
    shown = [*shown[:MOST_ROWS], *dots]
    return flow(shown, [printed_length(text) for text in shown])


def flow(items: Sequence[str], widths: Sequence[int]) -> list[str]:
    """Items side by side, on as many lines as they need."""
    lines: list[list[str]] = [[]]
    room = WIDEST
    for item, width in zip(items, widths, strict=True):
        if lines[-1] and width > room:
            lines.append([])
            room = WIDEST
        lines[-1].append(item)
        room -= width + GAP
    return [r",\quad ".join(line) for line in lines if line]
