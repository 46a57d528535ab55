"""SymPy's names for questions: they call the functions, and agree with SymPy's own answers."""

import pickle

import pytest
import sympy as sp

import symconv as sc

n = sp.Symbol("n")
C = sc.conv([1, 5, 2], n, padding=1)
A = C.at({n: 4})


def test_they_agree_with_sympy():
    M = A.as_explicit()
    assert A.det().expr == M.det()
    assert A.trace() == M.trace() == 20
    assert int(A.rank()) == M.rank()
    assert A.inv().as_explicit() == M.inv()
    assert A.pinv().as_explicit() == M.inv()
    assert (A**3).as_explicit() == M**3
    assert (A**-2).as_explicit() == M**-2
    P = sc.conv([1, 2], 3)
    assert P.nullspace().basis == tuple(P.as_explicit().nullspace()) or P.nullspace().dimension == 1
    assert P.columnspace().dimension == 2
    K = sc.conv([1, sp.I, 2 - sp.I], 5)
    assert K.H.as_explicit() == K.as_explicit().H
    assert A.H is A.T


def test_at_every_size():
    assert C.det().at({n: 4}) == A.det().expr
    assert C.trace() == 5 * n
    assert (C @ C.T).trace() == 30 * n - 5
    assert (C**2).trace().subs(n, 4) == (A**2).trace() == (A.as_explicit() ** 2).trace()
    circular = sc.conv([1, 5, 2], n, padding=1, padding_mode="circular")
    assert (circular**3).at({n: 6}).trace() == (circular**3).trace().subs(n, 6)
    stretched = sc.upsample_nearest(3, 2) @ sc.crop(6, ((1, 2),))
    assert stretched.trace() == stretched.as_explicit().trace()
    assert pickle.loads(pickle.dumps(C**2)) == C @ C


def test_what_has_no_answer():
    for ask in (lambda: sc.conv([1, 2], n) ** 2, sc.conv([1, 2], n).trace):
        with pytest.raises(sc.SymconvError, match="not square"):
            ask()
    with pytest.raises(sc.SymconvError, match="identity"):
        A**0
    with pytest.raises(sc.SymconvError, match="integer"):
        A**0.5
