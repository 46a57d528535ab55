"""Notebook 1 in a real JupyterLab: it runs, MathJax draws every cell, and sliders move the matrix.

One test, because a server, a browser and a run of the notebook take most of its time.
"""

import re
import shutil
from typing import Any

import pytest

pytest.importorskip("jupyterlab")
pytest.importorskip("playwright")
jupyter_browser = pytest.importorskip("jupyter_browser")
notebook_runner = pytest.importorskip("notebook_runner")
nbformat = pytest.importorskip("nbformat")

pytestmark = [
    pytest.mark.skipif(jupyter_browser.CHROMIUM is None, reason="chromium is not installed"),
    pytest.mark.filterwarnings("default"),  # those of the browser's driver
]
NAME = "01-source-page.ipynb"
CELLS = "mjx-mtd"
# MathJax shows what it does not know as an error node, or as red text without one.
WRONG = 'mjx-merror, [data-mjx-error], mjx-container [style*="color: red"], .MathJax_Error'
WIDGET = ".jp-OutputArea-output .jupyter-widgets"
FORMULA = f"{WIDGET} .widget-htmlmath mjx-container"
PRESS = """async ([title, shown]) => {
    const slider = [...document.querySelectorAll(".widget-slider")]
        .find(slider => slider.innerText.includes(title));
    const pages = () => document.querySelector(".widget-tab .widget-htmlmath").innerHTML;
    const before = pages(), start = performance.now();
    slider.querySelector(".noUi-handle")
        .dispatchEvent(new KeyboardEvent("keydown", {key: "ArrowRight", bubbles: true}));
    while (pages() === before || !document.querySelector(shown)) {
        if (performance.now() - start > 10000) throw new Error("nothing moved");
        await new Promise(done => setTimeout(done, 2));
    }
}"""
CONTRAST = """element => {
    const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
        .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
    let behind = element, colour = [0, 0, 0, 0];
    while (behind && (colour[3] ?? 1) === 0) {
        colour = numbers(getComputedStyle(behind).backgroundColor);
        behind = behind.parentElement;
    }
    const pair = [numbers(getComputedStyle(element).color), colour].map(light);
    return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
}"""


def drawn_cells(latex: str) -> int:
    """How many table cells MathJax makes of a formula."""
    return sum(len(re.findall(part, latex)) for part in ("&", r"\\\\", r"\\begin\{"))


def expected_cells() -> int:
    """Those of all outputs of the notebook, as they are committed."""
    notebook = nbformat.read(notebook_runner.FOLDER / NAME, as_version=4)
    outputs = (output for cell in notebook.cells for output in cell.get("outputs", []))
    return sum(drawn_cells(output.get("data", {}).get("text/latex", "")) for output in outputs)


def press(page: Any, title: str, shown: str = FORMULA) -> None:
    """Move a slider one step to the right and wait until its page was drawn again."""
    page.evaluate(PRESS, [title, shown])


def lowest_contrast(page: Any) -> float:
    """Of the texts of the widget and of the notebook against what is behind them."""
    texts = (f"{WIDGET} b", f"{WIDGET} .widget-label", FORMULA, ".jp-RenderedLatex mjx-container")
    return min(page.locator(text).first.evaluate(CONTRAST) for text in texts)


def test_the_count_of_cells():
    assert drawn_cells(r"\begin{matrix}1 & 2\\3 & 4\end{matrix}") == 4
    assert drawn_cells(r"\begin{cases}a & b\\c & d\end{cases}, x") == 4
    assert expected_cells() > 400


def test_notebook_in_jupyterlab(tmp_path):
    folder = tmp_path / "notebooks"
    folder.mkdir()
    shutil.copy(notebook_runner.FOLDER / NAME, folder)
    with (
        jupyter_browser.jupyterlab(folder, tmp_path) as address,
        jupyter_browser.chromium() as page,
    ):
        jupyter_browser.run_all(page, address, NAME)
        page.locator(FORMULA).first.wait_for(timeout=30_000)
        _formulas_are_drawn(page)
        _sliders_move_the_matrix(page)
        _what_belongs_together_lights_up(page)
        _play_moves_the_steps(page)
        for theme in ("Light", "Dark"):
            jupyter_browser.choose_theme(page, f"JupyterLab {theme}")
            page.locator(FORMULA).first.scroll_into_view_if_needed()
            page.screenshot(path=tmp_path / f"{theme}.png")
            assert lowest_contrast(page) >= 4.5
            assert (tmp_path / f"{theme}.png").stat().st_size > 20_000


