"""python -m tests.differential --layers 20000 --stacks 500 [--seed S] [--only torch], or --table."""

from __future__ import annotations

import argparse
import os
import sys

os.environ.setdefault("KERAS_BACKEND", "jax")

from .runner import FRAMEWORKS, STACKS, run, table


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.differential", description=__doc__)
    parser.add_argument(
        "--layers", type=int, default=1000, help="layers of all frameworks together"
    )
    parser.add_argument("--stacks", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--only", choices=[*FRAMEWORKS, *(f"{name} stacks" for name in STACKS)], action="append"
    )
    parser.add_argument("--table", action="store_true", help="the table of layers, in Markdown")
    parser.add_argument("--shown", type=int, default=20, help="findings that are printed")
    told = parser.parse_args()
    found = run(told.layers, told.stacks, told.seed, told.only)
    if told.table:
        print(table(found))
    findings = [
        f"{name}: {text}" for name, (figures, _) in found.items() for text in figures.findings
    ]
    for finding in findings[: told.shown]:
        print(finding)
    for name, (figures, seconds) in found.items():
        totals: dict[str, int] = {}
        for (_, outcome), count in figures.counts.items():
            totals[outcome] = totals.get(outcome, 0) + count
        worst = float(max(figures.worst.values(), default=0))
        shown = ", ".join(f"{count} {outcome}" for outcome, count in sorted(totals.items()))
        print(f"{name}: {shown}; at most {worst:.1f} roundings; {seconds:.0f} s")
    return bool(findings)


if __name__ == "__main__":
    sys.exit(main())
