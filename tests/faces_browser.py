"""What a person sees, in a real browser: formulas in MathJax 2.7, films, the explorer's pages.

``python tests/faces_browser.py FOLDER`` asserts what can be asserted and writes screenshots to a
folder: light and dark, 1280, 600 and 390 pixels wide.
"""

from __future__ import annotations

import html
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from jupyter_browser import chromium

import symconv as sc
from symconv.jupyter.settings import Setting
from symconv.jupyter.widgets import overview, page, pages
from symconv.operators.padding import PADDING_MODES

MATHJAX = Path(__file__).parent / "render/node_modules/mathjax/MathJax.js"
CONFIG = {
    # The two extensions that show what is unknown in red instead of failing are left out.
    "jax": ["input/TeX", "output/CommonHTML"],
    "extensions": [],
    "TeX": {"extensions": ["AMSmath.js", "AMSsymbols.js"], "MAXBUFFER": 10**6, "MAXMACROS": 10**5},
    "messageStyle": "none",
    "showMathMenu": False,
    "skipStartupTypeset": True,
}
# What would end a script.
CLOSING = "</"
WIDTHS = (1280, 600, 390)
THEMES = {"light": ("#ffffff", "#000000"), "dark": ("#111111", "#eeeeee")}
LONGEST_REDRAW = 0.3


# --- formulas ----------------------------------------------------------------------------------


def refused_by_mathjax2(formulas: Mapping[str, str], browser: Any) -> list[str]:
    """The names of the formulas that MathJax 2.7 does not draw."""
    scripts = "".join(
        f'<div data-name="{html.escape(name)}"><script type="math/tex; mode=display">'
        f"{latex.replace(CLOSING, '< /')}</script></div>"
        for name, latex in formulas.items()
    )
    folder = MATHJAX.parent
    file = folder / "symconv-faces.html"
    file.write_text(
        f'<meta charset="utf-8"><script type="text/x-mathjax-config">'
        f"MathJax.Hub.Config({json.dumps(CONFIG)});</script>"
        f'<script src="{MATHJAX.name}"></script>{scripts}',
        encoding="utf-8",
    )
    try:
        browser.goto(file.as_uri())
        browser.wait_for_function("window.MathJax && MathJax.Hub && MathJax.isReady")
        browser.evaluate(
            "() => new Promise(done => MathJax.Hub.Queue(['Typeset', MathJax.Hub], [done]))"
        )
        found: list[str] = browser.evaluate(
            """() => [...document.querySelectorAll("div[data-name]")]
                .filter(shown => shown.querySelector(".mjx-merror, .merror, [id^=MathJax-Error]")
                    || !shown.querySelector(".mjx-math"))
                .map(shown => shown.dataset.name)"""
        )
    finally:
        file.unlink()
    return found


# --- films -------------------------------------------------------------------------------------


def two_films(browser: Any) -> tuple[list[str], list[str]]:
    """What the sliders of two films on one page say before and after the first is moved."""
    films = [sc.animate(sc.conv(sc.Kernel.arange((2, 2)), (3, n))) for n in (3, 4)]
    parts = "".join(f"<div>{film._repr_html_()}</div>" for film in films)
    browser.set_content(f"<h1 style='color:red'>page</h1>{parts}")
    frames = [frame for frame in browser.frames if frame != browser.main_frame]
    for frame in frames:
        frame.wait_for_selector("output")

    def said() -> list[str]:
        return [frame.locator("output").first.inner_text() for frame in frames]

    for frame in frames:
        frame.evaluate("document.querySelector('button')?.click()")  # stop
    before = said()
    slider = frames[0].locator("input[type=range]")
    slider.evaluate("s => { s.value = s.max; s.dispatchEvent(new Event('input')); }")
    assert browser.locator("h1").evaluate("h => getComputedStyle(h).color") == "rgb(255, 0, 0)"
    return before, said()


