"""Running cases of all frameworks, and the table of what was read."""

from __future__ import annotations

import importlib
from time import process_time

import numpy as np

from .cases import Figures, judge

# What share of the layers each framework gets: those that compile for every shape get fewer.
FRAMEWORKS = {"torch": 10, "onnx": 6, "scipy": 5, "jax": 1, "keras": 1}


def run(layers, stacks, seed, only=None):
    """Figures and seconds of each framework, and of stacks."""
    found = {}
    total = sum(share for name, share in FRAMEWORKS.items() if only is None or name in only)
    for name, share in FRAMEWORKS.items():
        if only is None or name in only:
            found[name] = _framework(name, round(layers * share / total), seed)
    if only is None or "stacks" in only:
        found["stacks"] = _framework("stack", stacks, seed)
    return found


def _framework(name, count, seed):
    drawn = importlib.import_module(f"{__package__}.{name}_layers")
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
