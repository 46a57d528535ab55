"""Which single layer an operator is, however it was made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symconv.errors import ConventionError
from symconv.operators.layer import Layer

if TYPE_CHECKING:
    from symconv.operators.operator import Operator


def require_layer(operator: Operator, framework: str = "") -> Layer:
    """The layer that an operator is.

    Raises:
        ConventionError: the operator is a product or a sum.
    """
    layer = operator.as_layer()
    if layer is None:
        of = f" of {framework}" * bool(framework)
        raise ConventionError(f"{operator!r} is not one convolution, so it is no single layer{of}")
    return layer
