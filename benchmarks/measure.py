"""CPU seconds and memory of contestants that take turns.

Each runs once in a process of its own, under a limit of seconds and of memory: that gives the first
time, the peak of memory and what came out, which has to be the same for all. Those that were quick
enough then take turns in one process, so that a machine under load slows all of them alike.
"""

from __future__ import annotations

import ctypes
import gc
import os
import pickle
import resource
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import median
from typing import Any

# CPU seconds and bytes that a contestant may take, and seconds up to which it takes more turns.
LIMIT = 10
MOST_MEMORY = 8 << 30
TOO_LONG = f"more than {LIMIT} s, or {MOST_MEMORY >> 30} GiB"
ROUNDS, FEW_ROUNDS = 5, 3
QUICK, SLOW = 0.3, 1.5
# A turn lasts at least so long: clocks of CPU seconds may be as coarse as 0.004.
TURN = 0.06


@dataclass(frozen=True)
class Timed:
    """What a program of its own measured by its own clock."""

    seconds: float
    outcome: Any
    memory: int


class TooLongError(Exception):
    """A program was stopped at its limit."""


@dataclass(frozen=True)
class Contestant:
    """One way to do it.

    Attributes:
        name: whose way.
        prepare: makes the work, which is a function without arguments; nothing of it is timed.
        outcome: what of the result all have in common, such as the sum of all entries.
        is_program: whether the work starts one, which needs no turn to warm up.
    """

    name: str
    prepare: Callable[[], Callable[[], Any]]
    outcome: Callable[[Any], Any] = lambda result: None
    is_program: bool = False


@dataclass(frozen=True)
class Case:
    """The same work by several: the first is compared with each other."""

    group: str
    size: str
    number: int
    contestants: Sequence[Contestant]


@dataclass
class Figures:
    """What was measured of one."""

    name: str
    first: float | None = None
    seconds: float | None = None
    memory: int | None = None
    wrong: str = ""
    turns: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Result:
    """A case with its figures, in the contestants' order."""

    group: str
    size: str
    number: int
    figures: Sequence[Figures]

    def ratio(self, of: Figures) -> float | None:
        """How many times as long as the first one it took."""
        ours = self.figures[0].seconds
        return of.seconds / ours if ours and of.seconds else None


def run(case: Case, rounds: int = ROUNDS, hurried: Mapping[str, str] = {}) -> Result:
    """Measure a case, without turns by the first time alone.

    Those named in ``hurried`` are left out, for that reason.
    """
    figures = [Figures(c.name) for c in case.contestants]
    outcomes: list[Any] = [None] * len(figures)
    for i, contestant in enumerate(case.contestants):
        if contestant.name in hurried:
            figures[i].wrong = hurried[contestant.name]
            continue
        _alone(contestant, figures[i], outcomes, i)
    expected = next((o for f, o in zip(figures, outcomes, strict=True) if not f.wrong), None)
    for f, outcome in zip(figures, outcomes, strict=True):
        if not f.wrong and outcome != expected:
            f.wrong = f"another result: {str(outcome)[:40]} and not {str(expected)[:40]}"
    _take_turns(case, figures, rounds)
    return Result(case.group, case.size, case.number, figures)


def _alone(contestant: Contestant, figures: Figures, outcomes: list[Any], i: int) -> None:
    """Once, in a process of its own."""
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(reading)
        _child(contestant, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        sent = pipe.read()
    os.waitpid(process, 0)
    if not sent:
        figures.wrong = TOO_LONG
        return
    figures.first, figures.memory, outcomes[i], figures.wrong = pickle.loads(sent)
    figures.seconds = figures.first


def _child(contestant: Contestant, writing: int) -> None:
    code = 1
    try:
        used = resource.getrusage(resource.RUSAGE_SELF)
        limit = int(used.ru_utime + used.ru_stime) + LIMIT
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
        resource.setrlimit(resource.RLIMIT_AS, (_memory("VmSize") + MOST_MEMORY,) * 2)
        with os.fdopen(writing, "wb") as pipe:
            try:
                sent = _measured(contestant)
            except TooLongError:
                sent = None, None, None, TOO_LONG
            except Exception as error:  # a peer that fails is a row of the table
                said = " ".join(str(error).split())
                sent = None, None, None, f"{type(error).__name__}: {said}"[:100]
            pipe.write(pickle.dumps(sent))
        code = 0
    finally:
        os._exit(code)


def _measured(contestant: Contestant) -> tuple[Any, ...]:
    work = contestant.prepare()
    gc.collect()
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)  # what is free and would be used again unseen
    with suppress(OSError), open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # the peak is counted from here
    before = _memory("VmRSS")
    start = time.process_time()
    result = work()
    seconds = time.process_time() - start
    memory = _memory("VmHWM") - before
    if isinstance(result, Timed):
        return result.seconds, result.memory, result.outcome, ""
    return seconds, memory, contestant.outcome(result), ""


def _memory(name: str) -> int:
    with open("/proc/self/status") as file:
        line = next(line for line in file if line.startswith(name))
    return int(line.split()[1]) * 1024


def _take_turns(case: Case, figures: list[Figures], rounds: int) -> None:
    works: dict[int, Callable[[], Any]] = {}
    for i, contestant in enumerate(case.contestants):
        if rounds and not figures[i].wrong and (figures[i].first or 0) < SLOW:
            works[i] = contestant.prepare()
    for turn in range(rounds + 1):
        for i, work in works.items():
            quick = (figures[i].first or 0) < QUICK and not case.contestants[i].is_program
            if turn and (quick or turn <= FEW_ROUNDS):  # the first turn warms up
                figures[i].turns.append(_turn(work))
            elif not turn and quick:
                work()
    for f in figures:
        if f.turns:
            f.seconds = median(f.turns)


def _turn(work: Callable[[], Any]) -> float:
    """CPU seconds of one call, the mean of as many as a coarse clock needs."""
    calls, told, start = 0, 0.0, time.process_time()
    while True:
        result = work()
        calls += 1
        if isinstance(result, Timed):
            told += result.seconds
            return told / calls
        taken = time.process_time() - start
        if taken >= TURN:
            return taken / calls
