"""Entries at any index expression against the explicit matrix, wherever both indices are pixels."""

import math
import random
from fractions import Fraction
from functools import reduce
from operator import and_, mul, or_

import numpy as np
import pytest
import sympy as sp

import symconv as sc
from symconv.errors import GeometryError, ResidueError, SymconvError

n, m, i, j = sp.symbols("n m i j")
CHUNKS, CHUNK = 24, 130

# --- values of expressions, in Python's own integers and fractions ------------------------------

RULES = {
    sp.floor: math.floor,
    sp.ceiling: math.ceil,
    sp.Mod: lambda a, b: a % b,
    sp.Min: min,
    sp.Max: max,
    sp.Abs: abs,
    sp.Add: lambda *terms: sum(terms),
    sp.Mul: lambda *factors: reduce(mul, factors),
    sp.Pow: lambda base, exponent: Fraction(base) ** int(exponent),
    sp.Eq: lambda a, b: a == b,
    sp.Ne: lambda a, b: a != b,
    sp.Ge: lambda a, b: a >= b,
    sp.Le: lambda a, b: a <= b,
    sp.Gt: lambda a, b: a > b,
    sp.Lt: lambda a, b: a < b,
    sp.And: lambda *parts: reduce(and_, parts, True),
    sp.Or: lambda *parts: reduce(or_, parts, False),
    sp.Not: lambda part: not part,
    sp.ITE: lambda where, yes, no: yes if where else no,
}


def value(expr, point):
    """An expression at a point, by the rules above alone."""
    if expr.is_Symbol:
        return Fraction(point[expr])
    if expr.is_Number:
        return Fraction(int(expr.p), int(expr.q))
    if expr in (sp.true, sp.false):
        return bool(expr)
    if isinstance(expr, sp.Piecewise):
        return next(value(e, point) for e, where in expr.args if value(where, point))
    return RULES[expr.func](*(value(part, point) for part in expr.args))


def holding(formula, point):
    """How many of the conditions hold."""
    if not isinstance(formula, sp.Piecewise):
        return 1
    return sum(value(where, point) for _, where in formula.args[:-1])


# --- random operators and indices ---------------------------------------------------------------


def random_operator(draw):
    """An operator of symbolic size, and the function from sizes to its matrix."""
    axes = draw.choice((1, 1, 1, 2))
    taps = [draw.randint(1, 3 if axes == 1 else 2) for _ in range(axes)]
    entries = np.reshape(draw.sample([2, -3, 5, 7, -11, 13, 17, 19, 23], math.prod(taps)), taps)
    strides = [draw.choice((1, 1, 2, 3)) for _ in range(axes)]
    symbols = (n, draw.choice((n, m)))[:axes]
    C = sc.conv(
        sc.Kernel(entries),
        [s * symbol + draw.randint(-2, s + 2) for s, symbol in zip(strides, symbols, strict=True)],
        stride=strides,
        padding=[(draw.randint(-1, 2), draw.randint(-1, 2)) for _ in taps],
        dilation=draw.choice((1, 1, 2)),
        input_dilation=draw.choice((1, 1, 1, 2)) if strides == [1] * axes else 1,
        padding_mode=draw.choice(("zeros", "zeros", "zeros", "circular", "symmetric", "reflect")),
    )
    flipped = sc.flip(C.output_size)
    kind = draw.choice(("C", "T", "CtC", "CCt", "FC"))
    factors = {"C": [C], "T": [C.T], "CtC": [C.T, C], "CCt": [C, C.T], "FC": [flipped, C]}[kind]

    def matrix(sizes):
        return reduce(np.matmul, (sc.to_numpy(factor.at(sizes)) for factor in factors))

    return reduce(lambda a, b: a @ b, factors), matrix


