"""What the README and the pages of the site show is what the code does now."""

import re
import shutil
import subprocess
import sys
from operator import attrgetter
from pathlib import Path

import pytest
from page_runner import blocks, printed

import symconv as sc
from symconv.numeric.layouts import weight_places

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
DOCS = ROOT / "docs"
WRITTEN = ("atlas.md", "catalogue.md", "gallery.md")  # by the site's build, from the code
PAGES = [
    README,
    *(page for page in sorted(DOCS.glob("*.md")) if page.name not in WRITTEN),
    *sorted(DOCS.glob("guides/*.md")),
    *(ROOT / name for name in ("CONTRIBUTING.md", "CHANGELOG.md")),
]
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
# What installs or builds is run by .ci/run.
SET_UP = (
    r"\S*pip install|python3 -m (venv|http\.server)|sphinx-build|ruff check|python -m benchmarks"
)


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_block_runs_and_prints_what_stands_below_it(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for block, out in printed(page):
        if block.shown is not None:
            assert out.strip() == block.shown.strip(), block.code
        else:
            assert not out or page == README, f"what this prints is not shown:\n{block.code}"


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_command_runs(page, tmp_path):
    for block in blocks(page):
        assert block.language in ("python", "sh"), block.code
        for line in block.code.splitlines() if block.language == "sh" else ():
            if not re.match(SET_UP, line):
                arguments = re.findall(r'"[^"]*"|\S+', line)
                assert arguments.pop(0) == "symconv"
                command = [sys.executable, "-m", "symconv", *(a.strip('"') for a in arguments)]
                subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_name_it_mentions_exists(page):
    names = set(re.findall(r"\bsc\.(\w+)", page.read_text()))
    assert names <= {*sc.__all__, "kernels", "testing"}


LESSONS = sorted((ROOT / "notebooks").glob("*.md"))
# What a build of the site makes, and a clone has not.
MADE = ("atlas.md", "gallery.md", "catalogue.md", "reference", "notebooks", "generated")


def links(page):
    """Those within the repository, as they stand and where they lead."""
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if not re.match(r"https?:|#", link):
            yield link, (page.parent / link.partition("#")[0]).resolve()


@pytest.mark.parametrize("page", [*PAGES, *LESSONS], ids=lambda page: page.name)
def test_every_link_leads_somewhere_in_a_clone(page):
    made = [DOCS / name for name in MADE]
    for link, target in links(page):
        assert target.exists(), link
        assert not any(target.is_relative_to(place) for place in made), link


def test_the_site_has_pages_for_what_a_clone_shows_as_it_is(monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS))
    from site_parts.links import of_the_site

    text = (
        "[a](../gallery) [b](../../notebooks/01-a.ipynb#c) [d](../../symconv/catalogue) [e](x.md)"
    )
    shown = "[a](../gallery.md) [b](../notebooks/01-a.ipynb#c) [d](../catalogue.md) [e](x.md)"
    assert of_the_site(text, "guides") == shown
    assert of_the_site("[a](gallery)", ".") == "[a](gallery.md)"
    lesson = "[a](02-b.ipynb) [c](../docs/tour.md) [d](../symconv/__init__.pyi)"
    shown = "[a](02-b.ipynb) [c](../tour.md) [d](../reference/index.rst)"
    assert of_the_site(lesson, "notebooks") == shown


def test_the_two_commands_do_all_the_set_up():
    main, tests = (b.code.strip() for b in blocks(README) if b.language == "sh")
    venv, install = "python3 -m venv .venv", ".venv/bin/pip install -q -e"
    assert main == f"{venv} && {install} . && .venv/bin/symconv"
    assert tests == f'{venv} && {install} ".[test]" && .venv/bin/python -m pytest'
    assert tests in (ROOT / "CONTRIBUTING.md").read_text()
    if (ROOT / ".ci").is_dir():  # source archives have none
        assert tests in (ROOT / ".ci" / "run").read_text()


def test_a_wrong_output_is_noticed(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("```python\nprint(1 + 1)\n```\n\n```text\n3\n```\n")
    ((block, out),) = printed(page)
    assert (block.shown, out) == ("3\n", "2\n")


def test_the_five_spellings_are_one_matrix():
    page = (DOCS / "conventions.md").read_text()
    readers = re.findall(r"`(sc\.from_\w+\(.*?\))` \|", page)
    expected = re.search(r"All five equal `(.*?)`", page)[1]
    assert len(readers) == 5
    assert all(eval(reader) == eval(expected) for reader in readers)


def test_the_weights_of_the_table_have_these_axes():
    """Two channels to four, and the transpose of that layer."""
    rows = {
        cells[1].strip(): [cell.strip() for cell in cells[2:-1]]
        for cells in (line.split("|") for line in (DOCS / "conventions.md").read_text().split("\n"))
        if len(cells) > 6
    }
    kernel = sc.Kernel.symbolic("k", (5, 7), in_channels=2, out_channels=4)
    for row, transposed, channels in (
        ("weight", False, {"in/groups": 2, "out": 4}),
        ("weight, transposed", True, {"in": 4, "out/groups": 2, "out": 2}),
    ):
        for layout, cell in zip(("torch", "onnx", "keras"), rows[row], strict=False):
            named = re.split(", ", cell.strip("()"))
            axes = [x for n in named for x in ((5, 7) if n == "*size" else (channels[n],))]
            assert weight_places(kernel, layout, transposed).shape == tuple(axes)


def test_every_public_name_has_a_place_in_the_reference_and_an_example(monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS))
    from site_parts import reference

    public = {name for name in sc.__all__ if name not in ("kernels", "testing")}
    public |= {f"kernels.{name}" for name in sc.kernels.__all__}
    public |= {f"testing.{name}" for name in vars(sc.testing) if name.startswith("assert")}
    assert set(reference.names()) == public
    assert not [name for name in public if ">>>" not in (attrgetter(name)(sc).__doc__ or "")]


def test_the_readmes_pictures_are_those_that_the_code_makes(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(DOCS))
    monkeypatch.chdir(tmp_path)
    from site_parts import pictures

    first, _ = next(iter(printed(README)))
    assert first.code.endswith("print(sc.latex(F.two_level))\n")
    ((_, out), *_) = printed(README)
    assert out.strip() == pictures.latex()
    assert (DOCS / "pictures" / "film.svg").read_text() == pictures.film()


@pytest.mark.slow
@pytest.mark.skipif(
    shutil.which("node") is None or not (DOCS / "node_modules").is_dir(),
    reason="npm install in docs was not run",
)
def test_its_formula_is_typeset_from_what_it_prints(monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS))
    from site_parts import pictures

    for name, text in pictures.made().items():
        assert (DOCS / "pictures" / name).read_text() == text
