"""Interpolation and adaptive means against PyTorch, plain loops and their own definitions."""

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

import symconv as sc

torch = pytest.importorskip("torch")
F = torch.nn.functional

SIZES = [(n, m) for n in (1, 2, 3, 5, 8) for m in (1, 2, 3, 4, 7, 9)]


def matrix(function, n):
    """A function of images (batch, channels, pixels), measured with unit images."""
    unit = torch.eye(n, dtype=torch.float64).reshape(n, 1, n)
    return function(unit).reshape(n, -1).T.numpy()


def close(operator, wanted):
    found = sc.to_numpy(operator).astype(float)
    return found.shape == wanted.shape and np.allclose(found, wanted, rtol=1e-12, atol=1e-12)


MODES = {
    "linear": ({}, {"mode": "linear"}),
    "corners": ({"coordinates": "align_corners"}, {"mode": "linear", "align_corners": True}),
    "area": ({"mode": "area"}, {"mode": "area"}),
    "nearest": (
        {"mode": "nearest", "coordinates": "asymmetric", "rounding": "floor"}, {"mode": "nearest"},
    ),
    "nearest-exact": (
        {"mode": "nearest", "rounding": "round_prefer_ceil"}, {"mode": "nearest-exact"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("n", "m"), SIZES)
def test_modes(mode, n, m):
    ours, theirs = MODES[mode]
    assert close(sc.interpolate(n, m, **ours), matrix(lambda x: F.interpolate(x, m, **theirs), n))


@pytest.mark.parametrize("antialias", [False, True])
@pytest.mark.parametrize(("n", "m"), SIZES)
def test_cubic(n, m, antialias):
    """On two axes, of which the other has two pixels and keeps them."""
    unit = torch.eye(2 * n, dtype=torch.float64).reshape(2 * n, 1, n, 2)
    wanted = F.interpolate(unit, (m, 2), mode="bicubic", antialias=antialias)
    a = sp.Rational(-1, 2) if antialias else sp.Rational(-3, 4)
    found = sc.interpolate((n, 2), (m, 2), mode="cubic", cubic=a, antialias=antialias)
    assert close(found, wanted.reshape(2 * n, -1).T.numpy())


def test_weights_are_exact_and_add_up_to_one():
    for mode in ("linear", "cubic", "area"):
        C = sc.interpolate(5, 7, mode=mode)
        assert [sum(C.as_explicit().row(i)) for i in range(7)] == [1] * 7
    assert sc.interpolate(4, 3)[0, 0] == sp.Rational(5, 6)


def test_linear_interpolation_by_whole_factors_is_upsample_linear():
    assert sc.interpolate((3, 4), (6, 12)) == sc.upsample_linear((3, 4), (2, 3))
    nearest = sc.interpolate((3, 4), (6, 12), mode="nearest")
    assert nearest == sc.upsample_nearest((3, 4), (2, 3))


@pytest.mark.parametrize(("n", "m"), SIZES)
def test_adaptive_means(n, m):
    wanted = np.zeros((m, n))
    for o in range(m):
        first, last = (o * n) // m, -((-(o + 1) * n) // m)
        wanted[o, first:last] = 1 / (last - first)
    assert close(sc.adaptive_avg_pool(n, m), wanted)
    assert close(sc.adaptive_avg_pool(n, m), matrix(lambda x: F.adaptive_avg_pool1d(x, m), n))


@pytest.mark.parametrize("ceil_mode", [False, True])
@pytest.mark.parametrize("counted", [False, True])
@pytest.mark.parametrize(("k", "s", "p"), [(2, 2, 0), (2, 3, 1), (3, 2, 1), (4, 3, 2), (3, 4, 0)])
def test_means_with_ceil_mode(k, s, p, counted, ceil_mode):
    """For numbers, and for n = r + s*m as one formula."""
    m = sp.Symbol("m")
    for n in range(max(k - 2 * p, 1), 12):
        theirs = matrix(lambda x: F.avg_pool1d(x, k, s, p, ceil_mode, counted), n)
        given = {"stride": s, "padding": p, "ceil_mode": ceil_mode, "count_include_pad": counted}
        assert close(sc.avg_pool(n, k, **given), theirs)
        if n >= k:
            formula = sc.avg_pool(n % s + s * m, k, **given)
            assert formula.at({m: n // s}) == sc.avg_pool(n, k, **given)


def test_divisor():
    assert sc.avg_pool(4, 2, stride=1, divisor=4) == sc.sum_pool(4, 2, stride=1) / 4
    with pytest.raises(sc.SymconvError, match="divisor"):
        sc.avg_pool(4, 2, divisor=0)


def test_shuffles():
    x = np.arange(8 * 4 * 4).reshape(8, 4, 4)
    y = torch.from_numpy(x)[None]
    pairs = [
        (sc.pixel_shuffle((4, 4), 2, channels=2), F.pixel_shuffle(y, 2)),
        (sc.pixel_unshuffle((4, 4), 2, channels=8), F.pixel_unshuffle(y, 2)),
        (sc.channel_shuffle((4, 4), 4, channels=8), torch.nn.ChannelShuffle(4)(y)),
    ]
    for operator, wanted in pairs:
        assert (sc.to_numpy(operator) @ x.ravel() == wanted.numpy().ravel()).all()
    m = sp.Symbol("m")
    assert sc.pixel_unshuffle(2 * m, 2).at({m: 3}) == sc.pixel_unshuffle(6, 2)


REFUSED = {
    "a symbol": (lambda: sc.interpolate(sp.Symbol("n"), 3), "as a number"),
    "no pixel": (lambda: sc.interpolate(3, 0), "1 to"),
    "axes": (lambda: sc.interpolate((3, 3), (2, 2, 2)), "2 axes"),
    "a mode": (lambda: sc.interpolate(3, 3, mode="lanczos"), "lanczos"),
    "scales": (lambda: sc.interpolate(3, 3, scales=-1), "positive"),
    "blocks": (lambda: sc.pixel_unshuffle(3, 2), "blocks of 2"),
    "groups": (lambda: sc.channel_shuffle(3, 2, channels=3), "2 groups"),
    "a divisor": (lambda: sc.avg_pool(3, 2, divisor=0.5), "float"),
    "ceil": (lambda: sc.avg_pool(3, 2, padding="same", ceil_mode=True), "ceil_mode"),
}


@pytest.mark.parametrize(("make", "shown"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(make, shown):
    with pytest.raises(sc.SymconvError) as error:
        make()
    assert shown in str(error.value)


def test_fractions_are_taken():
    assert sc.interpolate(3, 4, scales=Fraction(4, 3)) == sc.interpolate(3, 4)
