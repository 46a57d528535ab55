"""Size formulas, entry formulas and the autocorrelation, against concrete operators."""

import itertools

import pytest
import sympy as sp

import symconv as sc
from symconv.errors import GeometryError, KernelError, SymconvError

GEOMETRIES = [
    (k, s, d, p, n)
    for k, s, d in itertools.product((1, 2, 3, 4), (1, 2, 3), (1, 2))
    for p in ((0, 0), (1, 1), (0, 2), (3, 1))
    for n in (d * (k - 1) + 1, 8)
]
w = sp.IndexedBase("w")


def conv(k, s, d, p, n):
    return sc.conv(sc.Kernel.symbolic("k", k), n, stride=s, dilation=d, padding=(p,))


@pytest.mark.parametrize(("k", "s", "d", "p", "n"), GEOMETRIES)
def test_output_size(k, s, d, p, n):
    C = conv(k, s, d, p, n)
    assert sc.output_size(n, k, s, p, d) == C.output_size[0]
    left_over = (n + sum(p) - d * (k - 1) - 1) % s
    assert sc.transposed_output_size(C.output_size[0], k, s, p, d, left_over) == n


def taps(k):
    symbols = sc.Kernel.symbolic("k", k).entries
    return {w[t]: symbol for t, symbol in enumerate(symbols)}


@pytest.mark.parametrize(("k", "s", "d", "p", "n"), GEOMETRIES[::7])
def test_entry_formula_with_numbers_is_the_entry(k, s, d, p, n):
    row, col, K, S, P, D = sp.symbols("row col K S P D", integer=True)
    formula = sc.conv_entry(w, row, col, K, S, P, D)
    C = conv(k, s, d, p, n)
    for i, j in itertools.product(*map(range, C.shape)):
        entry = formula.subs({row: i, col: j, K: k, S: s, P: p[0], D: d})
        assert entry.subs(taps(k)) == C[i, j]


@pytest.mark.parametrize("side", ["rows", "columns"])
@pytest.mark.parametrize(("k", "s", "d", "p", "n"), GEOMETRIES[::7])
def test_gram_sum_with_numbers_is_the_closed_form(k, s, d, p, n, side):
    symbols = sp.symbols("row col N K S L H D", integer=True)
    row, col, N, K, S, L, H, D = symbols
    formula = sc.gram_entry(w, row, col, N, K, S, (L, H), D, side)
    C = conv(k, s, d, p, n)
    gram = C @ C.T if side == "rows" else C.T @ C
    for i, j in itertools.product(range(gram.shape[0]), repeat=2):
        numbers = dict(zip(symbols, (i, j, n, k, s, *p, d), strict=True))
        value = formula.subs(numbers).doit()
        assert sp.expand(value.subs(taps(k)) - gram[i, j]) == 0


def test_the_guides_relationships_fall_out_of_the_assumptions():
    i, k, p, s, m = sp.symbols("i k p s m", integer=True, positive=True)
    assert sc.output_size(i, k) == i - k + 1  # relationship 1
    assert sc.output_size(i, k, p=p) == i - k + 2 * p + 1  # 2
    assert sc.output_size(i, 2 * m + 1, p=m) == i  # 3: half padding
    assert sc.output_size(i, k, p=k - 1) == i + k - 1  # 4: full padding
    assert sc.output_size(i, k, s=s) == sp.floor((i - k) / s) + 1  # 5
    assert sp.expand(sc.output_size(s * m + k, k, s=s)) == m + 1  # 5, divisible
    assert sc.transposed_output_size(i, k) == i + k - 1  # 8
    assert sc.transposed_output_size(i, k, s=s, p=p) == s * (i - 1) + k - 2 * p  # 13


KEYWORDS = [
    {"stride": (2, 1), "padding": ((1, 0), (0, 2)), "dilation": (1, 2)},
    {"stride": 3, "padding": "same", "input_dilation": (1, 2)},
    {"stride": 2, "padding": "full"},
    {"padding": (0, -1), "input_dilation": 2},
    {},
]


@pytest.mark.parametrize("arguments", KEYWORDS)
@pytest.mark.parametrize("size", [(7, 5), (8, 9)])
def test_output_size_takes_what_conv_takes(arguments, size):
    kernel = sc.Kernel.symbolic("k", (3, 2))
    C = sc.conv(kernel, size, **arguments)
    assert sc.output_size(size, (3, 2), **arguments) == C.output_size
    n, m = sp.symbols("n m")
    formulas = sc.output_size((n, m), (3, 2), **arguments)
    numbers = dict(zip((n, m), size, strict=True))
    assert tuple(formula.subs(numbers) for formula in formulas) == C.output_size


