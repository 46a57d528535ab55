"""The right-hand sides of a derivation in LaTeX, and what stands in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from symconv.operators.geometry import Axis
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator, product_of
from symconv.printing.free_letters import Letters, operator_letters
from symconv.printing.index_expressions import (
    constant_values,
    constants,
    gram_latex,
    index_set,
    linear,
    over,
    times,
)
from symconv.printing.kernel_letter import kernel_line, kernel_name
from symconv.printing.typesetter import Typesetter


@dataclass(frozen=True)
class GramFormulas:
    """The entry of C C^T (by rows) or C^T C, step by step, for a convolution of one channel.

    Attributes:
        general: C, of any size.
        axes: its axes.
        by_rows: which product.
    """

    general: Operator
    axes: Sequence[Axis]
    by_rows: bool

    @cached_property
    def letters(self) -> Letters:
        """The letters that C leaves free."""
        return operator_letters(self.general)

    @property
    def _kernel(self) -> Kernel:
        kernel: Kernel = self.general.provenance.layer.kernel  # type: ignore[union-attr]
        return kernel

    @property
    def letter(self) -> str:
        """What the kernel is called."""
        return kernel_name(self._kernel, Typesetter(), self.letters)

    @property
    def left(self) -> str:
        """The left-hand side."""
        C, i, j = (self.letters[letter] for letter in "Cij")
        return f"({gram_latex(C, self.by_rows)})_{{{i},{j}}}"

    def steps(self) -> list[str]:
        """The right-hand sides."""
        return self._row_steps() if self.by_rows else self._column_steps()

    @cached_property
    def _bounded(self) -> bool:
        """Whether the border takes anything away."""
        C = self.general
        gram = product_of(C, C.T) if self.by_rows else product_of(C.T, C)
        return bool(gram.split().factor.cells)

    @property
    def _repeats(self) -> bool:
        """Whether the last step is G_{i,j}, which repeats with the stride, and not r_{i-j}."""
        return not self.by_rows and (self._bounded or constants(self.axes, self.letters)[0] != 1)

    def _row_steps(self) -> list[str]:
        C, T, image, P, t, q, i, j, r = (self.letters[letter] for letter in "CTIPtqijr")
        k, (s, p, d) = self.letter, constants(self.axes, self.letters)
        one = sp.S.One
        place = linear((s, i), (d, t), (-p, ""))
        first, second = (over(linear((one, q), (-s, x), (p, "")), d) for x in (i, j))
        lag = f"{i} - {j}" if s == 1 else times(s, f"({i} - {j})")
        pair = rf"{k}_{{{t}}}\, {k}_{{{t} + {over(lag, d)}}}"
        boundary = rf" - ({P} {P}^{{\mathsf{{T}}}})_{{{i},{j}}}" if self._bounded else ""
        return [
            rf"\sum_{{{q} \in {image}}} {C}_{{{i},{q}}}\, {C}_{{{j},{q}}}",
            rf"\sum_{{{q} \in {image}}} {k}_{{{first}}}\, {k}_{{{second}}}",
            rf"\sum_{{{t} \in {T}:\; {q} = {place} \in {image}}} {k}_{{{t}}}\, {k}_{{{second}}}",
            rf"\sum_{{{t} \in {T}:\; {place} \in {image}}} {pair}",
            rf"{r}_{{{lag}}} - \sum_{{{t} \in {T}:\; {place} \notin {image}}} {pair}",
            rf"{r}_{{{lag}}}{boundary}",
        ]

    def _column_steps(self) -> list[str]:
        C, T, outputs, G, H, t, o, i, j, r = (self.letters[letter] for letter in "CTOGHtoijr")
        k, (s, p, d) = self.letter, constants(self.axes, self.letters)
        one = sp.S.One
        window = over(linear((one, i), (-d, t), (p, "")), s)
        first, second = (over(linear((one, x), (-s, o), (p, "")), d) for x in (i, j))
        pair = rf"{k}_{{{t}}}\, {k}_{{{t} + {over(f'{j} - {i}', d)}}}"
        everywhere = r"\mathbb{Z}" if len(self.axes) == 1 else rf"\mathbb{{Z}}^{len(self.axes)}"
        outside = rf"{window} \in {everywhere} \setminus {outputs}"
        whole = f"{G}_{{{i},{j}}}" if self._repeats else f"{r}_{{{i} - {j}}}"
        boundary = rf" - ({H}^{{\mathsf{{T}}}} {H})_{{{i},{j}}}" if self._bounded else ""
        return [
            rf"\sum_{{{o} \in {outputs}}} {C}_{{{o},{i}}}\, {C}_{{{o},{j}}}",
            rf"\sum_{{{o} \in {outputs}}} {k}_{{{first}}}\, {k}_{{{second}}}",
            rf"\sum_{{{t} \in {T}:\; {o} = {window} \in {outputs}}} {k}_{{{t}}}\, {k}_{{{second}}}",
            rf"\sum_{{{t} \in {T}:\; {window} \in {outputs}}} {pair}",
            rf"{whole} - \sum_{{{t} \in {T}:\; {outside}}} {pair}",
            whole + boundary,
        ]

    def where(self) -> str:
        """The index sets and what k, r, P, G and H are."""
        sizes = self.general.input_size if self.by_rows else self.general.output_size
        equations = [
            (self.letters["I" if self.by_rows else "O"], index_set(sizes)),
            (self.letters["T"], index_set(tuple(axis.kernel_size for axis in self.axes))),
            *constant_values(self.axes, self.letters),
            *kernel_line(self._kernel, Typesetter(), self.letters),
        ]
        shown = [f"{left} = {right}" for left, right in equations]
        shown += [self._toeplitz_text(), self._boundary_text()]
        starts = [r"&\text{with }", *[r"&\phantom{\text{with }}"] * (len(shown) - 1)]
        return " \\\\\n".join(map(" ".join, zip(starts, shown, strict=True)))

    def _toeplitz_text(self) -> str:
        """What r or G is."""
        T, outputs, G, t, r, delta = (self.letters[letter] for letter in (*"TOGtr", "delta"))
        if self._repeats:
            return rf"{G} \text{{ with every window, inside or outside }} {outputs}"
        shift = over(delta, constants(self.axes, self.letters)[2])
        pair = rf"{self.letter}_{{{t}}}\, {self.letter}_{{{t} + {shift}}}"
        return rf"{r}_{delta} = \sum_{{{t} \in {T}}} {pair}"

    def _boundary_text(self) -> str:
        """What P or H is, or why there is none."""
        C, P, H, outputs = (self.letters[letter] for letter in "CPHO")
        if self.by_rows and self._bounded:
            return rf"{P} \text{{ the columns of }} {C} \text{{ at the padding pixels}}"
        if self.by_rows:
            return rf"{P} \text{{ without a column: no window leaves the image}}"
        if self._bounded:
            return rf"{H} \text{{ the rows of the windows outside }} {outputs}"
        reason = rf"\text{{ without a row: no window outside }} {outputs} \text{{ meets the image}}"
        return f"{H} {reason}"
