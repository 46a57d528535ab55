"""The forms of sc.latex: exact strings of small cases, and what they claim against NumPy's loops."""

import re
from functools import reduce
from itertools import product

import numpy as np
import pytest
import sympy as sp

import symconv as sc
from symconv.printing.blocks import blocks_of
from symconv.printing.latex import fitting_forms
from symconv.typesetting.free_letters import Letters
from symconv.typesetting.symbols import symbol_latex
from symconv.typesetting.typesetter import Typesetter

n = sp.Symbol("n")
A = sc.conv(sc.Kernel.arange((3, 3)), (4, 4))
K = sc.Kernel.symbolic("k", 3)
T = r"^{\mathsf{T}}"
WHERE = r"\quad \text{where both rows exist}"
STRUT = r"\rule[-1.2ex]{0pt}{4ex}"


def matrix(*lines):
    return r"\left[\begin{matrix}" + r"\\".join(lines) + r"\end{matrix}\right]"


def braced(matrix, size):
    return rf"\underbrace{{{matrix}}}_{{{size}}}"


def ruled(*lines):
    columns = "|".join("c" * (lines[0].count("&") + 1))
    body = r"\\ \hline ".join(STRUT + line for line in lines)
    return rf"\left[\begin{{array}}{{{columns}}}{body}\end{{array}}\right]"


def gathered(*lines):
    return r"\begin{gathered}" + r" \\[1ex] ".join(lines) + r"\end{gathered}"


def aligned(*lines):
    return r"\begin{aligned}" + r" \\ ".join(lines) + r"\end{aligned}"


# --- elided ------------------------------------------------------------------------------------


def test_elided_shows_corners_and_bands():
    gram = (lambda C: C.T @ C)(sc.conv([1, 2, 3], 10**6))
    assert sc.latex(gram, "elided") == (
        r"\underbrace{"
        + matrix(
            r"1 & 2 & 3 & \cdots & 0 & 0 & 0",
            r"2 & 5 & 8 & \ddots & 0 & 0 & 0",
            r"3 & 8 & 14 & \ddots & 0 & 0 & 0",
            r"\vdots & \ddots & \ddots & \ddots & \ddots & \ddots & \vdots",
            r"0 & 0 & 0 & \ddots & 14 & 8 & 3",
            r"0 & 0 & 0 & \ddots & 8 & 13 & 6",
            r"0 & 0 & 0 & \cdots & 3 & 6 & 9",
        )
        + r"}_{10^{6} \times 10^{6}}"
    )


def test_a_row_that_goes_on_has_no_band():
    text = sc.latex(sc.conv(sc.Kernel.arange(30), 90), "elided")
    assert text.count(r"\ddots") == 1
    assert text.count(r"\cdots") == 6


@pytest.mark.parametrize("size", [(n, n), (n, 40), (2 * n, n), (3, n)])
def test_elided_of_any_size_is_that_of_a_large_one(size):
    C = sc.conv(sc.Kernel.symbolic("k", (3, 3)), size, padding=1)
    for operator in (C, C.T @ C):
        shown = sc.latex(operator, "elided")
        large = sc.latex(operator.at({n: 1000}), "elided")
        assert shown.rpartition("_{")[0] == large.rpartition("_{")[0]
        assert shown.endswith(r" \times ".join([""] * 2) + shown.rpartition(r" \times ")[2])
    assert r"}_{n^{2} \times n^{2}}" in sc.latex(
        sc.conv(sc.Kernel.symbolic("k", (3, 3)), (n, n), padding=1), "elided"
    )


def test_circular_of_any_size_has_its_corners():
    text = sc.latex(sc.conv(K, n, padding=1, padding_mode="circular"), "elided")
    first, *_, last = text.partition("matrix}")[2].partition(r"\end")[0].split(r"\\")
    assert first == r"k_{1} & k_{2} & 0 & \cdots & 0 & 0 & k_{0}"
    assert last == r"k_{2} & 0 & 0 & \cdots & 0 & k_{0} & k_{1}"


def test_max_entries():
    long = sc.conv(K, 40)
    assert sc.latex(long, "full", max_entries=38 * 40).count("&") == 38 * 39
    with pytest.raises(sc.SymconvError, match="38 x 40 entries are more than max_entries=1519"):
        sc.latex(long, "full", max_entries=38 * 40 - 1)
    for form in (None, "elided"):
        for most, width in ((9, 3), (24, 3), (25, 5), (49, 7)):
            text = sc.latex(long, form, max_entries=most)
            assert text.count(r"\\") + 1 == width
            assert text.count("&") == width * (width - 1)
    with pytest.raises(sc.SymconvError, match="9 at least"):
        sc.latex(long, max_entries=8)


@pytest.mark.parametrize(
    ("operator", "size"),
    [
        (A.T, r"16 \times 4"),
        (A.T @ A, r"16 \times 16"),
        (sc.upsample_linear(10, 2), r"20 \times 10"),
        (sc.pixel_shuffle((2, 2), 2), r"16 \times 16"),
        (sc.conv(K, 10**6), r"999998 \times 10^{6}"),
        (sc.conv(K, n, padding=1), r"n \times n"),
        (sc.conv(K, 2 * n, stride=2), r"\left(n - 1\right) \times \left(2 n\right)"),
        (sc.conv(sc.Kernel.symbolic("k", (2, 2)), (n, n)), r"\left(n - 1\right)^{2} \times n^{2}"),
    ],
)
@pytest.mark.parametrize("dialect", ["mathjax", "latex"])
def test_what_is_elided_states_its_size(operator, size, dialect):
    text = sc.latex(operator, "elided", dialect=dialect)
    body = text.removeprefix("% \\usepackage{amsmath,nicematrix}\n").removeprefix(
        "% \\usepackage{amsmath}\n"
    )
    assert body.startswith(r"\underbrace{")
    assert body.endswith(rf"}}_{{{size}}}")


def test_what_hides_nothing_needs_no_size():
    for form in (None, "full", "elided"):
        text = sc.latex(A, form)
        assert text.endswith(r"\right]")
        assert "dots" not in text
    long = sc.conv([1, 2], 30)
    for text in (sc.latex(long), sp.latex(long), sc.latex(long, max_entries=10)):
        assert text.endswith(r"\right]}_{29 \times 30}")


def test_a_band_that_only_hidden_rows_have():
    *_, dots = re.findall(
        r"(?<=\\\\)[^0-9]*(?=\\\\)", sc.latex(sc.upsample_linear(10, 2), "elided")
    )
    assert dots == " & ".join([r"\vdots"] * 2 + [r"\ddots"] * 6 + [r"\vdots"] * 2)


# --- blocks ------------------------------------------------------------------------------------

PAGE_T = r"T(x) = " + matrix("x_{0} & x_{1} & x_{2} & 0", "0 & x_{0} & x_{1} & x_{2}")
PAGE_ROWS = r"k_{0} = (1, 2, 3),\quad k_{1} = (4, 5, 6),\quad k_{2} = (7, 8, 9)"