# --- the explorer ------------------------------------------------------------------------------


def random_settings(count: int, seed: int = 5) -> Iterator[Setting]:
    """Settings that the controls can be put to."""
    random = Random(seed)
    for _ in range(count):
        transposed = random.random() < 0.5
        yield Setting(
            axes=random.choice((1, 2)),
            transposed=transposed,
            symbolic=random.random() < 0.5,
            kernel_size=random.randint(1, 5),
            size=random.choice((random.randint(1, 16), random.randint(1, 64))),
            stride=random.randint(1, 4),
            padding=random.randint(0, 4),
            dilation=random.randint(1, 4),
            output_padding=random.randint(0, 3) if transposed else 0,
            padding_mode="zeros" if transposed else random.choice(PADDING_MODES),
            step=random.randint(0, 255),
        )


def blank_pages(count: int, seconds: float = float("inf")) -> tuple[int, list[Any]]:
    """How many settings were tried, and the pages that show nothing."""
    end, tried, blank = time.monotonic() + seconds, 0, []
    for setting in random_settings(count):
        if time.monotonic() > end:
            break
        tried += 1
        blank += [(setting, name) for name in pages(setting) if len(page(setting, name)) < 20]
    return tried, blank


def redraw_times(title: str, sizes: Sequence[int] = range(5, 17)) -> list[float]:
    """Seconds of the processor to draw the head and a page again, for all sizes up to 16 x 16 with 5 x 5 taps."""
    found = []
    for size in sizes:
        for kernel_size in range(1, 6):
            for padding in (0, 1, 2):
                setting = Setting(kernel_size=kernel_size, size=size, padding=padding)
                start = time.process_time()
                overview(setting)
                page(setting, title)
                found.append(time.process_time() - start)
    return found


# --- screenshots -------------------------------------------------------------------------------


def screenshots(folder: Path, browser: Any) -> None:
    """The explorer's head and pages, a figure and a film in both themes and three widths."""
    setting = Setting(size=6, padding=1)
    operator = sc.conv(sc.Kernel.symbolic("k", (3, 3)), (7, 7))
    for theme, (ground, ink) in THEMES.items():
        with sc.Style(theme=theme):  # type: ignore[arg-type]
            film = sc.animate(sc.conv(sc.Kernel.arange((3, 3)), (4, 4)))._repr_html_()
            body = f"{overview(setting)}{page(setting, 'Step by step')}{film}"
            sc.draw(operator).savefig(folder / f"matrix-{theme}.png")
        for width in WIDTHS:
            browser.set_viewport_size({"width": width, "height": 1400})
            browser.set_content(
                f"<body style='background:{ground};color:{ink};font:15px sans-serif'>{body}</body>"
            )
            browser.wait_for_timeout(400)
            browser.screenshot(path=folder / f"explorer-{theme}-{width}.png", full_page=True)
            wide = browser.evaluate("document.documentElement.scrollWidth")
            assert wide <= width + 1, f"{theme}: {wide} pixels on a page of {width}"


def main(folder: Path) -> None:
    """Assert what can be asserted, tell the figures, write the screenshots."""
    from test_render import printed

    folder.mkdir(parents=True, exist_ok=True)
    tried, blank = blank_pages(2000)
    assert not blank, blank[:3]
    print(f"{tried} settings, no blank page")
    for title in pages(Setting()):
        times = redraw_times(title)
        assert max(times) < LONGEST_REDRAW, title
        print(f"redraw of {title!r}: median {median(times):.3f} s, worst {max(times):.3f} s")
    with chromium() as browser:
        refused = refused_by_mathjax2(printed(), browser)
        assert not refused, refused
        print(f"{len(printed())} formulas in MathJax 2.7")
        before, after = two_films(browser)
        assert before[1] == after[1]
        assert before[0] != after[0]
        print(f"two films: {before} to {after}")
        screenshots(folder, browser)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
