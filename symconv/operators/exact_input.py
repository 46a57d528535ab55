"""The gate: what users give for a number or an expression, exact, and text never evaluated.

SymPy evaluates text as Python where it hides in lists, tuples, dictionaries and sets, in arguments
of its functions and of its operators, == among them. What comes from a user passes here first.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from fractions import Fraction
from math import isfinite, prod
from typing import Any

import sympy as sp

from symconv.arguments import integer_of, is_list, on_one_line, shown
from symconv.errors import KernelError, ParseError, SymconvError
from symconv.work_limits import check

LONGEST_NUMBER = 1000
MOST_ENTRIES = 10**6
# NumPy's arrays have 64 axes at most.
DEEPEST = 64
# As names they would be taken for what they are in other programs.
NO_NAMES = ("nan", "inf", "infinity", "oo", "zoo")


def parse_entry(text: str) -> sp.Expr:
    """An exact number or a name from text, without evaluating anything.

    >>> parse_entry("0.1"), parse_entry("-2/3"), parse_entry("sigma")
    (1/10, -2/3, sigma)
    """
    text = text.strip()
    if text.lstrip("+-").lower() in NO_NAMES:
        raise ParseError(f"{text!r} is no finite number, and no name of a symbol")
    if text.isidentifier():
        return sp.Symbol(text, real=True)
    exponent = text.lower().partition("e")[2]
    if len(text) > LONGEST_NUMBER or len(exponent.lstrip("+-0")) > 3:
        raise ParseError(f"{text[:40]!r}… is too long a number")
    try:
        number = Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise ParseError(
            f"{text!r} is no integer, no fraction such as 2/3, no decimal and no name"
        ) from None
    return sp.Rational(number.numerator, number.denominator)


def parse_exact(value: object, what: str = "kernel entry") -> sp.Expr:
    """One exact entry as a SymPy expression; floats and non-finite values are refused."""
    return parse_entry(value) if isinstance(value, str) else parse_expression(value, what)


def parse_expression(value: object, what: str) -> sp.Expr:
    """An exact number or a SymPy expression, and no text.

    >>> parse_expression(Fraction(1, 2), "scale")
    1/2
    """
    if isinstance(value, Fraction):
        return sp.Rational(value.numerator, value.denominator)
    if isinstance(value, bool):
        raise KernelError(f"{what} {value!r} is a boolean, not a number")
    if not isinstance(value, sp.Basic):
        value = _from_number(value, what)
    is_function = isinstance(value, sp.Lambda)
    if not isinstance(value, sp.Expr) or is_function or not value.is_commutative:
        raise KernelError(f"{what} {shown(value)} is not a commutative SymPy expression")
    atoms = value.atoms()
    if atoms & {sp.oo, sp.zoo, sp.nan, -sp.oo}:
        raise KernelError(f"{what} {shown(value)} is not finite")
    floats = [atom for atom in atoms if isinstance(atom, sp.Float)]
    if floats:
        raise KernelError(_float_advice(what, min(floats, key=str)))
    return value


def parse_array(array: Any, what: str = "kernel entry") -> tuple[list[sp.Expr], tuple[int, ...]]:
    """The exact entries of nested sequences, a SymPy or a NumPy array, flat, and its shape."""
    return _parsed(_read(array, what, _as_lists), what)


def _parsed(array: Any, what: str) -> tuple[list[sp.Expr], tuple[int, ...]]:
    if not isinstance(array, list):
        return [parse_exact(array, what)], ()
    rows = [_parsed(item, what) for item in array]
    shapes = {shape for _, shape in rows}
    if len(shapes) > 1:
        raise KernelError(f"a ragged array: its parts have the shapes {sorted(shapes)}")
    entries = [entry for row, _ in rows for entry in row]
    return entries, (len(rows), *(shapes.pop() if shapes else ()))


def parse_weight(weight: Any, what: str = "kernel entry") -> tuple[list[sp.Expr], tuple[int, ...]]:
    """As :func:`parse_array`, but an array of floating-point numbers holds the fractions it holds.

    Of NumPy, PyTorch, JAX, Keras and TensorFlow, whatever its precision and whether it requires a
    gradient. A float in a list is most often a decimal that was rounded, and is refused.

    >>> import numpy as np
    >>> parse_weight(np.array([0.5, 3, 0.1], dtype=np.float16))
    ([1/2, 3, 819/8192], (3,))
    """
    return _parsed(_read(weight, what, _with_fractions), what)


def _with_fractions(array: Any, what: str) -> Any:
    array = in_memory(array)
    if _is_numeric_array(array):
        return _fractions(_listed(array, what))
    return _as_lists(array, what)


def _as_lists(array: Any, what: str) -> Any:
    if isinstance(array, type) or not hasattr(array, "tolist"):
        if hasattr(array, "__getitem__") and not isinstance(array, str | type):
            raise KernelError(f"the {what} {shown(array)} is no list of numbers")
        return array
    return _listed(array, what) if isinstance(getattr(array, "shape", 0), tuple) else array.tolist()


def nested_lists(array: Any, what: str) -> Any:
    """Nested lists of single values, of sequences and of arrays of any library.

    >>> nested_lists((1, (2, 3)), "image")
    [1, [2, 3]]
    """
    return _read(array, what, lambda found, _: _as_lists(in_memory(found), what))


def _read(array: Any, what: str, as_lists: Callable[[Any, str], Any]) -> Any:
    """Nested lists of single values; of what cannot be read so, the reason."""
    read = 0

    def lists(nested: Any, depth: int) -> Any:
        nonlocal read
        if depth > DEEPEST:
            raise KernelError(f"the {what} is nested more than {DEEPEST} times")
        if not is_list(nested):
            found = as_lists(nested, what)
            return (
                lists(found, depth) if is_list(found) and not _is_numeric_array(nested) else found
            )
        read += len(nested)
        check(
            "entries", read, f"{read} entries of a {what}", "take a smaller one", 2 * MOST_ENTRIES
        )
        return [lists(item, depth + 1) for item in nested]

    try:
        return lists(array, 0)
    except SymconvError:
        raise
    except Exception as error:  # of any library, or of the values
        raise KernelError(f"the {what} is an array without numbers: {on_one_line(error)}") from None


def in_memory(array: Any) -> Any:
    """Keras's variables and TensorFlow's tensors as arrays that list their numbers."""
    if isinstance(array, type):
        return array
    if not hasattr(array, "tolist") and not callable(getattr(array, "value", callable)):
        array = array.value
    return array.numpy() if hasattr(array, "numpy") and not hasattr(array, "tolist") else array


def _is_numeric_array(array: Any) -> bool:
    """An array of a library; not one number alone, nor objects of Python's: those were typed."""
    shape, dtype = (getattr(array, name, None) for name in ("shape", "dtype"))
    return isinstance(shape, tuple) and shape != () and str(dtype) not in ("None", "object")


