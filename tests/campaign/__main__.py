"""python -m tests.campaign --minutes 30 [--seed S] [--jobs J], or --cases N; --case S I for one."""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from time import monotonic

from .generate import case
from .runner import Figures, run, tried
from .source import reproducer

BATCH = 50


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.campaign", description=__doc__)
    parser.add_argument("--minutes", type=float, help="stop after so many minutes")
    parser.add_argument("--cases", type=int, help="stop after so many expressions")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", type=int, default=0, help="the first index")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--no-shrink", action="store_true", help="report expressions as they are")
    parser.add_argument(
        "--case", type=int, nargs=2, metavar=("SEED", "INDEX"), help="one expression"
    )
    return parser.parse_args()


def batch(seed: int, start: int, count: int, shrinking: bool) -> Figures:
    return run(seed, range(start, start + count), shrinking=shrinking)


def main() -> int:
    told = arguments()
    if told.case:
        made = case(*told.case)
        print(reproducer(made.node, made.assumed))
        figures = tried(made, shrinking=not told.no_shrink)
        print(figures)
        return bool(figures.findings)
    cases = told.cases or (sys.maxsize if told.minutes else 1000)
    end = monotonic() + 60 * (told.minutes or sys.maxsize)
    starts = range(told.start, told.start + cases, BATCH)
    figures, shown, begun = Figures(), 0, monotonic()
    with ProcessPoolExecutor(told.jobs) as pool:
        waiting, left = [], iter(starts)
        while True:
            while len(waiting) < told.jobs and monotonic() < end:
                start = next(left, None)
                if start is None:
                    break
                count = min(BATCH, told.start + cases - start)
                waiting.append(pool.submit(batch, told.seed, start, count, not told.no_shrink))
            if not waiting:
                break
            done = waiting.pop(0).result()
            figures.add(done)
            for finding in done.findings:
                print(finding, flush=True)
            total = figures.tried + sum(figures.refused.values()) + len(figures.timed_out)
            if total - shown >= 500:
                shown = total
                seconds = f"{monotonic() - begun:.0f} s"
                print(f"{seconds}: {figures.summary}", file=sys.stderr, flush=True)
    print(figures)
    return bool(figures.findings)


if __name__ == "__main__":
    sys.exit(main())
