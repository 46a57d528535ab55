"""Solutions of polynomial equations, and how they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

import sympy as sp

from symconv._printable import Printable
from symconv.algebra.coefficients import vanishes
from symconv.errors import SymconvError
from symconv.operators.kernel import Kernel
from symconv.printing.unicode import beside, equation_text, one_line
from symconv.typesetting.displays import Row, aligned_lines, flow, gathered
from symconv.typesetting.free_letters import free_letters
from symconv.typesetting.typesetter import Typesetter, typesetter

# Characters across that kernels side by side may take.
MOST_ACROSS = 80
Polynomial = Any  # PolyElement, which SymPy does not type
Assignment = tuple[int, Polynomial]


@dataclass(frozen=True)
class Family:
    """Solutions that are not finitely many: some unknowns given, the rest bound by equations.

    Attributes:
        values: unknown to expression in the others.
        equations: what must vanish, a reduced Gröbner basis.
        dimension: how many unknowns stay free.
        real: whether it may hold real solutions; where squares rule them out, or leave some, those
            are listed apart.
    """

    values: Mapping[sp.Symbol, sp.Expr]
    equations: tuple[sp.Expr, ...]
    dimension: int
    real: bool = True

    def holds(self, point: Mapping[sp.Symbol, sp.Expr]) -> bool:
        """Whether a point is one of these solutions."""
        given = (value.subs(point) - point[unknown] for unknown, value in self.values.items())
        return all(map(vanishes, (*given, *(e.subs(point) for e in self.equations))))


@dataclass(frozen=True)
class Solutions(Printable):
    """All solutions of a polynomial system.

    Attributes:
        real: isolated solutions with every unknown real, as mappings from unknown to number.
        complex: isolated solutions with an unknown that is not real.
        families: solutions that are not isolated.
        kernel: the kernel whose entries the unknowns are, where there is one: solutions are then
            shown as kernels.
    """

    real: tuple[Mapping[sp.Symbol, sp.Expr], ...]
    complex: tuple[Mapping[sp.Symbol, sp.Expr], ...]
    families: tuple[Family, ...]
    kernel: Kernel | None = None

    @property
    def kernels(self) -> list[Kernel]:
        """The kernels of the real solutions.

        Raises:
            SymconvError: the unknowns are not the entries of one kernel.
        """
        if self.kernel is None:
            raise SymconvError("the unknowns of these equations are not the entries of one kernel")
        return [_put(self.kernel, values) for values in self.real]

    def __bool__(self) -> bool:
        return bool(self.real or self.complex or self.families)

    def __str__(self) -> str:
        counts = [
            f"{len(self.real)} real solutions",
            f"{len(self.complex)} complex ones",
            f"{len(self.families)} families",
        ]
        lines = [", ".join(counts), *self._listed()]
        for family in self.families:
            equations = ", ".join(equation_text(e) for e in family.equations)
            given = f"{_assigned(family.values)}; " if family.values else ""
            lines.append(f"family of dimension {family.dimension}: {given}{equations}")
        return "\n".join(lines)

    def _listed(self) -> list[str]:
        """The real solutions: kernels on one axis by line, those on two side by side."""
        if self.kernel is None or self.kernel.ndim > 2 or len(self.kernel.shape) > 2:
            return [_assigned(values) for values in self.real]
        shown = [str(kernel) for kernel in self.kernels]
        across = [max(1, MOST_ACROSS // (len(text.split("\n")[0]) + 4)) for text in shown]
        step = min(across, default=1)
        return [beside(*shown[n : n + step]) for n in range(0, len(shown), step)]

    def _table(self, printer: Typesetter) -> str:
        """The kernels of all solutions, numbered, with the equations of each family."""
        assert self.kernel is not None
        names = (f"𝐾_{{{n}}}" for n in count(1))
        isolated = [Row((next(names), printer._print(kernel))) for kernel in self.kernels]
        lines = flow(isolated) if isolated else []
        for family in self.families:
            where = "".join(rf",\; {printer.vanishing(e)}" for e in family.equations)
            shown = printer._print(_put(self.kernel, family.values))
            lines.append(Row((next(names), f"{shown}{where}")))
        display = gathered(lines or [r"\varnothing"])
        return free_letters(self.kernel.entries, printer).write(display)

    def _latex(self, printer: Any) -> str:
        printer = typesetter(printer, self)
        if self.kernel is not None:
            return self._table(printer)

        def line(values: Mapping[sp.Symbol, sp.Expr]) -> str:
            pairs = (f"{printer._print(s)} = {printer._print(v)}" for s, v in values.items())
            return r",\; ".join(pairs)

        lines = [*map(line, self.real)]
        for family in self.families:
            equations = [printer.vanishing(e) for e in family.equations]
            given = [line(family.values)] if family.values else []
            lines.append(r",\; ".join([*given, *equations]))
        return str(aligned_lines(f"& {text}" for text in lines or [r"\varnothing"]))


def _put(kernel: Kernel, values: Mapping[sp.Symbol, sp.Expr]) -> Kernel:
    return kernel.map(lambda entry: entry.xreplace(dict(values)))


def _assigned(values: Mapping[sp.Symbol, sp.Expr]) -> str:
    return ", ".join(f"{one_line(symbol)} = {one_line(value)}" for symbol, value in values.items())
