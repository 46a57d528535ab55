"""A short run of the campaign, and defects that it has to find.

Longer ones: python -m tests.campaign --minutes 30
"""

from __future__ import annotations

import pytest

from campaign.generate import case
from campaign.plants import PLANTS
from campaign.runner import run, tried

SEED = 2026
CHUNK = 15
# Where a defect is rare, so many expressions are tried until one shows it.
MOST_TRIED = 400


@pytest.mark.parametrize("chunk", range(10))
def test_symconv_says_what_the_loops_say(chunk):
    figures = run(SEED, range(chunk * CHUNK, (chunk + 1) * CHUNK))
    assert not figures.findings, str(figures)
    assert figures.tried >= CHUNK * 2 // 3, str(figures)


def test_an_index_gives_one_expression():
    assert [case(SEED, i) for i in range(30)] == [case(SEED, i) for i in range(30)]


@pytest.mark.parametrize("name", PLANTS)
def test_a_planted_defect_is_found(name, monkeypatch):
    plant = PLANTS[name]

    def findings(index):
        return tried(case(SEED, index), plant.checks, shrinking=False).findings

    for index in range(MOST_TRIED):
        with monkeypatch.context() as planted:
            planted.setattr(plant.owner, plant.name, plant.make(plant.original))
            found = [f for f in findings(index) if not f.check.endswith("crashes")]
        if found and not findings(index):
            return
    pytest.fail(f"{MOST_TRIED} expressions do not show it: {plant.reason}")
