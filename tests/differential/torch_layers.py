"""Random layers of PyTorch."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn

import symconv as sc

from .cases import Case


def pick(rng, *values):
    return values[rng.integers(len(values))]


def spread(rng, ndim, low, high):
    """One number an axis, sometimes one for all."""
    if rng.random() < 0.3:
        return int(rng.integers(low, high + 1))
    return tuple(int(v) for v in rng.integers(low, high + 1, ndim))


def image(rng, ndim, channels, largest=None):
    top = largest or {1: 12, 2: 7, 3: 4}[ndim]
    return rng.integers(-4, 5, (channels, *rng.integers(1, top + 1, ndim)))


def integers(rng, *shape):
    return torch.from_numpy(rng.integers(-4, 5, shape)).double()


def run_module(module):
    def run(x):
        with torch.no_grad():
            return module(torch.from_numpy(x).double()[None])[0].numpy()

    return run


def case(rng):
    ndim = int(pick(rng, 1, 1, 2, 2, 2, 3))
    return pick(rng, convolution, convolution, transposed, pooling, padding, functional_pad, resize, adaptive,
                shuffles, windows, dense, normalised)(rng, ndim)  # fmt: skip


def _case(layer, arguments, x, make, read=None, filled=True):
    kept = {}
    channels = {} if filled else {"channels": x.shape[0]}

    def run(image):
        kept["module"] = make()
        return run_module(kept["module"])(image)

    def module_read():
        module = kept.get("module")
        # What PyTorch does not make is read by its name.
        target = layer if module is None else module
        given = dict(arguments) if module is None else {}
        return sc.affine_from_torch(target, x.shape[1:], **given, **channels)

    return Case(layer, f"{layer}({arguments}) on {x.shape}", x, run, read or module_read)


def convolution(rng, ndim):
    groups = int(pick(rng, 1, 1, 2, 3))
    inputs, outputs = groups * int(rng.integers(1, 3)), groups * int(rng.integers(1, 3))
    x = image(rng, ndim, inputs)
    mode = pick(rng, "zeros", "zeros", "reflect", "replicate", "circular")
    same = rng.random() < 0.15
    arguments = {
        "in_channels": inputs,
        "out_channels": outputs,
        "kernel_size": spread(rng, ndim, 1, 4),
        "stride": spread(rng, ndim, 1, 3) if not same or rng.random() < 0.2 else 1,
        "padding": pick(rng, "same", "valid") if same else spread(rng, ndim, 0, 3),
        "dilation": spread(rng, ndim, 1, 3),
        "groups": groups,
        "bias": bool(rng.random() < 0.5),
        "padding_mode": mode,
    }
    return _filled(rng, f"Conv{ndim}d", arguments, x)


def _filled(rng, layer, arguments, x):
    seed = int(rng.integers(2**31))

    def make():
        module = getattr(nn, layer)(**arguments).double()
        with torch.no_grad():
            generator = torch.Generator().manual_seed(seed)
            for parameter in module.parameters():
                parameter.copy_(torch.randint(-4, 5, parameter.shape, generator=generator))
        return module

    return _case(layer, arguments, x, make)


def transposed(rng, ndim):
    groups = int(pick(rng, 1, 1, 2))
    inputs, outputs = groups * int(rng.integers(1, 3)), groups * int(rng.integers(1, 3))
    x = image(rng, ndim, inputs, {1: 7, 2: 4, 3: 3}[ndim])
    arguments = {
        "in_channels": inputs,
        "out_channels": outputs,
        "kernel_size": spread(rng, ndim, 1, 4),
        "stride": spread(rng, ndim, 1, 3),
        "padding": spread(rng, ndim, 0, 2),
        "output_padding": spread(rng, ndim, 0, 2) if rng.random() < 0.5 else 0,
        "dilation": spread(rng, ndim, 1, 3),
        "groups": groups,
        "bias": bool(rng.random() < 0.5),
    }
    made = _filled(rng, f"ConvTranspose{ndim}d", arguments, x)
    if rng.random() < 0.7:
        return made
    arguments["output_padding"], weight = (
        0,
        integers(rng, inputs, outputs // groups, *_taps(arguments, ndim)),
    )
    wanted = [int(v) for v in rng.integers(1, 14, ndim)]

    def run(image):
        module = getattr(nn, f"ConvTranspose{ndim}d")(**arguments | {"bias": False}).double()
        with torch.no_grad():
            module.weight.copy_(weight)
            return module(torch.from_numpy(image).double()[None], output_size=wanted)[0].numpy()

    def read():
        given = arguments | {"output_size": wanted}
        return sc.from_torch(f"ConvTranspose{ndim}d", x.shape[1:], weight=weight, **given)

    shown = f"ConvTranspose{ndim}d({arguments}, output_size={wanted}) on {x.shape}"
    return Case(f"ConvTranspose{ndim}d output_size", shown, x, run, read)


def _taps(arguments, ndim):
    size = arguments["kernel_size"]
    return size if isinstance(size, tuple) else (size,) * ndim


def plain(layer, arguments, x):
    def make():
        return getattr(nn, layer)(**arguments)

    return _case(layer, arguments, x, make, filled=False)


def pooling(rng, ndim):
    x = image(rng, ndim, int(rng.integers(1, 3)))
    arguments = {
        "kernel_size": spread(rng, ndim, 1, 4),
        "padding": spread(rng, ndim, 0, 2),
        "ceil_mode": bool(rng.random() < 0.5),
        "count_include_pad": bool(rng.random() < 0.5),
    }
    if rng.random() < 0.7:
        arguments["stride"] = spread(rng, ndim, 1, 4)
    if ndim > 1 and rng.random() < 0.3:
        arguments["divisor_override"] = int(pick(rng, 1, 2, 3, 8))
    return plain(f"AvgPool{ndim}d", arguments, x)


def padding(rng, ndim):
    x = image(rng, ndim, int(rng.integers(1, 3)))
    kind = pick(rng, "Zero", "Constant", "Reflection", "Replication", "Circular")
    pads = tuple(int(v) for v in rng.integers(-1, 4, 2 * ndim))
    arguments = {"padding": pads if rng.random() < 0.8 else abs(pads[0])}
    if kind == "Constant":
        arguments["value"] = float(pick(rng, 0.0, 0.5, -3.0))
    return plain(f"{kind}Pad{ndim}d", arguments, x)


def functional_pad(rng, ndim):
    x = image(rng, ndim, int(rng.integers(1, 3)))
    mode = pick(rng, "constant", "reflect", "replicate", "circular")
    axes = ndim if mode != "constant" or rng.random() < 0.5 else int(rng.integers(1, ndim + 1))
    arguments = {"padding": tuple(int(v) for v in rng.integers(-1, 4, 2 * axes)), "mode": mode}
    if mode == "constant":
        arguments["value"] = float(pick(rng, 0.0, 0.25))

    def run(image):
        given = arguments | {"pad": arguments["padding"]}
        del given["padding"]
        return F.pad(torch.from_numpy(image).double()[None], **given)[0].numpy()

    def read():
        return sc.affine_from_torch("pad", x.shape[1:], channels=x.shape[0], **arguments)

    return Case("F.pad", f"pad({arguments}) on {x.shape}", x, run, read)


def resize(rng, ndim):
    x = image(rng, ndim, int(rng.integers(1, 3)))
    linear = {1: "linear", 2: "bilinear", 3: "trilinear"}[ndim]
    mode = pick(
        rng, "nearest", "nearest-exact", "area", linear, linear, "bicubic" if ndim == 2 else linear
    )
    arguments = {"mode": mode}
    if mode in (linear, "bicubic"):
        arguments["align_corners"] = bool(rng.random() < 0.5)
    if ndim == 2 and mode in ("bilinear", "bicubic") and rng.random() < 0.3:
        arguments["antialias"] = True
    if rng.random() < 0.5:
        arguments["size"] = spread(rng, ndim, 1, {1: 14, 2: 9, 3: 5}[ndim])
    else:
        scale = tuple(float(pick(rng, 0.5, 1.0, 1.5, 2.0, 3.0, 1.3, 0.7)) for _ in range(ndim))
        arguments["scale_factor"] = scale if rng.random() < 0.5 else scale[0]
        if rng.random() < 0.3:
            arguments["recompute_scale_factor"] = True

    given = arguments.get("scale_factor", ())
    factors = given if isinstance(given, tuple) else (given,)
    factors += (3.0,) * arguments.get("antialias", False)

    def run(image):
        # Where the nearest pixel lies depends on the precision of the image.
        kind = torch.float32 if mode.startswith("nearest") else torch.float64
        return F.interpolate(torch.from_numpy(image).to(kind)[None], **arguments)[0].numpy()

    def read():
        given = {{"size": "output_size"}.get(k, k): v for k, v in arguments.items()}
        return sc.affine_from_torch("interpolate", x.shape[1:], channels=x.shape[0], **given)

    return Case(
        f"interpolate {mode}",
        f"interpolate({arguments}) on {x.shape}",
        x,
        run,
        read,
        int(arguments.get("align_corners", False)),
        factors,
    )


def adaptive(rng, ndim):
    x = image(rng, ndim, int(rng.integers(1, 3)))
    size = spread(rng, ndim, 1, 6)
    if isinstance(size, tuple) and rng.random() < 0.2:
        size = (None, *size[1:])
    return plain(f"AdaptiveAvgPool{ndim}d", {"output_size": size}, x)


def shuffles(rng, _):
    kind, r = pick(rng, "PixelShuffle", "PixelUnshuffle", "ChannelShuffle"), int(rng.integers(1, 4))
    channels = int(pick(rng, 1, 2, 4, 8, 9, 18))
    x = image(rng, 2, channels, 4)
    if kind == "PixelUnshuffle" and rng.random() < 0.8:
        x = rng.integers(-4, 5, (int(rng.integers(1, 3)), *(r * rng.integers(1, 3, 2))))
    name = {"PixelShuffle": "upscale_factor", "PixelUnshuffle": "downscale_factor"}.get(
        kind, "groups"
    )
    return plain(kind, {name: r}, x)


def windows(rng, _):
    x = image(rng, 2, int(rng.integers(1, 3)))
    arguments = {
        "kernel_size": spread(rng, 2, 1, 3),
        "dilation": spread(rng, 2, 1, 2),
        "padding": spread(rng, 2, 0, 2),
        "stride": spread(rng, 2, 1, 3),
    }
    unfold = plain("Unfold", arguments, x)
    if rng.random() < 0.5:
        return unfold
    size = x.shape[1:]

    def grid():
        return sc.from_torch("Unfold", size, channels=x.shape[0], **arguments).output_size

    try:
        rows = grid()
    except sc.SymconvError:
        return unfold
    taps = _taps(arguments, 2)
    y = rng.integers(-4, 5, (x.shape[0] * taps[0] * taps[1], *rows))

    def run(image):
        module = nn.Fold(size, **arguments)
        flat = torch.from_numpy(image).double().reshape(1, image.shape[0], -1)
        return module(flat)[0].numpy()

    def read():
        return sc.from_torch("Fold", rows, channels=y.shape[0], output_size=size, **arguments)

    return Case("Fold", f"Fold({size}, {arguments})", y, run, read)


def dense(rng, ndim):
    x = image(rng, ndim, int(rng.integers(1, 3)), 3)
    outputs, seed = int(rng.integers(1, 4)), int(rng.integers(2**31))

    def make():
        linear = nn.Linear(x.size, outputs).double()
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for parameter in linear.parameters():
                parameter.copy_(torch.randint(-4, 5, parameter.shape, generator=generator))
        return nn.Sequential(nn.Flatten(), linear)

    def read():
        return sc.affine_from_torch(make()[1], x.shape[1:], channels=x.shape[0])

    def run(image):
        return run_module(make())(image)

    return Case("Linear", f"Linear of {x.shape}", x, run, read)


def normalised(rng, ndim):
    x = image(rng, ndim, int(rng.integers(1, 4)))

    def make():
        module = getattr(nn, f"BatchNorm{ndim}d")(x.shape[0], eps=0.25, affine=True).double().eval()
        with torch.no_grad():
            module.running_var.fill_(3.75)
            module.running_mean.copy_(torch.arange(x.shape[0]) - 1)
            module.weight.copy_(torch.arange(x.shape[0]) - 2)
            module.bias.copy_(torch.arange(x.shape[0]) + 1)
        return module

    return _case(f"BatchNorm{ndim}d", {}, x, make)
