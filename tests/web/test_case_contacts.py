"""Contacts on the case page: adding, standings, duplicates, who may, dialling; all of it in history."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from engine import acts, parameters, search
from engine.errors import Invalid
from engine.models import Contact, Customer, HistoryEntry
from tests.web.desk import browser, follow_up_of, make_desk, person, suspend, within
from tests.web.world import post

CASE = "/cases/C00000002"
PHONE = {"kind": "phone", "value": "138 1234 5678", "relation": "spouse", "holder": "Wu Fang"}


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_desk(tmp_path)


def add(client: FlaskClient, **changes: str) -> TestResponse:
    return post(client, f"{CASE}/contacts", data=PHONE | changes)


def known(app: Flask, number: int = 2) -> list[tuple[str, str]]:
    """Values and standings of the customer's contacts."""

    def read(session: Session) -> list[tuple[str, str]]:
        return [(each.value, each.standing) for each in session.get_one(Customer, number).contacts]

    return within(app, read)


def first_phone(app: Flask, number: int = 2) -> int:
    query = select(Contact.id).where(Contact.customer_id == number, Contact.kind == "phone").order_by(Contact.id)
    return within(app, lambda session: session.scalars(query).first() or 0)


def told(app: Flask, kind: str) -> list[dict[str, object]]:
    query = select(HistoryEntry).where(HistoryEntry.kind == kind).order_by(HistoryEntry.id)
    return within(app, lambda session: [dict(each.data) for each in session.scalars(query)])


def change(app: Flask, client: FlaskClient, standing: str, was: str = "unverified") -> TestResponse:
    data = {"standing": standing, "was": was, "note": "said so"}
    return post(client, f"{CASE}/contacts/{first_phone(app)}", data=data)


