"""Numbers for symbols: every distinct coefficient of an operator, evaluated once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from math import prod
from operator import add, mul
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.polys.domains.domain import Domain

from symconv._arrays import Array, np
from symconv.algebra.coefficients import Element, from_exprs
from symconv.algebra.diagonal import Cell, Diagonal
from symconv.algebra.sizes import evaluate
from symconv.arguments import parse_flag, shown
from symconv.errors import ExactOverflowError, KernelError
from symconv.numeric.named_values import BATCH, Values, as_array, named_values
from symconv.operators.entries import concrete
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator, parse_operator

Point = dict[sp.Symbol, Array]

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1


@dataclass(frozen=True)
class Entries:
    """Cells and the number of each, for operators of a concrete size."""

    heights: tuple[int, ...]
    widths: tuple[int, ...]
    cells: Mapping[Cell, Element]
    numbers: Mapping[Element, Array]
    batch: tuple[int, ...]
    kind: np.dtype[Any]

    def items(self) -> Iterator[tuple[Cell, Array]]:
        """Each cell and its number."""
        return ((cell, self.numbers[element]) for cell, element in self.cells.items())

    def blocks(self) -> Iterator[tuple[Array, Array]]:
        """Flat places (cells, entries) and numbers (*batch, cells) of cells of one spatial shape.

        Cells that differ in their channels alone make one block, so that a layer of many channels
        costs no more steps than one of a single channel.
        """
        groups: defaultdict[Cell, list[Cell]] = defaultdict(list)
        for cell in self.cells:
            for channel in _singles(cell[0]):
                groups[cell[1:]].append((channel, *cell))
        for spatial, members in groups.items():
            below, beside = (prod(sizes[1:]) for sizes in (self.heights, self.widths))
            row_step = below * prod(self.widths)
            starts = [
                evaluate(c.row, {}) * row_step + evaluate(c.col, {}) * beside for c, *_ in members
            ]
            places = np.add.outer(np.array(starts), self._places(spatial))
            numbers = [
                self.numbers[self.cells[cell]] for _, *rest in members if (cell := tuple(rest))
            ]
            yield (
                places,
                np.stack(np.broadcast_arrays(*numbers, np.zeros(self.batch))[:-1], axis=-1),
            )

    def _places(self, spatial: Cell) -> Array:
        """row*columns + column of the entries of a cell in the first channels."""
        below, beside = (prod(sizes[1:]) for sizes in (self.heights, self.widths))
        cols = prod(self.widths)
        axes = [np.zeros(1, dtype=np.int64)]
        for d, m, n in zip(spatial, self.heights[1:], self.widths[1:], strict=True):
            below, beside = below // m, beside // n
            start = evaluate(d.row, {}) * below * cols + evaluate(d.col, {}) * beside
            step = d.row_step * below * cols + d.col_step * beside
            axes.append(start + step * np.arange(evaluate(d.length, {})))
        return reduce(np.add.outer, axes).ravel()


def _singles(channel: Diagonal) -> Iterator[Diagonal]:
    return (Diagonal(row, col, 1, 1, 1) for row, col in channel)


def evaluated_entries(
    operator: Operator, values: Values | None, dtype: Any, batch: bool = False,
    layout: str | None = None,
) -> Entries:  # fmt: skip
    """Every coefficient at the values; see :func:`symconv.to_numpy`."""
    parse_operator(operator)
    kind = _parse_dtype(dtype)
    heights, widths = concrete(operator.rows), concrete(operator.cols)
    named = named_values(operator, values, parse_flag("batch", batch), layout)
    point = {s: _numbers(v, s) for s, v in named.items()}
    shape = _batch(point)
    if shape and not batch:
        raise KernelError(f"values of the shape {shape} for each symbol; {BATCH}")
    elements = list(dict.fromkeys(operator.cells.values()))
    with np.errstate(all="ignore"):  # what is not finite is an error below
        evaluated = _evaluate(operator.domain, elements, point)
        for element, array in zip(elements, evaluated, strict=True):
            _check_finite(array, operator.domain, element)
        numbers = [_fit(array, kind) for array in evaluated]
    if kind is None:
        kind = np.result_type(np.int64, *numbers)
    table = dict(zip(elements, numbers, strict=True))
    return Entries(heights, widths, operator.cells, table, shape, kind)


def evaluated_kernel(
    operator: Operator, kernel: Kernel, values: Values | None, dtype: Any
) -> Array:
    """The entries of a kernel of an operator as numbers, in the kernel's order."""
    kind = _parse_dtype(dtype)
    point = {s: _numbers(v, s) for s, v in named_values(operator, values).items()}
    domain, elements = from_exprs(kernel.entries)
    with np.errstate(all="ignore"):
        evaluated = _evaluate(domain, elements, point)
    for element, array in zip(elements, evaluated, strict=True):
        _check_finite(array, domain, element)
    return np.array([_fit(array, kind)[()] for array in evaluated], dtype=kind)


