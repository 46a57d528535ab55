"""The entry of a layer or product as a formula: its words, and each term worked out with NumPy."""

from itertools import product

import numpy as np
import pytest
import sympy as sp

import symconv as sc

n = sp.Symbol("n")
T = r"^{\mathsf{T}}"
PLANE = sc.Kernel.symbolic("k", (3, 3))
LAYERS = {
    "plain": {"size": 8},
    "padded": {"size": 8, "padding": 2},
    "strided": {"size": 9, "stride": 2, "padding": 1},
    "dilated": {"size": 9, "dilation": 2, "padding": 1},
    "strided and dilated": {"size": 10, "stride": 3, "dilation": 2, "padding": 1},
    "cropped": {"size": 9, "padding": -1},
    "ring": {"size": 7, "padding": 1, "padding_mode": "circular"},
    "small ring": {"size": 3, "padding": 1, "padding_mode": "circular"},
    "strided ring": {"size": 8, "stride": 2, "padding": 1, "padding_mode": "circular"},
    "ring of windows that overlap": {"size": 5, "padding": 2, "padding_mode": "circular"},
}


def lines_of(latex):
    body = latex.removeprefix(r"\begin{aligned}").removesuffix(r"\end{aligned}")
    return dict(line.replace("&= ", "&").split(" &", 1) for line in body.split(r" \\ "))


