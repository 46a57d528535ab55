"""Operators as they are read before they are printed: layers stay as they were made."""

import pytest
import sympy as sp

import symconv as sc

n = sp.Symbol("n")
WAYS = {
    "halves": lambda C: C / 3 + 2 * C / 3,
    "a strip and the rest": lambda C: C @ strip(C) + C @ (sc.identity(C.input_size) - strip(C)),
    "a sum and what it has too much": lambda C: (C + C) - C,
}
LAYERS = {
    "convolution": sc.conv(sc.Kernel.symbolic("k", 3), n),
    "transposed, stride one": sc.conv(sc.Kernel.symbolic("k", 3), n).T,
    "transposed, strided": sc.conv(sc.Kernel.symbolic("k", 3), 9, stride=2).T,
    "one window, strided": sc.conv(sc.Kernel([1, -2, -2]), 5, stride=3),
    "zeros in the kernel": sc.conv(sc.Kernel([0, 4, 0]), 6, dilation=2, padding=1),
    "copied padding": sc.conv(sc.Kernel.symbolic("k", 2), 8, padding=1, padding_mode="symmetric"),
}


def strip(operator):
    inside = sc.crop(operator.input_size, ((1, 0),))
    return inside.T @ inside


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("form", ["closed", "elided", "full"])
def test_a_layer_prints_as_it_was_made_whatever_is_done_to_it(name, way, form):
    layer = LAYERS[name]
    again = WAYS[way](layer)
    if form == "full":
        layer, again = (op.at({n: 6}) if op.size_symbols else op for op in (layer, again))
    assert again == layer
    assert sc.latex(again, form=form) == sc.latex(layer, form=form)


def test_a_transpose_of_stride_one_stays_a_transpose():
    C = LAYERS["convolution"]
    for T in (C.T, C.T / 2 + C.T / 2, (C + C).T / 2):
        assert sc.latex(T, form="closed").startswith(r"\begin{aligned}(C^{\mathsf{T}})_{i,j} &=")


def test_no_layer_with_more_taps_than_the_matrix_has_diagonals():
    """Every matrix of a fixed size is a layer of so large a stride that its taps are the entries."""
    kernel = sc.Kernel(sp.symbols("a b c d"))
    turned = sc.flip(13) @ sc.conv(kernel, 10, padding=3, padding_mode="circular")
    assert turned.as_layer().axes[0].kernel_size > sum(turned.shape)
    assert turned.as_read.provenance.layer is None


def test_the_bound_is_stated_wherever_images_are_smaller():
    """However a matrix was made: below n = 3 one of the two cannot be built."""
    C = sc.conv(sc.Kernel(sp.symbols("a b c")), n, padding=2, padding_mode="reflect")
    assert C.valid_from == {n: 3}
    for same in (
        C,
        C / 2 + C / 2,
        sc.conv(C.provenance.kernel, n + 4) @ sc.pad(n, 2, padding_mode="reflect"),
    ):
        assert sc.latex(same, form="closed").count(r"n \geq 3") == 1
