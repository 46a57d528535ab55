"""Derivations: every step holds, and a wrong one is caught."""

from dataclasses import replace

import pytest
import sympy as sp

import symconv as sc
from symconv.errors import GeometryError, ShapeError, SymconvError

n = sp.Symbol("n")
CASES = {
    "valid": ((3,), n, {}),
    "same": ((3,), n, {"padding": 1}),
    "strided and dilated": ((2,), 3 * n + 1, {"stride": 3, "dilation": 2, "padding": ((2, 1),)}),
    "uneven 2-D": ((2, 3), (2 * n, 5), {"stride": (2, 1), "padding": ((1, 0), (2, 1))}),
}


@pytest.mark.parametrize("side", ["rows", "columns"])
@pytest.mark.parametrize(("kernel", "size", "geometry"), CASES.values(), ids=CASES)
def test_every_step_holds_and_the_chain_ends_in_the_product(kernel, size, geometry, side):
    C = sc.conv(sc.Kernel.symbolic("k", kernel), size, **geometry)
    derivation = sc.derive_gram(C, side)
    assert [step.title for step in derivation] == [
        "definition",
        "substitution",
        "index relation",
        "change of variable",
        "autocorrelation",
        "boundary",
    ]
    assert derivation.check()


def test_a_wrong_step_is_caught():
    derivation = sc.derive_gram(sc.conv(sc.Kernel.symbolic("k", 3), 5, padding=1))
    wrong = replace(
        derivation[4], entry=lambda i, j: derivation[4].entry(i, j) + int(i == j == (4,))
    )
    assert not wrong.check()
    assert not replace(derivation, steps=(*derivation.steps[:4], wrong)).check()


def test_align_of_the_same_padding_case():
    C = sc.conv(sc.Kernel.symbolic("k", 3), n, padding=1)
    assert (
        sc.derive_gram(C).align()
        == r"""\begin{align*}
(C C^{\mathsf{T}})_{i,j} &= \sum_{q \in I} C_{i,q}\, C_{j,q} && \text{(definition)} \\
 &= \sum_{q \in I} k_{q - i + 1}\, k_{q - j + 1} && \text{(substitution)} \\
 &= \sum_{t \in T:\; q = i + t - 1 \in I} k_{t}\, k_{q - j + 1} && \text{(index relation)} \\
 &= \sum_{t \in T:\; i + t - 1 \in I} k_{t}\, k_{t + i - j} && \text{(change of variable)} \\
 &= r_{i - j} - \sum_{t \in T:\; i + t - 1 \notin I} k_{t}\, k_{t + i - j} && \text{(autocorrelation)} \\
 &= r_{i - j} - (P P^{\mathsf{T}})_{i,j} && \text{(boundary)} \\
&\text{with } I = \{0, \dots, n - 1\} \\
&\phantom{\text{with }} T = \{0, \dots, 2\} \\
&\phantom{\text{with }} r_\delta = \sum_{t \in T} k_{t}\, k_{t + \delta} \\
&\phantom{\text{with }} P \text{ the columns of } C \text{ at the padding pixels}
\end{align*}"""
    )


def test_without_padding_it_ends_in_the_toeplitz_form():
    derivation = sc.derive_gram(sc.conv(sc.Kernel.symbolic("k", 3), n))
    assert (
        derivation[-2].latex
        == r"r_{i - j} - \sum_{t \in T:\; i + t \notin I} k_{t}\, k_{t + i - j}"
    )
    assert derivation[-1].latex == "r_{i - j}"
    assert derivation.align().endswith(
        "\n" + r"&\phantom{\text{with }} P \text{ without a column: no window leaves the image}"
        "\n\\end{align*}"
    )
    strided = sc.derive_gram(sc.conv(sc.Kernel.symbolic("k", 2), 2 * n, stride=2))
    assert strided[-1].latex == "r_{2 (i - j)}"


def test_where_every_window_is_there_the_columns_end_in_the_toeplitz_form():
    full = sc.derive_gram(sc.conv(sc.Kernel.symbolic("k", 3), n, padding=2), "columns")
    assert full[-1].latex == "r_{i - j}"
    assert full.align().endswith(
        r"&\phantom{\text{with }} r_\delta = \sum_{t \in T} k_{t}\, k_{t + \delta} \\"
        "\n" + r"&\phantom{\text{with }} H \text{ without a row: no window outside } O "
        r"\text{ meets the image}" + "\n\\end{align*}"
    )
    assert full.check()
    strided = sc.conv(sc.Kernel.symbolic("k", 2), 2 * n, stride=2)
    assert sc.derive_gram(strided, "columns")[-1].latex == "G_{i,j}"


def test_faces():
    derivation = sc.derive_gram(sc.conv(sc.Kernel.symbolic("k", 2), 3), "columns")
    assert str(derivation).splitlines()[:4] == [
        "(Cᵀ C)[i,j]",
        "  = Σ[o ∈ O] C[o,i] C[o,j]",
        "      definition: An entry of the product adds up, over the output, column i of",
        "        C times column j.",
    ]
    assert str(derivation).endswith(
        "with\n  O = {0, 1}\n  T = {0, 1}\n  G with every window, inside or outside O\n"
        "  H the rows of the windows outside O"
    )
    assert str(derivation[0]).startswith("definition: Σ[o ∈ O] C[o,i] C[o,j]\n  An entry of")
    markdown = derivation._repr_markdown_()
    assert "2. **substitution.** An entry of $C$ is the tap that joins the two pixels" in markdown
    assert markdown.count(r"\displaystyle") == 6
    assert derivation._repr_latex_().startswith(
        "$$\n\\begin{aligned}\n(C^{\\mathsf{T}} C)_{i,j} &="
    )


def test_reasons_are_written_with_the_letters_of_the_equations():
    derivation = sc.derive_gram(sc.conv(sc.Kernel.symbolic("C", 3), sp.Symbol("i"), padding=1))
    assert derivation.lhs == r"(\mathcal{C} \mathcal{C}^{\mathsf{T}})_{x,y}"
    assert r"row $x$ of $\mathcal{C}$ times row $y$" in derivation[0].why_latex
    assert derivation[0].why.endswith("row x of C times row y.")


def test_what_cannot_be_derived():
    K = sc.Kernel.symbolic("k", 3)
    with pytest.raises(ShapeError, match="not a convolution"):
        sc.derive_gram(sc.conv(K, 5).T)
    with pytest.raises(ShapeError, match="input dilation"):
        sc.derive_gram(sc.conv(K, 5, input_dilation=2))
    with pytest.raises(GeometryError, match="only zero padding"):
        sc.derive_gram(sc.conv(K, 5, padding=1, padding_mode="circular"))
    with pytest.raises(SymconvError, match="'diagonal' is not one of rows, columns"):
        sc.derive_gram(sc.conv(K, 5), "diagonal")
