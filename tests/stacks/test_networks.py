"""Published networks: sizes and receptive fields against the papers and against PyTorch."""

import time

import pytest
import sympy as sp
from stacks.networks import dcgan, resnet18, unet, unet_contracting, vgg16, wavenet

import symconv as sc

torch = pytest.importorskip("torch")

n, m = sp.symbols("n m")
NAMES = {"relu": torch.nn.ReLU, "tanh": torch.nn.Tanh}


class Sum(torch.nn.Module):
    def __init__(self, parts):
        super().__init__()
        self.parts = torch.nn.ModuleList(parts)

    def forward(self, x):
        return sum(part(x) for part in self.parts)


def modules(layers, ndim, footprint=False):
    """The network in PyTorch with one channel; all taps one and means for maxima where footprint."""
    return torch.nn.Sequential(*(module(layer, ndim, footprint) for layer in layers))


def module(layer, ndim, footprint):
    nn = torch.nn
    if isinstance(layer, str):
        return nn.Identity() if footprint else NAMES[layer]()
    if "sum" in layer:
        return Sum([modules(part, ndim, footprint) for part in layer["sum"]])
    given = dict(layer)
    if "max_pool" in given:
        size = given.pop("max_pool")
        kind = getattr(nn, f"{'Avg' if footprint else 'Max'}Pool{ndim}d")
        return kind(size, **given)
    size, transposed = given.pop("kernel_size"), given.pop("transposed", False)
    causal = given.get("padding")
    if isinstance(causal, tuple):
        del given["padding"]
        pad = nn.ConstantPad1d(causal[0], 0.0)
        return nn.Sequential(
            pad, weights(nn.Conv1d(1, 1, size, **given, bias=False, dtype=torch.float64))
        )
    kind = getattr(nn, f"Conv{'Transpose' if transposed else ''}{ndim}d")
    return weights(kind(1, 1, size, **given, bias=False, dtype=torch.float64))


def weights(layer):
    torch.nn.init.ones_(layer.weight)
    return layer


def shapes(layers, ndim, size):
    """The size after each layer as PyTorch runs it."""
    x, found = torch.zeros(1, 1, *[size] * ndim, dtype=torch.float64), [size]
    for part in modules(layers, ndim):
        x = part(x)
        found.append(x.shape[-1])
    return found


def footprint(layers, ndim, size, at):
    """The pixels of the image, on the last axis, on which an output pixel depends."""
    x = torch.ones(1, 1, *[size] * ndim, dtype=torch.float64, requires_grad=True)
    y = modules(layers, ndim, footprint=True)(x)
    y[(0, 0, *[at] * ndim)].backward()
    seen = x.grad[0, 0].abs()
    while seen.ndim > 1:
        seen = seen.sum(0)
    return seen.nonzero().flatten().tolist()