def random_index(draw, size, depth=0):
    """An index expression on an axis of a size; most are integers somewhere in the image."""
    half = [sp.Rational(1, 2), sp.Rational(1, 3), sp.Rational(3, 2)]
    affine = (
        draw.choice((0, 0, 1, -1, 2)) * n
        + draw.choice((0, 0, 1, 1, -1, 2)) * draw.choice((i, i, j, m))
        + draw.randint(-2, 4)
    )
    kinds = {
        "number": lambda: sp.Integer(draw.randint(0, 4)),
        "end": lambda: size - draw.randint(1, 4),
        "symbol": lambda: draw.choice((i, j)),
        "shifted": lambda: draw.choice((i, j)) + draw.randint(-2, 2),
        "affine": lambda: affine,
        "fraction": lambda: draw.choice(half) * affine,
        "floor": lambda: sp.floor(draw.choice(half) * affine),
        "ceiling": lambda: sp.ceiling(draw.choice(half) * affine),
        "mod": lambda: sp.Mod(affine, draw.randint(2, 4)),
        "product": lambda: draw.choice((i, j, n)) * draw.choice((i, n, m)) - draw.randint(0, 3),
        "min": lambda: sp.Min(*(random_index(draw, size, depth + 1) for _ in "ab")),
        "max": lambda: sp.Max(*(random_index(draw, size, depth + 1) for _ in "ab")),
        "sum": lambda: sp.floor(n / 2) + random_index(draw, size, depth + 1),
        "multiple": lambda: draw.choice((2, 3)) * random_index(draw, size, depth + 1) - 1,
        "cases": lambda: sp.Piecewise((i, n > 4), (sp.Integer(1), True)),
        "power": lambda: n ** draw.randint(2, 3) - draw.choice((0, n)),
        "triangle": lambda: i * (i + 1) / 2,
        "imaginary": lambda: i + draw.choice((0, sp.I)) * n,
        "absolute": lambda: sp.Abs(i - j),
    }
    common = ("number", "end", "symbol", "shifted", "affine")
    return kinds[draw.choice((*kinds, *common) if depth < 2 else common)]()


def points(draw, start, count=24):
    """Sizes from the start on, close to it, and small integers for the indices."""
    for _ in range(count):
        sizes = {s: first + draw.randint(0, 4) for s, first in start.items()}
        yield sizes, {n: 3, m: 4, i: draw.randint(-1, 7), j: draw.randint(-1, 7)} | sizes


def flat(pixel, sizes, point):
    """(flat index, is a pixel) of the index expressions at a point."""
    numbers = [value(index, point) for index in pixel]
    if not all(number.denominator == 1 and 0 <= number < size
               for number, size in zip(numbers, sizes, strict=True)):  # fmt: skip
        return None
    pairs = zip(map(int, numbers), sizes, strict=True)
    return reduce(lambda total, pair: total * pair[1] + pair[0], pairs, 0)


def check(draw):
    """Whether the formula of one random entry was compared with the matrix."""
    try:
        operator, matrix = random_operator(draw)
    except (GeometryError, ResidueError):
        return 0
    form = operator.closed_form()
    pixel, other = (
        tuple(random_index(draw, sp.sympify(size)) for size in sizes)
        for sizes in (operator.output_size, operator.input_size)
    )
    try:
        formula = form.entry(pixel, other)
    except SymconvError as error:
        assert_refused_rightly(draw, operator, (pixel, other), str(error))
        return 0
    assert not sp.sympify(formula).has(sp.nan, sp.zoo)
    compared = 0
    for sizes, point in points(draw, form.valid_from):
        built = operator.at(sizes)
        row, col = flat(pixel, built.output_size, point), flat(other, built.input_size, point)
        if row is not None and col is not None:
            found = value(sp.sympify(formula), point)
            wanted = matrix(sizes)[row, col]
            assert found == wanted, (operator, pixel, other, formula, point, wanted)
            assert holding(formula, point) <= 1
            compared += 1
        elif not {*sp.Tuple(*pixel, *other).free_symbols} - set(sizes):
            assert value(sp.sympify(formula), point) == 0, (operator, pixel, other, formula, point)
    return compared


def assert_refused_rightly(draw, operator, pixels, message):
    """What is refused has an index that is no integer for some integers, or no pixel for all."""
    inside = 0
    for sizes, point in points(draw, operator.valid_from, 60):
        built = operator.at(sizes)
        try:
            found = [
                flat(pixel, size, point)
                for pixel, size in zip(pixels, (built.output_size, built.input_size), strict=True)
            ]
        except KeyError:  # the imaginary unit has no rule
            return
        inside += None not in found
    assert "not known to be an integer" in message or not inside, (operator, pixels, message)


@pytest.mark.parametrize(
    "seed",
    [seed if seed < 2 else pytest.param(seed, marks=pytest.mark.slow) for seed in range(CHUNKS)],
)
def test_entries_at_random_indices(seed):
    draw = random.Random(seed)
    compared = [check(draw) for _ in range(CHUNK)]
    assert sum(map(bool, compared)) > CHUNK / 5
