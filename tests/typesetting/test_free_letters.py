"""Letters that formulas bring along never are those that the user writes with."""

import re

import pytest
import sympy as sp
from sympy.core.alphabets import greeks

import symconv as sc
from symconv.typesetting.free_letters import Letters, free_letters

n = sp.Symbol("n")
T = r"^{\mathsf{T}}"
# One that no formula brings along.
NEUTRAL = "zeta"
NAMES = [*"abcdeijkopqrstuxyzABCGHIKOPRST", "delta", "rho", "epsilon", "sigma", "tau", "varepsilon"]


def matrix(*rows):
    return r"\left[\begin{matrix}" + r"\\".join(rows) + r"\end{matrix}\right]"


def aligned(*lines):
    return r"\begin{aligned}" + r" \\ ".join(lines) + r"\end{aligned}"


def letters(latex):
    """The letters that a formula is written with."""
    bare = re.sub(r"\\(?:text|begin|end|mathsf|mathbb)\{[^{}]*\}(\{[c|]*\})?", "", latex)
    greek = rf"\\(?:var)?(?:{'|'.join(greeks)}|ell)(?![A-Za-z])"
    found = re.findall(rf"(?:\\mathcal\{{.\}}|{greek}|(?<![A-Za-z\\])[A-Za-z](?![A-Za-z]))'*", bare)
    return set(found)


def gram(C, side="rows"):
    return C @ C.T if side == "rows" else C.T @ C


def formulas(kernel, size):
    """LaTeX with a kernel of that name on an image of that size."""
    line = sc.conv(sc.Kernel.symbolic(kernel, 3), size, padding=1)
    plane = sc.conv(sc.Kernel.symbolic(kernel, (2, 2)), (size, 3 * size + 1), stride=(1, 3))
    bank = sc.conv(sc.Kernel.symbolic(kernel, (2, 2), in_channels=2, out_channels=2), (3, 4))
    row = sc.conv(sc.Kernel.symbolic(kernel, 2, in_channels=2, out_channels=2), size)
    around = sc.conv(sc.Kernel.symbolic(kernel, 3), size, padding=1, padding_mode="circular")
    return {
        "two levels": sc.latex(gram(line).closed_form().two_level),
        "two levels of channels": sc.latex(gram(row).closed_form().two_level),
        "cases": sc.latex(plane + plane, "closed"),
        "layer": sc.latex(plane, "closed"),
        "transposed": sc.latex(plane.T, "closed"),
        "rows": sc.latex(gram(line), "closed", two_level=True),
        "columns": sc.latex(gram(plane, "columns"), "closed"),
        "around": sc.latex(gram(around), "closed"),
        "shifts": sc.latex(plane, "kron"),
        "pairs of shifts": sc.latex(gram(plane), "kron"),
        "shifts of channels": sc.latex(bank, "kron"),
        "blocks": sc.latex(plane, "blocks"),
        "blocks of rows": sc.latex(gram(plane), "blocks"),
        "blocks of channels": sc.latex(gram(bank, "columns"), "blocks"),
        "blocks of anything": sc.latex(plane + plane, "blocks"),
        "derivation": sp.latex(sc.derive_gram(plane)),
        "other derivation": sp.latex(sc.derive_gram(line, "columns")),
        "split": sp.latex(gram(line).split()),
        "other split": sp.latex(gram(line, "columns").split()),
        "autocorrelation": sp.latex(sc.autocorrelation(sc.Kernel.symbolic(kernel, 2))),
        "checkerboard": sp.latex(sc.checkerboard(line)),
        "explanation": sp.latex(sc.explain(line)),
    }


NEUTRAL_LETTERS = {what: len(letters(text)) for what, text in formulas(NEUTRAL, n).items()}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_the_kernel_stays_its_own(name):
    """Were a letter there for two things, there would be fewer letters."""
    assert {what: len(letters(text)) for what, text in formulas(name, n).items()} == NEUTRAL_LETTERS


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_the_size_stays_its_own(name):
    texts = formulas(NEUTRAL, sp.Symbol(name))
    assert {what: len(letters(text)) for what, text in texts.items()} == NEUTRAL_LETTERS


def test_the_check_sees_a_letter_that_is_there_twice():
    assert len(letters(r"r_{0} = r_{0}^{2}")) < len(letters(r"r_{0} = k_{0}^{2}"))


def test_the_autocorrelation_of_a_kernel_r():
    C = sc.conv(sc.Kernel.symbolic("r", 2), n)
    form = gram(C).closed_form().two_level
    assert [symbol.name for symbol in form.names] == ["rho_{0}", "rho_{1}"]
    text = sc.latex(form)
    assert text.endswith(
        r", \qquad " + aligned(r"\rho_{0} &= r_{0}^{2} + r_{1}^{2}", r"\rho_{1} &= r_{0} r_{1}")
    )
    assert text.count(r"\rho_{0}") == 5
    concrete = gram(sc.conv(sc.Kernel(sp.symbols("r0 r1")), 3))
    assert sc.latex(concrete, "full", two_level=True) == (
        matrix(r"\rho_{0} & \rho_{1}", r"\rho_{1} & \rho_{0}")
        + r", \qquad "
        + aligned(r"\rho_{0} &= r_{0}^{2} + r_{1}^{2}", r"\rho_{1} &= r_{0} r_{1}")
    )


