"""LaTeX of matrices and closed forms: exact strings."""

import shutil
import subprocess

import pytest
import sympy as sp

import symconv as sc

n = sp.Symbol("n")
A = sc.conv(sc.Kernel.arange((3, 3)), (4, 4))
K = sc.Kernel.symbolic("k", 3)


def rows(*lines):
    return r"\\".join(" & ".join(line.split()) for line in lines)


# The page has the matrix to the letter; its size stands under it, since dots hide a part.
PAGE_BA = (
    r"\underbrace{\left[\begin{array}{cccccccccccccccc}"
    + rows(
        "1 2 3 0 4 5 6 0 7 8 9 0 0 0 0 0",
        "2 5 8 3 8 14 17 6 14 23 26 9 0 0 0 0",
        "3 8 13 6 12 23 28 12 21 38 43 18 0 0 0 0",
        " ".join([r"\vdots"] * 16),
        "0 0 0 0 8 23 38 21 32 68 83 42 56 113 128 63",
        "0 0 0 0 9 26 43 24 36 77 94 48 63 128 145 72",
        "0 0 0 0 0 9 18 27 0 36 45 54 0 63 72 81",
    )
    + r"\end{array}\right]}_{16 \times 16}"
)


def test_elided_is_the_page_to_the_letter():
    assert sc.latex(A.T @ A, form="elided") == PAGE_BA


def test_full():
    expected = rows("285 186 154 94", "186 285 106 154", "154 106 285 186", "94 154 186 285")
    matrix = rf"\left[\begin{{matrix}}{expected}\end{{matrix}}\right]"
    assert sc.latex(A @ A.T, form="full") == sc.latex(A @ A.T) == sp.latex(A @ A.T) == matrix
    assert sc.latex(A, form="full").count("&") == 4 * 15
    assert sc.latex(A.T @ A, form="full").count("&") == 16 * 15


def test_elided_in_both_directions():
    line = sc.conv(sc.Kernel([1, 2]), 30)
    assert sp.latex(line) == (
        r"\underbrace{\left[\begin{matrix}"
        + rows(
            r"1 2 0 \cdots 0 0 0",
            r"0 1 2 \cdots 0 0 0",
            r"0 0 1 \cdots 0 0 0",
            r"\vdots \vdots \vdots \ddots \vdots \vdots \vdots",
            r"0 0 0 \cdots 2 0 0",
            r"0 0 0 \cdots 1 2 0",
            r"0 0 0 \cdots 0 1 2",
        )
        + r"\end{matrix}\right]}_{29 \times 30}"
    )


def test_wide_entries_are_elided():
    gram = (lambda C: C.T @ C)(sc.conv(sc.Kernel.symbolic("k", (3, 3)), (4, 4)))
    text = sc.latex(gram, "elided")
    assert text.count(r"\\") == 6
    assert text.count("&") == 7 * 6
    # Blocks say more than corners and dots.
    assert sp.latex(gram) == sc.latex(gram)
    assert r"R_{0}^{\{0\}} & R_{1}^{\{0\}} & R_{2} & 0" in sp.latex(gram)
    assert r"\text{of size } 16 \times 16" in sp.latex(gram)


def test_a_huge_matrix_prints_a_few_entries():
    C = sc.conv(sc.Kernel.symbolic("k", (3, 3)), (10**6, 10**6))
    text = sc.latex(C.T @ C, form="elided")
    assert text.count("&") == 7 * 6
    assert "k_{2,2}^{2}" in text
    assert sc.latex(C.T @ C).count("&") == 2 * 7 * 6


def test_settings_are_sympys():
    line = sc.conv(K, 3)
    assert sc.latex(line, mat_str="bmatrix", mat_delim="") == (
        r"\begin{bmatrix}k_{0} & k_{1} & k_{2}\end{bmatrix}"
    )
    assert sc.latex(line, form="full", mat_delim="(", symbol_names={K[0]: "x"}) == (
        r"\left(\begin{matrix}x & k_{1} & k_{2}\end{matrix}\right)"
    )
    assert sc.latex(sp.Symbol("x") / 2, fold_short_frac=True) == "x / 2"


def test_notebooks_get_latex():
    assert sc.conv([1], 1)._repr_latex_() == (
        r"$\displaystyle \left[\begin{matrix}1\end{matrix}\right]$"
    )


FIVE_DIAGONALS = (
    r"\left[\begin{matrix}"
    r"k_{0}^{2} & k_{0} k_{1} & r_{2} &  &  &  & \\"
    r"k_{0} k_{1} & k_{0}^{2} + k_{1}^{2} & r_{1} & r_{2} &  &  & \\"
    r"r_{2} & r_{1} & r_{0} & r_{1} & r_{2} &  & \\"
    r" & \ddots & \ddots & \ddots & \ddots & \ddots & \\"
    r" &  & r_{2} & r_{1} & r_{0} & r_{1} & r_{2}\\"
    r" &  &  & r_{2} & r_{1} & k_{1}^{2} + k_{2}^{2} & k_{1} k_{2}\\"
    r" &  &  &  & r_{2} & k_{1} k_{2} & k_{2}^{2}"
    r"\end{matrix}\right]_{n \times n}, \qquad \begin{aligned}"
    r"r_{0} &= k_{0}^{2} + k_{1}^{2} + k_{2}^{2} \\ r_{1} &= k_{0} k_{1} + k_{1} k_{2} \\ "
    r"r_{2} &= k_{0} k_{2}\end{aligned}"
)


