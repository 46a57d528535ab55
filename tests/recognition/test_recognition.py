"""Which single layer a matrix belongs to: random chains against a search over all geometries."""

from itertools import product
from math import gcd
from random import Random

import numpy as np
import pytest
import sympy as sp
from reference import conv_channels_matrix, transpose
from strategies import Geometry

import symconv as sc
from symconv.errors import ConventionError, SymconvError
from symconv.operators.convolution import operator_of
from symconv.recognition.axis_patterns import SMALL_STEPS

n = sp.Symbol("n")
a, b, c = sp.symbols("a b c")
K = sc.Kernel([a, b, c])
MODES = ("circular", "reflect", "replicate", "symmetric")


# --- random chains ---------------------------------------------------------------------------


def chain(random, size):
    """A product or sum of up to three random steps; the image may be symbolic."""
    channels = random.choice((1, 1, 1, 2))
    operator = step(random, size, channels)
    for _ in range(random.randint(0, 2)):
        operator = grown(random, operator)
    return operator


def grown(random, operator):
    kind = random.randrange(6)
    if kind == 0:
        return operator * random.choice((2, -1, sp.Rational(1, 3)))
    if kind == 1:
        return operator.T
    if kind == 2:
        return operator @ operator.T
    if kind == 3:
        return operator + operator * random.choice((1, 2))
    return step(random, operator.output_size, operator.out_channels) @ operator


def step(random, size, channels):
    """One of the operators that the package makes, on an image of this size."""
    kinds = [convolve, convolve, convolve, transposed, padded, shifted, upsampled, pooled, flipped]
    while True:
        try:
            return random.choice(kinds)(random, size, channels)
        except SymconvError:
            continue


