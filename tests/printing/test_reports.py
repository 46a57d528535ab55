"""Reports as mathematics: comparisons, verifications, penalties, existence, the catalogue."""

import pickle
import re

import pytest
import sympy as sp

import symconv as sc

n = sp.Symbol("n")
T = r"^{\mathsf{T}}"
GAP = r" \\[1ex] "


def matrix(*lines):
    return r"\left[\begin{matrix}" + r"\\".join(lines) + r"\end{matrix}\right]"


def aligned(*lines, gap=r" \\ "):
    return r"\begin{aligned}" + gap.join(lines) + r"\end{aligned}"


def test_two_conventions_as_matrices():
    torch = sc.from_torch("Conv1d", 4, kernel_size=3, stride=2, padding=1)
    keras = sc.from_tensorflow("Conv1D", 4, kernel_size=3, strides=2, padding="same")
    found = sc.compare_conventions(torch, keras)
    assert sc.latex(found) == sp.latex(found) == aligned(
        "C_{1} &= " + matrix("k_{1} & k_{2} & 0 & 0", "0 & k_{0} & k_{1} & k_{2}"),
        "C_{2} &= " + matrix("k_{0} & k_{1} & k_{2} & 0", "0 & 0 & k_{0} & k_{1}"),
        r"C_{1} &\neq C_{2}",
        r"& \text{padding ((1, 0)) and ((0, 1)) (the second's first window starts 1 pixel later)}",
        r"& \text{equal with padding=((0, 1))}",
        gap=GAP,
    )  # fmt: skip
    assert found.layers == (torch, keras)
    assert repr(found).count("Operator") == 0
    same = sc.compare_conventions(torch, torch)
    assert sc.latex(same) == f"C_{{1}} = C_{{2}} = {sc.latex(torch)}"
    assert sc.latex(found, symbol_names={"k_0": "x"}).count("x") > sc.latex(found).count("x")


def test_large_layers_are_elided_and_sizes_are_words():
    one, other = (
        sc.from_torch("Conv2d", (28, 28), kernel_size=3, padding=1, stride=s) for s in (1, 2)
    )
    text = sc.latex(sc.compare_conventions(one, other))
    assert r"\text{of size } 784 \times 784" in text
    assert r"\text{of size } 196 \times 784" in text
    assert r"\text{images (28, 28) to (28, 28) and (28, 28) to (14, 14)}" in text
    foreign = sc.compare_conventions(one, sc.from_torch("Conv2d", (27, 28), kernel_size=3))
    assert r"\text{no arguments make them equal: they take different images" in sc.latex(foreign)


def test_a_verification_is_its_identity_and_where_it_was_proved():
    found = sc.verify("valid-toeplitz", {"n": 5, "k": 3, "s": 1, "d": 1})
    formula = sc.statement("valid-toeplitz").formula
    assert sc.latex(found) == aligned(f"& {formula}", r"& \text{checked on 1 geometry}", gap=GAP)
    found = sc.verify("composition", max_size=5)
    lines = sc.latex(found).split(GAP)
    assert lines[0] == rf"\begin{{aligned}}& {sc.statement('composition').formula}"
    assert lines[1] == r"& \text{proved for } n \geq 5,\; k = 3,\; l = 3,\; s = 1,\; t = 1"
    assert r"n = 4 m,\; k = 3,\; l = 2,\; s = 2,\; t = 2,\; m \geq 2" in lines[2]
    assert lines[-1] == rf"& \text{{checked on {found.checked} geometries}}\end{{aligned}}"
    assert sc.latex(pickle.loads(pickle.dumps(found))) == sc.latex(found)
    at = sc.verify("valid-toeplitz", {"n": n, "k": 3, "s": 1, "d": 1})
    assert r"\text{proved for } n \geq " in sc.latex(at)


@pytest.mark.parametrize(
    ("key", "words"),
    [("guide-3", r"\text{"), ("gram-centrosymmetric", r"\text{entry [0, 0] differs: ")],
)
def test_a_counterexample_is_shown_as_such(key, words):
    entry = sc.statement(key)
    (hypothesis,) = (h for h in entry.hypotheses if h.needed)
    found = sc.verify(entry, without=hypothesis)
    assert not found
    text = sc.latex(found)
    values = r",\; ".join(f"{k} = {v}" for k, v in found.counterexample.items())
    assert rf"\text{{false for }} {values}: \quad " in text
    assert words in text.partition(r"\quad ")[2]
    assert text.startswith(rf"\begin{{aligned}}& {entry.formula} \\[1ex] & \text{{false")


