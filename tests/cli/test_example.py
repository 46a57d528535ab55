"""The source page's example, to the letter."""

import pytest
import sympy as sp

import symconv as sc
from symconv.testing import assert_same


def table(text):
    return [[int(word) for word in line.split()] for line in text.strip().splitlines()]


PAGE_A = table("""
    1 2 3 0 4 5 6 0 7 8 9 0 0 0 0 0
    0 1 2 3 0 4 5 6 0 7 8 9 0 0 0 0
    0 0 0 0 1 2 3 0 4 5 6 0 7 8 9 0
    0 0 0 0 0 1 2 3 0 4 5 6 0 7 8 9
""")
PAGE_B = table("""
    1 0 0 0
    2 1 0 0
    3 2 0 0
    0 3 0 0
    4 0 1 0
    5 4 2 1
    6 5 3 2
    0 6 0 3
    7 0 4 0
    8 7 5 4
    9 8 6 5
    0 9 0 6
    0 0 7 0
    0 0 8 7
    0 0 9 8
    0 0 0 9
""")
PAGE_AB = table("""
    285 186 154 94
    186 285 106 154
    154 106 285 186
    94 154 186 285
""")
# The page prints the first three rows, dots, and the last three.
PAGE_BA_TOP = table("""
    1 2 3 0 4 5 6 0 7 8 9 0 0 0 0 0
    2 5 8 3 8 14 17 6 14 23 26 9 0 0 0 0
    3 8 13 6 12 23 28 12 21 38 43 18 0 0 0 0
""")
PAGE_BA_BOTTOM = table("""
    0 0 0 0 8 23 38 21 32 68 83 42 56 113 128 63
    0 0 0 0 9 26 43 24 36 77 94 48 63 128 145 72
    0 0 0 0 0 9 18 27 0 36 45 54 0 63 72 81
""")

A = sc.conv(sc.Kernel.arange((3, 3)), (4, 4))
B = A.T
K = sc.Kernel.symbolic("k", (3, 3))
SYMBOLIC = sc.conv(K, (4, 4))
NUMBERS = dict(zip(K.entries, range(1, 10), strict=True))


def letters(rows):
    """The page's matrix with k_{i,j} where it has 1 to 9."""
    names = [f"k_{{{i},{j}}}" for i in range(3) for j in range(3)]
    symbols = [sp.S.Zero, *(sp.Symbol(name, real=True) for name in names)]
    return [[symbols[number] for number in row] for row in rows]


@pytest.mark.parametrize(
    ("operator", "shape", "rows"),
    [(A, (4, 16), PAGE_A), (B, (16, 4), PAGE_B), (A @ B, (4, 4), PAGE_AB)],
    ids=["A", "B", "AB"],
)
def test_matrices_of_numbers(operator, shape, rows):
    assert operator.shape == shape
    assert operator.as_explicit().tolist() == rows
    assert sc.to_numpy(operator).tolist() == rows


def test_the_printed_rows_of_ba():
    rows = (B @ A).as_explicit().tolist()
    assert len(rows) == 16
    assert rows[:3] == PAGE_BA_TOP
    assert rows[-3:] == PAGE_BA_BOTTOM


def test_matrices_of_symbols():
    assert SYMBOLIC.as_explicit().tolist() == letters(PAGE_A)
    assert SYMBOLIC.T.as_explicit().tolist() == letters(PAGE_B)


def test_the_symbolic_products_at_the_pages_numbers():
    assert (SYMBOLIC @ SYMBOLIC.T).subs(NUMBERS).as_explicit().tolist() == PAGE_AB
    gram = (SYMBOLIC.T @ SYMBOLIC).as_explicit().subs(NUMBERS).tolist()
    assert gram[:3] + gram[-3:] == PAGE_BA_TOP + PAGE_BA_BOTTOM
    assert (SYMBOLIC @ SYMBOLIC.T)[0, 0] == sum(k**2 for k in K.entries)


def test_the_transposed_convolution_is_the_transpose():
    assert_same(sc.conv_transpose(sc.Kernel.arange((3, 3)), (2, 2)), B)
    assert (B.input_size, B.output_size) == ((2, 2), (4, 4))


def test_neither_is_the_inverse_of_the_other():
    assert sc.identity((2, 2)) != A @ B
    assert sc.identity((4, 4)) != B @ A
    with pytest.raises(AssertionError, match=r"entry \[0, 0\] differs: 285 and 1"):
        assert_same(A @ B, sc.identity((2, 2)))
    with pytest.raises(AssertionError, match=r"entry \[0, 1\] differs: 2 and 0"):
        assert_same(B @ A, sc.identity((4, 4)))


def test_elided_latex_has_the_pages_shape():
    dots = [r"\vdots"] * 16
    lines = [" & ".join(map(str, row)) for row in [*PAGE_BA_TOP, dots, *PAGE_BA_BOTTOM]]
    columns = "c" * 16
    expected = rf"\left[\begin{{array}}{{{columns}}}" + r"\\".join(lines) + r"\end{array}\right]"
    assert sc.latex(B @ A, "elided") == rf"\underbrace{{{expected}}}_{{16 \times 16}}"
