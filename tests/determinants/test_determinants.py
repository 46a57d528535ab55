"""Determinants against exact elimination, the closed forms against each other."""

import time

import mpmath
import pytest
import sympy as sp
from witness import explicit, fraction, kernels, line, matrix, plane

import symconv as sc
from symconv.determinants.bands import band_of
from symconv.determinants.root_products import reciprocal_products, subset_products
from symconv.determinants.work_budget import Budget
from symconv.errors import BudgetError

n, m, x = sp.symbols("n m x")
a, b, c = sp.symbols("a b c")
PRIME = 2**31 - 1


def squares(source, kernel):
    """A square operator of symbolic size made from a kernel, and the same by flint at a size."""
    k = len(kernel)
    low = source.randint(0, k - 1)
    pads = (low, k - 1 - low)
    kind = source.randint(0, 5)
    if kind == 0:
        C = sc.conv(kernel, n, padding=(pads,))
        return C, lambda v: matrix(kernel, line(v, k, padding=pads))
    if kind == 1:
        C = sc.conv(kernel, n, padding=(pads,), padding_mode="circular")
        return C, lambda v: matrix(kernel, line(v, k, padding=pads, mode="circular"))
    pads = ((0, 0), (0, 0), pads, (source.randint(0, 2), source.randint(0, 3)))[kind - 2]
    C = sc.conv(kernel, n, padding=(pads,))

    def gram(v):
        M = matrix(kernel, line(v, k, padding=pads))
        return M * M.transpose() if kind != 4 else M.transpose() * M

    return (C.T @ C if kind == 4 else C @ C.T), gram


def test_a_thousand_kernels_by_determinant_recurrence_and_series():
    for source, kernel in kernels(1000):
        operator, witness = squares(source, kernel)
        D = sc.determinant(operator)
        size = len(kernel) + source.randint(0, 9)
        expected = witness(size).det()
        assert fraction(D.at({n: size})) == expected, (kernel, operator)
        index = D.form.index({n: size})
        if index < D.recurrence.first:
            continue
        assert fraction(D.recurrence.at(index)) == expected, (kernel, operator)
        if int(expected.q) % 10007:
            assert (
                D.modulo(10007, {n: size})
                == int(expected.p * pow(int(expected.q), -1, 10007)) % 10007
            )
        if D.recurrence.order < 15:
            assert coefficient(D.generating_function, D.recurrence, index) == expected


def coefficient(function, recurrence, index):
    """A coefficient of the power series of a rational function, by long division."""
    above, below = sp.fraction(sp.together(function))
    above, below = (sp.Poly(p, recurrence.variable).all_coeffs()[::-1] for p in (above, below))
    series = []
    for i in range(index + 1):
        value = above[i] if i < len(above) else sp.S.Zero
        value -= sum(below[j] * series[i - j] for j in range(1, min(i, len(below) - 1) + 1))
        series.append(value / below[0])
    return fraction(series[index])


def test_orders_are_two_five_fourteen_and_fortyone():
    for kernel, order in (([2, 3], 2), ([2, 3, 7], 5), ([2, 3, 7, 1], 14), ([3, -1, 4, 1, -5], 41)):
        C = sc.conv(kernel, n)
        assert sc.determinant(C @ C.T).recurrence.order == order
        K = sc.Kernel.symbolic("k", len(kernel))
        C = sc.conv(K, n)
        symbolic = sc.determinant(C @ C.T).recurrence
        assert symbolic.order == order
        at = dict(zip(K.entries, kernel, strict=True))
        numbers = sc.determinant(C.subs(at) @ C.subs(at).T).recurrence.characteristic
        assert sp.expand(symbolic.characteristic.subs(at) - numbers) == 0


def test_the_step_of_the_minors_is_a_root_of_its_polynomial():
    """What no number of terms could prove: p(M) = 0 for the matrix M of one row."""
    for kernel in ([1, 2, 1], [2, -3, 5], [3, -1, 4, 1], [1, 1, 1, 1]):
        C = sc.conv(kernel, n)
        band = band_of(C @ C.T)
        masks = [m for m in range(1 << 2 * band.lower) if m.bit_count() == band.lower]
        rows = {s: band.step({s: band.domain.one}, band.diagonals, Budget("", "")) for s in masks}
        M = sp.Matrix([[rows[one].get(other, 0) for other in masks] for one in masks])
        total = sp.eye(len(masks))
        for factor in reciprocal_products([sp.ZZ(e) for e in kernel], sp.ZZ):
            total = total * sum((int(c) * M**i for i, c in enumerate(factor)), sp.zeros(*M.shape))
        assert total.is_zero_matrix