def test_blocks_of_the_page():
    assert sc.latex(A, "blocks") == gathered(
        ruled("T(k_{0}) & T(k_{1}) & T(k_{2}) & 0", "0 & T(k_{0}) & T(k_{1}) & T(k_{2})"),
        PAGE_T,
        PAGE_ROWS,
    )
    assert sc.latex(A.T, "blocks").startswith(
        r"\begin{gathered}"
        + ruled(
            f"T(k_{{0}}){T} & 0",
            f"T(k_{{1}}){T} & T(k_{{0}}){T}",
            f"T(k_{{2}}){T} & T(k_{{1}}){T}",
            f"0 & T(k_{{2}}){T}",
        )
    )
    assert sc.latex(A @ A.T, "blocks") == gathered(
        ruled("R_{0} & R_{-1}", "R_{1} & R_{0}"),
        PAGE_T,
        PAGE_ROWS,
        rf"R_{{\delta}} = \sum_{{a}} T(k_{{a}})\, T(k_{{a + \delta}}){T} {WHERE}",
        r"(R_{\delta})_{i,j} = r_{\delta,\, i - j}, \qquad "
        r"r_{\delta, \varepsilon} = \sum_{a, b} k_{a,b}\, k_{a + \delta, b + \varepsilon}",
    )
    assert ruled(
        r"R_{0}^{\{0\}} & R_{1}^{\{0\}} & R_{2} & 0",
        r"R_{-1}^{\{1\}} & R_{0}^{\{0,1\}} & R_{1} & R_{2}",
        r"R_{-2} & R_{-1} & R_{0}^{\{1,2\}} & R_{1}^{\{1\}}",
        r"0 & R_{-2} & R_{-1}^{\{2\}} & R_{0}^{\{2\}}",
    ) in sc.latex(A.T @ A, "blocks")


GEOMETRIES = {
    "valid": ((4, 4), {}),
    "padding": ((4, 5), {"padding": ((1, 2), (0, 1))}),
    "stride": ((5, 6), {"stride": (2, 1), "padding": 1}),
    "dilation": ((6, 5), {"dilation": (2, 1)}),
    "circular": ((4, 4), {"padding": 1, "padding_mode": "circular"}),
    "replicate": ((4, 4), {"padding": 1, "padding_mode": "replicate"}),
    "three axes": ((3, 4, 3), {"padding": (1, 0, 0)}),
}


def value(label, rows, operator, side):
    """The matrix that a block's label stands for, from its definition."""
    height, width = operator.rows[-1], operator.cols[-1]
    if label.startswith("T("):
        index = re.search(r"_\{([\d,]+)\}", label)[1]
        block = rows[tuple(map(int, index.split(",")))]
        return block.T if label.endswith(T) else block
    lag = tuple(map(int, re.search(r"R_\{([-\d,]+)\}", label)[1].split(",")))
    present = re.search(r"\\\{(.*)\\\}", label)
    found = (
        [tuple(map(int, a)) for a in re.findall(r"(\d)(?:,(\d))?\)?", present[1])]
        if (present and "(" in present[1])
        else None
    )
    if present and found is None:
        found = [(int(a),) for a in present[1].split(",")]
    total = np.zeros((height, width), dtype=int)
    for a, block in rows.items():
        partner = rows.get(tuple(x + y for x, y in zip(a, lag, strict=True)))
        if partner is not None and (found is None or a in found):
            total += block @ partner.T if side == "rows" else block.T @ partner
    return total


@pytest.mark.parametrize(("size", "geometry"), GEOMETRIES.values(), ids=GEOMETRIES)
@pytest.mark.parametrize("kind", ["C", "transposed", "rows", "columns"])
def test_blocks_put_together_are_the_matrix(size, geometry, kind):
    kernel = np.arange(1, 1 + 3 ** len(size)).reshape((3,) * len(size)) ** 2
    C = sc.conv(kernel, size, **geometry)
    operator = {"C": C, "transposed": C.T, "rows": C @ C.T, "columns": C.T @ C}[kind]
    blocks = blocks_of(operator)
    last = {name: v if isinstance(v, (str, int)) else v[-1] for name, v in geometry.items()}
    if isinstance(last.get("padding"), tuple):
        last["padding"] = (last["padding"],)
    rows = {
        index: sc.to_numpy(sc.conv(kernel[index], size[-1], **last))
        for index in product(range(3), repeat=len(size) - 1)
    }
    outer = blocks.operator.as_explicit()
    if blocks.others:
        assert kind in ("rows", "columns")
        assert geometry.get("padding_mode") == "replicate"
        values = {symbol: sc.to_numpy(inner) for symbol, inner in blocks.others}
    else:
        labels = Letters([]).write
        values = {
            s: value(labels(s.latex), rows, operator, kind)
            for entry in outer.values()
            for s in entry.free_symbols
        }
    height, width = operator.rows[-1], operator.cols[-1]

    def block(entry):
        total = np.zeros((height, width), dtype=int)
        for symbol, count in sp.Poly(entry, *entry.free_symbols).terms() if entry != 0 else ():
            (used,) = [s for s, power in zip(entry.free_symbols, symbol, strict=True) if power]
            total += int(count) * values[used]
        return total

    whole = np.block([[block(entry) for entry in row] for row in outer.tolist()])
    assert (whole == sc.to_numpy(operator)).all()


@pytest.mark.parametrize("side", ["rows", "columns"])
def test_blocks_of_channels_put_together_are_the_product(side):
    weight = np.arange(1, 2 * 3 * 2 * 2 + 1).reshape(2, 3, 2, 2)
    C = sc.conv(sc.Kernel.from_weight(weight), (3, 4), padding=((1, 0), (0, 1)))
    product_ = C @ C.T if side == "rows" else C.T @ C
    blocks = blocks_of(product_)

    def T_(o, c, a):
        return sc.to_numpy(sc.conv(weight[o, c, a], 4, padding=((0, 1),)))

    def value_(label):
        lag, p, q, present = re.fullmatch(
            r"R_\{(-?\d)\}\^\{(\d),(\d)(?:;\\\{([\d,]+)\\\})?\}", label
        ).groups()
        rows = [int(a) for a in present.split(",")] if present else [0, 1]
        pairs = [(a, a + int(lag)) for a in rows if a + int(lag) in (0, 1)]
        if side == "rows":
            terms = [T_(int(p), c, a) @ T_(int(q), c, b).T for a, b in pairs for c in range(3)]
        else:
            terms = [T_(o, int(p), a).T @ T_(o, int(q), b) for a, b in pairs for o in range(2)]
        return sum(terms)

    zero = np.zeros((product_.rows[-1],) * 2, dtype=int)
    outer = blocks.operator.as_explicit().tolist()
    label = Letters([]).write
    table = [[value_(label(e.latex)) if e != 0 else zero for e in row] for row in outer]
    assert (np.block(table) == sc.to_numpy(product_)).all()


