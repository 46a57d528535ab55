"""The operator algebra against plain loops and explicit products."""

from itertools import product

import hypothesis.strategies as st
import pytest
import reference
import sympy as sp
from hypothesis import assume, given, settings
from strategies import (
    MODES,
    Geometry,
    build,
    channels,
    geometries,
    number,
    numbered,
    symbolic,
    transposed_geometries,
    weight_shape,
)

import symconv as sc
from symconv.algebra.diagonal import Diagonal, compose
from symconv.algebra.sizes import Horizon
from symconv.operators.entries import positions
from symconv.operators.geometry import Axis

EXAMPLES = settings(max_examples=150, deadline=None)
FEW = settings(max_examples=60, deadline=None)


def entries(kernel):
    return {tap: entry for _, _, tap, entry in kernel.weights()}


def explicit(operator):
    return operator.as_explicit()


# --- one convolution ---------------------------------------------------------------------------


@EXAMPLES
@given(geometries())
def test_matrix_is_the_plain_loops_symbolically(drawn):
    kernel_size, geometry = drawn
    expected = reference.conv_matrix(entries(symbolic(kernel_size)), kernel_size, geometry)
    assert explicit(build(drawn)) == sp.Matrix(expected)


@EXAMPLES
@given(geometries())
def test_matrix_is_the_plain_loops_in_numbers(drawn):
    kernel_size, geometry = drawn
    expected = reference.conv_matrix(numbered(kernel_size), kernel_size, geometry)
    assert explicit(number(drawn)) == sp.Matrix(expected)


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_pads_a_short_line(mode):
    line = Geometry((4,), (1,), ((3, 2),), (1,), (1,), mode)
    loops = reference.conv_matrix(entries(symbolic((3,))), (3,), line)
    assert explicit(build(((3,), line))) == sp.Matrix(loops)


@FEW
@given(st.data())
def test_transposed_convolution_is_the_scatter_loops(data):
    ndim = data.draw(st.integers(1, 2))

    def each(low, high):
        return tuple(data.draw(st.integers(low, high)) for _ in range(ndim))

    kernel_size, size, stride, dilation = each(1, 3), each(1, 3), each(1, 4), each(1, 3)
    padding = tuple((data.draw(st.integers(-1, 2)), data.draw(st.integers(-1, 2))) for _ in size)
    output_padding = tuple(
        data.draw(st.integers(0, max(s, d) - 1)) for s, d in zip(stride, dilation, strict=True)
    )
    lengths = [
        s * (m - 1) + d * (k - 1) + 1 - sum(p) + a
        for s, m, d, k, p, a in zip(
            stride, size, dilation, kernel_size, padding, output_padding, strict=True
        )
    ]
    assume(min(lengths) > 0)
    kernel = symbolic(kernel_size)
    T = sc.conv_transpose(
        kernel,
        size,
        stride=stride,
        padding=padding,
        output_padding=output_padding,
        dilation=dilation,
    )
    loops = reference.conv_transpose_matrix(
        entries(kernel), kernel_size, size, stride, padding, output_padding, dilation
    )
    assert T.output_size == tuple(lengths)
    assert explicit(T) == sp.Matrix(loops)
    if all(a < s for a, s in zip(output_padding, stride, strict=True)):
        C = sc.conv(kernel, T.output_size, stride=stride, padding=padding, dilation=dilation)
        assert C.T == T


@pytest.mark.parametrize(
    ("padding", "size", "equal"),
    [("valid", (3, 4), 0), ("full", (5, 5), 2), ("same", (4, 3), None)],
)
def test_named_paddings_of_the_transposed_convolution(padding, size, equal):
    K = symbolic((3, 3))
    T = sc.conv_transpose(K, size, stride=2, padding=padding)
    if equal is None:
        assert T.output_size == tuple(2 * m for m in size)
        assert T == sc.conv(K, T.output_size, stride=2, padding="same").T
    else:
        assert sc.conv_transpose(K, size, stride=2, padding=equal) == T