def test_products_of_roots_that_are_known():
    roots = [2, -1, 3, 5]
    symbol = sp.Poly(sp.prod(x - r for r in roots) * 3, x).all_coeffs()[::-1]
    for size in range(5):
        from itertools import combinations

        expected = sp.prod(
            x - (-1) ** size * 3 * sp.prod(chosen) for chosen in combinations(roots, size)
        )
        found = subset_products([sp.ZZ(int(e)) for e in symbol], size, sp.ZZ)
        assert sp.Poly([int(e) for e in found][::-1], x) == sp.Poly(expected, x)


@pytest.mark.parametrize(
    ("kernel", "low", "size", "value"),
    [
        ([2, 3, 7], 1, 3, -57),
        ([2, 3, 7], 1, 6, 2899),
        ([3, -1, 4, 1, -5], 2, 3, 130),
        ([3, -1, 4, 1, -5], 2, 6, 35517),
    ],
)
def test_square_ones_are_rectangular_schur_polynomials(kernel, low, size, value):
    high = len(kernel) - 1 - low
    D = sc.determinant(sc.conv(kernel, n, padding=((low, high),)))
    assert D.method == "rectangular Schur polynomial"
    assert D.at({n: size}) == value
    with mpmath.workdps(40):
        numeric = [sp.N(r, 40) for r in D.form.polynomial.nroots(n=40)]
    (schur,) = D.expr.atoms(sc.determinants.schur.RectangularSchur)
    at_roots = dict(zip(D.form.roots, numeric, strict=True))
    for formula in (D.expr, D.expr.subs(schur, schur.bialternant())):
        found = sp.N(formula.subs(n, size).doit().subs(at_roots), 30)
        assert abs(found - value) < sp.Float("1e-15")


def test_schur_polynomials_as_symmetric_functions():
    y = sp.symbols("y1:5")
    Schur = sc.determinants.schur.RectangularSchur
    assert Schur(3, 0, *y) == 1
    assert Schur(n, 4, *y) == (y[0] * y[1] * y[2] * y[3]) ** n
    assert Schur(0, 2, *y).doit() == 1
    for width, height in ((1, 2), (2, 2), (3, 1), (2, 3)):
        whole = Schur(width, height, *y)
        assert sp.simplify(whole.doit() - whole.bialternant()) == 0
    ones = Schur(3, 2, 1, 1, 1, 1).doit()  # plane partitions in a 2 x 2 x 3 box
    assert ones == 50
    assert sp.latex(Schur(n - 2, 2, a, b, c)) == r"s_{\left((n - 2)^{2}\right)}\left(a, b, c\right)"


def test_two_taps_are_a_geometric_sum():
    C = sc.conv([a, b], n)
    D = sc.determinant(C @ C.T)
    rows = n - 1
    closed = ((a**2) ** (rows + 1) - (b**2) ** (rows + 1)) / (a**2 - b**2)
    assert D.expr.args == ((closed, sp.Ne(a**2, b**2)), (n * (a**2) ** (n - 1), True))
    for taps in ((2, 3), (1, 1), (1, -1), (0, 2), (3, 0), (sp.I, 1)):
        at = dict(zip((a, b), taps, strict=True))
        for size in (2, 3, 6):
            expected = (C @ C.T).at({n: size}).as_explicit().subs(at).det()
            assert sp.simplify(D.expr.subs(at).subs(n, size) - expected) == 0
            assert sp.expand(D.at({n: size}).subs(at) - expected) == 0
    equal = sc.conv([1, -1], n)
    assert sc.determinant(equal @ equal.T).expr == n


