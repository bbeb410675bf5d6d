"""Errors: what, where and how to mend it, in both languages; a toast for htmx, JSON for programs, never a trace."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from engine.models import Base
from engine.settings import Settings
from engine.wiring import build
from tests.cast import make_cast
from tests.databases import Postgres
from tests.web import style_pages
from tests.web.world import SECRET, csrf_token, make_app, post, sign_in
from web.app import create_app
from web.settings import WebSettings

PAGES = [
    ("/style/error/NotFound", 404, "没有找到", "There is no case C1."),
    ("/style/error/NotPermitted", 403, "你不能", "You may not dispatch this case"),
    ("/style/error/Conflict", 409, "在你打开之后", "was changed by somebody else"),
    ("/nowhere", 404, "此地址没有内容", "There is nothing at this address."),
    ("/style/error/other", 500, "意外错误", "an error it did not expect"),
]


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    """Susan's browser, with unexpected errors handled as in production."""
    app = make_app(tmp_path, style_pages)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    client = app.test_client()
    sign_in(client)
    return client


@pytest.mark.parametrize(("url", "status", "zh", "en"), PAGES)
def test_an_error_page_says_what_where_and_how_to_mend_it(
    client: FlaskClient, url: str, status: int, zh: str, en: str
) -> None:
    answer = client.get(url)
    assert answer.status_code == status
    for said in (zh, url, "处理办法"):
        assert said in answer.text
    post(client, "/language", data={"language": "en"})
    for said in (en, url, "Remedy"):
        assert said in client.get(url).text


def test_an_unexpected_error_shows_a_reference_and_nothing_of_itself(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    answer = client.get("/style/error/other")
    assert "asked for it" not in answer.text
    assert "Traceback" not in answer.text
    logged = next(record for record in caplog.records if "unexpected error" in record.message)
    assert logged.args is not None
    assert str(logged.args[0]) in answer.text  # type: ignore[index] # a tuple here
    assert logged.exc_info is not None


def test_htmx_gets_a_toast_beside_what_was_typed(client: FlaskClient) -> None:
    answer = post(client, "/style/error/Conflict")
    assert answer.status_code == 409
    assert answer.headers["HX-Retarget"] == "#df-toasts"
    assert answer.headers["HX-Push-Url"] == "false"
    assert "<html" not in answer.text


def test_programs_get_json(client: FlaskClient) -> None:
    answer = client.get("/style/error/NotFound", headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert answer.json is not None
    assert answer.json["code"] == "NotFound"


def test_a_form_of_another_session_is_refused_with_a_remedy(client: FlaskClient) -> None:
    answer = client.post("/style/form", data={"csrf_token": "stale"})
    assert answer.status_code == 400
    assert "FormExpired" in answer.text


def test_a_form_sent_after_the_session_ended_brings_the_sign_in_dialog(client: FlaskClient) -> None:
    token = csrf_token(client.get("/account"))
    client.delete_cookie("dunflow")
    answer = client.post("/style/form", headers={"HX-Request": "true", "X-CSRFToken": token, "X-Person": "7"})
    assert answer.status_code == 401
    assert answer.headers["HX-Retarget"] == "#df-sign-in"
    assert 'name="was" value="7"' in answer.text


def test_what_is_given_is_escaped(client: FlaskClient) -> None:
    assert "<script>" not in client.get("/style/escape?value=<script>alert(1)</script>").text


def test_too_large_a_body_is_refused(tmp_path: Path) -> None:
    app = make_app(tmp_path, style_pages, max_upload_bytes=1000)
    client = app.test_client()
    sign_in(client)
    answer = post(client, "/style/form", htmx=False, data={"note": "x" * 2000})
    assert answer.status_code == 413
    assert "处理办法" in answer.text


def test_a_method_an_address_does_not_take_is_refused_in_words(client: FlaskClient) -> None:
    answer = post(client, "/account", htmx=False)
    assert answer.status_code == 405
    assert "此地址不接受这种请求" in answer.text


@pytest.mark.parametrize("url", ["/people/9223372036854775808", "/people/99999999999999999999/absences/new"])
def test_a_number_no_row_can_have_is_not_found(client: FlaskClient, url: str) -> None:
    assert client.get(url).status_code == 404


def test_a_page_far_beyond_the_last_is_empty(client: FlaskClient) -> None:
    assert client.get("/cases?page=99999999999999999999").status_code == 200


def test_a_number_beyond_what_can_be_stored_is_said_to_be_so(client: FlaskClient) -> None:
    post(client, "/language", data={"language": "en"})
    answer = post(client, "/cases/several/resume", data={"ids": "99999999999999999999", "note": "x"})
    assert answer.status_code == 422
    assert "beyond what can be stored" in answer.text


def test_characters_postgresql_cannot_store_are_said_to_be_so(tmp_path: Path, postgres_server: Postgres) -> None:
    url = postgres_server.create()
    house = build(Settings(tmp_path, url, secret_key=SECRET))
    Base.metadata.create_all(house.engine)
    with house.writing() as session:
        make_cast(session)
    app = create_app(house, WebSettings(testing=True))
    app.config["PROPAGATE_EXCEPTIONS"] = False
    client = app.test_client()
    sign_in(client, "adam")
    answers = [
        client.get("/people?q=%00"),
        post(client, "/people", data={"login": "nina", "name": "Ni\0na", "locale": "en", "roles": "analyst"}),
        client.get("/people/9223372036854775807"),
    ]
    house.close()
    postgres_server.drop(url)
    assert [each.status_code for each in answers] == [422, 422, 404]
