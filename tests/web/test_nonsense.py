"""Nonsense in addresses and forms is refused or passed over in words; it never breaks a page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from engine.models import Incident
from tests.web.desk import browser, within
from tests.web.floor import IN_WORK, WAITING, case_no, make_floor
from tests.web.world import csrf_token, post

BROKEN = 500
NONSENSE = (
    "9" * 40,
    "-1",
    "\x00",
    "%",
    "'\"<script>",
    "1e999999",
    "NaN",
    "９９",
    "²",
    "2026-13-45",
    "9999-12-31",
    "😀" * 50,
    "a" * 3000,
    "9223372036854775808",
    "\u202e",
)
NAMES = (
    *("q", "status", "stage", "product", "tier", "group", "collector", "result", "days_from", "days_to", "amount_from"),
    *("amount_to", "next_from", "next_to", "opened_from", "opened_to", "sort", "page", "size", "view", "number"),
    *("customer", "ids", "within", "outcome", "reason", "before", "method", "collectors", "rule", "days", "amount"),
)
CASE = f"/cases/{case_no(IN_WORK[0])}"
PAGES = {
    "susan": (
        *("/cases", "/dispatch", "/dispatch/new", "/dispatch/preview", "/dispatch/batches", "/dispatch/rules"),
        *("/dispatch/rules/edit", "/requests", "/incidents", "/cases/several/suspend", CASE),
    ),
    "cora": ("/work", CASE, f"{CASE}/history", f"{CASE}/follow-ups", f"{CASE}/diagram"),
}
HUGE = "9" * 30
FORMS: tuple[tuple[str, dict[str, str]], ...] = (
    (f"/dispatch/assign/{HUGE}", {}),
    (f"/dispatch/assign/{WAITING[0]}", {"collector_id": HUGE}),
    (f"/dispatch/assign/{WAITING[0]}", {"collector_id": "\x00"}),
    ("/dispatch/batches?ids=1", {"method": "\x00", "shown": "x"}),
    ("/dispatch/batches?ids=1", {"method": "to_person", "collectors": HUGE}),
    (f"/dispatch/batches?ids={HUGE}", {"method": "evenly"}),
    (f"/dispatch/batches/{HUGE}/undo", {}),
    ("/cases/several/suspend", {"ids": HUGE, "reason": "dispute", "note": "x"}),
    ("/cases/several/suspend", {"ids": "1", "reason": "nope", "note": "x" * 10_001, "review_on": "9999-99-99"}),
    ("/cases/several/resume", {"ids": "x"}),
    ("/dispatch/rules", {"hour": HUGE, "stage": "x", "method": "y", "product": "\x00", "tier": "a" * 999}),
    ("/dispatch/rules", {"hour": "²", "stage": "collection", "method": "evenly", "rule": HUGE}),
    (f"/requests/{HUGE}/review", {}),
    (f"{CASE}/tasks/{HUGE}", {"revision": HUGE, "seen": HUGE}),
    (f"{CASE}/suspend", {"reason": "x" * 9999, "note": "\x00", "review_on": "²"}),
    (f"{CASE}/reassign", {"collector_id": HUGE}),
    (f"{CASE}/contacts/{HUGE}/reveal", {}),
    ("/cases/export", {"format": "\x00"}),
)


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_floor(tmp_path)


@pytest.fixture
def susan(app: Flask) -> FlaskClient:
    return browser(app, "susan")


@pytest.mark.parametrize("login", PAGES)
def test_no_page_breaks_on_nonsense_in_its_address(app: Flask, login: str) -> None:
    client = browser(app, login)
    broken = [
        (page, text[:20])
        for page in PAGES[login]
        for text in NONSENSE
        if client.get(page, query_string=dict.fromkeys(NAMES, text)).status_code >= BROKEN
    ]
    assert broken == []


def test_all_that_match_nonsense_is_no_error(susan: FlaskClient) -> None:
    given = [{**dict.fromkeys(NAMES, text), "all_matching": "1"} for text in NONSENSE]
    for page in ("/dispatch/new", "/dispatch/preview", "/cases/several/resume"):
        assert [each for each in given if susan.get(page, query_string=each).status_code >= BROKEN] == [], page


@pytest.mark.parametrize(("url", "form"), FORMS)
def test_no_act_breaks_on_tampered_ids_and_fields(susan: FlaskClient, url: str, form: dict[str, str]) -> None:
    headers = {"X-CSRFToken": csrf_token(susan.get("/account")), "HX-Request": "true"}
    assert susan.post(url, data=form, headers=headers).status_code < BROKEN


def test_a_page_beyond_the_last_says_so(susan: FlaskClient) -> None:
    page = susan.get("/cases?page=999&status=in_work").text
    assert "beyond the last one" in page
    assert 'href="/cases?status=in_work&amp;sort=-days_past_due">Last page' in page
    assert "Nothing matches" in susan.get("/cases?page=999&q=nobody").text


def test_a_person_who_cannot_be_one_is_refused_beside_the_field_without_an_incident(
    app: Flask, susan: FlaskClient
) -> None:
    number = WAITING[0]
    page = susan.get(f"/cases/{case_no(number)}").text
    action = re.search(r'action="([^"]*/tasks/\d+[^"]*)"', page)
    assert action
    for given in (HUGE, "\x00", "-1"):
        answer = post(susan, action[1], data={"collector_id": given, "form_key": "dispatch"})
        assert answer.status_code == 422
        assert "Choose one of the answers offered." in answer.text
    assert within(app, lambda session: session.scalar(select(func.count(Incident.id)))) == 0
