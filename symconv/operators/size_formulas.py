"""Formulas with everything symbolic: sizes, entries and Gram entries on one axis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import sympy as sp

from symconv.algebra.inequalities import integer_symbol
from symconv.algebra.sizes import LONGEST, Horizon
from symconv.algebra.symbols import by_name
from symconv.arguments import is_list, parse_choice, shown
from symconv.errors import GeometryError
from symconv.operators.exact_input import parse_expression
from symconv.operators.padding import parse_paddings, per_axis

Number = Any  # an int or a SymPy expression


def output_size(
    n: Number | Sequence[Number],
    k: Number | Sequence[Number],
    s: Any = None,
    p: Any = None,
    d: Any = None,
    *,
    stride: Any = None,
    padding: Any = None,
    dilation: Any = None,
    input_dilation: Any = 1,
) -> Any:
    """Pixels after a convolution: floor((n + padding - d*(k - 1) - 1)/s) + 1.

    Args:
        n: pixels of the image, a number or an expression, or a sequence of them, one an axis.
        k: taps, one number or one an axis.
        stride, padding, dilation, input_dilation: as in :func:`symconv.conv`, of numbers or
            expressions.
        s, p, d: short for stride, padding and dilation; for one n, p may be (low, high).

    Returns:
        An expression, or a tuple where n is a sequence. Symbols stand for integers, so that the
        floor falls away where it can.

    Raises:
        GeometryError: a number is no size, step or padding, or the kernel exceeds the image.

    Source: Dumoulin & Visin, arXiv:1603.07285, relationships 1 to 6 and 15.

    >>> m, k, s = sp.symbols("m k s")
    >>> output_size(2 * m + k, k, s=2), output_size((5, m), 3, stride=(2, s), padding="same")
    (m + 1, (3, ceiling(m/s)))
    """
    axes = _axes(n, k, _one(s, stride, 1), _one(_pair(n, p), padding, 0), _one(d, dilation, 1))
    steps = per_axis(input_dilation, len(axes), "input_dilation")
    sizes = tuple(
        _with_integers(_windows, *axis, _step(u, "input_dilation"))
        for axis, u in zip(axes, steps, strict=True)
    )
    return sizes if is_list(n) else sizes[0]


def transposed_output_size(
    n: Number | Sequence[Number],
    k: Number | Sequence[Number],
    s: Any = None,
    p: Any = None,
    d: Any = None,
    a: Any = None,
    *,
    stride: Any = None,
    padding: Any = None,
    output_padding: Any = None,
    dilation: Any = None,
) -> Any:
    """Pixels after a transposed convolution: s*(n - 1) + d*(k - 1) + 1 - padding + a.

    Args:
        n: pixels of the image that it takes, as in :func:`output_size`.
        k: taps, one number or one an axis.
        stride, padding, output_padding, dilation: as in :func:`symconv.conv_transpose`, of numbers
            or expressions.
        s, p, d, a: short for stride, padding, dilation and output padding.

    Raises:
        GeometryError: a number is no size, step or padding, or no pixel is left.

    Source: Dumoulin & Visin, arXiv:1603.07285, relationships 8 to 14.

    >>> n, k = sp.symbols("n k")
    >>> transposed_output_size(n, k), transposed_output_size((n, 2), 3, stride=2)
    (k + n - 1, (2*n + 1, 5))
    """
    axes = _axes(n, k, _one(s, stride, 1), _one(_pair(n, p), padding, 0), _one(d, dilation, 1))
    further = per_axis(_one(a, output_padding, 0), len(axes), "output_padding")
    sizes = tuple(
        _with_integers(_reached, *axis, _expr(one, "output_padding"))
        for axis, one in zip(axes, further, strict=True)
    )
    return sizes if is_list(n) else sizes[0]


def _one(short: Any, named: Any, default: Any) -> Any:
    if short is not None and named is not None:
        raise GeometryError(f"{short} and {named} are given for one argument: give one of them")
    return next((value for value in (short, named) if value is not None), default)


def _pair(n: Any, p: Any) -> Any:
    """(low, high) as the padding of the only axis."""
    single = not is_list(n) and is_list(p) and len(p) == 2
    return (p,) if single and not any(is_list(side) for side in p) else p


def _axes(n: Any, k: Any, s: Any, p: Any, d: Any) -> list[tuple[Any, ...]]:
    """(pixels, taps, stride, padding, dilation) of every axis."""
    if isinstance(n, str):
        raise GeometryError(f"the size {shown(n)} is text: write a number or a SymPy expression")
    sizes = n if is_list(n) else (n,)
    count = len(sizes)
    named = isinstance(p, str)
    paddings = parse_paddings(p, count) if named else per_axis(p, count, "padding")
    columns = zip(
        [_pixels(_expr(size, "an image size")) for size in sizes],
        [_step(taps, "the kernel size") for taps in per_axis(k, count, "the kernel size")],
        [_step(step, "stride") for step in per_axis(s, count, "stride")],
        paddings if named else map(_sides, paddings),
        [_step(step, "dilation") for step in per_axis(d, count, "dilation")],
        strict=True,
    )
    axes = list(columns)
    by_name(_symbols_of(axes))
    return axes


def _symbols_of(values: Any) -> set[sp.Symbol]:
    """The symbols of expressions in nested sequences; a name of a padding has none."""
    if is_list(values):
        return set().union(*map(_symbols_of, values))
    return values.free_symbols if isinstance(values, sp.Expr) else set()


def _with_integers(size: Callable[..., sp.Expr], *arguments: Any) -> sp.Expr:
    """A formula of its arguments, in which every symbol stands for an integer."""
    symbols = _symbols_of(arguments)
    plain = {symbol: integer_symbol(symbol) for symbol in symbols if symbol.is_integer is None}

    def put(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(put, value))
        return value.xreplace(plain) if isinstance(value, sp.Expr) else value

    back = {dummy: symbol for symbol, dummy in plain.items()}
    return _pixels(size(*map(put, arguments)).xreplace(back))


def _pixels(size: sp.Expr) -> sp.Expr:
    if size.is_Integer:
        Horizon().require_pixels(int(size))
    return size


def _windows(n: Any, k: Any, s: Any, p: Any, d: Any, u: Any) -> sp.Expr:
    extent, stuffed = d * (k - 1) + 1, (n - 1) * u + 1
    if p == "same":
        return sp.ceiling(sp.expand(stuffed / s))
    low, high = _named(p, extent)
    room = sp.expand(stuffed + low + high - extent)
    if room.is_number and room < 0:
        raise GeometryError(
            f"the kernel covers {extent} pixels, more than the {stuffed + low + high} of the "
            "padded input"
        )
    steps = sp.floor(sp.expand(room / s))
    return steps.replace(sp.floor, lambda room: sp.floor(_by_extent(room, d, k))) + 1


def _by_extent(room: sp.Expr, d: sp.Expr, k: sp.Expr) -> sp.Expr:
    """One fraction with d (k - 1) in it, as textbooks have it, where d and k are symbols."""
    above, below = sp.fraction(sp.together(room))
    if not (d.is_Symbol and k.is_Symbol):
        return above / below
    factor = sp.expand(above).coeff(d, 1).coeff(k, 1)
    return (sp.expand(above - factor * d * (k - 1)) + factor * d * (k - 1)) / below


def _reached(n: Any, k: Any, s: Any, p: Any, d: Any, a: Any) -> sp.Expr:
    extent = d * (k - 1) + 1
    if p == "same":
        if a != 0:
            raise GeometryError(f'padding="same" fixes the size; output_padding={a}')
        return sp.expand(s * n)
    low, high = _named(p, extent)
    return s * (n - 1) + extent - low - high + a


def _named(padding: Any, extent: Any) -> tuple[Any, Any]:
    full = (extent - 1, extent - 1)
    sides: tuple[Any, Any] = {"valid": (0, 0), "full": full}.get(padding, padding)
    return sides


def conv_entry(
    w: Any, row: Number, col: Number, k: Number, s: Number = 1, p: Number = 0, d: Number = 1
) -> sp.Expr:
    """The entry of C for output pixel ``row`` and input pixel ``col``, all of it symbolic.

    Args:
        w: an ``IndexedBase`` or a ``Function`` for the taps 0 to k - 1.
        row, col: pixels.
        k, s, p, d: taps, stride, padding before the image, dilation.

    >>> w, i, j, k = sp.IndexedBase("w"), *sp.symbols("i j k")
    >>> conv_entry(w, i, j, k)
    Piecewise((w[-i + j], (i - j <= 0) & (k >= -i + j + 1)), (0, True))
    """
    _check_taps(w)
    row, col, k, s, p, d = _exprs(row, col, k, s, p, d)
    reach = col + p - s * row
    tap = sp.expand(reach / d)
    condition = sp.And(sp.Ge(tap, 0), sp.Le(tap, k - 1), _divides(d, reach), evaluate=False)
    return sp.Piecewise((_tap(w, tap), condition), (0, True))


def gram_entry(
    w: Any,
    row: Number,
    col: Number,
    n: Number,
    k: Number,
    s: Number = 1,
    p: Number | tuple[Number, Number] = 0,
    d: Number = 1,
    side: Literal["rows", "columns"] = "rows",
) -> sp.Expr:
    """An entry of C C^T (side "rows") or C^T C ("columns") as a sum with exact limits.

    Args:
        w: an ``IndexedBase`` or a ``Function`` for the taps 0 to k - 1.
        row, col: output pixels for "rows", input pixels for "columns".
        n, k, s, p, d: pixels of the image, taps, stride, padding on each side or (low, high), and
            dilation, of zero padding.

    Returns:
        A ``Piecewise``; its ``doit()`` with numbers put in is the polynomial.

    >>> w = sp.IndexedBase("w")
    >>> gram_entry(w, 0, 1, n=5, k=3).doit()
    w[0]*w[1] + w[1]*w[2]
    """
    _check_taps(w)
    side = parse_choice("side", side, ("rows", "columns"))
    row, col, n, k, s, low, high, d = _exprs(row, col, n, k, s, *_sides(p), d)
    if side == "rows":
        return _row_gram(w, row, col, n, k, s, low, d)
    m = output_size(n, k, s, (low, high), d)
    return _column_gram(w, row, col, m, k, s, low, d)


def _row_gram(w: Any, i: Any, j: Any, n: Any, k: Any, s: Any, p: Any, d: Any) -> sp.Expr:
    """Sum over the taps t of i that fall on the image; t + s(i - j)/d is the tap of j there."""
    t = sp.Symbol("t", integer=True)
    shift = sp.expand(s * (i - j) / d)
    lower = sp.Max(0, -shift, sp.ceiling((p - s * i) / d))
    upper = sp.Min(k - 1, k - 1 - shift, sp.floor((n - 1 + p - s * i) / d))
    return _sum(_tap(w, t) * _tap(w, t + shift), t, lower, upper, _divides(d, s * (i - j)))


def _column_gram(w: Any, i: Any, j: Any, m: Any, k: Any, s: Any, p: Any, d: Any) -> sp.Expr:
    """Sum over the output pixels o whose windows hold both i and j."""
    o = sp.Symbol("o", integer=True)
    reach = d * (k - 1)
    lower = sp.Max(0, *(sp.ceiling((q + p - reach) / s) for q in (i, j)))
    upper = sp.Min(m - 1, *(sp.floor((q + p) / s) for q in (i, j)))
    term = _tap(w, (i + p - s * o) / d) * _tap(w, (j + p - s * o) / d)
    if d != 1:
        term = sp.Piecewise((term, _divides(d, i + p - s * o)), (0, True))
    return _sum(term, o, lower, upper, _divides(d, i - j))


def _sum(term: sp.Expr, index: sp.Symbol, lower: Any, upper: Any, condition: Any) -> sp.Expr:
    # SymPy follows Karr: a sum whose upper limit lies below the lower one is not zero but negative.
    nonempty = sp.And(sp.Le(lower, upper), condition)
    return sp.Piecewise((sp.Sum(term, (index, lower, upper)), nonempty), (0, True))


def _divides(d: sp.Expr, number: sp.Expr) -> Any:
    return sp.true if d == 1 else sp.Eq(sp.Mod(number, d), 0)


def _tap(w: Any, tap: sp.Expr) -> sp.Expr:
    return w[sp.expand(tap)] if isinstance(w, sp.IndexedBase) else w(sp.expand(tap))


def _check_taps(w: Any) -> None:
    if not isinstance(w, sp.IndexedBase | sp.core.function.FunctionClass | sp.Lambda):
        raise GeometryError(f"the taps {shown(w)} are neither an IndexedBase nor a Function")


def _sides(p: Any) -> tuple[Any, Any]:
    """Padding before and after."""
    if is_list(p) and len(p) != 2:
        raise GeometryError(f"padding {shown(p)} of an axis is neither a number nor (low, high)")
    low, high = p if is_list(p) else (p, p)
    return _expr(low, "padding"), _expr(high, "padding")


def _step(value: Any, what: str) -> sp.Expr:
    """An expression that may be one or more."""
    expr = _expr(value, what)
    if expr.is_number and expr < 1:
        raise GeometryError(f"{what} must be at least 1, not {expr}")
    return expr


def _expr(value: Any, what: str) -> sp.Expr:
    """An expression that may be an integer."""
    if isinstance(value, str):
        raise GeometryError(f"{what} {shown(value)} is text: write a number or a SymPy expression")
    expr = parse_expression(value, what)
    if expr.is_Integer and abs(expr) > LONGEST:
        raise GeometryError(f"{what} is {shown(int(expr))}, more than 2**128")
    if expr.is_integer is False:
        raise GeometryError(f"{what} must be an integer, not {expr}")
    return expr


def _exprs(*numbers: Any) -> list[sp.Expr]:
    return [_expr(number, "a number of pixels or taps") for number in numbers]
