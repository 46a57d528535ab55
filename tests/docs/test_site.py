"""The site: it builds without a warning, no link is broken, and it works offline, in Chromium."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import threading
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from page_runner import printed

import symconv as sc

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
pytest.importorskip("furo")
pytest.importorskip("myst_nb")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("node") is None or not (DOCS / "node_modules").is_dir(),
        reason="npm install in docs was not run",
    ),
    pytest.mark.filterwarnings("default"),  # those of the browser's driver
]
# Seconds until the first formula, and until the next after a change; machines in CI are slow.
COLD, WARM = 30, 5
# Formulas between dollars that nothing has drawn.
BARE = r"""[...document.querySelectorAll(".cell_output :is(p, li, td)")]
    .map(shown => shown.innerText).filter(text => /\$[^$]+\$/.test(text))"""
WRONG = 'mjx-merror, [data-mjx-error], mjx-container [style*="color: red"]'


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The pages, built once for all processes that test."""
    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    pages = base / "site"
    with (base / "site.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (pages / "built").exists():
            command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q"]
            doctrees = ["-d", base / "doctrees"]
            run = subprocess.run([*command, *doctrees, DOCS, pages], capture_output=True, text=True)
            assert run.returncode == 0, run.stderr
            (pages / "built").touch()
    return pages


@pytest.fixture(scope="module")
def address(site):
    """The site, served on this machine."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=site)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class Links(HTMLParser):
    """What a page links to or loads, and the places in it that can be linked to."""

    def __init__(self, text):
        super().__init__()
        self.links, self.loaded, self.places = [], [], {"", "top"}
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.places |= {given[name] for name in ("id", "name") if given.get(name)}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        if given.get("src"):
            self.loaded.append(given["src"])
        if tag == "link" and given.get("href") and given.get("rel") != "canonical":
            self.loaded.append(given["href"])


def broken(folder):
    """Links within a folder of pages that lead nowhere."""
    pages = {page: Links(page.read_text()) for page in sorted(folder.rglob("*.html"))}
    for page, found in pages.items():
        for link in {*found.links, *found.loaded}:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            places = pages[target].places if target in pages else {unquote(parts.fragment)}
            if not target.is_file() or unquote(parts.fragment) not in places:
                yield page.name, link


def test_no_link_is_broken(site):
    assert len(list(site.rglob("*.html"))) > 40
    assert list(broken(site)) == []


def test_a_broken_link_is_noticed(tmp_path):
    (tmp_path / "a.html").write_text(
        '<a href="b.html">b</a><a href="#c">c</a><p id="d"><a href="#d">'
    )
    assert sorted(broken(tmp_path)) == [("a.html", "#c"), ("a.html", "b.html")]


def test_nothing_is_loaded_from_elsewhere(site):
    for page in site.rglob("*.html"):
        assert not [url for url in Links(page.read_text()).loaded if urlsplit(url).netloc], page


def test_every_public_name_is_in_the_reference(site, monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS))
    from site_parts import reference

    pages = "".join(page.read_text() for page in site.glob("reference/*.html"))
    assert not [name for name in reference.names() if f'id="symconv.{name}"' not in pages]


def test_the_catalogue_and_the_gallery_are_whole(site, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for page in (DOCS / "catalogue.md", DOCS / "gallery.md"):
        for block, _ in printed(page):
            assert block.language == "python"
    catalogue = (site / "catalogue.html").read_text()
    assert all(f'id="{key}"' in catalogue for key in sc.statements().keys)
    gallery = (site / "gallery.html").read_text()
    scripts = list((DOCS / "gallery").glob("[0-9]*.py"))
    assert len(re.findall(r'<img class="picture"', gallery)) == len(scripts) >= 10


class Browser:
    """A page that may load from one address alone, and what went wrong on it."""

    def __init__(self, page, address):
        self.page, self.wrong, self.asked = page, [], []
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on(
            "console", lambda said: self.wrong.append(said.text) if said.type == "error" else None
        )
        page.on("request", lambda request: self.asked.append(request.url))
        self.own = (address, "blob:", "data:")

    def left(self):
        return [url for url in self.asked if not url.startswith(self.own)]


@pytest.fixture
def browser(address):
    jupyter_browser = pytest.importorskip("jupyter_browser")
    if jupyter_browser.CHROMIUM is None:
        pytest.skip("chromium is not installed")
    with jupyter_browser.chromium() as page:
        yield Browser(page, address)


def test_every_page_on_a_narrow_screen(site, address, browser):
    """Formulas are drawn, nothing is wider than the screen, and no page complains."""
    page = browser.page
    page.set_viewport_size({"width": 390, "height": 900})
    for file in sorted(site.rglob("*.html")):
        page.goto(f"{address}/{file.relative_to(site)}")
        if 'class="math' in file.read_text():
            page.locator("mjx-container").first.wait_for(timeout=60_000)
        assert page.locator(WRONG).count() == 0, file.name
        assert page.evaluate(BARE) == [], file.name
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), file.name
    assert browser.wrong == []
    assert browser.left() == []


def test_the_playground(address, browser):
    page = browser.page
    page.goto(f"{address}/playground.html?kernel=1,2&product=CCt")
    page.locator("#results[data-done]").wait_for(timeout=120_000)
    told = page.locator("#results")
    assert float(told.get_attribute("data-cold")) < COLD
    text = page.locator('[data-title="LaTeX"] pre').first.inner_text()
    assert r"5 & 2" in text
    titles = page.locator("#results h2").all_inner_texts()
    assert titles == [
        *("Formula", "Closed form for every size", "In words", "Determinant", "Singular values"),
        *("Code", "LaTeX", "Picture", "Film"),
    ]
    assert page.locator('[data-title="Film"] svg').count() == 1
    assert page.locator("#results mjx-container").count() >= 3
    _change(page, "kernel", "3x3")
    _change(page, "size", "4x4")
    assert "kernel=3x3" in page.url
    assert "size=4x4" in page.url
    assert "4 × 16" in page.locator('[data-title="In words"]').inner_text()
    assert float(told.get_attribute("data-warm")) < WARM
    _change(page, "size", "3x(")
    assert "is neither a number nor" in page.locator('[data-title="Formula"]').inner_text()
    assert browser.wrong == []
    assert browser.left() == []


def _change(page, name, value):
    before = page.locator("#results").get_attribute("data-done")
    page.fill(f"[name={name}]", value)
    page.wait_for_function(
        "before => document.querySelector('#results').dataset.done !== before",
        arg=before,
        timeout=60_000,
    )
