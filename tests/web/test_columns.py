"""Columns of lists: one's own, the team's, the usual ones; what is shown of them, and who may choose for whom."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from engine import lists
from engine.lists import ColumnWanted
from engine.models import Case, ColumnChoice, Contact, Customer, Group, HistoryEntry, Membership, Stage
from tests.cast import a_group
from tests.web.desk import Statements, browser, person, suspend, within
from tests.web.floor import IN_WORK, case_no, make_floor
from tests.web.world import csrf_token

HEADS = r'<th scope="col"[^>]*data-column="([a-z_]+)"'


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_floor(tmp_path)


def heads(client: FlaskClient, url: str = "/cases") -> list[str]:
    """The columns shown, in order."""
    return re.findall(HEADS, client.get(url).text)


def send(client: FlaskClient, columns: list[str], name: str = "cases", **more: str) -> TestResponse:
    """Send the dialog with these columns ticked."""
    headers = {"X-CSRFToken": csrf_token(client.get("/account")), "HX-Request": "true"}
    return client.post(f"/lists/{name}/columns", data={"column": columns, **more}, headers=headers)


def team_of(app: Flask, name: str = "Early") -> str:
    """The id of a group."""
    return str(within(app, lambda session: session.scalars(select(Group.id).where(Group.name == name)).one()))


def test_what_one_chose_is_shown_in_that_order_to_oneself_alone(app: Flask) -> None:
    client = browser(app, "susan")
    usual = heads(client)
    answer = send(client, ["past_due_amount", "customer", "tier"], **{"width-customer": "160"})
    assert answer.status_code == 204
    assert "columns-changed" in answer.headers["HX-Trigger"]
    assert heads(client) == ["case_no", "past_due_amount", "customer", "tier"]
    assert '<col data-column="customer" width="160">' in client.get("/cases").text
    assert heads(browser(app, "mira")) == usual


def test_what_one_chose_stays_until_one_takes_the_team_s_again(app: Flask) -> None:
    send(browser(app, "susan"), ["tier"], act="team", group=team_of(app))
    client = browser(app, "susan")
    assert heads(client) == ["case_no", "tier"]
    send(client, ["customer"])
    assert heads(browser(app, "susan")) == ["case_no", "customer"]
    assert "Back to the team" in client.get("/lists/cases/columns").text
    send(client, [], act="reset")
    assert heads(client) == ["case_no", "tier"]
    assert "Back to the team" not in client.get("/lists/cases/columns").text


def test_a_team_s_columns_are_those_of_its_collectors_who_chose_none(app: Flask) -> None:
    susan, cora, otto = (browser(app, login) for login in ("susan", "cora", "otto"))
    send(cora, ["tier", "phone"], "work")
    answer = send(susan, ["customer", "promise"], "work", act="team", group=team_of(app))
    assert "Early" in answer.headers["HX-Trigger"]
    assert heads(browser(app, "colin"), "/work?view=mine")[:3] == []  # an empty list has no heads
    assert heads(cora, "/work?view=mine") == ["case_no", "tier", "phone", "status"]
    send(cora, [], "work", act="reset")
    assert heads(cora, "/work") == ["case_no", "customer", "promise"]
    assert 'value="promise" checked' in browser(app, "colin").get("/lists/work/columns").text
    assert 'value="tier" checked' in otto.get("/lists/work/columns").text
    send(susan, [], "work", act="team_usual", group=team_of(app))
    assert len(heads(cora, "/work")) > 8
    kinds = select(HistoryEntry.kind).where(HistoryEntry.kind.startswith("group_columns")).order_by(HistoryEntry.id)
    assert within(app, lambda session: list(session.scalars(kinds))) == ["group_columns_set", "group_columns_forgotten"]


@pytest.mark.parametrize(("login", "team"), [("susan", "Late"), ("mira", "Early")])
def test_only_its_supervisor_chooses_for_a_team(app: Flask, login: str, team: str) -> None:
    client = browser(app, login)
    assert send(client, ["tier"], act="team", group=team_of(app, team)).status_code == 403
    assert send(client, ["tier"], act="team_usual", group=team_of(app, team)).status_code == 403


@pytest.mark.parametrize(
    ("login", "name", "status"),
    [
        ("cora", "cases", 403),
        ("anna", "cases", 403),
        ("adam", "work", 403),
        ("mira", "work", 403),
        ("susan", "work", 200),
        ("susan", "nothing", 404),
        ("carl", "cases", 200),
    ],
)
def test_columns_are_for_who_sees_the_list_or_leads_those_who_do(
    app: Flask, login: str, name: str, status: int
) -> None:
    assert browser(app, login).get(f"/lists/{name}/columns").status_code == status


def test_a_supervisor_who_is_no_collector_has_no_work_list_of_their_own(app: Flask) -> None:
    client = browser(app, "susan")
    assert send(client, ["tier"], "work").status_code == 403
    page = client.get("/lists/work/columns").text
    assert 'value="apply"' not in page
    assert 'value="team"' in page


def test_a_width_that_is_none_comes_back_beside_its_column(app: Flask) -> None:
    client = browser(app, "susan")
    answer = send(client, ["tier", "customer"], **{"width-tier": "9", "width-customer": "200"})
    assert answer.status_code == 422
    assert "A width is from 48 to 800" in answer.text
    assert 'name="width-tier" value="9"' in answer.text
    assert 'name="width-customer" value="200"' in answer.text
    assert within(app, lambda session: session.scalars(select(ColumnChoice)).all()) == []


def test_a_width_that_was_drawn_is_kept_and_the_others_stay(app: Flask) -> None:
    client = browser(app, "susan")
    usual = heads(client)
    headers = {"X-CSRFToken": csrf_token(client.get("/account"))}
    for width in ("5000", "120"):
        data = {"key": "customer", "width": width}
        assert client.post("/lists/cases/widths", data=data, headers=headers).status_code == 204
    page = client.get("/cases").text
    assert '<col data-column="customer" width="120">' in page
    assert re.findall(HEADS, page) == usual
    for data in ({"key": "customer", "width": "x"}, {"key": "password", "width": "90"}):
        assert client.post("/lists/cases/widths", data=data, headers=headers).status_code == 204
    assert "width=" not in "".join(re.findall("<col [^>]*>", client.get("/cases").text))
    assert client.post("/lists/work/widths", data=data, headers=headers).status_code == 403


def test_columns_of_another_version_are_passed_over(app: Flask) -> None:
    def keep(session: Session) -> None:
        wanted = [ColumnWanted(key) for key in ("tier", "horoscope", "tier", "case_no", "phone")]
        lists.choose_columns(session, person(session, "susan"), "cases", wanted)

    within(app, keep)
    assert heads(browser(app, "susan")) == ["case_no", "tier", "phone"]


def test_somebody_of_two_teams_has_what_one_of_them_chose_and_nothing_of_a_closed_one(app: Flask) -> None:
    early = int(team_of(app))

    def keep(session: Session) -> None:
        susan, third = person(session, "susan"), a_group(session, "Third", ("card", "M2"), stage=Stage.COLLECTION)
        session.add(Membership(group=third, user=susan, is_supervisor=True))
        session.flush()
        session.refresh(susan)
        lists.choose_team_columns(session, susan, third.id, "cases", [ColumnWanted("phone")])
        lists.choose_team_columns(session, susan, early, "cases", [ColumnWanted("tier")])

    within(app, keep)
    assert heads(browser(app, "susan")) == ["case_no", "tier"]

    def close(session: Session) -> None:
        for group in session.scalars(select(Group)):
            group.active = False

    within(app, close)
    chosen = within(app, lambda session: lists.columns_of(session, person(session, "susan"), "cases"))
    assert chosen is None


ALL = ["phone", "id_number", "stage", "currency", "order_count", "oldest_due_on", "next_due_on", "opened_at"]
ALL += ["assigned_at", "suspension_reason", "suspension_review_at", "agency", "closed_at", "closing_reason"]


def test_personal_data_is_masked_and_a_number_that_leads_nowhere_comes_last(app: Flask) -> None:
    def change(session: Session) -> None:
        customer = session.scalars(select(Customer).where(Customer.customer_no == "K1")).one()
        customer.id_number = "310101199001011234"
        wrong = session.scalars(select(Contact).where(Contact.customer_id == customer.id)).one()
        wrong.standing = "wrong_number"
        at = wrong.created_at
        session.add(Contact(customer_id=customer.id, kind="phone", value="13812345678", created_at=at))

    within(app, change)
    client = browser(app, "susan")
    send(client, ALL)
    page = client.get("/cases?q=K1-1").text
    assert "138****5678" in page
    assert "3101********1234" in page
    assert not re.search("13812345678|310101199001011234|15400000001", page)


def test_why_a_case_is_suspended_and_what_it_holds_is_shown(app: Flask) -> None:
    suspend(app, IN_WORK[0], "hardship")
    client = browser(app, "susan")
    send(client, ALL)
    row = client.get("/cases?status=suspended").text.split("<tbody>")[1]
    assert "Hardship" in row
    assert case_no(IN_WORK[0]) in row
    due = within(app, lambda session: session.get_one(Case, IN_WORK[0]).oldest_due_on)
    assert str(due) in row


def test_more_columns_cost_a_statement_a_kind_whatever_the_rows(app: Flask) -> None:
    client = browser(app, "susan")
    client.get("/cases")
    with Statements(app) as usual:
        client.get("/cases")
    send(client, ALL)
    with Statements(app) as few:
        client.get("/cases?q=Customer 3")
    with Statements(app) as many:
        client.get("/cases")
    assert few.count == many.count <= usual.count + 4


def test_a_list_is_sorted_by_a_column_that_is_not_shown(app: Flask) -> None:
    client = browser(app, "susan")
    send(client, ["customer"])
    numbers = re.findall(r">(C\d{8})</a>", client.get("/cases?sort=past_due_amount").text)
    assert numbers == sorted(numbers)