def test_blocks_of_channels():
    C = sc.conv(sc.Kernel.symbolic("w", 2, in_channels=2, out_channels=2), 3)
    text = sc.latex(C, "blocks")
    assert ruled(r"T(w_{0,0}) & T(w_{0,1})", r"T(w_{1,0}) & T(w_{1,1})") in text
    text = sc.latex(C.T @ C, "blocks")
    assert ruled("R^{0,0} & R^{0,1}", "R^{1,0} & R^{1,1}") in text
    assert rf"R^{{c,e}} = \sum_{{o}} T(w_{{o,c}}){T}\, T(w_{{o,e}})" in text


def test_blocks_of_groups_are_numbered_by_all_channels():
    C = sc.conv(sc.Kernel.symbolic("k", 2, in_channels=4, out_channels=2, groups=2), 3)
    text = sc.latex(C, "blocks")
    assert ruled("T(w_{0,0}) & T(w_{0,1}) & 0 & 0", "0 & 0 & T(w_{1,2}) & T(w_{1,3})") in text
    assert r"w_{1,3} = (k_{1,1,0}, k_{1,1,1})" in text


def test_blocks_of_any_size():
    C = sc.conv(sc.Kernel.symbolic("k", (2, 2)), (n, n))
    outer = ruled(
        "T(k_{0}) & T(k_{1}) &  & ", " & \\ddots & \\ddots & ", " &  & T(k_{0}) & T(k_{1})"
    )
    assert braced(outer, r"\left(n - 1\right) \times n") in sc.latex(C, "blocks")


def test_blocks_of_anything_else_have_names_of_their_own():
    D = sc.conv(sc.Kernel([[1, 2]]), (2, 3)) - 2 * sc.conv(sc.Kernel([[1, 1]]), (2, 3))
    assert sc.latex(D, "blocks") == gathered(
        ruled("B_{1} & 0", "0 & B_{1}"), "B_{1} = " + matrix("-1 & 0 & 0", "0 & -1 & 0")
    )


# --- closed ------------------------------------------------------------------------------------


def test_closed():
    C = sc.conv(sc.Kernel.symbolic("k", (3, 3)), (n, n), padding=1)
    assert sc.latex(C, "closed") == aligned(
        r"C_{i,j} &= \begin{cases}k_{t} & \text{if } t = j - i + 1 \in T \\ "
        r"0 & \text{otherwise}\end{cases}",
        r"i &\in \{0, \dots, n - 1\}^2",
        r"j &\in \{0, \dots, n - 1\}^2",
        r"T &= \{0, \dots, 2\}^2",
    )
    assert sc.latex(C @ C.T, "closed") == aligned(
        rf"(C C{T})_{{i,j}} &= r_{{i - j}} - \sum_{{t \in T:\; i + t - 1 \notin I}} "
        r"k_{t}\, k_{t + i - j}",
        r"i, j &\in \{0, \dots, n - 1\}^2",
        r"r_{\delta} &= \sum_{t \in T} k_{t}\, k_{t + \delta}",
        r"I &= \{0, \dots, n - 1\}^2",
        r"T &= \{0, \dots, 2\}^2",
        r"k_{t} &= 0 \text{ for } t \notin T",
    )


def test_closed_names_the_kernel_and_the_lags():
    text = sc.latex((lambda C: C @ C.T)(sc.conv([1, 2], 4)), "closed", two_level=True)
    assert text == aligned(
        rf"(C C{T})_{{i,j}} &= r_{{i - j}}",
        r"i, j &\in \{0, \dots, 2\}",
        r"r_{\delta} &= \sum_{t \in T} k_{t}\, k_{t + \delta}",
        r"T &= \{0, 1\}",
        r"k &= \left[\begin{matrix}1 & 2\end{matrix}\right]",
        r"k_{t} &= 0 \text{ for } t \notin T",
        "r_{0} &= 5",
        "r_{1} &= 2",
        r"r_{-\delta} &= r_{\delta}",
    )


@pytest.mark.parametrize(
    ("s", "p", "d"), [(1, 0, 1), (1, 1, 1), (2, 1, 1), (2, 0, 1), (1, 2, 2), (3, 1, 2)]
)
@pytest.mark.parametrize("side", ["rows", "columns"])
def test_the_closed_formula_is_right(s, p, d, side):
    """Evaluates the formula that is printed, term by term."""
    taps, size = [3, -1, 4], 8
    C = sc.conv(taps, size, stride=s, padding=p, dilation=d)
    matrix_ = sc.to_numpy(C)
    whole = matrix_ @ matrix_.T if side == "rows" else matrix_.T @ matrix_
    text = sc.latex(C @ C.T if side == "rows" else C.T @ C, "closed")
    bounded = r"\notin I" in text or r"\setminus O" in text
    inside = range(size if side == "rows" else len(matrix_))

    def k(t):
        return taps[int(t)] if t in range(3) else 0

    def lag(i, j):
        return s * (i - j) / d if side == "rows" else (j - i) / d

    def place(i, t):
        return s * i + d * t - p if side == "rows" else (i - d * t + p) / s

    for i, j in product(range(len(whole)), repeat=2):
        all_ = [k(t) * k(t + lag(i, j)) for t in range(3) if float(place(i, t)).is_integer()]
        out = [
            k(t) * k(t + lag(i, j))
            for t in range(3)
            if float(place(i, t)).is_integer() and place(i, t) not in inside
        ]
        assert whole[i, j] == sum(all_) - (sum(out) if bounded else 0)


def test_closed_of_what_is_a_layer_is_that_layer():
    assert sc.latex(sc.conv(K, n) * 2, "closed") == aligned(
        r"C_{i,j} &= \begin{cases}w_{t} & \text{if } t = j - i \in T \\ "
        r"0 & \text{otherwise}\end{cases}",
        r"i &\in \{0, \dots, n - 3\}",
        r"j &\in \{0, \dots, n - 1\}",
        r"T &= \{0, \dots, 2\}",
        r"w &= \left[\begin{matrix}2 k_{0} & 2 k_{1} & 2 k_{2}\end{matrix}\right]",
    )


def test_closed_of_anything_else_is_cases():
    assert sc.latex(sc.flip(n), "closed") == aligned(
        r"A_{i,j} &= \begin{cases}1 & \text{for}\: i + j = n - 1 \\ "
        r"0 & \text{otherwise}\end{cases}",
        r"i, j &\in \{0, \dots, n - 1\}",
    )


def test_closed_of_nothing_is_zero():
    C = sc.conv(K, n)
    assert sc.latex(C - C, "closed") == "0"
    a = sp.Symbol("a")
    other = sc.conv(sc.Kernel([sp.sin(a) ** 2 + sp.cos(a) ** 2]), n)
    assert sc.latex(other - sc.identity(n), "closed") == "0"


