"""An explanation in three sentences for a notebook, with its formulas as mathematics."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import sympy as sp

from symconv.algebra.sizes import to_expr
from symconv.printing.shapes import pixels
from symconv.typesetting.displays import Display
from symconv.typesetting.free_letters import Letters, operator_letters
from symconv.typesetting.index_expressions import gram_latex
from symconv.typesetting.typesetter import Typesetter, typesetter

if TYPE_CHECKING:
    from symconv.analysis.explanation import Explanation, ProductReport

MOST_TERMS = 12


def folded(short: Iterator[str], whole: str) -> str:
    """Markdown of some sentences, below which the rest folds out."""
    return (
        f"{' '.join(short)}\n\n<details><summary>The entries, equations and ranks that decide"
        f"</summary>\n\n{whole}\n\n</details>"
    )


def short_sentences(found: Explanation) -> Iterator[str]:
    """What C is, and what C C^T and C^T C are."""
    printer = typesetter(None, found.operator)
    letters = operator_letters(found.operator, printer)
    rows, cols = (printer.parenthesize(to_expr(n), 50) for n in found.operator.shape)
    yield (
        f"{_math(letters, '𝐶')} takes an image of {pixels(found.operator.cols)} to one of "
        f"{pixels(found.operator.rows)}: it is a matrix of {_math(letters, f'{rows}{TIMES}{cols}')}"
        " entries."
    )
    for report, by_rows in ((found.rows, True), (found.columns, False)):
        yield _product_sentence(report, gram_latex("𝐶", by_rows), letters, printer)


TIMES = r" \times "


def _math(letters: Letters, display: Display) -> str:
    return f"${letters.write(display)}$"


def _product_sentence(
    report: ProductReport, name: str, letters: Letters, printer: Typesetter
) -> str:
    equal, unequal = (_math(letters, rf"{name} {sign} 𝐼") for sign in ("=", r"\neq"))
    if report.is_identity:
        return f"{equal}, exactly."
    if report.obstruction:
        full = report.equations.gram.shape[0]
        bound = next(n for n in report.equations.operator.shape if n != full)
        sizes = rf"\leq {printer._print(to_expr(bound))} < {printer._print(to_expr(full))}"
        rank = _math(letters, rf"\operatorname{{rank}} {name} {sizes}")
        return f"{unequal} whatever the kernel, since {rank}."
    if report.is_impossible:
        return f"{unequal}, whatever the kernel."
    if report.equations.operator.entry_symbols:
        count = len(report.equations.conditions)
        return f"{equal} exactly where {_equations(count)}{_first(report, letters, printer)}."
    entry = report.diagonal or report.off_diagonal
    assert entry is not None  # what is not the identity has an entry that is not as it should be
    at = _math(letters, f"({entry.row}, {entry.col})")
    return f"{unequal}: its entry {at} is {_math(letters, printer._print(entry.value))}."


def _equations(count: int) -> str:
    return "one equation holds" if count == 1 else f"{count} equations hold"


def _first(report: ProductReport, letters: Letters, printer: Typesetter) -> str:
    """The first of the equations, where it is not long."""
    condition = sp.expand(report.equations.conditions[0])
    if len(sp.Add.make_args(condition)) > MOST_TERMS:
        return ""
    return f", such as {_math(letters, printer.vanishing(condition))}"
