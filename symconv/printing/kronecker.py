"""Operators as sums of Kronecker products: one shift matrix a tap and an axis."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import sympy as sp
from sympy.printing.precedence import PRECEDENCE

from symconv.algebra.sizes import Size
from symconv.errors import SymconvError
from symconv.operators.kernel import Kernel
from symconv.operators.layer import Layer
from symconv.operators.operator import Operator
from symconv.printing.factor_names import (
    TAPS,
    LeafNames,
    Line,
    axis_key,
    channel_lines,
    depthwise,
    moves,
    on_axes,
    shift_line,
)
from symconv.printing.factors import Factor, Monomial, Placed, monomials
from symconv.typesetting.displays import Display, Row, Rows, aligned, printed_length
from symconv.typesetting.free_letters import kernel_letter, kernel_line
from symconv.typesetting.index_expressions import gram_latex
from symconv.typesetting.notation import TRANSPOSED, Notation
from symconv.typesetting.typesetter import Typesetter

MOST_TERMS = 12
WIDEST = 60
WIDEST_SUM = 80
GRAMS = ("rows", "columns")
FACTORS = "𝑢𝑣𝑤𝑥𝑦𝑧"


def kron_display(operator: Operator, printer: Typesetter) -> Rows:
    """The sum over taps of k_t S_t ⊗ S_t, and what S is; C_u ⊗ C_v where that is shorter.

    Raises:
        SymconvError: the operator is no convolution, its transpose or the product of the two.
    """
    layer, kind = kron_parts(operator)
    if layer is None:
        raise SymconvError(f"{operator!r} is no sum of one Kronecker product a tap")
    factors = axis_kernels(layer)
    if factors:
        shifts = _shifts(layer, printer, _first_axes(layer, factors))
        return aligned([*_separated(layer, factors, kind, printer), *shifts])
    main = _gram(layer, kind, printer) if kind in GRAMS else _sum(layer, kind, printer)
    return aligned([main, *_shifts(layer, printer), *_kernel(layer, kind, printer)])


def kron_parts(operator: Operator) -> tuple[Layer | None, str]:
    """The convolution, and what is made of it: "", "transposed", "rows" or "columns"."""
    factor, side = operator.gram or (operator, "")
    layer = factor.provenance.layer
    return layer, side or ("transposed" if layer and layer.transposed else "")


def whole_name(kind: str) -> str:
    """What is shown, by :func:`kron_parts`' word for it."""
    if kind in GRAMS:
        return gram_latex("𝐶", kind == "rows")
    return "𝐶" + TRANSPOSED if kind else "𝐶"


# --- the sum ---------------------------------------------------------------------------------


def _sum(layer: Layer, kind: str, printer: Typesetter) -> Line:
    power = TRANSPOSED if kind else ""
    terms = list(_terms(layer, power, printer))
    if len(terms) > MOST_TERMS:
        return whole_name(kind), _any_tap(layer, power, printer)
    return whole_name(kind), sum_lines(terms, WIDEST)


# --- separable kernels -----------------------------------------------------------------------


def axis_kernels(layer: Layer) -> tuple[Kernel, ...]:
    """Kernels on one axis each, where a layer is shorter as the product of theirs; else none.

    >>> import symconv as sc
    >>> axis_kernels(sc.conv(sc.kernels.sobel(), (4, 4)).as_layer())
    (Kernel([1, 2, 1]), Kernel([-1, 0, 1]))
    """
    if layer.has_channels or not 1 < len(layer.axes) <= len(FACTORS):
        return ()
    found = layer.kernel.separable()
    if found.factors is None or found.divisors:
        return ()
    parts = set(zip(map(axis_key, layer.axes), found.factors, strict=True))
    taps = [_taps_met(kernel) for _, kernel in parts]
    return found.factors if sum(taps) < _taps_met(layer.kernel) else ()