def test_closed_of_channels_says_what_the_indices_are():
    C = sc.conv(sc.Kernel.from_weight([[[1], [2]], [[3], [4]]]), n)
    turned = r"i_{2} + j_{2} = n - 1"
    assert sc.latex(sc.flip(n, channels=2) @ C, "closed") == aligned(
        rf"A_{{i,j}} &= \begin{{cases}}1 & \text{{for}}\: i_{{1}} = 0 \wedge j_{{1}} = 0 \wedge "
        rf"{turned} \\ 4 & \text{{for}}\: i_{{1}} = 1 \wedge j_{{1}} = 1 \wedge {turned} "
        rf"\\ 2 & \text{{for}}\: i_{{1}} = 0 \wedge j_{{1}} = 1 \wedge {turned} "
        rf"\\ 3 & \text{{for}}\: i_{{1}} = 1 \wedge j_{{1}} = 0 \wedge {turned} "
        r"\\ 0 & \text{otherwise}\end{cases}",
        r"i, j &\in \{0, 1\} \times \{0, \dots, n - 1\} \quad \text{(channel, pixel)}",
    )


def test_closed_says_nothing_of_an_index_that_can_only_be_zero():
    once = sc.conv_transpose([1], 2 * n, stride=2, output_padding=1)
    assert sc.latex(sc.flip(4 * n) @ once @ sc.pixel_shuffle(n, 2), "closed") == aligned(
        r"A_{i,j} &= \begin{cases}1 & \text{for}\: j_{1} = 1 \wedge i + 4 j_{2} = 4 n - 3 \\ "
        r"1 & \text{for}\: j_{1} = 0 \wedge i + 4 j_{2} = 4 n - 1 \\ 0 & \text{otherwise}"
        r"\end{cases}",
        r"i &\in \{0, \dots, 4 n - 1\}",
        r"j &\in \{0, 1\} \times \{0, \dots, n - 1\} \quad \text{(channel, pixel)}",
    )


def test_closed_around_the_image():
    C = sc.conv(K, n, padding=2, padding_mode="circular")
    assert sc.latex(C, "closed") == aligned(
        r"C_{i,j} &= \sum_{t \in T:\; i + t - 2 \equiv j \;(\mathrm{mod}\;n)} k_{t}",
        r"i &\in \{0, \dots, n + 1\}",
        r"j &\in \{0, \dots, n - 1\}",
        r"T &= \{0, \dots, 2\}",
    )
    rest = [
        r"i, j &\in \{0, \dots, n + 1\}",
        r"r_{\delta} &= \sum_{t \in T} k_{t}\, k_{t + \delta}",
        r"T &= \{0, \dots, 2\}",
        r"k_{t} &= 0 \text{ for } t \notin T",
    ]
    sum_ = r"\sum_{\delta \equiv i - j \;(\mathrm{mod}\;n)} r_{\delta}"
    assert sc.latex(C @ C.T, "closed") == aligned(rf"(C C{T})_{{i,j}} &= {sum_}", *rest)
    far = sc.conv(K, n, padding=4, dilation=4, padding_mode="circular")
    assert rf"(C{T} C)_{{i,j}} &= {sum_}" in sc.latex(far.T @ far, "closed")


@pytest.mark.parametrize(("s", "p", "d"), [(1, 1, 1), (2, 1, 1), (2, 3, 2), (1, 5, 2), (3, 2, 1)])
def test_the_formulas_around_the_image_are_right(s, p, d):
    """Evaluates what is printed; the products are wider than the image, so that lags meet."""
    taps, size = [3, -1, 4], 5
    C = sc.conv(taps, size, stride=s, padding=p, dilation=d, padding_mode="circular")
    matrix_, lags = sc.to_numpy(C), range(-2 * d, 2 * d + 1)
    r = {delta: sum(a * b for (t, a), (u, b) in product(enumerate(taps), repeat=2)
                    if d * (u - t) == delta) for delta in lags}  # fmt: skip
    for i, j in np.ndindex(matrix_.shape):
        assert matrix_[i, j] == sum(
            k for t, k in enumerate(taps) if (s * i + d * t - p - j) % size == 0
        )
    for i, j in product(range(len(matrix_)), repeat=2):
        around = [r[delta] for delta in lags if (delta - s * (i - j)) % size == 0]
        assert (matrix_ @ matrix_.T)[i, j] == sum(around)
    if s == 1 and len(matrix_) == size:
        assert np.array_equal(matrix_.T @ matrix_, matrix_ @ matrix_.T)
    assert (r"\equiv" in sc.latex(C.T @ C, "closed")) is (s == 1 and len(matrix_) == size)


# --- kron --------------------------------------------------------------------------------------


def test_kron():
    assert sc.latex(sc.conv(sc.Kernel([[1, -2], [0, sp.Symbol("a") + 1]]), (n, n)), "kron") == (
        aligned(
            r"C &= S_{0} \otimes S_{0} - 2\, S_{0} \otimes S_{1} + "
            r"\left(a + 1\right)\, S_{1} \otimes S_{1}",
            r"(S_{t})_{o,i} &= \begin{cases}1 & \text{if } i = o + t \\ 0 & \text{otherwise}"
            r"\end{cases} \qquad \text{of size } \left(n - 1\right) \times n",
        )
    )
    text = sc.latex(sc.conv(sc.Kernel.symbolic("k", (4, 4)), (2 * n, 4 * n), stride=2), "kron")
    assert r"\sum_{t_{1} = 0}^{3} \sum_{t_{2} = 0}^{3} k_{t_{1}, t_{2}}\, S^{(1)}_{t_{1}}" in text
    circular = sc.conv(K, n, padding=1, padding_mode="circular")
    assert r"i \equiv o + t - 1 \pmod{n}" in sc.latex(circular, "kron")


SEPARABLE = {
    "axes that differ": sc.conv(sc.kernels.sobel(), (4, 5), padding=1, stride=(1, 2)),
    "axes alike": sc.conv(sc.Kernel.outer([1, -2, 3], [1, -2, 3]), (4, 4)),
    "three axes": sc.conv(sc.Kernel.outer([1, 2], [3, 4], [5, -6]), (2, 3, 3), dilation=(1, 2, 1)),
    "padding that copies": sc.conv(
        sc.Kernel.outer([1, 2, 3], [1, 0, -1]), (4, 4), padding=1, padding_mode="circular"
    ),
}


