"""Undoing a convolution: least squares, minimum norm and Tikhonov, exactly or by FFT and LSMR."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, nan
from typing import Any

import sympy as sp

from symconv._arrays import Array, np, scipy_fft, scipy_sparse_linalg
from symconv.arguments import shown
from symconv.errors import BudgetError, ShapeError, SymconvError
from symconv.linear_algebra.inverses import inverse
from symconv.linear_algebra.pseudo_inverses import pseudo_inverse
from symconv.matrix_free.linear_operator import to_linear_operator
from symconv.numeric.named_values import Values, exact_values
from symconv.operators.entries import concrete
from symconv.operators.exact_input import parse_array, parse_exact
from symconv.operators.operator import Operator, parse_operator
from symconv.operators.selection import identity
from symconv.spectra.circulant_rows import FirstRow, frequency_letters
from symconv.spectra.diagonalisation import Diagonalisation, diagonalise
from symconv.spectra.transforms import Diagonalising, diagonalising

NEGLIGIBLE = 1e-13
TOLERANCE = 1e-13
MOST_SYMBOLS = 3
MOST_ITERATIONS = 20_000
KINDS = {"DCT-II": 2, "DCT-I": 1, "DST-I": 1}


@dataclass(frozen=True, eq=False)
class Deconvolution:
    """The image x that a convolution takes nearest to y, and how near that is.

    Attributes:
        image: x, shaped like the operator's input: exact where y is, else floating point.
        residual: C x - y, shaped like y.
        gradient: C^T (C x - y) + λ x, which is zero at the solution; its norm.
        regularise: λ.
        method: how x was found.
    """

    image: Any
    residual: Any
    gradient: Any
    regularise: Any
    method: str

    @property
    def norm(self) -> Any:
        """The Euclidean norm of the residual."""
        if isinstance(self.residual, np.ndarray):
            return float(np.linalg.norm(self.residual))
        return sp.sqrt(sp.Add(*(sp.Abs(e) ** 2 for e in sp.flatten(self.residual))))


def deconvolve(
    operator: Operator, y: Any, regularise: Any = 0, values: Values | None = None
) -> Deconvolution:
    """Find the image that a convolution takes to y, in the sense of least squares.

    The minimiser of |C x - y|² + λ|x|²; for λ = 0 the one of least norm, C⁺ y.

    Args:
        operator: C, of a concrete size.
        y: its output. Integers, fractions and SymPy's numbers, also nested lists of them, give an
            exact x; an array of floating point numbers gives one, by the FFT, DCT or DST where such
            a transform diagonalises C C^T, else by LSMR on the matrix-free operator.
        regularise: λ >= 0.
        values: numbers for the kernel's symbols, as in :func:`symconv.to_numpy`.

    Raises:
        ShapeError: the size is symbolic (see :func:`wiener_filter`), or y is not of the output's.
        SymconvError: λ is negative, or LSMR did not converge.
        BudgetError: an exact solution would take more than some seconds.

    Source: Fong and Saunders, "LSMR: an iterative algorithm for sparse least-squares problems",
    arXiv:1006.0758.

    >>> import symconv as sc
    >>> deconvolve(sc.conv([1, 2], 3), [5, 8]).image
    [3/7, 16/7, 20/7]
    """
    if parse_operator(operator).size_symbols:
        raise ShapeError(f"{operator!r} has a symbolic size: at() first, or wiener_filter()")
    array = _floating(y)
    if array is not None:
        return _numbers(operator, array, _level(regularise), values)
    chosen = operator if values is None else operator.subs(exact_values(operator, values))
    return _exact(chosen, y, parse_exact(regularise, "regularise"))


def wiener_filter(operator: Operator, regularise: Any = 0) -> Diagonalisation:
    """(C^T C + λI)⁻¹ C^T as a formula in the frequencies, at every size.

    Args:
        operator: a square operator of one channel that the DFT diagonalises, such as a circular
            convolution on any number of axes; its entries are taken as real.
        regularise: λ, a number or a symbol.

    Raises:
        ShapeError: the DFT does not diagonalise it.

    >>> import symconv as sc
    >>> C = sc.conv([1, 2, 1], sp.Symbol("n"), padding=1, padding_mode="circular")
    >>> wiener_filter(C, sp.Symbol("mu")).value
    (2*cos(2*pi*j/n) + 2)/(mu + (2*cos(2*pi*j/n) + 2)**2)
    """
    found = diagonalise(operator)
    if any(t.name != "DFT" for t in found.transforms.transforms):
        raise ShapeError(f"the DFT does not diagonalise {operator!r}")
    value = FirstRow(operator, found.transforms).matrix(frequency_letters(operator))[0, 0]
    turned = FirstRow(operator.T, found.transforms).matrix(frequency_letters(operator))[0, 0]
    level = parse_exact(regularise, "regularise")
    return found.map(lambda _: turned / (turned * value + level))


def _floating(y: Any) -> Array | None:
    """The numbers of an array, or of nested lists with a floating point number; else None."""
    leaves = (y, *sp.flatten([y]))
    if not any(isinstance(e, float | complex) or hasattr(e, "dtype") for e in leaves):
        return None
    asarray = np.asarray  # that NumPy is missing is no fault of y
    try:
        array = asarray(y)
    except ValueError:  # ragged
        return None
    floats = "fciu" if isinstance(y, np.ndarray) else "fc"
    return array if array.dtype.kind in floats else None


def _level(regularise: Any) -> float:
    try:
        level = float(regularise)
    except Exception:  # whatever a foreign __float__ raises
        level = nan
    if not isfinite(level) or isinstance(regularise, str):
        raise SymconvError(f"regularise {shown(regularise)} is no finite number")
    return level


# --- exactly -----------------------------------------------------------------------------------


def _exact(operator: Operator, y: Any, level: sp.Expr) -> Deconvolution:
    entries, shape = parse_array(y, "y")
    _check(operator, shape)
    if level.is_negative:
        raise SymconvError(f"regularise {level} is negative")
    column = sp.Matrix(entries)
    symbols = operator.entry_symbols | column.free_symbols | level.free_symbols
    if len(symbols) > MOST_SYMBOLS:
        raise BudgetError(f"{len(symbols)} symbols are more than {MOST_SYMBOLS}: give values")
    adjoint = _adjoint(operator)
    if level == 0:
        found = pseudo_inverse(operator)
        x, method = found.as_explicit() * column, found.method
    else:
        rows, cols = operator.shape
        if rows <= cols:
            unit = identity(operator.output_size, operator.out_channels)
            regular = inverse(operator @ adjoint + level * unit)
            x = adjoint @ (regular.as_explicit() * column)
        else:
            unit = identity(operator.input_size, operator.in_channels)
            regular = inverse(adjoint @ operator + level * unit)
            x = regular.as_explicit() * (adjoint @ column)
        method = f"Tikhonov, {regular.method}"
    x = x.applyfunc(sp.cancel)
    rest = (operator @ x - column).applyfunc(sp.cancel)
    gradient = (adjoint @ rest + level * x).applyfunc(sp.cancel)
    image = _shaped(list(x), _size(operator.cols))
    return Deconvolution(image, _shaped(list(rest), shape), gradient.norm(), level, method)


def _adjoint(operator: Operator) -> Operator:
    if any(operator.polynomial(cell).has(sp.I) for cell in operator.cells):
        raise SymconvError("exact deconvolution is for real entries; give y as floats")
    return operator.T


def _shaped(flat: list[sp.Expr], shape: Sequence[int]) -> Any:
    if len(shape) == 1:
        return flat
    step = len(flat) // shape[0]
    return [_shaped(flat[i * step : (i + 1) * step], shape[1:]) for i in range(shape[0])]


def _size(sizes: Any) -> tuple[int, ...]:
    shape = concrete(sizes)
    return shape[1:] if shape[0] == 1 else shape


def _check(operator: Operator, shape: tuple[int, ...]) -> None:
    if shape != _size(operator.rows):
        raise ShapeError(f"y has the shape {shape}, and the operator gives {_size(operator.rows)}")


# --- in floating point -------------------------------------------------------------------------


def _numbers(operator: Operator, y: Array, level: float, values: Values | None) -> Deconvolution:
    _check(operator, y.shape)
    if level < 0:
        raise SymconvError(f"regularise {level} is negative")
    matrix = to_linear_operator(operator, values, dtype=np.result_type(y, float))
    gram = operator @ operator.T
    found = diagonalising(gram) if operator.rows[0] == operator.cols[0] == 1 else None
    if found is not None and (found.orthogonal or level) and np.isrealobj(_first(gram, values)):
        flat, method = _by_transform(gram, y, level, values, found), f"{found.name} of C C^T"
        x = matrix.rmatvec(flat.ravel())
    else:
        x, method = _by_lsmr(matrix, y, level)
    rest = matrix.matvec(x) - y.ravel()
    gradient = float(np.linalg.norm(matrix.rmatvec(rest) + level * x))
    image = x.reshape(_size(operator.cols))
    return Deconvolution(image, rest.reshape(y.shape), gradient, level, method)


def _first(gram: Operator, values: Values | None) -> Array:
    """The first column of C C^T."""
    unit = np.zeros(int(gram.shape[1]))
    unit[0] = 1
    column: Array = to_linear_operator(gram, values).matvec(unit)
    return column


def _by_transform(
    gram: Operator, y: Array, level: float, values: Values | None, found: Diagonalising
) -> Array:
    """(C C^T + λI)⁻¹ y, where frequencies that C loses count as zero."""
    size = _size(gram.rows)
    unit = np.zeros(size)
    unit[(0,) * len(size)] = 1
    eigenvalues = _turn(_first(gram, values).reshape(size), found) / _turn(unit, found)
    largest = np.abs(eigenvalues).max(initial=0)
    lost = np.abs(eigenvalues + level) <= NEGLIGIBLE * largest
    factors = np.where(lost, 0, 1 / np.where(lost, 1, eigenvalues + level))
    solved = _turn(_turn(y, found) * factors, found, back=True)
    return solved.real if np.isrealobj(y) else solved


def _turn(image: Array, found: Diagonalising, back: bool = False) -> Array:
    """The transform along every axis."""
    for axis, transform in enumerate(found.transforms):
        if transform.name == "DFT":
            step = scipy_fft.ifft if back else scipy_fft.fft
            image = step(image, axis=axis)
            continue
        sines = transform.name == "DST-I"
        forth, inverted = (
            (scipy_fft.dst, scipy_fft.idst) if sines else (scipy_fft.dct, scipy_fft.idct)
        )
        image = (inverted if back else forth)(image, type=KINDS[transform.name], axis=axis)
    return image


def _by_lsmr(matrix: Any, y: Array, level: float) -> tuple[Array, str]:
    x, stopped, count, *_ = scipy_sparse_linalg.lsmr(
        matrix, y.ravel(), damp=level**0.5, atol=TOLERANCE, btol=TOLERANCE, conlim=0,
        maxiter=MOST_ITERATIONS,
    )  # fmt: skip
    if stopped == 7:
        raise SymconvError(
            f"LSMR did not converge in {count} steps: a larger regularise, or exact numbers at a "
            "smaller size, lead on"
        )
    return x, f"LSMR in {count} steps"
