"""An operator as the text of a Python module that needs NumPy alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pprint import pformat
from textwrap import fill

import sympy as sp
from sympy.core.function import AppliedUndef

from symconv.algebra.diagonal import Cell
from symconv.algebra.sizes import evaluate
from symconv.errors import BudgetError, KernelError
from symconv.numeric.numbers import shortest
from symconv.operators.entries import concrete
from symconv.operators.operator import Operator
from symconv.operators.provenance import kernels_of

# Beyond, a source is no longer read, and Python takes seconds to compile it.
MOST_TERMS, MOST_BOXES = 20_000, 20_000
FUNCTIONS = {
    sp.exp: "exp", sp.log: "log", sp.sin: "sin", sp.cos: "cos", sp.tan: "tan", sp.sinh: "sinh",
    sp.cosh: "cosh", sp.tanh: "tanh", sp.Abs: "abs",
}  # fmt: skip


@dataclass(frozen=True)
class Parameters:
    """What the functions of a source take: an array of numbers for these symbols, in this order.

    Attributes:
        symbols: in row-major order of ``shape``.
        shape: that of the kernel, where there is one whose entries are different symbols; else
            one axis of the operator's symbols in order of name.
    """

    symbols: tuple[sp.Symbol, ...]
    shape: tuple[int, ...]


def parameters(operator: Operator) -> Parameters:
    """What a function of an operator's symbols takes.

    Raises:
        KernelError: there is no symbol, or one that is an array's.
    """
    symbols = operator.entry_symbols
    if not symbols:
        raise KernelError(f"{operator!r} has no symbols: to_numpy and to_scipy give its numbers")
    if not all(isinstance(symbol, sp.Symbol) for symbol in symbols):
        raise KernelError(
            f"{operator!r} has entries of arrays: replace them by plain symbols first"
        )
    kernels = list(dict.fromkeys(k for k in kernels_of(operator) if k.free_symbols))
    entries = kernels[0].entries if len(kernels) == 1 else ()
    different = all(e.is_Symbol for e in entries) and len(set(entries)) == len(entries)
    if different and symbols <= set(entries):
        return Parameters(tuple(entries), kernels[0].shape)
    return Parameters(tuple(sorted(symbols, key=str)), (len(symbols),))


def source_of(operator: Operator) -> str:
    """The text of the module; every name in it is one of ours."""
    rows, columns = concrete(operator.rows), concrete(operator.cols)
    given = parameters(operator)
    names = {symbol: sp.Symbol(f"k{i}") for i, symbol in enumerate(given.symbols)}
    different = dict.fromkeys(expr for _, expr in operator.expressions)
    exprs = {expr: number for number, expr in enumerate(different)}
    terms = sum(len(sp.Add.make_args(expr)) for expr in exprs)
    if terms > MOST_TERMS or len(operator.cells) > MOST_BOXES:
        raise BudgetError(
            f"a source of {terms:,} terms in {len(operator.cells):,} boxes is too long to read (at "
            f"most {MOST_TERMS:,}): to_numpy(…, batch=True) and to_linear_operator need none"
        )
    renamed = [expr.xreplace(names) for expr in exprs]
    products = _products(renamed)
    boxes = [(exprs[expr], *_box(cell)) for cell, expr in operator.expressions]
    return TEMPLATE.format(
        shape=given.shape,
        rows=rows,
        columns=columns,
        boxes=pformat(boxes, width=96, compact=True),
        growth=_growth(renamed, given.symbols),
        names=fill(
            ", ".join(map(str, names.values())),
            92,
            initial_indent=" " * 8,
            subsequent_indent=" " * 8,
        ),
        products="".join(f"    {name} = {_code(p)}\n" for p, name in products.items()),
        values="".join(f"        {_sum(expr, products)},\n" for expr in renamed),
        count=len(exprs),
    )


def _box(cell: Cell) -> list[tuple[int, ...]]:
    return [
        (evaluate(d.row, {}), evaluate(d.col, {}), d.row_step, d.col_step, evaluate(d.length, {}))
        for d in cell
    ]


def _growth(exprs: Sequence[sp.Expr], symbols: Sequence[sp.Symbol]) -> dict[int, int] | None:
    """Degree to the largest sum of absolute coefficients; None where not all are polynomials."""
    found: dict[int, int] = {}
    for expr in exprs:
        sums: dict[int, int] = {}
        for term in sp.Add.make_args(expr):
            coefficient, rest = term.as_coeff_Mul()
            powers = rest.as_powers_dict() if rest != 1 else {}
            if not coefficient.is_Integer or not all(
                base.is_Symbol and exponent.is_Integer and exponent > 0
                for base, exponent in powers.items()
            ):
                return None
            degree = int(sum(powers.values()))
            sums[degree] = sums.get(degree, 0) + abs(int(coefficient))
        for degree, total in sums.items():
            found[degree] = max(found.get(degree, 0), total)
    return dict(sorted(found.items()))


# --- expressions as code -----------------------------------------------------------------------


def _products(exprs: Iterable[sp.Expr]) -> dict[sp.Expr, str]:
    """Products of symbols that occur, and a name for each."""
    found: dict[sp.Expr, str] = {}
    for expr in exprs:
        for term in sp.Add.make_args(expr):
            _, rest = term.as_coeff_Mul()
            if (rest.is_Mul or rest.is_Pow) and rest.free_symbols:
                found.setdefault(rest, f"p{len(found)}")
    return found


def _sum(expr: sp.Expr, products: Mapping[sp.Expr, str]) -> str:
    parts = [] if expr.free_symbols else ["zero"]
    for term in sp.Add.make_args(expr):
        coefficient, rest = term.as_coeff_Mul()
        body = products.get(rest) or _code(rest)
        if coefficient == 1:
            parts.append(body)
        elif coefficient == -1:
            parts.append(f"-{body}")
        else:
            parts.append(_number(coefficient) if rest == 1 else f"{_number(coefficient)}*{body}")
    return " + ".join(parts).replace("+ -", "- ")


def _code(expr: sp.Expr) -> str:
    """An expression in symbols that are names of ours."""
    if expr.is_Symbol:
        return str(expr)
    if expr.is_number:
        return _number(expr)
    if expr.is_Add:
        return "(" + " + ".join(map(_code, expr.args)) + ")"
    if expr.is_Mul:
        return "*".join(map(_code, expr.args))
    if expr.is_Pow:
        return _power(*expr.args)
    if isinstance(expr, AppliedUndef) or expr.func not in FUNCTIONS:
        raise KernelError(f"{expr.func} is no function that a source can have")
    return f"xp.{FUNCTIONS[expr.func]}({_code(expr.args[0])})"


def _power(base: sp.Expr, exponent: sp.Expr) -> str:
    code = _code(base) if base.is_Symbol else f"({_code(base)})"
    if exponent == sp.S.Half:
        return f"xp.sqrt({code})"
    if exponent.is_Integer and 1 < exponent <= 4:
        return "*".join([code] * int(exponent))
    return f"{code}**{_code(exponent)}"


def _number(number: sp.Expr) -> str:
    """A literal, exact for integers."""
    if number.is_Integer:
        return str(int(number)) if number >= 0 else f"({int(number)})"
    if number.is_Rational:
        fraction = Fraction(int(number.p), int(number.q))
        return f"({shortest(fraction)})"
    value = complex(number)
    return f"({value!r})" if value.imag else f"({value.real!r})"


TEMPLATE = '''"""A matrix of a convolution, or of a product of some, as functions of its kernel.

