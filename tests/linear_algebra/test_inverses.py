"""Inverses, pseudo-inverses and deconvolution against exact elimination and least squares."""

import random
from fractions import Fraction

import flint
import numpy as np
import pytest
import sympy as sp
from witness import explicit, fraction, kernels, line, matrix, plane

import symconv as sc
from symconv.errors import BudgetError

n, m, mu = sp.symbols("n m mu")
a, b = sp.symbols("a b", real=True)
i, j = sp.symbols("i j", integer=True, nonnegative=True)


def eye(size):
    return flint.fmpq_mat([[int(r == c) for c in range(size)] for r in range(size)])


def test_a_thousand_kernels_by_inverse_and_pseudo_inverse():
    singular = deficient = 0
    for source, kernel in kernels(1000, seed=4):
        k = len(kernel)
        low = source.randint(0, k - 1)
        mode = source.choice(("zeros", "zeros", "circular"))
        size = k + source.randint(0, 3)
        square = sc.conv(kernel, size, padding=((low, k - 1 - low),), padding_mode=mode)
        M = matrix(kernel, line(size, k, padding=(low, k - 1 - low), mode=mode))
        if M.det() == 0:
            singular += 1
            with pytest.raises(sc.SymconvError, match="singular"):
                sc.inverse(square)
        else:
            assert explicit(sc.inverse(square)) == M.inv(), (kernel, square)
        pads = (source.randint(0, 2), source.randint(0, 2))
        C = sc.conv(kernel, size, stride=source.choice((1, 1, 2)), padding=(pads,))
        A = explicit(C)
        X = explicit(sc.pseudo_inverse(C))
        deficient += A.rank() < min(A.nrows(), A.ncols())
        AX, XA = A * X, X * A
        assert AX * A == A, (kernel, C)
        assert XA * X == X
        assert AX.transpose() == AX
        assert XA.transpose() == XA
    assert singular > 20
    assert deficient > 5


def test_bands_are_inverted_by_triangular_convolutions():
    for source, kernel in kernels(25, seed=5, ends=False):
        k = len(kernel)
        low = source.randint(0, k - 1)
        C = sc.conv(kernel, n, padding=((low, k - 1 - low),))
        V = sc.conv(kernel, n)
        for operator in (C, V @ V.T):
            there = operator.at({n: k + 6})
            if explicit(there).det() == 0:
                continue
            found = sc.inverse(operator).at({n: k + 6})
            assert explicit(found) == explicit(there).inv()
            if explicit(found)[0, 0] != 0 or 0 in (low, k - 1 - low):
                assert there @ found.as_operator == sc.identity(there.output_size)


def test_triangular_ones_have_the_coefficients_of_one_over_the_symbol():
    lower = sc.inverse(sc.conv([2, 3, 1], n, padding=((2, 0),)))
    upper = sc.inverse(sc.conv([a, b], n, padding=((0, 1),)))
    assert [lower.entry(r, 0) for r in range(4)] == [1, -3, 7, -15]  # 1/((1 + x)(1 + 2x))
    assert lower.entry(0, 3) == 0
    assert [sp.expand(upper.entry(0, c) * a ** (c + 1)) for c in range(3)] == [1, -b, b**2]
    assert sp.latex(lower) == (
        r"\left(C^{-1}\right)_{i,j} = [z^{i - j}] \frac{1}{1 + 3 z + 2 z^{2}}"
    )


def exact(number):
    return sp.Rational(number.numerator, number.denominator)


def solution(line, low, start, last):
    """u(i) up to an index: zeros, a unit vector, then the recurrence sum_d a_d u(i + d) = 0."""
    u = {i: Fraction(0) for i in range(low, 0)} | dict(enumerate(map(Fraction, start)))
    for i in range(last - len(start) + 1):
        past = sum(a * u[i + d] for d, a in enumerate(line[:-1], low))
        u[i + len(start)] = -past / line[-1]
    return lambda i: u.get(i, Fraction(0))


