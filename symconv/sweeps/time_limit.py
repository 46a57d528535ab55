"""A limit of seconds for a piece of work, in whichever thread it runs."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from typing import TypeVar

from symconv.errors import BudgetError

T = TypeVar("T")

# Seconds until work is stopped again that went on nevertheless.
AGAIN = 1.0


def within(seconds: float | None, work: Callable[[], T]) -> T:
    """What work gives, stopped after so many seconds of wall time; None is no limit.

    Signals reach the main thread alone, and workers of Dask run in others: the exception is put
    into the thread by another one. Work within one call of a library in C ends with that call.
    (A context manager would not do: what is put there just as its body ends is raised before it is
    back in control.)

    Raises:
        BudgetError: it was stopped.

    >>> within(5, lambda: 2 + 3)
    5
    >>> def endless():
    ...     while True:
    ...         pass
    >>> within(0.1, endless)
    Traceback (most recent call last):
    ...
    symconv.errors.BudgetError: it takes more than 0.1 seconds
    """
    if seconds is None:
        return work()

    class Stop(BaseException):
        """Its own class for each limit, so that one within another is told from it."""

    finished, deciding = threading.Event(), threading.Lock()
    ours = threading.get_ident()

    def watch() -> None:
        pause = seconds
        while not finished.wait(pause):
            with deciding:
                if not finished.is_set():
                    _put(ours, Stop)
            pause = AGAIN

    watcher = threading.Thread(target=watch, daemon=True)
    try:
        try:
            watcher.start()  # a limit may be over before this is
            return work()
        finally:
            with deciding:
                finished.set()
                _put(ours, None)  # what was put there and has not been raised yet
    except Stop:
        finished.set()
        raise BudgetError(f"it takes more than {seconds:g} seconds") from None


def _put(thread: int, kind: type[BaseException] | None) -> None:
    value = None if kind is None else ctypes.py_object(kind)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), value)
