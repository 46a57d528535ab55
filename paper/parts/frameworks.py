"""Layers in the words of frameworks: as symconv reads them, and as the frameworks compute them."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from typing import Any

import numpy as np

import symconv as sc

# Primes of which no sum of two is a third: an entry tells which taps it is made of.
WEIGHTS = (2, 5, 11, 23)


@dataclass(frozen=True)
class Words:
    """A layer on one axis in the words of a framework."""

    framework: str
    layer: str
    pixels: int
    taps: int
    options: Mapping[str, Any]

    @property
    def operator(self) -> sc.Operator:
        """What symconv reads in these words."""
        kernel = sc.Kernel.symbolic("k", self.taps)
        return READERS[self.framework](self.layer, self.pixels, kernel, **self.options)

    @property
    def matrix(self) -> Any:
        """The same with numbers for the taps."""
        symbols = sc.Kernel.symbolic("k", self.taps).entries
        return sc.to_numpy(self.operator, dict(zip(symbols, WEIGHTS, strict=False)))

    def run(self, engine: str) -> Any:
        """The matrix that an engine computes, one unit vector after the other."""
        weight = np.array(WEIGHTS[: self.taps], dtype=np.float32)
        unit = np.eye(self.pixels, dtype=np.float32)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ENGINES[engine](self, unit, weight).T

    def __str__(self) -> str:
        options = ", ".join(f"{name}={value!r}" for name, value in self.options.items())
        call = f"{self.layer}({options})".replace("_", r"\_")
        return rf"{self.framework} \texttt{{{call}}}"


READERS: Mapping[str, Callable[..., sc.Operator]] = {
    "PyTorch": lambda layer, pixels, kernel, **options: sc.from_torch(
        layer, pixels, weight=kernel, **options
    ),
    "Keras": lambda layer, pixels, kernel, **options: sc.from_tensorflow(
        layer, pixels, weight=kernel, **options
    ),
    "ONNX": lambda layer, pixels, kernel, **options: sc.from_onnx(
        layer, (pixels,), weight=kernel, **options
    ),
    "JAX": lambda layer, pixels, kernel, kernel_size, **options: sc.from_jax(
        layer, pixels, weight=kernel, **options
    ),
    "SciPy": lambda layer, pixels, kernel, **options: sc.from_scipy(
        layer, pixels, kernel, **options
    ),
}


def torch_layer(words: Words, unit: Any, weight: Any) -> Any:
    torch = import_module("torch")
    layer = getattr(torch.nn, words.layer)(1, 1, bias=False, **words.options)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(weight)[None, None])
        return layer(torch.tensor(unit)[:, None]).numpy()[:, 0]


def keras_layer(words: Words, unit: Any, weight: Any) -> Any:
    os.environ.setdefault("KERAS_BACKEND", "jax")
    keras = import_module("keras")
    layer = getattr(keras.layers, words.layer)(1, use_bias=False, **words.options)
    layer.build((None, words.pixels, 1))
    layer.set_weights([weight[:, None, None]])
    return np.array(layer(unit[:, :, None]))[:, :, 0]


def jax_layer(words: Words, unit: Any, weight: Any) -> Any:
    jax = import_module("jax")
    options = dict(words.options, strides=(words.options["strides"],))
    del options["kernel_size"]
    run = getattr(jax.lax, words.layer)
    layout = ("NHC", "HIO", "NHC")
    made = run(unit[:, :, None], weight[:, None, None], dimension_numbers=layout, **options)
    return np.array(made)[:, :, 0]


def onnx_model(words: Words, weight: Any) -> Any:
    onnx = import_module("onnx")
    node = onnx.helper.make_node(words.layer, ["x", "w"], ["y"], **words.options)
    given, made = (
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in "xy"
    )
    constant = onnx.numpy_helper.from_array(weight[None, None], "w")
    graph = onnx.helper.make_graph([node], "layer", [given], [made], [constant])
    return onnx.helper.make_model(
        graph, opset_imports=[onnx.helper.make_opsetid("", 18)], ir_version=9
    )


def onnx_reference(words: Words, unit: Any, weight: Any) -> Any:
    reference = import_module("onnx.reference")
    session = reference.ReferenceEvaluator(onnx_model(words, weight))
    return session.run(None, {"x": unit[:, None]})[0][:, 0]


def onnx_runtime(words: Words, unit: Any, weight: Any) -> Any:
    runtime = import_module("onnxruntime")
    session = runtime.InferenceSession(onnx_model(words, weight).SerializeToString())
    return session.run(None, {"x": unit[:, None]})[0][:, 0]


def scipy_function(words: Words, unit: Any, weight: Any) -> Any:
    run = getattr(import_module("scipy.signal"), words.layer)
    return np.array([run(pixels, weight, method="direct", **words.options) for pixels in unit])


ENGINES: Mapping[str, Callable[[Words, Any, Any], Any]] = {
    "torch": torch_layer,
    "keras": keras_layer,
    "jax": jax_layer,
    "onnx": onnx_reference,
    "onnxruntime": onnx_runtime,
    "scipy": scipy_function,
}
RUN_BY = {
    "PyTorch": ("torch",),
    "Keras": ("keras",),
    "JAX": ("jax",),
    "ONNX": ("onnx", "onnxruntime"),
    "SciPy": ("scipy",),
}
CALLED = {
    "torch": "PyTorch",
    "keras": "Keras (on JAX)",
    "jax": "JAX",
    "onnx": "the reference evaluator of ONNX",
    "onnxruntime": "onnxruntime",
    "scipy": "SciPy",
}


def torch(layer: str, pixels: int, taps: int, **options: Any) -> Words:
    return Words("PyTorch", layer, pixels, taps, {"kernel_size": taps, **options})


def keras(layer: str, pixels: int, taps: int) -> Words:
    options = {"kernel_size": taps, "strides": 2, "padding": "same"}
    return Words("Keras", layer, pixels, taps, options)


def onnx(pixels: int, auto_pad: str) -> Words:
    options = {"kernel_shape": [3], "strides": [2], "auto_pad": auto_pad}
    return Words("ONNX", "ConvTranspose", pixels, 3, options)


def jax(pixels: int, **options: bool) -> Words:
    fixed = {"kernel_size": 3, "strides": 2, "padding": "VALID"}
    return Words("JAX", "conv_transpose", pixels, 3, {**fixed, **options})


PAIRS = (
    (torch("Conv1d", 6, 3, stride=2, padding=1), keras("Conv1D", 6, 3)),
    (torch("Conv1d", 7, 3, stride=2, padding=1), keras("Conv1D", 7, 3)),
    (
        torch("Conv1d", 6, 4, padding="same"),
        Words("SciPy", "correlate", 6, 4, {"mode": "same"}),
    ),
    (torch("ConvTranspose1d", 4, 4, stride=2, padding=1), keras("Conv1DTranspose", 4, 4)),
    (
        torch("ConvTranspose1d", 4, 3, stride=2, padding=1, output_padding=1),
        keras("Conv1DTranspose", 4, 3),
    ),
    (keras("Conv1DTranspose", 4, 3), onnx(4, "SAME_UPPER")),
    (onnx(4, "SAME_UPPER"), onnx(4, "SAME_LOWER")),
    (torch("ConvTranspose1d", 4, 3, stride=2), jax(4)),
    (torch("ConvTranspose1d", 4, 3, stride=2), jax(4, transpose_kernel=True)),
)


def runs() -> dict[str, int]:
    """Run each layer of the table by each of its engines; how many layers each has run.

    Raises:
        ArithmeticError: a framework computes another matrix than symconv.
    """
    counts: dict[str, int] = {}
    layers = {(str(words), words.pixels): words for pair in PAIRS for words in pair}
    for words in layers.values():
        for engine in RUN_BY[words.framework]:
            if not np.array_equal(words.run(engine), words.matrix):
                raise ArithmeticError(f"{engine} computes another matrix for {words}")
            counts[engine] = counts.get(engine, 0) + 1
    return counts


def engines_and_versions() -> str:
    """Macros that say which engines ran how many layers, and in which versions."""
    counts = runs()
    names = [f"{CALLED[engine]} {version(engine).partition('+')[0]}" for engine in counts]
    listed = ", ".join(names[:-1]) + " and " + names[-1]
    return (
        rf"\newcommand{{\RanWith}}{{{listed}}}"
        "\n"
        rf"\newcommand{{\Runs}}{{\ensuremath{{{sum(counts.values())}}}}}"
        "\n"
    )
