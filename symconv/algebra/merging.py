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
from collections.abc import Collection, Iterable, Mapping, Sequence

from symconv.algebra.coefficients import Element
from symconv.algebra.diagonal import Cell, Diagonal
from symconv.algebra.progressions import Beside, is_whole, progressions
from symconv.algebra.sizes import Horizon, Size

# Any numbers without a pattern: the next one from the last, modulo a power of two.
FACTOR, SHIFT, MASK = 6364136223846793005, 1442695040888963407, 2**62 - 1


def merged(
    cells: Mapping[Cell, Element], horizon: Horizon, images: Sequence[tuple[Size, Size]]
) -> Mapping[Cell, Element]:
    """The same entries by the one table of their matrix.

    Args:
        cells: boxes of atoms to coefficients; on an axis, equal atoms are one object.
        horizon: remembers from which sizes on the table is right.
        images: rows and columns of each axis.

    >>> one = Diagonal(0, 0, 1, 1, 1)
    >>> halves = {(one, Diagonal(n, n, 1, 1, 3)): 5 for n in (0, 3)}
    >>> [cell[1] for cell in merged(halves, Horizon(), [(1, 1), (6, 6)])]
    [Diagonal(row=0, col=0, row_step=1, col_step=1, length=6)]
    """
    alike = _candidates(cells)
    for axis in range(len(alike)):
        if alike[axis]:
            cells = _merged_on(axis, cells, alike[axis], horizon, images[axis])
            alike = _candidates(cells)
    return cells


def _candidates(cells: Mapping[Cell, Element]) -> list[set[int]]:
    """On each axis atoms that may be like another one, or are no progression by the rule; their id.

    What stands behind an atom is told by a number, the same for two atoms that are alike.
    """
    axes = [{id(d): d for d in atoms} for atoms in zip(*cells, strict=True)]
    numbers = _numbers({key for axis in axes for key in axis})
    sums = [dict.fromkeys(axis, 0) for axis in axes]
    for cell, coefficient in cells.items():
        keys = [*map(id, cell)]
        told = [numbers[key] for key in keys]
        whole, weight = sum(told), hash(coefficient)
        for behind, key, number in zip(sums, keys, told, strict=True):
            behind[key] += weight * (whole - number)
    found = []
    for axis, behind in zip(axes, sums, strict=True):
        many = Counter(behind.values())
        is_alone = len(axis) == 1
        found.append(
            {
                key
                for key, d in axis.items()
                if not is_whole(d) or (not is_alone and many[behind[key]] > 1)
            }
        )
    return found


def _numbers(keys: Iterable[int]) -> dict[int, int]:
    """A number for each key."""
    number, found = 1, {}
    for key in keys:
        number = found[key] = (number * FACTOR + SHIFT) & MASK
    return found


def _merged_on(
    axis: int,
    cells: Mapping[Cell, Element],
    candidates: Collection[int],
    horizon: Horizon,
    image: tuple[Size, Size],
) -> Mapping[Cell, Element]:
    slices: defaultdict[Diagonal, list[tuple[Cell, Element]]] = defaultdict(list)
    for cell, coefficient in cells.items():
        if id(cell[axis]) in candidates:
            slices[cell[axis]].append((cell[:axis] + cell[axis + 1 :], coefficient))
    alike: defaultdict[frozenset[tuple[Cell, Element]], list[Diagonal]] = defaultdict(list)
    for d, behind in slices.items():
        alike[frozenset(behind)].append(d)
    atoms = Beside({id(cell[axis]): cell[axis] for cell in cells}.values())
    parts: dict[int, list[Diagonal]] = {}
    for first, *others in alike.values():
        if others or not is_whole(first):
            parts |= {id(d): [] for d in others}
            parts[id(first)] = progressions([first, *others], horizon, atoms, image)
    return {
        (*cell[:axis], part, *cell[axis + 1 :]): coefficient
        for cell, coefficient in cells.items()
        for part in parts.get(id(cell[axis]), (cell[axis],))
    }
