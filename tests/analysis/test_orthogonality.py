"""When the transpose is the inverse on one side: equations, solutions, wavelets, losses."""

from contextlib import suppress
from fractions import Fraction
from itertools import combinations, product
from math import prod

import numpy as np
import pytest
import pywt
import sympy as sp
from sympy.polys.domains import EXRAW

import symconv as sc
from symconv.algebra.coefficients import is_zero, surely_vanishes, vanishes
from symconv.algebra.linear_span import independent
from symconv.analysis.polynomial_systems import solve_polynomials
from symconv.errors import KernelError, SymconvError

m, n = sp.symbols("m n")
ROOT2, ROOT3 = sp.sqrt(2), sp.sqrt(3)
ANGLES = [
    (Fraction(3, 5), Fraction(4, 5)),
    (Fraction(5, 13), Fraction(12, 13)),
    (Fraction(-8, 17), Fraction(15, 17)),
]


def on_circles(kernel):
    """Angles replaced by rational points on the circle."""
    angles = sorted(kernel.free_symbols, key=str)
    point = {}
    for angle, (c, s) in zip(angles, ANGLES * len(angles), strict=False):
        point |= {sp.cos(angle): sp.Rational(c), sp.sin(angle): sp.Rational(s)}
    return kernel.map(lambda entry: sp.expand(entry.xreplace(point)))


def numpy_holds(operator, kernel, side="rows", **sizes):
    """C C^T = I (C^T C = I) by NumPy, at a size."""
    A = sc.to_numpy(operator.at({s: sizes[str(s)] for s in operator.size_symbols}), kernel)
    A = A.astype(float)
    gram = A @ A.T if side == "rows" else A.T @ A
    return np.abs(gram - np.eye(len(gram))).max() < 1e-9


# --- equations -------------------------------------------------------------------------------


def test_valid_3x3_has_13_generators_and_18_real_solutions():
    K = sc.Kernel.symbolic("k", (3, 3))
    rows = sc.orthogonality(sc.conv(K, (n, n)))
    r = sc.autocorrelation(K)
    half = {lag: r[lag] for lag in r if lag > (0, 0)}
    assert len(rows.conditions) == 13
    assert set(rows.conditions) == {r[0, 0] - 1, *half.values()}
    found = rows.solve()
    assert not found.complex
    assert not found.families
    unit = [tuple(sign * (i == j) for j in range(9)) for i in range(9) for sign in (1, -1)]
    assert sorted(tuple(s[k] for k in K.entries) for s in found.real) == sorted(unit)
    for solution in found.real:
        C = sc.conv(K.subs(solution), (n, n))
        assert sc.identity(C.output_size) == C @ C.T


def test_same_k3_is_the_centre():
    K = sc.Kernel.symbolic("k", 3)
    rows = sc.orthogonality(sc.conv(K, n, padding="same"))
    assert [[s[k] for k in K.entries] for s in rows.solve().real] == [[0, -1, 0], [0, 1, 0]]


def test_valid_k4_stride_2_is_the_double_shift():
    w = sc.Kernel.symbolic("w", 4)
    rows = sc.orthogonality(sc.conv(w, 2 * m, stride=2))
    a, b, c, d = w.entries
    assert set(rows.conditions) == {a**2 + b**2 + c**2 + d**2 - 1, a * c + b * d}
    (family,) = rows.solve().families
    assert family.dimension == 2
    ideal = sp.groebner(rows.conditions, *w.entries, order="grevlex")
    assert all(ideal.contains(e) for e in family.equations)
    back = sp.groebner(family.equations, *w.entries, order="grevlex")
    assert all(back.contains(c) for c in rows.conditions)


@pytest.mark.parametrize("size", [3, 4, 9])
def test_equations_do_not_depend_on_the_size(size):
    K = sc.Kernel.symbolic("k", 3)
    C = sc.conv(K, n, padding=1)
    symbolic = sc.orthogonality(C)
    assert symbolic.valid_from == {n: 3}
    assert set(sc.orthogonality(C.at({n: size})).conditions) == set(symbolic.conditions)
    assert len(sc.orthogonality(C.at({n: 2})).conditions) < len(symbolic.conditions)


