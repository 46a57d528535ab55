"""What each step of a pass does, against NumPy slices and the plain loop of tests/reference.py."""

from itertools import product

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st
from reference import conv_matrix
from strategies import geometries, numbered

import symconv as sc
from symconv.frames import frames

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
        (i, j): padded[y : y + reach : dilation, x : x + reach : dilation]
        for (i, y), (j, x) in product(enumerate(starts), repeat=2)
    }


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_a_window_gathers_what_numpy_slices(geometry):
    C = sc.conv(KERNEL, (6, 6), **geometry)
    steps = {step.pixel: step for step in frames(C, image=IMAGE)}
    wanted = windows(IMAGE, **geometry)
    assert steps.keys() == wanted.keys()
    for pixel, window in wanted.items():
        step = steps[pixel]
        assert [t.value for t in step.touches] == window.ravel().tolist()
        assert list(step.products) == (window * KERNEL).ravel().tolist()
        assert step.total == (window * KERNEL).sum()
        met = [p for p in step.window if p is not None]
        assert [IMAGE[p] for p in met] == [t.value for t in step.touches if t.pixel is not None]
    last = frames(C, image=IMAGE)[-1].after
    assert list(last) == [(w * KERNEL).sum() for w in wanted.values()]


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_a_pixel_scatters_what_numpy_adds(geometry):
    C = sc.conv(KERNEL, (6, 6), **geometry)
    small = np.arange(np.prod(C.output_size)).reshape(C.output_size) ** 2 % 19 - 5
    stride, dilation, padding = geometry.values()
    whole = np.zeros((6 + 2 * padding,) * 2, dtype=int)
    inner = slice(padding, padding + 6)
    steps = frames(C.T, image=small)
    assert [step.pixel for step in steps] == list(np.ndindex(small.shape))
    for step in steps:
        before = whole[inner, inner].ravel().tolist()
        assert list(step.before) == before
        y, x = (stride * at for at in step.pixel)
        stamp = small[step.pixel] * KERNEL
        reach = 2 * dilation + 1
        whole[y : y + reach : dilation, x : x + reach : dilation] += stamp
        assert list(step.products) == stamp.ravel().tolist()
        assert list(step.after) == whole[inner, inner].ravel().tolist()
    assert list(steps[-1].after) == np.ravel((C.T @ small).tolist()).tolist()


@given(geometries(axes=st.integers(1, 2), most_input_dilation=2), st.booleans(), st.booleans())
def test_every_step_is_a_row_or_a_column(case, transposed, natural):
    kernel_size, geometry = case
    kernel = numbered(kernel_size)
    natural = natural or geometry.padding_mode != "zeros"
    matrix = np.array(conv_matrix(kernel, kernel_size, geometry))
    C = sc.conv(np.reshape([*kernel.values()], kernel_size), **geometry.arguments)
    operator, matrix = (C.T, matrix.T) if transposed else (C, matrix)
    how = "scatter" if transposed == natural else "gather"
    image = np.arange(matrix.shape[1]) ** 2 % 17 - 4
    steps = frames(operator, how, image.reshape(operator.input_size))
    assert list(steps[-1].after) == (matrix @ image).tolist()
    for number, step in enumerate(steps):
        line = np.zeros(matrix.shape[how == "gather"], dtype=int)
        for touch in step.touches:
            if touch.pixel is not None:
                slid = operator.input_size if how == "gather" else operator.output_size
                line[np.ravel_multi_index(touch.pixel, slid)] += touch.entry
        wanted = matrix[number] if how == "gather" else matrix[:, number]
        assert line.tolist() == wanted.tolist()


def test_symbols_and_default_images():
    k0, k1, x0, x1 = sp.symbols("k_{0} k_{1} x_{0} x_{1}", real=True)
    step = frames(sc.conv(sc.Kernel.symbolic("k", 2), 2))[0]
    assert step.total == k0 * x0 + k1 * x1
    assert frames(sc.conv([1, 1], 3))[1].total == 2 + 3


def test_what_has_no_frames_is_refused():
    C = sc.conv([1, 2], 4)
    with pytest.raises(sc.SymconvError, match="single layer"):
        frames(C.T @ C)
    with pytest.raises(sc.SymconvError, match="'sideways' is neither gather nor scatter"):
        frames(C, "sideways")
    with pytest.raises(sc.SymconvError, match=r"shape \(3,\); this layer takes \(4,\)"):
        frames(C, image=[1, 2, 3])
    with pytest.raises(sc.SymconvError, match="channels"):
        frames(sc.conv(sc.Kernel.symbolic("k", 2, 2, 2), 4))
    with pytest.raises(sc.SymconvError, match=r"symbolic"):
        frames(sc.conv([1, 2], sp.Symbol("n")))
    wrapped = sc.conv([1, 2, 3], 4, padding=1, padding_mode="circular")
    with pytest.raises(sc.SymconvError, match=r'circular.*only how="gather"'):
        frames(wrapped, "scatter")
    with pytest.raises(sc.SymconvError, match=r'circular.*only how="scatter"'):
        frames(wrapped.T, "gather")
