"""The benchmarks measure what they say: the same results, limits, ratios, memory, growth."""

import json
import time

import pytest

from benchmarks import guard, measure, numeric, report, symbolic
from benchmarks.measure import Case, Contestant, Figures, Result, run


def busy(seconds, outcome=0):
    def work():
        start = time.process_time()
        while time.process_time() - start < seconds:
            pass
        return outcome

    return work


def contestant(name, seconds, outcome=0):
    return Contestant(name, lambda: busy(seconds, outcome), lambda result: result)


def test_a_ratio_and_another_result():
    case = Case(
        "g", "s", 1, [contestant("a", 0.05), contestant("b", 0.2), contestant("c", 0.05, 1)]
    )
    found = run(case, rounds=2)
    assert 2.5 < found.ratio(found.figures[1]) < 6
    assert [f.wrong for f in found.figures] == ["", "", "another result: 1 and not 0"]


def test_a_limit_of_seconds_and_an_error(monkeypatch):
    # To fork a process that has held much takes it a second itself.
    monkeypatch.setattr(measure, "LIMIT", 4)

    def fails():
        raise ZeroDivisionError("no")

    contestants = [contestant("slow", 60), Contestant("wrong", lambda: fails)]
    figures = run(Case("g", "s", 1, contestants), rounds=1).figures
    assert figures[0].wrong == measure.TOO_LONG
    assert figures[1].wrong == "ZeroDivisionError: no"


def test_memory_is_that_of_the_work():
    holds = Contestant("holds", lambda: lambda: bytes(b"x" * 200_000_000), len)
    (found,) = run(Case("g", "s", 1, [holds]), rounds=0).figures
    assert 190e6 < found.memory < 420e6


@pytest.mark.slow
@pytest.mark.parametrize(
    "contestants",
    [symbolic.built(6), symbolic.row_products(6), symbolic.column_products(9),
     numeric.csr(9, 3), numeric.gram(9, 3), numeric.apply(12, 3)],
    ids=["C", "rows", "columns", "csr", "gram", "apply"],
)  # fmt: skip
def test_all_contestants_give_the_same(contestants):
    figures = run(Case("g", "s", 1, contestants), rounds=0).figures
    assert [f.wrong for f in figures] == [""] * len(figures)


def test_growth_and_tables():
    results = [
        Result(
            "g", f"n = {n}", n, [Figures("ours", 0, n**2 * 1e-6), Figures("theirs", 0, n**3 * 1e-6)]
        )
        for n in (8, 16, 32)
    ]
    assert report.growth(results, "theirs") == pytest.approx(3)
    text = report.as_markdown(results, {"Python": "3"})
    assert "| theirs | ×8.0, 512 µs | ×16, 4.1 ms | ×32, 32.8 ms | 3.0 |" in text
    said = json.loads(report.as_json(results, {}))
    assert [row["ratio"] for row in said["results"] if row["name"] == "theirs"] == pytest.approx(
        [8, 16, 32]
    )


def test_a_group_that_is_measured_anew_keeps_the_others(tmp_path):
    first = [Result(g, s, 1, [Figures("a", 1.0, 2.0)]) for g, s in ("gx", "gy", "hx", "ix")]
    file = tmp_path / "table.json"
    assert report.kept(file, first) == first
    file.write_text(report.as_json(first, {}))
    assert report.kept(file, []) == first
    fresh = Result("h", "z", 1, [Figures("a", 1.0, 3.0)])
    assert report.kept(file, [fresh]) == [*first[:2], fresh, first[3]]


def test_the_guard_notices(capsys):
    case = Case("two", "", 0, [contestant("a", 0.02), contestant("b", 0.04)])
    assert guard.broken(iter([guard.Bound(case, 1.2)])) == []
    (line,) = guard.broken(iter([guard.Bound(case, 20)]))
    assert line.startswith("two: ×")
    wrong = Case("two", "", 0, [contestant("a", 0.02), contestant("b", 0.04, 1)])
    assert "another result" in guard.broken(iter([guard.Bound(wrong, 0)]))[0]


def test_every_bound_names_two_contestants():
    found = [*guard.bounds()]
    assert {len(bound.case.contestants) for bound in found} == {2}
    assert all(bound.least > 0 for bound in found)
