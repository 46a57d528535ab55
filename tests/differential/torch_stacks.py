"""Random networks of PyTorch: sequences, residual blocks, channels joined, maxima and ReLU."""

from __future__ import annotations

import sympy as sp
import torch
from torch import nn

import symconv as sc

from .cases import Case
from .torch_layers import pick, run_module

n = sp.Symbol("n")


class Residual(nn.Module):
    def __init__(self, main, joins):
        super().__init__()
        self.main = main
        self.joins = joins

    def forward(self, x):
        return torch.cat([x, self.main(x)], 1) if self.joins else x + self.main(x)


def case(rng):
    ndim, channels = int(pick(rng, 1, 1, 2)), int(rng.integers(1, 3))
    top = 14 if ndim == 1 else 7
    x = rng.integers(-3, 4, (channels, *rng.integers(3, top + 1, ndim)))
    layers, count = [], channels
    for _ in range(int(rng.integers(2, 6))):
        part, count = layer(rng, ndim, count)
        layers.append(part)
    module = filled(rng, nn.Sequential(*layers))

    def read():
        size = x.shape[1:]
        S = sc.from_torch(module, size, channels=channels)
        _check_sizes(module, S, x, channels)
        return S.at_point(x).affine if S.nonlinear else S.affine

    return Case("Sequential", f"{module} on {x.shape}", x, run_module(module), read)


def _check_sizes(module, S, x, channels):
    """Every size on the way, and the formulas for any size at this one."""
    y, wanted = torch.from_numpy(x).double()[None], [x.shape[1:]]
    with torch.no_grad():
        for part in module:
            y = part(y)
            wanted.append(tuple(y.shape[2:]))
    assert wanted[-1] == S.output_size
    if len(S.sizes) == len(wanted):
        assert list(S.sizes) == wanted, S.sizes
    symbols = [sp.Symbol(f"n{a}") for a in range(x.ndim - 1)]
    general = sc.from_torch(module, symbols, channels=channels)
    found = [
        sp.sympify(m).subs(dict(zip(symbols, x.shape[1:], strict=True)))
        for m in general.output_size
    ]
    assert tuple(found) == S.output_size, (found, S.output_size)


def layer(rng, ndim, count):
    """A layer that takes so many channels, and the channels after it."""
    kind = pick(
        rng,
        "conv",
        "conv",
        "transposed",
        "pool",
        "max",
        "relu",
        "pad",
        "norm",
        "up",
        "residual",
        "join",
    )
    after = int(rng.integers(1, 3))
    taps = int(rng.integers(1, 4))
    if kind == "conv":
        given = {"stride": int(rng.integers(1, 3)), "padding": int(rng.integers(0, 2))}
        return getattr(nn, f"Conv{ndim}d")(count, after, taps, **given), after
    if kind == "transposed":
        stride = int(rng.integers(1, 3))
        extra = int(rng.integers(0, stride))
        return getattr(nn, f"ConvTranspose{ndim}d")(
            count, after, taps, stride, output_padding=extra
        ), after
    if kind in ("residual", "join"):
        to = count if kind == "residual" else after
        inner = getattr(nn, f"Conv{ndim}d")(count, to, 3, padding=1)
        main = nn.Sequential(inner, nn.ReLU()) if rng.random() < 0.5 else inner
        return Residual(main, kind == "join"), to if kind == "residual" else count + to
    made = {
        "pool": lambda: getattr(nn, f"AvgPool{ndim}d")(2, ceil_mode=bool(rng.random() < 0.5)),
        "max": lambda: getattr(nn, f"MaxPool{ndim}d")(2, ceil_mode=bool(rng.random() < 0.5)),
        "relu": lambda: pick(rng, nn.ReLU, lambda: nn.LeakyReLU(0.25), nn.ReLU6)(),
        "pad": lambda: getattr(nn, f"{pick(rng, 'Reflection', 'Zero', 'Replication')}Pad{ndim}d")(
            1
        ),
        "norm": lambda: getattr(nn, f"BatchNorm{ndim}d")(count, eps=0.25),
        "up": lambda: nn.Upsample(scale_factor=2),
    }[kind]()
    return made, count


def filled(rng, module):
    module = module.double().eval()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.from_numpy(rng.integers(-2, 3, tuple(parameter.shape))))
        for part in module.modules():
            if hasattr(part, "running_var"):
                part.running_var.fill_(3.75)
                part.running_mean.fill_(1)
    return module
