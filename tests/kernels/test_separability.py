"""Separable kernels: factors against the outer product, conditions against ranks at points."""

from itertools import product
from random import Random
from time import perf_counter

import numpy as np
import pytest
import sympy as sp

import symconv as sc
from symconv.errors import BudgetError, KernelError

a, b, c, d = sp.symbols("a b c d")


def numbers(random, size):
    return [random.randint(-3, 3) for _ in range(size)]


def flattenings_have_rank_one(array):
    """The other route: every flattening, by NumPy's rank."""
    moved = (np.moveaxis(array, axis, 0) for axis in range(array.ndim))
    return all(np.linalg.matrix_rank(x.reshape(len(x), -1)) <= 1 for x in moved)


@pytest.mark.parametrize("seed", range(40))
def test_numbers(seed):
    random = Random(seed)
    shape = [random.randint(1, 4) for _ in range(random.choice((1, 2, 2, 3)))]
    K = sc.Kernel.outer(*(numbers(random, size) for size in shape))
    found = K.separable()
    assert found
    assert sc.Kernel.outer(*found.factors) == K
    assert found.conditions == found.divisors == ()
    array = np.array(K.tolist(), dtype=int)
    array[tuple(random.randrange(size) for size in shape)] += 1
    other = sc.Kernel(array).separable()
    assert bool(other) == flattenings_have_rank_one(array)
    assert bool(other.conditions) != bool(other)


@pytest.mark.parametrize("seed", range(12))
def test_a_sum_of_as_many_as_the_rank(seed):
    random = Random(seed)
    rows, cols = random.randint(2, 5), random.randint(2, 5)
    array = sum(
        np.outer(numbers(random, rows), numbers(random, cols)) for _ in range(random.randint(1, 3))
    )
    found = sc.Kernel(array).separable()
    assert found.rank == np.linalg.matrix_rank(array) == len(found.terms)
    total = sum((sp.Matrix(u.tolist()) * sp.Matrix([v.tolist()]) for u, v in found.terms),
                sp.zeros(rows, cols))  # fmt: skip
    assert total == sp.Matrix(array)
    assert found.nonzero == ()


def test_polynomials_are_factored_without_division():
    """So that the factors hold for every value, zeros among them."""
    for u, v in (([a * b, b], [a, c]), ([a, 1], [b, 1]), ([a + 1, a**2 - 1], [a - 1, 3])):
        K = sc.Kernel.outer(u, v).map(sp.expand)
        found = K.separable()
        assert found.divisors == ()
        assert found
        for at in product((-1, 0, 1), repeat=3):
            values = dict(zip((a, b, c), at, strict=True))
            factors = (factor.subs(values) for factor in found.factors)
            assert sc.Kernel.outer(*factors) == K.subs(values)


def test_what_is_divided_by_is_said():
    f, g = sp.Function("f")(a), sp.Function("g")(a)
    found = sc.Kernel([[f * f, f * g], [f * g, g * g]]).separable()
    assert found
    assert found.divisors in ((), (f**2,))
    K = sc.Kernel([[a, b, c], [2 * a, 2 * b, 2 * c], [a + 1, b + 1, c + 1]])
    found = K.separable()
    assert (found.rank, len(found.terms)) == (2, 2)
    total = sum((sp.Matrix(u.tolist()) * sp.Matrix([v.tolist()]) for u, v in found.terms),
                sp.zeros(3, 3))  # fmt: skip
    assert (total - sp.Matrix(K.tolist())).applyfunc(sp.cancel) == sp.zeros(3, 3)
    assert 2 * a in found.nonzero


def test_conditions_are_the_minors():
    found = sc.Kernel([[a, b], [c, d]]).separable()
    assert not found
    assert found.conditions == (a * d - b * c,)
    assert len(sc.Kernel.symbolic("k", (3, 3)).separable().conditions) == 9
    assert sc.Kernel([[1, 0, a], [0, 1, b]]).separable().conditions == (1,)