def _listed(array: Any, what: str) -> Any:
    count = prod(array.shape)
    check("entries", count, f"{count} entries of a {what}", "take a smaller one", MOST_ENTRIES)
    return array.tolist()


def _fractions(nested: Any) -> Any:
    if isinstance(nested, list):
        return [_fractions(item) for item in nested]
    if isinstance(nested, int) or not hasattr(nested, "as_integer_ratio") or not _finite(nested):
        return nested
    return Fraction(*nested.as_integer_ratio())


def _finite(number: Any) -> bool:
    return bool(number - number == 0)


def parse_substitution(*args: Any) -> dict[sp.Expr, sp.Expr]:
    """The pairs of a substitution: ``old, new`` or one mapping or list of pairs; never text.

    >>> parse_substitution(sp.Symbol("a"), 2)
    {a: 2}
    """
    if len(args) not in (1, 2):
        raise KernelError(f"subs() takes old and new, or one mapping, not {len(args)} arguments")
    try:
        pairs = [args] if len(args) == 2 else list(dict(_pairs(args[0])).items())
    except Exception:  # of any library, or of the values
        raise KernelError(
            f"subs() takes old and new, or one mapping or list of pairs, not {shown(args[0])}"
        ) from None
    for value in (value for pair in pairs for value in pair):
        if isinstance(value, str):
            raise KernelError(f"subs() takes symbols and numbers, not the text {value!r}")
    return {
        parse_expression(old, "what subs() replaces"): parse_expression(new, "what subs() puts in")
        for old, new in pairs
    }


def _pairs(given: Any) -> Any:
    """A mapping, or a list of pairs; Python would ask for ever for one more of what has no end."""
    if isinstance(given, Mapping):
        return given
    if not isinstance(given, Collection) or len(given) > MOST_ENTRIES:
        raise TypeError
    if not all(is_list(pair) and len(pair) == 2 for pair in given):
        raise TypeError
    return given


def parse_values(values: Mapping[Any, Any] | None) -> dict[Any, sp.Expr]:
    """Symbols to exact numbers, from a mapping; text stands for a number alone.

    >>> parse_values({sp.Symbol("a"): "1/2"})
    {a: 1/2}
    """
    if values is not None and not isinstance(values, Mapping):
        raise KernelError(f"values are a mapping from symbols to numbers, not {shown(values)}")
    try:
        pairs = [] if values is None else list(values.items())
    except Exception as error:  # what a foreign mapping raises
        raise KernelError(f"{shown(values)} cannot be read: {on_one_line(error)}") from None
    return {symbol: parse_value(value, symbol) for symbol, value in pairs}


def parse_value(value: object, symbol: object) -> sp.Expr:
    """What a symbol stands for; no name, which would stand for anything."""
    exact = parse_exact(value, f"value of {shown(symbol)}")
    if isinstance(value, str) and not exact.is_Number:
        raise KernelError(f"the value {value!r} of {shown(symbol)} is no number")
    return exact


def parse_variable(symbol: object) -> sp.Expr:
    """What SymPy differentiates by."""
    if not isinstance(symbol, sp.Expr) or not symbol._diff_wrt:
        raise KernelError(f"diff() takes a symbol of the entries, not {shown(symbol)}")
    return symbol


def _from_number(value: object, what: str) -> sp.Expr:
    integer = integer_of(value)
    if integer is not None:
        return sp.Integer(integer)
    try:
        number = float(value.__float__())  # type: ignore[attr-defined]
    except Exception:  # of any library, or of the value
        raise KernelError(
            f"{what} {shown(value)} is not a number, a SymPy expression or text"
        ) from None
    if not isfinite(number):
        raise KernelError(f"{what} {value!r} is not finite")
    raise KernelError(_float_advice(what, number))


def _float_advice(what: str, number: object) -> str:
    exact = Fraction(str(number))
    simple = exact.limit_denominator(10**6)
    text = str(number)
    if simple != exact and float(simple) == float(exact):
        exact, text = simple, str(simple)
    return (
        f"{what} {number} is a float and results are exact: write "
        f'sympy.Rational({exact.numerator}, {exact.denominator}) or the text "{text}"'
    )
