"""Links that lead somewhere in a clone, where no site was built, and to what is made of it here."""

from __future__ import annotations

import os
import re
from pathlib import PurePosixPath

# From where a thing stands in the repository, seen from this folder, to its page of the site.
BUILT = {
    "gallery": "gallery.md",
    "../symconv/__init__.pyi": "reference/index.rst",
    "../symconv/catalogue": "catalogue.md",
}
LINK = re.compile(r"(\]\()([^)#\s]+)")


def of_the_site(text: str, folder: str) -> str:
    """The text of a page in a folder, whose links lead to the pages that the site's build makes.

    >>> of_the_site("[all](../gallery), [1](../../notebooks/01-a.ipynb)", "guides")
    '[all](../gallery.md), [1](../notebooks/01-a.ipynb)'
    """

    def moved(found: re.Match[str]) -> str:
        written = "../notebooks" if folder == "notebooks" else folder
        target = os.path.normpath(PurePosixPath(written, found[2]))
        built = BUILT.get(target, "")
        if target.startswith(("../notebooks/", "../docs/")):
            built = target.removeprefix("../").removeprefix("docs/")
        return found[1] + (os.path.relpath(built, folder or ".") if built else found[2])

    return LINK.sub(moved, text)


def moved(app: object, name: str, source: list[str]) -> None:
    """Before a page is read."""
    source[0] = of_the_site(source[0], str(PurePosixPath(name).parent))