@pytest.mark.parametrize("side", ["rows", "columns"])
@pytest.mark.parametrize("padding", [0, 1, (2, 0)])
@pytest.mark.parametrize("stride", [1, 2])
def test_no_equation_is_a_combination_of_others(side, padding, stride):
    K = sc.Kernel.symbolic("k", 3)
    padding = (padding,) if isinstance(padding, tuple) else padding
    C = sc.conv(K, 7, stride=stride, padding=padding)
    found = sc.orthogonality(C, side)
    entries = {sp.expand(e) for e in (found.gram.as_explicit() - sp.eye(found.gram.shape[0]))} - {0}
    monomials = sorted({mono for e in entries for mono in sp.Poly(e, *K.entries).monoms()})

    def rank(exprs):
        rows = [[sp.Poly(e, *K.entries).coeff_monomial(mono) for mono in monomials] for e in exprs]
        return sp.Matrix(rows).rank()

    assert len(found.conditions) == rank(found.conditions) == rank(entries)
    assert rank([*entries, *found.conditions]) == rank(entries)


def test_scale_as_an_unknown():
    c = sp.Symbol("c", positive=True)
    K = sc.Kernel.symbolic("k", (2, 2))
    rows = sc.orthogonality(sc.conv(K, (2 * m, 2 * m), stride=2), scale=c)
    assert len(rows.conditions) == 1
    assert rows.holds([[1, 2], [3, 4]])
    values = dict(zip(K.entries, (1, 2, 3, 4), strict=True))
    assert rows.holds({**values, c: 30})
    assert not rows.holds({**values, c: 31})
    assert sc.orthogonality(sc.conv(K, (n, n)), scale=c).holds([[0, 7], [0, 0]])
    assert not sc.orthogonality(sc.conv(K, (n, n)), scale=c).holds([[1, 1], [0, 0]])


def test_rank_obstruction():
    K = sc.Kernel.symbolic("k", (3, 3))
    C = sc.conv(K, (n, n))
    assert sc.orthogonality(C).obstruction is None
    assert "rank is at most (n - 2)**2" in sc.orthogonality(C, "columns").obstruction
    assert not sc.orthogonality(sc.conv(K, (5, 5)), "columns").solve()
    assert sc.orthogonality(C.T, "rows").obstruction is not None
    assert sc.orthogonality(sc.conv(K, (n, n), padding=1), "columns").obstruction is None


def test_messages():
    C = sc.conv(sc.Kernel.symbolic("k", 3), n)
    with pytest.raises(SymconvError, match="'diagonal' is not one of rows, columns"):
        sc.orthogonality(C, "diagonal")
    with pytest.raises(KernelError, match=r"0\.5"):
        sc.orthogonality(C).holds([0.5, 0, 0])
    with pytest.raises(KernelError, match=r"no value for k_\{1\}"):
        sc.orthogonality(C).holds({sp.Symbol("k_{0}", real=True): 1})
    with pytest.raises(SymconvError, match="no parametrisation"):
        sc.orthogonality(C).parametrise()
    with pytest.raises(SymconvError, match="polynomials over the rationals"):
        sc.orthogonality(sc.conv([sp.sin(n), 1], 4)).solve()


# --- kernels that hold and kernels that do not ---------------------------------------------------


