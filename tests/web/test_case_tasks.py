"""User tasks on the case page: completing, mistakes, drafts, and what happens when somebody was faster."""

from __future__ import annotations

import html
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from engine import acts, result_codes
from engine.models import Definition, Draft, FollowUp, Incident, OperationRequest, UserTask
from tests.web.desk import browser, make_desk, pay, person, recall, state_of, suspend, within
from tests.web.world import post
from web.case.keys import RESULT_KEYS

CASE = "/cases/C00000002"
HOLD = b'result_class == "hold"'
ANSWER = {"result_code": "no_answer", "note": "nobody there"}


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_desk(tmp_path)


def opened(client: FlaskClient, url: str = CASE) -> tuple[str, dict[str, str]]:
    """The address of the form a page shows, and its hidden fields."""
    page = client.get(url).text
    action = re.search(r'<form method="post" action="([^"]*/tasks/\d+[^"]*)"', page)
    assert action, page
    form = page[action.start() :].split("</form>")[0]
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    return html.unescape(action[1]), hidden


def send(client: FlaskClient, form: tuple[str, dict[str, str]], **answers: Any) -> TestResponse:
    """Send the form as the page does."""
    return post(client, form[0], data=form[1] | answers)


def follow_ups(app: Flask) -> list[tuple[str, str]]:
    query = select(FollowUp.result_code, FollowUp.note).order_by(FollowUp.id)
    return within(app, lambda session: [(row[0], row[1]) for row in session.execute(query)])


def drafts(app: Flask) -> list[dict[str, Any]]:
    return within(app, lambda session: list(session.scalars(select(Draft.form))))


def test_saving_goes_on_to_the_next_case_of_the_list(app: Flask) -> None:
    client = browser(app)
    form = opened(client, f"{CASE}?within=work&sort=-past_due_amount")
    answer = send(client, form, **ANSWER, then="next")
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"].startswith("/cases/C00000001?")
    assert "within=work" in answer.headers["HX-Redirect"]
    assert follow_ups(app) == [("no_answer", "nobody there")]
    assert state_of(app, 2)["next_action_at"] is not None


def test_a_case_opened_by_itself_goes_on_in_the_work_list(app: Flask) -> None:
    client = browser(app)
    answer = send(client, opened(client), **ANSWER, then="next")
    assert answer.headers["HX-Redirect"] == "/cases/C00000001?within=work"


def test_after_the_last_one_comes_the_list(app: Flask) -> None:
    client = browser(app)
    form = opened(client, "/cases/C00000001?within=work&number=C1")
    assert send(client, form, **ANSWER, then="next").headers["HX-Redirect"] == "/work?number=C1"


def test_saving_may_stay_with_the_case(app: Flask) -> None:
    client = browser(app)
    form = opened(client, f"{CASE}?within=work")
    assert send(client, form, **ANSWER, then="stay").headers["HX-Redirect"] == f"{CASE}?within=work"


def test_mistakes_come_back_with_what_was_typed_and_nothing_is_saved(app: Flask) -> None:
    client = browser(app)
    form = opened(client)
    answer = send(client, form, result_code="promise_part", promise_amount="-3", note="said so", then="next")
    assert answer.status_code == 422
    assert "At least 0.01." in answer.text
    assert "This is needed." in answer.text
    assert "said so" in answer.text
    assert 'value="-3"' in answer.text
    assert follow_ups(app) == []


def test_what_an_operator_refuses_is_said_beside_its_field(app: Flask) -> None:
    client = browser(app)
    answer = send(client, opened(client), result_code="callback", then="next")
    assert answer.status_code == 422
    assert "say when to call back" in answer.text
    assert follow_ups(app) == []


def test_a_second_click_is_told_that_the_task_is_done(app: Flask) -> None:
    client = browser(app)
    form = opened(client)
    send(client, form, **ANSWER)
    answer = send(client, form, **ANSWER)
    assert answer.status_code == 409
    assert "This task is no longer open" in answer.text
    assert len(follow_ups(app)) == 1


def test_a_case_changed_meanwhile_shows_what_happened_and_keeps_what_was_typed(app: Flask) -> None:
    client = browser(app)
    form = opened(client)
    pay(app, 2, Decimal(500))
    within(app, lambda session: _touch(session, 2))
    answer = send(client, form, **ANSWER)
    assert answer.status_code == 409
    assert "What has happened since you opened it" in answer.text
    assert "Repayment received: CNY 500.00" in answer.text
    assert "nobody there" in answer.text
    assert follow_ups(app) == []
    action = form[0]
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', answer.text))
    assert send(client, (action, hidden), **ANSWER).status_code == 204


def _touch(session: Session, case_id: int) -> None:
    case = acts.lock_case(session, case_id)
    case.revision += 1


def test_a_case_suspended_meanwhile_is_told_and_nothing_is_saved(app: Flask) -> None:
    client = browser(app)
    form = opened(client)
    suspend(app, 2)
    answer = send(client, form, **ANSWER)
    assert answer.status_code == 409
    assert "Suspended: Dispute" in answer.text
    assert "nobody there" in answer.text
    assert follow_ups(app) == []


def test_a_case_closed_meanwhile_is_told(app: Flask) -> None:
    client = browser(app)
    form = opened(client)
    pay(app, 2, Decimal(2000))
    answer = send(client, form, **ANSWER)
    assert answer.status_code == 409
    assert "The case was closed while this page was open: Paid in full" in answer.text
    assert "nobody there" in answer.text


