"""One colour a tap: which symbols of an operator get which colour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import prod

import sympy as sp
from sympy.printing.precedence import PRECEDENCE

from symconv.errors import SymconvError
from symconv.operators.convolution import operator_of
from symconv.operators.kernel import Kernel
from symconv.operators.layer import Layer
from symconv.operators.operator import Operator
from symconv.operators.provenance import kernels_of
from symconv.typesetting.style import style
from symconv.typesetting.typesetter import Label, Typesetter

ATOM = PRECEDENCE["Mul"]


def coloured(operator: Operator, printer: Typesetter) -> tuple[Operator, Typesetter]:
    """The operator with a symbol for every tap of its kernels, and the printer that colours it.

    Raises:
        SymconvError: a product of kernels of numbers, whose entries come from several taps.
    """
    layer = operator.provenance.layer
    kernels = list(kernels_of(operator))
    symbols = {s: colour for kernel in kernels for s, colour in _symbols(kernel).items()}
    if layer is not None and not symbols:
        return _by_position(layer, printer)
    if not symbols:
        raise SymconvError(
            "colours=True shows which tap an entry comes from: it is for one convolution, or for "
            f"kernels whose entries are different symbols, not for {operator!r}"
        )
    return operator, _with_colours(printer, symbols)


def _with_colours(printer: Typesetter, colours: Mapping[sp.Symbol, str]) -> Typesetter:
    return printer.with_colours(colours)


def _colour(kernel: Kernel, index: int) -> str:
    """The colour of an entry: that of its tap, the same in all channels; then they begin again."""
    colours = style().text_colours
    return colours[index % prod(kernel.size) % len(colours)]


def _symbols(kernel: Kernel) -> dict[sp.Symbol, str]:
    """Colours of the entries, where those that are not zero are different symbols."""
    entries = {n: entry for n, entry in enumerate(kernel.entries) if entry != 0}
    distinct = len({*entries.values()}) == len(entries)
    if not distinct or not all(isinstance(e, sp.Symbol) for e in entries.values()):
        return {}
    return {entry: _colour(kernel, n) for n, entry in entries.items()}


def _by_position(layer: Layer, printer: Typesetter) -> tuple[Operator, Typesetter]:
    """The same convolution with a symbol for each entry, which prints as the entry does."""
    kernel = layer.kernel
    alone = all(axis.padding_mode == "zeros" for axis in layer.axes)

    def label(n: int, entry: sp.Expr) -> sp.Expr:
        if entry == 0:
            return entry
        shown = printer._print(entry) if alone else printer.parenthesize(entry, ATOM)
        return Label(f"k{n:06d}", str(shown))

    labels = [label(n, entry) for n, entry in enumerate(kernel.entries)]
    twin = Kernel.build(labels, kernel.size, kernel.out_channels, kernel.in_channels, kernel.groups)
    colours = {s: _colour(kernel, n) for n, s in enumerate(labels) if s != 0}
    return operator_of(replace(layer, kernel=twin)), _with_colours(printer, colours)
