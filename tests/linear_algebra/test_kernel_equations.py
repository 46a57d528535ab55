"""Layers as linear maps of their kernels: against derivatives, loops and PyTorch."""

from math import prod
from random import Random

import numpy as np
import pytest
import sympy as sp

import symconv as sc
from symconv.errors import BudgetError, ConventionError, GeometryError, ShapeError, SymconvError

n = sp.Symbol("n")


def column(letter, size):
    return sp.Matrix([sp.Symbol(f"{letter}_{j}") for j in range(size)])


def random_layer(random, transposed=False):
    axes, groups = random.choice((1, 1, 2)), random.choice((1, 1, 2))
    first, second = groups * random.randint(1, 2), groups * random.randint(1, 2)
    size = [random.randint(1, 3) for _ in range(axes)]
    geometry = {
        "stride": [random.randint(1, 3) for _ in range(axes)],
        "padding": [(random.randint(-1, 2), random.randint(0, 2)) for _ in range(axes)],
        "dilation": [random.randint(1, 2) for _ in range(axes)],
    }
    pixels = [random.randint(3, 6) if axes == 1 else random.randint(3, 4) for _ in range(axes)]
    kernel = sc.Kernel.symbolic("k", size, first, second, groups)
    if transposed:
        return sc.conv_transpose(kernel, pixels, **geometry)
    mode = random.choice(("zeros", "zeros", "circular", "reflect", "replicate", "symmetric"))
    geometry["input_dilation"] = random.choice((1, 1, 2))
    return sc.conv(kernel, pixels, padding_mode=mode, **geometry)


def layers(seed, transposed=False):
    random = Random(seed)
    while True:
        try:
            return random_layer(random, transposed)
        except SymconvError:
            continue


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("seed", range(25))
def test_the_matrix_by_the_kernel_holds_the_derivatives(seed, transposed):
    C = layers(seed, transposed)
    x = column("x", C.shape[1])
    kernel = C.provenance.layer.kernel
    X = sc.by_kernel(C, x)
    y = C @ x
    assert sp.Matrix(X * sp.Matrix(kernel.entries) - y).applyfunc(sp.expand) == sp.zeros(*y.shape)
    assert sp.Matrix(X) == sp.Matrix(y.jacobian(sp.Matrix(kernel.entries)))


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("seed", range(25))
def test_the_gradient_operator_is_the_transpose_of_that_matrix(seed, transposed):
    C = layers(seed, transposed)
    x, g = column("x", C.shape[1]), column("g", C.shape[0])
    G = sc.kernel_gradient(C, g)
    kernel = C.provenance.layer.kernel
    assert G.output_size == kernel.size
    assert G.out_channels == len(kernel.entries) // prod(kernel.size)
    found = G @ x
    expected = sc.by_kernel(C, x).T * g
    assert sp.Matrix(found - expected).applyfunc(sp.expand) == sp.zeros(*found.shape)


def test_the_gradient_operator_is_a_convolution_with_stride_and_dilation_exchanged():
    g = sp.symbols("g:3")
    C = sc.conv(sc.Kernel.symbolic("k", 3), 9, stride=2, dilation=3, padding=((1, 1),))
    layer = sc.kernel_gradient(C, g[: C.output_size[0]]).as_layer()
    assert (layer.axes[0].stride, layer.axes[0].dilation, layer.axes[0].padding) == (3, 2, 1)
    assert layer.kernel == sc.Kernel(g[: C.output_size[0]])


def test_what_was_not_made_as_a_layer():
    A = sc.conv(sc.Kernel.symbolic("a", 2), 5)
    B = sc.conv([1, 1], 4) @ A
    x = column("x", 5)
    X = sc.by_kernel(B, x)
    assert (X * sp.Matrix(B.as_layer().kernel.entries)).expand() == (B @ x).expand()


def test_an_image_as_an_array_and_zeros():
    C = sc.conv(sc.Kernel.symbolic("k", (2, 2)), (3, 3))
    x = np.arange(9).reshape(3, 3)
    assert sc.by_kernel(C, x) == sc.by_kernel(C, sp.Matrix(range(9)))
    assert sc.by_kernel(C, x).tolist() == [[0, 1, 3, 4], [1, 2, 4, 5], [3, 4, 6, 7], [4, 5, 7, 8]]


# --- PyTorch -------------------------------------------------------------------------------------


def integers(random, *shape):
    return np.array([random.randint(-9, 9) for _ in range(prod(shape))]).reshape(shape)


@pytest.mark.parametrize("seed", range(20))
def test_the_gradient_is_pytorchs(seed):
    torch = pytest.importorskip("torch")
    random = Random(seed)
    groups, stride, padding, dilation = (random.randint(1, 2) for _ in range(4))
    w = integers(random, 2 * groups, 2, 2, 3)
    x = integers(random, 1, 2 * groups, 6, 7)
    weight = torch.tensor(w.astype(float), requires_grad=True)
    geometry = {"stride": stride, "padding": padding, "dilation": dilation}
    out = torch.nn.functional.conv2d(
        torch.tensor(x.astype(float)), weight, groups=groups, **geometry
    )
    g = integers(random, *out.shape)
    (out * torch.tensor(g.astype(float))).sum().backward()
    C = sc.conv(sc.Kernel.from_weight(w, groups=groups), (6, 7), **geometry)
    G = sc.kernel_gradient(C, g[0])
    assert (sc.to_numpy(G) @ x.ravel() == weight.grad.numpy().ravel()).all()