def layers():
    k3, k33 = sc.Kernel.symbolic("k", 3), sc.Kernel.symbolic("k", (3, 3))
    bank = sc.Kernel.symbolic("w", 4, out_channels=2)
    return {
        "valid": (sc.conv(k3, n), "rows", {"n": 6}),
        "same": (sc.conv(k3, n, padding=1), "rows", {"n": 5}),
        "same columns": (sc.conv(k3, n, padding=1), "columns", {"n": 5}),
        "circular": (sc.conv(k3, n, padding=1, padding_mode="circular"), "rows", {"n": 6}),
        "double shift": (sc.conv(sc.Kernel.symbolic("w", 4), 2 * m, stride=2), "rows", {"m": 5}),
        "patches": (sc.conv(sc.Kernel.symbolic("k", 3), 3 * m, stride=3), "rows", {"m": 3}),
        "dilated": (sc.conv(k3, n, dilation=2), "rows", {"n": 9}),
        "bank": (sc.conv(bank, 2 * m, stride=2), "rows", {"m": 5}),
        "two axes": (sc.conv(k33, (n, n)), "rows", {"n": 5}),
    }


LAYERS = layers()


def candidates(operator, rng, count):
    """Kernels of integers, of fractions and of roots: random ones, and many that do hold."""
    kernel = operator.provenance.kernel
    size = len(kernel.entries)
    equations = sc.orthogonality(operator)
    special = [tuple(sign * (i == j) for j in range(size)) for i in range(size) for sign in (1, -1)]
    with suppress(SymconvError):
        special += [on_circles(equations.parametrise()).entries]
    half = ROOT2 / 2
    pairs = [
        tuple(half if j in pair else 0 for j in range(size))
        for pair in combinations(range(size), 2)
    ]
    pool = [*special, *pairs[:12]]
    for i in range(count):
        if i % 4 == 0:
            values = list(pool[rng.integers(len(pool))])
            if i % 8 == 0:
                values[rng.integers(size)] += int(rng.integers(-1, 2))
            yield values
        elif i % 4 == 1:
            yield [Fraction(int(a), 5) for a in rng.integers(-4, 5, size)]
        else:
            yield [int(a) for a in rng.integers(-1, 2, size)]


@pytest.mark.parametrize("name", LAYERS)
def test_holds_agrees_with_numpy_on_over_ten_thousand_kernels(name):
    operator, side, sizes = LAYERS[name]
    equations = sc.orthogonality(operator, side)
    kernel = operator.provenance.kernel
    at = operator.at({s: sizes[str(s)] for s in operator.size_symbols})
    kernels = list(candidates(operator, np.random.default_rng(len(name)), 1200))
    decided = [
        equations.holds(dict(zip(kernel.entries, values, strict=True))) for values in kernels
    ]
    floats = np.array([[float(v) for v in values] for values in kernels])
    A = sc.to_numpy(at, floats.reshape(-1, *kernel.shape), batch=True)
    gram = A @ A.swapaxes(1, 2) if side == "rows" else A.swapaxes(1, 2) @ A
    numeric = np.abs(gram - np.eye(gram.shape[1])).max(axis=(1, 2)) < 1e-9
    assert decided == numeric.tolist()
    assert 10 < sum(decided) < 1000


def test_the_search_above_tries_ten_thousand_kernels():
    assert 1200 * len(LAYERS) >= 10_000


def test_roots_are_decided_exactly():
    rows = sc.orthogonality(sc.conv(sc.Kernel.symbolic("w", 2), 2 * m, stride=2))
    nested = sp.sqrt(2 + ROOT2) / 2
    assert rows.holds([nested, sp.sqrt(2 - ROOT2) / 2])
    assert not rows.holds([nested, sp.sqrt(2 - ROOT2) / 2 + sp.Rational(1, 10**30)])
    t = sp.Symbol("t", real=True)
    assert rows.holds([sp.cos(t), sp.sin(t)])
    assert not rows.holds([sp.cos(t), sp.cos(t)])