def test_closed_form_of_the_valid_case_is_five_diagonals():
    form = (lambda C: C.T @ C)(sc.conv(K, n)).closed_form()
    assert sc.latex(form.two_level) == FIVE_DIAGONALS
    expanded = sc.latex(form)
    assert expanded.count(r"\ddots") == 5
    assert expanded.endswith(r"k_{2}^{2}\end{matrix}\right]_{n \times n}")


def test_closed_form_as_cases():
    form = (sc.flip(n) @ sc.conv(sc.Kernel([2, 3]), 2 * n, stride=2)).closed_form()
    assert sc.latex(form) == (
        r"\begin{cases}2 & \text{for}\: 2 i + j = 2 n - 2 \\ "
        r"3 & \text{for}\: 2 i + j = 2 n - 1 \\ 0 & \text{otherwise}\end{cases}"
    )
    turned = sc.flip((n, n)) @ sc.conv(sc.Kernel.symbolic("k", (5, 5)), (n, n), padding=2)
    wide = turned.closed_form()
    assert r"\vdots & \text{(25 cases)}" in sc.latex(wide)


def test_closed_form_as_one_formula():
    form = sc.conv(K, 2 * n + 1, stride=2).closed_form()
    assert sc.latex(form) == (
        r"\begin{aligned}C_{i,j} &= \begin{cases}k_{t} & \text{if } t = j - 2 i \in T \\ "
        r"0 & \text{otherwise}\end{cases} \\ i &\in \{0, \dots, n - 1\} \\ "
        r"j &\in \{0, \dots, 2 n\} \\ T &= \{0, \dots, 2\}\end{aligned}"
    )


def objects():
    square = sc.conv(sc.Kernel.symbolic("k", (3, 3)), (4, 4))
    general = sc.conv(K, n, padding=1)
    return [
        sc.latex(A),
        sc.latex(A.T),
        sc.latex(A.T @ A, form="elided"),
        sc.latex(square),
        sc.latex(square.T @ square),
        sc.latex(sc.Kernel.symbolic("k", (2, 2))),
        sc.latex((general.T @ general).closed_form()),
        sc.latex((general.T @ general).closed_form().two_level),
        sc.latex(general.closed_form()),
        sc.latex(sc.conv(K, 2 * n, stride=2).closed_form()),
        sc.latex(sc.autocorrelation(sc.Kernel.symbolic("k", (2, 2)))),
    ]


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="pdflatex is not installed")
def test_pdflatex_takes_it(tmp_path):
    displays = "\n".join(rf"\[ {text} \]" for text in objects())
    derivations = "\n".join(
        sc.derive_gram(sc.conv(K, n, padding=1), side).align() for side in ("rows", "columns")
    )
    (tmp_path / "all.tex").write_text(
        "\\documentclass{article}\\usepackage{amsmath,amssymb}\\setlength{\\pdfpagewidth}{2000pt}"
        f"\\begin{{document}}{displays}{derivations}\\end{{document}}"
    )
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:]


def test_elided_rows_only():
    tall = sc.conv(sc.Kernel([1, 2]), 8).T
    assert tall.shape == (8, 7)
    assert sc.latex(tall, form="elided") == (
        r"\underbrace{\left[\begin{matrix}"
        + rows(
            "1 0 0 0 0 0 0",
            "2 1 0 0 0 0 0",
            "0 2 1 0 0 0 0",
            # Of the fourth column nothing but zeros is shown: the band is behind the dots.
            r"\vdots \vdots \vdots \ddots \vdots \vdots \vdots",
            "0 0 0 0 2 1 0",
            "0 0 0 0 0 2 1",
            "0 0 0 0 0 0 2",
        )
        + r"\end{matrix}\right]}_{8 \times 7}"
    )


def test_elided_columns_only():
    wide = sc.conv(sc.Kernel.arange(30), 32)
    expected = rows(r"1 2 3 \cdots 30 0 0", r"0 1 2 \cdots 29 30 0", r"0 0 1 \cdots 28 29 30")
    assert sc.latex(wide, form="elided") == (
        rf"\underbrace{{\left[\begin{{matrix}}{expected}\end{{matrix}}\right]}}_{{3 \times 32}}"
    )


def test_what_fits_is_not_elided():
    assert sc.latex(A @ A.T, form="elided") == sc.latex(A @ A.T, form="full")


def test_fractions_and_signs():
    a, b = sp.symbols("a b")
    assert sc.latex(sc.conv(["-1/2", a - b], 2)) == (
        r"\left[\begin{matrix}- \frac{1}{2} & a - b\end{matrix}\right]"
    )


def test_inside_sympys_expressions():
    X = sp.sympify(sc.conv([1, 2], 2))
    assert sp.latex(X * X.T) == (
        r"\left[\begin{matrix}1 & 2\end{matrix}\right] "
        r"\left[\begin{matrix}1\\2\end{matrix}\right]"
    )


def test_a_product_of_a_large_image_prints_a_few_entries():
    C = sc.conv(sc.Kernel.arange((3, 3)), (64, 64))
    for operator in (C, C.T, C @ C.T, C.T @ C):
        assert sc.latex(operator, form="elided").count("&") <= 7 * 15
        assert sp.latex(operator).count("&") <= 7 * 15


@pytest.mark.parametrize("form", [None, "full", "elided"])
def test_settings_hold_in_every_form(form):
    text = sc.latex(sc.conv([1], 1), form=form, mode="inline")
    assert text == r"$\left[\begin{matrix}1\end{matrix}\right]$"
