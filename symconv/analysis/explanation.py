"""Why the transpose of a convolution is not its inverse, said in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import Any

import sympy as sp

from symconv._printable import Readable
from symconv.algebra.sizes import Size, far, to_expr, to_public
from symconv.analysis.orthogonality import Orthogonality, orthogonality
from symconv.analysis.short_explanation import folded, short_sentences
from symconv.analysis.transposed_sizes import TransposedSizes, transposed_sizes
from symconv.analysis.what_inverts import Undoing
from symconv.operators.autocorrelation import autocorrelation
from symconv.operators.convolution import operator_of
from symconv.operators.entries import concrete_shape
from symconv.operators.entries import pixel as explicit_pixel
from symconv.operators.kernel import Kernel
from symconv.operators.layer import Layer
from symconv.operators.norms_and_ranks import exact_rank, squared_norm
from symconv.operators.operator import Operator
from symconv.printing.shapes import pixels
from symconv.printing.unicode import factor, one_line, powers
from symconv.typesetting.displays import aligned
from symconv.typesetting.free_letters import operator_letters
from symconv.typesetting.index_expressions import gram_latex
from symconv.typesetting.typesetter import typesetter

MOST_EQUATIONS = 6
MOST_RANK = 400
MOST_GENERIC_RANK = 100


@dataclass(frozen=True)
class Entry:
    """An entry that keeps a product from being the identity.

    Attributes:
        row, col: flat indices, or pixels where the image has a symbolic size and several axes.
        value: what stands there.
        wanted: 1 on the diagonal, else 0.
    """

    row: Any
    col: Any
    value: sp.Expr
    wanted: int

    @property
    def place(self) -> str:
        """The index pair as text."""
        return f"({self.row}, {self.col})"


@dataclass(frozen=True, eq=False, repr=False)
class ProductReport(Readable):
    """How one product, C C^T or C^T C, differs from the identity.

    Attributes:
        equations: what would have to vanish for it to be the identity.
    """

    equations: Orthogonality

    def __repr__(self) -> str:
        return f"ProductReport({self.name} of {self.equations.operator!r})"

    def __str__(self) -> str:
        return powers("\n".join(_sentences(self)))

    @property
    def name(self) -> str:
        """C·Cᵀ or Cᵀ·C."""
        return "C·Cᵀ" if self.equations.side == "rows" else "Cᵀ·C"

    @property
    def residual(self) -> Operator:
        """The product less the identity."""
        return self.equations.residual

    @property
    def is_identity(self) -> bool:
        """Whether it is the identity after all, for the kernel as it is."""
        return not self.residual.cells

    @property
    def obstruction(self) -> str | None:
        """Why no kernel could make it the identity, by rank; None where one might."""
        return self.equations.obstruction

    @cached_property
    def rank(self) -> int | None:
        """The exact rank of the product; None where the size is symbolic or large."""
        operator = self.equations.operator
        most = MOST_GENERIC_RANK if operator.entry_symbols else MOST_RANK
        if operator.size_symbols or max(concrete_shape(operator.rows, operator.cols)) > most:
            return None
        return exact_rank(operator)

    @cached_property
    def diagonal(self) -> Entry | None:
        """The first diagonal entry that is not 1."""
        return self._first(on_diagonal=True)

    @cached_property
    def off_diagonal(self) -> Entry | None:
        """The first entry beside the diagonal that is not 0."""
        return self._first(on_diagonal=False)

    @cached_property
    def distance(self) -> sp.Expr:
        """The squared Frobenius norm of the residual, a polynomial in the kernel's entries."""
        return squared_norm(self.residual)

    @cached_property
    def best_scale(self) -> sp.Expr:
        """The number whose multiple of the identity is nearest to the product (Frobenius norm)."""
        total = squared_norm(self.equations.operator)
        return sp.Add(*(part / self._size for part in sp.Add.make_args(total)))

    @cached_property
    def best_distance(self) -> sp.Expr:
        """The squared distance to that multiple."""
        total = squared_norm(self.equations.operator)
        return sp.expand(squared_norm(self.equations.gram)) - sp.expand(total**2) / self._size

    @property
    def is_impossible(self) -> bool:
        """Whether an entry is wrong for every kernel of symbols."""
        general = self.equations.operator.entry_symbols
        return bool(general) and any(c.is_number for c in self.equations.conditions)

    @property
    def is_multiple(self) -> bool:
        """Whether it is a multiple of the identity."""
        found = self.equations.gram.expressions
        covered = sp.Add(*(prod(to_expr(d.length) for d in cell) for cell, _ in found))
        alike = len({expr for _, expr in found}) == 1
        return self.off_diagonal is None and alike and sp.expand(covered - self._size) == 0

    @property
    def _size(self) -> sp.Expr:
        return to_expr(self.equations.gram.shape[0])

    def _first(self, on_diagonal: bool) -> Entry | None:
        gram = self.equations.gram
        found = []
        for cell, expr in self.residual.expressions:
            row = [far(d.row) for d in cell]
            col = [far(d.col) for d in cell]
            if (row == col) is on_diagonal:
                found.append(((row, col), cell, expr))
        if not found:
            return None
        _, cell, expr = min(found, key=lambda item: item[0])
        row = _index(gram.rows, [to_public(d.row) for d in cell])
        col = _index(gram.cols, [to_public(d.col) for d in cell])
        return Entry(row, col, sp.expand(expr + int(on_diagonal)), int(on_diagonal))


