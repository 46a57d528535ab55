"""Affine maps: their algebra against applying one map after another, pixel by pixel."""

import pytest
import sympy as sp

import symconv as sc

n, t = sp.symbols("n t")
K = sc.Kernel(sp.symbols("a b c"))
IMAGE = [[1, 2, 3], [5, 7, 11], [13, 17, 19]]


def two_channels(size):
    return sc.affine(sc.conv(sc.Kernel.symbolic("k", (2, 2), 1, 2), size, padding=1), ["u", "v"])


def test_composition_is_application_twice():
    first = two_channels((3, 3))
    second = sc.affine(sc.conv(sc.Kernel.symbolic("l", (2, 2), 2, 1), first.output_size), [t])
    assert expanded((second @ first)(IMAGE)) == expanded(second(first(IMAGE)))
    assert expanded((second.operator @ first)(IMAGE)) == expanded(second.operator @ first(IMAGE))
    assert expanded((second @ first.operator)(IMAGE)) == expanded(second(first.operator @ IMAGE))


def expanded(image):
    return [sp.expand(entry) for entry in sp.flatten(image)]


def test_a_bias_meets_the_zeros_of_the_next_padding_at_every_size():
    """The interior sees all taps of b, the border fewer: as at each size by itself."""
    f = sc.conv(K, n, padding=1) @ sc.affine(sc.identity(n), [t])
    a, b, c = K.entries
    assert [sp.factor(f.bias(i)) for i in (0, n - 1)] == [t * (b + c), t * (a + b)]
    for size in (1, 2, 5):
        zeros = [0] * size
        expected = sc.conv(K, size, padding=1) @ ([t] * size)
        assert f.at({n: size})(zeros) == expected.applyfunc(sp.expand)
        assert f.at({n: size}).bias(0) == sp.expand(expected[0])


@pytest.mark.parametrize(
    ("size", "bias", "expected"),
    [
        ((2, 2), 5, [[[5, 5], [5, 5]], [[5, 5], [5, 5]]]),
        ((2, 2), [5, 7], [[[5, 5], [5, 5]], [[7, 7], [7, 7]]]),
        ((1, 2), [[[1, 2]], [[3, 4]]], [[[1, 2]], [[3, 4]]]),
    ],
)
def test_a_bias_for_all_for_a_channel_and_for_a_pixel(size, bias, expected):
    zero = 0 * sc.identity(size, 2)
    assert sc.affine(zero, bias)(sp.Array.zeros(2, *size)) == sp.Array(expected)


@pytest.mark.parametrize(
    ("operator", "bias", "shown"),
    [
        (sc.identity(3), [1, 2], "(2,)"),
        (sc.identity((2, 2), 2), [[1, 2], [3, 4]], "(2, 2)"),
        (sc.identity((2, 3)), [[1, 2], [3, 4], [5, 6]], "(3, 2)"),
        (sc.identity(n), [1, 2], "(2,)"),
    ],
)
def test_a_bias_that_fits_nothing(operator, bias, shown):
    with pytest.raises(sc.SymconvError, match="neither one value for each") as error:
        sc.affine(operator, bias)
    assert shown in str(error.value)


def test_sums_and_scalars():
    f = sc.affine(sc.conv(K, 4), [1, t])
    g = sc.affine(sc.conv([1, 2, 3], 4), [5])
    x = [2, 3, 5, 7]
    assert (2 * f - g)(x) == (2 * f(x) - g(x)).applyfunc(sp.expand)
    assert (f.operator + g)(x) == f.operator @ x + g(x)
    assert (f.operator - g)(x) == f.operator @ x - g(x)
    assert f - f == 0 * f
    assert f != f + sc.affine(0 * f.operator, [0, 1])
    assert (f - sc.affine(0 * f.operator, [1, t])).is_linear
    assert not f.is_linear


def test_substitution_reaches_the_bias_and_the_size():
    f = sc.affine(sc.conv(K, n), [t])
    g = f.subs({n: 4, t: 9, K[0]: 1, K[1]: 0, K[2]: 0})
    assert g([1, 2, 3, 4]) == sp.Array([10, 11])
    assert g == sc.affine(sc.conv([1, 0, 0], 4), 9)


