"""The autocorrelation of a kernel as LaTeX: one equation a lag."""

from __future__ import annotations

from symconv.operators.autocorrelation import Autocorrelation
from symconv.operators.lag_names import lag_symbol
from symconv.printing.free_letters import free_letters
from symconv.printing.index_expressions import aligned_lines
from symconv.printing.typesetter import Typesetter


def autocorrelation_latex(
    values: Autocorrelation, printer: Typesetter, most: int | None = None
) -> str:
    """One equation for each lag up to sign; dots after the first ``most``."""
    half = [lag for lag in values if lag >= (0,) * len(lag)]
    letters = free_letters(values.kernel.entries, printer)
    lines = [
        f"{printer._print(lag_symbol(letters.name('r'), lag))} &= {printer._print(values[lag])}"
        for lag in half[:most]
    ]
    if len(lines) < len(half):
        lines.append(rf"&\;\vdots \quad \text{{({len(half)} lags)}}")
    plain = (values.kernel.out_channels, values.kernel.in_channels) == (1, 1)
    power = "" if plain else r"^{\mathsf{T}}"
    r, delta = letters["r"], letters["delta"]
    return aligned_lines([*lines, rf"{r}_{{-{delta}}} &= {r}_{{{delta}}}{power}"])
