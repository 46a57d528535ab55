"""The explorer as a file: it works from the disk, with formulas, choices and a film."""

import pytest

import symconv as sc
from symconv.jupyter.mathml import with_mathml
from symconv.jupyter.pages import closed_formulas, matrix_formula, product_formulas
from symconv.jupyter.settings import Setting

pytest.importorskip("ipywidgets")
pytest.importorskip("latex2mathml")
SETTINGS = [
    Setting(),
    Setting(size=5, padding=1, padding_mode="circular"),
    Setting(axes=1, size=6, stride=2, padding=1),
    Setting(axes=1, size=3, stride=2, transposed=True),
    Setting(axes=1, size=5, entries="1, a, 1/2"),
    Setting(symbolic=False, dilation=2, size=7),
]


@pytest.mark.parametrize("setting", SETTINGS)
def test_formulas_are_converted_whole(setting):
    for html in (matrix_formula(setting), *product_formulas(setting), *closed_formulas(setting)):
        shown = with_mathml(html)
        assert "<math" in shown
        assert not any(rest in shown for rest in ("$", "\\", "<pre>", "&#x00026;", "]0pt"))


def test_what_is_not_known_is_shown_as_latex():
    assert with_mathml(r"$a & b$") == "<pre>a &amp; b</pre>"


def test_wrong_choices_are_refused(tmp_path):
    explorer = sc.explore()
    with pytest.raises(sc.SymconvError, match="colour="):
        explorer.to_html(tmp_path / "a.html", colour=[1])
    with pytest.raises(sc.SymconvError, match="1600 settings are more than 100"):
        explorer.to_html(
            tmp_path / "a.html", size=range(1, 41), stride=range(1, 5), dilation=range(1, 11)
        )
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # those of the browser's driver
def test_in_a_browser(tmp_path):
    jupyter_browser = pytest.importorskip("jupyter_browser")
    if jupyter_browser.CHROMIUM is None:
        pytest.skip("chromium is not installed")
    file = sc.explore(size=4).to_html(tmp_path / "layer.html", stride=[1, 2], padding=[0, 1])
    with jupyter_browser.chromium() as page:
        said, asked = [], []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(file.as_uri())
        assert (
            page.locator("#overview b").inner_text().endswith("a matrix of 4 rows and 16 columns")
        )
        assert page.locator("#page math mtd").count() == 4 * 16
        page.select_option("[name=stride]", "2")
        assert "1 row and 16 columns" in page.locator("#overview b").inner_text()
        page.select_option("[name=padding]", "1")
        assert "4 rows and 16 columns" in page.locator("#overview b").inner_text()
        for title in page.locator("nav button").all_inner_texts():
            page.locator(f"nav button:text-is('{title}')").click()
            assert page.locator("#page").inner_html()
        page.screenshot(path=tmp_path / "layer.png")
        assert not said
        assert asked == [file.as_uri()]
