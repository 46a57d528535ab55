"""One colour a tap: which symbols of an operator get which colour."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count
from math import prod

import sympy as sp
from sympy.printing.precedence import PRECEDENCE

from symconv.errors import SymconvError
from symconv.operators.convolution import operator_of
from symconv.operators.kernel import Kernel
from symconv.operators.layer import Layer
from symconv.operators.operator import Operator
from symconv.operators.provenance import kernels_of
from symconv.printing.text_palette import text_colour
from symconv.printing.typesetter import Typesetter

ATOM = PRECEDENCE["Mul"]


@dataclass(frozen=True)
class Coloured:
    """An operator each of whose taps is a symbol, and the printer that colours it."""

    operator: Operator
    printer: Typesetter


def coloured(operator: Operator, printer: Typesetter) -> Coloured:
    """The operator with a colour for every tap of its kernels.

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
    return Coloured(operator, _with_colours(printer, symbols))


def _with_colours(
    printer: Typesetter,
    colours: Mapping[sp.Symbol, str],
    labels: Mapping[sp.Symbol, str] | None = None,
) -> Typesetter:
    named = printer.with_labels(labels or {})
    named.colours = {symbol: _spelled(c, printer.dialect) for symbol, c in colours.items()}
    return named


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


def _colours(kernel: Kernel) -> Iterator[str]:
    """The colour of every entry: that of its tap, the same in all channels."""
    taps = prod(kernel.size)
    return (text_colour(n % taps) for n in count())


def _symbols(kernel: Kernel) -> dict[sp.Symbol, str]:
    """Colours of the entries, where those that are not zero are different symbols."""
    entries = [entry for entry in kernel.entries if entry != 0]
    if not all(isinstance(e, sp.Symbol) for e in entries) or len({*entries}) < len(entries):
        return {}
    pairs = zip(kernel.entries, _colours(kernel), strict=False)
    return {entry: colour for entry, colour in pairs if entry != 0}


def _by_position(layer: Layer, printer: Typesetter) -> Coloured:
    """The same convolution with a symbol for each entry, which prints as the entry does."""
    kernel = layer.kernel
    stand_ins = [
        sp.Dummy(f"k{n:06d}") if entry != 0 else sp.S.Zero for n, entry in enumerate(kernel.entries)
    ]
    entries = list(zip(stand_ins, kernel.entries, strict=True))
    alone = all(axis.padding_mode == "zeros" for axis in layer.axes)
    labels = {
        symbol: str(printer._print(entry) if alone else printer.parenthesize(entry, ATOM))
        for symbol, entry in entries
        if entry != 0
    }
    twin = Kernel.build(
        stand_ins, kernel.size, kernel.out_channels, kernel.in_channels, kernel.groups
    )
    shown = operator_of(replace(layer, kernel=twin))
    colours = {s: c for s, c in zip(stand_ins, _colours(kernel), strict=False) if s != 0}
    return Coloured(shown, _with_colours(printer, colours, labels))
