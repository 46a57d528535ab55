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


# --- self-convolutions ---------------------------------------------------------------------------


def released(weight, stride, padding):
    """|conv(K, K) - T| in plain loops: the identity at the pixel floor(size/2) of every axis."""
    outs, ins, size, _ = weight.shape
    padded = np.zeros((outs, ins, size + 2 * padding, size + 2 * padding))
    padded[:, :, padding : padding + size, padding : padding + size] = weight
    pixels = 2 * padding // stride + 1
    total = 0.0
    for o, p, i, j in np.ndindex(outs, outs, pixels, pixels):
        at = padded[o, :, i * stride : i * stride + size, j * stride : j * stride + size]
        target = float(o == p and i == j == pixels // 2)
        total += ((at * weight[p]).sum() - target) ** 2
    return np.sqrt(total)


@pytest.mark.parametrize(("stride", "padding"), [(1, 1), (2, 1), (2, 2), (2, 3), (3, 1), (3, 2)])
def test_a_self_convolution_is_the_loop(stride, padding):
    K = sc.Kernel.symbolic("k", (3, 3), in_channels=2, out_channels=2)
    weight = np.random.default_rng(0).integers(-3, 4, (2, 2, 3, 3))
    squared = sc.SelfConvolution(padding, stride).squared(K)
    exact = squared.subs(dict(zip(K.entries, map(int, weight.ravel()), strict=True)))
    assert abs(float(exact) - released(weight, stride, padding) ** 2) < 1e-6


def strided(channels=1, inputs=1):
    K = sc.Kernel.symbolic("k", (3, 3), out_channels=channels, in_channels=inputs)
    return sc.conv(K, (2 * n, 2 * n), stride=2)


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_the_released_penalty_contradicts_itself_at_stride_2(channels):
    found = sc.check_regulariser("deconv_orth_dist", strided(channels, 2))
    assert found.misplaced == (1, 1)
    assert found.contradiction.holds
    assert found.contradiction.least == sp.sqrt(sp.Rational(channels, 2))
    assert (0, 0) not in found.tested
    assert (0, 0) in found.missed_lags
    assert found.right_padding == (2, 2)
    assert not found.is_exact


def test_a_wrong_certificate_is_seen():
    found = sc.check_regulariser("deconv_orth_dist", strided()).contradiction
    other = type(found)((1, -1), found.kernel, found.penalty)
    assert not other.holds


@pytest.mark.parametrize("channels", [1, 2, 5])
def test_its_least_value_is_reached_and_an_orthonormal_layer_pays_more(channels):
    """Two taps of √½, a diagonal apart, give half the identity at the lag (1, 1)."""
    half = np.zeros((channels, channels, 3, 3))
    half[:, :, 0, 0] = half[:, :, 1, 1] = np.sqrt(0.5) * np.eye(channels)
    assert abs(released(half, 2, 1) - np.sqrt(channels / 2)) < 1e-12
    middle = np.zeros((channels, channels, 3, 3), dtype=int)
    middle[:, :, 1, 1] = np.eye(channels)
    C = sc.conv(sc.Kernel.from_weight(middle.tolist()), (7, 7), stride=2)
    assert sc.identity((3, 3), channels=channels) == C @ C.T
    assert abs(released(middle, 2, 1) - np.sqrt(channels)) < 1e-12


def test_the_right_padding_is_exact_and_no_other_is():
    for k in (1, 2, 3, 4, 5):
        for s in (1, 2, 3):
            C = sc.conv(sc.Kernel.symbolic("k", k), s * (n + k), stride=s)
            exact = [
                p for p in range(k) if sc.check_regulariser(sc.SelfConvolution(p, s), C).is_exact
            ]
            right = (k - 1) // s * s
            assert exact[0] == right
            assert all(p // s == right // s and p % s == 0 for p in exact)


def test_named_penalties():
    K = sc.Kernel.symbolic("k", (3, 3))
    flat = sc.check_regulariser("orth_dist", sc.conv(K, (n, n)))
    assert flat.tested == ((0, 0),)
    assert len(flat.missed_lags) == 12
    plain = sc.check_regulariser("deconv_orth_dist", sc.conv(K, (n, n)))
    assert plain.misplaced is None
    assert len(plain.missed_lags) == 8
    patches = sc.conv(sc.Kernel.symbolic("k", (2, 2)), (2 * n, 2 * n), stride=2)
    assert sc.check_regulariser("orth_dist", patches).is_exact
    with pytest.raises(SymconvError, match="'dist' is not one of orth_dist, deconv_orth_dist"):
        sc.check_regulariser("dist", patches)
    with pytest.raises(SymconvError, match="padding=-1 is no number from 0 to 50"):
        sc.SelfConvolution(-1)


def test_the_contradiction_in_latex():
    found = sc.latex(sc.check_regulariser("deconv_orth_dist", strided(2)))
    assert r"\text{tested: } r_{-1,-1} = 0,\; r_{-1,1} = 0,\; r_{1,-1} = 0,\; r_{1,1} = I" in found
    assert (
        r"\text{misplaced: } r_{1,1} = I \text{ in place of } r_{0,0} = I, \text{ and } "
        r"r_{-1,-1} = r_{1,1}^{\mathsf{T}} \text{ contradicts it:}"
    ) in found
    assert (
        r"\lVert r_{1,1} - I \rVert^2 + \lVert r_{-1,-1} \rVert^2 = 1 + "
        r"2 \lVert r_{1,1} - \tfrac12 I \rVert^2 \geq 1"
    ) in found
