"""assert_layer passes on what is right, in every library, and names what is wrong."""

from itertools import chain

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import channels, geometries, transposed_geometries, weight_shape
from wrong_layers import (
    KERNEL,
    MODES,
    PADDED,
    PLAIN,
    SQUARE,
    STRIDED,
    UP,
    UP_WEIGHT,
    WRONG,
    convolve,
    numbers,
    scatter,
    stuffed,
)  # fmt: skip

import symconv as sc
from symconv.operators.geometry import conv_axes
from symconv.operators.layer import Layer
from symconv.testing import assert_layer
from symconv.testing.numeric_layer import numeric_layer

torch = pytest.importorskip("torch")
jax = pytest.importorskip("jax")
keras = pytest.importorskip("keras")

EXAMPLES = settings(max_examples=20, deadline=None)


# --- what is right -----------------------------------------------------------------------------


@EXAMPLES
@given(geometries(axes=st.just(2), modes=tuple(MODES), most_input_dilation=1), channels())
def test_loops_of_ones_own(drawn, channel_axes):
    kernel_size, g = drawn
    if min(min(pair) for pair in g.padding) < 0:
        return
    groups = channel_axes[2]
    weight = numbers(weight_shape(channel_axes, kernel_size))
    kernel = sc.Kernel.from_weight(weight, groups)
    arguments = {"stride": g.stride, "padding": g.padding, "dilation": g.dilation}
    C = sc.conv(kernel, g.size, padding_mode=g.padding_mode, **arguments)

    def code(x):
        return convolve(x, weight, groups=groups, mode=g.padding_mode, **arguments)

    assert_layer(code, C)


@EXAMPLES
@given(geometries(modes=("zeros", "circular"), most_input_dilation=1), channels(), st.booleans())
def test_modules_and_their_gradients(drawn, channel_axes, single):
    kernel_size, g = drawn
    if any(low != high or low < 0 for low, high in g.padding):
        return
    kernel = sc.Kernel.from_weight(
        numbers(weight_shape(channel_axes, kernel_size)), channel_axes[2]
    )
    padding = tuple(low for low, _ in g.padding)
    C = sc.conv(kernel, g.size, stride=g.stride, padding=padding, dilation=g.dilation,
                padding_mode=g.padding_mode)  # fmt: skip
    assert_layer(sc.to_torch(C, dtype="float32" if single else "float64"), C)


@settings(max_examples=6, deadline=None)
@given(transposed_geometries(), channels())
def test_transposed_layers_of_jax_and_their_gradients(drawn, channel_axes):
    kernel_size, size, arguments = drawn
    # XLA on the CPU gives wrong numbers where JAX's gradient crops one side and pads the other.
    assume(min(chain(*arguments["padding"])) >= 0)
    kernel = sc.Kernel.from_weight(
        numbers(weight_shape(channel_axes, kernel_size)), channel_axes[2]
    )
    T = sc.conv_transpose(kernel, size, **arguments)
    assert_layer(sc.to_jax(T), T)
    assert_layer(sc.to_jax(T), T, library="jax", adjoint=sc.to_jax(T.T))


def test_weights_that_are_no_integers():
    """Sums over random images are rounded by the framework; entries are not."""
    for dtype in ("float16", "bfloat16", "float32", "float64"):
        module = torch.nn.Conv2d(3, 4, 3, padding=1, bias=False, dtype=getattr(torch, dtype))
        assert_layer(module, sc.from_torch(module, (5, 4)))


def test_a_layer_of_keras_has_its_channels_last():
    layer = sc.to_keras(PLAIN)
    assert_layer(layer, PLAIN, layout="N*C")
    with pytest.raises(AssertionError, match="the kernel is flipped on axis 1"):
        assert_layer(layer, sc.conv(sc.Kernel.from_weight(SQUARE[..., ::-1]), (6, 5)), layout="N*C")


def test_layouts():
    assert_layer(lambda x: convolve(x, SQUARE), PLAIN)
    assert_layer(lambda x: convolve(x[None], SQUARE)[0], PLAIN, layout="C*")
    last = lambda x: np.moveaxis(convolve(np.moveaxis(x[None], -1, 1), SQUARE)[0], 0, -1)  # noqa: E731
    assert_layer(last, PLAIN, layout="*C")
    one = sc.conv([[1, 2], [3, 5]], (4, 3))
    alone = lambda x: convolve(x[None, None], np.array([[[[1, 2], [3, 5]]]]))[0, 0]  # noqa: E731
    assert_layer(alone, one, layout="*")
    with pytest.raises(AssertionError, match=r"not of the layout 'NC\*' with 2 spatial axes"):
        assert_layer(lambda x: convolve(x, SQUARE)[0], PLAIN)


