"""Modules of PyTorch's one after another, run on integers, against the stack's one affine map."""

import numpy as np
import pytest
import sympy as sp

import symconv as sc

torch = pytest.importorskip("torch")
nn = torch.nn
n, m = sp.symbols("n m")


def filled(module):
    """Integers for weights, and statistics whose square roots are exact."""
    module = module.double().eval()
    with torch.no_grad():
        for number, parameter in enumerate(module.parameters()):
            parameter.copy_(
                (torch.arange(parameter.numel()) + number).reshape(parameter.shape) % 7 - 3
            )
        for part in module.modules():
            if isinstance(part, nn.BatchNorm1d | nn.BatchNorm2d):
                part.eps = 0.25
                part.running_mean.copy_(torch.arange(part.num_features) - 1)
                part.running_var.fill_(3.75)
    return module


# Modules, channels of the image, its size.
LINEAR = {
    "padding": (lambda: [nn.ReflectionPad2d((1, 0, 2, 1)), nn.Conv2d(1, 2, 3)], 1, (4, 5)),
    "constant padding": (lambda: [nn.ConstantPad2d((1, 0, 2, 1), 0.5), nn.Conv2d(2, 1, 3, stride=2)], 2, (4, 5)),
    "circular and replicated": (
        lambda: [nn.CircularPad1d(2), nn.ReplicationPad1d((0, 3)), nn.ZeroPad1d(1), nn.Conv1d(1, 1, 4)], 1, (5,),
    ),
    "normalised": (
        lambda: [nn.Conv2d(2, 3, 3, padding=1, bias=False), nn.BatchNorm2d(3), nn.Dropout(), nn.Conv2d(3, 1, 2)],
        2, (4, 3),
    ),
    "means": (
        lambda: [nn.AvgPool1d(2), nn.AvgPool1d(4, stride=2, padding=2, count_include_pad=False), nn.Identity()], 2, (9,),
    ),
    "up": (
        lambda: [nn.Upsample(scale_factor=2), nn.ConvTranspose1d(1, 2, 3, stride=2, output_padding=1)], 1, (3,),
    ),
    "bilinear": (lambda: [nn.Upsample(scale_factor=2, mode="bilinear"), nn.Conv2d(1, 1, 3)], 1, (3, 2)),
    "nested": (lambda: [nn.Sequential(nn.Conv1d(1, 2, 3), nn.Sequential(nn.Conv1d(2, 1, 3, padding="same")))], 1, (6,)),
    "adaptive": (lambda: [nn.AdaptiveAvgPool2d((2, None)), nn.Conv2d(1, 2, 2)], 1, (8, 3)),
    "a whole image": (
        lambda: [nn.Conv2d(1, 2, 2), nn.Flatten(), nn.Linear(12, 3), nn.BatchNorm1d(3), nn.Linear(3, 2)], 1, (4, 3),
    ),
    "ceiled means": (lambda: [nn.AvgPool2d(2, ceil_mode=True), nn.Conv2d(2, 1, 2)], 2, (5, 3)),
    "sub-pixels": (
        lambda: [nn.PixelShuffle(2), nn.ChannelShuffle(2), nn.PixelUnshuffle(4), nn.Conv2d(32, 1, 1)], 8, (2, 4),
    ),
    "corners": (
        lambda: [nn.Upsample((5, 3), mode="bilinear", align_corners=True), nn.Upsample(scale_factor=1.5)], 2, (3, 2),
    ),
    "copied and dilated": (
        lambda: [nn.Conv2d(1, 1, 3, padding=2, dilation=2, padding_mode="replicate"), nn.AvgPool2d((2, 1), 1, (1, 0))],
        1, (4, 5),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("make", "channels", "size"), LINEAR.values(), ids=LINEAR)
def test_the_map_of_a_sequential(make, channels, size):
    module = filled(nn.Sequential(*make()))
    image = torch.arange(channels * int(np.prod(size))).reshape(1, channels, *size) % 5
    S = sc.from_torch(module, size, channels=channels)
    x, wanted = image.double(), [size]
    for leaf in (part for part in module.modules() if not [*part.children()]):
        x = leaf(x)
        wanted.append(
            tuple(x.shape[2:]) or (wanted[-1] if isinstance(leaf, nn.Flatten) else (1,) * len(size))
        )
    assert list(S.sizes) == wanted
    assert sp.flatten(S.affine(image[0])) == [sp.Rational(float(v)) for v in x.detach().flatten()]


@pytest.mark.parametrize("case", ["padding", "means", "up", "copied and dilated"])
def test_fields_of_modules_are_footprints(case):
    make, channels, size = LINEAR[case]
    module = nn.Sequential(*make()).double()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.fill_(1)
    ndim, wide = len(size), 24
    x = torch.ones(1, channels, *[wide] * ndim, dtype=torch.float64, requires_grad=True)
    S = sc.from_torch(module, (wide,) * ndim)
    y = module(x)
    at = tuple(length // 2 for length in y.shape[2:])
    y[(0, 0, *at)].backward()
    seen = x.grad[0, 0].abs()
    for axis, (pixel, field) in enumerate(zip(at, S.receptive_field, strict=True)):
        others = [a for a in range(ndim) if a != axis]
        along = seen.sum(others) if others else seen
        assert field.pixels(pixel) == along.nonzero().flatten().tolist()


POOLS = [(k, s, p, c) for k in (2, 3) for s in (1, 2, 3) for p in (0, 1) for c in (False, True)]


@pytest.mark.parametrize(("taps", "stride", "padding", "ceil_mode"), POOLS)
def test_the_size_of_a_pooling_with_ceil_mode(taps, stride, padding, ceil_mode):
    module = nn.MaxPool1d(taps, stride, padding, ceil_mode=ceil_mode)
    S = sc.from_torch(nn.Sequential(module), n)
    for size in range(S.admissible[n].least, 14):
        wanted = module(torch.zeros(1, 1, size)).shape[-1]
        assert sp.sympify(S.output_size[0]).subs(n, size) == wanted
        assert sc.from_torch(nn.Sequential(module), size).output_size == (wanted,)


def test_segments_are_run_one_by_one():
    module = filled(
        nn.Sequential(nn.Conv1d(1, 2, 3, padding=1), nn.ReLU(), nn.MaxPool1d(2), nn.Conv1d(2, 1, 2))
    )
    S = sc.from_torch(module, 2 * m)
    first, *_, last = S.segments
    assert S.nonlinear == ("ReLU", "MaxPool1d")
    image = (torch.arange(6) % 4 - 1).reshape(1, 1, 6)
    between = module[:3](image.double())
    assert sp.flatten(first.at({m: 3}).affine(image[0])) == [
        int(v) for v in module[:1](image.double()).detach().flatten()
    ]
    assert sp.flatten(last.at({m: 3}).affine(between[0].detach().numpy().astype(int))) == [
        int(v) for v in module[3:](between).detach().flatten()
    ]


class Reordered(nn.Module):
    def forward(self, x):
        return x.sort(2).values


class Flipped(nn.Sequential):
    def forward(self, x):
        return super().forward(x.flip(2))


REFUSED = {
    "a module of one's own": (lambda: nn.Sequential(Reordered()), "sort"),
    "a changed Sequential": (lambda: nn.Sequential(Flipped(nn.Conv1d(1, 1, 2))), "flip"),
    "rows": (lambda: nn.Sequential(nn.Conv1d(1, 1, 2), nn.Linear(7, 2)), "Flatten"),
    "vectors": (lambda: nn.Sequential(nn.Flatten(), nn.Conv1d(1, 1, 2)), "a Flatten stands before"),
    "numbers": (lambda: nn.Sequential(nn.Flatten(), nn.Linear(9, 2)), "9 inputs is given"),
    "maxima": (lambda: nn.Sequential(nn.AdaptiveMaxPool1d(2)), "largest pixel"),
    "statistics": (lambda: nn.Sequential(nn.InstanceNorm1d(1)), "statistic of the image"),
    "unfolded": (lambda: nn.Sequential(nn.Unfold(2)), "windows in a list"),
    "two axes": (lambda: nn.Sequential(nn.Conv2d(1, 1, 2)), "2 axes"),
    "corners": (lambda: nn.Sequential(nn.Upsample(scale_factor=2, align_corners=True)), "align_corners"),
    "channels": (lambda: nn.Sequential(nn.Conv1d(1, 2, 2), nn.Conv1d(3, 1, 2)), "given 2"),
}  # fmt: skip


@pytest.mark.parametrize(("make", "shown"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(make, shown):
    with pytest.raises(sc.SymconvError) as error:
        assert sc.from_torch(make(), 8).affine
    assert shown in str(error.value)


def test_a_sequential_takes_no_arguments_of_layers():
    with pytest.raises(sc.SymconvError, match="keeps its modules"):
        sc.from_torch(nn.Sequential(nn.Conv1d(1, 1, 2)), 8, stride=2)