def test_chebyshev_halves_are_the_determinant():
    for _, kernel in kernels(60, seed=2, ends=False):
        if not kernel[0] or not kernel[-1]:
            continue
        C = sc.conv(kernel, n)
        D = sc.determinant(C @ C.T)
        for rows in (1, 2, 3, 8):
            symmetric, skew = D.chebyshev.at(rows)
            M = matrix(kernel, line(rows + len(kernel) - 1, len(kernel)))
            assert fraction(symmetric * skew) == (M * M.transpose()).det()
    assert sc.determinant(sc.conv([a, b, a], n, padding=1)).chebyshev.at(2) == (a + b, b - a)
    with pytest.raises(sc.SymconvError, match="symmetric Toeplitz"):
        sc.determinant(sc.conv([1, 2, 3], n, padding=1)).chebyshev  # noqa: B018


def test_the_source_page_by_two_factors_of_seven_terms():
    start = time.perf_counter()
    C = sc.conv(sc.Kernel.arange((3, 3)), (4, 4))
    D = sc.determinant(C @ C.T)
    found = D.two_level
    assert time.perf_counter() - start < 1
    assert [len(f.args) for f in found.factors] == [7, 7]
    assert len(sp.expand(found.expr).args) == 13
    assert found.expr.subs(found.definitions) == D.expr == (C @ C.T).as_explicit().det()
    symbolic = sc.conv(sc.Kernel.symbolic("k", (3, 3)), (4, 4))
    D = sc.determinant(symbolic @ symbolic.T)
    assert len(D.expr.args) == 2144
    assert D.expr == sp.expand(D.two_level.expr.subs(D.two_level.definitions))
    assert len(sp.Mul.make_args(D.factor())) == 2


def test_centrosymmetric_or_not_in_two_dimensions():
    for kernel, size, padding in (
        ([[1, 2], [3, 4]], (3, 4), 0),
        ([[1, -2, 0], [3, 1, 1], [2, 5, 7]], (4, 5), 1),
        ([[1, 2, 1]], (2, 4), 1),
    ):
        C = sc.conv(kernel, size, padding=padding)
        M = plane(kernel, size, padding)
        assert fraction(sc.determinant(C @ C.T).expr) == (M * M.transpose()).det()
        assert fraction(sc.determinant(C.T @ C).expr) == (M.transpose() * M).det()
        if C.shape[0] == C.shape[1]:
            assert fraction(sc.determinant(C).expr) == M.det()


def test_circular_ones_on_two_axes():
    kernel = [[1, 2, 0], [3, -1, 5]]
    C = sc.conv(kernel, (n, m), padding=((0, 1), (1, 1)), padding_mode="circular")
    D = sc.determinant(C)
    assert D.method == "product over the frequencies"
    for size in ((2, 3), (4, 4), (3, 7)):
        at = dict(zip((n, m), size, strict=True))
        assert fraction(D.at(at)) == explicit(C.at(at)).det()
        assert abs(sp.N(D.expr.subs(at).doit(), 30) - D.at(at)) < abs(D.at(at)) * sp.Float("1e-20")
    big = sc.conv(kernel, (16, 18), padding=((0, 1), (1, 1)), padding_mode="circular")
    assert sc.determinant(big).expr == D.at({n: 16, m: 18})
    half = C * sp.Rational(1, 2)
    assert sc.determinant(half).at({n: 3, m: 4}) == D.at({n: 3, m: 4}) / 2**12


def test_circular_with_channels_and_strides():
    w = sc.Kernel.from_weight([[[1, 2, 3], [0, 1, 4]], [[1, 1, -1], [2, 0, 5]]])
    C = sc.conv(w, n, padding=1, padding_mode="circular")
    D = sc.determinant(C)
    S = sc.conv([1, 2, 3, 5], 2 * n, stride=2, padding=1, padding_mode="circular")
    E = sc.determinant(S @ S.T)
    for size in (3, 4, 9):
        assert fraction(D.at({n: size})) == explicit(C.at({n: size})).det()
        assert fraction(E.at({n: size})) == explicit((S @ S.T).at({n: size})).det()


def test_circular_with_two_taps_of_symbols():
    D = sc.determinant(sc.conv([a, b], n, padding=((0, 1),), padding_mode="circular"))
    assert D.expr == a**n - (-b) ** n
    assert D.at({n: 3}) == a**3 + b**3
    C = sc.conv(sc.Kernel([a, b, c]), n, padding=1, padding_mode="circular")
    for size in (3, 5):
        assert sp.expand(sc.determinant(C).at({n: size}) - C.at({n: size}).as_explicit().det()) == 0