def _first_axes(layer: Layer, kernels: Sequence[Kernel]) -> list[int]:
    """The first axis of each kind: those after it have the same matrix."""
    kinds = [*zip(map(axis_key, layer.axes), kernels, strict=True)]
    return [kinds.index(kind) for kind in dict.fromkeys(kinds)]


def _taps_met(kernel: Kernel) -> int:
    return sum(entry != 0 for entry in kernel.entries)


def _separated(
    layer: Layer, kernels: Sequence[Kernel], kind: str, printer: Typesetter
) -> Iterator[Line]:
    """The product of one matrix an axis, and each matrix as a sum over the taps of its kernel."""
    keys = [*zip(map(axis_key, layer.axes), kernels, strict=True)]
    letters = dict(zip(dict.fromkeys(keys), FACTORS, strict=False))
    names = [f"𝐶_{{{letters[key]}}}" for key in keys]
    yield whole_name(kind), r" \otimes ".join(_of_axis(name, kind) for name in names)
    shifts = on_axes("𝑆", layer.axes)
    for n in _first_axes(layer, kernels):
        name, letter, kernel, shift = names[n], letters[keys[n]], kernels[n], shifts[n]
        if _taps_met(kernel) > MOST_TERMS:
            weight = rf"{letter}_{{𝑡}}\, {shift}_{{𝑡}}"
            yield name, f"{tap_sums(['𝑡'], kernel.size, printer.notation)} {weight}"
            yield letter, str(printer._print(kernel))
            continue
        start = printer.notation.first_tap(len(kernel.entries))
        taps = ((t, entry) for t, entry in enumerate(kernel.entries, start) if entry != 0)
        terms = [signed(entry, f"{shift}_{{{t}}}", printer, strict=True) for t, entry in taps]
        yield name, sum_lines(terms, WIDEST)


def _of_axis(name: str, kind: str) -> str:
    """The matrix of an axis as it stands in the product."""
    if kind in GRAMS:
        first, second = ("", TRANSPOSED) if kind == "rows" else (TRANSPOSED, "")
        return rf"\left({name}{first} {name}{second}\right)"
    return name + (TRANSPOSED if kind else "")


# --- sums over taps --------------------------------------------------------------------------


def sum_lines(terms: Iterable[str], widest: int) -> Display:
    """A sum of signed terms, on as many lines as it needs."""
    lines = [""]
    for term in terms:
        if lines[-1] and printed_length(lines[-1] + term) > widest:
            lines.append("")
        lines[-1] += term
    first = lines[0].removeprefix(" + ") or "0"
    first = f"-{first[3:]}" if first.startswith(" - ") else first
    rest = [rf"\quad {{}} {line.strip()}" for line in lines[1:]]
    return Row((first, *rest), r" \\ &") if rest else first


def signed(scalar: sp.Expr, body: str, printer: Typesetter, strict: bool = False) -> str:
    """A term of a sum, with its sign in front."""
    negative = scalar.could_extract_minus_sign()
    factor = -scalar if negative else scalar
    shown = printer.parenthesize(factor, PRECEDENCE["Mul"], strict=strict)
    weight = "" if factor == 1 else rf"{shown}\, "
    return f"{' - ' if negative else ' + '}{weight}{body}"


def _weight(layer: Layer, printer: Typesetter) -> str:
    """The letter of a tap: a number's, or a matrix's between channels."""
    return kernel_letter(layer.kernel, printer) if not layer.has_channels else "𝐾"


def _terms(layer: Layer, power: str, printer: Typesetter) -> Iterator[str]:
    """One product for each tap, with its sign."""
    weights: dict[tuple[int, ...], list[sp.Expr]] = {}
    for _, _, tap, entry in layer.kernel.weights():
        weights.setdefault(tap, []).append(entry)
    for counted, entries in weights.items():
        tap = printer.notation.tap(counted, layer.kernel.size)
        shifts = _product(layer, [str(t) for t in tap], power)
        if any(entries) and not layer.has_channels:
            yield signed(entries[0], shifts, printer)
        elif any(entries):
            yield rf" + 𝐾_{{{','.join(map(str, tap))}}}{power} \otimes {shifts}"


