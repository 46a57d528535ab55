"""Explanations: what they say, and that what they say is so."""

import numpy as np
import pytest
import sympy as sp

import symconv as sc

n = sp.Symbol("n")

PAGE = """\
C is a matrix of 4 × 16 entries: it takes an image of 4×4 pixels to one of 2×2 pixels, and its transpose Cᵀ goes back.

C·Cᵀ is not the identity.
Its entry (0, 0) is 285, not 1: the squares of the kernel's entries, summed.
Its entry (0, 1) is 186, not 0: the kernel times its copy moved by (0, 1) pixels, summed.
With another kernel of this size it is the identity exactly if 5 equations hold:
  k₀₀² + k₀₁² + k₀₂² + k₁₀² + k₁₁² + k₁₂² + k₂₀² + k₂₁² + k₂₂² = 1
  k₀₀k₀₁ + k₀₁k₀₂ + k₁₀k₁₁ + k₁₁k₁₂ + k₂₀k₂₁ + k₂₁k₂₂ = 0
  k₀₀k₁₀ + k₀₁k₁₁ + k₀₂k₁₂ + k₁₀k₂₀ + k₁₁k₂₁ + k₁₂k₂₂ = 0
  k₀₀k₁₁ + k₀₁k₁₂ + k₁₀k₂₁ + k₁₁k₂₂ = 0
  k₀₁k₁₀ + k₀₂k₁₁ + k₁₁k₂₀ + k₁₂k₂₁ = 0
Of the multiples of the identity the nearest is 285 times; what is left, squared and summed, is 273392.

Cᵀ·C is not the identity, whatever the kernel: it squeezes 16 pixels through 4, so its rank is at most 4 (it is 4), and that of the identity is 16.
Its entry (1, 1) is 5, not 1.
Its entry (0, 1) is 2, not 0.
Of the multiples of the identity the nearest is 285/4 times; what is left, squared and summed, is 517067.

C has no inverse, since it is not square; its rank is 4.
What undoes it is the pseudo-inverse C⁺ = Cᵀ (C Cᵀ)⁻¹, by elimination.
From the transpose it is away by 27189316720/24018093, squared and summed."""


def test_the_source_page():
    assert str(sc.explain(sc.conv(sc.Kernel.arange((3, 3)), (4, 4)))) == PAGE


GEOMETRIES = [
    {"stride": 1},
    {"stride": 2, "padding": 1},
    {"stride": 1, "padding": 2},
    {"stride": 3, "dilation": 2, "padding": 1},
    {"padding": 1, "padding_mode": "circular"},
    {"padding": 1, "padding_mode": "reflect"},
]


@pytest.mark.parametrize("arguments", GEOMETRIES, ids=str)
@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("numeric", [False, True])
def test_the_numbers_are_numpys(arguments, transposed, numeric):
    numbers = np.array([3, -1, 2])
    kernel = sc.Kernel(numbers) if numeric else sc.Kernel.symbolic("k", 3)
    C = sc.conv(kernel, 8, **arguments)
    C = C.T if transposed else C
    point = dict(zip(kernel.entries, numbers.tolist(), strict=True))
    A = sc.to_numpy(C, None if numeric else point)
    report = sc.explain(C)
    for part, gram in ((report.rows, A @ A.T), (report.columns, A.T @ A)):
        unit = np.eye(len(gram), dtype=int)
        size = len(gram)

        def number(expr):
            return sp.sympify(expr).subs(point)

        assert number(part.distance) == ((gram - unit) ** 2).sum()
        best = sp.Rational(int(np.trace(gram)), size)
        assert number(part.best_scale) == best
        assert number(part.best_distance) == sum((sp.Integer(int(g)) - best * int(u)) ** 2
                                                 for g, u in zip(gram.ravel(), unit.ravel(), strict=True))  # fmt: skip
        assert part.rank == np.linalg.matrix_rank(A)
        assert (part.obstruction is not None) is (size > min(A.shape))
        for entry in (part.diagonal, part.off_diagonal):
            if entry is not None:
                assert number(entry.value) == gram[entry.row, entry.col]
                assert entry.wanted == int(entry.row == entry.col)
                assert entry.value != entry.wanted
        if numeric:
            wrong = np.argwhere((gram != unit) & (unit == 0))
            assert (part.off_diagonal is None) is (len(wrong) == 0)
            if len(wrong):
                assert (part.off_diagonal.row, part.off_diagonal.col) == tuple(wrong[0])