# --- parametrisations ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kernel", "size", "stride"),
    [
        (sc.Kernel.symbolic("w", 2), 2 * m, 2),
        (sc.Kernel.symbolic("w", 4), 2 * m, 2),
        (sc.Kernel.symbolic("w", 6), 2 * m, 2),
        (sc.Kernel.symbolic("w", 4, out_channels=2), 2 * m, 2),
        (sc.Kernel.symbolic("w", 6, out_channels=2), 2 * m, 2),
        (sc.Kernel.symbolic("k", (2, 2)), (2 * m, 2 * m), 2),
        (sc.Kernel.symbolic("k", (2, 2), out_channels=3), (2 * m, 2 * m), 2),
        (sc.Kernel.symbolic("k", 3, out_channels=3), 3 * m, 3),
    ],
)
def test_parametrisations_satisfy_every_equation_for_all_angles(kernel, size, stride):
    rows = sc.orthogonality(sc.conv(kernel, size, stride=stride))
    found = rows.parametrise()
    angles = sorted(found.free_symbols, key=str)
    circle = {f(a): sp.Symbol(f"{f.__name__}_{a}") for a in angles for f in (sp.cos, sp.sin)}
    units = [sum(s**2 for f, s in circle.items() if f.args[0] == a) - 1 for a in angles]
    values = {k: e.xreplace(circle) for k, e in zip(kernel.entries, found.entries, strict=True)}
    for condition in rows.conditions:
        _, rest = sp.reduced(sp.expand(condition.xreplace(values)), units, *circle.values())
        assert rest == 0
    numbers = on_circles(found)
    assert rows.holds(dict(zip(kernel.entries, numbers.entries, strict=True)))
    C = sc.conv(numbers, size, stride=stride)
    assert sc.identity(C.output_size, channels=kernel.out_channels) == C @ C.T
    wrong = [numbers.entries[0] + 1, *numbers.entries[1:]]
    assert not rows.holds(dict(zip(kernel.entries, wrong, strict=True)))


def test_the_lattice_reaches_every_double_shift_filter():
    """The two equations on four taps leave two dimensions, and the lattice has two angles."""
    rows = sc.orthogonality(sc.conv(sc.Kernel.symbolic("w", 4), 2 * m, stride=2))
    found = rows.parametrise()
    angles = sorted(found.free_symbols, key=str)
    jacobian = sp.Matrix(found.entries).jacobian(angles)
    assert (
        jacobian.subs(dict.fromkeys(angles, sp.pi / 6)).rank()
        == 2
        == rows.solve().families[0].dimension
    )


# --- wavelets ------------------------------------------------------------------------------------