def separated(text):
    """The matrix that the lines C = C_u x C_v, C_u = …, (S_t)_{o,i} = … describe."""
    shifts = {}
    for name, line, rows, cols in re.findall(
        r"\(?(S(?:\^\{\(\d\)\})?)_\{t\}\)?_\{o,i\} &= .*?if \} (.*?) \\\\.*?of size \} (\d+) .times (\d+)",
        text,
    ):
        shifts[name] = line, int(rows), int(cols)

    def shift(name, t):
        line, rows, cols = shifts[name]
        line, _, modulus = line.partition(r" \pmod{")
        left, right = re.split(r" = | .equiv ", line)

        def side(text, o, i):
            text = re.sub(r"(\d) ([oit])", r"\1*\2", text)
            return int(sp.sympify(text).subs({"o": o, "i": i, "t": t}))

        def meets(o, i):
            gap = side(left, o, i) - side(right, o, i)
            return gap % int(modulus[:-1]) == 0 if modulus else gap == 0

        return np.array([[int(meets(o, i)) for i in range(cols)] for o in range(rows)])

    def factor(name):
        body = re.search(rf"{re.escape(name)} &= (.*?) \\\\ ", text)[1]
        terms = re.findall(r"([+-]?) ?(\d*)(?:.,)? ?(S(?:\^\{\(\d\)\})?)_\{(\d)\}", body)
        return sum(int(sign + (times or "1")) * shift(s, int(t)) for sign, times, s, t in terms)

    whole = re.search(r"C(\S*) &= (.*?) \\\\ ", text)[2]
    return reduce(np.kron, (
        factor(name).T if power else factor(name)
        for name, power in re.findall(r"(C_\{\w\})(\^\{.mathsf\{T\}\})?", whole)
    ))  # fmt: skip


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("operator", SEPARABLE.values(), ids=SEPARABLE)
def test_separable_kernels_are_one_product(operator, transposed):
    text = sc.latex(operator.T if transposed else operator, "kron")
    expected = sc.to_numpy(operator)
    assert (separated(text) == (expected.T if transposed else expected)).all()
    wrong = text.replace("if } i", "if } 1 + i", 1)
    assert wrong != text
    assert (separated(wrong) != (expected.T if transposed else expected)).any()


def test_separable_grams_and_what_is_no_shorter():
    m = sp.Symbol("m")
    C = sc.conv(sc.kernels.sobel(), (n, m), padding=1)
    assert (r"C C^{\mathsf{T}} &= \left(C_{u} C_{u}^{\mathsf{T}}\right) \otimes "
            r"\left(C_{v} C_{v}^{\mathsf{T}}\right)") in sc.latex(C @ C.T, "kron")  # fmt: skip
    assert "C_{u}" not in sc.latex(sc.conv([[1, 2, 3]], (n, m)), "kron")
    assert "C_{u}" not in sc.latex(sc.conv(sc.Kernel.outer([1, 2], [3, 4]), (n, m)), "kron")
    named = sc.conv(sc.Kernel.outer(sp.symbols("u v C"), [1, 1, 1]), (n, n))
    assert r"\mathcal{C} &= " in sc.latex(named, "kron")
    long = sc.latex(sc.conv(sc.kernels.binomial((14, 2), normalised=False), (n, n)), "kron")
    row = " & ".join(str(sp.binomial(13, t)) for t in range(14))
    assert r"C_{u} &= \sum_{t = 0}^{13} u_{t}\, S^{(1)}_{t}" in long
    assert rf"u &= \left[\begin{{array}}{{cccccccccccccc}}{row}\end{{array}}\right]" in long
    f = sp.Function("f")(sp.Symbol("a"))
    divided = sc.conv([[f**2, f, f], [f, 1 - 1, 1], [f, 1, 1]], (n, n))
    assert "C_{u}" not in sc.latex(divided, "kron")


@pytest.mark.parametrize("transposed", [False, True])
def test_the_kronecker_sum_is_the_matrix(transposed):
    kernel, size = np.arange(1, 7).reshape(2, 3), (4, 5)
    C = sc.conv(kernel, size, stride=(2, 1), padding=1)
    text = sc.latex(C.T if transposed else C, "kron")
    relations = re.findall(r"\\text\{if \} i = (\S+ )?o \+ t - 1", text)
    assert relations == ["2 ", ""]
    shapes = [tuple(map(int, pair)) for pair in re.findall(r"of size \} (\d+) \\times (\d+)", text)]

    def S(axis, t):
        (height, width), s = shapes[axis], (2, 1)[axis]
        ones = np.array([[int(i == s * o + t - 1) for i in range(width)] for o in range(height)])
        return ones.T if transposed else ones

    terms = re.findall(
        r"(?:(\d+)\\, )?\(?S\^\{\(1\)\}_\{(\d)\}\S* \\otimes \(?S\^\{\(2\)\}_\{(\d)\}", text
    )
    assert len(terms) == 6
    total = sum(int(c or 1) * np.kron(S(0, int(a)), S(1, int(b))) for c, a, b in terms)
    assert (total == sc.to_numpy(C.T if transposed else C)).all()


# --- two levels, colours, dialects -------------------------------------------------------------


def test_two_levels_of_a_concrete_size():
    assert sc.latex(A @ A.T, "full", two_level=True) == (
        matrix(
            "r_{0,0} & r_{0,1} & r_{1,0} & r_{1,1}",
            "r_{0,1} & r_{0,0} & r_{1,-1} & r_{1,0}",
            "r_{1,0} & r_{1,-1} & r_{0,0} & r_{0,1}",
            "r_{1,1} & r_{1,0} & r_{0,1} & r_{0,0}",
        )
        + r", \qquad "
        + aligned(
            "r_{0,0} &= 285", "r_{0,1} &= 186", "r_{1,-1} &= 106", "r_{1,0} &= 154", "r_{1,1} &= 94"
        )
    )
    gram = (lambda C: C.T @ C)(sc.conv(sc.Kernel(sp.symbols("a b c d")), 6))
    text = sc.latex(gram, two_level=True)
    assert "r_{0} - d^{2}" in text
    assert "r_{0} &= a^{2} + b^{2} + c^{2} + d^{2}" in text


def test_two_levels_of_what_has_none():
    with pytest.raises(sc.SymconvError, match="is no such product"):
        sc.latex(A, two_level=True)
    with pytest.raises(sc.SymconvError, match="form='kron' has not"):
        sc.latex(A @ A.T, "kron", two_level=True)
    with pytest.raises(sc.SymconvError, match="two_level=True is for operators"):
        sc.latex(K, two_level=True)


def test_one_colour_a_tap():
    C = sc.conv([5, 0, 5], 4)
    one, other = r"{\color{#5755ef}{5}}", r"{\color{#b05800}{5}}"
    assert sc.latex(C, colours=True) == matrix(
        f"{one} & 0 & {other} & 0", f"0 & {one} & 0 & {other}"
    )
    assert r"{\color{#5755ef}{5}}" in sc.latex(C.T, colours=True, dialect="katex")
    latex = sc.latex(C, colours=True, dialect="latex")
    assert latex.startswith("% \\usepackage{amsmath,xcolor}\n")
    assert r"{\color[HTML]{5755EF}{5}}" in latex
    gram = (lambda C: C.T @ C)(sc.conv(K, n))
    assert r"{\color{#5755ef}{k_{0}}}^{2}" in sc.latex(gram, colours=True)
    with pytest.raises(sc.SymconvError, match="which tap an entry comes from"):
        sc.latex(A @ A.T, colours=True)
    with sc.Style(theme="dark"):
        assert r"{\color{#9080ff}{5}}" in sc.latex(C, colours=True)
    assert r"\color[HTML]{5755EF}" in sc.to_latex_macros(C, "conv", colours=True)


