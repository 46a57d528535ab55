"""Defects to be planted in symconv, each of which the campaign has to find.

A plant is data: where it goes, what it makes of what stands there, and which checks must see it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import sympy as sp

import symconv as sc
from symconv.algebra import membership, sizes
from symconv.algebra.diagonal import Diagonal, diagonal
from symconv.operators import entries as operator_entries
from symconv.operators import geometry, operator, padding, splits, term_matrix, valid_from
from symconv.printing import closed_forms, elided, entry_formula
from symconv.typesetting import matrices

from .check_algebra import check_equal, check_pickle, check_subs
from .check_concrete import check_concrete, check_entries, check_sizes
from .check_forms import check_form, check_least, check_split, check_symbolic_entries
from .check_latex import check_latex
from .checks import Check
from .trees import Kernel, Node, Size, leaf, letter, number, times, transpose

# What is loaded late would take a planted function with it for good.
LOADED = (sc.latex,)


@dataclass(frozen=True)
class Plant:
    """A defect: ``owner.name`` becomes ``make(original)``."""

    reason: str
    owner: Any
    name: str
    make: Callable[[Any], Any]
    checks: tuple[Check, ...]
    shown_by: Node | None = None  # where random expressions hardly show it

    @property
    def original(self) -> Any:
        return vars(self.owner)[self.name]


def _plain(value: Any) -> Any:
    """The function of a property."""
    return getattr(value, "func", None) or getattr(value, "fget", None) or value


def _bounds_moved(by: int) -> Callable[[Any], Any]:
    def make(original: Any) -> Any:
        inner = _plain(original)
        return property(lambda self: {n: start + by for n, start in inner(self).items()})

    return make


def _wrong_cell(original: Any) -> Any:
    def normal_form(*args: Any) -> Any:
        cells = dict(original(*args))
        if len(cells) > 2:
            cell = sorted(cells, key=str)[len(cells) // 2]
            cells[cell] = cells[cell] * 2
        return cells

    return normal_form


def _last_cell_lost(original: Any) -> Any:
    def normal_form(*args: Any) -> Any:
        cells = original(*args)
        return dict(list(cells.items())[:-1]) if len(cells) > 4 else cells

    return normal_form


def _floor_settled(original: Any) -> Any:
    """A floor of a size decided as if the size stood at its start."""

    def equal(left: Any, right: Any, start: Any) -> Any:
        if sp.sympify(left - right).has(sp.floor) and start:
            return sp.Eq(left.subs(start), right.subs(start))
        return original(left, right, start)

    return equal


def _boundary_moved(original: Any) -> Any:
    def printed(*args: Any, **options: Any) -> str:
        text: str = original(*args, **options)
        return text.replace(r" \notin I", r" + 1 \notin I")

    return printed


def _first_definition(change: Callable[[sp.Expr], sp.Expr | None]) -> Callable[[Any], Any]:
    def make(original: Any) -> Any:
        def definitions(names: Any, *more: Any) -> Any:
            (first, expr), *others = names.items()
            changed = change(expr)
            kept = [] if changed is None else [(first, changed)]
            return original(dict([*kept, *others]), *more)

        return definitions

    return make


def _cells_swapped(original: Any) -> Any:
    def shorten(count: int, most: int, kept: int = matrices.KEPT) -> Any:
        shown = original(count, most, kept)
        return [*shown[:-2], shown[-1], shown[-2]] if -1 in shown else shown

    return shorten


def _reflected_as_symmetric(original: Any) -> Any:
    def period(mode: Any, line: Any) -> Any:
        return original("symmetric" if mode == "reflect" else mode, line)

    return period


def _flipped(original: Any) -> Any:
    def window(self: Any, tap: int) -> Any:
        return original(self, self.kernel_size - 1 - tap)

    return window


def _unpickled_transposed(function: Any, made_of: Any) -> Any:
    found = function(*made_of)
    return found.T if found.rows == found.cols else found


def _one_size_at_a_time(original: Any) -> Any:
    """Every size symbol lowered while the others stand at their own smallest values."""
    return lambda settled, fixed, starts: settled({**fixed, **starts}, {}) is not None


N, M = Size(0, 1, "n"), Size(0, 1, "m")
PLAIN = {"stride": (1, 1), "dilation": (1, 1), "input_dilation": (1, 1), "mode": "zeros"}
COLUMN = Kernel((3, 1), (number(1), number(2), number(3)))
VALID = leaf("conv", (N, M), kernel=COLUMN, padding=((0, 0), (0, 0)), **PLAIN)
SHIFTED = times(
    times(transpose(VALID), VALID),
    leaf("shift", (N, M), offset=(0, 2), circular=False, channels=1),
)
REFLECTED = leaf(
    "conv",
    (N,),
    kernel=Kernel((1,), tuple(map(number, (-2, 4, -5, 7))), 2, 2),
    padding=((4, 3),),
    stride=(1,),
    dilation=(1,),
    input_dilation=(3,),
    mode="reflect",
)


def _line(size: Size, stride: int, padding: int) -> Node:
    """A convolution of three symbolic taps on one axis."""
    kernel = Kernel((3,), tuple(map(letter, "abc")))
    steps = {"stride": (stride,), "dilation": (1,), "input_dilation": (1,)}
    return leaf("conv", (size,), kernel=kernel, padding=((padding,) * 2,), mode="zeros", **steps)


STRIDED, PADDED = _line(Size(1, 2, "n"), 2, 0), _line(N, 1, 1)

PLANTS = {
    "one size symbol at a time": Plant(
        "a bound is tried where the other symbol stands at its own smallest value",
        valid_from,
        "_holds",
        _one_size_at_a_time,
        (check_form,),
        SHIFTED,
    ),
    "reflection beyond the image": Plant(
        "an image too small to be reflected is reflected",
        geometry,
        "require_room",
        lambda original: lambda *axis: None,
        (check_concrete,),
        REFLECTED,
    ),
    "corners without a bound": Plant(
        "corners of a large matrix are shown without saying from which size on they are right",
        elided,
        "_shown_from",
        lambda original: lambda *picture: {},
        (check_latex,),
    ),
    "cells without a bound": Plant(
        "the cases of an entry are shown without saying from which size on they hold",
        closed_forms,
        "stated_from",
        lambda original: lambda operator: {},
        (check_latex,),
    ),
    "an unused definition": Plant(
        "a formula with a stride defines names r that it does not use",
        entry_formula._Gram,
        "_meets",
        lambda original: lambda self, lag: True,
        (check_latex,),
        times(transpose(STRIDED), STRIDED),
    ),
    "valid_from one too low": Plant(
        "the closed form is claimed where it does not hold",
        operator.Operator,
        "valid_from",
        _bounds_moved(-1),
        (check_form,),
    ),
    "valid_from one too high": Plant(
        "the closed form holds below its bound, too",
        operator.Operator,
        "valid_from",
        _bounds_moved(1),
        (check_least,),
    ),
    "a wrong coefficient": Plant(
        "one cell of the normal form is doubled",
        term_matrix,
        "normal_form",
        _wrong_cell,
        (check_form,),
    ),
    "a lost cell": Plant(
        "one cell of the normal form is left out",
        term_matrix,
        "normal_form",
        _last_cell_lost,
        (check_form,),
    ),
    "floor(n/2) at the start": Plant(
        "an index in floor(n/2) is decided at one size",
        membership,
        "equal",
        _floor_settled,
        (check_symbolic_entries,),
    ),
    "sizes left in entries": Plant(
        "at() puts no numbers for sizes into the entries",
        operator,
        "_with",
        lambda original: lambda value, sizes: value,
        (check_concrete, check_subs),
    ),
    "sizes below one": Plant(
        "an image without pixels is an image",
        sizes.Horizon,
        "require_pixels",
        lambda original: lambda self, size, *more: None,
        (check_concrete,),
    ),
    "a wrong definition": Plant(
        "the first name that is defined beside a display is one too large",
        closed_forms,
        "_definitions",
        _first_definition(lambda expr: expr + 1),
        (check_latex,),
    ),
    "a lost definition": Plant(
        "the first name of a display is not defined",
        closed_forms,
        "_definitions",
        _first_definition(lambda expr: None),
        (check_latex,),
    ),
    "the boundary of a formula moved": Plant(
        "the printed sum over what lies outside is off by one",
        sc,
        "latex",
        _boundary_moved,
        (check_latex,),
        times(PADDED, transpose(PADDED)),
    ),
    "lines behind dots exchanged": Plant(
        "the last two lines of a matrix with dots change places",
        matrices,
        "shorten",
        _cells_swapped,
        (check_latex,),
    ),
    "a wrong transpose": Plant(
        "the steps of a diagonal are not exchanged",
        Diagonal,
        "T",
        lambda original: property(
            lambda self: diagonal(self.col, self.row, self.row_step, self.col_step, self.length)
        ),
        (check_concrete,),
    ),
    "reflect as symmetric": Plant(
        "the pixel at the border is repeated",
        padding,
        "_period",
        _reflected_as_symmetric,
        (check_concrete,),
    ),
    "a flipped kernel": Plant(
        "convolution instead of correlation",
        geometry.Axis,
        "window",
        _flipped,
        (check_concrete,),
    ),
    "a boundary that is not taken away": Plant(
        "the two parts of a Gram matrix are both the whole",
        splits,
        "split_of",
        lambda original: lambda op: replace(s := original(op), factor=s.factor * 2),
        (check_split,),
    ),
    "columns first": Plant(
        "a flat index runs through the first axis fastest",
        operator_entries,
        "pixel",
        lambda original: (
            lambda sizes, index: (
                original(sizes, index)
                if isinstance(index, tuple)
                else original(sizes[::-1], index)[::-1]
            )
        ),
        (check_entries,),
    ),
    "equality by size": Plant(
        "operators of one size are equal",
        operator.Operator,
        "__eq__",
        lambda original: lambda self, other: (self.rows, self.cols) == (other.rows, other.cols),
        (check_equal,),
    ),
    "a transposed pickle": Plant(
        "what is unpickled is the transpose where that has the same size",
        operator.Operator,
        "__reduce__",
        lambda original: lambda self: (_unpickled_transposed, original(self)),
        (check_pickle,),
    ),
    "input and output size exchanged": Plant(
        "output_size is that of the input",
        term_matrix.TermMatrix,
        "output_size",
        lambda original: term_matrix.TermMatrix.input_size,
        (check_sizes,),
    ),
}