@pytest.mark.parametrize("seed", range(12))
def test_the_printed_formula_of_a_band_is_its_inverse(seed):
    """What is printed at a symbolic size, put together from its recurrence by plain loops."""
    source = random.Random(seed)
    k = source.choice((3, 3, 4, 5))
    taps = [source.choice((-3, -2, -1, 1, 2, 3)) for _ in range(k)]
    low = source.randint(1, k - 2)
    C = sc.conv(taps, n, padding=((low, k - 1 - low),))
    q, m = k - 1 - low, 9
    latex = sc.latex(sc.inverse(C))
    assert (r"\det U \neq 0" in latex) == (q > 1)
    assert (r"u(n - 1 - j)}{u(n)}" in latex) == (q == 1)
    units = [[int(i == r) for i in range(q)] for r in range(q)]
    u = [solution(taps, -low, start, m + q) for start in units]
    U = sp.Matrix(q, q, lambda s, r: exact(u[int(r)](m + int(s))))
    matrix = C.at({n: m}).as_explicit()
    assert (U.det() == 0) == (matrix.det() == 0)
    if U.det() == 0:
        return
    back = U.inv()

    def entry(i, j):
        lost = sum(
            exact(u[r](i)) * back[r, s] * exact(u[q - 1](m - 1 + s - j))
            for r in range(q)
            for s in range(q)
        )
        return (exact(u[q - 1](i - j - 1)) - lost) / taps[-1]

    assert sp.Matrix(m, m, lambda i, j: entry(int(i), int(j))) == matrix.inv()


def test_the_formula_of_a_band_keeps_its_letters_apart():
    latex = sc.latex(sc.inverse(sc.conv(sc.Kernel(sp.symbols("u r i U")), n, padding=((1, 2),))))
    assert r"\mathcal{U}" in latex
    assert r"{u'}_{\rho}(x - 1)" in latex
    assert r"U \neq 0" in latex


def test_two_taps_at_every_size():
    C = sc.conv([a, b], n)
    found = sc.inverse(C @ C.T)
    for taps in ((2, 3), (1, 1), (1, -1), (0, 2), (-3, 1)):
        at = dict(zip((a, b), taps, strict=True))
        for size in (2, 3, 6):
            rows = size - 1
            formula = found.entry(i, j).subs(at)
            there = flint.fmpq_mat(
                rows,
                rows,
                [
                    fraction(sp.nsimplify(found.entry(r, c).subs(n, size).subs(at)))
                    for r in range(rows)
                    for c in range(rows)
                ],
            )
            M = matrix(taps, line(size, 2))
            assert there * (M * M.transpose()) == eye(rows)
            if 0 not in taps:
                value = formula.subs({i: rows - 1, j: 0, n: size})
                assert fraction(value) == there[rows - 1, 0]


def test_transforms_say_that_the_transpose_is_the_inverse():
    haar = sc.conv(sc.Kernel.from_weight([[[1, 1]], [[1, -1]]]), 2 * n, stride=2)
    for C in (haar, haar / sp.sqrt(2)):
        X = sc.pseudo_inverse(C)
        scale = sp.Rational(1, 2) if C is haar else 1
        assert X.as_operator == scale * C.T
        assert X.method.startswith("transpose")
    w = sc.Kernel.symbolic("w", (2, 2))
    C = sc.conv(w, (2 * n, 2 * m), stride=2)
    norm = sum(e**2 for e in w.entries)
    assert sc.pseudo_inverse(C).as_operator == C.T / norm
    assert sc.pseudo_inverse(C.T).as_operator == C / norm
    assert sp.latex(sc.pseudo_inverse(C)).endswith(r"\neq 0")
    assert sc.pseudo_inverse(sc.avg_pool(3 * n, 3)).as_operator == 3 * sc.avg_pool(3 * n, 3).T
    shift = sc.inverse(sc.shift(n, 2, circular=True))
    assert shift.method == "transpose"
    assert shift.as_operator == sc.shift(n, -2, circular=True)
    assert sc.orthogonality(sc.shift(n, 2, circular=True)).equations == ()


