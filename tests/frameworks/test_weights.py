"""Weights of the frameworks' own layers, there and back, in integers and to the last bit."""

from fractions import Fraction
from math import prod

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import channels, geometries, transposed_geometries, weight_shape

import symconv as sc
from symconv.errors import ConventionError, KernelError
from symconv.numeric.layouts import LAYOUTS

torch = pytest.importorskip("torch")
jax = pytest.importorskip("jax")
keras = pytest.importorskip("keras")
onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

EXAMPLES = settings(max_examples=25, deadline=None)
FRAMEWORKS = ("torch", "keras", "jax", "onnx")


def integers(shape, seed=0):
    return np.random.default_rng(seed).integers(-9, 10, shape)


def unit_images(operator):
    pixels = operator.in_channels * prod(operator.input_size)
    return np.eye(pixels).reshape(pixels, operator.in_channels, *operator.input_size)


def run_torch(operator):
    module, images = sc.to_torch(operator), unit_images(operator).astype(np.float32)
    with torch.no_grad():
        return module(torch.from_numpy(images)).numpy()


def run_keras(operator):
    layer, images = sc.to_keras(operator), unit_images(operator)
    return np.moveaxis(np.asarray(layer(np.moveaxis(images, 1, -1))), -1, 1)


def run_jax(operator):
    return np.asarray(sc.to_jax(operator)(unit_images(operator)))


def run_onnx(operator):
    session = onnxruntime.InferenceSession(sc.to_onnx(operator).SerializeToString())
    images = unit_images(operator).astype(np.float32)
    return np.stack([session.run(None, {"x": image[None]})[0][0] for image in images])


RUN = {"torch": run_torch, "keras": run_keras, "jax": run_jax, "onnx": run_onnx}


def matrix(outputs):
    return outputs.reshape(len(outputs), -1).T


# Shape of the weight (out, in/groups, *size), groups, and the layer of a kernel.
LAYERS = {
    "plain": ((3, 2, 3), 1, lambda K: sc.conv(K, 7)),
    "strided": ((3, 2, 3, 2), 1, lambda K: sc.conv(K, (5, 4), stride=2)),
    "dilated": ((2, 3, 2, 2), 1, lambda K: sc.conv(K, (5, 6), dilation=(2, 3))),
    "padded": ((2, 2, 3, 3), 1, lambda K: sc.conv(K, (4, 5), padding=1)),
    "grouped": ((6, 2, 3), 2, lambda K: sc.conv(K, 6, stride=2)),
    "depthwise": ((4, 1, 2, 3), 2, lambda K: sc.conv(K, (4, 5))),
    "volume": ((2, 2, 2, 1, 2), 1, lambda K: sc.conv(K, (3, 2, 3))),
    "one channel": ((1, 1, 3, 2), 1, lambda K: sc.conv(K, (4, 4))),
    "transposed": ((3, 2, 3), 1, lambda K: sc.conv_transpose(K, 4, stride=3)),
    "overlapping": ((3, 2, 3, 2), 1, lambda K: sc.conv_transpose(K, (3, 2), stride=(2, 1))),
    "transposed, dilated": ((2, 3, 2, 2), 1, lambda K: sc.conv_transpose(K, (3, 4), dilation=2)),
    "transposed, grouped": ((4, 3, 3), 2, lambda K: sc.conv_transpose(K, 4, stride=2)),
}
NOT_IN_KERAS = {"transposed, grouped"}


def numeric(name):
    shape, groups, build = LAYERS[name]
    return build(sc.Kernel.from_weight(integers(shape), groups))


def named(name):
    (out, inner, *size), groups, build = LAYERS[name]
    return build(sc.Kernel.symbolic("w", size, inner * groups, out, groups))


PAIRS = [
    (name, framework)
    for name in LAYERS
    for framework in FRAMEWORKS
    if framework != "keras" or name not in NOT_IN_KERAS
]


@pytest.mark.parametrize(("name", "framework"), PAIRS)
def test_a_framework_computes_the_matrix_with_the_weights_in(name, framework):
    layer = numeric(name)
    assert (matrix(RUN[framework](layer)) == sc.to_numpy(layer)).all()
    values = sc.to_weight(layer, "torch")
    assert (matrix(RUN[framework](layer)) == sc.to_numpy(named(name), values)).all()