def daubechies(taps):
    w = sc.Kernel.symbolic("w", taps)
    rows = sc.orthogonality(sc.conv(w, 2 * m, stride=2))
    moments = sc.vanishing_moments(w, taps // 2, lowpass=True)
    found = rows.where(*moments).solve()
    return [[s[k] for k in w.entries] for s in found.real], found


def test_haar():
    filters, _ = daubechies(2)
    assert [ROOT2 / 2, ROOT2 / 2] in filters
    assert len(filters) == 2


def test_d4_to_the_last_radical():
    filters, found = daubechies(4)
    d4 = [sp.expand(e / (4 * ROOT2)) for e in (1 + ROOT3, 3 + ROOT3, 3 - ROOT3, 1 - ROOT3)]
    assert not found.complex
    signed = [[sign * e for e in order] for sign in (1, -1) for order in (d4, d4[::-1])]
    assert len(filters) == 4
    for wanted in signed:
        assert any(
            all(sp.expand(a - b) == 0 for a, b in zip(f, wanted, strict=True)) for f in filters
        )
    reference = pywt.Wavelet("db2").rec_lo
    assert min(np.abs(np.array(f, dtype=float) - reference).max() for f in filters) < 1e-12
    C = sc.conv(sc.Kernel(d4), 2 * m, stride=2)
    assert sc.identity(C.output_size) == C @ C.T


def test_d6_in_radicals():
    filters, found = daubechies(6)
    assert (len(filters), len(found.complex)) == (4, 4)
    a, b = sp.sqrt(10), sp.sqrt(5 + 2 * sp.sqrt(10))
    d6 = [
        1 + a + b,
        5 + a + 3 * b,
        10 - 2 * a + 2 * b,
        10 - 2 * a - 2 * b,
        5 + a - 3 * b,
        1 + a - b,
    ]
    d6 = [sp.expand(e / (16 * ROOT2)) for e in d6]
    assert any(all((x - y).equals(0) for x, y in zip(f, d6, strict=True)) for f in filters)
    reference = pywt.Wavelet("db3").rec_lo
    assert min(np.abs(np.array(f, dtype=float) - reference).max() for f in filters) < 1e-10
    values = dict(zip(sc.Kernel.symbolic("w", 6).entries, filters[0], strict=True))
    assert sc.orthogonality(sc.conv(sc.Kernel.symbolic("w", 6), 2 * m, stride=2)).holds(values)


def test_the_d4_bank_is_paraunitary():
    """Two channels at stride 2, wrapped around: both products are the identity, exactly."""
    low = [sp.expand(e / (4 * ROOT2)) for e in (1 + ROOT3, 3 + ROOT3, 3 - ROOT3, 1 - ROOT3)]
    high = [(-1) ** t * e for t, e in enumerate(reversed(low))]
    bank = sc.conv(
        sc.Kernel.from_weight([[low], [high]]), 2 * m, stride=2, padding=1, padding_mode="circular"
    )
    assert bank.T @ bank == sc.identity(2 * m)
    assert bank @ bank.T == sc.identity(m, channels=2)
    broken = sc.conv(
        sc.Kernel.from_weight([[low], [low[::-1]]]),
        2 * m,
        stride=2,
        padding=1,
        padding_mode="circular",
    )
    assert broken.T @ broken != sc.identity(2 * m)


def test_moments():
    w = sc.Kernel.symbolic("w", 3)
    a, b, c = w.entries
    assert sc.vanishing_moments(w, 3) == [a + b + c, b + 2 * c, b + 4 * c]
    assert sc.vanishing_moments(w, 2, lowpass=True) == [a - b + c, -b + 2 * c]
    with pytest.raises(SymconvError, match="one channel on one axis"):
        sc.vanishing_moments(sc.Kernel.symbolic("w", (2, 2)), 1)


# --- existence and loss --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("out", "inp", "k", "s", "side", "exists"),
    [
        (2, 1, 2, 2, "rows", True),
        (3, 1, 2, 4, "rows", False),
        (2, 1, 2, 3, "rows", True),
        (4, 2, 2, 2, "columns", True),
        (4, 1, 2, 3, "columns", False),
        (6, 2, 3, 3, "columns", True),
    ],
)
def test_existence_agrees_with_the_solver(out, inp, k, s, side, exists):
    kernel = sc.Kernel.symbolic("k", k, in_channels=inp, out_channels=out)
    layer = sc.orthogonality(sc.conv(kernel, s * m, stride=s, padding_mode="circular"), side)
    assert bool(layer.existence()) is exists
    if prod(kernel.shape) <= 6:
        assert bool(layer.solve()) is exists


def test_existence_where_the_theorem_is_silent():
    K = sc.Kernel.symbolic("k", 3)
    with pytest.raises(SymconvError, match="zeros padding"):
        sc.orthogonality(sc.conv(K, n, padding=1)).existence()
    with pytest.raises(SymconvError, match="without dilation"):
        sc.orthogonality(sc.conv(K, n, dilation=2)).existence()
    assert not sc.orthogonality(sc.conv(K, n), "columns").existence()


