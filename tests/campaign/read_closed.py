r"""Entry formulas in LaTeX: ``A_{i,j} = ...``, what the indices run through and what the names are.

Read are the cases of an entry, the tap that joins two pixels, sums around a ring, and the Toeplitz
part minus the boundary, with one channel and with several. From the expression is taken how many
channels a matrix K_t has, where the lines do not say it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate, product
from math import prod
from random import Random
from typing import Any

from .displays import Line, display, lines, with_names
from .meaning import Index, Meaning, equal, transposed
from .tex import (
    UnreadError,
    WrongError,
    cells,
    environment,
    expression,
    relation_chain,
    split,
    tokens,
)
from .truth import Matrix, flat, places

MOST_PLACES = 400


@dataclass
class Formula:
    """An entry formula at one size."""

    meaning: Meaning
    row: tuple[str, str]  # names of the channel (or "") and of the pixel
    col: tuple[str, str]
    body: list[str]
    problems: list[str] = field(default_factory=list)

    def entry(self, row: tuple[int, ...], col: tuple[int, ...]) -> int:
        indices: dict[str, Index] = {}
        for (channel, pixel), place in ((self.row, row), (self.col, col)):
            if channel:
                indices[channel] = Fraction(place[0])
                axes = place[1:]
            else:
                axes = (
                    place if len(self.meaning.sets[f"range {pixel}"]) == len(place) else place[1:]
                )
            indices[pixel] = tuple(map(Fraction, axes)) if len(axes) > 1 else Fraction(axes[0])
            for n, x in enumerate(axes, 1):
                indices[f"{pixel}_{{{n}}}"] = Fraction(x)
        found = value_of(self.meaning.with_indices(indices), self.body)
        if not isinstance(found, int):
            raise UnreadError("a matrix for an entry")
        return found


def value_of(meaning: Meaning, body: Sequence[str]) -> Any:
    """An expression, or the one of the cases that holds."""
    known = case_list(body)
    if not known:
        return meaning.read_entry(body)
    held = []
    for expr, word, condition in known:
        if word == "text:otherwise":
            held += [] if held else [meaning.read_entry(expr)]
            continue
        inner = _bound(meaning, condition)
        if inner is not None:
            held.append(inner.read_entry(expr))
    if len(held) != 1:
        raise WrongError(f"{len(held)} cases hold")
    return held[0]


Case = tuple[list[str], str, list[str]]


def case_list(body: Sequence[str]) -> list[Case]:
    """(expression, word, condition) of each case; none where there are no cases."""
    return _case_list(tuple(body))


@lru_cache(maxsize=200)
def _case_list(body: tuple[str, ...]) -> list[Case]:
    known = environment(body)
    if known is None or known[0] != "cases":
        return []
    found = []
    for expr, (word, *condition) in cells(body):
        if word != "text:otherwise" and not word.startswith(("text:if", "text:for")):
            raise UnreadError(f"a case {word}")
        found.append((expr, word, condition))
    return found


def _bound(meaning: Meaning, condition: list[str]) -> Meaning | None:
    r"""The meaning where a condition holds; t = … \in T says what t is."""
    parts, relations = relation_chain(condition)
    name = "".join(parts[0])
    if relations == ["=", r"\in"] and name not in meaning.indices:
        found = meaning.read_index(parts[1])
        return meaning.with_indices({name: found}) if meaning.member(found, parts[2]) else None
    return meaning if meaning.holds(condition) else None


def formula(latex: str, meaning: Meaning, channels: tuple[int, int] | None) -> Formula:
    """The formula that is printed.

    Args:
        latex: what is printed.
        meaning: values of letters and sizes.
        channels: (out, in) of the only convolution, if there is one.
    """
    told = display(tokens(latex))
    meaning = with_names(meaning, told.definitions)
    (left, (_, *body)), *others = lines(told.shown)
    row, col = _index_names(left)
    made = Formula(meaning, row, col, body)
    _read_sets(made, others)
    _read_functions(made, others, channels)
    return made


def _index_names(left: list[str]) -> tuple[tuple[str, str], tuple[str, str]]:
    r"""i and j of C_{i,j}, or (o, i) and (c, j) of C_{(o,i),(c,j)}."""
    at = len(left) - 1 - left[::-1].index("_")
    inner = left[at + 2 : -1]
    parts = split(inner, ",")
    names = []
    for part in parts:
        if part[0] == "(":
            channel, pixel = split(part[1:-1], ",")
            names.append(("".join(channel), "".join(pixel)))
        else:
            names.append(("", "".join(part)))
    row, col = names
    return row, col


def _read_sets(made: Formula, others: Sequence[Line]) -> None:
    meaning = made.meaning
    for left, (relation, *right) in others:
        right = [token for token in right if not token.startswith("text:")]
        if relation == r"\in":
            for name in split(left, ","):
                sizes = meaning.sizes(right)
                assert sizes is not None
                meaning.sets[f"range {''.join(name)}"] = sizes
        elif relation == "=" and _is_letter(left) and right and right[0] == r"\{":
            sizes = meaning.sizes(right)
            assert sizes is not None
            meaning.sets["".join(left)] = sizes
        elif relation == "=" and _is_letter(left) and right and right[0] == "(":
            meaning.indices["".join(left)] = meaning.read_index(right)


def _is_letter(left: list[str]) -> bool:
    """Whether a left side is one letter, primes and all."""
    return all(token == "'" for token in left[1:])


def _read_functions(
    made: Formula, others: Sequence[Line], channels: tuple[int, int] | None
) -> None:
    meaning = made.meaning
    listed: dict[str, list[int]] = {}
    explicit: list[tuple[str, list[str], Any]] = []
    mirrored = []
    for left, (relation, *right) in others:
        if relation != "=" or (_is_letter(left) and right[0] in (r"\{", "(")):
            continue
        tree = expression(left)
        if tree[0] != "name":
            raise UnreadError(f"the line {''.join(left)}")
        base, indices = tree[2:]
        if not indices:
            listed[base] = array_numbers(meaning, right)
            channels = _listed_channels(made, array_dimensions(right)) or channels
            continue
        zero = [token for token in right if token.startswith("text:")]
        if right[0] == "0" and zero:
            meaning.sets[f"zero outside {base}"] = meaning.sets["".join(right[-1:])]
        elif "".join(indices[0]).startswith("-"):
            mirrored.append((base, right))
        elif _is_number(indices):
            explicit.append((base, indices, right))
        else:
            names = ["".join(part) for part in indices]
            if right[0] == "(" and channels:
                for name, n in zip(expression(right)[-1], channels, strict=True):
                    meaning.sets.setdefault(f"range {name}", (n,))
            meaning.functions[base] = _function(names, right)
    _kernel(made, listed, channels)
    # Names that no formula says are read where they stand.
    for base, indices, right in explicit:
        if base in meaning.functions:
            _compare(made, base, indices, right)
    for base, right in mirrored:
        if base in meaning.functions:
            _compare_mirrored(made, base, right)


def array_numbers(meaning: Meaning, found: Sequence[str]) -> list[int]:
    """The entries of an array in the order in which they are written."""
    known = environment(found)
    if known is not None:
        rows = cells(found)
        return [x for row in rows for cell in row for x in array_numbers(meaning, cell)]
    if found[0] == "[" and found[-1] == "]":
        return array_numbers(meaning, found[1:-1])
    return [meaning.read_entry(found)]


def array_dimensions(found: Sequence[str]) -> list[int]:
    """Rows and columns of an array, and of those in it: an odd number of axes begins with one row."""
    known = environment(found)
    if known is not None:
        rows = cells(found)
        return [len(rows), len(rows[0]), *array_dimensions(rows[0][0])]
    if found[0] == "[" and found[-1] == "]":
        return array_dimensions(found[1:-1])
    return []


def _is_number(indices: list[list[str]]) -> bool:
    return all(part[-1].isdigit() and len(part) <= 2 for part in indices)


def _function(names: list[str], body: list[str]) -> Callable[..., Any]:
    known: dict[tuple[Index, ...], Any] = {}

    def function(meaning: Meaning, values: list[Index]) -> Any:
        if len(values) != len(names):
            values = [tuple(x for v in values for x in (v if isinstance(v, tuple) else (v,)))]
        key = tuple(values)
        if key not in known:
            inner = meaning.with_indices(dict(zip(names, values, strict=True)))
            known[key] = value_of(inner, body)
        return known[key]

    return function


def _taps(meaning: Meaning) -> tuple[int, ...] | None:
    return meaning.sets.get("T") or next(
        (sizes for name, sizes in meaning.sets.items() if name.endswith("mathcal{T}")), None
    )


def _listed_channels(made: Formula, dims: Sequence[int]) -> tuple[int, int] | None:
    """(out, in) of a kernel that is written as an array with both of its channels."""
    axes = len(_taps(made.meaning) or ())
    both = made.row[0] and axes and len(dims) in (2 + axes, 3 + axes)
    return (dims[-2 - axes], dims[-1 - axes]) if both else None


def _kernel(
    made: Formula, listed: Mapping[str, list[int]], channels: tuple[int, int] | None
) -> None:
    """The kernel's letter: a listed array, or letters with the index of a tap."""
    meaning = made.meaning
    taps = _taps(meaning)
    if taps is None:
        return
    by_channels = bool(made.row[0])
    shape = (*(channels or (1, 1)), *taps) if by_channels else taps
    for base, values in listed.items():
        if len(values) != prod(shape):
            raise UnreadError(f"{len(values)} entries for a kernel of shape {shape}")
        places = product(*map(range, shape))
        table = dict(zip(places, values, strict=True))
        meaning.functions[base] = _lookup(table, shape)
    for base in {text.partition("_")[0] for text in meaning.letters if "_" in text}:
        if base in meaning.functions:
            continue
        table = {}
        for place in product(*map(range, shape)):
            text = f"{base}_{{{','.join(map(str, place))}}}"
            if text in meaning.letters:
                table[place] = meaning.letters[text]
        if len(table) == prod(shape):
            meaning.functions[base] = _lookup(table, shape)
    for base in list(meaning.functions):
        outside = meaning.sets.get(f"zero outside {base}")
        if outside is not None:
            meaning.functions[base] = _zero_outside(meaning.functions[base], outside)


