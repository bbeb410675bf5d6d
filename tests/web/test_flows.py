"""The analyst's pages: who may open them, what they show, that they hold whatever is uploaded."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from sqlalchemy import event

from engine.flow.checks import release_files
from engine.installing import diagrams
from engine.models import Instance
from tests.web.lender import Lender, make_lender

FILES = release_files(diagrams())
PLACES = (
    "/flows",
    "/flows/releases",
    "/flows/releases/1",
    "/flows/releases/1.zip",
    "/flows/releases/1/files/collection.bpmn",
    "/flows/releases/1/source/collection.bpmn",
    "/flows/releases/1/approve",
)
ANALYSTS_ALONE = ("draft", "files", "remove/collection.bpmn", "note", "discard", "submit", "take-back", "publish")


@pytest.fixture
def lender(tmp_path: Path) -> Lender:
    return make_lender(tmp_path)


@pytest.mark.parametrize("login", ["cora", "susan", "carl", "adam"])
def test_nobody_but_analysts_and_managers_sees_releases(lender: Lender, login: str) -> None:
    for place in PLACES:
        assert lender.get(login, place).status_code == 403, place
    for act in (*ANALYSTS_ALONE, "approve", "reject"):
        assert lender.send(login, f"/flows/releases/1/{act}").status_code == 403, act
    assert "/flows" not in lender.get(login, "/account").text


@pytest.mark.parametrize("login", ["anna", "mira"])
def test_analysts_and_managers_open_every_page(lender: Lender, login: str) -> None:
    for place in PLACES:
        assert lender.get(login, place).status_code == 200, place


def test_a_manager_changes_and_publishes_nothing(lender: Lender) -> None:
    for act in ANALYSTS_ALONE:
        assert lender.send("mira", f"/flows/releases/1/{act}").status_code == 403, act
    assert "New draft" not in lender.get("mira", "/flows").text


def test_what_there_is_not_is_not_found(lender: Lender) -> None:
    for place in ("9", "9.zip", "1/files/none.bpmn", "1/source/none.bpmn", "1/files/../1", "9/note", "1/burn"):
        assert lender.get("anna", f"/flows/releases/{place}").status_code == 404, place
    assert lender.get("anna", "/flows?file=none").status_code == 404


@pytest.mark.parametrize("name", sorted(FILES))
@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_file_is_shown_in_both_languages(lender: Lender, name: str, language: str) -> None:
    lender.by("anna")
    lender.send("anna", "/language", language=language)
    page = lender.get("anna", f"/flows/releases/1/files/{name}")
    assert page.status_code == 200
    assert name in page.text
    assert not re.search(r'\sstyle="|\son[a-z]+="', page.text)


def test_tables_are_shown_as_rows_and_forms_as_fields(lender: Lender) -> None:
    table = lender.get("anna", "/flows/releases/1/files/case_tier.dmn").text
    for words in ("Days for the tier", "[31..60]", "&#34;M4&#34;", "any value", "UNIQUE"):
        assert words in table, words
    form = lender.get("anna", "/flows/releases/1/files/forms/decide.json").text
    assert 'name="decision"' in form


def test_counts_of_what_waits_are_shown_without_saying_whose(lender: Lender) -> None:
    with lender.writing() as session:
        session.add(_instance("collection"))
        session.add(_instance("operation_request"))
    page = lender.get("anna", "/flows").text
    assert "1 instance" in page
    assert re.search(r'Open cases</dt><dd class="">1<', page)


def _instance(process: str) -> Instance:
    from engine import clock  # noqa: PLC0415

    return Instance(release_id=1, process=process, business_key=1, lock_key=1, state=b"", started_at=clock.real_now())


@pytest.mark.parametrize(
    ("place", "most"),
    [
        ("/flows", 16),
        ("/flows/releases", 8),
        ("/flows/releases/2", 16),
        ("/flows/releases/2/files/collection.bpmn", 16),
    ],
)
def test_pages_ask_the_database_a_fixed_number_of_times(lender: Lender, place: str, most: int) -> None:
    for _ in range(4):
        lender.draft()
    lender.get("anna", place)
    asked: list[str] = []
    event.listen(lender.house.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    lender.get("anna", place)
    assert len(asked) <= most, asked


def test_a_draft_shows_what_differs_and_what_the_check_says(lender: Lender) -> None:
    draft = lender.draft()
    wrong = FILES["collection.bpmn"].replace(b">tier_ends_at()<", b">open('x')<")
    tiers = FILES["case_tier.dmn"].replace(b"&gt;= 91", b"[91..180]")
    form = json.loads(FILES["forms/decide.json"])
    form["components"].pop()
    lender.upload(
        "anna", draft, ("collection.bpmn", wrong), ("case_tier.dmn", tiers), ("decide.json", json.dumps(form).encode())
    )
    page = lender.get("anna", f"/flows/releases/{draft}").text
    assert "tier_ends_at()" in page
    assert "expression-call" in page
    assert "[91..180]" in page
    assert "Submit for approval" not in page
    for name in ("collection.bpmn", "case_tier.dmn", "forms/decide.json"):
        shown = lender.get("anna", f"/flows/releases/{draft}/files/{name}?view=differences")
        assert shown.status_code == 200
        assert "<del>" in shown.text or "gone" in shown.text
    drawn = lender.get("anna", f"/flows/releases/{draft}/files/collection.bpmn?element=tier_ends").text
    assert 'data-focus="tier_ends"' in drawn
    assert re.search(r"data-marks='[^']*\"tier_ends\": ?\"error\"", drawn)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("odd.bpmn", b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>'),
        ("odd.dmn", b'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"><decision><decisionTable><rule/></decisionTable></decision></definitions>'),
        ("odd.json", b'{"components": [1, {"type": 7}, {}, {"type": "select", "values": "x"}], "properties": []}'),
        ("odd.json", b'{"components": [{"type": "number", "key": "<b>", "validate": {"min": "x"}}]}'),
        ("odd.json", b'{"components": [{"type": "group", "components": 5}], "id": null}'),
    ],
)  # fmt: skip
def test_odd_files_become_findings_and_every_page_still_opens(lender: Lender, name: str, content: bytes) -> None:
    draft = lender.draft()
    assert lender.upload("anna", draft, (name, content)).status_code == 204
    stored = name if not name.endswith("json") else f"forms/{name}"
    for place in ("", f"/files/{stored}", f"/files/{stored}?view=differences", f"/source/{stored}", ".zip"):
        answer = lender.get("anna", f"/flows/releases/{draft}{place}")
        assert answer.status_code == 200, place
        if "source" not in place and place != ".zip":
            assert "<b>" not in answer.text
