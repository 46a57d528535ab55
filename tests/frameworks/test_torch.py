"""PyTorch's convolutions, in integers as float64, against the matrix."""

from math import prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import channels, geometries, transposed_geometries, weight_shape

import symconv as sc

torch = pytest.importorskip("torch")

EXAMPLES = settings(max_examples=80, deadline=None)
FORWARD = [torch.nn.functional.conv1d, torch.nn.functional.conv2d, torch.nn.functional.conv3d]
BACKWARD = [
    torch.nn.functional.conv_transpose1d,
    torch.nn.functional.conv_transpose2d,
    torch.nn.functional.conv_transpose3d,
]
MODES = {
    "zeros": "constant",
    "circular": "circular",
    "reflect": "reflect",
    "replicate": "replicate",
}


def numbers(shape, start=1):
    return np.arange(start, start + prod(shape)).reshape(shape) % 17 - 8


def tensor(array):
    return torch.tensor(array[None, None].astype(float))


@EXAMPLES
@given(geometries(modes=tuple(MODES), most_input_dilation=1))
def test_convolution_and_its_gradient(drawn):
    kernel_size, g = drawn
    if g.padding_mode != "zeros" and any(
        not 0 <= p <= n for (lo, hi), n in zip(g.padding, g.size, strict=True) for p in (lo, hi)
    ):
        return
    w, image = numbers(kernel_size), tensor(numbers(g.size, 3)).requires_grad_()
    pads = [p for pair in reversed(g.padding) for p in pair]
    padded = torch.nn.functional.pad(image, pads, mode=MODES[g.padding_mode])
    out = FORWARD[len(g.size) - 1](padded, tensor(w), stride=g.stride, dilation=g.dilation)
    C = sc.conv(sc.Kernel(w), g.size, stride=g.stride, dilation=g.dilation, padding=g.padding,
                padding_mode=g.padding_mode)  # fmt: skip
    A = sc.to_numpy(C)
    assert tuple(out.shape[2:]) == C.output_size
    assert (A @ numbers(g.size, 3).ravel() == out.detach().numpy().ravel()).all()
    cotangent = numbers(C.output_size, 5)
    (out * tensor(cotangent)).sum().backward()
    assert (A.T @ cotangent.ravel() == image.grad.numpy().ravel()).all()


TRANSPOSED = [
    (kernel, size, stride, padding, output_padding, dilation)
    for kernel, size in (((3,), (4,)), ((2, 3), (3, 2)), ((2, 2, 3), (2, 2, 2)))
    for stride in (1, 2, 3)
    for dilation in (1, 2, 3)
    for padding in (0, 1)
    for output_padding in range(max(stride, dilation))
]


@pytest.mark.parametrize(
    ("kernel", "size", "stride", "padding", "output_padding", "dilation"), TRANSPOSED
)
def test_transposed_convolution(kernel, size, stride, padding, output_padding, dilation):
    w, x = numbers(kernel), numbers(size, 3)
    arguments = {
        "stride": stride,
        "padding": padding,
        "output_padding": output_padding,
        "dilation": dilation,
    }
    out = BACKWARD[len(size) - 1](tensor(x), tensor(w), **arguments)
    T = sc.conv_transpose(sc.Kernel(w), size, **arguments)
    assert tuple(out.shape[2:]) == T.output_size
    assert (sc.to_numpy(T) @ x.ravel() == out.numpy().ravel()).all()


@pytest.mark.parametrize("groups", [1, 2])
def test_channels_and_groups(groups):
    weight, x = numbers((4, 4 // groups, 3, 2)), numbers((4, 5, 4), 2)
    K = sc.Kernel.from_weight(weight, groups=groups)
    image = torch.tensor(x[None].astype(float))
    out = torch.nn.functional.conv2d(
        image, torch.tensor(weight.astype(float)), stride=2, padding=1, groups=groups
    )
    C = sc.conv(K, (5, 4), stride=2, padding=1)
    assert (sc.to_numpy(C) @ x.ravel() == out.numpy().ravel()).all()
    back = torch.nn.functional.conv_transpose2d(
        image, torch.tensor(weight.astype(float)), stride=2, padding=1, groups=groups
    )
    T = sc.conv_transpose(K, (5, 4), stride=2, padding=1)
    assert (sc.to_numpy(T) @ x.ravel() == back.numpy().ravel()).all()


MODULES = [torch.nn.Conv1d, torch.nn.Conv2d, torch.nn.Conv3d]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("ndim", [1, 2, 3])
@pytest.mark.parametrize(("padding", "stride", "dilation"), [(1, 1, 1), (2, 2, 1), (2, 3, 2)])
def test_modules_pad_in_every_mode(mode, ndim, padding, stride, dilation):
    size, kernel_size = (5, 4, 3)[:ndim], (2, 3, 2)[:ndim]
    w, x = numbers(kernel_size), numbers(size, 3)
    geometry = {
        "stride": stride,
        "padding": padding,
        "dilation": dilation,
        "padding_mode": mode,
    }
    module = MODULES[ndim - 1](1, 1, kernel_size, bias=False, dtype=torch.float64, **geometry)
    module.weight = torch.nn.Parameter(tensor(w))
    C = sc.conv(sc.Kernel(w), size, **geometry)
    out = module(tensor(x)).detach()
    assert tuple(out.shape[2:]) == C.output_size
    assert (sc.to_numpy(C) @ x.ravel()).tolist() == out.ravel().tolist()


@EXAMPLES
@given(transposed_geometries(uneven=False), channels())
def test_random_transposed_convolutions_and_their_gradients(drawn, channel_axes):
    kernel_size, size, arguments = drawn
    leading, _, groups = channel_axes
    w = numbers(weight_shape(channel_axes, kernel_size))
    x = numbers((leading, *size), 3)
    image = torch.tensor(x[None].astype(float), requires_grad=True)
    even = {**arguments, "padding": tuple(low for low, _ in arguments["padding"])}
    weight = torch.tensor(w.astype(float))
    out = BACKWARD[len(size) - 1](image, weight, groups=groups, **even)
    T = sc.conv_transpose(sc.Kernel.from_weight(w, groups=groups), size, **even)
    A = sc.to_numpy(T)
    assert tuple(out.shape[1:]) == (T.out_channels, *T.output_size)
    assert (A @ x.ravel()).tolist() == out.detach().ravel().tolist()
    cotangent = numbers(tuple(out.shape), 5)
    (out * torch.tensor(cotangent)).sum().backward()
    assert (A.T @ cotangent.ravel()).tolist() == image.grad.ravel().tolist()


@EXAMPLES
@given(geometries(axes=st.integers(1, 2), modes=("zeros",), most_input_dilation=1), channels())
def test_random_channels_and_groups(drawn, channel_axes):
    kernel_size, g = drawn
    _, in_channels, groups = channel_axes
    w, x = numbers(weight_shape(channel_axes, kernel_size)), numbers((in_channels, *g.size), 3)
    pads = [p for pair in reversed(g.padding) for p in pair]
    padded = torch.nn.functional.pad(torch.tensor(x[None].astype(float)), pads)
    steps = {"stride": g.stride, "dilation": g.dilation}
    weight = torch.tensor(w.astype(float))
    out = FORWARD[len(g.size) - 1](padded, weight, groups=groups, **steps)
    K = sc.Kernel.from_weight(w, groups=groups)
    C = sc.conv(K, g.size, padding=g.padding, **steps)
    assert (sc.to_numpy(C) @ x.ravel()).tolist() == out.ravel().tolist()
