"""What is published says one version, carries its types, and names its extras in errors."""

import re
import tomllib
from pathlib import Path

import symconv as sc

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "symconv"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LARGEST = 100_000  # bytes of a file


def test_there_is_one_version():
    assert PROJECT["dynamic"] == ["version"]
    assert f"\nversion: {sc.__version__}\n" in (ROOT / "CITATION.cff").read_text()
    assert re.search(r"## (\S+?),? ", (ROOT / "CHANGELOG.md").read_text())[1] == sc.__version__


def test_the_wheel_carries_types_and_no_large_file():
    assert (PACKAGE / "py.typed").is_file()
    files = [
        path for path in PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    ]
    assert max(path.stat().st_size for path in files) < LARGEST
    assert {path.suffix for path in files} == {".py", ".pyi", ".txt", ".typed"}


def test_errors_name_extras_that_there_are():
    named = {
        extra
        for path in PACKAGE.rglob("*.py")
        for extra in re.findall(r"symconv\[(\w+)\]", path.read_text())
    }
    extras = set(PROJECT["optional-dependencies"])
    assert named == extras - {"test", "docs"}