def _product(layer: Layer, taps: list[str], power: str) -> str:
    names = zip(on_axes("𝑆", layer.axes), taps, strict=True)
    return r" \otimes ".join(raised(f"{name}_{{{tap}}}", power) for name, tap in names)


def tap_indices(letter: str, axes: int) -> list[str]:
    """t, or t_{1}, t_{2}, … on several axes."""
    return [letter] if axes == 1 else [f"{letter}_{{{n}}}" for n in range(1, axes + 1)]


def tap_sums(taps: Sequence[str], sizes: Sequence[int], notation: Notation) -> str:
    """One sum an axis over the taps of a kernel."""
    ends = ((t, notation.first_tap(size), size) for t, size in zip(taps, sizes, strict=True))
    return " ".join(rf"\sum_{{{t} = {n}}}^{{{size - 1 + n}}}" for t, n, size in ends)


def _any_tap(layer: Layer, power: str, printer: Typesetter) -> str:
    taps = tap_indices("𝑡", len(layer.axes))
    times = r"\, " if not layer.has_channels else rf"{power} \otimes "
    weight = rf"{_weight(layer, printer)}_{{{', '.join(taps)}}}{times}"
    sums = tap_sums(taps, layer.kernel.size, printer.notation)
    return rf"{sums} {weight}{_product(layer, taps, power)}"


def _gram(layer: Layer, side: str, printer: Typesetter) -> Line:
    """The sum over pairs of taps."""
    t, u = (tap_indices(letter, len(layer.axes)) for letter in "𝑡𝑢")
    first, second = ("", TRANSPOSED) if side == "rows" else (TRANSPOSED, "")
    pairs = [
        f"{raised(f'{name}_{{{a}}}', first)} {raised(f'{name}_{{{b}}}', second)}"
        for name, a, b in zip(on_axes("𝑆", layer.axes), t, u, strict=True)
    ]
    several = len(pairs) > 1 or layer.has_channels
    shifts = r" \otimes ".join(rf"\left({pair}\right)" if several else pair for pair in pairs)
    one, other = (rf"{_weight(layer, printer)}_{{{', '.join(x)}}}" for x in (t, u))
    if not layer.has_channels:
        weight = rf"{one}\, {other}\, "
    else:
        weight = rf"\left({one}{first} {other}{second}\right) \otimes "
    limits = " ".join(tap_sums(x, layer.kernel.size, printer.notation) for x in (t, u))
    return whole_name(side), rf"{limits} {weight}{shifts}"


def raised(matrix: str, power: str) -> str:
    """A matrix to a power, in brackets where it has a superscript already."""
    return f"({matrix}){power}" if power and "^" in matrix else matrix + power


# --- what stands in it -----------------------------------------------------------------------


def _shifts(layer: Layer, printer: Typesetter, shown: Sequence[int] | None = None) -> list[Line]:
    """What S_t is on the axes that are shown, once where they are alike."""
    found = [*zip(on_axes("𝑆", layer.axes), layer.axes, strict=True)]
    names = dict(found if shown is None else [found[n] for n in shown])
    return [shift_line(f"({name}_{{𝑡}})", axis, printer, "𝑡") for name, axis in names.items()]


def _kernel(layer: Layer, kind: str, printer: Typesetter) -> Iterable[Line]:
    """The kernel where its symbols do not say it, or its matrices between channels."""
    if layer.has_channels:
        return channel_lines(layer.kernel, printer, "𝐾")
    listed = kind in GRAMS or sum(e != 0 for e in layer.kernel.entries) > MOST_TERMS
    return kernel_line(layer.kernel, printer) if listed else []


# --- any operator, as it was made ------------------------------------------------------------


