"""What a notebook shows: LaTeX that a browser can draw, its size stated; else the plain repr."""

import pytest
import sympy as sp

import symconv as sc
from symconv.typesetting.notebook import LONGEST, MOST_CELLS, notebook_latex

n = sp.Symbol("n")
K = sc.Kernel.symbolic("k", 3)
SQUARE = sc.Kernel.symbolic("k", (3, 3))
PADDED = sc.conv(K, 6, padding=1)
LARGE = sc.conv(SQUARE, (10**6, 10**6))
UPSAMPLE = sc.conv_transpose(K, 8, stride=2)

SHOWN = {
    "kernel": K,
    "kernel of two axes": SQUARE,
    "kernel with channels": sc.Kernel.symbolic("k", (2, 2), in_channels=2, out_channels=2),
    "large kernel": sc.Kernel.symbolic("k", (64, 64)),
    "operator": PADDED,
    "transpose": PADDED.T,
    "operator of a million pixels on each axis": LARGE,
    "its product": LARGE.T @ LARGE,
    "product of products": (PADDED.T @ PADDED) @ (PADDED.T @ PADDED),
    "any size": sc.conv(K, n).T,
    "any size on two axes": sc.conv(SQUARE, (n, n)) @ sc.conv(SQUARE, (n, n)).T,
    "wide band": sc.conv(K, n, dilation=20),
    "wrapped around": sc.conv(K, n, padding=1, padding_mode="circular"),
    "channels": sc.conv(sc.Kernel.symbolic("k", (3, 3), 3, 8), (8, 8)),
    "closed form": (PADDED @ PADDED.T).closed_form(),
    "closed form with names": (sc.conv(K, n).T @ sc.conv(K, n)).closed_form().two_level,
    "split by rows": (PADDED @ PADDED.T).split(),
    "split by columns": (sc.conv(K, n).T @ sc.conv(K, n)).split(),
    "derivation": sc.derive_gram(PADDED),
    "step": sc.derive_gram(PADDED)[0],
    "autocorrelation": sc.autocorrelation(SQUARE),
    "autocorrelation of 5x5": sc.autocorrelation(sc.Kernel.symbolic("k", (5, 5))),
    "checkerboard": sc.checkerboard(UPSAMPLE),
    "checkerboard of numbers": sc.checkerboard(UPSAMPLE.subs(dict.fromkeys(K.entries, 1))),
    "orthogonality": sc.orthogonality(PADDED),
    "its solutions": sc.orthogonality(sc.conv(sc.Kernel.symbolic("k", 2), 6)).solve(),
    "statement": sc.statement(sc.statements().keys[0]),
    "SymPy's matrix": sp.sympify(LARGE),
}


@pytest.mark.parametrize("what", SHOWN)
def test_shows_as_formula_that_a_browser_can_draw(what):
    latex = SHOWN[what]._repr_latex_()
    assert latex.startswith("$")
    assert latex.endswith("$")
    assert latex.count("&") <= MOST_CELLS
    assert len(latex) <= LONGEST + 100
    assert latex.count("{") == latex.count("}")
    assert latex.count(r"\left") == latex.count(r"\right")
    assert not any(word in latex for word in (r"\cline", r"\hdotsfor", r"\multicolumn", r"\iddots"))


@pytest.mark.parametrize("what", SHOWN)
def test_has_a_short_repr_on_a_terminal(what):
    assert len(repr(SHOWN[what])) < 700
    assert " object at 0x" not in repr(SHOWN[what])


def test_the_size_stands_where_dots_do():
    line = sc.conv(sc.Kernel([1, 2]), 30)
    assert line._repr_latex_().endswith(r"\right]}_{29 \times 30}$")
    assert r"\text{of size } 999996000004 \times 10^{12}" in LARGE._repr_latex_()
    assert sc.Kernel.arange(40)._repr_latex_().endswith(r"\right]}_{1 \times 40}$")
    assert sc.conv(K, n)._repr_latex_().endswith(r"_{\left(n - 2\right) \times n}$")
    assert sc.conv(K, 6)._repr_latex_().endswith(r"\right]$")