def _parse_dtype(dtype: Any) -> np.dtype[Any] | None:
    try:
        return None if dtype is None else np.dtype(dtype)
    except (TypeError, ValueError):
        raise KernelError(f"dtype {shown(dtype)} is no type of numbers") from None


def _batch(point: Point) -> tuple[int, ...]:
    broadcast_shapes = np.broadcast_shapes  # that NumPy is missing is no fault of the values
    try:
        return broadcast_shapes(*(array.shape for array in point.values()))
    except ValueError:
        shapes = ", ".join(f"{array.shape} for {symbol}" for symbol, array in point.items())
        raise KernelError(f"batches of different shapes: {shapes}") from None


def _check_finite(array: Array, domain: Domain, element: Element) -> None:
    if array.dtype.kind in "fc" and not np.isfinite(array).all():
        expr = str(domain.to_sympy(element))
        raise KernelError(f"the entry {expr[:60]} is not a finite number at these values")


# --- numbers ---------------------------------------------------------------------------------


def _numbers(value: Any, symbol: sp.Symbol) -> Array:
    """Numbers as an array of int64, float64, complex128, or of exact Python objects."""
    if isinstance(value, sp.Basic):
        value = _python_number(value, symbol)
    array = as_array(value)
    if array.dtype.kind in "iu":
        return array.astype(object) if array.dtype == np.uint64 else array.astype(np.int64)
    if array.dtype == object:
        numbers = [_python_number(v, symbol) for v in array.ravel().tolist()]
        return np.array([*numbers, None], dtype=object)[:-1].reshape(array.shape)
    if array.dtype.kind not in "fc":
        raise KernelError(f"the value {shown(value)} of {symbol} is not a number")
    if not np.isfinite(array).all():
        raise KernelError(f"a value of {symbol} is not finite: {shown(value)}")
    return array


def _python_number(value: Any, symbol: sp.Symbol) -> Any:
    if isinstance(value, sp.Rational):
        return _shortest(Fraction(int(value.p), int(value.q)))
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


# --- polynomials at a point --------------------------------------------------------------------


def _evaluate(domain: Domain, elements: Sequence[Element], point: Point) -> list[Array]:
    """Each element of the domain at the point, as arrays of the batch's shape."""
    ground, symbols = (domain.domain, domain.symbols) if domain.is_PolynomialRing else (domain, ())
    if domain.is_EXRAW and all(map(_is_rational_polynomial, elements)):
        exact = {symbol: a.astype(object) for symbol, a in point.items()}
        return [_narrow(np.asarray(_walk(e, exact), dtype=object)) for e in elements]
    if not (ground.is_ZZ or ground.is_QQ) or not all(s.is_Symbol for s in symbols):
        return _evaluate_expressions([domain.to_sympy(e) for e in elements], point)
    if not symbols:
        return [_narrow(np.asarray(_exact(e), dtype=object)) for e in elements]
    # A symbol without a value is in the domain but in no element.
    arrays = [point.get(symbol, np.asarray(0)) for symbol in symbols]
    return [_evaluate_polynomial(e, arrays) for e in elements]


def _is_rational_polynomial(expr: sp.Expr) -> bool:
    rational = all(number.is_Rational for number in expr.atoms(sp.Number))
    return rational and bool(expr.is_polynomial(*expr.free_symbols))


def _walk(expr: sp.Expr, point: Point) -> Any:
    """A polynomial as an expression tree, in the arithmetic of the point's numbers."""
    if expr.is_Symbol:
        return point[expr]
    if expr.is_Rational:
        return _shortest(Fraction(int(expr.p), int(expr.q)))
    if expr.is_Pow:
        return _walk(expr.base, point) ** int(expr.exp)
    return reduce(add if expr.is_Add else mul, (_walk(part, point) for part in expr.args))


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
        abs(c) * prod(max(int(a.max(initial=0)), -int(a.min(initial=0))) ** e for a, e in factors)
        for c, factors in terms
    )


def _evaluate_expressions(exprs: Sequence[sp.Expr], point: Point) -> list[Array]:
    """Expressions that are no polynomials with rational coefficients, in floating point."""
    symbols = list(point)
    for expr in exprs:
        # As code its name would be called, whatever it is.
        for unknown in expr.atoms(AppliedUndef):
            raise KernelError(f"{unknown} has no value: the function is not known")
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
    if all(isinstance(v, int) and INT64_MIN <= v <= INT64_MAX for v in flat):
        return exact.astype(np.int64)
    return exact


def _fit(numbers: Array, kind: np.dtype[Any] | None) -> Array:
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