@pytest.mark.parametrize("seed", range(20))
def test_unfold_and_fold_are_pytorchs(seed):
    torch = pytest.importorskip("torch")
    random = Random(seed)
    channels, size = random.randint(1, 3), (random.randint(4, 6), random.randint(4, 7))
    kernel_size = (random.randint(1, 3), random.randint(1, 3))
    geometry = {
        name: (random.randint(low, 2), random.randint(low, 2))
        for name, low in (("stride", 1), ("padding", 0), ("dilation", 1))
    }
    try:
        U = sc.unfold(size, kernel_size, channels=channels, **geometry)
    except GeometryError:
        return
    x = torch.tensor(integers(random, 1, channels, *size).astype(float))
    windows = torch.nn.functional.unfold(x, kernel_size, **geometry)
    assert windows.shape[1:] == (U.out_channels, prod(U.output_size))
    assert (sc.to_numpy(U) @ x.numpy().ravel() == windows.numpy().ravel()).all()
    back = torch.nn.functional.fold(windows, size, kernel_size, **geometry)
    F = sc.fold(size, kernel_size, channels=channels, **geometry)
    assert (sc.to_numpy(F) @ windows.numpy().ravel() == back.numpy().ravel()).all()


def test_unfold_of_any_size_and_on_three_axes():
    K = sc.Kernel.symbolic("k", (2, 3))
    U = sc.unfold((n, n), (2, 3), padding=1)
    mix = sc.Kernel.from_weight([[[[e]] for e in K.entries]])
    assert sc.conv(mix, U.output_size) @ U == sc.conv(K, (n, n), padding=1)
    assert U.output_size == (n + 1, n)
    assert U.out_channels == 6
    cube = sc.unfold((3, 3, 3), 2, channels=2)
    assert (cube.shape, cube.out_channels) == ((128, 54), 16)
    assert sc.unfold(4, 2, padding=1, padding_mode="circular") == sc.unfold(6, 2) @ sc.pad(
        4, 1, padding_mode="circular"
    )


# --- least squares -------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(10))
def test_the_kernel_comes_back(seed):
    random = Random(seed)
    K = sc.Kernel(integers(random, 2, 3))
    C = sc.conv(K, (5, 6), stride=random.choice((1, 2)), padding=1)
    x = integers(random, 5, 6)
    found = sc.identify_kernel(sc.conv(sc.Kernel.symbolic("k", (2, 3)), (5, 6), stride=C.as_layer().each("stride"), padding=1), x, C @ x)  # fmt: skip
    assert found.kernel == K
    assert not any(found.residual)


def test_least_squares_is_numpys():
    random = Random(1)
    C = sc.conv(sc.Kernel.symbolic("k", 3, 2, 2), 7, padding=1)
    x, y = integers(random, 2, 7), integers(random, 2, 7)
    found = sc.identify_kernel(C, x, y)
    X = np.array(found.matrix.tolist(), dtype=float)
    expected, *_ = np.linalg.lstsq(X, y.ravel().astype(float), rcond=None)
    assert np.abs(np.array(found.kernel.entries, dtype=float) - expected).max() < 1e-9
    assert not any(found.matrix.T * found.residual)
    assert any(found.residual)


def test_normal_equations_in_symbols():
    x, y = sp.symbols("x:3"), sp.symbols("y:2")
    found = sc.identify_kernel(sc.conv([1, 1], 3), x, y)
    assert found.gram == sp.Matrix(
        [[x[0] ** 2 + x[1] ** 2, x[0] * x[1] + x[1] * x[2]],
         [x[0] * x[1] + x[1] * x[2], x[1] ** 2 + x[2] ** 2]]
    )  # fmt: skip
    solved = found.kernel
    for tap, equation in zip(
        (0, 1), found.gram * sp.Matrix(solved.entries) - found.right, strict=True
    ):
        assert sp.cancel(equation) == 0, tap
    assert sp.latex(found).count(r"\begin{matrix}") == 2
    assert r"\operatorname{vec} K" in found._repr_latex_()


def test_refusals():
    C = sc.conv(sc.Kernel.symbolic("k", 2), 4)
    with pytest.raises(ShapeError, match="image of shape"):
        sc.by_kernel(C, [1, 2, 3])
    with pytest.raises(ShapeError, match="symbolic"):
        sc.by_kernel(sc.conv([1, 2], n), [1])
    with pytest.raises(ConventionError, match="no single"):
        sc.by_kernel(sc.flip(5), [1, 2, 3, 4, 5])
    with pytest.raises(BudgetError, match="unfold"):
        sc.by_kernel(sc.conv(sc.Kernel.arange((9, 9)), (64, 64)), np.ones((64, 64), int))
    with pytest.raises(ShapeError, match="rank 1 for 2 taps"):
        _ = sc.identify_kernel(C, [1, 1, 1, 1], [1, 2, 3]).kernel
    with pytest.raises(BudgetError, match="put numbers in"):
        _ = sc.identify_kernel(sc.conv(sc.Kernel.arange(5), 9), sp.symbols("x:9"), [1] * 5).kernel
    ring = sc.conv([1, 2], 4, padding=((0, 1),), padding_mode="circular")
    with pytest.raises(GeometryError, match="transpose"):
        sc.kernel_gradient(ring.T, [1, 2, 3, 4])
