"""Everything that the site shows and the code makes."""

from __future__ import annotations

import shutil
from pathlib import Path

from parts import carried, catalogue, gallery, reference


def everything(folder: Path) -> None:
    """Write it where the pages are read, in places that git ignores."""
    static = folder / "generated" / "static"
    carried.mathjax(static / "mathjax")
    carried.python(static / "python")
    reference.write(folder / "reference")
    catalogue.write(folder / "catalogue.md")
    gallery.write(folder / "gallery", folder / "gallery.md", static / "gallery")
    notebooks = folder / "notebooks"
    notebooks.mkdir(exist_ok=True)
    for notebook in (folder.parent / "notebooks").glob("*.ipynb"):
        shutil.copy(notebook, notebooks)
