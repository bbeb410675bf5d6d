"""The collector's day in a browser: list, case, keys, drafts, reveal, diagram; accessible in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser.chromium import axe_violations, serve
from tests.cast import PASSWORD
from tests.web.desk import follow_up_of, make_desk, recall, state_of, suspend

CASE = "/cases/C00000003?within=work"


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_desk(tmp_path)


@pytest.fixture
def desk(app: Flask) -> Iterator[str]:
    """The address of a server where people have cases."""
    with serve(app) as address:
        yield address


def enter(page: Page, desk: str, url: str, login: str = "cora", language: str = "en") -> None:
    """Sign in and open a page in a language."""
    page.goto(f"{desk}/sign-in?next={url}")
    page.fill("[name=login]", login)
    page.fill("[name=password]", PASSWORD)
    page.click("main button")
    page.wait_for_url(desk + url)
    if language == "zh":
        page.click("header button[name=language]")
        expect(page.locator("html")).to_have_attribute("lang", "zh-CN")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pages_are_accessible(page: Page, desk: str, app: Flask, language: str) -> None:
    enter(page, desk, "/work", language=language)
    assert axe_violations(page) == []
    page.goto(desk + CASE)
    assert axe_violations(page) == []
    for tab in ("history", "follow-ups", "diagram", "others"):
        page.click(f"#tab-{tab}")
        expect(page.locator(f"#panel-{tab} .df-later")).to_have_count(0)
        assert axe_violations(page) == [], tab
    page.click("button:has(use[href$='#player-pause'])")
    expect(page.locator("#dialog")).to_be_visible()
    assert axe_violations(page) == []


def test_a_suspended_case_is_accessible(page: Page, desk: str, app: Flask) -> None:
    suspend(app, 3, reason="deceased")
    enter(page, desk, CASE, login="carl")
    assert axe_violations(page) == []


def test_contacts_form_and_last_results_stand_together_at_1280(page: Page, desk: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    enter(page, desk, CASE)
    for part in ("#contacts", "#last-results", "[name=result_code][value=no_answer] + span", "[data-default]:visible"):
        box = page.locator(part).first.bounding_box()
        assert box is not None
        assert box["y"] + min(box["height"], 100) <= 800, part
        assert box["x"] + box["width"] <= 1280, part


def test_keys_pick_the_result_and_save_and_go_on(page: Page, desk: str, app: Flask) -> None:
    enter(page, desk, CASE)
    for key, code in (("3", "promise_full"), ("7", "callback"), ("8", "refuses"), ("v", "voicemail"), ("2", "busy")):
        page.keyboard.press(key)
        expect(page.locator(f"[name=result_code][value={code}]")).to_be_checked()
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/cases/C00000002\?within=work"))
    expect(page.locator(".df-toast")).to_contain_text("Saved: Follow up")
    assert state_of(app, 3)["last_result_code"] == "busy"


def test_promise_fields_show_for_promises_and_mistakes_stand_beside_them(
    page: Page, desk: str, complaints: list[str]
) -> None:
    enter(page, desk, CASE)
    expect(page.locator("[name=promise_on]")).to_be_hidden()
    page.check("[name=result_code][value=promise_part]", force=True)
    expect(page.locator("[name=promise_on]")).to_be_visible()
    page.fill("[name=note]", "after pay day")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#f-promise_amount-error")).to_be_visible()
    expect(page.locator("[name=note]")).to_have_value("after pay day")
    assert axe_violations(page) == []
    complaints.clear()  # Chromium notes the 422 itself


def test_what_is_typed_is_saved_by_itself_and_there_after_a_reload(page: Page, desk: str) -> None:
    enter(page, desk, CASE)
    page.check("[name=result_code][value=refuses]", force=True)
    page.fill("[name=note]", "he was in a")
    expect(page.locator("[data-saves-draft]")).to_contain_text("Draft saved")
    page.reload()
    expect(page.locator("[name=note]")).to_have_value("he was in a")
    expect(page.locator("[name=result_code][value=refuses]")).to_be_checked()
    page.click("[data-saves-draft] button")
    expect(page.locator("[name=note]")).to_have_value("")


def test_a_contact_is_shown_in_full_on_request(page: Page, desk: str) -> None:
    enter(page, desk, CASE)
    page.locator("#contacts .df-reveal").nth(0).click()
    expect(page.locator(".df-revealed")).to_have_count(1)


def test_the_diagram_marks_where_the_case_stands_and_the_way_it_took(page: Page, desk: str) -> None:
    enter(page, desk, CASE)
    page.click("#tab-diagram")
    drawing = page.locator(".df-diagram--shown")
    expect(drawing.locator("[data-element-id=follow_up].df-current")).to_have_count(1)
    expect(drawing.locator("[data-element-id=dispatch].df-passed")).to_have_count(1)
    expect(drawing.locator(".bjs-powered-by")).to_be_visible()


def test_a_case_taken_away_is_told_and_what_was_typed_stays_in_view(
    page: Page, desk: str, app: Flask, complaints: list[str]
) -> None:
    enter(page, desk, CASE)
    page.keyboard.press("1")
    page.fill("[name=note]", "he hung up on me")
    recall(app, 3)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".df-gone")).to_contain_text("he hung up on me")
    complaints.clear()  # Chromium notes the 404s itself: of saving, and of the draft


def test_waiting_and_taking_up(page: Page, desk: str, app: Flask) -> None:
    enter(page, desk, CASE)
    page.keyboard.press("1")
    page.click("button[name=then][value=stay]")
    expect(page.locator(".df-actions")).to_contain_text("Take up now")
    page.keyboard.press("t")
    expect(page.locator("[name=result_code]").first).to_be_attached()
    assert follow_up_of(app, 3)


def test_a_supervisor_suspends_and_resumes(page: Page, desk: str, app: Flask) -> None:
    enter(page, desk, "/cases/C00000003", login="susan")
    page.click("text=Suspend")
    page.select_option("#dialog [name=reason]", "hardship")
    page.fill("#dialog [name=note]", "in hospital")
    page.click("#dialog .btn-danger")
    expect(page.locator(".df-notice--warning")).to_contain_text("in hospital")
    page.click("text=Resume")
    page.click("#dialog .btn-primary")
    expect(page.locator(".df-notice--warning")).to_have_count(0)
    assert state_of(app, 3)["status"] == "in_work"


def test_n_and_p_go_through_the_list(page: Page, desk: str) -> None:
    enter(page, desk, "/work")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("C00000004"))
    page.keyboard.press("n")
    page.wait_for_url(re.compile("C00000003"))
    page.keyboard.press("p")
    page.wait_for_url(re.compile("C00000004"))
