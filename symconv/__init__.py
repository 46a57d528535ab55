"""Symbolic mathematics of convolution and transposed convolution."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symconv.convolution import conv as conv
    from symconv.convolution import conv_transpose as conv_transpose
    from symconv.convolution import identity as identity
    from symconv.errors import SymconvError as SymconvError
    from symconv.kernel import Kernel as Kernel
    from symconv.latex import latex as latex
    from symconv.lowering import to_numpy as to_numpy
    from symconv.operator import Operator as Operator

__version__ = "0.1.0"

# Name to module: each is imported when the name is first used, so that importing is instant.
_HOME = {
    "Kernel": "kernel",
    "Operator": "operator",
    "SymconvError": "errors",
    "conv": "convolution",
    "conv_transpose": "convolution",
    "identity": "convolution",
    "latex": "latex",
    "to_numpy": "lowering",
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
