"""A case's history in words: who, when, what, on which release, and what was decided by which rule from what."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from flask import Flask

from engine.flow import instance
from tests.web.catalogue import ROOT
from tests.web.desk import browser, follow_up_of, make_desk, recall, suspend, within
from tests.web.test_case_tasks import opened, send
from tests.web.world import post
from web import story
from web.case import page as case_page

CASE = "/cases/C00000002"
OPENED = '<span class="df-strong">Case opened</span>'
ELSEWHERE = {
    # about people, groups, batches, parameters and releases: no part of a case's history
    *("user_created", "user_changed", "user_deactivated", "user_activated", "sessions_ended", "roles_changed"),
    *("group_created", "group_renamed", "group_scopes_changed", "member_set", "member_removed", "account_locked"),
    *("password_changed", "password_reset", "account_unlocked", "dead_letter_retried", "dispatch_planned"),
    *("dispatch_undo_asked", "standing_rule_set", "customer_imported", "file_imported"),
}


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_desk(tmp_path)


def words(app: Flask, login: str = "cora", part: str = "history") -> str:
    """The part as it reads, without markup."""
    text = browser(app, login).get(f"{CASE}/{part}").text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def test_a_life_is_told_in_words(app: Flask) -> None:
    client = browser(app)
    send(client, opened(client), result_code="promise_part", promise_amount="12.50", promise_on="2100-01-02", note="ok")
    told = words(app)
    for said in (
        "Follow up: Promises in part Cora",
        "promised for 2100-01-02 CNY 12.50",
        "Dispatch case Susan",
        "Given to Cora",
        "Entered tier M1",
        "Case opened",
        "Case tier: rule 1",
        "release 1",
        "Follow up → Record result → Contact must stop?",
    ):
        assert said in told, said


def test_decisions_name_their_inputs_and_outputs(app: Flask) -> None:
    told = words(app)
    assert re.search(r"= card, [^=]+ = 5 → [^=]+ = M1, [^=]+ = 1", told), told


def test_it_is_told_in_chinese_too(app: Flask) -> None:
    client = browser(app, "susan")
    suspend(app, 2, reason="hardship")
    post(client, "/language", data={"language": "zh"})
    told = re.sub(r"<[^>]+>", "", client.get(f"{CASE}/history").text)
    for said in ("停催：生活困难", "派给 Cora", "立案", "进入等级 M1", "案件等级：第 1 条", "版本 1"):
        assert said in told, said


def test_a_recall_names_who_had_it(app: Flask) -> None:
    recall(app, 2)
    told = words(app, "susan")
    assert "Recalled by hand" in told
    assert "Taken from Cora (recalled by hand)" in told


def test_showing_personal_data_is_part_of_the_history(app: Flask) -> None:
    post(browser(app, "susan"), f"{CASE}/id-number/reveal")
    assert "Shown in full: Id number Susan" in words(app, "carl")


def test_older_entries_come_on_request(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case_page, "PAGE_OF_HISTORY", 4)
    client = browser(app)
    first = client.get(f"{CASE}/history").text
    older = re.search(r'hx-get="([^"]+before=\d+)"', first)
    assert older is not None
    assert OPENED not in first
    seen, url = first, older[1]
    while url:
        part = client.get(url).text
        seen += part
        older = re.search(r'hx-get="([^"]+before=\d+)"', part)
        url = older[1] if older else ""
    assert OPENED in seen


def test_follow_ups_of_the_customer_are_listed(app: Flask) -> None:
    client = browser(app)
    page = client.get(CASE).text
    phone = re.search(r'<option value="(\d+)" selected>Phone', page)
    assert phone is not None
    send(client, opened(client), result_code="refuses", note="not today", contact_id=phone[1])
    told = words(app, part="follow-ups")
    assert "Refuses to pay" in told
    assert "not today" in told
    assert "154****0002" in told
    assert follow_up_of(app, 1)


def kinds() -> set[str]:
    """What the engine records of cases: the words given to `history.record` and `act.tell`."""
    found = {"completed", "started", "timer", "message"}
    for path in (ROOT / "engine").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Call) and _called(node) in ("record", "_record", "tell"):
                found |= {
                    str(each.value)
                    for argument in node.args[:2]
                    for each in ast.walk(argument)
                    if isinstance(each, ast.Constant) and isinstance(each.value, str) and each.value
                }
    return found | {f"request_{status}" for status in ("approved", "refused", "withdrawn", "overtaken")}


def _called(call: ast.Call) -> str:
    return str(getattr(call.func, "attr", getattr(call.func, "id", "")))


def test_every_kind_of_entry_has_its_words() -> None:
    of_cases = {kind for kind in kinds() if not kind.startswith(("release_", "absence", "parameter", "group_"))}
    missing = of_cases - set(story.WORDS) - ELSEWHERE - {"decided", "request_"}
    assert missing == set()
    assert set(story.WORDS) - of_cases <= {"rescheduled"}
    assert instance.Act.tell is not None


def test_an_entry_of_a_kind_that_is_not_known_shows_as_itself(app: Flask) -> None:
    from engine import history  # noqa: PLC0415 - only here
    from engine.models import Case  # noqa: PLC0415

    within(app, lambda session: history.record(session, "sung_about", case=session.get_one(Case, 2)))
    assert "sung_about" in words(app)
