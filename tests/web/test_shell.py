"""The frame: who sees which places, in which language, and what is polled."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest
from flask import Blueprint, Flask
from flask.testing import FlaskClient

from tests.web import style_pages
from tests.web.world import make_app, post, sign_in
from web.i18n import _l
from web.navigation import NavItem
from web.session import needs


def test_whoever_is_not_signed_in_is_asked_to(stranger: FlaskClient) -> None:
    answer = stranger.get("/style/list")
    assert answer.status_code == 401
    assert "/sign-in?next=" in answer.text


def test_the_start_page_is_the_first_place_of_the_side_bar(client: FlaskClient) -> None:
    assert client.get("/").location == "/style/list"


def test_the_present_place_is_marked(client: FlaskClient) -> None:
    assert 'href="/style/form" aria-current="page"' in client.get("/style/form").text


def test_a_page_below_a_place_marks_the_place(client: FlaskClient) -> None:
    assert 'href="/style/list" aria-current="page"' in client.get("/style/case").text


def test_counts_stand_beside_their_places_and_urgent_ones_are_red(client: FlaskClient) -> None:
    page = client.get("/style/list").text
    assert '<span class="df-item-count">128</span>' in page
    assert '<span class="df-item-count df-item-count--urgent">3</span>' in page


def test_the_poll_brings_the_side_bar_of_the_page_it_came_from(client: FlaskClient) -> None:
    polled = client.get("/shell/pulse?at=style.form&notice=1").text
    assert 'href="/style/form" aria-current="page"' in polled
    assert 'id="df-notices"' in polled
    assert "The demo&#39;s clock" in polled
    assert "<html" not in polled


def test_the_poll_is_silent_for_whoever_is_signed_out(stranger: FlaskClient) -> None:
    assert stranger.get("/shell/pulse").status_code == 204


def _only_for_analysts() -> ModuleType:
    module = ModuleType("only_for_analysts")
    blueprint = Blueprint("rules", __name__)
    blueprint.add_url_rule("/rules", "rules", needs("analyst")(lambda: "the rules"))
    module.blueprint = blueprint  # type: ignore[attr-defined]
    place = NavItem("rules.rules", _l("Diagram"), "sitemap", frozenset({"analyst"}), _l("Collection"), 0)
    module.NAVIGATION = (place,)  # type: ignore[attr-defined]
    return module


@pytest.mark.parametrize(("login", "status"), [("anna", 200), ("susan", 403)])
def test_a_place_for_one_role_is_shown_to_and_opened_by_that_role_only(tmp_path: Path, login: str, status: int) -> None:
    client = make_app(tmp_path, style_pages, _only_for_analysts()).test_client()
    sign_in(client, login)
    assert client.get("/rules").status_code == status
    assert ('href="/rules"' in client.get("/style/list").text) is (status == 200)


def test_the_language_is_remembered_with_the_person(app: Flask, client: FlaskClient) -> None:
    assert '<html lang="zh-CN">' in client.get("/account").text
    assert post(client, "/language", data={"language": "en"}).headers["HX-Refresh"] == "true"
    other = app.test_client()
    sign_in(other)
    assert '<html lang="en">' in other.get("/account").text


def test_a_stranger_reads_the_sign_in_page_in_the_browsers_language(stranger: FlaskClient) -> None:
    assert "Sign-in name" in stranger.get("/sign-in", headers={"Accept-Language": "en-GB,en"}).text
    assert "登录名" in stranger.get("/sign-in", headers={"Accept-Language": "zh-TW,zh;q=0.9"}).text


def test_an_unknown_language_changes_nothing(client: FlaskClient) -> None:
    post(client, "/language", data={"language": "xx"})
    assert '<html lang="zh-CN">' in client.get("/account").text
