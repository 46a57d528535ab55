"""The table of times: what it cost on one machine."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from time import perf_counter

import symconv as sc
from parts.examples import gram_columns, n

SIZES = (64, 1000, 10**6)


def measured() -> tuple[str, str]:
    """The table, and the machine in words."""
    head = r"$k$ & cells & $n = 64$ & $n = 10^3$ & $n = 10^6$ & any $n$ \\ \midrule"
    rows = [measured_row(k) for k in (3, 5, 7)]
    table = [r"\begin{tabular}{@{}rrrrrr@{}}", r"\toprule", head, *rows]
    return "\n".join([*table, r"\bottomrule", r"\end{tabular}"]), machine()


def measured_row(k: int) -> str:
    """Times as multiples of the first."""
    kernel = sc.Kernel.symbolic("k", (k, k))
    layers = [sc.conv(kernel, (size, size)) for size in (*SIZES, n)]
    first, *others = least_seconds(layers)
    times = ["1", *(f"{seconds / first:.2f}" for seconds in others)]
    return " & ".join((str(k), str(cells(layers[0])), *times)) + r" \\"


def machine() -> str:
    """Cores and versions, as a macro."""
    cores, kind = os.cpu_count(), platform.machine().replace("_", r"\_")
    words = f"{cores} cores ({kind}), Python {platform.python_version()}, SymPy {version('sympy')}"
    return rf"\newcommand{{\Machine}}{{{words}}}"


def cells(convolution: sc.Operator) -> int:
    return len(gram_columns(convolution).closed_form())


def least_seconds(layers: Sequence[sc.Operator], runs: int = 25) -> list[float]:
    """Least wall times of product and closed form, taken in turns."""
    times: list[list[float]] = [[] for _ in layers]
    for _ in range(runs):
        for layer, found in zip(layers, times, strict=True):
            start = perf_counter()
            cells(layer)
            found.append(perf_counter() - start)
    return [min(found) for found in times]
