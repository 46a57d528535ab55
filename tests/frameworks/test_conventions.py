"""Translators: the frameworks' own attributes give the matrix of the frameworks' own values."""

import numpy as np
import pytest
from conformance_cases import CASES, array, operator, symbols_for

import symconv as sc
from symconv.errors import ConventionError
from symconv.recognition.recognition import require_layer
from symconv.testing import assert_same

K3, K4 = (sc.Kernel.symbolic("k", k) for k in (3, 4))


def size_of(case):
    return (case.get("input_shape") or case["x"]["shape"][1:])[1:]


def raw_cases(*names):
    found = []
    for case in CASES:
        raw = case.get("raw") or {}
        kind = raw.get("fn") or raw.get("op_type") or raw.get("module") or ""
        known = kind in names or ("offset" in raw and "pylops" in names)
        # Twins that say a stuffed convolution as a transposed one are in test_conformance.
        if known and 0 not in case["expected"]["shape"][1:] and "as-transpose" not in case["name"]:
            found.append(pytest.param(case, raw, id=case["name"]))
    return found


# --- ONNX --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("case", "raw"), raw_cases("Conv", "ConvTranspose"))
def test_onnx_attributes(case, raw):
    weight = array(case["w"])
    found = sc.from_onnx(
        raw["op_type"], size_of(case), weight=symbols_for(case), **raw["attributes"]
    )
    assert found == operator(case, symbols_for(case))
    integers = np.arange(1, weight.size + 1).reshape(weight.shape)
    assert sc.from_onnx(
        raw["op_type"], size_of(case), weight=integers, **raw["attributes"]
    ) == operator(case, integers)


def test_onnx_file(tmp_path):
    onnx = pytest.importorskip("onnx")
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    weight = helper.make_tensor("w", kind, [4, 1, 3, 3], np.ones(36))
    node = helper.make_node(
        "Conv", ["x", "w"], ["y"], name="layer", group=2, strides=[2, 2], pads=[0, 1, 1, 0]
    )
    x = helper.make_tensor_value_info("x", kind, [1, 2, 5, 6])
    y = helper.make_tensor_value_info("y", kind, None)
    onnx.save(
        helper.make_model(helper.make_graph([node], "g", [x], [y], [weight])), tmp_path / "m.onnx"
    )
    K = sc.Kernel.symbolic("k", (3, 3), in_channels=2, out_channels=4, groups=2)
    expected = sc.conv(K, (5, 6), stride=2, padding=((0, 1), (1, 0)))
    symbols = sc.from_onnx(str(tmp_path / "m.onnx"), name="layer", weights="symbolic")
    assert symbols == expected
    ones = dict.fromkeys(K.entries, 1)
    assert sc.from_onnx(tmp_path / "m.onnx") == expected.subs(ones)
    assert sc.from_onnx(node, (5, 6), weight=K) == expected
    with pytest.raises(ConventionError, match="no convolution named 'other'"):
        sc.from_onnx(tmp_path / "m.onnx", name="other")


# --- PyTorch -----------------------------------------------------------------------------------

POSITIONAL = {
    "Conv": ("in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation",
             "groups", "bias", "padding_mode"),
    "ConvTranspose": ("in_channels", "out_channels", "kernel_size", "stride", "padding",
                      "output_padding", "groups", "bias", "dilation", "padding_mode"),
}  # fmt: skip
MODULES = [f"{kind}{n}d" for kind in POSITIONAL for n in (1, 2, 3)]


@pytest.mark.parametrize(("case", "raw"), raw_cases(*MODULES))
def test_torch_modules(case, raw):
    arguments = dict(zip(POSITIONAL[raw["module"][:-2]], raw["args"], strict=False))
    arguments |= raw["kwargs"] | raw["call"]
    for name in ("padding", "stride"):
        value = arguments.get(name)
        if isinstance(value, list) and len(value) == 1:
            arguments[name] = value[0]
    found = sc.from_torch(raw["module"], size_of(case), weight=symbols_for(case), **arguments)
    assert found == operator(case, symbols_for(case))
    named = sc.from_torch(raw["module"], size_of(case), **arguments)
    assert sc.to_numpy(named, dict(zip(named_entries(named), case["w"]["data"], strict=True))).shape


