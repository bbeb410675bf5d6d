"""Dispatch by hand: what waits, the preview, the batch and its report, undoing it, one case to one person."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from engine import clock, dispatch
from engine.models import Absence, Case, DispatchBatch, Incident, Membership, StandingRule
from tests.web.desk import Statements, browser, person, state_of, suspend, within
from tests.web.floor import NOBODYS, WAITING, case_no, make_floor
from tests.web.world import post
from web import batches
from web.database import house

IDS = "&".join(f"ids={number}" for number in WAITING)


def confirm(client: FlaskClient, cases: str, **form: str) -> TestResponse:
    """What confirming the preview of these cases sends."""
    shown = re.search(r'name="shown" value="(\w+)"', client.get(f"/dispatch/preview?{cases}&{urlencode(form)}").text)
    return post(client, f"/dispatch/batches?{cases}", data={"shown": shown[1] if shown else "", **form})


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_floor(tmp_path)


def batch(app: Flask) -> DispatchBatch:
    def read(session: Session) -> DispatchBatch:
        found = session.scalars(select(DispatchBatch).order_by(DispatchBatch.id.desc())).first()
        session.refresh(found)
        session.expunge(found)
        return found

    return within(app, read)


def holders(app: Flask) -> dict[int, int]:
    query = select(Case.collector_id, func.count()).where(Case.id.in_(WAITING)).group_by(Case.collector_id)
    return within(app, lambda session: {row[0]: row[1] for row in session.execute(query)})


def ids_of(app: Flask, *logins: str) -> list[int]:
    return within(app, lambda session: [person(session, login).id for login in logins])


def test_what_waits_stands_by_product_and_tier(app: Flask) -> None:
    page = browser(app, "susan").get("/dispatch").text
    assert "CNY 10,000.00" in page
    assert re.search(r"2\s*</span> / 2|>2</span> / 2", page), "two of two are free"
    assert case_no(NOBODYS) not in page


def test_what_no_group_takes_warns_whoever_can_mend_it(app: Flask) -> None:
    assert "1 case waits that no group takes" in browser(app, "mira").get("/dispatch").text
    assert "1 case waits that no group takes" in browser(app, "adam").get("/people").text
    assert "that no group takes" not in browser(app, "cora").get("/account").text


def test_the_choice_comes_from_ticks_or_from_all_that_match(app: Flask) -> None:
    client = browser(app, "susan")
    assert client.get(f"/dispatch/new?{IDS}", headers={"HX-Request": "true"}).headers["HX-Redirect"].endswith(IDS)
    assert "Credit card M1 × 4" in client.get(f"/dispatch/new?{IDS}").text
    assert "Credit card M1 × 2" in client.get("/dispatch/new?all_matching=1&status=to_dispatch&amount_from=3000").text
    assert client.get("/dispatch/new").status_code == 422


def test_the_preview_says_who_gets_what_and_writes_nothing(app: Flask) -> None:
    client = browser(app, "susan")
    page = client.get(f"/dispatch/preview?{IDS}&ids=5&method=evenly").text
    assert re.findall(r'<td class="df-num df-strong">(\d+)</td>', page) == ["2", "2"], "shares of this batch"
    assert "It has a collector by now" in page
    assert case_no(5) in page
    assert within(app, lambda session: session.scalar(select(func.count(DispatchBatch.id)))) == 0


def test_named_people_must_be_named(app: Flask) -> None:
    page = browser(app, "susan").get(f"/dispatch/preview?{IDS}&method=to_person").text
    assert "Name the people" in page


def test_absent_and_full_people_get_none(app: Flask) -> None:
    cora, colin = ids_of(app, "cora", "colin")

    def away(session: Session) -> None:
        session.add(Absence(user_id=cora, from_on=clock.today(), to_on=clock.today()))
        session.scalars(select(Membership).where(Membership.user_id == colin)).one().capacity = 1

    within(app, away)
    client = browser(app, "susan")
    assert "Absent" in client.get(f"/dispatch/new?{IDS}").text
    page = client.get(f"/dispatch/preview?{IDS}").text
    assert "3 cases are skipped" in page
    assert "Dispatch 1 case" in page


def test_a_small_batch_is_done_at_once_and_reported(app: Flask) -> None:
    client = browser(app, "susan")
    answer = confirm(client, IDS, method="by_amount")
    found = batch(app)
    assert (found.status, found.dispatched, found.skipped) == ("done", 4, 0)
    assert answer.headers["HX-Redirect"] == f"/dispatch/batches/{found.id}"
    page = client.get(f"/dispatch/batches/{found.id}").text
    assert page.count('<span class="df-status df-tone-green">Dispatched</span>') == 4
    assert sum(holders(app).values()) == 4


def test_only_the_people_named_get_cases(app: Flask) -> None:
    (colin,) = ids_of(app, "colin")
    confirm(browser(app, "susan"), IDS, method="to_person", collectors=str(colin))
    assert holders(app) == {colin: 4}


def test_what_is_confirmed_must_be_what_was_shown(app: Flask) -> None:
    (colin,) = ids_of(app, "colin")
    client = browser(app, "susan")
    shown = re.search(r'name="shown" value="(\w+)"', client.get(f"/dispatch/preview?{IDS}&method=evenly").text)
    others = {"method": "to_person", "collectors": str(colin)}
    for form in ({"method": "by_amount"}, others, {"method": "evenly", "collectors": str(colin)}):
        answer = post(client, f"/dispatch/batches?{IDS}", data={"shown": shown[1], **form})
        assert answer.status_code == 422
        assert "not the one whose preview you confirmed" in answer.text
        assert "Dispatch 4 cases" in answer.text
    assert post(client, "/dispatch/batches?ids=1", data={"shown": shown[1], "method": "evenly"}).status_code == 422
    assert post(client, f"/dispatch/batches?{IDS}", data={"method": "evenly"}).status_code == 422
    assert set(holders(app)) == {None}
    assert confirm(client, IDS, **others).status_code == 204
    assert holders(app) == {colin: 4}


def test_a_large_batch_waits_for_a_worker_and_its_progress_is_polled(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "AT_ONCE", 2)
    client = browser(app, "susan")
    confirm(client, IDS, method="evenly")
    found = batch(app)
    assert found.status == "planned"
    assert 'hx-trigger="every 1s"' in client.get(f"/dispatch/batches/{found.id}").text
    assert "0 / 4" in client.get(f"/dispatch/batches/{found.id}/progress").text
    with app.app_context(), house().business_time():
        dispatch.run_batch(house().sessions, found.id)
    answer = client.get(f"/dispatch/batches/{found.id}/progress", headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == f"/dispatch/batches/{found.id}"


def test_what_moved_since_the_preview_is_skipped_with_its_reason(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "AT_ONCE", 0)
    client = browser(app, "susan")
    confirm(client, IDS, method="evenly")
    suspend_waiting(app)
    found = batch(app)
    with app.app_context(), house().business_time():
        dispatch.run_batch(house().sessions, found.id)
    page = client.get(f"/dispatch/batches/{found.id}?outcome=skipped").text
    assert page.count("It is suspended") >= 1
    assert case_no(1) in page
    assert case_no(2) not in page


def suspend_waiting(app: Flask) -> None:
    """Case 1 is suspended while it waits."""
    suspend(app, 1)


def test_nothing_to_dispatch_is_told(app: Flask) -> None:
    answer = confirm(browser(app, "susan"), "ids=5", method="evenly")
    assert answer.status_code == 409
    assert "None of these cases waits for dispatch" in answer.text


def test_another_group_s_cases_are_not_dispatched(app: Flask) -> None:
    answer = confirm(browser(app, "sven"), IDS, method="evenly")
    assert answer.status_code == 409
    assert sum(holders(app).values()) == 4
    assert set(holders(app)) == {None}


def test_a_batch_is_undone_once_and_by_its_supervisors_alone(app: Flask) -> None:
    client = browser(app, "susan")
    confirm(client, IDS, method="evenly")
    found = batch(app)
    assert post(browser(app, "sven"), f"/dispatch/batches/{found.id}/undo").status_code == 404
    assert post(client, f"/dispatch/batches/{found.id}/undo").status_code == 204
    assert set(holders(app)) == {None}
    assert "Undone by" in client.get(f"/dispatch/batches/{found.id}").text
    assert post(client, f"/dispatch/batches/{found.id}/undo").status_code == 409


def test_batches_are_listed_newest_first_with_who_asked(app: Flask) -> None:
    client = browser(app, "susan")
    assert "No batches yet" in client.get("/dispatch/batches").text
    for number in (1, 2):
        confirm(client, f"ids={number}", method="evenly")
    page = client.get("/dispatch/batches").text
    assert re.findall(r'href="/dispatch/batches/(\d+)"', page) == ["2", "1"]
    assert "Susan" in page
    assert "No batches yet" in browser(app, "sven").get("/dispatch/batches").text


def test_the_list_pages_take_a_constant_number_of_statements(app: Flask) -> None:
    client = browser(app, "susan")
    confirm(client, IDS, method="evenly")
    for url, most in (("/dispatch", 24), ("/dispatch/batches", 14), ("/dispatch/batches/1", 20)):
        client.get(url)
        with Statements(app) as counted:
            client.get(url)
        assert counted.count <= most, url


def test_one_case_is_given_to_one_person(app: Flask) -> None:
    cora, otto = ids_of(app, "cora", "otto")
    client = browser(app, "susan")
    assert "Colin" in client.get("/dispatch/assign/1").text
    assert post(client, "/dispatch/assign/1", data={"collector_id": str(cora)}).status_code == 204
    assert state_of(app, 1)["collector_id"] == cora
    again = post(client, "/dispatch/assign/1", data={"collector_id": str(cora)})
    assert again.status_code == 409
    refused = post(client, "/dispatch/assign/2", data={"collector_id": str(otto)})
    assert refused.status_code == 422
    assert "no active member of the group" in refused.text
    assert post(client, "/dispatch/assign/2").status_code == 422
    assert state_of(app, 2)["collector_id"] is None
    assert within(app, lambda session: session.scalar(select(func.count(Incident.id)))) == 0


RULE = {"stage": "collection", "product": "*", "tier": "M1", "method": "evenly", "hour": "9", "active": "true"}


def test_a_standing_rule_is_set_changed_and_switched_off(app: Flask) -> None:
    client = browser(app, "susan")
    assert "No standing rules" in client.get("/dispatch/rules").text
    assert post(client, "/dispatch/rules", data=RULE).status_code == 204
    assert "09:00" in client.get("/dispatch/rules").text
    assert 'value="M1" selected' in client.get("/dispatch/rules/edit?rule=1").text
    post(client, "/dispatch/rules", data={**RULE, "active": "", "hour": "7"})
    rules = within(app, lambda session: [(each.hour, each.active) for each in session.scalars(select(StandingRule))])
    assert rules == [(7, False)]


def test_a_rule_beyond_one_s_groups_or_hours_is_refused(app: Flask) -> None:
    client = browser(app, "susan")
    assert post(client, "/dispatch/rules", data={**RULE, "tier": "M3"}).status_code == 403
    late = post(client, "/dispatch/rules", data={**RULE, "hour": "24"})
    assert late.status_code == 422
    assert 'id="f-hour-error"' in late.text
    assert client.get("/dispatch/rules/edit?rule=99").status_code == 404
