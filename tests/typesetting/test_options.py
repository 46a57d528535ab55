"""What sc.latex and its like are told: wrong options say what is wrong, symbols go by name."""

import shutil
import subprocess

import pytest
import sympy as sp

import symconv as sc
from symconv.export.document import document_text
from symconv.export.latex_macros import is_taken

n = sp.Symbol("n")
K = sc.Kernel.symbolic("k", 3)
C = sc.conv(K, 5)

WRONG = {
    "colors": ({"colors": True}, "there is no option 'colors'; near it: colours"),
    "maxentries": ({"maxentries": 9}, "'maxentries'; near it: max_entries"),
    "text": ({"max_entries": "x"}, "max_entries='x' is not a number of entries, 1 or more"),
    "negative": ({"max_entries": -1}, "max_entries=-1 is not a number"),
    "none": ({"max_entries": 0}, "max_entries=0 is not a number"),
    "half": ({"max_entries": 9.5}, r"max_entries=9\.5 is not a number"),
    "true": ({"max_entries": True}, "max_entries=True is not a number"),
    "yes": ({"two_level": "yes"}, "two_level='yes' is neither True nor False"),
    "one": ({"colours": 1}, "colours=1 is neither True nor False"),
    "mat_str": ({"mat_str": 5}, "mat_str=5 is not of type str or None"),
    "mat_delim": ({"mat_delim": None}, "mat_delim=None is not of type str"),
    "fold": ({"fold_short_frac": "a"}, "fold_short_frac='a' is not of type bool or None"),
    "mode": ({"mode": "foo"}, "does not take {'mode': 'foo'}: 'mode' must be one of"),
    "ratio": ({"long_frac_ratio": "x"}, "long_frac_ratio='x' is not of type int"),
    "a list": ({"symbol_names": ["x"]}, r"symbol_names=\['x'\] is not of type dict"),
    "a number": ({"symbol_names": {K[0]: 1}}, r"symbol_names={k_\{0}: 1} is not a symbol to"),
    "nowhere": (
        {"symbol_names": {sp.Symbol("a"): "x", sp.Symbol("b"): "y"}},
        r"symbol_names has a, b, and none of these is there; the symbols are k_\{0}, k_\{1}, k_\{2}$",
    ),
}


@pytest.mark.parametrize(("options", "words"), WRONG.values(), ids=WRONG)
def test_wrong_options_say_so(options, words):
    # Markdown and documents have a mode of their own.
    for write in (
        (sc.latex, sc.to_markdown, document_text) if "mode" not in options else (sc.latex,)
    ):
        with pytest.raises(sc.SymconvError, match=words):
            write(C, **options)
    with pytest.raises(sc.SymconvError, match=words):
        sc.to_latex_macros(C, "layer", **options)


# --- symbols by name ---------------------------------------------------------------------------


@pytest.mark.parametrize("key", [K[0], sp.Symbol("k_0"), sp.Symbol("k_{0}"), "k_{0}", "k_0"])
@pytest.mark.parametrize("form", ["full", "elided", "closed", "kron"])
def test_a_symbol_goes_by_how_it_prints(key, form):
    text = sc.latex(C, form, symbol_names={key: "x"})
    assert text == sc.latex(C, form, symbol_names={K[0]: "x"}) != sc.latex(C, form)


def test_the_symbol_itself_goes_first():
    real, plain = sp.Symbol("a", real=True), sp.Symbol("a")
    kernel = sc.Kernel([real, plain])
    assert sc.latex(kernel, symbol_names={plain: "x"}) == (
        r"\left[\begin{matrix}a & x\end{matrix}\right]"
    )
    assert sc.latex(kernel, symbol_names={"a": "x"}) == (
        r"\left[\begin{matrix}x & x\end{matrix}\right]"
    )


def test_names_of_sums_and_of_parts():
    assert r"\rho & " in sc.latex(C @ C.T, two_level=True, symbol_names={"r_{1}": r"\rho"})
    closed = sc.conv(K, n).T @ sc.conv(K, n)
    assert r"\rho & " in sc.latex(closed, two_level=True, symbol_names={"r_1": r"\rho"})
    assert "x^{2} + " in sc.latex(sc.orthogonality(C), symbol_names={sp.Symbol("k_0"): "x"})


def test_a_table_of_names_is_for_all_objects_of_a_document():
    names = {sp.Symbol("k_0"): "x", sp.Symbol("n"): "N"}
    text = document_text([C, sc.conv([1, 2], n), sc.Kernel([1])], symbol_names=names)
    assert "k_{0}" not in text
    assert "x & k_{1}" in text
    assert r"\left(N - 1\right) \times N" not in sc.latex(C)
    assert r"N - 1" in text
    with pytest.raises(sc.SymconvError, match="symbol_names has z, and none"):
        document_text([C, K], symbol_names={sp.Symbol("z"): "x"})


# --- macros ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["input", "def", "matrix", "sum", "k", "mathbb", "textcolor", "relax",
                                  "endgame", "left", "gamma", "section"])  # fmt: skip
def test_no_macro_redefines_a_command(name):
    with pytest.raises(sc.SymconvError, match=rf"prefix '{name}' would define \\{name}, which TeX"):
        sc.to_latex_macros(C, name)


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="pdflatex is not installed")
def test_tex_agrees_about_what_is_taken(tmp_path):
    words = ["input", "matrix", "relax", "endgame", "Bbbk", "textcolor", "smash", "verb", "gram",
             "layer", "page", "kernel", "myInput", "endless", "Gram", "conv", "pageRows", "dots"]  # fmt: skip
    tried = "\n".join(rf"\@ifdefinable\{word}{{\typeout{{FREE {word}}}}}" for word in words)
    (tmp_path / "t.tex").write_text(
        "\\documentclass{article}\n\\usepackage{amsmath,amssymb,xcolor}\n\\makeatletter\n"
        f"\\begin{{document}}\n{tried}\nx\n\\end{{document}}\n"
    )
    done = subprocess.run(
        ["pdflatex", "-no-shell-escape", "-interaction=nonstopmode", "t.tex"],
        cwd=tmp_path, capture_output=True, text=True, errors="replace", check=False,
    )  # fmt: skip
    free = {line.partition(" ")[2] for line in done.stdout.splitlines() if line[:5] == "FREE "}
    assert free == {word for word in words if not is_taken(word)}
    assert 5 < len(free) < len(words)