@pytest.mark.parametrize(
    "arguments",
    [
        {"stride": (2, 1), "padding": ((1, 0), (0, 1)), "output_padding": (1, 0)},
        {"stride": 3, "padding": "same"},
        {"stride": 2, "padding": "full", "dilation": (1, 2)},
        {"padding": "valid"},
    ],
)
def test_transposed_output_size_takes_what_conv_transpose_takes(arguments):
    T = sc.conv_transpose(sc.Kernel.symbolic("k", (3, 2)), (4, 5), **arguments)
    assert sc.transposed_output_size((4, 5), (3, 2), **arguments) == T.output_size


def test_plain_symbols_are_integers():
    n, m = sp.symbols("n m")
    assert sc.output_size(n, 1) == n
    assert sc.output_size(n, 3, stride=2, padding=1) == sp.floor((n - 1) / 2) + 1
    size = 16 * m + 12
    for _ in range(4):  # U-Net: two 3x3 convolutions and a pooling down, four times, and up again
        size = sc.output_size(sc.output_size(sc.output_size(size, 3), 3), 2, stride=2)
    size = sc.output_size(sc.output_size(size, 3), 3)
    for _ in range(4):
        up = sc.transposed_output_size(size, 2, stride=2)
        size = sc.output_size(sc.output_size(up, 3), 3)
    assert size == 16 * m - 172
    assert size.subs(m, 35) == 388  # 572 to 388 pixels


@pytest.mark.parametrize(
    ("size", "match"),
    [
        (lambda: sc.output_size(2, 5), "covers 5 pixels, more than the 2"),
        (lambda: sc.output_size(5, 3, s=2, stride=2), "given for one argument"),
        (lambda: sc.output_size(5, 3, padding=(1, 2)), r"padding=\(\(1, 2\),\)"),
        (lambda: sc.output_size(5, 3, padding="half"), "'half' is not one of"),
        (lambda: sc.output_size(5, 3, stride=0), "stride must be at least 1, not 0"),
        (lambda: sc.output_size("n", 3), "'n' is text"),
        (lambda: sc.output_size(sp.Symbol("x", integer=False), 3), "must be an integer"),
        (lambda: sc.transposed_output_size(2, 1, padding=1), "image size 0: an axis has 1"),
        (lambda: sc.transposed_output_size(2, 1, padding="same", a=1), "fixes the size"),
    ],
)
def test_sizes_that_are_none_are_refused(size, match):
    with pytest.raises(GeometryError, match=match):
        size()


def test_an_unknown_side_is_refused():
    with pytest.raises(SymconvError, match="'middle' is not one of rows, columns"):
        sc.gram_entry(w, 0, 0, 5, 3, side="middle")


# --- autocorrelation ---------------------------------------------------------------------------


def test_autocorrelation_is_the_product_away_from_the_border():
    K = sc.Kernel.symbolic("k", (3, 2))
    r = sc.autocorrelation(K, dilation=(1, 2))
    C = sc.conv(K, (9, 9), dilation=(1, 2))
    gram = C @ C.T
    assert len(r) == 5 * 3
    for i, j in itertools.product(itertools.product(range(7), range(7)), repeat=2):
        lag = tuple(a - b for a, b in zip(i, j, strict=True))
        assert gram.entry(i, j) == r.get(lag, 0)


def test_autocorrelation_with_channels_is_a_matrix():
    K = sc.Kernel.symbolic("k", 2, in_channels=2, out_channels=3)
    r = sc.autocorrelation(K)
    C = sc.conv(K, 5)
    gram = C @ C.T
    for o, p in itertools.product(range(3), repeat=2):
        for i, j in itertools.product(range(4), repeat=2):
            expected = r[i - j][o, p] if (i - j,) in r else 0
            assert sp.expand(gram.entry((o, i), (p, j)) - expected) == 0
    assert r[1] == r[-1].T


def test_autocorrelation_of_groups_is_refused():
    with pytest.raises(KernelError, match="2 groups"):
        sc.autocorrelation(sc.Kernel.symbolic("k", 2, 2, 2, groups=2))


def test_autocorrelation_latex():
    assert sp.latex(sc.autocorrelation(sp.symbols("a b"))) == (
        r"\begin{aligned}r_{0} &= a^{2} + b^{2} \\ r_{1} &= a b "
        r"\\ r_{-\delta} &= r_{\delta}\end{aligned}"
    )
