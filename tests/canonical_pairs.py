"""Random pairs of expressions for one matrix: their tables and their LaTeX are compared.

``python -m tests.canonical_pairs 2000`` tries 2,000 pairs; a few run in tests/operators.
"""

from __future__ import annotations

import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent))

import sympy as sp
from campaign.generate import case
from campaign.rewrite import rewritten
from campaign.source import build, reproducer

import symconv as sc

FORMS: tuple[dict[str, Any], ...] = (
    {},
    {"form": "closed"},
    {"form": "closed", "two_level": True},
    {"form": "elided"},
    {"form": "elided", "two_level": True},
)
SECONDS = 8


# --- the same matrix otherwise ---------------------------------------------------------------


def by_rewriting(case: Any, operator: sc.Operator, source: Random) -> sc.Operator | None:
    """Sums and products in another order, padding first, transposes, halves of the whole."""
    node = rewritten(case.node, source)
    return None if node == case.node else build(node, case.assumed)


def by_strips(case: Any, operator: sc.Operator, source: Random) -> sc.Operator:
    """A strip of the input or of the output, and the rest."""
    on_input = source.random() < 0.5
    size = operator.input_size if on_input else operator.output_size
    channels = operator.in_channels if on_input else operator.out_channels
    axis, pads = source.randrange(len(size)), [(0, 0)] * len(size)
    pads[axis] = source.choice([(0, 1), (1, 0), (2, 0), (1, 1), (0, 2), (3, 0)])
    inside = sc.crop(size, tuple(pads), channels=channels)
    kept, whole = inside.T @ inside, sc.identity(size, channels)
    parts = [kept, whole - kept]
    source.shuffle(parts)
    return total([operator @ p if on_input else p @ operator for p in parts])


def by_residues(case: Any, operator: sc.Operator, source: Random) -> sc.Operator:
    """The pixels of each remainder on an axis of the input."""
    size, period = operator.input_size, source.choice((2, 3))
    axis = source.randrange(len(size))
    parts = []
    for residue in range(period):
        shape = [residue + 1 if a == axis else 1 for a in range(len(size))]
        taps = sp.MutableDenseNDimArray.zeros(operator.in_channels, 1, *shape)
        for channel in range(operator.in_channels):
            taps[(channel, 0, *(n - 1 for n in shape))] = 1
        kernel = sc.Kernel.from_weight(taps.tolist(), groups=operator.in_channels)
        stride = tuple(period if a == axis else 1 for a in range(len(size)))
        kept = sc.conv(kernel, size, stride=stride)
        parts.append(kept.T @ kept)
    if total(parts) != sc.identity(size, operator.in_channels):
        raise sc.SymconvError("the last pixels belong to no window")
    source.shuffle(parts)
    return total([operator @ part for part in parts])


def by_halves(case: Any, operator: sc.Operator, source: Random) -> sc.Operator:
    """Two multiples that add up to it."""
    share = sp.Rational(source.randint(-5, 5), source.choice((2, 3, 7)))
    return share * operator + operator * (1 - share)


def by_taps(case: Any, operator: sc.Operator, source: Random) -> sc.Operator:
    """A strip of the input after another, each taken from what the others left."""
    size, channels = operator.input_size, operator.in_channels
    rest, parts = operator, []
    for pad in ((1, 0), (0, 1)):
        pads = [(0, 0)] * len(size)
        pads[source.randrange(len(size))] = pad
        inside = sc.crop(size, tuple(pads), channels=channels)
        kept = inside.T @ inside
        parts.append(rest @ kept)
        rest = rest - parts[-1]
    return total([*parts, rest])


def total(parts: list[sc.Operator]) -> sc.Operator:
    first, *others = parts
    for other in others:
        first = first + other
    return first


WAYS: tuple[Callable[[Any, sc.Operator, Random], sc.Operator | None], ...] = (
    by_rewriting,
    by_rewriting,
    by_strips,
    by_residues,
    by_halves,
    by_taps,
)


# --- what is compared ------------------------------------------------------------------------


def table(operator: sc.Operator) -> dict[Any, sp.Expr]:
    """Cells to coefficients, multiplied out."""
    return {cell: sp.expand(expr) for cell, expr in operator.expressions}


def latex(operator: sc.Operator, options: dict[str, Any]) -> str:
    """The LaTeX, or which error there is instead."""
    try:
        return sc.latex(operator, **options)
    except sc.SymconvError as error:
        return type(error).__name__


@dataclass
class Tally:
    """What came of the pairs."""

    counts: Counter[str] = field(default_factory=Counter)
    different: list[str] = field(default_factory=list)

    def pair(
        self, one: sc.Operator, other: sc.Operator, told: str, forms: Sequence[dict[str, Any]]
    ) -> None:
        """Compare two operators of one matrix."""
        self.counts["pairs"] += 1
        if one != other:
            self.different.append(f"UNEQUAL {told}")
        if table(one) != table(other):
            self.different.append(f"TABLE {told}")
            self.counts["other table"] += 1
        for options in forms:
            name = " ".join(map(str, options.values())) or "None"
            if latex(one, options) != latex(other, options):
                self.different.append(f"LATEX {name} {told}")
                self.counts[f"other LaTeX: {name}"] += 1


class _TooLongError(Exception):
    """A pair takes longer than is waited for."""


def _stop(*_: object) -> None:
    raise _TooLongError


def tried(seed: int, indices: range, forms: Sequence[dict[str, Any]] = FORMS) -> Iterator[Tally]:
    """One tally that grows, after each expression."""
    tally = Tally()
    for index in indices:
        found, source = case(seed, index), Random(f"pairs {seed} {index}")
        way = source.choice(WAYS)
        try:
            operator = build(found.node, found.assumed)
            other = way(found, operator, source)
            if other is not None:
                told = reproducer(found.node, found.assumed).splitlines()[-1]
                tally.pair(operator, other, f"{seed} {index} {way.__name__}: {told}", forms)
        except sc.SymconvError:
            tally.counts["refused"] += 1
        yield tally


def main() -> None:
    """Pairs until so many were compared: python -m tests.canonical_pairs COUNT [SEED] [tables]."""
    wanted, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 15
    forms = () if "tables" in sys.argv else FORMS
    signal.signal(signal.SIGPROF, _stop)
    counts, index = Counter[str](), 0
    while counts["pairs"] < wanted:
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        try:
            *_, done = tried(seed, range(index, index + 1), forms)
            counts += done.counts
            print(*done.different, sep="\n", end="\n" * bool(done.different), flush=True)
        except _TooLongError:
            counts["too long"] += 1
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        index += 1
    print(dict(counts))


if __name__ == "__main__":
    main()
