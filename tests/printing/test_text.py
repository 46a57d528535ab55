"""What a person reads in a terminal: the same values, one spelling of names, nothing cut."""

import re
import subprocess
import sys
from itertools import product

import pytest
import sympy as sp
from sympy.printing.pretty import pretty

import symconv as sc
from symconv.printing.latex_text import latex_text
from symconv.printing.text_representations import wrapped
from symconv.printing.unicode import one_line, terminal_name

n, m = sp.symbols("n m")
K1, K2 = sc.Kernel.symbolic("k", 3), sc.Kernel.symbolic("k", (3, 3))
C, N = sc.conv(K1, 5), sc.conv(K1, n)
LOWERED = str.maketrans("₀₁₂₃₄₅₆₇₈₉₋", "0123456789-")
RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


def read_back(text, names):
    """A polynomial from its text, by names k₀₁ and powers that follow them."""
    value = sp.S.Zero
    for sign, term in re.findall(r"(^|[-+])\s*([^-+\s]+)", text):
        factors = re.findall(r"([a-z][₀-₉₋]*)([⁰¹²³⁴-⁹]*)", term)
        number = re.match(r"\d+", term)
        found = sp.Integer(number[0] if number else 1)
        assert "".join([number[0] if number else "", *map("".join, factors)]) == term
        for name, power in factors:
            found *= names[name] ** int(power.translate(RAISED) or 1)
        value += -found if sign == "-" else found
    return value


NAMES = {"k" + "".join("₀₁₂"[i] for i in index): symbol
         for K in (K1, K2) for index, symbol in zip(product(range(3), repeat=K.ndim), K.entries, strict=True)}  # fmt: skip


def test_polynomials_read_back():
    for lag, polynomial in sc.autocorrelation(K2).items():
        assert read_back(one_line(polynomial), NAMES) == polynomial, lag
    squares = sp.expand((K1.entries[0] - 2 * K1.entries[1]) ** 3)
    assert read_back(one_line(squares), NAMES) == squares


def test_factors_are_never_run_together_into_another_meaning():
    x, ab, f = sp.Symbol("x"), sp.Symbol("ab"), sp.Function("f")
    assert one_line(x**n * ab) == "ab·x^n"
    assert one_line(x ** (n - 2) * (ab + 1)) == "x^(n - 2)·(ab + 1)"
    assert one_line(x * (ab + 1)) == "x·(ab + 1)"
    assert one_line(2 * (x + 1)) == "2x + 2"
    assert one_line(2 * x * f(x)) == "2x·f(x)"
    assert one_line(sp.sqrt(2) * x / 2) == "√2·x/2"
    assert one_line(3 * sp.Integer(2) ** n) == "3·2^n"


def rows_of(text):
    lines = [line for line in text.split("\n") if line[:1] in "⎡⎢⎣["]
    return [re.split(r"\s{2,}", line.strip("⎡⎢⎣⎤⎥⎦[]").strip()) for line in lines]


