"""The atlas: its rows against plain loops and known values, its command line, and Ctrl-C."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow.parquet as pq
import pytest
from reference import conv_matrix

import symconv as sc
from symconv.errors import ParseError, SymconvError
from symconv.sweeps.atlas import Geometries, build_atlas
from symconv.sweeps.atlas_rows import COLUMNS, atlas_row
from symconv.sweeps.browse import counted, rows

ROOT = Path(__file__).parents[2]
EVERY = tuple(COLUMNS)
NAMES = ("axes", "n", "k", "stride", "dilation", "low", "high", "mode")


def row(columns=EVERY, seconds=20.0, **changed):
    given = dict(zip(NAMES, (1, 4, 2, 1, 1, 0, 0, "zeros"), strict=True))
    return atlas_row(columns, seconds, **given | changed)


def test_geometries_are_all_that_there_are():
    """Against asking symconv for each of a larger box."""
    modes = ("zeros", "circular", "reflect", "replicate", "symmetric")
    found = {tuple(g.values()) for g in Geometries(4, 3, 2, 2, 1, modes)}
    assert (
        len(found)
        == len(Geometries(4, 3, 2, 2, 1, modes))
        == len([*Geometries(4, 3, 2, 2, 1, modes)])
    )
    for n, k, s, d, low, high, mode in product(
        (1, 2, 3, 4), (1, 2, 3), (1, 2), (1, 2), range(5), range(5), modes
    ):
        span = d * (k - 1) + 1
        small = low <= high < span and (k > 1 or d == 1) and (mode == "zeros" or high > 0)
        try:
            sc.conv(
                sc.Kernel.arange(k),
                n,
                stride=s,
                dilation=d,
                padding=((low, high),),
                padding_mode=mode,
            )
            exists = True
        except SymconvError:
            exists = False
        assert ((1, n, k, s, d, low, high, mode) in found) == (small and exists)


@pytest.mark.parametrize("given", [*Geometries(5, 3, 3, 2, 1), *Geometries(3, 2, 2, 1, 2)][::3])
def test_sizes_ranks_determinants_and_conditions_by_plain_loops(given):
    found = atlas_row(("sizes", "ranks", "determinant", "condition"), 20.0, **given)
    axes = given["axes"]
    taps = (given["k"],) * axes
    kernel = {tap: i for i, tap in enumerate(product(*map(range, taps)), 1)}
    geometry = SimpleNamespace(
        size=(given["n"],) * axes,
        stride=(given["stride"],) * axes,
        padding=((given["low"], given["high"]),) * axes,
        dilation=(given["dilation"],) * axes,
        input_dilation=(1,) * axes,
        padding_mode="zeros",
    )
    matrix = np.array(conv_matrix(kernel, taps, geometry), dtype=float)
    assert (found["rows"], found["cols"]) == matrix.shape
    assert found["nonzeros"] == np.count_nonzero(matrix)
    assert found["rank_of_numbers"] == np.linalg.matrix_rank(matrix) <= found["rank"]
    determinant = round(np.linalg.det(matrix @ matrix.T))
    assert int(found["determinant"]) == pytest.approx(determinant, rel=1e-9, abs=1e-3)
    values = np.linalg.svd(matrix, compute_uv=False)
    if values[-1] > 1e-9:
        assert found["condition"] == pytest.approx(values[0] / values[-1], rel=1e-6)
    else:
        assert found["condition"] == np.inf


def test_a_row_of_known_values():
    found = row(n=6, k=4, stride=2)
    assert found["left_out"] == []
    assert (found["rows"], found["cols"], found["rank"], found["equations"]) == (2, 6, 2, 2)
    assert (found["real"], found["complex"], found["families"]) == (0, 0, 1)
    assert found["flat_if"] == "k₀ + k₂ = k₁ + k₃"
    assert found["determinant"] == str(30 * 30 - 11 * 11)
    assert found["cells_of_rows"] == 3
    assert r"k_{0} k_{2} + k_{1} k_{3}" in found["latex"]
    ring = row(n=5, k=3, high=2, low=0, mode="circular")
    assert (ring["spectrum"], ring["growth"]) == ("DFT", "bounded, at most 3.6743")
    assert (ring["flat_if"], ring["left_out"]) == (None, [])
    three = row(n=4, k=3, low=1, high=1)
    assert (three["real"], three["complex"], three["families"]) == (2, 0, 0)
    assert row(n=3, k=3, stride=3)["flat_if"] == "k₀ = k₁, k₀ = k₂"
    assert row(n=3, k=1)["flat_if"] == "always"


def test_wide_by_rank_has_no_solution():
    found = row(n=2, k=3, low=2, high=2)
    assert (found["rows"], found["real"], found["families"]) == (4, 0, 0)


def test_what_takes_long_is_left_out_and_nothing_hangs():
    start = time.monotonic()
    found = row(("sizes", "solutions"), 0.3, axes=2, n=4, k=3)
    assert time.monotonic() - start < 5
    assert found["real"] is None
    assert found["left_out"] == ["solutions: it takes more than 0.3 seconds"]
    assert found["rows"] == 4


def test_browsing(tmp_path):
    geometries = Geometries(5, 2, 2)
    with ThreadPoolExecutor(1) as pool:
        data = build_atlas(tmp_path, geometries, ("sizes", "ranks"), pool).dataset()
    every = [*geometries]
    assert rows(data, ["k=2", "stride>1"]).num_rows == sum(
        g["k"] == 2 and g["stride"] > 1 for g in every
    )
    first = rows(data, [], ("rows", "n"), ("-rows", "n"), 3).to_pylist()
    assert first[0] == {"rows": 6, "n": 5}
    assert [r["rows"] for r in first] == sorted([r["rows"] for r in first], reverse=True)
    assert rows(data, ["mode=zeros", "failure=null"]).num_rows == len(every)
    assert rows(data, ["failure!=null"]).num_rows == 0
    counts = {r["stride"]: r["rows_of_it"] for r in counted(data, ("stride",), ["k=1"]).to_pylist()}
    assert counts == Counter(g["stride"] for g in every if g["k"] == 1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("k", "is no condition"),
        ("nothing=3", "column 'nothing' is not one of"),
        ("k=three", "'three' is no int64"),
        ("k=__import__('os')", "is no int64"),
        ("left_out=x", "compared with null alone"),
        ("cell=x", "is not one of"),
    ],
)
def test_conditions_that_are_none(tmp_path, text, words):
    with ThreadPoolExecutor(1) as pool:
        data = build_atlas(tmp_path, Geometries(2, 1, 1), ("sizes",), pool).dataset()
    with pytest.raises(SymconvError, match=words.replace("'", ".")):
        rows(data, [text])
    assert issubclass(ParseError, SymconvError)


# --- the command line ----------------------------------------------------------------------------


def command(*arguments, cwd, wait=True):
    code = "from symconv.cli.commands import main\nif __name__ == '__main__': main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "atlas", *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "100"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
        start_new_session=True,
    )
    return (*process.communicate(timeout=120), process.returncode) if wait else process


@pytest.mark.slow
def test_build_stopped_by_a_terminal_goes_on(tmp_path):
    given = ("build", "--max-size", "7", "--max-kernel", "3", "--max-stride", "2", "--workers", "2")
    atlas = tmp_path / "atlas"
    process = command(*given, cwd=tmp_path, wait=False)
    while not list(atlas.glob("part-*")):
        assert process.poll() is None
        time.sleep(0.05)
        if (atlas / "_common_metadata").exists():
            time.sleep(1.5)
            break
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=30)
    there = sum(pq.read_metadata(part).num_rows for part in atlas.glob("part-*"))
    every = len(Geometries(7, 3, 2))
    assert 0 < there < every
    out, err, code = command(*given, cwd=tmp_path)
    assert code == 0, err
    assert f"{every} cells" in out
    assert f"{every - there} of them new, 0 failed" in out
    cells = [c for part in atlas.glob("part-*") for c in pq.read_table(part)["cell"].to_pylist()]
    assert len(cells) == len(set(cells)) == every
    _look(tmp_path, every)


def _look(folder, every):
    """Show and query, in every format."""
    out, _, _ = command("show", cwd=folder)
    assert out.startswith(f"{every} geometries, 0 failed")
    out, _, _ = command("show", "atlas", "n=6", "k=2", "stride=2", "high=0", cwd=folder)
    assert [line.split() for line in out.splitlines() if line.startswith(("real", "families"))] == [
        ["real", "0"], ["families", "1"],
    ]  # fmt: skip
    wanted = (
        "query",
        "atlas",
        "k=2",
        "n=3",
        "--columns",
        "low,high,stride,rank",
        "--sort",
        "-rank,low,high",
    )
    out, _, _ = command(*wanted, "--format", "json", "--limit", "1", cwd=folder)
    assert json.loads(out) == {"low": 0, "high": 1, "stride": 1, "rank": 3}
    out, _, _ = command(*wanted, "--format", "csv", cwd=folder)
    assert out.splitlines()[:2] == ["low,high,stride,rank", "0,1,1,3"]
    out, _, _ = command(*wanted, cwd=folder)
    assert out.splitlines()[0].split() == ["low", "high", "stride", "rank"]
    out, _, _ = command("query", "atlas", "--by", "k", cwd=folder)
    assert sum(int(line.split()[1]) for line in out.splitlines()[1:]) == every
    _, err, code = command("query", "atlas", "k=three", cwd=folder)
    assert (code, err) == (2, "symconv: error: 'k=three': 'three' is no int64\n")


def test_no_atlas(tmp_path):
    _, err, code = command("show", "nowhere", cwd=tmp_path)
    assert code == 2
    assert "is no folder of results" in err
