"""What ``sc.latex`` prints in its forms, read back and compared with the matrix.

What is read of each form is said in read_matrix, read_closed, read_kron and read_blocks; anything
else is counted as "not read" and never as right.
"""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

import symconv as sc
from symconv.errors import SymconvError

from .displays import unused
from .meaning import Meaning
from .read_blocks import blocks
from .read_closed import circulant, closed
from .read_kron import kron
from .read_matrix import elided, full
from .subject import DisagreementError, Sizes, Subject
from .tex import UnreadError, WrongError, tokens
from .trees import Node, images
from .truth import Matrix

MOST_CHARACTERS = 12_000
MOST_READ = 1200
MOST_ROWS = 500
# What a formula says of the sizes at which it is meant: ", n \\geq 2" after a size or an index set.
BOUND = re.compile(r",\s*\\(?:;|quad)\s*([A-Za-z]+) \\geq (-?\d+)")


def check_latex(it: Subject) -> None:
    """One form of the operator of symbolic size, and the whole matrix of a concrete one."""
    if it.symbols and it.grid:
        form, two_level = it.rng.choice(
            [*product(("elided", "closed"), (False, True)), ("kron", False), ("kron", False)]
        )
        read_back(it, it.operator, form, two_level, None)
    smallest = [s for s in it.grid if _entries(it, s) <= MOST_READ]
    if smallest:
        sizes = it.rng.choice(smallest)
        operator = it.operator.at(it.sympy_sizes(sizes)) if it.symbols else it.operator
        form = it.rng.choice(("full", "full", "elided", "closed", "kron", "blocks"))
        two_level = form not in ("kron", "blocks") and it.rng.random() < 0.4
        read_back(it, operator, form, two_level, sizes)


def _entries(it: Subject, sizes: Sizes) -> int:
    matrix = it.true(sizes)
    return 10**9 if matrix is None else prod(matrix.rows) * prod(matrix.cols)


def read_back(it: Subject, operator: Any, form: str, two_level: bool, sizes: Sizes | None) -> None:
    """One form of an operator, at these sizes or at some that suit the form."""
    name = f"latex {form}{' two_level' if two_level else ''}"
    try:
        latex = sc.latex(operator, form=form, two_level=two_level)
    except SymconvError:
        it.count(f"{name} refused")
        return
    if len(latex) > MOST_CHARACTERS:
        it.count(f"{name} not read: long")
        return
    read = False
    if form in ("closed", "elided") and (name_unused := unused(tokens(latex))):
        raise DisagreementError(name, f"{name_unused} is defined and not used in {latex}")
    bounds = {n: int(start) for n, start in BOUND.findall(latex)}
    latex = BOUND.sub("", latex)
    for values in [sizes] if sizes is not None else _where(it):
        matrix = it.true(values)
        if matrix is None or any(values[n] < start for n, start in bounds.items()):
            continue
        try:
            problem = _problem(it, form, latex, values, matrix)
        except UnreadError as unread:
            it.count(f"{name} not read: {_reason(unread)}")
            return
        except WrongError as wrong:
            problem = str(wrong)
        if problem:
            raise DisagreementError(name, f"{values}: {problem} in {latex}")
        read = read or problem == ""
    it.count(name if read else f"{name} not read: no size fits")


def _reason(unread: UnreadError) -> str:
    return str(unread)[:40]


def _where(it: Subject) -> list[Sizes]:
    """Sizes near the border of what can be, and some farther out: what is printed is meant there,

    but where it says itself from which sizes on it is.
    """
    near = [s for s in it.grid if _entries(it, s) <= MOST_READ]
    low = [s for s in it.low if it.assumable(s) and _entries(it, s) <= MOST_READ]
    far = [{n: start + up for n, start in it.first.items()} for up in (6, 17)]
    chosen = [*it.rng.sample(near, min(3, len(near))), *low[:3]]
    return chosen + [sizes for sizes in far if _height(it, sizes) <= MOST_ROWS]


def _height(it: Subject, sizes: Sizes) -> int:
    pair = images(it.node.at(sizes))
    return max(c * prod(max(s.const, 1) for s in image) for c, image in pair)


def meaning_at(it: Subject, sizes: Sizes) -> Meaning:
    letters = {n.replace(" ", ""): x for n, x in it.letters.items() if n not in sizes}
    indices = {name: Fraction(value) for name, value in sizes.items()}
    return Meaning(letters, dict(indices))


def _problem(it: Subject, form: str, latex: str, sizes: Sizes, matrix: Matrix) -> str | None:
    meaning = meaning_at(it, sizes)
    match form:
        case "full":
            return full(latex, meaning, matrix)
        case "elided":
            return elided(latex, meaning, matrix)
        case "kron":
            return kron(latex, meaning, matrix, kernel_shapes(it.node))
        case "blocks":
            return blocks(latex, meaning, matrix)
    if latex.startswith(r"\operatorname{circ}"):
        return circulant(tokens(latex), meaning, matrix)
    return closed(latex, meaning, matrix, channels_of(it.node))


def kernel_shapes(node: Node) -> list[tuple[int, ...]]:
    """The sizes of the kernels; one of the same number of axes at least."""
    kernels = [part["kernel"].size for part in node.nodes() if part.get("kernel")]
    pools = [part["kernel_size"] for part in node.nodes() if part.get("kernel_size")]
    axes = next(len(part["size"]) for part in node.nodes() if part.get("size"))
    return [*kernels, *pools, (1,) * axes]


def channels_of(node: Node) -> tuple[int, int] | None:
    """(out, in) of the kernel, where the expression has one."""
    kernels = {part["kernel"] for part in node.nodes() if part.get("kernel")}
    return (k.leading, k.in_channels) if len(kernels) == 1 and (k := kernels.pop()) else None
