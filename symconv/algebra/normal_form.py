"""The normal form of an operator: every entry in exactly one cell, one polynomial a cell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import combinations, pairwise, product
from math import gcd, lcm, prod
from typing import Any

import sympy as sp
from sympy.polys.domains.domain import Domain

from symconv.algebra.coefficients import Element
from symconv.algebra.deferred import adder, parts_of, resolved
from symconv.algebra.diagonal import Cell, Diagonal, compose, diagonal, meet
from symconv.algebra.merging import merged
from symconv.algebra.numbered_axes import NumberedAxis, boxes, cell_of, set_bases
from symconv.algebra.sizes import Horizon, Size, ceil_divide, divide
from symconv.work_limits import check

# The points (row, col) with b*row - a*col = offset, for the primitive direction (a, b).
LineKey = tuple[int, int, Size]
# Some seconds of work.
MOST_SHARES = 6 * 10**6


def normal_form(
    terms: Mapping[Cell, Element],
    domain: Domain,
    horizon: Horizon,
    images: Sequence[tuple[Size, Size]],
) -> Mapping[Cell, Element]:
    """Disjoint cells and their coefficients, from terms that may overlap.

    Each axis is cut into atoms such that every term is a union of boxes of atoms. How many there
    are depends on the taps, never on the size of the image. Atoms behind which all is alike are
    one, where together they are a progression.
    """
    axes = [NumberedAxis() for _ in next(iter(terms), ())]
    boxes_of = _boxes(terms, axes, horizon)
    count = sum(prod(map(len, digits)) for digits in boxes_of)
    what = f"{count} parts of {len(terms)} diagonals"
    check("terms", count, what, "take fewer taps, or another padding mode", MOST_SHARES)
    parts = parts_of(terms)
    shares: defaultdict[int, list[Element]] = defaultdict(list)
    for digits, coefficient in zip(boxes_of, parts, strict=True):
        for number in boxes(digits):
            shares[number].append(coefficient)
    add = adder(domain, parts)
    added = ((number, add(parts)) for number, parts in shares.items())
    cells = {cell_of(number, axes): c for number, c in added if c}
    return resolved(merged(cells, horizon, images))


def _boxes(
    terms: Iterable[Cell], axes: Sequence[NumberedAxis], horizon: Horizon
) -> list[list[list[int]]]:
    """For each term the atoms on each axis, as digits times the base of the axis."""
    atoms = [
        _atoms(dict.fromkeys(diagonals), axis, horizon)
        for diagonals, axis in zip(zip(*terms, strict=True), axes, strict=True)
    ]
    set_bases(axes)
    for axis, table in zip(axes, atoms, strict=True):
        for digits in table.values():
            digits[:] = [digit * axis.base for digit in digits]
    return [[table[d] for table, d in zip(atoms, term, strict=True)] for term in terms]


def _atoms(
    diagonals: Collection[Diagonal], axis: NumberedAxis, horizon: Horizon
) -> dict[Diagonal, list[int]]:
    """The atoms of each diagonal as digits of the axis."""
    refined = refine(diagonals, horizon)
    digits = {id(atom): axis.digit(atom) for atoms in refined.values() for atom in atoms}
    return {d: [digits[id(atom)] for atom in atoms] for d, atoms in refined.items()}


def overlap(cells: Collection[Cell], values: Mapping[sp.Symbol, int]) -> bool:
    """Whether two cells of a normal form share an entry where some size symbols have values.

    The other symbols are large: there, two diagonals of an axis are equal or have none in common.
    """
    axes = [_neighbours(dict.fromkeys(axis), values) for axis in zip(*cells, strict=True)]
    present = {
        cell: [axis[d] for axis, d in zip(axes, cell, strict=True)]
        for cell in cells
        if all(d in axis for axis, d in zip(axes, cell, strict=True))
    }
    return any(
        other in present and other != cell
        for cell, near in present.items()
        for other in product(*near)
    )


def _neighbours(
    diagonals: Iterable[Diagonal], values: Mapping[sp.Symbol, int]
) -> dict[Diagonal, list[Diagonal]]:
    """For each diagonal that is not empty at these sizes, itself and those that it shares with."""
    fixed = {d: found for d in diagonals if (found := d.at(values)) is not None}
    near = {d: [d] for d in fixed}
    # Where none has changed, the axis has another size symbol or none.
    changed = {d for d, found in fixed.items() if d != found}
    for one, other in _may_meet(fixed):
        if (one in changed or other in changed) and meet(fixed[one], fixed[other]):
            near[one].append(other)
            near[other].append(one)
    return near


def _may_meet(fixed: Mapping[Diagonal, Diagonal]) -> Iterator[tuple[Diagonal, Diagonal]]:
    """Pairs of diagonals that are not on different lines of one direction."""
    lines: defaultdict[tuple[int, int], defaultdict[Size, list[Diagonal]]]
    lines = defaultdict(lambda: defaultdict(list))
    points: defaultdict[tuple[Size, Size], list[Diagonal]] = defaultdict(list)
    for d, found in fixed.items():
        a, b = found.direction
        if found.length == 1:
            points[found.row, found.col].append(d)
        else:
            lines[a, b][b * found.row - a * found.col].append(d)
    groups = [[d for line in along.values() for d in line] for along in lines.values()]
    for one, other in combinations(groups, 2):
        yield from product(one, other)
    for along in lines.values():
        for line in along.values():
            yield from combinations(line, 2)
    for (row, col), there in points.items():
        yield from combinations(there, 2)
        for (a, b), along in lines.items():
            yield from product(there, along.get(b * row - a * col, ()))


def count_entries(cells: Iterable[Cell]) -> int:
    """How many entries the cells have together; the sizes are numbers."""
    return sum(prod(d.length for d in cell) for cell in cells)  # type: ignore[misc]


def refine(
    diagonals: Collection[Diagonal], horizon: Horizon
) -> dict[Diagonal, tuple[Diagonal, ...]]:
    """Cut diagonals into disjoint atoms: each diagonal is the union of the atoms listed for it.

    >>> main, corner = Diagonal(0, 0, 1, 1, 5), Diagonal(0, 0, 1, 1, 2)
    >>> refine([main, corner], Horizon())[main]
    (Diagonal(row=0, col=0, row_step=1, col_step=1, length=2), \
Diagonal(row=2, col=2, row_step=1, col_step=1, length=3))
    """
    directions = list(dict.fromkeys(d.direction for d in diagonals if d.length != 1)) or [(1, 1)]
    lines: defaultdict[LineKey, list[Diagonal]] = defaultdict(list)
    for d in diagonals:
        a, b = directions[0] if d.length == 1 else d.direction
        lines[a, b, b * d.row - a * d.col].append(d)
    _keep_apart(lines, horizon)
    crossings = _crossings(lines, horizon) if len(directions) > 1 else {}
    refined: dict[Diagonal, tuple[Diagonal, ...]] = {}
    for line, members in lines.items():
        refined.update(_cut(line, members, crossings.get(line, ()), horizon))
    return refined


def _keep_apart(lines: Iterable[LineKey], horizon: Horizon) -> None:
    """Remember from which sizes on different lines stay different.

    Of offsets that grow alike the lowest and the highest decide.
    """
    alike: defaultdict[tuple[int, int], defaultdict[Any, list[Size]]]
    alike = defaultdict(lambda: defaultdict(list))
    for a, b, offset in lines:
        growth = 0 if isinstance(offset, int) else (offset.symbol, offset.slope)
        alike[a, b][growth].append(offset)
    for groups in alike.values():
        ends = [(min(group, key=_const), max(group, key=_const)) for group in groups.values()]
        for one, other in combinations(ends, 2):
            for offset, its in product(one, other):
                horizon.keep_apart(offset, its)


def _const(size: Size) -> int:
    return size if isinstance(size, int) else size.const


def _cut(
    line: LineKey, members: Collection[Diagonal], rows: Iterable[Size], horizon: Horizon
) -> dict[Diagonal, tuple[Diagonal, ...]]:
    """Cut the diagonals of one line at each other's ends, and single points out at ``rows``.

    A point of the line is a number t: its row is a*t + first_row and its column b*t + first_col.
    Diagonals that skip points are split into residue classes of t modulo a common period.
    """
    a, b, _ = line
    some = next(iter(members))
    some_t, first_row = divide(some.row, a)
    first_col = some.col - b * some_t
    period = lcm(*(gcd(d.row_step, d.col_step) for d in members if d.length != 1))
    pieces = [
        (residue, low, high, d)
        for d in members
        for residue, low, high in _classes(d, divide(d.row, a)[0], period, horizon)
    ]
    ends: defaultdict[int, set[Size]] = defaultdict(set)
    for residue, low, high, _ in pieces:
        ends[residue] |= {low, high}
    for row in rows:
        low, residue = divide(divide(row, a)[0], period)
        ends[residue] |= {low, low + 1}
    cuts = {residue: _sort(sizes, horizon) for residue, sizes in ends.items()}
    found: dict[int, list[Diagonal]] = {}
    for residue, marks in cuts.items():
        starts = (period * mark + residue for mark in marks)
        found[residue] = [
            diagonal(a * t + first_row, b * t + first_col, a * period, b * period, high - low)
            for t, (low, high) in zip(starts, pairwise(marks), strict=False)
        ]
    places = {residue: {mark: n for n, mark in enumerate(marks)} for residue, marks in cuts.items()}
    atoms: defaultdict[Diagonal, list[Diagonal]] = defaultdict(list)
    for residue, low, high, d in pieces:
        at = places[residue]
        atoms[d] += found[residue][at[low] : at[high]]
    return {d: tuple(parts) for d, parts in atoms.items()}


def _classes(
    d: Diagonal, first_t: Size, period: int, horizon: Horizon
) -> Iterable[tuple[int, Size, Size]]:
    """(residue, low, high) with t = period*x + residue and low <= x < high, for each class in d."""
    step = period if d.length == 1 else gcd(d.row_step, d.col_step)
    every = period // step
    for skipped in range(every):
        low, residue = divide(first_t + skipped * step, period)
        count = ceil_divide(d.length - skipped, every)
        if horizon.is_positive(count):
            yield residue, low, low + count


def _sort(sizes: Collection[Size], horizon: Horizon) -> list[Size]:
    """The sizes in their order for all large n: from where on none is below the one before."""
    found = sorted(sizes, key=_growth)
    for one, other in pairwise(found):
        horizon.is_less(other, one)
    return found


def _growth(size: Size) -> tuple[int, int]:
    return (0, size) if isinstance(size, int) else (size.slope, size.const)


def _crossings(
    lines: Mapping[LineKey, Collection[Diagonal]], horizon: Horizon
) -> dict[LineKey, list[Size]]:
    """Rows at which diagonals of different directions share an entry, for each line."""
    found: defaultdict[LineKey, list[Size]] = defaultdict(list)
    for one, other in combinations(lines, 2):
        (a, b, offset), (c, d, other_offset) = one, other
        determinant = c * b - a * d
        if determinant == 0:
            continue
        sign = 1 if determinant > 0 else -1
        row, row_rest = divide(sign * (c * offset - a * other_offset), abs(determinant))
        col, col_rest = divide(sign * (d * offset - b * other_offset), abs(determinant))
        point = diagonal(row, col, 1, 1, 1)
        pixel = diagonal(row, row, 1, 1, 1)
        if not (row_rest or col_rest) and all(
            any(compose(pixel, member, horizon) == point for member in lines[line])
            for line in (one, other)
        ):
            found[one].append(row)
            found[other].append(row)
    return found