def test_separable_scaled_transposed_and_multiplied():
    C = sc.conv([[1, 2], [2, 4]], (n, m))
    D = sc.determinant(C @ C.T)
    assert D.method == "Kronecker product"
    at = {n: 4, m: 3}
    assert D.at(at) == (C @ C.T).at(at).as_explicit().det() == sp.simplify(D.expr.subs(at))
    S = sc.conv([1, 3, 1], n, padding=1)
    T = sc.conv([2, 5], n, padding=((0, 1),))
    for operator in (3 * S, S.T, S @ T, S - 2 * sc.identity(n), S + T):
        for size in (3, 5):
            there = operator.at({n: size}).as_explicit().det()
            assert sc.determinant(operator).at({n: size}) == there


def test_what_cosines_diagonalise():
    C = sc.conv([[1, 5, 1], [2, 3, 2], [1, 5, 1]], (n, m), padding=1, padding_mode="symmetric")
    D = sc.determinant(C)
    at = {n: 3, m: 4}
    assert fraction(D.at(at)) == explicit(C.at(at)).det()
    assert abs(sp.N(D.expr.subs(at).doit() - D.at(at), 20)) < 1e-9


def test_stride_and_what_is_added():
    C = sc.conv([1, 2, 3], 2 * n + 1, stride=2, padding=1)
    for operator in (C.T @ C + sc.identity(2 * n + 1), C @ C.T, C.T @ C):
        D = sc.determinant(operator)
        for size in (2, 5, 9):
            expected = explicit(operator.at({n: size})).det()
            assert fraction(D.at({n: size})) == expected
            assert fraction(D.recurrence.at(D.form.index({n: size}))) == expected


def test_complex_entries_and_roots_of_two():
    for kernel in ([1, sp.I, 2], [1 + sp.I, 3], [sp.sqrt(2), 1, 1], [sp.I, 1, sp.I]):
        C = sc.conv(kernel, n)
        D = sc.determinant(C @ C.T)
        for size in (4, 6):
            expected = (C @ C.T).at({n: size}).as_explicit().det()
            assert sp.simplify(D.at({n: size}) - expected) == 0
            index = D.form.index({n: size})
            assert sp.simplify(D.recurrence.at(index) - expected) == 0


def test_zero_end_taps_and_kernels_longer_than_the_image():
    assert sc.determinant(sc.conv([0, 0, 1], n, padding=1)).at({n: 4}) == 0
    assert sc.determinant(sc.conv([0, 0, 1], n, padding=1)).expr == 0
    assert sc.determinant(sc.conv([0, 5, 0], n, padding=1)).expr == 5**n
    C = sc.conv([1, 2, 3, 4, 5], n, padding=2)
    D = sc.determinant(C)
    for size in (1, 2, 3):
        assert (
            fraction(D.at({n: size}))
            == matrix([1, 2, 3, 4, 5], line(size, 5, padding=(2, 2))).det()
        )
    with pytest.raises(sc.SymconvError, match="image size 0"):
        sc.determinant(sc.conv([1, 2, 3], n) @ sc.conv([1, 2, 3], n).T).at({n: 2})


def test_a_million_pixels_modulo_a_prime_and_as_a_logarithm():
    C = sc.conv([3, -1, 4, 1, -5], n)
    D = sc.determinant(C @ C.T)
    start = time.perf_counter()
    residue, logarithm = D.modulo(PRIME, {n: 10**6}), D.log_magnitude({n: 10**6})
    assert time.perf_counter() - start < 1
    # Szegő: the logarithm grows by log(k_b^2) and the roots outside of the circle.
    roots = sp.Poly([3, -1, 4, 1, -5][::-1], x).nroots(n=30)
    growth = sp.log(25) + 2 * sum(sp.log(abs(r)) for r in roots if abs(r) > 1)
    step = logarithm - D.log_magnitude({n: 10**6 - 1000})
    assert abs(step - float(growth) * 1000) < 1e-8
    assert residue == transfer_modulo([3, -1, 4, 1, -5], 10**6 - 4, PRIME)
    for size in (50, 400):
        exact = D.at({n: size})
        assert D.modulo(PRIME, {n: size}) == exact % PRIME
        assert abs(D.log_magnitude({n: size}) - float(sp.log(exact).evalf(30))) < 1e-11


