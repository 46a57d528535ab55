"""What the tests sweep: importable, so that other processes find it."""

import os
import signal
import time
from pathlib import Path


def square(a, b=0):
    """Each call leaves a line, so that tests can count them."""
    return {"square": a * a, "text": f"{a}:{b}", "half": a / 2, "even": a % 2 == 0, "list": [a, b]}


def slow(a, log):
    with open(log, "a") as file:  # one short line is appended whole
        file.write(f"{a}\n")
    time.sleep(0.02)
    return {"square": a * a}


def failing(a):
    if a % 3 == 0:
        raise ValueError(f"three divides\n{a}")
    return {"square": a * a}


def deadly(a, log):
    """Takes its process along at 7."""
    if a == 7:
        os.kill(os.getpid(), signal.SIGKILL)
    return slow(a, log)


def endless(a):
    while a == 1:
        pass
    return {"square": a * a}


def strange(a):
    return {0: {"square": 1}, 1: {"square": 1.5}, 2: {"other": 1}, 3: 5, 4: {"square": object()},
            5: {"square": 10**30}, 6: {"square": None}, 7: {"a": 1}}[a]  # fmt: skip


def once(a, log):
    """Kills the worker that runs it the first time."""
    mark = Path(log) / str(a)
    if a % 5 == 0 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return {"square": a * a}
