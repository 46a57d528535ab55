"""Numbers as arrays: what stands for a symbol, and results in the type that was asked for."""

from __future__ import annotations

from fractions import Fraction
from math import isfinite
from typing import Any, TypeGuard

import sympy as sp

from symconv._arrays import Array, np
from symconv.arguments import shown
from symconv.errors import ExactOverflowError, KernelError
from symconv.numeric.named_values import as_array

Point = dict[sp.Symbol, Array]

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1


def numbers_of(value: Any, symbol: sp.Symbol) -> Array:
    """Numbers as an array of int64, float64, complex128, or of exact Python objects."""
    if _is_plain(value):
        return value
    if isinstance(value, sp.Basic):
        value = python_number(value, symbol)
    array = as_array(value)
    if array.dtype.kind in "iu":
        return array.astype(object) if array.dtype == np.uint64 else array.astype(np.int64)
    if array.dtype == object:
        numbers = [python_number(v, symbol) for v in array.ravel().tolist()]
        return np.array([*numbers, None], dtype=object)[:-1].reshape(array.shape)
    if array.dtype.kind not in "fc":
        raise KernelError(f"the value {shown(value)} of {symbol} is not a number")
    if not np.isfinite(array).all():
        raise KernelError(f"a value of {symbol} is not finite: {shown(value)}")
    return array


def _is_plain(value: Any) -> TypeGuard[Array]:
    """Whether it is one finite number of a type that stays: told at once, of many thousands."""
    if not isinstance(value, np.ndarray) or value.ndim:
        return False
    return bool(value.dtype == np.int64 or (value.dtype == np.float64 and isfinite(value)))


def python_number(value: Any, symbol: sp.Symbol) -> Any:
    """One number as Python's own, exact where it is."""
    if isinstance(value, sp.Rational):
        return shortest(Fraction(int(value.p), int(value.q)))
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, int | Fraction) and not isinstance(value, bool):
        return value
    if isinstance(value, float | complex) and np.isfinite(value):
        return value
    if isinstance(value, sp.Expr) and value.is_number and value.is_finite:
        number = complex(value)
        return number if number.imag else number.real
    raise KernelError(f"the value {shown(value)} of {symbol} is not a finite number")


def exact(number: Any) -> int | Fraction:
    """A number of ZZ or QQ as Python's own."""
    if hasattr(number, "denominator"):
        return shortest(Fraction(int(number.numerator), int(number.denominator)))
    return int(number)


def shortest(number: Fraction) -> int | Fraction:
    """An integer where it is one."""
    return number.numerator if number.denominator == 1 else number


# --- results in the type that was asked for ----------------------------------------------------


def parse_dtype(dtype: Any) -> np.dtype[Any] | None:
    """The type of numbers that was asked for, if any."""
    try:
        return None if dtype is None else np.dtype(dtype)
    except Exception:  # NumPy's, or what is a value's
        raise KernelError(f"dtype {shown(dtype)} is no type of numbers") from None


def narrow(exact: Array) -> Array:
    """Exact objects as int64 where all of them are integers that fit."""
    flat = exact.ravel().tolist()
    if all(isinstance(v, int) and INT64_MIN <= v <= INT64_MAX for v in flat):
        return exact.astype(np.int64)
    return exact


def fit(numbers: Array, kind: np.dtype[Any] | None) -> Array:
    """The numbers in the wanted type; an error where one would change."""
    flat = numbers.ravel().tolist() if numbers.dtype == object else []
    if kind is None:
        if any(isinstance(v, int) and not INT64_MIN <= v <= INT64_MAX for v in flat):
            raise _overflow(max((v for v in flat if isinstance(v, int)), key=abs), "int64")
        real = not any(isinstance(v, complex) for v in flat)
        return _as_floats(numbers, np.dtype(float if real else complex)) if flat else numbers
    if kind.kind == "O":
        return numbers.astype(object)
    if kind.kind not in "iufc":
        raise KernelError(f"dtype {kind} is no type of numbers")
    if kind.kind != "c":
        _check_real(numbers, kind)
    return _as_integers(numbers, kind) if kind.kind in "iu" else _as_floats(numbers, kind)


def settled(numbers: Array) -> Array:
    """In int64 or floats, as by default; exact objects where an integer does not fit."""
    try:
        return fit(numbers, None)
    except ExactOverflowError:
        return numbers


def _check_real(numbers: Array, kind: np.dtype[Any]) -> None:
    for value in numbers.ravel().tolist() if numbers.dtype.kind in "Oc" else []:
        if isinstance(value, complex) and value.imag:
            raise KernelError(f"the entry {value} is complex and the dtype is {kind}")


def _as_integers(numbers: Array, kind: np.dtype[Any]) -> Array:
    info = np.iinfo(kind)
    numbers = numbers.real if numbers.dtype.kind == "c" else numbers
    for value in numbers.ravel().tolist():
        if value != int(value):
            raise ExactOverflowError(f"the entry {value} is no integer and the dtype is {kind}")
        if not info.min <= value <= info.max:
            raise _overflow(value, str(kind))
    return numbers.astype(kind)


def _as_floats(numbers: Array, kind: np.dtype[Any]) -> Array:
    numbers = numbers.real if numbers.dtype.kind == "c" and kind.kind == "f" else numbers
    try:
        rounded = numbers.astype(kind)
    except OverflowError:
        rounded = np.array(np.inf)
    if not np.isfinite(rounded).all():
        largest = max(numbers.ravel().tolist(), key=abs)
        shown = f"of {largest.bit_length()} bits" if isinstance(largest, int) else largest
        raise ExactOverflowError(f"the entry {shown} is too large for the dtype {kind}")
    return rounded


def _overflow(value: Any, kind: str) -> ExactOverflowError:
    return ExactOverflowError(
        f"the entry {value} does not fit {kind}; dtype=object keeps it exact, dtype=float rounds it"
    )
