"""The catalogue of statements: list, fetch, verify, typeset."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from html import escape
from typing import Any, overload

from symconv._printable import Readable
from symconv.arguments import item, parse_instance, shown
from symconv.catalogue.branch_statements import BRANCHES
from symconv.catalogue.equivalence_statements import EQUIVALENCES
from symconv.catalogue.inverse_statements import INVERSES
from symconv.catalogue.kernel_statements import KERNEL_EQUATIONS
from symconv.catalogue.linear_algebra_statements import LINEAR_ALGEBRA
from symconv.catalogue.norm_statements import NORMS
from symconv.catalogue.product_statements import PRODUCTS
from symconv.catalogue.sequence_statements import SEQUENCES
from symconv.catalogue.size_statements import SIZES
from symconv.catalogue.statement import (
    Hypothesis,
    Parameters,
    Statement,
    Verification,
    verify_statement,
)
from symconv.catalogue.transpose_statements import TRANSPOSES
from symconv.errors import SymconvError

TRANSPOSE = r"^{\mathsf{T}}"
ALL = (
    *SIZES, *TRANSPOSES, *KERNEL_EQUATIONS, *PRODUCTS, *EQUIVALENCES, *BRANCHES, *SEQUENCES, *INVERSES,
    *LINEAR_ALGEBRA, *NORMS,
)  # fmt: skip


@dataclass(frozen=True)
class Catalogue(Readable, Sequence[Statement]):
    """Statements in order; shows as a table."""

    entries: tuple[Statement, ...]

    @overload
    def __getitem__(self, index: int) -> Statement: ...

    @overload
    def __getitem__(self, index: slice) -> Catalogue: ...

    def __getitem__(self, index: int | slice) -> Statement | Catalogue:
        found = item("statement", self.entries, index)
        return found if isinstance(found, Statement) else Catalogue(found)

    def __len__(self) -> int:
        return len(self.entries)

    def __iter__(self) -> Iterator[Statement]:
        return iter(self.entries)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys, in order."""
        return tuple(entry.key for entry in self.entries)

    def __repr__(self) -> str:
        return f"Catalogue({len(self)} statements)"

    def __str__(self) -> str:
        width = max((len(key) for key in self.keys), default=0)
        return "\n".join(f"{entry.key:{width}}  {entry.title}" for entry in self.entries)

    def _latex(self, printer: Any) -> str:
        rows = r" \\[1ex] ".join(
            rf"\text{{{entry.key}}} & \displaystyle {entry.formula}" for entry in self.entries
        )
        # To MathJax "\ " is a macro, and it expands none in front of more than 5,000 characters.
        return rf"\begin{{array}}{{ll}}{rows}\end{{array}}".replace(r",\ ", r",\; ")

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td><code>{escape(s.key)}</code></td><td>{escape(s.title)}</td>"
            f"<td>${escape(s.formula)}$</td><td>{escape(s.source)}</td></tr>"
            for s in self.entries
        )
        head = "".join(f"<th>{name}</th>" for name in ("key", "statement", "formula", "source"))
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"

    def to_longtable(self) -> str:
        r"""The table for a paper's appendix; needs the packages that its first line names.

        Hypotheses stand under the formula, reasons are left to the text.
        """
        ragged = r">{\raggedright\arraybackslash}"
        widths = (0.3, 0.5, 0.16)
        columns = "@{}" + "".join(rf"{ragged}p{{{w}\textwidth}}" for w in widths) + "@{}"
        lines = [
            "% needs: amsmath, amssymb, array, booktabs, longtable",
            rf"\begin{{longtable}}{{{columns}}}",
            r"\toprule statement & formula & source \\ \midrule \endhead",
            r"\bottomrule \endfoot",
            *map(_longtable_row, self.entries),
            r"\end{longtable}",
        ]
        return "\n".join(lines) + "\n"


def statements() -> Catalogue:
    """All statements that symconv knows and can verify.

    >>> "transposed-as-direct" in statements().keys
    True
    """
    return Catalogue(ALL)


def statement(key: str) -> Statement:
    """The statement of a key.

    Raises:
        SymconvError: there is none; the message names the nearest keys.

    >>> statement("adjoint").title
    'The transpose is the adjoint'
    """

    parse_instance(key, str, "is no key of a statement, which is text")
    for entry in ALL:
        if entry.key == key:
            return entry
    near = get_close_matches(key, [s.key for s in ALL], 3)
    advice = f"near it: {', '.join(near)}" if near else "statements() and symconv verify list them"
    raise SymconvError(f"there is no statement {shown(key)}; {advice}")


def verify(
    of: Statement | str,
    parameters: Parameters | None = None,
    *,
    max_size: int | None = None,
    without: Hypothesis | None = None,
) -> Verification:
    """Verify a statement: prove it for symbolic sizes, and check it on all small geometries.

    Args:
        of: a statement or its key.
        parameters: one geometry, such as ``{"n": 5, "k": 3}``, or one with a symbol as size; all
            small ones and all proofs where left out.
        max_size: the largest image size n of the small ones.
        without: one of the statement's hypotheses that shall be broken: looks for the smallest
            counterexample that shows that it is needed.

    Raises:
        SymconvError: unknown key or parameters, or parameters that break a hypothesis.

    >>> print(verify("valid-toeplitz", {"n": 5, "k": 3, "s": 1, "d": 1}))
    valid-toeplitz: checked on 1 geometries
    """
    chosen = of if isinstance(of, Statement) else statement(of)
    return verify_statement(chosen, parameters, max_size=max_size, without=without)


def _longtable_row(entry: Statement) -> str:
    conditions = ", ".join(f"${h.text}$" for h in entry.hypotheses)
    under = rf" \newline if {conditions}" if conditions else ""
    title, source = (_text(part) for part in (entry.title, entry.source))
    return rf"{title} & $\displaystyle {entry.formula}${under} & {source} \\ \addlinespace[3pt]"


def _text(text: str) -> str:
    """Plain text for LaTeX."""
    for character in "&%#_":
        text = text.replace(character, "\\" + character)
    for product in ("C C^T", "C^T C"):
        text = text.replace(product, f"${product.replace('^T', TRANSPOSE)}$")
    return text
