"""Many expressions, each within a time limit, and what came of them."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from symconv.errors import BudgetError

from .checks import CHECKS, Check, disagreements, subject
from .generate import Case, case
from .shrink import shrunk
from .source import reproducer
from .subject import DisagreementError, RefusedError, Subject
from .trees import Node

SECONDS = 5


@dataclass
class Finding:
    """A disagreement, and the smallest expression that shows it."""

    seed: int
    index: int
    check: str
    what: str
    code: str

    def __str__(self) -> str:
        where = f"(seed, index) = ({self.seed}, {self.index}): {self.check}"
        return f"{where}\n  {self.what}\n" + "\n".join(
            f"    {line}" for line in self.code.splitlines()
        )


@dataclass
class Figures:
    """What came of a run."""

    tried: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    timed_out: list[tuple[int, int]] = field(default_factory=list)
    looked_at: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)

    def add(self, other: Figures) -> None:
        self.tried += other.tried
        self.refused += other.refused
        self.timed_out += other.timed_out
        self.looked_at += other.looked_at
        self.findings += other.findings

    @property
    def summary(self) -> str:
        counts = (sum(self.refused.values()), len(self.timed_out), len(self.findings))
        words = "{} refused, {} timed out, {} disagreements".format(*counts)
        lines = [f"{self.tried} expressions tried, {words}"]
        lines += [f"  refused: {n} {reason}" for reason, n in self.refused.most_common()]
        lines += [f"  timed out: {self.timed_out}"] if self.timed_out else []
        looked_at = ", ".join(f"{n} {what}" for what, n in sorted(self.looked_at.items()))
        return "\n".join([*lines, f"  looked at: {looked_at}"])

    def __str__(self) -> str:
        return "\n".join([self.summary, *map(str, self.findings)])


@contextmanager
def limit(seconds: float) -> Iterator[None]:
    """TimeoutError after so many seconds of the processor, whatever else runs beside."""

    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def tried(
    made: Case, checks: tuple[Check, ...] = CHECKS, shrinking: bool = True, seconds: float = SECONDS
) -> Figures:
    """One expression."""
    figures, it = Figures(), subject(made)
    try:
        with limit(seconds):
            found = disagreements(it, checks)
    except RefusedError as refusal:
        figures.refused[str(refusal)] += 1
        return figures
    except BudgetError:  # a product says only when its terms are asked for that they are too many
        figures.refused["BudgetError"] += 1
        return figures
    except TimeoutError:
        figures.timed_out.append((made.seed, made.index))
        return figures
    figures.tried += 1
    figures.looked_at.update(it.counts)
    for problem in found:
        node, what = made.node, problem.what
        if shrinking:
            node, what = smallest(made, problem, checks)
        code = reproducer(node, made.assumed)
        figures.findings.append(Finding(made.seed, made.index, problem.check, what, code))
    return figures


def smallest(made: Case, problem: DisagreementError, checks: tuple[Check, ...]) -> tuple[Node, str]:
    """A smaller expression with the same problem, and how that shows there."""
    last = {made.node: problem.what}

    def fails(node: Node) -> bool:
        for attempt in range(2):
            key = f"{made.seed} {made.index}" + " again" * attempt
            try:
                with limit(3):
                    found = disagreements(Subject(node, made.assumed, key), checks)
            except (RefusedError, BudgetError, TimeoutError):
                return False
            for other in found:
                if other.check == problem.check:
                    last[node] = other.what
                    return True
        return False

    node = shrunk(made.node, fails)
    return node, last[node]


def run(
    seed: int, indices: Iterable[int], checks: tuple[Check, ...] = CHECKS, shrinking: bool = True
) -> Figures:
    """Many expressions."""
    figures = Figures()
    for index in indices:
        figures.add(tried(case(seed, index), checks, shrinking))
    return figures
