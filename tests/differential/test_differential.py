"""Some random layers of each framework; ``python -m tests.differential`` runs thousands."""

import importlib
from pathlib import Path

import numpy as np
import pytest

import symconv as sc

from .cases import Case, Figures, judge
from .runner import run, table

pytest.importorskip("torch")
pytest.importorskip("onnxruntime")


@pytest.fixture(autouse=True)
def jax_as_it_was():
    """The layers of JAX are drawn in double precision, which other tests do not have."""
    jax = pytest.importorskip("jax")
    before = jax.config.jax_enable_x64
    yield
    jax.config.update("jax_enable_x64", before)


PAGE = Path(__file__).parents[2] / "docs/layers.md"
LAYERS = {"torch": 300, "onnx": 300, "scipy": 300, "jax": 30, "keras": 40}


@pytest.mark.parametrize("framework", LAYERS)
def test_random_layers(framework):
    found = run(LAYERS[framework], 0, 1, [framework])
    figures, _ = found[framework]
    assert not figures.findings, figures.findings[:3]
    outcomes = {outcome for _, outcome in figures.counts}
    assert {"equal", "refused by both"} <= outcomes
    assert f"| {framework} |" in table(found)


@pytest.mark.parametrize(("name", "count"), [("torch", 25), ("onnx", 40), ("keras", 6)])
def test_random_stacks(name, count):
    figures, _ = run(0, count, 1, [f"{name} stacks"])[f"{name} stacks"]
    assert not figures.findings, figures.findings[:3]
    assert sum(n for (_, outcome), n in figures.counts.items() if outcome == "equal") > count / 5


@pytest.mark.slow
def test_the_page_of_layers_is_what_runs():
    """Every layer is run, read, written for four frameworks, and what is written is run."""
    pytest.importorskip("keras")
    table = importlib.import_module("tests.differential.layer_table")
    assert table.page() == PAGE.read_text()


def test_what_a_writer_gets_wrong_is_found(monkeypatch):
    table = importlib.import_module("tests.differential.layer_table")
    C = sc.conv([[1, 2], [3, 4]], (4, 4))
    assert table.written(C, "torch", table.PLANE[:1]) == "layer"
    wrong = lambda operator, x: 2 * table.run_jax(operator, x)  # noqa: E731
    monkeypatch.setitem(table.OBJECTS, "torch", wrong)
    with pytest.raises(AssertionError):
        table.written(C, "torch", table.PLANE[:1])
    with pytest.raises(AssertionError, match="is read"):
        table.refusal(sc.from_torch, "Identity")


def planted(read, run=lambda image: image[:, :-1] * 2):
    figures = Figures()
    judge(Case("planted", "shown", np.arange(1, 6)[None], run, read), figures)
    return dict(figures.counts), figures.findings


def refused():
    raise sc.SymconvError("no")


def broken():
    raise TypeError("no")


def test_what_is_wrong_is_found():
    assert planted(lambda: sc.conv([2, 0], 5)) == ({("planted", "equal"): 1}, [])
    for read in (lambda: sc.conv([3, 0], 5), lambda: sc.conv([2], 5), refused, broken):
        counts, findings = planted(read)
        assert len(findings) == 1
        assert counts.keys() & {("planted", "wrong"), ("planted", "only run")}
    counts, findings = planted(lambda: sc.conv([2], 5), lambda image: image.nothing)
    assert counts == {("planted", "only read"): 1}
    assert len(findings) == 1
    assert planted(lambda: sc.conv(["1/3"], 5), lambda image: image / 3)[0] == {
        ("planted", "equal"): 1
    }


EXACT = sc.interpolate(5, 7, mode="cubic")


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_a_weight_that_is_off_by_some_roundings_is_found(kind):
    """Numbers of the type are compared by its own steps, not by 1e-5."""
    weights = sc.to_numpy(EXACT, dtype=float)

    def outcome(times, places=None):
        figures = Figures()
        off = weights * (1 + times * np.finfo(kind).eps)
        run = lambda image: (off @ image[0]).astype(kind)[None]  # noqa: E731
        judge(Case("cubic", "", np.arange(1, 6)[None], run, lambda: EXACT, places), figures)
        return next(iter(figures.counts))[1]

    assert outcome(0) in ("equal", "equal but for rounding")
    assert outcome(8, 0) == "equal but for rounding"
    assert outcome(200, 0) == outcome(200) == "wrong"


def test_binary_fractions_are_compared_exactly():
    figures = Figures()
    read = lambda: sc.interpolate(4, 8)  # noqa: E731
    weights = sc.to_numpy(read(), dtype=float)
    for off in (0, 2**-52):
        run = lambda image: ((weights + off) @ image[0])[None]  # noqa: B023, E731
        judge(Case("linear", "", np.arange(1, 5)[None], run, read, 0), figures)
    assert figures.counts == {("linear", "equal"): 1, ("linear", "wrong"): 1}
