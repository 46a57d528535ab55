"""Penalties: what they test, miss and wrongly impose."""

import numpy as np
import pytest
import sympy as sp
from scipy.signal import correlate

import symconv as sc
from symconv.errors import SymconvError

n = sp.Symbol("n")


def penalty(padding, stride=1):
    """The usual code: convolve the weight with itself at a padding and subtract the identity."""

    def value(weight):
        total = 0.0
        for o, one in enumerate(weight):
            for p, other in enumerate(weight):
                full = sum(correlate(a, b) for a, b in zip(one, other, strict=True))
                centre = [s - 1 for s in one.shape[1:]]
                reach = padding // stride * stride
                kept = full[tuple(slice(c - reach, c + reach + 1, stride) for c in centre)].copy()
                if o == p:
                    kept[tuple(s // 2 for s in kept.shape)] -= 1
                total += (kept**2).sum()
        return total

    return value


def lags(*pairs):
    return set(pairs)


def test_padding_1_misses_lag_2():
    K = sc.Kernel.symbolic("k", 3)
    found = sc.check_regulariser(penalty(1), sc.conv(K, n))
    assert found.tested == ((-1,), (0,), (1,))
    assert found.missed == (K[0] * K[2],)
    assert found.missed_lags == ((2,),)
    assert not found.imposed
    assert not found.is_exact


def test_padding_1_on_3x3_misses_eight_of_thirteen():
    found = sc.check_regulariser(penalty(1), sc.conv(sc.Kernel.symbolic("k", (3, 3)), (n, n)))
    assert len(found.missed) == 8
    assert all(max(map(abs, lag)) == 2 for lag in found.missed_lags)
    assert len(found.missed_lags) == 8


def test_a_kernel_that_slips_through():
    """What is missed is real: the penalty is zero and the layer is not orthogonal."""
    a = sp.sqrt(sp.Rational(1, 2))
    weight = np.array([[[float(a), 0, float(a)]]])
    assert penalty(1)(weight) < 1e-12
    C = sc.conv(sc.Kernel([a, 0, a]), n)
    assert sc.identity(n - 2) != C @ C.T
    assert penalty(2)(weight) > 0.4


def test_stride_2():
    C = sc.conv(sc.Kernel.symbolic("k", (3, 3)), (2 * n, 2 * n), stride=2)
    found = sc.check_regulariser(penalty(1), C)
    assert set(found.missed_lags) == {(0, 2), (2, 0), (2, -2), (2, 2)}
    assert set(found.imposed) == {(0, 1), (1, 0), (1, -1), (1, 1)}
    assert sc.check_regulariser(penalty(2, stride=2), C).is_exact
    assert "exactly what the layer needs" in str(sc.check_regulariser(penalty(2, stride=2), C))


def test_full_padding_is_exact():
    K = sc.Kernel.symbolic("k", (3, 3), in_channels=2, out_channels=2)
    assert sc.check_regulariser(penalty(2), sc.conv(K, (n, n))).is_exact


def test_same_padding_needs_more_than_any_lags():
    found = sc.check_regulariser(penalty(2), sc.conv(sc.Kernel.symbolic("k", 3), n, padding=1))
    assert not found.imposed
    assert len(found.missed) == 2
    assert found.missed_lags == ()


def test_lags_and_roots_and_weights():
    C = sc.conv(sc.Kernel.symbolic("k", 3), n)
    assert sc.check_regulariser([0, 1], C).missed_lags == ((2,),)
    assert sc.check_regulariser(lambda w: np.sqrt(penalty(2)(w)), C).is_exact
    assert sc.check_regulariser(lambda w: 3 * penalty(2)(w) + penalty(1)(w), C).is_exact


def test_messages():
    C = sc.conv(sc.Kernel.symbolic("k", 3), n)
    with pytest.raises(SymconvError, match="no weighted sum"):
        sc.check_regulariser(lambda w: (w**2).sum(), C)
    with pytest.raises(SymconvError, match="give one of different symbols"):
        sc.check_regulariser([0], sc.conv([1, 2], n))
    with pytest.raises(SymconvError, match=r"lag \(0, 1\) has 2 numbers"):
        sc.check_regulariser([(0, 1)], C)


def test_columns_of_a_square_layer_are_rows():
    mix = sc.conv(sc.Kernel.symbolic("k", 1, in_channels=2, out_channels=2), n)
    assert sc.check_regulariser([0], mix, "columns").is_exact
    with pytest.raises(SymconvError, match="for a square C alone"):
        sc.check_regulariser([0], sc.conv(sc.Kernel.symbolic("k", 2), n), "columns")


def test_small_functions_are_looked_at_too():
    C = sc.conv(sc.Kernel.symbolic("k", 3), n)
    for wrong in (lambda w: 1e-10 * np.abs(w).sum(), lambda w: 0.0):
        with pytest.raises(SymconvError, match="no weighted sum"):
            sc.check_regulariser(wrong, C)
    assert sc.check_regulariser(lambda w: 1e-10 * penalty(2)(w), C).is_exact