def test_all_statements_are_one_table():
    text = sc.latex(sc.statements()[:2])
    one, two = sc.statements()[:2]
    assert text == (
        rf"\begin{{array}}{{ll}}\text{{{one.key}}} & \displaystyle {one.formula} \\[1ex] "
        rf"\text{{{two.key}}} & \displaystyle {two.formula}\end{{array}}"
    )
    whole = sc.latex(sc.statements())
    assert whole.count(r"\displaystyle") == len(sc.statements())
    assert r"\mathtt" not in whole


def test_a_penalty():
    layer = sc.conv(sc.Kernel.symbolic("k", 3), 8, padding=1, padding_mode="circular")
    assert sc.latex(sc.check_regulariser([0, 1], layer)) == aligned(
        r"& \text{tested: } r_{0} = 1,\; r_{1} = 0", r"& \text{missed:}", "& k_{0} k_{2} = 0"
    )
    exact = sc.latex(sc.check_regulariser([0, 1, 2], layer))
    assert exact.endswith(r"r_{2} = 0 \\ & \text{exactly what the layer needs}\end{aligned}")
    strided = sc.conv(sc.Kernel.symbolic("k", 4), 8, stride=2, padding=1, padding_mode="circular")
    wrong = sc.latex(sc.check_regulariser([0, 1, 2], strided))
    assert r"& \text{wrongly imposed: } r_{1} = 0" in wrong
    assert r"\text{missed" not in wrong


def test_existence():
    kernel = sc.Kernel.symbolic("k", 2, 5, 2)
    layer = sc.conv(kernel, 8, stride=2, padding_mode="circular")
    rows = sc.orthogonality(layer).existence()
    words = (
        r"\text{no kernel is orthogonal: }" if not rows else r"\text{some kernel is orthogonal: }"
    )
    assert sc.latex(rows).startswith(words)
    fits = sc.orthogonality(sc.conv(sc.Kernel.symbolic("k", 2), 2 * n, stride=2)).existence()
    assert sc.latex(fits) == r"\text{some kernel is orthogonal: }1 \leq 1 \cdot 2^{1} = 2"


def test_orthogonality_without_equations():
    assert sc.latex(sc.orthogonality(sc.conv([1], 4))) == aligned(rf"C C{T} &= I")
    tall = sc.orthogonality(sc.conv_transpose(sc.Kernel.symbolic("k", 3), 4))
    text = sc.latex(tall)
    assert tall.obstruction
    assert text.startswith(rf"\begin{{aligned}}C C{T} &\neq I \quad \text{{for every kernel: }}")
    assert text.count("&= ") == len(tall.conditions)
    assert r"k_{0}^{2} + k_{1}^{2} &= 1" in text
    assert r"k_{0} k_{1} + k_{1} k_{2} &= 0" in text


REPORTS = {
    "comparison": lambda: sc.compare_conventions(*[sc.conv(sc.Kernel.symbolic("k", 2), 3)] * 2),
    "verification": lambda: sc.verify("adjoint", max_size=3),
    "catalogue": sc.statements,
    "statement": lambda: sc.statement("adjoint"),
    "existence": lambda: sc.orthogonality(
        sc.conv(sc.Kernel.symbolic("k", 2), 4, stride=2)
    ).existence(),
    "orthogonality": lambda: sc.orthogonality(sc.conv(sc.Kernel.symbolic("k", 2), 4)),
    "explanation": lambda: sc.explain(sc.conv(sc.Kernel.symbolic("k", 2), 4)),
    "checkerboard": lambda: sc.checkerboard(
        sc.conv_transpose(sc.Kernel.symbolic("k", 3), 8, stride=2)
    ),
}


@pytest.mark.parametrize("make", REPORTS.values(), ids=REPORTS)
def test_no_report_is_typewriter_text(make):
    text = sc.latex(make())
    assert r"\mathtt" not in text
    assert r"\text{" in text or re.search(r"[=<]|\\leq|\\langle", text)