@pytest.mark.parametrize("operator", [C, C.T, C @ C.T, C.T @ C], ids=["C", "Ct", "CCt", "CtC"])
def test_print_shows_every_entry(operator, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    shown = [
        [read_back(cell, NAMES) if cell != "0" else 0 for cell in row]
        for row in rows_of(str(operator))
    ]
    assert shown == operator.as_explicit().tolist()
    rows, cols = operator.shape
    assert str(operator).startswith(f"{rows} × {cols} matrix, from ")


def test_a_closed_form_prints_its_cases_which_are_right(monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    text = str((N.T @ N).closed_form())
    names = dict(NAMES)
    for name, value in re.findall(r"(r₀|r₁|r₂) = (.*)", text):
        names[name] = read_back(value, NAMES)
    cases = re.findall(r"^  (.*?)\s+where (.*)$", text, re.M)
    size = 7
    expected = (N.T @ N).at({n: size}).as_explicit()
    for i, j in product(range(size), repeat=2):
        found = [value for value, where in cases if holds(where, i=i, j=j, n=size)]
        assert len(found) <= 1
        assert sp.expand((read_back(found[0], names) if found else 0) - expected[i, j]) == 0


def holds(where, **values):
    """Whether a conjunction of comparisons holds, read by its signs."""
    compare = {"=": lambda a, b: a == b, "≥": lambda a, b: a >= b, "≤": lambda a, b: a <= b}

    def side(text):
        return sum(int(sign + "1") * (values.get(word) if word in values else int(word))
                   for sign, word in re.findall(r"([-+]?)\s*(\w+)", text))  # fmt: skip

    parts = (re.fullmatch(r"(.*) ([=≥≤]) (.*)", part).groups() for part in where.split(" ∧ "))
    return all(compare[sign](side(left), side(right)) for left, sign, right in parts)


SHOWN = {
    "operator": C, "any size": N, "gram": N.T @ N, "two axes": sc.conv(K2, (n, n)).T @ sc.conv(K2, (n, n)),
    "closed": (N.T @ N).closed_form(), "split": (C.T @ C).split(), "kernel": K2,
    "lags": sc.autocorrelation(K2), "orthogonality": sc.orthogonality(C), "explain": sc.explain(C),
    "determinant": sc.determinant(N @ N.T), "minors": sc.determinant(C @ C.T),
    "inverse": sc.inverse(sc.conv([1, 5, 1], 3, padding=1)), "pinv": sc.pseudo_inverse(sc.conv([1, 2], n)),
    "rank": sc.rank(N), "nullspace": sc.nullspace(N), "columnspace": sc.columnspace(N),
    "derivation": sc.derive_gram(C), "step": sc.derive_gram(C)[5], "checkerboard": sc.checkerboard(sc.conv_transpose(K1, 4, stride=2)),
    "statement": sc.statement("composition"), "catalogue": sc.statements(), "fusion": sc.fuse(sc.conv(K1, 9), sc.conv(K1, 7, padding=1)), "recognition": sc.recognise(C),
    "loss": sc.orthogonality(C).loss(), "channels": sc.conv(sc.Kernel.symbolic("w", (3, 3), 3, 2), (n, n)),
    "regulariser": sc.check_regulariser(sc.SelfConvolution(padding=1), sc.conv(sc.Kernel.symbolic("w", 3, 1, 2), 6)),
}  # fmt: skip


@pytest.mark.parametrize("name", SHOWN)
def test_text_is_neither_latex_nor_a_record_of_fields(name):
    text = str(SHOWN[name])
    assert not re.search(
        r"\\|_\{|_\(|\*\*|Operator\(|<function|mathsf",
        text,
    )
    assert len(repr(SHOWN[name])) < 200


@pytest.mark.parametrize("name", SHOWN)
def test_pretty_print_and_ipython_show_the_same_lines(name):
    ipython = pytest.importorskip("IPython.lib.pretty")
    assert ipython.pretty(SHOWN[name]) == wrapped(str(SHOWN[name]))
    assert ipython.pretty([SHOWN[name]]) == f"[{SHOWN[name]!r}]"
    lines = pretty(SHOWN[name], num_columns=1000, wrap_line=False).split("\n")
    assert [line.rstrip() for line in lines] == wrapped(str(SHOWN[name]), 1000).split("\n")


def test_a_million_pixels_print_at_once():
    code = (
        "import symconv as sc, time\n"
        "C = sc.conv(sc.Kernel.symbolic('k', (3, 3)), (1000, 1000))\n"
        "start = time.process_time()\n"
        "print(C), print(C.T @ C), print(C @ C.T)\n"
        "assert time.process_time() - start < 3\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.count(" matrix, from ") == 3
    assert len(done.stdout) < 6000


@pytest.mark.parametrize("mode", ["zeros", "circular", "reflect", "replicate", "symmetric"])
def test_no_text_is_longer_than_a_screen_or_two(mode):
    C = sc.conv(sc.Kernel.symbolic("k", (4, 4)), (n, n), padding=2, padding_mode=mode)
    for operator in (C, C @ C.T, C.T @ C, C.at({n: 9}), (C.T @ C).at({n: 9})):
        assert len(str(operator).split("\n")) <= 50


def test_names_have_one_spelling():
    assert terminal_name("r_{0,1}") == "r₀₁" == latex_text("r_{0,1}")
    assert terminal_name("rho_{2}") == "ρ₂" == latex_text(r"\\rho_{2}".replace("\\\\", "\\"))
    loss = str(sc.orthogonality(sc.conv(sc.Kernel.symbolic("w", (2, 2), 1, 2), (4, 4))).loss())
    assert "r₀₁" in loss
    assert "r_" not in loss


def test_prose_wraps_and_tables_do_not():
    line = "C has no inverse, since it is not square; its rank is 3."
    assert max(map(len, wrapped(line, 30).split("\n"))) <= 30
    assert wrapped(line, 30).split() == line.split()
    table = "⎡" + "1  " * 40 + "⎤"
    assert wrapped(table, 30) == table
