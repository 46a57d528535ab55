"""A short run of the campaign, and defects that it has to find.

Longer ones: python -m tests.campaign --minutes 30
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from campaign.check_latex import read_back
from campaign.generate import case
from campaign.plants import PLANTS
from campaign.runner import run, tried
from campaign.subject import Subject
from campaign.trees import Kernel, Size, leaf, letter, number, times, transpose

SEED = 2026
CHUNK = 15
# Where a defect is rare, so many expressions are tried until one shows it.
MOST_TRIED = 400


@pytest.mark.parametrize("chunk", range(10))
def test_symconv_says_what_the_loops_say(chunk):
    figures = run(SEED, range(chunk * CHUNK, (chunk + 1) * CHUNK), shrinking=False)
    assert not figures.findings, str(figures)
    assert figures.tried >= CHUNK * 2 // 3, str(figures)


n, m = Size(0, 1, "n"), Size(0, 1, "m")
ONE = {
    "stride": (1,),
    "dilation": (1,),
    "input_dilation": (1,),
    "padding": ((0, 0),),
    "mode": "zeros",
}


def convolution(kernel, size, **geometry):
    each = {k: v if isinstance(v, str) else v * len(size) for k, v in ONE.items()}
    return leaf("conv", size, kernel=kernel, **{**each, **geometry})


def gram(factor):
    return times(factor, transpose(factor))


PRINTED_WRONGLY_ONCE = {
    "E_{a,b} stands for two matrices": (
        gram(leaf("pixel_shuffle", (n,), factor=2, channels=1)),
        "kron",
        {"n": 2},
    ),
    "positions do not say that pixels are stuffed": (
        convolution(
            Kernel((2,), (number(1), number(2))),
            (n,),
            input_dilation=(2,),
            padding=((1, 1),),
            mode="replicate",
        ),
        "kron",
        {"n": 3},
    ),
    "p stands for a channel and for the padding": (
        gram(
            convolution(
                Kernel((1, 2), tuple(map(letter, "abcd")), 2, 1),
                (Size(1, 2, "m"), n),
                padding=((0, 1), (1, 2)),
            )
        ),
        "closed",
        {"m": 2, "n": 3},
    ),
}


SOBEL = Kernel((3, 3), tuple(map(number, (-1, 0, 1, -2, 0, 2, -1, 0, 1))))
LETTERS = Kernel(
    (3, 3), tuple(letter(x) if y == "1" else ((1, ((x, 1), (y, 1))),) for x in "abc" for y in "d1d")
)
SEPARABLE = {
    "two sizes": (convolution(SOBEL, (n, m), padding=((1, 1), (0, 1))), "kron", {"n": 4, "m": 3}),
    "one size": (convolution(LETTERS, (n, n)), "kron", {"n": 5}),
    "its transpose": (transpose(convolution(SOBEL, (n, m))), "kron", {"n": 4, "m": 5}),
    "its Gram matrix": (
        gram(
            convolution(
                SOBEL,
                (n, Size(1, 2, "m")),
                stride=(1, 2),
                dilation=(2, 1),
                mode="circular",
                padding=((1, 1), (1, 1)),
            )
        ),
        "kron",
        {"n": 5, "m": 2},
    ),
}


@pytest.mark.parametrize("name", {**PRINTED_WRONGLY_ONCE, **SEPARABLE})
def test_what_is_printed_is_the_matrix(name):
    node, form, sizes = {**PRINTED_WRONGLY_ONCE, **SEPARABLE}[name]
    it = Subject(node, {}, name)
    operator = it.operator if form != "blocks" else it.operator.at(it.sympy_sizes(sizes))
    read_back(it, operator, form, False, sizes)
    assert it.counts == {f"latex {form}": 1}


def test_an_index_gives_one_expression():
    assert [case(SEED, i) for i in range(30)] == [case(SEED, i) for i in range(30)]


@pytest.mark.parametrize("name", PLANTS)
def test_a_planted_defect_is_found(name, monkeypatch):
    plant = PLANTS[name]

    def findings(index):
        made = case(SEED, index)
        made = replace(made, node=plant.shown_by, assumed={}) if plant.shown_by else made
        return tried(made, plant.checks, shrinking=False).findings

    for index in range(MOST_TRIED):
        with monkeypatch.context() as planted:
            planted.setattr(plant.owner, plant.name, plant.make(plant.original))
            found = [f for f in findings(index) if not f.check.endswith("crashes")]
        if found and not findings(index):
            return
    pytest.fail(f"{MOST_TRIED} expressions do not show it: {plant.reason}")
