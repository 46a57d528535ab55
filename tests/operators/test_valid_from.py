"""From which sizes on closed forms hold, and which sizes there are."""

import itertools
from functools import reduce

import numpy as np
import pytest
import sympy as sp
from every_run import printed_in_every_run
from hypothesis import given
from hypothesis import strategies as st

import symconv as sc
from symconv.algebra.diagonal import Diagonal, diagonal, meet
from symconv.errors import GeometryError
from symconv.operators import valid_from
from symconv.operators.operator import product_of

m, n = sp.symbols("m n")
ONE_SENTENCE = r"image size -?\d+: an axis has 1 to 2\*\*63 - 1 pixels"


def dense(operator):
    return np.array(operator.as_explicit().tolist(), dtype=object).reshape(operator.shape)


def is_right(operator, values, matrix):
    """Whether the cells at a size are disjoint, inside the matrix and make it up."""
    sizes = operator.at(values).rows, operator.at(values).cols
    placed, hits = np.zeros_like(matrix), np.zeros(matrix.shape, dtype=int)
    for cell, element in operator.cells.items():
        diagonals = [d.at(values) for d in cell]
        for pairs in itertools.product(*diagonals) if None not in diagonals else ():
            try:
                place = tuple(map(np.ravel_multi_index, zip(*pairs, strict=True), sizes))
            except ValueError:
                return False
            placed[place] += operator.domain.to_sympy(element)
            hits[place] += 1
    return bool((placed == matrix).all() and (hits == (matrix != 0)).all())


def column(size):
    return sc.conv(sc.Kernel([[1], [2], [3]]), size)


# --- several size symbols ----------------------------------------------------------------------

# Each is made at a size from factors of that size; the products are NumPy's in the tests.
CHAINS = {
    "a shift beside a column": (
        lambda n, m: [column((n, m)).T, column((n, m)), sc.shift((n, m), (0, 2))],
        {m: 1, n: 4},
    ),
    "padding that is replicated": (
        lambda n, m: [
            sc.avg_pool((n + 2, m + 1), 2, stride=1, padding=1, count_include_pad=False),
            sc.pad((n, m), ((1, 1), (0, 1)), padding_mode="replicate"),
        ],
        {m: 1, n: 1},
    ),
    "both axes of one size": (
        lambda n, m: [column((2 * n + 1, n)).T, column((2 * n + 1, n))],
        {n: 2},
    ),
    "sizes that are shifted": (
        lambda n, m: [sc.shift((n - 3, 2 * m + 1), (1, -1)), sc.flip((n - 3, 2 * m + 1))],
        {m: 0, n: 4},
    ),
}


def product_at(factors, values):
    """NumPy's product of the factors at a size; None where there is no such image."""
    try:
        matrices = [dense(f) for f in factors(values.get(n), values.get(m))]
    except GeometryError:
        return None
    return reduce(np.matmul, matrices)


@pytest.mark.parametrize(("factors", "start"), CHAINS.values(), ids=CHAINS)
def test_a_closed_form_holds_on_its_whole_quadrant_and_on_no_larger_one(factors, start):
    operator = product_of(*factors(n, m))
    assert operator.valid_from == start

    def holds(values):
        matrix = product_at(factors, values)
        return matrix is not None and is_right(operator, values, matrix)

    steps = list(itertools.product(range(4), repeat=len(start)))
    quadrant = [{s: start[s] + up for s, up in zip(start, ups, strict=True)} for ups in steps]
    assert all(map(holds, quadrant))
    for lowered in start:
        below = ({**values, lowered: start[lowered] - 1} for values in quadrant)
        assert not all(map(holds, below)), lowered


def test_where_nothing_more_may_be_compared_the_proven_bound_stands(monkeypatch):
    operator = sc.conv(sc.Kernel([1, 2, 3]), n, padding=1)
    gram = operator.T @ operator @ operator
    monkeypatch.setattr(valid_from, "MOST_COMPARED", 0)
    assert gram.valid_from == gram.proven_from == {n: 4}
    monkeypatch.undo()
    assert (operator.T @ operator @ operator).valid_from == {n: 3}


def test_a_bound_is_found_once(monkeypatch):
    found = []
    monkeypatch.setattr(valid_from, "_holds", lambda *_: found.append(1))
    form = sc.conv(sc.Kernel([1, 2, 3]), n).closed_form()
    assert form.valid_from is form.two_level.valid_from is form.operator.valid_from
    assert len(found) == 1


