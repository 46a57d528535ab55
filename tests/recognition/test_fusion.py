"""Layers one after another as one layer: against their product, entry by entry."""

from random import Random

import numpy as np
import pytest
import sympy as sp

import symconv as sc
from symconv.errors import ConventionError, ShapeError, SymconvError
from symconv.operators.convolution import operator_of

n = sp.Symbol("n")


def random_layer(random, size, channels, name):
    out = random.choice((1, 2))
    extent = [random.randint(1, 3) for _ in size]
    stride, padding = random.choice((1, 1, 2)), random.randint(-1, 2)
    dilation = random.choice((1, 1, 2))
    if random.random() < 0.4:
        kernel = sc.Kernel.symbolic(name, extent, out, channels)
        return sc.conv_transpose(
            kernel, size, stride=stride, padding=padding, dilation=dilation,
            output_padding=random.randint(0, stride - 1),
        )  # fmt: skip
    kernel = sc.Kernel.symbolic(name, extent, channels, out)
    return sc.conv(kernel, size, stride=stride, padding=padding, dilation=dilation)


def random_layers(random, size, count):
    while True:
        try:
            layers = [random_layer(random, size, 1, "k")]
            for name in "lm"[: count - 1]:
                before = layers[-1]
                layers.append(random_layer(random, before.output_size, before.out_channels, name))
            return layers
        except SymconvError:
            continue


def product(layers):
    whole = layers[0]
    for layer in layers[1:]:
        whole = layer @ whole
    return whole


def numbers(operator, random):
    values = {s: random.randint(-5, 5) for s in sorted(operator.entry_symbols, key=str)}
    return sc.to_numpy(operator, values) if values else sc.to_numpy(operator)


def fused(layers):
    """The fusion, or None where strides and stuffing meet and there is none."""
    try:
        return sc.fuse(*layers)
    except ShapeError as refusal:
        if "stuffs with" not in str(refusal):
            raise
        return None


@pytest.mark.parametrize("seed", range(60))
def test_the_layer_less_the_correction_is_the_product(seed):
    random = Random(seed)
    size = [(random.randint(3, 9),), (random.randint(3, 5), random.randint(3, 5))][seed % 2]
    layers = random_layers(random, size, random.choice((2, 2, 3)))
    both = fused(layers)
    if both is None:
        return
    whole = product(layers)
    assert both.operator == whole
    assert operator_of(both.layer) - both.correction == whole
    point = numbers(both.correction, random)
    assert np.linalg.matrix_rank(point) <= both.rank


@pytest.mark.parametrize("seed", range(40))
def test_for_every_size_the_correction_stays_at_the_border(seed):
    random = Random(1000 + seed)
    layers = random_layers(random, (4 * n,), 2)
    both = fused(layers)
    if both is None:
        return
    assert operator_of(both.layer) - both.correction == product(layers)
    assert all(isinstance(d.length, int) for _, d in both.correction.cells)
    start = max(both.correction.proven_from.values())
    for size in (start + 10, start + 13):
        small = both.correction.at({n: size})
        points = [numbers(small, random) for _ in range(3)]
        assert max(map(np.linalg.matrix_rank, points)) == both.rank


def test_without_padding_between_one_layer_is_all():
    A = sc.conv(sc.Kernel.symbolic("k", 3), n, padding=1, stride=1)
    B = sc.conv(sc.Kernel.symbolic("l", 2), n, dilation=2)
    both = sc.fuse(A, B)
    assert both.is_exact
    assert both.rank == 0
    assert sc.recognise(B @ A).layer == both.layer


def test_padding_between_takes_away_what_windows_would_see_there():
    A = sc.conv(sc.Kernel.symbolic("k", 3), n, padding=1)
    B = sc.conv(sc.Kernel.symbolic("l", 3), n, padding=1)
    both = sc.fuse(A, B)
    k, l = (sc.Kernel.symbolic(name, 3) for name in "kl")
    corner = both.correction.closed_form()
    assert len(corner) == 2
    assert corner.entry(0, 0) == l[0] * k[2]
    assert corner.entry(n - 1, n - 1) == l[2] * k[0]
    assert both.rank == 2
    assert sc.fuse(A, B, B).rank == 4


def test_what_was_not_made_as_a_layer_is_fused_too():
    A = sc.conv(sc.Kernel.symbolic("k", 3), n, padding=1)
    both = sc.fuse(2 * A, sc.upsample_nearest(n, 2))
    assert both.is_exact
    assert both.layer.transposed


@pytest.mark.parametrize(
    ("layers", "error", "words"),
    [
        ([sc.conv([1, 1], 2 * n, stride=2), sc.conv_transpose([1, 1], n, stride=2)], ShapeError, "stuffs with 1 zeros"),
        ([], ShapeError, "there are none"),
        ([sc.flip(n)], ConventionError, "no single layer"),
        ([sc.conv([1, 1, 1], n, padding=1, padding_mode="reflect")], ShapeError, "pads with copies"),
        ([sc.conv([1, 1], n), sc.conv([1, 1], n)], ShapeError, "takes"),
    ],
)  # fmt: skip
def test_what_is_refused(layers, error, words):
    with pytest.raises(error, match=words):
        sc.fuse(*layers)


def test_on_several_axes_the_rank_grows():
    C = sc.conv(sc.Kernel.symbolic("k", (3, 3)), (n, n), padding=1)
    with pytest.raises(ShapeError, match="grows with its size"):
        _ = sc.fuse(C, C).rank
    small = C.at({n: 4})
    assert sc.fuse(small, small).rank == np.linalg.matrix_rank(
        numbers(sc.fuse(small, small).correction, Random(0))
    )
