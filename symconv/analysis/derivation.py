"""How a Gram matrix comes about: the steps from its definition to Toeplitz minus boundary."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any, Literal

import sympy as sp

from symconv._printable import Readable
from symconv.algebra.symbols import require_apart
from symconv.arguments import parse_choice, parse_index
from symconv.errors import GeometryError, ShapeError
from symconv.operators.entries import concrete
from symconv.operators.geometry import Axis
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator, parse_operator
from symconv.printing.derivations import GramFormulas
from symconv.printing.latex_text import latex_text
from symconv.printing.text_representations import wrapped
from symconv.typesetting.displays import aligned_lines

Pixel = tuple[int, ...]
EntryFunction = Callable[[Pixel, Pixel], sp.Expr]
# Each takes about a millisecond.
MOST_PAIRS = 10**5

# Title of each step, and why it may be taken for C C^T and for C^T C.
STEPS = (
    (
        "definition",
        "An entry of the product adds up, over the image, row $𝑖$ of $𝐶$ times row $𝑗$.",
        "An entry of the product adds up, over the output, column $𝑖$ of $𝐶$ times column $𝑗$.",
    ),
    (
        "substitution",
        "An entry of $𝐶$ is the tap that joins the two pixels, or zero where none does.",
        "An entry of $𝐶$ is the tap that joins the two pixels, or zero where none does.",
    ),
    (
        "index relation",
        "Only the pixels under the window of $𝑖$ count, one for each tap that is on the image.",
        "Only the windows that hold pixel $𝑖$ count, one for each tap that has such a window.",
    ),
    (
        "change of variable",
        "The pixel is known from the tap, so that the second tap lies a fixed lag from the first.",
        "The window is known from the tap, so that the second tap lies a fixed lag from the first.",
    ),
    (
        "autocorrelation",
        "All taps, less those off the image: the sum over all depends on the lag alone.",
        "All windows, less those that the output leaves out: the sum over all has no border.",
    ),
    (
        "boundary",
        "The taps off the image are those of the padding pixels, the columns of $𝑃$.",
        "The windows left out are the rows of $𝐻$.",
    ),
)


@dataclass(frozen=True)
class Pixels:
    """The pixels of an image, none of which is held."""

    size: tuple[int, ...]

    def __iter__(self) -> Iterator[Pixel]:
        return product(*map(range, self.size))

    def __len__(self) -> int:
        return prod(self.size)

    def __contains__(self, pixel: Pixel) -> bool:
        return all(0 <= i < n for i, n in zip(pixel, self.size, strict=True))


@dataclass(frozen=True, repr=False)
class Step(Readable):
    """One equation of a derivation.

    Attributes:
        title: what is done.
        reason: why that is right, in one sentence with the formula's own letters.
        formulas: the right-hand sides of all steps.
        number: which of them it reaches.
        entry: that right-hand side as a function of two pixels.
        pixels: all pixels of the concrete size that it is checked on.
        before: the right-hand side of the step before.
    """

    title: str
    reason: str
    formulas: GramFormulas
    number: int
    entry: EntryFunction
    before: EntryFunction
    pixels: Pixels

    @property
    def latex(self) -> str:
        """The right-hand side that it reaches."""
        return self.formulas.steps()[self.number]

    @property
    def why(self) -> str:
        """Why that is right, in one sentence."""
        return re.sub(r"\$(.*?)\$", lambda name: latex_text(name[1]), self.why_latex)

    @property
    def why_latex(self) -> str:
        """The same with its letters as mathematics between dollars."""
        return self.formulas.written(self.reason)

    def __repr__(self) -> str:
        return f"Step({self.title!r}: {self.latex})"

    def __str__(self) -> str:
        return f"{self.title}: {latex_text(self.latex)}\n  {self.why}"

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle {self.latex} \quad \text{{({self.title})}}$"

    def check(self) -> bool:
        """Whether both sides agree at every pair of pixels of the concrete size, exactly.

        Raises:
            ShapeError: there are more pairs than anybody waits for.
        """
        if len(self.pixels) ** 2 > MOST_PAIRS:
            raise ShapeError(
                f"{len(self.pixels)} pixels have more than {MOST_PAIRS} pairs to check: derive it "
                "for a size n and check it at a small one, derive_gram(..., at={n: 8})"
            )
        return all(
            sp.expand(self.entry(i, j) - self.before(i, j)) == 0
            for i, j in product(self.pixels, repeat=2)
        )


@dataclass(frozen=True, repr=False)
class Derivation(Readable):
    """A list of checked steps; shows as a list of equations with the reason for each.

    Attributes:
        formulas: the equations.
        steps: the equations with what checks them, in order.
    """

    formulas: GramFormulas
    steps: tuple[Step, ...]

    @property
    def lhs(self) -> str:
        """LaTeX of what is derived."""
        return self.formulas.left

    @property
    def where(self) -> str:
        """LaTeX of the definitions that the steps use."""
        return self.formulas.where()

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, index: int) -> Step:
        return self.steps[parse_index("step", index, len(self))]

    def check(self) -> bool:
        """Whether every step holds."""
        return all(step.check() for step in self.steps)

    def align(self) -> str:
        """The derivation as an ``align*`` environment for a paper (needs amsmath)."""
        return f"\\begin{{align*}}\n{self._body()}\n\\end{{align*}}"

    def _body(self) -> str:
        starts = [self.lhs, *[""] * (len(self.steps) - 1)]
        lines = [
            rf"{start} &= {step.latex} && \text{{({step.title})}}"
            for start, step in zip(starts, self.steps, strict=True)
        ]
        return " \\\\\n".join([*lines, self.where])

    def _latex(self, printer: Any) -> str:
        return str(aligned_lines([f"\n{self._body()}\n"]))

    def _repr_markdown_(self) -> str:
        """The equations, each under its reason, and what stands in them."""
        items = [
            f"{n}. **{step.title}.** {step.why_latex}\n\n"
            f"   $\\displaystyle {self.lhs if n == 1 else ''} = {step.latex}$"
            for n, step in enumerate(self.steps, 1)
        ]
        where = ", ".join(f"${line}$" for line in self.formulas.definitions())
        return "\n\n".join([*items, f"Here {where}."])

    def _repr_latex_(self) -> str:
        return f"$$\n{sp.latex(self)}\n$$"

    def __repr__(self) -> str:
        return f"Derivation({len(self)} steps to {self.lhs})"

    def __str__(self) -> str:
        lines = [latex_text(self.lhs)]
        for step in self.steps:
            lines += [f"  = {latex_text(step.latex)}", wrapped(f"      {step.title}: {step.why}")]
        *first, last = map(latex_text, self.formulas.definitions())
        return "\n".join([*lines, "with", *(f"  {line}" for line in (*first, last))])


def derive_gram(
    operator: Operator,
    side: Literal["rows", "columns"] = "rows",
    at: Mapping[sp.Symbol, int] | None = None,
) -> Derivation:
    """Derive C C^T (side "rows") or C^T C ("columns") of a zero-padded convolution C.

    Args:
        operator: C, of one channel; its size may be symbolic.
        side: which product.
        at: the concrete size on which the steps are checked; the smallest that the closed form
            holds for where left out.

    Raises:
        ShapeError: C is no convolution of one channel.
        GeometryError: its padding is not of zeros.
        SymbolError: a size stands in the entries too, so that the steps depend on it.

    >>> import symconv as sc
    >>> D = derive_gram(sc.conv(sc.Kernel.symbolic("k", 3), 6, padding=1))
    >>> len(D), D.check()
    (6, True)
    """
    side = parse_choice("side", side, ("rows", "columns"))
    layer = parse_operator(operator).provenance.layer
    if layer is None or layer.transposed or layer.has_channels:
        raise ShapeError(f"{operator!r} is not a convolution of one channel")
    if layer.padding_mode != "zeros":
        raise GeometryError(
            f"padding_mode={layer.padding_mode!r}: only zero padding has this derivation"
        )
    require_apart(operator.size_symbols, operator.entry_symbols, f"the derivation for {operator!r}")
    gram = operator @ operator.T if side == "rows" else operator.T @ operator
    size = gram.closed_form().valid_from if at is None else at
    return _Writer(operator, operator.at(size), side).derivation()


class _Writer:
    """Writes the steps: each right-hand side as LaTeX, and as a function of two pixels."""

    def __init__(self, general: Operator, operator: Operator, side: str) -> None:
        self.general, self.operator, self.by_rows = general, operator, side == "rows"
        self.axes: Sequence[Axis] = operator.provenance.layer.axes  # type: ignore[union-attr]
        if any(axis.input_dilation != 1 for axis in self.axes):
            raise ShapeError(f"{general!r} has input dilation; the derivation is for none")
        self.gram = operator @ operator.T if self.by_rows else operator.T @ operator
        self.split = self.gram.split()
        kernel: Kernel = operator.provenance.layer.kernel  # type: ignore[union-attr]
        self.taps = {tap: entry for _, _, tap, entry in kernel.weights()}
        outputs, inputs = concrete(operator.rows)[1:], concrete(operator.cols)[1:]
        self.outputs, self.inputs = Pixels(outputs), Pixels(inputs)

    def derivation(self) -> Derivation:
        """All steps and the definitions."""
        entries = self._row_entries() if self.by_rows else self._column_entries()
        formulas = GramFormulas(self.general, self.axes, self.by_rows)
        befores: list[EntryFunction] = [self.gram.entry, *entries[:-1]]
        pixels = self.outputs if self.by_rows else self.inputs
        steps = tuple(
            Step(title, reasons[not self.by_rows], formulas, number, entry, before, pixels)
            for number, ((title, *reasons), entry, before) in enumerate(
                zip(STEPS, entries, befores, strict=True)
            )
        )
        return Derivation(formulas, steps)

    # --- right-hand sides as numbers -------------------------------------------------------

    def _tap(self, reach: Iterable[int]) -> sp.Expr:
        """The kernel's entry at the tap reach/dilation; zero where there is none."""
        found = [divmod(q, axis.dilation) for q, axis in zip(reach, self.axes, strict=True)]
        tap = tuple(t for t, rest in found if rest == 0)
        return self.taps.get(tap, sp.S.Zero) if len(tap) == len(found) else sp.S.Zero

    def _reach(self, out: Pixel, pixel: Pixel) -> list[int]:
        """pixel + padding - stride*out on every axis."""
        columns = zip(out, pixel, self.axes, strict=True)
        return [q + axis.padding - axis.stride * o for o, q, axis in columns]

    def _position(self, out: Pixel, tap: Pixel) -> Pixel:
        """The pixel stride*out + dilation*tap - padding."""
        columns = zip(out, tap, self.axes, strict=True)
        return tuple(axis.stride * o + axis.dilation * t - axis.padding for o, t, axis in columns)

    def _window(self, pixel: Pixel, tap: Pixel) -> Pixel | None:
        """The output pixel (pixel + padding - dilation*tap)/stride, where it is one."""
        columns = zip(pixel, tap, self.axes, strict=True)
        found = [
            divmod(q + axis.padding - axis.dilation * t, axis.stride) for q, t, axis in columns
        ]
        return None if any(rest for _, rest in found) else tuple(o for o, _ in found)

    def _row_entries(self) -> list[EntryFunction]:
        C, inside = self.operator, self.inputs

        def lag(i: Pixel, j: Pixel, t: Pixel) -> list[int]:
            columns = zip(i, j, t, self.axes, strict=True)
            return [axis.dilation * v + axis.stride * (x - y) for x, y, v, axis in columns]

        def taps(i: Pixel, on_image: bool) -> list[Pixel]:
            return [t for t in self.taps if (self._position(i, t) in inside) is on_image]

        def relation(i: Pixel, j: Pixel) -> sp.Expr:
            reaches = (self._reach(j, self._position(i, t)) for t in taps(i, True))
            return sp.Add(
                *(
                    self.taps[t] * self._tap(reach)
                    for t, reach in zip(taps(i, True), reaches, strict=True)
                )
            )

        def over(chosen: list[Pixel], i: Pixel, j: Pixel) -> sp.Expr:
            return sp.Add(*(self.taps[t] * self._tap(lag(i, j, t)) for t in chosen))

        return [
            lambda i, j: sp.Add(*(C.entry(i, q) * C.entry(j, q) for q in self.inputs)),
            lambda i, j: sp.Add(
                *(self._tap(self._reach(i, q)) * self._tap(self._reach(j, q)) for q in self.inputs)
            ),
            relation,
            lambda i, j: over(taps(i, True), i, j),
            lambda i, j: over(list(self.taps), i, j) - over(taps(i, False), i, j),
            lambda i, j: self.split.toeplitz.entry(i, j) - self.split.boundary.entry(i, j),
        ]

    def _column_entries(self) -> list[EntryFunction]:
        C, inside = self.operator, self.outputs

        def windows(i: Pixel, among: Callable[[Pixel], bool]) -> list[tuple[Pixel, Pixel]]:
            found = ((t, self._window(i, t)) for t in self.taps)
            return [(t, o) for t, o in found if o is not None and among(o)]

        def lag(i: Pixel, j: Pixel, t: Pixel) -> list[int]:
            columns = zip(i, j, t, self.axes, strict=True)
            return [axis.dilation * v + y - x for x, y, v, axis in columns]

        def over(i: Pixel, j: Pixel, among: Callable[[Pixel], bool]) -> sp.Expr:
            return sp.Add(*(self.taps[t] * self._tap(lag(i, j, t)) for t, _ in windows(i, among)))

        return [
            lambda i, j: sp.Add(*(C.entry(o, i) * C.entry(o, j) for o in self.outputs)),
            lambda i, j: sp.Add(
                *(self._tap(self._reach(o, i)) * self._tap(self._reach(o, j)) for o in self.outputs)
            ),
            lambda i, j: sp.Add(
                *(
                    self.taps[t] * self._tap(self._reach(o, j))
                    for t, o in windows(i, inside.__contains__)
                )
            ),
            lambda i, j: over(i, j, inside.__contains__),
            lambda i, j: over(i, j, lambda o: True) - over(i, j, lambda o: o not in inside),
            lambda i, j: self.split.toeplitz.entry(i, j) - self.split.boundary.entry(i, j),
        ]
