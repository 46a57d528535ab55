"""Matrices between images, as sums of coefficient times Kronecker product of diagonals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

import sympy as sp
from sympy.polys.domains.domain import Domain

from symconv.algebra.coefficients import Element, to_sympy, total
from symconv.algebra.deferred import is_made, never_cancel, symbols_of
from symconv.algebra.diagonal import Cell
from symconv.algebra.normal_form import normal_form
from symconv.algebra.products import ProductTerms, converted
from symconv.algebra.sizes import Horizon, Size, to_expr, to_public
from symconv.arguments import parse_pair
from symconv.errors import ResidueError
from symconv.operators import entries


@dataclass(frozen=True, eq=False, repr=False)
class TermMatrix:
    """The sizes, the normal form and the entries of a matrix that is given by its terms.

    Attributes:
        rows, cols: (channels, *size) of the output and of the input.
        domain: the SymPy domain of the coefficients.
        terms: Kronecker product of diagonals (channel axis first) to coefficient.
        bounds: for each size symbol a value from which on the terms are proven right.
    """

    rows: tuple[Size, ...]
    cols: tuple[Size, ...]
    domain: Domain
    terms: Mapping[Cell, Element]
    bounds: Mapping[sp.Symbol, int]

    # --- sizes -----------------------------------------------------------------------------

    def _require_pixels(self, horizon: Horizon) -> None:
        for size in (*self.rows, *self.cols):
            horizon.require_pixels(size)

    @property
    def shape(self) -> tuple[int | sp.Expr, int | sp.Expr]:
        """Rows and columns of the matrix; channels count."""
        return _count(self.rows), _count(self.cols)

    @property
    def input_size(self) -> tuple[int | sp.Expr, ...]:
        """Spatial size of the image that the operator takes, in pixels."""
        return tuple(map(to_public, self.cols[1:]))

    @property
    def output_size(self) -> tuple[int | sp.Expr, ...]:
        """Spatial size of the image that it gives, in pixels."""
        return tuple(map(to_public, self.rows[1:]))

    @property
    def in_channels(self) -> int | sp.Expr:
        """Channels of the image that the operator takes."""
        return to_public(self.cols[0])

    @property
    def out_channels(self) -> int | sp.Expr:
        """Channels of the image that it gives."""
        return to_public(self.rows[0])

    @property
    def size_symbols(self) -> set[sp.Symbol]:
        """The symbols in the sizes."""
        return set().union(*(to_expr(size).free_symbols for size in (*self.rows, *self.cols)))

    @cached_property
    def entry_symbols(self) -> set[sp.Symbol]:
        """The symbols in the entries."""
        return symbols_of(self.domain, self.covering)

    @property
    def free_symbols(self) -> set[sp.Symbol]:
        """The symbols in the entries and in the sizes."""
        return self.size_symbols | self.entry_symbols

    # --- normal form -----------------------------------------------------------------------

    @cached_property
    def cells(self) -> Mapping[Cell, Element]:
        """The normal form: disjoint boxes of entries and their coefficients."""
        cells, _ = self._normal_form
        return cells

    @property
    def proven_from(self) -> Mapping[sp.Symbol, int]:
        """For each size symbol a value from which on the cells are proven right.

        Images on the way, those between the factors of a product too, have a pixel or more there.
        """
        _, bounds = self._normal_form
        return {n: bounds[n] for n in sorted(self.size_symbols, key=str)}

    @cached_property
    def _normal_form(self) -> tuple[Mapping[Cell, Element], Mapping[sp.Symbol, int]]:
        horizon = Horizon()
        horizon.note(self.bounds)
        self._require_pixels(horizon)
        images = list(zip(self.rows, self.cols, strict=True))
        return normal_form(self.terms, self.domain, horizon, images), horizon.valid_from

    @cached_property
    def covering(self) -> Mapping[Cell, Element]:
        """Boxes whose sums are the entries: the terms, where none of their sums is zero.

        Of a product these are far fewer than the cells, and are there without normal form.
        """
        return self.terms if never_cancel(self.domain, self.terms) else self.cells

    @cached_property
    def expressions(self) -> list[tuple[Cell, sp.Expr]]:
        """The cells with their coefficients as SymPy expressions."""
        return [(cell, self.polynomial(cell)) for cell in self.cells]

    def polynomial(self, cell: Cell) -> sp.Expr:
        """The coefficient of a cell as a SymPy expression; equal ones are one object."""
        element = self.cells[cell]
        if element not in self._polynomials:
            self._polynomials[element] = to_sympy(self.domain, element)
        return self._polynomials[element]

    @cached_property
    def _polynomials(self) -> dict[Element, sp.Expr]:
        return {}

    # --- entries ---------------------------------------------------------------------------

    def __getitem__(self, index: tuple[Any, Any]) -> sp.Expr:
        return self.entry(*parse_pair(index))

    def entry(self, row: Any, col: Any) -> sp.Expr:
        """The entry that joins an input pixel (column) to an output pixel (row).

        Args:
            row, col: a flat index, counted from the end where negative, or a pixel as a tuple:
                one index a spatial axis, led by the channel where there are several.

        Raises:
            ShapeError: there is no such pixel.

        >>> import symconv as sc
        >>> C = sc.conv(sc.Kernel.arange((3, 3)), (4, 4))
        >>> C.entry(3, 15), C.entry((1, 1), (3, 3)), C[-1, -1]
        (9, 9, 9)
        """
        out, into = entries.pixel(self.rows, row), entries.pixel(self.cols, col)
        if isinstance(self.terms, ProductTerms) and not is_made(self.terms):
            return to_sympy(self.domain, self.terms.entry(out, into))
        found = [
            coefficient
            for term, coefficient in self.terms.items()
            if all(d.contains(i, j) for d, i, j in zip(term, out, into, strict=True))
        ]
        return to_sympy(self.domain, total(self.domain, found))

    def __iter__(self) -> Iterator[Any]:
        raise TypeError("an operator is not a sequence of rows; op.as_explicit() has entries")

    def as_explicit(self) -> sp.MutableSparseMatrix:
        """The matrix as a SymPy ``SparseMatrix``, in which equal entries are one object."""
        return entries.sparse_matrix(self.rows, self.cols, self.expressions)


def have_one_table(one: TermMatrix, other: TermMatrix, domain: Domain) -> bool | None:
    """Whether two operators have the same normal form; None where one has none."""
    terms = [converted(each.terms, each.domain, domain) for each in (one, other)]
    if terms[0] == terms[1]:
        return True
    try:
        cells = [converted(each.cells, each.domain, domain) for each in (one, other)]
    except ResidueError:
        return None
    return cells[0] == cells[1]


def later_bounds(one: TermMatrix, other: TermMatrix) -> dict[sp.Symbol, int]:
    """For each size symbol a value from which on the terms of both are proven right."""
    horizon = Horizon()
    horizon.note(one.bounds)
    horizon.note(other.bounds)
    return horizon.valid_from


def _count(sizes: Sequence[Size]) -> int | sp.Expr:
    return prod(map(to_public, sizes))