def named_entries(named):
    return named.as_layer().kernel.entries


@pytest.mark.parametrize("transposed", [False, True])
def test_a_torch_module_itself(transposed):
    torch = pytest.importorskip("torch")
    if transposed:
        module = torch.nn.ConvTranspose2d(
            2, 4, (3, 2), stride=2, padding=1, output_padding=1, groups=2
        )
    else:
        module = torch.nn.Conv2d(2, 4, (3, 2), stride=2, padding=1, padding_mode="circular")
    found = sc.from_torch(module, (5, 4), weights="symbolic")
    weight = torch.arange(1.0, module.weight.numel() + 1).reshape(module.weight.shape)
    with torch.no_grad():
        module.weight.copy_(weight)
        module.bias.zero_()
        x = torch.arange(40.0).reshape(1, 2, 5, 4)
        expected = module(x).numpy().ravel()
    matrix = sc.to_numpy(found, weight.numpy())
    assert (matrix @ x.numpy().ravel() == expected).all()


# --- JAX ---------------------------------------------------------------------------------------


def in_layout(weight, layout):
    """An (O, I, *size) array with its axes in the order of the letters."""
    spatial = iter(range(2, weight.ndim))
    axes = [{"O": 0, "I": 1}.get(letter) for letter in layout]
    return weight.transpose([next(spatial) if axis is None else axis for axis in axes])


def integers_like(case):
    shape = case["w"]["shape"]
    return np.arange(1, np.prod(shape) + 1).reshape(shape)


@pytest.mark.parametrize(("case", "raw"), raw_cases("lax.conv_general_dilated"))
def test_jax_general(case, raw):
    arguments = {k: v for k, v in raw.items() if k != "fn"}
    weight = integers_like(case)
    given = in_layout(weight, raw["dimension_numbers"][1])
    found = sc.from_jax(raw["fn"], size_of(case), weight=given, **arguments)
    assert found == operator(case, weight)


@pytest.mark.parametrize(("case", "raw"), raw_cases("lax.conv_transpose"))
def test_jax_transpose(case, raw):
    arguments = {k: v for k, v in raw.items() if k != "fn"}
    weight = integers_like(case)  # (in, out, *size) of the transposed convolution
    given = (
        weight
        if raw["transpose_kernel"]
        else np.flip(weight.swapaxes(0, 1), tuple(range(2, weight.ndim)))
    )
    found = sc.from_jax(
        raw["fn"], size_of(case), weight=in_layout(given, raw["dimension_numbers"][1]), **arguments
    )
    assert_same(found, operator(case, weight))


# --- PyLops, SciPy, MATLAB ---------------------------------------------------------------------


@pytest.mark.parametrize(("case", "raw"), raw_cases("pylops"))
def test_pylops(case, raw):
    flipped = array(case["w"])[0, 0]  # the case holds the reversed filter
    name = case["name"].split("/")[1].split("-")[0]
    found = sc.from_pylops(name, size_of(case), np.flip(flipped), offset=raw["offset"])
    assert found == operator(case, array(case["w"]))


SCIPY = ["correlate", "convolve", "correlate2d", "convolve2d"]


@pytest.mark.parametrize(
    ("case", "raw"),
    raw_cases(*[f"scipy.signal.{name}" for name in SCIPY], "scipy.linalg.convolution_matrix"),
)
def test_scipy(case, raw):
    if np.prod(case["w"]["shape"][:2]) != 1 or case["tier"] != "core":
        return
    weight = array(case["w"])[0, 0]
    given = weight if "correlate" in raw["fn"] else np.flip(weight)
    try:
        found = sc.from_scipy(
            raw["fn"], size_of(case), given.astype(int), mode=raw["mode"],
            boundary=raw.get("boundary") or "fill",
        )  # fmt: skip
    except ConventionError as error:
        assert "SciPy" in str(error)  # noqa: PT017
        return
    if case["exact"]:
        assert found == operator(case, array(case["w"]))


