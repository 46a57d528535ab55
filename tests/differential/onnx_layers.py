"""Random nodes of ONNX, run by ONNX Runtime."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import onnx
import onnxruntime as ort

import symconv as sc

from .cases import Case

ort.set_default_logger_severity(4)
OPSET = 20


def pick(rng, *values):
    return values[rng.integers(len(values))]


def case(rng):
    return pick(rng, convolution, convolution, convolution, transposed, transposed, transposed, pooling, pooling,
                padding, resize, resize, depth, global_pool, gemm, columns)(rng)  # fmt: skip


def numbers(rng, ndim, low, high):
    return [int(v) for v in rng.integers(low, high + 1, ndim)]


def sized(rng, ndim, channels, top=None):
    largest = top or {1: 10, 2: 6, 3: 4}[ndim]
    return rng.integers(-4, 5, (channels, *rng.integers(1, largest + 1, ndim)))


def run_node(kind, attributes, inputs, x):
    """The node's first output; inputs after the image are constants."""
    names = ["x", *(f"c{i}" if value is not None else "" for i, value in enumerate(inputs))]
    node = onnx.helper.make_node(kind, names, ["y"], **attributes)
    info = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1, *x.shape])
    stored = [
        onnx.numpy_helper.from_array(value, name)
        for name, value in zip(names[1:], inputs, strict=True)
        if value is not None
    ]
    result = onnx.helper.make_empty_tensor_value_info("y")
    graph = onnx.helper.make_graph([node], "g", [info], [result], stored)
    opset = [onnx.helper.make_opsetid("", OPSET)]
    model = onnx.helper.make_model(graph, opset_imports=opset, ir_version=9)
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (y,) = session.run(None, {"x": x[None].astype(np.float32)})
    return y[0]


def made(kind, attributes, inputs, x, read, name=""):
    shown = {k: v.tolist() if hasattr(v, "tolist") else v for k, v in attributes.items()}
    return Case(
        name or kind,
        f"{kind}({shown}) on {x.shape}",
        x,
        lambda image: run_node(kind, attributes, inputs, image),
        read,
    )


