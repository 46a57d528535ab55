"""The cells of a normal form made one for one matrix: the form depends on the entries alone.

On an axis, a place is a pixel of the output and a pixel of the input. Two places are alike where
exchanging them changes no entry. The places that are like a given one are a set that the matrix
determines; :mod:`symconv.algebra.progressions` writes a set as progressions, by a rule that looks
at the set alone. A cell is a product of one progression an axis. So two tables of the same matrix
are equal, whatever products and sums they came from, where equal coefficients are equal elements:
in every domain of polynomials and fractions, not among SymPy's own expressions (EX, EXRAW).

To see which places are alike, atoms are compared, which are disjoint on every axis: the entries
behind two of them are the same function exactly where they are the same cells and coefficients.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping

from symconv.algebra.coefficients import Element
from symconv.algebra.diagonal import Cell, Diagonal
from symconv.algebra.progressions import is_whole, progressions
from symconv.algebra.sizes import Horizon


def merged(cells: Mapping[Cell, Element], horizon: Horizon) -> Mapping[Cell, Element]:
    """The same entries by the one table of their matrix.

    >>> one = Diagonal(0, 0, 1, 1, 1)
    >>> halves = {(one, Diagonal(n, n, 1, 1, 3)): 5 for n in (0, 3)}
    >>> [cell[1] for cell in merged(halves, Horizon())]
    [Diagonal(row=0, col=0, row_step=1, col_step=1, length=6)]
    """
    hashes = list(map(hash, cells.values()))
    for axis in range(len(next(iter(cells), ()))):
        sums: defaultdict[Diagonal, int] = defaultdict(int)
        for cell, number in zip(cells, hashes, strict=True):
            sums[cell[axis]] += number
        candidates = _candidates(sums)
        if candidates:
            cells = _merged_on(axis, cells, candidates, sums, horizon)
            hashes = list(map(hash, cells.values()))
    return cells


def _candidates(sums: Mapping[Diagonal, int]) -> set[Diagonal]:
    """Atoms that may be like another one, or are no progression by the rule."""
    many = Counter(sums.values())
    return {d for d, total in sums.items() if many[total] > 1 or not is_whole(d)}


def _merged_on(
    axis: int,
    cells: Mapping[Cell, Element],
    candidates: Collection[Diagonal],
    atoms: Collection[Diagonal],
    horizon: Horizon,
) -> Mapping[Cell, Element]:
    slices: defaultdict[Diagonal, list[tuple[Cell, Element]]] = defaultdict(list)
    for cell, coefficient in cells.items():
        if cell[axis] in candidates:
            slices[cell[axis]].append((cell[:axis] + cell[axis + 1 :], coefficient))
    alike: defaultdict[frozenset[tuple[Cell, Element]], list[Diagonal]] = defaultdict(list)
    for d, behind in slices.items():
        alike[frozenset(behind)].append(d)
    parts = {d: [d] for d in slices}
    for first, *others in alike.values():
        if others or not is_whole(first):
            parts[first] = progressions([first, *others], horizon, atoms)
            parts |= {d: [] for d in others}
    return {
        (*cell[:axis], part, *cell[axis + 1 :]): coefficient
        for cell, coefficient in cells.items()
        for part in parts.get(cell[axis], [cell[axis]])
    }
