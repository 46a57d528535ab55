"""Histograms of spectra: bars are shares of the values, the line is the limit's."""

import numpy as np
import pytest
import sympy as sp

import symconv as sc
from symconv.errors import KernelError, ShapeError


def bars(figure):
    """The share of each bar that is drawn, by its left end."""
    paths = figure.axes[0].collections[0].get_paths()
    return {path.vertices[:, 0].min(): path.vertices[:, 1].max() for path in paths}


def test_bars_are_shares_and_add_up():
    C = sc.conv([1, 4, 6, 4, 1], 200)
    figure = sc.draw_spectrum(C)
    found = bars(figure)
    assert abs(sum(found.values()) - 1) < 1e-12
    values = np.linalg.svd(sc.to_numpy(C).astype(float), compute_uv=False)
    lefts = sorted(found)
    first = ((values >= lefts[0]) & (values < lefts[1])).mean()
    assert abs(found[lefts[0]] - first) < 1e-12


def test_the_line_is_the_arcsine_law_for_three_taps():
    """2 cos θ lies below x for the share 1 - arccos(x/2)/π of all angles."""
    figure = sc.draw_spectrum(sc.conv([1, 0, 1], 400, padding=1), "eigenvalues")
    outline = np.array(figure.axes[0].collections[1].get_segments())
    heights = outline[1::2, 0, 1]
    ends = outline[1::2, :, 0]
    expected = (np.arccos(ends[:, 0] / 2) - np.arccos(np.clip(ends[:, 1] / 2, -1, 1))) / np.pi
    assert np.abs(heights - expected).max() < 1e-4
    assert abs(heights.sum() - 1) < 1e-12
    drawn = np.array(list(bars(figure).values()))
    assert np.abs(drawn - expected).max() < 0.01


def test_few_and_equal_values():
    title = sc.draw_spectrum(sc.conv([3], 5)).axes[0].get_title(loc="left")
    assert title == "5 singular values from 3 to 3, and their limit"
    title = sc.draw_spectrum(sc.conv([1, 2], 2)).axes[0].get_title(loc="left")
    assert title == "one value, 2.24, and the limit of singular values"
    zero = sc.draw_spectrum(sc.conv([0, 0], 9)).axes[0]
    assert "from 0 to 0" in zero.get_title(loc="left")
    assert abs(sum(bars(zero.figure).values()) - 1) < 1e-12


def test_refusals():
    with pytest.raises(ShapeError):
        sc.draw_spectrum(sc.conv([1, 2], sp.Symbol("n")))
    with pytest.raises(KernelError, match="has symbols"):
        sc.draw_spectrum(sc.conv(sp.symbols("a b", real=True), 9))
    with pytest.raises(ShapeError, match="no symmetric matrix"):
        sc.draw_spectrum(sc.conv([1, 2], 9), "eigenvalues")
