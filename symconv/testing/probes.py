"""Code of your own, run on images: NumPy's arrays in and out, whatever library it is written in."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from symconv._arrays import Array, np
from symconv.arguments import parse_choice, shown
from symconv.errors import SymconvError

LAYOUTS = ("NC*", "C*", "*", "N*C", "*C")
LIBRARIES = ("numpy", "torch", "jax")
DTYPES = ("float16", "bfloat16", "float32", "float64", "int32", "int64")
MOST_NUMBERS = 4 * 10**6


@dataclass(frozen=True)
class Probe:
    """A function of images, and how it takes them.

    Attributes:
        function: takes and gives arrays of the library.
        layout: order of its axes: N images, C channels, * all spatial axes.
        library: "numpy", "torch" or "jax".
        dtype: type of the images.
        ndim: number of spatial axes.
    """

    function: Callable[..., Any]
    layout: str
    library: str
    dtype: str
    ndim: int

    def __call__(self, images: Array) -> Array:
        """The function's images (N, channels, *size) of images (N, channels, *size)."""
        parts = self._parts(images)
        return self._gathered([_to_numpy(self.function(self._native(x))) for x in parts])

    def pullbacks(self, image: Array, cotangents: Array) -> Array:
        """J^T y for each y of a batch of cotangents, J the derivative at an image."""
        images = np.repeat(image[None], len(cotangents), axis=0)
        pull = _pull_torch if self.library == "torch" else _pull_jax
        pairs = zip(self._parts(images, cotangents), self._parts(cotangents, images), strict=True)
        results = [pull(self.function, self._native(x), self._native(y)) for x, y in pairs]
        return self._gathered(results)

    def _parts(self, images: Array, beside: Array | None = None) -> Iterator[Array]:
        """What the function is called with: batches of some size, or one image after the other."""
        moved = np.moveaxis(images, 1, -1) if self.layout.endswith("C") else images
        if "N" not in self.layout:
            yield from moved[:, 0] if self.layout == "*" else moved
            return
        numbers = moved[0].size + (0 if beside is None else beside[0].size)
        step = max(1, MOST_NUMBERS // numbers)
        yield from (moved[start : start + step] for start in range(0, len(moved), step))

    def _gathered(self, results: list[Array]) -> Array:
        shapes = {result.shape["N" in self.layout :] for result in results}
        axes = self.ndim + ("C" in self.layout)
        if len(shapes) > 1 or len(next(iter(shapes))) != axes:
            given = ", ".join(str(result.shape) for result in results[:2])
            raise AssertionError(
                f"the function gives arrays of shape {given}, which are not of the layout "
                f"{self.layout!r} with {self.ndim} spatial axes"
            )
        whole = np.concatenate(results) if "N" in self.layout else np.stack(results)
        whole = whole[:, None] if self.layout == "*" else whole
        return np.moveaxis(whole, -1, 1) if self.layout.endswith("C") else whole

    def _native(self, images: Array) -> Any:
        return _native(images, self.library, self.dtype)


def probe_of(
    function: Any, image: Array, layout: str, library: str | None, dtype: str | None
) -> Probe:
    """How a function takes images like this one, found by trying where it is not said.

    Raises:
        SymconvError: it is no function, or an argument is none of those known.
    """
    if not callable(function):
        raise SymconvError(f"{shown(function)} is no function of images")
    parse_choice("layout", layout, LAYOUTS)
    if layout == "*" and image.shape[0] != 1:
        raise SymconvError(f"layout='*' is for one channel, and there are {image.shape[0]}")
    if dtype is not None:
        parse_choice("dtype", dtype, DTYPES)
    if library is not None:
        name = parse_choice("library", library, LIBRARIES)
        return Probe(function, layout, name, dtype or _types(name, function)[0], image.ndim - 1)
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(function, torch.nn.Module):
        kind = dtype or _types("torch", function)[0]
        return Probe(function, layout, "torch", kind, image.ndim - 1)
    return _tried(function, image, layout, dtype)


def _tried(function: Any, image: Array, layout: str, dtype: str | None) -> Probe:
    """The first library and type that the function takes; its first error where it takes none."""
    first: Exception | None = None
    for library in [name for name in ("numpy", "torch") if name in sys.modules]:
        for kind in [dtype] if dtype else _types(library, function):
            probe = Probe(function, layout, library, kind, image.ndim - 1)
            try:
                result = function(probe._native(next(probe._parts(image[None]))))
            except Exception as error:
                first = first or error
                continue
            given = type(result).__module__.partition(".")[0]
            if given in ("jax", "jaxlib"):
                return replace(probe, library="jax", dtype=dtype or _types("jax", function)[0])
            return probe
    assert first is not None
    raise first


def _types(library: str, function: Any) -> list[str]:
    """The types of images to try: that of a module's weights, or the most precise first."""
    if library == "torch":
        weights = list(getattr(function, "parameters", list)())
        return [str(weights[0].dtype).partition(".")[2]] if weights else ["float64", "float32"]
    if library == "jax":
        return ["float64" if sys.modules["jax"].config.jax_enable_x64 else "float32"]
    return ["float64"]


def _native(images: Array, library: str, dtype: str) -> Any:
    images = np.ascontiguousarray(images)
    if library == "torch":
        torch = sys.modules["torch"]
        return torch.from_numpy(images).to(getattr(torch, dtype))
    if library == "jax":
        return sys.modules["jax"].numpy.asarray(images, dtype=dtype)
    return images.astype(dtype)


def _to_numpy(result: Any) -> Array:
    if hasattr(result, "detach"):
        result = result.detach().cpu()
        result = result.float() if "bfloat16" in str(result.dtype) else result
    array = np.asarray(result)
    array = array.astype(np.float32) if array.dtype.kind == "V" else array
    if array.dtype.kind not in "iufcb":
        raise AssertionError(f"the function gives {shown(result)}, which is no array of numbers")
    return array


def _pull_torch(function: Any, images: Any, cotangents: Any) -> Array:
    images.requires_grad_()
    result = function(images)
    if not result.requires_grad:
        raise AssertionError(
            "the function's result has no gradient in PyTorch; gradient=False leaves it unchecked"
        )
    (gradient,) = sys.modules["torch"].autograd.grad(result, images, cotangents.to(result.dtype))
    return _to_numpy(gradient)


def _pull_jax(function: Any, images: Any, cotangents: Any) -> Array:
    result, pull = sys.modules["jax"].vjp(function, images)
    return _to_numpy(pull(cotangents.astype(result.dtype))[0])
