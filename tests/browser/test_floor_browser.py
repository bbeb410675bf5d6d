"""The supervisor's and the administrator's pages in a browser: stories, and accessible in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, Route, expect

from engine import acts, clock, requests
from tests.browser.chromium import axe_violations, serve
from tests.browser.test_case_browser import enter
from tests.web.desk import person, state_of, within
from tests.web.floor import IN_WORK, WAITING, make_floor
from tests.web.test_incident_pages import failed_dispatch

SUPERVISORS = (
    "/cases",
    "/dispatch",
    "/dispatch/new?ids=1&ids=2",
    "/dispatch/batches",
    "/dispatch/rules",
    "/requests",
    "/requests?view=tasks",
    "/requests?view=decided",
    "/team",
    "/incidents",
)
ADMINISTRATORS = ("/people", "/people/1", "/groups", "/groups/1", "/imports", "/jobs", "/incidents")


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_floor(tmp_path)


@pytest.fixture
def floor(app: Flask) -> Iterator[str]:
    """The address of a server with a supervisor's floor."""
    with serve(app) as address:
        yield address


def ask(app: Flask) -> None:
    """Cora asks for a suspension of her first case."""
    within(
        app,
        lambda session: requests.ask(
            session,
            acts.lock_case(session, IN_WORK[0]),
            "suspension",
            reason="hardship",
            note="in hospital",
            by_id=person(session, "cora").id,
        ),
    )


def hold(page: Page, address: str) -> list[Route]:
    """Requests to an address are kept back and gathered here, as if the server were slow."""
    found: list[Route] = []

    def keep(route: Route) -> None:
        found.append(route)

    page.route(address, keep)
    return found


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_supervisor_s_pages_are_accessible(page: Page, floor: str, app: Flask, language: str) -> None:
    ask(app)
    failed_dispatch(app)
    enter(page, floor, "/cases", "susan", language)
    for url in SUPERVISORS:
        page.goto(floor + url)
        page.wait_for_load_state("networkidle")
        assert axe_violations(page) == [], url


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_administrator_s_pages_are_accessible(page: Page, floor: str, app: Flask, language: str) -> None:
    failed_dispatch(app)
    enter(page, floor, "/people", "adam", language)
    for url in ADMINISTRATORS:
        page.goto(floor + url)
        page.wait_for_load_state("networkidle")
        assert axe_violations(page) == [], url
    page.goto(f"{floor}/people")
    page.click(".df-list-bar button")
    expect(page.locator("#dialog [name=login]")).to_be_visible()
    assert axe_violations(page) == []


def test_searching_changes_rows_tabs_and_address_together(page: Page, floor: str) -> None:
    enter(page, floor, "/cases", "susan")
    expect(page.locator("#list tbody tr")).to_have_count(len(WAITING) + len(IN_WORK))
    page.fill("[name=q]", "Customer 3")
    page.keyboard.press("Enter")
    expect(page.locator("#list tbody tr")).to_have_count(1)
    expect(page.locator("#list .df-views a[aria-current]")).to_contain_text("1")
    expect(page).to_have_url(re.compile("q=Customer"))
    page.click("#list .df-chip a")
    page.click("#list .df-views a:has-text('In work')")
    expect(page.locator("#list tbody tr")).to_have_count(len(IN_WORK))
    page.click("thead a:has-text('Past due')")
    expect(page.locator("#list tbody tr")).to_have_count(len(IN_WORK))
    expect(page).to_have_url(re.compile("status=in_work"))


def test_ticked_cases_are_suspended_and_the_list_follows(
    page: Page, floor: str, app: Flask, complaints: list[str]
) -> None:
    enter(page, floor, "/cases?status=in_work", "susan")
    page.check("[data-page]")
    page.click("button:has-text('Suspend')")
    page.select_option("#dialog [name=reason]", "dispute")
    page.click("#dialog .btn-primary")
    expect(page.locator("#f-note-error")).to_be_visible()
    assert axe_violations(page) == []
    page.fill("#dialog [name=note]", "letter")
    page.click("#dialog .btn-primary")
    expect(page.locator(".df-toast")).to_contain_text("2 cases suspended")
    expect(page.locator("#list .df-empty")).to_be_visible()
    assert {state_of(app, number)["status"] for number in IN_WORK} == {"suspended"}
    complaints.clear()  # Chromium notes the 422 itself