def test_dialects():
    C = sc.conv([1, 2], 30)
    assert sc.latex(C, "elided") == sc.latex(C, "elided", dialect="katex")
    assert sc.latex(C, "elided", dialect="latex") == (
        "% \\usepackage{amsmath,nicematrix}\n"
        + nice(r"1 & 2 &  & ", r" & \Ddots & \Ddots & ", " &  & 1 & 2", size=r"29 \times 30")
    )
    assert sc.latex(C, "elided", dialect="latex", mode="inline").split("\n")[1][0] == "$"
    with pytest.raises(sc.SymconvError, match="dialect 'html' is not one of mathjax, latex, katex"):
        sc.latex(C, dialect="html")


def nice(*lines, size):
    body = r"\\".join(lines)
    return rf"\underbrace{{\begin{{bNiceMatrix}}{body}\end{{bNiceMatrix}}}}_{{{size}}}"


def test_nicematrix_draws_dots_to_what_they_lead_to():
    def shown(operator):
        return sc.latex(operator, "elided", dialect="latex").partition("\n")[2]

    assert shown((lambda C: C.T @ C)(sc.conv([1, 2, 3], 10**6))) == nice(
        "1 & 2 & 3 &  &  &  & ",
        "2 & 5 & 8 & 3 &  &  & ",
        "3 & 8 & 14 & 8 & 3 &  & ",
        r" & \Ddots & \Ddots & \Ddots & \Ddots & \Ddots & ",
        " &  & 3 & 8 & 14 & 8 & 3",
        " &  &  & 3 & 8 & 13 & 6",
        " &  &  &  & 3 & 6 & 9",
        size=r"10^{6} \times 10^{6}",
    )
    assert shown(sc.conv(K, n, padding=1, padding_mode="circular")) == nice(
        r"k_{1} & k_{2} & 0 & \Cdots & 0 & 0 & k_{0}",
        r"k_{0} & k_{1} & k_{2} & \Cdots & 0 & 0 & 0",
        r"0 & k_{0} & k_{1} & \Ddots & 0 & 0 & 0",
        r"\Vdots & \Vdots & \Ddots & \Ddots & \Ddots & \Vdots & \Vdots",
        r"0 & 0 & 0 & \Ddots & k_{1} & k_{2} & 0",
        r"0 & 0 & 0 & \Cdots & k_{0} & k_{1} & k_{2}",
        r"k_{2} & 0 & 0 & \Cdots & 0 & k_{0} & k_{1}",
        size=r"n \times n",
    )


@pytest.mark.parametrize("geometry", [{}, {"padding": 1}, {"dilation": 2}, {"padding": ((2, 0),)}])
@pytest.mark.parametrize("kind", ["C", "rows", "columns"])
def test_a_band_drawn_by_nicematrix_is_the_matrix(geometry, kind):
    """The rows above and below the dots, one by one."""
    C = sc.conv([1, 2, 3], 200, **geometry)
    operator = {"C": C, "rows": C @ C.T, "columns": C.T @ C}[kind]
    text = sc.latex(operator, "elided", dialect="latex")
    lines = re.search(r"bNice\w+\}(?:\{c+\})?(.*)\\end", text)[1].split(r"\\")
    half = len(lines) // 2
    assert set(lines[half].split(" & ")) == {"", r"\Ddots"}
    matrix_ = sc.to_numpy(operator)
    top, bottom = (
        np.array([[int(cell or 0) for cell in line.split(" & ")] for line in part])
        for part in (lines[:half], lines[half + 1 :])
    )
    width = top.shape[1]
    assert (top == matrix_[:half, :width]).all()
    assert (bottom == matrix_[-half:, -width:]).all()
    assert not matrix_[:half, width:].any()


def test_no_form_is_wider_than_amsmaths_matrices():
    text = sc.latex(A, mat_str="pmatrix", mat_delim="")
    assert text.startswith(r"\left(\begin{array}{cccccccccccccccc}1 & 2")
    assert text.endswith(r"\end{array}\right)")


@pytest.mark.parametrize("form", ["full", "elided", "blocks", "closed", "kron"])
def test_settings_hold_in_every_form(form):
    C = sc.conv(sc.Kernel.symbolic("k", (2, 2)), (3, 3))
    plain = sc.latex(C, form)
    assert sc.latex(C, form, mode="inline") == f"${plain}$"
    assert sc.latex(C, form, mode="equation") == rf"\begin{{equation}}{plain}\end{{equation}}"
    other = sc.latex(sc.conv([["1/2", "a"]], (2, 2)), form, mat_delim="(", fold_short_frac=True)
    assert r"\frac" not in other
    assert r"\left[" not in other


def test_symbol_names_hold_in_formulas():
    kernel = sc.Kernel.symbolic("k", (2, 2))
    C = sc.conv(kernel, (n, n), padding=1)
    names = {kernel[0, 0]: "x", n: "N"}
    for operator in (C, C @ C.T):
        closed = sc.latex(operator, "closed", symbol_names=names)
        assert "N - 1" in closed
        assert "w &= " + matrix("x & k_{0,1}", "k_{1,0} & k_{1,1}") in closed
        assert "w_{0} = (x, k_{0,1})" in sc.latex(operator, "blocks", symbol_names=names)
    assert r"x\, S_{0} \otimes S_{0}" in sc.latex(C, "kron", symbol_names=names)


# --- which forms fit ---------------------------------------------------------------------------


def test_forms_that_fit():
    C = sc.conv(K, n)
    for obj, form, fits in (
        (C, "full", "elided, blocks, closed, kron"),
        (K, "full", "none, it prints without a form"),
        (sc.autocorrelation(K), "closed", "none, it prints without a form"),
    ):
        assert form not in fitting_forms(obj)
        with pytest.raises(
            sc.SymconvError, match=f"form='{form}' does not fit .*; these do: {fits}"
        ):
            sc.latex(obj, form)
    with pytest.raises(sc.SymconvError, match="form 'wide' is not one of full, elided"):
        sc.latex(C, "wide")
    assert (
        sc.latex(C.closed_form(), "kron") == sc.latex(sp.sympify(C), "kron") == sc.latex(C, "kron")
    )


@pytest.mark.parametrize("form", ["closed", "elided", "blocks"])
def test_a_million_by_a_million_is_short(form):
    C = sc.conv(sc.Kernel.symbolic("k", (3, 3)), (10**6, 10**6))
    assert len(sc.latex(C.T @ C, form)) < 5000


# --- names -------------------------------------------------------------------------------------

NAMES = {
    "k_{0,1}": "k_{0,1}",
    "k_0_1": "k_{0 1}",
    "sigma": r"\sigma",
    "sigma_{1}": r"\sigma_{1}",
    "Sigma_{0}": r"\Sigma_{0}",
    "σ_{1}": r"\sigma_{1}",
    r"\alpha": r"\alpha",
    r"\hat{x}_{1}": r"\hat{x}_{1}",
    "r'^{0,1}_{2}": "r'^{0,1}_{2}",
    r"\input{/etc/passwd}": r"{\backslash\text{input}\{\text{/etc/passwd}\}}",
    r"\input{x}_{0}": r"{\backslash\text{input}\{\text{x}\}}_{0}",
    r"k_{\input{x}}": r"{\text{k}\_\{\backslash\text{input}\{\text{x}\}\}}",
    "<img onerror=a>": r"{{<}\text{img onerror=a}{>}}",
    "a_b%": r"{\text{a}\_\text{b}\%}",
    "$x$": r"{\$\text{x}\$}",
    "x}": r"{\text{x}\}}",
    "\u202ex": r"{\text{U+202Ex}}",
}


