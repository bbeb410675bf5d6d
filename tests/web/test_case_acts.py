"""What can be done to a case beside its user tasks: by whom, and what is told when it is not the time for it."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from engine import acts
from engine.models import Customer, LoanOrder, OperationRequest, Suspension
from tests.web.desk import browser, follow_up_of, make_desk, pay, person, state_of, suspend, within
from tests.web.world import post

CASE = "/cases/C00000002"
SUSPENSION = {"reason": "hardship", "note": "in hospital"}
EVERYBODY = ("cora", "colin", "otto", "susan", "sven", "mira", "anna", "carl", "adam")
STRANGERS = {"colin": 404, "otto": 404, "sven": 404, "anna": 403, "adam": 403}


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_desk(tmp_path)


def do(client: FlaskClient, act: str, **answers: Any) -> TestResponse:
    """Open the dialog of an act and send it."""
    dialog = client.get(f"{CASE}/acts/{act}").text
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', dialog))
    return post(client, f"{CASE}/acts/{act}", data=hidden | answers)


def codes(app: Flask, act: str, **answers: str) -> dict[str, int]:
    """What each of the cast is answered; those who may not come first."""
    return {login: post(browser(app, login), f"{CASE}/acts/{act}", data=answers).status_code for login in EVERYBODY}


def requests(app: Flask) -> list[tuple[str, str]]:
    query = select(OperationRequest.reason, OperationRequest.status)
    return within(app, lambda session: [(row[0], row[1]) for row in session.execute(query)])


def test_who_may_suspend(app: Flask) -> None:
    assert codes(app, "suspend", **SUSPENSION) == STRANGERS | {"cora": 403, "susan": 204, "mira": 403, "carl": 403}
    assert state_of(app, 2)["status"] == "suspended"


def test_who_may_ask_for_a_suspension(app: Flask) -> None:
    answers = STRANGERS | {"cora": 204, "susan": 403, "mira": 403, "carl": 403}
    assert codes(app, "ask_suspension", **SUSPENSION) == answers
    assert requests(app) == [("hardship", "open")]


def test_who_may_recall(app: Flask) -> None:
    answers = STRANGERS | {"cora": 403, "susan": 204, "mira": 403, "carl": 403}
    assert codes(app, "recall", note="") == answers
    assert state_of(app, 2)["status"] == "to_dispatch"


def test_who_may_resume(app: Flask) -> None:
    suspend(app, 2)
    assert codes(app, "resume", note="") == STRANGERS | {"cora": 403, "susan": 204, "mira": 403, "carl": 403}
    assert state_of(app, 2)["status"] == "in_work"


def test_who_may_reassign(app: Flask) -> None:
    colin = str(within(app, lambda session: person(session, "colin").id))
    answers = STRANGERS | {"cora": 403, "susan": 204, "mira": 403, "carl": 403}
    answers["colin"] = 404  # asked before susan gave it to him
    assert codes(app, "reassign", collector_id=colin) == answers
    assert state_of(app, 2)["collector_id"] == int(colin)


def test_who_may_lift_a_block(app: Flask) -> None:
    suspend(app, 2, reason="deceased")
    answers = STRANGERS | {"cora": 403, "susan": 403, "mira": 403, "carl": 204}
    assert codes(app, "lift_block", note="a mistake of the registry") == answers
    assert within(app, lambda session: session.get_one(Customer, 2).block_reason) is None
    assert state_of(app, 2)["status"] == "in_work"


def test_who_may_take_up(app: Flask) -> None:
    task_id = follow_up_of(app, 2)
    form = {"result_code": "no_answer"}
    within(app, lambda session: acts.complete_task(session, task_id, form, actor_id=person(session, "cora").id))
    answered = {login: post(browser(app, login), f"{CASE}/take-up").status_code for login in EVERYBODY}
    assert answered == STRANGERS | {"cora": 204, "susan": 403, "mira": 403, "carl": 403}
    assert follow_up_of(app, 2)


def test_a_second_click_is_refused(app: Flask) -> None:
    client = browser(app, "susan")
    dialog = client.get(f"{CASE}/acts/suspend").text
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', dialog))
    assert post(client, f"{CASE}/acts/suspend", data=hidden | SUSPENSION).status_code == 204
    again = post(client, f"{CASE}/acts/suspend", data=hidden | SUSPENSION)
    assert again.status_code == 409
    assert "in hospital" in again.text
    assert within(app, lambda session: len(session.scalars(select(Suspension.id)).all())) == 1


def test_what_is_missing_is_said_beside_its_field(app: Flask) -> None:
    answer = do(browser(app, "susan"), "suspend", note="why")
    assert answer.status_code == 422
    assert 'id="f-reason-error"' in answer.text
    assert "why" in answer.text
    assert state_of(app, 2)["status"] == "in_work"


def test_a_review_date_in_the_past_is_refused_in_words(app: Flask) -> None:
    answer = do(browser(app, "susan"), "suspend", **SUSPENSION, review_on="2001-01-01")
    assert answer.status_code == 422
    assert "the review date must lie ahead" in answer.text


def test_lifting_a_block_needs_a_reason(app: Flask) -> None:
    suspend(app, 2, reason="deceased")
    answer = do(browser(app, "carl"), "lift_block", note=" ")
    assert answer.status_code == 422
    assert "say why" in answer.text


def test_a_blocked_customers_case_is_not_resumed(app: Flask) -> None:
    suspend(app, 2, reason="deceased")
    answer = post(browser(app, "susan"), f"{CASE}/acts/resume", data={"note": ""})
    assert answer.status_code == 409
    assert state_of(app, 2)["status"] == "suspended"


def test_what_happened_meanwhile_is_shown_in_the_dialog(app: Flask) -> None:
    client = browser(app, "susan")
    dialog = client.get(f"{CASE}/acts/recall").text
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', dialog))
    task_id = follow_up_of(app, 2)
    form = {"result_code": "refuses"}
    within(app, lambda session: acts.complete_task(session, task_id, form, actor_id=person(session, "cora").id))
    answer = post(client, f"{CASE}/acts/recall", data=hidden | {"note": "too slow"})
    assert answer.status_code == 409
    assert "Refuses to pay" in answer.text
    assert "too slow" in answer.text
    assert state_of(app, 2)["collector_id"] is not None


def test_a_second_request_is_refused_while_one_is_open(app: Flask) -> None:
    client = browser(app)
    assert do(client, "ask_suspension", **SUSPENSION).status_code == 204
    answer = post(client, f"{CASE}/acts/ask_suspension", data=SUSPENSION)
    assert answer.status_code == 409
    assert len(requests(app)) == 1


def test_a_request_is_withdrawn_by_who_made_it_alone(app: Flask) -> None:
    client = browser(app)
    do(client, "ask_suspension", **SUSPENSION)
    assert "/requests/1/withdraw" in client.get(CASE).text
    assert "/requests/1/withdraw" not in browser(app, "susan").get(CASE).text
    assert post(browser(app, "susan"), f"{CASE}/requests/1/withdraw").status_code == 403
    assert post(client, f"{CASE}/requests/9/withdraw").status_code == 404
    assert post(client, f"{CASE}/requests/1/withdraw").status_code == 204
    assert requests(app) == [("hardship", "withdrawn")]
    assert post(client, f"{CASE}/requests/1/withdraw").status_code == 409


def test_a_closed_case_takes_nothing(app: Flask) -> None:
    pay(app, 2, Decimal(2000))
    client = browser(app, "susan")
    assert {act: post(client, f"{CASE}/acts/{act}", data=SUSPENSION).status_code for act in ("suspend", "recall")} == {
        "suspend": 409,
        "recall": 409,
    }


def test_an_unknown_act_is_not_found(app: Flask) -> None:
    assert browser(app).get(f"{CASE}/acts/explode").status_code == 404


def test_without_its_token_nothing_is_done(app: Flask) -> None:
    assert browser(app, "susan").post(f"{CASE}/acts/suspend", data=SUSPENSION).status_code == 400
    assert state_of(app, 2)["status"] == "in_work"


def test_who_may_suspend_for_another_reason(app: Flask) -> None:
    suspend(app, 2)
    answers = {"reason": "deceased", "note": "told by the widow"}
    assert codes(app, "suspend", **answers) == STRANGERS | {"cora": 403, "susan": 204, "mira": 403, "carl": 403}
    assert within(app, lambda session: session.get_one(Customer, 2).block_reason) == "deceased"
    assert within(app, lambda session: [each.resumed_as for each in session.scalars(select(Suspension))]) == [
        "superseded",
        None,
    ]


def test_the_dialog_of_a_suspended_case_says_that_the_reason_is_replaced(app: Flask) -> None:
    suspend(app, 2)
    client = browser(app, "susan")
    assert "Suspend for another reason" in client.get(CASE).text
    assert "takes the place of the present one" in client.get(f"{CASE}/acts/suspend").text
    story = do(client, "suspend", reason="represented", note="letter of a lawyer")
    assert story.status_code == 204
    assert "Suspended: Legal representation, in place of: " in client.get(f"{CASE}/history").text


def test_the_same_reason_is_refused_and_what_was_typed_stays(app: Flask) -> None:
    client = browser(app, "susan")
    assert do(client, "suspend", **SUSPENSION).status_code == 204
    again = do(client, "suspend", **SUSPENSION)
    assert again.status_code == 409
    assert "is suspended for this reason already" in again.text
    assert "in hospital" in again.text


def test_lifting_a_block_says_what_still_blocks_the_customer(app: Flask) -> None:
    suspend(app, 2, reason="complaint")
    suspend(app, 2, reason="deceased")
    client = browser(app, "carl")
    assert do(client, "lift_block", note="answered").status_code == 204
    assert "The customer stays blocked: Deceased." in client.get(CASE).text
    assert within(app, lambda session: session.get_one(Customer, 2).block_reason) == "deceased"


def test_who_may_close(app: Flask) -> None:
    answers = {"reason": "sold", "note": "pool 7"}
    assert codes(app, "close", **answers) == STRANGERS | {"cora": 403, "susan": 403, "mira": 204, "carl": 403}
    assert state_of(app, 2)["status"] == "closed"


def test_closing_says_what_leaves_and_leaves_the_ledger_alone(app: Flask) -> None:
    owing = select(func.sum(LoanOrder.outstanding)).where(LoanOrder.customer_id == 2)

    def owed() -> Decimal:
        return within(app, lambda session: session.scalars(owing).one())

    client, before = browser(app, "mira"), owed()
    assert re.search(r"1 order with .*[1-9].* leaves it", client.get(f"{CASE}/acts/close").text)
    assert do(client, "close", reason="returned", note="at the creditor's wish").status_code == 204
    assert owed() == before > 0
    assert within(app, lambda session: session.scalar(select(LoanOrder.id).where(LoanOrder.case_id == 2))) is None
    told = client.get(f"{CASE}/history").text
    assert "Case closed: Returned" in told
    assert "at the creditor&#39;s wish" in told
    assert client.get(f"{CASE}/acts/close").status_code == 409


@pytest.mark.parametrize("answers", [{"reason": "paid_in_full", "note": "x"}, {"reason": "sold"}, {"note": "why"}])
def test_closing_needs_a_reason_that_is_offered_and_a_note(app: Flask, answers: dict[str, str]) -> None:
    assert do(browser(app, "mira"), "close", **answers).status_code == 422
    assert state_of(app, 2)["status"] != "closed"
