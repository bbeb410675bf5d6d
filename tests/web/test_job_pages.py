"""Background work: signs of life, what waits, jobs that failed for good; and the demonstration's clock."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from engine import clock, dead_letters, health
from engine.models import DeadLetter, DemoClock, Heartbeat, OutboxMessage
from tests.web.desk import browser, state_of, within
from tests.web.floor import make_floor
from tests.web.world import post


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_floor(tmp_path)


def test_without_signs_of_life_the_page_says_what_stands_still(app: Flask) -> None:
    assert "No worker has given a sign of life" in browser(app, "adam").get("/jobs").text


def test_living_and_silent_processes_are_told_apart(app: Flask) -> None:
    def beat(session: Session) -> None:
        health.beat(session, "worker:sweep")
        long_ago = clock.real_now() - dt.timedelta(minutes=10)
        session.add(Heartbeat(name="worker:bulk", at=long_ago, detail={}))

    within(app, beat)
    page = browser(app, "adam").get("/jobs").text
    assert "Worker: what is due" in page
    assert page.count("Silent") == 1
    assert page.count("Alive") == 1


def test_a_dead_letter_is_tried_again_once(app: Flask) -> None:
    def fail(session: Session) -> int:
        now = clock.real_now()
        message = OutboxMessage(key="k", kind="text", payload={}, status="dead", next_try_at=now, created_at=now)
        session.add(message)
        session.flush()
        letter = dead_letters.record(session, "send", {"message_id": message.id}, "Traceback\nGatewayDown: no answer")
        return letter.id

    number = within(app, fail)
    client = browser(app, "adam")
    page = client.get("/jobs").text
    assert "GatewayDown: no answer" in page
    assert "Sending one message" in page
    assert post(client, f"/jobs/letters/{number}/retry").status_code == 204
    assert within(app, lambda session: session.get_one(OutboxMessage, 1).status) == "waiting"
    assert within(app, lambda session: session.get_one(DeadLetter, number).retried_by_id) is not None
    again = post(client, f"/jobs/letters/{number}/retry")
    assert again.status_code == 409
    assert "Tried again" in client.get("/jobs").text


def a_demo(tmp_path: Path) -> Flask:
    app = make_floor(tmp_path, clock="demo")

    def begin(session: Session) -> None:
        now = clock.real_now()
        row = DemoClock(id=1, business_at=now, real_at=now, fed_until=now, shift_months=0, customers=0)
        session.add(row)

    within(app, begin)
    return app


def test_the_next_day_comes_for_administrators_of_a_demo(tmp_path: Path) -> None:
    app = a_demo(tmp_path)
    client = browser(app, "adam")
    assert "Next day" in client.get("/people").text
    answer = post(client, "/demo/next-day", data={"here": "/jobs"})
    assert answer.headers["HX-Redirect"] == "/jobs"
    tomorrow = clock.today() + dt.timedelta(days=1)
    page = client.get("/jobs").text
    assert f"{tomorrow} 00:0" in page
    assert f"It is {tomorrow} now." in page
    assert state_of(app, 1)["status"] == "to_dispatch"


@pytest.mark.parametrize("here", ["//evil.example", "https://evil.example", "/\\evil", ""])
def test_it_never_leads_elsewhere(tmp_path: Path, here: str) -> None:
    assert post(browser(a_demo(tmp_path), "adam"), "/demo/next-day", data={"here": here}).headers["HX-Redirect"] == "/"


def test_a_real_clock_cannot_be_moved(app: Flask) -> None:
    client = browser(app, "adam")
    assert "Next day" not in client.get("/people").text
    assert post(client, "/demo/next-day").status_code == 409


def test_others_do_not_see_the_button(tmp_path: Path) -> None:
    assert "Next day" not in browser(a_demo(tmp_path), "susan").get("/cases").text
