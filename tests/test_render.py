"""Everything that sc.latex prints is taken by pdflatex, by MathJax and by KaTeX."""

import json
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest
import sympy as sp

import symconv as sc
from symconv.export.document import document_text
from symconv.printing.latex import fitting_forms

n, m = sp.symbols("n m")
RENDER = Path(__file__).parent / "render"
A = sc.conv(sc.Kernel.arange((3, 3)), (4, 4))
K3 = sc.Kernel.symbolic("k", 3)
K33 = sc.Kernel.symbolic("k", (3, 3))
HOSTILE = [
    r"\input{/etc/passwd}",
    r"\write18{id}",
    "<img src=x onerror=alert(1)>",
    "</script>",
    "a_b%",
    "$x$",
    "x}",
    "{",
    "x{",
    r"\end{document}",
    "^^5cinput",
    "a#1&b~c",
    "_",
    "x__y__",
    "`|\"'",
    "",
    "\n\n",
    "\u202eevil",
    "é",
    "名前",
    "σ",
    r"k_{\input{x}}",
    "x_{1}_{2}",
    "x^y^z",
    r"\\",
    "r'_{1}",
]


def gram(C):
    return C.T @ C


def rows_gram(C):
    return C @ C.T


def channels(size, **geometry):
    kernel = sc.Kernel.symbolic("w", (2, 2), in_channels=2, out_channels=2)
    return sc.conv(kernel, size, **geometry)