def transfer_modulo(kernel, rows, prime):
    """Elimination of the band row by row, modulo a prime: a million steps of plain loops."""
    w = len(kernel) - 1
    r = [sum(kernel[i] * kernel[i + d] for i in range(w + 1 - d)) for d in range(w + 1)]
    window = [[0] * (w + 1) for _ in range(w)]  # the w rows above, from their pivots on
    total = 1
    for _ in range(rows):
        row = [*r[:0:-1], *r]
        for above, upper in enumerate(window):
            factor = row[above] if upper[0] else 0
            if factor:
                factor = factor * upper[0] % prime
                for e in range(1, w + 1):
                    row[above + e] = (row[above + e] - factor * upper[e]) % prime
        pivot = row[w] % prime
        total = total * pivot % prime
        window = [*window[1:], [pow(pivot, -1, prime), *row[w + 1 :]]]
    return total


def test_what_is_not_known_is_refused_with_the_way_out():
    with pytest.raises(sc.SymconvError, match="not square"):
        sc.determinant(sc.conv([1, 2], 4))
    with pytest.raises(sc.SymconvError, match="first, or circular"):
        sc.determinant(sc.conv([[1, 2], [3, 4]], (n, n), padding=((0, 1), (0, 1))))
    big = sc.conv(sc.Kernel.arange((3, 3)), (30, 30), padding=1)
    with pytest.raises(BudgetError, match="circular padding"):
        sc.determinant(big).expr  # noqa: B018
    C = sc.conv(sc.Kernel.symbolic("k", (3, 3)), (7, 7))
    with pytest.raises(BudgetError, match="smaller image"):
        sc.determinant(C @ C.T).expr  # noqa: B018
    C = sc.conv([3, -1, 4], n)
    with pytest.raises(BudgetError, match="modulo"):
        sc.determinant(C @ C.T).at({n: 10**6})
    with pytest.raises(sc.SymconvError, match="has no logarithm"):
        sc.determinant(sc.conv([1, -1, 1], n, padding=1)).log_magnitude({n: 5})
    with pytest.raises(sc.SymconvError, match="no prime"):
        sc.determinant(sc.conv([1, -1, 1], n, padding=1)).modulo(6, {n: 5})
    with pytest.raises(sc.SymconvError, match="needs a value"):
        sc.determinant(sc.conv([1, -1, 1], n, padding=1)).at({})


def test_factors_of_homogeneous_polynomials():
    """Also with a power of the first variable, which is one while they are factored."""
    k = sc.Kernel.symbolic("k", 2)
    x, y = k.entries
    whole = sc.determinant(sc.conv(k, 12, padding="same", padding_mode="circular"))
    assert sp.expand(whole.factor() - (x**12 - y**12)) == 0
    assert whole.factor().is_Mul
    first = sc.determinant(sc.conv([2 * x, 0, y * x], 4, padding=1, padding_mode="circular"))
    assert sp.expand(first.factor() - first.expr) == 0
    assert x**4 in first.factor().args
    shifted = sc.conv(k, 6, padding=((1, 0),)) + sc.identity(6)
    assert sp.factor(sc.determinant(shifted).expr) == sc.determinant(shifted).factor()


@pytest.mark.parametrize(
    "padding", [{}, {"padding": "same"}, {"padding": "same", "padding_mode": "circular"}]
)
def test_what_would_take_long_is_refused(padding):
    C = sc.conv(sc.Kernel.symbolic("k", 2), 10**6, **padding)
    with pytest.raises(BudgetError, match="take a symbolic size"):
        str(sc.determinant(C @ C.T))


def test_a_determinant_of_many_terms_is_not_printed():
    C = sc.conv(sc.Kernel.symbolic("k", 6), 12, padding="same", padding_mode="circular")
    found = sc.determinant(C @ C.T)
    with pytest.raises(
        BudgetError, match="terms of a determinant to print are more than 5000: expr has them"
    ):
        sc.latex(found)
    assert found._repr_latex_() is None
