"""Dates in a browser: they read yyyy-mm-dd whatever Chromium's own language, are typed, or chosen from a calendar."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from engine import clock
from tests.browser.chromium import axe_violations, serve
from tests.browser.test_case_browser import CASE, enter
from tests.web.desk import make_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[str]:
    """The address of a server where people have cases."""
    with serve(make_desk(tmp_path)) as address:
        yield address


def promise(page: Page, desk: str, language: str) -> None:
    """A follow-up form that asks for the date of a promise."""
    enter(page, desk, CASE, language=language)
    page.keyboard.press("3")


@pytest.mark.parametrize(("language", "first", "month"), [("zh", "周一", "月"), ("en", "Sun", "[a-z]")])
def test_a_date_is_chosen_from_a_calendar_in_the_page_s_language(
    page: Page, desk: str, language: str, first: str, month: str
) -> None:
    promise(page, desk, language)
    page.click("#f-promise_on + [data-calendar]")
    calendar = page.locator(".flatpickr-calendar.open")
    expect(calendar.locator(".flatpickr-weekday").first).to_have_text(first)
    expect(calendar.locator(".cur-month")).to_have_text(re.compile(month))
    expect(calendar.locator(".today")).to_have_attribute("aria-label", re.compile(clock.today().isoformat()))
    assert axe_violations(page) == []
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(calendar).to_have_count(0)
    expect(page.locator("#f-promise_on")).to_have_value((clock.today() + dt.timedelta(days=1)).isoformat())
    expect(page.locator("#f-promise_on")).to_be_focused()


def test_what_is_typed_otherwise_is_rewritten_and_what_is_no_date_is_told_and_kept(
    page: Page, desk: str, complaints: list[str]
) -> None:
    promise(page, desk, "zh")
    field = page.locator("#f-promise_on")
    next_year = clock.today().year + 1
    for typed in (f"{next_year}/1/5", f"{next_year}0105", f"{next_year}年1月5日", f"{next_year}.01.05"):
        field.fill(typed)
        field.blur()
        expect(field).to_have_value(f"{next_year}-01-05")
    field.fill("next Friday")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#f-promise_on-error")).to_be_visible()
    expect(field).to_have_value("next Frida")
    complaints.clear()  # Chromium notes the 422 itself


def test_a_calendar_opens_within_a_dialog_and_escape_closes_it_alone(page: Page, desk: str) -> None:
    enter(page, desk, CASE, language="zh")
    page.click("button:has(use[href$='#player-pause'])")
    page.focus("#dialog [name=review_on]")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#dialog .flatpickr-calendar.open")).to_be_visible()
    assert axe_violations(page) == []
    page.keyboard.press("Escape")
    expect(page.locator(".flatpickr-calendar")).to_have_count(0)
    expect(page.locator("#dialog [name=review_on]")).to_be_focused()
    page.click("#dialog [data-calendar]")
    page.click(".flatpickr-day.today + .flatpickr-day")
    expect(page.locator("#dialog [name=review_on]")).to_have_value((clock.today() + dt.timedelta(days=1)).isoformat())
