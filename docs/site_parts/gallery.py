"""The gallery: every file of ``gallery/`` is run, and its picture stands beside its code."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from symconv.plotting.animation import Film

HEAD = """# Gallery

Every picture and film here was made by the code below it when this site was built.
`figure.savefig("figure.pdf")` writes vector graphics, and `film.save("film.gif")` a film for
anywhere; pictures need `pip install "symconv[plots]"`.
"""


def write(scripts: Path, page: Path, images: Path) -> None:
    images.mkdir(parents=True, exist_ok=True)
    parts = [_entry(script, images) for script in sorted(scripts.glob("[0-9]*.py"))]
    page.write_text("\n".join([HEAD, *parts]))


def run(script: Path) -> tuple[str, str, str, dict[str, Any]]:
    """The title, the words and the code of a script, and the names that it leaves behind."""
    text = script.read_text()
    tree = ast.parse(text)
    title, _, words = (ast.get_docstring(tree) or "").partition("\n")
    code = "\n".join(text.splitlines()[tree.body[0].end_lineno :]).strip()
    names: dict[str, Any] = {}
    exec(compile(text, script, "exec"), names)
    return title.rstrip("."), words.strip(), code, names


def _entry(script: Path, images: Path) -> str:
    title, words, code, names = run(script)
    image = images / f"{script.stem}.svg"
    if "film" in names:
        film: Film = names["film"]
        film.save(image)
    else:
        names["figure"].savefig(image, bbox_inches="tight")
    shown = f'<img class="picture" src="_static/gallery/{image.name}" alt="{title}">'
    return f"## {title}\n\n{words}\n\n{shown}\n\n```python\n{code}\n```\n"
