"""What a program prints in runs with different seeds of Python's hashes."""

from __future__ import annotations

import os
import subprocess
import sys


def printed_in_every_run(program: str, seeds: int = 3) -> set[str]:
    """The different outputs; one where nothing hangs on the order of a set."""
    return {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in range(seeds)
    }