Written by symconv. ``kernels`` is an array (*batch, *KERNEL) of NumPy, PyTorch, JAX or any library
with the array API, and the results are arrays of that library. Integers are exact: where 64 bits
are too small NumPy gets Python's integers, and other libraries an OverflowError.
"""

import functools
import sys

import numpy as np

KERNEL = {shape}
# Channels and pixels of the output, one row of the matrix each, and of the input, one column each.
ROWS, COLUMNS = {rows}, {columns}
# Which value stands in a box, and for each axis (channels first) where: its first row, its first
# column, the steps to the next row and column, and how many there are.
BOXES = {boxes}
# A value of integers is at most the sum of number * (largest entry)**degree; None for floats.
GROWTH = {growth}


def cells(kernels):
    """The different values of the closed form: (*batch, {count})."""
    return _values(kernels)[..., :-1]


def entries(kernels):
    """The values at the places that ``places`` lists: (*batch, entries)."""
    values = _values(kernels)
    _, _, numbers = places()
    return values[..., numbers]


def matrix(kernels):
    """The matrix: (*batch, rows, columns)."""
    values = _values(kernels)
    rows, columns, numbers = places()
    table = np.full((int(np.prod(ROWS)), int(np.prod(COLUMNS))), values.shape[-1] - 1)
    table[rows, columns] = numbers
    return values[..., table]


def action(kernels, image):
    """The matrix times an image (*batch, columns), flattened channels first: (*batch, rows)."""
    rows, columns, numbers = places()
    count = np.bincount(rows, minlength=int(np.prod(ROWS)))
    slot = np.arange(len(rows)) - (np.cumsum(count) - count)[rows]
    shape = (len(count), max(int(count.max()), 1))
    sources, table = np.zeros(shape, dtype=int), np.full(shape, -1)
    sources[rows, slot], table[rows, slot] = columns, numbers
    kernels, image = _array(kernels), _array(image)
    if _is_integer(kernels) and _is_integer(image):
        most = shape[1] * _bound(_largest(kernels)) * max(_largest(image), 1)
        kernels, image = _exact(kernels, most), _exact(image, most)
    return (_values(kernels)[..., table] * image[..., sources]).sum(-1)


@functools.cache
def places():
    """Row, column and number of the value of every entry, row by row."""
    rows, columns, numbers = [], [], []
    for value, *box in BOXES:
        row = column = np.zeros(1, dtype=np.int64)
        for (i, j, down, right, length), height, width in zip(box, ROWS, COLUMNS):
            step = np.arange(length)
            row = (row[:, None] * height + i + down * step).ravel()
            column = (column[:, None] * width + j + right * step).ravel()
        rows.append(row)
        columns.append(column)
        numbers.append(np.full(len(row), value))
    rows, columns, numbers = map(np.concatenate, (rows, columns, numbers))
    order = np.lexsort((columns, rows))
    return rows[order], columns[order], numbers[order]


def _values(kernels):
    kernels = _array(kernels)
    batch = tuple(kernels.shape)[: len(kernels.shape) - len(KERNEL)]
    if tuple(kernels.shape) != (*batch, *KERNEL):
        raise ValueError(f"kernels of shape {{tuple(kernels.shape)}} do not end in {{KERNEL}}")
    kernels = _exact(kernels, _bound(_largest(kernels)))
    xp = _namespace(kernels)
    flat = kernels.reshape((-1, int(np.prod(KERNEL))))
    (
{names},
    ) = xp.stack([flat[:, i] for i in range(flat.shape[1])])
    zero = xp.zeros_like(k0)
{products}    values = [
{values}        zero,
    ]
    return xp.moveaxis(xp.stack(values), 0, -1).reshape((*batch, len(values)))


def _array(values):
    return values if hasattr(values, "shape") else np.asarray(values)


def _namespace(array):
    if hasattr(array, "__array_namespace__"):
        return array.__array_namespace__()
    return sys.modules[type(array).__module__.partition(".")[0]]


def _is_integer(array):
    return "int" in str(array.dtype)


def _largest(array):
    if not _is_integer(array) or 0 in array.shape:
        return 0
    return max(int(array.max()), -int(array.min()))


def _bound(largest):
    return sum(total * largest**degree for degree, total in (GROWTH or {{}}).items())


def _exact(array, bound):
    if not _is_integer(array):
        return array
    if GROWTH is None:
        return array * 1.0
    if isinstance(array, np.ndarray):
        return array.astype(object if bound > 2**63 - 1 else np.int64)
    if bound > _namespace(array).iinfo(array.dtype).max or "uint" in str(array.dtype):
        raise OverflowError(f"integers that {{array.dtype}} may not hold: use floats, or NumPy")
    return array
'''
