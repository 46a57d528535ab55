"""Random layers of Keras, on the backend that is set."""

from __future__ import annotations

from dataclasses import replace

import keras
import numpy as np

import symconv as sc

from .cases import Case


def pick(rng, *values):
    return values[rng.integers(len(values))]


def case(rng):
    return pick(rng, convolution, convolution, convolution, transposed, transposed, depthwise, depthwise,
                separable, pooling, pooling, padding, upsampling, resizing, dense, others)(rng)  # fmt: skip


def numbers(rng, ndim, low, high):
    return tuple(int(v) for v in rng.integers(low, high + 1, ndim))


def sized(rng, ndim, channels):
    top = {1: 9, 2: 6, 3: 4}[ndim]
    return rng.integers(-4, 5, (channels, *rng.integers(1, top + 1, ndim)))


def made(rng, kind, arguments, x, name="", read=None, flat=False):
    """Weights are put in by their order; images of Keras have the channels last."""
    seed, kept = int(rng.integers(2**31)), {}

    def run(image):
        layer = getattr(keras.layers, kind)(**arguments)
        last = np.moveaxis(image, 0, -1)[None].astype(np.float32)
        last = last.reshape(1, -1) if flat else last
        draw = np.random.default_rng(seed)
        layer.build(last.shape)
        for weight in layer.weights:
            weight.assign(draw.integers(-4, 5, weight.shape))
        kept["layer"] = layer
        y = np.asarray(keras.ops.convert_to_numpy(layer(last, training=False)))[0]
        return np.moveaxis(y, -1, 0) if y.ndim > 1 else y

    def of_layer():
        if "layer" not in kept:  # what Keras does not make is read by its name
            given = {k: v for k, v in arguments.items() if k != "size"}
            if "Conv" in kind:
                given["in_channels"] = x.shape[0]
            else:
                given["channels"] = x.shape[0]
            return sc.from_tensorflow(kind, x.shape[1:], **given)
        extra = {} if "Conv" in kind else {"channels": x.shape[0]}
        return sc.affine_from_tensorflow(kept["layer"], x.shape[1:], **extra)

    return Case(name or kind, f"{kind}({arguments}) on {x.shape}", x, run, read or of_layer)


def convolution(rng):
    ndim, groups = int(pick(rng, 1, 2, 2, 3)), int(pick(rng, 1, 1, 2))
    x = sized(rng, ndim, groups * int(rng.integers(1, 3)))
    arguments = {
        "filters": groups * int(rng.integers(1, 3)),
        "kernel_size": numbers(rng, ndim, 1, 4),
        "strides": numbers(rng, ndim, 1, 3) if rng.random() < 0.6 else 1,
        "dilation_rate": numbers(rng, ndim, 1, 3) if rng.random() < 0.4 else 1,
        "padding": pick(rng, "valid", "same", "causal")
        if ndim == 1
        else pick(rng, "valid", "same"),
        "groups": groups,
        "use_bias": bool(rng.random() < 0.5),
    }
    return made(rng, f"Conv{ndim}D", arguments, x)


def transposed(rng):
    ndim = int(pick(rng, 1, 2, 2))
    x = sized(rng, ndim, int(rng.integers(1, 3)))
    strides = numbers(rng, ndim, 1, 3)
    arguments = {
        "filters": int(rng.integers(1, 3)),
        "kernel_size": numbers(rng, ndim, 1, 4),
        "strides": strides,
        "dilation_rate": numbers(rng, ndim, 1, 2) if rng.random() < 0.3 else 1,
        "padding": pick(rng, "valid", "same"),
    }
    if rng.random() < 0.3:
        arguments["output_padding"] = numbers(rng, ndim, 0, 1)
    return made(rng, f"Conv{ndim}DTranspose", arguments, x)


