"""The table of docs/layers.md: what of each framework is read, written and refused, by running it.

python -m tests.differential.layer_table > docs/layers.md
"""

from __future__ import annotations

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

from functools import cache

import jax
import jax.numpy as jnp
import keras
import numpy as np
import onnx
import onnxruntime as ort
import scipy.linalg
import scipy.ndimage
import scipy.signal
import torch
import torch.nn.functional as F  # noqa: N812

import symconv as sc

from . import keras_layers, onnx_layers, torch_layers
from .cases import Case, Figures, judge

RNG = np.random.default_rng(0)
LINE, PLANE, FOUR = (RNG.integers(-4, 5, (c, *s)) for c, s in ((2, (6,)), (2, (4, 4)), (4, (4, 4))))
PAIR = {"in_channels": 2, "out_channels": 2}


# --- one example a layer, run by its framework -------------------------------------------------------


def module(name, arguments, x=PLANE, filled=False):
    if filled:
        return torch_layers._filled(RNG, name, arguments, x)
    make = lambda: getattr(torch.nn, name)(**arguments).double()  # noqa: E731
    return torch_layers._case(name, arguments, x, make, filled=False)


def function(name, arguments, x=PLANE):
    given = {{"size": "output_size"}.get(k, k): v for k, v in arguments.items()}
    return Case(
        f"F.{name}", "", x,
        lambda image: getattr(F, name)(torch.from_numpy(image).double()[None], **arguments)[0].numpy(),
        lambda: sc.affine_from_torch(name, x.shape[1:], channels=len(x), **given),
    )  # fmt: skip


def normalisation():
    make = lambda: torch.nn.BatchNorm2d(2, eps=3.0).double().eval()  # noqa: E731
    return torch_layers._case("BatchNorm2d", {}, PLANE, make)


def of_keras(name, arguments, x=PLANE, flat=False):
    return keras_layers.made(RNG, name, arguments, x, flat=flat)


def node(kind, inputs=(), read=None, x=PLANE, flat=False, **attributes):
    """Inputs after the image are arrays; ``read`` names them."""
    given = {**attributes, **(read or {})}
    return Case(
        kind, "", x,
        lambda image: onnx_layers.run_node(
            kind, attributes, [*inputs], image.reshape(-1) if flat else image
        ),
        lambda: sc.affine_from_onnx(kind, x.shape[1:], channels=len(x), **given),
    )  # fmt: skip


def onnx_conv(kind, **attributes):
    weight = RNG.integers(-4, 5, (2, 2, 3, 3))
    return Case(
        kind, "", PLANE,
        lambda image: onnx_layers.run_node(kind, attributes, [weight.astype(np.float32)], image),
        lambda: sc.from_onnx(kind, (4, 4), weight=weight, **attributes),
    )  # fmt: skip


def lax(name, **arguments):
    weight = RNG.integers(-4, 5, (2, 2, 3, 3))
    run = getattr(jax.lax, name)
    return Case(
        f"lax.{name}", "", PLANE,
        lambda x: run(x[None].astype(float), weight.astype(float), **arguments)[0],
        lambda: sc.from_jax(name, (4, 4), weight=weight, **arguments),
    )  # fmt: skip


def of_jax(name, run, **arguments):
    return Case(name, "", PLANE, run, lambda: sc.from_jax(name, (4, 4), channels=2, **arguments))


def of_scipy(name, *kernel, x=PLANE[0], **given):
    package, short = name.split(".")
    if package == "linalg":
        run = lambda image: (scipy.linalg.convolution_matrix(*kernel, len(x)) @ image[0])[None]  # noqa: E731
    else:
        found = getattr(getattr(scipy, package), short)
        run = lambda image: found(image[0].astype(float), *kernel, **given)[None]  # noqa: E731
    read = name if package == "ndimage" else short
    return Case(name, "", x[None], run, lambda: sc.from_scipy(read, x.shape, *kernel, **given))


NCHW = ("NCHW", "OIHW", "NCHW")
KERNEL = [[1, 2, 3], [4, 5, 6]]
SIX = [0, 0, 1, 0, 0, 0, 1, 2]


def floats(*values):
    return np.array(values, dtype=np.float32)


def whole(*values):
    return np.array(values, dtype=np.int64)


