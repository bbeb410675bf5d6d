"""Columns of lists in a browser: by mouse and by keys, kept, and accessible in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser.chromium import axe_violations, serve
from tests.browser.test_case_browser import enter
from tests.web.floor import make_floor


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_floor(tmp_path)


@pytest.fixture
def floor(app: Flask) -> Iterator[str]:
    """The address of a server with a supervisor's floor."""
    with serve(app) as address:
        yield address


def width(page: Page, key: str) -> int:
    """How wide a column is on the page."""
    box = page.locator(f"th[data-column={key}]").bounding_box()
    assert box
    return round(box["width"])


def test_columns_are_chosen_and_put_in_order_by_keys_alone(page: Page, floor: str) -> None:
    enter(page, floor, "/cases", "susan")
    page.focus("button[hx-get$='/cases/columns']")
    page.keyboard.press("Enter")
    first = page.locator("#dialog .df-column").first
    expect(first.locator("[type=checkbox]")).to_be_focused()
    assert axe_violations(page) == []
    page.locator("[data-column=tier] [data-move='-1']").focus()
    for _ in range(3):
        page.keyboard.press("Enter")
    expect(page.locator("[data-column=tier] [data-move='-1']")).to_be_focused()
    page.locator("[data-column=phone] [type=checkbox]").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Control+Enter")
    heads = page.locator("#list thead th[data-column]")
    expect(heads.nth(1)).to_have_attribute("data-column", "tier")
    expect(heads.last).to_have_attribute("data-column", "phone")
    expect(page.locator("#list tbody")).to_contain_text("154****")


def test_a_column_is_drawn_by_its_edge_or_by_keys_and_stays_so(page: Page, floor: str) -> None:
    enter(page, floor, "/cases", "susan")
    box = page.locator("th[data-column=customer] .df-grip").bounding_box()
    assert box
    had = width(page, "customer")
    page.mouse.move(box["x"] + 3, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + 63, box["y"] + 5, steps=3)
    with page.expect_response("**/lists/cases/widths"):
        page.mouse.up()
    assert abs(width(page, "customer") - had - 60) <= 2
    expect(page).to_have_url(f"{floor}/cases")  # drawing is no sorting
    page.focus("th[data-column=past_due_amount] a")
    had = width(page, "past_due_amount")
    with page.expect_response("**/lists/cases/widths"):
        for _ in range(2):
            page.keyboard.press("Shift+ArrowRight")
    drawn = width(page, "past_due_amount")
    assert abs(drawn - had - 32) <= 2
    page.reload()
    assert abs(width(page, "past_due_amount") - drawn) <= 1
    with page.expect_response("**/lists/cases/widths"):
        page.dblclick("th[data-column=customer] .df-grip")
    expect(page.locator("col[data-column=customer]")).not_to_have_attribute("width", "0")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_dialog_is_accessible_for_who_leads_a_team(page: Page, floor: str, language: str) -> None:
    enter(page, floor, "/cases", "susan", language)
    page.click("button[hx-get$='/cases/columns']")
    expect(page.locator("#dialog .df-team-columns")).to_be_visible()
    assert axe_violations(page) == []
    page.click("#dialog .df-team-columns .df-link")
    expect(page.locator("#dialog [data-column=promise]")).to_be_visible()
    assert axe_violations(page) == []
    page.click("#dialog [value=team]")
    expect(page.locator(".df-toast")).to_contain_text("Early")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_view_is_saved_found_with_its_count_and_looked_after(page: Page, floor: str, language: str) -> None:
    enter(page, floor, "/cases", "susan", language)
    page.click("#list .df-views > a[href*=in_work]")
    page.wait_for_url("**/cases?*in_work*")
    opened = page.locator(".df-menu-views")
    page.click("button:has(+ .df-menu-views)")
    page.locator(".df-menu-views [hx-get*='/views/new']").click()
    page.fill("#dialog [name=name]", "Mine 我的")
    assert axe_violations(page) == []
    page.keyboard.press("Control+Enter")
    expect(page.locator(".df-toast")).to_contain_text("Mine 我的")
    page.goto(f"{floor}/cases")
    page.click("button:has(+ .df-menu-views)")
    expect(opened.locator("a").first).to_contain_text("2")
    assert axe_violations(page) == []
    opened.locator("[hx-get$='/views/manage']").click()
    expect(page.locator("#dialog [name=name]")).to_have_value("Mine 我的")
    assert axe_violations(page) == []
    page.click("#dialog [value=delete]")
    page.click("#dialog [value=restore]")
    expect(page.locator("#dialog [name=name]")).to_have_value("Mine 我的")
    page.click("#dialog .btn-close")
    page.click("button:has(+ .df-menu-views)")
    opened.locator("a").first.click()
    expect(page.locator("#list tbody tr")).to_have_count(2)