def kernel_for(random, ndim, into):
    groups = random.choice((1, into))
    out = random.choice((1, 2)) * groups
    size = [random.randint(1, 3 if ndim == 1 else 2) for _ in range(ndim)]
    shape = (out, into // groups, *size)
    entries = np.array([random.choice((0, 1, 1, 2, -3)) for _ in range(int(np.prod(shape)))])
    return sc.Kernel.from_weight(entries.reshape(shape), groups)


def convolve(random, size, channels):
    mode = random.choice(("zeros", "zeros", "zeros", *MODES))
    return sc.conv(
        kernel_for(random, len(size), channels),
        size,
        stride=random.choice((1, 1, 2, 3)),
        padding=[(random.randint(-1, 2), random.randint(-1, 2)) for _ in size],
        dilation=random.choice((1, 1, 2)),
        input_dilation=random.choice((1, 1, 1, 2)),
        padding_mode=mode,
    )


def transposed(random, size, channels):
    kernel = kernel_for(random, len(size), channels).adjoint
    return sc.conv_transpose(
        kernel,
        size,
        stride=random.choice((1, 2, 3)),
        padding=random.choice((0, 1)),
        dilation=random.choice((1, 2)),
    )


def padded(random, size, channels):
    mode = random.choice(("zeros", *MODES))
    return sc.pad(
        size, random.choice((1, ((0, 1),) * len(size))), padding_mode=mode, channels=channels
    )


def shifted(random, size, channels):
    return sc.shift(
        size, random.choice((-1, 1, 2)), circular=random.random() < 0.3, channels=channels
    )


def upsampled(random, size, channels):
    make = random.choice((sc.upsample_nearest, sc.upsample_linear, sc.zero_insertion))
    return make(size, 2, channels=channels)


def pooled(random, size, channels):
    return sc.avg_pool(
        size, 2, stride=random.choice((1, 2)), padding=random.choice((0, 1)), channels=channels,
        count_include_pad=random.random() < 0.5,
    )  # fmt: skip


def flipped(_random, size, channels):
    return sc.flip(size, channels=channels)


# --- the matrix itself -----------------------------------------------------------------------


def array(operator):
    """Entries at (output channel, *output pixel, input channel, *input pixel)."""
    shape = tuple(int(x) for x in (*operator.rows, *operator.cols))
    return np.array(operator.as_explicit().tolist(), dtype=object).reshape(shape)


def matrix_of(layer):
    """The matrix of a layer by plain loops."""
    kernel, axes = layer.kernel, layer.axes
    geometry = Geometry(
        tuple(x.input_size for x in axes),
        tuple(x.stride for x in axes),
        tuple((x.padding, x.padding_high) for x in axes),
        tuple(x.dilation for x in axes),
        tuple(x.input_dilation for x in axes),
        layer.padding_mode,
    )
    channels = kernel.out_channels, kernel.in_channels, kernel.groups
    weight = np.array(kernel.entries, dtype=object).reshape(
        kernel.out_channels, kernel.in_channels // kernel.groups, *kernel.size
    )
    rows = conv_channels_matrix(weight, channels, kernel.size, geometry)
    return transpose(rows) if layer.transposed else rows


def tap_table(entries, steps):
    """(channels, u*i - s*o) to all entries there, for these steps."""
    half = entries.ndim // 2
    table = {}
    for index in np.ndindex(entries.shape):
        (co, *out), (ci, *into) = index[:half], index[half:]
        q = tuple(u * i - s * o for (s, u), o, i in zip(steps, out, into, strict=True))
        table.setdefault((co, ci, q), []).append(entries[index])
    return table


def is_padded(entries, steps):
    """Whether these are the steps of a layer with zero padding, and do not say nothing."""
    table = tap_table(entries, steps).values()
    if any(entry != met[0] for met in table for entry in met):
        return False
    return all(s in SMALL_STEPS for s in steps) or any(met[0] and met[1:] for met in table)


def padded_geometry(entries, most):
    """Strides and input dilations with which the entries are those of a zero-padded layer."""
    axes = entries.ndim // 2 - 1
    steps = [(s, u) for s, u in product(range(1, most + 1), repeat=2) if gcd(s, u) == 1]
    return next((each for each in product(steps, repeat=axes) if is_padded(entries, each)), None)


def copied_geometry(entries):
    """Mode and stride of a one-axis layer with copied padding whose middle window is inside."""
    co, m, ci, width = entries.shape
    middle = (m - 1) // 2
    for mode, stride in product(MODES, range(1, 4)):
        for first, last in product(range(width), repeat=2):
            size, low = last - first + 1, stride * middle - first
            high = stride * (m - 1) + size - width - low
            room = {"reflect": width - 1, "circular": width}.get(mode, 99)
            if size < 1 or max(low, high) > room:
                continue
            weight = entries[:, middle, :, first : last + 1]
            geometry = Geometry((width,), (stride,), ((low, high),), (1,), (1,), mode)
            rows = conv_channels_matrix(weight, (co, ci, 1), (size,), geometry)
            if np.array_equal(np.array(rows, dtype=object), entries.reshape(co * m, ci * width)):
                return mode, stride
    return None


def check(operator, most):
    """Recognition and search agree; what is recognised has the matrix, what is told is true."""
    found, entries = sc.recognise(operator), array(operator)
    if found:
        assert operator_of(found.layer) == operator
        assert np.array_equal(np.array(matrix_of(found.layer), dtype=object), flat(entries))
    else:
        assert padded_geometry(entries, most) is None
        assert entries.ndim != 4 or copied_geometry(entries) is None
        check_witness(operator, found)
    return bool(found)


def flat(entries):
    half = entries.ndim // 2
    return entries.reshape(int(np.prod(entries.shape[:half])), -1)


def check_witness(operator, found):
    (one, other), small = found.entries, operator.at(found.sizes)
    assert small.entry(*one) != small.entry(*other)
    assert (one[0][0], one[1][0]) == (other[0][0], other[1][0])


def check_symbolic(operator):
    found = sc.recognise(operator)
    start = max(operator.proven_from.values(), default=1)
    if found:
        assert operator_of(found.layer) == operator
        for size in (start, start + 1, start + 4):
            small = operator.at({n: size})
            assert operator_of(found.layer).at({n: size}) == small
        return True
    near, far = (array(operator.at({n: start + more})) for more in (9, 12))
    steps = padded_geometry(far, 3)
    if found.entries:
        check_witness(operator, found)
    else:
        assert "farther away on a larger image" in str(found)
        assert steps is not None
    assert steps is None or ends(near, steps) != ends(far, steps)
    return False


def ends(entries, steps):
    """Where the first and the last tap of a one-axis layer with these steps lie."""
    ((s, u),) = steps
    taps = [u * i - s * o for _, o, _, i in np.argwhere(entries != 0)]
    return min(taps), max(taps)


def sweep(seed, count):
    """How many of so many chains on one axis, on two, and on a symbolic size are layers."""
    random, layers = Random(seed), [0, 0, 0]
    for turn in range(count):
        kind = (0, 0, 1, 2)[turn % 4]
        size = [(random.randint(1, 20),), (random.randint(1, 12), random.randint(1, 3)), (n,)][kind]
        operator = manageable(random, size)
        layers[kind] += (
            check(operator, 8 if kind == 0 else 2) if kind < 2 else check_symbolic(operator)
        )
    return layers


def manageable(random, size):
    while True:
        try:
            operator = chain(random, size)
            assert operator.cells is not None
        except SymconvError:
            continue  # no such operator, or a remainder that decides is unknown
        if operator.size_symbols or np.prod([int(x) for x in operator.shape]) <= 900:
            return operator


@pytest.mark.parametrize("seed", range(4))
def test_random_chains_against_a_search_over_all_geometries(seed):
    layers = sweep(seed, 40)
    assert min(layers) > 0


# --- what users build ------------------------------------------------------------------------


A = sc.conv(K, n)
LAYERS = {
    "a convolution after another": sc.conv(sc.Kernel(sp.symbols("d e")), A.output_size) @ A,
    "a multiple": 2 * A,
    "a sum": A + 3 * A,
    "padding first": A.T.T @ sc.identity(n),
    "cropped afterwards": sc.crop(A.output_size, 1) @ A,
    "pooled": sc.sum_pool(A.output_size, 3, stride=1) @ A,
    "upsampled, then convolved": sc.conv(K, 2 * n, padding=1) @ sc.upsample_nearest(n, 2),
    "moved": sc.shift(n, 2),
    "nothing done": sc.identity((n, n)),
    "stuffed": sc.conv(K, n, input_dilation=3, padding=2),
    "stuffed and strided": sc.conv(K, 2 * n, input_dilation=3, stride=2) * 2,
    "no border, so Toeplitz": A @ A.T,
    "pointwise after depthwise": sc.conv(sc.Kernel.symbolic("p", 1, 2, 3), n)
    @ sc.conv(sc.Kernel.symbolic("d", 3, 2, 2, groups=2), n, padding=1),
    "channels to space": sc.pixel_shuffle((n, n), 2),
    **{f"{mode} padding": 2 * sc.conv(K, n, padding=1, padding_mode=mode) for mode in MODES},
    **{f"{mode}, transposed": 2 * sc.conv(K, n, padding=1, padding_mode=mode).T for mode in MODES},
    "interpolated": sc.upsample_linear(n, 2),
    "a ring of nine": 2 * sc.conv(K, 9, padding=1, padding_mode="circular"),
}


@pytest.mark.parametrize("operator", LAYERS.values(), ids=LAYERS)
def test_a_layer_is_found_however_it_was_made(operator):
    assert operator_of(operator.as_layer()) == operator


def test_the_geometry_is_the_smallest():
    layer = (sc.conv(K, 2 * n, padding=1) @ sc.upsample_nearest(n, 2)).as_layer()
    assert layer.transposed
    assert layer.kernel == sc.Kernel([c, b + c, a + b, a])
    assert (layer.each("stride"), layer.each("padding")) == ([2], [1])


def test_no_end_of_the_kernel_is_zero_and_dilation_is_large():
    kernel = sc.Kernel([0, a, 0, 0, b, 0])
    layer = (1 * sc.conv(kernel, n, padding=2)).as_layer()
    assert layer.kernel == sc.Kernel([a, b])
    assert (layer.each("dilation"), layer.each("padding")) == ([3], [1])


def test_groups_are_as_many_as_they_can_be():
    kernel = sc.Kernel.symbolic("k", 3, 4, 6, groups=2)
    whole = sc.Kernel.of_weights({(o, i, *t): e for o, i, t, e in kernel.weights()}, (3,), 6, 4)
    assert (2 * sc.conv(whole, n)).as_layer().kernel.groups == 2


def test_a_layer_that_was_made_as_one_is_given_back():
    kernel = sc.Kernel([0, a, 0])
    assert sc.conv(kernel, n).as_layer().kernel == kernel
    assert sc.conv_transpose(kernel, n, stride=2).as_layer().kernel == kernel


REFUSED = {
    "reversed": sc.flip(n),
    "padding between": sc.conv(K, n, padding=1) @ sc.conv(K, n, padding=1),
    "at the border": A.T @ A,
    "its own mean": sc.avg_pool(n, 3, stride=1, padding=1, count_include_pad=False),
    "two lines": sc.identity(2 * n) + sc.flip(2 * n),
    "only the corner": A.T @ A - sc.conv(sc.autocorrelation(K.entries).kernel, n, padding=1),
}


@pytest.mark.parametrize("operator", REFUSED.values(), ids=REFUSED)
def test_what_is_no_layer_is_refused_with_two_entries(operator):
    found = sc.recognise(operator)
    assert not found
    assert operator.as_layer() is None
    check_witness(operator, found)


def test_a_tap_that_would_move_away_with_the_size_is_none():
    found = sc.recognise(sc.pad(n, 1, padding_mode="circular"))
    assert found.layer.padding_mode == "circular"
    ring = sc.conv(sc.Kernel([1, 0, 0, 1]), n, padding=((1, 2),), padding_mode="circular")
    found = sc.recognise(sc.crop(ring.output_size, ((1, 0),)) @ ring)
    assert found.layer is None or found.layer.padding_mode == "circular"


def test_a_flip_of_one_size_is_a_layer_if_it_is_small():
    assert sc.conv([1, 0, 1], 2, padding=1) == sc.flip(2)
    assert sc.flip(2).as_layer().padding_mode == "circular"
    assert sc.conv([1, 1, 1], 3, stride=2, dilation=3, padding=4) == sc.flip(3)
    assert sc.flip(3).as_layer().each("stride") == [2]
    assert not any(sc.recognise(sc.flip(size)) for size in range(5, 20))


def test_entries_that_are_equal_and_written_differently_are_one_tap():
    x, y = sp.sqrt(2) * sp.sqrt(3), sp.sqrt(6)
    e = sp.exp(a)
    both = sc.conv(sc.Kernel([e * (e + 1), 1]), n) - sc.conv(sc.Kernel([e**2, 0]), n)
    assert both.as_layer().kernel[0].equals(e)
    assert sc.conv(sc.Kernel([x - y, 1]), n) == sc.conv(sc.Kernel([0, 1]), n)


@pytest.mark.parametrize("side", ["as one", "as two"])
def test_a_composition_is_read_by_every_framework(side):
    sides = sc.statement("composition").sides(n=9, k=3, l=3, s=2, t=1)
    operator = sides[side == "as two"]
    kernel, kwargs = operator.as_layer().kernel, sc.to_torch_kwargs(operator)
    assert sc.from_torch(kwargs.pop("layer"), 9, weight=kernel, **kwargs) == operator
    attributes = sc.to_onnx_attributes(operator)
    assert sc.from_onnx(attributes.pop("op_type"), 9, weight=kernel, **attributes) == operator
    jax = sc.to_jax_kwargs(operator)
    assert not jax.pop("flip_kernel")
    assert sc.from_jax(jax.pop("function"), 9, weight=kernel, **jax) == operator
    keras = sc.to_tensorflow_kwargs(operator)
    keras.pop("filters")
    assert sc.from_tensorflow(keras.pop("layer"), 9, weight=kernel, **keras) == operator


def test_what_a_framework_is_refused_names_two_entries():
    operator = sc.flip(20)
    with pytest.raises(ConventionError, match=r"no single layer of PyTorch.*one tap makes"):
        sc.to_torch_kwargs(operator)


def test_a_million_pixels_are_read_off_the_cells():
    """Neither the points of a line nor the turns of a ring are gone through one by one."""
    size = 10**6
    C = sc.conv([2, 3, 5], size, padding="same", padding_mode="circular")
    ring = C.T @ C
    found = ring.as_layer()
    assert found.kernel == sc.Kernel([10, 21, 38, 21, 10])
    assert found.axes[0].padding_mode == "circular"
    banded = sc.conv([2, 3], size, padding="same")
    assert (banded @ banded.T).as_layer() is None