def test_dispatch_from_the_list_to_the_report_and_back(page: Page, floor: str, app: Flask) -> None:
    enter(page, floor, "/dispatch", "susan")
    page.check("[data-page]")
    page.click(".df-list-bar button:has-text('Dispatch')")
    page.wait_for_url(re.compile("/dispatch/new"))
    plan = page.locator("#df-plan")
    expect(plan).to_contain_text("Dispatch 4 cases")
    page.check("[value=to_person]")
    expect(plan).to_contain_text("Name the people")
    page.check("[aria-label=Colin]")
    expect(plan.locator("tbody tr")).to_have_count(1)
    plan.locator("button").click()
    page.wait_for_url(re.compile(r"/dispatch/batches/\d+$"))
    expect(page.locator(".df-toast")).to_contain_text("4 cases dispatched")
    assert axe_violations(page) == []
    page.click("button:has-text('Undo')")
    page.click("#df-confirm [data-yes]")
    expect(page.locator(".df-key")).to_contain_text("Undone by")
    assert {state_of(app, number)["status"] for number in WAITING} == {"to_dispatch"}


def test_nothing_is_confirmed_while_a_newer_preview_is_on_its_way(page: Page, floor: str, app: Flask) -> None:
    enter(page, floor, "/dispatch", "susan")
    page.goto(f"{floor}/dispatch/new?" + "&".join(f"ids={number}" for number in WAITING))
    send = page.locator("#df-plan button")
    expect(send).to_be_enabled()
    held = hold(page, "**/dispatch/preview?**")
    page.check("[aria-label=Colin]")
    expect(send).to_be_disabled()
    page.keyboard.press("Control+Enter")
    for each in held:
        each.continue_()
    expect(page.locator("#df-plan tbody tr")).to_have_count(1)
    expect(send).to_be_enabled()
    assert {state_of(app, number)["status"] for number in WAITING} == {"to_dispatch"}


def test_an_act_is_sent_once_by_a_double_click(page: Page, floor: str, app: Flask) -> None:
    failed_dispatch(app)
    enter(page, floor, "/incidents", "susan")
    sent = hold(page, "**/incidents/*/retry")
    page.dblclick("#df-incidents tbody button")
    with page.expect_response("**/retry"):
        sent[0].continue_()
    expect(page.locator("#df-incidents .df-empty")).to_be_visible()
    assert len(sent) == 1


def test_one_case_is_assigned_in_a_dialog(page: Page, floor: str, app: Flask) -> None:
    enter(page, floor, "/dispatch", "susan")
    page.locator("tbody a:has-text('Assign')").first.click()
    page.check("#dialog label:has-text('Colin') input")
    assert axe_violations(page) == []
    page.click("#dialog .btn-primary")
    expect(page.locator(".df-toast")).to_contain_text("is assigned")
    expect(page.locator("#df-waiting")).to_contain_text("3")
    assert state_of(app, max(WAITING))["status"] == "in_work"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_cases_are_reassigned_from_the_list_and_given_back(page: Page, floor: str, app: Flask, language: str) -> None:
    reassign, recall = {"zh": ("改派", "回收"), "en": ("Reassign", "Recall")}[language]
    enter(page, floor, "/cases?status=in_work", "susan", language)
    page.check("[data-page]")
    page.click(f".df-list-bar button:has-text('{reassign}')")
    page.wait_for_url(re.compile("/dispatch/new.*act=reassign"))
    expect(page.locator("#df-plan .df-spread").first).to_be_visible()
    assert axe_violations(page) == []
    page.click("#df-plan .btn-primary")
    page.wait_for_url(re.compile(r"/dispatch/batches/\d+$"))
    assert axe_violations(page) == []
    colin = within(app, lambda session: person(session, "colin").id)
    assert {state_of(app, number)["collector_id"] for number in IN_WORK} == {colin}
    page.goto(f"{floor}/cases?status=in_work")
    page.check("[data-page]")
    page.click(f".df-list-bar button:has-text('{recall}')")
    page.wait_for_url(re.compile("/dispatch/new.*act=recall"))
    expect(page.locator("#df-plan .btn-primary")).to_contain_text("2")
    page.fill("[name=note]", "the team is reorganised")
    assert axe_violations(page) == []
    page.click("#df-plan .btn-primary")
    page.wait_for_url(re.compile(r"/dispatch/batches/\d+$"))
    assert {state_of(app, number)["collector_id"] for number in IN_WORK} == {None}


