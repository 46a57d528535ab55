"""What the README shows is what the code does now."""

import re
from pathlib import Path

import sympy as sp

import symconv as sc
from symconv.cli.example import example_text

README = (Path(__file__).parents[1] / "README.md").read_text()


def test_first_example_prints_the_formula_below_it(capsys):
    code, shown = re.search(r"```python\n(.*?)```\s+\$\$\n(.*?)\n\$\$", README, re.S).groups()
    exec(code, {})
    assert capsys.readouterr().out.strip() == shown


def test_the_excerpt_of_the_worked_example():
    excerpt = README.split("typeset.\n\n```\n")[1].split("```")[0]
    for part in excerpt.split("…\n"):
        assert part in example_text() + "\n"


def test_the_tour_runs():
    tour = README.split("## What it does\n\n```python\n")[1].split("```")[0]
    names = {"sc": sc, "sp": sp, "K": sc.Kernel.arange((3, 3)), "values": None}
    exec(tour, names | {"image": sp.ones(8, 8).tolist()})


def test_every_name_it_mentions_exists():
    names = set(re.findall(r"\bsc\.(\w+)", README))
    assert names <= set(sc.__all__)


def test_the_five_spellings_are_one_matrix():
    readers = re.findall(r"`(sc\.from_\w+\(.*?\))` \|", README)
    expected = re.search(r"All five equal `(.*?)`", README)[1]
    assert len(readers) == 5
    assert all(eval(reader) == eval(expected) for reader in readers)


def test_the_comparison(capsys):
    code, shown = re.search(r"```python\n(torch = .*?)```\n\n```\n(.*?)```", README, re.S).groups()
    exec(code, {"sc": sc})
    assert capsys.readouterr().out == shown