def test_types_and_libraries():
    integers = SQUARE.astype(int)
    assert_layer(lambda x: convolve(x, integers).astype(int), PLAIN, dtype="int64")
    weight = torch.tensor(SQUARE)
    assert_layer(lambda x: torch.nn.functional.conv2d(x, weight), PLAIN)
    single = weight.float()
    assert_layer(lambda x: torch.nn.functional.conv2d(x, single), PLAIN)
    assert_layer(lambda x: torch.nn.functional.conv2d(x, single), PLAIN, dtype="float32")
    assert_layer(jax.jit(sc.to_jax(PLAIN)), PLAIN)


def test_any_operator_of_numbers():
    """Of products and sums nothing is said about taps."""
    gram = PADDED.T @ PADDED
    twice = lambda x: scatter(convolve(x, SQUARE, padding=ONE), SQUARE, padding=ONE)  # noqa: E731
    assert_layer(twice, gram)
    with pytest.raises(AssertionError, match="everything is multiplied by 2"):
        assert_layer(lambda x: 2 * twice(x), gram)


ONE = ((1, 1), (1, 1))


def test_rtol_is_of_each_entry():
    nearly = SQUARE * (1 + 1e-6)
    assert_layer(lambda x: convolve(x, nearly), PLAIN, rtol=1e-5)
    with pytest.raises(AssertionError, match="everything is multiplied by 1"):
        assert_layer(lambda x: convolve(x, nearly), PLAIN)
    one = SQUARE.copy()
    one[1, 2, 0, 1] += 1e-3
    with pytest.raises(AssertionError, match=r"channel 1.*channel 2.*\(tap \(0, 1\)\)\n.*none of"):
        assert_layer(lambda x: convolve(x, one), PLAIN, rtol=1e-6)


@EXAMPLES
@given(geometries(), channels(), st.booleans())
def test_matrices_by_tensor_products(drawn, channel_axes, turned):
    """Mistakes are built without the package's algebra; here they meet."""
    kernel_size, g = drawn
    arguments = g.arguments
    size = arguments.pop("size")
    kernel = sc.Kernel.from_weight(
        numbers(weight_shape(channel_axes, kernel_size)), channel_axes[2]
    )
    C = sc.conv(kernel, size, **arguments)
    axes = conv_axes(kernel.size, size, *map(arguments.get, ORDER))
    made = numeric_layer(Layer(kernel, axes, turned))
    expected = sc.to_numpy(C.T if turned else C)
    assert made.rows == (C.T if turned else C).rows
    assert (made.matrix().reshape(expected.shape) == expected).all()


ORDER = ("stride", "padding", "dilation", "input_dilation", "padding_mode")


# --- what is wrong -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operator", "code", "words"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG]
)
def test_a_mistake_is_called_by_its_name(operator, code, words):
    with pytest.raises(AssertionError) as caught:
        assert_layer(code, operator)
    assert words in str(caught.value).splitlines()[-1]


TWICE = [
    (PADDED, lambda x: convolve(x, SQUARE[:, :, ::-1, ::-1], padding=((0, 2), (0, 2))),
     "the kernel is flipped on both axes, and padding starts one pixel later on both axes"),
    (PLAIN, lambda x: convolve(x, SQUARE.swapaxes(0, 1)[:, :, ::-1]),
     "in and out channels are exchanged, and the kernel is flipped on axis 0"),
    (STRIDED, lambda x: convolve(x, SQUARE.swapaxes(2, 3), padding=ONE),
     "axes 0 and 1 of the kernel are exchanged, and stride is left out"),
    (UP, lambda x: convolve(stuffed(x, (2, 2)), UP_WEIGHT.swapaxes(0, 1), padding=((2, 1), (2, 1))),
     "the kernel is flipped on both axes, and "),
]  # fmt: skip


@pytest.mark.parametrize(("operator", "code", "words"), TWICE)
def test_two_mistakes_at_once(operator, code, words):
    with pytest.raises(AssertionError) as caught:
        assert_layer(code, operator)
    assert words in str(caught.value).splitlines()[-1]


def test_the_table_has_the_mistakes_that_are_asked_for():
    assert len({words for *_, words in WRONG}) >= 40
    assert len(WRONG) == len({name for name, *_ in WRONG}) == 50


def right(operator):
    """JAX's code for it; JAX has no other padding than zeros."""
    if operator.as_layer().padding_mode == "zeros":
        return sc.to_jax(operator)
    return lambda x: convolve(x, SQUARE, padding=ONE, mode="reflect")


def test_the_right_code_of_every_row_passes():
    for operator in {id(operator): operator for _, operator, *_ in WRONG}.values():
        assert_layer(right(operator), operator)


def test_pixels_channels_and_taps_are_named():
    def code(x):
        y = convolve(x, SQUARE, stride=(2, 2), padding=ONE)
        y[:, 1, 2, 3] += x[:, 2, 4, 6]
        return y

    with pytest.raises(AssertionError) as caught:
        assert_layer(code, STRIDED)
    entry = SQUARE[1, 2, 1, 1]
    assert str(caught.value).startswith(
        f"output pixel (2, 3) of channel 1 takes {entry + 1} times input pixel (4, 6) of channel 2, "
        f"and should take {entry} (tap (1, 1))\nit looks like none of the "
    )


