"""Formulas with everything symbolic: sizes, entries and Gram entries on one axis."""

from __future__ import annotations

from typing import Any, Literal

import sympy as sp

from symconv.algebra.sizes import Horizon
from symconv.errors import GeometryError

Number = Any  # an int or a SymPy expression


def output_size(
    n: Number, k: Number, s: Number = 1, p: Number | tuple[Number, Number] = 0, d: Number = 1
) -> sp.Expr:
    """Pixels after a convolution: floor((n + padding - d*(k - 1) - 1)/s) + 1.

    Args:
        n, k, s, p, d: pixels, taps, stride, padding on each side or (low, high), and dilation, as
            numbers or expressions. Symbols declared integer make the floor fall away where it can.

    Raises:
        GeometryError: the size is a number below one.

    Source: Dumoulin & Visin, arXiv:1603.07285, relationships 1 to 6 and 15.

    >>> m, k = sp.symbols("m k", integer=True)
    >>> output_size(2 * m + k, k, s=2)
    m + 1
    """
    n, k, s, low, high, d = _exprs(n, k, s, *_sides(p), d)
    steps = sp.floor(sp.expand((n + low + high - d * (k - 1) - 1) / s))
    return _pixels(steps.replace(sp.floor, lambda fraction: sp.floor(sp.together(fraction))) + 1)


def transposed_output_size(
    n: Number,
    k: Number,
    s: Number = 1,
    p: Number | tuple[Number, Number] = 0,
    d: Number = 1,
    a: Number = 0,
) -> sp.Expr:
    """Pixels after a transposed convolution: s*(n - 1) + d*(k - 1) + 1 - padding + a.

    Args:
        n, k, s, p, d: as in :func:`output_size`, of the associated convolution; n is what the
            transposed convolution takes.
        a: output padding.

    Raises:
        GeometryError: the size is a number below one.

    Source: Dumoulin & Visin, arXiv:1603.07285, relationships 8 to 14.

    >>> n, k = sp.symbols("n k")
    >>> transposed_output_size(n, k)
    k + n - 1
    """
    n, k, s, low, high, d, a = _exprs(n, k, s, *_sides(p), d, a)
    return _pixels(sp.expand(s * (n - 1) + d * (k - 1) + 1 - low - high + a))


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
    row, col, n, k, s, low, high, d = _exprs(row, col, n, k, s, *_sides(p), d)
    if side == "rows":
        return _row_gram(w, row, col, n, k, s, low, d)
    if side == "columns":
        m = output_size(n, k, s, (low, high), d)
        return _column_gram(w, row, col, m, k, s, low, d)
    raise GeometryError(f'side {side!r} is neither "rows" (C C^T) nor "columns" (C^T C)')


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


def _pixels(size: sp.Expr) -> sp.Expr:
    if size.is_Integer:
        Horizon().require_pixels(int(size))
    return size


def _sum(term: sp.Expr, index: sp.Symbol, lower: Any, upper: Any, condition: Any) -> sp.Expr:
    # SymPy follows Karr: a sum whose upper limit lies below the lower one is not zero but negative.
    nonempty = sp.And(sp.Le(lower, upper), condition)
    return sp.Piecewise((sp.Sum(term, (index, lower, upper)), nonempty), (0, True))


def _divides(d: sp.Expr, number: sp.Expr) -> Any:
    return sp.true if d == 1 else sp.Eq(sp.Mod(number, d), 0)


def _tap(w: Any, tap: sp.Expr) -> sp.Expr:
    return w[sp.expand(tap)] if isinstance(w, sp.IndexedBase) else w(sp.expand(tap))


def _sides(p: Any) -> tuple[Any, Any]:
    return p if isinstance(p, tuple) else (p, p)


def _exprs(*numbers: Any) -> list[sp.Expr]:
    return [sp.sympify(number, strict=True) for number in numbers]
