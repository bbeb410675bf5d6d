"""The case page: who may open it, what it shows, that personal data is masked, and what is offered to whom."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import acts
from engine.models import Customer, HistoryEntry, UserTask
from tests.web.desk import Statements, browser, follow_up_of, make_desk, pay, person, state_of, suspend, within
from tests.web.world import post

MINE, COLINS = "/cases/C00000002", "/cases/C00000005"
PHONE = "15400000002"


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_desk(tmp_path)


def offered(app: Flask, login: str, url: str = MINE) -> set[str]:
    """The acts the page offers: their buttons."""
    page = browser(app, login).get(url).text
    found = set(re.findall(r'hx-get="[^"]*/acts/(\w+)', page))
    return found | ({"take_up"} if "/take-up" in page else set())


def revealed(app: Flask) -> list[tuple[str, int | None]]:
    """What was shown in full, and to whom."""
    query = select(HistoryEntry).where(HistoryEntry.kind == "revealed").order_by(HistoryEntry.id)
    return within(app, lambda session: [(each.data["what"], each.actor_id) for each in session.scalars(query)])


def test_who_may_open_a_case(app: Flask) -> None:
    mine = {"cora": 200, "colin": 404, "otto": 404, "susan": 200, "sven": 404, "mira": 200, "carl": 200}
    mine |= {"anna": 403, "adam": 403}
    assert {login: browser(app, login).get(MINE).status_code for login in mine} == mine
    assert browser(app).get(COLINS).status_code == 404


@pytest.mark.parametrize("number", ["P00000002", "C00000999", "C2", "2", "C0000000x", "C99999999999999999"])
def test_a_number_that_is_no_case_is_not_found(app: Flask, number: str) -> None:
    assert browser(app).get(f"/cases/{number}").status_code == 404


def test_the_parts_are_closed_to_whoever_may_not_open_the_case(app: Flask) -> None:
    client = browser(app, "colin")
    parts = ("history", "follow-ups", "diagram", "diagram.bpmn", "acts/suspend")
    assert {part: client.get(f"{MINE}/{part}").status_code for part in parts} == dict.fromkeys(parts, 404)


def test_it_shows_the_facts_and_where_the_case_stands(app: Flask) -> None:
    page = browser(app).get(MINE).text
    for fact in ("C00000002", "Customer 2", "CNY 2,000.00", "M1", "Cora", "Follow up", "K2-1", "Tier ends"):
        assert fact in page, fact


def test_personal_data_is_masked_until_it_is_asked_for_and_that_is_recorded(app: Flask) -> None:
    client = browser(app)
    page = client.get(MINE).text
    hidden = (PHONE, "310101199001011234", "someone@example.com", "15400009999")
    assert [each for each in hidden if each in page] == []
    assert "154****0002" in page
    buttons = re.findall(r'hx-post="([^"]+/reveal)"', page)
    assert sorted(post(client, url).text.split(">")[1].split("<")[0] for url in buttons) == sorted(hidden)
    cora = within(app, lambda session: person(session, "cora").id)
    assert sorted(revealed(app)) == sorted((what, cora) for what in ("phone", "phone", "email", "id_number"))


def test_nothing_is_shown_in_full_of_a_case_where_contact_has_stopped(app: Flask) -> None:
    suspend(app, 2)
    client = browser(app)
    assert "/reveal" not in client.get(MINE).text
    assert post(client, f"{MINE}/id-number/reveal").status_code == 403
    assert revealed(app) == []
    assert post(browser(app, "carl"), f"{MINE}/id-number/reveal").status_code == 200


def test_another_customers_contact_is_not_found_by_way_of_ones_own_case(app: Flask) -> None:
    other = within(app, lambda session: session.get_one(Customer, 5).contacts[0].id)
    assert post(browser(app), f"{MINE}/contacts/{other}/reveal").status_code == 404
    assert revealed(app) == []


def test_what_is_offered_to_whom(app: Flask) -> None:
    assert offered(app, "cora") == {"ask_suspension"}
    assert offered(app, "susan") == {"suspend", "recall", "reassign"}
    assert offered(app, "mira") == {"close"}
    assert offered(app, "carl") == set()


def test_what_is_offered_follows_the_diagram(app: Flask) -> None:
    suspend(app, 2)
    assert offered(app, "cora") == {"ask_suspension"}
    assert offered(app, "susan") == {"resume", "suspend", "reassign"}


def test_a_case_that_waits_can_be_taken_up_by_its_collector(app: Flask) -> None:
    task_id = follow_up_of(app, 2)
    form = {"result_code": "no_answer"}
    within(app, lambda session: acts.complete_task(session, task_id, form, actor_id=person(session, "cora").id))
    assert "take_up" in offered(app, "cora")
    assert "take_up" not in offered(app, "susan")


def test_who_may_only_read_sees_no_form(app: Flask) -> None:
    for login in ("mira", "carl", "susan"):
        assert "<textarea" not in browser(app, login).get(MINE).text


def test_a_closed_case_says_so_and_offers_nothing(app: Flask) -> None:
    pay(app, 2, Decimal(2000))
    page = browser(app, "susan").get(MINE).text
    assert "Paid in full" in page
    assert "df-actions" not in page
    assert "<textarea" not in page


def test_a_collector_may_read_what_closed_in_their_hands(app: Flask) -> None:
    pay(app, 2, Decimal(2000))
    client = browser(app)
    assert "You may read" not in client.get(MINE).text  # closed says enough
    assert client.get(f"{MINE}/history").status_code == 200
    assert "/reveal" not in client.get(MINE).text


def test_a_block_stands_above_everything(app: Flask) -> None:
    suspend(app, 2, reason="deceased")
    page = browser(app, "carl").get(MINE).text
    assert "The customer is blocked" in page
    assert offered(app, "carl") == {"lift_block"}
    assert "resume" not in offered(app, "susan")


def test_the_diagram_is_that_of_the_cases_release_with_its_position(app: Flask) -> None:
    client = browser(app)
    page = client.get(f"{MINE}/diagram").text
    assert "data-current='[\"follow_up\"]'" in page
    assert '"dispatch"' in page.split("data-path=")[1]
    source = client.get(f"{MINE}/diagram.bpmn")
    assert source.mimetype == "application/xml"
    assert b'id="follow_up"' in source.data


def test_alternatives_are_marked_at_their_gateway(app: Flask) -> None:
    task_id = follow_up_of(app, 2)
    form = {"result_code": "no_answer"}
    within(app, lambda session: acts.complete_task(session, task_id, form, actor_id=person(session, "cora").id))
    assert "data-current='[\"wait_next\"]'" in browser(app).get(f"{MINE}/diagram").text


def test_a_request_that_waits_is_part_of_where_the_case_stands(app: Flask) -> None:
    task_id = follow_up_of(app, 2)
    form = {"result_code": "dispute"}
    within(app, lambda session: acts.complete_task(session, task_id, form, actor_id=person(session, "cora").id))
    page = browser(app).get(MINE).text
    assert "Review request" in page
    assert "no date" not in page


def test_its_statements_do_not_grow_with_what_it_shows(app: Flask) -> None:
    client = browser(app)
    client.get(MINE)
    with Statements(app) as before:
        client.get(MINE)
    for _ in range(3):
        within(app, _follow_up_and_take_up)
    with Statements(app) as after:
        client.get(MINE)
    assert after.count <= before.count + 1 <= 32
    assert state_of(app, 2)["follow_up_count"] == 3


def _follow_up_and_take_up(session: Session) -> None:
    form = {"result_code": "promise_part", "promise_amount": "10", "promise_on": "2100-01-01", "note": "again"}
    task_id = session.scalars(select(UserTask.id).where(UserTask.business_key == 2)).one()
    user_id = person(session, "cora").id
    acts.complete_task(session, task_id, form, actor_id=user_id)
    acts.take_up(session, acts.lock_case(session, 2), actor_id=user_id)