def _lookup(table: Mapping[tuple[int, ...], int], shape: tuple[int, ...]) -> Callable[..., int]:
    def function(meaning: Meaning, values: list[Index]) -> int:
        place = [x for v in values for x in (v if isinstance(v, tuple) else (v,))]
        found = table.get(tuple(int(x) if x.denominator == 1 else -1 for x in place))
        if found is None:
            raise UnreadError(f"a kernel of shape {shape} at {place}")
        return found

    return function


def _zero_outside(inner: Callable[..., Any], taps: tuple[int, ...]) -> Callable[..., Any]:
    def function(meaning: Meaning, values: list[Index]) -> Any:
        place = [x for v in values for x in (v if isinstance(v, tuple) else (v,))][-len(taps) :]
        inside = all(x.denominator == 1 and 0 <= x < n for x, n in zip(place, taps, strict=True))
        return inner(meaning, values) if inside else 0

    return function


def _compare(made: Formula, base: str, indices: list[list[str]], right: list[str]) -> None:
    """A value that is written out, r_{0} = a^{2}, against what r_δ is said to be."""
    values = [made.meaning.read_index(part) for part in indices]
    index: Index = tuple(values) if len(values) > 1 else values[0]  # type: ignore[arg-type]
    told = made.meaning.functions[base](made.meaning, [index])
    if not equal(told, made.meaning.read_entry(right)):
        made.problems.append(f"{base}_{[''.join(p) for p in indices]} = {''.join(right)}")


