"""Random models of Keras: functional ones with sums and joined channels."""

from __future__ import annotations

import keras
import numpy as np

import symconv as sc

from .cases import Case
from .keras_layers import numbers, pick


def case(rng):
    ndim, channels = int(pick(rng, 1, 1, 2)), int(rng.integers(1, 3))
    x = rng.integers(-3, 4, (channels, *rng.integers(3, 11 if ndim == 1 else 7, ndim)))
    seed, kept = int(rng.integers(2**31)), {}
    count = int(rng.integers(2, 5))

    def run(image):
        draw = np.random.default_rng(seed)
        start = keras.Input((*image.shape[1:], channels))
        y = start
        for _ in range(count):
            y = layer(draw, ndim, y)
        model = keras.Model(start, y)
        for weight in model.weights:
            spread = 3.75 if "variance" in weight.path else None
            weight.assign(
                np.full(weight.shape, spread) if spread else draw.integers(-2, 3, weight.shape)
            )
        kept["model"] = model
        last = np.moveaxis(image, 0, -1)[None].astype(np.float32)
        return np.moveaxis(
            np.asarray(keras.ops.convert_to_numpy(model(last, training=False)))[0], -1, 0
        )

    def read():
        if "model" not in kept:  # Keras makes no image without a pixel
            raise sc.SymconvError("Keras makes no such model")
        S = sc.stack(kept["model"], x.shape[1:], channels=channels)
        return S.at_point(x).affine if S.nonlinear else S.affine

    return Case("model", f"{count} layers drawn by {seed} on {x.shape}", x, run, read)


def layer(rng, ndim, y):
    """A layer, or two in a branch, on a tensor of Keras."""
    layers, after = keras.layers, int(rng.integers(1, 3))
    same = {"kernel_size": 3, "padding": "same"}
    conv = getattr(layers, f"Conv{ndim}D")
    kind = pick(rng, "conv", "conv", "depthwise", "up", "pool", "max", "relu", "pad", "crop",
                "norm", "grow", "add", "join")  # fmt: skip
    if kind in ("add", "join"):
        filters = y.shape[-1] if kind == "add" else after
        branch = conv(filters, activation=pick(rng, None, "relu"), **same)(y)
        return (layers.Add() if kind == "add" else layers.Concatenate())([y, branch])
    strides = int(rng.integers(1, 3))
    padding = pick(rng, "valid", "same")
    return {
        "conv": lambda: conv(after, numbers(rng, ndim, 1, 3), strides, padding, use_bias=False),
        "depthwise": lambda: getattr(layers, f"DepthwiseConv{ndim}D")(2, strides, padding),
        "up": lambda: getattr(layers, f"Conv{ndim}DTranspose")(after, 3, strides, padding),
        "pool": lambda: getattr(layers, f"AveragePooling{ndim}D")(2),
        "max": lambda: getattr(layers, f"MaxPooling{ndim}D")(2),
        "relu": lambda: pick(rng, layers.ReLU, lambda: layers.LeakyReLU(0.25))(),
        "pad": lambda: getattr(layers, f"ZeroPadding{ndim}D")(1),
        "crop": lambda: getattr(layers, f"Cropping{ndim}D")(1),
        "norm": lambda: layers.BatchNormalization(epsilon=0.25),
        "grow": lambda: getattr(layers, f"UpSampling{ndim}D")(2),
    }[kind]()(y)