READ = {
    "torch": lambda layer, size: sc.from_torch(sc.to_torch(layer), size),
    "keras": lambda layer, size: sc.from_tensorflow(sc.to_keras(layer), size),
    "onnx": lambda layer, size: sc.from_onnx(sc.to_onnx(layer)),
}


@pytest.mark.parametrize(("name", "framework"), [pair for pair in PAIRS if pair[1] in READ])
def test_there_and_back_with_weights(name, framework):
    layer = numeric(name)
    assert READ[framework](layer, layer.input_size) == layer


@pytest.mark.parametrize("name", LAYERS)
def test_jax_reads_the_weight_that_it_was_given(name):
    layer = numeric(name)
    run = sc.to_jax(layer)
    arguments = {**run.keywords}
    weight = arguments.pop("rhs")
    read = sc.from_jax("conv_general_dilated", layer.input_size, weight=weight, **arguments)
    assert read == layer


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", LAYERS)
def test_a_weight_is_read_in_the_layout_that_it_was_written_in(name, layout):
    layer, symbols = numeric(name), named(name)
    expected, weight = sc.to_numpy(layer), sc.to_weight(layer, layout, dtype=np.int64)
    assert (sc.to_numpy(symbols, weight, layout=layout) == expected).all()
    assert (sc.to_scipy(symbols, weight, layout=layout) != expected).sum() == 0
    x = np.arange(expected.shape[1])
    assert (sc.to_linear_operator(symbols, weight, layout=layout) @ x == expected @ x).all()
    both = sc.to_numpy(symbols, np.stack([weight, 2 * weight]), layout=layout, batch=True)
    assert (both == np.stack([expected, 2 * expected])).all()
    again = sc.to_weight(symbols, layout, sc.to_weight(layer, "torch"), dtype=int)
    assert (again == weight).all()


def test_the_layout_of_a_product_is_that_of_its_convolution():
    C, weight = named("strided"), sc.to_weight(numeric("strided"), "keras")
    A = sc.to_numpy(numeric("strided"))
    assert (sc.to_numpy(C @ C.T, weight, layout="keras") == A @ A.T).all()


def test_a_depthwise_weight_of_keras():
    layer = keras.layers.DepthwiseConv2D(3, depth_multiplier=2, use_bias=False)
    layer.build((None, 5, 4, 3))
    weight = integers((3, 3, 3, 2)).astype(np.float32)
    layer.set_weights([weight])
    C = sc.from_tensorflow(layer, (5, 4))
    images = np.moveaxis(unit_images(C), 1, -1)
    outputs = np.moveaxis(np.asarray(layer(images)), -1, 1)
    assert (sc.to_numpy(C) == matrix(outputs)).all()
    symbols = sc.from_tensorflow(layer, (5, 4), weights="symbolic")
    assert (sc.to_numpy(symbols, weight, layout="keras") == matrix(outputs)).all()


KERAS = [
    ("Conv1D", (6,), {"strides": 2, "padding": "same"}),
    ("Conv1D", (6,), {"dilation_rate": 2, "padding": "causal"}),
    ("Conv2D", (5, 6), {"groups": 2, "padding": "same"}),
    ("Conv3D", (3, 4, 3), {"strides": (1, 2, 1)}),
    ("Conv1DTranspose", (5,), {"strides": 3, "padding": "same"}),
    ("Conv2DTranspose", (3, 4), {"strides": 2}),
    ("Conv2DTranspose", (3, 4), {"strides": 2, "padding": "same", "output_padding": 1}),
]


@pytest.mark.parametrize(("kind", "size", "arguments"), KERAS)
def test_layers_of_keras_keep_their_weights(kind, size, arguments):
    layer = getattr(keras.layers, kind)(4, 3, use_bias=False, **arguments)
    layer.build((None, *size, 2))
    layer.kernel.assign(integers(layer.kernel.shape))
    C = sc.from_tensorflow(layer, size)
    images = np.moveaxis(unit_images(C), 1, -1)
    outputs = np.moveaxis(np.asarray(layer(images)), -1, 1)
    assert (sc.to_numpy(C) == matrix(outputs)).all()