RING = sc.conv(sc.Kernel.symbolic("k", (5, 5)), (n, n), padding=2, padding_mode="circular")
OBJECTS = {
    "C of the page": A,
    "its transpose": A.T,
    "C C^T of the page": rows_gram(A),
    "C^T C of the page": gram(A),
    "one axis": sc.conv(K3, 6),
    "one axis, any size": sc.conv(K3, n, padding=1),
    "its products": rows_gram(sc.conv(K3, n, padding=1)),
    "C^T C, any size": gram(sc.conv(K3, n)),
    "stride": sc.conv(K3, 2 * n + 1, stride=2),
    "stride, C^T C": gram(sc.conv(K3, 2 * n, stride=2, padding=1)),
    "stride, C C^T": rows_gram(sc.conv(K3, 9, stride=2, padding=1)),
    "dilation": gram(sc.conv(K3, 9, dilation=2)),
    "long": sc.conv(K3, 40),
    "two axes": sc.conv(K33, (5, 6), padding=((1, 0), (0, 2))),
    "two axes, any size": sc.conv(K33, (n, m), padding=1),
    "C^T C on two axes, any size": gram(sc.conv(K33, (n, n))),
    "C^T C of a large image": gram(sc.conv(K33, (10**6, 10**6))),
    "two axes, strides that differ": gram(sc.conv(K33, (7, 8), stride=(2, 1), dilation=(1, 2))),
    "three axes": sc.conv(sc.Kernel.symbolic("k", (2, 2, 2)), (3, 3, 3)),
    "C C^T on three axes": rows_gram(sc.conv(sc.Kernel.symbolic("k", (2, 2, 2)), (3, 3, 3))),
    "many taps": sc.conv(sc.Kernel.symbolic("sigma", (5, 5)), (n, n), padding=2),
    "circular": sc.conv(K3, n, padding=1, padding_mode="circular"),
    "circular, all 41 lags written out": rows_gram(RING).closed_form().two_level,
    "reflect": rows_gram(sc.conv(K33, (4, 4), padding=1, padding_mode="reflect")),
    "replicate": sc.conv(sc.Kernel.arange((3, 3)), (3, 3), padding=1, padding_mode="replicate"),
    "channels": channels((3, 3)),
    "channels, C^T C": gram(channels((3, 3))),
    "channels, any size": channels((n, n), padding=1),
    "a difference": sc.conv(K33, (n, n)) - 2 * sc.conv(sc.Kernel.arange((3, 3)), (n, n)),
    "three layers": rows_gram(sc.conv(K3, n, padding=1)) @ sc.conv(K3, n, padding=1),
    "a commutator": (lambda C, S: C @ S - S @ C)(sc.conv(K3, n, padding=1), sc.shift(n, 1)),
    "channels less the identity": gram(channels((3, 3))) - sc.identity((3, 3), 2),
    "pooling by the pixels that are there": sc.avg_pool(
        4, 3, stride=1, padding=1, count_include_pad=False
    ),
    "upsampling of channels": sc.upsample_linear((2, 3), 2, channels=2),
    "shuffling": sc.pixel_shuffle((n, n), 2),
    "flipping": sc.flip((n, 5)),
    "nothing": A - A,
    "a million pixels": gram(sc.conv(K3, 10**6)),
    "letters of elsewhere": sc.conv(sc.Kernel.symbolic("日本", (2, 2)), (n, n)),
    "channels on one axis": rows_gram(sc.conv(sc.Kernel.symbolic("w", 3, 2, 3), 6)),
    "transposed": sc.conv_transpose(K33, (3, 3), stride=2, padding=1, output_padding=1),
    "a sum": A.T @ A - sc.identity((4, 4)),
    "pooling": sc.avg_pool((4, 4), 2),
    "upsampling": sc.upsample_linear(n, 2),
    "closed form": gram(sc.conv(K3, n)).closed_form(),
    "closed form on two levels": gram(sc.conv(K33, (n, n))).closed_form().two_level,
    "entries that are sums": sc.conv(sc.Kernel((*sp.symbols("a b"), sp.S.Half)), 5),
    "kernel": K33,
    "autocorrelation": sc.autocorrelation(K33),
    "derivation": sc.derive_gram(sc.conv(K33, (n, n), padding=1), "columns"),
    "checkerboard": sc.checkerboard(sc.conv_transpose(K3, 8, stride=2)),
    "orthogonality": sc.orthogonality(sc.conv(K3, 6)),
    "its solutions": sc.orthogonality(sc.conv(sc.Kernel.symbolic("k", 2), 4, stride=2)).solve(),
    "an explanation": sc.explain(sc.conv(K3, 6)),
    "a comparison": sc.compare_conventions(
        sc.from_torch("Conv1d", 6, kernel_size=3, stride=2, padding=1),
        sc.from_tensorflow("Conv1D", 6, kernel_size=3, strides=2, padding="same"),
    ),
    "a verification": sc.verify("composition", max_size=4),
    "a counterexample": sc.verify(
        "guide-3", without=next(h for h in sc.statement("guide-3").hypotheses if h.needed)
    ),
    "a penalty": sc.check_regulariser([0, 1], sc.conv(K3, 8)),
    "a penalty that contradicts itself": sc.check_regulariser(
        "deconv_orth_dist",
        sc.conv(sc.Kernel.symbolic("k", (3, 3), out_channels=2), (2 * n, 2 * n), stride=2),
    ),
    "bounds of a norm": sc.lipschitz(sc.conv([1, 2, -1], 8)),
    "bounds as formulas": sc.lipschitz(sc.conv(K3, 2 * n, stride=2)),
    "a spectrum": sc.singular_values(sc.conv(sc.Kernel(sp.symbols("a b", real=True)), n)),
    "a spectrum of channels": sc.eigenvalues(
        sc.conv(sc.Kernel.symbolic("k", 1, 2, 2), n, padding_mode="circular")
    ),
    "a spectrum of numbers": sc.singular_values(sc.conv([1, 2, 3], 7)),
    "the limit of a spectrum": sc.spectral_limit(sc.conv(K3, 2 * n, stride=2)),
    "the limit of a plane": sc.spectral_limit(sc.conv([[1, 2], [3, 4]], (n, n))),
    "conditioning": sc.conditioning(sc.conv([1, 7, -3, 1, 2], n)),
    "a symbol": sc.symbol(sc.conv(K3, 8, stride=2), sp.Symbol("theta")),
    "existence": sc.orthogonality(sc.conv(sc.Kernel.symbolic("k", 2), 4, stride=2)).existence(),
    "no equations": sc.orthogonality(sc.conv([1], 4)),
    "an obstruction": sc.orthogonality(sc.conv_transpose(K3, 4)),
    "all statements": sc.statements(),
    "a separable kernel": sc.conv(sc.kernels.sobel(), (n, m), padding=1),
    "exponentials": sc.conv(sc.kernels.gaussian((3, 3)), (n, n), padding=1),
    "its factors": sc.kernels.sobel().separable(),
    "a sum of separable ones": sc.kernels.laplacian().separable(),
    "conditions on a kernel": sc.Kernel.symbolic("k", (3, 3)).separable(),
    "three factors": sc.kernels.box((2, 2, 2)).separable(),
    "normal equations": sc.identify_kernel(sc.conv([1, 1], 3), sp.symbols("x:3"), [1, 2]),
    "orthogonality of names of users": sc.orthogonality(
        sc.conv(sc.Kernel([sp.Symbol(name) for name in HOSTILE[:3]]), 6)
    ),
    "names of users": sc.conv(sc.Kernel([sp.Symbol(name) for name in HOSTILE]), len(HOSTILE) + 1),
    "powers of them": rows_gram(sc.conv(sc.Kernel([sp.Symbol(name) for name in HOSTILE]), 26)),
    "their kernel's letter": gram(sc.conv(sc.Kernel.symbolic("<b>_%", (2, 2)), (3, 3))),
}
OBJECTS |= {f"statement {statement.key}": statement for statement in sc.statements()}
OPTIONS = {
    "colours": (
        {"colours": True},
        ["C of the page", "one axis, any size", "replicate", "channels"],
    ),
    "two levels": (
        {"two_level": True},
        ["C C^T of the page", "its products", "C^T C of a large image", "stride, C C^T"],
    ),
    "bmatrix": ({"mat_str": "bmatrix", "mat_delim": ""}, ["C of the page", "C^T C of the page"]),
    "other delimiters": ({"mat_delim": "("}, ["C C^T of the page", "long"]),
}


