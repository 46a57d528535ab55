"""Work limits: one place and one rule; what is refused is refused at once."""

from __future__ import annotations

import asyncio
import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import sympy as sp

import symconv as sc
from symconv.errors import BudgetError
from symconv.work_limits import USUAL, Limits, allowed, check

n = sp.Symbol("n")
K = sc.Kernel.symbolic("k", (3, 3))
CHANNELS = sc.Kernel.symbolic("k", (3, 3), 64, 64)
LONG = sc.conv([1, 2, 3], 10**7)
SQUARE = sc.conv(sc.Kernel.arange((3, 3)), (300, 300))

# What is asked for, and the limit that refuses it.
TOO_MUCH = {
    "entries": (lambda: LONG.as_explicit(), "entries"),
    "entries to export": (lambda: sc.conv([1], 10**4).inv().as_explicit(), "entries"),
    "a dense array": (lambda: sc.to_numpy(LONG), None),
    "a dense array of a batch": (
        lambda: sc.to_numpy(sc.conv([n], 1000), {n: np.zeros(10**4)}, batch=True), None,
    ),
    "a sparse array": (lambda: sc.to_scipy(sc.conv(sc.Kernel.arange((9, 9)), (4000, 4000))), None),
    "a product over channels": (
        lambda: ((C := sc.conv(CHANNELS, (224, 224), padding=1)) @ C.T).cells, "terms",
    ),
    "a product of large kernels": (
        lambda: ((C := sc.conv(sc.Kernel.arange((21, 21)), (n, n), padding=1)).T @ C).cells, "terms",
    ),
    "copies of a corner": (
        lambda: sc.conv(K, (5, 5), padding=240, padding_mode="replicate"), "terms",
    ),
    "copied pixels": (
        lambda: sc.conv(K, (5, 5), padding=10**4, padding_mode="replicate"), "entries",
    ),
    "a wide kernel": (lambda: sc.Kernel.symbolic("k", 10**7), "entries"),
    "a determinant": (lambda: sc.determinant(SQUARE @ SQUARE.T).expr, "work"),
    "an inverse": (lambda: sc.inverse(sc.conv(sc.Kernel.arange((3, 3)), (20, 20), padding=1)), "work"),
    "a dense decomposition": (lambda: sc.singular_values(SQUARE).numeric(), "work"),
    "a Gröbner basis": (
        lambda: sc.orthogonality(sc.conv(sc.Kernel.symbolic("k", (5, 5)), (10, 10), stride=2)).solve(),
        "work",
    ),
    "a picture": (lambda: sc.draw(SQUARE), "pixels"),
    "a film": (lambda: sc.animate(SQUARE), "pixels"),
    "a window": (lambda: sc.draw_window(SQUARE, 0), "pixels"),
    "a system of another": (lambda: sc.to_mathematica(LONG), None),
}  # fmt: skip


@pytest.mark.parametrize(("call", "kind"), TOO_MUCH.values(), ids=TOO_MUCH)
def test_too_much_is_refused_at_once_with_the_number_that_would_do(call, kind):
    start = time.process_time()
    with pytest.raises(sc.SymconvError) as caught:
        call()
    assert time.process_time() - start < 4
    if kind:
        assert isinstance(caught.value, BudgetError)
        assert re.search(rf"; or (take|raise) symconv\.limits\({kind}=\d+\)", str(caught.value))


def named(error: BudgetError) -> dict[str, int]:
    (found,) = re.findall(r"symconv\.limits\((\w+)=(\d+)\)", str(error))
    return {found[0]: int(found[1])}


MORE = {
    "entries": (lambda: sc.conv([1, 2], 100).as_explicit(), {"entries": 197}),
    "bytes": (lambda: sc.to_numpy(sc.conv([1, 2], 10)), {"bytes": 719}),
    "terms": (lambda: len((sc.conv(K, (9, 9)).T @ sc.conv(K, (9, 9))).terms), {"terms": 10}),
    "work": (lambda: sc.singular_values(sc.conv([1, 2, 4], 40)).numeric(), {"work": 20}),
    "pixels": (lambda: sc.draw_window(sc.conv([1, 2], 10), 0), {"pixels": 60}),
}


@pytest.mark.parametrize(("call", "less"), MORE.values(), ids=MORE)
def test_the_number_in_the_message_is_the_least_that_does(call, less):
    with sc.limits(**less), pytest.raises(BudgetError) as caught:
        call()
    ((kind, enough),) = named(caught.value).items()
    with sc.limits(**{kind: enough - 1}), pytest.raises(BudgetError):
        call()
    with sc.limits(**{kind: enough}):
        call()


def test_frames_of_a_film():
    C = sc.conv([1, 2], 30)
    with sc.limits(frames=5):
        assert sc.animate(C).numbers[-1] == 28
        assert len(sc.animate(C)) == 5
    with sc.limits(frames=1):
        assert len(sc.animate(C)) == 1
    assert len(sc.animate(C)) == 29


def test_limits_nest_and_end_with_their_block():
    with sc.limits(pixels=10) as outer, sc.limits(entries=3) as inner:
        assert (outer.pixels, outer.entries) == (10, USUAL.entries)
        assert inner == Limits(pixels=10, entries=3)
        assert (allowed("pixels"), allowed("entries", 5_000_000)) == (10, 3)
    assert allowed("pixels") == USUAL.pixels
    with pytest.raises(ZeroDivisionError), sc.limits(work=1):
        _ = 1 / 0
    assert allowed("work") == USUAL.work


def test_each_thread_has_its_own():
    with sc.limits(frames=1), ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda _: allowed("frames"), range(4))) == [USUAL.frames] * 4
        assert allowed("frames") == 1


def test_each_task_has_its_own():
    async def task(frames):
        with sc.limits(frames=frames):
            await asyncio.sleep(0)
            return allowed("frames")

    async def both():
        return await asyncio.gather(task(1), task(2))

    assert asyncio.run(both()) == [1, 2]


@pytest.mark.parametrize("wrong", [0, -1, 2.5, "9", True, 10**19, float("inf"), [1]])
def test_a_limit_is_a_number(wrong):
    with pytest.raises(sc.SymconvError, match=r"work=.* is no number from 1 to 10+$"):
        sc.limits(work=wrong)


def test_what_no_limit_allows_names_none():
    with pytest.raises(BudgetError) as caught:
        check("work", 10**40, "10**40 steps", "take fewer")
    assert str(caught.value) == "10**40 steps are more than 2000000: take fewer"


# Refusals that no larger number would lift: what an exact method does not reach.
WITHOUT_A_NUMBER = {
    "determinants/recurrences.py": "a term that is no larger than rounding",
    "determinants/root_products.py": "closed forms for symbols are written up to four roots",
    "kernels/separability.py": "a rank with symbols that is not full",
    "linear_algebra/deconvolution.py": "up to three symbols",
    "linear_algebra/elimination.py": "elimination in symbols",
    "linear_algebra/kernel_equations.py": "normal equations in symbols",
    "linear_algebra/ranks.py": "a rank that is known from one side",
    "numeric/source.py": "source that nobody reads",
    "spectra/toeplitz_bands.py": "a number that cannot be told from an eigenvalue",
    "sweeps/atlas_rows.py": "a row that the atlas leaves out",
    "sweeps/time_limit.py": "seconds, which the sweep was given",
    "work_limits.py": "the one place",
}


def test_refusals_of_too_much_work_come_from_one_place():
    package = Path(sc.__file__).parent
    found = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if "raise BudgetError(" in path.read_text(encoding="utf-8")
    }
    assert found == set(WITHOUT_A_NUMBER)