def examples():
    """The layers of each framework that are read."""
    three = {**PAIR, "kernel_size": 3}
    return {
        "PyTorch 2.13": [
            module("Conv2d", {**three, "padding": 1, "bias": False}, filled=True),
            module("ConvTranspose2d", {**three, "stride": 2}, filled=True),
            module("AvgPool2d", {"kernel_size": 2}),
            module("AdaptiveAvgPool2d", {"output_size": 2}),
            module("Upsample", {"scale_factor": 2}),
            module("UpsamplingBilinear2d", {"size": (7, 7)}),
            function("interpolate", {"scale_factor": 2, "mode": "bicubic", "align_corners": False}),
            module("PixelShuffle", {"upscale_factor": 2}, FOUR),
            module("PixelUnshuffle", {"downscale_factor": 2}),
            module("ChannelShuffle", {"groups": 2}, FOUR),
            module("Unfold", {"kernel_size": 2}),
            Case("Fold", "", FOUR,
                 lambda x: torch.nn.Fold(5, 2)(torch.from_numpy(x).double().reshape(1, 4, 16))[0].numpy(),
                 lambda: sc.from_torch("Fold", (4, 4), output_size=5, kernel_size=2, channels=4)),
            module("ZeroPad2d", {"padding": 1}),
            module("ConstantPad2d", {"padding": 1, "value": 3}),
            module("ReflectionPad2d", {"padding": 1}),
            module("ReplicationPad2d", {"padding": 1}),
            module("CircularPad2d", {"padding": 1}),
            Case("F.pad", "", PLANE,
                 lambda x: F.pad(torch.from_numpy(x).double()[None], [1, -1])[0].numpy(),
                 lambda: sc.from_torch("pad", (4, 4), padding=[1, -1], channels=2)),
            torch_layers.dense(np.random.default_rng(1), 2),
            normalisation(),
        ],
        "Keras 3.15": [
            of_keras("Conv2D", {"filters": 2, "kernel_size": 3, "use_bias": False}),
            of_keras("Conv2DTranspose", {"filters": 2, "kernel_size": 3, "strides": 2, "use_bias": False}),
            of_keras("DepthwiseConv2D", {"kernel_size": 3, "use_bias": False}),
            of_keras("SeparableConv2D", {"filters": 2, "kernel_size": 3, "use_bias": False}),
            of_keras("Conv1D", {"filters": 2, "kernel_size": 2, "padding": "causal", "use_bias": False}, LINE),
            of_keras("AveragePooling2D", {"pool_size": 2}),
            of_keras("GlobalAveragePooling2D", {"keepdims": True}),
            of_keras("AdaptiveAveragePooling2D", {"output_size": 2}),
            of_keras("UpSampling2D", {"size": 2, "interpolation": "bilinear"}),
            of_keras("Resizing", {"height": 8, "width": 8, "interpolation": "bicubic"}),
            of_keras("CenterCrop", {"height": 3, "width": 2}),
            of_keras("ZeroPadding2D", {"padding": 1}),
            of_keras("Cropping2D", {"cropping": 1}),
            of_keras("Dense", {"units": 2, "use_bias": False}, flat=True),
            of_keras("Rescaling", {"scale": 0.5, "offset": 1.0}),
        ],
        "JAX 0.10": [
            lax("conv_general_dilated", window_strides=(1, 2), padding="SAME", dimension_numbers=NCHW),
            lax("conv_transpose", strides=(2, 2), padding="VALID", dimension_numbers=NCHW),
            of_jax("conv_general_dilated_patches",
                   lambda x: jax.lax.conv_general_dilated_patches(x[None].astype(float), (2, 2), (1, 1), "VALID")[0],
                   filter_shape=(2, 2), window_strides=(1, 1), padding="VALID", dimension_numbers=NCHW),
            of_jax("image.resize", lambda x: jax.image.resize(x.astype(float), (2, 8, 8), "cubic"),
                   shape=(8, 8), method="cubic"),
            of_jax("numpy.pad", lambda x: jnp.pad(x, [(0, 0), (1, 1), (1, 1)], mode="reflect"),
                   pad_width=1, mode="reflect"),
        ],
        "ONNX Runtime 1.31": [
            onnx_conv("Conv", pads=[1, 0, 1, 0]),
            onnx_conv("ConvTranspose", strides=[2, 2]),
            node("AveragePool", kernel_shape=[2, 2], strides=[2, 2]),
            node("GlobalAveragePool"),
            node("Pad", [whole(*SIX), floats(3.0)[0]], {"pads": SIX, "constant_value": 3.0}),
            node("Resize", [None, floats(1, 1, 2, 2)], {"scales": [1, 1, 2, 2]}, mode="linear"),
            node("DepthToSpace", x=FOUR, blocksize=2),
            node("SpaceToDepth", blocksize=2),
            Case("Col2Im", "", FOUR,
                 lambda x: onnx_layers.run_node("Col2Im", {}, [whole(5, 5), whole(2, 2)], x.reshape(4, 16)),
                 lambda: sc.from_onnx("Col2Im", (4, 4), channels=4, image_shape=[5, 5], block_shape=[2, 2])),
            node("Gemm", [np.arange(64, dtype=np.float32).reshape(32, 2)],
                 {"B": np.arange(64).reshape(32, 2)}, flat=True),
            node("BatchNormalization", [floats(1, 2), floats(3, 4), floats(1, 0), floats(3.75, 0.75)],
                 {"scale": [1, 2], "B": [3, 4], "input_mean": [1, 0],
                  "input_var": floats(3.75, 0.75)}, epsilon=0.25),
        ],
        "SciPy 1.17": [
            of_scipy("signal.correlate", KERNEL, mode="same"),
            of_scipy("signal.convolve", KERNEL, mode="full"),
            of_scipy("signal.correlate2d", KERNEL, mode="same", boundary="wrap"),
            of_scipy("signal.convolve2d", KERNEL, mode="same", boundary="symm"),
            of_scipy("linalg.convolution_matrix", [1, 2, 3], x=LINE[0]),
            of_scipy("ndimage.correlate", KERNEL, mode="mirror"),
            of_scipy("ndimage.convolve", KERNEL, mode="nearest"),
            of_scipy("ndimage.correlate1d", [1, 2, 3], axis=0),
            of_scipy("ndimage.convolve1d", [1, 2, 3]),
            of_scipy("ndimage.uniform_filter", 2),
            of_scipy("ndimage.uniform_filter1d", 4),
            of_scipy("ndimage.sobel", axis=0),
            of_scipy("ndimage.prewitt"),
            of_scipy("ndimage.laplace", mode="constant"),
        ],
    }  # fmt: skip