def as_module(transposed, weight, groups, ndim, arguments):
    kind = getattr(torch.nn, f"Conv{'Transpose' * transposed}{ndim}d")
    leading, other = weight.shape[0], weight.shape[1] * groups
    pair = (leading, other) if transposed else (other, leading)
    module = kind(*pair, weight.shape[2:], groups=groups, bias=False, dtype=torch.float64,
                  **arguments)  # fmt: skip
    with torch.no_grad():
        module.weight.copy_(torch.from_numpy(weight))
    return module


@EXAMPLES
@given(transposed_geometries(uneven=False), channels(), st.integers(0, 99))
def test_random_transposed_modules(drawn, channel_axes, seed):
    kernel_size, size, arguments = drawn
    arguments = {**arguments, "padding": tuple(low for low, _ in arguments["padding"])}
    weight = integers(weight_shape(channel_axes, kernel_size), seed)
    module = as_module(True, weight, channel_axes[2], len(size), arguments)
    check_module(module, size)


@EXAMPLES
@given(
    geometries(modes=("zeros", "circular"), most_input_dilation=1), channels(), st.integers(0, 99)
)
def test_random_modules(drawn, channel_axes, seed):
    kernel_size, g = drawn
    padding = tuple(max(low, 0) for low, _ in g.padding)
    arguments = {"stride": g.stride, "dilation": g.dilation, "padding": padding}
    reach = [
        n + 2 * p - d * (k - 1)
        for n, p, d, k in zip(g.size, padding, g.dilation, kernel_size, strict=True)
    ]
    if min(reach) < 1 or (
        g.padding_mode == "circular" and any(p > n for p, n in zip(padding, g.size, strict=True))
    ):
        return
    weight = integers(weight_shape(channel_axes, kernel_size), seed)
    module = as_module(
        False, weight, channel_axes[2], len(g.size), arguments | {"padding_mode": g.padding_mode}
    )
    check_module(module, g.size)


def check_module(module, size):
    C = sc.from_torch(module, size)
    with torch.no_grad():
        outputs = module(torch.from_numpy(unit_images(C))).numpy()
    assert (sc.to_numpy(C) == matrix(outputs)).all()
    back = sc.to_torch(C, dtype="float64")
    with torch.no_grad():
        again = back(torch.from_numpy(unit_images(C))).numpy()
    assert (again == outputs).all()
    if module.padding_mode == "zeros":
        assert (matrix(run_jax(C)) == matrix(outputs)).all()


# --- every bit of a weight ---------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_no_bit_of_a_weight_is_lost(dtype):
    kind = getattr(torch, dtype)
    module = torch.nn.Conv2d(2, 3, (3, 2), dtype=kind)
    C = sc.from_torch(module, (4, 4))
    kernel = C.as_layer().kernel
    assert [Fraction(int(e.p), int(e.q)) for e in kernel.entries] == [
        Fraction(w) for w in module.weight.flatten().tolist()
    ]
    back = sc.to_torch(C, dtype=dtype)
    assert back.weight.dtype == kind
    assert torch.equal(back.weight, module.weight)
    if dtype != "float64":
        read = sc.from_onnx(sc.to_onnx(C, dtype=dtype))
        assert read == C
        assert sc.from_tensorflow(sc.to_keras(C, dtype=dtype), (4, 4)) == C


ARRAYS = {
    "NumPy": lambda w: w,
    "NumPy, half": lambda w: w.astype(np.float16),
    "PyTorch": torch.from_numpy,
    "a parameter": lambda w: torch.nn.Parameter(torch.from_numpy(w)),
    "half": lambda w: torch.from_numpy(w).half(),
    "bfloat16": lambda w: torch.from_numpy(w).bfloat16().requires_grad_(),
    "JAX": jax.numpy.asarray,
    "JAX, bfloat16": lambda w: jax.numpy.asarray(w, dtype="bfloat16"),
    "Keras": keras.Variable,
    "rows": lambda w: [torch.from_numpy(row) for row in w],
}


@pytest.mark.parametrize("make", ARRAYS.values(), ids=ARRAYS)
def test_arrays_of_every_library_are_kernels(make):
    w = np.array([[0.5, -3, 0.375], [2, 0, -0.25]], dtype=np.float32)
    expected = sc.Kernel([["1/2", -3, "3/8"], [2, 0, "-1/4"]])
    assert sc.Kernel(make(w)) == expected
    assert sc.conv(make(w), (3, 3)) == sc.conv(expected, (3, 3))
    full = make(w[None, None])
    assert sc.Kernel.from_weight(full) == expected
    assert sc.from_torch("Conv2d", (3, 3), weight=full) == sc.conv(expected, (3, 3))
    symbols = sc.conv(sc.Kernel.symbolic("k", (2, 3)), (3, 3))
    assert (sc.to_numpy(symbols, full) == sc.to_numpy(sc.conv(expected, (3, 3)))).all()


