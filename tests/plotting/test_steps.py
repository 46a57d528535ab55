"""What each step of a pass does, against NumPy slices and the plain loop of tests/reference.py."""

from itertools import product

import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, given
from hypothesis import strategies as st
from reference import conv_channels_matrix, conv_matrix
from strategies import channels, geometries, numbered, weight_shape

import symconv as sc
from symconv.plotting.steps import steps_of

GEOMETRIES = [
    {"stride": 1, "dilation": 1, "padding": 0},
    {"stride": 2, "dilation": 1, "padding": 0},
    {"stride": 1, "dilation": 2, "padding": 0},
    {"stride": 1, "dilation": 1, "padding": 1},
    {"stride": 2, "dilation": 2, "padding": 1},
]
KERNEL = np.array([[2, -1, 3], [5, 7, -4], [6, 8, 9]])
IMAGE = np.arange(36).reshape(6, 6) ** 2 % 23 - 7


def windows(image, stride, dilation, padding):
    """Output pixel to its 3x3 window, as slices of the padded image."""
    padded = np.pad(image, padding)
    reach = 2 * dilation + 1
    starts = range(0, padded.shape[0] - reach + 1, stride)
    return {
        (0, i, j): padded[y : y + reach : dilation, x : x + reach : dilation]
        for (i, y), (j, x) in product(enumerate(starts), repeat=2)
    }


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_a_window_gathers_what_numpy_slices(geometry):
    C = sc.conv(KERNEL, (6, 6), **geometry)
    steps = {step.pixel: step for step in steps_of(C, image=IMAGE)}
    wanted = windows(IMAGE, **geometry)
    assert steps.keys() == wanted.keys()
    for pixel, window in wanted.items():
        step = steps[pixel]
        assert [t.value for t in step.touches] == window.ravel().tolist()
        assert list(step.products) == (window * KERNEL).ravel().tolist()
        assert step.total == (window * KERNEL).sum()
        met = [p for p in step.window if p is not None]
        assert [IMAGE[p[1:]] for p in met] == [t.value for t in step.touches if t.pixel is not None]
    last = steps_of(C, image=IMAGE)[-1].after
    assert list(last) == [(w * KERNEL).sum() for w in wanted.values()]


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_a_pixel_scatters_what_numpy_adds(geometry):
    C = sc.conv(KERNEL, (6, 6), **geometry)
    small = np.arange(np.prod(C.output_size)).reshape(C.output_size) ** 2 % 19 - 5
    stride, dilation, padding = geometry.values()
    whole = np.zeros((6 + 2 * padding,) * 2, dtype=int)
    inner = slice(padding, padding + 6)
    steps = steps_of(C.T, image=small)
    assert [step.pixel for step in steps] == list(np.ndindex(1, *small.shape))
    for step in steps:
        before = whole[inner, inner].ravel().tolist()
        assert list(step.before) == before
        y, x = (stride * at for at in step.pixel[1:])
        stamp = small[step.pixel[1:]] * KERNEL
        reach = 2 * dilation + 1
        whole[y : y + reach : dilation, x : x + reach : dilation] += stamp
        assert list(step.products) == stamp.ravel().tolist()
        assert list(step.after) == whole[inner, inner].ravel().tolist()
    assert list(steps[-1].after) == np.ravel((C.T @ small).tolist()).tolist()


@given(geometries(axes=st.integers(1, 2), most_input_dilation=2), st.booleans(), st.booleans())
def test_every_step_is_a_row_or_a_column(case, transposed, natural):
    kernel_size, geometry = case
    kernel = numbered(kernel_size)
    matrix = np.array(conv_matrix(kernel, kernel_size, geometry))
    C = sc.conv(np.reshape([*kernel.values()], kernel_size), **geometry.arguments)
    operator, matrix = (C.T, matrix.T) if transposed else (C, matrix)
    how = "scatter" if transposed == natural else "gather"
    image = np.arange(matrix.shape[1]) ** 2 % 17 - 4
    steps = steps_of(operator, how, image.reshape(operator.input_size))
    assert list(steps[-1].after) == (matrix @ image).tolist()
    for number, step in enumerate(steps):
        line = np.zeros(matrix.shape[how == "gather"], dtype=int)
        for touch in step.touches:
            if touch.pixel is not None:
                slid = operator.input_size if how == "gather" else operator.output_size
                line[np.ravel_multi_index(touch.pixel[1:], slid)] += touch.entry
        wanted = matrix[number] if how == "gather" else matrix[:, number]
        assert line.tolist() == wanted.tolist()


