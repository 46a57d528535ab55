r"""Sums of Kronecker products in LaTeX, put together from what their matrices are said to be.

Read are sums over taps, products, transposes and Kronecker products of

- matrices of zeros, ones and other numbers that are given by cases, such as ``(S_{t})_{o,i}``;
- matrices between channels that are written out, K_t;
- identities I_n, and kernels as letters with an index or as arrays written out.

From the expression is taken the shape of a kernel on three axes, which its array does not tell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

from .displays import Line, lines
from .meaning import Dense, Index, Meaning, equal
from .read_closed import array_numbers, case_list
from .tex import Tree, UnreadError, WrongError, environment, expression, split, tokens
from .truth import Matrix, NoOperatorError, padded_line

MOST_TERMS = 500
SHOWS = "text: shows at position "


def kron(latex: str, meaning: Meaning, matrix: Matrix, shapes: Sequence[tuple[int, ...]]) -> str:
    """How a sum of Kronecker products is not the true matrix; empty where it is.

    Args:
        latex: what is printed.
        meaning: values of letters and sizes.
        matrix: the true matrix.
        shapes: the sizes of the kernels of the expression, all on as many axes as it has.
    """
    (_, (relation, *body)), *others = lines(tokens(latex))
    if relation != "=":
        raise UnreadError(f"a matrix {relation}")
    # What a matrix is a sum of may be said before what that is.
    for line in sorted(others, key=lambda line: not _is_by_cases(line)):
        _define(meaning, line, shapes)
    _kernel_letters(meaning, shapes)
    tree = expression(body)
    if _terms(tree) > MOST_TERMS:
        raise UnreadError("many terms")
    found = meaning.entry(tree)
    true = dense(matrix)
    return "" if equal(found, true) else "another matrix"


def _is_by_cases(line: Line) -> bool:
    return any(token.startswith("text:of size") for token in line[1])


def dense(matrix: Matrix) -> Dense:
    width = prod(matrix.cols)
    return [[row.get(j, 0) for j in range(width)] for row in matrix.entries]


def _terms(tree: Tree) -> int:
    """How many products the sums make."""
    kind, *rest = tree
    if kind == "range":
        names, first, last, body = rest
        if first[0] != "number" or last[0] != "number":
            raise UnreadError("a range without numbers")
        return int(last[1] - first[1] + 1) ** len(names) * _terms(body)
    if kind == "sum":
        return sum(map(_terms, rest[0]))
    if kind in ("product", "kron"):
        return max(map(_terms, rest[0]))
    return 1


def _define(meaning: Meaning, line: Line, shapes: Sequence[tuple[int, ...]]) -> None:
    left, (relation, *right) = line
    if relation != "=":
        raise UnreadError(f"a definition by {relation}")
    if _is_by_cases(line):
        _define_by_cases(meaning, left, right)
        return
    tree = expression(left)
    if tree[0] != "name":
        raise WrongError(f"a definition of {''.join(left)}, which is no name")
    text, base, indices = tree[1:]
    if indices:
        if text in meaning.matrices:
            raise WrongError(f"{text} is defined twice")
        found = meaning.entry(expression(right))
        meaning.matrices[text] = found if isinstance(found, list) else [[found]]
        meaning.functions[base] = _listed(base)
    else:
        meaning.functions[base] = _kernel_array(array_numbers(meaning, right), right, shapes)


def _listed(base: str) -> Callable[..., Any]:
    """K_t by the name that was written out; the other ones are nothing."""

    def function(meaning: Meaning, values: list[Index]) -> Any:
        text = f"{base}_{{{','.join(str(v) for v in values)}}}"
        if text not in meaning.matrices:
            raise WrongError(f"{text}, which nothing defines")
        return meaning.matrices[text]

    return function


def _kernel_array(
    numbers: list[int], right: Sequence[str], shapes: Sequence[tuple[int, ...]]
) -> Callable[..., int]:
    rows = right.count(r"\\") + 1
    axes = {len(shape) for shape in shapes}
    if axes == {1}:
        fitting = {(len(numbers),)}
    elif axes == {2}:
        fitting = {(rows, len(numbers) // rows)}
    else:
        fitting = {shape for shape in shapes if prod(shape) == len(numbers)}
    if len(fitting) != 1:
        raise UnreadError(f"an array of {len(numbers)} numbers")
    (shape,) = fitting
    table = dict(zip(product(*map(range, shape)), numbers, strict=True))

    def function(meaning: Meaning, values: list[Index]) -> int:
        return table[tuple(int(v) for v in values)]  # type: ignore[arg-type]

    return function


def _kernel_letters(meaning: Meaning, shapes: Sequence[tuple[int, ...]]) -> None:
    r"""k_{t} for letters k_{0}, k_{1}, …; I_{n} for the identity."""
    for base in {text.partition("_")[0] for text in meaning.letters if "_" in text}:
        meaning.functions.setdefault(base, _indexed(base, meaning.letters))
    meaning.functions.setdefault("I", identity)


def _indexed(base: str, letters: Mapping[str, int]) -> Callable[..., int]:
    def function(meaning: Meaning, values: list[Index]) -> int:
        text = f"{base}_{{{','.join(str(v) for v in values)}}}"
        if text not in letters:
            raise WrongError(f"{text}, which nothing defines")
        return letters[text]

    return function


def identity(meaning: Meaning, values: list[Index]) -> Dense:
    (n,) = values
    return [[int(i == j) for j in range(int(n))] for i in range(int(n))]  # type: ignore[arg-type]


# --- matrices by cases -------------------------------------------------------------------------


def _define_by_cases(meaning: Meaning, left: list[str], right: list[str]) -> None:
    at = len(left) - 1 - left[::-1].index("_")
    row, col = ("".join(part) for part in split(left[at + 2 : -1], ","))
    head = left[:at]
    if head[0] == "(" and head[-1] == ")":
        head = head[1:-1]
    tree = expression(head)
    if tree[0] != "name":
        raise WrongError(f"a definition of {''.join(head)}, which is no name")
    text, base, indices = tree[1:]
    body, size = right[: right.index(r"\qquad")], right[right.index(r"\qquad") + 2 :]
    times = size.index(r"\times")
    shape = tuple(int(meaning.read_index(part)) for part in (size[:times], size[times + 1 :]))  # type: ignore[arg-type]
    if environment(body) is None:
        raise UnreadError("a matrix without cases")
    if all("".join(part).lstrip("-").isdigit() for part in indices):
        meaning.matrices[text] = _by_cases(meaning, body, shape, (row, col))
        return
    if base in meaning.functions:
        raise WrongError(f"{''.join(head)} is defined twice")
    names = ["".join(part).strip("{}") for part in indices]
    known: dict[tuple[Index, ...], Dense] = {}

    def function(_: Meaning, values: list[Index]) -> Dense:
        key = tuple(values)
        if key not in known:
            inner = meaning.with_indices(dict(zip(names, values, strict=True)))
            known[key] = _by_cases(inner, body, shape, (row, col))
        return known[key]

    meaning.functions[base] = function


def _by_cases(
    meaning: Meaning, body: list[str], shape: tuple[int, ...], names: tuple[str, str]
) -> Dense:
    cases = [
        (0 if word == "text:otherwise" else meaning.read_entry(expr), condition)
        for expr, word, condition in case_list(body)
        if word != "text:otherwise"
    ]
    found = [[0] * shape[1] for _ in range(shape[0])]
    for o, i in product(*map(range, shape)):
        inner = meaning.with_indices(dict(zip(names, map(Fraction, (o, i)), strict=True)))
        held = [x for x, condition in cases if _meets(inner, condition, shape[1], o, i)]
        if len(set(held)) > 1:
            raise WrongError(f"{len(held)} cases hold at {(o, i)}")
        found[o][i] = held[0] if held else 0
    return found


def _meets(meaning: Meaning, condition: list[str], width: int, o: int, i: int) -> bool:
    if SHOWS in condition:
        return _shows(meaning, condition, width)
    parameter = _parameter(meaning, condition)
    if not parameter:
        return meaning.holds(condition)
    reach = range(max(o, i) + 1)
    return any(meaning.with_indices({parameter: Fraction(x)}).holds(condition) for x in reach)


def _parameter(meaning: Meaning, condition: list[str]) -> str:
    r"""The letter of a progression: the one between bounds that is no index yet."""
    for at, token in enumerate(condition[:-1]):
        if token == r"\leq" and condition[at + 2 : at + 3] == [r"\leq"]:
            name = condition[at + 1]
            if name not in meaning.indices:
                return name
    return ""


def _shows(meaning: Meaning, condition: list[str], width: int) -> bool:
    """Whether a pixel is what stands at a position of the padded line."""
    at = condition.index(SHOWS)
    pixel = meaning.read_index(condition[:at])
    *place, mode = condition[at + 1 :]
    q = int(meaning.read_index(place))  # type: ignore[arg-type]
    name, _, stuffed = mode.removeprefix("text: (").removesuffix(")").partition(" padding")
    step = int(stuffed.split()[1]) + 1 if stuffed else 1
    length = step * (width - 1) + 1
    low, high = max(-q, 0), max(q - length + 1, 0)
    try:
        line = padded_line(width, low, high, name, step)
    except NoOperatorError as problem:
        raise WrongError(f"position {q}: {problem}") from None
    return line[q + low] == pixel