def _compare_mirrored(made: Formula, base: str, right: list[str]) -> None:
    r"""r_{-δ} = r_δ, or its transpose, at all lags near."""
    turned = right[-1] == "}" and right[-2] == r"\mathsf{T}"
    taps = next(sizes for name, sizes in made.meaning.sets.items() if name.endswith(("T", "T}")))
    function = made.meaning.functions[base]
    for lag in product(*(range(-n, n + 1) for n in taps)):
        there, back = (
            function(made.meaning, [tuple(map(Fraction, d)) if len(d) > 1 else Fraction(d[0])])
            for d in (lag, tuple(-x for x in lag))
        )
        if not equal(back, transposed(there) if turned else there):
            made.problems.append(f"{base}_{{-δ}} at {lag}")


def closed(latex: str, meaning: Meaning, matrix: Matrix, channels: tuple[int, int] | None) -> str:
    """How an entry formula is not the true matrix; empty where it is."""
    if latex == "0":
        return "0" if any(x for row in matrix.entries for x in row.values()) else ""
    made = formula(latex, meaning, channels)
    for (channel, pixel), image in ((made.row, matrix.rows), (made.col, matrix.cols)):
        sizes = made.meaning.sets.get(f"range {pixel}")
        leads = made.meaning.sets.get(f"range {channel}", ()) if channel else ()
        whole = (*leads, *(sizes or ()))
        if whole != (image if len(whole) == len(image) else image[1:]):
            return f"{pixel} runs through {whole} of {image}"
    if made.problems:
        return made.problems[0]
    for row, col in _looked_at(matrix):
        if made.entry(row, col) != matrix[flat(row, matrix.rows), flat(col, matrix.cols)]:
            return f"at {row}, {col}"
    return ""


