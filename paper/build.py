"""Writes paper/generated: every formula, matrix, number and figure of the paper, from symconv.

python paper/build.py               # all but what depends on a machine
python paper/build.py --measure     # the table of times, measured here
python paper/build.py --frameworks  # the versions of the frameworks, after running their layers
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from parts.figures import FIGURES, vector_graphics
from parts.formulas import FRAGMENTS
from parts.frameworks import engines_and_versions
from parts.numbers import macros
from parts.tables import catalogue, conventions, sizes
from parts.times import measured

from symconv.files import write_whole

GENERATED = Path(__file__).parent / "generated"
BANNER = "% Written by paper/build.py; do not edit.\n"
TABLES: dict[str, Callable[[], str]] = {
    "numbers": macros,
    "conventions": conventions,
    "sizes": sizes,
    "catalogue": catalogue,
}
# What a run on one machine leaves behind.
RECORDED = ("times.tex", "machine.tex", "frameworks.tex")


def texts() -> Iterator[tuple[str, str]]:
    """Names and contents of the TeX files."""
    for name, make in (FRAGMENTS | TABLES).items():
        yield f"{name}.tex", closed(make())


def pictures() -> Iterator[tuple[str, bytes]]:
    """Names and contents of the figures."""
    for name, draw in FIGURES.items():
        yield f"{name}.pdf", vector_graphics(draw())


def closed(text: str) -> str:
    """A file that adds no space where it is read."""
    return BANNER + text.rstrip("\n") + "%\n"


def build(folder: Path) -> None:
    """Write all files but the recorded ones."""
    folder.mkdir(exist_ok=True)
    for name, text in texts():
        write_whole(folder / name, text)
    for name, picture in pictures():
        write_whole(folder / name, picture)


def measure(folder: Path) -> None:
    """Write the table of times and the machine that it was measured on."""
    for name, text in zip(("times.tex", "machine.tex"), measured(), strict=True):
        write_whole(folder / name, closed(text))


def run_frameworks(folder: Path) -> None:
    """Run the layers that the paper compares, and write which versions agreed."""
    write_whole(folder / "frameworks.tex", closed(engines_and_versions()))


if __name__ == "__main__":
    chosen = {"--measure": measure, "--frameworks": run_frameworks}
    chosen.get(" ".join(sys.argv[1:]), build)(GENERATED)
