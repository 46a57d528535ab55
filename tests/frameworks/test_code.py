"""Layers as code: run in its framework, it computes the matrix, whatever the padding."""

from math import prod

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from strategies import channels, geometries, transposed_geometries, weight_shape

import symconv as sc
from symconv.errors import ConventionError
from symconv.frameworks.code import code_with_weight

torch = pytest.importorskip("torch")
jax = pytest.importorskip("jax")
keras = pytest.importorskip("keras")
onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

EXAMPLES = settings(max_examples=30, deadline=None)
MODULES = {"torch": torch, "jax": jax, "keras": keras}


def executed(code, x, w):
    """What a line of code gives for y."""
    values = {**MODULES, "x": x, "w": w}
    exec(code, values)
    return values["y"]


def run_torch(code, images, weight):
    return executed(code, torch.from_numpy(images), torch.from_numpy(weight)).numpy()


def run_jax(code, images, weight):
    return np.asarray(executed(code, *map(jax.numpy.asarray, (images, weight))))


def run_keras(code, images, weight):
    last = jax.numpy.moveaxis(jax.numpy.asarray(images), 1, -1)
    return np.moveaxis(np.asarray(executed(code, last, jax.numpy.asarray(weight))), -1, 1)


def run_onnx(code, images, weight):
    x, w = (",".join(map(str, array.shape)) for array in (images[:1], weight))
    sizes = ",".join("abcde"[: images.ndim])
    model = onnx.parser.parse_model(
        f'<ir_version: 8, opset_import: ["" : 13]> '
        f"g (float[{x}] x, float[{w}] w) => (float[{sizes}] y) {{ {code} }}"
    )
    session = onnxruntime.InferenceSession(model.SerializeToString())
    given = [{"x": image[None], "w": weight} for image in images]
    return np.concatenate([session.run(None, feed)[0] for feed in given])


RUN = {"torch": run_torch, "jax": run_jax, "keras": run_keras, "onnx": run_onnx}


def matrix(code, framework, operator, weight=None):
    """The matrix of the code, from unit images."""
    cols = (operator.in_channels, *operator.input_size)
    images = np.eye(prod(cols), dtype=np.float32).reshape(-1, *cols)
    if weight is None:
        weight = np.ascontiguousarray(sc.to_weight(operator, framework, dtype=np.float32))
    return RUN[framework](code, images, weight).reshape(len(images), -1).T


def check(operator, framework):
    try:
        code = sc.to_code(operator, framework)
    except ConventionError as error:
        assert "more pixels than there are" in str(error)  # noqa: PT017
        assert crops_all(operator.as_layer())
        assert framework != "jax"
        return
    assert (matrix(code, framework, operator) == sc.to_numpy(operator)).all(), code


def crops_all(layer):
    """Whether the padding at an end takes more pixels than there are."""
    return any(
        axis.padding > axis.covered or axis.padding_high > axis.covered
        if layer.transposed
        else -axis.padding > axis.stuffed_size or -axis.padding_high > axis.stuffed_size
        for axis in layer.axes
    )


def numbered(drawn_channels, kernel_size):
    shape = weight_shape(drawn_channels, kernel_size)
    return sc.Kernel.from_weight(
        np.arange(1, prod(shape) + 1).reshape(shape) % 19 - 7, drawn_channels[2]
    )


@pytest.mark.parametrize("framework", RUN)
@EXAMPLES
@given(drawn=geometries(most_input_dilation=1), channel_axes=channels())
def test_convolutions_of_every_padding(framework, drawn, channel_axes):
    kernel_size, g = drawn
    arguments = g.arguments
    size = arguments.pop("size")
    check(sc.conv(numbered(channel_axes, kernel_size), size, **arguments), framework)


@pytest.mark.parametrize("framework", RUN)
@EXAMPLES
@given(drawn=transposed_geometries(), channel_axes=channels())
def test_transposed_convolutions(framework, drawn, channel_axes):
    kernel_size, size, arguments = drawn
    if framework == "keras" and channel_axes[2] > 1:
        return
    T = sc.conv_transpose(numbered(channel_axes, kernel_size), size, **arguments)
    check(T, framework)


