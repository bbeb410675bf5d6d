"""Finding a Chromium, serving an application to it, and asking axe-core what it thinks of a page."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from playwright.sync_api import Browser, Page, Playwright
from werkzeug.serving import make_server

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
INSTALL = "apt-get update && apt-get install -y chromium-headless-shell fonts-noto-cjk"
AXE = Path(__file__).parents[2] / "web" / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]


class ChromiumMissing(Exception):
    """No Chromium was found. Browser tests never skip: install one, or name one in DUNFLOW_CHROMIUM."""


def find_chromium() -> str:
    """The path of a Chromium: DUNFLOW_CHROMIUM, or the first of the usual names on the PATH."""
    named = os.environ.get("DUNFLOW_CHROMIUM")
    found = named or next((path for name in NAMES if (path := shutil.which(name))), None)
    if not found or not Path(found).exists():
        raise ChromiumMissing(f"no Chromium found. On Debian, as root:\n\n    {INSTALL}\n\nor set DUNFLOW_CHROMIUM.")
    return found


def launch(playwright: Playwright) -> Browser:
    """A headless Chromium that needs no sandbox of its own, no shared memory and no network but ours."""
    return playwright.chromium.launch(
        executable_path=find_chromium(),
        args=[
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--no-first-run",
        ],
    )


@contextmanager
def serve(app: Flask) -> Iterator[str]:
    """The application on a free port of this machine, as long as the block lasts; gives its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def axe_violations(page: Page) -> list[str]:
    """What axe-core finds against WCAG A and AA, a line each: rule, impact, where."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", RULES)
    return [
        f"{each['id']} ({each['impact']}): {node['target']} {node.get('failureSummary', '')}"
        for each in found["violations"]
        for node in each["nodes"]
    ]
