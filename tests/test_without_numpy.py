"""The symbolic half works where NumPy cannot be imported, as in a browser."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import symconv as sc

ROOT = Path(__file__).parents[1]
# Examples with arrays of numbers, or pictures that matplotlib draws.
NUMBERS = (
    "parse_weight",
    "ClosedForm.values",
    "Orthogonality.holds",
    "Stack.unreached",
    "Stack.to_linear_operator",
    "style.Style",
)
FOLDERS = (
    *("algebra", "operators", "typesetting", "kernels", "recognition", "printing", "determinants"),
    *("linear_algebra", "stacks", "export", "analysis", "catalogue", "jupyter"),
)
TESTS = ("algebra", "operators", "typesetting")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    places = os.pathsep.join([str(ROOT / "tests"), str(ROOT)])
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": places},
        capture_output=True,
        text=True,
    )


def test_every_public_name_is_there():
    found = run(
        "-c", "import no_numpy, symconv as sc\nprint(*[n for n in sc.__all__ if getattr(sc, n)])"
    )
    assert found.stdout.split() == list(sc.__all__), found.stderr


def test_numbers_say_what_they_need():
    found = run("-c", "import no_numpy, symconv as sc\nsc.to_numpy(sc.conv([1, 2], 3))")
    assert 'MissingExtraError: this needs numpy: pip install "numpy"' in found.stderr
    found = run("-c", "import no_numpy, symconv as sc\nsc.draw(sc.conv([1, 2], 3))")
    assert (
        'MissingExtraError: pictures need matplotlib: pip install "symconv[plots]"' in found.stderr
    )


@pytest.mark.slow
def test_examples_and_tests_of_the_symbolic_folders():
    chosen = [f"symconv/{folder}" for folder in FOLDERS]
    for folder in TESTS:
        files = (ROOT / "tests" / folder).glob("test_*.py")
        chosen += [str(file) for file in sorted(files) if "import numpy" not in file.read_text()]
    left_out = " and ".join(f"not {name}" for name in NUMBERS)
    found = run(
        "-m", "pytest", "-p", "no_numpy", "-q", "-n0", "-m", "not slow", "-k", left_out, *chosen
    )
    assert found.returncode == 0, found.stdout
    assert int(re.search(r"(\d+) passed", found.stdout)[1]) > 300
