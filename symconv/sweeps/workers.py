"""Executors that a sweep runs on: processes of its own, or whatever one hands over."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from types import TracebackType
from typing import Any, Protocol

from symconv.arguments import parse_count, shown
from symconv.errors import SymconvError

MOST_PROCESSES = 1024


class Workers(Protocol):
    """What takes work, and may have to be started again."""

    def submit(self, work: Callable[..., Any], *given: Any) -> Future[Any]:
        """Have it done."""

    def restart(self, error: BaseException) -> None:
        """Go on after this broke it, or refuse."""

    def forget(self, work: Iterable[Future[Any]]) -> None:
        """Nobody waits for it any more."""

    def __enter__(self) -> Workers: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


def parse_workers(executor: Any) -> Workers:
    """Workers from an executor, a number of processes, or None for one a core."""
    if isinstance(executor, Executor):
        return Handed(executor)
    if executor is None:
        return Processes(os.cpu_count() or 1)
    if isinstance(executor, int):
        return Processes(parse_count("executor", executor, 1, MOST_PROCESSES))
    raise SymconvError(
        f"{shown(executor)} is no concurrent.futures.Executor and no number of processes"
    )


class Handed:
    """An executor of somebody else's, which stays open."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def submit(self, work: Callable[..., Any], *given: Any) -> Future[Any]:
        return self._executor.submit(work, *given)

    def restart(self, error: BaseException) -> None:
        raise SymconvError(
            f"the executor broke: {error}; what was done is kept, and the same call goes on"
        ) from error

    def forget(self, work: Iterable[Future[Any]]) -> None:
        for future in work:
            future.cancel()

    def __enter__(self) -> Handed:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing of ours is left to close."""


class Processes:
    """Processes that leave Ctrl-C to their parent, and end with it however it ends.

    >>> with Processes(1) as workers:
    ...     workers.submit(pow, 2, 5).result()
    32
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._pool = ProcessPoolExecutor(count, initializer=_start)

    def submit(self, work: Callable[..., Any], *given: Any) -> Future[Any]:
        return self._pool.submit(work, *given)

    def restart(self, error: BaseException) -> None:
        self._pool.shutdown(wait=True)
        self._pool = ProcessPoolExecutor(self._count, initializer=_start)

    def forget(self, work: Iterable[Future[Any]]) -> None:
        """It ends with the processes: Python 3.11 trips over what is cancelled as they go."""

    def __enter__(self) -> Processes:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:  # nobody waits for what is running
            for process in [*(self._pool._processes or {}).values()]:
                process.terminate()
        self._pool.shutdown(wait=True)


def _start() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