def test_a_case_taken_away_meanwhile_is_told_without_showing_it(app: Flask) -> None:
    client = browser(app)
    form = opened(client)
    recall(app, 2)
    answer = send(client, form, **ANSWER)
    assert answer.status_code == 404
    assert "The case is no longer yours" in answer.text
    assert "nobody there" in answer.text
    assert "Customer 2" not in answer.text


def test_nobody_else_completes_it(app: Flask) -> None:
    address = opened(browser(app))[0]
    codes = {"colin": 404, "otto": 404, "sven": 404, "susan": 403, "mira": 403, "carl": 403, "anna": 403, "adam": 403}
    assert {login: post(browser(app, login), address, data=ANSWER).status_code for login in codes} == codes
    assert follow_ups(app) == []


def test_without_its_token_nothing_is_done(app: Flask) -> None:
    client = browser(app)
    assert client.post(opened(client)[0], data=ANSWER).status_code == 400
    assert follow_ups(app) == []


def test_what_is_typed_is_kept_and_restored_until_it_is_sent(app: Flask) -> None:
    client = browser(app)
    address, hidden = opened(client)
    answer = post(client, f"{address}/draft", data=hidden | {"note": "half a sen", "result_code": "busy"})
    assert "Draft saved" in answer.text
    page = client.get(CASE).text
    assert "half a sen" in page
    assert re.search(r'value="busy" checked', page)
    send(client, (address, hidden), **ANSWER)
    assert drafts(app) == []


def test_a_draft_is_ones_own_and_can_be_thrown_away(app: Flask) -> None:
    client = browser(app)
    address, hidden = opened(client)
    post(client, f"{address}/draft", data=hidden | {"note": "half a sen"})
    assert post(browser(app, "susan"), f"{address}/draft", data={"note": "mine"}).status_code == 403
    assert "half a sen" not in post(client, f"{address}/draft/discard").text
    assert "half a sen" not in client.get(CASE).text


def test_a_draft_of_a_task_that_is_gone_is_refused(app: Flask) -> None:
    client = browser(app)
    address, hidden = opened(client)
    send(client, (address, hidden), **ANSWER)
    assert post(client, f"{address}/draft", data=hidden).status_code == 409


def test_a_diagram_that_fails_undoes_all_and_notes_an_incident(app: Flask) -> None:
    within(app, _spoil_the_diagram)
    client = browser(app)
    answer = send(client, opened(client), **ANSWER)
    assert answer.status_code == 500
    assert "incident 1" in answer.text
    assert "nobody there" in answer.text
    assert follow_ups(app) == []
    assert within(app, lambda session: session.scalars(select(Incident.act)).all()) == ["task"]
    assert "incident 1" in client.get(CASE).text


def _spoil_the_diagram(session: Session) -> None:
    """Nothing checks a diagram that is changed behind the checker's back."""
    found = session.scalars(select(Definition).where(Definition.filename == "collection.bpmn")).one()
    assert HOLD in found.source
    found.source = found.source.replace(HOLD, b"result_class &lt; 1")


def test_a_supervisor_dispatches_in_place(app: Flask) -> None:
    recall(app, 2)
    client = browser(app, "susan")
    form = opened(client)
    colin = within(app, lambda session: person(session, "colin").id)
    assert send(client, form, collector_id=str(colin)).status_code == 204
    assert state_of(app, 2)["collector_id"] == colin


def test_somebody_who_cannot_take_it_is_refused_in_words(app: Flask) -> None:
    recall(app, 2)
    client = browser(app, "susan")
    otto = within(app, lambda session: person(session, "otto").id)
    answer = send(client, opened(client), collector_id=str(otto))
    assert answer.status_code == 409
    assert "Otto is no active member" in answer.text


def _ask(app: Flask) -> None:
    client = browser(app)
    post(client, f"{CASE}/acts/ask_suspension", data={"reason": "hardship", "note": "ill"})


def test_a_suspension_request_is_reviewed_in_place(app: Flask) -> None:
    _ask(app)
    client = browser(app, "susan")
    assert send(client, opened(client), decision="approve", note="yes").status_code == 204
    assert state_of(app, 2)["status"] == "suspended"
    assert within(app, lambda session: session.scalars(select(OperationRequest.status)).all()) == ["approved"]


def test_a_collector_does_not_see_the_review(app: Flask) -> None:
    _ask(app)
    page = browser(app).get(CASE).text
    tasks = within(
        app, lambda session: session.scalars(select(UserTask.id).where(UserTask.form == "review_request")).all()
    )
    assert f"/tasks/{tasks[0]}" not in page


def test_every_result_has_a_key_of_its_own_shown_beside_it_and_the_usual_ones_have_figures(app: Flask) -> None:
    assert set(RESULT_KEYS) == set(result_codes.ALL)
    assert len(set(RESULT_KEYS.values())) == len(RESULT_KEYS)
    assert not set(RESULT_KEYS.values()) & set("jknpstx"), "these do something else on the page"
    figures = {code for code, key in RESULT_KEYS.items() if key.isdecimal()}
    assert figures >= {"no_answer", "promise_full", "promise_part", "callback", "refuses", "paid_today"}
    page = browser(app).get(CASE).text
    for code, key in RESULT_KEYS.items():
        assert re.search(
            rf'value="{code}"[^>]* data-key="{key}"[^>]*><span><kbd aria-hidden="true">{key.upper()}<', page
        )