def convolution(rng):
    ndim, groups = int(pick(rng, 1, 2, 2, 3)), int(pick(rng, 1, 1, 2))
    inputs, outputs = groups * int(rng.integers(1, 3)), groups * int(rng.integers(1, 3))
    taps = numbers(rng, ndim, 1, 4)
    weight = rng.integers(-4, 5, (outputs, inputs // groups, *taps))
    x = sized(rng, ndim, inputs)
    attributes = {
        "group": groups,
        "strides": numbers(rng, ndim, 1, 3),
        "dilations": numbers(rng, ndim, 1, 3),
    }
    auto = pick(rng, "NOTSET", "NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER")
    if auto == "NOTSET":
        attributes["pads"] = numbers(rng, 2 * ndim, 0, 3)
    else:
        attributes["auto_pad"] = auto
    return made("Conv", attributes, [weight.astype(np.float32)], x,
                lambda: sc.from_onnx("Conv", x.shape[1:], weight=weight, **attributes))  # fmt: skip


def transposed(rng):
    ndim, groups = int(pick(rng, 1, 2, 2)), int(pick(rng, 1, 1, 2))
    inputs, outputs = groups * int(rng.integers(1, 3)), int(rng.integers(1, 3))
    weight = rng.integers(-4, 5, (inputs, outputs, *numbers(rng, ndim, 1, 4)))
    x = sized(rng, ndim, inputs, 5)
    attributes = {
        "group": groups,
        "strides": numbers(rng, ndim, 1, 3),
        "dilations": numbers(rng, ndim, 1, 2),
    }
    auto = pick(rng, "NOTSET", "NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER")
    name = "ConvTranspose"
    if auto == "NOTSET":
        attributes["pads"] = numbers(rng, 2 * ndim, 0, 2)
    else:
        attributes["auto_pad"] = auto
    if rng.random() < 0.4:
        attributes["output_padding"] = numbers(rng, ndim, 0, 2)
    if rng.random() < 0.3:
        attributes["output_shape"] = numbers(rng, ndim, 1, 14)
        attributes.pop("pads", None)
        name += " output_shape"
    return made("ConvTranspose", attributes, [weight.astype(np.float32)], x,
                lambda: sc.from_onnx("ConvTranspose", x.shape[1:], weight=weight, **attributes), name)  # fmt: skip


def _row(kind, x, **given):
    return lambda: sc.affine_from_onnx(kind, x.shape[1:], channels=x.shape[0], **given)


def pooling(rng):
    ndim = int(pick(rng, 1, 2, 2, 3))
    x = sized(rng, ndim, int(rng.integers(1, 3)))
    attributes = {
        "kernel_shape": numbers(rng, ndim, 1, 4),
        "strides": numbers(rng, ndim, 1, 3),
        "ceil_mode": int(rng.random() < 0.4),
        "count_include_pad": int(rng.random() < 0.5),
    }
    auto = pick(rng, "NOTSET", "NOTSET", "NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER")
    if auto == "NOTSET":
        attributes["pads"] = numbers(rng, 2 * ndim, 0, 2)
    else:
        attributes["auto_pad"] = auto
    return made("AveragePool", attributes, [], x, _row("AveragePool", x, **attributes))


def padding(rng):
    ndim = int(pick(rng, 1, 2))
    x = sized(rng, ndim, int(rng.integers(1, 3)))
    mode = pick(rng, "constant", "reflect", "edge", "wrap")
    lows, highs = numbers(rng, ndim, -1, 3), numbers(rng, ndim, -1, 3)
    pads, value = [0, 0, *lows, 0, 0, *highs], float(pick(rng, 0.0, 2.0))
    inputs = [np.array(pads, dtype=np.int64), np.array(value, dtype=np.float32)]
    read = _row("Pad", x, mode=mode, pads=pads, constant_value=value)
    made_pad = made("Pad", {"mode": mode}, inputs, x, read, f"Pad {mode}")
    return replace(made_pad, shown=f"Pad({mode}, {pads}, {value}) on {x.shape}")


def resize(rng):
    ndim = int(pick(rng, 1, 2))
    x = sized(rng, ndim, int(rng.integers(1, 3)))
    mode = pick(rng, "nearest", "linear", "cubic") if ndim == 2 else pick(rng, "nearest", "linear")
    attributes = {
        "mode": mode,
        "coordinate_transformation_mode": pick(
            rng, "half_pixel", "half_pixel", "align_corners", "asymmetric", "pytorch_half_pixel",
            "half_pixel_symmetric",
        ),
    }  # fmt: skip
    if mode == "nearest":
        attributes["nearest_mode"] = pick(
            rng, "floor", "ceil", "round_prefer_floor", "round_prefer_ceil"
        )
    if mode == "cubic":
        attributes |= {
            "cubic_coeff_a": pick(rng, -0.75, -0.5),
            "exclude_outside": int(rng.random() < 0.5),
        }
    if mode != "nearest" and rng.random() < 0.3:
        attributes["antialias"] = 1
    if rng.random() < 0.5:
        wanted = [1, x.shape[0], *numbers(rng, ndim, 1, 9)]
        inputs, given = [None, None, np.array(wanted, dtype=np.int64)], {"sizes": wanted}
    else:
        wanted = [
            1.0,
            1.0,
            *(float(pick(rng, 0.5, 1.0, 2.0, 3.0, 1.5, 0.7, 1.3)) for _ in range(ndim)),
        ]
        inputs, given = [None, np.array(wanted, dtype=np.float32)], {"scales": wanted}
    shown = attributes | given
    divides = attributes.get("antialias") or attributes.get("exclude_outside")
    factors = (*given.get("scales", ()), *([3.0] if divides else []))
    corners = attributes["coordinate_transformation_mode"] == "align_corners"
    case = made("Resize", attributes, inputs, x, _row("Resize", x, **shown), f"Resize {mode}")
    return Case(
        case.layer,
        f"Resize({shown}) on {x.shape}",
        x,
        case.run,
        case.read,
        int(corners),
        factors,
    )


def depth(rng):
    kind, r = pick(rng, "DepthToSpace", "SpaceToDepth"), int(rng.integers(1, 4))
    if kind == "SpaceToDepth":
        x = rng.integers(-4, 5, (2, *(int(v) for v in rng.integers(1, 7, 2))))
        if rng.random() < 0.8:
            x = rng.integers(-4, 5, (int(rng.integers(1, 3)), *(r * rng.integers(1, 3, 2))))
        return made(kind, {"blocksize": r}, [], x, _row(kind, x, blocksize=r))
    x = sized(rng, 2, int(pick(rng, 4, 8, 9, 18, 3)), 3)
    attributes = {"blocksize": r, "mode": pick(rng, "DCR", "CRD")}
    return made(kind, attributes, [], x, _row(kind, x, **attributes))


def global_pool(rng):
    x = sized(rng, int(pick(rng, 1, 2, 3)), int(rng.integers(1, 3)))
    return made("GlobalAveragePool", {}, [], x, _row("GlobalAveragePool", x))


def gemm(rng):
    x = sized(rng, int(pick(rng, 1, 2)), int(rng.integers(1, 3)), 3)
    units, turned = int(rng.integers(1, 4)), int(rng.random() < 0.5)
    weight, bias = rng.integers(-4, 5, (x.size, units)), rng.integers(-4, 5, units)
    weight = weight.T if turned else weight
    attributes = {
        "transB": turned,
        "alpha": float(pick(rng, 1.0, 0.5)),
        "beta": float(pick(rng, 1.0, 2.0)),
    }
    inputs = [weight.astype(np.float32), bias.astype(np.float32)]

    def run(image):
        flat = image.reshape(-1)
        return run_node("Gemm", attributes, inputs, flat)

    return Case(
        "Linear Gemm",
        f"Gemm({attributes})",
        x,
        run,
        _row("Gemm", x, B=weight, C=bias, **attributes),
    )


def columns(rng):
    """Col2Im takes the windows of an image in a list."""
    ndim = int(pick(rng, 1, 2, 2))
    taps, wanted = numbers(rng, ndim, 1, 3), numbers(rng, ndim, 1, 6)
    attributes = {
        "strides": numbers(rng, ndim, 1, 3),
        "dilations": numbers(rng, ndim, 1, 2),
        "pads": numbers(rng, 2 * ndim, 0, 1),
    }
    flat = attributes["pads"]
    counts = [
        (m + a + b - d * (k - 1) - 1) // s + 1
        for m, a, b, d, k, s in zip(
            wanted, flat[:ndim], flat[ndim:], attributes["dilations"], taps, attributes["strides"],
            strict=True,
        )
    ]  # fmt: skip
    grid = [max(c, 1) for c in counts]
    x = rng.integers(-4, 5, (int(rng.integers(1, 3)) * int(np.prod(taps)), *grid))
    inputs = [np.array(wanted, dtype=np.int64), np.array(taps, dtype=np.int64)]
    given = {"image_shape": wanted, "block_shape": taps, **attributes}
    return Case(
        "Col2Im",
        f"Col2Im({given}) on {x.shape}",
        x,
        lambda image: run_node("Col2Im", attributes, inputs, image.reshape(len(image), -1)),
        _row("Col2Im", x, **given),
    )
