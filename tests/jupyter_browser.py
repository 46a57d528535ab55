"""JupyterLab on this machine, and Chromium to look at it."""

from __future__ import annotations

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
PROMPTS = '[...document.querySelectorAll(".jp-CodeCell .jp-InputArea-prompt")]'
ALL_RAN = PROMPTS + ".every(prompt => /\\d/.test(prompt.innerText))"
NONE_RUNS = PROMPTS + '.every(prompt => prompt.innerText.trim() === "[ ]:")'
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
    quiet = home / "settings/@jupyterlab/apputils-extension/notification.jupyterlab-settings"
    quiet.parent.mkdir(parents=True)
    quiet.write_text('{"fetchNews": "false", "checkForUpdates": false}')
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
    quiet = 0.0
    while not page.evaluate(ALL_RAN):
        assert time.monotonic() < end, f"{name} did not run within {seconds} s"
        # What is asked while the kernel still connects is forgotten.
        if page.evaluate(NONE_RUNS) and time.monotonic() > quiet:
            choose(page, "Run", "Run All Cells")
            quiet = time.monotonic() + 3
        page.wait_for_timeout(200)
    idle.wait_for(timeout=60_000)


def choose(page: Any, *path: str) -> None:
    """Click through the menus."""
    page.locator(f'.lm-MenuBar-itemLabel:text-is("{path[0]}")').click()
    for label in path[1:]:
        page.locator(f'.lm-Menu-itemLabel:text-is("{label}")').last.click()
