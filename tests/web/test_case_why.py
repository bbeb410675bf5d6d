"""Why a case is where it is, for each state: acts, decisions with their rows, answers of gateways; both languages."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import acts, clock, intake
from engine.intake import NewOrder
from engine.models import Case, UserTask
from engine.sweep import sweep
from tests.web.desk import Statements, browser, make_desk, pay, person, recall, suspend, within
from tests.web.floor import NOBODYS, make_floor
from tests.web.world import post
from web.database import house

CASE = "/cases/C00000002"


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_desk(tmp_path)


def told(app: Flask, login: str = "susan", url: str = CASE) -> str:
    """The dialog's words."""
    return _words(browser(app, login).get(f"{url}/why").text)


def _words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def follow_up(app: Flask, result: str = "no_answer", case_id: int = 2) -> None:
    def act(session: Session) -> None:
        query = select(UserTask.id).where(UserTask.business_key == case_id, UserTask.form == "follow_up")
        user_id = person(session, "cora").id
        acts.complete_task(session, session.scalars(query).one(), {"result_code": result}, actor_id=user_id)

    within(app, act)


def take_up(app: Flask) -> None:
    def act(session: Session) -> None:
        acts.take_up(session, acts.lock_case(session, 2), actor_id=person(session, "cora").id)

    within(app, act)


def in_order(words: str, *parts: str) -> bool:
    """Whether these stand in the text, one after the other."""
    at = -1
    for part in parts:
        at = words.find(part, at + 1)
        if at < 0:
            return False
    return True


def test_a_case_in_work_is_there_by_its_tier_and_who_it_was_given_to(app: Flask) -> None:
    words = told(app)
    assert in_order(
        words, "M1 because 5 days past due (Case tier, row 1)", "Dispatch case Susan ; Given to Cora", "Follow up"
    ), words
    assert in_order(words, "Which tier now? Its own", "Now it waits for Follow up"), words


def test_a_case_that_waits_is_told_by_its_last_follow_up_and_how_many_there_were(app: Flask) -> None:
    for _ in range(2):
        follow_up(app)
        take_up(app)
    follow_up(app, "refuses")
    words = told(app)
    assert in_order(words, "Follow up: Refuses to pay", "(3 times since)", "Now it waits for Next action due"), words
    assert "No answer" not in words


def test_a_case_to_dispatch_was_recalled_by_somebody(app: Flask) -> None:
    recall(app, 2)
    words = told(app)
    assert in_order(
        words, "Recalled by hand Susan ; Taken from Cora", "Has a collector? No", "Now it waits for Dispatch"
    ), words


def test_a_suspended_case_says_why_and_by_whom(app: Flask) -> None:
    suspend(app, 2, reason="hardship")
    words = told(app)
    assert in_order(
        words,
        "M1 because 5 days past due",
        "Suspended Susan ; Suspended: Hardship",
        "(Suspension policy, row 4)",
        "Review date",
    ), words


def test_a_closed_case_was_paid(app: Flask) -> None:
    pay(app, 2, Decimal(2000))
    words = told(app)
    assert in_order(words, "Repayment received: CNY 2,000.00", "Paid in full"), words
    assert "Now it waits for" not in words


def test_it_is_told_in_chinese(app: Flask) -> None:
    client = browser(app, "susan")
    post(client, "/language", data={"language": "zh"})
    words = _words(client.get(f"{CASE}/why").text)
    assert in_order(words, "M1，因为逾期 5 天（案件等级，第 1 行）", "现在等待"), words


def test_who_may_not_read_the_case_is_not_told(app: Flask) -> None:
    assert browser(app, "otto").get(f"{CASE}/why").status_code == 404
    assert browser(app, "anna").get(f"{CASE}/why").status_code == 403


def test_its_statements_do_not_grow_with_the_history(app: Flask) -> None:
    client = browser(app)
    client.get(f"{CASE}/why")
    follow_up(app)
    with Statements(app) as before:
        client.get(f"{CASE}/why")
    for _ in range(3):
        take_up(app)
        follow_up(app)
    with Statements(app) as after:
        client.get(f"{CASE}/why")
    assert after.count <= before.count <= 22


def test_the_drawing_says_it_too(app: Flask) -> None:
    assert "M1 because 5 days past due" in browser(app).get(f"{CASE}/diagram").text


# States that take time: a case in its last tier, ninety-one days later.
LAST = f"/cases/C{NOBODYS:08}"


@pytest.fixture
def late(tmp_path: Path) -> Flask:
    app = make_floor(tmp_path)
    with app.app_context(), clock.use(clock.real_now() + dt.timedelta(days=91)):
        sweep(house().sessions)
    return app


def decide(app: Flask, decision: str) -> None:
    form = {"decision": decision, "agency": "Fast", "term_days": "30", "note": "tried all"}

    def act(session: Session) -> None:
        query = select(UserTask.id).where(UserTask.business_key == NOBODYS, UserTask.form == "decide")
        user_id = person(session, "sven").id
        acts.complete_task(session, session.scalars(query).one(), form, actor_id=user_id)

    within(app, act)


def test_a_case_to_decide_outlived_its_last_tier(late: Flask) -> None:
    words = told(late, "mira", LAST)
    assert in_order(words, "(Case tier, row", "Which tier now? Past the last", "Now it waits for"), words


@pytest.mark.parametrize(
    ("decision", "answer", "state"),
    [
        ("place", "Place", "Placed"),
        ("legal", "Sue", "Legal action"),
        ("write_off", "Write off", "Written off"),
        ("keep_working", "Keep working", "Dispatch"),
    ],
)
def test_what_was_decided_is_told(late: Flask, decision: str, answer: str, state: str) -> None:
    decide(late, decision)
    words = told(late, "mira", LAST)
    assert in_order(words, "Past the last", "Sven", f"Which decision? {answer}"), words
    assert state in words, words


def test_a_pre_collection_case_was_opened_before_its_due_date(app: Flask) -> None:
    def order(session: Session) -> None:
        due_on = clock.today() + dt.timedelta(days=3)
        made_on = due_on - dt.timedelta(days=20)
        new = NewOrder("K2-9", "K2", "cash", "CNY", made_on, due_on, Decimal(500))
        intake.add_order(session, new)

    within(app, order)
    with app.app_context(), clock.use(clock.real_now() + dt.timedelta(days=2)):
        sweep(house().sessions)
    query: Callable[[Session], Case] = lambda session: session.scalars(  # noqa: E731 - one expression
        select(Case).where(Case.stage == "pre_collection")
    ).one()
    case_no = within(app, lambda session: query(session).case_no)
    words = told(app, "mira", f"/cases/{case_no}")
    assert in_order(words, "Case opened", "K2-9", "Now it waits for"), words
