"""What the symbols of an operator stand for, from mappings and from arrays of weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import prod
from typing import Any

import sympy as sp

from symconv._arrays import Array, ArrayLike, np
from symconv.algebra.symbols import recognised
from symconv.arguments import shown
from symconv.errors import KernelError
from symconv.numeric.layouts import fitting_layouts, own_shapes, weight_places, weight_shapes
from symconv.operators.exact_input import nested_lists, parse_value
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator, parse_operator
from symconv.operators.provenance import kernels_of

Values = Mapping[sp.Symbol, Any] | ArrayLike

BATCH = "to_numpy takes a batch of kernels where it is asked for by batch=True"


def named_values(
    operator: Operator, values: Values | None, batch: bool = False, layout: str | None = None
) -> dict[sp.Symbol, Any]:
    """What each symbol of the operator stands for, from any form of ``values``.

    Raises:
        KernelError: a symbol has no value, or an array is not shaped like the one kernel.
    """
    parse_operator(operator)
    if isinstance(values, Mapping) or values is None:
        if layout is not None:
            raise KernelError(f"layout={shown(layout)} names the axes of an array of values")
        named: Mapping[sp.Symbol, Any] = recognised(values or {}, operator.names)
    else:
        named = _name_entries(operator, as_array(values), batch, layout)
    symbols = sorted(operator.entry_symbols, key=lambda symbol: symbol.name)
    missing = [str(symbol) for symbol in symbols if symbol not in named]
    if missing:
        some = ", ".join(missing[:5]) + (", …" if len(missing) > 5 else "")
        raise KernelError(
            f"no value for {some}: pass an array shaped like the kernel, or a mapping"
        )
    return {symbol: named[symbol] for symbol in symbols}


def exact_values(operator: Operator, values: Values | None) -> dict[sp.Symbol, sp.Expr]:
    """What each symbol stands for as an exact number; floats and batches are refused."""
    return {s: _one_exact(v, s) for s, v in named_values(operator, values).items()}


def _one_exact(value: Any, symbol: sp.Symbol) -> sp.Expr:
    if getattr(value, "ndim", 0):
        raise KernelError(f"a batch {shown(value)} for {symbol}: one kernel at a time")
    if hasattr(value, "ndim"):
        value = value.item()
    return parse_value(value, symbol)


def _name_entries(
    operator: Operator, array: Array, batch: bool, layout: str | None
) -> dict[sp.Symbol, Any]:
    """Symbol to number, from an array of one kernel's weights, or a batch of those."""
    kernels = list(dict.fromkeys(k for k in kernels_of(operator) if k.free_symbols))
    if len(kernels) != 1:
        raise KernelError(
            f"an array of values names the entries of one kernel, and there are {len(kernels)}: "
            "pass a mapping from symbols to numbers"
        )
    kernel = kernels[0]
    layer = operator.provenance.layer
    columns = _columns(array, kernel, batch, layout, layer is not None and layer.transposed)
    named: dict[sp.Symbol, Any] = {}
    for i, entry in enumerate(kernel.entries):
        if not entry.is_Symbol:
            raise KernelError(f"the kernel's entry {entry} is no symbol: pass a mapping of values")
        if entry in named and not np.array_equal(named[entry], columns[..., i]):
            raise KernelError(f"the symbol {entry} stands at several taps with different values")
        named[entry] = columns[..., i]
    return named


def _columns(
    array: Array, kernel: Kernel, batch: bool, layout: str | None, transposed: bool
) -> Array:
    """The values of each entry: (entries,), or (*batch, entries)."""
    if layout is None:
        shapes, order = own_shapes(kernel)[: 1 if batch else None], None
    else:
        shapes = weight_shapes(kernel, layout, transposed)
        order = np.argsort(weight_places(kernel, layout, transposed), axis=None)
    for shape in shapes:
        if array.shape == shape or (batch and array.shape[-len(shape) :] == shape):
            flat = array.reshape(*array.shape[: array.ndim - len(shape)], prod(shape))
            return flat if order is None else flat[..., order]
    raise KernelError(_misshapen(array, kernel, shapes, batch, layout, transposed))


def _misshapen(
    array: Array, kernel: Kernel, shapes: Sequence[tuple[int, ...]], batch: bool,
    layout: str | None, transposed: bool,
) -> str:  # fmt: skip
    of = "this kernel" if layout is None else f"this kernel in the layout of {layout}"
    wanted = " or ".join(map(str, shapes))
    if batch and layout is None:
        return f"values of shape {array.shape}: a batch ends in the kernel's {wanted}"
    if batch:
        return f"values of shape {array.shape}: a batch ends in {wanted}, the shape of {of}"
    text = f"values of shape {array.shape}: those of {of} have the shape {wanted}"
    others = fitting_layouts(kernel, array.shape, transposed)
    if others and layout not in others:
        text += f"; as the weight of {others[0]} it is read by layout={others[0]!r}"
    return f"{text}; {BATCH}"


def as_array(value: Any) -> Array:
    """As NumPy has it, but integers beyond int64 stay exact instead of turning into floats."""
    value = _listed(value)
    asarray = np.asarray  # that NumPy is missing is no fault of the values
    try:
        array = asarray(value)
    except Exception:  # NumPy's, or what is a value's
        raise KernelError(f"the values {shown(value)} are ragged: they form no array") from None
    if array.dtype.kind == "V":  # the small floating-point types of other libraries
        array = array.astype(float)
    if array.dtype.kind in "fu" and not isinstance(value, np.ndarray):
        exact = np.asarray(value, dtype=object)
        if all(isinstance(v, int) for v in exact.ravel().tolist()):
            return exact
    if array.dtype == object:
        kinds = set(map(type, array.ravel().tolist()))
        if kinds & {float, complex} and kinds <= {int, Fraction, float, complex}:
            return array.astype(complex if complex in kinds else float)
    return array


def _listed(value: Any) -> Any:
    """Arrays of other libraries as lists: NumPy reads no bfloat16, and none with a gradient."""
    is_array = isinstance(value, np.ndarray | np.generic | type)
    return value if is_array else nested_lists(value, "values")
