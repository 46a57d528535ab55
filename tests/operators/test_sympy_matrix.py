"""Operators inside SymPy's own matrix expressions."""

import copy
import pickle

import numpy as np
import pytest
import sympy as sp

import symconv as sc

K = sc.Kernel.symbolic("k", 2)
C = sc.conv(K, 3)
X = sp.sympify(C)
A = C.as_explicit()


def explicit(expr):
    return sp.Matrix(expr.as_explicit()).expand()


def test_expressions():
    assert X.shape == (2, 3)
    assert X[0, 1] == K[1]
    assert explicit(X * X.T) == (A * A.T).expand()
    assert explicit(2 * X + X) == 3 * A
    assert explicit(X.T * X) == explicit(sp.sympify(C.T @ C))
    assert X.T.T == X
    assert X.T.shape == (3, 2)


def test_with_other_matrices():
    M = sp.MatrixSymbol("M", 3, 2)
    assert (X * M)[0, 0].doit() == K[0] * M[0, 0] + K[1] * M[1, 0]
    assert explicit(X + sp.ones(2, 3)) == A + sp.ones(2, 3)
    assert sp.BlockMatrix([[X, X]]).as_explicit().shape == (2, 6)


def test_invariants():
    assert X.func(*X.args) == X
    assert sp.sympify(sc.conv(K, 3)) == X
    assert hash(X) == hash(sp.sympify(sc.conv(K, 3)))
    assert sp.sympify(sc.conv(K.flip(), 3)) != X
    assert X.free_symbols == K.free_symbols
    assert X.doit() == X
    assert str(X) == "Operator(2 x 3, (3,) -> (2,))"
    assert sp.latex(X) == sp.latex(C)


def test_substitution():
    assert X.subs(K[0], 5)[0, 0] == 5
    assert (X * X.T).xreplace({K[1]: sp.Integer(0)}).as_explicit()[0, 0] == K[0] ** 2
    assert X.xreplace({sp.Symbol("other"): sp.S.One}) == X


def test_symbolic_size():
    n = sp.Symbol("n")
    gram = sp.sympify(sc.conv(K, n) @ sc.conv(K, n).T)
    assert gram.shape == (n - 1, n - 1)


def test_scalars_on_either_side_give_operators():
    c = sp.Symbol("c")
    for scaled in (c * C, C * c, sp.Integer(3) * C, 3 * C, C * np.int64(3), C / 2):
        assert isinstance(scaled, sc.Operator)
    assert (c * C)[0, 0] == c * K[0]


def test_operators_travel():
    for copied in (copy.deepcopy(C), pickle.loads(pickle.dumps(C))):
        assert copied == C
        assert copied.as_explicit() == A


def test_products_with_symbols_of_matrices():
    M, N = sp.MatrixSymbol("M", 3, 4), sp.MatrixSymbol("N", 5, 2)
    assert (X * M).shape == (2, 4)
    assert (N * X).shape == (5, 3)
    assert (C * M, N * C) == (X * M, N * X)
    assert (N * X)[4, 1] == N[4, 0] * K[1] + N[4, 1] * K[0]
    assert X + X == 2 * X
    P = sp.MatrixSymbol("P", 2, 3)
    assert (X + P).subs(K[0], 7)[0, 0] == 7 + P[0, 0]


def test_trace_and_determinant_of_the_explicit_matrix():
    gram = sp.sympify(C @ C.T).as_explicit()
    k0, k1 = K.entries
    assert gram.trace() == 2 * (k0**2 + k1**2)
    assert sp.expand(gram.det()) == k0**4 + k0**2 * k1**2 + k1**4


def test_numpy_arrays_leave_the_product_to_sympy():
    image = np.array([1, 2, 3])
    assert list(C @ image) == [K[0] + 2 * K[1], 2 * K[0] + 3 * K[1]]
    assert list(C.T @ np.array([1, 0])) == [K[0], K[1], 0]
    with pytest.raises(TypeError, match="unsupported operand"):
        image @ C.T


def test_the_derivative_is_not_zero():
    derivative = X.diff(K[0])
    assert derivative != 0
    assert sp.Matrix(derivative.as_explicit()) == A.diff(K[0])


def test_has_and_replace_see_the_free_symbols():
    assert X.has(K[0])
    assert X.replace(K[0], sp.Integer(5))[0, 0] == 5


@pytest.mark.parametrize(
    "travel", [copy.copy, copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))]
)
def test_expressions_travel(travel):
    assert travel(X) == X
    assert travel(X * X.T).as_explicit() == (X * X.T).as_explicit()


@pytest.mark.parametrize(
    "operator",
    [
        C.T @ C - sc.identity(3),
        sp.Symbol("c") * sc.conv(K, 3, padding=1, padding_mode="reflect").T,
        sc.conv(K, sp.Symbol("n")) @ sc.conv(K, sp.Symbol("n")).T,
    ],
    ids=["gram", "scaled", "symbolic size"],
)
def test_products_travel(operator):
    copied = pickle.loads(pickle.dumps(operator))
    assert copied == operator
    assert (copied.rows, copied.cols) == (operator.rows, operator.cols)
    assert copied.free_symbols == operator.free_symbols