@cache
def printed(dialect="mathjax"):
    """Name to LaTeX, of every object in every form that it has."""
    return dict(_printed(dialect))


def _printed(dialect):
    for name, obj in OBJECTS.items():
        for form in (None, *fitting_forms(obj)):
            yield f"{name}: {form}", sc.latex(obj, form, dialect=dialect)
    for option, (settings, names) in OPTIONS.items():
        for name in names:
            forms = [form for form in ("elided", "closed") if form in fitting_forms(OBJECTS[name])]
            for form in (None, *forms):
                text = sc.latex(OBJECTS[name], form, dialect=dialect, **settings)
                yield f"{name}, {option}: {form}", text


class Printed:
    """LaTeX that is there already, as an object to print."""

    def __init__(self, text):
        self.text = text

    def _latex(self, printer):
        return self.text


def pdflatex(document, folder):
    (folder / "all.tex").write_text(document, encoding="utf-8")
    return subprocess.run(
        ["pdflatex", "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error", "all.tex"],
        cwd=folder, capture_output=True, text=True, errors="replace", check=False,
    )  # fmt: skip


needs_tex = pytest.mark.skipif(not shutil.which("pdflatex"), reason="pdflatex is not installed")
needs_node = pytest.mark.skipif(
    not shutil.which("node") or not (RENDER / "node_modules").is_dir(),
    reason="node is not installed, or npm install was not run in tests/render",
)


def test_there_are_enough():
    assert len(OBJECTS) >= 30
    assert len(printed()) >= 150


@needs_tex
@pytest.mark.parametrize("dialect", ["mathjax", "latex"])
def test_pdflatex_takes_everything_in_one_document(tmp_path, dialect):
    texts = [
        text if dialect == "mathjax" else re.sub(r"^% .*\n", "", text)
        for text in printed(dialect).values()
    ]
    document = document_text([Printed(text) for text in texts])
    assert document.count(r"\begin{adjustbox}") == len(texts)
    document = document.replace(
        r"\usepackage{adjustbox}", "\\usepackage{adjustbox,nicematrix,xcolor}"
    )
    done = pdflatex(document, tmp_path)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Missing character" not in done.stdout


@needs_tex
def test_pdflatex_fails_where_it_should(tmp_path):
    assert pdflatex(document_text(Printed(r"\undefinedcommand")), tmp_path).returncode != 0


def rendered(items):
    done = subprocess.run(
        ["node", "render.js"], cwd=RENDER, input=json.dumps(items),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


@needs_node
def test_mathjax_and_katex_render_everything():
    for_katex = printed("katex")
    items = [
        {"name": name, "latex": text, "katex": for_katex[name]} for name, text in printed().items()
    ]
    assert rendered(items) == []


@needs_node
def test_the_renderers_see_errors():
    failures = rendered([{"name": "bad", "latex": r"\nosuch{", "katex": r"\nosuch{"}])
    assert [failure["engine"] for failure in failures] == ["MathJax", "KaTeX"]
