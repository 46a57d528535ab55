"""Any operator as a sum of products of Kronecker products, in LaTeX, with what stands in them."""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.printing.precedence import PRECEDENCE

from symconv.algebra.sizes import Size
from symconv.operators.convolution import Convolution
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator
from symconv.printing.factor_names import LeafNames
from symconv.printing.factors import Factor, Monomial, Placed, depthwise, monomials, moves
from symconv.printing.index_expressions import aligned
from symconv.printing.matrices import printed_length

WIDEST = 80
TAPS = "tuvwxyz"
TRANSPOSE = r"^{\mathsf{T}}"


def kron_sum_latex(operator: Operator, printer: Any) -> str:
    """LaTeX of the sum that the operator was made as, multiplied out.

    Raises:
        SymconvError: the sum is too long to be read.
    """
    names = LeafNames(operator, printer)
    terms = [_Term(found, names) for found in monomials(operator)]
    main = in_lines([signed(term.monomial.scalar, term.latex(), printer) for term in terms])
    return aligned([(names.whole, main), *names.lines()])


def signed(scalar: sp.Expr, body: str, printer: Any) -> str:
    """A term of a sum, with its sign in front."""
    negative = scalar.could_extract_minus_sign()
    factor = -scalar if negative else scalar
    shown = (
        "" if factor == 1 else rf"{printer.parenthesize(factor, PRECEDENCE['Mul'], strict=True)}\, "
    )
    return f"{' - ' if negative else ' + '}{shown}{body}"


def in_lines(terms: list[str]) -> str:
    """A sum on as many lines as it needs."""
    lines = [""]
    for term in terms or ["0"]:
        if lines[-1] and printed_length(lines[-1] + term) > WIDEST:
            lines.append("")
        lines[-1] += term
    first = lines[0].removeprefix(" + ")
    first = f"-{first[3:]}" if first.startswith(" - ") else first
    return r" \\ &".join([first, *(rf"\quad {{}} {line.strip()}" for line in lines[1:])])


class _Term:
    """One product: its sums over taps, its weights, and what it is between channels and on axes."""

    def __init__(self, monomial: Monomial, names: LeafNames) -> None:
        self.monomial, self.names = monomial, names
        self.sums: list[str] = []
        self.weights: list[str] = []
        sizes = [_sizes(factor) for factor in monomial.factors]
        self.rows = sizes[0][0]
        self.has_channels = any(image[0] != 1 for pair in sizes for image in pair)
        self.slots: list[list[str]] = [[] for _ in self.rows]
        for factor in monomial.factors:
            if isinstance(factor.leaf, Placed):
                self._place(factor.leaf)
            else:
                self._convolve(factor.leaf, TRANSPOSE if factor.transposed else "")

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
            name = self.names.place(matrix, rows, cols, is_channel=n == 0)
            slot += [name] if name else []

    def _convolve(self, layer: Convolution, power: str) -> None:
        only = moves(layer)
        taps = [] if only else self._taps(layer.kernel)
        channel, *axes = self.slots
        if not only:
            self._weigh(layer.kernel, ", ".join(taps), power, channel)
        names = self.names.shifts(layer.axes, only)
        for n, (slot, name) in enumerate(zip(axes, names, strict=True)):
            full = name if only else f"{name}_{{{taps[n]}}}"
            slot.append(f"({full}){power}" if power and "^" in full else full + power)

    def _weigh(self, kernel: Kernel, taps: str, power: str, channel: list[str]) -> None:
        alike = depthwise(kernel)
        if alike is None:
            channel.append(f"{self.names.channel(kernel)}_{{{taps}}}{power}")
        elif set(alike) != {sp.S.One}:
            self.weights.append(f"{self.names.kernel(kernel)}_{{{taps}}}")

    def _taps(self, kernel: Kernel) -> list[str]:
        """The indices of a kernel's taps, with the sum over them."""
        free = [letter for letter in TAPS if letter not in self.names.taken]
        letter = free[sum(part.startswith(r"\sum") for part in self.sums)]
        taps = (
            [letter] if kernel.ndim == 1 else [f"{letter}_{{{n + 1}}}" for n in range(kernel.ndim)]
        )
        if len(set(kernel.size)) == 1:
            self.sums.append(rf"\sum_{{{', '.join(taps)} = 0}}^{{{kernel.size[0] - 1}}}")
        else:
            ends = zip(taps, kernel.size, strict=True)
            self.sums.append(" ".join(rf"\sum_{{{t} = 0}}^{{{n - 1}}}" for t, n in ends))
        return taps


def _sizes(factor: Factor) -> tuple[tuple[Size, ...], tuple[Size, ...]]:
    """Output and input image of a factor, channels first."""
    leaf = factor.leaf
    if isinstance(leaf, Placed):
        return leaf.rows, leaf.cols
    rows = (leaf.kernel.out_channels, *(axis.output_size for axis in leaf.axes))
    cols = (leaf.kernel.in_channels, *(axis.input_size for axis in leaf.axes))
    return (cols, rows) if factor.transposed else (rows, cols)