def test_a_float_of_an_array_is_the_fraction_that_it_holds():
    assert sc.Kernel(np.array([0.1]))[0] == sp.Rational(3602879701896397, 2**55)
    assert sc.Kernel(np.array([0.1], dtype=np.float32))[0] == sp.Rational(13421773, 2**27)
    for typed in ([0.1], [np.float64(0.1)], np.array([0.1], dtype=object)):
        with pytest.raises(KernelError, match=r"0\.1 is a float"):
            sc.Kernel(typed)


def test_a_parametrized_module_has_the_weight_that_it_computes_with():
    module = torch.nn.utils.parametrizations.weight_norm(torch.nn.Conv1d(2, 3, 2))
    C = sc.from_torch(module, 5)
    assert sc.Kernel.from_weight(module.weight) == C.as_layer().kernel


def test_a_weight_in_place_of_the_layers_own():
    module = torch.nn.Conv1d(1, 1, 2)
    assert sc.from_torch(module, 5, weight=[[[1, 2]]]) == sc.conv([1, 2], 5)
    symbols = sc.conv(sc.Kernel.symbolic("k", 2), 5)
    assert sc.from_torch(module, 5, weights="symbolic") == symbols
    assert sc.from_torch(module, 5, weight=[[[1, 2]]], weights="symbolic") == symbols


def test_the_start_of_a_layer_draws_no_random_numbers():
    torch.manual_seed(5)
    first = torch.rand(3)
    torch.manual_seed(5)
    sc.to_torch(numeric("plain"))
    assert torch.equal(torch.rand(3), first)


# --- ONNX models -------------------------------------------------------------------------------


def model(*nodes, weight=None, x=(1, 2, 5, 5)):
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    image = helper.make_tensor_value_info("x", kind, x)
    y = helper.make_tensor_value_info("y", kind, None)
    stored = [] if weight is None else [onnx.numpy_helper.from_array(weight, "w")]
    return helper.make_model(helper.make_graph(list(nodes), "g", [image], [y], stored))


def test_a_weight_of_a_constant_node(tmp_path):
    weight = integers((3, 2, 2, 2)).astype(np.float32)
    constant = onnx.helper.make_node(
        "Constant", [], ["w"], value=onnx.numpy_helper.from_array(weight)
    )
    node = onnx.helper.make_node("Conv", ["x", "w"], ["y"], name="layer")
    onnx.save(model(constant, node), tmp_path / "m.onnx")
    expected = sc.conv(sc.Kernel.from_weight(weight), (5, 5))
    assert sc.from_onnx(tmp_path / "m.onnx", name="layer") == expected
    assert sc.from_onnx(model(node, weight=weight)) == expected


def test_a_weight_that_the_model_computes():
    weight = integers((3, 2, 2, 2)).astype(np.float32)
    double = onnx.helper.make_node("Add", ["w", "w"], ["ww"])
    node = onnx.helper.make_node("Conv", ["x", "ww"], ["y"], name="layer")
    computed = model(double, node, weight=weight)
    with pytest.raises(ConventionError, match="layer: the weight 'ww' is not in the model"):
        sc.from_onnx(computed)
    symbols = sc.from_onnx(computed, weights="symbolic")
    assert symbols == sc.conv(sc.Kernel.symbolic("k", (2, 2), 2, 3), (5, 5))


# --- refusals ----------------------------------------------------------------------------------

