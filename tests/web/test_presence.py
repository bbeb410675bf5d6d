"""Who else looks at a case is told to whoever looks at it, for as long as they do."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import clock, presence
from engine.models import CaseView
from tests.web.desk import browser, make_desk, recall, within
from tests.web.world import post

URL = "/cases/C00000001/presence"


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_desk(tmp_path)


def test_each_is_told_of_the_other_and_nobody_of_themselves(app: Flask) -> None:
    susan, mira = browser(app, "susan"), browser(app, "mira")
    assert "Also looking" not in post(susan, URL).text
    assert "Also looking at this case: Susan" in post(mira, URL).text
    assert "Also looking at this case: Mira" in post(susan, URL).text
    assert "Also looking" not in post(susan, "/cases/C00000002/presence").text


def test_whoever_stopped_looking_is_gone(app: Flask) -> None:
    post(browser(app, "susan"), URL)

    def later(session: Session) -> None:
        for each in session.scalars(select(CaseView)):
            each.at = clock.real_now() - dt.timedelta(seconds=presence.VIEW_SECONDS + 1)

    within(app, later)
    assert "Also looking" not in post(browser(app, "mira"), URL).text


def test_whoever_works_the_case_is_told_by_the_lease_alone(app: Flask) -> None:
    cora, susan = browser(app), browser(app, "susan")
    post(cora, "/cases/C00000001/lease")
    post(cora, URL)
    assert "Also looking" not in post(susan, URL).text
    assert "Also looking at this case: Susan" in post(cora, URL).text


def test_who_may_not_read_the_case_is_neither_told_nor_seen(app: Flask) -> None:
    assert post(browser(app, "otto"), URL).text == ""
    recall(app, 1)
    assert post(browser(app), URL).text == ""
    assert post(browser(app, "anna"), URL).status_code == 403
    assert "Also looking" not in post(browser(app, "susan"), URL).text


def test_the_page_asks_without_keeping_the_session_alive(app: Flask) -> None:
    page = browser(app).get("/cases/C00000001").text
    assert f'hx-post="{URL}" hx-trigger="load, every 30s"' in page


def test_what_is_a_day_old_is_forgotten(app: Flask) -> None:
    post(browser(app, "susan"), URL)

    def age(session: Session) -> list[CaseView]:
        session.scalars(select(CaseView)).one().at = clock.real_now() - dt.timedelta(days=2)
        session.flush()
        presence.forget_old(session)
        return list(session.scalars(select(CaseView)))

    assert within(app, age) == []
