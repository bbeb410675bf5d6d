"""Suspending and resuming several cases of a list at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from engine import several
from engine.models import Case, Customer, Suspension
from tests.web.desk import browser, within
from tests.web.floor import make_floor
from tests.web.world import csrf_token

SUSPENSION = {"reason": "dispute", "note": "letter of 3 May"}


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_floor(tmp_path)


def send(app: Flask, act: str, *ids: int, login: str = "susan", **form: str) -> TestResponse:
    client = browser(app, login)
    headers = {"X-CSRFToken": csrf_token(client.get("/account")), "HX-Request": "true"}
    data = {"ids": [str(each) for each in ids], **form}
    return client.post(f"/cases/several/{act}", data=data, headers=headers)


def statuses(app: Flask, *ids: int) -> list[str]:
    query = select(Case.status).where(Case.id.in_(ids)).order_by(Case.id)
    return within(app, lambda session: list(session.scalars(query)))


def test_ticked_cases_are_suspended_and_resumed(app: Flask) -> None:
    answer = send(app, "suspend", 1, 5, **SUSPENSION)
    assert answer.status_code == 204
    assert "2 cases suspended" in answer.headers["HX-Trigger"]
    assert statuses(app, 1, 5) == ["suspended", "suspended"]
    assert send(app, "resume", 1, 5, note="settled").status_code == 204
    assert statuses(app, 1, 5) == ["to_dispatch", "in_work"]


def test_each_succeeds_or_is_refused_by_itself(app: Flask) -> None:
    send(app, "suspend", 2, **SUSPENSION)
    answer = send(app, "suspend", 1, 2, 7, **SUSPENSION)
    assert answer.status_code == 200
    assert "1 case suspended" in answer.text
    assert "2 cases stay as they were" in answer.text
    assert "C00000002" in answer.text
    assert "Case C00000007 is not one of your groups&#39;." in answer.text
    assert statuses(app, 1, 2, 7) == ["suspended", "suspended", "to_dispatch"]
    assert "cases-changed" in answer.headers["HX-Trigger"]


def test_another_reason_does_not_replace_those_of_several_cases_at_a_stroke(app: Flask) -> None:
    send(app, "suspend", 2, **SUSPENSION)
    answer = send(app, "suspend", 1, 2, reason="system_error", note="nightly run")
    assert "1 case suspended" in answer.text
    assert "Case C00000002 is suspended for another reason" in answer.text
    standing = select(Suspension.reason).where(Suspension.case_id == 2, Suspension.to_at.is_(None))
    assert within(app, lambda session: session.scalars(standing).all()) == [SUSPENSION["reason"]]


def test_a_blocked_customer_s_case_is_not_resumed_with_the_others(app: Flask) -> None:
    send(app, "suspend", 1, 2, **SUSPENSION)

    def block(session: Session) -> None:
        session.scalars(select(Customer).where(Customer.customer_no == "K1")).one().block_reason = "deceased"

    within(app, block)
    answer = send(app, "resume", 1, 2)
    assert "blocked" in answer.text
    assert statuses(app, 1, 2) == ["suspended", "to_dispatch"]


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"note": "why"}, "reason"),
        ({"reason": "dispute"}, "note"),
        ({**SUSPENSION, "review_on": "2020-01-01"}, "review_on"),
    ],
)
def test_mistakes_stand_beside_their_fields_with_what_was_typed(app: Flask, form: dict[str, str], field: str) -> None:
    answer = send(app, "suspend", 1, 2, **form)
    assert answer.status_code == 422
    assert f'id="f-{field}-error"' in answer.text
    assert all(value in answer.text for value in form.values())
    assert answer.text.count('name="ids"') == 2
    assert statuses(app, 1, 2) == ["to_dispatch", "to_dispatch"]


def test_all_that_match_can_be_asked_for(app: Flask) -> None:
    page = browser(app, "susan").get("/cases/several/suspend?all_matching=1&status=in_work").text
    assert "2 cases are chosen" in page


def test_too_many_at_once_are_refused(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(several, "MOST", 2)
    assert browser(app, "susan").get("/cases/several/suspend?all_matching=1").status_code == 422
    assert send(app, "suspend", 1, 2, 3, **SUSPENSION).status_code == 422
    assert statuses(app, 1, 2, 3) == ["to_dispatch"] * 3


def test_nothing_chosen_is_told(app: Flask) -> None:
    assert "No case is chosen" in browser(app, "susan").get("/cases/several/suspend").text