BOUNDS = """
import sympy as sp, symconv as sc
m, n = sp.symbols("m n")
K = sc.Kernel.symbolic("k", (2, 3))
for size, mode in ((n, m), "zeros"), ((n, 2 * m - 3), "reflect"), ((2 * n + 1, n), "replicate"):
    C = sc.conv(K, size, padding=1, padding_mode=mode)
    for A in C.T @ C, C @ C.T, sc.flip(C.output_size) @ C @ sc.shift(size, 1):
        print(A.proven_from, A.valid_from, list(A.cells))
"""


def test_bounds_and_cells_are_the_same_in_every_run():
    found = printed_in_every_run(BOUNDS)
    assert len(found) == 1
    assert found.pop().count("Diagonal") > 100


# --- images have a pixel or more ---------------------------------------------------------------

OF_SHIFTED_SIZES = {
    "identity": (lambda n: sc.identity(n - 3), 4),
    "flip": (lambda n: sc.flip(n - 3), 4),
    "shuffle": (lambda n: sc.pixel_shuffle(n - 3, 2), 4),
    "nothing": (lambda n: 0 * sc.conv([1, 2, 3], n), 3),
    "difference": (lambda n: sc.conv([1, 2, 3], n) - sc.conv([1, 2, 3], n), 3),
    "product": (lambda n: sc.flip(n - 3) @ sc.identity(n - 3), 4),
    "image between the factors": (lambda n: 0 * sc.pad(n - 4, 5) @ sc.crop(n, 2), 5),
    "odd": (lambda n: sc.identity(2 * n + 1), 0),
    "longer": (lambda n: sc.conv([1, 2], n + 5), -3),
}


@pytest.mark.parametrize(("made", "start"), OF_SHIFTED_SIZES.values(), ids=OF_SHIFTED_SIZES)
def test_every_image_has_a_pixel(made, start):
    operator = made(n)
    assert operator.valid_from == {n: start}
    assert operator.proven_from[n] >= start
    assert min(operator.at({n: start}).shape) > 0
    for below in (start - 1, start - 4):
        for action in (operator.at, operator.closed_form().at, operator.subs):
            with pytest.raises(GeometryError, match=ONE_SENTENCE):
                action({n: below})


@pytest.mark.parametrize("size", [0, -2, 2**63])
@pytest.mark.parametrize(
    "made",
    [
        lambda size: sc.identity(size),
        lambda size: sc.flip(size),
        lambda size: sc.conv([1], size),
        lambda size: sc.conv_transpose([1], size),
        lambda size: sc.crop(2, ((2 - size, 0),)),
        lambda size: sc.pixel_shuffle(size, 2),
        lambda size: sc.identity(n).at({n: size}),
        lambda size: sc.conv([1, 2], n).at({n: size + 1 - (size > 0)}),
        lambda size: sc.conv([1, 2], n).subs(n, size),
        lambda size: sc.output_size(size, 1),
        lambda size: sc.transposed_output_size(size, 1),
    ],
)
def test_what_is_no_size_is_refused_with_one_sentence(made, size):
    with pytest.raises(GeometryError, match=ONE_SENTENCE):
        made(size)


# --- one way to a concrete size ----------------------------------------------------------------


def kernel_between_channels():
    return sc.Kernel.from_weight([[[-2, 4], [-5, 7]]])


ARGUMENTS = {
    "stuffed and reflected": {
        "padding": ((4, 3),), "input_dilation": 3, "padding_mode": "reflect"
    },
    "reflected further than windows reach": {
        "padding": ((0, 4),), "stride": 3, "padding_mode": "reflect"
    },
    "wrapped": {"padding": ((1, 4),), "padding_mode": "circular"},
    "mirrored": {"padding": ((3, 4),), "padding_mode": "symmetric"},
    "repeated": {"padding": 2, "stride": 3, "padding_mode": "replicate"},
    "dilated": {"dilation": 4, "stride": 3, "padding": ((0, 1),)},
    "cropped": {"padding": -2},
    "same": {"padding": "same", "stride": 3, "padding_mode": "reflect", "dilation": 3},
}  # fmt: skip