def kron_sum_display(operator: Operator, printer: Typesetter) -> Rows:
    """The sum that the operator was made as, multiplied out, and what stands in it.

    Raises:
        SymconvError: the sum is too long to be read.
    """
    names = LeafNames(operator, printer)
    terms = [
        signed(found.scalar, _Term(found, names).latex(), printer, strict=True)
        for found in monomials(operator)
    ]
    return aligned([(names.whole, sum_lines(terms, WIDEST_SUM)), *names.lines()])


class _Term:
    """One product: its sums over taps, its weights, and what it is between channels and on axes."""

    def __init__(self, monomial: Monomial, names: LeafNames) -> None:
        self.monomial, self.names = monomial, names
        self.sums: list[str] = []
        self.letters: list[str] = []
        self.weights: list[str] = []
        sizes = [_sizes(factor) for factor in monomial.factors]
        self.rows = sizes[0][0]
        self.has_channels = any(image[0] != 1 for pair in sizes for image in pair)
        self.slots: list[list[str]] = [[] for _ in self.rows]
        for factor in monomial.factors:
            if isinstance(factor.leaf, Placed):
                self._place(factor.leaf)
            else:
                self._convolve(factor.leaf, TRANSPOSED if factor.transposed else "")

    def latex(self) -> str:
        """The product in LaTeX."""
        slots = list(zip(self.slots, self.rows, strict=True))[0 if self.has_channels else 1 :]
        shown = [
            rf"\left({' '.join(slot)}\right)" if len(slot) > 1 < len(slots) else " ".join(slot)
            for slot, _ in ((slot or [self.names.identity(size)], size) for slot, size in slots)
        ]
        front = "".join(f"{part} " for part in self.sums)
        weights = "".join(rf"{weight}\, " for weight in self.weights)
        return front + weights + r" \otimes ".join(shown)

    def _place(self, leaf: Placed) -> None:
        places = zip(self.slots, leaf.axes, leaf.rows, leaf.cols, strict=True)
        for n, (slot, matrix, rows, cols) in enumerate(places):
            name = self.names.place(matrix, rows, cols, leaf.bounds, is_channel=n == 0)
            slot += [name] if name else []

    def _convolve(self, layer: Layer, power: str) -> None:
        only = moves(layer)
        taps = [] if only else self._taps(layer.kernel)
        channel, *axes = self.slots
        if not only:
            self._weigh(layer.kernel, ", ".join(taps), power, channel)
        names = self.names.shifts(layer.axes, only)
        for n, (slot, name) in enumerate(zip(axes, names, strict=True)):
            slot.append(raised(name if only else f"{name}_{{{taps[n]}}}", power))

    def _weigh(self, kernel: Kernel, taps: str, power: str, channel: list[str]) -> None:
        alike = depthwise(kernel)
        if alike is None:
            channel.append(f"{self.names.channel(kernel)}_{{{taps}}}{power}")
        elif set(alike) != {sp.S.One}:
            self.weights.append(f"{self.names.kernel(kernel)}_{{{taps}}}")

    def _taps(self, kernel: Kernel) -> list[str]:
        """The indices of a kernel's taps, with the sum over them."""
        letter = self.names.letters.first(TAPS, self.letters)
        self.letters.append(letter)
        taps = tap_indices(letter, kernel.ndim)
        alike = len(set(kernel.size)) == 1
        joined = [", ".join(taps)] if alike else taps
        sizes, notation = kernel.size[: len(joined)], self.names.printer.notation
        self.sums.append(tap_sums(joined, sizes, notation))
        return taps


def _sizes(factor: Factor) -> tuple[tuple[Size, ...], tuple[Size, ...]]:
    """Output and input image of a factor, channels first."""
    leaf = factor.leaf
    if isinstance(leaf, Placed):
        return leaf.rows, leaf.cols
    rows = (leaf.kernel.out_channels, *(axis.output_size for axis in leaf.axes))
    cols = (leaf.kernel.in_channels, *(axis.input_size for axis in leaf.axes))
    return (cols, rows) if factor.transposed else (rows, cols)
