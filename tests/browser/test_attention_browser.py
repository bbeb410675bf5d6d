"""A caller is found by key from any page and noted; the collector's bell tells it. Two browsers, both languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import axe_violations, serve
from tests.browser.test_case_browser import enter
from tests.web.desk import forget_told, make_desk

CASE = "/cases/C00000003"
WORDS = {
    "en": ("Note that they phoned in", "Look closer at Customer 5", "Customer 5 phoned in (C00000005), noted by Cora"),
    "zh": ("记录来电", "查看 Customer 5", "Customer 5（C00000005）来电，由 Cora 记录"),
}


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return forget_told(make_desk(tmp_path))


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    with serve(app) as served:
        yield served


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_caller_is_found_noted_and_told(page: Page, browser: Browser, address: str, language: str) -> None:
    note, open_, told = WORDS[language]
    enter(page, address, CASE, language=language)
    page.fill("textarea[name=note]", "half a thought")
    page.locator("main h1").first.click()
    page.keyboard.press("/")
    dialog = page.locator("#dialog-wide")
    expect(dialog).to_be_visible()
    assert axe_violations(page) == []
    page.keyboard.type("0005")
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name=open_).click()
    expect(dialog.locator("textarea")).to_be_visible()
    assert axe_violations(page) == []
    dialog.locator("textarea").fill("asks for her balance")
    dialog.get_by_role("button", name=note).click()
    expect(page.locator(".df-toast")).to_contain_text("Colin")
    expect(page.locator("textarea[name=note]")).to_have_value("half a thought")

    other = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    enter(other, address, "/work", login="colin", language=language)
    expect(other.locator(".df-bell-count")).to_have_text("1")
    other.locator(".df-bell").click()
    expect(other.locator("#dialog-wide")).to_contain_text("asks for her balance")
    assert axe_violations(other) == []
    other.get_by_role("button", name=told).click()
    other.wait_for_url(f"{address}/cases/C00000005")
    expect(other.locator(".df-bell-count")).to_have_count(0)
    other.context.close()


@pytest.mark.parametrize(
    ("language", "said"), [("zh", "正在查看此案件的还有：Susan"), ("en", "Also looking at this case: Susan")]
)
def test_two_people_at_one_case_are_told(page: Page, browser: Browser, address: str, language: str, said: str) -> None:
    other = browser.new_context().new_page()
    with other.expect_response("**/presence"):
        enter(other, address, CASE, login="susan", language="en")
    enter(page, address, CASE, language=language)
    expect(page.get_by_text(said)).to_be_visible()
    assert axe_violations(page) == []
    other.context.close()


def test_the_lists_own_search_has_a_key_of_its_own(page: Page, address: str) -> None:
    enter(page, address, "/cases", login="susan", language="en")
    page.keyboard.press("f")
    expect(page.locator(".df-query [data-search]").first).to_be_focused()
