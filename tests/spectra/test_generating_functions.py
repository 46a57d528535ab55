"""Generating functions against layers that act on waves; diagonalisations multiplied out."""

from itertools import product

import numpy as np
import pytest
import sympy as sp

import symconv as sc

theta, phi = sp.symbols("theta phi", real=True)
n = sp.Symbol("n", integer=True, positive=True)
x, y = sp.symbols("x y", integer=True)


@pytest.mark.parametrize("dilation", [1, 2])
@pytest.mark.parametrize("padding", [0, 1])
def test_a_wave_comes_out_times_the_symbol(dilation, padding):
    kernel = np.array([[1, 2, -3], [0, 5, 1]])
    C = sc.conv(kernel.tolist(), (8, 8), padding=padding, dilation=dilation)
    angles = (0.7, -1.1)
    wave = np.exp(1j * np.add.outer(angles[0] * np.arange(8), angles[1] * np.arange(8)))
    out = (sc.to_numpy(C) @ wave.ravel()).reshape(C.output_size)
    f = complex(sc.symbol(C, *map(sp.Rational, map(str, angles))).expr.evalf())
    inside = tuple(slice(padding, size - padding) for size in out.shape)
    assert np.allclose(out[inside], f * wave[: out.shape[0], : out.shape[1]][inside])


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_with_a_stride_its_singular_values_are_those_of_the_layer(stride):
    weight = np.random.default_rng(stride).integers(-5, 6, (2, 3, 4))
    K, pixels = sc.Kernel.from_weight(weight), 4 * stride
    C = sc.conv(K, pixels, stride=stride, padding=((0, 4 - stride),), padding_mode="circular")
    found = []
    for j in range(4):
        matrix = sc.symbol(C, sp.Rational(2 * j, pixels) * sp.pi).matrix
        assert matrix.shape == (2, 3 * stride)
        found.extend(np.linalg.svd(np.array(matrix.evalf().tolist(), dtype=complex))[1])
    expected = np.linalg.svd(sc.to_numpy(C), compute_uv=False)
    assert np.allclose(np.sort(found), np.sort(expected))


@pytest.mark.parametrize(("stride", "outs"), [(1, 1), (2, 1), (1, 2), (3, 2)])
def test_the_square_is_the_symbol_times_its_adjoint(stride, outs):
    weight = np.random.default_rng(outs).integers(-5, 6, (outs, 2, 5))
    C = sc.conv(sc.Kernel.from_weight(weight), 15, stride=stride, padding=1)
    F = sc.symbol(C, theta)
    for angle in (sp.Rational(1, 3), sp.Rational(-7, 5)):
        product_ = (F.matrix * F.matrix.H).subs(theta, angle).evalf()
        assert np.allclose(
            np.array(product_.tolist(), dtype=complex),
            np.array(F.squared.subs(theta, angle).evalf().tolist(), dtype=complex),
        )


def test_the_coefficients_of_the_square_are_the_autocorrelation():
    K = sc.Kernel.symbolic("k", (2, 3))
    squared = sc.symbol(sc.conv(K, (6, 6)), theta, phi).squared[0, 0]
    r = sc.autocorrelation(K)
    expected = sum(r[lag] * sp.cos(lag[0] * theta + lag[1] * phi) for lag in r)
    assert sp.expand(squared - expected) == 0


def test_the_transpose_has_the_adjoint():
    C = sc.conv([1, 2, 5], 9, stride=2)
    assert sc.symbol(C.T, theta).matrix == sc.symbol(C, theta).matrix.H


@pytest.mark.parametrize(("size", "stride"), [(5, 2), ((4, 3), (2, 3)), ((3, 3), 1), (2, 4)])
def test_polyphase_parts_make_the_kernel(size, stride):
    K = sc.Kernel.symbolic("k", size, in_channels=2, out_channels=2)
    parts = sc.polyphase(K, stride)
    steps = stride if isinstance(stride, tuple) else (stride,) * K.ndim
    put = {
        (o, i, *(r + s * t for r, s, t in zip(phase, steps, tap, strict=True))): entry
        for phase, part in parts.items()
        for o, i, tap, entry in part.weights()
    }
    assert put == {(o, i, *tap): entry for o, i, tap, entry in K.weights()}


@pytest.mark.parametrize(
    ("kernel", "mode", "pixels"),
    [
        ([1, 2, 5], "circular", 4),
        ([1, 2, 1], "symmetric", 4),
        ([3, 1, 2, 1, 3], "symmetric", 3),
        ([1, 2, 1], "reflect", 5),
        ([1, 2, 1], "zeros", 4),
    ],
)
def test_diagonalisation_multiplies_out(kernel, mode, pixels):
    A = sc.conv(kernel, n, padding=len(kernel) // 2, padding_mode=mode)
    matrix = A.at({n: pixels}).as_explicit()
    factors = sc.diagonalise(A)
    squared = sc.apply_function(A, lambda value: value**2 + 1)
    powers = matrix**2 + sp.eye(pixels)
    for i, j in product(range(pixels), repeat=2):
        for form, expected in ((factors, matrix), (squared, powers)):
            entry = form.entry(x, y).subs({n: pixels, x: i, y: j}).doit()
            assert abs(complex((entry - expected[i, j]).evalf(25))) < 1e-18


def test_what_has_no_transform_is_refused():
    with pytest.raises(sc.SymconvError, match="no transform"):
        sc.diagonalise(sc.conv([1, 2, 3, 2, 1], n, padding=2))
    with pytest.raises(sc.SymconvError, match="not square"):
        sc.diagonalise(sc.conv([1, 2], n))
    with pytest.raises(sc.SymconvError, match="angles"):
        sc.symbol(sc.conv([1, 2], n), theta, phi)
    with pytest.raises(sc.SymconvError, match="stuffs zeros"):
        sc.symbol(sc.conv([1, 2], 8, stride=3, input_dilation=2), theta)
