"""Operators as functions of whole batches of kernels, in NumPy, PyTorch, JAX or their like."""

from __future__ import annotations

import linecache
import os
from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal

from symconv._arrays import Array, np
from symconv.arguments import parse_choice
from symconv.files import write_whole
from symconv.numeric.evaluation import point_of
from symconv.numeric.named_values import Values
from symconv.numeric.numbers import settled
from symconv.numeric.source import source_of
from symconv.operators.operator import Operator, parse_operator

if TYPE_CHECKING:
    from symconv.operators.closed_form import ClosedForm

GIVES = ("matrix", "entries", "cells", "action")


def to_function(
    operator: Operator, gives: Literal["matrix", "entries", "cells", "action"] = "matrix"
) -> Callable[..., Any]:
    """A function from kernels, whole batches of them, to the operator's numbers.

    It runs in the library of the array that it is given: NumPy, PyTorch (with gradients), JAX (also
    under ``jit`` and ``vmap``), or any other with the array API. Its source is readable; it is what
    :func:`symconv.to_source` gives, and ``inspect.getsource`` finds it.

    Args:
        operator: any operator of a concrete size with symbols in its entries. The function takes an
            array (*batch, *K.shape) where the symbols are the different entries of one kernel K,
            and otherwise (*batch, symbols), the symbols in order of name.
        gives: "matrix" (*batch, rows, columns), "entries" (*batch, entries) row by row, "cells"
            (*batch, values) the different values of the closed form alone, or "action": a function
            of kernels and of images (*batch, columns), flattened channels first, that gives
            (*batch, rows).

    Floats keep their type. Integers are exact: NumPy's become Python's integers in an array of
    objects where 64 bits might be too small, and other libraries' raise an OverflowError there.
    Fractions among the coefficients make floats.

    Raises:
        BudgetError: the source would have more than twenty thousand terms or boxes.
        KernelError: there is no symbol, or a function that the source cannot have.
        ShapeError: the size is symbolic.

    >>> import symconv as sc
    >>> C = sc.conv(sc.Kernel.symbolic("k", 2), 3)
    >>> to_function(C @ C.T)([[1, 2], [10, 20]]).tolist()
    [[[5, 2], [2, 5]], [[500, 200], [200, 500]]]
    """
    name = parse_choice("gives", gives, GIVES)
    source = to_source(operator)
    file = f"<symconv {sha256(source.encode()).hexdigest()[:16]}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    module: dict[str, Any] = {"__name__": "symconv_function"}
    exec(compile(source, file, "exec"), module)
    function: Callable[..., Any] = module[name]
    return function


def to_source(operator: Operator, path: str | os.PathLike[str] | None = None) -> str:
    """The Python source of :func:`symconv.to_function`, which needs NumPy alone.

    Its functions ``matrix``, ``entries``, ``cells``, ``action`` and ``places`` can be imported
    without symconv. No name or text in it comes from the operator's symbols.

    Args:
        operator: as in :func:`to_function`.
        path: a file that is written too, whole or not at all.

    Raises:
        BudgetError, KernelError, ShapeError: as :func:`to_function`.
        SymconvError: the file cannot be written.

    >>> import symconv as sc
    >>> C = sc.conv(sc.Kernel.symbolic("k", 2), 3)
    >>> print(*to_source(C @ C.T).partition("    p0 =")[2].splitlines()[:6], sep="\\n")
     k0*k0
        p1 = k1*k1
        p2 = k0*k1
        values = [
            p0 + p1,
            p2,
    """
    source = source_of(parse_operator(operator))
    if path is not None:
        write_whole(path, source)
    return source


def cell_values(form: ClosedForm, values: Values | None) -> Array:
    """The value of every cell, (*batch, cells); see :meth:`ClosedForm.values`."""
    operator = form.operator
    numbers = settled(operator.numeric.cells.at(point_of(operator, values, batch=True)))
    order = operator.numeric.cells_by_line
    return np.moveaxis(numbers[order], 0, -1)