def test_a_pixel_that_no_tap_joins():
    def code(x):
        y = convolve(x, SQUARE)
        y[:, 0, 0, 0] += x[:, 1, 5, 4]
        return y

    with pytest.raises(
        AssertionError, match=r"\(5, 4\) of channel 1, and should take 0.0 \(no tap"
    ):
        assert_layer(code, PLAIN)


def test_a_transposed_layer_names_its_taps():
    def code(x):
        y = scatter(x, UP_WEIGHT, stride=(2, 2), padding=ONE, extra=(1, 1))
        y[:, 1, 3, 2] += x[:, 2, 1, 1]
        return y

    entry = UP_WEIGHT[2, 1, 2, 1]
    with pytest.raises(AssertionError) as caught:
        assert_layer(code, UP)
    assert f"and should take {entry} (tap (2, 1))" in str(caught.value)


def test_images_of_another_size():
    with pytest.raises(AssertionError) as caught:
        assert_layer(lambda x: convolve(x, SQUARE), PADDED)
    assert str(caught.value) == (
        "images of shape (3, 5, 5) give images of shape (3, 3, 3), and should give (3, 5, 5) "
        "(channels first)\nit looks like this: padding is left out"
    )


class Wrong(torch.autograd.Function):
    """The right layer, whose backward pass forgets to flip the kernel."""

    @staticmethod
    def forward(ctx, x):
        return torch.nn.functional.conv2d(x, torch.tensor(SQUARE))

    @staticmethod
    def backward(ctx, y):
        weight = torch.tensor(SQUARE).swapaxes(0, 1)
        return torch.nn.functional.conv2d(y, weight, padding=2)


def test_a_wrong_gradient():
    with pytest.raises(AssertionError, match=r"^the gradient: output pixel") as caught:
        assert_layer(Wrong.apply, PLAIN)
    assert str(caught.value).endswith("the kernel is flipped on both axes")
    assert_layer(Wrong.apply, PLAIN, gradient=False)
    detached = lambda x: torch.nn.functional.conv2d(x, torch.tensor(SQUARE)).detach()  # noqa: E731
    with pytest.raises(AssertionError, match="has no gradient in PyTorch; gradient=False"):
        assert_layer(detached, PLAIN)


def test_a_wrong_gradient_in_jax():
    run = sc.to_jax(PLAIN)
    code = jax.custom_vjp(run)
    back = sc.to_jax(sc.conv(KERNEL.flip(), (6, 5)).T)
    code.defvjp(lambda x: (run(x), None), lambda _, y: (back(y),))
    with pytest.raises(AssertionError, match=r"^the gradient: .*\n.*flipped on both axes"):
        assert_layer(code, PLAIN)


def test_a_wrong_adjoint():
    right = lambda x: convolve(x, SQUARE, padding=ONE)  # noqa: E731
    assert_layer(right, PADDED, adjoint=lambda y: scatter(y, SQUARE, padding=ONE))
    with pytest.raises(
        AssertionError, match=r"^the adjoint: .*\n.*in and out channels are exchanged"
    ):
        assert_layer(right, PADDED,
                     adjoint=lambda y: scatter(y, SQUARE.swapaxes(0, 1), padding=ONE))  # fmt: skip


def test_code_that_is_not_linear_beyond_unit_images():
    positive = abs(SQUARE) + 1
    C = sc.conv(sc.Kernel.from_weight(positive), (4, 4))
    with pytest.raises(AssertionError, match="negative outputs are cut off"):
        assert_layer(lambda x: np.maximum(convolve(x, positive), 0), C)
    with pytest.raises(AssertionError, match="the code is not linear"):
        assert_layer(lambda x: np.clip(convolve(x, positive), -9, 90), C)


def test_errors_of_the_code_are_its_own():
    with pytest.raises(KeyError, match="mine"):
        assert_layer(lambda x: {}["mine"], PLAIN)


REFUSED = {
    "no function": (lambda: assert_layer(5, PLAIN), "5 is no function of images"),
    "symbols": (
        lambda: assert_layer(abs, sc.conv(sc.Kernel.symbolic("k", 2), 3)), "k_{0} has no value",
    ),
    "size": (lambda: assert_layer(abs, sc.conv([1, 2], 5000)), "a smaller image"),
    "rtol": (lambda: assert_layer(abs, PLAIN, rtol=-1), "rtol=-1"),
    "dtype": (lambda: assert_layer(abs, PLAIN, dtype="float8"), "'float8' is not one of"),
    "layout": (lambda: assert_layer(abs, PLAIN, layout="NHWC"), "'NHWC' is not one of"),
    "channels": (lambda: assert_layer(abs, PLAIN, layout="*"), "there are 3"),
    "library": (lambda: assert_layer(abs, PLAIN, library="cupy"), "'cupy' is not one of"),
}  # fmt: skip


@pytest.mark.parametrize(("call", "words"), REFUSED.values(), ids=REFUSED)
def test_refusals_say_why(call, words):
    with pytest.raises(sc.SymconvError) as caught:
        call()
    assert words in str(caught.value)
