"""What must not get slower: ratios of CPU seconds of one run, never a time.

Each bound has a factor of about two to what was measured, for machines and days that differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from benchmarks import numeric, symbolic
from benchmarks.measure import Case, Contestant, Result, run

ROUNDS = 3


@dataclass(frozen=True)
class Bound:
    """A ratio of the second contestant's time to the first one's, at least so much."""

    case: Case
    least: float


def bounds() -> Iterator[Bound]:
    """All of them; together they take some seconds."""
    near, far = (symbolic.conv(n) for n in (16, 10**6))
    closed = [
        Contestant(f"n = {C.input_size[0]}", symbolic.always(partial(symbolic.written_out, C)), int)
        for C in (far, near)
    ]
    yield Bound(Case("the closed form of Cᵀ C, n = 10⁶ and 16", "", 0, closed), 0.6)
    yield Bound(
        _named("Cᵀ C, every entry, and SymPy's product", symbolic.column_products(32), 1), 5
    )
    yield Bound(_named("C, every entry, and SymPy's own", symbolic.built(32), 1), 0.5)
    gram = symbolic.conv(4) @ symbolic.conv(4).T
    yield Bound(_named("det C Cᵀ, and SymPy's charpoly", symbolic.determinant(gram, 1), 2), 0.08)
    yield Bound(_named("CSR of C, and a copy of its arrays", numeric.csr(256, 3), -1), 1 / 20)
    yield Bound(_named("CSR of Cᵀ C, and SciPy's product", numeric.gram(64, 3), 2), 0.12)
    yield Bound(_named("C x, and scipy.signal.correlate", numeric.apply(512, 3), 1), 0.3)


def _named(what: str, contestants: list[Contestant], other: int) -> Case:
    return Case(what, "", 0, [contestants[0], contestants[other]])


def broken(found: Iterator[Bound]) -> list[str]:
    """Measure each, say it, and give those that are below their bounds."""
    slower = []
    for bound in found:
        result = run(bound.case, ROUNDS)
        line = _line(result, bound)
        print(line, flush=True)
        ratio = result.ratio(result.figures[1])
        if any(f.wrong for f in result.figures) or ratio is None or ratio < bound.least:
            slower.append(line)
    return slower


def _line(result: Result, bound: Bound) -> str:
    ours, other = result.figures
    ratio = result.ratio(other)
    wrong = ours.wrong or other.wrong
    said = wrong or f"×{ratio:.2f}, at least {bound.least:.2f}"
    return f"{result.group}: {said}"