def test_on_three_axes_all_flattenings_count():
    """One flattening of rank one is not enough, and the minors of one neither."""
    K = sc.Kernel([[[1, 0], [0, 1]], [[2, 0], [0, 2]]])
    array = np.array(K.tolist(), dtype=int)
    assert np.linalg.matrix_rank(array.reshape(2, 4)) == 1
    assert not K.separable()
    symbols = sc.Kernel.symbolic("k", (2, 2, 2))
    conditions = symbols.separable().conditions
    for values in product((0, 1), repeat=8):
        at = dict(zip(symbols.entries, values, strict=True))
        vanish = all(condition.subs(at) == 0 for condition in conditions)
        assert vanish == flattenings_have_rank_one(np.array(values).reshape(2, 2, 2))


def test_zero_and_radicals_and_exponentials():
    zero = sc.Kernel([[0, 0], [0, 0]]).separable()
    assert (bool(zero), zero.rank, zero.terms) == (True, 0, ())
    roots = sc.Kernel([[sp.sqrt(2), 2], [1, sp.sqrt(2)]])
    assert sc.Kernel.outer(*roots.separable().factors).map(sp.expand) == roots
    assert not sc.Kernel([[sp.sqrt(2), 2], [1, sp.sqrt(3)]]).separable()
    for K in (sc.kernels.gaussian((3, 5)), sc.kernels.gaussian((4, 3), 1, normalised=False)):
        found = K.separable()
        assert found.divisors == ()
        assert all((e - k).equals(0) for e, k in zip(
            sc.Kernel.outer(*found.factors).entries, K.entries, strict=True
        ))  # fmt: skip
    turned = sc.Kernel([[sp.exp(a), sp.exp(2 * a)], [1, sp.exp(a) + 1]]).separable()
    assert [sp.expand(c) for c in turned.conditions] == [sp.exp(a)]
    unit = sp.exp(sp.I * sp.pi / 5)
    assert sc.Kernel([[unit, unit**2], [1, unit]]).separable()


def test_large_kernels_take_no_time():
    start = perf_counter()
    assert sc.kernels.gaussian((15, 15)).separable()
    assert not sc.Kernel.symbolic("k", (11, 11)).separable()
    assert len(sc.Kernel.symbolic("k", (8, 8)).separable().conditions) == 28**2
    assert perf_counter() - start < 10


def test_refusals():
    with pytest.raises(KernelError, match="one channel"):
        sc.Kernel.symbolic("k", 2, 2, 2).separable()
    with pytest.raises(KernelError, match="outer"):
        sc.Kernel.outer()
    with pytest.raises(KernelError, match="two axes"):
        _ = sc.Kernel([1, 2]).separable().rank
    with pytest.raises(BudgetError, match="minors"):
        _ = sc.Kernel.symbolic("k", (20, 20)).separable().conditions
    rows = [*sc.Kernel.symbolic("k", (6, 7)).tolist()]
    with pytest.raises(BudgetError, match="put numbers in"):
        _ = sc.Kernel([*rows, rows[0]]).separable().rank


# --- LaTeX ---------------------------------------------------------------------------------------


def test_faces():
    show = sp.latex(sc.kernels.sobel().separable())
    assert show.endswith(
        r"= \left[\begin{matrix}1\\2\\1\end{matrix}\right] "
        r"\left[\begin{matrix}-1 & 0 & 1\end{matrix}\right]"
    )
    assert sp.latex(sc.kernels.laplacian().separable()).count(r"\begin{matrix}") == 5
    assert sp.latex(sc.Kernel([[a, b], [c, d]]).separable()) == (
        r"\begin{aligned}a d - b c &= 0\end{aligned}"
    )
    assert sp.latex(sc.kernels.box((2, 2, 2)).separable()).count(r"\otimes") == 2
    assert "is not separable" in sp.latex(sc.kernels.laplacian(3).separable())