def test_symbols_and_default_images():
    k0, k1, x0, x1 = sp.symbols("k_{0} k_{1} x_{0} x_{1}", real=True)
    step = steps_of(sc.conv(sc.Kernel.symbolic("k", 2), 2))[0]
    assert step.total == k0 * x0 + k1 * x1
    assert steps_of(sc.conv([1, 1], 3))[1].total == 2 + 3


@given(geometries(axes=st.integers(1, 3)), channels(), st.booleans(), st.booleans())
def test_every_step_over_channels_is_a_row_or_a_column(case, channel_axes, transposed, gathers):
    kernel_size, geometry = case
    shape = weight_shape(channel_axes, kernel_size)
    assume(np.prod(shape) < 100)
    weight = {at: 3 * n + 1 for n, at in enumerate(np.ndindex(*shape))}
    matrix = np.array(conv_channels_matrix(weight, channel_axes, kernel_size, geometry))
    array = np.reshape([*weight.values()], shape)
    C = sc.conv(sc.Kernel.from_weight(array, channel_axes[2]), **geometry.arguments)
    operator, matrix = (C.T, matrix.T) if transposed else (C, matrix)
    image = np.arange(matrix.shape[1]) ** 2 % 17 - 4
    size = (operator.in_channels, *operator.input_size)
    steps = steps_of(operator, "gather" if gathers else "scatter", image.reshape(size))
    assert list(steps[-1].after) == (matrix @ image).tolist()
    met_size = size if gathers else (operator.out_channels, *operator.output_size)
    for number, step in enumerate(steps):
        line = np.zeros(met_size, dtype=int)
        for touch in step.touches:
            if touch.pixel is not None:
                line[touch.pixel] += touch.entry
        wanted = (matrix[number] if gathers else matrix[:, number]).reshape(met_size)
        assert (line == wanted).all()
        if gathers:
            sums = (wanted * image.reshape(met_size)).reshape(len(wanted), -1).sum(axis=1)
            assert all(sums[channel] == value for channel, value in step.sums.items())
            assert step.total == sums.sum()


OTHERS = {
    "gram": lambda: sc.conv(KERNEL, (4, 4)).T @ sc.conv(KERNEL, (4, 4)),
    "sum": lambda: sc.conv(KERNEL, (4, 4), padding=1) - sc.identity((4, 4)),
    "mean": lambda: sc.avg_pool((4, 4), 2),
    "shuffle": lambda: sc.pixel_shuffle((2, 2), 2, channels=2),
    "bilinear": lambda: sc.upsample_linear((2, 3), 2),
    "flip": lambda: sc.flip((2, 3)),
}


@pytest.mark.parametrize("how", ["gather", "scatter"])
@pytest.mark.parametrize("name", OTHERS)
def test_any_operator_has_the_windows_of_its_matrix(name, how):
    operator = OTHERS[name]()
    matrix = np.array(operator.as_explicit().tolist())
    steps = steps_of(operator, how)
    image = sp.Matrix(range(1, matrix.shape[1] + 1))
    assert list(steps[-1].after) == list(operator.as_explicit() * image)
    for number, step in enumerate(steps):
        line = matrix[number] if how == "gather" else matrix[:, number]
        assert [touch.entry for touch in step.touches] == [entry for entry in line if entry]


def test_what_has_no_frames_is_refused():
    C = sc.conv([1, 2], 4)
    with pytest.raises(sc.SymconvError, match="how 'sideways' is not one of gather, scatter"):
        steps_of(C, "sideways")
    with pytest.raises(sc.SymconvError, match=r"shape \(3,\); this operator takes \(4,\)"):
        steps_of(C, image=[1, 2, 3])
    with pytest.raises(sc.SymconvError, match=r"symbolic"):
        steps_of(sc.conv([1, 2], sp.Symbol("n")))
    with pytest.raises(sc.SymconvError, match=r"1000000 pixels step by step are more than 4096"):
        steps_of(sc.conv([1, 2], 10**6))
