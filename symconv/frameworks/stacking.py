"""Stacks from layers as users write them: operators, arguments, names, modules, models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from symconv.algebra.sizes import parse_size, to_public
from symconv.arguments import is_list, parse_count, shown
from symconv.errors import ShapeError, SymconvError
from symconv.frameworks.keras_graph import is_keras, keras_stages
from symconv.frameworks.onnx_graph import image_of, model_stages
from symconv.frameworks.torch_graph import torch_stages, traced_stages
from symconv.frameworks.torch_stages import is_module, is_sequential
from symconv.operators.kernel import MOST_WEIGHTS
from symconv.operators.operator import Operator
from symconv.stacks.affine import AffineMap
from symconv.stacks.layers import arguments_stage, branches
from symconv.stacks.stack import Stack
from symconv.stacks.stages import AnyStage

MOST_LAYERS = 1000


def stack(
    layers: Any, size: Any = None, *, channels: int | None = None, start: str | None = None,
    end: str | None = None,
) -> Stack:  # fmt: skip
    """Layers one after another: sizes, admissible images, receptive fields, and the whole map.

    Args:
        layers: a Sequential of PyTorch's; a model: one of ONNX or the path of its .onnx file, one
            of Keras's, or a module of PyTorch's whose forward ``torch.fx`` can trace; or a list,
            the first that is applied first, of

            - operators and affine maps;
            - mappings with the arguments of :func:`symconv.conv` (``kernel``, or ``kernel_size``
              for symbols, ``stride``, …, ``bias``), ``transposed=True`` for those of
              :func:`symconv.conv_transpose`;
            - ``{"max_pool": 2}`` with PyTorch's stride, padding, dilation and ceil_mode;
            - names of functions of single pixels, such as "relu";
            - modules of PyTorch's and layers of Keras's, as they are in inference: convolutions,
              poolings, padding, resizing, normalisation, Dropout, dense layers after a Flatten;
            - ``{"sum": [branch, branch]}``, lists of layers whose outputs are added, and
              ``{"concat": [branch, branch]}``, whose channels stand one after another; an empty
              branch is the identity.
        size: pixels of the image, one number an axis; ``a + b*n`` for any image size. It is that
            of the first layer where that is an operator, and that of an ONNX model's input.
        channels: of the image; those of the first layer that names them where left out.
        start, end: names of values of a model (of layers in Keras) between which it is read; all
            of it where left out.

    Raises:
        SymconvError: something is no layer, or does not fit the one before.

    >>> import sympy as sp
    >>> n = sp.Symbol("n")
    >>> down = [{"kernel_size": 3}, "relu", {"max_pool": 2}]
    >>> S = stack(down * 2, (n,))
    >>> S.output_size, S.admissible[n].remainders, S.receptive_field[0].size
    ((floor(n/4 + 1/2) - 2,), (2,), 10)
    >>> m = sp.Symbol("m")
    >>> S.at({n: 4*m + 2}).sizes
    ((4*m + 2,), (4*m,), (4*m,), (2*m,), (2*m - 2,), (2*m - 2,), (m - 1,))
    """
    if is_model(layers):
        return _model_stack(layers, size, channels, start, end)
    if start is not None or end is not None:
        raise SymconvError("start and end are for models, whose values have names")
    given = _list(layers)
    image = _size(given, size)
    stages = _stages(given, len(image))
    return _made(stages, image, channels)


def _made(stages: Sequence[AnyStage], image: Sequence[Any], channels: int | None) -> Stack:
    named = next((stage.channels[0] for stage in stages if stage.channels), 1)
    count = named if channels is None else parse_count("channels", channels, 1, MOST_WEIGHTS)
    made = Stack(tuple(stages), tuple(map(parse_size, image)), count)
    _check(made)
    return made


def is_model(value: Any) -> bool:
    """Whether it has a graph: a model of ONNX or Keras, or a module with a forward of its own."""
    is_file = isinstance(value, Path) or (isinstance(value, str) and value.endswith(".onnx"))
    return (
        is_file
        or (hasattr(value, "graph") and hasattr(value, "opset_import"))
        or (is_keras(value) and hasattr(value, "layers"))
        or (is_module(value) and not is_keras(value) and not is_sequential(value))
    )


def _model_stack(
    model: Any, size: Any, channels: int | None, start: str | None, end: str | None
) -> Stack:
    is_onnx = not is_keras(model) and not is_module(model)
    if size is None and is_onnx:
        size, found = image_of(model, start)
        channels = found if channels is None else channels
        if not size or 0 in size:
            raise SymconvError("the model does not say how large its image is: give size")
    if size is None:
        raise SymconvError("a stack needs the size of its image where no operator is the first")
    image = tuple(size) if is_list(size) else (size,)
    return _made(_model_stages(model, len(image), start, end), image, channels)


def _model_stages(model: Any, ndim: int, start: str | None, end: str | None) -> Sequence[AnyStage]:
    if is_keras(model):
        return keras_stages(model, ndim, start, end)
    if not is_module(model):
        return model_stages(model, ndim, start, end)
    if start is None and end is None:
        return torch_stages(model, ndim, False)[0]
    return traced_stages(model, ndim, start, end)[0]


def _list(layers: Any) -> list[Any]:
    if not is_list(layers) and not is_sequential(layers):
        raise SymconvError(f"{shown(layers)} is no list of layers, no Sequential and no model")
    given = list(layers)
    if not 0 < len(given) <= MOST_LAYERS:
        raise SymconvError(f"a stack of {len(given)} layers: it has 1 to {MOST_LAYERS}")
    return given


def _size(layers: Sequence[Any], size: Any) -> tuple[Any, ...]:
    if size is not None:
        return tuple(size) if is_list(size) else (size,)
    if not isinstance(layers[0], Operator | AffineMap):
        raise SymconvError("a stack needs the size of its image where no operator is the first")
    return layers[0].input_size


def _stages(layers: Sequence[Any], ndim: int) -> list[AnyStage]:
    found: list[AnyStage] = []
    is_flat = False
    for number, layer in enumerate(layers, start=1):
        if is_keras(layer):
            found += keras_stages(layer, ndim, None, None)
        elif is_module(layer):
            parts, is_flat = torch_stages(layer, ndim, is_flat)
            found += parts
        else:
            found.append(_of_layer(layer, number, ndim))
    for stage in found:
        if stage.ndim not in (None, ndim):
            raise ShapeError(f"{stage.name} is for {stage.ndim} axes, and the image has {ndim}")
    return found


def _of_layer(layer: Any, number: int, ndim: int) -> AnyStage:
    for join in ("sum", "concat"):
        if isinstance(layer, Mapping) and join in layer:
            parts = layer[join]
            if not is_list(parts) or not all(is_list(p) or is_sequential(p) for p in parts):
                raise SymconvError(
                    f"a {join} {shown(parts)} is no list of branches, which are lists"
                )
            return branches([_stages(list(part), ndim) for part in parts], join)
    stage = arguments_stage(layer, number, ndim)
    if stage is None:
        raise SymconvError(
            f"{shown(layer)} is no layer: give an operator, a mapping of arguments, a name or a "
            "module of PyTorch's"
        )
    return stage


def _check(made: Stack) -> None:
    """Sizes, channels and fields fit from layer to layer, and operators get the size they are for.

    Raises:
        ShapeError: one does not.
    """
    _ = made.rows
    for stage, size in zip(made.stages, made.sizes, strict=False):
        wanted = getattr(stage, "image", None)
        if wanted is not None and tuple(map(to_public, wanted)) != size:
            raise ShapeError(f"{stage.name} for {shown(wanted)} pixels is given {shown(size)}")