def test_a_closed_form_says_from_where_it_holds():
    F = (sc.conv(K, n).T @ sc.conv(K, n)).closed_form()
    assert F._repr_latex_().endswith(r", \quad n \geq 4$")


def test_a_kernel_shows_its_entries_where_they_fit():
    assert sc.Kernel([[1, 2], [3, 4]])._repr_latex_() == (
        r"$\displaystyle \left[\begin{matrix}1 & 2\\3 & 4\end{matrix}\right]$"
    )
    assert repr(sc.Kernel.symbolic("k", (64, 64))) == "Kernel(64 x 64 entries)"


def test_what_is_too_large_to_draw_shows_its_repr():
    weights = sc.Kernel.symbolic("k", (3, 3), in_channels=64, out_channels=64)
    assert weights._repr_latex_() is None
    assert repr(weights) == "Kernel(64 x 64 x 3 x 3 entries)"
    layer = sc.conv(sc.Kernel.symbolic("k", (3, 3), in_channels=4, out_channels=4), (6, 6))
    assert sc.orthogonality(layer)._repr_latex_() is None
    assert notebook_latex("x" * (LONGEST + 1)) is None
    assert notebook_latex("&" * (MOST_CELLS + 1)) is None
    assert notebook_latex("&" * MOST_CELLS) is not None


def test_a_wide_band_shows_as_a_formula_and_not_as_a_large_matrix():
    """A kernel that covers 41 pixels would need 161 rows and a minute."""
    C = sc.conv(K, n, dilation=20)
    assert r"_{i,j} &= r_{i - j} - \sum_" in (C.T @ C)._repr_latex_()
    assert r"_{i,j}" not in sc.conv(sc.Kernel.symbolic("k", 6), n)._repr_latex_()


def test_a_split_shows_the_identity_and_its_parts():
    split = (PADDED @ PADDED.T).split()
    latex = split._repr_latex_()
    assert r"C C^{\mathsf{T}} &= T - P P^{\mathsf{T}}" in latex
    assert rf"T &= {sp.latex(split.toeplitz)}" in latex
    assert rf"P P^{{\mathsf{{T}}}} &= {sp.latex(split.boundary)}" in latex
    columns = (PADDED.T @ PADDED).split()._repr_latex_()
    assert r"C^{\mathsf{T}} C &= G - H^{\mathsf{T}} H" in columns


def test_a_boundary_that_is_nothing_is_zero():
    C = sc.conv(sc.Kernel([1, 2]), n)
    assert sc.latex((C @ C.T).split()) == (
        r"\begin{aligned}C C^{\mathsf{T}} &= T - P P^{\mathsf{T}} \\[1ex] "
        rf"T &= {sc.latex(C @ C.T)} \\[1ex] P P^{{\mathsf{{T}}}} &= 0\end{{aligned}}"
    )


def test_a_split_in_two_levels():
    split = (PADDED @ PADDED.T).split()
    text = sc.latex(split, "full", two_level=True)
    named = sc.latex(split.toeplitz, "full", two_level=True)
    assert "r_{0}" in named
    assert rf" \\[1ex] T &= {named} \\[1ex] P P" in text
    assert rf"&= {sc.latex(split.boundary, 'full')} \\[1ex] P &= " in text
    assert text.endswith(rf"{sc.latex(split.used, 'full')}\end{{aligned}}")
    assert split.used.shape == (6, 2)
    with pytest.raises(sc.SymconvError, match="does not fit a Split; these do: full, elided"):
        sc.latex(split, "closed")


def test_a_split_on_two_axes_says_what_the_indices_are():
    C = sc.conv(sc.Kernel([[1, 2]]), (n, n), padding=((0, 0), (1, 0)))
    text = sc.latex((C @ C.T).split())
    assert r"\\[1ex] T_{i,j} &= r_{i - j} \\[1ex]" in text
    assert (
        r"\\[1ex] (P P^{\mathsf{T}})_{i,j} &= \sum_{t \in U:\; i + t - p \notin I} "
        r"k_{t}\, k_{t + i - j} \\[1ex]" in text
    )
    assert r"i, j &\in \{0, \dots, n - 1\}^2" in text
    assert r"p &= (0, 1)" in text


