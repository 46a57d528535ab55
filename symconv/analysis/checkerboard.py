"""Checkerboards: what a transposed convolution makes of a flat image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from typing import Any

import sympy as sp
from sympy.polys.domains import ZZ

from symconv._printable import Printable
from symconv.algebra.closed_form_lines import Box
from symconv.algebra.coefficients import from_exprs, surely_vanishes
from symconv.algebra.symbols import recognised
from symconv.errors import KernelError, ShapeError
from symconv.operators.exact_input import parse_values
from symconv.operators.kernel import Kernel
from symconv.operators.layer import Layer
from symconv.operators.operator import Operator
from symconv.operators.selection import identity, row_sums
from symconv.printing.unicode import equation_text, one_line
from symconv.recognition.recognition import require_layer
from symconv.stacks.stack import Stack
from symconv.typesetting.displays import aligned_lines
from symconv.typesetting.free_letters import free_letters
from symconv.typesetting.typesetter import typesetter

Phase = tuple[int, ...]

MOST_BOXES = 8


@dataclass(frozen=True)
class Checkerboard(Printable):
    """How a transposed convolution paints a flat image.

    Attributes:
        operator: the transposed convolution.
        kernel: its kernel, of one channel.
        stride, dilation, padding: of the associated convolution, one an axis.
    """

    operator: Operator = field(repr=False)
    kernel: Kernel
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    padding: tuple[int, ...]

    @cached_property
    def taps(self) -> Mapping[Phase, tuple[tuple[int, ...], ...]]:
        """For each phase, output pixel modulo stride, the taps that reach such pixels."""
        phases: dict[Phase, list[tuple[int, ...]]] = {
            phase: [] for phase in product(*map(range, self.stride))
        }
        for _, _, tap, _ in self.kernel.weights():
            columns = zip(tap, self.stride, self.dilation, self.padding, strict=True)
            phases[tuple((d * t - p) % s for t, s, d, p in columns)].append(tap)
        return {phase: tuple(taps) for phase, taps in phases.items()}

    @property
    def overlap(self) -> Mapping[Phase, int]:
        """How many windows overlap on an output pixel of each phase."""
        return {phase: len(taps) for phase, taps in self.taps.items()}

    @cached_property
    def sums(self) -> Mapping[Phase, sp.Expr]:
        """The polyphase sums: the value of every interior output pixel of each phase."""
        entries = {tap: entry for _, _, tap, entry in self.kernel.weights()}
        return {
            phase: sp.expand(sp.Add(*(entries[tap] for tap in taps)))
            for phase, taps in self.taps.items()
        }

    @cached_property
    def painted(self) -> Mapping[Box, sp.Expr]:
        """The image of a flat image of ones, border and all: boxes of pixels to their value.

        For a symbolic size it holds for every size from ``operator.valid_from`` on.
        """
        sums = row_sums(self.operator)
        boxes = [(box, expr) for _, box, expr in sums.closed_form()]
        reached = replace(sums, domain=ZZ, terms=dict.fromkeys(sums.cells, ZZ.one))
        empty = (identity(sums.output_size) - reached).closed_form()
        return {box: sp.expand(expr) for box, expr in boxes} | {
            box: sp.S.Zero for _, box, _ in empty
        }

    @property
    def border(self) -> Mapping[Box, sp.Expr]:
        """The boxes of pixels near the edge, where the value is not that of their phase."""
        return {
            box: expr for box, expr in self.painted.items() if self.sums[self._phase(box)] != expr
        }

    def _phase(self, box: Box) -> Phase:
        # Sizes of transposed convolutions grow by the stride, so a size symbol shifts no phase.
        firsts = (first.subs(dict.fromkeys(first.free_symbols, 0)) for first in box.first)
        return tuple(int(first) % s for first, s in zip(firsts, self.stride, strict=True))

    @property
    def conditions(self) -> list[sp.Expr]:
        """What must vanish: each polyphase sum less the first.

        On one axis with dilation 1 they all vanish iff 1 + z + … + z^(s-1) divides the kernel's
        polynomial: the sums are equal iff it vanishes at every s-th root of unity but 1.
        """
        first, *others = self.sums.values()
        found = (sp.expand(other - first) for other in others)
        return [condition for condition in found if condition != 0]

    def holds(self, values: Mapping[sp.Symbol, Any] | None = None) -> bool:
        """Whether the kernel at these exact numbers paints a flat image flat.

        Raises:
            KernelError: a value is missing or a float.
            SymconvError: SymPy cannot decide whether an expression is zero.

        >>> import symconv as sc
        >>> a, b = sp.symbols("a b")
        >>> board = sc.checkerboard(sc.conv_transpose(sc.Kernel([a, b]), 4, stride=2))
        >>> board.holds({a: 1, b: 1}), board.holds({a: 1, b: 2})
        (True, False)
        """
        exact = recognised(parse_values(values), self.operator.names)
        differences = [sp.expand(condition.subs(exact)) for condition in self.conditions]
        missing = set().union(*(d.free_symbols for d in differences)) & self.kernel.free_symbols
        if missing - set(exact):
            names = ", ".join(sorted(map(str, missing - set(exact))))
            raise KernelError(f"no value for {names}: pass a mapping with a number for each")
        return all(map(surely_vanishes, differences))

    @cached_property
    def basis(self) -> list[Kernel]:
        """Kernels that span all kernels of this size without a checkerboard."""
        taps = [tap for _, _, tap, _ in self.kernel.weights()]
        first, *others = self.taps.values()
        rows = [[(tap in phase) - (tap in first) for tap in taps] for phase in others]
        space = sp.Matrix(len(rows), len(taps), [int(v) for row in rows for v in row]).nullspace()
        return [Kernel.build([*vector], self.kernel.size) for vector in space]

    def __str__(self) -> str:
        lines = [
            f"phase {phase}: {self.overlap[phase]} taps, value {one_line(value)}"
            for phase, value in self.sums.items()
        ]
        if 0 < len(self.border) <= MOST_BOXES:
            lines += [
                f"border {_range(box)}: value {one_line(expr)}" for box, expr in self.border.items()
            ]
        if not self.conditions:
            return "\n".join([*lines, "no checkerboard: all phases have the same value"])
        if any(not condition.free_symbols for condition in self.conditions):
            return "\n".join([*lines, "a checkerboard: the phases have different values"])
        wanted = ", ".join(equation_text(condition) for condition in self.conditions)
        return "\n".join([*lines, f"no checkerboard iff {wanted}"])

    def _name(self, phase: Phase) -> str:
        return f"𝜎_{{{','.join(map(str, phase))}}}"

    def _latex(self, printer: Any) -> str:
        printer = typesetter(printer, self)
        sums = [
            f"{self._name(phase)} &= {printer._print(value)}" for phase, value in self.sums.items()
        ]
        wanted = [" = ".join(self._name(phase) for phase in self.sums)] * bool(self.conditions)
        if not wanted:
            verdict = [r"\text{a flat image stays flat}"]
        elif not self.kernel.free_symbols:
            verdict = [r"\text{a flat image gets a checkerboard}"]
        else:
            verdict = [r"\text{a flat image stays flat iff}", *wanted]
        lines = aligned_lines([*sums, *(f"& {line}" for line in verdict)])
        return free_letters(self.kernel.entries, printer).write(lines)


def _range(box: Box) -> str:
    """The pixels of a box, one range an axis."""
    axes = zip(box.first, box.last, box.step, strict=True)
    ranges = [f"{a}" if a == b else f"{a} to {b} by {s}" for a, b, s in axes]
    return ranges[0] if len(ranges) == 1 else f"({'; '.join(ranges)})"


def checkerboard(operator: Operator | Stack) -> Checkerboard:
    """Whether a transposed convolution leaves a checkerboard on a flat image, and when it does not.

    Args:
        operator: a convolution of one channel with zero padding, or its transpose; or a stack of
            linear layers that is one layer but for its border, such as a whole decoder, whose own
            border is painted. Of a stack that is not linear :attr:`symconv.Stack.overlap` counts
            the paths of each phase.

    Raises:
        ShapeError: the operator has channels, input dilation or another padding mode.

    Source: Odena et al. 2016, "Deconvolution and checkerboard artifacts".

    >>> import symconv as sc
    >>> print(checkerboard(sc.conv_transpose(sc.Kernel(sp.symbols("a b c")), 8, stride=2)))
    phase (0,): 2 taps, value a + c
    phase (1,): 1 taps, value b
    border 0: value a
    border 16: value c
    no checkerboard iff a + c = b
    """
    if isinstance(operator, Stack):
        fused = operator.fuse().layer
        layer = fused if fused.transposed else fused.turned
        return _board(layer, operator.operator)
    layer = require_layer(operator)
    return _board(layer, operator if layer.transposed else operator.T)


def _board(layer: Layer, operator: Operator) -> Checkerboard:
    if layer.has_channels:
        raise ShapeError(f"{operator!r} has channels; a checkerboard is asked of one channel")
    if layer.padding_mode != "zeros" or any(u != 1 for u in layer.each("input_dilation")):
        raise ShapeError(f"{operator!r} is no plain convolution with zero padding")
    return Checkerboard(
        operator,
        layer.kernel,
        tuple(layer.each("stride")),
        tuple(layer.each("dilation")),
        tuple(layer.each("padding")),
    )


def divides(stride: int, kernel: Kernel) -> bool:
    """Whether 1 + z + … + z^(stride-1) divides the polynomial of a kernel on one axis.

    >>> divides(2, Kernel([1, 3, 3, 1])), divides(2, Kernel([1, 1, 1]))
    (True, False)
    """
    if kernel.ndim != 1:
        raise ShapeError(f"a kernel on {kernel.ndim} axes has no polynomial in one z")
    z = sp.Dummy("z")
    domain, _ = from_exprs(kernel.entries)
    polynomial = sp.Poly(list(reversed(kernel.entries)), z, domain=domain.get_field())
    return bool(sp.rem(polynomial, sp.Poly([1] * stride, z)).is_zero)
