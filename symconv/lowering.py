"""Operators and numbers to NumPy arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import reduce
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt
import sympy as sp
from sympy.polys.domains.domain import Domain

from symconv.affine import evaluate
from symconv.coefficients import Element
from symconv.errors import ExactOverflowError, KernelError, ShapeError
from symconv.explicit import concrete
from symconv.kernel import Kernel
from symconv.normal_form import Cell
from symconv.operator import Operator

Array = npt.NDArray[Any]
Values = Mapping[sp.Symbol, Any] | npt.ArrayLike
Point = dict[sp.Symbol, Array]

INT64_MAX = 2**63 - 1


def to_numpy(operator: Operator, values: Values | None = None, dtype: Any = None) -> Array:
    """The dense matrix as a NumPy array; each distinct polynomial is evaluated once.

    Args:
        operator: any operator of a concrete size.
        values: numbers for the symbols: an array shaped like the kernel, with leading axes for a
            batch of kernels, or a mapping from symbols to numbers or arrays of one shape. Left
            out where the kernel is numeric.
        dtype: type of the result. By default integers give int64, fractions and floats float64.
            ``object`` keeps exact integers and fractions of any size.

    Returns:
        An array (*batch, rows, columns).

    Raises:
        ExactOverflowError: an integer entry does not fit the type.
        KernelError: values are missing, of another shape, or not finite.
        ShapeError: the size is symbolic, or the array does not fit in memory.

    >>> import symconv as sc
    >>> to_numpy(sc.conv(sc.Kernel.symbolic("k", 2), 3), [1, 2])
    array([[1, 2, 0],
           [0, 1, 2]])
    """
    heights, widths = concrete(operator.rows), concrete(operator.cols)
    point = {s: _numbers(v, s) for s, v in named_values(operator, values).items()}
    batch = np.broadcast_shapes(*(array.shape for array in point.values()))
    elements = list(dict.fromkeys(operator.cells.values()))
    numbers = [_fit(a, dtype) for a in _evaluate(operator.domain, elements, point)]
    kind = np.dtype(dtype) if dtype is not None else np.result_type(np.int64, *numbers)
    rows, cols = prod(heights), prod(widths)
    try:
        flat = np.zeros((*batch, rows * cols), dtype=kind)
    except (MemoryError, ValueError):
        raise ShapeError(
            f"a dense array of {rows} x {cols} entries does not fit in memory"
        ) from None
    number_of = dict(zip(elements, numbers, strict=True))
    for cell, element in operator.cells.items():
        flat[..., _positions(cell, heights, widths)] = number_of[element][..., None]
    return flat.reshape(*batch, rows, cols)


def _positions(cell: Cell, heights: Sequence[int], widths: Sequence[int]) -> Array:
    """row*columns + column of every entry in a cell."""
    rows, cols = prod(heights), prod(widths)
    below, beside = rows, cols
    axes = []
    for d, m, n in zip(cell, heights, widths, strict=True):
        below, beside = below // m, beside // n
        step = d.row_step * below * cols + d.col_step * beside
        start = evaluate(d.row, {}) * below * cols + evaluate(d.col, {}) * beside
        axes.append(start + step * np.arange(evaluate(d.length, {})))
    return reduce(np.add.outer, axes).ravel()


# --- numbers for symbols -----------------------------------------------------------------------


def named_values(operator: Operator, values: Values | None) -> dict[sp.Symbol, Any]:
    """What each symbol of the operator stands for, from any form of ``values``.

    Raises:
        KernelError: a symbol has no value, or an array is not shaped like the one kernel.
    """
    if values is None:
        named: Mapping[sp.Symbol, Any] = {}
    elif isinstance(values, Mapping):
        named = values
    else:
        named = _name_entries(operator, _array(values))
    symbols = sorted(operator.free_symbols, key=str)
    missing = [str(symbol) for symbol in symbols if symbol not in named]
    if missing:
        shown = ", ".join(missing[:5]) + (", …" if len(missing) > 5 else "")
        raise KernelError(
            f"no value for {shown}: pass an array shaped like the kernel, or a mapping"
        )
    return {symbol: named[symbol] for symbol in symbols}


def _name_entries(operator: Operator, array: Array) -> dict[sp.Symbol, Any]:
    """Symbol to number, from an array (*batch, *kernel shape)."""
    kernels = list(dict.fromkeys(_kernels(operator)))
    if len(kernels) != 1:
        raise KernelError(
            f"an array of values names the entries of one kernel, and there are {len(kernels)}: "
            "pass a mapping from symbols to numbers"
        )
    kernel = kernels[0]
    if array.shape[-len(kernel.shape) :] != kernel.shape:
        raise KernelError(
            f"values of shape {array.shape} do not end in the kernel's shape {kernel.shape}"
        )
    columns = array.reshape(*array.shape[: -len(kernel.shape)], -1)
    named: dict[sp.Symbol, Any] = {}
    for i, entry in enumerate(kernel.entries):
        if not entry.is_Symbol:
            raise KernelError(f"the kernel's entry {entry} is no symbol: pass a mapping of values")
        if entry in named and not np.array_equal(named[entry], columns[..., i]):
            raise KernelError(f"the symbol {entry} stands at several taps with different values")
        named[entry] = columns[..., i]
    return named


def _kernels(operator: Operator) -> Iterator[Kernel]:
    """The symbolic kernels that an operator was made from."""
    kernel = getattr(operator.origin, "kernel", None)
    if isinstance(kernel, Kernel) and kernel.free_symbols:
        yield kernel
    for operand in operator.origin.operands:
        yield from _kernels(operand)


def _array(value: Any) -> Array:
    """As NumPy has it, but integers beyond int64 stay exact instead of turning into floats."""
    array = np.asarray(value)
    if array.dtype.kind in "fu" and not isinstance(value, np.ndarray):
        exact = np.asarray(value, dtype=object)
        if all(isinstance(v, int) for v in exact.ravel().tolist()):
            return exact
    return array


def _numbers(value: Any, symbol: sp.Symbol) -> Array:
    """Numbers as an array of int64, float64, complex128, or of exact Python objects."""
    if isinstance(value, sp.Basic):
        value = _python_number(value, symbol)
    array = _array(value)
    if array.dtype.kind in "iu":
        return array.astype(object) if array.dtype == np.uint64 else array.astype(np.int64)
    if array.dtype == object:
        return np.vectorize(lambda v: _python_number(v, symbol), otypes=[object])(array)
    if array.dtype.kind not in "fc":
        raise KernelError(f"the value {value!r} of {symbol} is not a number")
    if not np.isfinite(array).all():
        raise KernelError(f"a value of {symbol} is not finite: {value!r}")
    return array


def _python_number(value: Any, symbol: sp.Symbol) -> Any:
    if isinstance(value, sp.Rational):
        return _shortest(Fraction(int(value.p), int(value.q)))
    if isinstance(value, int | Fraction) and not isinstance(value, bool):
        return value
    if isinstance(value, sp.Expr) and value.is_number and value.is_finite:
        number = complex(value)
        return number if number.imag else number.real
    raise KernelError(f"the value {value!r} of {symbol} is not a finite number")


# --- polynomials at a point --------------------------------------------------------------------


def _evaluate(domain: Domain, elements: Sequence[Element], point: Point) -> list[Array]:
    """Each element of the domain at the point, as arrays of the batch's shape."""
    ground, symbols = (domain.domain, domain.symbols) if domain.is_PolynomialRing else (domain, ())
    if not (ground.is_ZZ or ground.is_QQ) or not all(s.is_Symbol for s in symbols):
        return _evaluate_expressions([domain.to_sympy(e) for e in elements], point)
    if not symbols:
        return [_narrow(np.asarray(_exact(e), dtype=object)) for e in elements]
    # A symbol without a value is in the domain but in no element.
    arrays = [point.get(symbol, np.asarray(0)) for symbol in symbols]
    return [_evaluate_polynomial(e, arrays) for e in elements]


