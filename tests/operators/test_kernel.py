"""Kernels: what goes in comes out exact."""

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

import symconv as sc
from symconv.operators.exact_input import parse_entry

a, b, sigma = sp.symbols("a b sigma")


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        ([1, 2, 3], [1, 2, 3]),
        (((1, 2), (3, 4)), [[1, 2], [3, 4]]),
        (sp.Matrix([[1, a], [b, 4]]), [[1, a], [b, 4]]),
        (sp.Array([[[1, 2]], [[3, a]]]), [[[1, 2]], [[3, a]]]),
        (np.arange(4, dtype=np.uint8).reshape(2, 2), [[0, 1], [2, 3]]),
        ([Fraction(1, 3), sp.Rational(2, 3)], [sp.Rational(1, 3), sp.Rational(2, 3)]),
        (
            ["0.1", "-2/3", "1e-2", " 7 "],
            [sp.Rational(1, 10), sp.Rational(-2, 3), sp.Rational(1, 100), 7],
        ),
        ([a, b, a], [a, b, a]),
        ([sp.exp(-1 / sigma), 1], [sp.exp(-1 / sigma), 1]),
    ],
)
def test_arrays(array, expected):
    kernel = sc.Kernel(array)
    assert kernel.tolist() == expected
    assert kernel.shape == kernel.size == np.shape(expected)
    assert all(isinstance(entry, sp.Expr) for entry in kernel.entries)


def test_symbolic_names():
    assert repr(sc.Kernel.symbolic("k", 2)) == "Kernel([k_{0}, k_{1}])"
    assert str(sc.Kernel.symbolic("k", 2)) == "[k₀  k₁]"
    wide = sc.Kernel.symbolic("w", (11, 12))
    assert (str(wide[10, 11]), sp.latex(wide[10, 11])) == ("w_{10,11}", "w_{10,11}")
    assert wide[1, 11] != wide[11 - 1, 1]
    assert len(wide.free_symbols) == 132
    assert wide[0, 0].is_real


def test_names_from_text_are_symbols():
    assert parse_entry("sigma") == sp.Symbol("sigma", real=True)
    assert parse_entry("lambda").name == "lambda"


def test_arange():
    assert sc.Kernel.arange((2, 3)).tolist() == [[1, 2, 3], [4, 5, 6]]
    assert sc.Kernel.arange(3) == sc.Kernel([1, 2, 3])


def test_flip_reverses_space_and_not_channels():
    assert sc.Kernel([[1, 2], [3, 4]]).flip() == sc.Kernel([[4, 3], [2, 1]])
    weight = sc.Kernel.from_weight([[[1, 2]], [[3, 4]]])
    assert weight.flip().tolist() == [[[2, 1]], [[4, 3]]]
    K = sc.Kernel.symbolic("k", (2, 3, 2))
    assert K.flip().flip() == K
    assert K.flip()[0, 0, 0] == K[1, 2, 1]


def test_equality_hash_and_immutability():
    K = sc.Kernel([a, 1])
    assert sc.Kernel([a, sp.Integer(1)]) == K
    assert hash(K) == hash(sc.Kernel([a, 1]))
    assert sc.Kernel([[a, 1]]) != K
    assert sc.Kernel.from_weight([[[a, 1]]]) == K
    with pytest.raises(AttributeError):
        K.size = (3,)


def test_subs_and_free_symbols():
    K = sc.Kernel([a, b, a * b])
    assert K.free_symbols == {a, b}
    assert K.subs({a: 2, b: Fraction(1, 2)}) == sc.Kernel([2, "1/2", 1])
    assert K.subs(a, b) == sc.Kernel([b, b, b**2])


def test_weights_and_groups():
    K = sc.Kernel.from_weight(np.arange(12).reshape(4, 1, 3), groups=2)
    assert (K.out_channels, K.in_channels, K.groups, K.size) == (4, 2, 2, (3,))
    channels = {(o, i) for o, i, _, _ in K.weights()}
    assert channels == {(0, 0), (1, 0), (2, 1), (3, 1)}
    assert [entry for *_, entry in K.weights()] == list(range(12))
    assert K.shape == (4, 1, 3)
    symbolic = sc.Kernel.symbolic("k", (3, 3), in_channels=2, out_channels=4, groups=2)
    assert symbolic.shape == (4, 1, 3, 3)
    assert str(symbolic[3, 0, 2, 1]) == "k_{3,0,2,1}"
    assert (
        repr(sc.Kernel.from_weight([[[1]], [[2]]], groups=1))
        == "Kernel.from_weight([[[1]], [[2]]])"
    )


def test_latex():
    assert sp.latex(sc.Kernel([1, a])) == r"\left[\begin{matrix}1 & a\end{matrix}\right]"
    assert sp.latex(sc.Kernel([[1], [a]])) == r"\left[\begin{matrix}1\\a\end{matrix}\right]"
    assert (
        sc.Kernel([1])._repr_latex_() == r"$\displaystyle \left[\begin{matrix}1\end{matrix}\right]$"
    )


def test_names_of_three_axes_and_of_channels():
    deep = sc.Kernel.symbolic("k", (2, 2, 12))
    assert [str(deep[i]) for i in [(0, 0, 0), (1, 0, 11)]] == ["k_{0,0,0}", "k_{1,0,11}"]
    assert sp.latex(sc.Kernel.symbolic("k", (11, 12))).count("k_{10,11}") == 1


def test_getitem_counts_from_the_end_and_takes_rows():
    K = sc.Kernel.arange((2, 3))
    assert (K[0, 0], K[1, 2], K[-1, -1]) == (1, 6, 6)
    assert K[1] == [4, 5, 6]


def test_groups_and_channels_are_part_of_equality():
    weight = np.arange(8).reshape(4, 1, 2)
    two, four = (sc.Kernel.from_weight(weight, groups=g) for g in (2, 4))
    assert two != four
    assert (two.in_channels, four.in_channels) == (2, 4)
    assert two.shape == four.shape == (4, 1, 2)
    assert {two: "two"}[sc.Kernel.from_weight(weight.tolist(), groups=2)] == "two"


def test_gaussian_in_sigma():
    s = sp.Symbol("sigma", positive=True)
    taps = [sp.exp(-sp.Rational(x * x, 2) / s**2) for x in (-1, 0, 1)]
    gauss = sc.Kernel(taps)
    assert gauss.tolist() == [sp.exp(-1 / (2 * s**2)), 1, sp.exp(-1 / (2 * s**2))]
    assert gauss.flip() == gauss
    assert gauss.free_symbols == {s}
    assert gauss.subs(s, sp.sqrt(2))[0] == sp.exp(sp.Rational(-1, 4))


def test_flip_is_signal_processings_convolution():
    signal, taps = [3, 1, 4, 1, 5], [2, 7, 1]
    full = sc.conv(sc.Kernel(taps).flip(), 5, padding="full") @ signal
    assert list(full) == np.convolve(signal, taps).tolist()


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int64, np.uint64, object])
def test_largest_integers_of_numpys_types(kind):
    largest = 10**30 if kind is object else np.iinfo(kind).max
    assert sc.Kernel(np.array([largest], dtype=kind)).entries == (int(largest),)


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ("0.1", "1/10"),
        ("1e-9", "1/1000000000"),
        ("-0.30", "-3/10"),
        ("4/6", "2/3"),
        ("2.5e3", 2500),
    ],
)
def test_text_is_exact(text, exact):
    assert sc.Kernel([text]).entries == (sp.Rational(exact),)