@dataclass(frozen=True, eq=False, repr=False)
class Explanation(Readable):
    """Whether the transpose undoes a convolution, and why not; made by :func:`explain`.

    Attributes:
        operator: C.
        rows: the report on C C^T.
        columns: the report on C^T C.
    """

    operator: Operator
    rows: ProductReport
    columns: ProductReport

    def __repr__(self) -> str:
        return f"Explanation({self.operator!r})"

    @property
    def is_inverse(self) -> bool:
        """Whether the transpose is the inverse on both sides."""
        return self.rows.is_identity and self.columns.is_identity

    @cached_property
    def undoing(self) -> Undoing:
        """What the inverse or pseudo-inverse is, and how far from it the transpose is."""
        return Undoing(self.operator)

    @cached_property
    def sizes(self) -> tuple[TransposedSizes, ...]:
        """Of a transposed convolution, for each axis: the output sizes that share its input's."""
        return transposed_sizes(self.operator)

    def __str__(self) -> str:
        paragraphs = ["\n".join(_sentences(report)) for report in (self.rows, self.columns)]
        paragraphs.append("\n".join(_size_sentences(self.sizes)))
        if not self.is_inverse:
            paragraphs.append("\n".join(self.undoing.sentences()))
        return powers("\n\n".join([_opening(self.operator), *filter(None, paragraphs)]))

    def _repr_markdown_(self) -> str:
        """Three sentences of mathematics; the rest folds out."""
        return folded(short_sentences(self), str(self).replace("*", r"\*").replace("\n", "  \n"))

    def _latex(self, printer: Any) -> str:
        printer = typesetter(printer, self)
        lines: list[tuple[str, str]] = []
        for report, by_rows in ((self.rows, True), (self.columns, False)):
            name = gram_latex("𝐶", by_rows)
            if report.obstruction:
                size = report.equations.gram.shape[0]
                through = next(n for n in self.operator.shape if n != size)
                bound, full = (printer._print(to_expr(n)) for n in (through, size))
                lines.append((rf"\operatorname{{rank}} {name}", rf"\leq {bound} < {full}"))
            for entry in (report.diagonal, report.off_diagonal):
                if entry is not None:
                    value = rf"{printer._print(entry.value)} \neq {entry.wanted}"
                    lines.append((f"({name})_{{{entry.row},{entry.col}}}", value))
            if report.is_identity:
                lines.append((name, "I"))
        return operator_letters(self.operator, printer).write(aligned(lines))


def explain(operator: Operator) -> Explanation:
    """Say whether the transpose of an operator is its inverse, and if not, exactly why not.

    Args:
        operator: a convolution or any operator, of concrete or symbolic size.

    Returns:
        A report whose text names the entries, equations and ranks that decide; ``rows`` and
        ``columns`` hold the same as values: residuals in closed form, squared Frobenius distances,
        the best multiple of the identity, and the equations for equality. Of a transposed
        convolution ``sizes`` says which output sizes share one input size, which of them its
        output_padding chooses, and which taps each pixel gets that it adds.

    >>> import symconv as sc
    >>> print(explain(sc.conv(sc.Kernel([1, 2]), 3)).rows.off_diagonal)
    Entry(row=0, col=1, value=2, wanted=0)
    """
    rows = ProductReport(orthogonality(operator, "rows"))
    return Explanation(operator, rows, ProductReport(orthogonality(operator, "columns")))


# --- sentences -------------------------------------------------------------------------------


def _opening(operator: Operator) -> str:
    rows, cols = map(factor, operator.shape)
    return (
        f"C is a matrix of {rows} × {cols} entries: it takes an image of {pixels(operator.cols)} "
        f"to one of {pixels(operator.rows)}, and its transpose Cᵀ goes back."
    )


def _size_sentences(sizes: Sequence[TransposedSizes]) -> Iterator[str]:
    for number, axis in enumerate(sizes):
        for sentence in axis.sentences():
            yield sentence if len(sizes) == 1 else f"Axis {number}: {sentence}"


