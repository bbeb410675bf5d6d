"""Reassigning, recalling, handing over and giving back from the pages: preview, batch, report, undo."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import clock
from engine.models import Absence, Case, DispatchBatch, HistoryEntry
from tests.web.desk import Statements, browser, state_of, within
from tests.web.floor import IN_WORK, case_no, make_floor
from tests.web.test_dispatch_pages import batch, confirm, ids_of
from tests.web.world import post

HELD = "&".join(f"ids={number}" for number in IN_WORK)


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_floor(tmp_path)


def holders(app: Flask) -> list[int | None]:
    query = select(Case.collector_id).where(Case.id.in_(IN_WORK)).order_by(Case.id)
    return within(app, lambda session: list(session.scalars(query)))


def test_the_list_offers_reassigning_and_recalling_to_supervisors_alone(app: Flask) -> None:
    assert "act=reassign" in browser(app, "susan").get("/cases").text
    assert "act=reassign" not in browser(app, "mira").get("/cases").text
    asked = browser(app, "susan").get(f"/dispatch/new?act=recall&{HELD}", headers={"HX-Request": "true"})
    assert "act=recall" in asked.headers["HX-Redirect"]


def test_ticked_cases_are_reassigned_reported_and_given_back(app: Flask) -> None:
    cora, colin = ids_of(app, "cora", "colin")
    client = browser(app, "susan")
    page = client.get(f"/dispatch/new?act=reassign&{HELD}").text
    assert "Reassign cases" in page
    assert "Nobody gets a case they have already" in page
    preview = client.get(f"/dispatch/preview?act=reassign&{HELD}&ids=1").text
    assert "Reassign 2 cases" in preview
    assert "It waits for dispatch" in preview
    answer = confirm(client, f"act=reassign&{HELD}", method="evenly")
    assert "2 cases reassigned" in client.get(answer.headers["HX-Redirect"]).text
    assert holders(app) == [colin, colin]
    report = client.get(f"/dispatch/batches/{batch(app).id}").text
    assert report.count('<span class="df-status df-tone-green">Reassigned</span>') == 2
    assert "Whose they were" in report
    assert post(client, f"/dispatch/batches/{batch(app).id}/undo").status_code == 204
    assert holders(app) == [cora, cora]


def test_all_that_match_are_recalled_with_a_reason(app: Flask) -> None:
    client = browser(app, "susan")
    every = "act=recall&all_matching=1&status=in_work"
    assert "Why they are recalled" in client.get(f"/dispatch/new?{every}").text
    assert "Recall 2 cases" in client.get(f"/dispatch/preview?{every}").text
    assert confirm(client, every, note=" ").status_code == 422
    assert None not in holders(app)
    confirm(client, every, note="the team is reorganised")
    assert holders(app) == [None, None]
    page = client.get(f"/dispatch/batches/{batch(app).id}").text
    assert "the team is reorganised" in page
    assert "Who got how many" not in page
    post(client, f"/dispatch/batches/{batch(app).id}/undo")
    assert holders(app) == ids_of(app, "cora", "cora")


def test_an_absent_colleague_s_cases_are_handed_over_from_the_team_and_come_back(app: Flask) -> None:
    cora, colin = ids_of(app, "cora", "colin")
    today = clock.today()
    away = Absence(user_id=cora, from_on=today, to_on=today)
    within(app, lambda session: session.add(away))
    client = browser(app, "susan")
    assert f"/dispatch/new?act=hand_over&amp;person={cora}" in client.get("/team").text
    page = client.get(f"/dispatch/new?act=hand_over&person={cora}").text
    assert "Hand over cases" in page
    assert "Cora" in page
    confirm(client, f"act=hand_over&person={cora}", method="to_person", collectors=str(colin))
    found = batch(app)
    assert (found.kind, found.dispatched) == ("hand_over", 2)
    assert holders(app) == [colin, colin]
    assert f"act=give_back&amp;batch={found.id}" in client.get(f"/dispatch/batches/{found.id}").text

    def present(session: Session) -> None:
        for each in session.scalars(select(Absence)):
            session.delete(each)

    within(app, present)
    confirm(client, f"act=give_back&batch={found.id}")
    assert holders(app) == [cora, cora]
    assert batch(app).kind == "give_back"
    assert "Give back" in client.get("/dispatch/batches").text


def test_who_has_nothing_has_nothing_to_hand_over(app: Flask) -> None:
    (colin,) = ids_of(app, "colin")
    client = browser(app, "susan")
    assert client.get(f"/dispatch/new?act=hand_over&person={colin}").status_code == 409
    assert client.get("/dispatch/new?act=hand_over&person=x").status_code == 409
    assert client.get("/dispatch/new?act=give_back&batch=999").status_code == 409


def test_another_group_s_supervisor_moves_nothing(app: Flask) -> None:
    (cora,) = ids_of(app, "cora")
    client = browser(app, "sven")
    assert confirm(client, f"act=reassign&{HELD}", method="evenly").status_code == 409
    assert client.get(f"/dispatch/new?act=hand_over&person={cora}").status_code == 409
    assert within(app, lambda session: session.scalar(select(DispatchBatch.id))) is None


def test_a_preview_of_one_act_does_not_confirm_another(app: Flask) -> None:
    client = browser(app, "susan")
    recalled = f"act=recall&{HELD}"
    shown = client.get(f"/dispatch/preview?{recalled}").text.split('name="shown" value="')[1].split('"')[0]
    answer = post(client, f"/dispatch/batches?act=reassign&{HELD}", data={"shown": shown, "method": "evenly"})
    assert answer.status_code == 422
    assert "not the one whose preview you confirmed" in answer.text


def test_of_two_supervisors_the_second_is_told(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    client = browser(app, "susan")
    shown = client.get(f"/dispatch/preview?act=reassign&{HELD}").text
    assert case_no(IN_WORK[0]) not in shown
    confirm(client, f"act=recall&ids={IN_WORK[0]}", note="sooner")
    answer = confirm(client, f"act=reassign&{HELD}", method="evenly")
    page = client.get(answer.headers["HX-Redirect"]).text
    assert "It waits for dispatch" in page
    assert state_of(app, IN_WORK[0])["collector_id"] is None


def test_the_pages_take_a_constant_number_of_statements(app: Flask) -> None:
    client = browser(app, "susan")
    confirm(client, f"act=reassign&{HELD}", method="evenly")
    for url, most in ((f"/dispatch/new?act=reassign&{HELD}", 24), ("/dispatch/batches/1", 22)):
        client.get(url)
        with Statements(app) as counted:
            client.get(url)
        assert counted.count <= most, url


def test_what_was_not_done_comes_as_a_file_and_taking_it_is_recorded(app: Flask) -> None:
    client = browser(app, "susan")
    confirm(client, f"act=reassign&{HELD}&ids=1", method="evenly")
    file = post(client, "/dispatch/batches/1/file?outcome=skipped", data={"format": "csv"})
    lines = file.data.decode("utf-8-sig").strip().splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == [case_no(1)]
    assert "It waits for dispatch" in lines[1]
    assert post(client, "/dispatch/batches/1/file", data={"format": "xlsx"}).data.startswith(b"PK")
    taken = select(HistoryEntry.data).where(HistoryEntry.kind == "batch_exported").order_by(HistoryEntry.id)
    assert within(app, lambda session: [each["rows"] for each in session.scalars(taken)]) == [1, 3]
    assert post(browser(app, "sven"), "/dispatch/batches/1/file").status_code == 404
