"""Blocked customers in a browser: compliance finds one and lifts the block; accessible in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser.chromium import axe_violations, serve
from tests.browser.test_case_browser import enter
from tests.web.desk import make_desk, suspend


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_desk(tmp_path)


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    with serve(app) as served:
        yield served


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_list_is_accessible_empty_and_filled(page: Page, address: str, app: Flask, language: str) -> None:
    enter(page, address, "/blocks", login="carl", language=language)
    assert axe_violations(page) == []
    suspend(app, 1, "deceased")
    page.reload()
    expect(page.locator("tbody tr")).to_have_count(1)
    assert axe_violations(page) == []


def test_a_block_is_lifted_from_the_list(page: Page, address: str, app: Flask) -> None:
    suspend(app, 1, "deceased")
    enter(page, address, "/blocks", login="carl", language="en")
    page.get_by_role("button", name="Lift the block of Customer 1").click()
    page.fill("#dialog [name=note]", "mistaken for somebody else")
    page.get_by_role("dialog").get_by_role("button", name="Lift the block").click()
    expect(page.locator(".df-toast")).to_contain_text("The block is lifted.")
    page.get_by_role("link", name="Blocked customers").click()
    expect(page.locator("main")).to_contain_text("Nobody is blocked")