def _evaluate_polynomial(polynomial: Element, arrays: Sequence[Array]) -> Array:
    terms = [
        (_exact(c), [(arrays[g], e) for g, e in enumerate(exponents) if e])
        for exponents, c in polynomial.items()
    ]
    # int64 is right when no partial sum can leave it; Python's integers are right everywhere.
    if not all(a.dtype == np.int64 for _, factors in terms for a, _ in factors):
        number = object if any(a.dtype == object for _, fs in terms for a, _ in fs) else None
    elif isinstance(terms[0][0], int) and _bound(terms) <= INT64_MAX:
        number = np.int64
    else:
        number = object
    total: Any = 0
    for coefficient, factors in terms:
        value: Any = float(coefficient) if number is None else coefficient
        for array, exponent in factors:
            base = array if number is None else array.astype(number)
            value = value * base**exponent
        total = total + value
    # Left to itself NumPy would make a large integer unsigned.
    return _narrow(np.asarray(total, dtype=object)) if number is object else np.asarray(total)


def _bound(terms: Sequence[tuple[Any, Sequence[tuple[Array, int]]]]) -> int:
    """The largest absolute value that the sum can have."""
    return sum(
        abs(c) * prod(max(map(abs, (int(a.max()), int(a.min())))) ** e for a, e in factors)
        for c, factors in terms
    )