@pytest.mark.parametrize(
    ("out", "inp", "k", "s"), [(1, 1, 3, 1), (2, 1, 3, 2), (2, 3, 2, 1), (4, 2, 3, 2), (5, 2, 3, 2)]
)
def test_loss_is_the_published_one_and_proportional_to_the_distance(out, inp, k, s):
    """Wang et al.: convolve the weight with itself, padding floor((k-1)/s)*s, and subtract I."""
    kernel = sc.Kernel.symbolic("k", k, in_channels=inp, out_channels=out)
    side = "columns" if out > inp * s else "rows"
    C = sc.conv(kernel, s * m, stride=s, padding=((k - 1, 0),), padding_mode="circular")
    loss = sc.orthogonality(C, side).loss()
    assert loss.ratio == m
    values = np.random.default_rng(out).integers(-3, 4, kernel.shape or (k,)).reshape(out, inp, k)
    reach = (k - 1) // s * s
    published = 0
    for o, p in product(range(out), repeat=2):
        for lag in range(-reach, reach + 1, s):
            total = sum(
                values[o, i, t] * values[p, i, t + lag]
                for i in range(inp) for t in range(k) if 0 <= t + lag < k
            )  # fmt: skip
            published += (total - (o == p and lag == 0)) ** 2
    if side == "columns":
        published -= out - inp * s
    point = dict(zip(kernel.entries, values.ravel().tolist(), strict=True))
    assert loss.expr.subs(point) == published
    A = sc.to_numpy(C.at({m: 5}), values.reshape(kernel.shape))
    gram = A @ A.T if side == "rows" else A.T @ A
    assert ((gram - np.eye(len(gram), dtype=int)) ** 2).sum() == 5 * published


def test_loss_at_a_border_has_no_ratio():
    loss = sc.orthogonality(sc.conv(sc.Kernel.symbolic("k", 3), n)).loss()
    assert loss.ratio is None
    assert "lags count as often as they fit" in str(loss)
    assert str(loss).startswith("L_orth = (r₀ - 1)² + 2r₁² + 2r₂²\n")


@pytest.mark.parametrize("size", [4, 7])
def test_squared_norm(size):
    C = sc.conv(sc.Kernel.symbolic("k", 3), n, padding=1)
    gram = C.T @ C - sc.identity(n)
    A = sc.to_numpy(gram.at({n: size}), [2, 3, 5])
    named = dict(zip(sc.Kernel.symbolic("k", 3).entries, (2, 3, 5), strict=True))
    assert sc.squared_norm(gram).subs({n: size, **named}) == (A**2).sum()


# --- when it is the inverse ----------------------------------------------------------------------


def test_patch_embedding():
    """Stride = kernel: patches do not overlap, so C C^T is the squared norm of K times I."""
    K = sc.Kernel.symbolic("k", (3, 3))
    C = sc.conv(K, (3 * m, 3 * n), stride=3)
    norm = sp.Add(*(e**2 for e in K.entries))
    assert norm * sc.identity((m, n)) == C @ C.T
    overlapping = sc.conv(K, (3 * m + 1, 3 * n + 1), stride=2 + 1, dilation=2, padding=1)
    assert overlapping @ overlapping.T != norm * sc.identity(overlapping.output_size)


def test_average_pooling_is_a_projector_up_to_scale():
    pool = sc.avg_pool((2 * m, 2 * n), 2)
    assert pool @ pool.T == sc.identity((m, n)) / 4
    projector = 4 * (pool.T @ pool)
    assert projector @ projector == projector
    assert projector != sc.identity((2 * m, 2 * n))


def test_orthogonal_1x1_mixes_channels():
    c, s = sp.Rational(3, 5), sp.Rational(4, 5)
    mix = sc.conv(sc.Kernel.from_weight([[[[c]], [[-s]]], [[[s]], [[c]]]]), (n, n))
    assert mix.T @ mix == mix @ mix.T == sc.identity((n, n), channels=2)
    skew = sc.conv(sc.Kernel.from_weight([[[[c]], [[s]]], [[[s]], [[c]]]]), (n, n))
    assert skew.T @ skew != sc.identity((n, n), channels=2)


def test_a_circular_kernel_with_a_unimodular_symbol():
    """|FFT| = 1 at every frequency, so the wrapped convolution is a rotation of the image."""
    kernel = np.array([1, 1, 1, -1])
    assert np.allclose(abs(np.fft.fft(kernel / 2)), 1)
    C = sc.conv(sc.Kernel(kernel), 4, padding=((3, 0),), padding_mode="circular") / 2
    assert C.T @ C == C @ C.T == sc.identity(4)
    wider = sc.conv(sc.Kernel(kernel), 5, padding=((3, 0),), padding_mode="circular") / 2
    assert wider.T @ wider != sc.identity(5)


