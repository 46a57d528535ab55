"""Letters for the factors of a product of operators, and the lines that say what they are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import sympy as sp

from symconv.algebra.diagonal import Diagonal, identity
from symconv.algebra.sizes import Size, to_expr
from symconv.operators.geometry import Axis
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator
from symconv.printing.factors import Weighted, depthwise
from symconv.printing.free_letters import Letters, operator_letters
from symconv.printing.index_expressions import linear
from symconv.printing.kernel_letter import kernel_letter, renamed
from symconv.printing.kronecker import Line, cases_line, channel_lines, matrix_line, shift_line

Place = tuple[Weighted, Size, Size]
Way = tuple[Any, ...]

KERNELS, CHANNELS = "khgfwbcd", "KHGFWBCD"
SHIFTS, MOVES = "SUVWXYZ", "PQJLMN"


class LeafNames:
    """One letter for each kernel, each way to shift an axis and each other matrix of an axis.

    They are given out in the order in which they are asked for; none is that of an entry or a size.
    """

    def __init__(self, operator: Operator, printer: Any, shift_letters: str = SHIFTS) -> None:
        self.printer, self.shift_letters = printer, shift_letters
        symbols = (s for s in operator.free_symbols if not isinstance(s, sp.Dummy))
        names = (re.match("[A-Za-z]+", symbol.name) for symbol in symbols)
        self.taken = {found[0] for found in names if found}
        self.letters = operator_letters(operator, printer)
        used: list[str] = []
        for letters in ("ABMG", "DRBG", "EFGB", "I"):
            used.append(self._free(letters, used))
        self.whole, self.diagonal, self.unit, self.one = used
        self.kernels: list[tuple[Kernel, str]] = []
        self.channels: list[tuple[Kernel, str]] = []
        self.ways: list[tuple[tuple[Axis, ...], bool, str]] = []
        self.places: list[Place] = []
        self.units: dict[tuple[Size, Size], None] = {}

    def kernel(self, kernel: Kernel) -> str:
        """The letter of the weights of a kernel of one channel, or of one alike in all."""
        own = kernel_letter(kernel, renamed(self.printer))
        used = [letter for _, letter in self.kernels]
        make = (lambda: own) if own and own not in used else (lambda: self._free(KERNELS, used))
        return _named(kernel, self.kernels, make)

    def channel(self, kernel: Kernel) -> str:
        """The letter of the matrices between channels."""
        used = [letter for _, letter in self.channels]
        return _named(kernel, self.channels, lambda: self._free(CHANNELS, used))

    def shifts(self, axes: tuple[Axis, ...], only: bool) -> list[str]:
        """The letters of the matrices of a tap, one an axis; without taps where there is one."""
        known = [(ways, letter) for ways, single, letter in self.ways if single == only]
        letter = next((letter for ways, letter in known if _key(ways) == _key(axes)), "")
        if not letter:
            used = [letter for *_, letter in self.ways]
            letter = self._free(MOVES if only else self.shift_letters, used)
            self.ways.append((axes, only, letter))
        return _on_axes(letter, axes)

    def place(self, matrix: Weighted, rows: Size, cols: Size, is_channel: bool = False) -> str:
        """The name of the matrix of an axis; empty for the identity."""
        ((weight, diagonal), *others) = matrix
        plain = weight == 1 and not others
        if plain and rows == cols and diagonal == identity(rows):
            return ""
        key = (matrix, rows, cols)
        if plain and is_channel and diagonal.length == 1:
            self.units |= {(rows, cols): None}
            return f"{self.unit}_{{{diagonal.row},{diagonal.col}}}"
        if key not in self.places:
            self.places.append(key)
        return f"{self.diagonal}_{{{self.places.index(key) + 1}}}"

    def identity(self, size: Size) -> str:
        """The identity of a size."""
        return f"{self.one}_{{{self.printer._print(to_expr(size))}}}"

    def _free(self, letters: str, used: list[str]) -> str:
        free = (letter for letter in letters if letter not in {*used, *self.taken})
        return next(free, f"{letters[0]}'")

    # --- what they are -------------------------------------------------------------------------

    def lines(self) -> Iterator[Line]:
        """The equations that define every name that was given out."""
        for axes, only, letter in self.ways:
            for name, axis in dict(zip(_on_axes(letter, axes), axes, strict=True)).items():
                tap = "" if only else self.letters["t"]
                shown = f"({name}_{{{tap}}})" if tap else f"({name})" if "^" in name else name
                yield shift_line(shown, axis, self.printer, self.letters, tap)
        for n, (matrix, rows, cols) in enumerate(self.places, 1):
            sizes = to_expr(rows), to_expr(cols)
            cases = [
                (
                    self.printer._print(weight),
                    _ones(diagonal, rows, cols, self.printer, self.letters),
                )
                for weight, diagonal in matrix
            ]
            name = f"({self.diagonal}_{{{n}}})"
            yield cases_line(name, cases, sizes, self.printer, self.letters)
        o, i, a, b = (self.letters[letter] for letter in "oiab")
        for sizes in self.units:
            name, relation = f"({self.unit}_{{{a},{b}}})", f"({o}, {i}) = ({a}, {b})"
            yield matrix_line(name, relation, sizes, self.printer, self.letters)
        yield from self.kernel_lines()

    def kernel_lines(self) -> Iterator[Line]:
        """The kernels, where their symbols do not tell them."""
        for kernel, letter in self.kernels:
            if letter != kernel_letter(kernel, renamed(self.printer)):
                taps = Kernel.build(depthwise(kernel) or kernel.entries, kernel.size)
                yield letter, str(self.printer._print(taps))
        for kernel, letter in self.channels:
            yield from channel_lines(kernel, self.printer, letter)


def _named(thing: Any, known: list[tuple[Any, str]], make: Callable[[], str | None]) -> str:
    """The letter that a thing has already, or a new one."""
    found = next((letter for other, letter in known if other == thing), None)
    if found is None:
        found = make() or ""
        known.append((thing, found))
    return found


def _key(axes: tuple[Axis, ...]) -> tuple[Way, ...]:
    return tuple(
        (
            a.input_size,
            a.output_size,
            a.stride,
            a.padding,
            a.dilation,
            a.input_dilation,
            a.padding_mode,
        )
        for a in axes
    )


def _on_axes(letter: str, axes: tuple[Axis, ...]) -> list[str]:
    """S for every axis, or S^{(1)}, S^{(2)}, … where axes differ."""
    if len(set(_key(axes))) == 1:
        return [letter] * len(axes)
    return [f"{letter}^{{({n})}}" for n in range(1, len(axes) + 1)]


def _ones(d: Diagonal, rows: Size, cols: Size, printer: Any, letters: Letters) -> str:
    """Where a diagonal has its ones."""
    o, i, tau = (letters[letter] for letter in ("o", "i", "tau"))
    first, second = printer._print(to_expr(d.row)), printer._print(to_expr(d.col))
    if d.length == 1:
        return rf"({o}, {i}) = ({first}, {second})"
    a, b = sp.Integer(d.row_step), sp.Integer(d.col_step)
    row, col = to_expr(d.row), to_expr(d.col)
    if a == 1:
        relation = f"{i} = {_sum((b, o), col - b * row, printer)}"
    elif b in (1, -1):
        relation = f"{o} = {_sum((a * b, i), row - a * b * col, printer)}"
    else:
        last = printer._print(to_expr(d.length) - 1)
        steps = (_sum((step, tau), n, printer) for step, n in ((a, row), (b, col)))
        return rf"({o}, {i}) = ({', '.join(steps)}), \; 0 \leq {tau} \leq {last}"
    if _is_whole(d, rows, cols):
        return relation
    return rf"{relation}, \; {first} \leq {o} \leq {printer._print(to_expr(d.last[0]))}"


def _sum(term: tuple[sp.Expr, str], rest: sp.Expr, printer: Any) -> str:
    shown = linear(term, (rest, "")) if rest.is_Integer else ""
    return shown or f"{linear(term)} + {printer._print(rest)}".replace("+ -", "-")


def _is_whole(d: Diagonal, rows: Size, cols: Size) -> bool:
    """Whether the ones run from border to border, so that their line alone tells them."""
    last_row, last_col = d.last
    low, high = (d.col, last_col) if d.col_step > 0 else (last_col, d.col)
    return (d.row == 0 and last_row == rows - 1) or (low == 0 and high == cols - 1)
