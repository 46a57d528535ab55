"""PyTorch's layers with their biases, in integers as float64, against the affine map."""

import numpy as np
import pytest
import sympy as sp

import symconv as sc

torch = pytest.importorskip("torch")

CASES = {
    "Conv1d": (lambda **k: torch.nn.Conv1d(2, 3, 3, **k), (7,), {"stride": 2, "padding": 1}),
    "Conv2d circular": (
        lambda **k: torch.nn.Conv2d(2, 2, 3, **k), (4, 5), {"padding": 1, "padding_mode": "circular"},
    ),
    "Conv2d grouped": (lambda **k: torch.nn.Conv2d(4, 2, 2, **k), (4, 3), {"groups": 2, "dilation": 2}),
    "Conv3d": (lambda **k: torch.nn.Conv3d(1, 2, 2, **k), (3, 2, 2), {}),
    "ConvTranspose1d": (
        lambda **k: torch.nn.ConvTranspose1d(2, 3, 3, **k), (4,), {"stride": 2, "output_padding": 1},
    ),
    "ConvTranspose2d": (lambda **k: torch.nn.ConvTranspose2d(1, 2, 4, **k), (2, 3), {"stride": 2, "padding": 1}),
    "no bias": (lambda **k: torch.nn.Conv1d(1, 1, 2, **k), (4,), {"bias": False}),
}  # fmt: skip


def filled(module):
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.arange(parameter.numel()).reshape(parameter.shape) % 7 - 3)
    return module


@pytest.mark.parametrize(("make", "size", "arguments"), CASES.values(), ids=CASES)
def test_layers_with_their_bias(make, size, arguments):
    module = filled(make(dtype=torch.float64, **arguments))
    image = (
        torch.arange(module.in_channels * np.prod(size)).reshape(1, module.in_channels, *size) % 5
    )
    found = sc.affine_from_torch(module, size)(image[0])
    wanted = module(image.double())[0].detach().numpy().astype(int)
    assert np.array(found.tolist()).reshape(wanted.shape).tolist() == wanted.tolist()
    assert sc.affine_from_torch(module, size).operator == sc.from_torch(module, size)


def test_a_layer_in_words_has_symbols_for_its_bias():
    f = sc.affine_from_torch("Conv1d", 4, kernel_size=2, out_channels=2)
    assert [f.bias((o, 1)) for o in range(2)] == list(sp.symbols("b_{0} b_{1}", real=True))
    assert sc.affine_from_torch("Conv1d", 4, kernel_size=2, bias=False).is_linear
    assert sc.affine_from_torch("Conv1d", 4, kernel_size=2, bias=[3]).bias(0) == 3


def test_two_layers_are_one_affine_map():
    modules = [
        filled(torch.nn.Conv1d(1, 2, 3, padding=1).double()),
        filled(torch.nn.Conv1d(2, 1, 3, padding=1).double()),
    ]
    n = sp.Symbol("n")
    whole = sc.affine_from_torch(modules[1], n) @ sc.affine_from_torch(modules[0], n)
    for size in (1, 2, 6):
        image = torch.arange(size).double().reshape(1, 1, size)
        wanted = torch.nn.Sequential(*modules)(image)[0, 0].detach().numpy()
        assert (
            np.array(whole.at({n: size})(list(range(size))).tolist(), dtype=float) == wanted
        ).all()


def test_batch_normalisation_without_statistics():
    with pytest.raises(sc.SymconvError, match="whole batch"):
        sc.affine_from_torch(torch.nn.BatchNorm1d(1, track_running_stats=False), 3)
    with pytest.raises(sc.SymconvError, match="has 1"):
        sc.affine_from_torch(torch.nn.BatchNorm2d(1), 3)
