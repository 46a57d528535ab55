"""What a person sees, asserted in a real browser; see faces_browser for the screenshots."""

import shutil
from statistics import median

import pytest

pytest.importorskip("playwright")
jupyter_browser = pytest.importorskip("jupyter_browser")
pytest.importorskip("ipywidgets")

import faces_browser  # noqa: E402

import symconv as sc  # noqa: E402
from symconv.jupyter.settings import Setting  # noqa: E402
from symconv.jupyter.widgets import pages  # noqa: E402

needs_browser = pytest.mark.skipif(
    jupyter_browser.CHROMIUM is None, reason="chromium is not installed"
)
needs_mathjax2 = pytest.mark.skipif(
    not faces_browser.MATHJAX.exists() or shutil.which("node") is None,
    reason="npm install in tests/render",
)
pytestmark = pytest.mark.filterwarnings("default")  # those of the browser's driver

K = sc.Kernel.symbolic("k", (3, 3))
FORMULAS = {
    "blocks": sc.latex(sc.conv(K, (64, 64))),
    "coloured": sc.latex(sc.conv(K, (4, 4)), colours=True),
    "named": sc.latex(sc.conv(K, (4, 4)).T, name="W", transpose="top", index_from=1, shape=True),
    "average": sc.latex(sc.avg_pool((4, 4), 2)),
    "split": sc.latex((sc.conv(K, (5, 5)).T @ sc.conv(K, (5, 5))).split()),
    "derivation": sc.latex(sc.derive_gram(sc.conv(K, (5, 5), padding=1))),
}


@needs_browser
@needs_mathjax2
def test_mathjax_2_draws_what_is_printed_and_refuses_what_is_wrong():
    with jupyter_browser.chromium() as browser:
        wrong = {"wrong": r"\nosuch{x}"}
        assert faces_browser.refused_by_mathjax2(FORMULAS | wrong, browser) == ["wrong"]


@needs_browser
def test_two_films_on_one_page_do_not_touch_each_other_or_the_page():
    with jupyter_browser.chromium() as browser:
        before, after = faces_browser.two_films(browser)
    assert before[1] == after[1]
    assert (before[0], after[0]) == ("1 / 4", "4 / 4")


@needs_browser
def test_pages_are_no_wider_than_their_window(tmp_path):
    with jupyter_browser.chromium() as browser:
        faces_browser.screenshots(tmp_path, browser)
    assert len(list(tmp_path.glob("explorer-*.png"))) == 6


def test_every_page_of_the_explorer_is_drawn_again_at_once():
    for title in pages(Setting()):
        times = faces_browser.redraw_times(title, sizes=(5, 16))
        assert median(times) < faces_browser.LONGEST_REDRAW, title
        assert max(times) < 4 * faces_browser.LONGEST_REDRAW, title  # machines in CI are slow


def test_no_page_of_the_explorer_is_blank():
    tried, blank = faces_browser.blank_pages(2000, seconds=5)
    assert tried > 5
    assert not blank
