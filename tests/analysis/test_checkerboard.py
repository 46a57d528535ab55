"""Checkerboards against the transposed convolution itself."""

import itertools

import numpy as np
import pytest
import sympy as sp

import symconv as sc
from symconv.analysis.checkerboard import divides
from symconv.errors import KernelError, ShapeError

GEOMETRIES = [
    ((k,), (s,), (d,), (p,))
    for k, s, d, p in itertools.product(range(1, 6), (1, 2, 3), (1, 2), (0, 1, 2))
] + [
    ((3, 4), (2, 3), (1, 1), (1, 0)),
    ((2, 2), (2, 2), (1, 1), (0, 0)),
    ((3, 2), (2, 1), (1, 2), (0, 1)),
]


def flat_response(kernel, stride, dilation, padding, values):
    """C^T 1 on a large image, without its border."""
    size = tuple(3 * k * d + 6 for k, d in zip(kernel, dilation, strict=True))
    T = sc.conv_transpose(
        sc.Kernel.symbolic("k", kernel), size, stride=stride, dilation=dilation, padding=padding
    )
    image = (sc.to_numpy(T, values) @ np.ones(np.prod(size), dtype=int)).reshape(T.output_size)
    border = [k * d * s for k, d, s in zip(kernel, dilation, stride, strict=True)]
    first = tuple(-(-b // s) * s for b, s in zip(border, stride, strict=True))
    return T, image, first, border


@pytest.mark.parametrize(("kernel", "stride", "dilation", "padding"), GEOMETRIES)
def test_sums_are_the_interior_of_the_flat_response(kernel, stride, dilation, padding):
    values = np.arange(1, np.prod(kernel) + 1).reshape(kernel) ** 2
    T, image, first, border = flat_response(kernel, stride, dilation, padding, values)
    found = sc.checkerboard(T)
    named = dict(zip(sc.Kernel.symbolic("k", kernel).entries, values.ravel().tolist(), strict=True))
    for phase, value in found.sums.items():
        inside = tuple(
            slice(f + r, n - b, s)
            for f, r, n, b, s in zip(first, phase, image.shape, border, stride, strict=True)
        )
        assert (image[inside] == value.subs(named)).all()
        assert image[inside].size
    assert sum(found.overlap.values()) == np.prod(kernel)
    assert found.holds(named) is (len({v.subs(named) for v in found.sums.values()}) == 1)


@pytest.mark.parametrize(
    ("kernel", "stride", "dilation", "padding"), GEOMETRIES[::5] + GEOMETRIES[-3:]
)
def test_the_basis_spans_all_kernels_without_a_checkerboard(kernel, stride, dilation, padding):
    T = sc.conv_transpose(
        sc.Kernel.symbolic("k", kernel),
        (9,) * len(kernel),
        stride=stride,
        dilation=dilation,
        padding=padding,
    )
    found = sc.checkerboard(T)
    symbols = found.kernel.entries
    for member in found.basis:
        assert found.holds(dict(zip(symbols, member.entries, strict=True)))
    independent = sp.Matrix([[c.coeff(s) for s in symbols] for c in found.conditions])
    rank = independent.rank() if found.conditions else 0
    assert len(found.basis) == len(symbols) - rank


@pytest.mark.parametrize("stride", [2, 3, 4])
def test_equal_sums_are_divisibility(stride):
    draw = np.random.default_rng(stride)
    seen = set()
    for _ in range(200):
        entries = draw.integers(-1, 2, draw.integers(1, 7)).tolist()
        if draw.random() < 0.5:
            entries = np.convolve(entries, [1] * stride).tolist()
        kernel = sc.Kernel(entries)
        free = sc.checkerboard(sc.conv_transpose(kernel, 9, stride=stride)).holds()
        assert free is divides(stride, kernel)
        seen.add(free)
    assert seen == {True, False}


def test_faces():
    found = sc.checkerboard(sc.conv(sc.Kernel.symbolic("k", 4), 8, stride=2))
    assert str(found).endswith("no checkerboard iff k₀ + k₂ = k₁ + k₃")
    assert sp.latex(found) == (
        r"\begin{aligned}\sigma_{0} &= k_{0} + k_{2} \\ \sigma_{1} &= k_{1} + k_{3} \\ "
        r"& \text{a flat image stays flat iff} \\ & \sigma_{0} = \sigma_{1}\end{aligned}"
    )
    bilinear = sc.checkerboard(sc.conv_transpose(["1/4", "3/4", "3/4", "1/4"], 8, stride=2))
    assert "no checkerboard: all phases have the same value" in str(bilinear)


def test_what_has_no_checkerboard():
    K = sc.Kernel.symbolic("k", 3)
    for operator in (
        sc.conv(sc.Kernel.symbolic("k", 3, 2, 2), 8),
        sc.conv(K, 8, padding=1, padding_mode="circular"),
    ):
        with pytest.raises(ShapeError):
            sc.checkerboard(operator)
    with pytest.raises(ShapeError, match="2 axes"):
        divides(2, sc.Kernel([[1, 2]]))


@pytest.mark.parametrize(("kernel", "stride", "dilation", "padding"), GEOMETRIES)
def test_the_border_too(kernel, stride, dilation, padding):
    """Every pixel of C^T 1, by NumPy, lies in exactly one box, and has its value."""
    values = np.arange(1, np.prod(kernel) + 1).reshape(kernel) ** 2
    T, image, _, _ = flat_response(kernel, stride, dilation, padding, values)
    board = sc.checkerboard(T)
    named = dict(zip(sc.Kernel.symbolic("k", kernel).entries, values.ravel().tolist(), strict=True))
    seen = np.zeros(image.shape, dtype=int)
    for box, value in board.painted.items():
        inside = tuple(
            slice(a, b + 1, s) for a, b, s in zip(box.first, box.last, box.step, strict=True)
        )
        assert (image[inside] == value.subs(named)).all()
        seen[inside] += 1
    assert seen.max() == 1
    assert (image[seen == 0] == 0).all()
    for box, value in board.border.items():
        phase = tuple(int(a) % s for a, s in zip(box.first, stride, strict=True))
        assert board.sums[phase] != value


def test_the_border_of_any_size():
    n = sp.Symbol("n")
    a, b, c, d = sp.symbols("a b c d")
    board = sc.checkerboard(sc.conv_transpose(sc.Kernel([a, b, c, d]), n, stride=2, padding=1))
    assert {(box.first, box.last): value for box, value in board.border.items()} == {
        ((0,), (0,)): b,
        ((2 * n - 1,), (2 * n - 1,)): c,
    }
    assert "border 2*n - 1: value c" in str(board)


def test_pixels_that_nothing_reaches_are_painted_zero():
    board = sc.checkerboard(sc.conv_transpose(sc.Kernel([0, 1, 1]), 8, stride=2))
    image = sc.to_numpy(board.operator) @ np.ones(8, dtype=int)
    painted = np.full(17, -1)
    for box, value in board.painted.items():
        painted[box.first[0] : box.last[0] + 1 : box.step[0]] = value
    assert painted.tolist() == image.tolist()
    assert [(box.first, value) for box, value in board.border.items()] == [((0,), 0)]


def test_values_that_are_missing_are_named():
    a, b, c, d = sp.symbols("a b c d")
    board = sc.checkerboard(sc.conv_transpose(sc.Kernel([a, b, c, d]), 8, stride=2))
    with pytest.raises(KernelError, match="no value for b, d: pass a mapping"):
        board.holds({a: 1, c: 2})
    with pytest.raises(KernelError, match="no value for a, b, c, d"):
        board.holds()
    same = {a: sp.sqrt(2), b: sp.sqrt(8), c: sp.sqrt(8), d: sp.sqrt(2)}
    assert board.holds(same)
    assert not board.holds({**same, d: 1})
    other = sp.Symbol("theta")
    assert board.holds({a: sp.sin(other) ** 2, b: 1, c: sp.cos(other) ** 2, d: 0})
