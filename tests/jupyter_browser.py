"""JupyterLab on this machine, and Chromium to look at it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

TOKEN = "symconv"
SETTINGS = {
    "apputils-extension/notification": '{"fetchNews": "false", "checkForUpdates": false}',
    "notebook-extension/tracker": '{"windowingMode": "none"}',
}
PROMPTS = '[...document.querySelectorAll(".jp-CodeCell .jp-InputArea-prompt")]'
LAST_RAN = (
    f"(prompts => /\\d/.test(prompts.at(-1)?.innerText) && "
    f"!prompts.some(prompt => prompt.innerText.includes('*')))({PROMPTS})"
)
CHROMIUM = shutil.which("chromium")
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-sync", "--disable-background-networking", "--disable-component-update"),
]


@contextmanager
def jupyterlab(folder: Path, home: Path, seconds: float = 60) -> Iterator[str]:
    """A server for a folder with settings of its own; yields its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    places = ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    own = {name: str(home / name.lower()) for name in places}
    own["JUPYTERLAB_SETTINGS_DIR"] = str(home / "settings")
    own["JUPYTERLAB_WORKSPACES_DIR"] = str(home / "workspaces")
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1"),
        *(f"--port={port}", f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={folder}"),
        "--ServerApp.port_retries=0",
    ]
    for name, text in SETTINGS.items():
        file = home / f"settings/@jupyterlab/{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True)
        file.write_text(text)
    with (home / "server.log").open("w") as log:
        server = subprocess.Popen(command, env=os.environ | own, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/api?token={TOKEN}", server, seconds)
        yield address
    finally:
        server.terminate()
        server.wait(20)


def _wait_for(url: str, server: subprocess.Popen[bytes], seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"JupyterLab did not start within {seconds} s")


@contextmanager
def chromium(width: int = 1280, height: int = 1600) -> Iterator[Any]:
    """A page of a fresh browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser.new_page(viewport={"width": width, "height": height})
        finally:
            browser.close()


def run_all(page: Any, address: str, name: str, seconds: float = 90) -> None:
    """Open a notebook, run all of its cells and wait until the last has run."""
    page.goto(f"{address}/lab/tree/{name}?token={TOKEN}&reset")
    idle = page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]")
    idle.wait_for(timeout=60_000)
    end = time.monotonic() + seconds
    while not connected(address) and time.monotonic() < end:
        page.wait_for_timeout(100)
    page.wait_for_timeout(500)
    choose(page, "Run", "Run All Cells")
    while not page.evaluate(LAST_RAN):
        assert time.monotonic() < end, f"{name} did not run within {seconds} s"
        # What is asked before the page knows its kernel is forgotten, or asked back.
        if page.locator(".jp-Dialog .jp-mod-accept").is_visible():
            page.locator(".jp-Dialog .jp-mod-accept").click()
        page.wait_for_timeout(200)
    idle.wait_for(timeout=60_000)


def connected(address: str) -> bool:
    """Whether a kernel runs, has nothing to do, and a page listens to it."""
    try:
        with urllib.request.urlopen(f"{address}/api/kernels?token={TOKEN}", timeout=10) as answer:
            kernels = json.load(answer)
    except OSError:  # the list is not to be had while a kernel starts
        return False
    return any(k["execution_state"] == "idle" and k["connections"] for k in kernels)


def choose(page: Any, *path: str) -> None:
    """Click through the menus."""
    page.locator(f'.lm-MenuBar-itemLabel:text-is("{path[0]}")').click()
    for label in path[1:]:
        page.locator(f'.lm-Menu-itemLabel:text-is("{label}")').last.click()


def choose_theme(page: Any, theme: str) -> None:
    """Switch the theme and wait until the page has it."""
    page.locator('.lm-MenuBar-itemLabel:text-is("Settings")').click()
    page.locator('.lm-Menu-itemLabel:text-is("Theme")').hover()
    page.locator(f'.lm-Menu-itemLabel:text-is("{theme}")').click()
    page.wait_for_function(f"document.body.dataset.jpThemeName === {theme!r}", timeout=20_000)
    page.wait_for_timeout(500)
