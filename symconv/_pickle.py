"""How values are pickled: by kind and fields, so that a pickle names no place that may move.

A pickle calls ``restored(kind, *fields)`` of this module and names nothing else of symconv. The
kinds and the order of their fields stay; new fields come last. An operator is pickled as how it was
made: its kernels and geometries, and the operators that it is a product or a sum of.
"""

from __future__ import annotations

from dataclasses import fields
from functools import reduce
from importlib import import_module
from typing import Any

PLACES = {
    "Affine": "symconv.algebra.sizes:Affine",
    "AffineMap": "symconv.stacks.affine:AffineMap",
    "Axis": "symconv.operators.geometry:Axis",
    "AxisMaps": "symconv.resampling.axis_maps:AxisMaps",
    "Choice": "symconv.operators.selection:Choice",
    "ClosedForm": "symconv.operators.closed_form:ClosedForm",
    "Convolution": "symconv.operators.convolution:Convolution",
    "Diagonal": "symconv.algebra.diagonal:Diagonal",
    "Kernel": "symconv.operators.kernel:Kernel.build",
    "Layer": "symconv.operators.layer:Layer",
    "Lines": "symconv.operators.selection:Lines",
    "Operator": "symconv.operators.provenance:made_again",
    "PixelCount": "symconv.resampling.pooling:PixelCount",
    "Product": "symconv.operators.provenance:Product",
    "RowSums": "symconv.operators.selection:RowSums",
    "Scaled": "symconv.operators.provenance:Scaled",
    "Selection": "symconv.operators.selection:Selection",
    "Split": "symconv.operators.boundary_split:Split",
    "Total": "symconv.operators.provenance:Total",
    "Transposed": "symconv.operators.provenance:Transposed",
}


def restored(kind: str, *values: Any) -> Any:
    """The value of a kind with these fields."""
    module, _, name = PLACES[kind].partition(":")
    return reduce(getattr, name.split("."), import_module(module))(*values)  # type: ignore[operator]


class Pickled:
    """A dataclass that is pickled by its kind, the name of its class, and its fields."""

    __slots__ = ()

    def __reduce__(self) -> tuple[Any, ...]:
        values = (getattr(self, field.name) for field in fields(self))  # type: ignore[arg-type]
        return restored, (type(self).__name__, *values)
