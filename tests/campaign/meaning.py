"""What trees of LaTeX are at numbers: indices as fractions or vectors, entries modulo a prime."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from typing import Any

from .tex import Tree, UnreadError, WrongError, expression, relation_chain, split
from .truth import PRIME

Index = Fraction | tuple[Fraction, ...]
# A dense matrix of residues; entries of formulas are such matrices or single residues.
Dense = list[list[int]]
Indices = Mapping[str, Index]


@dataclass
class Meaning:
    """What names stand for.

    Attributes:
        letters: names of entries, as printed, to residues.
        indices: names of indices, sizes and constants to numbers or vectors.
        sets: names of index sets to sizes an axis.
        functions: names with indices to functions of these.
    """

    letters: Mapping[str, int]
    indices: dict[str, Index]
    sets: dict[str, tuple[int, ...]] = field(default_factory=dict)
    functions: dict[str, Callable[..., Any]] = field(default_factory=dict)
    matrices: dict[str, Dense] = field(default_factory=dict)
    widest: int = 40

    def having(self, **indices: Index) -> Meaning:
        return self.with_indices(indices)

    def with_indices(self, indices: Mapping[str, Index]) -> Meaning:
        return Meaning(
            self.letters,
            {**self.indices, **indices},
            self.sets,
            self.functions,
            self.matrices,
            self.widest,
        )

    # --- indices -----------------------------------------------------------------------------

    def index(self, tree: Tree) -> Index:
        kind, *rest = tree
        match kind:
            case "number":
                return rest[0]
            case "name":
                text = rest[0]
                if text in self.indices:
                    return self.indices[text]
                raise UnreadError(f"the index {text}")
            case "sum":
                found = [self.index(term) for term in rest[0]]
                total = found[0]
                for other in found[1:]:
                    total = _axiswise(lambda a, b: a + b, total, other)
                return total
            case "product":
                found = [self.index(factor) for factor in rest[0]]
                total = found[0]
                for other in found[1:]:
                    total = _axiswise(lambda a, b: a * b, total, other)
                return total
            case "over":
                return _axiswise(lambda a, b: a / b, self.index(rest[0]), self.index(rest[1]))
            case "mod":
                return _axiswise(lambda a, b: a % b, self.index(rest[0]), self.index(rest[1]))
            case "power":
                base, exponent = self.index(rest[0]), self.index(rest[1])
                return _axiswise(lambda a, b: a ** int(b), base, exponent)
            case "tuple":
                return tuple(_scalar(self.index(part)) for part in rest[0])
        raise UnreadError(f"{kind} in an index")

    def read_index(self, found: Sequence[str]) -> Index:
        return self.index(expression(found))

    def sizes(self, found: Sequence[str]) -> tuple[int, ...] | None:
        """A set of indices 0 to n - 1 on every axis by its sizes; None for all integers."""
        text = "".join(found)
        if text in self.sets:
            return self.sets[text]
        if text.startswith(r"\mathbb{Z}"):
            return None
        shape: list[int] = []
        for part in split(found, r"\times"):
            power = 1
            if "^" in part:
                at = len(part) - 1 - part[::-1].index("^")
                power, part = int(part[at + 1].strip("{}")), part[:at]
            if part[0] != r"\{" or part[-1] != r"\}":
                raise UnreadError(f"the set {text}")
            members = split(part[1:-1], ",")
            if [r"\dots"] in members:
                if members[0] != ["0"] or len(members) != 3:
                    raise UnreadError(f"the set {text}")
                size = int(_scalar(self.read_index(members[-1]))) + 1
            else:
                size = len(members)
                if [_scalar(self.read_index(m)) for m in members] != list(range(size)):
                    raise UnreadError(f"the set {text}")
            shape += [size] * power
        return tuple(shape)

    def member(self, index: Index, found: Sequence[str]) -> bool:
        parts = split(found, r"\setminus")
        if len(parts) == 2:
            return self.member(index, parts[0]) and not self.member(index, parts[1])
        sizes = self.sizes(found)
        axes = index if isinstance(index, tuple) else (index,)
        if any(x.denominator != 1 for x in axes):
            return False
        if sizes is None:
            return True
        if len(axes) != len(sizes):
            raise UnreadError(f"{index} in {''.join(found)}")
        return all(0 <= x < n for x, n in zip(axes, sizes, strict=True))

    # --- conditions --------------------------------------------------------------------------

    def holds(self, found: Sequence[str]) -> bool:
        r"""A condition: relations joined by \wedge, \vee or commas."""
        either = split(found, r"\vee")
        if len(either) > 1:
            return any(map(self.holds, either))
        both = [part for part in split(found, r"\wedge", ",") if part]
        if len(both) > 1:
            return all(map(self.holds, both))
        if found[0] == "(" and found[-1] == ")" and len(split(found[1:-1], r"\wedge", r"\vee")) > 1:
            return self.holds(found[1:-1])
        return self._chain(found)

    def _chain(self, found: Sequence[str]) -> bool:
        parts, relations = relation_chain(found)
        if not relations:
            raise UnreadError(f"the condition {''.join(found)}")
        return all(
            self._relation(a, relation, b)
            for a, relation, b in zip(parts, relations, parts[1:], strict=False)
        )

    def _relation(self, a: list[str], relation: str, b: list[str]) -> bool:
        left = self.read_index(a)
        if relation in (r"\in", r"\notin"):
            return self.member(left, b) == (relation == r"\in")
        if relation == r"\equiv":
            b, modulus = _modulus(b)
            gap = _axiswise(lambda x, y: x - y, left, self.read_index(b))
            rest = _axiswise(lambda x, y: x % y, gap, self.read_index(modulus))
            return not any(rest if isinstance(rest, tuple) else (rest,))
        right = self.read_index(b)
        compare = COMPARED[relation]
        return bool(compare(left, right))

    # --- entries -----------------------------------------------------------------------------

    def read_entry(self, found: Sequence[str]) -> Any:
        return self.entry(expression(found))

    def entry(self, tree: Tree) -> Any:
        kind, *rest = tree
        match kind:
            case "number":
                x = rest[0]
                return x.numerator * pow(x.denominator, -1, PRIME) % PRIME
            case "name":
                return self._named(*rest)
            case "sum":
                total = self.entry(rest[0][0])
                for term in rest[0][1:]:
                    total = add(total, self.entry(term))
                return total
            case "product":
                total = self.entry(rest[0][0])
                for factor in rest[0][1:]:
                    total = multiply(total, self.entry(factor))
                return total
            case "over":
                return multiply(self.entry(rest[0]), pow(self.entry(rest[1]), -1, PRIME))
            case "root":
                if rest[0] != ("number", Fraction(2)):
                    raise UnreadError(f"the root of {rest[0]}")
                return 2**31
            case "power":
                return pow(self.entry(rest[0]), int(_scalar(self.index(rest[1]))), PRIME)
            case "transpose":
                return transposed(self.entry(rest[0]))
            case "kron":
                total = self.entry(rest[0][0])
                for factor in rest[0][1:]:
                    total = kron(total, self.entry(factor))
                return total
            case "matrix":
                return [[self.entry(cell) for cell in row] for row in rest[0]]
            case "total":
                return self._total(*rest)
            case "range":
                return self._range(*rest)
            case "matrix of":
                return self._matrix_of(*rest)
            case "entry of":
                body, (o, p) = rest
                o, p = (int(_scalar(self.indices[x])) for x in (o, p))
                found = self.entry(body)
                return found[o][p] if isinstance(found, list) else found
        raise UnreadError(f"{kind} in an entry")

    def _named(self, text: str, base: str, indices: list[list[str]]) -> Any:
        if text in self.letters:
            return self.letters[text]
        if text in self.matrices:
            return self.matrices[text]
        if base in self.functions and indices:
            return self.functions[base](self, [self.read_index(part) for part in indices])
        if text in self.indices:
            return int(_scalar(self.indices[text])) % PRIME
        raise WrongError(f"the name {text}, which nothing defines")

    def _total(self, under: list[str], body: Tree) -> Any:
        """The sum over an index in a set with a condition, or over one in a residue class."""
        named, *conditions = split(under, ":")
        parts, relations = relation_chain(named)
        name = "".join(parts[0])
        if relations == [r"\in"]:
            sizes = self.sizes(parts[1])
            if sizes is None:
                raise UnreadError(f"a sum over {''.join(parts[1])}")
            values = [_index(v) for v in product(*(map(Fraction, range(n)) for n in sizes))]
        elif relations == [r"\equiv"] and not conditions:
            start, modulus = _modulus(parts[1])
            first, step = self.read_index(start), self.read_index(modulus)
            values, conditions = self._class(first, step), []
        else:
            raise UnreadError(f"a sum over {''.join(under)}")
        total: Any = 0
        for value in values:
            inner = self.with_indices({name: value})
            if all(inner.holds(condition) for condition in conditions):
                total = add(total, inner.entry(body))
        return total

    def _class(self, first: Index, step: Index) -> list[Index]:
        """The members of a residue class that are not too large for any lag."""
        steps = _axes(step) * len(_axes(first)) if isinstance(step, Fraction) else step
        ranges = []
        for x, n in zip(_axes(first), steps, strict=True):
            low = x - (x + self.widest) // n * n
            ranges.append([low + k * n for k in range(int((self.widest - low) // n) + 1)])
        return [_index(v) for v in product(*ranges)]

    def _range(self, names: list[str], first: Tree, last: Tree, body: Tree) -> Any:
        start, end = (int(_scalar(self.index(x))) for x in (first, last))
        total: Any = 0
        for values in product(range(start, end + 1), repeat=len(names)):
            inner = self.with_indices(dict(zip(names, map(Fraction, values), strict=True)))
            total = add(total, inner.entry(body))
        return total

    def _matrix_of(self, body: Tree, names: list[str]) -> Dense:
        rows, cols = (self.sets[f"range {name}"][0] for name in names)
        return [
            [
                self.with_indices(dict(zip(names, (Fraction(o), Fraction(c)), strict=True))).entry(
                    body
                )
                for c in range(cols)
            ]
            for o in range(rows)
        ]


COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: _axes(a) == _axes(b),
    r"\neq": lambda a, b: _axes(a) != _axes(b),
    r"\leq": lambda a, b: a <= b,
    r"\geq": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
}


def _modulus(found: list[str]) -> tuple[list[str], list[str]]:
    r"""x (mod n) or x \pmod{n}, taken apart."""
    if r"\pmod" in found:
        at = found.index(r"\pmod")
        return found[:at], found[at + 2 : -1]
    if r"\mathrm{mod}" in found:
        at = found.index(r"\mathrm{mod}")
        return found[: at - 1], found[at + 1 : -1]
    raise UnreadError(f"the congruence {''.join(found)}")


def _axes(index: Index) -> tuple[Fraction, ...]:
    return index if isinstance(index, tuple) else (index,)


def _index(axes: tuple[Fraction, ...]) -> Index:
    return axes if len(axes) > 1 else axes[0]


def _scalar(index: Index) -> Fraction:
    if isinstance(index, tuple):
        raise UnreadError(f"{index} for one number")
    return index


def _axiswise(function: Callable[[Fraction, Fraction], Fraction], a: Index, b: Index) -> Index:
    if isinstance(a, tuple) and isinstance(b, tuple):
        if len(a) != len(b):
            raise UnreadError(f"{a} meets {b}")
        return tuple(function(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, tuple):
        return tuple(function(x, b) for x in a)  # type: ignore[arg-type]
    if isinstance(b, tuple):
        return tuple(function(a, y) for y in b)
    return function(a, b)


# --- matrices of residues --------------------------------------------------------------------------


def add(a: Any, b: Any) -> Any:
    if isinstance(a, int) and isinstance(b, int):
        return (a + b) % PRIME
    if a == 0:
        return b
    if b == 0:
        return a
    if isinstance(a, int) or isinstance(b, int) or _shape(a) != _shape(b):
        raise UnreadError("a sum of matrices that do not fit")
    return [[(x + y) % PRIME for x, y in zip(r, s, strict=True)] for r, s in zip(a, b, strict=True)]


def multiply(a: Any, b: Any) -> Any:
    if isinstance(a, int) and isinstance(b, int):
        return a * b % PRIME
    if isinstance(b, int):
        a, b = b, a
    if isinstance(a, int):
        return [[a * x % PRIME for x in row] for row in b] if a else 0
    if _shape(a)[1] != _shape(b)[0]:
        raise UnreadError(f"a product of {_shape(a)} and {_shape(b)}")
    columns = list(zip(*b, strict=True))
    return [[sum(map(_times, row, column)) % PRIME for column in columns] for row in a]


def _times(a: int, b: int) -> int:
    return a * b


def equal(a: Any, b: Any) -> bool:
    """Whether both are alike; 0 stands for a matrix of zeros, too."""
    if 0 in (a, b):
        a, b = (x if isinstance(x, int) else int(any(map(any, x))) for x in (a, b))
    return bool(a == b)


def kron(a: Any, b: Any) -> Any:
    if isinstance(a, int) or isinstance(b, int):
        return multiply(a, b)
    return [[x * y % PRIME for x in r for y in s] for r in a for s in b]


def transposed(a: Any) -> Any:
    return a if isinstance(a, int) else [list(column) for column in zip(*a, strict=True)]


def _shape(a: Dense) -> tuple[int, int]:
    return len(a), len(a[0])
