"""Pictures by structure: pixels of known cells, words that do not overlap."""

import subprocess
import sys
from functools import lru_cache
from io import BytesIO
from itertools import combinations, product

import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image
from reference import conv_matrix, conv_transpose_matrix
from strategies import Geometry, geometries, numbered
from strategies import channels as channel_axes

import symconv as sc
from symconv.plotting.figure import _figure_class
from symconv.plotting.layout import Layout
from symconv.plotting.receptive_field import receptive_fields
from symconv.plotting.scene import INCHES
from symconv.plotting.steps import steps_of
from symconv.typesetting.style import channels
from symconv.typesetting.tap_colours import DARK, MIXED, PAPER, WHITE, pale, tap_colour, tinted

K = sc.Kernel.symbolic("k", (3, 3))
A = sc.Kernel.arange((3, 3))
WEIGHT = sc.Kernel.from_weight(np.arange(1, 17).reshape(2, 2, 2, 2))
CUBE = sc.Kernel.arange((2, 2, 2))


@lru_cache(maxsize=2)
def pixels(figure):
    figure.canvas.draw()
    return np.array(figure.canvas.buffer_rgba())[..., :3]


def colour_at(figure, axes, x, y):
    """The colour of the pixel at a place in the coordinates of some axes."""
    image = pixels(figure)
    across, up = axes.transData.transform((x, y))
    return tuple(image[image.shape[0] - 1 - int(up), int(across)].tolist())


def cell_colours(figure, rows, cols):
    """The colours near the upper left corners of the cells of a matrix, clear of any text."""
    image, axes = pixels(figure), figure.axes[0]
    found = {}
    for row, col in product(range(rows), range(cols)):
        across, up = axes.transData.transform((col + 0.15, row + 0.13))
        found[row, col] = tuple(image[image.shape[0] - 1 - int(up), int(across)].tolist())
    return found


def texts_of(figure):
    """Boxes of all words, drawn."""
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    found = {}
    for axes in figure.axes:
        ticks = [label for axis in (axes.xaxis, axes.yaxis) for label in axis.get_ticklabels()]
        titles = [axes.title, axes._left_title, axes.xaxis.label, axes.yaxis.label]
        for text in [*axes.texts, *ticks, *titles]:
            if text.get_text() and text.get_visible():
                found[text] = text.get_window_extent(renderer)
    return found


def cells_of(figure):
    """(left, bottom, right, top) of all painted cells, in pixels."""
    found = [np.empty((0, 4))]
    for axes in figure.axes:
        for collection in axes.collections:
            fills = collection.get_facecolor()
            for at, path in enumerate(collection.get_paths()):
                if len(fills) and fills[at % len(fills)][3]:
                    box = path.get_extents(axes.transData)
                    found.append([[box.x0, box.y0, box.x1, box.y1]])
    return np.concatenate(found)


def assert_tidy(figure):
    """No two words touch, none leaves the paper or its cell."""
    boxes = texts_of(figure)
    assert boxes
    width, height = figure.canvas.get_width_height()
    left, bottom, right, top = cells_of(figure).T
    for text, box in boxes.items():
        inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height
        assert inside, f"{text.get_text()!r} leaves the paper"
        touched = (box.x0 < right) & (left < box.x1) & (box.y0 < top) & (bottom < box.y1)
        assert touched.sum() <= 1, f"{text.get_text()!r} leaves its cell"
    for (one, a), (other, b) in combinations(boxes.items(), 2):
        apart = a.x1 <= b.x0 or b.x1 <= a.x0 or a.y1 <= b.y0 or b.y1 <= a.y0
        assert apart, f"{one.get_text()!r} and {other.get_text()!r} overlap"


# --- matrices --------------------------------------------------------------------------------

