"""The author's notation: what is printed in it means the matrix that plain loops compute."""

import re
from itertools import product
from types import SimpleNamespace

import pytest
import sympy as sp

import symconv as sc
import tests.reference as reference
from symconv.errors import SymconvError
from symconv.printing.closed_forms import counted
from symconv.printing.latex import FORMS
from symconv.typesetting.notation import Notation, current

n = sp.Symbol("n")
GEOMETRIES = [
    {"stride": 1, "padding": 0, "dilation": 1, "input_dilation": 1},
    {"stride": 2, "padding": 1, "dilation": 1, "input_dilation": 1},
    {"stride": 1, "padding": 2, "dilation": 2, "input_dilation": 1},
    {"stride": 3, "padding": 2, "dilation": 2, "input_dilation": 2},
]
NOTATIONS = [
    {"index_from": 1},
    {"taps": "centred"},
    {"index_from": 1, "taps": "centred"},
    {},
]


def number(latex, **values):
    """The value of index arithmetic in LaTeX."""
    text = re.sub(r"\\frac\{(.*?)\}\{(.*?)\}", r"(\1)/(\2)", latex)
    text = re.sub(r"(\d) (?=[a-z])", r"\1*", text)
    return sp.Rational(
        eval(text, {"__builtins__": {}}, {k: sp.Integer(v) for k, v in values.items()})
    )


def numbers(latex):
    r"""The numbers of \{0, 1\} or \{0, \dots, 4\}."""
    first, *_, last = (
        re.findall(r"-?\d+", latex) * 2 if latex.count(",") == 0 else re.findall(r"-?\d+", latex)
    )
    return range(int(first), int(last) + 1)


def loops(K, size, geometry):
    sizes = SimpleNamespace(
        size=(size,),
        stride=(geometry["stride"],),
        padding=((geometry["padding"],) * 2,),
        dilation=(geometry["dilation"],),
        input_dilation=(geometry["input_dilation"],),
        padding_mode="zeros",
    )
    entries = {(t,): entry for t, entry in enumerate(K.entries)}
    return reference.conv_matrix(entries, (len(entries),), sizes)


@pytest.mark.parametrize("taps", [2, 3, 4])
@pytest.mark.parametrize("notation", NOTATIONS, ids=str)
@pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)
def test_the_tap_of_an_entry_is_that_of_the_loops(geometry, notation, taps):
    K, size = sc.Kernel.symbolic("k", taps), 9
    text = sc.latex(sc.conv(K, size, **geometry), "closed", **notation)
    place = re.search(r"if \} t = (.*?) \\in T", text)[1]
    rows, cols, window = (
        numbers(re.search(rf"{letter} &(?:\\in|=) (\\\{{.*?\\\}})", text)[1]) for letter in "ijT"
    )
    expected = loops(K, size, geometry)
    assert (len(rows), len(cols), len(window)) == (len(expected), size, taps)
    for (row, i), (col, j) in product(enumerate(rows), enumerate(cols)):
        tap = number(place, i=i, j=j)
        shown = K.entries[int(tap) - window[0]] if tap in window else 0
        assert shown == expected[row][col]


@pytest.mark.parametrize("notation", NOTATIONS, ids=str)
@pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)
def test_the_shifts_of_a_kronecker_sum_add_up_to_the_loops(geometry, notation):
    K, size = sc.Kernel.symbolic("k", 3), 9
    text = sc.latex(sc.conv(K, size, **geometry), "kron", **notation)
    left, right = re.search(r"if \} (.*?) = (.*?) \\\\ 0", text).groups()
    first = notation.get("index_from", 0)
    weights = re.findall(r"k_\{(-?\d+)\}\\, S_\{(-?\d+)\}", text)
    assert len(weights) == 3
    assert all(tap == shift for tap, shift in weights)
    names = dict(zip((int(tap) for tap, _ in weights), K.entries, strict=True))
    for row, line in enumerate(loops(K, size, geometry)):
        for col, entry in enumerate(line):
            o, i = row + first, col + first
            found = (e for t, e in names.items() if number(left, i=i) == number(right, o=o, t=t))
            assert sum(found) == entry