REFUSED = {
    "PyTorch 2.13": (sc.from_torch, ["MaxPool2d", "AdaptiveMaxPool2d", "LPPool2d", "ReLU", "GELU", "InstanceNorm2d",
                                     "GroupNorm", "LocalResponseNorm", "Softmax2d"]),
    "Keras 3.15": (sc.from_tensorflow, ["MaxPooling2D", "ReLU", "LayerNormalization", "Softmax", "ConvLSTM2D",
                                        "RandomFlip", "Solarization"]),
    "JAX 0.10": (sc.from_jax, []),
    "ONNX Runtime 1.31": (sc.from_onnx, ["MaxPool", "Relu", "ConvInteger", "QLinearConv", "DeformConv", "LpPool",
                                         "InstanceNormalization", "Softmax"]),
    "SciPy 1.17": (sc.from_scipy, ["medfilt", "order_filter", "ndimage.median_filter",
                                   "ndimage.gaussian_gradient_magnitude"]),
}  # fmt: skip


# --- written: run in the framework that it is written for --------------------------------------------


def run_torch(operator, x):
    return (
        sc.to_torch(operator, dtype="float64")(torch.from_numpy(x).double()[None])[0]
        .detach()
        .numpy()
    )


def run_keras(operator, x):
    y = sc.to_keras(operator)(np.moveaxis(x, 0, -1)[None].astype(np.float32))
    return np.moveaxis(np.asarray(keras.ops.convert_to_numpy(y))[0], -1, 0)


def run_jax(operator, x):
    return np.asarray(sc.to_jax(operator)(x[None].astype(np.float32)))[0]


def run_onnx(operator, x):
    session = ort.InferenceSession(sc.to_onnx(operator).SerializeToString())
    return session.run(None, {"x": x[None].astype(np.float32)})[0][0]


def run_code(operator, framework, x):
    """The line of code that is written, in the framework's order of axes."""
    weight = sc.to_weight(operator, framework)
    code = sc.to_code(operator, framework)
    if framework == "torch":
        names = {
            "torch": torch,
            "x": torch.from_numpy(x).double()[None],
            "w": torch.from_numpy(weight),
        }
    elif framework == "keras":
        names = {"keras": keras, "x": keras.ops.convert_to_tensor(np.moveaxis(x, 0, -1)[None].astype(np.float32)),
                 "w": keras.ops.convert_to_tensor(weight.astype(np.float32))}  # fmt: skip
    else:
        names = {"jax": jax, "x": jnp.asarray(x[None], dtype=float), "w": jnp.asarray(weight)}
    exec(code, names)
    y = np.asarray(keras.ops.convert_to_numpy(names["y"]) if framework == "keras" else names["y"])[
        0
    ]
    return np.moveaxis(y, -1, 0) if framework == "keras" else y