def test_matlab_convmtx2():
    """The columns of an image one after the other, as MATLAB's X(:) has them."""
    H, X = np.array([[1, 2], [3, 5], [7, 11]]), np.arange(12).reshape(3, 4) ** 2
    C = sc.to_numpy(sc.from_matlab("convmtx2", (3, 4), H))
    full = np.zeros((5, 5), dtype=int)
    for (i, j), h in np.ndenumerate(H):
        full[i : i + 3, j : j + 4] += h * X
    assert (C @ X.ravel("F") == full.ravel("F")).all()


# --- TensorFlow --------------------------------------------------------------------------------


def test_keras_same_puts_the_odd_pixel_at_the_end():
    assert sc.from_tensorflow("Conv1D", 6, kernel_size=3, strides=2, padding="same") == sc.conv(
        K3, 6, stride=2, padding=((0, 1),)
    )
    causal = sc.from_tensorflow("Conv1D", 6, kernel_size=3, dilation_rate=2, padding="causal")
    assert causal == sc.conv(K3, 6, dilation=2, padding=((4, 0),))


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(("k", "s"), [(3, 1), (3, 2), (2, 3), (4, 2), (5, 3), (1, 2)])
def test_keras_transposed_is_the_gradient_of_the_forward_layer(k, s, padding):
    K = sc.Kernel.symbolic("k", k)
    T = sc.from_tensorflow("Conv1DTranspose", 4, weight=K, strides=s, padding=padding)
    assert T.output_size == (4 * s + (max(k - s, 0) if padding == "valid" else 0),)
    forward = sc.from_tensorflow("Conv1D", T.output_size, weight=K, strides=s, padding=padding)
    assert T == forward.T
    again = sc.from_tensorflow(
        "Conv1DTranspose", 4, weight=K, strides=s, padding=padding, output_shape=T.output_size
    )
    assert again == T


def test_keras_weight_layouts():
    weight = np.arange(1, 25).reshape(3, 2, 4)  # (size, in, filters)
    C = sc.from_tensorflow("Conv1D", 5, weight=weight)
    assert C.entry((3, 0), (1, 2)) == weight[2, 1, 3]
    T = sc.from_tensorflow("Conv1DTranspose", 5, weight=weight)  # (size, filters, in)
    assert (T.in_channels, T.out_channels) == (4, 2)
    assert T.entry((1, 2), (3, 0)) == weight[2, 1, 3]
    D = sc.from_tensorflow("DepthwiseConv1D", 5, weight=weight, in_channels=2, depth_multiplier=4)
    assert (D.in_channels, D.out_channels) == (2, 8)
    assert D.entry((1 * 4 + 3, 0), (1, 2)) == weight[2, 1, 3]
    assert D.entry((3, 0), (1, 2)) == 0


# --- five frameworks, one matrix, and back -----------------------------------------------------


def test_one_layer_five_spellings_one_matrix():
    spellings = [
        sc.from_torch("ConvTranspose2d", (4, 4), kernel_size=3, stride=2, padding=1, output_padding=1),
        sc.from_onnx("ConvTranspose", (4, 4), kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1],
                     output_padding=[1, 1]),
        sc.from_onnx("ConvTranspose", (4, 4), kernel_shape=[3, 3], strides=[2, 2],
                     output_shape=[8, 8]),
        sc.from_tensorflow("Conv2DTranspose", (4, 4), kernel_size=3, strides=2, padding="same",
                           output_padding=1),
        sc.from_jax("conv_transpose", (4, 4), kernel_size=(3, 3), strides=2, padding=[(1, 2), (1, 2)],
                    transpose_kernel=True),
    ]  # fmt: skip
    first = sc.conv(sc.Kernel.symbolic("k", (3, 3)), (8, 8), stride=2, padding=1).T
    assert [spelling == first for spelling in spellings] == [True, True, True, False, True]
    comparison = sc.compare_conventions(first, spellings[3])
    assert comparison.remedy == {"padding": ((0, 1), (0, 1))}


