"""One entry of a layer, or of its product with its transpose, as a formula for every size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp

from symconv.algebra.sizes import Size, evaluate, to_expr
from symconv.operators.autocorrelation import autocorrelation
from symconv.operators.geometry import Axis
from symconv.operators.lag_names import lag_symbol
from symconv.operators.layer import Layer
from symconv.printing.free_letters import Letters, operator_letters
from symconv.printing.index_expressions import (
    aligned,
    constant_values,
    constants,
    gram_latex,
    index_set,
    linear,
    over,
    times,
)
from symconv.printing.kernel_letter import kernel_line, kernel_name

Line = tuple[str, str]
FAR = 10**9
TRANSPOSED = r"^{\mathsf{T}}"


def entry_formula(
    form: Any, printer: Any, name: str = "", most_lags: int | None = None
) -> str | None:
    """Toeplitz minus boundary, a sum around the ring, or one tap; None for other operators.

    Args:
        form: a closed form.
        printer: prints symbols.
        name: what the matrix is called.
        most_lags: the r_δ of a two-level form are written out where they are no more than these.
    """
    operator = form.operator
    factor, side = operator.gram or (None, "")
    layer = (factor or operator).provenance.layer
    if layer is None or not _is_plain(layer, side):
        return None
    if side == "columns" and form.abbreviated and layer.has_channels:
        return None  # the names r_δ belong to the other product
    formula = _Formula(operator, layer, printer, operator_letters(operator, printer), name)
    if factor is None:
        return aligned(formula.tap_lines())
    lags = formula.lags(side, most_lags) if form.abbreviated else []
    return aligned([*formula.gram_lines(factor, side), *lags])


def _is_plain(layer: Layer, side: str) -> bool:
    """Whether a formula below is right for a layer."""
    modes = {axis.padding_mode for axis in layer.axes}
    stuffed = {axis.input_dilation for axis in layer.axes}
    if layer.kernel.groups != 1 or len(stuffed) != 1 or (side and stuffed != {1}):
        return False
    if modes == {"circular"}:
        turns = all(a.stride == 1 and a.input_size == a.output_size for a in layer.axes)
        return stuffed == {1} and (turns or side != "columns")
    return modes == {"zeros"}


@dataclass(frozen=True)
class _Formula:
    """The entry of one layer, or of its product with its transpose."""

    operator: Any
    layer: Layer
    printer: Any
    letters: Letters
    name: str

    @property
    def _kernel(self) -> str:
        return kernel_name(self.layer.kernel, self.printer, self.letters)

    @property
    def _steps(self) -> list[sp.Expr]:
        """Stride, padding and dilation."""
        return constants(self.layer.axes, self.letters)

    @property
    def _turns(self) -> bool:
        """Whether the image closes to a ring."""
        return bool(self.layer.axes[0].padding_mode == "circular")

    def _set(self, sizes: Any) -> str:
        return index_set(sizes, self.printer)

    @property
    def _modulus(self) -> str:
        sizes = [self.printer._print(to_expr(n)) for n in self._image_size]
        shown = sizes[0] if len(set(sizes)) == 1 else f"({', '.join(sizes)})"
        # \pmod leaves a wide gap under a sum, and both it and "\ " are macros to MathJax, which
        # expands none in front of more than 5,000 characters.
        return rf"\;(\mathrm{{mod}}\;{shown})"

    @property
    def _image_size(self) -> Any:
        if self.operator.gram:
            return self.operator.gram[0].input_size
        transposed = self.layer.transposed
        return self.operator.output_size if transposed else self.operator.input_size

    # --- one layer -------------------------------------------------------------------------

    def tap_lines(self) -> list[Line]:
        """The entry is the tap that joins the two pixels, or zero."""
        transposed = self.layer.transposed
        i, j = (self.letters[letter] for letter in "ij")
        out, into = (j, i) if transposed else (i, j)
        matrix = self.letters["C"]
        matrix = self.name or (f"({matrix}{TRANSPOSED})" if transposed else matrix)
        rows, cols = self.operator.rows[0], self.operator.cols[0]
        sets = [(i, self.operator.output_size), (j, self.operator.input_size)]
        index, channels = f"{i},{j}", []
        if self.layer.has_channels:
            o, c = (self.letters[letter] for letter in "oc")
            first, second = (c, o) if transposed else (o, c)
            index = f"({first},{i}),({second},{j})"
            channels = [(first, rows), (second, cols)]
        return [
            (f"{matrix}_{{{index}}}", self._tap(out, into)),
            *((letter, rf"\in {self._set(size)}") for letter, size in sets),
            *((letter, rf"\in {self._set((count,))}") for letter, count in channels),
            *self._where(),
        ]

    def _tap(self, out: str, into: str) -> str:
        """The taps that join an output pixel to an input pixel."""
        T, t = self.letters["T"], self.letters["t"]
        s, p, d = self._steps
        tap = f"{self._kernel}_{{{self._channels}{t}}}"
        if self._turns:
            place = linear((s, out), (d, t), (-p, ""))
            return rf"\sum_{{{t} \in {T}:\; {place} \equiv {into} {self._modulus}}} {tap}"
        u = sp.Integer(self.layer.axes[0].input_dilation)
        found = over(linear((u, into), (-s, out), (p, "")), d)
        return (
            rf"\begin{{cases}}{tap} & \text{{if }} {t} = {found} \in {T} \\ "
            r"0 & \text{otherwise}\end{cases}"
        )

    @property
    def _channels(self) -> str:
        """The indices of the channels before those of the tap."""
        return f"{self.letters['o']},{self.letters['c']}," if self.layer.has_channels else ""

    def _where(self) -> list[Line]:
        """The taps, the letters of the geometry, and the kernel where it is no symbol's."""
        return [
            (self.letters["T"], self._set(tuple(axis.kernel_size for axis in self.layer.axes))),
            *constant_values(self.layer.axes, self.letters),
            *kernel_line(self.layer.kernel, self.printer, self.letters),
        ]

    # --- products with the transpose -------------------------------------------------------

    def gram_lines(self, factor: Any, side: str) -> list[Line]:
        """Toeplitz part minus what lies outside, the index sets, and what r is."""
        i, j = (self.letters[letter] for letter in "ij")
        by_rows, s = side == "rows", self._steps[0]
        matrix = f"({self.name or gram_latex(self.letters['C'], by_rows)})"
        index, body, lines = f"{i},{j}", *self._toeplitz(by_rows)
        bounded = not self._turns and bool(self.operator.split().factor.cells)
        if bounded:
            inside, outside = self._outside(factor, by_rows)
            t, T = self.letters["t"], self.letters["T"]
            body += rf" - \sum_{{{t} \in {T}:\; {outside}}} {self._pair(by_rows, s)}"
            lines.append(inside)
        channels = []
        if self.layer.has_channels:
            first, second = (self.letters[letter] for letter in ("op" if by_rows else "ce"))
            index, body = (
                f"({first},{i}),({second},{j})",
                rf"\left[{body}\right]_{{{first},{second}}}",
            )
            channels = [(f"{first}, {second}", rf"\in {self._set(self.operator.rows[:1])}")]
        pixels = rf"\in {self._set(self.operator.output_size)}"
        return [
            (f"{matrix}_{{{index}}}", body),
            (f"{i}, {j}", pixels),
            *channels,
            *lines,
            *self._where(),
            *self._outside_the_kernel(),
        ]

    def _toeplitz(self, by_rows: bool) -> tuple[str, list[Line]]:
        """The part without a border, and what its letter stands for."""
        i, j, T, t, delta = (self.letters[letter] for letter in ("i", "j", "T", "t", "delta"))
        s = self._steps[0]
        plain = not self.layer.has_channels
        r = self.letters["r" if by_rows or plain else "g"]
        forward = by_rows or plain
        lag = f"{i} - {j}" if forward else f"{j} - {i}"
        if not by_rows and s != 1:
            G = f"{self.letters['G']}_{{{i},{j}}}"
            window = rf"{self._window()} \in {self._everywhere}"
            return G, [(G, rf"\sum_{{{t} \in {T}:\; {window}}} {self._pair(by_rows, s)}")]
        lag = lag if s == 1 else times(s, f"({lag})")
        shift = over(delta, self._steps[2])
        line = (f"{r}_{{{delta}}}", rf"\sum_{{{t} \in {T}}} {self._product(by_rows, shift)}")
        if self._turns:
            return rf"\sum_{{{delta} \equiv {lag} {self._modulus}}} {r}_{{{delta}}}", [line]
        return f"{r}_{{{lag}}}", [line]

    @property
    def _everywhere(self) -> str:
        axes = len(self.layer.axes)
        return r"\mathbb{Z}" if axes == 1 else rf"\mathbb{{Z}}^{axes}"

    def _window(self) -> str:
        """The output pixel whose window has tap t at pixel i."""
        s, p, d = self._steps
        i, t = self.letters["i"], self.letters["t"]
        return over(linear((sp.S.One, i), (-d, t), (p, "")), s)

    def _outside(self, factor: Any, by_rows: bool) -> tuple[Line, str]:
        """The pixels that there are, and what is none of them."""
        s, p, d = self._steps
        i, t = self.letters["i"], self.letters["t"]
        if by_rows:
            I = self.letters["I"]  # noqa: E741
            place = linear((s, i), (d, t), (-p, ""))
            return (I, self._set(factor.input_size)), rf"{place} \notin {I}"
        O = self.letters["O"]  # noqa: E741
        windows = rf"{self._window()} \in {self._everywhere} \setminus {O}"
        return (O, self._set(factor.output_size)), windows

    def _pair(self, by_rows: bool, s: sp.Expr) -> str:
        """The product of the taps through which two pixels meet."""
        i, j = self.letters["i"], self.letters["j"]
        lag = times(s, f"({i} - {j})") if s != 1 else f"{i} - {j}"
        return self._product(by_rows, over(lag if by_rows else f"{j} - {i}", self._steps[2]))

    def _product(self, by_rows: bool, shift: str) -> str:
        t = self.letters["t"]
        if not self.layer.has_channels:
            return rf"{self._kernel}_{{{t}}}\, {self._kernel}_{{{t} + {shift}}}"
        K = self.letters["K"]
        left, right = ("", TRANSPOSED) if by_rows else (TRANSPOSED, "")
        return rf"{K}_{{{t}}}{left}\, {K}_{{{t} + {shift}}}{right}"

    def _outside_the_kernel(self) -> list[Line]:
        """What K_t is, and that it is zero where there is no tap."""
        t, T = self.letters["t"], self.letters["T"]
        zero = rf"0 \text{{ for }} {t} \notin {T}"
        if not self.layer.has_channels:
            return [(rf"{self._kernel}_{{{t}}}", zero)]
        K, o, c = (self.letters[letter] for letter in "Koc")
        entries = rf"\left({self._kernel}_{{{self._channels}{t}}}\right)_{{{o},{c}}}"
        return [(f"{K}_{{{t}}}", entries), (f"{K}_{{{t}}}", zero)]

    def lags(self, side: str, most: int | None) -> list[Line]:
        """Every r_δ of the formula, unless they are too many; r_{-δ} is it, or its transpose."""
        dilation = tuple(axis.dilation for axis in self.layer.axes)
        values = autocorrelation(self.layer.kernel, dilation)
        show, r, delta = self.printer._print, self.letters["r"], self.letters["delta"]
        half = [lag for lag in values if lag >= (0,) * len(lag) and self._meets(lag, side)]
        if not half or (most is not None and len(half) > most):
            return []
        lines = [(show(lag_symbol(self.letters.name("r"), lag)), show(values[lag])) for lag in half]
        turned = TRANSPOSED if self.layer.has_channels else ""
        return [*lines, (rf"{r}_{{-{delta}}}", rf"{r}_{{{delta}}}{turned}")]

    def _meets(self, lag: tuple[int, ...], side: str) -> bool:
        """Whether the formula has r_δ at a lag, at some size."""
        if side == "columns" and self._steps[0] != 1:
            return False
        return all(map(_meets, lag, self.layer.axes, self.operator.rows[1:]))


def _meets(lag: int, axis: Axis, pixels: Size) -> bool:
    """Whether two of so many pixels lie a lag apart, on the line or around the ring."""
    reach, around = _far(pixels) - 1, _far(axis.input_size)
    turns = (-around, 0, around) if axis.padding_mode == "circular" else (0,)
    return any(
        (lag + turn) % axis.stride == 0 and abs(lag + turn) <= axis.stride * reach for turn in turns
    )


def _far(size: Size) -> int:
    """A size where the image is large; remainders are the same at every size."""
    return size if isinstance(size, int) else evaluate(size, {size.symbol: FAR})