def _sentences(report: ProductReport) -> Iterator[str]:
    general = bool(report.equations.operator.entry_symbols)
    if report.is_identity:
        yield f"{report.name} is the identity, exactly."
        return
    if report.obstruction:
        rank = "" if report.rank is None else f" (it is {report.rank})"
        reason = report.obstruction.replace(", and that", f"{rank}, and that")
        yield f"{report.name} is not the identity, whatever the kernel: {reason}."
    elif report.is_impossible:
        yield f"{report.name} is not the identity, whatever the kernel."
    else:
        yield f"{report.name} is not the identity{' for most kernels' if general else ''}."
    for entry in (report.diagonal, report.off_diagonal):
        if entry is not None:
            yield _entry_sentence(report, entry)
    if not (report.obstruction or report.is_impossible):
        yield from _equality(report)
    yield from _nearest(report)


def _nearest(report: ProductReport) -> Iterator[str]:
    """How far it is from a multiple of the identity."""
    scale = one_line(report.best_scale)
    if report.is_multiple:
        yield f"It is {scale} times the identity."
    elif len(scale) < 80:
        general = report.equations.operator.entry_symbols
        rest = "" if general else one_line(sp.factor(report.best_distance))
        far = f"; what is left, squared and summed, is {rest}" if rest else ""
        yield f"Of the multiples of the identity the nearest is {scale} times{far}."


def _entry_sentence(report: ProductReport, entry: Entry) -> str:
    value = one_line(entry.value)
    if entry.value.free_symbols:
        start = f"Its entry {entry.place} is {value}, where the identity has {entry.wanted}"
    else:
        start = f"Its entry {entry.place} is {value}, not {entry.wanted}"
    return f"{start}{_reason(report, entry)}."


def _reason(report: ProductReport, entry: Entry) -> str:
    """What an entry of C C^T is made of: the kernel against itself, moved."""
    layer = _direct(report.equations.operator)
    if layer is None or report.equations.side != "rows":
        return ""
    shift = _shift(report, entry, layer)
    r = autocorrelation(layer.kernel, tuple(layer.each("dilation")))
    if r.get(shift, sp.S.Zero) != entry.value:
        return ""
    if not any(shift):
        return ": the squares of the kernel's entries, summed"
    return f": the kernel times its copy moved by {_step(shift)}, summed"


def _equality(report: ProductReport) -> Iterator[str]:
    equations = _general(report.equations)
    if equations is None:
        return
    count = len(equations.conditions)
    if report.equations.operator.entry_symbols:
        start = "It is the identity"
    else:
        start = "With another kernel of this size it is the identity"
    yield f"{start} exactly if {count} equation{'s hold' if count > 1 else ' holds'}:"
    for condition in equations.conditions[:MOST_EQUATIONS]:
        constant = condition.as_independent(*condition.free_symbols, as_Add=True)[0]
        yield f"  {one_line(sp.expand(condition - constant))} = {-constant}"
    if count > MOST_EQUATIONS:
        yield f"  … and {count - MOST_EQUATIONS} more."


# --- facts -----------------------------------------------------------------------------------


def _direct(operator: Operator) -> Layer | None:
    """The convolution of one channel that an operator is, or None."""
    layer = operator.as_layer()
    return None if layer is None or layer.transposed or layer.has_channels else layer


def _general(equations: Orthogonality) -> Orthogonality | None:
    """The same equations for a kernel of symbols; None where there is no single kernel."""
    operator = equations.operator
    if operator.entry_symbols:
        return equations
    layer = operator.as_layer()
    if layer is None:
        return None
    kernel = layer.kernel
    symbols = Kernel.symbolic(
        "k", kernel.size, kernel.in_channels, kernel.out_channels, kernel.groups
    )
    return orthogonality(operator_of(replace(layer, kernel=symbols)), equations.side)


def _shift(report: ProductReport, entry: Entry, layer: Layer) -> tuple[int, ...]:
    """How far, in pixels, the window of the column lies from that of the row."""
    row, col = (_pixel(report.equations.operator.rows[1:], i) for i in (entry.row, entry.col))
    steps = zip(layer.each("stride"), row, col, strict=True)
    return tuple(int(s * (j - i)) for s, i, j in steps)


def _pixel(sizes: tuple[Size, ...], index: Any) -> tuple[Any, ...]:
    if isinstance(index, tuple):
        return index
    if len(sizes) == 1:
        return (index,)
    return explicit_pixel((1, *sizes), index)[1:]


def _index(sizes: tuple[Size, ...], pixel: Sequence[Any]) -> Any:
    """A flat index where it is a number or the image has one axis; else the pixel."""
    if all(isinstance(n, int) for n in sizes):
        flat = 0
        for n, i in zip(sizes, pixel, strict=True):
            flat = flat * n + i
        return flat
    shown = tuple(pixel[1:] if sizes[0] == 1 else pixel)
    return shown[0] if len(shown) == 1 else shown


def _step(shift: tuple[int, ...]) -> str:
    if len(shift) == 1:
        return f"{shift[0]} pixel{'s' if shift[0] != 1 else ''}"
    return f"({', '.join(map(str, shift))}) pixels"
