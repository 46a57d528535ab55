"""Sweeps: what is written, and that no cell is lost or doubled, whatever is killed."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sympy as sp

import symconv as sc
from sweeps import functions
from symconv.errors import SymconvError
from symconv.sweeps import parts as parts_module
from symconv.sweeps.parts import parts_of

TESTS = Path(__file__).parents[1]


def rows(path, *columns):
    """Every row of every file, read without symconv."""
    tables = [pq.read_table(part) for part in sorted(Path(path).glob("part-*.parquet"))]
    return pa.concat_tables(tables, promote_options="default").select([*columns]).to_pylist()


@pytest.fixture
def pool():
    with ThreadPoolExecutor(2) as threads:
        yield threads


def test_every_cell_is_a_row(tmp_path, pool):
    found = sc.sweep(functions.square, {"a": range(5), "b": [7, 8]}, tmp_path / "s", pool)
    expected = [
        {"a": a, "b": b, **functions.square(a, b), "failure": None}
        for a in range(5)
        for b in (7, 8)
    ]
    names = ["a", "b", "square", "text", "half", "even", "list", "failure"]
    there = sorted(rows(found.path, *names), key=lambda row: (row["a"], row["b"]))
    assert there == expected
    assert (found.cells, found.computed, found.failures) == (10, 10, 0)
    schema = found.table().schema
    assert [str(schema.field(n).type) for n in ("a", "text", "half", "even")] == [
        "int64", "string", "double", "bool",
    ]  # fmt: skip
    assert found.table(["square"]).num_rows == 10


def test_a_second_call_adds_what_is_new(tmp_path, pool):
    first = sc.sweep(functions.square, {"a": range(5)}, tmp_path, pool)
    again = sc.sweep(functions.square, {"a": range(5)}, tmp_path, pool)
    more = sc.sweep(functions.square, {"a": range(3, 9)}, tmp_path, pool)
    assert [s.computed for s in (first, again, more)] == [5, 0, 4]
    assert sorted(row["a"] for row in rows(tmp_path, "a")) == [*range(9)]
    assert more.cells == 9


def test_the_same_geometry_twice_is_one_cell(tmp_path, pool):
    geometries = (
        {"b": b, "a": a} for a, b in [(1, 2), (1, 2), (2, 1), (np.int64(1), sp.Integer(2))]
    )
    found = sc.sweep(functions.square, geometries, tmp_path, pool)
    assert sorted((row["a"], row["b"]) for row in rows(tmp_path, "a", "b")) == [(1, 2), (2, 1)]
    assert found.computed == 2


@pytest.mark.parametrize("chunk", [1, 4])
def test_failures_stand_with_their_geometry(tmp_path, pool, chunk):
    found = sc.sweep(functions.failing, {"a": range(9)}, tmp_path, pool, chunk=chunk)
    there = {
        row["a"]: (row["square"], row["failure"])
        for row in rows(tmp_path, "a", "square", "failure")
    }
    assert there[6] == (None, "ValueError: three divides 6")
    assert there[5] == (25, None)
    assert found.failures == 3
    assert sc.sweep(functions.failing, {"a": range(9)}, tmp_path, pool).computed == 0


def test_results_that_are_no_row_fail_alone(tmp_path):
    with ThreadPoolExecutor(1) as one:
        found = sc.sweep(functions.strange, {"a": range(8)}, tmp_path, one, in_flight=1)
    there = {
        row["a"]: row["failure"] or row["square"]
        for row in rows(tmp_path, "a", "square", "failure")
    }
    assert there[0] == 1
    assert there[1] == "SymconvError: square=1.5 is no int64"
    assert there[2] == "SymconvError: other is no column of results"
    assert there[3] == "SymconvError: 5 is no mapping from columns to values"
    assert "neither a number, text" in there[4]
    assert "square=1000000000000000000000000000000 is no int64" in there[5]
    assert there[6] is None
    assert there[7] == "SymconvError: a is no column of results"
    assert found.failures == 6


def test_failures_before_the_first_result(tmp_path, pool, monkeypatch):
    monkeypatch.setattr(parts_module, "MOST_ROWS", 1)
    first = sc.sweep(functions.failing, {"a": [0, 3]}, tmp_path, pool)
    assert "square" not in first.table().column_names
    both = sc.sweep(functions.failing, {"a": range(5)}, tmp_path, pool)
    assert sorted(both.table(["a", "square"]).to_pylist(), key=lambda row: row["a"]) == [
        {"a": a, "square": None if a % 3 == 0 else a * a} for a in range(5)
    ]


def test_a_limit_of_seconds_stops_a_cell(tmp_path, pool):
    found = sc.sweep(functions.endless, {"a": range(3)}, tmp_path, pool, seconds=0.2)
    there = {row["a"]: row["failure"] for row in rows(tmp_path, "a", "failure")}
    assert there == {0: None, 1: "BudgetError: it takes more than 0.2 seconds", 2: None}
    assert found.elapsed < 5


def test_memory_is_bounded(tmp_path, pool):
    """A generator is asked for no more than is in flight."""
    asked, most = [], []

    def geometries():
        for a in range(200):
            asked.append(a)
            yield {"a": a}

    def told(done, total):
        most.append(len(asked) - done)
        assert total is None

    sc.sweep(functions.square, geometries(), tmp_path, pool, in_flight=10, progress=told)
    assert len(asked) == 200
    assert max(most) <= 11


def test_progress_counts_to_the_end(tmp_path, pool):
    told = []
    sc.sweep(functions.square, {"a": range(3)}, tmp_path, pool)
    sc.sweep(functions.square, {"a": range(6)}, tmp_path, pool, progress=lambda *x: told.append(x))
    assert told[-1] == (6, 6)


# --- refusals ----------------------------------------------------------------------------------


def test_another_function_or_schema_is_refused(tmp_path, pool):
    sc.sweep(functions.square, {"a": [1]}, tmp_path, pool)
    with pytest.raises(SymconvError, match=r"functions\.square gave, not"):
        sc.sweep(functions.failing, {"a": [1]}, tmp_path, pool)
    with pytest.raises(SymconvError, match="has the columns"):
        sc.sweep(functions.square, {"a": [1], "b": [2]}, tmp_path, pool)
    with pytest.raises(SymconvError, match="has the columns"):
        sc.sweep(functions.square, {"a": [1]}, tmp_path, pool, schema={"square": float})
    assert len(rows(tmp_path, "a")) == 1


def test_a_folder_with_other_files_is_refused(tmp_path, pool):
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(SymconvError, match=r"no sweep's, such as letter.txt"):
        sc.sweep(functions.square, {"a": [1]}, tmp_path, pool)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_two_sweeps_of_one_folder_at_once(tmp_path, pool):
    started, refused = threading.Event(), []

    def first(a):
        started.set()
        time.sleep(0.3)
        return {"square": a}

    one = threading.Thread(target=sc.sweep, args=(first, {"a": [1]}, tmp_path, pool))
    one.start()
    started.wait()
    with pytest.raises(SymconvError, match="another process writes"):
        sc.sweep(first, {"a": [1]}, tmp_path, pool)
    one.join()
    assert len(rows(tmp_path, "a")) == 1
    assert not refused


def test_a_function_that_cannot_be_sent(tmp_path):
    with pytest.raises(SymconvError, match="the executor cannot run"):
        sc.sweep(lambda a: {"b": a}, {"a": [1, 2]}, tmp_path, 1)
    assert not parts_of(tmp_path)


@pytest.mark.parametrize(
    ("grid", "words"),
    [
        ({"a": [1, "same"]}, "no one type"),
        ({"a": "text"}, "no list of values for 'a'"),
        ({"failure": [1]}, "a column of its own"),
        ([{"a": 1}, {"a": 1.5}], "a=1.5 is no int64"),
        ([{"a": 1}, {"b": 1}], "has not just a"),
        ([{"a": object()}], "has no one type"),
        ({"a": [1 << 70]}, "has no one type"),
        ({"not a name": [1]}, "names of parameters"),
    ],
)
def test_grids_that_are_none(tmp_path, pool, grid, words):
    with pytest.raises(SymconvError, match=words):
        sc.sweep(functions.square, grid, tmp_path / "s", pool)


# --- kills -------------------------------------------------------------------------------------


def program(path, log, count, work="slow", workers=2):
    """A process that sweeps, in a group of its own as a terminal has it."""
    code = (
        "import symconv as sc\nfrom functools import partial\n"
        "from sweeps import functions\nfrom symconv.sweeps import parts\n"
        "if __name__ == '__main__':\n"
        "    parts.MOST_ROWS = 10\n"
        f"    work = partial(functions.{work}, log={str(log)!r})\n"
        f"    print(sc.sweep(work, {{'a': range({count})}}, {str(path)!r}, {workers}))\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent)])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "nothing came"
        time.sleep(0.02)


def whole(path, log, count, most_twice):
    """Each cell is there once, and few were computed twice."""
    there = Counter(row["a"] for row in rows(path, "a"))
    assert there == Counter(range(count))
    assert {row["a"]: row["square"] for row in rows(path, "a", "square")} == {
        a: a * a for a in range(count)
    }
    calls = Counter(map(int, Path(log).read_text().split()))
    assert sum(calls.values()) - count <= most_twice


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_pool_that_is_stopped_goes_on(tmp_path, number):
    """The whole group gets Ctrl-C, as from a terminal; a kill hits the parent alone."""
    path, log, count = tmp_path / "sweep", tmp_path / "log", 150
    kept = 0
    for fraction in (3, 6, 9):
        process = program(path, log, count)
        wait_for(lambda least=fraction: len(list(path.glob("part-*"))) >= least)
        children = psutil.Process(process.pid).children(recursive=True)
        if number == signal.SIGINT:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
        _, err = process.communicate(timeout=30)
        assert process.returncode != 0
        assert number != signal.SIGINT or err.strip().endswith("KeyboardInterrupt"), err
        _, alive = psutil.wait_procs(children, timeout=10)
        assert not alive, "workers outlive their parent"
        now = len(rows(path, "a"))
        assert kept < now < count
        kept = now
    process = program(path, log, count)
    out, err = process.communicate(timeout=60)
    assert f"{count} cells" in out, err
    assert f"{count - kept} of them new" in out
    whole(path, log, count, most_twice=3 * 20)
    assert not list(path.glob(".unfinished*"))


def test_a_cell_that_kills_its_process_fails_alone(tmp_path):
    process = program(tmp_path / "sweep", tmp_path / "log", 40, "deadly")
    out, err = process.communicate(timeout=60)
    assert "40 cells" in out, err
    assert "1 failed" in out
    there = {row["a"]: row["failure"] for row in rows(tmp_path / "sweep", "a", "failure")}
    assert there == dict.fromkeys(range(40)) | {7: "the worker died of it"}


def test_processes_that_die_once_are_tried_again(tmp_path):
    marks = tmp_path / "marks"
    marks.mkdir()
    process = program(tmp_path / "sweep", marks, 23, "once")
    out, err = process.communicate(timeout=60)
    assert "23 cells" in out, err
    failures = [row for row in rows(tmp_path / "sweep", "failure") if row["failure"]]
    assert len(failures) <= 4
    assert len(rows(tmp_path / "sweep", "a")) == 23


def test_an_executor_of_ours_that_breaks_is_told(tmp_path):
    work = partial(functions.deadly, log=str(tmp_path / "log"))
    with ProcessPoolExecutor(1) as pool, pytest.raises(SymconvError, match="executor broke"):
        sc.sweep(work, {"a": range(20)}, tmp_path / "s", pool, in_flight=1)
    assert sorted(row["a"] for row in rows(tmp_path / "s", "a")) == [*range(7)]


def test_an_interrupt_while_a_part_is_written(tmp_path, pool, monkeypatch):
    """At every step of the writing: the next call has each cell once."""
    for step in ("write_table", "replace", "fsync"):
        path, calls = tmp_path / step, []
        owner = parts_module.parquet if step == "write_table" else os
        real = getattr(owner, step)

        def interrupted(*given, real=real, calls=calls):
            real(*given)
            calls.append(given)
            if len(calls) == 4:
                raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(parts_module, "MOST_ROWS", 2)
            patch.setattr(owner, step, interrupted)
            with pytest.raises(KeyboardInterrupt):
                sc.sweep(functions.square, {"a": range(30)}, path, pool)
        left = Counter(row["a"] for row in rows(path, "a"))
        assert set(left.values()) == {1}
        sc.sweep(functions.square, {"a": range(30)}, path, pool)
        assert Counter(row["a"] for row in rows(path, "a")) == Counter(range(30))
