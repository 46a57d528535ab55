"""Substitution, pickling and equality."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import sympy as sp

from symconv.errors import SymconvError

from .rewrite import rewritten
from .source import build, source
from .subject import DisagreementError, Subject, same
from .trees import Node, images, leaf, letter, number, plus, scaled
from .truth import PRIME, Modular, evaluate
from .values import Point


def check_subs(it: Subject) -> None:
    """Entries replaced, sizes replaced, and both at once."""
    if not it.grid:
        return
    sizes = it.rng.choice(it.grid)
    names = sorted(it.node.names - set(it.symbols) - {"sqrt2"})
    own = {s.name: s for s in it.operator.free_symbols}
    names = [n for n in names if n in own]
    changed, numbers = dict(it.letters), {}
    for name in it.rng.sample(names, min(2, len(names))):
        value = Fraction(it.rng.choice((2, 3, -1, 5, Fraction(1, 2))))
        changed[name] = value.numerator * pow(value.denominator, -1, PRIME) % PRIME
        numbers[own[name]] = sp.Rational(value.numerator, value.denominator)
    matrix = it.true(sizes, changed)
    if matrix is None:
        return
    values = it.sympy_sizes(sizes)
    point = Point(changed, {})
    ways: dict[str, Callable[[], Any]] = {
        "subs(all)": lambda: it.operator.subs({**numbers, **values}),
        "subs(entries).at": lambda: it.operator.subs(numbers).at(values),
        "subs(sizes).subs(entries)": lambda: it.operator.subs(values).subs(numbers),
        "closed_form().subs.at": lambda: it.form.subs(numbers).at(values),
    }
    for name in it.rng.sample(sorted(ways), 2):
        make = ways[name]
        try:
            operator = make()
        except SymconvError as refusal:
            raise DisagreementError(
                name, f"{sizes} {numbers}: {type(refusal).__name__}: {refusal}"
            ) from None
        same(name, operator, matrix, point, f"{sizes} {numbers}")
        if operator.free_symbols & set(numbers):
            raise DisagreementError(name, f"{numbers} are still there")
    it.count("subs")


def check_pickle(it: Subject) -> None:
    again = pickle.loads(pickle.dumps(it.operator))
    if again != it.operator or hash(again) != hash(it.operator):
        raise DisagreementError("pickle", "not equal to itself")
    if set(again.free_symbols) != set(it.operator.free_symbols):
        raise DisagreementError("pickle", "other symbols")
    if it.grid:
        sizes = it.rng.choice(it.grid)
        matrix = it.true(sizes)
        if matrix is not None:
            same("pickle", again.at(it.sympy_sizes(sizes)), matrix, it.point({}), sizes)
    it.count("pickle")


def check_equal(it: Subject) -> None:
    """Equal operators are equal however made, and a changed one is not."""
    node = rewritten(it.node, it.rng)
    try:
        other = build(node, it.assumed)
    except SymconvError:
        it.count("no other way")
    else:
        if other != it.operator:
            raise DisagreementError("==", f"not equal to {source(node)}")
        if hash(other) != hash(it.operator):
            raise DisagreementError("hash", f"not that of {source(node)}")
        it.count("equal")
    changed = _changed(it)
    if changed is not None and build(changed, it.assumed) == it.operator:
        raise DisagreementError("==", f"equal to {source(changed)}")


def _changed(it: Subject) -> Node | None:
    """An expression that differs at a size of the grid."""
    changed = scaled(it.rng.choice((number(2), letter("a"), number(-1))), it.node)
    out, into = images(it.node)
    if out == into and it.rng.random() < 0.5:
        one = leaf("identity", into[1], channels=into[0])
        changed = plus(it.node, scaled(number(Fraction(1, 3)), one))
    ring = Modular(it.letters)
    for sizes in it.grid[-2:]:
        matrix = it.true(sizes)
        if matrix is None or evaluate(changed, sizes, ring).entries == matrix.entries:
            continue
        if changed.kind == "+" or any(x for row in matrix.entries for x in row.values()):
            return changed
    return None