@pytest.mark.parametrize(("name", "expected"), NAMES.items())
def test_names(name, expected):
    symbol = sp.Symbol(name)
    assert Typesetter().doprint(symbol) == expected
    C = sc.conv(sc.Kernel([symbol]), 1)
    assert sp.latex(C) == sc.latex(C) == sc.latex(C, "full") == matrix(expected)
    assert expected in sp.latex(sc.Kernel([symbol, 1]))
    assert expected in sc.latex(symbol + 1)
    assert expected in sp.latex((C @ C.T + C @ C.T).closed_form().subs(symbol, symbol + 1))


def test_letters_that_pdflatex_lacks_show_by_number_there():
    kernel = sc.Kernel.symbolic("日本", 2)
    letters, numbers = r"{\text{日本}}_{0}", r"{\text{\texttt{U+65E5\,U+672C}}}_{0}"
    assert letters in sc.latex(kernel)
    assert letters in sc.latex(kernel, dialect="katex")
    assert numbers in sc.latex(kernel, dialect="latex")
    for form in ("full", "closed", "kron"):
        text = sc.latex(sc.conv(kernel, n if form != "full" else 3), form, dialect="latex")
        assert text.isascii()
        assert r"\texttt{U+65E5\,U+672C}" in text
    assert sc.latex(sp.Symbol("né"), dialect="latex").endswith(r"{\text{né}}")
    assert sc.latex(sp.Symbol("x"), symbol_names={"x": "名"}, dialect="latex").endswith(
        "\n\\texttt{U+540D}"
    )
    assert sc.latex(sp.Symbol("k₁₀"), dialect="latex").endswith(
        r"{\text{k\textsubscript{1}\textsubscript{0}}}"
    )


def test_no_name_opens_a_command_or_a_tag():
    for characters in product("\\{}$&#%_^~<a ", repeat=3):
        text = symbol_latex("".join(characters))
        commands = set(re.findall(r"\\([A-Za-z]+)", text))
        assert commands <= {"backslash", "text", "wedge", "sim"}
        assert not re.search(r"<[A-Za-z/!?]", text)
        plain = re.sub(r"\\[^A-Za-z]", "", text)
        depth = np.cumsum([{"{": 1, "}": -1}.get(c, 0) for c in plain])
        assert depth.min() >= 0
        assert depth[-1] == 0
        assert not set("$#%&~") & set(plain)


def test_sizes_and_functions_are_names_too():
    size = sp.Symbol("<b>", integer=True, positive=True)
    C = sc.conv(K, size, padding=1)
    texts = [sc.latex(C.T @ C, form) for form in fitting_forms(C.T @ C)]
    texts += [sc.latex(C), sc.latex(sc.derive_gram(C)), sc.latex(C.closed_form())]
    assert all("<b" not in text and r"{<}\text{b}{>}" in text for text in texts)
    image = sc.conv(sc.Kernel.symbolic("k", (3, 3)), (size, size))
    assert all("<b" not in str(o._repr_latex_()) for o in (C, C.T @ C, image, image.closed_form()))
    board = sc.checkerboard(sc.conv_transpose(sc.Kernel([sp.Symbol("<b>"), 1]), 4, stride=2))
    assert "<b" not in board._repr_latex_()
    entry = sp.Function(r"\input{x}")(sp.Symbol("t"))
    assert r"\input" not in sc.latex(sc.conv([entry], 2))


def test_a_product_too_wide_for_a_page_is_written_in_names():
    general = sc.conv(sc.Kernel.symbolic("k", (3, 3)), (4, 4))
    wide = sc.latex(general @ general.T)
    assert wide == sc.latex(general @ general.T, two_level=True)
    assert r"r_{0,1} &= k_{0,0} k_{0,1} + " in wide
    narrow = sc.conv(sc.Kernel.symbolic("k", 2), 3)
    assert "r_" not in sc.latex(narrow @ narrow.T)
    assert "r_" not in sc.latex(general @ general.T, "full")


# --- from which sizes on what is shown is true -------------------------------------------------


def test_a_zero_matrix_of_unequal_sides_is_shown_by_its_corners():
    """Its band would not even cross the row of dots."""
    n = sp.Symbol("n")
    zero = sc.conv(sc.Kernel([0]), n + 4, input_dilation=2) @ sc.conv(
        sc.Kernel([0]), 2 * n + 2, stride=2, padding=3
    )
    latex = sc.latex(zero, form="elided")
    assert zero.shape == (2 * n + 7, 2 * n + 2)
    assert latex.count(r"\\") == 6
    assert r"\ddots" in latex
    assert " & & " not in latex


@pytest.mark.parametrize("m", range(2, 12))
def test_corners_say_from_which_size_on_they_are_right(m):
    """For m = 5 a one stands at (2, 7), where the corner of a large matrix has a zero."""
    size, kernel = sp.Symbol("m"), sc.Kernel([[1], [1], [1]])
    latex = sc.latex(sc.conv(kernel, (2, size), padding=(1, 0)), form="elided")
    assert latex.endswith(r"\left(2 m\right) \times \left(2 m\right),\; m \geq 6}")
    entry = sc.conv(kernel, (2, m), padding=(1, 0)).entry
    lines = [*range(3), *range(2 * m - 3, 2 * m)]
    ones = {(i, j) for i in lines for j in lines if i < 2 * m and entry(i, j)}
    assert (ones == {(i, i) for i in lines}) == (m >= 6)


def test_corners_that_are_always_right_say_nothing():
    n, m = sp.symbols("n m")
    assert sc.latex(sc.flip((m, n)), form="elided").endswith(
        r"_{\left(m n\right) \times \left(m n\right)}"
    )


def test_two_sizes_are_told_at_once():
    """One step below a bound, an entry in a corner is another one."""
    n, m = sp.symbols("n m")
    k = sc.Kernel.symbolic("k", (3, 3))
    C = sc.conv(k, (n, m))
    G = C.T @ C
    assert sc.latex(G, form="elided").endswith(r",\; m \geq 5,\; n \geq 4}")

    def corners(rows, cols):
        C = sc.conv(k, (rows, cols))
        entry, last = (C.T @ C).entry, rows * cols
        lines = [*range(3), *range(last - 3, last)]
        return [entry(i, j) for i in lines for j in lines]

    far = corners(9, 9)
    assert all(corners(n, m) == far for n in range(4, 7) for m in range(5, 8))
    assert corners(9, 4) != far
    assert corners(3, 5) != far


