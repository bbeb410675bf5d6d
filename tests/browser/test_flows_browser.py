"""Releases in a real browser: drawn, chosen, compared, in both languages, without barriers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from engine import releases
from engine.flow.checks import release_files
from engine.installing import diagrams
from engine.models import User
from tests.browser.chromium import axe_violations, serve
from tests.cast import PASSWORD
from tests.web.lender import make_lender

FILES = release_files(diagrams())
CHANGED = FILES["collection.bpmn"].replace(b">tier_ends_at()<", b">in_days(3)<")
BROKEN = FILES["pre_collection.bpmn"].replace(b">first_overdue_at()<", b">open(1)<")
TIERS = FILES["case_tier.dmn"].replace(b'"M4"', b'"M4B"')
PAGES = (
    "",
    "/releases",
    "/releases/2",
    "/releases/2/files/collection.bpmn?view=differences",
    "/releases/2/files/pre_collection.bpmn",
    "/releases/2/files/case_tier.dmn?view=differences",
    "/releases/1/files/forms/follow_up.json",
)


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A server with a draft of Anna's that changes a diagram and a table, and breaks another diagram."""
    lender = make_lender(tmp_path)
    with lender.writing() as session:
        anna = session.query(User).filter_by(login="anna").one().id
        draft = releases.begin(session, 1, by_id=anna)
        sent = {"collection.bpmn": CHANGED, "pre_collection.bpmn": BROKEN, "case_tier.dmn": TIERS}
        for name, source in sent.items():
            releases.put(session, draft, name, source, by_id=anna)
    with serve(lender.app) as served:
        yield served


def enter(page: Page, address: str, url: str = "/flows", language: str = "zh") -> None:
    page.goto(f"{address}/sign-in?next={url}")
    page.fill("[name=login]", "anna")
    page.fill("[name=password]", PASSWORD)
    page.click("main button")
    page.wait_for_url(address + url)
    if language == "en":
        page.click("header button[name=language]")
        expect(page.locator("html")).to_have_attribute("lang", "en")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_is_accessible(page: Page, address: str, language: str) -> None:
    enter(page, address, language=language)
    for place in PAGES:
        page.goto(f"{address}/flows{place}")
        page.wait_for_load_state("networkidle")
        assert axe_violations(page) == [], place


def test_a_finding_shows_its_element_and_the_element_is_explained(page: Page, address: str) -> None:
    enter(page, address, "/flows/releases/2/files/pre_collection.bpmn")
    expect(page.locator(".df-diagram--shown")).to_be_visible()
    page.locator(".df-findings [data-shows-element]").first.click()
    expect(page.locator("[data-element-id=pre_order_overdue].df-chosen.df-mark-error")).to_be_visible()
    expect(page.locator("[data-element-card=pre_order_overdue]")).to_contain_text("open(1)")


def test_a_finding_about_an_arrow_leads_to_the_arrow(page: Page, address: str) -> None:
    arrow = "pre_has_collector_to_pre_dispatch"
    enter(page, address, f"/flows/releases/1/files/pre_collection.bpmn?element={arrow}")
    expect(page.locator(f"[data-element-id={arrow}].df-chosen")).to_have_count(1)
    expect(page.locator("[data-diagram-failed]")).to_be_hidden()


def test_a_difference_is_coloured_before_and_after(page: Page, address: str) -> None:
    enter(page, address, "/flows/releases/2/files/collection.bpmn?view=differences")
    page.locator(".df-diagram").nth(1).scroll_into_view_if_needed()
    expect(page.locator("[data-element-id=tier_ends].df-mark-changed")).to_have_count(2)
    page.locator(".df-told [data-shows-element=tier_ends]").click()
    expect(page.locator("[data-element-id=tier_ends].df-chosen")).to_have_count(2)


def test_a_file_is_put_into_a_draft(page: Page, address: str, tmp_path: Path) -> None:
    enter(page, address, "/flows/releases/2", language="en")
    (tmp_path / "pre_collection.bpmn").write_bytes(FILES["pre_collection.bpmn"])
    page.set_input_files("[name=files]", tmp_path / "pre_collection.bpmn")
    page.click("form.df-upload .btn-primary")
    expect(page.locator(".df-toast")).to_contain_text("1 file is stored. The check finds no errors.")
    page.get_by_role("button", name="Submit for approval").click()
    page.fill("#dialog [name=note]", "Three days")
    page.click("#dialog .btn-primary")
    expect(page.locator(".df-key")).to_contain_text("Waits for approval")


def test_a_table_with_many_values_leaves_room_for_its_remarks(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    enter(page, address, "/flows/releases/1/files/suspension_policy.dmn")
    remark = page.locator("td.df-sheet-annotation").first.bounding_box()
    assert remark is not None
    assert remark["width"] >= 190