def test_a_request_is_decided_in_a_dialog_and_the_count_falls(page: Page, floor: str, app: Flask) -> None:
    ask(app)
    enter(page, floor, "/requests", "susan")
    page.click("#df-requests tbody button")
    page.check("#dialog [value=approve]", force=True)
    assert axe_violations(page) == []
    page.click("#dialog .btn-primary")
    expect(page.locator("#df-requests .df-empty")).to_be_visible()
    expect(page.locator("#df-navigation a[href='/requests'] .df-item-count")).to_have_count(0)
    assert state_of(app, IN_WORK[0])["status"] == "suspended"


def test_an_incident_is_read_and_tried_again(page: Page, floor: str, app: Flask) -> None:
    failed_dispatch(app)
    enter(page, floor, "/incidents", "susan")
    page.click("#df-incidents tbody a")
    expect(page.locator("#dialog-wide")).to_contain_text("division by zero")
    assert axe_violations(page) == []
    page.click("#dialog-wide [data-default]")
    expect(page.locator(".df-toast")).to_contain_text("is resolved")
    expect(page.locator("#df-incidents .df-empty")).to_be_visible()


def test_a_password_is_reset_and_shown_once(page: Page, floor: str) -> None:
    enter(page, floor, "/people?q=cora", "adam")
    page.click("#list tbody a")
    page.click("button:has-text('Reset password')")
    page.click("#df-confirm [data-yes]")
    expect(page.locator("[data-secret]")).to_have_text(re.compile("^[a-z0-9]{4}(-[a-z0-9]{4}){3}$"))
    assert axe_violations(page) == []


def test_an_absence_is_noted_and_taken_back_in_the_team(page: Page, floor: str) -> None:
    enter(page, floor, "/team", "susan")
    page.locator("button:has-text('Absence')").first.click()
    page.locator("#dialog [name=to_on]").press_sequentially(f"{clock.today():%Y%m%d}")
    page.click("#dialog .btn-primary")
    expect(page.locator("#df-team")).to_contain_text("Absent")
    page.locator("#df-team [aria-label^='Take back']").click()
    expect(page.locator("#df-team .df-tag:has-text('Absent')")).to_have_count(0)


def test_a_file_is_checked_then_imported(page: Page, complaints: list[str], floor: str, tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_text("客户编号,Called,Remark\nN1,Nora,x\nN2,,x\n")
    enter(page, floor, "/imports", "adam")
    page.set_input_files("[name=file]", file)
    page.click("button[value=check]")
    expect(page.locator("#df-result")).to_contain_text("Columns are missing: name")
    complaints.clear()  # Chromium notes the 422 itself
    page.get_by_label("What column Called is").select_option("name")
    page.click("button[value=check]")
    expect(page.locator("#df-result")).to_contain_text("Must not be empty")
    expect(page.get_by_label("What column Called is")).to_have_value("name")
    assert axe_violations(page) == []
    page.click("button[value=load]")
    page.wait_for_url(re.compile(r"/imports/\d+$"))
    expect(page.locator(".df-key")).to_contain_text("customers.csv")
    assert axe_violations(page) == []


def test_an_export_is_saved_as_a_file(page: Page, floor: str) -> None:
    enter(page, floor, "/cases", "susan")
    page.click("button:has-text('Export')")
    with page.expect_download() as download:
        page.click("button[value=csv]")
    assert download.value.suggested_filename.endswith(".csv")