CASES = [
    ((4, 4), (3, 3), (1, 1), ((0, 0), (0, 0)), (1, 1), "zeros"),
    ((5, 4), (3, 2), (2, 1), ((1, 0), (1, 1)), (1, 2), "zeros"),
    ((5, 5), (2, 2), (1, 1), ((1, 1), (1, 1)), (2, 2), "circular"),
    ((4, 4), (3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1), "reflect"),
    ((7,), (3,), (2,), ((2, 1),), (1,), "replicate"),
]


@pytest.mark.parametrize("case", CASES)
def test_every_cell_has_the_colour_of_its_tap(case):
    size, kernel_size, stride, padding, dilation, mode = case
    geometry = Geometry(size, stride, padding, dilation, (1,) * len(size), mode)
    # Powers of two: the binary digits of an entry say which taps made it.
    bits = {tap: 2**at for at, tap in enumerate(numbered(kernel_size))}
    matrix = np.array(conv_matrix(bits, kernel_size, geometry))
    C = sc.conv(sc.Kernel.symbolic("k", kernel_size), **geometry.arguments)
    for operator, wanted in ((C, matrix), (C.T, matrix.T)):
        colours = cell_colours(sc.draw(operator), *wanted.shape)
        for place, entry in np.ndenumerate(wanted):
            taps = [at for at in range(len(bits)) if int(entry) >> at & 1]
            colour = WHITE if not taps else tap_colour(taps[0])
            # A tap that meets a pixel twice counts twice, and moves the digits.
            single = entry in bits.values() or entry == 0
            assert colours[place] == channels(colour if single else MIXED), place