def _evaluate_expressions(exprs: Sequence[sp.Expr], point: Point) -> list[Array]:
    """Expressions that are no polynomials with rational coefficients, in floating point."""
    symbols = list(point)
    function = sp.lambdify(symbols, list(exprs), modules="numpy", cse=True)
    arguments = [a.astype(float) if a.dtype.kind in "iO" else a for a in point.values()]
    shape = np.broadcast_shapes(*(a.shape for a in arguments))
    return [np.broadcast_to(np.asarray(value), shape) for value in function(*arguments)]


def _exact(number: Element) -> int | Fraction:
    """A number of ZZ or QQ as Python's own."""
    if hasattr(number, "denominator"):
        return _shortest(Fraction(int(number.numerator), int(number.denominator)))
    return int(number)


def _shortest(number: Fraction) -> int | Fraction:
    return number.numerator if number.denominator == 1 else number


def _narrow(exact: Array) -> Array:
    """Exact objects as int64 where all of them are integers that fit."""
    flat = exact.ravel().tolist()
    if all(isinstance(v, int) and abs(v) <= INT64_MAX for v in flat):
        return exact.astype(np.int64)
    return exact


def _fit(numbers: Array, dtype: Any) -> Array:
    """The numbers in the wanted type; an error where an integer would change."""
    flat = numbers.ravel().tolist() if numbers.dtype == object else []
    if dtype is None:
        if any(isinstance(v, int) and abs(v) > INT64_MAX for v in flat):
            raise _overflow(max(flat, key=abs), "int64")
        return numbers.astype(np.float64) if flat else numbers
    kind = np.dtype(dtype)
    if kind.kind == "O":
        return numbers.astype(object)
    if kind.kind not in "iu":
        return numbers.astype(kind)
    info = np.iinfo(kind)
    for value in numbers.ravel().tolist():
        if value != int(value):
            raise ExactOverflowError(f"the entry {value} is no integer and the dtype is {kind}")
        if not info.min <= value <= info.max:
            raise _overflow(value, str(kind))
    return numbers.astype(kind)


def _overflow(value: Any, kind: str) -> ExactOverflowError:
    return ExactOverflowError(
        f"the entry {value} does not fit {kind}; dtype=object keeps it exact, dtype=float rounds it"
    )
