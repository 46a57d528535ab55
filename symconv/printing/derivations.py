"""The right-hand sides of a derivation in LaTeX, and what stands in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from symconv.operators.geometry import Axis
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator, product_of
from symconv.typesetting.free_letters import Letters, kernel_letter, kernel_line, operator_letters
from symconv.typesetting.index_expressions import Relation, gram_latex, index_set, tap_set
from symconv.typesetting.typesetter import Typesetter, typesetter


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

    @property
    def _printer(self) -> Typesetter:
        # What the author's notation is now.
        return typesetter(None, self.general)

    @property
    def _letters(self) -> Letters:
        """The letters that C leaves free."""
        return operator_letters(self.general, self._printer)

    @property
    def _kernel(self) -> Kernel:
        kernel: Kernel = self.general.provenance.layer.kernel  # type: ignore[union-attr]
        return kernel

    @property
    def _relation(self) -> Relation:
        letter = kernel_letter(self._kernel, self._printer)
        return Relation(self.axes, letter, self._printer.notation)

    @property
    def left(self) -> str:
        """The left-hand side."""
        return self._letters.write(f"({gram_latex('𝐶', self.by_rows)})_{{𝑖,𝑗}}")

    def written(self, text: str) -> str:
        """Text with the letters that C leaves free."""
        return self._letters.write(text)

    def steps(self) -> list[str]:
        """The right-hand sides."""
        steps = self._row_steps() if self.by_rows else self._column_steps()
        return [self._letters.write(step) for step in steps]

    @cached_property
    def _bounded(self) -> bool:
        """Whether the border takes anything away."""
        C = self.general
        gram = product_of(C, C.T) if self.by_rows else product_of(C.T, C)
        return bool(gram.split().factor.cells)

    @property
    def _repeats(self) -> bool:
        """Whether the last step is G_{i,j}, which repeats with the stride, and not r_{i-j}."""
        return not self.by_rows and (self._bounded or self._relation.constants[0] != 1)

    def _row_steps(self) -> list[str]:
        relation, k = self._relation, self._relation.kernel
        place, lag, pair = relation.pixel(), relation.lag(), relation.pair(relation.lag())
        first, second = (relation.tap(x, "𝑞") for x in "𝑖𝑗")
        boundary = rf" - ({gram_latex('𝑃', True)})_{{𝑖,𝑗}}" if self._bounded else ""
        return [
            r"\sum_{𝑞 \in 𝐼} 𝐶_{𝑖,𝑞}\, 𝐶_{𝑗,𝑞}",
            rf"\sum_{{𝑞 \in 𝐼}} {k}_{{{first}}}\, {k}_{{{second}}}",
            rf"\sum_{{𝑡 \in 𝑇:\; 𝑞 = {place} \in 𝐼}} {k}_{{𝑡}}\, {k}_{{{second}}}",
            rf"\sum_{{𝑡 \in 𝑇:\; {place} \in 𝐼}} {pair}",
            rf"𝑟_{{{lag}}} - \sum_{{𝑡 \in 𝑇:\; {place} \notin 𝐼}} {pair}",
            f"𝑟_{{{lag}}}{boundary}",
        ]

    def _column_steps(self) -> list[str]:
        relation, k = self._relation, self._relation.kernel
        window, pair = relation.window, relation.pair(relation.lag(forward=False))
        first, second = (relation.tap("𝑜", x) for x in "𝑖𝑗")
        outside = rf"{window} \in {relation.everywhere} \setminus 𝑂"
        whole = "𝐺_{𝑖,𝑗}" if self._repeats else "𝑟_{𝑖 - 𝑗}"
        boundary = rf" - ({gram_latex('𝐻', False)})_{{𝑖,𝑗}}" if self._bounded else ""
        return [
            r"\sum_{𝑜 \in 𝑂} 𝐶_{𝑜,𝑖}\, 𝐶_{𝑜,𝑗}",
            rf"\sum_{{𝑜 \in 𝑂}} {k}_{{{first}}}\, {k}_{{{second}}}",
            rf"\sum_{{𝑡 \in 𝑇:\; 𝑜 = {window} \in 𝑂}} {k}_{{𝑡}}\, {k}_{{{second}}}",
            rf"\sum_{{𝑡 \in 𝑇:\; {window} \in 𝑂}} {pair}",
            rf"{whole} - \sum_{{𝑡 \in 𝑇:\; {outside}}} {pair}",
            whole + boundary,
        ]

    def definitions(self) -> list[str]:
        """The index sets and what k, r, P, G and H are."""
        sizes = self.general.input_size if self.by_rows else self.general.output_size
        equations = [
            ("𝐼" if self.by_rows else "𝑂", index_set(sizes, self._printer)),
            ("𝑇", tap_set([axis.kernel_size for axis in self.axes], self._printer)),
            *self._relation.constant_values,
            *kernel_line(self._kernel, self._printer),
        ]
        shown = [f"{left} = {right}" for left, right in equations]
        shown += [self._toeplitz_text(), self._boundary_text()]
        return self._letters.write("\n".join(shown)).split("\n")

    def where(self) -> str:
        """The same as lines of an aligned display."""
        shown = self.definitions()
        starts = [r"&\text{with }", *[r"&\phantom{\text{with }}"] * (len(shown) - 1)]
        return " \\\\\n".join(map(" ".join, zip(starts, shown, strict=True)))

    def _toeplitz_text(self) -> str:
        """What r or G is."""
        if self._repeats:
            return r"𝐺 \text{ with every window, inside or outside } 𝑂"
        return rf"𝑟_𝛿 = \sum_{{𝑡 \in 𝑇}} {self._relation.pair('𝛿')}"

    def _boundary_text(self) -> str:
        """What P or H is, or why there is none."""
        if self.by_rows and self._bounded:
            return r"𝑃 \text{ the columns of } 𝐶 \text{ at the padding pixels}"
        if self.by_rows:
            return r"𝑃 \text{ without a column: no window leaves the image}"
        if self._bounded:
            return r"𝐻 \text{ the rows of the windows outside } 𝑂"
        return r"𝐻 \text{ without a row: no window outside } 𝑂 \text{ meets the image}"
