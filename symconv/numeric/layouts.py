"""The axes of a layer's weight in every framework, and which entry of the kernel stands where."""

from __future__ import annotations

from typing import Any

from symconv._arrays import Places, np
from symconv.arguments import parse_choice
from symconv.operators.kernel import Kernel

LAYOUTS = ("torch", "onnx", "keras", "tensorflow", "jax")


def weight_places(kernel: Kernel, layout: Any, transposed: bool) -> Places:
    """The number of the kernel's entry that stands at each place of a framework's weight.

    PyTorch and ONNX have (out, in/groups, *size), for transposed layers (in, out/groups, *size):
    the array of the associated convolution both times. Keras and TensorFlow have its axes as
    (*size, in/groups, out). JAX has no transposed layer but a convolution of the stuffed image,
    whose weight is :attr:`Kernel.adjoint`, in the order "OIHW".

    >>> weight_places(Kernel.symbolic("k", 3, 1, 2), "keras", False)[0].tolist()
    [[0, 3]]
    """
    name = parse_choice("layout", layout, LAYOUTS)
    groups, inner = kernel.groups, kernel.in_channels // kernel.groups
    places = np.arange(len(kernel.entries)).reshape(kernel.out_channels, inner, *kernel.size)
    if name in ("keras", "tensorflow"):
        return np.moveaxis(places, (1, 0), (-2, -1))
    if name != "jax" or not transposed:
        return places
    grouped = places.reshape(groups, -1, inner, *kernel.size).swapaxes(1, 2)
    turned = grouped.reshape(kernel.in_channels, -1, *kernel.size)
    return np.flip(turned, tuple(range(2, turned.ndim)))


def weight_shapes(kernel: Kernel, layout: Any, transposed: bool) -> list[tuple[int, ...]]:
    """The shape of a framework's weight; of a depthwise layer also that of DepthwiseConv2D.

    >>> weight_shapes(Kernel.symbolic("k", 3, 2, 4, groups=2), "keras", False)
    [(3, 1, 4), (3, 2, 2)]
    """
    shape = weight_places(kernel, layout, transposed).shape
    channels = kernel.in_channels
    if layout not in ("keras", "tensorflow") or kernel.groups != channels or channels == 1:
        return [shape]
    return [shape, (*kernel.size, channels, kernel.out_channels // channels)]


def fitting_layouts(kernel: Kernel, shape: tuple[int, ...], transposed: bool) -> list[str]:
    """The frameworks whose weight of this kernel has a shape."""
    return [name for name in LAYOUTS if shape in weight_shapes(kernel, name, transposed)]


def own_shapes(kernel: Kernel) -> list[tuple[int, ...]]:
    """The shape of the kernel, and with channel axes where it has none."""
    full = (kernel.out_channels, kernel.in_channels // kernel.groups, *kernel.size)
    return [kernel.shape] if kernel.shape == full else [kernel.shape, full]
