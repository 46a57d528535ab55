"""Letters for the factors of a product of operators, and the lines that say what they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sympy as sp

from symconv.algebra.diagonal import Diagonal, identity
from symconv.algebra.sizes import Size, to_expr
from symconv.operators.geometry import Axis
from symconv.operators.kernel import Kernel
from symconv.operators.layer import Layer
from symconv.typesetting.displays import Display, cases
from symconv.typesetting.free_letters import operator_letters, own_letter
from symconv.typesetting.index_expressions import linear, padding_shown
from symconv.typesetting.matrices import size_latex
from symconv.typesetting.typesetter import Typesetter

Line = tuple[str, Display]
Weighted = tuple[tuple[sp.Expr, Diagonal], ...]
Bounds = tuple[tuple[sp.Symbol, int], ...]
Place = tuple[Weighted, Size, Size, Bounds]

# In the order in which they are tried.
WHOLE, DIAGONALS, UNITS, ONE = "𝐴𝐵𝑀𝐺", "𝐷𝑅𝐵𝐺", "𝐸𝐹𝐺𝐵", "𝐼"
KERNELS, CHANNELS = "𝑘ℎ𝑔𝑓𝑐𝑑𝑙𝑚𝑝𝑞𝑟𝑠", "𝐾𝐻𝐺𝐹𝐵𝐶𝑅𝑇"
TAPS, VARIABLES = "𝑡𝑢𝑣𝑤𝑥𝑦𝑧", "𝑥𝑦𝑧𝑎𝑏𝑐"
SHIFTS, TOEPLITZ, MOVES = "𝑆𝑈𝑉𝑊𝑋𝑌𝑍", "𝑇𝑈𝑉𝑊𝑋𝑌𝑍", "𝑃𝑄𝐽𝐿𝑀𝑁"


def axis_key(axis: Axis) -> tuple[Any, ...]:
    """What two axes share where the same matrices shift them."""
    sizes = (axis.input_size, axis.output_size)
    steps = (axis.stride, axis.padding, axis.dilation, axis.input_dilation)
    return (*sizes, *steps, axis.padding_mode)


def on_axes(letter: str, axes: Sequence[Axis]) -> list[str]:
    """S for every axis, or S^{(1)}, S^{(2)}, … where axes differ."""
    if len(set(map(axis_key, axes))) == 1:
        return [letter] * len(axes)
    return [f"{letter}^{{({n})}}" for n in range(1, len(axes) + 1)]


class LeafNames:
    """One letter for each kernel, each way to shift an axis and each other matrix of an axis.

    They are given out in the order in which they are asked for; none is that of an entry or a size.
    """

    def __init__(self, operator: Any, printer: Typesetter, shift_letters: str = SHIFTS) -> None:
        self.printer, self.shift_letters = printer, shift_letters
        self.letters = operator_letters(operator, printer)
        used: list[str] = []
        for letters in ("𝐶" if printer.notation.name else WHOLE, DIAGONALS, ONE):
            used.append(self.letters.first(letters, used))
        self.whole, self.diagonal, self.one = used
        self.kernels: list[tuple[Kernel, str]] = []
        self.channels: list[tuple[Kernel, str]] = []
        self.ways: list[tuple[tuple[Axis, ...], bool, str]] = []
        self.places: list[Place] = []
        self.units: dict[tuple[Size, Size], str] = {}

    def kernel(self, kernel: Kernel) -> str:
        """The letter of the weights of a kernel of one channel, or of one alike in all."""
        own, used = own_letter(kernel, self.printer), [letter for _, letter in self.kernels]
        free = own if own and own not in used else self.letters.first(KERNELS, used)
        return _named(kernel, self.kernels, free)

    def channel(self, kernel: Kernel) -> str:
        """The letter of the matrices between channels."""
        used = [self.whole, *(letter for _, letter in self.channels)]
        return _named(kernel, self.channels, self.letters.first(CHANNELS, used))

    def shifts(self, axes: tuple[Axis, ...], only: bool) -> list[str]:
        """The letters of the matrices of a tap, one an axis; without taps where there is one."""
        key = self._way(axes)
        known = (
            letter
            for ways, single, letter in self.ways
            if single == only and self._way(ways) == key
        )
        letter = next(known, "")
        if not letter:
            used = [letter for *_, letter in self.ways]
            letter = self.letters.first(MOVES if only else self.shift_letters, used)
            self.ways.append((axes, only, letter))
        return on_axes(letter, axes)

    def _way(self, axes: tuple[Axis, ...]) -> list[tuple[Any, ...]]:
        """What two layers share where one letter stands for both; T(x) shows all taps."""
        shown = self.shift_letters == TOEPLITZ
        return [(*axis_key(axis), axis.kernel_size if shown else 0) for axis in axes]

    def place(
        self,
        matrix: Weighted,
        rows: Size,
        cols: Size,
        bounds: Bounds = (),
        is_channel: bool = False,
    ) -> str:
        """The name of the matrix of an axis; empty for the identity."""
        ((weight, diagonal), *others) = matrix
        plain = weight == 1 and not others
        if plain and rows == cols and diagonal == identity(rows):
            return ""
        met = to_expr(rows).free_symbols | to_expr(cols).free_symbols
        key = (matrix, rows, cols, tuple((n, start) for n, start in bounds if n in met))
        if plain and is_channel and diagonal.length == 1:
            if (rows, cols) not in self.units:
                used = [self.whole, self.diagonal, self.one, *self.units.values()]
                self.units[rows, cols] = self.letters.first(UNITS, used)
            first = self.printer.notation.index_from
            place = f"{diagonal.row + first},{diagonal.col + first}"
            return f"{self.units[rows, cols]}_{{{place}}}"
        if key not in self.places:
            self.places.append(key)
        return f"{self.diagonal}_{{{self.places.index(key) + 1}}}"

    def identity(self, size: Size) -> str:
        """The identity of a size."""
        return f"{self.one}_{{{self.printer._print(to_expr(size))}}}"

    # --- what they are -------------------------------------------------------------------------

    def lines(self) -> Iterator[Line]:
        """The equations that define every name that was given out."""
        for axes, only, letter in self.ways:
            for name, axis in dict(zip(on_axes(letter, axes), axes, strict=True)).items():
                tap = "" if only else "𝑡"
                shown = f"({name}_{{{tap}}})" if tap else f"({name})" if "^" in name else name
                yield shift_line(shown, axis, self.printer, tap)
        for n, (matrix, rows, cols, bounds) in enumerate(self.places, 1):
            found = [
                (self.printer._print(weight), _ones(diagonal, rows, cols, self.printer))
                for weight, diagonal in matrix
            ]
            sizes = to_expr(rows), to_expr(cols)
            name = f"({self.diagonal}_{{{n}}})"
            yield cases_line(name, found, sizes, self.printer, dict(bounds))
        for (rows, cols), unit in self.units.items():
            where, sizes = [("1", "(𝑜, 𝑖) = (𝑎, 𝑏)")], (to_expr(rows), to_expr(cols))
            yield cases_line(f"({unit}_{{𝑎,𝑏}})", where, sizes, self.printer)
        yield from self._kernel_lines()

    def _kernel_lines(self) -> Iterator[Line]:
        """The kernels, where their symbols do not tell them."""
        for kernel, letter in self.kernels:
            if letter != own_letter(kernel, self.printer):
                taps = Kernel.build(depthwise(kernel) or kernel.entries, kernel.size)
                yield letter, str(self.printer._print(taps))
        for kernel, letter in self.channels:
            yield from channel_lines(kernel, self.printer, letter)


def _named(thing: Any, known: list[tuple[Any, str]], free: str) -> str:
    """The letter that a thing has already, or a new one."""
    found = next((letter for other, letter in known if other == thing), None)
    if found is None:
        known.append((thing, free))
    return found or free


# --- lines -------------------------------------------------------------------------------------


def shift_line(name: str, axis: Axis, printer: Typesetter, tap: str) -> Line:
    """What the matrix of a tap is; of the only one where it has no letter."""
    sizes = (to_expr(axis.output_size), to_expr(axis.input_size))
    return cases_line(name, [("1", _relation(axis, printer, tap))], sizes, printer)


def cases_line(
    name: str,
    values: Sequence[tuple[str, str]],
    sizes: tuple[Any, Any],
    printer: Typesetter,
    bounds: Mapping[sp.Symbol, int] | None = None,
) -> Line:
    """A matrix by its entries and where they are."""
    body = cases((value, rf"\text{{if }} {relation}") for value, relation in values)
    size = size_latex(sizes, printer, bounds)
    return f"{name}_{{𝑜,𝑖}}", rf"{body} \qquad \text{{of size }} {size}"


def _relation(axis: Axis, printer: Typesetter, tap: str) -> str:
    """When a tap joins output pixel o to input pixel i."""
    steps = (axis.stride, axis.dilation, -_padding(axis, printer, tap), axis.input_dilation)
    s, d, p, u = map(sp.Integer, steps)
    place = linear((s, "𝑜"), *([(d, tap)] if tap else []), (p, ""))
    pixel = linear((u, "𝑖"))
    if axis.padding_mode == "zeros":
        return f"{pixel} = {place}"
    if axis.padding_mode == "circular":
        size = printer._print(to_expr(axis.stuffed_size))
        return rf"{pixel} \equiv {place} \pmod{{{size}}}"
    zeros = axis.input_dilation - 1
    first = (axis.input_dilation - 1) * printer.notation.index_from
    place = linear((s, "𝑜"), *([(d, tap)] if tap else []), (p - first, ""))
    stuffed = f", {zeros} zero{'s' * (zeros > 1)} between pixels" * bool(zeros)
    how = f"{axis.padding_mode} padding{stuffed}"
    return rf"𝑖 \text{{ shows at position }} {place} \text{{ ({how})}}"


def _padding(axis: Axis, printer: Typesetter, tap: str) -> int:
    """The padding as pixels are counted; a tap without a letter is tap 0."""
    notation = printer.notation
    hidden = 0 if tap else axis.dilation * notation.first_tap(axis.kernel_size)
    return padding_shown(axis, notation) - hidden


def channel_lines(kernel: Kernel, printer: Typesetter, letter: str) -> Iterator[Line]:
    """The matrices between channels, one for each tap."""
    matrices: dict[tuple[int, ...], sp.Matrix] = {}
    for o, i, tap, entry in kernel.weights():
        matrix = matrices.setdefault(tap, sp.zeros(kernel.out_channels, kernel.in_channels))
        matrix[o, i] = entry
    for tap, matrix in matrices.items():
        index = ",".join(map(str, printer.notation.tap(tap, kernel.size)))
        yield f"{letter}_{{{index}}}", str(printer._print(matrix))


def _ones(d: Diagonal, rows: Size, cols: Size, printer: Typesetter) -> str:
    """Where a diagonal has its ones."""
    start = printer.notation.index_from
    row, col = to_expr(d.row) + start, to_expr(d.col) + start
    first, second = printer._print(row), printer._print(col)
    if d.length == 1:
        return rf"(𝑜, 𝑖) = ({first}, {second})"
    a, b = sp.Integer(d.row_step), sp.Integer(d.col_step)
    if a == 1:
        relation = f"𝑖 = {_sum((b, '𝑜'), col - b * row, printer)}"
    elif b in (1, -1):
        relation = f"𝑜 = {_sum((a * b, '𝑖'), row - a * b * col, printer)}"
    else:
        last = printer._print(to_expr(d.length) - 1)
        steps = (_sum((step, "𝜏"), n, printer) for step, n in ((a, row), (b, col)))
        return rf"(𝑜, 𝑖) = ({', '.join(steps)}), \; 0 \leq 𝜏 \leq {last}"
    if _is_whole(d, rows, cols):
        return relation
    return rf"{relation}, \; {first} \leq 𝑜 \leq {printer._print(to_expr(d.last[0]) + start)}"


def _sum(term: tuple[sp.Expr, str], rest: sp.Expr, printer: Typesetter) -> str:
    shown = linear(term, (rest, "")) if rest.is_Integer else ""
    return shown or f"{linear(term)} + {printer._print(rest)}".replace("+ -", "-")


def _is_whole(d: Diagonal, rows: Size, cols: Size) -> bool:
    """Whether the ones run from border to border, so that their line alone tells them."""
    last_row, last_col = d.last
    low, high = (d.col, last_col) if d.col_step > 0 else (last_col, d.col)
    return (d.row == 0 and last_row == rows - 1) or (low == 0 and high == cols - 1)


# --- kernels -----------------------------------------------------------------------------------


def moves(layer: Layer) -> bool:
    """Whether a convolution only moves pixels: one tap, which is a one in every channel."""
    return set(layer.kernel.size) == {1} and depthwise(layer.kernel) == [sp.S.One]


def depthwise(kernel: Kernel) -> list[sp.Expr] | None:
    """The taps of a kernel that treats every channel alike and apart, else None.

    >>> depthwise(Kernel([1, 2])), depthwise(Kernel.symbolic("k", 1, in_channels=2))
    ([1, 2], None)
    """
    if kernel.in_channels != kernel.out_channels:
        return None
    taps: dict[tuple[int, ...], dict[tuple[int, int], sp.Expr]] = {}
    for o, i, tap, entry in kernel.weights():
        taps.setdefault(tap, {})[o, i] = entry
    first = [entries[0, 0] for entries in taps.values()]
    alike = all(
        entry == (one if o == i else 0)
        for one, entries in zip(first, taps.values(), strict=True)
        for (o, i), entry in entries.items()
    )
    return first if alike else None