def test_circular_ones_by_their_symbol():
    for kernel, size in (([[1, 2], [3, 5]], (3, 4)), ([[2, 7, 1]], (2, 5))):
        pads = tuple((0, s - 1) for s in (len(kernel), len(kernel[0])))
        C = sc.conv(kernel, (n, m), padding=pads, padding_mode="circular")
        found = sc.inverse(C)
        exact = explicit(C.at(dict(zip((n, m), size, strict=True)))).inv()
        at = dict(zip((n, m), size, strict=True))
        value = sp.N(found.entry((0, 0), (1, 2)).subs(at).doit(), 25)
        wanted = exact[0, size[1] + 2]
        assert abs(value - sp.Rational(int(wanted.p), int(wanted.q))) < 1e-20
    S = sc.conv([1, 2, 3, 5], 2 * n, stride=2, padding=1, padding_mode="circular")
    X = sc.pseudo_inverse(S)
    index = X.form.gram.indices[0]
    gram = explicit((S @ S.T).at({n: 5}))
    total = sum(sp.N(X.form.value.subs({index: f, n: 5}), 25) for f in range(5))
    trace = sum(gram.inv()[r, r] for r in range(5))
    assert abs(total - sp.Rational(int(trace.p), int(trace.q))) < 1e-15


def test_separable_and_complex_ones():
    C = sc.conv([[1, 2], [2, 4]], (4, 4), padding=((1, 0), (0, 1)))
    assert explicit(sc.inverse(C)) == explicit(C).inv()
    P = sc.conv([[1, 2], [2, 4]], (3, 4))
    X, A = explicit(sc.pseudo_inverse(P)), plane([[1, 2], [2, 4]], (3, 4))
    assert A * X * A == A
    assert X * A * X == X
    for kernel in ([1, sp.I], [1, sp.I, 2], [1 + sp.I, 2 - sp.I]):
        C = sc.conv(kernel, 4, padding=((1, 0),))
        A, X = C.as_explicit(), sc.pseudo_inverse(C).as_explicit()
        for left, right in ((A * X * A, A), (X * A * X, X), ((A * X).H, A * X), ((X * A).H, X * A)):
            assert sp.simplify(left - right).is_zero_matrix
    C = sc.conv([1, sp.sqrt(2), 3], 5, padding=1)
    assert sp.simplify(C.as_explicit() * sc.inverse(C).as_explicit() - sp.eye(5)).is_zero_matrix


def test_the_decay_of_the_inverse():
    for kernel, rate in (([2, 3], "2/3"), ([1, 4, 1], "2 - sqrt(3)"), ([6, 5, 1], "1/2")):
        decay = sc.decay_rate(sc.conv(kernel, n))
        assert decay.rate == sp.sympify(rate)
        C = sc.conv(kernel, 121)
        middle = 60
        column = sc.inverse(C @ C.T).form.column(middle)
        for step in (10, 20):
            growth = ((step + 1) / sp.Integer(step)) ** (decay.multiplicity - 1)
            ratio = abs(column[middle + step + 1] / column[middle + step]) / growth
            assert abs(sp.N(ratio - decay.rate, 20)) < 2 / step**2
    double = sc.decay_rate(sc.conv([1, 4, 4], n))
    assert (double.rate, double.multiplicity) == (sp.Rational(1, 2), 2)
    assert sc.decay_rate(sc.conv([1, 4, 1], n)).multiplicity == 2  # with a root it has the inverse
    assert sc.decay_rate(sc.conv([1, 1, 1], n)).rate == 1
    assert sc.decay_rate(sc.conv([0, 5], n)).rate == 0
    with pytest.raises(sc.SymconvError, match="kernels of numbers"):
        sc.decay_rate(sc.conv([a, b], n))


OPERATORS = {
    "valid": sc.conv([1, 2, 3], 40),
    "circular": sc.conv([1, 2, 3], 40, padding=1, padding_mode="circular"),
    "circular, one frequency lost": sc.conv(
        [1, -1], 40, padding=((0, 1),), padding_mode="circular"
    ),
    "two axes": sc.conv(
        [[1, 2], [3, 5]], (8, 9), padding=((0, 1), (0, 1)), padding_mode="circular"
    ),
    "cosines": sc.conv([1, 3, 1], 30, padding=1, padding_mode="symmetric"),
    "reflected": sc.conv([1, 3, 1], 30, padding=1, padding_mode="reflect"),
    "sines": sc.conv([2, 3], 20),
    "stride": sc.conv([1, 3, 1, 4], 40, stride=2, padding=1, padding_mode="circular"),
    "full": sc.conv([1, 2], 20, padding="full"),
    "channels": sc.conv(sc.Kernel.from_weight([[[1, 2, 3], [0, 1, 4]]]), 20),
}


