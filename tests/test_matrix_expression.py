"""Operators inside SymPy's own matrix expressions."""

import copy
import pickle

import numpy as np
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