def test_cases_say_what_they_are_and_where():
    C = sc.conv(sc.Kernel([[1, 2]]), (n, n), padding=((0, 0), (0, 1)), padding_mode="replicate")
    cases = (
        r"\begin{cases}1 & \text{for}\: i_{1} = j_{1} \wedge i_{2} = j_{2} \wedge i_{2} \leq n - 2 "
        r"\\ 2 & \text{for}\: i_{1} = j_{1} \wedge i_{2} - j_{2} = -1 "
        r"\\ 3 & \text{for}\: i_{1} = j_{1} \wedge i_{2} = n - 1 \wedge j_{2} = n - 1 "
        r"\\ 0 & \text{otherwise}\end{cases}"
    )
    begin = rf"$\displaystyle \begin{{aligned}}A_{{i,j}} &= {cases} \\ "
    sets = r"i, j &\in \{0, \dots, n - 1\}^2"
    assert C._repr_latex_() == rf"{begin}{sets}\end{{aligned}}$"
    assert C.closed_form()._repr_latex_() == rf"{begin}{sets}, \quad n \geq 1\end{{aligned}}$"
    assert sc.latex(C) == cases


def test_a_checkerboard_says_when_there_is_none():
    a, b, c = sp.symbols("a b c")
    shown = {
        (a, b, c): r"& \text{a flat image stays flat iff} \\ & \sigma_{0} = \sigma_{1}",
        (1, 2, 1): r"& \text{a flat image stays flat}",
        (1, 1, 1): r"& \text{a flat image gets a checkerboard}",
    }
    for entries, verdict in shown.items():
        T = sc.conv_transpose(sc.Kernel(entries), 8, stride=2)
        assert sc.checkerboard(T)._repr_latex_().endswith(rf"{verdict}\end{{aligned}}$")


def test_a_long_autocorrelation_counts_its_lags():
    r = sc.autocorrelation(sc.Kernel.symbolic("k", (7, 7)))
    assert r"\vdots \quad \text{(85 lags)}" in r._repr_latex_()
    assert repr(r) == "Autocorrelation(169 lags of Kernel(" + repr(r.kernel)[7:] + ")"
    assert "vdots" not in sc.autocorrelation(SQUARE)._repr_latex_()


def test_a_comparison_is_a_list_in_html():
    torch = sc.from_torch(
        "ConvTranspose1d", 4, kernel_size=3, stride=2, padding=1, output_padding=1
    )
    keras = sc.from_tensorflow("Conv1DTranspose", 4, kernel_size=3, strides=2, padding="same")
    html = sc.compare_conventions(torch, keras)._repr_html_()
    assert html.startswith("<p><strong>different</strong></p><ul><li>padding ((1, 0),)")
    assert html.endswith("<li>equal with padding=((0, 1),)</li></ul>")
    same = sc.compare_conventions(torch, torch)._repr_html_()
    assert same == "<p><strong>the same matrix</strong></p>"


def test_a_derivation_lists_no_functions():
    D = sc.derive_gram(PADDED)
    assert repr(D) == r"Derivation(6 steps to (C C^{\mathsf{T}})_{i,j})"
    assert repr(D[1]).startswith("Step('substitution': ")


def test_a_verification_lists_what_was_found():
    found = sc.verify("composition")
    html = found._repr_html_()
    assert html.startswith("<p><strong>composition</strong></p><ul><li>proved for (n=n, k=3, ")
    assert html.count("<li>") == len(found.proved) + 1
    assert html.endswith(f"<li>checked on {found.checked} geometries</li></ul>")
    assert str(found).endswith(f"; checked on {found.checked} geometries")


def test_whether_a_kernel_exists_is_said_as_text():
    filters = sc.Kernel.symbolic("w", 2, out_channels=3)
    circular = sc.conv(filters, 4 * n, stride=4, padding_mode="circular")
    html = sc.orthogonality(circular).existence()._repr_html_()
    assert html == "<p>no kernel: 3 output channels, at most 1*2^1 = 2</p>"
