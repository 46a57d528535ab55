"""Random convolutions of JAX."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

import symconv as sc

from .cases import Case

LAYOUTS = {
    1: [None, ("NCW", "OIW", "NCW"), ("NWC", "WIO", "NWC"), ("CNW", "IOW", "CNW")],
    2: [
        None, ("NCHW", "OIHW", "NCHW"), ("NHWC", "HWIO", "NHWC"), ("NHWC", "WHIO", "NHWC"),
        ("NCWH", "OIHW", "NCWH"), ("NCHW", "OIHW", "NHWC"), ("NCHW", "OIWH", "NCWH"),
    ],
}  # fmt: skip


def pick(rng, *values):
    return values[rng.integers(len(values))]


def case(rng):
    return pick(rng, general, general, general, transposed, transposed, patches, resize, padded)(
        rng
    )


def numbers(rng, ndim, low, high):
    return [int(v) for v in rng.integers(low, high + 1, ndim)]


def _layout(rng, ndim, up):
    specs = pick(rng, *LAYOUTS[ndim])
    if specs is not None:
        return specs, specs
    letters = "DHW"[-ndim:] if ndim > 1 else "W"
    plain = (f"N{letters}C", f"{letters}IO", f"N{letters}C") if up else (
        f"NC{letters}", f"OI{letters}", f"NC{letters}")  # fmt: skip
    return None, plain


def arrays(rng, specs, weight, x):
    """A weight (out, in, *taps by the order of rhs) and an image (channels, *size), laid out."""
    lhs, rhs, _ = specs
    taps = [c for c in rhs if c not in "OI"]
    laid = weight.transpose(["OI".index(c) if c in "OI" else 2 + taps.index(c) for c in rhs])
    return laid, _image(x, lhs)


def _image(x, lhs):
    spatial = [c for c in lhs if c not in "NC"]
    full = x[None] if x.ndim == len(lhs) - 1 else x
    return full.transpose(["NC".index(c) if c in "NC" else 2 + spatial.index(c) for c in lhs])


def _back(y, out, letters):
    """(channels, *size) with the spatial axes in the order of the image."""
    order = [out.index("N"), out.index("C"), *(out.index(c) for c in letters)]
    return np.asarray(y).transpose(order)


def _sized(rng, ndim, channels):
    return rng.integers(-4, 5, (channels, *rng.integers(1, 9 if ndim == 1 else 6, ndim)))


def general(rng):
    ndim = int(pick(rng, 1, 2))
    given, specs = _layout(rng, ndim, False)
    groups, batches = (int(pick(rng, 1, 1, 2)), 1) if rng.random() < 0.7 else (1, 2)
    inputs, outputs = groups * int(rng.integers(1, 3)), groups * batches * int(rng.integers(1, 3))
    weight = rng.integers(-4, 5, (outputs, inputs // groups, *rng.integers(1, 4, ndim)))
    x = _sized(rng, ndim, inputs * batches)
    padding = pick(rng, "SAME", "SAME_LOWER", "VALID", "same", None, None, None)
    if padding is None:
        padding = [tuple(numbers(rng, 2, -2, 3)) for _ in range(ndim)]
    arguments = {
        "window_strides": numbers(rng, ndim, 1, 3),
        "padding": padding,
        "lhs_dilation": pick(rng, None, [1] * ndim, numbers(rng, ndim, 1, 3)),
        "rhs_dilation": pick(rng, None, numbers(rng, ndim, 1, 3)),
        "feature_group_count": groups,
        "batch_group_count": batches,
    }
    if given is not None or rng.random() < 0.5:
        arguments["dimension_numbers"] = given
    laid, _ = arrays(rng, specs, weight, x[:inputs])

    def run(image):
        parts = image.reshape(batches, inputs, *image.shape[1:])
        y = jax.lax.conv_general_dilated(
            _image(parts, specs[0]).astype(float), laid.astype(float), **arguments
        )
        return _back(y, specs[2], [c for c in specs[0] if c not in "NC"])[0]

    def read():
        return sc.from_jax("conv_general_dilated", x.shape[1:], weight=laid, **arguments)

    name = "lax.conv_general_dilated" + (" batch_group_count" if batches > 1 else "")
    return Case(
        name, f"conv_general_dilated({arguments}) of {laid.shape} on {x.shape}", x, run, read
    )


def transposed(rng):
    ndim = int(pick(rng, 1, 2))
    given, specs = _layout(rng, ndim, True)
    flips = bool(rng.random() < 0.4)
    inputs, outputs = int(rng.integers(1, 3)), int(rng.integers(1, 3))
    pair = (inputs, outputs) if flips else (outputs, inputs)
    weight = rng.integers(-4, 5, (*pair, *rng.integers(1, 4, ndim)))
    x = _sized(rng, ndim, inputs)
    padding = pick(rng, "SAME", "SAME", "VALID", "VALID", "SAME_LOWER", "full", None, None)
    if padding is None:
        padding = [tuple(numbers(rng, 2, -1, 3)) for _ in range(ndim)]
    arguments = {
        "strides": numbers(rng, ndim, 1, 3),
        "padding": padding,
        "rhs_dilation": pick(rng, None, numbers(rng, ndim, 1, 3)),
        "transpose_kernel": flips,
        "use_consistent_padding": bool(rng.random() < 0.3),
    }
    if given is not None or rng.random() < 0.5:
        arguments["dimension_numbers"] = given
    laid, _ = arrays(rng, specs, weight, x)

    def run(image):
        y = jax.lax.conv_transpose(
            _image(image, specs[0]).astype(float), laid.astype(float), **arguments
        )
        return _back(y, specs[2], [c for c in specs[0] if c not in "NC"])[0]

    def read():
        return sc.from_jax("conv_transpose", x.shape[1:], weight=laid, **arguments)

    shown = f"conv_transpose({arguments}) of {laid.shape} on {x.shape}"
    return Case("lax.conv_transpose", shown, x, run, read)


def patches(rng):
    ndim = int(pick(rng, 1, 2))
    x = _sized(rng, ndim, int(rng.integers(1, 3)))
    arguments = {
        "filter_shape": tuple(numbers(rng, ndim, 1, 3)),
        "window_strides": tuple(numbers(rng, ndim, 1, 2)),
        "padding": pick(rng, "SAME", "VALID", [tuple(numbers(rng, 2, 0, 2)) for _ in range(ndim)]),
        "rhs_dilation": tuple(numbers(rng, ndim, 1, 2)),
    }

    def run(image):
        return jax.lax.conv_general_dilated_patches(image[None].astype(float), **arguments)[0]

    def read():
        return sc.from_jax(
            "conv_general_dilated_patches", x.shape[1:], channels=x.shape[0], **arguments
        )

    shown = f"patches({arguments}) on {x.shape}"
    return Case("lax.conv_general_dilated_patches", shown, x, run, read)


def resize(rng):
    ndim = int(pick(rng, 1, 2))
    x = _sized(rng, ndim, int(rng.integers(1, 3)))
    arguments = {
        "shape": tuple(numbers(rng, ndim, 1, 9)),
        "method": pick(rng, "nearest", "linear", "cubic", "cubic-pytorch", "bilinear", "lanczos3"),
        "antialias": bool(rng.random() < 0.5),
    }

    def run(image):
        shape = (image.shape[0], *arguments["shape"])
        kept = {k: v for k, v in arguments.items() if k != "shape"}
        if kept["method"] == "lanczos3":
            raise ValueError("not read")
        return jax.image.resize(image.astype(float), shape, **kept)

    def read():
        return sc.from_jax("image.resize", x.shape[1:], channels=x.shape[0], **arguments)

    shown = f"resize({arguments}) on {x.shape}"
    return Case(f"image.resize {arguments['method']}", shown, x, run, read, 0, (3.0,))


def padded(rng):
    ndim = int(pick(rng, 1, 2))
    x = _sized(rng, ndim, int(rng.integers(1, 3)))
    arguments = {
        "pad_width": [tuple(numbers(rng, 2, 0, 7)) for _ in range(ndim)],
        "mode": pick(rng, "constant", "edge", "reflect", "symmetric", "wrap"),
    }

    def run(image):
        return jnp.pad(image, [(0, 0), *arguments["pad_width"]], mode=arguments["mode"])

    def read():
        return sc.from_jax("numpy.pad", x.shape[1:], channels=x.shape[0], **arguments)

    return Case("numpy.pad", f"pad({arguments}) on {x.shape}", x, run, read)


jax.config.update("jax_enable_x64", True)