def test_any_size():
    report = sc.explain(sc.conv(sc.Kernel.symbolic("k", 3), n))
    k0, k1, k2 = sc.Kernel.symbolic("k", 3).entries
    assert report.rows.off_diagonal.value == k0 * k1 + k1 * k2
    assert "it squeezes n pixels through n - 2" in str(report)
    assert "(n - 2) × n entries" in str(report)
    assert report.columns.rank is None
    assert sp.expand(report.columns.best_scale * n - (n - 2) * (k0**2 + k1**2 + k2**2)) == 0


def test_when_it_is_the_inverse():
    report = sc.explain(sc.conv([0, 1, 0], 5, padding=1))
    assert report.is_inverse
    assert str(report).endswith("C·Cᵀ is the identity, exactly.\n\nCᵀ·C is the identity, exactly.")
    pool = sc.explain(sc.avg_pool(4, 2))
    assert "It is 1/2 times the identity." in str(pool)
    assert not pool.is_inverse


def test_latex():
    assert sp.latex(sc.explain(sc.conv([1, 2], 3))) == (
        r"\begin{aligned}(C C^{\mathsf{T}})_{0,0} &= 5 \neq 1 \\ (C C^{\mathsf{T}})_{0,1} &= 2 \neq 0 \\ "
        r"\operatorname{rank} C^{\mathsf{T}} C &\leq 2 < 3 \\ (C^{\mathsf{T}} C)_{1,1} &= 5 \neq 1 \\ "
        r"(C^{\mathsf{T}} C)_{0,1} &= 2 \neq 0\end{aligned}"
    )


def test_a_diagonal_with_gaps_is_no_multiple_of_the_identity():
    for C in (sc.conv([1], 4, stride=2).T, sc.conv([0, 1], 3, padding=1)):
        assert "times the identity." not in str(sc.explain(C)).split("\n\n")[1]
    assert "It is 9 times the identity." in str(sc.explain(sc.conv([3], 4)))


def test_no_kernel_reaches_windows_on_the_padding():
    text = str(sc.explain(sc.conv(sc.Kernel.symbolic("k", 2), 6, stride=4, padding=3)))
    assert "C·Cᵀ is not the identity, whatever the kernel." in text
    assert "0 = 1" not in text


def test_what_undoes_it():
    n = sp.Symbol("n")
    pool = str(sc.explain(sc.avg_pool(2 * n, 2))).split("\n\n")[-1]
    assert pool == (
        "C has no inverse, since it is not square; its rank is n.\n"
        "It is the transpose, times 2: the pseudo-inverse C⁺ needs nothing else."
    )
    page = sc.explain(sc.conv(sc.Kernel.arange((3, 3)), (4, 4)))
    A = page.operator.as_explicit()
    plus = A.T * (A * A.T).inv()
    assert page.undoing.distance == sum(e**2 for e in plus - A.T)
    assert str(page).split("\n\n")[-1] == (
        "C has no inverse, since it is not square; its rank is 4.\n"
        "What undoes it is the pseudo-inverse C⁺ = Cᵀ (C Cᵀ)⁻¹, by elimination.\n"
        f"From the transpose it is away by {page.undoing.distance}, squared and summed."
    )
    square = str(sc.explain(sc.conv([1, 3, 1], n, padding=1))).split("\n\n")[-1]
    assert square.startswith("C has an inverse.\nWhat undoes it is the inverse, by one over the")
    at_some = str(sc.explain(sc.conv([1, 1, 1], n, padding=1))).split("\n\n")[-1]
    assert at_some.startswith("C has an inverse, if the determinant is not zero.")
    lost = str(sc.explain(sc.conv([1, -1], 6, padding=((0, 1),), padding_mode="circular")))
    assert "C has no inverse: its rank is 5." in lost


