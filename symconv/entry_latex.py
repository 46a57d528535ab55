"""The closed form as a formula: one entry of any operator, whatever the size of the image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp

from symconv.affine import to_expr
from symconv.autocorrelation import autocorrelation, lag_symbol
from symconv.closed_form import ClosedForm
from symconv.closed_form_latex import case_lines, names_of, naming, with_names
from symconv.coefficients import is_zero
from symconv.index_latex import (
    aligned,
    constant_values,
    constants,
    gram_latex,
    index_set,
    linear,
    over,
    times,
)
from symconv.kernel_letter import kernel_line, kernel_name
from symconv.leaves import Convolution, layer_of
from symconv.letters import Letters, operator_letters
from symconv.operator import Operator

Line = tuple[str, str]


def entry_latex(form: ClosedForm, printer: Any) -> str:
    """LaTeX of an operator's entry: Toeplitz minus boundary, one tap, or all cases."""
    operator: Operator = form.operator
    if all(is_zero(operator.domain, c) for c in operator.cells.values()):
        return "0"
    factor, side = operator.gram or (None, "")
    single, transposed = layer_of(operator)
    layer = factor.origin if factor is not None else single
    if isinstance(layer, Convolution):
        formula = _Formula(operator, layer, printer, operator_letters(operator, printer))
        lines = formula.lines(transposed, side, form.abbreviated)
        if lines:
            return aligned(lines)
    names, printer = names_of(form), naming(form, printer)
    return with_names(aligned(case_lines(form, printer, most=None)), names, printer)


def _padding_mode(layer: Convolution) -> str | None:
    """The padding of a layer of one channel whose axes share it and their input dilation."""
    channels = (layer.kernel.in_channels, layer.kernel.out_channels)
    alike = {(axis.padding_mode, axis.input_dilation) for axis in layer.axes}
    return next(iter(alike))[0] if channels == (1, 1) and len(alike) == 1 else None


