"""People, groups and absences as administrators and supervisors look after them."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from engine import clock
from engine.models import Absence, Case, Group, Membership, User
from tests.web.desk import Statements, browser, person, within
from tests.web.floor import NOBODYS, make_floor
from tests.web.world import csrf_token, post, sign_in

NEW = {"login": "nina", "name": "Nina", "locale": "en", "roles": "collector"}


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_floor(tmp_path)


def id_of(app: Flask, login: str) -> int:
    return within(app, lambda session: person(session, login).id)


def password_in(page: str) -> str:
    found = re.search(r"data-secret>([^<]+)<", page)
    assert found, page
    return found[1]


def test_people_are_found_by_name_role_and_state(app: Flask) -> None:
    client = browser(app, "adam")
    assert "cora" in client.get("/people?q=cor").text
    page = client.get("/people?role=supervisor").text
    assert "susan" in page
    assert ">cora<" not in page
    assert "Nothing matches" in client.get("/people?state=locked").text


def test_a_new_person_signs_in_with_the_password_shown_once(app: Flask) -> None:
    client = browser(app, "adam")
    page = post(client, "/people", data=NEW).text
    nina = app.test_client()
    assert sign_in(nina, "nina", password_in(page)).status_code == 303
    assert nina.get("/work").headers["Location"] == "/account/password"
    assert password_in(page) not in client.get("/people").text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"login": "cora"}, "taken already"),
        ({"login": "two words"}, "no blanks"),
        ({"name": " "}, "1 to 120 characters"),
        ({"roles": "emperor"}, "no role emperor"),
    ],
)
def test_mistakes_come_back_with_what_was_typed(app: Flask, change: dict[str, str], words: str) -> None:
    answer = post(browser(app, "adam"), "/people", data={**NEW, **change})
    assert answer.status_code == 422
    assert words in answer.text
    assert 'value="Nina"' in answer.text or "name" in change


def test_name_language_and_roles_are_changed(app: Flask) -> None:
    client, number = browser(app, "adam"), id_of(app, "cora")
    headers = {"X-CSRFToken": csrf_token(client.get("/account")), "HX-Request": "true"}
    form = {"name": "Cora Li", "email": "c@example.com", "locale": "zh", "roles": ["collector", "analyst"]}
    assert client.post(f"/people/{number}", data=form, headers=headers).status_code == 204
    page = client.get(f"/people/{number}").text
    assert 'value="Cora Li"' in page
    assert page.count(" checked") == 2


def test_nobody_takes_their_own_administration(app: Flask) -> None:
    client, number = browser(app, "adam"), id_of(app, "adam")
    form = {"name": "Adam", "locale": "en", "roles": "analyst"}
    answer = post(client, f"/people/{number}", data=form)
    assert answer.status_code == 422
    assert "ask another administrator" in answer.text
    assert post(client, f"/people/{number}/deactivate").status_code == 403
    assert "Deactivate" not in client.get(f"/people/{number}").text


def test_a_reset_password_is_shown_once_and_ends_sessions(app: Flask) -> None:
    cora, client, number = browser(app, "cora"), browser(app, "adam"), id_of(app, "cora")
    page = post(client, f"/people/{number}/password").text
    assert cora.get("/work").status_code == 401
    assert sign_in(app.test_client(), "cora", password_in(page)).status_code == 303


def test_a_locked_account_is_unlocked(app: Flask) -> None:
    client, number = browser(app, "adam"), id_of(app, "cora")
    for _ in range(5):
        sign_in(app.test_client(), "cora", "wrong")
    assert "Unlock" in client.get(f"/people/{number}").text
    post(client, f"/people/{number}/unlock")
    assert sign_in(app.test_client(), "cora").status_code == 303


def test_whoever_leaves_is_signed_out_and_their_cases_are_named(app: Flask) -> None:
    cora, client, number = browser(app, "cora"), browser(app, "adam"), id_of(app, "cora")
    post(client, f"/people/{number}/deactivate")
    assert "still hold 2 open cases" in client.get(f"/people/{number}").text
    assert cora.get("/work").status_code == 401
    post(client, f"/people/{number}/activate")
    assert sign_in(app.test_client(), "cora").status_code == 303
    post(client, f"/people/{number}/end_sessions")
    assert within(app, lambda session: session.get_one(User, number).session_epoch) == 2


AWAY = {"from_on": "2099-01-01", "to_on": "2099-01-03", "reason": "course"}


def test_before_somebody_leaves_and_after_their_cases_are_told(app: Flask) -> None:
    number, client = id_of(app, "cora"), browser(app, "adam")
    assert "Their 2 open cases stay with them" in client.get(f"/people/{number}").text
    assert "can work no cases" not in browser(app, "susan").get("/team").text
    post(client, f"/people/{number}/deactivate")
    told = browser(app, "susan").get("/team").text
    assert "Cora can work no cases any more and still holds 2 open cases." in told
    assert f'href="/cases?collector={number}"' in told
    assert "can work no cases" not in browser(app, "sven").get("/team").text
    assert "can work no cases" not in client.get("/people").text


def test_a_collector_who_is_made_something_else_leaves_cases_behind_too(app: Flask) -> None:
    number, client = id_of(app, "cora"), browser(app, "adam")
    post(client, f"/people/{number}", data={"name": "Cora", "locale": "en", "roles": "analyst"})
    assert "still holds 2 open cases" in browser(app, "susan").get("/team").text


def test_absences_are_noted_by_administrators_and_the_group_s_supervisor(app: Flask) -> None:
    number = id_of(app, "cora")
    assert post(browser(app, "susan"), f"/people/{number}/absences", data=AWAY).status_code == 204
    assert post(browser(app, "sven"), f"/people/{number}/absences", data=AWAY).status_code == 404
    assert "course" in browser(app, "adam").get(f"/people/{number}").text
    assert "2099-01-01" in browser(app, "susan").get("/team").text
    assert post(browser(app, "sven"), "/people/absences/1/remove").status_code == 403
    assert post(browser(app, "susan"), "/people/absences/1/remove").status_code == 204
    assert within(app, lambda session: session.scalars(select(Absence)).all()) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [({"to_on": "2098-01-01"}, "to_on"), ({"to_on": ""}, "to_on"), ({"from_on": "soon"}, "from_on")],
)
def test_an_absence_needs_two_dates_in_order(app: Flask, change: dict[str, str], field: str) -> None:
    answer = post(browser(app, "adam"), f"/people/{id_of(app, 'cora')}/absences", data={**AWAY, **change})
    assert answer.status_code == 422
    assert f'id="f-{field}-error"' in answer.text
    assert "course" in answer.text


def test_who_is_absent_today_is_marked_in_the_team(app: Flask) -> None:
    number, today = id_of(app, "cora"), clock.today()
    data = {"from_on": today.isoformat(), "to_on": (today + dt.timedelta(days=1)).isoformat()}
    post(browser(app, "susan"), f"/people/{number}/absences", data=data)
    assert "Absent" in browser(app, "susan").get("/team").text


def test_a_group_takes_what_no_group_took(app: Flask) -> None:
    client = browser(app, "adam")
    made = post(client, "/groups", data={"name": "Last"})
    url = made.headers["HX-Redirect"]
    post(client, f"{url}/scopes", data={"stage": "collection", "product": "", "tier": "M4"})
    group_id = int(url.rpartition("/")[2])
    assert within(app, lambda session: session.get_one(Case, NOBODYS).group_id) == group_id
    assert "1 open case changed group" in client.get(url).text
    scope = within(app, lambda session: session.get_one(Group, group_id).scopes[0].id)
    post(client, f"{url}/scopes/{scope}/remove")
    assert within(app, lambda session: session.get_one(Case, NOBODYS).group_id) is None


def test_a_group_switched_off_takes_nothing(app: Flask) -> None:
    client = browser(app, "adam")
    post(client, "/groups/1/active", data={})
    assert within(app, lambda session: session.get_one(Case, 1).group_id) is None
    post(client, "/groups/1/active", data={"active": "1"})
    assert within(app, lambda session: session.get_one(Case, 1).group_id) == 1


def test_members_come_with_capacity_and_go(app: Flask) -> None:
    client, otto = browser(app, "adam"), str(id_of(app, "otto"))
    post(client, "/groups/1/members", data={"user_id": otto, "as": "member", "capacity": "7"})
    assert 'value="7"' in client.get("/groups/1").text
    wrong = post(client, "/groups/1/members", data={"user_id": otto, "as": "member", "capacity": "-1"})
    assert wrong.status_code == 422
    refused = post(client, "/groups/1/members", data={"user_id": otto, "as": "supervisor"})
    assert refused.status_code == 422
    assert "needs the role" in refused.text
    post(client, f"/groups/1/members/{otto}/remove")
    assert within(app, lambda session: session.get(Membership, (1, int(otto)))) is None
    assert post(client, f"/groups/1/members/{otto}/remove").status_code == 404


def test_two_groups_cannot_have_one_name(app: Flask) -> None:
    client = browser(app, "adam")
    assert "taken already" in post(client, "/groups", data={"name": "Late"}).text
    assert post(client, "/groups/1/name", data={"name": "Late"}).status_code == 409
    assert post(client, "/groups/1/name", data={"name": "Very early"}).status_code == 204


def test_pages_take_a_constant_number_of_statements(app: Flask) -> None:
    client = browser(app, "adam")
    for url, most in (("/people", 16), ("/people/1", 18), ("/groups", 16), ("/groups/1", 20)):
        client.get(url)
        with Statements(app) as counted:
            client.get(url)
        assert counted.count <= most, url
