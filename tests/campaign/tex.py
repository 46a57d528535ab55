r"""LaTeX of formulas as trees, and what these are at numbers: a reader of its own for what is printed.

Reads sums, products, powers, fractions, ``\sum`` over a set or a range, ``\otimes``, cases,
matrices, index sets and conditions between indices. Everything else is an UnreadError.

Trees are tuples: ("number", x), ("name", text, base, indices), ("sum", terms), ("product", factors),
("power", base, exponent), ("transpose", base), ("over", a, b), ("total", condition, body),
("range", names, first, last, body), ("kron", factors), ("matrix", rows), ("entries", body, names),
("mod", a, b), ("tuple", parts).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any

Tree = tuple[Any, ...]


class UnreadError(ValueError):
    """LaTeX that this reader does not know."""


class WrongError(ValueError):
    """LaTeX that says what cannot be."""


_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\d+|[A-Za-z]|\S", re.DOTALL)
_SPACES = {r"\,", r"\;", r"\:", r"\ ", r"\quad", r"\left", r"\right", r"\!", "~", r"\displaystyle"}
_SPACE_AFTER_ROW = re.compile(r"\\\\\[[\d.]+(?:ex|em|pt)\]")
_RULE = re.compile(r"\\rule\[[^\]]*\]\{[^}]*\}\{[^}]*\}|\\hline")
_ACCENTS = {r"\mathcal", r"\mathsf", r"\mathbb", r"\mathrm"}
GREEK = re.compile(r"\\(?:alpha|beta|gamma|delta|epsilon|kappa|mu|nu|rho|tau|sigma|varsigma|ell)$")


def tokens(latex: str) -> list[str]:
    r"""Commands, numbers, letters and signs, without what only makes space.

    >>> tokens(r"r_{0} - 12\, a")
    ['r', '_', '{', '0', '}', '-', '12', 'a']
    """
    latex = _RULE.sub("", _SPACE_AFTER_ROW.sub(r"\\\\", latex))
    texts: list[str] = []

    def keep(found: re.Match[str]) -> str:
        texts.append(found[1])
        return f" \\TEXT{{{len(texts) - 1}}} "

    latex = re.sub(r"\\text\{([^{}]*)\}", keep, latex)
    latex = latex.replace(r"\mathbin{\mathrm{mod}}", r"\bmod")
    found = [t for t in _TOKEN.findall(latex) if t not in _SPACES]
    joined: list[str] = []
    at = 0
    while at < len(found):
        if found[at] == r"\TEXT":
            joined.append("text:" + texts[int(found[at + 2])])
            at += 4
        elif found[at] in (r"\begin", r"\end") or (found[at] in _ACCENTS and found[at + 1] == "{"):
            end = found.index("}", at)
            joined.append(f"{found[at]}{{{''.join(found[at + 2 : end])}}}")
            at = end + 1
        else:
            joined.append(found[at])
            at += 1
    return joined


OPENING = {"{": "}", "(": ")", "[": "]", r"\{": r"\}"}
CLOSING = frozenset(OPENING.values())


def split(found: Sequence[str], *separators: str) -> list[list[str]]:
    """The parts between separators that stand in no bracket and no environment."""
    return _split(tuple(found), separators)


@lru_cache(maxsize=50_000)
def _split(found: tuple[str, ...], separators: tuple[str, ...]) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    depth = 0
    for token in found:
        if token in OPENING or token.startswith(r"\begin"):
            depth += 1
        elif token in CLOSING or token.startswith(r"\end"):
            depth -= 1
        if depth == 0 and token in separators:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def environment(found: Sequence[str]) -> tuple[str, list[str]] | None:
    """The name and the body, where all of it is one environment."""
    if not found or not found[0].startswith(r"\begin"):
        return None
    depth = 0
    for at, token in enumerate(found):
        depth += token.startswith(r"\begin") - token.startswith(r"\end")
        if depth == 0:
            if at != len(found) - 1:
                return None
            name = found[0][len(r"\begin{") : -1]
            return name, list(found[1:at])
    return None


def cells(found: Sequence[str]) -> list[list[list[str]]]:
    """Rows of cells of a matrix, an array, cases or aligned lines."""
    known = environment(found)
    if known is None:
        raise UnreadError(f"no environment: {' '.join(found)[:80]}")
    name, body = known
    if name.endswith("array"):
        body = body[body.index("}") + 1 :]
    return [split(row, "&") for row in split(body, r"\\")]


# --- expressions -------------------------------------------------------------------------------


def expression(found: Sequence[str]) -> Tree:
    """The tree of an expression."""
    return _expression(tuple(found))


@lru_cache(maxsize=20_000)
def _expression(found: tuple[str, ...]) -> Tree:
    parser = Parser(list(found))
    tree = parser.sum()
    if parser.at != len(parser.found):
        raise UnreadError(f"after an expression: {' '.join(found[parser.at :])[:80]}")
    return tree


class Parser:
    def __init__(self, found: list[str]) -> None:
        self.found, self.at = found, 0

    @property
    def token(self) -> str:
        return self.found[self.at] if self.at < len(self.found) else ""

    def take(self, expected: str = "") -> str:
        token = self.token
        if expected and token != expected:
            raise UnreadError(f"{token or 'the end'} for {expected}")
        self.at += 1
        return token

    def group(self) -> list[str]:
        """What stands between braces."""
        self.take("{")
        start, depth = self.at, 1
        while depth:
            depth += {"{": 1, "}": -1}.get(self.take(), 0)
            if self.at > len(self.found):
                raise UnreadError("a brace is not closed")
        return self.found[start : self.at - 1]

    def sum(self) -> Tree:
        terms = []
        sign = 1
        if self.token in ("+", "-"):
            sign = 1 if self.take() == "+" else -1
        while True:
            term = self.kron()
            terms.append(("product", [("number", Fraction(-1)), term]) if sign < 0 else term)
            if self.token not in ("+", "-"):
                return terms[0] if len(terms) == 1 else ("sum", terms)
            sign = 1 if self.take() == "+" else -1

    def kron(self) -> Tree:
        factors = [self.product()]
        while self.token == r"\otimes":
            self.take()
            factors.append(self.product())
        if len(factors) == 1:
            return factors[0]
        return ("kron", factors)

    def product(self) -> Tree:
        factors: list[Tree] = []
        while self._starts():
            if self.token == r"\sum":
                factors.append(self._total())
                break
            factors.append(self.factor())
        if self.token == r"\bmod":
            self.take()
            return ("mod", _product(factors), self.factor())
        return _product(factors)

    def _starts(self) -> bool:
        token = self.token
        if not token or token.startswith("text:"):
            return False
        if token in ("(", "[", "{", r"\frac", r"\sum", r"\sqrt", r"\cdot") or token.startswith(
            r"\begin{"
        ):
            return True
        return (
            token.isdigit()
            or token.isalpha()
            or bool(GREEK.match(token))
            or token.startswith(r"\mathcal")
        )

    def factor(self) -> Tree:
        token = self.token
        if token == r"\cdot":
            self.take()
            return self.factor()
        if token.isdigit():
            return self._raised(("number", Fraction(int(self.take()))))
        if token == r"\frac":
            self.take()
            return self._raised(("over", expression(self.group()), expression(self.group())))
        if token == r"\sqrt":
            self.take()
            return self._raised(("root", expression(self.group())))
        if token in ("(", "["):
            return self._bracket()
        if token.startswith(r"\begin{"):
            return self._raised(self._matrix())
        if token == "{":
            inner = self.group()
            if inner and not any(t in ("+", "-") for t in inner) and inner[-1] == "'":
                return self._name("".join(inner))
            return self._raised(expression(inner)) if inner else ("number", Fraction(1))
        if token.isalpha() or GREEK.match(token) or token.startswith(r"\mathcal"):
            base = self.take()
            while self.token == "'":
                base += self.take()
            return self._name(base)
        raise UnreadError(f"{token or 'the end'} for a factor")

    def _name(self, base: str) -> Tree:
        text, indices, over = base, [], ""
        if self.token == "^" and not self._is_power():
            self.take()
            over = "".join(self.group())
            base = f"{base}^{{{over}}}"
            text = base
        if self.token == "_":
            self.take()
            inner = self.group() if self.token == "{" else [self.take()]
            text += f"_{{{''.join(inner)}}}"
            indices = split(inner, ",")
        return self._raised(("name", text, base, indices))

    def _is_power(self) -> bool:
        """Whether ^{...} here is a power: a label is followed by a subscript."""
        if self.found[self.at + 1 : self.at + 3] == ["{", "("]:
            return False
        depth = 0
        for at in range(self.at + 1, len(self.found)):
            depth += {"{": 1, "}": -1}.get(self.found[at], 0)
            if depth == 0:
                return at + 1 >= len(self.found) or self.found[at + 1] != "_"
        raise UnreadError("a brace is not closed")

    def _raised(self, tree: Tree) -> Tree:
        while self.token == "^":
            self.take()
            inner = self.group() if self.token == "{" else [self.take()]
            if inner == [r"\mathsf{T}"]:
                tree = ("transpose", tree)
            else:
                tree = ("power", tree, expression(inner))
        return tree

    def _bracket(self) -> Tree:
        opening = self.take()
        start, depth = self.at, 1
        while depth:
            token = self.take()
            depth += (token == opening) - (token == OPENING[opening])
            if self.at > len(self.found):
                raise UnreadError("a bracket is not closed")
        inner = self.found[start : self.at - 1]
        parts = split(inner, ",")
        tree: Tree
        if len(parts) > 1:
            tree = ("tuple", [expression(part) for part in parts])
        else:
            tree = expression(inner)
        if self.token == "_" and self.found[self.at + 1] == "{":
            self.take()
            names = ["".join(part) for part in split(self.group(), ",")]
            kind = "matrix of" if opening == "(" else "entry of"
            return self._raised((kind, tree, names))
        return self._raised(tree)

    def _matrix(self) -> Tree:
        start, depth = self.at, 0
        while True:
            token = self.take()
            depth += token.startswith(r"\begin") - token.startswith(r"\end")
            if depth == 0:
                break
        rows = cells(self.found[start : self.at])
        return ("matrix", [[expression(cell) for cell in row] for row in rows])

    def _total(self) -> Tree:
        r"""A sum with a condition or a range under it; it reaches to the end of the product."""
        self.take(r"\sum")
        self.take("_")
        under = self.group()
        if self.token == "^":
            self.take()
            last = expression(self.group())
            names, first = split(under, "=")
            indices = ["".join(part) for part in split(names, ",")]
            return ("range", indices, expression(first), last, self.kron())
        return ("total", under, self.product())


def _product(factors: list[Tree]) -> Tree:
    if not factors:
        raise UnreadError("an empty product")
    return factors[0] if len(factors) == 1 else ("product", factors)


# --- conditions and sets -------------------------------------------------------------------------

RELATIONS = ("=", r"\in", r"\notin", r"\equiv", r"\leq", r"\geq", "<", ">", r"\neq")


def relation_chain(found: Sequence[str]) -> tuple[list[list[str]], list[str]]:
    r"""Operands and relations of a chain such as t = j - i \in T."""
    return _relation_chain(tuple(found))


@lru_cache(maxsize=20_000)
def _relation_chain(found: tuple[str, ...]) -> tuple[list[list[str]], list[str]]:
    parts: list[list[str]] = [[]]
    relations = []
    depth = 0
    for token in found:
        depth += (token in OPENING) - (token in CLOSING)
        if depth == 0 and token in RELATIONS:
            relations.append(token)
            parts.append([])
        else:
            parts[-1].append(token)
    return parts, relations
