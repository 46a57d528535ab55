"""Ranks, null spaces and ranges against exact elimination by python-flint."""

import time
from itertools import product

import flint
import pytest
import sympy as sp
from witness import explicit, kernels, line, matrix, plane

import symconv as sc
from symconv.errors import BudgetError

n, m = sp.symbols("n m")
a, b = sp.symbols("a b", real=True)
MODES = ("zeros", "zeros", "zeros", "circular", "reflect", "symmetric", "replicate")


def nullity(M):
    return M.ncols() - M.rank()


def drawn(source, kernel):
    """Arguments of a convolution, which the kernel fits."""
    k = len(kernel)
    mode = source.choice(MODES)
    pads = (source.randint(0, 3), source.randint(0, 3))
    if mode == "zeros" and source.random() < 0.5:
        pads = source.choice(((0, 0), (k - 1, k - 1), ((k - 1) // 2, k // 2)))
    return k + source.randint(3, 7), source.choice((1, 1, 2, 3)), pads, mode


def test_a_thousand_kernels_by_rank_and_null_space():
    lost = 0
    for source, kernel in kernels(1000, seed=1):
        size, stride, pads, mode = drawn(source, kernel)
        C = sc.conv(kernel, size, stride=stride, padding=(pads,), padding_mode=mode)
        M = matrix(kernel, line(size, len(kernel), stride, pads, mode=mode))
        assert int(sc.rank(C)) == M.rank(), (kernel, C)
        assert int(sc.rank(C @ C.T)) == M.rank()
        lost += M.rank() < min(M.nrows(), M.ncols())
        for operator, witness in ((C, M), (C.T, M.transpose())):
            N = sc.nullspace(operator)
            assert N.dimension == len(N.basis) == nullity(witness), (kernel, operator)
            if N.basis:
                together = sp.Matrix.hstack(*N.basis)
                vectors = explicit(together)
                assert vectors.rank() == N.dimension
                assert witness * vectors == flint.fmpq_mat(witness.nrows(), N.dimension)
    assert lost > 20  # deficient ones are among them


def test_every_size_at_once():
    for source, kernel in kernels(60, seed=3):
        k = len(kernel)
        for padding in ("valid", "full", "same"):
            for operator in (C := sc.conv(kernel, n, padding=padding), C.T):
                found = sc.rank(operator)
                size = k + source.randint(0, 6)
                there = explicit(operator.at({n: size}))
                assert int(found.at({n: size})) == there.rank()
                if found.condition is None:
                    assert sp.sympify(found.value).subs(n, size) == there.rank(), (kernel, padding)
                elif there.rank() < min(there.nrows(), there.ncols()):
                    assert found.condition.at({n: size}) == 0  # exactly where the determinant is


def test_circular_ones_lose_rank_at_the_orders_of_roots_of_unity():
    for kernel in ([1, 1, 1], [1, -1], [1, 0, 1], [1, 2, 1], [1, -2, 2, -1], [2, 3], [0, 1, 1]):
        k = len(kernel)
        C = sc.conv(kernel, n, padding=((0, k - 1),), padding_mode="circular")
        value = sp.sympify(sc.rank(C).value)
        for size in range(k, 19):
            there = explicit(C.at({n: size})).rank()
            assert value.subs(n, size) == int(sc.rank(C).at({n: size})) == there


def test_two_axes():
    for kernel in ([[1, 2], [3, 4]], [[1, 2], [2, 4]], [[1, -1], [-1, 1]], [[0, 0], [0, 3]]):
        for padding, mode in ((0, "zeros"), (1, "zeros"), (1, "circular")):
            C = sc.conv(kernel, (4, 5), padding=padding, padding_mode=mode)
            M = plane(kernel, (4, 5), padding, mode)
            assert int(sc.rank(C)) == M.rank()
            N = sc.nullspace(C)
            assert N.dimension == len(N.basis) == nullity(M)
            if N.basis:
                vectors = explicit(sp.Matrix.hstack(*N.basis))
                assert vectors.rank() == N.dimension
                assert M * vectors == flint.fmpq_mat(M.nrows(), N.dimension)
    C = sc.conv([[1, 1], [1, 1]], (8, 12), padding=((0, 1), (0, 1)), padding_mode="circular")
    D = sc.conv([[1, 1], [1, 2]], (8, 12), padding=((0, 1), (0, 1)), padding_mode="circular")
    assert int(sc.rank(C)) == 7 * 11
    assert int(sc.rank(D)) == explicit(D).rank()
    assert "frequencies" in sc.rank(D).certificate


def test_what_kernels_lose_rank():
    K = sc.Kernel.symbolic("k", (2, 2))
    valid = sc.rank(sc.conv(K, (n, m)))
    assert valid.value == (n - 1) * (m - 1)
    assert valid.exact
    assert valid.condition == sp.Or(*(sp.Ne(e, 0) for e in K.entries))
    square = sc.rank(sc.conv([a, b, a], n, padding=1))
    assert square.condition.at({n: 2}) == b**2 - a**2
    assert str(square) == "rank n if the determinant is not zero: the matrix is square"
    one_sided = sc.rank(sc.conv([a, b], n, padding=((1, 0),)))
    assert (one_sided.value, one_sided.condition) == (n, sp.Ne(b, 0))
    gram = sc.conv([sp.I, 1], 5)
    assert int(sc.rank(gram @ gram.T)) == 4
    isotropic = sc.conv([sp.I, 1], 4, stride=2)
    assert int(sc.rank(isotropic @ isotropic.T)) == 0  # 1 + i^2: no real matrix does so
    assert int(sc.rank(isotropic)) == 2


def test_a_symbol_of_one_sign_is_regular_at_every_size():
    found = {}
    for kernel in product((-1, 0, 1, 2), repeat=3):
        C = sc.conv(list(kernel), n, padding=1)
        try:
            certificate = sc.rank(C).certificate
        except sc.SymconvError:
            continue
        found[kernel] = "keeps its sign" in certificate
        if found[kernel]:
            assert all(int(sc.rank(C.at({n: size}))) == size for size in range(1, 9)), kernel
    assert found[1, 2, 1]
    assert found[-1, 2, -1]
    assert not found[1, 1, 1]  # of rank 1 on 2 pixels
    assert not found[1, 0, -1]  # skew, of no inverse on odd sizes
    assert 10 < sum(found.values()) < len(found) - 10


def test_certificates_hold():
    C = sc.conv(sc.Kernel.symbolic("k", (2, 2)), (3, 3), padding=((1, 0), (0, 0)))
    for operator in (C, C.T @ C, sc.conv([1, 2, 3, 1], 9, padding=2, stride=2)):
        found = sc.rank(operator)
        if found.minor is not None:
            block = operator.subs(found.minor.point).as_explicit()
            block = block.extract(list(found.minor.rows), list(found.minor.cols))
            assert block.det() != 0
            assert block.shape[0] == int(found)


def test_sequences_solve_the_recurrence_also_at_double_roots():
    for kernel in ([2, -3, 1], [1, -2, 1], [1, 3, 3, 1], [1, 0, 1], [4, 4, 1], [1, 1, 0, 0, 2, 3]):
        N = sc.nullspace(sc.conv(kernel, n))
        assert len(N.sequences) == N.dimension == len(kernel) - 1
        for sequence in N.sequences:
            for start in (0, 1, 5):
                # Each term for itself: digits of a sum that is exactly zero take for ever.
                window = [sequence.subs(N.index, start + t).evalf(30) for t in range(len(kernel))]
                total = sum(c * x for c, x in zip(kernel, window, strict=True))
                assert abs(total) < 1e-20


def test_zero_ends_leave_free_pixels_and_symbols_keep_their_condition():
    N = sc.nullspace(sc.conv([0, 1, -2, 1, 0], n))
    assert (N.dimension, N.free) == (4, (1, 1))
    N = sc.nullspace(sc.conv([a, b], n))
    assert N.condition == sp.And(sp.Ne(a, 0), sp.Ne(b, 0))
    assert N.at({n: 3}).basis[0] == sp.Matrix([1, -a / b, a**2 / b**2])
    assert sc.nullspace(sc.conv([1, -1, 1], n, padding=1)).condition.at({n: 2}) == 0
    assert len(sc.nullspace(sc.conv([1, -1, 1], 5, padding=1)).basis) == 1


def test_ranges():
    for kernel in ([2, -3, 1], [1, 2, 1], [0, 1, 3]):
        C = sc.conv(kernel, n, padding="full")
        space = sc.columnspace(C)
        assert space.dimension == n
        there = sc.columnspace(C.at({n: 4}))
        image = C.at({n: 4}).as_explicit() * sp.Matrix([1, -2, 3, 5])
        assert there.contains(image)
        assert not there.contains([1, 0, 0, 0, 0, 0]) or kernel[1:] == [1, 3]
        assert all((C.at({n: 4}).as_explicit().T * v).is_zero_matrix for v in there.equations.basis)
    assert sc.columnspace(sc.conv([1, 1], n)).dimension == n - 1


def test_how_they_print():
    N = sc.nullspace(sc.conv([1, -2, 1], n))
    assert sp.latex(N) == (
        r"\begin{aligned}x_{i} &= c_{1} + i c_{2} \\ 0 &= x_{i} - 2 x_{i + 1} + x_{i + 2}\end{aligned}"
    )
    assert sp.latex(sc.rank(sc.conv([a, b], n))) == (
        r"\operatorname{rank} = n - 1 \quad \text{if } a \neq 0 \vee b \neq 0"
    )
    assert sp.latex(sc.nullspace(sc.conv([1, 2], n, padding="full"))) == r"\{0\}"


def test_limits_are_errors_with_the_way_out():
    with pytest.raises(sc.SymconvError, match="at every size"):
        sc.rank(sc.conv(sc.Kernel.arange((3, 3)), (n, n), padding=1))
    with pytest.raises(BudgetError, match="smaller image"):
        sc.nullspace(sc.conv([[1, 2], [3, 4]], (20, 20))).basis  # noqa: B018
    with pytest.raises(sc.SymconvError, match="take at"):
        sc.nullspace(sc.conv([1, 2], n)).basis  # noqa: B018


def test_the_imaginary_unit_takes_the_letter_of_the_index():
    N = sc.nullspace(sc.conv([sp.I, 1], n))
    assert str(N) == "z[x] = combinations of (-I)^x"
    assert "z_{x} &=" in sp.latex(N)


def test_a_null_space_of_symbols_that_is_too_long_is_refused_before_the_work():
    C = sc.conv(sc.Kernel.symbolic("k", (3, 3)), (30, 30))
    start = time.process_time()
    with pytest.raises(BudgetError, match="give the kernel numbers"):
        sc.nullspace(C).basis  # noqa: B018
    # All of it would be 91,000 determinants of 784 rows.
    assert time.process_time() - start < 5


def test_a_tap_that_meets_no_pixel():
    """Rows k_2, 0 and 0, k_0: the middle tap stands nowhere."""
    C = sc.conv(sc.Kernel.symbolic("k", 3), 2, stride=3, padding=2)
    assert C.as_explicit().rank() == sc.rank(C).value == 2