METHODS = {"cosines": "DCT-II", "sines": "DST-I"} | dict.fromkeys(
    ("valid", "full", "channels", "reflected"), "LSMR"
)


@pytest.mark.parametrize("name", OPERATORS)
@pytest.mark.parametrize("level", [0, 0.25])
def test_least_squares_in_floating_point(name, level):
    C = OPERATORS[name]
    A = sc.to_numpy(C).astype(float)
    y = np.random.default_rng(0).standard_normal(A.shape[0])
    found = sc.deconvolve(C, y.reshape(C.output_size), regularise=level)
    whole = np.vstack([A, np.sqrt(level) * np.eye(A.shape[1])])
    wanted = np.linalg.lstsq(whole, np.concatenate([y, np.zeros(A.shape[1])]), rcond=1e-12)[0]
    assert np.abs(found.image.ravel() - wanted).max() < 1e-10
    assert found.gradient < 1e-10
    assert abs(found.norm - np.linalg.norm(A @ wanted - y)) < 1e-10
    assert found.method.startswith(METHODS.get(name, "DFT"))


def test_least_squares_exactly():
    for C, y in (
        (sc.conv([1, 2], 4), [1, 2, 3]),
        (sc.conv([1, 2], 3, padding="full"), [1, 2, 3, 4]),
    ):
        A = C.as_explicit()
        for level in (0, sp.Rational(1, 2), 3):
            found = sc.deconvolve(C, y, regularise=level)
            x = sp.Matrix(found.image)
            assert found.gradient == 0
            assert A.T * (A * x - sp.Matrix(y)) + level * x == sp.zeros(A.cols, 1)
            if level == 0:
                assert x == A.pinv() * sp.Matrix(y)
    tikhonov = sc.deconvolve(sc.conv([a, b], 3), [1, 0], regularise=mu)
    assert tikhonov.gradient == 0


def test_the_wiener_filter():
    C = sc.conv([1, 2, 5], n, padding=1, padding_mode="circular")
    W = sc.wiener_filter(C, mu)
    A = C.at({n: 5}).as_explicit()
    exact = (A.T * A + 3 * sp.eye(5)).inv() * A.T
    for row, col in ((0, 0), (1, 4), (3, 2)):
        value = sp.N(W.entry(row, col).subs({n: 5, mu: 3}).doit(), 25)
        assert abs(value - exact[row, col]) < 1e-20


def test_errors_name_the_rule_and_the_way_out():
    with pytest.raises(sc.SymconvError, match="pseudo_inverse"):
        sc.inverse(sc.conv([1, 2], n))
    with pytest.raises(sc.SymconvError, match="at every size"):
        sc.inverse(sc.conv(sc.Kernel.arange((3, 3)), (n, n), padding=1))
    with pytest.raises(BudgetError, match="deconvolve"):
        sc.inverse(sc.conv([[1, 2], [2, 5]], (9, 9), padding=((1, 0), (0, 1))))
    with pytest.raises(sc.SymconvError, match="take at"):
        sc.inverse(sc.conv([1, 2, 3], n) @ sc.conv([1, 2, 3], n).T).entry(0, 0)
    with pytest.raises(sc.SymconvError, match="negative"):
        sc.deconvolve(sc.conv([1, 2], 3), [1.0, 2.0], regularise=-1)
    with pytest.raises(sc.SymconvError, match="shape"):
        sc.deconvolve(sc.conv([1, 2], 3), [1, 2, 3])
    with pytest.raises(sc.SymconvError, match="wiener_filter"):
        sc.deconvolve(sc.conv([1, 2], n), [1, 2, 3])


def test_values_of_a_deconvolution_are_an_array_or_a_mapping():
    K = sc.Kernel.symbolic("k", 2)
    C, known = sc.conv(K, 3), sc.deconvolve(sc.conv([1, 2], 3), [5, 8]).image
    assert sc.deconvolve(C, [5, 8], values=[1, 2]).image == known
    assert sc.deconvolve(C, [5, 8], values=dict(zip(K.entries, (1, 2), strict=True))).image == known
    with pytest.raises(sc.SymconvError, match="regularise nan is no finite number"):
        sc.deconvolve(C, [5.0, 8.0], float("nan"), values=[1, 2])