@dataclass(frozen=True)
class _Formula:
    """The entry of one layer, or of its product with its transpose."""

    operator: Operator
    layer: Convolution
    printer: Any
    letters: Letters

    @property
    def _kernel(self) -> str:
        return kernel_name(self.layer.kernel, self.printer, self.letters)

    def lines(self, transposed: bool, side: str, named: bool) -> list[Line]:
        """The formula and what stands in it; none where there is no such formula."""
        mode = _padding_mode(self.layer)
        plain = all(axis.input_dilation == 1 for axis in self.layer.axes)
        if mode == "zeros" and not side:
            return self.tap_lines(transposed)
        if mode == "zeros" and plain:
            return self.gram_lines(side, named)
        if mode == "circular" and plain and not side:
            return self.circular_lines(transposed)
        if mode == "circular" and plain and (side == "rows" or self._is_circulant):
            return self.circular_gram_lines(side, named)
        return []

    def tap_lines(self, transposed: bool) -> list[Line]:
        """The entry is the tap that joins the two pixels, or zero."""
        C, T, t, i, j = (self.letters[letter] for letter in "CTtij")
        s, p, d = constants(self.layer.axes, self.letters)
        u = sp.Integer(self.layer.axes[0].input_dilation)
        out, into = (j, i) if transposed else (i, j)
        tap = over(linear((u, into), (-s, out), (p, "")), d)
        body = (
            rf"\begin{{cases}}{self._kernel}_{{{t}}} & \text{{if }} {t} = {tap} \in {T} \\ "
            r"0 & \text{otherwise}\end{cases}"
        )
        matrix = rf"({C}^{{\mathsf{{T}}}})" if transposed else C
        return [(f"{matrix}_{{{i},{j}}}", body), *self._pixels(), *self._where()]

    def _pixels(self) -> list[Line]:
        """What the indices run through."""
        sets = [("i", self.operator.output_size), ("j", self.operator.input_size)]
        return [
            (self.letters[index], rf"\in {index_set(size, self.printer)}") for index, size in sets
        ]

    def _where(self) -> list[Line]:
        """The taps, the letters of the geometry, and the kernel where it is no symbol's."""
        return [
            (self.letters["T"], index_set(tuple(axis.kernel_size for axis in self.layer.axes))),
            *constant_values(self.layer.axes, self.letters),
            *kernel_line(self.layer.kernel, self.printer, self.letters),
        ]

    # --- products with the transpose -------------------------------------------------------

    def gram_lines(self, side: str, named: bool) -> list[Line]:
        """Toeplitz part minus what lies outside, the index sets, and what r is."""
        factor, _ = self.operator.gram or (self.operator, "")
        C, T, t, i, j, r, k = (*(self.letters[letter] for letter in "CTtijr"), self._kernel)
        s, p, d = constants(self.layer.axes, self.letters)
        count = len(self.layer.axes)
        everywhere = r"\mathbb{Z}" if count == 1 else rf"\mathbb{{Z}}^{count}"
        if side == "rows":
            lag = f"{i} - {j}" if s == 1 else times(s, f"({i} - {j})")
            place = linear((s, i), (d, t), (-p, ""))
            toeplitz, product = rf"{r}_{{{lag}}}", rf"{C} {C}^{{\mathsf{{T}}}}"
            inside = (self.letters["I"], index_set(factor.input_size, self.printer))
            outside = rf"{place} \notin {inside[0]}"
        else:
            lag, product = f"{j} - {i}", rf"{C}^{{\mathsf{{T}}}} {C}"
            window = over(linear((sp.S.One, i), (-d, t), (p, "")), s)
            toeplitz = rf"{r}_{{{i} - {j}}}" if s == 1 else f"{self.letters['G']}_{{{i},{j}}}"
            inside = (self.letters["O"], index_set(factor.output_size, self.printer))
            outside = rf"{window} \in {everywhere} \setminus {inside[0]}"
        bounded = bool(self.operator.split().factor.cells)
        pair = rf"{k}_{{{t}}}\, {k}_{{{t} + {over(lag, d)}}}"
        boundary = rf" - \sum_{{{t} \in {T}:\; {outside}}} {pair}" if bounded else ""
        pixels = rf"\in {index_set(self.operator.output_size, self.printer)}"
        lines = [(f"({product})_{{{i},{j}}}", toeplitz + boundary), (f"{i}, {j}", pixels)]
        if side == "rows" or s == 1:
            lines.append(self._autocorrelation())
        else:
            lines.append((toeplitz, rf"\sum_{{{t} \in {T}:\; {window} \in {everywhere}}} {pair}"))
        return [*lines, *[inside] * bounded, *self._where_pairs(named)]

    def _where_pairs(self, named: bool) -> list[Line]:
        """The taps beyond the kernel too, and every r_δ if that is asked for."""
        t, T = self.letters["t"], self.letters["T"]
        beyond = (f"{self._kernel}_{{{t}}}", rf"0 \text{{ for }} {t} \notin {T}")
        return [*self._where(), beyond, *(self._lags() if named else [])]

    # --- circular padding ------------------------------------------------------------------

    @property
    def _modulo(self) -> str:
        """Modulo the size of the image."""
        sizes = [self.printer._print(to_expr(axis.input_size)) for axis in self.layer.axes]
        shown = sizes[0] if len(set(sizes)) == 1 else f"({', '.join(sizes)})"
        # \pmod leaves a gap as in a display, which is wide under a sum.
        return rf"\ (\mathrm{{mod}}\ {shown})"

    @property
    def _is_circulant(self) -> bool:
        """Whether every pixel has a window of its own."""
        axes = self.layer.axes
        return all(axis.stride == 1 and axis.input_size == axis.output_size for axis in axes)

    def circular_lines(self, transposed: bool) -> list[Line]:
        """The sum of the taps that join the two pixels, around the image."""
        C, T, t, i, j = (self.letters[letter] for letter in "CTtij")
        s, p, d = constants(self.layer.axes, self.letters)
        out, into = (j, i) if transposed else (i, j)
        place = linear((s, out), (d, t), (-p, ""))
        taps = rf"{t} \in {T}:\; {place} \equiv {into} {self._modulo}"
        matrix = rf"({C}^{{\mathsf{{T}}}})" if transposed else C
        body = rf"\sum_{{{taps}}} {self._kernel}_{{{t}}}"
        return [(f"{matrix}_{{{i},{j}}}", body), *self._pixels(), *self._where()]

    def circular_gram_lines(self, side: str, named: bool) -> list[Line]:
        """The sum of the r_δ whose lags are the same around the image."""
        i, j, r, delta = (self.letters[letter] for letter in (*"ijr", "delta"))
        s = constants(self.layer.axes, self.letters)[0]
        lag = f"{i} - {j}" if s == 1 or side == "columns" else times(s, f"({i} - {j})")
        product = gram_latex(self.letters["C"], side == "rows")
        body = rf"\sum_{{{delta} \equiv {lag} {self._modulo}}} {r}_{{{delta}}}"
        pixels = rf"\in {index_set(self.operator.output_size, self.printer)}"
        lines = [(f"({product})_{{{i},{j}}}", body), (f"{i}, {j}", pixels)]
        return [*lines, self._autocorrelation(), *self._where_pairs(named)]

    # --- the autocorrelation ---------------------------------------------------------------

    def _autocorrelation(self) -> Line:
        """What r_δ is."""
        T, t, r, delta, k = (*map(self.letters.__getitem__, ("T", "t", "r", "delta")), self._kernel)
        shift = over(delta, constants(self.layer.axes, self.letters)[2])
        return f"{r}_{{{delta}}}", rf"\sum_{{{t} \in {T}}} {k}_{{{t}}}\, {k}_{{{t} + {shift}}}"

    def _lags(self) -> list[Line]:
        """Every r_δ, written out; r_{-δ} is the same."""
        values = autocorrelation(
            self.layer.kernel, tuple(axis.dilation for axis in self.layer.axes)
        )
        show, r, delta = self.printer._print, self.letters["r"], self.letters["delta"]
        lines = [
            (show(lag_symbol(self.letters, lag)), show(values[lag]))
            for lag in values
            if lag >= (0,) * len(lag)
        ]
        return [*lines, (rf"{r}_{{-{delta}}}", rf"{r}_{{{delta}}}")]
