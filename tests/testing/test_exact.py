"""The checkers that users import: each passes on what is right and fails on what is not."""

from dataclasses import replace
from fractions import Fraction

import hypothesis.strategies as st
import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from strategies import MODES, build, geometries, number

import symconv as sc
from symconv.errors import KernelError
from symconv.testing import assert_adjoint, assert_lowering, assert_same

K = sc.Kernel.symbolic("k", (2, 2))
C = sc.conv(K, (3, 3))


def wrong(operator):
    """The operator with its first term left out."""
    return replace(operator, terms=dict(list(operator.terms.items())[1:]))


@settings(max_examples=60, deadline=None)
@given(geometries())
def test_numpy_agrees_with_every_geometry(drawn):
    operator = number(drawn)
    assert_lowering(operator)
    assert_lowering(operator.T @ operator - 3 * sc.identity(operator.input_size))


@settings(max_examples=30, deadline=None)
@given(geometries(axes=st.just(1)))
def test_adjoints_in_every_geometry(drawn):
    assert_adjoint(build(drawn))


@pytest.mark.parametrize("mode", MODES)
def test_lowering_of_a_wrong_operator_is_caught(mode):
    operator = sc.conv(K, (3, 3), padding=1, padding_mode=mode)
    values = [[2, 3], [5, 7]]
    assert_lowering(operator, values)
    with pytest.raises(AssertionError, match=r"entry \[\d+, \d+\] differs"):
        assert_lowering(wrong(operator), values)
    with pytest.raises(AssertionError, match=r"entry \[\d+, \d+\] differs"):
        assert_lowering(wrong(operator @ operator.T), values)


def test_lowering_needs_exact_numbers_of_one_kernel():
    with pytest.raises(KernelError, match=r"value of k_\{0,0\} 0.5 is a float"):
        assert_lowering(C, [[0.5, 1], [2, 3]])


def test_lowering_with_scalars():
    c = sp.Symbol("c")
    values = dict(zip((*K.entries, c), (1, 2, 3, 4, 5), strict=True))
    assert_lowering(c * C @ C.T + C @ C.T, values)


def test_same_takes_operators_and_matrices():
    assert_same(C, sc.conv(K, (3, 3)))
    assert_same(C, C.as_explicit())
    assert_same(sc.conv([1, 2], 3), [[1, 2, 0], [0, 1, 2]])
    assert_same(np.array([[1, 2, 0], [0, 1, 2]]), sc.conv([1, 2], 3))
    n = sp.Symbol("n")
    assert_same(sc.conv(K, (n, n)).T, sc.conv_transpose(K, (n - 1, n - 1)))


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        (sc.conv([1, 2], 3), sc.conv([1, 3], 3), r"entry \[0, 1\] differs: 2 and 3"),
        (sc.conv([1, 2], 3), [[1, 2, 0], [0, 1, 9]], r"entry \[1, 2\] differs: 2 and 9"),
        (sc.conv([1, 2], 3), [[1, 2, 0]], r"different shapes: \(2, 3\) and \(1, 3\)"),
        (sc.conv([1, 2], 3), sc.conv([1, 2], 4), "different sizes"),
        ([[0, 5]], [[0, 0]], r"entry \[0, 1\] differs: 5 and 0"),
        (sc.conv([1, 2], sp.Symbol("n")), sc.conv([1, 3], sp.Symbol("n")), "differ for large"),
    ],
)
def test_same_names_the_first_difference(a, b, words):
    with pytest.raises(AssertionError, match=words):
        assert_same(a, b)


def test_a_wrong_adjoint_is_caught():
    assert_adjoint(C, sc.conv_transpose(K, (2, 2)))
    with pytest.raises(AssertionError, match=r"<C x, y> - <x, C\^T y> = "):
        assert_adjoint(C, sc.conv_transpose(K.flip(), (2, 2)))


@pytest.mark.parametrize("mode", MODES)
def test_same_and_adjoint_in_every_mode(mode):
    right = sc.conv(K, (3, 3), padding=1, padding_mode=mode)
    assert_adjoint(right)
    assert_same(right.T, right.as_explicit().T)
    with pytest.raises(AssertionError, match=r"entry \[\d+, \d+\] differs"):
        assert_same(right, wrong(right))
    with pytest.raises(AssertionError, match=r"<C x, y> - <x, C\^T y> = "):
        assert_adjoint(right, wrong(right).T)


def test_adjoint_does_not_mix_up_the_kernels_symbols_with_the_images():
    """x1*x0*y0 would stand on both sides if the image had pixels of the same names."""
    x0, x1 = sp.symbols("x0 x1")
    with pytest.raises(AssertionError):
        assert_adjoint(sc.conv([x1, 0], 2), sc.conv([0, x0], 2).T)


def test_lowering_sees_a_wrong_identity():
    """The two sides must not both come from the operator that is checked."""
    with pytest.raises(AssertionError):
        assert_lowering(wrong(sc.identity(3)))


def test_lowering_of_irrational_kernels():
    root = sc.conv([sp.sqrt(2), 1], 4)
    assert_lowering(root @ root.T)


@pytest.mark.parametrize("number", [Fraction(1, 2), sp.Rational(1, 2), 2**70], ids=str)
def test_lowering_takes_exact_numbers_in_mappings_and_lists(number):
    assert_lowering(C @ C.T, dict(zip(K.entries, (number, 1, 2, 3), strict=True)))
    assert_lowering(C @ C.T, [[number, 1], [2, 3]])


def test_same_judges_operators_and_lists_alike():
    a = sp.Symbol("a")
    one = sc.conv([sp.sin(a) ** 2 + sp.cos(a) ** 2], 1)
    assert_same(one, sc.conv([1], 1))
    assert_same(one, [[1]])