def test_names_given_for_printing_count():
    K = sc.Kernel(sp.symbols("a b"))
    for form in (None, "elided", "closed"):
        text = sc.latex(gram(sc.conv(K, n)), form, two_level=True, symbol_names={K[0]: "r_1"})
        assert r"\rho_{1} &= r_1 b" in text, form


def test_indices_of_a_kernel_i():
    assert sc.latex(sc.conv(sc.Kernel.symbolic("i", 2), n), "closed") == aligned(
        r"C_{x,y} &= \begin{cases}i_{t} & \text{if } t = y - x \in T \\ "
        r"0 & \text{otherwise}\end{cases}",
        r"x &\in \{0, \dots, n - 2\}",
        r"y &\in \{0, \dots, n - 1\}",
        r"T &= \{0, 1\}",
    )


def test_indices_beside_the_imaginary_unit_and_a_size_i():
    assert r"C_{x,y} &=" in sc.latex(sc.conv([1, sp.I], n), "closed")
    form = sc.flip(sp.Symbol("i")).closed_form()
    assert sc.latex(form, "closed") == aligned(
        r"A_{x,y} &= \begin{cases}1 & \text{for}\: x + y = i - 1 \\ "
        r"0 & \text{otherwise}\end{cases}",
        r"x, y &\in \{0, \dots, i - 1\}",
    )


def test_shifts_of_a_kernel_S():
    assert sc.latex(sc.conv(sc.Kernel.symbolic("S", 2), n).T, "kron") == aligned(
        rf"C{T} &= S_{{0}}\, \mathcal{{S}}_{{0}}{T} + S_{{1}}\, \mathcal{{S}}_{{1}}{T}",
        r"(\mathcal{S}_{t})_{o,i} &= \begin{cases}1 & \text{if } i = o + t \\ "
        r"0 & \text{otherwise}\end{cases} \qquad \text{of size } \left(n - 1\right) \times n",
    )


def test_blocks_of_a_kernel_T():
    assert sc.latex(sc.conv(sc.Kernel.symbolic("T", (1, 2)), (1, 2)), "blocks") == (
        r"\begin{gathered}\left[\begin{array}{c}\rule[-1.2ex]{0pt}{4ex}\mathcal{T}(T_{0})\end{array}\right] \\[1ex] "
        r"\mathcal{T}(x) = " + matrix("x_{0} & x_{1}") + r" \\[1ex] "
        r"T_{a} = (T_{a,0}, T_{a,1})\end{gathered}"
    )


def test_a_derivation_in_the_kernels_own_letter():
    r = sc.Kernel.symbolic("r", 2)
    steps = sc.derive_gram(sc.conv(r, n, padding=1))
    assert steps[-2].latex == (
        r"\rho_{i - j} - \sum_{t \in T:\; i + t - 1 \notin I} r_{t}\, r_{t + i - j}"
    )
    assert r"\rho_\delta = \sum_{t \in T} r_{t}\, r_{t + \delta}" in steps.align()
    assert (
        r"k = \left[\begin{matrix}1 & 2\end{matrix}\right]"
        in sc.derive_gram(sc.conv([1, 2], n)).align()
    )


def test_other_programs():
    i, j, x = sp.symbols("i j x")
    assert sc.to_mathematica(sc.conv([i, j], n)) == (
        "(* entry in row x and column y, counted from 0 *)\n"
        "Piecewise[{{i, x == y}, {j, x - y == -1}}, 0]"
    )
    assert sc.to_mathematica(sc.conv(sc.Kernel.symbolic("i", 1), n)) == (
        "(* entry in row x and column y, counted from 0 *)\nPiecewise[{{i[0], x == y}}, 0]"
    )
    assert sc.to_matlab(sc.conv([x, sp.I], n)) == (
        "% entry in row mu and column nu, counted from 0\n"
        "syms mu nu x\npiecewise(mu == nu, x, mu - nu == -1, 1i, 0)"
    )
    bank = sc.conv(sc.Kernel.symbolic("k", 1, in_channels=2), n)
    assert sc.to_matlab(bank) == (
        "% entry in row i and column (j_1, j_2), counted from 0, channels first\n"
        "syms i j_1 j_2 k_0_0_0 k_0_1_0\n"
        "piecewise(i == j_2 & j_1 == 0, k_0_0_0, i == j_2 & j_1 == 1, k_0_1_0, 0)"
    )


def test_the_last_resort():
    letters = Letters(["r", r"\rho", "r'", "S", r"\mathcal{S}"])
    assert (letters["r"], letters["S"], letters["r"]) == ("{r''}", "{S'}", "{r''}")
    every = free_letters(sp.symbols("i j x y mu nu"))
    assert (every.name("j"), every.name("i")) == ("j'", "i'")
