"""Sessions: how they begin, what ends them, and where signing in leads."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Literal

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import clock
from engine.db import make_engine, make_sessions
from engine.models import User
from engine.people import passwords
from tests.cast import PASSWORD
from tests.web import style_pages
from tests.web.world import csrf_token, make_app, post, sign_in

WRONG = "not the password"


@pytest.fixture
def database(app: Flask) -> Iterator[Session]:
    """A session of its own on the application's database."""
    engine = make_engine(app.config["SQLALCHEMY_DATABASE_URI"])
    with make_sessions(engine)() as session:
        yield session
    engine.dispose()


def person(database: Session, login: str) -> User:
    database.rollback()
    return database.scalars(select(User).where(User.login == login)).one()


def test_name_and_password_open_the_start_page(stranger: FlaskClient) -> None:
    assert sign_in(stranger).location == "/style/list"
    assert stranger.get("/style/list").status_code == 200


def test_a_wrong_password_is_refused_and_counted(stranger: FlaskClient, database: Session) -> None:
    answer = sign_in(stranger, password=WRONG)
    assert answer.status_code == 422
    assert 'value="susan"' in answer.text
    assert person(database, "susan").failed_sign_ins == 1


def test_five_wrong_passwords_lock_the_account_for_the_right_one_too(stranger: FlaskClient) -> None:
    for _attempt in range(5):
        sign_in(stranger, password=WRONG)
    assert sign_in(stranger).status_code == 422


ELSEWHERE = (
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "/\t/evil.example",
    "/\r\nSet-Cookie: a=b",
    "javascript:alert(1)",
    "http://[",
)


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_signing_in_leads_only_to_places_of_ours(stranger: FlaskClient, elsewhere: str) -> None:
    token = csrf_token(stranger.get("/sign-in"))
    data = {"login": "susan", "password": PASSWORD, "csrf_token": token, "next": elsewhere}
    assert stranger.post("/sign-in", data=data).location == "/style/list"


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_choosing_a_language_leads_only_to_places_of_ours(client: FlaskClient, elsewhere: str) -> None:
    answer = post(client, "/language", htmx=False, data={"language": "zh", "next": elsewhere})
    assert answer.location == "/"


def test_while_a_password_is_checked_others_write(
    stranger: FlaskClient, database: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    person(database, "susan")
    path = stranger.application.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///")

    class Watched(PasswordHasher):
        written = 0

        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 - its own name
            with closing(sqlite3.connect(path, timeout=0)) as other:
                other.execute("UPDATE users SET failed_sign_ins = 3 WHERE login = 'susan'")
                other.commit()
            Watched.written += 1
            return super().verify(hash, password)

    database.rollback()
    monkeypatch.setattr(passwords, "HASHER", Watched(time_cost=2, memory_cost=19_456, parallelism=1))
    assert sign_in(stranger).status_code == 303
    assert Watched.written == 1
    assert person(database, "susan").failed_sign_ins == 0


def test_signing_in_leads_to_where_one_wanted_to_go(stranger: FlaskClient) -> None:
    token = csrf_token(stranger.get("/sign-in"))
    data = {"login": "susan", "password": PASSWORD, "csrf_token": token, "next": "/style/case?x=1"}
    assert stranger.post("/sign-in", data=data).location == "/style/case?x=1"


def test_the_session_of_a_stranger_does_not_live_on_after_signing_in(stranger: FlaskClient) -> None:
    before = csrf_token(stranger.get("/sign-in"))
    sign_in(stranger)
    answer = stranger.post("/style/form", headers={"X-CSRFToken": before})
    assert answer.status_code == 400


def test_signing_in_over_a_page_lets_it_go_on_with_the_new_token(stranger: FlaskClient, database: Session) -> None:
    token = csrf_token(stranger.get("/sign-in"))
    data = {"login": "susan", "password": PASSWORD, "csrf_token": token, "was": str(person(database, "susan").id)}
    answer = stranger.post("/sign-in", data=data, headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert '"reload": false' in answer.headers["HX-Trigger"]


def test_signing_in_over_somebody_elses_page_reloads_it(stranger: FlaskClient, database: Session) -> None:
    token = csrf_token(stranger.get("/sign-in"))
    data = {"login": "susan", "password": PASSWORD, "csrf_token": token, "was": str(person(database, "cora").id)}
    answer = stranger.post("/sign-in", data=data, headers={"HX-Request": "true"})
    assert '"reload": true' in answer.headers["HX-Trigger"]


def later(monkeypatch: pytest.MonkeyPatch, minutes: int) -> None:
    """Real time moves on: sessions know no business time."""
    at = clock.real_now() + dt.timedelta(minutes=minutes)
    monkeypatch.setattr(clock, "real_now", lambda: at)


def test_idleness_ends_a_session(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    later(monkeypatch, 61)
    assert client.get("/style/list").status_code == 401


def test_use_keeps_a_session_alive_but_polling_does_not(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    later(monkeypatch, 40)
    assert client.get("/style/list").status_code == 200
    later(monkeypatch, 40)
    client.get("/shell/pulse", headers={"X-Quiet": "1"})
    later(monkeypatch, 30)
    assert client.get("/style/list").status_code == 401


def test_age_ends_a_session_that_is_in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client = make_app(tmp_path, style_pages, session_hours=1).test_client()
    sign_in(client)
    for _quarter in range(5):
        later(monkeypatch, 15)
        last = client.get("/style/list")
    assert last.status_code == 401


def test_raising_the_epoch_ends_every_session_of_the_person(client: FlaskClient, database: Session) -> None:
    person(database, "susan").session_epoch += 1
    database.commit()
    assert client.get("/style/list").status_code == 401


def test_a_deactivated_person_is_out_at_once(client: FlaskClient, database: Session) -> None:
    person(database, "susan").active = False
    database.commit()
    assert client.get("/style/list").status_code == 401


def test_signing_out_ends_the_session(client: FlaskClient) -> None:
    assert post(client, "/sign-out").headers["HX-Redirect"] == "/sign-in"
    assert client.get("/style/list").status_code == 401


def test_a_given_password_must_be_changed_before_anything_else(client: FlaskClient, database: Session) -> None:
    person(database, "susan").must_change_password = True
    database.commit()
    assert client.get("/style/list").location == "/account/password"
    new = {"present": PASSWORD, "new": "a much better one", "again": "a much better one"}
    answer = post(client, "/account/password", htmx=False, data=new)
    assert answer.location == "/style/list"
    assert client.get("/style/list").status_code == 200


def test_a_wrong_present_password_is_told_beside_the_field_and_counted(client: FlaskClient, database: Session) -> None:
    data = {"present": "wrong", "new": "a much better one", "again": "a much better one"}
    answer = post(client, "/account/password", htmx=False, data=data)
    assert answer.status_code == 422
    assert 'id="f-present-error"' in answer.text
    assert person(database, "susan").failed_sign_ins == 1


def test_two_new_passwords_that_differ_are_told_beside_the_second(client: FlaskClient) -> None:
    answer = post(client, "/account/password", htmx=False, data={"present": PASSWORD, "new": "one", "again": "two"})
    assert 'id="f-again-error"' in answer.text
