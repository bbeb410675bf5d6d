"""Pages that fail their test when anything goes wrong in their console."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.browser.chromium import serve
from tests.web import style_pages
from tests.web.world import make_app


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Function) -> None:
    """A page goes before its server: what it still asks for would be cut off, and it would complain."""
    page = item.funcargs.get("page")
    if isinstance(page, Page):
        page.context.close()


@pytest.fixture
def complaints() -> list[str]:
    """What pages complained of; a test that expects a complaint takes it out."""
    return []


@pytest.fixture
def page(browser: Browser, complaints: list[str]) -> Iterator[Page]:
    """A fresh page, 1440 by 900, Chinese. Page errors, console errors and warnings fail the test."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    context.set_default_timeout(10_000)
    page = context.new_page()

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    assert not complaints


@pytest.fixture
def style(tmp_path: Path) -> Iterator[str]:
    """The address of a server with the style pages."""
    with serve(make_app(tmp_path, style_pages)) as address:
        yield address
