"""The inbox of suspension requests: what is open for whom, deciding it, and what was decided."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import acts, requests
from engine.flow import instance as flow
from engine.models import Incident, OperationRequest, Timer
from tests.web.desk import Statements, browser, person, state_of, suspend, within
from tests.web.floor import case_no, make_floor
from tests.web.world import post


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_floor(tmp_path)


def ask(app: Flask, case_id: int = 5, login: str = "cora", note: str = "in hospital") -> int:
    def act(session: Session) -> int:
        case = acts.lock_case(session, case_id)
        by = person(session, login).id
        return requests.ask(session, case, "suspension", reason="hardship", note=note, by_id=by).id

    return within(app, act)


def status(app: Flask, request_id: int) -> str:
    return within(app, lambda session: session.get_one(OperationRequest, request_id).status)


def test_an_open_request_is_shown_with_its_case_and_counted(app: Flask) -> None:
    ask(app)
    client = browser(app, "susan")
    page = client.get("/requests").text
    assert "in hospital" in page
    assert case_no(5) in page
    assert "Cora" in page
    assert "Review" in page
    assert '<span class="df-item-count">1</span>' in page
    assert "in hospital" not in browser(app, "sven").get("/requests").text
    assert "Review" not in browser(app, "carl").get("/requests").text.split("<table")[1]


def test_approving_suspends_the_case(app: Flask) -> None:
    request_id = ask(app)
    client = browser(app, "susan")
    assert "in hospital" in client.get(f"/requests/{request_id}/review").text
    assert (
        post(client, f"/requests/{request_id}/review", data={"decision": "approve", "note": "yes"}).status_code == 204
    )
    assert status(app, request_id) == "approved"
    assert state_of(app, 5)["status"] == "suspended"
    decided = client.get("/requests?view=decided").text
    assert "Susan" in decided
    assert "yes" in decided
    assert "No open requests" in client.get("/requests").text


def test_refusing_leaves_the_case_in_work(app: Flask) -> None:
    request_id = ask(app)
    post(browser(app, "susan"), f"/requests/{request_id}/review", data={"decision": "refuse"})
    assert (status(app, request_id), state_of(app, 5)["status"]) == ("refused", "in_work")


def test_a_decision_is_needed_and_what_was_typed_stays(app: Flask) -> None:
    request_id = ask(app)
    answer = post(browser(app, "susan"), f"/requests/{request_id}/review", data={"note": "half a thought"})
    assert answer.status_code == 422
    assert "half a thought" in answer.text
    assert 'id="f-decision-error"' in answer.text


def test_of_two_reviewers_one_wins_and_the_other_is_told(app: Flask) -> None:
    request_id = ask(app)
    client = browser(app, "susan")
    post(client, f"/requests/{request_id}/review", data={"decision": "approve"})
    late = post(client, f"/requests/{request_id}/review", data={"decision": "refuse"})
    assert late.status_code == 409
    assert "no longer open" in late.text
    assert status(app, request_id) == "approved"


def test_nobody_reviews_their_own(app: Flask) -> None:
    request_id = ask(app, login="susan")
    client = browser(app, "susan")
    assert "your own" in client.get("/requests").text
    assert client.get(f"/requests/{request_id}/review").status_code == 403
    assert post(client, f"/requests/{request_id}/review", data={"decision": "approve"}).status_code == 403
    assert status(app, request_id) == "open"


def test_another_role_reviews_nothing_that_is_not_for_it(app: Flask) -> None:
    request_id = ask(app)
    assert post(browser(app, "mira"), f"/requests/{request_id}/review", data={"decision": "approve"}).status_code == 403


def test_another_group_s_request_is_not_there(app: Flask) -> None:
    request_id = ask(app)
    assert post(browser(app, "sven"), f"/requests/{request_id}/review", data={"decision": "approve"}).status_code == 404


def test_a_diagram_that_fails_is_told_with_the_number_of_its_incident(app: Flask) -> None:
    request_id = ask(app)

    def spoil(session: Session) -> None:  # the review asks for the policy of a reason that no row has
        session.get_one(OperationRequest, request_id).reason = "nonsense"

    within(app, spoil)
    answer = post(browser(app, "susan"), f"/requests/{request_id}/review", data={"decision": "approve"})
    assert answer.status_code == 500
    assert "incident 1" in answer.text
    assert status(app, request_id) == "open"
    assert within(app, lambda session: session.get_one(Incident, 1).act) == "task"


def test_a_suspension_to_be_reviewed_waits_in_the_inbox(app: Flask) -> None:
    client = browser(app, "susan")
    assert "No case waits for you" in client.get("/requests?view=tasks").text
    suspend(app, 5)

    def review(session: Session) -> None:
        case = acts.lock_case(session, 5)
        timer = session.scalars(select(Timer).where(Timer.instance_id == case.instance_id)).first()
        assert timer is not None
        flow.fire(session, timer.instance_id, timer.token, timer.element)

    within(app, review)
    page = client.get("/requests?view=tasks").text
    assert "Review suspension" in page
    assert case_no(5) in page
    assert '<span class="df-item-count">1</span>' in page
    assert case_no(5) not in browser(app, "sven").get("/requests?view=tasks").text


def test_its_statements_do_not_grow_with_the_requests(app: Flask) -> None:
    ask(app)
    client = browser(app, "susan")
    client.get("/requests")
    with Statements(app) as one:
        client.get("/requests")
    ask(app, case_id=6)
    with Statements(app) as two:
        client.get("/requests")
    assert two.count == one.count <= 14
