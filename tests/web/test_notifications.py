"""The bell: what one is told, read one by one or all at once; nobody reads another's."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from engine import clock, notifications
from engine.models import Case, Notification
from engine.notifications import Kind
from tests.web.desk import Statements, browser, forget_told, make_desk, person, within
from tests.web.world import post


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return forget_told(make_desk(tmp_path))


def tell(app: Flask, case_id: int, told_as: str = "x", login: str = "cora", note: str = "hello") -> None:
    def act(session: Session) -> None:
        case, by = session.get_one(Case, case_id), person(session, "colin").id
        user = person(session, login).id
        notifications.tell(session, [user, by], Kind.PHONED_IN, told_as=told_as, case=case, by_id=by, note=note)

    within(app, act)


def ids(app: Flask, client_page: str) -> list[str]:
    return re.findall(r"/notifications/(\d+)/open", client_page)


def test_an_empty_bell_says_what_it_is_for(app: Flask) -> None:
    client = browser(app)
    assert "kept for 90 days" in client.get("/notifications").text
    assert "df-bell-count" not in client.get("/account").text


def test_nobody_is_told_of_what_they_did_themselves(app: Flask) -> None:
    tell(app, 1)
    assert "phoned in" in browser(app).get("/notifications").text
    assert "phoned in" not in browser(app, "colin").get("/notifications").text


def test_what_is_told_as_one_counts_once(app: Flask) -> None:
    tell(app, 1)
    tell(app, 2)
    tell(app, 3, told_as="y")
    assert "2 unread" in browser(app).get("/account").text


def test_one_that_is_followed_is_read_and_leads_to_the_case(app: Flask) -> None:
    tell(app, 1)
    tell(app, 2, told_as="y")
    client = browser(app)
    newest = ids(app, client.get("/notifications").text)[0]
    assert post(client, f"/notifications/{newest}/open").headers["HX-Redirect"] == "/cases/C00000002"
    assert "1 unread" in client.get("/account").text


def test_one_of_a_case_that_is_no_longer_theirs_leads_to_their_work(app: Flask) -> None:
    tell(app, 1, login="otto")
    client = browser(app, "otto")
    (only,) = ids(app, client.get("/notifications").text)
    assert post(client, f"/notifications/{only}/open").headers["HX-Redirect"] == "/work"


def test_all_are_read_at_once_and_others_stay_unread(app: Flask) -> None:
    tell(app, 1)
    tell(app, 1, login="otto")
    client = browser(app)
    assert "Mark all as read" not in post(client, "/notifications/read").text
    assert "df-bell-count" not in client.get("/account").text
    assert "1 unread" in browser(app, "otto").get("/account").text


def test_somebody_elses_is_not_there(app: Flask) -> None:
    tell(app, 1)
    (only,) = ids(app, browser(app).get("/notifications").text)
    assert post(browser(app, "otto"), f"/notifications/{only}/open").status_code == 404
    assert "1 unread" in browser(app).get("/account").text


def test_the_poll_brings_the_figure(app: Flask) -> None:
    tell(app, 1)
    assert 'id="df-unread" hx-swap-oob="true"' in browser(app).get("/shell/pulse").text


def test_older_ones_come_in_pages_without_gaps(app: Flask) -> None:
    for number in range(53):
        tell(app, 1, told_as=str(number), note=f"call {number}.")
    client = browser(app)
    first = client.get("/notifications").text
    before = re.search(r"/notifications\?before=(\d+)", first)
    assert before is not None
    older = client.get(f"/notifications?before={before[1]}").text
    shown = [int(each) for each in re.findall(r"call (\d+)\.", first + older)]
    assert shown == list(range(52, -1, -1))


def test_more_of_them_take_no_more_statements(app: Flask) -> None:
    client = browser(app)
    tell(app, 1)
    client.get("/notifications")
    with Statements(app) as one:
        client.get("/notifications")
    for number in range(9):
        tell(app, 1, told_as=str(number))
    with Statements(app) as ten:
        client.get("/notifications")
    assert ten.count == one.count


def test_they_are_forgotten_after_ninety_days(app: Flask) -> None:
    tell(app, 1)
    tell(app, 2, told_as="old")

    def age(session: Session) -> int:
        old = update(Notification).where(Notification.told_as.endswith("old"))
        session.execute(old.values(at=clock.now() - dt.timedelta(days=91)))
        return notifications.forget_old(session)

    assert within(app, age) == 1
    assert within(app, lambda session: session.scalar(select(func.count(Notification.id)))) == 1
