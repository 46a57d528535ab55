"""Limits of seconds: they stop what runs, one within another too, and leave nothing behind."""

import threading
import time

import pytest

from symconv.errors import BudgetError
from symconv.sweeps.time_limit import within


def busy(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


def stopped(seconds, work):
    """Whether work was stopped by its own limit."""
    try:
        within(seconds, work)
    except BudgetError as error:
        return str(error) == f"it takes more than {seconds:g} seconds"
    return False


def test_what_is_quick_is_let_be():
    assert within(5, lambda: 7) == within(None, lambda: 7) == 7


@pytest.mark.parametrize(("outer", "inner"), [(0.05, 5), (5, 0.05)])
def test_one_within_another(outer, inner):
    """The shorter one stops it, wherever it stands."""
    assert stopped(outer, lambda: stopped(inner, lambda: busy(2))) == (outer < inner)


def test_what_catches_errors_is_stopped_too():
    def stubborn():
        while True:
            try:
                busy(0.01)
            except Exception:
                continue

    assert stopped(0.05, stubborn)


def test_another_error_passes():
    with pytest.raises(ZeroDivisionError):
        within(5, lambda: 1 / 0)


def test_nothing_is_left_behind():
    """Work that ends just as its limit does is stopped or not, and never later."""
    for _ in range(300):
        stopped(0.002, lambda: busy(0.002))
        busy(0.0005)
    busy(1.5)  # longer than until the next attempt
    time.sleep(0.1)
    assert threading.active_count() < 50


def test_in_a_thread():
    told = []
    thread = threading.Thread(target=lambda: told.append(stopped(0.05, lambda: busy(5))))
    thread.start()
    thread.join(4)
    assert told == [True]
