"""A symbol means one thing: a size in the entries is that size, and one name is one symbol."""

import json
import pickle

import numpy as np
import pytest
import sympy as sp

import symconv as sc
from symconv.errors import KernelError, ShapeError, SymbolError
from symconv.export.json_text import json_text
from symconv.printing.unicode import closed_form_text

n, a, i, j = sp.symbols("n a i j")
whole = sp.Symbol("n", integer=True, positive=True)
real = sp.Symbol("a", real=True)
SIZED = sc.conv([n, a], n)


# --- a size in the entries ----------------------------------------------------------------------


def test_a_number_for_a_size_stands_in_the_entries_too():
    assert (sc.identity(n) / n).at({n: 4})[0, 0] == sp.Rational(1, 4)
    expected = sc.conv([4, a], 4)
    assert SIZED.at({n: 4}) == SIZED.subs(n, 4) == SIZED.closed_form().at({n: 4}) == expected
    assert sp.sympify(SIZED).subs(n, 4).as_explicit() == expected.as_explicit()
    assert (SIZED.T @ SIZED * n).at({n: 3})[0, 0] == 27
    assert SIZED.subs({a: n + 1, n: 3}) == SIZED.subs([(n, 3), (a, n + 1)]) == sc.conv([3, 4], 3)


def test_entries_with_a_size_are_right_at_every_size():
    gram = (SIZED.T @ SIZED / n).closed_form()
    formula = gram.entry(i, j)
    for size in range(gram.valid_from[n], 6):
        A = sc.conv([size, a], size).as_explicit()
        for row in range(size):
            for col in range(size):
                value = formula.subs({i: row, j: col, n: size})
                assert sp.expand(value - (A.T * A)[row, col] / size) == 0


def test_a_pole_is_refused():
    with pytest.raises(KernelError, match="not finite"):
        (sc.identity(n) / (n - 4)).at({n: 4})


def test_numbers_and_pickles():
    numbers = sc.to_numpy(SIZED.at({n: 3}), {a: 5})
    assert np.array_equal(numbers, [[3, 5, 0], [0, 3, 5]])
    assert pickle.loads(pickle.dumps(SIZED)) == SIZED
    with pytest.raises(ShapeError, match="symbolic"):
        sc.to_numpy(SIZED, {a: 1, n: 4})


def test_residue_cases_write_the_size_in_the_kernel_too():
    cases = sc.residue_cases([n, 1], n, stride=2)
    for (r,), C in cases.items():
        (m,) = C.size_symbols
        assert C.at({m: 3}) == sc.conv([6 + r, 1], 6 + r, stride=2)
    (m,) = sc.residue_cases([sp.Symbol("m_n"), 1], n)[0,].size_symbols
    assert m.name == "m_n'"


@pytest.mark.parametrize(
    "statement",
    [
        lambda: sc.orthogonality(SIZED),
        lambda: sc.orthogonality(sc.conv([a, 1], n), scale=n),
        lambda: sc.orthogonality(sc.conv([a, 1], n)).where(a - n),
        lambda: sc.explain(sc.identity(n) / n),
        lambda: sc.check_regulariser([0], SIZED),
        lambda: sc.derive_gram(SIZED),
        lambda: (lambda C: (C @ C.T).split().rank)(sc.conv([n, a], n, padding=1)),
    ],
)
def test_what_is_said_of_every_size_refuses_a_size_in_the_entries(statement):
    with pytest.raises(SymbolError, match=r"every n, which is a size .* put in a number first"):
        statement()


def test_what_is_said_of_one_size_takes_it():
    assert sc.orthogonality((sc.identity(n) / n).at({n: 1})).holds()
    assert sc.squared_norm(sc.identity(n) / n) == 1 / n
    assert sc.explain((sc.identity(n) / n).at({n: 2})).rows.best_scale == sp.Rational(1, 4)
    with pytest.raises(ShapeError, match="n is a size"):
        SIZED.diff(whole)


# --- one name, two symbols ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "made",
    [
        lambda: sc.identity((n, whole)),
        lambda: sc.conv([n, 1], whole),
        lambda: sc.conv([a, real], 3),
        lambda: sc.identity(n) @ sc.identity(whole),
        lambda: sc.identity(n) + sc.identity(whole),
        lambda: sc.identity(n) * whole,
        lambda: sc.conv([a, 1], n).subs(a, whole),
        lambda: sc.conv([a, 1], n).closed_form().entry(whole, 0),
        lambda: sc.conv([a, 1], n).closed_form().entry(i, i + real),
        lambda: sc.identity(3) * a + sc.identity(3) * real,
        lambda: sc.conv([sp.Dummy("x"), sp.Dummy("x")], 3),
        lambda: sc.residue_cases([whole, 1], n, stride=2),
        lambda: sc.output_size((n, whole), 3),
    ],
)
def test_symbols_that_print_alike_do_not_meet(made):
    with pytest.raises(SymbolError, match="two different symbols are called"):
        made()


def test_symbols_are_known_by_name():
    assert sc.identity(n).at({whole: 5}) == sc.identity(5)
    K = sc.Kernel.symbolic("k", 2)
    plain = sp.Symbol("k_{0}")
    assert sc.conv(K, 3).subs(plain, 7)[0, 0] == K.subs(plain, 7)[0] == 7
    assert sc.conv(K, 3).diff(plain)[0, 0] == 1
    assert sc.to_numpy(sc.conv([a], 1), {real: 6}).tolist() == [[6]]
    assert sc.orthogonality(sc.conv([a], 2)).holds({real: 1})
    assert sc.Kernel([a, real]).subs(real, 2) == sc.Kernel([a, 2])
    with pytest.raises(SymbolError, match="two values"):
        sc.identity(n).at({n: 4, whole: 5})


def test_operators_with_symbols_that_print_alike_are_different():
    assert sc.identity(n) != sc.identity(whole)
    assert sc.conv([a], 2) != sc.conv([real], 2)
    with pytest.raises(AssertionError, match="different symbols of one name"):
        sc.testing.assert_same(sc.conv([a], 2), sc.conv([real], 2))


def test_letters_of_indices_keep_clear_of_the_kernel():
    kernel = sc.Kernel(["i", "x"])
    C = sc.conv(kernel, n)
    assert json.loads(json_text(C, kernel))["row"] == "mu"
    assert "entry (μ, ν)" in closed_form_text(C.closed_form())
