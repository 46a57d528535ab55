"""Batch normalisation, folded and not, against PyTorch in inference on exact dyadic numbers."""

import numpy as np
import pytest
import sympy as sp

import symconv as sc

torch = pytest.importorskip("torch")

n = sp.Symbol("n")
NUMBERS = {
    "gamma": ["3/2", "-1/4"], "beta": [5, "7/8"], "mean": ["1/2", -3], "variance": ["63/16", "15/16"],
    "eps": "1/16",
}  # fmt: skip
SYMBOLS = {
    name: sp.symbols(f"{name}_:2", positive=True) for name in ("gamma", "beta", "mean", "variance")
} | {"eps": sp.Symbol("eps", positive=True)}


def numbers(shape, start):
    return (np.arange(start, start + np.prod(shape)).reshape(shape) * 7 % 17 - 8) / 4


def normalisation(kind):
    """variance + eps is 4 and 1, so that every number on the way is a binary fraction."""
    module = kind(2, eps=2.0**-4, dtype=torch.float64).eval()
    with torch.no_grad():
        module.weight.copy_(torch.tensor([1.5, -0.25]))
        module.bias.copy_(torch.tensor([5, 0.875]))
        module.running_mean.copy_(torch.tensor([0.5, -3]))
        module.running_var.copy_(torch.tensor([63 / 16, 15 / 16]))
    return module


def layer(kind, *channels, **geometry):
    module = kind(*channels, 3, dtype=torch.float64, **geometry).eval()
    with torch.no_grad():
        module.weight.copy_(torch.tensor(numbers(module.weight.shape, 3)))
        module.bias.copy_(torch.tensor(numbers(module.bias.shape, 5)))
    return module


@pytest.mark.parametrize(
    "module",
    [
        layer(torch.nn.Conv2d, 3, 2, stride=2, padding=1),
        layer(torch.nn.ConvTranspose2d, 3, 2, stride=2, padding=1, output_padding=1),
        layer(torch.nn.Conv2d, 2, 2, groups=2, dilation=2),
    ],
    ids=["Conv2d", "ConvTranspose2d", "depthwise"],
)
def test_folding_against_torch(module):
    image = numbers((1, module.in_channels, 5, 6), 1)
    wanted = torch.nn.Sequential(module, normalisation(torch.nn.BatchNorm2d))(torch.tensor(image))
    before = sc.affine_from_torch(module, (5, 6))
    folded = sc.fold_batch_norm(before, **NUMBERS)
    after = sc.affine_from_torch(normalisation(torch.nn.BatchNorm2d), before.output_size)
    assert folded == after @ before
    assert folded.operator.as_layer() is not None
    assert folded.operator.provenance.layer is not None
    found = np.array(folded(sp.Array(_exact(image[0]))).tolist(), dtype=float)
    assert (found == wanted[0].detach().numpy()).all()


def _exact(array):
    return [_exact(each) for each in array] if np.ndim(array) else sp.Rational(float(array))


def test_folding_in_symbols():
    kernel = sc.Kernel.symbolic("k", 2, 2, 2)
    before = sc.affine(sc.conv(kernel, n), sp.symbols("b_:2"))
    folded = sc.fold_batch_norm(before, **SYMBOLS)
    assert folded == sc.batch_norm(n - 1, **SYMBOLS) @ before
    gamma, beta, mean, variance, eps = (
        SYMBOLS[name] for name in ("gamma", "beta", "mean", "variance", "eps")
    )
    b = sp.symbols("b_:2")
    for o in range(2):
        scale = gamma[o] / sp.sqrt(variance[o] + eps)
        assert folded.operator.provenance.layer.kernel[o, 0, 0] == scale * kernel[o, 0, 0]
        assert sp.simplify(folded.bias((o, 0)) - (scale * (b[o] - mean[o]) + beta[o])) == 0


def test_what_is_no_layer_is_folded_too():
    K = sc.conv([1, 2], 5)
    twice = sc.conv([1, 3], 4) @ K
    arguments = {"gamma": [3], "beta": [1], "mean": [2], "variance": [0], "eps": 4}
    assert sc.fold_batch_norm(twice, **arguments) == sc.batch_norm(3, **arguments) @ sc.affine(
        twice
    )


def test_the_statement_shares_the_answer():
    one = {"n": 4, "c": 2, "k": 3, "s": 1, "p": 1}
    folded = sc.statement("batch-norm-folding").rhs(**one)
    K = sc.Kernel.symbolic("k", (3, 3), 2, 2)
    gains = sp.symbols("g_{0} g_{1}", real=True)
    direct = sc.fold_batch_norm(
        sc.conv(K, (4, 5), padding=1), gamma=gains, mean=[0, 0], variance=[1, 1], eps=0
    )
    assert folded == direct.operator


@pytest.mark.parametrize(
    ("changed", "shown"),
    [
        ({"variance": [-1, 1]}, "-15/16"),
        ({"mean": [1]}, "[2, 2, 1, 2]"),
        ({"eps": [1]}, "[1]"),
        ({"eps": 10**400}, "1024 bits"),
        ({"mean": 1}, "()"),
        ({"variance": [0.5, 1]}, "float"),
    ],
)
def test_wrong_statistics(changed, shown):
    with pytest.raises(sc.SymconvError) as error:
        sc.batch_norm(3, **{**NUMBERS, **changed})
    assert shown in str(error.value)


def test_wrong_number_of_channels():
    with pytest.raises(sc.SymconvError, match="gives 1"):
        sc.fold_batch_norm(sc.conv([1, 2], 3), **NUMBERS)
