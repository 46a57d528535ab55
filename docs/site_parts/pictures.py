"""The pictures of the README, light and dark; ``python docs/site_parts/pictures.py`` writes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import sympy as sp

import symconv as sc

HERE = Path(__file__).parent
FOLDER = HERE.parent / "pictures"
INK = {"light": "#1f2328", "dark": "#e6edf3"}


def latex() -> str:
    """What the README's first lines print."""
    C = sc.conv(sc.Kernel.symbolic("k", 3), sp.Symbol("n"))
    return sc.latex((C.T @ C).closed_form().two_level)


def formula(colour: str) -> str:
    """The same as an SVG of one colour, without fonts."""
    run = subprocess.run(
        ["node", HERE / "formula.cjs", colour],
        input=rf"C^{{\mathsf T}} C = {latex()}",
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout


def film() -> str:
    """A whole pass of a convolution."""
    return sc.animate(sc.conv(sc.Kernel.arange((3, 3)), (4, 4))).svg


def made() -> dict[str, str]:
    """Name of a file to what is in it."""
    formulas = {f"formula-{name}.svg": formula(colour) for name, colour in INK.items()}
    return {**formulas, "film.svg": film()}


if __name__ == "__main__":
    for name, text in made().items():
        (FOLDER / name).write_text(text)