def _looked_at(matrix: Matrix) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Places to compare: all where they are few, else the first and last rows and some others."""
    rows, cols = (list(places(image)) for image in (matrix.rows, matrix.cols))
    pairs = list(product(rows, cols))
    if len(pairs) <= MOST_PLACES:
        return pairs
    rng = Random(len(pairs))
    filled = [
        (rows[i], cols[j]) for i, row in enumerate(matrix.entries) for j, x in row.items() if x
    ]
    found = rng.sample(filled, min(len(filled), MOST_PLACES // 2))
    return found + rng.sample(pairs, MOST_PLACES // 2)


def circulant(found: Sequence[str], meaning: Meaning, matrix: Matrix) -> str | None:
    r"""How circ(c_0, c_1, 0, \dots, 0, c_{-1}) is not the matrix; None where that is too small.

    On two axes the entries are names of blocks, which are circulants that are defined beside.
    """
    told = display(found)
    shown, *others = split(told.shown, r"\qquad")
    every = [*(line for other in others for line in lines(other)), *told.definitions]
    blocks = {"".join(left): right[1:] for left, right in every if "circ" in "".join(right)}
    named = [line for line in every if "".join(line[0]) not in blocks]
    meaning = with_names(meaning, named)
    sizes = list(matrix.rows[1:]) if blocks else [len(matrix.entries)]
    outer = _around(shown, sizes[0])
    inner = {name: _around(right, sizes[-1]) for name, right in blocks.items()}
    if outer is None or None in inner.values():
        return None
    pixels = list(product(*map(range, sizes)))
    for i, row in enumerate(pixels):
        for j, col in enumerate(pixels):
            entry = outer[(col[0] - row[0]) % sizes[0]]
            if blocks and entry != ["0"]:
                entry = inner["".join(entry)][(col[-1] - row[-1]) % sizes[-1]]
            if meaning.read_entry(entry) != matrix[i, j]:
                return f"{' '.join(entry)} at ({row}, {col})"
    return ""


def _around(found: Sequence[str], size: int) -> list[list[str]] | None:
    """The first row of a circulant of a size, with all of its zeros; None where that is small."""
    start = found.index("(")
    depths = accumulate({"(": 1, ")": -1}.get(token, 0) for token in found[start:])
    entries = split(found[start + 1 : start + list(depths).index(0)], ",")
    at = next(n for n, entry in enumerate(entries) if entry == [r"\dots"])
    after, before = entries[:at], entries[at + 1 :]
    zeros = size - len(after) - len(before)
    return None if zeros < 0 else [*after, *[["0"]] * zeros, *before]
