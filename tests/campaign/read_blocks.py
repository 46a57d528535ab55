r"""Matrices of blocks in LaTeX, put together from what the blocks are said to be.

Read are operators of concrete size whose matrices are all printed whole: Toeplitz blocks T(k_a) of
the rows of a kernel, blocks B_n that are written out, sums R_δ of products of two Toeplitz blocks,
and on one axis products and sums such as ``T(k)^T P - 2 T(k)``. What the entries of R_δ are said
to be, beside that sum, is not read; nor is anything with dots.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product

from .displays import lines
from .meaning import Dense, Meaning, add, equal, multiply, transposed
from .read_kron import dense, identity
from .read_matrix import is_dots, matrix_of
from .tex import UnreadError, WrongError, cells, environment, expression, split, tokens
from .truth import Matrix

Place = tuple[int, ...]
WORDS = "text:where both rows exist"


def blocks(latex: str, meaning: Meaning, matrix: Matrix) -> str:
    """How a matrix of blocks is not the true matrix; empty where it is."""
    known = environment(tokens(latex))
    if known is None or known[0] != "gathered":
        raise UnreadError("no lines under each other")
    main, *others = (row[0] for row in cells(tokens(latex)))
    meaning.functions.setdefault("I", identity)
    told = _Told(meaning)
    for line in others:
        for item in split(line, ","):
            told.read(item)
    wrapped = environment(main)
    if wrapped is not None and wrapped[0] == "aligned":
        ((left, right),) = lines(main)
        main = [*left, *right]
    parts = split(main, "=")
    found = told.product(parts[1]) if len(parts) == 2 else told.assembled(main)
    return "" if equal(found, dense(matrix)) else "another matrix"


class _Told:
    """What the lines under a matrix of blocks say."""

    def __init__(self, meaning: Meaning) -> None:
        self.meaning = meaning
        self.toeplitz: dict[str, Callable[[list[int]], Dense]] = {}
        self.rows: dict[str, list[int]] = {}
        self.letter = ""
        self.generic: tuple[list[str], list[list[str]]] | None = None
        self.sums: dict[bool, list[str]] = {}
        self.sum_letter = ""

    # --- lines -------------------------------------------------------------------------------

    def read(self, item: list[str]) -> None:
        left, *rights = split(item, "=")
        if len(rights) != 1:
            raise UnreadError(f"the line {''.join(item)[:60]}")
        (right,) = rights
        if left[0] == "(" or r"\varepsilon" in left or r"\epsilon" in left:
            return  # the entries of R_δ
        if r"\sum" in right[:1] or right[-1] == WORDS:
            self._read_sum(left, right)
        elif left[-1] == ")":
            self._read_toeplitz(left, right)
        elif right[0] == "(":
            self._read_row(left, split(right[1:-1], ","))
        else:
            self.meaning.matrices["".join(left)] = self.whole(self.meaning, right)

    def whole(self, meaning: Meaning, found: Sequence[str]) -> Dense:
        shown = matrix_of(found)
        if shown.sizes is not None or any(is_dots(c) for row in shown.cells for c in row):
            raise UnreadError("dots in a block")
        return [[meaning.read_entry(c) if c else 0 for c in row] for row in shown.cells]

    def _read_toeplitz(self, left: list[str], right: list[str]) -> None:
        at = left.index("(")
        name, variable = "".join(left[:at]), "".join(left[at + 1 : -1])

        def block(row: list[int]) -> Dense:
            taps = {f"{variable}_{{{t}}}": x for t, x in enumerate(row)}
            meaning = self.meaning
            letters = {**meaning.letters, **taps}
            inner = Meaning(letters, meaning.indices, matrices=meaning.matrices)
            return self.whole(inner, right)

        self.toeplitz[name] = block

    def _read_row(self, left: list[str], entries: list[list[str]]) -> None:
        name = "".join(left)
        try:
            self.rows[name] = [self.meaning.read_entry(entry) for entry in entries]
        except (UnreadError, WrongError):
            # k_{a} = (k_{a,0}, k_{a,1}): for every index of a row.
            self.generic = left, entries
            self._read_generic()

    def _read_generic(self) -> None:
        left, entries = self.generic or ([], [])
        base, count = left[0], len(entries)
        names = ["".join(part) for part in split(left[3:-1], ",")]
        for entry, t in zip(entries, range(count), strict=True):
            if "".join(entry) != f"{base}_{{{','.join(names)},{t}}}":
                raise UnreadError(f"the row {''.join(left)}")
        found: dict[str, list[int]] = {}
        for text, x in self.meaning.letters.items():
            if text.startswith(f"{base}_{{"):
                *row, tap = text[len(base) + 2 : -1].split(",")
                found.setdefault(",".join(row), [0] * count)[int(tap)] = x
        for row, values in found.items():
            self.rows[f"{base}_{{{row}}}"] = values

    def _read_sum(self, left: list[str], right: list[str]) -> None:
        self.sum_letter = left[0]
        _, over = _scripts(left[1:])
        body = [token for token in right if token != WORDS]
        self.sums[bool(over) and over[-1][-1].isupper()] = [*left, "=", *body]

    # --- blocks ------------------------------------------------------------------------------

    def product(self, found: Sequence[str]) -> Dense | int:
        """A sum of products of matrices, on one axis."""
        return self.meaning.entry(expression(list(self._named(list(found)))))  # type: ignore[no-any-return]

    def assembled(self, found: Sequence[str]) -> Dense:
        """The matrix of blocks."""
        shown = matrix_of(found)
        if shown.sizes is not None or any(is_dots(c) for row in shown.cells for c in row):
            raise UnreadError("dots between blocks")
        table = [[self.product(cell) if cell else 0 for cell in row] for row in shown.cells]
        known = [x for row in table for x in row if isinstance(x, list)]
        if not known:
            sample = next(iter(self.meaning.matrices.values()), None)
            if sample is None and self.rows and self.toeplitz:
                block = next(iter(self.toeplitz.values()))
                sample = block(next(iter(self.rows.values())))
            if sample is None:
                raise UnreadError("blocks of no size")
            known = [sample]
        height, width = len(known[0]), len(known[0][0])
        empty = [[0] * width for _ in range(height)]
        rows: Dense = []
        for line in table:
            whole = [x if isinstance(x, list) else empty for x in line]
            if any((len(x), len(x[0])) != (height, width) for x in whole):
                raise WrongError("blocks of several sizes")
            rows += [[y for x in whole for y in x[i]] for i in range(height)]
        return rows

    def _named(self, found: list[str]) -> Iterator[str]:
        """The tokens with one name for each T(k_a) and each R_δ, which are worked out."""
        at = 0
        while at < len(found):
            token = found[at]
            if token in self.toeplitz and found[at + 1 : at + 2] == ["("]:
                end = found.index(")", at)
                row = "".join(found[at + 2 : end])
                if row not in self.rows:
                    raise WrongError(f"the row {row}, which nothing defines")
                text = f"{token}_{{@{row}}}"
                self.meaning.matrices[text] = self.toeplitz[token](self.rows[row])
                yield from (token, "_", "{", f"@{row}", "}")
                at = end + 1
            elif token == self.sum_letter:
                end = _scripts_end(found, at + 1)
                under, over = _scripts(found[at + 1 : end])
                key = f"@{under}{over}"
                self.meaning.matrices[f"{token}_{{{key}}}"] = self._sum(under, over)
                yield from (token, "_", "{", key, "}")
                at = end
            else:
                yield token
                at += 1

    def _sum(self, under: list[list[str]], over: list[list[str]]) -> Dense:
        """R_δ of these indices: the sum over rows of the kernel that are both there."""
        restricted = bool(over) and over[-1][-1] == r"\}"
        if restricted not in self.sums:
            raise WrongError(f"a sum {under} {over}, which nothing defines")
        *left, body = split(self.sums[restricted], "=")
        names, labels = _scripts(left[0][1:])
        lag = tuple(int("".join(part)) for part in under)
        values: dict[str, Place] = {"".join(names[0]): lag} if names else {}
        allowed: set[Place] | None = None
        if restricted:
            allowed = _members(over[-1])
            over, labels = over[:-1], labels[:-1]
        for name, number in zip(labels, over, strict=True):
            values["".join(name)] = (int("".join(number)),)
        total: Dense | int = 0
        summed, one, other = self._factors(body)
        for choice in self._choices(summed, len(lag)):
            row = choice.get("a-row")
            if allowed is not None and row not in allowed:
                continue
            pair = [self._factor(f, {**values, **choice}) for f in (one, other)]
            if None not in pair:
                total = add(total, multiply(*pair))
        if total == 0:
            raise WrongError(f"a sum {under} {over} of nothing")
        return total  # type: ignore[return-value]

    def _factors(self, body: list[str]) -> tuple[list[str], list[str], list[str]]:
        r"""The names summed over, and the two factors of \sum_{o, a} T(k_{o,a}) T(k_{o,a+δ})^T."""
        depth, end = 0, 1
        for end in range(2, len(body)):
            depth += {"{": 1, "}": -1}.get(body[end], 0)
            if depth == 0:
                break
        under = [p for part in split(body[3:end], r"\in") for p in split(part, ",")]
        names = ["".join(part).strip("{}") for part in under]
        rest = body[end + 1 :]
        second = next(n for n in range(1, len(rest)) if rest[n] in self.toeplitz)
        return names, rest[:second], rest[second:]

    def _choices(self, names: list[str], axes: int) -> Iterator[dict[str, Place]]:
        """Values for the names: channels are numbers, the index of a row is a place."""
        keys = [_key(name) for name in self.rows]
        leading = max(len(key) for key in keys) - axes
        ranges: dict[str, list[Place]] = {}
        for name in names:
            if name.startswith(("a", r"{a")) and axes:
                ranges[name] = sorted({key[leading:] for key in keys})
            elif not name.isupper():
                ranges[name] = [(n,) for n in range(1 + max(max(key) for key in keys))]
        for values in product(*ranges.values()):
            chosen = dict(zip(ranges, values, strict=True))
            row = next((v for n, v in chosen.items() if n.startswith("a")), ())
            yield {**chosen, "a-row": row}

    def _factor(self, found: list[str], values: dict[str, Place]) -> Dense | None:
        """T of a row, transposed or not; None where there is no such row."""
        name, inner = found[0], found[2 : found.index(")")]
        key: list[int] = []
        for part in split(inner[3:-1], ","):
            terms = [values["".join(term).strip("{}")] for term in split(part, "+")]
            key += [sum(axis) for axis in zip(*terms, strict=True)]
        row = self.rows.get(f"{inner[0]}_{{{','.join(map(str, key))}}}")
        if row is None:
            return None
        made = self.toeplitz[name](row)
        return transposed(made) if found[-2:] == [r"\mathsf{T}", "}"] else made  # type: ignore[no-any-return]


def _key(name: str) -> Place:
    return tuple(map(int, name.partition("{")[2].rstrip("}").split(",")))


def _members(found: list[str]) -> set[Place]:
    """The rows in a set that is written out, {0, 1} or {(0, 1), (1, 1)}."""
    at = found.index(r"\{")
    places = set()
    for part in split(found[at + 1 : -1], ","):
        inner = part[1:-1] if part[0] == "(" else part
        places.add(tuple(int("".join(x)) for x in split(inner, ",")))
    return places


def _scripts_end(found: Sequence[str], at: int) -> int:
    while found[at : at + 1] in (["_"], ["^"]):
        if found[at + 1 : at + 3] == ["{", r"\mathsf{T}"]:
            break
        depth, at = 0, at + 1
        while True:
            depth += {"{": 1, "}": -1}.get(found[at], 0)
            at += 1
            if depth == 0:
                break
    return at


def _scripts(found: Sequence[str]) -> tuple[list[list[str]], list[list[str]]]:
    """What stands under and over a letter, taken apart at commas and semicolons."""
    parts: dict[str, list[list[str]]] = {"_": [], "^": []}
    at = 0
    while at < len(found) and found[at] in parts:
        inner = list(found[at + 2 : _one_end(found, at + 1) - 1])
        parts[found[at]] = [part for part in split(inner, ",", ";") if part]
        at = _one_end(found, at + 1)
    return parts["_"], parts["^"]


def _one_end(found: Sequence[str], at: int) -> int:
    depth = 0
    while True:
        depth += {"{": 1, "}": -1}.get(found[at], 0)
        at += 1
        if depth == 0:
            return at
