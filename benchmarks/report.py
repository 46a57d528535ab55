"""The table, as Markdown and JSON, and the plot for the site."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from math import log
from pathlib import Path
from typing import Any

from benchmarks.measure import LIMIT, Figures, Result

PLOTTED = "Cᵀ C of it, every entry"


def machine() -> str:
    """What it ran on."""
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"


def growth(results: Sequence[Result], name: str) -> float | None:
    """The exponent e of seconds ~ n^e, by least squares over the sizes."""
    points = [
        (log(r.number), log(f.seconds))
        for r in results
        for f in r.figures
        if f.name == name and f.seconds and not f.wrong and r.number > 0
    ]
    mean = [sum(axis) / len(points) for axis in zip(*points, strict=True)]
    spread = sum((x - mean[0]) ** 2 for x, _ in points)
    if len({x for x, _ in points}) < 3:
        return None
    return sum((x - mean[0]) * (y - mean[1]) for x, y in points) / spread


def as_json(results: Sequence[Result], versions: dict[str, str]) -> str:
    """Everything that was measured."""
    rows = [
        {
            "group": r.group, "size": r.size, "n": r.number, "name": f.name, "seconds": f.seconds,
            "first": f.first, "ratio": r.ratio(f), "peak_bytes": f.memory, "wrong": f.wrong,
            "turns": asdict(f)["turns"],
        }
        for r in results
        for f in r.figures
    ]  # fmt: skip
    said = {"machine": machine(), "versions": versions, "results": rows}
    return json.dumps(said, indent=1, ensure_ascii=False) + "\n"


def kept(file: Path, measured: Sequence[Result]) -> list[Result]:
    """What a table has, with the groups that were measured anew in their places."""
    if not file.exists():
        return [*measured]
    cases = groupby(
        json.loads(file.read_text())["results"], lambda row: (row["group"], row["size"])
    )
    before = [_read(list(case)) for _, case in cases]
    fresh = {r.group for r in measured}
    places = {r.group: at for at, r in reversed([*enumerate(before)])}
    old = [r for r in before if r.group not in fresh]
    return sorted([*old, *measured], key=lambda r: places.get(r.group, len(before)))


def _read(rows: list[dict[str, Any]]) -> Result:
    figures = [
        Figures(r["name"], r["first"], r["seconds"], r["peak_bytes"], r["wrong"], r["turns"])
        for r in rows
    ]
    return Result(rows[0]["group"], rows[0]["size"], rows[0]["n"], figures)


def as_markdown(results: Sequence[Result], versions: dict[str, str]) -> str:
    """One table a group: contestants down, sizes across."""
    listed = ", ".join(f"{name} {number}" for name, number in versions.items())
    head = (
        f"CPU seconds, medians of turns that all took in one run on one thread ({machine()}); × is "
        "how many times as long as symconv, MB the peak of memory beyond what was there, and "
        f"the growth e of seconds ~ nᵉ. Nobody got more than {LIMIT} s.\n\n{listed}.\n"
    )
    groups = [(name, list(found)) for name, found in groupby(results, lambda r: r.group)]
    return "\n".join([head, *(_group(name, found) for name, found in groups)])


def _group(name: str, results: list[Result]) -> str:
    names = list(dict.fromkeys(f.name for r in results for f in r.figures))
    exponents = {n: growth(results, n) for n in names}
    any_growth = any(e is not None for e in exponents.values())
    columns = ["", *(r.size for r in results), *(["growth"] if any_growth else [])]
    lines = [f"## {name}\n", _line(columns), _line(["---"] * len(columns))]
    for contestant in names:
        cells = [_cell(r, contestant) for r in results]
        e = exponents[contestant]
        more = [f"{e:.1f}" if e is not None else ""] if any_growth else []
        lines.append(_line([contestant, *cells, *more]))
    return "\n".join(lines) + "\n"


def _cell(result: Result, name: str) -> str:
    found = next((f for f in result.figures if f.name == name), None)
    if found is None:
        return ""
    if found.wrong or found.seconds is None:
        return (
            "—"
            if found.wrong.startswith(("more than", "not tried", "not measured"))
            else f"({found.wrong})"
        )
    ratio = result.ratio(found)
    times = "" if ratio is None or found is result.figures[0] else f"×{_short(ratio)}, "
    memory = f", {found.memory / 1e6:.0f} MB" if found.memory and found.memory > 5e6 else ""
    return f"{times}{_seconds(found.seconds)}{memory}"


def _short(ratio: float) -> str:
    return f"{ratio:.0f}" if ratio >= 10 else f"{ratio:.1f}" if ratio >= 1 else f"{ratio:.2f}"


def _seconds(value: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value / 1e-6:.3g} µs"


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def plot(results: Sequence[Result], path: Path) -> None:
    """Seconds over n of one group, both axes logarithmic."""
    from matplotlib import colormaps
    from matplotlib.figure import Figure

    chosen = [r for r in results if r.group == PLOTTED]
    figure = Figure(figsize=(7, 4.2), layout="constrained")
    axes: Any = figure.subplots()
    axes.set_prop_cycle(color=colormaps["tab20"].colors)
    for name in dict.fromkeys(f.name for r in chosen for f in r.figures):
        points = [
            (r.number, f.seconds)
            for r in chosen
            for f in r.figures
            if f.name == name and f.seconds and not f.wrong
        ]
        if points:
            ours = {"lw": 2.5, "color": "black"} if name == "symconv" else {"lw": 1}
            axes.loglog(*zip(*points, strict=True), marker="o", ms=4, **ours, label=name)
    axes.set(xlabel="n, for n×n pixels", ylabel="CPU seconds", title=PLOTTED.replace(" of it", ""))
    axes.set_xticks([r.number for r in chosen], [str(r.number) for r in chosen])
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    figure.savefig(path, metadata={"Date": None})
