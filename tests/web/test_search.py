"""Whoever phones in is found whatever the case's owner, masked; opening others' is recorded; the note reaches them."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import clock, parameters
from engine.models import HistoryEntry, Lookup
from tests.web.desk import Statements, browser, forget_told, make_desk, person, within
from tests.web.world import post

COLINS = 5  # the customer, and the case, of cora's colleague


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return forget_told(make_desk(tmp_path))


def find(client: FlaskClient, words: str) -> str:
    found = post(client, "/search", data={"words": words})
    assert found.status_code == 200, found.text
    return found.text


def entries(app: Flask, kind: str) -> list[HistoryEntry]:
    query = select(HistoryEntry).where(HistoryEntry.kind == kind).order_by(HistoryEntry.id)

    def read(session: Session) -> list[HistoryEntry]:
        found = list(session.scalars(query))
        session.expunge_all()
        return found

    return within(app, read)


@pytest.mark.parametrize("words", ["customer 5", "Omer5", "0000005", "K5", "K5-1", "C00000005", "154 0000-0005"])
def test_a_colleagues_customer_is_found_and_who_has_the_case(app: Flask, words: str) -> None:
    page = find(browser(app), words)
    assert "Customer 5" in page
    assert "Colin" in page
    assert "Customer 4" not in page


def test_numbers_are_masked_and_others_cases_are_no_links(app: Flask) -> None:
    page = find(browser(app), "Customer")
    assert "154****0005" in page
    assert "15400000005" not in page
    assert "310101199001011234" not in page
    assert 'href="/cases/C00000001"' in page
    assert 'href="/cases/C00000005"' not in page
    opened = post(browser(app), f"/search/customers/{COLINS}").text
    assert "15400000005" not in opened
    assert 'href="/cases/C00000005"' not in opened


@pytest.mark.parametrize(("words", "least"), [("", 422), ("12", 422), ("x", 422), ("%%", 422), ("zz", 200)])
def test_too_little_to_search_by_is_told_and_kept(app: Flask, words: str, least: int) -> None:
    answer = post(browser(app), "/search", data={"words": words})
    assert answer.status_code == least
    assert ("at least one Chinese character" in answer.text) == (least == 422)
    assert ("Nobody is found" in answer.text) == (least == 200)


def test_opening_somebody_elses_customer_is_recorded_once_each_time_and_ones_own_is_not(app: Flask) -> None:
    client = browser(app)
    assert post(client, "/search/customers/1").status_code == 200
    assert entries(app, "looked_up") == []
    assert post(client, f"/search/customers/{COLINS}").status_code == 200
    looked_up = entries(app, "looked_up")
    assert [(each.customer_id, each.actor_id) for each in looked_up] == [
        (COLINS, within(app, lambda session: person(session, "cora").id))
    ]
    assert "opened by search" in browser(app, "susan").get("/cases/C00000005/history").text
    assert "opened by search" not in browser(app, "colin").get("/cases/C00000005/history").text


def test_a_note_goes_into_the_history_and_to_the_collector(app: Flask) -> None:
    answer = post(browser(app), f"/search/customers/{COLINS}/phone-in", data={"note": "will pay on Friday"})
    assert "Told: Colin" in answer.headers["HX-Trigger"]
    colin = browser(app, "colin")
    assert "1 unread" in colin.get("/account").text
    told = colin.get("/notifications").text
    assert "Customer 5 phoned in (C00000005), noted by Cora" in told
    assert "will pay on Friday" in told
    history = colin.get("/cases/C00000005/history").text
    assert "The customer phoned in" in history
    assert "will pay on Friday" in history


def test_a_second_click_notes_nothing_twice(app: Flask) -> None:
    client = browser(app)
    for _ in range(2):
        assert post(client, f"/search/customers/{COLINS}/phone-in", data={"note": "again"}).status_code == 204
    assert len(entries(app, "phoned_in")) == 1


def test_a_note_on_ones_own_customer_tells_nobody(app: Flask) -> None:
    client = browser(app)
    assert "Told" not in post(client, "/search/customers/1/phone-in", data={"note": "hello"}).headers["HX-Trigger"]
    assert "df-bell-count" not in client.get("/account").text
    assert len(entries(app, "phoned_in")) == 1


@pytest.mark.parametrize("note", ["", "  ", "x" * 2001])
def test_a_note_without_words_or_with_too_many_is_refused_and_kept(app: Flask, note: str) -> None:
    answer = post(browser(app), f"/search/customers/{COLINS}/phone-in", data={"note": note})
    assert answer.status_code == 422
    assert "write what was said" in answer.text
    assert note in answer.text
    assert entries(app, "phoned_in") == []


def test_there_is_no_customer_of_that_number(app: Flask) -> None:
    assert post(browser(app), "/search/customers/999").status_code == 404
    assert post(browser(app), "/search/customers/999/phone-in", data={"note": "x"}).status_code == 404


def test_who_searches_too_often_is_told_the_limit_and_may_again_after_the_hour(app: Flask) -> None:
    within(app, lambda session: parameters.set_value(session, "lookups_per_hour", 3))
    client = browser(app)
    find(client, "Customer")
    find(client, "Customer 5")
    assert post(client, f"/search/customers/{COLINS}").status_code == 200
    refused = post(client, "/search", data={"words": "Customer 4"})
    assert refused.status_code == 429
    assert "3 times within an hour" in refused.text
    assert post(client, "/search/customers/4").status_code == 429
    assert "Customer 4" in find(browser(app, "colin"), "Customer 4")  # each person for themselves

    def an_hour_passes(session: Session) -> None:
        for lookup in session.scalars(select(Lookup)):
            lookup.at = clock.real_now() - dt.timedelta(hours=1, seconds=1)

    within(app, an_hour_passes)
    find(client, "Customer 4")


def test_a_refused_search_does_not_count(app: Flask) -> None:
    client = browser(app)
    post(client, "/search", data={"words": "1"})
    assert within(app, lambda session: session.scalar(select(func.count(Lookup.id)))) == 0


@pytest.mark.parametrize(
    ("login", "searches", "notes"),
    [
        ("cora", True, True),
        ("susan", True, True),
        ("mira", True, True),
        ("carl", True, False),
        ("anna", False, False),
        ("adam", False, False),
    ],
)
def test_who_may(app: Flask, login: str, searches: bool, notes: bool) -> None:
    client = browser(app, login)
    assert ("data-global-search" in client.get("/account").text) == searches
    assert client.get("/search").status_code == (200 if searches else 403)
    assert post(client, "/search", data={"words": "Customer"}).status_code == (200 if searches else 403)
    opened = post(client, f"/search/customers/{COLINS}")
    assert opened.status_code == (200 if searches else 403)
    assert ("Note that they phoned in" in opened.text) == notes
    noted = post(client, f"/search/customers/{COLINS}/phone-in", data={"note": "x"})
    assert noted.status_code == (204 if notes else 403)


def test_more_customers_take_no_more_statements(app: Flask) -> None:
    client = browser(app)
    token = re.search(r'<meta name="csrf-token" content="([^"]+)"', client.get("/account").text)
    assert token is not None
    headers = {"X-CSRFToken": token[1], "HX-Request": "true"}
    client.post("/search", data={"words": "Customer 5"}, headers=headers)
    with Statements(app) as one:
        client.post("/search", data={"words": "Customer 5"}, headers=headers)
    with Statements(app) as five:
        client.post("/search", data={"words": "Customer"}, headers=headers)
    assert five.count == one.count


def test_words_never_stand_in_an_address(app: Flask) -> None:
    assert "Customer 5" not in browser(app).get("/search?words=Customer+5").text
