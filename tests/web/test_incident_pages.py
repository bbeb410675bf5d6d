"""Incidents in plain words, in scope, tried again with a result."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import incidents
from engine.flow.evaluator import FlowFailed
from engine.models import Incident, LoanOrder, UserTask
from tests.web.desk import Statements, browser, person, state_of, within
from tests.web.floor import case_no, make_floor
from tests.web.world import post
from web.database import house


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_floor(tmp_path)


def failed_dispatch(app: Flask, case_id: int = 1) -> int:
    """Giving the case to cora failed in its diagram, for a reason that is gone by now."""
    task_id, cora = within(
        app,
        lambda session: (
            session.scalars(select(UserTask.id).where(UserTask.business_key == case_id)).one(),
            person(session, "cora").id,
        ),
    )
    error = FlowFailed(process="collection", element="assign", cause="division by zero")
    with app.app_context(), house().business_time():
        found = incidents.after_task(house().sessions, task_id, {"collector_id": cora}, None, error)
    assert found is not None
    return found


def failed_intake(app: Flask) -> None:
    """An order could not be taken in: no case stands behind it."""
    order_id, customer_id = within(
        app, lambda session: session.execute(select(LoanOrder.id, LoanOrder.customer_id)).first()
    )
    error = RuntimeError("a password: hunter2")
    incidents.mark(error, order_id=order_id)
    with app.app_context(), house().business_time():
        incidents.after_sweep(house().sessions, customer_id, error)


def test_an_incident_says_what_was_tried_where_and_why_it_failed(app: Flask) -> None:
    number = failed_dispatch(app)
    client = browser(app, "susan")
    page = client.get("/incidents").text
    assert "Completing a user task · Dispatch" in page
    assert "collection, element assign: division by zero" in page
    assert case_no(1) in page
    assert '<span class="df-item-count df-item-count--urgent">1</span>' in page
    details = client.get(f"/incidents/{number}").text
    assert "FlowFailed" in details
    assert "collector_id" not in details, "what was typed is no business of whoever mends it"


def test_supervisors_see_those_of_their_cases_administrators_all(app: Flask) -> None:
    number = failed_dispatch(app)
    failed_intake(app)
    assert "No incidents" in browser(app, "sven").get("/incidents").text
    assert browser(app, "sven").get(f"/incidents/{number}").status_code == 404
    assert post(browser(app, "sven"), f"/incidents/{number}/retry").status_code == 404
    page = browser(app, "adam").get("/incidents").text
    assert "K1-1" in page
    assert case_no(1) in page
    assert f'href="/cases/{case_no(1)}' not in page, "administrators see no cases"
    assert "hunter2" not in page


def test_trying_again_does_the_act_and_resolves(app: Flask) -> None:
    number = failed_dispatch(app)
    client = browser(app, "susan")
    answer = post(client, f"/incidents/{number}/retry")
    assert "is resolved" in answer.headers["HX-Trigger"]
    assert state_of(app, 1)["status"] == "in_work"
    assert "No incidents" in client.get("/incidents").text
    assert "Susan" in client.get("/incidents?view=resolved").text
    assert post(client, f"/incidents/{number}/retry").status_code == 409


def test_failing_again_is_told_and_counted(app: Flask) -> None:
    number = failed_dispatch(app)

    def spoil(session: Session) -> None:
        incident = session.get_one(Incident, number)
        incident.token = "gone"  # noqa: S105 - a token of the diagram, no secret

    within(app, spoil)
    answer = post(browser(app, "adam"), f"/incidents/{number}/retry")
    assert "failed again" in answer.headers["HX-Trigger"]
    assert within(app, lambda session: session.get_one(Incident, number).attempts) == 2


def test_its_statements_do_not_grow_with_the_incidents(app: Flask) -> None:
    failed_dispatch(app, 1)
    client = browser(app, "susan")
    client.get("/incidents")
    with Statements(app) as one:
        client.get("/incidents")
    failed_dispatch(app, 2)
    with Statements(app) as two:
        client.get("/incidents")
    assert two.count == one.count <= 18