# --- the solver ----------------------------------------------------------------------------------

x, y, z = sp.symbols("x y z")


@pytest.mark.parametrize(
    ("equations", "real", "complex_", "families"),
    [
        ([x**2 - 2, y - x], [(-ROOT2, -ROOT2), (ROOT2, ROOT2)], 0, 0),
        ([x**2 + 1, y - x], [], 2, 0),
        ([x * y, x + y - 1], [(0, 1), (1, 0)], 0, 0),
        ([x * y], [], 0, 2),
        ([x - 1, x - 2], [], 0, 0),
        ([x**2, y**3], [(0, 0)], 0, 0),
        ([(x - 1) ** 2 * (y + 2), y**2 - 4], [(1, -2), (1, 2)], 0, 1),
        ([x**3 - 2, y - x**2], [(2 ** sp.Rational(1, 3), 4 ** sp.Rational(1, 3))], 2, 0),
    ],
)
def test_solver(equations, real, complex_, families):
    found = solve_polynomials(equations, [x, y])
    for solution in (*found.real, *found.complex):
        assert all(abs(sp.N(e.subs(solution), 30)) < 1e-20 for e in equations)
    missing = [
        p
        for p in real
        if not any(abs(sp.N(s[x] - p[0])) + abs(sp.N(s[y] - p[1])) < 1e-12 for s in found.real)
    ]
    isolated = len(real) if not families else None
    assert not [p for p in missing if not families]
    assert isolated is None or len(found.real) == isolated
    assert (len(found.complex), len(found.families)) == (complex_, families)


@pytest.mark.parametrize("seed", range(12))
def test_solver_finds_what_is_put_in(seed):
    """Equations through known points: all of the points are found, and nothing that is none."""
    rng = np.random.default_rng(seed)
    points = {tuple(int(v) for v in rng.integers(-2, 3, 2)) for _ in range(3)}
    ideal = [sp.expand(sp.Mul(*((x - a) if pick == 0 else (y - b) for (a, b), pick in zip(points, picks, strict=True))))
             for picks in product((0, 1), repeat=len(points))]  # fmt: skip
    found = solve_polynomials(ideal, [x, y])
    assert {(s[x], s[y]) for s in found.real} == points
    assert not found.complex
    assert not found.families


# --- found by reviewers --------------------------------------------------------------------------

c = sp.Symbol("c", positive=True)


def test_an_unknown_scale_is_read_off_the_diagonal():
    columns = sc.conv(sc.Kernel.symbolic("k", 3), 4, padding=1)
    assert sc.orthogonality(columns, "columns", scale=c).holds([0, 1, 0])
    assert sc.orthogonality(columns, "columns", scale=c).holds([0, 3, 0])
    assert not sc.orthogonality(columns, "columns", scale=c).holds([1, 3, 0])


def test_factors_that_are_longer_than_their_product_are_split_once():
    found = solve_polynomials([x * y - 2, y**3 - 1], [x, y])
    assert [(s[x], s[y]) for s in found.real] == [(2, 1)]
    assert len(found.complex) == 2
    reflected = sc.conv(sc.Kernel.symbolic("k", 4), 4, stride=2, padding=1, padding_mode="reflect")
    assert sc.orthogonality(reflected).solve().families


def test_real_solutions_inside_complex_families_are_listed():
    layer = sc.conv(sc.Kernel.symbolic("k", 3), 4, stride=3, padding=2)
    found = sc.orthogonality(layer).solve()
    assert sorted(tuple(s.values()) for s in found.real) == [(0, 0, -1), (0, 0, 1)]
    assert not any(family.real for family in found.families)
    impossible = solve_polynomials([x**2 + y**2 + 1], [x, y])
    assert not impossible.real
    assert [family.real for family in impossible.families] == [False]