@EXAMPLES
@given(drawn=geometries(modes=("zeros",)), channel_axes=channels())
def test_stuffed_images_in_jax(drawn, channel_axes):
    kernel_size, g = drawn
    arguments = g.arguments
    size = arguments.pop("size")
    check(sc.conv(numbered(channel_axes, kernel_size), size, **arguments), "jax")


# --- two layers, and the second in code with the first one's weight ----------------------------

K = sc.Kernel.from_weight(np.arange(1, 25).reshape(2, 3, 4) - 9)
SQUARE = sc.Kernel.from_weight(np.arange(1, 13).reshape(2, 2, 3) - 5)
PLANE = sc.Kernel([[1, 2, -3], [4, 5, 7]])
COMPARED = {
    "padding": (
        sc.conv(SQUARE, 6, stride=2, padding=1),
        sc.conv(SQUARE, 6, stride=2, padding="same"),
    ),
    "stride": (sc.conv(K, 6), sc.conv(K, 6, stride=2)),
    "flipped": (sc.conv(SQUARE, 6), sc.conv(SQUARE.flip(), 6)),
    "flipped plane": (sc.conv(PLANE, (4, 5)), sc.conv(PLANE.flip(), (4, 5), padding=1)),
    "transposed": (sc.conv(SQUARE, 4), sc.conv_transpose(SQUARE, 4, stride=2)),
    "stuffed": (sc.conv_transpose(SQUARE, 4, padding=1), sc.conv(SQUARE, 4, padding=1)),
    "adjoint": (sc.conv(SQUARE.adjoint, 6, padding=1), sc.conv_transpose(SQUARE, 4)),
    "mode": (sc.conv(K, 6, padding=1), sc.conv(K, 6, padding=1, padding_mode="circular")),
}


@pytest.mark.parametrize("framework", RUN)
@pytest.mark.parametrize("name", COMPARED)
def test_the_second_layer_with_the_weight_of_the_first(name, framework):
    a, b = COMPARED[name]
    comparison = sc.compare_conventions(a, b, framework) if name in TOLD else None
    code = (
        comparison.code if comparison else code_with_weight(b.as_layer(), framework, a.as_layer())
    )
    weight = np.ascontiguousarray(sc.to_weight(a, framework, dtype=np.float32))
    assert (matrix(code, framework, b, weight) == sc.to_numpy(b)).all()
    if comparison:
        assert str(comparison).splitlines()[-1] == f"equal with {code}"


TOLD = set(COMPARED)


def test_code_of_layers_that_have_other_weights():
    a, b = sc.conv(SQUARE, 6), sc.conv(SQUARE, 6, stride=2)
    assert sc.compare_conventions(a, b).code is None
    assert sc.compare_conventions(a, a, "torch").code is None
    with pytest.raises(ConventionError, match="is not the first's, flipped or with its channels"):
        code_with_weight(sc.conv(K, 6).as_layer(), "torch", a.as_layer())
    with pytest.raises(ConventionError, match="zeros between pixels have no code in torch"):
        sc.compare_conventions(a, sc.conv(SQUARE, 6, stride=3, input_dilation=2), "torch")
    with pytest.raises(sc.SymconvError, match="'caffe' is not one of"):
        sc.compare_conventions(a, b, "caffe")


# --- every refusal of a framework ends in code that runs ---------------------------------------

