"""Symbolic mathematics of convolution and transposed convolution."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symconv.animation import animate as animate
    from symconv.autocorrelation import autocorrelation as autocorrelation
    from symconv.checkerboard import checkerboard as checkerboard
    from symconv.checkerboard_picture import draw_checkerboard as draw_checkerboard
    from symconv.comparison import compare_conventions as compare_conventions
    from symconv.convolution import conv as conv
    from symconv.convolution import conv_transpose as conv_transpose
    from symconv.convolution import identity as identity
    from symconv.convolution import residue_cases as residue_cases
    from symconv.derivation import derive_gram as derive_gram
    from symconv.document import to_document as to_document
    from symconv.document import to_pdf as to_pdf
    from symconv.drawing import draw as draw
    from symconv.errors import SymconvError as SymconvError
    from symconv.explanation import explain as explain
    from symconv.explore import explore as explore
    from symconv.formulas import conv_entry as conv_entry
    from symconv.formulas import gram_entry as gram_entry
    from symconv.formulas import output_size as output_size
    from symconv.formulas import transposed_output_size as transposed_output_size
    from symconv.gather import draw_scatter as draw_scatter
    from symconv.gather import draw_window as draw_window
    from symconv.handover import to_latex_macros as to_latex_macros
    from symconv.handover import to_markdown as to_markdown
    from symconv.handover import to_mathematica as to_mathematica
    from symconv.handover import to_matlab as to_matlab
    from symconv.jax_convention import from_jax as from_jax
    from symconv.jax_convention import to_jax_kwargs as to_jax_kwargs
    from symconv.kernel import Kernel as Kernel
    from symconv.latex import latex as latex
    from symconv.lowering import to_numpy as to_numpy
    from symconv.norms import squared_norm as squared_norm
    from symconv.onnx_convention import from_onnx as from_onnx
    from symconv.onnx_convention import to_onnx_attributes as to_onnx_attributes
    from symconv.operator import Operator as Operator
    from symconv.orthogonality import orthogonality as orthogonality
    from symconv.receptive_field import draw_receptive_field as draw_receptive_field
    from symconv.regulariser import check_regulariser as check_regulariser
    from symconv.resampling import avg_pool as avg_pool
    from symconv.resampling import crop as crop
    from symconv.resampling import flip as flip
    from symconv.resampling import pad as pad
    from symconv.resampling import pixel_shuffle as pixel_shuffle
    from symconv.resampling import shift as shift
    from symconv.resampling import sum_pool as sum_pool
    from symconv.resampling import upsample_linear as upsample_linear
    from symconv.resampling import upsample_nearest as upsample_nearest
    from symconv.resampling import zero_insertion as zero_insertion
    from symconv.scipy_convention import from_matlab as from_matlab
    from symconv.scipy_convention import from_pylops as from_pylops
    from symconv.scipy_convention import from_scipy as from_scipy
    from symconv.sparse import to_linear_operator as to_linear_operator
    from symconv.sparse import to_scipy as to_scipy
    from symconv.statements import statement as statement
    from symconv.statements import statements as statements
    from symconv.statements import verify as verify
    from symconv.tensorflow_convention import from_tensorflow as from_tensorflow
    from symconv.tensorflow_convention import to_tensorflow_kwargs as to_tensorflow_kwargs
    from symconv.torch_convention import from_torch as from_torch
    from symconv.torch_convention import to_torch_kwargs as to_torch_kwargs
    from symconv.wavelets import vanishing_moments as vanishing_moments

__version__ = "0.1.0"

# Name to module: each is imported when the name is first used, so that importing is instant.
_HOME = {
    "Kernel": "kernel",
    "Operator": "operator",
    "SymconvError": "errors",
    "animate": "animation",
    "autocorrelation": "autocorrelation",
    "avg_pool": "resampling",
    "check_regulariser": "regulariser",
    "checkerboard": "checkerboard",
    "compare_conventions": "comparison",
    "conv": "convolution",
    "conv_entry": "formulas",
    "conv_transpose": "convolution",
    "crop": "resampling",
    "derive_gram": "derivation",
    "draw": "drawing",
    "draw_checkerboard": "checkerboard_picture",
    "draw_receptive_field": "receptive_field",
    "draw_scatter": "gather",
    "draw_window": "gather",
    "explain": "explanation",
    "explore": "explore",
    "flip": "resampling",
    "from_jax": "jax_convention",
    "from_matlab": "scipy_convention",
    "from_onnx": "onnx_convention",
    "from_pylops": "scipy_convention",
    "from_scipy": "scipy_convention",
    "from_tensorflow": "tensorflow_convention",
    "from_torch": "torch_convention",
    "gram_entry": "formulas",
    "identity": "convolution",
    "latex": "latex",
    "orthogonality": "orthogonality",
    "output_size": "formulas",
    "pad": "resampling",
    "pixel_shuffle": "resampling",
    "residue_cases": "convolution",
    "shift": "resampling",
    "squared_norm": "norms",
    "statement": "statements",
    "statements": "statements",
    "sum_pool": "resampling",
    "to_document": "document",
    "to_jax_kwargs": "jax_convention",
    "to_latex_macros": "handover",
    "to_linear_operator": "sparse",
    "to_markdown": "handover",
    "to_mathematica": "handover",
    "to_matlab": "handover",
    "to_numpy": "lowering",
    "to_onnx_attributes": "onnx_convention",
    "to_pdf": "document",
    "to_scipy": "sparse",
    "to_tensorflow_kwargs": "tensorflow_convention",
    "to_torch_kwargs": "torch_convention",
    "transposed_output_size": "formulas",
    "upsample_linear": "resampling",
    "upsample_nearest": "resampling",
    "vanishing_moments": "wavelets",
    "verify": "statements",
    "zero_insertion": "resampling",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'symconv' has no attribute {name!r}")
    value = getattr(import_module(f"symconv.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})


class _Package(ModuleType):
    """Keeps the function ``latex``, say, in front of the module of the same name."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _HOME and isinstance(value, ModuleType):
            value = getattr(value, name)
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