@pytest.mark.parametrize("form", ["closed", "kron"])
def test_cells_of_a_pool_say_that_they_start_at_two_pixels(form):
    """For one pixel the only entry is 1, and 1/2 would be read off the formula."""
    n = sp.Symbol("n")
    pool = sc.avg_pool(n, 3, stride=1, padding=1, count_include_pad=False)
    assert r"n \geq 2" in sc.latex(pool, form=form)
    assert pool.at({n: 1}).as_explicit() == sp.Matrix([[1]])
    assert r"\geq" not in sc.latex(sc.avg_pool(n, 3, stride=1, padding=1), form="kron")


def test_rows_of_zeros_have_no_letter_where_no_matrix_shows_it():
    C = sc.conv(sc.Kernel([[0, 0], [1, 2]]), (4, 4))
    assert "k_{0}" not in sc.latex(C, form="blocks")
    assert "k_{0} = (0, 0)" in sc.latex(C @ C.T, form="blocks")
    assert "T(x)" not in sc.latex(sc.conv(sc.Kernel([[0, 0]]), (4, 4)), form="blocks")


# --- circulants --------------------------------------------------------------------------------


def ring(taps=3):
    n = sp.Symbol("n")
    C = sc.conv(sc.Kernel.symbolic("k", taps), n, padding="same", padding_mode="circular")
    return C.T @ C, sc.identity(n)


def test_circulants_are_printed_by_their_first_row():
    G, identity = ring()
    row = r"\operatorname{circ}\left(r_{0}, r_{1}, r_{2}, 0, \dots, 0, r_{2}, r_{1}\right)"
    assert sc.latex(G, two_level=True).startswith(row + r"_{n \times n}, \qquad")
    other = r"\operatorname{circ}\left(c_{0}, c_{1}, c_{2}, 0, \dots, 0, c_{2}, c_{1}\right)"
    for operator in (2 * G, G + sp.Symbol("lambda") * identity, G - identity):
        assert sc.latex(operator, two_level=True).startswith(other)
        assert sc.latex(operator, form="closed").endswith(r"_{n \times n,\; n \geq 5}")


def test_the_first_row_is_that_of_the_matrix():
    """Read off the matrix for seven pixels, which has room for one zero on either side."""
    G, identity = ring()
    (n,) = G.size_symbols
    for operator in (G, 3 * G + 5 * identity, G - identity):
        matrix = operator.at({n: 7}).as_explicit()
        shown, back = ([sc.latex(matrix[0, j]) for j in js] for js in ((0, 1, 2), (5, 6)))
        listed = ", ".join([*shown, "0", r"\dots", "0", *back])
        whole = rf"\operatorname{{circ}}\left({listed}\right)_{{n \times n}}"
        assert sc.latex(operator) == whole


def test_circulants_on_two_axes_are_circulants_of_blocks():
    """What is printed, put together for a torus of 7 x 6 pixels, is the matrix."""
    n, m, lam = sp.symbols("n m lambda")
    C = sc.conv([[1, 2, 0], [3, 4, 5], [0, 6, 7]], (n, m), padding=1, padding_mode="circular")
    G, identity = C.T @ C, sc.identity((n, m))
    for operator in (C, G, 2 * G, G + lam * identity, G - 3 * identity):
        latex = sc.latex(operator, form="closed")
        matrix = operator.at({n: 7, m: 6}).as_explicit()
        assert r"n \geq" in latex
        assert torus(latex, 7, 6) == matrix


def torus(latex, rows, cols):
    """The matrix that circ(B_0, …) stands for, with numbers and λ in its blocks."""
    whole, *blocks = re.findall(r"circ\}\\left\((.*?)\\right\)", latex)
    names = re.findall(r"(B_\{-?\d\}) &=", latex)
    read = {name: ring_of(block, cols) for name, block in zip(names, blocks, strict=True)}
    row = around(whole, rows)
    pixels = list(product(range(rows), range(cols)))
    return sp.Matrix(
        [
            [
                read[name][(q - p) % cols] if (name := row[(j - i) % rows]) != "0" else 0
                for j, q in pixels
            ]
            for i, p in pixels
        ]
    )


def ring_of(text, size):
    return [sp.Integer(0) if e == "0" else number(e) for e in around(text, size)]


def number(text):
    return sum(
        sp.Symbol("lambda") if part == r"\lambda" else sp.Integer(part)
        for part in text.split(" + ")
    )


def around(text, size):
    """A first row with all of its zeros."""
    after, before = (part.split(", ") for part in text.split(r", 0, \dots, 0"))
    before = before[1:]
    return [*after, *["0"] * (size - len(after) - len(before)), *before]


def test_what_is_nearly_a_circulant_prints_its_cases():
    n = sp.Symbol("n")
    G, _ = ring()
    edge = sc.crop(n, ((1, 0),))
    assert r"\operatorname{circ}" not in sc.latex(G + edge.T @ edge)
    assert r"\operatorname{circ}" not in sc.latex(sc.conv([1, 2, 3], n, padding=1))


def test_long_rows_of_a_circulant_are_written_in_names():
    G, _ = ring()
    latex = sc.latex(G @ G)
    assert latex.startswith(r"\operatorname{circ}\left(r_{0}, r_{1}, r_{2}, r_{3}, r_{4}, 0, \dots")
    assert r"r_{4} &= k_{0}^{2} k_{2}^{2}" in latex


def test_alike_axes_of_a_separable_kernel_are_defined_once():
    """Two of three axes have one matrix, whose name was defined twice."""
    latex = sc.latex(sc.upsample_nearest((1, 2, 2), (1, 2, 2)), form="kron")
    assert latex.count(r"C_{v} &=") == 1
    assert r"C_{u}^{\mathsf{T}} \otimes C_{v}^{\mathsf{T}} \otimes C_{v}^{\mathsf{T}}" in latex
    assert "S^{(2)}" in latex
    assert "S^{(3)}" not in latex


def test_a_sign_gives_no_kernel_an_imaginary_unit():
    A = sc.pad(n - 2, padding=-1) @ sc.conv_transpose(sc.Kernel.symbolic("k", 4), n - 3, padding=1)
    zeros, copied = (
        sc.conv(sc.Kernel([4, -3]), n - 3, padding_mode=mode) - A for mode in ("zeros", "replicate")
    )
    for form in ("closed", "elided"):
        shown = sc.latex(-(zeros.T @ copied), form=form)
        assert r"\sqrt" not in shown
        assert " i k" not in shown
        assert "4 i" not in shown


def test_corners_are_compared_at_each_size_of_two():
    m, high = sp.Symbol("m"), sp.Symbol("n", integer=True, positive=True)
    flip = sc.flip((high + 1, m), channels=3)
    # One pixel wide and three high, the entry (0, 2) is 1, which the corners do not show.
    assert flip.at({m: 1, high: 2})[0, 2] == 1
    assert sc.latex(flip, "elided").endswith(r",\; m \geq 2,\; n \geq 2}")
