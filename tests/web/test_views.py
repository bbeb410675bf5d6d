"""Saved views: kept, counted, shared with those who may see them, renamed, ordered, deleted and brought back."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from engine import saved_views
from engine.models import Group, SavedView
from engine.queries import case_list
from tests.web.desk import Statements, browser, person, within
from tests.web.floor import ELSEWHERE, IN_WORK, case_no, make_floor
from tests.web.world import post


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_floor(tmp_path)


def menu(client: FlaskClient, name: str = "cases", query: str = "") -> dict[str, tuple[str, str]]:
    """Name -> count and address of each view of the menu."""
    line = r'<a href="([^"]*)"[^>]*><span class="df-clip">([^<]*)</span>.*?<small[^>]*>([^<]*)</small>'
    found = re.findall(line, client.get(f"/lists/{name}/views?{query}").text)
    return {html.unescape(words): (count, html.unescape(url)) for url, words, count in found}


def keep(client: FlaskClient, words: str, query: str = "", name: str = "cases", group: str = "") -> int:
    """Save a view by the dialog; the status."""
    return post(client, f"/lists/{name}/views?{query}", data={"name": words, "group": group}).status_code


def ids(app: Flask) -> dict[str, int]:
    """Name -> id of all views."""
    return within(app, lambda session: {each.name: each.id for each in session.scalars(select(SavedView))})


def group_id(app: Flask, name: str = "Early") -> str:
    return str(within(app, lambda session: session.scalars(select(Group.id).where(Group.name == name)).one()))


def test_a_view_keeps_filters_and_order_and_counts_what_matches_now(app: Flask) -> None:
    client = browser(app, "susan")
    assert keep(client, "  In  work ", "status=in_work&sort=past_due_amount&page=3&exact=1") == 204
    assert keep(client, "Great", "amount_from=4000") == 204
    shown = menu(client)
    assert shown == {
        "In work": ("2", "/cases?status=in_work&sort=past_due_amount"),
        "Great": ("3", "/cases?amount_from=4000"),
    }
    assert case_no(IN_WORK[0]) in client.get(shown["In work"][1]).text
    assert menu(browser(app, "mira")) == {}


def test_the_view_looked_at_is_marked_whatever_its_order(app: Flask) -> None:
    client = browser(app, "susan")
    keep(client, "In work", "status=in_work")
    mark = 'href="/cases?status=in_work" aria-current="true"'
    assert mark in client.get("/lists/cases/views?status=in_work&sort=customer").text
    assert mark not in client.get("/lists/cases/views?status=in_work&tier=M1").text


def test_what_is_saved_is_what_a_search_has_led_to_since(app: Flask) -> None:
    asked = {"HX-Request": "true", "HX-Current-URL": "http://localhost/cases?status=suspended&tier=M1&tier=M2&page=2"}
    page = browser(app, "susan").get("/lists/cases/views?status=in_work", headers=asked).text
    assert 'hx-get="/lists/cases/views/new?status=suspended&amp;tier=M1&amp;tier=M2"' in page


def test_counts_end_at_ten_thousand_and_cost_one_statement(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    client = browser(app, "susan")
    keep(client, "All")
    client.get("/lists/cases/views")
    with Statements(app) as one:
        client.get("/lists/cases/views")
    for number in range(5):
        keep(client, f"View {number}", f"amount_from={number}000&q=Customer")
    with Statements(app) as many:
        client.get("/lists/cases/views")
    assert many.count == one.count
    monkeypatch.setattr(case_list, "EXACT", 3)
    assert menu(client)["All"][0] == "4"  # one more than is exact says "more"


def test_a_team_s_view_is_for_its_people_and_shows_each_only_their_own(app: Flask) -> None:
    susan = browser(app, "susan")
    assert keep(susan, "Early birds", "", group=group_id(app)) == 204
    assert keep(browser(app, "sven"), "Not mine", "", group=group_id(app)) == 403
    assert keep(susan, "Everybody's", "", group="all") == 403
    assert menu(browser(app, "sven")) == {}
    assert keep(browser(app, "mira"), "All of it", "", group="all") == 204
    assert menu(susan) == {"Early birds": ("6", "/cases"), "All of it": ("6", "/cases")}
    assert menu(browser(app, "sven")) == {"All of it": ("1", "/cases")}
    page = browser(app, "sven").get("/cases").text
    assert case_no(ELSEWHERE) in page


def test_a_collector_has_views_of_their_work_list_and_no_others(app: Flask) -> None:
    cora = browser(app, "cora")
    assert keep(cora, "Big ones", "view=mine&amount_from=6000", "work") == 204
    assert menu(cora, "work") == {"Big ones": ("1", "/work?view=mine&amount_from=6000")}
    assert menu(browser(app, "colin"), "work") == {}
    assert cora.get("/lists/cases/views").status_code == 403
    assert browser(app, "susan").get("/lists/work/views").status_code == 403
    assert cora.get("/lists/nothing/views").status_code == 404
    assert keep(cora, "x", name="cases") == 403


def test_the_same_name_replaces_and_no_name_is_refused(app: Flask) -> None:
    client = browser(app, "susan")
    keep(client, "Mine", "status=in_work")
    keep(client, "Mine", "status=to_dispatch")
    assert menu(client) == {"Mine": ("4", "/cases?status=to_dispatch")}
    answer = post(client, "/lists/cases/views?status=in_work", data={"name": " "})
    assert answer.status_code == 422
    assert "must not be empty" in answer.text
    assert "/lists/cases/views?status=in_work" in answer.text
    assert keep(client, "n" * 61) == 422


def test_views_are_many_but_not_without_end(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_views, "MOST", 1)
    client = browser(app, "susan")
    assert [keep(client, words) for words in ("One", "Two", "One")] == [204, 422, 204]


def change(client: FlaskClient, view_id: int, act: str, **data: str) -> tuple[int, str]:
    answer = post(client, f"/lists/cases/views/{view_id}", data={"act": act, **data})
    return answer.status_code, answer.text


def test_views_are_renamed_and_put_in_order(app: Flask) -> None:
    client = browser(app, "susan")
    for words in ("One", "Two", "Three"):
        keep(client, words)
    three = ids(app)["Three"]
    change(client, three, "up")
    change(client, three, "up")
    change(client, three, "up")
    assert list(menu(client)) == ["Three", "One", "Two"]
    change(client, three, "down")
    assert change(client, three, "rename", name="Third")[0] == 200
    assert list(menu(client)) == ["One", "Third", "Two"]
    status, text = change(client, three, "rename", name="Two")
    assert status == 422
    assert "another view has this name" in text


def test_a_deleted_view_can_be_brought_back(app: Flask) -> None:
    client = browser(app, "susan")
    keep(client, "One", "status=in_work")
    one = ids(app)["One"]
    assert "Undo" in change(client, one, "delete")[1]
    assert menu(client) == {}
    change(client, one, "restore")
    assert list(menu(client)) == ["One"]


def test_what_is_somebody_else_s_is_not_there_to_be_changed_but_a_team_s_is_for_its_supervisor(app: Flask) -> None:
    susan, mira = browser(app, "susan"), browser(app, "mira")
    keep(susan, "Own")
    keep(mira, "For all", group="all")
    found = ids(app)
    assert [change(mira, found["Own"], act)[0] for act in ("rename", "up", "delete", "restore")] == [404] * 4
    assert change(susan, found["For all"], "delete")[0] == 404
    assert "For all" not in susan.get("/lists/cases/views/manage").text

    def hand_over(session: object) -> None:
        view = session.get(SavedView, found["Own"])  # type: ignore[attr-defined]
        view.owner_id, view.group_id = person(session, "cora").id, int(early)  # type: ignore[arg-type]

    early = group_id(app)
    within(app, hand_over)
    assert change(susan, found["Own"], "delete")[0] == 200
    assert change(mira, found["For all"], "delete")[0] == 200
