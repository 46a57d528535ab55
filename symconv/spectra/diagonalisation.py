"""Operators as V diag(λ) V⁻¹ with a known transform V, and functions of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import sympy as sp

from symconv._printable import Readable
from symconv.algebra.sizes import Size, to_expr
from symconv.arguments import shown
from symconv.errors import ShapeError, SymconvError
from symconv.operators.exact_input import parse_exact
from symconv.operators.operator import Operator, parse_operator
from symconv.printing.latex_text import latex_text
from symconv.printing.unicode import one_line
from symconv.spectra.circulant_rows import FirstRow, frequency_letters
from symconv.spectra.transforms import Diagonalising, diagonalising
from symconv.typesetting.displays import aligned_lines
from symconv.typesetting.free_letters import free_letters, pixel_symbols
from symconv.typesetting.notebook import notebook_latex
from symconv.typesetting.typesetter import typesetter


@dataclass(frozen=True, eq=False, repr=False)
class Diagonalisation(Readable):
    """A = V diag(λ) V⁻¹, where the columns of V are those of a transform.

    Attributes:
        transforms: which transform, axis by axis.
        sizes: pixels, one an axis.
        indices: the letters of the frequency, one an axis.
        value: λ, a formula in the indices.
        valid_from: for each size symbol a value from which on this is proven.
    """

    transforms: Diagonalising
    sizes: tuple[Size, ...]
    indices: tuple[sp.Symbol, ...]
    value: sp.Expr
    valid_from: Mapping[sp.Symbol, int]

    @property
    def method(self) -> str:
        """The transform's name."""
        return self.transforms.name

    def vector(self, *pixel: Any) -> sp.Expr:
        """The entry of V at a pixel, in the column of the frequency j."""
        axes = self._axes(pixel)
        return sp.Mul(*(t.vector(x, j, n) for t, x, j, n in axes))

    def inverse(self, *pixel: Any) -> sp.Expr:
        """The entry of V⁻¹ at a pixel, in the row of the frequency j."""
        axes = self._axes(pixel)
        return sp.Mul(*(t.inverse(x, j, n) for t, x, j, n in axes))

    def _axes(self, pixel: tuple[Any, ...]) -> Any:
        if len(pixel) != len(self.sizes):
            raise ShapeError(f"pixel {pixel} has not one index for each of {len(self.sizes)} axes")
        exact = [parse_exact(x, "pixel index") for x in pixel]
        sizes = map(to_expr, self.sizes)
        return zip(self.transforms.transforms, exact, self.indices, sizes, strict=True)

    def entry(self, row: Any, col: Any) -> sp.Expr:
        """The entry at two pixels: the sum over all frequencies, left as a sum."""
        x, y = (p if isinstance(p, tuple) else (p,) for p in (row, col))
        summand = self.value * self.vector(*x) * self.inverse(*y)
        sizes = map(to_expr, self.sizes)
        return sp.Sum(summand, *((j, 0, n - 1) for j, n in zip(self.indices, sizes, strict=True)))

    def _latex(self, printer: Any) -> str:
        printer = typesetter(printer, self)
        letters = free_letters([self.value, *map(to_expr, self.sizes)], printer)
        x = pixel_symbols(letters.name("x"), len(self.sizes))
        index, at = (",".join(map(printer._print, found)) for found in (self.indices, x))
        sizes = zip(self.indices, self.sizes, strict=True)
        ranges = r",\; ".join(
            rf"{printer._print(j)} = 0, \dots, {printer._print(to_expr(n) - 1)}" for j, n in sizes
        )
        lines = [
            rf"𝐴 &= 𝑉 \operatorname{{diag}}(\lambda)\, 𝑉^{{-1}} \quad \text{{({self.method})}}",
            rf"\lambda_{{{index}}} &= {printer._print(self.value)}",
            rf"𝑉_{{{at};\,{index}}} &= {printer._print(self.vector(*x))}",
            f"& {ranges}",
        ]
        return letters.write(aligned_lines(lines, "[1ex]"))

    def _repr_latex_(self) -> str | None:
        return notebook_latex(self._latex(None))

    def __str__(self) -> str:
        return latex_text(self._latex(None))

    def __repr__(self) -> str:
        return f"Diagonalisation({self.method}, λ = {one_line(self.value)})"

    def map(self, function: Callable[[sp.Expr], Any]) -> Diagonalisation:
        """The same with a function of each eigenvalue: f(A) = V diag(f(λ)) V⁻¹."""
        if not callable(function):
            raise SymconvError(f"{shown(function)} is no function of an eigenvalue")
        return replace(self, value=parse_exact(function(self.value), "the function's value"))


def diagonalise(operator: Operator) -> Diagonalisation:
    """The factors of A = V diag(λ) V⁻¹, for an operator of one channel and a known transform.

    V is the inverse DFT matrix, or that of a cosine or sine transform; which one decides what the
    operator commutes with, as in :func:`symconv.eigenvalues`.

    Raises:
        ShapeError: rows and columns differ, there are channels, or no transform was found.

    >>> import symconv as sc
    >>> n, x, y = sp.symbols("n x y", integer=True)
    >>> A = sc.conv([1, 2, 1], n, padding=1, padding_mode="symmetric")
    >>> F = diagonalise(A)
    >>> F.method, F.value, F.vector(x)
    ('DCT-II', 2*cos(pi*j/n) + 2, cos(pi*j*(2*x + 1)/(2*n)))
    """
    parse_operator(operator)
    if operator.rows != operator.cols or operator.rows[0] != 1:
        raise ShapeError(f"{operator!r} is not square with one channel")
    found = diagonalising(operator)
    if found is None:
        raise ShapeError(f"no transform was found to diagonalise {operator!r}")
    indices = frequency_letters(operator)
    value = FirstRow(operator, found).matrix(indices)[0, 0]
    return Diagonalisation(found, operator.rows[1:], indices, value, found.valid_from)


def apply_function(operator: Operator, function: Callable[[sp.Expr], Any]) -> Diagonalisation:
    """A function of an operator, by a function of its eigenvalues.

    Args:
        operator: as in :func:`diagonalise`.
        function: takes an eigenvalue as a SymPy expression and returns one.

    Raises:
        ShapeError: as :func:`diagonalise`.

    >>> import symconv as sc
    >>> n = sp.Symbol("n")
    >>> A = sc.conv([1, 2, 1], n, padding=1, padding_mode="symmetric")
    >>> F = apply_function(A, lambda value: value / (value**2 + 1))
    >>> F.value.subs(F.indices[0], 0)
    4/17
    """
    return diagonalise(operator).map(function)
