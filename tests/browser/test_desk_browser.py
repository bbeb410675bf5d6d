"""The collector's desk in a browser: from the work list through all cases by keyboard alone, in both languages."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from engine import clock
from tests.browser.chromium import axe_violations, serve
from tests.browser.test_case_browser import enter
from tests.web.desk import CASES, make_desk, state_of

KEYS = {4: "1", 3: "8", 2: "3", 1: "2"}
CODES = {4: "no_answer", 3: "refuses", 2: "promise_full", 1: "busy"}


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_desk(tmp_path)


@pytest.fixture
def desk(app: Flask) -> Iterator[str]:
    """The address of a server where cora has four cases."""
    with serve(app) as address:
        yield address


def days_ahead(days: int) -> str:
    return (clock.today() + dt.timedelta(days=days)).isoformat()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_all_cases_are_worked_one_after_the_other_without_a_mouse(
    page: Page, desk: str, app: Flask, language: str
) -> None:
    enter(page, desk, "/work", language=language)
    page.wait_for_load_state("networkidle")
    page.keyboard.press("s")
    for number in range(CASES, 0, -1):
        page.wait_for_url(re.compile(rf"C0000000{number}\?within=desk"))
        page.wait_for_load_state("networkidle")
        expect(page.locator(".df-why")).to_be_visible()
        page.keyboard.press(KEYS[number])
        if CODES[number] == "promise_full":
            page.locator("[name=promise_on]").press_sequentially(days_ahead(2))
            page.keyboard.press("Tab")
            expect(page.locator("[name=next_action_on]")).to_have_value(days_ahead(4))
        page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/work$"))
    expect(page.locator(".df-desk .btn")).to_have_count(0)
    assert {number: state_of(app, number)["last_result_code"] for number in CODES} == CODES
    assert axe_violations(page) == []


def test_the_next_action_follows_the_result_until_one_writes_one_s_own(page: Page, desk: str) -> None:
    enter(page, desk, "/cases/C00000003?within=desk")
    field = page.locator("[name=next_action_on]")
    for key, days in (("1", 1), ("8", 3)):
        page.keyboard.press(key)
        expect(field).to_have_value(days_ahead(days))
    page.keyboard.press("7")  # a callback is on a date that only the customer knows
    expect(field).to_have_value("")
    page.fill("[name=next_action_on]", days_ahead(9))
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    expect(field).to_have_value(days_ahead(9))
    assert axe_violations(page) == []
