"""The notebooks run, say what they said when they were committed, and their answers are right."""

import json
import re
import time
from pathlib import Path

import pytest

notebook_runner = pytest.importorskip("notebook_runner")
nbformat = pytest.importorskip("nbformat")

# The kernel's own process has Python's usual warnings; these are the client's.
pytestmark = pytest.mark.filterwarnings("default")
TEXTS = notebook_runner.TEXTS
NAMES = [text.stem for text in TEXTS]


def committed(text: Path):
    return nbformat.read(text.with_suffix(".ipynb"), as_version=4)


def facts(cell):
    """What the outputs of a cell say, without pictures and numbers of execution."""
    said = []
    for output in cell.get("outputs", []):
        if output.output_type == "stream":
            said.append((output.name, output.text))
        else:
            data = {k: v for k, v in output.data.items() if not k.startswith("image/")}
            said.append((output.output_type, data))
    return said


def test_there_are_notebooks():
    assert len(NAMES) >= 5
    assert {path.stem for path in notebook_runner.FOLDER.glob("*.ipynb")} == set(NAMES)


@pytest.mark.parametrize("text", TEXTS, ids=NAMES)
def test_runs_in_time_and_says_what_is_committed(text):
    start = time.perf_counter()
    found = notebook_runner.run(notebook_runner.read(text))
    assert time.perf_counter() - start < notebook_runner.SECONDS
    for new, old in zip(found.cells, committed(text).cells, strict=True):
        assert new.source == old.source
        assert facts(new) == facts(old), new.source


def test_where_the_kernel_flushes_does_not_count():
    cell = nbformat.v4.new_code_cell(
        "import sys, time\n"
        "print('a', flush=True)\ntime.sleep(0.5)\nprint('b')\n"
        "print('c', file=sys.stderr)"
    )
    found = notebook_runner.run(nbformat.v4.new_notebook(cells=[cell]))
    assert facts(found.cells[0]) == [("stdout", "a\nb\n"), ("stderr", "c\n")]


@pytest.mark.parametrize("text", TEXTS, ids=NAMES)
def test_the_answers_run_too(text):
    notebook = notebook_runner.read(text, answers=True)
    assert len(notebook.cells) > len(notebook_runner.read(text).cells)
    notebook_runner.run(notebook)


@pytest.mark.parametrize("text", TEXTS, ids=NAMES)
def test_the_pair_is_in_step_and_holds_nothing_of_one_machine(text):
    notebook = committed(text)
    assert notebook.metadata == notebook_runner.read(text).metadata
    for written, cell in zip(notebook_runner.read(text).cells, notebook.cells, strict=True):
        assert (written.cell_type, written.source, written.id) == (
            cell.cell_type,
            cell.source,
            cell.id,
        )
        assert cell.metadata == {}
        assert cell.get("execution_count") is None
    raw = text.with_suffix(".ipynb").read_text()
    assert not re.search(r"/tmp/|/home/|/root/|Traceback|widget-view", raw)
    assert json.loads(raw)["nbformat"] == 4


@pytest.mark.parametrize("text", TEXTS, ids=NAMES)
def test_every_exercise_has_a_folded_answer(text):
    words = text.read_text()
    exercises = re.findall(r"\*\*Exercise (\d)\.\*\*", words)
    assert exercises == [str(i + 1) for i in range(len(exercises))]
    assert len(exercises) >= 2
    parts = re.split(r"\*\*Exercise \d\.\*\*", words)[1:]
    for part in parts:
        assert part.count("<details><summary>Answer</summary>\n\n") >= 1
    assert words.count("<details>") == words.count("</details>") == len(exercises)


def test_a_changed_output_is_noticed():
    """The comparison can fail: another number in an output is another fact."""
    notebook = committed(TEXTS[0])
    cell = next(c for c in notebook.cells if c.get("outputs"))
    before = facts(cell)
    cell.outputs[0].data["text/plain"] += "0"
    assert facts(cell) != before


def test_a_wrong_answer_is_noticed(tmp_path):
    wrong = tmp_path / "wrong.md"
    wrong.write_text(
        "<details><summary>Answer</summary>\n\n```python\nassert 1 == 2\n```\n\n</details>\n"
    )
    with pytest.raises(Exception, match="AssertionError"):
        notebook_runner.run(notebook_runner.read(wrong, answers=True))