@pytest.mark.parametrize(("size", "stride"), list(product((1, 2, 5, 6, 7), (1, 2, 3))))
@pytest.mark.parametrize("kernel_size", [1, 2, 3, 4])
def test_same_gives_the_ceiling(size, stride, kernel_size):
    C = sc.conv(symbolic(kernel_size), size, stride=stride, padding="same")
    assert C.output_size == (-(-size // stride),)


# --- channels and groups -----------------------------------------------------------------------


def grouped(channel_axes, kernel_size):
    """A kernel with channels whose entries all differ, and its array as a mapping."""
    weight = numbered(weight_shape(channel_axes, kernel_size))
    array = sp.Array(list(weight.values()), weight_shape(channel_axes, kernel_size))
    return sc.Kernel.from_weight(array, groups=channel_axes[2]), weight


def layer(drawn, channel_axes):
    kernel_size, geometry = drawn
    arguments = geometry.arguments
    kernel, weight = grouped(channel_axes, kernel_size)
    return sc.conv(kernel, arguments.pop("size"), **arguments), weight


@FEW
@given(geometries(axes=st.integers(1, 2)), channels())
def test_channels_and_groups_are_the_plain_loops(drawn, channel_axes):
    C, weight = layer(drawn, channel_axes)
    assert (C.out_channels, C.in_channels) == channel_axes[:2]
    loops = reference.conv_channels_matrix(weight, channel_axes, *drawn)
    assert explicit(C) == sp.Matrix(loops)


@FEW
@given(transposed_geometries(axes=st.integers(1, 2)), channels())
def test_transposed_channels_and_groups_are_the_scatter_loops(drawn, channel_axes):
    kernel_size, size, arguments = drawn
    kernel, weight = grouped(channel_axes, kernel_size)
    T = sc.conv_transpose(kernel, size, **arguments)
    assert (T.in_channels, T.out_channels) == channel_axes[:2]
    loops = reference.conv_transpose_channels_matrix(
        weight, channel_axes, kernel_size, size, **arguments
    )
    assert explicit(T) == sp.Matrix(loops)


@EXAMPLES
@given(transposed_geometries())
def test_transposed_convolution_in_up_to_three_dimensions(drawn):
    kernel_size, size, arguments = drawn
    kernel = symbolic(kernel_size)
    T = sc.conv_transpose(kernel, size, **arguments)
    loops = reference.conv_transpose_matrix(entries(kernel), kernel_size, size, **arguments)
    assert explicit(T) == sp.Matrix(loops)


@FEW
@given(geometries(axes=st.just(1)), channels())
def test_gram_products_of_channels_are_the_loops_products(drawn, channel_axes):
    C, weight = layer(drawn, channel_axes)
    loops = reference.conv_channels_matrix(weight, channel_axes, *drawn)
    turned = reference.transpose(loops)
    assert explicit(C @ C.T) == sp.Matrix(reference.matmul(loops, turned))
    assert explicit(C.T @ C) == sp.Matrix(reference.matmul(turned, loops))


@settings(max_examples=25, deadline=None)
@given(geometries(axes=st.just(1)), channels())
def test_entries_of_channels(drawn, channel_axes):
    C, _ = layer(drawn, channel_axes)
    assume(C.out_channels > 1 and C.in_channels > 1)
    A = explicit(C)
    images = (C.out_channels, *C.output_size), (C.in_channels, *C.input_size)
    outputs, inputs = (enumerate(product(*map(range, image))) for image in images)
    for (i, out), (j, pixel) in product(outputs, inputs):
        assert C[i, j] == C.entry(out, pixel) == C[i - A.rows, j - A.cols] == A[i, j]


# --- the algebra -------------------------------------------------------------------------------


@FEW
@given(geometries())
def test_gram_products_are_explicit_products(drawn):
    C = number(drawn)
    A = explicit(C)
    assert explicit(C @ C.T) == A * A.T
    assert explicit(C.T @ C) == A.T * A
    assert explicit(C.T @ C @ C.T) == A.T * A * A.T


@FEW
@given(geometries(axes=st.just(1)))
def test_symbolic_gram_products_are_explicit_products(drawn):
    C = build(drawn)
    A = explicit(C)
    for product_, matrix in ((C @ C.T, A * A.T), (C.T @ C, A.T * A)):
        assert (explicit(product_) - matrix).expand().is_zero_matrix


@FEW
@given(geometries(axes=st.integers(1, 2)), st.sampled_from(MODES), st.integers(1, 2))
def test_chains_of_layers(drawn, mode, stride):
    first = number(drawn)
    second = sc.conv(
        sc.Kernel.arange([1] * len(first.output_size)) if min(first.output_size) < 2
        else sc.Kernel.arange([2] * len(first.output_size)),
        first.output_size,
        stride=stride,
        padding=1 if min(first.output_size) > 1 else 0,
        padding_mode=mode,
    )  # fmt: skip
    A, B = explicit(first), explicit(second)
    assert explicit(second @ first) == B * A
    assert (second @ first).T == first.T @ second.T
    assert explicit((second @ first).T @ (second @ first)) == A.T * B.T * B * A


@FEW
@given(geometries(axes=st.integers(1, 2)), st.lists(st.sampled_from(MODES), min_size=2, max_size=2))
def test_chains_of_three_layers(drawn, modes):
    first = number(drawn)
    second = sc.conv(
        sc.Kernel.arange([2] * len(first.output_size)),
        first.output_size,
        padding=1,
        padding_mode="zeros" if min(first.output_size) < 2 else modes[0],
    )
    third = sc.conv(
        sc.Kernel.arange([3] * len(second.output_size)),
        second.output_size,
        stride=2,
        padding=1,
        padding_mode=modes[1],
    )
    A, B, C = explicit(first), explicit(second), explicit(third)
    chain = third @ second @ first
    assert explicit(chain) == C * B * A
    assert chain == third @ (second @ first)
    assert chain.T == first.T @ second.T @ third.T


@FEW
@given(geometries())
def test_transposition_is_an_involution(drawn):
    C = number(drawn)
    assert C.T.T == C
    assert explicit(C.T) == explicit(C).T


@FEW
@given(geometries())
def test_sums_and_scalars(drawn):
    C = number(drawn)
    gram, A = C.T @ C, explicit(C)
    c = sp.Symbol("c")
    assert explicit(gram + sc.identity(C.input_size)) == A.T * A + sp.eye(A.cols)
    assert 2 * C - C == C
    assert C * c == c * C
    assert explicit(c * C) == c * A
    assert explicit(C - C).is_zero_matrix
    assert (C / 3) * 3 == C
    assert -C + C == 0 * C


@FEW
@given(geometries())
def test_one_changed_entry_is_seen(drawn):
    C = number(drawn)
    kernel_size, geometry = drawn
    arguments = geometry.arguments
    values = list(numbered(kernel_size).values())
    values[-1] += 1
    other = sc.conv(sc.Kernel(sp.Array(values, kernel_size)), arguments.pop("size"), **arguments)
    assert (other == C) is (explicit(C) == explicit(other))
    assert hash(C) == hash(other)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("tap", range(9))
def test_each_tap_counts_in_equality(mode, tap):
    changed = [int(t == tap) + t for t in range(9)]
    one, other = (
        sc.conv(sc.Kernel(sp.Array(values, (3, 3))), (4, 4), padding=1, padding_mode=mode)
        for values in (range(9), changed)
    )
    assert one != other
    assert one.T != other.T
    assert one @ one.T != other @ other.T


def test_equality_needs_equal_images():
    K = symbolic(3)
    assert sc.conv(K, 5) != sc.conv(K, 6)
    assert sc.conv(K, 5) != "C"
    assert sc.conv(K, 5, padding=1) != sc.conv(K, 5, padding=1, padding_mode="circular")


def test_equality_knows_algebra():
    a, b = sp.symbols("a b")
    one = sc.conv([a + b, a - b], 4)
    other = sc.conv([a, a], 4) + sc.conv([b, -b], 4)
    assert one == other
    root = sc.conv([sp.sqrt(2), 1], 4)
    assert root * sp.sqrt(2) == sc.conv([2, sp.sqrt(2)], 4)


# --- entries and images ------------------------------------------------------------------------


@FEW
@given(geometries(axes=st.integers(1, 2)))
def test_entries(drawn):
    C = number(drawn)
    A = explicit(C)
    outputs, inputs = (list(product(*map(range, size))) for size in (C.output_size, C.input_size))
    for (i, out), (j, pixel) in product(enumerate(outputs), enumerate(inputs)):
        assert C[i, j] == C.entry(out, pixel) == C[i - A.rows, j - A.cols] == A[i, j]


@FEW
@given(geometries())
def test_action_on_images(drawn):
    C = number(drawn)
    A = explicit(C)
    x = sp.Matrix([j * j - 3 for j in range(A.cols)])
    y = sp.Matrix(sp.symbols(f"y:{A.rows}"))
    assert C @ x == A * x
    assert C.T @ y == A.T * y
    image = sp.Array(list(x), C.input_size)
    assert C @ image == C @ image.tolist() == sp.Array(list(A * x), C.output_size)
    assert C.T @ (C @ image) == sp.Array(list(A.T * A * x), C.input_size)


@FEW
@given(geometries())
def test_cells_are_disjoint_and_complete(drawn):
    C = number(drawn)
    for operator in (C, C.T @ C):
        sizes = operator.rows, operator.cols
        places = [p for cell in operator.cells for p in positions(cell, *sizes)]
        assert len(places) == len(set(places))
        found = {p: expr for cell, expr in operator.expressions for p in positions(cell, *sizes)}
        assert found == {(i, j): v for i, j, v in explicit(operator).row_list()}


def test_flips_cross_the_main_diagonal():
    """Lines of two directions meet in one entry; the symmetric line pads with its mirror image."""
    K = sc.Kernel([2, 3, 5, 7])
    mirror = sc.conv(K, 5, padding=4, padding_mode="symmetric")
    gram = mirror.T @ mirror + mirror.T @ mirror
    A = explicit(mirror)
    assert explicit(gram) == 2 * A.T * A
    assert gram == 2 * (mirror.T @ mirror)


# --- diagonals and axes ------------------------------------------------------------------------

numbers = st.integers(-6, 6)
steps = st.integers(-4, 4).filter(bool)
diagonals = st.builds(
    lambda r, c, a, b, n: Diagonal(r, c, abs(a), b, n) if n > 1 else Diagonal(r, c, 1, 1, 1),
    numbers, numbers, steps, steps, st.integers(1, 8),
)  # fmt: skip


@given(diagonals, diagonals)
def test_product_of_diagonals_is_the_composition_of_relations(a, b):
    composed = compose(a, b, Horizon())
    expected = {(i, k) for i, j in a for h, k in b if j == h}
    assert set(composed or ()) == expected


@given(diagonals)
def test_diagonals_form_an_inverse_semigroup(d):
    horizon = Horizon()
    assert d == d.T.T
    there_and_back = compose(d, d.T, horizon)
    assert there_and_back is not None
    assert compose(there_and_back, d, horizon) == d


@EXAMPLES
@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 4), st.integers(1, 3),
       st.integers(1, 3), st.integers(1, 3), st.integers(-3, 6))  # fmt: skip
def test_an_axis_is_closed_under_transposition(n, m, k, s, d, u, p):
    axis = Axis(n, m, k, s, p, d, u)
    assert axis == axis.T.T
    joined = {(o, i, t) for t in range(k) for tap in axis.tap(t, Horizon()) for o, i in tap}
    turned = {
        (o, i, k - 1 - t) for t in range(k) for tap in axis.T.tap(t, Horizon()) for i, o in tap
    }
    assert joined == turned
    assert joined == {
        (o, i, t) for o, i, t in product(range(m), range(n), range(k)) if u * i == s * o + d * t - p
    }
