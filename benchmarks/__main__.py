"""Run all benchmarks and write their tables, or only the ratios that must not get worse."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks import peers  # isort: skip  # one thread each, before any library loads
from benchmarks import faces, guard, numeric, report, symbolic
from benchmarks.measure import Case, Result, run

HERE = Path(__file__).parent
SUITES = {"symbolic": symbolic, "numeric": numeric, "faces": faces}
# A contestant that took so long is not tried at four times the work.
TOO_LONG = 5.0


def main() -> int:
    """The exit code: 1 where a ratio is below its bound."""
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__)
    parser.add_argument("--guard", action="store_true", help="only the bounds, in seconds")
    parser.add_argument("--suite", choices=SUITES, action="append", help="only these")
    parser.add_argument(
        "--group",
        default="",
        help="only groups with this in their name; the table keeps the others",
    )
    parser.add_argument("--output", type=Path, default=HERE / "results", help="folder to write to")
    given = parser.parse_args()
    if given.guard:
        slower = guard.broken(guard.bounds())
        print(f"{len(slower)} ratios are below their bounds")
        return bool(slower)
    suites = [SUITES[name] for name in given.suite or SUITES]
    results = measured((case for suite in suites for case in suite.cases()), given.group)
    partly = given.suite or given.group
    table = given.output / "table.json"
    write(report.kept(table, results) if partly else results, given.output)
    return 0


def measured(cases: Iterator[Case], group: str) -> list[Result]:
    """Every case, smaller sizes first; who was too slow at one is not tried at larger ones."""
    results: list[Result] = []
    slow: dict[tuple[str, str], str] = {}
    for case in cases:
        if group not in case.group:
            continue
        left_out = {name: why for (where, name), why in slow.items() if where == case.group}
        result = run(case, hurried=left_out)
        for f in result.figures:
            if (f.first or 0) > TOO_LONG or f.wrong.startswith("more than"):
                slow[case.group, f.name] = "not tried: too slow at a smaller size"
        said = ", ".join(f"{f.name} {f.wrong or f'{f.seconds:.3g} s'}" for f in result.figures)
        print(f"{case.group}, {case.size}: {said}", file=sys.stderr, flush=True)
        results.append(result)
    return results


def write(results: list[Result], folder: Path) -> None:
    """table.md, table.json and times.svg."""
    folder.mkdir(exist_ok=True)
    versions = peers.versions()
    (folder / "table.md").write_text(report.as_markdown(results, versions))
    (folder / "table.json").write_text(report.as_json(results, versions))
    if any(r.group == report.PLOTTED for r in results):
        report.plot(results, folder / "times.svg")


if __name__ == "__main__":
    sys.exit(main())