BACK = [
    sc.conv(K3, 8, stride=2, padding=1),
    sc.conv(K4, 9, dilation=2, padding=2),
    sc.conv(sc.Kernel.symbolic("k", (2, 3), 4, 6, 2), (5, 6), stride=(2, 1), padding=(1, 0)),
    sc.conv(K3, 7, stride=3),
    sc.conv_transpose(K3, 4, stride=2, padding=1, output_padding=1),
    sc.conv_transpose(sc.Kernel.symbolic("k", (2, 2), 2, 2), (3, 3), stride=3),
    sc.conv(K3, 6, padding=1, padding_mode="reflect"),
    sc.conv(K3, 6, padding="same"),
]


def weight_of(layer):
    return require_layer(layer).kernel


@pytest.mark.parametrize("layer", BACK, ids=str)
def test_there_and_back(layer):
    kernel, size = weight_of(layer), layer.input_size
    kwargs = sc.to_torch_kwargs(layer)
    assert sc.from_torch(kwargs.pop("layer"), size, weight=kernel, **kwargs) == layer
    if kwargs.get("padding_mode", "zeros") == "zeros":
        attributes = sc.to_onnx_attributes(layer)
        assert sc.from_onnx(attributes.pop("op_type"), size, weight=kernel, **attributes) == layer
        jax = sc.to_jax_kwargs(layer)
        if jax.pop("flip_kernel"):
            kernel = kernel.adjoint
        assert sc.from_jax(jax.pop("function"), size, weight=kernel, **jax) == layer


def test_a_convolution_that_stuffs_is_a_transposed_one_elsewhere():
    operator = sc.conv(sc.Kernel.symbolic("k", 3, 2, 4, groups=2), 6, input_dilation=2, padding=1)
    kernel, kwargs = weight_of(operator), sc.to_torch_kwargs(operator)
    assert kwargs["layer"] == "ConvTranspose1d"
    assert sc.from_torch(kwargs.pop("layer"), 6, weight=kernel, **kwargs) == operator


def test_back_to_keras():
    for layer in (BACK[3], BACK[7], sc.conv_transpose(K3, 4, stride=2)):
        kwargs = sc.to_tensorflow_kwargs(layer)
        kwargs.pop("filters")
        name = kwargs.pop("layer")
        assert (
            sc.from_tensorflow(name, layer.input_size, weight=weight_of(layer), **kwargs) == layer
        )
    with pytest.raises(ConventionError, match="neither valid nor same nor causal"):
        sc.to_tensorflow_kwargs(BACK[0])


