"""Documents, PDF, Markdown and hand-over to other programs."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import sympy as sp
from sympy.parsing.mathematica import parse_mathematica

import symconv as sc
from symconv.export.document import document_text

n = sp.Symbol("n")
A = sc.conv(sc.Kernel.arange((3, 3)), (4, 4))
K = sc.Kernel.symbolic("k", 3)
HOSTILE = sc.Kernel([sp.Symbol(r"\input{/etc/passwd}"), sp.Symbol("<b>"), sp.Symbol("名")])

needs_tex = pytest.mark.skipif(
    not shutil.which("latexmk") or not shutil.which("pdflatex"), reason="latexmk is not installed"
)


def _target(link):
    try:
        return os.readlink(link)
    except OSError:
        return ""


# --- documents ---------------------------------------------------------------------------------


def test_a_document_is_complete(tmp_path):
    path = sc.to_document([A, A.T], tmp_path / "A.tex", "blocks", title="A & <b>")
    text = path.read_text()
    assert path == tmp_path / "A.tex"
    assert text.startswith("\\documentclass[11pt]{article}\n")
    assert text.endswith("\\end{document}\n")
    assert sc.latex(A, "blocks") in text
    assert sc.latex(A.T, "blocks") in text
    assert r"\section*{$\text{A }\&\text{ }{<}\text{b}{>}$}" in text
    assert "xcolor" not in text
    assert "nicematrix" not in text
    assert list(tmp_path.iterdir()) == [path]


def test_a_document_has_the_packages_that_it_needs():
    assert r"\usepackage{xcolor}" in document_text(A, colours=True)
    nice = document_text(A.T, "elided", dialect="latex", mode="inline")
    assert r"\usepackage{nicematrix}" in nice
    assert "$\\displaystyle \\underbrace{\\begin{bNiceMatrix}" in nice
    wide = document_text(sp.ones(2, 12), mat_str="bmatrix", mat_delim="")
    assert r"\setcounter{MaxMatrixCols}{12}" in wide
    assert r"\text{\texttt{U+540D}}" in document_text(HOSTILE, title="名前")
    assert r"$\text{\texttt{U+540D\,U+524D}}$" in document_text(HOSTILE, title="名前")


def test_a_document_that_fails_leaves_nothing(tmp_path):
    old = tmp_path / "old.tex"
    old.write_text("old")
    with pytest.raises(sc.SymconvError, match="does not fit"):
        sc.to_document(sc.conv(K, n), old, "full")
    with pytest.raises(sc.SymconvError, match="no regular file"):
        sc.to_document(A, tmp_path)
    with pytest.raises(sc.SymconvError, match="cannot be written: there is no folder"):
        sc.to_document(A, tmp_path / "no" / "A.tex")
    assert old.read_text() == "old"
    assert list(tmp_path.iterdir()) == [old]


@needs_tex
def test_a_pdf(tmp_path):
    path = sc.to_pdf([A.T @ A, HOSTILE], tmp_path / "A.pdf", title="BA")
    assert path.read_bytes()[:5] == b"%PDF-"
    assert list(tmp_path.iterdir()) == [path]
    if shutil.which("pdftotext"):
        done = subprocess.run(
            ["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True
        )
        assert r"\input{/etc/passwd}" in done.stdout
        assert re.search(r"1 +2 +3 +0 +4 +5 +6 +0 +7 +8 +9 +0 +0 +0 +0 +0", done.stdout)


@needs_tex
@pytest.mark.parametrize(
    ("command", "words", "most"),
    [
        (r"\undefinedcommand", r"Undefined control sequence. l\.\d+ .*undefinedcommand", 120),
        (r"\input{/etc/passwd}", "passwd", 120),
        (r"\loop\iftrue\repeat", "after 2 seconds", 2),
    ],
)
def test_a_pdf_that_fails_says_why(tmp_path, monkeypatch, command, words, most):
    monkeypatch.setattr("symconv.export.document.MOST_SECONDS", most)
    folder = tmp_path / "tex"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    with pytest.raises(sc.SymconvError, match=words):
        sc.to_pdf(K, tmp_path / "K.pdf", symbol_names={K[0]: command})
    assert not [path for path in Path("/proc").glob("[0-9]*/cwd") if str(folder) in _target(path)]
    folder.rmdir()
    assert list(tmp_path.iterdir()) == []


@needs_tex
def test_no_command_is_run(tmp_path):
    target = tmp_path / "owned"
    names = {K[0]: rf"\immediate\write18{{touch {target}}} k"}
    sc.to_pdf(K, tmp_path / "K.pdf", symbol_names=names)
    assert not target.exists()


def test_a_pdf_without_latexmk(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        sc.SymconvError, match="needs latexmk and pdflatex, which are not installed"
    ):
        sc.to_pdf(A, tmp_path / "A.pdf")
    assert list(tmp_path.iterdir()) == []


# --- Markdown and macros -----------------------------------------------------------------------


def test_markdown():
    for obj in (A, K, sc.derive_gram(sc.conv(K, n))):
        text = sc.to_markdown(obj, mode="inline")
        lines = text.split("\n")
        assert lines[0] == lines[-1] == "$$"
        assert "" not in lines
        assert text.count("$") == 4
    assert sc.to_markdown(A, "blocks") == f"$$\n{sc.latex(A, 'blocks')}\n$$"
    assert not re.search(r"<[A-Za-z]", sc.to_markdown(HOSTILE))


def test_macros():
    text = sc.to_latex_macros(A, "page")
    names = re.findall(r"^\\newcommand\{\\(\w+)\}\{", text, re.MULTILINE)
    assert names == ["page", "pageRows", "pageColumns", "pageFull", "pageElided", "pageBlocks",
                     "pageClosed", "pageKron"]  # fmt: skip
    assert r"\newcommand{\pageColumns}{16}" in text
    assert rf"\newcommand{{\pageBlocks}}{{{sc.latex(A, 'blocks')}}}" in text
    assert r"\anyColumns}{n}" in sc.to_latex_macros(sc.conv(K, n), "any")
    assert sc.to_latex_macros(A.T, "x", dialect="latex").startswith("% \\usepackage{")
    for prefix in ("", "k_1", "x2", r"\x", "x}"):
        with pytest.raises(sc.SymconvError, match="has letters alone"):
            sc.to_latex_macros(A, prefix)


# --- computer algebra --------------------------------------------------------------------------


def test_mathematica():
    k = sp.Function("k")
    C = sc.conv(sc.Kernel.symbolic("k", (2, 2)), (3, 3))
    found = parse_mathematica(sc.to_mathematica(C @ C.T))
    expected = (
        (C @ C.T)
        .as_explicit()
        .subs({s: k(*map(int, re.findall(r"\d", s.name))) for s in C.free_symbols})
    )
    assert [list(row) for row in found] == expected.tolist()
    assert sc.to_mathematica(sc.conv(["1/2", -3], 2)) == "{{1/2, -3}}"
    assert sc.to_mathematica(sc.conv(K, n)) == (
        "(* entry in row i and column j, counted from 0 *)\n"
        "Piecewise[{{k[0], i == j}, {k[1], i - j == -1}, {k[2], i - j == -2}}, 0]"
    )
    gram = sc.to_mathematica((lambda C: C.T @ C)(sc.conv([1, 2], n)))
    assert "{5, (i == j) && (i >= 1) && (i <= n - 2)}" in gram
    assert sc.to_mathematica(sp.Symbol("E") + sp.Symbol("x_y") + sp.Symbol("xy")) in (
        "vE + xy + xyx2",
        "vE + xyx2 + xy",
    )


def test_matlab():
    C = sc.conv(sc.Kernel.symbolic("k", (1, 2)), (2, 2))
    assert sc.to_matlab(C @ C.T) == (
        "syms k_0_0 k_0_1\n[k_0_0.^2 + k_0_1.^2 0; 0 k_0_0.^2 + k_0_1.^2]"
    )
    assert sc.to_matlab(sc.conv(sc.Kernel([1, "a"]), n)) == (
        "% entry in row i and column j, counted from 0\n"
        "syms a i j\npiecewise(i == j, 1, i - j == -1, a, 0)"
    )
    gram = sc.to_matlab((lambda C: C.T @ C)(sc.conv([1, 2], n)))
    assert "i == j & i >= 1 & i <= n - 2, 5" in gram
    assert sc.to_matlab(sc.Kernel.arange((2, 2))) == "[1 2; 3 4]"
    assert sc.to_matlab(sc.Kernel([sp.Symbol("end"), sp.Symbol("a b"), sp.Symbol("a_b")])) == (
        "syms a_b a_bx2 v_end\n[v_end a_b a_bx2]"
    )


def test_what_has_no_words_there():
    kernel = sc.Kernel.symbolic("k", 1, in_channels=2)
    assert sc.to_mathematica(kernel) == "{{{k[0, 0, 0]}, {k[0, 1, 0]}}}"
    with pytest.raises(sc.SymconvError, match="has no words there: Unsupported"):
        sc.to_matlab(kernel)


@pytest.mark.parametrize("write", [sc.to_mathematica, sc.to_matlab])
def test_names_of_users_are_names_there(write):
    text = write(HOSTILE)
    assert not set(text) & set("\\<>/")
    with pytest.raises(sc.SymconvError, match="1000000000000 entries are more than max_entries"):
        write(sc.conv(sc.Kernel.arange((3, 3)), (10**6, 10**6), padding=1))
    with pytest.raises(sc.SymconvError, match="a Derivation is no matrix"):
        write(sc.derive_gram(sc.conv(K, n)))
