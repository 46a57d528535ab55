"""Random graphs of ONNX, run by ONNX Runtime: with branches, maxima and functions of pixels."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime as ort

import symconv as sc

from .cases import Case
from .onnx_layers import OPSET, numbers, pick


class Graph:
    """Nodes one after another, and the value that the last gives."""

    def __init__(self, rng, ndim, channels):
        self.rng, self.ndim, self.channels = rng, ndim, channels
        self.nodes, self.constants, self.value = [], [], "x"

    def constant(self, array):
        name = f"c{len(self.constants)}"
        self.constants.append(onnx.numpy_helper.from_array(array, name))
        return name

    def floats(self, *shape):
        return self.constant(self.rng.integers(-2, 3, shape).astype(np.float32))

    def add(self, kind, inputs, **attributes):
        self.value = f"v{len(self.nodes)}"
        self.nodes.append(onnx.helper.make_node(kind, inputs, [self.value], **attributes))

    def model(self, size):
        floats = onnx.TensorProto.FLOAT
        image = onnx.helper.make_tensor_value_info("x", floats, [1, *size])
        result = onnx.helper.make_tensor_value_info(self.value, floats, None)
        graph = onnx.helper.make_graph(self.nodes, "g", [image], [result], self.constants)
        opset = [onnx.helper.make_opsetid("", OPSET)]
        return onnx.helper.make_model(graph, opset_imports=opset, ir_version=9)


def case(rng):
    ndim, channels = int(pick(rng, 1, 1, 2)), int(rng.integers(1, 3))
    x = rng.integers(-3, 4, (channels, *rng.integers(3, 13 if ndim == 1 else 8, ndim)))
    graph, size = Graph(rng, ndim, channels), x.shape
    for _ in range(int(rng.integers(2, 6))):
        pick(rng, conv, conv, transposed, pool, largest, pointwise, pad, norm, grow, residual,
             concat, scaled)(graph)  # fmt: skip
    model = graph.model(size)

    def run(image):
        # Its optimiser takes the zeros of a Pad into a MaxPool, where they no longer are zeros.
        told = ort.SessionOptions()
        told.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
        session = ort.InferenceSession(model.SerializeToString(), told)
        return session.run(None, {"x": image[None].astype(np.float32)})[0][0]

    def read():
        try:
            S = sc.stack(model)
        except sc.SymconvError as error:
            if "of the padded input" not in str(error):
                raise
            raise sc.SymconvError("ONNX Runtime may give one") from None
        return S.at_point(x).affine if S.nonlinear else S.affine

    kinds = ", ".join(f"{node.op_type}({list(node.input)})" for node in graph.nodes)
    return Case("graph", f"{kinds} on {x.shape}", x, run, read)


def conv(g):
    after = int(g.rng.integers(1, 3))
    taps = numbers(g.rng, g.ndim, 1, 3)
    weight = g.floats(after, g.channels, *taps)
    inputs = [g.value, weight, g.floats(after)] if g.rng.random() < 0.5 else [g.value, weight]
    given = {"strides": numbers(g.rng, g.ndim, 1, 2), "pads": numbers(g.rng, 2 * g.ndim, 0, 1)}
    if g.rng.random() < 0.2:
        given = {"auto_pad": "SAME_UPPER", "strides": given["strides"]}
    g.add("Conv", inputs, **given)
    g.channels = after


def transposed(g):
    after = int(g.rng.integers(1, 3))
    weight = g.floats(g.channels, after, *numbers(g.rng, g.ndim, 1, 3))
    g.add("ConvTranspose", [g.value, weight], strides=numbers(g.rng, g.ndim, 1, 2))
    g.channels = after


def pool(g):
    given = {"kernel_shape": [2] * g.ndim, "strides": [2] * g.ndim, "count_include_pad": 1}
    g.add("AveragePool", [g.value], ceil_mode=int(g.rng.random() < 0.3), **given)


def largest(g):
    given = {"kernel_shape": numbers(g.rng, g.ndim, 1, 3), "strides": [2] * g.ndim}
    g.add("MaxPool", [g.value], **given)


def pointwise(g):
    kind, given = pick(g.rng, ("Relu", {}), ("LeakyRelu", {"alpha": 0.25}))
    g.add(kind, [g.value], **given)


def pad(g):
    mode = pick(g.rng, "constant", "reflect", "edge")
    ends = [0, 0, *numbers(g.rng, g.ndim, 0, 1)]
    g.add("Pad", [g.value, g.constant(np.array(ends + ends, dtype=np.int64))], mode=mode)


def norm(g):
    count = g.channels
    inputs = [g.floats(count), g.floats(count), g.floats(count)]
    spread = g.constant(np.full(count, 3.75, dtype=np.float32))
    g.add("BatchNormalization", [g.value, *inputs, spread], epsilon=0.25)


def grow(g):
    scales = g.constant(np.array([1, 1, *([2] * g.ndim)], dtype=np.float32))
    g.add("Resize", [g.value, "", scales], mode="nearest")


def scaled(g):
    kind = pick(g.rng, "Add", "Sub", "Mul")
    inputs = [g.value, g.floats(g.channels, *[1] * g.ndim)]
    g.add(kind, inputs if g.rng.random() < 0.6 else inputs[::-1])


def _branch(g, after):
    weight = g.floats(after, g.channels, *[3] * g.ndim)
    g.add("Conv", [g.value, weight], pads=[1] * (2 * g.ndim))
    if g.rng.random() < 0.5:
        g.add("Relu", [g.value])


def residual(g):
    before = g.value
    _branch(g, g.channels)
    g.add(pick(g.rng, "Add", "Sum", "Sub"), [before, g.value])


def concat(g):
    before, after = g.value, int(g.rng.integers(1, 3))
    _branch(g, after)
    g.add("Concat", [before, g.value], axis=1)
    g.channels += after
