"""What the site carries along, so that it works offline: MathJax, Python for browsers, wheels."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parents[1]
MODULES = HERE / "node_modules"
PYTHON = (
    *(f"pyodide.{ending}" for ending in ("mjs", "asm.mjs", "asm.wasm")),
    *("python_stdlib.zip", "pyodide-lock.json"),
)
NEEDED = ("sympy", "mpmath", "lazy-loader")


def mathjax(target: Path) -> None:
    """One script and its fonts."""
    source = MODULES / "mathjax-full" / "es5"
    target.mkdir(parents=True, exist_ok=True)
    shutil.copy(source / "tex-chtml-full.js", target)
    fonts = "output/chtml/fonts/woff-v2"
    shutil.copytree(source / fonts, target / fonts, dirs_exist_ok=True)


def python(target: Path) -> None:
    """Pyodide's core, the wheels of what symconv needs, and symconv's own, with a list of them."""
    target.mkdir(parents=True, exist_ok=True)
    for name in PYTHON:
        shutil.copy(MODULES / "pyodide" / name, target)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-qq"]
    missing = [name for name in NEEDED if not any(target.glob(f"{_wheel(name)}*.whl"))]
    if missing:
        wanted = [f"{name}=={version(name)}" for name in missing]
        download = [*pip, "download", "--no-deps", "--only-binary=:all:", "-d", target]
        subprocess.run([*download, *wanted], check=True)
    for old in target.glob("symconv-*.whl"):
        old.unlink()
    subprocess.run([*pip, "wheel", "--no-deps", "-w", target, HERE.parent], check=True)
    wheels = sorted(path.name for path in target.glob("*.whl"))
    (target / "wheels.json").write_text(json.dumps(wheels))
    subprocess.run(["node", HERE / "site_parts" / "compile.mjs", target], check=True)


def _wheel(name: str) -> str:
    return f"{name.replace('-', '_')}-{version(name)}-"