GROUPS = sc.Kernel.from_weight(np.arange(1, 17).reshape(4, 2, 2), groups=2)
REFUSED = [
    (sc.to_torch_kwargs, "torch", sc.conv(K, 6, padding="same")),
    (sc.to_torch_kwargs, "torch", sc.conv(K, 7, stride=2, padding=((0, 2),))),
    (sc.to_torch_kwargs, "torch", sc.conv(K, 9, padding=-1)),
    (sc.to_torch_kwargs, "torch", sc.conv(K, 6, padding=1, padding_mode="symmetric")),
    (sc.to_torch_kwargs, "torch", sc.conv(K, 6, padding=((1, 2),), padding_mode="reflect")),
    (sc.to_torch_kwargs, "torch", sc.conv(K, 12, padding=((0, -3),)).T),
    (sc.to_torch_kwargs, "torch", sc.conv_transpose(K, 4, padding=((0, 2),))),
    (sc.to_torch_kwargs, "jax", sc.conv(K, 6, stride=3, input_dilation=2)),
    (sc.to_onnx_attributes, "onnx", sc.conv(K, 6, padding=1, padding_mode="circular")),
    (sc.to_onnx_attributes, "onnx", sc.conv(K, 9, padding=-1)),
    (sc.to_onnx_attributes, "jax", sc.conv(K, 6, stride=3, input_dilation=2)),
    (sc.to_tensorflow_kwargs, "keras", sc.conv(K, 7, stride=2, padding=1)),
    (sc.to_tensorflow_kwargs, "keras", sc.conv(K, 7, padding=1, padding_mode="replicate")),
    (sc.to_tensorflow_kwargs, "jax", sc.conv_transpose(GROUPS, 4, stride=2)),
    (sc.to_jax_kwargs, "jax", sc.conv(K, 6, padding=1, padding_mode="symmetric")),
]  # fmt: skip


@pytest.mark.parametrize(("back", "framework", "operator"), REFUSED)
def test_a_refusal_ends_in_code_that_computes_the_layer(back, framework, operator):
    with pytest.raises(ConventionError) as caught:
        back(operator)
    code = sc.to_code(operator, framework)
    assert str(caught.value).endswith(f": {code}")
    assert (matrix(code, framework, operator) == sc.to_numpy(operator)).all()


WITHOUT = {
    "nothing left": (sc.conv_transpose([1], 1, padding=((2, -2),)), "torch", "more pixels than there"),
    "transposed copies": (sc.conv(K, 6, padding=1, padding_mode="circular").T, "torch", "differentiate"),
    "stuffed": (sc.conv(K, 6, stride=3, input_dilation=2), "onnx", "no code in onnx"),
    "four axes": (sc.conv(sc.Kernel.arange((1, 2, 1, 1)), (2, 2, 2, 2)), "jax", "4 axes"),
    "groups": (sc.conv_transpose(GROUPS, 4), "keras", "no groups"),
    "any size": (
        sc.conv(K, sp.Symbol("n"), padding=1, padding_mode="reflect"), "jax", "sizes must be numbers",
    ),
    "no framework": (sc.conv(K, 6), "caffe", "'caffe' is not one of torch"),
    "no layer": (sc.conv(K, 6).T @ sc.conv(K, 6), "torch", "no single layer"),
}  # fmt: skip


@pytest.mark.parametrize(("operator", "framework", "words"), WITHOUT.values(), ids=WITHOUT)
def test_what_has_no_code(operator, framework, words):
    with pytest.raises(sc.SymconvError) as caught:
        sc.to_code(operator, framework)
    assert words in str(caught.value)


@pytest.mark.parametrize("framework", RUN)
def test_images_of_any_size_where_the_code_is_the_same(framework):
    n = sp.Symbol("n")
    assert sc.to_code(sc.conv(K, n, padding=((0, 2),)), framework) == sc.to_code(
        sc.conv(K, 9, padding=((0, 2),)), framework
    )
    T = sc.conv_transpose(K, n, stride=2, padding=1)
    assert sc.to_code(T, framework) == sc.to_code(T.subs(n, 5), framework)


def test_a_refusal_without_code_says_why():
    operator = sc.conv(K, 6, padding=1, padding_mode="circular").T
    for back in (sc.to_torch_kwargs, sc.to_onnx_attributes, sc.to_jax_kwargs):
        with pytest.raises(ConventionError, match="differentiate the layer itself"):
            back(operator)