@pytest.mark.parametrize("channels", [(1, 1), (2, 3)])
@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("side", ["rows", "columns"])
def test_the_formula_of_a_product_is_right(name, side, channels):
    """Works the formula out term by term; its words say which terms there are."""
    layer = dict(LAYERS[name])
    size, s, d = layer.pop("size"), layer.get("stride", 1), layer.get("dilation", 1)
    p, ring = layer.get("padding", 0), "padding_mode" in layer
    ins, outs = channels
    weight = np.random.default_rng(3).integers(-4, 5, (outs, ins, 3))
    C = sc.conv(sc.Kernel.from_weight(weight), size, **layer)
    matrix = sc.to_numpy(C)
    by_rows = side == "rows"
    whole = matrix @ matrix.T if by_rows else matrix.T @ matrix
    text = sc.latex(C @ C.T if by_rows else C.T @ C, "closed")
    windows = C.output_size[0]
    if ring and not by_rows and (s != 1 or windows != size):
        assert r"\begin{cases}" in text
        return
    lines = lines_of(text)
    (formula,) = (lines[key] for key in lines if key.startswith("(C"))

    def pair(t, shift):
        first, second = weight[:, :, t], np.zeros_like(weight[:, :, 0])
        if float(shift).is_integer() and 0 <= t + shift < 3:
            second = weight[:, :, t + int(shift)]
        return first @ second.T if by_rows else first.T @ second

    def lag(delta):
        return sum(pair(t, delta / d) for t in range(3))

    def place(i, t):
        return s * i + d * t - p if by_rows else (i - d * t + p) / s

    def entry(i, j):
        difference = s * (i - j) if by_rows else j - i
        if ring:
            assert rf"\;(\mathrm{{mod}}\;{size})" in formula
            near = range(-size * d * 4, size * d * 4 + 1)
            return sum(lag(x) for x in near if (x - difference) % size == 0)
        met = [t for t in range(3) if float(place(i, t)).is_integer()]
        inside = range(size if by_rows else windows)
        bounded = r"\notin I" in formula or r"\setminus O" in formula
        outside = [t for t in met if place(i, t) not in inside] if bounded else []
        return sum(pair(t, difference / d) for t in met) - sum(
            (pair(t, difference / d) for t in outside), np.zeros(pair(0, 0).shape)
        )

    count = outs if by_rows else ins
    blocks = whole.reshape(count, len(whole) // count, count, -1)
    for i, j in product(range(blocks.shape[1]), repeat=2):
        np.testing.assert_array_equal(blocks[:, i, :, j], entry(i, j))


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("name", LAYERS)
def test_the_formula_of_a_layer_is_right(name, transposed):
    layer = dict(LAYERS[name])
    size, s, d = layer.pop("size"), layer.get("stride", 1), layer.get("dilation", 1)
    p, ring = layer.get("padding", 0), "padding_mode" in layer
    weight = np.random.default_rng(4).integers(1, 9, (3, 2, 3))
    C = sc.conv(sc.Kernel.from_weight(weight), size, **layer)
    matrix = sc.to_numpy(C).reshape(3, -1, 2, size)
    text = sc.latex(C.T if transposed else C, "closed")
    out, into = ("j", "i") if transposed else ("i", "j")
    assert text.startswith(
        r"\begin{aligned}" + (rf"(C{T})_{{(c,i),(o,j)}}" if transposed else "C_{(o,i),(c,j)}")
    )
    assert rf"{out} &\in \{{0, \dots, {matrix.shape[1] - 1}\}}" in text
    assert rf"{into} &\in \{{0, \dots, {size - 1}\}}" in text
    assert (r"\equiv" in text) == ring
    for i, j in np.ndindex(matrix.shape[1], size):
        met = [t for t in range(3) if (s * i + d * t - p - j) % (size if ring else 10**9) == 0]
        expected = sum((weight[:, :, t] for t in met), np.zeros((3, 2)))
        np.testing.assert_array_equal(matrix[:, i, :, j], expected)


def test_words_of_channels():
    C = sc.conv(sc.Kernel.symbolic("k", 3, in_channels=2, out_channels=3), n, padding=1)
    assert lines_of(sc.latex(C, "closed")) == {
        "C_{(o,i),(c,j)}": r"\begin{cases}k_{o,c,t} & \text{if } t = j - i + 1 \in T",
        r"0": r" \text{otherwise}\end{cases}",
        "i": r"\in \{0, \dots, n - 1\}",
        "j": r"\in \{0, \dots, n - 1\}",
        "o": r"\in \{0, \dots, 2\}",
        "c": r"\in \{0, 1\}",
        "T": r"\{0, \dots, 2\}",
    }
    assert sc.latex(C @ C.T, "closed") == (
        r"\begin{aligned}"
        rf"(C C{T})_{{(o,i),(p,j)}} &= \left[r_{{i - j}} - \sum_{{t \in T:\; i + t - 1 \notin I}} "
        rf"K_{{t}}\, K_{{t + i - j}}{T}\right]_{{o,p}} \\ "
        r"i, j &\in \{0, \dots, n - 1\} \\ o, p &\in \{0, \dots, 2\} \\ "
        rf"r_{{\delta}} &= \sum_{{t \in T}} K_{{t}}\, K_{{t + \delta}}{T} \\ "
        r"I &= \{0, \dots, n - 1\} \\ T &= \{0, \dots, 2\} \\ "
        r"K_{t} &= \left(k_{o,c,t}\right)_{o,c} \\ K_{t} &= 0 \text{ for } t \notin T"
        r"\end{aligned}"
    )
    columns = lines_of(sc.latex(C.T @ C, "closed"))
    assert columns[r"g_{\delta}"] == rf"\sum_{{t \in T}} K_{{t}}{T}\, K_{{t + \delta}}"
    assert columns["c, e"] == r"\in \{0, 1\}"


def test_words_of_a_ring():
    C = sc.conv(PLANE, (n, n + 1), padding=2, padding_mode="circular")
    assert lines_of(sc.latex(C @ C.T, "closed"))[f"(C C{T})_{{i,j}}"] == (
        r"\sum_{\delta \equiv i - j \;(\mathrm{mod}\;(n, n + 1))} r_{\delta}"
    )
    assert lines_of(sc.latex(C.T, "closed"))[f"(C{T})_{{i,j}}"] == (
        r"\sum_{t \in T:\; j + t - 2 \equiv i \;(\mathrm{mod}\;(n, n + 1))} k_{t}"
    )


def test_the_formula_is_what_notebooks_show_where_no_band_is():
    C = sc.conv(PLANE, (n, n))
    for operator in (C, C.T, C @ C.T, C.T @ C):
        formula = sc.latex(operator, "closed")
        assert operator._repr_latex_() == rf"$\displaystyle {formula}$"
        assert operator.closed_form()._repr_latex_() == rf"$\displaystyle {formula}$"
        assert sc.latex(operator) == formula
    line = sc.conv(sc.Kernel.symbolic("k", 3), n)
    assert r"\ddots" in line._repr_latex_()


def test_two_levels_write_the_lags_out_where_they_fit():
    C = sc.conv(PLANE, (n, n))
    shown = (C.T @ C).closed_form().two_level._repr_latex_()
    assert shown.count("&=") == 5 + 13 + 1
    assert shown.endswith(r"r_{2,2} &= k_{0,0} k_{2,2} \\ r_{-\delta} &= r_{\delta}\end{aligned}$")
    wide = sc.conv(sc.Kernel.symbolic("k", (5, 5)), (n, n))
    assert (wide @ wide.T).closed_form().two_level._repr_latex_().count("&=") == 4
    assert sc.latex((wide @ wide.T).closed_form().two_level).count("&=") == 4 + 41 + 1


@pytest.mark.parametrize(
    "operator",
    [
        sc.conv(sc.Kernel.symbolic("k", (3, 3), 2, 2, groups=2), (n, n)),
        sc.conv(PLANE, (n, n), padding=1, padding_mode="reflect"),
        2 * sc.conv(PLANE, (n, n)),
    ],
)
def test_other_operators_are_cases(operator):
    assert r"\begin{cases}" in sc.latex(operator, "closed")
    assert r"\text{otherwise}" in operator._repr_latex_()


def test_more_cases_than_entries_are_asked_for_first():
    C = sc.conv(PLANE, (n, n), padding=1, padding_mode="replicate")
    with pytest.raises(sc.SymconvError, match="121 cases are more than max_entries=100"):
        sc.latex(C.T @ C, "closed", max_entries=100)
    assert sc.latex(C.T @ C, "closed", max_entries=121).count(r"\\ ") > 120