def depthwise(rng):
    ndim = int(pick(rng, 1, 2, 2))
    x = sized(rng, ndim, int(rng.integers(1, 4)))
    stride = int(rng.integers(1, 4))
    arguments = {
        "kernel_size": numbers(rng, ndim, 1, 4),
        "strides": (stride,) * ndim,
        "dilation_rate": numbers(rng, ndim, 1, 2) if rng.random() < 0.4 else 1,
        "padding": pick(rng, "valid", "same"),
        "depth_multiplier": int(rng.integers(1, 3)),
    }
    return made(rng, f"DepthwiseConv{ndim}D", arguments, x)


def separable(rng):
    ndim = int(pick(rng, 1, 2))
    x = sized(rng, ndim, int(rng.integers(1, 3)))
    arguments = {
        "filters": int(rng.integers(1, 3)),
        "kernel_size": numbers(rng, ndim, 1, 3),
        "strides": (int(rng.integers(1, 3)),) * ndim,
        "padding": pick(rng, "valid", "same"),
        "depth_multiplier": int(rng.integers(1, 3)),
    }
    return made(rng, f"SeparableConv{ndim}D", arguments, x)


def pooling(rng):
    ndim = int(pick(rng, 1, 2, 2, 3))
    x = sized(rng, ndim, int(rng.integers(1, 3)))
    arguments = {
        "pool_size": numbers(rng, ndim, 1, 4),
        "strides": numbers(rng, ndim, 1, 3),
        "padding": pick(rng, "valid", "same"),
    }
    return made(rng, f"AveragePooling{ndim}D", arguments, x)


def padding(rng):
    ndim = int(pick(rng, 1, 2, 3))
    x = sized(rng, ndim, int(rng.integers(1, 3)))
    kind, word = pick(rng, ("ZeroPadding", "padding"), ("Cropping", "cropping"))
    pairs = tuple(numbers(rng, 2, 0, 2) for _ in range(ndim))
    value = pick(rng, pairs[0] if ndim == 1 else pairs, int(rng.integers(0, 3)))
    return made(rng, f"{kind}{ndim}D", {word: value}, x)


def upsampling(rng):
    ndim = int(pick(rng, 1, 2, 2, 3))
    x = sized(rng, ndim, int(rng.integers(1, 3)))
    arguments = {"size": numbers(rng, ndim, 1, 3) if ndim > 1 else int(rng.integers(1, 4))}
    if ndim == 2:
        arguments["interpolation"] = pick(rng, "nearest", "bilinear", "bicubic")
    return replace(made(rng, f"UpSampling{ndim}D", arguments, x), places=0, factors=(3.0,))


def resizing(rng):
    x = sized(rng, 2, int(rng.integers(1, 3)))
    height, width = numbers(rng, 2, 1, 9)
    arguments = {"height": height, "width": width}
    if rng.random() < 0.3:
        return replace(made(rng, "CenterCrop", arguments, x), places=0, factors=(3.0,))
    arguments["interpolation"] = pick(rng, "nearest", "bilinear", "bicubic", "bicubic")
    arguments["antialias"] = bool(rng.random() < 0.3)
    fit = pick(rng, None, None, "crop_to_aspect_ratio", "pad_to_aspect_ratio")
    if fit:
        arguments[fit] = True
    if fit == "pad_to_aspect_ratio":
        arguments["fill_value"] = 2.0
    return replace(made(rng, "Resizing", arguments, x), places=0, factors=(3.0,))


def dense(rng):
    x = sized(rng, int(pick(rng, 1, 2)), int(rng.integers(1, 3)))
    return made(rng, "Dense", {"units": int(rng.integers(1, 4))}, x, "Dense (Linear)", flat=True)


def others(rng):
    ndim = int(pick(rng, 1, 2))
    x = sized(rng, ndim, int(rng.integers(1, 3)))
    kind, arguments = pick(
        rng,
        (f"GlobalAveragePooling{ndim}D", {"keepdims": True}),
        (f"AdaptiveAveragePooling{ndim}D", {"output_size": int(rng.integers(1, 6))}),
        ("Rescaling", {"scale": 0.5, "offset": 3.0}),
    )
    return made(rng, kind, arguments, x)