def test_a_contact_is_added_as_dialled_found_by_search_and_kept_in_history(app: Flask) -> None:
    client = browser(app)
    answer = add(client)
    assert answer.status_code == 204
    assert json.loads(answer.headers["HX-Trigger"])["contacts-changed"]["words"].startswith("Phone 138****5678")
    assert ("13812345678", "unverified") in known(app)
    entry = told(app, "contact_added")[0]
    assert (entry["holder"], entry["relation"], entry["source"]) == ("Wu Fang", "spouse", "by_hand")
    assert "13812345678" not in json.dumps(entry)
    found = within(app, lambda session: set(session.scalars(search.customers("81234567", search.Field.PHONE))))
    assert found == {2}
    card = client.get(f"{CASE}/contacts").text
    assert "138****5678" in card
    assert "added here" in card
    assert "Contact added: Phone (Wu Fang)" in client.get(f"{CASE}/history").text


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"value": "12"}, "value", "no phone number"),
        ({"value": "138123456789"}, "value", "no phone number"),
        ({"value": ""}, "value", "needed"),
        ({"value": "\x00"}, "value", "cannot be kept"),
        ({"kind": "email", "value": "nobody@nowhere"}, "value", "no e-mail address"),
        ({"kind": "email", "value": "a b@example.com"}, "value", "no e-mail address"),
        ({"kind": "address", "value": "x" * 401}, "value", "too long"),
        ({"kind": "pigeon"}, "kind", "choose one"),
        ({"relation": "enemy"}, "relation", "choose one"),
        ({"holder": " "}, "holder", "whose it is"),
        ({"value": "(+86) 154-0000-0002"}, "value", "one of Customer 2"),
        ({"value": "15400009999"}, "value", "This is known already"),
        ({"kind": "email", "value": "Someone@Example.com"}, "value", "one of Customer 2"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_what_was_typed_stays(
    app: Flask, given: dict[str, str], field: str, words: str
) -> None:
    before = known(app)
    answer = add(browser(app), **given)
    assert answer.status_code == 422
    beside = re.search(rf'id="f-{field}-error"[^>]*>(.*?)</div>', answer.text, re.DOTALL)
    assert beside is not None
    assert words in beside[1]
    assert given.get("holder", "Wu Fang").strip() in answer.text
    assert known(app) == before


def test_numbers_follow_the_customers_country(app: Flask) -> None:
    def move(session: Session) -> None:
        session.get_one(Customer, 2).jurisdiction = "US-CA"

    within(app, move)
    client = browser(app)
    assert add(client, value="(415) 555-2671").status_code == 204
    assert add(client, value="+86 138 1234 5678").status_code == 204
    assert add(client, value="138 1234 5678").status_code == 422
    assert {"4155552671", "+8613812345678"} <= {value for value, _ in known(app)}


def test_a_number_that_other_customers_have_too_is_told(app: Flask) -> None:
    def give(session: Session) -> None:
        session.get_one(Customer, 3).contacts[0].value = "13812345678"
        session.flush()
        search.index(session, [3])

    within(app, give)
    answer = add(browser(app))
    assert "1 other customer has this number too" in answer.headers["HX-Trigger"]


def test_a_standing_is_changed_with_a_note_in_history(app: Flask) -> None:
    client = browser(app)
    assert change(app, client, "verified").status_code == 204
    assert known(app)[0][1] == "verified"
    entry = told(app, "contact_changed")[0]
    assert (entry["was"], entry["standing"], entry["note"]) == ("unverified", "verified", "said so")
    assert "Unverified becomes Verified" in client.get(f"{CASE}/history").text


def test_somebody_elses_change_is_not_written_over(app: Flask) -> None:
    change(app, browser(app), "wrong_number")
    answer = change(app, browser(app, "susan"), "verified")
    assert answer.status_code == 409
    assert "another standing since you opened it" in answer.text
    assert "said so" in answer.text
    assert known(app)[0][1] == "wrong_number"


def test_only_a_supervisor_takes_a_refusal_back(app: Flask) -> None:
    client = browser(app)
    change(app, client, "do_not_contact")
    assert change(app, client, "verified", "do_not_contact").status_code == 403
    assert "Only a supervisor" in client.get(f"{CASE}/contacts/{first_phone(app)}").text
    assert known(app)[0][1] == "do_not_contact"
    assert change(app, browser(app, "susan"), "unverified", "do_not_contact").status_code == 204


@pytest.mark.parametrize(
    ("login", "status"), [("colin", 404), ("otto", 404), ("sven", 404), ("mira", 403), ("carl", 403), ("anna", 403)]
)
def test_who_does_not_work_the_case_changes_nothing(app: Flask, login: str, status: int) -> None:
    client = browser(app, login)
    before = known(app)
    assert add(client).status_code == status
    assert change(app, client, "verified").status_code == status
    assert client.get(f"{CASE}/contacts/new").status_code == status
    assert known(app) == before
    if status == 403 and login != "anna":
        assert "/contacts/new" not in client.get(CASE).text


def test_another_customers_contact_is_not_found(app: Flask) -> None:
    url = f"{CASE}/contacts/{first_phone(app, 5)}"
    client = browser(app)
    assert client.get(url).status_code == 404
    assert post(client, url, data={"standing": "verified", "was": "unverified"}).status_code == 404
    assert known(app, 5)[0][1] == "unverified"


def follow_up(app: Flask, result: str) -> None:
    task_id, contact_id = follow_up_of(app, 2), first_phone(app)
    form = {"result_code": result, "contact_id": str(contact_id)}
    within(app, lambda session: acts.complete_task(session, task_id, form, actor_id=person(session, "cora").id))


@pytest.mark.parametrize(
    ("result", "standing"),
    [("wrong_number", "wrong_number"), ("disconnected", "invalid"), ("invalid_number", "invalid")],
)
def test_a_result_marks_the_number_and_history_says_so(app: Flask, result: str, standing: str) -> None:
    follow_up(app, result)
    assert known(app)[0][1] == standing
    assert told(app, "contact_changed")[0]["result_code"] == result


def test_no_result_takes_back_that_somebody_must_not_be_contacted(app: Flask) -> None:
    change(app, browser(app), "do_not_contact")
    follow_up(app, "refuses")
    assert known(app)[0][1] == "do_not_contact"


def reveal(app: Flask, login: str = "cora") -> str:
    return post(browser(app, login), f"{CASE}/contacts/{first_phone(app)}/reveal").text


def test_a_number_shown_in_full_can_be_copied_and_dialled(app: Flask) -> None:
    shown = reveal(app)
    assert 'data-copy="15400000002"' in shown
    assert 'href="tel:+8615400000002"' in shown


def test_the_link_that_dials_is_a_parameter(app: Flask) -> None:
    link = "https://phone.example/dial?to={number}&from=dunflow"
    within(app, lambda session: parameters.set_value(session, "call_link", link))
    shown = reveal(app)
    assert 'href="https://phone.example/dial?to=+8615400000002&amp;from=dunflow"' in shown
    assert 'rel="noopener noreferrer"' in shown


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert({number})",
        "tel:",
        "http://x/{number}",
        "tel:{number} x",
        "data:{number}",
        "tel:{number}{number}{",
    ],
)
def test_a_link_that_could_do_something_else_is_refused(app: Flask, link: str) -> None:
    with pytest.raises(Invalid):
        within(app, lambda session: parameters.set_value(session, "call_link", link))


@pytest.mark.parametrize("standing", ["do_not_contact", "refused", "invalid", "wrong_number"])
def test_what_must_or_can_not_be_called_has_no_link(app: Flask, standing: str) -> None:
    change(app, browser(app), standing)
    shown = reveal(app)
    assert "15400000002" in shown
    assert "tel:" not in shown


def test_nobody_dials_where_contact_has_stopped_or_who_only_reads(app: Flask) -> None:
    assert "tel:" not in reveal(app, "carl")
    suspend(app, 2)
    assert "tel:" not in reveal(app, "susan")