def test_channels_have_the_colours_of_their_taps():
    C = sc.conv(sc.Kernel.symbolic("k", 2, 2, 2), 3)
    colours = cell_colours(sc.draw(C), 4, 6)
    for row, col in product(range(4), range(6)):
        tap = col % 3 - row % 2
        tint = 2 * (row // 2) + col // 3
        wanted = tinted(tap_colour(tap), tint, 4) if tap in (0, 1) else WHITE
        assert colours[row, col] == channels(wanted)


def test_a_stuffed_layer_keeps_the_taps_that_it_was_made_of():
    C = sc.conv(sc.Kernel.symbolic("k", 3), 4, padding=2, input_dilation=2)
    colours = cell_colours(sc.draw(C), *C.shape)
    for (row, col), entry in np.ndenumerate(np.array(C.as_explicit().tolist())):
        wanted = tap_colour(int(str(entry)[3])) if entry else WHITE
        assert colours[row, col] == channels(wanted)


def test_a_gram_matrix_has_one_colour_a_lag_and_hatched_borders():
    C = sc.conv(A, (4, 4), padding=1)
    G = C @ C.T
    figure = sc.draw(G, by="lag")
    colours = cell_colours(figure, 16, 16)
    values = sc.to_numpy(G)
    wide = np.pad(A.tolist(), 3).astype(int)
    by_lag = {}
    for i, j in product(range(16), repeat=2):
        lag = (i // 4 - j // 4, i % 4 - j % 4)
        lag = max(lag, (-lag[0], -lag[1]))
        shifted = np.roll(wide, lag, (0, 1))
        toeplitz = int((wide * shifted).sum()) if max(map(abs, lag)) < 3 else 0
        if values[i, j]:
            by_lag.setdefault(lag, set()).add(colours[i, j])
        # Off the middle, where there is a number, and on a stroke of the hatching.
        on_stroke = colour_at(figure, figure.axes[0], j + 0.13, i + 0.87)
        assert (on_stroke != colours[i, j]) == (values[i, j] != toeplitz), (i, j)
    assert all(len(found) == 1 for found in by_lag.values())
    assert len(set.union(*by_lag.values())) == len(by_lag) == 13


def test_numbers_are_shaded_by_size():
    C = sc.conv([3, -1], 4)
    colours = cell_colours(sc.draw(C.T @ C), 4, 4)
    brightness = {place: sum(colour) for place, colour in colours.items()}
    assert brightness[0, 2] == 3 * 255  # zero
    assert brightness[1, 1] < brightness[0, 0] < brightness[0, 1]  # 10 > 9 > |-3|
    assert colours[0, 1] == colours[1, 0] == colours[2, 3]


def test_entries_colour_what_has_neither_taps_nor_lags():
    C = sc.conv(sc.Kernel.symbolic("k", 2), 6, stride=2)
    product_ = sc.conv(sc.Kernel.symbolic("h", 2), 3) @ C
    colours = cell_colours(sc.draw(product_), 2, 6)
    for i, j in product(range(2), range(6)):
        same = {p for p in colours if product_.entry(*p) == product_.entry(i, j)}
        assert {p for p in colours if colours[p] == colours[i, j]} == same


def test_large_matrices_are_drawn_and_larger_ones_refused():
    figure = sc.draw(sc.conv(A, (100, 100), padding=1))
    image = pixels(figure)
    assert np.abs(image.astype(int) - channels(tap_colour(8))).sum(axis=-1).min() < 12
    middle = colour_at(figure, figure.axes[0], 2000, 8000)
    assert middle == (255, 255, 255)
    with pytest.raises(sc.SymconvError, match="are more than 500000"):
        sc.draw(sc.conv(A, (1000, 1000)))


def test_a_title_says_hatched_only_where_strokes_are_drawn():
    for side, hatched in ((6, True), (24, False)):
        C = sc.conv(sc.Kernel.arange((7, 7)), (side, side), padding=3)
        assert ("hatched" in sc.draw(C @ C.T).axes[0].get_title(loc="left")) == hatched


def test_a_long_matrix_of_few_entries_is_drawn():
    long = sc.conv([1, 2], 10**12, stride=10**11)
    assert_tidy(sc.draw(long))
    assert_tidy(sc.draw(long.T))


def test_what_cannot_be_drawn_is_said():
    n = sp.Symbol("n")
    with pytest.raises(sc.SymconvError, match="symbolic"):
        sc.draw(sc.conv([1, 2], n))
    C = sc.conv(K, (4, 4))
    with pytest.raises(sc.SymconvError, match="'colour' is not one of tap, lag, size, entry"):
        sc.draw(C, by="colour")
    with pytest.raises(sc.SymconvError, match="symbolic entries"):
        sc.draw(C, by="size")
    with pytest.raises(sc.SymconvError, match="single layer"):
        sc.draw(C.T @ C, by="tap")
    with pytest.raises(sc.SymconvError, match="no lags"):
        sc.draw(sc.conv([1, 2], 4, stride=2), by="lag")


def test_an_empty_operator_is_a_white_sheet():
    zero = sc.conv([0, 0], 3)
    assert set(cell_colours(sc.draw(zero), 2, 3).values()) == {(255, 255, 255)}
    assert set(cell_colours(sc.draw(zero @ zero.T), 2, 2).values()) == {(255, 255, 255)}


# --- windows ---------------------------------------------------------------------------------


def cell(figure, grid, row, col):
    """The colour near the upper left corner of a cell of a panel."""
    x, y = grid.x + (col + 0.16) * grid.size, grid.y + (row + 0.16) * grid.size
    return colour_at(figure, figure.axes[0], x, y)


def block(figure, grid, channel, part, row, col):
    """The colour near the upper left corner of a cell of a block of a panel."""
    x, y = grid.corner((channel * grid.rows + row, part * grid.cols + col))
    return colour_at(figure, figure.axes[0], x + 0.16 * grid.size, y + 0.16 * grid.size)


def test_a_window_shows_padding_taps_and_the_row_of_the_matrix():
    C = sc.conv(A, (5, 5), stride=2, padding=1)
    figure = sc.draw_window(C, (0, 1))
    layout = Layout(steps_of(C))
    image, kernel, output = layout.grids
    for row, col in product(range(7), repeat=2):
        tap = (row, col - 2)
        inside = 1 <= row <= 5 and 1 <= col <= 5
        wanted = WHITE if inside else PAPER
        if tap in product(range(3), repeat=2):
            wanted = tap_colour(3 * tap[0] + tap[1])
        assert cell(figure, image, row, col) == channels(wanted), (row, col)
    assert cell(figure, kernel, 2, 1) == channels(tap_colour(7))
    assert cell(figure, output, 0, 1) == channels(DARK)
    assert cell(figure, output, 0, 0) == channels(WHITE)
    assert cell(figure, output, 1, 1) == channels(PAPER)
    bits = {tap: 2**at for at, tap in enumerate(product(range(3), repeat=2))}
    geometry = Geometry((5, 5), (2, 2), ((1, 1), (1, 1)), (1, 1), (1, 1), "zeros")
    for (row, col), bit in np.ndenumerate(conv_matrix(bits, (3, 3), geometry)):
        colour = WHITE if not bit else tap_colour(int(bit).bit_length() - 1)
        wanted = colour if row == 1 or not bit else pale(colour)
        assert cell(figure, layout.matrix, row, col) == channels(wanted), (row, col)


def test_stuffed_zeros_stand_between_the_pixels():
    T = sc.conv_transpose(A, (2, 2), stride=2, padding=1, output_padding=1)
    figure = sc.draw_window(T, 15)
    image = Layout(steps_of(T, "gather")).grids[0]
    window = {(row, col) for row in (3, 4, 5) for col in (3, 4, 5)}
    for row, col in product(range(6), repeat=2):
        if (row, col) not in window:
            pixel = (row, col) in {(1, 1), (1, 3), (3, 1), (3, 3)}
            assert cell(figure, image, row, col) == channels(WHITE if pixel else PAPER)
    assert cell(figure, image, 3, 3) == channels(tap_colour(8))  # the flipped kernel's first


def test_a_scattered_pixel_lights_its_stamp_and_its_column():
    T = sc.conv_transpose(A, (2, 2), stride=2)
    figure = sc.draw_scatter(T, (1, 0))
    layout = Layout(steps_of(T))
    image, _, _, output = layout.grids
    assert cell(figure, image, 1, 0) == channels(DARK)
    for row, col in product(range(5), repeat=2):
        inside = row >= 2 and col < 3
        wanted = tap_colour(3 * (row - 2) + col) if inside else WHITE
        assert cell(figure, output, row, col) == channels(wanted)
    pair = ((0, 0), (0, 0))
    matrix = conv_transpose_matrix(
        dict.fromkeys(product(range(3), repeat=2), 1), (3, 3), (2, 2), (2, 2), pair, (0, 0), (1, 1)
    )
    for row in range(25):
        lit = cell(figure, layout.matrix, row, 2)
        assert (lit in {channels(tap_colour(at)) for at in range(9)}) == bool(matrix[row][2])


def test_channels_stand_below_each_other_with_their_sums():
    C = sc.conv(WEIGHT, (3, 3))
    figure = sc.draw_window(C, (1, 0, 1))
    layout = Layout(steps_of(C))
    image, kernel, sums, output = layout.grids
    for channel, row, col in np.ndindex(2, 3, 3):
        tap = (row, col - 1)
        inside = tap in product(range(2), repeat=2)
        colour = tap_colour(2 * tap[0] + tap[1]) if inside else WHITE
        wanted = tinted(colour, 2 + channel, 4) if inside else WHITE
        assert block(figure, image, channel, 0, row, col) == channels(wanted)
    for channel, row, col in np.ndindex(2, 2, 2):
        wanted = channels(tinted(tap_colour(2 * row + col), 2 + channel, 4))
        assert block(figure, kernel, channel, 0, row, col) == wanted
        lit = (channel, row, col) == (1, 0, 1)
        shown = WHITE if (channel, row, col) < (1, 0, 1) else PAPER
        assert block(figure, output, channel, 0, row, col) == channels(DARK if lit else shown)
    x = np.arange(1, 19).reshape(2, 3, 3)[:, :2, 1:]
    parts = (x * np.arange(9, 17).reshape(2, 2, 2)).sum(axis=(1, 2))
    words = [t.get_text() for t in figure.axes[0].texts if t.get_text()]
    assert words[-1].endswith(f"= {parts[0]} + {parts[1]} = {parts.sum()}")
    at = words.index(str(parts[0]))
    assert words[at : at + 2] == parts.astype(str).tolist()
    assert block(figure, sums, 1, 0, 0, 0) == channels(WHITE)


def test_slices_of_a_volume_stand_side_by_side():
    C = sc.conv(CUBE, (2, 3, 3), padding=((1, 0), (0, 0), (0, 0)))
    figure = sc.draw_window(C, (0, 1, 0))
    image, kernel, output = Layout(steps_of(C)).grids
    for part, row, col in np.ndindex(3, 3, 3):
        tap = (part, row - 1, col)
        inside = tap in product(range(2), repeat=3)
        wanted = tap_colour(4 * part + 2 * (row - 1) + col) if inside else WHITE if part else PAPER
        assert block(figure, image, 0, part, row, col) == channels(wanted), (part, row, col)
    assert block(figure, kernel, 0, 1, 1, 0) == channels(tap_colour(6))
    assert block(figure, output, 0, 0, 1, 0) == channels(DARK)
    names = [t.get_text() for t in figure.axes[0].texts if t.get_text().startswith("slice")]
    assert names == ["slice −1", "slice 0", "slice 1", "slice 0", "slice 1", "slice 0", "slice 1"]


def test_a_product_shows_a_row_as_an_image():
    C = sc.conv(A, (4, 4))
    G = C.T @ C
    figure = sc.draw_window(G, 5)
    words = [t.get_text() for t in figure.axes[0].texts]
    row = sc.to_numpy(G)[5]
    assert words[-1].strip().endswith(f"= {row @ np.arange(1, 17)}")
    at = words.index("1920")  # the output so far, after image and row
    assert words[16:32] == row.astype(str).tolist()
    assert int(words[at]) == sc.to_numpy(G)[4] @ np.arange(1, 17)


def test_a_figure_shows_numpys_numbers():
    C = sc.conv(A, (4, 4), dilation=1)
    image = np.arange(16).reshape(4, 4) % 5
    words = [t.get_text() for t in sc.draw_window(C, (1, 0), image=image).axes[0].texts]
    total = int((image[1:, :3] * np.arange(1, 10).reshape(3, 3)).sum())
    assert words.count(str(total)) == 2  # in the output, and in the column beside the matrix
    assert words[-1].endswith(f"= {total}")


PICTURES = {
    "matrix": lambda: sc.draw(sc.conv(K, (4, 4))),
    "tall matrix": lambda: sc.draw(sc.conv(K, (4, 4)).T),
    "one axis": lambda: sc.draw(sc.conv([1, 2, 3], 9, stride=2)),
    "gram": lambda: sc.draw(sc.conv(A, (4, 4), padding=1) @ sc.conv(A, (4, 4), padding=1).T),
    "small gram": lambda: sc.draw(
        sc.conv([1, 2, 3], 4, padding=1) @ sc.conv([1, 2, 3], 4, padding=1).T
    ),
    "channels": lambda: sc.draw(sc.conv(sc.Kernel.symbolic("k", (2, 2), 2, 3), (3, 3))),
    "tiny": lambda: sc.draw(sc.conv([1], 1)),
    "many rows": lambda: sc.draw(sc.conv(A, (40, 40))),
    "window": lambda: sc.draw_window(sc.conv(A, (4, 4)), 1),
    "symbolic window": lambda: sc.draw_window(sc.conv(K, (5, 5), stride=2, padding=1), 4),
    "stuffed": lambda: sc.draw_window(
        sc.conv_transpose(K, (2, 2), stride=2, padding=1, output_padding=1), 6
    ),
    "scatter": lambda: sc.draw_scatter(sc.conv_transpose(A, (2, 2)), 3),
    "symbolic scatter": lambda: sc.draw_scatter(sc.conv_transpose(K, (2, 2)), 3),
    "line": lambda: sc.draw_window(
        sc.conv(sc.Kernel.symbolic("k", 3), 7, dilation=2, padding=2), 2
    ),
    "line scatter": lambda: sc.draw_scatter(
        sc.conv_transpose([1, 2, 3], 4, stride=2, padding=1), 2
    ),
    "turned scatter": lambda: sc.draw_scatter(sc.conv(A, (4, 4), stride=2, padding=1), 5),
    "wrapped": lambda: sc.draw_window(sc.conv(A, (4, 4), padding=1, padding_mode="circular"), 0),
    "large": lambda: sc.draw_window(sc.conv(A, (8, 8), padding=1), (3, 3)),
    "fractions": lambda: sc.draw_window(sc.conv(["1/16", "-1/3", "sigma"], 5), 1),
    "long names": lambda: sc.draw_window(
        sc.conv([sp.Symbol("alpha") + sp.Symbol("beta"), sp.Symbol("a_long_name")], 4), 1
    ),
    "channels, gathered": lambda: sc.draw_window(sc.conv(WEIGHT, (3, 3), padding=1), (1, 0, 1)),
    "channels, scattered": lambda: sc.draw_scatter(sc.conv_transpose(WEIGHT, (2, 2)), (1, 0, 1)),
    "channels of lines": lambda: sc.draw_window(
        sc.conv(sc.Kernel.symbolic("k", 2, 2, 3), 4, padding=1), (1, 2)
    ),
    "depthwise": lambda: sc.draw_window(
        sc.conv(sc.Kernel.symbolic("k", (2, 2), 3, 3, 3), (3, 3)), (1, 1, 0)
    ),
    "many channels": lambda: sc.draw_window(
        sc.conv(sc.Kernel.symbolic("k", (2, 2), 8, 2), (4, 4)), (1, 1, 0)
    ),
    "volume": lambda: sc.draw_window(sc.conv(CUBE, (3, 3, 3), padding=1), (1, 0, 2)),
    "volume, scattered": lambda: sc.draw_scatter(sc.conv_transpose(CUBE, (2, 2, 2)), 5),
    "volume of channels": lambda: sc.draw_window(
        sc.conv(sc.Kernel.symbolic("k", (2, 2, 2), 2, 2), (3, 3, 3)), 9
    ),
    "product": lambda: sc.draw_window(sc.conv(A, (4, 4)).T @ sc.conv(A, (4, 4)), 5),
    "symbolic product": lambda: sc.draw_window(sc.conv(K, (3, 4)).T @ sc.conv(K, (3, 4)), 5),
    "wrapped scatter": lambda: sc.draw_scatter(
        sc.conv(A, (4, 4), padding=1, padding_mode="circular"), 0
    ),
    "shuffle": lambda: sc.draw_scatter(sc.pixel_shuffle((2, 2), 2), 5),
    "mean": lambda: sc.draw_window(sc.avg_pool((4, 4), 2, channels=2), (1, 0, 1)),
    "bilinear": lambda: sc.draw_scatter(sc.upsample_linear((2, 3), 2), 4),
    "cropped": lambda: sc.draw_window(sc.conv(A, (5, 6), padding=((-1, 2), (1, -1))), 3),
    "long line": lambda: sc.draw_window(sc.conv([1, 2, 3], 100), 50),
    "empty": lambda: sc.draw_window(sc.conv([1, 2], 3) * 0, 1),
    "checkerboard": lambda: sc.draw_checkerboard(sc.conv_transpose(A, (3, 3), stride=2)),
    "symbolic checkerboard": lambda: sc.draw_checkerboard(sc.conv_transpose(K, (3, 3), stride=2)),
    "line checkerboard": lambda: sc.draw_checkerboard(sc.conv_transpose([1, 2, 1], 4, stride=2)),
    "field": lambda: sc.draw_receptive_field([sc.conv(A, (9, 9)), sc.conv(A, (7, 7), stride=2)]),
    "line field": lambda: sc.draw_receptive_field(
        [sc.conv([1, 1], 9), sc.conv([1, 1], 8, stride=2)]
    ),
}


@pytest.mark.parametrize("name", PICTURES)
def test_no_words_overlap(name):
    assert_tidy(PICTURES[name]())


@settings(max_examples=15)
@given(geometries(), channel_axes(), st.booleans(), st.booleans(), st.integers(0, 10**6))
def test_no_words_overlap_whatever_the_geometry(case, outer, transposed, symbolic, number):
    kernel_size, geometry = case
    outs, ins, groups = outer
    kernel = sc.Kernel.symbolic("k", kernel_size, ins, outs, groups)
    if not symbolic:
        kernel = kernel.subs({symbol: at % 97 for at, symbol in enumerate(kernel.entries)})
    C = sc.conv(kernel, **geometry.arguments)
    assume(max(C.shape) <= 256)
    if transposed:
        assert_tidy(sc.draw_scatter(C.T, number % C.shape[0]))
    else:
        assert_tidy(sc.draw_window(C, number % C.shape[0]))
    assert_tidy(sc.draw(C.T if transposed else C))
    assert_tidy(sc.draw(C @ C.T))


def test_overlapping_words_are_seen():
    figure = sc.draw(sc.conv([1, 2], 3))
    figure.axes[0].text(0.5, 0.5, "over it", color=DARK)
    with pytest.raises(AssertionError, match="leaves its cell"):
        assert_tidy(figure)
    figure = sc.draw_window(sc.conv([1, 2], 3), 0)
    figure.axes[0].text(1, 0.65, "over it", color=DARK)
    with pytest.raises(AssertionError, match="overlap"):
        assert_tidy(figure)


def test_words_stay_in_their_cells():
    figure = sc.draw_scatter(sc.conv_transpose(A, (2, 2)), 3)
    grid = Layout(steps_of(sc.conv_transpose(A, (2, 2)))).grids[-1]
    side = 100 * INCHES * grid.size
    sums = [box for text, box in texts_of(figure).items() if "+" in text.get_text()]
    assert len(sums) == 8
    assert max(box.width for box in sums) < side


def test_what_has_no_window_is_said():
    with pytest.raises(sc.SymconvError, match="not in an image"):
        sc.draw_window(sc.conv(A, (4, 4)), (2, 0))
    with pytest.raises(sc.SymconvError, match="one to three axes"):
        sc.draw_window(sc.conv(sc.Kernel.symbolic("k", (1,) * 4), (2,) * 4), 0)
    with pytest.raises(sc.SymconvError, match=r"64 channels of 1×4 .* too many to read"):
        sc.draw_window(sc.avg_pool((1, 4), 1, channels=64), 0)
    with pytest.raises(sc.SymconvError, match="441 pixels to draw one by one are more than 400"):
        sc.draw_scatter(sc.conv(A, (21, 21)), 0)


# --- checkerboards and receptive fields ------------------------------------------------------


def test_a_checkerboard_shows_overlaps_and_values():
    words = [
        t.get_text()
        for t in sc.draw_checkerboard(sc.conv_transpose(A, (3, 3), stride=2)).axes[0].texts
    ]
    counts, values = np.zeros((7, 7), int), np.zeros((7, 7), int)
    for y, x in product(range(0, 6, 2), repeat=2):
        counts[y : y + 3, x : x + 3] += 1
        values[y : y + 3, x : x + 3] += np.arange(1, 10).reshape(3, 3)
    shown = [*range(1, 10), *counts.ravel(), *values.ravel()]
    # The kernel is drawn phase by phase.
    assert sorted(words[:9]) + words[9 : len(shown)] == [str(v) for v in shown]
    flat = sc.draw_checkerboard(sc.conv([1, 3, 3, 1], 8, stride=2)).axes[0].texts
    assert flat[-1].get_text() == "no checkerboard: all phases have the same value"


def test_paths_of_a_receptive_field_are_a_product_of_matrices():
    layers = [
        sc.conv(K, (9, 8), padding=1),
        sc.conv_transpose(K, (9, 8), stride=2, dilation=2),
        sc.conv(K, sc.conv_transpose(K, (9, 8), stride=2, dilation=2).output_size, stride=3),
    ]
    ones = dict.fromkeys(K.free_symbols, 1)
    paths = np.eye(1, sc.to_numpy(layers[-1], ones).shape[0], 7, dtype=int)
    at = np.unravel_index(7, layers[-1].output_size)
    for layer, field in zip(
        reversed(layers), reversed(receptive_fields(layers, at)[:-1]), strict=True
    ):
        paths = paths @ sc.to_numpy(layer, ones)
        wanted = {p: v for p, v in np.ndenumerate(paths.reshape(layer.input_size)) if v}
        assert field == wanted


def test_layers_must_follow_each_other():
    with pytest.raises(sc.SymconvError, match="does not take the image"):
        sc.draw_receptive_field([sc.conv(A, (6, 6)), sc.conv(A, (6, 6))])
    with pytest.raises(sc.SymconvError, match="at least one layer"):
        sc.draw_receptive_field([])


# --- libraries -------------------------------------------------------------------------------


def test_pictures_touch_neither_pyplot_nor_a_display():
    code = (
        "import sys, symconv as sc; C = sc.conv([1, 2], 3); sc.draw(C); sc.draw_window(C, 0);"
        "print('matplotlib.pyplot' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


def test_a_missing_matplotlib_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    _figure_class.cache_clear()
    with pytest.raises(sc.SymconvError, match=r'pip install "symconv\[plots\]"'):
        sc.draw(sc.conv([1, 2], 3))
    with pytest.raises(ImportError):
        sc.draw_window(sc.conv([1, 2], 3), 0)


def test_a_notebook_shows_figures_sharply():
    figure = sc.draw(sc.conv(A, (4, 4)))
    data, shown = figure._repr_png_()
    width, height = figure.canvas.get_width_height()
    assert shown == pytest.approx({"width": width, "height": height}, abs=1)
    with Image.open(BytesIO(data)) as image:
        assert image.size == pytest.approx((2 * width, 2 * height), abs=2)
        assert image.getpixel((image.width // 2, 1)) == (255, 255, 255, 255)  # on dark pages too
        assert image.getpixel((20, 20)) == (255, 255, 255, 255)
        assert {image.getpixel((x, y))[3] for x in (0, -1) for y in (0, -1)} == {
            0
        }  # a rounded card


def test_notebooks_show_figures_sharply_beside_pyplot():
    shell = (
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "shell = InteractiveShell.instance()\n"
        "from IPython.core.pylabtools import select_figure_formats\n"
        "import matplotlib\n"
        "matplotlib.use('agg')\n"
        "import matplotlib.pyplot as plt, symconv as sc\n"
        "select_figure_formats(shell, {'png'})  # as the inline backend does\n"
        "figure = sc.draw(sc.conv([1, 2, 3], 5))\n"
        "data, shown = shell.display_formatter.format(figure)\n"
        "print(data['image/png'] == figure._repr_png_()[0], shown['image/png'])\n"
        "print('image/png' in shell.display_formatter.format(plt.plot([1])[0].figure)[0])\n"
    )
    run = subprocess.run([sys.executable, "-c", shell], capture_output=True, text=True, check=True)
    ours, others = run.stdout.splitlines()[-2:]
    assert ours.startswith("True {'width': ")
    assert others == "True"


def test_figures_are_vector_graphics(tmp_path):
    for figure in (sc.draw(sc.conv(A, (6, 6))), sc.draw_window(sc.conv(A, (4, 4)), 0)):
        figure.savefig(tmp_path / "picture.pdf")
        assert b"/Subtype /Image" not in (tmp_path / "picture.pdf").read_bytes()
