"""The closed form as a formula: one entry of any operator, whatever the size of the image."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symconv.autocorrelation import autocorrelation
from symconv.closed_form import ClosedForm
from symconv.closed_form_latex import cases, with_names
from symconv.index_latex import (
    aligned,
    constant_values,
    constants,
    index_set,
    linear,
    over,
    times,
)
from symconv.kernel_letter import kernel_letter, kernel_line, renamed
from symconv.leaves import Convolution, layer_of
from symconv.operator import Operator

Line = tuple[str, str]


def entry_latex(form: ClosedForm, printer: Any) -> str:
    """LaTeX of an operator's entry: Toeplitz minus boundary, one tap, or all cases."""
    operator: Operator = form.operator
    factor, side = operator.gram or (None, "")
    single, transposed = layer_of(operator)
    layer = factor.origin if factor is not None else single
    if isinstance(layer, Convolution) and _is_plain(layer):
        if factor is None:
            return aligned(_tap_lines(operator, layer, transposed, printer))
        if all(axis.input_dilation == 1 for axis in layer.axes):
            return aligned(_gram_lines(operator, layer, side, form.abbreviated, printer))
    body = rf"A_{{i,j}} = {cases(form, printer, None)}"
    return with_names(body, form.names, printer) if form.abbreviated else body


def _is_plain(layer: Convolution) -> bool:
    """Zero padding, one channel, and one input dilation for all axes."""
    channels = (layer.kernel.in_channels, layer.kernel.out_channels)
    modes = {axis.padding_mode for axis in layer.axes}
    stuffed = {axis.input_dilation for axis in layer.axes}
    return channels == (1, 1) and modes == {"zeros"} and len(stuffed) == 1


# --- one convolution -------------------------------------------------------------------------


def _tap_lines(
    operator: Operator, layer: Convolution, transposed: bool, printer: Any
) -> list[Line]:
    """The entry is the tap that joins the two pixels, or zero."""
    s, p, d = constants(layer.axes)
    u = sp.Integer(layer.axes[0].input_dilation)
    out, into = "ji" if transposed else "ij"
    tap = over(linear((u, into), (-s, out), (p, "")), d)
    k = kernel_letter(layer.kernel, renamed(printer)) or "k"
    body = (
        rf"\begin{{cases}}{k}_{{t}} & \text{{if }} t = {tap} \in T \\ "
        r"0 & \text{otherwise}\end{cases}"
    )
    lhs = r"(C^{\mathsf{T}})_{i,j}" if transposed else "C_{i,j}"
    sets = [("i", operator.output_size), ("j", operator.input_size)]
    return [
        (lhs, body),
        *((index, rf"\in {index_set(size, printer)}") for index, size in sets),
        *_where(layer, printer),
    ]


def _where(layer: Convolution, printer: Any) -> list[Line]:
    """The taps, the letters of the geometry, and the kernel where it is no symbol's."""
    taps = index_set(tuple(axis.kernel_size for axis in layer.axes))
    letters = [tuple(line.split(" = ")) for line in constant_values(layer.axes)]
    return [("T", taps), *letters, *kernel_line(layer.kernel, printer)]  # type: ignore[list-item]


# --- products with the transpose -------------------------------------------------------------


def _gram_lines(
    operator: Operator, layer: Convolution, side: str, named: bool, printer: Any
) -> list[Line]:
    """Toeplitz part minus what lies outside, the index sets, and what r is."""
    s, p, d = constants(layer.axes)
    k = kernel_letter(layer.kernel, renamed(printer)) or "k"
    bounded = bool(operator.split().factor.cells)
    factor = operator.gram[0] if operator.gram else operator
    if side == "rows":
        lag = "i - j" if s == 1 else times(s, "(i - j)")
        place = linear((s, "i"), (d, "t"), (-p, ""))
        toeplitz, lhs = rf"r_{{{lag}}}", r"(C C^{\mathsf{T}})_{i,j}"
        outside, inside = rf"{place} \notin I", ("I", index_set(factor.input_size, printer))
    else:
        lag, lhs = "j - i", r"(C^{\mathsf{T}} C)_{i,j}"
        window = over(linear((sp.S.One, "i"), (-d, "t"), (p, "")), s)
        everywhere = r"\mathbb{Z}" if len(layer.axes) == 1 else rf"\mathbb{{Z}}^{len(layer.axes)}"
        toeplitz = r"r_{i - j}" if s == 1 else "G_{i,j}"
        outside = rf"{window} \in {everywhere} \setminus O"
        inside = ("O", index_set(factor.output_size, printer))
    pair = rf"{k}_{{t}}\, {k}_{{t + {over(lag, d)}}}"
    boundary = rf" - \sum_{{t \in T:\; {outside}}} {pair}" if bounded else ""
    pixels = rf"\in {index_set(operator.output_size, printer)}"
    lines = [(lhs, toeplitz + boundary), ("i, j", pixels)]
    if toeplitz == "G_{i,j}":
        lines.append((toeplitz, rf"\sum_{{t \in T:\; {window} \in {everywhere}}} {pair}"))
    else:
        shift = over(r"\delta", d)
        lines.append((r"r_{\delta}", rf"\sum_{{t \in T}} {k}_{{t}}\, {k}_{{t + {shift}}}"))
    lines += [inside] * bounded + _where(layer, printer)
    lines.append((rf"{k}_{{t}}", r"0 \text{ for } t \notin T"))
    return lines + (_lags(layer, printer) if named else [])


def _lags(layer: Convolution, printer: Any) -> list[Line]:
    """Every r_δ, written out; r_{-δ} is the same."""
    r = autocorrelation(layer.kernel, tuple(axis.dilation for axis in layer.axes))
    half = [lag for lag in r if lag >= (0,) * len(lag)]
    lines = [(printer._print(r.symbol(lag)), printer._print(r[lag])) for lag in half]
    return [*lines, (r"r_{-\delta}", r"r_{\delta}")]