def _formulas_are_drawn(page: Any) -> None:
    outputs = page.locator(".jp-OutputArea-output.jp-RenderedLatex")
    assert outputs.locator(CELLS).count() == expected_cells()
    assert page.locator(WRONG).count() == 0
    assert page.locator(".jp-OutputArea-output[data-mime-type*=stderr]").count() == 0
    assert page.locator("text=Traceback").count() == 0


def _what_belongs_together_lights_up(page: Any) -> None:
    """Pointing at an entry of a 4 x 16 matrix, at a tap and at a pixel."""
    light = f"{WIDGET} [onpointermove]"
    point_at(page, f"{light} svg[data-part=matrix]", (5.5 / 16, 0.5 / 4))
    said = page.locator(f"{light} output").first
    assert said.inner_text() == "row 0: output pixel (0, 0) · column 5: input pixel (1, 1) · k₂₂"
    lit = {part: mark(page, light, part) for part in ("matrix", "input", "output", "kernel")}
    assert lit == {
        "matrix": "M0 0h16v1h-16zM5 0h1v4h-1z",
        "input": "M1 1h1v1h-1z",
        "output": "M0 0h1v1h-1z",
        "kernel": "",
    }
    squares = f"{light} svg[data-part={{}}] path:has(title)"
    for part in ("kernel", "matrix"):
        found = page.locator(squares.format(part)).evaluate_all(
            "all => all.filter(p => p.style.opacity === '').map(p => p.textContent)"
        )
        assert found == ["k₂₂"]
    point_at(page, f"{light} svg[data-part=output]", (0.75, 0.25))
    assert said.inner_text() == "row 1: output pixel (0, 1)"
    page.mouse.move(0, 0)
    assert said.inner_text() == "Point at a square, a tap or a pixel."
    assert not any(mark(page, light, part) for part in ("matrix", "input", "output"))


def point_at(page: Any, shown: str, share: tuple[float, float]) -> None:
    """Move the pointer to a share of a picture's width and height."""
    picture = page.locator(shown).first
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    page.mouse.move(box["x"] + share[0] * box["width"], box["y"] + share[1] * box["height"])


def mark(page: Any, light: str, part: str) -> str:
    """The path of what is marked in a picture."""
    found: str = page.locator(f"{light} svg[data-part={part}] .lit").first.get_attribute("d")
    return found


def _play_moves_the_steps(page: Any) -> None:
    page.locator(f'{WIDGET} .lm-TabBar-tab:has-text("Step by step")').last.click()
    step = page.locator('.widget-slider:has-text("step") .widget-readout').first
    page.locator(f"{WIDGET} svg title").last.wait_for(state="attached", timeout=10_000)
    assert step.inner_text() == "0"
    page.locator(f"{WIDGET} .widget-play button").first.click()
    page.wait_for_function(
        "[...document.querySelectorAll('.widget-slider')].some(s => /^step\\s*3$/.test(s.innerText.trim()))",
        timeout=20_000,
    )
    page.wait_for_timeout(300)
    shown = page.locator(f"{WIDGET} svg > title").last.text_content()
    assert shown == "gather, step 3"
    page.locator(f'{WIDGET} .lm-TabBar-tab:has-text("Matrix")').last.click()
    page.locator(FORMULA).first.wait_for(timeout=10_000)


def _sliders_move_the_matrix(page: Any) -> None:
    cells = page.locator(f"{FORMULA} {CELLS}")
    headline = page.locator(f"{WIDGET} b").first
    squares = page.locator(f'{WIDGET} svg[aria-label$="matrix"]')
    assert headline.inner_text().startswith("4 × 4 pixels to 2 × 2 pixels")
    assert cells.count() == 4 * 16
    assert squares.get_attribute("aria-label") == "4 × 16 matrix"

    press(page, "padding")
    assert headline.inner_text().startswith("4 × 4 pixels to 4 × 4 pixels")
    assert cells.count() == 16 * 16
    assert squares.get_attribute("aria-label") == "16 × 16 matrix"
    press(page, "stride")
    assert headline.inner_text().startswith("4 × 4 pixels to 2 × 2 pixels")

    alert = f"{WIDGET} [role=alert]"
    for _ in range(3):
        page.locator('.widget-slider:has-text("dilation") .noUi-handle').press("ArrowRight")
    page.locator(alert).first.wait_for(timeout=10_000)
    assert "more than the 6 of the padded input" in page.locator(alert).first.inner_text()
    page.locator('.widget-slider:has-text("dilation") .noUi-handle').press("Home")
    page.locator(FORMULA).first.wait_for(timeout=10_000)
    assert page.locator(WRONG).count() == 0
