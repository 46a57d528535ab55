"""Circulants as displays: the word and the first row; on two axes the first row of blocks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product

import sympy as sp

from symconv.algebra.diagonal import Diagonal
from symconv.algebra.sizes import Affine, Size
from symconv.operators.closed_form import ClosedForm
from symconv.typesetting.displays import Display, Formula, aligned, beside
from symconv.typesetting.matrices import size_latex
from symconv.typesetting.typesetter import Typesetter

# Entries of the first row on either side of the dots.
MOST_SHOWN = 6
MOST_AXES = 2
ZEROS = ("0", r"\dots", "0")

# j - i on every axis, modulo the size, to the entry there.
FirstRow = Mapping[tuple[int, ...], sp.Expr]


def first_row(form: ClosedForm) -> FirstRow | None:
    """The entries of a circulant on growing axes by j - i, modulo the sizes; None for others.

    Others are also circulants with entries that are many pixels away from the main diagonal, and
    on more than two axes.

    >>> import symconv as sc
    >>> C = sc.conv([1, 2, 3], sp.Symbol("n"), padding=1, padding_mode="circular")
    >>> first_row(C.closed_form())
    {(-1,): 1, (0,): 2, (1,): 3}
    """
    sizes = tuple(form.shown(form.operator.rows))
    square = sizes == tuple(form.shown(form.operator.cols))
    if not square or len(sizes) > MOST_AXES or not all(isinstance(n, Affine) for n in sizes):
        return None
    cells = {tuple(form.shown(cell)) for cell in form.operator.cells}
    lags = {cell: tuple(d.col - d.row for d in cell) for cell in cells}
    near = {cell: lag for cell, lag in lags.items() if all(isinstance(e, int) for e in lag)}
    rounds = {lag: [*_round(lag, sizes)] for lag in near.values()}
    # Places are compared before entries, which take longer.
    if {cell for found in rounds.values() for cell in found} != cells:
        return None
    found = {tuple(form.shown(cell)): expr for cell, expr in form.operator.expressions}
    row = {lag: found[cell] for cell, lag in near.items()}
    expected = {cell: expr for lag, expr in row.items() for cell in rounds[lag]}
    if expected != found or max((abs(e) for lag in row for e in lag), default=0) > MOST_SHOWN:
        return None
    shown = {tuple(form.shown(cell)): expr for cell, expr in form.expressions}
    return {lag: shown[next(iter(_round(lag, sizes)))] for lag in sorted(row)}


def _round(lag: Sequence[Size], sizes: Sequence[Size]) -> Iterable[tuple[Diagonal, ...]]:
    """The pixels (i, j) of a torus with j - i = lag, as cells."""
    return product(*(_on_ring(*each) for each in zip(lag, sizes, strict=True)))  # type: ignore[arg-type]


def _on_ring(lag: int, size: Size) -> list[Diagonal]:
    """The pixels (i, j) of a ring with j - i = lag: a line, and its rest round the corner."""
    width, right = abs(lag), lag > 0
    line = Diagonal(0 if right else width, width if right else 0, 1, 1, size - width)
    if not lag:
        return [line]
    near, far = 0, size - width
    return [line, Diagonal(far if right else near, near if right else far, 1, 1, width)]


def circulant_display(
    form: ClosedForm, printer: Typesetter, bounds: Mapping[sp.Symbol, int]
) -> Display | None:
    r"""circ(c_0, c_1, …, c_{-1}) with its size; None for what is no circulant or has a long row.

    On two axes its entries are blocks, which are circulants themselves and stand beside.
    """
    row = first_row(form)
    if not row:
        return None
    sizes = form.shown(form.operator.rows)
    inner = size_latex([sizes[-1], sizes[-1]], printer, bounds if len(sizes) == 1 else {})
    if len(sizes) == 1:
        return _circulant({lag: _entry(e, printer) for (lag,), e in row.items()}, inner)
    blocks: dict[int, Formula] = {}
    for outer in dict.fromkeys(lag for lag, _ in row):
        entries = {lag: _entry(e, printer) for (o, lag), e in row.items() if o == outer}
        blocks[outer] = _circulant(entries, inner)
    size = size_latex([sizes[0], sizes[0]], printer, bounds)
    if len(blocks) == 1:
        (only,) = blocks.values()
        return _circulant({0: only}, size) if 0 in blocks else None
    order = sorted(blocks, key=lambda lag: (lag < 0, abs(lag)))
    names: dict[Formula, str] = {}
    for lag in order:
        names.setdefault(blocks[lag], rf"𝐵_{{{lag}}}")
    whole = {lag: Formula(names[block], block.symbols) for lag, block in blocks.items()}
    return beside(_circulant(whole, size), aligned((names[b], b) for b in names))


def _entry(expr: sp.Expr, printer: Typesetter) -> Formula:
    return Formula(str(printer._print(expr)), frozenset(expr.free_symbols))


def _circulant(row: Mapping[int, Formula], size: str) -> Formula:
    after, before = max(0, *row, 0), min(0, *row, 0)
    zero = Formula("0", frozenset())
    entries = [row.get(lag, zero) for lag in [*range(after + 1), *range(before, 0)]]
    shown = [str(entry) for entry in entries]
    listed = ", ".join([*shown[: after + 1], *ZEROS, *shown[after + 1 :]])
    symbols = frozenset().union(*(entry.symbols for entry in entries))
    return Formula(rf"\operatorname{{circ}}\left({listed}\right)_{{{size}}}", symbols)