REFUSED = {
    "no layer of PyTorch's": (lambda: sc.from_torch("Conv4d", 5), "'Conv4d' is not one"),
    "unknown argument": (lambda: sc.from_torch("Conv1d", 5, kernel=3), "has no kernel"),
    "torch same with stride": (
        lambda: sc.from_torch("Conv1d", 5, kernel_size=3, padding="same", stride=2), "stride 1 only",
    ),
    "torch mode": (
        lambda: sc.from_torch("Conv1d", 5, kernel_size=3, padding_mode="xyz"), "'xyz' is not one",
    ),
    "torch transposed mode": (
        lambda: sc.from_torch("ConvTranspose2d", (5, 5), kernel_size=3, padding_mode="reflect"),
        "pad with zeros",
    ),
    "torch output_size": (
        lambda: sc.from_torch("ConvTranspose1d", 4, kernel_size=3, stride=2, output_size=12),
        "not within 9 to 10",
    ),
    "torch negative padding": (
        lambda: sc.from_torch("Conv1d", 5, kernel_size=3, padding=-1), "no negative padding",
    ),
    "torch channels": (
        lambda: sc.from_torch("Conv1d", 5, weight=np.ones((2, 2, 3), int), in_channels=3),
        "3 input channels, and the weight has 2",
    ),
    "torch axes": (lambda: sc.from_torch("Conv2d", 5, kernel_size=3), "2 axes"),
    "onnx pads twice": (
        lambda: sc.from_onnx("Conv", 5, kernel_shape=[3], auto_pad="VALID", pads=[1, 1]),
        "auto_pad=VALID and pads",
    ),
    "onnx kernel_shape": (
        lambda: sc.from_onnx("Conv", 5, weight=np.ones((1, 1, 3), int), kernel_shape=[2]),
        "kernel_shape [2]",
    ),
    "onnx output_shape": (
        lambda: sc.from_onnx("ConvTranspose", 4, kernel_shape=[3], strides=[2], output_shape=[12]),
        "output_shape 12 cannot be reached",
    ),
    "onnx auto_pad": (
        lambda: sc.from_onnx("Conv", 5, kernel_shape=[3], auto_pad="SAME"), "'SAME' is not one of",
    ),
    "onnx node": (lambda: sc.from_onnx("Gather", 5), "neither Conv nor"),
    "keras": (lambda: sc.from_tensorflow("Embedding", 5), "'Embedding' is not one"),
    "keras maxima": (lambda: sc.from_tensorflow("MaxPooling1D", 5), "largest pixel"),
    "keras functions": (lambda: sc.from_tensorflow("LeakyReLU", 5), "function of each pixel"),
    "torch functions": (lambda: sc.from_torch("relu", 5), "function of each pixel"),
    "torch maxima": (lambda: sc.from_torch("max_pool2d", (5, 5), kernel_size=2), "largest pixel"),
    "torch norms": (lambda: sc.from_torch("GroupNorm", 5), "statistic of the image"),
    "onnx functions": (lambda: sc.from_onnx("Relu", 5), "function of each pixel"),
    "onnx integers": (lambda: sc.from_onnx("ConvInteger", 5), "before it was quantised"),
    "onnx maxima": (lambda: sc.from_onnx("MaxPool", 5, kernel_shape=[2]), "largest pixel"),
    "scipy ranks": (lambda: sc.from_scipy("ndimage.median_filter", 5, [1]), "sorts the pixels"),
    "keras weights": (lambda: sc.from_tensorflow("Dense", 5), "needs kernel"),
    "keras strides with dilation": (
        lambda: sc.from_tensorflow("Conv1D", 9, kernel_size=3, strides=2, dilation_rate=2), "refuses",
    ),
    "keras output_shape": (
        lambda: sc.from_tensorflow("Conv1DTranspose", 4, kernel_size=3, strides=2, padding="same",
                                   output_shape=12), "12 pixels is not",
    ),
    "jax": (lambda: sc.from_jax("conv", 5), "'conv' is neither"),
    "jax padding": (lambda: sc.from_jax("conv_transpose", 5, kernel_size=3, padding="full"), "'full'"),
    "scipy": (lambda: sc.from_scipy("fftconvolve", 5, [1, 2]), "'fftconvolve'"),
    "scipy some axes": (lambda: sc.from_scipy("convolve", (2, 4), [[1], [2], [3]], mode="valid"), "some axes only"),
    "pylops": (lambda: sc.from_pylops("Convolve1D", 5, [1, 2], offset=2), "offset 2"),
    "uneven to torch": (lambda: sc.to_torch_kwargs(sc.conv(K4, 6, padding="same")), "(1, 2) differs"),
    "stuffing to torch": (lambda: sc.to_torch_kwargs(sc.conv(K3, 6, input_dilation=2, stride=3)), "lhs_dilation"),
    "product to torch": (lambda: sc.to_torch_kwargs(sc.conv(K3, 6).T @ sc.conv(K3, 6)), "one tap makes [0, 0]"),
    "mode to onnx": (
        lambda: sc.to_onnx_attributes(sc.conv(K3, 6, padding=1, padding_mode="circular")), "Gather <axis = 2>",
    ),
    "crop to onnx": (lambda: sc.to_onnx_attributes(sc.conv(K3, 6, padding=-1)), "Pad (x, p)"),
    "symmetric to torch": (
        lambda: sc.to_torch_kwargs(sc.conv(K3, 6, padding=1, padding_mode="symmetric")), "symmetric",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("call", "words"), REFUSED.values(), ids=REFUSED)
def test_refusals_say_why(call, words):
    with pytest.raises(sc.SymconvError) as caught:
        call()
    assert words in str(caught.value)


# --- comparison --------------------------------------------------------------------------------


def test_comparison_of_equals():
    assert str(
        sc.compare_conventions(sc.conv(K3, 5), sc.from_torch("Conv1d", 5, kernel_size=3))
    ) == ("the same matrix")


COMPARED = [
    (sc.conv(K3, 6, stride=2, padding=1), sc.conv(K3, 6, stride=2, padding="same")),
    (sc.conv(K4, 6, padding=((1, 2),)), sc.conv(K4, 6, padding=((2, 1),))),
    (sc.from_scipy("convolve", 6, K3), sc.from_scipy("correlate", 6, K3)),
    (sc.conv(K3, 6, padding=1), sc.conv(K3, 6, padding=1, padding_mode="circular")),
    (sc.conv(K3, 4), sc.conv_transpose(K3, 4, stride=2)),
    (sc.conv_transpose(K3, 4), sc.conv(K3, 4, padding=1)),
    (sc.conv(K3, 9, stride=2), sc.conv(K3, 9, dilation=3)),
]


@pytest.mark.parametrize(("a", "b"), COMPARED)
def test_the_remedy_makes_them_equal(a, b):
    comparison = sc.compare_conventions(a, b)
    assert not comparison.equal
    assert comparison.differences
    remedy = dict(comparison.remedy)
    layer = require_layer(a)
    kernel = layer.kernel.flip() if remedy.pop("kernel", "") == "flip" else layer.kernel
    own = {name: layer.each(name) for name in ("stride", "dilation")}
    own["padding"] = [(axis.padding, axis.padding_high) for axis in layer.axes]
    if layer.transposed:
        assert sc.conv_transpose(kernel, a.input_size, **own | remedy) == b
    else:
        own |= {"input_dilation": layer.each("input_dilation"), "padding_mode": layer.padding_mode}
        assert sc.conv(kernel, a.input_size, **own | remedy) == b


PROVEN = [
    (sc.conv(K3, 6), sc.conv(K3, 7), "different images"),
    (sc.conv(K3, 6), sc.conv(sc.Kernel.symbolic("w", 3), 6), "w₀ in its matrix"),
    (sc.conv_transpose(K3, 5, stride=2), sc.conv(K3, 5, stride=2), "next to each other"),
]


@pytest.mark.parametrize(("a", "b", "words"), PROVEN)
def test_where_nothing_makes_them_equal(a, b, words):
    comparison = sc.compare_conventions(a, b)
    assert comparison.remedy is None
    assert words in comparison.proof
    assert "no arguments make them equal" in str(comparison)


def test_the_shift_between_two_sames_is_named():
    text = str(
        sc.compare_conventions(sc.conv(K3, 6, padding=((2, 0),)), sc.conv(K3, 6, padding=((0, 2),)))
    )
    assert "padding ((2, 0),) and ((0, 2),)" in text
    K = sc.Kernel.symbolic("k", (3, 3))
    for pads, words in (
        (((0, 1), (0, 1)), "first window starts 1 pixel later on both axes)"),
        (((1, 0), (0, 1)), "first window starts 1 pixel later on axis 1)"),
        (((0, 1), (2, -1)), "starts 1 pixel later on axis 0, 1 pixel earlier on axis 1)"),
    ):
        start = sc.conv(K, (6, 6), padding=((1, 0), (1, 0)))
        (said,) = (
            d
            for d in sc.compare_conventions(start, sc.conv(K, (6, 6), padding=pads)).differences
            if "padding" in d
        )
        assert said.endswith(words)
    moved = sc.compare_conventions(
        sc.conv([1], 4, padding=((1, 0),)), sc.conv([1], 4, padding=((0, 1),))
    )
    assert "shifted by (-1,) pixels" in str(moved)


def test_a_crop_between_two_layers_is_named():
    full, valid = sc.conv(K3, (5,), padding="full"), sc.conv(K3, (5,))
    assert "the second gives the first's output cropped by ((2, 2),)" in str(
        sc.compare_conventions(full, valid)
    )
    assert "the first gives the second's output cropped by ((2, 2),)" in str(
        sc.compare_conventions(valid, full)
    )


def test_what_cannot_be_compared():
    with pytest.raises(ConventionError, match="is no single layer"):
        sc.compare_conventions(sc.conv(K3, 6).T @ sc.conv(K3, 6), sc.conv(K3, 6))
    with pytest.raises(ConventionError, match="same symbolic kernel"):
        sc.compare_conventions(sc.conv([1, 2], 6), sc.conv([1, 3], 6))
