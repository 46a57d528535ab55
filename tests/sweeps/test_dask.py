"""A sweep on Dask's workers, of which some are killed midway."""

import os
import signal
from collections import Counter
from functools import partial

import psutil
import pytest

import symconv as sc
from sweeps import functions
from sweeps.test_sweep import TESTS, rows, whole

distributed = pytest.importorskip("distributed")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]  # Dask's own


@pytest.fixture
def cluster(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(TESTS), str(TESTS.parent)]))
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
    ) as found:
        yield found


def test_a_worker_is_killed_midway_and_the_cluster_lost(cluster, tmp_path):
    path, log, count = tmp_path / "sweep", tmp_path / "log", 120
    work = partial(functions.slow, log=str(log))
    killed = []

    def kill(done, total):
        """The worker's process, once; its nanny starts another."""
        if done == 40 and not killed:
            pid = next(iter(cluster.workers.values())).pid
            killed.append(psutil.Process(pid))
            os.kill(pid, signal.SIGKILL)

    with distributed.Client(cluster) as client:
        first = sc.sweep(
            work, {"a": range(80)}, path, client.get_executor(), in_flight=20, progress=kill
        )
        assert killed
        assert not killed[0].is_running()
        assert (first.cells, first.failures) == (80, 0)
        again = sc.sweep(work, {"a": range(count)}, path, client.get_executor())
    assert again.computed == count - 80
    whole(path, log, count, most_twice=20)


def test_a_cell_that_kills_every_worker_fails_alone(cluster, tmp_path):
    work = partial(functions.deadly, log=str(tmp_path / "log"))
    with distributed.Client(cluster) as client:
        found = sc.sweep(work, {"a": range(12)}, tmp_path / "s", client.get_executor(), in_flight=1)
    there = {row["a"]: row["failure"] for row in rows(tmp_path / "s", "a", "failure")}
    assert there == dict.fromkeys(range(12)) | {7: "the worker died of it"}
    assert found.failures == 1
    assert Counter(row["a"] for row in rows(tmp_path / "s", "a")) == Counter(range(12))


def test_seconds_hold_in_a_thread_of_dask(cluster, tmp_path):
    with distributed.Client(cluster) as client:
        sc.sweep(
            functions.endless, {"a": range(3)}, tmp_path / "s", client.get_executor(), seconds=0.3
        )
    there = {row["a"]: row["failure"] for row in rows(tmp_path / "s", "a", "failure")}
    assert there == {0: None, 1: "BudgetError: it takes more than 0.3 seconds", 2: None}