@pytest.mark.parametrize("taps", ["counted", "centred"])
@pytest.mark.parametrize("first", [0, 1])
def test_entries_bear_the_names_that_the_author_gives_them(first, taps):
    K = sc.Kernel.symbolic("k", (2, 3), in_channels=2)
    rows, cols = (
        ((0, 1), (-1, 0, 1)) if taps == "centred" else ((first, first + 1), range(first, first + 3))
    )
    named = [
        sp.Symbol(f"k_{{{first},{c + first},{a},{b}}}") for c, a, b in product(range(2), rows, cols)
    ]
    twin = sc.Kernel.from_weight(sp.Array(named).reshape(1, 2, 2, 3))
    given = {"index_from": first, "taps": taps}
    for size in ((2, 3), (3, 4)):
        assert sc.latex(sc.conv(K, size), "full", **given) == sc.latex(sc.conv(twin, size), "full")


@pytest.mark.parametrize(
    "operator",
    [
        sc.upsample_linear(n, 2),
        sc.conv(sc.Kernel([1, 2, 3]), n, padding=1, padding_mode="reflect"),
        sc.conv(sc.Kernel.symbolic("k", (2, 2)), (n, 3), stride=(1, 2)),
    ],
    ids=["upsampled", "reflected", "plane"],
)
def test_conditions_hold_one_pixel_further_where_pixels_count_from_one(operator):
    axes = len(operator.output_size)
    i, j = (sp.symbols(f"{letter}:{axes}", integer=True) for letter in "ij")
    checked = 0
    for _, condition in operator.closed_form().pieces(i, j):
        moved = counted(condition, (*i, *j), 1)
        for place in product(range(5), repeat=2 * axes):
            at = dict(zip((*i, *j), place, strict=True))
            further = {symbol: value + 1 for symbol, value in at.items()}
            assert condition.subs(at).subs(n, 5) == moved.subs(further).subs(n, 5)
            checked += 1
    assert checked


# --- names, signs and sizes ------------------------------------------------------------------

C = sc.conv(sc.Kernel.symbolic("k", 3), n, padding=1)
PLANE = sc.conv(sc.Kernel.symbolic("k", (2, 2)), (4, 4), stride=2)
SHOWN = {
    "convolution": C,
    "product": C @ C.T,
    "closed form": (C.T @ C).closed_form(),
    "plane": PLANE,
    "transposed": PLANE.T,
    "plane product": PLANE.T @ PLANE,
    "split": (PLANE @ PLANE.T).split(),
    "derivation": sc.derive_gram(C),
    "orthogonality": sc.orthogonality(C),
    "explanation": sc.explain(PLANE),
    "determinant": sc.determinant(C.at({n: 4})),
    "inverse": sc.inverse(sc.conv([2, 1], 5, padding=((0, 1),))),
    "pseudo-inverse": sc.pseudo_inverse(sc.conv([1, 1], 5)),
    "decay": sc.decay_rate(sc.conv([1, 3], n)),
    "null space": sc.nullspace(sc.conv([1, 1], 5)),
    "autocorrelation": sc.autocorrelation(sc.Kernel.symbolic("k", 2, in_channels=2)),
}
SIGNS = {"top": r"\top", "T": "T", "prime": r"\prime", "ast": r"\ast"}


@pytest.mark.parametrize("transpose", SIGNS)
@pytest.mark.parametrize("shown", SHOWN.values(), ids=SHOWN)
def test_no_other_sign_of_a_transpose_is_left(shown, transpose):
    plain = sc.latex(shown)
    text = sc.latex(shown, transpose=transpose)
    assert "\U0001d5b3" not in plain + text
    assert r"\mathsf{T}" not in text
    assert text.count(f"^{{{SIGNS[transpose]}}}") == plain.count(r"^{\mathsf{T}}")


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_named_matrix_says_its_name(form):
    operator = PLANE if form == "full" else sc.conv(sc.Kernel.symbolic("k", (2, 2)), (n, n))
    given = {"name": "W", "transpose": "top"}
    assert re.search(r"(^|[{}])W(_\{i,j\})? ?&?= ", sc.latex(operator, form, **given))
    transposed = sc.latex(operator.T, form, **given)
    assert re.search(r"W\^\{\\top\}\)?(_\{i,j\})? ?&?= ", transposed)
    gram = operator @ operator.T
    if form != "blocks":
        assert r"W W^{\top}" in sc.latex(gram, form, **given)


