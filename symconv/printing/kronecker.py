"""Convolutions as sums of Kronecker products: one shift matrix a tap and an axis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sympy as sp
from sympy.printing.precedence import PRECEDENCE

from symconv.algebra.sizes import to_expr
from symconv.errors import SymconvError
from symconv.operators.geometry import Axis
from symconv.operators.kernel import Kernel
from symconv.operators.layer import Layer
from symconv.operators.operator import Operator
from symconv.printing.free_letters import Letters, operator_letters
from symconv.printing.index_expressions import aligned, linear
from symconv.printing.kernel_letter import kernel_line, kernel_name
from symconv.printing.matrices import printed_length, size_latex

MOST_TERMS = 12
WIDEST = 60
Line = tuple[str, str]


def kron_latex(operator: Operator, printer: Any) -> str:
    """LaTeX of the sum over taps of k_t S_t ⊗ S_t, and of what S is.

    Raises:
        SymconvError: the operator is no convolution, its transpose or the product of the two.
    """
    layer, kind = kron_parts(operator)
    if layer is None:
        raise SymconvError(f"{operator!r} is no sum of one Kronecker product a tap")
    letters = operator_letters(operator, printer)
    write = _gram if kind in ("rows", "columns") else _sum
    main = write(layer, kind, printer, letters)
    shifts, kernel = _shifts(layer, printer, letters), _kernel(layer, kind, printer, letters)
    return aligned([*main, *shifts, *kernel])


def kron_parts(operator: Operator) -> tuple[Layer | None, str]:
    """The convolution, and what is made of it: "", "transposed", "rows" or "columns"."""
    factor, side = operator.gram or (operator, "")
    layer = factor.provenance.layer
    return layer, side or ("transposed" if layer and layer.transposed else "")


def _plain(layer: Layer) -> bool:
    return (layer.kernel.out_channels, layer.kernel.in_channels) == (1, 1)


def _names(layer: Layer, S: str) -> list[str]:
    """S for every axis, or S^{(1)}, S^{(2)}, … where axes differ."""
    alike = len({_relation_key(axis) for axis in layer.axes}) == 1
    return [S if alike else f"{S}^{{({n})}}" for n in range(1, len(layer.axes) + 1)]


def _relation_key(axis: Axis) -> tuple[Any, ...]:
    sizes = (axis.input_size, axis.output_size)
    steps = (axis.stride, axis.padding, axis.dilation, axis.input_dilation)
    return (*sizes, *steps, axis.padding_mode)


# --- the sum ---------------------------------------------------------------------------------


def _sum(layer: Layer, kind: str, printer: Any, letters: Letters) -> list[Line]:
    power = r"^{\mathsf{T}}" if kind else ""
    name = letters["C"] + power
    terms = list(_terms(layer, power, printer, letters))
    if len(terms) > MOST_TERMS:
        return [(name, _any_tap(layer, power, printer, letters))]
    lines = [""]
    for term in terms or ["0"]:
        if lines[-1] and printed_length(lines[-1] + term) > WIDEST:
            lines.append("")
        lines[-1] += term
    lines = [lines[0].removeprefix(" + "), *(rf"\quad {{}} {line.strip()}" for line in lines[1:])]
    return [(name, r" \\ &".join(lines))]


def _weight(layer: Layer, printer: Any, letters: Letters) -> str:
    """The letter of a tap: a number's, or a matrix's between channels."""
    return kernel_name(layer.kernel, printer, letters) if _plain(layer) else letters["K"]


def _terms(layer: Layer, power: str, printer: Any, letters: Letters) -> Iterator[str]:
    """One product for each tap, with its sign."""
    weights: dict[tuple[int, ...], list[sp.Expr]] = {}
    for _, _, tap, entry in layer.kernel.weights():
        weights.setdefault(tap, []).append(entry)
    for tap, entries in weights.items():
        if not any(entries):
            continue
        shifts = _product(layer, [str(t) for t in tap], power, letters)
        if not _plain(layer):
            K = letters["K"]
            yield rf" + {K}_{{{','.join(map(str, tap))}}}{power} \otimes {shifts}"
            continue
        (entry,) = entries
        sign = " - " if entry.could_extract_minus_sign() else " + "
        factor = -entry if sign == " - " else entry
        shown = "" if factor == 1 else rf"{printer.parenthesize(factor, PRECEDENCE['Mul'])}\, "
        yield f"{sign}{shown}{shifts}"


def _product(layer: Layer, taps: list[str], power: str, letters: Letters) -> str:
    names = zip(_names(layer, letters["S"]), taps, strict=True)
    return r" \otimes ".join(_raised(name, tap, power) for name, tap in names)


def _taps(layer: Layer, letter: str) -> list[str]:
    count = len(layer.axes)
    return [letter] if count == 1 else [f"{letter}_{{{n}}}" for n in range(1, count + 1)]


def _limits(layer: Layer, letter: str) -> str:
    ranges = zip(_taps(layer, letter), layer.kernel.size, strict=True)
    return " ".join(rf"\sum_{{{t} = 0}}^{{{size - 1}}}" for t, size in ranges)


def _any_tap(layer: Layer, power: str, printer: Any, letters: Letters) -> str:
    taps = _taps(layer, letters["t"])
    times = r"\, " if _plain(layer) else rf"{power} \otimes "
    weight = rf"{_weight(layer, printer, letters)}_{{{', '.join(taps)}}}{times}"
    return rf"{_limits(layer, letters['t'])} {weight}{_product(layer, taps, power, letters)}"


def _gram(layer: Layer, side: str, printer: Any, letters: Letters) -> list[Line]:
    """The sum over pairs of taps."""
    t, u = _taps(layer, letters["t"]), _taps(layer, letters["u"])
    first, second = ("", r"^{\mathsf{T}}") if side == "rows" else (r"^{\mathsf{T}}", "")
    pairs = [
        rf"{_raised(name, a, first)} {_raised(name, b, second)}"
        for name, a, b in zip(_names(layer, letters["S"]), t, u, strict=True)
    ]
    several = len(pairs) > 1 or not _plain(layer)
    shifts = r" \otimes ".join(rf"\left({pair}\right)" if several else pair for pair in pairs)
    letter = _weight(layer, printer, letters)
    one, other = (rf"{letter}_{{{', '.join(x)}}}" for x in (t, u))
    if _plain(layer):
        weight = rf"{one}\, {other}\, "
    else:
        weight = rf"\left({one}{first} {other}{second}\right) \otimes "
    C = letters["C"]
    limits = f"{_limits(layer, letters['t'])} {_limits(layer, letters['u'])}"
    return [(rf"{C}{first} {C}{second}", rf"{limits} {weight}{shifts}")]


def _raised(name: str, tap: str, power: str) -> str:
    plain = rf"{name}_{{{tap}}}"
    return rf"({plain}){power}" if power and "^" in name else plain + power


# --- what stands in it -----------------------------------------------------------------------


def _shifts(layer: Layer, printer: Any, letters: Letters) -> list[Line]:
    """What S_t is, once where the axes are alike."""
    names = dict(zip(_names(layer, letters["S"]), layer.axes, strict=True))
    tap = letters["t"]
    return [
        shift_line(f"({name}_{{{tap}}})", axis, printer, letters, tap)
        for name, axis in names.items()
    ]


def shift_line(name: str, axis: Axis, printer: Any, letters: Letters, tap: str) -> Line:
    """What the matrix of a tap is; of the only one where it has no letter."""
    sizes = (to_expr(axis.output_size), to_expr(axis.input_size))
    return matrix_line(name, _relation(axis, printer, letters, tap), sizes, printer, letters)


def matrix_line(
    name: str, relation: str, sizes: tuple[Any, Any], printer: Any, letters: Letters
) -> Line:
    """A matrix of zeros and ones, by where the ones are."""
    return cases_line(name, [("1", relation)], sizes, printer, letters)


def cases_line(
    name: str,
    cases: Sequence[tuple[str, str]],
    sizes: tuple[Any, Any],
    printer: Any,
    letters: Letters,
) -> Line:
    """A matrix by its entries and where they are."""
    shown = "".join(rf"{value} & \text{{if }} {relation} \\ " for value, relation in cases)
    body = rf"\begin{{cases}}{shown}0 & \text{{otherwise}}\end{{cases}}"
    entry = f"{name}_{{{letters['o']},{letters['i']}}}"
    return entry, rf"{body} \qquad \text{{of size }} {size_latex(sizes, printer)}"


def _relation(axis: Axis, printer: Any, letters: Letters, tap: str) -> str:
    """When a tap joins output pixel o to input pixel i."""
    s, d, p, u = map(sp.Integer, (axis.stride, axis.dilation, -axis.padding, axis.input_dilation))
    i = letters["i"]
    place = linear((s, letters["o"]), *([(d, tap)] if tap else []), (p, ""))
    pixel = linear((u, i))
    if axis.padding_mode == "zeros":
        return f"{pixel} = {place}"
    if axis.padding_mode == "circular":
        size = printer._print(to_expr(axis.stuffed_size))
        return rf"{pixel} \equiv {place} \pmod{{{size}}}"
    return rf"{i} \text{{ shows at position }} {place} \text{{ ({axis.padding_mode} padding)}}"


def _kernel(layer: Layer, kind: str, printer: Any, letters: Letters) -> list[Line]:
    """The kernel where its symbols do not say it, or its matrices between channels."""
    if not _plain(layer):
        return list(channel_lines(layer.kernel, printer, letters["K"]))
    listed = kind in ("rows", "columns") or sum(e != 0 for e in layer.kernel.entries) > MOST_TERMS
    return kernel_line(layer.kernel, printer, letters) if listed else []


def channel_lines(kernel: Kernel, printer: Any, letter: str) -> Iterator[Line]:
    """The matrices between channels, one for each tap."""
    matrices: dict[tuple[int, ...], sp.Matrix] = {}
    for o, i, tap, entry in kernel.weights():
        matrix = matrices.setdefault(tap, sp.zeros(kernel.out_channels, kernel.in_channels))
        matrix[o, i] = entry
    for tap, matrix in matrices.items():
        yield f"{letter}_{{{','.join(map(str, tap))}}}", str(printer._print(matrix))