@pytest.mark.parametrize(
    ("operator", "side"),
    [
        (sc.conv(sc.Kernel.symbolic("k", 4), 2 * m, stride=2, padding=1), "rows"),
        (sc.conv(sc.Kernel.symbolic("k", 2), m, padding=1), "rows"),
        (sc.conv(sc.Kernel.symbolic("k", 4), m), "columns"),
        (sc.conv(sc.Kernel.symbolic("k", 3), m, dilation=2), "columns"),
        (sc.conv(sc.Kernel.symbolic("k", (2, 2)), (m, m), padding=1), "rows"),
    ],
)
def test_valid_from_is_where_the_equations_are_those_of_the_size(operator, side):
    equations = sc.orthogonality(operator, side)
    first = equations.valid_from[m]
    symbols = operator.provenance.kernel.entries

    def ideal(size):
        found = sc.orthogonality(operator.at({m: size}), side).conditions
        return sp.groebner(found, *symbols, order="grevlex").exprs

    wanted = sp.groebner(equations.conditions, *symbols, order="grevlex").exprs
    assert all(ideal(size) == wanted for size in range(first, first + 3))


@pytest.mark.parametrize("side", ["rows", "columns"])
@pytest.mark.parametrize("padding", [0, ((0, 1), (1, 1))])
def test_equations_are_those_of_all_sizes_of_a_quadrant(padding, side):
    C = sc.conv(sc.Kernel.symbolic("k", (2, 3)), (n, m), padding=padding)
    equations = sc.orthogonality(C, side)
    wanted, start = set(equations.equations), equations.valid_from

    def same(values):
        try:
            there = set(sc.orthogonality(C.at(values), side).equations)
        except SymconvError:
            return False
        together = len(independent([*wanted, *there]))
        return together == len(wanted) == len(there)

    steps = list(product(range(3), repeat=2))
    assert all(same({m: start[m] + a, n: start[n] + b}) for a, b in steps)
    for lowered in start:
        below = (
            {**{s: start[s] + a for s in start}, lowered: start[lowered] - 1} for a, _ in steps
        )
        assert not all(map(same, below))


def test_existence_asks_for_more_than_the_kernel():
    wide = sc.Kernel.symbolic("k", 2, out_channels=2)
    assert not sc.orthogonality(sc.conv(wide, n)).existence()
    assert not sc.orthogonality(sc.conv(wide, n)).solve()
    odd = sc.conv(wide, 5, stride=2, padding=1, padding_mode="circular")
    with pytest.raises(SymconvError, match="multiples of the stride 2"):
        sc.orthogonality(odd, "columns").existence()
    with pytest.raises(SymconvError, match="scale 0"):
        sc.orthogonality(sc.conv(wide, n), scale=0).existence()


def test_missing_values_are_missed():
    a, b, z = sp.symbols("a b z")
    with pytest.raises(KernelError, match="no value for z"):
        sc.orthogonality(sc.conv([a, b], n)).where(z).holds({a: 1, b: 0})
    with pytest.raises(SymconvError, match="no operator"):
        sc.orthogonality(3)


# --- zero --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expr", "zero"),
    [
        ("0", True),
        ("1/10**25", False),
        ("sqrt(5 + 2*sqrt(6)) - sqrt(2) - sqrt(3)", True),
        ("sqrt(2) + sqrt(3) - 3146264/1000000", False),
        ("(x + 1)**2 - x**2 - 2*x - 1", True),
        ("(x + 1)**2 - x**2 - 2*x", False),
        ("sin(x)**2 + cos(x)**2 - 1", True),
    ],
)
def test_zero(expr, zero):
    expr = sp.sympify(expr)
    assert vanishes(expr) is zero
    assert surely_vanishes(expr) is zero
    assert is_zero(EXRAW, expr) is zero


def test_zero_that_cannot_be_decided():
    f, x = sp.Function("f"), sp.Symbol("x")
    assert vanishes(f(x) - f(2 * x)) is None
    assert is_zero(EXRAW, f(x) - f(2 * x)) is False
    with pytest.raises(SymconvError, match=r"cannot decide whether f\(x\) - f\(2\*x\) is zero"):
        surely_vanishes(f(x) - f(2 * x))