@pytest.mark.parametrize("arguments", ARGUMENTS.values(), ids=ARGUMENTS)
@pytest.mark.parametrize("rest", range(3))
def test_a_size_put_in_later_is_a_size_given_at_once(arguments, rest):
    def made(size):
        return sc.conv(kernel_between_channels(), size, **arguments)

    operator = made(3 * n + rest)
    ways = (operator.at, operator.closed_form().at, operator.subs, lambda v: operator.subs(n, v[n]))
    exists = []
    for value in range(4):
        try:
            at_once = made(3 * value + rest)
        except GeometryError:
            for way in ways:
                with pytest.raises(GeometryError):
                    way({n: value})
            continue
        exists.append(value)
        for way in ways:
            assert way({n: value}) == at_once
            assert way({n: value}).provenance == at_once.provenance
    assert operator.valid_from[n] >= exists[0]
    assert exists == list(range(exists[0], 4))


def test_a_size_symbol_among_the_entries_gets_its_value_too():
    operator = n * sc.conv([n, 1 / n], 2 * n) @ sc.shift(2 * n, 1)
    at_once = 3 * sc.conv([3, sp.Rational(1, 3)], 6) @ sc.shift(6, 1)
    for way in (operator.at, operator.closed_form().at, operator.subs):
        assert way({n: 3}) == at_once


def test_reflection_needs_its_room_at_every_size():
    C = sc.conv(kernel_between_channels(), n, **ARGUMENTS["stuffed and reflected"])
    assert C.valid_from == {n: 3}
    for size in (1, 2):
        with pytest.raises(GeometryError, match="reflect padding 4 needs an input of at least 5"):
            C.at({n: size})


# --- shared entries ----------------------------------------------------------------------------

STEPS = st.integers(1, 4)
PLACES = st.integers(0, 9)
DIAGONALS = st.builds(
    lambda row, col, a, b, sign, length: diagonal(row, col + 30, a, sign * b, length),
    PLACES, PLACES, STEPS, STEPS, st.sampled_from((1, -1)), st.integers(1, 6),
)  # fmt: skip


@given(DIAGONALS, DIAGONALS)
def test_diagonals_meet_where_they_share_an_entry(a: Diagonal, b: Diagonal):
    assert meet(a, b) == bool(set(a) & set(b))


def test_the_quotient_of_a_size_may_be_zero():
    n = sp.Symbol("n", integer=True, positive=True)
    odd = sc.residue_cases(sc.Kernel([1]), n, stride=2)[1,]
    (m,) = odd.size_symbols
    assert m.is_integer
    assert m.is_positive is None
    assert odd.valid_from == {m: 0}
    assert odd.at({m: 0}).shape == (1, 1)


def test_no_size_below_what_is_assumed_of_its_symbol():
    sizes = [sp.Symbol("n", **words) for words in ({}, {"nonnegative": True}, {"positive": True})]
    bounds = [sc.pad(n + 3, 1, padding_mode="circular").valid_from[n] for n in sizes]
    assert bounds == [-2, 0, 1]


def test_the_advice_for_a_remainder_names_another_letter():
    m = sp.Symbol("m")
    with pytest.raises(sc.SymconvError, match=r"with m = 2\*l \+ r"):
        (sc.flip(m) + sc.identity(m)).closed_form().entry(0, 0)


def test_a_size_that_divides_starts_after_its_poles():
    n = sp.Symbol("n")
    operators = [sc.identity(n + 1) / n, sc.identity(n + 1) / (n**2 - 4), sc.identity(n + 1) * n]
    assert [operator.valid_from for operator in operators] == [{n: 1}, {n: 3}, {n: 0}]
    assert operators[1].at({n: 3}).as_explicit()[0, 0] == sp.Rational(1, 5)


def test_single_entries_that_meet_at_one_size_alone():
    """The first and the last row of A have a pixel in common at n = 9, and at no larger size."""
    n = sp.Symbol("n")
    pool = sc.avg_pool((n - 2, 5), (3, 1), stride=(1, 3), count_include_pad=False)
    pad = sc.conv(sc.Kernel([[0], [3], [0]]), (n - 4, 2), padding="full", padding_mode="reflect")
    A = pad @ pool
    gram = A @ A.T
    assert gram.valid_from == {n: 10}
    at_nine = A.at({n: 9})
    assert (at_nine @ at_nine.T)[0, 12] == 1
    assert gram.closed_form().entry((0, 0), (n - 3, 0)) == 0
