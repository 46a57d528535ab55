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
from symconv.typesetting.typesetter import Label, Typesetter

# At least 27 units of CIE L*a*b* apart, from each other and from black, for normal sight and for
# each of the three dichromacies (Machado et al. 2009); the contrast with white is at least 3, as
# WCAG 2.2 asks of graphics.
TEXT_COLOURS = (
    "#103ef6",
    "#e47717",
    "#330a82",
    "#2ea49a",
    "#743602",
    "#c36bfc",
    "#145748",
    "#849860",
    "#704c8b",
)

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
    return printer.with_colours({s: _spelled(c, printer.dialect) for s, c in colours.items()})


def _spelled(colour: str, dialect: str) -> str:
    r"""A colour as \textcolor takes it.

    >>> _spelled("#0080ff", "mathjax"), _spelled("#0080ff", "latex")
    ('[rgb]{0,0.5,1}', '[HTML]{0080FF}')
    """
    if dialect == "katex":
        return f"{{{colour}}}"
    if dialect == "latex":
        return f"[HTML]{{{colour[1:].upper()}}}"
    shares = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return f"[rgb]{{{','.join(f'{round(share, 2):g}' for share in shares)}}}"


def _colour(kernel: Kernel, index: int) -> str:
    """The colour of an entry: that of its tap, the same in all channels; then they begin again."""
    return TEXT_COLOURS[index % prod(kernel.size) % len(TEXT_COLOURS)]


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
