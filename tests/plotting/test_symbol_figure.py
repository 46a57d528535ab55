"""Pictures of symbols: the numbers behind them are those of the generating function."""

import numpy as np
import pytest
import sympy as sp

import symconv as sc
from symconv.errors import KernelError, ShapeError
from symconv.plotting.symbol_figure import symbol_values

theta = sp.Symbol("theta", real=True)


@pytest.mark.parametrize(
    ("channels", "stride", "dilation"),
    [((1, 1), 1, 1), ((1, 1), 2, 1), ((2, 3), 1, 2), ((1, 2), 3, 2)],
)
def test_values_are_those_of_the_generating_function(channels, stride, dilation):
    weight = np.random.default_rng(1).integers(-5, 6, (*channels, 4)).tolist()
    C = sc.conv(sc.Kernel.from_weight(weight), 12, stride=stride, dilation=dilation)
    angles = np.linspace(-3, 3, 7)
    found = symbol_values(C.as_layer(), angles)
    for angle, value in zip(angles.tolist(), found.tolist(), strict=True):
        matrix = np.array(sc.symbol(C, theta).matrix.subs(theta, angle).evalf().tolist(), complex)
        assert abs(np.linalg.norm(matrix, 2) - value) < 1e-9


def test_a_curve_goes_from_end_to_end_and_reaches_its_top():
    axes = sc.draw_symbol(sc.conv([1, 2, -3], 8)).axes[0]
    curve = np.array(axes.collections[2].get_segments())
    assert curve[0, 0, 0] == -np.pi
    assert abs(curve[-1, 1, 0] - np.pi) < 1e-12
    exact = float(sp.sqrt(sc.lipschitz(sc.conv([1, 2, -3], 8))["maximum of the symbol"].squared))
    assert 0.999 * exact < curve[..., 1].max() <= exact * (1 + 1e-12)
    assert [t.get_text() for t in axes.get_xticklabels()] == ["−π", "−π/2", "0", "π/2", "π"]


def test_a_plane_has_both_axes():
    figure = sc.draw_symbol(sc.conv([[1, 0], [0, 0], [2, 0]], (8, 8)))
    values = np.asarray(figure.axes[0].images[0].get_array())
    assert values.shape == (129, 129)
    # The kernel lies along the first axis: rows differ, columns do not.
    assert np.ptp(values, axis=1).max() < 1e-12 < np.ptp(values, axis=0).max()
    assert figure.axes[0].get_ylabel() == "θ₁"
    assert figure.axes[0].get_title(loc="left") == "|symbol|, from about 1 to 3"


def test_matrices_and_zeros_and_transposes():
    title = sc.draw_symbol(sc.conv([1, 2, 1], 8, stride=2).T).axes[0].get_title(loc="left")
    assert title == "largest singular value of the symbol, from about 2 to 2.83"
    assert "0 to 0" in sc.draw_symbol(sc.conv([0, 0], 8)).axes[0].get_title(loc="left")


def test_refusals():
    with pytest.raises(KernelError, match="has symbols"):
        sc.draw_symbol(sc.conv(sp.symbols("a b"), 5))
    with pytest.raises(ShapeError, match="one or two axes"):
        sc.draw_symbol(sc.conv([[[1]]], (3, 3, 3)))
