"""The split of a Gram matrix as LaTeX: the identity, and both parts under it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symconv.operators.boundary_split import Split
from symconv.operators.operator import Operator
from symconv.printing.closed_forms import part_latex
from symconv.printing.free_letters import operator_letters
from symconv.printing.index_expressions import aligned_lines, gram_latex, index_set
from symconv.printing.typesetter import typesetter

CASES = r"\begin{cases}"


def split_latex(split: Split, printer: Any, show: Callable[[Operator], str] | None = None) -> str:
    """The identity, then both parts on lines of their own, each as it is shown."""

    def plainly(part: Operator) -> str:
        if part.size_symbols:
            return part_latex(part.closed_form(), printer)
        return str(printer._print(part))

    show = show or plainly
    by_rows = split.side == "rows"
    letters = operator_letters(split.toeplitz, typesetter(printer))
    first, factor = (letters[letter] for letter in ("TP" if by_rows else "GH"))
    whole, part = (gram_latex(name, by_rows) for name in (letters["C"], factor))
    taken = show(split.boundary) if split.boundary.cells else "0"
    lines = [f"{whole} &= {first} - {part}"]
    index = f"{letters['i']},{letters['j']}"
    for name, shown in ((first, show(split.toeplitz)), (part, taken)):
        entry = rf"({name})_{{{index}}}".replace(f"({first})", first)
        lines.append(f"{entry if shown.startswith(CASES) else name} &= {shown}")
    if lines[1].startswith(f"{first}_"):
        pixels = index_set(split.toeplitz.output_size, typesetter(printer))
        lines.append(rf"{index} &\in {pixels}")
    return aligned_lines(lines, "[1ex]")
