"""Everything that the site shows and the code makes."""

from __future__ import annotations

import shutil
from pathlib import Path

import symconv as sc
from site_parts import atlas, carried, catalogue, gallery, reference
from symconv.plotting.matrix_svg import kernel_svg


def everything(folder: Path) -> None:
    """Write it where the pages are read, in places that git ignores."""
    static = folder / "generated" / "static"
    carried.mathjax(static / "mathjax")
    carried.python(static / "python")
    (static / "kernel.svg").write_text(kernel_svg(sc.Kernel.arange((3, 3))))
    reference.write(folder / "reference")
    catalogue.write(folder / "catalogue.md")
    atlas.write(folder / "atlas.md")
    gallery.write(folder / "gallery", folder / "gallery.md", static / "gallery")
    notebooks = folder / "notebooks"
    notebooks.mkdir(exist_ok=True)
    for notebook in (folder.parent / "notebooks").glob("*.ipynb"):
        shutil.copy(notebook, notebooks)
