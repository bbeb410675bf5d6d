"""What acts tell people: cases given and taken, requests decided, promises due, incidents; written with the act."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import acts, assignments, batches, clock, incidents, notifications, requests
from engine.errors import NotFound
from engine.models import Case, FollowUp, Notification, OperationRequest, UserTask
from tests.web import floor
from tests.web.desk import browser, follow_up_of, forget_told, make_desk, person, recall, within
from web.database import house


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_desk(tmp_path)


def told(app: Flask, login: str) -> str:
    return browser(app, login).get("/notifications").text


def give(app: Flask, case_id: int, login: str, by: str = "susan") -> None:
    def act(session: Session) -> None:
        case = session.get_one(Case, case_id)
        assignments.reassign(session, case, person(session, login).id, person(session, by).id)

    within(app, act)


def test_dispatched_cases_are_told_as_one(app: Flask) -> None:
    page = told(app, "cora")
    assert "4 cases are assigned to you" in page
    assert "by Susan" in page
    assert "C00000005 (Customer 5) is assigned to you" in told(app, "colin")


def test_the_cases_of_a_batch_are_told_as_one_though_dispatched_in_one_go(tmp_path: Path) -> None:
    app = floor.make_floor(tmp_path)
    forget_told(app)

    def act(session: Session) -> None:
        tasks = session.scalars(select(UserTask).where(UserTask.business_key.in_(floor.WAITING))).all()
        cora, susan = person(session, "cora").id, person(session, "susan").id
        batches.complete(session, tasks, lambda _task: ({"collector_id": cora}, susan))

    within(app, act)
    assert f"{len(floor.WAITING)} cases are assigned to you" in told(app, "cora")


def test_a_reassigned_case_is_told_to_both(app: Flask) -> None:
    forget_told(app)
    give(app, 1, "colin")
    assert "C00000001 (Customer 1) is assigned to you" in told(app, "colin")
    assert "C00000001 (Customer 1) is no longer yours" in told(app, "cora")


def test_a_recalled_case_is_told(app: Flask) -> None:
    forget_told(app)
    recall(app, 1)
    page = told(app, "cora")
    assert "C00000001 (Customer 1) is no longer yours" in page
    assert "by Susan" in page


def test_nothing_is_told_of_an_act_that_is_undone(app: Flask) -> None:
    forget_told(app)

    def act(session: Session) -> None:
        case = session.get_one(Case, 1)
        assignments.reassign(session, case, person(session, "colin").id, person(session, "susan").id)
        raise NotFound(what="case", key=1)

    with pytest.raises(NotFound):
        within(app, act)
    assert "no longer yours" not in told(app, "cora")


@pytest.mark.parametrize(("decision", "outcome"), [("approve", "approved"), ("refuse", "refused")])
def test_a_decided_request_is_told_to_whoever_made_it(app: Flask, decision: str, outcome: str) -> None:
    def ask(session: Session) -> None:
        case = acts.lock_case(session, 1)
        requests.ask(session, case, "suspension", reason="dispute", by_id=person(session, "cora").id)

    def decide(session: Session) -> None:
        instance = session.scalars(select(OperationRequest.instance_id)).one()
        task = session.scalars(select(UserTask).where(UserTask.instance_id == instance)).one()
        form = {"decision": decision, "note": "as agreed"}
        acts.complete_task(session, task.id, form, actor_id=person(session, "susan").id)

    within(app, ask)
    within(app, decide)
    page = told(app, "cora")
    assert f"The suspension of C00000001 (Customer 1) is {outcome}" in page
    assert "as agreed" in page


def promise(app: Flask, case_id: int, day: dt.date) -> None:
    def act(session: Session) -> None:
        case, at = session.get_one(Case, case_id), clock.now() - dt.timedelta(days=1)
        session.add(
            FollowUp(case_id=case.id, customer_id=case.customer_id, at=at, result_code="promise_full", promise_on=day)
        )
        case.last_result_code = "promise_full"

    within(app, act)


def test_promises_due_today_are_told_once_in_the_morning(app: Flask) -> None:
    today = within(app, lambda _session: clock.today())
    promise(app, 1, today)
    promise(app, 2, today + dt.timedelta(days=1))

    def remind(session: Session, hour: int) -> int:
        with clock.use(clock.midnight(today) + dt.timedelta(hours=hour)):
            return notifications.promises_due(session)

    assert [within(app, lambda session, at=at: remind(session, at)) for at in (5, 7, 8)] == [0, 1, 0]
    page = told(app, "cora")
    assert "Customer 1 (C00000001) promised to pay today" in page
    assert "C00000002) promised" not in page


def test_an_incident_is_told_to_administrators_and_analysts(app: Flask) -> None:
    task = follow_up_of(app, 1)
    with app.app_context():
        incidents.after_task(house().sessions, task, {}, None, ValueError("no such tier"))
    for login in ("adam", "anna"):
        assert "Incident 1 waits" in told(app, login)
    assert "Incident" not in told(app, "cora")


def test_who_has_left_is_told_of_no_incident(app: Flask) -> None:
    def leave(session: Session) -> None:
        person(session, "anna").active = False

    within(app, leave)
    task = follow_up_of(app, 1)
    with app.app_context():
        incidents.after_task(house().sessions, task, {}, None, ValueError("no such tier"))
    assert (
        within(
            app,
            lambda session: len(
                session.scalars(select(Notification.id).where(Notification.user_id == person(session, "anna").id)).all()
            ),
        )
        == 0
    )
