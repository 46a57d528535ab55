"""A function at every cell of a grid: in parallel, written as it comes, resumed after a kill."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, wait
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from inspect import signature
from itertools import islice
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import TIMEOUT_MAX
from typing import Any

from symconv.arguments import on_one_line, parse_count, shown
from symconv.errors import SymconvError
from symconv.sweeps.arrow import dataset, pa
from symconv.sweeps.grids import Geometry, Grid, key, parse_grid, plain
from symconv.sweeps.parts import CELL, FAILURE, SECONDS, Parts, open_dataset
from symconv.sweeps.time_limit import within
from symconv.sweeps.workers import Workers, parse_workers

# What is asked for at once: enough for a pool, and all that waits in memory.
IN_FLIGHT = 256
MOST_IN_FLIGHT = 10**6
LONGEST_FAILURE = 500
# Seconds after which what has come in is looked at, though nothing comes.
IDLE = 1.0
# What executors raise where a piece of work has taken its worker along again and again.
DEADLY = ("KilledWorker", "WorkerCrashedError")

Progress = Callable[[int, int | None], object]
Cell = tuple[bytes, Geometry]


@dataclass(frozen=True)
class Outcome:
    """What a cell gave: its results or why there are none, and the seconds that it took."""

    result: Mapping[str, Any] | None
    failure: str | None
    seconds: float | None


DEAD = Outcome(None, "the worker died of it", None)


@dataclass(frozen=True)
class Sweep:
    """What a sweep has written.

    Attributes:
        path: the folder with its Parquet files, which any tool reads.
        cells: how many cells are there, each a row.
        computed: how many of them this call added.
        failures: how many of those failed.
        elapsed: the seconds that it took.
    """

    path: Path
    cells: int
    computed: int
    failures: int
    elapsed: float

    def dataset(self) -> dataset.Dataset:
        """All rows, for PyArrow, DuckDB, pandas or Polars to read from the disk."""
        return open_dataset(self.path)

    def table(self, columns: list[str] | None = None) -> pa.Table:
        """All rows, or some columns of them, in memory."""
        return self.dataset().to_table(columns)

    def __str__(self) -> str:
        rate = self.computed / self.elapsed if self.elapsed else 0
        return (
            f"{self.cells} cells in {self.path}, {self.computed} of them new, "
            f"{self.failures} failed; {rate:.1f} a second"
        )


def sweep(
    function: Callable[..., Mapping[str, Any]],
    grid: Mapping[str, Iterable[Any]] | Iterable[Geometry],
    path: Any,
    executor: Executor | int | None = None,
    *,
    schema: Any = None,
    seconds: float | None = None,
    chunk: int = 1,
    in_flight: int = IN_FLIGHT,
    progress: Progress | None = None,
) -> Sweep:
    """Call a function at every cell of a grid, and write what it gives to Parquet as it comes.

    Stopped however, by Ctrl-C, a kill or a lost machine, the same call goes on where it was: no
    cell is lost and none is there twice. A cell that fails is a row with its error. What waits in
    memory is bounded, but for 16 bytes (some 100 in Python) for each cell that is done.

    Args:
        function: takes the parameters by name and returns a mapping from column to number, text,
            truth value or list of these. Other processes have to find it by its name.
        grid: parameter to its values, or the geometries one by one, such as a generator of
            mappings; twice the same one is one cell.
        path: the folder to write to; parts are renamed when they are whole. Rows have the columns
            ``cell`` (which tells it from others), the parameters, the results, ``failure`` and
            ``seconds`` (wall time).
        executor: any ``concurrent.futures.Executor``, such as Dask's ``client.get_executor()``,
            MPI's or Ray's, which stays open; or a number of processes; one a core where left out.
        schema: column to type (Python's or PyArrow's); read from the first result where left out.
        seconds: the limit for a cell, which then fails.
        chunk: cells that are sent together; more than one pays where a cell takes milliseconds.
        in_flight: how many cells are asked for at once.
        progress: called with the cells done and all of them (None where not known); by default a
            bar in a terminal.

    Raises:
        SymconvError: the folder holds something else, or the executor broke or cannot run it.
        MissingExtraError: PyArrow is not installed.

    >>> from concurrent.futures import ThreadPoolExecutor
    >>> from tempfile import TemporaryDirectory
    >>> import symconv as sc
    >>> def rank(k, n):
    ...     return {"rank": int(sc.rank(sc.conv(sc.Kernel.arange(k), n)))}
    >>> with TemporaryDirectory() as folder, ThreadPoolExecutor(1) as pool:
    ...     found = sweep(rank, {"k": [2, 3], "n": [2, 9]}, folder, pool)
    ...     found.table(["k", "n", "rank", "failure"]).to_pylist()[1:3]
    ... # doctest: +NORMALIZE_WHITESPACE, +ELLIPSIS
    [{'k': 2, 'n': 9, 'rank': 8, 'failure': None},
     {'k': 3, 'n': 2, 'rank': None, 'failure': 'GeometryError: the kernel covers 3 pixels ...'}]
    """
    if not callable(function):
        raise SymconvError(f"{shown(function)} is no function of the parameters")
    _require_progress(progress)
    chunk = parse_count("chunk", chunk, 1, MOST_IN_FLIGHT)
    in_flight = parse_count("in_flight", in_flight, chunk, MOST_IN_FLIGHT)
    work = partial(run_cells, function, None if seconds is None else parse_seconds(seconds))
    cells, workers = parse_grid(grid), parse_workers(executor)
    start = time.monotonic()
    with Parts(path, cells.samples, schema, name_of(function)) as parts, workers:
        outcomes = partial(_outcomes, workers, work, chunk, in_flight)
        counts = _write(parts, cells, outcomes, progress)
    return Sweep(parts.folder, *counts, time.monotonic() - start)


def name_of(function: Any) -> str:
    """By which a folder knows what made its rows.

    >>> name_of(partial(int, base=2))
    "builtins.int () {'base': 2}"
    """
    if isinstance(function, partial):
        return f"{name_of(function.func)} {function.args} {function.keywords}"
    named = function if hasattr(function, "__qualname__") else type(function)
    return f"{named.__module__}.{named.__qualname__}"


def _require_progress(progress: Any) -> None:
    try:
        if progress is not None:
            signature(progress).bind(0, 0)
    except (TypeError, ValueError):
        raise SymconvError(
            f"progress={shown(progress)} is no function of the cells done and all"
        ) from None


def parse_seconds(seconds: Any) -> float:
    """A time that can be waited for."""
    number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if not number or not 0 < seconds <= TIMEOUT_MAX:
        raise SymconvError(f"seconds={shown(seconds)} is no time above 0")
    return float(seconds)


# --- in the worker --------------------------------------------------------------------------------


def run_cells(
    function: Callable[..., Any], seconds: float | None, geometries: list[Geometry]
) -> list[Outcome]:
    """The function at some cells."""
    return [_run(function, seconds, geometry) for geometry in geometries]


def _run(function: Callable[..., Any], seconds: float | None, geometry: Geometry) -> Outcome:
    start = time.perf_counter()
    result, failure = None, None
    try:
        result = within(seconds, lambda: plain(function(**geometry)))
        if not isinstance(result, Mapping):
            raise SymconvError(f"{shown(result)} is no mapping from columns to values")
    except (Exception, SystemExit) as error:
        result, failure = None, f"{type(error).__name__}: {on_one_line(error)}"[:LONGEST_FAILURE]
    return Outcome(result, failure, time.perf_counter() - start)


# --- in the process that writes -------------------------------------------------------------------


def _write(
    parts: Parts,
    grid: Grid,
    outcomes: Callable[[Iterator[Cell]], Generator[tuple[Cell, Outcome] | None, None, None]],
    progress: Progress | None,
) -> tuple[int, int, int]:
    """How many cells are there, are new, and failed."""
    seen = set(parts.done())
    before, failures = len(seen), 0
    todo = _Todo(grid, seen, parts.require)
    with _told(progress, grid.size) as tell, closing(outcomes(iter(todo))) as coming:
        for found in coming:
            if found is None:
                parts.flush_if_due()
                continue
            (name, geometry), outcome = found
            row = {CELL: name, **geometry, FAILURE: outcome.failure, SECONDS: outcome.seconds}
            failures += not parts.add(row, outcome.result)
            todo.done += 1
            tell(todo.done)
        tell(todo.done)
    return len(seen), len(seen) - before, failures


class _Todo:
    """The cells of a grid that are not there yet, each once, and how many are there by now."""

    def __init__(self, grid: Grid, seen: set[bytes], require: Callable[[Geometry], object]) -> None:
        self._grid, self._seen, self._require, self.done = grid, seen, require, 0

    def __iter__(self) -> Iterator[Cell]:
        for geometry in self._grid:
            name = key(geometry)
            if name in self._seen:
                self.done += 1
                continue
            self._require(values := plain(geometry))
            self._seen.add(name)
            yield name, values


@contextmanager
def _told(progress: Progress | None, total: int | None) -> Iterator[Callable[[int], object]]:
    """A bar where somebody watches a terminal, or a call after each cell."""
    if progress is not None:
        yield lambda done: progress(done, total)
        return
    from rich import progress as bars
    from rich.console import Console

    console = Console(stderr=True)
    columns = (
        *(bars.TextColumn("sweeping"), bars.BarColumn(), bars.MofNCompleteColumn()),
        *(bars.TimeElapsedColumn(), bars.TextColumn("left"), bars.TimeRemainingColumn()),
    )
    with bars.Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("", total=total)
        yield lambda done: bar.update(task, completed=done)


def _outcomes(
    workers: Workers,
    work: Callable[[list[Geometry]], list[Outcome]],
    chunk: int,
    in_flight: int,
    cells: Iterator[Cell],
) -> Generator[tuple[Cell, Outcome] | None, None, None]:
    """Cells with what they gave, in the order in which they come; None while none comes."""
    running: dict[Future[list[Outcome]], list[Cell]] = {}
    finished: SimpleQueue[Future[list[Outcome]]] = SimpleQueue()
    try:
        while True:
            while len(running) * chunk < in_flight and (batch := [*islice(cells, chunk)]):
                future = _submitted(workers, work, batch)
                running[future] = batch
                future.add_done_callback(finished.put)
            if not running:
                return
            try:
                future = finished.get(timeout=IDLE)
            except Empty:
                yield None
                continue
            if future in running:  # not one that broke together with another
                yield from _collected(workers, work, future, running)
    finally:
        workers.forget(running)


def _submitted(workers: Workers, work: Any, batch: list[Cell]) -> Future[list[Outcome]]:
    try:
        return workers.submit(work, [geometry for _, geometry in batch])
    except BrokenExecutor as error:  # by an earlier one, which is about to be collected
        broken: Future[list[Outcome]] = Future()
        broken.set_exception(error)
        return broken


def _collected(
    workers: Workers,
    work: Any,
    future: Future[list[Outcome]],
    running: dict[Future[list[Outcome]], list[Cell]],
) -> Iterator[tuple[Cell, Outcome]]:
    batch = running.pop(future)
    error = CancelledError("it was cancelled") if future.cancelled() else future.exception()
    if error is None:
        yield from zip(batch, future.result(), strict=True)
    elif isinstance(error, BrokenExecutor):
        # Whichever of them it was: alone, each says for itself.
        suspects = [*batch, *(cell for others in running.values() for cell in others)]
        running.clear()
        workers.restart(error)
        yield from _one_by_one(workers, work, suspects)
    elif type(error).__name__ in DEADLY:
        yield from _one_by_one(workers, work, batch) if len(batch) > 1 else [(batch[0], DEAD)]
    else:
        raise SymconvError(
            f"the executor cannot run {shown(batch[0][1])}: {on_one_line(error)}"
        ) from error


def _one_by_one(
    workers: Workers, work: Any, cells: Iterable[Cell]
) -> Iterator[tuple[Cell, Outcome]]:
    for cell in cells:
        future = _submitted(workers, work, [cell])
        wait([future])
        error = future.exception()
        if isinstance(error, BrokenExecutor):
            workers.restart(error)
            yield cell, DEAD
        else:
            yield from _collected(workers, work, future, {future: [cell]})