# layers, axes, an image of the paper, sizes there, receptive field, jump, another image whose
# middle pixels see no border, and which pixels.
CASES = {
    "VGG-16": (vgg16, 2, 224, [224, 112, 56, 28, 14, 7], 212, 32, 320, (4, 5)),
    "ResNet-18": (resnet18, 2, 224, [224, 112, 56, 28, 14, 7], 435, 32, 640, (9, 10)),
    "U-Net's contracting path": (
        unet_contracting, 2, 572,
        [572, 570, 568, 284, 282, 280, 140, 138, 136, 68, 66, 64, 32, 30, 28], 140, 16, 220, (0, 3),
    ),
    "U-Net": (unet, 2, 572, None, 204, 1, 220, tuple(range(16))),
    "DCGAN's generator": (dcgan, 2, 1, [1, 4, 8, 16, 32, 64], 6, sp.Rational(1, 16), 8, tuple(range(80, 96))),
    "WaveNet": (wavenet, 1, 4000, [4000], 3070, 1, 4000, (3500, 3999)),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_sizes_and_fields_against_pytorch(case):
    make, ndim, image, published, field, jump, wide, outputs = CASES[case]
    layers = make()
    start = time.process_time()
    S = sc.stack(layers, (n,) * ndim)
    assert S.rows
    assert S.admissible
    assert S.residue_cases()
    assert time.process_time() - start < 1
    sizes = [size[-1] for size in S.at({n: image}).sizes]
    assert sizes == shapes(layers, ndim, image)
    assert published is None or list(dict.fromkeys(sizes)) == published
    assert (S.receptive_field[0].size, S.receptive_field[0].jump) == (field, jump)
    for at in outputs:
        assert S.receptive_field[0].pixels(at) == footprint(layers, ndim, wide, at)


@pytest.mark.parametrize("case", CASES)
def test_every_size_against_pytorch(case):
    """The formulas with floors at any image, and the fewest pixels."""
    make, ndim, *_ = CASES[case]
    layers = make()
    S = sc.stack(layers, (n,) * ndim)
    least = S.admissible[n].least
    for image in (least, least + 1, least + 37):
        found = [sp.sympify(size[0]).subs(n, image) for size in S.sizes]
        assert found == shapes(layers, ndim, image)
    if least > 1:
        with pytest.raises(RuntimeError):
            shapes(layers, ndim, least - 1)


@pytest.mark.parametrize(
    ("make", "period", "remainders", "size"),
    [
        (vgg16, 32, (0,), m),
        (unet_contracting, 16, (12,), m - 7),
        (unet, 16, (12,), 16 * m - 172),
        (dcgan, 1, (0,), 16 * m + 48),
    ],
)
def test_admissible_images(make, period, remainders, size):
    S = sc.stack(make(), (n, n))
    found = S.admissible[n]
    assert (found.period, found.remainders) == (period, remainders)
    at = S.at({n: period * m + remainders[0]})
    assert sp.expand(at.output_size[0] - size) == 0
    ((case, stack),) = S.residue_cases().items()
    assert case == remainders
    assert stack.output_size[0] == sp.sympify(size).subs(m, sp.Symbol("m_n"))


def test_the_padding_of_resnet_takes_every_remainder():
    S = sc.stack(resnet18(), (n, n))
    assert S.admissible[n].remainders == tuple(range(32))
    assert S.output_size == (sp.ceiling(n / 32),) * 2
    assert 572 in sc.stack(unet(), (n, n)).admissible[n]
    assert 571 not in sc.stack(unet(), (n, n)).admissible[n]


def test_the_same_from_modules():
    """Real channels; a table does not build operators of millions of weights."""
    nn = torch.nn
    parts, channels = [], 3
    for v in (
        64,
        64,
        "M",
        128,
        128,
        "M",
        256,
        256,
        256,
        "M",
        512,
        512,
        512,
        "M",
        512,
        512,
        512,
        "M",
    ):
        if v == "M":
            parts.append(nn.MaxPool2d(2))
        else:
            parts += [
                nn.utils.skip_init(nn.Conv2d, channels, v, 3, padding=1),
                nn.BatchNorm2d(v),
                nn.ReLU(),
            ]
            channels = v
    S = sc.from_torch(nn.Sequential(*parts), (n, n))
    assert (S.rows[0].channels, S.rows[-1].channels) == (3, 512)
    assert S.output_size == sc.stack(vgg16(), (n, n)).output_size
    assert S.receptive_field == sc.stack(vgg16(), (n, n)).receptive_field
    assert (
        S.nonlinear == ("ReLU", "ReLU", "MaxPool2d") * 2 + ("ReLU", "ReLU", "ReLU", "MaxPool2d") * 3
    )
    segments = S.at({n: 32}).segments
    assert [len(part) for part in segments[:5]] == [2, 1, 2, 1, 1]
    with pytest.raises(sc.SymconvError, match="2359296 weights"):
        _ = segments[-3].affine