@pytest.mark.parametrize(
    ("C", "sentence"),
    [
        (
            sc.conv([1, 3, 1], n),
            (
                "Undoing it is safe for every size of the image: the condition number stays at most 5, "
                "since Σ kₜzᵗ has no root on the unit circle."
            ),
        ),
        (
            sc.conv([1, 2, 1], 9).T,
            (
                "Undoing it amplifies noise more and more as the image grows: the condition number "
                "grows like n² for n pixels, since Σ kₜzᵗ has a root of multiplicity 2 on the unit "
                "circle, a frequency that C removes."
            ),
        ),
        (
            sc.conv([2, 1], n, padding=((1, 0),)),
            (
                "Undoing it is hopeless for large images: the condition number grows at least like 2ⁿ "
                "for n pixels, since of the roots of Σ kₜzᵗ 0 lie inside the unit circle and 0 on it, "
                "and the padding in front asks for 1 inside."
            ),
        ),
        (
            sc.conv([[1, 3, 1], [2, 6, 2], [1, 3, 1]], (6, 7)),
            (
                "Undoing it amplifies noise more and more as the image grows. The kernel is separable, "
                "so that the condition number is the product of the axes': on axis 1 it grows like n² "
                "for n pixels, on axis 2 it stays at most 5."
            ),
        ),
    ],
)
def test_whether_undoing_is_safe(C, sentence):
    assert str(sc.explain(C)).split("\n")[-1] == sentence


def test_a_separable_condition_number_is_the_product():
    C = sc.conv([[1, 3, 1], [2, 7, 2]], (6, 7))
    D = sc.conv([[2, 6, 2], [-1, -3, -1]], (6, 7))
    assert sc.explain(C).undoing.conditioning == ()  # not separable
    first, second = (v.bound for v in sc.explain(D).undoing.conditioning)
    assert (first, second) == (3, 5)
    axes = [sc.conv([2, -1], 6), sc.conv([1, 3, 1], 7)]
    whole, *parts = (np.linalg.cond(sc.to_numpy(A).astype(float)) for A in (D, *axes))
    assert abs(whole / (parts[0] * parts[1]) - 1) < 1e-12
    assert parts[0] < 3
    assert parts[1] < 5


@pytest.mark.parametrize(
    "C",
    [
        sc.conv(sc.Kernel.symbolic("k", 2), n),
        sc.conv([1, 2, 3, 4], n, padding=1),
        sc.conv([1, 2], 2 * n, stride=2),
        sc.conv(list(range(1, 19)), 40),
        sc.conv([0, 1], 5, padding=((0, 1),)),
    ],
)
def test_what_is_not_decided_is_not_said(C):
    assert "Undoing it" not in str(sc.explain(C))


def test_a_notebook_reads_three_sentences_and_unfolds_the_rest():
    report = sc.explain(sc.conv([1, 2, 3], 5))
    short, rest = report._repr_markdown_().split("\n\n<details>")
    assert short == (
        r"$C$ takes an image of 5 pixels to one of 3 pixels: it is a matrix of $3 \times 5$ entries. "
        r"$C C^{\mathsf{T}} \neq I$: its entry $(0, 0)$ is $14$. "
        r"$C^{\mathsf{T}} C \neq I$ whatever the kernel, since "
        r"$\operatorname{rank} C^{\mathsf{T}} C \leq 3 < 5$."
    )
    assert rest.endswith("</details>")
    assert all(line in rest.replace("  \n", "\n") for line in str(report).split("\n"))


def test_the_short_sentences_keep_conditions_and_free_letters():
    n, c = sp.symbols("n C")
    text = sc.explain(sc.conv([c, 0, 1], n))._repr_markdown_().split("<details>")[0]
    assert "$C$ takes" not in text
    assert "exactly where 2 equations hold, such as $C^{2} = 0$" in text
    assert "exactly." in sc.explain(sc.conv([0, 1, 0], n, padding=1))._repr_markdown_()
    assert r"\left(n - 2\right) \times n" in text