def run_nodes(operator, x):
    text = f'<ir_version: 8, opset_import: ["" : 17]> g (float[1, {", ".join(map(str, x.shape))}] x'
    weight = sc.to_weight(operator, "onnx")
    shape = ", ".join(map(str, weight.shape))
    ends = ", ".join("ABCD"[: x.ndim])
    text += f", float[{shape}] w) => (float[1, {ends}] y) {{ {sc.to_code(operator, 'onnx')} }}"
    model = onnx.parser.parse_model(text)
    session = ort.InferenceSession(model.SerializeToString())
    given = {"x": x[None].astype(np.float32), "w": weight.astype(np.float32)}
    return session.run(None, given)[0][0]


OBJECTS = {"torch": run_torch, "keras": run_keras, "jax": run_jax, "onnx": run_onnx}


def written(operator, framework, x):
    """ "layer", "code" or "–": what symconv writes for a framework, once that has run it."""
    code = run_nodes if framework == "onnx" else (lambda o, x: run_code(o, framework, x))
    for word, run in (("layer", OBJECTS[framework]), ("code", code)):
        try:
            y = run(operator, x)
        except sc.SymconvError:
            continue
        wanted = sc.to_numpy(operator, dtype=float) @ x.ravel()
        got = np.asarray(y, dtype=float).ravel()
        dyadic = all(int(e.q) & (int(e.q) - 1) == 0 for _, e in operator.expressions)
        same = (got == wanted).all() if dyadic else np.allclose(got, wanted, rtol=1e-6, atol=1e-5)
        assert same, (framework, word, operator)
        return word
    return "–"


@cache
def rows():
    """(framework, layer, what is read, what is written for each)."""
    found = []
    for framework, cases in examples().items():
        for case in cases:
            figures = Figures()
            judge(case, figures)
            ((_, outcome),) = figures.counts
            assert outcome in ("equal", "equal but for rounding"), (framework, case.layer, figures)
            made = case.read()
            is_affine = hasattr(made, "constant") and not made.is_linear
            operator = getattr(made, "operator", made)
            kinds = [written(operator, name, case.image) for name in OBJECTS]
            name = ("C x + b" if is_affine else "C") + " ≈" * (outcome != "equal")
            found.append((framework, case.layer, name, *kinds))
    return found


def refusals():
    """(framework, layer, reason)."""
    return [
        (framework, name, refusal(read, name))
        for framework, (read, names) in REFUSED.items()
        for name in names
    ]


def refusal(read, name):
    reason = ""
    try:
        read(name, (4, 4))
    except sc.SymconvError as error:
        reason = str(error).partition("not linear: ")[2].partition("; ")[0]
    if not reason:
        raise AssertionError(f"{name} is read, or not named as not linear")
    return reason


HEAD = """# Layers

What symconv reads of each framework, and writes for each. Every entry was run: the framework's result on an
image of integers is that of the matrix to the last bit, and so is that of the layer or the line of code
that was written. Made by `python -m tests.differential.layer_table`, and held against it by a test.

≈: the framework rounds on the way, and is within 32 roundings of its type of the exact fractions.

*C* is read by `sc.from_torch` and its like, *C x + b* by `sc.affine_from_torch` and its like; of those the
linear part is written. *layer*: `sc.to_torch`, `sc.to_keras`, `sc.to_jax`, `sc.to_onnx` give a
layer object (a pooling becomes a convolution with its weights); *code*: it has no such layer, and `sc.to_code`
has a line that computes it; *–*: no one layer of that framework computes it.
"""


def page():
    columns = ["framework", "layer", "read as", *(f"written for {name}" for name in OBJECTS)]
    table = [columns, ["---"] * len(columns), *rows()]
    lines = [HEAD, *(f"| {' | '.join(row)} |" for row in table), "", "## Refused", ""]
    lines += [
        "Named as not linear; in a stack they cut it into segments, or are masks where they are piecewise linear.",
        "",
    ]
    refused = [("framework", "layer", "it is not linear:"), ("---",) * 3, *refusals()]
    lines += [f"| {' | '.join(row)} |" for row in refused]
    return "\n".join(lines) + "\n"


jax.config.update("jax_enable_x64", True)
if __name__ == "__main__":
    print(page(), end="")
