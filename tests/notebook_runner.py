"""Run the notebooks and write them with their outputs: ``python tests/notebook_runner.py``.

Each notebook is a Markdown file, which is what one edits, and the .ipynb made from it.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[1] / "notebooks"
TEXTS = sorted(FOLDER.glob("[0-9]*.md"))
SECONDS = 60
ANSWER = re.compile(r"<details>.*?</details>", re.S)
CODE = re.compile(r"```python\n(.*?)```", re.S)
WIDGET = "application/vnd.jupyter.widget-view+json"


def read(text: Path, *, answers: bool = False) -> Any:
    """The notebook that a Markdown file is, without outputs.

    Args:
        text: the file.
        answers: put the code of folded answers into cells of their own, so that it runs too.
    """
    found = jupytext.read(text, fmt="md")
    cells: list[Any] = []
    for cell in found.cells:
        cells.append(cell)
        if answers and cell.cell_type == "markdown":
            folded = "".join(ANSWER.findall(cell.source))
            cells += map(nbformat.v4.new_code_cell, CODE.findall(folded))
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
        cell["metadata"] = {}
    metadata = {
        "jupytext": {"formats": "ipynb,md"},
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


def run(notebook: Any) -> Any:
    """The same notebook with its outputs, and nothing that differs from run to run."""
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"
    client = NotebookClient(notebook, timeout=SECONDS, resources={"metadata": {"path": FOLDER}})
    client.execute()
    notebook.metadata.language_info = {"name": "python"}
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.metadata = {}
            cell.execution_count = None
            kept = [_clean(o) for o in cell.outputs if WIDGET not in o.get("data", {})]
            cell.outputs = _whole_streams(kept)
    return notebook


def _whole_streams(outputs: list[Any]) -> list[Any]:
    """Where the kernel flushes is chance: what follows on the same stream is one output."""
    whole: list[Any] = []
    for output in outputs:
        last = whole[-1] if whole else None
        if last and last.get("name", "") == output.get("name"):
            last.text += output.text
        else:
            whole.append(output)
    return whole


def _clean(output: Any) -> Any:
    if "execution_count" in output:
        output.execution_count = None
    return output


def write(text: Path) -> None:
    """Run a notebook and write it beside its text, whole or not at all."""
    target = text.with_suffix(".ipynb")
    scratch = target.with_suffix(".part")
    nbformat.write(run(read(text)), scratch)
    scratch.replace(target)


if __name__ == "__main__":
    chosen = [text for text in TEXTS if not sys.argv[1:] or text.stem in sys.argv[1:]]
    for text in chosen:
        write(text)
        print(text.with_suffix(".ipynb").name)
