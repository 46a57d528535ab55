"""The symbolic half under newer Pythons, where this machine has none of its own."""

import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

import symconv as sc

HERE = Path(__file__).parent / "pythons"
PACKAGES = ("symconv", "sympy", "mpmath", "lazy_loader")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("node") is None or not (HERE / "node_modules").is_dir(),
        reason="npm install in tests/pythons was not run",
    ),
]


@pytest.mark.parametrize("version", ["3.12", "3.13", "3.14"])
def test_the_symbolic_half(version):
    packages = [find_spec(name).submodule_search_locations[0] for name in PACKAGES]
    command = ["node", HERE / "run.mjs", f"python-{version}", HERE / "symbolic_half.py", *packages]
    run = subprocess.run(command, capture_output=True, text=True)
    said = re.search(r"Python (.+): (\d+) names, (\d+) examples, (\d+) failed", run.stdout)
    assert said, run.stderr
    assert (said[1], int(said[2]), int(said[4])) == (version, len(sc.__all__) - 1, 0), run.stdout
    assert int(said[3]) > 250