def test_an_operator_that_is_no_layer_bears_the_name_itself():
    difference = C - sc.identity((n,))
    for form in ("elided", "blocks", "closed", "kron"):
        assert re.search(r"(^|[{}])W(_\{i,j\})? ?&?= ", sc.latex(difference, form, name="W"))


def test_letters_of_a_formula_make_way_for_the_name():
    text = sc.latex(C, "closed", name="T")
    assert text.startswith(r"\begin{aligned}T_{i,j} &=")
    assert r"\in \mathcal{T}" in text


def test_names_with_indices_take_indices():
    assert sc.latex(C, "closed", name="W_1").startswith(r"\begin{aligned}{W_{1}}_{i,j} &=") or (
        sc.latex(C, "closed", name="W_1").startswith(r"\begin{aligned}{W_1}_{i,j} &=")
    )
    assert sc.latex(PLANE.T, name=r"\mathbf{W}").startswith(r"\mathbf{W}^{\mathsf{T}} = ")


def test_the_size_stands_beside_every_matrix():
    assert sc.latex(sc.conv([1, 2], 3), shape=True).endswith("}_{2 \\times 3}")
    assert r"\text{of size } n \times n" in sc.latex(C, "closed", shape=True)


# --- where it holds --------------------------------------------------------------------------


def test_a_notation_holds_for_a_block_and_for_a_notebook():
    T = sc.conv([1, 2], 2).T
    plain, top = sp.latex(T), T._repr_latex_
    try:
        Notation(name="W", transpose="top").use()
        assert sp.latex(T).startswith(r"W^{\top} = ")
        with Notation(name="V"):
            assert sp.latex(T).startswith(r"V^{\mathsf{T}} = ")
            with pytest.raises(ZeroDivisionError), Notation(name="U"):
                _ = 1 / 0
            assert current().name == "V"
            assert sc.latex(T, transpose="prime").startswith(r"V^{\prime} = ")
        assert top() == rf"$\displaystyle W^{{\top}} = {plain}$"
    finally:
        Notation().use()
    assert sp.latex(T) == plain


def test_a_derivation_is_written_in_the_notation_of_its_reader():
    derivation = sc.derive_gram(C)
    with Notation(name="W", index_from=1):
        assert derivation.lhs == r"(W W^{\mathsf{T}})_{i,j}"
        assert derivation[1].latex == r"\sum_{q \in I} k_{q - i + 2}\, k_{q - j + 2}"
        assert "row i of W" in derivation[0].why
    assert derivation.lhs == r"(C C^{\mathsf{T}})_{i,j}"


def test_documents_and_macros_are_written_so():
    document = sc.to_latex_macros(PLANE.T, "conv", name="W", transpose="top", index_from=1)
    assert document.count(r"W^{\top} ") >= 4
    assert "k_{2,2}" in document
    assert "k_{0,0}" not in document


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"name": ""}, "name='' is no name"),
        ({"transpose": "t"}, "'t' is not one of sans, top, T, prime, ast"),
        ({"index_from": 2}, "index_from=2 is not 0 or 1"),
        ({"index_from": True}, "index_from=True is not 0 or 1"),
        ({"taps": "middle"}, "'middle' is not one of counted, centred"),
        ({"shape": 1}, "shape"),
    ],
)
def test_what_is_no_notation(given, message):
    with pytest.raises(SymconvError, match=re.escape(message)):
        Notation(**given)
    with pytest.raises(SymconvError, match=re.escape(message)):
        sc.latex(C, **given)


def test_a_name_that_is_the_letter_of_an_entry_is_refused():
    with pytest.raises(SymconvError, match="name='k' is the letter of a symbol"):
        sc.latex(C, "closed", name="k")
    with pytest.raises(SymconvError, match="notation='top' is no Notation"):
        sc.latex(C, notation="top")
