"""Eigenvalues and singular values: exact formulas where a transform diagonalises, at any size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod
from typing import Any, Literal

import sympy as sp

from symconv._arrays import Array
from symconv._printable import Readable
from symconv.algebra.sizes import to_expr
from symconv.arguments import parse_count
from symconv.errors import ShapeError
from symconv.numeric.named_values import Values
from symconv.operators.exact_input import parse_exact
from symconv.operators.operator import Operator, parse_operator, parse_sizes_at
from symconv.printing.latex_text import latex_text
from symconv.printing.unicode import one_line
from symconv.spectra.circulant_rows import FirstRow, frequency_letters
from symconv.spectra.closed_spectra import FREQUENCY, listed_eigenvalues, three_taps
from symconv.spectra.numeric_spectra import dense_values, frequency_values
from symconv.spectra.toeplitz_bands import toeplitz_band
from symconv.spectra.transforms import diagonalising
from symconv.typesetting.displays import aligned_lines, flow
from symconv.typesetting.notebook import notebook_latex
from symconv.typesetting.symbols import escape
from symconv.typesetting.typesetter import Typesetter, typesetter
from symconv.work_limits import check

Kind = Literal["eigenvalues", "singular values"]

MOST_LISTED = 4096
MOST_DIGITS = 100
# Pairs of cells whose products make the Gram matrix over the channels.
MOST_PAIRS = 500_000


@dataclass(frozen=True, eq=False)
class Spectrum(Readable):
    """Eigenvalues or singular values of an operator, with multiplicity.

    Attributes:
        operator: whose values these are.
        kind: "eigenvalues" or "singular values".
        method: how they were found, or why there is no exact formula.
        matrix: where a transform diagonalises, the matrix over the channels at each frequency: of
            the operator itself for eigenvalues, of its smaller Gram matrix for singular values,
            which are the roots of that matrix's eigenvalues. Else None.
        counts: the index of the frequency on each axis to the number of its values 0, 1, ….
        zeros: how many zeros there are besides.
        listed: where there is no formula, the values and how often each occurs; else None.
        valid_from: for each size symbol a value from which on this is proven.
    """

    operator: Operator
    kind: Kind
    method: str
    matrix: sp.ImmutableMatrix | None
    counts: Mapping[sp.Symbol, sp.Expr]
    zeros: sp.Expr
    listed: Mapping[sp.Expr, int] | None
    valid_from: Mapping[sp.Symbol, int]

    @cached_property
    def formula(self) -> sp.Expr:
        """The value at the frequency j, for one channel.

        Raises:
            ShapeError: there are channels, or a list of values, or nothing exact.
        """
        if self.matrix is None or self.matrix.shape != (1, 1):
            raise ShapeError(
                f"the {self.kind} of {self.operator!r} have no one formula: {self.method}"
            )
        return self._value(self.matrix[0, 0])

    def _value(self, eigenvalue: sp.Expr) -> sp.Expr:
        return sp.sqrt(eigenvalue) if self.kind == "singular values" else eigenvalue

    def at(self, sizes: Mapping[sp.Symbol, int] | None = None) -> list[sp.Expr]:
        """All values for one size, exact; numbers by falling real part.

        Raises:
            ShapeError: a size symbol has no value, there are very many values, or none is exact.
        """
        sizes = parse_sizes_at(self.operator, {} if sizes is None else sizes)
        concrete = self.operator.at(sizes)
        if any(sizes[n] < start for n, start in self.valid_from.items()):
            return _spectrum(concrete, self.kind).at()
        found = [value for value, count in self._counted(sizes) for _ in range(count)]
        return sorted(found, key=_falling)

    def _counted(self, sizes: Mapping[sp.Symbol, int]) -> Iterator[tuple[sp.Expr, int]]:
        if self.listed is not None:
            yield from self.listed.items()
            return
        if self.matrix is None:
            raise ShapeError(f"{self.method}; .numeric() gives numbers")
        counts = [int(count.subs(sizes)) for count in self.counts.values()]
        frequencies = prod(counts)
        instead = ".matrix and .formula have them all, .numeric() gives numbers"
        check("entries", frequencies, f"{frequencies} frequencies to list", instead, MOST_LISTED)
        yield sp.S.Zero, int(self.zeros.subs(sizes))
        for frequency in product(*map(range, counts)):
            there = self.matrix.subs({**sizes, **dict(zip(self.counts, frequency, strict=True))})
            for value, count in _eigenvalues(there):
                yield self._value(value), count

    def numeric(
        self, values: Values | None = None, sizes: Mapping[sp.Symbol, int] | None = None
    ) -> Array:
        """All values as floating point numbers: singular values, or eigenvalues by real part.

        Args:
            values: numbers for the kernel's symbols, as in :func:`symconv.to_numpy`.
            sizes: a number for each size symbol.

        Returns:
            An array, its largest first.
        """
        operator = self.operator if sizes is None else self.operator.at(sizes)
        singular = self.kind == "singular values"
        found = diagonalising(operator)
        if found is not None and (found.orthogonal or not singular):
            return frequency_values(FirstRow(operator, found), values, singular)
        return dense_values(operator, values, singular)

    def kth(
        self, k: int, sizes: Mapping[sp.Symbol, int] | None = None, digits: int = 15
    ) -> sp.Float:
        """The value with k larger ones, where the core is a symmetric Toeplitz band: at any size.

        Bands are symmetric kernels with zeros padding of one size, and C C^T of convolutions
        without padding. The value costs O(b³ log n) operations for each of its bits, b the number
        of diagonals above the main one; numbers below 10^-digits n^-2b are given as 0.

        Args:
            k: from 0, the largest, as in :meth:`numeric`.
            sizes: a number for each size symbol.
            digits: how many digits are right.

        Raises:
            ShapeError: there is no such band, or no such k.

        >>> import symconv as sc
        >>> C = sc.conv([1, -4, 6, -4, 1], sp.Symbol("n"), padding=2)
        >>> sc.eigenvalues(C).kth(10**6 - 1, {sp.Symbol("n"): 10**6})
        5.00559897249766e-22
        """
        concrete = self.operator.at(parse_sizes_at(self.operator, {} if sizes is None else sizes))
        core, zeros = _core(concrete, self.kind)
        band = toeplitz_band(core)
        k = parse_count("k", k, 0, band.rows + int(zeros) - 1)
        digits = parse_count("digits", digits, 1, MOST_DIGITS)
        if k >= band.rows:
            return sp.Float(0, digits)
        value = band.eigenvalue(band.rows - 1 - k, digits)
        return sp.Float(self._value(max(value, 0)), digits) if self._is_gram else value

    def count_below(self, bound: Any, sizes: Mapping[sp.Symbol, int] | None = None) -> int:
        """How many values are below a real number; operators and cost as in :meth:`kth`.

        Raises:
            ShapeError: there is no such band.
            BudgetError: the number is one of the values, or too near to one.

        >>> import symconv as sc
        >>> sc.eigenvalues(sc.conv([-1, 2, -1], 10**6, padding=1)).count_below(1)
        333333
        """
        concrete = self.operator.at(parse_sizes_at(self.operator, {} if sizes is None else sizes))
        core, zeros = _core(concrete, self.kind)
        exact = parse_exact(sp.Rational(bound) if isinstance(bound, float) else bound, "bound")
        if not (exact.is_number and exact.is_real):
            raise ShapeError(f"{exact} is no real number")
        if self._is_gram and exact <= 0:
            return 0
        square = exact**2 if self.kind == "singular values" else exact
        return toeplitz_band(core).count_below(square) + int(zeros)

    @property
    def _is_gram(self) -> bool:
        """Whether the core is C C^T or C^T C, which has no negative eigenvalue."""
        return self.kind == "singular values" or self.operator.gram is not None

    def __str__(self) -> str:
        letter = "σ" if self.kind == "singular values" else "λ"
        if self.listed is not None:
            shown = (
                f"{one_line(v)} ({count} times)" if count > 1 else one_line(v)
                for v, count in self.listed.items()
            )
            return f"{letter}: {', '.join(shown)} ({self.method})"
        if self.matrix is None:
            return f"{letter}: {self.method}"
        if self.matrix.shape != (1, 1):
            return f"{latex_text(self._latex(None))}  ({self.method})"
        body = latex_text(typesetter(None, self)._print(self.formula))
        ranges = ", ".join(f"{j} = 0 … {count - 1}" for j, count in self.counts.items())
        zeros = f", and {self.zeros} zeros" if self.zeros != 0 else ""
        return f"{letter} = {body}, {ranges}{zeros} ({self.method})"

    __repr__ = __str__

    def _latex(self, printer: Any) -> str:
        printer = typesetter(printer, self)
        letter = r"\sigma" if self.kind == "singular values" else r"\lambda"
        if self.listed is not None:
            return _listed_latex(letter, self.listed, printer)
        if self.matrix is None:
            return rf"{letter}: \text{{{escape(self.method)}}}"
        index = ",".join(printer._print(j) for j in self.counts)
        if self.matrix.shape == (1, 1):
            lines = [f"{letter}_{{{index}}} &= {printer._print(self.formula)}"]
        else:
            values = rf"\lambda_l(M_{{{index}}})"
            values = rf"\sqrt{{{values}}}" if self.kind == "singular values" else values
            matrix = f"M_{{{index}}} &= {printer._print(self.matrix)}"
            lines = [f"{letter}_{{{index},l}} &= {values}", matrix]
        return str(aligned_lines([*lines, rf"& {self._ranges_latex(printer)}"], "[1ex]"))

    def _ranges_latex(self, printer: Typesetter) -> str:
        """The frequencies, the zeros besides, and the sizes that it is proven for."""
        parts = [
            rf"{printer._print(j)} = 0, \dots, {printer._print(count - 1)}"
            for j, count in self.counts.items()
        ]
        parts += [
            rf"{printer._print(n)} \geq {first}"
            for n, first in self.valid_from.items()
            if first > 1
        ]
        shown = r",\; ".join(parts)
        if self.zeros == 0:
            return shown
        noun = "zero" if self.zeros == 1 else "zeros"
        return rf"{shown}, \quad \text{{and }} {printer._print(self.zeros)} \text{{ {noun}}}"

    def _repr_latex_(self) -> str | None:
        return notebook_latex(self._latex(typesetter(None, self)))


def _listed_latex(letter: str, listed: Mapping[sp.Expr, int], printer: Typesetter) -> str:
    """Values and how often each occurs; numbers that only a polynomial names are rounded."""
    shown = (
        _number_latex(value, printer) + (rf"\;(\text{{{count} times}})" if count > 1 else "")
        for value, count in listed.items()
    )
    lines = [f"& {line}" for line in flow(shown)]
    lines[0] = rf"{letter}: {lines[0]}"
    return str(aligned_lines(lines))


def _number_latex(value: sp.Expr, printer: Typesetter) -> str:
    rounded = value.has(sp.CRootOf) and value.is_number
    return rf"{{\approx}}\, {sp.N(value, 6)}" if rounded else str(printer._print(value))


def eigenvalues(operator: Operator) -> Spectrum:
    """The eigenvalues of a square operator, as a formula wherever a transform diagonalises it.

    The routes: circular ones and all polynomials in them by the DFT, symmetric kernels with
    symmetric padding by the DCT-II, with reflected padding by the DCT-I, those that commute with
    the sum of both neighbours by the DST-I (Strang 1999, SIAM Review 41(1)), three-tap bands by
    that after a scaling; products A A^T by the smaller of the two; small ones of a fixed size by
    the factors of the characteristic polynomial.

    Args:
        operator: an operator between images of one size, symbolic or not.

    Raises:
        ShapeError: rows and columns differ.

    >>> import symconv as sc
    >>> n = sp.Symbol("n")
    >>> C = sc.conv(sc.Kernel(sp.symbols("a b", real=True)), n)
    >>> eigenvalues(C @ C.T).formula
    a**2 + 2*a*b*cos(pi*(j + 1)/n) + b**2
    """
    parse_operator(operator)
    if operator.rows != operator.cols:
        raise ShapeError(
            f"{operator!r} is not square, so it has no eigenvalues; see singular_values"
        )
    return _spectrum(operator, "eigenvalues")


def singular_values(operator: Operator) -> Spectrum:
    """The singular values of any operator: as many as the shorter side of its matrix.

    They are the roots of the eigenvalues of the smaller of C C^T and C^T C, by the routes of
    :func:`eigenvalues`. With a stride and circular padding the smaller one is circulant.

    Source: Sedghi, Gupta, Long 2019, "The singular values of convolutional layers", Theorem 6, for
    circular layers with channels.

    >>> import symconv as sc
    >>> n = sp.Symbol("n")
    >>> K = sc.Kernel(sp.symbols("a b c", real=True))
    >>> C = sc.conv(K, 2 * n, stride=2, padding=((0, 1),), padding_mode="circular")
    >>> singular_values(C).formula
    sqrt(a**2 + 2*a*c*cos(2*pi*j/n) + b**2 + c**2)
    """
    return _spectrum(parse_operator(operator), "singular values")


def _spectrum(operator: Operator, kind: Kind) -> Spectrum:
    if kind == "singular values" and _many_channels(operator):
        method = f"the channels of {operator!r} are too many for formulas"
        return Spectrum(operator, kind, method, None, {}, sp.S.Zero, None, {})
    core, zeros = _core(operator, kind)
    return _of(operator, core, kind, zeros)


def _many_channels(operator: Operator) -> bool:
    """Whether the product with the transpose would multiply very many pairs of entries."""
    shared = operator.cols[0]
    if not isinstance(shared, int) or shared == 1 == operator.rows[0]:
        return False
    return len(operator.cells) ** 2 // shared > MOST_PAIRS


def _core(operator: Operator, kind: Kind) -> tuple[Operator, sp.Expr]:
    """The smallest operator that has the same eigenvalues (squared singular values) but zeros."""
    if kind == "singular values":
        return _smaller_gram(operator), sp.S.Zero
    if operator.gram is not None:
        factor, _ = operator.gram
        smaller = _smaller_gram(factor)
        return smaller, sp.expand(operator.shape[0] - smaller.shape[0])
    return operator, sp.S.Zero


def _smaller_gram(operator: Operator) -> Operator:
    """C C^T or C^T C, whichever has fewer rows at large sizes."""
    rows, cols = map(to_expr, operator.shape)
    gap = rows - cols
    wide = sp.Poly(gap, *gap.free_symbols).LC() <= 0 if gap.free_symbols else gap <= 0
    gram: Operator = operator @ operator.T if wide else operator.T @ operator
    return gram


def _of(operator: Operator, core: Operator, kind: Kind, zeros: sp.Expr) -> Spectrum:
    """The spectrum by way of a core, whose eigenvalues are those of the operator but for zeros."""
    letters = frequency_letters(operator)
    counts = dict(zip(letters, map(to_expr, core.rows[1:]), strict=True))
    found = diagonalising(core)
    if found is not None:
        matrix = FirstRow(core, found).matrix(letters)
        method = f"diagonal in the {found.name}"
        return Spectrum(operator, kind, method, matrix, counts, zeros, None, found.valid_from)
    band = three_taps(core)
    if band is not None:
        formula, bounds = band
        matrix = sp.ImmutableMatrix([[formula.subs(FREQUENCY, letters[0])]])
        method = "diagonal in the DST-I after a scaling of rows and columns"
        return Spectrum(operator, kind, method, matrix, counts, zeros, None, bounds)
    listed, method = listed_eigenvalues(core)
    if listed is None:
        return Spectrum(operator, kind, method, None, {}, zeros, None, {})
    table = {sp.S.Zero: int(zeros)} if zeros else {}
    for value, count in listed.items():
        shown = sp.sqrt(value) if kind == "singular values" else value
        table[shown] = table.get(shown, 0) + count
    return Spectrum(operator, kind, method, None, {}, sp.S.Zero, table, {})


def _eigenvalues(matrix: sp.Matrix) -> list[tuple[sp.Expr, int]]:
    if matrix.shape == (1, 1):
        return [(matrix[0, 0], 1)]
    return list(matrix.eigenvals().items())


def _falling(value: sp.Expr) -> Any:
    """Numbers by falling real part, what has symbols by its text."""
    if value.is_number:
        number = complex(sp.N(value, 30))
        return 0, -number.real, -number.imag, ""
    return 1, 0, 0, str(value)
