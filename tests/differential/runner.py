"""Running cases of all frameworks, and the table of what was read."""

from __future__ import annotations

import importlib
from time import process_time

import numpy as np

from .cases import Figures, judge

# What share of the layers each framework gets: those that compile for every shape get fewer.
FRAMEWORKS = {"torch": 10, "onnx": 6, "scipy": 5, "jax": 1, "keras": 1}
STACKS = {"torch": 6, "onnx": 3, "keras": 1}


def run(layers, stacks, seed, only=None):
    """Figures and seconds of the layers of each framework, and of its stacks."""
    chosen = [*FRAMEWORKS, *(f"{name} stacks" for name in STACKS)] if only is None else only
    found = {}
    for count, shares, kind in ((layers, FRAMEWORKS, "layers"), (stacks, STACKS, "stacks")):
        words = {name: name if kind == "layers" else f"{name} stacks" for name in shares}
        total = sum(share for name, share in shares.items() if words[name] in chosen)
        for name, share in shares.items():
            if words[name] in chosen:
                found[words[name]] = _run(f"{name}_{kind}", round(count * share / total), seed)
    return found


def _run(module, count, seed):
    drawn = importlib.import_module(f"{__package__}.{module}")
    figures, start = Figures(), process_time()
    for index in range(count):
        judge(drawn.case(np.random.default_rng([seed, index])), figures)
    return figures, process_time() - start


OUTCOMES = (
    "equal",
    "equal but for rounding",
    "refused by both",
    "refused on purpose",
    "only run",
    "only read",
    "wrong",
)


def table(found):
    """One row a layer of each framework: how often each outcome was."""
    lines = [
        f"| framework | layer | {' | '.join(OUTCOMES)} |",
        f"|---|---|{'---:|' * len(OUTCOMES)}",
    ]
    for name, (figures, _) in found.items():
        for layer in sorted({layer for layer, _ in figures.counts}):
            counts = [str(figures.counts[layer, outcome] or "") for outcome in OUTCOMES]
            lines.append(f"| {name} | {layer} | {' | '.join(counts)} |")
    return "\n".join(lines)