REFUSED = {
    "lazy": (lambda: sc.from_torch(torch.nn.LazyConv1d(2, 3), 5), "a lazy layer"),
    "not built": (lambda: sc.from_tensorflow(keras.layers.Conv1D(2, 3), 5), "layer.build"),
    "weights": (lambda: sc.from_torch(torch.nn.Conv1d(1, 1, 2), 5, weights="all"), "'all' is not"),
    "too large": (lambda: sc.to_torch(sc.conv([10**6], 2), dtype="float16"), "too large"),
    "no type": (lambda: sc.to_torch(sc.conv([1], 2), dtype="int8"), "'int8' is not one of"),
    "x64": (lambda: sc.to_jax(sc.conv([1], 2), dtype="float64"), "jax_enable_x64"),
    "no values": (lambda: sc.to_torch(named("plain")), "no value for w_{0,0,0}"),
    "symbolic": (lambda: sc.to_weight(named("plain"), "torch"), "no value for w_{0,0,0}"),
    "layout": (lambda: sc.to_weight(numeric("plain"), "caffe"), "'caffe' is not one of torch"),
    "product": (lambda: sc.to_weight(sc.conv([1, 2], 5).T @ sc.conv([1, 2], 5), "torch"), "no single"),
    "layout of a mapping": (
        lambda: sc.to_numpy(named("plain"), {}, layout="torch"), "layout='torch' names the axes",
    ),
    "another layout": (
        lambda: sc.to_numpy(named("plain"), np.ones((3, 2, 3))[:, :1], layout="torch"),
        "the layout of torch have the shape (3, 2, 3)",
    ),
    "the layout of another": (
        lambda: sc.to_numpy(named("strided"), np.ones((3, 2, 2, 3))), "layout='keras'",
    ),
    "without numbers": (lambda: sc.Kernel(torch.empty(3, device="meta")), "without numbers"),
    "not finite": (lambda: sc.Kernel(torch.tensor([1.0, float("nan")])), "nan is not finite"),
}  # fmt: skip


@pytest.mark.parametrize(("call", "words"), REFUSED.values(), ids=REFUSED)
def test_refusals_say_why(call, words):
    with pytest.raises(sc.SymconvError) as caught:
        call()
    assert words in str(caught.value)


def test_symbols_where_numbers_cannot_be_read():
    """What refuses a layer's numbers says that symbols are a way, and they are one."""
    bare = torch.nn.Conv1d(1, 1, 3, device="meta")
    lazy = torch.nn.LazyConv1d(2, 3)
    empty = torch.nn.Conv1d(1, 1, 2)
    with torch.no_grad():
        empty.weight.fill_(float("nan"))
    for layer in (bare, lazy, empty):
        with pytest.raises(sc.SymconvError, match='weights="symbolic"'):
            sc.from_torch(layer, 6)
    assert sc.from_torch(bare, 6, weights="symbolic") == sc.from_torch("Conv1d", 6, kernel_size=3)
    assert len(sc.from_torch(empty, 6, weights="symbolic").free_symbols) == 2
    found = sc.from_torch(lazy, 6, weights="symbolic", in_channels=3)
    assert found.shape == (8, 18)
    one, other = (sc.from_torch("Conv1d", 6, weight=[[[value]]]) for value in (1, 2))
    with pytest.raises(sc.SymconvError, match='weights="symbolic"'):
        sc.compare_conventions(one, other)


def test_symbols_of_a_layer_of_keras_that_is_not_built():
    layer = keras.layers.Conv1D(2, 3, use_bias=False)
    with pytest.raises(sc.SymconvError, match='weights="symbolic" with in_channels'):
        sc.from_tensorflow(layer, 6, weights="symbolic")
    assert sc.from_tensorflow(layer, 6, weights="symbolic", in_channels=3).shape == (8, 18)


def test_symbols_of_dense_layers():
    f = sc.affine_from_torch(torch.nn.Linear(4, 2), (2, 2), weights="symbolic")
    a, b = (sp.Symbol(name, real=True) for name in ("k_{1,2}", "b_{1}"))
    assert f([[0, 0], [1, 0]])[1, 0, 0] == a + b
    dense = keras.layers.Dense(2)
    dense.build((None, 4))
    g = sc.affine_from_tensorflow(dense, (2, 2), weights="symbolic")
    # Keras's kernel has its inputs first.
    assert g([[0, 0], [1, 0]])[1, 0, 0] == sp.Symbol("k_{2,1}", real=True) + b
    for refused in (
        lambda: sc.from_torch("Linear", 4, weights="symbolic"),
        lambda: sc.from_tensorflow("Dense", 4, weights="symbolic"),
        lambda: sc.from_torch(torch.nn.AvgPool1d(2), 4, weights="symbolic"),
    ):
        with pytest.raises(sc.SymconvError):
            refused()