def test_inverse_image_and_inverse():
    f = sc.affine(sc.conv([[1, 5], [2, 11]], (2, 2), padding=((0, 1), (1, 0))), [[1, 2], [3, t]])
    x = sp.Array([[2, 3], [5, 7]])
    assert f.inverse_image(f(x)).applyfunc(sp.simplify) == x
    column = sp.Matrix([2, 3, 5, 7])
    assert sp.simplify(f.inverse_image(f(column))) == column
    g = sc.affine(sc.conv([1, 5, 1], 4, padding=1), [1, 2, 3, 4])
    assert g.inv() @ g == sc.affine(sc.identity(4))
    assert g @ g.inv() == sc.affine(sc.identity(4))
    h = sc.affine(2 * sc.flip(n), [t])
    assert h.inv() @ h == sc.affine(sc.identity(n))
    with pytest.raises(sc.SymconvError, match="take at"):
        h.inverse_image([1, 2])
    with pytest.raises(sc.SymconvError, match="square"):
        sc.affine(sc.conv([1, 1], 3), [1]).inverse_image([1, 2])
    with pytest.raises(sc.SymconvError, match="singular"):
        sc.affine(sc.conv([1, 1, 1], 2, padding=1), [1]).inverse_image([1, 2])


def test_constant_padding():
    f = sc.constant_pad((2, n), ((1, 0), (0, 2)), 9, channels=2).at({n: 2})
    assert f([[[1, 2], [3, 4]], [[5, 6], [7, 8]]]) == sp.Array(
        [
            [[9] * 4, [1, 2, 9, 9], [3, 4, 9, 9]],
            [[9] * 4, [5, 6, 9, 9], [7, 8, 9, 9]],
        ]
    )
    assert sc.constant_pad(3, ((1, -1),), 9)([1, 2, 3]) == sp.Array([9, 1, 2])


def test_latex():
    f = sc.affine(sc.conv(sc.Kernel(sp.symbols("x y")), 2), ["C"])
    assert (
        sp.latex(f)
        == r"\left[\begin{matrix}x & y\end{matrix}\right] z + \left[\begin{matrix}C\end{matrix}\right]"
    )
    g = sc.conv([1, 2, 4], n, padding=1) @ sc.affine(sc.identity(n), [t])
    assert sp.latex(g) == (
        r"\begin{gathered}x \mapsto C x + D \mathbf{1} \\[1ex] "
        r"\begin{aligned}C &= \left[\begin{matrix}2 & 4 &  &  & \\1 & 2 & 4 &  & \\ & \ddots & \ddots & \ddots & \\ &  & 1 & 2 & 4\\ &  &  & 1 & 2\end{matrix}\right]_{n \times n}\end{aligned} \\[1ex] "
        r"\begin{aligned}D &= \left[\begin{matrix}6 t &  &  &  & \\ & 7 t &  &  & \\ &  & \ddots &  & \\ &  &  & 7 t & \\ &  &  &  & 3 t\end{matrix}\right]_{n \times n}\end{aligned}\end{gathered}"
    )


def test_latex_of_a_long_constant():
    """One value a channel as a Kronecker product; values that differ on a diagonal with dots."""
    f = sc.affine(sc.identity((n, n), 2), ["u", "v"])
    assert (
        r"C x + \left[\begin{matrix}u\\v\end{matrix}\right] \otimes \mathbf{1}_{n^{2}}"
        in sp.latex(f)
    )
    g = sc.affine(sc.identity((8, 8)), 3)
    assert sp.latex(g).endswith(
        r"x + \left[\begin{matrix}3\end{matrix}\right] \otimes \mathbf{1}_{64}"
    )
    h = sc.affine(sc.identity(20), list(range(20)))
    assert r"x \mapsto C x + D \mathbf{1}" in sp.latex(h)
    assert "19" in sp.latex(h)
