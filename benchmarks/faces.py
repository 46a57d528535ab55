"""What people wait for: importing, LaTeX of a huge product, a film, a redraw of the explorer."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import symconv as sc
from benchmarks.measure import Case, Contestant, Timed
from symconv.jupyter.pages import Setting
from symconv.jupyter.widgets import overview, page, pages

IMPORTS = {
    "symconv": "import symconv",
    "symconv, a first layer": "import symconv; symconv.conv([1, 2], 4)",
    "SymPy": "import sympy",
    "NumPy": "import numpy",
}


def cases() -> Iterator[Case]:
    """All of them."""
    yield Case("importing", "a new process", 0, [_import(*item) for item in IMPORTS.items()])
    C = sc.conv(sc.Kernel.symbolic("k", (3, 3)), (10**6, 10**6))
    for form in ("elided", "blocks", "closed", "kron"):
        ours = _ours(lambda form=form: sc.latex(C.T @ C, form))
        yield Case("LaTeX of Cᵀ C at n = 10⁶", form, 0, [ours])
    for ending in ("svg", "gif"):
        yield Case("a film of 4×4 → 2×2", ending, 0, [_ours(lambda ending=ending: _film(ending))])
    paddings = count()
    for title in pages(Setting()):
        ours = _ours(lambda title=title: _redraw(title, next(paddings) % 3))
        yield Case("a redraw of explore()", title, 0, [ours])


def _ours(work: Callable[[], Any]) -> Contestant:
    return Contestant("symconv", lambda: work)


def _import(name: str, statement: str) -> Contestant:
    code = (
        f"import time; start = time.process_time(); {statement}; print(time.process_time() - start)"
    )

    def work() -> Timed:
        run = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        return Timed(float(run.stdout), None, 0)

    return Contestant(name, lambda: work, is_program=True)


def _film(ending: str) -> None:
    with TemporaryDirectory() as folder:
        operator = sc.conv(sc.Kernel.arange((3, 3)), (4, 4))
        sc.animate(operator, Path(folder, f"film.{ending}"), progress=lambda done, total: None)


def _redraw(title: str, padding: int) -> None:
    """3×3 on 8×8; the padding changes so that little is remembered."""
    setting = replace(Setting(size=8), padding=padding)
    overview(setting)
    page(setting, title)
