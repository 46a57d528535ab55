"""Splits of Gram matrices: their factors as they are used, and the sums that they print."""

import re
from itertools import product

import pytest
import sympy as sp

import symconv as sc
from symconv.errors import ShapeError

n = sp.Symbol("n")
LINES = {
    "valid": (3, 6, {}),
    "padded": (3, 5, {"padding": ((1, 2),)}),
    "strided": (4, 9, {"stride": 2, "padding": 1}),
    "dilated": (3, 8, {"dilation": 2, "padding": 2}),
    "any size": (3, n, {"padding": 1}),
}


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("side", ["rows", "columns"])
@pytest.mark.parametrize(("taps", "size", "geometry"), LINES.values(), ids=LINES)
def test_the_factor_as_it_is_used_has_no_zero_line(taps, size, geometry, side, channels):
    C = sc.conv(sc.Kernel.symbolic("k", taps, in_channels=channels), size, **geometry)
    split = (C @ C.T if side == "rows" else C.T @ C).split()
    if not split.boundary.cells:
        with pytest.raises(ShapeError, match="nothing lies outside"):
            _ = split.used
        return
    gram = split.used @ split.used.T if side == "rows" else split.used.T @ split.used
    assert gram == split.boundary
    used = split.used.at(split.used.valid_from) if split.used.size_symbols else split.used
    matrix = used.as_explicit()
    lines = matrix.T if side == "rows" else matrix
    assert all(any(lines[i, j] != 0 for j in range(lines.cols)) for i in range(lines.rows))


def test_h_of_a_valid_convolution_has_two_rows_at_each_end():
    C = sc.conv(sc.Kernel.symbolic("k", 3), n)
    assert (C.T @ C).split().used.shape == (4, n)


def test_on_two_axes_there_is_no_such_factor():
    C = sc.conv(sc.Kernel.symbolic("k", (2, 2)), (3, 3))
    with pytest.raises(ShapeError, match="no rectangle"):
        _ = (C.T @ C).split().used


@pytest.mark.parametrize(
    ("side", "padding"), [("rows", 1), ("rows", 2), ("columns", 0), ("columns", 1)]
)
def test_the_sums_of_a_split_on_two_axes_are_its_parts(side, padding):
    K = sc.Kernel.symbolic("k", (3, 3))
    C = sc.conv(K, (4, 5), padding=padding)
    split = (C @ C.T if side == "rows" else C.T @ C).split()
    text = sc.latex(split)
    taps = {tap: K.entries[3 * tap[0] + tap[1]] for tap in product(range(3), repeat=2)}
    sets = {"I": [*product(range(4), range(5))], "O": [*product(*map(range, C.output_size))]}
    assert {name for name in sets if rf"{name} &= " in text} == {"I" if side == "rows" else "O"}
    outside = re.search(r"\\sum_\{t \\in \w:\\; (.*?) \\(?:notin|in) (.*?)\} k", text)
    sign = {"rows": 1, "columns": -1}[side]
    moved = f" {'-' if sign > 0 else '+'} {padding}" if padding else ""
    assert outside[1] == ("i + t" if sign > 0 else "i - t") + moved
    lag = "i - j" if sign > 0 else "j - i"
    assert rf"k_{{t}}\, k_{{t + {lag}}} \\[1ex]" in text
    inside = sets["I" if side == "rows" else "O"]

    def at(tap, i):
        return tuple(x + sign * t - sign * padding for x, t in zip(i, tap, strict=True))

    def pair(tap, i, j):
        return taps[tap] * taps.get(
            tuple(t + sign * (x - y) for t, x, y in zip(tap, i, j, strict=True)), 0
        )

    pixels = [*product(*map(range, split.toeplitz.output_size))]
    for i, j in product(pixels, repeat=2):
        taken = sum(pair(tap, i, j) for tap in taps if at(tap, i) not in inside)
        whole = sum(pair(tap, i, j) for tap in taps)
        assert sp.expand(split.boundary.entry(i, j) - taken) == 0
        assert sp.expand(split.toeplitz.entry(i, j) - whole) == 0


def test_a_bound_stays_where_a_remainder_decides_whether_a_lower_one_holds():
    m = sp.Symbol("m", integer=True, positive=True)
    kernel = sc.Kernel([[[-1]], [[3]]])
    A = sc.conv(kernel, (n, m, n), padding="same", padding_mode="reflect")
    product = A @ (A.T @ A)
    split = product.split()
    bounds = split.toeplitz.valid_from, split.boundary.valid_from
    sizes = {symbol: max(bound[symbol] for bound in bounds) for symbol in (n, m)}
    assert split.toeplitz.at(sizes) - split.boundary.at(sizes) == product.at(sizes)
