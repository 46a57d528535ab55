"""Branches and steps that are deployed as one convolution: PyTorch's sums against one layer of it.

Integers as float64, so that all is exact. The deployed weights are those of the catalogue.
"""

from math import prod
from random import Random

import numpy as np
import pytest
import sympy as sp

import symconv as sc

torch = pytest.importorskip("torch")
F = torch.nn.functional

n = sp.Symbol("n")


class Weights:
    """Random integers for the symbols of a statement, and PyTorch's weights made of them."""

    def __init__(self, seed):
        self.random = Random(seed)
        self.values = {}

    def of(self, symbols):
        for symbol in sorted(symbols, key=str):
            self.values.setdefault(symbol, self.random.randint(-9, 9))
        return {symbol: self.values[symbol] for symbol in symbols}

    def __call__(self, letter, size, inputs, outputs, groups=1):
        return self.tensor(sc.Kernel.symbolic(letter, size, inputs, outputs, groups))

    def tensor(self, kernel):
        values = {symbol: sp.Integer(i) for symbol, i in self.of(kernel.free_symbols).items()}
        numbers = kernel.map(lambda entry: entry.xreplace(values))
        shape = (kernel.out_channels, kernel.in_channels // kernel.groups, *kernel.size)
        return torch.tensor(np.array(numbers.entries, dtype=float).reshape(shape))

    def vector(self, letter, size):
        symbols = [sp.Symbol(f"{letter}_{{{j}}}", real=True) for j in range(size)]
        return torch.tensor([float(self.of([s])[s]) for s in symbols], dtype=torch.float64)

    def image(self, channels, n):
        shape = (1, channels, n, n + 1)
        numbers = [float(self.random.randint(-9, 9)) for _ in range(prod(shape))]
        return torch.tensor(numbers, dtype=torch.float64).reshape(shape)


def padded(x, rows, cols=(0, 0)):
    return F.pad(x, (*cols, *rows))


# The parameters, the channels of the image, and what PyTorch does branch by branch.
CASES = {
    "repvgg": (
        {"n": 6, "c": 3, "k": 3, "s": 1, "p": 1, "t": 1}, 3,
        lambda x, w: F.conv2d(x, w("k", (3, 3), 3, 3), padding=1) + F.conv2d(x, w("l", (1, 1), 3, 3)) + x,
    ),
    "repvgg at stride 2": (
        {"n": 7, "c": 2, "k": 3, "s": 2, "p": 1, "t": 1}, 2,
        lambda x, w: F.conv2d(x, w("k", (3, 3), 2, 2), padding=1, stride=2)
        + F.conv2d(x, w("l", (1, 1), 2, 2), stride=2),
    ),
    "asymmetric-branches": (
        {"n": 6, "c": 2, "k": 3, "s": 2, "p": 1, "t": 1}, 2,
        lambda x, w: F.conv2d(x, w("k", (3, 3), 2, 2), padding=1, stride=2)
        + F.conv2d(x, w("l", (1, 3), 2, 2), padding=(0, 1), stride=2)
        + F.conv2d(x, w("h", (3, 1), 2, 2), padding=(1, 0), stride=2),
    ),
    "batch-norm-folding": (
        {"n": 6, "c": 2, "k": 3, "s": 2, "p": 1}, 2,
        lambda x, w: w.vector("g", 2).reshape(1, 2, 1, 1)
        * F.conv2d(x, w("k", (3, 3), 2, 2), padding=1, stride=2),
    ),
    "branch-addition": (
        {"n": 7, "c": 2, "k": 3, "s": 2, "p": 1, "d": 2}, 2,
        lambda x, w: sum(
            F.conv2d(x, w(letter, (3, 3), 2, 2), padding=1, stride=2, dilation=2) for letter in "kl"
        ),
    ),
    "pointwise-first": (
        {"n": 6, "c": 2, "e": 3, "k": 3, "s": 2, "p": 1, "mode": "zeros"}, 2,
        lambda x, w: F.conv2d(F.conv2d(x, w("l", (1, 1), 2, 3)), w("k", (3, 3), 3, 2), padding=1, stride=2),
    ),
    "concatenation": (
        {"n": 6, "c": 2, "e": 3, "k": 3, "s": 1, "p": 1}, 2,
        lambda x, w: torch.cat([
            F.conv2d(x, w("k", (3, 3), 2, 3), padding=1), F.conv2d(x, w("l", (3, 3), 2, 2), padding=1)
        ], dim=1),
    ),
    "kernel-padding": (
        {"n": 6, "c": 2, "k": 3, "s": 2, "p": 1, "a": 1, "b": 1}, 2,
        lambda x, w: F.conv2d(x, w("k", (1, 3), 2, 2), padding=(0, 1), stride=2),
    ),
    "grouped-as-dense": (
        {"n": 5, "g": 2, "c": 2, "e": 3, "k": 3, "s": 2, "p": 1}, 4,
        lambda x, w: F.conv2d(x, w("k", (3, 3), 4, 6, 2), groups=2, padding=1, stride=2),
    ),
    "depthwise-separable": (
        {"n": 6, "c": 2, "e": 3, "k": 3, "s": 2, "p": 1}, 2,
        lambda x, w: F.conv2d(
            F.conv2d(x, w("k", (3, 3), 2, 2, 2), groups=2, padding=1, stride=2), w("l", (1, 1), 2, 3)
        ),
    ),
    "stacked": (
        {"n": 7, "c": 2, "k": 3, "l": 3, "p": 0}, 2,
        lambda x, w: F.conv2d(F.conv2d(x, w("k", (3, 3), 2, 2)), w("l", (3, 3), 2, 2)),
    ),
    "stacked with full padding": (
        {"n": 4, "c": 2, "k": 3, "l": 2, "p": 2}, 2,
        lambda x, w: F.conv2d(F.conv2d(x, w("k", (3, 3), 2, 2), padding=2), w("l", (2, 2), 2, 2), padding=2),
    ),
}  # fmt: skip


def deployed(key, values, w, x):
    """One layer of PyTorch with the weights and the geometry that the catalogue says."""
    operator = sc.statement(key.partition(" ")[0]).rhs(**values)
    layer = operator.provenance.layer
    kernel = layer.kernel
    rows, cols = ((int(axis.padding), int(axis.padding_high)) for axis in layer.axes)
    out = F.conv2d(padded(x, (max(rows[0], 0), max(rows[1], 0)), (max(cols[0], 0), max(cols[1], 0))),
                   w.tensor(kernel), stride=layer.each("stride"), dilation=layer.each("dilation"),
                   groups=kernel.groups)  # fmt: skip
    assert tuple(out.shape[2:]) == operator.output_size
    return out


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("key", CASES)
def test_one_layer_of_pytorch_does_it(key, seed):
    values, channels, branches = CASES[key]
    w = Weights(seed)
    x = w.image(channels, values["n"])
    assert torch.equal(branches(x, w), deployed(key, values, w, x))


@pytest.mark.parametrize("key", CASES)
def test_other_weights_do_not(key):
    """The tap next to the right one, a branch that is forgotten: PyTorch tells them apart."""
    values, channels, branches = CASES[key]
    w = Weights(0)
    x = w.image(channels, values["n"])
    right = branches(x, w)
    if key in ("repvgg", "repvgg at stride 2", "asymmetric-branches"):
        assert not torch.equal(right, deployed(key, {**values, "t": 0}, w, x))
    w.values[min(w.values, key=str)] += 1
    assert not torch.equal(right, deployed(key, values, w, x))


def test_pooling():
    """count_include_pad=False is no convolution with padding, as PyTorch has it too."""
    x = Weights(0).image(2, 6)
    weight = torch.tensor(np.array(
        sc.statement("pooling-as-convolution").rhs(n=6, c=2, k=2, s=1, p=1, whole=True)
        .provenance.layer.kernel.entries, dtype=float,
    ).reshape(2, 2, 2, 2))  # fmt: skip
    convolved = F.conv2d(x, weight, padding=1)
    assert torch.equal(F.avg_pool2d(x, 2, 1, padding=1), convolved)
    assert not torch.equal(F.avg_pool2d(x, 2, 1, padding=1, count_include_pad=False), convolved)


@pytest.mark.parametrize("seed", range(5))
def test_the_padding_trap_of_a_bias(seed):
    """1x1 with bias and then 3x3: the deployed bias is wrong at the border if the 3x3 pads."""
    w = Weights(seed)
    x, b = w.image(2, 6), w.vector("b", 3)
    first, second = w("l", (1, 1), 2, 3), w("k", (3, 3), 3, 2)
    kernel = torch.einsum("ojtu,ji->oitu", second, first[:, :, 0, 0])
    bias = (second * b.reshape(1, 3, 1, 1)).sum((1, 2, 3))
    one = F.conv2d(x, kernel, bias, padding=1)
    trapped = F.conv2d(F.conv2d(x, first, b), second, padding=1)
    assert torch.equal(one, F.conv2d(F.conv2d(x, first, b, padding=1), second))
    assert torch.equal(one[:, :, 1:-1, 1:-1], trapped[:, :, 1:-1, 1:-1])
    assert not torch.equal(one, trapped)
    layer = sc.statement("sequence-bias").rhs(n=6, c=2, k=3, p=0, mode="zeros").provenance.layer
    said = w.tensor(layer.kernel).reshape(-1)
    square = w("k", (3, 3), 2, 2)
    assert torch.equal(said, (square * w.vector("b", 2).reshape(1, 2, 1, 1)).sum((1, 2, 3)))


@pytest.mark.parametrize("seed", range(5))
def test_two_padded_layers_less_the_border(seed):
    """With padding 1 the 5x5 layer is wrong at the border alone, and by the term that is said."""
    w = Weights(seed)
    x = w.image(2, 6)
    k, l = w("k", (3, 3), 2, 2), w("l", (3, 3), 2, 2)
    both = F.conv2d(F.conv2d(x, k, padding=1), l, padding=1)
    large = deployed("stacked", {"n": 6, "c": 2, "k": 3, "l": 3, "p": 1}, w, x)
    assert not torch.equal(both, large)
    assert torch.equal(both[:, :, 1:-1, 1:-1], large[:, :, 1:-1, 1:-1])
    whole = sc.statement("stacked-same").rhs(n=6, c=2, k=3, l=3)
    less = sc.to_numpy(whole, w.of(whole.entry_symbols)) @ x.numpy().ravel()
    assert (less == both.numpy().ravel()).all()


def test_the_hypothesis_on_padding_is_exact():
    """Of two stacked layers with 0 < p < k - 1 none is the one layer."""
    statement = sc.statement("stacked")
    (hypothesis,) = statement.hypotheses
    for values in statement.geometries(without=hypothesis):
        left, right = statement.sides(**values)
        assert left != right, values


def test_deployed_for_every_size():
    K, L = sc.Kernel.symbolic("k", (3, 3), 2, 2), sc.Kernel.symbolic("l", (1, 1), 2, 2)
    block = sc.conv(K, (n, n), padding=1) + sc.conv(L, (n, n)) + sc.identity((n, n), 2)
    kernel = block.as_layer().kernel
    assert kernel.size == (3, 3)
    assert kernel[0, 0, 1, 1] == K[0, 0, 1, 1] + L[0, 0, 0, 0] + 1
    assert kernel[0, 1, 1, 1] == K[0, 1, 1, 1] + L[0, 1, 0, 0]


@pytest.mark.parametrize("seed", range(5))
def test_on_one_axis(seed):
    """Dilated kernels as stuffed ones, and two layers of strides as one."""
    w, values = Weights(seed), {"n": 12, "k": 3, "s": 2, "p": 1}
    x = w.image(1, 12)[:, :, 0, :12]
    stuffed = sc.statement("dilation").rhs(**values, d=3).provenance.layer.kernel
    dilated = F.conv1d(x, w("k", 3, 1, 1), dilation=3, stride=2, padding=1)
    assert torch.equal(dilated, F.conv1d(x, w.tensor(stuffed), stride=2, padding=1))
    assert stuffed.size == (7,)
    both = sc.statement("composition").rhs(n=12, k=3, l=2, s=2, t=2).provenance.layer.kernel
    one = F.conv1d(x, w.tensor(both), stride=4)
    assert torch.equal(
        F.conv1d(F.conv1d(x, w("k", 3, 1, 1), stride=2), w("l", 2, 1, 1), stride=2), one
    )
    wrong = sc.Kernel.symbolic("k", 3).convolve(sc.Kernel.symbolic("l", 2))
    assert wrong.size != both.size
